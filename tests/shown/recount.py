"""A replay recomputed from the opening book, the ticks and its events: every column of `ticks`, `feasibility` and
`deleveraged`, the figures that `compare` and `stress` give for a fork, and the final book. Units are judged by the oracle of
`scan`; nothing here runs the command. It holds for a market whose impact does not stay (each tick has one pass) and whose
surplus goes to the fund.

Money is whole steps of its asset, sizes are whole lots.
"""

from __future__ import annotations

import csv
import sys
import tomllib
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))

import book as venue
from margin import BANKRUPT, HEALTHY, LIQUIDATABLE, STATES, Unit, evaluate, floor_value
from rank import SIDES, rank

ONE = 10**9
SYSTEM = {"fund", "fees", "market", "backstop", "external"}
FLOWS = ("demand", "market", "surplus", "fees", "backstop", "fund_paid", "fund_balance", "adl", "adl_haircut", "socialised", "unpaid")
OTHER = {"long": "short", "short": "long"}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Told:
    """Figures of one tick, by asset."""

    def __init__(self) -> None:
        self.states: dict[str, dict[str, int]] = {}  # Of the tick's scan; `held` beside the four states.
        self.flows: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.winners: dict[str, int] = defaultdict(int)
        self.needed: dict[str, int] = defaultdict(int)
        self.candidates: dict[str, int] = defaultdict(int)
        self.ratios: dict[str, list[int]] = defaultdict(list)
        self.givers: dict[str, set[str]] = defaultdict(set)
        self.feasible: list[dict[str, object]] = []
        self.deleveraged: list[dict[str, str]] = []


class Recount:
    """A replay, tick by tick. `book` is changed in place and is the final one in the end."""

    def __init__(self, folder: Path, ticks: list[dict[str, str]], events: list[dict[str, str]], fund: dict[str, str] | None = None):
        self.book = venue.read(folder)
        rules = tomllib.loads((folder / "venue.toml").read_text(encoding="utf-8"), parse_float=Decimal)
        liquidation = rules.get("liquidation", {})
        assert rules.get("market", {}).get("permanent", 0) == 0 and liquidation.get("surplus_to", "fund") == "fund" and liquidation.get("fee_to", "fees") == "fees"
        opening = fund if fund is not None else rules.get("fund", {}).get("balance", {})
        self.fund = {name: int(Fraction(str(opening.get(name, 0))) / asset.step) for name, asset in self.book.assets.items()}
        self.fund_opening = dict(self.fund)
        self.lots_of: dict[tuple[str, str], int] = {}
        self.bare: dict[tuple[str, str], int] = {}  # Debts of isolated units whose positions are gone.
        self.plans = {int(row["plan"]) for row in events}
        self.events = len(events)
        for position in self.book.positions:  # Margin of an isolated position comes from a cross unit and returns to it.
            if position.isolated_margin is not None:
                asset = self.book.quote if self.book.multi else position.instrument.settle
                self.book.balances.setdefault((position.account, asset), 0)
        by_tick = defaultdict(list)
        for row in events:
            by_tick[int(row["tick"])].append(row)
        marks = defaultdict(list)
        for row in ticks:
            marks[int(row["tick"])].append(row)
        assert set(by_tick) <= set(marks)
        self.ticks: dict[int, Told] = {}
        for tick in sorted(marks):
            for row in marks[tick]:
                self.set_mark(row)
            self.ticks[tick] = self.tell(by_tick[tick])

    def set_mark(self, row: dict[str, str]) -> None:
        item = self.book.instruments[row["instrument"]]
        as_of = row.get("as_of")
        self.book.marks[item.name] = venue.Mark(int(Fraction(row["mark"]) / item.price_step), venue.instant(as_of) if as_of else None)

    def steps(self, asset: str, text: str) -> int:
        before, _, behind = text.partition(".")
        if text and len(behind) == self.book.assets[asset].digits:
            return int(before + behind)
        parts = Fraction(text or "0") / self.book.assets[asset].step
        assert parts.denominator == 1, (asset, text)
        return parts.numerator

    def units(self, accounts: set[str] | None = None) -> list[Unit]:
        """The oracle's units of these accounts, and units that only owe."""
        some = self.book if accounts is None else replace(self.book, positions=[one for one in self.book.positions if one.account in accounts],
                                                          balances={key: amount for key, amount in self.book.balances.items() if key[0] in accounts})
        units = evaluate(some)
        for (account, name), amount in self.bare.items():
            asset = self.book.quote if self.book.multi else self.book.instruments[name.split(":")[1]].settle
            units.append(Unit(account, name, asset, True, amount, equity=amount, margin_equity=amount, state=BANKRUPT if amount < 0 else HEALTHY))
        return units

    def mark_value(self, instrument: str, lots: int) -> int:
        item = self.book.instruments[instrument]
        return floor_value(item, lots, self.book.marks[instrument].ticks * item.price_step, self.book.assets[item.settle].step)

    # ------------------------------------------------------------------------------------------- one tick
    def tell(self, events: list[dict[str, str]]) -> Told:
        out = Told()
        units = self.units()
        for unit in units:
            of = out.states.setdefault(unit.asset, dict.fromkeys((*STATES, "held"), 0))
            of[STATES[unit.state]] += 1
            of["held"] += unit.held
        bankrupt = [unit for unit in units if unit.state == BANKRUPT and not unit.held]
        for unit in bankrupt:
            for holding in unit.holdings:
                out.flows[unit.asset]["demand"] += abs(holding.bankruptcy_value)
        markets = rank(self.book, [unit for unit in units if unit.holdings])
        self.feasibility(out, bankrupt, markets)
        flagged = {(unit.account, unit.name) for unit in units if unit.state in (LIQUIDATABLE, BANKRUPT) and not unit.held}
        cancelled = {(row["account"], row["unit"]) for row in events if row["step"] == "cancel"}
        assert cancelled == flagged, f"orders of {cancelled ^ flagged} are cancelled without a flag, or the other way round"
        plans = defaultdict(list)
        for row in events:
            plans[row["plan"]].append(row)
        closed = defaultdict(int)  # Lots that market and backstop took, by (account, unit, instrument, side).
        haircuts = defaultdict(int)
        for legs in plans.values():
            self.flow(out, legs, closed, haircuts)
        self.waves(out, units, bankrupt, markets, closed, haircuts)
        places = defaultdict(list)
        for one in self.book.positions:
            places[one.account].append(one)
        for row in events:
            self.post(row, places)
        self.book.positions = [one for one in self.book.positions if one.lots]
        debtors = {(unit.account, unit.name) for unit in bankrupt}
        for unit in self.units({account for account, _ in debtors}):
            if (unit.account, unit.name) in debtors:
                out.flows[unit.asset]["unpaid"] += unit.deficit
        for asset in out.states:
            out.flows[asset]["fund_balance"] = self.fund[asset]
        return out

    def feasibility(self, out: Told, bankrupt: list[Unit], markets: dict) -> None:
        """Rows of `feasibility`: the demand of each side of losers and the lots that it finds, before any step acts."""
        for name, market in markets.items():
            item = self.book.instruments[name]
            for side in SIDES:
                losers = [holding for unit in bankrupt for holding in unit.holdings
                          if holding.position.instrument.name == name and holding.position.side == side]
                if not losers:
                    continue
                ladder = market.ladders[OTHER[side]]
                demand, supply = sum(abs(one.position.lots) for one in losers), sum(entry.lots for entry in ladder)
                out.feasible.append({
                    "instrument": name, "losers": side, "demand": demand * item.size_step, "ladder": supply * item.size_step,
                    "left_over": max(0, demand - supply) * item.size_step, "asset": item.settle,
                    "deficit": sum(abs(one.allotted) for one in losers), "winners_profit": sum(max(0, entry.holding.pnl) for entry in ladder),
                    "fund": self.fund[item.settle]})

    def flow(self, out: Told, legs: list[dict[str, str]], closed: dict, haircuts: dict) -> None:
        """The amounts that one plan moved."""
        step = legs[0]["step"]
        of = out.flows[legs[0]["asset"]]
        of_account = lambda name: [row for row in legs if row["account"] == name]
        amount = lambda row: self.steps(row["asset"], row["amount"])
        worth = lambda row: self.steps(row["asset"], row["amount"]) - self.steps(row["asset"], row["cost"])
        of["fund_paid"] += sum(max(0, -amount(row)) for row in of_account("fund"))
        if step in ("liquidate", "backstop"):
            of["market" if step == "liquidate" else "backstop"] += sum(abs(worth(row)) for row in of_account("market" if step == "liquidate" else "backstop"))
            of["fees"] += sum(amount(row) for row in of_account("fees"))
            of["surplus"] += sum(max(0, amount(row)) for row in of_account("fund"))
            for row in legs:
                if row["account"] not in SYSTEM:
                    closed[self.key(row)] += abs(self.lots(row))
        if step == "adl":
            loser, winner = legs[:2]
            assert Fraction(loser["size"]) == -Fraction(winner["size"]) and all(row["account"] == "fund" for row in legs[2:])
            haircut = -worth(winner) - self.mark_value(winner["instrument"], -self.lots(loser))
            of["adl"] += abs(worth(winner))
            of["adl_haircut"] += haircut
            haircuts[winner["account"], winner["unit"], winner["asset"]] += haircut
        if step == "socialise":
            of["socialised"] += sum(max(0, amount(row)) for row in legs)

    def waves(self, out: Told, units: list[Unit], bankrupt: list[Unit], markets: dict, closed: dict, haircuts: dict) -> None:
        """The lots that ADL asked of each winner, and those that it gave."""
        asked = set()
        for unit in bankrupt:
            for holding in unit.holdings:
                lots, name, side = holding.position.lots, holding.position.instrument.name, holding.position.side
                taken = closed[unit.account, unit.name, name, side]
                if taken < abs(lots):
                    asked.add((name, OTHER[side]))
                    worth = abs(holding.bankruptcy_value)
                    left = (worth - worth * taken // abs(lots)) * (-1 if holding.bankruptcy_value < 0 else 1)
                    out.needed[unit.asset] += left - self.mark_value(name, lots + (taken if lots < 0 else -taken))
        on_ladders = {(entry.unit.account, entry.unit.name, entry.unit.asset) for name, side in asked for entry in markets[name].ladders[side]}
        for _, _, asset in on_ladders:
            out.candidates[asset] += 1
        equity = {(unit.account, unit.name): unit.equity for unit in units}
        for (account, name, asset), haircut in haircuts.items():
            held = equity[account, name]
            out.ratios[asset].append(0 if haircut <= 0 else min(2**31 - 1, haircut * ONE // held if held > 0 else 2**31 - 1))
            out.givers[asset].add(account)
            out.winners[asset] += 1
            out.deleveraged.append({"account": account, "unit": name, "asset": asset, "equity": self.shown(asset, held), "haircut": self.shown(asset, haircut)})

    # -------------------------------------------------------------------------------------------- posting
    def lots(self, row: dict[str, str]) -> int:
        key = row["instrument"], row["size"]
        if key not in self.lots_of:
            self.lots_of[key] = int(Fraction(row["size"]) / self.book.instruments[row["instrument"]].size_step)
        return self.lots_of[key]

    @staticmethod
    def key(row: dict[str, str]) -> tuple[str, str, str, str]:
        """Account, unit, instrument and side of a leg that reduces a position."""
        return row["account"], row["unit"], row["instrument"], "long" if row["size"].startswith("-") else "short"

    def post(self, row: dict[str, str], places: dict[str, list]) -> None:
        """Posts one leg on the book. `places` has positions by account; a closed one is removed."""
        amount = self.steps(row["asset"], row["amount"])
        if row["account"] == "fund":
            self.fund[row["asset"]] += amount
        if row["account"] in SYSTEM:
            return
        isolated = row["unit"].startswith("isolated:")
        mine = [one for one in places[row["account"]] if isolated == (one.isolated_margin is not None)]
        if row["instrument"]:
            at = next(one for one in mine if (one.instrument.name, one.side) == self.key(row)[2:])
            at.lots += self.lots(row)
            at.cost += self.steps(row["asset"], row["cost"])
        if isolated:
            name, side = row["unit"].split(":", 1)[1].rsplit(":", 1)
            at = next((one for one in mine if one.instrument.name == name and (one.side == side or one.lots == 0)), None)
            if at is None:
                self.bare[row["account"], row["unit"]] += amount
            else:
                at.isolated_margin += amount
        else:
            key = row["account"], row["asset"]
            self.book.balances[key] = self.book.balances.get(key, 0) + amount
        for one in [one for one in mine if one.lots == 0]:
            places[row["account"]].remove(one)
            assert one.cost == 0
            if one.isolated_margin is not None:
                self.bare[row["account"], row["unit"]] = one.isolated_margin
        if self.bare.get((row["account"], row["unit"])) == 0:
            del self.bare[row["account"], row["unit"]]

    # ---------------------------------------------------------------------------------------------- sums
    def total(self, asset: str, flow: str) -> int:
        """A flow over all ticks; the unpaid debt and the fund are those of the last tick."""
        ticks = [of for of in self.ticks.values() if asset in of.states]
        if flow in ("unpaid", "fund_balance"):
            return ticks[-1].flows[asset][flow] if ticks else 0
        return sum(of.flows[asset][flow] for of in ticks)

    def shown(self, asset: str, steps: int) -> str:
        """Money at the asset's digits."""
        return f"{Decimal(steps).scaleb(-self.book.assets[asset].digits):f}"

    def spread(self, assets: list[str]) -> dict[str, object]:
        """worst, mean and Gini at six decimals and the counts, over some assets together."""
        ratios = sorted(ratio for of in self.ticks.values() for asset in assets for ratio in of.ratios[asset])
        count = sum(of.candidates[asset] for of in self.ticks.values() for asset in assets)
        givers = set().union(*(of.givers[asset] for of in self.ticks.values() for asset in assets))
        apart = so_far = 0  # The sum of the differences of every pair: each value less all smaller ones, zeros included.
        for place, ratio in enumerate(ratios, count - len(ratios)):
            apart += place * ratio - so_far
            so_far += ratio
        parts = {"worst": ratios[-1] if ratios else 0, "mean": sum(ratios) // len(ratios) if ratios else 0,
                 "gini": apart * ONE // (count * sum(ratios)) if sum(ratios) else 0}
        return {**{name: f"{Decimal(part // 1000).scaleb(-6):f}" for name, part in parts.items()},
                "accounts": len(givers), "deleveraged": len(ratios), "candidates": count}
