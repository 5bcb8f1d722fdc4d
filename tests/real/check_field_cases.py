#!/usr/bin/env python3
"""The reported cases beside the repository, each with its right answer, after their books have got the keys that were added since.

    python3 tests/real/check_field_cases.py --plimsoll build/plimsoll [--data DIR]

Seven cases need a setting that had no name when they were written. WORDS adds that name to their books, and nothing
else; `old` is the program's message for the unchanged book, so that every user gets a remedy.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from realbook import Program, main, require


class Words(NamedTuple):
    """The changes of a case's book: texts replaced in a file, or lines added at its end."""

    file: str
    edits: tuple[tuple[str, str], ...]
    old: str


WORDS = {
    # The refusal's own advice, to the letter.
    "01": (Words("instruments.csv", (("0.00000001,0.001", "0.0000001,0.001"),), "set price_step of BTCUSDT to 0.0000001 and round to it: --round half_even"),
           Words("venue.toml", (("", '[import]\nround = "half_even"\n'),), "")),
    "15": (Words("tiers.csv", (("initial_rate\n", "initial_rate,applies_to\n"), *((f",{rate}\n", f",{rate},whole\n") for rate in ("0.01", "0.015", "0.02", "0.025"))),
                 "write whole in a column applies_to"),),
    "18": (Words("venue.toml", (("", "[margin]\nnegative_marks = true\n"),), "[margin] negative_marks = true in venue.toml allows it"),),
    "23": (Words("venue.toml", (("", "[margin]\ndust = 1.00\n"),), ""),),
    "25": (Words("venue.toml", (("target_health = 1\n", "target_health = 1\nwhole_below = 100\n"),), ""),),
    "34": (Words("venue.toml", (("half_life_ticks", "half_life"),), "is now named half_life and counts seconds of as_of"),),
    "35": (Words("venue.toml", (("half_life_ticks", "half_life"),), "is now named half_life and counts seconds of as_of"),),
}


def teach(program: Program, case: Path, words: tuple[Words, ...]) -> None:
    """Adds the keys to the case's book, after the program has named them."""
    reported = program.run("validate", case / "book").stderr
    if (case / "book" / "ticks.csv").exists():
        updates = [word for name in ("updates",) if (case / "book" / f"{name}.csv").exists() for word in (f"--{name}", case / "book" / f"{name}.csv")]
        reported += program.run("validate", case / "book", "--ticks", case / "book" / "ticks.csv", *updates).stderr
    for one in words:
        require(one.old in reported, f"{case.name}: no message names {one.old!r}: {reported}")
        path = case / "book" / one.file
        text = path.read_text("utf-8")
        for old, new in one.edits:
            require(old in text, f"{case.name}: no {old!r} in {one.file}")
            text = text + new if old == "" else text.replace(old, new)
        path.write_text(text, "utf-8")


def check(program: Program, paths: dict[str, Path], place: Path) -> str:
    """Every case by the data's own script."""
    source = paths["check.py"].parent
    cases = place / "cases"
    shutil.copytree(source, cases, copy_function=shutil.copyfile)
    for folder in [cases, *cases.rglob("*")]:
        if folder.is_dir():
            folder.chmod(0o755)
    count = 0
    for case in sorted(path for path in cases.iterdir() if (path / "right.json").exists()):
        count += 1
        teach(program, case, WORDS.get(case.name[:2], ()))
    done = subprocess.run([sys.executable, cases / "check.py", "--plimsoll", program.path, cases], capture_output=True, text=True, check=False)
    require(done.returncode == 0 and done.stdout.count("right ") >= count > 20, f"\n{done.stdout}{done.stderr}")
    return f"{count} reported cases have their right answers, {len(WORDS)} of them in today's words"


if __name__ == "__main__":
    sys.exit(main(__doc__, ("field-cases/check.py",), check))
