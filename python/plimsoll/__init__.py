"""Plimsoll: exact portfolio risk scans, liquidations and auto-deleveraging, from Python.

    import plimsoll

    book = plimsoll.Book({"name": "desk", "quote": "USDT"}, assets=..., instruments=..., tiers=..., balances=..., positions=..., marks=...)
    plimsoll.scan(book).flagged                        # pyarrow.Table: units below maintenance
    plimsoll.replay(book, ticks).events                # what the executor did about them
    plimsoll.Scanner(book).tick({"BTC-PERP": 65000})   # tick by tick, in memory

Input tables are anything with `__arrow_c_stream__` (polars, pandas, duckdb, pyarrow); result tables are
`pyarrow.Table`. Numbers are exact: money is decimal, never a float. docs/python.md is the guide, docs/formats.md lists
every column.
"""

try:
    import pyarrow as _pyarrow  # noqa: F401  # Its libarrow is loaded first: the module takes that one where the major version is its own.
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        "plimsoll needs pyarrow for its tables, and no Python package of that name is installed here. "
        "In an environment: pip install 'pyarrow>=26.0.1,<27'. "
        "Beside Debian's python3-plimsoll: python3 -m venv --system-site-packages ENVIRONMENT, then ENVIRONMENT/bin/pip install it.",
        name="pyarrow",
    ) from missing

from . import _native
from .book import Book
from .commands import compare, explain, generate, import_, replay, replays, scan, stress
from .errors import (
    DeviceError,
    Error,
    FileError,
    InterruptedRunError,
    OutOfMemoryError,
    RefusedError,
    Refusal,
    UsageError,
)
from .options import Options
from .results import Comparison, Explanation, ReplayResult, Result, ScanResult, StressResult
from .scanner import Account, Execution, Executor, Gateway, Order, Scanner, Tick, View

__version__ = _native.version
__all__ = [
    "Account", "Book", "Comparison", "DeviceError", "Error", "Execution", "Executor", "Explanation", "FileError", "Gateway",
    "InterruptedRunError", "Options", "Order", "OutOfMemoryError", "RefusedError", "Refusal", "ReplayResult", "Result", "ScanResult",
    "Scanner", "StressResult", "Tick", "UsageError", "View", "compare", "explain", "generate", "import_", "replay", "replays", "scan",
    "stress",
]  # fmt: skip
