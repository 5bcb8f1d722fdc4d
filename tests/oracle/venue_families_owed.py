"""Boundary families of the insurance fund, ADL, socialised loss and updates."""

from __future__ import annotations

from fractions import Fraction

from decimals import fixed
from venue_draft import Venue
from venue_rules import SCORES, WEIGHTS, draw_rules
from venue_stage import Stage


def payers(stage: Stage, count: int, lots: int = 10) -> None:
    """Longs and shorts with profits and losses, none of them flagged, that bear the socialised loss."""
    venue = stage.venue
    for number in range(count):
        side = 1 if number % 2 else -1
        held = venue.between(1, lots)
        worth = stage.notional(held)
        stage.hold(
            f"P{number}", side * held, worth // venue.pick([1, 2, 3]) + venue.between(1, 9),
            pnl=venue.between(-worth // 2, worth // 2), isolated=venue.chance(0.2),
        )


def fund_floor_edge(venue: Venue) -> None:
    """A fund that holds exactly its floor and the debts, or a step more or less."""
    stage = Stage(venue)
    owed = [venue.between(1, stage.notional(5)) for _ in range(venue.between(1, 4))]
    for number, steps in enumerate(owed):
        stage.owe(f"D{number}", steps)
    payers(stage, venue.between(2, 4))
    floor, miss = venue.pick([0, venue.between(1, stage.notional(4))]), stage.miss()
    counted = owed[: venue.between(1, len(owed))]
    venue.fund("USD", floor + sum(counted) + miss, stage.digits)
    if floor:
        venue.rule("fund", floor=stage.money(floor))
    venue.claim("fund_floor", accounts=[f"D{number}" for number in range(len(counted))], miss=miss)
    if venue.chance(0.4):
        stage.more_ticks((2, stage.now + 1))
    stage.any_rest(socialise=venue.chance(0.6))


def account_limit_edge(venue: Venue) -> None:
    """`account_limit` of exactly the debt of an account's two units, or a step less; renewed in the next tick."""
    stage = Stage(venue, rate_ppm=10_000)
    lots = venue.between(1, 20)
    lost, owed, miss = stage.market.value(lots, venue.between(1, 20)), venue.between(1, stage.notional(3)), stage.miss()
    stage.hold("D", lots, -lost, balance=0, isolated=True)
    stage.owe("D", owed)
    stage.owe("E", venue.between(1, lost + owed))
    stage.rich("W", -lots)
    counted = venue.pick([lost + owed, lost, owed])
    limit = max(1, counted + miss)
    venue.rule("fund", account_limit=stage.money(limit))
    venue.fund("USD", 20 * (lost + owed), stage.digits)
    if venue.chance(0.6):
        stage.deep(lots)
    else:
        stage.no_market()
    venue.claim("limit", key="account_limit", steps=counted, miss=limit - counted)
    venue.claim("owed", accounts=["D"], steps=lost + owed, tick=1)
    stage.more_ticks((2, stage.now), (3, stage.now + 1))
    stage.any_rest(socialise=venue.chance(0.3))


def tick_limit_edge(venue: Venue) -> None:
    """`tick_limit` of exactly the debt of the first debtors, or a step beside it; the rest is paid tick by tick."""
    stage = Stage(venue)
    owed = [venue.between(1, stage.notional(5)) for _ in range(venue.between(2, 4))]
    for number, steps in enumerate(owed):
        stage.owe(f"D{number}", steps)
    payers(stage, 2)
    owed_to, miss = venue.between(1, len(owed)), stage.miss()
    limit = sum(owed[:owed_to])
    venue.rule("fund", tick_limit=stage.money(max(1, limit + miss)))
    if venue.chance(0.3):
        venue.rule("fund", account_limit=stage.money(max(1, owed[0] + stage.miss())))
    venue.fund("USD", venue.pick([3, 1]) * sum(owed), stage.digits)
    stage.more_ticks((2, stage.now), (3, stage.now), (7, stage.now + 1))
    counted = [f"D{number}" for number in range(owed_to)]
    venue.claim("limit", key="tick_limit", steps=sum(owed[:owed_to]), miss=max(1, limit + miss) - limit)
    venue.claim("owed", accounts=counted, steps=sum(owed[:owed_to]), tick=1)
    stage.any_rest(socialise=venue.chance(0.3))


def fund_of_market(venue: Venue) -> None:
    """Funds by instrument: a market settled at a loss, whose fund holds exactly the rest, or a step less."""
    stage = Stage(venue)
    venue.exact_market("N", [(0, 50_000, 50_000)])
    venue.mark("N", venue.price("N", 100))
    stage.more_ticks((2, stage.now), (3, stage.now + 1))
    unit, lots = 10**stage.digits, venue.between(2, 40)
    fall, owed, miss = venue.between(1, 60), venue.between(1, 500), stage.miss()
    venue.position("D", "N", lots, cost=lots * 100 * unit)
    venue.balance("D", "USD", lots * fall * unit - owed)
    for number, part in enumerate((lots // 2, lots - lots // 2)):
        if part:
            venue.position(f"P{number}", "N", -part, cost=-part * 100 * unit)
            venue.balance(f"P{number}", "USD", part * 50 * unit)
    payers(stage, 2)
    if venue.chance(0.4):
        venue.position("D", "M", 1, cost=stage.notional(1))
        stage.rich("W", -1)
    floor = venue.pick([0, 0, venue.between(1, 300)])
    venue.rule("fund", scope="instrument")
    if floor:
        venue.rule("fund", floor=stage.money(floor))
    venue.fund("N", max(0, floor + owed + miss), stage.digits)
    venue.fund("M", venue.pick([0, 1000, 100_000]), stage.digits)
    venue.update(venue.pick([1, 2]), "settle", instrument="N", price=str(100 - fall))
    if venue.chance(0.6):
        venue.update(int(venue.updates[-1]["tick"]), "delist", instrument="N")
    stage.any_rest(socialise=venue.chance(0.6))


def drawdown_edge(venue: Venue) -> None:
    """A fund that has fallen exactly to the threshold still pays, a step below it no more; then ADL bears the loss."""
    stage = Stage(venue, now=2000, rate_ppm=10_000)
    stop = venue.pick(["0.1", "0.3", "0.5", "0.9"])
    peak = 100 * venue.between(1, 50) * stage.notional(1)
    miss = stage.miss()
    stage.owe("D", peak - int(peak * (1 - Fraction(stop))) - miss)
    lots, price = venue.between(1, 20), venue.pick([1600, 1900])
    stage.hold("L", lots, -stage.market.value(lots, venue.between(1, 100)), price=price)
    stage.rich("W", -lots - 3)
    stage.rich("V", 3)
    venue.fund("USD", peak, stage.digits)
    venue.rule("fund", drawdown_stop=stop)
    if venue.chance(0.5):
        venue.rule("fund", recovery=max(1 - Fraction(stop), Fraction(venue.pick(["0.75", "1", "0.5", "0.95"]))))
    if venue.chance(0.8):
        stage.deep(lots)
    else:
        stage.no_market()
    stage.more_ticks((2, price), (3, price - 1))
    venue.claim("drawdown", miss=miss)
    stage.any_rest(adl=True, socialise=venue.chance(0.2))
    if venue.chance(0.3):
        venue.rule("adl", price="mark")


def recovery_edge(venue: Venue) -> None:
    """A stopped fund grows by a surplus to exactly its recovery share of the peak, or a step beside it."""
    stage = Stage(venue, now=2000, rate_ppm=100_000)
    recovery = venue.pick(["0.75", "0.9", "1"])
    lots, later, miss = venue.between(1, 20), venue.between(1, 20), stage.miss()
    least = stage.required(lots, 1600)
    part = max(1, least // 45)
    peak = 100 * part
    surplus = int(peak * Fraction(recovery)) - 60 * part + miss
    stage.owe("D", 40 * part)
    stage.hold("A", lots, surplus, price=1600)
    stage.hold("B", later, -stage.market.value(later, venue.between(1, 100)), price=1200)
    stage.rich("W", -lots - later)
    venue.fund("USD", peak, stage.digits)
    venue.rule("fund", drawdown_stop="0.3", recovery=recovery)
    stage.deep(lots + later)
    stage.more_ticks((2, 1600), (3, 1200), (5, 1100))
    venue.claim("recovery", account="A", tick=2, miss=miss)
    stage.any_rest(socialise=venue.chance(0.2))


def recovery_cycle(venue: Venue) -> None:
    """A fund that falls by shortfalls and grows by surpluses over many ticks, beyond its stop and back."""
    stage = Stage(venue, now=2000, rate_ppm=50_000)
    marks = [1800, 1600, 1400, 1200, 1000, 800][: venue.between(4, 6)]
    gap = venue.pick([1, 1, 3])
    stage.more_ticks(*((2 + gap * number, price) for number, price in enumerate(marks)))
    lots = venue.between(5, 20)
    peak = stage.required(lots, 800)
    lots_sum = 0
    for number, price in enumerate(marks):
        part = peak * venue.between(10, 60) // 100
        if number % 2 == 0:
            stage.hold(f"B{number}", lots, -part, price=price)
        else:
            gained = stage.required(lots, price) * venue.between(40, 99) // 100
            stage.hold(f"A{number}", lots, gained, price=price)
        lots_sum += lots
    if venue.chance(0.6):
        stage.owe("D", peak * venue.between(5, 50) // 100)
    stage.rich("W", -lots_sum)
    stage.deep(lots_sum)
    stop = Fraction(venue.pick(["0.1", "0.3", "0.2"]))
    venue.fund("USD", peak, stage.digits)
    venue.rule("fund", drawdown_stop=stop, recovery=venue.pick([1 - stop, 1 - stop / 2, 1]))
    venue.rule("liquidation", surplus_to="fund", mode="whole")
    stage.any_rest(socialise=venue.chance(0.3))


def shortfall_edge(venue: Venue) -> None:
    """A bankrupt unit on the market: the fund can pay exactly its shortfall, or that of some lots, or a step less."""
    stage = Stage(venue, rate_ppm=10_000)
    lots, each, miss = venue.between(1, 20), venue.between(1, 50), stage.miss()
    sign, part = venue.pick([1, -1]), venue.pick([lots, lots, lots, venue.between(1, lots)])
    floor = venue.pick([0, 0, stage.notional(1)])
    stage.hold("L", sign * lots, -stage.market.value(lots, each), isolated=venue.chance(0.3))
    stage.rich("W", -sign * lots)
    paid = max(1, stage.market.value(part, each) + miss)
    limit = venue.pick(["balance", "account_limit", "tick_limit"])
    venue.fund("USD", floor + (paid if limit == "balance" else 9 * paid), stage.digits)
    if limit != "balance":
        venue.rule("fund", **{limit: stage.money(paid)})
    if floor:
        venue.rule("fund", floor=stage.money(floor))
    if venue.chance(0.7):
        stage.deep(lots)
    else:
        venue.rule("market", depth=stage.money(stage.notional(lots)), depth_move=venue.pick(["0.01", "0.1"]))
    venue.claim("apart", account="L", tick=1, each=-each, lots=lots, miss=0)
    miss = paid - stage.market.value(part, each)
    venue.claim("shortfall", account="L", tick=1, part=part, of=lots, limit=limit, miss=miss)
    stage.more_ticks((2, stage.now))
    stage.any_rest()


def loser(stage: Stage, lots: int, each: int) -> int:
    """A bankrupt short `L`: every lot costs its winner `each` price steps against the mark. Returns that in steps."""
    stage.hold("L", -lots, -stage.market.value(lots, each))
    return stage.market.value(1, each)


def winner_zero_edge(venue: Venue) -> None:
    """Winners whose equity is exactly 0 after some lots, or a step beside it; poor ones at the head of the queue."""
    stage = Stage(venue, rate_ppm=venue.pick([0, 1_000, 10_000]))
    lots = venue.between(1, 30)
    cost = loser(stage, lots, venue.between(max(1, stage.now // 10), stage.now // 2))
    winners = venue.between(1, 5)
    lots_sum = -lots
    for number in range(winners):
        held, bears = venue.between(1, 15), venue.pick([0, 0, 1, 2, 3])
        least = stage.required(held)
        equity = max(least, bears * cost + stage.miss()) if bears else max(least, min(2 * least, cost - 1))
        stage.hold(f"W{number}", held, equity, pnl=stage.notional(held) * venue.between(5, 10) // 10)
        venue.claim("bears", account=f"W{number}", tick=1, cost=cost, equity=equity)
        lots_sum += held
    if venue.chance(0.7):
        stage.rich("Z", max(1, lots))
    stage.no_market()
    stage.any_rest(adl=True, socialise=venue.chance(0.3))
    if venue.chance(0.5):
        venue.rule("adl", policy="queue", score=venue.pick(["pnl_leverage", "leverage", "return", "given"]))


def cap_edge(venue: Venue) -> None:
    """A cap that some lots of a winner use up exactly, or a step beside it; it binds over several rounds."""
    stage = Stage(venue, rate_ppm=venue.pick([1_000, 10_000]))
    lots, cap = venue.between(2, 30), venue.pick(["0.5", "0.25", "0.1", "0.75", "1"])
    cost = loser(stage, lots, venue.between(max(1, stage.now // 20), stage.now // 4))
    for number in range(venue.between(1, 4)):
        held, takes, miss = venue.between(1, 20), venue.between(0, 5), stage.miss()
        profit = int(takes * cost / Fraction(cap)) + miss
        own = max(2 * stage.notional(held), profit) // venue.pick([1, 2, 8])
        stage.hold(f"W{number}", held, own + profit, pnl=profit)
        venue.claim("pnl", account=f"W{number}", tick=1, pnl=profit)
    if venue.chance(0.3):
        stage.hold("P", 3, cost // 2 + stage.required(3), pnl=stage.notional(3))
    stage.no_market()
    stage.any_rest(adl=True)
    venue.rule("adl", policy=f"{venue.pick(['capped', 'capped', 'risk_aware'])}:{cap}")


def zero_weights(venue: Venue) -> None:
    """Pro rata without any weight of a winner: all losing, or, for shares of equity, all at an equity of 0."""
    stage = Stage(venue, rate_ppm=0)
    lots = venue.between(2, 20)
    policy = venue.pick(["pro_rata:pnl", "risk_aware:0.5", "capped:0.5", "pro_rata:equity"])
    by_equity = policy == "pro_rata:equity"
    loser(stage, lots, venue.between(1, max(1, stage.now // 10)))
    for number in range(venue.between(1, 4)):
        held = venue.between(1, 20)
        worth = stage.notional(held)
        pnl = venue.pick([0, -1, -venue.between(1, worth)])
        stage.hold(f"W{number}", held, 0 if by_equity and venue.chance(0.8) else 2 * worth, pnl=pnl)
        venue.claim("pnl", account=f"W{number}", tick=1, pnl=pnl)
    stage.no_market()
    stage.any_rest(adl=True)
    venue.rule("adl", policy=policy)
    if venue.chance(0.3):
        venue.rule("adl", price="mark")
        venue.fund("USD", stage.notional(lots), stage.digits)


def mark_price_edge(venue: Venue) -> None:
    """ADL at the mark: the fund can pay exactly the difference to the bankruptcy value, or a step less."""
    stage = Stage(venue, rate_ppm=10_000)
    lots, each, miss = venue.between(1, 20), venue.between(1, 40), stage.miss()
    cost = loser(stage, lots, each)
    for number in range(venue.between(1, 4)):
        held = venue.between(1, 20)
        stage.hold(f"W{number}", held, stage.notional(held), pnl=venue.between(-9, 9) * stage.notional(held) // 10)
    floor = venue.pick([0, 0, venue.between(1, 100)])
    part = venue.pick([lots, lots, venue.between(1, lots)])
    venue.fund("USD", max(1, floor + part * cost + miss), stage.digits)
    if floor:
        venue.rule("fund", floor=stage.money(floor))
    if venue.chance(0.2):
        venue.rule("fund", account_limit=stage.money(part * cost))
    venue.claim("owed", accounts=["L"], steps=lots * cost, tick=1)
    venue.claim("difference", part=part, of=lots, miss=max(1, floor + part * cost + miss) - floor - part * cost)
    stage.no_market()
    stage.any_rest(adl=True)
    venue.rule("adl", price="mark")


def min_max_small(venue: Venue) -> None:
    """`min_max` on a small ladder, with ties, for an exhaustive search."""
    stage = Stage(venue, rate_ppm=venue.pick([0, 10_000]))
    lots = venue.between(1, 12)
    loser(stage, lots, venue.between(1, max(1, stage.now // 3)))
    same = venue.chance(0.3)
    equity = stage.notional(3)
    for number in range(venue.between(1, 4)):
        held = venue.between(1, 6)
        if not same:
            equity = stage.notional(held) // venue.pick([1, 2, 5, 20]) + venue.between(1, 50)
        stage.hold(f"W{number}", held, equity, pnl=venue.between(-9, 9) * stage.notional(held) // 10)
    stage.no_market()
    stage.any_rest(adl=True)
    venue.rule("adl", policy="min_max")


def ladder_ties(venue: Venue) -> None:
    """Winners with equal scores, and the loser's own account on the other side."""
    stage = Stage(venue, rate_ppm=10_000)
    lots, held = venue.between(3, 30), venue.between(1, 8)
    equity, pnl = stage.notional(held), stage.notional(held) * venue.between(-5, 5) // 10
    stage.hold("L", -lots, -stage.market.value(lots, venue.between(1, 40)), balance=0, isolated=True)
    for account in venue.random.sample(["L", "A", "A-", "AB", "a", "10", "9"], venue.between(2, 6)):
        balance = equity - pnl
        stage.hold(account, held, equity, balance=balance if account != "L" else balance + 1)
    stage.no_market()
    stage.any_rest(adl=True)
    for row in venue.draft.tables["positions"]:
        row["adl_score"] = venue.pick(["1", "1", "2"])


def social_caps_edge(venue: Venue) -> None:
    """Loss that takes exactly the equity of the payers, or a step more; the poorest are at their cap long before."""
    stage = Stage(venue, rate_ppm=10_000)
    by, miss, equities = venue.pick(WEIGHTS), stage.miss(), []
    for number in range(venue.between(1, 5)):
        held = venue.pick([1, -1]) * venue.between(1, 15)
        equity = stage.required(held) * venue.pick([1, 2, 10]) + venue.between(0, 9)
        stage.hold(f"P{number}", held, equity, pnl=venue.between(-5, 9) * stage.notional(held) // 10)
        equities.append(equity)
    share = 1 if venue.turn % 4 < 3 else venue.pick([1, 2, 3])
    owed = max(1, sum(equities) // share + miss)
    first = venue.between(0, owed - 1)
    for account, steps in (("D0", first), ("D1", owed - first)):
        if steps:
            stage.owe(account, steps)
    venue.claim("owed", accounts=["D0", "D1"], steps=owed, tick=1)
    if share == 1 and sum(equities) + miss > 0:
        venue.claim("bearable", accounts=[f"P{number}" for number in range(len(equities))], owed=owed, miss=miss)
    stage.any_rest(socialise=True)
    venue.rule("socialise", by=by)
    if venue.chance(0.5):
        stage.more_ticks((2, stage.now + 1))


def social_zero_weights(venue: Venue) -> None:
    """Socialised loss without any weight: no profit anywhere, or no account with a position."""
    stage = Stage(venue, rate_ppm=10_000)
    by = venue.pick(["profit", "profit", "open_interest"])
    for number in range(venue.between(1, 4)):
        steps = venue.between(1, stage.notional(3))
        if by == "profit":
            held = venue.pick([1, -1]) * venue.between(1, 9)
            stage.hold(f"P{number}", held, stage.required(held) + steps, pnl=-venue.pick([0, 1, steps]))
        else:
            venue.balance(f"P{number}", "USD", steps)
    for number in range(venue.between(1, 3)):
        stage.owe(f"D{number}", venue.between(1, stage.notional(2)))
    stage.any_rest(socialise=True)
    venue.rule("socialise", by=by)


def adl_off(venue: Venue) -> None:
    """Without ADL bankrupt units keep their positions; fund and socialised loss bring their equity to 0."""
    stage = Stage(venue, rate_ppm=10_000)
    lots = venue.between(1, 20)
    owed = stage.market.value(lots, venue.between(1, stage.now // 4))
    stage.hold("L", lots, -owed, isolated=venue.chance(0.4))
    stage.rich("W", -lots, 1)
    payers(stage, 3)
    if venue.chance(0.7):
        venue.fund("USD", max(1, owed // venue.pick([1, 2, 9]) + stage.miss()), stage.digits)
    if venue.chance(0.3):
        stage.deep(lots)
    elif venue.chance(0.5):
        stage.no_market()
    venue.rule("adl", enabled=False, score=venue.pick(SCORES))
    venue.rule("socialise", by=venue.pick(WEIGHTS)) if venue.chance(0.7) else venue.rule("socialise", enabled=False)
    stage.more_ticks((2, stage.now - 1), (3, stage.now + 1))


def clamped(venue: Venue) -> None:
    """A short that owes its whole value, or about so: the bankruptcy value is clamped and the rest is uncovered."""
    stage = Stage(venue, rate_ppm=10_000)
    lots = venue.between(1, 15)
    worth = stage.notional(lots)
    owed = worth + venue.pick([0, 1, -1, -stage.market.value(lots, 1), venue.between(1, worth)])
    stage.hold("L", -lots, -owed, isolated=venue.chance(0.3))
    stage.rich("W", lots, 1)
    payers(stage, 2)
    if venue.chance(0.6):
        venue.fund("USD", max(1, owed // venue.pick([1, 4])), stage.digits)
    venue.claim("equity", account="L", unit=None, tick=1, equity=-owed, edge="clamped", miss=0)
    draw_rules(venue, "fund")


def update_edge(venue: Venue) -> None:
    """A fee or a deposit of the tick brings a unit exactly to its requirement, to 0, or a step below."""
    stage = Stage(venue, rate_ppm=50_000)
    lots, lots_sum = 0, 0
    for number in range(venue.between(1, 4)):
        lots = venue.between(1, 20)
        at = venue.pick([0, stage.required(lots)]) + stage.miss()
        moved = venue.between(1, stage.notional(lots) // 10 + 1)
        if venue.chance(0.5):
            stage.hold(f"L{number}", lots, at + moved)
            venue.update(1, "fee", account=f"L{number}", asset="USD", amount=fixed(moved, stage.digits))
        else:
            stage.hold(f"L{number}", lots, at - moved)
            venue.update(1, "deposit", account=f"L{number}", asset="USD", amount=fixed(moved, stage.digits))
        lots_sum += lots
    stage.rich("W", -lots_sum)
    stage.more_ticks((2, stage.now))
    draw_rules(venue)


FAMILIES = [
    fund_floor_edge, account_limit_edge, tick_limit_edge, fund_of_market, drawdown_edge, recovery_edge, recovery_cycle,
    shortfall_edge, winner_zero_edge, cap_edge, zero_weights, mark_price_edge, min_max_small, ladder_ties,
    social_caps_edge, social_zero_weights, adl_off, clamped, update_edge,
]
