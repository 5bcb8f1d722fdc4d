// Laws of the min-max policy for losers whose lots differ in cost.
#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "host/execute/min_max.hpp"

namespace plimsoll {
namespace {

/// Steps that a lot costs at least, so that roundings by a step are small.
constexpr std::int64_t scale = 1'000'000'000;

/// A level is searched to 10^-9, and each loser rounds a winner's money by a step.
constexpr double tolerance = 1e-8;

struct side {
  std::vector<adl_loser> losers;
  std::vector<adl_candidate> ladder;
  [[nodiscard]] adl_demand demand() const {
    adl_demand out;
    for (const adl_loser& one : losers) {
      out.lots += one.lots;
      out.haircut += one.haircut;
    }
    out.losers = losers;
    return out;
  }
};

/// `apart`: no account is on both sides.
side random_side(bool apart) {
  side out;
  const int losers = *rc::gen::inRange(1, 6);
  for (int i = 0; i < losers; ++i) {
    out.losers.push_back({*rc::gen::inRange<std::uint64_t>(1, 1000),
                          static_cast<std::uint64_t>(*rc::gen::inRange<std::int64_t>(0, 1000) * scale),
                          *rc::gen::inRange<std::uint32_t>(0, 8)});
  }
  const int winners = *rc::gen::inRange(1, 8);
  const bool first_side = *rc::gen::arbitrary<bool>();
  for (int i = 0; i < winners; ++i) {
    adl_candidate one;
    one.lots = *rc::gen::inRange<std::uint64_t>(1, 1500);
    one.pnl = *rc::gen::inRange<std::int64_t>(-100, 1000) * scale;
    one.notional = *rc::gen::inRange<std::uint64_t>(1, 3000) * static_cast<std::uint64_t>(scale);
    one.equity = *rc::gen::inRange<std::int64_t>(0, 3000) * scale;
    one.given = first_side ? 0 : *rc::gen::inRange<std::int64_t>(0, 200) * scale;
    one.account = *rc::gen::inRange<std::uint32_t>(0, 8) + (apart ? 8U : 0U);
    out.ladder.push_back(one);
  }
  return out;
}

struct outcome {
  double worst = 0;  ///< Of those that gave, here or on an earlier side: a part that costs nothing changes no ratio.
  std::uint64_t served = 0;
};

/// The executor's walk with these parts.
outcome walk(const side& at, std::vector<std::uint64_t> parts) {
  std::vector<double> given;
  for (const adl_candidate& one : at.ladder) { given.push_back(static_cast<double>(one.given)); }
  outcome out;
  std::vector<bool> gave(parts.size(), false);
  for (const adl_loser& loser : at.losers) {
    std::uint64_t left = loser.lots;
    for (std::size_t w = 0; w < parts.size() && left > 0; ++w) {
      if (at.ladder[w].account == loser.account) { continue; }
      const std::uint64_t lots = std::min(left, parts[w]);
      left -= lots;
      parts[w] -= lots;
      out.served += lots;
      gave[w] = gave[w] || lots > 0;
      given[w] += static_cast<double>(loser.haircut) * static_cast<double>(lots) / static_cast<double>(loser.lots);
    }
  }
  for (std::size_t w = 0; w < parts.size(); ++w) {
    if (!gave[w] && at.ladder[w].given == 0) { continue; }
    const double whole = static_cast<double>(at.ladder[w].equity) + static_cast<double>(at.ladder[w].given);
    out.worst = std::max(out.worst, whole > 0 ? given[w] / whole : 1e9);
  }
  return out;
}

RC_GTEST_PROP(min_max_law, no_other_parts_have_a_smaller_worst_haircut_over_equity, ()) {
  const side at = random_side(true);
  const auto ours = allocate({adl_policy_kind::min_max}, at.demand(), at.ladder);
  const outcome best = walk(at, ours);
  if (best.served < at.demand().lots || best.worst > 1) { return; }
  for (const adl_policy& policy : all_adl_policies()) {
    const outcome other = walk(at, allocate(policy, at.demand(), at.ladder));
    if (other.served == best.served) { RC_ASSERT(best.worst <= other.worst + tolerance); }
  }
  // No random change improves it: lots moved from one to another.
  std::vector<std::uint64_t> moved = ours;
  for (int i = 0; i < 5; ++i) {
    const auto from = *rc::gen::inRange<std::size_t>(0, moved.size());
    const auto to = *rc::gen::inRange<std::size_t>(0, moved.size());
    const std::uint64_t lots = std::min(*rc::gen::inRange<std::uint64_t>(0, 300), moved[from]);
    moved[from] -= lots;
    moved[to] = std::min(moved[to] + lots, at.ladder[to].lots);
    const outcome other = walk(at, moved);
    if (other.served == best.served) { RC_ASSERT(best.worst <= other.worst + tolerance); }
  }
}

RC_GTEST_PROP(min_max_law, parts_sum_to_the_lesser_of_demand_and_lots_with_equity, ()) {
  const side at = random_side(false);
  const auto parts = min_max_walk(at.losers, at.ladder);
  std::uint64_t supply = 0;
  for (std::size_t w = 0; w < parts.size(); ++w) {
    RC_ASSERT(parts[w] <= at.ladder[w].lots);
    if (at.ladder[w].equity > 0) {
      supply += at.ladder[w].lots;
    } else {
      RC_ASSERT(parts[w] == 0U);
    }
  }
  RC_ASSERT(std::accumulate(parts.begin(), parts.end(), std::uint64_t{0}) == std::min(supply, at.demand().lots));
}

TEST(min_max, dear_lots_go_by_money_and_not_by_number) {
  // Two losers of ten lots: the first costs 90, the second 10. Two winners of equity 100 each: six dear lots cost 54,
  // four of them and the cheap ten 46.
  const std::vector<adl_loser> losers{{10, 90'000'000, 7}, {10, 10'000'000, 8}};
  const std::vector<adl_candidate> ladder{{20, 0, 0, 100'000'000, 0, 1}, {20, 0, 0, 100'000'000, 0, 2}};
  EXPECT_EQ(min_max_walk(losers, ladder), (std::vector<std::uint64_t>{6, 14}));
}

TEST(min_max, what_a_unit_gave_elsewhere_counts) {
  // The first has given a fifth of its 100 already; the two end level at 35 hundredths.
  const std::vector<adl_loser> losers{{50, 50'000'000, 7}};
  const std::vector<adl_candidate> ladder{{50, 0, 0, 80'000'000, 20'000'000, 1}, {50, 0, 0, 100'000'000, 0, 2}};
  EXPECT_EQ(min_max_walk(losers, ladder), (std::vector<std::uint64_t>{15, 35}));
}

TEST(min_max, nobody_is_closed_against_their_own_account) {
  // The first loser's ten lots cost 10 and can only go to the second winner; of the other's, at 3 a lot, seven go to
  // the first.
  const std::vector<adl_loser> losers{{10, 10'000'000, 1}, {10, 30'000'000, 9}};
  const std::vector<adl_candidate> ladder{{20, 0, 0, 100'000'000, 0, 1}, {20, 0, 0, 100'000'000, 0, 2}};
  EXPECT_EQ(min_max_walk(losers, ladder), (std::vector<std::uint64_t>{7, 13}));
}

}  // namespace
}  // namespace plimsoll
