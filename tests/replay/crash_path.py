"""Writes `ticks` for a book: a crash of all its instruments, deepest in the small ones.

    crash_path.py BOOK --out TICKS.csv [--ticks N] [--fall 0.15] [--bars BARS.csv.gz]

The shape is that of 10 October 2025: a slide, a plunge within a few ticks, and half of the way back; or, with --bars, that
of the steepest N bars in a row of a file with a column `close`, stretched so that they reach the same depth. BOOK may be
CSV or Parquet. Every mark stays a multiple of its price step; times go on a second a tick after the book's own.
"""

import argparse
import csv
import datetime
import gzip
from decimal import Decimal
from pathlib import Path


def read(path):
    """Rows of a CSV file as dictionaries of text; of a Parquet file beside it, if there is no such CSV."""
    if not path.exists() and path.with_suffix(".parquet").exists():
        import pyarrow.parquet  # Only here: books of a million accounts are not CSV.
        rows = pyarrow.parquet.read_table(path.with_suffix(".parquet")).to_pylist()
        return [{name: "" if cell is None else str(cell) for name, cell in row.items()} for row in rows]
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def depths_of_bars(path, ticks):
    """Depth of the steepest `ticks` bars in a row, in per mille of their lowest close: below 0 if they are higher."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        closes = [Decimal(row["close"]) for row in csv.DictReader(file)]
    falls = [min(closes[i + 1:i + 1 + ticks]) / closes[i] for i in range(len(closes) - ticks)]
    first = falls.index(min(falls))
    start, path_of = closes[first], closes[first + 1:first + 1 + ticks]
    return [1000 * (start - close) / (start - min(path_of)) for close in path_of]


def depth(tick, ticks):
    """Share of the fall that is reached at a tick, in per mille: 0 at the start, 1000 at the bottom, 500 at the end."""
    share = Decimal(tick) / ticks
    if share <= Decimal("0.4"):
        return 250 * share / Decimal("0.4")
    if share <= Decimal("0.6"):
        return 250 + 750 * (share - Decimal("0.4")) / Decimal("0.2")
    return 1000 - 500 * (share - Decimal("0.6")) / Decimal("0.4")


def write_crash(book, path, ticks=15, fall=Decimal("0.35"), depths=None):
    """The largest instrument falls by `fall`, the others by up to half as much again, by their place in the book."""
    depths = depths or [depth(tick, ticks) for tick in range(1, ticks + 1)]
    steps = {row["instrument"]: Decimal(row["price_step"]) for row in read(book / "instruments.csv")}
    marks = read(book / "marks.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("tick,instrument,mark,as_of\n")
        for tick in range(1, ticks + 1):
            for place, row in enumerate(marks):
                bottom = fall * (1 + Decimal(place) / (2 * len(marks)))
                factor = 1 - min(bottom, Decimal("0.9")) * depths[tick - 1] / 1000
                step = steps[row["instrument"]]
                mark = max(Decimal(1), (Decimal(row["mark"]) * factor / step).to_integral_value()) * step
                as_of = ""
                if row.get("as_of"):
                    start = datetime.datetime.fromisoformat(row["as_of"].replace("Z", "+00:00"))
                    as_of = (start + datetime.timedelta(seconds=tick)).strftime("%Y-%m-%dT%H:%M:%SZ")
                file.write(f"{tick},{row['instrument']},{mark:f},{as_of}\n")


def main():
    """Reads the arguments and writes the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("book", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--ticks", type=int, default=15)
    parser.add_argument("--fall", type=Decimal, default=Decimal("0.15"))
    parser.add_argument("--bars", type=Path)
    arguments = parser.parse_args()
    depths = depths_of_bars(arguments.bars, arguments.ticks) if arguments.bars else None
    write_crash(arguments.book, arguments.out, arguments.ticks, arguments.fall, depths)


if __name__ == "__main__":
    main()
