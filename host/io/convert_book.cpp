// Conversion of tables: every cell keeps its value; only the format changes.
#include <algorithm>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include <oneapi/tbb/parallel_for.h>

#include "host/io/column_reader.hpp"
#include "host/io/file_writer.hpp"
#include "host/io/load_book.hpp"
#include "host/io/names.hpp"
#include "host/io/table_file.hpp"
#include "host/io/write_book.hpp"
#include "host/venue/read_venue.hpp"

namespace plimsoll {

namespace {

using namespace io;

constexpr int digits_all_max = 38;

/// Digits that the numbers of a column need before and after the point. -1: a cell is not a number.
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

/// The steps to which numbers of a book are rounded, by the names in their rows.
class book_steps {
 public:
  explicit book_steps(reference_data reference) : reference_(std::move(reference)) {
    std::vector<std::string_view> names;
    for (const asset& it : reference_.assets) { names.push_back(it.name); }
    assets_ = name_index(std::move(names));
    names.clear();
    for (const instrument& it : reference_.instruments) { names.push_back(it.name); }
    instruments_ = name_index(std::move(names));
  }
  [[nodiscard]] rounding mode() const { return reference_.venue.import.round; }
  [[nodiscard]] const import_rules& import() const { return reference_.venue.import; }

  /// Rounds the cells of a column to the steps of their rows.
  void round(const table_data& table, std::size_t batch, int column, number_cells& cells) const {
    const std::string_view step = schema_of(table.id).columns[static_cast<std::size_t>(column)].step;
    if (mode() == rounding::refuse || step.empty()) { return; }
    const text_cells names(*table.column(batch, name_column(table.id)));
    std::vector<std::pair<std::int64_t, decimal>> wide;
    for (std::int64_t row = 0; row < static_cast<std::int64_t>(cells.scale.size()); ++row) {
      if (cells.is_blank(row) || cells.is_bad(row)) { continue; }
      const decimal value = cells.at(row);
      const decimal taken = round_to_step(value, step_of(table.id, step, names[row]), mode()).value_or(value);
      const auto i = static_cast<std::size_t>(row);
      const bool is_short = taken.mantissa == static_cast<std::int64_t>(taken.mantissa);
      cells.mantissa[i] = is_short ? static_cast<std::int64_t>(taken.mantissa) : 0;
      cells.scale[i] = is_short ? static_cast<std::uint8_t>(taken.scale) : number_cells::wide;
      if (!is_short) { wide.emplace_back(row, taken); }
    }
    cells.wide_ones = std::move(wide);
  }

 private:
  /// The column whose name determines the steps of a row.
  static int name_column(table_id id) {
    switch (id) {
      case table_id::balances: return balance_column::asset;
      case table_id::positions: return position_column::instrument;
      default: return 0;
    }
  }
  [[nodiscard]] decimal step_of(table_id id, std::string_view step, std::string_view name) const {
    if (step == "0.000001") { return {1, 6}; }
    if (id == table_id::tiers) { return {1, tier_digits(name)}; }
    if (id == table_id::balances) { return {1, reference_.assets[assets_.find(name)].digits}; }
    const instrument& it = reference_.instruments[instruments_.find(name)];
    if (step == "price_step") { return it.price_step; }
    if (step == "size_step") { return it.size_step; }
    return {1, reference_.assets[it.settle].digits};
  }
  /// The fewest digits of the assets in which a tier table is used.
  [[nodiscard]] int tier_digits(std::string_view table) const {
    int digits = limits::step_digits_max;
    for (const instrument& it : reference_.instruments) {
      const bool uses = it.kind != instrument_kind::spot && reference_.tier_table_names[it.tier_table] == table;
      if (uses) { digits = std::min(digits, reference_.assets[it.settle].digits); }
    }
    return digits;
  }

  reference_data reference_;
  name_index assets_;
  name_index instruments_;
};

/// The numbers of a column in the new book.
number_cells numbers_of(const table_data& table, const book_steps& steps, std::size_t batch, int column,
                        std::vector<number_fault>& faults) {
  const known_column& known = schema_of(table.id).columns[static_cast<std::size_t>(column)];
  number_cells cells = read_numbers(*table.column(batch, column), faults, number_form_of(known, steps.mode()));
  steps.round(table, batch, column, cells);
  return cells;
}

number_extent extent_of(const table_data& table, const book_steps& steps, int column) {
  number_extent out;
  std::mutex merging;
  oneapi::tbb::parallel_for(std::size_t{0}, table.batches.size(), [&](std::size_t batch) {
    std::vector<number_fault> faults;
    const number_cells cells = numbers_of(table, steps, batch, column, faults);
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

/// A table that was read, as a table to be written.
class stored_table final : public table_source {
 public:
  stored_table(table_data table, table_format format, const book_steps& steps)
      : table_(std::move(table)), steps_(steps) {
    const table_schema& schema = schema_of(table_.id);
    for (std::size_t known = 0; known < schema.columns.size(); ++known) {
      const auto column = static_cast<int>(known);
      if (!table_.has(column)) { continue; }
      column_spec spec;
      spec.name = schema.columns[known].name;
      const bool is_number =
          schema.columns[known].kind == cell_kind::number || schema.columns[known].kind == cell_kind::score;
      const bool is_float = !table_.batches.empty() && arrow::is_floating(table_.column(0, column)->type_id());
      const bool rounds = steps.mode() != rounding::refuse && schema.columns[known].kind == cell_kind::number;
      if (is_float && !rounds) {
        spec.kind = column_kind::score;
      } else if (is_number && (format != table_format::csv || rounds)) {
        const number_extent extent = extent_of(table_, steps, column);
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
        if (columns_[i].kind == column_kind::amount) {
          append_numbers(batch, from, count, known_[i], out.columns[i]);
        } else {
          append(*table_.column(batch, known_[i])->Slice(from, count), columns_[i], out.columns[i]);
        }
      }
      row += count;
    }
  }

 private:
  void append_numbers(std::size_t batch, std::int64_t from, std::int64_t count, int column, column_cells& out) const {
    std::vector<number_fault> faults;
    const number_cells cells = numbers_of(table_, steps_, batch, column, faults);
    for (std::int64_t row = from; row < from + count; ++row) {
      const bool there = !cells.is_blank(row);
      const decimal value = there ? cells.at(row) : decimal{};
      out.valid.push_back(there ? 1 : 0);
      out.amount.push_back(value.mantissa);
      out.digits.push_back(static_cast<std::uint8_t>(value.scale));
    }
  }

  static void append(const arrow::Array& array, const column_spec& spec, column_cells& out) {
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
  const book_steps& steps_;
  std::vector<column_spec> columns_;
  std::vector<int> known_;
};

status convert(const std::filesystem::path& from, const std::filesystem::path& folder, table_format format,
               refusal_list& refusals, const write_options& options, std::optional<rounding> round) {
  std::optional<book_steps> steps;
  {
    load_options checking;
    checking.threads = options.threads;
    checking.stop = options.stop;
    checking.round = round;
    auto checked = load_book(from, checking, refusals);
    if (!checked) { return checked.error(); }
    steps.emplace(std::move(checked.value().reference));
  }
  const auto venue = read_venue_files(from);
  if (!venue) { return venue.error(); }
  std::vector<named_table> tables;
  for (std::size_t i = 0; i < table_count; ++i) {
    const auto id = static_cast<table_id>(i);
    table_data table;
    auto opened = open_table(from, id, steps->import(), refusals, table);
    if (!opened) { return std::move(opened).error(); }
    if (opened.value() == table_state::absent) { continue; }
    if (opened.value() == table_state::refused) { return refusals.to_error(); }
    tables.push_back(
        {std::string(schema_of(id).name), std::make_unique<stored_table>(std::move(table), format, *steps)});
  }
  return write_book(folder, venue.value(), tables, format, options);
}

}  // namespace

status convert_book(const std::filesystem::path& from, const std::filesystem::path& folder, table_format format,
                    refusal_list& refusals, const write_options& options, std::optional<rounding> round) {
  try {
    return convert(from, folder, format, refusals, options, round);
  } catch (const std::bad_alloc&) {
    return error{error_code::out_of_memory, from.string() + ": not enough memory to convert the book"};
  } catch (const std::exception& failure) {
    return error{error_code::invariant_broken, from.string() + ": " + failure.what()};
  }
}

}  // namespace plimsoll
