"""The parts of every page of --report: charts, tiles and facts, as a test reads them.

A chart is compared whole: its traces in order, with names, x, y and hover texts of equal length. Numbers may differ by what a
double cannot hold.
"""

from __future__ import annotations

import html
import math
import re
import sys
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "report"))

from page import Page
from texts import equal

THIN = "\u202f"


def thin(text: str) -> str:
    """A number with its whole part grouped by threes."""
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
    return ("-" if value < 0 else "") + (thin(f"{size:.0f}") if size >= 999.5 else f"{size:.3g}") + ("", "k", "M", "B", "T")[group]


def near(found: object, wanted: object) -> bool:
    """Equal, but for the rounding of doubles."""
    if isinstance(wanted, (list, tuple)):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(near, found, wanted))
    if isinstance(wanted, (int, float, Decimal, Fraction)) and not isinstance(wanted, bool):
        return isinstance(found, (int, float)) and math.isclose(found, float(wanted), rel_tol=1e-11, abs_tol=1e-12)
    return found == wanted


def same(chart: dict, wanted: list[dict], what: str) -> None:
    """The traces of a chart, compared in the fields of `wanted`."""
    equal([trace.get("name") for trace in chart["data"]], [trace.get("name") for trace in wanted], f"{what}: traces")
    for found, trace in zip(chart["data"], wanted, strict=True):
        for key, value in trace.items():
            have = found[key]
            for place, (one, other) in enumerate(zip(have, value)) if isinstance(value, list) else ():
                assert near(one, other), f"{what}, {trace.get('name')}: {key}[{place}] is {one!r}, not {other!r}"
            assert near(have, value), f"{what}, {trace.get('name')}: {key} is {have!r}, not {value!r}"


def dots(chart: dict, wanted: list[tuple[str, Decimal, str, str]], unit: str, what: str) -> None:
    """Names with a value, a text and a hover, from the top: dots on a logarithmic axis, with zeros at its left edge, each with
    its text on the side with enough space."""
    axis, (trace,) = chart["layout"]["xaxis"], chart["data"]
    wanted = list(reversed(wanted))
    same(chart, [{"type": "scatter", "mode": "markers+text", "y": [one[0] for one in wanted], "text": [one[2] for one in wanted], "hovertext": [one[3] for one in wanted]}], what)
    begin, end = axis["range"]
    some = [float(abs(one[1])) for one in wanted if one[1]]
    for x, (name, value, *_), side in zip(trace["x"], wanted, trace["textposition"], strict=True):
        assert begin < math.log10(x) < end, f"{what}: {name} is not seen"
        equal(side, "middle left" if math.log10(x) > (begin + end) / 2 else "middle right", f"{what}: {name}")
        if not value:
            assert all(x < one for one in some) and len({at for at, one in zip(trace["x"], wanted) if not one[1]}) == 1, f"{what}: {name} is 0"
        elif float(abs(value)) >= max(some) / 10**8:
            assert near(x, abs(value)), f"{what}: {name} at {x}"
    equal((axis["type"], axis["title"]["text"]), ("log", unit), f"{what}: axis")
    assert len(axis["tickvals"]) == len(axis["ticktext"]) > 0 and all(near(at, axis_number(word)) for at, word in zip(axis["tickvals"], axis["ticktext"])), axis


def chosen(shown: Shown, figure: str) -> str | None:
    """The asset of a figure."""
    place = [at for at, (_, name, value) in enumerate(shown.page.attributes) if name == "id" and value == figure][0]
    return next((value for tag, name, value in shown.page.attributes[place + 1:place + 2] if name == "data-choice"), None)


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


def number_facts(shown: Shown, reported: dict, names: tuple[str, ...], more: dict[str, str]) -> None:
    """Counts and other facts; the source that was read and its time are beside them."""
    assert shown.facts.get("book"), shown.facts
    beside = {"book", "ticks of", "marks of", "ticks file", "updates file", "betas file", "ages as of", "rulebook taken"}
    equal({name: value for name, value in shown.facts.items() if name not in beside}, {**{name: thin(str(reported[name])) for name in names}, **more}, "facts")


SUFFIX = {"k": 3, "M": 6, "B": 9, "T": 12}


def axis_number(text: str) -> Decimal:
    """Of an axis: "-10k"."""
    text = text.replace(THIN, "")
    return Decimal(text[:-1]).scaleb(SUFFIX[text[-1]]) if text[-1] in SUFFIX else Decimal(text)
