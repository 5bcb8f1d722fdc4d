// Laws of min_max on small ladders: no possible allotment has a smaller worst haircut over equity.
#include <algorithm>
#include <functional>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "host/execute/min_max.hpp"
#include "tests/law/judge.hpp"

namespace plimsoll {
namespace {

using judge::fraction;
using judge::whole;
using lots_list = std::vector<std::uint64_t>;

bool less(const fraction& a, const fraction& b) { return a.num * b.den < b.num * a.den; }

/// Calls `visit` with every allotment of `demand` lots to candidates with equity.
void every_allotment(const std::vector<adl_candidate>& ladder, std::uint64_t demand,
                     const std::function<void(const lots_list&)>& visit) {
  lots_list parts(ladder.size(), 0);
  const std::function<void(std::size_t, std::uint64_t)> from = [&](std::size_t w, std::uint64_t left) {
    if (w == ladder.size()) {
      if (left == 0) { visit(parts); }
      return;
    }
    const std::uint64_t most = ladder[w].equity > 0 ? std::min(left, ladder[w].lots) : 0;
    for (std::uint64_t lots = 0; lots <= most; ++lots) {
      parts[w] = lots;
      from(w + 1, left - lots);
    }
    parts[w] = 0;
  };
  from(0, demand);
}

std::uint64_t lots_with_equity(const std::vector<adl_candidate>& ladder) {
  std::uint64_t sum = 0;
  for (const adl_candidate& one : ladder) { sum += one.equity > 0 ? one.lots : 0; }
  return sum;
}

RC_GTEST_PROP(min_max_search_law, where_lots_cost_the_same_the_worst_lots_over_equity_is_the_smallest_there_is, ()) {
  std::vector<adl_candidate> ladder;
  for (int count = *rc::gen::inRange(1, 5); count > 0; --count) {
    adl_candidate one;
    one.lots = *rc::gen::inRange<std::uint64_t>(1, 8);
    one.equity = *rc::gen::inRange<std::int64_t>(-1, *rc::gen::element<std::int64_t>(5, 40, 1'000));
    ladder.push_back(one);
  }
  const std::uint64_t supply = lots_with_equity(ladder);
  const std::uint64_t demand = *rc::gen::inRange<std::uint64_t>(0, supply + 2);
  const auto worst = [&](const lots_list& parts) {
    fraction out{0, 1};
    for (std::size_t w = 0; w < parts.size(); ++w) {
      if (parts[w] == 0) { continue; }
      const fraction own{whole{parts[w]}, whole{ladder[w].equity}};
      if (less(out, own)) { out = own; }
    }
    return out;
  };
  const auto ours = allocate({adl_policy_kind::min_max}, {demand, 0}, ladder);
  std::uint64_t served = 0;
  for (std::size_t w = 0; w < ours.size(); ++w) {
    RC_ASSERT(ours[w] <= (ladder[w].equity > 0 ? ladder[w].lots : 0));
    served += ours[w];
  }
  RC_ASSERT(served == std::min(demand, supply));
  const fraction reached = worst(ours);
  every_allotment(ladder, served, [&](const lots_list& other) { RC_ASSERT(!less(worst(other), reached)); });
}

/// Steps that a lot costs at least, so that a step's rounding is small beside the level's 10^-9.
constexpr std::int64_t scale = 120'000'000'000;  // Divides by the lots of a loser: no cost of a lot is rounded.
constexpr long double tolerance = 2e-9L;

struct one_side {
  std::vector<adl_loser> losers;
  std::vector<adl_candidate> ladder;
};

one_side draw_side() {
  one_side out;
  for (std::uint32_t i = 0, count = *rc::gen::inRange(1U, 4U); i < count; ++i) {
    const std::uint64_t haircut = *rc::gen::inRange<std::uint64_t>(0, 40) * scale;
    out.losers.push_back({*rc::gen::inRange<std::uint64_t>(1, 5), haircut, i});
  }
  for (std::uint32_t i = 0, count = *rc::gen::inRange(1U, 5U); i < count; ++i) {
    adl_candidate one;
    one.lots = *rc::gen::inRange<std::uint64_t>(1, 7);
    one.equity = *rc::gen::inRange<std::int64_t>(0, *rc::gen::element<std::int64_t>(10, 60, 200)) * scale;
    one.given = *rc::gen::inRange(0, 3) == 0 ? *rc::gen::inRange<std::int64_t>(0, 30) * scale : 0;
    one.account = 10 + i;
    out.ladder.push_back(one);
  }
  return out;
}

/// Worst (given + haircut) / (given + equity) of those that give, or have given, if losers take in order.
long double worst_of_walk(const one_side& at, lots_list parts) {
  std::vector<long double> haircut(parts.size(), 0);
  const lots_list wanted = parts;
  for (const adl_loser& loser : at.losers) {
    std::uint64_t left = loser.lots;
    for (std::size_t w = 0; w < parts.size() && left > 0; ++w) {
      const std::uint64_t lots = std::min(left, parts[w]);
      left -= lots;
      parts[w] -= lots;
      haircut[w] += static_cast<long double>(loser.haircut) * static_cast<long double>(lots) /
                    static_cast<long double>(loser.lots);
    }
  }
  long double worst = 0;
  for (std::size_t w = 0; w < parts.size(); ++w) {
    if (wanted[w] == 0 && at.ladder[w].given == 0) { continue; }
    const auto given = static_cast<long double>(at.ladder[w].given);
    worst = std::max(worst, (given + haircut[w]) / (given + static_cast<long double>(at.ladder[w].equity)));
  }
  return worst;
}

RC_GTEST_PROP(min_max_search_law, where_losers_differ_no_allotment_has_a_smaller_worst_haircut_over_equity, ()) {
  const one_side at = draw_side();
  adl_demand demand;
  for (const adl_loser& one : at.losers) {
    demand.lots += one.lots;
    demand.haircut += one.haircut;
  }
  demand.losers = at.losers;
  RC_PRE(demand.haircut > 0);
  const auto ours = allocate({adl_policy_kind::min_max}, demand, at.ladder);
  long double best = 2;
  every_allotment(at.ladder, demand.lots,
                  [&](const lots_list& other) { best = std::min(best, worst_of_walk(at, other)); });
  // Beyond the whole equity the overlap check decides, not the policy.
  if (best > 1) { RC_DISCARD("no allotment stays within the equities"); }
  std::uint64_t served = 0;
  for (std::size_t w = 0; w < ours.size(); ++w) {
    RC_ASSERT(ours[w] <= (at.ladder[w].equity > 0 ? at.ladder[w].lots : 0));
    served += ours[w];
  }
  RC_ASSERT(served == demand.lots);
  const long double reached = worst_of_walk(at, ours);
  if (reached > best + tolerance) {
    RC_LOG() << "reached " << static_cast<double>(reached) << ", there is " << static_cast<double>(best) << '\n';
  }
  RC_ASSERT(reached <= best + tolerance);
}

}  // namespace
}  // namespace plimsoll
