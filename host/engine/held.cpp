#include "host/engine/held.hpp"

#include <algorithm>
#include <utility>

namespace plimsoll {

const char* to_string(held_reason why) {
  switch (why) {
    case held_reason::no_mark: return "no mark";
    case held_reason::no_time: return "no as_of";
    case held_reason::too_old: return "too old";
  }
  return "";
}

std::optional<std::int64_t> time_of_marks(std::span<const mark> marks, std::optional<std::int64_t> as_of_ns) {
  if (as_of_ns) { return as_of_ns; }
  for (const mark& one : marks) {
    if (one.as_of_ns && (!as_of_ns || *one.as_of_ns > *as_of_ns)) { as_of_ns = one.as_of_ns; }
  }
  return as_of_ns;
}

std::optional<held_reason> fault_of_age(const mark& one, std::optional<std::int64_t> now_ns, std::int64_t age_max_ns) {
  if (!one.as_of_ns) { return !is_marked(one.ticks) ? held_reason::no_mark : held_reason::no_time; }
  return static_cast<int128>(*now_ns) - *one.as_of_ns > age_max_ns ? std::optional(held_reason::too_old) : std::nullopt;
}

std::vector<held_mark> find_held(const book& source, std::span<const mark> marks,
                                 std::optional<std::int64_t> as_of_ns) {
  std::vector<held_mark> out;
  each_held(source, marks, as_of_ns, [&](const held_mark& one) { out.push_back(one); });
  return out;
}

clocks_ahead find_clocks_ahead(const book& source, std::span<const mark> marks) {
  clocks_ahead out;
  const auto age_max = source.reference.venue.max_mark_age_ns;
  std::vector<std::pair<std::int64_t, std::uint32_t>> times;
  for (std::uint32_t i = 0; i < marks.size(); ++i) {
    if (marks[i].as_of_ns) { times.emplace_back(*marks[i].as_of_ns, i); }
  }
  if (!age_max) { return out; }
  std::sort(times.rbegin(), times.rend());
  for (std::size_t ahead = 1; 2 * ahead < times.size(); ++ahead) {
    const std::int64_t gap = times[ahead - 1].first - times[ahead].first;
    if (gap <= *age_max) { continue; }
    for (std::size_t i = 0; i < ahead; ++i) { out.instruments.push_back(times[i].second); }
    std::sort(out.instruments.begin(), out.instruments.end());
    out.behind = times.size() - ahead;
    out.gap_ns = gap;
    break;
  }
  return out;
}

}  // namespace plimsoll
