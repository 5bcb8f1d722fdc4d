// The search for places in segments of many tiles: one launch a digit, one block a tile. The last block of
// a segment decides its digit.
#pragma once

#include "kernels/rank/select_places.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues the search in every large segment; states and places come from plan_places. Does not wait.
/// Errors: those of `launch`.
[[nodiscard]] status select_large(const entries_view& entries, device_view<const std::uint64_t> keys,
                                  const select_scratch& scratch, device_view<ladder_place> places, const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
