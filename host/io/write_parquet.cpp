// Writes Parquet files: chunks are converted to record batches in parallel; batches are encoded in order, the columns
// of each in parallel.
#include <algorithm>
#include <cassert>
#include <memory>
#include <vector>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/util/compression.h>
#include <oneapi/tbb/parallel_for.h>
#include <parquet/arrow/schema.h>
#include <parquet/column_writer.h>
#include <parquet/exception.h>
#include <parquet/file_writer.h>
#include <parquet/properties.h>

#include "host/io/arrow_sink.hpp"
#include "host/io/write_formats.hpp"

namespace plimsoll::io {

namespace {

constexpr std::int64_t row_group_rows = std::int64_t{1} << 18;
static_assert(row_group_rows % rows_per_chunk == 0, "A row group is a whole number of chunks.");

std::shared_ptr<parquet::WriterProperties> parquet_properties(const table_source& table) {
  parquet::WriterProperties::Builder builder;
  builder.enable_page_checksum();
  // A page is one chunk, so that pages are compressed in parallel. A limit in bytes would leave part of each column for
  // the end of the row group, where columns are compressed one after the other.
  builder.max_rows_per_page(static_cast<std::int64_t>(rows_per_chunk));
  builder.data_pagesize(std::int64_t{1} << 26);
  builder.set_size_statistics_level(parquet::SizeStatisticsLevel::None);
  if (arrow::util::Codec::IsAvailable(arrow::Compression::ZSTD)) {
    builder.compression(parquet::Compression::ZSTD);
    builder.compression_level(1);
  }
  for (const column_spec& column : table.columns()) {
    switch (column.kind) {
      // Nearly all numbers are different, so a dictionary would be built and then dropped.
      case column_kind::amount: builder.disable_dictionary(column.name); break;
      case column_kind::score:
        builder.disable_dictionary(column.name);
        builder.encoding(column.name, parquet::Encoding::BYTE_STREAM_SPLIT);
        break;
      case column_kind::integer:
        builder.disable_dictionary(column.name);
        builder.encoding(column.name, parquet::Encoding::DELTA_BINARY_PACKED);
        break;
      case column_kind::text:
      case column_kind::boolean: break;
    }
  }
  return builder.build();
}

/// Encodes record batches into row groups.
class group_writer {
 public:
  group_writer(parquet::ParquetFileWriter& file, const arrow::Schema& schema)
      : file_(file), properties_(parquet::default_arrow_writer_properties()), all_there_(rows_per_chunk, 1) {
    for (int i = 0; i < schema.num_fields(); ++i) {
      columns_.push_back({parquet::ArrowWriteContext(arrow::default_memory_pool(), properties_.get()), {}, {}});
    }
  }

  arrow::Status write(const arrow::RecordBatch& batch) {
    if (group_ == nullptr) {
      group_ = file_.AppendBufferedRowGroup();
      for (int i = 0; i < batch.num_columns(); ++i) { (void)group_->column(i); }  // The first call creates the column.
    }
    oneapi::tbb::parallel_for(0, batch.num_columns(), [&](int i) { write_column(i, *batch.column(i)); });
    for (const column& one : columns_) { ARROW_RETURN_NOT_OK(one.outcome); }
    rows_ += batch.num_rows();
    if (rows_ == row_group_rows) { close(); }
    return arrow::Status::OK();
  }

  void close() {
    if (group_ != nullptr) { group_->Close(); }
    group_ = nullptr;
    rows_ = 0;
  }

 private:
  struct column {
    parquet::ArrowWriteContext context;
    std::vector<std::int16_t> levels;
    arrow::Status outcome;
  };

  void write_column(int i, const arrow::Array& cells) {
    column& of = columns_[static_cast<std::size_t>(i)];
    const auto rows = static_cast<std::size_t>(cells.length());
    assert(rows <= all_there_.size());
    const std::int16_t* levels = all_there_.data();
    if (cells.null_count() != 0) {
      of.levels.resize(rows);
      for (std::size_t row = 0; row < rows; ++row) {
        of.levels[row] = cells.IsValid(static_cast<std::int64_t>(row)) ? 1 : 0;
      }
      levels = of.levels.data();
    }
    try {
      of.outcome = group_->column(i)->WriteArrow(levels, nullptr, cells.length(), cells, &of.context, true);
    } catch (const parquet::ParquetException& failure) { of.outcome = arrow::Status::IOError(failure.what()); }
  }

  parquet::ParquetFileWriter& file_;
  std::shared_ptr<parquet::ArrowWriterProperties> properties_;
  std::vector<std::int16_t> all_there_;  ///< Definition levels of a column without blanks.
  std::vector<column> columns_;
  parquet::RowGroupWriter* group_ = nullptr;
  std::int64_t rows_ = 0;
};

}  // namespace

status write_parquet(const table_source& table, file_writer& file, const write_options& options) {
  const auto sink = std::make_shared<arrow_sink>(file);
  const auto schema = schema_of_table(table);
  try {
    const auto properties = parquet_properties(table);
    std::shared_ptr<parquet::SchemaDescriptor> columns;
    PLIMSOLL_TRY(sink->to_status(parquet::arrow::ToParquetSchema(schema.get(), *properties, &columns)));
    const auto root = std::static_pointer_cast<parquet::schema::GroupNode>(columns->schema_root());
    const auto writer =
        parquet::ParquetFileWriter::Open(sink, root, properties, options.facts.empty() ? nullptr : facts_of(options));
    group_writer groups(*writer, *schema);
    auto written = write_batches(table, schema, *sink, options,
                                 [&](const arrow::RecordBatch& batch) { return groups.write(batch); });
    if (!written) { return written; }
    groups.close();
    writer->Close();
    return ok();
  } catch (const parquet::ParquetException& failure) { return sink->to_status(arrow::Status::IOError(failure.what())); }
}

}  // namespace plimsoll::io
