// What the tables that commands write hold, for people: `plimsoll help outputs`, the manual page, docs/formats.md.
#pragma once

#include <span>
#include <string_view>

namespace plimsoll {

struct output_column {
  std::string_view name;
  std::string_view unit = "";  ///< What its numbers count.
  std::string_view meaning = "";
};

struct output_table {
  std::string_view command;  ///< Which writes it.
  std::string_view name;
  std::string_view about;  ///< What its rows are.
  std::span<const output_column> columns;
};

/// In the order in which they are written, columns as they stand in the files.
[[nodiscard]] std::span<const output_table> output_tables();

}  // namespace plimsoll
