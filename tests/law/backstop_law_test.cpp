// Laws of the backstop: the units it takes, before or after the market, and its capacity over its whole life.
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

/// The lots that the backstop takes from the rest of a position: the most lots whose unrounded part of the bankruptcy
/// value fits the rest of its capacity.
class capacity_model {
 public:
  explicit capacity_model(std::optional<whole> capacity) : left_(capacity) {}

  /// Of |held| lots `gone` went to the market and `wanted` are left to be closed; returns lots taken, and through
  /// `part` their |bankruptcy value|.
  whole take(whole value, whole gone, whole wanted, whole held, whole& part) {
    const whole all = judge::size_of(value);
    whole lots = wanted;
    while (left_ && lots > 0 && (*left_ <= 0 || all * lots > *left_ * held)) { --lots; }
    part = judge::part_of(all, gone, lots, held);
    if (left_) { *left_ -= part; }
    return lots;
  }

 private:
  std::optional<whole> left_;
};

/// Lots and |bankruptcy value| by position that went to the backstop in a pass.
struct taken_over {
  std::vector<whole> lots, part;
};

taken_over taken_in(const course& at) {
  taken_over out{std::vector<whole>(at.before.positions.size(), 0), std::vector<whole>(at.before.positions.size(), 0)};
  for (const ledger_plan& plan : at.plans(ledger_step::backstop)) {
    RC_ASSERT(plan.legs.size() == 2U);
    const ledger_leg& customer = plan.legs[0];
    const ledger_leg& taker = plan.legs[1];
    RC_ASSERT(taker.unit == no_id && taker.system == system_account::backstop);
    RC_ASSERT(taker.lots == -customer.lots && taker.amount == 0);
    RC_ASSERT((customer.lots < 0) == (at.before.positions.lots[customer.position] > 0));
    RC_ASSERT(out.lots[customer.position] == 0);
    out.lots[customer.position] = judge::size_of(customer.lots);
    out.part[customer.position] = taker.cost;
    // The unit gets the bankruptcy value less the cost that is released.
    RC_ASSERT(whole{customer.amount} - customer.cost == taker.cost);
  }
  return out;
}

/// Several units of a few positions, some flagged from the start.
book draw_units(drawn_venue& venue, int count) {
  for (int i = 0; i < count; ++i) { small_venue::draw_positions(venue, std::string(1, static_cast<char>('a' + i))); }
  return venue.made.build();
}

RC_GTEST_PROP(backstop_law, its_capacity_holds_over_all_ticks_and_a_resume, ()) {
  constexpr int units = 4;
  drawn_venue venue = small_venue::draw_venue();
  book source = draw_units(venue, units);
  for (std::uint32_t unit = 0; unit < units; ++unit) {
    small_venue::set_equity(source, unit, small_venue::liquidatable_at_most(source, unit) + 1 + 10);
  }
  rulebook rules;
  rules.adl.enabled = false;
  rules.socialise.enabled = false;
  rules.backstop.enabled = true;
  std::optional<whole> capacity;
  if (*rc::gen::inRange(0, 5) != 0) {
    capacity = *rc::gen::inRange<std::int64_t>(0, *rc::gen::element<std::int64_t>(20, 1'000, 60'000));
    rules.backstop.capacity = decimal{*capacity, 2};
  }
  capacity_model model(capacity);
  course at(std::move(source), rules);
  whole sum = 0;
  for (std::int64_t tick = 1; tick <= 4; ++tick) {
    for (std::uint32_t unit = 0; unit < units; ++unit) {
      if (*rc::gen::inRange(0, 3) != 0) { continue; }
      // Somewhere between bankrupt and healthy.
      const auto down =
          static_cast<std::int64_t>(judge::equity(at.now, unit)) + *rc::gen::inRange<std::int64_t>(-20, 40);
      if (down > 0) { at.deposit(unit, -down); }
    }
    if (*rc::gen::inRange(0, 3) == 0) { at.resume(); }
    at.pass(tick);
    const taken_over taken = taken_in(at);
    std::vector<whole> expected(taken.lots.size(), 0);
    for (const std::uint32_t unit : at.flagged) {
      const auto values = judge::bankruptcy_values(at.before, unit);
      const std::uint32_t first = at.before.units.first_position[unit];
      for (std::uint32_t p = first; p < at.before.units.first_position[unit + 1]; ++p) {
        if (at.before.positions.lots[p] == 0) { continue; }
        const whole held = judge::size_of(at.before.positions.lots[p]);
        whole part = 0;
        expected[p] = model.take(values[p - first], 0, held, held, part);
        RC_ASSERT(taken.lots[p] == expected[p]);
        RC_ASSERT(expected[p] == 0 || judge::size_of(taken.part[p]) == part);
        RC_ASSERT(expected[p] == 0 || part == 0 || (taken.part[p] < 0) == (values[p - first] < 0));
        sum += part;
      }
    }
    RC_ASSERT(taken.lots == expected);
    RC_ASSERT(!capacity || sum <= *capacity);
  }
  RC_TAG(capacity && sum == *capacity ? "used up exactly" : sum > 0 ? "used" : "untouched");
}

RC_GTEST_PROP(backstop_law, below_health_is_strict_and_such_a_unit_passes_the_market_by, ()) {
  drawn_venue venue = small_venue::draw_venue();
  book source = draw_units(venue, 1);
  rulebook rules;
  rules.backstop.enabled = true;
  rules.backstop.below_health_ppm = *rc::gen::element(1U, 300'000U, 500'000U, 666'667U, 1'000'000U);
  // The mode applies to the market only, so a unit below the threshold is taken whole.
  rules.liquidation.mode = *rc::gen::element(liquidation_mode::whole, liquidation_mode::fraction);
  const whole required = judge::unit_maintenance_ppm(source, 0);
  // Around the threshold: equity x 10^12 against MM in 10^-6 x the health in 10^-6.
  const whole threshold = judge::ceiling_of(required * *rules.backstop.below_health_ppm, 1'000'000'000'000);
  const whole equity = threshold + *rc::gen::inRange<std::int64_t>(-2, 3);
  RC_PRE(equity >= 0 && equity * 1'000'000 < required);
  small_venue::set_equity(source, 0, equity);
  const bool below = equity * 1'000'000 * 1'000'000 < required * *rules.backstop.below_health_ppm;
  std::optional<whole> capacity;
  if (small_venue::draw_half()) {
    capacity = *rc::gen::inRange<std::int64_t>(0, 4'000);
    rules.backstop.capacity = decimal{*capacity, 2};
  }
  course at(std::move(source), rules);
  at.pass(1);
  const taken_over taken = taken_in(at);
  const auto values = judge::bankruptcy_values(at.before, 0);
  capacity_model model(capacity);
  std::size_t orders = 0;
  for (std::uint32_t p = 0; p < taken.lots.size(); ++p) {
    const whole held = judge::size_of(at.before.positions.lots[p]);
    whole part = 0;
    const whole lots = below ? model.take(values[p], 0, held, held, part) : 0;
    RC_ASSERT(taken.lots[p] == lots);
    // A unit that exceeds the capacity goes to the market whole.
    if (lots == held) { continue; }
    RC_ASSERT(orders < at.orders.size());
    RC_ASSERT(at.orders[orders].instrument == at.before.positions.instrument[p]);
    RC_ASSERT(!below || judge::size_of(at.orders[orders].lots.raw) == held - lots);
    ++orders;
  }
  RC_ASSERT(orders == at.orders.size());
  RC_TAG(below ? "below" : "not below");
}

TEST(backstop, a_health_of_just_the_threshold_is_not_below_it) {
  for (const std::int64_t equity : {49, 50, 51}) {
    small_book made(0);
    made.contract("A", 0, 0, 100, {{0, 100'000, 100'000}});
    made.balance("a", equity).position("a", "A", 10, 1'000);  // MM 100.
    rulebook rules;
    rules.backstop.enabled = true;
    rules.backstop.below_health_ppm = 500'000;
    course at(made.build(), rules);
    at.pass(1);
    EXPECT_EQ(at.plans(ledger_step::backstop).size(), equity < 50 ? 1U : 0U) << equity;
    EXPECT_EQ(at.orders.size(), equity < 50 ? 0U : 1U) << equity;
  }
}

/// The positions that it takes after the market, and their lots: those to be closed that were not filled.
RC_GTEST_PROP(backstop_law, it_takes_what_the_market_left_of_what_was_to_be_closed, ()) {
  drawn_venue venue = small_venue::draw_venue();
  book source = draw_units(venue, 1);
  const bool bankrupt = small_venue::draw_half();
  if (bankrupt) {
    small_venue::set_equity(source, 0, -*rc::gen::inRange<std::int64_t>(1, 300));
  } else {
    small_venue::make_liquidatable(source, 0);
  }
  rulebook rules;
  rules.adl.enabled = false;
  rules.socialise.enabled = false;
  rules.backstop.enabled = true;
  rules.backstop.takes_bankrupt = small_venue::draw_half();
  if (*rc::gen::inRange(0, 3) == 0) { rules.backstop.below_health_ppm = 0; }
  std::optional<whole> capacity;
  if (small_venue::draw_half()) {
    capacity = *rc::gen::inRange<std::int64_t>(0, 4'000);
    rules.backstop.capacity = decimal{*capacity, 2};
  }
  rules.liquidation.mode =
      *rc::gen::element(liquidation_mode::whole, liquidation_mode::fraction, liquidation_mode::tier_down);
  rules.liquidation.fraction_ppm = 400'000;
  const bool takes_rest = bankrupt ? rules.backstop.takes_bankrupt : !rules.backstop.below_health_ppm;
  std::vector<whole> filled_of_order;
  course at(std::move(source), rules, [&](const market_order& order) {
    const std::uint64_t lots = *rc::gen::inRange<std::uint64_t>(0, magnitude(order.lots.raw) + 1);
    filled_of_order.push_back(lots);
    return lots == 0 ? std::vector<order_fill>{} : std::vector<order_fill>{{lots, order.limit.raw}};
  });
  at.pass(1);
  const auto values = judge::bankruptcy_values(at.before, 0);
  const taken_over taken = taken_in(at);
  capacity_model model(capacity);
  RC_ASSERT(at.orders.size() == values.size());
  for (std::size_t i = 0; i < at.orders.size(); ++i) {  // By instrument, long before short: as the book has them.
    const auto p = static_cast<std::uint32_t>(i);
    RC_ASSERT(at.orders[i].instrument == at.before.positions.instrument[p]);
    const whole held = judge::size_of(at.before.positions.lots[p]);
    const whole ordered = judge::size_of(at.orders[i].lots.raw);
    whole part = 0;
    // Only lots to be closed count: of a position that is reduced it takes no more than those.
    whole lots = 0;
    if (takes_rest && filled_of_order[i] < ordered) {
      lots = model.take(values[p], filled_of_order[i], ordered - filled_of_order[i], held, part);
    }
    RC_ASSERT(taken.lots[p] == lots);
  }
}

}  // namespace
}  // namespace plimsoll
