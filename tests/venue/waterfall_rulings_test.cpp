// The amounts of docs/waterfall.md, each in a case in which another reading would give another amount. One tick each,
// worked by hand.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/execute/insurance_fund.hpp"
#include "tests/venue/rulings.hpp"

namespace plimsoll {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Winners of ADL and their lots, in order: "account lots".
std::vector<std::string> winners(const executed& done, const book& source) {
  std::vector<std::string> out;
  for (const ledger_plan& plan : done.outcome.plans) {
    if (plan.step != ledger_step::adl) { continue; }
    const ledger_leg& leg = plan.legs[1];
    out.push_back(account_of(leg, source) + ' ' + std::to_string(magnitude(leg.lots)));
  }
  return out;
}

/// Pairs of ADL, in order: "loser winner lots".
std::vector<std::string> pairs(const executed& done, const book& source) {
  std::vector<std::string> out;
  for (const ledger_plan& plan : done.outcome.plans) {
    if (plan.step != ledger_step::adl) { continue; }
    out.push_back(account_of(plan.legs[0], source) + ' ' + account_of(plan.legs[1], source) + ' ' +
                  std::to_string(magnitude(plan.legs[1].lots)));
  }
  return out;
}

executed without_market(book& source) { return execute_tick(source, make_fixed_market(0)); }

int128 unpaid(const executed& done) {
  const auto found = done.outcome.flows.find(0);
  return found == done.outcome.flows.end() ? int128{0} : found->second.unpaid;
}

// ------------------------------------------------------------------------------------- 1, the overlap check

/// A short of some lots at a mark of 100 whose bankruptcy price is 70: a lot costs a winner 30. Winners hold 10 at an
/// entry of 50 each, with these equities; the poorer is the higher on the ladder.
book poor_winners(std::int64_t lots, const std::map<std::string, std::int64_t>& equities,
                  const std::string& policy = "queue") {
  small_book made(0, nobody_pays + std::string("[adl]\npolicy = \"") + policy + "\"\n");
  made.contract("M", 0, 0, 100, one_percent);
  made.balance("L", -30 * lots).position("L", "M", -lots, -100 * lots);
  for (const auto& [name, equity] : equities) { made.balance(name, equity - 500).position(name, "M", 10, 500); }
  return made.build();
}

TEST(overlap, a_loser_asks_on_past_whoever_can_bear_nothing) {
  book source = poor_winners(3, {{"W1", 27}, {"W2", 28}, {"W3", 29}, {"W4", 60}, {"W5", 5'000}});
  const executed done = without_market(source);
  // W4 is left with exactly zero.
  EXPECT_THAT(trades(done, source, ledger_step::adl),
              ElementsAre("L 2 200 60 70", "W4 -2 -100 40 70", "L 1 100 30 70", "W5 -1 -50 20 70"));
  EXPECT_EQ(unpaid(done), 0);
}

TEST(overlap, the_ladders_end_is_asked_under_every_policy) {
  for (const adl_policy& policy : all_adl_policies()) {
    const std::string name = to_string(policy);
    book source = poor_winners(4, {{"W1", 27}, {"W2", 28}, {"W3", 29}, {"W4", 29}, {"W5", 5'000}}, name);
    const executed done = without_market(source);
    std::int64_t given = 0;
    for (const std::string& one : winners(done, source)) {
      EXPECT_EQ(one.substr(0, 3), "W5 ") << name;
      given += std::stoi(one.substr(3));
    }
    EXPECT_EQ(given, 4) << name;
    EXPECT_EQ(unpaid(done), 0) << name;
  }
}

TEST(overlap, nobody_pays_where_nobody_can_bear_a_lot) {
  book source = poor_winners(3, {{"W1", 27}, {"W2", 28}, {"W3", 29}});
  const executed done = without_market(source);
  EXPECT_THAT(winners(done, source), IsEmpty());
  EXPECT_EQ(unpaid(done), 90);
}

TEST(overlap, who_is_out_for_a_dear_loser_bears_a_cheap_one) {
  // A costs 30 a lot, B 10; W1 has 20.
  small_book made(0, nobody_pays);
  made.contract("M", 0, 0, 100, one_percent);
  made.balance("A", -60).position("A", "M", -2, -200);
  made.balance("B", -10).position("B", "M", -1, -100);
  made.balance("W1", -480).position("W1", "M", 10, 500);
  made.balance("W5", 4'500).position("W5", "M", 10, 500);
  book source = made.build();
  EXPECT_THAT(pairs(without_market(source), source), ElementsAre("B W1 1", "A W5 2"));
}

TEST(overlap, a_winner_gives_the_most_lots_that_its_equity_bears_unrounded) {
  // Inverse, a lot is worth 10^4 / 3 steps at the mark; a long of 60 lots, so that a short gives up a fraction a lot.
  for (std::int64_t equity = 1; equity < 4'000; equity += 37) {
    small_book made(8, nobody_pays);
    made.contract("M", 0, 0, 30'000, nearly_none, instrument_kind::inverse);
    const std::int64_t lots = 60;
    made.balance("L", -3'001).position("L", "M", lots, -200'000);
    made.balance("W", equity - 100'000).position("W", "M", -lots, 100'000);
    book source = made.build();
    const std::uint32_t winner = unit_of(source, "W");
    const std::int64_t has = scan_for(source).margin.units.equity[winner];
    ASSERT_EQ(has, equity);
    const scan_result scan = scan_for(source);
    const bankrupt_position& loser = scan.bankrupt.at(0);
    // The cost of a lot: BV / 60 + 10^4 / 3; both over 180.
    const int128 haircut = loser.closing.value * 3 + static_cast<int128>(10'000) * lots;
    ASSERT_GT(haircut, 0);
    std::int64_t most = 0;
    while (most < lots && has * int128{180} >= haircut * (most + 1)) { ++most; }
    const executed done = without_market(source);
    std::int64_t given = 0;
    for (const std::string& one : winners(done, source)) { given += std::stoi(one.substr(2)); }
    EXPECT_EQ(given, most) << "equity " << has;
  }
}

// ------------------------------------------------------------------------------------------- 2, weights

TEST(pro_rata, who_has_no_weight_counts_one_where_nobody_has) {
  // All three hold at an entry of 200: no profit. By size it would be 4, 1 and 1.
  small_book made(0, nobody_pays + std::string("[adl]\npolicy = \"pro_rata:pnl\"\n"));
  made.contract("M", 0, 0, 100, one_percent);
  made.balance("L", -60).position("L", "M", -6, -600);
  made.balance("W1", 9'000).position("W1", "M", 10, 2'000);
  made.balance("W2", 9'000).position("W2", "M", 2, 400);
  made.balance("W3", 9'000).position("W3", "M", 1, 200);
  book source = made.build();
  std::map<std::string, int> given;
  for (const std::string& one : winners(without_market(source), source)) {
    given[one.substr(0, 2)] += std::stoi(one.substr(3));
  }
  EXPECT_EQ(given, (std::map<std::string, int>{{"W1", 3}, {"W2", 2}, {"W3", 1}}));
}

TEST(pro_rata, weights_are_those_of_the_asking) {
  // W1 gives 500 of its 1000 for M, which it alone faces; then N is split by the remaining profit, 500 to 1000.
  small_book made(0, nobody_pays + std::string("[adl]\npolicy = \"pro_rata:equity\"\n"));
  made.contract("M", 0, 0, 100, nearly_none).contract("N", 0, 0, 100, nearly_none);
  made.balance("LM", -500).position("LM", "M", -50, -5'000);
  made.balance("LN", -90).position("LN", "N", -9, -900);
  made.balance("W1", 1'000).position("W1", "M", 50, 5'000).position("W1", "N", 50, 5'000);
  made.balance("W2", 1'000).position("W2", "N", 50, 5'000);
  book source = made.build();
  std::map<std::string, int> given;
  for (const std::string& one : pairs(without_market(source), source)) {
    given[one.substr(0, 5)] += std::stoi(one.substr(6));
  }
  EXPECT_EQ(given, (std::map<std::string, int>{{"LM W1", 50}, {"LN W1", 3}, {"LN W2", 6}}));
}

// --------------------------------------------------------------------------------------------- 3, the cap

TEST(cap, holds_over_all_askings_of_a_wave) {
  for (const char* policy : {"capped:0.5", "risk_aware:0.5"}) {
    // A lot costs 10; half of the profit of 80 is 40: four lots, once.
    small_book made(0, nobody_pays + std::string("[adl]\npolicy = \"") + policy + "\"\n");
    made.contract("M", 0, 0, 100, one_percent);
    made.balance("L", -80).position("L", "M", -8, -800);
    made.balance("W", 1'000).position("W", "M", 8, 720);
    book source = made.build();
    const executed done = without_market(source);
    EXPECT_THAT(winners(done, source), ElementsAre("W 4")) << policy;
    EXPECT_EQ(unpaid(done), 40) << policy;
  }
}

TEST(cap, counts_what_earlier_askings_took) {
  // A costs 4 a lot, B 10: on average 7, so 50 allow 7 lots; they cost 5 x 4 + 2 x 10 = 40. The 10 left are one lot
  // more.
  small_book made(0, nobody_pays + std::string("[adl]\npolicy = \"capped:0.5\"\n"));
  made.contract("M", 0, 0, 100, one_percent);
  made.balance("A", -20).position("A", "M", -5, -500);
  made.balance("B", -50).position("B", "M", -5, -500);
  made.balance("W", 1'000).position("W", "M", 50, 4'900);
  book source = made.build();
  EXPECT_THAT(pairs(without_market(source), source), ElementsAre("A W 5", "B W 2", "B W 1"));
}

TEST(cap, of_an_inverse_contract_is_money_too) {
  // At 50000 a lot of a short is worth 2000 steps; W made 20000 on 40 lots. A lot of L costs 500 more: 10000 allow 20.
  small_book made(8, nobody_pays + std::string("[adl]\npolicy = \"capped:0.5\"\n"));
  made.contract("M", 0, 0, 50'000, one_percent, instrument_kind::inverse);
  made.balance("L", -20'000).position("L", "M", 40, -80'000);
  made.balance("W", 1'000'000).position("W", "M", -40, 60'000);
  book source = made.build();
  const executed done = without_market(source);
  EXPECT_THAT(winners(done, source), ElementsAre("W 20"));
  EXPECT_EQ(unpaid(done), 10'000);
}

// ----------------------------------------------------------------------- 4, 5, 7: the price, and the payers

/// A long of some lots worth half a step each at a mark of 5, with a deficit of 5, faced by a short with plenty.
book half_steps(std::int64_t lots, const std::string& lines) {
  small_book made(0, lines);
  made.contract("M", 1, 0, 5, nearly_none);
  made.balance("L", 0).position("L", "M", lots, lots / 2 + 5);
  made.balance("W", 1'000).position("W", "M", -lots, -lots);
  return made.build();
}

TEST(adl_at_the_mark, trades_half_to_even) {
  const std::string lines = nobody_pays + std::string("[adl]\nprice = \"mark\"\n[fund.balance]\nUSD = 100\n");
  // 7 lots are worth 3.5, half to even 4; 5 are worth 2.5, half to even 2. BV is 8 and 7.
  for (const auto& [lots, traded, bankruptcy] : {std::tuple{7, 4, 8}, std::tuple{5, 2, 7}}) {
    book source = half_steps(lots, lines);
    const executed done = without_market(source);
    ASSERT_EQ(trades(done, source, ledger_step::adl).size(), 2U);
    const ledger_plan& plan = done.outcome.plans.back();
    ASSERT_EQ(plan.legs.size(), 3U);
    EXPECT_EQ(plan.legs[1].amount, -traded + lots) << lots;
    EXPECT_EQ(plan.legs[2].amount, -(bankruptcy - traded)) << lots;
    EXPECT_EQ(plan.legs[0].price_ticks, 5);
    EXPECT_EQ(done.outcome.flows.at(0).adl_haircut, 0);
    EXPECT_EQ(done.by->books().balance(system_account::fund, 0), 100 - (bankruptcy - traded));
  }
}

TEST(adl_at_the_mark, who_could_not_bear_a_loser_is_out_for_it_at_the_mark_as_well) {
  // Both cost 30 a lot. The fund's 30 pay B's lot to the mark, not A's two; W1 has 29, bears neither, and is out.
  small_book made(0, nobody_pays + std::string("[adl]\nprice = \"mark\"\n[fund.balance]\nUSD = 30\n"));
  made.contract("M", 0, 0, 100, one_percent);
  made.balance("A", -60).position("A", "M", -2, -200);
  made.balance("B", -30).position("B", "M", -1, -100);
  made.balance("W1", 29 - 500).position("W1", "M", 10, 500);
  made.balance("W5", 4'500).position("W5", "M", 10, 500);
  book source = made.build();
  const executed done = without_market(source);
  EXPECT_THAT(pairs(done, source), ElementsAre("A W5 2", "B W5 1"));
  EXPECT_EQ(done.by->books().balance(system_account::fund, 0), 0);
}

TEST(adl_at_the_mark, a_stopped_fund_pays_no_difference) {
  book source = half_steps(
      8, nobody_pays + std::string("[adl]\nprice = \"mark\"\n[fund]\ndrawdown_stop = 0.3\nbalance = { USD = 100 }\n"));
  waterfall_executor run(source, source.reference.venue.rules, make_fixed_market(0));
  executor_state state = run.state();
  state.fund.peak["USD"] = 1'000;
  run.restore(state);
  const auto done = run.run(1, view_of(scan_for(source)));
  ASSERT_TRUE(done.has_value());
  ASSERT_EQ(done.value().plans.back().step, ledger_step::adl);
  EXPECT_EQ(done.value().plans.back().legs.size(), 2U) << "the winner pays BV";
  EXPECT_EQ(done.value().plans.back().legs[1].amount, -9 + 8);
  EXPECT_EQ(run.books().balance(system_account::fund, 0), 100);
}

TEST(adl, the_price_is_that_of_the_fills_own_part) {
  // BV of 3 lots is 1000, or 799 for a short: the first lot has 333 (266), the others 667 (533). Up for a long, down
  // for a short. The price of all three lots would be 334 (266).
  for (const std::int64_t side : {1, -1}) {
    small_book made(0, nobody_pays);
    made.contract("M", 0, 0, 300, one_percent);
    made.balance("L", 0).position("L", "M", 3 * side, side > 0 ? 1'000 : -799);
    const std::int64_t cost = side > 0 ? -400 : 200;  // A profit of 100 a lot.
    made.balance("W1", 100).position("W1", "M", -side, cost);
    made.balance("W2", 90'000).position("W2", "M", -9 * side, 9 * cost);
    book source = made.build();
    const executed done = without_market(source);
    EXPECT_THAT(winners(done, source), ElementsAre("W1 1", "W2 2"));
    std::vector<std::int64_t> prices;
    for (const ledger_plan& plan : done.outcome.plans) {
      if (plan.step == ledger_step::adl) { prices.push_back(plan.legs[0].price_ticks); }
    }
    EXPECT_THAT(prices, side > 0 ? ElementsAre(333, 334) : ElementsAre(266, 266));
  }
}

// ------------------------------------------------------------------------------------------------ 6, drawdown

TEST(drawdown, stops_strictly_below_and_starts_at_the_share_as_a_pass_begins) {
  small_book made(0, "[fund]\ndrawdown_stop = 0.3\nrecovery = 0.75\nbalance = { USD = 1000 }\n");
  made.contract("M", 0, 0, 100, one_percent).balance("a", 1);
  book source = made.build();
  ledger books(source);
  insurance_fund fund(source, source.reference.venue.rules.fund, books);
  std::int64_t tick = 0;
  /// The balance as a pass begins; what the fund may pay in it.
  const auto pays_at = [&](std::int64_t balance) {
    const auto by = balance - static_cast<std::int64_t>(books.balance(system_account::fund, 0));
    ledger_leg in;
    in.system = system_account::fund;
    in.asset = 0;
    in.amount = by;
    ledger_leg out = in;
    out.system = system_account::external;
    out.amount = -by;
    EXPECT_TRUE(books.post({books.next_id(), ledger_step::update, "test", {in, out}}).has_value());
    fund.begin(++tick);
    return fund.available(0, no_id) > 0;
  };
  EXPECT_TRUE(pays_at(1'000));
  EXPECT_TRUE(pays_at(700)) << "at the threshold";
  EXPECT_FALSE(pays_at(699));
  EXPECT_FALSE(pays_at(749));
  EXPECT_TRUE(pays_at(750)) << "at the recovery share";
  EXPECT_TRUE(pays_at(2'000)) << "a new peak";
  EXPECT_FALSE(pays_at(1'399));
}

TEST(drawdown, is_judged_as_a_pass_begins) {
  // Three debts of 200: with the first the fund falls below its threshold, and still pays the others.
  small_book made(0, nobody_pays + std::string("[fund]\ndrawdown_stop = 0.1\nbalance = { USD = 1000 }\n"));
  made.contract("M", 0, 0, 100, one_percent).balance("a", -200).balance("b", -200).balance("c", -200);
  book source = made.build();
  const executed done = without_market(source);
  EXPECT_EQ(done.by->books().balance(system_account::fund, 0), 400);
  EXPECT_EQ(unpaid(done), 0);
}

// ---------------------------------------------------------------------------------------- 10, 11: debts

TEST(owed, the_fund_pays_in_the_order_of_flags_and_the_rest_is_shared_by_deficits) {
  // b is flagged before a: its health is the lower. The fund has 5: b owes 4, then a gets 1 of its 8.
  small_book made(0, "[adl]\nenabled = false\n[socialise]\nby = \"equity\"\n[fund.balance]\nUSD = 5\n");
  made.contract("M", 0, 0, 100, one_percent);
  made.balance("a", -8).position("a", "M", 100, 10'000);
  made.balance("b", -4).position("b", "M", 1, 100);
  made.balance("p", 6);
  book source = made.build();
  const executed done = without_market(source);
  std::vector<std::string> moved;
  for (const ledger_plan& plan : done.outcome.plans) {
    if (plan.step != ledger_step::insurance_fund && plan.step != ledger_step::socialise) { continue; }
    for (const ledger_leg& leg : plan.legs) {
      if (leg.unit != no_id) { moved.push_back(account_of(leg, source) + ' ' + std::to_string(leg.amount)); }
    }
  }
  EXPECT_THAT(moved, ElementsAre("b 4", "a 1", "p -6", "a 6"));
  EXPECT_EQ(unpaid(done), 1);
  EXPECT_EQ(source.positions.lots[position_of(source, "a", "M")], 100) << "ADL is off: it keeps its position";
}

TEST(owed, debtors_are_served_by_account_in_proportion) {
  small_book made(0, "[adl]\nenabled = false\n[socialise]\nby = \"equity\"\n");
  made.contract("M", 0, 0, 100, one_percent);
  // b is flagged first, c last; 7 are found for 12: floors of 7 x 3/12, 9/12 and 12/12.
  made.balance("a", -3).position("a", "M", 2, 200);
  made.balance("b", -6).position("b", "M", 1, 100);
  made.balance("c", -3).position("c", "M", 9, 900);
  made.balance("p", 4).balance("q", 3);
  book source = made.build();
  const executed done = without_market(source);
  const auto left = [&](const char* name) { return source.units.balance[unit_of(source, name)]; };
  EXPECT_EQ(left("a"), -3 + 1);
  EXPECT_EQ(left("b"), -6 + 4);
  EXPECT_EQ(left("c"), -3 + 2);
  EXPECT_EQ(left("p") + left("q"), 0);
}

TEST(owed, without_adl_positions_stay_and_equity_comes_to_nothing) {
  small_book made(0, "[adl]\nenabled = false\n[socialise]\nby = \"open_interest\"\n[fund.balance]\nUSD = 10\n");
  made.contract("M", 0, 0, 100, one_percent);
  made.balance("L", -30).position("L", "M", -5, -500);
  made.balance("W", 1'000).position("W", "M", 5, 500);
  book source = made.build();
  const executed done = without_market(source);
  EXPECT_EQ(source.positions.lots[position_of(source, "L", "M")], -5);
  EXPECT_EQ(source.units.balance[unit_of(source, "L")], 0);
  EXPECT_EQ(source.units.balance[unit_of(source, "W")], 980);
  EXPECT_EQ(done.by->books().balance(system_account::fund, 0), 0);
}

// ------------------------------------------------------------------------------------- 12, 13, 14: the backstop

/// Fills at most some lots of each order, at one price if its limit allows it.
class thin_market final : public market {
 public:
  thin_market(std::int64_t lots, std::int64_t price_ticks) : lots_(lots), price_ticks_(price_ticks) {}
  void begin_tick(moment, std::span<const mark>) override {}
  void send(const market_order& order) override {
    const bool allowed = order.lots.raw < 0 ? price_ticks_ >= order.limit.raw : price_ticks_ <= order.limit.raw;
    const std::int64_t wanted = std::abs(order.lots.raw);
    const std::int64_t filled = allowed ? std::min(lots_, wanted) : 0;
    if (filled > 0) { answers_.push_back({order.id, 1, answer_kind::fill, {filled}, {price_ticks_}}); }
    if (filled < wanted) { answers_.push_back({order.id, filled > 0 ? 2U : 1U, answer_kind::done, {}, {}}); }
  }
  void cancel(order_id) override {}
  void take_answers(std::vector<market_answer>& out) override {
    out.insert(out.end(), answers_.begin(), answers_.end());
    answers_.clear();
  }
  [[nodiscard]] std::int64_t pushed_ticks(std::uint32_t) const override { return 0; }

 private:
  std::int64_t lots_;
  std::int64_t price_ticks_;
  std::vector<market_answer> answers_;
};

/// Two longs of 10 and 20 in a liquidatable unit of equity 15; MM 1 % of 3000.
book two_longs(const std::string& lines) {
  small_book made(0, lines);
  made.contract("M", 0, 0, 100, one_percent).contract("N", 0, 0, 100, one_percent);
  made.balance("L", 15).position("L", "M", 10, 1'000).position("L", "N", 20, 2'000);
  made.balance("S", 9'000).position("S", "M", -10, -1'000).position("S", "N", -20, -2'000);
  return made.build();
}

TEST(cut, whole_below_counts_all_that_remains_of_the_unit) {
  // 0.7 of 1000 and of 2000 remain: 2100 together.
  const std::string cuts = "[liquidation]\nmode = \"fraction\"\nfraction = 0.3\nwhole_below = ";
  book at = two_longs(cuts + "2100\n");
  const executed cut = execute_tick(at, std::make_unique<thin_market>(100, 100));
  EXPECT_THAT(trades(cut, at, ledger_step::liquidate), ElementsAre("L -3 -300 -2 100", "L -6 -600 -3 100"));
  book below = two_longs(cuts + "2101\n");
  const executed whole = execute_tick(below, std::make_unique<thin_market>(100, 100));
  EXPECT_THAT(trades(whole, below, ledger_step::liquidate), ElementsAre("L -10 -1000 -5 100", "L -20 -2000 -10 100"));
}

TEST(backstop, takes_what_the_market_left_of_a_cut) {
  book source = two_longs("[liquidation]\nmode = \"fraction\"\nfraction = 0.3\n[backstop]\nenabled = true\n");
  const executed done = execute_tick(source, std::make_unique<thin_market>(1, 100));
  // 3 of M and 6 of N are to be closed; the market takes one of each. Equity 15 is allotted 5 and 10: BV 995 and 1990.
  EXPECT_THAT(trades(done, source, ledger_step::liquidate), ElementsAre("L -1 -100 -1 100", "L -1 -100 -1 100"));
  EXPECT_THAT(trades(done, source, ledger_step::backstop), ElementsAre("L -2 -200 -1 none", "L -5 -500 -2 none"));
}

TEST(backstop, below_its_health_what_exceeds_the_capacity_goes_to_the_market_whole) {
  book source = two_longs(
      "[liquidation]\nmode = \"fraction\"\nfraction = 0.1\ncooldown = 9\n"
      "[backstop]\nenabled = true\nbelow_health = 0.6\ncapacity = 500\n");
  // A cooldown is running: it does not apply either.
  waterfall_executor run(source, source.reference.venue.rules, std::make_unique<thin_market>(100, 100));
  executor_state state = run.state();
  state.cooling_until["L\ncross:USD"] = 9;
  run.restore(state);
  executed done;
  done.outcome = run.run(1, view_of(scan_for(source))).value();
  // 995 for 10: 5 lots are 497.5, their part 497; the 3 of capacity left buy none of N.
  EXPECT_THAT(trades(done, source, ledger_step::backstop), ElementsAre("L -5 -500 -3 none"));
  EXPECT_THAT(trades(done, source, ledger_step::liquidate), ElementsAre("L -5 -500 -2 100", "L -20 -2000 -10 100"));
}

TEST(backstop, what_exceeds_the_capacity_is_sold_within_the_bankruptcy_price_of_what_is_left) {
  book source = two_longs("[backstop]\nenabled = true\nbelow_health = 0.6\ncapacity = 500\n");
  // 498 for the 5 of M that are left and 1990 for 20 of N: 99 is below both limits, of 100.
  const executed done = execute_tick(source, std::make_unique<thin_market>(100, 99));
  EXPECT_THAT(trades(done, source, ledger_step::backstop), ElementsAre("L -5 -500 -3 none"));
  EXPECT_THAT(trades(done, source, ledger_step::liquidate), IsEmpty());
}

TEST(backstop, at_its_health_it_takes_nothing) {
  book source = two_longs("[backstop]\nenabled = true\nbelow_health = 0.5\n");
  EXPECT_THAT(trades(without_market(source), source, ledger_step::backstop), IsEmpty()) << "15 of 30 is not below 0.5";
}

TEST(backstop, capacity_counts_the_unrounded_part) {
  // BV 1000 over 2000 lots, half a step each. The market takes one lot, whose part is 0: 1999 lots carry all 1000. A
  // capacity of 500 is 1000 lots; by the rest of BV it would be 999.
  small_book made(0, "[liquidation]\nmode = \"whole\"\n[backstop]\nenabled = true\ncapacity = 500\n");
  made.contract("M", 1, 0, 5, {{0, 50'000, 60'000}});
  made.balance("L", 0).position("L", "M", 2'000, 1'000);
  made.balance("S", 9'000).position("S", "M", -2'000, -1'000);
  book source = made.build();
  const executed done = execute_tick(source, std::make_unique<thin_market>(1, 5));
  ASSERT_EQ(trades(done, source, ledger_step::backstop).size(), 1U);
  EXPECT_EQ(trades(done, source, ledger_step::backstop)[0].substr(0, 8), "L -1000 ");
}

}  // namespace
}  // namespace plimsoll
