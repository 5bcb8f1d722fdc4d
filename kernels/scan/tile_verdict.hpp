// A unit of a tile judged: by 64-bit sums and binary64 where both are proven to tell, exactly where they are not.
#pragma once

#include <cstdint>

#include "kernels/scan/tile_parts.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// A unit's sums and what they come to; `sure`: that is final.
struct tile_verdict {
  unit_sums sums{};
  judged_unit judged{};
  collateral_worth other{};
  bool sure = false;
};

/// By the sums of its row. Cash is within 2^62 steps, and so are proven values: their sum fits.
template <collateral_mode Mode>
__device__ inline tile_verdict judge_nearly(const units_view& units, const tick_view& tick, std::uint32_t unit,
                                            const row_sums& row) {
  tile_verdict out;
  out.sums.values = static_cast<std::int64_t>(row.values);
  out.sums.maintenance_ppm = joined(row.maintenance);
  out.sums.held = row.held;
  if constexpr (Mode == collateral_mode::multi) {
    if (units.cross[unit] != 0) {
      out.judged = state_of<Mode>(units, tick, unit, out.sums, row.proven, out.other);
      out.sure = out.judged.admitted;
      return out;
    }
  }
  const auto equity = static_cast<std::int64_t>(static_cast<std::uint64_t>(units.cash[unit]) + row.values);
  const nearly_classified state = classify_nearly(equity, equity, nearly(row.maintenance), tick.call_ppm);
  out.sure = row.proven && state.sure && money_admitted(equity);
  out.judged = {equity, equity, out.sums.maintenance_ppm, make_verdict(state.state, row.held != 0), true};
  return out;
}

/// From its positions, in 128 bits: for units near a limit or next to a threshold, and rows that have grown long.
template <collateral_mode Mode>
__device__ inline tile_verdict judge_exactly(const units_view& units, const tick_view& tick, const tick_tables& tables,
                                             std::uint32_t unit) {
  tile_verdict out;
  for (std::uint32_t i = units.first_position[unit]; i < units.first_position[unit + 1]; ++i) {
    const position_worth worth = worth_of(units.instrument[i], units.lots[i], tables);
    out.sums.values += worth.value;
    out.sums.maintenance_ppm += worth.required.maintenance_ppm;
    out.sums.initial_ppm += worth.required.initial_ppm;
    out.sums.held |= worth.held;
  }
  const bool admitted = requirement_admitted(out.sums.maintenance_ppm) && requirement_admitted(out.sums.initial_ppm);
  out.judged = state_of<Mode>(units, tick, unit, out.sums, admitted, out.other);
  out.sure = true;
  return out;
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
