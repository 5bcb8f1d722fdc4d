#include "host/replay/tick_inputs.hpp"

#include <limits>
#include <utility>

namespace plimsoll {

std::vector<tick_inputs> merge_inputs(std::vector<tick_marks> marks, std::vector<update> updates) {
  std::vector<tick_inputs> out;
  std::size_t next = 0;
  const auto take_until = [&](std::int64_t tick) {
    for (; next < updates.size() && updates[next].tick < tick; ++next) {
      if (out.empty() || out.back().marks.tick != updates[next].tick) { out.push_back({{updates[next].tick, {}}, {}}); }
      out.back().updates.push_back(std::move(updates[next]));
    }
  };
  for (tick_marks& one : marks) {
    take_until(one.tick);
    out.push_back({std::move(one), {}});
    const std::int64_t tick = out.back().marks.tick;
    for (; next < updates.size() && updates[next].tick == tick; ++next) {
      out.back().updates.push_back(std::move(updates[next]));
    }
  }
  take_until(std::numeric_limits<std::int64_t>::max());
  return out;
}

}  // namespace plimsoll
