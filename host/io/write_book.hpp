// Writes a book folder in the input format, from tables in memory or from another book folder.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "host/io/table_format.hpp"
#include "host/io/write_table.hpp"
#include "host/table/table.hpp"
#include "host/text/refusal.hpp"
#include "host/text/rounding.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// A book's venue.toml, and the rulebook in its folder if it names one.
struct venue_files {
  std::string venue_toml;
  std::string rulebook_path{};  ///< In the book's folder; blank: none.
  std::string rulebook{};
};

/// Reads them from the book in `folder`. Errors of code io.
[[nodiscard]] result<venue_files> read_venue_files(const std::filesystem::path& folder);

/// Writes venue.toml, its rulebook and the tables into `folder`, which exists and is empty (see output_folder). Amounts
/// need no column format of their own, because every number is written exactly. Errors as `write_table`.
[[nodiscard]] status write_book(const std::filesystem::path& folder, const venue_files& venue,
                                std::span<const named_table> tables, table_format format,
                                const write_options& options = {});

/// Writes the book in `from`, table by table, into `folder` in another format. The book is checked first as `load_book`
/// does, with the same errors. All known columns are kept, and blank cells stay blank; columns that are not part of the
/// format are omitted with a note. CSV keeps the text of numbers; Parquet and Arrow get decimal128(38, most decimals
/// seen), or text if a column does not fit that. If numbers are to be rounded (`round`, else the book's own rule), the
/// new book has the rounded numbers.
[[nodiscard]] status convert_book(const std::filesystem::path& from, const std::filesystem::path& folder,
                                  table_format format, refusal_list& refusals, const write_options& options = {},
                                  std::optional<rounding> round = std::nullopt);

}  // namespace plimsoll
