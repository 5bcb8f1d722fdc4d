"""A whole scan by the oracle: every output file of `plimsoll scan --positions --format csv` as text."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import tables
from book import Book
from liquidation import liquidation_ticks
from margin import evaluate, held_instruments
from rank import rank


def scan(book: Book, as_of: Fraction | None = None, full_ladder: bool = False) -> dict[str, str]:
    """The files of a scan, by name (docs/design.md section 7)."""
    units = evaluate(book, as_of)
    markets = rank(book, units)
    for unit in units:
        for holding in unit.holdings:
            holding.liquidation_ticks = liquidation_ticks(book, unit, holding)
    held = held_instruments(book, as_of)
    return {
        "units.csv": tables.units_csv(book, units, held),
        "flagged.csv": tables.flagged_csv(book, units, held),
        "ladder.csv": tables.ladder_csv(book, markets, full_ladder),
        "cover.csv": tables.cover_csv(book, markets),
        "positions.csv": tables.positions_csv(book, units),
        "markets.csv": tables.markets_csv(book, markets, held),
        "held.csv": tables.held_csv(book, held, as_of),
        "summary.json": json.dumps(tables.summary(book, units, markets, held), indent=2) + "\n",
    }


def write(files: dict[str, str], folder: Path) -> None:
    """Writes the files as UTF-8 with LF."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("utf-8"))
