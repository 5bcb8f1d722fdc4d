// Writes Arrow IPC files: chunks are converted to record batches in parallel and written in order.
#include <memory>

#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "host/io/arrow_sink.hpp"
#include "host/io/write_formats.hpp"

namespace plimsoll::io {

status write_arrow(const table_source& table, file_writer& file, const write_options& options) {
  arrow_sink sink(file);
  const auto plain = schema_of_table(table);
  const auto schema = options.facts.empty() ? plain : plain->WithMetadata(facts_of(options));
  auto opened = arrow::ipc::MakeFileWriter(&sink, schema);
  if (!opened.ok()) { return sink.to_status(opened.status()); }
  const auto& writer = *opened;
  PLIMSOLL_TRY(write_batches(table, schema, sink, options,
                             [&](const arrow::RecordBatch& batch) { return writer->WriteRecordBatch(batch); }));
  return sink.to_status(writer->Close());
}

}  // namespace plimsoll::io
