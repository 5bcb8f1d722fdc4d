#include "host/report/page/page_table.hpp"

#include <algorithm>
#include <cassert>
#include <type_traits>
#include <utility>

#include "host/text/decimal.hpp"
#include "host/text/score_text.hpp"

namespace plimsoll {

namespace {

std::string cell_text(const column_spec& spec, const column_cells& cells, std::size_t row) {
  if (!cells.valid.empty() && cells.valid[row] == 0) { return {}; }
  switch (spec.kind) {
    case column_kind::text: return std::string(cells.text[row]);
    case column_kind::amount: return format_units(cells.amount[row], cells.digits[row]);
    case column_kind::integer: return std::to_string(cells.integer[row]);
    case column_kind::score: return score_text(cells.score[row]);
    case column_kind::boolean: return cells.integer[row] != 0 ? "true" : "false";
  }
  return {};
}

page_table headed(const table_source& source) {
  page_table out;
  for (const column_spec& column : source.columns()) {
    const bool number = column.kind != column_kind::text && column.kind != column_kind::boolean;
    out.columns.push_back({column.name, number, column.name != "tick"});
  }
  return out;
}

void append_rows(page_table& out, const table_source& source, std::uint64_t begin, std::uint64_t end) {
  const std::vector<column_spec>& columns = source.columns();
  table_chunk chunk;
  chunk.columns.resize(columns.size());
  source.fill(begin, end, chunk);
  for (std::size_t row = 0; row < end - begin; ++row) {
    std::vector<std::string>& cells = out.rows.emplace_back();
    for (std::size_t column = 0; column < columns.size(); ++column) {
      cells.push_back(cell_text(columns[column], chunk.columns[column], row));
    }
  }
}

}  // namespace

page_table first_rows(const table_source& source, std::uint64_t rows_max) {
  page_table out = headed(source);
  out.rows_total = source.rows();
  append_rows(out, source, 0, std::min(source.rows(), rows_max));
  return out;
}

page_table chosen_rows(const table_source& source, std::span<const std::uint64_t> rows) {
  page_table out = headed(source);
  out.rows_total = rows.size();
  for (const std::uint64_t row : rows) { append_rows(out, source, row, row + 1); }
  return out;
}

namespace {

void keep_places(page_table& table, const std::vector<std::size_t>& places) {
  const auto pick = [&](auto& cells) {
    std::remove_reference_t<decltype(cells)> kept;
    for (const std::size_t place : places) { kept.push_back(cells[place]); }
    cells = std::move(kept);
  };
  pick(table.columns);
  for (std::vector<std::string>& row : table.rows) { pick(row); }
}

}  // namespace

void keep_columns(page_table& table, std::initializer_list<std::string_view> names) {
  std::vector<std::size_t> places;
  for (const std::string_view name : names) {
    const auto at = std::find_if(table.columns.begin(), table.columns.end(),
                                 [&](const page_column& one) { return one.name == name; });
    assert(at != table.columns.end());
    places.push_back(static_cast<std::size_t>(at - table.columns.begin()));
  }
  keep_places(table, places);
}

void drop_zero_columns(page_table& table) {
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < table.columns.size(); ++place) {
    const bool some = std::any_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
      return row[place].find_first_of("123456789") != std::string::npos;
    });
    if (some || !table.columns[place].number || !table.columns[place].grouped) { places.push_back(place); }
  }
  keep_places(table, places);
}

void drop_blank_columns(page_table& table) {
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < table.columns.size(); ++place) {
    const bool blank =
        std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& row) { return row[place].empty(); });
    if (table.columns[place].number || !blank) { places.push_back(place); }
  }
  keep_places(table, places);
}

std::string short_number(std::string_view plain) {
  decimal value;
  if (parse_decimal(plain, value) != decimal_fault::none) { return std::string(plain); }
  constexpr int128 million = 1'000'000;
  const int128 size = value.mantissa < 0 ? -value.mantissa : value.mantissa;
  const int given = static_cast<int>(plain.size() - std::min(plain.find('.') + 1, plain.size()));
  const int digits = size / power_of_ten(value.scale) >= million ? 0 : std::min(given, 2);
  int128 units = size;
  if (value.scale > digits) {  // Half to even.
    const int128 by = power_of_ten(value.scale - digits);
    const int128 rest = size % by;
    units = size / by;
    if (rest > by - rest || (rest == by - rest && units % 2 == 1)) { ++units; }
  } else {
    units = size * power_of_ten(digits - value.scale);
  }
  return (value.mantissa < 0 && units != 0 ? "-" : "") + grouped_number(format_units(units, digits));
}

std::string grouped_number(std::string_view plain) {
  const std::size_t first = plain.starts_with('-') ? 1 : 0;
  const std::size_t point = std::min(plain.find('.'), plain.size());
  const bool digits = point > first && std::all_of(plain.begin() + static_cast<std::ptrdiff_t>(first),
                                                   plain.begin() + static_cast<std::ptrdiff_t>(point),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  std::string out(plain);
  if (!digits) { return out; }
  for (std::size_t at = point; at > first + 3;) {
    at -= 3;
    out.insert(at, "\u202f");
  }
  return out;
}

}  // namespace plimsoll
