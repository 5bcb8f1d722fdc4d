// Hand-worked values, tiers and splits: the arithmetic is beside each figure.
#include <vector>

#include <gtest/gtest.h>

#include "kernels/rules/divide.hpp"
#include "kernels/rules/split.hpp"
#include "kernels/rules/tiers.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll {
namespace {

// 0.001 contracts of one coin, marks in tenths, steps of 10^-8: 0.001 x 0.1 / 10^-8 = 10,000 steps a lot and tick.
constexpr contract_rate linear{10'000, 1, false};
// 100 of the quote a contract, marks in halves, steps of 10^-8 coin: 100 / 0.5 / 10^-8 = 2 x 10^10 over the ticks.
constexpr contract_rate inverse{20'000'000'000, 1, true};

constexpr value_rate rate_of(const contract_rate& contract, std::int64_t ticks) {
  return value_rate_at(contract, {ticks}).rate;
}

TEST(rules_value, a_linear_position_is_worth_size_times_mark) {
  // 3 lots at 65,000.0: 0.003 x 65,000 = 195 of the quote.
  static_assert(value_of({3}, rate_of(linear, 650'000)).raw == 19'500'000'000);
  static_assert(value_of({-3}, rate_of(linear, 650'000)).raw == -19'500'000'000);
  static_assert(value_of({0}, rate_of(linear, 650'000)).raw == 0);
  EXPECT_EQ(whole_factor(rate_of(linear, 650'000)), 6'500'000'000);
}

TEST(rules_value, an_inverse_long_is_worth_less_coin_below_zero_as_the_mark_rises) {
  // 5 contracts of 100 at 50,000: -0.01 coin, exactly.
  EXPECT_EQ(rate_of(inverse, 100'000).den, 1U);
  EXPECT_EQ(value_of({5}, rate_of(inverse, 100'000)).raw, -1'000'000);
  EXPECT_EQ(value_of({5}, rate_of(inverse, 200'000)).raw, -500'000);
}

TEST(rules_value, what_is_not_whole_is_floored_on_both_sides) {
  // 2 x 10^10 / 60,001 = 333,327 and a rest of 46,673.
  const value_rate rate = rate_of(inverse, 60'001);
  EXPECT_EQ(rate.den, 60'001U);
  EXPECT_EQ(value_of({1}, rate).raw, -333'328);
  EXPECT_EQ(value_of({-1}, rate).raw, 333'327);
  EXPECT_EQ(value_of({60'001}, rate).raw, -20'000'000'000);
  EXPECT_EQ(whole_factor(rate), 0);
}

TEST(rules_value, a_value_is_admitted_up_to_two_to_the_62) {
  const value_rate one = make_value_rate(1, 1, false);
  EXPECT_TRUE(value_admitted(std::uint64_t{1} << 62, one));
  EXPECT_FALSE(value_admitted((std::uint64_t{1} << 62) + 1, one));
  // At half the rate one more lot is still within the limit, because the bound applies to the exact value, before the
  // floor.
  EXPECT_TRUE(value_admitted(std::uint64_t{1} << 63, make_value_rate(1, 2, false)));
  EXPECT_FALSE(value_admitted((std::uint64_t{1} << 63) + 1, make_value_rate(1, 2, false)));
}

TEST(rules_value, a_rate_that_fits_no_63_bits_is_reported) {
  EXPECT_FALSE(value_rate_at({std::uint64_t{1} << 40, 1, false}, {std::int64_t{1} << 23}).fits);
  EXPECT_TRUE(value_rate_at({std::uint64_t{1} << 40, 1, false}, {std::int64_t{1} << 22}).fits);
  EXPECT_TRUE(value_rate_at({std::uint64_t{1} << 40, 1, true}, {std::int64_t{1} << 40}).fits);
}

TEST(rules_value, an_option_may_be_worth_nothing) {
  const value_rate_or_none nothing = value_rate_at(linear, {0});
  ASSERT_TRUE(nothing.fits);
  EXPECT_EQ(value_of({7}, nothing.rate).raw, 0);
}

TEST(rules_divide, quotients_and_rests_at_the_edges) {
  constexpr std::uint64_t most = ~std::uint64_t{0};
  for (const std::uint64_t den : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{1} << 63, most}) {
    const divisor64 by = make_divisor(den);
    for (const std::uint64_t quotient : {std::uint64_t{0}, std::uint64_t{1}, most}) {
      for (const std::uint64_t rest : {std::uint64_t{0}, den - 1}) {
        const quotient_remainder got = divide(static_cast<uint128>(quotient) * den + rest, by);
        EXPECT_EQ(got.quotient, quotient) << den;
        EXPECT_EQ(got.remainder, rest) << den;
      }
    }
  }
}

TEST(rules_divide, floors_and_ceilings_of_negative_numbers) {
  EXPECT_EQ(static_cast<int>(floor_divide(-7, 2)), -4);
  EXPECT_EQ(static_cast<int>(ceil_divide(-7, 2)), -3);
  EXPECT_EQ(static_cast<int>(floor_divide(-8, 2)), -4);
  EXPECT_EQ(static_cast<int>(ceil_divide(7, 2)), 4);
}

std::vector<std::uint64_t> split(std::uint64_t total, const std::vector<std::uint64_t>& weights) {
  uint128 sum = 0;
  for (const std::uint64_t weight : weights) { sum += weight; }
  exact_split parts(total, sum);
  std::vector<std::uint64_t> out;
  for (const std::uint64_t weight : weights) { out.push_back(parts.next(weight)); }
  return out;
}

TEST(rules_split, parts_are_differences_of_floors) {
  EXPECT_EQ(split(10, {1, 1, 1}), (std::vector<std::uint64_t>{3, 3, 4}));  // floors 3, 6, 10
  EXPECT_EQ(split(7, {2, 0, 5}), (std::vector<std::uint64_t>{2, 0, 5}));
  EXPECT_EQ(split(5, {3, 3, 3}), (std::vector<std::uint64_t>{1, 2, 2}));  // floors 1, 3, 5
  EXPECT_EQ(split(0, {4, 9}), (std::vector<std::uint64_t>{0, 0}));
  EXPECT_EQ(split(100, {1}), (std::vector<std::uint64_t>{100}));
}

/// 0.4 % from 0, 0.5 % from 50,000, 1 % from 250,000; twice that initially.
std::vector<tier_band> three_bands() {
  std::vector<tier_band> bands{{0, 4'000, 8'000, 0}, {50'000, 5'000, 10'000, 0}, {250'000, 10'000, 20'000, 0}};
  for (std::size_t b = 1; b < bands.size(); ++b) {
    bands[b].amount = next_amount(bands[b - 1], bands[b].floor, bands[b].maintenance_ppm);
  }
  return bands;
}

TEST(rules_tiers, maintenance_is_charged_band_by_band) {
  const std::vector<tier_band> bands = three_bands();
  const tier_view tiers{bands.data(), 3};
  // 50,000 x 0.1 % = 50; and 250,000 x 0.5 % = 1,250 more.
  EXPECT_TRUE(bands[1].amount == 50'000'000U && bands[2].amount == 1'300'000'000U);
  // 50,000 x 0.4 % + 200,000 x 0.5 % + 50,000 x 1 % = 200 + 1,000 + 500.
  EXPECT_TRUE(requirement_of(300'000, 0, tiers).maintenance_ppm == 1'700'000'000U);
  EXPECT_TRUE(requirement_of(50'000, 0, tiers).maintenance_ppm == 200'000'000U);
  EXPECT_TRUE(ceil_ppm(requirement_of(49'999, 0, tiers).maintenance_ppm) == 200U);  // 199.996, up
  EXPECT_TRUE(ceil_ppm(0) == 0U);
}

TEST(rules_tiers, a_floor_belongs_to_its_band) {
  const std::vector<tier_band> bands = three_bands();
  const tier_view tiers{bands.data(), 3};
  EXPECT_EQ(band_of(0, tiers), 0U);
  EXPECT_EQ(band_of(49'999, tiers), 0U);
  EXPECT_EQ(band_of(50'000, tiers), 1U);
  EXPECT_EQ(band_of(250'000, tiers), 2U);
  // The initial rate is that of the band alone, so IM jumps there: 49,999 x 0.8 %, then 50,000 x 1 %.
  EXPECT_TRUE(requirement_of(49'999, 0, tiers).initial_ppm == 399'992'000U);
  EXPECT_TRUE(requirement_of(50'000, 0, tiers).initial_ppm == 500'000'000U);
}

}  // namespace
}  // namespace plimsoll
