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

/// Adds a tile's part of the histogram of one digit to that of its segment. With `FromSurvivors` it reads only the
/// tile's survivors.
template <class Policy, bool FromSurvivors>
__global__ __launch_bounds__(Policy::block_threads) void count_tile(large_view in, std::uint32_t which) {
  PLIMSOLL_SHARED(state, select_state[1]);
  PLIMSOLL_SHARED(bins, lot_bins[1]);
  const std::uint32_t number = in.entries.large_tiles[blockIdx.x];
  const rank_tile tile = in.entries.tiles[number];
  const std::uint32_t count = FromSurvivors ? in.scratch.survivor_counts[number] : tile.entry_count;
  if (count == 0 || in.scratch.states[tile.segment].targets == 0) { return; }
  if (threadIdx.x == 0) { state[0] = in.scratch.states[tile.segment]; }
  __syncthreads();
  const select_digit digit = select_policy::digit(which);
  count_digit<Policy::block_threads>(
      state[0], digit, in.keys.data, in.entries.lots.data, count,
      [&](std::uint32_t i) {
        if constexpr (FromSurvivors) { return in.scratch.survivors[tile.first_entry + i]; }
        return tile.first_entry + i;
      },
      bins[0]);
  std::uint64_t* const onto = &in.scratch.bins[tile.large * select_policy::bins_max];
  for (std::uint32_t bin = threadIdx.x; bin < state[0].groups << digit.bits; bin += Policy::block_threads) {
    const std::uint64_t lots = bins[0].lots(bin);
    if (lots != 0) {
      atomicAdd(reinterpret_cast<unsigned long long*>(&onto[bin]), static_cast<unsigned long long>(lots));
    }
  }
}

/// Decides a segment's next digit, and clears its histogram.
template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void choose_segment(large_view in, std::uint32_t which) {
  PLIMSOLL_SHARED(state, select_state[1]);
  const std::uint32_t segment = in.entries.large[blockIdx.x].segment;
  if (in.scratch.states[segment].targets == 0) { return; }
  if (threadIdx.x == 0) { state[0] = in.scratch.states[segment]; }
  __syncthreads();
  const select_digit digit = select_policy::digit(which);
  const std::uint32_t counted = state[0].groups << digit.bits;
  std::uint64_t* const bins = &in.scratch.bins[blockIdx.x * select_policy::bins_max];
  choose_digit<Policy::block_threads>(state[0], digit, [&](std::uint32_t bin) { return bins[bin]; });
  for (std::uint32_t bin = threadIdx.x; bin < counted; bin += Policy::block_threads) { bins[bin] = 0; }
  if (threadIdx.x == 0) { in.scratch.states[segment] = state[0]; }
}

/// Copies the entries of a tile that can still hold a place, in order, to the front of its part of `survivors`.
template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void keep_survivors(large_view in, std::uint64_t decided) {
  PLIMSOLL_SHARED(state, select_state[1]);
  const std::uint32_t number = in.entries.large_tiles[blockIdx.x];
  const rank_tile tile = in.entries.tiles[number];
  if (threadIdx.x == 0) { state[0] = in.scratch.states[tile.segment]; }
  __syncthreads();
  std::uint32_t kept = 0;
  for (std::uint32_t first = 0; first < tile.entry_count && state[0].targets != 0; first += Policy::block_threads) {
    const std::uint32_t i = first + threadIdx.x;
    const std::uint32_t entry = tile.first_entry + i;
    const bool keep = i < tile.entry_count && group_of(state[0], in.keys[entry], decided) != no_number;
    std::uint32_t round = 0;
    const std::uint32_t rank = block_rank_flagged<Policy::block_threads>(keep, round);
    if (keep) { in.scratch.survivors[tile.first_entry + kept + rank] = entry; }
    kept += round;
  }
  if (threadIdx.x == 0) { in.scratch.survivor_counts[number] = kept; }
}

/// Sums the lots of a tile's entries whose key is that of a group, with every bit decided.
template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void sum_ties(large_view in) {
  const std::uint32_t number = in.entries.large_tiles[blockIdx.x];
  const rank_tile tile = in.entries.tiles[number];
  const select_state& state = in.scratch.states[tile.segment];
  const std::uint32_t count = in.scratch.survivor_counts[number];
  for (std::uint32_t group = 0; group < state.groups; ++group) {
    std::uint64_t lots = 0;
    for (std::uint32_t i = threadIdx.x; i < count; i += Policy::block_threads) {
      const std::uint32_t entry = in.scratch.survivors[tile.first_entry + i];
      lots += in.keys[entry] == state.prefix[group] ? magnitude(in.entries.lots[entry]) : 0;
    }
    const std::uint64_t sum = block_sum<Policy::block_threads>(lots);
    if (threadIdx.x == 0) { in.scratch.tie_lots[number * places_max + group] = sum; }
  }
}

/// Finds a segment's places among equal keys: first the tile, then the entry.
template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void settle_segment(large_view in,
                                                                        device_view<ladder_place> places) {
  constexpr int threads = Policy::block_threads;
  const large_segment large = in.entries.large[blockIdx.x];
  const select_state& state = in.scratch.states[large.segment];
  for (std::uint32_t t = 0; t < state.targets; ++t) {
    const std::uint32_t group = state.group[t];
    const std::uint64_t key = state.prefix[group];
    const crossing tile = find_crossing<threads>(large.tile_count, state.rest[t], [&](std::uint32_t i) {
      return in.scratch.tie_lots[(large.first_tile + i) * places_max + group];
    });
    const std::uint32_t number = large.first_tile + tile.index;
    const std::uint32_t* const survivors = &in.scratch.survivors[in.entries.tiles[number].first_entry];
    const crossing at = find_crossing<threads>(in.scratch.survivor_counts[number], tile.rest, [&](std::uint32_t i) {
      return in.keys[survivors[i]] == key ? magnitude(in.entries.lots[survivors[i]]) : 0;
    });
    if (threadIdx.x == 0) { places[large.segment * places_max + state.place[t]] = {key, survivors[at.index], 0}; }
  }
}

status next_digit(const large_view& in, std::uint32_t which, const stream& on) {
  constexpr int threads = rank_policy::block_threads;
  const auto count =
      which < select_policy::digits_before_survivors ? &count_tile<rank_policy, false> : &count_tile<rank_policy, true>;
  PLIMSOLL_TRY(launch(count, in.entries.large_tiles.count, threads, 0, on, in, which));
  return launch(&choose_segment<rank_policy>, in.entries.large.count, threads, 0, on, in, which);
}

}  // namespace

status select_large(const entries_view& entries, device_view<const std::uint64_t> keys, const select_scratch& scratch,
                    device_view<ladder_place> places, const stream& on) {
  constexpr int threads = rank_policy::block_threads;
  if (entries.large.count == 0) { return ok(); }
  const large_view in{entries, keys, scratch};
  PLIMSOLL_TRY(fill_bytes(scratch.bins.part(0, entries.large.count * select_policy::bins_max), 0, on));
  for (std::uint32_t which = 0; which < select_policy::digits; ++which) {
    if (which == select_policy::digits_before_survivors) {
      PLIMSOLL_TRY(launch(&keep_survivors<rank_policy>, entries.large_tiles.count, threads, 0, on, in,
                          select_policy::digit(which).decided()));
    }
    PLIMSOLL_TRY(next_digit(in, which, on));
  }
  PLIMSOLL_TRY(launch(&sum_ties<rank_policy>, entries.large_tiles.count, threads, 0, on, in));
  return launch(&settle_segment<rank_policy>, entries.large.count, threads, 0, on, in, places);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
