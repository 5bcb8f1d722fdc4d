// The table `system`: money and contracts of the system accounts.
#include <algorithm>
#include <set>
#include <tuple>

#include "host/io/load_rows.hpp"
#include "host/io/rounding_tally.hpp"
#include "host/io/steps.hpp"
#include "host/io/text_table.hpp"

namespace plimsoll::io {

namespace {

/// Reads one row of it.
class system_reader {
 public:
  system_reader(row_reader& row, const reference_tables& reference) : row_(row), reference_(reference) {}

  /// Nothing if the row was refused, or names an entry that another table refused.
  std::optional<system_numbers> read() {
    system_numbers out;
    out.row = row_.row();
    const auto account = system_account_named(row_.text(system_column::account));
    if (!account) {
      row_.refuse(system_column::account, "must be fund, fees, market, backstop or external");
      return std::nullopt;
    }
    out.of.account = *account;
    const bool money = !row_.text(system_column::asset).empty();
    if (money == !row_.text(system_column::instrument).empty()) {
      row_.refuse(system_column::asset,
                  "must be given for money and blank for contracts, whose row names an instrument instead");
      return std::nullopt;
    }
    const bool known = money ? read_money(out) : read_contracts(out);
    return known && row_.good() ? std::optional(out) : std::nullopt;
  }

 private:
  bool read_money(system_numbers& out) {
    blank(system_column::size, "is read only in rows that name an instrument");
    blank(system_column::entry_value, "is read only in rows that name an instrument");
    out.of.asset = reference_.asset_ids.find(row_.text(system_column::asset));
    if (out.of.asset == no_id && reference_.assets_known) {
      row_.refuse(system_column::asset,
                  "is not in " + reference_.assets_file + reference_.asset_ids.meant(row_.text(system_column::asset)));
    }
    const auto amount = row_.required_number(system_column::amount);
    if (amount) { out.amount = *amount; }
    if (amount && amount->mantissa < 0 && out.of.account == system_account::fund) {
      row_.refuse(system_column::amount, "must not be below zero, because the fund pays only what it has");
    }
    read_part(out);
    return out.of.asset != no_id && reference_.assets[out.of.asset].usable;
  }

  /// The instrument whose fund holds the money, if there is one fund per instrument.
  void read_part(system_numbers& out) {
    const std::string_view part = row_.text(system_column::unit);
    if (out.of.account != system_account::fund) {
      return blank(system_column::unit, "is read only in rows of the fund");
    }
    if (!reference_.venue) { return; }
    const bool by_instrument = reference_.venue->rules.fund.scope == fund_scope::instrument;
    if (!by_instrument) {
      return blank(system_column::unit,
                   "must be blank, because the rulebook has one fund per asset (fund.scope = \"asset\")");
    }
    const std::uint32_t id = reference_.instrument_ids.find(part);
    if (id == no_id) {
      if (reference_.instruments_known) {
        row_.refuse(
            system_column::unit,
            "must name an instrument, because the rulebook has one fund per instrument (fund.scope = \"instrument\")");
      }
      return;
    }
    const instrument_entry& entry = reference_.instruments[id];
    if (entry.usable && (entry.it.kind == instrument_kind::spot || entry.it.settle != out.of.asset)) {
      row_.refuse(system_column::unit, "must name a contract that settles in the asset of the row");
    }
    out.of.part = part;
  }

  bool read_contracts(system_numbers& out) {
    blank(system_column::amount, "is read only in rows that name an asset");
    blank(system_column::unit, "is read only in rows of the fund's money");
    if (out.of.account != system_account::market && out.of.account != system_account::backstop) {
      row_.refuse(system_column::instrument,
                  "belongs to an account without contracts; only market and backstop may hold them");
    }
    out.of.instrument = reference_.instrument_ids.find(row_.text(system_column::instrument));
    const auto size = row_.required_number(system_column::size);
    const auto value = row_.required_number(system_column::entry_value);
    if (out.of.instrument == no_id) {
      if (reference_.instruments_known) {
        row_.refuse(system_column::instrument,
                    "is not in " + reference_.instruments_file +
                        reference_.instrument_ids.meant(row_.text(system_column::instrument)));
      }
      return false;
    }
    const instrument_entry& entry = reference_.instruments[out.of.instrument];
    if (!entry.usable) { return false; }
    if (entry.it.kind == instrument_kind::spot) {
      row_.refuse(system_column::instrument, "is a spot instrument, which has no positions");
    }
    if (value) { out.entry_value = *value; }
    if (size) { read_size(*size, entry.it, out); }
    return true;
  }

  void read_size(const decimal& size, const instrument& it, system_numbers& out) {
    const step_count lots = count_steps(row_.rounded(system_column::size, size, it.size_step), it.size_step);
    if (lots.what == step_count::fault::off) {
      row_.refuse(system_column::size, "is not a multiple of the size step " + format_decimal(it.size_step) + "; " +
                                           way_to_round(it.size_step));
    } else if (lots.what == step_count::fault::beyond) {
      row_.refuse(system_column::size, "is beyond 2^126 size steps");
    }
    out.of.lots = lots.count;
  }

  void blank(int column, const char* why) {
    if (!row_.text(column).empty()) { row_.refuse(column, why); }
  }

  row_reader& row_;
  const reference_tables& reference_;
};

/// The asset in which the money of a row is counted.
std::uint32_t asset_of(const system_row& row, const reference_tables& reference) {
  return row.instrument == no_id ? row.asset : reference.instruments[row.instrument].it.settle;
}

}  // namespace

void read_system(const table_data& table, const reference_tables& reference, refusal_list& refusals,
                 loading_rows& out) {
  const table_refuser refuse(refusals, table.file);
  const text_table cells(table);
  std::set<std::tuple<system_account, std::uint32_t, std::uint32_t, std::string>> seen;
  for (std::int64_t at = 0; at < table.rows; ++at) {
    row_reader row(cells, refuse, at);
    const auto read = system_reader(row, reference).read();
    if (!read) { continue; }
    const system_row& of = read->of;
    if (!seen.emplace(of.account, of.asset, of.instrument, of.part).second) {
      row.refuse(system_column::account, "has another row of the same asset, instrument and unit");
      continue;
    }
    out.system.push_back(*read);
    std::uint8_t& digits = out.digits_seen[asset_of(of, reference)];
    digits = std::max(digits, static_cast<std::uint8_t>(std::max(read->amount.scale, read->entry_value.scale)));
  }
  cells.note_roundings(refuse);
}

std::vector<system_row> settle_system(const table_data& table, const reference_tables& reference,
                                      refusal_list& refusals, const loading_rows& rows) {
  const table_refuser refuse(refusals, table.file);
  rounding_tally amounts;
  rounding_tally values;
  std::vector<system_row> out;
  for (const system_numbers& one : rows.system) {
    const asset_entry& entry = reference.assets[asset_of(one.of, reference)];
    if (!entry.usable) { continue; }
    const bool money = one.of.instrument == no_id;
    const decimal& value = money ? one.amount : one.entry_value;
    const char* column = money ? "amount" : "entry_value";
    rounding_tally& tally = money ? amounts : values;
    const auto steps = to_units(tally.round(value, {1, entry.it.digits}, table.import.round, one.row).value_or(value),
                                entry.it.digits);
    // System accounts may hold more than any customer, so their money is counted in 128 bits.
    if (!steps) {
      refuse.cell(one.row, column, format_decimal(value), fault_of_money(value, entry.it.digits, entry.it.name));
      continue;
    }
    out.push_back(one.of);
    (money ? out.back().amount : out.back().cost) = *steps;
  }
  amounts.note(refuse, "amount", table.import.round);
  values.note(refuse, "entry_value", table.import.round);
  return out;
}

}  // namespace plimsoll::io
