// Writes CSV by RFC 4180, with minimal quoting and LF.
#include <algorithm>
#include <cassert>
#include <charconv>
#include <string>

#include "host/io/chunk_pipeline.hpp"
#include "host/io/write_formats.hpp"
#include "host/text/decimal.hpp"
#include "host/text/score_text.hpp"

namespace plimsoll::io {

namespace {

void append_integer(std::string& out, std::int64_t value) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void append_cell(std::string& out, const column_spec& spec, const column_cells& cells, std::size_t row) {
  if (!cells.valid.empty() && cells.valid[row] == 0) { return; }
  switch (spec.kind) {
    case column_kind::text: return append_csv_field(out, cells.text[row]);
    case column_kind::amount: return append_units(out, cells.amount[row], cells.digits[row]);
    case column_kind::integer: return append_integer(out, cells.integer[row]);
    case column_kind::score: return append_score(out, cells.score[row]);
    case column_kind::boolean: out += cells.integer[row] != 0 ? "true" : "false"; return;
  }
}

std::string format_chunk(const std::vector<column_spec>& columns, const table_chunk& chunk, std::uint64_t rows) {
  std::string out;
  out.reserve(rows * columns.size() * 12);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t begin = out.size();
    for (std::size_t column = 0; column < columns.size(); ++column) {
      if (column > 0) { out += ','; }
      append_cell(out, columns[column], chunk.columns[column], row);
    }
    if (out.size() == begin) { out += "\"\""; }  // A row of one blank field, because an empty line would not be a row.
    out += '\n';
  }
  return out;
}

}  // namespace

void append_csv_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') { out += '"'; }
    out += c;
  }
  out += '"';
}

status write_csv(const table_source& table, file_writer& file, const write_options& options) {
  const std::vector<column_spec>& columns = table.columns();
  std::string header;
  for (const column_spec& column : columns) {
    if (!header.empty()) { header += ','; }
    append_csv_field(header, column.name);
  }
  PLIMSOLL_TRY(file.write(header + "\n"));
  return run_chunks<std::string>(
      table, options, [&](const table_chunk& chunk, std::uint64_t rows) { return format_chunk(columns, chunk, rows); },
      [&](const std::string& text) { return file.write(text); });
}

}  // namespace plimsoll::io
