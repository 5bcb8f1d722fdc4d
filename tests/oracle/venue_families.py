"""Boundary families of margin, partial liquidation, market and backstop: each meets a threshold or misses it by a step.

A family records its thresholds in `claims`; `test_venues.py` reads the files again and holds them against these claims.
"""

from __future__ import annotations

from fractions import Fraction

from books import plain
from venue_draft import PPM, Venue
from venue_rules import draw_rules
from venue_stage import Stage


def unit_edges(venue: Venue) -> None:
    """Units at an equity of 0 and a step below, at their requirement and the margin call and a step below."""
    call = venue.pick(["1", "1.25", "1.5", "2"])
    venue.rule("margin", margin_call_at=call)
    stage = Stage(venue, rate_ppm=venue.pick([10_000, 50_000, 100_000]))
    venue.multi = venue.chance(0.3)
    side, lots_sum = venue.pick([1, -1]), 0
    for number in range(venue.between(3, 8)):
        lots = side * venue.between(1, 40)
        edge = venue.pick(["zero", "maintenance", "call"])
        required = stage.required(lots)
        at = {"zero": 0, "maintenance": required, "call": int(required * Fraction(call))}[edge]
        equity = at + stage.miss()
        account, isolated = f"{edge[0].upper()}{number}", venue.chance(0.3)
        stage.hold(account, lots, equity, isolated=isolated)
        unit = f"isolated:M:{'long' if lots > 0 else 'short'}" if isolated else "cross:USD"
        venue.claim("equity", account=account, unit=unit, tick=1, equity=equity, edge=edge, miss=equity - at)
        lots_sum += lots
    stage.rich("W", -lots_sum)
    draw_rules(venue, "margin")


def tier_floor(venue: Venue) -> None:
    """`tier_down`: a floor at the very notional of some lots, or a step beside it; the fewest lots that end below."""
    stage = Stage(venue, bands=[(0, 10_000, 10_000)], now=400 * venue.between(1, 6))
    lots = venue.between(2, 60)
    keep = venue.between(1, lots)
    miss = stage.miss()
    floor = max(1, stage.notional(keep) + miss)
    miss = floor - stage.notional(keep)
    bands = [(floor, 60_000, 60_000)]
    if venue.chance(0.4):
        bands.append((floor + venue.pick([1, stage.notional(1), stage.notional(lots)]), 90_000, 90_000))
    venue.tiers("t-M", stage.digits, bands)
    sign = venue.pick([1, -1])
    stage.hold("L", sign * lots, 0)
    if venue.chance(0.7):
        stage.more_ticks((2, stage.now), (3, stage.now - sign * venue.between(0, 5)))
    venue.aim("L", "cross:USD", 1, lambda unit: max(0, unit.maintenance - venue.between(1, max(1, unit.maintenance))))
    stage.rich("W", -sign * lots)
    venue.claim("notional", account="L", unit="cross:USD", tick=1, lots=keep, of=lots, miss=miss)
    venue.rule("liquidation", mode="tier_down", surplus_to=venue.pick(["fund", "account"]))
    venue.rule("liquidation", order=venue.pick(["instrument", "maintenance", "loss"]))
    if venue.chance(0.8):
        stage.deep(lots)
        stage.any_rest()
    else:
        draw_rules(venue, "margin", "liquidation")


def cooldown_edge(venue: Venue) -> None:
    """`fraction`: a tick before the cooldown ends, the tick in which it ends, and an entry that lapses in between."""
    stage = Stage(venue, now=2000, rate_ppm=50_000)
    fraction, cooldown = venue.pick(["0.2", "0.333333", "0.5", "0.1", "0.75"]), venue.between(1, 4)
    fall = venue.chance(0.3)
    ticks = sorted({1 + cooldown - 1, 1 + cooldown, 1 + 2 * cooldown} - {1})
    prices = [2000] * len(ticks)
    if fall and len(ticks) > 1:
        prices[0] = 2600
    stage.more_ticks(*zip(ticks, prices))
    lots_sum = 0
    for number in range(venue.between(1, 3)):
        lots = venue.pick([1, 2, 3, 5, 7, 10, 15, 20, 31])
        stage.hold(f"L{number}", lots, stage.required(lots) // venue.pick([2, 3, 50]), isolated=venue.chance(0.3))
        lots_sum += lots
    stage.rich("W", -lots_sum)
    stage.deep(lots_sum)
    venue.rule("liquidation", mode="fraction", fraction=fraction, cooldown=cooldown)
    venue.rule("liquidation", surplus_to=venue.pick(["fund", "fund", "account"]))
    if venue.chance(0.3):
        venue.rule("liquidation", whole_below=stage.money(stage.notional(venue.between(1, 20))))
    venue.claim("cooldown", ends=1 + cooldown)
    stage.any_rest()


def below_health_edge(venue: Venue) -> None:
    """The backstop's `below_health`, met exactly (left to the market) and missed by a step (taken whole)."""
    stage = Stage(venue, rate_ppm=venue.pick([50_000, 100_000]))
    health = venue.pick(["0.25", "0.5", "0.75", "1"])
    sign, lots_sum, taken = venue.pick([1, -1]), 0, 0
    for number in range(venue.between(2, 5)):
        lots = sign * venue.between(1, 30)
        miss = venue.pick([0, 0, -1, 1, -stage.required(lots)])
        equity = int(stage.required(lots) * Fraction(health)) + miss
        stage.hold(f"L{number}", lots, equity, isolated=venue.chance(0.3))
        venue.claim("health", account=f"L{number}", tick=1, miss=miss)
        lots_sum += lots
        taken += stage.notional(lots)
    stage.rich("W", -lots_sum)
    venue.rule("backstop", enabled=True, below_health=health, takes_bankrupt=venue.chance(0.5))
    if venue.chance(0.4):
        venue.rule("backstop", capacity=stage.money(taken // venue.between(1, 4) + 1))
    if venue.chance(0.6):
        stage.deep(abs(lots_sum))
        venue.rule("liquidation", mode=venue.pick(["whole", "tier_down"]), surplus_to=venue.pick(["fund", "account"]))
        stage.any_rest()
    else:
        draw_rules(venue, "margin", "backstop")


def whole_below_edge(venue: Venue) -> None:
    """`whole_below`: a unit of which exactly that notional would remain is closed in part, one a step below whole."""
    stage = Stage(venue, rate_ppm=100_000)
    lots, miss = venue.between(3, 40), stage.miss()
    fraction = venue.pick(["0.2", "0.5"])
    kept = lots - (Fraction(fraction) * lots).__ceil__()
    venue.rule("liquidation", mode="fraction", fraction=fraction, cooldown=venue.between(1, 2))
    venue.rule("liquidation", whole_below=stage.money(stage.notional(kept) + miss))
    venue.rule("liquidation", surplus_to=venue.pick(["fund", "account"]))
    stage.hold("L", lots, stage.required(lots) // 2, isolated=venue.chance(0.3))
    stage.rich("W", -lots)
    stage.deep(lots)
    stage.more_ticks((2, stage.now), (3, stage.now - 1))
    venue.claim("whole_below", account="L", tick=1, miss=miss)
    stage.any_rest()


def whole_below_by_mode(venue: Venue) -> None:
    """`whole_below` for tier_down and target_health: a remainder of exactly that notional stays, one below it goes."""
    mode = venue.pick(["tier_down", "target_health"])
    stage = Stage(venue, rate_ppm=100_000) if mode == "target_health" else None
    if stage is None:
        stage = Stage(venue, now=2000, bands=[(0, 10_000, 20_000), (2000 * 10 * 7, 100_000, 200_000)], scale=("7", "1", "1", 0))
    lots, miss = venue.between(15, 40), stage.miss()
    # Twice the requirement is met by a half of the lots; the second band begins at 10 lots, so 9 stay.
    kept = lots // 2 if mode == "target_health" else 9
    equity = 2 * stage.required(kept) if mode == "target_health" else 1
    venue.rule("liquidation", mode=mode, surplus_to="account", whole_below=stage.money(stage.notional(kept) + miss))
    if mode == "target_health":
        venue.rule("liquidation", target_health="2")
    stage.hold("L", lots, min(equity, stage.required(lots) - 1), isolated=venue.chance(0.3))
    stage.rich("W", -lots)
    stage.deep(lots)
    venue.claim("kept", account="L", tick=1, lots=kept, miss=miss)
    stage.more_ticks((2, stage.now - 1))
    stage.any_rest()


def dust_edge(venue: Venue) -> None:
    """`[margin] dust`: a debt of exactly that much is paid for, one a step below is left."""
    stage = Stage(venue)
    owed, miss = venue.between(2, 500), stage.miss()
    stage.owe("D", owed)
    stage.owe("E", owed * venue.between(2, 5))
    lots = venue.between(2, 30)
    stage.hold("L", lots, -venue.between(1, stage.notional(1)))
    stage.rich("W", -lots)
    venue.rules["margin.dust"] = {'"USD"': plain(stage.money(owed + miss))}
    if venue.chance(0.6):
        venue.fund("USD", venue.between(owed, 9 * owed), stage.digits)
    venue.claim("dust", account="D", miss=miss)
    stage.more_ticks((2, stage.now), (3, stage.now + 1))
    stage.any_rest()


def target_edge(venue: Venue) -> None:
    """`target_health` met exactly by some number of lots, or missed by a step, so that one lot more must go."""
    stage = Stage(venue, rate_ppm=venue.pick([50_000, 100_000]))
    target = venue.pick(["1", "1.25", "1.5", "2"])
    lots = venue.between(3, 50)
    closed = venue.between(int(lots * (1 - 1 / Fraction(target))) + 1, lots)
    kept, miss = stage.required(lots - closed), stage.miss()
    equity = max(0, min(int(kept * Fraction(target)) + miss, stage.required(lots) - 1))
    miss = equity - int(kept * Fraction(target))
    sign = venue.pick([1, -1])
    stage.hold("L", sign * lots, equity, isolated=venue.chance(0.2))
    stage.rich("W", -sign * lots)
    venue.claim("target", account="L", tick=1, closed=closed, of=lots, miss=miss)
    venue.rule("liquidation", mode="target_health", target_health=target, surplus_to="account")
    if venue.chance(0.3):
        venue.rule("liquidation", liquidation_fee=venue.pick(["0.001", "0.02"]), fee_to=venue.pick(["fees", "fund"]))
    stage.deep(lots)
    stage.any_rest()


def unequal_requirements(venue: Venue) -> None:
    """`target_health` over two positions of very unequal requirement, with a fee: the target is met in the first."""
    stage = Stage(venue, rate_ppm=100_000)
    lots = venue.between(4, 30)
    other = venue.exact_market("N", [(0, venue.pick([0, 1_000, 10_000]), 200_000)])
    venue.mark("N", venue.price("N", stage.now))
    fee = venue.pick([0, "0.005", "0.01", "0.02", "0.05"])
    target = venue.pick(["1", "1.25", "1.5"])
    venue.position("L", "N", lots, cost=other.value(lots, stage.now))
    stage.hold("L", lots, 0)
    venue.aim("L", "cross:USD", 1, lambda unit: unit.maintenance * venue.between(30, 99) // 100)
    stage.rich("W", -lots)
    venue.position("V", "N", -lots, cost=other.value(-lots, stage.now))
    venue.balance("V", "USD", other.value(lots, 10 * stage.now))
    venue.rule("liquidation", mode="target_health", target_health=target, surplus_to="account", order=venue.pick(
        ["instrument", "maintenance", "loss"]))
    if fee:
        venue.rule("liquidation", liquidation_fee=fee, fee_to=venue.pick(["fees", "fund"]))
    stage.deep(lots)
    stage.any_rest()


def fee_edge(venue: Venue) -> None:
    """The gain of a liquidation above the bankruptcy value is exactly the fee, or a step more or less."""
    stage = Stage(venue, rate_ppm=100_000)
    fee = venue.pick([10_000, 20_000, 50_000])
    lots_sum = 0
    for number in range(venue.between(1, 3)):
        lots, miss = venue.between(1, 30), stage.miss()
        equity = stage.notional(lots) * fee // PPM + miss
        stage.hold(f"L{number}", lots, equity, isolated=venue.chance(0.3))
        venue.claim("fee", account=f"L{number}", tick=1, miss=miss)
        lots_sum += lots
    stage.rich("W", -lots_sum)
    stage.deep(lots_sum)
    venue.rule("liquidation", liquidation_fee=Fraction(fee, PPM), fee_to=venue.pick(["fees", "fund"]))
    venue.rule("liquidation", surplus_to=venue.pick(["fund", "account"]))
    stage.any_rest()


def limit_edge(venue: Venue) -> None:
    """A thin market walks down to the bankruptcy price: the last price that is allowed is the limit itself."""
    stage = Stage(venue, now=1000, rate_ppm=100_000)
    lots, each, miss = venue.between(5, 60), venue.between(1, 30), stage.miss()
    sign = venue.pick([1, -1])
    equity = stage.market.value(lots, each) + miss
    stage.hold("L", sign * lots, equity, isolated=venue.chance(0.3))
    stage.rich("W", -sign * lots)
    depth_lots = max(1, lots * venue.pick([1, 2, 3, 5, 10]) // 2)
    venue.rule("market", impact=venue.pick(["linear", "linear", "square_root"]))
    venue.rule("market", depth_move=venue.pick(["0.1", "0.05", "0.01"]))
    venue.rule("market", depth=stage.money(stage.notional(depth_lots)), half_life=venue.pick([0, 1, 2]))
    venue.rule("liquidation", surplus_to=venue.pick(["fund", "account"]))
    venue.claim("apart", account="L", tick=1, each=each, lots=lots, miss=miss)
    stage.more_ticks((2, 1000 - sign), (4, 1000 - 2 * sign))
    stage.any_rest()


def depth_edge(venue: Venue) -> None:
    """An order of exactly the lots that the market takes until its end, or a lot more or less; a slice's end likewise."""
    stage = Stage(venue, now=10_000, rate_ppm=10_000)
    depth_lots = venue.pick([1, 1, 2])
    at_end = venue.chance(0.5)
    lots = max(1, (100 * depth_lots if at_end else venue.between(1, 99) * depth_lots) + stage.miss())
    sign = venue.pick([1, -1])
    owed = stage.market.value(lots, venue.between(1, 50))
    stage.hold("L", sign * lots, -owed)
    stage.rich("W", -sign * lots)
    venue.fund("USD", 50 * stage.notional(lots), stage.digits)
    venue.rule("market", impact=venue.pick(["linear", "linear", "square_root"]))
    venue.rule("market", depth_move=venue.pick(["0.001", "0.0005"]))
    venue.rule("market", depth=stage.money(stage.notional(depth_lots)), half_life=venue.pick([0, 1, 3]))
    if venue.chance(0.5):
        venue.rule("market", permanent=venue.pick(["0.5", "1", "0.25"]))
    venue.claim("depth", lots=lots, depth_lots=depth_lots)
    stage.more_ticks((2, 9_990), (3, 9_000))
    stage.any_rest()


def cascade_edge(venue: Venue) -> None:
    """The first sale moves the mark for good; at the moved mark a second unit is exactly on an edge."""
    stage = Stage(venue, now=2000, rate_ppm=50_000)
    lots, moved = venue.pick([10, 20, 50]), 1990
    stage.hold("A", lots, -stage.market.value(lots, venue.between(1, 20)))
    edge, miss = venue.pick(["zero", "maintenance", "call"]), stage.miss()
    other = 8 * venue.between(1, 5)
    required = stage.required(other, moved)
    at = {"zero": 0, "maintenance": required, "call": required * 5 // 4}[edge]
    stage.hold("B", other, at + miss, price=moved, isolated=venue.chance(0.3))
    stage.rich("W", -lots - other)
    venue.fund("USD", 20 * stage.notional(lots), stage.digits)
    venue.rule("market", impact="linear", depth=stage.money(stage.notional(2 * lots)), depth_move="0.01", permanent=1)
    venue.rule("market", half_life=venue.pick([0, 1, 5]))
    venue.rule("liquidation", surplus_to=venue.pick(["fund", "account"]))
    venue.claim("moved", account="B", price=moved, edge=edge, miss=miss)
    stage.more_ticks((2, 2000), (3, 1950))
    stage.any_rest()


def permanent_gaps(venue: Venue) -> None:
    """Permanent impact over ticks that bring no mark of the market, with gaps between them."""
    stage = Stage(venue, now=400 * venue.between(10, 250), rate_ppm=10_000)
    other = venue.exact_market("N", [(0, 10_000, 10_000)])
    venue.mark("N", venue.price("N", 50))
    lots = 100 * venue.between(1, 5)
    stage.hold("L0", lots, -venue.between(1, stage.notional(1)))
    stage.hold("L1", venue.between(1, lots), venue.between(1, stage.notional(1)), price=stage.now * 99 // 100)
    venue.position("V", "N", 1, cost=other.value(1, 50))
    venue.balance("V", "USD", other.value(1, 100))
    venue.fund("USD", 20 * stage.notional(lots), stage.digits)
    venue.rule("market", depth=stage.money(stage.notional(lots) * venue.pick([1, 2, 4]) // 2))
    venue.rule("market", permanent=venue.pick(["1", "0.5", "0.3"]), half_life=venue.pick([0, 1, 5]))
    venue.rule("market", impact=venue.pick(["linear", "square_root"]))
    tick = 1
    for number in range(venue.between(1, 4)):
        tick += venue.pick([1, 2, 5])
        if number and venue.chance(0.4):
            stage.more_ticks((tick, stage.now * venue.pick([99, 98, 100]) // 100))
        else:
            venue.tick(tick, {"N": venue.price("N", 50 + number)})
    stage.any_rest()


def half_life(venue: Venue) -> None:
    """A second sale after one half-life, or a tick before it, with any rows in between."""
    stage = Stage(venue, now=10_000 * venue.pick([1, 10, 100]), rate_ppm=10_000)
    life, lots = venue.between(1, 5), 100 * venue.between(1, 20)
    later = 1 + venue.pick([life, life, 2 * life, max(1, life - 1)])
    second, price = venue.between(1, lots), stage.now * 99 // 100
    stage.hold("L0", lots, -1)
    stage.hold("L1", second, -stage.market.value(second, 1), price=price)
    venue.fund("USD", 50 * stage.notional(lots), stage.digits)
    if venue.chance(0.5):
        stage.rich("W", -lots - second)
    for tick in range(2, later):
        if venue.chance(0.5):
            stage.more_ticks((tick, stage.now))
    stage.more_ticks((later, price))
    venue.rule("market", depth=stage.money(stage.notional(2 * lots)), half_life=life)
    venue.rule("market", impact=venue.pick(["linear", "linear", "square_root"]))
    stage.any_rest()


def backstop_capacity_edge(venue: Venue) -> None:
    """A capacity of exactly the bankruptcy value of all lots, or of some, or a step less."""
    stage = Stage(venue)
    sign, values, lots_sum = venue.pick([1, -1]), [], 0
    for number in range(venue.between(1, 3)):
        lots = venue.between(1, 30)
        owed = stage.market.value(lots, venue.between(1, 60)) + venue.pick([0, 1])
        stage.hold(f"L{number}", sign * lots, -owed, isolated=venue.chance(0.3))
        values.append((stage.notional(lots) + sign * owed, lots))
        lots_sum += lots
    stage.rich("W", -sign * lots_sum)
    value, lots = values[-1]
    miss, part = stage.miss(), venue.between(0, lots)
    capacity = sum(value for value, _ in values[:-1]) + value * part // lots
    venue.rule("backstop", enabled=True, capacity=stage.money(max(1, capacity + miss)))
    if capacity + miss > 0:
        venue.claim("capacity", whole=len(values) - 1, part=part, miss=miss)
    if venue.chance(0.7):
        stage.no_market()
    if venue.chance(0.5):
        stage.more_ticks((2, stage.now), (3, stage.now - sign))
    if venue.chance(0.5):
        venue.fund("USD", venue.between(1, stage.notional(3)), stage.digits)
    stage.any_rest()


FAMILIES = [
    unit_edges, tier_floor, cooldown_edge, below_health_edge, whole_below_edge,
    whole_below_by_mode, dust_edge, target_edge, unequal_requirements,
    fee_edge, limit_edge, depth_edge, cascade_edge, permanent_gaps, half_life, backstop_capacity_edge,
]
