#include <algorithm>

#include "kernels/scan/scan_long_units.hpp"
#include "kernels/scan/tile_positions.hpp"
#include "kernels/scan/tile_verdict.hpp"
#include "kernels/scan/unit_tiles.hpp"
#include "kernels/screen/judge_all.hpp"
#include "kernels/screen/judge_unit.hpp"
#include "kernels/screen/judge_units.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

struct judge_all_policy : tile_policy {
  /// At least: leaves 80 registers, and 128 for a thread that adds up exposures. As many run as fit.
  static constexpr int blocks_per_multiprocessor(judge_purpose purpose) { return keeps(purpose) ? 2 : 3; }
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

/// Keeps each position's exposure, where radii are made.
template <class Policy, bool WithExposure>
struct keep_exposure {
  exposure_parts<Policy::tile_positions, WithExposure>* parts;
  const screen_view* kept;
  tick_tables tables;

  /// A first band that no move within range leaves has one rate there.
  __device__ static std::uint64_t reached(std::uint64_t notional) {
    return WithExposure ? notional_within_range(notional) : notional;
  }
  __device__ void most(std::uint32_t i, const position_read& position, const instrument_row& row) const {
    put(i, position.instrument, position.lots, row.first_rate_ppm);
  }
  __device__ void queued(std::uint32_t i, std::uint16_t id, std::uint64_t notional, std::int64_t lots) const {
    if constexpr (WithExposure) { put(i, id, lots, exposure_rate(notional, lots, tables.rows[id], tables)); }
  }
  __device__ void put(std::uint32_t i, std::uint16_t id, std::int64_t lots, std::uint32_t rate) const {
    if constexpr (WithExposure) {
      const std::uint32_t group = kept->instrument_groups[id];
      parts->exposure[i] = lots == 0 ? vacant_exposure : rate | group << limits::rate_ppm_bits_max;
    }
  }
};

template <std::uint32_t Count>
__device__ inline void add_exposures(const exposure_parts<Count, true>& parts, std::uint32_t begin, std::uint32_t end,
                                     judged_sums& sums) {
  for (std::uint32_t i = begin; i < end; ++i) {
    const std::uint32_t exposure = parts.exposure[i];
    if (exposure == vacant_exposure) { continue; }
    add_exposure(sums.exposure, magnitude(value_at(parts.own, i)), exposure & rate_mask);
    sums.groups |= exposure >> limits::rate_ppm_bits_max;
  }
}

/// As scan_tiles: threads value the tile's positions, then a thread a unit judges its row.
template <class Policy, judge_purpose Purpose, collateral_mode Mode, bool Staged>
__global__ __launch_bounds__(Policy::block_threads, Policy::blocks_per_multiprocessor(Purpose)) void judge_tiles(
    units_view units, tick_view tick, screen_view kept, judged_target out) {
  using parts_here = exposure_parts<Policy::tile_positions, keeps(Purpose)>;
  PLIMSOLL_SHARED(parts, parts_here);
  begin_parts<Policy::block_threads>(parts.own);
  const tick_tables tables = stage_tables<Policy::block_threads, Staged>(tick);
  const keep_exposure<Policy, keeps(Purpose)> beside{&parts, &kept, tables};
  judged_tally tally;
  for (std::uint32_t turn = blockIdx.x; turn < units.tiles.count; turn += gridDim.x) {
    const unit_tile tile = units.tiles[turn];
    const std::uint32_t first = units.first_position[tile.first_unit];
    const std::uint32_t count = units.first_position[tile.first_unit + tile.unit_count] - first;
    if (threadIdx.x < 2) { parts.own.queued[threadIdx.x] = 0; }
    const tile_reads<Policy> reads = read_positions<Policy>(units, first, count);
    __syncthreads();
    value_most<Policy>(reads, tables, count, parts.own, beside);
    __syncthreads();
    value_special<Policy>(units, tables, first, parts.own, beside);
    require_above<Policy>(tables, parts.own, beside);
    __syncthreads();
    sum_runs<Policy::block_threads>(parts.own, count);
    __syncthreads();
    if (threadIdx.x < tile.unit_count) {
      const std::uint32_t unit = tile.first_unit + threadIdx.x;
      const std::uint32_t begin = units.first_position[unit] - first;
      const std::uint32_t end = units.first_position[unit + 1] - first;
      const row_sums row = sum_row(parts.own, begin, end, tick.bound_max);
      tile_verdict verdict = judge_nearly<Mode>(units, tick, unit, row);
      if (!verdict.sure) {
        verdict = judge_exactly<Mode>(units, tick, tables, unit);
        note_admission(verdict.judged, unit, tally);
      }
      judged_sums sums{.own = verdict.sums, .exposure = {}, .groups = 0};
      if constexpr (keeps(Purpose)) {
        add_exposures(parts, begin, end, sums);
      } else {
        write_equity(out.score_inputs, unit, verdict.judged);
        write_balance(units, out.score_inputs, unit, verdict.judged, verdict.other);
      }
      write_judged<Purpose, Mode>(units, tick, kept, out, unit, sums, verdict.judged, tally);
      write_unsafe<Purpose>(out, unit, verdict.judged, tally);
    }
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
  return judge_units(units, tick, kept, units.long_units, out, Purpose, Mode, plan, on);
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
