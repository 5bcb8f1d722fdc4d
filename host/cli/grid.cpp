#include "host/cli/grid.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "host/text/exact_text.hpp"

namespace plimsoll::cli {

std::size_t shown_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string grouped(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, " ");
  }
  return text;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  const std::string plural = many.empty() ? std::string(one) + "s" : std::string(many);
  return grouped(count) + " " + (count == 1 ? std::string(one) : plural);
}

grid& grid::left(std::string title) {
  columns_.push_back({std::move(title), false});
  return *this;
}

grid& grid::right(std::string title) {
  columns_.push_back({std::move(title), true});
  return *this;
}

void grid::add_row(std::vector<std::string> cells) {
  assert(cells.size() == columns_.size());
  rows_.push_back({std::move(cells), std::vector<accent>(columns_.size(), accent::plain)});
}

void grid::paint_last(std::size_t column, accent how) { rows_.back().accents[column] = how; }

std::vector<std::size_t> grid::widths() const {
  std::vector<std::size_t> out;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = shown_width(columns_[c].title);
    for (const row_cells& one : rows_) { width = std::max(width, shown_width(one.cells[c])); }
    out.push_back(width);
  }
  return out;
}

std::string grid::print(const terminal& screen) const {
  if (screen.is_markdown()) { return print_markdown(); }
  const std::vector<std::size_t> wide = widths();
  constexpr std::size_t between = 3;
  std::size_t line = 0;
  for (const std::size_t width : wide) { line += width + between; }
  if (columns_.size() > 2 && line > static_cast<std::size_t>(screen.columns()) + 1) { return print_turned(screen); }
  std::string out;
  const auto put = [&](std::size_t c, const std::string& text, accent how) {
    const std::string padding(wide[c] - shown_width(text), ' ');
    out += c == 0 ? "  " : std::string(between, ' ');
    if (columns_[c].right) { out += padding; }
    out += screen.paint(how, text);
    if (!columns_[c].right && c + 1 < columns_.size()) { out += padding; }
  };
  const auto end_line = [&] {
    while (!out.empty() && out.back() == ' ') { out.pop_back(); }
    out += "\n";
  };
  for (std::size_t c = 0; c < columns_.size(); ++c) { put(c, columns_[c].title, accent::faint); }
  end_line();
  for (const row_cells& one : rows_) {
    for (std::size_t c = 0; c < columns_.size(); ++c) { put(c, one.cells[c], one.accents[c]); }
    end_line();
  }
  return out;
}

std::string grid::print_turned(const terminal& screen) const {
  std::size_t titles = 0, cells = 0;
  for (std::size_t c = 1; c < columns_.size(); ++c) {
    titles = std::max(titles, shown_width(columns_[c].title));
    for (const row_cells& one : rows_) {
      if (columns_[c].right) { cells = std::max(cells, shown_width(one.cells[c])); }
    }
  }
  std::string out = "  " + screen.paint(accent::faint, columns_[0].title) + "\n";
  for (const row_cells& one : rows_) {
    if (!one.cells[0].empty()) { out += "  " + screen.paint(one.accents[0], one.cells[0]) + "\n"; }
    for (std::size_t c = 1; c < columns_.size(); ++c) {
      const std::string& cell = one.cells[c];
      if (cell.empty() || cell == "0") { continue; }
      out += "    " + screen.paint(accent::faint, columns_[c].title) +
             std::string(titles - shown_width(columns_[c].title) + 2, ' ');
      if (columns_[c].right) { out += std::string(cells - shown_width(cell), ' '); }
      out += screen.paint(one.accents[c], cell) + "\n";
    }
  }
  return out;
}

std::string grid::print_markdown() const {
  std::string out = "\n|";
  const auto put = [&](std::string_view cell) {
    out += ' ';
    for (const char c : cell) { out += c == '|' ? std::string("\\|") : std::string(1, c); }
    out += " |";
  };
  for (const column_title& one : columns_) { put(one.title); }
  out += "\n|";
  for (const column_title& one : columns_) { out += one.right ? "---:|" : "---|"; }
  out += "\n";
  for (const row_cells& one : rows_) {
    out += "|";
    for (const std::string& cell : one.cells) { put(cell); }
    out += "\n";
  }
  return out + "\n";  // A line right after the table would become a row of it.
}

std::string people_number(std::string_view plain) {
  decimal value;
  if (parse_decimal(plain, value) != decimal_fault::none) { return std::string(plain); }
  const bool below_zero = value.mantissa < 0;
  int128 units = below_zero ? -value.mantissa : value.mantissa;
  const int128 whole = units / power_of_ten(value.scale);
  const int digits = std::min(value.scale, whole >= 1'000 ? 2 : whole >= 1 ? 4 : 8);
  const int128 by = power_of_ten(value.scale - digits);
  const int128 rest = units % by;
  units /= by;
  if (rest > by - rest || (rest == by - rest && units % 2 == 1)) { ++units; }
  std::string text = trimmed_units(units, digits, 0);
  const std::size_t point = std::min(text.find('.'), text.size());
  for (std::size_t at = point; at > 3;) {
    at -= 3;
    text.insert(at, " ");
  }
  return below_zero && units != 0 ? "-" + text : text;
}

}  // namespace plimsoll::cli
