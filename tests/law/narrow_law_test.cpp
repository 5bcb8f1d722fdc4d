// Narrow sums stand for the wide ones, their proof is one, and a state that binary64 is sure of is the exact one.
#include <array>
#include <cstdint>
#include <random>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "kernels/rules/narrow.hpp"
#include "tests/support/edge_numbers.hpp"

namespace plimsoll {
namespace {

using edges::below_bits;

/// A draw of any size, from the first on.
template <class T>
T drawn(rc::Gen<T> gen) {
  return *rc::gen::resize(rc::kNominalSize, std::move(gen));
}
template <class T>
T drawn_in(T first, T end) {
  return drawn(rc::gen::inRange<T>(first, end));
}

tier_band any_band() {
  tier_band band;
  band.maintenance_ppm = static_cast<std::uint32_t>(drawn_in<std::int64_t>(0, limits::rate_ppm_max + 1));
  band.initial_ppm = static_cast<std::uint32_t>(drawn_in<std::int64_t>(band.maintenance_ppm, limits::rate_ppm_max + 1));
  return band;
}

RC_GTEST_PROP(narrow_law, two_words_without_a_carry_come_to_the_requirement, ()) {
  const auto count = drawn_in<std::size_t>(0, narrow_positions + 1);
  const auto scale = drawn_in(1, limits::money_bits_max + 1);
  split_maintenance sum;
  uint128 wanted = 0;
  for (std::size_t i = 0; i < count; ++i) {
    tier_band band = any_band();
    const std::uint64_t notional = drawn(below_bits(scale));
    // An amount is a sum of rises x floors, none beyond what the band's rate makes of the notional.
    band.amount = static_cast<uint128>(notional) * drawn_in<std::uint32_t>(0, band.maintenance_ppm + 1);
    const split_maintenance part = split_in(notional, band.maintenance_ppm, band.amount);
    sum.low += part.low;  // Signed: an overflow would end a run of the sanitizers.
    sum.high += part.high;
    wanted += requirement_in(notional, band).maintenance_ppm;
  }
  RC_ASSERT(joined(sum) == wanted);
  const auto exact = static_cast<long double>(wanted);
  const auto off = static_cast<long double>(nearly(sum)) - exact;
  RC_ASSERT((off < 0 ? -off : off) <= exact * 0x1p-52L);
}

RC_GTEST_PROP(narrow_law, what_the_bound_admits_is_within_the_limits, ()) {
  const auto rate_max = static_cast<std::uint32_t>(drawn_in<std::int64_t>(0, limits::rate_ppm_max + 1));
  const std::uint32_t bound_max = bound_max_of(rate_max);
  const auto scale = drawn_in(40, limits::money_bits_max + 1);
  std::uint32_t bound = 0;
  uint128 notional = 0;
  const auto count = drawn_in<std::size_t>(0, narrow_positions + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t each = drawn(below_bits(scale));
    if (bound + bound_of(each) > bound_max) { break; }  // As near to the bound as these come.
    bound += bound_of(each);
    notional += each;
  }
  RC_ASSERT(notional <= static_cast<uint128>(limits::money_steps_max));
  RC_ASSERT(requirement_admitted(notional * rate_max));
}

/// A number of up to so many bits, each length as likely.
std::uint64_t any_below(std::mt19937_64& from, int bits) { return (from() >> 1) >> (63 - from() % (bits + 1)); }

TEST(narrow_law, a_sure_state_is_the_exact_one_next_to_every_threshold) {
  constexpr auto ppm = static_cast<int128>(limits::ppm);
  std::mt19937_64 from(20'261'129);
  std::array<int, 2> seen{};
  for (int i = 0; i < 2'000'000; ++i) {
    const auto required = static_cast<int128>(any_below(from, 61)) * ppm + static_cast<int128>(from() % 1'000'000);
    const auto call = static_cast<std::uint32_t>(limits::ppm + static_cast<std::int64_t>(from() % 1'000'000));
    const std::array<int128, 3> thresholds = {0, required / ppm, required * call / (ppm * ppm)};
    const auto beside = static_cast<std::int64_t>(any_below(from, 40));
    const int128 wanted = thresholds[from() % 3] + (from() % 2 == 0 ? beside : -beside);
    if (!money_admitted(wanted)) { continue; }
    const auto margin_equity = static_cast<std::int64_t>(wanted);
    // Haircuts set them apart: a unit may be bankrupt only by its equity.
    const std::int64_t equity = from() % 4 != 0 ? margin_equity : static_cast<std::int64_t>(from() >> 2);
    const split_maintenance split{static_cast<std::int64_t>(static_cast<std::uint32_t>(required)),
                                  static_cast<std::int64_t>(required >> 32)};
    const nearly_classified found = classify_nearly(equity, margin_equity, nearly(split), call);
    ++seen[found.sure ? 1 : 0];
    if (found.sure) {
      ASSERT_EQ(found.state, classify(equity, margin_equity, static_cast<uint128>(required), call))
          << "margin equity " << margin_equity << ", call " << call << ", steps of MM "
          << static_cast<std::int64_t>(required / ppm);
    }
  }
  EXPECT_GT(seen[0], 10'000);  // Both ways are taken,
  EXPECT_GT(seen[1], 1'000'000);
}

TEST(narrow_law, it_is_sure_a_millionth_away_from_the_thresholds) {
  for (const std::int64_t steps :
       {std::int64_t{1'003}, std::int64_t{1'000'003}, std::int64_t{1} << 40, std::int64_t{1} << 60}) {
    const split_maintenance mm{
        static_cast<std::int64_t>(static_cast<std::uint32_t>(static_cast<int128>(steps) * 1'000'000)),
        static_cast<std::int64_t>((static_cast<int128>(steps) * 1'000'000) >> 32)};
    const std::int64_t bit = steps / 1'000'000 + 1;
    for (const std::int64_t equity : {steps - bit, steps + bit, 2 * steps - bit, 2 * steps + bit}) {
      EXPECT_TRUE(classify_nearly(equity, equity, nearly(mm), 2'000'000).sure) << steps << " " << equity;
    }
  }
}

TEST(narrow_law, floors_in_lots_are_passed_where_their_notional_is) {
  EXPECT_EQ(notional_of_lots(10, 7), 70u);
  EXPECT_EQ(notional_of_lots(~std::uint64_t{0}, 1), ~std::uint64_t{0});
  EXPECT_EQ(notional_of_lots(std::uint64_t{1} << 40, std::uint64_t{1} << 40), ~std::uint64_t{0});
}

TEST(narrow_law, a_unit_without_anything_is_healthy_for_sure) {
  const nearly_classified found = classify_nearly(0, 0, 0, 1'250'000);
  EXPECT_TRUE(found.sure);
  EXPECT_EQ(found.state, unit_state::healthy);
}

}  // namespace
}  // namespace plimsoll
