// A table that a command wrote, read back as text.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "plimsoll/result.hpp"

namespace plimsoll::io {

/// Named columns of a table.
struct text_columns {
  std::vector<std::vector<std::string>> columns;  ///< In the order asked for; as long as the table has rows.
  [[nodiscard]] std::size_t rows() const { return columns.empty() ? 0 : columns.front().size(); }
};

/// The columns `names` of the table `table` in `folder`, as the CSV of it would show them: decimals exact, flags as
/// true and false, blank where there is nothing. Usage where there is no such table, or in several formats; bad_data
/// where a column is missing or the file is not readable.
[[nodiscard]] result<text_columns> read_result(const std::filesystem::path& folder, std::string_view table,
                                               const std::vector<std::string>& names);

}  // namespace plimsoll::io
