// There are two paths through a tile, with one result. The fast one sums in 64 bits by running sums over the whole
// tile: a unit's sum is the difference of two of them, so no loop runs over a unit's few positions and no branch
// depends on their number. If the tile's own values do not prove that 64 bits suffice, or a unit is too long, the plain
// one sums in 128 bits.
#include "host/backend/cpu/scan_units_cpu.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include "host/backend/cpu/find_bands_cpu.hpp"
#include "host/backend/cpu/unit_sums_cpu.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll {
namespace {

/// The working set of a tile, in L1: values and bands of its positions, then the running sums before each position and
/// the last one. 64-bit sums wrap, but their differences are exact.
struct tile_sums {
  alignas(64) std::int64_t value[tile_positions];
  std::uint64_t notional[tile_positions];
  std::uint32_t table[tile_positions];
  std::uint32_t band[tile_positions];
  std::uint64_t key[tile_positions];      ///< Compared with floors, if some tables count lots.
  std::uint16_t special[tile_positions];  ///< Indices of positions that must be divided or are held.
  std::uint64_t value_before[tile_positions + 1];
  uint128 maintenance_before[tile_positions + 1];
  uint128 initial_before[tile_positions + 1];
  std::uint8_t unit_held[tile_units];
};

/// The inputs of every pass.
struct tile_context {
  const resident_cpu& resident;
  const tick_cpu& tick;

  [[nodiscard]] const book& source() const { return *resident.source; }
};

/// All data that a task of a margin pass reads and writes.
struct scan_context : tile_context {
  unit_cache& cache;
  unit_figures& figures;
  find_bands_function find_bands;
};

/// The columns that a pass writes, known at compile time.
template <bool Publish, bool Multi, bool Requirements>
struct pass_kind {
  static constexpr bool publish = Publish, multi = Multi, requirements = Requirements;
};

/// Computes equity, state and outputs of one unit from its sums. False: a figure is beyond the limits.
template <class Kind, bool Proven>
inline bool finish_unit(const scan_context& in, std::uint32_t unit, position_sums sums) {
  const book& source = in.source();
  int128 base_equity = 0;
  int128 base_margin = 0;
  bool admitted = true;
  quote_weights weights;
  if constexpr (Kind::multi) {
    weights = source.weights_of(unit);
    const collateral_worth worth = worth_of_collateral(in.resident, in.tick, unit);
    admitted = collateral_admitted(worth.sum);
    if (admitted) {
      base_equity = worth.sum.equity;
      base_margin = worth.sum.margin_equity;
    }
    sums.held = sums.held || worth.held;
  }
  // Proven sums are within 2^61, so that with cash they stay within 64 bits.
  using money = std::conditional_t<Proven, std::int64_t, int128>;
  const money own = source.units.cash[unit] + static_cast<money>(sums.value);
  const equity_pair wide =
      equity_of(own, static_cast<std::int64_t>(base_equity), static_cast<std::int64_t>(base_margin), weights);
  if constexpr (Proven && !Kind::multi) {
    admitted = money_admitted(own);  // The unit has no other balances.
  } else {
    admitted = admitted && money_admitted(wide.equity) && money_admitted(wide.margin_equity);
  }
  if constexpr (!Proven) {
    admitted = admitted && requirement_admitted(sums.maintenance_ppm) && requirement_admitted(sums.initial_ppm);
  }
  const auto equity = static_cast<std::int64_t>(wide.equity);
  const auto margin_equity = static_cast<std::int64_t>(wide.margin_equity);
  // A unit beyond the limits fails the tick. Its state does not matter, but computing it must not trap.
  const uint128 maintenance_ppm = admitted ? sums.maintenance_ppm : 0;
  const verdict found =
      make_verdict(classify(equity, margin_equity, maintenance_ppm, source.reference.venue.margin_call_ppm), sums.held);
  in.figures.verdicts[unit] = found;
  const unit_score_inputs score_inputs =
      score_inputs_of(found, equity, maintenance_ppm, source.units.balance[unit], base_equity);
  in.cache.ladder_equity[unit] = score_inputs.ladder_equity;
  if constexpr (Kind::publish) {
    in.figures.equity[unit] = equity;
    in.figures.margin_equity[unit] = margin_equity;
    in.figures.maintenance_ppm[unit] = sums.maintenance_ppm;
    in.figures.initial_ppm[unit] = sums.initial_ppm;
  }
  if constexpr (Kind::requirements) {
    in.cache.maintenance[unit] = score_inputs.maintenance;
    in.cache.balance[unit] = score_inputs.balance;
  }
  return admitted;
}

/// Evaluates units one by one, in 128 bits. Returns the lowest one beyond the limits, or no_id.
template <class Kind>
std::uint32_t scan_tile_plain(const scan_context& in, const unit_tile& tile) {
  const auto& first = in.source().units.first_position;
  std::uint32_t over_limit = no_id;
  for (std::uint32_t unit = tile.first_unit; unit < tile.last_unit; ++unit) {
    const bool admitted =
        finish_unit<Kind, false>(in, unit, sum_positions(in.resident, in.tick, first[unit], first[unit + 1]));
    if (!admitted && over_limit == no_id) { over_limit = unit; }
  }
  return over_limit;
}

/// Values of positions that need a division; sums.special lists `places` of them.
void divide_values(const value_rate* rates, const std::uint16_t* ids, const std::int64_t* lots, std::uint32_t places,
                   tile_sums& sums) {
  for (std::uint32_t k = 0; k < places; ++k) {
    const std::uint32_t i = sums.special[k];
    sums.value[i] = value_of({lots[i]}, rates[ids[i]]).raw;
  }
}

/// Marks the units of positions whose instrument is held.
void hold_units(const tile_context& in, const unit_tile& tile, std::uint32_t first, std::uint32_t places,
                tile_sums& sums) {
  const auto& positions = in.source().positions;
  std::fill_n(sums.unit_held, tile.last_unit - tile.first_unit, std::uint8_t{0});
  for (std::uint32_t k = 0; k < places; ++k) {
    const std::uint32_t position = first + sums.special[k];
    // A vacant slot does not hold its unit.
    if (in.tick.held[positions.instrument[position]] != 0 && positions.lots[position] != 0) {
      sums.unit_held[positions.unit[position] - tile.first_unit] = 1;
    }
  }
}

/// Values and tier tables of a tile's positions. Returns the bitwise or of the values' magnitudes, which bounds each.
std::uint64_t value_tile(const tile_context& in, const unit_tile& tile, std::uint32_t first, std::uint32_t count,
                         tile_sums& sums) {
  const std::uint16_t* ids = in.source().positions.instrument.data() + first;
  const std::int64_t* lots = in.source().positions.lots.data() + first;
  const instrument_tick* instruments = in.tick.instruments.data();
  std::uint32_t special_count = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const instrument_tick& it = instruments[ids[i]];
    sums.value[i] = lots[i] * it.factor;
    sums.table[i] = it.first_band;
    sums.special[special_count] = static_cast<std::uint16_t>(i);
    special_count += it.special;
  }
  divide_values(in.tick.rates.data(), ids, lots, special_count, sums);
  if (in.tick.any_held) { hold_units(in, tile, first, special_count, sums); }
  std::uint64_t any_bit = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    sums.notional[i] = magnitude(sums.value[i]);
    any_bit |= sums.notional[i];
  }
  return any_bit;
}

/// Keys to compare with floors: notionals, unless some tables count lots.
const std::uint64_t* keys_of(const tile_context& in, std::uint32_t first, std::uint32_t count, tile_sums& sums) {
  const band_tables& tiers = in.resident.tiers;
  if (!tiers.any_by_lots) { return sums.notional; }
  const position_columns& positions = in.source().positions;
  for (std::uint32_t i = 0; i < count; ++i) {
    sums.key[i] = tier_key(sums.notional[i], magnitude(positions.lots[first + i]),
                           tiers.by_lots[positions.instrument[first + i]] != 0);
  }
  return sums.key;
}

/// Running sums of values and requirements.
template <bool Publish>
void require_tile(const scan_context& in, std::uint32_t first, std::uint32_t count, tile_sums& sums) {
  const band_term* terms = in.resident.tiers.terms.data();
  const std::uint32_t* initial_ppm = in.resident.tiers.initial_ppm.data();
  in.find_bands(in.resident.tiers, keys_of(in, first, count, sums), sums.table, count, sums.band);
  std::uint64_t value = 0;
  uint128 maintenance = 0;
  uint128 initial = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t at = sums.band[i];
    const requirement required =
        requirement_in(sums.notional[i], terms[at].with_initial(Publish ? initial_ppm[at] : 0));
    sums.value_before[i] = value;
    sums.maintenance_before[i] = maintenance;
    value += static_cast<std::uint64_t>(sums.value[i]);
    maintenance += required.maintenance_ppm;
    if constexpr (Publish) {
      sums.initial_before[i] = initial;
      initial += required.initial_ppm;
    }
  }
  sums.value_before[count] = value;
  sums.maintenance_before[count] = maintenance;
  if constexpr (Publish) { sums.initial_before[count] = initial; }
}

/// True if 64 bits hold every sum of the tile, and no requirement is beyond the limits. `any_bit` bounds each value.
bool tile_proven(const tile_context& in, const unit_tile& tile, std::uint64_t any_bit) {
  // Values, and requirements of up to ten times as much, are at most 2^61; with cash (2^62) the sum fits 64 bits.
  const std::uint32_t rate_whole = (in.resident.tiers.rate_ppm_max + limits::ppm - 1) / limits::ppm;
  return std::bit_width(any_bit) + std::bit_width(tile.positions_max) + std::bit_width(rate_whole) <= 61;
}

/// Evaluates units by differences of running sums. Returns the lowest one beyond the limits, or no_id.
template <class Kind>
std::uint32_t scan_tile(const scan_context& in, const unit_tile& tile) {
  const std::uint32_t* first = in.source().units.first_position.data();
  const std::uint32_t begin = first[tile.first_unit];
  const std::uint32_t count = first[tile.last_unit] - begin;
  if (count > tile_positions) { return scan_tile_plain<Kind>(in, tile); }
  tile_sums sums;
  if (!tile_proven(in, tile, value_tile(in, tile, begin, count, sums))) { return scan_tile_plain<Kind>(in, tile); }
  require_tile<Kind::publish>(in, begin, count, sums);
  std::uint32_t over_limit = no_id;
  for (std::uint32_t unit = tile.first_unit; unit < tile.last_unit; ++unit) {
    const std::uint32_t low = first[unit] - begin;
    const std::uint32_t high = first[unit + 1] - begin;
    position_sums own;
    own.value = static_cast<std::int64_t>(sums.value_before[high] - sums.value_before[low]);
    own.maintenance_ppm = sums.maintenance_before[high] - sums.maintenance_before[low];
    if constexpr (Kind::publish) { own.initial_ppm = sums.initial_before[high] - sums.initial_before[low]; }
    own.held = in.tick.any_held && sums.unit_held[unit - tile.first_unit] != 0;
    const bool admitted = finish_unit<Kind, true>(in, unit, own);
    if (!admitted && over_limit == no_id) { over_limit = unit; }
  }
  return over_limit;
}

/// Computes only the equities of a tile's units.
void scan_tile_equities(const tile_context& in, const unit_tile& tile, const huge_buffer<verdict>& verdicts,
                        unit_cache& cache) {
  const std::uint32_t* first = in.source().units.first_position.data();
  const std::uint32_t begin = first[tile.first_unit];
  const std::uint32_t count = first[tile.last_unit] - begin;
  const auto keep = [&](std::uint32_t unit, int128 value) {
    cache.ladder_equity[unit] = ladder_equity_of(verdicts[unit], equity_of_unit(in.resident, in.tick, unit, value));
  };
  tile_sums sums;
  if (count > tile_positions || !tile_proven(in, tile, value_tile(in, tile, begin, count, sums))) {
    for (std::uint32_t unit = tile.first_unit; unit < tile.last_unit; ++unit) {
      keep(unit, sum_values(in.resident, in.tick, first[unit], first[unit + 1]));
    }
    return;
  }
  std::uint64_t value = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    sums.value_before[i] = value;
    value += static_cast<std::uint64_t>(sums.value[i]);
  }
  sums.value_before[count] = value;
  for (std::uint32_t unit = tile.first_unit; unit < tile.last_unit; ++unit) {
    keep(unit, static_cast<std::int64_t>(sums.value_before[first[unit + 1] - begin] -
                                         sums.value_before[first[unit] - begin]));
  }
}

/// How many of at most 255 verdicts have these bits. Counts in bytes, so that a vector holds many.
std::uint8_t count_equal(const verdict* verdicts, std::uint32_t count, std::uint8_t bits) {
  std::uint8_t equal = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    equal = static_cast<std::uint8_t>(equal + (verdicts[i].bits == bits ? 1 : 0));
  }
  return equal;
}

/// Counts of a tile from its verdicts.
tile_summary count_tile(const verdict* verdicts, std::uint32_t count) {
  tile_summary summary;
  for (std::uint32_t begin = 0; begin < count; begin += 255) {
    const std::uint32_t length = std::min(255U, count - begin);
    for (std::uint8_t bits = 0; bits < 8; ++bits) {
      const verdict kind{bits};
      const std::uint32_t equal = count_equal(verdicts + begin, length, bits);
      summary.counts[static_cast<int>(kind.state())] += equal;
      summary.held += kind.held() ? equal : 0;
      summary.flagged += kind.flagged() ? equal : 0;
    }
  }
  return summary;
}

template <class Kind>
void scan_tiles(const scan_context& in, std::vector<tile_summary>& tiles) {
  const auto count = static_cast<std::uint32_t>(in.resident.tiles.size());
  tbb::parallel_for(tbb::blocked_range<std::uint32_t>(0, count, 16), [&](const auto& range) {
    for (std::uint32_t t = range.begin(); t != range.end(); ++t) {
      const unit_tile& tile = in.resident.tiles[t];
      const std::uint32_t over_limit = scan_tile<Kind>(in, tile);
      tiles[t] = count_tile(in.figures.verdicts.data() + tile.first_unit, tile.last_unit - tile.first_unit);
      tiles[t].over_limit = over_limit;
    }
  });
}

template <bool Publish, bool Multi>
void scan_tiles(const scan_context& in, bool requirements, std::vector<tile_summary>& tiles) {
  return requirements ? scan_tiles<pass_kind<Publish, Multi, true>>(in, tiles)
                      : scan_tiles<pass_kind<Publish, Multi, false>>(in, tiles);
}

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
  out.instruments.resize(out.rates.size());
  for (std::size_t i = 0; i < out.rates.size(); ++i) {
    out.instruments[i] = {whole_factor(out.rates[i]), resident.tiers.first_band[i],
                          out.rates[i].den != 1 || out.held[i] != 0 ? 1U : 0U};
  }
}

void scan_units(const resident_cpu& resident, const tick_cpu& tick, bool publish, unit_cache& cache,
                std::vector<tile_summary>& tiles, margin_result& out) {
  const auto& venue = resident.source->reference.venue;
  const bool requirements = reads_requirements(*resident.source);
  resize_figures(resident.source->units.size(), publish, out.units);
  make_cache(*resident.source, cache);
  tiles.resize(resident.tiles.size());
  const scan_context in{{resident, tick}, cache, out.units, choose_find_bands(resident.tiers)};
  if (venue.collateral == collateral_mode::multi) {
    publish ? scan_tiles<true, true>(in, requirements, tiles) : scan_tiles<false, true>(in, requirements, tiles);
  } else {
    publish ? scan_tiles<true, false>(in, requirements, tiles) : scan_tiles<false, false>(in, requirements, tiles);
  }
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
  const tile_context in{resident, tick};
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, resident.tiles.size(), 16), [&](const auto& range) {
    for (std::size_t t = range.begin(); t != range.end(); ++t) {
      scan_tile_equities(in, resident.tiles[t], verdicts, cache);
    }
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
