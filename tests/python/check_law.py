#!/usr/bin/env python3
"""Venues of the waterfall oracle (tests/oracle/venues.py) through Python and through the command: the same digests, plans, last states.

    check_law.py --plimsoll COMMAND [--seeds 0:200]

A venue is run in three ways: `plimsoll.replay` of its files; a `Scanner` with an `Executor` on tables in memory, tick
by tick; the command. PYTHONPATH, or PLIMSOLL_PACKAGE, has the package.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))
sys.path += [os.environ["PLIMSOLL_PACKAGE"]] if "PLIMSOLL_PACKAGE" in os.environ else []

import pyarrow as pa
import venues

import plimsoll
from plimsoll.book import read_table

NUMBERS = {"plan", "size", "cost", "amount", "price"}
LEFT_OUT = {"tick", "time"}  # A row of a run's events belongs to its run.


def output_of(*words: str | Path) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: exit {done.returncode}: {done.stderr or done.stdout}")
    return done.stdout


def legs(rows: list[dict], tick_too: bool) -> list[tuple]:
    """Legs of all plans but those of updates, numbers as numbers."""
    out = []
    for row in rows:
        if row["step"] != "update":
            cells = {name: cell for name, cell in row.items() if tick_too or name not in LEFT_OUT}
            out.append(tuple((name, None if cell in ("", None) else Decimal(str(cell)) if name in NUMBERS else str(cell))
                             for name, cell in cells.items()))
    return out


def by_tick(path: Path) -> dict[int, pa.Table]:
    table = read_table(path)
    ticks = [int(cell) for cell in table["tick"].to_pylist()]
    rest = table.drop_columns(["tick"])
    return {tick: rest.filter(pa.array([one == tick for one in ticks])) for tick in dict.fromkeys(ticks)}


def in_memory(root: Path, updates: Path | None) -> tuple[list[str], list[tuple], str]:
    """Digest of the opening tick, legs, and digest of a tick at the end, of a book in tables."""
    folder = plimsoll.Book.open(root / "book")
    book = plimsoll.Book(folder.venue, **folder.tables)
    opening = plimsoll.Scanner(book, backend="cpu", threads=1).tick().digest
    scan = plimsoll.Scanner(book, backend="cpu", threads=1)
    engine = plimsoll.Executor(scan)
    marks, fills = by_tick(root / "ticks.csv"), by_tick(updates) if updates else {}
    events: list[dict] = []
    for tick in sorted({*marks, *fills}):
        if tick in fills:
            scan.apply(fills[tick])
        _, done = engine.run(marks.get(tick), tick=tick)
        events += done.events.to_pylist()
    assert engine.conserved
    last = plimsoll.scan(scan.snapshot(root / "last"), backend="cpu", threads=1, report=False).digest
    return opening, legs(events, False), last


def check_seed(program: Path, seed: int) -> tuple[str | None, int]:
    """The first difference, if there is one, and how many legs were compared."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-law-") as folder:
        root = Path(folder)
        venues.make(seed).write(root)
        updates = root / "updates.csv" if (root / "updates.csv").is_file() else None
        given = ["--updates", updates] if updates else []
        one_way = ["--quiet", "--backend", "cpu", "--threads", "1"]
        reported = json.loads(output_of(program, "replay", root / "book", "--ticks", root / "ticks.csv", *given, "--out", root / "out", *one_way))
        with (root / "out/events.csv").open(encoding="utf-8", newline="") as file:
            wanted = list(csv.DictReader(file))
        opening, last = (json.loads(output_of(program, "scan", book, *one_way))["digests"]["tick"] for book in (root / "book", root / "out/final"))

        ran = plimsoll.replay(root / "book", root / "ticks.csv", updates=updates, backend="cpu", threads=1, report=False)
        if legs(ran.events.to_pylist(), False) != legs(wanted, False):
            return "replay: other legs", 0
        if ran.summary["assets"] != reported["assets"] or ran.summary["conservation"] != reported["conservation"]:
            return "replay: another summary", 0
        if (digest := plimsoll.scan(ran.final, backend="cpu", threads=1, report=False).digest) != last:
            return f"replay: the last state scans to {digest}, the command's to {last}", 0
        found_opening, found, found_last = in_memory(root, updates)
        if (found_opening, found_last) != (opening, last):
            return f"in memory: digests {found_opening}, {found_last}; the command's {opening}, {last}", 0
        if found != legs(wanted, False):
            at = next((i for i, both in enumerate(zip(found, legs(wanted, False))) if both[0] != both[1]), -1)
            return f"in memory: leg {at} is {found[at]}, the command's {legs(wanted, False)[at]}", 0
        return None, len(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--seeds", type=venues.seed_range, default=range(40))
    options = parser.parse_args()
    compared = failed = 0
    for seed in options.seeds:
        try:
            fault, count = check_seed(options.plimsoll.resolve(), seed)
        except (AssertionError, plimsoll.Error) as raised:
            fault, count = repr(raised), 0
        compared += count
        if fault:
            failed += 1
            print(f"seed {seed}: {fault}"[:2_000])
    print(f"{len(options.seeds)} venues through Python and the command, {compared} legs of plans compared, {failed} differ")
    assert compared > 0, "no plan was compared"
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
