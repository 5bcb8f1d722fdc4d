// Hand-worked states, bankruptcy and liquidation prices.
#include <gtest/gtest.h>

#include "kernels/rules/bankruptcy.hpp"
#include "kernels/rules/liquidation.hpp"
#include "kernels/rules/margin.hpp"

namespace plimsoll {
namespace {

constexpr std::uint32_t call = 1'250'000;

TEST(rules_margin, equality_is_safe) {
  // MM of 80: called below 100, liquidated below 80.
  constexpr uint128 required = 80'000'000;
  EXPECT_EQ(classify(100, 100, required, call), unit_state::healthy);
  EXPECT_EQ(classify(99, 99, required, call), unit_state::margin_call);
  EXPECT_EQ(classify(80, 80, required, call), unit_state::margin_call);
  EXPECT_EQ(classify(79, 79, required, call), unit_state::liquidatable);
  EXPECT_EQ(classify(80, 80, required + 1, call), unit_state::liquidatable);  // A millionth of a step short.
  EXPECT_EQ(classify(0, 0, required, call), unit_state::liquidatable);
  EXPECT_EQ(classify(-1, 100, required, call), unit_state::bankrupt);
}

TEST(rules_margin, a_unit_without_requirement_is_judged_by_the_same_comparisons) {
  EXPECT_EQ(classify(0, 0, 0, call), unit_state::healthy);
  EXPECT_EQ(classify(5, -1, 0, call), unit_state::liquidatable);  // Equity by collateral, none after haircuts.
  EXPECT_EQ(classify(-1, -1, 0, call), unit_state::bankrupt);
}

TEST(rules_margin, haircuts_floor_and_owe_more) {
  const quote_weights weights{900'000, 1'100'000};
  // 15 at 0.9 = 13.5, down to 13; -15 at 1.1 = -16.5, down to -17.
  EXPECT_TRUE(equity_of(15, 100, 50, weights).margin_equity == 63);
  EXPECT_TRUE(equity_of(15, 100, 50, weights).equity == 115);
  EXPECT_TRUE(equity_of(-15, 100, 50, weights).margin_equity == 33);
  EXPECT_TRUE(equity_of(0, 0, 0, weights).margin_equity == 0);
}

TEST(rules_margin, health_is_cut_to_six_decimals) {
  EXPECT_TRUE(health_factor_ppm(2, 3'000'000) == 666'666);
  EXPECT_TRUE(health_factor_ppm(-2, 3'000'000) == -666'667);
}

TEST(rules_margin, deficits_are_what_equity_is_below_zero) {
  EXPECT_EQ(deficit_of(-7), 7);
  EXPECT_EQ(deficit_of(7), 0);
}

// 10 steps a lot and tick.
constexpr contract_rate plain{10, 1, false};

TEST(rules_bankruptcy, a_long_is_closed_above_and_a_short_below_the_exact_price) {
  // Two lots at 100 are worth 2,000 and have 150 of equity, so closing at 1,850 leaves zero. 1,850 / 20 = 92.5.
  const bankruptcy of_long = bankruptcy_of({2}, {2'000}, 150, plain);
  EXPECT_TRUE(of_long.value == 1'850 && of_long.uncovered == 0 && !of_long.clamped);
  EXPECT_EQ(bankruptcy_price({2}, of_long.value, plain).raw, 93);
  // Short: -2,000 - 150 = -2,150; 2,150 / 20 = 107.5.
  const bankruptcy of_short = bankruptcy_of({-2}, {-2'000}, 150, plain);
  EXPECT_TRUE(of_short.value == -2'150);
  EXPECT_EQ(bankruptcy_price({-2}, of_short.value, plain).raw, 107);
  // A bankrupt long needs more than the mark: 2,000 + 50, 102.5, up.
  EXPECT_EQ(bankruptcy_price({2}, bankruptcy_of({2}, {2'000}, -50, plain).value, plain).raw, 103);
}

TEST(rules_bankruptcy, values_beyond_every_price_are_cut_and_the_cut_is_reported) {
  // 3,000 of equity: BV would be -1,000. At one tick two lots are worth 20.
  const bankruptcy safe = bankruptcy_of({2}, {2'000}, 3'000, plain);
  EXPECT_TRUE(safe.value == 20 && safe.uncovered == 1'020 && safe.clamped);
  EXPECT_EQ(bankruptcy_price({2}, safe.value, plain).raw, 1);
  // BV = 0 gives no price either.
  const bankruptcy zero = bankruptcy_of({2}, {2'000}, 2'000, plain);
  EXPECT_TRUE(zero.value == 20 && zero.uncovered == 20 && zero.clamped);
  // A short that owes more than any mark: kept at 2^40 ticks.
  const int128 far = -static_cast<int128>(20) * limits::price_ticks_max;
  const bankruptcy owes = bankruptcy_of({-2}, {-2'000}, static_cast<int128>(1) << 60, plain);
  EXPECT_TRUE(owes.value == far && owes.clamped);
  EXPECT_EQ(bankruptcy_price({-2}, owes.value, plain).raw, limits::price_ticks_max);
}

TEST(rules_bankruptcy, an_inverse_goes_the_other_way) {
  // 100,000 / ticks a lot. Long 1 at 100: -1,000. With 250 of equity: BV = -1,250, price 100,000 / 1,250 = 80.
  constexpr contract_rate inverse{100'000, 1, true};
  const bankruptcy of_long = bankruptcy_of({1}, {-1'000}, 250, inverse);
  EXPECT_TRUE(of_long.value == -1'250);
  EXPECT_EQ(bankruptcy_price({1}, of_long.value, inverse).raw, 80);
  // Short with 250: BV = 750, price 133.3, down.
  EXPECT_EQ(bankruptcy_price({-1}, bankruptcy_of({-1}, {1'000}, 250, inverse).value, inverse).raw, 133);
}

/// Ten lots of one step a tick at a mark of 100, MM 5 %.
liquidation_input ten_lots(std::int64_t lots, std::int64_t cash, const tier_band& band) {
  liquidation_input in;
  in.contract = {1, 1, false};
  in.tiers = {&band, 1};
  in.lots[lots > 0 ? 0 : 1] = lots;
  in.own_fixed = cash;
  in.mark = {100};
  return in;
}

TEST(rules_liquidation, the_first_unsafe_step_on_either_side) {
  const tier_band five{0, 50'000, 100'000, 0};
  // Long: 10 p - 900 < 0.5 p below 94.74. Short: 1,100 - 10 p < 0.5 p above 104.76.
  EXPECT_EQ(liquidation_price<int128>(ten_lots(10, -900, five), false).raw, 94);
  EXPECT_EQ(liquidation_price<int128>(ten_lots(-10, 1'100, five), false).raw, 105);
}

TEST(rules_liquidation, below_zero_the_requirement_grows_as_the_mark_falls) {
  const tier_band ten{0, 100'000, 200'000, 0};
  liquidation_input in = ten_lots(10, 1'210, ten);
  in.contract.below_zero = true;
  in.mark = {-100};
  EXPECT_EQ(liquidation_price<int128>(in, false).raw, -111);  // 1,210 + 10 p < -p below -110.
  in = ten_lots(-10, -450, ten);
  in.contract.below_zero = true;
  in.mark = {-100};
  EXPECT_EQ(liquidation_price<int128>(in, false).raw, -49);  // -450 - 10 p < -p above -50.
}

TEST(rules_liquidation, blank_where_there_is_none) {
  const tier_band none{0, 0, 0, 0};
  EXPECT_EQ(liquidation_price<int128>(ten_lots(10, 0, none), false).raw,
            no_ticks);  // Paid in full: no price is low enough.
  const tier_band five{0, 50'000, 100'000, 0};
  EXPECT_EQ(liquidation_price<int128>(ten_lots(10, -950, five), false).raw, 99);  // Equality is safe.
  // The position does not rise, so no price is high enough for 2,000 of debt beside a hedge.
  liquidation_input hedged = ten_lots(10, -2'000, none);
  hedged.lots[1] = -10;
  EXPECT_EQ(liquidation_price<int128>(hedged, true).raw, no_ticks);
}

TEST(rules_liquidation, below_already_it_is_the_last_unsafe_step) {
  const tier_band five{0, 50'000, 100'000, 0};
  // Long: 10 p - 1,000 < 0.5 p below 105.27; short: 900 - 10 p < 0.5 p above 85.71.
  EXPECT_EQ(liquidation_price<int128>(ten_lots(10, -1'000, five), true).raw, 105);
  EXPECT_EQ(liquidation_price<int128>(ten_lots(-10, 900, five), true).raw, 86);
  EXPECT_EQ(liquidation_price<int128>(ten_lots(10, -951, five), true).raw, 100);  // 49 < 50, and 50.5 at 101 is enough.
  // A threshold that exists only by the rounding of values lies at the mark.
  EXPECT_EQ(liquidation_price<int128>(ten_lots(10, -950, five), true).raw, 100);
  EXPECT_EQ(liquidation_price<int128>(ten_lots(10, -951, five), false).raw, 100);
}

}  // namespace
}  // namespace plimsoll
