"""Values, tiers, risk units, their state, the split, allotment and bankruptcy (docs/design.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from book import MARK_TICKS_MAX, Band, Book, Instrument, Position, floor_value, name_order
from decimals import PPM, BadData, ceil_div

HEALTHY, MARGIN_CALL, LIQUIDATABLE, BANKRUPT = range(4)
STATES = ("healthy", "margin_call", "liquidatable", "bankrupt")


@dataclass
class Holding:
    """A position with every figure of a scan; money in value steps, prices in ticks."""

    position: Position
    value: int
    notional: int
    maintenance_ppm: int
    initial_ppm: int
    allotted: int = 0
    bankruptcy_value: int = 0
    clamped: bool = False
    uncovered: int = 0
    bankruptcy_ticks: int | None = None
    liquidation_ticks: int | None = None
    score: float = 0.0
    lights: int | None = None

    @property
    def pnl(self) -> int:
        return self.value - self.position.cost

    @property
    def maintenance(self) -> int:
        """The maintenance requirement as reported: rounded up to the step."""
        return ceil_div(self.maintenance_ppm, PPM)

    @property
    def initial(self) -> int:
        return ceil_div(self.initial_ppm, PPM)


@dataclass
class Unit:
    """A risk unit: positions that are margined together (section 2).

    `own_balance` is the balance of its own asset (the isolated margin of an isolated unit);
    `other_balances` are the further collateral assets of a unit in `multi`.
    """

    account: str
    name: str
    asset: str
    isolated: bool
    own_balance: int = 0
    other_balances: dict[str, int] = field(default_factory=dict)
    holdings: list[Holding] = field(default_factory=list)
    equity: int = 0
    margin_equity: int = 0
    state: int = HEALTHY
    held: bool = False
    dust_below: int = 0

    @property
    def pnl(self) -> int:
        return sum(holding.pnl for holding in self.holdings)

    @property
    def maintenance_ppm(self) -> int:
        return sum(holding.maintenance_ppm for holding in self.holdings)

    @property
    def maintenance(self) -> int:
        """Rounded once, after summing, up (section 3, Tiers)."""
        return ceil_div(self.maintenance_ppm, PPM)

    @property
    def initial(self) -> int:
        return ceil_div(sum(holding.initial_ppm for holding in self.holdings), PPM)

    @property
    def free(self) -> int:
        return self.margin_equity - self.initial

    @property
    def deficit(self) -> int:
        return max(0, -self.equity)

    @property
    def is_dust(self) -> bool:
        """Bankrupt without a position, by less than the amount from which the venue acts: neither flagged nor paid for."""
        return self.state == BANKRUPT and not self.held and not self.holdings and self.deficit < self.dust_below

    @property
    def health_millionths(self) -> int | None:
        """margin equity / MM in millionths, rounded down; None if MM is 0."""
        if self.maintenance_ppm == 0:
            return None
        return self.margin_equity * PPM * PPM // self.maintenance_ppm


def band_at(bands: list[Band], notional, lots: int) -> Band:
    """The band that a position lies in, its floor included."""
    key = abs(lots) if getattr(bands, "by_lots", False) else notional
    return max((band for band in bands if band.floor <= key), key=lambda band: band.floor)


def maintenance_ppm(bands: list[Band], notional, lots: int = 0):
    """Sum over bands of rate x part of notional in the band, in step x 1e-6 (section 3, Tiers); or the rate of the band
    on all of it (second edition).

    `notional` may be an integer or, for the liquidation price, a fraction.
    """
    if getattr(bands, "whole", False):
        return band_at(bands, notional, lots).maintenance_ppm * notional
    total = 0
    for index, band in enumerate(bands):
        top = bands[index + 1].floor if index + 1 < len(bands) else notional
        part = min(notional, top) - band.floor
        if part > 0:
            total += band.maintenance_ppm * part
    return total


def initial_ppm(bands: list[Band], notional: int, lots: int = 0) -> int:
    """notional x initial rate of the band the notional lies in, its floor included (section 3)."""
    return band_at(bands, notional, lots).initial_ppm * notional


def split(total: int, weights: list[int]) -> list[int]:
    """Part i = floor(T x C_i / W) - floor(T x C_(i-1) / W); all weights zero: all count 1."""
    if not any(weights):
        weights = [1] * len(weights)
    whole_weight, running, parts = sum(weights), 0, []
    for weight in weights:
        before = total * running // whole_weight
        running += weight
        parts.append(total * running // whole_weight - before)
    return parts


def asset_price(book: Book, asset: str) -> tuple[Fraction, str | None]:
    """The price of a collateral asset in the quote and the spot instrument it ticks with, if any.

    The quote is worth 1; any other asset with a balance has exactly one of a fixed price and a
    marked spot instrument (section 3, Collateral).
    """
    if asset == book.quote:
        return Fraction(1), None
    spots = [
        item
        for item in book.instruments.values()
        if item.kind == "spot" and item.base == asset and item.name in book.marks
    ]
    fixed_price = book.assets[asset].price
    if len(spots) + (fixed_price is not None) != 1:
        raise BadData(f"asset {asset}: needs exactly one of a price and a spot mark")
    if fixed_price is not None:
        return fixed_price, None
    return book.marks[spots[0].name].ticks * spots[0].price_step, spots[0].name


def shown_price(book: Book, asset: str, held: set[str]) -> Fraction | None:
    """The price of one of an asset in the quote: 1 for the quote itself, its fixed price, or the mark of its first spot
    instrument; None if there is none, or if that mark is too old."""
    if asset == book.quote:
        return Fraction(1)
    if book.assets[asset].price is not None:
        return book.assets[asset].price
    spots = sorted((item for item in book.instruments.values() if item.kind == "spot" and item.base == asset and item.name in book.marks),
                   key=lambda item: name_order(item.name))
    if not spots or spots[0].name in held:
        return None
    return book.marks[spots[0].name].ticks * spots[0].price_step


def in_quote(book: Book, asset: str, amount: int) -> Fraction:
    """An amount of an asset, unrounded, in value steps of the quote."""
    price, _ = asset_price(book, asset)
    return amount * book.assets[asset].step * price / book.assets[book.quote].step


def weight_ppm(book: Book, asset: str, amount) -> int:
    """`asset_weight` if the balance is positive, `liability_weight` if it is negative."""
    item = book.assets[asset]
    return item.asset_weight_ppm if amount > 0 else item.liability_weight_ppm


def weighted(book: Book, asset: str, amount: int) -> int:
    """floor(B x price x weight): one asset's part of margin equity in `multi`."""
    return (in_quote(book, asset, amount) * weight_ppm(book, asset, amount) / PPM).__floor__()


def is_multi(book: Book, unit: Unit) -> bool:
    """Isolated units and `single` have no weights (section 3, Collateral)."""
    return book.multi and not unit.isolated


def set_equity(book: Book, unit: Unit) -> None:
    """Equity and margin equity of a unit (section 2, Words; section 3, Collateral)."""
    own = unit.own_balance + unit.pnl
    unit.equity = unit.margin_equity = own
    if is_multi(book, unit):
        others = {asset: amount for asset, amount in unit.other_balances.items() if amount != 0}
        unit.equity = own + sum(in_quote(book, asset, amount).__floor__() for asset, amount in others.items())
        unit.margin_equity = weighted(book, unit.asset, own) + sum(
            weighted(book, asset, amount) for asset, amount in others.items()
        )


def state_of(book: Book, unit: Unit) -> int:
    """The worst state that applies; equality is safe (section 3, State of a unit)."""
    if unit.equity < 0:
        return BANKRUPT
    if unit.margin_equity * PPM < unit.maintenance_ppm:
        return LIQUIDATABLE
    if unit.margin_equity * PPM * PPM < book.margin_call_ppm * unit.maintenance_ppm:
        return MARGIN_CALL
    return HEALTHY


def allot(unit: Unit) -> None:
    """|equity| split over the positions by MM rounded up, or by notional if all are zero, and the
    sign put back (section 3, Allotment)."""
    weights = [holding.maintenance for holding in unit.holdings]
    if not any(weights):
        weights = [holding.notional for holding in unit.holdings]
    sign = -1 if unit.equity < 0 else 1
    for holding, part in zip(unit.holdings, split(abs(unit.equity), weights)):
        holding.allotted = sign * part


def set_bankruptcy(unit: Unit, holding: Holding, step: Fraction) -> None:
    """Bankruptcy value, clamped, and bankruptcy price on the price step (section 3, Allotment).

    The value keeps its sign by being clamped to the values at 1 and at 2^40 price steps; 0 is
    clamped too. If marks below zero are admitted, the lower end is -2^40 and 0 is a price like any other. The price rounds up for a long and down for a short, and is itself kept within 1
    and 2^40 ticks. It is blank when clamped with equity > 0: the position cannot go bankrupt.
    """
    item, lots = holding.position.instrument, holding.position.lots
    least = -MARK_TICKS_MAX if item.below_zero else 1
    ends = [floor_value(item, lots, ticks * item.price_step, step) for ticks in (least, MARK_TICKS_MAX)]
    wanted = holding.value - holding.allotted
    holding.bankruptcy_value = min(max(wanted, min(ends)), max(ends))
    holding.uncovered = abs(wanted - holding.bankruptcy_value)
    holding.clamped = (wanted == 0 and not item.below_zero) or wanted != holding.bankruptcy_value
    if holding.clamped and unit.equity > 0:
        return
    if holding.bankruptcy_value == 0 and not item.below_zero:
        holding.bankruptcy_ticks = MARK_TICKS_MAX if item.kind == "inverse" else 1
        return
    contracts = lots * item.size_step * item.contract_size
    worth = holding.bankruptcy_value * step
    price = -contracts / worth if item.kind == "inverse" else worth / contracts
    ticks = price / item.price_step
    rounded = ticks.__ceil__() if lots > 0 else ticks.__floor__()
    holding.bankruptcy_ticks = min(max(rounded, least), MARK_TICKS_MAX)


def held_instruments(book: Book, as_of: Fraction | None) -> set[str]:
    """Instruments whose mark is older than `max_mark_age`, or has no `as_of` (section 3, Stale marks)."""
    if book.max_mark_age is None:
        return set()
    seen = [mark.as_of for mark in book.marks.values() if mark.as_of is not None]
    now = as_of if as_of is not None else max(seen, default=None)
    held = set()
    for name in book.instruments:
        mark = book.marks.get(name)
        if mark is None or mark.as_of is None or now - mark.as_of > book.max_mark_age:
            held.add(name)
    return held


def is_held(book: Book, unit: Unit, held: set[str]) -> bool:
    """A unit with a position in a held instrument, or with a balance priced by one, is held."""
    if any(holding.position.instrument.name in held for holding in unit.holdings):
        return True
    if not is_multi(book, unit):
        return False
    return any(
        asset_price(book, asset)[1] in held for asset, amount in unit.other_balances.items() if amount != 0
    )


def hold(book: Book, position: Position) -> Holding:
    """A position valued at its mark and tiered on its own notional (section 3)."""
    item: Instrument = position.instrument
    price = book.marks[item.name].ticks * item.price_step
    value = floor_value(item, position.lots, price, book.assets[item.settle].step)
    notional = abs(value)
    return Holding(
        position, value, notional, maintenance_ppm(item.bands, notional, position.lots),
        initial_ppm(item.bands, notional, position.lots),
    )


def make_units(book: Book) -> list[Unit]:
    """Every risk unit with its balances and positions: by account, then unit name; the positions of
    a unit by instrument, long before short (sections 2 and 3)."""
    units: dict[tuple[str, str], Unit] = {}

    def cross(account: str, asset: str) -> Unit:
        own = book.quote if book.multi else asset
        return units.setdefault((account, f"cross:{own}"), Unit(account, f"cross:{own}", own, False))

    for (account, asset), amount in book.balances.items():
        unit = cross(account, asset)
        if asset == unit.asset:
            unit.own_balance = amount
        else:
            unit.other_balances[asset] = amount
    for position in book.positions:
        item = position.instrument
        if position.isolated_margin is None:
            unit = cross(position.account, item.settle)
        else:
            name = f"isolated:{item.name}:{position.side}"
            unit = Unit(position.account, name, item.settle, True, position.isolated_margin)
            units[position.account, name] = unit
        unit.holdings.append(hold(book, position))
    for (account, name), amount in book.bare.items():
        if amount != 0:
            settle = book.instruments[name.split(":", 1)[1].rsplit(":", 1)[0]].settle
            units[account, name] = Unit(account, name, settle, True, amount)
    for unit in units.values():
        unit.holdings.sort(
            key=lambda holding: (name_order(holding.position.instrument.name), holding.position.lots < 0)
        )
    return sorted(units.values(), key=lambda unit: (name_order(unit.account), name_order(unit.name)))


def evaluate(book: Book, as_of: Fraction | None = None) -> list[Unit]:
    """Every unit judged: equity, state, held, allotment and bankruptcy values."""
    held = held_instruments(book, as_of)
    units = make_units(book)
    for unit in units:
        set_equity(book, unit)
        unit.state = state_of(book, unit)
        unit.held = is_held(book, unit, held)
        unit.dust_below = book.dust.get(unit.asset, 0)
        allot(unit)
        for holding in unit.holdings:
            set_bankruptcy(unit, holding, book.assets[unit.asset].step)
    return units
