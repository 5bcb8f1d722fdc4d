// Writes a table to a file: rows are made and formatted in parallel and written in order, in bounded memory. No Arrow
// type is used here.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/io/table_format.hpp"
#include "host/table/table.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

struct write_options {
  /// Threads to use; 0: as many as the machine offers. The bytes do not depend on it.
  int threads = 0;
  /// Called as chunks are written, with the part of the rows that is done (0 to 1). Never from several threads at once.
  std::function<void(double fraction)> on_progress{};
  /// Checked before each chunk; once it is true, the write ends with error_code::interrupted.
  const std::atomic<bool>* stop = nullptr;
  /// Key-value metadata of a Parquet or Arrow file: its content and the units of its columns.
  std::vector<std::pair<std::string, std::string>> facts{};
};

/// Rows of a chunk, that is, of one call of `table_source::fill`.
inline constexpr std::uint64_t rows_per_chunk = 65'536;

/// Writes `table` to a new file folder/name.csv, .parquet or .arrow, and flushes it to disk.
///
/// CSV: header, LF, a field is quoted only if RFC 4180 requires it, amounts with each row's digits. Parquet and Arrow:
/// amounts as decimal128(38, digits_max), batches of `rows_per_chunk`.
/// Errors: io, with path and cause (disk full, no such folder, ...); interrupted. After a failure the incomplete file
/// is left: see output_folder.
[[nodiscard]] status write_table(const table_source& table, const std::filesystem::path& folder, std::string_view name,
                                 table_format format, const write_options& options = {});

}  // namespace plimsoll
