#include "tests/venue/case_runs.hpp"

#include <string>

#include <gtest/gtest.h>

#include "host/execute/closing.hpp"
#include "kernels/rules/bankruptcy.hpp"
#include "kernels/rules/ladder.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/score.hpp"
#include "tests/venue/small_book.hpp"

namespace plimsoll::cases {

namespace {

/// A number of the file as an exact count of 10^-digits.
std::int64_t units(const json& number, int digits) {
  decimal value;
  EXPECT_EQ(parse_decimal(number.dump(), value), decimal_fault::none) << number;
  const auto count = to_units(value, digits);
  EXPECT_TRUE(count.has_value()) << number;
  return static_cast<std::int64_t>(count.value_or(0));
}

/// A count of 10^-digits as a number of the file.
json number(int128 count, int digits) { return json::parse(format_units(count, digits)); }

// ------------------------------------------------------------------------------------------------- dYdX

constexpr int quantum_digits = 6;  // Of USDC.
constexpr int subtick_digits = 6;  // Marks fine enough for the smallest price among the cases.

std::string dydx_lines(const std::string& more = "") { return "rulebook = \"dydx\"\n" + more; }

/// The case's account "a" in a separate book. Positions have no cost: the quote balance holds it, as the venue does.
small_book dydx_book(const json& in, const std::string& venue_lines) {
  small_book out(quantum_digits, venue_lines);
  for (const json& it : in["markets"]) {
    const std::int64_t imf = it["imf_ppm"];
    const std::int64_t fraction = it["maint_fraction_ppm"];
    const auto maintenance = static_cast<std::uint32_t>(imf * fraction / limits::ppm);
    out.contract(it["perp"], -it["atomic_resolution"].get<int>(), subtick_digits,
                 units(it["oracle_price_usd"], subtick_digits), {{0, maintenance, static_cast<std::uint32_t>(imf)}});
  }
  out.balance("a", in["usdc_quote_quantums"]);
  for (const json& it : in["positions"]) { out.position("a", it["perp"], it["base_quantums"], 0); }
  return out;
}

}  // namespace

json dydx_bankruptcy_value(const json& in) {
  const book source = dydx_book(in, dydx_lines()).build();
  const scan_result scan = scan_for(source);
  const std::uint32_t unit = unit_of(source, "a");
  const std::uint32_t position = position_of(source, "a", in["close_perp"].get<std::string>());
  const std::int64_t allotted = allot_equity(
      source, scan.prices, unit, scan.margin.units.equity[unit])[position - source.units.first_position[unit]];
  const position_figures figures = figures_of(source, scan.prices, position);
  const contract_rate& rate = source.reference.instruments[source.positions.instrument[position]].rate;
  const bankruptcy closing = bankruptcy_of({source.positions.lots[position]}, {figures.value}, allotted, rate);
  const closing_position part(source, {position, allotted, closing, {}});
  return {{"delta_quote_quantums", part.peek(magnitude(in["delta_base_quantums"].get<std::int64_t>()))}};
}

json dydx_fund_delta(const json& in) {
  const std::string fee = format_units(in["max_liquidation_fee_ppm"].get<std::int64_t>(), 6);
  book source = dydx_book(in, dydx_lines("[liquidation]\nliquidation_fee = " + fee + "\n")).build();
  // A subtick is 10^exponent quote quantums per base quantum, which is one of our ticks at 10^-8 and lots of 10^-8.
  EXPECT_EQ(in["quantum_conversion_exponent"], -8);
  const executed done = execute_tick(source, make_fixed_market(in["subticks"]));
  return {{"insurance_fund_delta_quote_quantums",
           static_cast<std::int64_t>(done.by->books().balance(system_account::fund, 0))}};
}

json dydx_deleveraging(const json& in) {
  constexpr int digits = 2;
  small_book made(digits, dydx_lines());
  made.contract("BTC", 0, digits, units(in["oracle_price"], digits), {{0, 100'000, 200'000}});
  for (const char* who : {"liquidated", "offsetting"}) {
    made.balance(who, units(in[who]["usdc"], digits)).position(who, "BTC", in[who]["btc"], 0);
  }
  book source = made.build();
  const executed done = execute_tick(source, make_fixed_market(0));
  json out;
  for (const std::string who : {"liquidated", "offsetting"}) {
    out[who + "_usdc_after"] = number(source.units.balance[unit_of(source, who)], digits);
    out[who + "_btc_after"] = source.positions.lots[position_of(source, who, "BTC")];
  }
  for (const ledger_plan& plan : done.outcome.plans) {
    if (plan.step == ledger_step::adl) { out["price_per_btc"] = number(plan.legs[0].price_ticks, digits); }
  }
  return out;
}

json dydx_is_liquidatable(const json& in) {
  const std::int64_t equity = in["net_collateral"];
  const std::int64_t required = in["mmr"];
  const unit_state state = classify(equity, equity, static_cast<uint128>(required * limits::ppm), 1'250'000);
  return {{"liquidatable", state >= unit_state::liquidatable}};
}

json dydx_initial_margin(const json& in) {
  EXPECT_EQ(in["oi_upper_cap"], 0) << "Plimsoll knows no scaling by open interest";
  const auto tiers = bands_of({{0, 0, in["imf_ppm"]}});
  const requirement required = requirement_of(in["notional_quote_quantums"], 0, {tiers.data(), 1});
  return {{"initial_margin_quote_quantums", static_cast<std::int64_t>(ceil_ppm(required.initial_ppm))}};
}

// ------------------------------------------------------------------------------------------------ Drift

json drift_partial_size(const json& in) {
  constexpr int digits = 9;  // Of money and of base: a lot is worth whole steps at a mark of whole dollars.
  constexpr std::int64_t base = 1'000'000'000;
  const std::int64_t fee_ppm = in["liquidator_fee"].get<std::int64_t>() + in["if_liquidation_fee"].get<std::int64_t>();
  const std::int64_t mark =
      in["oracle_price"].get<std::int64_t>() / 1'000'000 * in["quote_oracle_price"].get<std::int64_t>() / 1'000'000;
  const auto ratio_ppm = in["margin_ratio"].get<std::uint32_t>() * 100;
  // The shortage is measured to the level at which the liquidation ends: here to the requirement itself.
  small_book made(digits, "rulebook = \"drift\"\n[liquidation]\ntarget_health = 1\nliquidation_fee = " +
                              format_units(fee_ppm, 6) + "\n");
  made.contract("PERP", digits, 0, mark, {{0, ratio_ppm, ratio_ppm}});
  const std::int64_t held = 10 * base;
  const std::int64_t required = held / limits::ppm * mark * ratio_ppm;
  made.balance("a", required - in["margin_shortage"].get<std::int64_t>() * 1'000)
      .position("a", "PERP", held, held * mark);
  book source = made.build();
  const executed done = execute_tick(source, make_fixed_market(mark));
  EXPECT_EQ(done.outcome.units_liquidated, 1U);
  return {{"base_asset_amount", held - source.positions.lots[position_of(source, "a", "PERP")]}};
}

json drift_margin_ratio(const json& in) {
  EXPECT_EQ(in["imf_factor"], 0) << "Plimsoll knows no size premium";
  const auto tiers =
      bands_of({{0, in["maintenance"].get<std::uint32_t>() * 100, in["initial"].get<std::uint32_t>() * 100}});
  constexpr std::uint64_t notional = 10'000;
  const requirement required = requirement_of(notional, 0, {tiers.data(), 1});
  const uint128 figure = in["type"] == "Initial" ? required.initial_ppm : required.maintenance_ppm;
  return {{"margin_ratio", static_cast<std::int64_t>(ceil_ppm(figure))}};  // Of a notional of 10^4: the ratio in 10^-4.
}

// ----------------------------------------------------------------------------------- scores and ladders

json kucoin_return(const json& in) {
  constexpr int digits = 12;
  const bool inverse = in["inverse"];
  // Contracts of |multiplier|; an inverse multiplier of -1 is a dollar a contract, held long.
  const auto kind = inverse ? instrument_kind::inverse : instrument_kind::linear;
  const std::int64_t lots = units(in["qty"], 0) * (inverse ? 10 : units(in["multiplier"], 1));
  small_book made(digits);
  made.contract("X", 1, 0, in["mark"], {{0, 1'000, 1'000}}, kind).position("a", "X", lots, 0);
  const book source = made.build();
  const contract_rate& rate = source.reference.instruments[0].rate;
  const std::int64_t value = value_of({lots}, value_rate_at(rate, {in["mark"]}).rate).raw;
  const std::int64_t cost = value_of({lots}, value_rate_at(rate, {in["entry"]}).rate).raw;
  score_input score;
  score.pnl = value - cost;
  score.cost = magnitude(cost);
  return {{"return_rate", score_of(score_kind::return_on_cost, score)}};
}

namespace {

/// The case's longs with their scores, facing one short whose bankruptcy price is the case's.
small_book bitmex_book(const json& in, std::int64_t short_size, std::int64_t price) {
  small_book made(0, "rulebook = \"bitmex\"\n[adl]\nscore = \"given\"\n");
  const std::int64_t mark = price + 50;
  made.contract("XBT", 0, 0, mark, {{0, 10'000, 10'000}});
  for (const json& it : in["longs"]) {
    const std::string account = std::to_string(it["account"].get<int>());
    made.balance(account, 1'000'000)
        .position(account, "XBT", it["qty"], it["qty"].get<std::int64_t>() * price, it["score"]);
  }
  if (short_size > 0) { made.balance("short", 0).position("short", "XBT", -short_size, -short_size * price); }
  return made;
}

}  // namespace

json bitmex_fills(const json& in) {
  book source = bitmex_book(in, in["liquidated_short_size"], in["bankruptcy_price"]).build();
  const executed done = execute_tick(source, make_fixed_market(0));
  json out = {{"fills", json::array()}};
  for (const ledger_plan& plan : done.outcome.plans) {
    if (plan.step != ledger_step::adl) { continue; }
    const ledger_leg& winner = plan.legs[1];
    const std::string account(source.accounts[source.units.account[winner.unit]]);
    out["fills"].push_back({{"account", std::stoi(account)},
                            {"qty", -winner.lots},
                            {"remaining", source.positions.lots[winner.position]}});
    out["price"] = winner.price_ticks;
  }
  return out;
}

json bitmex_queue(const json& in) {
  // A short of all the longs' size, so that the whole ladder is in the scan.
  std::int64_t size = 0;
  for (const json& it : in["longs"]) { size += it["qty"].get<std::int64_t>(); }
  const book source = bitmex_book(in, size, 650).build();
  const scan_result scan = scan_for(source);
  json out = {{"order", json::array()}, {"percentile", json::array()}};
  std::uint64_t ahead = 0;
  for (const auto& entry : scan.ladder.entries) {
    const std::uint32_t unit = source.positions.unit[entry.position];
    out["order"].push_back(std::stoi(std::string(source.accounts[source.units.account[unit]])));
    out["percentile"].push_back(20 * (6 - lights_of(ahead, static_cast<std::uint64_t>(size))));
    ahead += magnitude(source.positions.lots[entry.position]);
  }
  return out;
}

json binance_leverage_pnl(const json& in) {
  constexpr int digits = 8;
  score_input score;
  score.pnl = units(in["unrealised"], digits);
  score.balance = units(in["wallet"], digits);
  score.whole_unit = static_cast<double>(power_of_ten(digits));
  score.equity = score.pnl + score.balance;
  // The case gives the margin ratio: MM = ratio x equity, whole at 8 digits.
  score.maintenance =
      static_cast<std::int64_t>(static_cast<int128>(score.equity) * units(in["margin_ratio"], 4) / 10'000);
  json out = {{"leverage_pnl", score_of(score_kind::binance, score)}};
  score.maintenance = score.equity;  // At a ratio of 1 the score is the pnl over the wallet.
  out["pnl_percent"] = score_of(score_kind::binance, score);
  return out;
}

// ------------------------------------------------------------------------------------------------ tiers

json bybit_inverse_margin(const json& in) {
  constexpr int digits = 8;
  const auto rate_ppm = static_cast<std::uint32_t>(limits::ppm / in["leverage"].get<std::int64_t>());
  const std::int64_t lots = in["contracts_usd"].get<std::int64_t>() * (in["side"] == "short" ? -1 : 1);
  small_book made(digits);
  made.contract("BTCUSD", 0, 0, in["entry"], {{0, static_cast<std::uint32_t>(units(in["mmr"], 6)), rate_ppm}},
                instrument_kind::inverse);
  made.balance("a", power_of_ten(digits)).position("a", "BTCUSD", lots, 0);
  const book source = made.build();
  const position_figures figures = figures_of(source, scan_for(source).prices, position_of(source, "a", "BTCUSD"));
  return {{"position_value", number(figures.notional, digits)},
          {"initial_margin", number(static_cast<int128>(ceil_ppm(figures.required.initial_ppm)), digits)}};
}

json tier_amounts(const json& in) {
  std::vector<small_band> table;
  std::uint64_t floor = 0;
  for (const json& it : in["brackets"]) {
    const auto rate = static_cast<std::uint32_t>(units(it["mmr"], 6));
    table.push_back({floor, rate, rate});
    floor = it["cap"];
  }
  json out = {{"maintenance_amounts", json::array()}};
  for (const tier_band& band : bands_of(table)) {
    out["maintenance_amounts"].push_back(number(static_cast<int128>(band.amount), 6));
  }
  return out;
}

json tier_margin(const json& in) {
  const auto rates = [&](int tier) {
    const auto initial = static_cast<std::uint32_t>(
        limits::ppm / in["max_leverage"][static_cast<std::size_t>(tier)].get<std::int64_t>());
    return std::pair(initial / 2, initial);  // Maintenance is half of the initial rate at the largest leverage.
  };
  const auto boundary = static_cast<std::uint64_t>(units(in["boundary"], 0));
  const auto tiers = bands_of({{0, rates(0).first, rates(0).second}, {boundary, rates(1).first, rates(1).second}});
  const requirement required =
      requirement_of(static_cast<std::uint64_t>(units(in["notional"], 0)), 0, {tiers.data(), 2});
  return {{"tier1_deduction", number(static_cast<int128>(tiers[1].amount), 6)},
          {"maintenance_margin", number(static_cast<int128>(required.maintenance_ppm), 6)}};
}

}  // namespace plimsoll::cases
