#include "host/execute/ladder_supply.hpp"

#include <algorithm>
#include <cstddef>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_reduce.h>

namespace plimsoll {

namespace {

/// By position: 1 if it is on a requested ladder. Reading the book's columns in a ladder's order would be random access
/// to all of them; here the only random access writes one byte for each entry.
std::vector<std::uint8_t> positions_on_ladders(const tick_view& view, const std::vector<std::uint8_t>& asked) {
  std::vector<std::uint8_t> out(view.source->positions.size(), 0);
  for (const std::uint32_t segment : view.segments) {
    if (asked[segment] == 0) { continue; }
    const std::span<const ladder_entry> ladder = view.ladder_of(segment);
    oneapi::tbb::parallel_for(oneapi::tbb::blocked_range<std::size_t>(0, ladder.size(), std::size_t{1} << 14U),
                              [&](const oneapi::tbb::blocked_range<std::size_t>& part) {
                                for (std::size_t i = part.begin(); i < part.end(); ++i) { out[ladder[i].position] = 1; }
                              });
  }
  return out;
}

/// Calls `visit(sums, position)` for each position on a requested ladder, unit by unit in the book's order. If `visit`
/// returns false, the unit's other positions are skipped. Integer sums are the same in any order.
template <class Sums, class Visit>
std::vector<Sums> over_ladders(const tick_view& view, const std::vector<std::uint8_t>& asked, std::size_t size,
                               const Visit& visit) {
  using range = oneapi::tbb::blocked_range<std::uint32_t>;
  const std::vector<std::uint8_t> on_ladder = positions_on_ladders(view, asked);
  const std::vector<std::uint32_t>& first = view.source->units.first_position;
  return oneapi::tbb::parallel_reduce(
      range(0, static_cast<std::uint32_t>(view.source->units.size()), 1U << 16U), std::vector<Sums>(size),
      [&](const range& units, std::vector<Sums> sums) {
        for (std::uint32_t unit = units.begin(); unit < units.end(); ++unit) {
          for (std::uint32_t p = first[unit]; p < first[unit + 1]; ++p) {
            if (on_ladder[p] != 0 && !visit(sums, p)) { break; }
          }
        }
        return sums;
      },
      [](std::vector<Sums> a, const std::vector<Sums>& b) {
        for (std::size_t i = 0; i < a.size(); ++i) { a[i] += b[i]; }
        return a;
      });
}

}  // namespace

std::vector<ladder_supply> supply_of(const tick_view& view, const std::vector<std::uint8_t>& asked) {
  const position_columns& positions = view.source->positions;
  return over_ladders<ladder_supply>(
      view, asked, asked.size(), [&](std::vector<ladder_supply>& sums, std::uint32_t position) {
        const size_lots lots{positions.lots[position]};
        const std::uint32_t instrument = positions.instrument[position];
        const std::int64_t pnl = value_of(lots, view.prices->rates[instrument]).raw - positions.cost[position];
        ladder_supply& sum = sums[segment_of(instrument, side_of(lots))];
        sum.lots += magnitude(lots.raw);
        sum.profit += std::max<std::int64_t>(0, pnl);
        return true;
      });
}

std::vector<std::uint64_t> candidates_of(const tick_view& view, const std::vector<std::uint8_t>& asked) {
  const book& source = *view.source;
  return over_ladders<std::uint64_t>(
      view, asked, source.reference.assets.size(), [&](std::vector<std::uint64_t>& sums, std::uint32_t position) {
        ++sums[source.reference.instruments[source.positions.instrument[position]].settle];
        return false;
      });
}

}  // namespace plimsoll
