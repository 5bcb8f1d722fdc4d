// Inputs and outputs of the rank pass on the device: views of the (instrument, side)-major entries and of their cut.
#pragma once

#include <cstdint>

#include "kernels/device/runtime.hpp"
#include "kernels/rules/ladder.hpp"
#include "plimsoll/config.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

inline constexpr std::uint32_t no_number = 0xffff'ffffU;

/// A run of entries of one segment that one block works on.
struct rank_tile {
  std::uint32_t segment = 0;
  std::uint32_t first_entry = 0;
  std::uint32_t entry_count = 0;
  std::uint32_t large = no_number;  ///< Number of its segment among the large ones (more than one tile).
};

/// The tiles of a segment too long for one of them.
struct large_segment {
  std::uint32_t segment = 0;
  std::uint32_t first_tile = 0;
  std::uint32_t tile_count = 0;
};

/// The resident entries, segment after segment, by position within, and how they are cut.
struct entries_view {
  device_view<const std::uint32_t> unit;
  device_view<const std::int64_t> lots;  ///< Signed.
  device_view<const std::int64_t> cost;
  device_view<const double> given;  ///< Only where the score is `given`.
  device_view<const std::uint32_t> position;
  device_view<const std::uint32_t> first_entry;  ///< Per segment, and one more.
  device_view<const std::uint32_t> first_tile;   ///< Per segment, and one more.
  device_view<const rank_tile> tiles;
  device_view<const std::uint32_t> by_unit;      ///< Tiles in the order of scoring; empty: as in `tiles`.
  device_view<const std::uint32_t> tiny;         ///< Tiles that are their whole segment, and few entries.
  device_view<const std::uint32_t> small;        ///< Other tiles that are their whole segment.
  device_view<const std::uint32_t> large_tiles;  ///< All other tiles.
  device_view<const large_segment> large;
};

/// The inputs of scores beyond an instrument's rate: one per instrument, the same at each tick.
struct score_row {
  double whole_unit = 1;  ///< 10^digits of the settlement asset.
  double size_step = 1;
  std::uint32_t inverse = 0;
  std::uint32_t unused = 0;
};

/// Written by score_entries. Totals must hold zeros before.
struct keys_view {
  device_view<std::uint64_t> keys;    ///< Per entry: ladder key, or off_ladder.
  device_view<std::uint64_t> totals;  ///< Per segment: lots on the ladder.
};

/// The places that are searched in a ladder: those at which the lights change, and the one at which a cover's demand is
/// met.
inline constexpr std::uint32_t lights_places = 4;
inline constexpr std::uint32_t cover_place = lights_places;
inline constexpr std::uint32_t places_max = lights_places + 1;

/// A place in ladder order (key descending, entry rising), found or a bound.
struct ladder_place {
  std::uint64_t key;
  std::uint32_t entry;
  std::uint32_t unused;
};
/// Every entry on the ladder is ahead of it, and no entry off the ladder.
[[nodiscard]] PLIMSOLL_HD constexpr ladder_place after_all() { return {1, 0, 0}; }
/// No entry is at it or ahead of it.
[[nodiscard]] PLIMSOLL_HD constexpr ladder_place before_all() { return {~std::uint64_t{0}, 0, 0}; }
static_assert(off_ladder < after_all().key, "Entries off the ladder are behind every place.");

[[nodiscard]] PLIMSOLL_HD constexpr bool at_or_ahead(std::uint64_t key, std::uint32_t entry,
                                                     const ladder_place& place) {
  return key > place.key || (key == place.key && entry <= place.entry);
}

/// One entry of a result.
struct placed_entry {
  std::uint32_t position;
  std::uint32_t unused;
  std::uint64_t key;
};

/// A demand in lots that requests the whole ladder, whatever its length.
inline constexpr std::uint64_t whole_ladder = ~std::uint64_t{0};

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
