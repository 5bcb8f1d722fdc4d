// Rules at the ends of their ranges: the last admitted and the first refused value, a price of zero, empty structures.
#include <gtest/gtest.h>

#include "kernels/rules/bankruptcy.hpp"
#include "kernels/rules/liquidation.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/score.hpp"
#include "kernels/rules/screen.hpp"
#include "kernels/rules/shock.hpp"
#include "kernels/rules/tiers.hpp"
#include "kernels/rules/trade.hpp"

namespace plimsoll {
namespace {

constexpr std::int64_t money_most = limits::money_steps_max;

TEST(rules_limits, money_is_admitted_up_to_the_limit_on_either_side_of_zero) {
  for (const std::int64_t sum : {money_most, -money_most, std::int64_t{0}}) {
    EXPECT_TRUE(money_admitted(sum));
    EXPECT_TRUE(money_admitted(int128{sum}));
  }
  for (const std::int64_t beyond : {money_most + 1, -money_most - 1}) {
    EXPECT_FALSE(money_admitted(beyond));
    EXPECT_FALSE(money_admitted(int128{beyond}));
  }
  const auto most_ppm = static_cast<uint128>(money_most) * 1'000'000;
  EXPECT_TRUE(requirement_admitted(most_ppm));
  EXPECT_FALSE(requirement_admitted(most_ppm + 1));
}

TEST(rules_limits, a_collateral_sum_is_admitted_where_both_its_sides_are) {
  EXPECT_TRUE(collateral_admitted({money_most, -money_most, true}));
  EXPECT_FALSE(collateral_admitted({money_most, money_most, false}));
  EXPECT_FALSE(collateral_admitted({int128{money_most} + 1, 0, true}));
  EXPECT_FALSE(collateral_admitted({0, -int128{money_most} - 1, true}));
}

TEST(rules_limits, at_a_price_of_nothing_any_number_of_lots_is_worth_nothing) {
  const contract_rate contract{(std::uint64_t{1} << 62) + 1, 3, false};
  for (const std::int64_t lots : {std::int64_t{1}, -limits::size_lots_max, limits::size_lots_max}) {
    const trade_value traded = value_of_trade({lots}, contract, {0});
    EXPECT_TRUE(traded.admitted);
    EXPECT_EQ(traded.steps, 0);
    EXPECT_TRUE(value_anywhere({lots}, contract, {0}) == 0);
  }
}

TEST(rules_limits, a_trade_beyond_signed_128_bits_is_refused) {
  // 2^40 lots x 2^47 steps x 2^40 ticks: 2^127 is the first number that they do not hold.
  EXPECT_FALSE(
      value_of_trade({std::int64_t{1} << 40}, {std::uint64_t{1} << 47, 1, false}, {std::int64_t{1} << 40}).admitted);
}

TEST(rules_limits, a_single_step_has_a_sign) {
  EXPECT_EQ(classify(-1, 5, 0, 1'000'000), unit_state::bankrupt);
  EXPECT_EQ(classify(0, 0, 0, 1'000'000), unit_state::healthy);
  EXPECT_EQ(classify(1, 0, 1, 1'000'000), unit_state::liquidatable);
  EXPECT_EQ(deficit_of(-1), 1);
  EXPECT_EQ(deficit_of(1), 0);
  const quote_weights weights{500'000, 2'000'000};
  EXPECT_TRUE(equity_of(1, 0, 0, weights).margin_equity == 0);
  EXPECT_TRUE(equity_of(-1, 0, 0, weights).margin_equity == -2);
  EXPECT_TRUE(floor_divide(-1, 2) == -1);
  EXPECT_TRUE(ceil_divide(1, 2) == 1);
  EXPECT_EQ(multiply_high(std::uint64_t{1} << 63, 7), 3U);
  EXPECT_EQ(shocked_ticks(1, price_move::of_ppm(-1)), 1);
  EXPECT_EQ(shocked_ticks(2, price_move::of_ppm(-1)), 1);
  EXPECT_EQ(shocked_ticks(5, price_move::of_ppm(-1'000'000)), 1);
  EXPECT_EQ(shocked_ticks(limits::price_ticks_max, price_move::of_ppm(1)), limits::price_ticks_max);
}

TEST(rules_limits, whether_int128_serves_depends_on_the_widest_term) {
  const tier_band bands[] = {{0, 10'000, 20'000, 0}};
  liquidation_input in;
  in.tiers = {bands, 1};
  in.contract = {1, 1, false};
  EXPECT_TRUE(liquidation_fits_int128(in));
  // A product of lots, a and rate moves with the price of 41 bits; 2^126 is the end of it.
  const auto widest = [&](int lots_bits, int a_bits) {
    liquidation_input one = in;
    one.lots[1] = -((std::int64_t{1} << lots_bits) - 1);
    one.contract.a = (std::uint64_t{1} << a_bits) - 1;
    return liquidation_fits_int128(one);
  };
  const int headroom = 126 - 1 - (limits::price_bits_max + 1) - (limits::rate_ppm_bits_max + 2);
  EXPECT_TRUE(widest(headroom - 10, 10));
  EXPECT_FALSE(widest(headroom - 10, 11));
  EXPECT_FALSE(widest(headroom - 9, 10));
}

TEST(rules_limits, a_structure_that_nobody_filled_holds_nothing) {
  const score_input score;
  EXPECT_TRUE(score.pnl == 0 && score.cost == 0 && score.notional == 0 && score.lots == 0 && score.equity == 0);
  EXPECT_TRUE(score.maintenance == 0 && score.balance == 0 && score.given == 0 && !score.inverse);
  EXPECT_TRUE(score.whole_unit == 1 && score.size_step == 1);
  const quote_weights weights;
  EXPECT_TRUE(weights.asset_ppm == 1'000'000 && weights.liability_ppm == 1'000'000);
  const equity_pair pair;
  EXPECT_TRUE(pair.equity == 0 && pair.margin_equity == 0);
  const collateral_sum collateral;
  EXPECT_TRUE(collateral.equity == 0 && collateral.margin_equity == 0 && collateral.admitted);
  EXPECT_EQ(verdict{}.bits, 0);
  const exposure_sums exposure;
  EXPECT_TRUE(exposure.notional == 0 && exposure.slope_ppm == 0 && exposure.rows == 0);
  EXPECT_TRUE(exposure.collateral == 0 && exposure.collateral_rows == 0);
  const judged_unit judged;
  EXPECT_TRUE(judged.equity == 0 && judged.margin_equity == 0 && judged.maintenance_ppm == 0 && judged.admitted);
  EXPECT_TRUE(screen_rules{}.call_ppm == 1'000'000 && screen_rules{}.weight_ppm_max == 1'000'000);
  const bankruptcy closing;
  EXPECT_TRUE(closing.value == 0 && closing.uncovered == 0 && !closing.clamped);
  EXPECT_TRUE(divisor64{}.normalised == 0 && divisor64{}.reciprocal == 0 && divisor64{}.shift == 0);
  EXPECT_TRUE(contract_rate{}.a == 0 && contract_rate{}.b == 1 && !contract_rate{}.inverse);
  EXPECT_TRUE(value_rate{}.num == 0 && value_rate{}.den == 1 && value_rate{}.negative == 0);
  EXPECT_TRUE(price_rate{}.then == 1);
  EXPECT_TRUE(trade_value{}.steps == 0 && trade_value{}.admitted);
  const tier_band band;
  EXPECT_TRUE(band.floor == 0 && band.maintenance_ppm == 0 && band.initial_ppm == 0 && band.amount == 0);
  EXPECT_TRUE(requirement{}.maintenance_ppm == 0 && requirement{}.initial_ppm == 0);
  const liquidation_input in;
  EXPECT_TRUE(in.lots[0] == 0 && in.lots[1] == 0 && in.base_margin == 0 && in.own_fixed == 0);
  EXPECT_TRUE(in.maintenance_fixed_ppm == 0);
  EXPECT_TRUE(price_move{}.raw == 0);
}

}  // namespace
}  // namespace plimsoll
