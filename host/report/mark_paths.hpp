// What the main instruments' marks did over a replay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/replay/replay.hpp"

namespace plimsoll {

/// Marks of the feed, tick by tick, of the instruments with the largest open interest by notional.
class mark_paths {
 public:
  /// `source`: any book of the replay; its open interest and marks choose.
  mark_paths(const book& source, std::size_t instruments_max);

  void add(const tick_marks& tick);

  struct path {
    std::uint32_t instrument = 0;
    std::vector<std::int64_t> ticks;  ///< Where it was marked anew.
    std::vector<std::int64_t> marks;  ///< In price steps.
  };
  [[nodiscard]] const std::vector<path>& paths() const { return paths_; }

 private:
  std::vector<path> paths_;  ///< By open interest.
};

}  // namespace plimsoll
