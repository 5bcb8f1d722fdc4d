// Reads Parquet and Arrow IPC (file or stream) into batches of the known columns.
#include <algorithm>
#include <exception>
#include <utility>

#include <arrow/array.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <oneapi/tbb/task_arena.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include "host/io/batch_source.hpp"
#include "host/io/stream_table.hpp"
#include "host/io/table_file.hpp"

namespace plimsoll::io {

namespace {

std::vector<std::string> names_of(const arrow::Schema& schema) {
  std::vector<std::string> names;
  for (const auto& field : schema.fields()) { names.push_back(field->name()); }
  return names;
}

/// Handles a failed read of `path`: a lack of memory is an error, and anything else is a fault of the file.
result<bool> failed(const std::filesystem::path& path, const table_refuser& refuse, const char* format,
                    const arrow::Status& status) {
  if (status.IsOutOfMemory()) { return error{error_code::out_of_memory, path.string() + ": not enough memory"}; }
  refuse.table(fault_of_content(format, status));
  return false;
}

/// The file's bytes for Arrow, kept alive by the buffer.
result<std::shared_ptr<arrow::io::BufferReader>> open_bytes(const std::filesystem::path& path) {
  auto content = read_file(path);
  if (!content) { return std::move(content).error(); }
  return std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(content).value()));
}

using parquet_input = std::shared_ptr<arrow::io::RandomAccessFile>;
using parquet_facts = std::shared_ptr<parquet::FileMetaData>;

/// `facts`: the metadata of the file, if known; else they are read. `by_columns`: columns are decoded in parallel.
arrow::Result<std::unique_ptr<parquet::arrow::FileReader>> open_parquet(const parquet_input& input,
                                                                        const parquet_facts& facts, bool by_columns) {
  parquet::ReaderProperties properties = parquet::default_reader_properties();
  properties.set_page_checksum_verification(true);
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(input, properties, facts));
  parquet::ArrowReaderProperties arrow_properties;
  arrow_properties.set_use_threads(by_columns);
  arrow_properties.set_batch_size(batch_rows);
  arrow_properties.set_pre_buffer(false);  // The bytes are in memory already.
  // These columns have few distinct names, so codes are cheaper than strings. Account names are read as strings.
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

/// The row groups of a Parquet file.
class parquet_groups final : public batch_source {
 public:
  parquet_groups(parquet_input input, parquet_facts facts, std::vector<int> leaves,
                 std::vector<std::shared_ptr<arrow::Field>> columns)
      : input_(std::move(input)), facts_(std::move(facts)), leaves_(std::move(leaves)), columns_(std::move(columns)) {}

  /// Prepares the batches of all groups in `out` with the row counts that the file declares; `read` checks them.
  arrow::Status lay_out(table_data& out) {
    out.rows = 0;
    for (int group = 0; group < facts_->num_row_groups(); ++group) {
      const std::int64_t rows = facts_->RowGroup(group)->num_rows();
      if (rows < 0 || rows > facts_->num_rows() - out.rows) { return other_rows(); }
      first_batch_.push_back(out.first_row.size());
      for (std::int64_t begin = 0; begin < rows; begin += batch_rows) { out.first_row.push_back(out.rows + begin); }
      out.rows += rows;
    }
    out.batches.resize(out.first_row.size());
    return out.rows == facts_->num_rows() ? arrow::Status::OK() : other_rows();
  }

  [[nodiscard]] std::size_t groups() const override { return first_batch_.size(); }
  [[nodiscard]] const arrow::DataType& type(int place) const override {
    return *columns_[static_cast<std::size_t>(place)]->type();
  }
  [[nodiscard]] arrow::Status read(std::size_t group, const taker& take) const override {
    try {
      return read_group(group, take);
    } catch (const parquet::ParquetException& failure) { return arrow::Status::Invalid(failure.what()); }
  }

 private:
  static arrow::Status other_rows() {
    return arrow::Status::Invalid("its row groups do not have the declared numbers of rows");
  }

  [[nodiscard]] arrow::Status read_group(std::size_t group, const taker& take) const {
    // Few groups would use few threads.
    const bool by_columns = groups() < static_cast<std::size_t>(oneapi::tbb::this_task_arena::max_concurrency());
    ARROW_ASSIGN_OR_RAISE(const auto file, open_parquet(input_, facts_, by_columns));
    ARROW_ASSIGN_OR_RAISE(const auto reader, file->GetRecordBatchReader({static_cast<int>(group)}, leaves_));
    std::int64_t left = facts_->RowGroup(static_cast<int>(group))->num_rows();
    std::size_t number = first_batch_[group];
    std::vector<std::shared_ptr<arrow::RecordBatch>> pieces;  // Pieces of one batch, because a change of encoding
                                                              // divides it.
    std::int64_t have = 0;
    for (;;) {
      std::shared_ptr<arrow::RecordBatch> piece;
      ARROW_RETURN_NOT_OK(reader->ReadNext(&piece));
      if (piece == nullptr) { break; }
      ARROW_ASSIGN_OR_RAISE(piece, in_order(*piece));
      while (piece->num_rows() != 0) {
        const std::int64_t wanted = std::min(batch_rows, left);
        if (wanted == 0) { return other_rows(); }
        const std::int64_t taken = std::min(piece->num_rows(), wanted - have);
        pieces.push_back(piece->Slice(0, taken));
        piece = piece->Slice(taken);
        have += taken;
        if (have != wanted) { continue; }
        ARROW_ASSIGN_OR_RAISE(auto batch, whole(pieces));
        take(number++, std::move(batch));
        pieces.clear();
        left -= have;
        have = 0;
      }
    }
    return left == 0 ? arrow::Status::OK() : other_rows();
  }

  /// The columns in the requested order; a reader keeps the order of the file.
  [[nodiscard]] arrow::Result<std::shared_ptr<arrow::RecordBatch>> in_order(const arrow::RecordBatch& piece) const {
    std::vector<int> order;
    for (const auto& column : columns_) { order.push_back(piece.schema()->GetFieldIndex(column->name())); }
    ARROW_ASSIGN_OR_RAISE(auto out, piece.SelectColumns(order));
    ARROW_RETURN_NOT_OK(out->Validate());
    return out;
  }

  static arrow::Result<std::shared_ptr<arrow::RecordBatch>> whole(
      const std::vector<std::shared_ptr<arrow::RecordBatch>>& pieces) {
    if (pieces.size() == 1) { return pieces.front(); }
    ARROW_ASSIGN_OR_RAISE(const auto table, arrow::Table::FromRecordBatches(pieces));
    return table->CombineChunksToBatch();
  }

  parquet_input input_;
  parquet_facts facts_;
  std::vector<int> leaves_;
  std::vector<std::shared_ptr<arrow::Field>> columns_;  ///< In the order of `table_data::place`.
  std::vector<std::size_t> first_batch_;                ///< By group.
};

/// True if memory may be reserved for the number of rows that the file declares. A row of a table that is read by
/// groups takes at least one byte, unless the file is malicious or its rows are all equal. In that case the rows are
/// decoded first and counted.
bool plausible(const parquet::FileMetaData& facts, std::int64_t file_bytes) {
  return facts.num_rows() > 0 && facts.num_rows() <= file_bytes;
}

arrow::Result<bool> read_parquet_columns(const std::shared_ptr<arrow::io::BufferReader>& input,
                                         const table_refuser& refuse, table_data& out, batch_source_ptr* source) {
  ARROW_ASSIGN_OR_RAISE(auto reader, open_parquet(input, nullptr, true));
  std::shared_ptr<arrow::Schema> schema;
  ARROW_RETURN_NOT_OK(reader->GetSchema(&schema));
  std::vector<std::string> wanted;
  if (!match_columns(names_of(*schema), refuse, out, wanted)) { return false; }
  std::vector<int> leaves;
  std::vector<std::shared_ptr<arrow::Field>> columns;
  for (const std::string& name : wanted) {
    const auto& field = reader->manifest().schema_fields[static_cast<std::size_t>(schema->GetFieldIndex(name))];
    if (!field.is_leaf()) {
      refuse.column(name, field.field->type()->ToString(), "is a nested column");
      return false;
    }
    leaves.push_back(field.column_index);
    columns.push_back(field.field);
  }
  const auto facts = reader->parquet_reader()->metadata();
  if (source != nullptr && plausible(*facts, input->buffer()->size())) {
    auto groups = std::make_shared<parquet_groups>(input, facts, std::move(leaves), std::move(columns));
    ARROW_RETURN_NOT_OK(groups->lay_out(out));
    *source = std::move(groups);
    return true;
  }
  ARROW_ASSIGN_OR_RAISE(auto table, reader->ReadTable(leaves));
  ARROW_ASSIGN_OR_RAISE(table, table->SelectColumns([&] {
    std::vector<int> order;  // ReadTable keeps the order of the file; `place` follows `wanted`.
    for (const std::string& name : wanted) { order.push_back(table->schema()->GetFieldIndex(name)); }
    return order;
  }()));
  ARROW_RETURN_NOT_OK(table->Validate());
  ARROW_RETURN_NOT_OK(cut_into_batches(*table, out));
  return true;
}

/// Reads text columns as bytes, so that the reader and not Arrow checks UTF-8, cell by cell.
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
  // Offsets, indices and lengths come from the file, so none of them is used before this check.
  ARROW_RETURN_NOT_OK(chosen->ValidateFull());
  ARROW_RETURN_NOT_OK(cut_into_batches(*chosen, out));
  return true;
}

namespace {

result<bool> read_parquet_file(const std::filesystem::path& path, const table_refuser& refuse, table_data& out,
                               batch_source_ptr* source) {
  auto input = open_bytes(path);
  if (!input) { return std::move(input).error(); }
  try {
    const auto read = read_parquet_columns(input.value(), refuse, out, source);
    if (!read.ok()) { return failed(path, refuse, "Parquet", read.status()); }
    return *read;
  } catch (const parquet::ParquetException& failure) {
    return failed(path, refuse, "Parquet", arrow::Status::Invalid(failure.what()));
  }
}

}  // namespace

result<bool> read_parquet(const std::filesystem::path& path, const table_refuser& refuse, table_data& out) {
  return read_parquet_file(path, refuse, out, nullptr);
}

result<bool> read_parquet_by_groups(const std::filesystem::path& path, const table_refuser& refuse, table_data& out,
                                    batch_source_ptr& source) {
  return read_parquet_file(path, refuse, out, &source);
}

result<bool> read_arrow(const std::filesystem::path& path, const table_refuser& refuse, table_data& out) {
  auto input = open_bytes(path);
  if (!input) { return std::move(input).error(); }
  const auto read = read_arrow_columns(input.value(), refuse, out);
  if (!read.ok()) { return failed(path, refuse, "Arrow IPC", read.status()); }
  return *read;
}

}  // namespace plimsoll::io
