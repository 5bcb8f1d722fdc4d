// The values and requirements of a tile's positions in shared memory: written by one thread per position, read by one
// thread per unit.
#pragma once

#include <cstdint>

#include "kernels/scan/unit_sums.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Partial results of a tile's positions. Requirements have up to 86 bits: a 64-bit word and a 32-bit one, whose top
/// bit carries `held`.
template <std::uint32_t Count, bool WithInitial>
struct tile_parts {
  std::int64_t value[Count];
  std::uint64_t maintenance_low[Count];
  std::uint64_t initial_low[WithInitial ? Count : 1];
  std::uint32_t maintenance_high[Count];
  std::uint32_t initial_high[WithInitial ? Count : 1];
};
inline constexpr std::uint32_t held_bit = 0x8000'0000U;
static_assert(limits::money_bits_max + limits::rate_ppm_bits_max <= 64 + 31, "A requirement fits 95 bits.");

template <std::uint32_t Count, bool WithInitial>
__device__ inline void put_part(tile_parts<Count, WithInitial>& parts, std::uint32_t i, const position_worth& worth) {
  parts.value[i] = worth.value;
  parts.maintenance_low[i] = static_cast<std::uint64_t>(worth.required.maintenance_ppm);
  parts.maintenance_high[i] =
      static_cast<std::uint32_t>(worth.required.maintenance_ppm >> 64) | (worth.held != 0 ? held_bit : 0U);
  if constexpr (WithInitial) {
    parts.initial_low[i] = static_cast<std::uint64_t>(worth.required.initial_ppm);
    parts.initial_high[i] = static_cast<std::uint32_t>(worth.required.initial_ppm >> 64);
  }
}

/// Adds up a row, in 128 bits.
template <scan_depth Depth, std::uint32_t Count, bool WithInitial>
__device__ inline unit_sums sum_row(const tile_parts<Count, WithInitial>& parts, std::uint32_t begin,
                                    std::uint32_t end) {
  unit_sums sums;
  for (std::uint32_t i = begin; i < end; ++i) {
    const std::uint32_t high = parts.maintenance_high[i];
    sums.values += parts.value[i];
    sums.maintenance_ppm += static_cast<uint128>(high & ~held_bit) << 64 | parts.maintenance_low[i];
    sums.held |= high & held_bit;
    if constexpr (WithInitial) {
      sums.initial_ppm += static_cast<uint128>(parts.initial_high[i]) << 64 | parts.initial_low[i];
    }
    if constexpr (Depth == scan_depth::lean) { sums.coarse_notional += coarse_notional(parts.value[i]); }
  }
  return sums;
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
