#include "host/explain/explain_figures.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "host/explain/score_terms.hpp"
#include "host/text/exact_text.hpp"
#include "host/text/instant.hpp"
#include "host/text/score_text.hpp"
#include "kernels/rules/bankruptcy.hpp"
#include "kernels/rules/ladder.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/score.hpp"

namespace plimsoll {

namespace {

using json = nlohmann::ordered_json;

error defect(std::string_view what) {
  return {error_code::invariant_broken, fmt::format("Invariant: explain reproduces the scan. {} differs", what)};
}

class explainer {
 public:
  explicit explainer(const scan_report& report) : report_(report), scan_(report.scan()), source_(*scan_.source) {}

  result<json> explain_unit(std::uint32_t unit) {
    unit_ = unit;
    asset_ = &source_.reference.assets[source_.asset_of(unit)];
    sums_ = {};
    const unit_figures& figures = scan_.margin.units;
    const std::int64_t equity = figures.equity[unit];
    const std::vector<std::int64_t> allotted = allot_equity(source_, scan_.prices, unit, equity);

    json out;
    out["unit"] = report_.unit_name(unit);
    out["asset"] = asset_->name;
    out["state"] = to_string(figures.verdicts[unit].state());
    out["held"] = figures.verdicts[unit].held();
    out["held_by"] = held_by();
    out["balance"] = money(source_.units.balance[unit]);
    out["allotted_by"] = allotted_by();
    json positions = json::array();
    const std::uint32_t first = source_.units.first_position[unit];
    for (std::uint32_t p = first; p < source_.units.first_position[unit + 1]; ++p) {
      result<json> one = explain_position(p, allotted[p - first]);
      if (!one) { return std::move(one).error(); }
      positions.push_back(std::move(one).value());
    }
    out["positions"] = std::move(positions);
    PLIMSOLL_TRY(explain_sums(out));
    return out;
  }

 private:
  /// Sums over the positions of the unit that were explained so far.
  struct unit_sums {
    int128 value = 0;
    int128 cost = 0;
    uint128 maintenance_ppm = 0;
    uint128 initial_ppm = 0;
  };

  [[nodiscard]] std::string money(int128 steps) const { return format_units(steps, asset_->digits); }
  /// A figure in steps x 1e-6, without trailing zeros beyond the digits of the step.
  [[nodiscard]] std::string money_ppm(uint128 figure) const {
    return trimmed_units(static_cast<int128>(figure), asset_->digits + 6, asset_->digits);
  }
  [[nodiscard]] static std::string rate(std::uint64_t ppm) { return trimmed_units(static_cast<int128>(ppm), 6, 0); }
  [[nodiscard]] static std::string price(const instrument& it, std::int64_t ticks) {
    return format_units(static_cast<int128>(ticks) * it.price_step.mantissa, it.price_step.scale);
  }
  [[nodiscard]] static std::string size(const instrument& it, int128 lots) {
    return format_units(lots * it.size_step.mantissa, it.size_step.scale);
  }

  /// Distance from the mark to a price, in percent of the mark with two decimals, rounded towards zero.
  [[nodiscard]] static std::string distance(std::int64_t mark, std::int64_t to) {
    constexpr int decimals = 2;
    return format_units((static_cast<int128>(to) - mark) * 100 * power_of_ten(decimals) / std::abs(mark), decimals);
  }

  [[nodiscard]] json held_by() const {
    json out = json::array();
    for (std::uint32_t p = source_.units.first_position[unit_]; p < source_.units.first_position[unit_ + 1]; ++p) {
      const std::uint16_t id = source_.positions.instrument[p];
      const std::string& name = source_.reference.instruments[id].name;
      if (scan_.prices.held[id] != 0 && (out.empty() || out.back() != name)) { out.push_back(name); }
    }
    for_collateral([&](std::uint32_t asset_id, std::int64_t amount) {
      if (amount != 0 && scan_.prices.asset_held[asset_id] != 0) {
        out.push_back(source_.reference.assets[asset_id].name);
      }
    });
    return out;
  }

  /// Weight by which the unit's equity is split: reported maintenance, else notional, else equal weights.
  [[nodiscard]] const char* allotted_by() const {
    bool any_notional = false;
    for (std::uint32_t p = source_.units.first_position[unit_]; p < source_.units.first_position[unit_ + 1]; ++p) {
      const position_figures figures = figures_of(source_, scan_.prices, p);
      if (figures.required.maintenance_ppm != 0) { return "maintenance"; }
      any_notional = any_notional || figures.notional != 0;
    }
    return any_notional ? "notional" : "count";
  }

  template <class Body>
  void for_collateral(const Body& body) const {
    if (source_.units.first_collateral.empty()) { return; }
    for (std::uint32_t i = source_.units.first_collateral[unit_]; i < source_.units.first_collateral[unit_ + 1]; ++i) {
      body(source_.collateral.asset[i], source_.collateral.amount[i]);
    }
  }

  result<json> explain_position(std::uint32_t position, std::int64_t allotted) {
    const std::uint16_t id = source_.positions.instrument[position];
    const instrument& it = source_.reference.instruments[id];
    const size_lots lots{source_.positions.lots[position]};
    const position_figures figures = figures_of(source_, scan_.prices, position);
    sums_.value += figures.value;
    sums_.cost += source_.positions.cost[position];
    sums_.maintenance_ppm += figures.required.maintenance_ppm;
    sums_.initial_ppm += figures.required.initial_ppm;

    json out;
    out["instrument"] = it.name;
    out["kind"] = to_string(it.kind);
    out["side"] = to_string(side_of(lots));
    out["size"] = size(it, lots.raw);
    out["contract_size"] = format_decimal(it.contract_size);
    out["mark"] = price(it, source_.marks[id].ticks);
    const auto& as_of = source_.marks[id].as_of_ns;
    out["mark_as_of"] = as_of ? json(format_instant(*as_of)) : json();
    out["value_rounded"] = scan_.prices.rates[id].den != 1;
    out["value"] = money(figures.value);
    out["cost"] = money(source_.positions.cost[position]);
    out["pnl"] = money(figures.pnl);
    out["notional"] = money(static_cast<int128>(figures.notional));
    PLIMSOLL_TRY(explain_tiers(position, figures, source_.tiers_of(id), out));
    out["allotted"] = money(allotted);
    explain_bankruptcy(position, figures, allotted, out);
    const price_ticks liquidation = liquidation_price_of(scan_, position);
    out["liquidation_price"] = is_marked(liquidation.raw) ? json(price(it, liquidation.raw)) : json();
    out["distance"] = is_marked(liquidation.raw) && source_.marks[id].ticks != 0
                          ? json(distance(source_.marks[id].ticks, liquidation.raw))
                          : json();
    explain_score(position, out);
    PLIMSOLL_TRY(explain_ladder(position, out));
    explain_cover(position, out);
    return out;
  }

  /// The part of the notional in each band, and the same requirement in one step.
  status explain_tiers(std::uint32_t position, const position_figures& figures, tier_view tiers, json& out) const {
    const std::uint64_t lots = magnitude(source_.positions.lots[position]);
    const std::uint32_t last = band_of(tier_key(figures.notional, lots, tiers.by_lots), tiers);
    json bands = json::array();
    uint128 sum_ppm = 0;
    if (tiers.whole) {
      const instrument& it = source_.reference.instruments[source_.positions.instrument[position]];
      const auto floor = [&](std::uint32_t k) {
        const auto raw = static_cast<int128>(tiers.bands[k].floor);
        return tiers.by_lots ? format_units(step_units(raw, it.size_step), it.size_step.scale) : money(raw);
      };
      const tier_band& band = tiers.bands[last];
      sum_ppm = static_cast<uint128>(figures.notional) * band.maintenance_ppm;
      bands.push_back({{"from", floor(last)},
                       {"to", last + 1 < tiers.count ? json(floor(last + 1)) : json()},
                       {"part", money(static_cast<int128>(figures.notional))},
                       {"rate", rate(band.maintenance_ppm)},
                       {"requirement", money_ppm(sum_ppm)}});
    }
    for (std::uint32_t k = 0; k <= last && !tiers.whole; ++k) {
      const tier_band& band = tiers.bands[k];
      const std::uint64_t end = k < last ? tiers.bands[k + 1].floor : figures.notional;
      const uint128 part_ppm = static_cast<uint128>(end - band.floor) * band.maintenance_ppm;
      sum_ppm += part_ppm;
      bands.push_back(
          {{"from", money(static_cast<int128>(band.floor))},
           {"to", k + 1 < tiers.count ? json(money(static_cast<int128>(tiers.bands[k + 1].floor))) : json()},
           {"part", money(static_cast<int128>(end - band.floor))},
           {"rate", rate(band.maintenance_ppm)},
           {"requirement", money_ppm(part_ppm)}});
    }
    if (sum_ppm != figures.required.maintenance_ppm) { return defect("the requirement by bands"); }
    out["bands"] = std::move(bands);
    out["tiers_apply_to"] = tiers.whole ? "whole" : "band";
    out["tier_floors_in"] = tiers.by_lots ? "contracts" : "notional";
    out["maintenance_rate"] = rate(tiers.bands[last].maintenance_ppm);
    out["maintenance_amount"] = money_ppm(tiers.bands[last].amount);
    out["maintenance_exact"] = money_ppm(figures.required.maintenance_ppm);
    out["maintenance"] = money(static_cast<int128>(ceil_ppm(figures.required.maintenance_ppm)));
    out["initial_rate"] = rate(tiers.bands[last].initial_ppm);
    out["initial_exact"] = money_ppm(figures.required.initial_ppm);
    out["initial"] = money(static_cast<int128>(ceil_ppm(figures.required.initial_ppm)));
    return ok();
  }

  void explain_bankruptcy(std::uint32_t position, const position_figures& figures, std::int64_t allotted,
                          json& out) const {
    const instrument& it = source_.reference.instruments[source_.positions.instrument[position]];
    const size_lots lots{source_.positions.lots[position]};
    const bankruptcy closing = bankruptcy_of(lots, {figures.value}, allotted, it.rate);
    const bool cannot = closing.clamped && scan_.margin.units.equity[unit_] > 0;
    out["bankruptcy_value"] = money(closing.value);
    out["bankruptcy_clamped"] = closing.clamped;
    out["uncovered"] = money(closing.uncovered);
    out["bankruptcy_price"] = cannot ? json() : json(price(it, bankruptcy_price(lots, closing.value, it.rate).raw));
  }

  void explain_score(std::uint32_t position, json& out) const {
    const score_kind kind = source_.reference.venue.adl_score;
    const score_input in = score_input_of(scan_, position);
    out["score_kind"] = to_string(kind);
    out["score_terms"] = score_terms(kind, in, [&](std::int64_t steps) { return money(steps); });
    out["score"] = score_text(score_of(kind, in));
  }

  /// Place on the ladder of the position's side, or the reason why it is not on the ladder.
  status explain_ladder(std::uint32_t position, json& out) const {
    const verdict state = scan_.margin.units.verdicts[unit_];
    const std::uint32_t segment =
        segment_of(source_.positions.instrument[position], side_of({source_.positions.lots[position]}));
    if (!state.on_ladder()) {
      out["ladder"] = nullptr;
      out["off_ladder"] = state.held() ? "its unit is held" : fmt::format("its unit is {}", to_string(state.state()));
      out["lights"] = nullptr;
      return ok();
    }
    const auto at = std::lower_bound(scan_.ladder_segments.begin(), scan_.ladder_segments.end(), segment);
    if (at == scan_.ladder_segments.end() || *at != segment) { return defect("the ladder's segment"); }
    const auto prefix = static_cast<std::size_t>(at - scan_.ladder_segments.begin());
    const std::uint64_t begin = scan_.ladder.first_entry[prefix];
    const std::uint64_t end = scan_.ladder.first_entry[prefix + 1];
    std::uint64_t ahead = 0;
    std::uint64_t place = begin;
    for (; place < end && scan_.ladder.entries[place].position != position; ++place) {
      ahead += magnitude(source_.positions.lots[scan_.ladder.entries[place].position]);
    }
    const std::uint64_t total = scan_.ladder.totals[segment];
    if (place == end || lights_of(ahead, total) != report_.lights_of_position(position)) {
      return defect("the place in the ladder");
    }
    if (score_text(std::bit_cast<double>(score_bits_of(scan_.ladder.entries[place].key))) != out["score"]) {
      return defect("the score");
    }
    const instrument& it = source_.reference.instruments[segment / 2];
    out["ladder"] = {{"side", to_string(static_cast<position_side>(segment % 2))},
                     {"rank", place - begin + 1},
                     {"entries", end - begin},
                     {"size_ahead", size(it, static_cast<int128>(ahead))},
                     {"size_total", size(it, static_cast<int128>(total))}};
    out["lights"] = report_.lights_of_position(position);
    return ok();
  }

  /// Fills of the cover that involve this position: for a loser the winners that would take it over, for a winner the
  /// losers.
  void explain_cover(std::uint32_t position, json& out) const {
    json closed_by = json::array();
    json would_take_over = json::array();
    const instrument& it = source_.reference.instruments[source_.positions.instrument[position]];
    int128 covered = 0;
    for (const cover_fill& fill : scan_.cover) {
      if (fill.loser != position && fill.winner != position) { continue; }
      const std::uint32_t other = source_.positions.unit[fill.loser == position ? fill.winner : fill.loser];
      const int digits = report_.digits_of_unit(source_.positions.unit[fill.loser]);
      json one = {{"account", report_.account_of_unit(other)},
                  {"unit", report_.unit_name(other)},
                  {"size", size(it, fill.lots)},
                  {"price", price(it, fill.price.raw)},
                  {"place", fill.place + 1},
                  {"value", format_units(static_cast<int128>(fill.value), digits)}};
      if (fill.loser == position) {
        covered += fill.lots;
        closed_by.push_back(std::move(one));
      } else {
        would_take_over.push_back(std::move(one));
      }
    }
    const verdict state = scan_.margin.units.verdicts[unit_];
    if (state.state() == unit_state::bankrupt && !state.held()) {
      const auto wanted = static_cast<int128>(magnitude(source_.positions.lots[position]));
      out["covered_by"] = std::move(closed_by);
      out["not_covered"] = size(it, wanted - covered);
    }
    if (!would_take_over.empty()) { out["would_take_over"] = std::move(would_take_over); }
  }

  /// Equity asset by asset, and the comparison that decides the state.
  status explain_sums(json& out) const {
    const unit_figures& figures = scan_.margin.units;
    if (sums_.maintenance_ppm != figures.maintenance_ppm[unit_] || sums_.initial_ppm != figures.initial_ppm[unit_]) {
      return defect("the requirement of the unit");
    }
    const int128 pnl = sums_.value - sums_.cost;
    const quote_weights weights = source_.weights_of(unit_);
    int128 base_equity = 0;
    int128 base_margin = 0;
    json assets = json::array();
    const int128 own = source_.units.balance[unit_] + pnl;
    const equity_pair alone = equity_of(own, 0, 0, weights);
    const std::uint32_t own_weight = own > 0 ? weights.asset_ppm : weights.liability_ppm;
    assets.push_back({{"asset", asset_->name},
                      {"balance", money(source_.units.balance[unit_])},
                      {"pnl", money(pnl)},
                      {"price", "1"},
                      {"value", money(alone.equity)},
                      {"weight", rate(own_weight)},
                      {"margin_value", money(alone.margin_equity)}});
    for_collateral([&](std::uint32_t id, std::int64_t amount) {
      const asset& other = source_.reference.assets[id];
      const asset_rates& rates = scan_.prices.assets[id];
      const std::int64_t plain = value_of({amount}, rates.plain).raw;
      const std::int64_t haircut = value_of({amount}, amount > 0 ? rates.as_asset : rates.as_liability).raw;
      base_equity += plain;
      base_margin += haircut;
      assets.push_back({{"asset", other.name},
                        {"balance", format_units(amount, other.digits)},
                        {"pnl", nullptr},
                        {"price", asset_price(other)},
                        {"value", money(plain)},
                        {"weight", rate(amount > 0 ? other.asset_weight_ppm : other.liability_weight_ppm)},
                        {"margin_value", money(haircut)}});
    });
    const equity_pair whole =
        equity_of(own, static_cast<std::int64_t>(base_equity), static_cast<std::int64_t>(base_margin), weights);
    if (whole.equity != figures.equity[unit_] || whole.margin_equity != figures.margin_equity[unit_]) {
      return defect("the equity");
    }
    const auto maintenance = static_cast<int128>(ceil_ppm(sums_.maintenance_ppm));
    const auto initial = static_cast<int128>(ceil_ppm(sums_.initial_ppm));
    out["pnl"] = money(pnl);
    out["assets"] = std::move(assets);
    out["equity"] = money(whole.equity);
    out["margin_equity"] = money(whole.margin_equity);
    out["maintenance_exact"] = money_ppm(sums_.maintenance_ppm);
    out["maintenance"] = money(maintenance);
    out["initial_exact"] = money_ppm(sums_.initial_ppm);
    out["initial"] = money(initial);
    out["free"] = money(whole.margin_equity - initial);
    const std::int64_t top_up = top_up_of(scan_, unit_);
    out["top_up"] = top_up > 0 ? json(money(top_up)) : json();
    out["health_factor"] =
        sums_.maintenance_ppm == 0
            ? json()
            : json(format_units(health_factor_ppm(figures.margin_equity[unit_], sums_.maintenance_ppm), 6));
    out["deficit"] = money(deficit_of(figures.equity[unit_]));
    out["margin_call_at"] = rate(source_.reference.venue.margin_call_ppm);
    out["verdict"] = comparison();
    return ok();
  }

  [[nodiscard]] std::string asset_price(const asset& it) const {
    if (it.spot != no_id && is_marked(source_.marks[it.spot].ticks)) {
      return price(source_.reference.instruments[it.spot], source_.marks[it.spot].ticks);
    }
    return it.price ? format_decimal(*it.price) : std::string();
  }

  /// The comparison that decides: exact figures, no rounding.
  [[nodiscard]] std::string comparison() const {
    const unit_figures& figures = scan_.margin.units;
    const std::uint32_t call = source_.reference.venue.margin_call_ppm;
    const std::string margin = money(figures.margin_equity[unit_]);
    const std::string call_level =
        trimmed_units(static_cast<int128>(sums_.maintenance_ppm) * call, asset_->digits + 12, asset_->digits);
    switch (figures.verdicts[unit_].state()) {
      case unit_state::bankrupt: return fmt::format("equity {} < 0", money(figures.equity[unit_]));
      case unit_state::liquidatable:
        return fmt::format("margin equity {} < maintenance {}", margin, money_ppm(sums_.maintenance_ppm));
      case unit_state::margin_call:
        return fmt::format("maintenance {} <= margin equity {} < {} x maintenance = {}",
                           money_ppm(sums_.maintenance_ppm), margin, rate(call), call_level);
      case unit_state::healthy: break;
    }
    return fmt::format("margin equity {} >= {} x maintenance = {}", margin, rate(call), call_level);
  }

  const scan_report& report_;
  const scan_result& scan_;
  const book& source_;
  std::uint32_t unit_ = 0;
  const asset* asset_ = nullptr;
  unit_sums sums_;
};

}  // namespace

result<json> explain_units(const scan_report& report, const std::vector<std::uint32_t>& units) {
  json out = json::array();
  explainer each(report);
  for (const std::uint32_t unit : units) {
    result<json> one = each.explain_unit(unit);
    if (!one) { return std::move(one).error(); }
    out.push_back(std::move(one).value());
  }
  return out;
}

}  // namespace plimsoll
