#include "kernels/rank/rank_tiles.hpp"
#include "kernels/rank/select_tiny.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

/// A segment's entries in shared memory: every thread reads all of them.
template <class Policy>
struct tiny_entries {
  std::uint64_t keys[Policy::tiny_entries];
  std::uint64_t lots[Policy::tiny_entries];
};

/// Lots of the entries strictly ahead of entry `own`.
template <class Policy>
__device__ inline std::uint64_t lots_ahead(const tiny_entries<Policy>& all, std::uint32_t count, std::uint32_t own) {
  const ladder_place place{all.keys[own], own, 0};
  std::uint64_t ahead = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    ahead += i != own && at_or_ahead(all.keys[i], i, place) ? all.lots[i] : 0;
  }
  return ahead;
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void select_few(entries_view entries,
                                                                    device_view<const std::uint64_t> keys,
                                                                    device_view<const select_state> states,
                                                                    device_view<ladder_place> places) {
  PLIMSOLL_SHARED(all, tiny_entries<Policy>[1]);
  const rank_tile tile = entries.tiles[entries.tiny[blockIdx.x]];
  const select_state& state = states[tile.segment];
  if (state.targets == 0) { return; }
  for (std::uint32_t i = threadIdx.x; i < tile.entry_count; i += Policy::block_threads) {
    all[0].keys[i] = keys[tile.first_entry + i];
    all[0].lots[i] = magnitude(entries.lots[tile.first_entry + i]);
  }
  __syncthreads();
  for (std::uint32_t i = threadIdx.x; i < tile.entry_count; i += Policy::block_threads) {
    if (all[0].keys[i] == off_ladder) { continue; }
    const std::uint64_t ahead = lots_ahead(all[0], tile.entry_count, i);
    for (std::uint32_t t = 0; t < state.targets; ++t) {
      if (ahead < state.rest[t] && state.rest[t] - ahead <= all[0].lots[i]) {
        places[tile.segment * places_max + state.place[t]] = {all[0].keys[i], tile.first_entry + i, 0};
      }
    }
  }
}

}  // namespace

status select_tiny(const entries_view& entries, device_view<const std::uint64_t> keys,
                   device_view<const select_state> states, device_view<ladder_place> places, const stream& on) {
  return launch(&select_few<rank_policy>, entries.tiny.count, rank_policy::block_threads, 0, on, entries, keys, states,
                places);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
