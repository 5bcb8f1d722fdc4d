"""The commands as functions: scan, explain, replay, compare, stress, import_, generate. Each calls, inside this process and
without the GIL, what the command of the same name calls, so figures, files and digests are the same bytes."""

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
    """What a command left behind."""

    summary: dict[str, Any]
    notes: list[str]
    tables: dict[str, pa.Table]
    page: str | None = None


def run_command(name: str, operands: list[str], words: list[str], options: Options, *, page: Path | None = None) -> Ran:
    """Runs a command of the program inside this process. Raises `Error` where it fails."""
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
    """A run's temporary folder: inputs that came as tables, outputs that nobody asked to keep."""

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
        """The file of rows that may be a file already."""
        if isinstance(rows, (str, os.PathLike)):
            return os.fspath(rows)
        path = self.folder / f"{name}.arrow"
        write_table(as_table(rows, name), path)
        return str(path)

    def run(self, name: str, operands: list[str], words: list[str]) -> Ran:
        """Runs it and maps its tables: a mapped file may then vanish from its folder."""
        words = [*words, "--summary", "json", "--format", self.format, "--out", str(self.out)]
        ran = run_command(name, operands, words, self.options, page=self.page)
        files = sorted(path for path in self.out.iterdir() if path.suffix == f".{self.format}")
        ran.tables = {path.stem: read_table(path) for path in files}
        return ran


def _book(book: Book | PathLike) -> Book:
    return book if isinstance(book, Book) else Book.open(book)


def scan(book: Book | PathLike, *, as_of: str | None = None, ladder: str = "cover", positions: bool = True,
         out: PathLike | None = None, format: str = "arrow", options: Options | None = None, **changes: Any) -> ScanResult:
    """Judges every account of a book at its marks.

    `as_of`: RFC 3339 time against which the age of marks is taken; default: the newest mark.
    `ladder`: "cover" (as far as the cover needs) or "full".
    `positions`: the table `positions` too. `out`: a new folder to keep the tables in, as `format` (csv, parquet, arrow).
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
    """One account's verdict, term by term: balances, values, bands, allotment, prices, place in the ladder.

    `unit`: only this one, "cross:USDT" or "isolated:BTC-PERP:long".
    Raises UsageError, with names near it, where there is no such account or unit.
    """
    of = _book(book)
    with _Run(None, Options.of(options, changes)) as at:
        words = ["--format", "json", *_given("unit", unit), *_given("as-of", as_of)]
        ran = run_command("explain", [str(of.folder()), account], words, at.options, page=at.page)
    return Explanation({}, ran.summary, ran.notes, ran.page)


def replay(book: Book | PathLike, ticks: Any, *, updates: Any = None, out: PathLike | None = None, format: str = "arrow",
           checkpoint: int = 60, resume: bool = False, options: Options | None = None, **changes: Any) -> ReplayResult:
    """Takes a book through ticks with the executor: updates, marks, judgement, waterfall, tick after tick.

    `ticks`: a file, or a table with `tick`, `instrument`, `mark` and perhaps `as_of`; only what changes.
    `updates`: fills, funding, transfers, ... by tick, likewise; None: none.
    `out`: a new folder to keep the tables and the final book in, as `format`. Where the run is interrupted, by Ctrl-C or by
    what `progress` raises, it stops after its tick, and `resume=True` goes on from there; without `out` nothing is kept.
    `checkpoint`: seconds between what is kept meanwhile.

    Raises RefusedError where a tick or an update is refused, with its place; InterruptedRunError.
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
    """The same book through several paths, one replay each: paths of several seeds, or of several scenarios.

    `paths`: name -> ticks, as `replay` takes them. `updates`: name -> updates.
    `map`: who runs them: something with `submit`, as `concurrent.futures` has it, or dask.distributed's Client; None: this
    thread, one after the other.

    Returns name -> result. Raises what the first replay that fails raises.
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
    """Forks of a book through the same ticks, each under another ADL policy, or another rulebook.

    `policies`: "queue", "pro_rata:size", "capped:0.5", ...; default: all. `rulebooks`: names; instead of policies.
    `ticks`, `updates`: as of `replay`; or `shock`: one tick at moved marks, -0.2 or {"BTC-PERP": -0.3}; neither: the book's own
    marks. `betas`: a file or table with `instrument`, `beta`: a plain shock moves a mark by shock x beta.
    `haircuts`: the table `haircuts` too, what each account gave up under each policy.
    `map`: who runs the forks, one task a fork, as in `replays`; the result then has no page, and `out` is not written.

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
    """Shocks against sizes of the insurance fund, a fork of the book a cell: what is missing, who bears it.

    `shocks`: as of `compare`; default: ten from -50 % to +50 %. `funds`: what the fund opens with, a number for every
    settlement asset or {"USDT": 1000000}; default: multiples of the rulebook's. `betas`: as of `compare`.
    `map`: who runs them, one task a shock, as in `replays`; the result then has no page, and `out` is not written.

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
    """A book from what a venue or pandas exported, as a map says (docs/import.md).

    `export`: a folder, or its one file. `preset`: a map that comes along ("ccxt", "binance", ...); or `mapping`: a file.
    `quote`: the book's quote, in place of the map's. `out`: a new folder to keep it in; default: a temporary one, which goes
    with the book. What was rounded and left out stands in the book's `notes`.

    Raises RefusedError with the places of the export, or of the book that it would be.
    """
    made = replace(Options.of(options, changes), report=False)
    words = _given("preset", preset) + _given("map", None if mapping is None else os.fspath(mapping)) + _given("quote", quote)
    return _new_book("import", [os.fspath(export)], words, out, format, made)


def generate(*, accounts: int = 100_000, positions: int = 400_000, instruments: int = 64, seed: int = 1, shape: str = "zipf",
             collateral: str = "single", shock: Any = None, isolated_share: Any = None, inverse_share: Any = None,
             distressed_share: Any = None, hedge_share: Any = None, out: PathLike | None = None, format: str = "arrow",
             options: Options | None = None, **changes: Any) -> Book:
    """An honest venue of any size from a seed: the same book on every machine.

    `shape`: "zipf", "uniform", "giant"; `collateral`: "single", "multi"; shares: 0 to 1, None: the command's defaults;
    `shock`: moves all marks once balances are set. `out`: as of `import_`.
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
# What `compare` takes by default.
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
        raise UsageError("with map= a grid comes back as tables; out= has no say")


def _shock(shock: Any) -> str:
    if isinstance(shock, Mapping):
        return ",".join(f"{name}={text_of(change)}" for name, change in shock.items())
    return text_of(shock)


def _fund(fund: Any) -> str:
    return ",".join(f"{asset}={text_of(size)}" for asset, size in fund.items()) if isinstance(fund, Mapping) else text_of(fund)


def _apart(items: list[Any], spell: Any) -> str:
    """Commas where all are plain, semicolons where one holds commas of its own."""
    return (";" if any(isinstance(item, Mapping) for item in items) else ",").join(spell(item) for item in items)


def merged(parts: list[Result], lists: list[str]) -> tuple[dict[str, pa.Table], dict[str, Any], list[str]]:
    """One result of parts, in their order: tables and lists of the summary one below the other, each note once."""
    tables = {name: pa.concat_tables([part.tables[name] for part in parts]) for name in parts[0].tables}
    summary = {**parts[0].summary, **{name: [one for part in parts for one in part.summary[name]] for name in lists}}
    return tables, summary, list(dict.fromkeys(note for part in parts for note in part.notes))
