#!/usr/bin/env python3
"""The same venue through the command, the C++ interface and the C interface: the same digests, plans and last state.

    check_ways.py --plimsoll COMMAND --ways PROGRAM [--seeds 0:200] [--jobs N]

Venues, ticks and updates are those of the waterfall oracle (tests/oracle/venues.py). The C interface reads each book twice: as
a folder, and as tables in memory.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))

import venues

NUMBERS = {"plan", "size", "cost", "amount", "price"}
LEFT_OUT = {"tick", "time"}  # A row of a run's events belongs to its run.


def output_of(*words: str | Path) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: exit {done.returncode}: {done.stderr or done.stdout}")
    return done.stdout


def events_of(path: Path) -> list[tuple]:
    """Legs of all plans but those of updates, numbers as numbers."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            tuple((name, Decimal(cell) if name in NUMBERS and cell else cell) for name, cell in row.items() if name not in LEFT_OUT)
            for row in csv.DictReader(file)
            if row["step"] != "update"
        ]


def scan_digest(program: Path, book: Path) -> str:
    return json.loads(output_of(program, "scan", book, "--backend", "cpu", "--threads", "1", "--quiet"))["digests"]["tick"]


def check_seed(program: Path, ways: Path, seed: int) -> tuple[int, str | None, int]:
    """The first difference, if there is one, and how many legs were compared."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-ways-") as folder:
        root = Path(folder)
        venues.make(seed).write(root)
        updates = root / "updates.csv"
        given = ["--updates", updates] if updates.is_file() else []
        try:
            output_of(program, "replay", root / "book", "--ticks", root / "ticks.csv", *given, "--out", root / "out", "--quiet",
                      "--backend", "cpu", "--threads", "1")
            reported = output_of(ways, root / "book", root / "ticks.csv", updates if given else "-", root / "ways")
            opening = scan_digest(program, root / "book")
            last = scan_digest(program, root / "out/final")
        except AssertionError as failed:
            return seed, str(failed), 0
        wanted = events_of(root / "out/events.csv")
        lines = {name: digests for name, *digests in map(str.split, reported.splitlines())}
        if list(lines) != ["cpp", "c_folder", "c_tables"]:
            return seed, f"the ways are {list(lines)}", 0
        for name, digests in lines.items():
            if digests[0] != opening:
                return seed, f"{name}: the opening tick is {digests[0]}, a scan's {opening}", 0
            if digests != lines["cpp"]:
                return seed, f"{name} and cpp: {digests} and {lines['cpp']}", 0
            found = events_of(root / "ways" / f"{name}.csv")
            if found != wanted:
                at = next((i for i, both in enumerate(zip(found, wanted)) if both[0] != both[1]), min(len(found), len(wanted)))
                return seed, f"{name}: leg {at} is {found[at:at + 1]}, the command's {wanted[at:at + 1]}", 0
            if (left := scan_digest(program, root / "ways" / name)) != last:
                return seed, f"{name}: the last state scans to {left}, the command's to {last}", 0
        return seed, None, len(wanted)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--ways", type=Path, required=True)
    parser.add_argument("--seeds", type=venues.seed_range, default=range(200))
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    legs = failed = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for seed, fault, compared in pool.map(partial(check_seed, options.plimsoll.resolve(), options.ways.resolve()), options.seeds):
            legs += compared
            if fault:
                failed += 1
                print(f"seed {seed}: {fault}"[:2_000])
    print(f"{len(options.seeds)} venues through 4 ways, {legs} legs of plans compared, {failed} differ")
    assert legs > 0, "no plan was compared"
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
