#!/usr/bin/env python3
"""Bad input at the command: exit code 3, the place named, nothing left behind (docs/design.md sections 7 and 8).

    python3 tests/refusals/check_refusals.py --plimsoll BIN [--group NAME]

A case is a small book broken in one place. `scan` must refuse it, name file, row and column on stderr, and
leave the folder around its output as it was. Files are also truncated, filled with noise and flipped bit by
bit: the command may accept or refuse, but not crash. Then the other side: outputs that cannot be written.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError:  # The cases of Parquet and Arrow are then skipped, visibly.
    pa = pq = None

Files = dict[str, bytes]

BOOK: dict[str, str] = {
    "venue.toml": 'name = "small"\nquote = "USDT"\n',
    "assets.csv": "asset,step\nUSDT,0.000001\nBTC,\n",
    "instruments.csv": "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n"
    "BTCUSDT,linear,BTC,USDT,1,0.1,0.001,T\nBTCUSD,inverse,BTC,BTC,100,0.5,1,T\n",
    "tiers.csv": "tier_table,floor,maintenance_rate,initial_rate\nT,0,0.004,0.01\nT,50000,0.005,0.02\n",
    "balances.csv": "account,asset,amount\nalice,USDT,1000.5\nbob,BTC,0.25\n",
    "positions.csv": "account,instrument,size,entry_price\nalice,BTCUSDT,0.5,60000.1\nbob,BTCUSD,-10,61000\n",
    "marks.csv": "instrument,mark\nBTCUSDT,61000.5\nBTCUSD,61000\n",
}

# name, file, text in it, text instead, text that stderr must have.
CHANGES: list[tuple[str, str, str, str, str]] = [
    ("venue key", "venue.toml", "quote", "qoute", "venue.toml, row 2, column qoute: is not a key"),
    ("venue syntax", "venue.toml", '"small"', '"small', "venue.toml, row 1: is not TOML"),
    ("rulebook", "venue.toml", "quote", 'rulebook = "no such"\nquote', "venue.toml, row 2, column rulebook"),
    ("quote unknown", "venue.toml", "USDT", "USDC", 'column quote: "USDC" is not in assets.csv'),
    ("step", "assets.csv", "0.000001", "0.5", 'assets.csv, row 2, column step: "0.5" must be a power of ten'),
    ("name empty", "assets.csv", "BTC,", ",", "assets.csv, row 3, column asset: is empty"),
    ("name twice", "assets.csv", "BTC,", "USDT,", 'assets.csv, row 3, column asset: "USDT" is listed twice'),
    ("option", "instruments.csv", "linear", "option", 'instruments.csv, row 2, column kind: "option"'),
    ("tiers unknown", "instruments.csv", "1,T", "1,U", 'column tier_table: "U" is not in tiers.csv'),
    ("column missing", "tiers.csv", "floor", "level", "tiers.csv, row 1, column floor: is missing"),
    ("column twice", "tiers.csv", "floor", "tier_table", "tiers.csv, row 1, column tier_table: appears twice"),
    ("floors", "tiers.csv", "50000", "0", 'tiers.csv, row 3, column floor: "0" must be above'),
    ("rates", "tiers.csv", "0.005", "0.003", "tiers.csv, row 3, column maintenance_rate"),
    ("asset unknown", "balances.csv", "bob,BTC", "bob,ETH", 'balances.csv, row 3, column asset: "ETH" is not in'),
    ("reserved", "balances.csv", "bob", "fund", 'balances.csv, row 3, column account: "fund" is the name of a system account'),
    ("too fine", "balances.csv", "1000.5", "1000.0000005", "balances.csv, row 2, column amount"),
    ("huge", "balances.csv", "1000.5", "9" * 38, "beyond 2^62 steps"),
    ("too long", "balances.csv", "1000.5", "9" * 5000, "more than 38 significant digits"),
    ("exponent", "balances.csv", "1000.5", "1e3", '"1e3" is not a plain decimal'),
    ("balance twice", "balances.csv", "bob,BTC", "alice,USDT", "balances.csv, row 3: "),
    ("fields", "balances.csv", "bob,BTC,0.25", "bob,BTC", "balances.csv, row 3: has 2 fields"),
    ("quote open", "balances.csv", "bob,", '"bob,', "balances.csv, row 3: "),
    ("instrument unknown", "positions.csv", "bob,BTCUSD", "bob,ETHUSD", "positions.csv, row 3, column instrument"),
    ("size zero", "positions.csv", "-10", "0", 'positions.csv, row 3, column size: "0" is zero: leave the rows of closed positions out'),
    ("size off lot", "positions.csv", "-10", "-10.5", "positions.csv, row 3, column size"),
    ("entry missing", "positions.csv", "61000", "", "positions.csv, row 3, column entry_price"),
    ("mark missing", "marks.csv", "BTCUSD,61000\n", "", "positions.csv, row 3, column instrument"),
    ("mark off step", "marks.csv", "61000.5", "61000.55", 'marks.csv, row 2, column mark: "61000.55" is not a mul'),
    ("mark negative", "marks.csv", "61000.5", "-1", 'marks.csv, row 2, column mark: "-1" must not be below zero'),
    ("mark of another name", "marks.csv", "BTCUSD,", "BTC-USD,", 'row 3, column instrument: "BTC-USD" is not in instruments.csv; did you mean "BTCUSD"?'),
    ("name in small letters", "positions.csv", "alice,BTCUSDT", "alice,btcusdt", 'did you mean "BTCUSDT"?'),
    ("asset with a slip", "balances.csv", "bob,BTC", "bob,BTX", 'is not in assets.csv; did you mean "BTC"?'),
    ("tiers with a slip", "instruments.csv", "1,T", "1,TT", 'is not in tiers.csv; did you mean "T"?'),
    ("settle of another name", "instruments.csv", "BTC,USDT,1", "BTC,usdt,1", 'did you mean "USDT"?'),
    ("perpetual", "instruments.csv", "linear", "perpetual", "a perpetual or a future is linear where it pays in"),
    ("thousands", "balances.csv", "1000.5", '"1,000.5"', "write a point before the decimals and nothing between thousands"),
    ("blanks between", "balances.csv", "1000.5", "1 000.5", "nothing between thousands"),
    ("decimal comma", "balances.csv", "1000.5", '"1000,5"', "write a point before the decimals"),
    ("money sign", "balances.csv", "1000.5", "$1000.5", "write the number alone, without a unit"),
    ("sign of the euro", "balances.csv", "1000.5", "1000.5 \u20ac", "write the number alone, without a unit"),
    ("unit", "balances.csv", "1000.5", "1000.5 USDT", "write the number alone, without a unit"),
    ("wide blank", "balances.csv", "1000.5", "1\u00a0000.5", "without a unit and without separators"),
    ("percent", "tiers.csv", "0.004", "0.4%", "write the part of one, as 0.05 for 5 %"),
    ("percent as a number", "tiers.csv", "0.01", "100", "must be from 0 to 10: a part of one, as 0.004 for 0.4 %"),
    ("leverage with a sign", "tiers.csv", "0.01", "100x", "write the number alone, without a unit"),
    ("nan", "balances.csv", "1000.5", "NaN", "it stands for a number that is missing: leave the cell blank where"),
    ("none", "balances.csv", "1000.5", "None", "it stands for a number that is missing"),
    ("not there", "balances.csv", "1000.5", "#N/A", "it stands for a number that is missing"),
    ("accountant", "balances.csv", "1000.5", "(1000.5)", "write a leading '-' in the place of parentheses"),
    ("long minus", "positions.csv", "-10", "\u221210", "write the plain '-' of ASCII"),
    ("plus", "balances.csv", "1000.5", "+1000.5", "leave the '+' out"),
    ("point first", "positions.csv", "0.5", ".5", "write a digit on both sides of the point"),
    ("small exponent", "balances.csv", "0.25", "-1.5e-05", "with --round half_even it is read and rounded to its step"),
    ("no zone", "marks.csv", "mark\nBTCUSDT,61000.5\nBTCUSD,61000", "mark,as_of\nBTCUSDT,61000.5,2025-03-01 12:00:00\nBTCUSD,61000,", "has no time zone: end it with Z"),
    ("epoch with a fraction", "marks.csv", "mark\nBTCUSDT,61000.5\nBTCUSD,61000", "mark,as_of\nBTCUSDT,61000.5,1740830400.5\nBTCUSD,61000,", "is a number with a fraction: write a whole number"),
    ("side bought", "positions.csv", "price\nalice,BTCUSDT,0.5,60000.1\nbob,BTCUSD,-10,61000", "price,side\nalice,BTCUSDT,0.5,60000.1,BUY", '"BUY" must be long or short, the side of the position'),
    ("one-way mode", "positions.csv", "price\nalice,BTCUSDT,0.5,60000.1\nbob,BTCUSD,-10,61000", "price,side\nalice,BTCUSDT,0.5,60000.1,BOTH", "leave the cell blank if size has a sign, as in one-way mode"),
    ("key of another section", "venue.toml", "quote", 'max_mark_age = 60\nquote', "did you mean margin.max_mark_age?"),
    ("key with a word left out", "venue.toml", 'USDT"', 'USDT"\n[margin]\nmax_age = 60', "margin.max_age: is not a key of the format; did you mean margin.max_mark_age?"),
    ("no header", "balances.csv", "account,asset,amount\n", "", "the header reads alice,USDT,1000.5; the first row must name the columns"),
    ("a comment first", "balances.csv", "account,asset", "# exported\naccount,asset", "the header reads # exported; the first row must name the columns"),
    ("mark twice", "marks.csv", "BTCUSD,", "BTCUSDT,", "marks.csv, row 3, column instrument"),
    ("hedge mode without sides", "positions.csv", "bob,BTCUSD,-10,61000", "alice,BTCUSDT,0.1,60000", "if one is a short, write its size below zero, or the sides in a column side"),
    ("floors unsorted", "tiers.csv", "T,0,0.004,0.01\nT,50000,0.005,0.02", "T,50000,0.005,0.02\nT,0,0.004,0.01", "must be 0 in the first row of tier table T; sort its rows by their floors"),
    ("margin under another name", "positions.csv", "price\nalice,BTCUSDT,0.5,60000.1\nbob,BTCUSD,-10,61000", "price,isolatedWallet\nalice,BTCUSDT,0.5,60000.1,10", "row 1, column isolatedWallet: changes the meaning of the rows"),
    ("infinite", "balances.csv", "1000.5", "-inf", "it stands for a number that is missing"),
    ("key of exactly one other section", "venue.toml", 'USDT"', 'USDT"\n[liquidation]\nscore = "pnl"', "did you mean adl.score?"),
    ("section with a slip", "venue.toml", 'USDT"', 'USDT"\n[liquidations]\nmode = "whole"', "did you mean liquidation?"),
    ("share as a percentage", "venue.toml", 'USDT"', 'USDT"\n[fund]\ndrawdown_stop = 30', "write the part of one, as 0.3 for 30 %"),
    ("text without quotes", "venue.toml", '"small"', "small", 'a text stands in quotes, as in name = "venue"'),
    ("depth twice", "venue.toml", 'USDT"', 'USDT"\n[market]\ndepth = 5\n[market.depth]\nBTC = 3', "a key is either a value or a section"),
]


def book(**changed: bytes | str | None) -> Files:
    """The small book; keyword `balances_csv` means balances.csv, None takes a file away."""
    files = {name: text.encode() for name, text in BOOK.items()}
    for key, content in changed.items():
        stem, _, ending = key.rpartition("_")
        name = f"{stem}.{ending}"
        if content is None:
            files.pop(name, None)
        else:
            files[name] = content.encode() if isinstance(content, str) else content
    return files


class Checker:
    """Runs the command on books and collects the failures."""

    def __init__(self, plimsoll: str, folder: Path) -> None:
        self.plimsoll = plimsoll
        self.folder = folder
        self.count = 0
        self.failures: list[str] = []
        self.skipped: list[str] = []

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        self.count += 1
        return subprocess.run(
            [self.plimsoll, *map(str, arguments)], capture_output=True, text=True, errors="replace", timeout=60
        )

    def expect(self, name: str, good: bool, found: subprocess.CompletedProcess[str]) -> None:
        if not good:
            self.failures.append(f"{name}: exit code {found.returncode}, stderr: {found.stderr[:600]}")

    def put(self, files: Files) -> Path:
        """The files as a book folder inside a fresh folder, which holds nothing else."""
        place = Path(tempfile.mkdtemp(dir=self.folder))
        (place / "book").mkdir()
        for name, content in files.items():
            (place / "book" / name).write_bytes(content)
        return place

    def refused(self, name: str, files: Files, *reported: str) -> None:
        """The book must be refused with these words, by scan and by validate, and no output appear."""
        place = self.put(files)
        before = sorted(os.listdir(place))
        found = self.run("scan", place / "book", "--out", place / "out", "--backend", "cpu")
        self.expect(name, found.returncode == 3 and all(text in found.stderr for text in reported), found)
        if sorted(os.listdir(place)) != before or sorted(os.listdir(place / "book")) != sorted(files):
            self.failures.append(f"{name}: something was left behind: {sorted(os.listdir(place))}")
        self.expect(f"{name} (validate)", (again := self.run("validate", place / "book")).returncode == 3, again)

    def accepted(self, name: str, files: Files) -> None:
        found = self.run("validate", self.put(files) / "book")
        self.expect(name, found.returncode == 0, found)

    def survived(self, name: str, files: Files) -> None:
        """Accepted or refused, but not crashed."""
        found = self.run("validate", self.put(files) / "book")
        self.expect(name, found.returncode in (0, 3), found)


def check_places(check: Checker) -> None:
    """Every rule names its place."""
    check.accepted("the unbroken book", book())
    for name, file, old, new, reported in CHANGES:
        assert old in BOOK[file], name
        check.refused(name, book(**{file.replace(".", "_"): BOOK[file].replace(old, new, 1)}), reported)
    check.refused("venue missing", book(venue_toml=None), "venue.toml: is missing; it needs name and quote at least")
    check.refused("venue in capitals", {**book(venue_toml=None), "Venue.toml": b""}, "venue.toml: is missing; Venue.toml exists: name it venue.toml")
    check.refused("another unit of times", book(venue_toml=BOOK["venue.toml"] + '[import]\nas_of_unit = "ms"\n', marks_csv="instrument,mark,as_of\nBTCUSDT,61000.5,1740830400\nBTCUSD,61000,\n"),
                  "looks like epoch seconds, and as_of_unit under [import] in venue.toml is another unit")
    place = check.put(book(venue_toml=None))
    (place / "book" / "venue.toml").mkdir()
    check.expect("venue is a folder", (found := check.run("scan", place / "book")).returncode == 3 and "venue.toml: is a folder, not a file" in found.stderr, found)
    check.expect("folder of books", (found := check.run("scan", check.put(book()))).returncode == 3 and "venue.toml: is missing; book inside has one: name that folder" in found.stderr, found)
    for table in ("assets", "instruments", "tiers", "balances", "positions", "marks"):
        check.refused(f"{table} missing", book(**{f"{table}_csv": None}), f"{table}: is missing")
        check.refused(f"{table} empty", book(**{f"{table}_csv": b""}), f"{table}.csv: is empty")
        check.refused(f"{table} twice", book(**{f"{table}_arrow": b""}), f"{table}: exists in more than one format")
    text = BOOK["balances.csv"]
    check.refused("not UTF-8", book(balances_csv=text.encode().replace(b"bob", b"b\xffb")), "row 3", "is not UTF-8")
    check.refused("NUL", book(balances_csv=text.replace("bob", "b\0b")), "balances.csv, row 3", "NUL")
    for name, content, reported in (
        ("UTF-16", text.encode("utf-16"), "is UTF-16: save it as UTF-8"),
        ("UTF-16 of the other order", b"\xfe\xff" + text.encode("utf-16-be"), "is UTF-16: save it as UTF-8"),
        ("compressed", gzip.compress(text.encode()), "is compressed: unpack it"),
        ("spreadsheet", b"PK\x03\x04" + bytes(30), "is a spreadsheet or an archive"),
        ("Parquet by another name", b"PAR1" + bytes(30), "is a Parquet file: let its name end in .parquet"),
        ("Arrow by another name", b"ARROW1" + bytes(30), "is an Arrow file: let its name end in .arrow"),
    ):
        check.refused(name, book(balances_csv=content), "balances.csv: " + reported)
    check.refused("truncated", book(positions_csv=BOOK["positions.csv"][:-12]), "positions.csv, row 3")
    check.refused(
        "all at once",
        book(assets_csv=BOOK["assets.csv"].replace("0.000001", "2"), marks_csv=BOOK["marks.csv"].replace("61000", "x")),
        "assets.csv, row 2", "marks.csv, row 2", "marks.csv, row 3",
    )
    rows = "".join(f"a{number},ETH,1\n" for number in range(1000))
    check.refused("many", book(balances_csv=text + rows), "balances.csv, row 4, ", "balances.csv, row 6, ", "997 more rows like row 6")


def arrow_bytes(table: "pa.Table") -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def stream_bytes(table: "pa.Table") -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def parquet_bytes(table: "pa.Table") -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def check_types(check: Checker) -> None:
    """Column types of Parquet and Arrow: exact ones are read, others are refused by their header."""
    if pa is None:
        check.skipped.append("column types: there is no pyarrow")
        return
    from decimal import Decimal

    def balances(amount: "pa.Array", account: "pa.Array | None" = None) -> "pa.Table":
        names = pa.array(["alice", "bob"]) if account is None else account
        return pa.table({"account": names, "asset": pa.array(["USDT", "BTC"]).dictionary_encode(), "amount": amount})

    decimals = [Decimal("1000.5"), Decimal("0.25")]
    exact = {
        "text": pa.array(["1000.5", "0.25"]),
        "large text": pa.array(["1000.5", "0.25"], pa.large_string()),
        "text view": pa.array(["1000.5", "0.25"], pa.string_view()),
        "coded text": pa.array(["1000.5", "0.25"]).dictionary_encode(),
        "decimal128": pa.array(decimals, pa.decimal128(38, 6)),
        "decimal256": pa.array(decimals, pa.decimal256(60, 6)),
        "integers": pa.array([1000, 0], pa.int32()),
        "unsigned": pa.array([1000, 0], pa.uint64()),
    }
    for name, column in exact.items():
        check.accepted(f"{name} in Arrow", book(balances_csv=None, balances_arrow=arrow_bytes(balances(column))))
        check.accepted(f"{name} in a stream", book(balances_csv=None, balances_arrow=stream_bytes(balances(column))))
        if name != "text view":
            check.accepted(f"{name} in Parquet", book(balances_csv=None, balances_parquet=parquet_bytes(balances(column))))
    numbered = balances(exact["text"], pa.array([7, 12], pa.int64()))
    check.accepted("numbered accounts", book(balances_csv=None, balances_parquet=parquet_bytes(numbered)))

    inexact = {
        "float64": (pa.array([1000.5, 0.25]), "floats, which are not exact"),
        "float32": (pa.array([1000.5, 0.25], pa.float32()), "floats, which are not exact"),
        "booleans": (pa.array([True, False]), "must be a column of"),
        "dates": (pa.array([1, 2], pa.date32()), "must be a column of"),
        "lists": (pa.array([["1"], ["2"]]), "amount"),
    }
    for name, (column, reported) in inexact.items():
        table = balances(column)
        place = "balances.parquet, row 1, column amount"
        check.refused(f"{name} in Parquet", book(balances_csv=None, balances_parquet=parquet_bytes(table)), place, reported)
        place = "balances.arrow, row 1, column amount"
        check.refused(f"{name} in Arrow", book(balances_csv=None, balances_arrow=arrow_bytes(table)), place, reported)
    without = balances(pa.array(["1000.5", None]))
    check.refused("null", book(balances_csv=None, balances_parquet=parquet_bytes(without)), "balances.parquet, row 3, column amount: is blank")
    wrong = balances(exact["text"], pa.array([b"alice", b"b\xffb"], pa.binary()))
    check.refused("bytes", book(balances_csv=None, balances_arrow=arrow_bytes(wrong)), "balances.arrow, row 3, column account", "is not UTF-8")
    marks = pa.table({"instrument": ["BTCUSDT", "BTCUSD"], "mark": ["61000.5", "61000"]})
    for zone, code in ((None, 3), ("UTC", 0), ("Europe/Berlin", 0)):
        times = pa.array([1, 2], pa.timestamp("ms", zone))
        files = book(marks_csv=None, marks_arrow=arrow_bytes(marks.append_column("as_of", times)))
        found = check.run("validate", check.put(files) / "book")
        check.expect(f"timestamps of zone {zone}", found.returncode == code, found)


def check_damage(check: Checker) -> None:
    """Damaged files are refused or, if the damage makes another valid file, read; nothing crashes."""
    dice = random.Random(20250301)
    for file in ("positions.csv", "tiers.csv", "venue.toml"):
        content = BOOK[file].encode()
        for _ in range(10):
            damaged = bytearray(content)
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
            check.survived(f"{file} with a flipped bit", book(**{file.replace(".", "_"): bytes(damaged)}))
    if pa is None:
        check.skipped.append("damaged Parquet and Arrow: there is no pyarrow")
        return
    rows = [line.split(",") for line in BOOK["positions.csv"].splitlines()]
    table = pa.table({name: [row[i] for row in rows[1:]] * 50 for i, name in enumerate(rows[0])})
    table = table.set_column(0, "account", pa.array([f"a{number}" for number in range(100)]))
    for ending, content in (("parquet", parquet_bytes(table)), ("arrow", arrow_bytes(table))):
        whole = book(positions_csv=None, **{f"positions_{ending}": content})
        check.accepted(f"whole {ending}", whole)
        for length in (0, 1, 7, 8, 40, len(content) // 2, len(content) - 8, len(content) - 1):
            short = book(positions_csv=None, **{f"positions_{ending}": content[:length]})
            check.refused(f"{ending} of {length} bytes", short, f"positions.{ending}: is not readable as")
        for _ in range(60):
            damaged = bytearray(content)
            for _ in range(dice.choice((1, 1, 4))):
                damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
            check.survived(f"{ending} with flipped bits", book(positions_csv=None, **{f"positions_{ending}": bytes(damaged)}))
        noise = bytes(dice.randrange(256) for _ in range(4096))
        check.refused(f"noise as {ending}", book(positions_csv=None, **{f"positions_{ending}": noise}), "is not readable as")


def check_outputs(check: Checker) -> None:
    """An output that cannot be written: exit code 1 or 2, the cause, nothing left."""
    place = check.put(book())
    out = place / "out"
    out.mkdir()
    (out / "mine").write_text("precious")
    found = check.run("scan", place / "book", "--out", out, "--backend", "cpu")
    kept = sorted(os.listdir(place)) == ["book", "out"] and (out / "mine").read_text() == "precious"
    check.expect("a folder that is not empty", found.returncode == 2 and "--force" in found.stderr and kept, found)
    found = check.run("scan", place / "book", "--out", out, "--force", "--backend", "cpu")
    replaced = not (out / "mine").exists() and (out / "units.csv").exists() and sorted(os.listdir(place)) == ["book", "out"]
    check.expect("--force replaces it", found.returncode == 0 and replaced, found)

    (place / "file").write_text("")
    found = check.run("scan", place / "book", "--out", place / "file", "--backend", "cpu")
    check.expect("a file in the way", found.returncode == 2 and (place / "file").read_text() == "", found)
    found = check.run("scan", place / "book", "--out", place / "file" / "out", "--backend", "cpu")
    check.expect("a file as the parent", found.returncode in (1, 2) and "Not a directory" in found.stderr, found)
    found = check.run("scan", place / "book", "--out", place / "none" / "out", "--backend", "cpu")
    check.expect("no parent: it is made", found.returncode == 0 and (place / "none" / "out" / "summary.json").exists(), found)
    if os.geteuid() != 0:
        (place / "closed").mkdir(mode=0o555)
        found = check.run("scan", place / "book", "--out", place / "closed" / "out", "--backend", "cpu")
        check.expect("a parent without leave", found.returncode == 1 and "Permission denied" in found.stderr, found)


def check_full_disk(check: Checker) -> None:
    """A disk that fills up while a table is written."""
    place = check.put(book())
    disk = place / "disk"
    disk.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", disk], capture_output=True, check=False
    ).returncode == 0
    if not mounted:
        check.skipped.append("full disk: needs root and leave to mount a small tmpfs")
        return
    try:
        dice = random.Random(7)
        rows = "".join(f"{dice.getrandbits(64):x},USDT,{dice.getrandbits(30)}\n" for _ in range(10_000))
        (place / "book" / "balances.csv").write_text(BOOK["balances.csv"] + rows)
        for form in ("csv", "parquet", "arrow"):
            found = check.run("scan", place / "book", "--out", disk / "out", "--format", form, "--backend", "cpu")
            good = found.returncode == 1 and "No space left on device" in found.stderr and not os.listdir(disk)
            check.expect(f"full disk, {form}", good, found)
    finally:
        subprocess.run(["umount", disk], check=False)


GROUPS = {
    "places": check_places, "types": check_types, "damage": check_damage, "outputs": check_outputs,
    "full_disk": check_full_disk,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", required=True)
    parser.add_argument("--group", choices=GROUPS, action="append", help="run only this; may be repeated")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plimsoll_refusals.") as folder:
        check = Checker(arguments.plimsoll, Path(folder))
        for name in arguments.group or GROUPS:
            GROUPS[name](check)
    for failure in check.failures:
        print(f"FAILED {failure}")
    for skip in check.skipped:
        print(f"SKIPPED {skip}")
    print(f"{check.count} runs, {len(check.failures)} failures, {len(check.skipped)} skipped")
    if check.failures:
        return 1
    return 77 if check.skipped else 0


if __name__ == "__main__":
    sys.exit(main())
