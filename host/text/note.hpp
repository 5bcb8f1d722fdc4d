// A note: something that was ignored, rounded, guessed or impossible, but not wrong. Reported on stderr and in
// summary.json.
#pragma once

#include <cstdint>
#include <string>

namespace plimsoll {

struct note {
  std::string text;         ///< A sentence. If it is about a file, it begins with the file's name.
  std::uint64_t count = 1;  ///< Number of cells, rows, names or instruments that it is about.

  friend bool operator==(const note&, const note&) = default;
};

}  // namespace plimsoll
