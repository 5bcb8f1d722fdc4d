// A file for Arrow to write to, and the conversion of a table to the batches written. Inside host/io only.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/util/key_value_metadata.h>

#include "host/io/arrow_batches.hpp"
#include "host/io/chunk_pipeline.hpp"
#include "host/io/file_writer.hpp"
#include "host/io/write_table.hpp"

namespace plimsoll::io {

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

/// Passes the chunks of `table` to `write`, which receives record batches in order.
template <class Write>
status write_batches(const table_source& table, const std::shared_ptr<arrow::Schema>& schema, const arrow_sink& sink,
                     const write_options& options, Write write) {
  using batch_result = arrow::Result<std::shared_ptr<arrow::RecordBatch>>;
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
[[nodiscard]] inline std::shared_ptr<arrow::KeyValueMetadata> facts_of(const write_options& options) {
  auto facts = std::make_shared<arrow::KeyValueMetadata>();
  for (const auto& [key, value] : options.facts) { facts->Append(key, value); }
  return facts;
}

}  // namespace plimsoll::io
