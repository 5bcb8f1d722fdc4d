// A table to a file: rows made and formatted in parallel, written in order, in bounded memory. No Arrow type stands
// here.
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
  /// Threads to use; 0: as many as the machine gives. The bytes do not depend on it.
  int threads = 0;
  /// Called as chunks are written, with the part of the rows that is done (0 to 1). Not from several threads at once.
  std::function<void(double fraction)> on_progress{};
  /// Looked at before each chunk; once true the writing ends with error_code::interrupted.
  const std::atomic<bool>* stop = nullptr;
  /// Key-value metadata of a Parquet or Arrow file: what it holds, and what its columns count.
  std::vector<std::pair<std::string, std::string>> facts{};
};

/// Rows of a chunk: what `table_source::fill` is asked for at once.
inline constexpr std::uint64_t rows_per_chunk = 65'536;

/// Writes `table` to a new file folder/name.csv, .parquet or .arrow, and brings it to the disk.
///
/// CSV: header, LF, a field quoted only where RFC 4180 asks for it, amounts at each row's digits. Parquet and Arrow:
/// amounts as decimal128(38, digits_max), batches of `rows_per_chunk`.
/// Errors: io, with path and cause (disk full, no such folder, ...); interrupted. A file that failed halfway stays
/// behind: see output_folder.
[[nodiscard]] status write_table(const table_source& table, const std::filesystem::path& folder, std::string_view name,
                                 table_format format, const write_options& options = {});

}  // namespace plimsoll
