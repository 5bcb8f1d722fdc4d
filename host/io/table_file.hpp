// Finds a table of a book, reads its file into Arrow batches and checks its columns. Inside host/io only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/record_batch.h>

#include "host/io/read_file.hpp"
#include "host/io/refuse.hpp"
#include "host/io/schema.hpp"
#include "host/io/table_format.hpp"
#include "host/venue/venue.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::io {

/// A table that was read. Batches hold only the known columns of the file.
struct table_data {
  table_id id{};
  std::string file;  ///< "positions.csv".
  table_format format{};
  import_rules import{};                                     ///< Rules for reading its cells.
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;  ///< At most `batch_rows` rows each, none empty.
  std::vector<std::int64_t> first_row;                       ///< Of each batch, 0-based among the data rows.
  std::int64_t rows = 0;
  std::vector<int> place;  ///< By known column: its index in the batches, or -1.

  [[nodiscard]] bool has(int column) const { return place[static_cast<std::size_t>(column)] >= 0; }
  /// Null if the file has no such column.
  [[nodiscard]] const arrow::Array* column(std::size_t batch, int known) const {
    const int at = place[static_cast<std::size_t>(known)];
    return at < 0 ? nullptr : batches[batch]->column(at).get();
  }
};

inline constexpr std::int64_t batch_rows = 65'536;

/// Result of opening a table.
enum class table_state : unsigned char {
  absent,   ///< Optional and missing.
  refused,  ///< Not usable, and refused once. Names that it would have defined must not be refused as well.
  usable,
};

/// Finds and reads table `id` of the book in `folder`. Bad data goes to `refusals`; an error is a failure to read the
/// file.
[[nodiscard]] result<table_state> open_table(const std::filesystem::path& folder, table_id id,
                                             const import_rules& import, refusal_list& refusals, table_data& out);

/// Reads the file at `path` as table `id`; its ending determines the format. As `open_table`, but a missing file is an
/// error.
[[nodiscard]] result<table_state> open_table_file(const std::filesystem::path& path, table_id id,
                                                  const import_rules& import, refusal_list& refusals, table_data& out);

/// Compares the columns of a file with the known ones: fills `place` of `out` and notes columns that are not read,
/// including those without a name. Refuses columns that are missing or appear twice, and then returns `false`. `wanted`
/// receives the names to read, in the order of `place`.
[[nodiscard]] bool match_columns(const std::vector<std::string>& found, const table_refuser& refuse, table_data& out,
                                 std::vector<std::string>& wanted);

/// Readers of one format each. `false`: the table was refused. Set `out.id` and `file` before.
[[nodiscard]] result<bool> read_csv(const std::filesystem::path& path, const table_refuser& refuse, table_data& out);
[[nodiscard]] result<bool> read_parquet(const std::filesystem::path& path, const table_refuser& refuse,
                                        table_data& out);
[[nodiscard]] result<bool> read_arrow(const std::filesystem::path& path, const table_refuser& refuse, table_data& out);

/// Divides an Arrow table whose columns are in the order of `out.place` into the batches of `out`.
[[nodiscard]] arrow::Status cut_into_batches(const arrow::Table& table, table_data& out);

}  // namespace plimsoll::io
