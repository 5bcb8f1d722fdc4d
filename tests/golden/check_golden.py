#!/usr/bin/env python3
"""Compares `plimsoll scan`, and the oracle, with the hand-worked scenarios beside this file.

    python3 tests/golden/check_golden.py --plimsoll build/plimsoll [--backend cpu] [--threads N]

A scenario is a folder with a book, a README that works its figures out, `expected/*.csv`, and where the
scan needs more options a file `arguments` with one a line. `expected/ladder_default.csv`, where there is
one, is the ladder without `--ladder full`. Exit 1 on a mismatch, 77 if there is no program to run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "oracle"))

from book import instant, read
from compare import Program, folder_difference
from scan import scan, write

DEFAULT_LADDER = "ladder_default.csv"
TABLES = ("cover", "flagged", "ladder", "markets", "positions", "units")


def expected_files(scenario: Path, full_ladder: bool) -> dict[str, str]:
    """The files a run of the scenario must write, by name."""
    files = {
        path.name: path.read_bytes().decode("utf-8") for path in sorted((scenario / "expected").glob("*.csv"))
    }
    default_ladder = files.pop(DEFAULT_LADDER, None)
    return files if full_ladder else {"ladder.csv": default_ladder}


def check(scenario: Path, program: Program | None, out: Path) -> list[str]:
    """The mismatches of one scenario, of the oracle and of the program."""
    arguments_file = scenario / "arguments"
    arguments = arguments_file.read_text("utf-8").split("\n") if arguments_file.is_file() else []
    as_of = arguments[1] if arguments[:1] == ["--as-of"] else None
    runs = [True, False] if (scenario / "expected" / DEFAULT_LADDER).is_file() else [True]
    missing = [name for name in TABLES if not (scenario / "expected" / f"{name}.csv").is_file()]
    problems = [("expected", f"has no {name}.csv") for name in missing]
    if not (scenario / "README.md").is_file():
        problems.append(("README.md", "is missing: it has the arithmetic"))
    for full_ladder in runs:
        expected = expected_files(scenario, full_ladder)
        folder = out / ("full" if full_ladder else "default")
        write(scan(read(scenario), instant(as_of) if as_of else None, full_ladder), folder / "oracle")
        problems.append(("oracle", folder_difference(expected, folder / "oracle")))
        if program:
            failure = program.scan(scenario, folder / "program", as_of, full_ladder)
            problems.append(("program", failure or folder_difference(expected, folder / "program")))
    return [f"{scenario.name}, {who}: {problem}" for who, problem in problems if problem]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, default=None)
    parser.add_argument("--backend", default=None)
    parser.add_argument("--threads", default=None)
    arguments = parser.parse_args()
    options = ["--backend", arguments.backend] if arguments.backend else []
    options += ["--threads", arguments.threads] if arguments.threads else []
    found = arguments.plimsoll is not None and arguments.plimsoll.is_file()
    program = Program(arguments.plimsoll.resolve(), options) if found else None
    scenarios = sorted(path.parent for path in HERE.glob("*/venue.toml"))
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="plimsoll-golden-") as out:
        for scenario in scenarios:
            problems += check(scenario, program, Path(out) / scenario.name)
    print("\n".join(problems + [f"{len(scenarios)} scenarios, {len(problems)} mismatches"]))
    if problems or not scenarios:
        return 1
    if program is None:
        print("SKIPPED: the program; only the oracle was compared")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
