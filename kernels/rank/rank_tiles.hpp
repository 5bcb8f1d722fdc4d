// Entries cut into tiles for the rank pass, on the host: at load, and after a side has come to begin at another entry.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "kernels/rank/rank_types.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Bounds of a tile of entries, and the block that works on it.
struct rank_policy {
  static constexpr int block_threads = 256;
  static constexpr std::uint32_t tile_entries = 4096;
  /// A segment of at most so many entries is ranked by comparing each entry with each other: less work than seven
  /// digits.
  static constexpr std::uint32_t tiny_entries = 512;
};
static_assert(rank_policy::block_threads % 32 == 0, "A block is a whole number of warps.");
static_assert(rank_policy::tiny_entries % rank_policy::block_threads == 0,
              "A tiny segment is whole rounds of a block.");
static_assert(rank_policy::tile_entries % rank_policy::block_threads == 0, "A tile is whole rounds of a block.");

/// The cut: no tile crosses a segment.
struct rank_cut {
  std::vector<rank_tile> tiles;
  std::vector<std::uint32_t> tiny;         ///< Tiles that are their whole segment, of at most tiny_entries.
  std::vector<std::uint32_t> small;        ///< Other tiles that are their whole segment.
  std::vector<std::uint32_t> large_tiles;  ///< All other tiles.
  std::vector<large_segment> large;
  std::vector<std::uint32_t> first_tile;  ///< Per segment, and one more.
  /// Every tile, ordered by its relative position in its segment. Entries of a segment rise by unit, so tiles that run
  /// at the same time read the same units, which stay in the cache.
  std::vector<std::uint32_t> by_unit;
};

/// The most tiles and large segments that so many entries and segments can make.
template <class Policy = rank_policy>
[[nodiscard]] constexpr std::size_t rank_tiles_max(std::size_t entries, std::size_t segments) {
  return entries / Policy::tile_entries + segments;
}
template <class Policy = rank_policy>
[[nodiscard]] constexpr std::size_t large_segments_max(std::size_t entries, std::size_t segments) {
  return std::min(segments, entries / (Policy::tile_entries + 1));
}

/// Cuts segments whose entries are [first_entry[s], first_entry[s + 1]).
template <class Policy = rank_policy>
[[nodiscard]] rank_cut cut_segments(std::span<const std::uint32_t> first_entry) {
  rank_cut cut;
  cut.first_tile.push_back(0);
  for (std::uint32_t segment = 0; segment + 1 < first_entry.size(); ++segment) {
    const std::uint32_t begin = first_entry[segment];
    const std::uint32_t end = first_entry[segment + 1];
    const auto first_tile = static_cast<std::uint32_t>(cut.tiles.size());
    const std::uint32_t tiles = (end - begin) / Policy::tile_entries + ((end - begin) % Policy::tile_entries != 0);
    const auto large = static_cast<std::uint32_t>(cut.large.size());
    if (tiles > 1) { cut.large.push_back({segment, first_tile, tiles}); }
    for (std::uint32_t t = 0; t < tiles; ++t) {
      const std::uint32_t first = begin + t * Policy::tile_entries;
      const std::uint32_t count = std::min(Policy::tile_entries, end - first);
      auto& kind = tiles > 1 ? cut.large_tiles : (count <= Policy::tiny_entries ? cut.tiny : cut.small);
      kind.push_back(static_cast<std::uint32_t>(cut.tiles.size()));
      cut.tiles.push_back({segment, first, count, tiles > 1 ? large : no_number});
    }
    cut.first_tile.push_back(static_cast<std::uint32_t>(cut.tiles.size()));
  }
  cut.by_unit.resize(cut.tiles.size());
  std::iota(cut.by_unit.begin(), cut.by_unit.end(), 0U);
  // The middle of the tile as a share of its segment, in 2^32.
  const auto place = [&](std::uint32_t tile) {
    const rank_tile& it = cut.tiles[tile];
    const std::uint64_t begin = first_entry[it.segment];
    const std::uint64_t middle = it.first_entry - begin + it.entry_count / 2;
    return (middle << 32) / (first_entry[it.segment + 1] - begin);
  };
  std::sort(cut.by_unit.begin(), cut.by_unit.end(),
            [&](std::uint32_t a, std::uint32_t b) { return std::pair(place(a), a) < std::pair(place(b), b); });
  return cut;
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
