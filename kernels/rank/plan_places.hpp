// The targets of a search for places, from each ladder's lots.
#pragma once

#include "kernels/rank/select_places.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues the plan: every segment's state with its targets, those places that need no search, and counts of zero. Does
/// not wait. Errors: those of `launch`.
[[nodiscard]] status plan_places(const place_request& request, const select_scratch& scratch,
                                 device_view<ladder_place> places, const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
