// Figures of single positions for executors and reports, by the same rules that the backends apply in bulk.
#include <numeric>
#include <utility>

#include <boost/multiprecision/cpp_int.hpp>

#include "host/engine/scan.hpp"
#include "kernels/rules/liquidation.hpp"
#include "kernels/rules/split.hpp"

namespace plimsoll {

position_figures figures_of(const book& source, const tick_prices& prices, std::uint32_t position) {
  const std::uint16_t instrument_id = source.positions.instrument[position];
  position_figures figures;
  const std::int64_t lots = source.positions.lots[position];
  figures.value = value_of({lots}, prices.rates[instrument_id]).raw;
  figures.pnl = figures.value - source.positions.cost[position];
  figures.notional = magnitude(figures.value);
  figures.required = requirement_of(figures.notional, magnitude(lots), source.tiers_of(instrument_id));
  return figures;
}

std::int64_t maintenance_of(const scan_result& scan, std::uint32_t unit) {
  return static_cast<std::int64_t>(ceil_ppm(scan.margin.units.maintenance_ppm[unit]));
}

std::int64_t top_up_of(const scan_result& scan, std::uint32_t unit) {
  return maintenance_of(scan, unit) - scan.margin.units.margin_equity[unit];
}

void allotment_scratch::reserve(std::size_t positions) {
  maintenance.reserve(positions);
  notional.reserve(positions);
  parts.reserve(positions);
}

std::vector<std::int64_t> allot_equity(const book& source, const tick_prices& prices, std::uint32_t unit,
                                       std::int64_t equity) {
  allotment_scratch scratch;
  static_cast<void>(allot_equity(source, prices, unit, equity, scratch));
  return std::move(scratch.parts);
}

std::span<const std::int64_t> allot_equity(const book& source, const tick_prices& prices, std::uint32_t unit,
                                           std::int64_t equity, allotment_scratch& scratch) {
  const std::uint32_t first = source.units.first_position[unit];
  const std::uint32_t count = source.units.first_position[unit + 1] - first;
  auto& [maintenance, notional, parts] = scratch;
  maintenance.resize(count);
  notional.resize(count);
  uint128 maintenance_sum = 0;
  uint128 notional_sum = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const position_figures figures = figures_of(source, prices, first + i);
    maintenance[i] = ceil_ppm(figures.required.maintenance_ppm);
    notional[i] = figures.notional;
    maintenance_sum += maintenance[i];
    notional_sum += notional[i];
  }
  if (maintenance_sum == 0) { maintenance.swap(notional); }
  uint128 weight_sum = maintenance_sum == 0 ? notional_sum : maintenance_sum;
  if (weight_sum == 0) {
    for (std::uint32_t i = 0; i < count; ++i) { maintenance[i] = source.positions.lots[first + i] != 0 ? 1 : 0; }
    weight_sum = std::accumulate(maintenance.begin(), maintenance.end(), uint128{0});
  }
  parts.assign(count, 0);
  if (weight_sum == 0) { return parts; }
  exact_split split(magnitude(equity), weight_sum);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto part = static_cast<std::int64_t>(split.next(maintenance[i]));
    parts[i] = equity < 0 ? -part : part;
  }
  return parts;
}

namespace {

/// Value of a unit's balances in other assets, in the quote, without and with haircut; zero unless `multi`.
struct collateral_worth {
  std::int64_t plain = 0;
  std::int64_t haircut = 0;
};
collateral_worth worth_of_collateral(const book& source, const tick_prices& prices, std::uint32_t unit) {
  collateral_worth worth;
  if (source.units.first_collateral.empty()) { return worth; }
  for (std::uint32_t i = source.units.first_collateral[unit]; i < source.units.first_collateral[unit + 1]; ++i) {
    const std::int64_t amount = source.collateral.amount[i];
    const asset_rates& rates = prices.assets[source.collateral.asset[i]];
    worth.plain += value_of({amount}, rates.plain).raw;
    worth.haircut += value_of({amount}, amount > 0 ? rates.as_asset : rates.as_liability).raw;
  }
  return worth;
}

}  // namespace

score_input score_input_of(const scan_result& scan, std::uint32_t position) {
  const book& source = *scan.source;
  const std::uint32_t unit = source.positions.unit[position];
  const instrument& it = source.reference.instruments[source.positions.instrument[position]];
  const position_figures figures = figures_of(source, scan.prices, position);
  score_input in;
  in.pnl = figures.pnl;
  in.cost = magnitude(source.positions.cost[position]);
  in.notional = figures.notional;
  in.lots = source.positions.lots[position];
  in.equity = scan.margin.units.equity[unit];
  if (reads(source.reference.venue.adl_score, score_reads::requirements)) {
    in.maintenance = maintenance_of(scan, unit);
    in.balance = source.units.balance[unit] + worth_of_collateral(source, scan.prices, unit).plain;
  }
  in.whole_unit = static_cast<double>(power_of_ten(source.reference.assets[source.asset_of(unit)].digits));
  in.size_step = to_double(it.size_step);
  in.inverse = it.kind == instrument_kind::inverse;
  in.below_zero = !in.inverse && source.marks[source.positions.instrument[position]].ticks < 0;
  if (!source.positions.given.empty()) { in.given = source.positions.given[position]; }
  return in;
}

price_ticks liquidation_price_of(const scan_result& scan, std::uint32_t position) {
  const book& source = *scan.source;
  const std::uint32_t unit = source.positions.unit[position];
  const std::uint16_t instrument_id = source.positions.instrument[position];
  liquidation_input in;
  in.contract = source.reference.instruments[instrument_id].rate;
  in.tiers = source.tiers_of(instrument_id);
  in.mark = {source.marks[instrument_id].ticks};
  in.weights = source.weights_of(unit);
  const collateral_worth others = worth_of_collateral(source, scan.prices, unit);
  in.base_margin = others.haircut;
  // Sums of the whole unit, less those of the positions in this instrument.
  in.maintenance_fixed_ppm = scan.margin.units.maintenance_ppm[unit];
  in.own_fixed = static_cast<int128>(scan.margin.units.equity[unit]) - others.plain;
  // A unit's positions are sorted by instrument, so those in one instrument are adjacent. There are at most two.
  std::uint32_t first = position;
  if (first > source.units.first_position[unit] && source.positions.instrument[first - 1] == instrument_id) { --first; }
  int moved = 0;
  for (std::uint32_t p = first;
       p < source.units.first_position[unit + 1] && source.positions.instrument[p] == instrument_id; ++p) {
    const position_figures figures = figures_of(source, scan.prices, p);
    in.lots[moved++] = source.positions.lots[p];
    in.own_fixed -= figures.value;
    in.maintenance_fixed_ppm -= figures.required.maintenance_ppm;
  }
  const bool below = static_cast<int128>(scan.margin.units.margin_equity[unit]) * limits::ppm <
                     static_cast<int128>(scan.margin.units.maintenance_ppm[unit]);
  if (liquidation_fits_int128(in)) { return liquidation_price<int128>(in, below); }
  return liquidation_price<boost::multiprecision::int512_t>(in, below);
}

}  // namespace plimsoll
