// Laws of the waterfall over random crashes: nothing is made or lost, and no account pays that may not.
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "host/book/rebuild.hpp"
#include "host/execute/executor.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

rulebook random_rules(const book& source) {
  rulebook rules;
  rules.liquidation.mode = *rc::gen::element(liquidation_mode::whole, liquidation_mode::fraction,
                                             liquidation_mode::tier_down, liquidation_mode::target_health);
  rules.liquidation.order =
      *rc::gen::element(position_order::instrument, position_order::maintenance, position_order::loss);
  rules.liquidation.fee_ppm = *rc::gen::element(0U, 500U, 15'000U);
  rules.liquidation.surplus_to_account = rules.liquidation.mode == liquidation_mode::target_health;
  rules.liquidation.fee_to_fund = *rc::gen::arbitrary<bool>();
  rules.market.shape =
      *rc::gen::element(market_rules::impact::none, market_rules::impact::linear, market_rules::impact::square_root);
  rules.market.depth[""] = decimal{*rc::gen::inRange<std::int64_t>(0, 1'000'000), 0};
  rules.backstop.enabled = *rc::gen::arbitrary<bool>();
  rules.backstop.capacity = decimal{*rc::gen::inRange<std::int64_t>(0, 100'000), 0};
  if (*rc::gen::arbitrary<bool>()) {
    rules.backstop.below_health_ppm = *rc::gen::element(300'000U, 666'666U, 1'000'000U);
  }
  rules.backstop.takes_bankrupt = *rc::gen::arbitrary<bool>();
  rules.fund.scope = *rc::gen::element(fund_scope::asset, fund_scope::instrument);
  for (const instrument& it : source.reference.instruments) {
    rules.fund.balance[it.name] = {*rc::gen::inRange<std::int64_t>(0, 20'000), 0};
  }
  for (const asset& it : source.reference.assets) {
    rules.fund.balance[it.name] = {*rc::gen::inRange<std::int64_t>(0, 50'000), 0};
  }
  rules.fund.floor = {*rc::gen::element<std::int64_t>(0, 100), 0};
  if (*rc::gen::arbitrary<bool>()) { rules.fund.tick_limit = decimal{*rc::gen::inRange<std::int64_t>(0, 1'000), 0}; }
  if (*rc::gen::arbitrary<bool>()) { rules.fund.account_limit = decimal{*rc::gen::inRange<std::int64_t>(0, 100), 0}; }
  if (*rc::gen::arbitrary<bool>()) { rules.fund.drawdown_stop_ppm = 300'000; }
  rules.adl.policy = {
      *rc::gen::element(adl_policy_kind::queue, adl_policy_kind::pro_rata_size, adl_policy_kind::pro_rata_equity,
                        adl_policy_kind::capped, adl_policy_kind::risk_aware, adl_policy_kind::min_max),
      500'000};
  rules.adl.price = *rc::gen::element(adl_price::bankruptcy, adl_price::mark);
  rules.socialise.by = *rc::gen::element(socialise_by::profit, socialise_by::open_interest, socialise_by::equity);
  return rules;
}

scan_result scan_of(const book& source) {
  static const std::unique_ptr<backend> machine = make_cpu_backend(1);
  refusal_list refusals;
  EXPECT_TRUE(machine->load(source).has_value());
  scan_options options;
  options.ladders = ladder_extent::demanded;
  auto scanned = scan_book(source, *machine, options, refusals);
  RC_ASSERT(scanned.has_value());
  return std::move(scanned).value();
}

/// Equity of every unit from scratch, at the scan's prices.
std::vector<std::int64_t> equities(const book& source) { return scan_of(source).margin.units.equity; }

void check_who_pays(const book& before, const scan_result& scan, const tick_outcome& outcome, const rulebook& rules,
                    const std::vector<std::int64_t>& equity_after) {
  std::set<std::pair<std::uint32_t, bool>> losing_sides;  // (instrument, losers are long)
  for (const bankrupt_position& loser : scan.bankrupt) {
    losing_sides.insert({before.positions.instrument[loser.position], before.positions.lots[loser.position] > 0});
  }
  std::map<std::uint32_t, std::set<std::uint32_t>> reduced;  // Positions that ADL reduced, by winner's unit.
  for (const ledger_plan& plan : outcome.plans) {
    if (plan.step == ledger_step::adl) { reduced[plan.legs[1].unit].insert(plan.legs[1].position); }
  }
  for (const ledger_plan& plan : outcome.plans) {
    RC_ASSERT(!imbalance_of(plan).has_value());
    if (plan.step == ledger_step::adl) {
      // At the mark the fund pays the part that the winner does not pay.
      const bool with_fund = plan.legs.size() == 3U;
      RC_ASSERT(plan.legs.size() == 2U || with_fund);
      if (with_fund) {
        RC_ASSERT(rules.adl.price == adl_price::mark);
        RC_ASSERT(plan.legs[2].unit == no_id && plan.legs[2].system == system_account::fund && plan.legs[2].amount < 0);
      }
      const ledger_leg& loser = plan.legs[0];
      const ledger_leg& winner = plan.legs[1];
      RC_ASSERT(scan.margin.units.verdicts[loser.unit].state() == unit_state::bankrupt);
      RC_ASSERT(scan.margin.units.verdicts[winner.unit].on_ladder());
      RC_ASSERT(before.units.account[loser.unit] != before.units.account[winner.unit]);
      const bool winner_long = before.positions.lots[winner.position] > 0;
      RC_ASSERT(losing_sides.count({winner.instrument, !winner_long}) == 1);
      RC_ASSERT((winner.lots < 0) == winner_long);
      // docs/waterfall.md, the overlap check: the value of the lots that remain is rounded, position by position.
      RC_ASSERT(equity_after[winner.unit] >= -static_cast<std::int64_t>(reduced[winner.unit].size()));
    }
    if (plan.step == ledger_step::socialise) {
      for (const ledger_leg& leg : plan.legs) { RC_ASSERT(leg.amount > 0 || equity_after[leg.unit] >= 0); }
    }
  }
}

RC_GTEST_PROP(executor_law, money_and_contracts_are_conserved_and_only_the_named_pay, ()) {
  synthetic::spec wanted;
  wanted.accounts = *rc::gen::inRange<std::uint32_t>(2, 60);
  wanted.instruments = *rc::gen::inRange<std::uint32_t>(1, 5);
  wanted.seed = *rc::gen::arbitrary<std::uint64_t>();
  wanted.collateral = *rc::gen::element(collateral_mode::single, collateral_mode::multi);
  wanted.bankrupt_share = 0.15;
  wanted.giant_share = 0;
  book current = synthetic::make_book(wanted);
  const rulebook rules = random_rules(current);
  waterfall_executor run(current, rules, make_simulated_market(current, rules.market));
  const ledger_sums opening = run.books().sums();
  std::set<std::string> seen;

  for (std::int64_t tick = 1; tick <= 3; ++tick) {
    const scan_result scan = scan_of(current);
    const book before = current;
    RC_ASSERT(run.begin_tick(tick, current.marks).has_value());
    auto outcome = run.run(tick, view_of(scan));
    if (!outcome) { RC_LOG() << outcome.error().message; }
    RC_ASSERT(outcome.has_value());
    RC_ASSERT(run.books().sums() == opening);
    for (const ledger_plan& plan : outcome.value().plans) { seen.insert(to_string(plan.step)); }
    if (outcome.value().lots_passed_on > 0) { seen.insert("overlap"); }
    const std::vector<std::int64_t> after = equities(current);
    check_who_pays(before, scan, outcome.value(), rules, after);

    std::map<std::uint32_t, int128> unpaid;
    for (std::uint32_t unit = 0; unit < current.units.size(); ++unit) {
      if (scan.margin.units.verdicts[unit].state() != unit_state::bankrupt || scan.margin.units.verdicts[unit].held()) {
        continue;
      }
      unpaid[current.asset_of(unit)] += deficit_of(after[unit]);
    }
    for (const auto& [asset, sum] : unpaid) { RC_ASSERT(sum == outcome.value().flows[asset].unpaid); }
    for (std::uint32_t a = 0; a < current.reference.assets.size(); ++a) {
      RC_ASSERT(run.books().balance(system_account::fund, a) >= 0);
    }
    for (std::uint32_t p = 0; p < before.positions.size(); ++p) {
      RC_ASSERT(magnitude(current.positions.lots[p]) <= magnitude(before.positions.lots[p]));
    }
    for (mark& one : current.marks) {
      if (one.ticks > 10) { one.ticks -= one.ticks / 10; }
    }
  }
  for (const std::string& step : seen) { RC_CLASSIFY(true, step); }
}

RC_GTEST_PROP(executor_law, a_plan_twice_is_a_plan_once, ()) {
  synthetic::spec wanted;
  wanted.accounts = 20;
  wanted.instruments = 2;
  wanted.seed = *rc::gen::arbitrary<std::uint64_t>();
  wanted.bankrupt_share = 0.3;
  book current = synthetic::make_book(wanted);
  rulebook rules;
  waterfall_executor run(current, rules, make_simulated_market(current, rules.market));
  RC_ASSERT(run.begin_tick(1, current.marks).has_value());
  auto outcome = run.run(1, view_of(scan_of(current)));
  RC_ASSERT(outcome.has_value());
  const auto lots = current.positions.lots;
  const auto balance = current.units.balance;
  for (const ledger_plan& plan : outcome.value().plans) { RC_ASSERT(run.books().post(plan).has_value()); }
  RC_ASSERT(current.positions.lots == lots);
  RC_ASSERT(current.units.balance == balance);
}

TEST(ledger, a_plan_that_does_not_balance_poisons_and_changes_nothing) {
  synthetic::spec wanted;
  wanted.accounts = 10;
  wanted.instruments = 2;
  book current = synthetic::make_book(wanted);
  ledger books(current);
  const auto balance = current.units.balance;
  ledger_leg leg;
  leg.unit = 0;
  leg.asset = current.asset_of(0);
  leg.amount = 1;
  const auto refused = books.post({1, ledger_step::update, "test", {leg}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, error_code::invariant_broken);
  EXPECT_TRUE(books.poisoned());
  EXPECT_EQ(current.units.balance, balance);
  ledger_leg other;
  other.asset = leg.asset;
  other.amount = -1;
  EXPECT_FALSE(books.post({1, ledger_step::update, "test", {leg, other}}).has_value()) << "a poisoned ledger stays so";
}

}  // namespace
}  // namespace plimsoll
