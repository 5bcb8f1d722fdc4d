"""A venue's book: reference data, balances, positions, marks."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from .errors import FileError, UsageError
from .tables import as_table

TABLES = ("assets", "instruments", "tiers", "accounts", "balances", "positions", "marks", "units", "system", "depths")


def scratch_folder(owner: object) -> Path:
    """A new folder that is removed together with `owner`."""
    folder = Path(tempfile.mkdtemp(prefix="plimsoll-"))
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return folder


class Book:
    """A venue's book, in memory or in a folder. It does not change.

    In memory: `Book(venue, assets=..., instruments=..., tiers=..., balances=..., positions=..., marks=...)`. `venue` is the
    text of a venue.toml, or a mapping of its values ({"name": "x", "quote": "USDT", "rulebook": "okx"}). Each table is
    anything that `as_table` takes, with the columns of docs/formats.md. Nothing is checked until the book is used, or by
    `check()`.

    In a folder: `Book.open(folder)`. If a worker on another machine reads it, the folder must exist there as well.

    A book can be pickled: one in memory with its rows, one in a folder as its path.
    """

    def __init__(self, venue: str | Mapping[str, Any], **tables: Any):
        self._venue = venue if isinstance(venue, str) else toml_of(venue)
        self._tables = {name: as_table(rows, name) for name, rows in tables.items() if rows is not None}
        self._folder: Path | None = None
        self._owns_folder = True
        self.notes: list[str] = []  #: From `import_`: rounded, summed and omitted values.

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Book:
        """The book in a folder: venue.toml and its tables, each as .csv, .parquet or .arrow.

        Raises FileError if there is no such folder.
        """
        path = Path(folder)
        if not path.is_dir():
            raise FileError(f"{path} is not a folder")
        made = cls("")
        made._folder = path.absolute()
        made._owns_folder = False
        return made

    @property
    def in_memory(self) -> bool:
        """It was made from tables; else it is a folder's."""
        return self._owns_folder

    @property
    def venue(self) -> str:
        """The text of its venue.toml."""
        return self._venue if self._owns_folder else (self.folder() / "venue.toml").read_text(encoding="utf-8")

    @property
    def tables(self) -> Mapping[str, pa.Table]:
        """Its tables, in memory: name -> pyarrow.Table. Those of a folder are read now, CSV as columns of text."""
        return dict(self._tables) if self._owns_folder else {name: read_table(path) for name, path in self._files()}

    def folder(self) -> Path:
        """A folder that the command reads. For a book in memory a temporary one, which is removed together with the book."""
        if self._folder is None:
            folder = scratch_folder(self)
            self._write(folder)
            self._folder = folder
        return self._folder

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Writes it as a new folder: tables of a book in memory as .arrow, those of a folder unchanged.

        Raises UsageError if the folder exists and is not empty.
        """
        path = Path(folder)
        if path.exists() and any(path.iterdir()):
            raise UsageError(f"{path} exists and is not empty")
        path.mkdir(parents=True, exist_ok=True)
        if self._owns_folder:
            self._write(path)
        else:
            shutil.copytree(self.folder(), path, dirs_exist_ok=True)
        return path

    def check(self, **options: Any) -> dict[str, Any]:
        """Counts of its content. Raises RefusedError with every place that breaks a rule. `options`: see `Options`."""
        from .commands import run_command
        from .options import Options

        return run_command("validate", [str(self.folder())], ["--summary", "json"], Options.of(None, options)).summary

    def adopt(self, folder: Path, notes: list[str], temporary: bool) -> None:
        """For functions that make books: the book in `folder`; a temporary one is pickled with its rows, not as its path."""
        self._folder, self._owns_folder, self.notes = folder.absolute(), False, notes
        if temporary:
            self._venue, self._tables, self._owns_folder = self.venue, dict(self.tables), True

    def _files(self) -> Iterator[tuple[str, Path]]:
        folder = self.folder()
        for name in TABLES:
            for ending in (".csv", ".parquet", ".arrow"):
                if (folder / (name + ending)).exists():
                    yield name, folder / (name + ending)

    def _write(self, folder: Path) -> None:
        unknown = set(self._tables) - set(TABLES)
        if unknown:
            raise UsageError(f"no book has a table {', '.join(sorted(unknown))}; its tables are {', '.join(TABLES)}")
        (folder / "venue.toml").write_text(self._venue, encoding="utf-8")
        for name, table in self._tables.items():
            write_table(table, folder / f"{name}.arrow")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_folder": None if self._owns_folder else self._folder}

    def __repr__(self) -> str:
        if not self._owns_folder:
            return f"Book.open({str(self._folder)!r})"
        rows = ", ".join(f"{name} {table.num_rows:,}" for name, table in self._tables.items())
        return f"<plimsoll.Book in memory: {rows}>"


def read_table(path: Path) -> pa.Table:
    """A table file, .csv as columns of text; .arrow is mapped and not copied."""
    if path.suffix == ".arrow":
        with pa.memory_map(str(path)) as file:
            return pa.ipc.open_file(file).read_all()
    if path.suffix == ".parquet":
        import pyarrow.parquet as parquet

        return parquet.read_table(path)
    import pyarrow.csv as csv

    with path.open(encoding="utf-8") as file:
        names = file.readline().strip().split(",")
    return csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())))


def write_table(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def toml_of(values: Mapping[str, Any]) -> str:
    """A mapping as TOML: texts, numbers, booleans, lists of them, and mappings as tables."""
    lines: list[str] = []

    def put(prefix: str, level: Mapping[str, Any]) -> None:
        nested = {}
        for key, value in level.items():
            if isinstance(value, Mapping):
                nested[key] = value
            else:
                lines.append(f"{_key(key)} = {_value(value)}")
        for key, value in nested.items():
            name = f"{prefix}{_key(key)}"
            lines.append(f"\n[{name}]")
            put(name + ".", value)

    put("", values)
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c >= " " else f"\\u{ord(c):04x}" for c in escaped) + '"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    return format(value, "f") if hasattr(value, "as_tuple") else str(value)
