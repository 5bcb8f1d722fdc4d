"""The settings of a rulebook that must have acted in a run: each changed an outcome, and was not only set."""

from __future__ import annotations

from book import SCORES

SETTINGS = (
    "liquidation.mode=whole",
    "liquidation.mode=fraction",
    "liquidation.mode=tier_down",
    "liquidation.mode=target_health",
    "liquidation.cooldown:waits",
    "liquidation.cooldown:goes_on",
    "liquidation.cooldown:lapsed",
    "liquidation.whole_below:fraction",
    "liquidation.whole_below:tier_down",
    "liquidation.whole_below:target_health",
    "liquidation.order=maintenance",
    "liquidation.order=loss",
    "liquidation.liquidation_fee",
    "liquidation.fee_to=fees",
    "liquidation.fee_to=fund",
    "liquidation.surplus_to=fund",
    "liquidation.surplus_to=account",
    "market.impact=linear",
    "market.impact=square_root",
    "market.limit",
    "depths",
    "margin.dust",
    "market.half_life",
    "market.permanent",
    "backstop.enabled",
    "backstop.capacity",
    "backstop.below_health",
    "backstop.takes_bankrupt=false",
    "fund.scope=instrument",
    "fund.balance",
    "fund.floor",
    "fund.account_limit",
    "fund.tick_limit",
    "fund.drawdown_stop",
    "fund.recovery",
    "adl.enabled=false",
    "adl.price=mark",
    "adl.overlap",
    "adl.overlap:exactly_zero",
    "adl.own_account",
    *(f"adl.score={score}" for score in SCORES),
    *(f"adl.policy={policy}" for policy in (
        "queue", "pro_rata:size", "pro_rata:pnl", "pro_rata:notional", "pro_rata:equity", "capped", "risk_aware",
        "min_max",
    )),
    "adl.policy=min_max:checked",
    "socialise.enabled=false",
    "socialise.by=profit",
    "socialise.by=open_interest",
    "socialise.by=equity",
    "cascade",
    "debt carried over a tick",
)


def idle(acts: dict[str, int], least: int) -> list[str]:
    """The settings that acted less often than they must."""
    return [f"{name}: {acts.get(name, 0)} < {least}" for name in SETTINGS if acts.get(name, 0) < least]
