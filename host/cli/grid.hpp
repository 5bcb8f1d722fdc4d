// Tables for people: columns as wide as their cells.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/cli/terminal.hpp"

namespace plimsoll::cli {

/// Rows of cells. The first column is left-aligned, a column added with `right` right-aligned.
class grid {
 public:
  grid& left(std::string title);
  grid& right(std::string title);
  void add_row(std::vector<std::string> cells);
  /// Colours a cell of the row that was added last.
  void paint_last(std::size_t column, accent how);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// The table, titles first, with each line indented by two spaces. If the screen is too narrow, one line per figure:
  /// a row's first cell, and below it each other column that is not blank. In Markdown a table with bars.
  [[nodiscard]] std::string print(const terminal& screen) const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths() const;
  [[nodiscard]] std::string print_turned(const terminal& screen) const;
  [[nodiscard]] std::string print_markdown() const;

  struct column_title {
    std::string title;
    bool right = false;
  };
  struct row_cells {
    std::vector<std::string> cells;
    std::vector<accent> accents;
  };
  std::vector<column_title> columns_;
  std::vector<row_cells> rows_;
};

/// A plain decimal for people: digits in groups of three; two decimals from a thousand on, four from one on, else
/// eight; rounded half to even, without trailing zeros.
[[nodiscard]] std::string people_number(std::string_view plain);

/// Characters that a UTF-8 text takes on screen, one per code point.
[[nodiscard]] std::size_t shown_width(std::string_view text);

/// A count in groups of three digits: "12 345 678".
[[nodiscard]] std::string grouped(std::uint64_t count);

/// "1 tick", "1 300 ticks"; `many`: the plural, if it is not formed with an s.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one, std::string_view many = {});

}  // namespace plimsoll::cli
