#include "host/import/export_rows.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include <arrow/array.h>
#include <arrow/csv/api.h>
#include <arrow/io/compressed.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>

#include "host/import/export_json.hpp"
#include "host/io/table_file.hpp"
#include "host/text/instant.hpp"

namespace plimsoll::importing {

namespace {

error bad(const std::string& file, const std::string& why) {
  std::string line = file + ": " + why;
  std::replace(line.begin(), line.end(), '\n', ' ');
  return {error_code::bad_data, std::move(line)};
}
error bad(const std::string& file, const arrow::Status& why) {
  if (why.IsOutOfMemory()) { return {error_code::out_of_memory, file + ": not enough memory"}; }
  return bad(file, why.message());
}

// -------------------------------------------------------------------------------------------------- Arrow

std::string time_text(std::int64_t value, const arrow::TimestampType& type) {
  std::int64_t unit = 1;
  for (int i = 0; i < 3 * (3 - static_cast<int>(type.unit())); ++i) { unit *= 10; }
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(value, unit, &ns)) { return std::to_string(value); }
  std::string text = format_instant(ns);
  if (type.timezone().empty()) { text.pop_back(); }  // A time without a zone stays so; the map has to give one.
  return text;
}

/// A cell as text.
std::string cell_text(const arrow::Array& array, std::int64_t row) {
  if (array.IsNull(row)) { return {}; }
  switch (array.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return std::string(static_cast<const arrow::BinaryArray&>(array).GetView(row));
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY: return std::string(static_cast<const arrow::LargeBinaryArray&>(array).GetView(row));
    case arrow::Type::DOUBLE: return text_of(static_cast<const arrow::DoubleArray&>(array).Value(row));
    case arrow::Type::FLOAT: {
      // The shortest decimal of the float, not of the double that it widens to.
      const float value = static_cast<const arrow::FloatArray&>(array).Value(row);
      return without_exponent(fmt::format("{}", value));
    }
    case arrow::Type::TIMESTAMP:
      return time_text(static_cast<const arrow::TimestampArray&>(array).Value(row),
                       static_cast<const arrow::TimestampType&>(*array.type()));
    case arrow::Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
      return cell_text(*coded.dictionary(), coded.GetValueIndex(row));
    }
    default: {
      const auto scalar = array.GetScalar(row);
      return scalar.ok() ? (*scalar)->ToString() : std::string();
    }
  }
}

result<export_rows> rows_of(const arrow::Table& table, const std::string& file) {
  export_rows out;
  out.file = file;
  out.rows = static_cast<std::size_t>(table.num_rows());
  for (int c = 0; c < table.num_columns(); ++c) {
    const arrow::DataType& type = *table.schema()->field(c)->type();
    if (arrow::is_nested(type.id())) { continue; }
    out.columns.push_back(table.schema()->field(c)->name());
    std::vector<std::string>& cells = out.cells.emplace_back();
    cells.reserve(out.rows);
    for (const auto& chunk : table.column(c)->chunks()) {
      for (std::int64_t row = 0; row < chunk->length(); ++row) { cells.push_back(cell_text(*chunk, row)); }
    }
  }
  return out;
}

arrow::Result<std::shared_ptr<arrow::Table>> parquet_table(const std::shared_ptr<arrow::Buffer>& bytes) {
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(std::make_shared<arrow::io::BufferReader>(bytes)));
  ARROW_ASSIGN_OR_RAISE(auto reader, builder.Build());
  return reader->ReadTable();
}

arrow::Result<std::shared_ptr<arrow::Table>> arrow_table(const std::shared_ptr<arrow::Buffer>& bytes) {
  auto input = std::make_shared<arrow::io::BufferReader>(bytes);
  auto file = arrow::ipc::RecordBatchFileReader::Open(input);
  if (file.ok()) { return (*file)->ToTable(); }
  ARROW_RETURN_NOT_OK(input->Seek(0));
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::ipc::RecordBatchStreamReader::Open(input));
  return stream->ToTable();
}

// ---------------------------------------------------------------------------------------------------- CSV

char separator_of(std::string_view header) {
  char best = ',';
  std::ptrdiff_t most = 0;
  for (const char one : {',', ';', '\t', '|'}) {
    const auto count = std::count(header.begin(), header.end(), one);
    if (count > most) {
      most = count;
      best = one;
    }
  }
  return best;
}

/// The header's fields, unquoted; a field without a name gets its index as name.
std::vector<std::string> header_of(std::string_view line, char separator) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t first = out[i].find_first_not_of(' ');
    out[i] = first == std::string::npos ? fmt::format("column {}", i + 1)
                                        : out[i].substr(first, out[i].find_last_not_of(' ') - first + 1);
  }
  return out;
}

arrow::Result<std::shared_ptr<arrow::Table>> csv_table(std::string_view text, char separator) {
  if (text.starts_with("\xef\xbb\xbf")) { text.remove_prefix(3); }
  const std::size_t end = text.find_first_of("\r\n");
  const std::string_view line = text.substr(0, end);
  if (separator == '\0') { separator = separator_of(line); }
  const std::size_t body = end == std::string_view::npos ? text.size() : text.find('\n', end);
  auto read = arrow::csv::ReadOptions::Defaults();
  read.column_names = header_of(line, separator);
  auto parse = arrow::csv::ParseOptions::Defaults();
  parse.delimiter = separator;
  parse.newlines_in_values = true;
  auto convert = arrow::csv::ConvertOptions::Defaults();
  arrow::FieldVector fields;
  for (const std::string& name : read.column_names) {
    convert.column_types[name] = arrow::utf8();
    fields.push_back(arrow::field(name, arrow::utf8()));
  }
  if (body == std::string_view::npos || body + 1 >= text.size()) {
    return arrow::Table::MakeEmpty(arrow::schema(fields));
  }
  const auto bytes = std::make_shared<arrow::Buffer>(text.substr(body + 1));
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::csv::TableReader::Make(arrow::io::default_io_context(),
                                                                   std::make_shared<arrow::io::BufferReader>(bytes),
                                                                   read, parse, convert));
  return reader->Read();
}

// --------------------------------------------------------------------------------------------------- JSON

/// Rows of JSON documents: each object flattened, its paths as columns.
class json_rows {
 public:
  explicit json_rows(const std::string& file) { out_.file = file; }

  /// Adds the rows at `path` of a document. False: there is nothing at that path.
  bool add(const json& root, std::string_view path) {
    shared_.clear();
    if (root.is_object()) {
      for (const auto& [key, value] : root.items()) {
        if (value.is_primitive()) { shared_.emplace_back("/" + key, text(value)); }
      }
    }
    parents_.clear();
    std::vector<std::string> keys;
    return walk(root, path, keys);
  }

  /// The members of the last document, for a message: an answer that reports an error has its reason there.
  [[nodiscard]] std::string members() const {
    std::string out;
    for (const auto& [name, value] : shared_) {
      if (out.size() < 200) { out += (out.empty() ? "; it has " : ", ") + name.substr(1) + " = \"" + value + '"'; }
    }
    return out;
  }
  [[nodiscard]] export_rows take() {
    for (auto& column : out_.cells) { column.resize(out_.rows); }
    return std::move(out_);
  }

 private:
  static std::string text(const json& value) {
    if (value.is_null()) { return {}; }
    return value.is_string() ? value.get<std::string>() : value.dump();
  }

  bool walk(const json& at, std::string_view path, std::vector<std::string>& keys) {
    if (path.empty()) {
      if (at.is_array()) {
        for (const json& one : at) { add_row(one, keys); }
      } else {
        add_row(at, keys);
      }
      return true;
    }
    const std::size_t dot = path.find('.');
    const std::string_view step = path.substr(0, dot);
    const std::string_view rest = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    if (step != "*") {
      // The key of an array element is its index.
      if (at.is_array() && !step.empty() && step.find_first_not_of("0123456789") == std::string_view::npos) {
        const auto place = static_cast<std::size_t>(std::stoul(std::string(step)));
        return place < at.size() && walk(at[place], rest, keys);
      }
      const auto found = at.is_object() ? at.find(std::string(step)) : at.end();
      return at.is_object() && found != at.end() && walk(*found, rest, keys);
    }
    bool any = false;
    if (at.is_object()) {
      for (const auto& [key, value] : at.items()) {
        keys.push_back(key);
        any = walk_item(value, rest, keys) || any;
        keys.pop_back();
      }
    } else if (at.is_array()) {
      for (std::size_t i = 0; i < at.size(); ++i) {
        keys.push_back(std::to_string(i));
        any = walk_item(at[i], rest, keys) || any;
        keys.pop_back();
      }
    }
    return any || at.empty();
  }
  bool walk_item(const json& value, std::string_view rest, std::vector<std::string>& keys) {
    if (!rest.empty()) {
      parents_.clear();
      if (value.is_object()) {
        for (const auto& [key, member] : value.items()) {
          if (member.is_primitive()) { parents_.emplace_back("^" + key, text(member)); }
        }
      } else if (value.is_array()) {
        for (std::size_t i = 0; i < value.size(); ++i) {
          if (value[i].is_primitive()) { parents_.emplace_back("^" + std::to_string(i), text(value[i])); }
        }
      }
      return walk(value, rest, keys);
    }
    add_row(value, keys);
    return true;
  }

  void add_row(const json& row, const std::vector<std::string>& keys) {
    for (std::size_t i = 0; i < keys.size(); ++i) { put("@" + std::to_string(i + 1), keys[i]); }
    for (const auto& [name, value] : shared_) { put(name, value); }
    for (const auto& [name, value] : parents_) { put(name, value); }
    flatten(row, "");
    ++out_.rows;
  }
  void flatten(const json& value, const std::string& prefix) {
    if (value.is_object()) {
      for (const auto& [key, inner] : value.items()) { flatten(inner, prefix.empty() ? key : prefix + "." + key); }
    } else if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        flatten(value[i], prefix.empty() ? std::to_string(i) : prefix + "." + std::to_string(i));
      }
    } else {
      put(prefix.empty() ? "value" : prefix, text(value));
    }
  }
  void put(const std::string& column, std::string value) {
    std::size_t at = out_.find(column);
    if (at == SIZE_MAX) {
      at = out_.columns.size();
      out_.columns.push_back(column);
      out_.cells.emplace_back();
    }
    out_.cells[at].resize(out_.rows);
    out_.cells[at].push_back(std::move(value));
  }

  export_rows out_;
  std::vector<std::pair<std::string, std::string>> shared_;   ///< Plain members of the document, as "/name".
  std::vector<std::pair<std::string, std::string>> parents_;  ///< Plain members at the last *, as "^name".
};

result<export_rows> read_json(std::string_view text, const std::string& file, const read_options& options, bool lines) {
  json_rows rows(file);
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = lines ? text.find('\n', at) : std::string_view::npos;
    const std::string_view document = text.substr(at, end == std::string_view::npos ? end : end - at);
    at = end == std::string_view::npos ? text.size() : end + 1;
    ++number;
    if (document.find_first_not_of(" \t\r\n") == std::string_view::npos) { continue; }
    auto parsed = parse_json(document, lines ? fmt::format("{}, line {}", file, number) : file);
    if (!parsed) { return std::move(parsed).error(); }
    if (!rows.add(parsed.value(), options.path) && !options.optional) {
      return bad(file, fmt::format("has nothing at \"{}\"{}", options.path, rows.members()));
    }
  }
  return rows.take();
}

// ------------------------------------------------------------------------------------------------- files

arrow::Result<std::string> unzipped(const std::string& bytes) {
  ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(arrow::Compression::GZIP));
  ARROW_ASSIGN_OR_RAISE(
      auto stream, arrow::io::CompressedInputStream::Make(
                       codec.get(), std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(bytes))));
  std::string out;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(auto part, stream->Read(1 << 20));
    if (part->size() == 0) { return out; }
    out += part->ToString();
  }
}

bool ends_in(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view one) { return name.ends_with(one); });
}

result<export_rows> read_file_rows(const std::filesystem::path& path, const read_options& options) {
  std::string name = path.filename().string();
  const std::string file = name;
  auto content = io::read_file(path);
  if (!content) { return std::move(content).error(); }
  std::string bytes = std::move(content).value();
  if (name.ends_with(".gz")) {
    auto opened = unzipped(bytes);
    if (!opened.ok()) { return bad(file, opened.status()); }
    bytes = std::move(opened).ValueUnsafe();
    name.resize(name.size() - 3);
  }
  if (ends_in(name, {".json"})) { return read_json(bytes, file, options, false); }
  if (ends_in(name, {".jsonl", ".ndjson"})) { return read_json(bytes, file, options, true); }
  if (ends_in(name, {".csv", ".txt", ".tsv"})) {
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
      return bad(file, "is UTF-16: save it as UTF-8");
    }
    if (bytes.find_first_not_of("\xef\xbb\xbf \t\r\n") == std::string::npos) {
      return bad(file, "is empty; the first row must name the columns");
    }
  }
  arrow::Result<std::shared_ptr<arrow::Table>> table = arrow::Status::Invalid("");
  if (ends_in(name, {".csv", ".txt"})) {
    table = csv_table(bytes, options.separator);
  } else if (ends_in(name, {".tsv"})) {
    table = csv_table(bytes, options.separator == '\0' ? '\t' : options.separator);
  } else if (ends_in(name, {".parquet"})) {
    table = parquet_table(arrow::Buffer::FromString(std::move(bytes)));
  } else if (ends_in(name, {".arrow", ".feather"})) {
    table = arrow_table(arrow::Buffer::FromString(std::move(bytes)));
  } else {
    return bad(
        file,
        "must end in .csv, .tsv, .txt, .json, .jsonl, .ndjson (each also with .gz), .parquet, .arrow or .feather");
  }
  if (!table.ok()) { return bad(file, table.status()); }
  return rows_of(**table, file);
}

/// A folder of Parquet files, as pandas, Spark and DuckDB write one table.
result<export_rows> read_parts(const std::filesystem::path& folder, const read_options& options) {
  std::vector<std::filesystem::path> parts;
  std::error_code cause;
  for (std::filesystem::recursive_directory_iterator at(folder, cause), end; !cause && at != end; at.increment(cause)) {
    if (at->path().extension() == ".parquet") { parts.push_back(at->path()); }
  }
  const std::string name = folder.filename().string();
  if (cause || parts.empty()) { return bad(name, "is a folder without .parquet files"); }
  std::sort(parts.begin(), parts.end());
  export_rows out;
  for (const auto& part : parts) {
    auto rows = read_file_rows(part, options);
    if (!rows) { return rows; }
    if (out.columns.empty()) {
      out = std::move(rows).value();
      continue;
    }
    if (rows.value().columns != out.columns) {
      return bad(name, part.filename().string() + " has other columns than the parts before it");
    }
    for (std::size_t c = 0; c < out.cells.size(); ++c) {
      out.cells[c].insert(out.cells[c].end(), std::make_move_iterator(rows.value().cells[c].begin()),
                          std::make_move_iterator(rows.value().cells[c].end()));
    }
    out.rows += rows.value().rows;
  }
  out.file = name;
  return out;
}

}  // namespace

std::size_t export_rows::find(std::string_view column) const {
  const auto at = std::find(columns.begin(), columns.end(), column);
  return at == columns.end() ? SIZE_MAX : static_cast<std::size_t>(at - columns.begin());
}

result<export_rows> read_export(const std::filesystem::path& path, const read_options& options) {
  try {
    std::error_code ignored;
    auto out = std::filesystem::is_directory(path, ignored) ? read_parts(path, options) : read_file_rows(path, options);
    if (!out) { return out; }
    std::filesystem::path name = path.filename();
    if (name.extension() == ".gz") { name = name.stem(); }
    const std::string stem = name.stem().string();
    const std::size_t dash = stem.find('-');
    out.value().columns.emplace_back("@account");
    out.value().cells.emplace_back(out.value().rows, dash == std::string::npos ? "account" : stem.substr(dash + 1));
    return out;
  } catch (const std::bad_alloc&) {
    return error{error_code::out_of_memory, path.string() + ": not enough memory"};
  } catch (const std::exception& failure) { return bad(path.filename().string(), failure.what()); }
}

}  // namespace plimsoll::importing
