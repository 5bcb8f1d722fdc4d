#include "host/io/arrow_batches.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/type.h>

#include "host/text/decimal.hpp"

namespace plimsoll::io {

namespace {

std::shared_ptr<arrow::DataType> type_of(const column_spec& column) {
  switch (column.kind) {
    case column_kind::text: return arrow::utf8();
    case column_kind::amount: return arrow::decimal128(38, column.digits_max);
    case column_kind::integer: return arrow::int64();
    case column_kind::score: return arrow::float64();
    case column_kind::boolean: return arrow::boolean();
  }
  return arrow::null();
}

/// Validity bits of a column; none if no cell is blank.
arrow::Result<std::shared_ptr<arrow::Buffer>> validity_of(const column_cells& cells, std::int64_t rows,
                                                          std::int64_t& nulls) {
  nulls = 0;
  if (cells.valid.empty()) { return nullptr; }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> bits, arrow::AllocateEmptyBitmap(rows));
  std::uint8_t* const bytes = bits->mutable_data();
  for (std::int64_t row = 0; row < rows; ++row) {
    if (cells.valid[static_cast<std::size_t>(row)] != 0) {
      bytes[row / 8] = static_cast<std::uint8_t>(bytes[row / 8] | (1U << (row % 8)));
    } else {
      ++nulls;
    }
  }
  if (nulls == 0) { bits = nullptr; }
  return bits;
}

/// Amounts scaled to the digits of the column, 16 bytes per cell.
arrow::Result<std::shared_ptr<arrow::Buffer>> amounts_of(const column_cells& cells, std::int64_t rows, int digits_max) {
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<arrow::Buffer> out, arrow::AllocateBuffer(rows * 16));
  auto* const words = reinterpret_cast<std::uint64_t*>(out->mutable_data());
  int128 factor = 1;
  int digits = digits_max;
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto i = static_cast<std::size_t>(row);
    if (cells.digits[i] != digits) {
      digits = cells.digits[i];
      if (digits > digits_max) { return arrow::Status::Invalid("an amount has more digits than its column declares"); }
      factor = power_of_ten(digits_max - digits);
    }
    const auto scaled = static_cast<uint128>(cells.amount[i]) * static_cast<uint128>(factor);
    words[2 * row] = static_cast<std::uint64_t>(scaled);
    words[2 * row + 1] = static_cast<std::uint64_t>(scaled >> 64);
  }
  return std::shared_ptr<arrow::Buffer>(std::move(out));
}

arrow::Result<std::shared_ptr<arrow::Array>> text_array(const column_cells& cells, std::int64_t rows) {
  arrow::StringBuilder builder;
  std::int64_t bytes = 0;
  for (const std::string_view text : cells.text) { bytes += static_cast<std::int64_t>(text.size()); }
  ARROW_RETURN_NOT_OK(builder.Reserve(rows));
  ARROW_RETURN_NOT_OK(builder.ReserveData(bytes));
  constexpr std::size_t ahead = 16;  // The texts of a ladder are scattered in memory, so the next ones are prefetched.
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    if (row + ahead < cells.text.size()) { __builtin_prefetch(cells.text[row + ahead].data()); }
    if (!cells.valid.empty() && cells.valid[row] == 0) {
      builder.UnsafeAppendNull();
    } else {
      const std::string_view text = cells.text[row];  // Arrow would copy from the pointer of an empty view.
      builder.UnsafeAppend(text.empty() ? std::string_view("") : text);
    }
  }
  return builder.Finish();
}

template <class Value>
std::shared_ptr<arrow::Buffer> copy_of(const std::vector<Value>& values) {
  return arrow::Buffer::FromString(
      std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value)));
}

arrow::Result<std::shared_ptr<arrow::Array>> array_of(const column_spec& spec, const column_cells& cells,
                                                      std::int64_t rows) {
  if (spec.kind == column_kind::text) { return text_array(cells, rows); }
  if (spec.kind == column_kind::boolean) {
    arrow::BooleanBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Reserve(rows));
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
      const bool there = cells.valid.empty() || cells.valid[row] != 0;
      if (there) {
        builder.UnsafeAppend(cells.integer[row] != 0);
      } else {
        builder.UnsafeAppendNull();
      }
    }
    return builder.Finish();
  }
  std::int64_t nulls = 0;
  ARROW_ASSIGN_OR_RAISE(auto validity, validity_of(cells, rows, nulls));
  std::shared_ptr<arrow::Buffer> values;
  if (spec.kind == column_kind::amount) {
    ARROW_ASSIGN_OR_RAISE(values, amounts_of(cells, rows, spec.digits_max));
  } else {
    values = spec.kind == column_kind::integer ? copy_of(cells.integer) : copy_of(cells.score);
  }
  return arrow::MakeArray(arrow::ArrayData::Make(type_of(spec), rows, {validity, values}, nulls));
}

}  // namespace

std::shared_ptr<arrow::Schema> schema_of_table(const table_source& table, bool views) {
  arrow::FieldVector fields;
  for (const column_spec& column : table.columns()) {
    const bool view = views && column.kind == column_kind::text;
    fields.push_back(arrow::field(column.name, view ? arrow::utf8_view() : type_of(column)));
  }
  return arrow::schema(std::move(fields));
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> batch_of(const table_source& table,
                                                            const std::shared_ptr<arrow::Schema>& schema,
                                                            const table_chunk& chunk, std::int64_t rows,
                                                            const text_views* views) {
  arrow::ArrayVector arrays;
  for (std::size_t i = 0; i < table.columns().size(); ++i) {
    const column_spec& column = table.columns()[i];
    const bool view = views != nullptr && column.kind == column_kind::text;
    ARROW_ASSIGN_OR_RAISE(auto array,
                          view ? views->array_of(chunk.columns[i], rows) : array_of(column, chunk.columns[i], rows));
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(schema, rows, std::move(arrays));
}

}  // namespace plimsoll::io
