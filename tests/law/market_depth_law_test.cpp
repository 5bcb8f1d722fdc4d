// Laws of the simulated market: the lots and prices of each order, and the recovery of consumed depth.
#include <algorithm>
#include <optional>

#include <boost/multiprecision/cpp_int.hpp>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tests/law/small_venue.hpp"

namespace plimsoll {
namespace {

using judge::whole;
using small_venue::order_fill;

/// floor(amount x 2^(-elapsed / half_life)): the largest q with q^half_life x 2^elapsed <= amount^half_life.
whole left_after_search(whole amount, std::int64_t elapsed, std::int64_t half_life) {
  using wide = boost::multiprecision::cpp_int;
  if (elapsed <= 0) { return amount; }
  if (half_life == 0) { return 0; }
  const auto power = [&](whole base) {
    wide out = 1;
    for (std::int64_t i = 0; i < half_life; ++i) { out *= wide(judge::small(base)); }
    return out;
  };
  const wide all = power(amount);
  whole low = 0;
  whole high = amount;
  while (low < high) {
    const whole middle = (low + high + 1) / 2;
    if ((power(middle) << static_cast<unsigned>(elapsed)) <= all) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

/// Depth in a hundred slices of the move, each trading at its far end on the step towards the mark.
struct depth_model {
  const market_rules& rules;
  judge::contract terms;
  whole mark = 0;   ///< The feed's.
  whole depth = 0;  ///< Lots.
  std::int64_t tick = 0;
  whole consumed[2] = {0, 0};  ///< Of bids, of asks; as of the tick below.
  std::int64_t traded_at[2] = {0, 0};
  std::optional<whole> pushed;  ///< By this tick's last trade.

  void begin_tick(std::int64_t at, whole ticks) {
    tick = at;
    mark = ticks;
    pushed.reset();
    const whole steps = rules.depth.at("").mantissa;
    const judge::fraction lot = judge::worth(terms, terms.inverse ? -1 : 1, mark);
    depth = judge::floor_of(steps * lot.den, lot.num);
  }

  [[nodiscard]] whole edge(whole slice) const {
    return rules.shape == market_rules::impact::linear ? slice * depth / 100 : slice * slice * depth / 10'000;
  }

  std::vector<order_fill> trade(const market_order& order) {
    std::vector<order_fill> fills;
    const bool buys = order.lots.raw > 0;
    const int side = buys ? 1 : 0;
    if (rules.shape == market_rules::impact::none || depth == 0) { return fills; }
    whole gone = left_after_search(consumed[side], tick - traded_at[side], rules.half_life_ns / second_ns);
    whole left = judge::size_of(order.lots.raw);
    for (whole slice = 1; slice <= 10'000 && left > 0; ++slice) {
      const whole away = mark * rules.depth_move_ppm * slice / 100'000'000;
      const whole price = buys ? mark + away : mark - away;
      if (price < 1 || (buys ? price > order.limit.raw : price < order.limit.raw)) { break; }
      const whole lots = std::min(left, edge(slice) - gone);
      if (lots <= 0) { continue; }
      if (!fills.empty() && fills.back().price_ticks == price) {
        fills.back().lots += static_cast<std::uint64_t>(lots);
      } else {
        fills.push_back({static_cast<std::uint64_t>(lots), judge::small(price)});
      }
      gone += lots;
      left -= lots;
    }
    if (!fills.empty()) {
      consumed[side] = gone;
      traded_at[side] = tick;
      // Towards the mark, because a part of a step is cut off.
      pushed = (fills.back().price_ticks - mark) * rules.permanent_ppm / 1'000'000;
    }
    return fills;
  }
};

RC_GTEST_PROP(market_depth_law, orders_walk_the_slices_outward_from_what_is_still_consumed, ()) {
  auto venue = small_venue::draw_venue({.count_max = 1});
  book source = venue.made.build();
  market_rules rules;
  rules.shape = *rc::gen::element(market_rules::impact::linear, market_rules::impact::square_root);
  rules.depth[""] =
      decimal{*rc::gen::inRange<std::int64_t>(1, *rc::gen::element<std::int64_t>(100, 100'000, 10'000'000)), 2};
  rules.depth_move_ppm = *rc::gen::element(1'000U, 10'000U, 33'333U, 500'000U);
  rules.half_life_ns = *rc::gen::element<std::int64_t>(0, 1, 2, 3, 5) * second_ns;
  rules.permanent_ppm = *rc::gen::element(0U, 300'000U, 1'000'000U);
  depth_model model{rules, judge::contract_of(source, 0), 0, 0, 0, {0, 0}, {0, 0}, {}};
  std::unique_ptr<market> venue_market = make_simulated_market(source, rules);
  std::int64_t tick = 0;
  bool traded = false;
  for (int step = 0; step < 5; ++step) {
    tick += *rc::gen::inRange<std::int64_t>(1, 8);
    source.marks[0].ticks = *rc::gen::inRange<std::int64_t>(1, *rc::gen::element<std::int64_t>(100, 1'000'000));
    if (small_venue::draw_half()) {
      market_state kept = venue_market->state();
      venue_market = make_simulated_market(source, rules);
      venue_market->restore(std::move(kept));
    }
    venue_market->begin_tick(tick, source.marks);
    model.begin_tick(tick, source.marks[0].ticks);
    for (int orders = *rc::gen::inRange(0, 4); orders > 0; --orders) {
      market_order order;
      order.id = {static_cast<std::uint64_t>(step + 1), static_cast<std::uint32_t>(orders)};
      const auto most = static_cast<std::int64_t>(std::min<whole>(model.depth * 2 + 2, 1'000'000'000));
      order.lots = {*rc::gen::inRange<std::int64_t>(1, most) * (small_venue::draw_half() ? 1 : -1)};
      order.limit = {*rc::gen::element<std::int64_t>(
          order.lots.raw > 0 ? std::int64_t{1} << 40 : 1,
          std::max<std::int64_t>(1, source.marks[0].ticks * *rc::gen::inRange<std::int64_t>(90, 111) / 100))};
      venue_market->send(order);
      std::vector<market_answer> answers;
      venue_market->take_answers(answers);
      const auto fills = model.trade(order);
      RC_ASSERT(answers.size() == fills.size() + 1);
      for (std::size_t i = 0; i < fills.size(); ++i) {
        RC_ASSERT(answers[i].kind == answer_kind::fill && answers[i].order == order.id);
        RC_ASSERT(answers[i].sequence == i + 1);
        RC_ASSERT(static_cast<std::uint64_t>(answers[i].lots.raw) == fills[i].lots);
        RC_ASSERT(answers[i].price.raw == fills[i].price_ticks);
        traded = true;
      }
      RC_ASSERT(answers.back().kind == answer_kind::done);
    }
    RC_ASSERT(venue_market->has_pushed(0) == model.pushed.has_value());
    if (model.pushed) { RC_ASSERT(venue_market->pushed_ticks(0) == *model.pushed); }
  }
  RC_TAG(traded ? "traded" : "nothing traded");
}

}  // namespace
}  // namespace plimsoll
