#include "host/execute/policy.hpp"

#include <algorithm>
#include <functional>

#include "host/execute/min_max.hpp"
#include "host/execute/water_fill.hpp"
#include "kernels/rules/divide.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll {

namespace {

using lots_list = std::vector<std::uint64_t>;
using candidate_list = std::span<const adl_candidate>;

constexpr std::uint64_t positive(std::int64_t x) { return x > 0 ? static_cast<std::uint64_t>(x) : 0; }

lots_list whole_lots(candidate_list candidates) {
  lots_list caps;
  caps.reserve(candidates.size());
  for (const adl_candidate& one : candidates) { caps.push_back(one.lots); }
  return caps;
}

lots_list queue(std::uint64_t demand, candidate_list candidates) {
  lots_list parts(candidates.size(), 0);
  for (std::size_t i = 0; i < candidates.size() && demand > 0; ++i) {
    parts[i] = std::min(demand, candidates[i].lots);
    demand -= parts[i];
  }
  return parts;
}

/// Proportional to `weight_of`, at most `caps`.
template <class Weight>
lots_list proportional(std::uint64_t demand, candidate_list candidates, const lots_list& caps,
                       const Weight& weight_of) {
  std::vector<uint128> weights;
  weights.reserve(candidates.size());
  for (const adl_candidate& one : candidates) { weights.push_back(weight_of(one)); }
  return water_fill(demand, weights, caps);
}

/// Proportional to weight. If that serves too little, no weight is left, so the rest is split with a weight of 1 each.
template <class Weight>
lots_list proportional_then_even(std::uint64_t demand, candidate_list candidates, const Weight& weight_of) {
  lots_list caps = whole_lots(candidates);
  lots_list parts = proportional(demand, candidates, caps, weight_of);
  std::uint64_t served = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    served += parts[i];
    caps[i] -= parts[i];
  }
  if (served == demand) { return parts; }
  const lots_list rest =
      proportional(demand - served, candidates, caps, [](const adl_candidate&) { return uint128{1}; });
  for (std::size_t i = 0; i < parts.size(); ++i) { parts[i] += rest[i]; }
  return parts;
}

/// Most lots of each candidate such that their haircut, with its earlier haircuts in the wave, is within `cap_ppm` of
/// its pnl. The haircut per lot is demand.haircut / demand.lots for all candidates.
lots_list capped_lots(const adl_policy& policy, const adl_demand& demand, candidate_list candidates) {
  lots_list caps = whole_lots(candidates);
  if (demand.haircut == 0) { return caps; }
  for (std::size_t i = 0; i < caps.size(); ++i) {
    const adl_candidate& one = candidates[i];
    const auto profit = static_cast<int128>(positive(one.wave_pnl.value_or(one.pnl)));
    const int128 allowed = std::max<int128>(0, profit * policy.cap_ppm / limits::ppm - one.wave_given);
    const uint128 lots = static_cast<uint128>(allowed) * demand.lots / demand.haircut;  // < 2^64 x 2^62: fits.
    caps[i] = static_cast<std::uint64_t>(std::min<uint128>(caps[i], lots));
  }
  return caps;
}

/// Pnl x leverage, leverage in millionths rounded down and at most 2^36 (68,719 times).
uint128 levered_pnl(const adl_candidate& one) {
  if (one.equity <= 0) { return 0; }
  const uint128 leverage_ppm =
      static_cast<uint128>(one.notional) * static_cast<uint128>(limits::ppm) / positive(one.equity);
  return static_cast<uint128>(positive(one.pnl)) * std::min<uint128>(leverage_ppm, uint128{1} << 36);
}

/// Lots that a candidate may give while lots / equity stays at or below num / den.
std::uint64_t lots_within(const adl_candidate& one, std::uint64_t num, std::uint64_t den) {
  const uint128 lots = static_cast<uint128>(positive(one.equity)) * num / den;
  return static_cast<std::uint64_t>(std::min<uint128>(one.lots, lots));
}

/// Minimises the worst haircut / equity. The haircut per lot is the same for all, so it minimises the worst lots /
/// equity.
///
/// Water-filling by equity is optimal over fractions. In whole lots the worst ratio is some k / equity. Starting from
/// the fractional level, each further lot goes to the candidate whose ratio it raises least.
lots_list min_max(std::uint64_t demand, candidate_list candidates) {
  const lots_list level = proportional(demand, candidates, whole_lots(candidates),
                                       [](const adl_candidate& one) { return uint128{positive(one.equity)}; });
  // Each candidate gets the floor of the exact level; `exact_split` may have rounded some up, which need not be
  // optimal.
  std::uint64_t num = 0;
  std::uint64_t den = 1;
  for (std::size_t i = 0; i < level.size(); ++i) {
    const std::uint64_t equity = positive(candidates[i].equity);
    if (equity == 0 || level[i] == 0) { continue; }
    const std::uint64_t below = level[i] - 1;  // A lot below the part is never above the fractional level.
    if (static_cast<uint128>(below) * den > static_cast<uint128>(num) * equity) {
      num = below;
      den = equity;
    }
  }
  lots_list parts;
  parts.reserve(candidates.size());
  std::uint64_t left = demand;
  for (const adl_candidate& one : candidates) {
    parts.push_back(std::min(left, lots_within(one, num, den)));
    left -= parts.back();
  }
  // The next lot of candidate i costs (parts + 1) / equity. At most a few lots per candidate remain: a heap by that
  // ratio.
  struct next_lot {
    std::uint64_t lots;
    std::uint64_t equity;
    std::uint32_t place;
  };
  const auto costs_more = [](const next_lot& a, const next_lot& b) {
    const uint128 left_side = static_cast<uint128>(a.lots) * b.equity;
    const uint128 right_side = static_cast<uint128>(b.lots) * a.equity;
    return left_side != right_side ? left_side > right_side : a.place > b.place;
  };
  std::vector<next_lot> heap;
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    if (parts[i] < candidates[i].lots && positive(candidates[i].equity) > 0) {
      heap.push_back({parts[i] + 1, positive(candidates[i].equity), i});
    }
  }
  std::make_heap(heap.begin(), heap.end(), costs_more);
  while (left > 0 && !heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), costs_more);
    next_lot& cheapest = heap.back();
    parts[cheapest.place] = cheapest.lots;
    --left;
    if (cheapest.lots < candidates[cheapest.place].lots) {
      ++cheapest.lots;
      std::push_heap(heap.begin(), heap.end(), costs_more);
    } else {
      heap.pop_back();
    }
  }
  return parts;
}

}  // namespace

std::vector<std::uint64_t> allocate(const adl_policy& policy, const adl_demand& demand, candidate_list candidates) {
  switch (policy.kind) {
    case adl_policy_kind::queue: return queue(demand.lots, candidates);
    case adl_policy_kind::pro_rata_size:
      return proportional(demand.lots, candidates, whole_lots(candidates),
                          [](const adl_candidate& one) { return uint128{one.lots}; });
    case adl_policy_kind::pro_rata_pnl:
      return proportional_then_even(demand.lots, candidates,
                                    [](const adl_candidate& one) { return uint128{positive(one.pnl)}; });
    case adl_policy_kind::pro_rata_notional:
      return proportional_then_even(demand.lots, candidates,
                                    [](const adl_candidate& one) { return uint128{one.notional}; });
    case adl_policy_kind::pro_rata_equity:
      return proportional_then_even(demand.lots, candidates,
                                    [](const adl_candidate& one) { return uint128{positive(one.equity)}; });
    case adl_policy_kind::capped:
      return proportional(demand.lots, candidates, capped_lots(policy, demand, candidates),
                          [](const adl_candidate& one) { return uint128{positive(one.pnl)}; });
    case adl_policy_kind::risk_aware:
      return proportional(demand.lots, candidates, capped_lots(policy, demand, candidates), levered_pnl);
    case adl_policy_kind::min_max:
      // If nothing is given up, lots take the place of money.
      if (demand.haircut > 0 && !demand.losers.empty()) { return min_max_walk(demand.losers, candidates); }
      return min_max(demand.lots, candidates);
  }
  return {};
}

}  // namespace plimsoll
