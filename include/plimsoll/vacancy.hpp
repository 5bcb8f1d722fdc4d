// How many slots of a book that grows in place are free.
#pragma once

#include <algorithm>
#include <cstdint>

namespace plimsoll {

/// Free slots, as a share of all slots of each table; 1 for a table that the book does not use. Free slots are spread
/// between the occupied ones and move to where rows are inserted. An update lays the whole book out again, with free
/// slots, in two cases: it opens a row in a table of which less than `vacancy_least` is free, or a sixteenth of the
/// book around the row is full. A layout takes as long as a load.
struct book_vacancy {
  double accounts = 1;  ///< Ids for the accounts' names.
  double units = 1;
  double positions = 1;
  double entries = 1;         ///< Of the ladders, one per position.
  double balances = 1;        ///< Of assets that are not the quote, in `multi`.
  std::uint64_t layouts = 0;  ///< How often updates laid the book out again since load.

  [[nodiscard]] double least() const { return std::min({accounts, units, positions, entries, balances}); }
};

inline constexpr double vacancy_least = 1.0 / 256;

}  // namespace plimsoll
