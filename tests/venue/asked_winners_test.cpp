// The lots that ADL asks of each winner, worked by hand in cases where one step of a haircut, or one asking too many,
// shows.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/venue/small_book.hpp"

namespace plimsoll {
namespace {

using testing::ElementsAre;

const std::vector<small_band> nearly_none = {{0, 1, 20'000}};

std::string lines_of(const std::string& policy) {
  return "[socialise]\nenabled = false\n[adl]\npolicy = \"" + policy + "\"\n";
}

std::string account_of(const ledger_leg& leg, const book& source) {
  return std::string(source.accounts[source.units.account[leg.unit]]);
}

/// One tick without a market; pairs of ADL in order: "loser winner lots".
std::vector<std::string> pairs(book& source) {
  const executed done = execute_tick(source, make_fixed_market(0));
  std::vector<std::string> out;
  for (const ledger_plan& plan : done.outcome.plans) {
    if (plan.step != ledger_step::adl) { continue; }
    out.push_back(account_of(plan.legs[0], source) + ' ' + account_of(plan.legs[1], source) + ' ' +
                  std::to_string(magnitude(plan.legs[1].lots)));
  }
  return out;
}

TEST(asked_winners, where_nothing_is_given_up_the_lots_stand_for_money) {
  // L lacks one step: MM is the same for both, so M's part is floor(1 / 2) = 0 and all of it is N's. By equity, 100 to
  // 300, the 4 lots of M are 1 and 3; the poorer is the higher on the ladder.
  small_book made(0, lines_of("min_max"));
  made.contract("M", 0, 0, 100, nearly_none).contract("N", 0, 0, 100, nearly_none);
  made.balance("L", -1).position("L", "M", -4, -400).position("L", "N", -4, -400);
  made.balance("W1", 100).position("W1", "M", 10, 1'000);
  made.balance("W2", 300).position("W2", "M", 10, 1'000);
  made.balance("W3", 9'000).position("W3", "N", 10, 1'000);
  book source = made.build();
  EXPECT_THAT(pairs(source), ElementsAre("L W1 1", "L W2 3", "L W3 4"));
}

TEST(asked_winners, a_cap_binds_nobody_where_nothing_is_given_up) {
  // W's profit of 10 would not allow a lot that costs anything; M costs nothing.
  small_book made(0, lines_of("capped:0.000001"));
  made.contract("M", 0, 0, 100, nearly_none).contract("N", 0, 0, 100, nearly_none);
  made.balance("L", -1).position("L", "M", -4, -400).position("L", "N", -4, -400);
  made.balance("W", 100).position("W", "M", 10, 990);
  made.balance("W3", 9'000).position("W3", "N", 10, 990);
  book source = made.build();
  EXPECT_THAT(pairs(source), ElementsAre("L W 4"));
}

TEST(asked_winners, min_max_counts_what_a_winner_gave_in_another_instrument) {
  // A lot costs 2. W1 gave 20 of its 120 in M. At a level of 28 %, W2 gives 28 of 100 in N, 14 lots, and W1, of whose
  // 33.6 the 20 are given, 13.6: 6 lots. By what they have left, 100 each, they would give 10 each.
  small_book made(0, lines_of("min_max"));
  made.contract("M", 0, 0, 100, nearly_none).contract("N", 0, 0, 100, nearly_none);
  made.balance("L1", -20).position("L1", "M", -10, -1'000);
  made.balance("L2", -40).position("L2", "N", -20, -2'000);
  made.balance("W1", 120).position("W1", "M", 10, 1'000).position("W1", "N", 20, 2'000);
  made.balance("W2", 100).position("W2", "N", 20, 2'000);
  book source = made.build();
  EXPECT_THAT(pairs(source), ElementsAre("L1 W1 10", "L2 W1 6", "L2 W2 14"));
}

TEST(asked_winners, min_max_counts_the_equity_as_it_is_while_nothing_was_given) {
  // A lot costs 2. A fifth of W1's equity of 10 is one lot, a fifth of W2's 1000 is 100: 101 are served at that level.
  small_book made(0, lines_of("min_max"));
  made.contract("M", 0, 0, 100, nearly_none);
  made.balance("L", -202).position("L", "M", -101, -10'100);
  made.balance("W1", 10).position("W1", "M", 200, 20'000);
  made.balance("W2", 1'000).position("W2", "M", 200, 20'000);
  book source = made.build();
  EXPECT_THAT(pairs(source), ElementsAre("L W1 1", "L W2 100"));
}

TEST(asked_winners, who_was_out_for_a_loser_stays_out_while_it_is_asked_for_a_cheaper_one) {
  // A lot is worth half a step. B's BV of 5 is 1.25 a lot, so a lot costs 0.75: W's equity of 1 bears one. Its value of
  // -4.5, floored to -5, becomes -4: all of its equity is left, and would bear another. The next asking is for A too,
  // whose lots cost less and whose account is W's own; it is skipped.
  small_book made(0, lines_of("queue"));
  made.contract("M", 1, 0, 5, nearly_none);
  made.balance("A", -4).position("A", "M", -9, -10).isolated("A", "M", 2, 2, 0);
  made.balance("B", 0).position("B", "M", 4, 5);
  made.balance("W2", 9'000).position("W2", "M", -20, -10);
  book source = made.build();
  EXPECT_THAT(pairs(source), ElementsAre("B A 1", "A W2 2", "B W2 3"));
}

}  // namespace
}  // namespace plimsoll
