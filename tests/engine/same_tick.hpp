// The result of a tick, compared with a batch scan of the same state.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "host/backend/backend.hpp"
#include "host/engine/scan.hpp"
#include "host/engine/tick_engine.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll::feed {

/// All of a tick's result that must not depend on its path, as text.
inline std::vector<std::string> lines_of(const tick_result& tick) {
  std::vector<std::string> lines;
  const auto add = [&](auto... parts) {
    std::string line;
    ((line += std::string(parts) + " "), ...);
    lines.push_back(std::move(line));
  };
  const auto text = [](auto number) { return std::to_string(number); };
  add("counts", text(tick.units), text(tick.counts[0]), text(tick.counts[1]), text(tick.counts[2]),
      text(tick.counts[3]), text(tick.held));
  for (const flagged_unit& one : tick.flagged) {
    add(one.account, one.unit, to_string(one.state), text(one.equity.raw), text(one.margin_equity.raw),
        text(one.maintenance.raw), text(one.deficit.raw));
  }
  for (const cover_line& one : tick.cover) {
    add(text(one.instrument), to_string(one.loser_side), one.loser, one.loser_unit, one.winner, one.winner_unit,
        text(one.lots.raw), text(one.price.raw), format_units(one.value.raw, 0));
  }
  for (const market_demand& one : tick.demand) {
    add("market", text(one.instrument), text(one.demand_long.raw), text(one.demand_short.raw), text(one.cover_long.raw),
        text(one.cover_short.raw), format_units(one.deficit.raw, 0));
  }
  for (const asset_total& one : tick.totals) {
    add("asset", text(one.asset), format_units(one.balances.raw, 0), format_units(one.deficit.raw, 0));
  }
  add("digest", text(tick.tick_digest));
  return lines;
}

/// The first line that differs, of both; blank if none does.
inline std::string difference(const std::vector<std::string>& got, const std::vector<std::string>& wanted) {
  for (std::size_t i = 0; i < std::max(got.size(), wanted.size()); ++i) {
    const std::string none = "nothing";
    const std::string& a = i < got.size() ? got[i] : none;
    const std::string& b = i < wanted.size() ? wanted[i] : none;
    if (a != b) { return "got " + a + "; wanted " + b; }
  }
  return "";
}

/// The same lines from a batch scan of a dense book.
inline std::vector<std::string> lines_of(const book& source, const scan_result& scan) {
  tick_result tick;
  tick.units = source.units.size();
  for (int state = 0; state < 4; ++state) { tick.counts[state] = scan.margin.counts[state]; }
  tick.held = scan.margin.held;
  tick.tick_digest = scan.tick_digest;
  std::vector<std::string> names(source.units.size());
  const auto name_of = [&](std::uint32_t unit) -> std::string_view {
    if (names[unit].empty()) { names[unit] = source.unit_name(source.units.code[unit]); }
    return names[unit];
  };
  const unit_figures& units = scan.margin.units;
  for (const std::uint32_t unit : scan.flagged) {
    tick.flagged.push_back({.account = source.accounts[source.units.account[unit]],
                            .unit = name_of(unit),
                            .asset = source.asset_of(unit),
                            .state = units.verdicts[unit].state(),
                            .equity = {units.equity[unit]},
                            .margin_equity = {units.margin_equity[unit]},
                            .maintenance = {maintenance_of(scan, unit)},
                            .health_ppm = std::nullopt,
                            .deficit = {deficit_of(units.equity[unit])}});
  }
  for (const cover_fill& fill : scan.cover) {
    const std::uint32_t loser = source.positions.unit[fill.loser];
    const std::uint32_t winner = source.positions.unit[fill.winner];
    tick.cover.push_back({source.positions.instrument[fill.loser],
                          side_of({source.positions.lots[fill.loser]}),
                          source.accounts[source.units.account[loser]],
                          name_of(loser),
                          source.accounts[source.units.account[winner]],
                          name_of(winner),
                          {fill.lots},
                          fill.price,
                          {static_cast<int128>(fill.value)}});
  }
  for (std::uint32_t i = 0; i < source.reference.instruments.size(); ++i) {
    const segment_figures& longs = scan.segments[segment_of(i, position_side::long_side)];
    const segment_figures& shorts = scan.segments[segment_of(i, position_side::short_side)];
    if (longs.demand == 0 && shorts.demand == 0) { continue; }
    const auto lots = [](std::uint64_t count) { return size_lots{static_cast<std::int64_t>(count)}; };
    tick.demand.push_back({i,
                           lots(longs.demand),
                           lots(shorts.demand),
                           lots(longs.covered),
                           lots(shorts.covered),
                           {static_cast<int128>(scan.instrument_deficit[i])}});
  }
  for (std::uint32_t a = 0; a < source.reference.assets.size(); ++a) { tick.totals.push_back({a, {}, {}}); }
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    tick.totals[source.asset_of(unit)].balances.raw += source.units.balance[unit];
    if (units.verdicts[unit].state() == unit_state::bankrupt) {
      tick.totals[source.asset_of(unit)].deficit.raw += deficit_of(units.equity[unit]);
    }
  }
  for (std::size_t row = 0; row < source.collateral.amount.size(); ++row) {
    tick.totals[source.collateral.asset[row]].balances.raw += source.collateral.amount[row];
  }
  return lines_of(tick);
}

}  // namespace plimsoll::feed
