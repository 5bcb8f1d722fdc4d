// Worked cases of venues, computed by Plimsoll's own rules and executor.
#pragma once

#include <nlohmann/json.hpp>

namespace plimsoll::cases {

using json = nlohmann::json;

/// Our figures for a case's inputs, under the names that its expectation has.
using runner = json (*)(const json& inputs);

json dydx_bankruptcy_value(const json& in);  ///< Allotment by MM, bankruptcy value, its part by lots.
json dydx_fund_delta(const json& in);    ///< Executor with rulebook dydx, on a market that fills at the case's price.
json dydx_deleveraging(const json& in);  ///< Executor with rulebook dydx, no market.
json dydx_is_liquidatable(const json& in);  ///< `classify`.
json dydx_initial_margin(const json& in);   ///< Tiers; without open-interest scaling.
json drift_partial_size(const json& in);    ///< Executor with rulebook drift, a unit with the case's shortage.
json drift_margin_ratio(const json& in);    ///< Tiers.
json kucoin_return(const json& in);         ///< Score `return`.
json bitmex_fills(const json& in);          ///< Executor with rulebook bitmex and given scores.
json bitmex_queue(const json& in);          ///< Ladder and lights.
json bybit_inverse_margin(const json& in);  ///< Inverse value and tiers.
json binance_leverage_pnl(const json& in);  ///< Score `binance`.
json tier_amounts(const json& in);          ///< Amounts by continuity (Binance).
json tier_margin(const json& in);           ///< MM of a tier table by largest leverage (Hyperliquid).

}  // namespace plimsoll::cases
