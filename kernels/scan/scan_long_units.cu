#include "kernels/device/gpu.hpp"
#include "kernels/device/in_flight.hpp"
#include "kernels/scan/scan_long_units.hpp"
#include "kernels/scan/unit_sums.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

struct scan_long_units_policy {
  static constexpr int block_threads = 256;
  static constexpr int positions_in_flight = 4;
  static constexpr int blocks_per_multiprocessor = 3;  ///< Leaves 80 registers: loads in flight, no spills.
};
static_assert(scan_long_units_policy::block_threads % 32 == 0, "A block is a whole number of warps.");

/// One block per unit: its threads stride over the positions, and a block sum adds up their parts.
template <class Policy, scan_depth Depth, collateral_mode Mode>
__global__ __launch_bounds__(Policy::block_threads,
                             Policy::blocks_per_multiprocessor) void scan_long_unit(units_view units, tick_view tick,
                                                                                    scan_target out) {
  const std::uint32_t unit = units.long_units[blockIdx.x];
  const tick_tables tables{tick.instruments.data, tick.bands.data, tick.floors.data};
  unit_sums mine;
  const std::uint32_t first = units.first_position[unit];
  const auto load = [&](std::uint32_t i) { return position_read{units.lots[first + i], units.instrument[first + i]}; };
  const auto add = [&](std::uint32_t, const position_read& position) {
    const position_worth worth = worth_of(position.instrument, position.lots, tables);
    mine.values += worth.value;
    mine.maintenance_ppm += worth.required.maintenance_ppm;
    mine.initial_ppm += worth.required.initial_ppm;
    mine.coarse_notional += coarse_notional(worth.value);
    mine.held |= worth.held;
  };
  walk_in_flight<Policy::block_threads, Policy::positions_in_flight>(units.first_position[unit + 1] - first, load, add);
  unit_sums sums;
  sums.values = block_sum<Policy::block_threads>(mine.values);
  sums.maintenance_ppm = block_sum<Policy::block_threads>(mine.maintenance_ppm);
  if constexpr (Depth == scan_depth::publish) { sums.initial_ppm = block_sum<Policy::block_threads>(mine.initial_ppm); }
  if constexpr (Depth == scan_depth::lean) {
    sums.coarse_notional = block_sum<Policy::block_threads>(mine.coarse_notional);
  }
  sums.held = static_cast<std::uint32_t>(__syncthreads_or(static_cast<int>(mine.held)));
  scan_tally tally;
  if (threadIdx.x == 0) { judge_unit<Depth, Mode>(units, tick, out, unit, sums, tally); }
  if constexpr (Depth != scan_depth::score_inputs) { add_tally<Policy::block_threads>(tally, out.header); }
}

template <scan_depth Depth>
status scan_at(const units_view& units, const tick_view& tick, const scan_target& out, collateral_mode mode,
               const stream& on) {
  const auto kernel = mode == collateral_mode::multi
                          ? &scan_long_unit<scan_long_units_policy, Depth, collateral_mode::multi>
                          : &scan_long_unit<scan_long_units_policy, Depth, collateral_mode::single>;
  return launch(kernel, units.long_units.count, scan_long_units_policy::block_threads, 0, on, units, tick, out);
}

}  // namespace

status scan_long_units(const units_view& units, const tick_view& tick, const scan_target& out, scan_depth depth,
                       collateral_mode mode, const stream& on) {
  switch (depth) {
    case scan_depth::lean: return scan_at<scan_depth::lean>(units, tick, out, mode, on);
    case scan_depth::score_inputs: return scan_at<scan_depth::score_inputs>(units, tick, out, mode, on);
    case scan_depth::publish: break;
  }
  return scan_at<scan_depth::publish>(units, tick, out, mode, on);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
