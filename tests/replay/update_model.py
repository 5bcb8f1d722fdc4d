"""The effect of updates on a book, in whole numbers and fractions, written from docs/design.md sections 3 and 7.

A model to compare `replay` with: it shares no code with the program, holds money in steps and sizes in lots, and has no
margin. Rules that are not given there, decided in docs/decisions/book.md:

* the part of a trade that closes carries floor(|value| x lots closed / lots traded), the part that opens the rest;
* longs pay a positive funding rate on the worth of their position, shorts receive it, inverse contracts too;
* a fill's fee comes from the cross balance, even if the position is isolated;
* a fill that opens a position makes it cross unless the fill names a mode, one that adds to a position keeps its mode;
margin of an isolated position that is closed returns with the update that closed it;
* an account begins with its first fill, deposit or transfer received; fees, withdrawals and transfers paid need a
  balance; withdrawals, transfers and margin never take more than there is, unless a multi-asset balance may be owed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

QUOTE = "QUSD"
LONG, SHORT = "long", "short"


class Refused(Exception):
    """The update cannot be; args are (column, a part of the reason)."""


def half_even(value: Fraction) -> int:
    return round(value)  # Python rounds fractions half to even, exactly.


def floor_part(amount: int, part: int, whole: int) -> int:
    """sign x floor(|amount| x part / whole)."""
    share = abs(amount) * part // whole
    return -share if amount < 0 else share


@dataclass(frozen=True)
class Instrument:
    name: str
    inverse: bool
    settle: str
    contract_size: Fraction
    price_digits: int  # Steps are powers of ten.
    size_digits: int

    def worth(self, lots: int, price: Fraction, digits: int) -> Fraction:
        """Value in steps of the settlement asset, unrounded."""
        size = Fraction(lots, 10**self.size_digits) * self.contract_size
        return (-size / price if self.inverse else size * price) * 10**digits


@dataclass
class Position:
    lots: int
    cost: int
    margin: int | None = None  # Isolated, in steps.


@dataclass
class Row:
    """One update; numbers in steps, lots and fractions."""

    tick: int
    kind: str
    account: str = ""
    instrument: str = ""
    asset: str = ""
    lots: int | None = None
    price: Fraction | None = None
    amount: int | None = None
    fee: int | None = None
    to: str = ""
    rate: Fraction | None = None
    side: str = ""
    mode: str = ""


@dataclass
class Model:
    instruments: dict[str, Instrument]
    digits: dict[str, int]
    multi: bool = False
    marks: dict[str, int] = field(default_factory=dict)  # In price steps.
    balances: dict[tuple[str, str], int] = field(default_factory=dict)
    positions: dict[tuple[str, str, str], Position] = field(default_factory=dict)
    system: dict[tuple[str, str], int] = field(default_factory=dict)       # (account, asset) -> money
    held_by_market: dict[str, list[int]] = field(default_factory=dict)     # instrument -> [lots, cost]
    delisted: set[str] = field(default_factory=set)

    # ------------------------------------------------------------------------------------------------ parts

    def open_balance(self, account: str, asset: str) -> None:
        """In `multi` the account is one unit, which always has a balance in the quote."""
        self.balances.setdefault((account, asset), 0)
        if self.multi:
            self.balances.setdefault((account, QUOTE), 0)

    def pay_system(self, account: str, asset: str, amount: int) -> None:
        self.system[account, asset] = self.system.get((account, asset), 0) + amount

    def credit(self, key: tuple[str, str, str], amount: int) -> None:
        """Money of a position: to its margin if it is isolated, else to the account."""
        position = self.positions[key]
        if position.margin is None:
            self.balances[key[0], self.instruments[key[1]].settle] += amount
        else:
            position.margin += amount

    def market_takes(self, instrument: str, lots: int, cost: int) -> None:
        held = self.held_by_market.setdefault(instrument, [0, 0])
        held[0] += lots
        held[1] += cost

    def held(self, account: str, instrument: str, side: str) -> int:
        position = self.positions.get((account, instrument, side))
        return abs(position.lots) if position else 0

    def check_sides(self, row: Row) -> None:
        """A fill names its side if both are held, reduces no more than is held, and contradicts no margin mode."""
        it = self.instruments[row.instrument]
        own, other = (LONG, SHORT) if row.lots > 0 else (SHORT, LONG)
        if not row.side and self.held(row.account, it.name, own) and self.held(row.account, it.name, other):
            raise Refused("side", "holds both sides of")
        if row.to and self.held(row.to, it.name, own) and self.held(row.to, it.name, other):
            raise Refused("to", "holds both sides of")
        against = self.held(row.account, it.name, other)
        if row.side == other and against < abs(row.lots):
            raise Refused("size", "reduces more than")
        opens = row.side == own or (not row.side and against < abs(row.lots))
        touched = self.positions.get((row.account, it.name, own if opens else other))
        if row.mode and touched and touched.lots and (touched.margin is not None) != (row.mode == "isolated"):
            raise Refused("margin_mode", "contradicts the position")

    def trade(self, account: str, it: Instrument, lots: int, value: int, side: str = "", mode: str = "") -> None:
        """One side of a trade of `lots` (bought > 0) worth `value`. A new position is cross, or has the margin mode `mode`."""
        own, other = (LONG, SHORT) if lots > 0 else (SHORT, LONG)
        traded, sign, closed_value = abs(lots), 1 if lots > 0 else -1, 0
        against = self.positions.get((account, it.name, other))
        closed = 0
        if against is not None and against.lots and side != own:
            closed = min(traded, abs(against.lots))
            closed_value = floor_part(value, closed, traded)
            released = floor_part(against.cost, closed, abs(against.lots))
            against.lots += sign * closed
            against.cost -= released
            self.credit((account, it.name, other), -closed_value - released)
        if traded > closed:
            position = self.positions.setdefault(
                (account, it.name, own), Position(0, 0, 0 if mode == "isolated" else None)
            )
            position.lots += sign * (traded - closed)
            position.cost += value - closed_value

    def take(self, account: str, asset: str, amount: int, may_owe: bool) -> None:
        """Money out of a balance that must be there."""
        if (account, asset) not in self.balances:
            raise Refused("account", "has no balance in " + asset)
        if not may_owe and amount > 0 and self.balances[account, asset] < amount:
            raise Refused("amount", "is more than")
        self.balances[account, asset] -= amount

    # ------------------------------------------------------------------------------------------------ kinds

    def apply(self, row: Row) -> None:
        if row.to and row.to == row.account:
            raise Refused("to", "is the same account")
        if row.kind == "fill":
            self.check_sides(row)
        if row.instrument in self.delisted and row.kind != "list":
            raise Refused("instrument", "is delisted")
        getattr(self, "apply_" + row.kind)(row)
        self.drop_closed()

    def apply_fill(self, row: Row) -> None:
        it = self.instruments[row.instrument]
        value = half_even(it.worth(row.lots, row.price, self.digits[it.settle]))
        self.open_balance(row.account, it.settle)
        self.trade(row.account, it, row.lots, value, row.side, row.mode)
        if row.to:
            self.open_balance(row.to, it.settle)
            self.trade(row.to, it, -row.lots, -value)
        else:
            self.market_takes(it.name, -row.lots, -value)
        if row.fee:
            self.balances[row.account, it.settle] -= row.fee
            self.pay_system("fees", it.settle, row.fee)

    def apply_funding(self, row: Row) -> None:
        it = self.instruments[row.instrument]
        for key, position in self.positions.items():
            if key[1] != row.instrument or not position.lots:
                continue
            worth = it.worth(position.lots, Fraction(self.marks[it.name], 10**it.price_digits), self.digits[it.settle])
            paid = half_even(abs(worth.__floor__()) * row.rate)
            paid = paid if position.lots > 0 else -paid
            self.credit(key, -paid)
            self.pay_system("fees", it.settle, paid)

    def apply_fee(self, row: Row) -> None:
        self.take(row.account, row.asset, row.amount, may_owe=True)
        self.pay_system("fees", row.asset, row.amount)

    def apply_deposit(self, row: Row) -> None:
        self.open_balance(row.account, row.asset)
        self.balances[row.account, row.asset] += row.amount
        self.pay_system("external", row.asset, -row.amount)

    def apply_withdraw(self, row: Row) -> None:
        self.take(row.account, row.asset, row.amount, may_owe=self.multi)
        self.pay_system("external", row.asset, row.amount)

    def apply_transfer(self, row: Row) -> None:
        self.take(row.account, row.asset, row.amount, may_owe=self.multi)
        self.open_balance(row.to, row.asset)
        self.balances[row.to, row.asset] += row.amount

    def apply_margin(self, row: Row) -> None:
        it = self.instruments[row.instrument]
        if all(account != row.account for account, _ in self.balances):
            raise Refused("account", "is no account")
        sides = [LONG, SHORT] if row.lots is None else [LONG if row.lots > 0 else SHORT]
        held = [self.positions.get((row.account, it.name, side)) for side in sides]
        isolated = [one for one in held if one is not None and one.margin is not None and one.lots]
        if not isolated:
            raise Refused("instrument", "is not held isolated")
        if len(isolated) > 1:
            raise Refused("size", "must show by its sign")
        if row.amount < 0 and isolated[0].margin < -row.amount:
            raise Refused("amount", "is more than")
        self.take(row.account, it.settle, row.amount, may_owe=self.multi)
        isolated[0].margin += row.amount

    def close_all(self, it: Instrument, price: Fraction) -> None:
        for key, position in self.positions.items():
            if key[1] != it.name or not position.lots:
                continue
            value = half_even(it.worth(position.lots, price, self.digits[it.settle]))
            self.credit(key, value - position.cost)
            self.market_takes(it.name, position.lots, value)
            position.lots = position.cost = 0

    def apply_settle(self, row: Row) -> None:
        self.close_all(self.instruments[row.instrument], row.price)

    def apply_delist(self, row: Row) -> None:
        it = self.instruments[row.instrument]
        self.close_all(it, Fraction(self.marks[it.name], 10**it.price_digits))
        self.delisted.add(it.name)

    def apply_list(self, row: Row) -> None:
        self.delisted.discard(row.instrument)

    # ------------------------------------------------------------------------------------------------- ticks

    def start(self) -> None:
        """An account with an isolated position has a cross balance to which its margin can return."""
        for (account, instrument, _), position in self.positions.items():
            if position.margin is not None:
                self.open_balance(account, self.instruments[instrument].settle)

    def drop_closed(self) -> None:
        """Closed positions are removed, and their margin returns. An isolated debt stays visible."""
        closed = [key for key, one in self.positions.items() if not one.lots and (one.margin or 0) >= 0]
        for key in closed:
            position = self.positions.pop(key)
            if position.margin:
                self.balances[key[0], self.instruments[key[1]].settle] += position.margin
