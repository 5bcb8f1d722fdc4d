// The table `depths`: the depth of the simulated market in each instrument.
#include "host/io/load_reference.hpp"
#include "host/io/rounding_tally.hpp"
#include "host/io/steps.hpp"
#include "host/io/text_table.hpp"

namespace plimsoll::io {

namespace {

/// Whole nanoseconds of at most 10^9 seconds; anything else is refused.
std::optional<std::int64_t> read_half_life(row_reader& row) {
  const auto seconds = row.number(depth_column::half_life);
  if (!seconds) { return std::nullopt; }
  constexpr int128 most = static_cast<int128>(1'000'000'000) * 1'000'000'000;
  const auto time_ns = to_units(*seconds, 9);
  if (!time_ns || *time_ns < 0 || *time_ns > most) {
    row.refuse(depth_column::half_life, "must be seconds from 0 to 1000000000, with at most nine decimals");
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*time_ns);
}

}  // namespace

void load_depths(const table_data& table, refusal_list& refusals, reference_tables& out) {
  const table_refuser refuse(refusals, table.file);
  const text_table texts(table);
  out.depths_file = table.file;
  for (std::int64_t at = 0; at < texts.rows(); ++at) {
    row_reader row(texts, refuse, at);
    const auto name = row.name(depth_column::instrument);
    const auto depth = row.required_number(depth_column::depth);
    const auto half_life_ns = read_half_life(row);
    if (depth && depth->mantissa < 0) { row.refuse(depth_column::depth, "must not be below zero"); }
    if (!name || !out.instruments_known) { continue; }
    const std::uint32_t id = out.instrument_ids.find(*name);
    if (id == no_id) {
      row.refuse(depth_column::instrument, "is not in " + out.instruments_file + out.instrument_ids.meant(*name));
      continue;
    }
    instrument_entry& entry = out.instruments[id];
    if (entry.it.kind == instrument_kind::spot) {
      row.refuse(depth_column::instrument, "is a spot instrument, which has no positions to liquidate");
    } else if (entry.depth_row >= 0) {
      row.refuse(depth_column::instrument,
                 "is listed twice; first in row " + std::to_string(table_refuser::row_in_file(entry.depth_row)));
    }
    if (!row.good() || !depth) { continue; }
    entry.depth_row = at;
    entry.it.depth = depth;
    entry.it.half_life_ns = half_life_ns;
  }
}

void fix_depths(refusal_list& refusals, reference_tables& tables) {
  const table_refuser refuse(refusals, tables.depths_file);
  const rounding mode = tables.venue ? tables.venue->import.round : rounding::refuse;
  rounding_tally rounded;
  for (instrument_entry& entry : tables.instruments) {
    if (!entry.it.depth || !entry.usable || !tables.assets[entry.it.settle].usable) { continue; }
    const asset& settle = tables.assets[entry.it.settle].it;
    const decimal depth = *entry.it.depth;
    entry.it.depth = rounded.round(depth, {1, settle.digits}, mode, entry.depth_row).value_or(depth);
    const auto steps = to_units(*entry.it.depth, settle.digits);
    if (steps && money_fits(*steps)) { continue; }
    refuse.cell(entry.depth_row, "depth", format_decimal(depth), fault_of_money(depth, settle.digits, settle.name));
  }
  rounded.note(refuse, "depth", mode);
}

}  // namespace plimsoll::io
