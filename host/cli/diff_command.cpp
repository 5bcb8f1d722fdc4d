// `diff`: what differs between two scans.
#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "host/cli/grid.hpp"
#include "host/cli/summary_form.hpp"
#include "host/io/read_file.hpp"
#include "host/io/read_result.hpp"
#include "host/report/scan_diff.hpp"
#include "host/text/exact_text.hpp"

namespace plimsoll::cli {

namespace {

constexpr std::size_t units_shown = 20;

result<scanned_book> read_scan(const std::filesystem::path& folder) {
  auto units = io::read_result(folder, "units", {"account", "unit", "state", "equity", "held"});
  if (!units) { return std::move(units).error(); }
  const auto text = io::read_file(folder / "summary.json");
  if (!text) { return error{error_code::usage, text.error().message}; }
  scanned_book out;
  out.summary = nlohmann::ordered_json::parse(text.value(), nullptr, false);
  auto& columns = units.value().columns;
  for (std::size_t row = 0; row < columns[0].size(); ++row) {
    decimal equity;  // Parquet and Arrow store every row with as many decimals as the finest asset has.
    const bool plain = parse_decimal(columns[3][row], equity) == decimal_fault::none;
    out.units.push_back({std::move(columns[0][row]), std::move(columns[1][row]), std::move(columns[2][row]),
                         plain ? trimmed_units(equity.mantissa, equity.scale, 0) : columns[3][row],
                         columns[4][row] == "true"});
  }
  return out;
}

std::string state_words(const std::string& state, bool held) {
  return (state.empty() ? "none" : state) + (held ? ", held" : "");
}

std::string counts_table(const scan_difference& found, const terminal& screen) {
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts;
  for (const unit_change& one : found.units) {
    ++counts[{state_words(one.state_before, one.held_before), state_words(one.state_after, one.held_after)}];
  }
  grid rows;
  rows.left("from").left("to").right("units");
  for (const auto& [states, count] : counts) { rows.add_row({states.first, states.second, grouped(count)}); }
  return "\n" + rows.print(screen);
}

std::string units_table(const scan_difference& found, const terminal& screen) {
  grid rows;
  rows.left("account").left("unit").left("from").left("to").right("equity before").right("equity after");
  for (std::size_t i = 0; i < std::min(found.units.size(), units_shown); ++i) {
    const unit_change& one = found.units[i];
    rows.add_row({one.account, one.unit, state_words(one.state_before, one.held_before),
                  state_words(one.state_after, one.held_after), people_number(one.equity_before),
                  people_number(one.equity_after)});
  }
  const std::string rest = found.units.size() > units_shown
                               ? fmt::format("  and {} more\n", grouped(found.units.size() - units_shown))
                               : std::string();
  return "\n" + rows.print(screen) + rest;
}

std::string totals_table(const scan_difference& found, const terminal& screen) {
  grid rows;
  rows.left("asset").left("total").right("before").right("after").right("moved");
  for (const total_change& one : found.totals) {
    rows.add_row({one.asset, one.total, people_number(one.before), people_number(one.after), people_number(one.moved)});
  }
  return "\n" + rows.print(screen);
}

std::string difference_text(const scan_difference& found, const terminal& screen) {
  if (found.empty()) { return "No difference: the same units in the same states, and the same totals.\n"; }
  std::string out = fmt::format("{} appeared, disappeared or changed state; {} changed\n",
                                counted(found.units.size(), "unit"), counted(found.totals.size(), "total"));
  if (!found.units.empty()) { out += counts_table(found, screen) + units_table(found, screen); }
  return found.totals.empty() ? out : out + totals_table(found, screen);
}

}  // namespace

int run_diff(const invocation& call, session& io) {
  const result<scanned_book> before = read_scan(call.operand(0));
  if (!before) { return io.fail(before.error()); }
  const result<scanned_book> after = read_scan(call.operand(1));
  if (!after) { return io.fail(after.error()); }
  const result<scan_difference> found = find_difference(before.value(), after.value());
  if (!found) { return io.fail(found.error()); }
  print_summary(call, io, difference_json(found.value()).dump(2) + "\n",
                [&](const terminal& screen) { return difference_text(found.value(), screen); });
  return call.given("fail-on") && !found.value().empty() ? exit_code::found : exit_code::done;
}

}  // namespace plimsoll::cli
