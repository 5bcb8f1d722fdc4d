// Books that are put together again: units that hold only money, and the copy of a few accounts.
#include "host/book/rebuild.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "host/book/assemble.hpp"
#include "host/book/excerpt.hpp"
#include "tests/unit/small_reference.hpp"

namespace plimsoll {
namespace {

/// ann is long 5 of A and short 4 of B, both cross; bob is short 5 of A in a unit of its own, with a margin of 30.
/// Scores are given.
book three_positions() {
  name_table accounts;
  accounts.append("ann");
  accounts.append("bob");
  position_rows rows;
  rows.account = {0, 0, 1};
  rows.instrument = {0, 1, 0};
  rows.lots = {5, -4, -5};
  rows.cost = {500, -400, -500};
  rows.isolated = {0, 0, 1};
  rows.isolated_margin = {0, 0, 30};
  rows.given = {1.5, 2.5, 3.5};
  auto made = assemble_book(small_reference({"USD"}, {"A", "B"}), std::move(accounts), {{0, 1}, {0, 0}, {70, 9}},
                            std::move(rows), std::vector<mark>(2));
  EXPECT_TRUE(made.faults.empty());
  return std::move(made.built);
}

TEST(rebuild, a_unit_that_holds_only_money_has_it_as_cash_and_comes_in_the_order_of_names) {
  book source = three_positions();
  const unit_code of_a = unit_code::isolated(0, position_side::long_side);
  const unit_code of_b = unit_code::isolated(1, position_side::short_side);
  add_bare_units(source, std::vector<bare_unit>{{0, of_b, -20}, {1, of_a, 8}});
  const std::vector<unit_code> codes = {unit_code::cross(0), of_b, unit_code::cross(0), of_a,
                                        unit_code::isolated(0, position_side::short_side)};
  EXPECT_EQ(source.units.code, codes);
  EXPECT_EQ(source.units.account, (std::vector<std::uint32_t>{0, 0, 1, 1, 1}));
  EXPECT_EQ(source.units.balance, (std::vector<std::int64_t>{70, -20, 9, 8, 30}));
  EXPECT_EQ(source.units.cash, (std::vector<std::int64_t>{70 - 500 + 400, -20, 9, 8, 30 + 500}));
  EXPECT_EQ(source.units.first_position, (std::vector<std::uint32_t>{0, 2, 2, 2, 2, 3}));
  EXPECT_EQ(source.positions.unit, (std::vector<std::uint32_t>{0, 0, 4}));
  const std::vector<bare_unit> bare = bare_units_of(source);
  ASSERT_EQ(bare.size(), 2U);
  EXPECT_EQ(bare[0].balance, -20);
  EXPECT_EQ(bare[1].balance, 8);
}

TEST(rebuild, without_what_has_closed_every_column_moves_together) {
  book source = three_positions();
  source.positions.lots[0] = 0;
  source.positions.cost[0] = 0;
  const book left = drop_closed(std::move(source));
  EXPECT_EQ(left.positions.lots, (std::vector<std::int64_t>{-4, -5}));
  EXPECT_EQ(left.positions.cost, (std::vector<std::int64_t>{-400, -500}));
  EXPECT_EQ(left.positions.given, (std::vector<double>{2.5, 3.5}));
  EXPECT_EQ(left.positions.instrument, (std::vector<std::uint16_t>{1, 0}));
  EXPECT_EQ(left.units.first_position, (std::vector<std::uint32_t>{0, 1, 1, 2}));
}

TEST(excerpt, of_an_account_has_all_columns_of_its_positions) {
  const book source = three_positions();
  const book ann = excerpt_of(source, std::vector<std::uint32_t>{0});
  EXPECT_EQ(ann.positions.lots, (std::vector<std::int64_t>{5, -4}));
  EXPECT_EQ(ann.positions.cost, (std::vector<std::int64_t>{500, -400}));
  EXPECT_EQ(ann.positions.given, (std::vector<double>{1.5, 2.5}));
  EXPECT_EQ(ann.units.cash, (std::vector<std::int64_t>{70 - 500 + 400}));
  const book bob = excerpt_of(source, std::vector<std::uint32_t>{1});
  EXPECT_EQ(bob.accounts[0], "bob");
  EXPECT_EQ(bob.units.balance, (std::vector<std::int64_t>{9, 30}));
  EXPECT_EQ(bob.positions.given, (std::vector<double>{3.5}));
}

}  // namespace
}  // namespace plimsoll
