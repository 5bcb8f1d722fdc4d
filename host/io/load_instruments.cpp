// The table `instruments`: contracts and spot prices, and their rates once the step of the settlement asset is known.
#include <algorithm>

#include "host/io/load_reference.hpp"
#include "host/io/mark_row.hpp"
#include "host/io/steps.hpp"
#include "host/io/text_table.hpp"
#include "host/text/instant.hpp"
#include "host/text/wide.hpp"

namespace plimsoll::io {

namespace {

/// The id of the asset that a cell names; no_id if there is none, which is refused if the assets are known.
std::uint32_t read_asset(row_reader& row, int column, const reference_tables& tables) {
  const auto name = row.name(column);
  if (!name || !tables.assets_known) { return no_id; }
  const std::uint32_t id = tables.asset_ids.find(*name);
  if (id == no_id) { row.refuse(column, "is not in " + tables.assets_file + tables.asset_ids.meant(*name)); }
  return id;
}

void read_spot(row_reader& row, const reference_tables& tables, instrument& it) {
  if (!tables.venue) { return; }
  const std::string_view settle = row.text(instrument_column::settle);
  if (settle != tables.venue->quote) {
    row.refuse(instrument_column::settle, "must be the quote, " + tables.venue->quote +
                                              ", because a spot instrument is the price of an asset in it");
  } else if (row.text(instrument_column::base) == settle) {
    row.refuse(instrument_column::base, "is the quote, which needs no price");
  }
  it.contract_size = {1, 0};
}

void read_contract(row_reader& row, const reference_tables& tables, instrument_entry& entry) {
  if (const auto size = row.required_positive(instrument_column::contract_size)) { entry.it.contract_size = *size; }
  if (const auto step = row.required_positive(instrument_column::size_step)) { entry.it.size_step = *step; }
  const auto table = row.name(instrument_column::tier_table);
  if (table && tables.tiers_known) {
    entry.tier_name = *table;
    entry.it.tier_table = tables.tier_ids.find(*table);
    if (entry.it.tier_table == no_id) {
      row.refuse(instrument_column::tier_table, "is not in " + tables.tiers_file + tables.tier_ids.meant(*table));
    }
  }
}

/// Columns that a scan does not use but a book may have.
void check_optional(row_reader& row) {
  const auto tick = row.number(instrument_column::tick_size);
  if (tick && tick->mantissa <= 0) { row.refuse(instrument_column::tick_size, "must be above zero"); }
  const auto strike = row.number(instrument_column::strike);
  if (strike && strike->mantissa <= 0) { row.refuse(instrument_column::strike, "must be above zero"); }
  const std::string_view expiry = row.text(instrument_column::expiry);
  if (!expiry.empty()) {
    if (const char* fault = parse_instant(expiry, row.import().as_of_unit).fault) {
      row.refuse(instrument_column::expiry, fault);
    }
  }
  const std::string_view type = row.text(instrument_column::option_type);
  if (!type.empty() && type != "call" && type != "put") {
    row.refuse(instrument_column::option_type, "must be call or put");
  }
}

void read_instrument(row_reader& row, const reference_tables& tables, instrument_entry& entry) {
  instrument& it = entry.it;
  const std::string_view kind = row.text(instrument_column::kind);
  if (kind == "spot") {
    it.base = read_asset(row, instrument_column::base, tables);
  } else if (row.name(instrument_column::base)) {
    const std::string_view base = row.text(instrument_column::base);
    it.base = tables.asset_ids.find(base);
    if (it.base == no_id) { it.base_label = base; }
  }
  it.settle = read_asset(row, instrument_column::settle, tables);
  if (const auto step = row.required_positive(instrument_column::price_step)) { it.price_step = *step; }
  check_optional(row);
  if (kind == "spot") {
    it.kind = instrument_kind::spot;
    read_spot(row, tables, it);
  } else if (kind == "linear" || kind == "inverse") {
    it.kind = kind == "linear" ? instrument_kind::linear : instrument_kind::inverse;
    it.rate.below_zero = kind == "linear" && tables.venue && tables.venue->negative_marks;
    read_contract(row, tables, entry);
  } else if (kind == "option") {
    it.kind = instrument_kind::option;
    row.refuse(instrument_column::kind, "is not supported yet");
  } else {
    row.refuse(instrument_column::kind,
               "must be linear, inverse or spot; a perpetual or a future is linear where it pays in the asset that its "
               "price is in, and inverse where it pays in the coin");
  }
}

}  // namespace

void load_instruments(const table_data& table, refusal_list& refusals, reference_tables& out) {
  const table_refuser refuse(refusals, table.file);
  const text_table texts(table);
  out.instruments_known = true;
  out.instruments_file = table.file;
  for (std::int64_t at = 0; at < texts.rows(); ++at) {
    row_reader row(texts, refuse, at);
    const auto name = row.name(instrument_column::instrument);
    if (!name) { continue; }
    instrument_entry entry;
    entry.it.name = *name;
    entry.row = at;
    read_instrument(row, out, entry);
    entry.usable = row.good() && entry.it.settle != no_id &&
                   (entry.it.kind == instrument_kind::spot ? entry.it.base : entry.it.tier_table) != no_id;
    out.instruments.push_back(std::move(entry));
  }
  auto& entries = out.instruments;
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.it.name < b.it.name; });
  const auto same = [](const instrument_entry& a, const instrument_entry& b) { return a.it.name == b.it.name; };
  for (std::size_t i = 1, first = 0; i < entries.size(); ++i) {
    if (!same(entries[first], entries[i])) {
      first = i;
      continue;
    }
    refuse.cell(entries[i].row, "instrument", entries[i].it.name,
                "is listed twice; first in row " + std::to_string(table_refuser::row_in_file(entries[first].row)));
  }
  entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
  if (static_cast<std::int64_t>(entries.size()) > limits::instruments_max) {
    refuse.table("has more than " + std::to_string(limits::instruments_max) + " instruments");
  }
  std::vector<std::string_view> names;
  for (const instrument_entry& entry : entries) { names.push_back(entry.it.name); }
  out.instrument_ids = name_index(std::move(names));
  out.marks.assign(entries.size(), mark{});
  out.mark_states.assign(entries.size(), mark_state::absent);
}

void load_marks(const table_data& table, refusal_list& refusals, reference_tables& out) {
  const table_refuser refuse(refusals, table.file);
  const text_table texts(table);
  out.marks_known = true;
  out.marks_file = table.file;
  std::vector<std::int64_t> first_row(out.instruments.size(), -1);
  zero_marks zeros;
  for (std::int64_t at = 0; at < texts.rows(); ++at) {
    row_reader row(texts, refuse, at);
    mark next;
    const auto name = row.name(mark_column::instrument);
    const auto price = row.required_number(mark_column::mark);
    read_mark_extras(row, next);
    if (!name || !out.instruments_known) { continue; }
    const std::uint32_t id = out.instrument_ids.find(*name);
    if (id == no_id) {
      row.refuse(mark_column::instrument, "is not in " + out.instruments_file + out.instrument_ids.meant(*name));
      continue;
    }
    const instrument_entry& entry = out.instruments[id];
    if (first_row[id] >= 0) {
      row.refuse(mark_column::instrument,
                 "is listed twice; first in row " + std::to_string(table_refuser::row_in_file(first_row[id])));
      continue;
    }
    first_row[id] = at;
    if (price && entry.usable) {
      read_mark_ticks(row, entry.it, *price, next);
      zeros.count(row, entry.it, next);
    }
    out.mark_states[id] = row.good() ? mark_state::good : mark_state::refused;
    out.marks[id] = next;
  }
  texts.note_roundings(refuse);
  zeros.note(refuse);
}

namespace {

/// The rate of a contract in steps of 10^-digits, reduced; nothing if a or b is beyond 2^63.
std::optional<contract_rate> rate_of(const instrument& it, int digits) {
  const wide_int lot = widen(it.contract_size.mantissa) * widen(it.size_step.mantissa);
  const wide_int price = widen(it.price_step.mantissa);
  const int lot_scale = it.contract_size.scale + it.size_step.scale;
  const bool inverse = it.kind == instrument_kind::inverse;
  wide_int a = inverse ? wide_int(lot * ten_to(it.price_step.scale + digits)) : wide_int(lot * price * ten_to(digits));
  wide_int b = inverse ? wide_int(price * ten_to(lot_scale)) : ten_to(lot_scale + it.price_step.scale);
  const wide_int common = gcd(a, b);
  a /= common;
  b /= common;
  const wide_int bound = wide_int{1} << limits::rate_bits_max;
  if (a >= bound || b >= bound) { return std::nullopt; }
  return contract_rate{static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b), inverse, it.rate.below_zero};
}

}  // namespace

void fix_steps(std::vector<std::uint8_t> digits_seen, refusal_list& refusals, reference_tables& out) {
  for (const instrument_entry& entry : out.instruments) {
    const instrument& it = entry.it;
    if (it.kind == instrument_kind::spot || it.settle == no_id || it.tier_table == no_id) { continue; }
    if (!out.tiers[it.tier_table].floor_in.empty()) { continue; }  // Floors in contracts are not money.
    for (const tier_row& row : out.tiers[it.tier_table].rows) {
      digits_seen[it.settle] = std::max(digits_seen[it.settle], static_cast<std::uint8_t>(row.floor.scale));
    }
  }
  for (std::uint32_t id = 0; id < out.assets.size(); ++id) {
    // A number finer than the finest step is refused at its own cell.
    if (!out.assets[id].step_given) {
      constexpr int digits_least = 8;  // With rounding also the most, because of stray cells.
      const bool rounds = out.venue && out.venue->import.round != rounding::refuse;
      out.assets[id].it.digits =
          rounds ? digits_least : std::clamp<int>(digits_seen[id], digits_least, limits::step_digits_max);
    }
  }
  const table_refuser refuse(refusals, out.instruments_file);
  for (instrument_entry& entry : out.instruments) {
    instrument& it = entry.it;
    if (!entry.usable || it.kind == instrument_kind::spot) { continue; }
    const asset& settle = out.assets[it.settle].it;
    if (!out.assets[it.settle].usable) { continue; }  // Its row was refused, so its step may be wrong.
    const auto rate = rate_of(it, settle.digits);
    if (!rate) {
      refuse.cell(entry.row, "contract_size", format_decimal(it.contract_size),
                  "gives " + it.name + " a value per lot that does not fit 64 bits in steps of " +
                      step_text(settle.digits) + " " + settle.name + "; choose a coarser step for " + settle.name +
                      ", or steps of " + it.name + " with fewer digits");
      entry.usable = false;
      continue;
    }
    it.rate = *rate;
  }
  fix_bands(refusals, out);
  fix_depths(refusals, out);
}

reference_data take_reference(reference_tables&& tables) {
  reference_data out;
  out.quote = tables.quote();
  out.venue = std::move(*tables.venue);
  for (asset_entry& entry : tables.assets) { out.assets.push_back(std::move(entry.it)); }
  for (instrument_entry& entry : tables.instruments) { out.instruments.push_back(std::move(entry.it)); }
  for (tier_entry& entry : tables.tiers) { out.tier_table_names.push_back(std::move(entry.name)); }
  out.bands = std::move(tables.bands);
  return out;
}

}  // namespace plimsoll::io
