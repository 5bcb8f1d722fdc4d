// Laws of how many lots a liquidation closes in each mode, counted one lot at a time by arithmetic of their own.
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

/// A liquidatable unit of some positions, and no other unit.
book draw_liquidatable(const small_venue::contract_kinds& kinds) {
  drawn_venue venue = small_venue::draw_venue(kinds);
  small_venue::draw_positions(venue, "a");
  book source = venue.made.build();
  small_venue::make_liquidatable(source, unit_of(source, "a"));
  return source;
}

/// Lots of a position that the orders of a pass want, with the position's sign; at most one order each.
std::vector<whole> lots_ordered(const course& at) {
  std::vector<whole> out(at.before.positions.size(), 0);
  for (const market_order& order : at.orders) {
    bool found = false;
    for (std::uint32_t p = 0; p < out.size(); ++p) {
      const bool reduces = (at.before.positions.lots[p] > 0) == (order.lots.raw < 0);
      if (at.before.positions.instrument[p] != order.instrument || !reduces) { continue; }
      RC_ASSERT(out[p] == 0);
      out[p] = -order.lots.raw;
      found = true;
    }
    RC_ASSERT(found);
  }
  return out;
}

RC_GTEST_PROP(liquidation_size_law, whole_closes_every_lot_of_every_position, ()) {
  course at(draw_liquidatable({}), {});
  at.pass(1);
  const auto ordered = lots_ordered(at);
  for (std::size_t p = 0; p < ordered.size(); ++p) { RC_ASSERT(ordered[p] == at.before.positions.lots[p]); }
}

RC_GTEST_PROP(liquidation_size_law, fraction_closes_that_share_of_each_position_rounded_up, ()) {
  rulebook rules;
  rules.liquidation.mode = liquidation_mode::fraction;
  rules.liquidation.fraction_ppm =
      *rc::gen::element(1U, 100'000U, 200'000U, 333'333U, 333'334U, 500'000U, 999'999U, 1'000'000U);
  course at(draw_liquidatable({}), rules);
  at.pass(1);
  const auto ordered = lots_ordered(at);
  for (std::size_t p = 0; p < ordered.size(); ++p) {
    const whole held = judge::size_of(at.before.positions.lots[p]);
    // The fewest lots that are not below the share.
    whole lots = 0;
    while (lots * 1'000'000 < held * rules.liquidation.fraction_ppm) { ++lots; }
    RC_ASSERT(judge::size_of(ordered[p]) == lots);
  }
}

RC_GTEST_PROP(liquidation_size_law, tier_down_closes_the_fewest_lots_that_end_strictly_below_the_floor, ()) {
  rulebook rules;
  rules.liquidation.mode = liquidation_mode::tier_down;
  course at(draw_liquidatable({}), rules);
  at.pass(1);
  const auto ordered = lots_ordered(at);
  bool above = false;
  for (std::uint32_t p = 0; p < ordered.size(); ++p) {
    const std::uint32_t instrument_id = at.before.positions.instrument[p];
    const judge::contract of = judge::contract_of(at.before, instrument_id);
    const whole ticks = at.before.marks[instrument_id].ticks;
    const whole held = at.before.positions.lots[p];
    const whole sign = held < 0 ? -1 : 1;
    const whole floor = judge::tier_floor(at.before, instrument_id, judge::size_of(judge::value(at.before, p)));
    whole closed = 0;
    if (floor == 0) { closed = judge::size_of(held); }
    while (floor > 0 && judge::size_of(judge::value(of, held - sign * closed, ticks)) >= floor) { ++closed; }
    above = above || floor > 0;
    RC_ASSERT(judge::size_of(ordered[p]) == closed);
  }
  RC_TAG(above ? "above the first tier" : "in the first tier");
}

RC_GTEST_PROP(liquidation_size_law, tier_down_leaves_a_notional_on_the_floor_for_one_more_lot, ()) {
  // 20 lots of 1 USD each step: the floor is met exactly by some number of them.
  const std::int64_t held = *rc::gen::inRange<std::int64_t>(2, 40);
  const std::int64_t mark = *rc::gen::inRange<std::int64_t>(1, 60);
  const std::int64_t at_floor = *rc::gen::inRange<std::int64_t>(1, held + 1);
  const bool is_long = small_venue::draw_half();
  small_book made(0);
  made.contract("A", 0, 0, mark,
                {{0, 50'000, 50'000}, {static_cast<std::uint64_t>(at_floor * mark), 100'000, 100'000}});
  made.position("a", "A", is_long ? held : -held, 0);
  book source = made.build();
  small_venue::make_liquidatable(source, 0);
  rulebook rules;
  rules.liquidation.mode = liquidation_mode::tier_down;
  course at(std::move(source), rules);
  at.pass(1);
  RC_ASSERT(judge::size_of(lots_ordered(at)[0]) == held - at_floor + 1);
}

/// Positions in the order in which the orders came.
std::vector<std::uint32_t> positions_ordered(const course& at) {
  std::vector<std::uint32_t> out;
  for (const market_order& order : at.orders) {
    for (std::uint32_t p = 0; p < at.before.positions.size(); ++p) {
      const bool reduces = (at.before.positions.lots[p] > 0) == (order.lots.raw < 0);
      if (at.before.positions.instrument[p] == order.instrument && reduces) { out.push_back(p); }
    }
  }
  return out;
}

RC_GTEST_PROP(liquidation_size_law, positions_go_by_instrument_or_largest_requirement_or_worst_pnl_first, ()) {
  rulebook rules;
  rules.liquidation.order =
      *rc::gen::element(position_order::instrument, position_order::maintenance, position_order::loss);
  book source = draw_liquidatable({});
  if (small_venue::draw_half()) {  // Ties.
    for (std::uint32_t p = 1; p < source.positions.size(); ++p) {
      const whole cost = judge::value(source, p) - judge::profit(source, 0);
      source.units.cash[0] += source.positions.cost[p] - static_cast<std::int64_t>(cost);
      source.positions.cost[p] = static_cast<std::int64_t>(cost);
    }
    small_venue::make_liquidatable(source, 0);
  }
  course at(std::move(source), rules);
  at.pass(1);
  std::vector<std::pair<whole, std::uint32_t>> expected;
  for (std::uint32_t p = 0; p < at.before.positions.size(); ++p) {
    whole key = 0;
    if (rules.liquidation.order == position_order::maintenance) { key = -judge::maintenance_ppm(at.before, p); }
    if (rules.liquidation.order == position_order::loss) { key = judge::profit(at.before, p); }
    expected.emplace_back(key, p);  // Ties: by instrument, long before short, as the book has them.
  }
  std::sort(expected.begin(), expected.end());
  const auto ordered = positions_ordered(at);
  RC_ASSERT(ordered.size() == expected.size());
  for (std::size_t i = 0; i < ordered.size(); ++i) { RC_ASSERT(ordered[i] == expected[i].second); }
}

// ---------------------------------------------------------------------------------------------- target health

/// Lots of each position, by position: in the rulebook's order, one lot after the other, until the target is met.
std::vector<whole> lots_for_health(const book& source, const liquidation_rules& rules,
                                   const std::vector<std::uint32_t>& order) {
  std::vector<whole> closed(source.positions.size(), 0);
  std::vector<whole> required(source.positions.size(), 0);
  std::vector<whole> fees(source.positions.size(), 0);
  for (std::uint32_t p = 0; p < closed.size(); ++p) { required[p] = judge::maintenance_ppm(source, p); }
  const whole own = judge::equity(source, 0);
  const auto met = [&] {
    whole margin = own;
    whole needed = 0;
    for (std::size_t p = 0; p < closed.size(); ++p) {
      margin -= fees[p];
      needed += required[p];
    }
    return margin * 1'000'000 * 1'000'000 >= needed * rules.target_health_ppm;
  };
  for (const std::uint32_t p : order) {
    const std::uint32_t instrument_id = source.positions.instrument[p];
    const judge::contract of = judge::contract_of(source, instrument_id);
    const whole ticks = source.marks[instrument_id].ticks;
    const whole held = source.positions.lots[p];
    while (!met() && closed[p] < judge::size_of(held)) {
      ++closed[p];
      const whole kept = judge::value(of, held < 0 ? held + closed[p] : held - closed[p], ticks);
      required[p] = judge::maintenance_ppm(source, instrument_id, judge::size_of(kept));
      const whole traded = judge::size_of(judge::value(source, p) - kept);
      fees[p] = judge::half_even_of(traded * rules.fee_ppm, 1'000'000);
    }
  }
  return closed;
}

void check_target_health(const small_venue::contract_kinds& kinds, std::uint32_t fee_ppm) {
  rulebook rules;
  rules.liquidation.mode = liquidation_mode::target_health;
  rules.liquidation.surplus_to_account = true;
  rules.liquidation.fee_ppm = fee_ppm;
  rules.liquidation.target_health_ppm = *rc::gen::element(1'000'000U, 1'000'001U, 1'250'000U, 2'000'000U, 10'000'000U);
  rules.liquidation.order =
      *rc::gen::element(position_order::instrument, position_order::maintenance, position_order::loss);
  book source = draw_liquidatable(kinds);
  // Another law tests the order: it is that of closing everything.
  rulebook all = rules;
  all.liquidation.mode = liquidation_mode::whole;
  course closing_all(source, all);
  closing_all.pass(1);
  const auto expected = lots_for_health(source, rules.liquidation, positions_ordered(closing_all));
  course at(std::move(source), rules);
  at.pass(1);
  const auto ordered = lots_ordered(at);
  bool partly = false;
  for (std::size_t p = 0; p < ordered.size(); ++p) {
    RC_ASSERT(judge::size_of(ordered[p]) == expected[p]);
    partly = partly || expected[p] < judge::size_of(at.before.positions.lots[p]);
  }
  RC_TAG(partly ? "in part" : "whole");
}

RC_GTEST_PROP(liquidation_size_law, target_health_closes_just_enough_and_leaves_later_positions_alone, ()) {
  check_target_health({}, 0);
}

RC_GTEST_PROP(liquidation_size_law, target_health_counts_the_fee_in, ()) {
  check_target_health({.inverse = false, .rounded = false},
                      *rc::gen::element(500U, 5'000U, 20'000U, 50'000U, 500'000U));
}

TEST(liquidation_size, tier_down_counts_lots_where_the_floors_count_contracts) {
  for (const std::int64_t lots : {15, 10, 9}) {
    small_book made(0);
    made.contract("A", 0, 0, 100, {{0, 100'000, 100'000}, {10, 200'000, 200'000}});
    made.balance("a", 1).position("a", "A", -lots, -100 * lots);
    book source = made.build();
    source.reference.instruments[0].tiers_by_lots = true;
    rulebook rules;
    rules.liquidation.mode = liquidation_mode::tier_down;
    course at(std::move(source), rules);
    at.pass(1);
    ASSERT_EQ(at.orders.size(), 1U);
    EXPECT_EQ(at.orders[0].lots.raw, lots >= 10 ? lots - 9 : lots);
  }
}

TEST(liquidation_size, target_health_stops_where_it_is_met_exactly) {
  // Equity 60, requirement 100: with a target of 1 the fewest of ten lots of 100 that leave 10 % of the rest at 60.
  small_book made(0);
  made.contract("A", 0, 0, 100, {{0, 100'000, 100'000}});
  made.balance("a", 60).position("a", "A", 10, 1'000);
  rulebook rules;
  rules.liquidation.mode = liquidation_mode::target_health;
  rules.liquidation.target_health_ppm = 1'000'000;
  course at(made.build(), rules);
  at.pass(1);
  ASSERT_EQ(at.orders.size(), 1U);
  EXPECT_EQ(at.orders[0].lots.raw, -4);
}

// -------------------------------------------------------------------------------------------------- cooldown

/// A unit whose orders are never filled, by the description of the rulebook keys: at first a fraction; nothing until
/// the cooldown is over; then everything. A unit that recovers starts again.
struct cooldown_model {
  enum class closes { nothing, fraction, everything };
  std::int64_t until = -1;
  closes at(std::int64_t tick, bool liquidatable, bool small, std::int64_t cooldown) {
    if (!liquidatable) {
      until = -1;
      return closes::nothing;
    }
    if (until >= 0 && tick < until) { return closes::nothing; }
    if (until >= 0 || small) {
      until = -1;
      return closes::everything;
    }
    until = tick + cooldown;
    return closes::fraction;
  }
};

/// Two units, each in a contract of its own, as cross and isolated of one account or as two accounts.
RC_GTEST_PROP(liquidation_size_law, after_a_fraction_the_rest_follows_when_the_cooldown_is_over_and_not_before, ()) {
  const bool one_account = small_venue::draw_half();
  const std::vector<small_band> bands = {{0, 100'000, 200'000}};
  small_book made(0);
  made.contract("A", 0, 0, 100, bands).contract("B", 0, 0, 100, bands);
  made.balance("a", 105).position("a", "A", 10, 1'000);
  const std::string other = one_account ? "a" : "b";
  made.isolated(other, "B", -10, -1'000, 105);
  rulebook rules;
  rules.liquidation.mode = liquidation_mode::fraction;
  rules.liquidation.fraction_ppm = 300'000;
  const std::int64_t cooldown = *rc::gen::inRange<std::int64_t>(1, 5);
  rules.liquidation.cooldown_ns = cooldown * second_ns;
  // At marks of 99 and 101 the units are liquidatable; of a fraction of 3 lots 7 remain, worth 693 and 707.
  const std::int64_t whole_below = *rc::gen::element<std::int64_t>(0, 693, 694, 707, 708);
  rules.liquidation.whole_below = decimal{whole_below, 0};
  course at(made.build(), rules);
  cooldown_model models[2];
  std::int64_t tick = 0;
  for (int step = 0; step < 8; ++step) {
    tick += *rc::gen::inRange<std::int64_t>(1, 3);
    const bool low[2] = {*rc::gen::inRange(0, 4) != 0, *rc::gen::inRange(0, 4) != 0};
    at.now.marks[0].ticks = low[0] ? 99 : 100;
    at.now.marks[1].ticks = low[1] ? 101 : 100;
    if (*rc::gen::inRange(0, 3) == 0) { at.resume(); }
    at.pass(tick);
    whole ordered[2] = {0, 0};
    for (const market_order& order : at.orders) { ordered[order.instrument] += judge::size_of(order.lots.raw); }
    for (int which = 0; which < 2; ++which) {
      const whole notional = which == 0 ? 693 : 707;
      const auto closes = models[which].at(tick, low[which], notional < whole_below, cooldown);
      const whole expected = closes == cooldown_model::closes::nothing    ? 0
                             : closes == cooldown_model::closes::fraction ? 3
                                                                          : 10;
      RC_ASSERT(ordered[which] == expected);
    }
  }
}

}  // namespace
}  // namespace plimsoll
