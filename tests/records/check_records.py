#!/usr/bin/env python3
"""Recomputes the records of GPU runs on the CPU: a stale or wrong record fails.

    python3 tests/records/check_records.py --plimsoll build/plimsoll [--records bench/records] [--positions-most N]

A record (`./dev gpu` writes it) holds for each stage the sizes and the seed of its venue and the digest of its result. The
CPU generates the same venue, runs the same stage and must arrive at the same digest. Venues beyond --positions-most are
named and left out, since they take minutes; `--positions-most 0` leaves none out. If there is no record yet, the check
reports it and passes, after it has shown on a record of its own, and on that record with one digit changed, that it can
tell them apart.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENUE = ("accounts", "positions", "instruments", "seed", "shape")
SELF_TEST = {"accounts": 300, "positions": 1200, "instruments": 16, "seed": 5, "shape": "giant"}
POSITIONS_MOST = 4_000_000

Stages = list[dict]


class Broken(Exception):
    """The program did not run, or a record cannot be read."""


def ours(stage: str) -> str:
    """The stage of ours that a peer's answers for: `thrust_margin` is `margin`."""
    return stage.removeprefix("thrust_")


def recompute(program: Path, venue: dict[str, int | str], stages: list[str], out: Path) -> dict[str, str]:
    """Digests of the stages on the CPU, by name."""
    command = [str(program), "bench", "--backend", "cpu", "--digests-only", "--quiet", "--json", str(out)]
    for name, value in venue.items():
        command += [f"--{name}", str(value)]
    if stages:
        command += ["--stages", ",".join(stages)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise Broken(f"{' '.join(command)}: exit {run.returncode}: {run.stderr.strip()}")
    return {row["stage"]: row["digest"] for row in json.loads(out.read_text("utf-8"))}


def compare(program: Path, stages: Stages, positions_most: int, out: Path) -> tuple[list[str], list[str]]:
    """(differences, stages left out) of a record."""
    venues: dict[tuple[int, ...], Stages] = {}
    for row in stages:
        row.setdefault("shape", "zipf")  # Records of before 2026-11-21 have no other.
        missing = [name for name in (*VENUE, "stage", "digest", "backend") if name not in row]
        if missing:
            raise Broken(f"stage {row.get('stage', '?')} lacks {', '.join(missing)}")
        venues.setdefault(tuple(row[name] for name in VENUE), []).append(row)
    differences, left_out = [], []
    for key, rows in venues.items():
        venue = dict(zip(VENUE, key))
        where = f"{venue['accounts']:,} accounts, {venue['positions']:,} positions, seed {venue['seed']}, {venue['shape']}"
        if positions_most and venue["positions"] > positions_most:
            left_out.append(where)
            continue
        digests = recompute(program, venue, sorted({ours(row["stage"]) for row in rows}), out)
        for row in rows:
            if digests[ours(row["stage"])] != row["digest"]:
                differences.append(f"{row['stage']} at {where}: recorded {row['digest']} on {row['backend']}, "
                                   f"the CPU gets {digests[ours(row['stage'])]}")
    return differences, left_out


def self_test(program: Path, out: Path) -> None:
    """A true record must pass and a false one must not."""
    digests = recompute(program, SELF_TEST, [], out)
    stages = [SELF_TEST | {"stage": name, "digest": digest, "backend": "cpu"} for name, digest in digests.items()]
    stages.append(SELF_TEST | {"stage": "thrust_lights", "digest": digests["lights"], "backend": "cuda"})
    if len(stages) < 8 or len(set(digests.values())) < 8:
        raise Broken(f"too few stages, or equal digests: {digests}")
    if compare(program, stages, 0, out)[0]:
        raise Broken("two runs of the CPU differ")
    for row in stages:
        true = row["digest"]
        row["digest"] = format(int(true, 16) ^ 1, "016x")
    if len(compare(program, stages, 0, out)[0]) != len(stages):
        raise Broken("false digests pass")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--records", type=Path, default=ROOT / "bench" / "records")
    parser.add_argument("--positions-most", type=int, default=POSITIONS_MOST)
    options = parser.parse_args()
    program, problems = options.plimsoll.resolve(), []
    with tempfile.TemporaryDirectory(prefix="plimsoll-records-") as folder:
        out = Path(folder) / "bench.json"
        try:
            self_test(program, out)
        except Broken as reason:
            print(f"FAILED: {reason}")
            return 1
        records = sorted(options.records.glob("*.json"))
        for path in records:
            try:
                record = json.loads(path.read_text("utf-8"))
                stages = record["stages"] if isinstance(record, dict) else record
                if not any(row.get("backend") == "cuda" for row in stages):
                    raise Broken("no stage of it ran on a GPU")
                differences, left_out = compare(program, stages, options.positions_most, out)
            except (Broken, KeyError, ValueError) as reason:
                differences, left_out = [f"cannot be checked: {reason}"], []
            problems += [f"{path.name}: {difference}" for difference in differences]
            for where in left_out:
                print(f"{path.name}: not recomputed here (--positions-most): {where}")
            print(f"{path.name}: {len(stages)} stages")
    for problem in problems:
        print(f"FAILED: {problem}")
    if not records:
        print("no GPU record yet; the check itself tells a true record from a false one")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
