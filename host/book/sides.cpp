#include "host/book/sides.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include <oneapi/tbb/parallel_for.h>

namespace plimsoll {

namespace {

/// Lots of each segment: all, and the largest.
void sum_sides(side_columns& sides, const position_columns& positions) {
  sides.lots.resize(sides.segments());
  sides.lots_max.resize(sides.segments());
  oneapi::tbb::parallel_for(std::size_t{0}, sides.segments(), [&](std::size_t segment) {
    uint128 lots = 0;
    std::uint64_t lots_max = 0;
    for (std::uint32_t i = sides.first_entry[segment]; i < sides.first_entry[segment + 1]; ++i) {
      assert(segment % 2 == static_cast<std::size_t>(side_of({positions.lots[sides.position[i]]})));
      const std::uint64_t held = magnitude(positions.lots[sides.position[i]]);
      lots += held;
      lots_max = std::max(lots_max, held);
    }
    sides.lots[segment] =
        static_cast<std::uint64_t>(std::min<uint128>(lots, std::numeric_limits<std::uint64_t>::max()));
    sides.lots_max[segment] = lots_max;
  });
}

}  // namespace

side_columns make_sides(const position_columns& positions, std::size_t instruments) {
  const std::size_t segments = 2 * instruments;
  std::vector<std::uint32_t> keys(positions.size());
  oneapi::tbb::parallel_for(std::size_t{0}, positions.size(), [&](std::size_t p) {
    keys[p] = segment_of(positions.instrument[p], side_of({positions.lots[p]}));
  });
  grouping groups = group_rows(keys, segments);
  side_columns sides;
  sides.first_entry = std::move(groups.first);
  sides.position = std::move(groups.rows);
  sum_sides(sides, positions);
  return sides;
}

void drop_entries(side_columns& sides, const std::vector<std::uint32_t>& moved_to, const position_columns& positions) {
  std::uint32_t end = 0;
  std::uint32_t first = 0;
  for (std::size_t segment = 0; segment < sides.segments(); ++segment) {
    const std::uint32_t last = sides.first_entry[segment + 1];
    sides.first_entry[segment] = end;
    for (std::uint32_t i = first; i < last; ++i) {
      const std::uint32_t from = sides.position[i];
      const std::uint32_t to = from == no_id ? no_id : moved_to[from];
      if (to != no_id) { sides.position[end++] = to; }
    }
    first = last;
  }
  sides.first_entry.back() = end;
  sides.position.resize(end);
  sum_sides(sides, positions);
}

}  // namespace plimsoll
