"""The liquidation price (docs/design.md section 3, Liquidation price)."""

from __future__ import annotations

from fractions import Fraction
from typing import Callable

from book import MARK_TICKS_MAX, Book, exact_value
from decimals import PPM
from margin import Holding, Unit, is_multi, maintenance_ppm, weight_ppm, weighted


class Moved:
    """A unit as the mark of one instrument moves alone, everything else at its present figure.

    The positions in that instrument, long and short, are valued without rounding. In `multi` the
    quote's own balance moves with them, unrounded, and takes its weight by its sign.
    """

    def __init__(self, book: Book, unit: Unit, holding: Holding) -> None:
        self.book, self.unit = book, unit
        self.item = holding.position.instrument
        self.step = book.assets[unit.asset].step
        self.moving = [held for held in unit.holdings if held.position.instrument is self.item]
        staying = [held for held in unit.holdings if held.position.instrument is not self.item]
        self.staying_maintenance = sum(held.maintenance_ppm for held in staying)
        self.staying_own = unit.own_balance + sum(held.pnl for held in staying)
        self.staying_own -= sum(held.position.cost for held in self.moving)
        self.staying_others = 0
        if is_multi(book, unit):
            self.staying_others = sum(
                weighted(book, asset, amount) for asset, amount in unit.other_balances.items() if amount != 0
            )

    def value(self, holding: Holding, ticks) -> Fraction:
        """The unrounded value of one moving position at a price in ticks."""
        return exact_value(self.item, holding.position.lots, ticks * self.item.price_step, self.step)

    def own(self, ticks) -> Fraction:
        """The balance of the unit's own asset, its pnl included."""
        return self.staying_own + sum(self.value(holding, ticks) for holding in self.moving)

    def margin_over_ppm(self, ticks: int) -> Fraction:
        """Margin equity less MM, in step x 1e-6; below zero is unsafe."""
        own = self.own(ticks)
        rate = weight_ppm(self.book, self.unit.asset, own) if is_multi(self.book, self.unit) else PPM
        required = self.staying_maintenance + sum(
            maintenance_ppm(self.item.bands, abs(self.value(holding, ticks)), holding.position.lots)
            for holding in self.moving
        )
        return own * rate + self.staying_others * PPM - required

    def bends(self) -> list[Fraction]:
        """The prices in ticks where `margin_over_ppm` changes its slope: a moving position reaches the floor
        of a band, or the own balance changes its sign. Values are k x ticks (linear) or k / ticks
        (inverse), k being the value at one tick."""
        inverse = self.item.kind == "inverse"
        found = []
        for holding in self.moving:
            k = abs(self.value(holding, 1))
            floors = [band.floor for band in self.item.bands if band.floor and not self.item.bands.by_lots]
            found += [k / floor if inverse else floor / k for floor in floors]
            found += [-floor / k for floor in floors if not inverse]  # Reached again below zero.
        k = sum(self.value(holding, 1) for holding in self.moving)
        if k != 0 and self.staying_own != 0:
            found.append(-k / self.staying_own if inverse else -self.staying_own / k)
        return found


def first_such(wanted: Callable[[int], bool], path: list[int]) -> int | None:
    """The first whole price along `path` for which `wanted` holds; its answer changes once between the stations of the
    path, and is false at the first of them."""
    for near, far in zip(path, path[1:]):
        if not wanted(far):
            continue
        while abs(far - near) > 1:
            middle = (near + far) // 2
            if wanted(middle):
                far = middle
            else:
                near = middle
        return far
    return None


def liquidation_ticks(book: Book, unit: Unit, holding: Holding) -> int | None:
    """The first tick below MM from 1 (below zero if that is admitted) to 2^40, coming from a safe one: of a safe unit
    the nearest unsafe tick, of one that is below already the last unsafe one before the nearest safe tick. The lower of
    two equally near; None if there is none; the present mark if rounded and unrounded values do not agree on it."""
    moved = Moved(book, unit, holding)
    present = book.marks[moved.item.name].ticks
    below = unit.margin_equity * PPM < unit.maintenance_ppm
    if below != (moved.margin_over_ppm(present) < 0):
        return present
    least = -MARK_TICKS_MAX if moved.item.below_zero else 1
    stations = {least, present, MARK_TICKS_MAX, -1, 0, 1}
    for bend in moved.bends():
        stations |= {bend.__floor__() + near for near in (-1, 0, 1)}
    ordered = sorted(ticks for ticks in stations if least <= ticks <= MARK_TICKS_MAX or ticks == present)

    def other_side(ticks: int) -> bool:
        return (moved.margin_over_ppm(ticks) < 0) != below

    down = first_such(other_side, [ticks for ticks in reversed(ordered) if ticks <= present])
    up = first_such(other_side, [ticks for ticks in ordered if ticks >= present])
    if below:
        down, up = None if down is None else down + 1, None if up is None else up - 1
    found = [ticks for ticks in (down, up) if ticks is not None]
    return min(found, key=lambda ticks: (abs(ticks - present), ticks), default=None)
