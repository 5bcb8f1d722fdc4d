#include "host/report/page/histogram.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "host/report/page/axes.hpp"
#include "host/report/page/figure_text.hpp"
#include "host/report/page/palette.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll {

std::string short_units(int128 units, int digits) {
  for (; digits > 0 && units % 10 == 0; --digits) { units /= 10; }
  return format_units(units, digits);
}

void histogram::add(int128 value, unit_state state) {
  const auto above = std::upper_bound(edges_.begin(), edges_.end(), value,
                                      [](int128 x, const bin_edge& edge) { return x < edge.value; });
  ++counts_[static_cast<std::size_t>(above - edges_.begin())][static_cast<std::size_t>(state)];
}

histogram::range histogram::used() const {
  std::size_t first = counts_.size() - 1;
  std::size_t last = 0;
  const auto widen = [&](std::size_t bin) {
    first = std::min(first, bin);
    last = std::max(last, bin);
  };
  for (std::size_t bin = 0; bin < counts_.size(); ++bin) {
    const auto& of = counts_[bin];
    if (std::any_of(of.begin(), of.end(), [](std::uint64_t count) { return count != 0; })) { widen(bin); }
    if (bin < edges_.size() && !edges_[bin].mark.empty()) {
      widen(bin);
      widen(bin + 1);
    }
  }
  return {std::min(first, last), last};
}

std::string histogram::bin_text(std::size_t bin) const {
  if (bin == 0) { return "below " + edges_.front().text; }
  if (bin == edges_.size()) { return edges_.back().text + " and more"; }
  return edges_[bin - 1].text + " to " + edges_[bin].text;
}

page_json histogram::traces(bool visible) const {
  const range bins = used();
  page_json out = page_json::array();
  for (std::size_t state = 0; state < 4; ++state) {
    const auto which = static_cast<unit_state>(state);
    page_json x = page_json::array(), y = page_json::array(), hover = page_json::array();
    for (std::size_t bin = bins.first; bin <= bins.last; ++bin) {
      const std::uint64_t count = counts_[bin][state];
      if (count == 0) { continue; }
      x.push_back(bin);
      y.push_back(count);
      hover.push_back(
          fmt::format("{}<br>{} {}", bin_text(bin), grouped_number(std::to_string(count)), to_string(which)));
    }
    const std::string name = spaced(to_string(which));
    out.push_back({{"type", "scatter"},
                   {"mode", "markers"},
                   {"name", name},
                   {"legendgroup", name},
                   {"x", x},
                   {"y", y},
                   {"hovertext", hover},
                   {"hoverinfo", "text"},
                   {"visible", visible},
                   {"showlegend", true},
                   {"marker", {{"color", palette::of(which)}, {"size", 8}, {"opacity", 0.9}}}});
  }
  return out;
}

page_json histogram::layout(const std::string& x_title) const {
  const range bins = used();
  page_json values = page_json::array(), texts = page_json::array(), shapes = page_json::array(),
            notes = page_json::array();
  for (std::size_t edge = 0; edge < edges_.size(); ++edge) {
    if (edge + 1 < bins.first || edge > bins.last) { continue; }
    const double x = static_cast<double>(edge) + 0.5;  // Between bins `edge` and `edge + 1`.
    if (!edges_[edge].tick.empty()) {
      values.push_back(x);
      texts.push_back(edges_[edge].tick);
    }
    if (!edges_[edge].mark.empty()) {
      shapes.push_back({{"type", "line"},
                        {"x0", x},
                        {"x1", x},
                        {"yref", "paper"},
                        {"y0", 0},
                        {"y1", 1},
                        {"line", {{"color", palette::quiet}, {"width", 1.5}, {"dash", "dot"}}}});
      notes.push_back({{"x", x},
                       {"yref", "paper"},
                       {"y", 1},
                       {"text", edges_[edge].mark},
                       {"showarrow", false},
                       {"textangle", -90},
                       {"xanchor", "right"},
                       {"yanchor", "top"}});
    }
  }
  std::uint64_t most = 1;
  for (const auto& of : counts_) { most = std::max(most, *std::max_element(of.begin(), of.end())); }
  return {{"xaxis",
           {{"title", {{"text", x_title}}},
            {"tickvals", values},
            {"ticktext", texts},
            {"showgrid", false},
            {"range", {static_cast<double>(bins.first) - 0.7, static_cast<double>(bins.last) + 0.7}}}},
          {"yaxis",
           {{"title", {{"text", "units (log scale)"}}},
            {"type", "log"},
            {"dtick", 1},
            {"tickformat", ",d"},
            {"range", {-0.3, std::log10(static_cast<double>(most)) * 1.25 + 0.5}}}},
          {"shapes", shapes},
          {"annotations", notes}};
}

std::vector<bin_edge> health_edges(std::uint32_t margin_call_ppm) {
  std::vector<bin_edge> out;
  const auto add = [&](std::int64_t ppm, bool tick, std::string mark) {
    if (!out.empty() && out.back().value >= ppm) { return; }
    const std::string text = short_units(ppm, 6);
    out.push_back({ppm, text, tick ? text : std::string(), std::move(mark)});
  };
  constexpr std::int64_t one = 1'000'000;
  for (const std::int64_t below : {-20, -10, -5, -2, -1}) { add(below * one, below == -10 || below == -1, ""); }
  add(-one / 2, false, "");
  add(0, true, "bankrupt");
  for (std::int64_t tenth = 1; tenth < 10; ++tenth) { add(tenth * one / 10, tenth == 5, ""); }
  add(one, true, "liquidatable");
  const std::int64_t call = margin_call_ppm;
  for (std::int64_t part = 1; part < 5; ++part) { add(one + (call - one) * part / 5, false, ""); }
  if (call > one) { add(call, true, "margin call"); }
  for (std::int64_t scale = one; scale <= 1'000 * one; scale *= 10) {
    for (const std::int64_t tenths : {10, 15, 20, 30, 50, 70}) {
      const std::int64_t ppm = scale / 10 * tenths;
      if (ppm > call && ppm <= 1'000 * one) {
        add(ppm, tenths == 10 || (scale == one && (tenths == 20 || tenths == 50)), "");
      }
    }
  }
  return out;
}

std::vector<bin_edge> money_edges(int digits, int lowest, int highest) {
  const int stride = (highest - lowest) / 4 + 1;  // Decades between ticks, because half a page is narrow.
  std::vector<bin_edge> above;
  for (int exponent = lowest; exponent <= highest; ++exponent) {
    for (const int tenths : {10, 15, 20, 30, 50, 70}) {
      if (exponent == highest && tenths > 10) { break; }
      const int scale = exponent - 1 + digits;  // tenths x 10^(exponent - 1), in steps.
      if (scale < 0 && tenths % 10 != 0) { continue; }
      const int128 value = scale < 0 ? tenths / 10 : tenths * power_of_ten(scale);
      const bool tick = tenths == 10 && exponent > lowest && (highest - exponent) % stride == 0;
      above.push_back({value, grouped_number(short_units(value, digits)), tick ? power_text(exponent) : std::string()});
    }
  }
  std::vector<bin_edge> out;
  for (auto edge = above.rbegin(); edge != above.rend(); ++edge) {
    out.push_back({-edge->value, "-" + edge->text, edge->tick.empty() ? std::string() : "-" + edge->tick});
  }
  out.push_back({0, "0", "0", "bankrupt"});
  out.insert(out.end(), above.begin(), above.end());
  return out;
}

}  // namespace plimsoll
