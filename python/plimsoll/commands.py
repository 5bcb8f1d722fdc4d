"""The commands as functions: scan, explain, replay, compare, stress, import_, generate. Each calls the code of the
command with the same name, inside this process and without the GIL, so figures, files and digests are the same
bytes."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from . import _native
from .book import Book, read_table, scratch_folder, write_table
from .errors import UsageError, make
from .grid import Pool, each
from .options import Options
from .results import Comparison, Explanation, ReplayResult, Result, ScanResult, StressResult
from .tables import as_table, text_of

PathLike = str | os.PathLike[str]


@dataclass
class Ran:
    """Outputs of a command."""

    summary: dict[str, Any]
    notes: list[str]
    tables: dict[str, pa.Table]
    page: str | None = None


def run_command(name: str, operands: list[str], words: list[str], options: Options, *, page: Path | None = None) -> Ran:
    """Runs a command of the program inside this process. Raises `Error` if it fails."""
    spelled = [name, *words, *_shared(name, options)]
    if page is not None:
        spelled += ["--report", str(page)]
    code, data, lines, notes, refusals, _, failure = _native.run([*spelled, "--", *operands], options.progress)
    if failure is not None:
        cause, message, detail = failure
        raise make(cause, message.split("\nTry: plimsoll")[0], refusals, detail)
    if code not in (0, 10):
        raise make("interrupted" if code == 130 else "error", "\n".join(lines) or f"{name} ended with {code}")
    summary = json.loads(data) if data.startswith("{") else {}
    return Ran(summary, [text for text, _ in notes], {}, page.read_text(encoding="utf-8") if page is not None else None)


def _shared(name: str, options: Options) -> list[str]:
    words = []
    if name not in ("generate", "import", "validate"):
        words += ["--backend", options.backend]
    if options.threads is not None:
        words += ["--threads", str(options.threads)]
    if options.rulebook is not None and name not in ("generate", "import"):
        words += ["--rulebook", options.rulebook]
    if options.round is not None and name != "generate":
        words += ["--round", options.round]
    return words


class _Run:
    """Temporary folder of a run: inputs that were given as tables, outputs that need not be kept."""

    def __init__(self, out: PathLike | None, options: Options, format: str = "arrow"):
        self.options, self.format = options, format
        self.folder = Path(tempfile.mkdtemp(prefix="plimsoll-"))
        self.out = self.folder / "out" if out is None else Path(out)
        self.page = self.folder / "page.html" if options.report else None

    def __enter__(self) -> _Run:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def file(self, rows: Any, name: str) -> str:
        """The file with the rows; `rows` may be a file already."""
        if isinstance(rows, (str, os.PathLike)):
            return os.fspath(rows)
        path = self.folder / f"{name}.arrow"
        write_table(as_table(rows, name), path)
        return str(path)

    def run(self, name: str, operands: list[str], words: list[str]) -> Ran:
        """Runs it and maps its tables; a mapped file may be removed from its folder afterwards."""
        words = [*words, "--summary", "json", "--format", self.format, "--out", str(self.out)]
        ran = run_command(name, operands, words, self.options, page=self.page)
        files = sorted(path for path in self.out.iterdir() if path.suffix == f".{self.format}")
        ran.tables = {path.stem: read_table(path) for path in files}
        return ran


def _book(book: Book | PathLike) -> Book:
    return book if isinstance(book, Book) else Book.open(book)


def scan(book: Book | PathLike, *, as_of: str | None = None, ladder: str = "cover", positions: bool = True,
         out: PathLike | None = None, format: str = "arrow", options: Options | None = None, **changes: Any) -> ScanResult:
    """Evaluates every account of a book at its marks.

    `as_of`: RFC 3339 time to which the age of marks is relative; default: the newest mark.
    `ladder`: "cover" (the part that the cover needs) or "full".
    `positions`: also make the table `positions`. `out`: a new folder to keep the tables in, as `format` (csv, parquet, arrow).
    `options`, `changes`: see `Options`.

    Raises RefusedError with the places of a book that breaks the format; UsageError; DeviceError for "cuda" without one.
    """
    of = _book(book)
    with _Run(out, Options.of(options, changes), format) as at:
        words = ["--ladder", ladder, *_given("as-of", as_of), *(["--positions"] if positions else [])]
        ran = at.run("scan", [str(of.folder())], words)
    return ScanResult(ran.tables, ran.summary, ran.notes, ran.page)


def explain(book: Book | PathLike, account: str, *, unit: str | None = None, as_of: str | None = None,
            options: Options | None = None, **changes: Any) -> Explanation:
    """One account's margin, term by term: balances, values, bands, allotment, prices, place on the ladder.

    `unit`: only this one, "cross:USDT" or "isolated:BTC-PERP:long".
    Raises UsageError, with similar names, if there is no such account or unit.
    """
    of = _book(book)
    with _Run(None, Options.of(options, changes)) as at:
        words = ["--format", "json", *_given("unit", unit), *_given("as-of", as_of)]
        ran = run_command("explain", [str(of.folder()), account], words, at.options, page=at.page)
    return Explanation({}, ran.summary, ran.notes, ran.page)


def replay(book: Book | PathLike, ticks: Any, *, updates: Any = None, out: PathLike | None = None, format: str = "arrow",
           checkpoint: int = 60, resume: bool = False, options: Options | None = None, **changes: Any) -> ReplayResult:
    """Takes a book through ticks with the executor: in each tick updates, marks, evaluation and waterfall.

    `ticks`: a file, or a table with `tick`, `instrument`, `mark` and optionally `as_of`; only the marks that change.
    `updates`: fills, funding, transfers, ... by tick, in the same forms; None: none.
    `out`: a new folder to keep the tables and the final book in, as `format`. If the run is interrupted, by Ctrl-C or
    by an exception of `progress`, it stops after its tick, and `resume=True` continues from there; without `out`
    nothing is saved.
    `checkpoint`: seconds between checkpoints.

    Raises RefusedError, with the place, if a tick or an update is refused; InterruptedRunError.
    """
    of = _book(book)
    with _Run(out, Options.of(options, changes), format) as at:
        words = ["--ticks", at.file(ticks, "ticks"), "--checkpoint", str(checkpoint), *(["--resume"] if resume else [])]
        words += ["--updates", at.file(updates, "updates")] if updates is not None else []
        ran = at.run("replay", [str(of.folder())], words)
        final = Book.open(at.out / "final")
        made = Book(final.venue, **final.tables) if out is None else final
    return ReplayResult(ran.tables, ran.summary, ran.notes, ran.page, made)


def replays(book: Book | PathLike, paths: Mapping[Any, Any], *, updates: Mapping[Any, Any] | None = None, map: Pool | None = None,
            options: Options | None = None, **changes: Any) -> dict[Any, ReplayResult]:
    """Replays the same book through several paths, for example of several seeds or scenarios.

    `paths`: name -> ticks, as `replay` takes them. `updates`: name -> updates.
    `map`: runs the replays: an object with `submit`, such as an executor of `concurrent.futures` or dask.distributed's
    Client; None: this thread, one after the other.

    Returns name -> result. Raises the exception of the first replay that fails.
    """
    of, made = _book(book), Options.of(options, changes)
    if map is not None:
        made = replace(made, progress=None)
    tasks = [(replay, (of, ticks), {"updates": (updates or {}).get(name), "options": made}) for name, ticks in paths.items()]
    return dict(zip(paths, each(tasks, map), strict=True))


def compare(book: Book | PathLike, *, policies: Iterable[str] | None = None, rulebooks: Iterable[str] | None = None,
            ticks: Any = None, updates: Any = None, shock: Any = None, betas: Any = None, haircuts: bool = False,
            map: Pool | None = None, out: PathLike | None = None, format: str = "arrow", options: Options | None = None,
            **changes: Any) -> Comparison:
    """Runs forks of a book through the same ticks, each under another ADL policy, or another rulebook.

    `policies`: "queue", "pro_rata:size", "capped:0.5", ...; default: all. `rulebooks`: names, in place of policies.
    `ticks`, `updates`: as for `replay`; or `shock`: one tick at moved marks, -0.2 or {"BTC-PERP": -0.3}; default: the
    book's own marks. `betas`: a file or table with `instrument`, `beta`: a plain shock moves a mark by shock x beta.
    `haircuts`: also the table `haircuts`, the haircut of each account under each policy.
    `map`: runs the forks, one task per fork, as in `replays`; the result then has no page, and `out` is not written.

    Raises as `replay`.
    """
    of, made = _book(book), Options.of(options, changes)
    policies, rulebooks = _listed(policies), _listed(rulebooks)
    shared = {"ticks": ticks, "updates": updates, "shock": shock, "betas": betas, "haircuts": haircuts}
    if map is not None:
        _needs_no_out(out)
        kind = "policies" if rulebooks is None else "rulebooks"
        names = rulebooks if rulebooks is not None else policies or ALL_POLICIES
        part = replace(made, report=False, progress=None)
        tasks = [(compare, (of,), {**shared, kind: [name], "options": part}) for name in names]
        return Comparison(*merged(each(tasks, map), ["policies"]))
    with _Run(out, made, format) as at:
        words = _given("policies", policies and ",".join(policies)) + _given("rulebooks", rulebooks and ",".join(rulebooks))
        words += _given("shock", None if shock is None else _shock(shock)) + (["--haircuts"] if haircuts else [])
        for name, rows in {"ticks": ticks, "updates": updates, "betas": betas}.items():
            words += [f"--{name}", at.file(rows, name)] if rows is not None else []
        ran = at.run("compare", [str(of.folder())], words)
    return Comparison(ran.tables, ran.summary, ran.notes, ran.page)


def stress(book: Book | PathLike, *, shocks: Iterable[Any] | None = None, funds: Iterable[Any] | None = None, betas: Any = None,
           map: Pool | None = None, out: PathLike | None = None, format: str = "arrow", options: Options | None = None,
           **changes: Any) -> StressResult:
    """Runs shocks against sizes of the insurance fund, one fork of the book per cell: the losses, and who bears them.

    `shocks`: as for `compare`; default: ten from -50 % to +50 %. `funds`: opening balances of the fund, a number for
    every settlement asset or {"USDT": 1000000}; default: multiples of the rulebook's balance. `betas`: as for `compare`.
    `map`: runs them, one task per shock, as in `replays`; the result then has no page, and `out` is not written.

    Raises as `replay`.
    """
    of, made = _book(book), Options.of(options, changes)
    shocks, funds = _listed(shocks), _listed(funds)
    if map is not None:
        _needs_no_out(out)
        part = replace(made, report=False, progress=None)
        names = shocks or _native.default_of("stress", "shocks").split(",")
        tasks = [(stress, (of,), {"shocks": [one], "funds": funds, "betas": betas, "options": part}) for one in names]
        return StressResult(*merged(each(tasks, map), ["adequacy", "cells"]))
    with _Run(out, made, format) as at:
        words = _given("shocks", shocks and _apart(shocks, _shock)) + _given("funds", funds and _apart(funds, _fund))
        words += ["--betas", at.file(betas, "betas")] if betas is not None else []
        ran = at.run("stress", [str(of.folder())], words)
    return StressResult(ran.tables, ran.summary, ran.notes, ran.page)


def import_(export: PathLike, *, preset: str | None = None, mapping: PathLike | None = None, quote: str | None = None,
            out: PathLike | None = None, format: str = "arrow", options: Options | None = None, **changes: Any) -> Book:
    """Makes a book from an export of a venue or of pandas by a map (docs/import.md).

    `export`: a folder or a single file. `preset`: a map that comes with the program ("ccxt", ...); or `mapping`: a file.
    `quote`: the book's quote, in place of the map's. `out`: a new folder to keep it in; default: a temporary one, which
    is removed with the book. The book's `notes` list rounded and omitted values.

    Raises RefusedError with the places of the export, or of the book made from it.
    """
    made = replace(Options.of(options, changes), report=False)
    words = _given("preset", preset) + _given("map", None if mapping is None else os.fspath(mapping)) + _given("quote", quote)
    return _new_book("import", [os.fspath(export)], words, out, format, made)


def generate(*, accounts: int = 100_000, positions: int = 400_000, instruments: int = 64, seed: int = 1, shape: str = "zipf",
             collateral: str = "single", shock: Any = None, isolated_share: Any = None, inverse_share: Any = None,
             distressed_share: Any = None, hedge_share: Any = None, out: PathLike | None = None, format: str = "arrow",
             options: Options | None = None, **changes: Any) -> Book:
    """Makes a consistent venue of any size from a seed; the same seed gives the same book on every machine.

    `shape`: "zipf", "uniform", "giant"; `collateral`: "single", "multi"; shares: 0 to 1, None: the command's defaults;
    `shock`: moves all marks after balances are set. `out`: as for `import_`.
    """
    made = replace(Options.of(options, changes), report=False)
    words = ["--accounts", str(accounts), "--positions", str(positions), "--instruments", str(instruments), "--seed", str(seed)]
    words += ["--shape", shape, "--collateral", collateral]
    numbers = {"shock": shock, "isolated-share": isolated_share, "inverse-share": inverse_share,
               "distressed-share": distressed_share, "hedge-share": hedge_share}
    for name, number in numbers.items():
        words += _given(name, None if number is None else text_of(number))
    return _new_book("generate", [], words, out, format, made)


# ------------------------------------------------------------------------------------------------------- words for the command
# Default policies of `compare`.
ALL_POLICIES = ("queue", "pro_rata:size", "pro_rata:pnl", "pro_rata:notional", "pro_rata:equity", "capped", "risk_aware", "min_max")


def _new_book(name: str, operands: list[str], words: list[str], out: PathLike | None, format: str, options: Options) -> Book:
    book = Book("")
    folder = scratch_folder(book) / "book" if out is None else Path(out)
    ran = run_command(name, operands, [*words, "--format", format, "--out", str(folder)], options)
    book.adopt(folder, ran.notes, temporary=out is None)
    return book


def _given(option: str, value: str | None) -> list[str]:
    return [] if value is None else [f"--{option}={value}"]


def _listed(items: Iterable[Any] | None) -> list[Any] | None:
    if isinstance(items, str):
        return items.split(",")
    return None if items is None else list(items)


def _needs_no_out(out: PathLike | None) -> None:
    if out is not None:
        raise UsageError("with map= the result is only tables, so out= would do nothing")


def _shock(shock: Any) -> str:
    if isinstance(shock, Mapping):
        return ",".join(f"{name}={text_of(change)}" for name, change in shock.items())
    return text_of(shock)


def _fund(fund: Any) -> str:
    return ",".join(f"{asset}={text_of(size)}" for asset, size in fund.items()) if isinstance(fund, Mapping) else text_of(fund)


def _apart(items: list[Any], spell: Any) -> str:
    """Joins items with commas if all are plain, and with semicolons if one contains commas."""
    return (";" if any(isinstance(item, Mapping) for item in items) else ",").join(spell(item) for item in items)


def merged(parts: list[Result], lists: list[str]) -> tuple[dict[str, pa.Table], dict[str, Any], list[str]]:
    """Merges results in their order: appends tables and lists of the summary, and keeps each note once."""
    tables = {name: pa.concat_tables([part.tables[name] for part in parts]) for name in parts[0].tables}
    summary = {**parts[0].summary, **{name: [one for part in parts for one in part.summary[name]] for name in lists}}
    return tables, summary, list(dict.fromkeys(note for part in parts for note in part.notes))
