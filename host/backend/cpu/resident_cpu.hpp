// A book as the CPU backend keeps it: tiles of units, band tables for a branchless search, entries side by side.
#pragma once

#include <cstdint>
#include <vector>

#include "host/book/book.hpp"
#include "host/memory/huge_buffer.hpp"
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

/// A band without its floor, in 16 bytes: what a requirement is computed from once the band is known.
struct band_term {
  std::uint64_t amount_low = 0;
  std::uint32_t amount_high = 0;  ///< An amount is below 2^86: a floor of 2^62 times a rate of 2^24.
  std::uint32_t maintenance_ppm = 0;

  [[nodiscard]] static band_term of(const tier_band& band) {
    return {static_cast<std::uint64_t>(band.amount), static_cast<std::uint32_t>(band.amount >> 64),
            band.maintenance_ppm};
  }
  [[nodiscard]] tier_band with_initial(std::uint32_t initial_ppm) const {
    return {0, maintenance_ppm, initial_ppm, static_cast<uint128>(amount_high) << 64 | amount_low};
  }
};

/// Every tier table in use, padded to the same number of bands, so that each search takes the same steps. A power of
/// two; 1, or at least 8, so that one vector compare covers it.
struct band_tables {
  std::uint32_t padded_count = 1;
  huge_buffer<std::uint64_t> floors;  ///< Padding bands have floors that no notional reaches.
  std::vector<band_term> terms;
  std::vector<std::uint32_t> initial_ppm;
  std::vector<std::uint32_t> first_band;  ///< Per instrument: where its table starts in all three.
  std::vector<std::uint8_t> by_lots;      ///< Per instrument: its floors count lots,
  std::vector<std::uint8_t> whole;        ///< its rates are those of the whole position.
  bool any_by_lots = false;
  std::uint32_t rate_ppm_max = 0;  ///< Highest initial (so highest) rate of any.
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

/// Makes the band tables anew: the book's tiers are others. Throws std::bad_alloc; nothing is resident then.
void make_tiers(resident_cpu& out);

/// Makes the tiles anew: rows have grown or shrunk.
void make_tiles(resident_cpu& out);

/// Takes an entry of book::sides anew.
void load_entry(resident_cpu& out, std::uint32_t entry);

}  // namespace plimsoll
