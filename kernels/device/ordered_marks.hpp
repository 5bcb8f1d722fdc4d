// Ordered compaction by a block: marks of consecutive elements, a thread's in one word.
#pragma once

#include <cstdint>

#include "kernels/device/block.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Elements that one block compacts, and each of its threads: consecutive ones, so that threads stay in order. Columns
/// that are compacted are padded to a whole number of tiles.
struct compact_policy {
  static constexpr int block_threads = 256;
  static constexpr std::uint32_t thread_elements = 16;
  static constexpr std::uint32_t tile_elements = block_threads * thread_elements;
};
static_assert(compact_policy::block_threads % 32 == 0, "A block is a whole number of warps.");
static_assert(compact_policy::thread_elements % 8 == 0, "Bytes are read eight at a time.");

/// Bit i is set if `wanted` accepts the calling thread's byte i of tile `tile`.
template <class Policy, class Wanted>
__device__ inline std::uint32_t marks_of_bytes(device_view<const std::uint8_t> bytes, std::uint32_t tile,
                                               Wanted wanted) {
  constexpr std::uint32_t words = Policy::thread_elements / 8;
  const auto* const from = reinterpret_cast<const std::uint64_t*>(bytes.data) +
                           (std::uint64_t{tile} * Policy::block_threads + threadIdx.x) * words;
  std::uint32_t marks = 0;
  PLIMSOLL_UNROLL
  for (std::uint32_t word = 0; word < words; ++word) {
    const std::uint64_t eight = from[word];
    PLIMSOLL_UNROLL
    for (std::uint32_t i = 0; i < 8; ++i) {
      marks |= (wanted(static_cast<std::uint8_t>(eight >> (8 * i))) ? 1U : 0U) << (8 * word + i);
    }
  }
  return marks;
}

/// Calls use(place, i) for each bit i of the calling thread's `marks`, with places counted from `first` on through the
/// block's marks in order. Every thread of the block must call it.
template <int Threads, class Use>
__device__ inline void for_marked(std::uint32_t marks, std::uint32_t first, Use use) {
  std::uint32_t total = 0;
  std::uint32_t place = first + block_exclusive_sum<Threads>(static_cast<std::uint32_t>(__popc(marks)), total);
  for (std::uint32_t left = marks; left != 0; left &= left - 1) {
    use(place++, static_cast<std::uint32_t>(__ffs(static_cast<int>(left)) - 1));
  }
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
