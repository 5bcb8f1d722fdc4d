"""Scores, the ladder, lights, demand and cover (docs/design.md section 3)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from book import Book, name_order
from margin import BANKRUPT, HEALTHY, MARGIN_CALL, Holding, Unit, in_quote, is_multi, split

SIDES = ("long", "short")


@dataclass
class Entry:
    """A position with the unit it belongs to."""

    unit: Unit
    holding: Holding

    @property
    def lots(self) -> int:
        return abs(self.holding.position.lots)


@dataclass
class Fill:
    """One step of the cover: a loser's lots taken over by a winner at the bankruptcy value."""

    loser: Entry
    winner: Entry
    lots: int
    value: int


@dataclass
class Market:
    """The result of a scan for one instrument: its ladders, demand and cover, by side."""

    longs: int
    shorts: int
    long_lots: int
    short_lots: int
    ladders: dict[str, list[Entry]]
    demand: dict[str, int]
    fills: dict[str, list[Fill]]
    deficit: int


def return_on_cost(holding: Holding) -> float:
    """r = double(pnl) / double(|cost|); cost 0: +inf, 0, -inf by the sign of pnl."""
    pnl, cost = holding.pnl, abs(holding.position.cost)
    if cost == 0:
        return math.inf if pnl > 0 else -math.inf if pnl < 0 else 0.0
    return float(pnl) / float(cost)


def leverage(unit: Unit, holding: Holding) -> float:
    """l = double(notional) / double(equity); equity <= 0: +inf."""
    return float(holding.notional) / float(unit.equity) if unit.equity > 0 else math.inf


def pnl_leverage(unit: Unit, holding: Holding) -> float:
    """r >= 0: r x l, else r / l; r = 0: 0; r < 0 with l = +inf: 0, with l = 0: -inf."""
    r, l = return_on_cost(holding), leverage(unit, holding)
    if r == 0:
        return 0.0
    if r > 0:
        return r * l
    if l == 0:
        return -math.inf
    return 0.0 if math.isinf(l) else r / l


def binance_balance(book: Book, unit: Unit) -> int:
    """The unit's balance for the binance score: in `multi` the sum of floor(B x price) without pnl."""
    if not is_multi(book, unit):
        return unit.own_balance
    others = sum(
        in_quote(book, asset, amount).__floor__() for asset, amount in unit.other_balances.items() if amount != 0
    )
    return unit.own_balance + others


def binance(book: Book, unit: Unit, holding: Holding) -> float:
    """max(0, pnl) / max(one whole unit, balance) x (MM / equity), MM of the unit; equity <= 0: 0."""
    if unit.equity <= 0:
        return 0.0
    base = max(10 ** book.assets[unit.asset].digits, binance_balance(book, unit))
    return float(max(0, holding.pnl)) / float(base) * (float(unit.maintenance) / float(unit.equity))


def hyperliquid(book: Book, unit: Unit, holding: Holding) -> float:
    """g x l with g: linear long n / c, short c / n; inverse the reverse; 0 if n or c is 0."""
    n, c = holding.notional, abs(holding.position.cost)
    if n == 0 or c == 0:
        return 0.0
    if book.marks[holding.position.instrument.name].ticks < 0:
        g = 1.0 + return_on_cost(holding)  # Below zero neither ratio measures the gain.
        return g * leverage(unit, holding) if g > 0 else 0.0
    gains_with_notional = (holding.position.lots > 0) == (holding.position.instrument.kind != "inverse")
    g = float(n) / float(c) if gains_with_notional else float(c) / float(n)
    return g * leverage(unit, holding)


def score_of(book: Book, unit: Unit, holding: Holding) -> float:
    """The score of section 3's table that `[adl] score` names; -0 becomes +0."""
    position = holding.position
    match book.score:
        case "pnl_leverage":
            score = pnl_leverage(unit, holding)
        case "binance":
            score = binance(book, unit, holding)
        case "hyperliquid":
            score = hyperliquid(book, unit, holding)
        case "pnl":
            score = float(holding.pnl) / float(10 ** book.assets[unit.asset].digits)
        case "return":
            score = return_on_cost(holding)
        case "leverage":
            score = leverage(unit, holding)
        case "size":
            score = float(abs(position.lots)) * float(position.instrument.size_step_text)
        case _:
            score = position.given
    assert not math.isnan(score)
    return score + 0.0 if score else 0.0


def may_be_listed(unit: Unit) -> bool:
    """The ladder has the positions of units that are healthy or margin-called and not held."""
    return unit.state in (HEALTHY, MARGIN_CALL) and not unit.held


def ladder_of(entries: list[Entry]) -> list[Entry]:
    """The total order: score descending, then account, then unit name; sets the lights."""
    ladder = sorted(
        (entry for entry in entries if may_be_listed(entry.unit)),
        key=lambda entry: (-entry.holding.score, name_order(entry.unit.account), name_order(entry.unit.name)),
    )
    all_lots, ahead = sum(entry.lots for entry in ladder), 0
    for entry in ladder:
        entry.holding.lights = 5 - 5 * ahead // all_lots
        ahead += entry.lots
    return ladder


def cover(losers: list[Entry], ladder: list[Entry]) -> list[Fill]:
    """Losers ascending (account, unit); each takes from the first ladder entry with lots left whose
    account differs from its own; skipped entries stay for later losers (section 3, Cover).

    Each fill carries the split part of |BV| by cumulative lots of the loser's position.
    """
    left, fills = [entry.lots for entry in ladder], []
    losers = sorted(losers, key=lambda entry: (name_order(entry.unit.account), name_order(entry.unit.name)))
    for loser in losers:
        taken: list[tuple[Entry, int]] = []
        wanted = loser.lots
        for index, winner in enumerate(ladder):
            lots = min(wanted, left[index])
            if lots == 0 or winner.unit.account == loser.unit.account:
                continue
            left[index] -= lots
            wanted -= lots
            taken.append((winner, lots))
        parts = split(abs(loser.holding.bankruptcy_value), [lots for _, lots in taken] + [wanted])
        fills += [Fill(loser, winner, lots, part) for (winner, lots), part in zip(taken, parts)]
    return fills


def market_of(entries: list[Entry]) -> Market:
    """One instrument's sides, ladders, demand, cover and the deficit of its bankrupt positions."""
    sides = {side: [entry for entry in entries if entry.holding.position.side == side] for side in SIDES}
    bankrupt = {
        side: [entry for entry in sides[side] if entry.unit.state == BANKRUPT and not entry.unit.held]
        for side in SIDES
    }
    ladders = {side: ladder_of(sides[side]) for side in SIDES}
    opposite = {"long": "short", "short": "long"}
    return Market(
        longs=len(sides["long"]),
        shorts=len(sides["short"]),
        long_lots=sum(entry.lots for entry in sides["long"]),
        short_lots=sum(entry.lots for entry in sides["short"]),
        ladders=ladders,
        demand={side: sum(entry.lots for entry in bankrupt[opposite[side]]) for side in SIDES},
        fills={side: cover(bankrupt[opposite[side]], ladders[side]) for side in SIDES},
        deficit=sum(abs(entry.holding.allotted) for side in SIDES for entry in bankrupt[side]),
    )


def rank(book: Book, units: list[Unit]) -> dict[str, Market]:
    """Every instrument's market, in name order; sets score and lights of every position."""
    entries: dict[str, list[Entry]] = {name: [] for name in sorted(book.instruments, key=name_order)}
    for unit in units:
        for holding in unit.holdings:
            holding.score = score_of(book, unit, holding)
            entries[holding.position.instrument.name].append(Entry(unit, holding))
    return {name: market_of(found) for name, found in entries.items()}
