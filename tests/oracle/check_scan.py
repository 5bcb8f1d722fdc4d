#!/usr/bin/env python3
"""Compares `plimsoll scan` with the oracle, byte for byte, on seeded books.

    python3 tests/oracle/check_scan.py --plimsoll build/plimsoll --seeds 0:200 [--backend cpu] [--threads N]

Each book is scanned twice, with `--ladder full` and without. Exit 1 on a mismatch, after naming the
seed, the file, the first line that differs and both versions of it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import books
from book import instant, read
from compare import Program, folder_difference
from scan import scan, write
from venues import seed_range


def check_seed(program: Program, keep: Path | None, seed: int) -> str | None:
    """Runs one seed both ways; returns the first mismatch, or None. `keep` gets the book and both
    outputs of a seed that fails."""
    draft = books.make(seed)
    with tempfile.TemporaryDirectory(prefix="plimsoll-oracle-") as folder:
        root = Path(folder)
        draft.write(root / "book")
        book = read(root / "book")
        for full_ladder in (True, False):
            name = "full" if full_ladder else "cover"
            expected = scan(book, instant(draft.as_of) if draft.as_of else None, full_ladder)
            problem = program.scan(root / "book", root / name, draft.as_of, full_ladder)
            problem = problem or folder_difference(expected, root / name)
            if problem:
                if keep:
                    write(expected, root / f"{name}.expected")
                    shutil.copytree(root, keep / f"seed{seed}", dirs_exist_ok=True)
                as_of = f" --as-of {draft.as_of}" if draft.as_of else ""
                return f"seed {seed}, ladder {name}{as_of}: {problem}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--seeds", type=seed_range, default=range(200))
    parser.add_argument("--backend", default=None)
    parser.add_argument("--threads", default=None)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, default=None, help="folder for the books and outputs that mismatch")
    parser.add_argument("--show", type=int, default=5, help="mismatches printed in full")
    arguments = parser.parse_args()
    if not arguments.plimsoll.is_file():
        print(f"SKIPPED: no program at {arguments.plimsoll}")
        return 77
    options = ["--backend", arguments.backend] if arguments.backend else []
    options += ["--threads", arguments.threads] if arguments.threads else []
    program = Program(arguments.plimsoll.resolve(), options)
    with ProcessPoolExecutor(arguments.jobs) as pool:
        check = partial(check_seed, program, arguments.keep)
        mismatches = [found for found in pool.map(check, arguments.seeds, chunksize=4) if found]
    for mismatch in mismatches[: arguments.show]:
        print(mismatch)
    print(f"{len(arguments.seeds)} books, {len(mismatches)} mismatches")
    return 1 if mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
