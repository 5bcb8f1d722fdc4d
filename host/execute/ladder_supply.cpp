#include "host/execute/ladder_supply.hpp"

#include <algorithm>
#include <atomic>
#include <span>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_reduce.h>

namespace plimsoll {

namespace {

/// Sums over the entries of a ladder, in parallel: sums of integers are the same in any order.
template <class Sum, class Add, class Join>
Sum over_entries(std::span<const ladder_entry> ladder, const Sum& none, const Add& add, const Join& join) {
  using range = oneapi::tbb::blocked_range<std::size_t>;
  return oneapi::tbb::parallel_reduce(
      range(0, ladder.size(), std::size_t{1} << 14U), none,
      [&](const range& part, Sum sum) {
        for (const ladder_entry& entry : ladder.subspan(part.begin(), part.size())) { add(sum, entry.position); }
        return sum;
      },
      join);
}

}  // namespace

std::vector<ladder_supply> supply_of(const tick_view& view, const std::vector<std::uint8_t>& asked) {
  const position_columns& positions = view.source->positions;
  std::vector<ladder_supply> out(asked.size());
  for (const std::uint32_t segment : view.segments) {
    if (asked[segment] == 0) { continue; }
    const value_rate& rate = view.prices->rates[segment / 2];
    out[segment] = over_entries(
        view.ladder_of(segment), ladder_supply{},
        [&](ladder_supply& sum, std::uint32_t position) {
          const std::int64_t lots = positions.lots[position];
          const std::int64_t pnl = value_of({lots}, rate).raw - positions.cost[position];
          sum.lots += magnitude(lots);
          sum.profit += std::max<std::int64_t>(0, pnl);
        },
        [](const ladder_supply& a, const ladder_supply& b) {
          return ladder_supply{a.lots + b.lots, a.profit + b.profit};
        });
  }
  return out;
}

std::vector<std::uint64_t> candidates_of(const tick_view& view, const std::vector<std::uint8_t>& asked) {
  const book& source = *view.source;
  std::vector<std::uint8_t> seen(source.units.size(), 0);
  std::vector<std::uint64_t> out(source.reference.assets.size(), 0);
  for (const std::uint32_t segment : view.segments) {
    if (asked[segment] == 0) { continue; }
    // Whoever sets the mark counts the unit.
    out[source.reference.instruments[segment / 2].settle] += over_entries(
        view.ladder_of(segment), std::uint64_t{0},
        [&](std::uint64_t& sum, std::uint32_t position) {
          std::atomic_ref<std::uint8_t> mark(seen[source.positions.unit[position]]);
          if (mark.load(std::memory_order_relaxed) == 0) { sum += 1 - mark.exchange(1, std::memory_order_relaxed); }
        },
        [](std::uint64_t a, std::uint64_t b) { return a + b; });
  }
  return out;
}

}  // namespace plimsoll
