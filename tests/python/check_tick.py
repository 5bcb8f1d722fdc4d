#!/usr/bin/env python3
"""A tick through Python costs at most 100 us more than the same tick through C++.

    check_tick.py --cpp PROGRAM [--accounts N] [--ticks N] [--rounds N] [--rounds-max N] [--most MICROSECONDS]

Marks come as numpy arrays, and the tick's figures are read. `small` and `crash` are the moves of the marks. `tables` is the crash with
`flagged` and `cover` as tables, which pyarrow takes over column by column; it is shown and not held to the limit. CPU time of this process
and of tests/ways/tick_cost.cpp, each with one thread, in rounds that alternate. The least tick of each counts, because other programs on
the machine only add to it. If the difference is over the limit, up to `--rounds-max` rounds follow: on a busy machine the least ticks of both
need longer to show, and a tick that does cost more stays over the limit in every round. PYTHONPATH, or PLIMSOLL_PACKAGE, has the package.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path += [os.environ["PLIMSOLL_PACKAGE"]] if "PLIMSOLL_PACKAGE" in os.environ else []

import numpy as np

import plimsoll


def through_python(folder: Path, ticks: int, kind: str) -> tuple[float, list[str]]:
    """Nanoseconds of the least tick, and what the last one found."""
    crash = kind != "small"
    scan = plimsoll.Scanner(folder, backend="cpu", threads=1)
    ids = np.arange(len(scan.instruments), dtype=np.uint32)
    base = np.array([one["mark_ticks"] for one in scan.instruments], dtype=np.int64)
    marks = [base * 98 // 100, base * 97 // 100] if crash else [base, base + base // 2000]
    for ticks_then in marks:
        tick = scan.tick(ids=ids, ticks=ticks_then)
    spent = []
    for number in range(ticks):
        began = time.process_time_ns()
        tick = scan.tick(ids=ids, ticks=marks[number % 2])
        _ = tick.states, tick.digest
        if kind == "tables":
            _ = tick.flagged, tick.cover
        spent.append(time.process_time_ns() - began)
    return min(spent), [tick.digest, str(tick.flagged_rows), str(tick.cover_rows)]


def compare(folder: Path, ticks: int, kind: str, options: argparse.Namespace) -> float:
    """Microseconds that the least tick through Python costs more; prints them."""
    limit = options.most if kind != "tables" else float("inf")
    least = {"C++": float("inf"), "Python": float("inf")}
    seen, rounds = set(), 0
    while rounds < options.rounds or (least["Python"] - least["C++"] > limit and rounds < options.rounds_max):
        words = subprocess.run([options.cpp, folder, str(ticks), kind], capture_output=True, text=True, check=True).stdout.split()
        nanoseconds, found = through_python(folder, ticks, kind)
        least = {"C++": min(least["C++"], int(words[0]) / 1000), "Python": min(least["Python"], nanoseconds / 1000)}
        seen |= {tuple(words[1:]), tuple(found)}
        rounds += 1
    assert len(seen) == 1, f"both must find the same: {seen}"
    ((_, flagged, cover),) = seen
    assert (int(flagged) > 0 and int(cover) > 0) or kind == "small", "nobody is bankrupt in this crash"
    more = least["Python"] - least["C++"]
    print(f"{kind} ({flagged} flagged, {cover} of cover): C++ {least['C++']:.0f} us, Python {least['Python']:.0f} us, {more:+.0f} us a tick, "
          f"{rounds} rounds")
    return more


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--cpp", type=Path, required=True)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--ticks", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rounds-max", type=int, default=40)
    parser.add_argument("--most", type=float, default=100)
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="plimsoll-tick-") as place:
        folder = Path(place) / "book"
        plimsoll.generate(accounts=options.accounts, positions=4 * options.accounts, instruments=256, seed=7, out=folder, format="parquet", report=False)
        for kind, ticks in (("small", options.ticks), ("crash", options.ticks), ("tables", options.ticks // 10)):
            more = compare(folder, ticks, kind, options)
            failed += kind != "tables" and more > options.most
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
