// Digests: sums mod 2^64 of a hash of each record, so that they need no order. docs/design.md section 7, "Digests".
#pragma once

#include <cstdint>

#include "plimsoll/config.hpp"

namespace plimsoll {

/// splitmix64's finaliser (S. Vigna, public domain constants).
[[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t mix64(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  x ^= x >> 31;
  return x;
}

/// Hash of a record of 64-bit words. Names enter as their XXH64 (seed 0), negative numbers as two's complement.
template <class... Words>
[[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t record_hash(Words... words) {
  std::uint64_t hash = 0x9e3779b97f4a7c15ULL * sizeof...(words);
  ((hash = mix64(hash ^ static_cast<std::uint64_t>(words))), ...);
  return hash;
}

/// First word of each record: its kind.
namespace record {
inline constexpr std::uint64_t tick_unit = 1;       ///< account, unit, state, deficit
inline constexpr std::uint64_t tick_fill = 2;       ///< instrument, loser, loser unit, winner, winner unit, lots, value
inline constexpr std::uint64_t full_unit = 3;       ///< account, unit, equity, margin equity, MM, state
inline constexpr std::uint64_t full_entry = 4;      ///< instrument, account, unit, side, lots, score bits, lights
inline constexpr std::uint64_t state_unit = 5;      ///< account, unit, balance
inline constexpr std::uint64_t state_position = 6;  ///< account, unit, instrument, lots, cost
inline constexpr std::uint64_t state_balance = 7;   ///< account, asset, amount: in `multi`, not the quote's
}  // namespace record

}  // namespace plimsoll
