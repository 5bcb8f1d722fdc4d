"""A replay: tick after tick of updates, marks, and passes of scan and waterfall until nothing is left to do.

Written from docs/design.md sections 3, 4 and 7 and its rulings, sharing nothing with the program.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from book import MARK_TICKS_MAX, Book, floor_value, name_order
from decimals import PPM
from margin import BANKRUPT, LIQUIDATABLE, Unit
from waterfall_adl import Loser, waves
from waterfall_close import Closer
from waterfall_fund import Fund
from waterfall_ledger import Ledger, Leg, Plan, released
from waterfall_market import BUY, SELL, Market
from waterfall_owed import fund_pays, socialise
from waterfall_policy import Candidate
from waterfall_rules import Rules
from waterfall_tally import Tally
from waterfall_trade import Closing, half_even, limit_ticks, trade_value

PASSES_MAX = 16


class Replay:
    """The whole state of a venue between ticks, and the plans that each tick made."""

    def __init__(self, book: Book, rules: Rules) -> None:
        self.book, self.rules, self.acts = book, rules, Counter()
        self.ledger = Ledger(book)
        self.market = Market(book, rules, {name: mark.ticks for name, mark in book.marks.items()}, self.acts)
        self.fund = Fund(book, rules, self.acts)
        self.closer = Closer(book, rules, self.acts)
        self.taken_over: dict[str, int] = {}
        self.results: dict[tuple[str, str], dict[str, int]] = {}
        self.open_pnl: dict[tuple[str, str], list[tuple[str, int]]] = {}
        self.plans: list[Plan] = []
        self.now = 0
        self.time = max((mark.as_of or Fraction(0) for mark in book.marks.values()), default=Fraction(0))
        self.guide: list = []
        self.owing: set[tuple[str, str]] = set()
        self.tally = Tally()
        self.rows: dict[int, dict[str, dict[str, int]]] = {}
        self.last_slices: dict[str, int] = {}
        self.haircuts: dict[tuple[str, str], int] = {}

    def post(self, step: str, legs: list[Leg]) -> None:
        plan = Plan(self.now, step, legs)
        self.ledger.post(plan)
        self.plans.append(plan)
        self.tally.plan(plan)

    def tick(self, number: int, marks: dict[str, int], time: Fraction | None = None) -> None:
        """One tick after its updates: the feed's marks, then passes to the fixed point. `time`: the newest of its marks;
        a tick without one is a second after the last, and no tick is before it."""
        self.now = number
        self.time = self.time + 1 if time is None else max(self.time, time)
        for name, ticks in marks.items():
            self.market.feed[name] = ticks
            self.book.marks[name].ticks = ticks
        self.fund.begin_tick()
        self.tally, self.passes = Tally(), 1
        while self.one_pass() and self.passes < PASSES_MAX:
            self.passes += 1
        if self.passes > 1:
            self.acts["cascade"] += 1
        self.rows[number] = self.tally.finish(self)
        self.owing = {(unit.account, unit.name) for unit in self.ledger.units() if unit.equity < 0}

    def one_pass(self) -> bool:
        """Scans and acts; returns whether impact moved a mark, so that another pass is needed."""
        units = self.ledger.units()
        self.tally.scanned(units)
        self.closer.begin_pass(units)
        self.fund.begin_pass()
        flagged = flags_in_order(units)
        self.acts["margin.dust"] += any(unit.is_dust for unit in units)
        if not flagged:
            self.tally.unpaid(self, [])
            self.end_results()
            return False
        self.last_slices, self.haircuts = {}, {}
        self.acts["debt carried over a tick"] += sum(
            not unit.holdings and (unit.account, unit.name) in self.owing for unit in flagged
        )
        self.owing = set()
        self.begin_results(units)
        closings = {id(holding): Closing(holding) for unit in units for holding in unit.holdings}
        for unit in flagged:
            self.cancel(unit)
            self.liquidate(unit, closings)
        if self.rules.adl:
            waves(self, units, closings)
        else:
            self.acts["adl.enabled=false"] += any(unit.state == BANKRUPT and unit.holdings for unit in flagged)
        self.settle_owed(units, flagged)
        self.tally.unpaid(self, flagged)
        self.end_results()
        self.return_isolated()
        return self.move_marks()

    def cancel(self, unit: Unit) -> None:
        """Open orders are cancelled: an instruction that moves nothing."""
        self.post("cancel", [Leg(unit.account, unit.name, "", 0, 0, unit.asset, 0, cause="flagged")])

    def begin_results(self, units: list[Unit]) -> None:
        """The instruments in which units lost, as a pass begins (ruling 9): the results of closed positions are stored
        with a debt, and the pnl of those that a unit holds is added."""
        self.open_pnl = {}
        for unit in units:
            key = (unit.account, unit.name)
            if unit.state != BANKRUPT or unit.is_dust:
                self.results.pop(key, None)
            self.open_pnl[key] = [(holding.position.instrument.name, holding.pnl) for holding in unit.holdings]

    def end_results(self) -> None:
        """As a pass ends, the results of its closings are added to those of units that still owe; the others' are forgotten.

        The result of closed lots is the position's pnl as the pass began, less that of its rest. It does not depend on
        the number of fills."""
        for key in self.results.keys() | self.open_pnl.keys():
            unit = self.ledger.unit(key)
            if unit.equity >= 0:
                self.results.pop(key, None)
                continue
            for name, pnl in self.open_pnl.get(key, []):
                self.add_result(key, name, pnl)
            for holding in unit.holdings:
                self.add_result(key, holding.position.instrument.name, -holding.pnl)
        self.open_pnl = {}

    def add_result(self, key: tuple[str, str], instrument: str, result: int) -> None:
        results = self.results.setdefault(key, {})
        results[instrument] = results.get(instrument, 0) + result

    def lost_in(self, unit: Unit) -> list[str]:
        """The instruments that a cross unit lost in, ascending."""
        key = (unit.account, unit.name)
        sums = dict(self.results.get(key, {}))
        for name, pnl in self.open_pnl[key]:
            sums[name] = sums.get(name, 0) + pnl
        return sorted((name for name, result in sums.items() if result < 0), key=name_order)

    # Market and backstop.

    def liquidate(self, unit: Unit, closings: dict) -> None:
        """A flagged unit: the backstop first if it is below `below_health`, else the market first."""
        if self.backstop_first(unit):
            for holding in self.closer.in_order(unit):
                closing = closings[id(holding)]
                self.take_over(unit, closing, closing.left)
                self.order(unit, closing, closing.left)
            return
        for holding, lots in self.closer.wanted(unit, self.time):
            closing = closings[id(holding)]
            gone = closing.gone
            self.order(unit, closing, lots)
            if self.backstop_after(unit):
                self.take_over(unit, closing, lots - (closing.gone - gone))

    def backstop_first(self, unit: Unit) -> bool:
        """True if the backstop takes this liquidatable unit before the market: strictly below `below_health`."""
        rules = self.rules
        if not rules.backstop or rules.below_health is None or unit.state == BANKRUPT:
            return False
        below = unit.margin_equity * PPM < rules.below_health * unit.maintenance_ppm
        self.acts["backstop.below_health"] += below
        return below

    def backstop_after(self, unit: Unit) -> bool:
        """True if the backstop takes the lots that the market leaves: of bankrupt units by `takes_bankrupt`, of others
        if no `below_health` is given."""
        if not self.rules.backstop:
            return False
        if unit.state == BANKRUPT:
            self.acts["backstop.takes_bankrupt=false"] += not self.rules.takes_bankrupt
            return self.rules.takes_bankrupt
        return self.rules.below_health is None

    def order(self, unit: Unit, closing: Closing, lots: int) -> None:
        """One order on the market, with its limit, filled slice by slice."""
        item = closing.position.instrument
        if not self.market.open(item) or lots <= 0:
            return
        may_lose = 0
        pot = self.fund.name(unit.asset, item.name)
        if unit.state == BANKRUPT:
            may_lose = self.fund.may_pay(pot, unit.account)
        limit = limit_ticks(self.book, closing.position, closing.left, Fraction(closing.worth_left - may_lose))
        direction = SELL if closing.lots > 0 else BUY
        for traded in self.market.order(item, direction, lots, limit, self.time):
            self.fill(unit, closing, traded.lots, traded.ticks)
            self.last_slices[item.name] = traded.ticks

    def close_leg(self, unit: Unit, closing: Closing, lots: int, worth: int) -> Leg:
        """The leg of the unit whose lots leave at a worth."""
        position = closing.position
        signed = lots if closing.lots > 0 else -lots
        cost = released(position.cost, position.lots, lots)
        name = position.instrument.name
        return Leg(unit.account, unit.name, name, -signed, -cost, unit.asset, worth - cost,
                   side=position.side)

    def fill(self, unit: Unit, closing: Closing, lots: int, ticks: int) -> None:
        """Lots sold on the market: the fund pays below the bankruptcy value, fee and surplus come off above it."""
        item = closing.position.instrument
        signed = lots if closing.lots > 0 else -lots
        worth = trade_value(self.book, item, signed, ticks)
        part = closing.part(lots)
        closing.gone += lots
        leg = self.close_leg(unit, closing, lots, worth)
        leg.price = ticks
        legs = [leg, Leg("market", "", item.name, signed, worth, unit.asset, 0, ticks)]
        for account, amount in self.gap_payments(unit, item.name, worth, part).items():
            legs.append(Leg(account, "", "", 0, 0, unit.asset, amount))
            leg.amount -= amount
        for one in legs:
            one.cause = "shortfall" if worth < part else "surplus"
        self.post("liquidate", legs)

    def gap_payments(self, unit: Unit, instrument: str, worth: int, part: int) -> dict[str, int]:
        """The amounts that `fees` and the fund get of a fill above the bankruptcy value, or that the fund pays below it."""
        rules, gap = self.rules, worth - part
        pot = self.fund.name(unit.asset, instrument)
        if gap < 0:
            self.fund.binding(pot, unit.account, -gap)
            paid = min(-gap, self.fund.may_pay(pot, unit.account))
            self.fund.pay(pot, unit.account, paid)
            return {"fund": -paid}
        fee = min(gap, half_even(rules.liquidation_fee * abs(worth)))
        rest = gap - fee
        self.tally.of(unit.asset)["surplus"] += rest
        got = {"fees": 0, "fund": 0}
        if fee:
            self.acts["liquidation.liquidation_fee"] += 1
            self.acts[f"liquidation.fee_to={rules.fee_to}"] += 1
            got[rules.fee_to] += fee
        if rest:
            self.acts[f"liquidation.surplus_to={rules.surplus_to}"] += 1
            got["fund"] += rest if rules.surplus_to == "fund" else 0
        self.fund.receive(pot, got["fund"])
        return got

    def take_over(self, unit: Unit, closing: Closing, lots: int) -> None:
        """The backstop takes lots at their part of BV while its capacity lasts (ruling 14)."""
        if lots <= 0:
            return
        most = lots
        if self.rules.capacity is not None:
            left = self.rules.capacity / self.book.assets[unit.asset].step - self.taken_over.get(unit.asset, 0)
            one = closing.exact_part(1)
            bearable = (left / one).__floor__() if one else lots  # At a price of 0 lots cost nothing.
            most = min(lots, bearable) if left > 0 else 0
            if most < lots:
                self.acts["backstop.capacity"] += 1
        if most == 0:
            return
        worth = closing.part(most)
        self.taken_over[unit.asset] = self.taken_over.get(unit.asset, 0) + abs(worth)
        signed = most if closing.lots > 0 else -most
        closing.gone += most
        leg = self.close_leg(unit, closing, most, worth)
        leg.cause = "taken over"
        self.acts["backstop.enabled"] += 1
        self.post("backstop", [leg, Leg("backstop", "", leg.instrument, signed, worth, unit.asset, 0, cause="taken over")])

    # ADL.

    def deleverage(self, loser: Loser, winner: Candidate, lots: int, lacks: int | None) -> int:
        """A winner takes lots over at the loser's part of BV, or at the mark if the fund pays the amount that `lacks`,
        and closes as many of its own. Returns the haircut: the amount that it gives up against the mark."""
        closing, unit = loser.closing, loser.unit
        part = closing.part(lots)
        closing.gone += lots
        worth = part if lacks is None else part - lacks
        lose = self.close_leg(unit, closing, lots, worth)
        held = self.ledger.of(winner.key[0], winner.instrument, winner.side)
        cost = released(held.cost, held.lots, lots)
        signed = lots if held.lots > 0 else -lots
        win = Leg(*winner.key, winner.instrument, -signed, -cost, unit.asset, -worth - cost, side=winner.side)
        legs = [lose, win]
        for leg in legs:
            leg.price = self.event_price(lose, worth)
        if lacks is not None:
            self.acts["adl.price=mark"] += 1
            lose.price = win.price = self.book.marks[winner.instrument].ticks
            if lacks > 0:
                self.fund.pay(self.fund.name(unit.asset, winner.instrument), unit.account, lacks)
            legs.append(Leg("fund", "", "", 0, 0, unit.asset, -lacks))
            lose.amount += lacks
        for leg in legs:
            leg.cause = "deleveraged"
        self.post("adl", legs)
        haircut = 0 if lacks is not None else part - self.floor_value(closing, lots)
        row = self.tally.of(unit.asset)
        row["adl"] += abs(worth)
        row["adl_haircut"] += haircut
        self.haircuts[winner.key] = self.haircuts.get(winner.key, 0) + haircut
        return haircut

    def floor_value(self, closing: Closing, lots: int) -> int:
        """The value at the mark of some lots of a position."""
        item = closing.position.instrument
        signed = lots if closing.lots > 0 else -lots
        price = self.book.marks[item.name].ticks * item.price_step
        return floor_value(item, signed, price, self.book.assets[item.settle].step)

    def lacks_at_mark(self, loser: Loser, lots: int) -> int | None:
        """With `adl.price = "mark"`: the amount that the fund would pay so that lots are closed at the mark (ruling 4);
        None if they are closed at BV."""
        if self.rules.adl_price != "mark":
            return None
        closing, unit = loser.closing, loser.unit
        item = closing.position.instrument
        signed = lots if closing.lots > 0 else -lots
        lacks = closing.part(lots) - trade_value(self.book, item, signed, self.book.marks[item.name].ticks)
        pot = self.fund.name(unit.asset, item.name)
        return lacks if 0 < lacks <= self.fund.may_pay(pot, unit.account) else None

    def event_price(self, leg: Leg, worth: int) -> int:
        """The price of a fill's own part of BV, on the price step towards the loser's loss (ruling 5)."""
        item = self.book.instruments[leg.instrument]
        contracts = -leg.size * item.size_step * item.contract_size
        money = worth * self.book.assets[item.settle].step
        if money == 0 and not item.below_zero:
            return MARK_TICKS_MAX if item.kind == "inverse" else 1
        exact = (-contracts / money if item.kind == "inverse" else money / contracts) / item.price_step
        ticks = exact.__ceil__() if leg.side == "long" else exact.__floor__()
        return min(max(ticks, -MARK_TICKS_MAX if item.below_zero else 1), MARK_TICKS_MAX)

    # The end of a pass.

    def settle_owed(self, units: list[Unit], flagged: list[Unit]) -> None:
        """The fund pays in the order of flags, then losses are socialised asset by asset."""
        for unit in flagged:
            if unit.state == BANKRUPT:
                fund_pays(self, unit)
        for asset in sorted({unit.asset for unit in units}, key=name_order):
            socialise(self, units, asset)

    def move_marks(self) -> bool:
        """Applies the lasting impact to marks (ruling 18); returns whether a mark moved."""
        moved = False
        for name, last in self.last_slices.items():
            ticks = self.market.mark_after(self.book.instruments[name], last)
            if ticks != self.book.marks[name].ticks:
                moved = True
                self.acts["market.permanent"] += 1
                self.book.marks[name].ticks = ticks
        return moved

    def return_isolated(self) -> None:
        """Returns the money of isolated units without a position to their accounts (ruling 19)."""
        for account, unit, asset, amount in self.ledger.sweep_isolated():
            if amount:
                self.post("update", [
                    Leg(account, unit, "", 0, 0, asset, -amount, cause="margin returned"),
                    Leg(account, self.ledger.cross(asset), "", 0, 0, asset, amount, cause="margin returned"),
                ])
            del self.ledger.money[account, unit]


def flags_in_order(units: list[Unit]) -> list[Unit]:
    """Bankrupt first, then printed health (blank first, then up), account, unit (section 7, flagged)."""

    def order(unit: Unit):
        health = unit.health_millionths
        return (-unit.state, health is not None, health or 0, name_order(unit.account), name_order(unit.name))

    flagged = [unit for unit in units if unit.state in (LIQUIDATABLE, BANKRUPT) and not unit.held and not unit.is_dust]
    return sorted(flagged, key=order)
