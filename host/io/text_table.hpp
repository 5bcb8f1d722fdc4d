// A small table that is read cell by cell as text, whatever its format. Inside host/io only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/io/column_reader.hpp"
#include "host/io/refuse.hpp"
#include "host/io/rounding_tally.hpp"
#include "host/io/steps.hpp"
#include "host/io/table_file.hpp"
#include "host/text/decimal.hpp"
#include "host/text/number_fault.hpp"

namespace plimsoll::io {

/// Cells of a table by row and known column. The table must outlive it.
class text_table {
 public:
  explicit text_table(const table_data& table) : table_(&table) {
    columns_.resize(table.place.size());
    for (std::size_t known = 0; known < table.place.size(); ++known) {
      for (std::size_t batch = 0; batch < table.batches.size() && table.has(static_cast<int>(known)); ++batch) {
        // A number that is rounded to a step is read with its exact value, any other as the shortest decimal.
        const bool exact = !schema_of(table.id).columns[known].step.empty();
        columns_[known].emplace_back(*table.column(batch, static_cast<int>(known)),
                                     exact ? float_form::exact : float_form::shortest);
      }
    }
    tallies_ = std::vector<rounding_tally>(table.place.size());
  }

  [[nodiscard]] const import_rules& import() const { return table_->import; }
  [[nodiscard]] rounding_tally& tally(int column) const { return tallies_[static_cast<std::size_t>(column)]; }
  /// Notes the numbers that were rounded, by column.
  void note_roundings(const table_refuser& refuse) const {
    for (std::size_t known = 0; known < tallies_.size(); ++known) {
      tallies_[known].note(refuse, column_name(static_cast<int>(known)), import().round);
    }
  }

  [[nodiscard]] std::int64_t rows() const { return table_->rows; }
  [[nodiscard]] std::string_view column_name(int column) const {
    return schema_of(table_->id).columns[static_cast<std::size_t>(column)].name;
  }

  /// The text of a cell; blank if the cell is blank or there is no such column.
  [[nodiscard]] std::string_view cell(std::int64_t row, int column) const {
    const auto& batches = columns_[static_cast<std::size_t>(column)];
    if (batches.empty()) { return {}; }
    const auto after = std::upper_bound(table_->first_row.begin(), table_->first_row.end(), row);
    const auto batch = static_cast<std::size_t>(after - table_->first_row.begin() - 1);
    return batches[batch][row - table_->first_row[batch]];
  }

 private:
  const table_data* table_;
  std::vector<std::vector<text_cells>> columns_;
  mutable std::vector<rounding_tally> tallies_;
};

/// One row of a text_table: its cells with their refusals.
class row_reader {
 public:
  row_reader(const text_table& table, const table_refuser& refuse, std::int64_t row)
      : table_(table), refuse_(refuse), row_(row) {}

  [[nodiscard]] std::int64_t row() const { return row_; }
  [[nodiscard]] std::string_view text(int column) const { return table_.cell(row_, column); }
  /// True if nothing was refused in this row.
  [[nodiscard]] bool good() const { return good_; }

  void refuse(int column, std::string reason) {
    good_ = false;
    refuse_.cell(row_, table_.column_name(column), text(column), std::move(reason));
  }

  /// The name in a cell, or nothing if it is not a valid name.
  std::optional<std::string_view> name(int column) {
    const std::string_view found = text(column);
    if (const char* fault = fault_of_name(found)) {
      refuse(column, fault);
      return std::nullopt;
    }
    return found;
  }
  /// The number in a cell; nothing if it is blank, or not a number, which is refused.
  std::optional<decimal> number(int column) {
    const std::string_view found = text(column);
    if (found.empty()) { return std::nullopt; }
    decimal value;
    const bool as_it_is = import().round == rounding::refuse;
    const decimal_fault fault = as_it_is ? parse_decimal(found, value) : parse_long_decimal(found, value);
    if (fault != decimal_fault::none) {
      refuse(column, fault_of_number(fault, found, rounds::yes));
      return std::nullopt;
    }
    return value;
  }
  /// The same; a blank cell is refused.
  std::optional<decimal> required_number(int column) {
    if (text(column).empty()) { refuse(column, "is blank"); }
    return number(column);
  }
  /// The same; the number must be above zero.
  std::optional<decimal> required_positive(int column) {
    const auto value = required_number(column);
    if (value && value->mantissa <= 0) {
      refuse(column, "must be above zero");
      return std::nullopt;
    }
    return value;
  }

  /// `value` rounded to `step` if numbers are to be rounded; else unchanged.
  [[nodiscard]] decimal rounded(int column, const decimal& value, const decimal& step) const {
    return table_.tally(column).round(value, step, import().round, row_).value_or(value);
  }
  [[nodiscard]] const import_rules& import() const { return table_.import(); }

 private:
  const text_table& table_;
  const table_refuser& refuse_;
  std::int64_t row_;
  bool good_ = true;
};

}  // namespace plimsoll::io
