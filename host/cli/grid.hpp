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
  /// Colour of a cell of the row added last.
  void paint_last(std::size_t column, accent how);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// All of it, each line indented by two spaces, titles first. Where the screen is too narrow for that, one line a
  /// figure: a row's first cell, and below it each other column that says something. In Markdown a table with bars.
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

/// A plain decimal for people: digits by threes, two decimals from a thousand on, four from one on, else eight; rounded
/// half to even, without zeros at its end.
[[nodiscard]] std::string people_number(std::string_view plain);

/// Characters that a UTF-8 text takes on screen, counting one a code point.
[[nodiscard]] std::size_t shown_width(std::string_view text);

/// A count with thin groups: "12 345 678".
[[nodiscard]] std::string grouped(std::uint64_t count);

/// "1 tick", "1 300 ticks"; `many`: a plural that is not made by an s.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one, std::string_view many = {});

}  // namespace plimsoll::cli
