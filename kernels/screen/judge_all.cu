#include <algorithm>

#include "kernels/device/in_flight.hpp"
#include "kernels/scan/scan_long_units.hpp"
#include "kernels/scan/tile_parts.hpp"
#include "kernels/scan/unit_tiles.hpp"
#include "kernels/screen/judge_all.hpp"
#include "kernels/screen/judge_unit.hpp"
#include "kernels/screen/judge_units.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

struct judge_all_policy : tile_policy {
  static constexpr int blocks_per_multiprocessor = 2;  ///< At least: leaves 128 registers for a thread that adds up a
                                                       ///< row. As many run as fit.
  static constexpr int positions_in_flight = tile_positions / block_threads;
};

/// The parts of a tile. If radii are made, also the highest rate of each position within range, with its group in the
/// top byte.
template <std::uint32_t Count, bool WithExposure>
struct exposure_parts {
  tile_parts<Count, false> own;
  std::uint32_t exposure[WithExposure ? Count : 1];
};
constexpr std::uint32_t vacant_exposure = ~0U;
constexpr std::uint32_t rate_mask = (1U << limits::rate_ppm_bits_max) - 1;
static_assert(limits::rate_ppm_bits_max == 24 && rate_ppm_unbounded < rate_mask,
              "A rate leaves a byte, and is never all ones.");

template <class Policy, bool WithExposure>
__device__ inline void value_positions(const units_view& units, const tick_tables& tables, const screen_view& kept,
                                       std::uint32_t first, std::uint32_t count,
                                       exposure_parts<Policy::tile_positions, WithExposure>& parts) {
  const auto load = [&](std::uint32_t i) { return position_read{units.lots[first + i], units.instrument[first + i]}; };
  const auto value = [&](std::uint32_t i, const position_read& position) {
    const position_worth worth = worth_of(position.instrument, position.lots, tables);
    put_part(parts.own, i, worth);
    if constexpr (WithExposure) {
      const std::uint32_t rate =
          exposure_rate(magnitude(worth.value), position.lots, tables.rows[position.instrument], tables);
      const std::uint32_t group = kept.instrument_groups[position.instrument];
      parts.exposure[i] = position.lots == 0 ? vacant_exposure : rate | group << limits::rate_ppm_bits_max;
    }
  };
  walk_in_flight<Policy::block_threads, Policy::positions_in_flight>(count, load, value);
}

template <std::uint32_t Count, bool WithExposure>
__device__ inline judged_sums sum_parts(const exposure_parts<Count, WithExposure>& parts, std::uint32_t begin,
                                        std::uint32_t end) {
  judged_sums sums;
  sums.own = sum_row<scan_depth::lean>(parts.own, begin, end);
  for (std::uint32_t i = begin; WithExposure && i < end; ++i) {
    const std::uint32_t exposure = parts.exposure[i];
    if (exposure == vacant_exposure) { continue; }
    add_exposure(sums.exposure, magnitude(parts.own.value[i]), exposure & rate_mask);
    sums.groups |= exposure >> limits::rate_ppm_bits_max;
  }
  return sums;
}

/// The IM of a row in full, position after position: for the few units whose bound does not prove that it is admitted.
__device__ inline uint128 initial_of_row(const units_view& units, const tick_tables& tables, std::uint32_t unit) {
  uint128 sum = 0;
  for (std::uint32_t i = units.first_position[unit]; i < units.first_position[unit + 1]; ++i) {
    sum += worth_of(units.instrument[i], units.lots[i], tables).required.initial_ppm;
  }
  return sum;
}

/// As in scan_tiles, threads value the tile's positions, then one thread per unit adds up its row.
template <class Policy, judge_purpose Purpose, collateral_mode Mode, bool Staged>
__global__ __launch_bounds__(Policy::block_threads,
                             Policy::blocks_per_multiprocessor) void judge_tiles(units_view units, tick_view tick,
                                                                                 screen_view kept, judged_target out) {
  using parts_here = exposure_parts<Policy::tile_positions, keeps(Purpose)>;
  PLIMSOLL_SHARED(parts, parts_here);
  const tick_tables tables = stage_tables<Policy::block_threads, Staged>(tick);
  judged_tally tally;
  for (std::uint32_t turn = blockIdx.x; turn < units.tiles.count; turn += gridDim.x) {
    const unit_tile tile = units.tiles[turn];
    const std::uint32_t first = units.first_position[tile.first_unit];
    const std::uint32_t count = units.first_position[tile.first_unit + tile.unit_count] - first;
    value_positions<Policy, keeps(Purpose)>(units, tables, kept, first, count, parts);
    __syncthreads();
    if (threadIdx.x < tile.unit_count) {
      const std::uint32_t unit = tile.first_unit + threadIdx.x;
      judged_sums sums = sum_parts(parts, units.first_position[unit] - first, units.first_position[unit + 1] - first);
      if (!surely_admitted(sums.own.coarse_notional, tick)) {
        sums.own.initial_ppm = initial_of_row(units, tables, unit);
      }
      judge<Purpose, Mode>(units, tick, kept, out, unit, unit, sums, tally);
    }
    __syncthreads();
  }
  add_judged<Policy::block_threads, Purpose>(tally, out.header, kept.safe);
}

template <judge_purpose Purpose, collateral_mode Mode, bool Staged>
status launch_tiles(const units_view& units, const tick_view& tick, const screen_view& kept, const judged_target& out,
                    std::uint64_t table_bytes, const launch_plan& plan, const stream& on) {
  constexpr int threads = judge_all_policy::block_threads;
  const auto kernel = &judge_tiles<judge_all_policy, Purpose, Mode, Staged>;
  const std::uint32_t resident =
      resident_blocks(kernel, threads, table_bytes, plan, tables_in::shared_memory, plan.tuned.tile_blocks);
  return launch(kernel, std::min(units.tiles.count, resident), threads, table_bytes, on, units, tick, kept, out);
}

template <judge_purpose Purpose, collateral_mode Mode>
status judge_in(const units_view& units, const tick_view& tick, const screen_view& kept, const judged_target& out,
                const launch_plan& plan, const stream& on) {
  const std::uint64_t table_bytes = plan.tuned.tables_in_shared ? staged_bytes(tick) : 0;
  PLIMSOLL_TRY((table_bytes != 0 ? launch_tiles<Purpose, Mode, true>(units, tick, kept, out, table_bytes, plan, on)
                                 : launch_tiles<Purpose, Mode, false>(units, tick, kept, out, 0, plan, on)));
  const unit_list long_units{.units = units.long_units, .count = units.long_units.count};
  return judge_units(units, tick, kept, long_units, out, Purpose, Mode, plan, on);
}

template <judge_purpose Purpose>
status judge_as(const units_view& units, const tick_view& tick, const screen_view& kept, const judged_target& out,
                collateral_mode mode, const launch_plan& plan, const stream& on) {
  return mode == collateral_mode::multi ? judge_in<Purpose, collateral_mode::multi>(units, tick, kept, out, plan, on)
                                        : judge_in<Purpose, collateral_mode::single>(units, tick, kept, out, plan, on);
}

}  // namespace

status judge_all(const units_view& units, const tick_view& tick, const screen_view& kept, const judged_target& out,
                 judge_purpose purpose, collateral_mode mode, const launch_plan& plan, const stream& on) {
  return purpose == judge_purpose::rebase ? judge_as<judge_purpose::rebase>(units, tick, kept, out, mode, plan, on)
                                          : judge_as<judge_purpose::tick>(units, tick, kept, out, mode, plan, on);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
