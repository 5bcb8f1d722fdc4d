// Numbers that find faults: all magnitudes equally often, and the neighbours of powers of two.
#pragma once

#include <cstdint>
#include <tuple>

#include <boost/multiprecision/cpp_int.hpp>
#include <rapidcheck.h>

#include "plimsoll/config.hpp"

namespace plimsoll::edges {

using boost::multiprecision::cpp_int;

/// A generator that does not depend on RapidCheck's size: a 64-bit word of any bits.
inline rc::Gen<std::uint64_t> any_bits() {
  return rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()));
}

/// 0 to 2^bits - 1: all bit lengths are as likely, and one in three is a power of two or beside one.
inline rc::Gen<std::uint64_t> below_bits(int bits) {
  return rc::gen::map(rc::gen::tuple(any_bits(), rc::gen::inRange(0, bits + 1), rc::gen::inRange(0, 9)),
                      [bits](const std::tuple<std::uint64_t, int, int>& drawn) {
                        const auto [word, length, choice] = drawn;
                        const std::uint64_t all = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
                        if (length == 0) { return std::uint64_t{0}; }
                        const std::uint64_t power = std::uint64_t{1} << (length - 1);
                        if (choice == 0) { return power; }
                        if (choice == 1) { return power - 1; }
                        if (choice == 2) { return (power + 1) & all; }
                        return power | (word & (power - 1));
                      });
}
inline rc::Gen<std::uint64_t> positive_below_bits(int bits) {
  return rc::gen::map(below_bits(bits), [](std::uint64_t x) { return x == 0 ? std::uint64_t{1} : x; });
}
/// -(2^bits - 1) to 2^bits - 1.
inline rc::Gen<std::int64_t> signed_below_bits(int bits) {
  return rc::gen::map(rc::gen::pair(below_bits(bits), rc::gen::arbitrary<bool>()),
                      [](const std::pair<std::uint64_t, bool>& drawn) {
                        const auto x = static_cast<std::int64_t>(drawn.first);
                        return drawn.second ? -x : x;
                      });
}

/// The same number without a limit.
inline cpp_int wide(uint128 x) {
  cpp_int out = static_cast<std::uint64_t>(x >> 64);
  return (out << 64) + static_cast<std::uint64_t>(x);
}
inline cpp_int wide(int128 x) {
  const auto bits = static_cast<uint128>(x);
  return x < 0 ? cpp_int(-wide(static_cast<uint128>(0) - bits)) : wide(bits);
}
inline cpp_int wide(std::uint64_t x) { return x; }
inline cpp_int wide(std::int64_t x) { return x; }

/// floor(n / d) for d > 0.
inline cpp_int floor_of(const cpp_int& n, const cpp_int& d) {
  const cpp_int quotient = n / d;
  return quotient * d > n ? cpp_int(quotient - 1) : quotient;
}

}  // namespace plimsoll::edges
