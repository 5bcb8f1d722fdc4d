#include "host/backend/cpu/resident_cpu.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <utility>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

namespace plimsoll {
namespace {

void cut_tiles(const unit_columns& units, std::vector<unit_tile>& tiles) {
  tiles.clear();
  const auto count = static_cast<std::uint32_t>(units.size());
  const auto& first = units.first_position;
  for (std::uint32_t unit = 0; unit < count;) {
    unit_tile tile{unit, unit, 0};
    do {
      tile.positions_max = std::max(tile.positions_max, first[unit + 1] - first[unit]);
      ++unit;
    } while (unit < count && unit - tile.first_unit < tile_units &&
             first[unit + 1] - first[tile.first_unit] <= tile_positions);
    tile.last_unit = unit;
    tiles.push_back(tile);
  }
}

void make_band_tables(const reference_data& reference, band_tables& tables) {
  tables = {};
  std::uint32_t count_max = 1;
  for (const auto& it : reference.instruments) { count_max = std::max(count_max, it.band_count); }
  tables.padded_count = count_max == 1 ? 1 : std::max(least_bands, std::bit_ceil(count_max));
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> placed;
  std::vector<std::uint64_t> floors;
  for (const auto& it : reference.instruments) {
    const auto [place, fresh] =
        placed.try_emplace({it.first_band, it.band_count}, static_cast<std::uint32_t>(floors.size()));
    tables.first_band.push_back(place->second);
    tables.by_lots.push_back(it.tiers_by_lots ? 1 : 0);
    tables.whole.push_back(it.tiers_whole ? 1 : 0);
    tables.any_by_lots = tables.any_by_lots || it.tiers_by_lots;
    if (!fresh) { continue; }
    for (std::uint32_t band = 0; band < tables.padded_count; ++band) {
      tier_band padded;
      // A table without bands (spot) is never read, but its first band must exist.
      padded.floor = band == 0 ? 0 : std::numeric_limits<std::uint64_t>::max();
      if (band < it.band_count) { padded = reference.bands[it.first_band + band]; }
      floors.push_back(padded.floor);
      tables.terms.push_back(band_term::of(padded));
      tables.initial_ppm.push_back(padded.initial_ppm);
      tables.narrow.push_back(narrow_band::of(padded));
      tables.rate_ppm_max = std::max({tables.rate_ppm_max, padded.initial_ppm, padded.maintenance_ppm});
    }
  }
  tables.floors.reset(floors.size());
  std::copy(floors.begin(), floors.end(), tables.floors.data());
}

}  // namespace

void make_resident(const book& source, resident_cpu& out) {
  out.source = nullptr;  // Until memory for all of it is there.
  cut_tiles(source.units, out.tiles);
  make_band_tables(source.reference, out.tiers);
  const std::size_t entries = source.sides.position.size();
  const bool given = reads(source.reference.venue.adl_score, score_reads::given);
  out.entry_lots.reset(entries);
  out.entry_cost.reset(entries);
  out.entry_unit.reset(entries);
  out.entry_given.reset(given ? entries : 0);
  out.source = &source;
  try {
    tbb::parallel_for(tbb::blocked_range<std::uint32_t>(0, static_cast<std::uint32_t>(entries), 8192),
                      [&](const auto& range) {
                        for (std::uint32_t entry = range.begin(); entry != range.end(); ++entry) {
                          load_entry(out, entry);
                        }
                      });
  } catch (...) {
    out.source = nullptr;
    throw;
  }
}

void make_tiers(resident_cpu& out) {
  const book* const source = std::exchange(out.source, nullptr);
  make_band_tables(source->reference, out.tiers);
  out.source = source;
}

void make_tiles(resident_cpu& out) { cut_tiles(out.source->units, out.tiles); }

void load_entry(resident_cpu& out, std::uint32_t entry) {
  const position_columns& positions = out.source->positions;
  const std::uint32_t position = out.source->sides.position[entry];
  const bool vacant = position == no_id;
  out.entry_lots[entry] = vacant ? 0 : positions.lots[position];
  out.entry_cost[entry] = vacant ? 0 : positions.cost[position];
  out.entry_unit[entry] = vacant ? 0 : positions.unit[position];
  if (out.entry_given.size() != 0) { out.entry_given[entry] = vacant ? 0 : positions.given[position]; }
}

}  // namespace plimsoll
