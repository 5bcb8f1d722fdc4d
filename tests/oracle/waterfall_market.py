"""The simulated market: slices of depth at the feed's mark, and what stays of an impact (rulings 17, 18).

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
    """What orders have taken from one side of one market, as it stood at `tick`."""

    lots: int = 0
    tick: int = 0


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


def halved(lots: int, elapsed: int, half_life: int) -> int:
    """lots x 2^(-elapsed / half_life), rounded down: exact, so it depends on nothing but time."""
    if elapsed <= 0 or lots == 0:
        return lots
    if half_life == 0:
        return 0
    return root_floor(Fraction(lots**half_life, 2**elapsed), half_life)


@dataclass
class Market:
    """The depth of every instrument and what orders have consumed of it."""

    book: Book
    rules: Rules
    feed: dict[str, int]
    acts: Counter
    consumed: dict[tuple[str, str], Consumed] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        return self.rules.impact != "none" and self.rules.depth > 0

    def depth_lots(self, item: Instrument) -> int:
        """How many whole lots are worth `depth` at the feed's mark."""
        price = self.feed[item.name] * item.price_step
        contracts = item.size_step * item.contract_size
        lot = contracts / price if item.kind == "inverse" else contracts * price
        return (self.rules.depth / lot).__floor__()

    def reach(self, depth: int, place: int) -> int:
        """How many lots the first `place` slices hold."""
        if self.rules.impact == "square_root":
            return depth * place * place // (SLICES * SLICES)
        return depth * place // SLICES

    def price(self, item: Instrument, direction: str, place: int) -> int | None:
        """The far end of a slice in ticks; None where the ladder has ended."""
        if place > SLICES_MAX:
            return None
        move = self.rules.depth_move * place / SLICES
        feed = self.feed[item.name]
        if direction == SELL:
            exact = feed * (1 - move)
            return exact.__ceil__() if exact >= 1 else None
        ticks = (feed * (1 + move)).__floor__()
        return ticks if ticks <= MARK_TICKS_MAX else None

    def left_over(self, name: str, direction: str, tick: int) -> int:
        """What is still consumed at a tick."""
        used = self.consumed.get((name, direction))
        return halved(used.lots, tick - used.tick, self.rules.half_life) if used else 0

    def order(self, item: Instrument, direction: str, lots: int, limit: int | None, tick: int) -> list[Traded]:
        """Fills an order slice by slice down to its limit, and remembers what it took."""
        if not self.open:
            return []
        depth, used = self.depth_lots(item), self.left_over(item.name, direction, tick)
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
            here = min(lots, self.reach(depth, place) - used)
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
            self.consumed[item.name, direction] = Consumed(used, tick)
        return traded

    def mark_after(self, item: Instrument, last: int) -> int:
        """The mark that an order leaves: the feed's, moved by `permanent` of the way to the last slice."""
        feed = self.feed[item.name]
        moved = feed + (last - feed) * self.rules.permanent
        return max(1, moved.__ceil__() if last < feed else moved.__floor__())
