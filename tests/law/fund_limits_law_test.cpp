// Laws of the payments of the insurance fund: limits per account and per tick, floor, drawdown stop; each to the step.
#include <algorithm>
#include <map>
#include <optional>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tests/law/fund_model.hpp"
#include "tests/law/small_venue.hpp"

namespace plimsoll {
namespace {

using judge::whole;
using small_venue::course;
using small_venue::draw_fund;
using small_venue::fund_model;

constexpr int accounts = 4;

/// Each account has a cross unit and an isolated one; neither debts nor the order of flags depend on marks.
book two_units_an_account() {
  small_book made(0);
  made.contract("A", 0, 0, 100, {{0, 100'000, 100'000}});
  for (int i = 0; i < accounts; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    made.balance(name, 0).isolated(name, "A", i % 2 == 0 ? 1 : -1, i % 2 == 0 ? 100 : -100, 20);
  }
  return made.build();
}

RC_GTEST_PROP(fund_limits_law, it_pays_each_debt_in_the_order_of_flags_up_to_its_limits_and_no_step_less, ()) {
  rulebook rules;
  rules.fund = draw_fund();
  rules.adl.enabled = false;
  rules.socialise.enabled = false;
  course at(two_units_an_account(), rules);
  fund_model model(rules.fund);
  model.balance = rules.fund.balance["USD"].mantissa;
  std::int64_t tick = 0;
  for (int step = 0; step < 5; ++step) {
    if (step == 0 || *rc::gen::inRange(0, 4) != 0) {
      ++tick;
      model.new_tick();
    }
    for (int debts = *rc::gen::inRange(0, 4); debts > 0; --debts) {
      const auto unit = static_cast<std::uint32_t>(*rc::gen::inRange<std::size_t>(0, at.now.units.size()));
      at.deposit(unit, -*rc::gen::inRange<std::int64_t>(1, 70));
    }
    if (*rc::gen::inRange(0, 3) == 0) {
      const std::int64_t more = *rc::gen::inRange<std::int64_t>(1, 200);
      at.deposit_to_fund(more);
      model.balance += more;
    }
    if (*rc::gen::inRange(0, 3) == 0) { at.resume(); }
    model.begin_pass();
    at.pass(tick);
    for (const std::uint32_t unit : at.flagged) {
      const whole owed = -judge::equity(at.before, unit);
      if (owed <= 0) { continue; }
      const std::string account(at.now.accounts[at.now.units.account[unit]]);
      const whole paid = model.pay(account, owed);
      RC_ASSERT(judge::equity(at.now, unit) == paid - owed);
      RC_TAG(paid == owed ? "whole" : paid > 0 ? "in part" : "nothing");
    }
    RC_ASSERT(at.fund() == model.balance);
    RC_ASSERT(at.fund() >= 0);
  }
}

/// Fills of a bankrupt unit's orders are paid for one by one, out of the same limits.
RC_GTEST_PROP(fund_limits_law, shortfalls_of_fills_count_like_debts, ()) {
  rulebook rules;
  rules.fund = draw_fund();
  rules.adl.enabled = false;
  rules.socialise.enabled = false;
  small_book made(0);
  made.contract("A", 0, 0, 100, {{0, 100'000, 100'000}});
  for (int i = 0; i < accounts; ++i) {
    const std::string name(1, static_cast<char>('a' + i / 2));
    const std::int64_t lots = *rc::gen::inRange<std::int64_t>(1, 6);
    made.isolated(name, "A", i % 2 == 0 ? lots : -lots, i % 2 == 0 ? 100 * lots : -100 * lots, 0);
  }
  book source = made.build();
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    if (source.units.code[unit].is_isolated()) {
      small_venue::set_equity(source, unit, -*rc::gen::inRange<std::int64_t>(1, 40));
    }
  }
  // Each order gets one fill at its limit.
  course at(std::move(source), rules, [&](const market_order& order) {
    return std::vector<small_venue::order_fill>{{magnitude(order.lots.raw), order.limit.raw}};
  });
  fund_model model(rules.fund);
  model.balance = rules.fund.balance["USD"].mantissa;
  model.new_tick();
  model.begin_pass();
  at.pass(1);
  const auto fills = at.plans(ledger_step::liquidate);
  std::size_t next = 0;
  std::vector<whole> after;
  for (const std::uint32_t unit : at.flagged) {
    const std::uint32_t p = at.before.units.first_position[unit];
    const std::string account(at.now.accounts[at.now.units.account[unit]]);
    const whole lots = at.before.positions.lots[p];
    const whole worst = judge::bankruptcy_values(at.before, unit)[0] - model.most(account);
    // The worst whole price of which the fund may pay the shortfall.
    whole price = lots > 0 ? 1 : 100'000;
    while (lots * price < worst) { price += lots > 0 ? 1 : -1; }
    RC_ASSERT(next < fills.size());
    const ledger_plan& fill = fills[next++];
    RC_ASSERT(fill.legs[0].unit == unit);
    RC_ASSERT(whole{fill.legs[0].price_ticks} == price);
    const whole shortfall = judge::bankruptcy_values(at.before, unit)[0] - lots * price;
    if (shortfall < 0) {
      model.balance -= shortfall;
    } else {
      RC_ASSERT(model.pay(account, shortfall) == shortfall);
    }
  }
  RC_ASSERT(at.plans(ledger_step::liquidate).size() == next);
  // The part that the clamp cut off, and the part that a market order does not settle, are owed at the end.
  for (const std::uint32_t unit : at.flagged) {
    const std::uint32_t p = at.before.units.first_position[unit];
    const whole owed =
        -(judge::equity(at.before, unit) - judge::value(at.before, p) + judge::bankruptcy_values(at.before, unit)[0]);
    if (owed > 0) { model.pay(std::string(at.now.accounts[at.now.units.account[unit]]), owed); }
  }
  RC_ASSERT(at.fund() == model.balance);
}

/// With a fund per instrument each has money, limits and a stop of its own.
RC_GTEST_PROP(fund_limits_law, the_funds_of_the_instruments_that_a_unit_lost_in_pay_in_ascending_order, ()) {
  const std::vector<small_band> bands = {{0, 100'000, 100'000}};
  small_book made(0);
  made.contract("A", 0, 0, 100, bands).contract("B", 0, 0, 100, bands).contract("C", 0, 0, 100, bands);
  for (const char* name : {"a", "b", "c"}) {
    made.balance(name, 0);
    for (const char* contract : {"A", "B", "C"}) {
      if (small_venue::draw_half()) {
        made.position(name, contract, 1, *rc::gen::element<std::int64_t>(80, 100, 101, 120));
      }
    }
  }
  rulebook rules;
  rules.fund = draw_fund();
  rules.fund.scope = fund_scope::instrument;
  rules.fund.balance.clear();
  std::map<std::string, fund_model> models;
  for (const char* contract : {"A", "B", "C"}) {
    const std::int64_t balance = *rc::gen::element<std::int64_t>(0, 30, 90);
    rules.fund.balance[contract] = {balance, 0};
    models.insert({contract, fund_model(rules.fund)});
    models.at(contract).balance = balance;
  }
  rules.adl.enabled = false;
  rules.socialise.enabled = false;
  course at(made.build(), rules);
  for (std::int64_t tick = 1; tick <= 3; ++tick) {
    for (std::uint32_t unit = 0; unit < 3; ++unit) {
      if (small_venue::draw_half()) { at.deposit(unit, -*rc::gen::inRange<std::int64_t>(1, 90)); }
    }
    if (*rc::gen::inRange(0, 3) == 0) { at.resume(); }
    for (auto& [name, model] : models) {
      model.new_tick();
      model.begin_pass();
    }
    at.pass(tick);
    for (const std::uint32_t unit : at.flagged) {
      whole owed = -judge::equity(at.before, unit);
      if (owed <= 0) { continue; }
      const std::string account(at.now.accounts[at.now.units.account[unit]]);
      for (std::uint32_t p = at.now.units.first_position[unit]; p < at.now.units.first_position[unit + 1]; ++p) {
        if (judge::profit(at.now, p) >= 0) { continue; }
        owed -= models.at(at.now.reference.instruments[at.now.positions.instrument[p]].name).pay(account, owed);
      }
      RC_ASSERT(judge::equity(at.now, unit) == -owed);
    }
    whole sum = 0;
    for (const auto& [name, model] : models) {
      RC_ASSERT(at.engine().state().ledger.fund_parts.at(name) == model.balance);
      sum += model.balance;
    }
    RC_ASSERT(at.fund() == sum);
  }
}

TEST(fund_limits, a_drawdown_stops_strictly_below_and_ends_at_the_recovery_share_exactly) {
  small_book made(0);
  made.contract("A", 0, 0, 100, {{0, 100'000, 100'000}});
  made.balance("a", 0);
  rulebook rules;
  rules.fund.balance["USD"] = {100, 0};
  rules.fund.drawdown_stop_ppm = 300'000;
  rules.fund.recovery_ppm = 900'000;
  rules.socialise.enabled = false;
  course at(made.build(), rules);
  const auto owe = [&](std::int64_t tick, std::int64_t amount) {
    at.deposit(0, -amount);
    const whole before = at.fund();
    at.pass(tick);
    return judge::small(before - at.fund());
  };
  EXPECT_EQ(owe(1, 30), 30);
  EXPECT_EQ(owe(2, 1), 1) << "at 70 of 100 it still pays";
  EXPECT_EQ(owe(3, 1), 0) << "at 69 of 100 it has stopped";
  at.deposit_to_fund(20);
  EXPECT_EQ(owe(4, 1), 0) << "at 89 of 100 it has not recovered";
  at.deposit_to_fund(1);
  EXPECT_EQ(owe(5, 1), 3) << "at 90 of 100 it pays again, old debts too";
  EXPECT_EQ(owe(6, 17), 17);
  EXPECT_EQ(owe(7, 1), 1) << "at 70: the peak is still 100, not the 90 of its recovery";
  EXPECT_EQ(owe(8, 1), 0) << "at 69 it has stopped again";
  at.deposit_to_fund(131);
  EXPECT_EQ(owe(8, 60), 61) << "a later pass: at 200 it pays, and 200 is the peak although it was stopped before";
  EXPECT_EQ(owe(9, 1), 0) << "139 is below 140";
}

/// Limits are kept by account and by instrument, however their names join: "a" in "bX" is not "ab" in "X".
TEST(fund_limits, of_names_that_join_to_one_text_are_apart) {
  const std::vector<small_band> bands = {{0, 100'000, 100'000}};
  small_book made(0);
  made.contract("X", 0, 0, 100, bands).contract("bX", 0, 0, 100, bands);
  made.isolated("a", "bX", 1, 130, 0).isolated("ab", "X", 1, 130, 0);
  rulebook rules;
  rules.fund.scope = fund_scope::instrument;
  rules.fund.balance["X"] = {1'000, 0};
  rules.fund.balance["bX"] = {1'000, 0};
  rules.fund.account_limit = decimal{20, 0};
  rules.adl.enabled = false;
  rules.socialise.enabled = false;
  course at(made.build(), rules);
  at.pass(1);
  EXPECT_EQ(at.engine().state().ledger.fund_parts.at("X"), 980);
  EXPECT_EQ(at.engine().state().ledger.fund_parts.at("bX"), 980);
}

}  // namespace
}  // namespace plimsoll
