// Fills of accounts in hedge mode: they act on the side that they name, and open a position with the margin mode that
// they name.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/backend/choose.hpp"
#include "host/book/find.hpp"
#include "host/engine/tick_engine.hpp"
#include "tests/venue/small_book.hpp"

namespace plimsoll {
namespace {

using ::testing::HasSubstr;

/// `h` holds a long and a short of 10; `i` the same, isolated; `n` holds nothing. A lot is worth a step a tick; mark
/// 100.
struct venue {
  tick_engine engine{make_cpu_backend(1), {}};
  std::string outcome;

  venue() {
    small_book made(0);
    made.contract("X", 0, 0, 100, {{0, 10'000, 20'000}}).contract("X-", 0, 0, 100, {{0, 10'000, 20'000}});
    made.balance("h", 5'000).position("h", "X", 10, 1'000).position("h", "X", -10, -1'100);
    made.balance("i", 5'000).isolated("i", "X", 10, 1'000, 50).isolated("i", "X", -10, -1'000, 60);
    made.balance("n", 5'000);
    EXPECT_TRUE(engine.load(made.build()));
  }

  bool fill(const std::string& account, std::int64_t lots, std::optional<position_side> side = std::nullopt,
            std::optional<margin_mode> mode = std::nullopt, const std::string& to = "", std::uint32_t instrument = 0) {
    update one;
    one.row = 2;
    one.account = account;
    one.to = to;
    one.instrument = instrument;
    one.lots = {lots};
    one.price = {100, 0};
    one.side = side;
    one.mode = mode;
    const auto applied = engine.apply({&one, 1});
    outcome = applied ? "" : applied.error().message;
    return applied.has_value();
  }

  /// "cross long 10, isolated short -3"
  [[nodiscard]] std::string holds(const std::string& account, std::uint32_t instrument = 0) const {
    const book& columns = engine.columns();
    const both_sides held = find_positions(columns, columns.accounts.find(account), instrument);
    std::string out;
    for (const std::uint32_t position : held.of) {
      if (position == no_id) { continue; }
      const bool isolated = columns.units.code[columns.positions.unit[position]].is_isolated();
      out += (out.empty() ? "" : ", ") + std::string(isolated ? "isolated " : "cross ") +
             std::to_string(columns.positions.lots[position]);
    }
    return out;
  }
};

constexpr auto long_side = position_side::long_side;
constexpr auto short_side = position_side::short_side;

TEST(hedge_fills, act_on_the_side_that_they_name_alone) {
  venue at;
  ASSERT_TRUE(at.fill("h", -3, short_side)) << at.outcome;
  EXPECT_EQ(at.holds("h"), "cross 10, cross -13") << "a sale adds to the short";
  ASSERT_TRUE(at.fill("h", -3, long_side));
  EXPECT_EQ(at.holds("h"), "cross 7, cross -13");
  ASSERT_TRUE(at.fill("h", 13, short_side));
  EXPECT_EQ(at.holds("h"), "cross 7");
  ASSERT_TRUE(at.fill("n", 2, long_side));
  ASSERT_TRUE(at.fill("n", -2, short_side));
  EXPECT_EQ(at.holds("n"), "cross 2, cross -2");
}

TEST(hedge_fills, that_reduce_more_than_is_held_are_refused) {
  venue at;
  EXPECT_FALSE(at.fill("h", -11, long_side));
  EXPECT_THAT(at.outcome,
              HasSubstr("row 2, column size: \"-11\" reduces more than the 10 contracts that h holds long"));
  EXPECT_FALSE(at.fill("n", 1, short_side));
  EXPECT_THAT(at.outcome, HasSubstr("reduces more than the 0 contracts that n holds short"));
  EXPECT_EQ(at.holds("h"), "cross 10, cross -10");
  EXPECT_EQ(at.holds("n"), "");
}

TEST(hedge_fills, without_a_side_are_refused_where_both_are_held) {
  venue at;
  EXPECT_FALSE(at.fill("h", 1));
  EXPECT_THAT(at.outcome, HasSubstr("column side: is blank, but h holds both sides of X"));
  EXPECT_FALSE(at.fill("n", 1, std::nullopt, std::nullopt, "h"));
  EXPECT_THAT(at.outcome, HasSubstr("column to: \"h\" holds both sides of X"));
  ASSERT_TRUE(at.fill("h", 1, std::nullopt, std::nullopt, "", 1)) << "of another contract it holds none";
  ASSERT_TRUE(at.fill("h", -10, long_side));
  ASSERT_TRUE(at.fill("h", 12)) << "one side is left: it nets";
  EXPECT_EQ(at.holds("h"), "cross 2");
}

TEST(hedge_fills, open_as_margined_as_they_say) {
  venue at;
  ASSERT_TRUE(at.fill("n", 4, std::nullopt, margin_mode::isolated));
  EXPECT_EQ(at.holds("n"), "isolated 4");
  ASSERT_TRUE(at.fill("n", 1)) << "as the side is held already";
  EXPECT_EQ(at.holds("n"), "isolated 5");
  ASSERT_TRUE(at.fill("n", -2, short_side));
  EXPECT_EQ(at.holds("n"), "isolated 5, cross -2") << "else cross";
  EXPECT_FALSE(at.fill("n", 1, long_side, margin_mode::cross));
  EXPECT_THAT(at.outcome,
              HasSubstr("column margin_mode: \"cross\" contradicts the position that n holds in X, which is isolated"));
  EXPECT_FALSE(at.fill("n", -1, long_side, margin_mode::cross)) << "a reduction as well";
  // Crossing zero: the closed position may have been the other one.
  ASSERT_TRUE(at.fill("n", -5, long_side));
  ASSERT_TRUE(at.fill("n", 3, std::nullopt, margin_mode::isolated)) << at.outcome;
  EXPECT_EQ(at.holds("n"), "isolated 1");
}

TEST(hedge_fills, open_isolated_units_in_the_order_of_their_names) {
  venue at;
  // `isolated:X-:long` sorts before `isolated:X:long`.
  ASSERT_TRUE(at.fill("n", 4, std::nullopt, margin_mode::isolated, "", 0));
  ASSERT_TRUE(at.fill("n", -4, short_side, margin_mode::isolated, "", 0));
  ASSERT_TRUE(at.fill("n", 4, std::nullopt, margin_mode::isolated, "", 1));
  const book dense = at.engine.snapshot();
  std::vector<std::string> names;
  for (std::uint32_t unit = 0; unit < dense.units.size(); ++unit) {
    if (dense.accounts[dense.units.account[unit]] == "n") { names.push_back(dense.unit_name(dense.units.code[unit])); }
  }
  EXPECT_THAT(names, ::testing::ElementsAre("cross:USD", "isolated:X-:long", "isolated:X:long", "isolated:X:short"));
  EXPECT_EQ(state_digest(dense), state_digest(at.engine.columns()));
}

TEST(hedge_fills, of_an_isolated_position_return_its_margin_when_they_close_it) {
  venue at;
  ASSERT_TRUE(at.fill("i", -10, long_side));
  EXPECT_EQ(at.holds("i"), "isolated -10");
  const book& columns = at.engine.columns();
  const std::uint32_t cross = find_unit(columns, columns.accounts.find("i"), unit_code::cross(0));
  EXPECT_EQ(columns.units.balance[cross], 5'050);
}

/// 10 contracts of one dollar at a mark of 100 are worth 0.10, and a long's value is below zero: it pays all the same.
TEST(funding, of_an_inverse_contract_is_paid_by_longs) {
  small_book made(2);
  made.contract("X", 0, 0, 100, {{0, 10'000, 20'000}}, instrument_kind::inverse);
  made.balance("a", 5'000).position("a", "X", 10, -10).balance("b", 5'000).position("b", "X", -10, 10);
  venue at;
  ASSERT_TRUE(at.engine.load(made.build()));
  update one;
  one.kind = update_kind::funding;
  one.instrument = 0;
  one.rate = {2, 1};
  ASSERT_TRUE(at.engine.apply({&one, 1}));
  const book& columns = at.engine.columns();
  EXPECT_EQ(columns.units.balance[unit_of(columns, "a")], 4'998);
  EXPECT_EQ(columns.units.balance[unit_of(columns, "b")], 5'002);
}

/// A slot that a closed position leaves is taken by the next one, which has no score yet.
TEST(given_scores, of_a_position_that_a_fill_opens_are_zero) {
  small_book made(0, "[adl]\nscore = \"given\"\n");
  made.contract("X", 0, 0, 100, {{0, 10'000, 20'000}});
  made.balance("a", 5'000).position("a", "X", 10, 1'000, 7).balance("b", 5'000).position("b", "X", -10, -1'000, 8);
  made.balance("n", 5'000);
  venue at;
  ASSERT_TRUE(at.engine.load(made.build()));
  const auto score_of = [&](const std::string& account, position_side side) {
    const book& columns = at.engine.columns();
    return columns.positions.given.at(find_positions(columns, columns.accounts.find(account), 0)[side]);
  };
  EXPECT_EQ(score_of("a", long_side), 7);
  ASSERT_TRUE(at.fill("a", -10)) << at.outcome;
  ASSERT_TRUE(at.fill("a", 4)) << at.outcome;
  EXPECT_EQ(score_of("a", long_side), 0);
  ASSERT_TRUE(at.fill("b", 12)) << at.outcome;
  EXPECT_EQ(score_of("b", long_side), 0) << "turned from short to long";
  ASSERT_TRUE(at.fill("n", 1)) << at.outcome;
  EXPECT_EQ(score_of("n", long_side), 0);
}

}  // namespace
}  // namespace plimsoll
