// The entries of every cover (or of whole ladders), in entry order, ready to be sorted.
#pragma once

#include "kernels/device/algorithms.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/rank/rank_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Scratch memory for sorting entries: two columns of keys and of entries, each as long as there may be entries.
struct order_scratch {
  device_view<std::uint64_t> keys;     ///< Two columns, one after the other.
  device_view<std::uint32_t> entries;  ///< Likewise.
  [[nodiscard]] device_view<std::uint64_t> keys_of(std::uint32_t column, std::uint32_t count) const {
    return keys.part(column * (keys.count / 2), count);
  }
  [[nodiscard]] device_view<std::uint32_t> entries_of(std::uint32_t column, std::uint32_t count) const {
    return entries.part(column * (entries.count / 2), count);
  }
};

/// Queues an ordered compaction of the entries at or ahead of their segment's cover place into column 0 of `scratch`,
/// with keys complemented so that they sort ascending. Writes to `first` the place of the first entry of each of
/// `segments`, rising, and after the last one the number of all entries.
/// `tile_counts` has an element per tile and one more. `done`, one element, is 0 before and after. Does not wait.
/// Errors: those of `launch`.
[[nodiscard]] status gather_cover(const entries_view& entries, device_view<const std::uint64_t> keys,
                                  device_view<const ladder_place> places, device_view<const std::uint32_t> segments,
                                  device_view<std::uint32_t> tile_counts, device_view<std::uint32_t> done,
                                  const order_scratch& scratch, device_view<std::uint32_t> first, const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
