#include "host/report/scan_page.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/report/ladder_chart.hpp"
#include "host/report/notes.hpp"
#include "host/report/page/figure_text.hpp"
#include "host/report/page/histogram.hpp"
#include "host/report/scan_charts.hpp"
#include "host/report/scan_exposure.hpp"
#include "host/text/instant.hpp"

namespace plimsoll {

namespace {

constexpr std::size_t deficits_shown = 25;
constexpr std::size_t fills_shown = 25;
constexpr std::size_t ladders_shown = 4;
constexpr std::size_t next_shown = 25;
constexpr std::size_t assets_shown = 30;  // In the menus.

bool is_some(const std::string& number) { return number.find_first_of("123456789") != std::string::npos; }

/// Assets of units: the venue's own first, then those with a deficit, then the others, each group by number of units.
std::vector<std::uint32_t> asset_order(const page_json& summary, const reference_data& reference) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t id = 0; id < reference.assets.size(); ++id) {
    if (summary.at("assets").contains(reference.assets[id].name)) { out.push_back(id); }
  }
  const auto lacks = [&](std::uint32_t id) {
    return is_some(summary.at("assets").at(reference.assets[id].name).at("deficit").get<std::string>());
  };
  const auto units = [&](std::uint32_t id) {
    return summary.at("assets").at(reference.assets[id].name).at("units").get<std::uint64_t>();
  };
  std::stable_sort(out.begin(), out.end(), [&](std::uint32_t a, std::uint32_t b) {
    if ((a == reference.quote) != (b == reference.quote)) { return a == reference.quote; }
    if (lacks(a) != lacks(b)) { return lacks(a); }
    return units(a) > units(b);
  });
  return out;
}

page_table row_of_texts(std::string id, std::string title, std::vector<page_column> columns) {
  page_table out;
  out.id = std::move(id);
  out.title = std::move(title);
  out.columns = std::move(columns);
  return out;
}

/// The data that the parts of the page share.
class scan_pager {
 public:
  scan_pager(const scan_report& report, const page_json& summary)
      : report_(report),
        scan_(report.scan()),
        source_(*report.scan().source),
        summary_(summary),
        assets_(asset_order(summary, source_.reference)) {}

  report_page page() {
    report_page out;
    out.title = "Scan of " + summary_.at("venue").get<std::string>();
    out.subtitle = fmt::format("Margin of every risk unit, ADL ladders and cover; {} collateral in {}.",
                               summary_.at("collateral").get<std::string>(), quote());
    for (const char* name : {"accounts", "units", "positions", "instruments"}) {
      out.facts.emplace_back(name, count_text(summary_.at(name).get<std::uint64_t>()));
    }
    out.facts.emplace_back("tick digest", summary_.at("digests").at("tick").get<std::string>());
    out.facts.emplace_back("full digest", summary_.at("digests").at("full").get<std::string>());
    add_inputs(out.facts, summary_);
    if (scan_.as_of_ns) { out.facts.emplace_back("marks of", format_instant(*scan_.as_of_ns)); }
    out.notes = note_texts(summary_);
    out.run = run_facts();
    out.tiles = tiles();
    out.sections = {health_section(), deficit_section(), ladder_section(),       flagged_section(),
                    next_section(),   market_section(),  concentration_section()};
    return out;
  }

 private:
  [[nodiscard]] std::string quote() const { return summary_.at("quote").get<std::string>(); }
  [[nodiscard]] std::uint64_t state_count(const char* state) const {
    return summary_.at("states").at(state).get<std::uint64_t>();
  }
  [[nodiscard]] const std::string& asset_name(std::uint32_t id) const { return source_.reference.assets[id].name; }

  [[nodiscard]] std::span<const std::uint32_t> shown_assets() const {
    return std::span(assets_).first(std::min(assets_.size(), assets_shown));
  }

  [[nodiscard]] page_facts run_facts() const {
    const page_json& run = summary_.at("run");
    return {{"version", run.at("version").get<std::string>()},
            {"backend", run.at("backend").get<std::string>()},
            {"device", run.at("device").get<std::string>()},
            {"threads", std::to_string(run.at("threads").get<int>())},
            {"seconds", fmt::format("{:.3f}", run.at("seconds_total").get<double>())}};
  }

  [[nodiscard]] std::vector<page_tile> tiles() const {
    const std::uint64_t bankrupt = state_count("bankrupt");
    const std::uint64_t liquidatable = state_count("liquidatable");
    const std::uint64_t call = state_count("margin_call");
    const std::uint64_t held = summary_.at("held").at("units").get<std::uint64_t>();
    const page_json& cover = summary_.at("cover");
    std::vector<page_tile> out{
        {"healthy", count_text(state_count("healthy")), "units", "good"},
        {"margin call", count_text(call),
         fmt::format("below {} of maintenance", short_units(source_.reference.venue.margin_call_ppm, 6)),
         call != 0 ? "warning" : ""},
        {"liquidatable", count_text(liquidatable), "margin equity below maintenance",
         liquidatable != 0 ? "warning" : ""},
        {"bankrupt", count_text(bankrupt), "equity below zero", bankrupt != 0 ? "bad" : ""}};
    if (held != 0) { out.push_back({"held", count_text(held), "units with a stale mark", "warning"}); }
    if (!assets_.empty()) {
      const page_json& totals = summary_.at("assets").at(asset_name(assets_.front()));
      const std::string deficit = totals.at("deficit").get<std::string>();
      const auto lacking = std::count_if(assets_.begin() + 1, assets_.end(), [&](std::uint32_t id) {
        return is_some(summary_.at("assets").at(asset_name(id)).at("deficit").get<std::string>());
      });
      std::string detail = asset_name(assets_.front());
      if (lacking != 0) { detail += "; and in " + counted(static_cast<std::uint64_t>(lacking), "other asset"); }
      out.push_back({"deficit", short_number(deficit), detail, bankrupt != 0 ? "bad" : ""});
    }
    const char* winners = cover.at("winners").get<std::uint64_t>() == 1 ? "winner" : "winners";
    const std::size_t short_sides = cover.at("short_of_winners").size();
    out.push_back(
        {"cover", count_text(cover.at("winners").get<std::uint64_t>()),
         short_sides == 0
             ? fmt::format("{}, {}", winners, counted(cover.at("fills").get<std::uint64_t>(), "fill"))
             : fmt::format("{}; {} side{} more", winners, short_sides, short_sides == 1 ? " lacks" : "s lack"),
         short_sides != 0 ? "bad" : ""});
    return out;
  }

  // ------------------------------------------------------------------------------------------- states
  page_section health_section() {
    page_section out;
    out.id = "health";
    out.title = "Health";
    out.reading =
        "A unit is what is margined together: an account's cross bucket in one asset, or one isolated position. Its "
        "state is the worst one whose condition is true; equality counts as safe.";
    const auto& required = scan_.margin.units.maintenance_ppm;
    if (std::any_of(required.begin(), required.end(), [](uint128 ppm) { return ppm != 0; })) {
      out.charts.push_back(health_chart(scan_));
    }
    out.charts.push_back(states_chart(scan_));
    for (page_chart& chart : equity_charts(scan_, shown_assets())) { out.charts.push_back(std::move(chart)); }
    if (assets_.size() > assets_shown) {
      out.reading +=
          fmt::format(" The menu has {} of {} assets; the table below has all.", assets_shown, assets_.size());
    }
    out.tables = {asset_table()};
    return out;
  }

  page_table asset_table() const {
    constexpr std::array keys{"units",   "equity",  "equity_quote", "margin_equity", "maintenance",
                              "initial", "deficit", "cover_value",  "uncovered"};
    page_table out = row_of_texts("assets", "Totals per asset.", {{"asset"}});
    out.reading =
        "Sums over all units of the asset; equity_quote is the equity in the quote, blank without a price; the value "
        "of the cover is at bankruptcy prices, and uncovered is the part without a winner.";
    for (const char* key : keys) { out.columns.push_back({key, true}); }
    for (const std::uint32_t id : assets_) {
      const std::string& name = asset_name(id);
      std::vector<std::string>& row = out.rows.emplace_back(std::vector<std::string>{name});
      for (const char* key : keys) {
        const page_json& value = summary_.at("assets").at(name).at(key);
        row.push_back(value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump());
      }
    }
    out.rows_total = out.rows.size();
    return out;
  }

  // ----------------------------------------------------------------------------------------- deficits
  page_section deficit_section() {
    page_section out;
    out.id = "deficits";
    out.title = "Deficits and cover";
    out.reading =
        "Deficits of bankrupt units, their instruments, and whether the other side of the market could take the "
        "positions over at bankruptcy prices, before insurance fund and market.";
    if (!scan_.bankrupt.empty()) {
      out.charts = deficit_charts(scan_, shown_assets());
      out.charts.push_back(cover_chart(scan_));
    }
    out.tables = {deficit_table()};
    return out;
  }

  page_table deficit_table() const {
    std::vector<std::uint64_t> rows;
    for (std::size_t k = 0; k < scan_.flagged.size(); ++k) {
      if (deficit_of(equity_of_unit(scan_.flagged[k])) != 0) { rows.push_back(k); }
    }
    const std::size_t all = rows.size();
    std::map<std::uint32_t, std::size_t> place;
    for (std::size_t k = 0; k < assets_.size(); ++k) { place[assets_[k]] = k; }
    std::stable_sort(rows.begin(), rows.end(), [&](std::uint64_t a, std::uint64_t b) {
      const std::uint32_t left = scan_.flagged[a], right = scan_.flagged[b];
      const std::size_t left_asset = place[source_.asset_of(left)], right_asset = place[source_.asset_of(right)];
      return left_asset != right_asset ? left_asset < right_asset : equity_of_unit(left) < equity_of_unit(right);
    });
    rows.resize(std::min(rows.size(), deficits_shown));
    page_table out = chosen_rows(*table("flagged"), rows);
    keep_columns(out, {"account", "unit", "asset", "deficit", "maintenance", "health_factor", "top_up"});
    out.id = "largest-deficits";
    out.title = "Largest deficits.";
    out.reading = "Bankrupt units that are not held, by asset as in the totals, then by deficit.";
    out.rows_total = all;
    out.whole = "table flagged";
    return out;
  }

  [[nodiscard]] std::int64_t equity_of_unit(std::uint32_t unit) const { return scan_.margin.units.equity[unit]; }

  // ------------------------------------------------------------------------------------------ ladders
  page_section ladder_section() {
    page_section out;
    out.id = "ladders";
    out.title = "ADL ladders";
    out.reading =
        "A winner is a position that would be closed against a bankrupt one. On the sides with the largest demand: "
        "score against the share of the side's open interest that is above it on the ladder, up to three times the "
        "cover, which is shaded.";
    const std::vector<std::uint32_t> sides = demanded_sides(scan_);
    for (std::size_t k = 0; k < std::min(sides.size(), ladders_shown); ++k) {
      const segment_figures& of = scan_.segments[sides[k]];
      const instrument& it = source_.reference.instruments[sides[k] / 2];
      page_chart chart = ladder_chart(report_, sides[k], of.covered, "cover");
      chart.id = fmt::format("ladder-{}", k + 1);
      chart.reading = fmt::format("{}; of {} contracts in demand, {} are covered.",
                                  counted(of.positions, "position") + " on this side", contracts_text(it, of.demand),
                                  contracts_text(it, of.covered));
      out.charts.push_back(std::move(chart));
    }
    out.tables = {first_rows(*table("cover"), fills_shown)};
    page_table& cover = out.tables.front();
    cover.id = "cover";
    cover.title = "Cover.";
    cover.reading = "The winners that would take over each loser's contracts, at the loser's bankruptcy price.";
    cover.whole = "table cover";
    return out;
  }

  // ------------------------------------------------------------------------------------------- tables
  [[nodiscard]] std::unique_ptr<table_source> table(std::string_view name) const {
    for (named_table& one : make_scan_tables(report_, false)) {
      if (one.name == name) { return std::move(one.table); }
    }
    return nullptr;
  }

  page_section flagged_section() {
    page_section out;
    out.id = "flagged";
    out.title = "Flagged units";
    out.reading = "Liquidatable and bankrupt units that are not held, which the executor would handle, worst first.";
    out.tables = {first_rows(*table("flagged"), rows_shown)};
    keep_columns(out.tables.front(), {"account", "unit", "asset", "state", "equity", "margin_equity", "maintenance",
                                      "top_up", "health_factor", "deficit"});
    out.tables.front().id = "flagged-table";
    out.tables.front().title = "Flagged.";
    out.tables.front().whole = "table flagged";
    return out;
  }

  page_section next_section() {
    page_section out;
    out.id = "next";
    out.title = "Nearest to liquidation";
    out.reading =
        "Units that are not flagged, the lowest health factor first, with the mark at which each falls below "
        "maintenance if only this mark moves.";
    out.tables = {next_to_go(report_, next_shown)};
    return out;
  }

  page_section concentration_section() {
    page_section out;
    out.id = "concentration";
    out.title = "Concentration";
    out.reading = "The largest account of each side of a market and its share of the side's open interest.";
    out.tables = {largest_accounts(report_, rows_shown)};
    return out;
  }

  page_section market_section() {
    page_section out;
    out.id = "markets";
    out.title = "Markets";
    out.reading =
        "Per instrument: open interest (the larger side), contracts in demand from each side and covered there, and "
        "the deficit allotted to it in its settlement asset.";
    out.tables = {markets_table()};
    if (!scan_.held.empty()) {
      page_table held = first_rows(*table("held"), rows_shown);
      held.id = "held-markets";
      held.title = "Held markets.";
      held.reading = "Their marks are too old, so every unit with a position in them is held.";
      held.whole = "table held";
      out.tables.push_back(std::move(held));
    }
    return out;
  }

  /// Markets with demand first, the largest demand first, then held markets, then the rest.
  [[nodiscard]] page_table markets_table() const {
    const std::size_t all = source_.reference.instruments.size();
    std::vector<std::uint64_t> order;
    std::vector<bool> listed(all, false);
    const auto add = [&](std::uint32_t id) {
      if (!listed[id]) { order.push_back(id); }
      listed[id] = true;
    };
    for (const std::uint32_t side : demanded_sides(scan_)) { add(side / 2); }
    for (std::uint32_t id = 0; id < all; ++id) {
      if (scan_.prices.held[id] != 0) { add(id); }
    }
    for (std::uint32_t id = 0; id < all; ++id) { add(id); }
    const std::unique_ptr<table_source> source = table("markets");
    order.resize(std::min(order.size(), rows_shown));
    page_table out = chosen_rows(*source, order);
    out.id = "markets-table";
    out.title = "Markets.";
    out.reading = "The largest demand first.";
    out.rows_total = source->rows();
    out.whole = "table markets";
    return out;
  }

  const scan_report& report_;
  const scan_result& scan_;
  const book& source_;
  const page_json& summary_;
  std::vector<std::uint32_t> assets_;  ///< From asset_order.
};

}  // namespace

report_page make_scan_page(const scan_report& report, const page_json& summary) {
  return scan_pager(report, summary).page();
}

}  // namespace plimsoll
