// One writer per format; `write_table` chooses. Inside host/io only.
#pragma once

#include "host/io/file_writer.hpp"
#include "host/io/write_table.hpp"

namespace plimsoll::io {

[[nodiscard]] status write_csv(const table_source& table, file_writer& file, const write_options& options);
[[nodiscard]] status write_parquet(const table_source& table, file_writer& file, const write_options& options);
[[nodiscard]] status write_arrow(const table_source& table, file_writer& file, const write_options& options);

/// A field by RFC 4180, quoted only if necessary.
void append_csv_field(std::string& out, std::string_view text);

}  // namespace plimsoll::io
