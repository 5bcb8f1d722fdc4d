"""Auto-deleveraging: waves, the overlap check, who hands what to whom (DESIGN.md sections 3 and 4; rulings 1 to 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from book import exact_value, name_order
from margin import BANKRUPT, Unit
from rank import Entry, ladder_of, score_of
from waterfall_min_max import followed
from waterfall_policy import Candidate, allocate
from waterfall_trade import Closing

OPPOSITE = {"long": "short", "short": "long"}


@dataclass
class Loser:
    """A bankrupt unit's position on its way to ADL."""

    unit: Unit
    closing: Closing
    out: set[tuple[str, str]] = field(default_factory=set)


class Wave:
    """The losers of one side of one instrument, and the ladder that they ask."""

    def __init__(self, replay, instrument: str, side: str, losers: list[Loser], ladder: list[Entry]) -> None:
        self.replay, self.rules, self.acts = replay, replay.rules, replay.acts
        self.item = replay.book.instruments[instrument]
        self.side, self.losers = side, losers
        self.candidates = [
            Candidate((entry.unit.account, entry.unit.name), instrument, OPPOSITE[side], entry.lots)
            for entry in ladder
        ]

    def mark_value(self, loser: Loser, lots: int) -> Fraction:
        """The unrounded worth of a loser's lots at the mark."""
        signed = lots if loser.closing.lots > 0 else -lots
        price = self.replay.book.marks[self.item.name].ticks * self.item.price_step
        return exact_value(self.item, signed, price, self.replay.book.assets[self.item.settle].step)

    def haircut(self, loser: Loser, lots: int) -> Fraction:
        """What `lots` at the loser's bankruptcy value cost their winner against the mark, unrounded."""
        part = loser.closing.exact_part(lots)
        return (part if loser.closing.bankruptcy_value >= 0 else -part) - self.mark_value(loser, lots)

    def bearable(self, loser: Loser, winner: Candidate, lots: int) -> int:
        """The largest number of lots, up to `lots`, that leaves the winner's equity at or above zero."""
        equity = self.replay.ledger.unit(winner.key).equity
        one = self.haircut(loser, 1)
        if equity < 0:
            return 0
        if one <= 0:
            return lots
        most = min(lots, (equity / one).__floor__())
        if most < lots:
            self.acts["adl.overlap"] += 1
        if most and one * most == equity:
            self.acts["adl.overlap:exactly_zero"] += 1
        return most

    def refresh(self) -> None:
        """Figures of now, for the policy that is asked (ruling 2)."""
        for one in self.candidates:
            unit = self.replay.ledger.unit(one.key)
            one.equity, one.notional, one.pnl = unit.equity, 0, 0
            for holding in unit.holdings:
                if holding.position.instrument is self.item and holding.position.side == one.side:
                    one.notional, one.pnl = holding.notional, holding.pnl

    def ask(self, losers: list[Loser]) -> list[int]:
        """Lots that the policy asks of each candidate for these losers together."""
        demand = sum(loser.closing.left for loser in losers)
        haircut = sum((self.haircut(loser, loser.closing.left) for loser in losers), Fraction(0))
        self.refresh()
        barred = [all(self.barred(loser, one) for loser in losers) for one in self.candidates]
        free = [one for one, out in zip(self.candidates, barred) if not out and one.lots > 0]
        given = dict(zip(map(id, free), allocate(self.rules.policy, self.rules.policy_number, demand, haircut, free)))
        return [given.get(id(one), 0) for one in self.candidates]

    def barred(self, loser: Loser, winner: Candidate) -> bool:
        if winner.key[0] == loser.unit.account:
            self.acts["adl.own_account"] += 1
            return True
        return winner.key in loser.out

    def match(self, loser: Loser, asked: list[int]) -> int:
        """Hands the loser's lots to those who were asked, in ladder order; returns how many went."""
        went = 0
        for place, winner in enumerate(self.candidates):
            wanted = min(asked[place], loser.closing.left, winner.lots)
            if wanted <= 0 or self.barred(loser, winner):
                continue
            lots = self.bearable(loser, winner, wanted)
            if lots < wanted:
                loser.out.add(winner.key)
            if lots == 0:
                continue
            haircut = self.haircut(loser, lots)
            self.replay.deleverage(loser, winner, lots)
            winner.taken_profit += max(0, haircut.__ceil__())
            winner.lots -= lots
            asked[place] -= lots
            went += lots
        return went

    def run(self) -> None:
        """The policy is asked for the whole side first, then for each loser with lots left, until nothing moves."""
        if self.rules.policy == "min_max":
            followed(self)
            return
        asked = self.ask(self.losers)
        for loser in self.losers:
            self.match(loser, asked)
        for loser in self.losers:
            while loser.closing.left > 0:
                asked = self.ask([loser])
                if not any(asked):
                    break
                out = len(loser.out)
                if self.match(loser, asked) == 0 and len(loser.out) == out:
                    break


def waves(replay, units: list[Unit], closings: dict) -> None:
    """Instruments ascending, long losers first; scores are those of the pass's scan."""
    entries: dict[tuple[str, str], list[Entry]] = {}
    for unit in units:
        for holding in unit.holdings:
            holding.score = score_of(replay.book, unit, holding)
            position = holding.position
            entries.setdefault((position.instrument.name, position.side), []).append(Entry(unit, holding))
    for name in sorted(replay.book.instruments, key=name_order):
        for side in ("long", "short"):
            losers = [
                Loser(entry.unit, closings[id(entry.holding)])
                for entry in entries.get((name, side), [])
                if entry.unit.state == BANKRUPT and closings[id(entry.holding)].left > 0
            ]
            if losers:
                ladder = ladder_of(entries.get((name, OPPOSITE[side]), []))
                Wave(replay, name, side, losers, ladder).run()
