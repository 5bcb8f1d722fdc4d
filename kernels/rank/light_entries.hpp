// Exact lights of every entry, from the places where they change.
#pragma once

#include "kernels/device/runtime.hpp"
#include "kernels/rank/rank_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues the pass. An entry gets 5 lights less one for each place of its ladder that is ahead of it, and 0 off the
/// ladder. `places` are those that select_places wrote. Does not wait. Errors: those of `launch`.
[[nodiscard]] status light_entries(const entries_view& entries, device_view<const std::uint64_t> keys,
                                   device_view<const ladder_place> places, device_view<std::uint8_t> lights,
                                   const stream& on);

/// Bytes that the pass must move, by count.
[[nodiscard]] std::uint64_t light_entries_bytes(const entries_view& entries);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
