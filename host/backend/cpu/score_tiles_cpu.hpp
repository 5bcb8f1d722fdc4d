// Divides long ladders by units, so that scores find their inputs in the second-level cache.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "host/backend/cpu/resident_cpu.hpp"

namespace plimsoll {

/// A ladder's entries are sorted by unit, and each ladder spans the whole book. If one ladder is scored after the
/// other, nearly every entry waits for another cache line of equities. If all ladders are scored range of units by
/// range of units, each line is loaded once. The end of a range is a hint: entries that have moved since are scored
/// with a neighbouring range.
struct score_tiles {
  std::vector<std::uint32_t> segments;     ///< Ladders that are long enough to be divided; rising.
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

/// Sizes of tiles.
struct score_tile_sizes {
  std::uint32_t bytes = 512U << 10;  ///< Of the units' columns that a tile reads: a part of the second-level cache.
  std::uint32_t run_least = 64;      ///< Entries of a run, on average: shorter runs cost more than they save.
};

/// Runs on the calling arena's threads. Throws std::bad_alloc.
[[nodiscard]] score_tiles make_score_tiles(const resident_cpu& resident, const score_tile_sizes& sizes = {});

}  // namespace plimsoll
