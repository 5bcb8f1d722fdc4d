// Laws of an order's limit and the settlement of its fills: limit price, surplus, fee, shortfall, released cost.
#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tests/law/small_venue.hpp"

namespace plimsoll {
namespace {

using judge::whole;
using small_venue::course;
using small_venue::drawn_venue;
using small_venue::order_fill;

constexpr whole price_most = whole{1} << 40;

std::uint32_t position_of_order(const book& source, const market_order& order) {
  for (std::uint32_t p = 0; p < source.positions.size(); ++p) {
    const bool reduces = (source.positions.lots[p] > 0) == (order.lots.raw < 0);
    if (source.positions.instrument[p] == order.instrument && reduces) { return p; }
  }
  RC_FAIL("an order without a position");
}

/// Is giving the position away at this price no worse than `worst` (a value with the position's sign)? Unrounded.
bool is_enough(const judge::contract& of, whole held, whole ticks, whole worst) {
  const judge::fraction exact = judge::worth(of, held, ticks);
  return exact.num >= worst * exact.den;
}

/// The worst price, one step at a time from the bankruptcy value's neighbourhood: for a long the lowest that is enough,
/// for a short the highest.
void check_limit(const book& source, std::uint32_t position, std::int64_t limit, whole worst) {
  const judge::contract of = judge::contract_of(source, source.positions.instrument[position]);
  const whole held = source.positions.lots[position];
  const whole step_worse = held > 0 ? -1 : 1;
  const bool at_end = held > 0 ? limit == 1 : limit == price_most;
  const bool no_price_is_enough = !is_enough(of, held, held > 0 ? price_most : 1, worst);
  if (no_price_is_enough) {
    RC_ASSERT(limit == (held > 0 ? price_most : 1));
    return;
  }
  RC_ASSERT(is_enough(of, held, limit, worst));
  RC_ASSERT(at_end || !is_enough(of, held, limit + step_worse, worst));
}

RC_GTEST_PROP(settlement_law, a_liquidatable_units_orders_are_limited_by_the_bankruptcy_value, ()) {
  drawn_venue venue = small_venue::draw_venue();
  small_venue::draw_positions(venue, "a");
  book source = venue.made.build();
  small_venue::make_liquidatable(source, 0);
  rulebook rules;
  rules.fund.balance["USD"] = {1'000'000, 0};  // The fund does not pay, because the unit is not bankrupt.
  const auto values = judge::bankruptcy_values(source, 0);
  course at(std::move(source), rules);
  at.pass(1);
  RC_ASSERT(at.orders.size() == values.size());
  for (const market_order& order : at.orders) {
    const std::uint32_t p = position_of_order(at.before, order);
    check_limit(at.before, p, order.limit.raw, values[p]);
  }
}

RC_GTEST_PROP(settlement_law, a_bankrupt_units_limit_adds_what_the_fund_may_still_pay, ()) {
  drawn_venue venue = small_venue::draw_venue();
  small_venue::draw_positions(venue, "a");
  book source = venue.made.build();
  small_venue::set_equity(source, 0, -*rc::gen::inRange<std::int64_t>(1, 2'000));
  rulebook rules;
  const std::int64_t balance = *rc::gen::inRange<std::int64_t>(0, 3'000);
  const std::int64_t floor = *rc::gen::element<std::int64_t>(0, 0, 500);
  rules.fund.balance["USD"] = {balance, 2};
  rules.fund.floor = {floor, 2};
  rules.adl.enabled = false;
  rules.socialise.enabled = false;
  const auto values = judge::bankruptcy_values(source, 0);
  course at(std::move(source), rules);
  at.pass(1);
  RC_ASSERT(at.orders.size() == values.size());
  for (const market_order& order : at.orders) {
    const std::uint32_t p = position_of_order(at.before, order);
    check_limit(at.before, p, order.limit.raw, values[p] - std::max<std::int64_t>(0, balance - floor));
  }
}

/// A few fills of an order within its limit, the last of them perhaps the rest.
std::vector<order_fill> random_fills(const market_order& order) {
  std::vector<order_fill> out;
  std::uint64_t left = magnitude(order.lots.raw);
  for (int count = *rc::gen::inRange(0, 4); count > 0 && left > 0; --count) {
    const std::uint64_t lots = *rc::gen::inRange<std::uint64_t>(1, left + 1);
    const std::int64_t better = *rc::gen::element<std::int64_t>(0, *rc::gen::inRange<std::int64_t>(0, 30));
    const std::int64_t price = order.lots.raw < 0 ? order.limit.raw + better : order.limit.raw - better;
    if (price < 1 || price > price_most) { return out; }
    out.push_back({lots, price});
    left -= lots;
  }
  return out;
}

/// The sums of a plan's legs.
struct leg_totals {
  whole customer_amount = 0, customer_cost = 0, customer_lots = 0, fund = 0, fees = 0, market_cost = 0, market_lots = 0;
  int customers = 0;
};

leg_totals totals_of(const ledger_plan& plan) {
  leg_totals out;
  for (const ledger_leg& leg : plan.legs) {
    if (leg.unit != no_id) {
      out.customer_amount += leg.amount;
      out.customer_cost += leg.cost;
      out.customer_lots += leg.lots;
      ++out.customers;
    } else if (leg.system == system_account::fund) {
      out.fund += leg.amount;
    } else if (leg.system == system_account::fees) {
      out.fees += leg.amount;
    } else {
      RC_ASSERT(leg.system == system_account::market);
      RC_ASSERT(leg.amount == 0);
      out.market_cost += leg.cost;
      out.market_lots += leg.lots;
    }
  }
  return out;
}

RC_GTEST_PROP(settlement_law, each_fill_pays_its_part_of_the_bankruptcy_value_then_the_fee_then_the_surplus, ()) {
  drawn_venue venue = small_venue::draw_venue();
  small_venue::draw_positions(venue, "a");
  book source = venue.made.build();
  const bool bankrupt = small_venue::draw_half();
  if (bankrupt) {
    small_venue::set_equity(source, 0, -*rc::gen::inRange<std::int64_t>(1, 2'000));
  } else {
    small_venue::make_liquidatable(source, 0);
  }
  rulebook rules;
  rules.adl.enabled = false;
  rules.socialise.enabled = false;
  rules.liquidation.fee_ppm = *rc::gen::element(0U, 500U, 15'000U, 125'000U, 250'000U, 500'000U);
  rules.liquidation.fee_to_fund = small_venue::draw_half();
  rules.liquidation.surplus_to_account = small_venue::draw_half();
  whole fund = *rc::gen::inRange<std::int64_t>(0, 2'000);
  rules.fund.balance["USD"] = {fund, 2};
  const auto values = judge::bankruptcy_values(source, 0);
  std::vector<std::pair<std::uint32_t, order_fill>> fills;
  course* running = nullptr;
  course at(std::move(source), rules, [&](const market_order& order) {
    const auto drawn = random_fills(order);
    for (const order_fill& fill : drawn) { fills.emplace_back(position_of_order(running->before, order), fill); }
    return drawn;
  });
  running = &at;
  at.pass(1);

  const auto plans = at.plans(ledger_step::liquidate);
  RC_ASSERT(plans.size() == fills.size());
  std::vector<whole> filled(values.size(), 0);
  std::vector<whole> cost(at.before.positions.cost.begin(), at.before.positions.cost.end());
  asset_flows sums;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const auto& [p, fill] = fills[i];
    const judge::contract of = judge::contract_of(at.before, at.before.positions.instrument[p]);
    const whole held = at.before.positions.lots[p];
    const whole all = judge::size_of(held);
    const whole lots = held > 0 ? whole{fill.lots} : -whole{fill.lots};
    const whole traded = judge::trade_value(of, lots, fill.price_ticks);
    whole part = judge::part_of(judge::size_of(values[p]), filled[p], fill.lots, all);
    if (values[p] < 0) { part = -part; }
    const whole released = judge::released(cost[p], fill.lots, all - filled[p]);
    filled[p] += fill.lots;
    cost[p] -= released;
    whole to_customer = part;
    whole to_fund = 0;
    whole to_fees = 0;
    if (traded >= part) {
      const whole surplus = traded - part;
      const whole fee_wanted = judge::half_even_of(judge::size_of(traded) * rules.liquidation.fee_ppm, 1'000'000);
      const whole fee = std::min(fee_wanted, surplus);
      (rules.liquidation.fee_to_fund ? to_fund : to_fees) += fee;
      (rules.liquidation.surplus_to_account ? to_customer : to_fund) += surplus - fee;
      sums.fees += to_fees;
      sums.surplus += surplus - fee;
    } else {
      // The fund pays for bankrupt units and for the rounding to a price step; the rest stays with the unit.
      to_fund = -std::min(part - traded, fund);
      to_customer = traded - to_fund;
      sums.fund_paid -= to_fund;
    }
    sums.market += judge::size_of(traded);
    fund += to_fund;
    const leg_totals legs = totals_of(plans[i]);
    RC_ASSERT(legs.customers == 1);
    RC_ASSERT(legs.customer_lots == -lots);
    RC_ASSERT(legs.market_lots == lots);
    RC_ASSERT(legs.market_cost == traded);
    RC_ASSERT(legs.customer_cost == -released);
    RC_ASSERT(legs.customer_amount == to_customer - released);
    RC_ASSERT(legs.fund == to_fund);
    RC_ASSERT(legs.fees == to_fees);
    RC_ASSERT(plans[i].legs[0].price_ticks == fill.price_ticks);
  }
  const asset_flows flows = at.outcome.flows.count(0) != 0 ? at.outcome.flows.at(0) : asset_flows{};
  RC_ASSERT(flows.market == sums.market);
  RC_ASSERT(flows.surplus == sums.surplus);
  RC_ASSERT(flows.fees == sums.fees);
  for (const ledger_plan& plan : at.plans(ledger_step::insurance_fund)) { sums.fund_paid += plan.legs[0].amount; }
  RC_ASSERT(flows.fund_paid == sums.fund_paid);
}

}  // namespace
}  // namespace plimsoll
