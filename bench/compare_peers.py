#!/usr/bin/env python3
"""Plimsoll beside DuckDB and Polars, on a GPU beside CuPy: the same book, the same machine, the same answers.

    .venv/bin/python bench/compare_peers.py --plimsoll build/release/plimsoll [--stages bench.json] [--readme docs/performance.md] [--json FILE]

Makes a venue and asks all of them

1. margin and flags: which units are liquidatable or bankrupt, by exact equity against exact tiered maintenance;
2. ranking: the lights of every position, from its ADL score and the lots ahead of it.

Before anything is timed the answers are compared: the state and equity of every unit, the lights of every position.
They must be equal, or the exit code is 1.

The peers get the same inputs as we do (peer_duckdb.py, peer_polars.py, peer_cupy.py): dense ids, money in whole steps, cash with entry costs folded in,
marks as factors, tier amounts summed up front, and the unit's equity and state before they rank. Reading tables in and giving
ids is not timed on any side. Each question is put in several ways, and the fastest counts. Its result is small: the
flagged units, and a count of positions by lights. Ours is the time of `plimsoll bench` on the same book with as many
threads: margin + compact, and lights (scores included); with `--backend cuda` both are device times, while a peer's
time ends when the answer is on the host, and includes its launches. All take turns, and medians are compared: on a
shared machine only the ratio means something.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import peer_duckdb
import peer_polars

README_BEGIN, README_END = "<!-- bench:begin -->", "<!-- bench:end -->"
THREADS = (1, 2)
TITLES = {"flags": "Margin and flags", "lights": "Lights of every position"}


def require(condition: bool, text: str) -> None:
    if not condition:
        raise SystemExit(f"compare_peers: {text}")


# ---------------------------------------------------------------------------------------------- times

def our_seconds(options: argparse.Namespace, book: Path, threads: int, out: Path) -> dict[str, float]:
    """Medians of our stages, in seconds."""
    run(options.plimsoll.resolve(), "bench", book, "--backend", options.backend, "--threads", threads, "--samples", options.samples,
        "--stages", "margin,compact,lights", "--json", out)
    medians = {row["stage"]: row["median_us"] * 1e-6 for row in json.loads(out.read_text())}
    return {"flags": medians["margin"] + medians["compact"], "lights": medians["lights"]}


def run(program: Path, *arguments: object) -> None:
    """Runs a subcommand quietly; its failure ends the comparison."""
    done = subprocess.run([str(program), *map(str, arguments)], capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"plimsoll {' '.join(map(str, arguments))}: exit {done.returncode}: {done.stderr.strip()}")


@dataclass
class Row:
    """One question at one number of threads; every run's seconds."""

    what: str
    backend: str
    threads: int
    ours: list[float]
    theirs: dict[str, list[float]]  # By peer.
    ways: dict[str, str]

    def ratio(self, peer: str) -> float:
        return statistics.median(self.theirs[peer]) / statistics.median(self.ours)

    @property
    def figures(self) -> dict[str, object]:
        """For the JSON record."""
        peers = {peer: {"way": self.ways[peer], "ratio": self.ratio(peer), "median_s": statistics.median(seconds),
                        "least_s": min(seconds)} for peer, seconds in self.theirs.items()}
        return {"what": TITLES[self.what], "backend": self.backend, "threads": self.threads, "plimsoll_median_s": statistics.median(self.ours),
                "plimsoll_least_s": min(self.ours), "peers": peers}


def prepare(options: argparse.Namespace, folder: Path) -> tuple[Path, list]:
    """A book, and the peers that have read it and answer as we do."""
    program = options.plimsoll.resolve()
    book, scan = folder / "book", folder / "scan"
    say(f"a venue of {options.accounts:,} accounts and {options.positions:,} positions")
    run(program, "generate", "--accounts", options.accounts, "--positions", options.positions, "--instruments",
        options.instruments, "--seed", options.seed, "--format", "parquet", "--out", book)
    say("our answers")
    run(program, "scan", book, "--backend", "cpu", "--positions", "--format", "parquet", "--out", scan)
    duck = peer_duckdb.Duckdb(book, scan)
    duck.export(folder)
    peers = [make_peer(name, duck, folder) for name in options.peers.split(",")]
    for peer in peers:
        say(f"the answers of {peer.name} {peer.version}")
        try:
            peer.check(duck.db)
        except peer_duckdb.Wrong as difference:
            raise SystemExit(f"compare_peers: {difference}") from None
    return book, peers


def make_peer(name: str, duck: peer_duckdb.Duckdb, folder: Path):
    """A peer by name; DuckDB is always present, since it compares answers."""
    if name == "duckdb":
        return duck
    if name == "polars":
        return peer_polars.Polars(folder, duck.call_ppm)
    require(name in ("cupy", "numpy"), f"there is no peer {name}: duckdb, polars, cupy or numpy")
    import peer_cupy
    return peer_cupy.Arrays(folder, duck.call_ppm, importlib.import_module(name))


def compare(options: argparse.Namespace, folder: Path, book: Path, peers: list) -> list[Row]:
    rows = []
    for threads in THREADS if options.backend == "cpu" else THREADS[-1:]:
        ways: dict[str, dict[str, str]] = {what: {} for what in TITLES}
        for peer in peers:
            peer.set_threads(threads)
            for what in TITLES:
                ways[what][peer.name] = min(peer.ways(what), key=lambda way: min(peer.seconds(what, way) for _ in range(2)))
        ours: dict[str, list[float]] = {what: [] for what in TITLES}
        theirs: dict[str, dict[str, list[float]]] = {what: {peer.name: [] for peer in peers} for what in TITLES}
        for turn in range(options.turns):
            say(f"{threads} thread{'s' if threads > 1 else ''}, turn {turn + 1} of {options.turns}")
            for what, seconds in our_seconds(options, book, threads, folder / "bench.json").items():
                ours[what].append(seconds)
            for peer in peers:
                for what in TITLES:
                    theirs[what][peer.name] += [peer.seconds(what, ways[what][peer.name]) for _ in range(options.their_samples)]
        rows += [Row(what, options.backend, threads, ours[what], theirs[what], ways[what]) for what in TITLES]
    return rows


# --------------------------------------------------------------------------------------------- printing

def say(text: str) -> None:
    print(f"compare_peers: {text}", file=sys.stderr, flush=True)


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "this CPU"
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "this CPU")


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def stage_table(path: Path) -> list[str]:
    """The output of `plimsoll bench --json`, as a table."""
    stages = json.loads(path.read_text("utf-8"))
    first = stages[0]
    lines = [
        f"| stage, {first['accounts']:,} accounts, {first['positions']:,} positions | median | p99 | max | MB | GB/s | of a copy |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in stages:
        if (row["accounts"], row["positions"]) != (first["accounts"], first["positions"]):
            continue
        share = row["gb_per_s"] / row["copy_gb_per_s"]
        lines.append(f"| {row['stage']} | {milliseconds(row['median_us'] * 1e-6)} | {milliseconds(row['p99_us'] * 1e-6)} "
                     f"| {milliseconds(row['max_us'] * 1e-6)} "
                     f"| {row['bytes'] * 1e-6:.1f} | {row['gb_per_s']:.2f} | {share:.0%} |")
    return [*lines, "", f"On {first['device']} ({first['backend']}).", ""]


def markdown(rows: list[Row], peers: list, options: argparse.Namespace) -> str:
    lines = stage_table(options.stages) if options.stages else []
    lines += [
        f"| {options.accounts:,} accounts, {options.positions:,} positions | threads | Plimsoll | "
        + " | ".join(f"{peer.name} | ratio" for peer in peers) + " |",
        "|---|---|---|" + "---|---|" * len(peers),
    ]
    for row in rows:
        theirs = " | ".join(f"{milliseconds(statistics.median(row.theirs[peer.name]))} | **{row.ratio(peer.name):.0f}x**" for peer in peers)
        lines.append(f"| {TITLES[row.what]} | {row.threads if options.backend == 'cpu' else 'GPU'} | {milliseconds(statistics.median(row.ours))} | {theirs} |")
    versions = ", ".join(f"{peer.name} {peer.version}" for peer in peers)
    lines += ["", f"Medians of one run, taking turns on the same cores of {processor()}; {versions}. "
                  "All gave the same state and equity of every unit and the same lights of every position."]
    return "\n".join(lines)


def into_readme(path: Path, table: str) -> None:
    """Replaces the text between the markers."""
    text = path.read_text("utf-8")
    begin, end = text.find(README_BEGIN), text.find(README_END)
    require(0 <= begin < end, f"{path} has no {README_BEGIN} ... {README_END}")
    path.write_text(f"{text[:begin]}{README_BEGIN}\n{table}\n{text[end:]}", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--peers", default="duckdb,polars", help="duckdb, polars, cupy, numpy; default: duckdb,polars")
    parser.add_argument("--backend", choices=("cpu", "cuda"), default="cpu", help="ours")
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--positions", type=int, default=4_000_000)
    parser.add_argument("--instruments", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--samples", type=int, default=30, help="of ours, a turn")
    parser.add_argument("--their-samples", type=int, default=3, help="of each peer's, a turn")
    parser.add_argument("--stages", type=Path, help="the output of `plimsoll bench --json`: a table of it goes in front")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--readme", type=Path, help="also put the table between the markers of this file")
    parser.add_argument("--least-flags", type=float, default=0, help="exit 1 if margin and flags are not so many times faster")
    parser.add_argument("--least-lights", type=float, default=0, help="the same for the lights")
    parser.add_argument("--answers-only", action="store_true", help="check the answers, time nothing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plimsoll-peers-") as folder:
        book, peers = prepare(options, Path(folder))
        try:
            rows = [] if options.answers_only else compare(options, Path(folder), book, peers)
        finally:
            for peer in peers:
                peer.close()
    if options.answers_only:
        ways = sum(len(peer.ways(what)) for peer in peers for what in TITLES)
        print(f"{ways} ways of {', '.join(peer.name for peer in peers)} give our answers")
        return 0
    for row in rows:
        for peer, way in row.ways.items():
            say(f"{TITLES[row.what]}, {row.threads} threads: {peer} was fastest by {way}")
    table = markdown(rows, peers, options)
    print(table)
    if options.json:
        options.json.write_text(json.dumps([row.figures for row in rows], indent=1) + "\n")
    if options.readme:
        into_readme(options.readme, table)
    least = {"flags": options.least_flags, "lights": options.least_lights}
    slow = [(row, peer) for row in rows for peer in row.theirs if row.ratio(peer) < least[row.what]]
    for row, peer in slow:
        say(f"{TITLES[row.what]}, {row.threads} threads: {row.ratio(peer):.1f}x {peer} is less than {least[row.what]:g}x")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
