"""The structures that the ccxt package makes from raw answers of Binance, Bybit and OKX go through `import --preset
ccxt` and `scan`.

    check_ccxt.py --plimsoll BIN

No request goes to the net: each exchange's `request` answers from here, with the documented form of the venue's answers and figures of our
own. Between them and the export there is only ccxt's code (load_markets, fetch_balance, fetch_positions, ...). The equity of every unit
is worked from the raw answers in Python's fractions. Skipped if ccxt is not installed; `dev` pins it.
"""

import argparse
import importlib.util
import json
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

from import_runs import Runs, compare, profit, require, up
from venue_forms import TIME, bybit_answer, bybit_market, bybit_position, bybit_wallet, okx_answer, okx_market, okx_position

STEP = "0.00000001"


def offline(base, answers):
    """The exchange class `base` with `answers(path, params)` instead of the net. A request without an answer fails."""
    class Offline(base):
        """No request leaves."""

        def request(self, path, api="public", method="GET", params=None, headers=None, body=None, config=None):
            """The raw answer, as JSON gives it."""
            found = answers(path, params or {})
            require(found is not None, f"{base.__name__} asks for {method} {path} {params}, which has no answer here")
            return json.loads(json.dumps(found))

        def fetch(self, url, method="GET", headers=None, body=None):
            """There is no net."""
            raise SystemExit(f"ccxt goes to the net: {method} {url}")
    return Offline({"apiKey": "k", "secret": "s", "password": "p"})


def structures(exchange, symbols, tiers, tickers):
    """Files of the export that the preset documents."""
    return {"markets.json": exchange.load_markets(), "tiers.json": tiers, "tickers.json": tickers,
            **{f"balance-{account}.json": exchange.fetch_balance() for account in ("ann",)},
            "positions-ann.json": exchange.fetch_positions(symbols)}


def check_binance(runs, ccxt):
    """Hedge mode, one side isolated, profit inside `total`: the wallet must come without it."""
    def market(symbol, base):
        return {"symbol": symbol, "pair": symbol, "contractType": "PERPETUAL", "status": "TRADING", "baseAsset": base, "quoteAsset": "USDT",
                "marginAsset": "USDT", "pricePrecision": 2, "quantityPrecision": 3, "onboardDate": 1569398400000, "deliveryDate": 4133404800000,
                "filters": [{"filterType": "PRICE_FILTER", "minPrice": "0.10", "maxPrice": "1000000", "tickSize": "0.10"},
                            {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"}]}

    def position(symbol, side, amount, entry, pnl, notional, margin="0", wallet="0"):
        return {"symbol": symbol, "positionSide": side, "positionAmt": amount, "entryPrice": entry, "breakEvenPrice": entry, "markPrice": "61000.04",
                "unRealizedProfit": pnl, "liquidationPrice": "0", "isolatedMargin": margin, "notional": notional, "marginAsset": "USDT",
                "isolatedWallet": wallet, "initialMargin": "610.0", "maintMargin": "122.0", "positionInitialMargin": "610.0",
                "openOrderInitialMargin": "0", "adl": 2, "bidNotional": "0", "askNotional": "0", "updateTime": TIME}
    marks = {"BTCUSDT": "61000.04"}
    wallet = {"asset": "USDT", "walletBalance": "5100.25", "unrealizedProfit": "650.02", "marginBalance": "5750.27", "maintMargin": "150.0",
              "initialMargin": "700.0", "crossWalletBalance": "5000.25", "crossUnPnl": "500.02", "availableBalance": "4000", "maxWithdrawAmount": "4000",
              "updateTime": TIME}

    def answers(path, params):
        return {"exchangeInfo": {"timezone": "UTC", "symbols": [market("BTCUSDT", "BTC"), market("ETHUSDT", "ETH")]},
                "account": {"assets": [wallet], "positions": []}, "premiumIndex": [{"symbol": "BTCUSDT", "markPrice": marks["BTCUSDT"], "time": TIME}],
                "positionRisk": [position("BTCUSDT", "LONG", "0.500", "60000.0", "500.02", "30500.02"),
                                 position("BTCUSDT", "SHORT", "-0.100", "62500.4", "150.036", "-6100.004", "250.036", "100")],
                "leverageBracket": [{"symbol": "BTCUSDT", "brackets": [
                    {"bracket": 1, "initialLeverage": 125, "notionalCap": 10000, "notionalFloor": 0, "maintMarginRatio": 0.004, "cum": 0.0},
                    {"bracket": 2, "initialLeverage": 100, "notionalCap": 80000, "notionalFloor": 10000, "maintMarginRatio": 0.005, "cum": 10.0}]}],
                }.get(path)
    exchange = offline(ccxt.binanceusdm, answers)
    exchange.options["fetchCurrencies"] = False
    exchange.has["fetchCurrencies"] = False
    exchange.load_markets()
    export = runs.export("ccxt-binance", structures(exchange, None, exchange.fetch_leverage_tiers(), exchange.fetch_mark_prices()))
    book, reported = runs.imported(export, "--preset", "ccxt", "--quote", "USDT")
    require("`total`" not in reported and "mark price" not in reported, f"ccxt, binance: a warning that is none: {reported}")
    units = runs.units(book)
    compare({unit: Fraction(row["equity"]) for unit, row in units.items()}, {
        ("ann", "cross:USDT"): Fraction("5000.25") + profit("0.5", "60000", marks["BTCUSDT"], STEP),
        ("ann", "isolated:BTC/USDT:USDT:short"): 100 + profit("-0.1", "62500.4", marks["BTCUSDT"], STEP)}, "ccxt, binance")
    wanted = up(Fraction("0.5") * Fraction(marks["BTCUSDT"]) * Fraction("0.005") - 10, STEP)
    require(Fraction(units[("ann", "cross:USDT")]["maintenance"]) == wanted, f"ccxt, binance: maintenance {units} {wanted}")


def check_bybit(runs, ccxt):
    """Three settlement coins; an isolated inverse position, whose margin is part of the wallet."""
    marks = {"BTCUSDT": "61000.05", "BTCUSD": "60990.25"}
    tier = {"id": 1, "symbol": "BTCUSDT", "riskLimitValue": "20000", "maintenanceMargin": "0.005", "initialMargin": "0.01", "isLowestRisk": 1,
            "maxLeverage": "100.00", "mmDeduction": ""}
    tiers = {"linear": [tier, dict(tier, id=2, riskLimitValue="2600000", maintenanceMargin="0.0056", maxLeverage="90.00", mmDeduction="12")],
             "inverse": [dict(tier, symbol="BTCUSD", riskLimitValue="150")]}
    markets = {"linear": [bybit_market("BTCUSDT", "LinearPerpetual", "BTC", "USDT", "USDT", "0.10", "0.001")],
               "inverse": [bybit_market("BTCUSD", "InversePerpetual", "BTC", "USD", "BTC", "0.50", "1")]}
    positions = {"linear": [bybit_position("BTCUSDT", "Buy", "0.500", "60000.1", 1), bybit_position("BTCUSDT", "Sell", "0.200", "62000.5", 2)],
                 "inverse": [bybit_position("BTCUSD", "Sell", "1000", "60000", mode=1, balance="0.0021")]}
    tickers = {"linear": "BTCUSDT", "inverse": "BTCUSD"}

    def answers(path, params):
        category = params.get("category")
        return {"v5/market/instruments-info": bybit_answer(category, markets.get(category, [])),
                "v5/market/risk-limit": bybit_answer(category, tiers.get(category, [])),
                "v5/market/tickers": bybit_answer(category, [{"symbol": tickers[category], "markPrice": marks[tickers[category]], "lastPrice": "1",
                                                              "openInterestValue": "5"}] if category in tickers else []),
                "v5/user/query-api": {"retCode": 0, "result": {"unified": 1, "uta": 1}},
                "v5/account/info": {"retCode": 0, "result": {"marginMode": "REGULAR_MARGIN", "unifiedMarginStatus": 6}},
                "v5/account/wallet-balance": bybit_wallet("UNIFIED", USDT="5000.25", BTC="0.75"),
                "v5/position/list": bybit_answer(category, positions.get(category, []))}.get(path)
    exchange = offline(ccxt.bybit, answers)
    exchange.has["fetchCurrencies"] = False
    exchange.load_markets()
    held = ["BTC/USDT:USDT", "BTC/USD:BTC"]
    files = structures(exchange, None, {**exchange.fetch_leverage_tiers(held[:1], {"subType": "linear", "category": "linear", "paginate": False}),
                                        **{held[1]: exchange.fetch_market_leverage_tiers(held[1])}},
                       {**exchange.fetch_tickers(held[:1]), **exchange.fetch_tickers(held[1:])})
    files["positions-ann.json"] += exchange.fetch_positions(None, {"category": "inverse"})
    export = runs.export("ccxt-bybit", files)
    book, reported = runs.imported(export, "--preset", "ccxt", "--quote", "USDT")
    require("without a margin mode count as cross (2 of 3 rows)" in reported, f"ccxt, bybit: {reported}")
    units = runs.units(book)
    compare({unit: Fraction(row["equity"]) for unit, row in units.items()}, {
        ("ann", "cross:USDT"): Fraction("5000.25") + profit("0.5", "60000.1", marks["BTCUSDT"], STEP) + profit("-0.2", "62000.5", marks["BTCUSDT"], STEP),
        ("ann", "cross:BTC"): Fraction("0.75") - Fraction("0.0021"),
        ("ann", "isolated:BTC/USD:BTC:short"): Fraction("0.0021") + profit("-1000", "60000", marks["BTCUSD"], STEP, inverse=True)}, "ccxt, bybit")
    large, small = Fraction("0.5") * Fraction(marks["BTCUSDT"]), Fraction("0.2") * Fraction(marks["BTCUSDT"])
    wanted = up(large * Fraction("0.0056") - 12, STEP) + up(small * Fraction("0.005"), STEP)
    require(Fraction(units[("ann", "cross:USDT")]["maintenance"]) == wanted, f"ccxt, bybit: maintenance {units} {wanted}")


def check_okx(runs, ccxt):
    """Contracts of 0.01 BTC and of 100 dollars, an isolated short; `total` holds profit; tiers are of the whole position, in contracts."""
    marks = {"BTC-USDT-SWAP": "61000.05", "BTC-USD-SWAP": "60990.2"}
    markets = {"SWAP": [okx_market("BTC-USDT-SWAP", "SWAP", "linear", "0.01", "BTC", "USDT", "0.1", "0.01", "BTC-USDT"),
                        okx_market("BTC-USD-SWAP", "SWAP", "inverse", "100", "USD", "BTC", "0.1", "1", "BTC-USD")]}
    rows = {"BTC-USDT": [("0", "50", "0.004", "0.01", "100"), ("50.01", "1000", "0.0065", "0.0133", "75")], "BTC-USD": [("0", "999", "0.004", "0.01", "100")]}
    positions = [okx_position("BTC-USDT-SWAP", "SWAP", "cross", "long", "50.01", "60500.5", upl="249.59"),
                 okx_position("BTC-USDT-SWAP", "SWAP", "isolated", "short", "7", "61500.1", margin="431.25", upl="35.0035"),
                 okx_position("BTC-USD-SWAP", "SWAP", "cross", "net", "-20", "50000", upl="-0.0072")]

    def answers(path, params):
        family = params.get("instFamily")
        return {"public/instruments": okx_answer(markets.get(params.get("instType"), [])),
                "public/position-tiers": okx_answer([{"instFamily": family, "uly": family, "instId": "", "tier": str(i + 1), "minSz": low, "maxSz": high,
                                                      "mmr": mmr, "imr": imr, "maxLever": lever} for i, (low, high, mmr, imr, lever) in
                                                     enumerate(rows.get(family, []))]),
                "public/mark-price": okx_answer([{"instType": "SWAP", "instId": name, "markPx": mark, "ts": str(TIME)} for name, mark in marks.items()]),
                "account/balance": okx_answer([{"totalEq": "1", "isoEq": "0", "uTime": str(TIME), "details": [
                    {"ccy": "USDT", "cashBal": "10000.125", "eq": "10715.9685", "upl": "249.59", "isoEq": "466.2535", "availBal": "", "availEq": "9000", "frozenBal": "1"},
                    {"ccy": "BTC", "cashBal": "0.4", "eq": "0.3928", "upl": "-0.0072", "isoEq": "0", "availBal": "", "availEq": "0.3", "frozenBal": "0"}]}]),
                "account/positions": okx_answer(positions)}.get(path)
    exchange = offline(ccxt.okx, answers)
    exchange.has["fetchCurrencies"] = False
    exchange.load_markets()
    held = ["BTC/USDT:USDT", "BTC/USD:BTC"]
    export = runs.export("ccxt-okx", structures(exchange, None, {one: exchange.fetch_market_leverage_tiers(one) for one in held},
                                                exchange.fetch_mark_prices(None, {"instType": "SWAP"})))
    book, _ = runs.imported(export, "--preset", "ccxt", "--quote", "USDT")
    units = runs.units(book)
    compare({unit: Fraction(row["equity"]) for unit, row in units.items()}, {
        ("ann", "cross:USDT"): Fraction("10000.125") + profit(Fraction("0.5001"), "60500.5", marks["BTC-USDT-SWAP"], STEP),
        ("ann", "isolated:BTC/USDT:USDT:short"): Fraction("431.25") + profit(Fraction("-0.07"), "61500.1", marks["BTC-USDT-SWAP"], STEP),
        ("ann", "cross:BTC"): Fraction("0.4") + profit(-2000, 50000, marks["BTC-USD-SWAP"], STEP, inverse=True)}, "ccxt, okx")
    wanted = up(Fraction("0.5001") * Fraction(marks["BTC-USDT-SWAP"]) * Fraction("0.0065"), STEP)
    require(Fraction(units[("ann", "cross:USDT")]["maintenance"]) == wanted, f"ccxt, okx: maintenance {units} {wanted}")


def main():
    """Runs the checks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", type=Path, required=True)
    arguments = parser.parse_args()
    if importlib.util.find_spec("ccxt") is None:
        print("skipped: ccxt is not installed")
        return 77
    import ccxt  # pylint: disable=import-outside-toplevel
    with tempfile.TemporaryDirectory() as name:
        runs = Runs(arguments.plimsoll.resolve(), Path(name))
        for check in (check_binance, check_bybit, check_okx):
            check(runs, ccxt)
    print(f"import: what ccxt {ccxt.__version__} makes of binance, bybit and okx gives the equities that the raw answers say")
    return 0


if __name__ == "__main__":
    sys.exit(main())
