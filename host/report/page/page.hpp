// A report as one HTML file that needs nothing else: facts, charts, and the tables behind them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/report/page/page_assets.hpp"
#include "host/report/page/page_table.hpp"

namespace plimsoll {

using page_json = nlohmann::ordered_json;

/// A chart: plotly's `data` and `layout`. The page's script adds colours of text and grid, fonts and margins.
struct page_chart {
  std::string id;  ///< Unique in the page; letters, digits and dashes.
  std::string title;
  std::string reading;  ///< Explanation in a sentence or two.
  page_json data = page_json::array();
  page_json layout = page_json::object();
  int height = 340;   ///< In CSS pixels.
  bool wide = false;  ///< The page's whole width instead of half of it.
  /// Asset of the chart, if a section has the same chart for several assets. The script shows the charts of one asset
  /// at a time, the same one in the whole page. Without JavaScript, or if it is blank, the chart is always shown.
  std::string choice{};
};

/// A prominent figure at the top.
struct page_tile {
  std::string label;
  std::string value;
  std::string detail;
  std::string tone;  ///< "good", "warning", "bad", or blank.
};

struct page_section {
  std::string id;
  std::string title;
  std::string reading;
  std::vector<page_chart> charts;
  std::vector<page_table> tables;  ///< Below the charts.
};

using page_facts = std::vector<std::pair<std::string, std::string>>;  ///< Names and values.

struct report_page {
  std::string title;
  std::string subtitle;
  page_facts facts;
  page_facts run;  ///< Facts that differ from run to run: times, machine. The rest depends only on the input.
  std::vector<std::string> notes;  ///< Ignored, rounded or guessed inputs and steps without effect, shown above the
                                   ///< figures.
  std::vector<page_tile> tiles;
  std::vector<page_section> sections;
};

/// The object `inputs` of a page's summary, in which a command has stored the names and paths of its inputs.
void add_inputs(page_facts& facts, const page_json& summary);

/// The file's text. Every name and value is escaped.
[[nodiscard]] std::string page_html(const report_page& page, const page_assets& assets);

/// Escapes text for HTML, also inside a quoted attribute.
[[nodiscard]] std::string html_text(std::string_view text);

/// Escapes text for a plotly label, in which `<b>` would be markup.
[[nodiscard]] std::string label_text(std::string_view text);

/// An axis of names: always categories, each with a tick; long names are cut.
[[nodiscard]] page_json name_axis(const page_json& labels);

}  // namespace plimsoll
