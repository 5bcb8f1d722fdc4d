// The rows of a table as a page shows them: texts, cut after the first ones.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/table/table.hpp"

namespace plimsoll {

struct page_column {
  std::string name;
  bool number = false;  ///< Right aligned.
  bool grouped = true;  ///< A number's digits by threes; not those of a tick's number.
};

struct page_table {
  std::string id;
  std::string title;
  std::string reading;
  std::vector<page_column> columns;
  std::vector<std::vector<std::string>> rows;
  std::uint64_t rows_total = 0;  ///< More than `rows` holds: the table is cut, and the page says so.
  std::string whole{};           ///< Where the whole table stands, for a cut one: "flagged".
  std::string choice{};          ///< As a chart's.
};

/// The first `rows_max` rows of a table, each cell the text that a CSV of it would hold.
[[nodiscard]] page_table first_rows(const table_source& source, std::uint64_t rows_max);

/// The named rows of a table, in that order.
[[nodiscard]] page_table chosen_rows(const table_source& source, std::span<const std::uint64_t> rows);

/// Leaves only these columns, in this order. A name that the table lacks is a defect and asserts.
void keep_columns(page_table& table, std::initializer_list<std::string_view> names);

/// Leaves out the columns of numbers that are 0 in every row.
void drop_zero_columns(page_table& table);

/// Leaves out the columns of texts that are blank in every row.
void drop_blank_columns(page_table& table);

/// The same number, grouped and rounded half to even to two decimals, from a million on to none: for a tile.
[[nodiscard]] std::string short_number(std::string_view plain);

/// "1234567.89" with its whole part grouped by threes, by a narrow space that no line breaks at.
[[nodiscard]] std::string grouped_number(std::string_view plain);

}  // namespace plimsoll
