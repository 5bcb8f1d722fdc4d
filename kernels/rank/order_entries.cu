#include <bit>

#include "kernels/device/gpu.hpp"
#include "kernels/rank/order_entries.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

struct order_policy {
  static constexpr int block_threads = 256;
};
[[nodiscard]] constexpr std::uint32_t blocks_for(std::uint32_t count) {
  return count / order_policy::block_threads + (count % order_policy::block_threads != 0 ? 1 : 0);
}

/// The segment of an entry: the last one that begins at or before it. A binary search.
__device__ inline std::uint32_t segment_of_entry(device_view<const std::uint32_t> first_entry, std::uint32_t entry) {
  std::uint32_t low = 0;
  std::uint32_t high = first_entry.count - 1;
  while (high - low > 1) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (first_entry[middle] <= entry) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void write_segments(device_view<const std::uint32_t> first_entry,
                                                                        device_view<const std::uint32_t> ordered,
                                                                        device_view<std::uint64_t> segments) {
  const std::uint32_t i = blockIdx.x * Policy::block_threads + threadIdx.x;
  if (i < ordered.count) { segments[i] = segment_of_entry(first_entry, ordered[i]); }
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void write_placed(device_view<const std::uint32_t> position,
                                                                      device_view<const std::uint64_t> keys,
                                                                      device_view<const std::uint32_t> ordered,
                                                                      device_view<placed_entry> out) {
  const std::uint32_t i = blockIdx.x * Policy::block_threads + threadIdx.x;
  if (i >= ordered.count) { return; }
  const std::uint32_t entry = ordered[i];
  out[i] = {position[entry], 0, keys[entry]};
}

}  // namespace

device_view<placed_entry> ordered_entries(const order_scratch& scratch, std::uint32_t count) {
  static_assert(sizeof(placed_entry) == 2 * sizeof(std::uint64_t), "Both columns of keys hold the results.");
  return {reinterpret_cast<placed_entry*>(scratch.keys.data), count};
}

status order_entries(const entries_view& entries, device_view<const std::uint64_t> keys, std::uint32_t count,
                     bool one_segment, const workspace& sort, const order_scratch& scratch, const stream& on) {
  constexpr int threads = order_policy::block_threads;
  std::uint32_t column = 1;
  PLIMSOLL_TRY(sort_pairs(sort, scratch.keys_of(0, count), scratch.keys_of(1, count), scratch.entries_of(0, count),
                          scratch.entries_of(1, count), on));
  if (!one_segment) {
    const auto segment_bits = static_cast<int>(std::bit_width(entries.first_entry.count));
    PLIMSOLL_TRY(launch(&write_segments<order_policy>, blocks_for(count), threads, 0, on, entries.first_entry,
                        scratch.entries_of(1, count), scratch.keys_of(0, count)));
    PLIMSOLL_TRY(sort_pairs(sort, scratch.keys_of(0, count), scratch.keys_of(1, count), scratch.entries_of(1, count),
                            scratch.entries_of(0, count), on, {0, segment_bits}));
    column = 0;
  }
  return launch(&write_placed<order_policy>, blocks_for(count), threads, 0, on, entries.position, keys,
                scratch.entries_of(column, count), ordered_entries(scratch, count));
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
