"""`min_max`: the documents fix a property, the smallest worst haircut / equity, and not every lot.

The oracle follows the lots that the program handed over, checks each against the rules that bind every policy, and
recomputes the smallest worst ratio exactly if one loser asks and no entry is skipped.
"""

from __future__ import annotations

from fractions import Fraction

from decimals import ceil_div
from waterfall_policy import Candidate


class Broken(AssertionError):
    """A hand-over of the program breaks a rule."""


def haircut_of(lots: int, demand: int, haircut: int) -> int:
    """The haircut that a policy computes for some lots of a demand whose whole haircut it knows: the part, rounded up
    to the step."""
    return ceil_div(lots * haircut, demand)


def smallest_worst(demand: int, haircut: int, caps: list[int], equities: list[int], before: list[int]) -> Fraction:
    """The smallest possible worst haircut / equity that serves the demand: lot after lot to the entry with the smallest
    ratio after it.

    `before` are the haircuts that units have had in the pass already; `equities` are those without any. A winner's
    ratio never falls with more lots, so giving each lot to the entry with the smallest ratio after it is optimal.
    """
    lots = [0] * len(caps)

    def after(place: int) -> Fraction:
        return Fraction(before[place] + haircut_of(lots[place] + 1, demand, haircut), equities[place])

    for _ in range(min(demand, sum(caps))):
        best = min((place for place, cap in enumerate(caps) if lots[place] < cap), key=after)
        lots[best] += 1
    return worst(demand, haircut, lots, equities, before)


def worst(
    demand: int, haircut: int, lots: list[int], equities: list[int], before: list[int], less: int = 0
) -> Fraction:
    """The worst haircut / equity of some lots; `less` steps are taken off each haircut."""
    rows = zip(lots, equities, before)
    ratios = (Fraction(had + haircut_of(one, demand, haircut) - less, equity) for one, equity, had in rows if one)
    return max(ratios, default=Fraction(0))


def followed(wave) -> None:
    """Repeats the program's hand-overs, one plan after the other, and checks the whole."""
    replay = wave.replay
    before = {one.key: replay.ledger.unit(one.key).equity for one in wave.candidates}
    had = {one.key: replay.haircuts.get(one.key, 0) for one in wave.candidates}
    lots_before = {one.key: one.lots for one in wave.candidates}
    demand = sum(loser.closing.left for loser in wave.losers)
    haircut = max(0, sum(wave.gap(loser) for loser in wave.losers))
    given: dict[tuple[str, str], int] = {}
    while (step := next_fill(wave)) is not None:
        loser, winner, lots, at_mark = step
        if winner.key[0] == loser.unit.account:
            raise Broken(f"{loser.unit.account} is its own winner")
        if not 0 < lots <= min(winner.lots, loser.closing.left):
            raise Broken(f"{winner.key} takes {lots} lots of {winner.lots}, {loser.closing.left} asked")
        lacks = replay.lacks_at_mark(loser, lots) if at_mark else None
        if lacks is None:
            bearable = wave.bearable(loser, winner, lots + 1)
            if bearable < lots:
                raise Broken(f"{winner.key} cannot bear {lots} lots of {loser.unit.account}")
            if bearable == lots:  # It may have been asked for more: all that it can bear is given, and it is out.
                wave.shut_out(loser, winner)
        replay.deleverage(loser, winner, lots, lacks)
        winner.lots -= lots
        given[winner.key] = given.get(winner.key, 0) + lots
    for loser in wave.losers:
        for winner in wave.candidates if loser.closing.left else ():
            if winner.key in loser.out or winner.key[0] == loser.unit.account:
                continue
            if winner.lots and wave.bearable(loser, winner, 1):
                raise Broken(f"{loser.unit.account} is given up while {winner.key} could bear a lot")
    replay.acts["adl.policy=min_max"] += bool(given)
    check_worst(wave, before, had, lots_before, given, demand, haircut)


def check_worst(wave, before: dict, had: dict, lots_before: dict, given: dict, demand: int, haircut: int) -> None:
    """One loser, no entry barred: the worst ratio must be the smallest possible, to one step of a winner's haircut,
    since the documents do not fix its rounding."""
    replay = wave.replay
    if len(wave.losers) != 1 or any(one.key[0] == wave.losers[0].unit.account for one in wave.candidates):
        replay.acts["adl.policy=min_max:taken as given"] += 1
        return
    one_lot = wave.haircut(wave.losers[0], 1)
    if one_lot <= 0 or demand > 5000 or replay.rules.adl_price == "mark":
        replay.acts["adl.policy=min_max:taken as given"] += 1
        return
    keys = [key for key, equity in before.items() if equity > 0]
    hairs = [had[key] for key in keys]
    equities = [before[key] + had[key] for key in keys]
    caps = [min(lots_before[key], (before[key] / one_lot).__floor__()) for key in keys]
    if min(demand, sum(caps)) != sum(given.values()):
        raise Broken(f"min_max hands over {sum(given.values())} lots, {min(demand, sum(caps))} could go")
    least = smallest_worst(demand, haircut, caps, equities, hairs)
    got = worst(demand, haircut, [given.get(key, 0) for key in keys], equities, hairs, less=1)
    if got > least:
        raise Broken(f"min_max: worst haircut / equity {got}, the smallest is {least}; {given} of {before}")
    replay.acts["adl.policy=min_max:checked"] += 1


def next_fill(wave) -> tuple | None:
    """The program's next hand-over in this wave: (loser, winner, lots, whether the fund pays the difference)."""
    replay = wave.replay
    place = len(replay.plans)
    if place >= len(replay.guide):
        return None
    plan = replay.guide[place]
    if plan.tick != replay.now or plan.step != "adl":
        return None
    legs = [leg for leg in plan.legs if leg[2] == wave.item.name]
    losers = {(loser.unit.account, loser.unit.name): loser for loser in wave.losers}
    winners: dict[tuple[str, str], Candidate] = {one.key: one for one in wave.candidates}
    sells = wave.side == "long"
    lose = [leg for leg in legs if leg[3].startswith("-") == sells]
    win = [leg for leg in legs if leg[3].startswith("-") != sells]
    if len(lose) != 1 or len(win) != 1 or lose[0][:2] not in losers:
        return None
    if win[0][:2] not in winners:
        raise Broken(f"{win[0][:2]} is not on the ladder of {wave.item.name}")
    lots = abs(Fraction(lose[0][3])) / wave.item.size_step
    return losers[lose[0][:2]], winners[win[0][:2]], int(lots), len(legs) < len(plan.legs)
