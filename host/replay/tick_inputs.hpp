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

/// Both files in one sequence; a tick may have only the one or the other.
[[nodiscard]] std::vector<tick_inputs> merge_inputs(std::vector<tick_marks> marks, std::vector<update> updates);

}  // namespace plimsoll
