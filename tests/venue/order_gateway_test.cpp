// Orders through an embedder's gateway: answers that come late, twice, in the wrong order or not at all.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/book/rebuild.hpp"
#include "host/execute/gateway_market.hpp"
#include "tests/venue/small_book.hpp"

namespace plimsoll {
namespace {

using testing::HasSubstr;

/// A venue driven by the test: it stores the orders that it was sent, and the test answers.
class hand_gateway final : public order_gateway {
 public:
  using order_gateway::order_gateway;
  void send(const market_order& order) override {
    sent.push_back(order);
    if (rejects) { tell({order.id, 1, answer_kind::rejected, {}, {}}); }
  }
  void cancel(order_id order) override { cancelled.push_back(order); }
  void tell(const market_answer& one) { EXPECT_TRUE(answer(one)); }
  /// Answers to the last order.
  void accept(std::uint32_t sequence) { tell({sent.back().id, sequence, answer_kind::accepted, {}, {}}); }
  void fill(std::uint32_t sequence, std::int64_t lots, std::int64_t price) {
    tell({sent.back().id, sequence, answer_kind::fill, {lots}, {price}});
  }
  void finish(std::uint32_t sequence) { tell({sent.back().id, sequence, answer_kind::done, {}, {}}); }
  void reject(std::uint32_t sequence) { tell({sent.back().id, sequence, answer_kind::rejected, {}, {}}); }

  bool rejects = false;
  std::vector<market_order> sent;
  std::vector<order_id> cancelled;
};

constexpr std::int64_t timeout = 3;

/// A book that goes through ticks, with its invariants checked after each. Closed rows leave it, so ids change.
class small_world {
 public:
  explicit small_world(const small_book& made, std::size_t inbox_max = 1024) : source(made.build()) {
    auto own = std::make_unique<hand_gateway>(inbox_max);
    gateway = own.get();
    engine = std::make_unique<waterfall_executor>(
        source, source.reference.venue.rules, std::make_unique<gateway_market>(std::move(own)), timeout * second_ns);
    opening_ = engine->books().sums();
  }

  void tick() {
    ++now;
    auto began = engine->begin_tick(now, source.marks);
    ASSERT_TRUE(began.has_value()) << began.error().message;
    begun = std::move(began).value();
    if (!begun.plans.empty()) { source = drop_closed(std::move(source)); }
    auto outcome = engine->run(now, view_of(scan_for(source)));
    ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
    ran = std::move(outcome).value();
    source = drop_closed(std::move(source));
    EXPECT_EQ(engine->books().sums(), opening_);
  }

  [[nodiscard]] std::int64_t balance(std::string_view account) const {
    return source.units.balance[unit_of(source, account)];
  }
  [[nodiscard]] std::int64_t lots(std::string_view account) const {
    std::int64_t sum = 0;
    const std::uint32_t unit = unit_of(source, account);
    for (std::uint32_t p = source.units.first_position[unit]; p < source.units.first_position[unit + 1]; ++p) {
      sum += source.positions.lots[p];
    }
    return sum;
  }
  [[nodiscard]] int128 held(system_account account) const {
    const auto& positions = engine->books().holdings(account).positions;
    return positions.count(0) != 0 ? positions.at(0).lots : 0;
  }
  [[nodiscard]] std::string refusal() const {
    return begun.orders.refused.empty() ? "" : begun.orders.refused.front().reason;
  }
  [[nodiscard]] int plans(ledger_step step) const {
    int count = 0;
    for (const ledger_plan& plan : ran.plans) { count += plan.step == step ? 1 : 0; }
    return count;
  }

  book source;
  hand_gateway* gateway = nullptr;
  std::unique_ptr<waterfall_executor> engine;
  std::int64_t now = 0;
  tick_outcome begun;
  tick_outcome ran;

 private:
  ledger_sums opening_;
};

const std::vector<small_band> flat_tiers = {{0, 100'000, 200'000}};  // MM 10 %.
constexpr const char* nobody_pays = "[socialise]\nenabled = false\n";

/// A long of 10 at a mark of 100 with this equity in cents, and a rich short facing it; "a" sorts before both, so that
/// every row moves when it leaves. With 50 dollars the long is liquidatable, and its bankruptcy price is 95.
small_book long_with_equity(std::int64_t equity_cents, const std::string& venue_lines = "") {
  small_book out(2, venue_lines);
  out.contract("X", 0, 0, 100, flat_tiers);
  out.balance("long", equity_cents).position("long", "X", 10, 100'000);
  out.balance("short", 1'000'000).position("short", "X", -10, -100'000);
  return out;
}

TEST(order_gateway, fills_in_parts_over_ticks) {
  small_world world(long_with_equity(5'000));
  world.tick();
  ASSERT_EQ(world.gateway->sent.size(), 1U);
  EXPECT_EQ(world.gateway->sent[0].lots.raw, -10);
  EXPECT_EQ(world.gateway->sent[0].limit.raw, 95);
  world.gateway->accept(1);
  world.gateway->fill(2, 4, 99);
  world.tick();
  EXPECT_EQ(world.lots("long"), 6);
  EXPECT_EQ(world.begun.flows.at(0).surplus, 4 * 400) << "four lots, four dollars above 95";
  EXPECT_EQ(world.gateway->sent.size(), 1U) << "what is left is at work";
  world.gateway->fill(3, 6, 95);
  world.gateway->finish(4);
  world.tick();
  EXPECT_EQ(world.lots("long"), 0);
  EXPECT_EQ(world.balance("long"), 0) << "closed at its bankruptcy value";
  EXPECT_EQ(world.engine->books().balance(system_account::fund, 0), 1'600);
  EXPECT_EQ(world.held(system_account::market), 10);
  EXPECT_TRUE(world.engine->orders().open.empty());
  EXPECT_TRUE(world.refusal().empty()) << world.refusal();
}

TEST(order_gateway, order_is_named_by_the_plan_that_began_the_liquidation) {
  small_world world(long_with_equity(5'000));
  world.tick();
  ASSERT_EQ(world.ran.plans.front().step, ledger_step::cancel);
  EXPECT_EQ(world.gateway->sent.at(0).id, (order_id{world.ran.plans.front().id, 1}));
}

TEST(order_gateway, rejected_at_once_goes_on_in_the_same_tick) {
  small_world world(long_with_equity(-500));
  world.gateway->rejects = true;
  world.tick();
  EXPECT_EQ(world.gateway->sent.size(), 1U);
  EXPECT_EQ(world.ran.orders.rejected, 1U);
  EXPECT_EQ(world.plans(ledger_step::adl), 1);
  EXPECT_EQ(world.lots("short"), 0);
}

TEST(order_gateway, rejected_later_goes_on_without_another_order) {
  small_world world(long_with_equity(-500));
  world.tick();
  EXPECT_EQ(world.plans(ledger_step::adl), 0) << "at work";
  world.gateway->reject(1);
  world.tick();
  EXPECT_EQ(world.gateway->sent.size(), 1U);
  EXPECT_EQ(world.plans(ledger_step::adl), 1);
  EXPECT_EQ(world.lots("long"), 0);
}

TEST(order_gateway, done_with_a_rest_goes_on_to_the_backstop) {
  small_world world(long_with_equity(5'000, "[backstop]\nenabled = true\n"));
  world.tick();
  world.gateway->fill(1, 3, 96);
  world.gateway->finish(2);
  world.tick();
  EXPECT_EQ(world.gateway->sent.size(), 1U);
  EXPECT_EQ(world.plans(ledger_step::backstop), 1);
  EXPECT_EQ(world.held(system_account::backstop), 7);
  EXPECT_EQ(world.lots("long"), 0);
  EXPECT_EQ(world.balance("long"), 0);
}

TEST(order_gateway, same_answer_twice_is_applied_once) {
  small_world world(long_with_equity(5'000));
  world.tick();
  world.gateway->fill(1, 4, 99);
  world.gateway->fill(1, 4, 99);
  world.tick();
  EXPECT_EQ(world.begun.orders.duplicates, 1U);
  world.gateway->fill(1, 4, 99);
  world.gateway->finish(2);
  world.gateway->finish(2);
  world.gateway->fill(1, 4, 99);
  world.tick();
  EXPECT_EQ(world.begun.orders.duplicates, 3U) << "after its end, too";
  EXPECT_EQ(world.lots("long"), 6);
  EXPECT_TRUE(world.refusal().empty()) << world.refusal();
}

TEST(order_gateway, an_answer_after_the_last_is_refused_and_the_last_is_named) {
  small_world world(long_with_equity(5'000));
  world.tick();
  world.gateway->fill(1, 4, 99);
  world.gateway->finish(2);
  world.tick();
  world.gateway->fill(5, 1, 99);
  world.tick();
  EXPECT_THAT(world.refusal(), HasSubstr("answer 5 to order 1.1: the order has ended with answer 2"));
}

TEST(order_gateway, answers_out_of_order_are_refused_until_the_missing_one_comes) {
  small_world world(long_with_equity(5'000));
  world.tick();
  world.gateway->fill(2, 4, 99);
  world.tick();
  EXPECT_THAT(world.refusal(), HasSubstr("answer 2 to order 1.1: expected answer 1, send again from there"));
  EXPECT_EQ(world.lots("long"), 10);
  world.gateway->accept(1);
  world.gateway->fill(2, 4, 99);
  world.tick();
  EXPECT_EQ(world.lots("long"), 6);
  EXPECT_TRUE(world.refusal().empty()) << world.refusal();
}

struct impossible_answer {
  const char* name;
  std::uint32_t sequence;
  std::int64_t lots;
  std::int64_t price;
  order_id other;
  const char* reason;
};

class impossible_answer_test : public testing::TestWithParam<impossible_answer> {};

TEST_P(impossible_answer_test, is_refused_by_name_and_its_place_stays_free) {
  const impossible_answer& given = GetParam();
  small_world world(long_with_equity(5'000));
  world.tick();
  const order_id id = given.other == order_id{} ? world.gateway->sent.back().id : given.other;
  world.gateway->tell({id, given.sequence, answer_kind::fill, {given.lots}, {given.price}});
  world.tick();
  EXPECT_THAT(world.refusal(), HasSubstr(given.reason));
  EXPECT_EQ(world.lots("long"), 10);
  world.gateway->fill(1, 10, 95);
  world.tick();
  EXPECT_EQ(world.lots("long"), 0);
}

INSTANTIATE_TEST_SUITE_P(
    order_gateway, impossible_answer_test,
    testing::Values(
        impossible_answer{"over_fill", 1, 11, 99, {}, "answer 1 to order 1.1: a fill of 11 lots where 10 are left"},
        impossible_answer{"no_lots", 1, 0, 99, {}, "a fill of no lots"},
        impossible_answer{"lots_of_a_sale", 1, -4, 99, {}, "a fill of -4 lots, which must be above zero"},
        impossible_answer{"wrong_price", 1, 4, 94, {}, "a fill at 94 ticks is worse than the limit of 95"},
        impossible_answer{"beyond_every_price", 1, 4, limits::price_ticks_max + 1, {}, "worse than the limit"},
        impossible_answer{"unknown_order", 1, 4, 99, {7, 7}, "answer 1 to order 7.7: no such order is open"},
        impossible_answer{"sequence_zero", 0, 4, 99, {}, "expected answer 1"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(order_gateway, over_fill_of_what_is_left_is_refused) {
  small_world world(long_with_equity(5'000));
  world.tick();
  world.gateway->fill(1, 6, 99);
  world.gateway->fill(2, 5, 99);
  world.tick();
  EXPECT_THAT(world.refusal(), HasSubstr("a fill of 5 lots where 4 are left"));
  EXPECT_EQ(world.lots("long"), 4);
}

TEST(order_gateway, overdue_order_is_cancelled_and_its_lots_go_on) {
  small_world world(long_with_equity(-500));
  for (int i = 0; i < timeout; ++i) { world.tick(); }
  EXPECT_TRUE(world.gateway->cancelled.empty());
  EXPECT_EQ(world.plans(ledger_step::adl), 0);
  world.tick();
  ASSERT_EQ(world.gateway->cancelled.size(), 1U);
  EXPECT_EQ(world.gateway->cancelled[0], world.gateway->sent[0].id);
  EXPECT_EQ(world.plans(ledger_step::adl), 1);
  EXPECT_EQ(world.gateway->sent.size(), 1U);
  EXPECT_EQ(world.lots("long"), 0);
}

TEST(order_gateway, of_an_overdue_cut_the_backstop_takes_what_was_not_filled) {
  small_world world(
      long_with_equity(5'000, "[liquidation]\nmode = \"fraction\"\nfraction = 0.6\n[backstop]\nenabled = true\n"));
  world.tick();
  ASSERT_EQ(world.gateway->sent.at(0).lots.raw, -6);
  world.gateway->fill(1, 2, 99);
  for (int i = 0; i < timeout; ++i) { world.tick(); }
  ASSERT_EQ(world.gateway->cancelled.size(), 1U);
  EXPECT_EQ(world.held(system_account::backstop), 4);
  EXPECT_EQ(world.lots("long"), 4);
}

TEST(order_gateway, fill_after_adl_is_the_backstops) {
  small_world world(long_with_equity(-500, "[fund.balance]\nUSD = 10\n"));
  world.tick();
  const market_order order = world.gateway->sent.at(0);
  EXPECT_EQ(order.limit.raw, 100) << "the fund pays up to ten dollars, ten lots: 100.5 less 1";
  for (int i = 0; i < timeout; ++i) { world.tick(); }
  ASSERT_EQ(world.plans(ledger_step::adl), 1);
  const std::int64_t long_money = world.balance("long");
  const std::int64_t short_money = world.balance("short");
  world.gateway->fill(1, 4, 101);
  world.gateway->fill(2, 3, 101);
  world.tick();
  EXPECT_EQ(world.begun.orders.late_lots, 7U) << "of both fills";
  EXPECT_EQ(world.held(system_account::backstop), -7);
  EXPECT_EQ(world.held(system_account::market), 7);
  EXPECT_EQ(world.engine->books().holdings(system_account::backstop).positions.at(0).cost, -70'700)
      << "at the trade's price";
  ASSERT_EQ(world.begun.plans.size(), 2U);
  for (const ledger_plan& plan : world.begun.plans) {
    for (const ledger_leg& leg : plan.legs) { EXPECT_EQ(leg.price_ticks, 101); }
  }
  EXPECT_EQ(world.balance("long"), long_money);
  EXPECT_EQ(world.balance("short"), short_money);
  world.gateway->finish(3);
  world.tick();
  EXPECT_TRUE(world.engine->orders().open.empty());
}

TEST(order_gateway, late_fill_applies_to_what_is_still_held) {
  // Without backstop and ADL the position stays, and is sent again one tick later.
  small_world world(long_with_equity(5'000));
  for (int i = 0; i <= timeout; ++i) { world.tick(); }
  ASSERT_EQ(world.gateway->cancelled.size(), 1U);
  ASSERT_EQ(world.gateway->sent.size(), 1U);
  world.tick();
  ASSERT_EQ(world.gateway->sent.size(), 2U);
  world.gateway->tell({world.gateway->sent[0].id, 1, answer_kind::fill, {6}, {97}});
  world.tick();
  EXPECT_EQ(world.lots("long"), 4) << "a fact on the market";
  EXPECT_EQ(world.begun.orders.late_lots, 0U);
  world.gateway->fill(1, 10, 96);
  world.tick();
  EXPECT_EQ(world.lots("long"), 0);
  EXPECT_EQ(world.begun.orders.late_lots, 6U) << "the second order closes four, and six that are gone";
  EXPECT_EQ(world.held(system_account::backstop), -6);
  EXPECT_EQ(world.balance("long"), 0);
}

TEST(order_gateway, late_fill_splits_its_value_by_lots) {
  // A lot is worth half a step. Of the second order's 5 lots, 2.5 steps and so 2, the first 3 are the unit's: they are
  // worth floor(2 x 3 / 5).
  small_book made(0);
  made.contract("X", 1, 0, 5, {{0, 900'000, 950'000}});
  made.balance("long", 1).position("long", "X", 5, 2);
  made.balance("short", 1'000).position("short", "X", -5, -2);
  small_world world(made);
  for (int i = 0; i <= timeout + 1; ++i) { world.tick(); }
  ASSERT_EQ(world.gateway->sent.size(), 2U);
  world.gateway->tell({world.gateway->sent[0].id, 1, answer_kind::fill, {2}, {5}});
  world.tick();
  ASSERT_EQ(world.lots("long"), 3);
  world.gateway->fill(1, 5, 5);
  world.tick();
  EXPECT_EQ(world.begun.orders.late_lots, 2U);
  EXPECT_EQ(world.engine->books().holdings(system_account::backstop).positions.at(0).cost, -1);
}

TEST(order_gateway, unit_is_not_sized_again_while_an_order_works) {
  small_book made(2, "[liquidation]\nmode = \"fraction\"\nfraction = 0.2\ncooldown = 1\n");
  made.contract("X", 0, 0, 100, flat_tiers).contract("Y", 0, 0, 100, flat_tiers);
  made.balance("long", 10'000).position("long", "X", 10, 100'000).position("long", "Y", 10, 100'000);
  small_world world(made);
  world.tick();
  ASSERT_EQ(world.gateway->sent.size(), 2U);
  world.gateway->tell({world.gateway->sent[0].id, 1, answer_kind::fill, {2}, {96}});
  world.tick();
  EXPECT_EQ(world.lots("long"), 18);
  EXPECT_EQ(world.gateway->sent.size(), 2U) << "Y is at work";
  world.gateway->fill(1, 2, 95);
  world.tick();
  EXPECT_EQ(world.gateway->sent.size(), 4U) << "then the whole";
}

TEST(order_gateway, deficit_waits_for_the_order) {
  small_world world(
      long_with_equity(-500, std::string(nobody_pays) + "[fund.balance]\nUSD = 20\n[adl]\nenabled = false\n"));
  world.tick();
  EXPECT_EQ(world.plans(ledger_step::insurance_fund), 0);
  EXPECT_EQ(world.ran.flows[0].unpaid, 0) << "not due yet";
  world.gateway->fill(1, 10, 99);
  world.gateway->finish(2);
  world.tick();
  EXPECT_EQ(world.begun.flows.at(0).fund_paid, 1'500) << "ten lots, 1.50 below the bankruptcy price of 100.50";
  EXPECT_EQ(world.balance("long"), 0);
}

TEST(order_gateway, fund_is_promised_to_one_order_at_a_time) {
  small_book made(2, std::string(nobody_pays) + "[fund.balance]\nUSD = 10\n[adl]\nenabled = false\n");
  made.contract("X", 0, 0, 100, flat_tiers);
  made.balance("a", -500).position("a", "X", 10, 100'000);
  made.balance("b", -500).position("b", "X", 10, 100'000);
  made.balance("c", 1'000'000).position("c", "X", -20, -200'000);
  small_world world(made);
  world.tick();
  ASSERT_EQ(world.gateway->sent.size(), 2U);
  EXPECT_EQ(world.gateway->sent[0].limit.raw, 100);
  EXPECT_EQ(world.gateway->sent[1].limit.raw, 101) << "the ten dollars are promised";
  world.gateway->tell({world.gateway->sent[0].id, 1, answer_kind::fill, {10}, {100}});
  world.tick();
  EXPECT_EQ(world.engine->books().balance(system_account::fund, 0), 500);
  EXPECT_EQ(world.balance("a"), 0);
}

TEST(order_gateway, what_the_fund_paid_of_a_promise_is_promised_no_more) {
  small_book made(2, std::string(nobody_pays) + "[fund.balance]\nUSD = 10\n[adl]\nenabled = false\n");
  made.contract("X", 0, 0, 100, flat_tiers).contract("Y", 0, 0, 100, flat_tiers);
  made.balance("a", -500).position("a", "X", 10, 100'000);
  made.balance("b", 50'000).position("b", "Y", 10, 100'000);
  made.balance("p", 5'000).position("p", "X", 10, 100'000);
  made.balance("s", 1'000'000).position("s", "X", -20, -200'000).position("s", "Y", -10, -100'000);
  small_world world(made);
  world.tick();
  ASSERT_EQ(world.gateway->sent.size(), 2U);
  // The fund pays 2.50 of the 10 that are promised to a, and gains 10 of p.
  world.gateway->tell({world.gateway->sent[0].id, 1, answer_kind::fill, {5}, {100}});
  world.gateway->tell({world.gateway->sent[1].id, 1, answer_kind::fill, {10}, {96}});
  world.source.marks[1].ticks = 49;
  world.tick();
  EXPECT_EQ(world.engine->books().balance(system_account::fund, 0), 1'750);
  ASSERT_EQ(world.gateway->sent.size(), 3U);
  EXPECT_EQ(world.gateway->sent[2].limit.raw, 49) << "ten lots, of 500 less the fund's 10 that are nobody's";
}

TEST(order_gateway, fund_of_an_instrument_is_promised_too) {
  small_book made(2, std::string(nobody_pays) +
                         "[fund]\nscope = \"instrument\"\n[fund.balance]\nX = 10\nY = 10\n[adl]\nenabled = false\n");
  made.contract("X", 0, 0, 100, flat_tiers).contract("Y", 0, 0, 100, flat_tiers);
  made.balance("a", -500).position("a", "X", 10, 100'000);
  made.balance("b", -500).position("b", "X", 10, 100'000);
  made.balance("c", -500).position("c", "Y", 10, 100'000);
  made.balance("d", 1'000'000).position("d", "X", -20, -200'000).position("d", "Y", -10, -100'000);
  small_world world(made);
  world.tick();
  ASSERT_EQ(world.gateway->sent.size(), 3U);
  EXPECT_EQ(world.gateway->sent[0].limit.raw, 100);
  EXPECT_EQ(world.gateway->sent[1].limit.raw, 101) << "the ten dollars of X are promised";
  EXPECT_EQ(world.gateway->sent[2].limit.raw, 100) << "those of Y are not";
}

TEST(order_gateway, a_promise_outlives_a_restart) {
  small_book made(2, std::string(nobody_pays) + "[fund.balance]\nUSD = 10\n[adl]\nenabled = false\n");
  made.contract("X", 0, 0, 100, flat_tiers);
  made.balance("a", -500).position("a", "X", 10, 100'000);
  made.balance("b", 50'000).position("b", "X", 10, 100'000);
  made.balance("c", 1'000'000).position("c", "X", -20, -200'000);
  small_world first(made);
  first.tick();
  ASSERT_EQ(first.gateway->sent.size(), 1U);
  EXPECT_EQ(first.gateway->sent[0].limit.raw, 100);
  small_world second(made);
  second.source = first.source;
  second.engine->restore(first.engine->state());
  second.now = first.now;
  second.source.marks[0].ticks = 49;
  second.tick();
  ASSERT_EQ(second.gateway->sent.size(), 1U);
  EXPECT_EQ(second.gateway->sent[0].limit.raw, 50) << "10 lots at 49, 10 dollars short: the fund's ten are a's";
}

TEST(order_gateway, lots_at_work_are_not_a_winners_to_give) {
  // "w" is short and liquidatable at first, then rich: its order is still at work when the long goes bankrupt.
  small_book made(2, nobody_pays);
  made.contract("X", 0, 0, 100, flat_tiers);
  made.balance("long", 30'000).position("long", "X", 10, 100'000);
  made.balance("w", 5'000).position("w", "X", -10, -100'000);
  small_world world(made);
  world.tick();
  ASSERT_EQ(world.gateway->sent.size(), 1U);
  EXPECT_EQ(world.gateway->sent[0].lots.raw, 10);
  world.source.marks[0].ticks = 60;
  world.gateway->rejects = true;  // The long's own order.
  world.tick();
  EXPECT_EQ(world.gateway->sent.size(), 2U);
  EXPECT_EQ(world.plans(ledger_step::adl), 0);
  world.gateway->tell({world.gateway->sent[0].id, 1, answer_kind::done, {}, {}});
  world.tick();
  EXPECT_EQ(world.plans(ledger_step::adl), 1) << "done: free again";
}

TEST(order_gateway, full_inbox_keeps_nothing_and_says_so) {
  small_world world(long_with_equity(5'000), 2);
  world.tick();
  const order_id id = world.gateway->sent.at(0).id;
  EXPECT_TRUE(world.gateway->answer({id, 1, answer_kind::fill, {1}, {99}}));
  EXPECT_TRUE(world.gateway->answer({id, 2, answer_kind::fill, {1}, {99}}));
  EXPECT_FALSE(world.gateway->answer({id, 3, answer_kind::fill, {1}, {99}}));
  world.tick();
  EXPECT_EQ(world.lots("long"), 8);
  EXPECT_TRUE(world.gateway->answer({id, 3, answer_kind::fill, {1}, {99}}));
  world.tick();
  EXPECT_EQ(world.lots("long"), 7);
}

TEST(order_gateway, goes_on_from_its_state) {
  small_world first(long_with_equity(5'000));
  first.tick();
  first.gateway->fill(1, 4, 99);
  first.tick();
  small_world second(long_with_equity(5'000));
  second.source = first.source;
  second.engine->restore(first.engine->state());
  second.now = first.now;
  second.gateway->tell({first.gateway->sent[0].id, 1, answer_kind::fill, {4}, {99}});
  second.gateway->tell({first.gateway->sent[0].id, 2, answer_kind::fill, {6}, {95}});
  second.tick();
  EXPECT_EQ(second.begun.orders.duplicates, 1U);
  EXPECT_EQ(second.lots("long"), 0);
  EXPECT_EQ(second.engine->books().balance(system_account::fund, 0), 1'600);
}

TEST(order_gateway, answers_come_from_any_thread) {
  constexpr int longs = 4;
  constexpr std::int64_t lots = 500;
  small_book made(2);
  made.contract("X", 0, 0, 100, flat_tiers);
  for (int i = 0; i < longs; ++i) {
    const std::string account(1, static_cast<char>('a' + i));
    made.balance(account, 5'000 * lots / 10).position(account, "X", lots, 10'000 * lots);
  }
  made.balance("short", 100'000'000).position("short", "X", -longs * lots, -10'000 * lots * longs);
  small_world world(made, 64);
  world.tick();
  ASSERT_EQ(world.gateway->sent.size(), static_cast<std::size_t>(longs));
  std::atomic<int> running = longs;
  std::vector<std::thread> threads;
  for (const market_order& order : world.gateway->sent) {
    threads.emplace_back([&, order] {
      for (std::uint32_t sequence = 1; sequence <= lots; ++sequence) {
        while (!world.gateway->answer({order.id, sequence, answer_kind::fill, {1}, {96}})) {
          std::this_thread::yield();
        }
      }
      --running;
    });
  }
  world.now = -1'000'000;  // Set back so far that nothing becomes overdue.
  while (running > 0) { world.tick(); }
  for (std::thread& one : threads) { one.join(); }
  world.tick();
  for (int i = 0; i < longs; ++i) { EXPECT_EQ(world.lots(std::string(1, static_cast<char>('a' + i))), 0); }
  EXPECT_EQ(world.held(system_account::market), longs * lots);
  EXPECT_EQ(world.gateway->sent.size(), static_cast<std::size_t>(longs));
}

}  // namespace
}  // namespace plimsoll
