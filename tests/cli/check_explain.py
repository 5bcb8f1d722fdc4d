#!/usr/bin/env python3
"""`explain` against the tables of `scan`: every figure of every account, to the last digit; and its own sums.

    python3 tests/cli/check_explain.py --plimsoll build/plimsoll [--accounts N]
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "oracle"))

import books
from program import Program, run_checks

POSITION_COLUMNS = ("instrument", "side", "size", "value", "cost", "pnl", "notional", "maintenance", "initial",
                    "allotted", "bankruptcy_price", "liquidation_price", "score", "lights")
UNIT_COLUMNS = ("unit", "equity", "margin_equity", "maintenance", "initial", "free", "health_factor", "state", "held")
VENUES = {
    "single": ("--seed", "21"),
    "multi": ("--seed", "22", "--collateral", "multi"),
    "crash": ("--seed", "23", "--shock", "-0.25"),
    "soar": ("--seed", "24", "--shock", "0.2", "--inverse-share", "0.5"),
}
SCORES = {"single": "pnl_leverage", "multi": "binance", "crash": "hyperliquid", "soar": "return"}


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def cell(value) -> str:
    """A JSON value as text of a CSV cell."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_bands(position: dict) -> None:
    """Both ways to the maintenance requirement: by bands, and rate x notional - amount."""
    bands = position["bands"]
    assert sum(Decimal(band["part"]) for band in bands) == Decimal(position["notional"])
    for band in bands:
        assert Decimal(band["part"]) * Decimal(band["rate"]) == Decimal(band["requirement"])
    exact = sum(Decimal(band["requirement"]) for band in bands)
    assert exact == Decimal(position["maintenance_exact"])
    single = Decimal(position["maintenance_rate"]) * Decimal(position["notional"]) - Decimal(position["maintenance_amount"])
    assert exact == single, position
    assert Decimal(position["initial_rate"]) * Decimal(position["notional"]) == Decimal(position["initial_exact"])
    step = Decimal(1).scaleb(Decimal(position["maintenance"]).as_tuple().exponent)
    assert 0 <= Decimal(position["maintenance"]) - exact < step


def check_ladder(position: dict, places: dict, key: tuple) -> None:
    """Place, contracts ahead and lights, recomputed from the full ladder."""
    if position["ladder"] is None:
        assert position["lights"] is None and key not in places
        return
    place = places[key]
    ladder = position["ladder"]
    assert (ladder["rank"], ladder["entries"]) == (place["rank"], place["entries"])
    assert Decimal(ladder["size_ahead"]) == place["ahead"] and Decimal(ladder["size_total"]) == place["total"]
    assert position["lights"] == 5 - int(5 * place["ahead"] // place["total"])


def check_unit(unit: dict) -> None:
    """The unit's own arithmetic."""
    positions = unit["positions"]
    assert not positions or sum(Decimal(one["allotted"]) for one in positions) == Decimal(unit["equity"])
    assert sum(Decimal(one["pnl"]) for one in positions) == Decimal(unit["pnl"])
    assert sum(Decimal(one["value"]) for one in unit["assets"]) == Decimal(unit["equity"])
    assert sum(Decimal(one["margin_value"]) for one in unit["assets"]) == Decimal(unit["margin_equity"])
    assert sum(Decimal(one["maintenance_exact"]) for one in positions) == Decimal(unit["maintenance_exact"])
    assert Decimal(unit["deficit"]) == max(Decimal(0), -Decimal(unit["equity"]))
    for one in positions:
        check_bands(one)
        if one["bankruptcy_clamped"] is False:
            assert Decimal(one["value"]) - Decimal(one["allotted"]) == Decimal(one["bankruptcy_value"])


class Tables:
    """A scan's tables, by account."""

    def __init__(self, folder: Path):
        self.units: dict[str, list] = {}
        self.positions: dict[tuple, list] = {}
        self.places: dict[tuple, dict] = {}
        self.losers: dict[tuple, list] = {}
        for row in rows_of(folder / "units.csv"):
            self.units.setdefault(row["account"], []).append(row)
        for row in rows_of(folder / "positions.csv"):
            self.positions.setdefault((row["account"], row["unit"]), []).append(row)
        ladders: dict[tuple, list] = {}
        for row in rows_of(folder / "ladder.csv"):
            ladders.setdefault((row["instrument"], row["side"]), []).append(row)
        for (instrument, side), entries in ladders.items():
            total = sum(Decimal(row["size"]) for row in entries)
            ahead = Decimal(0)
            for row in entries:
                self.places[row["account"], row["unit"], instrument, side] = {
                    "rank": int(row["rank"]), "entries": len(entries), "ahead": ahead, "total": total}
                ahead += Decimal(row["size"])
        for row in rows_of(folder / "cover.csv"):
            self.losers.setdefault((row["loser"], row["loser_unit"], row["instrument"]), []).append(
                (row["winner"], row["winner_unit"], row["size"], row["price"], row["value"]))


def check_account(program: Program, book: Path, tables: Tables, account: str, as_of: tuple[str, ...] = ()) -> None:
    words = ("explain", "--format", "json", "--quiet", "--backend", "cpu", *as_of, "--", book, account)
    explained = json.loads(program.ok(*words).stdout)
    units = tables.units[account]
    assert [cell(unit["unit"]) for unit in explained["units"]] == [row["unit"] for row in units], account
    for unit, row in zip(explained["units"], units, strict=True):
        where = f"{account} {row['unit']}"
        for column in UNIT_COLUMNS:
            assert cell(unit[column]) == row[column], f"{where}: {column} {unit[column]} is {row[column]} in units"
        rows = tables.positions.get((account, row["unit"]), [])
        assert len(unit["positions"]) == len(rows), where
        check_unit(unit)
        for position, other in zip(unit["positions"], rows, strict=True):
            for column in POSITION_COLUMNS:
                assert cell(position[column]) == other[column], (
                    f"{where} {other['instrument']}: {column} {position[column]} is {other[column]} in positions")
            check_ladder(position, tables.places, (account, row["unit"], other["instrument"], other["side"]))
            if "covered_by" in position:
                found = [(fill["account"], fill["unit"], fill["size"], fill["price"], fill["value"])
                         for fill in position["covered_by"]]
                # A unit with both sides of an instrument shares its key in cover: each fill is one of theirs.
                wanted = tables.losers.get((account, row["unit"], other["instrument"]), [])
                assert all(fill in wanted for fill in found), where
                covered = sum((Decimal(fill[2]) for fill in found), Decimal(0))
                assert covered + Decimal(position["not_covered"]) == abs(Decimal(position["size"])), where


def venue_check(name: str, accounts: int):
    def check(program: Program, root: Path) -> None:
        book = root / name
        program.ok("generate", "--accounts", str(accounts), "--positions", str(4 * accounts), "--instruments", "12",
                   "--distressed-share", "0.15", "--isolated-share", "0.3", "--hedge-share", "0.2", *VENUES[name],
                   "--out", book)
        venue = book / "venue.toml"
        text = venue.read_text()
        assert 'score = "pnl_leverage"' in text
        venue.write_text(text.replace("pnl_leverage", SCORES[name]))
        program.ok("scan", book, "--out", root / f"{name}-scan", "--positions", "--ladder", "full", "--backend", "cpu")
        tables = Tables(root / f"{name}-scan")
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda account: check_account(program, book, tables, account), tables.units))
        worst = rows_of(root / f"{name}-scan" / "flagged.csv")[0]["account"]
        text = program.ok("explain", book, worst).stdout
        assert "bankrupt: equity -" in text and "not on the ladder: its unit is bankrupt" in text, text[-500:]
        maker = program.ok("explain", book, "market-maker").stdout
        assert "lights" in maker and "= 5 - floor(5 x" in maker

    check.__name__ = name
    return check


def nasty(program: Program, root: Path) -> None:
    """The oracle's difficult books: held marks, odd names, every score, haircuts, units on the edges of the states."""
    for seed in range(300, 312):
        draft = books.make(seed)
        book = root / f"nasty-{seed}"
        draft.write(book)
        as_of = ("--as-of", draft.as_of) if draft.as_of else ()
        out = root / f"nasty-{seed}-scan"
        program.ok("scan", book, "--out", out, "--positions", "--ladder", "full", "--backend", "cpu", *as_of)
        tables = Tables(out)
        for account in tables.units:
            check_account(program, book, tables, account, as_of)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--accounts", type=int, default=60)
    arguments = parser.parse_args()
    checks = [venue_check(name, arguments.accounts) for name in VENUES] + [nasty]
    with tempfile.TemporaryDirectory(prefix="plimsoll-explain-") as folder:
        return run_checks(checks, Program(arguments.plimsoll), Path(folder))


if __name__ == "__main__":
    sys.exit(main())
