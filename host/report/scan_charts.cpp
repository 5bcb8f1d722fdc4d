#include "host/report/scan_charts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "host/report/page/axes.hpp"
#include "host/report/page/figure_text.hpp"
#include "host/report/page/histogram.hpp"
#include "host/report/page/palette.hpp"

namespace plimsoll {

namespace {

constexpr std::size_t bars_shown = 20;

/// Index in the list by asset id; `none` for an asset that is not in it.
constexpr std::size_t none = static_cast<std::size_t>(-1);
std::vector<std::size_t> places_of(const book& source, std::span<const std::uint32_t> assets) {
  std::vector<std::size_t> out(source.reference.assets.size(), none);
  for (std::size_t k = 0; k < assets.size(); ++k) { out[assets[k]] = k; }
  return out;
}

/// Units by the number of decimal digits of |equity| in steps, without units with 0.
using digit_counts = std::array<std::uint64_t, 20>;

/// The lowest decade of whole units such that less than a fiftieth of the units are below it, and the first decade
/// above all units.
std::pair<int, int> decades_of(const digit_counts& by_digits, int digits) {
  const std::uint64_t all = std::accumulate(by_digits.begin(), by_digits.end(), std::uint64_t{0});
  std::size_t high = by_digits.size() - 1;
  while (high > 1 && by_digits[high] == 0) { --high; }
  std::size_t low = 1;
  for (std::uint64_t below = by_digits[low]; low < high && below * 50 < all; below += by_digits[low]) { ++low; }
  return {static_cast<int>(low) - 1 - digits, static_cast<int>(high) - digits};
}

/// One histogram of equity per asset, each with suitable edges.
std::vector<histogram> equity_bins(const scan_result& scan, std::span<const std::uint32_t> assets) {
  const book& source = *scan.source;
  const unit_figures& figures = scan.margin.units;
  const std::vector<std::size_t> place = places_of(source, assets);
  std::vector<digit_counts> by_digits(assets.size(), digit_counts{});
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    const std::size_t at = place[source.asset_of(unit)];
    if (at == none || figures.equity[unit] == 0) { continue; }
    std::size_t count = 0;
    for (std::uint64_t rest = magnitude(figures.equity[unit]); rest != 0; rest /= 10) { ++count; }
    ++by_digits[at][count];
  }
  std::vector<histogram> out;
  for (std::size_t k = 0; k < assets.size(); ++k) {
    const int digits = source.reference.assets[assets[k]].digits;
    const auto [lowest, highest] = decades_of(by_digits[k], digits);
    out.emplace_back(money_edges(digits, lowest, highest));
  }
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    const std::size_t at = place[source.asset_of(unit)];
    if (at != none) { out[at].add(figures.equity[unit], figures.verdicts[unit].state()); }
  }
  return out;
}

/// The id of the chart of the asset with this index: "equity", "equity-2".
std::string id_of(const char* chart, std::size_t place) {
  return place == 0 ? std::string(chart) : fmt::format("{}-{}", chart, place + 1);
}

int bars_height(std::size_t bars) { return 110 + 19 * static_cast<int>(std::max<std::size_t>(bars, 4)); }

/// Share of the side's open interest, in percent. For a side without open interest any demand is 100 %.
double share_of(const segment_figures& side, std::uint64_t lots) {
  const std::uint64_t all = side.lots;
  return all == 0 ? 100.0 : 100.0 * static_cast<double>(lots) / static_cast<double>(all);
}

}  // namespace

page_chart states_chart(const scan_result& scan) {
  page_chart out;
  out.id = "states";
  out.title = "Units by state.";
  out.reading =
      "A logarithmic scale, so that the few units in trouble are visible beside the many healthy ones; zero is at "
      "the left edge.";
  out.height = 330;
  constexpr unit_state states[] = {unit_state::healthy, unit_state::margin_call, unit_state::liquidatable,
                                   unit_state::bankrupt};
  const auto count_of = [&](unit_state state) {
    return scan.margin.counts[static_cast<std::size_t>(state)] - (state == unit_state::bankrupt ? scan.dust.size() : 0);
  };
  std::uint64_t all = 0;
  for (const unit_state state : states) { all += count_of(state); }
  std::vector<dot_figure> dots;
  for (const unit_state state : states) {
    const std::uint64_t count = count_of(state);
    const std::string text =
        fmt::format("{}  ({:.3f} %)", count_text(count),
                    all == 0 ? 0.0 : 100.0 * static_cast<double>(count) / static_cast<double>(all));
    dots.push_back({spaced(to_string(state)), text, text, palette::of(state), static_cast<double>(count)});
  }
  draw_dots(out, dots, "units (log scale)");
  return out;
}

page_chart health_chart(const scan_result& scan) {
  histogram bins(health_edges(scan.source->reference.venue.margin_call_ppm));
  std::uint64_t without = 0;
  const unit_figures& units = scan.margin.units;
  for (std::size_t unit = 0; unit < units.verdicts.size(); ++unit) {
    if (units.maintenance_ppm[unit] == 0) {
      ++without;
      continue;
    }
    bins.add(health_factor_ppm(units.margin_equity[unit], units.maintenance_ppm[unit]), units.verdicts[unit].state());
  }
  page_chart out;
  out.id = "health-factor";
  out.title = "Health factor: margin equity over maintenance margin.";
  out.reading = fmt::format(
      "One dot per bin and state; bins are wider away from 1. On the left of a dotted line is the state that begins "
      "there.{}",
      without == 0 ? std::string()
                   : fmt::format(" {} without positions {} no health factor and {} not shown.",
                                 counted(without, "unit"), without == 1 ? "has" : "have", without == 1 ? "is" : "are"));
  out.data = bins.traces(true);
  out.layout = bins.layout("health factor");
  out.height = 360;
  out.wide = true;
  return out;
}

std::vector<page_chart> equity_charts(const scan_result& scan, std::span<const std::uint32_t> assets) {
  const std::vector<histogram> bins = equity_bins(scan, assets);
  std::vector<page_chart> out;
  for (std::size_t k = 0; k < assets.size(); ++k) {
    const std::string& name = scan.source->reference.assets[assets[k]].name;
    page_chart& chart = out.emplace_back();
    chart.id = id_of("equity", k);
    chart.title = fmt::format("Equity of units, {}.", name);
    chart.reading =
        "A symmetric logarithmic scale: six bins per decade on both sides of zero; one dot per bin and state, in the "
        "colours of the chart beside it.";
    chart.height = 330;
    chart.data = bins[k].traces(true);
    chart.layout = bins[k].layout("equity, " + label_text(name));
    chart.layout["showlegend"] = false;
    chart.choice = name;
  }
  return out;
}

namespace {

/// `listed`: instruments with a deficit, all settled in this asset.
page_chart deficit_chart(const scan_result& scan, const asset& money, std::vector<std::uint32_t> listed) {
  const auto& instruments = scan.source->reference.instruments;
  std::stable_sort(listed.begin(), listed.end(), [&](std::uint32_t a, std::uint32_t b) {
    return scan.instrument_deficit[a] > scan.instrument_deficit[b];
  });
  page_chart out;
  out.title = fmt::format("Deficit by instrument, {}.", money.name);
  out.choice = money.name;
  out.wide = true;
  const std::size_t shown = std::min(listed.size(), bars_shown);
  out.reading = "A bankrupt unit's deficit is allotted to its positions by their maintenance margin.";
  if (shown < listed.size()) { out.reading += fmt::format(" The {} largest of {}.", shown, listed.size()); }
  page_json names = page_json::array(), values = page_json::array(), texts = page_json::array();
  for (std::size_t k = shown; k-- > 0;) {
    const auto deficit = static_cast<int128>(scan.instrument_deficit[listed[k]]);
    names.push_back(label_text(instruments[listed[k]].name));
    values.push_back(to_double({deficit, money.digits}));
    texts.push_back(fmt::format("{}<br>{} {}", label_text(instruments[listed[k]].name),
                                grouped_number(format_units(deficit, money.digits)), label_text(money.name)));
  }
  out.data.push_back({{"type", "bar"},
                      {"orientation", "h"},
                      {"y", names},
                      {"x", values},
                      {"hovertext", texts},
                      {"hoverinfo", "text"},
                      {"marker", {{"color", palette::bankrupt}}}});
  out.layout = {{"xaxis", money_axis("deficit, " + label_text(money.name), 0, values.back().get<double>())},
                {"yaxis", name_axis(names)}};
  out.layout["xaxis"]["rangemode"] = "tozero";
  out.height = bars_height(shown);
  return out;
}

}  // namespace

std::vector<page_chart> deficit_charts(const scan_result& scan, std::span<const std::uint32_t> assets) {
  const reference_data& reference = scan.source->reference;
  std::map<std::uint32_t, std::vector<std::uint32_t>> listed;
  for (std::uint32_t i = 0; i < reference.instruments.size(); ++i) {
    if (scan.instrument_deficit[i] != 0) { listed[reference.instruments[i].settle].push_back(i); }
  }
  std::vector<page_chart> out;
  for (const std::uint32_t id : assets) {
    if (!listed.contains(id)) { continue; }
    out.push_back(deficit_chart(scan, reference.assets[id], listed[id]));
    out.back().id = id_of("deficit-by-instrument", out.size() - 1);
  }
  return out;
}

std::vector<std::uint32_t> demanded_sides(const scan_result& scan) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t s = 0; s < scan.segments.size(); ++s) {
    if (scan.segments[s].demand != 0) { out.push_back(s); }
  }
  std::stable_sort(out.begin(), out.end(), [&](std::uint32_t a, std::uint32_t b) {
    return share_of(scan.segments[a], scan.segments[a].demand) > share_of(scan.segments[b], scan.segments[b].demand);
  });
  return out;
}
page_chart cover_chart(const scan_result& scan) {
  const book& source = *scan.source;
  const std::vector<std::uint32_t> sides = demanded_sides(scan);
  const std::size_t shown = std::min(sides.size(), bars_shown);
  page_chart out;
  out.id = "demand-and-cover";
  out.title = "Demand and cover per side.";
  out.reading =
      "Contracts that bankrupt positions need from the other side, as a share of that other side's open interest; "
      "the dark bar is the part that its ladder covers.";
  out.wide = true;
  if (shown < sides.size()) { out.reading += fmt::format(" The {} most demanded of {}.", shown, sides.size()); }
  page_json names = page_json::array(), wanted = page_json::array(), found = page_json::array(),
            texts = page_json::array();
  for (std::size_t k = shown; k-- > 0;) {
    const std::uint32_t s = sides[k];
    const segment_figures& of = scan.segments[s];
    const instrument& it = source.reference.instruments[s / 2];
    names.push_back(label_text(side_name(source, s)));
    wanted.push_back(share_of(of, of.demand));
    found.push_back(share_of(of, of.covered));
    texts.push_back(fmt::format("{}<br>demand {}<br>covered {}<br>of {} contracts open",
                                label_text(side_name(source, s)), contracts_text(it, of.demand),
                                contracts_text(it, of.covered), contracts_text(it, of.lots)));
  }
  out.data.push_back({{"type", "bar"},
                      {"orientation", "h"},
                      {"name", "demand"},
                      {"y", names},
                      {"x", wanted},
                      {"width", 0.8},
                      {"hovertext", texts},
                      {"hoverinfo", "text"},
                      {"marker", {{"color", palette::wanted}}}});
  out.data.push_back({{"type", "bar"},
                      {"orientation", "h"},
                      {"name", "covered"},
                      {"y", names},
                      {"x", found},
                      {"width", 0.36},
                      {"hovertext", texts},
                      {"hoverinfo", "text"},
                      {"marker", {{"color", palette::found}}}});
  out.layout = {
      {"barmode", "overlay"},
      {"xaxis",
       {{"title", {{"text", "share of the side's open interest"}}}, {"ticksuffix", " %"}, {"rangemode", "tozero"}}},
      {"yaxis", name_axis(names)}};
  out.height = bars_height(shown);
  return out;
}

}  // namespace plimsoll
