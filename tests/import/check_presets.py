"""Presets of Bybit, OKX, Deribit and HyperReplay, each on a small export in the documented form.

    check_presets.py --plimsoll BIN

The exports are made here, field by field from the public documentation; no venue's data are copied. The equity of every unit is worked
again in Python's fractions from the export itself, and maintenance where the form of tiers is the venue's own.
"""

import argparse
import csv
import json
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

from import_runs import Runs, compare, profit, require, up
from venue_forms import TIME, bybit_answer, bybit_market, bybit_position, bybit_wallet, okx_answer, okx_market, okx_position

def check_bybit(runs):
    """A unified account in hedge mode with three settlement coins, one in isolated margin, a classic one, one without positionBalance."""
    def info(mode):
        return {"retCode": 0, "retMsg": "OK", "result": {"marginMode": mode, "unifiedMarginStatus": 6, "updatedTime": str(TIME)}}
    marks = {"BTCUSDT": "61000.05", "BTCPERP": "61010.11", "BTCUSD": "60990.25"}
    tier = {"id": 1, "symbol": "BTCUSDT", "riskLimitValue": "20000", "maintenanceMargin": "0.005", "initialMargin": "0.01", "isLowestRisk": 1,
            "maxLeverage": "100.00", "mmDeduction": ""}
    linear = [tier, dict(tier, id=2, riskLimitValue="2600000", maintenanceMargin="0.0056", initialMargin="0.0112", mmDeduction="12"),
              dict(tier, symbol="BTCPERP", riskLimitValue="100")]
    export = runs.export("bybit", {
        "instruments.linear.json": bybit_answer("linear", [
            bybit_market("BTCUSDT", "LinearPerpetual", "BTC", "USDT", "USDT", "0.10", "0.001"),
            bybit_market("BTCPERP", "LinearPerpetual", "BTC", "USD", "USDC", "0.10", "0.001"),
            bybit_market("ETHUSDT", "LinearPerpetual", "ETH", "USDT", "USDT", "0.01", "0.01")]),
        "instruments.inverse.json": bybit_answer("inverse", [bybit_market("BTCUSD", "InversePerpetual", "BTC", "USD", "BTC", "0.50", "1")]),
        "risk-limit.linear.json": bybit_answer("linear", linear),
        "risk-limit.inverse.json": bybit_answer("inverse", [dict(tier, symbol="BTCUSD", riskLimitValue="150")]),
        "tickers.linear.json": bybit_answer("linear", [{"symbol": one, "markPrice": marks[one], "lastPrice": "1"} for one in ("BTCUSDT", "BTCPERP")]),
        "tickers.inverse.json": bybit_answer("inverse", [{"symbol": "BTCUSD", "markPrice": marks["BTCUSD"], "lastPrice": "1"}]),
        "accountInfo-ann.json": info("REGULAR_MARGIN"), "accountInfo-bob.json": info("ISOLATED_MARGIN"),
        "accountInfo-cyd.json": info("REGULAR_MARGIN"), "accountInfo-dan.json": info("ISOLATED_MARGIN"),
        "walletBalance-ann.json": bybit_wallet("UNIFIED", USDT="5000.25", USDC="900.5", BTC="0.75"),
        "walletBalance-bob.json": bybit_wallet("UNIFIED", USDT="3000"),
        "walletBalance-cyd.json": bybit_wallet("CONTRACT", BTC="0.5"),
        "walletBalance-dan.json": bybit_wallet("UNIFIED", USDT="1000"),
        "position.linear-ann.json": bybit_answer("linear", [
            bybit_position("BTCUSDT", "Buy", "0.500", "60000.1", 1), bybit_position("BTCUSDT", "Sell", "0.200", "62000.5", 2),
            bybit_position("BTCPERP", "Sell", "0.010", "59000", session="61500.5"), bybit_position("ETHUSDT", "", "0", "0")]),
        "position.inverse-ann.json": bybit_answer("inverse", [bybit_position("BTCUSD", "Sell", "300", "27464.50441675")]),
        "position.linear-bob.json": bybit_answer("linear", [bybit_position("BTCUSDT", "Sell", "0.100", "60500", balance="610.25")]),
        "position.inverse-cyd.json": bybit_answer("inverse", [bybit_position("BTCUSD", "Buy", "1000", "60000", mode=1, balance="0.0021")]),
        "position.linear-dan.json": bybit_answer("linear", [bybit_position("BTCUSDT", "Buy", "0.010", "60000", balance="", initial="60.5")])})
    book, reported = runs.imported(export, "--preset", "bybit")
    require("isolated positions have no positionBalance, so positionIM is used as their margin (1 of 1 rows)" in reported, f"dan's margin is not reported: {reported}")
    units, step, coin = runs.units(book), "0.00000001", "0.00000001"
    compare({unit: Fraction(row["equity"]) for unit, row in units.items()}, {
        ("ann", "cross:USDT"): Fraction("5000.25") + profit("0.5", "60000.1", marks["BTCUSDT"], step) + profit("-0.2", "62000.5", marks["BTCUSDT"], step),
        ("ann", "cross:USDC"): Fraction("900.5") + profit("-0.01", "61500.5", marks["BTCPERP"], step),
        ("ann", "cross:BTC"): Fraction("0.75") + profit("-300", "27464.50441675", marks["BTCUSD"], coin, inverse=True),
        ("bob", "cross:USDT"): 3000 - Fraction("610.25"),
        ("bob", "isolated:BTCUSDT:short"): Fraction("610.25") + profit("-0.1", "60500", marks["BTCUSDT"], step),
        ("cyd", "cross:BTC"): Fraction("0.5") - Fraction("0.0021"),
        ("cyd", "isolated:BTCUSD:long"): Fraction("0.0021") + profit("1000", "60000", marks["BTCUSD"], coin, inverse=True),
        ("dan", "cross:USDT"): 1000 - Fraction("60.5"),
        ("dan", "isolated:BTCUSDT:long"): Fraction("60.5") + profit("0.01", "60000", marks["BTCUSDT"], step)}, "bybit")
    # Bybit's own formula: value x rate - deduction, of each position.
    large, small = Fraction("0.5") * Fraction(marks["BTCUSDT"]), Fraction("0.2") * Fraction(marks["BTCUSDT"])
    wanted = up(large * Fraction("0.0056") - 12, step) + up(small * Fraction("0.005"), step)
    require(Fraction(units[("ann", "cross:USDT")]["maintenance"]) == wanted, f"bybit's tiers: {units[('ann', 'cross:USDT')]} {wanted}")
    require("portfolio margin" not in reported, f"nobody is in portfolio margin: {reported}")
    portfolio = runs.export("bybit-portfolio", {**{path.name: json.loads(path.read_text(encoding="utf-8")) for path in export.iterdir()},
                                                "accountInfo-ann.json": info("PORTFOLIO_MARGIN")})
    book, reported = runs.imported(portfolio, "--preset", "bybit")
    require("positions of accounts in portfolio margin are margined as cross positions" in reported, f"portfolio margin is taken as cross: {reported}")
    require(("ann", "cross:USDT") in runs.units(book), "ann is cross")
    (export / "accountInfo-bob.json").unlink()
    done = runs.run("import", export, "--preset", "bybit", "--out", runs.folder / "bybit-without")
    require(done.returncode == 3 and '"bob" has no row in accountInfo*.json' in done.stderr, f"an account whose mode is not known: {done.stderr}")


def check_okx(runs):
    """Net mode and long/short mode, contracts of 0.01 BTC and of 100 dollars, a dated future, an isolated short, an option; tiers of contracts."""
    def details(**coins):
        rows = [{"ccy": coin, "cashBal": amount, "eq": "123", "upl": "7", "isoEq": "5", "availBal": "1", "frozenBal": "1"} for coin, amount in coins.items()]
        return okx_answer([{"totalEq": "1", "isoEq": "0", "uTime": str(TIME), "details": rows}])

    def tiers(family, *rows):
        return okx_answer([{"instFamily": family, "uly": family, "instId": "", "tier": str(i + 1), "minSz": low, "maxSz": high, "mmr": mmr, "imr": imr,
                            "maxLever": lever, "optMgnFactor": "0", "baseMaxLoan": "", "quoteMaxLoan": ""}
                           for i, (low, high, mmr, imr, lever) in enumerate(rows)])
    marks = {"BTC-USDT-SWAP": "61000.05", "BTC-USD-SWAP": "60990.2", "BTC-USDT-260327": "61500.1"}
    export = runs.export("okx", {
        "instruments.SWAP.json": okx_answer([
            okx_market("BTC-USDT-SWAP", "SWAP", "linear", "0.01", "BTC", "USDT", "0.1", "0.01", "BTC-USDT"),
            okx_market("BTC-USD-SWAP", "SWAP", "inverse", "10", "USD", "BTC", "0.1", "1", "BTC-USD", multiplier="10")]),
        "instruments.FUTURES.json": okx_answer([
            okx_market("BTC-USDT-260327", "FUTURES", "linear", "0.001", "BTC", "USDT", "0.1", "1", "BTC-USDT", multiplier="10")]),
        "position-tiers.SWAP.BTC-USDT.json": tiers("BTC-USDT", ("0", "50", "0.004", "0.01", "100"), ("50.01", "1000", "0.0065", "0.0133", "75")),
        "position-tiers.SWAP.BTC-USD.json": tiers("BTC-USD", ("0", "999", "0.004", "0.01", "100")),
        "position-tiers.FUTURES.BTC-USDT.json": tiers("BTC-USDT", ("0", "300", "0.02", "0.05", "20")),
        "mark-price.json": okx_answer([{"instType": "SWAP", "instId": name, "markPx": mark, "ts": str(TIME)} for name, mark in marks.items()]),
        "balance-ann.json": details(USDT="10000.125", BTC="0.4"), "balance-bob.json": details(USDT="700"),
        "positions-ann.json": okx_answer([
            okx_position("BTC-USDT-SWAP", "SWAP", "cross", "net", "-50.01", "60500.5"),
            okx_position("BTC-USD-SWAP", "SWAP", "cross", "net", "20", "50000"),
            okx_position("BTC-USDT-260327", "FUTURES", "isolated", "net", "-30", "62000", margin="950.5", upl="150"),
            okx_position("BTC-USD-260327-60000-C", "OPTION", "cross", "net", "3", "0.05")]),
        "positions-bob.json": okx_answer([
            okx_position("BTC-USDT-SWAP", "SWAP", "cross", "long", "50", "60000"),
            okx_position("BTC-USDT-SWAP", "SWAP", "isolated", "short", "7", "61500.1", margin="431.25", upl="35"),
            okx_position("BTC-USD-SWAP", "SWAP", "cross", "long", "0", "0")])})
    book, reported = runs.imported(export, "--preset", "okx")
    require("options and margin loans are omitted" in reported and "(1 of 4 rows)" in reported, f"the option is not reported: {reported}")
    units, step = runs.units(book), "0.00000001"
    swap = Fraction(marks["BTC-USDT-SWAP"]) / 100
    compare({unit: Fraction(row["equity"]) for unit, row in units.items()}, {
        ("ann", "cross:USDT"): Fraction("10000.125") + profit(Fraction("-0.5001"), "60500.5", marks["BTC-USDT-SWAP"], step),
        ("ann", "cross:BTC"): Fraction("0.4") + profit(2000, 50000, marks["BTC-USD-SWAP"], step, inverse=True),
        ("ann", "isolated:BTC-USDT-260327:short"): Fraction("950.5") + profit(Fraction("-0.3"), 62000, marks["BTC-USDT-260327"], step),
        ("bob", "cross:USDT"): 700 + profit(Fraction("0.5"), 60000, marks["BTC-USDT-SWAP"], step),
        ("bob", "isolated:BTC-USDT-SWAP:short"): Fraction("431.25") + profit(Fraction("-0.07"), "61500.1", marks["BTC-USDT-SWAP"], step)}, "okx")
    # 50 contracts are the last of the first tier; 50.01 bear the second tier's rate as a whole.
    for unit, contracts, rate in ((("ann", "cross:USDT"), "50.01", "0.0065"), (("bob", "cross:USDT"), "50", "0.004"),
                                  (("bob", "isolated:BTC-USDT-SWAP:short"), "7", "0.004")):
        wanted = up(Fraction(contracts) * swap * Fraction(rate), step)
        require(Fraction(units[unit]["maintenance"]) == wanted, f"okx's tiers: {units[unit]} {wanted}")
    future = Fraction("0.3") * Fraction(marks["BTC-USDT-260327"]) * Fraction("0.02")
    require(Fraction(units[("ann", "isolated:BTC-USDT-260327:short")]["maintenance"]) == up(future, step), "a future has the swap's tiers")


def deribit_position(name, direction, size, average, total, floating, kind="future"):
    """A row of get_positions."""
    return {"instrument_name": name, "kind": kind, "direction": direction, "size": size, "size_currency": 0.01, "average_price": average,
            "mark_price": 1.0, "index_price": 1.0, "settlement_price": 1.0, "floating_profit_loss": floating, "total_profit_loss": total,
            "realized_profit_loss": -9e-9, "initial_margin": 0.0001, "maintenance_margin": 0.0001, "leverage": 34, "open_orders_margin": 0.0}


def check_deribit(runs):
    """A short inverse perpetual over a settlement, a linear one with tiers of one's own, an option; the venue's own worth of an account."""
    marks = {"BTC-PERPETUAL": 62000.37, "SOL_USDC-PERPETUAL": 151.2345}

    def market(name, kind, base, settle, size, tick, index):
        return {"instrument_name": name, "kind": "future", "instrument_type": kind, "base_currency": base, "quote_currency": "USD",
                "counter_currency": "USD", "settlement_currency": settle, "contract_size": size, "min_trade_amount": size, "tick_size": tick,
                "price_index": index, "settlement_period": "perpetual", "max_leverage": 50, "is_active": True, "expiration_timestamp": 32503708800000}

    def answer(rows):
        return {"jsonrpc": "2.0", "id": 1, "result": rows, "usIn": 1, "usOut": 2, "usDiff": 1, "testnet": False}
    # Short 1,240,000 dollars since 60000, settled at 61000, marked at 62000.37: 20.0 coins, so up to the floor of the band at 20.
    size, average, settled, mark = 1240000, Fraction(60000), Fraction(61000), Fraction(repr(marks["BTC-PERPETUAL"]))
    total, floating = (float(round(-size / base + size / mark, 9)) for base in (average, settled))
    balance, realised = 3.25, -0.00125
    export = runs.export("deribit", {
        "instruments.BTC.json": answer([market("BTC-PERPETUAL", "reversed", "BTC", "BTC", 10.0, 0.5, "btc_usd")]),
        "instruments.USDC.json": answer([market("SOL_USDC-PERPETUAL", "linear", "SOL", "USDC", 0.1, 0.01, "sol_usdc")]),
        "book-summary.json": answer([{"instrument_name": name, "mark_price": value, "creation_timestamp": TIME, "last": 1.0, "open_interest": 5.0}
                                     for name, value in marks.items()]),
        "tiers.csv": "tier_table,floor,maintenance_rate,initial_rate\nsol_usdc,0,0.02,0.04\n",
        "summaries-ann.json": answer({"id": 10, "type": "main", "username": "ann", "summaries": [
            {"currency": "BTC", "balance": balance, "futures_session_rpl": realised, "futures_session_upl": floating, "equity": 9.0,
             "margin_balance": 9.0, "options_value": -0.5, "session_upl": 9.0, "session_rpl": 9.0},
            {"currency": "USDC", "balance": 500.5, "futures_session_rpl": 0.0, "futures_session_upl": 12.345, "equity": 512.845,
             "margin_balance": 512.845, "options_value": 0.0}]}),
        "positions-ann.json": answer([
            deribit_position("BTC-PERPETUAL", "sell", -size, 60000.0, total, floating),
            deribit_position("SOL_USDC-PERPETUAL", "buy", 10.0, 150.0, 12.345, 12.345),
            deribit_position("BTC-27MAR26-60000-C", "buy", 3.0, 0.05, 0.5, 0.1, kind="option")])})
    book, reported = runs.imported(export, "--preset", "deribit")
    require("options and combinations are omitted" in reported and "(1 of 3 rows)" in reported, f"the option is not reported: {reported}")
    units, coin = runs.units(book), "0.000000001"
    wallet = sum(Fraction(repr(one)) for one in (balance, realised, floating)) - Fraction(repr(total))
    wanted = {("ann", "cross:BTC"): wallet + profit(-size, average, mark, coin, inverse=True),
              ("ann", "cross:USDC"): Fraction("500.5") + Fraction("12.345") - Fraction("12.345") + profit(10, 150, repr(marks["SOL_USDC-PERPETUAL"]), "0.00000001")}
    compare({unit: Fraction(row["equity"]) for unit, row in units.items()}, wanted, "deribit")
    margin_balance = sum(Fraction(repr(one)) for one in (balance, realised, floating))
    require(abs(wanted[("ann", "cross:BTC")] - margin_balance) <= 2 * Fraction(coin), "deribit: not what the venue says the account is worth")
    notional = size / mark
    venue = notional * (Fraction("0.01") + Fraction("0.00005") * notional)
    found = Fraction(units[("ann", "cross:BTC")]["maintenance"])
    require(venue <= found <= venue * Fraction("1.04"), f"deribit's margin: {found}, the venue's {float(venue)}")


def check_deribit_bands(runs):
    """The bands of the preset give the venue's formula exactly at their floors."""
    text = (Path(__file__).resolve().parents[2] / "host" / "import" / "presets" / "deribit.toml").read_text(encoding="utf-8")
    for table, slope in (("btc_usd", Fraction("0.00005")), ("eth_usd", Fraction("0.000004"))):
        rows = [line.split('"') for line in text.splitlines() if f'tier_table = "{table}"' in line]
        rows = [tuple(Fraction(row[i]) for i in (3, 5, 7)) for row in rows]
        require(len(rows) > 10 and rows[0][0] == 0, f"deribit: {table} has {len(rows)} bands")
        maintenance = initial = Fraction(0)
        for (low, mmr, imr), (high, _, _) in zip(rows, rows[1:]):
            maintenance, initial = maintenance + (high - low) * mmr, initial + (high - low) * imr
            require(maintenance == high * (Fraction("0.01") + slope * high) and initial == high * (Fraction("0.02") + slope * high),
                    f"deribit: {table} at {high}")


def check_hyperreplay(runs):
    """Account values of the snapshot come back: a short, two markets, an account that the list lacks, one isolated."""
    def position(user, size, entry, notional, cross=True, value=0.0):
        return {"user": user, "size": size, "notional_size": notional, "funding_pnl": 0.035389, "entry_price": entry, "is_cross": cross,
                "leverage": 10, "liquidation_price": 71.49, "account_value": value}
    values = {"0xa": 1076.000069, "0xb": 250.5}
    export = runs.export("hyperreplay", {
        "account_value_snapshot_758750000_1760126694218.json": [
            {"user": user, "account_value": value, "total_long_notional": 0.0, "total_short_notional": 0.0} for user, value in values.items()],
        "perp_positions_by_market_758750000_1760126694218.json": [
            {"market_name": "hyperliquid:JUP", "snapshot_id": "custom", "position_count": 2, "positions": [
                position("0xa", -14.0, 0.4716, 5.63346, value=1076.000069), position("0xb", 14.0, 0.25, 5.63346, cross=False, value=250.5)]},
            {"market_name": "hyperliquid:BTC", "snapshot_id": "custom", "position_count": 3, "positions": [
                position("0xa", 0.00125, 110000.5, 146.25, value=1076.000069), position("0xc", -0.5, 120123.4, 58500.0, value=99.75),
                position("0xb", 0.0, 0.0, 0.0, value=250.5)]},
            {"market_name": "hyperliquid:SOL", "snapshot_id": "custom", "position_count": 1, "positions": [
                position("0xc", 3.5, 180.25, 700.35, value=99.75)]}],
        "meta.json": {"universe": [{"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56},
                                   {"name": "JUP", "szDecimals": 0, "maxLeverage": 10, "marginTableId": 10},
                                   {"name": "SOL", "szDecimals": 2, "maxLeverage": 20, "marginTableId": 20}],
                      "marginTables": [[56, {"description": "tiered 40x", "marginTiers": [{"lowerBound": "0.0", "maxLeverage": 40},
                                                                                          {"lowerBound": "150000000.0", "maxLeverage": 20}]}]]}})
    book, reported = runs.imported(export, "--preset", "hyperreplay", "--round", "half_even")
    require("isolated positions count as cross" in reported and "(1 of 6 rows)" in reported, f"the isolated position is not reported: {reported}")
    found = runs.equities(book)
    # Costs are whole steps, rounded down; the wallets had them exactly.
    for user, value, costs in (("0xa", "1076.000069", 2), ("0xb", "250.5", 1), ("0xc", "99.75", 2)):
        off = found[(user, "cross:USDC")] - Fraction(value)
        require(abs(off) <= costs * Fraction("0.000001"), f"hyperreplay: {user} has {found} for {value}")
    require(len(found) == 3, f"hyperreplay: {found}")
    with open(book / "marks.csv", newline="", encoding="utf-8") as file:
        marks = {row["instrument"]: Fraction(row["mark"]) for row in csv.DictReader(file)}
    require(marks == {"BTC": 117000, "JUP": Fraction("0.40239"), "SOL": Fraction("200.1")}, f"hyperreplay: {marks}")


def main():
    """Runs the checks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", type=Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        runs = Runs(arguments.plimsoll.resolve(), Path(name))
        for check in (check_bybit, check_okx, check_deribit, check_deribit_bands, check_hyperreplay):
            check(runs)
    print("import: bybit, okx, deribit and hyperreplay give the equities that their exports say")
    return 0


if __name__ == "__main__":
    sys.exit(main())
