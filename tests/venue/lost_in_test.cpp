// The results of closings that are stored per unit, by the legs of hand-made plans.
#include "host/execute/lost_in.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/venue/small_book.hpp"

namespace plimsoll {
namespace {

/// Long 10 of M at a mark, at a cost of 700, and an isolated short of 10.
book one_long(std::int64_t mark_ticks) {
  small_book made(0);
  made.contract("M", 0, 0, mark_ticks, {{0, 10'000, 20'000}});
  made.balance("a", 1'000).position("a", "M", 10, 700).isolated("a", "M", -10, -700, 100);
  return made.build();
}

/// A leg that closes 4 lots, and with them a cost of 280, and the amount that the unit receives beyond that.
ledger_leg closing_leg(const book& source, std::uint32_t unit, std::int64_t amount) {
  ledger_leg leg;
  leg.unit = unit;
  leg.position = source.units.first_position[unit];
  leg.instrument = 0;
  leg.lots = -4;
  leg.cost = -280;
  leg.amount = amount;
  return leg;
}

/// The stored result of the account's cross unit in M.
int128 kept(const book& source, const ledger_leg& leg, bool at_mark) {
  gone_results gone;
  const ledger_plan plan{1, ledger_step::update, "test", {leg}};
  add_closings(gone, source, std::vector<ledger_plan>{plan}, at_mark);
  const auto found = gone.find(unit_key(source, unit_of(source, "a")));
  return found == gone.end() ? int128{0} : found->second.at(0);
}

TEST(lost_in, a_closing_counts_at_its_trade_or_at_the_mark) {
  for (const std::int64_t mark_ticks : {1, 2, 100}) {
    const book source = one_long(mark_ticks);
    const ledger_leg leg = closing_leg(source, unit_of(source, "a"), 77);
    EXPECT_EQ(kept(source, leg, false), 77);
    EXPECT_EQ(kept(source, leg, true), 4 * mark_ticks - 280) << "at a mark of " << mark_ticks;
  }
}

TEST(lost_in, without_a_mark_the_trade_counts) {
  book source = one_long(100);
  source.marks[0].ticks = no_ticks;
  EXPECT_EQ(kept(source, closing_leg(source, unit_of(source, "a"), 77), true), 77);
}

TEST(lost_in, what_moves_no_position_or_an_isolated_one_is_no_result_of_an_instrument) {
  const book source = one_long(100);
  ledger_leg transfer = closing_leg(source, unit_of(source, "a"), 77);
  transfer.position = no_id;
  EXPECT_EQ(kept(source, transfer, false), 0);
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    if (!source.units.code[unit].is_isolated()) { continue; }
    gone_results gone;
    const ledger_plan plan{1, ledger_step::update, "test", {closing_leg(source, unit, 77)}};
    add_closings(gone, source, std::vector<ledger_plan>{plan}, false);
    EXPECT_TRUE(gone.empty());
  }
}

TEST(lost_in, results_of_a_unit_add_up_by_instrument) {
  const book source = one_long(100);
  gone_results gone;
  const std::uint32_t unit = unit_of(source, "a");
  const std::vector<ledger_leg> legs = {closing_leg(source, unit, 77), closing_leg(source, unit, -100),
                                        closing_leg(source, unit, 0)};
  add_closings(gone, source, std::vector<ledger_plan>{{1, ledger_step::update, "test", legs}}, false);
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone.begin()->second.at(0), -23);
}

TEST(lost_in, a_unit_is_found_by_the_key_that_it_has) {
  const book source = one_long(100);
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    EXPECT_EQ(find_unit(source, unit_key(source, unit)), unit);
  }
  EXPECT_EQ(find_unit(source, "b\ncross:USD"), no_id);
  EXPECT_EQ(find_unit(source, "a\ncross:EUR"), no_id);
}

/// Fills every order whole at one price, as the next tick begins.
class late_market final : public market {
 public:
  explicit late_market(std::int64_t price_ticks) : price_ticks_(price_ticks) {}
  void begin_tick(moment, std::span<const mark>) override { ready_.swap(waiting_); }
  void send(const market_order& order) override {
    waiting_.push_back({order.id, 1, answer_kind::fill, {std::abs(order.lots.raw)}, {price_ticks_}});
  }
  void cancel(order_id) override {}
  void take_answers(std::vector<market_answer>& out) override {
    out.insert(out.end(), ready_.begin(), ready_.end());
    ready_.clear();
  }
  [[nodiscard]] std::int64_t pushed_ticks(std::uint32_t) const override { return 0; }

 private:
  std::int64_t price_ticks_;
  std::vector<market_answer> waiting_, ready_;
};

TEST(lost_in, a_fill_between_ticks_is_kept_where_a_fund_asks_for_it) {
  for (const bool by_instrument : {true, false}) {
    small_book made(0, std::string("[liquidation]\nmode = \"whole\"\n[fund]\nscope = \"") +
                           (by_instrument ? "instrument" : "asset") + "\"\n");
    made.contract("M", 0, 0, 100, {{0, 10'000, 20'000}});
    made.balance("L", 105).position("L", "M", 10, 1'100);
    book source = made.build();
    waterfall_executor run(source, source.reference.venue.rules, std::make_unique<late_market>(100));
    ASSERT_TRUE(run.begin_tick(1, source.marks).has_value());
    ASSERT_TRUE(run.run(1, view_of(scan_for(source))).has_value());
    ASSERT_EQ(run.orders().open.size(), 1U);
    EXPECT_TRUE(run.state().gone.empty());
    ASSERT_TRUE(run.begin_tick(2, source.marks).has_value());
    ASSERT_EQ(source.positions.lots[0], 0);
    const gone_results gone = run.state().gone;
    ASSERT_EQ(gone.size(), by_instrument ? 1U : 0U);
    if (by_instrument) { EXPECT_EQ(gone.begin()->second.at(0), 1'000 - 1'100); }
  }
}

TEST(lost_in, what_an_executor_keeps_by_id_gets_the_ids_of_a_listing) {
  small_book made(0);
  made.contract("M", 0, 0, 100, {{0, 10'000, 20'000}}).balance("L", 1);
  book source = made.build();
  const rulebook rules = source.reference.venue.rules;
  waterfall_executor run(source, rules, make_simulated_market(source, rules.market));
  executor_state kept = run.state();
  working_order order;
  order.place = {"L", unit_code::isolated(0, position_side::short_side), 0, position_side::short_side};
  kept.orders.open[{1, 1}] = order;
  kept.orders.freed.push_back({order.place, 3});
  kept.backstop_used[0] = 500;
  kept.gone["L\ncross:USD"][0] = -7;
  kept.market.consumed = {1, 2};
  kept.market.consumed_at = {3, 4};
  run.restore(kept);
  // Two instruments and an asset that come before the old ones.
  reference_data next = source.reference;
  next.instruments.insert(next.instruments.end(), 2, next.instruments[0]);
  next.assets.push_back(next.assets[0]);
  reference_change change;
  change.instrument_ids = {2};
  change.asset_ids = {1};
  change.instruments_added = 2;
  change.assets_added = 1;
  run.renumber(change, next)();
  const executor_state now = run.state();
  const order_place place{"L", unit_code::isolated(2, position_side::short_side), 2, position_side::short_side};
  EXPECT_EQ(now.orders.open.at({1, 1}).place, place);
  EXPECT_EQ(now.orders.freed.at(0).place, place);
  EXPECT_EQ(now.backstop_used, (std::map<std::uint32_t, int128>{{1, 500}}));
  EXPECT_EQ(now.gone, (gone_results{{"L\ncross:USD", {{2, -7}}}}));
  EXPECT_EQ(now.market.consumed, (std::vector<std::uint64_t>{0, 0, 0, 0, 1, 2}));
  EXPECT_EQ(now.market.consumed_at, (std::vector<std::int64_t>{0, 0, 0, 0, 3, 4}));
}

}  // namespace
}  // namespace plimsoll
