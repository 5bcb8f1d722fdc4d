// Writes Parquet and Arrow IPC files: chunks are converted to record batches in parallel and encoded in order.
#include <cassert>
#include <memory>
#include <utility>

#include <arrow/io/interfaces.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/compression.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/properties.h>

#include "host/io/arrow_batches.hpp"
#include "host/io/chunk_pipeline.hpp"
#include "host/io/write_formats.hpp"

namespace plimsoll::io {

namespace {

constexpr std::int64_t row_group_rows = std::int64_t{1} << 20;

/// A file for Arrow to write to; stores the error, of which Arrow sees only a status.
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

  /// Converts a status of Arrow for the caller.
  status to_status(const arrow::Status& outcome) const {
    if (outcome.ok()) { return ok(); }
    if (failure_) { return *failure_; }
    if (outcome.IsOutOfMemory()) {
      return error{error_code::out_of_memory, file_.path().string() + ": not enough memory"};
    }
    return error{error_code::invariant_broken, file_.path().string() + ": " + outcome.message()};
  }

 private:
  file_writer& file_;
  std::optional<error> failure_;
  bool closed_ = false;
};

using batch_result = arrow::Result<std::shared_ptr<arrow::RecordBatch>>;

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

/// Metadata of the file.
std::shared_ptr<arrow::KeyValueMetadata> facts_of(const write_options& options) {
  const auto facts = std::make_shared<arrow::KeyValueMetadata>();
  for (const auto& [key, value] : options.facts) { facts->Append(key, value); }
  return facts;
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
    // Nearly all amounts are different, so a dictionary would be built and then dropped.
    if (column.kind == column_kind::amount || column.kind == column_kind::score) {
      builder.disable_dictionary(column.name);
    }
  }
  return builder.build();
}

}  // namespace

status write_arrow(const table_source& table, file_writer& file, const write_options& options) {
  const auto plain = schema_of_table(table);
  const auto schema = options.facts.empty() ? plain : plain->WithMetadata(facts_of(options));
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
    if (!options.facts.empty()) { PLIMSOLL_TRY(sink->to_status(writer->AddKeyValueMetadata(facts_of(options)))); }
    return sink->to_status(writer->Close());
  } catch (const parquet::ParquetException& failure) { return sink->to_status(arrow::Status::IOError(failure.what())); }
}

}  // namespace plimsoll::io
