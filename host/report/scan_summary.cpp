// summary.json of a scan.
#include <cstdio>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "host/report/held_table.hpp"
#include "host/report/notes.hpp"
#include "host/report/scan_tables.hpp"

namespace plimsoll {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t dust_listed_max = 100;

std::string hex(std::uint64_t x) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(x));
  return text;
}

/// Sums of one asset over its units; money may exceed 2^62 here.
struct asset_totals {
  std::uint64_t units = 0;
  int128 equity = 0;
  int128 equity_quote = 0;
  bool priced = true;  ///< Is the equity of every unit known in the quote?
  int128 margin_equity = 0;
  uint128 maintenance_ppm = 0;
  uint128 initial_ppm = 0;
  int128 deficit = 0;
  int128 cover_value = 0;
  int128 uncovered = 0;
};

std::map<std::uint32_t, asset_totals> sum_assets(const scan_report& report) {
  const scan_result& scan = report.scan();
  const book& source = *scan.source;
  const unit_figures& figures = scan.margin.units;
  std::map<std::uint32_t, asset_totals> totals;
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    asset_totals& of = totals[source.asset_of(unit)];
    ++of.units;
    of.equity += figures.equity[unit];
    const std::optional<int128> in_quote = report.in_quote(unit, figures.equity[unit]);
    of.equity_quote += in_quote.value_or(0);
    of.priced = of.priced && in_quote.has_value();
    of.margin_equity += figures.margin_equity[unit];
    of.maintenance_ppm += figures.maintenance_ppm[unit];
    of.initial_ppm += figures.initial_ppm[unit];
    of.deficit += deficit_of(figures.equity[unit]);
  }
  for (const cover_fill& fill : scan.cover) {
    totals[source.asset_of(source.positions.unit[fill.loser])].cover_value += static_cast<int128>(fill.value);
  }
  for (const bankrupt_position& loser : scan.bankrupt) {
    totals[source.asset_of(source.positions.unit[loser.position])].uncovered += loser.closing.uncovered;
  }
  return totals;
}

json assets_json(const scan_report& report) {
  json out = json::object();
  const int quote_digits = report.quote_digits();
  for (const auto& [id, totals] : sum_assets(report)) {
    const asset& it = report.scan().source->reference.assets[id];
    const auto money = [&](int128 steps) { return format_units(steps, it.digits); };
    out[it.name] = {{"units", totals.units},
                    {"equity", money(totals.equity)},
                    {"equity_quote", totals.priced ? json(format_units(totals.equity_quote, quote_digits)) : json()},
                    {"margin_equity", money(totals.margin_equity)},
                    {"maintenance", money(static_cast<int128>(ceil_ppm(totals.maintenance_ppm)))},
                    {"initial", money(static_cast<int128>(ceil_ppm(totals.initial_ppm)))},
                    {"deficit", money(totals.deficit)},
                    {"cover_value", money(totals.cover_value)},
                    {"uncovered", money(totals.uncovered)}};
  }
  return out;
}

/// Units that owe too little to be flagged: their number, names and amounts.
json dust_json(const scan_result& scan) {
  const book& source = *scan.source;
  json listed = json::array();
  for (const unit_record& one : scan.dust) {
    if (listed.size() == dust_listed_max) { break; }
    listed.push_back(
        {{"account", source.accounts[source.units.account[one.unit]]},
         {"unit", source.unit_name(source.units.code[one.unit])},
         {"deficit", format_units(deficit_of(one.equity), source.reference.assets[source.asset_of(one.unit)].digits)}});
  }
  return {{"units", scan.dust.size()}, {"first", listed}};
}

json cover_json(const scan_result& scan) {
  std::set<std::uint32_t> winners;
  for (const cover_fill& fill : scan.cover) { winners.insert(fill.winner); }
  json short_of = json::array();
  for (std::uint32_t s = 0; s < scan.segments.size(); ++s) {
    if (scan.segments[s].covered < scan.segments[s].demand) {
      short_of.push_back(scan.source->reference.instruments[s / 2].name + ":" +
                         to_string(static_cast<position_side>(s % 2)));
    }
  }
  return {{"positions_bankrupt", scan.bankrupt.size()},
          {"fills", scan.cover.size()},
          {"winners", winners.size()},
          {"short_of_winners", short_of}};
}

json run_json(const scan_result& scan, const run_facts& run) {
  json stages = json::array();
  for (const stage_time& stage : scan.times) {
    json one = {{"stage", stage.stage}, {"seconds", stage.seconds}};
    if (stage.bytes > 0) { one["bytes"] = stage.bytes; }
    stages.push_back(std::move(one));
  }
  const auto rows = static_cast<double>(scan.source->units.size() + scan.source->positions.size());
  json out = {{"version", PLIMSOLL_VERSION},
              {"backend", scan.backend_name},
              {"device", scan.backend_device},
              {"threads", run.threads},
              {"seconds_total", run.seconds_total},
              {"seconds_load_book", run.seconds_load_book},
              {"rows_per_second", run.seconds_total > 0 ? rows / run.seconds_total : 0.0},
              {"stages", std::move(stages)}};
  out["events"] = scan.events;
  return out;
}

/// Bankrupt units that only owe, of a venue that says of no debt that it is too small to act on.
note bare_debts(const scan_result& scan) {
  const book& source = *scan.source;
  if (!source.reference.venue.dust.empty()) { return {}; }
  const unit_record* first = nullptr;
  std::uint64_t count = 0;
  for (const unit_record& one : scan.flagged_records) {
    if (one.equity >= 0 || source.units.first_position[one.unit] != source.units.first_position[one.unit + 1]) {
      continue;
    }
    ++count;
    if (first == nullptr || one.unit < first->unit) { first = &one; }
  }
  if (count == 0) { return {}; }
  const asset& of = source.reference.assets[source.asset_of(first->unit)];
  return {
      fmt::format("{} bankrupt unit{} no position and only owe{} (first: {} of {}, {} {}): [margin] dust in venue.toml "
                  "says which debts are too small to act on",
                  count, count == 1 ? " holds" : "s hold", count == 1 ? "s" : "",
                  source.unit_name(source.units.code[first->unit]), source.accounts[source.units.account[first->unit]],
                  format_units(deficit_of(first->equity), of.digits), of.name),
      count};
}

}  // namespace

std::vector<note> scan_notes(const scan_result& scan) {
  const reference_data& reference = scan.source->reference;
  std::vector<note> out{{held_words(scan.held, scan.margin.held, reference), scan.held.size()},
                        {ahead_words(scan.ahead, reference), scan.ahead.instruments.size()},
                        bare_debts(scan)};
  std::erase_if(out, [](const note& one) { return one.text.empty(); });
  return out;
}

std::string scan_summary_json(const scan_report& report, const run_facts& run) {
  const scan_result& scan = report.scan();
  const book& source = *scan.source;
  json out;
  out["venue"] = source.reference.venue.name;
  out["quote"] = source.reference.venue.quote;
  out["collateral"] = to_string(source.reference.venue.collateral);
  out["accounts"] = source.accounts.size();
  out["units"] = source.units.size();
  out["positions"] = source.positions.size();
  out["instruments"] = source.reference.instruments.size();
  for (int state = 0; state < 4; ++state) {
    const bool bankrupt = static_cast<unit_state>(state) == unit_state::bankrupt;
    out["states"][to_string(static_cast<unit_state>(state))] =
        scan.margin.counts[state] - (bankrupt ? scan.dust.size() : 0);
  }
  out["dust"] = dust_json(scan);
  out["held"] = {{"units", scan.margin.held},
                 {"instruments", scan.held.size()},
                 {"markets", held_markets_json(scan.held, source.reference)}};
  out["assets"] = assets_json(report);
  out["cover"] = cover_json(scan);
  out["notes"] = notes_json(run.notes);
  out["digests"] = {{"tick", hex(scan.tick_digest)}, {"full", hex(scan.full_digest)}};
  out["run"] = run_json(scan, run);
  return out.dump(2) + "\n";
}

}  // namespace plimsoll
