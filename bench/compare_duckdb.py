#!/usr/bin/env python3
"""Plimsoll and DuckDB side by side: the same book, the same machine, the same answers.

    .venv/bin/python bench/compare_duckdb.py --plimsoll build/release/plimsoll [--stages bench.json] [--readme README.md] [--json FILE]

Makes a venue, loads it into DuckDB in memory as 64-bit integers, and asks both

1. margin and flags: which units are liquidatable or bankrupt, by exact equity against exact tiered maintenance;
2. ranking: the lights of every position, from its ADL score and the lots ahead of it, by window function.

Before anything is timed the answers are compared: the state and equity of every unit, the lights of every position.
They must be equal, or the exit code is 1.

DuckDB gets what we have: dense ids, money in whole steps, cash with entry costs folded in, marks as factors, tier amounts
summed up front, and the unit's equity and state before it ranks. Reading tables in and giving ids is not timed on either
side. Each question is put in several ways, and the fastest counts. What it returns is small: the flagged units, and a count
of positions by lights. Ours is the time of `plimsoll bench` on the same book with as many threads: margin + compact, and
lights (scores included). The two take turns, and medians are compared: on a shared machine only the ratio means something.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import duckdb

PPM = 1_000_000
FINEST = 10**10
README_BEGIN, README_END = "<!-- bench:begin -->", "<!-- bench:end -->"
STATES = ("healthy", "margin_call", "liquidatable", "bankrupt")
THREADS = (1, 2)


# ------------------------------------------------------------------------------------------- the book

def plain_rows(db: duckdb.DuckDBPyConnection, book: Path, table: str) -> list[dict[str, str]]:
    """A small table of the book as text, so that its decimals stay exact."""
    found = db.execute(f"SELECT * FROM '{book / table}.parquet'")
    names = [column[0] for column in found.description]
    shown = ", ".join(f'CAST("{name}" AS VARCHAR) AS "{name}"' for name in names)
    rows = db.execute(f"SELECT {shown} FROM '{book / table}.parquet'").fetchall()
    return [dict(zip(names, row)) for row in rows]


def units_of(step: Fraction) -> int:
    """A step in the finest unit that whole numbers are read through here."""
    units = step * FINEST
    assert units.denominator == 1, f"{step} is finer than 1/{FINEST}"
    return int(units)


def margin_call_ppm(book: Path) -> int:
    """`margin_call_at` in ppm; our score must be the one that is asked for below."""
    venue = tomllib.loads((book / "venue.toml").read_text("utf-8"), parse_float=Fraction)
    assert venue.get("collateral", "single") == "single"
    assert venue.get("adl", {}).get("score", "pnl_leverage") == "pnl_leverage"
    return int(venue.get("margin", {}).get("margin_call_at", Fraction("1.25")) * PPM)


@dataclass
class Reference:
    """Instruments and tiers as rows of integers, as a scan prepares them for a tick."""

    instruments: list[tuple] = field(default_factory=list)
    tiers: list[tuple] = field(default_factory=list)
    bands_most: int = 0


def bands_of(rows: list[dict[str, str]], step: Fraction) -> list[tuple[int, int, int]]:
    """(floor, rate in ppm, amount in step x 1e-6) of one tier table, floors rising."""
    bands: list[tuple[int, int, int]] = []
    for row in rows:
        floor, rate = Fraction(row["floor"]) / step, Fraction(row["maintenance_rate"]) * PPM
        assert floor.denominator == rate.denominator == 1
        _, rate_before, amount_before = bands[-1] if bands else (0, 0, 0)
        amount = amount_before + (rate - rate_before) * floor if bands else 0
        bands.append((int(floor), int(rate), int(amount)))
    return bands


def read_reference(db: duckdb.DuckDBPyConnection, book: Path) -> Reference:
    """The small tables of the book."""
    steps = {row["asset"]: Fraction(row["step"]) for row in plain_rows(db, book, "assets") if row["step"]}
    marks = {row["instrument"]: Fraction(row["mark"]) for row in plain_rows(db, book, "marks")}
    tiers = plain_rows(db, book, "tiers")
    reference = Reference()
    listed = [row for row in plain_rows(db, book, "instruments") if row["kind"] != "spot"]
    for number, row in enumerate(sorted(listed, key=lambda row: row["instrument"].encode())):
        step, size_step = steps[row["settle"]], Fraction(row["size_step"])
        worth = size_step * Fraction(row["contract_size"]) / step
        mark = marks[row["instrument"]]
        rate = -worth / mark if row["kind"] == "inverse" else worth * mark
        bands = bands_of([tier for tier in tiers if tier["tier_table"] == row["tier_table"]], step)
        reference.bands_most = max(reference.bands_most, len(bands))
        reference.instruments.append((number, row["instrument"], row["settle"], units_of(size_step), units_of(step),
                                      rate.numerator, rate.denominator))
        for place, (floor, rate_ppm, amount) in enumerate(bands):
            following = bands[place + 1][0] if place + 1 < len(bands) else 2**62 + 1
            reference.tiers.append((number, place, floor, following, rate_ppm, amount // PPM, amount % PPM, amount))
    return reference


def load(db: duckdb.DuckDBPyConnection, book: Path, scan: Path) -> Reference:
    """Fills DuckDB with the book. Unit ids are the rows of our `units`, so both sides speak of the same units."""
    reference = read_reference(db, book)
    db.execute("CREATE TABLE instruments (id SMALLINT, name VARCHAR, settle VARCHAR, size_step BIGINT, step BIGINT, "
               "num BIGINT, den BIGINT)")
    db.executemany("INSERT INTO instruments VALUES (?, ?, ?, ?, ?, ?, ?)", reference.instruments)
    db.execute("CREATE TABLE tiers (instrument SMALLINT, place TINYINT, floor BIGINT, following BIGINT, rate INT, "
               "amount_high BIGINT, amount_low INT, amount HUGEINT)")
    db.executemany("INSERT INTO tiers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", reference.tiers)
    # The same bands side by side, one row an instrument; bands it lacks repeat its last.
    columns = []
    for place in range(reference.bands_most):
        for name in ("rate", "amount_high", "amount_low"):
            columns.append(f"max_by({name}, place) FILTER (place <= {place}) AS {name}_{place}")
    db.execute(f"CREATE TABLE wide_tiers AS SELECT instrument, {', '.join(columns)} FROM tiers GROUP BY instrument")

    def whole(column: str, step: str) -> str:
        """A decimal column in whole steps, exactly."""
        return f"CAST(CAST(CAST({column} AS DECIMAL(38, 10)) * {FINEST} AS HUGEINT) // {step} AS BIGINT)"

    db.execute(f"""
        CREATE TABLE our_units AS
        SELECT CAST(file_row_number AS INT) AS unit, account, "unit" AS name, state, step,
               CAST(CAST(equity AS DECIMAL(38, 10)) * {FINEST} AS HUGEINT) AS equity
        FROM read_parquet('{scan / 'units.parquet'}', file_row_number = true) u
        JOIN (SELECT 'cross:' || settle AS name, step FROM instruments
              UNION SELECT 'isolated:' || name || ':long', step FROM instruments
              UNION SELECT 'isolated:' || name || ':short', step FROM instruments) s ON s.name = u."unit"
        ORDER BY 1""")
    db.execute(f"""
        CREATE TABLE positions AS
        SELECT u.unit, i.id AS instrument, p.lots, p.cost
        FROM (SELECT account, instrument, isolated_margin,
                     {whole('size', 'i.size_step')} AS lots, {whole('entry_value', 'i.step')} AS cost
              FROM '{book / 'positions.parquet'}' p JOIN instruments i ON i.name = p.instrument) p
        JOIN instruments i ON i.name = p.instrument
        JOIN our_units u ON u.account = p.account AND u.name = CASE
             WHEN p.isolated_margin IS NULL THEN 'cross:' || i.settle
             ELSE 'isolated:' || p.instrument || ':' || CASE WHEN p.lots > 0 THEN 'long' ELSE 'short' END END
        ORDER BY u.unit, i.id, p.lots < 0""")
    db.execute(f"""
        CREATE TABLE units AS
        WITH money AS (
            SELECT account, 'cross:' || b.asset AS name, {whole('amount', 'a.step')} AS balance
            FROM '{book / 'balances.parquet'}' b
            JOIN (SELECT DISTINCT settle, step FROM instruments) a ON a.settle = b.asset
            UNION ALL
            SELECT account, 'isolated:' || instrument || ':' || CASE WHEN size > 0 THEN 'long' ELSE 'short' END,
                   {whole('isolated_margin', 'i.step')}
            FROM '{book / 'positions.parquet'}' p JOIN instruments i ON i.name = p.instrument
            WHERE isolated_margin IS NOT NULL),
        costs AS (SELECT unit, CAST(sum(cost) AS BIGINT) AS cost FROM positions GROUP BY unit)
        SELECT u.unit, CAST(coalesce(m.balance, 0) - coalesce(c.cost, 0) AS BIGINT) AS cash
        FROM our_units u LEFT JOIN money m USING (account, name) LEFT JOIN costs c USING (unit) ORDER BY u.unit""")
    return reference


# ------------------------------------------------------------------------------------------ the questions

# lots x num / den, rounded down. DuckDB's // rounds to zero; den is 1 unless the contract is inverse.
VALUE = """CASE WHEN i.den = 1 THEN p.lots * i.num
           ELSE CAST((CAST(p.lots AS HUGEINT) * i.num
                      - CASE WHEN CAST(p.lots AS HUGEINT) * i.num < 0 THEN i.den - 1 ELSE 0 END) // i.den AS BIGINT) END"""

# Maintenance in two 64-bit parts, high x 1e6 + low in step x 1e-6: no 128-bit product a position.
HIGH = "(abs(value) // 1000000) * {rate} - {high}"
LOW = "(abs(value) % 1000000) * {rate} - {low}"

STATE = """CASE WHEN equity < 0 THEN 3 WHEN equity * CAST(1000000 AS HUGEINT) < mm THEN 2
           WHEN equity * CAST(1000000000000 AS HUGEINT) < {call_ppm} * mm THEN 1 ELSE 0 END"""


def flag_questions(bands: int, call_ppm: int) -> dict[str, str]:
    """Ways to ask for equity and state of every unit; `{what}` is what is wanted of them."""
    values = f"SELECT p.unit, p.instrument, {VALUE} AS value FROM positions p JOIN instruments i ON i.id = p.instrument"
    per_position = {
        "join on the band's range": f"""
            SELECT unit, value, {HIGH.format(rate='rate', high='amount_high')} AS high,
                   {LOW.format(rate='rate', low='amount_low')} AS low
            FROM ({values}) v JOIN tiers t ON t.instrument = v.instrument
             AND abs(value) >= t.floor AND abs(value) < t.following""",
        "asof join": f"""
            SELECT unit, value, {HIGH.format(rate='rate', high='amount_high')} AS high,
                   {LOW.format(rate='rate', low='amount_low')} AS low
            FROM ({values}) v ASOF JOIN tiers t ON t.instrument = v.instrument AND abs(value) >= t.floor""",
        # The requirement is convex in the notional, so it is the largest of its bands' lines.
        "bands side by side, the largest line": f"""
            SELECT unit, value, greatest({', '.join(
                f"CAST(abs(value) AS HUGEINT) * rate_{k} - (CAST(amount_high_{k} AS HUGEINT) * 1000000 + amount_low_{k})"
                for k in range(bands))}) AS low, 0 AS high
            FROM ({values}) v JOIN wide_tiers t ON t.instrument = v.instrument""",
    }
    questions = {}
    for name, positions in per_position.items():
        questions[name] = f"""
            WITH sums AS (SELECT unit, sum(value) AS value, sum(high) * 1000000 + sum(low) AS mm
                          FROM ({positions}) GROUP BY unit),
            figures AS (SELECT u.unit, u.cash + coalesce(s.value, 0) AS equity, coalesce(s.mm, 0) AS mm
                        FROM units u LEFT JOIN sums s ON s.unit = u.unit),
            states AS (SELECT unit, equity, {STATE.format(call_ppm=call_ppm)} AS state FROM figures)
            {{what}}"""
    return questions


# DESIGN section 3: r = pnl / |cost|, l = notional / equity; score r x l, or r / l below zero. Each operation rounds.
ENTRIES = f"""
    SELECT p.unit, p.instrument * 2 + CASE WHEN p.lots < 0 THEN 1 ELSE 0 END AS segment, abs(p.lots) AS lots,
           CASE WHEN r = 0 OR (r < 0 AND l = 'infinity') OR (r > 0 AND l = 0) THEN 0.0
                WHEN r > 0 THEN r * l WHEN l = 0 THEN CAST('-infinity' AS DOUBLE) ELSE r / l END + 0.0 AS score
    FROM (SELECT unit, instrument, lots,
                 CASE WHEN cost = 0 THEN CASE WHEN value > 0 THEN CAST('infinity' AS DOUBLE)
                                              WHEN value < 0 THEN CAST('-infinity' AS DOUBLE) ELSE 0.0 END
                      ELSE CAST(value - cost AS DOUBLE) / CAST(abs(cost) AS DOUBLE) END AS r,
                 CASE WHEN equity <= 0 THEN CAST('infinity' AS DOUBLE)
                      ELSE CAST(abs(value) AS DOUBLE) / CAST(equity AS DOUBLE) END AS l
          FROM (SELECT p.unit, p.instrument, p.lots, p.cost, s.equity, {VALUE} AS value
                FROM positions p JOIN instruments i ON i.id = p.instrument
                JOIN unit_states s ON s.unit = p.unit WHERE s.state < 2)) p"""


def rank_questions() -> dict[str, str]:
    """Ways to ask for the lights of every position on a ladder."""
    order = "PARTITION BY segment ORDER BY score DESC, unit"
    return {
        "running sum and total by window": f"""
            WITH lit AS (SELECT unit, segment, 5 - (5 * (sum(lots) OVER ahead - lots)) // sum(lots) OVER all_lots AS lights
                         FROM ({ENTRIES})
                         WINDOW ahead AS ({order} ROWS UNBOUNDED PRECEDING), all_lots AS (PARTITION BY segment))
            {{what}}""",
        "running sum by window, total by group": f"""
            WITH entries AS MATERIALIZED ({ENTRIES}),
            totals AS (SELECT segment, sum(lots) AS total FROM entries GROUP BY segment),
            ahead AS (SELECT unit, segment, sum(lots) OVER ({order} ROWS UNBOUNDED PRECEDING) - lots AS ahead FROM entries),
            lit AS (SELECT unit, segment, 5 - (5 * ahead) // total AS lights FROM ahead JOIN totals USING (segment))
            {{what}}""",
    }


# --------------------------------------------------------------------------------------------- answers

def require(condition: bool, text: str) -> None:
    if not condition:
        raise SystemExit(f"compare_duckdb: {text}")


def check_flags(db: duckdb.DuckDBPyConnection, questions: dict[str, str]) -> None:
    """Every way of asking gives our states and equities, unit by unit."""
    for name, question in questions.items():
        db.execute("CREATE OR REPLACE TABLE unit_states AS "
                   + question.format(what="SELECT unit, CAST(equity AS BIGINT) AS equity, CAST(state AS TINYINT) AS state FROM states"))
        count, wrong = db.execute(f"""
            SELECT count(*), count(*) FILTER (
                list_value({', '.join(repr(state) for state in STATES)})[s.state + 1] IS DISTINCT FROM o.state
                OR CAST(s.equity AS HUGEINT) * o.step IS DISTINCT FROM o.equity)
            FROM our_units o LEFT JOIN unit_states s USING (unit)""").fetchone()
        units = db.execute("SELECT count(*) FROM unit_states").fetchone()[0]
        require(units == count and wrong == 0, f"{name}: {wrong} of {count} units differ")


def check_lights(db: duckdb.DuckDBPyConnection, questions: dict[str, str], scan: Path) -> None:
    """Every way of asking gives our lights, position by position; ours are blank off the ladder."""
    db.execute(f"""
        CREATE TABLE our_lights AS
        SELECT u.unit, i.id * 2 + CASE WHEN p.side = 'short' THEN 1 ELSE 0 END AS segment, p.lights
        FROM '{scan / 'positions.parquet'}' p JOIN instruments i ON i.name = p.instrument
        JOIN our_units u ON u.account = p.account AND u.name = p."unit" """)
    for name, question in questions.items():
        db.execute("CREATE OR REPLACE TABLE their_lights AS " + question.format(what="SELECT unit, segment, lights FROM lit"))
        wrong, lit = db.execute("""
            SELECT count(*) FILTER (o.lights IS DISTINCT FROM t.lights), count(t.lights)
            FROM our_lights o FULL JOIN their_lights t USING (unit, segment)""").fetchone()
        require(wrong == 0, f"{name}: the lights of {wrong} positions differ")
        require(lit > 0, f"{name}: nobody is on a ladder")


# ---------------------------------------------------------------------------------------------- times

def seconds_of(db: duckdb.DuckDBPyConnection, question: str) -> float:
    """One run, its rows fetched."""
    begin = time.perf_counter()
    db.sql(question).to_arrow_table()
    return time.perf_counter() - begin


def our_seconds(program: Path, book: Path, threads: int, samples: int, out: Path) -> dict[str, float]:
    """Medians of our stages on the CPU, in seconds."""
    run(program, "bench", book, "--backend", "cpu", "--threads", threads, "--samples", samples,
        "--stages", "margin,compact,lights", "--json", out)
    medians = {row["stage"]: row["median_us"] * 1e-6 for row in json.loads(out.read_text())}
    return {"flags": medians["margin"] + medians["compact"], "lights": medians["lights"]}


def run(program: Path, *arguments: object) -> None:
    """Runs a subcommand quietly; its failure ends the comparison."""
    done = subprocess.run([str(program), *map(str, arguments)], capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"plimsoll {' '.join(map(str, arguments))}: exit {done.returncode}: {done.stderr.strip()}")


@dataclass
class Row:
    """One line of the comparison; every run's seconds."""

    what: str
    threads: int
    ours: list[float]
    theirs: list[float]
    way: str

    @property
    def ratio(self) -> float:
        return statistics.median(self.theirs) / statistics.median(self.ours)

    @property
    def figures(self) -> dict[str, object]:
        """For the JSON record."""
        return {
            "what": self.what, "threads": self.threads, "ratio": self.ratio, "duckdb_question": self.way,
            "plimsoll_median_s": statistics.median(self.ours), "plimsoll_least_s": min(self.ours),
            "duckdb_median_s": statistics.median(self.theirs), "duckdb_least_s": min(self.theirs),
        }


def compare(options: argparse.Namespace, folder: Path) -> list[Row]:
    program = options.plimsoll.resolve()
    book, scan = folder / "book", folder / "scan"
    say(f"a venue of {options.accounts:,} accounts and {options.positions:,} positions")
    run(program, "generate", "--accounts", options.accounts, "--positions", options.positions, "--instruments",
        options.instruments, "--seed", options.seed, "--format", "parquet", "--out", book)
    say("our answers")
    run(program, "scan", book, "--backend", "cpu", "--positions", "--format", "parquet", "--out", scan)
    db = duckdb.connect(":memory:")
    db.execute("SET preserve_insertion_order = false")
    say(f"the book in DuckDB {duckdb.__version__}")
    reference = load(db, book, scan)
    flags, ranks = flag_questions(reference.bands_most, margin_call_ppm(book)), rank_questions()
    say("its answers")
    check_flags(db, flags)
    check_lights(db, ranks, scan)

    wanted = {
        "flags": {name: text.format(what="SELECT unit, state FROM states WHERE state >= 2") for name, text in flags.items()},
        "lights": {name: text.format(what="SELECT lights, count(*) FROM lit GROUP BY lights") for name, text in ranks.items()},
    }
    rows = []
    for threads in THREADS:
        db.execute(f"SET threads = {threads}")
        fastest = {what: min(ways, key=lambda name: min(seconds_of(db, ways[name]) for _ in range(2)))
                   for what, ways in wanted.items()}
        ours: dict[str, list[float]] = {"flags": [], "lights": []}
        theirs: dict[str, list[float]] = {"flags": [], "lights": []}
        for turn in range(options.turns):
            say(f"{threads} thread{'s' if threads > 1 else ''}, turn {turn + 1} of {options.turns}")
            for what, seconds in our_seconds(program, book, threads, options.samples, folder / "bench.json").items():
                ours[what].append(seconds)
            for what, name in fastest.items():
                theirs[what] += [seconds_of(db, wanted[what][name]) for _ in range(options.their_samples)]
        for what, title in (("flags", "Margin and flags"), ("lights", "Lights of every position")):
            rows.append(Row(title, threads, ours[what], theirs[what], fastest[what]))
    return rows


# --------------------------------------------------------------------------------------------- printing

def say(text: str) -> None:
    print(f"compare_duckdb: {text}", file=sys.stderr, flush=True)


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "this CPU"
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "this CPU")


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def stage_table(path: Path) -> list[str]:
    """What `plimsoll bench --json` wrote, as a table."""
    stages = json.loads(path.read_text("utf-8"))
    first = stages[0]
    lines = [
        f"| stage, {first['accounts']:,} accounts, {first['positions']:,} positions | median | p99 | MB | GB/s | of a copy |",
        "|---|---|---|---|---|---|",
    ]
    for row in stages:
        if (row["accounts"], row["positions"]) != (first["accounts"], first["positions"]):
            continue
        share = row["gb_per_s"] / row["copy_gb_per_s"]
        lines.append(f"| {row['stage']} | {milliseconds(row['median_us'] * 1e-6)} | {milliseconds(row['p99_us'] * 1e-6)} "
                     f"| {row['bytes'] * 1e-6:.1f} | {row['gb_per_s']:.2f} | {share:.0%} |")
    return [*lines, "", f"On {first['device']} ({first['backend']}).", ""]


def markdown(rows: list[Row], options: argparse.Namespace) -> str:
    lines = stage_table(options.stages) if options.stages else []
    lines += [
        f"| {options.accounts:,} accounts, {options.positions:,} positions | threads | Plimsoll | DuckDB | ratio |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        ours, theirs = statistics.median(row.ours), statistics.median(row.theirs)
        lines.append(f"| {row.what} | {row.threads} | {milliseconds(ours)} | {milliseconds(theirs)} | **{row.ratio:.0f}x** |")
    lines += ["", f"Medians of one run of `./dev bench`, taking turns on the same cores of {processor()}; DuckDB "
                  f"{duckdb.__version__}. Both gave the same state and equity of every unit and the same lights of every position."]
    return "\n".join(lines)


def into_readme(path: Path, table: str) -> None:
    """Replaces what stands between the markers."""
    text = path.read_text("utf-8")
    begin, end = text.find(README_BEGIN), text.find(README_END)
    require(0 <= begin < end, f"{path} has no {README_BEGIN} ... {README_END}")
    path.write_text(f"{text[:begin]}{README_BEGIN}\n{table}\n{text[end:]}", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--positions", type=int, default=4_000_000)
    parser.add_argument("--instruments", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--samples", type=int, default=30, help="of ours, a turn")
    parser.add_argument("--their-samples", type=int, default=3, help="of DuckDB's, a turn")
    parser.add_argument("--stages", type=Path, help="what `plimsoll bench --json` wrote: a table of it goes in front")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--readme", type=Path, help="also put the table between the markers of this file")
    parser.add_argument("--least-flags", type=float, default=0, help="exit 1 if margin and flags are not so many times faster")
    parser.add_argument("--least-lights", type=float, default=0, help="the same for the lights")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plimsoll-duckdb-") as folder:
        rows = compare(options, Path(folder))
    for row in rows:
        say(f"{row.what}, {row.threads} threads: DuckDB was fastest by {row.way}")
    table = markdown(rows, options)
    print(table)
    if options.json:
        options.json.write_text(json.dumps([row.figures for row in rows], indent=1) + "\n")
    if options.readme:
        into_readme(options.readme, table)
    least = {"Margin and flags": options.least_flags, "Lights of every position": options.least_lights}
    slow = [row for row in rows if row.ratio < least[row.what]]
    for row in slow:
        say(f"{row.what}, {row.threads} threads: {row.ratio:.1f}x is less than {least[row.what]:g}x")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
