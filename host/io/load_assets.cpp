// The table `assets`, and the prices of collateral.
#include <algorithm>

#include "host/io/load_reference.hpp"
#include "host/io/steps.hpp"
#include "host/io/text_table.hpp"

namespace plimsoll::io {

namespace {

constexpr std::size_t assets_max = 65'535;

/// A weight in ppm, from `low` to `high` whole units; 1 if blank.
std::uint32_t read_weight(row_reader& row, int column, int low, int high) {
  const auto weight = row.number(column);
  if (!weight) { return static_cast<std::uint32_t>(limits::ppm); }
  const auto weight_ppm = to_units(row.rounded(column, *weight, {1, 6}), 6);
  if (!weight_ppm || *weight_ppm < low * limits::ppm || *weight_ppm > high * limits::ppm) {
    row.refuse(column, "must be from " + std::to_string(low) + " to " + std::to_string(high) +
                           " in whole millionths: a part of one, as 0.95 for 95 %");
    return static_cast<std::uint32_t>(limits::ppm);
  }
  return static_cast<std::uint32_t>(*weight_ppm);
}

void read_step(row_reader& row, asset_entry& out) {
  const auto step = row.number(asset_column::step);
  if (!step) { return; }
  out.step_given = true;
  if (step->mantissa != 1) {
    row.refuse(asset_column::step, "must be a power of ten, at most 1");
  } else if (step->scale > limits::step_digits_max) {
    row.refuse(asset_column::step, "is finer than " + step_text(limits::step_digits_max) + ", the finest step");
  } else {
    out.it.digits = step->scale;
  }
}

/// The price of the asset in the quote. With `single` collateral the quote may have the price 1, which says nothing.
void read_price(row_reader& row, bool is_quote, bool multi, asset_entry& out) {
  const auto price = row.number(asset_column::price);
  if (price && price->mantissa <= 0) {
    row.refuse(asset_column::price, "must be above zero");
  } else if (price && is_quote && !multi && to_units(*price, 0) == 1) {
    return;
  } else if (price && is_quote) {
    row.refuse(asset_column::price, "must be blank, because this is the quote");
  } else if (price) {
    out.it.price = *price;
  }
}

/// Which only `multi` reads.
void read_weights(row_reader& row, asset_entry& out) {
  out.it.asset_weight_ppm = read_weight(row, asset_column::asset_weight, 0, 1);
  out.it.liability_weight_ppm = read_weight(row, asset_column::liability_weight, 1, 10);
}

/// True if its row has a haircut; a weight of 1 is none.
bool has_weight(const row_reader& row) {
  for (const int column : {asset_column::asset_weight, asset_column::liability_weight}) {
    decimal weight;
    const std::string_view text = row.text(column);
    const bool is_one =
        parse_decimal(text, weight) == decimal_fault::none && weight.mantissa == power_of_ten(weight.scale);
    if (!text.empty() && !is_one) { return true; }
  }
  return false;
}

}  // namespace

void load_assets(const table_data& table, refusal_list& refusals, reference_tables& out) {
  const table_refuser refuse(refusals, table.file);
  const text_table texts(table);
  out.assets_known = true;
  out.assets_file = table.file;
  std::uint64_t unused = 0;
  for (std::int64_t at = 0; at < texts.rows(); ++at) {
    row_reader row(texts, refuse, at);
    const auto name = row.name(asset_column::asset);
    if (!name) { continue; }
    asset_entry entry;
    entry.it.name = *name;
    entry.row = at;
    read_step(row, entry);
    read_price(row, out.venue && *name == out.venue->quote, out.multi(), entry);
    if (out.multi()) {
      read_weights(row, entry);
    } else {
      unused += has_weight(row) ? 1 : 0;
    }
    entry.usable = row.good();
    out.assets.push_back(std::move(entry));
  }
  texts.note_roundings(refuse);
  if (unused > 0 && out.venue) {
    refuse.note("weights of " + std::to_string(unused) +
                    " asset(s) are not used, because collateral is \"single\", so each asset has units of its own",
                unused);
  }
  std::stable_sort(out.assets.begin(), out.assets.end(),
                   [](const asset_entry& a, const asset_entry& b) { return a.it.name < b.it.name; });
  const auto same = [](const asset_entry& a, const asset_entry& b) { return a.it.name == b.it.name; };
  for (std::size_t i = 1, first = 0; i < out.assets.size(); ++i) {
    if (!same(out.assets[first], out.assets[i])) {
      first = i;
      continue;
    }
    refuse.cell(out.assets[i].row, "asset", out.assets[i].it.name,
                "is listed twice; first in row " + std::to_string(table_refuser::row_in_file(out.assets[first].row)));
  }
  out.assets.erase(std::unique(out.assets.begin(), out.assets.end(), same), out.assets.end());
  if (out.assets.size() > assets_max) { refuse.table("has more than " + std::to_string(assets_max) + " assets"); }

  std::vector<std::string_view> names;
  for (const asset_entry& entry : out.assets) { names.push_back(entry.it.name); }
  out.asset_ids = name_index(std::move(names));
  if (out.venue && out.quote() == no_id) {
    refusals.add({"venue.toml", 0, "quote", shown(out.venue->quote), "is not in " + table.file});
  }
}

void fix_prices(const std::vector<std::uint8_t>& held, refusal_list& refusals, reference_tables& out) {
  if (!out.instruments_known || !out.marks_known) { return; }
  // Spot instruments that have a mark, by base.
  std::vector<std::vector<std::uint32_t>> spots(out.assets.size());
  std::vector<std::uint8_t> doubtful(out.assets.size(), 0);
  for (std::uint32_t id = 0; id < out.instruments.size(); ++id) {
    const instrument& it = out.instruments[id].it;
    if (it.kind != instrument_kind::spot || it.base == no_id) { continue; }
    if (out.mark_states[id] == mark_state::good) { spots[it.base].push_back(id); }
    if (out.mark_states[id] == mark_state::refused || !out.instruments[id].usable) { doubtful[it.base] = 1; }
  }
  const table_refuser refuse(refusals, out.assets_file);
  for (std::uint32_t id = 0; id < out.assets.size(); ++id) {
    asset_entry& entry = out.assets[id];
    if (id == out.quote() || !entry.usable || doubtful[id] != 0) { continue; }
    if (!out.multi() || held[id] == 0) {
      // Nothing depends on it but figures in the quote.
      entry.it.spot = entry.it.price || spots[id].empty() ? no_id : spots[id].front();
      continue;
    }
    const std::string price = entry.it.price ? format_decimal(*entry.it.price) : "";
    const std::string name = entry.it.name;
    if (!entry.it.price && spots[id].empty()) {
      refuse.cell(entry.row, "price", "",
                  "is blank for " + name + ", and no spot instrument with the base " + name +
                      " has a mark, but there are balances of it");
    } else if (entry.it.price && !spots[id].empty()) {
      refuse.cell(entry.row, "price", price,
                  "is given, and so is the mark of the spot instrument " + out.instruments[spots[id].front()].it.name +
                      "; only one of them may price " + name);
    } else if (spots[id].size() > 1) {
      refuse.cell(entry.row, "price", "",
                  name + " has two spot instruments as prices, " + out.instruments[spots[id][0]].it.name + " and " +
                      out.instruments[spots[id][1]].it.name);
    } else if (!spots[id].empty()) {
      entry.it.spot = spots[id].front();
    }
  }
}

}  // namespace plimsoll::io
