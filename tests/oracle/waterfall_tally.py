"""The row that `ticks` has for each tick and settlement asset, from the plans and the state after them."""

from __future__ import annotations

from collections import Counter

from margin import BANKRUPT, STATES
from waterfall_ledger import Plan

MONEY = (
    "market", "surplus", "fees", "backstop", "fund_paid", "fund_balance", "adl", "adl_haircut", "socialised", "unpaid",
)


class Tally:
    """Counts of one tick by asset."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter] = {}
        self.winners: dict[str, set[str]] = {}

    def of(self, asset: str) -> Counter:
        return self.counts.setdefault(asset, Counter())

    def scanned(self, units: list) -> None:
        """The states of the tick's first scan."""
        if self.counts:
            return
        for unit in units:
            self.of(unit.asset)["dust" if unit.is_dust else STATES[unit.state]] += 1

    def plan(self, plan: Plan) -> None:
        """The amounts that a plan moved."""
        for leg in plan.legs:
            row = self.of(leg.asset)
            match plan.step, leg.account:
                case "liquidate", "market":
                    row["market"] += abs(leg.cost)
                case "liquidate", "fees":
                    row["fees"] += leg.amount
                case "backstop", "backstop":
                    row["backstop"] += abs(leg.cost)
                case "update", _:
                    continue
                case _, "fund" if leg.amount < 0:
                    row["fund_paid"] -= leg.amount
                case "socialise", _ if leg.amount > 0:
                    row["socialised"] += leg.amount

    def unpaid(self, replay, flagged: list) -> None:
        """The part of the deficits that the last pass leaves of the units that its scan found bankrupt."""
        for row in self.counts.values():
            row["unpaid"] = 0
        for unit in flagged:
            if unit.state == BANKRUPT:
                self.of(unit.asset)["unpaid"] += replay.ledger.unit((unit.account, unit.name)).deficit

    def finish(self, replay) -> dict[str, dict[str, int]]:
        """The tick's rows."""
        for pot, balance in replay.fund.pots.items():
            self.of(replay.fund.asset(pot))["fund_balance"] += balance
        rows = {}
        for asset, row in self.counts.items():
            rows[asset] = {name: row[name] for name in (*STATES[1:], "dust", *MONEY)} | {"passes": replay.passes}
        return rows
