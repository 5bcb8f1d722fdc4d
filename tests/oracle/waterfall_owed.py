"""Debts that are left after ADL: the fund first, then socialised loss (docs/design.md section 4; rulings 9 to 11)."""

from __future__ import annotations

from book import name_order
from margin import BANKRUPT, Unit, split
from waterfall_ledger import Leg
from waterfall_policy import water_fill


def pots_of(replay, unit: Unit) -> list[str]:
    """The pots of the fund that a unit's deficit is due from, ascending (ruling 9)."""
    if replay.rules.scope != "instrument":
        return [unit.asset]
    if unit.isolated:
        return [unit.name[len("isolated:") :].rpartition(":")[0]]
    return replay.lost_in(unit)


def fund_pays(replay, unit: Unit) -> None:
    """The fund brings a unit's equity up towards zero, from one pot after the other."""
    key = (unit.account, unit.name)
    for pot in pots_of(replay, unit):
        deficit = -replay.ledger.unit(key).equity
        if deficit <= 0:
            return
        replay.fund.binding(pot, unit.account, deficit)
        amount = min(deficit, replay.fund.may_pay(pot, unit.account))
        if amount > 0:
            replay.fund.pay(pot, unit.account, amount)
            replay.post("insurance_fund", [
                Leg(unit.account, unit.name, "", 0, 0, unit.asset, amount, cause="deficit"),
                Leg("fund", "", "", 0, 0, unit.asset, -amount, cause="deficit"),
            ])


def weight(replay, unit: Unit) -> int:
    """The weight of a unit's contribution: the profits of its positions, their notional, or its equity."""
    match replay.rules.socialise_by:
        case "open_interest":
            return sum(holding.notional for holding in unit.holdings)
        case "equity":
            return max(0, unit.equity)
        case _:
            return sum(max(0, holding.pnl) for holding in unit.holdings)


def socialise(replay, scanned: list[Unit], asset: str) -> None:
    """Splits the debts in an asset over the units that can pay; the debtors get it by their own deficit."""
    bankrupt = {(unit.account, unit.name) for unit in scanned if unit.state == BANKRUPT and not unit.is_dust}
    now = [replay.ledger.unit((unit.account, unit.name)) for unit in scanned if unit.asset == asset]
    debtors = [unit for unit in now if unit.equity < 0 and (unit.account, unit.name) in bankrupt]
    owed = sum(unit.deficit for unit in debtors)
    if owed == 0:
        return
    if not replay.rules.socialise:
        replay.acts["socialise.enabled=false"] += 1
        return
    payers = [unit for unit in now if (unit.account, unit.name) not in bankrupt and unit.equity > 0]
    weights = [weight(replay, unit) for unit in payers]
    payers = [unit for unit, one in zip(payers, weights) if one > 0]
    weights = [one for one in weights if one > 0]
    parts = water_fill(owed, weights, [unit.equity for unit in payers])
    paid = sum(parts)
    if paid == 0:
        return
    replay.acts[f"socialise.by={replay.rules.socialise_by}"] += 1
    received = split(paid, [unit.deficit for unit in debtors])
    legs = [
        Leg(unit.account, unit.name, "", 0, 0, asset, -part) for unit, part in zip(payers, parts) if part
    ] + [Leg(unit.account, unit.name, "", 0, 0, asset, part) for unit, part in zip(debtors, received) if part]
    for leg in legs:
        leg.cause = "socialised"
    replay.post("socialise", legs)
