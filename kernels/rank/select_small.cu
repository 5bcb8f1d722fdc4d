#include "kernels/rank/rank_tiles.hpp"
#include "kernels/rank/select_small.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void select_segment(entries_view entries,
                                                                        device_view<const std::uint64_t> keys,
                                                                        device_view<const select_state> states,
                                                                        device_view<ladder_place> places) {
  constexpr int threads = Policy::block_threads;
  PLIMSOLL_SHARED(state, select_state[1]);
  PLIMSOLL_SHARED(bins, lot_bins[1]);
  const rank_tile tile = entries.tiles[entries.small[blockIdx.x]];
  if (states[tile.segment].targets == 0) { return; }
  if (threadIdx.x == 0) { state[0] = states[tile.segment]; }
  __syncthreads();
  const std::uint64_t* const tile_keys = keys.data + tile.first_entry;
  const std::int64_t* const tile_lots = entries.lots.data + tile.first_entry;
  for (std::uint32_t which = 0; which < select_policy::digits; ++which) {
    const select_digit digit = select_policy::digit(which);
    count_digit<threads>(
        state[0], digit, tile_keys, tile_lots, tile.entry_count, [](std::uint32_t i) { return i; }, bins[0]);
    choose_digit<threads>(state[0], digit, [&](std::uint32_t bin) { return bins[0].lots(bin); });
  }
  for (std::uint32_t t = 0; t < state[0].targets; ++t) {
    const std::uint64_t key = state[0].prefix[state[0].group[t]];
    const crossing at = find_crossing<threads>(tile.entry_count, state[0].rest[t], [&](std::uint32_t i) {
      return tile_keys[i] == key ? magnitude(tile_lots[i]) : 0;
    });
    if (threadIdx.x == 0) {
      places[tile.segment * places_max + state[0].place[t]] = {key, tile.first_entry + at.index, 0};
    }
  }
}

}  // namespace

status select_small(const entries_view& entries, device_view<const std::uint64_t> keys,
                    device_view<const select_state> states, device_view<ladder_place> places, const stream& on) {
  return launch(&select_segment<rank_policy>, entries.small.count, rank_policy::block_threads, 0, on, entries, keys,
                states, places);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
