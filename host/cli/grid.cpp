#include "host/cli/grid.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

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

std::string grid::print(const terminal& screen) const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = shown_width(columns_[c].title);
    for (const row_cells& one : rows_) { width = std::max(width, shown_width(one.cells[c])); }
    widths.push_back(width);
  }
  std::string out;
  const auto put = [&](std::size_t c, const std::string& text, accent how) {
    const std::string padding(widths[c] - shown_width(text), ' ');
    out += c == 0 ? "  " : "   ";
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

}  // namespace plimsoll::cli
