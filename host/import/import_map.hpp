// A map from an export to a book: which file gives which table, and each column's way. docs/import.md is its reference.
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

/// Holds of a row whose `column` is one of `is`, none of `is_not`, or a number below `below`.
struct condition {
  std::string column;
  std::vector<std::string> is;
  std::vector<std::string> is_not;
  std::optional<decimal> below;
};

/// A number divided by that of another column.
struct quotient_way {
  std::string column;
  int decimals = 0;  ///< Behind the point, half to even.
};

/// Another file, whose columns each row gets as `as.NAME`: those of its first row with the same cell in column `on`.
struct joined_file {
  std::string from;  ///< File name or pattern.
  std::string rows;  ///< Of JSON; see read_options::path.
  std::string on;
  std::string there;  ///< What that column is called in the other file; blank: the same.
  std::string as;
  bool optional = false;  ///< Rows that find none there are blank, not refused.
};

/// A sentence for stderr, and of how many rows it is true: those that `where` leaves out count, `except`'s do not.
struct row_warning {
  std::vector<condition> when;
  std::string say;
};

/// How one column's cells come about.
struct column_way {
  std::string name;                 ///< Of the book's column.
  std::vector<std::string> from;    ///< Columns of the export: the first whose cell is not blank.
  std::optional<std::string> text;  ///< The same text in every row.
  std::vector<std::pair<std::string, std::string>> words;    ///< A cell that is the first becomes the second.
  std::vector<std::pair<std::string, std::string>> replace;  ///< Each occurrence of the first becomes the second.
  std::string prefix;                                        ///< Text put before it.
  std::string epoch;                  ///< "s", "ms", "us" or "ns": a whole number since 1970 becomes a time.
  std::string zone;                   ///< "UTC": a time without a zone is of this one.
  std::optional<decimal> times;       ///< A number is multiplied by it.
  std::string by;                     ///< And by the number in this column.
  std::optional<quotient_way> over;   ///< And divided by that in another.
  std::optional<condition> negative;  ///< The number's sign turns where it holds.
  std::string less;                   ///< Then the number in this column is subtracted.
  std::optional<condition> when;      ///< Blank where it does not hold.
  bool absolute = false;              ///< The number without its sign.
  /// The cell of the last row before that is the same in this column, not of the row itself; 0 where there is none.
  std::string previous;
};

/// One table of a book from one file of the export, from tables made before, or from the map itself.
struct table_map {
  std::string to;    ///< "positions"
  std::string from;  ///< File name or pattern with * in the export's folder; where the export is a file, that file.
  char separator = '\0';
  std::string rows;       ///< Of JSON; see read_options::path.
  bool optional = false;  ///< The file, or a column that the map names, may be absent; then there are no rows.
  std::vector<std::string> distinct;  ///< "positions.instrument": a row for each value of these columns, as `value`.
  std::vector<std::vector<std::pair<std::string, std::string>>> constant;  ///< Rows that stand in the map.
  std::vector<joined_file> join;
  std::vector<row_warning> warn;
  std::vector<condition> where;
  std::string only;  ///< "positions.instrument": rows whose name (of asset, instrument, tier table) is in that column.
  std::string except;              ///< The same, for names that are left out.
  std::vector<std::string> first;  ///< Of rows equal in these columns of the book the first is kept.
  std::vector<std::string> sum;    ///< Columns of numbers that are added over rows that are equal in all others.
  std::string drop_zero;           ///< Rows in which this column is 0 are left out.
  std::vector<column_way> columns;
};

struct import_map {
  std::string name;
  std::string source;  ///< Where the form of the export is documented.
  std::string venue;   ///< Text of the book's venue.toml, but for `quote` and `name`.
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
