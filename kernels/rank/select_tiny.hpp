// The search for places in segments of few entries: the lots ahead of each entry come from comparing it with every
// other one.
#pragma once

#include "kernels/rank/select_places.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues the search in every tiny segment; states and places come from plan_places. Does not wait.
/// Errors: those of `launch`.
[[nodiscard]] status select_tiny(const entries_view& entries, device_view<const std::uint64_t> keys,
                                 device_view<const select_state> states, device_view<ladder_place> places,
                                 const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
