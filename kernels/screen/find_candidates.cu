#include "kernels/device/ordered_marks.hpp"
#include "kernels/screen/find_candidates.hpp"
#include "kernels/screen/sum_counts.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

struct find_policy : compact_policy {
  static constexpr std::uint32_t word_radii = 4;  ///< Radii are read 64 bits at a time.
  static constexpr std::uint32_t thread_words = thread_elements / word_radii;
};
static_assert(find_policy::thread_elements == 16, "A thread's marks are one element of candidate_scratch::marks.");

/// True if the move may change the unit's state. The radius alone mostly decides.
__device__ inline bool reached(const screen_view& kept, const screen_request& request, std::uint32_t move_max,
                               std::uint32_t unit, std::uint32_t radius) {
  return radius <= move_max && request.move_of_groups[kept.groups[unit]] >= radius;
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void mark_candidates(screen_view kept, std::uint32_t units,
                                                                         const screen_request* request,
                                                                         candidate_scratch scratch) {
  const std::uint32_t move_max = request->move_max;
  const std::uint32_t thread = blockIdx.x * Policy::block_threads + threadIdx.x;
  const std::uint32_t first = thread * Policy::thread_elements;
  const auto* const from =
      reinterpret_cast<const std::uint64_t*>(kept.radius.data) + std::uint64_t{thread} * Policy::thread_words;
  std::uint64_t words[Policy::thread_words];
  PLIMSOLL_UNROLL
  for (std::uint32_t word = 0; word < Policy::thread_words; ++word) { words[word] = from[word]; }
  std::uint32_t marks = 0;
  PLIMSOLL_UNROLL
  for (std::uint32_t i = 0; i < Policy::thread_elements; ++i) {
    const auto radius = static_cast<std::uint16_t>(words[i / Policy::word_radii] >> (16 * (i % Policy::word_radii)));
    const bool found = first + i < units && reached(kept, *request, move_max, first + i, radius);
    marks |= (found ? 1U : 0U) << i;
  }
  scratch.marks[thread] = static_cast<std::uint16_t>(marks);
  const std::uint32_t sum = block_sum<Policy::block_threads>(static_cast<std::uint32_t>(__popc(marks)));
  if (threadIdx.x == 0) { scratch.tile_counts[blockIdx.x] = sum; }
  if (blockIdx.x == 0 && threadIdx.x == 0) { scratch.tile_counts[gridDim.x] = 0; }  // Becomes the sum of all.
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void list_candidates(candidate_scratch scratch,
                                                                         const screen_request* request,
                                                                         judgement_header* header) {
  const device_view<std::uint32_t> tile_first = scratch.tile_counts;
  if (blockIdx.x == 0 && threadIdx.x == 0) {
    const std::uint32_t all = tile_first[gridDim.x];
    header->reached = all;
    header->evaluated = all > request->evaluated_max ? 0 : all;
  }
  if (tile_first[blockIdx.x] == tile_first[blockIdx.x + 1]) { return; }  // The block has no candidate.
  const std::uint32_t thread = blockIdx.x * Policy::block_threads + threadIdx.x;
  const std::uint32_t first = thread * Policy::thread_elements;
  for_marked<Policy::block_threads>(
      scratch.marks[thread], tile_first[blockIdx.x],
      [&](std::uint32_t place, std::uint32_t i) { scratch.candidates[place] = first + i; });
}

}  // namespace

status find_candidates(const screen_view& kept, std::uint32_t units, const screen_request* request,
                       const candidate_scratch& scratch, judgement_header* header, const workspace& scan,
                       const stream& on) {
  constexpr int threads = find_policy::block_threads;
  const std::uint32_t tiles = kept.radius.count / find_policy::tile_elements;
  if (tiles == 0) { return ok(); }  // The header says 0 already.
  PLIMSOLL_TRY(launch(&mark_candidates<find_policy>, tiles, threads, 0, on, kept, units, request, scratch));
  PLIMSOLL_TRY(sum_counts(scratch.tile_counts, scan, on));
  return launch(&list_candidates<find_policy>, tiles, threads, 0, on, scratch, request, header);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
