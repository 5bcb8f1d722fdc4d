// A book that changes while ticks run. Rows open and close in place, and the book lists each slot that changed.
//
// Vacant slots lie between the others: units whose code is vacant, positions of size 0, entries without a position, and
// in `multi` other balances that name the quote. To open a row, the book moves the neighbours by one, up to the nearest
// vacant slot. So every column keeps its length and its order, and ids still rise as names do. If no vacant slot is
// near, the book spreads the vacant slots of a wider window again. It rebuilds the whole book only if it has too few
// vacant slots, or if very many rows were inserted at one place.
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

/// A vacant slot: at or after the requested slot, or before it.
struct vacant_slot {
  std::uint32_t slot = no_id;
  bool after = false;
};

class live_book {
 public:
  /// Takes a dense book. `spare_share`: vacant slots for each occupied one. `shift_limit`: most slots that may be moved
  /// to open a row, at least 2.
  explicit live_book(book&& dense, double spare_share = 1.0 / 16, std::uint32_t shift_limit = 4096);

  /// Columns keep their lengths until `relaid` returns true. The ledger writes balances and positions through it.
  [[nodiscard]] book& columns() { return book_; }
  [[nodiscard]] const book& columns() const { return book_; }

  /// Adds new accounts, each once. None of them may be in the book. Ids of the other accounts change.
  void name_accounts(std::span<const std::string> names);
  /// Opens balances and empty slots for positions, of accounts that the book knows. Ids of units and positions change.
  /// `places` gets the slots of growth.positions.
  void open(const book_growth& growth, std::vector<std::uint32_t>& places);
  /// Closes rows that `open` made and that stayed empty.
  void close_unused(const book_growth& growth);

  /// Reserves memory for the next writes, at most `count` of each kind, so that none of them can fail. If memory runs
  /// out it throws, and nothing has changed.
  void prepare_writes(std::size_t count);
  /// Reports that a unit's balance or cash was written.
  void wrote_unit(std::uint32_t unit);
  /// Reports that a position, which had `lots_before`, and its unit were written. A position of size 0 frees its slot.
  /// If the unit is isolated and then has neither a position nor money, `close_empty` frees the unit's slot.
  void wrote_position(std::uint32_t position, std::int64_t lots_before);
  /// Reports that a balance of another asset was written.
  void wrote_collateral(std::uint32_t row, std::uint32_t unit);
  void close_empty(std::uint32_t unit);

  /// Takes new reference data. `next` has every instrument and asset of the book and may have more, so ids rise as
  /// `change` describes. No slot moves, but all columns get the new ids: backends must be notified, or load the book
  /// again. If memory runs out it throws, and nothing has changed.
  void renumber(reference_data&& next, const reference_change& change);
  /// Prefetch the memory that an update will read of a unit, of its row of instruments, of a position. Any id is valid.
  /// Always inlined: g++ treats a function that only prefetches as having no effect and drops the call.
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

  /// Vacant units count as healthy in every backend.
  [[nodiscard]] std::uint64_t vacant_units() const { return vacant_units_; }
  /// Makes the largest sizes of the sides exact, as the admission of a mark requires. While positions shrink they are
  /// only upper bounds.
  void settle_largest();
  /// Largest balance of each asset that is not the quote: an upper bound, exact after `settle_largest`.
  [[nodiscard]] std::span<const std::uint64_t> largest_balances() const { return largest_balance_; }

  /// Slots that changed since the last `forget_changes`, each once, rising. Without meaning if `relaid`.
  struct change_lists {
    std::vector<std::uint32_t> units, rows, positions, entries, collateral;
    bool segments = false;  ///< Sides begin at different entries.
  };
  [[nodiscard]] const change_lists& changes();
  /// True if so many slots changed that loading the book again is faster.
  [[nodiscard]] bool changed_much() const;
  /// True if columns have new lengths or new reference data, so that backends must load the book again.
  [[nodiscard]] bool relaid() const { return relaid_; }
  [[nodiscard]] book_vacancy vacancy() const;
  /// Rebuilds the book with as many vacant slots as at first. Ids of accounts, units and positions change. If memory
  /// runs out it throws, and nothing has changed.
  void make_room();
  void forget_changes();

  [[nodiscard]] const name_hashes& names() const { return *hashes_; }

  /// The book without vacant slots, as a file would give it. Accounts without a unit stay in the table of names.
  [[nodiscard]] book dense() const;

  /// Bytes of all columns and of the names.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  /// Columns with vacant slots between the occupied ones, and the counts that belong to them.
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

  // Move vacant slots to where rows are inserted. False if the whole book has too few.
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

  /// Slots that changed: each once, in the order of changes until `changes` sorts them.
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
  std::vector<std::uint32_t> entry_of_;      ///< Per position: its entry of book::sides; no_id if vacant.
  std::vector<std::uint8_t> largest_stale_;  ///< Per segment.
  std::vector<std::uint64_t> largest_balance_;
  bool largest_balance_stale_ = false;
  std::uint64_t vacant_units_ = 0;
  std::uint64_t vacant_positions_ = 0;
  std::uint64_t vacant_collateral_ = 0;
  slot_window window_;  ///< Used by one spread at a time.
  slot_set units_, rows_, positions_, entries_, collateral_;
  change_lists changes_;
  bool relaid_ = false;
  bool segments_moved_ = false;
  std::uint64_t layouts_ = 0;
};

/// A copy of a live book's columns without vacant slots, as a file would give it.
[[nodiscard]] book dense_of(book columns);

/// Sum mod 2^64 of a hash of every balance and position. Equal for equal states, whatever updates led to them.
[[nodiscard]] std::uint64_t state_digest(const book& source);

}  // namespace plimsoll
