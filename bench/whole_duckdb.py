#!/usr/bin/env python3
"""The work of `plimsoll scan BOOK --out DIR --format parquet --ladder full` as one DuckDB script in doubles: Parquet to Parquet.

    .venv/bin/python bench/whole_duckdb.py BOOK --out DIR [--threads N] [--plimsoll build/release/plimsoll]

Reads the book, values every position, sums units, judges them, ranks every ladder in full with its lights, and writes `units`,
`flagged` and `ladder`. It does less than we do: money is in doubles, nothing is checked or refused, no cover is
computed, no digest is taken. Prints its seconds as JSON.

With `--plimsoll` the same book is scanned by us into DIR/ours, on as many threads. The answers are compared (the state of every
unit must be equal, the ladders must hold the same positions, nearly all at the same place), and ours is timed as well. Each
runs once a turn (`--turns`), in turns; medians are printed. Exit code 1 if an answer differs.

Books as `plimsoll generate` makes them: collateral = "single", entry_value given, the score pnl_leverage.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import duckdb

# A position's value in its settlement asset, in doubles.
VALUE = "CASE WHEN i.kind = 'inverse' THEN -p.size * i.contract_size / m.mark ELSE p.size * i.contract_size * m.mark END"

POSITIONS = f"""
    CREATE TABLE positions AS
    SELECT p.account, CASE WHEN p.isolated_margin IS NULL THEN 'cross:' || i.settle
                           ELSE 'isolated:' || p.instrument || ':' || p.side END AS unit,
           p.instrument, p.side, p.size, i.settle AS asset, i.tier_table, p.cost, p.isolated_margin, {VALUE} AS value
    FROM (SELECT account, instrument, CAST(size AS DOUBLE) AS size, CASE WHEN size > 0 THEN 'long' ELSE 'short' END AS side,
                 CAST(entry_value AS DOUBLE) AS cost, CAST(isolated_margin AS DOUBLE) AS isolated_margin
          FROM '{{book}}/positions.parquet') p
    JOIN (SELECT instrument, kind, settle, tier_table, CAST(contract_size AS DOUBLE) AS contract_size
          FROM '{{book}}/instruments.parquet') i USING (instrument)
    JOIN (SELECT instrument, CAST(mark AS DOUBLE) AS mark FROM '{{book}}/marks.parquet') m USING (instrument)"""

# Requirement of a notional in a band: rate x notional - amount, so that it is continuous at floors.
TIERS = """
    CREATE TABLE tiers AS
    SELECT tier_table, floor, rate, sum((rate - before) * floor) OVER (PARTITION BY tier_table ORDER BY floor) AS amount,
           initial_rate, sum((initial_rate - initial_before) * floor) OVER (PARTITION BY tier_table ORDER BY floor) AS initial_amount
    FROM (SELECT *, lag(rate, 1, rate) OVER bands AS before, lag(initial_rate, 1, initial_rate) OVER bands AS initial_before
          FROM (SELECT tier_table, CAST(floor AS DOUBLE) AS floor, CAST(maintenance_rate AS DOUBLE) AS rate,
                       CAST(initial_rate AS DOUBLE) AS initial_rate FROM '{book}/tiers.parquet')
          WINDOW bands AS (PARTITION BY tier_table ORDER BY floor))"""

UNITS = """
    CREATE TABLE units AS
    WITH required AS (
        SELECT p.account, p.unit, p.asset, p.value - p.cost AS pnl, coalesce(p.isolated_margin, 0) AS margin,
               t.rate * abs(p.value) - t.amount AS maintenance, t.initial_rate * abs(p.value) - t.initial_amount AS initial
        FROM positions p ASOF JOIN tiers t ON t.tier_table = p.tier_table AND abs(p.value) >= t.floor),
    figures AS (
        SELECT account, unit, any_value(asset) AS asset, sum(money) AS equity, sum(maintenance) AS maintenance, sum(initial) AS initial
        FROM (SELECT account, unit, asset, pnl + margin AS money, maintenance, initial FROM required
              UNION ALL
              SELECT account, 'cross:' || asset, asset, CAST(amount AS DOUBLE), 0, 0 FROM '{book}/balances.parquet')
        GROUP BY account, unit)
    SELECT account, unit, asset, equity, maintenance, initial, equity - initial AS free,
           CASE WHEN maintenance > 0 THEN equity / maintenance END AS health_factor,
           CASE WHEN equity < 0 THEN 'bankrupt' WHEN equity < maintenance THEN 'liquidatable'
                WHEN equity < {call} * maintenance THEN 'margin_call' ELSE 'healthy' END AS state
    FROM figures"""

# docs/design.md section 3, "Scores": return on cost x leverage for winners, divided by it for losers.
LADDER = """
    CREATE TABLE ladder AS
    WITH scored AS (
        SELECT p.instrument, p.side, p.account, p.unit, abs(p.size) AS size, (p.value - p.cost) / abs(p.cost) AS r,
               CASE WHEN u.equity <= 0 THEN CAST('infinity' AS DOUBLE) ELSE abs(p.value) / u.equity END AS leverage
        FROM positions p JOIN units u USING (account, unit) WHERE u.state IN ('healthy', 'margin_call')),
    entries AS (SELECT instrument, side, account, unit, size, CASE WHEN r > 0 THEN r * leverage ELSE r / leverage END AS score FROM scored),
    ranked AS (
        SELECT *, row_number() OVER ladder AS rank, sum(size) OVER (ladder ROWS UNBOUNDED PRECEDING) - size AS ahead,
               sum(size) OVER (PARTITION BY instrument, side) AS total
        FROM entries WINDOW ladder AS (PARTITION BY instrument, side ORDER BY score DESC, account))
    SELECT instrument, side, rank, account, unit, size, score, 5 - CAST(floor(5 * ahead / total) AS BIGINT) AS lights
    FROM ranked"""

WRITE = {
    "units": "SELECT * FROM units ORDER BY account, unit",
    "flagged": "SELECT * FROM units WHERE state IN ('bankrupt', 'liquidatable') ORDER BY state, health_factor",
    "ladder": "SELECT * FROM ladder ORDER BY instrument, side, rank",
}


def margin_call_at(book: Path) -> float:
    venue = tomllib.loads((book / "venue.toml").read_text("utf-8"))
    if venue.get("collateral", "single") != "single" or venue.get("adl", {}).get("score", "pnl_leverage") != "pnl_leverage":
        raise SystemExit("whole_duckdb: the book must have single collateral and the score pnl_leverage")
    return float(venue.get("margin", {}).get("margin_call_at", 1.25))


def run_theirs(book: Path, out: Path, threads: int) -> float:
    """Runs all of it, with the connection; returns its seconds."""
    begin = time.perf_counter()
    db = duckdb.connect(":memory:")
    db.execute(f"SET threads = {threads}")
    db.execute("SET preserve_insertion_order = false")
    for text in (POSITIONS, TIERS, UNITS, LADDER):
        db.execute(text.format(book=book, call=margin_call_at(book)))
    for table, rows in WRITE.items():
        db.execute(f"COPY ({rows}) TO '{out / table}.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")
    db.close()
    return time.perf_counter() - begin


def run_ours(program: Path, book: Path, out: Path, threads: int) -> float:
    begin = time.perf_counter()
    done = subprocess.run([str(program), "scan", str(book), "--out", str(out), "--force", "--format", "parquet", "--ladder", "full",
                           "--backend", "cpu", "--threads", str(threads), "--quiet"], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 10):
        raise SystemExit(f"whole_duckdb: plimsoll scan: exit {done.returncode}: {done.stderr.strip()}")
    return time.perf_counter() - begin


def differences(theirs: Path, ours: Path) -> list[str]:
    """Differences that must not be: states of units, entries of the ladders, all but one in a thousand of their places."""
    db = duckdb.connect(":memory:")
    units, states = db.execute(f"""
        SELECT count(*), count(*) FILTER (t.state IS DISTINCT FROM o.state)
        FROM '{theirs}/units.parquet' t FULL JOIN '{ours}/units.parquet' o USING (account, unit)""").fetchone()
    entries, alone, moved = db.execute(f"""
        SELECT count(*), count(*) FILTER (t.rank IS NULL OR o.rank IS NULL), count(*) FILTER (t.rank <> o.rank)
        FROM '{theirs}/ladder.parquet' t FULL JOIN '{ours}/ladder.parquet' o USING (instrument, side, account, unit)""").fetchone()
    out = []
    if states or not units:
        out.append(f"{states} of {units} units have another state")
    if alone or not entries:
        out.append(f"{alone} of {entries} positions are only on one side's ladders")
    if moved * 1000 > entries:
        out.append(f"{moved} of {entries} positions are at another place")
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("book", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="a folder to write to; it is emptied")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--plimsoll", type=Path, help="compare with this program's answers and time")
    options = parser.parse_args()
    shutil.rmtree(options.out, ignore_errors=True)
    theirs, ours = options.out / "duckdb", options.out / "ours"
    theirs.mkdir(parents=True)
    times: dict[str, list[float]] = {"duckdb": [], "plimsoll": []}
    for _ in range(options.turns):
        times["duckdb"].append(run_theirs(options.book, theirs, options.threads))
        if options.plimsoll:
            times["plimsoll"].append(run_ours(options.plimsoll.resolve(), options.book, ours, options.threads))
    figures: dict[str, object] = {f"{name}_s": statistics.median(seconds) for name, seconds in times.items() if seconds}
    wrong: list[str] = []
    if options.plimsoll:
        figures["ratio"] = figures["duckdb_s"] / figures["plimsoll_s"]
        wrong = differences(theirs, ours)
    print(json.dumps({"duckdb": duckdb.__version__, "threads": options.threads, "turns": options.turns, **figures}))
    for text in wrong:
        print(f"whole_duckdb: {text}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
