#include "kernels/device/in_flight.hpp"
#include "kernels/rank/light_entries.hpp"
#include "kernels/rank/rank_tiles.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

/// All places of a segment, in registers.
struct light_places {
  ladder_place at[lights_places];
};

__device__ inline std::uint8_t lights_at(std::uint64_t key, std::uint32_t entry, const light_places& places) {
  std::uint32_t lights = lights_places + 1;
  PLIMSOLL_UNROLL
  for (std::uint32_t k = 0; k < lights_places; ++k) { lights -= at_or_ahead(key, entry, places.at[k]) ? 0U : 1U; }
  return static_cast<std::uint8_t>(key == off_ladder ? 0 : lights);
}

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void light_tile(entries_view entries,
                                                                    device_view<const std::uint64_t> keys,
                                                                    device_view<const ladder_place> places,
                                                                    device_view<std::uint8_t> lights) {
  const rank_tile tile = entries.tiles[blockIdx.x];
  light_places of_segment;
  PLIMSOLL_UNROLL
  for (std::uint32_t k = 0; k < lights_places; ++k) { of_segment.at[k] = places[tile.segment * places_max + k]; }
  constexpr int keys_in_flight = 8;
  const auto load = [&](std::uint32_t i) { return keys[tile.first_entry + i]; };
  walk_in_flight<Policy::block_threads, keys_in_flight>(
      tile.entry_count, load, [&](std::uint32_t i, std::uint64_t key) {
        lights[tile.first_entry + i] = lights_at(key, tile.first_entry + i, of_segment);
      });
}

}  // namespace

status light_entries(const entries_view& entries, device_view<const std::uint64_t> keys,
                     device_view<const ladder_place> places, device_view<std::uint8_t> lights, const stream& on) {
  return launch(&light_tile<rank_policy>, entries.tiles.count, rank_policy::block_threads, 0, on, entries, keys, places,
                lights);
}

std::uint64_t light_entries_bytes(const entries_view& entries) {
  return entries.lots.count * (sizeof(std::uint64_t) + sizeof(std::uint8_t));
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
