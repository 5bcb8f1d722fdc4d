"""The charts, tiles and facts of --report, each value recomputed from the tables of the same run.

A chart is compared whole: its traces in order, with names, x, y and hover texts of equal length. Numbers may differ by what a
double cannot hold.
"""

from __future__ import annotations

import html
import math
import re
import sys
import tomllib
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "report"))

import texts
from page import Page
from recount import read
from texts import STATES, equal

THIN = "\u202f"
BARS_MAX, MARKS_MAX, WINNERS_MAX, SIDES_MAX = 400, 600, 60, 20


def thin(text: str) -> str:
    """A number's whole part by threes."""
    sign, whole, rest = re.fullmatch(r"(-?)(\d+)(.*)", text).groups()
    return sign + f"{int(whole):,}".replace(",", THIN) + rest


def tile_number(text: str) -> str:
    """Rounded half to even to two decimals, from a million on to none."""
    given = len(text.partition(".")[2])
    digits = 0 if abs(Decimal(text)) >= 1_000_000 else min(given, 2)
    rounded = f"{Decimal(text).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN):f}"
    return thin(rounded[1:] if rounded.startswith("-") and not Decimal(rounded) else rounded)


def rough(value: float) -> str:
    """1.23M."""
    size, group = abs(value), 0
    while size >= 999.5 and group < 4:
        size, group = size / 1000, group + 1
    return ("-" if value < 0 else "") + f"{size:.3g}" + ("", "k", "M", "B", "T")[group]


def near(found: object, wanted: object) -> bool:
    """Equal, but for the rounding of doubles."""
    if isinstance(wanted, (list, tuple)):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(near, found, wanted))
    if isinstance(wanted, (int, float, Decimal, Fraction)) and not isinstance(wanted, bool):
        return isinstance(found, (int, float)) and math.isclose(found, float(wanted), rel_tol=1e-11, abs_tol=1e-12)
    return found == wanted


def same(chart: dict, wanted: list[dict], what: str) -> None:
    """The traces of a chart, as far as `wanted` says it."""
    equal([trace.get("name") for trace in chart["data"]], [trace.get("name") for trace in wanted], f"{what}: traces")
    for found, trace in zip(chart["data"], wanted, strict=True):
        for key, value in trace.items():
            have = found[key]
            for place, (one, other) in enumerate(zip(have, value)) if isinstance(value, list) else ():
                assert near(one, other), f"{what}, {trace.get('name')}: {key}[{place}] is {one!r}, not {other!r}"
            assert near(have, value), f"{what}, {trace.get('name')}: {key} is {have!r}, not {value!r}"


def title(chart: dict, axis: str) -> str:
    return chart["layout"][f"{axis}axis"]["title"]["text"]


class Shown:
    """A page with its tiles and facts."""

    def __init__(self, path: Path):
        self.page = Page(path)
        text = self.page.bytes.decode("utf-8")
        self.charts = self.page.charts
        self.tiles = [tuple(tile) for tile in re.findall(
            r'<div class="tile [a-z]*"><span class="label">(.*?)</span><span class="value">(.*?)</span><span class="detail">(.*?)</span></div>', text)]
        facts = re.search(r'<dl class="facts" id="facts">\n(.*?)</dl>', text, re.DOTALL)[1]
        self.facts = {name: html.unescape(value) for name, value in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", facts)}
        self.subtitle = html.unescape(re.search(r"<h1>.*?</h1><p>(.*?)</p>", text)[1])


def number_facts(shown: Shown, said: dict, names: tuple[str, ...], more: dict[str, str]) -> None:
    """Counts and what else is said; what was read, and of when it is, stands beside them."""
    assert shown.facts.get("book"), shown.facts
    beside = {"book", "ticks of", "marks of", "ticks file", "updates file", "betas file", "ages as of", "rulebook taken"}
    equal({name: value for name, value in shown.facts.items() if name not in beside}, {**{name: thin(str(said[name])) for name in names}, **more}, "facts")


# --------------------------------------------------------------------------------------------------- replay
FLOWS = ("demand", "market", "backstop", "fund_paid", "adl", "adl_haircut", "socialised")


def bars_of(rows: list[dict[str, str]], asset: str) -> list[dict]:
    """The bars of a replay's charts: a tick each, or as many together as keep them below the limit."""
    by_tick: dict[int, dict] = {}
    fund = Decimal(0)
    for row in rows:
        bar = by_tick.setdefault(int(row["tick"]), {"states": Counter4(), **{flow: Decimal(0) for flow in FLOWS}, "unpaid": Decimal(0), "fund": fund})
        for state in STATES:
            bar["states"][state] += int(row[state])
        if row["asset"] == asset:
            bar.update({flow: Decimal(row[flow]) for flow in FLOWS}, unpaid=Decimal(row["unpaid"]), fund=Decimal(row["fund_balance"]))
            fund = bar["fund"]
    ticks = list(by_tick)
    together = -(-len(ticks) // BARS_MAX)
    out = []
    for begin in range(0, len(ticks), together):
        part = ticks[begin:begin + together]
        of = [by_tick[tick] for tick in part]
        worst = max(of, key=lambda bar: sum(bar["states"][state] for state in STATES[1:]))
        name = f"tick {part[0]}" if len(part) == 1 else f"ticks {part[0]} to {part[-1]}"
        out.append({"first": part[0], "last": part[-1], "name": name, "states": worst["states"], **{flow: sum(bar[flow] for bar in of) for flow in FLOWS},
                    "unpaid": of[-1]["unpaid"], "fund": of[-1]["fund"]})
    return out


def Counter4() -> dict[str, int]:
    return dict.fromkeys(STATES, 0)


def tick_axis(rows: list[dict[str, str]], bars: list[dict]) -> tuple[list[int], list[str], str]:
    """Labels at most eight of the ticks that there are: their times where every one has a time, of one day or of several."""
    times = {int(row["tick"]): row["time"] for row in rows}
    chosen = [bar["first"] for bar in bars[:: max(1, -(-len(bars) // 8))]]
    if not all(times[bar["first"]] for bar in bars):
        return chosen, [str(tick) for tick in chosen], "tick"
    days = {times[bar["first"]][:10] for bar in bars}
    if len(days) == 1:
        return chosen, [times[tick][11:19] for tick in chosen], f"tick, by its time on {days.pop()} UTC"
    return chosen, [times[tick][:16].replace("T", " ") for tick in chosen], "tick, by its time (UTC)"


def main_asset(rows: list[dict[str, str]], quote: str) -> str:
    """The quote if anything was done in it, else the asset in which most ticks did something."""
    busy: dict[str, int] = defaultdict(int)
    for row in rows:
        busy[row["asset"]] += any(Decimal(row[name]) for name in (*FLOWS[:5], "socialised", "unpaid"))
    return quote if busy[quote] or not any(busy.values()) else max(sorted(busy), key=lambda name: busy[name])


def replay_page(text: str, book: Path, out: Path, ticks_file: Path) -> None:
    shown, said, rows, events = Shown(out / "page.html"), texts.summary_of(out), read(out / "ticks.csv"), read(out / "events.csv")
    quote = texts.quote_of(book)
    asset = main_asset(rows, quote)
    bars = bars_of(rows, asset)
    x = [bar["first"] for bar in bars]
    amount = lambda value: f"{thin(f'{value:f}')} {asset}"
    charts = shown.charts

    same(charts["states-by-tick"], [
        {"name": state.replace("_", " "), "type": "bar", "x": x, "y": [bar["states"][state] for bar in bars],
         "hovertext": [f"{bar['name']}<br>{thin(str(bar['states'][state]))} {state.replace('_', ' ')}" for bar in bars]} for state in reversed(STATES[1:])], "states by tick")

    def stacked(figures: dict[str, str], bars: list[dict] = bars, asset: str = asset) -> list[dict]:
        return [{"name": name, "type": "bar", "x": x, "y": [bar[flow] for bar in bars],
                 "hovertext": [f"{bar['name']}<br>{name} {thin(f'{bar[flow]:f}')} {asset}" for bar in bars]}
                for name, flow in figures.items() if any(bar[flow] for bar in bars)]

    closing = {"market": "market", "backstop": "backstop", "ADL": "adl"}
    bearing = {"insurance fund": "fund_paid", "ADL haircut": "adl_haircut", "socialised": "socialised", "unpaid at the end": "unpaid"}
    same(charts["closed-by-step"], stacked(closing) + [
        {"name": "demand", "type": "scatter", "x": x, "y": [bar["demand"] for bar in bars], "hovertext": [f"{bar['name']}<br>demand {amount(bar['demand'])}" for bar in bars]}], "closed by step")
    same(charts["losses-by-step"], stacked(bearing), "losses by step")
    hit = sorted({row["asset"] for row in rows if any(Decimal(row[name]) for name in ("demand", "market", "backstop", "fund_paid", "adl", "socialised", "unpaid"))}, key=str.encode)
    for place, other in enumerate([name for name in hit if name != asset][:11], 2):  # The same for the other assets, behind a menu.
        of = bars_of(rows, other)
        same(charts[f"losses-by-step-{place}"], stacked(bearing, of, other), f"losses by step, {other}")
        same(charts[f"closed-by-step-{place}"], stacked(closing, of, other) + [
            {"name": "demand", "y": [bar["demand"] for bar in of], "hovertext": [bar["name"] + "<br>demand " + thin(f"{bar['demand']:f}") + f" {other}" for bar in of]}], f"closed by step, {other}")
        assert ("figure", "data-choice", other) in shown.page.attributes, other
    last = [bar["last"] for bar in bars]
    same(charts["fund"], [{"type": "scatter", "x": last, "y": [bar["fund"] for bar in bars], "hovertext": [f"tick {bar['last']}<br>{amount(bar['fund'])}" for bar in bars]}], "fund")
    sums = {name: bars[-1]["unpaid"] if flow == "unpaid" else sum(bar[flow] for bar in bars) for name, flow in {**closing, **bearing}.items()}
    names = list(reversed(sums))
    most = max([1.0, *(float(abs(value)) for value in sums.values())])
    edge = 10 ** max(0.0, math.log10(most) - 6)  # Where what is 0 stands on a logarithmic axis.
    same(charts["totals-by-step"], [{"type": "scatter", "mode": "markers+text", "y": names, "x": [abs(sums[name]) or edge for name in names], "text": [thin(f"{sums[name]:f}") for name in names],
                                     "hovertext": [thin(f"{sums[name]:f}") for name in names]}], "totals by step")
    along = tick_axis(rows, bars)
    for chart in ("states-by-tick", "closed-by-step", "losses-by-step", "fund", *(["marks"] if "marks" in charts else [])):
        axis = charts[chart]["layout"]["xaxis"]
        equal({key: axis[key] for key in ("tickvals", "ticktext")}, {"tickvals": along[0], "ticktext": along[1]}, f"{chart}: labels")
        equal(axis["title"]["text"], along[2], f"{chart}: title")
        equal(axis["range"], charts["states-by-tick"]["layout"]["xaxis"]["range"], f"{chart}: another range")
        assert axis["range"][0] < bars[0]["first"] and axis["range"][1] > bars[-1]["last"], axis
    for chart, axis, wanted in (("states-by-tick", "y", "units"), ("closed-by-step", "y", f"value closed, {asset}"),
                                ("losses-by-step", "y", f"money, {asset}"), ("fund", "y", f"balance, {asset}"),
                                ("totals-by-step", "x", f"{asset} (log scale)")):
        equal(title(charts[chart], axis), wanted, f"{chart}: {axis}")
    for chart in ("states-by-tick", "closed-by-step", "losses-by-step", "fund"):
        assert all(a < b for trace in charts[chart]["data"] for a, b in zip(trace["x"], trace["x"][1:])), f"{chart}: ticks do not rise"
    marks_chart(charts, book, out, ticks_file)
    taken = taken_chart(shown, book, out, events, asset)

    used = lambda flow: sum((Decimal(row[flow]) for row in rows if row["asset"] == asset), Decimal(0))
    short = lambda value: tile_number(f"{value:f}")
    wanted = [("closed on the market", short(used("market")), asset), ("closed by ADL", short(used("adl")), f"{asset}, {thin(str(taken))} position{'s' * (taken != 1)}"),
              ("winners gave up", short(used("adl_haircut")), f"{asset} against the mark"), ("fund paid", short(used("fund_paid")), f"{asset}; {short(bars[-1]['fund'])} left"),
              ("socialised", short(used("socialised")), asset)]
    if bars[-1]["unpaid"]:
        wanted.append(("unpaid at the end", short(bars[-1]["unpaid"]), asset))
    equal(shown.tiles, wanted + [("conservation", "holds", "to the last step, per asset and instrument")], "tiles")
    number_facts(shown, said, ("ticks", "accounts", "positions", "plans", "events"), {})
    equal(shown.subtitle, f"{thin(str(len({row['tick'] for row in rows})))} tick{'s' * (said['ticks'] != 1)} with the liquidation executor, rulebook default.", "subtitle")


def marks_chart(charts: dict, book: Path, out: Path, ticks_file: Path) -> None:
    """The feed's marks of the six instruments with the largest open interest in the final book, the first one = 100."""
    feed = defaultdict(list)
    for row in read(ticks_file):
        feed[row["instrument"]].append((int(row["tick"]), row["mark"]))
    final = {row["instrument"]: Decimal(row["mark"]) for row in read(out / "final" / "marks.csv")}
    interest: dict[str, Decimal] = {}
    for item in read(book / "instruments.csv"):
        sides = defaultdict(Decimal)
        for row in read(out / "final" / "positions.csv"):
            if row["instrument"] == item["instrument"]:
                sides[row["size"].startswith("-")] += abs(Decimal(row["size"]))
        worth = Decimal(item["contract_size"] or 0) * max(sides.values(), default=Decimal(0))
        if worth:
            interest[item["instrument"]] = worth if item["kind"] == "inverse" else worth * final[item["instrument"]]
    largest = sorted(interest, key=lambda name: -interest[name])[:6]
    wanted = []
    for name in largest:
        path = feed[name]
        together = len(path) // MARKS_MAX + 1
        points = [point for place, point in enumerate(path) if place % together == 0 or place == len(path) - 1]
        if points:
            wanted.append({"name": name, "type": "scatter", "x": [tick for tick, _ in points], "y": [100 * Decimal(mark) / Decimal(path[0][1]) for _, mark in points],
                           "hovertext": [f"tick {tick}<br>{name} {thin(mark)}" for tick, mark in points]})
    assert ("marks" in charts) == bool(wanted)
    if wanted:
        same(charts["marks"], wanted, "marks")
        equal(title(charts["marks"], "y"), "first mark = 100", "marks: axis")


def taken_chart(shown: Shown, book: Path, out: Path, events: list[dict[str, str]], asset: str) -> int:
    """Winners of the side that gave most, in the order in which they were first taken from. Returns how many positions gave, of every side."""
    taken: dict[tuple, list] = {}
    for before, leg, *_ in zip(events, events[1:]):
        if leg["step"] == "adl" and before["plan"] == leg["plan"] and leg["size"]:
            key = leg["account"], leg["unit"], leg["instrument"], "short" if Decimal(leg["size"]) > 0 else "long"
            of = taken.setdefault(key, [Decimal(0), Decimal(0), leg["tick"], leg["asset"]])
            of[0] += abs(Decimal(leg["size"]))
            of[1] += abs(Decimal(leg["amount"]) - Decimal(leg["cost"]))
    assert ("taken" in shown.charts) == bool(taken)
    if not taken:
        return 0
    sides = defaultdict(Decimal)
    for (_, _, instrument, side), (_, value, _, of) in taken.items():
        sides[of == asset, value * 0, instrument, side] += value
    best = max(sides, key=lambda key: (key[0], sides[key]))
    instrument, side = best[2:]
    left = {(row["account"], row["instrument"], "short" if row["size"].startswith("-") else "long", bool(row["isolated_margin"])): abs(Decimal(row["size"]))
            for row in read(out / "final" / "positions.csv")}
    own = [(key, of) for key, of in taken.items() if key[2:] == (instrument, side)]
    together = -(-len(own) // WINNERS_MAX)
    digits = Decimal(next(row["size_step"] for row in read(book / "instruments.csv") if row["instrument"] == instrument))
    contracts = lambda size: thin(f"{size.quantize(digits) if digits < 1 else size:f}")
    x, gone, rest, hovers = [], [], [], []
    for begin in range(0, len(own), together):
        part = own[begin:begin + together]
        first, last = begin + 1, begin + len(part)
        (account, unit, _, _), (_, _, tick, _) = part[0]
        gave = sum(of[0] for _, of in part)
        stays = sum((left.get((key[0], instrument, side, key[1].startswith("isolated")), Decimal(0)) for key, _ in part), Decimal(0))
        places = thin(str(first)) if len(part) == 1 else f"{thin(str(first))} to {thin(str(last))}, from"
        x.append(Decimal(first + last) / 2)
        gone.append(gave)
        rest.append(stays)
        hovers.append(f"{places} {account} {unit}, first at tick {tick}<br>taken {contracts(gave)}<br>left {contracts(stays)}")
    chart = shown.charts["taken"]
    same(chart, [{"name": "taken by ADL", "type": "bar", "x": x, "y": gone, "hovertext": hovers}, {"name": "left", "type": "bar", "x": x, "y": rest, "hovertext": hovers}], "taken")
    equal((title(chart, "x"), title(chart, "y")), ("place in the order", "contracts"), "taken: axes")
    caption = shown.page.captions["taken"]
    assert caption.startswith(f"{instrument} {side}: the ladder before and after.") and f"{contracts(sum(of[0] for _, of in own))} contracts of {thin(str(len(own)))} position" in caption, caption
    return sum(of == asset for _, _, _, of in taken.values())


# -------------------------------------------------------------------------------------------------- compare
def fork_asset(rows: list[dict[str, str]], quote: str, losses: tuple[str, ...], key: str) -> str:
    """The quote if any fork had losses or ADL in it, else the asset in which most forks had."""
    busy = defaultdict(set)
    for row in rows:
        if sum(Decimal(row[name]) for name in losses) or any(Decimal(row[name]) for name in ("adl", "socialised", "unpaid")):
            busy[row["asset"]].add((row[key], row.get("fund")))
    return quote if busy[quote] or not any(busy.values()) else max(sorted(busy), key=lambda name: len(busy[name]))


def compare_page(text: str, book: Path, out: Path) -> None:
    shown, said, rows = Shown(out / "page.html"), texts.summary_of(out), read(out / "policies.csv")
    asset = fork_asset(rows, texts.quote_of(book), ("fund_used", "removed", "socialised", "unpaid"), "policy")
    own = [row for row in rows if row["asset"] == asset]
    policies = [row["policy"] for row in own]

    def bars(name: str, column: str, *, money: bool = False, count: bool = False) -> dict:
        values = [Decimal(row[column]) for row in own]
        words = [thin(row[column]) + (f" {asset}" if money else "") if money or count else row[column] for row in own]
        return {"name": name, "type": "bar", "x": policies, "y": values, "text": [rough(float(value)) for value in values],
                "hovertext": [f"{policy}<br>{name} {word}" for policy, word in zip(policies, words)]}

    wanted = {"removed": ([bars("removed", "removed", money=True), bars("needed", "needed", money=True)], f"money, {asset}"),
              "haircuts": ([bars("worst", "worst"), bars("mean", "mean")], "part of equity"),
              "gini": ([bars("Gini", "gini")], "Gini coefficient"),
              "accounts": ([bars("accounts", "accounts", count=True)], "accounts"),
              "beyond": ([bars("insurance fund", "fund_used", money=True), bars("socialised", "socialised", money=True), bars("unpaid", "unpaid", money=True)], f"money, {asset}")}
    equal(list(shown.charts), list(wanted), "charts")
    for chart, (traces, y) in wanted.items():
        same(shown.charts[chart], traces, chart)
        equal((title(shown.charts[chart], "y"), shown.charts[chart]["layout"]["xaxis"]["tickvals"]), (y, policies), f"{chart}: axes")

    paying = [row for row in own if not Decimal(row["unpaid"])]

    def least(column: str) -> tuple[str, str]:
        """The smallest value of those that leave nothing unpaid, and whose it is."""
        best = min(paying or own, key=lambda row: Decimal(row[column]))
        others = sum(Decimal(row[column]) == Decimal(best[column]) for row in paying or own) - 1
        return best[column], best["policy"] + (f" and {others} other{'s' * (others != 1)}" if others else "") + ("" if paying else "; all leave debts unpaid")

    tiles = [("smallest worst haircut", *least("worst")), ("fewest accounts", thin(least("accounts")[0]), least("accounts")[1]), ("smallest Gini", *least("gini")),
             ("least removed", tile_number(least("removed")[0]), f"{asset}, {least('removed')[1]}")]
    tiles += [(f"unpaid by {row['policy']}", tile_number(row["unpaid"]), f"{asset}; it competes for none of these") for row in own if row not in paying]
    equal(shown.tiles, tiles, "tiles")
    number_facts(shown, said, ("accounts", "positions"), {"path": said["path"], "money in": asset})
    equal(shown.subtitle, f"{len(policies)} polic{'y' if len(policies) == 1 else 'ies'} on forks of the same book through {said['path']}; rulebook default.", "subtitle")


# --------------------------------------------------------------------------------------------------- stress
def stress_page(text: str, book: Path, out: Path) -> None:
    shown, said, rows = Shown(out / "page.html"), texts.summary_of(out), read(out / "stress.csv")
    asset = fork_asset(rows, texts.quote_of(book), ("fund_used", "adl_haircut", "socialised", "unpaid"), "shock")
    own = {(row["shock"], row["fund"]): row for row in rows if row["asset"] == asset}
    shocks, funds = (list(dict.fromkeys(row[name] for row in own.values())) for name in ("shock", "fund"))
    up = list(reversed(shocks))
    columns = {"needed": ("fund_used", "adl_haircut", "socialised", "unpaid"), "used": ("fund_used",), "adl": ("adl",), "socialised": ("socialised", "unpaid"), "touched": ("accounts",)}
    equal(list(shown.charts), list(columns), "charts")
    for chart, names in columns.items():
        value = {key: sum(Decimal(row[name]) for name in names) for key, row in own.items()}
        least = min((one for one in value.values() if one > 0), default=None)
        colour = lambda one: math.log10(float(one) / float(least)) + 0.5 if one > 0 else 0.0
        word = lambda one: f"{thin(f'{one:f}')} account{'s' * (one != 1)}" if chart == "touched" else f"{thin(f'{one:f}')} {asset}"
        z = [[colour(value[shock, fund]) for fund in funds] for shock in up]
        same(shown.charts[chart], [{"type": "heatmap", "x": funds, "y": up, "z": z, "zmin": 0, "zmax": max(1.0, *(one for row in z for one in row)),
                                    "text": [[rough(float(value[shock, fund])) for fund in funds] for shock in up],
                                    "hovertext": [[f"shock {shock}<br>fund {fund}<br>{word(value[shock, fund])}" for fund in funds] for shock in up]}], chart)
        equal((title(shown.charts[chart], "x"), title(shown.charts[chart], "y")), ("opening fund", "shock"), f"{chart}: axes")
    enough = lambda row: not any(Decimal(row[name]) for name in ("adl", "socialised", "unpaid"))
    needed = {key: sum(Decimal(row[name]) for name in columns["needed"]) for key, row in own.items()}
    most = max(needed, key=lambda key: needed[key])
    equal(shown.tiles, [("adequate", f"{sum(map(enough, own.values()))} of {len(own)}", "cells in which nothing went beyond the fund"),
                        ("most needed", tile_number(f"{max(needed[most], Decimal(next(iter(own.values()))['needed']) * 0):f}"), f"{asset}, shock {most[0]}" if needed[most] > 0 else asset)], "tiles")
    smallest = []
    for shock in shocks:
        good = [fund for fund in funds if enough(own[shock, fund])]
        best = min(good, key=lambda fund: Decimal(own[shock, fund]["fund_opening"]), default=None)
        smallest.append({"shock": shock, "fund": best or "none of these", "opening": own[shock, best]["fund_opening"] if best else ""})
    equal(shown.page.rows("smallest-fund"), smallest, "smallest funds")
    number_facts(shown, said, ("accounts", "positions"), {"money in": asset})
    equal(shown.subtitle, f"{len(shocks)} shock{'s' * (len(shocks) != 1)} against {len(funds)} size{'s' * (len(funds) != 1)} of the insurance fund, a fork of the book each; rulebook default. No probabilities.", "subtitle")


# ----------------------------------------------------------------------------------------------------- scan
SUFFIX = {"k": 3, "M": 6, "B": 9, "T": 12}


def axis_number(text: str) -> Decimal:
    """Of an axis: "-10k"."""
    return Decimal(text[:-1]).scaleb(SUFFIX[text[-1]]) if text[-1] in SUFFIX else Decimal(text)


def span_of(hover: str) -> tuple[Decimal | None, Decimal | None]:
    """From and to of a bin; None where it is open."""
    words = hover.replace(THIN, "").split("<br>")[0]
    if words.startswith("below "):
        return None, Decimal(words[6:])
    if words.endswith(" and more"):
        return Decimal(words[:-9]), None
    low, high = map(Decimal, words.split(" to "))
    return low, high


def edges_between(low: Decimal, high: Decimal) -> int:
    """How many edges lie above `low` and not above `high`, both positive: six a decade."""
    first, last = low.adjusted() - 1, high.adjusted() + 1
    return sum(low < Decimal(digit).scaleb(power) <= high for power in range(first, last) for digit in ("1", "1.5", "2", "3", "5", "7"))


def histogram(traces: list[dict], layout: dict, values: list[tuple[str, Decimal]], thresholds: dict[str, Decimal], what: str, decades: bool = False) -> None:
    """Each bin stands where its edges are: bins of equal width from left to right, ticks and marks between the bins that they part."""
    equal([trace["name"] for trace in traces], [state.replace("_", " ") for state in STATES], f"{what}: traces")
    place: dict[int, tuple] = {}
    for trace, state in zip(traces, STATES, strict=True):
        assert len(trace["x"]) == len(trace["y"]) == len(trace["hovertext"]) and trace["x"] == sorted(set(trace["x"])), f"{what}: {state}"
        total = 0
        for x, count, hover in zip(trace["x"], trace["y"], trace["hovertext"]):
            assert isinstance(x, int) and hover.split("<br>")[1] == f"{thin(str(count))} {state}", hover
            span = span_of(hover)
            assert place.setdefault(x, span) == span, f"{what}: two bins at {x}"
            inside = sum((span[0] is None or span[0] <= value) and (span[1] is None or value < span[1]) for of, value in values if of == state)
            equal(count, inside, f"{what}: {state} in {hover}")
            total += count
        equal(total, sum(of == state for of, _ in values), f"{what}: {state}")
    ordered = sorted(place.items())
    for (left, (_, high)), (right, (low, _)) in zip(ordered, ordered[1:]):
        assert high is not None and low is not None and high <= low and ((right - left == 1) == (high == low)), f"{what}: bins {left} and {right}"

    def at_edge(value: Decimal, at: float, name: str) -> None:
        assert at % 1 == 0.5, (what, name, at)
        for x, (low, high) in place.items():
            assert (low is not None and low >= value) == (x > at) or (low is not None and high is not None and low < value < high and abs(x - at) < 1), f"{what}: {name} at {at}, a bin from {low} to {high} at {x}"
            assert (high is not None and high <= value) == (x < at), f"{what}: {name} at {at}, a bin from {low} to {high} at {x}"

    ticks = layout["xaxis"]
    assert len(ticks["tickvals"]) == len(ticks["ticktext"]) > 1 and ticks["tickvals"] == sorted(ticks["tickvals"])
    for at, text in zip(ticks["tickvals"], ticks["ticktext"]):
        tick = axis_number(text)
        at_edge(tick, at, f"tick {text}")
        for x, (low, high) in place.items() if decades and tick else ():  # As many bins away as there are edges between.
            inner = (low if tick > 0 else high) or Decimal(0)  # The edge towards zero.
            if inner * tick > 0:
                steps = edges_between(*sorted((abs(tick), abs(inner)))) * (1 if abs(inner) > abs(tick) else -1)
                side = 1 if tick > 0 else -1
                equal(x - side * Decimal("0.5"), Decimal(at) + side * steps, f"{what}: the bin from {low} to {high} beside the tick {text}")
    equal({note["text"]: note["x"] for note in layout["annotations"]}.keys(), thresholds.keys(), f"{what}: thresholds")
    equal([shape["x0"] for shape in layout["shapes"]], [note["x"] for note in layout["annotations"]], f"{what}: lines")
    for note, shape in zip(layout["annotations"], layout["shapes"]):
        at_edge(thresholds[note["text"]], note["x"], note["text"])
        equal(shape["x0"], shape["x1"], f"{what}: a line that leans")


def scan_page(text: str, book: Path, out: Path) -> None:
    shown, said = Shown(out / "page.html"), texts.summary_of(out)
    units, markets, ladder = (read(out / f"{name}.csv") for name in ("units", "markets", "ladder"))
    instruments = {row["instrument"]: row for row in read(book / "instruments.csv")}
    quote, multi = said["quote"], said["collateral"] == "multi"
    call = tomllib.loads((book / "venue.toml").read_text(encoding="utf-8"), parse_float=Decimal).get("margin", {}).get("margin_call_at", Decimal("1.25"))
    charts = shown.charts

    count = {state: sum(row["state"] == state for row in units) for state in STATES}
    words = [f"{thin(str(count[state]))}  ({100 * count[state] / len(units):.3f} %)" for state in reversed(STATES)]
    same(charts["states"], [{"type": "scatter", "mode": "markers+text", "y": [state.replace("_", " ") for state in reversed(STATES)], "x": [count[state] or 0.5 for state in reversed(STATES)],
                             "text": words, "hovertext": words}], "states")
    health = [(row["state"], Decimal(row["health_factor"])) for row in units if row["health_factor"]]
    histogram(charts["health-factor"]["data"], charts["health-factor"]["layout"], health,
              {"bankrupt below 0": Decimal(0), "liquidatable below 1": Decimal(1), f"margin call below {call.normalize():f}": call}, "health factor")

    def asset_of(row: dict[str, str]) -> str:
        kind, rest = row["unit"].split(":", 1)
        return quote if multi else rest if kind == "cross" else instruments[rest.rsplit(":", 1)[0]]["settle"]

    of_asset = defaultdict(list)
    for row in units:
        of_asset[asset_of(row)].append((row["state"], Decimal(row["equity"])))
    order = sorted(of_asset, key=lambda name: (name != quote, -len(of_asset[name]), name))
    chart = charts["equity"]
    equal(len(chart["data"]), 4 * len(order), "equity: traces")
    menu = chart["layout"].get("updatemenus", [{"buttons": [{"label": quote}]}])[0]["buttons"]
    equal([button["label"] for button in menu], order, "equity: menu")
    for place, (asset, button) in enumerate(zip(order, menu)):
        layout = chart["layout"]
        if "args" in button:
            seen, change = button["args"]
            equal(seen["visible"], [4 * place <= trace < 4 * place + 4 for trace in range(4 * len(order))], "equity: visible")
            layout = {"xaxis": {"tickvals": change["xaxis.tickvals"], "ticktext": change["xaxis.ticktext"]}, "annotations": change["annotations"], "shapes": change["shapes"]}
            equal(change["xaxis.title.text"], f"equity, {asset}", "equity: title")
        histogram(chart["data"][4 * place:4 * place + 4], layout, of_asset[asset], {"bankrupt below 0": Decimal(0)}, f"equity, {asset}", decades=True)
    equal(title(chart, "x"), f"equity, {order[0]}", "equity: title")

    if any(row["state"] == "bankrupt" and row["held"] == "false" for row in units):
        market_charts(charts, markets, instruments, quote)
    ladders(shown, ladder, markets, sides_open(book))
    exposure(shown, book, units, read(out / "positions.csv") if (out / "positions.csv").exists() else None)

    short = [row for row in markets for side in ("long", "short") if Decimal(row[f"cover_{side}"]) < Decimal(row[f"demand_{side}"])]
    cover = said["cover"]
    deficit = said["assets"][order[0]]["deficit"]
    tiles = [("healthy", thin(str(count["healthy"])), "units"), ("margin call", thin(str(count["margin_call"])), f"below {call.normalize():f} of maintenance"),
             ("liquidatable", thin(str(count["liquidatable"])), "margin equity below maintenance"), ("bankrupt", thin(str(count["bankrupt"])), "equity below zero")]
    held = sum(row["held"] == "true" for row in units)
    tiles += [("held", thin(str(held)), "units with a stale mark")] * (held > 0)
    tiles += [("deficit", tile_number(deficit), order[0] + ("; other assets below" if len(order) > 1 else "")),
              ("cover", thin(str(cover["winners"])), f"winning positions; {len(short)} side{' lacks' if len(short) == 1 else 's lack'} more" if short else f"winning positions, {thin(str(cover['fills']))} fills")]
    equal(shown.tiles, tiles, "tiles")
    number_facts(shown, said, ("accounts", "units", "positions", "instruments"), {"tick digest": said["digests"]["tick"], "full digest": said["digests"]["full"]})


def market_charts(charts: dict, markets: list[dict[str, str]], instruments: dict, quote: str) -> None:
    """Deficits of the asset with the most instruments in deficit; the most demanded sides."""
    lacking = [row for row in markets if Decimal(row["deficit"] or 0)]
    by_asset = defaultdict(int)
    for row in lacking:
        by_asset[instruments[row["instrument"]]["settle"]] += 1
    asset = max([quote, *sorted(by_asset)], key=lambda name: by_asset[name])
    own = sorted((row for row in lacking if instruments[row["instrument"]]["settle"] == asset), key=lambda row: -Decimal(row["deficit"]))[:SIDES_MAX]
    own.reverse()
    same(charts["deficit-by-instrument"], [{"type": "bar", "orientation": "h", "y": [row["instrument"] for row in own], "x": [Decimal(row["deficit"]) for row in own],
                                            "hovertext": [f"{row['instrument']}<br>{thin(row['deficit'])} {asset}" for row in own]}], "deficits")
    equal(title(charts["deficit-by-instrument"], "x"), f"deficit, {asset}", "deficits: title")
    traces = charts["demand-and-cover"]["data"]
    wanted = [(row["instrument"], side, Decimal(row[f"demand_{side}"]), Decimal(row[f"cover_{side}"])) for row in markets for side in ("long", "short") if Decimal(row[f"demand_{side}"])]
    lots = {name: Decimal(hover.replace(THIN, "").split("<br>")[3].split()[1]) for name, hover in zip(traces[0]["y"], traces[0]["hovertext"])}
    share = lambda one, value: 100 * value / lots[f"{one[0]} {one[1]}"] if lots[f"{one[0]} {one[1]}"] else Decimal(100)
    assert {f"{one[0]} {one[1]}" for one in wanted} >= set(lots), "demand of sides without any"
    wanted = sorted((one for one in wanted if f"{one[0]} {one[1]}" in lots), key=lambda one: -share(one, one[2]))[:SIDES_MAX]
    interest = {row["instrument"]: Decimal(row["open_interest"]) for row in markets}
    assert all(value <= interest[name.rsplit(" ", 1)[0]] for name, value in lots.items()) and len(wanted) == len(lots)
    wanted.reverse()
    names = [f"{one[0]} {one[1]}" for one in wanted]
    hovers = [f"{name}<br>wanted {thin(f'{one[2]:f}')}<br>found {thin(f'{one[3]:f}')}<br>of {thin(f'{lots[name]:f}')} contracts open" for name, one in zip(names, wanted)]
    same(charts["demand-and-cover"], [{"name": "wanted", "orientation": "h", "y": names, "x": [share(one, one[2]) for one in wanted], "hovertext": hovers},
                                      {"name": "found", "orientation": "h", "y": names, "x": [share(one, one[3]) for one in wanted], "hovertext": hovers}], "cover")


def sides_open(book: Path) -> dict[tuple[str, str], dict[str, Decimal]]:
    """Contracts of each account on each side of each instrument."""
    sides: dict = defaultdict(lambda: defaultdict(Decimal))
    for row in read(book / "positions.csv"):
        sides[row["instrument"], "short" if row["size"].startswith("-") else "long"][row["account"]] += abs(Decimal(row["size"]))
    return sides


def exposure(shown: Shown, book: Path, units: list[dict[str, str]], positions: list[dict[str, str]] | None) -> None:
    """Who is next, by health factor; the largest account of each side, by its part of the side."""
    calm = [row for row in units if row["held"] == "false" and row["state"] in ("healthy", "margin_call") and row["health_factor"]]
    order = sorted(range(len(calm)), key=lambda at: (Decimal(calm[at]["health_factor"]), at))[:25]
    plain = lambda text: text.replace(THIN, "")
    found = shown.page.rows("next-to-go")
    equal([(row["account"], row["unit"], plain(row["health_factor"]), plain(row["room"])) for row in found],
          [(calm[at]["account"], calm[at]["unit"], calm[at]["health_factor"], f"{Decimal(calm[at]['margin_equity']) - Decimal(calm[at]['maintenance']):f}") for at in order], "next to go")
    own = defaultdict(list)
    for row in positions or ():
        own[row["account"], row["unit"]].append(row)
    for row in found if positions is not None else ():
        marks = {one["instrument"]: Decimal(one["mark"]) for one in read(book / "marks.csv")}
        ways = [(abs(Decimal(one["liquidation_price"]) / marks[one["instrument"]] - 1), one) for one in own[row["account"], row["unit"]][:64] if one["liquidation_price"]]
        if ways:
            assert plain(row["liquidation_price"]) in {one["liquidation_price"] for way, one in ways if way - min(ways, key=lambda w: w[0])[0] < Decimal("0.000002")}, row
    wanted = []
    for (instrument, side), accounts in sorted(sides_open(book).items(), key=lambda one: (one[0][0].encode(), one[0][1])):
        name = min((name for name in accounts if accounts[name] == max(accounts.values())), key=lambda name: name.encode())
        wanted.append((accounts[name] / sum(accounts.values()), instrument, side, name, accounts[name]))
    wanted.sort(key=lambda one: -one[0])
    equal([(row["instrument"], row["side"], row["account"], Decimal(plain(row["size"])), plain(row["share_%"])) for row in shown.page.rows("largest-accounts")],
          [(instrument, side, name, size, f"{math.floor(share * 10_000) / 100:.2f}") for share, instrument, side, name, size in wanted[:100]], "largest accounts")


def ladders(shown: Shown, ladder: list[dict[str, str]], markets: list[dict[str, str]], open_of: dict) -> None:
    """Score on a symmetric logarithmic scale against the part of the side's open interest from the top; the first sixty ranks, then ever fewer,
    and the last."""
    market = {row["instrument"]: row for row in markets}
    sides = defaultdict(list)
    for row in ladder:
        sides[row["instrument"], row["side"]].append(row)
    for name in [name for name in shown.charts if name.startswith("ladder-")]:
        chart = shown.charts[name]
        instrument, side = shown.page.captions[name].split(".")[0].rsplit(" ", 1)
        rows = sides[instrument, side]
        cover = Decimal(market[instrument][f"cover_{side}"])
        whole = sum(open_of[instrument, side].values())
        share = lambda size: 100 * size / whole
        finite = [float(row["score"]) for row in rows if math.isfinite(float(row["score"]))]
        most = max(0.0, *finite) or -min(0.0, *finite) or 1.0
        top = math.floor(math.log10(most))
        scale = lambda score: math.copysign(math.log10(1 + abs(min(max(score, -10.0 ** (top + 2)), 10.0 ** (top + 2))) / 10.0 ** (top - 3)), score)
        x, y, hovers, so_far, following = [], [], [], Decimal(0), 1
        for rank, row in enumerate(rows, 1):
            before, so_far = so_far, so_far + Decimal(row["size"])
            end = before < cover <= so_far
            if rank == following or rank == len(rows) or end:
                x.append(share(so_far))
                y.append(scale(float(row["score"])))
                hovers.append(f"rank {thin(str(rank))}: {row['account']} {row['unit']}<br>score {row['score']}, {row['lights']} lights<br>{thin(f'{so_far:f}')} contracts down to here")
            if rank >= following:
                following = rank + 1 + (rank - 1) // 60
        trace = chart["data"][0]
        same(chart, [{"type": "scatter", "x": [0.0, *x], "y": [y[0], *y], "hovertext": ["", *hovers]}], name)
        assert trace["x"] == sorted(trace["x"]) and trace["line"]["shape"] == "vh"
        axis = chart["layout"]["yaxis"]
        assert near(axis["tickvals"], [scale(float(text)) for text in axis["ticktext"]]) and [float(text) for text in axis["ticktext"]] == sorted(
            sign * 10.0 ** power for power in range(top - 2, top + 1) for sign in (1, -1)) [:3] + [0.0] + [10.0 ** power for power in range(top - 2, top + 1)], (name, axis)
        if cover:
            area, edge = chart["layout"]["shapes"]
            assert near([area["x0"], area["x1"], edge["x0"], edge["x1"]], [0.0, share(cover), share(cover), share(cover)]), (name, area, edge, cover)
            note = chart["layout"]["annotations"][0]
            equal(note["text"], f"cover {thin(f'{cover:f}')}", name)
            assert near(note["x"], share(cover)), (name, note)
            assert near(chart["layout"]["xaxis"]["range"], [0.0, min(Decimal(100), 3 * share(cover))]), name
        equal((title(chart, "x"), title(chart, "y")), ("part of the side's open interest, from the top", "score"), name)
