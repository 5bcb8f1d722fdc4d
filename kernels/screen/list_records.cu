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

__device__ inline judged_record record_of(const judged_target& judged, std::uint32_t unit) {
  return {unit, verdict{judged.verdicts[unit]}, judged.equity[unit], judged.margin_equity[unit],
          judged.maintenance_ppm[unit]};
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void mark_records(judged_target judged, record_scratch scratch) {
  const std::uint32_t count = judged.header->evaluated;
  const std::uint32_t tiles = scratch.tile_counts.count - 1;
  for (std::uint32_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const std::uint32_t thread = tile * Policy::block_threads + threadIdx.x;
    const std::uint32_t first = thread * Policy::thread_elements;
    const std::uint32_t present = first < count ? count - first : 0;  // After them is padding.
    const std::uint32_t mask = present < Policy::thread_elements ? (1U << present) - 1U : ~0U;
    const std::uint32_t marks =
        mask & marks_of_bytes<Policy>(judged.verdicts, tile, [](std::uint8_t bits) { return !is_safe(verdict{bits}); });
    scratch.marks[thread] = static_cast<std::uint16_t>(marks);
    const std::uint32_t sum = block_sum<Policy::block_threads>(static_cast<std::uint32_t>(__popc(marks)));
    if (threadIdx.x == 0) { scratch.tile_counts[tile] = sum; }
  }
  if (blockIdx.x == 0 && threadIdx.x == 0) { scratch.tile_counts[tiles] = 0; }  // Becomes the sum of all.
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void list_marked(judged_target judged, record_scratch scratch) {
  const std::uint32_t tiles = scratch.tile_counts.count - 1;
  for (std::uint32_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const std::uint32_t before = scratch.tile_counts[tile];
    if (before == scratch.tile_counts[tile + 1]) { continue; }  // The tile has no record.
    const std::uint32_t thread = tile * Policy::block_threads + threadIdx.x;
    for_marked<Policy::block_threads>(scratch.marks[thread], before, [&](std::uint32_t place, std::uint32_t i) {
      const std::uint32_t unit = thread * Policy::thread_elements + i;
      scratch.units[place] = unit;
      if (place < host_records) { scratch.to_host->records[place] = record_of(judged, unit); }
    });
  }
  if (blockIdx.x == 0 && threadIdx.x == 0) { scratch.to_host->header.records = scratch.tile_counts[tiles]; }
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void gather_record(judged_target judged,
                                                                       device_view<const std::uint32_t> units,
                                                                       std::uint32_t first,
                                                                       device_view<judged_record> out) {
  const std::uint32_t i = blockIdx.x * Policy::block_threads + threadIdx.x;
  if (i < out.count) { out[i] = record_of(judged, units[first + i]); }
}

std::uint32_t blocks_for(std::uint32_t tiles, const launch_plan& plan) {
  return std::min(
      tiles, static_cast<std::uint32_t>(std::max(1, plan.multiprocessors) * record_policy::blocks_per_multiprocessor));
}

}  // namespace

status count_records(const judged_target& judged, const record_scratch& scratch, const workspace& scan,
                     const launch_plan& plan, const stream& on) {
  const std::uint32_t tiles = scratch.tile_counts.count - 1;
  if (tiles == 0) { return ok(); }
  constexpr int threads = record_policy::block_threads;
  PLIMSOLL_TRY(launch(&mark_records<record_policy>, blocks_for(tiles, plan), threads, 0, on, judged, scratch));
  return sum_counts(scratch.tile_counts, scan, on);
}

status write_records(const judged_target& judged, const record_scratch& scratch, const launch_plan& plan,
                     const stream& on) {
  const std::uint32_t tiles = scratch.tile_counts.count - 1;
  if (tiles == 0) { return ok(); }  // The header says 0 already.
  constexpr int threads = record_policy::block_threads;
  return launch(&list_marked<record_policy>, blocks_for(tiles, plan), threads, 0, on, judged, scratch);
}

status gather_records(const judged_target& judged, device_view<const std::uint32_t> units, std::uint32_t first,
                      device_view<judged_record> out, const stream& on) {
  constexpr std::uint32_t threads = record_policy::block_threads;
  const std::uint32_t blocks = out.count / threads + (out.count % threads != 0 ? 1 : 0);
  return launch(&gather_record<record_policy>, blocks, threads, 0, on, judged, units, first, out);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
