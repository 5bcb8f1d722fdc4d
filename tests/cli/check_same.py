#!/usr/bin/env python3
"""Same venue, same bytes: over seeds and threads of `generate`, over input formats, threads and row order of `scan`.

    python3 tests/cli/check_same.py --plimsoll build/plimsoll
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from program import Program, folder_bytes, run_checks

SIZES = ("--accounts", "3000", "--positions", "12000", "--instruments", "40", "--distressed-share", "0.05")
VENUES = {
    "single": ("--seed", "3"),
    "multi": ("--seed", "4", "--collateral", "multi"),
    "crash": ("--seed", "5", "--shock", "-0.2"),
}


def scanned(program: Program, book: Path, out: Path, *options: str) -> dict[str, bytes]:
    """Tables of a scan, and its summary without `run`."""
    program.ok("scan", book, "--out", out, "--positions", "--ladder", "full", "--quiet", *options)
    files = folder_bytes(out)
    summary = files.pop("summary.json").decode()
    files["summary"] = summary[: summary.index('"run"')].encode()
    shutil.rmtree(out)
    return files


def expect_equal(found: dict[str, bytes], wanted: dict[str, bytes], what: str) -> None:
    assert found.keys() == wanted.keys(), f"{what}: other files"
    for name, bytes_wanted in wanted.items():
        assert found[name] == bytes_wanted, f"{what}: {name} differs"


def generated(program: Program, root: Path) -> None:
    """generate: same bytes for any number of threads, other bytes for another seed."""
    for name, options in VENUES.items():
        for format_name in ("csv", "parquet", "arrow"):
            books = []
            for threads in ("1", "2", "7"):
                out = root / f"{name}-{threads}"
                program.ok("generate", *SIZES, *options, "--format", format_name, "--threads", threads, "--out", out)
                books.append(folder_bytes(out))
                shutil.rmtree(out)
            expect_equal(books[1], books[0], f"{name} {format_name}, 2 threads")
            expect_equal(books[2], books[0], f"{name} {format_name}, 7 threads")
    program.ok("generate", *SIZES, "--seed", "3", "--out", root / "three")
    program.ok("generate", *SIZES, "--seed", "8", "--out", root / "eight")
    assert folder_bytes(root / "three")["positions.csv"] != folder_bytes(root / "eight")["positions.csv"]


def shuffle_rows(book: Path, seed: int) -> None:
    """Shuffles the rows of every table whose order means nothing: all but the bands of a tier table."""
    shuffler = random.Random(seed)
    for table in book.glob("*.csv"):
        header, *rows = table.read_text().splitlines()
        if table.stem == "tiers":  # Floors rise in file order; tables as a whole may move.
            groups: dict[str, list[str]] = {}
            for row in rows:
                groups.setdefault(row.split(",")[header.split(",").index("tier_table")], []).append(row)
            names = list(groups)
            shuffler.shuffle(names)
            rows = [row for name in names for row in groups[name]]
        else:
            shuffler.shuffle(rows)
        table.write_text("\n".join([header, *rows]) + "\n")


def scans(program: Program, root: Path) -> None:
    """scan: same bytes from CSV, Parquet and Arrow, from converted and shuffled books, on 1, 2 and 7 threads."""
    for name, options in VENUES.items():
        book = root / f"{name}-csv"
        program.ok("generate", *SIZES, *options, "--out", book)
        wanted = scanned(program, book, root / "out", "--threads", "1")
        assert wanted["flagged.csv"].count(b"\n") > 10 and wanted["cover.csv"].count(b"\n") > 1, "a dull venue"
        for threads in ("2", "7"):
            expect_equal(scanned(program, book, root / "out", "--threads", threads), wanted, f"{name}, {threads} threads")
        for format_name in ("parquet", "arrow"):
            made = root / f"{name}-{format_name}"
            program.ok("generate", *SIZES, *options, "--format", format_name, "--out", made)
            expect_equal(scanned(program, made, root / "out"), wanted, f"{name} from {format_name}")
            back = root / f"{name}-{format_name}-back"
            program.ok("convert", made, "--format", "csv", "--out", back)
            expect_equal(scanned(program, back, root / "out"), wanted, f"{name} from {format_name} and back")
        shuffle_rows(book, 1)
        expect_equal(scanned(program, book, root / "out"), wanted, f"{name} shuffled")


def backends(program: Program, root: Path) -> None:
    """scan: the emulated device, and CUDA if there is one, write the same as the CPU."""
    book = root / "backends"
    program.ok("generate", "--accounts", "600", "--positions", "2000", "--instruments", "9", "--distressed-share", "0.1",
               "--seed", "6", "--out", book)
    wanted = scanned(program, book, root / "out", "--backend", "cpu")
    others = ["emulated"]
    if json.loads(program.ok("doctor", "--format", "json").stdout)["cuda"]["usable"]:
        others.append("cuda")
    else:
        print("no usable GPU: cuda not compared")
    for name in others:
        expect_equal(scanned(program, book, root / "out", "--backend", name), wanted, name)


def figures(program: Program, root: Path) -> None:
    """The counts of generate are those of scan, unless the marks have moved since."""
    for name in ("single", "multi"):
        made = json.loads(program.ok("generate", *SIZES, *VENUES[name], "--out", root / f"{name}-reported").stdout)
        found = json.loads(program.ok("scan", root / f"{name}-reported").stdout)
        for state in ("bankrupt", "liquidatable", "margin_call"):
            assert made[f"{state}_before_shock"] == found["states"][state], (name, state, made, found["states"])
        assert made["positions"] == found["positions"] and made["accounts"] == found["accounts"]


def formats(program: Program, root: Path) -> None:
    """Parquet and Arrow outputs equal the CSV, cell by cell; without pyarrow this is not checked."""
    try:
        import pyarrow.feather
        import pyarrow.parquet
    except ImportError:
        print("pyarrow is missing: formats not compared")
        return
    book = root / "formats"
    program.ok("generate", *SIZES, *VENUES["single"], "--out", book)
    tables = {}
    for format_name, read in (("parquet", pyarrow.parquet.read_table), ("arrow", pyarrow.feather.read_table)):
        out = root / f"as-{format_name}"
        program.ok("scan", book, "--out", out, "--format", format_name, "--positions")
        tables[format_name] = {file.stem: read(file) for file in out.glob(f"*.{format_name}")}
    assert tables["parquet"].keys() == tables["arrow"].keys()
    for name, table in tables["parquet"].items():
        assert table.to_pydict() == tables["arrow"][name].to_pydict(), name


def row_groups(program: Program, root: Path) -> None:
    """scan: same bytes from Parquet of any row groups, pages, encodings and order of columns; one bad group spoils the file."""
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        print("pyarrow is missing: row groups not compared")
        return
    book = root / "groups"
    program.ok("generate", "--accounts", "30000", "--positions", "150000", "--instruments", "90", "--seed", "9",
               "--distressed-share", "0.05", "--format", "parquet", "--out", book)
    wanted = scanned(program, book, root / "out")
    tables = {name: parquet.read_table(book / f"{name}.parquet") for name in ("positions", "balances")}
    forms = [
        {"row_group_size": 1_000},
        {"row_group_size": 70_000, "dictionary_pagesize_limit": 300, "data_page_size": 2_000, "write_batch_size": 100},
        {"row_group_size": 149_999, "use_dictionary": False, "data_page_version": "2.0", "compression": "none"},
        {"row_group_size": 10**6, "compression": "gzip"},
    ]
    for form in forms:
        for name, table in tables.items():
            parquet.write_table(table.select(table.column_names[::-1]), book / f"{name}.parquet", **form)
        for threads in ("1", "2", "7"):
            expect_equal(scanned(program, book, root / "out", "--threads", threads), wanted, f"{form}, {threads} threads")
    parquet.write_table(tables["balances"], book / "balances.parquet", row_group_size=1_000, write_page_checksum=True)
    file = book / "balances.parquet"
    whole = bytearray(file.read_bytes())
    last = parquet.ParquetFile(file).metadata.row_group(20).column(0)
    whole[last.dictionary_page_offset + 40] ^= 1
    file.write_bytes(whole)
    for threads in ("1", "7"):
        refused = program.expect(3, "scan", book, "--threads", threads)
        assert refused.stderr.count("balances.parquet: is not readable as Parquet") == 1, refused.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    program = Program(parser.parse_args().plimsoll)
    with tempfile.TemporaryDirectory(prefix="plimsoll-same-") as folder:
        return run_checks([generated, scans, backends, figures, formats, row_groups], program, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
