#!/usr/bin/env python3
"""The oracle: what `plimsoll scan BOOK --out DIR --positions --format csv` must write.

Obvious, sequential, of unbounded precision, and written from DESIGN.md alone.

    python3 tests/oracle/oracle.py BOOK --out DIR [--ladder full] [--as-of T]
"""

from __future__ import annotations

import argparse
import json
import sys
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import tables
from book import Book, instant, read
from decimals import BadData
from liquidation import liquidation_ticks
from margin import evaluate, held_instruments
from rank import rank


def scan(book: Book, as_of: Fraction | None = None, full_ladder: bool = False) -> dict[str, str]:
    """Every output file of a scan, by name, as text."""
    units = evaluate(book, as_of)
    markets = rank(book, units)
    for unit in units:
        for holding in unit.holdings:
            holding.liquidation_ticks = liquidation_ticks(book, unit, holding)
    return {
        "units.csv": tables.units_csv(book, units),
        "flagged.csv": tables.flagged_csv(book, units),
        "ladder.csv": tables.ladder_csv(book, markets, full_ladder),
        "cover.csv": tables.cover_csv(book, markets),
        "positions.csv": tables.positions_csv(book, units),
        "markets.csv": tables.markets_csv(book, markets, held_instruments(book, as_of)),
        "summary.json": json.dumps(tables.summary(units, markets), indent=2) + "\n",
    }


def write(files: dict[str, str], folder: Path) -> None:
    """The files, as UTF-8 bytes with LF."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("utf-8"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("book", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--ladder", choices=("cover", "full"), default="cover")
    parser.add_argument("--as-of", default=None)
    arguments = parser.parse_args()
    try:
        as_of = instant(arguments.as_of) if arguments.as_of else None
        files = scan(read(arguments.book), as_of, arguments.ladder == "full")
    except BadData as reason:
        print(f"refused: {reason}", file=sys.stderr)
        return 3
    write(files, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
