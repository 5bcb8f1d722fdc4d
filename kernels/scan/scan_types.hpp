// Inputs and outputs of the margin pass on the device: views of the resident columns, of a tick's tables, of results.
// All of it is passed by value to kernels and owns nothing.
#pragma once

#include <cstdint>

#include "kernels/device/runtime.hpp"
#include "kernels/rules/ladder.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/narrow.hpp"
#include "kernels/rules/tiers.hpp"
#include "kernels/rules/value.hpp"
#include "plimsoll/config.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// An instrument at one tick. 88 bytes, so that rows of equal field lie in different banks of shared memory.
struct instrument_row {
  // The figures that most positions need: a factor without division, and the first band, whose amount is 0.
  std::int64_t factor = 0;           ///< whole_factor of the rate: 0 where values must be divided.
  std::uint64_t first_below = 0;     ///< Notionals below it lie in the first band; 0 where more is to be done.
  std::uint32_t first_rate_ppm = 0;  ///< The first band's maintenance rate.
  std::uint16_t special = 0;         ///< 1 where more than a product and a band is to be done.
  std::uint8_t held = 0;             ///< 1 where the mark is stale.
  std::uint8_t tier_kind = 0;        ///< tiers_by_lots | tiers_whole; 0 for floors of notional and a continuous MM.
  // And the others.
  value_rate rate{};
  std::uint64_t second_floor = ~std::uint64_t{0};  ///< Keys below it lie in the first band.
  std::uint32_t first_band = 0;                    ///< Its bands in tick_view::bands; at least one if it is traded.
  std::uint32_t band_count = 0;
};
inline constexpr std::uint8_t tiers_by_lots = 1;
inline constexpr std::uint8_t tiers_whole = 2;
static_assert(sizeof(instrument_row) % 16 == 8, "Rows must not start at the same bank.");

/// Derives what most positions need from the rest of the row.
constexpr void set_common(instrument_row& row) {
  const bool by_lots = (row.tier_kind & tiers_by_lots) != 0;
  row.factor = whole_factor(row.rate);
  const bool plain = row.factor != 0 && row.held == 0;
  const std::uint64_t below = by_lots ? notional_of_lots(row.second_floor, magnitude(row.factor)) : row.second_floor;
  row.first_below = plain ? below : 0;
  row.special = plain && !by_lots ? 0 : 1;
}

/// An asset at one tick, in steps of the quote; only in `multi`.
struct asset_row {
  price_rate plain{};
  price_rate as_asset{};
  price_rate as_liability{};
  std::uint32_t held = 0;
  std::uint32_t unused = 0;
};

/// Consecutive units that one block sums together.
struct unit_tile {
  std::uint32_t first_unit = 0;
  std::uint32_t unit_count = 0;
};

/// The resident columns, unit-major, and how they are cut.
struct units_view {
  device_view<const std::uint16_t> instrument;        ///< Per position.
  device_view<const std::int64_t> lots;               ///< Per position.
  device_view<const std::uint32_t> first_position;    ///< Per unit, and one more.
  device_view<const std::int64_t> cash;               ///< Per unit.
  device_view<const std::int64_t> balance;            ///< Per unit; only where the score reads it.
  device_view<const std::uint8_t> cross;              ///< Per unit: 1 in a cross unit; only in `multi`.
  device_view<const std::uint32_t> first_collateral;  ///< Per unit, and one more; only in `multi`.
  device_view<const std::uint16_t> collateral_asset;
  device_view<const std::int64_t> collateral_amount;
  device_view<const unit_tile> tiles;           ///< All units but the long ones.
  device_view<const std::uint32_t> long_units;  ///< Units too long for a tile.
};

/// One tick's tables.
struct tick_view {
  device_view<const instrument_row> instruments;
  device_view<const tier_band> bands;
  device_view<const std::uint64_t> floors;  ///< Of the bands, side by side for the search.
  device_view<const asset_row> assets;      ///< Only in `multi`.
  quote_weights weights{};                  ///< Of cross units in `multi`.
  std::uint32_t call_ppm = 0;               ///< margin_call_at.
  std::uint32_t rate_ppm_max = 0;           ///< The highest initial rate of all bands.
  std::uint32_t bound_max = 0;              ///< bound_max_of that rate. With 0 every unit goes the wide way.
};

/// Counts of a pass. Sums and a minimum of integers, so the order in which blocks add to them has no effect.
struct scan_header {
  std::uint64_t counts[4];  ///< Units by state.
  std::uint64_t held;
  std::uint32_t over_limit;  ///< Lowest unit beyond 2^62, or ~0.
  std::uint32_t uncertain;   ///< Long units whose IM a lean pass could not prove to be within the limit.
  std::uint32_t flagged;     ///< Written by compact_flagged.
  std::uint32_t unused;
};

/// The outputs that a pass writes.
enum class scan_depth : std::uint8_t {
  lean,          ///< Verdicts and counts.
  score_inputs,  ///< The inputs of scores.
  publish,       ///< Verdicts, counts, score inputs and every figure.
};

/// The inputs of scores, per unit. `equity` is `off_ladder_equity` if the unit's positions are not on the ladder.
struct score_inputs_view {
  device_view<std::int64_t> equity;
  device_view<std::int64_t> maintenance;  ///< MM as reported; count 0 unless the score reads it.
  device_view<std::int64_t> balance;      ///< Wallet balance without pnl; count 0 unless the score reads it.
};

/// The views that a pass writes; those that its depth leaves out are empty.
struct scan_target {
  device_view<std::uint8_t> verdicts;
  score_inputs_view score_inputs;
  device_view<std::int64_t> equity;
  device_view<std::int64_t> margin_equity;
  device_view<uint128> maintenance_ppm;
  device_view<uint128> initial_ppm;
  scan_header* header = nullptr;
};

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
