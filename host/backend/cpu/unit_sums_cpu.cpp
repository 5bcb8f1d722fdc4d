#include "host/backend/cpu/unit_sums_cpu.hpp"

#include <functional>

#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include "kernels/rules/tiers.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll {
namespace {

/// Value of a position: one product if no division is needed.
std::int64_t worth_of(const tick_cpu& tick, std::uint16_t id, std::int64_t lots) {
  const std::int64_t factor = tick.instruments[id].factor;
  return factor != 0 ? lots * factor : value_of({lots}, tick.rates[id]).raw;
}

/// Sums a run of positions; with `WithExposure` also the most that they could lose.
template <bool WithExposure>
position_sums sum_run(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t first, std::uint32_t last,
                      const move_groups* groups, exposed_unit* out) {
  const position_columns& positions = resident.source->positions;
  const band_tables& tiers = resident.tiers;
  position_sums sums;
  for (std::uint32_t p = first; p < last; ++p) {
    const std::int64_t lots = positions.lots[p];
    const std::uint16_t id = positions.instrument[p];
    const std::int64_t value = worth_of(tick, id, lots);
    const std::uint64_t notional = magnitude(value);
    const std::uint32_t table = tick.instruments[id].first_band;
    const bool by_lots = tiers.by_lots[id] != 0;
    const std::uint32_t band = tiers.band_at(table, tier_key(notional, magnitude(lots), by_lots));
    const requirement required = requirement_in(notional, tiers.terms[band].with_initial(tiers.initial_ppm[band]));
    sums.value += value;
    sums.maintenance_ppm += required.maintenance_ppm;
    sums.initial_ppm += required.initial_ppm;
    sums.held = sums.held || (tick.held[id] != 0 && lots != 0);
    if constexpr (WithExposure) {
      if (lots == 0) { continue; }
      const std::uint32_t rate = rate_within_range(
          notional, band - table, tiers.padded_count, by_lots, tiers.whole[id] != 0,
          [&](std::uint32_t k) { return tiers.floors[table + k]; },
          [&](std::uint32_t k) { return tiers.terms[table + k].maintenance_ppm; });
      add_exposure(out->exposure, notional, rate);
      out->groups |= groups->of_instrument[id];
    }
  }
  return sums;
}

}  // namespace

position_sums sum_positions(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t first,
                            std::uint32_t last) {
  constexpr std::uint32_t grain = 16'384;
  if (last - first <= grain) { return sum_run<false>(resident, tick, first, last, nullptr, nullptr); }
  return tbb::parallel_reduce(
      tbb::blocked_range<std::uint32_t>(first, last, grain), position_sums{},
      [&](const auto& range, const position_sums& sums) {
        return sums + sum_run<false>(resident, tick, range.begin(), range.end(), nullptr, nullptr);
      },
      std::plus<>());
}

int128 sum_values(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t first, std::uint32_t last) {
  const position_columns& positions = resident.source->positions;
  int128 sum = 0;
  for (std::uint32_t p = first; p < last; ++p) { sum += worth_of(tick, positions.instrument[p], positions.lots[p]); }
  return sum;
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

namespace {

/// The state that follows from sums; also computes `worth`.
judged_unit judge_sums(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t unit,
                       const position_sums& sums, collateral_worth& worth) {
  const book& source = *resident.source;
  judged_unit out;
  worth = {};
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
  // A unit beyond the limits fails the tick. Its state does not matter, but computing it must not trap.
  out.outcome = make_verdict(classify(out.equity, out.margin_equity, out.admitted ? sums.maintenance_ppm : 0,
                                      source.reference.venue.margin_call_ppm),
                             sums.held || worth.held);
  return out;
}

judged_unit judge_unit(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t unit,
                       collateral_worth& worth) {
  const std::vector<std::uint32_t>& first = resident.source->units.first_position;
  return judge_sums(resident, tick, unit, sum_positions(resident, tick, first[unit], first[unit + 1]), worth);
}

}  // namespace

judged_unit judge_unit(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t unit) {
  collateral_worth worth;
  return judge_unit(resident, tick, unit, worth);
}

unit_score_inputs unit_score_inputs_at(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t unit) {
  collateral_worth worth;
  const judged_unit one = judge_unit(resident, tick, unit, worth);
  return score_inputs_of(one.outcome, one.equity, one.admitted ? one.maintenance_ppm : 0,
                         resident.source->units.balance[unit], worth.sum.equity);
}

exposed_unit judge_exposure(const resident_cpu& resident, const tick_cpu& tick, const move_groups& groups,
                            std::uint32_t unit) {
  const book& source = *resident.source;
  exposed_unit out;
  const position_sums sums = sum_run<true>(resident, tick, source.units.first_position[unit],
                                           source.units.first_position[unit + 1], &groups, &out);
  collateral_worth worth;
  out.judged = judge_sums(resident, tick, unit, sums, worth);
  if (source.units.first_collateral.empty()) { return out; }
  for (std::uint32_t row = source.units.first_collateral[unit]; row < source.units.first_collateral[unit + 1]; ++row) {
    const std::int64_t amount = source.collateral.amount[row];
    if (amount == 0) { continue; }
    const std::uint16_t asset = source.collateral.asset[row];
    const asset_rates& rates = tick.assets[asset];
    // A unit beyond the limits is not safe, so its collateral value is not used.
    if (!value_admitted(magnitude(amount), rates.plain) || !value_admitted(magnitude(amount), rates.as_liability)) {
      continue;
    }
    out.exposure.collateral += magnitude(value_of({amount}, amount < 0 ? rates.as_liability : rates.as_asset).raw) + 1;
    ++out.exposure.collateral_rows;
    out.groups |= groups.of_asset[asset];
  }
  return out;
}

}  // namespace plimsoll
