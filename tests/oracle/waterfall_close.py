"""How much of a flagged unit is to be closed, position by position (docs/design.md section 4; rulings 13, 15, 16)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from book import Book, floor_value
from decimals import PPM
from margin import BANKRUPT, LIQUIDATABLE, Holding, Unit, band_at, maintenance_ppm
from waterfall_rules import Rules
from waterfall_trade import half_even

Key = tuple[str, str]


@dataclass
class Closer:
    """Decides by the rulebook's mode; stores the units that were reduced and wait for the rest."""

    book: Book
    rules: Rules
    acts: Counter
    cooling: dict[Key, Fraction] = field(default_factory=dict)

    def begin_pass(self, units: list[Unit]) -> None:
        """An entry lapses when its unit recovers (ruling 15)."""
        alive = {(unit.account, unit.name) for unit in units if unit.state in (LIQUIDATABLE, BANKRUPT)}
        for key in list(self.cooling):
            if key not in alive:
                del self.cooling[key]
                self.acts["liquidation.cooldown:lapsed"] += 1

    def in_order(self, unit: Unit) -> list[Holding]:
        """A unit's positions in the order in which they are closed."""
        holdings = list(unit.holdings)
        if self.rules.order == "maintenance":
            holdings.sort(key=lambda holding: -holding.maintenance_ppm)
        elif self.rules.order == "loss":
            holdings.sort(key=lambda holding: holding.pnl)
        if len(holdings) > 1 and any(a is not b for a, b in zip(holdings, unit.holdings)):
            self.acts[f"liquidation.order={self.rules.order}"] += 1
        return holdings

    def wanted(self, unit: Unit, time: Fraction) -> list[tuple[Holding, int]]:
        """The lots to close of each position, in order. Bankrupt units are always closed whole, and so are units of
        which less than `whole_below` would remain."""
        holdings = self.in_order(unit)
        whole = [(holding, abs(holding.position.lots)) for holding in holdings]
        if unit.state == BANKRUPT or self.rules.mode == "whole":
            self.acts["liquidation.mode=whole"] += unit.state != BANKRUPT
            return whole
        key = (unit.account, unit.name)
        if key in self.cooling:
            if time < self.cooling[key]:
                self.acts["liquidation.cooldown:waits"] += 1
                return []
            self.acts["liquidation.cooldown:goes_on"] += time == self.cooling[key]
            del self.cooling[key]
            return whole
        if self.rules.mode == "fraction":
            wanted = [(holding, (self.rules.fraction * lots).__ceil__()) for holding, lots in whole]
        elif self.rules.mode == "tier_down":
            wanted = [(holding, self._tier_down(holding)) for holding in holdings]
        else:
            wanted = self._target(unit, holdings)
        if self._leaves_too_little(unit, holdings, wanted):
            return whole
        if self.rules.mode == "fraction":
            self.cooling[key] = time + (1 if self.rules.cooldown is None else self.rules.cooldown)
            self.acts["liquidation.mode=fraction"] += 1
        return wanted

    def _leaves_too_little(self, unit: Unit, holdings: list[Holding], wanted: list[tuple[Holding, int]]) -> bool:
        """Strictly less than `whole_below` after closing the lots of the mode: the whole remainder counts."""
        if self.rules.whole_below is None:
            return False
        closed = {id(holding): lots for holding, lots in wanted}
        left = [abs(holding.position.lots) - closed.get(id(holding), 0) for holding in holdings]
        notional = sum(self.notional(holding, lots) for holding, lots in zip(holdings, left))
        below = notional * self.book.assets[unit.asset].step < self.rules.whole_below
        self.acts[f"liquidation.whole_below:{self.rules.mode}"] += below and any(left)
        return below

    def _tier_down(self, holding: Holding) -> int:
        """The fewest lots after which the notional lies strictly below the floor of its band; in the lowest
        band all of them."""
        position, bands = holding.position, holding.position.instrument.bands
        lots = abs(position.lots)
        floor = band_at(bands, holding.notional, lots).floor
        if floor == 0:
            return lots
        low, high = 0, lots
        while high - low > 1:
            middle = (low + high) // 2
            if (lots - middle if bands.by_lots else self.notional(holding, lots - middle)) < floor:
                high = middle
            else:
                low = middle
        self.acts["liquidation.mode=tier_down"] += 1
        return high

    def value(self, holding: Holding, left: int) -> int:
        """The worth at the mark of the rest of a position."""
        item = holding.position.instrument
        signed = left if holding.position.lots > 0 else -left
        price = self.book.marks[item.name].ticks * item.price_step
        return floor_value(item, signed, price, self.book.assets[item.settle].step)

    def notional(self, holding: Holding, left: int) -> int:
        return abs(self.value(holding, left))

    def _after(self, holding: Holding, closed: int) -> tuple[int, int]:
        """(fee, requirement left in ppm) if lots are sold at the mark: the fee is a share of the closed value, half to
        even, once a position."""
        position = holding.position
        left = self.value(holding, abs(position.lots) - closed)
        fee = half_even(self.rules.liquidation_fee * abs(holding.value - left))
        return fee, maintenance_ppm(position.instrument.bands, abs(left), abs(position.lots) - closed)

    def _target(self, unit: Unit, holdings: list[Holding]):
        """Position after position, lot after lot, until the unit's health is the target (ruling 16)."""
        target = self.rules.target_health
        fees, required, wanted = 0, unit.maintenance_ppm, []
        self.acts["liquidation.mode=target_health"] += 1
        for holding in holdings:
            lots, rest = abs(holding.position.lots), required - holding.maintenance_ppm

            def met(closed: int) -> bool:
                fee, own = self._after(holding, closed)
                return (unit.margin_equity - fees - fee) * PPM >= target * (rest + own)

            closed = next((lot for lot in range(lots + 1) if met(lot)), None)
            wanted.append((holding, lots if closed is None else closed))
            if closed is not None:
                break
            fee, own = self._after(holding, lots)
            fees, required = fees + fee, rest + own
        return wanted
