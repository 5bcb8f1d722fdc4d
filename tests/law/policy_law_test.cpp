// Laws that every ADL policy keeps, and the purpose of each policy.
#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "host/execute/policy.hpp"
#include "host/execute/water_fill.hpp"

namespace plimsoll {
namespace {

std::vector<adl_policy> all_policies() {
  std::vector<adl_policy> all;
  for (const char* name : {"queue", "pro_rata:size", "pro_rata:pnl", "pro_rata:notional", "pro_rata:equity", "capped",
                           "capped:0.3", "risk_aware", "risk_aware:0.3", "min_max"}) {
    all.push_back(parse_adl_policy(name).value());
  }
  return all;
}

std::uint64_t sum(const std::vector<std::uint64_t>& parts) {
  return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0});
}

/// A ladder of a few candidates, small enough to search and with ties, zeros and losers among them.
std::vector<adl_candidate> small_ladder() {
  const auto one =
      rc::gen::map(rc::gen::tuple(rc::gen::inRange<std::uint64_t>(1, 12), rc::gen::inRange<std::int64_t>(-20, 60),
                                  rc::gen::inRange<std::uint64_t>(0, 200), rc::gen::inRange<std::int64_t>(-5, 80)),
                   [](const std::tuple<std::uint64_t, std::int64_t, std::uint64_t, std::int64_t>& t) {
                     return adl_candidate{std::get<0>(t), std::get<1>(t), std::get<2>(t), std::get<3>(t)};
                   });
  return *rc::gen::resize(8, rc::gen::container<std::vector<adl_candidate>>(one));
}

/// The lots that a policy may take from a candidate, by its description.
std::uint64_t most_of(const adl_policy& policy, const adl_demand& demand, const adl_candidate& one) {
  std::uint64_t most = one.lots;
  if (policy.kind == adl_policy_kind::capped || policy.kind == adl_policy_kind::risk_aware) {
    const std::int64_t pnl = std::max<std::int64_t>(one.pnl, 0);
    if (demand.haircut > 0) {
      most =
          std::min(most, static_cast<std::uint64_t>(pnl) * policy.cap_ppm / 1'000'000 * demand.lots / demand.haircut);
    }
    if (pnl == 0) { most = 0; }
    if (policy.kind == adl_policy_kind::risk_aware &&
        (one.equity <= 0 || one.notional * 1'000'000 / static_cast<std::uint64_t>(one.equity) == 0)) {
      most = 0;
    }
  }
  if (policy.kind == adl_policy_kind::min_max && one.equity <= 0) { most = 0; }
  return most;
}

std::uint64_t supply_of(const adl_policy& policy, const adl_demand& demand, const std::vector<adl_candidate>& ladder) {
  std::uint64_t supply = 0;
  for (const adl_candidate& one : ladder) { supply += most_of(policy, demand, one); }
  return supply;
}

RC_GTEST_PROP(policy_law, nobody_gives_more_than_the_policy_may_take, ()) {
  const auto ladder = small_ladder();
  const adl_demand demand{*rc::gen::inRange<std::uint64_t>(0, 60), *rc::gen::inRange<std::uint64_t>(0, 100)};
  for (const adl_policy& policy : all_policies()) {
    const auto parts = allocate(policy, demand, ladder);
    for (std::size_t i = 0; i < parts.size(); ++i) { RC_ASSERT(parts[i] <= most_of(policy, demand, ladder[i])); }
  }
}

RC_GTEST_PROP(policy_law, but_for_the_queue_the_order_of_candidates_moves_a_part_by_a_lot_at_most, ()) {
  const auto ladder = small_ladder();
  const adl_demand demand{*rc::gen::inRange<std::uint64_t>(0, 60), *rc::gen::inRange<std::uint64_t>(0, 100)};
  std::vector<std::size_t> order(ladder.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[*rc::gen::inRange<std::size_t>(0, i)]);
  }
  std::vector<adl_candidate> shuffled;
  for (const std::size_t from : order) { shuffled.push_back(ladder[from]); }
  for (const adl_policy& policy : all_policies()) {
    if (policy.kind == adl_policy_kind::queue) { continue; }
    const auto parts = allocate(policy, demand, ladder);
    const auto others = allocate(policy, demand, shuffled);
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::uint64_t here = parts[order[i]];
      RC_ASSERT(std::max(here, others[i]) - std::min(here, others[i]) <= 1U);
    }
  }
}

RC_GTEST_PROP(policy_law, parts_sum_to_the_lesser_of_demand_and_supply, ()) {
  const auto ladder = small_ladder();
  const adl_demand demand{*rc::gen::inRange<std::uint64_t>(0, 60), *rc::gen::inRange<std::uint64_t>(0, 100)};
  for (const adl_policy& policy : all_policies()) {
    const auto parts = allocate(policy, demand, ladder);
    RC_ASSERT(parts.size() == ladder.size());
    for (std::size_t i = 0; i < parts.size(); ++i) { RC_ASSERT(parts[i] <= ladder[i].lots); }
    RC_ASSERT(sum(parts) == std::min(demand.lots, supply_of(policy, demand, ladder)));
  }
}

RC_GTEST_PROP(policy_law, more_demand_never_takes_less_in_total_and_the_queue_from_nobody, ()) {
  const auto ladder = small_ladder();
  const std::uint64_t lots = *rc::gen::inRange<std::uint64_t>(0, 60);
  for (const adl_policy& policy : all_policies()) {
    const auto less = allocate(policy, {lots, 0}, ladder);
    const auto more = allocate(policy, {lots + 1, 0}, ladder);
    RC_ASSERT(sum(less) <= sum(more));
    for (std::size_t i = 0; i < ladder.size(); ++i) {
      // Exact splitting moves floors about by one lot; the greedy queue and min-max never give one back.
      const std::uint64_t slack = policy.kind == adl_policy_kind::queue ? 0 : 1;
      RC_ASSERT(less[i] <= more[i] + slack);
    }
  }
}

RC_GTEST_PROP(policy_law, the_queue_closes_all_but_the_last_in_full, ()) {
  const auto ladder = small_ladder();
  const auto parts = allocate({}, {*rc::gen::inRange<std::uint64_t>(0, 60), 0}, ladder);
  std::size_t last = parts.size();
  while (last > 0 && parts[last - 1] == 0) { --last; }
  for (std::size_t i = 0; i + 1 < last; ++i) { RC_ASSERT(parts[i] == ladder[i].lots); }
}

RC_GTEST_PROP(policy_law, nobody_touches_fewer_accounts_than_the_queue_on_a_ladder_by_size, ()) {
  auto ladder = small_ladder();
  std::sort(ladder.begin(), ladder.end(),
            [](const adl_candidate& a, const adl_candidate& b) { return a.lots > b.lots; });
  const adl_demand demand{*rc::gen::inRange<std::uint64_t>(0, 60), 0};
  const auto touched = [](const std::vector<std::uint64_t>& parts) {
    return std::count_if(parts.begin(), parts.end(), [](std::uint64_t part) { return part > 0; });
  };
  const auto by_queue = allocate({}, demand, ladder);
  for (const adl_policy& policy : all_policies()) {
    const auto parts = allocate(policy, demand, ladder);
    if (sum(parts) == sum(by_queue)) { RC_ASSERT(touched(by_queue) <= touched(parts)); }
  }
}

/// Smallest possible worst lots / equity, by trying every ratio k / equity.
bool can_serve_within(const std::vector<adl_candidate>& ladder, std::uint64_t demand, std::uint64_t num,
                      std::uint64_t den) {
  std::uint64_t supply = 0;
  for (const adl_candidate& one : ladder) {
    if (one.equity > 0) { supply += std::min(one.lots, static_cast<std::uint64_t>(one.equity) * num / den); }
  }
  return supply >= demand;
}

RC_GTEST_PROP(policy_law, min_max_has_the_smallest_worst_haircut_over_equity, ()) {
  const auto ladder = small_ladder();
  const adl_policy policy{adl_policy_kind::min_max};
  const std::uint64_t served = std::min(*rc::gen::inRange<std::uint64_t>(1, 60), supply_of(policy, {}, ladder));
  const auto parts = allocate(policy, {served, 0}, ladder);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == 0) { continue; }
    // Any smaller bound than i's own ratio must fail, if i has the worst one.
    const auto equity = static_cast<std::uint64_t>(ladder[i].equity);
    bool worst = true;
    for (std::size_t j = 0; j < parts.size(); ++j) {
      worst = worst && (parts[j] == 0 || parts[j] * equity <= parts[i] * static_cast<std::uint64_t>(ladder[j].equity));
    }
    // One part in 10^6 below the worst ratio: (10^6 x parts - 1) / (10^6 x equity).
    if (worst) { RC_ASSERT(!can_serve_within(ladder, served, parts[i] * 1'000'000 - 1, equity * 1'000'000)); }
  }
}

RC_GTEST_PROP(policy_law, water_filling_is_proportional_below_the_caps, ()) {
  const auto ladder = small_ladder();
  std::vector<uint128> weights;
  std::vector<std::uint64_t> caps;
  for (const adl_candidate& one : ladder) {
    weights.push_back(one.notional);
    caps.push_back(one.lots);
  }
  const std::uint64_t total = *rc::gen::inRange<std::uint64_t>(0, 60);
  const auto parts = water_fill(total, weights, caps);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    RC_ASSERT(weights[i] > 0 || parts[i] == 0);
    for (std::size_t j = 0; j < parts.size(); ++j) {
      // A candidate that is not full has, to within the rounding of one lot each, at least the lots per weight of every
      // other.
      if (parts[i] >= caps[i] || weights[i] == 0 || weights[j] == 0) { continue; }
      RC_ASSERT(uint128{parts[j]} * weights[i] <= (uint128{parts[i]} + 1) * weights[j] + weights[i]);
    }
  }
}

TEST(policy, water_filling_takes_the_largest_numbers) {
  const uint128 weight = static_cast<uint128>(1) << 99;
  const std::uint64_t cap = std::uint64_t{1} << 61;
  const std::vector<uint128> weights{weight, weight - 1, weight};
  const std::vector<std::uint64_t> caps{cap, cap, 5};
  const auto parts = water_fill(cap, weights, caps);
  EXPECT_EQ(sum(parts), cap);
  EXPECT_EQ(parts[2], 5U);
}

TEST(policy, names_read_back) {
  for (const adl_policy& policy : all_policies()) {
    const auto again = parse_adl_policy(to_string(policy));
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again.value().kind, policy.kind);
    EXPECT_EQ(again.value().cap_ppm, policy.cap_ppm);
  }
  for (const char* text :
       {"", "queues", "pro_rata", "capped:", "capped:0", "capped:1.5", "queue:0.5", "capped:0.1234567"}) {
    const auto refused = parse_adl_policy(text);
    ASSERT_FALSE(refused.has_value()) << text;
    EXPECT_EQ(refused.error().code, error_code::usage);
  }
}

}  // namespace
}  // namespace plimsoll
