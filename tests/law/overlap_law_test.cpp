// Laws of ADL against a queue: every winner gives the most lots that leave its equity at or above zero.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tests/law/adl_duel.hpp"

namespace plimsoll {
namespace {

using judge::whole;
using small_venue::course;
using small_venue::duel;
using small_venue::fills_of;
using small_venue::only_adl;
using fill = small_venue::adl_fill;

/// The queue by docs/waterfall.md, section 6: losers ask together, then each alone down to the ladder's end; every
/// winner takes the most lots that leave its equity at or above zero, by search. The haircut of lots is not rounded,
/// but the amounts of a fill are, so two fills may leave a winner a step poorer than one.
std::vector<fill> queue_by_search(const duel& of) {
  const book& source = of.source;
  const judge::contract terms = judge::contract_of(source, 0);
  const whole ticks = source.marks[0].ticks;
  std::vector<whole> equity;
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) { equity.push_back(judge::equity(source, unit)); }
  std::vector<whole> left(source.positions.lots.begin(), source.positions.lots.end());
  std::vector<fill> out;
  const auto account_of = [&](std::uint32_t p) { return source.units.account[source.positions.unit[p]]; };
  const auto value_of_all = [&](std::uint32_t loser) {
    return judge::bankruptcy_values(source, source.positions.unit[loser])[0];
  };
  // Is a lot of `a` no dearer than one of `b`? One mark for all, so the bankruptcy values decide.
  const auto no_dearer = [&](std::uint32_t a, std::uint32_t b) {
    return value_of_all(a) * judge::size_of(source.positions.lots[b]) <=
           value_of_all(b) * judge::size_of(source.positions.lots[a]);
  };
  std::map<std::uint32_t, std::vector<std::uint32_t>>
      refused;  // By winner: losers of whom it could not bear a lot more.
  const auto is_out = [&](std::uint32_t winner, std::uint32_t loser) {
    const auto& those = refused[winner];
    return std::any_of(those.begin(), those.end(), [&](std::uint32_t one) { return no_dearer(one, loser); });
  };
  // Closes up to `asked` lots of a loser against a winner; returns how many the winner can bear of them.
  const auto close = [&](std::uint32_t loser, std::uint32_t winner, whole asked) {
    const whole held = source.positions.lots[loser];
    const whole sign = held < 0 ? -1 : 1;
    const whole value = value_of_all(loser);
    const std::uint32_t unit = source.positions.unit[winner];
    // Haircut of k lots: k / held of the bankruptcy value, less k lots at the mark; both exact.
    const judge::fraction mark_of_one = judge::worth(terms, sign, ticks);
    const auto bears = [&](whole k) {
      const whole den = judge::size_of(held) * mark_of_one.den;
      const whole haircut = k * (value * mark_of_one.den - mark_of_one.num * judge::size_of(held));
      return equity[unit] * den >= haircut;
    };
    whole lots = asked;
    while (lots > 0 && !bears(lots)) { --lots; }
    if (lots < asked) { refused[winner].push_back(loser); }
    if (lots == 0) { return lots; }
    const whole gone = judge::size_of(held) - judge::size_of(left[loser]);
    whole part = judge::part_of(judge::size_of(value), gone, lots, judge::size_of(held));
    if (value < 0) { part = -part; }
    const whole before = judge::value(terms, left[winner], ticks);
    left[loser] -= sign * lots;
    left[winner] += sign * lots;
    equity[unit] += judge::value(terms, left[winner], ticks) - before - part;
    out.push_back({loser, winner, lots});
    return lots;
  };
  // One asking: the queue gives its lots in ladder order until the demand is served, then losers take the given lots.
  const auto ask = [&](const std::vector<std::uint32_t>& losers, bool alone, bool& met_refusal) {
    whole demand = 0;
    for (const std::uint32_t loser : losers) { demand += judge::size_of(left[loser]); }
    std::map<std::uint32_t, whole> given;
    for (const std::uint32_t winner : of.winners) {
      const bool out_for_all = std::all_of(losers.begin(), losers.end(), [&](std::uint32_t loser) {
        return left[loser] == 0 || is_out(winner, loser) || (alone && account_of(winner) == account_of(loser));
      });
      given[winner] = out_for_all ? 0 : std::min(demand, judge::size_of(left[winner]));
      demand -= given[winner];
    }
    whole closed = 0;
    met_refusal = false;
    for (const std::uint32_t loser : losers) {
      for (const std::uint32_t winner : of.winners) {
        const whole asked = std::min(judge::size_of(left[loser]), given[winner]);
        if (asked == 0 || account_of(winner) == account_of(loser) || is_out(winner, loser)) { continue; }
        const whole lots = close(loser, winner, asked);
        met_refusal = met_refusal || lots < asked;
        given[winner] -= lots;
        closed += lots;
      }
    }
    return closed > 0;
  };
  bool met_refusal = false;
  while (ask(of.losers, false, met_refusal)) {}
  for (const std::uint32_t loser : of.losers) {
    while (left[loser] != 0 && (ask({loser}, true, met_refusal) || met_refusal)) {}
  }
  return out;
}

/// By loser and winner: the order in which an asking visits the pairs does not matter.
std::vector<fill> summed(std::vector<fill> fills) {
  std::vector<fill> out;
  std::stable_sort(fills.begin(), fills.end(), [](const fill& a, const fill& b) {
    return std::pair(a.loser, a.winner) < std::pair(b.loser, b.winner);
  });
  for (const fill& one : fills) {
    if (!out.empty() && out.back().loser == one.loser && out.back().winner == one.winner) {
      out.back().lots += one.lots;
    } else {
      out.push_back(one);
    }
  }
  return out;
}

void check_queue(duel of) {
  const auto expected = queue_by_search(of);
  course at(std::move(of.source), only_adl());
  at.pass(1);
  const auto fills = fills_of(at);
  const bool same = summed(fills) == summed(expected);
  if (!same) {
    for (const fill& one : expected) {
      RC_LOG() << "expected " << one.loser << ' ' << one.winner << ' ' << judge::small(one.lots) << '\n';
    }
    for (const fill& one : fills) {
      RC_LOG() << "got " << one.loser << ' ' << one.winner << ' ' << judge::small(one.lots) << '\n';
    }
  }
  RC_ASSERT(same);
  RC_TAG(at.outcome.lots_passed_on > 0 ? "overlap" : "no overlap");
}

RC_GTEST_PROP(overlap_law, one_winner_gives_the_most_lots_that_leave_its_equity_at_or_above_zero, ()) {
  check_queue(small_venue::draw_duel({.losers_max = 1, .winners_max = 1, .inverse = small_venue::draw_half()}));
}

RC_GTEST_PROP(overlap_law, the_same_where_values_fall_between_steps, ()) {
  check_queue(small_venue::draw_duel(
      {.losers_max = 1, .winners_max = 1, .inverse = small_venue::draw_half(), .rounded = true}));
}

RC_GTEST_PROP(overlap_law, each_loser_asks_down_the_ladder_until_its_end, ()) {
  check_queue(small_venue::draw_duel({.both_sides = small_venue::draw_half()}));
}

RC_GTEST_PROP(overlap_law, a_winner_whose_equity_pays_for_a_number_of_lots_exactly_gives_that_number, ()) {
  // A lot costs its winner 10: bankruptcy price 110 of a long, mark 100.
  const std::int64_t lots = *rc::gen::inRange<std::int64_t>(1, 20);
  const std::int64_t able = *rc::gen::inRange<std::int64_t>(0, 20);
  const std::int64_t off = *rc::gen::element<std::int64_t>(-1, 0, 1, 9);
  RC_PRE(able * 10 + off >= 0);
  small_book made(0);
  made.contract("A", 0, 0, 100, {{0, 0, 1}});
  made.balance("l", -10 * lots).position("l", "A", lots, 100 * lots);
  made.balance("w", able * 10 + off).position("w", "A", -lots, -100 * lots);
  course at(made.build(), only_adl());
  at.pass(1);
  const std::int64_t expected = std::min(lots, off < 0 ? able - 1 : able);
  whole given = 0;
  for (const fill& one : fills_of(at)) { given += one.lots; }
  RC_ASSERT(given == expected);
  RC_ASSERT(judge::equity(at.now, unit_of(at.now, "w")) >= 0);
}

/// The fill's own part of the bankruptcy value as a price: on the price step, up for a long, down for a short.
whole price_of_part(const judge::contract& of, whole lots, whole part) {
  constexpr whole most = whole{1} << 40;
  const whole count = judge::size_of(lots) * of.num;
  const whole worth = judge::size_of(part) * of.den;
  const whole num = of.inverse ? count : worth;
  const whole den = of.inverse ? worth : count;
  if (den == 0) { return most; }
  const whole ticks = lots > 0 ? judge::ceiling_of(num, den) : judge::floor_of(num, den);
  return std::clamp<whole>(ticks, 1, most);
}

/// The amounts of an ADL plan: the loser gets its part of the bankruptcy value, the winner the exact negative, each
/// less the cost that its own position releases.
RC_GTEST_PROP(overlap_law, each_fill_moves_the_losers_next_part_of_the_bankruptcy_value, ()) {
  duel of = small_venue::draw_duel(
      {.inverse = small_venue::draw_half(), .rounded = true, .both_sides = small_venue::draw_half()});
  course at(std::move(of.source), only_adl());
  at.pass(1);
  std::vector<whole> lots(at.before.positions.lots.begin(), at.before.positions.lots.end());
  std::vector<whole> cost(at.before.positions.cost.begin(), at.before.positions.cost.end());
  std::vector<whole> gone(lots.size(), 0);
  for (const ledger_plan& plan : at.plans(ledger_step::adl)) {
    RC_ASSERT(plan.legs.size() == 2U);
    const ledger_leg& loser = plan.legs[0];
    const ledger_leg& winner = plan.legs[1];
    const whole count = judge::size_of(loser.lots);
    const whole value = judge::bankruptcy_values(at.before, loser.unit)[0];
    const whole held = judge::size_of(at.before.positions.lots[loser.position]);
    whole part = judge::part_of(judge::size_of(value), gone[loser.position], count, held);
    if (value < 0) { part = -part; }
    gone[loser.position] += count;
    for (const ledger_leg* leg : {&loser, &winner}) {
      const std::uint32_t p = leg->position;
      const whole released = judge::released(cost[p], count, lots[p]);
      RC_ASSERT(leg->cost == -released);
      RC_ASSERT(leg->amount == (leg == &loser ? part : -part) - released);
      lots[p] += leg->lots;
      cost[p] -= released;
    }
    RC_ASSERT(loser.lots == -winner.lots);
    RC_ASSERT(loser.price_ticks == winner.price_ticks);
    RC_ASSERT(loser.price_ticks == price_of_part(judge::contract_of(at.before, 0), -loser.lots, part));
  }
}

}  // namespace
}  // namespace plimsoll
