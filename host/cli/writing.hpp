// Writes tables for a command: format, threads, progress with rows per second.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "host/cli/arguments.hpp"
#include "host/cli/progress.hpp"
#include "host/io/write_table.hpp"
#include "host/table/table.hpp"

namespace plimsoll::cli {

/// `--format` of a command that writes tables.
[[nodiscard]] table_format format_of(const invocation& call);

/// Options for writing a table of `rows` rows (0: unknown) that show it as a stage.
[[nodiscard]] write_options show_writing(const invocation& call, progress& bar, const std::string& name,
                                         std::uint64_t rows);

/// Writes tables into a folder in the format of `--format`; shows each as a stage.
[[nodiscard]] status write_tables(const invocation& call, progress& bar, std::span<const named_table> tables,
                                  const std::filesystem::path& folder);

}  // namespace plimsoll::cli
