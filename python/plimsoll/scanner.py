"""The scanner and the executor: a book that stays in memory and is evaluated tick by tick."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa

from . import _native
from .book import Book
from .errors import UsageError
from .tables import by_asset, stream_of, table_of, text_of

STATES = ("healthy", "margin_call", "liquidatable", "bankrupt")


@dataclass
class Tick:
    """Result of a tick. The tables are made at the first access, are those of their tick whenever that is, and are stored."""

    sequence: int  #: Ticks since load, including this one.
    updates: int  #: Updates applied since load.
    units: int
    states: dict[str, int]  #: Units by state, including held ones.
    held: int  #: Units without action because of a stale mark.
    dust: int
    digest: str  #: Equal to that of a batch scan of the same state: 16 hexadecimal digits.
    screened: bool  #: Most units were ruled out by their safety radius.
    full_because: str  #: The reason, if they were not.
    evaluated: int  #: Units whose positions were read.
    backend: str
    newest_mark_ns: int | None
    seconds: float
    notes: list[str]  #: A lost device, ...
    flagged_rows: int
    cover_rows: int
    held_instruments: int  #: Instruments whose marks are too old.
    _rows: Any = field(repr=False)

    @classmethod
    def _of(cls, found: dict[str, Any]) -> Tick:
        found["states"] = dict(zip(STATES, found["states"], strict=True))
        found["digest"] = f"{found['digest']:016x}"
        return cls(_rows=found.pop("rows"), **found)

    @cached_property
    def flagged(self) -> pa.Table:
        """Liquidatable and bankrupt units, worst first: account, unit, asset, state, equity, ..., deficit. Money is decimal."""
        return table_of(self._rows.flagged(False))

    @cached_property
    def cover(self) -> pa.Table:
        """The winners that would take over the bankrupt positions: instrument, asset, loser, winner, size, price, value."""
        return table_of(self._rows.cover(False))

    @cached_property
    def demand(self) -> pa.Table:
        """The demand of bankrupt positions, a row per contract: demand_long, demand_short, cover_long, cover_short, deficit."""
        return table_of(self._rows.demand())

    @cached_property
    def held_marks(self) -> pa.Table | None:
        """Instruments whose marks are too old: instrument, mark, as_of, age and limit in seconds, why. None: there are none."""
        return table_of(self._rows.held()) if self.held_instruments else None

    @cached_property
    def totals(self) -> dict[str, dict[str, Decimal]]:
        """By asset: balances (sum over all units) and deficit (sum over bankrupt ones), in the asset, exact."""
        return by_asset(table_of(self._rows.totals()))

    def views(self, table: str) -> TextViews:
        """`flagged` or `cover` for polars, duckdb or pyarrow, without a copy of any text: names are of the type string_view.

        The names are the scanner's own, which the table keeps. Not every function of pyarrow takes that type; `flagged`
        and `cover` themselves have text of the usual type, copied.
        """
        if table not in ("flagged", "cover"):
            raise UsageError(f"views are of flagged or cover, not of {table}")
        if self._rows is None:
            raise UsageError("a tick that was pickled has no views, because it left the scanner's names behind")
        return TextViews(getattr(self._rows, table))

    def _repr_html_(self) -> str:
        rows = "".join(f"<td style='padding:0 1em 0 0'><small>{name}</small><br><b>{n:,}</b></td>" for name, n in self.states.items())
        return f"<table><tr>{rows}</tr></table>{_html_rows(self.flagged)}"

    def __getstate__(self) -> dict[str, Any]:
        _ = self.flagged, self.cover, self.demand, self.held_marks, self.totals
        return {**self.__dict__, "_rows": None}


class TextViews:
    """A table of a tick in the form that Arrow libraries read, any number of times: `polars.DataFrame(tick.views("flagged"))`."""

    def __init__(self, made: Any):
        self._made = made

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._made(True)


@dataclass
class Execution:
    """Result of the executor in a tick."""

    plans: int
    legs: int
    liquidated: int  #: Liquidatable units that were acted on.
    bankrupt: int
    deleveraged: int  #: Units deleveraged in ADL.
    orders_sent: int
    passes: int  #: Scans until nothing new was flagged.
    notes: list[str]
    seconds: float
    _rows: Any = field(repr=False)

    @classmethod
    def _of(cls, did: dict[str, Any]) -> Execution:
        return cls(_rows=did.pop("rows"), **did)

    @cached_property
    def events(self) -> pa.Table:
        """Every leg of every plan: plan, step, account, unit, instrument, side, size, cost, asset, amount, price, cause."""
        return table_of(self._rows.events())

    @cached_property
    def flows_table(self) -> pa.Table:
        """Amounts that moved, a row per asset: market, surplus, fees, backstop, fund_paid, fund_balance, adl, adl_haircut, ..."""
        return table_of(self._rows.flows())

    @cached_property
    def flows(self) -> dict[str, dict[str, Decimal]]:
        """The same by asset: `flows["USDT"]["adl"]`."""
        return by_asset(self.flows_table)

    def __getstate__(self) -> dict[str, Any]:
        _ = self.events, self.flows
        return {**self.__dict__, "_rows": None}


class Account:
    """An account's figures: `units` and `positions` as tables (docs/embedding.md lists the columns)."""

    def __init__(self, name: str, tables: tuple[Any, Any]):
        self.name = name
        self.units, self.positions = table_of(tables[0]), table_of(tables[1])

    def __repr__(self) -> str:
        return f"<plimsoll.Account {self.name}: {self.units.num_rows} units, {self.positions.num_rows} positions>"

    def _repr_html_(self) -> str:
        return _html_rows(self.units) + _html_rows(self.positions)


class View:
    """The accounts at one moment. Any thread may read it while its scanner continues."""

    def __init__(self, native: Any):
        self._native = native

    def account(self, name: str) -> Account:
        """The result of `Scanner.account` at that moment, without ladders. Raises UsageError for an unknown name."""
        return Account(name, self._native.account(name))

    @property
    def state_digest(self) -> str:
        """That of the scanner at that moment: equal for equal states."""
        return f"{self._native.state_digest():016x}"


class Scanner:
    """A book in memory that is kept up to date and evaluated tick by tick.

        scan = plimsoll.Scanner(book)
        tick = scan.tick({"BTC-PERP": "65000.0"})     # tick.flagged, tick.cover, tick.digest
        scan.apply(updates)                           # fills, funding, transfers, ...
        scan.account("ann").units

    `book`: a `Book`, or a folder. `backend`, `threads`: as in `Options`. `screen=False`: every tick evaluates every unit.
    Calls of several threads wait for each other, without the GIL.

    Raises RefusedError with every place of a book that breaks the format; DeviceError for "cuda" without one.
    """

    def __init__(self, book: Book | str | os.PathLike[str], *, backend: str = "best", threads: int | None = None, screen: bool = True):
        self._native = _native.make_scanner(backend, threads or 0, screen)
        self.load(book)

    def load(self, book: Book | str | os.PathLike[str]) -> None:
        """Loads another book in place of this one, which is kept if the call fails."""
        if isinstance(book, Book) and book.in_memory:
            names = list(book.tables)
            self._native.load_tables(book.venue, names, [book.tables[name].__arrow_c_stream__() for name in names])
        else:
            self._native.load_folder(str(book.folder()) if isinstance(book, Book) else os.fspath(book))

    def tick(self, marks: Any = None, *, ids: Any = None, ticks: Any = None, times: Any = None, now_ns: int | None = None) -> Tick:
        """Takes new marks and evaluates the book.

        `marks`: a table with `instrument`, `mark` and optionally `as_of`; or {"BTC-PERP": "65000.0"}, prices as text,
        int or Decimal (a float means the shortest decimal that converts back to it); None: no new mark.
        `ids`, `ticks`, `times`: the same as numpy arrays of one length n, without names: ids uint32 (n,), prices in price
        steps int64 (n,), UTC nanoseconds int64 (n,) or None. `instruments` has ids and steps. C-contiguous arrays are
        read without a copy.
        `now_ns`: the time to which ages of marks are relative; default: the newest mark.

        Raises RefusedError if a mark is refused; no mark has changed then.
        """
        return Tick._of(self._native.tick(*self._marks(marks, ids, ticks, times), now_ns))

    def apply(self, updates: Any) -> int:
        """Applies updates in order and returns their number.

        `updates`: a table, or rows, with the columns of `updates` in docs/formats.md (`tick` may be missing).
        Raises RefusedError. If a row breaks the format, no update is applied. If the book cannot take an update, those
        before it remain applied, and `detail` of the exception is their number.
        """
        return self._native.apply(stream_of(updates, "updates"))

    def account(self, name: str, *, ladders: bool = False) -> Account:
        """An account's units and positions at the marks of the last tick; `ladders`: with places and lights.

        Raises UsageError for an unknown name, and for ladders if the book has changed since the last tick.
        """
        return Account(name, self._native.account(name, ladders))

    def preview(self, update: Mapping[str, Any]) -> Account:
        """The result of `account` after this update, without applying it. Raises RefusedError if `apply` would refuse it."""
        return Account(str(update.get("account", "")), self._native.preview(stream_of([update], "updates")))

    def largest_order(self, account: str, instrument: str, side: str, price: Any) -> Decimal:
        """The largest size that the account can buy or sell ("long", "short") at `price` with free margin left; 0: none."""
        if side not in ("long", "short"):
            raise UsageError(f"side must be long or short, not {side}")
        return Decimal(self._native.largest_order(account, instrument, side == "short", text_of(price))["size"])

    def snapshot(self, folder: str | os.PathLike[str]) -> Book:
        """Writes the present book as a new folder, completely or not at all."""
        self._native.snapshot(os.fspath(folder))
        return Book.open(folder)

    def revise(self, folder: str | os.PathLike[str]) -> dict[str, int]:
        """Loads instruments, assets and tiers of another book folder and keeps the accounts; returns counts of the changes.

        Ids may change. Raises RefusedError if it lacks something that the book holds; nothing has changed then.
        """
        return dict(zip(("instruments", "assets", "retiered"), self._native.revise(os.fspath(folder)), strict=True))

    def make_room(self) -> None:
        """Rebuilds the book with as many vacant slots as after load, at a moment of your choice."""
        self._native.make_room()

    def view(self) -> View:
        """A copy of the present accounts for readers on other threads; takes about as long as a load from memory."""
        return View(self._native.view())

    @property
    def instruments(self) -> list[dict[str, Any]]:
        """By id: id, name, kind, base, settle, contract_size, price_step, size_step (text, exact), mark_ticks (now)."""
        return self._native.instruments()

    @property
    def assets(self) -> list[dict[str, Any]]:
        """By id: id, name, step, price."""
        return self._native.assets()

    @property
    def state_digest(self) -> str:
        """Equal for equal states, whatever the batches of updates before."""
        return f"{self._native.state_digest():016x}"

    @property
    def backend_reason(self) -> str:
        """The backend in use and the reason, for people."""
        return self._native.backend_reason()

    def _marks(self, marks: Any, ids: Any, ticks: Any, times: Any) -> tuple[Any, Any, Any, Any]:
        if isinstance(marks, Mapping) and not {"instrument", "mark"} <= set(marks):
            marks = pa.table({"instrument": pa.array(marks, pa.string()), "mark": pa.array(map(text_of, marks.values()), pa.string())})
        if ids is not None:
            import numpy as np

            ids, ticks = np.ascontiguousarray(ids, np.uint32), np.ascontiguousarray(ticks, np.int64)
            times = None if times is None else np.ascontiguousarray(times, np.int64)
        return None if marks is None else stream_of(marks, "marks"), ids, ticks, times


@dataclass(frozen=True)
class Order:
    """A limit order that the executor sends. `plan` and `part` identify it permanently."""

    plan: int
    part: int
    instrument: int  #: Id; see `Scanner.instruments`.
    lots: int  #: > 0 buys, < 0 sells; in size steps.
    limit_ticks: int  #: Worst price, in price steps.


class Gateway:
    """Connects to a real market: derive from it, define `send` and `cancel`, and pass answers in from any thread.

    Both are called on the thread that runs the executor, while it runs; they must return quickly and must not call the
    same scanner. `Executor.run` raises their exception at the end; the tick remains valid.
    """

    def __init__(self, inbox_max: int = 65_536):
        self._native = _native.Gateway(inbox_max)

    def send(self, order: Order) -> None:
        """Passes an order on to the market. Answers come by `answer`, then or later, from any thread."""
        raise NotImplementedError

    def cancel(self, order: Order) -> None:
        """Requests the cancellation of an order; only `plan` and `part` are set. Fills may still come before done."""
        raise NotImplementedError

    def answer(self, order: Order, sequence: int, kind: str, lots: int = 0, price_ticks: int = 0) -> bool:
        """Passes an answer of the market. `sequence`: 1, 2, 3, ... of the order. `kind`: accepted, fill, rejected, done.

        False: the inbox is full; pass the answer again after the next tick has begun.
        """
        return self._native.answer(order.plan, order.part, sequence, kind, lots, price_ticks)

    def _send(self, *order: int) -> None:
        self.send(Order(*order))

    def _cancel(self, plan: int, part: int) -> None:
        self.cancel(Order(plan, part, 0, 0, 0))


class Executor:
    """Carries out liquidations and ADL on a scanner's own book in each tick.

    `rulebook`: a name that comes with Plimsoll, in place of the book's own; or `rulebook_toml`: the text of one.
    `gateway`: receives orders; None: the rulebook's simulated market. `order_timeout`: seconds of ticks after which an order
    is cancelled. `passes_max`: most scans within a tick.

    Raises UsageError if another executor acts on the book, or for an unknown rulebook.
    """

    def __init__(self, scanner: Scanner, *, rulebook: str = "", rulebook_toml: str = "", gateway: Gateway | None = None,
                 order_timeout: float = 3.0, passes_max: int = 16):
        self._scanner, self._gateway, self._tick = scanner, gateway, 0
        native = None
        if gateway is not None:
            native = gateway._native
            native.set_owner(gateway)
        self._native = _native.make_executor(scanner._native, rulebook, rulebook_toml, native, round(order_timeout * 1e9), passes_max)

    def run(self, marks: Any = None, *, tick: int | None = None, ids: Any = None, ticks: Any = None, times: Any = None,
            now_ns: int | None = None) -> tuple[Tick, Execution]:
        """One tick and its actions. Marks as in `Scanner.tick`; `tick`: its number, which must rise; default: one more.

        Raises as `Scanner.tick`; UsageError if the scanner has loaded another book since.
        """
        number = self._tick + 1 if tick is None else tick
        found, did = self._native.run(number, *self._scanner._marks(marks, ids, ticks, times), now_ns)
        self._tick = number
        return Tick._of(found), Execution._of(did)

    def balance(self, account: str, asset: str) -> Decimal:
        """Balance of a system account: "fund", "fees", "market", "backstop", "external"."""
        return Decimal(self._native.balance(account, asset))

    @property
    def conserved(self) -> bool:
        """True if the sums over all accounts equal those at the start, with deposits and withdrawals counted."""
        return self._native.conserved()


def _html_rows(table: pa.Table, most: int = 20) -> str:
    import html

    head = "".join(f"<th>{html.escape(name)}</th>" for name in table.column_names)
    body = "".join(
        "<tr>" + "".join(f"<td>{'' if cell is None else html.escape(str(cell))}</td>" for cell in row.values()) + "</tr>"
        for row in table.slice(0, most).to_pylist()
    )
    left = f"<p>and {table.num_rows - most:,} more</p>" if table.num_rows > most else ""
    return f"<table><tr>{head}</tr>{body}</table>{left}"
