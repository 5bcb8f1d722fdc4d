"""Exports become books: each preset on a small export in its venue's documented form, maps with every word, bad maps and exports.

    check_import.py --plimsoll BIN

The exports are made here, from the venues' public documentation; no venue's data are copied. The result is scanned, and
the equity of every account is worked again in Python's fractions from the export itself.
"""

import argparse
import csv
import gzip
import importlib.util
import json
import random
import re
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

from import_runs import Runs, compare, profit, require


def check_ccxt(runs):
    """Unified structures; a short in an inverse contract, an isolated long, two accounts."""
    markets = {
        "BTC/USDT:USDT": {"symbol": "BTC/USDT:USDT", "type": "swap", "base": "BTC", "settle": "USDT", "linear": True,
                          "contractSize": 0.001, "precision": {"price": 0.1, "amount": 1}},
        "BTC/USD:BTC": {"symbol": "BTC/USD:BTC", "type": "swap", "base": "BTC", "settle": "BTC", "linear": False, "contractSize": 100.0,
                        "precision": {"price": 0.5, "amount": 1.0}},
        "BTC/USDT": {"symbol": "BTC/USDT", "type": "spot", "base": "BTC", "precision": {"price": 0.01, "amount": 1e-05}},
    }
    tier = {"tier": 1, "minNotional": 0, "maxNotional": 50000, "maintenanceMarginRate": 0.004, "maxLeverage": 125}
    export = runs.export("ccxt", {
        "markets.json": markets,
        "tiers.json": {"BTC/USDT:USDT": [tier, dict(tier, tier=2, minNotional=50000, maintenanceMarginRate=0.01, maxLeverage=50)],
                       "BTC/USD:BTC": [dict(tier, maintenanceMarginRate=5e-3)]},
        "balance-ann.json": {"info": {"x": [1]}, "total": {"USDT": 1500.25, "BTC": 0.0}, "free": {"USDT": 1.0}},
        "balance-bob.json": {"total": {"BTC": 1e-2, "USDT": 0.5}},
        "positions-ann.json": [
            {"symbol": "BTC/USDT:USDT", "side": "long", "contracts": 150, "entryPrice": 61000.0, "marginMode": "isolated",
             "collateral": 905.5, "unrealizedPnl": -150.0, "timestamp": 1735689603649},
            {"symbol": "BTC/USDT:USDT", "side": "short", "contracts": 0.0, "entryPrice": None, "marginMode": "cross", "collateral": None,
             "unrealizedPnl": None, "timestamp": None}],
        "positions-bob.json": [{"symbol": "BTC/USD:BTC", "side": "short", "contracts": 20.0, "entryPrice": 50000, "marginMode": "cross",
                                "collateral": 0.01, "unrealizedPnl": 0.001, "timestamp": 1735689603649}],
        "tickers.json": {"BTC/USDT:USDT": {"symbol": "BTC/USDT:USDT", "last": 60001.0, "markPrice": 60000.0, "timestamp": 1735689603649},
                         "BTC/USD:BTC": {"symbol": "BTC/USD:BTC", "last": 62500.5, "markPrice": None, "timestamp": 1735689603649}},
    })
    book, reported = runs.imported(export, "--preset", "ccxt", "--quote", "USDT")
    for line in ("1 row omitted because size is 0", "`total` is used as the wallet of exchanges other than Binance, Bybit and OKX", "a missing mark price (1 of 2 rows)"):
        require(line in reported, f"{line!r} is not reported: {reported}")
    found = runs.equities(book)
    require(found[("ann", "cross:USDT")] == Fraction("1500.25"), f"ann's wallet: {found}")
    require(found[("ann", "isolated:BTC/USDT:USDT:long")] == Fraction("905.5"), f"ann's isolated equity: {found}")
    # Short 20 contracts of 100 USD: value is + 2000 / mark, cost + 2000 / entry, in BTC, to 10^-8 downwards.
    value, cost = (Fraction(2000 * 10**8 / Fraction(price)).__floor__() for price in ("62500.5", "50000"))
    require(found[("bob", "cross:BTC")] == Fraction("0.01") + Fraction(value - cost, 10**8), f"bob: {found}")


def check_binance(runs):
    """Hedge mode, one side isolated, marks of eight decimals; positionRisk of version 2 and of version 3, which has no marginType."""
    filters = [{"filterType": "PRICE_FILTER", "tickSize": "0.10"}, {"filterType": "LOT_SIZE", "stepSize": "0.001"}]

    def position(amount, entry, side, kind, margin, wallet):
        return {"symbol": "BTCUSDT", "positionAmt": amount, "entryPrice": entry, "positionSide": side, "isolatedMargin": margin, "isolatedWallet": wallet,
                "unRealizedProfit": "7", "markPrice": "1", "updateTime": 1735689603649, **({"marginType": kind} if kind else {})}
    export = runs.export("binance", {
        "exchangeInfo.json": {"timezone": "UTC", "symbols": [
            {"symbol": "BTCUSDT", "contractType": "PERPETUAL", "baseAsset": "BTC", "quoteAsset": "USDT", "marginAsset": "USDT", "filters": filters},
            {"symbol": "ETHUSDT", "contractType": "PERPETUAL", "baseAsset": "ETH", "quoteAsset": "USDT", "marginAsset": "USDT", "filters": filters}]},
        "leverageBracket.json": [{"symbol": "BTCUSDT", "brackets": [
            {"bracket": 1, "initialLeverage": 125, "notionalCap": 50000, "notionalFloor": 0, "maintMarginRatio": 0.004, "cum": 0.0},
            {"bracket": 2, "initialLeverage": 100, "notionalCap": 250000, "notionalFloor": 50000, "maintMarginRatio": 0.005, "cum": 50.0}]}],
        "premiumIndex.json": [{"symbol": "BTCUSDT", "markPrice": "60000.12345678", "time": 1735689603649},
                              {"symbol": "ETHUSDT", "markPrice": "3000.10", "time": 1735689603649}],
        **{f"balance-{user}.json": [{"accountAlias": "x", "asset": "USDT", "balance": "1100.5", "crossWalletBalance": "1000.5", "crossUnPnl": "0"}]
           for user in ("v2", "v3")},
        "positionRisk-v2.json": [position("0.500", "59000.0", "LONG", "cross", "0.00000000", "0"),
                                 position("-0.200", "61000.0", "SHORT", "isolated", "299.98000000", "100.00000000"),
                                 position("0.000", "0.0", "BOTH", "cross", "0.00000000", "0")],
        "positionRisk-v3.json": [position("0.500", "59000.0", "LONG", "", "0", "0"), position("-0.200", "61000.0", "SHORT", "", "299.98", "100")]})
    book, reported = runs.imported(export, "--preset", "binance", "--round", "half_even")
    require("column mark: 1 number was finer" in reported, f"the rounding of the mark is not reported: {reported}")
    mark = Fraction("60000.12346")
    compare(runs.equities(book), {unit: equity for user in ("v2", "v3") for unit, equity in (
        ((user, "cross:USDT"), Fraction("1000.5") + profit("0.5", 59000, mark, "0.00000001")),
        ((user, "isolated:BTCUSDT:short"), 100 + profit("-0.2", 61000, mark, "0.00000001")))}, "binance")


def check_hyperliquid(runs):
    """Account values come back, though entryPx is rounded: cross wallet plus profit, and isolated equity, which is marginUsed."""
    def position(coin, size, entry, value, pnl, margin, mode):
        return {"type": "oneWay", "position": {"coin": coin, "szi": size, "entryPx": entry, "positionValue": value, "unrealizedPnl": pnl, "marginUsed": margin,
                                               "leverage": {"type": mode, "value": 5, "rawUsd": "1"}}}
    export = runs.export("hyperliquid", {
        "meta.json": {"universe": [{"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56},
                                   {"name": "SOL", "szDecimals": 2, "maxLeverage": 20, "marginTableId": 20}],
                      "marginTables": [[56, {"description": "tiered 40x", "marginTiers": [{"lowerBound": "0.0", "maxLeverage": 40},
                                                                                           {"lowerBound": "150000000.0", "maxLeverage": 20}]}]]},
        "clearinghouseState-0xa.json": {
            "crossMarginSummary": {"accountValue": "1000.25", "totalRawUsd": "-5000"}, "withdrawable": "1", "time": 1735689603649,
            "assetPositions": [position("BTC", "0.1", "59000.0", "6000.1", "100.057", "150.0", "cross"),
                               position("SOL", "-10.5", "160.2", "1577.625", "105.025", "205.5", "isolated")]},
        # Asked a little later: the mark is the first account's, so this value moves with it.
        "clearinghouseState-0xb.json": {
            "crossMarginSummary": {"accountValue": "500", "totalRawUsd": "0"}, "withdrawable": "1", "time": 1735689604649,
            "assetPositions": [position("BTC", "-0.2", "61000.0", "12000.4", "199.6", "150.0", "cross")]}})
    book, _ = runs.imported(export, "--preset", "hyperliquid")
    compare(runs.equities(book), {("0xa", "cross:USDC"): Fraction("1000.25"), ("0xa", "isolated:SOL:short"): Fraction("205.5"),
                                  ("0xb", "cross:USDC"): 500 - Fraction("0.2") * (60001 - 60002)}, "hyperliquid")


def check_dydx(runs):
    """Equity of a subaccount is its USDC plus the value of its positions."""
    export = runs.export("dydx", {
        "perpetualMarkets.json": {"markets": {
            "BTC-USD": {"ticker": "BTC-USD", "oraclePrice": "60000.51235", "tickSize": "0.5", "stepSize": "0.0001", "initialMarginFraction": "0.05",
                        "maintenanceMarginFraction": "0.03"},
            "ETH-USD": {"ticker": "ETH-USD", "oraclePrice": "3000", "tickSize": "0.1", "stepSize": "0.001", "initialMarginFraction": "0.05",
                        "maintenanceMarginFraction": "0.03"}}},
        "subaccount-dydx1a.json": {"subaccount": {
            "equity": "x", "openPerpetualPositions": {"BTC-USD": {"market": "BTC-USD", "side": "SHORT", "size": "-0.25", "entryPrice": "61000"}},
            "assetPositions": {"USDC": {"symbol": "USDC", "side": "LONG", "size": "20250.125"}}}}})
    book, _ = runs.imported(export, "--preset", "dydx")
    require(runs.equities(book)[("dydx1a", "cross:USDC")] == Fraction("20250.125") - Fraction("0.25") * Fraction("60000.51235"), "dydx")


MAP = """
name = "desk"
quote = "USDT"

[[table]]
to = "positions"
from = "pos*.csv"
where = {{ column = "book", is_not = "test" }}
drop_zero = "size"
sum = ["size", "entry_value"]
[table.columns]
account = {{ from = "uid", replace = {{ "u " = "u" }} }}
instrument = {{ from = "symbol", replace = {{ "/" = "" }} }}
size = {{ from = "qty", negative = {{ column = "side", is = ["SELL", "SHORT"] }} }}
entry_value = {{ from = "qty", by = "avg", negative = {{ column = "side", is = ["SELL", "SHORT"] }} }}

[[table]]
to = "balances"
from = "cash.tsv"
[table.columns]
account = "uid"
asset = "ccy"
amount = "{amount}"

[[table]]
to = "marks"
from = "marks.csv"
[table.columns]
instrument = {{ from = "symbol", replace = {{ "/" = "" }} }}
mark = "px"
as_of = {{ from = "t", {time} }}

[[table]]
to = "instruments"
distinct = ["positions.instrument"]
[table.columns]
instrument = "value"
kind = {{ text = "linear" }}
base = {{ text = "BTC" }}
settle = {{ text = "USDT" }}
contract_size = {{ text = "1" }}
price_step = {{ text = "0.5" }}
size_step = {{ text = "0.001" }}
tier_table = {{ text = "flat" }}

[[table]]
to = "tiers"
constant = [{{ tier_table = "flat", floor = "0", maintenance_rate = "0.01", max_leverage = "50" }}]

[[table]]
to = "assets"
constant = [{{ asset = "BTC" }}, {{ asset = "USDT", step = "0.01" }}]
"""


def check_map(runs):
    """A map of one's own: semicolons, a nameless index column, gzip, sums of tickets, epochs, missing words."""
    pos = (";uid;symbol;qty;avg;side;book\n0;u 1;BTC/USDT;1.5e0;60000;BUY;main\n1;u 1;BTC/USDT;0.500;62000;BUY;main\n"
           "2;u2;BTC/USDT;2.0;61000;SELL;main\n3;u2;BTC/USDT;9;1;BUY;test\n4;u3;BTC/USDT;0;NaN;BUY;main\n")
    files = {"pos.csv.gz": gzip.compress(pos.encode()), "cash.tsv": "uid\tccy\tamt\nu1\tUSDT\t1e4\nu2\tUSDT\t20000.50\n",
             "marks.csv": "symbol,px,t\nBTC/USDT,60500,1735689603649\n"}
    export = runs.export("desk", files)
    (runs.folder / "desk.toml").write_text(MAP.format(amount="amt", time='epoch = "ms"'), encoding="utf-8")
    book, reported = runs.imported(export, "--map", runs.folder / "desk.toml")
    found = runs.equities(book)
    require(found[("u1", "cross:USDT")] == 10000 + 2 * 60500 - 90000 - 31000, f"{found}")
    require(found[("u2", "cross:USDT")] == Fraction("20000.5") - 2 * 60500 + 122000, f"{found}")
    for line in ("1 row added to others of the same key", "1 row omitted because size is 0"):
        require(line in reported, f"{line!r} is not reported: {reported}")
    with open(book / "marks.csv", newline="", encoding="utf-8") as file:
        require(next(csv.DictReader(file))["as_of"] == "2025-01-01T00:00:03.649Z", "the epoch")

    for text, code, wanted in (
            (MAP.format(amount="amount", time='epoch = "ms"'), 3, "is named by the map, but is missing; the columns are uid, ccxy".replace("ccxy", "ccy")),
            (MAP.format(amount="amt", time='epoch = "h"'), 3, 'must be one of "s", "ms", "us", "ns"'),
            (MAP.format(amount="amt", time='zone = "UTC"'), 3, "is not a time such as"),
            (MAP.format(amount="amt", time='epoch = "ms"') + "\n[[table]]\nto = \"fills\"\n", 3, "must name a table of a book"),
            ("name = ", 3, "is not TOML"),
            ("name = \"x\"\nquotes = \"y\"\n", 3, "is not a valid key here")):
        (runs.folder / "bad.toml").write_text(text, encoding="utf-8")
        done = runs.run("import", export, "--map", runs.folder / "bad.toml", "--out", runs.folder / "never")
        require(done.returncode == code and wanted in done.stderr, f"{wanted}: {done.returncode} {done.stderr}")
        require(not (runs.folder / "never").exists(), "a refused import left a folder")
    for arguments, wanted in ((("--out", runs.folder / "never"), "one of --map FILE and --preset NAME"),
                              (("--preset", "ccxt", "--out", runs.folder / "never"), "give --quote")):
        done = runs.run("import", export, *arguments)
        require(done.returncode == 2 and wanted in done.stderr, f"{wanted}: {done.returncode} {done.stderr}")
    (export / "marks.csv").unlink()
    done = runs.run("import", export, "--map", runs.folder / "desk.toml", "--out", runs.folder / "never")
    require(done.returncode == 3 and "has no file marks.csv, from which the map makes marks; it holds " in done.stderr, f"{done.stderr}")


def check_odd_exports(runs):
    """Exports that are empty, in another encoding or error answers; sides that the map does not know; rows named by their origin."""
    files = {"pos.csv": "uid;symbol;qty;avg;side;book\nu1;BTC/USDT;1.5;60000;BUY;main\nu2;BTC/USDT;1.5;61000;Short sale;main\n",
             "cash.tsv": "uid\tccy\tamt\nu1\tUSDT\t10000\nu2\tUSDT\t20000.50\n", "marks.csv": "symbol,px,t\nBTC/USDT,60500,1735689603649\n"}
    text = MAP.format(amount="amt", time='epoch = "ms"').replace("pos*.csv", "pos.csv")
    (runs.folder / "odd.toml").write_text(text, encoding="utf-8")
    _, reported = runs.imported(runs.export("odd", files), "--map", runs.folder / "odd.toml")
    require('pos.csv: side is "Short sale" in 1 row, whose numbers keep their sign: `negative` does not list it' in reported, f"an unknown side: {reported}")
    require("BUY" not in reported, f"a known side: {reported}")
    for number, (changed, wanted) in enumerate((
            ({"cash.tsv": "\ufeff\n"}, "cash.tsv: is empty; the first row must name the columns"),
            ({"cash.tsv": files["cash.tsv"].encode("utf-16")}, "cash.tsv: is UTF-16: save it as UTF-8"),
            ({"marks.csv": "symbol,px,t\nBTC/USDT,60500,1735689603\n"}, '"1735689603" looks like epoch seconds, and the map has epoch = "ms"'),
            ({"marks.csv": "symbol,px,t\nETH/USDT,7,1735689603649\nBTC/USDT,\"60,500\",1735689603649\n"}, "marks.csv, row 3: made from marks.csv, row 3"),
            ({"pos.csv": files["pos.csv"].replace("u1;BTC", "u1;;0;1;BUY;main\nu1;BTC").replace("1.5;61000", "1.2345;61000")}, "positions.csv, row 3: made from pos.csv, row 4"))):
        export = runs.export(f"odd-{number}", {**files, **changed})
        done = runs.run("import", export, "--map", runs.folder / "odd.toml", "--out", runs.folder / "never")
        require(done.returncode == 3 and wanted in done.stderr, f"{wanted}: {done.returncode} {done.stderr}")
    (runs.folder / "odd.toml").write_text(text.replace("drop_zero", "drop_zeros"), encoding="utf-8")
    done = runs.run("import", runs.folder / "odd", "--map", runs.folder / "odd.toml", "--out", runs.folder / "never")
    require(done.returncode == 3 and "is not a valid key here; did you mean drop_zero?" in done.stderr, f"a key with a slip: {done.stderr}")

    # An account without positions is one; an answer that reports an error is none.
    account = {"meta.json": {"universe": [{"name": "SOL", "szDecimals": 2, "maxLeverage": 20, "marginTableId": 20}], "marginTables": []},
               "clearinghouseState-0xf.json": {"crossMarginSummary": {"accountValue": "100.5", "totalRawUsd": "0"}, "time": 1735689603649, "assetPositions": []}}
    book, reported = runs.imported(runs.export("flat", account), "--preset", "hyperliquid")
    require(runs.equities(book) == {("0xf", "cross:USDC"): Fraction("100.5")} and "positions.csv: has no rows" in reported, f"an account without positions: {reported}")
    account["clearinghouseState-0xf.json"] = {"status": "err", "response": "Invalid user"}
    done = runs.run("import", runs.export("failed", account), "--preset", "hyperliquid", "--out", runs.folder / "never")
    require(done.returncode == 3 and 'it has status = "err", response = "Invalid user"' in done.stderr, f"an error answer: {done.stderr}")
    wallet = {"exchangeInfo.json": {"symbols": []}, "leverageBracket.json": [], "premiumIndex.json": [], "positionRisk-u.json": [],
              "balance-u.json": {"code": -2015, "msg": "Invalid API-key."}}
    done = runs.run("import", runs.export("denied", wallet), "--preset", "binance", "--out", runs.folder / "never")
    require(done.returncode == 3 and 'the only row has code = "-2015", msg = "Invalid API-key."' in done.stderr, f"an error answer: {done.stderr}")


WORDS_MAP = """
name = "words"
quote = "USDT"

[[table]]
to = "positions"
from = "held.json"
join = [{{ from = "users*.csv", on = "uid", as = "user"{optional} }}, {{ from = "codes.csv", on = "symbol", there = "of", as = "code" }}]
where = [{{ column = "user.desk", is = "main" }}, {{ column = "code.name", is_not = "gamma" }}, {{ column = "note", is = ["", "ok"] }}]
warn = [{{ when = [{{ column = "qty", below = "-1.5" }}, {{ column = "uid", is_not = "u9" }}], say = "large shorts" }}]
[table.columns]
account = {{ from = "uid", prefix = "x-" }}
instrument = "symbol"
size = "qty"
entry_price = {{ from = "value", over = {{ column = "qty", decimals = 3 }} }}

[[table]]
to = "balances"
from = "users.csv"
[table.columns]
account = {{ from = "uid", prefix = "x-" }}
asset = {{ text = "USDT" }}
amount = "cash"

[[table]]
to = "balances"
from = "late.csv"
except = "balances.account"
[table.columns]
account = {{ from = "uid", prefix = "x-" }}
asset = {{ text = "USDT" }}
amount = "cash"

[[table]]
to = "marks"
from = "held.json"
first = ["instrument"]
only = "positions.instrument"
[table.columns]
instrument = "symbol"
mark = "mark"

[[table]]
to = "instruments"
distinct = ["positions.instrument"]
[table.columns]
instrument = "value"
kind = {{ text = "linear" }}
base = {{ text = "BTC" }}
settle = {{ text = "USDT" }}
contract_size = {{ text = "1" }}
price_step = {{ text = "0.5" }}
size_step = {{ text = "0.001" }}
tier_table = {{ from = "value", prefix = "of " }}

[[table]]
to = "tiers"
from = "limits.csv"
only = "instruments.tier_table"
[table.columns]
tier_table = {{ from = "symbol", prefix = "of " }}
floor = {{ from = "ends", previous = "symbol" }}
maintenance_rate = "rate"
max_leverage = {{ text = "20" }}

[[table]]
to = "assets"
constant = [{{ asset = "USDT", step = "0.001" }}]
"""


def check_words(runs):
    """join, previous, over, first, except, warn, below and prefix, each with a figure that only it can give."""
    held = [{"uid": "u1", "symbol": "A", "qty": "3", "value": "200", "mark": "70.5"}, {"uid": "u2", "symbol": "A", "qty": "-2", "value": "-133.001", "mark": "99"},
            {"uid": "u1", "symbol": "B", "qty": "1", "value": "10", "mark": "11.0"}, {"uid": "u3", "symbol": "B", "qty": "-1", "value": "-10", "mark": "12"},
            {"uid": "u5", "symbol": "B", "qty": "2", "value": "20.003", "mark": "13"}, {"uid": "u5", "symbol": "C", "qty": "2", "value": "20", "mark": "13"}]
    files = {"held.json": held, "users.csv": "uid,desk,cash\nu1,main,100\nu2,main,50\nu3,test,7\n", "late.csv": "uid,cash\nu2,999\nu4,5\nu5,6\n",
             "usersb.csv": "uid,desk\nu1,test\nu5,main\nu5,test\n",
             "codes.csv": "name,of\nalpha,A\nbeta,B\ngamma,C\n", "limits.csv": "symbol,ends,rate\nA,100,0.01\nB,5,0.03\nA,1000,0.02\nB,9,0.05\nC,1,0.5\n"}
    export = runs.export("words", files)
    text = runs.folder / "words.toml"
    text.write_text(WORDS_MAP.format(optional=""), encoding="utf-8")
    book, reported = runs.imported(export, "--map", text)
    require("held.json: large shorts (1 of 6 rows)" in reported, f"the warning: {reported}")
    # 200 / 3 = 66.667, 133.001 / 2 = 66.5 and 20.003 / 2 = 10.002, half to even. u3 is of another desk; the mark of A is that of its first row.
    units = runs.units(book)
    require({unit: Fraction(row["equity"]) for unit, row in units.items()} == {
        ("x-u1", "cross:USDT"): 100 + Fraction("211.5") - Fraction("200.001") + 11 - 10, ("x-u2", "cross:USDT"): 50 - 141 + 133,
        ("x-u3", "cross:USDT"): 7, ("x-u4", "cross:USDT"): 5, ("x-u5", "cross:USDT"): 6 + 22 - Fraction("20.004")}, f"{units}")
    # A: 1 % to 100, then 2 %; B: 3 % to 5, then 5 %.
    require(Fraction(units[("x-u1", "cross:USDT")]["maintenance"]) == Fraction("1") + Fraction("2.23") + Fraction("0.15") + Fraction("0.30"), f"{units}")

    # u8 is left out by a column of its own. u7 is not, so its desk must be known, unless that may be unknown.
    more = [{"uid": uid, "symbol": "A", "qty": "1", "value": "1", "mark": "1", "note": note} for uid, note in (("u7", "ok"), ("u8", "no"))]
    (export / "held.json").write_text(json.dumps(held + more), encoding="utf-8")
    done = runs.run("import", export, "--map", text, "--out", runs.folder / "never")
    require(done.returncode == 3 and '"u7" has no row in users*.csv, which the map joins' in done.stderr and "u8" not in done.stderr, f"{done.stderr}")
    text.write_text(WORDS_MAP.format(optional=", optional = true"), encoding="utf-8")
    runs.imported(export, "--map", text)
    (export / "held.json").write_text(json.dumps(held), encoding="utf-8")
    bad = WORDS_MAP.format(optional="")
    for old, new, wanted in (('on = "uid", ', "", "must have `from`, `on` and `as`"), (', decimals = 3', "", "must have `column` and `decimals`, from 0 to 18"),
                             ('is = "main"', 'is = "main", below = "1"', "one of `is`, `is_not` and `below`"), ('below = "-1.5"', "below = -1.5", "must be text in quotes"),
                             (', say = "large shorts"', "", "must have `when` and `say`"), ('there = "of"', 'there = "off"', "codes.csv, column off: is the column to join by, but is missing"),
                             ('from = "users*.csv"', 'from = "none.csv"', "has no file none.csv, which the map joins"),
                             ('over = { column = "qty"', 'over = { column = "zero"', "is named by the map, but is missing")):
        require(old in bad, f"the map has no {old}")
        text.write_text(bad.replace(old, new), encoding="utf-8")
        done = runs.run("import", export, "--map", text, "--out", runs.folder / "never")
        require(done.returncode == 3 and wanted in done.stderr, f"{wanted}: {done.returncode} {done.stderr}")
    (export / "held.json").write_text(json.dumps([dict(held[0], qty="0")] + held[1:]), encoding="utf-8")
    text.write_text(bad, encoding="utf-8")
    done = runs.run("import", export, "--map", text, "--out", runs.folder / "never")
    require(done.returncode == 3 and '"0" is a divisor of the map' in done.stderr, f"{done.stderr}")


PANDAS_MAP = """
name = "frame"
quote = "USDT"

[[table]]
to = "positions"
from = "positions.csv"
drop_zero = "size"
[table.columns]
account = "uid"
instrument = "symbol"
size = { from = "qty", absolute = true, negative = { column = "positionSide", is = "SHORT" } }
entry_price = "avgPrice"
isolated_margin = { from = "isolatedWallet", when = { column = "marginType", is = "ISOLATED" } }

[[table]]
to = "balances"
from = "balances.csv"
[table.columns]
account = "uid"
asset = "coin"
amount = "walletBalance"

[[table]]
to = "instruments"
from = "symbols.csv"
[table.columns]
instrument = "symbol"
kind = { from = "contractType", words = { LinearPerpetual = "linear", InversePerpetual = "inverse" } }
base = "baseCoin"
settle = "settleCoin"
contract_size = { text = "1" }
price_step = "tickSize"
size_step = "qtyStep"
tier_table = { text = "all" }

[[table]]
to = "marks"
from = "symbols.csv"
[table.columns]
instrument = "symbol"
mark = "markPrice"
as_of = { from = "ts", epoch = "ms" }

[[table]]
to = "tiers"
constant = [{ tier_table = "all", floor = "0", maintenance_rate = "0.005", max_leverage = "50" }]

[[table]]
to = "assets"
constant = [{ asset = "BTC", step = "0.00000001" }, { asset = "USDC", step = "0.000001" }, { asset = "USDT", step = "0.000001" }]
"""


def frame(columns, rows):
    """Files as pandas writes them: a nameless index column, floats as their shortest text."""
    lines = ["," + ",".join(columns)]
    lines += [",".join([str(i), *("" if cell is None else repr(cell) if isinstance(cell, float) else str(cell) for cell in row)])
              for i, row in enumerate(rows)]
    return "\n".join(lines) + "\n"


def check_frame(columns, rows, text):
    """If pandas is installed, it writes the same bytes, from its own types."""
    if importlib.util.find_spec("pandas") is None:
        return
    import pandas  # pylint: disable=import-outside-toplevel
    table = pandas.DataFrame(rows, columns=columns)
    require("float64" in set(map(str, table.dtypes)), f"the frame has no floats: {table.dtypes}")
    require(table.to_csv() == text, f"pandas writes another form: {table.to_csv()[:300]}")


def to_step(value, step):
    """A float's shortest decimal, rounded half to even to whole steps."""
    return round(Fraction(repr(value)) / Fraction(step)) * Fraction(step)


def check_pandas(runs):
    """300 markets in three assets, hedge mode, cross and isolated, from data frames as they come; two commands."""
    draw = random.Random(4)
    steps = {"BTC": "0.00000001", "USDC": "0.000001", "USDT": "0.000001"}
    symbols, marks = [], {}
    for i in range(300):
        settle = ("USDT", "USDT", "USDC", "BTC")[i % 4]
        kind = "InversePerpetual" if settle == "BTC" else "LinearPerpetual"
        mark = 10 ** draw.uniform(0, 4) if settle != "BTC" else draw.uniform(1000, 90000)
        name, tick, lot = f"M{i:03}{settle}", (0.01, 0.001)[i % 2], (0.001, 1.0)[i % 2]
        marks[name] = (to_step(mark, repr(tick)), settle, kind, Fraction(repr(lot)))
        symbols.append((name, kind, f"C{i}", settle, tick, lot, mark, 1735689603000 + i))
    wallets, positions, wanted = [], [], {}
    for a in range(400):
        uid = f"u{a}"
        for coin, size in (("USDT", 1e5), ("USDC", 1e5), ("BTC", 5.0)):
            amount = draw.random() * size
            wallets.append((uid, coin, amount))
            wanted[(uid, f"cross:{coin}")] = to_step(amount, steps[coin])
        for name in draw.sample(sorted(marks), 6):
            mark, settle, kind, lot = marks[name]
            step = Fraction(steps[settle])
            for side in draw.choice((["LONG"], ["SHORT"], ["LONG", "SHORT"])):
                quantity, entry = draw.uniform(2, 50) if lot != 1 else float(draw.randint(1, 5000)), float(mark) * draw.uniform(0.8, 1.2)
                isolated = draw.random() < 0.3
                wallet = draw.random() * 100 if isolated else 0.0
                positions.append((uid, name, side, quantity, entry, "ISOLATED" if isolated else "CROSS", wallet))
                size = to_step(quantity, str(float(lot))) * (1 if side == "LONG" else -1)
                price = Fraction(repr(entry))
                value, cost = ((size * mark, size * price) if kind == "LinearPerpetual" else (-size / mark, -size / price))
                pnl = ((value / step).__floor__() - (cost / step).__floor__()) * step
                unit = (uid, f"isolated:{name}:{side.lower()}") if isolated else (uid, f"cross:{settle}")
                wanted[unit] = wanted.get(unit, 0) + pnl + (to_step(wallet, steps[settle]) if isolated else 0)
    tables = {"positions.csv": (["uid", "symbol", "positionSide", "qty", "avgPrice", "marginType", "isolatedWallet"], positions),
              "balances.csv": (["uid", "coin", "walletBalance"], wallets),
              "symbols.csv": (["symbol", "contractType", "baseCoin", "settleCoin", "tickSize", "qtyStep", "markPrice", "ts"], symbols)}
    export = runs.export("frame", {name: frame(*table) for name, table in tables.items()})
    for name, table in tables.items():
        check_frame(*table, (export / name).read_text(encoding="utf-8"))
    (runs.folder / "frame.toml").write_text(PANDAS_MAP, encoding="utf-8")
    refused = runs.run("import", export, "--map", runs.folder / "frame.toml", "--out", runs.folder / "never")
    require(refused.returncode == 3 and "--round half_even" in refused.stderr, f"without --round: {refused.stderr}")
    book, reported = runs.imported(export, "--map", runs.folder / "frame.toml", "--round", "half_even")
    require("column amount: 1200 numbers were finer than the step and rounded" in reported, f"roundings are not reported: {reported}")
    found = runs.equities(book)
    wrong = {unit: (str(found.get(unit)), str(wanted[unit])) for unit in wanted if found.get(unit) != wanted[unit]}
    require(not wrong and found.keys() == wanted.keys(), f"{len(wrong)} equities of {len(wanted)} differ: {dict(list(wrong.items())[:3])}")


def check_page(_):
    """docs/import.md has a row for each key that the reader of maps takes, and for each preset; each preset lists the files it expects."""
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "import.md").read_text(encoding="utf-8")
    text = (root / "host" / "import" / "import_map.cpp").read_text(encoding="utf-8")
    keys = set(re.findall(r'key == "(\w+)"', text))
    require(len(keys) > 25, f"keys of a map: {keys}")
    checks = "".join(path.read_text(encoding="utf-8") for path in (root / "tests" / "import").glob("check_*.py"))
    for preset in sorted((root / "host" / "import" / "presets").glob("*.toml")):
        require(f'"--preset", "{preset.stem}"' in checks, f"no check of tests/import imports an export by the preset {preset.stem}")
    suggested = set(re.findall(r'"(\w+)"', text[text.index("keys_of_maps[] = {"):].split("};")[0]))
    require(suggested == keys | set(re.findall(r'name == "(\w+)"', text)), f"keys that may be meant: {suggested ^ keys}")
    for key in sorted(keys):
        require(f"`{key}`" in page or f"[[{key}]]" in page or re.search(rf"(^|[`\[{{ ]){key} = ", page, re.M), f"docs/import.md does not describe {key}")
    presets = {path.stem: path.read_text(encoding="utf-8") for path in (root / "host" / "import" / "presets").glob("*.toml")}
    require(set(re.findall(r"^\| `(\w+)` \| [^|]*(?:API|library|snapshot|indexer|endpoint)", page, re.M)) == set(presets), "docs/import.md lists other presets")
    for name, text in presets.items():
        comment = text[:text.index("name = ")]
        files = {file.split("*")[0].split("-")[0] for file in re.findall(r'^from = "([^"]+)"', text, re.M)}
        require(all(file.split(".")[0] in comment for file in files), f"preset {name} does not name its files: {files}")


def main():
    """Runs the checks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", type=Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        runs = Runs(arguments.plimsoll.resolve(), Path(name))
        for check in (check_ccxt, check_binance, check_hyperliquid, check_dydx, check_map, check_odd_exports, check_words, check_pandas, check_page):
            check(runs)
    print("import: four presets, a map of one's own and data frames give the equities that their exports say")
    return 0


if __name__ == "__main__":
    sys.exit(main())
