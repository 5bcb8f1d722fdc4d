#!/usr/bin/env python3
"""The peers of the benches answer as we do, and a wrong answer of theirs would be seen.

    .venv/bin/python tests/bench/check_peers.py --plimsoll build/plimsoll

Skipped (77) if DuckDB, Polars or NumPy is not installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from cli.program import run_checks

BENCH = Path(__file__).resolve().parents[2] / "bench"
VENUE = ("--accounts", "3000", "--positions", "12000", "--instruments", "24")


def run(program: Path, *words: object) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, str(BENCH / "compare_peers.py"), "--plimsoll", str(program), *VENUE, *map(str, words)],
                          capture_output=True, text=True, check=False)


def check_answers_and_times(program: Path, root: Path) -> None:
    """Every way agrees; the table, the JSON and the part of a README are written."""
    readme = root / "README.md"
    readme.write_text("before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n")
    subprocess.run([str(program), "bench", "--accounts", "300", "--positions", "1200", "--samples", "3", "--stages", "margin,tick_calm",
                    "--json", str(root / "stages.json")], check=True, capture_output=True)
    done = run(program, "--turns", 1, "--samples", 2, "--their-samples", 1, "--json", root / "peers.json", "--readme", readme,
               "--stages", root / "stages.json")
    assert done.returncode == 0, done.stderr
    rows = json.loads((root / "peers.json").read_text())
    assert [(row["what"], row["threads"]) for row in rows] == [
        ("Margin and flags", 1), ("Lights of every position", 1), ("Margin and flags", 2), ("Lights of every position", 2)]
    for row in rows:
        for peer in ("DuckDB", "Polars"):
            theirs = row["peers"][peer]
            assert abs(theirs["ratio"] - theirs["median_s"] / row["plimsoll_median_s"]) < 1e-9 * theirs["ratio"], row
    text = readme.read_text()
    assert done.stdout.strip() in text and "old" not in text and text.endswith("<!-- bench:end -->\nafter\n"), text
    assert "| stage, 300 accounts, 1,200 positions | median | p99 | max |" in text and "\n| tick_calm | " in text, text
    assert "DuckDB | ratio | Polars | ratio" in done.stdout, done.stdout
    assert run(program, "--turns", 1, "--samples", 2, "--their-samples", 1, "--least-lights", 1e9).returncode == 1


def check_whole(program: Path, root: Path) -> None:
    """DuckDB's script of the whole command gives our states and ladders, and other answers are seen."""
    book, script = root / "whole_book", [sys.executable, str(BENCH / "whole_duckdb.py")]
    subprocess.run([str(program), "generate", *VENUE, "--distressed-share", "0.05", "--format", "parquet", "--out", str(book), "--quiet"],
                   check=True, capture_output=True)
    run_whole = [*script, str(book), "--out", str(root / "whole"), "--plimsoll", str(program)]
    done = subprocess.run(run_whole, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and json.loads(done.stdout)["ratio"] > 0, done.stderr
    venue = book / "venue.toml"
    venue.write_text(venue.read_text().replace("margin_call_at = 1.250000", "margin_call_at = 9.0"))
    theirs = (BENCH / "whole_duckdb.py").read_text().replace('get("margin_call_at", 1.25)', 'get("other", 1.25)')
    (root / "wrong.py").write_text(theirs)
    done = subprocess.run([sys.executable, str(root / "wrong.py"), *run_whole[2:]], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "units have another state" in done.stderr, done.stderr


def check_arrays(program: Path, _root: Path) -> None:
    """The code for CuPy, run by NumPy."""
    for seed in (1, 2, 3):
        done = run(program, "--peers", "numpy", "--answers-only", "--seed", seed)
        assert done.returncode == 0 and "2 ways of NumPy give our answers" in done.stdout, done.stderr
    assert run(program, "--peers", "abacus", "--answers-only").returncode == 1


def check_a_wrong_answer_is_seen(program: Path, root: Path) -> None:
    """One unit's state, one unit's equity, one position's lights, a missing unit."""
    sys.path.insert(0, str(BENCH))
    import peer_duckdb

    book, scan = root / "book", root / "scan"
    for words in (("generate", *VENUE, "--format", "parquet", "--out", book),
                  ("scan", book, "--positions", "--format", "parquet", "--out", scan)):
        subprocess.run([str(program), *map(str, words)], check=True, capture_output=True)
    duck = peer_duckdb.Duckdb(book, scan)
    duck.check(duck.db)
    for what, check, table in (
        ("state", peer_duckdb.check_flags, "SELECT unit, equity, CASE WHEN unit = 7 THEN 3 - state ELSE state END AS state FROM unit_states"),
        ("equity", peer_duckdb.check_flags, "SELECT unit, equity + CASE WHEN unit = 7 THEN 1 ELSE 0 END AS equity, state FROM unit_states"),
        ("unit", peer_duckdb.check_flags, "SELECT * FROM unit_states WHERE unit <> 7"),
        ("lights", peer_duckdb.check_lights, "SELECT unit, segment, CASE WHEN row_number() OVER () = 9 THEN 6 - lights + "
                                             "CASE WHEN lights = 3 THEN 1 ELSE 0 END ELSE lights END AS lights FROM their_lights"),
        ("position", peer_duckdb.check_lights, "SELECT * FROM their_lights LIMIT (SELECT count(*) - 1 FROM their_lights)"),
    ):
        duck.db.execute(f"CREATE OR REPLACE TABLE wrong AS {table}")
        try:
            check(duck.db, what, "wrong")
        except peer_duckdb.Wrong:
            continue
        raise AssertionError(f"a wrong {what} passes")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    program = parser.parse_args().plimsoll.resolve()
    missing = [name for name in ("duckdb", "polars", "numpy") if importlib.util.find_spec(name) is None]
    if missing:
        print(f"SKIPPED: {', '.join(missing)} is not installed")
        return 77
    with tempfile.TemporaryDirectory(prefix="plimsoll-peers-") as folder:
        return run_checks([check_answers_and_times, check_whole, check_arrays, check_a_wrong_answer_is_seen], program, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
