#include "host/book/sides.hpp"

#include <algorithm>
#include <limits>

#include <oneapi/tbb/parallel_for.h>

namespace plimsoll {

side_columns make_sides(const position_columns& positions, std::size_t instruments) {
  const std::size_t segments = 2 * instruments;
  std::vector<std::uint32_t> keys(positions.size());
  oneapi::tbb::parallel_for(std::size_t{0}, positions.size(), [&](std::size_t p) {
    keys[p] = segment_of(positions.instrument[p], side_of({positions.lots[p]}));
  });
  grouping groups = group_rows(keys, segments);
  side_columns sides;
  sides.lots.resize(segments);
  sides.lots_max.resize(segments);
  oneapi::tbb::parallel_for(std::size_t{0}, segments, [&](std::size_t segment) {
    uint128 lots = 0;
    std::uint64_t lots_max = 0;
    for (std::uint32_t i = groups.first[segment]; i < groups.first[segment + 1]; ++i) {
      const std::uint64_t held = magnitude(positions.lots[groups.rows[i]]);
      lots += held;
      lots_max = std::max(lots_max, held);
    }
    sides.lots[segment] = static_cast<std::uint64_t>(std::min<uint128>(lots, std::numeric_limits<std::uint64_t>::max()));
    sides.lots_max[segment] = lots_max;
  });
  sides.first_entry = std::move(groups.first);
  sides.position = std::move(groups.rows);
  return sides;
}

}  // namespace plimsoll
