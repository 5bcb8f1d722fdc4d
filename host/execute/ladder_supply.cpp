#include "host/execute/ladder_supply.hpp"

#include <algorithm>

#include <oneapi/tbb/parallel_sort.h>

namespace plimsoll {

std::vector<ladder_supply> supply_of(const tick_view& view, const std::vector<std::uint8_t>& asked) {
  const position_columns& positions = view.source->positions;
  std::vector<ladder_supply> out(asked.size());
  for (const std::uint32_t segment : view.segments) {
    if (asked[segment] == 0) { continue; }
    const value_rate& rate = view.prices->rates[segment / 2];
    for (const ladder_entry& entry : view.ladder_of(segment)) {
      const std::int64_t lots = positions.lots[entry.position];
      const std::int64_t pnl = value_of({lots}, rate).raw - positions.cost[entry.position];
      out[segment].lots += magnitude(lots);
      out[segment].profit += std::max<std::int64_t>(0, pnl);
    }
  }
  return out;
}

std::vector<std::uint64_t> candidates_of(const tick_view& view, const std::vector<std::uint8_t>& asked) {
  const book& source = *view.source;
  std::vector<std::uint32_t> units;
  for (const std::uint32_t segment : view.segments) {
    if (asked[segment] == 0) { continue; }
    for (const ladder_entry& entry : view.ladder_of(segment)) {
      units.push_back(source.positions.unit[entry.position]);
    }
  }
  oneapi::tbb::parallel_sort(units.begin(), units.end());
  units.erase(std::unique(units.begin(), units.end()), units.end());
  std::vector<std::uint64_t> out(source.reference.assets.size(), 0);
  for (const std::uint32_t unit : units) { ++out[source.asset_of(unit)]; }
  return out;
}

}  // namespace plimsoll
