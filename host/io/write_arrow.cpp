// Parquet and Arrow IPC files: chunks become record batches in parallel, and are encoded in order.
#include <cassert>
#include <memory>
#include <utility>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/compression.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/properties.h>

#include "host/io/chunk_pipeline.hpp"
#include "host/io/write_formats.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll::io {

namespace {

constexpr std::int64_t row_group_rows = std::int64_t{1} << 20;

/// A file for Arrow to write to; keeps the error that Arrow only sees as a status.
class arrow_sink final : public arrow::io::OutputStream {
 public:
  explicit arrow_sink(file_writer& file) : file_(file) {}

  arrow::Status Write(const void* data, std::int64_t count) override {
    if (auto written = file_.write({static_cast<const char*>(data), static_cast<std::size_t>(count)}); !written) {
      failure_ = std::move(written).error();
      return arrow::Status::IOError(failure_->message);
    }
    return arrow::Status::OK();
  }
  using Writable::Write;
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> Tell() const override { return file_.length(); }
  bool closed() const override { return closed_; }

  /// What a status of Arrow's means for the caller.
  status to_status(const arrow::Status& said) const {
    if (said.ok()) { return ok(); }
    if (failure_) { return *failure_; }
    if (said.IsOutOfMemory()) {
      return error{error_code::out_of_memory, file_.path().string() + ": not enough memory"};
    }
    return error{error_code::invariant_broken, file_.path().string() + ": " + said.message()};
  }

 private:
  file_writer& file_;
  std::optional<error> failure_;
  bool closed_ = false;
};

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

std::shared_ptr<arrow::Schema> schema_of_table(const table_source& table) {
  arrow::FieldVector fields;
  for (const column_spec& column : table.columns()) { fields.push_back(arrow::field(column.name, type_of(column))); }
  return arrow::schema(std::move(fields));
}

/// Validity bits of a column; none where every cell is there.
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

/// Amounts brought to the digits of the column, 16 bytes a cell.
arrow::Result<std::shared_ptr<arrow::Buffer>> amounts_of(const column_cells& cells, std::int64_t rows, int digits_max) {
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<arrow::Buffer> out, arrow::AllocateBuffer(rows * 16));
  auto* const words = reinterpret_cast<std::uint64_t*>(out->mutable_data());
  int128 factor = 1;
  int digits = digits_max;
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto i = static_cast<std::size_t>(row);
    if (cells.digits[i] != digits) {
      digits = cells.digits[i];
      if (digits > digits_max) { return arrow::Status::Invalid("an amount has more digits than its column says"); }
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
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    if (!cells.valid.empty() && cells.valid[row] == 0) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(cells.text[row]);
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

using batch_result = arrow::Result<std::shared_ptr<arrow::RecordBatch>>;

batch_result batch_of(const table_source& table, const std::shared_ptr<arrow::Schema>& schema, const table_chunk& chunk,
                      std::int64_t rows) {
  arrow::ArrayVector arrays;
  for (std::size_t i = 0; i < table.columns().size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto array, array_of(table.columns()[i], chunk.columns[i], rows));
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(schema, rows, std::move(arrays));
}

/// Runs the chunks of `table` through `write`, which takes record batches in order.
template <class Write>
status write_batches(const table_source& table, const std::shared_ptr<arrow::Schema>& schema, const arrow_sink& sink,
                     const write_options& options, Write write) {
  return run_chunks<batch_result>(
      table, options,
      [&](const table_chunk& chunk, std::uint64_t rows) {
        return batch_of(table, schema, chunk, static_cast<std::int64_t>(rows));
      },
      [&](const batch_result& batch) -> status {
        if (!batch.ok()) { return sink.to_status(batch.status()); }
        return sink.to_status(write(**batch));
      });
}

std::shared_ptr<parquet::WriterProperties> parquet_properties(const table_source& table) {
  parquet::WriterProperties::Builder builder;
  builder.max_row_group_length(row_group_rows);
  builder.enable_page_checksum();
  if (arrow::util::Codec::IsAvailable(arrow::Compression::ZSTD)) {
    builder.compression(parquet::Compression::ZSTD);
    builder.compression_level(1);
  }
  for (const column_spec& column : table.columns()) {
    // Nearly every amount is another: a dictionary would be built only to be given up.
    if (column.kind == column_kind::amount || column.kind == column_kind::score) {
      builder.disable_dictionary(column.name);
    }
  }
  return builder.build();
}

}  // namespace

status write_arrow(const table_source& table, file_writer& file, const write_options& options) {
  const auto schema = schema_of_table(table);
  arrow_sink sink(file);
  auto opened = arrow::ipc::MakeFileWriter(&sink, schema);
  if (!opened.ok()) { return sink.to_status(opened.status()); }
  const auto& writer = *opened;
  PLIMSOLL_TRY(write_batches(table, schema, sink, options,
                             [&](const arrow::RecordBatch& batch) { return writer->WriteRecordBatch(batch); }));
  return sink.to_status(writer->Close());
}

status write_parquet(const table_source& table, file_writer& file, const write_options& options) {
  const auto schema = schema_of_table(table);
  const auto sink = std::make_shared<arrow_sink>(file);
  try {
    auto properties = parquet::ArrowWriterProperties::Builder();
    properties.set_use_threads(true);
    auto opened = parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), sink,
                                                   parquet_properties(table), properties.build());
    if (!opened.ok()) { return sink->to_status(opened.status()); }
    const auto& writer = *opened;
    auto written = write_batches(table, schema, *sink, options,
                                 [&](const arrow::RecordBatch& batch) { return writer->WriteRecordBatch(batch); });
    if (!written) { return written; }
    return sink->to_status(writer->Close());
  } catch (const parquet::ParquetException& failure) { return sink->to_status(arrow::Status::IOError(failure.what())); }
}

}  // namespace plimsoll::io
