// Times of a replay's ticks as text.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "host/replay/replay.hpp"
#include "host/text/instant.hpp"

namespace plimsoll {

/// The time of each tick of a log, as RFC 3339; blank if there is none.
class tick_times {
 public:
  explicit tick_times(const replay_log& log) {
    for (const tick_row& row : log.ticks) {
      if (row.time_ns != no_time) { texts_.try_emplace(row.tick, format_instant(row.time_ns)); }
    }
  }
  [[nodiscard]] std::string_view text(std::int64_t tick) const {
    const auto at = texts_.find(tick);
    return at == texts_.end() ? std::string_view{} : std::string_view(at->second);
  }

 private:
  std::unordered_map<std::int64_t, std::string> texts_;
};

}  // namespace plimsoll
