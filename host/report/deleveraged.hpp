// Who was deleveraged in a replay, and how far: out of its events.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/replay/replay.hpp"

namespace plimsoll {

/// One winner's position and what ADL took of it.
struct deleveraged_position {
  std::uint32_t account = 0;  ///< Names of the log.
  std::uint32_t unit = 0;
  std::uint32_t instrument = 0;
  position_side side{};  ///< Of the winner.
  std::uint32_t asset = 0;
  std::uint64_t lots = 0;  ///< Taken.
  int128 value = 0;        ///< At which they were taken, in steps.
  std::uint64_t fills = 0;
  std::int64_t first_tick = 0;
};

/// In the order in which they were first taken from.
[[nodiscard]] std::vector<deleveraged_position> find_deleveraged(const event_rows& events);

/// A side, by what ADL took of it.
struct deleveraged_side {
  std::uint32_t segment = 0;
  std::uint32_t asset = 0;
  std::uint64_t lots = 0;
  int128 value = 0;
  std::uint64_t positions = 0;
};
/// Sides that ADL took from, rising segments.
[[nodiscard]] std::vector<deleveraged_side> sum_sides(const std::vector<deleveraged_position>& positions);

/// Lots that the position has in the book, 0 where it is closed.
[[nodiscard]] std::uint64_t lots_left(const book& source, const replay_log& log, const deleveraged_position& one);

}  // namespace plimsoll
