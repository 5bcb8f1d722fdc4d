#include "host/generate/book_tables.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "host/table/chunk_table.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll {

namespace {

constexpr int rate_digits = 6;

using table_ptr = std::unique_ptr<table_source>;

/// A table whose row i is written by `write(i, row)`.
template <class Write>
table_ptr rows_table(std::vector<column_spec> columns, std::uint64_t rows, Write write) {
  return std::make_unique<chunk_table>(std::move(columns), rows,
                                       [write](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
                                         row_writer row(out);
                                         for (std::uint64_t i = begin; i < end; ++i) {
                                           write(i, row, out);
                                           row.end_row();
                                         }
                                       });
}

void amount(row_writer& row, const decimal& value) { row.amount(value.mantissa, value.scale); }
void amount_if(row_writer& row, bool present, const decimal& value) {
  row.amount_if(present, value.mantissa, value.scale);
}

/// The largest scale of the decimals that `of` returns for the items.
template <class Items, class Of>
int scale_max(const Items& items, Of of) {
  int most = 0;
  for (const auto& item : items) { most = std::max(most, of(item)); }
  return most;
}

table_ptr assets_table(const reference_data& reference) {
  const int step_digits = scale_max(reference.assets, [](const asset& it) { return it.digits; });
  const int price_digits = scale_max(reference.assets, [](const asset& it) { return it.price ? it.price->scale : 0; });
  return rows_table({{"asset", column_kind::text},
                     {"step", column_kind::amount, step_digits},
                     {"price", column_kind::amount, price_digits},
                     {"asset_weight", column_kind::amount, rate_digits},
                     {"liability_weight", column_kind::amount, rate_digits}},
                    reference.assets.size(), [&reference](std::uint64_t i, row_writer& row, table_chunk&) {
                      const asset& it = reference.assets[i];
                      row.text(it.name).amount(1, it.digits);
                      amount_if(row, it.price.has_value(), it.price.value_or(decimal{}));
                      row.amount(it.asset_weight_ppm, rate_digits).amount(it.liability_weight_ppm, rate_digits);
                    });
}

table_ptr instruments_table(const reference_data& reference) {
  const auto scale = [&](decimal instrument::* member) {
    return scale_max(reference.instruments, [member](const instrument& it) { return (it.*member).scale; });
  };
  return rows_table(
      {{"instrument", column_kind::text},
       {"kind", column_kind::text},
       {"base", column_kind::text},
       {"settle", column_kind::text},
       {"contract_size", column_kind::amount, scale(&instrument::contract_size)},
       {"price_step", column_kind::amount, scale(&instrument::price_step)},
       {"size_step", column_kind::amount, scale(&instrument::size_step)},
       {"tier_table", column_kind::text}},
      reference.instruments.size(), [&reference](std::uint64_t i, row_writer& row, table_chunk& out) {
        const instrument& it = reference.instruments[i];
        const bool contract = it.kind != instrument_kind::spot;
        row.text(it.name).text(to_string(it.kind));
        row.text(reference.assets[it.base].name).text(reference.assets[it.settle].name);
        amount_if(row, contract, it.contract_size);
        amount(row, it.price_step);
        amount_if(row, contract, it.size_step);
        row.text(contract ? std::string_view(reference.tier_table_names[it.tier_table]) : std::string_view());
        out.columns.back().valid.push_back(contract ? 1 : 0);
      });
}

/// One row per band; each table's bands once, in the steps of the asset it is used with.
table_ptr tiers_table(const reference_data& reference) {
  struct band_row {
    std::uint32_t table;
    std::uint32_t band;
    int digits;
  };
  std::vector<band_row> rows;
  std::vector<std::uint8_t> listed(reference.tier_table_names.size(), 0);
  for (const instrument& it : reference.instruments) {
    if (it.tier_table == no_id || std::exchange(listed[it.tier_table], 1) != 0) { continue; }
    for (std::uint32_t k = 0; k < it.band_count; ++k) {
      rows.push_back({it.tier_table, it.first_band + k, reference.assets[it.settle].digits});
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const band_row& a, const band_row& b) { return a.table < b.table; });
  const int digits = scale_max(rows, [](const band_row& it) { return it.digits; });
  const std::uint64_t count = rows.size();
  return rows_table(
      {{"tier_table", column_kind::text},
       {"floor", column_kind::amount, digits},
       {"maintenance_rate", column_kind::amount, rate_digits},
       {"initial_rate", column_kind::amount, rate_digits}},
      count, [&reference, rows = std::move(rows)](std::uint64_t i, row_writer& row, table_chunk&) {
        const tier_band& band = reference.bands[rows[i].band];
        row.text(reference.tier_table_names[rows[i].table]).amount(static_cast<int128>(band.floor), rows[i].digits);
        row.amount(band.maintenance_ppm, rate_digits).amount(band.initial_ppm, rate_digits);
      });
}

table_ptr balances_table(const generated_rows& made) {
  const int digits = scale_max(made.reference.assets, [](const asset& it) { return it.digits; });
  return rows_table(
      {{"account", column_kind::text}, {"asset", column_kind::text}, {"amount", column_kind::amount, digits}},
      made.balances.amount.size(), [&made](std::uint64_t i, row_writer& row, table_chunk&) {
        const asset& it = made.reference.assets[made.balances.asset[i]];
        row.text(made.accounts[made.balances.account[i]]).text(it.name).amount(made.balances.amount[i], it.digits);
      });
}

table_ptr positions_table(const generated_rows& made) {
  const int size_digits =
      scale_max(made.reference.instruments, [](const instrument& it) { return it.size_step.scale; });
  const int money_digits = scale_max(made.reference.assets, [](const asset& it) { return it.digits; });
  return rows_table(
      {{"account", column_kind::text},
       {"instrument", column_kind::text},
       {"size", column_kind::amount, size_digits},
       {"entry_value", column_kind::amount, money_digits},
       {"isolated_margin", column_kind::amount, money_digits}},
      made.positions.lots.size(), [&made](std::uint64_t i, row_writer& row, table_chunk&) {
        const position_rows& rows = made.positions;
        const instrument& it = made.reference.instruments[rows.instrument[i]];
        const int digits = made.reference.assets[it.settle].digits;
        row.text(made.accounts[rows.account[i]]).text(it.name);
        row.amount(step_units(rows.lots[i], it.size_step), it.size_step.scale).amount(rows.cost[i], digits);
        row.amount_if(rows.isolated[i] != 0, rows.isolated_margin[i], digits);
      });
}

table_ptr marks_table(const generated_rows& made) {
  const int digits = scale_max(made.reference.instruments, [](const instrument& it) { return it.price_step.scale; });
  return rows_table(
      {{"instrument", column_kind::text}, {"mark", column_kind::amount, digits}, {"as_of", column_kind::text}},
      made.marks.size(), [&made](std::uint64_t i, row_writer& row, table_chunk& out) {
        const instrument& it = made.reference.instruments[i];
        row.text(it.name).amount(step_units(made.marks[i].ticks, it.price_step), it.price_step.scale);
        const std::time_t seconds = made.marks[i].as_of_ns.value_or(0) / 1'000'000'000;
        row.text(out.columns.back().owned.emplace_back(fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds))));
      });
}

}  // namespace

std::vector<named_table> make_book_tables(const generated_rows& made) {
  std::vector<named_table> tables;
  tables.push_back({"assets", assets_table(made.reference)});
  tables.push_back({"instruments", instruments_table(made.reference)});
  tables.push_back({"tiers", tiers_table(made.reference)});
  tables.push_back({"balances", balances_table(made)});
  tables.push_back({"positions", positions_table(made)});
  tables.push_back({"marks", marks_table(made)});
  return tables;
}

std::string venue_toml_of(const venue_config& venue) {
  std::string out =
      fmt::format("name = \"{}\"\nquote = \"{}\"\ncollateral = \"{}\"\n\n[margin]\nmargin_call_at = {}\n", venue.name,
                  venue.quote, to_string(venue.collateral), format_units(venue.margin_call_ppm, rate_digits));
  if (venue.max_mark_age_ns) { out += fmt::format("max_mark_age = {}\n", *venue.max_mark_age_ns / 1'000'000'000); }
  return out + fmt::format("\n[adl]\nscore = \"{}\"\n", to_string(venue.adl_score));
}

}  // namespace plimsoll
