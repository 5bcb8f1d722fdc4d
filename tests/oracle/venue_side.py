"""A second market of another asset beside a boundary family: a bankrupt unit that only ADL can take over.

The asset has no fund, unless ADL is at the mark, so no market price is good enough for a bankrupt unit. The thresholds
of a family in its own asset stay untouched, while policy, score and socialised loss have work under its rulebook.
"""

from __future__ import annotations

from fractions import Fraction

from venue_draft import Market, Venue
from venue_updates import Updates


def hold(venue: Venue, market: Market, account: str, lots: int, now: int, equity: int, pnl: int) -> None:
    """A cross position whose unit has an equity and a profit at the mark."""
    venue.position(
        account, market.name, lots, cost=market.value(lots, now) - pnl, score=venue.pick(["0", "1", "2", "-1", "0.5"])
    )
    venue.balance(account, market.asset, equity - pnl)


def add_fund(venue: Venue, market: Market, owed: int) -> None:
    """A fund that can pay about the cost of ADL at the mark, above the floor of all funds."""
    floor = int(Fraction(venue.setting("fund", "floor", "0")) * 10 ** venue.digits["ALT"])
    name = market.name if venue.setting("fund", "scope") == "instrument" else "ALT"
    venue.fund(name, floor + max(1, owed * venue.pick([1, 1, 2, 3]) // venue.pick([1, 1, 2])), venue.digits["ALT"])


def add_side(venue: Venue) -> None:
    """Adds market `Z` in asset `ALT`, moved to its mark in the first tick."""
    if venue.multi:
        return
    digits = max(venue.digits["USD"], venue.pick([0, 2, 2, 6]))
    market = venue.exact_market(
        "Z", [(0, venue.pick([0, 1_000, 10_000]), 20_000)], "ALT", scale=("1", "1", "1", digits)
    )
    now, sign = venue.between(50, 900), venue.pick([1, -1])
    venue.mark("Z", venue.price("Z", now + venue.pick([0, 5, -5])))
    venue.ticks[0][1]["Z"] = venue.price("Z", now)
    lots, lots_sum = venue.between(1, 25), 0
    each = venue.between(1, now // 3)
    hold(venue, market, "sL", sign * lots, now, -market.value(lots, each) - venue.pick([0, 0, 1]), 0)
    for number in range(venue.between(2, 6)):
        held = venue.between(1, 12)
        worth = market.value(held, now)
        equity = worth * venue.pick([2, 5, 10, 20, 60, 300]) // 100 + 1
        if venue.chance(0.4):  # Exactly 0, or a step beside it, after some lots.
            equity = max(worth // 50, market.value(venue.between(1, 4), each) + venue.pick([0, 0, 1, -1]))
        pnl = worth * venue.pick([-20, 0, 3, 10, 30, 80]) // 100
        hold(venue, market, f"s{venue.pick('WXYZ')}{number}", -sign * held, now, equity, pnl)
        lots_sum += held
    if lots_sum < lots and venue.chance(0.6):
        hold(venue, market, "sBig", -sign * (lots - lots_sum), now, market.value(lots, 3 * now), market.value(1, now))
    if venue.setting("adl", "price") == "mark" and venue.chance(0.7):
        add_fund(venue, market, market.value(lots, each))
    if venue.chance(0.4):
        venue.balance("sOwes", "ALT", -venue.between(1, market.value(3, now)))
    if venue.chance(0.6):
        accounts = [row["account"] for row in venue.draft.tables["positions"] if row["instrument"] == "Z"]
        venue.balance("sCalm", "ALT", market.value(50, now))
        Updates(venue, accounts, ["Z"], ["sCalm"], ["ALT"]).draw()


__all__ = ["add_side"]
