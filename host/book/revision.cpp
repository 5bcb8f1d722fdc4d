#include "host/book/revision.hpp"

#include <algorithm>
#include <utility>

#include "kernels/rules/margin.hpp"
#include "kernels/rules/tiers.hpp"

namespace plimsoll {

namespace {

template <class Named>
std::uint32_t find_name(const std::vector<Named>& all, const std::string& name) {
  const auto found = std::lower_bound(all.begin(), all.end(), name,
                                      [](const Named& one, const std::string& wanted) { return one.name < wanted; });
  return found != all.end() && found->name == name ? static_cast<std::uint32_t>(found - all.begin()) : no_id;
}

bool same_bands(const reference_data& a, const instrument& of_a, const reference_data& b, const instrument& of_b) {
  const auto first_a = a.bands.begin() + of_a.first_band;
  const auto first_b = b.bands.begin() + of_b.first_band;
  if (of_a.tiers_by_lots != of_b.tiers_by_lots || of_a.tiers_whole != of_b.tiers_whole) { return false; }
  return std::equal(first_a, first_a + of_a.band_count, first_b, first_b + of_b.band_count,
                    [](const tier_band& one, const tier_band& other) {
                      return one.floor == other.floor && one.maintenance_ppm == other.maintenance_ppm &&
                             one.initial_ppm == other.initial_ppm && one.amount == other.amount;
                    });
}

/// Compares new reference data with the book's own.
class comparison {
 public:
  comparison(const reference_data& current, reference_data& next, const reference_places& places,
             refusal_list& refusals, reference_change& out)
      : current_(current), next_(next), places_(places), refusals_(refusals), out_(out) {}

  void run() {
    out_ = {};
    compare_venues();
    for (const asset& it : current_.assets) { out_.asset_ids.push_back(compare_asset(it)); }
    for (const instrument& it : current_.instruments) {
      out_.instrument_ids.push_back(find_name(next_.instruments, it.name));
      if (out_.instrument_ids.back() != no_id) {
        compare_instrument(static_cast<std::uint32_t>(out_.instrument_ids.size() - 1), it, out_.instrument_ids.back());
      } else {
        refusals_.add({places_.instruments_file, 0, "instrument", it.name, std::string("is missing: it") + in_book});
      }
    }
    if (!refusals_.empty()) { return; }
    out_.assets_added = static_cast<std::uint32_t>(next_.assets.size() - current_.assets.size());
    out_.instruments_added = static_cast<std::uint32_t>(next_.instruments.size() - current_.instruments.size());
    if (current_.venue.collateral == collateral_mode::multi) { find_spots(); }
  }

 private:
  static constexpr char in_book[] = " is in the loaded book, and only a load can change that";

  void compare_venues() {
    const venue_config& a = current_.venue;
    const venue_config& b = next_.venue;
    const auto same = [&](const char* key, bool equal) {
      if (!equal) {
        refusals_.add({"venue.toml", 0, key, "", "differs from the loaded book, and only a load can change that"});
      }
    };
    same("name", a.name == b.name);
    same("quote", a.quote == b.quote);
    same("collateral", a.collateral == b.collateral);
    same("margin.margin_call_at", a.margin_call_ppm == b.margin_call_ppm);
    same("margin.max_mark_age", a.max_mark_age_ns == b.max_mark_age_ns);
    same("margin.negative_marks", a.negative_marks == b.negative_marks);
    same("margin.dust", a.dust == b.dust);
    same("adl.score", a.adl_score == b.adl_score);
    same("liquidation", a.rules.liquidation == b.rules.liquidation);
    same("market", a.rules.market == b.rules.market);
    same("backstop", a.rules.backstop == b.rules.backstop);
    same("fund", a.rules.fund == b.rules.fund);
    same("adl", a.rules.adl == b.rules.adl);
    same("socialise", a.rules.socialise == b.rules.socialise);
  }

  [[nodiscard]] std::int64_t asset_row(std::uint32_t id) const {
    return id < places_.asset_rows.size() ? places_.asset_rows[id] : 0;
  }
  [[nodiscard]] std::int64_t instrument_row(std::uint32_t id) const {
    return id < places_.instrument_rows.size() ? places_.instrument_rows[id] : 0;
  }

  /// Do verdicts depend on prices of assets? Else they are for figures in the quote alone, and may change.
  [[nodiscard]] bool prices_count() const { return current_.venue.collateral == collateral_mode::multi; }

  /// The new id.
  std::uint32_t compare_asset(const asset& it) {
    const std::uint32_t id = find_name(next_.assets, it.name);
    if (id == no_id) {
      refusals_.add({places_.assets_file, 0, "asset", it.name, std::string("is missing: it") + in_book});
      return no_id;
    }
    const asset& other = next_.assets[id];
    const auto same = [&](const char* column, bool equal, const std::string& wanted, const std::string& got) {
      if (!equal) {
        refusals_.add({places_.assets_file, asset_row(id), column, got,
                       "differs: " + (wanted.empty() ? std::string("a blank") : wanted) + in_book});
      }
    };
    const auto price_text = [](const asset& of) { return of.price ? format_decimal(*of.price) : std::string(); };
    same("step", it.digits == other.digits, format_units(1, it.digits), format_units(1, other.digits));
    if (prices_count()) { same("price", it.price == other.price, price_text(it), price_text(other)); }
    same("asset_weight", it.asset_weight_ppm == other.asset_weight_ppm, format_units(it.asset_weight_ppm, 6),
         format_units(other.asset_weight_ppm, 6));
    same("liability_weight", it.liability_weight_ppm == other.liability_weight_ppm,
         format_units(it.liability_weight_ppm, 6), format_units(other.liability_weight_ppm, 6));
    return id;
  }

  void compare_instrument(std::uint32_t old_id, const instrument& it, std::uint32_t id) {
    const instrument& other = next_.instruments[id];
    const auto same = [&](const char* column, const std::string& wanted, const std::string& got) {
      if (wanted != got) {
        refusals_.add({places_.instruments_file, instrument_row(id), column, got, "differs: " + wanted + in_book});
      }
    };
    const auto name_of = [](const reference_data& of, std::uint32_t asset_id) {
      return asset_id == no_id ? std::string() : of.assets[asset_id].name;
    };
    same("kind", to_string(it.kind), to_string(other.kind));
    same("base", current_.base_of(it), next_.base_of(other));
    same("settle", name_of(current_, it.settle), name_of(next_, other.settle));
    same("price_step", format_decimal(it.price_step), format_decimal(other.price_step));
    if (it.kind == instrument_kind::spot || other.kind == instrument_kind::spot) { return; }
    same("contract_size", format_decimal(it.contract_size), format_decimal(other.contract_size));
    same("size_step", format_decimal(it.size_step), format_decimal(other.size_step));
    if (!same_bands(current_, it, next_, other)) { out_.retiered.push_back(old_id); }
  }

  /// An asset keeps its spot instrument. An asset without a price gets the first spot instrument with that base.
  void find_spots() {
    std::vector<std::uint8_t> is_new(next_.instruments.size(), 1);
    for (const std::uint32_t id : out_.instrument_ids) { is_new[id] = 0; }
    for (asset& one : next_.assets) { one.spot = no_id; }
    for (std::uint32_t a = 0; a < current_.assets.size(); ++a) {
      if (current_.assets[a].spot != no_id) {
        next_.assets[out_.asset_ids[a]].spot = out_.instrument_ids[current_.assets[a].spot];
      }
    }
    for (std::uint32_t i = 0; i < next_.instruments.size(); ++i) {
      const instrument& it = next_.instruments[i];
      if (it.kind != instrument_kind::spot) { continue; }
      asset& priced = next_.assets[it.base];
      if (!priced.price && priced.spot == no_id) {
        priced.spot = i;
      } else if (is_new[i] != 0) {
        const std::string by = priced.price ? places_.assets_file + " at " + format_decimal(*priced.price)
                                            : next_.instruments[priced.spot].name;
        refusals_.add(
            {places_.instruments_file, instrument_row(i), "base", priced.name, "is priced already, by " + by});
      }
    }
  }

  const reference_data& current_;
  reference_data& next_;
  const reference_places& places_;
  refusal_list& refusals_;
  reference_change& out_;
};

/// True if even the total open interest of a settlement asset, at the highest rate, is too small for any unit's
/// requirement to exceed the limit.
bool surely_admitted(const book& current, const reference_data& next, const reference_change& change,
                     const std::vector<value_rate>& rates) {
  std::vector<uint128> most_ppm(current.reference.assets.size(), 0);
  for (std::uint32_t i = 0; i < current.reference.instruments.size(); ++i) {
    const instrument& tiered = next.instruments[change.instrument_ids[i]];
    if (tiered.band_count == 0) { continue; }
    const std::uint32_t rate_ppm = next.bands[tiered.first_band + tiered.band_count - 1].initial_ppm;
    for (const position_side side : {position_side::long_side, position_side::short_side}) {
      const uint128 worth = static_cast<uint128>(current.sides.lots[segment_of(i, side)]) * rates[i].num / rates[i].den;
      if (worth > static_cast<uint128>(limits::money_steps_max)) { return false; }
      most_ppm[current.reference.instruments[i].settle] += worth * rate_ppm;
    }
  }
  // Half of the limit, because each position's value may be rounded up by one step.
  return std::all_of(most_ppm.begin(), most_ppm.end(), [](uint128 ppm) { return requirement_admitted(2 * ppm); });
}

}  // namespace

status find_change(const reference_data& current, reference_data& next, const reference_places& places,
                   refusal_list& refusals, reference_change& out) {
  comparison(current, next, places, refusals, out).run();
  return refusals.empty() ? ok() : refusals.to_error();
}

std::uint32_t beyond_tiers(const book& current, const reference_data& next, const reference_change& change,
                           const std::vector<value_rate>& rates) {
  if (surely_admitted(current, next, change, rates)) { return no_id; }
  for (std::uint32_t unit = 0; unit < current.units.size(); ++unit) {
    uint128 initial_ppm = 0;  // At least the maintenance requirement.
    for (std::uint32_t p = current.units.first_position[unit]; p < current.units.first_position[unit + 1]; ++p) {
      if (current.positions.lots[p] == 0) { continue; }
      const std::uint32_t id = current.positions.instrument[p];
      const instrument& tiered = next.instruments[change.instrument_ids[id]];
      const std::int64_t lots = current.positions.lots[p];
      const std::uint64_t notional = magnitude(value_of({lots}, rates[id]).raw);
      initial_ppm += requirement_of(notional, magnitude(lots), tiers_in(next.bands, tiered)).initial_ppm;
    }
    if (!requirement_admitted(initial_ppm)) { return unit; }
  }
  return no_id;
}

}  // namespace plimsoll
