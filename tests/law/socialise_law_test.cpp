// Laws of socialised loss: the part of each payer by each weight, and the receivers.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tests/law/small_venue.hpp"

namespace plimsoll {
namespace {

using judge::whole;
using small_venue::course;
using small_venue::drawn_venue;

/// Weight of a payer by the description of the rulebook keys, at the marks of the tick.
whole weight_of(const book& source, std::uint32_t unit, socialise_by by) {
  if (by == socialise_by::equity) { return judge::equity(source, unit); }
  whole sum = 0;
  for (std::uint32_t p = source.units.first_position[unit]; p < source.units.first_position[unit + 1]; ++p) {
    const whole profit = judge::profit(source, p);
    if (by == socialise_by::open_interest) { sum += judge::size_of(judge::value(source, p)); }
    if (by == socialise_by::profit && profit > 0) { sum += profit; }
  }
  return sum;
}

/// Change of each unit's money in the one plan of a pass.
std::map<std::uint32_t, whole> moved(const course& at) {
  std::map<std::uint32_t, whole> out;
  const auto plans = at.plans(ledger_step::socialise);
  RC_ASSERT(plans.size() <= 1U);
  for (const ledger_plan& plan : plans) {
    for (const ledger_leg& leg : plan.legs) {
      RC_ASSERT(leg.unit != no_id && leg.position == no_id && leg.lots == 0 && leg.cost == 0);
      RC_ASSERT(out.count(leg.unit) == 0);
      out[leg.unit] = leg.amount;
    }
  }
  return out;
}

/// Payers of every state and some debtors; nothing before socialised loss takes anything from them.
book draw_debts(int payers_max, int debtors_max) {
  drawn_venue venue = small_venue::draw_venue();
  const int payers = *rc::gen::inRange(0, payers_max + 1);
  const int debtors = *rc::gen::inRange(1, debtors_max + 1);
  for (int i = 0; i < payers; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    if (*rc::gen::inRange(0, 5) == 0) {
      venue.made.balance(name, 0);  // Only money.
    } else {
      small_venue::draw_positions(venue, name);
    }
  }
  for (int i = 0; i < debtors; ++i) {
    const std::string name(1, static_cast<char>(*rc::gen::inRange(0, 2) == 0 ? 'P' + i : 'p' + i));
    if (small_venue::draw_half()) {
      venue.made.balance(name, 0);
    } else {
      small_venue::draw_positions(venue, name);  // ADL is off, so they keep their positions.
    }
  }
  book source = venue.made.build();
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    const std::string name(source.accounts[source.units.account[unit]]);
    if (name >= "a" && name < "p") {
      const std::int64_t rich = *rc::gen::element<std::int64_t>(3, 200, 20'000);
      small_venue::set_equity(source, unit, *rc::gen::inRange<std::int64_t>(0, rich));
    } else {
      const std::int64_t deep = *rc::gen::element<std::int64_t>(1, 30, 3'000);
      small_venue::set_equity(source, unit, -*rc::gen::inRange<std::int64_t>(1, deep + 1));
    }
  }
  return source;
}

void check_parts(const course& at, socialise_by by) {
  std::vector<std::uint32_t> payers, debtors;
  std::vector<whole> weights, caps, deficits;
  for (std::uint32_t unit = 0; unit < at.before.units.size(); ++unit) {
    const whole own = judge::equity(at.before, unit);
    if (own < 0) {
      debtors.push_back(unit);  // By account, then unit: the order of the book.
      deficits.push_back(-own);
    } else {
      payers.push_back(unit);
      weights.push_back(weight_of(at.before, unit, by));
      caps.push_back(own);
    }
  }
  whole owed = 0;
  for (const whole one : deficits) { owed += one; }
  const std::vector<whole> parts = judge::water_fill(owed, weights, caps);
  whole found = 0;
  for (const whole one : parts) { found += one; }
  std::map<std::uint32_t, whole> expected;
  for (std::size_t i = 0; i < payers.size(); ++i) {
    if (parts[i] > 0) { expected[payers[i]] = -parts[i]; }
  }
  const std::vector<whole> received = judge::split(found, deficits);
  for (std::size_t i = 0; i < debtors.size(); ++i) {
    if (received[i] > 0) { expected[debtors[i]] = received[i]; }
  }
  RC_ASSERT(moved(at) == expected);
  const auto flows = at.outcome.flows.find(0);
  RC_ASSERT((flows == at.outcome.flows.end() ? 0 : flows->second.socialised) == found);
  RC_ASSERT((flows == at.outcome.flows.end() ? 0 : flows->second.unpaid) == owed - found);
  RC_TAG(found == 0 ? "nobody pays" : found == owed ? "whole" : "in part");
}

RC_GTEST_PROP(socialise_law, payers_bear_by_their_weight_up_to_their_equity_and_debtors_receive_by_their_deficit, ()) {
  rulebook rules;
  rules.adl.enabled = false;
  rules.socialise.by = *rc::gen::element(socialise_by::profit, socialise_by::open_interest, socialise_by::equity);
  course at(draw_debts(8, 4), rules);
  at.pass(1);
  check_parts(at, rules.socialise.by);
}

RC_GTEST_PROP(socialise_law, switched_off_nobody_pays_and_the_debt_is_unpaid, ()) {
  rulebook rules;
  rules.adl.enabled = false;
  rules.socialise.enabled = false;
  course at(draw_debts(4, 3), rules);
  at.pass(1);
  whole owed = 0;
  for (std::uint32_t unit = 0; unit < at.before.units.size(); ++unit) {
    owed += std::max<whole>(0, -judge::equity(at.before, unit));
    RC_ASSERT(judge::equity(at.now, unit) == judge::equity(at.before, unit));
  }
  RC_ASSERT(at.plans(ledger_step::socialise).empty());
  RC_ASSERT(at.outcome.flows.at(0).unpaid == owed);
}

/// The fund comes first: the rest of each debt is the weight by which its debtor receives.
RC_GTEST_PROP(socialise_law, debtors_receive_by_what_the_fund_has_left_of_their_deficits, ()) {
  rulebook rules;
  rules.adl.enabled = false;
  rules.socialise.by = socialise_by::equity;
  const std::int64_t fund = *rc::gen::inRange<std::int64_t>(0, 4'000);
  rules.fund.balance["USD"] = {fund, 2};
  course at(draw_debts(6, 4), rules);
  at.pass(1);
  whole fund_left = fund;
  std::vector<whole> owed(at.before.units.size(), 0);
  for (const std::uint32_t unit : at.flagged) {
    const whole deficit = -judge::equity(at.before, unit);
    if (deficit <= 0) { continue; }
    const whole paid = std::min(deficit, fund_left);
    fund_left -= paid;
    owed[unit] = deficit - paid;
  }
  RC_ASSERT(at.fund() == fund_left);
  std::vector<whole> deficits, weights, caps;
  std::vector<std::uint32_t> debtors;
  whole sum = 0;
  for (std::uint32_t unit = 0; unit < owed.size(); ++unit) {
    const whole own = judge::equity(at.before, unit);
    if (own >= 0) {
      weights.push_back(own);
      caps.push_back(own);
    }
    if (owed[unit] == 0) { continue; }
    debtors.push_back(unit);
    deficits.push_back(owed[unit]);
    sum += owed[unit];
  }
  whole found = 0;
  for (const whole one : judge::water_fill(sum, weights, caps)) { found += one; }
  const auto parts = judge::split(found, deficits);
  const auto money = moved(at);
  for (std::size_t i = 0; i < debtors.size(); ++i) {
    const auto got = money.find(debtors[i]);
    RC_ASSERT((got == money.end() ? 0 : got->second) == parts[i]);
  }
}

TEST(socialise, losses_weigh_nothing_against_profits_of_the_same_unit) {
  // "a" has +60 and -50, "b" +60: each weighs 60.
  const std::vector<small_band> bands = {{0, 10'000, 10'000}};
  small_book made(0);
  made.contract("A", 0, 0, 100, bands).contract("B", 0, 0, 100, bands);
  made.balance("a", 1'000).position("a", "A", 1, 40).position("a", "B", 1, 150);
  made.balance("b", 1'000).position("b", "A", 1, 40);
  made.balance("z", -30);
  rulebook rules;
  rules.adl.enabled = false;
  course at(made.build(), rules);
  at.pass(1);
  EXPECT_EQ(at.now.units.balance[0], 985);
  EXPECT_EQ(at.now.units.balance[1], 985);
  EXPECT_EQ(at.now.units.balance[2], 0);
}

TEST(socialise, a_unit_that_was_bankrupt_at_the_scan_pays_nothing_even_if_its_equity_has_risen) {
  // The fund makes "p" whole and a fill leaves it a surplus; "z" owes.
  small_book made(0);
  made.contract("A", 0, 0, 100, {{0, 10'000, 10'000}});
  made.balance("a", 10);
  made.balance("p", -10).position("p", "A", 1, 100);
  made.balance("z", -30);
  rulebook rules;
  rules.adl.enabled = false;
  rules.liquidation.surplus_to_account = true;
  rules.socialise.by = socialise_by::equity;
  // Bankruptcy price 110, filled at 140: 30 above.
  course at(made.build(), rules, [](const market_order& order) {
    return std::vector<small_venue::order_fill>{{magnitude(order.lots.raw), order.limit.raw + 30}};
  });
  at.pass(1);
  EXPECT_EQ(at.now.units.balance[0], 0);
  EXPECT_EQ(at.now.units.balance[1], 30);
  EXPECT_EQ(at.now.units.balance[2], -20);
}

}  // namespace
}  // namespace plimsoll
