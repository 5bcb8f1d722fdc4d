"""Shared by the checks on real input: finding the data, writing a book, running the program, reading its tables.

The data lie beside the repository in `../shared/data` (or in the folder that PLIMSOLL_DATA names); if they are absent a
check reports it and exits 77, which ctest shows as skipped. Nothing of them is ever copied into the repository: books
are written to a temporary folder.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ORACLE = ROOT / "tests" / "oracle" / "oracle.py"
SKIPPED = 77
BAD_DATA = 3
EXACT = Context(prec=100)  # More digits than any product here has, so no Decimal operation rounds.
BINARY64_DIGITS = Context(prec=15)

COLUMNS = {
    "assets": ("asset", "step", "price"),
    "instruments": (
        "instrument", "kind", "base", "settle", "contract_size", "price_step", "size_step", "tier_table",
    ),
    "tiers": ("tier_table", "floor", "maintenance_rate", "initial_rate", "max_leverage", "maintenance_amount"),
    "balances": ("account", "asset", "amount"),
    "positions": ("account", "instrument", "size", "entry_price", "entry_value", "adl_score"),
    "marks": ("instrument", "mark"),
}


class CheckFailed(Exception):
    """The data and the program differ."""


def require(condition: bool, text: str) -> None:
    """Fails the check with `text` unless the condition holds."""
    if not condition:
        raise CheckFailed(text)


def plain(value: Decimal | int | str) -> str:
    """A decimal without exponent, as a book requires."""
    return format(value if isinstance(value, Decimal) else Decimal(value), "f")


def product(*factors: Decimal) -> Decimal:
    """The exact product."""
    result = Decimal(1)
    for factor in factors:
        result = EXACT.multiply(result, factor)
    return result


def binary64_decimal(text: str, spacings: int = 1) -> Decimal:
    """The short decimal from which a binary64 was printed: its 15 digits, within so many spacings of the float."""
    printed = Decimal(text)
    decimal = BINARY64_DIGITS.plus(printed)
    require(abs(printed - decimal) <= spacings * Decimal(math.ulp(float(printed))), f"{text} is no short decimal")
    return decimal


def finest_step(values: Iterable[Decimal]) -> Decimal:
    """The power of ten <= 1 that all values are whole multiples of."""
    digits = max((-value.normalize().as_tuple().exponent for value in values), default=0)
    return Decimal(1).scaleb(-max(digits, 0))


@dataclass
class Book:
    """A venue as rows of text, by table; `score` is the venue's ADL score."""

    name: str
    quote: str
    score: str | None = None
    rows: dict[str, list[dict[str, str]]] = field(default_factory=lambda: {table: [] for table in COLUMNS})

    def add(self, table: str, **cells: Decimal | int | str) -> None:
        """Appends a row; numbers are written as plain decimals, absent columns stay blank."""
        unknown = set(cells) - set(COLUMNS[table])
        assert not unknown, f"{table} has no column {unknown}"
        self.rows[table].append(
            {column: value if isinstance(value, str) else plain(value) for column, value in cells.items()}
        )

    def add_linear(self, name: str, base: str, price_step: Decimal, size_step: Decimal, tiers: str, mark: Decimal,
                   settle: str | None = None) -> None:
        """A linear instrument of contract size 1, and its mark."""
        self.add("instruments", instrument=name, kind="linear", base=base, settle=settle or self.quote,
                 contract_size="1", price_step=price_step, size_step=size_step, tier_table=tiers)
        self.add("marks", instrument=name, mark=mark)

    def add_asset(self, name: str, step: Decimal | None = None) -> None:
        """An asset, unless it is there already; bases need no step."""
        if all(row["asset"] != name for row in self.rows["assets"]):
            self.add("assets", asset=name, **({} if step is None else {"step": step}))

    def write(self, folder: Path) -> Path:
        """Writes the tables; a column that no row fills is left out."""
        folder.mkdir(parents=True)
        venue = [f'name = "{self.name}"', f'quote = "{self.quote}"']
        if self.score:
            venue += ["", "[adl]", f'score = "{self.score}"']
        (folder / "venue.toml").write_text("\n".join(venue) + "\n", "utf-8")
        for table, rows in self.rows.items():
            used = [column for column in COLUMNS[table] if any(row.get(column) for row in rows)] or COLUMNS[table]
            write_csv(folder / f"{table}.csv", used, rows)
        return folder


Tables = dict[str, list[dict[str, str]]]


@dataclass
class Program:
    """The command under test, or the oracle in its place (`--oracle`: checks the books themselves)."""

    path: Path

    @property
    def is_oracle(self) -> bool:
        return self.path == ORACLE

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Runs a subcommand and returns its output."""
        command = [self.path, *arguments]
        return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=600, check=False)

    def scan(self, book: Path, out: Path, *options: str) -> Tables:
        """Scans a book with `--positions` and returns the tables that were written, by name."""
        if self.is_oracle:
            command = [sys.executable, str(ORACLE), str(book), "--out", str(out), *options]
            run = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        else:
            run = self.run("scan", book, "--out", out, "--positions", "--format", "csv", *options)
        require(run.returncode == 0, f"scan of {book.name}: exit {run.returncode}: {run.stderr.strip()}")
        return {path.stem: read_csv(path) for path in sorted(out.glob("*.csv"))}

    def replay(self, book: Path, ticks: Path, out: Path, *options: str | Path) -> Tables:
        """Replays a book; the tables that were written by name, those of the last book as `final/NAME`."""
        run = self.run("replay", book, "--ticks", ticks, "--out", out, "--format", "csv", *options)
        require(run.returncode == 0, f"replay of {book}: exit {run.returncode}: {run.stderr.strip()}")
        return {str(path.relative_to(out).with_suffix("")): read_csv(path) for path in sorted(out.rglob("*.csv"))}

    def validate(self, book: Path) -> None:
        """`plimsoll validate` must find nothing wrong."""
        if self.is_oracle:
            return
        run = self.run("validate", book)
        require(run.returncode == 0, f"validate of {book.name}: exit {run.returncode}: {run.stderr.strip()}")


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by column name."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[dict[str, str]]) -> Path:
    """Writes the rows' cells in these columns; absent ones stay blank."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def data_folder(given: Path | None) -> Path:
    """The folder of the real data, whether it exists or not."""
    return given or Path(os.environ.get("PLIMSOLL_DATA") or ROOT.parent / "shared" / "data")


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A temporary folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-real-") as folder:
        yield Path(folder)


def main(description: str, files: Sequence[str], check: Callable[[Program, dict[str, Path], Path], str]) -> int:
    """Runs `check(program, {file name: path}, scratch folder)`, which returns its result in one line."""
    parser = argparse.ArgumentParser(description=description.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, help="the built command")
    parser.add_argument("--oracle", action="store_true", help="scan with the oracle instead: checks the book made here")
    parser.add_argument("--data", type=Path, help="folder of the data (default: PLIMSOLL_DATA, else ../shared/data)")
    arguments = parser.parse_args()
    if not arguments.oracle and arguments.plimsoll is None:
        parser.error("--plimsoll or --oracle is needed")
    folder = data_folder(arguments.data)
    paths = {Path(name).name: folder / name for name in files}
    missing = [name for name in files if not (folder / name).is_file()]
    if missing:
        print(f"SKIPPED: no {', '.join(missing)} in {os.path.relpath(folder)}")
        return SKIPPED
    program = Program(ORACLE if arguments.oracle else arguments.plimsoll.resolve())
    try:
        with scratch() as temporary:
            print(check(program, paths, temporary))
    except CheckFailed as failure:
        print(f"FAILED: {failure}")
        return 1
    return 0
