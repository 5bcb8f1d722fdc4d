"""The page of a scan, each value recomputed from the tables of the same run."""

from __future__ import annotations

import math
import tomllib
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import texts
from recount import read
from shown_page import THIN, Shown, axis_number, chosen, dots, near, number_facts, same, thin, tile_number, title
from texts import STATES, equal

ASSETS_MAX, SIDES_MAX = 30, 20


def span_of(hover: str) -> tuple[Decimal | None, Decimal | None]:
    """Both edges of a bin; None for an open one."""
    words = hover.replace(THIN, "").split("<br>")[0]
    if words.startswith("below "):
        return None, Decimal(words[6:])
    if words.endswith(" and more"):
        return Decimal(words[:-9]), None
    low, high = map(Decimal, words.split(" to "))
    return low, high


def edges_between(low: Decimal, high: Decimal) -> int:
    """The number of edges above `low` and not above `high`, both positive: six per decade."""
    first, last = low.adjusted() - 1, high.adjusted() + 1
    return sum(low < Decimal(digit).scaleb(power) <= high for power in range(first, last) for digit in ("1", "1.5", "2", "3", "5", "7"))


def histogram(traces: list[dict], layout: dict, values: list[tuple[str, Decimal]], thresholds: dict[str, Decimal], what: str, decades: bool = False) -> None:
    """Each bin is at its edges: bins of equal width from left to right, ticks and marks between the bins that they separate."""
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
        for x, (low, high) in place.items() if decades and tick else ():  # Its distance in bins is the number of edges between.
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
    shown, reported = Shown(out / "page.html"), texts.summary_of(out)
    units, markets, ladder = (read(out / f"{name}.csv") for name in ("units", "markets", "ladder"))
    instruments = {row["instrument"]: row for row in read(book / "instruments.csv")}
    quote, multi = reported["quote"], reported["collateral"] == "multi"
    call = tomllib.loads((book / "venue.toml").read_text(encoding="utf-8"), parse_float=Decimal).get("margin", {}).get("margin_call_at", Decimal("1.25"))
    charts = shown.charts

    count = {state: sum(row["state"] == state for row in units) for state in STATES}
    words = {state: f"{thin(str(count[state]))}  ({100 * count[state] / len(units):.3f} %)" for state in STATES}
    dots(charts["states"], [(state.replace("_", " "), Decimal(count[state]), words[state], words[state]) for state in STATES], "units (log scale)", "states")
    health = [(row["state"], Decimal(row["health_factor"])) for row in units if row["health_factor"]]
    histogram(charts["health-factor"]["data"], charts["health-factor"]["layout"], health,
              {"bankrupt": Decimal(0), "liquidatable": Decimal(1), "margin call": call}, "health factor")

    def asset_of(row: dict[str, str]) -> str:
        kind, rest = row["unit"].split(":", 1)
        return quote if multi else rest if kind == "cross" else instruments[rest.rsplit(":", 1)[0]]["settle"]

    of_asset = defaultdict(list)
    for row in units:
        of_asset[asset_of(row)].append((row["state"], Decimal(row["equity"])))
    lacks = lambda name: bool(Decimal(reported["assets"][name]["deficit"]))
    order = sorted(of_asset, key=lambda name: (name != quote, not lacks(name), -len(of_asset[name]), name))
    for place, asset in enumerate(order[:ASSETS_MAX], 1):
        name = "equity" if place == 1 else f"equity-{place}"
        histogram(charts[name]["data"], charts[name]["layout"], of_asset[asset], {"bankrupt": Decimal(0)}, f"equity, {asset}", decades=True)
        equal((title(charts[name], "x"), chosen(shown, name)), (f"equity, {asset}", asset), "equity: title and menu")
    equal(sum(name.startswith("equity") for name in charts), min(len(order), ASSETS_MAX), "charts of equity")

    if any(row["state"] == "bankrupt" and row["held"] == "false" for row in units):
        market_charts(shown, markets, instruments, order[:ASSETS_MAX])
    ladders(shown, ladder, markets, sides_open(book))
    exposure(shown, book, units, read(out / "positions.csv") if (out / "positions.csv").exists() else None)

    short = [row for row in markets for side in ("long", "short") if Decimal(row[f"cover_{side}"]) < Decimal(row[f"demand_{side}"])]
    cover = reported["cover"]
    winners = "winner" if cover["winners"] == 1 else "winners"
    deficit = reported["assets"][order[0]]["deficit"]
    tiles = [("healthy", thin(str(count["healthy"])), "units"), ("margin call", thin(str(count["margin_call"])), f"below {call.normalize():f} of maintenance"),
             ("liquidatable", thin(str(count["liquidatable"])), "margin equity below maintenance"), ("bankrupt", thin(str(count["bankrupt"])), "equity below zero")]
    held = sum(row["held"] == "true" for row in units)
    tiles += [("held", thin(str(held)), "units with a stale mark")] * (held > 0)
    others = sum(map(lacks, order[1:]))
    tiles += [("deficit", tile_number(deficit), order[0] + (f"; and in {others} other asset{'s' * (others != 1)}" if others else "")),
              ("cover", thin(str(cover["winners"])), f"{winners}; {len(short)} side{' lacks' if len(short) == 1 else 's lack'} more" if short else f"{winners}, {thin(str(cover['fills']))} fill{'s' * (cover['fills'] != 1)}")]
    equal(shown.tiles, tiles, "tiles")
    number_facts(shown, reported, ("accounts", "units", "positions", "instruments"), {"tick digest": reported["digests"]["tick"], "full digest": reported["digests"]["full"]})


def market_charts(shown: Shown, markets: list[dict[str, str]], instruments: dict, assets: list[str]) -> None:
    """Deficits of each asset that has any; the most demanded sides."""
    charts = shown.charts
    lacking = [row for row in markets if Decimal(row["deficit"] or 0)]
    hit = [name for name in assets if any(instruments[row["instrument"]]["settle"] == name for row in lacking)]
    for place, asset in enumerate(hit, 1):
        name = "deficit-by-instrument" if place == 1 else f"deficit-by-instrument-{place}"
        own = sorted((row for row in lacking if instruments[row["instrument"]]["settle"] == asset), key=lambda row: -Decimal(row["deficit"]))[:SIDES_MAX]
        own.reverse()
        same(charts[name], [{"type": "bar", "orientation": "h", "y": [row["instrument"] for row in own], "x": [Decimal(row["deficit"]) for row in own],
                             "hovertext": [f"{row['instrument']}<br>{thin(row['deficit'])} {asset}" for row in own]}], f"deficits, {asset}")
        equal((title(charts[name], "x"), chosen(shown, name)), (f"deficit, {asset}", asset), "deficits: title and menu")
    equal(sum(name.startswith("deficit-by") for name in charts), len(hit), "charts of deficits")
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
    hovers = [f"{name}<br>demand {thin(f'{one[2]:f}')}<br>covered {thin(f'{one[3]:f}')}<br>of {thin(f'{lots[name]:f}')} contracts open" for name, one in zip(names, wanted)]
    same(charts["demand-and-cover"], [{"name": "demand", "orientation": "h", "y": names, "x": [share(one, one[2]) for one in wanted], "hovertext": hovers},
                                      {"name": "covered", "orientation": "h", "y": names, "x": [share(one, one[3]) for one in wanted], "hovertext": hovers}], "cover")


def sides_open(book: Path) -> dict[tuple[str, str], dict[str, Decimal]]:
    """Contracts of each account on each side of each instrument."""
    sides: dict = defaultdict(lambda: defaultdict(Decimal))
    for row in read(book / "positions.csv"):
        sides[row["instrument"], "short" if row["size"].startswith("-") else "long"][row["account"]] += abs(Decimal(row["size"]))
    return sides


def exposure(shown: Shown, book: Path, units: list[dict[str, str]], positions: list[dict[str, str]] | None) -> None:
    """The next units, by health factor; the largest account of each side, by its part of the side."""
    sound = [row for row in units if row["held"] == "false" and row["state"] in ("healthy", "margin_call") and row["health_factor"]]
    order = sorted(range(len(sound)), key=lambda at: (Decimal(sound[at]["health_factor"]), at))[:25]
    plain = lambda text: text.replace(THIN, "")
    found = shown.page.rows("next-to-go")
    equal([(row["account"], row["unit"], plain(row["health_factor"]), plain(row["room"])) for row in found],
          [(sound[at]["account"], sound[at]["unit"], sound[at]["health_factor"], f"{Decimal(sound[at]['margin_equity']) - Decimal(sound[at]['maintenance']):f}") for at in order], "next to go")
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
          [(instrument, side, name, size, f"{percent(share)}") for share, instrument, side, name, size in wanted[:100]], "largest accounts")


def percent(share: Decimal) -> str:
    """To two decimals, half up."""
    return f"{Decimal(math.floor(Fraction(share) * 10_000 + Fraction(1, 2))) / 100:.2f}"


def ladders(shown: Shown, ladder: list[dict[str, str]], markets: list[dict[str, str]], open_of: dict) -> None:
    """Score on a symmetric logarithmic scale against the part of the side's open interest from the top; the first sixty
    ranks, then fewer and fewer, and the last."""
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
                hovers.append(f"rank {thin(str(rank))}: {row['account']} {row['unit']}<br>score {row['score']}, {row['lights']} lights<br>{thin(f'{so_far:f}')} contracts up to here")
            if rank >= following:
                following = rank + 1 + (rank - 1) // 60
        trace = chart["data"][0]
        same(chart, [{"type": "scatter", "x": [0.0, *x], "y": [y[0], *y], "hovertext": ["", *hovers]}], name)
        assert trace["x"] == sorted(trace["x"]) and trace["line"]["shape"] == "vh"
        axis = chart["layout"]["yaxis"]
        assert near(axis["tickvals"], [scale(float(text)) for text in axis["ticktext"]]) and [float(text) for text in axis["ticktext"]] == sorted(
            sign * 10.0 ** power for power in range(top - 2, top + 2) for sign in (1, -1)) [:4] + [0.0] + [10.0 ** power for power in range(top - 2, top + 2)], (name, axis)
        assert max(map(float, finite), default=0) <= float(axis["ticktext"][-1]) and axis["range"][1] > axis["tickvals"][-1], f"{name}: a score above the last label"
        if cover:
            area, edge = chart["layout"]["shapes"]
            assert near([area["x0"], area["x1"], edge["x0"], edge["x1"]], [0.0, share(cover), share(cover), share(cover)]), (name, area, edge, cover)
            note = chart["layout"]["annotations"][0]
            equal(note["text"], f"cover {thin(f'{cover:f}')}", name)
            assert near(note["x"], share(cover)), (name, note)
            assert near(chart["layout"]["xaxis"]["range"], [0.0, min(Decimal(100), 3 * share(cover))]), name
        equal((title(chart, "x"), title(chart, "y")), ("share of the side's open interest, from the top", "score"), name)
