#include "host/execute/ladder_supply.hpp"

#include <algorithm>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_reduce.h>

namespace plimsoll {

namespace {

/// Calls `visit(sums, unit, position, segment)` for each position on an asked ladder; sums of any order are the same.
template <class Sums, class Visit, class Join>
Sums over_ladders(const book& source, const scan_result& scan, const std::vector<std::uint8_t>& asked, Sums none,
                  const Visit& visit, const Join& join) {
  using range = oneapi::tbb::blocked_range<std::uint32_t>;
  return oneapi::tbb::parallel_reduce(
      range(0, static_cast<std::uint32_t>(source.units.size()), 1U << 14U), none,
      [&](const range& units, Sums sums) {
        for (std::uint32_t unit = units.begin(); unit < units.end(); ++unit) {
          if (!scan.margin.units.verdicts[unit].on_ladder()) { continue; }
          for (std::uint32_t p = source.units.first_position[unit]; p < source.units.first_position[unit + 1]; ++p) {
            const std::uint32_t segment =
                segment_of(source.positions.instrument[p], side_of({source.positions.lots[p]}));
            if (asked[segment] == 0 || source.positions.lots[p] == 0) { continue; }
            if (!visit(sums, unit, p, segment)) { break; }
          }
        }
        return sums;
      },
      join);
}

template <class Part>
std::vector<Part> joined(std::vector<Part> a, const std::vector<Part>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) { a[i] += b[i]; }
  return a;
}

struct summed_supply : ladder_supply {
  summed_supply& operator+=(const summed_supply& other) {
    lots += other.lots;
    profit += other.profit;
    return *this;
  }
};

}  // namespace

std::vector<ladder_supply> supply_of(const book& source, const scan_result& scan,
                                     const std::vector<std::uint8_t>& asked) {
  const auto sums = over_ladders(
      source, scan, asked, std::vector<summed_supply>(asked.size()),
      [&](std::vector<summed_supply>& out, std::uint32_t, std::uint32_t p, std::uint32_t segment) {
        const std::int64_t lots = source.positions.lots[p];
        const std::int64_t pnl = value_of({lots}, scan.prices.rates[segment / 2]).raw - source.positions.cost[p];
        out[segment].lots += magnitude(lots);
        out[segment].profit += std::max<std::int64_t>(0, pnl);
        return true;
      },
      joined<summed_supply>);
  return {sums.begin(), sums.end()};
}

std::vector<std::uint64_t> candidates_of(const book& source, const scan_result& scan,
                                         const std::vector<std::uint8_t>& asked) {
  return over_ladders(
      source, scan, asked, std::vector<std::uint64_t>(source.reference.assets.size(), 0),
      [&](std::vector<std::uint64_t>& out, std::uint32_t unit, std::uint32_t, std::uint32_t) {
        ++out[source.asset_of(unit)];
        return false;
      },
      joined<std::uint64_t>);
}

}  // namespace plimsoll
