#include <algorithm>

#include "kernels/device/ordered_marks.hpp"
#include "kernels/screen/list_records.hpp"
#include "kernels/screen/sum_counts.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

struct record_policy : compact_policy {
  static constexpr int blocks_per_multiprocessor =
      4;  ///< Blocks take tile after tile, because mostly all tiles but the first are empty.
};

/// Bit i is set if the calling thread's judged unit i of the tile is liquidatable or bankrupt.
template <class Policy>
__device__ inline std::uint32_t marks_of(device_view<const std::uint8_t> verdicts, std::uint32_t tile,
                                         std::uint32_t count) {
  const std::uint32_t first = tile * Policy::tile_elements + threadIdx.x * Policy::thread_elements;
  const std::uint32_t present = first < count ? count - first : 0;  // After them are bytes of an earlier pass.
  const std::uint32_t mask = present < Policy::thread_elements ? (1U << present) - 1U : ~0U;
  return mask & marks_of_bytes<Policy>(verdicts, tile, [](std::uint8_t bits) { return !is_safe(verdict{bits}); });
}

__device__ inline judged_record record_of(const unit_list& list, const judged_target& judged, std::uint32_t at) {
  return {list[at], verdict{judged.verdicts[at]}, judged.equity[at], judged.margin_equity[at],
          judged.maintenance_ppm[at]};
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void count_records(judged_target judged, record_scratch scratch) {
  const std::uint32_t count = judged.header->evaluated;
  const std::uint32_t tiles = scratch.tile_counts.count - 1;
  for (std::uint32_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    std::uint32_t sum = 0;
    if (tile * Policy::tile_elements < count) {
      const std::uint32_t marks = marks_of<Policy>(judged.verdicts, tile, count);
      sum = block_sum<Policy::block_threads>(static_cast<std::uint32_t>(__popc(marks)));
    }
    if (threadIdx.x == 0) { scratch.tile_counts[tile] = sum; }
  }
  if (blockIdx.x == 0 && threadIdx.x == 0) { scratch.tile_counts[tiles] = 0; }  // Becomes the sum of all.
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void write_records(unit_list list, judged_target judged,
                                                                       record_scratch scratch) {
  const std::uint32_t count = judged.header->evaluated;
  const std::uint32_t tiles = scratch.tile_counts.count - 1;
  for (std::uint32_t tile = blockIdx.x; tile < tiles && tile * Policy::tile_elements < count; tile += gridDim.x) {
    const std::uint32_t first = tile * Policy::tile_elements + threadIdx.x * Policy::thread_elements;
    for_marked<Policy::block_threads>(marks_of<Policy>(judged.verdicts, tile, count), scratch.tile_counts[tile],
                                      [&](std::uint32_t place, std::uint32_t i) {
                                        scratch.places[place] = first + i;
                                        if (place < host_records) {
                                          scratch.to_host->records[place] = record_of(list, judged, first + i);
                                        }
                                      });
  }
  if (blockIdx.x == 0 && threadIdx.x == 0) { judged.header->records = scratch.tile_counts[tiles]; }
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void gather_record(unit_list list, judged_target judged,
                                                                       device_view<const std::uint32_t> places,
                                                                       std::uint32_t first,
                                                                       device_view<judged_record> out) {
  const std::uint32_t i = blockIdx.x * Policy::block_threads + threadIdx.x;
  if (i < out.count) { out[i] = record_of(list, judged, places[first + i]); }
}

}  // namespace

status list_records(const unit_list& list, const judged_target& judged, const record_scratch& scratch,
                    const workspace& scan, const launch_plan& plan, const stream& on) {
  constexpr int threads = record_policy::block_threads;
  const std::uint32_t tiles = scratch.tile_counts.count - 1;
  if (tiles == 0) { return ok(); }  // The header says 0 already.
  const auto resident =
      static_cast<std::uint32_t>(std::max(1, plan.multiprocessors) * record_policy::blocks_per_multiprocessor);
  const std::uint32_t blocks = std::min(tiles, resident);
  PLIMSOLL_TRY(launch(&count_records<record_policy>, blocks, threads, 0, on, judged, scratch));
  PLIMSOLL_TRY(sum_counts(scratch.tile_counts, scan, on));
  return launch(&write_records<record_policy>, blocks, threads, 0, on, list, judged, scratch);
}

status gather_records(const unit_list& list, const judged_target& judged, device_view<const std::uint32_t> places,
                      std::uint32_t first, device_view<judged_record> out, const stream& on) {
  constexpr std::uint32_t threads = record_policy::block_threads;
  const std::uint32_t blocks = out.count / threads + (out.count % threads != 0 ? 1 : 0);
  return launch(&gather_record<record_policy>, blocks, threads, 0, on, list, judged, places, first, out);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
