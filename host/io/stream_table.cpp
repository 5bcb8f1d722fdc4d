#include "host/io/stream_table.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/table.h>

namespace plimsoll::io {

namespace {

/// Adds a column `tick` of zeros if there is none.
arrow::Result<std::shared_ptr<arrow::Table>> with_ticks(std::shared_ptr<arrow::Table> table,
                                                        const table_schema& schema) {
  const bool known = std::any_of(schema.columns.begin(), schema.columns.end(),
                                 [](const known_column& column) { return column.name == "tick"; });
  if (!known || !table->schema()->GetAllFieldIndices("tick").empty()) { return table; }
  ARROW_ASSIGN_OR_RAISE(auto zeros, arrow::MakeArrayFromScalar(arrow::Int64Scalar(0), table->num_rows()));
  return table->AddColumn(table->num_columns(), arrow::field("tick", arrow::int64()),
                          std::make_shared<arrow::ChunkedArray>(std::move(zeros)));
}

arrow::Result<std::shared_ptr<arrow::Table>> read_all(ArrowArrayStream& stream) {
  ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ImportRecordBatchReader(&stream));
  return reader->ToTable();
}

}  // namespace

result<table_state> open_stream(ArrowArrayStream& stream, table_id id, const import_rules& import,
                                refusal_list& refusals, table_data& out) {
  const table_schema& schema = schema_of(id);
  out = {};
  out.id = id;
  out.file = std::string(schema.name);
  out.format = table_format::arrow;
  out.import = import;
  out.place.assign(schema.columns.size(), -1);
  const table_refuser refuse(refusals, out.file);
  const auto failed = [&](const arrow::Status& outcome) {
    const bool memory = outcome.IsOutOfMemory();
    return error{memory ? error_code::out_of_memory : error_code::io,
                 out.file + (memory ? ": not enough memory" : ": the stream failed: " + outcome.message())};
  };
  auto read = read_all(stream);
  if (!read.ok()) { return failed(read.status()); }
  auto table = with_ticks(std::move(read).ValueUnsafe(), schema);
  if (!table.ok()) { return failed(table.status()); }
  const auto taken = take_known_columns(**table, refuse, out);
  if (!taken.ok()) {
    if (taken.status().IsOutOfMemory()) { return failed(taken.status()); }
    refuse.table("is not a valid Arrow table: " + taken.status().message());
    return table_state::refused;
  }
  return *taken && admit_types(refuse, out) ? table_state::usable : table_state::refused;
}

}  // namespace plimsoll::io
