#include "host/report/page/page.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace plimsoll {

namespace {

/// The page may load nothing, so even text that was not escaped could not access the network.
constexpr std::string_view policy =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
    "form-action 'none'";

/// The load line: a circle crossed by a bar.
constexpr std::string_view logo =
    "<svg class=\"mark\" viewBox=\"0 0 40 40\" aria-hidden=\"true\"><circle cx=\"20\" cy=\"20\" r=\"12\" fill=\"none\" "
    "stroke=\"currentColor\" "
    "stroke-width=\"3\"/><path d=\"M2 20h36\" stroke=\"currentColor\" stroke-width=\"3\"/></svg>";

/// JSON inside <script>, in which nothing may look like the end of the element.
std::string script_json(const page_json& value) {
  std::string out;
  for (const char c : value.dump(-1, ' ', false, page_json::error_handler_t::replace)) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

std::string facts_html(const page_facts& facts, std::string_view id) {
  if (facts.empty()) { return {}; }
  std::string out = fmt::format("<dl class=\"facts\" id=\"{}\">\n", id);
  for (const auto& [name, value] : facts) {
    out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", html_text(name), html_text(value));
  }
  return out + "</dl>\n";
}

std::string notes_html(const std::vector<std::string>& notes) {
  if (notes.empty()) { return {}; }
  std::string out = "<ul id=\"notes\" class=\"notes\">\n";
  for (const std::string& note : notes) { out += fmt::format("<li>{}</li>\n", html_text(note)); }
  return out + "</ul>\n";
}

std::string tiles_html(const std::vector<page_tile>& tiles) {
  if (tiles.empty()) { return {}; }
  std::string out = "<div class=\"tiles\">\n";
  for (const page_tile& tile : tiles) {
    out += fmt::format(
        "<div class=\"tile {}\"><span class=\"label\">{}</span><span class=\"value\">{}</span><span "
        "class=\"detail\">{}</span></div>\n",
        html_text(tile.tone), html_text(tile.label), html_text(tile.value), html_text(tile.detail));
  }
  return out + "</div>\n";
}

std::string choice_html(const std::string& choice) {
  return choice.empty() ? std::string() : fmt::format(" data-choice=\"{}\"", html_text(choice));
}

std::string chart_html(const page_chart& chart, bool wide) {
  std::string out = fmt::format("<figure class=\"chart{}\" id=\"{}\"{}>\n<figcaption><b>{}</b> {}</figcaption>\n",
                                wide ? " wide" : "", chart.id, choice_html(chart.choice), html_text(chart.title),
                                html_text(chart.reading));
  out += fmt::format(
      "<div class=\"plot\" style=\"height:{}px\"><p class=\"without\">Charts need JavaScript; the tables have the same "
      "figures.</p></div>\n",
      chart.height);
  out += fmt::format("<script type=\"application/json\">{}</script>\n</figure>\n",
                     script_json({{"data", chart.data}, {"layout", chart.layout}}));
  return out;
}

std::string head_cell(const page_column& column) {
  std::string words = column.name;
  std::replace(words.begin(), words.end(), '_', ' ');
  return fmt::format("<th scope=\"col\"{}>{}</th>", column.number ? " class=\"n\"" : "", html_text(words));
}

std::string body_cell(const page_column& column, const std::string& cell) {
  if (column.number) {
    const bool zero = cell.find_first_not_of("0.") == std::string::npos;
    return fmt::format("<td class=\"n{}\">{}</td>", zero ? " zero" : "",
                       html_text(column.grouped ? grouped_number(cell) : cell));
  }
  if (column.name == "state") {
    std::string words = cell;
    std::replace(words.begin(), words.end(), '_', ' ');
    return fmt::format("<td><span class=\"state {}\">{}</span></td>", html_text(cell), html_text(words));
  }
  constexpr std::size_t chars_in_line = 44;  // The address of a wallet has 42.
  return fmt::format("<td class=\"t{}\">{}</td>", cell.size() > chars_in_line ? " long" : "", html_text(cell));
}

std::string table_html(const page_table& table) {
  std::string out = fmt::format("<figure class=\"table\" id=\"{}\"{}>\n<figcaption><b>{}</b> {}", html_text(table.id),
                                choice_html(table.choice), html_text(table.title), html_text(table.reading));
  if (table.rows_total > table.rows.size()) {
    out += fmt::format(" <span class=\"cut\">First {} of {} rows{}.</span>", table.rows.size(),
                       grouped_number(std::to_string(table.rows_total)),
                       table.whole.empty() ? std::string() : "; all of them: " + html_text(table.whole));
  }
  out += "</figcaption>\n";
  if (table.rows.empty()) { return out + "<p class=\"none\">None.</p>\n</figure>\n"; }
  out += "<div class=\"scroll\"><table>\n<thead><tr>";
  for (const page_column& column : table.columns) { out += head_cell(column); }
  out += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) { out += body_cell(table.columns[i], row[i]); }
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table></div>\n</figure>\n";
}

/// Charts that take the whole width: those that are marked so, and a half that would be alone in its row for any chosen
/// asset.
std::vector<bool> wide_charts(const std::vector<page_chart>& charts) {
  std::vector<bool> out;
  std::vector<std::string> choices;
  for (const page_chart& chart : charts) {
    out.push_back(chart.wide);
    if (!chart.choice.empty()) { choices.push_back(chart.choice); }
  }
  if (choices.empty()) { choices.emplace_back(); }
  for (const std::string& choice : choices) {
    constexpr std::size_t none = static_cast<std::size_t>(-1);
    std::size_t alone = none;
    for (std::size_t i = 0; i < charts.size(); ++i) {
      if (!charts[i].choice.empty() && charts[i].choice != choice) { continue; }
      if (charts[i].wide && alone != none) { out[alone] = true; }
      alone = charts[i].wide || alone != none ? none : i;
    }
    if (alone != none) { out[alone] = true; }
  }
  return out;
}

std::string section_html(const page_section& section) {
  std::string out = fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n", html_text(section.id), html_text(section.title));
  if (!section.reading.empty()) { out += fmt::format("<p class=\"reading\">{}</p>\n", html_text(section.reading)); }
  if (!section.charts.empty()) {
    out += "<div class=\"charts\">\n";
    const std::vector<bool> wide = wide_charts(section.charts);
    for (std::size_t i = 0; i < section.charts.size(); ++i) { out += chart_html(section.charts[i], wide[i]); }
    out += "</div>\n";
  }
  for (const page_table& table : section.tables) { out += table_html(table); }
  return out + "</section>\n";
}

std::string contents_html(const std::vector<page_section>& sections) {
  std::string out = "<nav>";
  for (const page_section& section : sections) {
    out += fmt::format("<a href=\"#{}\">{}</a> ", html_text(section.id), html_text(section.title));
  }
  return out + "</nav>\n";
}

bool has_charts(const report_page& page) {
  return std::any_of(page.sections.begin(), page.sections.end(),
                     [](const page_section& one) { return !one.charts.empty(); });
}

}  // namespace

void add_inputs(page_facts& facts, const page_json& summary) {
  if (!summary.contains("inputs")) { return; }
  for (const auto& one : summary.at("inputs").items()) {
    facts.emplace_back(one.key(), one.value().get<std::string>());
  }
}

std::string html_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string label_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '\n':
      case '\r': out += ' '; break;
      default: out += c;
    }
  }
  return out;
}

page_json name_axis(const page_json& labels) {
  constexpr std::size_t chars_max = 28;
  page_json texts = page_json::array();
  for (const page_json& label : labels) {
    std::string text = label.get<std::string>();
    std::size_t chars = 0, at = 0;
    while (at < text.size() && chars < chars_max) {  // One character of UTF-8, or one entity.
      if (text[at] == '&') { at = text.find(';', at); }
      ++at;
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U) { ++at; }
      ++chars;
    }
    if (at < text.size()) { text = text.substr(0, at) + "\u2026"; }
    texts.push_back(std::move(text));
  }
  return {{"type", "category"}, {"tickmode", "array"}, {"tickvals", labels}, {"ticktext", texts}};
}

std::string page_html(const report_page& page, const page_assets& assets) {
  std::string out;
  out.reserve(assets.plotly.size() + (std::size_t{1} << 20));
  out += fmt::format("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n",
                     html_text(page.title));
  out += fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", policy);
  out +=
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" "
      "content=\"light dark\">\n";
  out += fmt::format("<style>\n{}</style>\n</head>\n<body>\n<main>\n", assets.style);
  out += fmt::format("<header>{}<div><h1>{}</h1><p>{}</p></div></header>\n", logo, html_text(page.title),
                     html_text(page.subtitle));
  out +=
      facts_html(page.facts, "facts") + notes_html(page.notes) + tiles_html(page.tiles) + contents_html(page.sections);
  for (const page_section& section : page.sections) { out += section_html(section); }
  out += "<footer>\n";
  if (!page.run.empty()) {
    out += "<p>This run. The figures above do not depend on it.</p>\n" + facts_html(page.run, "run");
  }
  out +=
      "<p>Money is exact: whole steps of its asset, never rounded in between. Only cards and labels in charts are "
      "rounded. ";
  if (has_charts(page)) {
    out += "Charts are drawn with plotly.js (Copyright Plotly, Inc., MIT license), which is part of this file. ";
  }
  out += "This file loads nothing.</p>\n</footer>\n</main>\n";
  if (has_charts(page)) {
    out += "<script>\n";
    out += assets.plotly;
    out += "\n</script>\n";
  }
  out += "<script>\n";
  out += assets.script;
  out += "</script>\n";
  return out + "</body>\n</html>\n";
}

}  // namespace plimsoll
