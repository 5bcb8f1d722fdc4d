// Integers of 256 bits, and integers without bounds, for the few figures that may not fit 128 bits.
#pragma once

#include <cstdint>

#include <boost/multiprecision/cpp_int.hpp>

#include "plimsoll/config.hpp"

namespace plimsoll {

using wide_int = boost::multiprecision::cpp_int;

[[nodiscard]] inline wide_int widen(int128 x) {
  const auto bits = x < 0 ? uint128{0} - static_cast<uint128>(x) : static_cast<uint128>(x);
  wide_int out = static_cast<std::uint64_t>(bits >> 64);
  out = (out << 64) + static_cast<std::uint64_t>(bits);
  return x < 0 ? wide_int(-out) : out;
}

using uint256 = boost::multiprecision::uint256_t;

/// For products of two 128-bit figures. A bounded type allocates no memory.
[[nodiscard]] inline uint256 to_uint256(uint128 x) {
  return (uint256(static_cast<std::uint64_t>(x >> 64)) << 64) + static_cast<std::uint64_t>(x);
}

/// 10^exponent. The type is spelt out because an expression of cpp_int would refer to temporaries.
[[nodiscard]] inline wide_int ten_to(int exponent) { return pow(wide_int{10}, static_cast<unsigned>(exponent)); }

}  // namespace plimsoll
