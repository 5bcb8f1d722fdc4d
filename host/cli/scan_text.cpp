#include "host/cli/scan_text.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "host/cli/grid.hpp"
#include "host/cli/note_lines.hpp"
#include "host/cli/progress.hpp"
#include "host/table/chunk_table.hpp"
#include "kernels/rules/margin.hpp"

namespace plimsoll::cli {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t rows_shown = 6;

std::string title(const terminal& screen, std::string_view text, std::size_t shown, std::size_t all) {
  const std::string rest =
      all > shown ? screen.paint(accent::faint, fmt::format("   {} of {}", shown, grouped(all))) : std::string();
  return "\n" + screen.paint(accent::strong, text) + rest + "\n";
}

std::string state_lines(const json& summary, const terminal& screen) {
  grid states;
  states.left("state").right("units");
  for (const auto& [state, count] : summary.at("states").items()) {
    states.add_row({state, grouped(count.get<std::uint64_t>())});
    const bool some = count.get<std::uint64_t>() != 0;
    if (state == "bankrupt" && some) { states.paint_last(1, accent::bad); }
    if (state == "liquidatable" && some) { states.paint_last(1, accent::warning); }
  }
  const auto held = summary.at("held").at("units").get<std::uint64_t>();
  if (held != 0) { states.add_row({"held among them", grouped(held)}); }
  const auto dust = summary.at("dust").at("units").get<std::uint64_t>();
  if (dust != 0) { states.add_row({"owing dust, apart", grouped(dust)}); }
  return states.print(screen);
}

std::string asset_lines(const json& summary, const terminal& screen) {
  std::vector<std::pair<std::string, json>> listed;
  for (const auto& [name, totals] : summary.at("assets").items()) { listed.emplace_back(name, totals); }
  const std::string quote = summary.at("quote").get<std::string>();
  // The quote comes first, then the others by their number of units.
  std::stable_sort(listed.begin(), listed.end(), [&](const auto& a, const auto& b) {
    if ((a.first == quote) != (b.first == quote)) { return a.first == quote; }
    return a.second.at("units").template get<std::uint64_t>() > b.second.at("units").template get<std::uint64_t>();
  });
  grid assets;
  assets.left("asset").right("units").right("equity").right("maintenance").right("deficit").right("covered value");
  const std::size_t shown = std::min(rows_shown, listed.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const json& totals = listed[i].second;
    const auto text = [&](const char* key) { return people_number(totals.at(key).get<std::string>()); };
    assets.add_row({listed[i].first, grouped(totals.at("units").get<std::uint64_t>()), text("equity"),
                    text("maintenance"), text("deficit"), text("cover_value")});
  }
  return assets.empty() ? std::string() : title(screen, "Assets", shown, listed.size()) + assets.print(screen);
}

/// Instruments by the demand of both sides, as a fraction of their open interest.
std::string market_lines(const scan_result& scan, const terminal& screen) {
  const book& source = *scan.source;
  const auto demand = [&](std::uint32_t i) { return scan.segments[2 * i].demand + scan.segments[2 * i + 1].demand; };
  const auto share = [&](std::uint32_t i) {
    const std::uint64_t lots = std::max(scan.segments[2 * i].lots, scan.segments[2 * i + 1].lots);
    return lots == 0 ? 0.0 : static_cast<double>(demand(i)) / static_cast<double>(lots);
  };
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < source.reference.instruments.size(); ++i) {
    if (demand(i) != 0) { order.push_back(i); }
  }
  if (order.empty()) { return {}; }
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return share(a) > share(b); });
  grid markets;
  markets.left("market").right("mark").right("to cover").right("of open interest").right("covered").right("deficit");
  const std::size_t shown = std::min(rows_shown, order.size());
  for (std::size_t k = 0; k < shown; ++k) {
    const std::uint32_t i = order[k];
    const instrument& it = source.reference.instruments[i];
    const auto size = [&](std::uint64_t lots) {
      return format_units(step_units(static_cast<int128>(lots), it.size_step), it.size_step.scale);
    };
    const asset& settle = source.reference.assets[it.settle];
    markets.add_row(
        {it.name, format_units(step_units(source.marks[i].ticks, it.price_step), it.price_step.scale), size(demand(i)),
         fmt::format("{:.2f} %", share(i) * 100), size(scan.segments[2 * i].covered + scan.segments[2 * i + 1].covered),
         fmt::format("{} {}",
                     people_number(format_units(static_cast<int128>(scan.instrument_deficit[i]), settle.digits)),
                     settle.name)});
  }
  return title(screen, "Markets that need cover", shown, order.size()) + markets.print(screen);
}

std::string flagged_lines(const scan_report& report, const terminal& screen) {
  const scan_result& scan = report.scan();
  if (scan.flagged.empty()) { return {}; }
  grid units;
  units.left("account").left("unit").left("state").right("equity").right("maintenance").right("health");
  const std::size_t shown = std::min(rows_shown, scan.flagged.size());
  for (std::size_t k = 0; k < shown; ++k) {
    const std::uint32_t unit = scan.flagged[k];
    const unit_figures& figures = scan.margin.units;
    const int digits = report.digits_of_unit(unit);
    const unit_state state = figures.verdicts[unit].state();
    const uint128 required = figures.maintenance_ppm[unit];
    units.add_row({std::string(report.account_of_unit(unit)), std::string(report.unit_name(unit)), to_string(state),
                   people_number(format_units(figures.equity[unit], digits)),
                   people_number(format_units(maintenance_of(scan, unit), digits)),
                   required == 0 ? "" : format_units(health_factor_ppm(figures.margin_equity[unit], required), 6)});
    units.paint_last(2, state == unit_state::bankrupt ? accent::bad : accent::warning);
  }
  return title(screen, "Flagged", shown, scan.flagged.size()) + units.print(screen);
}

/// Sides whose ladder holds less than the demand.
std::string short_lines(const json& sides, const terminal& screen) {
  if (sides.empty()) { return {}; }
  std::string names;
  for (std::size_t i = 0; i < std::min(rows_shown, sides.size()); ++i) { names += " " + sides[i].get<std::string>(); }
  const std::string more =
      sides.size() > rows_shown ? fmt::format(" and {} more", sides.size() - rows_shown) : std::string();
  return "\n  " + screen.paint(accent::warning, fmt::format("Not enough winners:{}{}", names, more)) + "\n";
}

std::string time_lines(const json& run, const terminal& screen) {
  grid stages;
  stages.left("stage").right("ms").right("GB/s");
  stages.add_row({"load book", fmt::format("{:.1f}", run.at("seconds_load_book").get<double>() * 1e3), ""});
  for (const json& stage : run.at("stages")) {
    const double seconds = stage.at("seconds").get<double>();
    const bool rate = stage.contains("bytes") && seconds > 0;
    stages.add_row({stage.at("stage").get<std::string>(), fmt::format("{:.1f}", seconds * 1e3),
                    rate ? fmt::format("{:.1f}", stage.at("bytes").get<double>() / seconds / 1e9) : ""});
  }
  return title(screen, "Times", 0, 0) + stages.print(screen) +
         fmt::format("  {:.2f} s in all, {} rows/s, {}\n", run.at("seconds_total").get<double>(),
                     short_count(run.at("rows_per_second").get<double>()), run.at("device").get<std::string>());
}

}  // namespace

std::string scan_text(const scan_report& report, const json& summary, std::span<const note> notes,
                      const terminal& screen) {
  std::string out = fmt::format("{}   {} collateral in {}\n{}, {}, {}, {}\n\n",
                                screen.paint(accent::strong, summary.at("venue").get<std::string>()),
                                summary.at("collateral").get<std::string>(), summary.at("quote").get<std::string>(),
                                counted(summary.at("accounts").get<std::uint64_t>(), "account"),
                                counted(summary.at("units").get<std::uint64_t>(), "unit"),
                                counted(summary.at("positions").get<std::uint64_t>(), "position"),
                                counted(summary.at("instruments").get<std::uint64_t>(), "instrument"));
  out += note_lines(notes, screen);
  out += state_lines(summary, screen) + asset_lines(summary, screen) + market_lines(report.scan(), screen) +
         flagged_lines(report, screen);
  out += short_lines(summary.at("cover").at("short_of_winners"), screen);
  return out + time_lines(summary.at("run"), screen) +
         fmt::format("\ndigests  tick {}  full {}\n", summary.at("digests").at("tick").get<std::string>(),
                     summary.at("digests").at("full").get<std::string>());
}

}  // namespace plimsoll::cli
