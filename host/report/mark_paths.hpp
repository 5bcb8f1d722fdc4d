// The marks of the main instruments over a replay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/replay/replay.hpp"

namespace plimsoll {

/// Marks of the feed, tick by tick, of the instruments with the largest open interest by notional.
class mark_paths {
 public:
  /// `source`: any book of the replay; the instruments are chosen by its open interest and marks.
  mark_paths(const book& source, std::size_t instruments_max);

  void add(const tick_marks& tick);

  struct path {
    std::uint32_t instrument = 0;
    std::vector<std::int64_t> ticks;  ///< Ticks with a new mark.
    std::vector<std::int64_t> marks;  ///< In price steps.
  };
  [[nodiscard]] const std::vector<path>& paths() const { return paths_; }

 private:
  std::vector<path> paths_;  ///< By open interest.
};

}  // namespace plimsoll
