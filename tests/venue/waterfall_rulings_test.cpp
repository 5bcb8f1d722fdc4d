// The amounts of docs/waterfall.md, each where another reading would give another amount. Worked by hand.
#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/book/find.hpp"
#include "host/book/rebuild.hpp"
#include "host/execute/insurance_fund.hpp"
#include "host/replay/replay.hpp"
#include "tests/venue/small_book.hpp"

namespace plimsoll {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<small_band> one_percent = {{0, 10'000, 20'000}};
const std::vector<small_band> nearly_none = {{0, 1, 20'000}};
constexpr const char* nobody_pays = "[socialise]\nenabled = false\n";

std::string account_of(const ledger_leg& leg, const book& source) {
  if (leg.unit == no_id) { return to_string(leg.system); }
  return std::string(source.accounts[source.units.account[leg.unit]]);
}

/// Customers' legs that change a position, in order: "account lots cost amount price".
std::vector<std::string> trades(const executed& done, const book& source, ledger_step step) {
  std::vector<std::string> out;
  for (const ledger_plan& plan : done.outcome.plans) {
    if (plan.step != step) { continue; }
    for (const ledger_leg& leg : plan.legs) {
      if (leg.position == no_id) { continue; }
      out.push_back(account_of(leg, source) + ' ' + std::to_string(leg.lots) + ' ' + std::to_string(leg.cost) + ' ' +
                    std::to_string(leg.amount) + ' ' + std::to_string(leg.price_ticks));
    }
  }
  return out;
}

/// Winners of ADL and what they gave, in order: "account lots".
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
  // W4 is left with exactly nothing.
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
    // What a lot costs: BV / 60 + 10^4 / 3; both over 180.
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
  // W1 gives 500 of its 1000 for M, which it alone faces; then N is split by what is left, 500 to 1000.
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
  // A costs 4 a lot, B 10: on average 7, so 50 allow 7 lots; they cost 5 x 4 + 2 x 10 = 40. The 10 left are one lot more.
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

// ----------------------------------------------------------------------- 4, 5, 7: the price, and who pays what

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
  executor run(source, source.reference.venue.rules, make_fixed_market(0));
  executor_state state = run.state();
  state.fund.peak["USD"] = 1'000;
  run.restore(state);
  const auto done = run.run(1, scan_for(source));
  ASSERT_TRUE(done.has_value());
  ASSERT_EQ(done.value().plans.back().step, ledger_step::adl);
  EXPECT_EQ(done.value().plans.back().legs.size(), 2U) << "the winner pays BV";
  EXPECT_EQ(done.value().plans.back().legs[1].amount, -9 + 8);
  EXPECT_EQ(run.books().balance(system_account::fund, 0), 100);
}

TEST(adl, the_price_is_that_of_the_fills_own_part) {
  // BV of 3 lots is 1000, or 799 for a short: the first lot has 333 (266), the others 667 (533). Up for a long, down for a
  // short. The price of all three lots would be 334 (266).
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

// ---------------------------------------------------------------------------------------- 10, 11: what is owed

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

/// Fills at most some lots of each order, at one price.
class thin_market final : public market {
 public:
  thin_market(std::uint64_t lots, std::int64_t price_ticks) : lots_(lots), price_ticks_(price_ticks) {}
  void begin_tick(std::int64_t, std::span<const mark>) override {}
  void send(const market_order& order) override {
    const std::uint64_t filled = std::min(lots_, magnitude(order.lots));
    if (filled > 0) { answers_.push_back({order.id, 1, answer_kind::fill, filled, price_ticks_}); }
    if (filled < magnitude(order.lots)) {
      answers_.push_back({order.id, filled > 0 ? 2U : 1U, answer_kind::done, 0, 0});
    }
  }
  void cancel(order_id) override {}
  void take_answers(std::vector<market_answer>& out) override {
    out.insert(out.end(), answers_.begin(), answers_.end());
    answers_.clear();
  }
  [[nodiscard]] std::int64_t pushed_ticks(std::uint32_t) const override { return 0; }

 private:
  std::uint64_t lots_;
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

TEST(backstop, takes_what_the_market_left_of_a_cut) {
  book source = two_longs("[liquidation]\nmode = \"fraction\"\nfraction = 0.3\n[backstop]\nenabled = true\n");
  const executed done = execute_tick(source, std::make_unique<thin_market>(1, 100));
  // 3 of M and 6 of N are to be closed; the market takes one of each. Equity 15 is allotted 5 and 10: BV 995 and 1990.
  EXPECT_THAT(trades(done, source, ledger_step::liquidate), ElementsAre("L -1 -100 -1 100", "L -1 -100 -1 100"));
  EXPECT_THAT(trades(done, source, ledger_step::backstop), ElementsAre("L -2 -200 -1 -1", "L -5 -500 -2 -1"));
}

TEST(backstop, below_its_health_what_exceeds_the_capacity_goes_to_the_market_whole) {
  book source = two_longs(
      "[liquidation]\nmode = \"fraction\"\nfraction = 0.1\ncooldown_ticks = 9\n"
      "[backstop]\nenabled = true\nbelow_health = 0.6\ncapacity = 500\n");
  // A cooldown is running: it does not apply either.
  executor run(source, source.reference.venue.rules, std::make_unique<thin_market>(100, 100));
  executor_state state = run.state();
  state.cooling_until["L\ncross:USD"] = 9;
  run.restore(state);
  executed done;
  done.outcome = run.run(1, scan_for(source)).value();
  // 995 for 10: 5 lots are 497.5, their part 497; the 3 of capacity left buy none of N.
  EXPECT_THAT(trades(done, source, ledger_step::backstop), ElementsAre("L -5 -500 -3 -1"));
  EXPECT_THAT(trades(done, source, ledger_step::liquidate), ElementsAre("L -5 -500 -2 100", "L -20 -2000 -10 100"));
}

TEST(backstop, at_its_health_it_takes_nothing) {
  book source = two_longs("[backstop]\nenabled = true\nbelow_health = 0.5\n");
  EXPECT_THAT(trades(without_market(source), source, ledger_step::backstop), IsEmpty()) << "15 of 30 is not below 0.5";
}

TEST(backstop, capacity_counts_the_unrounded_part) {
  // BV 1000 over 2000 lots, half a step each. The market takes one lot, whose part is 0: 1999 lots carry all 1000. A
  // capacity of 500 is 1000 lots; by what is left of BV it would be 999.
  small_book made(0, "[liquidation]\nmode = \"whole\"\n[backstop]\nenabled = true\ncapacity = 500\n");
  made.contract("M", 1, 0, 5, {{0, 50'000, 60'000}});
  made.balance("L", 0).position("L", "M", 2'000, 1'000);
  made.balance("S", 9'000).position("S", "M", -2'000, -1'000);
  book source = made.build();
  const executed done = execute_tick(source, std::make_unique<thin_market>(1, 5));
  ASSERT_EQ(trades(done, source, ledger_step::backstop).size(), 1U);
  EXPECT_EQ(trades(done, source, ledger_step::backstop)[0].substr(0, 8), "L -1000 ");
}

// ------------------------------------------------------------------------------------------------- replays

/// A book on its way through ticks, as `replay` takes it; with `resumes` it is taken apart and put together after each.
class world {
 public:
  explicit world(const small_book& made, bool resumes = false) : resumes_(resumes) {
    auto run = replay::make(made.build(), made.build().reference.venue.rules, make_cpu_backend(1), {});
    EXPECT_TRUE(run.has_value());
    run_ = std::move(run).value();
  }

  /// The next tick, with the marks that the feed sends.
  void tick(const std::map<std::string, std::int64_t>& marks, std::vector<update> updates = {}) {
    tick_to(now_ + 1, marks, std::move(updates));
  }
  void tick_to(std::int64_t tick, const std::map<std::string, std::int64_t>& marks, std::vector<update> updates = {}) {
    now_ = tick;
    tick_marks fed;
    fed.tick = tick;
    for (const auto& [name, ticks] : marks) {
      mark one;
      one.ticks = ticks;
      fed.changed.emplace_back(instrument(name), one);
    }
    for (update& one : updates) { one.tick = tick; }
    refusal_list refusals;
    const status stepped = run_->step(fed, updates, refusals);
    ASSERT_TRUE(stepped.has_value()) << stepped.error().message << refusals.to_error().message;
    EXPECT_EQ(run_->engine().books().sums().lots, run_->opening().lots);
    if (resumes_) { resume(); }
  }

  [[nodiscard]] std::uint32_t instrument(const std::string& name) const {
    const auto& all = run_->state().reference.instruments;
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (all[i].name == name) { return i; }
    }
    ADD_FAILURE() << name;
    return 0;
  }
  /// Legs of a step in the present tick: "account lots price", or "account amount" where no position changes.
  [[nodiscard]] std::vector<std::string> legs(ledger_step step) const {
    std::vector<std::string> out;
    for (const event_row& row : run_->log().events) {
      if (row.tick != now_ || row.step != step || row.unit == no_id) { continue; }
      const std::string name(run_->log().name(row.account));
      out.push_back(row.lots == 0 ? name + ' ' + std::to_string(row.amount)
                                  : name + ' ' + std::to_string(row.lots) + ' ' + std::to_string(row.price_ticks));
    }
    return out;
  }
  [[nodiscard]] const tick_row& row() const { return run_->log().ticks.back(); }
  [[nodiscard]] std::int64_t mark_of(const std::string& name) const {
    return run_->state().marks[instrument(name)].ticks;
  }
  [[nodiscard]] std::int64_t balance(const char* account) const {
    return run_->state().units.balance[unit_of(run_->state(), account)];
  }
  [[nodiscard]] const replay& run() const { return *run_; }

 private:
  void resume() {
    replay_state kept = run_->save();
    // Files hold no isolated unit without a position: the state has them.
    book stopped = run_->state();
    for (const bare_unit& one : bare_units_of(stopped)) {
      const std::uint32_t unit = find_unit(stopped, one.account, one.code);
      stopped.units.balance[unit] = 0;
      stopped.units.cash[unit] = 0;
    }
    stopped = drop_closed(std::move(stopped));
    replay_log log = run_->log();
    auto again = replay::resume(std::move(stopped), run_->engine().rules(), make_cpu_backend(1), {}, std::move(kept),
                                std::move(log));
    ASSERT_TRUE(again.has_value()) << again.error().message;
    before_.push_back(std::move(run_));
    run_ = std::move(again).value();
  }

  std::vector<std::unique_ptr<replay>> before_;  ///< A copied log's names lie in the one it was copied from.
  std::unique_ptr<replay> run_;
  std::int64_t now_ = 0;
  bool resumes_;
};

update of_kind(update_kind kind, const std::string& account, std::int64_t amount) {
  update one;
  one.kind = kind;
  one.account = account;
  one.asset = 0;
  one.amount = amount;
  return one;
}
update settled(std::uint32_t instrument, std::int64_t price) {
  update one;
  one.kind = update_kind::settle;
  one.instrument = instrument;
  one.price = {price, 0};
  return one;
}
update filled(const std::string& account, std::uint32_t instrument, std::int64_t lots, std::int64_t price) {
  update one;
  one.account = account;
  one.instrument = instrument;
  one.lots = lots;
  one.price = {price, 0};
  return one;
}

// ------------------------------------------------------------------------------------------------ 15, cooldown

constexpr const char* fifths =
    "[liquidation]\nmode = \"fraction\"\nfraction = 0.2\ncooldown_ticks = 3\nsurplus_to = \"account\"\n";

/// A long of 10 with an equity of 5 at the mark of 100, MM 1 %; a market that takes everything at the mark.
small_book cut_long(const std::string& lines = "") {
  small_book out(0, fifths + lines + std::string("[market]\ndepth = 100000000\n"));
  out.contract("M", 0, 0, 100, one_percent);
  out.balance("L", 5).position("L", "M", 10, 1'000);
  out.balance("S", 9'000).position("S", "M", -10, -1'000);
  return out;
}

TEST(cooldown, nothing_is_closed_before_it_is_over_and_then_all) {
  for (const bool resumes : {false, true}) {
    world run(cut_long("whole_below = 900\n"), resumes);
    run.tick({});
    EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -2 100"));
    run.tick({});
    EXPECT_THAT(run.legs(ledger_step::liquidate), IsEmpty()) << "800 is below whole_below, and yet it cools";
    run.tick({});
    EXPECT_THAT(run.legs(ledger_step::liquidate), IsEmpty());
    run.tick({});
    EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -8 100"));
  }
}

TEST(cooldown, whole_below_is_strict) {
  world at(cut_long("whole_below = 1000\n"));
  at.tick({});
  EXPECT_THAT(at.legs(ledger_step::liquidate), ElementsAre("L -2 100"));
  world below(cut_long("whole_below = 1001\n"));
  below.tick({});
  EXPECT_THAT(below.legs(ledger_step::liquidate), ElementsAre("L -10 100"));
}

TEST(cooldown, lapses_with_recovery) {
  world run(cut_long());
  run.tick({});
  EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -2 100"));
  run.tick({{"M", 110}});
  EXPECT_EQ(run.row().states[static_cast<int>(unit_state::liquidatable)], 0U);
  run.tick({{"M", 100}});
  EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -2 100")) << "cut anew: ceil(0.2 x 8)";
}

// --------------------------------------------------------------------------------- 17, 18: the simulated market

/// One side of a linear market; a lot and tick are worth a step.
small_book market_book(const std::string& lines) {
  small_book out(0, "[market]\n" + lines);
  out.contract("M", 0, 0, 1'000'000, one_percent);
  out.balance("a", 1);
  return out;
}

struct hand_market {
  explicit hand_market(const std::string& lines)
      : source(market_book(lines).build()), venue(make_simulated_market(source, source.reference.venue.rules.market)) {}
  /// Fills of an order: "lots@price".
  std::vector<std::string> send(std::int64_t lots, std::int64_t limit) {
    venue->send({{1, ++orders}, 0, lots, limit});
    std::vector<market_answer> answers;
    venue->take_answers(answers);
    std::vector<std::string> out;
    for (const market_answer& one : answers) {
      if (one.kind == answer_kind::fill) {
        out.push_back(std::to_string(one.lots) + '@' + std::to_string(one.price_ticks));
      }
    }
    return out;
  }
  std::vector<std::string> sell(std::int64_t lots, std::int64_t limit = 1) { return send(-lots, limit); }
  std::vector<std::string> buy(std::int64_t lots) { return send(lots, limits::price_ticks_max); }
  void tick(std::int64_t tick, std::int64_t mark_ticks = 1'000'000) {
    source.marks[0].ticks = mark_ticks;
    venue->begin_tick(tick, source.marks);
  }

  book source;
  std::unique_ptr<market> venue;
  std::uint32_t orders = 0;
};

TEST(simulated_market, slices_trade_at_their_far_end_sides_apart) {
  // 1999 lots within 1 %, 19.99 a slice: edges at 19, 39, 59.
  hand_market at("depth = 1999999999\n");
  at.tick(1);
  EXPECT_THAT(at.sell(25), ElementsAre("19@999900", "6@999800"));
  EXPECT_THAT(at.buy(20), ElementsAre("19@1000100", "1@1000200"));
  EXPECT_THAT(at.sell(20), ElementsAre("14@999800", "6@999700"));
  EXPECT_THAT(at.sell(20, 999'700), ElementsAre("14@999700")) << "its limit";
}

TEST(simulated_market, ends_after_a_hundred_moves_or_below_one_step) {
  hand_market near("depth = 100000000\ndepth_move = 0.001\n");
  near.tick(1);
  std::vector<std::string> fills = near.sell(1'000'000);
  EXPECT_EQ(fills.size(), 10'000U);
  EXPECT_EQ(fills.back(), "1@900000");
  hand_market far("depth = 100000000\ndepth_move = 0.1\n");
  far.tick(1);
  fills = far.sell(1'000'000);
  EXPECT_EQ(fills.size(), 999U);
  EXPECT_EQ(fills.back(), "1@1000") << "the next would be at 0";
}

TEST(simulated_market, depth_is_whole_lots_at_the_feeds_mark) {
  hand_market at("depth = 100999999\n");
  at.tick(1);
  EXPECT_THAT(at.sell(2), ElementsAre("1@999900", "1@999800")) << "100 lots, one a slice";
  at.tick(2, 1'010'000);
  EXPECT_THAT(at.buy(1), ElementsAre("1@1010202"))
      << "99 lots: the first slice holds none; 2.02 hundredths on the step";
}

TEST(simulated_market, after_a_half_life_half_is_left_whatever_was_asked_between) {
  const auto first_price = [](const std::vector<std::int64_t>& ticks, bool asks) {
    hand_market at("depth = 10000000000\nhalf_life_ticks = 7\n");
    at.tick(1);
    at.sell(5'000);
    for (const std::int64_t tick : ticks) {
      at.tick(tick);
      if (asks) { EXPECT_THAT(at.sell(10, 999'999), IsEmpty()) << "beyond its limit: nothing trades"; }
    }
    at.tick(8);
    return at.sell(101).front();
  };
  EXPECT_EQ(first_price({}, false), "100@997400");
  EXPECT_EQ(first_price({2, 3, 4, 5, 6, 7}, false), "100@997400");
  EXPECT_EQ(first_price({2, 5, 6}, true), "100@997400");
}

TEST(simulated_market, an_order_between_adds_to_what_is_left) {
  hand_market at("depth = 10000000000\nhalf_life_ticks = 4\n");
  at.tick(1);
  at.sell(4'000);
  at.tick(5);
  EXPECT_THAT(at.sell(2'000).front(), "100@997900") << "2000 are left";
  at.tick(9);
  EXPECT_THAT(at.sell(1).front(), "1@997900") << "of 4000 together";
  at.tick(11);
  // 2001 x 2^(-1/2) = 1414.9.
  EXPECT_THAT(at.sell(100).front(), "86@998500");
}

/// An account whose long of so many lots is 1 short of bankrupt per 1000; the fund pays whatever the market takes.
small_book pushed(const std::string& market_lines) {
  small_book out(2, std::string(nobody_pays) + "[adl]\nenabled = false\n[fund.balance]\nUSD = 100000000\n[market]\n" +
                        market_lines);
  out.contract("M", 0, 0, 1'000'000, nearly_none).contract("N", 0, 0, 5, nearly_none);
  return out;
}

TEST(permanent_impact, stays_until_the_feed_sends_that_mark_again) {
  for (const bool resumes : {false, true}) {
    // 200 lots of depth, two a slice; 101 lots reach into slice 51. 60 % of 0.51 % stay.
    small_book made = pushed("depth = 200000000\npermanent = 0.6\nhalf_life_ticks = 0\n");
    made.balance("L", -1).position("L", "M", 101, 101 * 100'000'000LL);
    made.balance("S", 1'000'000'000'000).position("S", "M", -101, -101 * 100'000'000LL);
    world run(made, resumes);
    run.tick({{"M", 1'000'000}});
    EXPECT_EQ(run.mark_of("M"), 1'000'000 - 3'060);
    EXPECT_EQ(run.row().passes, 2U);
    run.tick({{"N", 6}});
    EXPECT_EQ(run.mark_of("M"), 1'000'000 - 3'060);
    EXPECT_EQ(run.row().passes, 1U);
    run.tick({{"M", 1'000'100}});
    EXPECT_EQ(run.mark_of("M"), 1'000'100) << "the feed's own";
    EXPECT_EQ(run.row().passes, 1U);
  }
}

TEST(permanent_impact, moves_nothing_in_a_tick_without_orders) {
  // The half-life is long: what was sold weighs on the next order, not on a fresh mark.
  small_book made = pushed("depth = 200000000\npermanent = 1\nhalf_life_ticks = 1000\n");
  made.balance("L", -1).position("L", "M", 100, 100 * 100'000'000LL);
  made.balance("S", 1'000'000'000'000).position("S", "M", -100, -100 * 100'000'000LL);
  world run(made);
  run.tick({{"M", 1'000'000}});
  EXPECT_EQ(run.mark_of("M"), 995'000);
  run.tick({{"M", 1'000'000}});
  EXPECT_EQ(run.mark_of("M"), 1'000'000);
  EXPECT_EQ(run.row().passes, 1U);
}

TEST(permanent_impact, of_a_short_goes_up) {
  small_book made = pushed("depth = 200000000\npermanent = 0.5\n");
  made.balance("L", -1).position("L", "M", -3, -3 * 100'000'000LL);
  made.balance("S", 1'000'000'000).position("S", "M", 3, 3 * 100'000'000LL);
  world run(made);
  run.tick({});
  EXPECT_EQ(run.mark_of("M"), 1'000'100) << "half of two slices";
  run.tick({{"N", 6}});
  EXPECT_EQ(run.mark_of("M"), 1'000'100);
}

// ---------------------------------------------------------------------------------------- 9, fund by instrument

constexpr const char* by_instrument =
    "[adl]\nenabled = false\n[socialise]\nenabled = false\n[fund]\nscope = \"instrument\"\n";

/// M and N at 100, with funds of 50 each unless told.
small_book two_funds(const std::string& more = "", const std::string& balance = "{ M = 50, N = 50 }") {
  small_book out(0, by_instrument + more + "balance = " + balance + "\n");
  out.contract("M", 0, 0, 100, nearly_none).contract("N", 0, 0, 100, nearly_none);
  out.balance("z", 100'000);
  return out;
}

int128 fund_of(const world& run, const char* name) { return run.run().engine().state().fund.balance.at(name); }

TEST(fund_by_instrument, asks_where_the_unit_lost_and_nowhere_else) {
  for (const std::int64_t side : {1, -1}) {
    small_book made = two_funds();
    // 40 won in M, 120 lost in N: 80 owed, 50 there.
    made.balance("L", 0)
        .position("L", "M", 10 * side, 1'000 * side - 40)
        .position("L", "N", -10 * side, -1'000 * side + 120);
    world run(made);
    run.tick({});
    EXPECT_EQ(fund_of(run, "M"), 50);
    EXPECT_EQ(fund_of(run, "N"), 0);
    EXPECT_EQ(run.row().flows.unpaid, 30);
  }
}

TEST(fund_by_instrument, nets_both_sides_of_an_instrument_and_asks_ascending) {
  small_book made = two_funds();
  // Lost: M -70 + 60 = -10, N -55; owed 65 of 50 + 15.
  made.balance("L", 0).position("L", "M", 10, 1'070).position("L", "M", -10, -1'060).position("L", "N", 10, 1'055);
  world run(made);
  run.tick({});
  EXPECT_EQ(fund_of(run, "M"), 0);
  EXPECT_EQ(fund_of(run, "N"), 35);
  EXPECT_EQ(run.row().flows.unpaid, 0);
}

TEST(fund_by_instrument, remembers_what_is_settled_with_the_debt) {
  for (const bool resumes : {false, true}) {
    small_book made = two_funds("tick_limit = 30\n", "{ M = 500, N = 500 }");
    // N settles at 90: L loses 100 and owes 80; M made 10 and stays.
    made.balance("L", 10).position("L", "N", 10, 1'000).position("L", "M", 10, 990);
    made.balance("S", 1'000).position("S", "N", -10, -1'000).position("S", "M", -10, -990);
    world run(made, resumes);
    run.tick({}, {settled(1, 90)});
    EXPECT_EQ(fund_of(run, "N"), 470);
    EXPECT_EQ(run.row().flows.unpaid, 50);
    run.tick({});
    run.tick({});
    EXPECT_EQ(fund_of(run, "N"), 420) << "30, 30 and 20";
    EXPECT_EQ(fund_of(run, "M"), 500);
    EXPECT_EQ(run.row().flows.unpaid, 0);
    // Paid: forgotten. A fee is no loss in an instrument.
    run.tick({}, {of_kind(update_kind::fee, "L", 30)});
    EXPECT_EQ(fund_of(run, "N"), 420);
    EXPECT_EQ(run.row().flows.unpaid, 30);
    EXPECT_TRUE(run.run().engine().state().gone.empty());
  }
}

TEST(fund_by_instrument, remembers_what_is_sold_in_the_tick) {
  for (const bool resumes : {false, true}) {
    small_book made = two_funds();
    made.balance("L", 10).position("L", "N", -10, -1'000);
    world run(made, resumes);
    run.tick({}, {filled("L", 1, 10, 104)});  // Bought back at 104: 40 lost, 30 owed.
    EXPECT_EQ(fund_of(run, "N"), 20);
    EXPECT_EQ(fund_of(run, "M"), 50);
    EXPECT_EQ(run.row().flows.unpaid, 0);
  }
}

TEST(fund_by_instrument, forgets_with_recovery) {
  small_book made = two_funds("", "{ M = 50, N = 0 }");
  made.balance("L", 10).position("L", "N", 10, 1'000);
  world run(made);
  run.tick({}, {filled("L", 1, -10, 95)});
  EXPECT_EQ(run.row().flows.unpaid, 40);
  EXPECT_EQ(run.run().engine().state().gone.size(), 1U);
  run.tick({}, {of_kind(update_kind::deposit, "L", 40)});
  EXPECT_TRUE(run.run().engine().state().gone.empty());
}

TEST(fund_by_instrument, counts_what_the_waterfall_closed_at_the_marks) {
  for (const bool resumes : {false, true}) {
    // A short of 10 at 3, entry 2: 10 lost, 100 owed. Its BV is clamped to the value at 1, where it would have won 10.
    small_book made(0,
                    "[socialise]\nenabled = false\n[backstop]\nenabled = true\n"
                    "[fund]\nscope = \"instrument\"\ntick_limit = 15\nbalance = { M = 500, N = 500 }\n");
    made.contract("M", 0, 0, 3, nearly_none).contract("N", 0, 0, 3, nearly_none);
    made.balance("L", -90).position("L", "N", -10, -20);
    made.balance("z", 100'000).position("z", "N", 10, 20);
    world run(made, resumes);
    run.tick({});
    EXPECT_EQ(run.row().flows.unpaid, 65) << "20 by closing at 1, 15 by the fund";
    run.tick({});
    EXPECT_EQ(run.row().flows.unpaid, 50);
    EXPECT_EQ(fund_of(run, "N"), 470);
    EXPECT_EQ(fund_of(run, "M"), 500);
  }
}

TEST(fund_by_instrument, of_an_isolated_unit_is_its_own_also_once_it_is_bare) {
  for (const bool resumes : {false, true}) {
    small_book made = two_funds("tick_limit = 20\n", "{ M = 500, N = 500 }");
    made.isolated("L", "N", 10, 1'000, 10);
    made.balance("S", 1'000).position("S", "N", -10, -1'000);
    world run(made, resumes);
    run.tick({}, {settled(1, 95)});
    EXPECT_EQ(run.row().flows.unpaid, 20);
    run.tick({});
    EXPECT_EQ(run.row().flows.unpaid, 0);
    EXPECT_EQ(fund_of(run, "N"), 460);
    EXPECT_EQ(fund_of(run, "M"), 500);
  }
}

// ----------------------------------------------------------------------------------------------- 16, 19: fees

TEST(fees, count_what_goes_to_fees_alone) {
  for (const bool to_fund : {false, true}) {
    small_book made(
        0, std::string("[liquidation]\nliquidation_fee = 0.002\nfee_to = \"") + (to_fund ? "fund" : "fees") + "\"\n");
    made.contract("M", 0, 0, 100, one_percent);
    made.balance("L", 5).position("L", "M", 10, 1'000);
    made.balance("S", 9'000).position("S", "M", -10, -1'000);
    book source = made.build();
    const executed done = execute_tick(source, make_fixed_market(100));
    EXPECT_EQ(done.outcome.flows.at(0).fees, to_fund ? 0 : 2);
    EXPECT_EQ(done.outcome.flows.at(0).surplus, 3);
    EXPECT_EQ(done.by->books().balance(system_account::fund, 0), to_fund ? 5 : 3);
    EXPECT_EQ(done.by->books().balance(system_account::fees, 0), to_fund ? 0 : 2);
  }
}

TEST(target_health, later_positions_are_untouched_once_it_is_met) {
  small_book made(
      0,
      "[liquidation]\nmode = \"target_health\"\ntarget_health = 1\nsurplus_to = \"account\"\nliquidation_fee = 0.02\n");
  made.contract("M", 0, 0, 100, {{0, 100'000, 200'000}}).contract("N", 0, 0, 100, {{0, 1'000, 200'000}});
  made.balance("L", 90).position("L", "M", -10, -1'000).position("L", "N", 10, 1'000);
  made.balance("S", 9'000).position("S", "M", 10, 1'000).position("S", "N", -10, -1'000);
  book source = made.build();
  const executed done = execute_tick(source, make_fixed_market(100));
  // 90 - 4 against 81.
  EXPECT_THAT(trades(done, source, ledger_step::liquidate), ElementsAre("L 2 200 -4 100"));
}

TEST(isolated_margin, returns_after_each_pass) {
  // Pass 1 closes L's isolated M and leaves 845 of its margin; T's N pushes N from 10000 to 9990. There L's cross unit
  // has 95 against an MM of 99.9, without what came back.
  small_book made(0, "[liquidation]\nsurplus_to = \"account\"\n[market]\ndepth = 1000000\npermanent = 1\n");
  made.contract("M", 0, 0, 10'000, one_percent).contract("N", 0, 0, 10'000, one_percent);
  made.isolated("L", "M", 10, 100'000, 900);
  made.balance("L", 105).position("L", "N", 1, 10'000);
  made.balance("T", 900).position("T", "N", 10, 100'000);
  made.balance("Z", 900'000).position("Z", "M", -10, -100'000).position("Z", "N", -11, -110'000);
  world run(made);
  run.tick({});
  EXPECT_EQ(run.mark_of("N"), 9'990);
  EXPECT_EQ(run.row().passes, 2U);
  EXPECT_EQ(run.balance("L"), 105 + 845);
  const book& now = run.run().state();
  EXPECT_EQ(now.positions.lots[position_of(now, "L", "N")], 1);
}

}  // namespace
}  // namespace plimsoll
