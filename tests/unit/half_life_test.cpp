// The part that is left after some time, against the exact power.
#include "host/execute/half_life.hpp"

#include <boost/multiprecision/cpp_int.hpp>
#include <gtest/gtest.h>

#include "host/generate/random.hpp"

namespace plimsoll {
namespace {

using boost::multiprecision::cpp_int;

TEST(half_life, whole_half_lives_are_exact) {
  EXPECT_EQ(left_after(10'000, 5, 5), 5'000U);
  EXPECT_EQ(left_after(10'001, 5, 5), 5'000U) << "rounded down to the lot";
  EXPECT_EQ(left_after(10'000, 10, 5), 2'500U);
  EXPECT_EQ(left_after((1ULL << 61) - 1, 3, 1), (1ULL << 58) - 1);
  EXPECT_EQ(left_after(1ULL << 60, 60, 1), 1U);
  EXPECT_EQ(left_after(1ULL << 60, 61, 1), 0U);
  EXPECT_EQ(left_after(1ULL << 60, 1'000'000, 1), 0U);
}

TEST(half_life, nothing_passed_and_nothing_to_wait_for) {
  EXPECT_EQ(left_after(10'000, 0, 5), 10'000U);
  EXPECT_EQ(left_after(10'000, 0, 0), 10'000U) << "the same tick";
  EXPECT_EQ(left_after(10'000, 1, 0), 0U) << "at once";
  EXPECT_EQ(left_after(0, 3, 5), 0U);
}

TEST(half_life, parts_of_a_half_life_are_the_floor_of_the_exact_power) {
  random_stream draw(35, 1);
  for (int i = 0; i < 2'000; ++i) {
    const auto half_life = draw.between(1, 40);
    const auto elapsed = draw.between(1, 200);
    const std::uint64_t amount = draw.next() >> static_cast<unsigned>(draw.between(3, 60));
    const std::uint64_t left = left_after(amount, elapsed, half_life);
    // left <= amount x 2^(-elapsed / half_life) < left + 1, both sides to the power of the half-life.
    const auto power = static_cast<unsigned>(half_life);
    const cpp_int exact = pow(cpp_int(amount), power);
    const cpp_int two = cpp_int(1) << static_cast<unsigned>(elapsed);
    EXPECT_LE(pow(cpp_int(left), power) * two, exact) << amount << " after " << elapsed << " of " << half_life;
    EXPECT_GT(pow(cpp_int(left) + 1, power) * two, exact) << amount << " after " << elapsed << " of " << half_life;
  }
}

}  // namespace
}  // namespace plimsoll
