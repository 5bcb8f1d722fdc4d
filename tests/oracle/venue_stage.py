"""The stage of a boundary family: one market without rounding, and accounts with an exact equity at a tick."""

from __future__ import annotations

from fractions import Fraction

from venue_draft import PPM, Market, Venue
from venue_rules import WEIGHTS, draw_adl

MISSES = [0, -1, 0, 1]


class Stage:
    """Market `M` at `now` price steps in tick 1; maintenance is `rate_ppm` of all notional unless `bands` are given.

    `now` is a multiple of 400 and the rate of 10,000 ppm, so that requirements are whole steps, a quarter of them too.
    """

    def __init__(
        self, venue: Venue, *, now: int | None = None, rate_ppm: int = 50_000, bands=None, opening: int | None = None,
        scale=None,
    ) -> None:
        self.venue = venue
        self.turn: int | None = venue.turn
        self.now = now or 400 * venue.between(1, 9)
        self.rate_ppm = rate_ppm
        self.market: Market = venue.exact_market(
            "M", bands or [(0, rate_ppm, max(rate_ppm, venue.pick([rate_ppm, 100_000])))], scale=scale
        )
        self.digits = venue.digits["USD"]
        venue.mark("M", venue.price("M", opening or self.now))
        venue.tick(1, {"M": venue.price("M", self.now)})

    def more_ticks(self, *marks: tuple[int, int]) -> None:
        """Further ticks of the market: (tick, price steps)."""
        for tick, price in marks:
            self.venue.tick(tick, {"M": self.venue.price("M", price)})

    def money(self, steps: int) -> Fraction:
        return Fraction(steps, 10**self.digits)

    def notional(self, lots: int, price: int | None = None) -> int:
        return abs(self.market.value(lots, price or self.now))

    def required(self, lots: int, price: int | None = None) -> int:
        """The maintenance requirement by the one rate, rounded up."""
        return -(-self.notional(lots, price) * self.rate_ppm // PPM)

    def hold(
        self, account: str, lots: int, equity: int, *, price: int | None = None, balance: int | None = None,
        pnl: int | None = None, isolated: bool = False, name: str = "M",
    ) -> None:
        """A position whose unit has the equity at a price in steps, `now` unless given. Its own money is `balance`, or
        the rest after the profit `pnl`, or drawn; the cost follows."""
        venue = self.venue
        value = self.market.value(lots, price or self.now)
        if balance is None:
            balance = equity - pnl if pnl is not None else venue.between(0, max(1, abs(value) // 3))
        if isolated:
            balance = max(0, balance)
        venue.position(
            account, name, lots, cost=value + balance - equity, margin=balance if isolated else None,
            score=venue.pick(["0", "1", "2", "-1", "0.5"]),
        )
        if not isolated:
            venue.balance(account, "USD", balance)

    def owe(self, account: str, steps: int) -> None:
        self.venue.balance(account, "USD", -steps)

    def rich(self, account: str, lots: int, times: int = 50) -> None:
        """An account that can bear any loss."""
        worth = self.notional(lots)
        self.hold(account, lots, times * worth + 1, pnl=self.venue.between(-5, 5) * worth // 10)

    def deep(self, lots: int) -> None:
        """A market so deep that an order of that many lots trades at the mark."""
        self.venue.rule("market", impact="linear", depth=self.money(1000 * self.notional(max(1, lots), 2 * self.now)))

    def no_market(self) -> None:
        self.venue.rule("market", impact="none")

    def any_rest(self, *, adl: bool | None = None, socialise: bool | None = None) -> None:
        """ADL and socialised loss, drawn, for the settings that a family leaves open."""
        venue = self.venue
        draw_adl(venue, venue.chance(0.85) if adl is None else adl, 0.2)
        if socialise is None:
            socialise = venue.chance(0.6)
        if socialise:
            venue.rule("socialise", by=venue.pick(WEIGHTS))
        else:
            venue.rule("socialise", enabled=False)

    def miss(self) -> int:
        """0 if the threshold is met, else a step to a side: in turn over a family's seeds, then at random."""
        if self.turn is None:
            return self.venue.pick(MISSES)
        turn, self.turn = self.turn, None
        return MISSES[turn % len(MISSES)]
