"""A random rulebook for a drawn venue: every key of the default rulebook, at amounts that bind.

Limits have an effect only near the debts of the venue, so they are drawn as shares of `Scale`: the deficits, the
notional and a lot's worth at the ticks. A key is written only where the other keys let it act; one that does nothing
is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from book import SCORES
from books import plain
from margin import BANKRUPT, LIQUIDATABLE
from venue_draft import Venue

POLICIES = (
    "queue", "pro_rata:size", "pro_rata:pnl", "pro_rata:notional", "pro_rata:equity", "capped", "risk_aware", "min_max",
)
CAPS = ("0.05", "0.1", "0.2", "0.333333", "0.5", "0.75", "0.9", "1")
MODES = ("whole", "fraction", "tier_down", "target_health")
WEIGHTS = ("profit", "open_interest", "equity")


@dataclass
class Scale:
    """The debts and holdings of an asset's units, in whole units of it; never 0."""

    deficit: Fraction
    deficit_mean: Fraction
    flagged: Fraction
    notional: Fraction


def scale_of(venue: Venue, asset: str, digits: int) -> Scale:
    """The figures of an asset over all ticks, by the marks of the feed."""
    deficits, flagged, notional = [], 0, 1
    for tick, _ in venue.ticks:
        units = [unit for unit in venue.units(tick) if unit.asset == asset]
        deficits += [unit.deficit for unit in units if unit.deficit]
        sizes = [sum(holding.notional for holding in unit.holdings) for unit in units]
        flagged += sum(size for unit, size in zip(units, sizes) if unit.state in (LIQUIDATABLE, BANKRUPT))
        notional = max([notional, *sizes])
    step = Fraction(1, 10**digits)
    total = max(1, sum(deficits))
    mean = max(1, total // max(1, len(deficits)))
    ticks = max(1, len(venue.ticks))
    return Scale(total * step, mean * step, max(1, flagged // ticks) * step, notional * step)


def on_step(value: Fraction, digits: int) -> Fraction:
    """A share of an amount, brought down to the step, at least one step."""
    return Fraction(max(1, int(value * 10**digits)), 10**digits)


def draw_adl(venue: Venue, enabled: bool, at_the_mark: float) -> None:
    """ADL with a score and a policy that take turns over the seeds, so that a short run has all of them."""
    venue.rule("adl", score=SCORES[(venue.seed + venue.seed // 8) % len(SCORES)])
    if not enabled:
        venue.rule("adl", enabled=False)
        return
    policy = POLICIES[venue.seed % len(POLICIES)]
    venue.rule("adl", policy=f"{policy}:{venue.pick(CAPS)}" if policy in ("capped", "risk_aware") else policy)
    if venue.chance(at_the_mark):
        venue.rule("adl", price="mark")


class Rules:
    """Draws the rulebook of one venue."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.pick, self.chance = venue.pick, venue.chance
        settles = {row["settle"] for row in venue.draft.tables["instruments"] if row["kind"] != "spot"}
        self.assets = sorted(settles)
        self.scales = {asset: scale_of(venue, asset, venue.digits[asset]) for asset in self.assets}
        self.asset = self.pick(self.assets)
        self.digits = min(venue.digits[asset] for asset in self.assets)
        self.scale = self.scales[self.asset]

    def part(self, whole: Fraction, *shares: str) -> Fraction:
        return on_step(whole * Fraction(self.pick(shares)), self.digits)

    def draw(self, kept: tuple[str, ...] = ()) -> None:
        """Draws every section but those that are kept as they are."""
        for section in ("margin", "liquidation", "market", "backstop", "fund", "adl", "socialise"):
            if section not in kept:
                getattr(self, section)()

    def margin(self) -> None:
        if self.chance(0.5):
            self.venue.rule("margin", margin_call_at=self.pick(["1", "1.1", "1.5", "2", "1.000001"]))
        if self.chance(0.4):
            self.venue.rules["margin.dust"] = {
                f'"{asset}"': self.on_step(asset, self.part(self.scale.notional, "0.001", "0.02", "0.2"))
                for asset in self.venue.digits
            }

    def liquidation(self) -> None:
        rule, mode = self.venue.rule, MODES[self.venue.seed // 3 % len(MODES)]
        rule("liquidation", mode=mode, order=self.pick(["instrument", "maintenance", "loss"]))
        if mode == "fraction":
            rule("liquidation", fraction=self.pick(["0.2", "0.333333", "0.5", "0.1", "0.75", "1"]))
            rule("liquidation", cooldown=self.pick([1, 1, 2, 3]) * self.venue.pace)
        if mode != "whole" and self.chance(0.5):
            rule("liquidation", whole_below=self.part(self.scale.notional, "0.05", "0.2", "0.5"))
        if mode == "target_health":
            rule("liquidation", target_health=self.pick(["1", "1.000001", "1.25", "1.5", "2", "3"]))
        surplus = "account" if mode == "target_health" else self.pick(["fund", "account"])
        rule("liquidation", surplus_to=surplus)
        if self.chance(0.6):
            rule("liquidation", liquidation_fee=self.pick(["0.0005", "0.005", "0.01", "0.02", "0.05", "0.000001"]))
            rule("liquidation", fee_to=self.pick(["fees", "fund"]))

    def market(self) -> None:
        """No market, a market of no depth, or one that orders use up in part or whole."""
        rule, kind = self.venue.rule, self.venue.random.random()
        if kind < 0.2:
            rule("market", impact="none")
            return
        if kind < 0.28:
            rule("market", impact=self.pick(["linear", "square_root"]), depth=0)
            return
        rule("market", impact=self.pick(["linear", "square_root"]))
        rule("market", depth=self.part(self.scale.flagged, "0.02", "0.05", "0.1", "0.3", "1", "3", "30"))
        rule("market", depth_move=self.pick(["0.01", "0.01", "0.05", "0.001", "0.0005", "0.1"]))
        self.depths(self.venue.rules["market"]["depth"])
        rule("market", half_life=self.pick([0, 1, 1, 2, 3, 5]) * self.venue.pace)
        if self.chance(0.6):
            rule("market", permanent=self.pick(["0.1", "0.5", "0.333333", "1"]))

    def on_step(self, asset: str, amount) -> str:
        """An amount down to the step of an asset."""
        steps = 10 ** self.venue.digits[asset]
        return plain(Fraction(int(Fraction(amount) * steps), steps))

    def depths(self, amount: str) -> None:
        """The amount by asset, since one without a name is of the quote alone; and some instruments of their own."""
        venue = self.venue
        if self.chance(0.8):
            venue.drop("market", "depth")
            venue.rules["market.depth"] = {f'"{asset}"': self.on_step(asset, amount) for asset in venue.digits}
        else:
            venue.rule("market", depth=self.on_step(venue.quote, amount))
        for row in venue.draft.tables["instruments"]:
            if row["kind"] != "spot" and self.chance(0.3):
                depth = self.pick([self.on_step(row["settle"], times * Fraction(amount)) for times in (1, 0, 2)])
                half_life = self.pick(["", "0", plain(venue.pace), plain(3 * venue.pace)])
                venue.add("depths", instrument=row["instrument"], depth=depth, half_life=half_life)

    def backstop(self) -> None:
        rule = self.venue.rule
        if not self.chance(0.35):
            return
        rule("backstop", enabled=True)
        if self.chance(0.7):
            rule("backstop", capacity=self.part(self.scale.flagged, "0.02", "0.1", "0.3", "0.7", "2"))
        if self.chance(0.5):
            rule("backstop", below_health=self.pick(["0.5", "0.666666", "0.9", "1", "0.25"]))
        if self.chance(0.4):
            rule("backstop", takes_bankrupt=False)

    def fund(self) -> None:
        """A fund that is empty, small beside the debts, or ample; its limits near the deficits."""
        venue, rule = self.venue, self.venue.rule
        instrument = self.chance(0.35)
        if instrument:
            rule("fund", scope="instrument")
        opened = self.balances(instrument)
        if not opened:
            return
        deficit, mean = self.scale.deficit, self.scale.deficit_mean
        if self.chance(0.4):
            rule("fund", floor=self.part(min(opened), "0.01", "0.1", "0.5", "0.9", "1"))
        if self.chance(0.45):
            rule("fund", account_limit=self.part(mean, "0.1", "0.5", "0.9", "1", "2"))
        if self.chance(0.45):
            rule("fund", tick_limit=self.part(deficit, "0.05", "0.2", "0.5", "1"))
        if self.chance(0.5):
            stop = Fraction(self.pick(["0.05", "0.1", "0.3", "0.5", "0.9"]))
            rule("fund", drawdown_stop=stop)
            if self.chance(0.8):
                least = 1 - stop
                rule("fund", recovery=self.pick([1, least, least + stop / 2, least + stop / 4]))

    def balances(self, instrument: bool) -> list[Fraction]:
        """Opens the funds; returns their balances."""
        venue, opened = self.venue, []
        rows = [row for row in venue.draft.tables["instruments"] if row["kind"] != "spot"]
        names = [(row["instrument"], row["settle"]) for row in rows] if instrument else [(it, it) for it in self.assets]
        for name, asset in names:
            if not self.chance(0.85):
                continue
            digits = venue.digits[asset]
            share = self.pick(["0.1", "0.3", "0.7", "1", "1.5", "4", "20"])
            amount = on_step(self.scales[asset].deficit * Fraction(share), digits)
            venue.fund(name, int(amount * 10**digits), digits)
            opened.append(amount)
        return opened

    def adl(self) -> None:
        draw_adl(self.venue, not self.chance(0.12), 0.3)

    def socialise(self) -> None:
        if self.chance(0.2):
            self.venue.rule("socialise", enabled=False)
            return
        self.venue.rule("socialise", by=self.pick(WEIGHTS))


def draw_rules(venue: Venue, *kept: str) -> None:
    """Gives a venue, whose book and ticks are drawn, a rulebook, but for the sections that it has already."""
    Rules(venue).draw(kept)


def somebody_bears(venue: Venue) -> None:
    """Keeps a rulebook admissible: somebody bears a loss, and no fund opens below the floor."""
    opened = [Fraction(text) for text in venue.rules["fund.balance"].values()]
    borne = any(opened) or venue.setting("backstop", "enabled") == "true"
    if not borne and venue.setting("adl", "enabled") == venue.setting("socialise", "enabled") == "false":
        venue.rule("socialise", enabled=True)
    floor = Fraction(venue.setting("fund", "floor", "0"))
    if floor and (not opened or floor > min(opened)):
        venue.drop("fund", "floor")
