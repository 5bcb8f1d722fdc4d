// The CPU backend's form of a book: tiles of units, band tables for a branchless search, columns of entries.
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

/// Most positions (unless a single unit has more) and units of a tile.
inline constexpr std::uint32_t tile_positions = 512;
inline constexpr std::uint32_t tile_units = 512;

/// A band without its floor, in 16 bytes: the inputs of a requirement once the band is known.
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

/// Every used tier table, padded to the same number of bands, so that each search takes the same steps. The number is a
/// power of two; 1, or at least 8, so that one vector compare covers it.
struct band_tables {
  std::uint32_t padded_count = 1;
  huge_buffer<std::uint64_t> floors;  ///< Floors of padding bands are above every notional.
  std::vector<band_term> terms;
  std::vector<std::uint32_t> initial_ppm;
  std::vector<std::uint32_t> first_band;  ///< Per instrument: start of its table in all three.
  std::vector<std::uint8_t> by_lots;      ///< Per instrument: its floors count lots.
  std::vector<std::uint8_t> whole;        ///< Per instrument: its rates hold for the whole position.
  bool any_by_lots = false;
  std::uint32_t rate_ppm_max = 0;  ///< Highest initial rate of any table, hence the highest rate.
};

/// The state that `load` makes. Entries are the positions in the order of book::sides.
struct resident_cpu {
  const book* source = nullptr;
  std::vector<unit_tile> tiles;
  band_tables tiers;
  huge_buffer<std::int64_t> entry_lots;
  huge_buffer<std::int64_t> entry_cost;
  huge_buffer<std::uint32_t> entry_unit;
  huge_buffer<double> entry_given;  ///< Only if the score is `given`.
};

/// Makes it; runs on the calling arena's threads. Throws std::bad_alloc.
void make_resident(const book& source, resident_cpu& out);

/// Rebuilds the band tables after the book's tiers changed. Throws std::bad_alloc; no book is resident then.
void make_tiers(resident_cpu& out);

/// Rebuilds the tiles after rows have grown or shrunk.
void make_tiles(resident_cpu& out);

/// Copies an entry of book::sides again.
void load_entry(resident_cpu& out, std::uint32_t entry);

}  // namespace plimsoll
