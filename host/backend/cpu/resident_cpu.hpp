// The CPU backend's form of a book: tiles of units, band tables for a branchless search, columns of entries.
#pragma once

#include <cstdint>
#include <vector>

#include "host/book/book.hpp"
#include "host/memory/huge_buffer.hpp"
#include "kernels/rules/narrow.hpp"
#include "kernels/rules/tiers.hpp"

namespace plimsoll {

/// A run of consecutive units that one task evaluates with its sums in L1.
struct unit_tile {
  std::uint32_t first_unit = 0;
  std::uint32_t last_unit = 0;      ///< One past the end.
  std::uint32_t positions_max = 0;  ///< Most positions of any of its units.
};

/// Most positions (unless a single unit has more) and units of a tile.
inline constexpr std::uint32_t tile_positions = 256;
inline constexpr std::uint32_t tile_units = 256;

/// A band without its floor, in 16 bytes: the inputs of a requirement once the band is known.
struct band_term {
  std::uint64_t amount_low = 0;
  std::uint32_t amount_high = 0;  ///< An amount is below 2^86: a floor of 2^62 times a rate of 2^24.
  std::uint32_t maintenance_ppm = 0;

  [[nodiscard]] static band_term of(const tier_band& band) {
    return {static_cast<std::uint64_t>(band.amount), static_cast<std::uint32_t>(band.amount >> 64),
            band.maintenance_ppm};
  }
  [[nodiscard]] uint128 amount() const { return static_cast<uint128>(amount_high) << 64 | amount_low; }
  [[nodiscard]] tier_band with_initial(std::uint32_t initial_ppm) const {
    return {0, maintenance_ppm, initial_ppm, amount()};
  }
};

/// A band for sums in words: see split_maintenance.
struct narrow_band {
  std::uint64_t rates = 0;  ///< In ppm: MM in the low half, IM in the high one.
  std::uint64_t amount_low = 0;
  std::uint64_t amount_high = 0;

  [[nodiscard]] static narrow_band of(const tier_band& band) {
    const split_maintenance taken = split_in(0, 0, band.amount);
    return {static_cast<std::uint64_t>(band.initial_ppm) << 32 | band.maintenance_ppm,
            std::uint64_t{0} - static_cast<std::uint64_t>(taken.low),
            std::uint64_t{0} - static_cast<std::uint64_t>(taken.high)};
  }
};

/// With more than one band a table has at least so many, padding included: a vector of floors.
inline constexpr std::uint32_t least_bands = 8;

/// Every used tier table, padded to the same number of bands, so that each search takes the same steps. That is a power
/// of two: 1, or at least `least_bands`.
struct band_tables {
  std::uint32_t padded_count = 1;
  huge_buffer<std::uint64_t> floors;  ///< Floors of padding bands are above every notional.
  std::vector<band_term> terms;
  std::vector<std::uint32_t> initial_ppm;
  std::vector<narrow_band> narrow;
  std::vector<std::uint32_t> first_band;  ///< Per instrument: start of its table in all four.
  std::vector<std::uint8_t> by_lots;      ///< Per instrument: its floors count lots.
  std::vector<std::uint8_t> whole;        ///< Per instrument: its rates hold for the whole position.
  bool any_by_lots = false;
  std::uint32_t rate_ppm_max = 0;  ///< Highest initial rate of any table, hence the highest rate.

  /// Index into `terms` of the key's band (`tier_key`, at most 2^62) in the table that starts at `first`. Its steps are
  /// not branches, because their direction cannot be predicted.
  [[nodiscard]] std::uint32_t band_at(std::uint32_t first, std::uint64_t key) const {
    std::uint32_t band = first;
    for (std::uint32_t half = padded_count / 2; half > 0; half /= 2) { band += floors[band + half] <= key ? half : 0; }
    return band;
  }
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
