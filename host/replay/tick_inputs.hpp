// The marks and updates of ticks, in one sequence.
#pragma once

#include <vector>

#include "host/replay/replay.hpp"
#include "host/updates/update.hpp"

namespace plimsoll {

/// Marks and updates of one tick.
struct tick_inputs {
  tick_marks marks;
  std::vector<update> updates;
};

/// Sets the time of every tick from `first` on: the newest `as_of` of its marks, but never earlier than the previous
/// tick; if its marks have none, one second after the previous tick. `before_ns`: the time of the tick before `first`,
/// or of the book; no_time if there is none. A mark without `as_of` gets the time of its tick.
void time_ticks(std::vector<tick_inputs>& ticks, std::size_t first, std::int64_t before_ns);

/// Merges both files into one sequence; a tick may have marks only, or updates only.
[[nodiscard]] std::vector<tick_inputs> merge_inputs(std::vector<tick_marks> marks, std::vector<update> updates);

}  // namespace plimsoll
