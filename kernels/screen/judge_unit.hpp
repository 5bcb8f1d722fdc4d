// Judges one unit from its positions' sums, and counts per block: shared by all judgements.
#pragma once

#include <cstdint>

#include "kernels/device/block.hpp"
#include "kernels/scan/unit_sums.hpp"
#include "kernels/screen/safe_tally.hpp"
#include "kernels/screen/screen_types.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Sums over positions; those for the radius only if it is stored.
struct judged_sums {
  unit_sums own;
  exposure_sums exposure;
  std::uint32_t groups = 0;
};

/// The highest rate at which MM of a position can move within range.
__device__ inline std::uint32_t exposure_rate(std::uint64_t notional, std::int64_t lots, const instrument_row& row,
                                              const tick_tables& tables) {
  if (row.tier_kind == 0) { return band_at(notional_within_range(notional), row, tables).maintenance_ppm; }
  const bool by_lots = (row.tier_kind & tiers_by_lots) != 0;
  return rate_within_range(
      notional, band_index(tier_key(notional, magnitude(lots), by_lots), row, tables), row.band_count, by_lots,
      (row.tier_kind & tiers_whole) != 0, [&](std::uint32_t band) { return tables.floors[row.first_band + band]; },
      [&](std::uint32_t band) { return tables.bands[row.first_band + band].maintenance_ppm; });
}

/// The counts of one thread, added to the header once per block.
struct judged_tally {
  safe_tally safe;
  std::int32_t liquidatable = 0;
  std::int32_t bankrupt = 0;
  std::int32_t held = 0;  ///< Held ones among those two.
  std::uint32_t over_limit = ~0U;
};

/// Adds the part of the other balances to the inputs of the radius.
__device__ inline void add_collateral_exposure(const units_view& units, const tick_view& tick, const screen_view& kept,
                                               std::uint32_t unit, judged_sums& sums) {
  for (std::uint32_t row = units.first_collateral[unit]; row < units.first_collateral[unit + 1]; ++row) {
    const std::int64_t amount = units.collateral_amount[row];
    if (amount == 0) { continue; }
    const std::uint16_t id = units.collateral_asset[row];
    const asset_row& asset = tick.assets[id];
    add_exposure(sums.exposure, amount, asset.plain, asset.as_asset, asset.as_liability);
    sums.groups |= kept.asset_groups[id];
  }
}

/// Keeps or writes what the purpose asks for of the judged unit, and counts it if it is safe. By one thread.
template <judge_purpose Purpose, collateral_mode Mode>
__device__ inline void write_judged(const units_view& units, const tick_view& tick, const screen_view& kept,
                                    const judged_target& out, std::uint32_t unit, judged_sums& sums,
                                    const judged_unit& judged, judged_tally& tally) {
  const std::uint64_t hash = kept.call_hash.count != 0 ? kept.call_hash[unit] : 0;
  add_safe(judged.outcome, hash, 1, tally.safe);
  if constexpr (Purpose == judge_purpose::screen) { add_safe(verdict{kept.verdicts[unit]}, hash, -1, tally.safe); }
  if constexpr (keeps(Purpose)) {
    bool cross = false;
    if constexpr (Mode == collateral_mode::multi) {
      cross = units.cross[unit] != 0;
      if (cross) { add_collateral_exposure(units, tick, kept, unit, sums); }
    }
    kept.radius[unit] = safety_radius(judged, sums.exposure, cross ? kept.rules : kept.isolated_rules);
    kept.groups[unit] = static_cast<std::uint8_t>(sums.groups);
    kept.verdicts[unit] = judged.outcome.bits;
  }
  if constexpr (is_of_all(Purpose)) { out.verdicts[unit] = judged.outcome.bits; }
}

/// Writes the figures of a unit that is not safe, and counts it.
template <judge_purpose Purpose>
__device__ inline void write_unsafe(const judged_target& out, std::uint32_t unit, const judged_unit& judged,
                                    judged_tally& tally) {
  if (Purpose == judge_purpose::change || is_safe(judged.outcome)) { return; }
  if constexpr (Purpose == judge_purpose::screen) { out.verdicts[unit] = judged.outcome.bits; }
  out.equity[unit] = judged.equity;
  out.margin_equity[unit] = judged.margin_equity;
  out.maintenance_ppm[unit] = judged.maintenance_ppm;
  tally.liquidatable += judged.outcome.state() == unit_state::liquidatable ? 1 : 0;
  tally.bankrupt += judged.outcome.state() == unit_state::bankrupt ? 1 : 0;
  tally.held += judged.outcome.held() ? 1 : 0;
}

/// Judges a unit from its positions' sums, and writes all that the purpose asks for. Returns its verdict.
template <judge_purpose Purpose, collateral_mode Mode>
__device__ inline verdict judge(const units_view& units, const tick_view& tick, const screen_view& kept,
                                const judged_target& out, std::uint32_t unit, judged_sums& sums, judged_tally& tally) {
  collateral_worth other;
  const bool required_admitted =
      requirement_admitted(sums.own.maintenance_ppm) && requirement_admitted(sums.own.initial_ppm);
  const judged_unit judged = state_of<Mode>(units, tick, unit, sums.own, required_admitted, other);
  if constexpr (Purpose != judge_purpose::change) { note_admission(judged, unit, tally); }
  if constexpr (Purpose == judge_purpose::tick) {
    write_equity(out.score_inputs, unit, judged);
    write_balance(units, out.score_inputs, unit, judged, other);
  }
  write_judged<Purpose, Mode>(units, tick, kept, out, unit, sums, judged, tally);
  write_unsafe<Purpose>(out, unit, judged, tally);
  return judged.outcome;
}

/// Adds a block's tallies to the header, and to the sums of safe units if stored. Every thread of the block calls it.
template <int Threads, judge_purpose Purpose>
__device__ inline void add_judged(const judged_tally& mine, judgement_header* header, safe_sums* kept) {
  const safe_tally safe = block_tally<Threads>(mine.safe);
  if constexpr (keeps(Purpose)) {
    if (thread_rank() == 0) { add_tally(safe, kept); }
  }
  if constexpr (Purpose != judge_purpose::change) {
    const std::int32_t liquidatable = block_sum<Threads>(mine.liquidatable);
    const std::int32_t bankrupt = block_sum<Threads>(mine.bankrupt);
    const std::int32_t held = block_sum<Threads>(mine.held);
    const std::uint32_t over_limit = block_min<Threads>(mine.over_limit);
    if (thread_rank() == 0) {
      add_signed(&header->counts[static_cast<int>(unit_state::healthy)], safe.healthy);
      add_signed(&header->counts[static_cast<int>(unit_state::margin_call)], safe.margin_call);
      add_signed(&header->counts[static_cast<int>(unit_state::liquidatable)], liquidatable);
      add_signed(&header->counts[static_cast<int>(unit_state::bankrupt)], bankrupt);
      add_signed(&header->held, safe.held + held);
      add_wrapping(&header->call_hashes, safe.call_hashes);
      if (over_limit != ~0U) { atomicMin(&header->over_limit, over_limit); }
    }
  }
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
