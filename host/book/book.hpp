// The book: everything that a scan reads, as columns of integers. The host's copy is authoritative; backends hold
// copies.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/book/name_table.hpp"
#include "host/book/system_row.hpp"
#include "host/text/decimal.hpp"
#include "host/venue/venue.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/tiers.hpp"
#include "kernels/rules/value.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// An asset, in which balances are held and contracts settle. Ids follow bytewise name order.
struct asset {
  std::string name;
  int digits = 8;                ///< The value step is 10^-digits.
  std::optional<decimal> price;  ///< In the quote, if `assets.price` gives it.
  std::uint32_t spot = no_id;    ///< The spot instrument whose mark prices it, if there is one.
  std::uint32_t asset_weight_ppm = 1'000'000;
  std::uint32_t liability_weight_ppm = 1'000'000;
};

/// An instrument. Ids follow bytewise name order.
struct instrument {
  std::string name;
  instrument_kind kind = instrument_kind::linear;
  std::uint32_t base = no_id;  ///< Asset id of the base; no_id for a contract whose base is only a label.
  std::string base_label{};    ///< The label, if the base is only one.
  std::uint32_t settle = no_id;
  decimal contract_size{1, 0};
  decimal price_step{1, 0};          ///< Marks are counted in this step.
  decimal size_step{1, 0};           ///< One lot. Spot has none.
  contract_rate rate{};              ///< Value of a lot and tick, in steps of `settle`.
  std::uint32_t tier_table = no_id;  ///< Index into book::tier_table_names.
  std::uint32_t first_band = 0;      ///< Bands of its tier table in steps of `settle`: a range of book::bands.
  std::uint32_t band_count = 0;
  bool tiers_by_lots = false;                ///< Floors count lots of this instrument; else they are notionals.
  bool tiers_whole = false;                  ///< The rates of a band hold for the whole position.
  std::optional<decimal> depth;              ///< Of the simulated market, if `depths` has it.
  std::optional<std::int64_t> half_life_ns;  ///< Of the simulated market; else the rulebook's.
};

/// The instrument's bands, among those of its reference data.
[[nodiscard]] inline tier_view tiers_in(const std::vector<tier_band>& bands, const instrument& it) {
  return {bands.data() + it.first_band, it.band_count, it.tiers_by_lots, it.tiers_whole};
}

/// The mark of one instrument in one tick.
struct mark {
  std::int64_t ticks = no_ticks;         ///< no_ticks: not given, which is allowed if no position needs it.
  std::optional<std::int64_t> as_of_ns;  ///< UTC nanoseconds since 1970.
  std::optional<decimal> index;
  std::optional<decimal> forward;
  std::optional<decimal> volatility;
};

[[nodiscard]] constexpr bool is_marked(std::int64_t ticks) { return ticks != no_ticks; }

/// The reason why an instrument cannot be marked, settled or traded at a price of that sign, as a predicate; else null.
[[nodiscard]] inline const char* fault_of_sign(const instrument& it, int128 price) {
  if (it.kind != instrument_kind::linear) { return price <= 0 ? "must be above zero" : nullptr; }
  if (price >= 0 || it.rate.below_zero) { return nullptr; }
  return "must not be below zero: [margin] negative_marks = true in venue.toml allows it for linear contracts";
}

/// A unit's name without the account: cross in an asset, or isolated in one instrument and side.
struct unit_code {
  std::uint32_t bits = 0;
  [[nodiscard]] static unit_code cross(std::uint32_t asset) { return {asset}; }
  [[nodiscard]] static unit_code isolated(std::uint32_t instrument, position_side side) {
    return {0x8000'0000U | (instrument << 1) | static_cast<std::uint32_t>(side)};
  }
  /// A slot without a unit. Only a book that grows in place has such slots.
  [[nodiscard]] static unit_code vacant() { return {0x7fff'ffffU}; }
  [[nodiscard]] bool is_vacant() const { return bits == 0x7fff'ffffU; }
  [[nodiscard]] bool is_isolated() const { return (bits & 0x8000'0000U) != 0; }
  [[nodiscard]] std::uint32_t asset() const { return bits; }                             ///< Of a cross unit.
  [[nodiscard]] std::uint32_t instrument() const { return (bits & 0x7fff'ffffU) >> 1; }  ///< Of an isolated unit.
  [[nodiscard]] position_side side() const { return static_cast<position_side>(bits & 1U); }
  friend bool operator==(unit_code, unit_code) = default;
};

/// Risk units in report order: by account, cross before isolated, unit name. Positions of unit u are
/// [first_position[u], first_position[u + 1]).
struct unit_columns {
  std::vector<std::uint32_t> account;
  std::vector<unit_code> code;
  std::vector<std::int64_t> balance;  ///< Wallet balance (multi: of the quote), or the isolated margin.
  std::vector<std::int64_t> cash;     ///< Balance minus the sum of costs: equity = cash + sum of values (+ bases).
  std::vector<std::uint32_t> first_position{0};
  /// Other assets' balances of a cross unit in `multi`: rows [first_collateral[u], first_collateral[u + 1]). In
  /// `single` the column is empty: it does not even have the leading 0.
  std::vector<std::uint32_t> first_collateral;
  /// Hash of the unit's tick_unit record in state margin call. Empty if no ticks are screened.
  std::vector<std::uint64_t> call_hash;
  /// By account: a unit near the account's first unit, for `units_of_account`. Empty if accounts are always searched.
  std::vector<std::uint32_t> near_account;
  [[nodiscard]] std::size_t size() const { return account.size(); }
};

/// Positions, unit-major: by unit, instrument, long before short.
struct position_columns {
  std::vector<std::uint16_t> instrument;
  std::vector<std::int64_t> lots;
  std::vector<std::int64_t> cost;
  std::vector<std::uint32_t> unit;
  std::vector<double> given;  ///< `adl_score`; empty unless the score is `given`.
  [[nodiscard]] std::size_t size() const { return lots.size(); }
};

/// Balances of the assets that are not the quote, in `multi`; addressed by unit_columns::first_collateral.
struct collateral_columns {
  std::vector<std::uint16_t> asset;
  std::vector<std::int64_t> amount;
};

/// The same positions, (instrument, side)-major: entries of segment 2 x instrument + side are
/// [first_entry[s], first_entry[s + 1]), each the index of a position, in rising order (so by account within).
struct side_columns {
  std::vector<std::uint32_t> first_entry{0};
  std::vector<std::uint32_t> position;
  std::vector<std::uint64_t> lots;      ///< Per segment: open interest.
  std::vector<std::uint64_t> lots_max;  ///< Per segment: largest |size|, which limits the marks that can be admitted.
  [[nodiscard]] std::size_t segments() const { return first_entry.size() - 1; }
};
[[nodiscard]] constexpr std::uint32_t segment_of(std::uint32_t instrument, position_side side) {
  return 2 * instrument + static_cast<std::uint32_t>(side);
}

/// Data that changes only if something is listed or a rule changes, not from tick to tick.
struct reference_data {
  venue_config venue;
  std::uint32_t quote = no_id;  ///< Asset id of the venue's quote.
  std::vector<asset> assets;
  std::vector<instrument> instruments;
  std::vector<std::string> tier_table_names;
  /// One range for each used (tier table, settlement asset), or for each instrument whose floors count lots.
  std::vector<tier_band> bands;

  /// The base of an instrument.
  [[nodiscard]] const std::string& base_of(const instrument& it) const {
    return it.base == no_id ? it.base_label : assets[it.base].name;
  }
};

/// A venue's whole book, built by `assemble_book`. Every invariant that its comments state holds. A book that grows in
/// place (`live_book`) has vacant slots between the others: units whose code is vacant, positions of size 0, entries
/// without a position.
struct book {
  reference_data reference;
  name_table accounts;  ///< Sorted bytewise; with vacant ids if the book grows in place.
  unit_columns units;
  position_columns positions;
  collateral_columns collateral;
  side_columns sides;
  std::vector<mark> marks;  ///< One per instrument.
  /// The opening holdings of the system's accounts. The ledger that opens on the book keeps them from then on, so a
  /// live book's columns have none.
  std::vector<system_row> system;

  [[nodiscard]] tier_view tiers_of(std::uint32_t instrument_id) const {
    const auto& it = reference.instruments[instrument_id];
    return tiers_in(reference.bands, it);
  }
  /// The asset in which a unit's money is counted.
  [[nodiscard]] std::uint32_t asset_of(std::uint32_t unit) const {
    if (reference.venue.collateral == collateral_mode::multi) { return reference.quote; }
    const unit_code code = units.code[unit];
    return code.is_isolated() ? reference.instruments[code.instrument()].settle : code.asset();
  }
  /// The haircuts that apply to a unit: the quote's for a cross unit in `multi`, none for other units.
  [[nodiscard]] quote_weights weights_of(std::uint32_t unit) const {
    if (reference.venue.collateral != collateral_mode::multi || units.code[unit].is_isolated()) { return {}; }
    const asset& quote = reference.assets[reference.quote];
    return {quote.asset_weight_ppm, quote.liability_weight_ppm};
  }
  /// "cross:USDT", "isolated:BTCUSDT:long".
  [[nodiscard]] std::string unit_name(unit_code code) const;
};

}  // namespace plimsoll
