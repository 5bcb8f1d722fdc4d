#!/usr/bin/env python3
"""Columns as other programs write them: floats, decimals of every width, whole-number times, folders, other endings.

    python3 tests/rounding/check_rounding.py --plimsoll BIN

A book of floats is read with --round, and the equity of every account is computed again in Python's fractions from the
floats rounded to their steps. Without pyarrow the script is skipped.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

try:
    import pyarrow as pa
    import pyarrow.feather
    import pyarrow.parquet as pq
except ImportError:
    print("skipped: pyarrow is not installed")
    sys.exit(77)

PLIMSOLL = ""
TEXTS = {
    "venue.toml": 'name = "floats"\nquote = "USDT"\n',
    "assets.csv": "asset,step\nUSDT,0.000001\nBTC,\n",
    "tiers.csv": "tier_table,floor,maintenance_rate,initial_rate\nT,0,0.004,0.01\n",
    "instruments.csv": "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n"
    "A,linear,BTC,USDT,1,0.1,0.001,T\nB,linear,BTC,USDT,0.01,0.25,1,T\nC,inverse,BTC,BTC,100,0.5,1,T\n",
}
STEPS = {"A": (Fraction(1), Fraction(1, 10), Fraction(1, 1000), "USDT", 6), "B": (Fraction(1, 100), Fraction(1, 4), Fraction(1), "USDT", 6),
         "C": (Fraction(100), Fraction(1, 2), Fraction(1), "BTC", 8)}


def run(*words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([PLIMSOLL, *map(str, words)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, f"{words}: exit {done.returncode}: {done.stderr[-1500:]}"
    return done


def put(folder: Path, texts: dict[str, str], tables: dict[str, pa.Table]) -> Path:
    folder.mkdir(parents=True)
    for name, text in texts.items():
        if name.split(".")[0] not in tables:
            (folder / name).write_text(text)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def rounded(value: Fraction, step: Fraction, mode: str) -> Fraction:
    count = value / step
    if mode == "half_even":
        return round(count) * step  # Python's rounds half to even, too.
    return (abs(count) // 1) * (1 if count > 0 else -1) * step


def floor(value: Fraction, digits: int) -> Fraction:
    return Fraction(value * 10**digits // 1, 10**digits)


def float_book(seed: int) -> dict[str, pa.Table]:
    draw = random.Random(seed)
    accounts = [f"u{number}" for number in range(200)]
    rows = [(account, instrument, side) for account in accounts for instrument in STEPS for side in (1, -1) if draw.random() < 0.5]
    size = {"A": lambda: draw.uniform(0.01, 5), "B": lambda: draw.uniform(1, 400), "C": lambda: draw.uniform(1, 90)}
    positions = pa.table({
        "account": [row[0] for row in rows],
        "instrument": [row[1] for row in rows],
        "size": pa.array([row[2] * size[row[1]]() for row in rows], pa.float64()),
        "entry_price": pa.array([round(draw.uniform(50000, 70000), draw.choice((1, 3, 9))) for _ in rows], pa.float64()),
        "isolated_margin": pa.array([draw.uniform(0, 900) if draw.random() < 0.2 else None for _ in rows], pa.float64()),
        "__index_level_0__": pa.array(range(len(rows)), pa.int64()),
    })
    held = [(account, asset) for account in accounts for asset in ("USDT", "BTC")]
    balances = pa.table({
        "account": [row[0] for row in held], "asset": [row[1] for row in held],
        "amount": pa.array([draw.uniform(-5, 5) if asset == "BTC" else draw.uniform(-1e3, 1e6) for _, asset in held],
                           pa.float32() if seed % 2 else pa.float64()),
    })
    marks = pa.table({"instrument": list(STEPS), "mark": pa.array([60000.04, 61000.127, 59999.75], pa.float64()),
                      "as_of": pa.array([1740830400123] * 3, pa.int64())})
    return {"positions": positions, "balances": balances, "marks": marks}


def equities(tables: dict[str, pa.Table], mode: str) -> dict[tuple[str, str], Fraction]:
    """By account and unit: balance and profit, from the floats as the fractions that they are."""
    mark = {row["instrument"]: rounded(Fraction(row["mark"]), STEPS[row["instrument"]][1], mode) for row in tables["marks"].to_pylist()}
    out: dict[tuple[str, str], Fraction] = {}
    for row in tables["balances"].to_pylist():
        digits = 6 if row["asset"] == "USDT" else 8
        out[row["account"], f"cross:{row['asset']}"] = rounded(Fraction(row["amount"]), Fraction(1, 10**digits), mode)
    for row in tables["positions"].to_pylist():
        contract, _, size_step, settle, digits = STEPS[row["instrument"]]
        size = rounded(Fraction(row["size"]), size_step, mode) * contract
        entry = Fraction(Decimal(repr(row["entry_price"])))  # A number without a step: the value that its writer intended.
        worth = (lambda price, size=size: size * price) if row["instrument"] != "C" else (lambda price, size=size: -size / price)
        pnl = floor(worth(mark[row["instrument"]]), digits) - floor(worth(entry), digits)
        unit, base = f"cross:{settle}", Fraction(0)
        if row["isolated_margin"] is not None:
            unit = f"isolated:{row['instrument']}:{'long' if size > 0 else 'short'}"
            base = rounded(Fraction(row["isolated_margin"]), Fraction(1, 10**digits), mode)
        out[row["account"], unit] = out.get((row["account"], unit), Fraction(0)) + base + pnl
    return out


def read_units(folder: Path) -> dict[tuple[str, str], Fraction]:
    with open(folder / "units.csv", newline="") as file:
        return {(row["account"], row["unit"]): Fraction(row["equity"]) for row in csv.DictReader(file)}


def check_floats(place: Path) -> None:
    times = '[import]\nas_of_unit = "ms"\n'
    for seed in range(4):
        tables = float_book(seed)
        book = put(place / f"book{seed}", TEXTS | {"venue.toml": TEXTS["venue.toml"] + times}, tables)
        refused = run("scan", book, code=3)
        for place_of in ("positions.parquet, row 1, column size", "balances.parquet, row 1, column amount", "marks.parquet, row 1, column mark"):
            assert place_of in refused.stderr and "have them rounded to their steps: --round half_even" in refused.stderr, refused.stderr
        for mode in ("half_even", "down"):
            out = place / f"out{seed}{mode}"
            done = run("scan", book, "--round", mode, "--out", out)
            wanted = equities(tables, mode)
            assert read_units(out) == wanted, "equities differ"
            notes = {one["note"]: one["count"] for one in json.loads(done.stdout)["notes"]}
            reported = [note for note in notes if "column size: " in note]
            assert len(reported) == 1 and notes[reported[0]] == len(tables["positions"]), notes
            # The same by the file's own key, and from the book that convert writes, which needs no rounding any more.
            (book / "venue.toml").write_text(TEXTS["venue.toml"] + times + f'round = "{mode}"\n')
            run("scan", book, "--out", out, "--force")
            assert read_units(out) == wanted
            (book / "venue.toml").write_text(TEXTS["venue.toml"] + times)
            for form in ("csv", "parquet", "arrow"):
                converted = place / f"converted-{seed}-{mode}-{form}"
                run("convert", book, "--round", mode, "--format", form, "--out", converted)
                run("scan", converted, "--out", out, "--force")
                assert read_units(out) == wanted, f"convert --round {mode} to {form} changes equities"


def exact_tables(amount: pa.DataType) -> dict[str, pa.Table]:
    return {"balances": pa.table({"account": ["a", "b"], "asset": ["USDT", "BTC"],
                                  "amount": pa.array([Decimal("1000.50"), Decimal("-0.25")], amount)})}


def check_decimals(place: Path) -> None:
    """decimal32 and decimal64 are exact and read, blank cells too; other column types are still refused."""
    texts = TEXTS | {"positions.csv": "account,instrument,size,entry_price\n", "marks.csv": "instrument,mark\n"}
    for name, kind in {"32": pa.decimal32(9, 2), "64": pa.decimal64(18, 5), "128": pa.decimal128(38, 8), "256": pa.decimal256(60, 8)}.items():
        book = put(place / name, texts, exact_tables(kind))
        run("scan", book, "--out", place / f"out{name}")
        assert read_units(place / f"out{name}") == {("a", "cross:USDT"): Fraction("1000.5"), ("b", "cross:BTC"): Fraction("-0.25")}, name
        converted = place / f"converted{name}"
        run("convert", book, "--out", converted)
        assert "a,USDT,1000.5" in (converted / "balances.csv").read_text()
    table = exact_tables(pa.decimal64(18, 5))["balances"]
    gap = pa.table({"account": ["a", "b"], "asset": ["USDT", "BTC"], "amount": pa.array([None, Decimal("1.00000")], pa.decimal64(18, 5))})
    assert table.schema == gap.schema
    refused = run("validate", put(place / "gap", texts, {"balances": gap}), code=3)
    assert "balances.parquet, row 2, column amount: is blank" in refused.stderr, refused.stderr


def check_times(place: Path) -> None:
    texts = TEXTS | {"positions.csv": "account,instrument,size,entry_price\n", "balances.csv": "account,asset,amount\n"}
    for unit, count in {"s": 1740830400, "ms": 1740830400123, "us": 1740830400123456, "ns": 1740830400123456789}.items():
        marks = pa.table({"instrument": ["A"], "mark": ["60000.0"], "as_of": pa.array([count], pa.int64())})
        book = put(place / unit, texts, {"marks": marks})
        refused = run("validate", book, code=3)
        assert f'column as_of: "int64" looks like epoch' in refused.stderr and f'as_of_unit = "{unit}"' in refused.stderr, refused.stderr
        (book / "venue.toml").write_text(TEXTS["venue.toml"] + f'[import]\nas_of_unit = "{unit}"\n')
        run("validate", book)


def check_places(place: Path) -> None:
    """A folder, another ending and a packed file are named with the way out; exit code 3."""
    texts = TEXTS | {"balances.csv": "account,asset,amount\n", "marks.csv": "instrument,mark\n"}
    positions = pa.table({"account": ["a"], "instrument": ["A"], "size": ["0.5"], "entry_price": ["60000"]})
    book = put(place / "folder", texts, {})
    (book / "positions.parquet" / "instrument=A").mkdir(parents=True)
    pq.write_table(positions, book / "positions.parquet" / "instrument=A" / "part-0.parquet")
    assert "positions.parquet: is a folder, not a file" in run("scan", book, code=3).stderr
    book = put(place / "feather", texts, {})
    pyarrow.feather.write_feather(positions, book / "positions.feather", compression="lz4")
    assert "positions.feather exists: name it positions.arrow" in run("scan", book, code=3).stderr
    (book / "positions.feather").rename(book / "positions.arrow")
    (book / "marks.csv").write_text("instrument,mark\nA,60000\n")
    run("scan", book)
    book = put(place / "packed", texts, {})
    (book / "positions.csv.gz").write_bytes(gzip.compress(b"account,instrument,size,entry_price\n"))
    assert "positions.csv.gz exists: unpack it first" in run("scan", book, code=3).stderr
    ticks = place / "ticks.csv.gz"
    ticks.write_bytes(b"")
    (book / "positions.csv.gz").unlink()
    (book / "positions.csv").write_text("account,instrument,size,entry_price\n")
    assert "must end in .csv, .parquet or .arrow: unpack it first" in run("replay", book, "--ticks", ticks, "--out", place / "out", code=3).stderr


def main() -> int:
    global PLIMSOLL
    parser = argparse.ArgumentParser()
    parser.add_argument("--plimsoll", required=True)
    PLIMSOLL = os.path.abspath(parser.parse_args().plimsoll)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for check in (check_floats, check_decimals, check_times, check_places):
            try:
                check(Path(folder) / check.__name__)
            except AssertionError as fault:
                print(f"{check.__name__}: {fault}")
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
