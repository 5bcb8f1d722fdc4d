#include "host/report/stress_page.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/report/fork_page.hpp"
#include "host/report/notes.hpp"
#include "host/report/page/axes.hpp"
#include "host/report/page/figure_text.hpp"
#include "host/report/stress_tables.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll {

namespace {

constexpr std::size_t assets_max = 30;    // In the menus.
constexpr std::size_t funds_in_half = 7;  // Columns of a heat map that fit half a page.

class stress_pager {
 public:
  stress_pager(const stress_grid& from, const page_json& summary)
      : from_(from), summary_(summary), places_(shown_places(from.reference, outcomes(), assets_max)) {}

  report_page page() const {
    report_page out;
    out.title = "Stress of " + summary_.at("venue").get<std::string>();
    out.subtitle =
        fmt::format("{} against {} of the insurance fund, a fork of the book each{}; rulebook {}. No probabilities.",
                    counted(from_.shocks.size(), "shock"), counted(from_.funds.size(), "size"),
                    from_.by_beta ? ", shocks by beta" : "", summary_.at("rulebook").get<std::string>());
    for (const char* name : {"accounts", "positions"}) {
      out.facts.emplace_back(name, count_text(summary_.at(name).get<std::uint64_t>()));
    }
    add_inputs(out.facts, summary_);
    out.notes = note_texts(summary_);
    out.run = fork_run_facts(summary_.at("run"));
    if (places_.empty()) {
      out.sections = {section_without_contracts()};
      return out;
    }
    out.facts.emplace_back("cards in", money_at(places_.front()).name);
    out.tiles = tiles();
    out.sections = {adequacy_section(), cells_section()};
    return out;
  }

 private:
  [[nodiscard]] std::vector<const fork_outcome*> outcomes() const {
    std::vector<const fork_outcome*> out;
    for (const stress_cell& cell : from_.cells) { out.push_back(&cell.outcome); }
    return out;
  }
  [[nodiscard]] const fork_figures& figures(std::size_t shock, std::size_t fund, std::size_t place) const {
    return from_.at(shock, fund).outcome.assets[place];
  }
  [[nodiscard]] const asset& money_at(std::size_t place) const {
    return from_.reference.assets[from_.cells.front().outcome.assets[place].asset];
  }

  /// Content of a cell: a value for its colour, and its exact text.
  struct cell_figure {
    double value;
    std::string text;
  };
  static cell_figure money_cell(int128 steps, const asset& in) {
    return {to_double({steps, in.digits}), grouped_number(format_units(steps, in.digits)) + " " + label_text(in.name)};
  }

  /// "0.25 x rulebook" in two lines, "1000000" as "1M".
  static std::string fund_label(const std::string& text) {
    const std::size_t times = text.find(" x ");
    if (times != std::string::npos) {
      return label_text(text.substr(0, times + 2)) + "<br>" + label_text(text.substr(times + 3));
    }
    decimal value;
    return parse_decimal(text, value) == decimal_fault::none ? rough_number(to_double(value)) : label_text(text);
  }

  /// Without data if every cell is 0.
  page_chart heat_map(std::size_t place, std::string id, const char* title, std::string reading,
                      const std::function<cell_figure(const fork_figures&)>& of) const {
    page_chart out;
    out.id = std::move(id);
    out.title = fmt::format("{}, {}.", title, money_at(place).name);
    out.reading = std::move(reading);
    page_json funds = page_json::array(), shocks = page_json::array(), colours = page_json::array(),
              texts = page_json::array(), hovers = page_json::array();
    std::vector<std::vector<cell_figure>> cells;
    double least = 0;
    for (std::size_t shock = 0; shock < from_.shocks.size(); ++shock) {
      cells.emplace_back();
      for (std::size_t fund = 0; fund < from_.funds.size(); ++fund) {
        cells.back().push_back(of(figures(shock, fund, place)));
        const double value = cells.back().back().value;
        if (value > 0 && (least == 0 || value < least)) { least = value; }
      }
    }
    if (least == 0) { return out; }
    page_json labels = page_json::array();
    for (const fund_size& fund : from_.funds) {
      funds.push_back(label_text(fund.text));
      labels.push_back(fund_label(fund.text));
    }
    for (std::size_t shock = from_.shocks.size(); shock-- > 0;) {  // The first shock is on top.
      shocks.push_back(label_text(from_.shocks[shock].text));
      page_json row = page_json::array(), words = page_json::array(), hover = page_json::array();
      for (std::size_t fund = 0; fund < from_.funds.size(); ++fund) {
        const cell_figure& cell = cells[shock][fund];
        row.push_back(cell.value > 0 ? std::log10(cell.value / least) + 0.5
                                     : 0.0);  // Colour by decades; zero is white.
        words.push_back(rough_number(cell.value));
        hover.push_back(fmt::format("shock {}<br>fund {}<br>{}", shocks.back().get<std::string>(),
                                    funds[fund].get<std::string>(), cell.text));
      }
      colours.push_back(std::move(row));
      texts.push_back(std::move(words));
      hovers.push_back(std::move(hover));
    }
    page_json scale = page_json::array();
    for (const auto& [at, colour] : {std::pair{0.0, "#f7f8f9"},
                                     {0.08, "#e6eef5"},
                                     {0.4, "#bcd3e6"},
                                     {0.72, "#8fb6d6"},
                                     {0.78, "#2f6da1"},
                                     {1.0, "#1d4e7c"}}) {
      scale.push_back(page_json::array({at, colour}));
    }
    double most = 1;
    for (const page_json& row : colours) {
      for (const page_json& value : row) { most = std::max(most, value.get<double>()); }
    }
    out.data.push_back({{"type", "heatmap"},
                        {"x", funds},
                        {"y", shocks},
                        {"z", colours},
                        {"text", texts},
                        {"texttemplate", "%{text}"},
                        {"hovertext", hovers},
                        {"hoverinfo", "text"},
                        {"zmin", 0},
                        {"zmax", most},
                        {"colorscale", scale},
                        {"showscale", false},
                        {"xgap", 2},
                        {"ygap", 2}});
    out.layout = {{"xaxis", name_axis(funds)}, {"yaxis", name_axis(shocks)}};
    out.layout["xaxis"]["ticktext"] = labels;
    for (const char* axis : {"xaxis", "yaxis"}) { out.layout[axis]["showgrid"] = false; }
    out.layout["xaxis"]["title"] = {{"text", "opening fund"}};
    out.layout["yaxis"]["title"] = {{"text", "shock"}};
    out.height = 140 + 30 * static_cast<int>(std::max<std::size_t>(from_.shocks.size(), 3));
    out.wide = from_.funds.size() > funds_in_half;
    return out;
  }

  page_section adequacy_section() const {
    page_section out;
    out.id = "adequacy";
    out.title = "Fund adequacy";
    out.reading =
        "Each cell is one fork: the book under a shock, with a fund of that size in each asset, until the cascade "
        "ends. Coloured by decades. A winner is a position that ADL closes against a bankrupt one.";
    for (std::size_t k = 0; k < places_.size(); ++k) {
      std::string blank;
      for (page_chart& chart : maps_of(places_[k])) {
        if (chart.data.empty()) {
          blank += (blank.empty() ? "" : "; ") + chart.title.substr(0, chart.title.rfind(','));
          continue;
        }
        if (k != 0) { chart.id += fmt::format("-{}", k + 1); }
        chart.choice = money_at(places_[k]).name;
        out.charts.push_back(std::move(chart));
      }
      page_table table = adequacy_table(places_[k]);
      table.id = k == 0 ? std::string("smallest-fund") : fmt::format("smallest-fund-{}", k + 1);
      table.choice = money_at(places_[k]).name;
      if (!blank.empty()) { table.reading += " 0 in every cell, without a map: " + blank + "."; }
      out.tables.push_back(std::move(table));
    }
    return out;
  }

  std::vector<page_chart> maps_of(std::size_t place) const {
    const asset& in = money_at(place);
    return {
        heat_map(place, "needed", "Needed", "Losses that bankrupt units could not bear.",
                 [&](const fork_figures& of) { return money_cell(of.borne(), in); }),
        heat_map(place, "used", "Paid by the fund", "The part of them that the fund paid.",
                 [&](const fork_figures& of) { return money_cell(of.flows.fund_paid, in); }),
        heat_map(place, "adl", "Closed by ADL", "Value closed against winners, at bankruptcy prices.",
                 [&](const fork_figures& of) { return money_cell(of.flows.adl, in); }),
        heat_map(place, "socialised", "Socialised or unpaid", "Losses that neither the fund nor winners bore.",
                 [&](const fork_figures& of) { return money_cell(of.flows.socialised + of.flows.unpaid, in); }),
        heat_map(place, "touched", "Accounts touched", "Accounts that were deleveraged.", [](const fork_figures& of) {
          return cell_figure{static_cast<double>(of.spread.accounts), counted(of.spread.accounts, "account")};
        })};
  }

  page_table adequacy_table(std::size_t place) const {
    page_table out;
    out.title = fmt::format("Smallest adequate fund, {}.", money_at(place).name);
    out.reading =
        "The smallest of the tested funds that covers all losses, without ADL, socialised loss or unpaid loss.";
    out.columns = {{"shock"}, {"fund"}, {"opening", true}};
    for (std::size_t shock = 0; shock < from_.shocks.size(); ++shock) {
      const std::size_t fund = from_.smallest_adequate(shock, place);
      const bool none = fund == stress_grid::no_fund;
      out.rows.push_back(
          {from_.shocks[shock].text, none ? "none of these" : from_.funds[fund].text,
           none ? std::string()
                : format_units(from_.opening(fund, figures(shock, fund, place).asset), money_at(place).digits)});
    }
    out.rows_total = out.rows.size();
    return out;
  }

  [[nodiscard]] std::vector<page_tile> tiles() const {
    const std::size_t place = places_.front();
    const asset& in = money_at(place);
    std::size_t adequate = 0, adequate_all = 0;
    int128 needed = 0;
    std::size_t worst = 0;
    for (std::size_t cell = 0; cell < from_.cells.size(); ++cell) {
      const std::vector<fork_figures>& assets = from_.cells[cell].outcome.assets;
      const fork_figures& of = assets[place];
      adequate += of.beyond_fund() ? 0U : 1U;
      adequate_all +=
          std::any_of(assets.begin(), assets.end(), [](const fork_figures& one) { return one.beyond_fund(); }) ? 0U
                                                                                                               : 1U;
      if (of.borne() > needed) {
        needed = of.borne();
        worst = cell / from_.funds.size();
      }
    }
    const auto adequate_tile = [&](std::string label, std::size_t cells, std::string detail) {
      return page_tile{std::move(label), fmt::format("{} of {}", cells, from_.cells.size()), std::move(detail),
                       cells == from_.cells.size() ? "good" : "warning"};
    };
    std::vector<page_tile> out{
        adequate_tile("adequate in " + in.name, adequate, "cells in which the fund covers all losses")};
    if (from_.cells.front().outcome.assets.size() > 1) {
      out.push_back(
          adequate_tile("adequate in every asset", adequate_all, "cells in which the funds cover all losses"));
    }
    out.push_back({"most needed", short_number(format_units(needed, in.digits)),
                   needed == 0 ? in.name : fmt::format("{}, shock {}", in.name, from_.shocks[worst].text),
                   needed != 0 ? "bad" : "good"});
    return out;
  }

  page_section cells_section() const {
    page_section out;
    out.id = "cells";
    out.title = "Cells";
    const std::size_t others = from_.cells.front().outcome.assets.size() - places_.size();
    if (others != 0) { out.reading = fmt::format("{} more are in the table stress.", counted(others, "asset")); }
    const auto tables = make_stress_tables(from_);
    for (std::size_t k = 0; k < places_.size(); ++k) {
      const std::string& name = money_at(places_[k]).name;
      page_table table = rows_of_asset(*tables.front().table, name, rows_shown);
      keep_columns(table, {"shock", "fund", "needed", "fund_used", "adl_haircut", "socialised", "unpaid", "adl",
                           "adequate", "accounts"});
      drop_zero_columns(table);
      table.id = k == 0 ? std::string("stress-table") : fmt::format("stress-table-{}", k + 1);
      table.title = fmt::format("Cells, {}.", name);
      table.reading = "Columns that are 0 in every row are omitted.";
      table.whole = "table stress";
      table.choice = name;
      out.tables.push_back(std::move(table));
    }
    return out;
  }

  const stress_grid& from_;
  const page_json& summary_;
  std::vector<std::size_t> places_;  ///< Indices into `fork_outcome::assets`, as shown_places.
};

}  // namespace

report_page make_stress_page(const stress_grid& from, const page_json& summary) {
  return stress_pager(from, summary).page();
}

}  // namespace plimsoll
