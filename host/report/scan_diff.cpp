#include "host/report/scan_diff.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "host/text/decimal.hpp"

namespace plimsoll {

namespace {

using json = nlohmann::ordered_json;

bool comes_before(const scanned_unit& a, const scanned_unit& b) {
  return std::tie(a.account, a.unit) < std::tie(b.account, b.unit);
}

bool in_order(const std::vector<scanned_unit>& units) {
  return std::adjacent_find(units.begin(), units.end(),
                            [](const auto& a, const auto& b) { return !comes_before(a, b); }) == units.end();
}

unit_change came(const scanned_unit& one) {
  return {one.account, one.unit, "", one.state, "", one.equity, false, one.held};
}
unit_change went(const scanned_unit& one) {
  return {one.account, one.unit, one.state, "", one.equity, "", one.held, false};
}

/// b - a as text; both are plain decimals, and a blank counts as 0.
std::string moved_by(const std::string& a, const std::string& b) {
  decimal from, to;
  if (!a.empty() && parse_decimal(a, from) != decimal_fault::none) { return {}; }
  if (!b.empty() && parse_decimal(b, to) != decimal_fault::none) { return {}; }
  const int digits = std::max(from.scale, to.scale);
  const auto left = to_units(from, digits), right = to_units(to, digits);
  return left && right ? format_units(*right - *left, digits) : std::string();
}

/// Totals of an asset as texts, including counts.
std::map<std::string, std::string> totals_of(const json& summary, const std::string& asset) {
  std::map<std::string, std::string> out;
  if (!summary.at("assets").contains(asset)) { return out; }
  for (const auto& [name, value] : summary.at("assets").at(asset).items()) {
    out[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return out;
}

void compare_totals(const json& before, const json& after, std::vector<total_change>& out) {
  std::set<std::string> assets;
  for (const json* one : {&before, &after}) {
    for (const auto& [name, totals] : one->at("assets").items()) { assets.insert(name); }
  }
  for (const std::string& asset : assets) {
    auto old = totals_of(before, asset), now = totals_of(after, asset);
    std::set<std::string> names;
    for (const auto& [name, value] : old) { names.insert(name); }
    for (const auto& [name, value] : now) { names.insert(name); }
    for (const std::string& name : names) {
      if (old[name] != now[name]) {
        out.push_back({asset, name, old[name], now[name], moved_by(old[name], now[name])});
      }
    }
  }
}

}  // namespace

result<scan_difference> find_difference(const scanned_book& before, const scanned_book& after) {
  if (!in_order(before.units) || !in_order(after.units)) {
    return error{error_code::bad_data, "units: the rows are not in the order in which a scan writes them"};
  }
  scan_difference out;
  auto a = before.units.begin();
  auto b = after.units.begin();
  while (a != before.units.end() || b != after.units.end()) {
    if (b == after.units.end() || (a != before.units.end() && comes_before(*a, *b))) {
      out.units.push_back(went(*a++));
    } else if (a == before.units.end() || comes_before(*b, *a)) {
      out.units.push_back(came(*b++));
    } else {
      if (a->state != b->state || a->held != b->held) {
        out.units.push_back({a->account, a->unit, a->state, b->state, a->equity, b->equity, a->held, b->held});
      }
      ++a;
      ++b;
    }
  }
  try {
    compare_totals(before.summary, after.summary, out.totals);
  } catch (const json::exception&) { return error{error_code::bad_data, "summary.json is not that of a scan"}; }
  return out;
}

json difference_json(const scan_difference& found) {
  const auto or_null = [](const std::string& text) { return text.empty() ? json(nullptr) : json(text); };
  std::map<std::string, std::uint64_t> counts;
  json units = json::array(), totals = json::array();
  for (const unit_change& one : found.units) {
    ++counts[(one.state_before.empty() ? "none" : one.state_before) + " to " +
             (one.state_after.empty() ? "none" : one.state_after)];
    units.push_back({{"account", one.account},
                     {"unit", one.unit},
                     {"state", {or_null(one.state_before), or_null(one.state_after)}},
                     {"held", {one.held_before, one.held_after}},
                     {"equity", {or_null(one.equity_before), or_null(one.equity_after)}}});
  }
  for (const total_change& one : found.totals) {
    totals.push_back({{"asset", one.asset},
                      {"total", one.total},
                      {"before", or_null(one.before)},
                      {"after", or_null(one.after)},
                      {"moved", or_null(one.moved)}});
  }
  return {{"changed", !found.empty()}, {"counts", counts}, {"units", std::move(units)}, {"totals", std::move(totals)}};
}

}  // namespace plimsoll
