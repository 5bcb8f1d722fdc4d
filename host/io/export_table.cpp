// Tables to Arrow C streams.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <arrow/c/abi.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "host/io/arrow_batches.hpp"
#include "host/io/arrow_book.hpp"
#include "host/io/text_views.hpp"
#include "host/io/write_table.hpp"

namespace plimsoll {

namespace {

error failed(const arrow::Status& outcome) {
  if (outcome.IsOutOfMemory()) {
    return error{error_code::out_of_memory, "not enough memory for a table of the result"};
  }
  return error{error_code::invariant_broken,
               "Invariant: every exported table is a valid Arrow table: " + outcome.message()};
}

}  // namespace

void release_stream(ArrowArrayStream* stream) noexcept {
  if (stream != nullptr && stream->release != nullptr) { stream->release(stream); }
}

status export_table(const table_source& table, ArrowArrayStream& out, const kept_chars* kept) {
  const auto schema = io::schema_of_table(table, kept != nullptr);
  std::optional<io::text_views> views;
  if (kept != nullptr) { views.emplace(*kept); }
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (std::uint64_t begin = 0; begin < table.rows(); begin += rows_per_chunk) {
    const std::uint64_t end = std::min(table.rows(), begin + rows_per_chunk);
    table_chunk chunk;
    chunk.columns.resize(table.columns().size());
    table.fill(begin, end, chunk);
    auto batch = io::batch_of(table, schema, chunk, static_cast<std::int64_t>(end - begin), views ? &*views : nullptr);
    if (!batch.ok()) { return failed(batch.status()); }
    batches.push_back(std::move(batch).ValueUnsafe());
  }
  auto reader = arrow::RecordBatchReader::Make(std::move(batches), schema);
  if (!reader.ok()) { return failed(reader.status()); }
  const arrow::Status exported = arrow::ExportRecordBatchReader(std::move(reader).ValueUnsafe(), &out);
  return exported.ok() ? ok() : status(failed(exported));
}

}  // namespace plimsoll
