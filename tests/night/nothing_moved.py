#!/usr/bin/env python3
"""Compares what this program writes with what an earlier commit of it writes, byte for byte, over generated venues.

    python3 tests/night/nothing_moved.py --before COMMIT --plimsoll build/plimsoll [--seeds A:B] [--jobs N] [--keep DIR]

The commit is built beside the tree, in build/night/before-HASH; `yesterday` is the last commit of an earlier day. Each seed is a venue of tests/oracle with twelve ticks
and with updates. It is replayed under its own rules and under every rulebook that comes with the program, and taken
through `scan`, `compare` and `stress`. Of each table the script counts how often both programs wrote it, how many rows
it had and how often the two differ. Seconds are no part of it. Exits 1 on a difference, or where a table had no rows.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/oracle"))

import venues  # noqa: E402
from venue_draft import Venue  # noqa: E402
from venue_updates import Updates  # noqa: E402

TICKS = 12
MEMORY = Path("/dev/shm")  # Each file written is brought to the disk, which is what would take most of the time.
# Columns and keys of times and machines; every other cell must be the same.
# Keys that a venue keeps under a rulebook that comes with the program; None: the whole section.
KEPT = {"market": None, "market.depth": None, "fund": ("scope",), "fund.balance": None, "margin": ("negative_marks", "max_mark_age")}
TIMED_COLUMNS = re.compile(r"^seconds")
TIMED_KEYS = {"seconds", "run", "version"}


def build_before(commit: str, jobs: int) -> Path:
    """The command of a commit, built once."""
    named = ["rev-list", "-1", "--before=midnight", "HEAD"] if commit == "yesterday" else ["rev-parse", f"{commit}^{{commit}}"]
    found = subprocess.run(["git", *named], cwd=ROOT, capture_output=True, text=True, check=False)
    commit = found.stdout.strip()
    if found.returncode != 0 or not commit:
        sys.exit(f"there is no such commit: {found.stderr.strip()}")
    place = ROOT / "build/night" / f"before-{commit[:12]}"
    program = place / "build/plimsoll"
    if program.is_file():
        return program
    source = place / "source"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    with subprocess.Popen(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE) as archive:
        subprocess.run(["tar", "x", "-C", source], stdin=archive.stdout, check=True)
    env = {**os.environ, "CCACHE_BASEDIR": str(source), "CCACHE_NOHASHDIR": "1"}
    settings = ["-DCMAKE_BUILD_TYPE=Release", "-DPLIMSOLL_MARCH=", "-DCMAKE_CUDA_COMPILER="]
    for command in (
        ["cmake", "-G", "Ninja", "-S", source, "-B", place / "build", *settings],
        ["cmake", "--build", place / "build", "-j", str(jobs), "--target", "plimsoll"],
    ):
        print("$", *command, flush=True)
        subprocess.run([str(word) for word in command], check=True, env=env)
    return program


# ------------------------------------------------------------------------------------------------- venues


def lengthen(venue: Venue) -> None:
    """Goes on to twelve ticks: marks walk on from the last ones, and every third tick jumps far and comes back."""
    steps = {row["instrument"]: Fraction(row["price_step"]) for row in venue.draft.tables["instruments"]}
    last = max((tick for tick, _ in venue.ticks), default=0)
    before = venue.marks_at(last)
    while len(venue.ticks) < TICKS:
        last += 1
        jump = len(venue.ticks) % 3 == 0
        moved = {}
        for name, price in before.items():
            if name not in steps or venue.chance(0.2):
                continue
            percent = venue.between(-25, 20) if jump else venue.between(-4, 4)
            ticks = max(1, int(price * (100 + percent) / 100 / steps[name]))
            moved[name] = ticks * steps[name]
        venue.tick(last, moved or {next(iter(before)): before[next(iter(before))]})


def add_updates(venue: Venue, first: int) -> None:
    """Updates in the ticks from place `first` on, of kinds that no replay refuses for want of money."""
    held = [(row["account"], row["instrument"]) for row in venue.draft.tables["positions"]]
    gone = {row["instrument"] for row in venue.updates if row["kind"] in ("settle", "delist")}
    names = sorted({name for _, name in held} - gone)
    drawn = Updates(venue, sorted({account for account, _ in held}), names, [], sorted(venue.digits))
    drawn.hedged |= {(row["account"], row["instrument"]) for row in venue.updates if row.get("side")}
    for tick, _ in venue.ticks[first:]:
        for _ in range(venue.pick([0, 1, 1, 2, 3])):
            getattr(drawn, venue.pick(["fill", "fill", "fill_to", "funding", "deposit", "fee"]))(tick)


def make(seed: int) -> Venue:
    venue = venues.make(seed)
    first = len(venue.ticks)
    lengthen(venue)
    if venue.timed and venue.chance(0.3):
        venue.rule("margin", max_mark_age=max(1, int(2 * venue.pace)))
    add_updates(venue, first)
    return venue


# --------------------------------------------------------------------------------------------------- runs


def cells_of(path: Path) -> list[list[str]]:
    """A table without its columns of seconds."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    kept = [place for place, name in enumerate(rows[0]) if not TIMED_COLUMNS.match(name)]
    return [[row[place] for place in kept] for row in rows]


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(inner) for key, inner in value.items() if key not in TIMED_KEYS}
    return [without_times(inner) for inner in value] if isinstance(value, list) else value


def run(program: Path, root: Path, out: Path, words: list[str]) -> tuple[int, str]:
    """The exit status, and what a refusal printed."""
    command = [str(program), words[0], str(root / "book"), *words[1:], "--out", str(out), "--quiet", "--format", "csv"]
    done = subprocess.run(
        [*command, "--backend", "cpu", "--threads", "1"], capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, done.stderr.replace(str(out), "OUT") if done.returncode else ""


def files_of(folder: Path) -> dict[str, Path]:
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


class Tally:
    """Compared rows, by command and table."""

    def __init__(self) -> None:
        self.tables: Counter = Counter()
        self.rows: Counter = Counter()
        self.differ: Counter = Counter()
        self.ran: Counter = Counter()
        self.refused: Counter = Counter()
        self.first: list[str] = []

    def __iadd__(self, other: Tally) -> Tally:
        for name in ("tables", "rows", "differ", "ran", "refused"):
            getattr(self, name).update(getattr(other, name))
        self.first += other.first
        return self

    def differs(self, key: str, where: str, why: str) -> None:
        self.differ[key] += 1
        self.first.append(f"{where}: {key}: {why}")


def first_difference(before: list, after: list) -> str:
    for number, (one, other) in enumerate(zip(before, after)):
        if one != other:
            return f"row {number}: before {one}, now {other}"
    return f"{len(before)} rows before, {len(after)} now"


def compare_file(tally: Tally, command: str, name: str, before: Path, after: Path, where: str) -> None:
    key = f"{command} {name}"
    tally.tables[key] += 1
    if name.endswith(".csv"):
        one, other = cells_of(before), cells_of(after)
        tally.rows[key] += len(other) - 1
        timed = name == "ticks.csv"  # Of the others the bytes are compared.
        if one != other or (not timed and before.read_bytes() != after.read_bytes()):
            tally.differs(key, where, first_difference(one, other))
    elif name.endswith(".json"):
        one, other = (without_times(json.loads(path.read_text("utf-8"))) for path in (before, after))
        tally.rows[key] += 1
        if one != other:
            changed = [part for part in one.keys() | other.keys() if one.get(part) != other.get(part)]
            tally.differs(key, where, f"differ in {', '.join(sorted(changed))}")
    else:
        tally.rows[key] += 1
        if before.read_bytes() != after.read_bytes():
            tally.differs(key, where, "other bytes")


def compare_run(tally: Tally, programs: list[Path], root: Path, where: str, words: list[str]) -> None:
    outs = [root / "before", root / "now"]
    printed = [run(program, root, out, words) for program, out in zip(programs, outs)]
    command = words[0]
    tally.ran[command] += 1
    if printed[0] != printed[1]:
        tally.differs(f"{command} exit", where, f"before {printed[0]}, now {printed[1]}")
    elif printed[0][0] != 0:
        tally.refused[command] += 1
    else:
        before, after = map(files_of, outs)
        if before.keys() != after.keys():
            tally.differs(f"{command} files", where, f"only in one: {sorted(before.keys() ^ after.keys())}")
        for name in before.keys() & after.keys():
            compare_file(tally, command, name, before[name], after[name], where)
    for out in outs:
        shutil.rmtree(out, ignore_errors=True)


def check_seed(programs: list[Path], rulebooks: list[str], keep: Path | None, seed: int) -> Tally:
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="plimsoll-moved-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        root = Path(folder)
        venue = make(seed)
        venue.write(root)
        own = root / "book/venue.toml"
        drawn = own.read_text("utf-8")
        path = ["--ticks", str(root / "ticks.csv"), "--updates", str(root / "updates.csv")]
        if not (root / "updates.csv").is_file():
            path = path[:2]
        where = f"seed {seed} ({venue.family or 'at large'})"
        compare_run(tally, programs, root, where, ["replay", *path])
        compare_run(tally, programs, root, where, ["scan", "--positions", "--ladder", "full"])
        if venue.setting("adl", "enabled", "true") == "true":
            compare_run(tally, programs, root, where, ["compare", *path])
        compare_run(tally, programs, root, where, ["stress"])
        # A rulebook's own rules, with the market's depth and the fund's money of the venue, so that each step acts.
        for section, values in venue.rules.items():
            kept = KEPT.get(section, ())
            venue.rules[section] = {key: text for key, text in values.items() if kept is None or key in kept}
        own.write_text(venue.venue_text(), "utf-8")
        compare_run(tally, programs, root, where, ["compare", "--rulebooks", ",".join(rulebooks), "--shock", "-0.1"])
        for name in rulebooks:
            compare_run(tally, programs, root, f"{where}, {name}", ["replay", "--rulebook", name, *path])
        if keep and tally.first:
            own.write_text(drawn, "utf-8")
            shutil.copytree(root, keep / f"seed{seed}", dirs_exist_ok=True)
    return tally


def shipped_rulebooks(program: Path) -> list[str]:
    """The names that `help venue.toml` gives under the key `rulebook`."""
    help_text = subprocess.run([str(program), "help", "venue.toml"], capture_output=True, text=True, check=True).stdout
    listed = re.search(r"Those that come with it:([^.]*)\.", help_text)
    names = re.findall(r'"([^"]+)"', listed[1]) if listed else []
    if len(names) < 2:
        sys.exit(f"{program} help venue.toml lists no rulebooks where this script looks for them")
    return names


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", required=True, help="a commit, or the path of a program")
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--seeds", type=venues.seed_range, default=range(300))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="folder for the venues that differ")
    parser.add_argument("--show", type=int, default=10, help="differences printed in full")
    arguments = parser.parse_args()
    before = Path(arguments.before)
    programs = [(before if before.is_file() else build_before(arguments.before, arguments.jobs)).resolve()]
    programs.append(arguments.plimsoll.resolve())
    rulebooks = shipped_rulebooks(programs[1])
    tally = Tally()
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for one in pool.map(partial(check_seed, programs, rulebooks, arguments.keep), arguments.seeds, chunksize=2):
            tally += one
    for text in tally.first[: arguments.show]:
        print(text)
    print(f"{'table':34} {'written':>8} {'rows':>10} {'differ':>7}")
    for key in sorted(tally.tables.keys() | tally.differ.keys()):
        print(f"{key:34} {tally.tables[key]:8} {tally.rows[key]:10} {tally.differ[key]:7}")
    for command, count in sorted(tally.ran.items()):
        print(f"{command}: {count} runs of each program, {tally.refused[command]} refused by both alike")
    blank = [key for key, count in tally.tables.items() if count and tally.rows[key] == 0]
    for key in blank:
        print(f"{key} never had a row")
    print(f"{len(arguments.seeds)} venues x {len(rulebooks)} rulebooks and their own, {sum(tally.differ.values())} differences")
    return 1 if tally.differ or blank or not tally.ran else 0


if __name__ == "__main__":
    sys.exit(main())
