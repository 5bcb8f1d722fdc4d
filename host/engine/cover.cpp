#include "host/engine/cover.hpp"

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
    if (margin.units.verdicts[unit].state() == unit_state::bankrupt) {
      units.push_back({unit, margin.units.equity[unit]});
    }
  }
  return units;
}

void cover_finder::find_bankrupt(const book& source, const tick_prices& prices, std::span<const bankrupt_unit> units,
                                 std::vector<bankrupt_position>& out) {
  const std::uint32_t* const row = source.units.first_position.data();
  first_position_.assign(units.size() + 1, 0);
  oneapi::tbb::parallel_for(unit_runs(0, units.size(), unit_grain), [&](const unit_runs& run) {
    for (std::size_t i = run.begin(); i != run.end(); ++i) {
      const auto begin = source.positions.lots.begin();
      const std::uint32_t unit = units[i].unit;
      first_position_[i + 1] = static_cast<std::size_t>(
          std::count_if(begin + row[unit], begin + row[unit + 1], [](std::int64_t lots) { return lots != 0; }));
    }
  });
  std::partial_sum(first_position_.begin(), first_position_.end(), first_position_.begin());
  std::uint32_t longest = 0;
  for (const bankrupt_unit& one : units) { longest = std::max(longest, row[one.unit + 1] - row[one.unit]); }
  allotment_.fit([&](allotment_scratch& scratch) { scratch.reserve(longest); });
  out.resize(first_position_.back());
  oneapi::tbb::parallel_for(unit_runs(0, units.size(), unit_grain), [&](const unit_runs& run) {
    allotment_scratch& scratch = allotment_.mine();
    for (std::size_t i = run.begin(); i != run.end(); ++i) {
      const std::uint32_t unit = units[i].unit;
      const auto parts = allot_equity(source, prices, unit, units[i].equity, scratch);
      std::size_t next = first_position_[i];
      for (std::size_t k = 0; k < parts.size(); ++k) {
        const std::uint32_t position = row[unit] + static_cast<std::uint32_t>(k);
        const size_lots size{source.positions.lots[position]};
        if (size.raw == 0) { continue; }
        const contract_rate& contract = source.reference.instruments[source.positions.instrument[position]].rate;
        const money_steps value = value_of(size, prices.rates[source.positions.instrument[position]]);
        const bankruptcy closing = bankruptcy_of(size, value, parts[k], contract);
        out[next++] = {position, parts[k], closing, bankruptcy_price(size, closing.value, contract)};
      }
    }
  });
}

namespace {

std::uint32_t loser_segment(const book& source, std::uint32_t position) {
  return segment_of(source.positions.instrument[position], side_of({source.positions.lots[position]}));
}

/// The other side of the same instrument: segments come in pairs.
constexpr std::uint32_t winner_segment(std::uint32_t segment) { return segment ^ 1U; }

/// Lots that the account of `position` holds on the other side, whether they are on the ladder or not.
std::uint64_t own_lots_opposite(const book& source, std::uint32_t position) {
  const std::uint32_t segment = winner_segment(loser_segment(source, position));
  const unit_range own = units_beside(source, source.positions.unit[position]);
  const std::uint32_t other = find_position(source, own, segment / 2, static_cast<position_side>(segment % 2));
  return other == no_id ? 0 : magnitude(source.positions.lots[other]);
}

}  // namespace

void cover_finder::find_demands(const book& source, std::span<const bankrupt_position> bankrupt,
                                std::vector<cover_demand>& out) {
  wishes_.resize(bankrupt.size());
  oneapi::tbb::parallel_for(unit_runs(0, bankrupt.size(), unit_grain), [&](const unit_runs& run) {
    for (std::size_t i = run.begin(); i != run.end(); ++i) {
      const std::uint32_t position = bankrupt[i].position;
      wishes_[i] = {winner_segment(loser_segment(source, position)),
                    magnitude(source.positions.lots[position]) + own_lots_opposite(source, position)};
    }
  });
  wanted_.assign(source.sides.segments(), 0);
  for (const wish& one : wishes_) { wanted_[one.segment] += one.lots; }
  out.clear();
  for (std::uint32_t segment = 0; segment < wanted_.size(); ++segment) {
    // No ladder holds more than the open interest of its side, so a larger demand means all of it.
    const uint128 lots = std::min<uint128>(wanted_[segment], source.sides.lots[segment]);
    if (lots > 0) { out.push_back({segment, static_cast<std::uint64_t>(lots)}); }
  }
}

/// Fills of one side's losers from one ladder prefix. `winners` is uninitialised.
void cover_finder::merge_side(const book& source, std::span<const bankrupt_position> bankrupt,
                              std::span<const loser> losers, std::span<const ladder_entry> prefix, winner* winners,
                              std::vector<cover_fill>& out) {
  constexpr std::size_t look_ahead = 8;  // Losers whose bankruptcy values are prefetched.
  constexpr std::size_t batch = 64;      // Winners looked up at once, so that waits for memory overlap.
  std::size_t head = 0;                  // All entries before it are taken.
  std::size_t looked_up = 0;             // Entries from it on are not looked up yet.
  const auto look_up_next = [&] {
    const auto next = prefix.subspan(looked_up, std::min(batch, prefix.size() - looked_up));
    std::uint32_t units[batch];
    for (const ladder_entry& one : next) {
      __builtin_prefetch(source.positions.unit.data() + one.position);
      __builtin_prefetch(source.positions.lots.data() + one.position);
    }
    for (std::size_t i = 0; i < next.size(); ++i) {
      units[i] = source.positions.unit[next[i].position];
      __builtin_prefetch(source.units.account.data() + units[i]);
    }
    for (std::size_t i = 0; i < next.size(); ++i) {
      winners[looked_up + i] = {magnitude(source.positions.lots[next[i].position]), source.units.account[units[i]]};
    }
    looked_up += next.size();
  };
  for (std::size_t i = 0; i < losers.size(); ++i) {
    if (i + look_ahead < losers.size()) { __builtin_prefetch(&bankrupt[losers[i + look_ahead].index]); }
    const loser& who = losers[i];
    const bankrupt_position& position = bankrupt[who.index];
    const int128 bankrupt_value = position.closing.value;
    exact_split value(static_cast<std::uint64_t>(bankrupt_value < 0 ? -bankrupt_value : bankrupt_value), who.lots);
    std::uint64_t need = who.lots;
    for (std::size_t e = head; e < prefix.size() && need > 0; ++e) {
      if (e == looked_up) { look_up_next(); }
      winner& from = winners[e];
      if (from.left == 0 || from.account == who.account) { continue; }
      const std::uint64_t taken = std::min(need, from.left);
      from.left -= taken;
      need -= taken;
      out.push_back({position.position, prefix[e].position, static_cast<std::uint32_t>(e),
                     static_cast<std::int64_t>(taken), value.next(taken), position.price});
    }
    while (head < looked_up && winners[head].left == 0) { ++head; }
  }
}

/// Sorts bankrupt positions by segment.
void cover_finder::sort_losers(const book& source, std::span<const bankrupt_position> bankrupt) {
  segment_.resize(bankrupt.size());
  unsorted_.resize(bankrupt.size());
  oneapi::tbb::parallel_for(unit_runs(0, bankrupt.size(), unit_grain), [&](const unit_runs& run) {
    for (std::size_t i = run.begin(); i != run.end(); ++i) {
      const std::uint32_t position = bankrupt[i].position;
      segment_[i] = loser_segment(source, position);
      unsorted_[i] = {magnitude(source.positions.lots[position]), static_cast<std::uint32_t>(i),
                      source.units.account[source.positions.unit[position]]};
    }
  });
  // Offsets are stored one element later, so that placing a loser moves its segment's end into place.
  first_loser_.assign(source.sides.segments() + 2, 0);
  for (const std::uint32_t segment : segment_) { ++first_loser_[segment + 2]; }
  std::partial_sum(first_loser_.begin(), first_loser_.end(), first_loser_.begin());
  losers_.resize(bankrupt.size());
  for (std::size_t i = 0; i < bankrupt.size(); ++i) { losers_[first_loser_[segment_[i] + 1]++] = unsorted_[i]; }
}

void cover_finder::merge(const book& source, std::span<const bankrupt_position> bankrupt, const rank_result& ladder,
                         std::span<const std::uint32_t> segments, std::vector<cover_fill>& out) {
  const std::size_t count = source.sides.segments();
  sort_losers(source, bankrupt);
  prefix_of_.assign(count, no_id);
  for (std::uint32_t prefix = 0; prefix < segments.size(); ++prefix) { prefix_of_[segments[prefix]] = prefix; }
  winners_.reset(ladder.entries.size());
  fills_.resize(count);
  oneapi::tbb::parallel_for(std::size_t{0}, count, [&](std::size_t segment) {
    fills_[segment].clear();
    const std::uint32_t prefix = prefix_of_[winner_segment(static_cast<std::uint32_t>(segment))];
    const auto losers =
        std::span(losers_).subspan(first_loser_[segment], first_loser_[segment + 1] - first_loser_[segment]);
    if (losers.empty() || prefix == no_id) { return; }
    const std::uint64_t begin = ladder.first_entry[prefix];
    const auto entries = std::span(ladder.entries).subspan(begin, ladder.first_entry[prefix + 1] - begin);
    merge_side(source, bankrupt, losers, entries, winners_.data() + begin, fills_[segment]);
  });
  first_fill_.assign(count + 1, 0);
  for (std::size_t segment = 0; segment < count; ++segment) {
    first_fill_[segment + 1] = first_fill_[segment] + fills_[segment].size();
  }
  out.resize(first_fill_.back());
  oneapi::tbb::parallel_for(std::size_t{0}, count, [&](std::size_t segment) {
    std::copy(fills_[segment].begin(), fills_[segment].end(),
              out.begin() + static_cast<std::ptrdiff_t>(first_fill_[segment]));
  });
}

}  // namespace plimsoll
