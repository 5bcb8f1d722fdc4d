// Laws of the parts that each pro rata policy asks for, recounted by a water-filling of their own in wide integers.
#include <algorithm>

#include <boost/multiprecision/cpp_int.hpp>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "host/execute/policy.hpp"
#include "host/execute/water_fill.hpp"
#include "tests/law/judge.hpp"

namespace plimsoll {
namespace {

using wide = boost::multiprecision::cpp_int;
using wide_list = std::vector<wide>;

wide positive(std::int64_t x) { return x > 0 ? wide(x) : wide(0); }

/// A number of 0 to `most`, small ones, the largest and equal ones more often than by chance.
std::uint64_t draw_number(std::uint64_t most) {
  switch (*rc::gen::inRange(0, 6)) {
    case 0: return 0;
    case 1: return most;
    case 2: return *rc::gen::inRange<std::uint64_t>(0, most);
    default: return *rc::gen::inRange<std::uint64_t>(0, std::min<std::uint64_t>(most, 12) + 1);
  }
}

std::vector<adl_candidate> draw_ladder() {
  const std::uint64_t lots_most = *rc::gen::element<std::uint64_t>(6, 1'000, std::uint64_t{1} << 58);
  const std::uint64_t money_most = *rc::gen::element<std::uint64_t>(6, 1'000, std::uint64_t{1} << 62);
  std::vector<adl_candidate> out;
  for (int count = *rc::gen::inRange(0, 7); count > 0; --count) {
    adl_candidate one;
    one.lots = std::max<std::uint64_t>(1, draw_number(lots_most));
    one.pnl = static_cast<std::int64_t>(draw_number(money_most));
    one.notional = draw_number(money_most);
    one.equity = static_cast<std::int64_t>(draw_number(money_most));
    if (*rc::gen::inRange(0, 5) == 0) { one.pnl = -one.pnl; }
    if (*rc::gen::inRange(0, 5) == 0) { one.equity = -one.equity; }
    out.push_back(one);
  }
  return out;
}

std::uint64_t draw_demand(const std::vector<adl_candidate>& ladder) {
  std::uint64_t supply = 0;
  for (const adl_candidate& one : ladder) { supply += one.lots; }
  return *rc::gen::element<std::uint64_t>(0, 1, supply, supply + 1, *rc::gen::inRange<std::uint64_t>(0, supply + 2),
                                          *rc::gen::inRange<std::uint64_t>(0, supply + 2));
}

/// Weight by the policy's name in the design; a leverage is in whole ppm.
wide weight_of(adl_policy_kind kind, const adl_candidate& one) {
  switch (kind) {
    case adl_policy_kind::pro_rata_size: return wide(one.lots);
    case adl_policy_kind::pro_rata_pnl:
    case adl_policy_kind::capped: return positive(one.pnl);
    case adl_policy_kind::pro_rata_notional: return wide(one.notional);
    case adl_policy_kind::pro_rata_equity: return positive(one.equity);
    default: break;
  }
  if (one.equity <= 0) { return 0; }
  const wide leverage_ppm = wide(one.notional) * 1'000'000 / one.equity;
  const wide most = wide(1) << 36;  // The policy's own bound, 68,719 times.
  return positive(one.pnl) * std::min(leverage_ppm, most);
}

wide_list caps_of(const std::vector<adl_candidate>& ladder) {
  wide_list out;
  for (const adl_candidate& one : ladder) { out.emplace_back(one.lots); }
  return out;
}

wide_list weights_of(adl_policy_kind kind, const std::vector<adl_candidate>& ladder) {
  wide_list out;
  for (const adl_candidate& one : ladder) { out.push_back(weight_of(kind, one)); }
  return out;
}

void check_parts(const std::vector<std::uint64_t>& got, const wide_list& expected) {
  RC_ASSERT(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) { RC_ASSERT(wide(got[i]) == expected[i]); }
}

RC_GTEST_PROP(policy_parts_law, pro_rata_parts_are_those_of_a_water_filling_by_the_policys_weight, ()) {
  const auto ladder = draw_ladder();
  const std::uint64_t demand = draw_demand(ladder);
  for (const auto kind : {adl_policy_kind::pro_rata_size, adl_policy_kind::pro_rata_pnl,
                          adl_policy_kind::pro_rata_notional, adl_policy_kind::pro_rata_equity}) {
    const wide_list caps = caps_of(ladder);
    const wide_list weights = weights_of(kind, ladder);
    wide_list expected = judge::water_fill<wide>(demand, weights, caps);
    // Entries without a weight are asked, with a weight of 1 each, once no entry with a weight has lots left.
    wide served = 0;
    for (const wide& one : expected) { served += one; }
    wide_list rest_caps, ones;
    for (std::size_t i = 0; i < caps.size(); ++i) {
      rest_caps.push_back(caps[i] - expected[i]);
      ones.emplace_back(1);
    }
    const wide_list rest = judge::water_fill<wide>(demand - served, ones, rest_caps);
    for (std::size_t i = 0; i < rest.size(); ++i) { expected[i] += rest[i]; }
    check_parts(allocate({kind}, {demand, 0}, ladder), expected);
  }
}

RC_GTEST_PROP(policy_parts_law, capped_and_risk_aware_give_no_more_than_their_share_of_the_profit_costs, ()) {
  const auto ladder = draw_ladder();
  const std::uint64_t demand = draw_demand(ladder);
  const std::uint64_t haircut =
      *rc::gen::element<std::uint64_t>(0, 1, demand, draw_number(100), draw_number(std::uint64_t{1} << 62));
  for (const auto kind : {adl_policy_kind::capped, adl_policy_kind::risk_aware}) {
    const adl_policy policy{kind, *rc::gen::element(1U, 250'000U, 333'333U, 500'000U, 1'000'000U)};
    wide_list caps = caps_of(ladder);
    if (haircut > 0) {
      for (std::size_t i = 0; i < caps.size(); ++i) {
        const wide money = positive(ladder[i].pnl) * policy.cap_ppm / 1'000'000;
        caps[i] = std::min<wide>(caps[i], wide(money * demand / haircut));
      }
    }
    check_parts(allocate(policy, {demand, haircut}, ladder),
                judge::water_fill<wide>(demand, weights_of(kind, ladder), caps));
  }
}

RC_GTEST_PROP(policy_parts_law, water_filling_of_the_widest_numbers, ()) {
  std::vector<uint128> weights;
  std::vector<std::uint64_t> caps;
  wide_list wide_weights, wide_caps;
  for (int count = *rc::gen::inRange(0, 8); count > 0; --count) {
    const uint128 weight = static_cast<uint128>(draw_number(std::uint64_t{1} << 62))
                           << *rc::gen::element(0, 0, 5, 38);  // Below 2^100.
    weights.push_back(weight);
    caps.push_back(draw_number(std::uint64_t{1} << 62));
    wide_weights.push_back((wide(static_cast<std::uint64_t>(weight >> 64)) << 64) + static_cast<std::uint64_t>(weight));
    wide_caps.emplace_back(caps.back());
  }
  const std::uint64_t total = draw_number(*rc::gen::element<std::uint64_t>(30, std::uint64_t{1} << 62));
  check_parts(water_fill(total, weights, caps), judge::water_fill<wide>(total, wide_weights, wide_caps));
}

TEST(policy_parts, a_share_that_is_just_the_cap_fills_it) {
  // 6 lots by weights 1, 2, 3: shares 1, 2, 3, and the second holds 2.
  EXPECT_EQ(water_fill(6, std::vector<uint128>{1, 2, 3}, std::vector<std::uint64_t>{5, 2, 5}),
            (std::vector<std::uint64_t>{1, 2, 3}));
  // The second holds 1: the 5 left go 1 to 3.
  EXPECT_EQ(water_fill(6, std::vector<uint128>{1, 2, 3}, std::vector<std::uint64_t>{5, 1, 5}),
            (std::vector<std::uint64_t>{1, 1, 4}));
}

TEST(policy_parts, candidates_without_any_weight_count_one_each) {
  const std::vector<adl_candidate> ladder{{10, -5, 0, 0}, {30, 0, 0, -1}};
  for (const auto kind :
       {adl_policy_kind::pro_rata_pnl, adl_policy_kind::pro_rata_notional, adl_policy_kind::pro_rata_equity}) {
    EXPECT_EQ(allocate({kind}, {8, 0}, ladder), (std::vector<std::uint64_t>{4, 4}));
  }
}

}  // namespace
}  // namespace plimsoll
