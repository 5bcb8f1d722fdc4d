// A table made by a function that fills chunks, and small functions that fill cells.
#pragma once

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "host/table/table.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll {

class chunk_table final : public table_source {
 public:
  using filler = std::function<void(std::uint64_t begin, std::uint64_t end, table_chunk& out)>;
  chunk_table(std::vector<column_spec> columns, std::uint64_t rows, filler fill)
      : columns_(std::move(columns)), rows_(rows), fill_(std::move(fill)) {}

  [[nodiscard]] const std::vector<column_spec>& columns() const override { return columns_; }
  [[nodiscard]] std::uint64_t rows() const override { return rows_; }
  void fill(std::uint64_t begin, std::uint64_t end, table_chunk& out) const override { fill_(begin, end, out); }

 private:
  std::vector<column_spec> columns_;
  std::uint64_t rows_;
  filler fill_;
};

/// Fills the cells of one row after another, column by column from the left.
class row_writer {
 public:
  explicit row_writer(table_chunk& chunk) : chunk_(chunk) {}

  row_writer& text(std::string_view value) {
    next().text.push_back(value);
    return *this;
  }
  row_writer& amount(int128 units, int digits) {
    column_cells& cells = next();
    cells.amount.push_back(units);
    cells.digits.push_back(static_cast<std::uint8_t>(digits));
    return *this;
  }
  /// An amount that may be blank. Every row of such a column must use this function or `blank_amount`.
  row_writer& amount_if(bool present, int128 units, int digits) {
    column_cells& cells = next();
    cells.valid.push_back(present ? 1 : 0);
    cells.amount.push_back(present ? units : int128{0});
    cells.digits.push_back(static_cast<std::uint8_t>(digits));
    return *this;
  }
  row_writer& integer(std::int64_t value) {
    next().integer.push_back(value);
    return *this;
  }
  row_writer& integer_if(bool present, std::int64_t value) {
    column_cells& cells = next();
    cells.valid.push_back(present ? 1 : 0);
    cells.integer.push_back(present ? value : 0);
    return *this;
  }
  row_writer& score(double value) {
    next().score.push_back(value);
    return *this;
  }
  row_writer& boolean(bool value) { return integer(value ? 1 : 0); }
  void end_row() { column_ = 0; }

 private:
  column_cells& next() { return chunk_.columns[column_++]; }

  table_chunk& chunk_;
  std::size_t column_ = 0;
};

}  // namespace plimsoll
