"""Auto-deleveraging: waves, the overlap check, the matching of losers and winners (docs/design.md section 4, rulings 1
to 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from book import exact_value, name_order
from margin import BANKRUPT, Unit
from rank import Entry, ladder_of, score_of
from waterfall_ledger import unit_key
from waterfall_min_max import followed
from waterfall_policy import Candidate, allocate
from waterfall_trade import Closing

OPPOSITE = {"long": "short", "short": "long"}


@dataclass
class Loser:
    """A bankrupt unit's position in ADL."""

    unit: Unit
    closing: Closing
    out: set[tuple[str, str]] = field(default_factory=set)


class Wave:
    """The losers of one side of one instrument, and the ladder that they ask."""

    def __init__(self, replay, instrument: str, side: str, losers: list[Loser], ladder: list[Entry]) -> None:
        self.replay, self.rules, self.acts = replay, replay.rules, replay.acts
        self.item = replay.book.instruments[instrument]
        self.side, self.losers, self.alone = side, losers, False
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
        """The cost of `lots` at the loser's bankruptcy value to their winner against the mark, unrounded."""
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
        losers = [loser for loser in losers if loser.closing.left]
        demand = sum(loser.closing.left for loser in losers)
        haircut = max(0, sum(self.gap(loser) for loser in losers))
        self.refresh()
        free = [
            one for one in self.candidates
            if one.lots > 0 and not all(one.key in loser.out for loser in losers)
            and not (len(losers) == 1 and self.alone and one.key[0] == losers[0].unit.account)
        ]
        given = allocate(self.rules.policy, self.rules.policy_number, demand, Fraction(haircut), free)
        if any(given) and given != allocate("queue", None, demand, Fraction(haircut), free):
            self.acts[f"adl.policy={self.rules.policy}"] += 1
        elif any(given) and self.rules.policy == "queue":
            self.acts["adl.policy=queue"] += len(free) > 1
        asked = dict(zip(map(id, free), given))
        return [asked.get(id(one), 0) for one in self.candidates]

    def gap(self, loser: Loser) -> int:
        """The worth of the loser's remaining lots at BV, less their value at the mark."""
        closing = loser.closing
        return closing.part(closing.left) - self.mark_value(loser, closing.left).__floor__()

    def match(self, loser: Loser, asked: list[int]) -> tuple[int, bool]:
        """Hands the loser's lots to the asked winners, in ladder order. Returns how many were taken, and whether a
        winner could not bear its part."""
        went, met = 0, False
        for place, winner in enumerate(self.candidates):
            wanted = min(asked[place], loser.closing.left, winner.lots)
            if wanted <= 0 or winner.key in loser.out:
                continue
            if winner.key[0] == loser.unit.account:
                self.acts["adl.own_account"] += 1
                continue
            lacks = self.replay.lacks_at_mark(loser, wanted)
            lots = wanted if lacks is not None else self.bearable(loser, winner, wanted)
            if lots < wanted:
                met = True
                self.shut_out(loser, winner)
            if lots == 0:
                continue
            winner.haircuts += self.replay.deleverage(loser, winner, lots, lacks)
            winner.lots -= lots
            asked[place] -= lots
            went += lots
        return went, met

    def shut_out(self, loser: Loser, winner: Candidate) -> None:
        """A winner that can bear no more of a loser is out for that loser, and for losers that cost as much or more."""
        one = self.haircut(loser, 1)
        for other in self.losers:
            if self.haircut(other, 1) >= one:
                other.out.add(winner.key)

    def run(self) -> None:
        """The losers ask together until no lot is taken, then each alone, past its own account."""
        self.refresh()
        for one in self.candidates:
            one.profit_before = one.profit
        if self.rules.policy == "min_max":
            followed(self)
            return
        self.alone, went = False, 1
        while went and any(loser.closing.left for loser in self.losers):
            asked = self.ask(self.losers)
            went = sum([self.match(loser, asked)[0] for loser in self.losers])
        self.alone = True
        for loser in self.losers:
            went, met = 1, False
            while (went or met) and loser.closing.left:
                went, met = self.match(loser, self.ask([loser]))


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
                by_name = sorted(ladder, key=lambda entry: unit_key(entry.unit))
                replay.acts[f"adl.score={replay.book.score}"] += any(a is not b for a, b in zip(ladder, by_name))
                Wave(replay, name, side, losers, ladder).run()
