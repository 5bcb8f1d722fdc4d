#include <algorithm>
#include <type_traits>

#include "kernels/device/block.hpp"
#include "kernels/device/in_flight.hpp"
#include "kernels/scan/unit_tiles.hpp"
#include "kernels/screen/judge_unit.hpp"
#include "kernels/screen/judge_units.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

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
__device__ inline void leave_long(const judged_target& out, std::uint32_t at, std::uint32_t begin, std::uint32_t end) {
  if (end - begin <= Policy::part_positions) {
    out.longs.rows[atomicAdd(&out.header->long_rows, 1U)] = at;
    return;
  }
  const std::uint32_t parts = (end - begin - 1) / Policy::part_positions + 1;
  const std::uint32_t first_part = atomicAdd(&out.header->long_parts, parts);
  out.longs.parted[atomicAdd(&out.header->parted_rows, 1U)] = {at, first_part, parts, 0};
  for (std::uint32_t part = 0; part < parts; ++part) {
    const std::uint32_t first = begin + part * Policy::part_positions;
    out.longs.parts[first_part + part] = {first, part + 1 < parts ? first + Policy::part_positions : end};
  }
}

/// Judges short rows with unit_lanes lanes each, and notes the long ones.
template <class Policy, judge_purpose Purpose, collateral_mode Mode>
__global__ __launch_bounds__(Policy::block_threads,
                             Policy::blocks_per_multiprocessor) void judge_short(units_view units, tick_view tick,
                                                                                 screen_view kept, unit_list list,
                                                                                 judged_target out) {
  constexpr bool with_exposure = keeps(Purpose);
  constexpr std::uint32_t warp_units = warp_lanes / Policy::unit_lanes;
  constexpr std::uint32_t block_units = Policy::block_threads / Policy::unit_lanes;
  const tick_tables tables{tick.instruments.data, tick.bands.data, tick.floors.data};
  const std::uint32_t lane = lane_rank() % Policy::unit_lanes;
  const std::uint32_t count = list.length();
  judged_tally tally;
  // The units of a warp advance together, because its lanes meet in the sums.
  for (std::uint64_t first = std::uint64_t{blockIdx.x} * block_units + warp_rank() * warp_units; first < count;
       first += std::uint64_t{gridDim.x} * block_units) {
    const auto at = static_cast<std::uint32_t>(first) + lane_rank() / Policy::unit_lanes;
    const bool present = at < count;
    const std::uint32_t unit = present ? list[at] : 0;
    const std::uint32_t begin = present ? units.first_position[unit] : 0;
    const std::uint32_t end = present ? units.first_position[unit + 1] : 0;
    const bool is_long = end - begin > Policy::long_positions;
    if (is_long && lane == 0) { leave_long<Policy>(out, at, begin, end); }
    judged_sums mine;
    for (std::uint32_t i = begin + lane; !is_long && i < end; i += Policy::unit_lanes) {
      add_position<with_exposure>(tables, kept, {units.lots[i], units.instrument[i]}, mine);
    }
    judged_sums sums = together<with_exposure>(mine, reduce_lanes<Policy::unit_lanes>{});
    if (present && !is_long && lane == 0) { judge<Purpose, Mode>(units, tick, kept, out, at, unit, sums, tally); }
  }
  add_judged<Policy::block_threads, Purpose>(tally, out.header, kept.safe);
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

/// Sums parts of the longest rows, then judges long rows, one block each.
template <class Policy, judge_purpose Purpose, collateral_mode Mode>
__global__ __launch_bounds__(Policy::block_threads,
                             Policy::blocks_per_multiprocessor) void judge_long(units_view units, tick_view tick,
                                                                                screen_view kept, unit_list list,
                                                                                judged_target out) {
  constexpr bool with_exposure = keeps(Purpose);
  const tick_tables tables{tick.instruments.data, tick.bands.data, tick.floors.data};
  const std::uint32_t parts = out.header->long_parts;
  const std::uint32_t count = parts + out.header->long_rows;
  judged_tally tally;
  for (std::uint32_t turn = blockIdx.x; turn < count; turn += gridDim.x) {
    const bool is_part = turn < parts;
    const std::uint32_t at = is_part ? 0 : out.longs.rows[turn - parts];
    const std::uint32_t unit = is_part ? 0 : list[at];
    const row_part row =
        is_part ? out.longs.parts[turn] : row_part{units.first_position[unit], units.first_position[unit + 1]};
    judged_sums sums = together<with_exposure>(sum_by_block<Policy, with_exposure>(units, tables, kept, row),
                                               reduce_block<Policy::block_threads>{});
    if (threadIdx.x != 0) { continue; }
    if (is_part) {
      out.longs.sums[turn] = to_part(sums);
    } else {
      judge<Purpose, Mode>(units, tick, kept, out, at, unit, sums, tally);
    }
  }
  add_judged<Policy::block_threads, Purpose>(tally, out.header, kept.safe);
}

/// Judges rows in parts from the sums of their parts, one block each.
template <class Policy, judge_purpose Purpose, collateral_mode Mode>
__global__ __launch_bounds__(Policy::block_threads,
                             Policy::blocks_per_multiprocessor) void judge_parted(units_view units, tick_view tick,
                                                                                  screen_view kept, unit_list list,
                                                                                  judged_target out) {
  constexpr bool with_exposure = keeps(Purpose);
  judged_tally tally;
  for (std::uint32_t turn = blockIdx.x; turn < out.header->parted_rows; turn += gridDim.x) {
    const parted_row row = out.longs.parted[turn];
    judged_sums mine;
    for (std::uint32_t part = threadIdx.x; part < row.parts; part += Policy::block_threads) {
      add_part(out.longs.sums[row.first_part + part], mine);
    }
    judged_sums sums = together<with_exposure>(mine, reduce_block<Policy::block_threads>{});
    if (threadIdx.x == 0) { judge<Purpose, Mode>(units, tick, kept, out, row.at, list[row.at], sums, tally); }
  }
  add_judged<Policy::block_threads, Purpose>(tally, out.header, kept.safe);
}

__global__ void begin_header(judge_purpose purpose, std::uint32_t units, safe_sums* safe, judgement_header* header) {
  judgement_header fresh{};
  fresh.over_limit = ~0U;
  if (purpose == judge_purpose::screen) {
    fresh.counts[static_cast<int>(unit_state::healthy)] = safe->healthy;
    fresh.counts[static_cast<int>(unit_state::margin_call)] = safe->margin_call;
    fresh.held = safe->held;
    fresh.call_hashes = safe->call_hashes;
  }
  if (is_of_all(purpose)) { fresh.reached = fresh.evaluated = units; }
  if (purpose == judge_purpose::rebase) { *safe = {}; }
  *header = fresh;
}

template <class Policy, judge_purpose Purpose, collateral_mode Mode>
status judge_short_as(const units_view& units, const tick_view& tick, const screen_view& kept, const unit_list& list,
                      const judged_target& out, const launch_plan& plan, const stream& on) {
  constexpr int threads = Policy::block_threads;
  constexpr std::uint32_t block_units = threads / Policy::unit_lanes;
  const auto kernel = &judge_short<Policy, Purpose, Mode>;
  const std::uint32_t resident = resident_blocks(kernel, threads, 0, plan, tables_in::caches, plan.tuned.row_blocks);
  const std::uint32_t blocks = list.on_device != nullptr ? resident : std::min(resident, list.count / block_units + 1);
  return launch(kernel, blocks, threads, 0, on, units, tick, kept, list, out);
}

template <judge_purpose Purpose, collateral_mode Mode>
status judge_as(const units_view& units, const tick_view& tick, const screen_view& kept, const unit_list& list,
                const judged_target& out, const launch_plan& plan, const stream& on) {
  constexpr int threads = judge_policy::block_threads;
  constexpr bool screened = Purpose == judge_purpose::screen;
  using few_lanes = std::conditional_t<screened, few_lanes_policy, judge_policy>;  // A variant of the screen alone.
  if (screened && plan.tuned.row_lanes == few_lanes_policy::unit_lanes) {
    PLIMSOLL_TRY((judge_short_as<few_lanes, Purpose, Mode>(units, tick, kept, list, out, plan, on)));
  } else {
    PLIMSOLL_TRY((judge_short_as<judge_policy, Purpose, Mode>(units, tick, kept, list, out, plan, on)));
  }
  // Nothing is launched if no row can be so long.
  const std::uint32_t resident = resident_blocks(&judge_long<judge_policy, Purpose, Mode>, threads, 0, plan,
                                                 tables_in::caches, plan.tuned.row_blocks);
  const std::uint32_t long_blocks = std::min(resident, out.longs.rows.count);
  PLIMSOLL_TRY(
      launch(&judge_long<judge_policy, Purpose, Mode>, long_blocks, threads, 0, on, units, tick, kept, list, out));
  const std::uint32_t parted_blocks = std::min(resident, out.longs.parted.count);
  return launch(&judge_parted<judge_policy, Purpose, Mode>, parted_blocks, threads, 0, on, units, tick, kept, list,
                out);
}

template <collateral_mode Mode>
status judge_in(const units_view& units, const tick_view& tick, const screen_view& kept, const unit_list& list,
                const judged_target& out, judge_purpose purpose, const launch_plan& plan, const stream& on) {
  switch (purpose) {
    case judge_purpose::tick: return judge_as<judge_purpose::tick, Mode>(units, tick, kept, list, out, plan, on);
    case judge_purpose::rebase: return judge_as<judge_purpose::rebase, Mode>(units, tick, kept, list, out, plan, on);
    case judge_purpose::change: return judge_as<judge_purpose::change, Mode>(units, tick, kept, list, out, plan, on);
    case judge_purpose::screen: break;
  }
  return judge_as<judge_purpose::screen, Mode>(units, tick, kept, list, out, plan, on);
}

}  // namespace

status begin_judgement(judge_purpose purpose, std::uint32_t units, safe_sums* safe, judgement_header* header,
                       const stream& on) {
  return launch(&begin_header, 1, 1, 0, on, purpose, units, safe, header);
}

status judge_units(const units_view& units, const tick_view& tick, const screen_view& kept, const unit_list& list,
                   const judged_target& out, judge_purpose purpose, collateral_mode mode, const launch_plan& plan,
                   const stream& on) {
  return mode == collateral_mode::multi
             ? judge_in<collateral_mode::multi>(units, tick, kept, list, out, purpose, plan, on)
             : judge_in<collateral_mode::single>(units, tick, kept, list, out, purpose, plan, on);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
