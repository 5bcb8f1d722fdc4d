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
#include "host/report/page/figure_text.hpp"
#include "host/report/stress_tables.hpp"

namespace plimsoll {

namespace {

constexpr std::size_t rows_shown = 100;
constexpr std::size_t funds_in_half = 7;  // Columns of a heat map that fit half a page.

class stress_pager {
 public:
  stress_pager(const stress_grid& from, const page_json& summary)
      : from_(from), summary_(summary), place_(main_place(from.reference, outcomes())) {}

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
    if (outcomes().front()->assets.empty()) {
      out.sections = {section_without_contracts()};
      return out;
    }
    out.facts.emplace_back("money in", money().name);
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
  [[nodiscard]] const fork_figures& figures(std::size_t shock, std::size_t fund) const {
    return from_.at(shock, fund).outcome.assets[place_];
  }
  [[nodiscard]] const asset& money() const {
    return from_.reference.assets[from_.cells.front().outcome.assets[place_].asset];
  }
  [[nodiscard]] std::string money_text(int128 steps) const {
    return grouped_number(format_units(steps, money().digits));
  }

  /// What a cell shows: a value for its colour, and its exact text.
  struct cell_figure {
    double value;
    std::string text;
  };
  [[nodiscard]] cell_figure money_cell(int128 steps) const {
    return {to_double({steps, money().digits}), money_text(steps) + " " + label_text(money().name)};
  }

  page_chart heat_map(std::string id, std::string title, std::string reading,
                      const std::function<cell_figure(const fork_figures&)>& of) const {
    page_chart out;
    out.id = std::move(id);
    out.title = std::move(title);
    out.reading = std::move(reading);
    page_json funds = page_json::array(), shocks = page_json::array(), colours = page_json::array(),
              texts = page_json::array(), hovers = page_json::array();
    std::vector<std::vector<cell_figure>> cells;
    double least = 0;
    for (std::size_t shock = 0; shock < from_.shocks.size(); ++shock) {
      cells.emplace_back();
      for (std::size_t fund = 0; fund < from_.funds.size(); ++fund) {
        cells.back().push_back(of(figures(shock, fund)));
        const double value = cells.back().back().value;
        if (value > 0 && (least == 0 || value < least)) { least = value; }
      }
    }
    for (const fund_size& fund : from_.funds) { funds.push_back(label_text(fund.text)); }
    for (std::size_t shock = from_.shocks.size(); shock-- > 0;) {  // The first one on top.
      shocks.push_back(label_text(from_.shocks[shock].text));
      page_json row = page_json::array(), words = page_json::array(), hover = page_json::array();
      for (std::size_t fund = 0; fund < from_.funds.size(); ++fund) {
        const cell_figure& cell = cells[shock][fund];
        row.push_back(cell.value > 0 ? std::log10(cell.value / least) + 0.5
                                     : 0.0);  // Colour by decades; nothing is white.
        words.push_back(rough_number(cell.value));
        hover.push_back(fmt::format("shock {}<br>fund {}<br>{}", shocks.back().get<std::string>(),
                                    funds[fund].get<std::string>(), cell.text));
      }
      colours.push_back(std::move(row));
      texts.push_back(std::move(words));
      hovers.push_back(std::move(hover));
    }
    page_json scale = page_json::array();
    for (const auto& [at, colour] :
         {std::pair{0.0, "#f7f8f9"}, {0.08, "#e6eef5"}, {0.4, "#a9c6de"}, {0.7, "#5b8fbd"}, {1.0, "#1d4e7c"}}) {
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
    for (const char* axis : {"xaxis", "yaxis"}) { out.layout[axis]["showgrid"] = false; }
    out.layout["margin"] = {{"l", 60}, {"r", 18}, {"t", 34}, {"b", 44}};
    out.layout["xaxis"]["title"] = {{"text", "opening fund"}};
    out.layout["yaxis"]["title"] = {{"text", "shock"}};
    out.height = 130 + 30 * static_cast<int>(std::max<std::size_t>(from_.shocks.size(), 3));
    out.wide = from_.funds.size() > funds_in_half;
    return out;
  }

  page_section adequacy_section() const {
    page_section out;
    out.id = "adequacy";
    out.title = "Fund adequacy";
    out.reading = fmt::format(
        "Each cell is one fork: the book under a shock, with a fund of that size, until the cascade ends. Money in {}, "
        "coloured by decades.",
        money().name);
    out.charts = {
        heat_map("needed", "Needed.", "Losses that bankrupt units could not bear.",
                 [this](const fork_figures& of) { return money_cell(of.borne()); }),
        heat_map("used", "Paid by the fund.", "",
                 [this](const fork_figures& of) { return money_cell(of.flows.fund_paid); }),
        heat_map("adl", "Closed by ADL.", "Value of what was closed against winners, at bankruptcy prices.",
                 [this](const fork_figures& of) { return money_cell(of.flows.adl); }),
        heat_map("socialised", "Socialised or unpaid.", "What neither fund nor winners bore.",
                 [this](const fork_figures& of) { return money_cell(of.flows.socialised + of.flows.unpaid); }),
        heat_map("touched", "Accounts touched.", "Accounts that were deleveraged.", [](const fork_figures& of) {
          return cell_figure{static_cast<double>(of.spread.accounts), counted(of.spread.accounts, "account")};
        })};
    out.charts.back().wide = true;
    out.tables = {adequacy_table()};
    return out;
  }

  page_table adequacy_table() const {
    page_table out;
    out.id = "smallest-fund";
    out.title = fmt::format("Smallest adequate fund, {}.", money().name);
    out.reading =
        "The smallest of the funds tried at which nothing went beyond it: no ADL, nothing socialised, nothing unpaid.";
    out.columns = {{"shock"}, {"fund"}, {"opening", true}};
    for (std::size_t shock = 0; shock < from_.shocks.size(); ++shock) {
      const std::size_t fund = from_.smallest_adequate(shock, place_);
      const bool none = fund == stress_grid::no_fund;
      out.rows.push_back(
          {from_.shocks[shock].text, none ? "none of these" : from_.funds[fund].text,
           none ? std::string() : format_units(from_.opening(fund, figures(shock, fund).asset), money().digits)});
    }
    out.rows_total = out.rows.size();
    return out;
  }

  [[nodiscard]] std::vector<page_tile> tiles() const {
    std::size_t adequate = 0;
    int128 needed = 0;
    std::size_t worst = 0;
    for (std::size_t cell = 0; cell < from_.cells.size(); ++cell) {
      const fork_figures& of = from_.cells[cell].outcome.assets[place_];
      adequate += of.beyond_fund() ? 0U : 1U;
      if (of.borne() > needed) {
        needed = of.borne();
        worst = cell / from_.funds.size();
      }
    }
    return {{"adequate", fmt::format("{} of {}", adequate, from_.cells.size()),
             "cells in which nothing went beyond the fund", adequate == from_.cells.size() ? "good" : "warning"},
            {"most needed", short_number(format_units(needed, money().digits)),
             needed == 0 ? money().name : fmt::format("{}, shock {}", money().name, from_.shocks[worst].text),
             needed != 0 ? "bad" : "good"}};
  }

  page_section cells_section() const {
    page_section out;
    out.id = "cells";
    out.title = "Cells";
    out.reading = "The other assets stand in the table stress.";
    page_table table = rows_of_asset(*make_stress_tables(from_).front().table, money().name, rows_shown);
    keep_columns(table, {"shock", "fund", "needed", "fund_used", "adl_haircut", "socialised", "unpaid", "adl",
                         "adequate", "accounts"});
    drop_zero_columns(table);
    table.id = "stress-table";
    table.title = fmt::format("Cells, {}.", money().name);
    table.reading = "Columns that are 0 in every row are left out.";
    table.whole = "table stress";
    out.tables = {std::move(table)};
    return out;
  }

  const stress_grid& from_;
  const page_json& summary_;
  std::size_t place_;
};

}  // namespace

report_page make_stress_page(const stress_grid& from, const page_json& summary) {
  return stress_pager(from, summary).page();
}

}  // namespace plimsoll
