// The margin pass: every unit's sums at a tick's prices, its verdict, and on request its figures.
//
// Shape (CSR-stream): a block takes a tile of consecutive units, its threads value the tile's positions one after the
// other (coalesced, balanced whatever the rows' lengths) and leave value and requirement in shared memory. Positions
// that need a division or another band than the first wait in a queue, which full warps take. Warps then bring the
// parts to running sums, and a thread per unit reads both ends of its row. Integer sums are the same in any order, so
// the cut into tiles shows in no figure.
#pragma once

#include "kernels/device/launch_plan.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/scan/scan_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues the pass over the tiles, then over the long units. If it counts (lean, publish), `out.header` must hold zeros
/// and over_limit ~0. `plan` bounds the grid. Does not wait. Errors: those of `launch`.
[[nodiscard]] status scan_units(const units_view& units, const tick_view& tick, const scan_target& out,
                                scan_depth depth, collateral_mode mode, const launch_plan& plan, const stream& on);

/// A kernel of the pass, by which to find out whether this program has code for a device.
[[nodiscard]] const void* scan_units_code();

/// Bytes that the pass must move at that depth, by count.
[[nodiscard]] std::uint64_t scan_units_bytes(const units_view& units, const scan_target& out, scan_depth depth);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
