#include "host/replay/tick_inputs.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace plimsoll {

void time_ticks(std::vector<tick_inputs>& ticks, std::size_t first, std::int64_t before_ns) {
  for (std::size_t i = first; i < ticks.size(); ++i) {
    tick_marks& marks = ticks[i].marks;
    std::int64_t newest = no_time;
    for (const auto& [id, one] : marks.changed) { newest = std::max(newest, one.as_of_ns.value_or(no_time)); }
    marks.time_ns = newest == no_time && before_ns != no_time ? before_ns + second_ns : std::max(newest, before_ns);
    before_ns = marks.time_ns;
    if (before_ns == no_time) { continue; }
    for (auto& [id, one] : marks.changed) {
      if (!one.as_of_ns) { one.as_of_ns = before_ns; }
    }
  }
}

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
