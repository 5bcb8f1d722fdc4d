// The margin pass on a CPU: every unit's verdict (and figures, if published), and the ordered list of flagged units.
#pragma once

#include <cstdint>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/backend/cpu/resident_cpu.hpp"
#include "host/memory/huge_buffer.hpp"
#include "kernels/rules/ladder.hpp"
#include "kernels/rules/tiers.hpp"

namespace plimsoll {

/// The inputs of one instrument's positions in a tick, in 32 bytes.
struct alignas(32) instrument_tick {
  std::int64_t factor = 0;  ///< whole_factor of its rate; 0 if values must be divided.
  /// A position of a smaller notional is in the first band. 0 if floors count lots. The largest number if the
  /// instrument is special: its positions wait for their band anyway.
  std::uint64_t first_below = 0;
  std::uint64_t first_rates = 0;  ///< Of the first band in ppm: MM in the low half, IM in the high one.
  std::uint32_t first_band = 0;   ///< Into band_tables.
  std::uint32_t special = 0;      ///< 1 if den > 1 or the instrument is held, so that each position needs extra work.
};

/// A tick's prices, prepared for the loops. Owns its data, because a rank pass may follow later.
struct tick_cpu {
  std::vector<instrument_tick> instruments;
  std::vector<value_rate> rates;
  std::vector<std::uint8_t> held;
  bool any_held = false;  ///< Some instrument is held.
  std::vector<asset_rates> assets;
  std::vector<std::uint8_t> asset_held;
};

/// Prepares a tick. Instruments without positions may have empty rates.
void prepare_tick_cpu(const resident_cpu& resident, const tick_prices& prices, tick_cpu& out);

/// Prepares it again for other band tables.
void retier_tick_cpu(const resident_cpu& resident, tick_cpu& tick);

/// Results of a margin pass that the following rank pass reads.
struct unit_cache {
  huge_buffer<std::int64_t> ladder_equity;  ///< Equity, or off_ladder_equity.
  huge_buffer<std::int64_t> maintenance;    ///< Rounded up; only for scores that read requirements.
  huge_buffer<std::int64_t> balance;        ///< Without pnl; only for scores that read requirements.
};

/// The inputs of a unit's scores.
struct unit_score_inputs {
  std::int64_t ladder_equity = off_ladder_equity;
  std::int64_t maintenance = 0;
  std::int64_t balance = 0;
};

[[nodiscard]] inline std::int64_t ladder_equity_of(verdict outcome, std::int64_t equity) {
  return outcome.on_ladder() ? equity : off_ladder_equity;
}

/// Inputs from its state; `other_equity` is the value of other assets' balances.
[[nodiscard]] inline unit_score_inputs score_inputs_of(verdict outcome, std::int64_t equity, uint128 maintenance_ppm,
                                                       std::int64_t balance, int128 other_equity) {
  return {ladder_equity_of(outcome, equity), static_cast<std::int64_t>(ceil_ppm(maintenance_ppm)),
          static_cast<std::int64_t>(balance + other_equity)};
}

/// True if scores need more of a unit than its equity.
[[nodiscard]] inline bool reads_requirements(const book& source) {
  return reads(source.reference.venue.adl_score, score_reads::requirements);
}

/// Resizes the cache for every unit of the book. Throws std::bad_alloc.
void make_cache(const book& source, unit_cache& cache);

inline void keep_score_inputs(std::uint32_t unit, const unit_score_inputs& one, unit_cache& cache) {
  cache.ladder_equity[unit] = one.ladder_equity;
  if (cache.maintenance.size() == 0) { return; }
  cache.maintenance[unit] = one.maintenance;
  cache.balance[unit] = one.balance;
}

/// Counts of one tile, summed after the pass.
struct tile_summary {
  std::uint32_t counts[4] = {0, 0, 0, 0};
  std::uint32_t held = 0;
  std::uint32_t flagged = 0;
  std::uint32_t over_limit = no_id;
  std::uint32_t first_listed = 0;  ///< Number of listed units before the tile.
};

/// Computes where each tile's units begin in a list of the units that `count_of` counts. Returns the list's length.
template <class CountOf>
std::uint32_t list_tiles(std::vector<tile_summary>& tiles, const CountOf& count_of) {
  std::uint32_t listed = 0;
  for (tile_summary& tile : tiles) {
    tile.first_listed = listed;
    listed += count_of(tile);
  }
  return listed;
}

/// Evaluates every unit: verdicts, counts, over_limit and the cache; with `publish` the figures. `compact_flagged`
/// writes `out.flagged`. Runs on the calling arena's threads; the result does not depend on them.
void scan_units(const resident_cpu& resident, const tick_cpu& tick, bool publish, unit_cache& cache,
                std::vector<tile_summary>& tiles, margin_result& out);

/// The same for equities only, of units whose states are known. Scores other than `binance` need no more. Writes only
/// the cache.
void scan_equities(const resident_cpu& resident, const tick_cpu& tick, const huge_buffer<verdict>& verdicts,
                   unit_cache& cache);

/// Writes `out.flagged` in rising order from the verdicts and the tiles' counts.
void compact_flagged(const resident_cpu& resident, std::vector<tile_summary>& tiles, margin_result& out);

}  // namespace plimsoll
