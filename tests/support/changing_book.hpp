// A book that changes in place: one with vacant slots everywhere, and random changes of every kind to it.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"

namespace plimsoll {

/// Lists of changed indices, rising and without repetition, as `backend::apply` requires them.
struct change_lists {
  std::vector<std::uint32_t> units;
  std::vector<std::uint32_t> rows;
  std::vector<std::uint32_t> positions;
  std::vector<std::uint32_t> entries;
  std::vector<std::uint32_t> collateral;

  void sort();
  [[nodiscard]] book_changes view() const { return {units, rows, positions, entries, collateral}; }
};

/// Owns the book. Its invariants are those of `book`; open interest is left as it was, which is a bound for every mark.
class changing_book {
 public:
  /// A copy of `source` with vacant slots: behind each unit's positions and other balances, in each segment, and units
  /// without anything.
  changing_book(const book& source, std::uint64_t seed);

  [[nodiscard]] const book& get() const { return book_; }

  /// Other bands for about half of the contracts, up to `bands_max` each.
  void change_tiers(std::uint32_t bands_max);

  /// So many random changes: sizes, cash, positions opened and closed, rows moved, units vacated and taken, other
  /// balances written, opened, closed and moved.
  change_lists change(std::uint32_t count);
  /// Moves a run of so many rows towards the front, which carries the vacant slots in it to its end; nothing else
  /// changes.
  change_lists move_rows(std::uint32_t count);
  /// All units, positions, entries, other balances, as though each had changed.
  [[nodiscard]] change_lists everything() const;

 private:
  std::uint32_t below(std::uint64_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  [[nodiscard]] std::uint32_t any_unit() { return below(book_.units.size()); }
  void resize(std::uint32_t unit, change_lists& out);
  void pay(std::uint32_t unit, change_lists& out);
  void close(std::uint32_t position, change_lists& out);
  void close_one(std::uint32_t unit, change_lists& out);
  void open(std::uint32_t unit, change_lists& out);
  void move_row(std::uint32_t unit, std::uint32_t places_max, change_lists& out);
  void vacate(std::uint32_t unit, change_lists& out);
  void take(std::uint32_t unit, change_lists& out);
  void exchange(std::uint32_t unit, change_lists& out);
  void open_balance(std::uint32_t unit, change_lists& out);
  void move_balances(std::uint32_t unit, change_lists& out);
  [[nodiscard]] std::uint32_t vacant_entry(std::uint32_t segment, std::uint32_t position) const;
  void touch(std::uint32_t unit, change_lists& out);

  book book_;
  std::vector<std::uint32_t> entry_of_;  ///< Per position; no_id of a vacant one.
  std::mt19937_64 random_;
};

}  // namespace plimsoll
