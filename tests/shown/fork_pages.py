"""The pages of compare and stress, each value recomputed from the tables of the same run."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import texts
from recount import read
from shown_page import Shown, chosen, number_facts, rough, same, thin, tile_number, title
from texts import equal


def fork_asset(rows: list[dict[str, str]], quote: str, losses: tuple[str, ...], key: str) -> str:
    """The quote if any fork had losses or ADL in it, else the asset in which most forks had."""
    busy = defaultdict(set)
    for row in rows:
        if sum(Decimal(row[name]) for name in losses) or any(Decimal(row[name]) for name in ("adl", "socialised", "unpaid")):
            busy[row["asset"]].add((row[key], row.get("fund")))
    return quote if busy[quote] or not any(busy.values()) else max(sorted(busy), key=lambda name: len(busy[name]))


def fork_assets(rows: list[dict[str, str]], main: str, losses: tuple[str, ...], keys: tuple[str, ...]) -> list[str]:
    """The main asset, then the others with losses or ADL, those of the most forks first; at most thirty."""
    busy = defaultdict(set)
    for row in rows:
        if sum(Decimal(row[name]) for name in losses) or any(Decimal(row[name]) for name in ("adl", "socialised", "unpaid")):
            busy[row["asset"]].add(tuple(row[key] for key in keys))
    return [main, *sorted((name for name in sorted(busy, key=str.encode) if name != main), key=lambda name: -len(busy[name]))][:30]


def compare_page(text: str, book: Path, out: Path) -> None:
    shown, reported, rows = Shown(out / "page.html"), texts.summary_of(out), read(out / "policies.csv")
    losses = ("fund_used", "removed", "socialised", "unpaid")
    asset = fork_asset(rows, texts.quote_of(book), losses, "policy")
    own = [row for row in rows if row["asset"] == asset]
    policies = [row["policy"] for row in own]
    wanted = set()
    for place, other in enumerate(fork_assets(rows, asset, losses, ("policy",)), 1):
        wanted |= policy_charts(shown, [row for row in rows if row["asset"] == other], other, "" if place == 1 else f"-{place}")
    equal(set(shown.charts), wanted, "charts")

    burden = lambda row: 2 if Decimal(row["unpaid"]) else 1 if Decimal(row["socialised"]) else 0
    lightest = min(map(burden, own))
    paying = [row for row in own if burden(row) == lightest]

    def least(column: str) -> tuple[str, str]:
        """The smallest value of the forks that leave least to others, and their names: up to three."""
        value = min(Decimal(row[column]) for row in paying)
        best = [row for row in paying if Decimal(row[column]) == value]
        names = ", ".join(row["policy"] for row in best) if len(best) <= 3 else f"{best[0]['policy']} and {len(best) - 1} others"
        return best[0][column], names + ("; each socialises losses" if lightest else "")

    tiles = [("best of these", "none", "each leaves debts unpaid")] if lightest == 2 else [
             ("smallest worst haircut", *least("worst")), ("fewest accounts", thin(least("accounts")[0]), least("accounts")[1]), ("smallest Gini", *least("gini")),
             ("least removed", tile_number(least("removed")[0]), f"{asset}, {least('removed')[1]}")]
    tiles += [(f"{what} by {row['policy']}", tile_number(row[what]), asset + ("" if burden(row) == lightest else "; it is excluded from these rankings")) for row in own for what in ("socialised", "unpaid") if Decimal(row[what])]
    equal(shown.tiles, tiles, "tiles")
    number_facts(shown, reported, ("accounts", "positions"), {"path": reported["path"], "cards in": asset})
    equal(shown.subtitle, f"{len(policies)} polic{'y' if len(policies) == 1 else 'ies'} on forks of the same book through {reported['path']}; rulebook default.", "subtitle")


def policy_charts(shown: Shown, own: list[dict[str, str]], asset: str, suffix: str) -> set[str]:
    """Bars of an asset, a policy a line, the first on top; without those that are 0 throughout. Returns the charts there are."""
    policies = [row["policy"] for row in own]

    def bars(name: str, column: str, *, money: bool = False, count: bool = False) -> dict:
        values = [Decimal(row[column]) for row in own]
        words = [thin(row[column]) + (f" {asset}" if money else "") if money or count else row[column] for row in own]
        return {"name": name, "type": "bar", "orientation": "h", "y": policies, "x": values, "text": words if count else [rough(float(value)) for value in values],
                "hovertext": [f"{policy}<br>{name} {word}" for policy, word in zip(policies, words)]}

    wanted = {"removed": ([bars("removed", "removed", money=True), bars("needed", "needed", money=True)], f"money, {asset}"),
              "haircuts": ([bars("worst", "worst"), bars("mean", "mean")], "part of equity"),
              "gini": ([bars("Gini", "gini")], "Gini coefficient"),
              "accounts": ([bars("accounts", "accounts", count=True)], "accounts"),
              "beyond": ([bars("insurance fund", "fund_used", money=True), bars("socialised", "socialised", money=True), bars("unpaid", "unpaid", money=True)], f"money, {asset}")}
    there = set()
    for name, (traces, x) in wanted.items():
        traces = [trace for trace in traces if any(trace["x"])]
        if traces:
            there.add(name + suffix)
            chart = shown.charts[name + suffix]
            same(chart, traces, name + suffix)
            low, high = chart["layout"]["xaxis"]["range"]
            assert all(low <= value <= high for trace in traces for value in map(float, trace["x"])), f"{name}: a bar is cut"
            equal((title(chart, "x"), chart["layout"]["yaxis"]["tickvals"], chart["layout"]["yaxis"]["autorange"], chosen(shown, name + suffix)), (x, policies, "reversed", asset), f"{name}: axes")
    return there


def stress_page(text: str, book: Path, out: Path) -> None:
    shown, reported, rows = Shown(out / "page.html"), texts.summary_of(out), read(out / "stress.csv")
    asset = fork_asset(rows, texts.quote_of(book), ("fund_used", "adl_haircut", "socialised", "unpaid"), "shock")
    order = fork_assets(rows, asset, ("fund_used", "adl_haircut", "socialised", "unpaid"), ("shock", "fund"))
    cells = {name: {(row["shock"], row["fund"]): row for row in rows if row["asset"] == name} for name in {row["asset"] for row in rows}}
    shocks, funds = (list(dict.fromkeys(row[name] for row in cells[asset].values())) for name in ("shock", "fund"))
    wanted = set()
    for place, other in enumerate(order, 1):
        wanted |= heat_maps(shown, cells[other], shocks, funds, other, "" if place == 1 else f"-{place}")
    equal(set(shown.charts), wanted, "charts")
    own = cells[asset]
    enough = lambda row: not any(Decimal(row[name]) for name in ("adl", "socialised", "unpaid"))
    needed = {key: sum(Decimal(row[name]) for name in NEEDED) for key, row in own.items()}
    most = max(needed, key=lambda key: needed[key])
    tiles = [(f"adequate in {asset}", f"{sum(map(enough, own.values()))} of {len(own)}", "cells in which the fund covers all losses")]
    if len(cells) > 1:
        tiles.append(("adequate in every asset", f"{sum(all(enough(of[key]) for of in cells.values()) for key in own)} of {len(own)}", "cells in which the funds cover all losses"))
    equal(shown.tiles, [*tiles, ("most needed", tile_number(f"{max(needed[most], Decimal(next(iter(own.values()))['needed']) * 0):f}"), f"{asset}, shock {most[0]}" if needed[most] > 0 else asset)], "tiles")
    for place, other in enumerate(order, 1):
        smallest = []
        for shock in shocks:
            good = [fund for fund in funds if enough(cells[other][shock, fund])]
            best = min(good, key=lambda fund: Decimal(cells[other][shock, fund]["fund_opening"]), default=None)
            smallest.append({"shock": shock, "fund": best or "none of these", "opening": cells[other][shock, best]["fund_opening"] if best else ""})
        table = "smallest-fund" if place == 1 else f"smallest-fund-{place}"
        equal((shown.page.rows(table), chosen(shown, table)), (smallest, other), "smallest funds")
    number_facts(shown, reported, ("accounts", "positions"), {"cards in": asset})
    equal(shown.subtitle, f"{len(shocks)} shock{'s' * (len(shocks) != 1)} against {len(funds)} size{'s' * (len(funds) != 1)} of the insurance fund, a fork of the book each; rulebook default. No probabilities.", "subtitle")


NEEDED = ("fund_used", "adl_haircut", "socialised", "unpaid")


def heat_maps(shown: Shown, own: dict[tuple[str, str], dict[str, str]], shocks: list[str], funds: list[str], asset: str, suffix: str) -> set[str]:
    """The maps of an asset, without those that are 0 in every cell. Returns those there are."""
    up = list(reversed(shocks))
    there = set()
    for chart, names in {"needed": NEEDED, "used": ("fund_used",), "adl": ("adl",), "socialised": ("socialised", "unpaid"), "touched": ("accounts",)}.items():
        value = {key: sum(Decimal(row[name]) for name in names) for key, row in own.items()}
        least = min((one for one in value.values() if one > 0), default=None)
        if least is None:
            continue
        there.add(chart + suffix)
        colour = lambda one: math.log10(float(one) / float(least)) + 0.5 if one > 0 else 0.0
        word = lambda one: f"{thin(f'{one:f}')} account{'s' * (one != 1)}" if chart == "touched" else f"{thin(f'{one:f}')} {asset}"
        z = [[colour(value[shock, fund]) for fund in funds] for shock in up]
        found = shown.charts[chart + suffix]
        same(found, [{"type": "heatmap", "x": funds, "y": up, "z": z, "zmin": 0, "zmax": max(1.0, *(one for row in z for one in row)),
                      "text": [[rough(float(value[shock, fund])) for fund in funds] for shock in up],
                      "hovertext": [[f"shock {shock}<br>fund {fund}<br>{word(value[shock, fund])}" for fund in funds] for shock in up]}], chart + suffix)
        equal((title(found, "x"), title(found, "y"), chosen(shown, chart + suffix)), ("opening fund", "shock", asset), f"{chart}: axes")
        equal(found["layout"]["xaxis"]["ticktext"], [fund.replace(" x ", " x<br>") if " x " in fund or not re.fullmatch(r"[\d.]+", fund) else rough(float(fund)) for fund in funds], f"{chart}: funds")
    return there
