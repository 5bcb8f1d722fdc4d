#!/usr/bin/env python3
"""Small, nasty books from a seed, for comparing a program with the oracle.

    python3 tests/oracle/books.py --seed N --out DIR

A book is drawn in two steps. First venue, instruments, tiers and positions at random; then, since the
oracle can tell every unit's profit and requirement, balances and isolated margins are set so that
units land on the edges of section 3: one step below zero, exactly on MM, exactly on the margin call.
"""

from __future__ import annotations

import argparse
import random
import sys
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import book as book_file
from book import OPTIONAL_TABLES, SCORES, TABLES, Row
from decimals import PPM, ceil_div, decimals_seen, fixed
from margin import Unit, evaluate, is_multi, maintenance_ppm

COLUMNS = {
    "assets": ["asset", "step", "price", "asset_weight", "liability_weight"],
    "instruments": [
        "instrument", "kind", "base", "settle", "contract_size", "price_step", "size_step", "tier_table",
    ],
    "tiers": [
        "tier_table", "floor", "maintenance_rate", "initial_rate", "max_leverage", "maintenance_amount", "applies_to",
        "floor_in",
    ],
    "depths": ["instrument", "depth", "half_life"],
    "accounts": ["account", "margin_mode"],
    "balances": ["account", "asset", "amount"],
    "positions": [
        "account", "instrument", "size", "entry_price", "entry_value", "isolated_margin", "adl_score", "side",
        "margin_mode",
    ],
    "marks": ["instrument", "mark", "as_of"],
    "units": ["account", "unit", "balance"],
}
ACCOUNT_NAMES = [
    "A", "A-", "AB", "A B", "a", "é", "e\u0301", "0", "7", "007", "10", "9", "NA", "null", "true", "nan", "Z", "_",
    "zz", "a,b", 'q"t', "A:", "Fund", "fund2", "\U0001f40b", "\uff5e", "1e3", "-1", "~",
]
INSTRUMENT_NAMES = ["X", "X-", "X:", "XY", "x", "é", "1", "10", "BTC-PERP", "A,B", 'Q"T', "NA", "X long", "Ω"]
ADL_SCORES = ["0", "1", "-1", "0.5", "-0.25", "3.14159", "1234567.891", "0.1", "0.30000000000000004", "2.50"]
EPOCH = "2025-03-01T12:{:02d}:{:02d}"


@dataclass
class Draft:
    """A book as text: `venue.toml`, its tables, how they are written, and the scan's `--as-of`."""

    venue: str = ""
    tables: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in COLUMNS})
    as_of: str | None = None
    newline: str = "\n"
    byte_order_mark: bool = False
    quote_all: bool = False
    columns: dict[str, list[str]] = field(default_factory=lambda: {key: list(value) for key, value in COLUMNS.items()})
    without: set[str] = field(default_factory=set)

    def read(self) -> book_file.Book:
        """The draft as the oracle reads it."""
        venue = tomllib.loads(self.venue, parse_float=Decimal)
        return book_file.build(venue, {table: self.tables[table] for table in TABLES + OPTIONAL_TABLES})

    def write(self, folder: Path) -> None:
        """The draft as a book folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "venue.toml").write_text(self.venue, "utf-8")
        for table, rows in self.tables.items():
            if table in self.without or (table == "depths" and not rows):
                continue
            lines = [self.columns[table]] + [[row.get(name, "") for name in self.columns[table]] for row in rows]
            text = "".join(",".join(map(self._field, line)) + self.newline for line in lines)
            mark = b"\xef\xbb\xbf" if self.byte_order_mark else b""
            (folder / f"{table}.csv").write_bytes(mark + text.encode("utf-8"))

    def _field(self, text: str) -> str:
        if text and (self.quote_all or any(mark in text for mark in ',"')):
            return '"' + text.replace('"', '""') + '"'
        return text


def plain(value: Fraction) -> str:
    """A terminating fraction as a plain decimal."""
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    return fixed((value * 10**digits).numerator, digits)


class Maker:
    """Draws one book; every choice comes from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.score = SCORES[seed % len(SCORES)]
        self.draft = Draft()
        self.multi = self.chance(0.35)
        self.quote = self.random.choice(["USDT", "USD", "Ü"])
        self.coin_quote = self.multi and self.chance(0.2)
        if self.coin_quote:
            self.quote = "BTC"
        self.assets: dict[str, Row] = {}
        self.spot_priced: set[str] = set()
        self.pinned: set[tuple[str, str]] = set()
        self.big = self.chance(0.15)
        self.accounts: list[str] = []
        self.traded: list[str] = []
        self.twins: list[str] = []
        self.ages = self.chance(0.35)
        self.negative = self.chance(0.3)
        self.aimed: book_file.Book | None = None

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, options):
        return self.random.choice(options)

    def add(self, table: str, **row: str) -> Row:
        self.draft.tables[table].append(row)
        return row

    def digits(self, asset: str) -> int:
        """Decimals free to be used for money of an asset; a blank step allows some extra ones."""
        step = self.assets[asset]["step"]
        return decimals_seen(step) if step else 10 if asset == self.quote else 8

    # Venue, assets, instruments.

    def make_venue(self) -> None:
        margin, adl = [], []
        call_at = self.pick(["", "1", "1.25", "1.5", "1.000001", "2", "1.1"])
        if call_at:
            margin.append(f"margin_call_at = {call_at}")
        if self.ages:
            margin.append("max_mark_age = 60")
        if self.negative:
            margin.append("negative_marks = true")
        if self.score != "pnl_leverage" or self.chance(0.5):
            adl.append(f'score = "{self.score}"')
        lines = ['name = "nasty"', f'quote = "{self.quote}"']
        if self.multi or self.chance(0.5):
            lines.append(f'collateral = "{"multi" if self.multi else "single"}"')
        if self.chance(0.3):
            margin.append(self.pick(["dust = 1", "dust = 5000", f'dust = {{ "{self.quote}" = 300, ETH = 0.5 }}']))
        for section, keys in (("margin", margin), ("adl", adl)):
            lines += ["", f"[{section}]", *keys] if keys else []
        self.draft.venue = "\n".join(lines) + "\n"

    def make_assets(self) -> None:
        names = [self.quote, "USDC", "BTC", "ETH", "A-"]
        for name in dict.fromkeys(names):
            step = self.pick(["", "", "0.01", "0.000001", "0.00000001", "0.0010"])
            if name == self.quote and self.chance(0.1):
                step = "1"
            row = self.add("assets", asset=name, step=step, price="", asset_weight="", liability_weight="")
            if self.multi:
                row["asset_weight"] = self.pick(["", "1", "0.95", "0.5", "0", "0.999999"])
                row["liability_weight"] = self.pick(["", "1", "1.1", "1.000001", "10"])
                if name == self.quote and self.chance(0.7):
                    row["asset_weight"] = row["liability_weight"] = ""
                if name != self.quote and self.chance(0.4):
                    self.spot_priced.add(name)
                elif name != self.quote:
                    row["price"] = self.pick(["1", "0.9997", "61234.5", "0.000000123", "0.333333333333", "3050"])
            elif name != self.quote and self.chance(0.3):
                row["price"] = "17.5"
            self.assets[name] = row
        if self.multi and self.chance(0.2):
            self.assets["DUST"] = self.add(
                "assets", asset="DUST", step="", price="", asset_weight="", liability_weight=""
            )

    def make_spots(self) -> None:
        for name in sorted(self.assets):
            if name == self.quote or name == "DUST":
                continue
            if name in self.spot_priced:
                step = self.pick(["0.01", "0.5", "0.0001", "3"])
                self.add_instrument(f"{name}/{self.quote}", "spot", name, self.quote, step)
                self.add_mark(f"{name}/{self.quote}", self.random.randint(1, 3_000_000) * Fraction(step))
            elif self.chance(0.15):
                self.add_instrument(f"{name} {self.quote}", "spot", name, self.quote, "0.01")
                if not self.multi and self.chance(0.5):
                    self.add_mark(f"{name} {self.quote}", Fraction(self.random.randint(1, 9999), 100))

    def add_instrument(self, name: str, kind: str, base: str, settle: str, price_step: str, **rest: str) -> None:
        self.add("instruments", instrument=name, kind=kind, base=base, settle=settle, price_step=price_step, **rest)

    def add_mark(self, name: str, mark: Fraction) -> None:
        text = plain(mark)
        if "." in text and self.chance(0.2):
            text += "0"
        self.add("marks", instrument=name, mark=text, as_of=self.as_of() if self.ages or self.chance(0.1) else "")

    def as_of(self) -> str:
        """Instants on, just inside and just outside the 60 seconds before the newest, 12:02:00."""
        if not self.ages:
            return "2025-03-01T00:00:00Z"
        minute, second, rest = self.pick(
            [(2, 0, "Z")] * 9
            + [(1, 0, "Z"), (1, 0, ".000Z"), (0, 59, ".999Z"), (1, 30, ".5Z"), (0, 30, "Z"), (1, 0, "+00:00"), None]
        ) or (None, None, None)
        if rest is None:
            return "" if self.chance(0.5) else "2025-03-01T13:01:00.000000001+01:00"
        return EPOCH.format(minute, second) + rest

    def make_instruments(self) -> None:
        names = self.random.sample(INSTRUMENT_NAMES, self.random.randint(1, 6))
        for name in names:
            kind, base, settle = "linear", self.pick(["BTC", "ETH"]), self.quote
            if self.coin_quote:
                kind, base = self.pick([("inverse", "BTC"), ("linear", "ETH")])
            elif not self.multi and self.chance(0.4):
                kind, base = "inverse", self.pick(["BTC", "ETH", "A-"])
                settle = base
            elif not self.multi and self.chance(0.2):
                settle = "USDC"
            price_step = self.pick(["0.01", "0.5", "0.1", "1", "5", "0.25", "0.00001", "2.5"])
            size_step = self.pick(["1", "1", "0.001", "0.01", "10", "0.5", "0.25"])
            contract = self.pick(["1", "1", "0.001", "100", "10", "0.3", "0.00007"])
            table = f"{settle} {self.random.randint(1, 2)}"
            self.add_instrument(
                name, kind, base, settle, price_step, contract_size=contract, size_step=size_step, tier_table=table
            )
            self.traded.append(name)
            ticks = self.random.randint(*self.pick([(1, 30), (100, 10**6), (100, 10**6)]))
            if kind == "inverse" and self.chance(0.05):
                ticks = 1 << 40
            lot = Fraction(size_step) * Fraction(contract) * Fraction(price_step) * 10 ** self.digits(settle)
            if kind == "linear":
                if self.chance(0.05) or lot * ticks > 1 << 56:
                    ticks = max(1, min(int((1 << 56) / lot), 1 << 40))
                if self.chance(0.05):
                    ticks = 0
                elif self.negative and self.chance(0.4):
                    ticks = -ticks
            self.add_mark(name, ticks * Fraction(price_step))
        for table in sorted({row["tier_table"] for row in self.draft.tables["instruments"] if "tier_table" in row}):
            self.make_tiers(table, table.rpartition(" ")[0])

    def make_tiers(self, table: str, asset: str) -> None:
        """Bands with rising floors and rates; some initial rates finer than a ppm, some as leverage. Of some tables the
        rates are those of the whole position, by its notional or by its contracts."""
        digits = self.digits(asset)
        floor, maintenance, initial = 0, self.pick([0, 1, 4000, 5000, 10_000, 3333]), Fraction(0)
        bands: list[book_file.Band] = []
        contract_floor = 0
        whole = self.chance(0.35)
        contracts = whole and self.chance(0.4)
        amounts = not whole and self.chance(0.2)
        for number in range(self.random.randint(1, 5)):
            if number:
                floor += 1 + int(10 ** self.random.uniform(0, 5 + (6 if self.big else 0)) * 10 ** min(digits, 6))
                maintenance += self.random.randint(0, 30_000)
            row = self.add("tiers", tier_table=table, floor=fixed(floor, digits))
            if whole:
                row["applies_to"] = "whole"
            if contracts:
                contract_floor += 10 * self.pick([1, 10, 1000]) if number else 0
                row |= {"floor_in": "contracts", "floor": str(contract_floor)}
            row["maintenance_rate"] = fixed(maintenance, 6)
            least = max(initial, Fraction(maintenance, PPM))
            leverages = [times for times in (125, 75, 50, 30, 20, 7, 3) if Fraction(1, times) >= least]
            if leverages and self.chance(0.5):
                row["max_leverage"] = str(leverages[0])
                initial = Fraction(1, leverages[0])
            else:
                ppb = ceil_div(least.numerator * 10**9, least.denominator) + self.random.randint(0, 9_999_999)
                row["initial_rate"] = fixed(ppb, 9)
                initial = Fraction(ppb, 10**9)
            amount_ppm = maintenance * floor - maintenance_ppm(bands, floor) if bands else 0
            if amounts and amount_ppm % PPM == 0:
                row["maintenance_amount"] = fixed(amount_ppm // PPM, digits)
            bands.append(book_file.Band(floor, maintenance, 0))

    # Positions.

    def instrument(self, name: str) -> Row:
        return next(row for row in self.draft.tables["instruments"] if row["instrument"] == name)

    def mark(self, name: str) -> Fraction:
        return Fraction(next(row["mark"] for row in self.draft.tables["marks"] if row["instrument"] == name))

    def value_of_a_lot(self, name: str) -> Fraction:
        """|value| of one lot at the mark, or at a price step if that is 0, in whole units of the settlement asset."""
        row = self.instrument(name)
        mark = abs(self.mark(name)) or Fraction(row["price_step"])
        size = Fraction(row["size_step"]) * Fraction(row["contract_size"])
        return size / mark if row["kind"] == "inverse" else size * mark

    def add_position(self, account: str, name: str, side: int, isolated: bool) -> Row:
        row, mark = self.instrument(name), self.mark(name)
        lot, digits = self.value_of_a_lot(name), self.digits(row["settle"])
        most = Fraction(1 << 57, 10**digits) if self.big else min(Fraction(10**6), Fraction(1 << 57, 10**digits))
        lots_max = max(1, int(most / lot))
        lots = side * min(lots_max, max(1, int(10 ** self.random.uniform(0, 7 if not self.big else 14))))
        position = self.add(
            "positions", account=account, instrument=name, size=plain(lots * Fraction(row["size_step"]))
        )
        sign = side if row["kind"] == "linear" else -side
        sign = -sign if mark < 0 else sign
        worth = sign * int(lot * abs(lots) * 10**digits)
        way = self.random.random()
        if way < 0.55:
            ratio = Fraction(self.pick([100, 100, 99, 101, self.random.randint(60, 150)]), 100)
            position["entry_price"] = plain(mark * ratio + self.pick([0, 0, Fraction(1, 10**7)]))
        elif way < 0.63:
            position["entry_value"] = "0"
        elif way < 0.7:
            position["entry_value"] = fixed(-worth // self.random.randint(1, 50), digits)
        else:
            position["entry_value"] = fixed(worth * self.random.randint(50, 160) // 100, digits)
        if isolated:
            position["isolated_margin"] = "0"
        position["adl_score"] = self.pick(ADL_SCORES)
        return position

    def make_positions(self) -> None:
        count = self.random.randint(3, 40)
        names = self.random.sample(ACCOUNT_NAMES, min(count, len(ACCOUNT_NAMES)))
        names += [f"acct{number}" for number in range(count - len(names))]
        self.accounts = names
        density = self.random.uniform(0.2, 0.9)
        for account in names:
            for name in self.traded:
                if not self.chance(density):
                    continue
                sides = self.pick([[1], [-1], [1], [-1], [1, -1]])
                for side in sides:
                    self.add_position(account, name, side, self.chance(0.35))
        if self.chance(0.6):
            self.make_skip()
        if self.chance(0.4):
            self.make_twins()

    def make_skip(self) -> None:
        """An account with a bankrupt isolated position and a healthy cross one on the other side. Its profit puts it
        near the top of the ladder from which it must not take."""
        account, name, side = self.pick(self.accounts), self.pick(self.traded), self.pick([1, -1])
        rows = self.draft.tables["positions"]
        rows[:] = [row for row in rows if (row["account"], row["instrument"]) != (account, name)]
        self.add_position(account, name, side, True)
        self.add_position(account, name, -side, False)
        for row, profit in zip(rows[-2:], (-1, 1)):
            sign = -1 if row["size"].startswith("-") else 1
            row.pop("entry_value", None)
            row["entry_price"] = plain(self.mark(name) * (Fraction(1, 2) if sign * profit > 0 else 2))
            row["adl_score"] = "9"
        self.pinned |= {(account, "bankrupt isolated"), (account, "rich cross")}

    def make_twins(self) -> None:
        """Two or three accounts with the very positions of another, so that scores tie."""
        rows = self.draft.tables["positions"]
        source = self.pick(self.accounts)
        others = [name for name in self.accounts if name != source]
        self.twins = [source, *self.random.sample(others, min(2, len(others)))]
        rows[:] = [row for row in rows if row["account"] not in self.twins[1:]]
        for twin in self.twins[1:]:
            rows += [dict(row, account=twin) for row in rows if row["account"] == source]

    # Balances.

    def target(self, unit: Unit, call_ppm: int) -> int:
        """A margin equity on or beside an edge of section 3, or somewhere at large."""
        required = unit.maintenance
        notional = sum(holding.notional for holding in unit.holdings)
        call = ceil_div(unit.maintenance_ppm * call_ppm, PPM * PPM)
        edges = [-1, 0, 1, required, required, required - 1, call, call, call - 1]
        at_large = [
            int(notional * self.random.uniform(0.01, 0.9 if self.big else 3)),
            int(notional * self.random.uniform(0.01, 0.3)),
            -int(notional * self.random.uniform(0, 0.8)), notional, 10 ** min(10, self.random.randint(0, 12)),
        ]
        return self.pick(edges if self.chance(0.4) else at_large)

    def make_balances(self) -> None:
        """Rows of `balances`, first those in other assets, then the own one aimed at a target."""
        settles = sorted({row["settle"] for row in self.draft.tables["instruments"] if row["kind"] != "spot"})
        for account in self.accounts:
            for asset in sorted(self.assets):
                if self.multi and asset == "DUST":
                    if self.chance(0.3):
                        self.add("balances", account=account, asset=asset, amount=self.pick(["0", "0.00"]))
                elif self.chance(0.35 if self.multi or asset in settles else 0.08):
                    self.add("balances", account=account, asset=asset, amount=self.amount(asset))
        self.make_units()
        self.aimed = self.draft.read()
        for unit in evaluate(self.aimed):
            self.aim(unit)

    def make_units(self) -> None:
        """Isolated units that hold no position, with money or a debt."""
        if not self.chance(0.4):
            return
        held = {(row["account"], row["instrument"], row["size"].startswith("-"))
                for row in self.draft.tables["positions"] if row.get("isolated_margin") is not None}
        for account in self.accounts:
            for name in self.traded:
                for side in ("long", "short"):
                    if self.chance(0.08) and (account, name, side == "short") not in held:
                        settle = self.instrument(name)["settle"]
                        steps = fixed(self.pick([-1250, -1, 3, 0, 10**6]), self.digits(settle))
                        amount = self.pick([steps, self.amount(settle)])
                        self.add("units", account=account, unit=f"isolated:{name}:{side}", balance=amount)

    def amount(self, asset: str) -> str:
        if self.chance(0.15):
            return "0"
        sign, most = -1 if self.chance(0.25) else 1, 1 if self.multi and asset != self.quote else 4
        whole_units = sign * 10 ** self.random.uniform(-4, most)
        return fixed(int(whole_units * 10 ** self.digits(asset)), self.digits(asset))

    def aim(self, unit: Unit) -> None:
        """Sets the unit's own balance, or its isolated margin, so that it meets a target."""
        book = self.aimed
        digits = book.assets[unit.asset].digits
        if unit.isolated and not unit.holdings:
            return
        if unit.isolated:
            target = self.target(unit, book.margin_call_ppm)
            if (unit.account, "bankrupt isolated") in self.pinned:
                target = -1 - abs(unit.pnl) // 3
            position = unit.holdings[0].position
            for row in self.draft.tables["positions"]:
                side = "short" if row["size"].startswith("-") else "long"
                if (row["account"], row["instrument"], side) == (
                    unit.account, position.instrument.name, position.side,
                ):
                    row["isolated_margin"] = fixed(max(0, target - unit.pnl), digits)
            return
        if unit.holdings and self.chance(0.9):
            target = self.target(unit, book.margin_call_ppm)
            if (unit.account, "rich cross") in self.pinned:
                target = sum(holding.notional for holding in unit.holdings) // 2 + 1
            others = unit.margin_equity - unit.own_balance - unit.pnl if is_multi(book, unit) else 0
            rows = self.draft.tables["balances"]
            rows[:] = [row for row in rows if (row["account"], row["asset"]) != (unit.account, unit.asset)]
            self.add(
                "balances", account=unit.account, asset=unit.asset, amount=fixed(target - others - unit.pnl, digits)
            )

    # Twins share balances; files vary in how they are written.

    def finish(self) -> None:
        tables = self.draft.tables
        if self.twins:
            rows = [row for row in tables["balances"] if row["account"] not in self.twins[1:]]
            source = [row for row in rows if row["account"] == self.twins[0]]
            tables["balances"] = rows + [dict(row, account=twin) for twin in self.twins[1:] for row in source]
            margins = {
                (row["instrument"], row["size"].startswith("-")): row.get("isolated_margin")
                for row in tables["positions"]
                if row["account"] == self.twins[0]
            }
            for row in tables["positions"]:
                if row["account"] in self.twins[1:] and row.get("isolated_margin") is not None:
                    row["isolated_margin"] = margins[row["instrument"], row["size"].startswith("-")]
        if self.chance(0.5):
            self.draft.without.add("accounts")
        tables["accounts"] = [{"account": name, "margin_mode": self.pick(["", "cross"])} for name in self.accounts]
        self.tell_sides()
        if not tables["units"]:
            self.draft.without.add("units")
        if self.score != "given" and self.chance(0.7):
            self.draft.columns["positions"].remove("adl_score")
        for table in ("assets", "instruments", "accounts", "balances", "positions", "marks"):
            self.random.shuffle(tables[table])
        if self.chance(0.4):
            for table in COLUMNS:
                self.draft.columns[table].append("note")
                self.random.shuffle(self.draft.columns[table])
        self.draft.newline = self.pick(["\n", "\n", "\r\n"])
        self.draft.byte_order_mark = self.chance(0.2)
        self.draft.quote_all = self.chance(0.15)
        if self.ages and self.chance(0.4):
            self.draft.as_of = EPOCH.format(2, self.pick([0, 1, 30])) + "Z"

    def tell_sides(self) -> None:
        """Some books give sides and margin modes in separate columns, in every accepted spelling."""
        rows, columns = self.draft.tables["positions"], self.draft.columns["positions"]
        if self.chance(0.6):
            columns.remove("side")
        else:
            for row in rows:
                short = row["size"].startswith("-")
                if self.chance(0.9):
                    row["side"] = self.pick(["short", "Short", "SHORT"] if short else ["long", "Long", "LONG"])
                    if self.chance(0.7):
                        row["size"] = row["size"].lstrip("-")
        if self.chance(0.6):
            columns.remove("margin_mode")
        else:
            for row in rows:
                isolated = row.get("isolated_margin") is not None
                if isolated and not Fraction(row["isolated_margin"]) and self.chance(0.7):
                    del row["isolated_margin"]
                    row["margin_mode"] = "isolated"
                elif self.chance(0.8):
                    row["margin_mode"] = self.pick(["isolated", "ISOLATED"] if isolated else ["cross", "Cross"])
                    if not isolated and self.chance(0.5):
                        row["isolated_margin"] = self.pick(["0", "0.00"])

    def make(self) -> Draft:
        self.make_venue()
        self.make_assets()
        self.make_spots()
        self.make_instruments()
        self.make_positions()
        self.make_balances()
        self.finish()
        return self.draft


def make(seed: int) -> Draft:
    """The book of a seed."""
    return Maker(seed).make()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    make(arguments.seed).write(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
