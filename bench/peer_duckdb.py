"""DuckDB's side of bench/compare_peers.py: the book as 64-bit integers in memory, the questions, and the check of a
peer's answers against ours.

DuckDB gets the same inputs as we do: dense ids, money in whole steps, cash with entry costs folded in, marks as
factors, tier amounts summed up front, and the unit's equity and state before it ranks.
"""

from __future__ import annotations

import time
import tomllib
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import duckdb

PPM = 1_000_000
FINEST = 10**10
STATES = ("healthy", "margin_call", "liquidatable", "bankrupt")


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
    """`margin_call_at` in ppm; our score must be the one that the question below uses."""
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
    """Fills DuckDB with the book. Unit ids are the rows of our `units`, so both sides number the units alike."""
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
    db.execute(f"""
        CREATE TABLE our_lights AS
        SELECT u.unit, i.id * 2 + CASE WHEN p.side = 'short' THEN 1 ELSE 0 END AS segment, p.lights
        FROM '{scan / 'positions.parquet'}' p JOIN instruments i ON i.name = p.instrument
        JOIN our_units u ON u.account = p.account AND u.name = p."unit" """)
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
    """Ways to ask for equity and state of every unit; `{what}` is the requested column."""
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


# docs/design.md section 3: r = pnl / |cost|, l = notional / equity; score r x l, or r / l below zero. Each operation rounds.
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

class Wrong(Exception):
    """An answer that is not ours."""


def check_flags(db: duckdb.DuckDBPyConnection, name: str, answer: str) -> None:
    """`answer` (a table or a file) holds the state and equity of every unit as ours."""
    count, wrong = db.execute(f"""
        SELECT count(*), count(*) FILTER (
            list_value({', '.join(repr(state) for state in STATES)})[s.state + 1] IS DISTINCT FROM o.state
            OR CAST(s.equity AS HUGEINT) * o.step IS DISTINCT FROM o.equity)
        FROM our_units o LEFT JOIN {answer} s USING (unit)""").fetchone()
    units = db.execute(f"SELECT count(*) FROM {answer}").fetchone()[0]
    if units != count or wrong != 0:
        raise Wrong(f"{name}: {wrong} of {count} units differ, {units} answered")


def check_lights(db: duckdb.DuckDBPyConnection, name: str, answer: str) -> None:
    """`answer` holds the lights of every position as ours; ours are blank off the ladder."""
    wrong, lit = db.execute(f"""
        SELECT count(*) FILTER (o.lights IS DISTINCT FROM t.lights), count(t.lights)
        FROM our_lights o FULL JOIN {answer} t USING (unit, segment)""").fetchone()
    if wrong != 0 or lit == 0:
        raise Wrong(f"{name}: the lights of {wrong} positions differ, {lit} are on a ladder")


class Duckdb:
    """The book in DuckDB."""

    name = "DuckDB"
    version = duckdb.__version__

    def __init__(self, book: Path, scan: Path):
        self.db = duckdb.connect(":memory:")
        self.db.execute("SET preserve_insertion_order = false")
        reference = load(self.db, book, scan)
        self.call_ppm = margin_call_ppm(book)
        self.questions = {"flags": flag_questions(reference.bands_most, self.call_ppm), "lights": rank_questions()}
        wanted = {"flags": "SELECT unit, state FROM states WHERE state >= 2",
                  "lights": "SELECT lights, count(*) FROM lit GROUP BY lights"}
        self.timed = {what: {name: text.format(what=wanted[what]) for name, text in ways.items()}
                      for what, ways in self.questions.items()}

    def ways(self, what: str) -> list[str]:
        return list(self.questions[what])

    def set_threads(self, threads: int) -> None:
        self.db.execute(f"SET threads = {threads}")

    def seconds(self, what: str, way: str) -> float:
        """One run, its rows fetched."""
        begin = time.perf_counter()
        self.db.sql(self.timed[what][way]).to_arrow_table()
        return time.perf_counter() - begin

    def check(self, _db: duckdb.DuckDBPyConnection) -> None:
        """Every way gives our answers, unit by unit and position by position."""
        columns = {"flags": "SELECT unit, CAST(equity AS BIGINT) AS equity, CAST(state AS TINYINT) AS state FROM states",
                   "lights": "SELECT unit, segment, lights FROM lit"}
        for what, table, check in (("flags", "unit_states", check_flags), ("lights", "their_lights", check_lights)):
            for name, question in self.questions[what].items():
                self.db.execute(f"CREATE OR REPLACE TABLE {table} AS " + question.format(what=columns[what]))
                check(self.db, f"DuckDB, {name}", table)

    def export(self, folder: Path) -> None:
        """The same tables for another peer, as Parquet."""
        for table in ("positions", "units", "instruments", "tiers"):
            self.db.execute(f"COPY {table} TO '{folder / table}.parquet' (FORMAT parquet)")

    def close(self) -> None:
        self.db.close()
