// Sorts gathered entries into ladder order: segment, key descending, position rising. The one sort of the rank pass.
#pragma once

#include "kernels/device/algorithms.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/rank/gather_cover.hpp"
#include "kernels/rank/rank_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues the sort of the first `count` entries in column 0 of `scratch`, which gather_cover wrote in entry order, and
/// writes the results to the front of `scratch.keys`, as placed_entry. It takes two stable radix sorts, by key and by
/// segment, so equal keys keep their entry order. With `one_segment` the second sort is left out. `keys` are those of
/// all entries, `sort` was made for at least `count` pairs. Does not wait. Errors: those of `launch` and of
/// `sort_pairs`.
[[nodiscard]] status order_entries(const entries_view& entries, device_view<const std::uint64_t> keys,
                                   std::uint32_t count, bool one_segment, const workspace& sort,
                                   const order_scratch& scratch, const stream& on);

/// The results of order_entries.
[[nodiscard]] device_view<placed_entry> ordered_entries(const order_scratch& scratch, std::uint32_t count);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
