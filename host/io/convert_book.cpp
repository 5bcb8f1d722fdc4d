// Table-level conversion: what a book says stays, cell by cell; only the form changes.
#include <algorithm>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include <oneapi/tbb/parallel_for.h>

#include "host/io/column_reader.hpp"
#include "host/io/file_writer.hpp"
#include "host/io/load_book.hpp"
#include "host/io/table_file.hpp"
#include "host/io/write_book.hpp"
#include "host/venue/read_venue.hpp"

namespace plimsoll {

namespace {

using namespace io;

constexpr int digits_all_max = 38;

/// What the numbers of a column need: digits before the point, digits behind it. -1: a cell is no number.
struct number_extent {
  int whole = 0;
  int part = 0;
  bool numbers = true;

  void include(const decimal& value) {
    int128 rest = value.mantissa;
    int digits = 0;
    for (; rest != 0; rest /= 10) { ++digits; }
    whole = std::max(whole, digits - value.scale);
    part = std::max(part, value.scale);
  }
  void include(const number_extent& other) {
    whole = std::max(whole, other.whole);
    part = std::max(part, other.part);
    numbers = numbers && other.numbers;
  }
  [[nodiscard]] bool fits() const { return numbers && whole + part <= digits_all_max; }
};

number_extent extent_of(const table_data& table, int column) {
  number_extent out;
  std::mutex merging;
  oneapi::tbb::parallel_for(std::size_t{0}, table.batches.size(), [&](std::size_t batch) {
    std::vector<number_fault> faults;
    const number_cells cells = read_numbers(*table.column(batch, column), faults);
    number_extent own;
    own.numbers = faults.empty();
    for (std::int64_t row = 0; row < static_cast<std::int64_t>(cells.scale.size()); ++row) {
      if (!cells.is_blank(row) && !cells.is_bad(row)) { own.include(cells.at(row)); }
    }
    const std::lock_guard lock(merging);
    out.include(own);
  });
  return out;
}

/// A table as it was read, as a table to be written.
class stored_table final : public table_source {
 public:
  stored_table(table_data table, table_format format) : table_(std::move(table)) {
    const table_schema& schema = schema_of(table_.id);
    for (std::size_t known = 0; known < schema.columns.size(); ++known) {
      const auto column = static_cast<int>(known);
      if (!table_.has(column)) { continue; }
      column_spec spec;
      spec.name = schema.columns[known].name;
      const bool is_number =
          schema.columns[known].kind == cell_kind::number || schema.columns[known].kind == cell_kind::score;
      const bool is_float = !table_.batches.empty() && arrow::is_floating(table_.column(0, column)->type_id());
      if (is_float) {
        spec.kind = column_kind::score;
      } else if (is_number && format != table_format::csv) {
        const number_extent extent = extent_of(table_, column);
        if (extent.fits()) {
          spec.kind = column_kind::amount;
          spec.digits_max = extent.part;
        }
      }
      columns_.push_back(std::move(spec));
      known_.push_back(column);
    }
  }

  [[nodiscard]] const std::vector<column_spec>& columns() const override { return columns_; }
  [[nodiscard]] std::uint64_t rows() const override { return static_cast<std::uint64_t>(table_.rows); }

  void fill(std::uint64_t begin, std::uint64_t end, table_chunk& out) const override {
    auto row = static_cast<std::int64_t>(begin);
    while (row < static_cast<std::int64_t>(end)) {
      const auto after = std::upper_bound(table_.first_row.begin(), table_.first_row.end(), row);
      const auto batch = static_cast<std::size_t>(after - table_.first_row.begin() - 1);
      const std::int64_t from = row - table_.first_row[batch];
      const std::int64_t count =
          std::min(table_.batches[batch]->num_rows() - from, static_cast<std::int64_t>(end) - row);
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        append(*table_.column(batch, known_[i])->Slice(from, count), columns_[i], out.columns[i]);
      }
      row += count;
    }
  }

 private:
  static void append(const arrow::Array& array, const column_spec& spec, column_cells& out) {
    if (spec.kind == column_kind::amount) {
      std::vector<number_fault> faults;
      const number_cells cells = read_numbers(array, faults);
      for (std::int64_t row = 0; row < array.length(); ++row) {
        const bool there = !cells.is_blank(row);
        const decimal value = there ? cells.at(row) : decimal{};
        out.valid.push_back(there ? 1 : 0);
        out.amount.push_back(value.mantissa);
        out.digits.push_back(static_cast<std::uint8_t>(value.scale));
      }
      return;
    }
    if (spec.kind == column_kind::score) {
      for (std::int64_t row = 0; row < array.length(); ++row) {
        out.valid.push_back(array.IsValid(row) ? 1 : 0);
        const bool wide = array.type_id() == arrow::Type::DOUBLE;
        out.score.push_back(array.IsNull(row) ? 0.0
                            : wide            ? static_cast<const arrow::DoubleArray&>(array).Value(row)
                                   : static_cast<double>(static_cast<const arrow::FloatArray&>(array).Value(row)));
      }
      return;
    }
    const text_cells texts(array);
    for (std::int64_t row = 0; row < array.length(); ++row) {
      const std::string_view text = texts[row];
      out.valid.push_back(text.empty() ? 0 : 1);
      out.owned.emplace_back(text);
      out.text.push_back(out.owned.back());
    }
  }

  table_data table_;
  std::vector<column_spec> columns_;
  std::vector<int> known_;
};

status convert(const std::filesystem::path& from, const std::filesystem::path& folder, table_format format,
               refusal_list& refusals, const write_options& options) {
  {
    load_options checking;
    checking.threads = options.threads;
    checking.stop = options.stop;
    const auto checked = load_book(from, checking, refusals);
    if (!checked) { return checked.error(); }
  }
  const auto venue = read_venue_files(from);
  if (!venue) { return venue.error(); }
  std::vector<named_table> tables;
  for (std::size_t i = 0; i < table_count; ++i) {
    const auto id = static_cast<table_id>(i);
    table_data table;
    auto opened = open_table(from, id, refusals, table);
    if (!opened) { return std::move(opened).error(); }
    if (opened.value() == table_state::absent) { continue; }
    if (opened.value() == table_state::refused) { return refusals.to_error(); }
    tables.push_back({std::string(schema_of(id).name), std::make_unique<stored_table>(std::move(table), format)});
  }
  return write_book(folder, venue.value(), tables, format, options);
}

}  // namespace

status convert_book(const std::filesystem::path& from, const std::filesystem::path& folder, table_format format,
                    refusal_list& refusals, const write_options& options) {
  try {
    return convert(from, folder, format, refusals, options);
  } catch (const std::bad_alloc&) {
    return error{error_code::out_of_memory, from.string() + ": not enough memory to convert the book"};
  } catch (const std::exception& failure) {
    return error{error_code::invariant_broken, from.string() + ": " + failure.what()};
  }
}

}  // namespace plimsoll
