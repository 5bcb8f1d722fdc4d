// Tiered requirements ("risk limits"). docs/design.md section 3, "Tiers".
#pragma once

#include <cstdint>

#include "plimsoll/limits.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// One band of a tier table, in steps of one settlement asset. If its table applies to the whole position, the band's
/// rate applies to all of the notional: its amount is 0, and MM jumps at its floor.
struct tier_band {
  std::uint64_t floor = 0;            ///< Notional, or lots, from which the band applies; the first is 0.
  std::uint32_t maintenance_ppm = 0;  ///< Rates never fall from band to band.
  std::uint32_t initial_ppm = 0;
  uint128 amount = 0;  ///< Sum over bands of rate rise x floor, in step x 1e-6: makes MM continuous. 0 if it jumps.
};

/// Bands in rising order of floor; never empty.
struct tier_view {
  const tier_band* bands;
  std::uint32_t count;
  bool by_lots = false;  ///< Floors count lots; else they are notionals.
  bool whole = false;    ///< MM jumps at floors.
};

/// The key that floors are compared with.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t tier_key(std::uint64_t notional, std::uint64_t lots, bool by_lots) {
  return by_lots ? lots : notional;
}

/// Maintenance and initial requirement, exact, in step x 1e-6.
struct requirement {
  uint128 maintenance_ppm = 0;
  uint128 initial_ppm = 0;
};

/// Index of the band that a key lies in, its floor included.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint32_t band_of(std::uint64_t key, tier_view tiers) {
  std::uint32_t band = 0;
  for (std::uint32_t next = 1; next < tiers.count; ++next) { band += tiers.bands[next].floor <= key ? 1U : 0U; }
  return band;
}

/// Requirement of a notional that lies in band k: MM = rate_k x notional - amount_k, IM = notional x initial rate_k.
[[nodiscard]] PLIMSOLL_HD constexpr requirement requirement_in(std::uint64_t notional, const tier_band& band) {
  return {static_cast<uint128>(notional) * band.maintenance_ppm - band.amount,
          static_cast<uint128>(notional) * band.initial_ppm};
}

/// Requirement of one position of `lots`, without their sign.
[[nodiscard]] PLIMSOLL_HD constexpr requirement requirement_of(std::uint64_t notional, std::uint64_t lots,
                                                               tier_view tiers) {
  return requirement_in(notional, tiers.bands[band_of(tier_key(notional, lots, tiers.by_lots), tiers)]);
}

/// The amount of the band after `previous`, for a continuous MM: amount + (rate - previous rate) x floor.
[[nodiscard]] PLIMSOLL_HD constexpr uint128 next_amount(const tier_band& previous, std::uint64_t floor,
                                                        std::uint32_t maintenance_ppm) {
  return previous.amount + static_cast<uint128>(maintenance_ppm - previous.maintenance_ppm) * floor;
}

/// A figure in step x 1e-6, in steps: requirements are reported rounded up.
[[nodiscard]] PLIMSOLL_HD constexpr uint128 ceil_ppm(uint128 figure_ppm) {
  return (figure_ppm + static_cast<uint128>(limits::ppm - 1)) / static_cast<uint128>(limits::ppm);
}

}  // namespace plimsoll
