// Seeded draws with integer arithmetic only: the same numbers on every machine and for any number of threads.
#pragma once

#include <array>
#include <cstdint>

#include "kernels/rules/digest.hpp"
#include "kernels/rules/divide.hpp"
#include "plimsoll/config.hpp"

namespace plimsoll {

/// A stream of draws that depends on its seeds only: splitmix64 (S. Vigna), started from their hash.
///
/// Each account and each instrument has a stream of its own, so that no draw depends on the order of processing.
class random_stream {
 public:
  template <class... Seeds>
  explicit constexpr random_stream(Seeds... seeds) : state_(record_hash(static_cast<std::uint64_t>(seeds)...)) {}

  /// 64 random bits.
  constexpr std::uint64_t next() { return mix64(state_ += 0x9e3779b97f4a7c15ULL); }

  /// 0 to count - 1.
  constexpr std::uint64_t below(std::uint64_t count) { return multiply_high(next(), count); }

  /// A number from first to last, both included.
  constexpr std::int64_t between(std::int64_t first, std::int64_t last) {
    return first + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(last - first) + 1));
  }

  /// True with a probability of `share_ppm` in a million.
  constexpr bool chance(std::uint32_t share_ppm) { return below(1'000'000) < share_ppm; }

  /// An approximately normal draw around 0, in 1/65536 of a standard deviation and never beyond 3.47 of them: the sum
  /// of four uniform draws.
  constexpr std::int64_t bell() {
    const std::uint64_t bits = next();
    const auto sum = static_cast<std::int64_t>((bits & 0xffffU) + ((bits >> 16) & 0xffffU) + ((bits >> 32) & 0xffffU) +
                                               (bits >> 48));
    return (sum - 131'070) * 65'536 / 37'837;  // 37,837 = 65,536 x sqrt(4 / 12), a deviation of the sum.
  }

 private:
  std::uint64_t state_;
};

namespace detail {

[[nodiscard]] constexpr std::uint64_t square_root(uint128 x) {
  std::uint64_t root = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const std::uint64_t tried = root | (std::uint64_t{1} << bit);
    if (static_cast<uint128>(tried) * tried <= x) { root = tried; }
  }
  return root;
}

/// 2^(i / 256) x 2^32 for i from 0 to 256, from repeated square roots of 2.
[[nodiscard]] constexpr std::array<std::uint64_t, 257> make_powers() {
  std::array<std::uint64_t, 257> powers{};
  std::array<std::uint64_t, 8> roots{};  // roots[k] = 2^(2^-(k + 1)), x 2^62.
  std::uint64_t root = square_root(static_cast<uint128>(2) << 124);
  for (auto& one : roots) {
    one = root;
    root = square_root(static_cast<uint128>(root) << 62);
  }
  for (std::uint32_t i = 0; i < 256; ++i) {
    uint128 product = static_cast<uint128>(1) << 62;
    for (std::uint32_t k = 0; k < 8; ++k) {
      if (((i >> (7 - k)) & 1U) != 0) { product = product * roots[k] >> 62; }
    }
    powers[i] = static_cast<std::uint64_t>(product >> 30);
  }
  powers[256] = std::uint64_t{2} << 32;
  return powers;
}
inline constexpr std::array<std::uint64_t, 257> powers_of_two = make_powers();

}  // namespace detail

/// One octave, a factor of 2, in the steps of scale_octaves.
inline constexpr std::int64_t octave = 65'536;

/// About floor(base x 2^(octaves / 65536)); normal draws in the exponent give heavy tails. At most 2^62.
[[nodiscard]] constexpr std::uint64_t scale_octaves(std::uint64_t base, std::int64_t octaves) {
  const std::int64_t whole = octaves >> 16;
  const auto fraction = static_cast<std::uint64_t>(octaves & 0xffff);
  const std::uint64_t low = detail::powers_of_two[fraction >> 8];
  const std::uint64_t high = detail::powers_of_two[(fraction >> 8) + 1];
  const std::uint64_t factor = low + ((high - low) * (fraction & 0xffU) >> 8);  // x 2^32, below 2^33.
  const uint128 product = static_cast<uint128>(base) * factor;
  constexpr std::uint64_t most = std::uint64_t{1} << 62;
  if (whole > 30) { return base == 0 ? 0 : most; }
  const std::int64_t shift = 32 - whole;
  if (shift >= 128) { return 0; }
  const uint128 scaled = product >> shift;
  return scaled > most ? most : static_cast<std::uint64_t>(scaled);
}

}  // namespace plimsoll
