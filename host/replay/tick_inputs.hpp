// What a tick brings: marks and updates, in one sequence.
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

/// Gives every tick that is left, from `first` on, its time: the newest `as_of` of its marks, but never before the tick
/// before; without one, a second after it. `before_ns`: the time of the tick before the first of them, or of the book;
/// no_time while there is none. A mark without `as_of` is then as fresh as its tick.
void time_ticks(std::vector<tick_inputs>& ticks, std::size_t first, std::int64_t before_ns);

/// Both files in one sequence; a tick may have only the one or the other.
[[nodiscard]] std::vector<tick_inputs> merge_inputs(std::vector<tick_marks> marks, std::vector<update> updates);

}  // namespace plimsoll
