// What was ignored, rounded, guessed or could not act: not wrong, but said, on stderr and in summary.json alike.
#pragma once

#include <cstdint>
#include <string>

namespace plimsoll {

struct note {
  std::string text;         ///< A sentence; it begins with the file that it is about, if there is one.
  std::uint64_t count = 1;  ///< How many cells, rows, names or instruments it speaks of.

  friend bool operator==(const note&, const note&) = default;
};

}  // namespace plimsoll
