// Units that would be beyond the limit of 2^62 steps under new tiers, exact to the lot.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "host/book/assemble.hpp"
#include "host/book/revision.hpp"
#include "tests/unit/small_reference.hpp"

namespace plimsoll {
namespace {

struct row {
  std::uint32_t account;
  std::uint16_t instrument;
  std::int64_t lots;
};

/// Instruments A and B; a lot is worth 2^41 steps and requires twice that.
struct current_book {
  explicit current_book(const std::vector<row>& rows) {
    reference_data reference = small_reference({"USD"}, {"A", "B"}, {std::uint64_t{1} << 41, 1, false});
    reference.bands = {{0, 1'000'000, 2'000'000, 0}};
    name_table accounts;
    for (const char* name : {"a", "b", "c"}) { accounts.append(name); }
    position_rows positions;
    for (const row& one : rows) {
      positions.account.push_back(one.account);
      positions.instrument.push_back(one.instrument);
      positions.lots.push_back(one.lots);
      positions.cost.push_back(0);
      positions.isolated.push_back(0);
      positions.isolated_margin.push_back(0);
    }
    auto made = assemble_book(std::move(reference), std::move(accounts), {{0, 1, 2}, {0, 0, 0}, {1, 1, 1}},
                              std::move(positions), std::vector<mark>(2));
    EXPECT_TRUE(made.faults.empty());
    built = std::move(made.built);
    change.instrument_ids = {0, 1};
  }
  [[nodiscard]] std::uint32_t beyond() const {
    return beyond_tiers(built, built.reference, change,
                        std::vector<value_rate>(2, make_value_rate(std::uint64_t{1} << 41, 1, false)));
  }

  book built;
  reference_change change;
};

constexpr std::int64_t most = std::int64_t{1} << 20;  ///< Lots of one unit: 2 x 2^41 x 2^20 is the limit.

TEST(beyond_tiers, a_unit_is_within_to_the_last_lot) {
  for (const std::int64_t side : {1, -1}) {
    for (const std::uint16_t instrument_id : {std::uint16_t{0}, std::uint16_t{1}}) {
      EXPECT_EQ(current_book({{1, instrument_id, side * most}}).beyond(), no_id);
      EXPECT_EQ(current_book({{1, instrument_id, side * (most + 1)}}).beyond(), 1U);
    }
  }
}

TEST(beyond_tiers, positions_of_a_unit_add_up_and_those_of_others_do_not) {
  EXPECT_EQ(current_book({{0, 0, most}, {1, 0, -most}, {1, 1, 1}, {2, 1, most}}).beyond(), 1U);
  EXPECT_EQ(current_book({{0, 0, most}, {1, 0, 1 - most}, {1, 1, 1}, {2, 1, most}}).beyond(), no_id);
  EXPECT_EQ(current_book({{2, 0, most / 2}, {2, 1, most / 2 + 1}}).beyond(), 2U);
  EXPECT_EQ(current_book({{0, 0, 3}, {1, 1, -3}}).beyond(), no_id) << "far within";
  EXPECT_EQ(current_book({}).beyond(), no_id);
}

TEST(beyond_tiers, the_first_unit_is_named) {
  EXPECT_EQ(current_book({{1, 0, most + 1}, {2, 1, most + 1}}).beyond(), 1U);
}

}  // namespace
}  // namespace plimsoll
