// The report of a tick beyond its plans: the feasibility before the waterfall acted, and the concerned units.
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/venue/small_book.hpp"

namespace plimsoll {
namespace {

const std::vector<small_band> nearly_none = {{0, 1, 20'000}};
constexpr const char* nobody_pays = "[socialise]\nenabled = false\n";

TEST(tick_report, says_of_each_side_what_could_be_done_before_anything_was) {
  // M lacks two lots of winners; of N's, one is in profit and one is not. Q has nothing left, and owes nothing.
  small_book made(0, nobody_pays + std::string("[fund.balance]\nUSD = 45\n"));
  made.contract("M", 0, 0, 100, nearly_none).contract("N", 0, 0, 100, nearly_none);
  made.balance("L1", -20).position("L1", "M", 5, 500);
  made.balance("L2", -30).position("L2", "N", -4, -400);
  made.balance("L3", -7).position("L3", "N", -3, -300);
  made.balance("Q", 0).position("Q", "N", 1, 100);
  made.balance("W1", 1'000).position("W1", "M", -3, -330);
  made.balance("W2", 1'000).position("W2", "N", 10, 1'010);
  made.balance("W3", 1'000).position("W3", "N", 1, 90);
  book source = made.build();
  const executed done = execute_tick(source, make_fixed_market(0));
  ASSERT_EQ(done.outcome.feasible.size(), 2U);
  const feasibility& of_m = done.outcome.feasible[0];
  EXPECT_EQ(of_m.instrument, 0U);
  EXPECT_EQ(of_m.losers, position_side::long_side);
  EXPECT_EQ(of_m.demand, 5U);
  EXPECT_EQ(of_m.ladder_lots, 3U);
  EXPECT_EQ(of_m.winners_profit, 30);
  EXPECT_EQ(of_m.deficit, 20);
  EXPECT_EQ(of_m.fund, 45);
  EXPECT_EQ(of_m.lots_left_over, 2U);
  const feasibility& of_n = done.outcome.feasible[1];
  EXPECT_EQ(of_n.instrument, 1U);
  EXPECT_EQ(of_n.losers, position_side::short_side);
  EXPECT_EQ(of_n.demand, 7U);
  EXPECT_EQ(of_n.ladder_lots, 11U);
  EXPECT_EQ(of_n.winners_profit, 10);
  EXPECT_EQ(of_n.deficit, 37);
  EXPECT_EQ(of_n.fund, 45);
  EXPECT_EQ(of_n.lots_left_over, 0U);

  EXPECT_EQ(done.outcome.units_bankrupt, 3U);
  EXPECT_EQ(done.outcome.units_liquidated, 1U);
  EXPECT_EQ(done.outcome.flows.at(0).adl_candidates, 3U);
  // L1 keeps 2 of its lots, and with them the debt: 20 less the parts that W1 took over, 12.
  EXPECT_EQ(done.outcome.flows.at(0).fund_paid, 8);
  EXPECT_EQ(done.outcome.flows.at(0).unpaid, 0);
  std::vector<std::string> steps;
  for (const stage_time& one : done.outcome.times) { steps.emplace_back(one.stage); }
  EXPECT_EQ(steps, (std::vector<std::string>{"feasibility", "liquidate", "deleverage", "settle", "check"}));
}

TEST(tick_report, counts_what_the_backstop_takes_and_the_unit_as_liquidated) {
  small_book made(0, "[backstop]\nenabled = true\nbelow_health = 0.99\n");
  made.contract("M", 0, 0, 100, nearly_none);
  made.balance("Q", 0).position("Q", "M", 3, 300);
  book source = made.build();
  const executed done = execute_tick(source, make_fixed_market(0));
  EXPECT_EQ(done.outcome.units_liquidated, 1U);
  EXPECT_EQ(done.outcome.units_bankrupt, 0U);
  EXPECT_EQ(done.outcome.flows.at(0).backstop, 300);
  EXPECT_TRUE(done.outcome.feasible.empty());
  EXPECT_EQ(done.by->books().holdings(system_account::backstop).positions.at(0).lots, 3);
}

TEST(tick_report, counts_the_lots_that_the_overlap_check_kept_from_winners) {
  // A lot costs 30. W1 and W2 are skipped for all three lots, W3 for one.
  small_book made(0, nobody_pays);
  made.contract("M", 0, 0, 100, nearly_none);
  made.balance("L", -90).position("L", "M", -3, -300);
  made.balance("W1", 28 - 500).position("W1", "M", 10, 500);
  made.balance("W2", 29 - 500).position("W2", "M", 10, 500);
  made.balance("W3", 60 - 500).position("W3", "M", 10, 500);
  made.balance("W4", 5'000 - 500).position("W4", "M", 10, 500);
  book source = made.build();
  const executed done = execute_tick(source, make_fixed_market(0));
  EXPECT_EQ(done.outcome.lots_passed_on, 3U + 3U + 1U);
}

TEST(tick_report, a_fund_that_opens_with_nothing_has_no_balance) {
  for (const char* opening : {"", "[fund.balance]\nUSD = 0\n", "[fund.balance]\nUSD = 1\n"}) {
    small_book made(0, opening);
    made.contract("M", 0, 0, 100, nearly_none).balance("L", 1);
    book source = made.build();
    waterfall_executor by(source, source.reference.venue.rules, make_fixed_market(0));
    EXPECT_EQ(by.books().holdings(system_account::fund).balance.size(),
              opening[0] != 0 && opening[21] == '1' ? 1U : 0U);
  }
}

TEST(tick_report, money_from_nowhere_stops_the_executor_and_the_tick_is_named) {
  small_book made(0, nobody_pays);
  made.contract("M", 0, 0, 100, {{0, 100'000, 200'000}});
  made.balance("L", 50).position("L", "M", 10, 1'000).balance("S", 10'000).position("S", "M", -10, -1'000);
  book source = made.build();
  waterfall_executor by(source, source.reference.venue.rules, make_fixed_market(0));
  const auto first = by.run(1, view_of(scan_for(source)));
  ASSERT_TRUE(first.has_value());
  ASSERT_EQ(first.value().orders.sent, 1U) << "a pass that does nothing is not checked";
  ++source.units.balance[0];
  const auto stopped = by.run(2, view_of(scan_for(source)));
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, error_code::invariant_broken);
  EXPECT_EQ(stopped.error().message, "Invariant: the sums over all accounts differ from the opening sums after tick 2");
}

TEST(tick_report, the_steps_seconds_are_parts_of_the_whole) {
  small_book made(0, nobody_pays);
  made.contract("M", 0, 0, 100, nearly_none).balance("L", -90).position("L", "M", -3, -300);
  for (int i = 0; i < 100; ++i) {
    const std::string name = "W" + std::to_string(100 + i);
    made.balance(name, 28 - 500).position(name, "M", 10, 500);
  }
  book source = made.build();
  waterfall_executor by(source, source.reference.venue.rules, make_fixed_market(0));
  const scan_result scan = scan_for(source);
  const auto begin = std::chrono::steady_clock::now();
  const auto done = by.run(1, view_of(scan));
  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - begin;
  ASSERT_TRUE(done.has_value());
  double sum = 0;
  for (const stage_time& one : done.value().times) { sum += one.seconds; }
  EXPECT_LE(sum, whole.count());
  EXPECT_GT(sum, 0);
}

}  // namespace
}  // namespace plimsoll
