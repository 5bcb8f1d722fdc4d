"""Venues at large: a few accounts in a few markets whose marks fall and rise, so that units fail one after the other.

Money of every asset is worth about the same, a lot between a few units of it and some hundred, so that the amounts of
one rulebook bind in each. Zero-sum open interest is the rule, awkward numbers are too.
"""

from __future__ import annotations

from fractions import Fraction

from margin import Unit
from venue_draft import Venue, lot_value
from venue_rules import draw_rules
from venue_updates import Updates

ACCOUNTS = ["A", "A-", "AB", "A B", "a", "é", "0", "7", "007", "10", "9", "NA", "null", "Z", "zz", "a,b", "A:", "~"]
INSTRUMENTS = ["X", "X-", "X:", "XY", "x", "é", "1", "10", "BTC-PERP", "A,B", "NA"]
SCORES = ["0", "1", "-1", "0.5", "-0.25", "3.14159", "1234567.891", "0.1", "2.50"]
LOTS = [1, 1, 2, 3, 5, 7, 10, 11, 13, 20, 29, 37, 53, 100, 101, 250]
# Contract size, size step, price step, opening mark in price steps: a lot of a linear instrument is worth 5 to 500.
LINEAR = [
    ("1", "1", "1", (20, 300)), ("1", "0.001", "0.5", (10_000, 400_000)), ("10", "0.1", "0.25", (40, 900)),
    ("0.01", "1", "5", (200, 5_000)), ("100", "1", "0.01", (7, 400)), ("0.3", "1", "0.1", (300, 9_000)),
]
INVERSE = [("1000", "1", "0.5", (10, 300)), ("100", "10", "1", (5, 90)), ("1", "1000", "0.1", (100, 1_500))]
FACTORS = ["0.6", "0.75", "0.85", "0.9", "0.95", "0.99", "1", "1.01", "1.05", "1.1", "1.2", "1.35", "1.6"]


class Drawn:
    """Draws one venue at large."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.pick, self.chance, self.between = venue.pick, venue.chance, venue.between
        venue.family = "at_large"
        venue.multi = self.chance(0.25)
        self.names: list[str] = []
        self.accounts: list[str] = []
        self.uninvolved: list[str] = []

    def draw(self) -> None:
        self.negative = self.chance(0.2)
        self.venue.timed = self.chance(0.75)
        if self.venue.timed:
            self.venue.pace = self.pick([Fraction(1), Fraction(1, 2), Fraction(60)])
        self.make_assets()
        self.make_instruments()
        self.make_ticks()
        self.make_positions()
        self.make_balances()
        self.make_debts()
        if self.negative:
            self.venue.rule("margin", negative_marks=True)
        draw_rules(self.venue)
        if self.chance(0.7):
            assets = sorted(self.venue.digits)
            Updates(self.venue, self.accounts, self.names, self.uninvolved, assets).draw()

    # Assets and instruments.

    def make_assets(self) -> None:
        venue = self.venue
        venue.quote = self.pick(["USD", "USDT"])
        venue.asset(venue.quote, self.pick([2, 2, 0, 1, 6]))
        if venue.multi:
            for name in self.venue.random.sample(["BTC", "ETH"], self.between(0, 2)):
                weight = self.pick(["1", "0.95", "0.5", "0"])
                debt = self.pick(["1", "1.1", "2"])
                spot = self.chance(0.4)
                price = "" if spot else self.pick(["1", "3.5", "0.75", "20"])
                venue.asset(name, self.pick([2, 4, 8]), price=price, asset_weight=weight, liability_weight=debt)
                if spot:
                    venue.instrument(f"{name}/{venue.quote}", "spot", name, venue.quote, "0.01")
                    venue.mark(f"{name}/{venue.quote}", Fraction(self.between(50, 2_000), 100))
            return
        for name in ("BTC", "USDC"):
            if self.chance(0.5):
                venue.asset(name, self.pick([2, 4, 8] if name == "BTC" else [0, 2, 6]))

    def make_instruments(self) -> None:
        venue = self.venue
        names = venue.random.sample(INSTRUMENTS, self.pick([1, 1, 2, 2, 3, 4]))
        tables: dict[str, int] = {}
        for name in names:
            settle = venue.quote if venue.multi else self.pick(sorted(venue.digits))
            kind = "inverse" if settle == "BTC" or (not venue.multi and self.chance(0.1)) else "linear"
            contract, size_step, price_step, marks = self.pick(INVERSE if kind == "inverse" else LINEAR)
            table = f"{settle} {self.between(1, 2)}"
            venue.instrument(
                name, kind, venue.quote, settle, price_step, contract_size=contract, size_step=size_step,
                tier_table=table,
            )
            venue.mark(name, self.between(*marks) * Fraction(price_step))
            if table not in tables:
                tables[table] = 1
                self.make_tiers(table, venue.digits[settle])
                self.tell_tiers(table)
            self.names.append(name)

    def make_tiers(self, table: str, digits: int) -> None:
        floor, bands = 0, []
        maintenance = self.pick([0, 10_000, 50_000, 50_000, 100_000, 3_333])
        for number in range(self.pick([1, 2, 3, 4])):
            if number:
                floor += self.between(100, 3_000) * 10**digits + self.pick([0, 0, 1])
                maintenance += self.pick([10_000, 30_000, 50_000, 77_777])
            bands.append((floor, maintenance, maintenance + self.pick([0, 10_000, 50_000])))
        initial = 0
        for number, (floor, maintenance, least) in enumerate(bands):
            initial = max(initial, least)
            bands[number] = (floor, maintenance, initial)
        self.venue.tiers(table, digits, bands)

    def tell_tiers(self, table: str) -> None:
        """Some tables' rates are those of the whole position, by its notional or by its contracts."""
        if self.chance(0.6):
            return
        rows = [row for row in self.venue.draft.tables["tiers"] if row["tier_table"] == table]
        contracts = self.chance(0.4)
        for number, row in enumerate(rows):
            row["applies_to"] = "whole"
            if contracts:
                row["floor_in"] = "contracts"
                row["floor"] = str(20_000 * number)  # A whole number of every size step.

    # Ticks.

    def make_ticks(self) -> None:
        venue, tick = self.venue, 0
        marks = venue.marks_at(0)
        for number in range(self.pick([2, 2, 3, 3, 4, 5, 6])):
            tick += self.pick([1, 1, 1, 2, 3, 7])
            moved = [name for name in marks if number == 0 or self.chance(0.7)] or [self.pick(sorted(marks))]
            for name in moved:
                step = Fraction(venue.row(name)["price_step"])
                marks[name] = max(1, int(abs(marks[name]) * Fraction(self.pick(FACTORS)) / step)) * step
                if self.negative and venue.row(name)["kind"] == "linear" and self.chance(0.3):
                    marks[name] *= self.pick([-1, -1, 0])
            venue.tick(tick, {name: marks[name] for name in moved})

    # Positions.

    def make_positions(self) -> None:
        venue = self.venue
        self.accounts = venue.random.sample(ACCOUNTS, self.pick([2, 3, 4, 5, 6, 8, 10, 12]))
        for name in self.names:
            lots_sum, holders = 0, [account for account in self.accounts if self.chance(0.75)] or self.accounts[:1]
            for account in holders:
                side = self.pick([1, -1])
                lots_sum += self.open(account, name, side * self.pick(LOTS))
                if self.chance(0.08):
                    lots_sum += self.open(account, name, -side * self.pick(LOTS))
            if lots_sum and self.chance(0.9):
                free = [account for account in self.accounts if account not in holders]
                if not free:
                    free = [f"mm{len(self.accounts)}"]
                    self.accounts += free
                self.open(self.pick(free), name, -lots_sum)

    def open(self, account: str, name: str, lots: int) -> int:
        venue = self.venue
        mark = venue.marks_at(0)[name]
        margin = 0 if self.chance(0.3) else None
        score = self.pick(SCORES)
        if self.chance(0.8):
            entry = mark * Fraction(self.pick([100, 100, 97, 103, self.between(60, 150)]), 100)
            venue.position(account, name, lots, entry=entry, margin=margin, score=score)
            return lots
        item = venue.row(name)
        worth = int(lots * lot_value(item, mark) * 10 ** venue.digits[item["settle"]])
        sign = -1 if item["kind"] == "inverse" else 1
        venue.position(
            account, name, lots, cost=sign * worth * self.between(60, 150) // 100, margin=margin, score=score
        )
        return lots

    # Balances.

    def target(self, unit: Unit) -> int:
        """An equity: on an edge, below zero, below the requirement, or well above it."""
        required, random = unit.maintenance, self.venue.random
        notional = sum(holding.notional for holding in unit.holdings)
        kind = random.random()
        if kind < 0.12:
            return self.pick([-1, 0, 1, required, required - 1, required + 1])
        if kind < 0.35:
            return -1 - int(notional * Fraction(self.between(0, 250), 1000))
        if kind < 0.6:
            return int(required * Fraction(self.between(0, 1000), 1000))
        if kind < 0.85:
            return int(required * Fraction(self.between(1000, 3000), 1000)) + 1
        return int(notional * Fraction(self.between(300, 3000), 1000)) + 1

    def make_balances(self) -> None:
        """Collateral in other assets first, then each unit's own money by a target at some tick."""
        venue = self.venue
        collateral = [name for name in venue.digits if name != venue.quote] if venue.multi else []
        for account in self.accounts:
            for asset in collateral:
                if self.chance(0.5):
                    venue.balance(account, asset, self.between(-50, 400) * 10 ** venue.digits[asset] // 10)
        for unit in venue.units(0):
            if unit.holdings:
                tick = self.pick(venue.ticks[: 1 + len(venue.ticks) // 2])[0]
                venue.aim(unit.account, unit.name, tick, self.target)
        for number in range(self.pick([0, 1, 1, 2])):
            self.uninvolved.append(f"cash{number}")
            asset = self.pick(sorted(venue.digits))
            venue.balance(f"cash{number}", asset, self.between(20_000, 90_000) * 10 ** venue.digits[asset])

    def make_debts(self) -> None:
        """Now and then an account that owes and holds nothing."""
        venue = self.venue
        for number in range(self.pick([0, 0, 1, 2])):
            asset = venue.quote if venue.multi else self.pick(sorted(venue.digits))
            venue.balance(f"owes{number}", asset, -self.between(1, 400 * 10 ** venue.digits[asset]))


def draw_at_large(venue: Venue) -> None:
    """A venue at large with a rulebook of its own."""
    Drawn(venue).draw()
