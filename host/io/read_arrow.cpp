// Parquet and Arrow IPC (file or stream) into batches of the known columns.
#include <algorithm>
#include <exception>

#include <arrow/array.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/properties.h>

#include "host/io/stream_table.hpp"
#include "host/io/table_file.hpp"

namespace plimsoll::io {

namespace {

std::vector<std::string> names_of(const arrow::Schema& schema) {
  std::vector<std::string> names;
  for (const auto& field : schema.fields()) { names.push_back(field->name()); }
  return names;
}

/// What a failed reading of `path` means: no memory is ours to report, all else is the file's fault.
result<bool> failed(const std::filesystem::path& path, const table_refuser& refuse, const char* format,
                    const arrow::Status& status) {
  if (status.IsOutOfMemory()) { return error{error_code::out_of_memory, path.string() + ": not enough memory"}; }
  std::string cause = status.message();
  std::replace(cause.begin(), cause.end(), '\n', ' ');
  refuse.table(std::string("is not readable as ") + format + ": " + cause);
  return false;
}

/// The file's bytes for Arrow, kept alive by the buffer.
result<std::shared_ptr<arrow::io::BufferReader>> open_bytes(const std::filesystem::path& path) {
  auto content = read_file(path);
  if (!content) { return std::move(content).error(); }
  return std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(content).value()));
}

arrow::Result<std::unique_ptr<parquet::arrow::FileReader>> open_parquet(
    const std::shared_ptr<arrow::io::RandomAccessFile>& input) {
  parquet::ReaderProperties properties = parquet::default_reader_properties();
  properties.set_page_checksum_verification(true);
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(input, properties));
  parquet::ArrowReaderProperties arrow_properties;
  arrow_properties.set_use_threads(true);
  // Few distinct names: codes are cheaper than strings. Account names are read as they are.
  const auto& schema = *builder.raw_reader()->metadata()->schema();
  for (int i = 0; i < schema.num_columns(); ++i) {
    const std::string& name = schema.Column(i)->name();
    if (schema.Column(i)->physical_type() == parquet::Type::BYTE_ARRAY && (name == "instrument" || name == "asset")) {
      arrow_properties.set_read_dictionary(i, true);
    }
  }
  builder.properties(arrow_properties);
  return builder.Build();
}

arrow::Result<bool> read_parquet_columns(const std::shared_ptr<arrow::io::RandomAccessFile>& input,
                                         const table_refuser& refuse, table_data& out) {
  ARROW_ASSIGN_OR_RAISE(auto reader, open_parquet(input));
  std::shared_ptr<arrow::Schema> schema;
  ARROW_RETURN_NOT_OK(reader->GetSchema(&schema));
  std::vector<std::string> wanted;
  if (!match_columns(names_of(*schema), refuse, out, wanted)) { return false; }
  std::vector<int> leaves;
  for (const std::string& name : wanted) {
    const auto& field = reader->manifest().schema_fields[static_cast<std::size_t>(schema->GetFieldIndex(name))];
    if (!field.is_leaf()) {
      refuse.column(name, field.field->type()->ToString(), "is a nested column");
      return false;
    }
    leaves.push_back(field.column_index);
  }
  ARROW_ASSIGN_OR_RAISE(auto table, reader->ReadTable(leaves));
  ARROW_ASSIGN_OR_RAISE(table, table->SelectColumns([&] {
    std::vector<int> order;  // ReadTable keeps the file's order; place counts by `wanted`.
    for (const std::string& name : wanted) { order.push_back(table->schema()->GetFieldIndex(name)); }
    return order;
  }()));
  ARROW_RETURN_NOT_OK(table->Validate());
  ARROW_RETURN_NOT_OK(cut_into_batches(*table, out));
  return true;
}

/// Text columns as bytes: whether they are UTF-8 is said cell by cell, not by Arrow.
arrow::Result<std::shared_ptr<arrow::ChunkedArray>> as_bytes(const std::shared_ptr<arrow::ChunkedArray>& column) {
  switch (column->type()->id()) {
    case arrow::Type::STRING: return column->View(arrow::binary());
    case arrow::Type::LARGE_STRING: return column->View(arrow::large_binary());
    default: return column;
  }
}

arrow::Result<bool> read_arrow_columns(const std::shared_ptr<arrow::io::BufferReader>& input,
                                       const table_refuser& refuse, table_data& out) {
  std::shared_ptr<arrow::Table> table;
  ARROW_ASSIGN_OR_RAISE(const auto start, input->Peek(6));
  if (start == "ARROW1") {
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchFileReader::Open(input));
    std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
    for (int i = 0; i < reader->num_record_batches(); ++i) {
      ARROW_ASSIGN_OR_RAISE(auto batch, reader->ReadRecordBatch(i));
      batches.push_back(std::move(batch));
    }
    ARROW_ASSIGN_OR_RAISE(table, arrow::Table::FromRecordBatches(reader->schema(), batches));
  } else {
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchStreamReader::Open(input));
    ARROW_ASSIGN_OR_RAISE(table, reader->ToTable());
  }
  return take_known_columns(*table, refuse, out);
}

}  // namespace

arrow::Result<bool> take_known_columns(const arrow::Table& table, const table_refuser& refuse, table_data& out) {
  std::vector<std::string> wanted;
  if (!match_columns(names_of(*table.schema()), refuse, out, wanted)) { return false; }
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::ChunkedArray>> columns;
  for (const std::string& name : wanted) {
    ARROW_ASSIGN_OR_RAISE(auto column, as_bytes(table.GetColumnByName(name)));
    fields.push_back(arrow::field(name, column->type()));
    columns.push_back(std::move(column));
  }
  const auto chosen = arrow::Table::Make(arrow::schema(fields), columns, table.num_rows());
  // Offsets, indices and lengths come from the file: nothing is read through them before this.
  ARROW_RETURN_NOT_OK(chosen->ValidateFull());
  ARROW_RETURN_NOT_OK(cut_into_batches(*chosen, out));
  return true;
}

result<bool> read_parquet(const std::filesystem::path& path, const table_refuser& refuse, table_data& out) {
  auto input = open_bytes(path);
  if (!input) { return std::move(input).error(); }
  try {
    const auto read = read_parquet_columns(input.value(), refuse, out);
    if (!read.ok()) { return failed(path, refuse, "Parquet", read.status()); }
    return *read;
  } catch (const parquet::ParquetException& failure) {
    return failed(path, refuse, "Parquet", arrow::Status::Invalid(failure.what()));
  }
}

result<bool> read_arrow(const std::filesystem::path& path, const table_refuser& refuse, table_data& out) {
  auto input = open_bytes(path);
  if (!input) { return std::move(input).error(); }
  const auto read = read_arrow_columns(input.value(), refuse, out);
  if (!read.ok()) { return failed(path, refuse, "Arrow IPC", read.status()); }
  return *read;
}

}  // namespace plimsoll::io
