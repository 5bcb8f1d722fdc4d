#include "kernels/device/block.hpp"
#include "kernels/rank/gather_cover.hpp"
#include "kernels/rank/rank_tiles.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

/// Counts each tile's winners. The last block adds them up, and notes where those of each requested segment begin.
template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void count_winners(
    entries_view entries, device_view<const std::uint64_t> keys, device_view<const ladder_place> places,
    device_view<const std::uint32_t> segments, device_view<std::uint32_t> tile_counts, device_view<std::uint32_t> done,
    device_view<std::uint32_t> first) {
  const rank_tile tile = entries.tiles[blockIdx.x];
  const ladder_place place = places[tile.segment * places_max + cover_place];
  const bool wanted = place.key != before_all().key;
  std::uint32_t count = 0;
  for (std::uint32_t i = threadIdx.x; wanted && i < tile.entry_count; i += Policy::block_threads) {
    const std::uint32_t entry = tile.first_entry + i;
    count += at_or_ahead(keys[entry], entry, place) ? 1U : 0U;
  }
  const std::uint32_t sum = block_sum<Policy::block_threads>(count);
  if (threadIdx.x == 0) { tile_counts[blockIdx.x] = sum; }
  if (!is_last_block(done.data, gridDim.x)) { return; }
  block_running_sums<Policy::block_threads>(tile_counts.data, gridDim.x);
  __syncthreads();
  for (std::uint32_t i = threadIdx.x; i <= segments.count; i += Policy::block_threads) {
    first[i] = tile_counts[i < segments.count ? entries.first_tile[segments[i]] : gridDim.x];
  }
  if (threadIdx.x == 0) { done[0] = 0; }  // For the next call.
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void write_winners(entries_view entries,
                                                                       device_view<const std::uint64_t> keys,
                                                                       device_view<const ladder_place> places,
                                                                       device_view<const std::uint32_t> tile_first,
                                                                       device_view<std::uint64_t> winner_keys,
                                                                       device_view<std::uint32_t> winners) {
  const rank_tile tile = entries.tiles[blockIdx.x];
  const ladder_place place = places[tile.segment * places_max + cover_place];
  std::uint32_t next = tile_first[blockIdx.x];
  const std::uint32_t end = tile_first[blockIdx.x + 1];
  for (std::uint32_t first = 0; next < end; first += Policy::block_threads) {
    const std::uint32_t i = first + threadIdx.x;
    const std::uint32_t entry = tile.first_entry + i;
    const std::uint64_t key = i < tile.entry_count ? keys[entry] : off_ladder;
    const bool wins = at_or_ahead(key, entry, place);
    std::uint32_t round = 0;
    const std::uint32_t rank = block_rank_flagged<Policy::block_threads>(wins, round);
    if (wins) {
      winner_keys[next + rank] = ~key;
      winners[next + rank] = entry;
    }
    next += round;
  }
}

}  // namespace

status gather_cover(const entries_view& entries, device_view<const std::uint64_t> keys,
                    device_view<const ladder_place> places, device_view<const std::uint32_t> segments,
                    device_view<std::uint32_t> tile_counts, device_view<std::uint32_t> done,
                    const order_scratch& scratch, device_view<std::uint32_t> first, const stream& on) {
  constexpr int threads = rank_policy::block_threads;
  const std::uint32_t tiles = entries.tiles.count;
  if (tiles == 0) { return fill_bytes(first.part(0, segments.count + 1), 0, on); }
  PLIMSOLL_TRY(launch(&count_winners<rank_policy>, tiles, threads, 0, on, entries, keys, places, segments, tile_counts,
                      done, first));
  const std::uint32_t most = entries.lots.count;
  return launch(&write_winners<rank_policy>, tiles, threads, 0, on, entries, keys, places, tile_counts,
                scratch.keys_of(0, most), scratch.entries_of(0, most));
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
