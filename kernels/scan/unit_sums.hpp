// A position's worth, and a unit's verdict from its sums: shared by all passes over units.
#pragma once

#include <cstdint>

#include "kernels/device/block.hpp"
#include "kernels/rules/screen.hpp"
#include "kernels/scan/scan_types.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// The columns of a position that a pass reads.
struct position_read {
  std::int64_t lots;
  std::uint16_t instrument;
};

/// One position at the tick's mark.
struct position_worth {
  std::int64_t value;
  requirement required;
  std::uint32_t held;
};

/// The tables of a tick, in shared or in global memory.
struct tick_tables {
  const instrument_row* rows;
  const tier_band* bands;
  const std::uint64_t* floors;
};

/// band_of by binary search. A warp takes as many steps as its longest table needs, so each step saved counts.
__device__ inline std::uint32_t band_by_halving(std::uint64_t key, const std::uint64_t* floors, std::uint32_t count) {
  std::uint32_t band = 0;
  while (count > 1) {
    const std::uint32_t half = count / 2;
    band += floors[band + half] <= key ? half : 0;
    count -= half;
  }
  return band;
}

/// The band of an instrument that a key (`tier_key`) lies in. Most lie in the first, and then no floor is read.
__device__ inline std::uint32_t band_index(std::uint64_t key, const instrument_row& row, const tick_tables& tables) {
  const std::uint32_t count = key < row.second_floor ? 1 : row.band_count;
  return band_by_halving(key, tables.floors + row.first_band, count);
}
__device__ inline const tier_band& band_at(std::uint64_t key, const instrument_row& row, const tick_tables& tables) {
  return tables.bands[row.first_band + band_index(key, row, tables)];
}

/// value_of, with a product of 64 bits if there is nothing to divide, because admitted values fit 64 bits.
__device__ inline std::int64_t value_in(std::int64_t lots, const value_rate& rate) {
  return rate.den == 1 ? lots * whole_factor(rate) : value_of(size_lots{lots}, rate).raw;
}

__device__ inline position_worth worth_of(std::uint16_t instrument, std::int64_t lots, const tick_tables& tables) {
  const instrument_row& row = tables.rows[instrument];
  const std::int64_t value = value_in(lots, row.rate);
  const std::uint64_t notional = magnitude(value);
  // A vacant slot (size 0) makes no unit held.
  const std::uint64_t key = tier_key(notional, magnitude(lots), (row.tier_kind & tiers_by_lots) != 0);
  return {value, requirement_in(notional, band_at(key, row, tables)), lots != 0 ? row.held : 0U};
}

/// A bound of a notional that is cheap to sum: in 2^32 steps, rounded up.
__device__ inline std::uint64_t coarse_notional(std::int64_t value) { return (magnitude(value) >> 32) + 1; }

/// Sums over a unit's positions.
struct unit_sums {
  int128 values = 0;
  uint128 maintenance_ppm = 0;
  uint128 initial_ppm = 0;            ///< Not summed by a lean or score_inputs pass.
  std::uint64_t coarse_notional = 0;  ///< Summed by a lean pass alone: bounds the IM from above.
  std::uint32_t held = 0;
};

/// Worth in the quote of a cross unit's other assets; zero in `single` and for isolated units.
struct collateral_worth {
  collateral_sum sum;
  std::uint32_t held = 0;
};

__device__ inline collateral_worth collateral_of(const units_view& units, const tick_view& tick, std::uint32_t unit) {
  collateral_worth worth;
  const std::uint32_t end = units.first_collateral[unit + 1];
  for (std::uint32_t row = units.first_collateral[unit]; row < end; ++row) {
    const std::int64_t amount = units.collateral_amount[row];
    const asset_row& asset = tick.assets[units.collateral_asset[row]];
    add_collateral(worth.sum, amount, asset.plain, amount < 0 ? asset.as_liability : asset.as_asset);
    worth.held |= amount != 0 ? asset.held : 0;
  }
  return worth;
}

/// The counts of one thread, added to the header once per block.
struct scan_tally {
  std::uint32_t counts[4] = {0, 0, 0, 0};
  std::uint32_t held = 0;
  std::uint32_t uncertain = 0;
  std::uint32_t over_limit = ~0U;
};

/// A unit's figures and state from its sums; `required_admitted` says that its requirements are within the limit.
/// Leaves the worth of its other balances in `other`.
template <collateral_mode Mode>
__device__ inline judged_unit state_of(const units_view& units, const tick_view& tick, std::uint32_t unit,
                                       const unit_sums& sums, bool required_admitted, collateral_worth& other) {
  quote_weights weights;
  judged_unit out;
  out.admitted = required_admitted;
  if constexpr (Mode == collateral_mode::multi) {
    if (units.cross[unit] != 0) {
      weights = tick.weights;
      other = collateral_of(units, tick, unit);
      if (!collateral_admitted(other.sum)) {
        out.admitted = false;
        other.sum = {};
      }
    }
  }
  const equity_pair wide = equity_of(units.cash[unit] + sums.values, static_cast<std::int64_t>(other.sum.equity),
                                     static_cast<std::int64_t>(other.sum.margin_equity), weights);
  out.admitted = out.admitted && money_admitted(wide.equity) && money_admitted(wide.margin_equity);
  out.equity = static_cast<std::int64_t>(wide.equity);
  out.margin_equity = static_cast<std::int64_t>(wide.margin_equity);
  // A unit beyond the limits fails the tick: its figures are meaningless, and their products must not overflow.
  out.maintenance_ppm = out.admitted ? sums.maintenance_ppm : 0;
  out.outcome = make_verdict(classify(out.equity, out.margin_equity, out.maintenance_ppm, tick.call_ppm),
                             (sums.held | other.held) != 0);
  return out;
}

/// Writes the part of a unit that every score reads, its equity.
__device__ inline void write_equity(const score_inputs_view& out, std::uint32_t unit, const judged_unit& judged) {
  out.equity[unit] = judged.outcome.on_ladder() ? judged.equity : off_ladder_equity;
}
/// Writes the balance and the MM of a unit, for a score that reads them.
__device__ inline void write_balance(const units_view& units, const score_inputs_view& out, std::uint32_t unit,
                                     const judged_unit& judged, const collateral_worth& other) {
  if (out.balance.count == 0) { return; }
  out.balance[unit] = static_cast<std::int64_t>(units.balance[unit] + other.sum.equity);
  out.maintenance[unit] = static_cast<std::int64_t>(ceil_ppm(judged.maintenance_ppm));
}

/// IM <= notional x highest rate. A unit that is admitted even by this bound needs no IM to be known as admitted.
__device__ inline bool surely_admitted(std::uint64_t coarse_notional, const tick_view& tick) {
  return requirement_admitted((static_cast<uint128>(coarse_notional) << 32) * tick.rate_ppm_max);
}

/// Keeps the lowest unit that is over the limit.
template <class Tally>
__device__ inline void note_admission(const judged_unit& judged, std::uint32_t unit, Tally& tally) {
  if (!judged.admitted && unit < tally.over_limit) { tally.over_limit = unit; }
}

/// Writes what the depth asks for of a judged unit that is noted, and counts it.
template <scan_depth Depth>
__device__ inline void write_unit(const units_view& units, const scan_target& out, std::uint32_t unit,
                                  const unit_sums& sums, const judged_unit& judged, const collateral_worth& other,
                                  scan_tally& tally) {
  const verdict outcome = judged.outcome;
  const unit_state state = outcome.state();

  if constexpr (Depth != scan_depth::score_inputs) {
    out.verdicts[unit] = outcome.bits;
    // Written out, because an array indexed by a variable would be in local memory.
    tally.counts[0] += state == unit_state::healthy ? 1U : 0U;
    tally.counts[1] += state == unit_state::margin_call ? 1U : 0U;
    tally.counts[2] += state == unit_state::liquidatable ? 1U : 0U;
    tally.counts[3] += state == unit_state::bankrupt ? 1U : 0U;
    tally.held += outcome.held() ? 1U : 0U;
  }
  if constexpr (Depth != scan_depth::lean) {
    write_equity(out.score_inputs, unit, judged);
    write_balance(units, out.score_inputs, unit, judged, other);
  }
  if constexpr (Depth == scan_depth::publish) {
    out.equity[unit] = judged.equity;
    out.margin_equity[unit] = judged.margin_equity;
    out.maintenance_ppm[unit] = sums.maintenance_ppm;
    out.initial_ppm[unit] = sums.initial_ppm;
  }
}

/// Judges a unit by its sums, writes what the depth asks for and counts it.
template <scan_depth Depth, collateral_mode Mode>
__device__ inline void judge_unit(const units_view& units, const tick_view& tick, const scan_target& out,
                                  std::uint32_t unit, const unit_sums& sums, scan_tally& tally) {
  collateral_worth other;
  bool required_admitted = requirement_admitted(sums.maintenance_ppm);
  if constexpr (Depth == scan_depth::publish) {
    required_admitted = required_admitted && requirement_admitted(sums.initial_ppm);
  }
  const judged_unit judged = state_of<Mode>(units, tick, unit, sums, required_admitted, other);
  if constexpr (Depth == scan_depth::lean) {
    tally.uncertain += surely_admitted(sums.coarse_notional, tick) ? 0U : 1U;  // Left to a publish pass.
  }
  note_admission(judged, unit, tally);
  write_unit<Depth>(units, out, unit, sums, judged, other, tally);
}

/// Adds a block's tallies to the header. Every thread of the block must call it.
template <int Threads>
__device__ inline void add_tally(const scan_tally& tally, scan_header* header) {
  const auto add = [](std::uint64_t* onto, std::uint32_t sum) {
    if (sum != 0) { atomicAdd(reinterpret_cast<unsigned long long*>(onto), static_cast<unsigned long long>(sum)); }
  };
  PLIMSOLL_UNROLL
  for (int state = 0; state < 4; ++state) {
    const std::uint32_t sum = block_sum<Threads>(tally.counts[state]);
    if (thread_rank() == 0) { add(&header->counts[state], sum); }
  }
  const std::uint32_t held = block_sum<Threads>(tally.held);
  const std::uint32_t uncertain = block_sum<Threads>(tally.uncertain);
  const std::uint32_t over_limit = block_min<Threads>(tally.over_limit);
  if (thread_rank() == 0) {
    add(&header->held, held);
    if (uncertain != 0) { atomicAdd(&header->uncertain, uncertain); }
    if (over_limit != ~0U) { atomicMin(&header->over_limit, over_limit); }
  }
}

/// The instrument and band tables; `Staged`: copied to the block's shared memory, which the launch has reserved. The
/// kernel is compiled for one or the other, because a pointer that may be either is read by slower, generic loads.
/// Every thread of the block must call it; waits for the block.
template <int Threads, bool Staged>
__device__ inline tick_tables stage_tables(const tick_view& tick) {
  if constexpr (!Staged) { return {tick.instruments.data, tick.bands.data, tick.floors.data}; }
  PLIMSOLL_DYN_SHARED(unsigned char, scratch);
  auto* const bands = reinterpret_cast<tier_band*>(scratch);  // First: they need 16-byte alignment.
  auto* const floors = reinterpret_cast<std::uint64_t*>(bands + tick.bands.count);
  auto* const rows = reinterpret_cast<instrument_row*>(floors + tick.bands.count);
  for (unsigned i = threadIdx.x; i < tick.bands.count; i += Threads) {
    bands[i] = tick.bands[i];
    floors[i] = tick.floors[i];
  }
  for (unsigned i = threadIdx.x; i < tick.instruments.count; i += Threads) { rows[i] = tick.instruments[i]; }
  __syncthreads();
  return {rows, bands, floors};
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
