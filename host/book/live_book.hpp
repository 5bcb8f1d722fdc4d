// A book that changes while ticks run: rows open and close in place, and what changed is known slot by slot.
//
// Vacant slots lie between the others: units whose code says so, positions of size 0, entries without a position, and
// in `multi` other balances that name the quote. A row opens by moving its neighbours, up to the nearest vacant slot,
// by one; so every column keeps its length and its order, and ids still rise as names do. Where no vacant slot is near,
// those of a wider window are laid out anew within it, and the whole book only where it has too few, or where all have
// come in at one place.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/book/book.hpp"
#include "host/book/book_growth.hpp"
#include "host/book/name_hashes.hpp"
#include "host/book/revision.hpp"
#include "host/book/slot_window.hpp"
#include "plimsoll/vacancy.hpp"

namespace plimsoll {

/// Where a vacant slot is: at or behind the place that was asked about, or before it.
struct vacant_slot {
  std::uint32_t slot = no_id;
  bool after = false;
};

class live_book {
 public:
  /// Takes a dense book. `spare_share`: how many vacant slots there are for each taken one; `reach`: slots that may be
  /// moved to make room for one; 2 or more.
  explicit live_book(book&& dense, double spare_share = 1.0 / 16, std::uint32_t shift_limit = 4096);

  /// Columns keep their lengths until `relaid` says otherwise. The ledger writes balances and positions through it.
  [[nodiscard]] book& columns() { return book_; }
  [[nodiscard]] const book& columns() const { return book_; }

  /// Takes new accounts in, each once, none of them in the book. Ids of others change with them.
  void name_accounts(std::span<const std::string> names);
  /// Opens balances and empty places for positions, of accounts that have a name. Ids of units and positions change;
  /// `places`: of growth.positions.
  void open(const book_growth& growth, std::vector<std::uint32_t>& places);
  /// Closes again what `open` made and nothing came to use.
  void close_unused(const book_growth& growth);

  /// Gets the memory that the next writes will need, at most so many of each kind: none of them fails then. Where
  /// memory runs out it throws, and nothing has changed.
  void prepare_writes(std::size_t count);
  /// A unit's balance or cash was written.
  void wrote_unit(std::uint32_t unit);
  /// A position was written that had `lots_before`; its unit as well. One of size 0 gives up its slot; an isolated unit
  /// that then holds neither a position nor money gives up its own with `close_empty`.
  void wrote_position(std::uint32_t position, std::int64_t lots_before);
  /// A balance of another asset was written.
  void wrote_collateral(std::uint32_t row, std::uint32_t unit);
  void close_empty(std::uint32_t unit);

  /// Other reference data: `next` holds every instrument and asset that stands, and more, so that ids rise as `change`
  /// says. No slot moves, but ids in all columns are others: backends must be told, or load the book anew. Where memory
  /// runs out it throws, and nothing has changed.
  void renumber(reference_data&& next, const reference_change& change);
  /// Ask for the memory that an update will read of a unit, of its row of instruments, of a position. Any number will
  /// do. Always inlined: g++ takes a function that does nothing but ask for one that does nothing.
  [[gnu::always_inline]] void prefetch_unit(std::uint32_t unit) const {
    if (unit >= book_.units.size()) { return; }
    const unit_columns& units = book_.units;
    __builtin_prefetch(&units.account[unit]);
    __builtin_prefetch(&units.code[unit]);
    __builtin_prefetch(&units.balance[unit], 1);
    __builtin_prefetch(&units.cash[unit], 1);
    __builtin_prefetch(&units.first_position[unit]);
    __builtin_prefetch(&units_.is_in[unit], 1);
  }
  [[gnu::always_inline]] void prefetch_row(std::uint32_t unit) const {
    if (unit >= book_.units.size()) { return; }
    constexpr std::uint32_t line = 64 / sizeof(std::uint16_t);
    const std::uint32_t first = book_.units.first_position[unit];
    const std::uint32_t last = std::min(book_.units.first_position[unit + 1], first + 8 * line);
    for (std::uint32_t p = first; p < last; p += line) { __builtin_prefetch(&book_.positions.instrument[p]); }
  }
  [[gnu::always_inline]] void prefetch_position(std::uint32_t position) const {
    if (position >= book_.positions.size()) { return; }
    const position_columns& positions = book_.positions;
    __builtin_prefetch(&positions.unit[position]);
    __builtin_prefetch(&positions.lots[position], 1);
    __builtin_prefetch(&positions.cost[position], 1);
    __builtin_prefetch(&entry_of_[position]);
    __builtin_prefetch(&positions_.is_in[position], 1);
  }
  [[gnu::always_inline]] void prefetch_entry(std::uint32_t position) const {
    if (position < book_.positions.size() && entry_of_[position] != no_id) {
      __builtin_prefetch(&entries_.is_in[entry_of_[position]], 1);
    }
  }

  /// Vacant units: they count as healthy in every backend.
  [[nodiscard]] std::uint64_t vacant_units() const { return vacant_units_; }
  /// Open interest's largest sizes are upper bounds while positions shrink; this makes them exact, as admission of a
  /// mark needs.
  void settle_largest();
  /// Largest balance of each asset that is not the quote: an upper bound, exact after `settle_largest`.
  [[nodiscard]] std::span<const std::uint64_t> largest_balances() const { return largest_balance_; }

  /// Slots that changed since the last `forget_changes`, each once, rising. Without meaning where `relaid`.
  struct change_lists {
    std::vector<std::uint32_t> units, rows, positions, entries, collateral;
    bool segments = false;  ///< Sides begin at other entries.
  };
  [[nodiscard]] const change_lists& changes();
  /// So many slots changed that loading the book anew is faster.
  [[nodiscard]] bool changed_much() const;
  /// Columns have other lengths or other reference data: backends must load the book anew.
  [[nodiscard]] bool relaid() const { return relaid_; }
  [[nodiscard]] book_vacancy vacancy() const;
  /// Lays the book out anew, with as much room as at first. Ids of accounts, units and positions change. Where memory
  /// runs out it throws, and nothing has changed.
  void make_room();
  void forget_changes();

  [[nodiscard]] const name_hashes& names() const { return *hashes_; }

  /// The book without vacant slots, as a file would give it. Accounts without a unit keep their names.
  [[nodiscard]] book dense() const;

  /// Bytes of all columns and of the names.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  /// Columns with room between what is taken, and what is known of them.
  struct laid_out {
    book columns;
    std::vector<std::uint32_t> entry_of;
    std::uint64_t vacant_units = 0, vacant_positions = 0, vacant_collateral = 0;
  };
  [[nodiscard]] laid_out lay_out(const book& from, std::uint32_t growing = no_id) const;
  void take(laid_out&& laid);
  void lay_out_again(std::uint32_t growing = no_id);
  void name_account(std::string_view name);
  void open_balance(std::uint32_t account, std::uint32_t asset);
  void open_collateral(std::uint32_t account, std::uint32_t asset);
  void open_unit(std::uint32_t account, unit_code code);
  void open_position(const book_growth::position& row);
  void open_entry(std::uint32_t segment, std::uint32_t position);
  void vacate_position(std::uint32_t position);
  void vacate_unit(std::uint32_t unit);
  void merge_vacant_row(std::uint32_t first, std::uint32_t last, std::uint32_t unit);
  void moved_unit(std::uint32_t unit);

  // Room goes where it is wanted: false where the whole book has too little.
  bool spread_units(std::uint32_t at);
  bool spread_positions(std::uint32_t at);
  bool spread_collateral(std::uint32_t at);
  void spread_entries(std::uint32_t at);
  void spread_names(std::string_view name);
  [[nodiscard]] std::uint64_t vacant_entries() const {
    return book_.sides.position.size() - (book_.positions.size() - vacant_positions_);
  }

  [[nodiscard]] unit_code cross_code(std::uint32_t asset) const;
  [[nodiscard]] std::uint32_t find_place(std::uint32_t account, std::uint32_t instrument, position_side side) const;
  [[nodiscard]] std::uint32_t segment_of_entry(std::uint32_t position, std::uint32_t entry) const;

  /// Slots that changed: each once, in the order of changes until asked for.
  struct slot_set {
    std::vector<std::uint32_t> slots;
    std::vector<std::uint8_t> is_in;
    void add(std::uint32_t slot) {
      if (is_in[slot] != 0) { return; }
      is_in[slot] = 1;
      slots.push_back(slot);
    }
    void clear();
    void resize(std::size_t count);
    void prepare(std::size_t more);
  };

  book book_;
  double spare_share_;
  std::uint32_t shift_limit_;
  std::optional<name_hashes> hashes_;
  std::vector<std::uint32_t> entry_of_;      ///< Per position: its entry of book::sides, no_id where vacant.
  std::vector<std::uint8_t> largest_stale_;  ///< Per segment.
  std::vector<std::uint64_t> largest_balance_;
  bool largest_balance_stale_ = false;
  std::uint64_t vacant_units_ = 0;
  std::uint64_t vacant_positions_ = 0;
  std::uint64_t vacant_collateral_ = 0;
  slot_window window_;  ///< For one spread at a time.
  slot_set units_, rows_, positions_, entries_, collateral_;
  change_lists changes_;
  bool relaid_ = false;
  bool segments_moved_ = false;
  std::uint64_t layouts_ = 0;
};

/// A copy of a live book's columns without vacant slots, as a file would give it.
[[nodiscard]] book dense_of(book columns);

/// Sum mod 2^64 of a hash of every balance and position: equal for equal states, however they came about.
[[nodiscard]] std::uint64_t state_digest(const book& source);

}  // namespace plimsoll
