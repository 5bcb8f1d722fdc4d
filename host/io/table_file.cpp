#include "host/io/table_file.hpp"

#include <algorithm>
#include <cerrno>

#include <arrow/table.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/io/column_reader.hpp"
#include "host/io/file_writer.hpp"

namespace plimsoll::io {

namespace {

/// The types of the columns read: floats where exact decimals belong, and nested ones, are refused here, once.
bool admit_types(const table_refuser& refuse, const table_data& table) {
  if (table.batches.empty()) { return true; }
  bool good = true;
  const table_schema& schema = schema_of(table.id);
  for (std::size_t known = 0; known < schema.columns.size(); ++known) {
    const arrow::Array* column = table.column(0, static_cast<int>(known));
    if (column == nullptr) { continue; }
    if (const char* fault = fault_of_type(*column->type(), schema.columns[known].kind)) {
      refuse.column(schema.columns[known].name, column->type()->ToString(), fault);
      good = false;
    }
  }
  return good;
}

}  // namespace

result<std::string> read_file(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) { return io_error(path, errno); }
  struct closer {
    int file;
    ~closer() { ::close(file); }
  } close_at_end{file};
  struct stat facts{};
  if (::fstat(file, &facts) != 0) { return io_error(path, errno); }
  std::string content;
  content.resize(facts.st_size > 0 ? static_cast<std::size_t>(facts.st_size) : 0);
  std::size_t length = 0;
  for (;;) {
    if (length == content.size()) { content.resize(content.size() + 65'536); }
    const ssize_t count = ::read(file, content.data() + length, content.size() - length);
    if (count < 0) {
      if (errno == EINTR) { continue; }
      return io_error(path, errno);
    }
    if (count == 0) { break; }
    length += static_cast<std::size_t>(count);
  }
  content.resize(length);
  return content;
}

bool match_columns(const std::vector<std::string>& found, const table_refuser& refuse, table_data& out,
                   std::vector<std::string>& wanted) {
  const table_schema& schema = schema_of(out.id);
  out.place.assign(schema.columns.size(), -1);
  out.extra.clear();
  wanted.clear();
  bool good = true;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto same = [&](const auto& column) { return column == found[i]; };
    if (std::find_if(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(i), same) !=
        found.begin() + static_cast<std::ptrdiff_t>(i)) {
      refuse.column(found[i], "", "stands twice");
      good = false;
      continue;
    }
    const auto known = std::find_if(schema.columns.begin(), schema.columns.end(),
                                    [&](const known_column& column) { return column.name == found[i]; });
    if (known == schema.columns.end()) {
      out.extra.push_back(found[i]);
      continue;
    }
    out.place[static_cast<std::size_t>(known - schema.columns.begin())] = static_cast<int>(wanted.size());
    wanted.push_back(found[i]);
  }

  std::string alternatives;
  bool has_alternative = false;
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const known_column& column = schema.columns[i];
    if (column.need == column_need::required && out.place[i] < 0) {
      refuse.column(column.name, "", "is missing: the table must have this column");
      good = false;
    }
    if (column.need == column_need::either) {
      alternatives += (alternatives.empty() ? "" : " or ") + std::string(column.name);
      has_alternative = has_alternative || out.place[i] >= 0;
    }
  }
  if (!alternatives.empty() && !has_alternative) {
    refuse.column(alternatives, "", "is missing: the table must have one of these columns");
    good = false;
  }
  return good;
}

arrow::Status cut_into_batches(const arrow::Table& table, table_data& out) {
  arrow::TableBatchReader reader(table);
  reader.set_chunksize(batch_rows);
  out.rows = 0;
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader.ReadNext(&batch));
    if (batch == nullptr) { return arrow::Status::OK(); }
    if (batch->num_rows() == 0) { continue; }
    out.first_row.push_back(out.rows);
    out.rows += batch->num_rows();
    out.batches.push_back(std::move(batch));
  }
}

result<table_state> open_table(const std::filesystem::path& folder, table_id id, refusal_list& refusals,
                               table_data& out) {
  const table_schema& schema = schema_of(id);
  out = {};
  std::vector<table_format> formats;
  for (const table_format format : {table_format::csv, table_format::parquet, table_format::arrow}) {
    std::error_code ignored;  // What cannot be looked at is not there, or fails on opening.
    const auto path = folder / (std::string(schema.name) + "." + to_string(format));
    if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) { formats.push_back(format); }
  }
  const std::string name(schema.name);
  if (formats.empty()) {
    if (!schema.required) { return table_state::absent; }
    table_refuser(refusals, name)
        .table("is missing: the book must have " + name + ".csv, " + name + ".parquet or " + name + ".arrow");
    return table_state::refused;
  }
  if (formats.size() > 1) {
    std::string files;
    for (const table_format format : formats) { files += (files.empty() ? "" : ", ") + name + "." + to_string(format); }
    table_refuser(refusals, name).table("stands in more than one format: " + files);
    return table_state::refused;
  }
  return open_table_file(folder / (name + "." + to_string(formats.front())), id, refusals, out);
}

result<table_state> open_table_file(const std::filesystem::path& path, table_id id, refusal_list& refusals,
                                    table_data& out) {
  out = {};
  out.id = id;
  out.place.assign(schema_of(id).columns.size(), -1);
  out.file = path.filename().string();
  const table_refuser refuse(refusals, out.file);
  const std::string ending = path.extension().string();
  if (ending == ".csv") {
    out.format = table_format::csv;
  } else if (ending == ".parquet") {
    out.format = table_format::parquet;
  } else if (ending == ".arrow") {
    out.format = table_format::arrow;
  } else {
    refuse.table("must end in .csv, .parquet or .arrow");
    return table_state::refused;
  }
  auto read = out.format == table_format::csv       ? read_csv(path, refuse, out)
              : out.format == table_format::parquet ? read_parquet(path, refuse, out)
                                                    : read_arrow(path, refuse, out);
  if (!read) { return std::move(read).error(); }
  for (const std::string& extra : out.extra) { refuse.note("column " + shown(extra) + " is not read"); }
  if (!read.value() || !admit_types(refuse, out)) { return table_state::refused; }
  return table_state::usable;
}

}  // namespace plimsoll::io
