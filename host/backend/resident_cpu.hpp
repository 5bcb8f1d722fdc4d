// A book as the CPU backend keeps it: tiles of units, band tables for a branchless search, entries side by side.
#pragma once

#include <cstdint>
#include <vector>

#include "host/backend/huge_buffer.hpp"
#include "host/book/book.hpp"
#include "kernels/rules/tiers.hpp"

namespace plimsoll {

/// A run of consecutive units that one task evaluates with its sums in L1.
struct unit_tile {
  std::uint32_t first_unit = 0;
  std::uint32_t last_unit = 0;      ///< One past the end.
  std::uint32_t positions_max = 0;  ///< Most positions of any of its units.
};

/// At most so many positions (unless a single unit holds more) and units a tile.
inline constexpr std::uint32_t tile_positions = 512;
inline constexpr std::uint32_t tile_units = 512;

/// Every tier table in use, padded to one power of two of bands, so that each search takes the same steps.
struct band_tables {
  std::uint32_t padded_count = 1;         ///< Bands of every table after padding: 2^steps.
  std::vector<std::uint64_t> floors;      ///< Padding bands have floors that no notional reaches.
  std::vector<tier_band> bands;           ///< The same, whole.
  std::vector<std::uint32_t> first_band;  ///< Per instrument: where its table starts in both.
  std::uint32_t rate_ppm_max = 0;         ///< Highest initial (so highest) rate of any.
};

/// The state that `load` makes. Entries are the positions in the order of book::sides.
struct resident_cpu {
  const book* source = nullptr;
  std::vector<unit_tile> tiles;
  band_tables tiers;
  huge_buffer<std::int64_t> entry_lots;
  huge_buffer<std::int64_t> entry_cost;
  huge_buffer<std::uint32_t> entry_unit;
  huge_buffer<double> entry_given;  ///< Only where the score is `given`.
};

/// Makes it; runs on the calling arena's threads. Throws std::bad_alloc.
void make_resident(const book& source, resident_cpu& out);

}  // namespace plimsoll
