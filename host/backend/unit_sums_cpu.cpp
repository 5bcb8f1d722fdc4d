#include "host/backend/unit_sums_cpu.hpp"

#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include <functional>

#include "kernels/rules/tiers.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll {
namespace {

position_sums sum_run(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t first, std::uint32_t last) {
  const book& source = *resident.source;
  position_sums sums;
  for (std::uint32_t p = first; p < last; ++p) {
    const std::int64_t lots = source.positions.lots[p];
    const std::uint16_t id = source.positions.instrument[p];
    const std::int64_t value = value_of({lots}, tick.rates[id]).raw;
    const requirement required = requirement_of(magnitude(value), source.tiers_of(id));
    sums.value += value;
    sums.maintenance_ppm += required.maintenance_ppm;
    sums.initial_ppm += required.initial_ppm;
    sums.held = sums.held || (tick.held[id] != 0 && lots != 0);
  }
  return sums;
}

}  // namespace

position_sums sum_positions(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t first, std::uint32_t last) {
  constexpr std::uint32_t grain = 16'384;
  if (last - first <= grain) { return sum_run(resident, tick, first, last); }
  return tbb::parallel_reduce(
      tbb::blocked_range<std::uint32_t>(first, last, grain), position_sums{},
      [&](const auto& range, const position_sums& sums) { return sums + sum_run(resident, tick, range.begin(), range.end()); },
      std::plus<>());
}

collateral_worth worth_of_collateral(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t unit) {
  const book& source = *resident.source;
  collateral_worth worth;
  for (std::uint32_t row = source.units.first_collateral[unit]; row < source.units.first_collateral[unit + 1]; ++row) {
    const std::int64_t amount = source.collateral.amount[row];
    const std::uint16_t asset = source.collateral.asset[row];
    const asset_rates& rates = tick.assets[asset];
    add_collateral(worth.sum, amount, rates.plain, amount < 0 ? rates.as_liability : rates.as_asset);
    worth.held = worth.held || (amount != 0 && tick.asset_held[asset] != 0);
  }
  return worth;
}

judged_unit judge_unit(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t unit) {
  const book& source = *resident.source;
  const position_sums sums = sum_positions(resident, tick, source.units.first_position[unit], source.units.first_position[unit + 1]);
  judged_unit out;
  collateral_worth worth;
  if (!source.units.first_collateral.empty()) {
    worth = worth_of_collateral(resident, tick, unit);
    out.admitted = collateral_admitted(worth.sum);
    if (!out.admitted) { worth.sum = {}; }
  }
  const equity_pair wide = equity_of(source.units.cash[unit] + sums.value, static_cast<std::int64_t>(worth.sum.equity),
                                     static_cast<std::int64_t>(worth.sum.margin_equity), source.weights_of(unit));
  out.admitted = out.admitted && money_admitted(wide.equity) && money_admitted(wide.margin_equity) &&
                 requirement_admitted(sums.maintenance_ppm) && requirement_admitted(sums.initial_ppm);
  out.equity = static_cast<std::int64_t>(wide.equity);
  out.margin_equity = static_cast<std::int64_t>(wide.margin_equity);
  out.maintenance_ppm = sums.maintenance_ppm;
  // A unit beyond the limits fails the tick; its state only must not trap.
  out.said = make_verdict(classify(out.equity, out.margin_equity, out.admitted ? sums.maintenance_ppm : 0, source.reference.venue.margin_call_ppm),
                          sums.held || worth.held);
  return out;
}

}  // namespace plimsoll
