// The list of flagged units in rising order, from the verdicts of a margin pass.
//
// Two passes over one byte per unit, with a prefix sum of counts between them. A unit's place in the list follows from
// the units before it, never from the order of blocks.
#pragma once

#include "kernels/device/algorithms.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/scan/scan_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Units that one block compacts. Verdicts are padded to a whole number of these with bytes that are not flagged.
inline constexpr std::uint32_t compact_tile_units = 4096;
[[nodiscard]] constexpr std::uint32_t compact_tiles(std::uint32_t units) {
  return units / compact_tile_units + (units % compact_tile_units != 0 ? 1 : 0);
}

/// Queues the compaction. `verdicts.count` is a multiple of compact_tile_units, `tile_counts` has an element per tile
/// and one more, `flagged` has an element per unit; `scan` was made for as many counts. Writes the list and
/// `header->flagged`. Does not wait. Errors: those of `launch` and of `exclusive_sum`.
[[nodiscard]] status compact_flagged(device_view<const std::uint8_t> verdicts, device_view<std::uint32_t> tile_counts,
                                     device_view<std::uint32_t> flagged, scan_header* header, const workspace& scan,
                                     const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
