// The table `units`: money or debt of isolated units that hold no position.
#include <algorithm>
#include <tuple>

#include "host/book/find.hpp"
#include "host/io/load_rows.hpp"
#include "host/io/rounding_tally.hpp"
#include "host/io/steps.hpp"
#include "host/io/text_table.hpp"

namespace plimsoll::io {

namespace {

/// The unit named by "isolated:INSTRUMENT:SIDE", or nothing.
std::optional<unit_code> isolated_unit(std::string_view name, const reference_tables& reference) {
  constexpr std::string_view prefix = "isolated:";
  if (!name.starts_with(prefix)) { return std::nullopt; }
  name.remove_prefix(prefix.size());
  const std::size_t colon = name.rfind(':');
  if (colon == std::string_view::npos) { return std::nullopt; }
  const std::string_view side = name.substr(colon + 1);
  const std::uint32_t id = reference.instrument_ids.find(name.substr(0, colon));
  if (id == no_id || (side != "long" && side != "short")) { return std::nullopt; }
  return unit_code::isolated(id, side == "long" ? position_side::long_side : position_side::short_side);
}

}  // namespace

void read_units(const table_data& table, const reference_tables& reference, refusal_list& refusals, loading_rows& out) {
  const table_refuser refuse(refusals, table.file);
  out.unit_block = read_account_names(table, unit_column::account, refuse, out);
  const text_table cells(table);
  out.units.assign(static_cast<std::size_t>(table.rows), {});
  for (std::int64_t at = 0; at < table.rows; ++at) {
    row_reader row(cells, refuse, at);
    const auto unit = isolated_unit(row.text(unit_column::unit), reference);
    const auto balance = row.required_number(unit_column::balance);
    if (!unit) {
      if (reference.instruments_known) {
        row.refuse(unit_column::unit,
                   "must be isolated:INSTRUMENT:long or isolated:INSTRUMENT:short, with an instrument "
                   "of " +
                       reference.instruments_file);
      }
      continue;
    }
    const instrument_entry& entry = reference.instruments[unit->instrument()];
    if (entry.usable && entry.it.kind == instrument_kind::spot) {
      row.refuse(unit_column::unit, "names a spot instrument, which has no positions");
    }
    if (!row.good() || !entry.usable || !balance) { continue; }
    out.units[static_cast<std::size_t>(at)] = {*unit, *balance, true};
    std::uint8_t& digits = out.digits_seen[entry.it.settle];
    digits = std::max(digits, static_cast<std::uint8_t>(balance->scale));
  }
}

std::vector<placed_unit> settle_units(const table_data& table, const reference_tables& reference,
                                      refusal_list& refusals, const loading_rows& rows) {
  const table_refuser refuse(refusals, table.file);
  rounding_tally tally;
  std::vector<placed_unit> out;
  for (std::size_t batch = 0; batch < table.batches.size(); ++batch) {
    const auto ids = rows.accounts.ids(rows.unit_block + batch);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::int64_t at = table.first_row[batch] + static_cast<std::int64_t>(i);
      const unit_row& row = rows.units[static_cast<std::size_t>(at)];
      if (ids[i] == no_id || !row.usable) { continue; }
      const asset_entry& entry = reference.assets[reference.instruments[row.code.instrument()].it.settle];
      if (!entry.usable) { continue; }
      const asset& it = entry.it;
      const auto steps =
          to_units(tally.round(row.balance, {1, it.digits}, table.import.round, at).value_or(row.balance), it.digits);
      if (!steps || !money_fits(*steps)) {
        refuse.cell(at, "balance", format_decimal(row.balance), fault_of_money(row.balance, it.digits, it.name));
        continue;
      }
      out.push_back({{ids[i], row.code, static_cast<std::int64_t>(*steps)}, at});
    }
  }
  tally.note(refuse, "balance", table.import.round);
  return out;
}

std::vector<bare_unit> admit_units(std::vector<placed_unit> found, const std::string& file, const book& built,
                                   refusal_list& refusals) {
  const table_refuser refuse(refusals, file);
  const auto name = [&](const placed_unit& one) { return built.unit_name(one.of.code); };
  std::sort(found.begin(), found.end(), [&](const placed_unit& a, const placed_unit& b) {
    return std::tuple(a.of.account, name(a), a.row) < std::tuple(b.of.account, name(b), b.row);
  });
  for (std::size_t i = 0; i < found.size(); ++i) {
    const placed_unit& one = found[i];
    if (i > 0 && found[i - 1].of.account == one.of.account && found[i - 1].of.code == one.of.code) {
      refuse.row(one.row, name(one), "of this account is listed twice");
    } else if (find_unit(built, one.of.account, one.of.code) != no_id) {
      refuse.row(one.row, name(one),
                 "of this account holds a position; its money is isolated_margin in positions, not a row here");
    }
  }
  std::vector<bare_unit> out;
  for (const placed_unit& one : found) {
    if (one.of.balance != 0) { out.push_back(one.of); }
  }
  return out;
}

}  // namespace plimsoll::io
