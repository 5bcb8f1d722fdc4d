// The search for places in segments of one tile that are not tiny: one block each, from the first digit to the last
// tie.
#pragma once

#include "kernels/rank/select_places.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues the search in every small segment; states and places come from plan_places. Does not wait.
/// Errors: those of `launch`.
[[nodiscard]] status select_small(const entries_view& entries, device_view<const std::uint64_t> keys,
                                  device_view<const select_state> states, device_view<ladder_place> places,
                                  const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
