#include "host/io/read_result.hpp"

#include <memory>
#include <utility>

#include <arrow/array.h>
#include <arrow/csv/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>

#include "host/io/table_file.hpp"
#include "host/io/table_format.hpp"

namespace plimsoll::io {

namespace {

namespace fs = std::filesystem;
using table_ptr = std::shared_ptr<arrow::Table>;
using input_ptr = std::shared_ptr<arrow::io::BufferReader>;

arrow::Result<table_ptr> read_texts(const input_ptr& input, const std::vector<std::string>& names) {
  auto convert = arrow::csv::ConvertOptions::Defaults();
  convert.include_columns = names;
  convert.strings_can_be_null = false;
  for (const std::string& name : names) { convert.column_types[name] = arrow::utf8(); }
  auto parse = arrow::csv::ParseOptions::Defaults();
  parse.newlines_in_values = true;
  ARROW_ASSIGN_OR_RAISE(const auto reader,
                        arrow::csv::TableReader::Make(arrow::io::default_io_context(), input,
                                                      arrow::csv::ReadOptions::Defaults(), parse, convert));
  return reader->Read();
}

arrow::Result<table_ptr> read_batches(const input_ptr& input) {
  ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchFileReader::Open(input));
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (int i = 0; i < reader->num_record_batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto batch, reader->ReadRecordBatch(i));
    batches.push_back(std::move(batch));
  }
  return arrow::Table::FromRecordBatches(reader->schema(), batches);
}

arrow::Result<table_ptr> read_whole(const std::string& bytes, table_format format,
                                    const std::vector<std::string>& names) {
  const auto input = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(bytes));
  if (format == table_format::csv) { return read_texts(input, names); }
  if (format == table_format::arrow) { return read_batches(input); }
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(input));
  ARROW_ASSIGN_OR_RAISE(const auto reader, builder.Build());
  std::shared_ptr<arrow::Schema> schema;
  ARROW_RETURN_NOT_OK(reader->GetSchema(&schema));
  std::vector<int> places;
  for (const std::string& name : names) {
    const int place = schema->GetFieldIndex(name);
    if (place < 0) { return arrow::Status::Invalid("has no column ", name); }
    places.push_back(place);
  }
  return reader->ReadTable(places);
}

arrow::Status append_texts(const arrow::Array& cells, std::vector<std::string>& out) {
  for (std::int64_t i = 0; i < cells.length(); ++i) {
    if (cells.IsNull(i)) {
      out.emplace_back();
      continue;
    }
    switch (cells.type_id()) {
      case arrow::Type::STRING: out.emplace_back(static_cast<const arrow::StringArray&>(cells).GetView(i)); break;
      case arrow::Type::DECIMAL128:
        out.push_back(static_cast<const arrow::Decimal128Array&>(cells).FormatValue(i));
        break;
      case arrow::Type::BOOL:
        out.emplace_back(static_cast<const arrow::BooleanArray&>(cells).Value(i) ? "true" : "false");
        break;
      case arrow::Type::INT64:
        out.push_back(std::to_string(static_cast<const arrow::Int64Array&>(cells).Value(i)));
        break;
      default: return arrow::Status::Invalid("has a column of type ", cells.type()->ToString());
    }
  }
  return arrow::Status::OK();
}

arrow::Result<text_columns> texts_of(const arrow::Table& table, const std::vector<std::string>& names) {
  text_columns out;
  for (const std::string& name : names) {
    const auto column = table.GetColumnByName(name);
    if (column == nullptr) { return arrow::Status::Invalid("has no column ", name); }
    std::vector<std::string>& texts = out.columns.emplace_back();
    texts.reserve(static_cast<std::size_t>(column->length()));
    for (const auto& chunk : column->chunks()) {
      ARROW_RETURN_NOT_OK(chunk->ValidateFull());
      ARROW_RETURN_NOT_OK(append_texts(*chunk, texts));
    }
  }
  return out;
}

arrow::Result<text_columns> read_columns(const std::string& bytes, table_format format,
                                         const std::vector<std::string>& names) {
  try {
    ARROW_ASSIGN_OR_RAISE(const table_ptr table, read_whole(bytes, format, names));
    return texts_of(*table, names);
  } catch (const parquet::ParquetException& failure) { return arrow::Status::Invalid(failure.what()); }
}

}  // namespace

result<text_columns> read_result(const fs::path& folder, std::string_view table,
                                 const std::vector<std::string>& names) {
  fs::path path;
  table_format found = table_format::csv;
  for (const table_format format : {table_format::csv, table_format::parquet, table_format::arrow}) {
    std::error_code ignored;
    const fs::path one = folder / (std::string(table) + "." + to_string(format));
    if (!fs::exists(one, ignored)) { continue; }
    if (!path.empty()) {
      return error{error_code::usage, path.string() + " exists in another format, too; remove one of them"};
    }
    path = one;
    found = format;
  }
  if (std::error_code ignored; path.empty() && !fs::is_directory(folder, ignored)) {
    return error{error_code::usage, folder.string() + " is not a folder"};
  }
  if (path.empty()) {
    return error{error_code::usage, folder.string() + " has no table " + std::string(table) +
                                        "; it is not a folder that scan --out wrote"};
  }
  const auto bytes = read_file(path);
  if (!bytes) { return bytes.error(); }
  auto columns = read_columns(bytes.value(), found, names);
  if (!columns.ok()) { return error{error_code::bad_data, path.string() + ": " + columns.status().message()}; }
  return *std::move(columns);
}

}  // namespace plimsoll::io
