// Reads the rows of one file of an export as text.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "plimsoll/result.hpp"

namespace plimsoll::importing {

/// Cells by column, then row; a missing cell is blank text. In addition to the columns of the file there is `@account`
/// (the part of the file's name after the first -, else "account"). JSON also gives `@1`, `@2`, ... (the key or index
/// at each * of the path), `^name` (plain members of the element of the last *) and `/name` (plain members of the
/// document).
struct export_rows {
  std::string file;  ///< Its name, for messages.
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> cells;  ///< By column.
  std::size_t rows = 0;

  /// Index of a column, or SIZE_MAX.
  [[nodiscard]] std::size_t find(std::string_view column) const;
};

/// Options for reading a file.
struct read_options {
  char separator = '\0';  ///< For CSV; 0: the most frequent of , ; tab | in the header.
  std::string path;       ///< For JSON: path of the rows, such as "result.list", "*", "accounts.*.positions".
  bool optional = false;  ///< For JSON: a document without that path has no rows.
};

/// Reads a file by its ending: .csv .tsv .txt .json .jsonl .ndjson (each also with .gz), .parquet .arrow .feather. A
/// folder of Parquet files is one table. Errors: io; bad_data with file and reason.
[[nodiscard]] result<export_rows> read_export(const std::filesystem::path& path, const read_options& options);

}  // namespace plimsoll::importing
