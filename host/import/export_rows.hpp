// The rows of one file of an export, as text.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "plimsoll/result.hpp"

namespace plimsoll::importing {

/// Cells by column, then row. Blank text where there is none. Beside the file's own columns there is `@account` (what
/// follows the first - of the file's name, else "account"). Of JSON there are also `@1`, `@2`, ... (keys or places that
/// each * of the path went through), `^name` (plain members of what the last such * led to) and `/name` (those of the
/// document).
struct export_rows {
  std::string file;  ///< Its name, for messages.
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> cells;  ///< By column.
  std::size_t rows = 0;

  /// Place of a column, or SIZE_MAX.
  [[nodiscard]] std::size_t find(std::string_view column) const;
};

/// How a file is read.
struct read_options {
  char separator = '\0';  ///< Of CSV; 0: the one of , ; tab | that the header has most of.
  std::string path;       ///< Of JSON: where the rows are: "result.list", "*", "accounts.*.positions".
  bool optional = false;  ///< Of JSON: a document that has nothing there has no rows.
};

/// The file by its ending: .csv .tsv .txt .json .jsonl .ndjson (each also with .gz), .parquet .arrow .feather. A folder
/// of Parquet files is one table. Errors: io; bad_data with file and reason.
[[nodiscard]] result<export_rows> read_export(const std::filesystem::path& path, const read_options& options);

}  // namespace plimsoll::importing
