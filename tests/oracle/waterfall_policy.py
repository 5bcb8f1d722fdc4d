"""ADL policies: how many lots of a demand each candidate is asked for (DESIGN.md section 4; rulings 2 and 3)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from decimals import PPM
from margin import split


@dataclass
class Candidate:
    """A ladder entry as a policy sees it when it is asked: figures of now, in value steps and lots."""

    key: tuple[str, str]
    instrument: str
    side: str
    lots: int
    notional: int = 0
    pnl: int = 0
    equity: int = 0
    taken_profit: int = 0

    @property
    def profit(self) -> int:
        return max(0, self.pnl)


def water_fill(total: int, weights: list[int], caps: list[int]) -> list[int]:
    """`total` split by weight, nobody above their cap; what a cap cuts off goes to the others by weight.

    No weight anywhere among those who have room: all count 1.
    """
    given = [0] * len(weights)
    active = [place for place, cap in enumerate(caps) if cap > 0]
    if any(weights[place] for place in active):
        active = [place for place in active if weights[place] > 0]
    left = total
    while active and left > 0:
        parts = split(left, [weights[place] for place in active])
        over = [place for place, part in zip(active, parts) if part >= caps[place]]
        if not over:
            for place, part in zip(active, parts):
                given[place] = part
            break
        for place in over:
            given[place] = caps[place]
            left -= caps[place]
        active = [place for place in active if place not in over]
    return given


def leverage_ppm(candidate: Candidate) -> int:
    """notional / equity in whole ppm, rounded down; 0 without equity."""
    return candidate.notional * PPM // candidate.equity if candidate.equity > 0 else 0


def weights_of(policy: str, candidates: list[Candidate]) -> list[int]:
    """The weights of a pro rata policy."""
    match policy:
        case "pro_rata:size":
            return [one.lots for one in candidates]
        case "pro_rata:notional":
            return [one.notional for one in candidates]
        case "pro_rata:equity":
            return [max(0, one.equity) for one in candidates]
        case "risk_aware":
            return [one.profit * leverage_ppm(one) for one in candidates]
        case _:
            return [one.profit for one in candidates]


def allocate(policy: str, share: Fraction | None, demand: int, haircut: Fraction, candidates: list[Candidate]) -> list[int]:
    """Lots asked of each candidate, in ladder order."""
    caps = [one.lots for one in candidates]
    if policy == "queue":
        given = []
        for cap in caps:
            given.append(min(cap, demand))
            demand -= given[-1]
        return given
    if share is not None:
        for place, one in enumerate(candidates):
            money = (share * one.profit).__floor__() - one.taken_profit
            if haircut > 0:
                caps[place] = min(caps[place], max(0, (money * demand / haircut).__floor__()))
    return water_fill(demand, weights_of(policy, candidates), caps)
