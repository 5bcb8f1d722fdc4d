#include "host/scan/cover.hpp"

#include <algorithm>
#include <numeric>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>

#include "host/book/find.hpp"
#include "kernels/rules/split.hpp"

namespace plimsoll {

namespace {

using unit_runs = oneapi::tbb::blocked_range<std::size_t>;
constexpr std::size_t unit_grain = 64;

}  // namespace

std::vector<bankrupt_unit> bankrupt_units(const margin_result& margin) {
  std::vector<bankrupt_unit> units;
  for (const std::uint32_t unit : margin.flagged) {
    if (margin.units.verdicts[unit].state() == unit_state::bankrupt) { units.push_back({unit, margin.units.equity[unit]}); }
  }
  return units;
}

std::vector<bankrupt_position> find_bankrupt(const book& source, const tick_prices& prices, std::span<const bankrupt_unit> units) {
  std::vector<std::size_t> first(units.size() + 1, 0);
  oneapi::tbb::parallel_for(unit_runs(0, units.size(), unit_grain), [&](const unit_runs& run) {
    for (std::size_t i = run.begin(); i != run.end(); ++i) {
      const auto begin = source.positions.lots.begin();
      const std::uint32_t* const row = &source.units.first_position[units[i].unit];
      first[i + 1] = static_cast<std::size_t>(std::count_if(begin + row[0], begin + row[1], [](std::int64_t lots) { return lots != 0; }));
    }
  });
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<bankrupt_position> out(first.back());
  oneapi::tbb::parallel_for(unit_runs(0, units.size(), unit_grain), [&](const unit_runs& run) {
    allotment_room room;
    for (std::size_t i = run.begin(); i != run.end(); ++i) {
      const std::uint32_t unit = units[i].unit;
      const auto parts = allot_equity(source, prices, unit, units[i].equity, room);
      std::size_t next = first[i];
      for (std::size_t k = 0; k < parts.size(); ++k) {
        const std::uint32_t position = source.units.first_position[unit] + static_cast<std::uint32_t>(k);
        const size_lots size{source.positions.lots[position]};
        if (size.raw == 0) { continue; }
        const contract_rate& contract = source.reference.instruments[source.positions.instrument[position]].rate;
        const money_steps value = value_of(size, prices.rates[source.positions.instrument[position]]);
        const bankruptcy closing = bankruptcy_of(size, value, parts[k], contract);
        out[next++] = {position, parts[k], closing, bankruptcy_price(size, closing.value, contract)};
      }
    }
  });
  return out;
}

namespace {

std::uint32_t loser_segment(const book& source, std::uint32_t position) {
  return segment_of(source.positions.instrument[position], side_of({source.positions.lots[position]}));
}

/// The other side of the same instrument: segments come in pairs.
constexpr std::uint32_t winner_segment(std::uint32_t segment) { return segment ^ 1U; }

/// Lots that the account of `position` itself holds on the other side, on the ladder or not.
std::uint64_t own_lots_opposite(const book& source, std::uint32_t position) {
  const std::uint32_t segment = winner_segment(loser_segment(source, position));
  const unit_range own = units_beside(source, source.positions.unit[position]);
  const std::uint32_t other = find_position(source, own, segment / 2, static_cast<position_side>(segment % 2));
  return other == no_id ? 0 : magnitude(source.positions.lots[other]);
}

}  // namespace

std::vector<cover_demand> demand_prefixes(const book& source, const std::vector<bankrupt_position>& bankrupt) {
  struct wish {
    std::uint32_t segment;
    std::uint64_t lots;
  };
  std::vector<wish> wishes(bankrupt.size());
  oneapi::tbb::parallel_for(unit_runs(0, bankrupt.size(), unit_grain), [&](const unit_runs& run) {
    for (std::size_t i = run.begin(); i != run.end(); ++i) {
      const std::uint32_t position = bankrupt[i].position;
      wishes[i] = {winner_segment(loser_segment(source, position)), magnitude(source.positions.lots[position]) + own_lots_opposite(source, position)};
    }
  });
  std::vector<uint128> wanted(source.sides.segments(), 0);
  for (const wish& one : wishes) { wanted[one.segment] += one.lots; }
  std::vector<cover_demand> demands;
  for (std::uint32_t segment = 0; segment < wanted.size(); ++segment) {
    // No ladder holds more than the open interest of its side: a larger wish means all of it.
    const uint128 lots = std::min<uint128>(wanted[segment], source.sides.lots[segment]);
    if (lots > 0) { demands.push_back({segment, static_cast<std::uint64_t>(lots)}); }
  }
  return demands;
}

namespace {

/// Fills of one side's losers from one ladder prefix.
void merge_side(const book& source, const std::vector<const bankrupt_position*>& losers, const ladder_entry* entries,
                std::size_t count, std::vector<cover_fill>& out) {
  std::vector<std::uint64_t> left(count);
  for (std::size_t e = 0; e < count; ++e) { left[e] = magnitude(source.positions.lots[entries[e].position]); }
  std::size_t head = 0;
  for (const bankrupt_position* loser : losers) {
    const std::uint32_t account = source.units.account[source.positions.unit[loser->position]];
    const std::uint64_t lots = magnitude(source.positions.lots[loser->position]);
    const int128 bankrupt_value = loser->closing.value;
    exact_split value(static_cast<std::uint64_t>(bankrupt_value < 0 ? -bankrupt_value : bankrupt_value), lots);
    std::uint64_t need = lots;
    for (std::size_t e = head; e < count && need > 0; ++e) {
      const std::uint32_t winner = entries[e].position;
      if (left[e] == 0 || source.units.account[source.positions.unit[winner]] == account) { continue; }
      const std::uint64_t taken = std::min(need, left[e]);
      left[e] -= taken;
      need -= taken;
      out.push_back({loser->position, winner, static_cast<std::uint32_t>(e), static_cast<std::int64_t>(taken), value.next(taken), loser->price});
    }
    while (head < count && left[head] == 0) { ++head; }
  }
}

}  // namespace

std::vector<cover_fill> merge_cover(const book& source, const std::vector<bankrupt_position>& bankrupt,
                                    const rank_result& ladder, const std::vector<std::uint32_t>& segments) {
  std::vector<std::vector<const bankrupt_position*>> losers(source.sides.segments());
  for (const bankrupt_position& loser : bankrupt) { losers[loser_segment(source, loser.position)].push_back(&loser); }
  // Prefix of each winners' segment, if there is one.
  std::vector<std::uint32_t> prefix_of(source.sides.segments(), no_id);
  for (std::uint32_t prefix = 0; prefix < segments.size(); ++prefix) { prefix_of[segments[prefix]] = prefix; }

  std::vector<std::vector<cover_fill>> fills(source.sides.segments());
  oneapi::tbb::parallel_for(std::size_t{0}, losers.size(), [&](std::size_t segment) {
    const std::uint32_t prefix = prefix_of[winner_segment(static_cast<std::uint32_t>(segment))];
    if (losers[segment].empty() || prefix == no_id) { return; }
    const std::uint64_t begin = ladder.first_entry[prefix];
    merge_side(source, losers[segment], ladder.entries.data() + begin, ladder.first_entry[prefix + 1] - begin, fills[segment]);
  });
  std::vector<std::size_t> first(fills.size() + 1, 0);
  for (std::size_t segment = 0; segment < fills.size(); ++segment) { first[segment + 1] = first[segment] + fills[segment].size(); }
  std::vector<cover_fill> out(first.back());
  oneapi::tbb::parallel_for(std::size_t{0}, fills.size(), [&](std::size_t segment) {
    std::copy(fills[segment].begin(), fills[segment].end(), out.begin() + static_cast<std::ptrdiff_t>(first[segment]));
  });
  return out;
}

}  // namespace plimsoll
