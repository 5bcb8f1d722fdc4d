#include <algorithm>

#include "kernels/device/block.hpp"
#include "kernels/device/ordered_marks.hpp"
#include "kernels/screen/judge_rows.hpp"
#include "kernels/screen/screen_units.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

/// A tile of radii, and the lanes that judge a candidate of it.
template <class Rows>
struct screen_policy : compact_policy, Rows {
  using compact_policy::block_threads;
  static constexpr std::uint32_t word_radii = 4;  ///< Radii are read 64 bits at a time.
  static constexpr std::uint32_t thread_words = thread_elements / word_radii;
};
using eight_lanes = screen_policy<judge_policy>;
using four_lanes = screen_policy<few_lanes_policy>;
static_assert(compact_policy::block_threads == judge_policy::block_threads,
              "The threads of a tile judge its candidates.");
static_assert(compact_policy::thread_elements == 16, "A thread's marks are one element of record_scratch::marks.");

template <class Policy>
struct radius_words {
  std::uint64_t words[Policy::thread_words];
};

template <class Policy>
__device__ inline radius_words<Policy> read_radii(const screen_view& kept, std::uint32_t tile) {
  const auto* const from = reinterpret_cast<const std::uint64_t*>(kept.radius.data) +
                           (std::uint64_t{tile} * Policy::block_threads + threadIdx.x) * Policy::thread_words;
  radius_words<Policy> read;
  PLIMSOLL_UNROLL
  for (std::uint32_t word = 0; word < Policy::thread_words; ++word) { read.words[word] = from[word]; }
  return read;
}

/// Bit i is set if the move may change the state of the calling thread's unit i of the tile. The radius alone mostly
/// decides.
template <class Policy>
__device__ inline std::uint32_t marks_of_radii(const radius_words<Policy>& read, const screen_view& kept,
                                               const screen_request& request, std::uint32_t units, std::uint32_t tile) {
  const std::uint32_t move_max = request.move_max;
  const std::uint32_t first = (tile * Policy::block_threads + threadIdx.x) * Policy::thread_elements;
  std::uint32_t marks = 0;
  PLIMSOLL_UNROLL
  for (std::uint32_t i = 0; i < Policy::thread_elements; ++i) {
    const auto radius =
        static_cast<std::uint16_t>(read.words[i / Policy::word_radii] >> (16 * (i % Policy::word_radii)));
    const bool reached =
        first + i < units && radius <= move_max && request.move_of_groups[kept.groups[first + i]] >= radius;
    marks |= (reached ? 1U : 0U) << i;
  }
  return marks;
}

/// The candidates of a tile, by their places in it, and a bit for each unit that gets a record.
template <class Policy>
struct tile_candidates {
  std::uint16_t places[Policy::tile_elements];
  std::uint32_t records[Policy::tile_elements / 32];
  std::uint32_t reached_before;  ///< Candidates of tiles that were counted earlier.
};
static_assert(compact_policy::tile_elements <= 65'536, "A place in a tile has 16 bits.");

/// Judges the tile's first `count` candidates, and marks those that get a record.
template <class Policy, collateral_mode Mode>
__device__ inline void judge_candidates(const units_view& units, const tick_view& tick, const screen_view& kept,
                                        const judged_target& out, std::uint32_t first_unit, std::uint32_t count,
                                        tile_candidates<Policy>& found, judged_tally& tally) {
  constexpr std::uint32_t warp_units = warp_lanes / Policy::unit_lanes;
  constexpr std::uint32_t block_units = Policy::block_threads / Policy::unit_lanes;
  // The units of a warp advance together, because its lanes meet in the sums.
  for (std::uint32_t first = warp_rank() * warp_units; first < count; first += block_units) {
    const std::uint32_t at = first + lane_rank() / Policy::unit_lanes;
    const bool present = at < count;
    const std::uint32_t place = present ? found.places[at] : 0;
    const verdict outcome = judge_short_row<Policy, judge_purpose::screen, Mode>(units, tick, kept, out, present,
                                                                                 first_unit + place, tally);
    if (!is_safe(outcome)) { atomicOr(&found.records[place / 32], 1U << (place % 32)); }
  }
}

/// Adds the candidates of the block's tiles to `reached`.
template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void count_reached(screen_view kept, const screen_request* request,
                                                                       std::uint32_t units, std::uint32_t tiles,
                                                                       judgement_header* header) {
  std::uint32_t count = 0;
  for (std::uint32_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const std::uint32_t marks = marks_of_radii<Policy>(read_radii<Policy>(kept, tile), kept, *request, units, tile);
    count += static_cast<std::uint32_t>(__popc(marks));
  }
  count = block_sum<Policy::block_threads>(count);
  if (threadIdx.x == 0) { atomicAdd(&header->reached, count); }
}

/// Counts the candidates, and judges those whose rows are short. The radii of a block's next tile are read before it
/// judges.
template <class Policy, collateral_mode Mode>
__global__ __launch_bounds__(Policy::block_threads, Policy::blocks_per_multiprocessor) void screen_tiles(
    units_view units, tick_view tick, screen_view kept, const screen_request* request, judged_target out,
    record_scratch scratch) {
  PLIMSOLL_SHARED(found, tile_candidates<Policy>);
  const std::uint32_t tiles = scratch.tile_counts.count - 1;
  judged_tally tally;
  radius_words<Policy> read{};
  if (blockIdx.x < tiles) { read = read_radii<Policy>(kept, blockIdx.x); }
  for (std::uint32_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const std::uint32_t marks = marks_of_radii<Policy>(read, kept, *request, units.cash.count, tile);
    if (tile + gridDim.x < tiles) { read = read_radii<Policy>(kept, tile + gridDim.x); }
    std::uint32_t count = 0;
    std::uint32_t place = block_exclusive_sum<Policy::block_threads>(static_cast<std::uint32_t>(__popc(marks)), count);
    if (count == 0) {
      if (threadIdx.x == 0) { scratch.tile_counts[tile] = 0; }
      continue;
    }
    if (threadIdx.x == 0) { found.reached_before = atomicAdd(&out.header->reached, count); }
    for (std::uint32_t left = marks; left != 0; left &= left - 1) {
      const auto i = static_cast<std::uint32_t>(__ffs(static_cast<int>(left)) - 1);
      found.places[place++] = static_cast<std::uint16_t>(threadIdx.x * Policy::thread_elements + i);
    }
    if (threadIdx.x < Policy::tile_elements / 32) { found.records[threadIdx.x] = 0; }
    __syncthreads();
    // Too many candidates: what the other blocks judge will not be used either.
    if (found.reached_before + std::uint64_t{count} <= request->evaluated_max) {
      judge_candidates<Policy, Mode>(units, tick, kept, out, tile * Policy::tile_elements, count, found, tally);
    }
    __syncthreads();
    const std::uint32_t records = found.records[threadIdx.x / 2] >> (16 * (threadIdx.x % 2)) & 0xffffU;
    scratch.marks[tile * Policy::block_threads + threadIdx.x] = static_cast<std::uint16_t>(records);
    const std::uint32_t sum = block_sum<Policy::block_threads>(static_cast<std::uint32_t>(__popc(records)));
    if (threadIdx.x == 0) { scratch.tile_counts[tile] = sum; }
  }
  add_judged<Policy::block_threads, judge_purpose::screen>(tally, out.header, kept.safe);
}

/// Judges the long rows among the candidates. The last block adds up the tiles and completes the header.
template <class Policy, collateral_mode Mode>
__global__ __launch_bounds__(Policy::block_threads, Policy::blocks_per_multiprocessor) void finish_screen(
    units_view units, tick_view tick, screen_view kept, const screen_request* request, judged_target out,
    record_scratch scratch) {
  const bool too_many = out.header->reached > request->evaluated_max;
  judged_tally tally;
  if (!too_many) {
    judge_long_rows<Policy, judge_purpose::screen, Mode>(
        units, tick, kept, out, tally, [&](std::uint32_t unit, verdict outcome) {
          if (is_safe(outcome)) { return; }
          atomicOr(reinterpret_cast<std::uint32_t*>(scratch.marks.data) + unit / 32, 1U << (unit % 32));
          atomicAdd(&scratch.tile_counts[unit / compact_policy::tile_elements], 1U);
        });
  }
  add_judged<Policy::block_threads, judge_purpose::screen>(tally, out.header, kept.safe);
  if (!is_last_block(&out.header->blocks_done, gridDim.x)) { return; }
  block_running_sums<Policy::block_threads>(scratch.tile_counts.data, scratch.tile_counts.count - 1);
  if (threadIdx.x == 0) {
    judgement_header all = *out.header;
    all.counts[static_cast<int>(unit_state::healthy)] += kept.safe->healthy;
    all.counts[static_cast<int>(unit_state::margin_call)] += kept.safe->margin_call;
    all.held += kept.safe->held;
    all.call_hashes += kept.safe->call_hashes;
    all.evaluated = too_many ? 0 : all.reached;
    scratch.to_host->header = all;
  }
}

/// Blocks of a kernel that takes tile after tile.
template <class... Parameters>
std::uint32_t blocks_for(void (*kernel)(Parameters...), std::uint32_t tiles, const launch_plan& plan) {
  return std::min(
      tiles, resident_blocks(kernel, compact_policy::block_threads, 0, plan, tables_in::caches, plan.tuned.row_blocks));
}

template <class Policy, collateral_mode Mode>
status queue_tiles(const units_view& units, const tick_view& tick, const screen_view& kept,
                   const screen_request* request, const judged_target& out, const record_scratch& scratch,
                   const launch_plan& plan, const stream& on) {
  const auto kernel = &screen_tiles<Policy, Mode>;
  const std::uint32_t blocks = blocks_for(kernel, scratch.tile_counts.count - 1, plan);
  return launch(kernel, blocks, Policy::block_threads, 0, on, units, tick, kept, request, out, scratch);
}

template <collateral_mode Mode>
status screen_in(const units_view& units, const tick_view& tick, const screen_view& kept, const screen_request* request,
                 const judged_target& out, const record_scratch& scratch, const launch_plan& plan, const stream& on) {
  if (plan.tuned.row_lanes == four_lanes::unit_lanes) {
    PLIMSOLL_TRY((queue_tiles<four_lanes, Mode>(units, tick, kept, request, out, scratch, plan, on)));
  } else {
    PLIMSOLL_TRY((queue_tiles<eight_lanes, Mode>(units, tick, kept, request, out, scratch, plan, on)));
  }
  constexpr int threads = judge_policy::block_threads;
  const auto kernel = &finish_screen<judge_policy, Mode>;
  const std::uint32_t resident = resident_blocks(kernel, threads, 0, plan, tables_in::caches, plan.tuned.row_blocks);
  const std::uint32_t blocks = std::clamp(out.longs.rows.count, 1U, resident);  // One, if no row can be long.
  return launch(kernel, blocks, threads, 0, on, units, tick, kept, request, out, scratch);
}

}  // namespace

status count_candidates(const screen_view& kept, std::uint32_t units, screen_request* request, const launch_plan& plan,
                        const stream& on) {
  const auto kernel = &count_reached<eight_lanes>;
  const std::uint32_t tiles = kept.radius.count / compact_policy::tile_elements;
  return launch(kernel, blocks_for(kernel, tiles, plan), compact_policy::block_threads, 0, on, kept, request, units,
                tiles, &request->counts);
}

status screen_units(const units_view& units, const tick_view& tick, const screen_view& kept, screen_request* request,
                    const judged_target& out, const record_scratch& scratch, collateral_mode mode,
                    const launch_plan& plan, const stream& on) {
  judged_target counted = out;
  counted.header = &request->counts;
  return mode == collateral_mode::multi
             ? screen_in<collateral_mode::multi>(units, tick, kept, request, counted, scratch, plan, on)
             : screen_in<collateral_mode::single>(units, tick, kept, request, counted, scratch, plan, on);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
