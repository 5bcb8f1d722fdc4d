#include "host/report/explain_page.hpp"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace plimsoll {

namespace {

std::string text_of(const page_json& value) {
  if (value.is_null()) { return {}; }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// A row an object, a column a key; `numbers` are those from that column on.
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

page_section unit_section(const page_json& unit, std::size_t place) {
  page_section out;
  const std::string id = fmt::format("unit-{}", place + 1);
  out.id = id;
  out.title = text_of(unit.at("unit"));
  out.reading = fmt::format("{}{}: {}.", text_of(unit.at("state")), unit.at("held").get<bool>() ? ", held" : "",
                            text_of(unit.at("verdict")));
  page_table positions = table_of(id + "-positions", "Positions.", unit.at("positions"),
                                  {"instrument", "side", "size", "mark", "value", "cost", "pnl", "maintenance",
                                   "initial", "bankruptcy_price", "liquidation_price", "distance", "score", "lights"},
                                  2);
  positions.reading = "Distance: from the mark to the liquidation price, in percent, this mark alone moved.";
  out.tables = {std::move(positions)};
  for (const page_json& position : unit.at("positions")) {
    for (const char* key : {"covered_by", "stands_in_for"}) {
      if (!position.contains(key) || position.at(key).empty()) { continue; }
      out.tables.push_back(
          table_of(fmt::format("{}-{}-{}", id, out.tables.size(), key[0] == 'c' ? "loses" : "wins"),
                   fmt::format("{} {} {}", text_of(position.at("instrument")), text_of(position.at("side")),
                               key[0] == 'c' ? "would be closed by" : "would stand in for"),
                   position.at(key), {"account", "unit", "place", "size", "price", "value"}, 2));
    }
  }
  return out;
}

}  // namespace

report_page make_explain_page(const page_json& explained) {
  report_page out;
  out.title = "Account " + text_of(explained.at("account"));
  out.subtitle = fmt::format("Margin, verdicts and ladder places on {}, rulebook {}.", text_of(explained.at("venue")),
                             text_of(explained.at("rulebook")));
  if (!explained.at("marks_as_of").is_null()) {
    out.facts.emplace_back("marks of", text_of(explained.at("marks_as_of")));
  }
  page_section units;
  units.id = "units";
  units.title = "Units";
  units.reading = "What is margined together. Top-up: what brings margin equity to maintenance.";
  units.tables = {table_of("units-table", "Units.", explained.at("units"),
                           {"unit", "asset", "state", "balance", "pnl", "equity", "margin_equity", "maintenance",
                            "initial", "free", "top_up", "health_factor", "deficit"},
                           3)};
  out.sections = {std::move(units)};
  std::size_t place = 0;
  for (const page_json& unit : explained.at("units")) { out.sections.push_back(unit_section(unit, place++)); }
  return out;
}

}  // namespace plimsoll
