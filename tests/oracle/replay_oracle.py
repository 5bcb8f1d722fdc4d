#!/usr/bin/env python3
"""The waterfall oracle: the required plans of `plimsoll replay BOOK --ticks T --updates U`, from the documents alone.

    python3 tests/oracle/replay_oracle.py BOOK --ticks T [--updates U]

Prints every plan with its legs, then the counts of the settings that acted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from book import Book, Row, build, instant, read_table, read_tables
from decimals import parse, whole
from waterfall_replay import Replay
from waterfall_rules import read_rules, whole_venue
from waterfall_updates import Updates


def read_replay(folder: Path) -> Replay:
    """The book in a folder, with the rulebook that its venue names, ready for its first tick."""
    venue = whole_venue(folder)
    book = build(venue, read_tables(folder))
    return Replay(book, read_rules(venue))


def by_tick(path: Path | None) -> dict[int, list[Row]]:
    """The rows of `ticks` or `updates` by their tick, in file order."""
    found: dict[int, list[Row]] = {}
    for row in read_table(path) if path else []:
        found.setdefault(int(row["tick"]), []).append(row)
    return found


def marks_of(book: Book, rows: list[Row]) -> dict[str, int]:
    """The marks of a tick's rows, in price steps."""
    return {
        row["instrument"]: whole(parse(row["mark"]), book.instruments[row["instrument"]].price_step, "mark")
        for row in rows
    }


def run(folder: Path, ticks: Path, updates: Path | None, guide: list | None = None, after=None) -> Replay:
    """A whole replay; `guide` are the program's plans, for the choices that the documents leave to it (`min_max`);
    `after(replay, tick)` is called after each tick."""
    replay = read_replay(folder)
    replay.guide = guide or []
    moves, changes = by_tick(ticks), by_tick(updates)
    posting = Updates(replay)
    for tick in sorted(moves.keys() | changes.keys()):
        replay.now = tick
        posting.act(changes.get(tick, []))
        rows = moves.get(tick, [])
        times = [instant(row["as_of"]) for row in rows if row.get("as_of")]
        replay.tick(tick, marks_of(replay.book, rows), max(times, default=None))
        if after:
            after(replay, tick)
    return replay


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("book", type=Path)
    parser.add_argument("--ticks", type=Path, required=True)
    parser.add_argument("--updates", type=Path, default=None)
    arguments = parser.parse_args()
    replay = run(arguments.book, arguments.ticks, arguments.updates)
    for plan in replay.plans:
        print(plan.tick, plan.step)
        for leg in plan.legs:
            print("   ", leg)
    for setting, count in sorted(replay.acts.items()):
        print(f"{setting}: {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
