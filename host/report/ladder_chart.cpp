#include "host/report/ladder_chart.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "host/report/page/figure_text.hpp"
#include "host/report/page/palette.hpp"
#include "host/text/score_text.hpp"
#include "kernels/rules/ladder.hpp"

namespace plimsoll {

namespace {

/// A scale that is linear around zero and logarithmic beyond.
class symmetric_scale {
 public:
  /// `most`: the largest visible value, > 0. Values a thousand times smaller are in the linear part.
  explicit symmetric_scale(double most)
      : top_(static_cast<int>(std::floor(std::log10(most)))), small_(std::pow(10.0, top_ - 3)) {}

  [[nodiscard]] double at(double value) const {
    const double end = std::pow(10.0, top_ + 2);  // An infinite score is drawn at this limit.
    const double bounded = std::clamp(value, -end, end);
    return std::copysign(std::log10(1.0 + std::abs(bounded) / small_), bounded);
  }
  /// Range up to the power of ten above the largest value, so that it is between two labels; equally far below zero, or
  /// only a little if no value is below zero.
  [[nodiscard]] page_json range(bool below) const {
    const double end = at(std::pow(10.0, top_ + 1));
    return page_json::array({-end * (below ? 1.03 : 0.08), end * 1.03});
  }
  /// Powers of ten on both sides of zero.
  [[nodiscard]] std::vector<double> ticks() const {
    std::vector<double> out{0};
    for (int exponent = top_ - 2; exponent <= top_ + 1; ++exponent) {
      out.insert(out.begin(), -std::pow(10.0, exponent));
      out.push_back(std::pow(10.0, exponent));
    }
    return out;
  }

 private:
  int top_;       ///< Decade of the largest.
  double small_;  ///< Value at which the scale changes from linear to logarithmic.
};

double score_at(const ladder_entry& entry) { return std::bit_cast<double>(score_bits_of(entry.key)); }

/// All entries of a side's ladder, from the top.
std::vector<ladder_entry> whole_ladder(const scan_result& scan, std::uint32_t segment) {
  const side_columns& sides = scan.source->sides;
  std::vector<ladder_entry> out;
  for (std::uint32_t entry = sides.first_entry[segment]; entry < sides.first_entry[segment + 1]; ++entry) {
    if (scan.ladder.keys[entry] != off_ladder) { out.push_back({sides.position[entry], scan.ladder.keys[entry]}); }
  }
  std::sort(out.begin(), out.end(), [](const ladder_entry& a, const ladder_entry& b) {
    return a.key != b.key ? a.key > b.key : a.position < b.position;
  });
  return out;
}

/// The largest finite score; if there are only losers, the largest loss.
double largest_score(const std::vector<ladder_entry>& entries) {
  double best = 0, worst = 0;
  for (const ladder_entry& entry : entries) {
    if (!std::isfinite(score_at(entry))) { continue; }
    best = std::max(best, score_at(entry));
    worst = std::min(worst, score_at(entry));
  }
  return best > 0 ? best : worst < 0 ? -worst : 1.0;
}

/// In percent.
double share_of(std::uint64_t lots, std::uint64_t open) {
  return open == 0 ? 100.0 : 100.0 * static_cast<double>(lots) / static_cast<double>(open);
}

/// Steps of the ladder as a line.
struct ladder_line {
  page_json x = page_json::array();
  page_json y = page_json::array();
  page_json texts = page_json::array();
  bool low_at_taken = false;  ///< True if the score is below zero at the end of the taken part.
  bool below = false;         ///< True if a score up to `seen` is below zero.
};

/// `open`: lots of the whole side; `seen`: the part of it, in percent, that the chart shows.
ladder_line line_of(const scan_report& report, const std::vector<ladder_entry>& entries, std::uint64_t open,
                    const instrument& it, std::uint64_t taken, const symmetric_scale& scale, double seen) {
  const book& source = *report.scan().source;
  ladder_line out;
  std::uint64_t lots = 0;
  std::size_t next = 0;  // The next rank to draw: each of the first sixty, then fewer and fewer.
  for (std::size_t rank = 0; rank < entries.size(); ++rank) {
    const std::uint32_t position = entries[rank].position;
    const double score = score_at(entries[rank]);
    const std::uint64_t before = lots;
    lots += magnitude(source.positions.lots[position]);
    const bool end_of_taken = before < taken && taken <= lots;
    if (end_of_taken) { out.low_at_taken = score < 0; }
    out.below = out.below || (score < 0 && share_of(before, open) <= seen);
    if (rank != next && rank + 1 != entries.size() && !end_of_taken) { continue; }
    if (rank >= next) { next = rank + 1 + rank / 60; }
    const double x = share_of(lots, open);
    if (rank == 0) {  // The first step begins at the edge of the chart.
      out.x.push_back(0.0);
      out.y.push_back(scale.at(score));
      out.texts.push_back("");
    }
    out.x.push_back(x);
    out.y.push_back(scale.at(score));
    const std::uint32_t unit = source.positions.unit[position];
    out.texts.push_back(fmt::format("rank {}: {} {}<br>score {}, {} lights<br>{} contracts up to here",
                                    count_text(rank + 1), label_text(report.account_of_unit(unit)),
                                    label_text(report.unit_name(unit)), score_text(score),
                                    report.lights_of_position(position), contracts_text(it, lots)));
  }
  return out;
}

}  // namespace

page_chart ladder_chart(const scan_report& report, std::uint32_t segment, std::uint64_t taken,
                        const std::string& taken_name) {
  const scan_result& scan = report.scan();
  const instrument& it = scan.source->reference.instruments[segment / 2];
  const std::vector<ladder_entry> entries = whole_ladder(scan, segment);
  const symmetric_scale scale(largest_score(entries));
  const std::uint64_t open = scan.segments[segment].lots;
  const double end = share_of(taken, open);
  const double seen = taken == 0 ? 100.0 : std::min(100.0, 3 * end);
  const ladder_line line = line_of(report, entries, open, it, taken, scale, seen);
  page_chart out;
  out.title = side_name(*scan.source, segment) + ".";
  out.height = 300;
  out.data = page_json::array({{{"type", "scatter"},
                                {"mode", "lines"},
                                {"x", line.x},
                                {"y", line.y},
                                {"hovertext", line.texts},
                                {"hoverinfo", "text"},
                                {"showlegend", false},
                                {"line", {{"shape", "vh"}, {"color", palette::line}, {"width", 2}}}}});
  page_json places = page_json::array(), names = page_json::array();
  for (const double tick : scale.ticks()) {
    places.push_back(scale.at(tick));
    names.push_back(fmt::format("{:g}", tick));
  }
  out.layout = {{"xaxis",
                 {{"title", {{"text", "share of the side's open interest, from the top"}}},
                  {"ticksuffix", " %"},
                  {"range", {0.0, seen}}}},
                {"yaxis",
                 {{"title", {{"text", "score"}}},
                  {"tickvals", places},
                  {"ticktext", names},
                  {"range", scale.range(line.below)}}}};
  if (taken == 0) { return out; }
  const page_json across = {{"yref", "paper"}, {"y0", 0}, {"y1", 1}, {"x1", end}, {"layer", "below"}};
  page_json area = across, edge = across;
  area.update(
      {{"type", "rect"}, {"x0", 0.0}, {"fillcolor", palette::found}, {"opacity", 0.16}, {"line", {{"width", 0}}}});
  edge.update({{"type", "line"}, {"x0", end}, {"line", {{"color", palette::found}, {"width", 1.5}, {"dash", "dot"}}}});
  out.layout["shapes"] = page_json::array({area, edge});
  // Beside the line of the taken part, away from the line of the ladder, where the chart has space for it.
  const bool on_left = 2 * end > seen;
  const page_json note = {{"x", end},
                          {"yref", "paper"},
                          {"y", line.low_at_taken ? 0.98 : 0.02},
                          {"yanchor", line.low_at_taken ? "top" : "bottom"},
                          {"xanchor", on_left ? "right" : "left"},
                          {"xshift", on_left ? -4 : 4},
                          {"showarrow", false},
                          {"text", taken_name + " " + contracts_text(it, taken)}};
  out.layout["annotations"] = page_json::array({note});
  return out;
}

}  // namespace plimsoll
