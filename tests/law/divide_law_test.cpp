// Divisions and splits against plain arithmetic of any length.
#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "kernels/rules/divide.hpp"
#include "kernels/rules/split.hpp"
#include "tests/support/edge_numbers.hpp"

namespace plimsoll {
namespace {

using edges::below_bits;
using edges::cpp_int;
using edges::positive_below_bits;
using edges::wide;

RC_GTEST_PROP(divide_law, a_reciprocal_divides_as_division_does, ()) {
  for (int draw = 0; draw < 50; ++draw) {
    const std::uint64_t den = *positive_below_bits(64);
    // A quotient of at most 64 bits, which the rule requires of its caller.
    const std::uint64_t quotient = *below_bits(64);
    const std::uint64_t rest = *rc::gen::element<std::uint64_t>(0, den - 1, *below_bits(64) % den);
    const uint128 dividend = static_cast<uint128>(quotient) * den + rest;
    const quotient_remainder got = divide(dividend, make_divisor(den));
    RC_ASSERT(got.quotient == quotient);
    RC_ASSERT(got.remainder == rest);
  }
}

RC_GTEST_PROP(divide_law, multiply_divide_is_the_floor_of_the_true_product, ()) {
  const std::uint64_t a = *below_bits(64);
  const uint128 c = (static_cast<uint128>(*below_bits(62)) << 64 | *below_bits(64)) + 1;
  const uint128 b = (static_cast<uint128>(*below_bits(62)) << 64 | *below_bits(64)) % (c + 1);
  RC_ASSERT(wide(multiply_divide(a, b, c)) == wide(a) * wide(b) / wide(c));
  RC_ASSERT(multiply_divide(a, c, c) == a);
}

RC_GTEST_PROP(divide_law, floor_and_ceiling_bracket_the_quotient, ()) {
  const int128 d = static_cast<int128>(*positive_below_bits(62));
  const int128 n = static_cast<int128>(*edges::signed_below_bits(62)) * *edges::signed_below_bits(60);
  const int128 down = floor_divide(n, d);
  const int128 up = ceil_divide(n, d);
  RC_ASSERT(down * d <= n);
  RC_ASSERT(n < down * d + d);
  RC_ASSERT(up - down == (down * d == n ? 0 : 1));
}

RC_GTEST_PROP(divide_law, bit_width_is_the_shortest_that_holds, ()) {
  const uint128 x = static_cast<uint128>(*below_bits(64)) << 64 | *below_bits(64);
  const int bits = bit_width_of(x);
  const bool holds = bits == 128 || (x >> bits) == 0;  // RC_ASSERT would evaluate both sides.
  const bool shortest = bits == 0 || (x >> (bits - 1)) != 0;
  RC_ASSERT(holds);
  RC_ASSERT(shortest);
}

/// Weights of which some are zero, and not all.
std::vector<std::uint64_t> some_weights() {
  auto weights =
      *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::oneOf(below_bits(62), rc::gen::just(std::uint64_t{0})));
  weights.push_back(*positive_below_bits(62));
  return weights;
}

RC_GTEST_PROP(split_law, parts_sum_to_the_total_and_keep_their_bounds, ()) {
  const std::vector<std::uint64_t> weights = some_weights();
  const std::uint64_t total = *below_bits(63);
  const uint128 sum = std::accumulate(weights.begin(), weights.end(), uint128{0});
  exact_split split(total, sum);
  uint128 running = 0;
  cpp_int paid = 0;
  for (const std::uint64_t weight : weights) {
    const std::uint64_t part = split.next(weight);
    running += weight;
    paid += part;
    RC_ASSERT(paid == wide(total) * wide(running) / wide(sum));  // floor(T x C_i / W): the floors telescope.
    if (weight == 0) { RC_ASSERT(part == 0U); }
    if (total <= sum) { RC_ASSERT(part <= weight); }
  }
  RC_ASSERT(paid == total);
}

RC_GTEST_PROP(split_law, a_part_is_within_one_of_its_exact_share, ()) {
  const std::vector<std::uint64_t> weights = some_weights();
  const std::uint64_t total = *below_bits(63);
  const uint128 sum = std::accumulate(weights.begin(), weights.end(), uint128{0});
  exact_split split(total, sum);
  for (const std::uint64_t weight : weights) {
    const cpp_int off = wide(split.next(weight)) * wide(sum) - wide(total) * wide(weight);
    RC_ASSERT(abs(off) < wide(sum));
  }
}

}  // namespace
}  // namespace plimsoll
