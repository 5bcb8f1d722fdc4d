// Exact lights of every entry, from the places where they change.
#pragma once

#include "kernels/device/runtime.hpp"
#include "kernels/rank/rank_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues the pass: 5 less the number of its ladder's places that an entry stands behind, 0 off the ladder. `places` as
/// select_places leaves them. Does not wait. Errors: those of `launch`.
[[nodiscard]] status light_entries(const entries_view& entries, device_view<const std::uint64_t> keys,
                                   device_view<const ladder_place> places, device_view<std::uint8_t> lights,
                                   const stream& on);

/// Bytes that the pass must move, by count.
[[nodiscard]] std::uint64_t light_entries_bytes(const entries_view& entries);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
