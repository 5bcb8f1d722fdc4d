// Reads a table that a command wrote, as text.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "plimsoll/result.hpp"

namespace plimsoll::io {

/// Named columns of a table.
struct text_columns {
  std::vector<std::vector<std::string>> columns;  ///< In the requested order; each has one text per row.
  [[nodiscard]] std::size_t rows() const { return columns.empty() ? 0 : columns.front().size(); }
};

/// The columns `names` of the table `table` in `folder`, as CSV would show them: exact decimals, flags as true and
/// false, nulls as blanks. Errors: usage if there is no such table or it exists in several formats; bad_data if a
/// column is missing or the file is not readable.
[[nodiscard]] result<text_columns> read_result(const std::filesystem::path& folder, std::string_view table,
                                               const std::vector<std::string>& names);

}  // namespace plimsoll::io
