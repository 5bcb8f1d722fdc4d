#include "kernels/device/ordered_marks.hpp"
#include "kernels/scan/compact_flagged.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

static_assert(compact_policy::tile_elements == compact_tile_units);

template <class Policy>
__device__ inline std::uint32_t flags_of(device_view<const std::uint8_t> verdicts) {
  return marks_of_bytes<Policy>(verdicts, blockIdx.x, [](std::uint8_t bits) { return verdict{bits}.flagged(); });
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
  const std::uint32_t first = blockIdx.x * compact_tile_units + threadIdx.x * Policy::thread_elements;
  for_marked<Policy::block_threads>(flags_of<Policy>(verdicts), tile_first[blockIdx.x],
                                    [&](std::uint32_t place, std::uint32_t i) { flagged[place] = first + i; });
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
