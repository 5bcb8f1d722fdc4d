// The formats of a table in a file.
#pragma once

#include <optional>
#include <string_view>

namespace plimsoll {

enum class table_format : unsigned char {
  csv,      ///< RFC 4180, minimal quoting, LF, UTF-8.
  parquet,  ///< With zstd if the Arrow library has it.
  arrow,    ///< Arrow IPC file, uncompressed.
};

/// "csv", "parquet", "arrow".
[[nodiscard]] constexpr const char* to_string(table_format format) {
  constexpr const char* words[] = {"csv", "parquet", "arrow"};
  return words[static_cast<int>(format)];
}

/// The format with the given name.
[[nodiscard]] constexpr std::optional<table_format> table_format_of(std::string_view word) {
  for (const table_format format : {table_format::csv, table_format::parquet, table_format::arrow}) {
    if (word == to_string(format)) { return format; }
  }
  return std::nullopt;
}

}  // namespace plimsoll
