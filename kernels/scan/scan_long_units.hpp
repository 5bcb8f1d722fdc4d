// The margin pass over units too long for a tile: one block each.
#pragma once

#include "kernels/device/runtime.hpp"
#include "kernels/scan/scan_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Bytes of shared memory that staging the tick's tables takes, or 0 if they are read in place.
[[nodiscard]] std::uint64_t staged_bytes(const tick_view& tick);

/// Queues the pass over `units.long_units`. scan_units calls it and documents the arguments.
[[nodiscard]] status scan_long_units(const units_view& units, const tick_view& tick, const scan_target& out,
                                     scan_depth depth, collateral_mode mode, const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
