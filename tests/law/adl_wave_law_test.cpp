// Laws of a wave of ADL: caps that hold over all its rounds, the mark as its price, its report.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tests/law/adl_duel.hpp"
#include "tests/law/fund_model.hpp"

namespace plimsoll {
namespace {

using judge::whole;
using small_venue::course;
using small_venue::draw_half;
using small_venue::duel;
using small_venue::fills_of;

whole value_of_loser(const book& source, std::uint32_t position) {
  return judge::bankruptcy_values(source, source.positions.unit[position])[0];
}

/// The cost to the winners of closing all losers at their bankruptcy values, against the mark.
whole haircut_of(const duel& of) {
  whole sum = 0;
  for (const std::uint32_t p : of.losers) { sum += value_of_loser(of.source, p) - judge::value(of.source, p); }
  return std::max<whole>(0, sum);
}
whole lots_of(const duel& of) {
  whole sum = 0;
  for (const std::uint32_t p : of.losers) { sum += judge::size_of(of.source.positions.lots[p]); }
  return sum;
}
whole lots_of(const book& source, std::uint32_t position) { return judge::size_of(source.positions.lots[position]); }

std::map<std::uint32_t, whole> given_by(const course& at) {
  std::map<std::uint32_t, whole> out;
  for (const auto& one : fills_of(at)) { out[one.winner] += one.lots; }
  return out;
}

/// Most lots that a cap leaves of each winner: floor(floor(C x profit) x D / H).
std::vector<whole> caps_of(const duel& of, const adl_policy& policy) {
  const whole demand = lots_of(of);
  const whole haircut = haircut_of(of);
  std::vector<whole> caps;
  for (const std::uint32_t p : of.winners) {
    const whole money = std::max<whole>(0, judge::profit(of.source, p)) * policy.cap_ppm / 1'000'000;
    whole lots = 0;
    while (lots < lots_of(of.source, p) && (lots + 1) * haircut <= money * demand) { ++lots; }
    caps.push_back(lots);
  }
  return caps;
}

std::vector<whole> weights_of(const duel& of, adl_policy_kind kind) {
  std::vector<whole> weights;
  for (const std::uint32_t p : of.winners) {
    const whole profit = std::max<whole>(0, judge::profit(of.source, p));
    const whole notional = judge::size_of(judge::value(of.source, p));
    const whole equity = judge::equity(of.source, of.source.positions.unit[p]);
    switch (kind) {
      case adl_policy_kind::pro_rata_size: weights.push_back(lots_of(of.source, p)); break;
      case adl_policy_kind::pro_rata_notional: weights.push_back(notional); break;
      case adl_policy_kind::pro_rata_equity: weights.push_back(equity); break;
      case adl_policy_kind::risk_aware:
        weights.push_back(equity <= 0 ? whole{0} : profit * (notional * 1'000'000 / equity));
        break;
      default: weights.push_back(profit);
    }
  }
  return weights;
}

adl_policy draw_capped() {
  return {*rc::gen::element(adl_policy_kind::capped, adl_policy_kind::risk_aware),
          *rc::gen::element(100'000U, 333'333U, 500'000U, 999'999U, 1'000'000U)};
}

RC_GTEST_PROP(adl_wave_law, a_cap_is_on_the_whole_wave_however_often_the_policy_is_asked, ()) {
  duel of = small_venue::draw_duel({.both_sides = draw_half(), .even = true});
  rulebook rules = small_venue::only_adl();
  rules.adl.policy = draw_capped();
  const auto caps = caps_of(of, rules.adl.policy);
  const auto winners = of.winners;
  course at(std::move(of.source), rules);
  at.pass(1);
  auto given = given_by(at);
  bool reached = false;
  for (std::size_t i = 0; i < caps.size(); ++i) {
    RC_ASSERT(given[winners[i]] <= caps[i]);
    reached = reached || (caps[i] > 0 && caps[i] < lots_of(at.before, winners[i]) && given[winners[i]] == caps[i]);
  }
  RC_TAG(reached ? "a cap was reached" : "no cap was reached");
}

RC_GTEST_PROP(adl_wave_law, who_is_never_stopped_gives_the_part_that_the_policy_asks_for, ()) {
  const bool is_capped = draw_half();
  const bool even = is_capped || draw_half();
  duel of = small_venue::draw_duel(
      {.inverse = !even && draw_half(), .rounded = !even && draw_half(), .rich = true, .even = even});
  rulebook rules = small_venue::only_adl();
  rules.adl.policy = draw_capped();
  if (!is_capped) {
    rules.adl.policy.kind = *rc::gen::element(adl_policy_kind::pro_rata_size, adl_policy_kind::pro_rata_pnl,
                                              adl_policy_kind::pro_rata_notional, adl_policy_kind::pro_rata_equity);
  }
  std::vector<whole> caps = caps_of(of, rules.adl.policy);
  if (!is_capped) {
    for (std::size_t i = 0; i < caps.size(); ++i) { caps[i] = lots_of(of.source, of.winners[i]); }
  }
  const auto weights = weights_of(of, rules.adl.policy.kind);
  const whole demand = lots_of(of);
  const auto expected = judge::water_fill(demand, weights, caps);
  whole served = 0;
  for (const whole one : expected) { served += one; }
  const auto winners = of.winners;
  course at(std::move(of.source), rules);
  at.pass(1);
  auto given = given_by(at);
  for (std::size_t i = 0; i < winners.size(); ++i) {
    // Lots that winners with a weight cannot give may be asked of others, which another law tests.
    if (is_capped || served == demand || weights[i] > 0) { RC_ASSERT(given[winners[i]] == expected[i]); }
  }
}

/// Every winner that could still give lots to a remaining loser has been asked for them, unless a cap has stopped it.
RC_GTEST_PROP(adl_wave_law, no_loser_is_left_while_a_winner_could_bear_a_lot_of_it, ()) {
  duel of = small_venue::draw_duel({.both_sides = draw_half(), .even = true});
  rulebook rules = small_venue::only_adl();
  rules.adl.policy.kind =
      *rc::gen::element(adl_policy_kind::queue, adl_policy_kind::pro_rata_size, adl_policy_kind::pro_rata_pnl,
                        adl_policy_kind::pro_rata_notional, adl_policy_kind::pro_rata_equity);
  const auto losers = of.losers;
  const auto winners = of.winners;
  course at(std::move(of.source), rules);
  at.pass(1);
  const judge::contract terms = judge::contract_of(at.before, 0);
  for (const std::uint32_t loser : losers) {
    if (at.now.positions.lots[loser] == 0) { continue; }
    const std::uint32_t account = at.now.units.account[at.now.positions.unit[loser]];
    const whole held = lots_of(at.before, loser);
    const whole mark_value = judge::value(terms, at.before.positions.lots[loser] < 0 ? -1 : 1, at.now.marks[0].ticks);
    const whole haircut_of_all = value_of_loser(at.before, loser) - mark_value * held;
    for (const std::uint32_t winner : winners) {
      const std::uint32_t unit = at.now.positions.unit[winner];
      if (at.now.units.account[unit] == account || at.now.positions.lots[winner] == 0) { continue; }
      RC_ASSERT(judge::equity(at.now, unit) * held < haircut_of_all);
    }
  }
}

// ------------------------------------------------------------------------------------------------ at the mark

RC_GTEST_PROP(adl_wave_law, at_the_mark_the_fund_pays_the_difference_while_it_may_and_else_the_winner, ()) {
  duel of = small_venue::draw_duel({.inverse = draw_half(), .rounded = draw_half(), .rich = true});
  rulebook rules = small_venue::only_adl();
  rules.adl.price = adl_price::mark;
  rules.fund = small_venue::draw_fund();
  // The fund's numbers are steps.
  const auto in_steps = [](std::optional<decimal>& limit) {
    if (limit) { limit = decimal{limit->mantissa, 2}; }
  };
  whole balance = rules.fund.balance["USD"].mantissa * *rc::gen::element<std::int64_t>(1, 10);
  rules.fund.balance["USD"] = {static_cast<std::int64_t>(balance), 2};
  rules.fund.floor.scale = 2;
  in_steps(rules.fund.tick_limit);
  in_steps(rules.fund.account_limit);
  // Only differences are paid, because losers' debts are settled at the end, out of the rest.
  small_venue::fund_model model(rules.fund);
  model.balance = balance;
  course at(std::move(of.source), rules);
  const bool stopped = rules.fund.drawdown_stop_ppm.has_value() && draw_half();
  if (stopped) {
    // The fund held more in an earlier tick, so it is below its threshold now.
    at.deposit_to_fund(1'000'000);
    at.engine().restore([&] {
      executor_state state = at.engine().state();
      state.fund.peak["USD"] = 1'000'000 + balance;
      return state;
    }());
    model.peak = 1'000'000 + balance;
    at.deposit_to_fund(-1'000'000);
  }
  model.begin_pass();
  at.pass(1);
  const judge::contract terms = judge::contract_of(at.before, 0);
  const whole ticks = at.before.marks[0].ticks;
  std::vector<whole> gone(at.before.positions.size(), 0);
  bool paid = false;
  for (const ledger_plan& plan : at.plans(ledger_step::adl)) {
    const ledger_leg& loser = plan.legs[0];
    const whole count = judge::size_of(loser.lots);
    const whole value = value_of_loser(at.before, loser.position);
    whole part = judge::part_of(judge::size_of(value), gone[loser.position], count, lots_of(at.before, loser.position));
    if (value < 0) { part = -part; }
    gone[loser.position] += count;
    const whole at_mark = judge::trade_value(terms, -loser.lots, ticks);
    const whole difference = part - at_mark;
    const std::string account(at.now.accounts[at.now.units.account[loser.unit]]);
    const bool pays = difference > 0 && difference <= model.most(account);
    RC_ASSERT(plan.legs.size() == (pays ? 3U : 2U));
    RC_ASSERT(whole{loser.amount} - loser.cost == part);
    RC_ASSERT(whole{plan.legs[1].amount} - plan.legs[1].cost == (pays ? -at_mark : -part));
    if (!pays) { continue; }
    RC_ASSERT(plan.legs[2].unit == no_id && plan.legs[2].system == system_account::fund);
    RC_ASSERT(plan.legs[2].amount == -difference);
    RC_ASSERT(loser.price_ticks == ticks && plan.legs[1].price_ticks == ticks);
    model.pay(account, difference);
    paid = true;
  }
  RC_TAG(model.stopped ? "stopped" : paid ? "the fund pays" : "the fund pays nothing");
}

// ---------------------------------------------------------------------------------------------------- reports

RC_GTEST_PROP(adl_wave_law, what_is_reported_of_a_wave_is_what_its_fills_come_to, ()) {
  duel of = small_venue::draw_duel({.inverse = draw_half(), .rounded = draw_half(), .both_sides = draw_half()});
  const whole needed = [&] {
    whole sum = 0;
    for (const std::uint32_t p : of.losers) { sum += value_of_loser(of.source, p) - judge::value(of.source, p); }
    return sum;
  }();
  const auto winners = of.winners;
  course at(std::move(of.source), small_venue::only_adl());
  at.pass(1);
  const judge::contract terms = judge::contract_of(at.before, 0);
  whole removed = 0, haircut = 0;
  std::map<std::uint32_t, whole> haircut_of;
  for (const ledger_plan& plan : at.plans(ledger_step::adl)) {
    const whole paid = plan.legs[1].cost - whole{plan.legs[1].amount};
    const whole at_mark = judge::value(terms, plan.legs[1].lots, at.before.marks[0].ticks);
    removed += judge::size_of(paid);
    haircut += paid - at_mark;
    haircut_of[plan.legs[1].unit] += paid - at_mark;
  }
  const asset_flows flows = at.outcome.flows.count(0) != 0 ? at.outcome.flows.at(0) : asset_flows{};
  RC_ASSERT(flows.adl == removed);
  RC_ASSERT(flows.adl_haircut == haircut);
  RC_ASSERT(flows.adl_needed == needed);
  RC_ASSERT(flows.adl_candidates == winners.size());
  RC_ASSERT(at.outcome.deleveraged.size() == haircut_of.size());
  for (const deleveraged_unit& one : at.outcome.deleveraged) {
    RC_ASSERT(haircut_of.count(one.unit) == 1U);
    RC_ASSERT(one.haircut == haircut_of[one.unit]);
    RC_ASSERT(one.equity == judge::equity(at.before, one.unit));
  }
  RC_ASSERT(at.outcome.feasible.size() == 1U);
  const feasibility& before = at.outcome.feasible[0];
  whole demand = 0, ladder = 0, profit = 0, deficit = 0;
  for (std::uint32_t p = 0; p < at.before.positions.size(); ++p) {
    const bool wins = std::find(winners.begin(), winners.end(), p) != winners.end();
    (wins ? ladder : demand) += lots_of(at.before, p);
    if (wins) { profit += std::max<whole>(0, judge::profit(at.before, p)); }
    if (!wins) { deficit -= judge::equity(at.before, at.before.positions.unit[p]); }
  }
  RC_ASSERT(before.demand == demand);
  RC_ASSERT(before.ladder_lots == ladder);
  RC_ASSERT(before.winners_profit == profit);
  RC_ASSERT(before.deficit == deficit);
  RC_ASSERT(before.lots_left_over == std::max<whole>(0, demand - ladder));
}

}  // namespace
}  // namespace plimsoll
