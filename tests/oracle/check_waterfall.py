#!/usr/bin/env python3
"""Compares `plimsoll replay` with the waterfall oracle, plan by plan, on seeded venues.

    python3 tests/oracle/check_waterfall.py --plimsoll build/plimsoll --seeds 0:60 [--jobs N] [--keep DIR] [--min-acts 30]

Prints how often each setting of a rulebook acted. Exit 1 on a mismatch, or where one acted less than --min-acts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import venues
from replay_oracle import run
from waterfall_acts import SETTINGS, idle
from waterfall_compare import final_difference, plan_difference, read_events, ticks_difference


def command_of(program: Path, root: Path) -> list[str]:
    command = [str(program), "replay", str(root / "book"), "--ticks", str(root / "ticks.csv")]
    if (root / "updates.csv").is_file():
        command += ["--updates", str(root / "updates.csv")]
    return command + ["--out", str(root / "out"), "--quiet", "--backend", "cpu", "--threads", "1"]


def check_folder(program: Path, root: Path) -> tuple[str | None, Counter]:
    """Replays a written venue both ways; the first difference, or None, and the settings that acted."""
    done = subprocess.run(command_of(program, root), capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        return f"exit {done.returncode}: {(done.stderr or done.stdout).strip()}", Counter()
    updates = root / "updates.csv"
    written = read_events(root / "out" / "events.csv")
    try:
        replay = run(root / "book", root / "ticks.csv", updates if updates.is_file() else None, written)
    except Exception:  # pylint: disable=broad-except
        return "the oracle stopped: " + traceback.format_exc(), Counter()
    found = plan_difference(replay, written)
    found = found or ticks_difference(replay, root / "out" / "ticks.csv")
    found = found or final_difference(replay, root / "out" / "final")
    return found, replay.acts


def check_seed(program: Path, keep: Path | None, seed: int) -> tuple[int, str | None, Counter]:
    with tempfile.TemporaryDirectory(prefix="plimsoll-waterfall-") as folder:
        root = Path(folder)
        venue = venues.make(seed)
        venue.write(root)
        found, acts = check_folder(program, root)
        if found and keep:
            shutil.copytree(root, keep / f"seed{seed}", dirs_exist_ok=True)
        return seed, found and f"seed {seed} ({venue.family}): {found}", acts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--seeds", type=venues.seed_range, default=range(60))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, default=None, help="folder for the venues and outputs that mismatch")
    parser.add_argument("--show", type=int, default=5, help="mismatches printed in full")
    parser.add_argument("--min-acts", type=int, default=0, help="how often each setting must have acted")
    arguments = parser.parse_args()
    if not arguments.plimsoll.is_file():
        print(f"SKIPPED: no program at {arguments.plimsoll}")
        return 77
    with ProcessPoolExecutor(arguments.jobs) as pool:
        check = partial(check_seed, arguments.plimsoll.resolve(), arguments.keep)
        results = list(pool.map(check, arguments.seeds, chunksize=2))
    acts = sum((found for _, _, found in results), Counter())
    mismatches = [text for _, text, _ in results if text]
    for text in mismatches[: arguments.show]:
        print(text)
    for setting in (*SETTINGS, *sorted(acts.keys() - set(SETTINGS))):
        print(f"{acts[setting]:7} {setting}")
    lazy = idle(acts, arguments.min_acts)
    for text in lazy:
        print(f"acted too rarely: {text}")
    print(f"{len(results)} venues, {len(mismatches)} mismatches")
    return 1 if mismatches or lazy else 0


if __name__ == "__main__":
    sys.exit(main())
