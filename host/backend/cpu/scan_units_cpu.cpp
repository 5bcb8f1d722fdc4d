#include "host/backend/cpu/scan_units_cpu.hpp"

#include <algorithm>
#include <limits>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include "host/backend/cpu/scan_tiles_cpu.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll {
namespace {

constexpr std::uint32_t task_tiles = 16;

void resize_figures(std::size_t units, bool publish, unit_figures& out) {
  const std::size_t published = publish ? units : 0;
  out.equity.resize(published);
  out.margin_equity.resize(published);
  out.maintenance_ppm.resize(published);
  out.initial_ppm.resize(published);
  out.verdicts.resize(units);
}

}  // namespace

void make_cache(const book& source, unit_cache& cache) {
  const std::size_t units = source.units.size();
  const std::size_t with_requirements = reads_requirements(source) ? units : 0;
  cache.ladder_equity.reset(units);
  cache.maintenance.reset(with_requirements);
  cache.balance.reset(with_requirements);
}

void prepare_tick_cpu(const resident_cpu& resident, const tick_prices& prices, tick_cpu& out) {
  out.rates = prices.rates;
  out.held = prices.held;
  out.assets = prices.assets;
  out.asset_held = prices.asset_held;
  out.any_held = std::find(out.held.begin(), out.held.end(), 1) != out.held.end();
  retier_tick_cpu(resident, out);
}

void retier_tick_cpu(const resident_cpu& resident, tick_cpu& tick) {
  const band_tables& tiers = resident.tiers;
  tick.instruments.resize(tick.rates.size());
  for (std::size_t i = 0; i < tick.rates.size(); ++i) {
    instrument_tick& it = tick.instruments[i];
    const std::uint32_t band = tiers.first_band[i];
    const bool special = tick.rates[i].den != 1 || tick.held[i] != 0;
    it.factor = whole_factor(tick.rates[i]);
    it.first_below = special || tiers.padded_count == 1 ? std::numeric_limits<std::uint64_t>::max()
                     : tiers.by_lots[i] != 0            ? 0
                                                        : tiers.floors[band + 1];
    it.first_rates = tiers.narrow[band].rates;
    it.first_band = band;
    it.special = special ? 1 : 0;
  }
}

void scan_units(const resident_cpu& resident, const tick_cpu& tick, bool publish, unit_cache& cache,
                std::vector<tile_summary>& tiles, margin_result& out) {
  resize_figures(resident.source->units.size(), publish, out.units);
  make_cache(*resident.source, cache);
  tiles.resize(resident.tiles.size());
  const auto count = static_cast<std::uint32_t>(resident.tiles.size());
  tbb::parallel_for(tbb::blocked_range<std::uint32_t>(0, count, task_tiles), [&](const auto& range) {
    scan_tiles(resident, tick, publish, cache, out.units, range.begin(), range.end(), tiles);
  });
  std::fill(std::begin(out.counts), std::end(out.counts), 0);
  out.held = 0;
  out.over_limit = no_id;
  for (const tile_summary& tile : tiles) {
    for (int state = 0; state < 4; ++state) { out.counts[state] += tile.counts[state]; }
    out.held += tile.held;
    out.over_limit = std::min(out.over_limit, tile.over_limit);
  }
}

void scan_equities(const resident_cpu& resident, const tick_cpu& tick, const huge_buffer<verdict>& verdicts,
                   unit_cache& cache) {
  make_cache(*resident.source, cache);
  const auto count = static_cast<std::uint32_t>(resident.tiles.size());
  tbb::parallel_for(tbb::blocked_range<std::uint32_t>(0, count, task_tiles), [&](const auto& range) {
    scan_tile_equities(resident, tick, verdicts.data(), cache.ladder_equity.data(), range.begin(), range.end());
  });
}

void compact_flagged(const resident_cpu& resident, std::vector<tile_summary>& tiles, margin_result& out) {
  out.flagged.resize(list_tiles(tiles, [](const tile_summary& tile) { return tile.flagged; }));
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, tiles.size(), 256), [&](const auto& range) {
    for (std::size_t t = range.begin(); t != range.end(); ++t) {
      if (tiles[t].flagged == 0) { continue; }
      std::uint32_t next = tiles[t].first_listed;
      const std::uint32_t last = next + tiles[t].flagged;
      for (std::uint32_t unit = resident.tiles[t].first_unit; next < last; ++unit) {
        if (out.units.verdicts[unit].flagged()) { out.flagged[next++] = unit; }
      }
    }
  });
}

}  // namespace plimsoll
