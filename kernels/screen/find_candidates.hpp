// The screen: the units whose state a tick's moves may change, in rising order.
//
// Two passes with a prefix of counts between them. The first reads 2 bytes per unit, and 1 more if the radius alone
// does not rule the unit out, and writes one bit per unit; the second reads the bits.
#pragma once

#include "kernels/device/algorithms.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/screen/screen_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Scratch memory of the search; all of it is overwritten.
struct candidate_scratch {
  device_view<std::uint16_t> marks;        ///< A bit a unit, padded.
  device_view<std::uint32_t> tile_counts;  ///< One per compaction tile, and one more.
  device_view<std::uint32_t> candidates;   ///< Per unit.
};

/// Queues the search among `units` units: candidates, and the header's `reached` and `evaluated`. `scan` was made for
/// one count per tile, and one more. Does not wait. Errors: those of `launch` and of `exclusive_sum`.
[[nodiscard]] status find_candidates(const screen_view& kept, std::uint32_t units, const screen_request* request,
                                     const candidate_scratch& scratch, judgement_header* header, const workspace& scan,
                                     const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
