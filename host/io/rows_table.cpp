#include "host/io/rows_table.hpp"

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/builder.h>
#include <arrow/table.h>

#include "host/text/decimal.hpp"
#include "host/text/instant.hpp"
#include "host/text/score_text.hpp"

namespace plimsoll::io {

namespace {

std::string cell(const std::string& text) { return text; }
std::string cell(const decimal& number) { return format_decimal(number); }
std::string cell(const std::optional<decimal>& number) { return number ? format_decimal(*number) : std::string(); }
std::string cell(const std::optional<double>& score) { return score ? score_text(*score) : std::string(); }

/// Columns of text, added one by one, each from a member of the rows.
template <class Row>
class columns_of_text {
 public:
  columns_of_text(table_id id, const std::vector<Row>& rows, table_data& out) : rows_(rows), out_(out) {
    out_ = {};
    out_.id = id;
    out_.file = schema_of(id).name;
    out_.format = table_format::arrow;
    out_.place.assign(schema_of(id).columns.size(), -1);
  }

  template <class Cell>
  columns_of_text& add(int known, const Cell& cell_of) {
    arrow::StringBuilder builder;
    for (const Row& row : rows_) { failed_ &= builder.Append(cell_of(row)); }
    std::shared_ptr<arrow::Array> array;
    failed_ &= builder.Finish(&array);
    out_.place[static_cast<std::size_t>(known)] = static_cast<int>(arrays_.size());
    fields_.push_back(
        arrow::field(std::string(schema_of(out_.id).columns[static_cast<std::size_t>(known)].name), arrow::utf8()));
    arrays_.push_back(std::move(array));
    return *this;
  }
  template <class Member>
  columns_of_text& add(int known, Member Row::* member) {
    return add(known, [member](const Row& row) { return cell(row.*member); });
  }

  /// Arrow fails here only for lack of memory.
  void finish() {
    if (failed_.ok()) {
      const auto table = arrow::Table::Make(arrow::schema(fields_), arrays_, static_cast<std::int64_t>(rows_.size()));
      failed_ &= cut_into_batches(*table, out_);
    }
    if (!failed_.ok()) { throw std::bad_alloc(); }
  }

 private:
  const std::vector<Row>& rows_;
  table_data& out_;
  std::vector<std::shared_ptr<arrow::Field>> fields_;
  std::vector<std::shared_ptr<arrow::Array>> arrays_;
  arrow::Status failed_ = arrow::Status::OK();
};

/// Optional tables without rows are absent.
table_state open_optional_rows(const book_rows& rows, table_id id, table_data& out) {
  if (id == table_id::depths && !rows.depths.empty()) {
    using row = book_rows::depth;
    columns_of_text<row> columns(id, rows.depths, out);
    columns.add(depth_column::instrument, &row::instrument).add(depth_column::depth, &row::amount);
    columns.add(depth_column::half_life, &row::half_life).finish();
    return table_state::usable;
  }
  if (id == table_id::accounts && !rows.accounts.empty()) {
    using row = book_rows::account;
    columns_of_text<row> columns(id, rows.accounts, out);
    columns.add(account_column::account, &row::name).add(account_column::margin_mode, &row::margin_mode).finish();
    return table_state::usable;
  }
  if (id == table_id::units && !rows.units.empty()) {
    using row = book_rows::bare_unit;
    columns_of_text<row> columns(id, rows.units, out);
    columns.add(unit_column::account, &row::account).add(unit_column::unit, &row::unit);
    columns.add(unit_column::balance, &row::balance).finish();
    return table_state::usable;
  }
  if (id == table_id::system && !rows.system.empty()) {
    using row = book_rows::system_holding;
    columns_of_text<row> columns(id, rows.system, out);
    columns.add(system_column::account, &row::account).add(system_column::asset, &row::asset);
    columns.add(system_column::amount, &row::amount).add(system_column::instrument, &row::instrument);
    columns.add(system_column::size, &row::size).add(system_column::entry_value, &row::entry_value);
    columns.add(system_column::unit, &row::unit).finish();
    return table_state::usable;
  }
  return table_state::absent;
}

}  // namespace

table_state open_rows(const book_rows& rows, table_id id, table_data& out) {
  switch (id) {
    case table_id::assets: {
      using row = book_rows::asset;
      columns_of_text<row> columns(id, rows.assets, out);
      columns.add(asset_column::asset, &row::name).add(asset_column::step, &row::step);
      columns.add(asset_column::price, &row::price).add(asset_column::asset_weight, &row::asset_weight);
      columns.add(asset_column::liability_weight, &row::liability_weight).finish();
      return table_state::usable;
    }
    case table_id::instruments: {
      using row = book_rows::instrument;
      columns_of_text<row> columns(id, rows.instruments, out);
      columns.add(instrument_column::instrument, &row::name).add(instrument_column::kind, &row::kind);
      columns.add(instrument_column::base, &row::base).add(instrument_column::settle, &row::settle);
      columns.add(instrument_column::contract_size, &row::contract_size);
      columns.add(instrument_column::price_step, &row::price_step);
      columns.add(instrument_column::size_step, &row::size_step);
      columns.add(instrument_column::tier_table, &row::tier_table).finish();
      return table_state::usable;
    }
    case table_id::tiers: {
      using row = book_rows::tier;
      columns_of_text<row> columns(id, rows.tiers, out);
      columns.add(tier_column::tier_table, &row::table).add(tier_column::floor, &row::floor);
      columns.add(tier_column::maintenance_rate, &row::maintenance_rate);
      columns.add(tier_column::initial_rate, &row::initial_rate);
      columns.add(tier_column::max_leverage, &row::max_leverage).add(tier_column::applies_to, &row::applies_to);
      columns.add(tier_column::floor_in, &row::floor_in).finish();
      return table_state::usable;
    }
    case table_id::balances: {
      using row = book_rows::balance;
      columns_of_text<row> columns(id, rows.balances, out);
      columns.add(balance_column::account, &row::account).add(balance_column::asset, &row::asset);
      columns.add(balance_column::amount, &row::amount).finish();
      return table_state::usable;
    }
    case table_id::positions: {
      using row = book_rows::position;
      columns_of_text<row> columns(id, rows.positions, out);
      columns.add(position_column::account, &row::account).add(position_column::instrument, &row::instrument);
      columns.add(position_column::size, &row::size).add(position_column::entry_price, &row::entry_price);
      columns.add(position_column::entry_value, &row::entry_value);
      columns.add(position_column::isolated_margin, &row::isolated_margin);
      columns.add(position_column::adl_score, &row::adl_score).add(position_column::side, &row::side);
      columns.add(position_column::margin_mode, &row::margin_mode).finish();
      return table_state::usable;
    }
    case table_id::marks: {
      using row = book_rows::mark;
      columns_of_text<row> columns(id, rows.marks, out);
      columns.add(mark_column::instrument, &row::instrument).add(mark_column::mark, &row::price);
      columns.add(mark_column::as_of,
                  [](const row& one) { return one.as_of_ns ? format_instant(*one.as_of_ns) : std::string(); });
      columns.finish();
      return table_state::usable;
    }
    default: return open_optional_rows(rows, id, out);
  }
}

}  // namespace plimsoll::io
