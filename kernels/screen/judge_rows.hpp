// Judges single units from their rows of positions: short rows by a few lanes, long ones by a block, the longest ones
// by several. Shared by the judgement of listed units and by the screen.
#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/device/block.hpp"
#include "kernels/device/in_flight.hpp"
#include "kernels/scan/unit_tiles.hpp"
#include "kernels/screen/judge_unit.hpp"
#include "kernels/screen/screen_types.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

struct judge_policy : row_policy {
  static constexpr int block_threads = 256;
  static constexpr int blocks_per_multiprocessor = 2;  ///< At least: leaves 128 registers for sums of 128 bits, and a
                                                       ///< position on its way. As many run as fit.
  static constexpr int unit_lanes = 8;                 ///< Positions of a short row that are read together.
  static constexpr std::uint32_t long_positions = tile_policy::unit_positions;  ///< Rows of more are long.
  static constexpr int positions_in_flight = 4;  ///< Of a thread of a block on a long row.
};
/// More units per warp, each read in more turns. Which policy is faster depends on the device.
struct few_lanes_policy : judge_policy {
  static constexpr int unit_lanes = 4;
};
static_assert(judge_policy::block_threads % 32 == 0, "A block is a whole number of warps.");
static_assert(32 % judge_policy::unit_lanes == 0, "A warp is a whole number of units.");
static_assert(judge_policy::long_positions < judge_policy::part_positions, "A row in parts is a long one.");

struct or_of {
  template <class T>
  __device__ T operator()(const T& a, const T& b) const {
    return a | b;
  }
};

template <bool WithExposure>
__device__ inline void add_position(const tick_tables& tables, const screen_view& kept, const position_read& position,
                                    judged_sums& sums) {
  if (position.lots == 0) { return; }  // A vacant slot.
  const std::uint16_t id = position.instrument;
  const position_worth worth = worth_of(id, position.lots, tables);
  sums.own.values += worth.value;
  sums.own.maintenance_ppm += worth.required.maintenance_ppm;
  sums.own.initial_ppm += worth.required.initial_ppm;
  sums.own.held |= worth.held;
  if constexpr (WithExposure) {
    const std::uint64_t notional = magnitude(worth.value);
    add_exposure(sums.exposure, notional, exposure_rate(notional, position.lots, tables.rows[id], tables));
    sums.groups |= kept.instrument_groups[id];
  }
}

/// The calling thread's positions of a long row, or of a part of one, that a block sums.
template <class Policy, bool WithExposure>
__device__ inline judged_sums sum_by_block(const units_view& units, const tick_tables& tables, const screen_view& kept,
                                           const row_part& part) {
  judged_sums mine;
  const auto load = [&](std::uint32_t i) {
    return position_read{units.lots[part.first_position + i], units.instrument[part.first_position + i]};
  };
  walk_in_flight<Policy::block_threads, Policy::positions_in_flight>(
      part.end_position - part.first_position, load,
      [&](std::uint32_t, const position_read& position) { add_position<WithExposure>(tables, kept, position, mine); });
  return mine;
}

/// Combines the threads' sums by `reduce(value, op)`.
template <bool WithExposure, class Reduce>
__device__ inline judged_sums together(const judged_sums& mine, Reduce reduce) {
  judged_sums sums;
  sums.own.values = reduce(mine.own.values, sum_of{});
  sums.own.maintenance_ppm = reduce(mine.own.maintenance_ppm, sum_of{});
  sums.own.initial_ppm = reduce(mine.own.initial_ppm, sum_of{});
  sums.own.held = reduce(mine.own.held, or_of{});
  if constexpr (WithExposure) {
    sums.exposure.notional = reduce(mine.exposure.notional, sum_of{});
    sums.exposure.slope_ppm = reduce(mine.exposure.slope_ppm, sum_of{});
    sums.exposure.rows = reduce(mine.exposure.rows, sum_of{});
    sums.groups = reduce(mine.groups, or_of{});
  }
  return sums;
}

template <int Lanes>
struct reduce_lanes {
  template <class T, class Op>
  __device__ T operator()(const T& value, Op op) const {
    return lanes_reduce<Lanes>(value, op);
  }
};
template <int Threads>
struct reduce_block {
  template <class T, class Op>
  __device__ T operator()(const T& value, Op op) const {
    return block_reduce<Threads>(value, op);
  }
};

/// Notes a long row for the next launch. Its place in that list affects no figure.
template <class Policy>
__device__ inline void leave_long(const judged_target& out, std::uint32_t unit, std::uint32_t begin,
                                  std::uint32_t end) {
  if (end - begin <= Policy::part_positions) {
    out.longs.rows[atomicAdd(&out.header->long_rows, 1U)] = unit;
    return;
  }
  const std::uint32_t parts = (end - begin - 1) / Policy::part_positions + 1;
  const std::uint32_t first_part = atomicAdd(&out.header->long_parts, parts);
  const std::uint32_t row = atomicAdd(&out.header->parted_rows, 1U);
  out.longs.parted[row] = {unit, first_part, parts, 0};
  for (std::uint32_t part = 0; part < parts; ++part) {
    const std::uint32_t first = begin + part * Policy::part_positions;
    out.longs.parts[first_part + part] = {first, part + 1 < parts ? first + Policy::part_positions : end, row};
  }
}

/// Judges the unit of a short row with the `unit_lanes` lanes that call it, or notes a long row. Lanes of the warp that
/// have no unit must call it as well, with `present` false. Returns the verdict in lane 0 of a short row, and a healthy
/// one elsewhere.
template <class Policy, judge_purpose Purpose, collateral_mode Mode>
__device__ inline verdict judge_short_row(const units_view& units, const tick_view& tick, const screen_view& kept,
                                          const judged_target& out, bool present, std::uint32_t unit,
                                          judged_tally& tally) {
  constexpr bool with_exposure = keeps(Purpose);
  const tick_tables tables{tick.instruments.data, tick.bands.data, tick.floors.data};
  const std::uint32_t lane = lane_rank() % Policy::unit_lanes;
  const std::uint32_t begin = present ? units.first_position[unit] : 0;
  const std::uint32_t end = present ? units.first_position[unit + 1] : 0;
  const bool is_long = end - begin > Policy::long_positions;
  if (is_long && lane == 0) { leave_long<Policy>(out, unit, begin, end); }
  judged_sums mine;
  for (std::uint32_t i = begin + lane; !is_long && i < end; i += Policy::unit_lanes) {
    add_position<with_exposure>(tables, kept, {units.lots[i], units.instrument[i]}, mine);
  }
  judged_sums sums = together<with_exposure>(mine, reduce_lanes<Policy::unit_lanes>{});
  if (!present || is_long || lane != 0) { return {}; }
  return judge<Purpose, Mode>(units, tick, kept, out, unit, sums, tally);
}

__device__ inline part_sums to_part(const judged_sums& sums) {
  return {sums.own.values,
          sums.own.maintenance_ppm,
          sums.own.initial_ppm,
          sums.exposure.notional,
          sums.exposure.slope_ppm,
          sums.own.held,
          sums.exposure.rows,
          sums.groups,
          0};
}
__device__ inline void add_part(const part_sums& part, judged_sums& onto) {
  onto.own.values += part.values;
  onto.own.maintenance_ppm += part.maintenance_ppm;
  onto.own.initial_ppm += part.initial_ppm;
  onto.own.held |= part.held;
  onto.exposure.notional += part.notional;
  onto.exposure.slope_ppm += part.slope_ppm;
  onto.exposure.rows += part.rows;
  onto.groups |= part.groups;
}

/// Judges the long rows that were noted, one block each; several blocks sum the parts of the longest ones, and the last
/// of them judges the row. Calls judged(unit, verdict) in one thread for each row.
template <class Policy, judge_purpose Purpose, collateral_mode Mode, class Judged>
__device__ inline void judge_long_rows(const units_view& units, const tick_view& tick, const screen_view& kept,
                                       const judged_target& out, judged_tally& tally, Judged judged) {
  constexpr bool with_exposure = keeps(Purpose);
  const tick_tables tables{tick.instruments.data, tick.bands.data, tick.floors.data};
  const std::uint32_t parts = out.header->long_parts;
  const std::uint32_t count = parts + out.header->long_rows;
  for (std::uint32_t turn = blockIdx.x; turn < count; turn += gridDim.x) {
    const bool is_part = turn < parts;
    std::uint32_t unit = is_part ? 0 : out.longs.rows[turn - parts];
    const row_part part =
        is_part ? out.longs.parts[turn] : row_part{units.first_position[unit], units.first_position[unit + 1], 0};
    judged_sums sums = together<with_exposure>(sum_by_block<Policy, with_exposure>(units, tables, kept, part),
                                               reduce_block<Policy::block_threads>{});
    if (is_part) {
      if (threadIdx.x == 0) { out.longs.sums[turn] = to_part(sums); }
      parted_row& row = out.longs.parted[part.row];
      if (!is_last_block(&row.done, row.parts)) { continue; }
      judged_sums mine;
      for (std::uint32_t i = threadIdx.x; i < row.parts; i += Policy::block_threads) {
        add_part(out.longs.sums[row.first_part + i], mine);
      }
      sums = together<with_exposure>(mine, reduce_block<Policy::block_threads>{});
      unit = row.unit;
    }
    if (threadIdx.x == 0) { judged(unit, judge<Purpose, Mode>(units, tick, kept, out, unit, sums, tally)); }
  }
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
