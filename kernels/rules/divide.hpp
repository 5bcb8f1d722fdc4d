// Exact division of 128-bit magnitudes: by a 64-bit divisor met often (reciprocal), and wide quotients met rarely.
#pragma once

#include <cstdint>

#include "plimsoll/config.hpp"

namespace plimsoll {

/// High half of a 64 x 64 product.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>((static_cast<uint128>(a) * b) >> 64);
}

/// Number of bits of `x`; 0 for 0.
[[nodiscard]] PLIMSOLL_HD constexpr int bit_width_of(uint128 x) {
  int bits = 0;
  for (int step = 64; step > 0; step /= 2) {
    if ((x >> step) != 0) {
      bits += step;
      x >>= step;
    }
  }
  return bits + (x != 0 ? 1 : 0);
}

/// A quotient and its remainder.
struct quotient_remainder {
  std::uint64_t quotient;
  std::uint64_t remainder;
};

/// A 64-bit divisor with its reciprocal: each division then costs two multiplications and no divide instruction.
///
/// Source: N. Moeller, T. Granlund, "Improved division by invariant integers" (IEEE TC 2011), algorithm 4.
struct divisor64 {
  std::uint64_t normalised = 0;  ///< The divisor, shifted so that its top bit is set.
  std::uint64_t reciprocal = 0;  ///< floor((2^128 - 1) / normalised) - 2^64.
  std::uint32_t shift = 0;
};

/// The divisor of `den` > 0. One wide division: once per instrument and tick.
[[nodiscard]] PLIMSOLL_HD constexpr divisor64 make_divisor(std::uint64_t den) {
  const auto shift = static_cast<std::uint32_t>(64 - bit_width_of(den));
  const std::uint64_t normalised = den << shift;
  const uint128 all_ones = ~static_cast<uint128>(0);
  return {normalised, static_cast<std::uint64_t>(all_ones / normalised - (static_cast<uint128>(1) << 64)), shift};
}

/// `dividend` / divisor, floored, and the remainder. The quotient must fit 64 bits.
[[nodiscard]] PLIMSOLL_HD constexpr quotient_remainder divide(uint128 dividend, const divisor64& by) {
  // The shift is done by halves, because a 128-bit shift by a variable costs more than all the rest.
  const auto high_before = static_cast<std::uint64_t>(dividend >> 64);
  const auto low_before = static_cast<std::uint64_t>(dividend);
  const std::uint64_t high = (high_before << by.shift) | ((low_before >> 1) >> (63 - by.shift));
  const std::uint64_t low = low_before << by.shift;
  const uint128 estimate = static_cast<uint128>(by.reciprocal) * high + (static_cast<uint128>(high) << 64 | low);
  auto quotient = static_cast<std::uint64_t>(estimate >> 64) + 1;
  std::uint64_t remainder = low - quotient * by.normalised;
  // This correction is as likely as not, so it has no branch; the one below is rare.
  const std::uint64_t too_far = remainder > static_cast<std::uint64_t>(estimate) ? ~std::uint64_t{0} : 0;
  quotient += too_far;  // Less one.
  remainder += too_far & by.normalised;
  if (remainder >= by.normalised) {
    ++quotient;
    remainder -= by.normalised;
  }
  return {quotient, remainder >> by.shift};
}

/// floor(a x b / c) for b <= c, c > 0: never above a. The product has up to 192 bits.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t multiply_divide(std::uint64_t a, uint128 b, uint128 c) {
  if ((c >> 64) == 0) {
    return static_cast<std::uint64_t>(static_cast<uint128>(a) * static_cast<std::uint64_t>(b) / c);
  }
  // Schoolbook, a bit of `a` at a time: quotient and remainder of (a's leading bits) x b by c.
  std::uint64_t quotient = 0;
  uint128 remainder = 0;
  for (int bit = 63; bit >= 0; --bit) {
    quotient <<= 1;
    // remainder = 2 x remainder + (bit of a ? b : 0), reduced by c at most twice; c < 2^126 keeps this in range.
    remainder <<= 1;
    if (((a >> bit) & 1U) != 0) { remainder += b; }
    while (remainder >= c) {
      remainder -= c;
      ++quotient;
    }
  }
  return quotient;
}

/// floor and ceiling of n / d for d > 0, any sign of n.
[[nodiscard]] PLIMSOLL_HD constexpr int128 floor_divide(int128 n, int128 d) {
  const int128 quotient = n / d;
  return n % d < 0 ? quotient - 1 : quotient;
}
[[nodiscard]] PLIMSOLL_HD constexpr int128 ceil_divide(int128 n, int128 d) { return -floor_divide(-n, d); }

}  // namespace plimsoll
