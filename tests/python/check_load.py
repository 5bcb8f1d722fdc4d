#!/usr/bin/env python3
"""A book of a million accounts from an Arrow table in memory takes at most 1.2 x what it takes from Parquet files.

    check_load.py [--accounts N] [--rounds N] [--most RATIO]

User CPU of this process, of one thread, in rounds that alternate; the least of each counts. So does a book from polars' frames, whose
text is of another type; it is shown and not held to the ratio. PYTHONPATH, or PLIMSOLL_PACKAGE, has the package.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path += [os.environ["PLIMSOLL_PACKAGE"]] if "PLIMSOLL_PACKAGE" in os.environ else []

import polars as pl
import pyarrow.parquet as pq

import plimsoll


def seconds_of(work: Callable[[], str]) -> tuple[float, str]:
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    digest = work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime - before, digest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=float, default=1.2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plimsoll-load-") as place:
        folder = Path(place) / "book"
        plimsoll.generate(accounts=options.accounts, positions=4 * options.accounts, instruments=64, seed=7, out=folder, format="parquet", report=False)
        venue = (folder / "venue.toml").read_text(encoding="utf-8")
        tables = {path.stem: pq.read_table(path) for path in folder.glob("*.parquet")}
        frames = {name: pl.DataFrame(table) for name, table in tables.items()}

        def load(book: plimsoll.Book | Path) -> str:
            return plimsoll.Scanner(book, backend="cpu", threads=1).state_digest

        ways = {
            "parquet": lambda: load(folder), "arrow": lambda: load(plimsoll.Book(venue, **tables)),
            "polars": lambda: load(plimsoll.Book(venue, **frames)),
        }  # fmt: skip
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        digests = set()
        for _ in range(options.rounds):
            for name, work in ways.items():
                spent, digest = seconds_of(work)
                seconds[name].append(spent)
                digests.add(digest)
    assert len(digests) == 1, digests
    least = {name: min(spent) for name, spent in seconds.items()}
    ratio = least["arrow"] / least["parquet"]
    print(f"{options.accounts:,} accounts, user CPU: " + ", ".join(f"{name} {spent:.2f} s" for name, spent in least.items())
          + f"; from Arrow {ratio:.2f} x from Parquet, at most {options.most}")
    return 0 if ratio <= options.most else 1


if __name__ == "__main__":
    sys.exit(main())
