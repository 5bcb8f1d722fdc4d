// The table `tiers`: rates in ppm, in file order, and its bands in steps of each settlement asset.
#include <algorithm>
#include <map>
#include <tuple>

#include "host/io/load_reference.hpp"
#include "host/io/steps.hpp"
#include "host/io/text_table.hpp"

namespace plimsoll::io {

namespace {

constexpr char rate_range[] = "must be from 0 to 10: a part of one, as 0.004 for 0.4 %";

/// value x 10^6 rounded up; nothing if it is not a rate.
std::optional<std::uint32_t> ceil_rate_ppm(const decimal& rate) {
  if (rate.mantissa < 0 || rate.mantissa > power_of_ten(std::min(rate.scale + 1, 38))) { return std::nullopt; }
  if (const auto exact = to_units(rate, 6)) {
    return *exact <= limits::rate_ppm_max ? std::optional(static_cast<std::uint32_t>(*exact)) : std::nullopt;
  }
  if (rate.scale <= 6) { return std::nullopt; }
  const int128 unit = power_of_ten(rate.scale - 6);
  const int128 rounded = (rate.mantissa + unit - 1) / unit;
  return rounded <= limits::rate_ppm_max ? std::optional(static_cast<std::uint32_t>(rounded)) : std::nullopt;
}

/// 10^6 / leverage rounded up; nothing if it is beyond 10.
std::optional<std::uint32_t> leverage_rate_ppm(const decimal& leverage) {
  constexpr int scale_max = 30;
  if (leverage.mantissa <= 0 || leverage.scale > scale_max) { return std::nullopt; }
  const int128 numerator = power_of_ten(leverage.scale + 6);
  const int128 rounded = (numerator + leverage.mantissa - 1) / leverage.mantissa;
  return rounded <= limits::rate_ppm_max ? std::optional(static_cast<std::uint32_t>(rounded)) : std::nullopt;
}

struct rounded_rates {
  std::int64_t count = 0;
  std::int64_t first_row = 0;
};

/// Rows that ask for a margin of more than the whole notional: their rates may be percentages.
struct large_rates {
  std::uint64_t count = 0;
  std::int64_t first_row = 0;

  void see(const row_reader& row, std::uint32_t maintenance_ppm, std::uint32_t initial_ppm) {
    if (std::max(maintenance_ppm, initial_ppm) <= static_cast<std::uint32_t>(limits::ppm)) { return; }
    if (count++ == 0) { first_row = table_refuser::row_in_file(row.row()); }
  }
  void note(const table_refuser& refuse) const {
    if (count == 0) { return; }
    refuse.note("rates of " + std::to_string(count) + (count == 1 ? " row are" : " rows are") +
                    " above 1, more than the whole notional, the first in row " + std::to_string(first_row) +
                    "; 0.4 % is written 0.004",
                count);
  }
};

std::optional<std::uint32_t> read_initial(row_reader& row, rounded_rates& rounded) {
  const bool has_rate = !row.text(tier_column::initial_rate).empty();
  const bool has_leverage = !row.text(tier_column::max_leverage).empty();
  if (has_rate == has_leverage) {
    row.refuse(tier_column::initial_rate, has_rate ? "is given, and so is max_leverage; give only one of them"
                                                   : "is blank, and so is max_leverage; give one of them");
    return std::nullopt;
  }
  if (has_leverage) {
    const auto leverage = row.number(tier_column::max_leverage);
    if (!leverage) { return std::nullopt; }
    const auto rate_ppm = leverage_rate_ppm(*leverage);
    if (!rate_ppm) { row.refuse(tier_column::max_leverage, "must be at least 0.1, with at most 30 decimals"); }
    return rate_ppm;
  }
  auto rate = row.number(tier_column::initial_rate);
  if (!rate) { return std::nullopt; }
  rate = row.rounded(tier_column::initial_rate, *rate, {1, 6});
  const auto rate_ppm = ceil_rate_ppm(*rate);
  if (!rate_ppm) {
    row.refuse(tier_column::initial_rate, rate_range);
  } else if (rate->scale > 6 && rounded.count++ == 0) {
    rounded.first_row = table_refuser::row_in_file(row.row());
  }
  return rate_ppm;
}

std::optional<std::uint32_t> read_maintenance(row_reader& row) {
  auto rate = row.required_number(tier_column::maintenance_rate);
  if (!rate) { return std::nullopt; }
  rate = row.rounded(tier_column::maintenance_rate, *rate, {1, 6});
  const auto rate_ppm = ceil_rate_ppm(*rate);
  if (!rate_ppm) {
    row.refuse(tier_column::maintenance_rate, rate_range);
  } else if (rate->scale > 6) {
    row.refuse(tier_column::maintenance_rate, "is finer than 0.000001; " + way_to_round({1, 6}));
    return std::nullopt;
  }
  return rate_ppm;
}

/// True if a < b; neither is negative.
bool less(const decimal& a, const decimal& b) {
  const int scale = std::max(a.scale, b.scale);
  const auto left = to_units(a, scale);
  const auto right = to_units(b, scale);
  // A floor beyond 2^126 is larger; two such floors are refused because of their size.
  if (!left || !right) { return !right && left; }
  return *left < *right;
}

/// Reads a word that applies to a table and is repeated in each of its rows. `usual` may be omitted.
void read_table_word(row_reader& row, int column, std::string_view usual, std::string_view other, bool is_first,
                     const std::string& table, std::string& out) {
  const std::string_view word = row.text(column);
  if (!word.empty() && word != usual && word != other) {
    return row.refuse(column, "must be " + std::string(usual) + " or " + std::string(other));
  }
  const std::string found(word == other ? other : std::string_view{});
  if (is_first) { out = found; }
  if (found != out) {
    row.refuse(column, "must be the same in every row of tier table " + table + ": " +
                           (out.empty() ? std::string(usual) : out) + " in its first");
  }
}

/// Checks a row against the previous row of its table.
void check_order(row_reader& row, const tier_entry& table, const tier_row& next) {
  if (table.rows.empty()) {
    // Not if an earlier row was refused, because that may have been the row from 0.
    if (next.floor.mantissa != 0 && table.usable) {
      row.refuse(tier_column::floor,
                 "must be 0 in the first row of tier table " + table.name + "; sort its rows by their floors");
    }
    return;
  }
  const tier_row& before = table.rows.back();
  const std::string where = " of the row before in tier table " + table.name;
  if (!less(before.floor, next.floor)) {
    row.refuse(tier_column::floor, "must be above the floor " + format_decimal(before.floor) + where);
  }
  if (next.maintenance_ppm < before.maintenance_ppm) {
    row.refuse(tier_column::maintenance_rate,
               "falls below the rate " + format_units(before.maintenance_ppm, 6) + where);
  }
  if (next.initial_ppm < before.initial_ppm) {
    const int column =
        row.text(tier_column::initial_rate).empty() ? tier_column::max_leverage : tier_column::initial_rate;
    row.refuse(column, "makes an initial rate below " + format_units(before.initial_ppm, 6) + where);
  }
}

/// Reads one row; false if its place in the order could not be determined.
bool read_row(row_reader& row, const tier_entry& table, rounded_rates& rounded, tier_row& out) {
  out.row = row.row();
  const auto floor = row.required_number(tier_column::floor);
  const auto maintenance = read_maintenance(row);
  const auto initial = read_initial(row, rounded);
  out.amount = row.number(tier_column::maintenance_amount);
  if (floor && floor->mantissa < 0) { row.refuse(tier_column::floor, "must not be negative"); }
  if (!floor || !maintenance || !initial || !row.good()) { return false; }
  out.floor = *floor;
  out.maintenance_ppm = *maintenance;
  out.initial_ppm = *initial;
  if (out.initial_ppm < out.maintenance_ppm) {
    const int column =
        row.text(tier_column::initial_rate).empty() ? tier_column::max_leverage : tier_column::initial_rate;
    row.refuse(column, "makes the initial rate " + format_units(out.initial_ppm, 6) + ", below the maintenance rate " +
                           format_units(out.maintenance_ppm, 6));
  }
  check_order(row, table, out);
  return true;
}

}  // namespace

void load_tiers(const table_data& table, refusal_list& refusals, reference_tables& out) {
  const table_refuser refuse(refusals, table.file);
  const text_table texts(table);
  out.tiers_known = true;
  out.tiers_file = table.file;
  std::map<std::string, tier_entry, std::less<>> by_name;
  rounded_rates rounded;
  large_rates large;
  for (std::int64_t at = 0; at < texts.rows(); ++at) {
    row_reader row(texts, refuse, at);
    const auto name = row.name(tier_column::tier_table);
    if (!name) { continue; }
    auto found = by_name.find(*name);
    if (found == by_name.end()) {
      found = by_name.emplace(std::string(*name), tier_entry{}).first;
      found->second.name = *name;
    }
    tier_entry& entry = found->second;
    const bool is_first = entry.rows.empty() && entry.usable;
    read_table_word(row, tier_column::applies_to, "band", "whole", is_first, entry.name, entry.applies_to);
    read_table_word(row, tier_column::floor_in, "notional", "contracts", is_first, entry.name, entry.floor_in);
    if (is_first && row.good() && !entry.floor_in.empty() && entry.applies_to.empty()) {
      row.refuse(
          tier_column::floor_in,
          "needs applies_to = whole, because the part of a notional in a band of contracts would depend on the mark");
    }
    tier_row next;
    if (read_row(row, entry, rounded, next)) {
      large.see(row, next.maintenance_ppm, next.initial_ppm);
      entry.rows.push_back(next);
    }
    entry.usable = entry.usable && row.good();
  }
  texts.note_roundings(refuse);
  large.note(refuse);
  if (rounded.count > 0) {
    refuse.note("initial_rate is finer than 0.000001 in " + std::to_string(rounded.count) + " row(s), first in row " +
                std::to_string(rounded.first_row) + ": rounded up");
  }
  for (auto& [name, entry] : by_name) { out.tiers.push_back(std::move(entry)); }
  std::vector<std::string_view> names;
  for (const tier_entry& entry : out.tiers) { names.push_back(entry.name); }
  out.tier_ids = name_index(std::move(names));
}

namespace {

/// True if two amounts are equal after both are rounded to the step. False if numbers are not rounded.
bool same_when_rounded(const decimal& a, const decimal& b, int digits, rounding mode) {
  if (mode == rounding::refuse) { return false; }
  const auto left = round_to_step(a, {1, digits}, rounding::half_even);
  const auto right = round_to_step(b, {1, digits}, rounding::half_even);
  return left && right && left->mantissa == right->mantissa;
}

/// A floor of notional in steps of an asset, or of contracts in lots of an instrument; nothing if it is refused.
std::optional<std::uint64_t> floor_of(const tier_row& row, bool by_lots, const instrument& it, const asset& settle,
                                      const table_refuser& refuse, rounding mode, rounding_tally& floors) {
  const auto refused = [&](std::string reason) -> std::optional<std::uint64_t> {
    refuse.cell(row.row, "floor", format_decimal(row.floor), std::move(reason));
    return std::nullopt;
  };
  const decimal floor =
      floors.round(row.floor, by_lots ? it.size_step : decimal{1, settle.digits}, mode, row.row).value_or(row.floor);
  if (by_lots) {
    const auto lots = to_steps(floor, it.size_step);
    if (lots && *lots <= limits::size_lots_max) { return static_cast<std::uint64_t>(*lots); }
    return refused("is not a multiple of the size step " + format_decimal(it.size_step) + " of " + it.name +
                   ", or more than 2^61 of them");
  }
  const auto steps = to_units(floor, settle.digits);
  if (steps && *steps <= limits::money_steps_max) { return static_cast<std::uint64_t>(*steps); }
  return refused(fault_of_money(row.floor, settle.digits, settle.name));
}

/// Appends to `bands` the bands of a tier table in steps of an asset, or in lots of an instrument that settles in it.
/// False if a row was refused.
bool append_bands(const tier_entry& table, const instrument& it, const asset& settle, const table_refuser& refuse,
                  rounding mode, rounding_tally& floors, std::vector<tier_band>& bands) {
  bool good = true;
  bool floors_good = true;  // An amount can be checked only if all floors below it are known.
  const std::size_t first = bands.size();
  const bool whole = !table.applies_to.empty();
  for (const tier_row& row : table.rows) {
    const auto floor = floor_of(row, !table.floor_in.empty(), it, settle, refuse, mode, floors);
    if (!floor) {
      good = floors_good = false;
      continue;
    }
    tier_band band{*floor, row.maintenance_ppm, row.initial_ppm, 0};
    if (bands.size() > first && floors_good && !whole) {
      band.amount = next_amount(bands.back(), band.floor, band.maintenance_ppm);
    }
    if (row.amount && floors_good) {
      // Amounts are in units of step x 1e-6.
      const auto stated = to_units(*row.amount, settle.digits + 6);
      decimal wanted;
      const bool parsed = parse_decimal(format_units(static_cast<int128>(band.amount), settle.digits + 6), wanted) ==
                          decimal_fault::none;
      if ((!stated || *stated != static_cast<int128>(band.amount)) &&
          !(parsed && same_when_rounded(*row.amount, wanted, settle.digits, mode))) {
        refuse.cell(row.row, "maintenance_amount", format_decimal(*row.amount),
                    whole ? "must be 0 or blank where applies_to is whole"
                          : "does not match the bands below it, which give " + (parsed ? format_decimal(wanted) : "0"));
        good = false;
      }
    }
    bands.push_back(band);
  }
  return good;
}

}  // namespace

void fix_bands(refusal_list& refusals, reference_tables& out) {
  struct range {
    std::uint32_t first;
    std::uint32_t count;
    bool good;
  };
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, range> made;
  const table_refuser refuse(refusals, out.tiers_file);
  const rounding mode = out.venue ? out.venue->import.round : rounding::refuse;
  rounding_tally floors;
  for (instrument_entry& entry : out.instruments) {
    instrument& it = entry.it;
    if (!entry.usable || it.kind == instrument_kind::spot || it.tier_table == no_id) { continue; }
    const tier_entry& table = out.tiers[it.tier_table];
    if (!table.usable || !out.assets[it.settle].usable) {
      entry.usable = false;
      continue;
    }
    it.tiers_by_lots = !table.floor_in.empty();
    it.tiers_whole = !table.applies_to.empty();
    const auto of_lots = it.tiers_by_lots ? static_cast<std::uint32_t>(&entry - out.instruments.data()) : no_id;
    const auto key = std::tuple(it.tier_table, it.settle, of_lots);
    auto found = made.find(key);
    if (found == made.end()) {
      const auto first = static_cast<std::uint32_t>(out.bands.size());
      const bool good = append_bands(table, it, out.assets[it.settle].it, refuse, mode, floors, out.bands);
      found = made.emplace(key, range{first, static_cast<std::uint32_t>(out.bands.size()) - first, good}).first;
    }
    it.first_band = found->second.first;
    it.band_count = found->second.count;
    entry.usable = found->second.good;
  }
  floors.note(refuse, "floor", mode);
}

}  // namespace plimsoll::io
