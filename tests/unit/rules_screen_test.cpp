// Hand-worked moves and radii: the moves of marks up to which a unit need not be evaluated again.
#include <limits>

#include <gtest/gtest.h>

#include "kernels/rules/screen.hpp"

namespace plimsoll {
namespace {

constexpr double one_code = 1.0 / (1 << 20);
constexpr auto most = static_cast<std::uint16_t>(move_code_max);

TEST(rules_screen, a_move_is_rounded_up_and_never_down) {
  EXPECT_EQ(move_code(1.0), 1);  // The function is called only for different rates; the slack alone makes the code one.
  EXPECT_EQ(move_code(1 + 7.5 * one_code), 8);
  EXPECT_EQ(move_code(1 - 7.5 * one_code), 8);
  // A whole number of codes is one more, by the slack of a 2^-24th; that much less is whole with the slack.
  EXPECT_EQ(move_code(1 + 7 * one_code), 8);
  EXPECT_EQ(move_code(1 + 7 * one_code - one_code / (1 << 24)), 7);
  EXPECT_EQ(move_code(1 - 7 * one_code + one_code / (1 << 24)), 7);
  EXPECT_EQ(move_code(1 + 65'533.5 * one_code), most - 1);
  EXPECT_EQ(move_code(1 + 65'534.5 * one_code), most);
  EXPECT_EQ(move_code(1 + 65'535 * one_code), most);
  EXPECT_EQ(move_code(1 + 65'536 * one_code), most);
  EXPECT_EQ(move_code(3), most);
  EXPECT_EQ(move_code(0), most);
  EXPECT_EQ(move_code(std::numeric_limits<double>::quiet_NaN()), most);
}

value_rate rate(std::uint64_t num, std::uint64_t den) { return make_value_rate(num, den, false); }

TEST(rules_screen, a_move_is_that_of_the_rate) {
  EXPECT_EQ(move_of(rate(1'000, 1), rate(1'000, 1)), 0);
  EXPECT_EQ(move_of(rate(1'000, 7), rate(1'000, 7)), 0);
  EXPECT_EQ(move_of(rate(1'000, 1), rate(1'001, 1)), 1'049);  // 0.001 x 2^20 = 1,048.6
  EXPECT_EQ(move_of(rate(1'000, 1), rate(999, 1)), 1'049);
  EXPECT_EQ(move_of(rate(1'000, 1), rate(2'001, 2)), 525);            // 0.0005
  EXPECT_EQ(move_of(rate(1'000, 1'000), rate(1'000, 1'001)), 1'048);  // 1 / 1,001, which is 1,047.5
  EXPECT_EQ(move_of(rate(1'000, 1), rate(1'000, 2)), most);
  EXPECT_EQ(move_of(rate(0, 1), rate(1, 1)), most);
  EXPECT_EQ(move_of(rate(1, 1), rate(0, 1)), most);
  EXPECT_EQ(move_of(rate(0, 1), rate(0, 2)), most);
}

TEST(rules_screen, exposure_adds_up_floors_and_rates) {
  EXPECT_EQ(notional_within_range(1'600), 1'704U);  // A sixteenth is 100, and 4.
  EXPECT_EQ(notional_within_range(15), 19U);
  exposure_sums sums;
  add_exposure(sums, 99, 50'000);
  add_exposure(sums, 199, 10'000);
  EXPECT_TRUE(sums.notional == 300 && sums.slope_ppm == 7'000'000 && sums.rows == 2);
  EXPECT_TRUE(sums.collateral == 0 && sums.collateral_rows == 0);
}

TEST(rules_screen, a_balance_counts_by_its_sign_and_only_within_the_limits) {
  const std::uint64_t large = std::uint64_t{1} << 40;
  const auto amount_at_limit = std::int64_t{1} << 22;  // x 2^40 = 2^62.
  exposure_sums sums;
  add_exposure(sums, 10, rate(5, 1), rate(3, 1), rate(4, 1));
  EXPECT_TRUE(sums.collateral == 31 && sums.collateral_rows == 1);
  add_exposure(sums, -10, rate(5, 1), rate(3, 1), rate(4, 1));
  EXPECT_TRUE(sums.collateral == 72 && sums.collateral_rows == 2);
  add_exposure(sums, 0, rate(5, 1), rate(3, 1), rate(4, 1));
  EXPECT_TRUE(sums.collateral == 73 && sums.collateral_rows == 3);
  exposure_sums steps;
  add_exposure(steps, 1, rate(5, 1), rate(3, 1), rate(4, 1));
  add_exposure(steps, -1, rate(5, 1), rate(3, 1), rate(4, 1));
  EXPECT_TRUE(steps.collateral == 4 + 5) << "a single step has its sign, too";
  add_exposure(sums, amount_at_limit, rate(large, 1), rate(1, 1), rate(1, 1));
  add_exposure(sums, -amount_at_limit, rate(1, 1), rate(1, 1), rate(large, 1));
  EXPECT_EQ(sums.collateral_rows, 5U);
  add_exposure(sums, amount_at_limit + 1, rate(large, 1), rate(1, 1), rate(1, 1));
  add_exposure(sums, amount_at_limit + 1, rate(1, 1), rate(1, 1), rate(large, 1));
  EXPECT_EQ(sums.collateral_rows, 5U);
}

// Notional 1,000, maintenance 5 %: MM is 50. One position's floors weigh 2 x (1 + 10), those of the unit 2: 24 steps.
// A share s of move costs 1,000 x s of equity and 50 x s of MM.
constexpr judged_unit unit_of(std::int64_t margin_equity, unit_state state) {
  judged_unit unit;
  unit.equity = margin_equity;
  unit.margin_equity = margin_equity;
  unit.maintenance_ppm = 50'000'000;
  unit.outcome = make_verdict(state, false);
  return unit;
}
constexpr exposure_sums exposure_of_one() {
  exposure_sums exposure;
  exposure.notional = 1'000;
  exposure.slope_ppm = 50'000'000;
  exposure.rows = 1;
  return exposure;
}
constexpr screen_rules plain{1'000'000, 1'000'000};

TEST(rules_screen, a_radius_is_what_is_left_over_what_a_move_costs) {
  // 95 - 50 - 24 = 21 of 1,050: a fiftieth, 20,971.52 codes.
  EXPECT_EQ(safety_radius(unit_of(95, unit_state::healthy), exposure_of_one(), plain), 20'971);
  // 53 - 50 - 24 < 0: certain only while none of its own prices moves; the same holds for a rest of exactly 0.
  EXPECT_EQ(safety_radius(unit_of(53, unit_state::healthy), exposure_of_one(), plain), 1);
  EXPECT_EQ(safety_radius(unit_of(74, unit_state::healthy), exposure_of_one(), plain), 1);
  // 1 of 1,050: 998.6 codes. 65: 64,911.5. 66 of 1,050 is more than a sixteenth.
  EXPECT_EQ(safety_radius(unit_of(75, unit_state::healthy), exposure_of_one(), plain), 998);
  EXPECT_EQ(safety_radius(unit_of(139, unit_state::healthy), exposure_of_one(), plain), 64'911);
  EXPECT_EQ(safety_radius(unit_of(140, unit_state::healthy), exposure_of_one(), plain), most);
  // A margin of less than one code is one: 1 of 2^21 steps.
  exposure_sums wide = exposure_of_one();
  wide.notional = 1U << 21;
  EXPECT_EQ(safety_radius(unit_of(75, unit_state::healthy), wide, plain), 1);
}

TEST(rules_screen, a_radius_that_comes_out_whole_is_rounded_down_by_its_margins) {
  // A margin of 64 of 2^16, slope in the same coin: it would be 1,024 codes exactly without the allowance for
  // roundings.
  exposure_sums exposure;
  exposure.notional = 1U << 16;
  exposure.rows = 1;
  EXPECT_EQ(safety_radius(unit_of(50 + 24 + 64, unit_state::healthy), exposure, plain), 1'023);
}

TEST(rules_screen, a_called_unit_must_neither_fall_nor_recover) {
  const screen_rules called{2'000'000, 1'000'000};
  // Called from 100 down. The floors are 2 x (1 + 20) + 2 = 44, a share costs 1,000 + 2 x 50.
  EXPECT_EQ(safety_radius(unit_of(100 + 44 + 22, unit_state::healthy), exposure_of_one(), called), 20'971);
  judged_unit unit = unit_of(0, unit_state::margin_call);
  unit.maintenance_ppm = 200'000'000;  // Liquidated below 200, called below 400: 300 is 100 from either.
  unit.margin_equity = 266;            // 66 above, 134 below.
  EXPECT_EQ(safety_radius(unit, exposure_of_one(), called), 20'971);  // 22 of 1,100
  unit.margin_equity = 334;                                           // 134 above, 66 below.
  EXPECT_EQ(safety_radius(unit, exposure_of_one(), called), 20'971);
}

TEST(rules_screen, weights_and_balances_cost_what_they_move) {
  // Weight 1.2: floors 2 x (1.2 + 10) + 2 = 24.4, and 1,000 costs 1,200. 100 - 50 - 24.4 = 25.6 of 1,250.
  EXPECT_EQ(safety_radius(unit_of(100, unit_state::healthy), exposure_of_one(), {1'000'000, 1'200'000}), 21'474);
  // Two balances worth 3,000: floors 22 + 2 x 2 + 2 = 28, and 3,000 more to lose. 159 - 50 - 28 = 81 of 4,050.
  exposure_sums exposure = exposure_of_one();
  exposure.collateral = 3'000;
  exposure.collateral_rows = 2;
  EXPECT_EQ(safety_radius(unit_of(159, unit_state::healthy), exposure, plain), 20'971);
  // Two positions: floors 46. 117 - 50 - 46 = 21.
  exposure_sums two = exposure_of_one();
  two.rows = 2;
  EXPECT_EQ(safety_radius(unit_of(117, unit_state::healthy), two, plain), 20'971);
  // Balances alone: floors 4. 115 - 50 - 4 = 61 of 3,050.
  exposure_sums balances;
  balances.slope_ppm = 50'000'000;
  balances.collateral = 3'000;
  balances.collateral_rows = 1;
  EXPECT_EQ(safety_radius(unit_of(115, unit_state::healthy), balances, plain), 20'971);
}

TEST(rules_screen, flagged_units_are_always_evaluated_and_empty_ones_never) {
  EXPECT_EQ(safety_radius(unit_of(95, unit_state::liquidatable), exposure_of_one(), plain), 0);
  EXPECT_EQ(safety_radius(unit_of(95, unit_state::bankrupt), exposure_of_one(), plain), 0);
  EXPECT_EQ(safety_radius(unit_of(95, unit_state::bankrupt), {}, plain), 0);
  judged_unit beyond = unit_of(95, unit_state::healthy);
  beyond.admitted = false;
  EXPECT_EQ(safety_radius(beyond, exposure_of_one(), plain), 0);
  EXPECT_EQ(safety_radius(unit_of(0, unit_state::healthy), {}, plain), most);
  EXPECT_EQ(safety_radius(unit_of(0, unit_state::margin_call), {}, plain), most);
}

TEST(rules_screen, figures_near_the_limits_are_looked_at) {
  constexpr std::int64_t equity_max = std::int64_t{1} << 60;
  constexpr uint128 worth_max = static_cast<uint128>(1) << 57;
  judged_unit unit = unit_of(equity_max, unit_state::healthy);
  exposure_sums exposure = exposure_of_one();
  exposure.notional = worth_max;
  exposure.collateral = worth_max;
  exposure.collateral_rows = 1;
  EXPECT_EQ(safety_radius(unit, exposure, plain), most);
  unit.equity = equity_max + 1;
  EXPECT_EQ(safety_radius(unit, exposure, plain), 0);
  unit.equity = equity_max;
  unit.margin_equity = equity_max + 1;
  EXPECT_EQ(safety_radius(unit, exposure, plain), 0);
  unit.margin_equity = equity_max;
  exposure.notional = worth_max + 1;
  EXPECT_EQ(safety_radius(unit, exposure, plain), 0);
  exposure.notional = worth_max;
  exposure.collateral = worth_max + 1;
  EXPECT_EQ(safety_radius(unit, exposure, plain), 0);
}

TEST(rules_screen, what_binary64_cancels_is_no_margin) {
  // Equity 2^60 against an MM of 2^60 less 2^18: their difference is uncertain by (2^60 + 2^60) / 2^44 = 2^17 steps.
  judged_unit unit = unit_of(std::int64_t{1} << 60, unit_state::healthy);
  unit.maintenance_ppm = static_cast<uint128>((std::int64_t{1} << 60) - (1 << 18)) * 1'000'000;
  exposure_sums exposure;
  exposure.notional = 1U << 24;
  exposure.rows = 1;
  // 2^17 - 24 of 2^24: 8,190.5 codes, and the rounding of MM itself, 2^7 steps at most: 8 codes.
  EXPECT_NEAR(safety_radius(unit, exposure, plain), 8'190, 9);
  unit.margin_equity = -unit.margin_equity;
  EXPECT_EQ(safety_radius(unit, exposure, plain), 1);
}

}  // namespace
}  // namespace plimsoll
