// Reads CSV (RFC 4180) into Arrow batches of raw bytes. If Arrow refuses a file, a second scan finds the faulty rows.
#include <algorithm>
#include <cstring>

#include <arrow/buffer.h>
#include <arrow/csv/api.h>
#include <arrow/io/memory.h>
#include <arrow/table.h>

#include "host/io/table_file.hpp"

namespace plimsoll::io {

namespace {

/// Walks the fields of CSV text as Arrow's parser does.
class csv_walker {
 public:
  explicit csv_walker(std::string_view text) : text_(text) {}

  /// The next record into `fields`, unquoted; false at the end of the text.
  bool next(std::vector<std::string>& fields) {
    fields.clear();
    if (at_ == text_.size()) { return false; }
    std::string field;
    for (;;) {
      const bool more = next_field(field);
      fields.push_back(std::move(field));
      field.clear();
      if (!more) { return true; }
    }
  }
  [[nodiscard]] std::size_t offset() const { return at_; }
  [[nodiscard]] bool ended_in_quotes() const { return in_quotes_; }

 private:
  /// One field; true if another follows in the same record.
  bool next_field(std::string& field) {
    in_quotes_ = at_ < text_.size() && text_[at_] == '"';
    if (in_quotes_) { ++at_; }
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (in_quotes_) {
        if (c != '"') {
          field += c;
        } else if (at_ < text_.size() && text_[at_] == '"') {
          field += '"';
          ++at_;
        } else {
          in_quotes_ = false;
        }
        continue;
      }
      if (c == ',') { return true; }
      if (c == '\n') { return false; }
      if (c == '\r') {
        if (at_ < text_.size() && text_[at_] == '\n') { ++at_; }
        return false;
      }
      field += c;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool in_quotes_ = false;
};

/// Refuses every row of `body` that does not have `columns` fields, is not UTF-8 or has a NUL; false if there is none.
bool refuse_rows(std::string_view body, const std::vector<std::string>& header, const table_refuser& refuse) {
  csv_walker walker(body);
  std::vector<std::string> fields;
  bool found = false;
  for (std::int64_t row = 0; walker.next(fields); ++row) {
    if (walker.ended_in_quotes()) {
      refuse.row(row, fields.back(), "opens a quote that is never closed");
      return true;
    }
    if (fields.size() != header.size()) {
      const bool blank = fields.size() == 1 && fields.front().empty();
      refuse.row(
          row, "",
          blank ? "is blank"
                : "has " + std::to_string(fields.size()) + " fields, the header has " + std::to_string(header.size()));
      found = true;
      continue;
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const bool holds_nul = fields[i].find('\0') != std::string::npos;
      if (holds_nul || find_invalid_utf8(fields[i]) != std::string_view::npos) {
        refuse.cell(row, shown(header[i]), fields[i], holds_nul ? "has a NUL character" : "is not UTF-8");
        found = true;
      }
    }
  }
  return found;
}

arrow::Result<std::shared_ptr<arrow::Table>> parse(std::string_view body, const std::vector<std::string>& header,
                                                   const std::vector<std::string>& wanted, bool quotes) {
  auto read = arrow::csv::ReadOptions::Defaults();
  // Columns that are not read may have any name, no name, or the same name, so Arrow gets their index as name.
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool is_wanted = std::find(wanted.begin(), wanted.end(), header[i]) != wanted.end();
    read.column_names.push_back(is_wanted ? header[i] : "\n" + std::to_string(i));
  }
  auto parse = arrow::csv::ParseOptions::Defaults();
  parse.quoting = quotes;
  parse.newlines_in_values = quotes;
  parse.ignore_empty_lines = false;  // Blank lines count, because row numbers in messages must be those of the file.
  auto convert = arrow::csv::ConvertOptions::Defaults();
  convert.check_utf8 = false;
  convert.include_columns = wanted;
  for (const std::string& name : wanted) { convert.column_types[name] = arrow::binary(); }
  const auto input = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(body));
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        arrow::csv::TableReader::Make(arrow::io::default_io_context(), input, read, parse, convert));
  return reader->Read();
}

/// The kind of a file that is not CSV by its first bytes, and the way out; null if it may be CSV.
const char* other_content(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) { return "is UTF-16: save it as UTF-8"; }
  if (text.starts_with("\x1F\x8B")) { return "is compressed: unpack it, or bring it in with plimsoll import"; }
  if (text.starts_with("PK\x03\x04")) { return "is a spreadsheet or an archive: save the sheet as CSV"; }
  if (text.starts_with("PAR1")) { return "is a Parquet file: let its name end in .parquet"; }
  if (text.starts_with("ARROW1")) { return "is an Arrow file: let its name end in .arrow"; }
  return nullptr;
}

}  // namespace

result<bool> read_csv(const std::filesystem::path& path, const table_refuser& refuse, table_data& out) {
  auto content = read_file(path);
  if (!content) { return std::move(content).error(); }
  std::string_view text = content.value();
  if (text.starts_with("\xEF\xBB\xBF")) { text.remove_prefix(3); }

  if (const char* other = other_content(text)) {
    refuse.table(other);
    return false;
  }
  csv_walker walker(text);
  std::vector<std::string> header;
  if (!walker.next(header) || (header.size() == 1 && header.front().empty())) {
    refuse.table("is empty; the first row must name the columns");
    return false;
  }
  if (walker.ended_in_quotes()) {
    refuse.column("", header.back(), "opens a quote that is never closed");
    return false;
  }
  std::vector<std::string> wanted;
  if (!match_columns(header, refuse, out, wanted)) { return false; }

  std::string_view body = text.substr(walker.offset());
  while (body.ends_with("\n\n") || body.ends_with("\n\r\n")) { body.remove_suffix(body.ends_with("\n\r\n") ? 2 : 1); }
  if (body == "\n" || body == "\r\n") { body = {}; }
  if (body.empty()) { return true; }
  const auto quotes = std::count(body.begin(), body.end(), '"');
  const bool suspect = quotes % 2 != 0 || std::memchr(body.data(), 0, body.size()) != nullptr ||
                       find_invalid_utf8(body) != std::string_view::npos;
  if (suspect && refuse_rows(body, header, refuse)) { return false; }

  const auto table = parse(body, header, wanted, quotes > 0);
  if (!table.ok()) {
    if (table.status().IsOutOfMemory()) {
      return error{error_code::out_of_memory, path.string() + ": not enough memory"};
    }
    if (!refuse_rows(body, header, refuse)) { refuse.table("is not readable as CSV: " + table.status().message()); }
    return false;
  }
  if (const auto cut = cut_into_batches(**table, out); !cut.ok()) {
    return error{error_code::invariant_broken, path.string() + ": " + cut.message()};
  }
  return true;
}

}  // namespace plimsoll::io
