#include "host/report/page/axes.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "host/report/page/page_table.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll {

namespace {

constexpr const char* suffixes[] = {"", "k", "M", "B", "T"};
constexpr double decades_max = 9;  // Decades of an axis of dots; smaller values are drawn at its left end.

/// The smallest of 1, 2, 5, 10, 20, ... times a power of ten that divides `span` into at most five parts.
double round_step(double span) {
  const double least = span / 5;
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double digit : {1.0, 2.0, 5.0}) {
    if (digit * power >= least) { return digit * power; }
  }
  return 10 * power;
}

}  // namespace

std::string rough_number(double value) {
  std::size_t group = 0;
  double size = std::abs(value);
  while (size >= 999.5 && group + 1 < std::size(suffixes)) {
    size /= 1000;
    ++group;
  }
  const std::string digits = size >= 999.5 ? grouped_number(fmt::format("{:.0f}", size)) : fmt::format("{:.3g}", size);
  return fmt::format("{}{}{}", value < 0 ? "-" : "", digits, suffixes[group]);
}

std::string power_text(int exponent) {
  if (exponent < 0) { return format_units(1, -exponent); }
  const int group = std::min(exponent / 3, static_cast<int>(std::size(suffixes)) - 1);
  return grouped_number(format_units(power_of_ten(exponent - 3 * group), 0)) + suffixes[group];
}

page_json count_axis(const std::string& title, std::uint64_t most) {
  constexpr std::uint64_t counted_one_by_one = 8;
  page_json out = {{"title", {{"text", title}}}, {"rangemode", "tozero"}, {"tickformat", ",d"}};
  if (most <= counted_one_by_one) {
    out["dtick"] = 1;
    if (most == 0) { out["range"] = {0, 1}; }
  }
  return out;
}

page_json money_axis(const std::string& title, double low, double high) {
  constexpr double named_by_plotly = 1e15;
  page_json out = {{"title", {{"text", title}}}};
  if (std::max(std::abs(low), std::abs(high)) < named_by_plotly) { return out; }
  const double step = round_step(std::max(high, 0.0) - std::min(low, 0.0));
  page_json places = page_json::array(), names = page_json::array();
  for (double k = std::floor(std::min(low, 0.0) / step); k * step <= high; ++k) {
    places.push_back(k * step);
    names.push_back(rough_number(k * step));
  }
  out["tickvals"] = places;
  out["ticktext"] = names;
  return out;
}

void draw_dots(page_chart& chart, const std::vector<dot_figure>& dots, const std::string& x_title) {
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (const dot_figure& dot : dots) {
    most = std::max(most, dot.value);
    if (dot.value > 0) { least = std::min(least, dot.value); }
  }
  const double top = most > 0 ? std::log10(most) : 1;
  const double bottom = most > 0 ? std::max(std::min(std::log10(least), top - 1), top - decades_max) : 0;
  const double edge = bottom - 0.6;
  const double begin = edge - 0.15, end = top + 0.35;
  page_json names = page_json::array(), values = page_json::array(), texts = page_json::array(),
            hovers = page_json::array(), colours = page_json::array(), sides = page_json::array();
  for (auto dot = dots.rbegin(); dot != dots.rend(); ++dot) {
    const double at = dot->value > 0 ? std::max(std::log10(dot->value), bottom) : edge;
    names.push_back(dot->name);
    values.push_back(dot->value > 0 && std::log10(dot->value) >= bottom ? dot->value : std::pow(10.0, at));
    texts.push_back(dot->text);
    hovers.push_back(dot->hover);
    colours.push_back(dot->colour);
    sides.push_back(at > (begin + end) / 2 ? "middle left" : "middle right");
  }
  page_json places = page_json::array(), labels = page_json::array();
  constexpr int labels_max = 6;
  const int first = static_cast<int>(std::ceil(bottom)), last = static_cast<int>(std::floor(end));
  for (int exponent = first; exponent <= last; exponent += (last - first) / labels_max + 1) {
    places.push_back(std::pow(10.0, exponent));
    labels.push_back(power_text(exponent));
  }
  chart.data.push_back({{"type", "scatter"},
                        {"mode", "markers+text"},
                        {"y", names},
                        {"x", values},
                        {"text", texts},
                        {"textposition", sides},
                        {"cliponaxis", false},
                        {"hovertext", hovers},
                        {"hoverinfo", "text+y"},
                        {"marker", {{"color", colours}, {"size", 11}}}});
  chart.layout = {{"xaxis",
                   {{"type", "log"},
                    {"tickvals", places},
                    {"ticktext", labels},
                    {"tickangle", 0},
                    {"title", {{"text", x_title}}},
                    {"range", {begin, end}}}},
                  {"yaxis", name_axis(names)}};
}

}  // namespace plimsoll
