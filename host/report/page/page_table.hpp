// The first rows of a table as texts for a page.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/table/table.hpp"

namespace plimsoll {

/// Rows of a table on a page; a longer one is cut, and says so.
inline constexpr std::size_t rows_shown = 100;

struct page_column {
  std::string name;
  bool number = false;  ///< Right aligned.
  bool grouped = true;  ///< Digits in groups of three; not for the number of a tick.
};

struct page_table {
  std::string id;
  std::string title;
  std::string reading;
  std::vector<page_column> columns;
  std::vector<std::vector<std::string>> rows;
  std::uint64_t rows_total = 0;  ///< If it is more than the size of `rows`, the page says that the table is cut.
  std::string whole{};           ///< For a cut table, the name of the whole table: "flagged".
  std::string choice{};          ///< As in a chart.
};

/// The first `rows_max` rows of a table, with each cell as its text in CSV.
[[nodiscard]] page_table first_rows(const table_source& source, std::uint64_t rows_max);

/// The named rows of a table, in that order.
[[nodiscard]] page_table chosen_rows(const table_source& source, std::span<const std::uint64_t> rows);

/// Keeps only these columns, in this order. A name that the table lacks is a defect and asserts.
void keep_columns(page_table& table, std::initializer_list<std::string_view> names);

/// Removes the columns of numbers that are 0 in every row.
void drop_zero_columns(page_table& table);

/// Removes the columns of texts that are blank in every row.
void drop_blank_columns(page_table& table);

/// A number for a tile: grouped, and rounded half to even to two decimals, or from a million on to none.
[[nodiscard]] std::string short_number(std::string_view plain);

/// "1234567.89" with its whole part in groups of three digits, separated by a narrow non-breaking space.
[[nodiscard]] std::string grouped_number(std::string_view plain);

}  // namespace plimsoll
