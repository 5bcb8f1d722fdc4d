// Laws of every plan in random crashes: the cost that each reducing leg releases, and the sums of its legs.
#include <map>

#include <gtest/gtest.h>

#include "host/generate/random.hpp"
#include "tests/law/crash.hpp"
#include "tests/law/judge.hpp"
#include "tests/venue/small_book.hpp"

namespace plimsoll {
namespace {

using judge::whole;

/// Positions as the plans leave them, one leg after the other.
struct recounted {
  std::vector<whole> lots, cost;
  std::vector<bool> closed;

  explicit recounted(const book& source)
      : lots(source.positions.lots.begin(), source.positions.lots.end()),
        cost(source.positions.cost.begin(), source.positions.cost.end()),
        closed(lots.size(), false) {}

  /// The plan reduces positions; each reducing leg must release sign x floor(|cost| x q / |s|).
  void take(const ledger_plan& plan) {
    for (const ledger_leg& leg : plan.legs) {
      if (leg.position == no_id) {
        ASSERT_TRUE(leg.unit == no_id || (leg.lots == 0 && leg.cost == 0));
        continue;
      }
      const whole held = lots[leg.position];
      ASSERT_NE(leg.lots, 0);
      ASSERT_NE(held < 0, leg.lots < 0) << "a position grows";
      ASSERT_LE(judge::size_of(leg.lots), judge::size_of(held));
      const whole released = judge::released(cost[leg.position], leg.lots, held);
      ASSERT_EQ(leg.cost, judge::small(-released)) << "plan " << plan.id;
      lots[leg.position] += leg.lots;
      cost[leg.position] -= released;
      closed[leg.position] = lots[leg.position] == 0;
      if (closed[leg.position]) { ASSERT_EQ(judge::small(cost[leg.position]), 0); }
    }
  }
};

/// The sums of the legs of a pass, by asset.
struct flow_sums {
  whole market = 0, backstop = 0, fees = 0, fund_paid = 0, adl = 0, socialised = 0;
};

std::map<std::uint32_t, flow_sums> flows_of(const std::vector<ledger_plan>& plans) {
  std::map<std::uint32_t, flow_sums> out;
  for (const ledger_plan& plan : plans) {
    for (const ledger_leg& leg : plan.legs) {
      flow_sums& sums = out[leg.asset];
      const bool system = leg.unit == no_id;
      if (system && leg.system == system_account::market) { sums.market += judge::size_of(leg.cost); }
      if (system && leg.system == system_account::backstop) { sums.backstop += judge::size_of(leg.cost); }
      if (system && leg.system == system_account::fees) { sums.fees += leg.amount; }
      if (system && leg.system == system_account::fund && leg.amount < 0) { sums.fund_paid -= leg.amount; }
      if (!system && plan.step == ledger_step::socialise && leg.amount < 0) { sums.socialised -= leg.amount; }
    }
    if (plan.step == ledger_step::adl) {
      const ledger_leg& winner = plan.legs[1];
      out[winner.asset].adl += judge::size_of(winner.amount - whole{winner.cost});
    }
  }
  return out;
}

void compare_flows(const tick_outcome& outcome) {
  auto expected = flows_of(outcome.plans);
  for (const auto& [asset, flows] : outcome.flows) {
    const flow_sums& sums = expected[asset];
    EXPECT_EQ(judge::small(flows.market), judge::small(sums.market));
    EXPECT_EQ(judge::small(flows.backstop), judge::small(sums.backstop));
    EXPECT_EQ(judge::small(flows.fees), judge::small(sums.fees));
    EXPECT_EQ(judge::small(flows.fund_paid), judge::small(sums.fund_paid));
    EXPECT_EQ(judge::small(flows.adl), judge::small(sums.adl));
    EXPECT_EQ(judge::small(flows.socialised), judge::small(sums.socialised));
    expected.erase(asset);
  }
  for (const auto& [asset, sums] : expected) {
    EXPECT_EQ(judge::small(sums.market + sums.backstop + sums.fees + sums.fund_paid + sums.adl + sums.socialised), 0)
        << "asset " << asset << " moves but is not reported";
  }
}

/// Three ticks of one crash; its market is the simulated one.
void crash(std::uint64_t seed, std::map<ledger_step, int>& seen) {
  book source = crash_book(seed);
  const rulebook rules = crash_rules(source, seed);
  waterfall_executor run(source, rules, make_simulated_market(source, rules.market));
  crash_path path(seed);
  recounted positions(source);
  for (std::int64_t tick = 1; tick <= 3; ++tick) {
    for (const auto& [instrument_id, moved] : path.next_marks(source).changed) { source.marks[instrument_id] = moved; }
    ASSERT_TRUE(run.begin_tick(tick, source.marks).has_value());
    const ledger_state opening = run.books().state();
    const auto outcome = run.run(tick, view_of(scan_for(source)));
    ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
    for (const feasibility& one : outcome.value().feasible) {
      const auto& funds = opening.system[static_cast<std::size_t>(system_account::fund)].balance;
      const auto fund = funds.find(source.reference.instruments[one.instrument].settle);
      EXPECT_EQ(judge::small(one.fund), fund == funds.end() ? 0 : judge::small(fund->second));
    }
    for (const ledger_plan& plan : outcome.value().plans) {
      ++seen[plan.step];
      positions.take(plan);
    }
    compare_flows(outcome.value());
    for (std::uint32_t p = 0; p < source.positions.size(); ++p) {
      ASSERT_EQ(source.positions.lots[p], judge::small(positions.lots[p]));
      ASSERT_EQ(source.positions.cost[p], judge::small(positions.cost[p]));
    }
  }
}

TEST(plan_recount_law, every_reducing_leg_releases_its_share_of_the_cost_and_flows_are_what_the_legs_come_to) {
  std::map<ledger_step, int> seen;
  for (std::uint64_t seed = 50'000; seed < 51'500; ++seed) {
    crash(seed, seen);
    if (HasFailure()) { FAIL() << "seed " << seed; }
  }
  for (const ledger_step step : {ledger_step::liquidate, ledger_step::backstop, ledger_step::insurance_fund,
                                 ledger_step::adl, ledger_step::socialise}) {
    EXPECT_GE(seen[step], 30) << "too few plans of " << to_string(step);
  }
}

/// All memory of an executor is in its state: one that is restarted after each tick does the same as one that never
/// stopped.
TEST(plan_recount_law, an_executor_that_goes_on_from_its_state_does_as_if_it_had_never_stopped) {
  for (std::uint64_t seed = 60'000; seed < 60'400; ++seed) {
    book straight = crash_book(seed);
    book stopped = straight;
    rulebook rules = crash_rules(straight, seed);
    rules.market.half_life_ns = 3 * second_ns;
    const auto make = [&](book& of) {
      return std::make_unique<waterfall_executor>(of, rules, make_simulated_market(of, rules.market));
    };
    const auto first = make(straight);
    auto second = make(stopped);
    crash_path path(seed);
    for (std::int64_t tick = 1; tick <= 5; ++tick) {
      for (const auto& [instrument_id, moved] : path.next_marks(straight).changed) {
        straight.marks[instrument_id] = moved;
        stopped.marks[instrument_id] = moved;
      }
      ASSERT_TRUE(first->begin_tick(tick, straight.marks).has_value());
      ASSERT_TRUE(second->begin_tick(tick, stopped.marks).has_value());
      ASSERT_TRUE(first->run(tick, view_of(scan_for(straight))).has_value());
      ASSERT_TRUE(second->run(tick, view_of(scan_for(stopped))).has_value());
      ASSERT_EQ(straight.positions.lots, stopped.positions.lots) << "seed " << seed << ", tick " << tick;
      ASSERT_EQ(straight.positions.cost, stopped.positions.cost) << "seed " << seed << ", tick " << tick;
      ASSERT_EQ(straight.units.balance, stopped.units.balance) << "seed " << seed << ", tick " << tick;
      executor_state kept = second->state();
      second = make(stopped);
      second->restore(std::move(kept));
    }
  }
}

}  // namespace
}  // namespace plimsoll
