#include "host/generate/balances.hpp"

#include <algorithm>
#include <vector>

#include <oneapi/tbb/parallel_for.h>

#include "host/generate/random.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/tiers.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll {

namespace {

constexpr std::uint64_t salt_balance = 6;
constexpr std::uint64_t deposit_typical = 500'00000000;  // 500 quote units, in steps.

/// Sums of a unit's positions, in steps.
struct unit_sums {
  std::uint32_t asset = 0;
  int128 value = 0;
  int128 cost = 0;
  uint128 notional = 0;
  uint128 maintenance_ppm = 0;
  uint128 initial_ppm = 0;
  bool losing = false;
};

/// Balances and counts of one chunk of accounts.
struct chunk_rows {
  balance_rows balances;
  drawn_figures figures;
  bool over_limit = false;
};

int128 share_of(uint128 whole, std::int64_t ppm) {
  return static_cast<int128>(whole / static_cast<uint128>(limits::ppm) * static_cast<uint128>(ppm) +
                             whole % static_cast<uint128>(limits::ppm) * static_cast<uint128>(ppm) /
                                 static_cast<uint128>(limits::ppm));
}

/// Target equity of a unit; its balance follows from its profit.
int128 draw_equity(const venue_recipe& recipe, const unit_sums& unit, random_stream& random) {
  const int128 pnl = unit.value - unit.cost;
  const auto maintenance = static_cast<int128>(ceil_ppm(unit.maintenance_ppm));
  const auto initial = static_cast<int128>(ceil_ppm(unit.initial_ppm));
  if (unit.losing && pnl < 0) {
    if (random.chance(250'000)) { return -share_of(static_cast<uint128>(-pnl), random.between(50'000, 600'000)) - 1; }
    return share_of(static_cast<uint128>(maintenance), random.between(20'000, 980'000));
  }
  if (random.chance(recipe.distressed_ppm / 2)) {
    return share_of(static_cast<uint128>(maintenance), random.between(1'010'000, 1'240'000)) + 1;  // A margin call.
  }
  // Leverage is log-normal around 2.8 with a deviation of 1.3 octaves; no unit starts below its initial requirement.
  const std::int64_t leverage_octaves = octave * 3 / 2 + random.bell() * 13 / 10;
  const uint128 capped = std::min<uint128>(unit.notional, static_cast<uint128>(limits::money_steps_max));
  const auto equity = static_cast<int128>(scale_octaves(static_cast<std::uint64_t>(capped), -leverage_octaves));
  return std::max({equity, initial + initial / 20, maintenance + maintenance / 2, int128{1}});
}

/// Value of other assets in a unit of `multi`, in steps of the quote.
struct collateral_worth {
  int128 equity = 0;
  int128 margin_equity = 0;
};

/// Balance that gives the unit its equity, of which other assets contribute `base`. If a profit would make the wallet
/// far negative, the unit gets more equity than was drawn.
int128 balance_for(const unit_sums& unit, int128 equity, int128 base) {
  const int128 balance = equity - (unit.value - unit.cost) - base;
  if (equity < 0 || base != 0) { return balance; }
  return std::max(balance, equity / 8);
}

class treasurer {
 public:
  treasurer(const venue_recipe& recipe, const listing& listed, dealt_positions& dealt)
      : recipe_(recipe), listed_(listed), dealt_(dealt) {
    rates_.resize(listed.marks.size());
    for (const listed_contract& contract : listed.contracts) { rates_[contract.id] = contract.rate; }
  }

  result<balance_rows> run(drawn_figures& figures) {
    const auto accounts = static_cast<std::uint32_t>(recipe_.accounts);
    const std::uint32_t chunks = (accounts + accounts_per_chunk - 1) / accounts_per_chunk;
    std::vector<chunk_rows> parts(chunks);
    oneapi::tbb::parallel_for(std::uint32_t{0}, chunks, [&](std::uint32_t chunk) {
      const std::uint32_t end = std::min(accounts, (chunk + 1) * accounts_per_chunk);
      for (std::uint32_t a = chunk * accounts_per_chunk; a < end; ++a) { serve(a, parts[chunk]); }
    });
    return join(parts, figures);
  }

 private:
  static result<balance_rows> join(std::vector<chunk_rows>& parts, drawn_figures& figures) {
    balance_rows all;
    std::size_t rows = 0;
    for (const chunk_rows& part : parts) { rows += part.balances.amount.size(); }
    all.account.reserve(rows);
    all.asset.reserve(rows);
    all.amount.reserve(rows);
    for (chunk_rows& part : parts) {
      if (part.over_limit) {
        return error{error_code::not_supported, "a unit of this venue would exceed 2^62 steps; use fewer positions"};
      }
      all.account.insert(all.account.end(), part.balances.account.begin(), part.balances.account.end());
      all.asset.insert(all.asset.end(), part.balances.asset.begin(), part.balances.asset.end());
      all.amount.insert(all.amount.end(), part.balances.amount.begin(), part.balances.amount.end());
      part.balances = {};
      figures.bankrupt += part.figures.bankrupt;
      figures.liquidatable += part.figures.liquidatable;
      figures.margin_call += part.figures.margin_call;
      figures.isolated += part.figures.isolated;
      figures.inverse += part.figures.inverse;
      figures.beyond_first_tier += part.figures.beyond_first_tier;
    }
    return all;
  }

  /// Adds a position to the sums of its unit.
  void add_position(std::uint64_t row, unit_sums& unit, drawn_figures& figures) const {
    const instrument& contract = listed_.reference.instruments[dealt_.rows.instrument[row]];
    const money_steps value = value_of({dealt_.rows.lots[row]}, rates_[dealt_.rows.instrument[row]]);
    const std::uint64_t notional = magnitude(value.raw);
    const tier_view tiers = tiers_in(listed_.reference.bands, contract);
    const requirement required = requirement_of(notional, magnitude(dealt_.rows.lots[row]), tiers);
    unit.value += value.raw;
    unit.cost += dealt_.rows.cost[row];
    unit.notional += notional;
    unit.maintenance_ppm += required.maintenance_ppm;
    unit.initial_ppm += required.initial_ppm;
    unit.losing = unit.losing || dealt_.losing[row] != 0;
    figures.beyond_first_tier += notional >= tiers.bands[1].floor ? 1 : 0;
    figures.inverse += contract.kind == instrument_kind::inverse ? 1 : 0;
  }

  void serve(std::uint32_t account, chunk_rows& out) const {
    random_stream random(recipe_.seed, salt_balance, account);
    const bool maker = account == dealt_.customers;
    std::vector<unit_sums> cross;  // The unit of the quote first, then by asset.
    cross.push_back({.asset = 0});
    for (std::uint64_t row = dealt_.first[account]; row < dealt_.first[account + 1]; ++row) {
      if (dealt_.rows.isolated[row] != 0) {
        unit_sums alone;
        add_position(row, alone, out.figures);
        const int128 margin = balance_for(alone, draw_equity(recipe_, alone, random), 0);
        dealt_.rows.isolated_margin[row] = admit(margin, out);
        count_state(alone, margin, {}, out.figures);
        ++out.figures.isolated;
        continue;
      }
      const std::uint32_t settle = listed_.reference.instruments[dealt_.rows.instrument[row]].settle;
      auto unit = std::find_if(cross.begin(), cross.end(), [&](const unit_sums& one) { return one.asset == settle; });
      if (unit == cross.end()) { unit = cross.insert(cross.end(), {.asset = settle}); }
      add_position(row, *unit, out.figures);
    }
    std::sort(cross.begin() + 1, cross.end(), [](const unit_sums& a, const unit_sums& b) { return a.asset < b.asset; });
    for (const unit_sums& unit : cross) {
      const collateral_worth base =
          unit.asset == 0 && !maker ? draw_collateral(account, random, out) : collateral_worth{};
      int128 balance = 0;
      if (maker) {
        balance = maker_balance(unit);
      } else if (unit.notional == 0) {
        balance = static_cast<int128>(scale_octaves(deposit_typical, random.bell() * 5 / 2));
      } else {
        const int128 equity = draw_equity(recipe_, unit, random);
        balance = balance_for(unit, equity, equity < 0 ? base.equity : base.margin_equity);
      }
      count_state(unit, balance, base, out.figures);
      append(account, unit.asset, admit(balance, out), out);
    }
  }

  /// The market maker is healthy by a wide margin.
  static int128 maker_balance(const unit_sums& unit) {
    const auto maintenance = static_cast<int128>(ceil_ppm(unit.maintenance_ppm));
    const int128 equity = std::max<int128>(static_cast<int128>(unit.notional / 8), 4 * maintenance) + 1;
    return std::max<int128>(equity - (unit.value - unit.cost), equity / 8);
  }

  /// In `multi`, two of five accounts hold one or two other coins, some of them borrowed.
  collateral_worth draw_collateral(std::uint32_t account, random_stream& random, chunk_rows& out) const {
    collateral_worth base;
    if (listed_.coins.empty() || !random.chance(400'000)) { return base; }
    const std::uint64_t first = random.below(listed_.coins.size());
    const std::uint64_t last =
        random.chance(300'000) ? std::min<std::uint64_t>(first + 1, listed_.coins.size() - 1) : first;
    for (std::uint64_t at = first; at <= last; ++at) {
      const collateral_coin& coin = listed_.coins[at];
      const uint128 worth = scale_octaves(deposit_typical, random.bell() * 2);
      auto amount = static_cast<std::int64_t>(worth * coin.price_den / coin.price_num) + 1;
      const asset& kind = listed_.reference.assets[coin.asset];
      const bool borrowed = random.chance(100'000);
      if (borrowed) { amount = -amount; }
      const std::uint32_t weight = borrowed ? kind.liability_weight_ppm : kind.asset_weight_ppm;
      const int128 priced = static_cast<int128>(amount) * static_cast<int128>(coin.price_num);
      base.equity += floor_divide(priced, static_cast<int128>(coin.price_den));
      base.margin_equity += floor_divide(priced * weight, static_cast<int128>(coin.price_den) * limits::ppm);
      append(account, coin.asset, amount, out);
    }
    return base;
  }

  /// Counts the state of the unit that a scan at these marks will find.
  static void count_state(const unit_sums& unit, int128 balance, collateral_worth base, drawn_figures& figures) {
    const int128 own = balance + unit.value - unit.cost;
    if (!money_admitted(own + base.equity) || !money_admitted(own + base.margin_equity)) { return; }  // Refused later.
    const std::uint32_t call_ppm = venue_config{}.margin_call_ppm;
    switch (classify(static_cast<std::int64_t>(own + base.equity), static_cast<std::int64_t>(own + base.margin_equity),
                     unit.maintenance_ppm, call_ppm)) {
      case unit_state::bankrupt: ++figures.bankrupt; break;
      case unit_state::liquidatable: ++figures.liquidatable; break;
      case unit_state::margin_call: ++figures.margin_call; break;
      case unit_state::healthy: break;
    }
  }

  static std::int64_t admit(int128 balance, chunk_rows& out) {
    if (!money_admitted(balance * 2)) {
      out.over_limit = true;
      return 0;
    }
    return static_cast<std::int64_t>(balance);
  }

  static void append(std::uint32_t account, std::uint32_t asset_id, std::int64_t amount, chunk_rows& out) {
    out.balances.account.push_back(account);
    out.balances.asset.push_back(static_cast<std::uint16_t>(asset_id));
    out.balances.amount.push_back(amount);
  }

  const venue_recipe& recipe_;
  const listing& listed_;
  dealt_positions& dealt_;
  std::vector<value_rate> rates_;  ///< By instrument id, before any shock.
};

}  // namespace

result<balance_rows> draw_balances(const venue_recipe& recipe, const listing& listed, dealt_positions& dealt,
                                   drawn_figures& figures) {
  return treasurer(recipe, listed, dealt).run(figures);
}

}  // namespace plimsoll
