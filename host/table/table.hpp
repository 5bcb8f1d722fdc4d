// A table to be written: typed columns, and rows made chunk by chunk. Writers (host/io) know nothing of scans.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plimsoll/config.hpp"

namespace plimsoll {

enum class column_kind : std::uint8_t {
  text,     ///< utf8
  amount,   ///< Exact decimal; CSV at each row's own digits, Parquet and Arrow decimal128(38, digits_max).
  integer,  ///< int64
  score,    ///< float64; CSV: fewest significant digits that read back, no exponent, `inf`, `-inf`.
  boolean,  ///< CSV `true` / `false`.
};

struct column_spec {
  std::string name;
  column_kind kind = column_kind::text;
  int digits_max = 0;  ///< Of an amount: the finest step that any row of the column has.
};

/// Cells of one column of a chunk. Only the vectors of its kind are filled; a blank cell is `valid` = 0.
struct column_cells {
  std::vector<std::uint8_t> valid;     ///< Per row; empty: no cell is blank.
  std::vector<std::string_view> text;  ///< Views of storage that outlives the chunk, or of `owned`.
  std::deque<std::string> owned;       ///< Texts made for this chunk.
  std::vector<int128> amount;          ///< In 10^-digits of the row.
  std::vector<std::uint8_t> digits;    ///< Per row of an amount.
  std::vector<std::int64_t> integer;   ///< Also booleans, 0 and 1.
  std::vector<double> score;
};

struct table_chunk {
  std::vector<column_cells> columns;  ///< In the order of the specification.
};

/// A table that can make any range of its rows.
class table_source {
 public:
  virtual ~table_source() = default;
  [[nodiscard]] virtual const std::vector<column_spec>& columns() const = 0;
  [[nodiscard]] virtual std::uint64_t rows() const = 0;
  /// Writes rows [begin, end) to `out`, which is empty and has one column_cells per column. Called from several
  /// threads.
  virtual void fill(std::uint64_t begin, std::uint64_t end, table_chunk& out) const = 0;
};

/// A table to be written, and the name of its file.
struct named_table {
  std::string name;
  std::unique_ptr<table_source> table;
};

}  // namespace plimsoll
