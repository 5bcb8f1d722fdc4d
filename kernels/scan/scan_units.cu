#include <algorithm>

#include "kernels/device/gpu.hpp"
#include "kernels/scan/scan_long_units.hpp"
#include "kernels/scan/scan_units.hpp"
#include "kernels/scan/tile_positions.hpp"
#include "kernels/scan/tile_verdict.hpp"
#include "kernels/scan/unit_tiles.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

/// Numbers of the launch. Blocks are persistent and take tile after tile, so that each block stages the tables once.
struct scan_units_policy : tile_policy {
  static constexpr int blocks_per_multiprocessor = 3;  ///< At least: leaves 80 registers. As many blocks run as fit.
};

template <class Policy, scan_depth Depth, collateral_mode Mode, bool Staged>
__global__ __launch_bounds__(Policy::block_threads,
                             Policy::blocks_per_multiprocessor) void scan_tiles(units_view units, tick_view tick,
                                                                                scan_target out) {
  constexpr bool with_initial = Depth == scan_depth::publish;
  using tile_parts_here = tile_parts<Policy::tile_positions, with_initial>;
  PLIMSOLL_SHARED(parts, tile_parts_here);
  begin_parts<Policy::block_threads>(parts);
  const tick_tables tables = stage_tables<Policy::block_threads, Staged>(tick);
  constexpr keep_nothing nothing;
  scan_tally tally;
  for (std::uint32_t turn = blockIdx.x; turn < units.tiles.count; turn += gridDim.x) {
    const unit_tile tile = units.tiles[turn];
    const std::uint32_t first = units.first_position[tile.first_unit];
    const std::uint32_t count = units.first_position[tile.first_unit + tile.unit_count] - first;
    if (threadIdx.x < 2) { parts.queued[threadIdx.x] = 0; }
    const tile_reads<Policy> reads = read_positions<Policy>(units, first, count);
    __syncthreads();
    value_most<Policy>(reads, tables, count, parts, nothing);
    __syncthreads();
    value_special<Policy>(units, tables, first, parts, nothing);
    require_above<Policy>(tables, parts, nothing);
    __syncthreads();
    sum_runs<Policy::block_threads>(parts, count);
    __syncthreads();
    if (threadIdx.x < tile.unit_count) {
      const std::uint32_t unit = tile.first_unit + threadIdx.x;
      const std::uint32_t begin = units.first_position[unit] - first;
      const std::uint32_t end = units.first_position[unit + 1] - first;
      const row_sums row = sum_row(parts, begin, end, tick.bound_max);
      tile_verdict verdict = judge_nearly<Mode>(units, tick, unit, row);
      if constexpr (with_initial) { verdict.sums.initial_ppm = initial_of_row(parts, begin, end); }
      if (!verdict.sure) {
        verdict = judge_exactly<Mode>(units, tick, tables, unit);
        note_admission(verdict.judged, unit, tally);
      }
      write_unit<Depth>(units, out, unit, verdict.sums, verdict.judged, verdict.other, tally);
    }
  }
  if constexpr (Depth != scan_depth::score_inputs) { add_tally<Policy::block_threads>(tally, out.header); }
}

template <scan_depth Depth, collateral_mode Mode, bool Staged>
status launch_tiles(const units_view& units, const tick_view& tick, const scan_target& out, std::uint64_t table_bytes,
                    const launch_plan& plan, const stream& on) {
  constexpr int threads = scan_units_policy::block_threads;
  const auto kernel = &scan_tiles<scan_units_policy, Depth, Mode, Staged>;
  const std::uint32_t resident =
      resident_blocks(kernel, threads, table_bytes, plan, tables_in::shared_memory, plan.tuned.tile_blocks);
  return launch(kernel, std::min(units.tiles.count, resident), threads, table_bytes, on, units, tick, out);
}

template <scan_depth Depth, collateral_mode Mode>
status scan_in(const units_view& units, const tick_view& tick, const scan_target& out, const launch_plan& plan,
               const stream& on) {
  const std::uint64_t table_bytes = plan.tuned.tables_in_shared ? staged_bytes(tick) : 0;
  PLIMSOLL_TRY((table_bytes != 0 ? launch_tiles<Depth, Mode, true>(units, tick, out, table_bytes, plan, on)
                                 : launch_tiles<Depth, Mode, false>(units, tick, out, 0, plan, on)));
  return scan_long_units(units, tick, out, Depth, Mode, on);
}

template <scan_depth Depth>
status scan_at(const units_view& units, const tick_view& tick, const scan_target& out, collateral_mode mode,
               const launch_plan& plan, const stream& on) {
  return mode == collateral_mode::multi ? scan_in<Depth, collateral_mode::multi>(units, tick, out, plan, on)
                                        : scan_in<Depth, collateral_mode::single>(units, tick, out, plan, on);
}

}  // namespace

std::uint64_t staged_bytes(const tick_view& tick) {
  // Larger tables are read through L1: staging them would leave too few blocks on a multiprocessor.
  constexpr std::uint64_t bytes_max = 40 * 1024;
  const std::uint64_t bytes =
      tick.instruments.count * sizeof(instrument_row) + tick.bands.count * (sizeof(tier_band) + sizeof(std::uint64_t));
  return bytes <= bytes_max ? bytes : 0;
}

status scan_units(const units_view& units, const tick_view& tick, const scan_target& out, scan_depth depth,
                  collateral_mode mode, const launch_plan& plan, const stream& on) {
  switch (depth) {
    case scan_depth::lean: return scan_at<scan_depth::lean>(units, tick, out, mode, plan, on);
    case scan_depth::score_inputs: return scan_at<scan_depth::score_inputs>(units, tick, out, mode, plan, on);
    case scan_depth::publish: break;
  }
  return scan_at<scan_depth::publish>(units, tick, out, mode, plan, on);
}

const void* scan_units_code() {
  return reinterpret_cast<const void*>(&scan_tiles<scan_units_policy, scan_depth::lean, collateral_mode::single, true>);
}

std::uint64_t scan_units_bytes(const units_view& units, const scan_target& out, scan_depth depth) {
  const std::uint64_t positions = units.lots.count;
  const std::uint64_t unit_count = units.cash.count;
  std::uint64_t per_unit = sizeof(std::uint32_t) + sizeof(std::int64_t);  // first_position, cash
  if (units.cross.count != 0) { per_unit += sizeof(std::uint8_t) + sizeof(std::uint32_t); }
  if (depth != scan_depth::score_inputs) { per_unit += sizeof(std::uint8_t); }  // verdict
  if (depth != scan_depth::lean) {
    per_unit += sizeof(std::int64_t);
    if (out.score_inputs.balance.count != 0) { per_unit += 3 * sizeof(std::int64_t); }  // balance in and out, MM
  }
  if (depth == scan_depth::publish) { per_unit += 2 * sizeof(std::int64_t) + 2 * sizeof(uint128); }
  const std::uint64_t collateral = units.collateral_amount.count * (sizeof(std::uint16_t) + sizeof(std::int64_t));
  return positions * (sizeof(std::uint16_t) + sizeof(std::int64_t)) + unit_count * per_unit + collateral;
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
