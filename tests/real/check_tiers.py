#!/usr/bin/env python3
"""Maintenance margin on all 2,805 tiers of Binance's USD-M contracts, and a loader that checks their amounts.

    python3 tests/real/check_tiers.py --plimsoll build/plimsoll [--data DIR]

The venue states a requirement in closed form, notional x rate - amount; we sum the bands. Each of the 349 tables
becomes a linear instrument marked at 1 with contract size 1, so that a position's size is its notional, and every tier
is probed by positions at its floor, one value step below and above it, and at random notionals within the tier (the
last one up to ten times its floor). The `maintenance_amount` column goes with the book, so the loader has to agree that
each amount follows from continuity. Books are cut by tables; long and short alternate.

Compared, exactly: maintenance = notional x rate - amount of the probe's tier, rounded up to the value step; initial =
notional / max_leverage in whole ppm rounded up, of the tier whose floor is <= notional.

Then every amount of a book is moved by the smallest decimal the file uses and the book must be refused: exit code 3,
each row named, nothing written.
"""

from __future__ import annotations

import random
import re
import sys
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from realbook import BAD_DATA, Book, Program, main, read_csv, require

FILE = "margin-tiers/binance_usdm_20241024.csv"
TIERS, SYMBOLS = 2805, 349
SYMBOLS_A_BOOK = 60
RANDOM_PROBES = 4
STEP = Decimal("1E-8")
SEED = 20241024
PPM = 1_000_000
REFUSALS_LISTED = 3


@dataclass(frozen=True)
class Tier:
    """A row of the file, with the venue's own numbers."""

    floor: Decimal
    rate: Decimal
    leverage: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Table:
    """The tiers of one symbol, ascending."""

    symbol: str
    base: str
    settle: str
    tiers: tuple[Tier, ...]


@dataclass(frozen=True)
class Probe:
    """A notional in a table."""

    account: str
    table: Table
    notional: Decimal

    @property
    def tier(self) -> Tier:
        return [tier for tier in self.table.tiers if tier.floor <= self.notional][-1]

    @property
    def maintenance(self) -> Decimal:
        """notional x rate - amount, up to the step."""
        exact = Fraction(self.notional) * Fraction(self.tier.rate) - Fraction(self.tier.amount)
        return up_to_step(exact)

    @property
    def initial(self) -> Decimal:
        """notional x 1 / leverage; the rate in whole ppm, up."""
        rate_ppm = -(-PPM // Fraction(self.tier.leverage))
        return up_to_step(Fraction(self.notional) * rate_ppm / PPM)


def up_to_step(value: Fraction) -> Decimal:
    """The value rounded up to the value step, exactly."""
    steps = -(-value // Fraction(STEP))
    return Decimal(steps).scaleb(STEP.as_tuple().exponent)


def read_tables(path: Path) -> list[Table]:
    rows = read_csv(path)
    require(len(rows) == TIERS, f"{len(rows)} tiers, not {TIERS}")
    by_symbol: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_symbol.setdefault(row["symbol"], []).append(row)
    tables = []
    for symbol, part in by_symbol.items():
        require([int(row["tier"]) for row in part] == list(range(1, len(part) + 1)), f"{symbol}: tiers out of order")
        tables.append(Table(symbol, symbol.partition("/")[0], part[0]["currency"], tuple(
            Tier(Decimal(row["min_notional"]), Decimal(row["maintenance_margin_rate"]), Decimal(row["max_leverage"]),
                 Decimal(row["maintenance_amount"]))
            for row in part
        )))
    require(len(tables) == SYMBOLS, f"{len(tables)} symbols, not {SYMBOLS}")
    return tables


def probes_of(table: Table, number: int, dice: random.Random) -> list[Probe]:
    """Floors, one step to either side, and random notionals of every tier; no notional twice."""
    notionals = set()
    for place, tier in enumerate(table.tiers):
        above = table.tiers[place + 1].floor if place + 1 < len(table.tiers) else tier.floor * 10 or Decimal(10**6)
        notionals |= {tier.floor - STEP, tier.floor, tier.floor + STEP}
        for _ in range(RANDOM_PROBES):
            notionals.add(dice.randrange(int(tier.floor / STEP), int(above / STEP)) * STEP)
    return [Probe(f"{number:03}-{place:03}", table, notional)
            for place, notional in enumerate(sorted(notional for notional in notionals if notional > 0))]


def make_book(tables: list[Table], probes: list[Probe], wrong_by: Decimal = Decimal(0)) -> Book:
    """The book of some tables; `wrong_by` is added to every amount but the first of a table."""
    book = Book("binance usd-m 2024-10-24", "USDT")
    for asset in sorted({table.settle for table in tables} | {"USDT"}):
        book.add_asset(asset, STEP)
    for table in tables:
        book.add_asset(table.base)
        book.add_linear(table.symbol, table.base, Decimal(1), STEP, table.symbol, Decimal(1), table.settle)
        for tier in table.tiers:
            book.add("tiers", tier_table=table.symbol, floor=tier.floor, maintenance_rate=tier.rate,
                     max_leverage=tier.leverage, maintenance_amount=tier.amount + (wrong_by if tier.floor else 0))
    for place, probe in enumerate(probes):
        sign = -1 if place % 2 else 1
        book.add("positions", account=probe.account, instrument=probe.table.symbol, size=sign * probe.notional,
                 entry_price=1)
    return book


def check_scan(program: Program, tables: list[Table], probes: list[Probe], folder: Path) -> None:
    """Every probe's requirements."""
    lines = program.scan(make_book(tables, probes).write(folder / "book"), folder / "out")["positions"]
    found = {line["account"]: line for line in lines}
    require(len(found) == len(probes), f"{len(found)} positions, not {len(probes)}")
    for probe in probes:
        line = found[probe.account]
        where = f"{probe.table.symbol} at {probe.notional}"
        require(Decimal(line["notional"]) == probe.notional, f"{where}: notional {line['notional']}")
        require(Decimal(line["maintenance"]) == probe.maintenance,
                f"{where}: maintenance {line['maintenance']}, the venue's {probe.maintenance}")
        require(Decimal(line["initial"]) == probe.initial,
                f"{where}: initial {line['initial']}, the venue's {probe.initial}")


def check_refusal(program: Program, tables: list[Table], probes: list[Probe], folder: Path) -> int:
    """Amounts off by the smallest decimal are refused, row by row; returns how many."""
    book = make_book(tables, probes, wrong_by=Decimal("0.001"))
    path, out = book.write(folder / "wrong"), folder / "wrong-out"
    wrong = [number for number, row in enumerate(book.rows["tiers"], 2) if Decimal(row["floor"])]
    for arguments in (("scan", path, "--out", out), ("validate", path)):
        run = program.run(*arguments)
        reported = run.stdout + run.stderr
        require(run.returncode == BAD_DATA, f"wrong amounts: {arguments[0]} exits {run.returncode}: {reported.strip()}")
        named = {int(number) for number in re.findall(r"tiers\.csv, row (\d+), column maintenance_amount", reported)}
        counted = re.search(r"column maintenance_amount: (\d+) more rows", reported)
        require(named == set(wrong[:REFUSALS_LISTED]) and len(named) + int(counted[1] if counted else 0) == len(wrong),
                f"wrong amounts in rows {wrong[:5]}...: {arguments[0]} names {sorted(named)[:5]}...:\n{reported[:600]}")
    require(not out.exists(), "a refused scan has written something")
    return len(wrong)


def check(program: Program, paths: dict[str, Path], folder: Path) -> str:
    tables = read_tables(paths["binance_usdm_20241024.csv"])
    dice = random.Random(SEED)
    count = refused = 0
    for first in range(0, len(tables), SYMBOLS_A_BOOK):
        part = tables[first:first + SYMBOLS_A_BOOK]
        probes = [probe for number, table in enumerate(part, first) for probe in probes_of(table, number, dice)]
        here = folder / str(first)
        check_scan(program, part, probes, here)
        if not program.is_oracle:
            # A few tables at a time, so that every wrong row is among those listed.
            few = part[:10]
            refused += check_refusal(program, few, [probe for probe in probes if probe.table in few], here)
        count += len(probes)
    return f"{TIERS} tiers of {SYMBOLS} tables: {count} notionals agree; {refused} wrong amounts refused"


if __name__ == "__main__":
    sys.exit(main(__doc__, [FILE], check))
