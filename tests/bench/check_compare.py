#!/usr/bin/env python3
"""The results of `plimsoll bench compare A B` and `crossover A B` on hand-made records, and their refusals.

    python3 tests/bench/check_compare.py --plimsoll build/plimsoll
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from cli.program import Program, run_checks

DIGEST = "00000000000000ff"


def stage(name: str, middle: float, spread: float = 0.02, count: int = 30, copy: float = 20.0, **changed) -> dict:
    """A record whose samples lie evenly within `spread` of `middle` microseconds."""
    samples = [middle * (1 + spread * (2 * i / (count - 1) - 1)) for i in range(count)]
    return {"stage": name, "accounts": 1000, "positions": 4000, "instruments": 16, "seed": 1, "shape": "zipf",
            "backend": "cpu", "device": "a CPU", "samples": count, "median_us": statistics.median(samples),
            "p99_us": samples[-1], "max_us": samples[-1], "min_us": samples[0], "bytes": 1000, "gb_per_s": 1.0,
            "copy_gb_per_s": copy, "sample_us": samples, "digest": DIGEST} | changed


class Compared:
    """One call on two lists of records."""

    def __init__(self, program: Program, root: Path, a: object, b: object, *words: str, code: int = 0):
        paths = [root / "a.json", root / "b.json"]
        for path, records in zip(paths, (a, b)):
            path.write_text(records if isinstance(records, str) else json.dumps(records), "utf-8")
        found = root / "found.json"
        found.unlink(missing_ok=True)
        self.done = program.expect(code, "bench", "compare", *paths, "--json", found, *words)
        self.json = json.loads(found.read_text()) if found.exists() else None

    def verdicts(self) -> dict[str, str]:
        return {row["stage"]: row["verdict"] for row in self.json["stages"]}

    def why(self, name: str) -> str:
        return next(row for row in self.json["stages"] if row["stage"] == name).get("why", "")


def check_wins_and_losses(program: Program, root: Path) -> None:
    """Clear ones, and a slight one that --least lets through."""
    a = [stage("margin", 100), stage("lights", 100), stage("tick", 100, 0.001)]
    b = [stage("margin", 80), stage("lights", 130), stage("tick", 103, 0.001)]
    one = Compared(program, root, a, b)
    assert one.verdicts() == {"margin": "better", "lights": "worse", "tick": "noise"}, one.verdicts()
    assert one.why("tick") == "within 10.0 %", one.why("tick")
    assert "1 better, 1 worse, 1 noise" in one.done.stdout, one.done.stdout
    assert Compared(program, root, a, b, "--least", "0.02").verdicts()["tick"] == "worse"
    swapped = Compared(program, root, b, a).verdicts()
    assert swapped == {"margin": "worse", "lights": "better", "tick": "noise"}, swapped


def check_noise(program: Program, root: Path) -> None:
    """Medians 12 % apart within samples that overlap; and too few samples for a verdict."""
    one = Compared(program, root, [stage("margin", 100, 0.5), stage("sort", 100, count=3)],
                   [stage("margin", 112, 0.5), stage("sort", 200, count=3)])
    assert one.verdicts() == {"margin": "noise", "sort": "noise"}, one.verdicts()
    assert "overlap" in one.why("margin") and "overlap" in one.why("sort"), one.why("margin")
    # Five of each are enough if they do not overlap.
    assert Compared(program, root, [stage("sort", 100, count=5)], [stage("sort", 200, count=5)]).verdicts() == {"sort": "worse"}


def check_rank_test(program: Program, root: Path) -> None:
    """p against figures worked by hand: without ties, with ties, all equal."""
    def p_of(a: list[float], b: list[float]) -> float:
        rows = [stage("tick", 1, sample_us=sorted(samples), samples=len(samples)) for samples in (a, b)]
        return Compared(program, root, [rows[0]], [rows[1]]).json["stages"][0]["p"]

    # U = 0, z = (12.5 - 0.5) / sqrt(25 x 11 / 12).
    assert abs(p_of([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]) - 0.012185780355) < 1e-9
    # Ranks of a: 1, 2.5, 2.5, 5; U = 1; ties 6 + 24: variance 16 / 12 x (9 - 30 / 56); z = 6.5 / 3.3594...
    assert abs(p_of([1, 2, 2, 3], [3, 3, 4, 5]) - 0.053003) < 1e-5, p_of([1, 2, 2, 3], [3, 3, 4, 5])
    assert p_of([7, 7, 7], [7, 7, 7]) == 1


def check_copy(program: Program, root: Path) -> None:
    """A machine that copies more slowly may owe its stages as much, and no more."""
    slower = [stage("margin", 115, copy=20 / 1.15), stage("lights", 150, copy=20 / 1.15), stage("tick", 100, copy=20 / 1.15),
              stage("sort", 100, copy=20.0)]
    one = Compared(program, root, [stage(name, 100) for name in ("margin", "lights", "tick", "sort")], slower)
    assert one.verdicts() == {"margin": "noise", "lights": "worse", "tick": "noise", "sort": "noise"}, one.verdicts()
    assert one.why("margin") == "a copy changed by 15.0 %", one.why("margin")
    # A faster machine does not excuse a slower stage.
    faster = Compared(program, root, [stage("margin", 100)], [stage("margin", 112, copy=25.0)])
    assert faster.verdicts() == {"margin": "worse"}, faster.verdicts()


def check_digests(program: Program, root: Path) -> None:
    """Another digest is another work, however fast; loudly, and with exit code 1."""
    one = Compared(program, root, [stage("margin", 100), stage("tick", 100)],
                   [stage("margin", 50, digest="00000000000000fe"), stage("tick", 50)], code=1)
    assert one.verdicts() == {"margin": "not the same work", "tick": "better"}, one.verdicts()
    assert "NOT THE SAME WORK" in one.done.stdout and "1 of 2 digests differ" in one.done.stderr, one.done
    times = ("samples", "median_us", "p99_us", "max_us", "min_us", "bytes", "gb_per_s", "copy_gb_per_s", "sample_us")
    bare = {key: value for key, value in stage("margin", 1).items() if key not in times}
    assert Compared(program, root, [bare], [stage("margin", 50)]).verdicts() == {"margin": "untimed"}
    Compared(program, root, [bare], [stage("margin", 50, digest="1" * 16)], code=1)


def check_fail_on(program: Program, root: Path) -> None:
    """--fail-on worse: 10; a differing digest stays 1."""
    a, better, worse = ([stage("margin", middle)] for middle in (100, 50, 200))
    Compared(program, root, a, worse)
    Compared(program, root, a, worse, "--fail-on", "worse", code=10)
    Compared(program, root, a, better, "--fail-on", "worse")
    Compared(program, root, a, [stage("margin", 200, digest="1" * 16)], "--fail-on", "worse", code=1)


def check_missing(program: Program, root: Path) -> None:
    """Stages of only one of them are listed; another venue, shape or backend is another work."""
    a = [stage("margin", 100), stage("lights", 100)]
    b = [stage("margin", 100), stage("lights", 100, shape="giant"), stage("lights", 100, backend="cuda"), stage("lights", 100, seed=2)]
    one = Compared(program, root, a, b)
    assert list(one.verdicts()) == ["margin"]
    assert len(one.json["only_a"]) == 1 and len(one.json["only_b"]) == 3, one.json
    assert "only in A: lights" in one.done.stdout and one.done.stdout.count("only in B: lights") == 3
    # A record of a GPU run keeps its stages under that name.
    assert Compared(program, root, {"device": {}, "stages": a}, a).verdicts() == {"margin": "noise", "lights": "noise"}
    nothing = Compared(program, root, a, [stage("tick", 1)], code=3)
    assert "in common" in nothing.done.stderr and nothing.json is None


def check_bad_files(program: Program, root: Path) -> None:
    """File, place, column and reason; nothing is written."""
    good = [stage("margin", 100)]
    whole = json.dumps(good)
    for bad, words in (
        (whole[:-10], ("b.json", "cut off")),
        ("", ("b.json", "cut off")),
        ("{}", ("b.json", "no list of stages")),
        ("[]", ("no list of stages",)),
        ("[3]", ("row 1", "is not an object")),
        ([stage("margin", 100, backend=7)], ("row 1, column backend", '"7"', "is not a text")),
        ([stage("margin", 100, accounts=-1)], ("column accounts", '"-1"')),
        ([stage("margin", 100, accounts=1.5)], ("column accounts", '"1.5"')),
        ([stage("margin", 100, median_us="fast")], ("column median_us", "fast")),
        ([stage("margin", 100, sample_us=[])], ("column sample_us",)),
        ([stage("margin", 100, sample_us=[2, 1])], ("column sample_us", "does not rise")),
        ([stage("margin", 100, digest="12")], ("column digest", "16 hexadecimal")),
        ([*good, {key: value for key, value in good[0].items() if key != "sample_us"} | {"stage": "tick"}],
         ("row 2, column sample_us", "is missing")),
        ([*good, *good], ("row 2", "twice")),
    ):
        one = Compared(program, root, good, bad, code=3)
        assert one.json is None and one.done.stdout == "", bad
        for word in words:
            assert word in one.done.stderr, f"{word!r} is not in {one.done.stderr!r}"
    program.expect(2, "bench", "compare", root / "a.json", root / "absent.json")
    program.expect(2, "bench", "compare", root / "a.json")
    program.expect(2, "bench", root, "x")


def check_crossover(program: Program, root: Path) -> None:
    """The size from which the GPU wins: at once, late, after a relapse, never; gaps; groups apart; other digests."""
    sizes = (10_000, 100_000, 1_000_000)
    cpu = {"margin": (100, 1000, 10_000), "lights": (100, 1000, 10_000), "sort": (100, 1000, 10_000), "tick": (100, 1000, 10_000),
           "cover": (100, 1000, 10_000)}
    gpu = {"margin": (50, 60, 70), "lights": (400, 500, 600), "sort": (50, 2000, 2000), "tick": (200, 2000, 20_000), "cover": (200, None, 100)}
    def rows(times: dict, **changed) -> list[dict]:
        return [stage(name, time, accounts=size, positions=4 * size, **changed) for name, row in times.items()
                for size, time in zip(sizes, row) if time is not None]

    def say(a: list[dict], b: list[dict], code: int = 0):
        for name, records in (("a", a), ("b", b)):
            (root / f"{name}.json").write_text(json.dumps(records))
        return program.expect(code, "bench", "crossover", root / "a.json", root / "b.json")

    on_gpu = rows(gpu, backend="cuda", device="a GPU", copy=2000.0)
    text = say(rows(cpu), on_gpu).stdout
    for line in (
        "| stage | 10,000 accounts, 40,000 positions | 100,000 accounts, 400,000 positions | 1,000,000 accounts, 4,000,000 positions | B wins |",
        "| margin | 2x | 17x | 143x | at every size |",
        "| lights | 0.25x | 2x | 17x | from 100,000 accounts |",
        "| sort | 2x | 0.5x | 5x | from 1,000,000 accounts |",
        "| tick | 0.5x | 0.5x | 0.5x | at no size |",
        "| cover | 0.5x |  | 100x | from 1,000,000 accounts |",
    ):
        assert line in text.splitlines(), f"{line!r} is not in\n{text}"
    assert "A: cpu, a CPU. B: cuda, a GPU. 16 instruments, zipf." in text, text
    two = say(rows(cpu) + rows(cpu, shape="giant"), on_gpu + rows(gpu, shape="giant", backend="cuda")).stdout
    assert two.count("| stage |") == 2 and "16 instruments, giant." in two, two
    other = [row | {"digest": "1" * 16} if row["stage"] == "tick" else row for row in on_gpu]
    assert "not the same work: tick" in say(rows(cpu), other, code=1).stderr
    assert "in common" in say(rows(cpu), [stage("margin", 1)], code=3).stderr
    program.expect(2, "bench", "crossover", root / "a.json")
    program.expect(2, "bench", "--sweep", "--sizes", "10:20")


def check_own_records(program: Program, root: Path) -> None:
    """The output of `bench --json` is read back; it never differs from itself."""
    path = root / "own.json"
    program.ok("bench", "--accounts", "300", "--positions", "1200", "--instruments", "16", "--samples", "7", "--json", path,
               "--stages", "margin,lights,tick")
    rows = json.loads(path.read_text())
    for row in rows:
        assert row["samples"] == len(row["sample_us"]) == 7 and row["sample_us"] == sorted(row["sample_us"])
        assert row["min_us"] == row["sample_us"][0] and row["max_us"] == row["sample_us"][-1] >= row["p99_us"] >= row["median_us"]
        assert row["median_us"] == row["sample_us"][3]
    one = Compared(program, root, path.read_text(), path.read_text())
    assert set(one.verdicts().values()) == {"noise"} and len(one.verdicts()) == 3, one.verdicts()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    program = Program(parser.parse_args().plimsoll)
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-") as folder:
        return run_checks([check_wins_and_losses, check_noise, check_rank_test, check_copy, check_digests, check_fail_on, check_missing,
                           check_bad_files, check_crossover, check_own_records], program, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
