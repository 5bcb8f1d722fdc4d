// Rows into a book: order of units and positions, cash, sides, and rows that contradict each other.
#include "host/book/assemble.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/unit/small_reference.hpp"

namespace plimsoll {
namespace {

reference_data two_instruments() { return small_reference({"BTC", "USDT"}, {"A", "A-"}, {100, 1, false}); }

name_table names(std::initializer_list<const char*> list) {
  name_table out;
  for (const char* name : list) { out.append(name); }
  return out;
}

struct position_row {
  std::uint32_t account;
  std::uint16_t instrument;
  std::int64_t lots;
  std::int64_t cost;
  bool isolated = false;
  std::int64_t margin = 0;
};

position_rows rows_of(std::initializer_list<position_row> list) {
  position_rows rows;
  for (const position_row& row : list) {
    rows.account.push_back(row.account);
    rows.instrument.push_back(row.instrument);
    rows.lots.push_back(row.lots);
    rows.cost.push_back(row.cost);
    rows.isolated.push_back(row.isolated ? 1 : 0);
    rows.isolated_margin.push_back(row.margin);
  }
  return rows;
}

TEST(assemble, units_follow_account_then_cross_then_isolated_by_unit_name) {
  // "isolated:A-:long" sorts before "isolated:A:long", because '-' is below ':'.
  auto outcome =
      assemble_book(two_instruments(), names({"ann", "bob"}), {{1, 0}, {1, 0}, {70, 5}},
                    rows_of({{1, 0, 5, 500}, {0, 0, 3, 300, true, 30}, {0, 1, 2, 200, true, 20}, {1, 0, -4, -400}}),
                    std::vector<mark>(2));
  ASSERT_TRUE(outcome.faults.empty());
  const book& b = outcome.built;
  std::string order;
  for (std::uint32_t u = 0; u < b.units.size(); ++u) {
    order += std::string(b.accounts[b.units.account[u]]) + "/" + b.unit_name(b.units.code[u]) + " ";
  }
  EXPECT_EQ(order, "ann/cross:BTC ann/isolated:A-:long ann/isolated:A:long bob/cross:USDT ");
  EXPECT_EQ(b.units.balance, (std::vector<std::int64_t>{5, 20, 30, 70}));
  EXPECT_EQ(b.units.cash, (std::vector<std::int64_t>{5, -180, -270, -30}));
  EXPECT_EQ(b.units.first_position, (std::vector<std::uint32_t>{0, 0, 1, 2, 4}));
  EXPECT_EQ(b.positions.lots, (std::vector<std::int64_t>{2, 3, 5, -4})) << "long before short within an instrument";
  EXPECT_EQ(b.sides.first_entry, (std::vector<std::uint32_t>{0, 2, 3, 4, 4}));
  EXPECT_EQ(b.sides.position, (std::vector<std::uint32_t>{1, 2, 3, 0}));
  EXPECT_EQ(b.sides.lots, (std::vector<std::uint64_t>{8, 4, 2, 0}));
  EXPECT_EQ(b.sides.lots_max, (std::vector<std::uint64_t>{5, 4, 2, 0}));
}

TEST(assemble, multi_puts_everything_into_one_cross_unit) {
  reference_data reference = two_instruments();
  reference.venue.collateral = collateral_mode::multi;
  auto outcome = assemble_book(std::move(reference), names({"ann", "bob"}), {{0, 0, 1}, {1, 0, 0}, {70, 5, 9}},
                               rows_of({{0, 1, 2, 200}}), std::vector<mark>(2));
  ASSERT_TRUE(outcome.faults.empty());
  const book& b = outcome.built;
  ASSERT_EQ(b.units.size(), 2U);
  EXPECT_EQ(b.unit_name(b.units.code[1]), "cross:USDT") << "a balance of another asset lists the quote's unit";
  EXPECT_EQ(b.units.balance, (std::vector<std::int64_t>{70, 0}));
  EXPECT_EQ(b.units.first_collateral, (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(b.collateral.amount, (std::vector<std::int64_t>{5, 9}));
}

TEST(assemble, names_what_is_listed_twice) {
  auto outcome =
      assemble_book(two_instruments(), names({"ann"}), {{0, 0}, {1, 1}, {70, 5}},
                    rows_of({{0, 0, 5, 500}, {0, 0, -5, -500}, {0, 0, 3, 300, true, 30}}), std::vector<mark>(2));
  ASSERT_EQ(outcome.faults.size(), 2U);
  EXPECT_EQ(outcome.faults[0].what, assemble_fault::kind::duplicate_balance);
  EXPECT_EQ(outcome.faults[0].row, 1U);
  EXPECT_EQ(outcome.faults[1].what, assemble_fault::kind::duplicate_position)
      << "cross and isolated on one side, never both";
  EXPECT_EQ(outcome.faults[1].row, 2U);
  EXPECT_EQ(outcome.faults[1].other, 0U);
}

TEST(assemble, open_interest_has_a_limit) {
  const std::int64_t most = limits::size_lots_max;
  auto within = assemble_book(two_instruments(), names({"ann", "bob"}), {},
                              rows_of({{0, 0, most - 1, 0}, {1, 0, 1, 0}}), std::vector<mark>(2));
  EXPECT_TRUE(within.faults.empty());
  auto beyond = assemble_book(two_instruments(), names({"ann", "bob"}), {}, rows_of({{0, 0, most, 0}, {1, 0, 1, 0}}),
                              std::vector<mark>(2));
  ASSERT_EQ(beyond.faults.size(), 1U);
  EXPECT_EQ(beyond.faults[0].what, assemble_fault::kind::open_interest);
}

}  // namespace
}  // namespace plimsoll
