// A unit's sums, position by position in 128 bits: for single units, and for tiles that are too long or too large for
// 64 bits.
#pragma once

#include <cstdint>

#include "host/backend/cpu/resident_cpu.hpp"
#include "host/backend/cpu/scan_units_cpu.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/screen.hpp"

namespace plimsoll {

/// Sums over a unit's positions.
struct position_sums {
  int128 value = 0;
  uint128 maintenance_ppm = 0;
  uint128 initial_ppm = 0;
  bool held = false;

  friend position_sums operator+(const position_sums& a, const position_sums& b) {
    return {a.value + b.value, a.maintenance_ppm + b.maintenance_ppm, a.initial_ppm + b.initial_ppm, a.held || b.held};
  }
};

/// Sums positions [first, last). A unit with very many is summed on all threads of the calling arena.
[[nodiscard]] position_sums sum_positions(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t first,
                                          std::uint32_t last);

/// Sum of the values only.
[[nodiscard]] int128 sum_values(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t first,
                                std::uint32_t last);

/// Value of a unit's balances in other assets, and whether one of them is priced by a held instrument.
struct collateral_worth {
  collateral_sum sum;
  bool held = false;
};
[[nodiscard]] collateral_worth worth_of_collateral(const resident_cpu& resident, const tick_cpu& tick,
                                                   std::uint32_t unit);

/// Evaluates one unit, only from its own positions and balances.
[[nodiscard]] judged_unit judge_unit(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t unit);

/// The inputs of the unit's scores.
[[nodiscard]] unit_score_inputs unit_score_inputs_at(const resident_cpu& resident, const tick_cpu& tick,
                                                     std::uint32_t unit);

/// The unit's equity, if its positions have value `value`. It must be within the limits.
[[nodiscard]] inline std::int64_t equity_of_unit(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t unit,
                                                 int128 value) {
  const unit_columns& units = resident.source->units;
  const int128 others = units.first_collateral.empty() ? 0 : worth_of_collateral(resident, tick, unit).sum.equity;
  return static_cast<std::int64_t>(
      equity_of(units.cash[unit] + value, static_cast<std::int64_t>(others), 0, quote_weights{}).equity);
}

/// A unit, with the most that it could lose from these prices on, and its groups.
struct exposed_unit {
  judged_unit judged;
  exposure_sums exposure;
  std::uint8_t groups = 0;
};
[[nodiscard]] exposed_unit judge_exposure(const resident_cpu& resident, const tick_cpu& tick, const move_groups& groups,
                                          std::uint32_t unit);

}  // namespace plimsoll
