// A map from an export to a book: the file for each table, and the rules for each column. docs/import.md is its
// reference.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/text/refusal.hpp"
#include "plimsoll/decimal.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::importing {

/// True for a row whose `column` is one of `is`, is not one of `is_not`, or is a number below `below`.
struct condition {
  std::string column;
  std::vector<std::string> is;
  std::vector<std::string> is_not;
  std::optional<decimal> below;
};

/// A number divided by that of another column.
struct quotient_rule {
  std::string column;
  int decimals = 0;  ///< Decimals of the quotient, rounded half to even.
};

/// Another file. Each row gets its columns as `as.NAME`, from its first row with the same cell in column `on`.
struct joined_file {
  std::string from;  ///< File name or pattern.
  std::string rows;  ///< Of JSON; see read_options::path.
  std::string on;
  std::string there;  ///< Name of that column in the other file; blank: the same name.
  std::string as;
  bool optional = false;  ///< Cells of a row without a match are blank, and the row is not refused.
};

/// A sentence for stderr with a count of rows. Rows that `where` excludes are counted; rows that `except` excludes are
/// not.
struct row_warning {
  std::vector<condition> when;
  std::string say;
};

/// Rules that make the cells of one column.
struct column_rule {
  std::string name;                 ///< Name of the book's column.
  std::vector<std::string> from;    ///< Columns of the export: the first whose cell is not blank.
  std::optional<std::string> text;  ///< The same text in every row.
  std::vector<std::pair<std::string, std::string>> words;    ///< A cell equal to the first becomes the second.
  std::vector<std::pair<std::string, std::string>> replace;  ///< Each occurrence of the first becomes the second.
  std::string prefix;                                        ///< Text that is put before the cell.
  std::string epoch;                  ///< "s", "ms", "us" or "ns": a whole number since 1970 becomes a time.
  std::string zone;                   ///< "UTC": the zone of a time without a zone.
  std::optional<decimal> times;       ///< A number is multiplied by this,
  std::string by;                     ///< and by the number in this column,
  std::optional<quotient_rule> over;  ///< and divided by the number in another.
  std::optional<condition> negative;  ///< The number changes its sign if this is true.
  std::string less;                   ///< Then the number in this column is subtracted.
  std::optional<condition> when;      ///< The cell is blank if this is false.
  bool absolute = false;              ///< The number without its sign.
  /// The cell comes from the last earlier row that is equal in this column; 0 if there is none.
  std::string previous;
};

/// One table of a book, from one file of the export, from tables made before, or from the map.
struct table_map {
  std::string to;    ///< "positions"
  std::string from;  ///< File name or pattern with * in the export's folder; ignored if the export is a file.
  char separator = '\0';
  std::string rows;       ///< Of JSON; see read_options::path.
  bool optional = false;  ///< The file, or a column that the map names, may be missing; then there are no rows.
  std::vector<std::string> distinct;  ///< "positions.instrument": a row for each value of these columns, as `value`.
  std::vector<std::vector<std::pair<std::string, std::string>>> constant;  ///< Rows that the map lists.
  std::vector<joined_file> join;
  std::vector<row_warning> warn;
  std::vector<condition> where;
  std::string only;  ///< "positions.instrument": rows whose name (of asset, instrument, tier table) is in that column.
  std::string except;              ///< The same, for names that are excluded.
  std::vector<std::string> first;  ///< Of rows equal in these columns of the book only the first is kept.
  std::vector<std::string> sum;    ///< Columns of numbers that are added over rows that are equal in all others.
  std::string drop_zero;           ///< Rows in which this column is 0 are omitted.
  std::vector<column_rule> columns;
};

struct import_map {
  std::string name;
  std::string source;  ///< Documentation of the format of the export.
  std::string venue;   ///< Text of the book's venue.toml without `quote` and `name`.
  std::string quote;
  std::vector<table_map> tables;
};

/// Reads a map; each unknown key, wrong type or contradiction goes to `refusals` with its line.
[[nodiscard]] std::optional<import_map> read_import_map(std::string_view text, std::string_view file,
                                                        refusal_list& refusals);

/// The text of a file with a map. Errors: io.
[[nodiscard]] result<std::string> read_map_file(const std::string& path);

/// Names of the presets, ordered, and the text of one.
[[nodiscard]] std::vector<std::string_view> known_presets();
[[nodiscard]] std::optional<std::string_view> preset_text(std::string_view name);

}  // namespace plimsoll::importing
