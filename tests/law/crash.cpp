#include "tests/law/crash.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "host/book/find.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {

namespace {

template <class T>
T one_of(random_stream& draw, std::initializer_list<T> all) {
  return *(all.begin() + draw.below(all.size()));
}

bool half(random_stream& draw) { return draw.chance(500'000); }

}  // namespace

book crash_book(std::uint64_t seed) {
  random_stream draw(seed, 1);
  synthetic::spec wanted;
  wanted.seed = draw.next();
  wanted.accounts = static_cast<std::uint32_t>(draw.between(2, 24));
  wanted.instruments = static_cast<std::uint32_t>(draw.between(1, 4));
  wanted.positions_per_account = static_cast<double>(draw.between(1, 4));
  wanted.collateral = one_of(draw, {collateral_mode::single, collateral_mode::multi});
  wanted.score = one_of(draw, {score_kind::pnl_leverage, score_kind::binance, score_kind::hyperliquid,
                               score_kind::return_on_cost, score_kind::size});
  wanted.inverse_share = 0.3;
  wanted.divided_share = 0.2;
  wanted.isolated_share = 0.3;
  wanted.held_share = 0.05;
  wanted.bankrupt_share = 0.1;
  wanted.giant_share = 0;
  wanted.bands_max = 4;
  wanted.market_maker = half(draw);
  synthetic::rows rows = synthetic::make_rows(wanted);

  // One more account takes the other side of all positions, so that open interest is zero-sum.
  const std::uint32_t balancer = rows.accounts.size();
  rows.accounts.append("balancer");
  for (std::uint16_t i = 0; i < rows.reference.instruments.size(); ++i) {
    std::int64_t lots = 0;
    std::int64_t cost = 0;
    for (std::size_t p = 0; p < rows.positions.lots.size(); ++p) {
      if (rows.positions.instrument[p] != i) { continue; }
      lots -= rows.positions.lots[p];
      cost -= rows.positions.cost[p];
    }
    if (lots == 0) { continue; }
    rows.positions.account.push_back(balancer);
    rows.positions.instrument.push_back(i);
    rows.positions.lots.push_back(lots);
    rows.positions.cost.push_back(cost);
    rows.positions.isolated.push_back(0);
    rows.positions.isolated_margin.push_back(0);
  }
  for (std::uint16_t asset = 0; asset < rows.reference.assets.size(); ++asset) {
    rows.balances.account.push_back(balancer);
    rows.balances.asset.push_back(asset);
    rows.balances.amount.push_back(draw.between(0, 1'000'000'000'000));
  }
  assemble_outcome outcome = assemble_book(std::move(rows.reference), std::move(rows.accounts),
                                           std::move(rows.balances), std::move(rows.positions), std::move(rows.marks));
  EXPECT_TRUE(outcome.faults.empty()) << "seed " << seed;
  return std::move(outcome.built);
}

rulebook crash_rules(const book& source, std::uint64_t seed) {
  random_stream draw(seed, 2);
  rulebook rules;
  rules.liquidation.mode = one_of(draw, {liquidation_mode::whole, liquidation_mode::fraction,
                                         liquidation_mode::tier_down, liquidation_mode::target_health});
  rules.liquidation.order =
      one_of(draw, {position_order::instrument, position_order::maintenance, position_order::loss});
  rules.liquidation.cooldown_ns = draw.between(1, 2) * second_ns;
  if (half(draw)) { rules.liquidation.whole_below = decimal{draw.between(0, 2'000), 0}; }
  rules.liquidation.fee_ppm = one_of(draw, {0U, 500U, 15'000U});
  rules.liquidation.surplus_to_account = rules.liquidation.mode == liquidation_mode::target_health || half(draw);
  rules.liquidation.fee_to_fund = half(draw);
  rules.market.shape =
      one_of(draw, {market_rules::impact::none, market_rules::impact::linear, market_rules::impact::square_root});
  rules.market.depth[""] = decimal{draw.between(0, 100'000), 0};
  rules.market.half_life_ns = draw.between(0, 3) * second_ns;
  if (draw.chance(200'000)) { rules.market.permanent_ppm = 300'000; }
  rules.backstop.enabled = half(draw);
  if (half(draw)) { rules.backstop.capacity = decimal{draw.between(0, 20'000), 0}; }
  if (half(draw)) { rules.backstop.below_health_ppm = one_of(draw, {300'000U, 666'666U, 1'000'000U}); }
  rules.backstop.takes_bankrupt = half(draw);
  rules.fund.scope = one_of(draw, {fund_scope::asset, fund_scope::instrument});
  const std::int64_t most = one_of<std::int64_t>(draw, {0, 100, 50'000});
  for (const instrument& it : source.reference.instruments) {
    rules.fund.balance[it.name] = {draw.between(0, most), 0};
  }
  for (const asset& it : source.reference.assets) { rules.fund.balance[it.name] = {draw.between(0, most), 0}; }
  rules.fund.floor = {one_of<std::int64_t>(draw, {0, 100}), 0};
  if (half(draw)) { rules.fund.tick_limit = decimal{draw.between(0, 1'000), 0}; }
  if (half(draw)) { rules.fund.account_limit = decimal{draw.between(0, 100), 0}; }
  if (half(draw)) { rules.fund.drawdown_stop_ppm = 300'000; }
  rules.adl.enabled = draw.chance(900'000);
  rules.adl.policy = {
      one_of(draw, {adl_policy_kind::queue, adl_policy_kind::pro_rata_size, adl_policy_kind::pro_rata_pnl,
                    adl_policy_kind::pro_rata_notional, adl_policy_kind::pro_rata_equity, adl_policy_kind::capped,
                    adl_policy_kind::risk_aware, adl_policy_kind::min_max}),
      500'000};
  rules.adl.price = one_of(draw, {adl_price::bankruptcy, adl_price::mark});
  rules.socialise.enabled = draw.chance(800'000);
  rules.socialise.by = one_of(draw, {socialise_by::profit, socialise_by::open_interest, socialise_by::equity});
  return rules;
}

tick_marks crash_path::next_marks(const book& now) {
  tick_marks out;
  out.tick = ++tick_;
  // All move together, each by its own share as well.
  const std::int64_t market = draw_.between(-250, 150);
  for (std::uint32_t i = 0; i < now.marks.size(); ++i) {
    if (now.marks[i].ticks < 1 || draw_.chance(100'000)) { continue; }
    mark moved = now.marks[i];
    moved.ticks = std::max<std::int64_t>(1, moved.ticks + moved.ticks * (market + draw_.between(-50, 50)) / 1'000);
    out.changed.emplace_back(i, moved);
  }
  return out;
}

std::vector<update> crash_path::next_updates(const book& now) {
  std::vector<update> out;
  const auto any_unit = [&] { return static_cast<std::uint32_t>(draw_.below(now.units.size())); };
  const auto name_of = [&](std::uint32_t unit) { return std::string(now.accounts[now.units.account[unit]]); };
  for (std::uint64_t left = draw_.below(4); left > 0; --left) {
    update one;
    one.tick = tick_;
    one.kind = one_of(draw_, {update_kind::deposit, update_kind::withdraw, update_kind::transfer, update_kind::fee,
                              update_kind::funding, update_kind::fill, update_kind::margin});
    const std::uint32_t unit = any_unit();
    one.account = name_of(unit);
    one.asset = now.asset_of(unit);
    one.amount = {draw_.between(1, 100'000'000'000)};
    one.instrument = static_cast<std::uint32_t>(draw_.below(now.reference.instruments.size()));
    const std::uint32_t cross = find_unit(now, now.units.account[unit], unit_code::cross(one.asset));
    const instrument& it = now.reference.instruments[one.instrument];
    if (one.kind == update_kind::margin) {
      if (!now.units.code[unit].is_isolated()) { continue; }
      one.instrument = now.units.code[unit].instrument();
      one.lots = {now.units.code[unit].side() == position_side::long_side ? 1 : -1};
    } else if (one.kind == update_kind::funding || one.kind == update_kind::fill) {
      if (it.kind == instrument_kind::spot || now.marks[one.instrument].ticks < 1) { continue; }
    }
    if (one.kind == update_kind::deposit && half(draw_)) { one.account = "new" + std::to_string(draw_.below(3)); }
    if (one.kind == update_kind::transfer) {
      one.to = name_of(any_unit());
      if (one.to == one.account) { continue; }
    }
    if (one.kind == update_kind::funding) { one.rate = {draw_.between(-1'000, 1'000), 6}; }
    if (one.kind == update_kind::fill) {
      one.lots = {draw_.between(1, 100'000) * (half(draw_) ? 1 : -1)};
      one.fee = {draw_.between(0, 1'000'000)};
      one.price = {static_cast<int128>(now.marks[one.instrument].ticks) * it.price_step.mantissa, it.price_step.scale};
      if (half(draw_)) { one.to = name_of(any_unit()); }
      if (one.to == one.account) { continue; }
      // In hedge mode a fill adds to the side that it names; the other leg of one is the market's.
      const auto holds_both = [&](const std::string& account) {
        const std::uint32_t id = now.accounts.find(account);
        const both_sides held = id == no_id ? both_sides{} : find_positions(now, id, one.instrument);
        return held.of[0] != no_id && held.of[1] != no_id;
      };
      if (holds_both(one.account)) { one.side = side_of(one.lots); }
      if (holds_both(one.to)) { one.to.clear(); }
    }
    const bool takes = one.kind == update_kind::withdraw || one.kind == update_kind::transfer ||
                       one.kind == update_kind::fee || one.kind == update_kind::margin;
    if (takes) {
      // A small amount, so that earlier updates of the tick leave enough.
      const std::int64_t most = cross == no_id ? 0 : now.units.balance[cross] / 8;
      if (most < 1) { continue; }
      one.amount = {draw_.between(1, most)};
    }
    out.push_back(std::move(one));
  }
  // Trades and funding come last, because they may reduce balances.
  std::stable_partition(out.begin(), out.end(), [](const update& one) {
    return one.kind != update_kind::fill && one.kind != update_kind::funding;
  });
  return out;
}

}  // namespace plimsoll
