// How much room a book that grows in place has left.
#pragma once

#include <algorithm>
#include <cstdint>

namespace plimsoll {

/// Vacant slots, as shares of all; of what the book does not have, 1. Room lies between what is taken and goes where it
/// is wanted. An update lays the whole book out anew, with room, where it opens something of which less than
/// `room_least` is vacant, or at a place around which a sixteenth of the book is full: that takes as long as a load.
struct book_room {
  double accounts = 1;  ///< Ids for their names.
  double units = 1;
  double positions = 1;
  double entries = 1;         ///< Of the ladders, one per position.
  double balances = 1;        ///< Of assets that are not the quote, in `multi`.
  std::uint64_t layouts = 0;  ///< How often an update laid the book out anew since load.

  [[nodiscard]] double least() const { return std::min({accounts, units, positions, entries, balances}); }
};

inline constexpr double room_least = 1.0 / 256;

}  // namespace plimsoll
