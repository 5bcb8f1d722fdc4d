"""Writes `ticks` for a book: a crash of all its instruments, deepest in the small ones, and half of the way back.

    crash_path.py BOOK --out TICKS.csv [--ticks N] [--fall 0.15]

The shape is that of 10 October 2025: a slide, a plunge within a few ticks, a rebound. BOOK must be CSV.
Every mark stays a multiple of its price step; times go on a second a tick after the book's own.
"""

import argparse
import csv
import datetime
from decimal import Decimal
from pathlib import Path


def read(path):
    """Rows of a CSV file as dictionaries."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def depth(tick, ticks):
    """Share of the fall that is reached at a tick, in per mille: 0 at the start, 1000 at the bottom, 500 at the end."""
    share = Decimal(tick) / ticks
    if share <= Decimal("0.4"):
        return 250 * share / Decimal("0.4")
    if share <= Decimal("0.6"):
        return 250 + 750 * (share - Decimal("0.4")) / Decimal("0.2")
    return 1000 - 500 * (share - Decimal("0.6")) / Decimal("0.4")


def write_crash(book, path, ticks=15, fall=Decimal("0.35")):
    """The largest instrument falls by `fall`, the others by up to half as much again, by their place in the book."""
    steps = {row["instrument"]: Decimal(row["price_step"]) for row in read(book / "instruments.csv")}
    marks = read(book / "marks.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("tick,instrument,mark,as_of\n")
        for tick in range(1, ticks + 1):
            for place, row in enumerate(marks):
                bottom = fall * (1 + Decimal(place) / (2 * len(marks)))
                factor = 1 - min(bottom, Decimal("0.9")) * depth(tick, ticks) / 1000
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
    arguments = parser.parse_args()
    write_crash(arguments.book, arguments.out, arguments.ticks, arguments.fall)


if __name__ == "__main__":
    main()
