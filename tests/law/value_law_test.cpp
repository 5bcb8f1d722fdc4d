// Values are the floor of the true product for all sizes, signs and rates; bounds are correct.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "kernels/rules/value.hpp"
#include "tests/support/edge_numbers.hpp"

namespace plimsoll {
namespace {

using edges::below_bits;
using edges::cpp_int;
using edges::floor_of;
using edges::positive_below_bits;
using edges::signed_below_bits;
using edges::wide;

constexpr int price_bits = limits::price_bits_max;

cpp_int power_of_two(int bits) { return cpp_int{1} << bits; }

contract_rate any_contract() {
  const std::uint64_t a = *positive_below_bits(63);
  const std::uint64_t b = *positive_below_bits(63);
  const std::uint64_t common = greatest_common_divisor(a, b);
  return {a / common, b / common, *rc::gen::arbitrary<bool>()};
}

/// A contract whose rate at a mark fits more often than not.
contract_rate small_contract() {
  const std::uint64_t a = *positive_below_bits(40);
  const std::uint64_t b = *positive_below_bits(20);
  const std::uint64_t common = greatest_common_divisor(a, b);
  return {a / common, b / common, *rc::gen::arbitrary<bool>()};
}

/// size x a x mark / b, or -size x a / (b x mark), without a limit: numerator, with its sign, and denominator.
std::pair<cpp_int, cpp_int> exact_value(std::int64_t size, const contract_rate& contract, std::int64_t ticks) {
  if (contract.inverse) { return {-wide(size) * contract.a, wide(contract.b) * ticks}; }
  return {wide(size) * contract.a * ticks, wide(contract.b)};
}

RC_GTEST_PROP(value_law, value_is_the_floor_of_the_true_product, ()) {
  const contract_rate contract = small_contract();
  const std::int64_t ticks = static_cast<std::int64_t>(*positive_below_bits(price_bits));
  const std::int64_t size = *signed_below_bits(61);
  const value_rate_or_none at_mark = value_rate_at(contract, {ticks});
  RC_PRE(at_mark.fits);
  const auto [num, den] = exact_value(size, contract, ticks);
  const bool within = abs(num) <= power_of_two(62) * den;
  RC_ASSERT(value_admitted(magnitude(size), at_mark.rate) == within);
  RC_PRE(within);
  RC_ASSERT(wide(value_of({size}, at_mark.rate).raw) == floor_of(num, den));
  if (at_mark.rate.den == 1) {
    RC_ASSERT(size * whole_factor(at_mark.rate) == value_of({size}, at_mark.rate).raw);
  } else {
    RC_ASSERT(whole_factor(at_mark.rate) == 0);
  }
}

RC_GTEST_PROP(value_law, any_rate_values_every_admitted_size, ()) {
  // Straight to the rate: numerators and denominators of every length, coprime or not.
  const std::uint64_t num = *below_bits(63);
  const std::uint64_t den = *positive_below_bits(63);
  const value_rate rate = make_value_rate(num, den, *rc::gen::arbitrary<bool>());
  // Sizes up to the largest that is admitted.
  const cpp_int most = num == 0 ? power_of_two(61) : power_of_two(62) * den / num;
  const auto size_max = most < power_of_two(61) ? static_cast<std::uint64_t>(most) : limits::size_lots_max;
  const std::uint64_t size = *rc::gen::element<std::uint64_t>(0, 1) == 0 ? size_max : *below_bits(61) % (size_max + 1);
  RC_ASSERT(value_admitted(size, rate));
  for (const std::int64_t lots : {static_cast<std::int64_t>(size), -static_cast<std::int64_t>(size)}) {
    const cpp_int product = (rate.negative != 0 ? cpp_int(-wide(lots)) : wide(lots)) * num;
    RC_ASSERT(wide(value_of({lots}, rate).raw) == floor_of(product, den));
  }
}

RC_GTEST_PROP(value_law, a_rate_at_a_mark_is_reduced_and_exact, ()) {
  const contract_rate contract = any_contract();
  const std::int64_t ticks = static_cast<std::int64_t>(*positive_below_bits(price_bits));
  const value_rate_or_none at_mark = value_rate_at(contract, {ticks});
  const auto [num, den] = exact_value(contract.inverse ? -1 : 1, contract, ticks);
  const cpp_int common = gcd(num, den);
  const bool fits = num / common < power_of_two(63) && den / common < power_of_two(63);
  RC_ASSERT(at_mark.fits == fits);
  if (!fits) { return; }
  RC_ASSERT(wide(at_mark.rate.num) == num / common);
  RC_ASSERT(wide(at_mark.rate.den) == den / common);
  RC_ASSERT((at_mark.rate.negative != 0) == contract.inverse);
}

RC_GTEST_PROP(value_law, a_value_anywhere_is_the_floor_or_saturates, ()) {
  const contract_rate contract = any_contract();
  const std::int64_t ticks = *rc::gen::oneOf(
      rc::gen::map(positive_below_bits(price_bits), [](std::uint64_t x) { return static_cast<std::int64_t>(x); }),
      rc::gen::element<std::int64_t>(1, limits::price_ticks_max));
  const std::int64_t size = *signed_below_bits(61);
  const auto [num, den] = exact_value(size, contract, ticks);
  const cpp_int bound = power_of_two(126);
  if (contract.inverse || abs(num) <= bound) {
    RC_ASSERT(wide(value_anywhere({size}, contract, {ticks})) == floor_of(num, den));
  } else {
    RC_ASSERT(wide(value_anywhere({size}, contract, {ticks})) == (num < 0 ? cpp_int(-bound) : bound));
  }
}

RC_GTEST_PROP(value_law, the_other_side_is_worth_the_opposite_but_for_the_floor, ()) {
  const value_rate rate = make_value_rate(*below_bits(30), *positive_below_bits(30), false);
  const auto size = static_cast<std::int64_t>(*below_bits(30));
  const std::int64_t sum = value_of({size}, rate).raw + value_of({-size}, rate).raw;
  RC_ASSERT(sum == 0 || sum == -1);
  RC_ASSERT((sum == 0) == (static_cast<uint128>(size) * rate.num % rate.den == 0));
}

}  // namespace
}  // namespace plimsoll
