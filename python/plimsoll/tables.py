"""Input and result tables. An input is anything that supports the Arrow C stream. A result is a `pyarrow.Table`, which
polars, pandas, duckdb and every other reader of `__arrow_c_stream__` can read repeatedly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from .errors import UsageError


def as_table(rows: Any, name: str = "the table") -> pa.Table:
    """Makes a table of rows.

    `rows`: an object with `__arrow_c_stream__` or `__arrow_c_array__` (pyarrow, polars, pandas, duckdb, nanoarrow, ...), a
    mapping of column names to lists, or a list of mappings, one a row. Numbers may be int, `decimal.Decimal` or text. A
    float is accepted only if the book's `[import] round`, or `round=`, defines its rounding.

    Raises TypeError for anything else.
    """
    if isinstance(rows, pa.Table):
        return rows
    if hasattr(rows, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(rows).read_all()
    if hasattr(rows, "__arrow_c_array__"):
        return pa.table(rows)
    if isinstance(rows, Mapping):
        return pa.table({column: _cells(cells) for column, cells in rows.items()})
    if isinstance(rows, (list, tuple)) and all(isinstance(row, Mapping) for row in rows):
        columns = list(dict.fromkeys(column for row in rows for column in row))
        return pa.table({column: _cells([row.get(column) for row in rows]) for column in columns})
    raise TypeError(
        f"{name} is a {type(rows).__name__}; a table is an object with __arrow_c_stream__, a mapping of columns, or a list of rows"
    )


def _cells(cells: Any) -> Any:
    """Cells with different kinds of numbers become exact text; Arrow converts all others."""
    if not isinstance(cells, (list, tuple)):
        return cells
    kinds = {type(cell) for cell in cells if cell is not None}
    if len(kinds) > 1 and float not in kinds:
        return pa.array([None if cell is None else str(cell) for cell in cells], pa.string())
    return pa.array(cells, pa.string() if not kinds else None)


def stream_of(rows: Any, name: str = "the table") -> Any:
    """A capsule `arrow_array_stream` of the rows."""
    if hasattr(rows, "__arrow_c_stream__"):
        return rows.__arrow_c_stream__()
    return as_table(rows, name).__arrow_c_stream__()


class _Capsule:
    """A result stream in the form that pyarrow expects."""

    def __init__(self, capsule: Any):
        self._capsule = capsule

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._capsule


def table_of(capsule: Any) -> pa.Table:
    """The table of a capsule that the module made."""
    return pa.RecordBatchReader.from_stream(_Capsule(capsule)).read_all()


def by_asset(table: pa.Table) -> dict[str, dict[str, Any]]:
    """Rows of a table with a column `asset`, by asset."""
    return {row.pop("asset"): row for row in table.to_pylist()}


def text_of(number: Any) -> str:
    """An exact number in the form that the readers accept. A float means the shortest decimal that converts back to it."""
    if isinstance(number, bool) or number is None:
        raise UsageError(f"{number!r} is not a number")
    if isinstance(number, float):
        from decimal import Decimal

        return format(Decimal(repr(number)), "f")
    if hasattr(number, "as_tuple"):
        return format(number, "f")
    return str(number)
