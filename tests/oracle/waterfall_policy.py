"""ADL policies: how many lots of a demand each candidate is asked for (docs/design.md section 4; rulings 2 and 3)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from decimals import PPM
from margin import split

LEVERAGE_MAX = 1 << 36


@dataclass
class Candidate:
    """A ladder entry as the input of a policy: present figures, in value steps and lots."""

    key: tuple[str, str]
    instrument: str
    side: str
    lots: int
    notional: int = 0
    pnl: int = 0
    equity: int = 0
    profit_before: int = 0
    haircuts: int = 0

    @property
    def profit(self) -> int:
        return max(0, self.pnl)


def water_fill(total: int, weights: list[int], caps: list[int]) -> list[int]:
    """`total` split by weight, no entry above its cap: an entry whose exact share of the rest reaches its cap gets the
    cap, in rising order of cap / weight, and the others split the rest. A weight of 0 gets 0."""
    given = [0] * len(weights)
    active = [place for place, weight in enumerate(weights) if weight > 0]
    left, whole_weight = total, sum(weights[place] for place in active)
    for place in sorted(active, key=lambda place: (Fraction(caps[place], weights[place]), place)):
        if left * weights[place] < caps[place] * whole_weight:
            break
        given[place] = caps[place]
        left -= caps[place]
        whole_weight -= weights[place]
        active = [other for other in active if other != place]
    if active:
        for place, part in zip(active, split(left, [weights[place] for place in active])):
            given[place] = part
    return given


def leverage_ppm(candidate: Candidate) -> int:
    """notional / equity in whole ppm, rounded down, at most 2^36; 0 without equity."""
    return min(LEVERAGE_MAX, candidate.notional * PPM // candidate.equity) if candidate.equity > 0 else 0


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
    weights = weights_of(policy, candidates)
    if share is not None:
        for place, one in enumerate(candidates):
            money = (share * one.profit_before).__floor__() - one.haircuts
            if haircut > 0:
                caps[place] = min(caps[place], max(0, (money * demand / haircut).__floor__()))
        return water_fill(demand, weights, caps)
    given = water_fill(demand, weights, caps)
    left = demand - sum(given)
    if left > 0:
        others = [0 if weight else 1 for weight in weights]
        given = [one + more for one, more in zip(given, water_fill(left, others, caps))]
    return given
