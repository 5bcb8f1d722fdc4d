#include "kernels/device/block.hpp"
#include "kernels/rank/rank_tiles.hpp"
#include "kernels/rank/select_large.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

/// The arguments that all steps share; passed by value.
struct large_view {
  entries_view entries;
  device_view<const std::uint64_t> keys;
  select_scratch scratch;
};

/// The entries of a tile that a digit is counted over.
enum class counted : std::uint8_t {
  all,
  kept,       ///< All are read, and those that can still hold a place are noted: the survivors.
  survivors,  ///< Those noted before.
};

/// True in every thread of the block that ends as the last of its segment's. Every thread of a block must call it.
__device__ inline bool is_last_tile(const large_view& in, const rank_tile& tile) {
  std::uint32_t* const done = &in.scratch.tiles_done[tile.large];
  __syncthreads();  // The first thread counts for the block, whose other threads may still be adding.
  const bool last = is_last_block(done, in.entries.large[tile.large].tile_count);
  if (last && threadIdx.x == 0) { *done = 0; }  // For the next launch.
  return last;
}

/// Notes the entries of a tile that can still hold a place, in order, at the front of its part of `survivors`; how many
/// there are. The whole block.
template <class Policy>
__device__ inline std::uint32_t keep_survivors(const large_view& in, const select_state& state, std::uint32_t number,
                                               const rank_tile& tile, std::uint64_t decided) {
  std::uint32_t kept = 0;
  for (std::uint32_t first = 0; first < tile.entry_count; first += Policy::block_threads) {
    const std::uint32_t i = first + threadIdx.x;
    const std::uint32_t entry = tile.first_entry + i;
    const bool keep = i < tile.entry_count && group_of(state, in.keys[entry], decided) != no_number;
    std::uint32_t round = 0;
    const std::uint32_t rank = block_rank_flagged<Policy::block_threads>(keep, round);
    if (keep) { in.scratch.survivors[tile.first_entry + kept + rank] = entry; }
    kept += round;
  }
  if (threadIdx.x == 0) { in.scratch.survivor_counts[number] = kept; }
  return kept;
}

/// Adds a tile's part of the histogram of one digit to that of its segment. The last tile of a segment decides the
/// digit, and clears the histogram.
template <class Policy, counted Counted>
__global__ __launch_bounds__(Policy::block_threads) void count_tile(large_view in, std::uint32_t which) {
  PLIMSOLL_SHARED(state, select_state[1]);
  PLIMSOLL_SHARED(bins, lot_bins[1]);
  const std::uint32_t number = in.entries.large_tiles[blockIdx.x];
  const rank_tile tile = in.entries.tiles[number];
  if (in.scratch.states[tile.segment].targets == 0) { return; }  // And so do all blocks of the segment.
  if (threadIdx.x == 0) { state[0] = in.scratch.states[tile.segment]; }
  __syncthreads();
  const select_digit digit = select_policy::digit(which);
  std::uint32_t count = tile.entry_count;
  if constexpr (Counted == counted::kept) {
    count = keep_survivors<Policy>(in, state[0], number, tile, digit.decided());
  } else if constexpr (Counted == counted::survivors) {
    count = in.scratch.survivor_counts[number];
  }
  std::uint64_t* const onto = &in.scratch.bins[tile.large * select_policy::bins_max];
  const std::uint32_t bin_count = state[0].groups << digit.bits;
  if (count != 0) {
    count_digit<Policy::block_threads>(
        state[0], digit, in.keys.data, in.entries.lots.data, count,
        [&](std::uint32_t i) {
          if constexpr (Counted == counted::all) { return tile.first_entry + i; }
          return in.scratch.survivors[tile.first_entry + i];
        },
        bins[0]);
    for (std::uint32_t bin = threadIdx.x; bin < bin_count; bin += Policy::block_threads) {
      const std::uint64_t lots = bins[0].lots(bin);
      if (lots != 0) {
        atomicAdd(reinterpret_cast<unsigned long long*>(&onto[bin]), static_cast<unsigned long long>(lots));
      }
    }
  }
  if (!is_last_tile(in, tile)) { return; }
  choose_digit<Policy::block_threads>(state[0], digit, [&](std::uint32_t bin) { return onto[bin]; });
  for (std::uint32_t bin = threadIdx.x; bin < bin_count; bin += Policy::block_threads) { onto[bin] = 0; }
  if (threadIdx.x == 0) { in.scratch.states[tile.segment] = state[0]; }
}

/// Sums the lots of a tile's entries whose key is that of a group, with every bit decided. The last tile of a segment
/// finds its places among equal keys: first the tile, then the entry.
template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void settle_tile(large_view in, device_view<ladder_place> places) {
  constexpr int threads = Policy::block_threads;
  const std::uint32_t own = in.entries.large_tiles[blockIdx.x];
  const rank_tile tile = in.entries.tiles[own];
  const select_state& state = in.scratch.states[tile.segment];
  if (state.targets == 0) { return; }
  const std::uint32_t count = in.scratch.survivor_counts[own];
  for (std::uint32_t group = 0; group < state.groups; ++group) {
    std::uint64_t lots = 0;
    for (std::uint32_t i = threadIdx.x; i < count; i += threads) {
      const std::uint32_t entry = in.scratch.survivors[tile.first_entry + i];
      lots += in.keys[entry] == state.prefix[group] ? magnitude(in.entries.lots[entry]) : 0;
    }
    const std::uint64_t sum = block_sum<threads>(lots);
    if (threadIdx.x == 0) { in.scratch.tie_lots[own * places_max + group] = sum; }
  }
  if (!is_last_tile(in, tile)) { return; }
  const large_segment large = in.entries.large[tile.large];
  for (std::uint32_t t = 0; t < state.targets; ++t) {
    const std::uint32_t group = state.group[t];
    const std::uint64_t key = state.prefix[group];
    const crossing in_tile = find_crossing<threads>(large.tile_count, state.rest[t], [&](std::uint32_t i) {
      return in.scratch.tie_lots[(large.first_tile + i) * places_max + group];
    });
    const std::uint32_t number = large.first_tile + in_tile.index;
    const std::uint32_t* const survivors = &in.scratch.survivors[in.entries.tiles[number].first_entry];
    const crossing at = find_crossing<threads>(in.scratch.survivor_counts[number], in_tile.rest, [&](std::uint32_t i) {
      return in.keys[survivors[i]] == key ? magnitude(in.entries.lots[survivors[i]]) : 0;
    });
    if (threadIdx.x == 0) { places[tile.segment * places_max + state.place[t]] = {key, survivors[at.index], 0}; }
  }
}

/// The kernel that counts a digit.
auto counting(std::uint32_t which) {
  if (which < select_policy::digits_before_survivors) { return &count_tile<rank_policy, counted::all>; }
  return which == select_policy::digits_before_survivors ? &count_tile<rank_policy, counted::kept>
                                                         : &count_tile<rank_policy, counted::survivors>;
}

}  // namespace

status select_large(const entries_view& entries, device_view<const std::uint64_t> keys, const select_scratch& scratch,
                    device_view<ladder_place> places, const stream& on) {
  constexpr int threads = rank_policy::block_threads;
  const std::uint32_t tiles = entries.large_tiles.count;
  if (tiles == 0) { return ok(); }
  const large_view in{entries, keys, scratch};
  PLIMSOLL_TRY(fill_bytes(scratch.bins.part(0, entries.large.count * select_policy::bins_max), 0, on));
  for (std::uint32_t which = 0; which < select_policy::digits; ++which) {
    PLIMSOLL_TRY(launch(counting(which), tiles, threads, 0, on, in, which));
  }
  return launch(&settle_tile<rank_policy>, tiles, threads, 0, on, in, places);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
