#include "host/io/table_file.hpp"

#include <algorithm>
#include <cerrno>

#include <arrow/table.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/io/batch_source.hpp"
#include "host/io/book_notes.hpp"
#include "host/io/column_reader.hpp"
#include "host/io/file_writer.hpp"
#include "host/io/side_words.hpp"
#include "host/text/instant.hpp"
#include "host/text/near_name.hpp"

namespace plimsoll::io {

namespace {

/// True if these are equal except for case and blanks.
bool same_column(std::string_view a, std::string_view b) {
  const auto plain = [](std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c != ' ' && c != '\t' && c != '_' && c != '"') {
        out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
      }
    }
    return out;
  };
  return plain(a) == plain(b);
}

/// The first cell of a column that is not blank, as text.
std::string first_text(const table_data& table, int known) {
  for (std::size_t batch = 0; batch < table.batches.size(); ++batch) {
    const arrow::Array* column = table.column(batch, known);
    for (std::int64_t row = 0; row < column->length(); ++row) {
      if (column->IsValid(row)) { return cell_text(column, row); }
    }
  }
  return "0";
}

/// `source`: null if the batches are in the table.
bool admit_types_of(const table_refuser& refuse, const table_data& table, const batch_source* source) {
  const import_rules& import = table.import;
  if (table.batches.empty()) { return true; }
  bool good = true;
  const table_schema& schema = schema_of(table.id);
  for (std::size_t known = 0; known < schema.columns.size(); ++known) {
    if (!table.has(static_cast<int>(known))) { continue; }
    const int place = table.place[known];
    const arrow::DataType& type = source != nullptr ? source->type(place) : *table.batches[0]->column(place)->type();
    if (const char* fault = fault_of_type(type, schema.columns[known].kind, import)) {
      if (schema.columns[known].kind == cell_kind::time && arrow::is_integer(type.id()) && source == nullptr) {
        fault = parse_instant(first_text(table, static_cast<int>(known))).fault;
      }
      refuse.column(schema.columns[known].name, type.ToString(), fault);
      good = false;
    }
  }
  return good;
}

}  // namespace

bool admit_types(const table_refuser& refuse, const table_data& table) {
  return admit_types_of(refuse, table, nullptr);
}

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
  const std::size_t expected = facts.st_size > 0 ? static_cast<std::size_t>(facts.st_size) : 0;
  content.reserve(expected + 1);  // One byte more, because the read that finds the end needs a buffer.
  content.resize(expected);
  std::size_t length = 0;
  for (;;) {
    if (length == content.size()) {
      content.resize(content.capacity() > length ? content.capacity() : length + 65'536);
    }
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

namespace {

/// The header of the file, for a message.
std::string header_text(const std::vector<std::string>& found) {
  constexpr std::size_t columns_max = 20;
  std::string out;
  for (std::size_t i = 0; i < std::min(found.size(), columns_max); ++i) {
    const bool in_quotes = begins_or_ends_blank(found[i]);
    out += (i == 0 ? "" : ",") + std::string(in_quotes ? "\"" : "") + shown(found[i], 200) + (in_quotes ? "\"" : "");
  }
  return found.size() > columns_max ? out + ",..." : out;
}

/// A separator other than a comma: the header is one column whose name contains known columns.
const char* other_separator(const std::vector<std::string>& found, const table_schema& schema) {
  if (found.size() != 1) { return nullptr; }
  for (const auto& [sign, words] : {std::pair(';', "';'"), std::pair('\t', "tabs"), std::pair('|', "'|'")}) {
    std::string_view rest = found.front();
    while (rest.find(sign) != std::string_view::npos) {
      const std::string_view part = rest.substr(0, rest.find(sign));
      const auto is_part = [&](const known_column& column) { return same_column(part, column.name); };
      if (std::any_of(schema.columns.begin(), schema.columns.end(), is_part)) { return words; }
      rest.remove_prefix(part.size() + 1);
    }
  }
  return nullptr;
}

/// The name in the header that may mean `wanted`: in another case or with blanks, a venue's name for it, or a
/// misspelling.
std::string meant_by(const known_column& wanted, const std::vector<std::string>& found, const table_schema& schema) {
  std::vector<std::string_view> others;
  for (const std::string& name : found) {
    const auto is_known = [&](const known_column& column) { return column.name == name; };
    if (name.empty() || std::any_of(schema.columns.begin(), schema.columns.end(), is_known)) { continue; }
    if (same_column(name, wanted.name)) { return name; }
    others.push_back(name);
  }
  for (const std::string_view name : others) {
    std::string_view rest = wanted.elsewhere;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of(",; "), rest.size());
      if (end > 2 && same_column(name, rest.substr(0, end))) { return std::string(name); }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return nearest_name(wanted.name, others);
}

/// Refuses missing columns, and lists the columns found instead; false if one is missing.
bool refuse_missing(const std::vector<std::string>& found, const table_refuser& refuse, const table_data& table) {
  const table_schema& schema = schema_of(table.id);
  std::string names, hints, alternatives;
  std::size_t count = 0;
  bool has_alternative = false;
  const auto hint = [&](const known_column& column) {
    const std::string near = meant_by(column, found, schema);
    if (!near.empty()) { hints += "; name \"" + shown(near) + "\" " + std::string(column.name) + " if that is meant"; }
  };
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const known_column& column = schema.columns[i];
    const bool there = table.has(static_cast<int>(i));
    if (column.need == column_need::required && !there) {
      names += (count++ == 0 ? "" : ", ") + std::string(column.name);
      hint(column);
    }
    if (column.need == column_need::either) {
      alternatives += (alternatives.empty() ? "" : " or ") + std::string(column.name);
      has_alternative = has_alternative || there;
    }
  }
  if (!alternatives.empty() && !has_alternative) {
    names += (count++ == 0 ? "" : ", ") + alternatives;
    for (const known_column& column : schema.columns) {
      if (column.need == column_need::either) { hint(column); }
    }
  }
  if (count == 0) { return true; }
  const char* separator = other_separator(found, schema);
  const bool none = hints.empty() && std::all_of(table.place.begin(), table.place.end(), [](int at) { return at < 0; });
  if (none) { hints = "; the first row must name the columns"; }
  refuse.column(names, "",
                std::string(count == 1 ? "is missing" : "are missing") + "; the header reads " + header_text(found) +
                    (separator != nullptr ? std::string("; the file is separated by ") + separator +
                                                "; write it with commas, and numbers with points"
                                          : hints));
  return false;
}

}  // namespace

bool match_columns(const std::vector<std::string>& found, const table_refuser& refuse, table_data& out,
                   std::vector<std::string>& wanted) {
  const table_schema& schema = schema_of(out.id);
  out.place.assign(schema.columns.size(), -1);
  wanted.clear();
  bool good = true;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto known = std::find_if(schema.columns.begin(), schema.columns.end(),
                                    [&](const known_column& column) { return column.name == found[i]; });
    if (known == schema.columns.end()) {
      if (const std::string other = fault_of_other_name(out.id, found[i]); !other.empty()) {
        refuse.column(found[i], "", other);
        good = false;
        continue;
      }
      const char* fault = fault_of_text(found[i]);
      refuse.note(fault == nullptr ? "column " + shown(found[i]) + " is not read"
                                   : "column " + std::to_string(i + 1) +
                                         (found[i].empty() ? " has no name" : " has the name " + shown(found[i])) +
                                         " and is not read");
      continue;
    }
    if (out.has(static_cast<int>(known - schema.columns.begin()))) {
      refuse.column(found[i], "", "appears twice");
      good = false;
      continue;
    }
    out.place[static_cast<std::size_t>(known - schema.columns.begin())] = static_cast<int>(wanted.size());
    wanted.push_back(found[i]);
  }

  return refuse_missing(found, refuse, out) && good;
}

std::string fault_of_content(const char* format, const arrow::Status& outcome) {
  std::string cause = outcome.message();
  std::replace(cause.begin(), cause.end(), '\n', ' ');
  return std::string("is not readable as ") + format + ": " + cause;
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

namespace {

/// The ending for the content of a pipe; content that is neither Parquet nor Arrow is read as CSV.
std::string ending_by_content(const std::filesystem::path& path) {
  const auto content = read_file(path);
  if (!content) { return ".csv"; }
  const std::string_view bytes = content.value();
  if (bytes.starts_with("PAR1")) { return ".parquet"; }
  return bytes.starts_with("ARROW1") || bytes.starts_with("\xff\xff\xff\xff") ? ".arrow" : ".csv";
}

/// `source`: receives a table that may be decoded later; null if it must be decoded now.
result<table_state> open_file(const std::filesystem::path& path, table_id id, const import_rules& import,
                              refusal_list& refusals, table_data& out, batch_source_ptr* source);

result<table_state> find_and_open(const std::filesystem::path& folder, table_id id, const import_rules& import,
                                  refusal_list& refusals, table_data& out, batch_source_ptr* source) {
  const table_schema& schema = schema_of(id);
  out = {};
  std::vector<table_format> formats;
  for (const table_format format : {table_format::csv, table_format::parquet, table_format::arrow}) {
    std::error_code ignored;  // A path that cannot be examined is missing, or fails when it is opened.
    const auto path = folder / (std::string(schema.name) + "." + to_string(format));
    if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) { formats.push_back(format); }
  }
  const std::string name(schema.name);
  if (formats.empty()) {
    if (!schema.required) { return table_state::absent; }
    std::string reason = "is missing; the book must have " + name + ".csv, " + name + ".parquet or " + name + ".arrow";
    for (const near_file& near : find_near_files(folder)) {
      if (near.meant == id) { reason += "; " + shown(near.name) + " exists: " + near.way_out; }
    }
    table_refuser(refusals, name).table(std::move(reason));
    return table_state::refused;
  }
  if (formats.size() > 1) {
    std::string files;
    for (const table_format format : formats) { files += (files.empty() ? "" : ", ") + name + "." + to_string(format); }
    table_refuser(refusals, name).table("exists in more than one format: " + files);
    return table_state::refused;
  }
  return open_file(folder / (name + "." + to_string(formats.front())), id, import, refusals, out, source);
}

result<table_state> open_file(const std::filesystem::path& path, table_id id, const import_rules& import,
                              refusal_list& refusals, table_data& out, batch_source_ptr* source) {
  out = {};
  out.import = import;
  out.id = id;
  out.place.assign(schema_of(id).columns.size(), -1);
  const bool from_pipe = path.string().starts_with("/proc/self/fd/");
  out.file = from_pipe ? "stdin" : path.filename().string();
  const table_refuser refuse(refusals, out.file);
  const std::string ending = from_pipe ? ending_by_content(path) : path.extension().string();
  std::error_code ignored;  // A path that cannot be examined fails when it is opened.
  if (std::filesystem::is_directory(path, ignored)) {
    refuse.table(
        "is a folder, not a file; write its parts into one file, for example with pyarrow.parquet.write_table("
        "pyarrow.parquet.read_table(folder), file)");
    return table_state::refused;
  }
  if (ending == ".csv") {
    out.format = table_format::csv;
  } else if (ending == ".parquet") {
    out.format = table_format::parquet;
  } else if (ending == ".arrow") {
    out.format = table_format::arrow;
  } else {
    const std::string way_out = way_out_of_ending(path.stem().stem().string(), ending);
    refuse.table("must end in .csv, .parquet or .arrow" + (way_out.empty() ? way_out : ": " + way_out));
    return table_state::refused;
  }
  auto read = out.format == table_format::csv     ? read_csv(path, refuse, out)
              : out.format == table_format::arrow ? read_arrow(path, refuse, out)
              : source != nullptr                 ? read_parquet_by_groups(path, refuse, out, *source)
                                                  : read_parquet(path, refuse, out);
  if (!read) { return std::move(read).error(); }
  if (!read.value()) { return table_state::refused; }
  return admit_types_of(refuse, out, source != nullptr ? source->get() : nullptr) ? table_state::usable
                                                                                  : table_state::refused;
}

}  // namespace

result<table_state> open_table(const std::filesystem::path& folder, table_id id, const import_rules& import,
                               refusal_list& refusals, table_data& out) {
  return find_and_open(folder, id, import, refusals, out, nullptr);
}

result<table_state> open_table_by_groups(const std::filesystem::path& folder, table_id id, const import_rules& import,
                                         refusal_list& refusals, table_data& out, batch_source_ptr& source) {
  return find_and_open(folder, id, import, refusals, out, &source);
}

result<table_state> open_table_file(const std::filesystem::path& path, table_id id, const import_rules& import,
                                    refusal_list& refusals, table_data& out) {
  return open_file(path, id, import, refusals, out, nullptr);
}

}  // namespace plimsoll::io
