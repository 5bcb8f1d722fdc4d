"""The page of a replay, each value recomputed from the tables of the same run."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import texts
from recount import read
from shown_page import Shown, chosen, dots, near, number_facts, rough, same, thin, tile_number, title
from texts import STATES, equal

BARS_MAX, MARKS_MAX, WINNERS_MAX = 400, 600, 60


FLOWS = ("demand", "market", "backstop", "fund_paid", "adl", "adl_haircut", "socialised")


def bars_of(rows: list[dict[str, str]], asset: str) -> list[dict]:
    """The bars of a replay's charts: one per tick, or several ticks per bar to stay below the limit."""
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
    """Labels of at most eight ticks: their times if each has one, of one day or of several."""
    times = {int(row["tick"]): row["time"] for row in rows}
    chosen = [bar["first"] for bar in bars[:: max(1, -(-len(bars) // 8))]]
    if not all(times[bar["first"]] for bar in bars):
        return chosen, [str(tick) for tick in chosen], "tick"
    days = {times[bar["first"]][:10] for bar in bars}
    if len(days) == 1:
        return chosen, [times[tick][11:19] for tick in chosen], f"tick, by its time on {days.pop()} UTC"
    return chosen, [times[tick][:16].replace("T", " ") for tick in chosen], "tick, by its time (UTC)"


def main_asset(rows: list[dict[str, str]], quote: str) -> str:
    """The quote if any step acted in it, else the asset in which steps acted in most ticks."""
    busy: dict[str, int] = defaultdict(int)
    for row in rows:
        busy[row["asset"]] += any(Decimal(row[name]) for name in (*FLOWS[:5], "socialised", "unpaid"))
    return quote if busy[quote] or not any(busy.values()) else max(sorted(busy), key=lambda name: busy[name])


def replay_page(text: str, book: Path, out: Path, ticks_file: Path) -> None:
    shown, reported, rows, events = Shown(out / "page.html"), texts.summary_of(out), read(out / "ticks.csv"), read(out / "events.csv")
    quote = texts.quote_of(book)
    asset = main_asset(rows, quote)
    bars = bars_of(rows, asset)
    x = [bar["first"] for bar in bars]
    charts = shown.charts

    states = [{"name": state.replace("_", " "), "type": "bar", "x": x, "y": [bar["states"][state] for bar in bars],
               "hovertext": [f"{bar['name']}<br>{thin(str(bar['states'][state]))} {state.replace('_', ' ')}" for bar in bars]} for state in reversed(STATES[1:])]
    equal("states-by-tick" in charts, any(any(trace["y"]) for trace in states), "states by tick where there is trouble")
    if "states-by-tick" in charts:
        same(charts["states-by-tick"], states, "states by tick")
        most = max(sum(counts) for counts in zip(*(trace["y"] for trace in states)))
        equal(charts["states-by-tick"]["layout"]["yaxis"].get("dtick"), 1 if most <= 8 else None, "whole units")
    money = waterfall(shown, rows, asset, bars)
    along = tick_axis(rows, bars)
    timed = [name for name in charts if re.sub(r"-\d+$", "", name) in ("states-by-tick", "closed-by-step", "losses-by-step", "fund", "marks")]
    for chart in timed:
        axis = charts[chart]["layout"]["xaxis"]
        equal({key: axis[key] for key in ("tickvals", "ticktext")}, {"tickvals": along[0], "ticktext": along[1]}, f"{chart}: labels")
        equal(axis["title"]["text"], along[2], f"{chart}: title")
        equal(axis["range"], charts[timed[0]]["layout"]["xaxis"]["range"], f"{chart}: another range")
        assert axis["range"][0] < bars[0]["first"] and axis["range"][1] > bars[-1]["last"], axis
    assert "states-by-tick" not in charts or title(charts["states-by-tick"], "y") == "units"
    for chart in timed:
        assert all(a < b for trace in charts[chart]["data"] for a, b in zip(trace["x"], trace["x"][1:])), f"{chart}: ticks do not rise"
    marks_chart(charts, book, out, ticks_file)
    taken = taken_charts(shown, book, out, events, money)

    used = lambda flow: sum((Decimal(row[flow]) for row in rows if row["asset"] == asset), Decimal(0))
    short = lambda value: tile_number(f"{value:f}")
    wanted = [("closed on the market", short(used("market")), asset), ("closed by ADL", short(used("adl")), f"{asset}, {thin(str(taken))} position{'s' * (taken != 1)}"),
              ("winners gave up", short(used("adl_haircut")), f"{asset} against the mark"), ("fund paid", short(used("fund_paid")), f"{asset}; {short(bars[-1]['fund'])} left"),
              ("socialised", short(used("socialised")), asset)]
    if bars[-1]["unpaid"]:
        wanted.append(("unpaid at the end", short(bars[-1]["unpaid"]), asset))
    equal(shown.tiles, wanted + [("conservation", "holds", "to the last step, per asset and instrument")], "tiles")
    number_facts(shown, reported, ("ticks", "accounts", "positions", "plans", "events"), {})
    equal(shown.subtitle, f"{thin(str(len({row['tick'] for row in rows})))} tick{'s' * (reported['ticks'] != 1)} with the liquidation executor, rulebook default.", "subtitle")


def waterfall(shown: Shown, rows: list[dict[str, str]], main: str, main_bars: list[dict]) -> list[str]:
    """Closed positions, bearers of losses, the sums and the fund of each asset in which anything was done, the main one
    first; no chart that would be blank. Returns these assets."""
    closing = {"market": "market", "backstop": "backstop", "ADL": "adl"}
    bearing = {"insurance fund": "fund_paid", "ADL haircut": "adl_haircut", "socialised": "socialised", "unpaid at the end": "unpaid"}
    hit = sorted({row["asset"] for row in rows if any(Decimal(row[name]) for name in ("demand", "market", "backstop", "fund_paid", "adl", "socialised", "unpaid"))}, key=str.encode)
    order = [main, *(name for name in hit if name != main)][:12]
    wanted: dict[str, str] = {}
    for place, asset in enumerate(order, 1):
        bars = main_bars if asset == main else bars_of(rows, asset)
        name = lambda chart: chart if place == 1 else f"{chart}-{place}"
        x = [bar["first"] for bar in bars]
        amount = lambda value: f"{thin(f'{value:f}')} {asset}"

        def stacked(figures: dict[str, str]) -> list[dict]:
            return [{"name": step, "type": "bar", "x": x, "y": [bar[flow] for bar in bars], "hovertext": [f"{bar['name']}<br>{step} {amount(bar[flow])}" for bar in bars]}
                    for step, flow in figures.items() if any(bar[flow] for bar in bars)]

        sums = {step: bars[-1]["unpaid"] if flow == "unpaid" else sum(bar[flow] for bar in bars) for step, flow in {**closing, **bearing}.items()}
        closed = any(bar[flow] for bar in bars for flow in ("demand", *closing.values()))
        borne = any(bar[flow] for bar in bars for flow in bearing.values())
        if closed:
            wanted[name("closed-by-step")] = f"value closed, {asset}"
            same(shown.charts[name("closed-by-step")], stacked(closing) + [{"name": "demand", "type": "scatter", "x": x, "y": [bar["demand"] for bar in bars],
                                                                            "hovertext": [f"{bar['name']}<br>demand {amount(bar['demand'])}" for bar in bars]}], f"closed by step, {asset}")
        if borne:
            wanted[name("losses-by-step")] = f"money, {asset}"
            same(shown.charts[name("losses-by-step")], stacked(bearing), f"losses by step, {asset}")
        if closed or borne:
            wanted[name("totals-by-step")] = ""
            dots(shown.charts[name("totals-by-step")], [(step, value, ("0" if not value else rough(float(value)) if abs(value) >= 10**9 else tile_number(f"{value:f}")), amount(value)) for step, value in sums.items()],
                 f"{asset} (log scale)", f"totals by step, {asset}")
        if any(bar["fund"] or bar["fund_paid"] for bar in bars):
            wanted[name("fund")] = f"balance, {asset}"
            same(shown.charts[name("fund")], [{"type": "scatter", "x": [bar["last"] for bar in bars], "y": [bar["fund"] for bar in bars],
                                               "hovertext": [f"tick {bar['last']}<br>{amount(bar['fund'])}" for bar in bars]}], f"fund, {asset}")
        for chart in (name(chart) for chart in ("closed-by-step", "losses-by-step", "totals-by-step", "fund")):
            if chart in wanted:
                equal(chosen(shown, chart), asset, f"{chart}: the asset in the menu")
                assert asset in shown.page.captions[chart], chart
                assert not wanted[chart] or title(shown.charts[chart], "y") == wanted[chart], chart
    found = {chart for chart in shown.charts if chart.startswith(("closed-by", "losses-by", "totals-by", "fund"))}
    equal(found, set(wanted), "charts of money")
    totals = {row["asset"]: row for row in shown.page.rows("totals")}
    for asset in {row["asset"] for row in rows}:
        own = [row for row in rows if row["asset"] == asset]
        for column, flow in (("market", "market"), ("adl", "adl"), ("adl_haircut", "adl_haircut"), ("fund_paid", "fund_paid"), ("backstop", "backstop"), ("socialised", "socialised")):
            equal(Decimal(totals[asset].get(column, "0")), sum(Decimal(row[flow]) for row in own), f"totals, {asset}: {column}")
        equal((Decimal(totals[asset].get("fund_balance", "0")), Decimal(totals[asset].get("unpaid_last_tick", "0"))), (Decimal(own[-1]["fund_balance"]), Decimal(own[-1]["unpaid"])), f"totals, {asset}")
    return order


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
    assert ("marks" in charts) == any(len(one["x"]) > 1 for one in wanted)
    if "marks" in charts:
        same(charts["marks"], wanted, "marks")
        equal(title(charts["marks"], "y"), "first mark = 100", "marks: axis")


def taken_charts(shown: Shown, book: Path, out: Path, events: list[dict[str, str]], money: list[str]) -> int:
    """In each asset, winners of the side that gave most, in the order in which they were first taken from. Returns the
    number of positions that gave in the first."""
    taken: dict[tuple, list] = {}
    for before, leg, *_ in zip(events, events[1:]):
        if leg["step"] == "adl" and before["plan"] == leg["plan"] and leg["size"]:
            key = leg["account"], leg["unit"], leg["instrument"], "short" if Decimal(leg["size"]) > 0 else "long"
            of = taken.setdefault(key, [Decimal(0), Decimal(0), leg["tick"], leg["asset"]])
            of[0] += abs(Decimal(leg["size"]))
            of[1] += abs(Decimal(leg["amount"]) - Decimal(leg["cost"]))
    wanted = set()
    for place, asset in enumerate(money, 1):
        own = {key: of for key, of in taken.items() if of[3] == asset}
        name = "taken" if place == 1 else f"taken-{place}"
        if own:
            wanted.add(name)
            taken_chart(shown, book, out, own, name)
            equal(chosen(shown, name), asset, name)
    equal({name for name in shown.charts if name.startswith("taken")}, wanted, "charts of who was taken from")
    return sum(of[3] == money[0] for of in taken.values())


def taken_chart(shown: Shown, book: Path, out: Path, taken: dict[tuple, list], name: str) -> None:
    """`taken`: positions of one asset."""
    sides = defaultdict(Decimal)
    for (_, _, instrument, side), (_, value, *_) in taken.items():
        sides[instrument, side] += value
    instrument, side = max(sorted(sides, key=lambda key: (key[0].encode(), key[1])), key=lambda key: sides[key])
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
    chart = shown.charts[name]
    same(chart, [{"name": "taken by ADL", "type": "bar", "x": x, "y": gone, "hovertext": hovers}, {"name": "left", "type": "bar", "x": x, "y": rest, "hovertext": hovers}], "taken")
    equal((title(chart, "x"), title(chart, "y")), ("place in the order", "contracts"), "taken: axes")
    caption = shown.page.captions[name]
    assert caption.startswith(f"{instrument} {side}: the ladder before and after.") and f"{contracts(sum(of[0] for _, of in own))} contracts of {thin(str(len(own)))} position" in caption, caption
