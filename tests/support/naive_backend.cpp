#include "tests/support/naive_backend.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "kernels/rules/ladder.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/score.hpp"
#include "kernels/rules/tiers.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll {
namespace {

class naive_backend final : public backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "naive"; }
  [[nodiscard]] std::string device() const override { return "one thread, no hurry"; }
  [[nodiscard]] std::span<const stage_time> times() const override { return {}; }

  [[nodiscard]] status load(const book& source) override {
    source_ = &source;
    return ok();
  }

  [[nodiscard]] status margin(const tick_prices& prices, bool publish, margin_result& out) override {
    prices_ = prices;
    figures_ = {};
    out = {};
    base_.clear();
    for (std::uint32_t unit = 0; unit < source_->units.size(); ++unit) { judge(unit, out); }
    out.units.verdicts = figures_.verdicts;
    if (publish) { out.units = figures_; }
    return ok();
  }

  [[nodiscard]] status apply(const book_changes& /*changes*/) override { return ok(); }

  [[nodiscard]] status judge(const tick_prices& prices, tick_judgement& out) override {
    margin_result all;
    PLIMSOLL_TRY(margin(prices, true, all));
    out = {};
    std::copy(std::begin(all.counts), std::end(all.counts), std::begin(out.counts));
    out.held = all.held;
    out.over_limit = all.over_limit;
    out.evaluated = source_->units.size();
    for (std::uint32_t unit = 0; unit < source_->units.size(); ++unit) {
      const verdict outcome = all.units.verdicts[unit];
      if (outcome.state() == unit_state::margin_call && !source_->units.call_hash.empty()) {
        out.call_hashes += source_->units.call_hash[unit];
      }
      if (static_cast<int>(outcome.state()) < static_cast<int>(unit_state::liquidatable)) { continue; }
      out.records.push_back(
          {unit, outcome, all.units.equity[unit], all.units.margin_equity[unit], all.units.maintenance_ppm[unit]});
    }
    return ok();
  }

  [[nodiscard]] status rebase(const tick_prices& prices, const move_groups& /*groups*/, tick_judgement& out) override {
    return judge(prices, out);
  }

  [[nodiscard]] result<bool> screen(const tick_prices& prices, const tick_moves& /*moves*/,
                                    tick_judgement& out) override {
    PLIMSOLL_TRY(judge(prices, out));
    return true;
  }

  [[nodiscard]] result<std::uint64_t> reached(const tick_moves& /*moves*/) override { return source_->units.size(); }

  [[nodiscard]] status rank(const rank_request& request, rank_result& out) override {
    out = {};
    const auto& sides = source_->sides;
    out.keys.assign(sides.position.size(), off_ladder);
    if (request.lights) { out.lights.assign(sides.position.size(), 0); }
    out.first_entry.push_back(0);
    for (std::uint32_t segment = 0; segment < sides.segments(); ++segment) {
      std::vector<std::uint32_t> ladder = ordered_ladder(segment, out.keys);
      std::uint64_t total = 0;
      for (const std::uint32_t entry : ladder) { total += lots_of(entry); }
      out.totals.push_back(total);
      std::uint64_t ahead = 0;
      for (const std::uint32_t entry : ladder) {
        if (request.lights) { out.lights[entry] = lights_of(ahead, total); }
        ahead += lots_of(entry);
      }
      if (request.full_ladder) {
        append(ladder, ladder.size(), out);
        continue;
      }
      for (const cover_demand& demand : request.demands) {
        if (demand.segment != segment) { continue; }
        std::uint64_t found = 0;
        std::size_t length = 0;
        while (length < ladder.size() && found < demand.lots) { found += lots_of(ladder[length++]); }
        append(ladder, length, out);
      }
    }
    if (request.prefixes_only) { keep_prefixes(request, out); }
    return ok();
  }

 private:
  /// Ladders that are not requested stay empty.
  static void keep_prefixes(const rank_request& request, rank_result& out) {
    out.keys.clear();
    out.lights.clear();
    if (request.full_ladder) { return; }
    std::vector<std::uint64_t> totals(out.totals.size(), 0);
    for (const cover_demand& demand : request.demands) { totals[demand.segment] = out.totals[demand.segment]; }
    out.totals = std::move(totals);
  }

  [[nodiscard]] std::uint64_t lots_of(std::uint32_t entry) const {
    return magnitude(source_->positions.lots[source_->sides.position[entry]]);
  }

  void judge(std::uint32_t unit, margin_result& out) {
    const auto& units = source_->units;
    const auto& positions = source_->positions;
    int128 own = units.cash[unit];
    requirement required;
    bool held = false;
    for (std::uint32_t p = units.first_position[unit]; p < units.first_position[unit + 1]; ++p) {
      const std::uint32_t id = positions.instrument[p];
      const std::int64_t value = value_of({positions.lots[p]}, prices_.rates[id]).raw;
      const requirement one = requirement_of(magnitude(value), magnitude(positions.lots[p]), source_->tiers_of(id));
      own += value;
      required.maintenance_ppm += one.maintenance_ppm;
      required.initial_ppm += one.initial_ppm;
      held = held || (prices_.held[id] != 0 && positions.lots[p] != 0);
    }
    collateral_sum base;
    if (source_->reference.venue.collateral == collateral_mode::multi) {
      for (std::uint32_t row = units.first_collateral[unit]; row < units.first_collateral[unit + 1]; ++row) {
        const std::int64_t amount = source_->collateral.amount[row];
        const std::uint32_t asset = source_->collateral.asset[row];
        const asset_rates& rates = prices_.assets[asset];
        add_collateral(base, amount, rates.plain, amount > 0 ? rates.as_asset : rates.as_liability);
        held = held || (amount != 0 && prices_.asset_held[asset] != 0);
      }
    }
    bool admitted = collateral_admitted(base);
    if (!admitted) { base = {}; }
    const equity_pair wide = equity_of(own, static_cast<std::int64_t>(base.equity),
                                       static_cast<std::int64_t>(base.margin_equity), source_->weights_of(unit));
    admitted = admitted && money_admitted(wide.equity) && money_admitted(wide.margin_equity) &&
               requirement_admitted(required.maintenance_ppm) && requirement_admitted(required.initial_ppm);
    if (!admitted && out.over_limit == no_id) { out.over_limit = unit; }
    const auto equity = static_cast<std::int64_t>(wide.equity);
    const auto margin_equity = static_cast<std::int64_t>(wide.margin_equity);
    const verdict found = make_verdict(classify(equity, margin_equity, admitted ? required.maintenance_ppm : 0,
                                                source_->reference.venue.margin_call_ppm),
                                       held);
    figures_.equity.push_back(equity);
    figures_.margin_equity.push_back(margin_equity);
    figures_.maintenance_ppm.push_back(required.maintenance_ppm);
    figures_.initial_ppm.push_back(required.initial_ppm);
    figures_.verdicts.push_back(found);
    base_.push_back(static_cast<std::int64_t>(base.equity));
    ++out.counts[static_cast<int>(found.state())];
    out.held += found.held() ? 1 : 0;
    if (found.flagged()) { out.flagged.push_back(unit); }
  }

  [[nodiscard]] double score(std::uint32_t position) const {
    const auto& positions = source_->positions;
    const std::uint32_t unit = positions.unit[position];
    const instrument& it = source_->reference.instruments[positions.instrument[position]];
    const std::int64_t value = value_of({positions.lots[position]}, prices_.rates[positions.instrument[position]]).raw;
    score_input in;
    in.pnl = value - positions.cost[position];
    in.cost = magnitude(positions.cost[position]);
    in.notional = magnitude(value);
    in.lots = positions.lots[position];
    in.equity = figures_.equity[unit];
    in.maintenance = static_cast<std::int64_t>(ceil_ppm(figures_.maintenance_ppm[unit]));
    in.balance = source_->units.balance[unit] + base_[unit];
    in.whole_unit = static_cast<double>(power_of_ten(source_->reference.assets[source_->asset_of(unit)].digits));
    in.size_step = to_double(it.size_step);
    in.inverse = it.kind == instrument_kind::inverse;
    in.below_zero = !in.inverse && prices_.rates[positions.instrument[position]].negative != 0;
    if (!positions.given.empty()) { in.given = positions.given[position]; }
    return score_of(source_->reference.venue.adl_score, in);
  }

  /// Entries on the ladder in its order; their keys are set on the way.
  [[nodiscard]] std::vector<std::uint32_t> ordered_ladder(std::uint32_t segment,
                                                          std::vector<std::uint64_t>& keys) const {
    std::vector<std::uint32_t> ladder;
    std::vector<double> scores(source_->sides.first_entry[segment + 1] - source_->sides.first_entry[segment]);
    const std::uint32_t first = source_->sides.first_entry[segment];
    for (std::uint32_t entry = first; entry < source_->sides.first_entry[segment + 1]; ++entry) {
      const std::uint32_t position = source_->sides.position[entry];
      if (position == no_id || source_->positions.lots[position] == 0) { continue; }  // A vacant slot.
      if (!figures_.verdicts[source_->positions.unit[position]].on_ladder()) { continue; }
      scores[entry - first] = score(position);
      keys[entry] = ladder_key(std::bit_cast<std::uint64_t>(scores[entry - first]));
      ladder.push_back(entry);
    }
    // By score as a number, not by key, because the tests must prove that keys order as scores do.
    std::stable_sort(ladder.begin(), ladder.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return scores[a - first] > scores[b - first]; });
    return ladder;
  }

  void append(const std::vector<std::uint32_t>& ladder, std::size_t length, rank_result& out) const {
    for (std::size_t i = 0; i < length; ++i) {
      out.entries.push_back({source_->sides.position[ladder[i]], out.keys[ladder[i]]});
    }
    out.first_entry.push_back(out.entries.size());
  }

  const book* source_ = nullptr;
  tick_prices prices_;
  unit_figures figures_;
  std::vector<std::int64_t> base_;
};

}  // namespace

std::unique_ptr<backend> make_naive_backend() { return std::make_unique<naive_backend>(); }

}  // namespace plimsoll
