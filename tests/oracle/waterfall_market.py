"""The simulated market: slices of depth at the feed's mark, and the lasting part of an impact (rulings 17, 18).

Depth is counted in whole lots at the feed's mark. A hundredth of `depth_move` is one slice, and each slice
trades at its far end, rounded to the mark's step towards the mark. Sales and purchases use depth of their own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from book import MARK_TICKS_MAX, Book, Instrument
from waterfall_rules import Rules

SLICES = 100
SLICES_MAX = SLICES * 100
SELL, BUY = "sell", "buy"


@dataclass
class Consumed:
    """The lots that orders have taken from one side of one market, as of a time in seconds."""

    lots: int = 0
    time: Fraction = Fraction(0)


@dataclass
class Traded:
    """A part of an order that trades at one price: slices that round to the same price are one fill."""

    lots: int
    ticks: int


def root_floor(number: Fraction, degree: int) -> int:
    """The largest whole r with r^degree <= number."""
    low, high = 0, 1
    while Fraction(high) ** degree <= number:
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if Fraction(middle) ** degree <= number:
            low = middle
        else:
            high = middle
    return low


def halved(lots: int, elapsed: Fraction, half_life: Fraction) -> int:
    """lots x 2^(-elapsed / half_life), rounded down: exact, so it depends on nothing but time."""
    if elapsed <= 0 or lots == 0:
        return lots
    if half_life == 0:
        return 0
    halvings = Fraction(elapsed) / half_life
    return root_floor(Fraction(lots**halvings.denominator, 2**halvings.numerator), halvings.denominator)


@dataclass
class Market:
    """The depth of every instrument and what orders have consumed of it."""

    book: Book
    rules: Rules
    feed: dict[str, int]
    acts: Counter
    consumed: dict[tuple[str, str], Consumed] = field(default_factory=dict)

    def depth(self, item: Instrument) -> Fraction:
        """The depth of an instrument: by the table `depths`, else by its settlement asset; an amount without
        a name is of the quote."""
        if self.rules.impact == "none":
            return Fraction(0)
        if item.name in self.book.depths:
            return self.book.depths[item.name][0]
        unnamed = self.rules.depth.get("", Fraction(0)) if item.settle == self.book.quote else Fraction(0)
        return self.rules.depth.get(item.settle, unnamed)

    def open(self, item: Instrument) -> bool:
        """True if there is a market. At a mark of zero or below a share of it is not a distance."""
        return self.depth(item) > 0 and self.feed[item.name] > 0

    def half_life(self, item: Instrument) -> Fraction:
        own = self.book.depths.get(item.name, (None, None))[1]
        return self.rules.half_life if own is None else own

    def depth_lots(self, item: Instrument) -> int:
        """How many whole lots are worth the depth at the feed's mark."""
        price = self.feed[item.name] * item.price_step
        contracts = item.size_step * item.contract_size
        lot = contracts / price if item.kind == "inverse" else contracts * price
        return (self.depth(item) / lot).__floor__()

    def lots_up_to(self, depth: int, place: int) -> int:
        """The lots of the first `place` slices."""
        if self.rules.impact == "square_root":
            return depth * place * place // (SLICES * SLICES)
        return depth * place // SLICES

    def price(self, item: Instrument, direction: str, place: int) -> int | None:
        """The far end of a slice in ticks; None if the ladder has ended."""
        if place > SLICES_MAX:
            return None
        move = self.rules.depth_move * place / SLICES
        feed = self.feed[item.name]
        if direction == SELL:
            ticks = (feed * (1 - move)).__ceil__()
            return ticks if ticks >= 1 else None
        ticks = (feed * (1 + move)).__floor__()
        return ticks if ticks <= MARK_TICKS_MAX else None

    def left_over(self, item: Instrument, direction: str, time: Fraction) -> int:
        """The lots still consumed at a time."""
        used = self.consumed.get((item.name, direction))
        return halved(used.lots, time - used.time, self.half_life(item)) if used else 0

    def order(self, item: Instrument, direction: str, lots: int, limit: int | None, time: Fraction) -> list[Traded]:
        """Fills an order slice by slice down to its limit, and records the lots it took."""
        if not self.open(item):
            return []
        depth, used = self.depth_lots(item), self.left_over(item, direction, time)
        traded: list[Traded] = []
        place, start = 0, used
        while lots > 0 and depth > 0:
            place += 1
            ticks = self.price(item, direction, place)
            if ticks is None:
                break
            if limit is not None and (ticks < limit if direction == SELL else ticks > limit):
                self.acts["market.limit"] += 1
                break
            here = min(lots, self.lots_up_to(depth, place) - used)
            if here <= 0:
                continue
            if traded and traded[-1].ticks == ticks:
                traded[-1].lots += here
            else:
                traded.append(Traded(here, ticks))
            used += here
            lots -= here
        if used != start:
            before = self.consumed.get((item.name, direction), Consumed())
            self.acts["market.half_life"] += before.lots != start
            self.acts[f"market.impact={self.rules.impact}"] += place > 1
            self.acts["depths"] += item.name in self.book.depths
            self.consumed[item.name, direction] = Consumed(used, time)
        return traded

    def mark_after(self, item: Instrument, last: int) -> int:
        """The mark that an order leaves: the feed's, moved by `permanent` of the way to the last slice."""
        feed = self.feed[item.name]
        moved = feed + (last - feed) * self.rules.permanent
        return max(1, moved.__ceil__() if last < feed else moved.__floor__())
