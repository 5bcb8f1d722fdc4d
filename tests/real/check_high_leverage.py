#!/usr/bin/env python3
"""Equity and bankruptcy of 224 real ADL events at Hyperliquid, 2025-10-10.

    python3 tests/real/check_high_leverage.py --plimsoll build/plimsoll [--data DIR]

`high_leverage_events.csv` records for each deleveraged account its cash, one position with its entry price, the
unrealised profit of that position, the unrealised profit of all its positions together, and the equity. The other
positions are not in the file, so a row becomes an account with

* its cash as the balance;
* its position at its entry price, in an instrument of that market whose mark is the event's ADL price (the price the
  file's own profit is taken at; two events of one market differ in it, so they use two instruments);
* one contract of the instrument `OTHERS`, marked at 1 and entered at 1 - x, where x is the profit of all other
  positions: total_unrealized_pnl - position_unrealized_pnl.

The engine then computes (price - entry) x position itself and sums three terms that no row states in sum.

Tolerance: none, in whole 1e-9 USDC. The file prints binary64 numbers of up to 855,971 that lie up to 1.2e-10 apart, so a
billionth is the finest unit its digits carry; each recorded figure is rounded to it once. All 224 rows then agree
exactly: equity, the position's profit, and bankrupt if the file has is_negative_equity.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

from realbook import Book, Program, finest_step, main, product, read_csv, require

NANO = Decimal("1E-9")
FILE = "hyperliquid-adl-20251010/high_leverage_events.csv"
ROWS = 224


def nano(text: str) -> Decimal:
    """A recorded figure in whole billionths."""
    return Decimal(text).quantize(NANO)


def account_of(number: int, row: dict[str, str]) -> str:
    """The same user may have several events, each with its own cash."""
    return f"{row['user']}#{number:03}"


def make_book(rows: list[dict[str, str]]) -> Book:
    book = Book("hyperliquid 2025-10-10", "USDC")
    book.add_asset("USDC", NANO)
    book.add_asset("OTHERS")
    book.add("tiers", tier_table="by-20", floor="0", maintenance_rate="0.025", max_leverage="20")
    book.add("tiers", tier_table="none", floor="0", maintenance_rate="0", initial_rate="0")
    book.add_linear("OTHERS", "OTHERS", Decimal(1), Decimal(1), "none", Decimal(1))
    listed = set()
    for number, row in enumerate(rows):
        coin, price = row["coin"], Decimal(row["adl_price"])
        instrument = f"{coin}@{price}"
        if instrument not in listed:
            listed.add(instrument)
            sizes = [Decimal(other["position_size"]) for other in rows if other["coin"] == coin]
            book.add_asset(coin)
            book.add_linear(instrument, coin, finest_step([price]), finest_step(sizes), "by-20", price)
        account = account_of(number, row)
        others = nano(row["total_unrealized_pnl"]) - nano(row["position_unrealized_pnl"])
        book.add("balances", account=account, asset="USDC", amount=nano(row["account_value_realtime"]))
        book.add("positions", account=account, instrument=instrument, size=Decimal(row["position_size"]),
                 entry_price=Decimal(row["entry_price"]))
        book.add("positions", account=account, instrument="OTHERS", size=1, entry_value=1 - others)
    return book


def check(program: Program, paths: dict[str, Path], folder: Path) -> str:
    rows = read_csv(paths["high_leverage_events.csv"])
    require(len(rows) == ROWS, f"{len(rows)} rows, not {ROWS}")
    tables = program.scan(make_book(rows).write(folder / "book"), folder / "out")
    units = {unit["account"]: unit for unit in tables["units"]}
    deficits = {unit["account"]: unit["deficit"] for unit in tables["flagged"]}
    profits = {line["account"]: line for line in tables["positions"] if line["instrument"] != "OTHERS"}
    require(len(units) == ROWS, f"{len(units)} units, not {ROWS}")
    bankrupt = 0
    for number, row in enumerate(rows):
        account = account_of(number, row)
        unit, position = units[account], profits[account]
        recorded = nano(row["total_equity"])
        negative = row["is_negative_equity"] == "True"
        require(Decimal(unit["equity"]) == recorded, f"{account}: equity {unit['equity']}, recorded {recorded}")
        require((unit["state"] == "bankrupt") == negative,
                f"{account}: {unit['state']}, recorded is_negative_equity = {row['is_negative_equity']}")
        value = product(Decimal(row["position_size"]), Decimal(row["adl_price"]))
        require(Decimal(position["value"]) == value, f"{account}: value {position['value']}, not {value}")
        require(Decimal(position["pnl"]) == nano(row["position_unrealized_pnl"]),
                f"{account}: pnl {position['pnl']}, recorded {row['position_unrealized_pnl']}")
        if negative:
            bankrupt += 1
            require(Decimal(deficits[account]) == -recorded, f"{account}: deficit {deficits[account]}, not {-recorded}")
    return f"{ROWS} events: every equity and position profit equal to the last digit, {bankrupt} bankrupt as recorded"


if __name__ == "__main__":
    sys.exit(main(__doc__, [FILE], check))
