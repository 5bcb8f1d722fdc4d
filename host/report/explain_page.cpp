#include "host/report/explain_page.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/report/notes.hpp"
#include "host/report/page/figure_text.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll {

namespace {

constexpr std::size_t units_shown = 20;       // With their positions.
constexpr std::size_t positions_shown = 100;  // Of a unit.

std::string text_of(const page_json& value) {
  if (value.is_null()) { return {}; }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// One row per object, one column per key; columns from `numbers` on are numbers.
page_table table_of(std::string id, std::string title, const page_json& rows, const std::vector<const char*>& keys,
                    std::size_t numbers) {
  page_table out;
  out.id = std::move(id);
  out.title = std::move(title);
  for (std::size_t i = 0; i < keys.size(); ++i) { out.columns.push_back({keys[i], i >= numbers}); }
  for (const page_json& row : rows) {
    std::vector<std::string>& cells = out.rows.emplace_back();
    for (const char* key : keys) { cells.push_back(row.contains(key) ? text_of(row.at(key)) : std::string()); }
  }
  out.rows_total = out.rows.size();
  return out;
}

/// `positions`: those of a unit, at most as many as are shown.
void add_positions(page_section& out, const std::string& id, const page_json& positions, std::size_t all) {
  page_table money =
      table_of(id + "-positions", "Positions.", positions,
               {"instrument", "side", "size", "mark", "value", "cost", "pnl", "maintenance", "initial"}, 2);
  page_table prices = table_of(
      id + "-prices", "Prices and ladder places.", positions,
      {"instrument", "side", "bankruptcy_price", "liquidation_price", "distance", "score", "place", "lights"}, 2);
  for (page_column& column : prices.columns) {
    if (column.name == "distance") { column.name = "distance_%"; }
  }
  prices.reading =
      "Distance: from the mark to the liquidation price, if only this mark moves. Place: on the ADL ladder, where 1 "
      "is closed first. Lights: its fifth of the ladder by contracts, 5 at the top.";
  for (page_table* table : {&money, &prices}) {
    table->rows_total = all;
    table->whole = "explain --format json";
    out.tables.push_back(std::move(*table));
  }
}

/// A position for the tables of prices, with its place on the ladder taken from an inner object.
page_json with_place(page_json position) {
  const page_json& ladder = position.at("ladder");
  position["place"] = ladder.is_object() ? ladder.at("rank") : page_json();
  return position;
}

page_section unit_section(const page_json& unit, std::size_t place) {
  page_section out;
  const std::string id = fmt::format("unit-{}", place + 1);
  out.id = id;
  out.title = text_of(unit.at("unit"));
  out.reading =
      fmt::format("{}{}: {}. Money in {}.", spaced(text_of(unit.at("state"))),
                  unit.at("held").get<bool>() ? ", held" : "", text_of(unit.at("verdict")), text_of(unit.at("asset")));
  page_json shown = page_json::array();
  for (const page_json& position : unit.at("positions")) {
    if (shown.size() == positions_shown) { break; }
    shown.push_back(with_place(position));
  }
  add_positions(out, id, shown, unit.at("positions").size());
  for (const page_json& position : shown) {
    for (const char* key : {"covered_by", "would_take_over"}) {
      if (!position.contains(key) || position.at(key).empty()) { continue; }
      out.tables.push_back(
          table_of(fmt::format("{}-{}-{}", id, out.tables.size(), key[0] == 'c' ? "loses" : "wins"),
                   fmt::format("{} {} {}.", text_of(position.at("instrument")), text_of(position.at("side")),
                               key[0] == 'c' ? "would be closed against" : "would be deleveraged to close"),
                   position.at(key), {"account", "unit", "place", "size", "price", "value"}, 2));
    }
  }
  return out;
}

/// Indices of the units, the worst first: by state, then by health factor; units without one are last.
std::vector<std::size_t> worst_first(const page_json& units) {
  constexpr std::array states{"bankrupt", "liquidatable", "margin_call", "healthy"};
  struct rank {
    std::ptrdiff_t state;
    bool without;
    decimal health;
  };
  std::vector<rank> ranks;
  for (const page_json& unit : units) {
    rank& of =
        ranks.emplace_back(rank{std::find(states.begin(), states.end(), text_of(unit.at("state"))) - states.begin(),
                                unit.at("health_factor").is_null(),
                                {}});
    of.without = of.without || parse_decimal(text_of(unit.at("health_factor")), of.health) != decimal_fault::none;
  }
  std::vector<std::size_t> out(ranks.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  std::stable_sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
    const rank &left = ranks[a], &right = ranks[b];
    if (left.state != right.state) { return left.state < right.state; }
    if (left.without != right.without) { return right.without; }
    return !left.without && to_double(left.health) < to_double(right.health);
  });
  return out;
}

/// Cards with the figures of the worst unit.
std::vector<page_tile> tiles_of(const page_json& units, const std::vector<std::size_t>& order) {
  if (order.empty()) { return {}; }
  const page_json& unit = units.at(order.front());
  const std::string state = text_of(unit.at("state")), in = text_of(unit.at("asset"));
  const char* tone = state == "bankrupt" ? "bad" : state == "healthy" ? "good" : "warning";
  std::vector<page_tile> out{
      {"worst unit", spaced(state) + (unit.at("held").get<bool>() ? ", held" : ""), text_of(unit.at("unit")), tone}};
  const auto add = [&](const char* label, const char* key, std::string detail) {
    const std::string value = text_of(unit.at(key));
    if (!value.empty()) { out.push_back({label, short_number(value), std::move(detail), ""}); }
  };
  add("its equity", "equity", in);
  add("its maintenance", "maintenance", in);
  add("its health factor", "health_factor", "margin equity over maintenance");
  if (state == "bankrupt" || state == "liquidatable") { add("its top-up", "top_up", in + ", to reach maintenance"); }
  return out;
}

}  // namespace

report_page make_explain_page(const page_json& explained) {
  report_page out;
  out.title = "Account " + text_of(explained.at("account"));
  out.subtitle = fmt::format("Margin, states and ladder places on {}, rulebook {}.", text_of(explained.at("venue")),
                             text_of(explained.at("rulebook")));
  const page_json& all = explained.at("units");
  out.facts.emplace_back("units", count_text(all.size()));
  add_inputs(out.facts, explained);
  if (!explained.at("marks_as_of").is_null()) {
    out.facts.emplace_back("marks of", text_of(explained.at("marks_as_of")));
  }
  out.notes = note_texts(explained);
  const std::vector<std::size_t> order = worst_first(all);
  out.tiles = tiles_of(all, order);
  page_json sorted = page_json::array();
  for (const std::size_t place : order) { sorted.push_back(all.at(place)); }
  page_section units;
  units.id = "units";
  units.title = "Units";
  units.reading = "Units are margined separately, each in its asset. The worst comes first.";
  units.tables = {
      table_of("units-table", "Units.", sorted,
               {"unit", "asset", "state", "balance", "pnl", "equity", "margin_equity", "maintenance", "health_factor"},
               3),
      table_of("room-table", "Free margin.", sorted, {"unit", "asset", "initial", "free", "top_up", "deficit"}, 2)};
  units.tables[1].reading =
      "Free: margin equity less initial margin. Top-up: the amount that brings margin equity to maintenance.";
  if (sorted.size() > units_shown) {
    units.reading += fmt::format(" The positions of the first {} follow; explain --unit shows any unit.", units_shown);
  }
  out.sections = {std::move(units)};
  for (std::size_t place = 0; place < std::min(sorted.size(), units_shown); ++place) {
    out.sections.push_back(unit_section(sorted.at(place), place));
  }
  return out;
}

}  // namespace plimsoll
