#include "kernels/device/block.hpp"
#include "kernels/rank/gather_cover.hpp"
#include "kernels/rank/rank_tiles.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

struct gather_policy : rank_policy {
  static constexpr int offset_threads = 128;
};

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void count_winners(entries_view entries,
                                                                       device_view<const std::uint64_t> keys,
                                                                       device_view<const ladder_place> places,
                                                                       device_view<std::uint32_t> tile_counts) {
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
  if (blockIdx.x == 0 && threadIdx.x == 0) { tile_counts[gridDim.x] = 0; }  // Becomes the sum of all.
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

/// The first winner of each requested segment; the last element is the number of all winners.
template <class Policy>
__global__ __launch_bounds__(Policy::offset_threads) void winners_first(entries_view entries,
                                                                        device_view<const std::uint32_t> segments,
                                                                        device_view<const std::uint32_t> tile_first,
                                                                        device_view<std::uint32_t> first) {
  const std::uint32_t i = blockIdx.x * Policy::offset_threads + threadIdx.x;
  if (i > segments.count) { return; }
  first[i] = tile_first[i < segments.count ? entries.first_tile[segments[i]] : entries.tiles.count];
}

}  // namespace

status gather_cover(const entries_view& entries, device_view<const std::uint64_t> keys,
                    device_view<const ladder_place> places, device_view<const std::uint32_t> segments,
                    device_view<std::uint32_t> tile_counts, const workspace& scan, const order_scratch& scratch,
                    device_view<std::uint32_t> first, const stream& on) {
  constexpr int threads = gather_policy::block_threads;
  const std::uint32_t tiles = entries.tiles.count;
  if (tiles == 0) { return fill_bytes(first.part(0, segments.count + 1), 0, on); }
  PLIMSOLL_TRY(launch(&count_winners<gather_policy>, tiles, threads, 0, on, entries, keys, places, tile_counts));
  PLIMSOLL_TRY(exclusive_sum(scan, tile_counts, tile_counts, on));
  const std::uint32_t most = entries.lots.count;
  PLIMSOLL_TRY(launch(&write_winners<gather_policy>, tiles, threads, 0, on, entries, keys, places, tile_counts,
                      scratch.keys_of(0, most), scratch.entries_of(0, most)));
  const std::uint32_t offset_blocks = segments.count / gather_policy::offset_threads + 1;
  return launch(&winners_first<gather_policy>, offset_blocks, gather_policy::offset_threads, 0, on, entries, segments,
                tile_counts, first);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
