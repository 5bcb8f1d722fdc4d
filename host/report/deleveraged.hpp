// Deleveraged positions of a replay with the lots taken, from its events.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/replay/replay.hpp"

namespace plimsoll {

/// One winner's position, and the lots that ADL took from it.
struct deleveraged_position {
  std::uint32_t account = 0;  ///< Index of a name in the log.
  std::uint32_t unit = 0;
  std::uint32_t instrument = 0;
  position_side side{};  ///< Side of the winner.
  std::uint32_t asset = 0;
  std::uint64_t lots = 0;  ///< Lots taken.
  int128 value = 0;        ///< Value at which they were taken, in steps.
  std::uint64_t fills = 0;
  std::int64_t first_tick = 0;
};

/// In the order of their first fills.
[[nodiscard]] std::vector<deleveraged_position> find_deleveraged(const event_rows& events);

/// Total that ADL took from a side.
struct deleveraged_side {
  std::uint32_t segment = 0;
  std::uint32_t asset = 0;
  std::uint64_t lots = 0;
  int128 value = 0;
  std::uint64_t positions = 0;
};
/// Sides from which ADL took, by rising segment.
[[nodiscard]] std::vector<deleveraged_side> sum_sides(const std::vector<deleveraged_position>& positions);

/// Lots of the position in the book; 0 if it is closed.
[[nodiscard]] std::uint64_t lots_left(const book& source, const replay_log& log, const deleveraged_position& one);

}  // namespace plimsoll
