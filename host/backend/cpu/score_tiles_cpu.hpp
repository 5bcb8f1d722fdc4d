// Long ladders cut by units, so that scores find what they read of units in the second-level cache.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "host/backend/cpu/resident_cpu.hpp"

namespace plimsoll {

/// A ladder's entries stand by rising units, each ladder's over the whole book: taken ladder by ladder, nearly every
/// entry waits for another line of its unit's equity. Taken range of units by range of units, the ladders one after the
/// other, each line comes once. Where a range ends is a hint: entries that have moved since are scored with a
/// neighbour's range.
struct score_tiles {
  std::vector<std::uint32_t> segments;     ///< Ladders long enough to be cut; rising.
  std::uint32_t tiles = 0;                 ///< Ranges of units.
  std::vector<std::uint32_t> first_entry;  ///< (tiles + 1) x segments, of book::sides.

  /// Entries of a long ladder in a tile.
  struct run {
    std::uint32_t first = 0;
    std::uint32_t last = 0;  ///< One past the end.
  };
  [[nodiscard]] bool has(std::uint32_t segment) const {
    return std::binary_search(segments.begin(), segments.end(), segment);
  }
  [[nodiscard]] run run_of(const side_columns& sides, std::uint32_t tile, std::size_t s) const;
};

/// How tiles are cut.
struct score_tile_sizes {
  std::uint32_t bytes = 512U << 10;  ///< Of the units' columns that a tile reads: a part of the second-level cache.
  std::uint32_t run_least = 64;      ///< Entries of a run, on average: shorter ones do not pay for their start.
};

/// Runs on the calling arena's threads. Throws std::bad_alloc.
[[nodiscard]] score_tiles make_score_tiles(const resident_cpu& resident, const score_tile_sizes& sizes = {});

}  // namespace plimsoll
