#include <algorithm>

#include "kernels/device/block.hpp"
#include "kernels/screen/judge_rows.hpp"
#include "kernels/screen/judge_units.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

/// Judges short rows with unit_lanes lanes each, and notes the long ones.
template <class Policy, judge_purpose Purpose, collateral_mode Mode>
__global__ __launch_bounds__(Policy::block_threads, Policy::blocks_per_multiprocessor) void judge_short(
    units_view units, tick_view tick, screen_view kept, device_view<const std::uint32_t> list, judged_target out) {
  constexpr std::uint32_t warp_units = warp_lanes / Policy::unit_lanes;
  constexpr std::uint32_t block_units = Policy::block_threads / Policy::unit_lanes;
  judged_tally tally;
  // The units of a warp advance together, because its lanes meet in the sums.
  for (std::uint64_t first = std::uint64_t{blockIdx.x} * block_units + warp_rank() * warp_units; first < list.count;
       first += std::uint64_t{gridDim.x} * block_units) {
    const auto at = static_cast<std::uint32_t>(first) + lane_rank() / Policy::unit_lanes;
    const bool present = at < list.count;
    judge_short_row<Policy, Purpose, Mode>(units, tick, kept, out, present, present ? list[at] : 0, tally);
  }
  add_judged<Policy::block_threads, Purpose>(tally, out.header, kept.safe);
}

/// Judges the rows that judge_short noted.
template <class Policy, judge_purpose Purpose, collateral_mode Mode>
__global__ __launch_bounds__(Policy::block_threads,
                             Policy::blocks_per_multiprocessor) void judge_long(units_view units, tick_view tick,
                                                                                screen_view kept, judged_target out) {
  judged_tally tally;
  judge_long_rows<Policy, Purpose, Mode>(units, tick, kept, out, tally, [](std::uint32_t, verdict) {});
  add_judged<Policy::block_threads, Purpose>(tally, out.header, kept.safe);
}

__global__ void begin_header(judge_purpose purpose, std::uint32_t units, safe_sums* safe, judgement_header* header) {
  judgement_header fresh{};
  fresh.over_limit = ~0U;
  if (is_of_all(purpose)) { fresh.reached = fresh.evaluated = units; }
  if (purpose == judge_purpose::rebase) { *safe = {}; }
  *header = fresh;
}

template <judge_purpose Purpose, collateral_mode Mode>
status judge_as(const units_view& units, const tick_view& tick, const screen_view& kept,
                device_view<const std::uint32_t> list, const judged_target& out, const launch_plan& plan,
                const stream& on) {
  constexpr int threads = judge_policy::block_threads;
  constexpr std::uint32_t block_units = threads / judge_policy::unit_lanes;
  const auto of_short = &judge_short<judge_policy, Purpose, Mode>;
  const auto of_long = &judge_long<judge_policy, Purpose, Mode>;
  const std::uint32_t blocks =
      std::min(resident_blocks(of_short, threads, 0, plan, tables_in::caches, plan.tuned.row_blocks),
               list.count / block_units + 1);
  PLIMSOLL_TRY(launch(of_short, blocks, threads, 0, on, units, tick, kept, list, out));
  // Nothing is launched if no row can be so long.
  const std::uint32_t long_blocks = std::min(
      resident_blocks(of_long, threads, 0, plan, tables_in::caches, plan.tuned.row_blocks), out.longs.rows.count);
  return launch(of_long, long_blocks, threads, 0, on, units, tick, kept, out);
}

template <collateral_mode Mode>
status judge_in(const units_view& units, const tick_view& tick, const screen_view& kept,
                device_view<const std::uint32_t> list, const judged_target& out, judge_purpose purpose,
                const launch_plan& plan, const stream& on) {
  switch (purpose) {
    case judge_purpose::tick: return judge_as<judge_purpose::tick, Mode>(units, tick, kept, list, out, plan, on);
    case judge_purpose::rebase: return judge_as<judge_purpose::rebase, Mode>(units, tick, kept, list, out, plan, on);
    case judge_purpose::change:
    case judge_purpose::screen: break;  // A screen has kernels of its own.
  }
  return judge_as<judge_purpose::change, Mode>(units, tick, kept, list, out, plan, on);
}

}  // namespace

status begin_judgement(judge_purpose purpose, std::uint32_t units, safe_sums* safe, judgement_header* header,
                       const stream& on) {
  return launch(&begin_header, 1, 1, 0, on, purpose, units, safe, header);
}

status judge_units(const units_view& units, const tick_view& tick, const screen_view& kept,
                   device_view<const std::uint32_t> list, const judged_target& out, judge_purpose purpose,
                   collateral_mode mode, const launch_plan& plan, const stream& on) {
  return mode == collateral_mode::multi
             ? judge_in<collateral_mode::multi>(units, tick, kept, list, out, purpose, plan, on)
             : judge_in<collateral_mode::single>(units, tick, kept, list, out, purpose, plan, on);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
