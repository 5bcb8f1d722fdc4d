"""The value of a trade, a part of a bankruptcy value, and the price to which a worth limits an order."""

from __future__ import annotations

from fractions import Fraction

from book import Book, Instrument, Position, exact_value
from margin import Holding


def half_even(value: Fraction) -> int:
    """Rounded to the nearest whole number, to the even one if two are equally near."""
    return round(value)


def trade_value(book: Book, item: Instrument, lots: int, ticks: int) -> int:
    """The worth of signed lots at a price: once, half to even (section 3, Trades)."""
    return half_even(exact_value(item, lots, ticks * item.price_step, book.assets[item.settle].step))


def exact_worth(book: Book, item: Instrument, lots: int, price: Fraction) -> Fraction:
    """The unrounded worth of signed lots at any price, in value steps."""
    return exact_value(item, lots, price, book.assets[item.settle].step)


def value_part(bankruptcy_value: int, lots: int, before: int, taken: int) -> int:
    """The part of BV that `taken` lots carry after `before` are gone: split by cumulative lots."""
    size, worth = abs(lots), abs(bankruptcy_value)
    part = worth * (before + taken) // size - worth * before // size
    return part if bankruptcy_value >= 0 else -part


def limit_ticks(book: Book, position: Position, lots: int, worth: Fraction) -> int | None:
    """The worst price at which `lots` of a position are still worth `worth`; None: any price is.

    A long sells at it or above, a short buys at it or below.
    """
    item = position.instrument
    size = lots if position.lots > 0 else -lots
    contracts = size * item.size_step * item.contract_size
    money = worth * book.assets[item.settle].step
    if item.kind == "inverse":
        if position.lots > 0:
            exact = -contracts / money if money < 0 else None
            assert money < 0
        else:
            exact = -contracts / money if money > 0 else None
    else:
        exact = money / contracts if position.lots < 0 or money > 0 or item.below_zero else None
    if exact is None:
        return None
    ticks = exact / item.price_step
    if position.lots > 0:
        return ticks.__ceil__()
    return ticks.__floor__()


class Closing:
    """A position on its way out in one pass: how much of it and of its bankruptcy value is gone."""

    def __init__(self, holding: Holding) -> None:
        self.holding = holding
        self.position = holding.position
        self.lots = holding.position.lots
        self.bankruptcy_value = holding.bankruptcy_value
        self.gone = 0

    @property
    def left(self) -> int:
        return abs(self.lots) - self.gone

    def part(self, taken: int) -> int:
        """The part of BV that the next `taken` lots carry."""
        return value_part(self.bankruptcy_value, self.lots, self.gone, taken)

    @property
    def worth_left(self) -> int:
        """The BV of what is left."""
        return self.part(self.left)

    def exact_part(self, taken: int) -> Fraction:
        """The same, unrounded, without its sign."""
        return Fraction(abs(self.bankruptcy_value) * taken, abs(self.lots))
