"""The updates of a tick: fills, funding, fees, deposits, transfers, margin, settlement (docs/design.md section 7)."""

from __future__ import annotations

from book import Instrument, Position, Row, name_order
from decimals import parse, whole
from margin import split
from waterfall_ledger import SYSTEM, Leg, released
from waterfall_trade import exact_worth, half_even


class Updates:
    """Posts the rows of a tick to a replay's ledger, one after the other."""

    def __init__(self, replay) -> None:
        self.replay, self.book, self.ledger = replay, replay.book, replay.ledger

    def act(self, rows: list[Row]) -> None:
        """A tick's updates in file order; what an isolated unit owns whose position one closed returns after that one."""
        for row in rows:
            legs = getattr(self, row["kind"])(row)
            if legs and any(leg.size or leg.cost or leg.amount for leg in legs):
                self.replay.post("update", legs)
            self.replay.return_isolated()

    # Reading a row.

    def money(self, row: Row, column: str, asset: str) -> int:
        text = row.get(column) or "0"
        return whole(parse(text), self.book.assets[asset].step, column)

    def cross_leg(self, account: str, asset: str, amount: int, cause: str) -> Leg:
        unit = "" if account in SYSTEM else self.ledger.cross(asset)
        return Leg(account, unit, "", 0, 0, asset, amount, cause=cause)

    # Kinds.

    def fill(self, row: Row) -> list[Leg]:
        """A trade at its price, worth half to even, against `to` or the market; the fee goes to `fees`."""
        item = self.book.instruments[row["instrument"]]
        lots = whole(parse(row["size"]), item.size_step, "size")
        price = parse(row["price"])
        worth = half_even(exact_worth(self.book, item, lots, price))
        fee = self.money(row, "fee", item.settle)
        legs = self.trade(row["account"], item, lots, worth, (row.get("side") or "").lower(), row.get("margin_mode") or "")
        legs[-1].amount -= fee
        if fee:
            legs.append(Leg("fees", "", "", 0, 0, item.settle, fee))
        if row.get("to"):
            legs += self.trade(row["to"], item, -lots, -worth)
        else:
            legs.append(Leg("market", "", item.name, -lots, -worth, item.settle, 0))
        for leg in legs:
            leg.cause = "fill"
            leg.price = whole(price, item.price_step, "price") if leg.instrument else None
        return legs

    def trade(
        self, account: str, item: Instrument, lots: int, worth: int, acts_on: str = "", mode: str = ""
    ) -> list[Leg]:
        """One side of a trade: it reduces the opposite position first, then opens or adds; with `acts_on` it does either
        on that side alone. `mode`: how what it opens is margined; an isolated position opens with a margin of 0."""
        side, other = ("long", "short") if lots > 0 else ("short", "long")
        legs = []
        opposite = self.ledger.of(account, item.name, other)
        closed = min(abs(lots), abs(opposite.lots)) if opposite and acts_on != side else 0
        if acts_on == other and closed < abs(lots):
            raise ValueError("a fill that reduces more than is held")
        parts = split(abs(worth), [closed, abs(lots) - closed]) if closed < abs(lots) else [abs(worth), 0]
        sign = 1 if lots > 0 else -1
        value_sign = 1 if worth >= 0 else -1
        if opposite and closed:
            cost, key = released(opposite.cost, opposite.lots, closed), self.ledger.key_of(opposite)
            result = -value_sign * parts[0] - cost
            self.replay.add_result(key, item.name, result)
            legs.append(Leg(*key, item.name, sign * closed, -cost, item.settle, result, side=other))
        if closed < abs(lots):
            held = self.ledger.of(account, item.name, side)
            new = f"isolated:{item.name}:{side}" if mode.lower() == "isolated" else self.ledger.cross(item.settle)
            unit = self.ledger.key_of(held)[1] if held else new
            opened = sign * (abs(lots) - closed)
            legs.append(Leg(account, unit, item.name, opened, value_sign * parts[1], item.settle, 0, side=side))
        return legs

    def funding(self, row: Row) -> list[Leg]:
        """Every position pays half-even(value x rate), longs to shorts; the residue goes to `fees`."""
        item = self.book.instruments[row["instrument"]]
        rate = parse(row["rate"])
        legs = []
        for position in self.positions(item):
            worth = abs(self.ledger.value(position))
            paid = half_even(rate * (worth if position.lots > 0 else -worth))
            if paid:
                legs.append(Leg(*self.ledger.key_of(position), "", 0, 0, item.settle, -paid))
        held = self.ledger.system["backstop"].positions.get(item.name)
        if held and held[0]:
            worth = abs(self.ledger.value(Position("backstop", item, held[0], held[1], None, None)))
            paid = half_even(rate * (worth if held[0] > 0 else -worth))
            legs.append(Leg("backstop", "", "", 0, 0, item.settle, -paid))
        residue = -sum(leg.amount for leg in legs)
        legs.append(Leg("fees", "", "", 0, 0, item.settle, residue))
        for leg in legs:
            leg.cause = "funding"
        return legs

    def positions(self, item: Instrument) -> list[Position]:
        """Every customer's position in an instrument, by account, long before short."""
        found = [one for held in self.ledger.positions.values() for one in held if one.instrument is item]
        return sorted(found, key=lambda one: (name_order(one.account), one.lots < 0))

    def fee(self, row: Row) -> list[Leg]:
        asset = row["asset"]
        amount = self.money(row, "amount", asset)
        return [self.cross_leg(row["account"], asset, -amount, "fee"), self.cross_leg("fees", asset, amount, "fee")]

    def deposit(self, row: Row) -> list[Leg]:
        asset = row["asset"]
        amount = self.money(row, "amount", asset)
        return [
            self.cross_leg(row["account"], asset, amount, "deposit"),
            self.cross_leg("external", asset, -amount, "deposit"),
        ]

    def withdraw(self, row: Row) -> list[Leg]:
        asset = row["asset"]
        amount = self.money(row, "amount", asset)
        return [
            self.cross_leg(row["account"], asset, -amount, "withdraw"),
            self.cross_leg("external", asset, amount, "withdraw"),
        ]

    def transfer(self, row: Row) -> list[Leg]:
        asset = row["asset"]
        amount = self.money(row, "amount", asset)
        return [
            self.cross_leg(row["account"], asset, -amount, "transfer"),
            self.cross_leg(row["to"], asset, amount, "transfer"),
        ]

    def margin(self, row: Row) -> list[Leg]:
        """To an isolated unit where the amount is above 0, back from it where below."""
        item = self.book.instruments[row["instrument"]]
        amount = self.money(row, "amount", item.settle)
        for side in ("long", "short"):
            held = self.ledger.of(row["account"], item.name, side)
            if held and held.isolated_margin is not None:
                key = self.ledger.key_of(held)
                return [
                    self.cross_leg(row["account"], item.settle, -amount, "margin"),
                    Leg(*key, "", 0, 0, item.settle, amount, cause="margin"),
                ]
        raise ValueError("margin of no isolated position")

    def settle(self, row: Row) -> list[Leg]:
        """Every position of an instrument is closed at a price; the market takes what does not sum to zero."""
        item = self.book.instruments[row["instrument"]]
        price = parse(row["price"])
        legs = []
        for position in self.positions(item):
            worth, key = half_even(exact_worth(self.book, item, position.lots, price)), self.ledger.key_of(position)
            result = worth - position.cost
            self.replay.add_result(key, item.name, result)
            legs.append(
                Leg(*key, item.name, -position.lots, -position.cost, item.settle, result, side=position.side)
            )
        held = self.ledger.system["backstop"].positions.get(item.name)
        if held and held[0]:
            worth = half_even(exact_worth(self.book, item, held[0], price))
            legs.append(Leg("backstop", "", item.name, -held[0], -held[1], item.settle, worth - held[1]))
        size = -sum(leg.size for leg in legs)
        cost = sum(leg.amount - leg.cost for leg in legs)
        legs.append(Leg("market", "", item.name, size, cost, item.settle, 0))
        for leg in legs:
            leg.cause = "settled"
        return legs

    def delist(self, row: Row) -> None:
        """An instrument without positions leaves; nothing moves."""

    def list(self, row: Row) -> None:
        """An instrument comes back; nothing moves."""
