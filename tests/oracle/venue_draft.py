"""A venue while it is drawn: its book, its rulebook, its ticks and its updates, all as text.

Amounts are whole value steps and sizes whole lots, so that a threshold can be met exactly: `aim` solves for the
balance, or the isolated margin, that gives a unit the wanted equity at the marks of a tick.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import book as book_file
from book import Row, exact_value
from books import Draft, plain
from decimals import PPM, fixed
from margin import Unit, evaluate

UPDATE_COLUMNS = (
    "tick", "kind", "account", "instrument", "asset", "size", "price", "amount", "fee", "to", "rate", "side", "margin_mode",
)
SECTIONS = (
    "margin", "margin.dust", "liquidation", "market", "market.depth", "backstop", "fund", "fund.balance", "adl", "socialise",
)
TEXT_KEYS = ("mode", "order", "fee_to", "surplus_to", "impact", "scope", "score", "policy", "price", "by")


@dataclass
class Claim:
    """The claim of a boundary family about a venue, for its test: `kind` names the check, `facts` the compared figures."""

    kind: str
    facts: dict[str, object]


@dataclass
class Market:
    """An instrument whose lot is worth a whole number of value steps a price step: nothing is rounded."""

    name: str
    asset: str
    steps_per_tick: int

    def value(self, lots: int, price_ticks: int) -> int:
        """The value of a position in steps."""
        return lots * self.steps_per_tick * price_ticks


@dataclass
class Venue:
    """A venue from a seed: a book, the rulebook that it follows, ticks and updates."""

    seed: int
    family: str = ""
    turn: int = 0  # The number of smaller seeds that drew the family.
    random: random.Random = field(default_factory=random.Random)
    draft: Draft = field(default_factory=Draft)
    quote: str = "USD"
    multi: bool = False
    pace: Fraction = Fraction(1)  # Seconds between tick numbers, by their times; durations are in seconds.
    timed: bool = True
    rules: dict[str, dict[str, str]] = field(default_factory=lambda: {section: {} for section in SECTIONS})
    ticks: list[tuple[int, dict[str, Fraction]]] = field(default_factory=list)
    updates: list[Row] = field(default_factory=list)
    digits: dict[str, int] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)

    # Chance.

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, options):
        return self.random.choice(options)

    def between(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    # The rulebook.

    def rule(self, section: str, **values: object) -> None:
        """Sets keys of a section; fractions are written as plain decimals."""
        for key, value in values.items():
            if isinstance(value, bool):
                self.rules[section][key] = "true" if value else "false"
            elif key in TEXT_KEYS:
                self.rules[section][key] = f'"{value}"'
            else:
                self.rules[section][key] = plain(Fraction(value))

    def drop(self, section: str, *keys: str) -> None:
        """Takes keys back to their defaults."""
        for key in keys:
            self.rules[section].pop(key, None)

    def setting(self, section: str, key: str, default: str = "") -> str:
        """A setting as its text, without quotes."""
        return self.rules[section].get(key, default).strip('"')

    def fund(self, name: str, steps: int, digits: int) -> None:
        """The opening balance of the fund of an asset or of an instrument."""
        self.rules["fund.balance"]['"' + name.replace('"', '\\"') + '"'] = fixed(steps, digits)

    def venue_text(self) -> str:
        quoted = self.quote.replace('"', '\\"')
        lines = [f'name = "{self.family or "venue"}"', f'quote = "{quoted}"']
        if self.multi:
            lines.append('collateral = "multi"')
        for section in SECTIONS:
            if self.rules[section]:
                lines += ["", f"[{section}]", *(f"{key} = {text}" for key, text in self.rules[section].items())]
        return "\n".join(lines) + "\n"

    # The book.

    def add(self, table: str, **row: str) -> Row:
        self.draft.tables[table].append(row)
        return row

    def asset(self, name: str, digits: int, **rest: str) -> None:
        self.digits[name] = digits
        self.add("assets", asset=name, step=plain(Fraction(1, 10**digits)), **rest)

    def tiers(self, table: str, digits: int, bands: list[tuple[int, int, int]]) -> None:
        """A tier table of (floor in steps, maintenance ppm, initial ppm)."""
        for floor, maintenance, initial in bands:
            self.add(
                "tiers", tier_table=table, floor=fixed(floor, digits), maintenance_rate=fixed(maintenance, 6),
                initial_rate=fixed(initial, 6),
            )

    def instrument(self, name: str, kind: str, base: str, settle: str, price_step: str, **rest: str) -> None:
        self.add("instruments", instrument=name, kind=kind, base=base, settle=settle, price_step=price_step, **rest)

    def row(self, name: str) -> Row:
        return next(row for row in self.draft.tables["instruments"] if row["instrument"] == name)

    def position(
        self, account: str, name: str, lots: int, *, entry: Fraction | None = None, cost: int | None = None,
        margin: int | None = None, score: str = "1",
    ) -> Row:
        """A position by lots, at an entry price or an entry value in steps; `margin` makes it isolated."""
        item = self.row(name)
        row = self.add(
            "positions", account=account, instrument=name, size=plain(lots * Fraction(item["size_step"])),
            adl_score=score,
        )
        digits = self.digits[item["settle"]]
        if entry is not None:
            row["entry_price"] = plain(entry)
        else:
            row["entry_value"] = fixed(cost or 0, digits)
        if margin is not None:
            row["isolated_margin"] = fixed(margin, digits)
        return row

    def balance(self, account: str, asset: str, steps: int) -> None:
        """The balance of an account, in place of an earlier one."""
        rows = self.draft.tables["balances"]
        rows[:] = [row for row in rows if (row["account"], row["asset"]) != (account, asset)]
        self.add("balances", account=account, asset=asset, amount=fixed(steps, self.digits[asset]))

    def mark(self, name: str, price: Fraction) -> None:
        """The mark that the book opens with."""
        rows = self.draft.tables["marks"]
        rows[:] = [row for row in rows if row["instrument"] != name]
        self.add("marks", instrument=name, mark=plain(price))

    # Ticks and updates.

    def tick(self, tick: int, marks: dict[str, Fraction]) -> None:
        self.ticks.append((tick, dict(marks)))

    def update(self, tick: int, kind: str, **row: str) -> None:
        self.updates.append({"tick": str(tick), "kind": kind, **row})

    # Figures at a tick, by the marks of the feed alone.

    def marks_at(self, tick: int) -> dict[str, Fraction]:
        """The last mark of each instrument up to a tick."""
        marks = {row["instrument"]: Fraction(row["mark"]) for row in self.draft.tables["marks"]}
        for number, moved in self.ticks:
            if number <= tick:
                marks.update(moved)
        return marks

    def book_at(self, tick: int) -> book_file.Book:
        """The book with the marks of a tick, before anything is executed."""
        self.draft.venue = self.venue_text()
        book = self.draft.read()
        for name, price in self.marks_at(tick).items():
            book.marks[name].ticks = int(price / book.instruments[name].price_step)
        return book

    def units(self, tick: int) -> list[Unit]:
        return evaluate(self.book_at(tick))

    def unit(self, account: str, name: str, tick: int) -> Unit:
        return next(unit for unit in self.units(tick) if (unit.account, unit.name) == (account, name))

    def aim(self, account: str, name: str, tick: int, equity) -> int:
        """Sets the own balance, or the isolated margin, so that a unit has the equity at a tick; `equity` is in steps
        or a function of the unit. Returns the amount that was set; an isolated margin stays at or above 0."""
        unit = self.unit(account, name, tick)
        wanted = equity(unit) if callable(equity) else equity
        amount = unit.own_balance + wanted - unit.equity
        if not unit.isolated:
            self.balance(account, unit.asset, amount)
            return amount
        amount = max(0, amount)
        held = unit.holdings[0].position
        for row in self.draft.tables["positions"]:
            same = (row["account"], row["instrument"]) == (account, held.instrument.name)
            if same and row["size"].startswith("-") == (held.lots < 0):
                row["isolated_margin"] = fixed(amount, self.digits[unit.asset])
        return amount

    def claim(self, kind: str, **facts: object) -> None:
        self.claims.append(Claim(kind, facts))

    # A market without rounding, for boundaries.

    def exact_market(
        self, name: str = "M", bands: list[tuple[int, int, int]] | None = None, asset: str = "USD",
        scale: tuple[str, str, str, int] | None = None, table: str | None = None,
    ) -> Market:
        """Adds a linear instrument, and its asset if it is new, at a drawn or given scale: contract size, size step,
        price step, digits of the asset."""
        if asset in self.digits:
            digits = self.digits[asset]
            scale = scale or ("1", "1", "1", digits)
        scale = scale or self.pick(SCALES)
        contract, size_step, price_step, digits = scale
        if asset not in self.digits:
            self.asset(asset, digits)
        table = table or f"t-{name}"
        self.instrument(
            name, "linear", asset, asset, price_step, contract_size=contract, size_step=size_step, tier_table=table
        )
        if bands and not any(row["tier_table"] == table for row in self.draft.tables["tiers"]):
            self.tiers(table, digits, bands)
        lot = Fraction(contract) * Fraction(size_step) * Fraction(price_step) * 10**digits
        assert lot.denominator == 1
        return Market(name, asset, lot.numerator)

    def price(self, name: str, price_ticks: int) -> Fraction:
        return price_ticks * Fraction(self.row(name)["price_step"])

    # Files.

    def write(self, folder: Path) -> None:
        """Writes folder/book, folder/ticks.csv and, if there are updates, folder/updates.csv."""
        folder.mkdir(parents=True, exist_ok=True)
        self.draft.venue = self.venue_text()
        self.draft.without.add("accounts")
        self.draft.write(folder / "book")
        lines = [["tick", "instrument", "mark", "as_of"]]
        lines += [
            [str(tick), name, plain(price), self.time(tick) if self.timed else ""]
            for tick, marks in self.ticks
            for name, price in marks.items()
        ]
        self._write(folder / "ticks.csv", lines)
        if self.updates:
            lines = [list(UPDATE_COLUMNS)]
            rows = sorted(self.updates, key=lambda row: int(row["tick"]))
            lines += [[row.get(name, "") for name in UPDATE_COLUMNS] for row in rows]
            self._write(folder / "updates.csv", lines)

    def time(self, tick: int) -> str:
        """The time of a tick, in UTC."""
        seconds = tick * self.pace
        whole, part = divmod(seconds, 1)
        moment = datetime(2025, 3, 1, tzinfo=timezone.utc) + timedelta(seconds=int(whole))
        return moment.strftime("%Y-%m-%dT%H:%M:%S") + (plain(part)[1:] if part else "") + "Z"

    def _write(self, path: Path, lines: list[list[str]]) -> None:
        text = "".join(",".join(map(self.draft._field, line)) + "\n" for line in lines)
        path.write_bytes(text.encode("utf-8"))


# Contract size, size step, price step, digits of the asset: a lot is worth 1 to 500 steps a price step.
SCALES = [
    ("1", "1", "1", 2), ("1", "1", "1", 0), ("1", "0.001", "0.5", 6), ("0.1", "10", "0.01", 2), ("10", "0.1", "0.1", 1),
    ("0.25", "1", "4", 0), ("7", "1", "1", 0), ("1", "0.01", "5", 4),
]


def lot_value(item: Row, price: Fraction) -> Fraction:
    """The worth of a lot, in whole units of the settlement asset."""
    contracts = Fraction(item["size_step"]) * Fraction(item["contract_size"])
    return contracts / price if item["kind"] == "inverse" else contracts * price


def cost_at(venue: Venue, name: str, lots: int, price: Fraction) -> int:
    """The floored worth of a position at a price, in steps."""
    book = venue.draft.read()
    item = book.instruments[name]
    return int(exact_value(item, lots, price, book.assets[item.settle].step).__floor__())


__all__ = ["PPM", "Claim", "Market", "SCALES", "Venue", "cost_at", "lot_value"]
