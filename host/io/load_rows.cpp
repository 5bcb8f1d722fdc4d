// Loads accounts and balances, and numbers the accounts.
#include "host/io/load_rows.hpp"

#include <algorithm>
#include <mutex>
#include <tuple>
#include <utility>

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_sort.h>

#include "host/io/steps.hpp"
#include "host/text/number_fault.hpp"

namespace plimsoll::io {

account_reader::account_reader(const table_data& table, int column, const table_refuser& refuse, loading_rows& out)
    : table_(table),
      column_(column),
      refuse_(refuse),
      accounts_(out.accounts),
      texts_(out.account_texts.emplace_back(table.batches.size()).data()),
      first_block_(out.accounts.reserve_blocks(table.batches.size())) {}

void account_reader::read(std::size_t batch) {
  kept_texts& texts = texts_[batch];
  texts.array = table_.batches[batch]->column(table_.place[static_cast<std::size_t>(column_)]);
  texts.cells = text_cells(*texts.array);
  std::vector<std::string_view> names(static_cast<std::size_t>(texts.array->length()));
  for (std::size_t row = 0; row < names.size(); ++row) { names[row] = texts.cells[static_cast<std::int64_t>(row)]; }
  for (const auto& bad : accounts_.add(first_block_ + batch, names)) {
    refuse_.cell(table_.first_row[batch] + bad.row, "account", names[bad.row], bad.fault);
  }
}

std::size_t read_account_names(const table_data& table, int column, const table_refuser& refuse, loading_rows& out) {
  account_reader names(table, column, refuse, out);
  oneapi::tbb::parallel_for(std::size_t{0}, table.batches.size(), [&](std::size_t batch) { names.read(batch); });
  return names.first_block();
}

void read_accounts(const table_data& table, refusal_list& refusals, loading_rows& out) {
  const table_refuser refuse(refusals, table.file);
  out.account_block = read_account_names(table, account_column::account, refuse, out);
  oneapi::tbb::parallel_for(std::size_t{0}, table.batches.size(), [&](std::size_t batch) {
    const arrow::Array* column = table.column(batch, account_column::margin_mode);
    if (column == nullptr) { return; }
    const text_cells modes(*column);
    for (std::int64_t row = 0; row < column->length(); ++row) {
      const std::string_view mode = modes[row];
      if (mode.empty() || mode == "cross") { continue; }
      refuse.cell(table.first_row[batch] + row, "margin_mode", mode,
                  mode == "portfolio" ? "is not supported yet" : "must be cross, or blank");
    }
  });
}

bool read_balances(table_data& table, batch_source_ptr source, const reference_tables& reference,
                   refusal_list& refusals, loading_rows& out) {
  const table_refuser refuse(refusals, table.file);
  account_reader names(table, balance_column::account, refuse, out);
  out.balance_block = names.first_block();
  out.balances.asset.resize(static_cast<std::size_t>(table.rows));
  out.amounts.resize(table.batches.size());
  std::mutex merging;
  return read_batches(table, std::move(source), refuse, [&](std::size_t batch) {
    names.read(batch);
    const std::int64_t begin = table.first_row[batch];
    const std::int64_t rows = table.batches[batch]->num_rows();
    std::uint16_t* const assets = out.balances.asset.data() + begin;
    resolve_names(text_cells(*table.column(batch, balance_column::asset)), rows, reference.asset_ids, assets,
                  [&](std::int64_t row, std::string_view name) {
                    const char* fault = fault_of_name(name);
                    if (fault != nullptr || reference.assets_known) {
                      refuse.cell(begin + row, "asset", name,
                                  fault != nullptr
                                      ? fault
                                      : "is not in " + reference.assets_file + reference.asset_ids.meant(name));
                    }
                  });

    const arrow::Array& column = *table.column(batch, balance_column::amount);
    std::vector<number_fault> faults;
    out.amounts[batch] = read_numbers(
        column, faults, number_form_of(schema_of(table.id).columns[balance_column::amount], table.import.round));
    for (const number_fault& one : faults) {
      const std::string text = cell_text(&column, one.row);
      refuse.cell(begin + one.row, "amount", text, fault_of_number(one.fault, text, rounds::yes));
    }
    const number_cells& amounts = out.amounts[batch];
    std::vector<std::uint8_t> seen(out.digits_seen.size(), 8);
    std::vector<std::uint8_t> held(out.held.size(), 0);
    for (std::int64_t row = 0; row < rows; ++row) {
      if (amounts.is_blank(row)) {
        refuse.cell(begin + row, "amount", "", "is blank");
        continue;
      }
      if (assets[row] == loading_rows::no_short_id || amounts.is_bad(row)) { continue; }
      std::uint8_t& digits = seen[assets[row]];
      if (amounts.is_short(row)) {
        const auto i = static_cast<std::size_t>(row);
        if (amounts.scale[i] > digits) {
          digits = static_cast<std::uint8_t>(decimals_seen(amounts.mantissa[i], amounts.scale[i], digits));
        }
        held[assets[row]] |= amounts.mantissa[i] != 0 ? 1 : 0;
      } else {
        digits = std::max(digits, static_cast<std::uint8_t>(amounts.at(row).scale));
        held[assets[row]] = 1;
      }
    }
    const std::lock_guard lock(merging);
    for (std::size_t id = 0; id < seen.size(); ++id) {
      out.digits_seen[id] = std::max(out.digits_seen[id], seen[id]);
      out.held[id] |= held[id];
    }
  });
}

name_table number_accounts(const table_data* accounts, refusal_list& refusals, loading_rows& out) {
  name_table names = out.accounts.finish();
  out.account_texts.clear();
  if (accounts == nullptr) { return names; }
  const table_refuser refuse(refusals, accounts->file);
  std::vector<std::int64_t> first_row(names.size(), -1);
  for (std::size_t batch = 0; batch < accounts->batches.size(); ++batch) {
    const auto ids = out.accounts.ids(out.account_block + batch);
    for (std::size_t row = 0; row < ids.size(); ++row) {
      if (ids[row] == no_id) { continue; }
      const std::int64_t at = accounts->first_row[batch] + static_cast<std::int64_t>(row);
      if (first_row[ids[row]] >= 0) {
        refuse.cell(at, "account", names[ids[row]],
                    "is listed twice; first in row " + std::to_string(table_refuser::row_in_file(first_row[ids[row]])));
      } else {
        first_row[ids[row]] = at;
      }
    }
  }
  return names;
}

void settle_balances(const table_data& table, const reference_tables& reference, refusal_list& refusals,
                     loading_rows& out) {
  const table_refuser refuse(refusals, table.file);
  out.balances.account.resize(static_cast<std::size_t>(table.rows));
  out.balances.amount.resize(static_cast<std::size_t>(table.rows));
  rounding_tally tally;
  oneapi::tbb::parallel_for(std::size_t{0}, table.batches.size(), [&](std::size_t batch) {
    const std::int64_t begin = table.first_row[batch];
    const auto ids = out.accounts.ids(out.balance_block + batch);
    std::copy(ids.begin(), ids.end(), out.balances.account.begin() + begin);
    const number_cells& amounts = out.amounts[batch];
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i);
      const auto at = static_cast<std::size_t>(begin) + i;
      const std::uint16_t id = out.balances.asset[at];
      if (id == loading_rows::no_short_id || amounts.is_blank(row) || amounts.is_bad(row) ||
          !reference.assets[id].usable) {
        continue;
      }
      const asset& it = reference.assets[id].it;
      std::int64_t steps = 0;
      if (amounts.is_short(row) && scale_to_steps(amounts.mantissa[i], amounts.scale[i], it.digits, steps) &&
          money_fits(steps)) {
        out.balances.amount[at] = steps;
        continue;
      }
      const decimal amount = amounts.at(row);
      const auto exact =
          to_units(tally.round(amount, {1, it.digits}, table.import.round, begin + row).value_or(amount), it.digits);
      if (exact && money_fits(*exact)) {
        out.balances.amount[at] = static_cast<std::int64_t>(*exact);
      } else {
        refuse.cell(begin + row, "amount", format_decimal(amount), fault_of_money(amount, it.digits, it.name));
      }
    }
    out.amounts[batch] = {};
  });
  tally.note(refuse, "amount", table.import.round);
}

namespace {

/// The key of a row, and the row.
struct row_key {
  std::uint32_t account;
  std::uint32_t rest;
  std::int64_t row;
  friend bool operator<(const row_key& a, const row_key& b) {
    return std::tie(a.account, a.rest, a.row) < std::tie(b.account, b.rest, b.row);
  }
  [[nodiscard]] bool same_key(const row_key& other) const { return account == other.account && rest == other.rest; }
};

template <class Refuse>
void find_duplicates(std::vector<row_key>& keys, Refuse refuse) {
  oneapi::tbb::parallel_sort(keys.begin(), keys.end());
  std::size_t first = 0;
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (keys[i].same_key(keys[first])) {
      refuse(keys[i].row, keys[first].row);
    } else {
      first = i;
    }
  }
}

}  // namespace

std::string balance_is_listed_twice(std::int64_t first) {
  return "the account and asset stand twice; first in row " + std::to_string(table_refuser::row_in_file(first)) +
         ": add the amounts and write one row";
}

std::string position_is_listed_twice(std::int64_t first) {
  return "the account, instrument and side stand twice; first in row " +
         std::to_string(table_refuser::row_in_file(first)) +
         ": add sizes and entry values (size x price, exactly) and write one row with entry_value; if one is a short, "
         "write its size below zero, or the sides in a column side";
}

void refuse_duplicates(const table_data& balances, const table_data& positions, refusal_list& refusals,
                       const loading_rows& rows) {
  std::vector<row_key> keys;
  for (std::size_t i = 0; i < rows.balances.account.size(); ++i) {
    if (rows.balances.account[i] == no_id || rows.balances.asset[i] == loading_rows::no_short_id) { continue; }
    keys.push_back({rows.balances.account[i], rows.balances.asset[i], static_cast<std::int64_t>(i)});
  }
  const table_refuser refuse_balance(refusals, balances.file);
  find_duplicates(
      keys, [&](std::int64_t row, std::int64_t first) { refuse_balance.row(row, "", balance_is_listed_twice(first)); });
  keys.clear();
  for (std::size_t i = 0; i < rows.positions.account.size(); ++i) {
    if (rows.positions.account[i] == no_id || rows.positions.instrument[i] == loading_rows::no_short_id ||
        rows.positions.lots[i] == 0) {
      continue;
    }
    const auto side = static_cast<std::uint32_t>(side_of({rows.positions.lots[i]}));
    keys.push_back({rows.positions.account[i], 2U * rows.positions.instrument[i] + side, static_cast<std::int64_t>(i)});
  }
  const table_refuser refuse_position(refusals, positions.file);
  find_duplicates(keys, [&](std::int64_t row, std::int64_t first) {
    refuse_position.row(row, "", position_is_listed_twice(first));
  });
}

}  // namespace plimsoll::io
