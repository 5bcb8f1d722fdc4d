#include "kernels/device/block.hpp"
#include "kernels/scan/compact_flagged.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

struct compact_policy {
  static constexpr int block_threads = 256;
  static constexpr std::uint32_t thread_words = 2;  ///< Words of eight verdicts.
  static constexpr std::uint32_t thread_units = 8 * thread_words;
};
static_assert(compact_policy::block_threads * compact_policy::thread_units == compact_tile_units);

/// Bit i is set where the thread's unit i is flagged. Its units are consecutive, so that threads stay in order.
template <class Policy>
__device__ inline std::uint32_t flags_of(device_view<const std::uint8_t> verdicts) {
  const auto* const words = reinterpret_cast<const std::uint64_t*>(verdicts.data);
  const std::uint64_t first = (std::uint64_t{blockIdx.x} * Policy::block_threads + threadIdx.x) * Policy::thread_words;
  std::uint32_t flags = 0;
  PLIMSOLL_UNROLL
  for (std::uint32_t word = 0; word < Policy::thread_words; ++word) {
    const std::uint64_t eight = words[first + word];
    PLIMSOLL_UNROLL
    for (std::uint32_t i = 0; i < 8; ++i) {
      const verdict said{static_cast<std::uint8_t>(eight >> (8 * i))};
      flags |= (said.flagged() ? 1U : 0U) << (8 * word + i);
    }
  }
  return flags;
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void count_flagged(device_view<const std::uint8_t> verdicts,
                                                                       device_view<std::uint32_t> tile_counts) {
  const auto own = static_cast<std::uint32_t>(__popc(flags_of<Policy>(verdicts)));
  const std::uint32_t sum = block_sum<Policy::block_threads>(own);
  if (threadIdx.x == 0) { tile_counts[blockIdx.x] = sum; }
  if (blockIdx.x == 0 && threadIdx.x == 0) { tile_counts[gridDim.x] = 0; }  // Becomes the sum of all.
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void write_flagged(device_view<const std::uint8_t> verdicts,
                                                                       device_view<const std::uint32_t> tile_first,
                                                                       device_view<std::uint32_t> flagged,
                                                                       scan_header* header) {
  const std::uint32_t flags = flags_of<Policy>(verdicts);
  std::uint32_t total = 0;
  std::uint32_t place = block_exclusive_sum<Policy::block_threads>(static_cast<std::uint32_t>(__popc(flags)), total) +
                        tile_first[blockIdx.x];
  const std::uint32_t first = blockIdx.x * compact_tile_units + threadIdx.x * Policy::thread_units;
  for (std::uint32_t left = flags; left != 0; left &= left - 1) {
    flagged[place++] = first + static_cast<std::uint32_t>(__ffs(static_cast<int>(left)) - 1);
  }
  if (blockIdx.x == 0 && threadIdx.x == 0) { header->flagged = tile_first[gridDim.x]; }
}

}  // namespace

status compact_flagged(device_view<const std::uint8_t> verdicts, device_view<std::uint32_t> tile_counts,
                       device_view<std::uint32_t> flagged, scan_header* header, const workspace& scan,
                       const stream& on) {
  constexpr int threads = compact_policy::block_threads;
  const std::uint32_t tiles = verdicts.count / compact_tile_units;
  if (tiles == 0) { return ok(); }  // The header says 0 already.
  PLIMSOLL_TRY(launch(&count_flagged<compact_policy>, tiles, threads, 0, on, verdicts, tile_counts));
  PLIMSOLL_TRY(exclusive_sum(scan, tile_counts, tile_counts, on));
  return launch(&write_flagged<compact_policy>, tiles, threads, 0, on, verdicts, tile_counts, flagged, header);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
