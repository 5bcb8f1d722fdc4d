// Loads the tables with millions of rows: accounts, balances, positions. There are two passes, each parallel over
// batches. The first reads everything that needs no value step (names, sizes, parsing); the second reads money, with
// the steps known. Inside host/io only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/array.h>

#include "host/book/assemble.hpp"
#include "host/book/rebuild.hpp"
#include "host/io/batch_source.hpp"
#include "host/io/column_reader.hpp"
#include "host/io/load_reference.hpp"
#include "host/io/names.hpp"
#include "host/io/rounding_tally.hpp"
#include "host/io/table_file.hpp"
#include "plimsoll/update.hpp"

namespace plimsoll::io {

/// Money of one batch between the passes.
struct position_numbers {
  std::vector<std::optional<margin_mode>> mode;  ///< Empty if there is no such column.
  number_cells entry_price;
  number_cells entry_value;
  number_cells isolated_margin;
};

/// A row of `units` between the passes.
struct unit_row {
  unit_code code{};
  decimal balance;
  bool usable = false;
};

/// A row of `system` between the passes: ids are resolved, amounts are not yet converted to steps.
struct system_numbers {
  system_row of;
  decimal amount;       ///< Of money.
  decimal entry_value;  ///< Of contracts.
  std::int64_t row = 0;
};

/// Texts, and the array that holds them.
struct kept_texts {
  std::shared_ptr<arrow::Array> array;
  text_cells cells;
};

/// Rows during the load. A refused row keeps its index, with meaningless figures.
struct loading_rows {
  static constexpr std::uint16_t no_short_id = 0xffff;

  explicit loading_rows(std::size_t assets) : digits_seen(assets, 0), held(assets, 0) {}

  account_numbering accounts;
  std::vector<std::vector<kept_texts>> account_texts;  ///< By table and batch; until the accounts are numbered.
  balance_rows balances;
  position_rows positions;
  std::vector<unit_row> units;            ///< By row of the table `units`.
  std::vector<system_numbers> system;     ///< Rows of the table `system` without faults so far.
  std::vector<number_cells> amounts;      ///< By batch of balances.
  std::vector<position_numbers> numbers;  ///< By batch of positions.
  std::vector<std::uint8_t> digits_seen;  ///< By asset: decimals of its amounts.
  std::vector<std::uint8_t> held;         ///< By asset: whether there is a balance that is not zero.
  std::size_t account_block = 0;          ///< First block of each table's names.
  std::size_t balance_block = 0;
  std::size_t position_block = 0;
  std::size_t unit_block = 0;
};

/// First pass; each function reads one table. Faults go to `refusals`.
void read_accounts(const table_data& table, refusal_list& refusals, loading_rows& out);
/// These functions decode the batches of `source` and free each one after its use. False: the file is invalid and
/// refused, and the rows are meaningless.
[[nodiscard]] bool read_balances(table_data& table, batch_source_ptr source, const reference_tables& reference,
                                 refusal_list& refusals, loading_rows& out);
[[nodiscard]] bool read_positions(table_data& table, batch_source_ptr source, const reference_tables& reference,
                                  refusal_list& refusals, loading_rows& out);

void read_units(const table_data& table, const reference_tables& reference, refusal_list& refusals, loading_rows& out);

void read_system(const table_data& table, const reference_tables& reference, refusal_list& refusals, loading_rows& out);

/// Numbers the accounts and refuses those that are listed twice in `accounts` (null: there is no such table).
[[nodiscard]] name_table number_accounts(const table_data* accounts, refusal_list& refusals, loading_rows& out);

/// Second pass: amounts, margins and costs in steps.
void settle_balances(const table_data& table, const reference_tables& reference, refusal_list& refusals,
                     loading_rows& out);
void settle_positions(const table_data& table, const reference_tables& reference, refusal_list& refusals,
                      loading_rows& out);

/// An isolated unit without a position, and its row.
struct placed_unit {
  bare_unit of;
  std::int64_t row;
};
/// The units of the table, in file order.
[[nodiscard]] std::vector<placed_unit> settle_units(const table_data& table, const reference_tables& reference,
                                                    refusal_list& refusals, const loading_rows& rows);
/// The units with money, in the order of the book. Refuses a unit that is listed twice or that holds a position of
/// `built`.
[[nodiscard]] std::vector<bare_unit> admit_units(std::vector<placed_unit> found, const std::string& file,
                                                 const book& built, refusal_list& refusals);

/// The rows of `system` in steps.
[[nodiscard]] std::vector<system_row> settle_system(const table_data& table, const reference_tables& reference,
                                                    refusal_list& refusals, const loading_rows& rows);

/// Refuses the rows whose key is listed twice. Called if the book will not be assembled because of other faults.
void refuse_duplicates(const table_data& balances, const table_data& positions, refusal_list& refusals,
                       const loading_rows& rows);

/// Reason for such a refusal, with the remedy; `first`: the first row of the key, 0-based.
[[nodiscard]] std::string balance_is_listed_twice(std::int64_t first);
[[nodiscard]] std::string position_is_listed_twice(std::int64_t first);

/// Adds the account names of a table to blocks of `out.accounts`, and refuses bad ones.
class account_reader {
 public:
  account_reader(const table_data& table, int column, const table_refuser& refuse, loading_rows& out);
  /// Adds a batch; from any thread.
  void read(std::size_t batch);
  [[nodiscard]] std::size_t first_block() const { return first_block_; }

 private:
  const table_data& table_;
  int column_;
  const table_refuser& refuse_;
  account_numbering& accounts_;
  kept_texts* texts_;  ///< By batch.
  std::size_t first_block_;
};
/// Adds all batches; returns the number of the first block.
[[nodiscard]] std::size_t read_account_names(const table_data& table, int column, const table_refuser& refuse,
                                             loading_rows& out);

/// Writes the ids of a batch's names to `ids` (`loading_rows::no_short_id` if refused); calls `unknown(row, name)` for
/// each unknown name.
template <class Unknown>
void resolve_names(const text_cells& texts, std::int64_t rows, const name_index& index, std::uint16_t* ids,
                   Unknown unknown) {
  const auto find = [&](std::string_view name) {
    return static_cast<std::uint16_t>(index.find(name));
  };  // no_id becomes 0xffff.
  if (texts.dictionary() != nullptr && texts.dictionary_size() <= rows) {
    std::vector<std::uint16_t> by_code(static_cast<std::size_t>(texts.dictionary_size()));
    for (std::int64_t code = 0; code < texts.dictionary_size(); ++code) {
      by_code[static_cast<std::size_t>(code)] = find((*texts.dictionary())[code]);
    }
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t code = texts.code(row);
      ids[row] = code < 0 ? loading_rows::no_short_id : by_code[static_cast<std::size_t>(code)];
      if (ids[row] == loading_rows::no_short_id) { unknown(row, texts[row]); }
    }
    return;
  }
  std::string_view last;
  std::uint16_t last_id = find(last);
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::string_view name = texts[row];
    if (name != last) {
      last = name;
      last_id = find(name);
    }
    ids[row] = last_id;
    if (last_id == loading_rows::no_short_id) { unknown(row, name); }
  }
}

}  // namespace plimsoll::io
