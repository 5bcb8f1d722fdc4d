// Makes the cells of a book's tables from an export by a map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "host/import/import_map.hpp"
#include "host/text/refusal.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::importing {

/// The row of an export from which a row of a table was made; the first one if several were added.
struct row_origin {
  std::string_view file;  ///< One of `text_cells::files`; blank: the map itself.
  std::size_t row = 0;    ///< As messages count it.
};

/// A table of text, column by column.
struct text_cells {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> cells;  ///< By column.
  std::vector<row_origin> origins;              ///< By row.
  std::set<std::string> files;
  [[nodiscard]] std::size_t rows() const { return cells.empty() ? 0 : cells.front().size(); }
};

/// Makes every table of the map; tables with the same name are appended. Omitted, blanked and summed values are noted
/// in `refusals`; a cell that the rules of the map do not allow is refused there with its file, row and column. Errors:
/// io; bad_data if there are refusals or a file cannot be read.
[[nodiscard]] result<std::vector<text_cells>> make_tables(const std::filesystem::path& from, const import_map& map,
                                                          refusal_list& refusals);

/// A line for each listed refusal of a row in these tables: the row of the export from which it was made.
[[nodiscard]] std::vector<std::string> origins_of(const std::vector<text_cells>& tables, const refusal_list& refusals);

/// A table as CSV text.
[[nodiscard]] std::string csv_of(const text_cells& table);

}  // namespace plimsoll::importing
