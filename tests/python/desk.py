"""Shared by the tests of the Python package."""

from __future__ import annotations

import csv
import functools
import os
import subprocess
import tempfile
from pathlib import Path

import plimsoll

COMMAND = os.environ.get("PLIMSOLL_COMMAND", "build/plimsoll")

VENUE = 'name = "desk"\nquote = "USDT"\n\n[market]\ndepth = 1000000\n\n[fund.balance]\nUSDT = 1000\n'
ROWS = {
    "assets": [{"asset": "USDT", "step": "0.01"}],
    "instruments": [{"instrument": "BTC-PERP", "kind": "linear", "base": "BTC", "settle": "USDT", "contract_size": 1,
                     "price_step": "0.5", "size_step": "0.001", "tier_table": "majors"}],
    "tiers": [{"tier_table": "majors", "floor": 0, "maintenance_rate": "0.005", "max_leverage": 100}],
    "balances": [{"account": "ann", "asset": "USDT", "amount": 9000}, {"account": "bob", "asset": "USDT", "amount": 60000}],
    "positions": [{"account": "ann", "instrument": "BTC-PERP", "size": "2", "entry_price": 70000},
                  {"account": "bob", "instrument": "BTC-PERP", "size": "-2", "entry_price": 69000}],
    "marks": [{"instrument": "BTC-PERP", "mark": 68000}],
}  # fmt: skip
FALLS = [{"tick": 1, "instrument": "BTC-PERP", "mark": 67000}, {"tick": 2, "instrument": "BTC-PERP", "mark": 65000},
         {"tick": 3, "instrument": "BTC-PERP", "mark": 60000}]  # fmt: skip


def book(**changes: object) -> plimsoll.Book:
    return plimsoll.Book(VENUE, **{**ROWS, **changes})


@functools.cache
def venue() -> plimsoll.Book:
    """A generated venue in which a fall of 20 % flags units; made once."""
    made = plimsoll.generate(accounts=1500, positions=6000, instruments=6, seed=5)
    text = made.venue + "\n[market]\ndepth = 2000000\n\n[fund.balance]\nQUSD = 200000\n"
    return plimsoll.Book(text, **made.tables)


def crash(of: plimsoll.Book, ticks: int = 4) -> list[dict[str, object]]:
    """Ticks that take every mark down by 5 % each, on whole price steps."""
    from decimal import Decimal

    steps = {row["instrument"]: Decimal(str(row["price_step"])) for row in of.tables["instruments"].to_pylist()}
    rows = []
    for tick in range(1, ticks + 1):
        for row in of.tables["marks"].to_pylist():
            step = steps[row["instrument"]]
            mark = Decimal(str(row["mark"])) * (1 - Decimal(tick) / 20)
            rows.append({"tick": tick, "instrument": row["instrument"], "mark": str(int(mark / step) * step)})
    return rows


def command(*words: object) -> str:
    """The output of the command; AssertionError if it fails."""
    done = subprocess.run([COMMAND, *map(str, words)], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{words}: exit {done.returncode}: {done.stderr}"
    return done.stdout


def scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="plimsoll-test-", dir=os.environ.get("PLIMSOLL_TEST_FOLDER")))


def write_csv(rows: list[dict[str, object]], path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
