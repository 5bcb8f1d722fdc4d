// Descriptions of the tables that commands write: for `plimsoll help outputs`, the manual page and docs/formats.md.
#pragma once

#include <span>
#include <string_view>

namespace plimsoll {

struct output_column {
  std::string_view name;
  std::string_view unit = "";  ///< Unit of its numbers.
  std::string_view meaning = "";
};

struct output_table {
  std::string_view command;  ///< Command that writes it.
  std::string_view name;
  std::string_view about;  ///< Description of its rows.
  std::span<const output_column> columns;
};

/// In the order in which they are written, with columns in the order of the files.
[[nodiscard]] std::span<const output_table> output_tables();

}  // namespace plimsoll
