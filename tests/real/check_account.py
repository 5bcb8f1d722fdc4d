#!/usr/bin/env python3
"""One real account of Hyperliquid from its API, margined again.

    python3 tests/real/check_account.py --plimsoll build/plimsoll [--data DIR]

`account_20260925.json` holds a cross long of 4.5 BTC and the venue's margin tables. The book takes from it only the
inputs of the venue: raw USD, size, the market's maximum leverage tiers and the account's own leverage; and the
position's value (for the mark) and profit (for the cost, since the entry price is printed rounded). Raw USD is the
balance less the cost, so the balance is their sum. Maintenance is half the initial rate at the *market's* maximum
leverage; initial margin is taken at the *account's* leverage if that is lower, so a band has initial_rate = 1 /
min(both) and maintenance_rate = 1 / (2 x market's).

Compared, exactly: account value, maintenance, margin used, withdrawable (= free), value and profit.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path

from realbook import EXACT, Book, Program, finest_step, main, product, require

FILE = "hyperliquid-account-fixture/account_20260925.json"
RECORDED = {"value": "38252.7", "maintenance": "4720.8375", "margin used": "37766.7"}


def make_book(meta: dict, state: dict) -> Book:
    position = state["assetPositions"][0]["position"]
    coin, size = position["coin"], Decimal(position["szi"])
    market = next(item for item in meta["universe"] if item["name"] == coin)
    bands = next(table["marginTiers"] for number, table in meta["marginTables"] if number == market["marginTableId"])
    value, profit = Decimal(position["positionValue"]), Decimal(position["unrealizedPnl"])
    mark = EXACT.divide(value, size).normalize()
    require(product(mark, size) == value, f"{coin}: value {value} is no whole mark of size {size}")

    book = Book("hyperliquid", "USDC")
    book.add_asset("USDC")
    book.add_asset(coin)
    for band in bands:
        leverage = Decimal(band["maxLeverage"])
        book.add("tiers", tier_table=str(market["marginTableId"]), floor=Decimal(band["lowerBound"]),
                 maintenance_rate=1 / (2 * leverage), max_leverage=min(leverage, position["leverage"]["value"]))
    book.add_linear(coin, coin, finest_step([mark]), Decimal(1).scaleb(-market["szDecimals"]),
                    str(market["marginTableId"]), mark)
    cost = value - profit
    book.add("balances", account="fixture", asset="USDC", amount=Decimal(state["marginSummary"]["totalRawUsd"]) + cost)
    book.add("positions", account="fixture", instrument=coin, size=size, entry_value=cost)
    return book


def check(program: Program, paths: dict[str, Path], folder: Path) -> str:
    fixture = json.loads(paths["account_20260925.json"].read_text("utf-8"))
    state = fixture["clearinghouseState"]
    tables = program.scan(make_book(fixture["meta"], state).write(folder / "book"), folder / "out")
    require(len(tables["units"]) == 1 and len(tables["positions"]) == 1, "not one unit with one position")
    unit, line, held = tables["units"][0], tables["positions"][0], state["assetPositions"][0]["position"]
    summary = state["marginSummary"]
    venue = {"value": summary["accountValue"], "maintenance": state["crossMaintenanceMarginUsed"],
             "margin used": summary["totalMarginUsed"]}
    require(venue == RECORDED, f"the fixture says {venue}")
    figures = (
        ("account value", unit["equity"], summary["accountValue"]),
        ("maintenance", unit["maintenance"], state["crossMaintenanceMarginUsed"]),
        ("margin used", unit["initial"], summary["totalMarginUsed"]),
        ("withdrawable", unit["free"], state["withdrawable"]),
        ("position value", line["value"], held["positionValue"]),
        ("profit", line["pnl"], held["unrealizedPnl"]),
        ("position margin", line["initial"], held["marginUsed"]),
    )
    for what, got, wanted in figures:
        require(Decimal(got) == Decimal(wanted), f"{what} {got}, the venue says {wanted}")
    require(unit["state"] == "healthy", f"the account is {unit['state']}")
    return ", ".join(f"{what} {wanted}" for what, _, wanted in figures) + ": as the venue has them"


if __name__ == "__main__":
    sys.exit(main(__doc__, [FILE], check))
