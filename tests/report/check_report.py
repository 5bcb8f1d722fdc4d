#!/usr/bin/env python3
"""--report: one file that loads nothing, whose charts and tables agree with the written tables.

    python3 tests/report/check_report.py --plimsoll build/plimsoll
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import sys
import tempfile
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "cli")]

from page import Page
from program import Program, run_checks

STATES = ("healthy", "margin_call", "liquidatable", "bankrupt")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def plain(text: str) -> str:
    return text.replace("\u202f", "")


def unescaped(label: str) -> str:
    return label.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


class Scanned:
    """A scan with its report and its tables."""

    def __init__(self, program: Program, book: Path, out: Path, *options: str):
        if not out.exists():
            program.ok("scan", book, "--out", out, "--report", out / "page.html", "--ladder", "full", *options)
        self.page = Page(out / "page.html")
        self.open: dict[tuple[str, str], Decimal] = defaultdict(Decimal)  # Contracts of a side.
        for row in read(book / "positions.csv"):
            self.open[row["instrument"], "short" if row["size"].startswith("-") else "long"] += abs(Decimal(row["size"]))
        self.summary = json.loads((out / "summary.json").read_text())
        self.units, self.flagged, self.markets, self.ladder, self.cover = (
            read(out / f"{name}.csv") for name in ("units", "flagged", "markets", "ladder", "cover"))
        settle = {row["instrument"]: row["settle"] for row in read(book / "instruments.csv")}
        for row in self.units:
            kind, rest = row["unit"].split(":", 1)
            row["asset"] = rest if kind == "cross" else settle[rest.rsplit(":", 1)[0]]
            if self.summary["collateral"] == "multi":
                row["asset"] = self.summary["quote"]


def venue(program: Program, root: Path, name: str = "venue", *options: str) -> Path:
    book = root / name
    if not book.exists():
        words = options or ("--accounts", "3000", "--positions", "12000", "--instruments", "24", "--seed", "11", "--distressed-share", "0.06")
        program.ok("generate", *words, "--out", book)
    return book


def scanned(program: Program, root: Path) -> Scanned:
    return Scanned(program, venue(program, root), root / "scan")


# --------------------------------------------------------------------------------------------- structure
def needs_nothing(page: Page) -> None:
    """No attribute, style or script of ours names anything outside; the policy forbids the rest."""
    for tag, name, value in page.attributes:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form", "a") or (tag == "a" and value.startswith("#")), (tag, name, value)
        assert name not in ("src", "srcset", "data", "action", "poster", "background") and not name.startswith("on"), (tag, name, value)
    policy = [value for tag, name, value in page.attributes if tag == "meta" and name == "content" and "default-src" in value]
    assert len(policy) == 1 and "default-src 'none'" in policy[0] and "http" not in policy[0] and "connect-src" not in policy[0], policy
    for style in page.styles:
        assert "url(" not in style and "@import" not in style
    *plotly, own = page.scripts
    assert len(plotly) == bool(page.charts) and all("Licensed under the MIT license" in one[:400] for one in plotly)
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|import\(|\.src\b", own), "our script reaches out"
    assert 'plotlyServerURL: ""' in own, "plotly's button that sends a chart elsewhere is on"
    ids = Counter(value for _, name, value in page.attributes if name == "id")
    assert max(ids.values()) == 1, ids.most_common(3)
    assert len(page.bytes) < 6_000_000, len(page.bytes)


def self_contained(program: Program, root: Path) -> None:
    page = scanned(program, root).page
    needs_nothing(page)
    assert {re.sub(r"-\d+$", "", name) for name in page.charts} == {
        "states", "health-factor", "equity", "deficit-by-instrument", "demand-and-cover", "ladder"}, set(page.charts)
    for name, chart in page.charts.items():
        assert chart["data"] and all(len(trace["x"]) == len(trace["y"]) for trace in chart["data"]), name


# ----------------------------------------------------------------------------------------------- figures
def states(program: Program, root: Path) -> None:
    """The chart of states is the summary's."""
    scan = scanned(program, root)
    trace = scan.page.charts["states"]["data"][0]
    assert all(scan.summary["states"][state] for state in STATES), scan.summary["states"]  # A 0 has no place on a logarithmic axis.
    assert dict(zip(trace["y"], trace["x"])) == {state.replace("_", " "): scan.summary["states"][state] for state in STATES}, trace
    for trace_text, count in zip(trace["text"], trace["x"]):
        assert plain(trace_text).split()[0] == str(int(count))


def bin_counts(traces: list[dict]) -> dict[tuple[str, str, str], int]:
    """(state, from, to) -> units; blank where a bin is open."""
    out = {}
    for trace in traces:
        for hover, count in zip(trace["hovertext"], trace["y"]):
            span, reported = plain(hover).split("<br>")
            low, high = ("", span[6:]) if span.startswith("below ") else (span[:-9], "") if span.endswith(" and more") else span.split(" to ")
            assert reported.split()[0] == str(count), hover
            out[trace["name"].replace(" ", "_"), low, high] = count
    return out


def compare_bins(traces: list[dict], values: list[tuple[str, Decimal]]) -> None:
    bins = bin_counts(traces)
    found: Counter = Counter()
    spans = sorted({(low, high) for _, low, high in bins}, key=lambda span: Decimal(span[0] or "-1e40"))
    for (_, before), (low, _) in zip(spans, spans[1:]):
        assert Decimal(before) <= Decimal(low), "bins overlap"
    for state, value in values:
        for low, high in spans:
            if (not low or Decimal(low) <= value) and (not high or value < Decimal(high)):
                found[state, low, high] += 1
    assert dict(found) == bins, f"{len(values)} values: {dict(found)} but the page says {bins}"
    assert sum(found.values()) == len(values)


def distributions(program: Program, root: Path) -> None:
    """Every unit is in the bin of its printed figure."""
    scan = scanned(program, root)
    compare_bins(scan.page.charts["health-factor"]["data"],
                 [(row["state"], Decimal(row["health_factor"])) for row in scan.units if row["health_factor"]])
    blank = sum(not row["health_factor"] for row in scan.units)
    assert f"{blank} units without" in plain(scan.page.captions["health-factor"])
    menu = [value for tag, name, value in scan.page.attributes if name == "data-choice" and tag == "figure"]
    menu = list(dict.fromkeys(menu))
    assert menu[0] == scan.summary["quote"] and set(menu) == set(scan.summary["assets"])
    for place, asset in enumerate(menu, 1):
        chart = scan.page.charts["equity" if place == 1 else f"equity-{place}"]
        compare_bins(chart["data"], [(row["state"], Decimal(row["equity"])) for row in scan.units if row["asset"] == asset])
    for chart in ("health-factor", "equity"):
        marks = [note["text"] for note in scan.page.charts[chart]["layout"]["annotations"]]
        assert "bankrupt" in marks and (chart == "equity" or {"liquidatable", "margin call"} <= set(marks)), marks


def deficits(program: Program, root: Path) -> None:
    """Deficits and covers of the charts are those of `markets`; the table is the head of `flagged`, by deficit."""
    scan = scanned(program, root)
    deficit = {row["instrument"]: row["deficit"] for row in scan.markets}
    trace = scan.page.charts["deficit-by-instrument"]["data"][0]
    for name, value, hover in zip(trace["y"], trace["x"], trace["hovertext"]):
        assert plain(hover).split("<br>")[1].split()[0] == deficit[name] and abs(value - float(deficit[name])) <= 1e-9 * value
    settle = {row["instrument"]: row["settle"] for row in read(root / "venue" / "instruments.csv")}
    of_quote = sorted((Decimal(text) for name, text in deficit.items() if settle[name] == "QUSD" and Decimal(text or 0) > 0), reverse=True)
    assert [Decimal(deficit[name]) for name in reversed(trace["y"])] == of_quote[:20]

    wanted, found = scan.page.charts["demand-and-cover"]["data"]
    market = {row["instrument"]: row for row in scan.markets}
    for name, hover in zip(wanted["y"], wanted["hovertext"]):
        instrument, side = name.rsplit(" ", 1)
        _, demand, cover, lots = plain(hover).split("<br>")
        assert demand == "demand " + market[instrument][f"demand_{side}"] and cover == "covered " + market[instrument][f"cover_{side}"]
        at = wanted["y"].index(name)
        all_of = Decimal(lots.split()[1])
        for trace, text in ((wanted, demand), (found, cover)):
            assert abs(Decimal(text.split()[1]) / all_of * 100 - Decimal(trace["x"][at])) < Decimal("1e-9"), name

    order = {name: place for place, name in enumerate(row["asset"] for row in scan.page.rows("assets"))}
    asset = {(row["account"], row["unit"]): row["asset"] for row in scan.units}
    bankrupt = [row for row in scan.flagged if Decimal(row["deficit"]) > 0]
    bankrupt.sort(key=lambda row: (order[asset[row["account"], row["unit"]]], -Decimal(row["deficit"])))
    table = scan.page.rows("largest-deficits")
    assert [row["deficit"] for row in table] == [row["deficit"] for row in bankrupt[:25]]
    assert {(row["account"], row["unit"], row["deficit"], row["top_up"]) for row in table} <= {
        (row["account"], row["unit"], row["deficit"], row["top_up"]) for row in scan.flagged}
    assert f"First 25 of {len(bankrupt)} rows" in plain(scan.page.captions["largest-deficits"])


def tables(program: Program, root: Path) -> None:
    """The page's tables are the heads of the written ones."""
    scan = scanned(program, root)
    for name, source, limit in (("flagged-table", scan.flagged, 100), ("cover", scan.cover, 25)):
        shown = scan.page.rows(name)
        assert shown == [{key: row[key] for key in shown[0]} for row in source[:limit]], name
        cut = f"First {limit} of {len(source)} rows"
        assert (cut in plain(scan.page.captions[name])) == (len(source) > limit), scan.page.captions[name]
    assert len(scan.flagged) > 100
    shown = scan.page.rows("markets-table")
    of = {row["instrument"]: row for row in scan.markets}
    assert sorted(row["instrument"] for row in shown) == sorted(of) and len(of) < 100
    assert shown == [{key: of[row["instrument"]][key] for key in row} for row in shown] and {"demand_long", "deficit", "open_interest"} <= set(shown[0])
    wanted = [max(Decimal(row[f"demand_{side}"]) / (scan.open[row["instrument"], side] or 1) for side in ("long", "short")) for row in shown]
    assert wanted == sorted(wanted, reverse=True) and wanted[0] > 0, "the most demanded first"
    assert {row.pop("asset"): row for row in scan.page.rows("assets")} == {
        name: {key: "" if value is None else str(value) for key, value in totals.items()} for name, totals in scan.summary["assets"].items()}


def ladders(program: Program, root: Path) -> None:
    """The lines run over the ladder's own ranks, scores and lots; the shade ends at the cover."""
    scan = scanned(program, root)
    sides = defaultdict(list)
    for row in scan.ladder:
        sides[row["instrument"], row["side"]].append(row)
    market = {row["instrument"]: row for row in scan.markets}
    for place in range(1, 5):
        chart = scan.page.charts[f"ladder-{place}"]
        instrument, side = scan.page.captions[f"ladder-{place}"].split(".")[0].rsplit(" ", 1)
        rows = sides[instrument, side]
        share = lambda size: float(100 * Decimal(size) / scan.open[instrument, side])
        trace = chart["data"][0]
        lots, sums = Decimal(0), []
        for row in rows:
            lots += Decimal(row["size"])
            sums.append(lots)
        ranks = []
        for x, hover in list(zip(trace["x"], trace["hovertext"]))[1:]:
            rank, account, unit, score, lights, so_far = re.fullmatch(
                r"rank (\d+): (\S+) (\S+)<br>score (\S+), (\d) lights<br>(\S+) contracts up to here", plain(hover)).groups()
            row = rows[int(rank) - 1]
            assert (account, unit, score, lights) == (row["account"], row["unit"], row["score"], row["lights"])
            assert Decimal(so_far) == sums[int(rank) - 1] and abs(x - share(so_far)) <= 1e-9 * x
            ranks.append(int(rank))
        assert ranks == sorted(set(ranks)) and ranks[0] == 1 and ranks[-1] == len(rows) and len(ranks) >= min(len(rows), 60)
        assert all(a >= b for a, b in zip(trace["y"], trace["y"][1:])), "a ladder falls"
        cover = market[instrument][f"cover_{side}"]
        assert plain(chart["layout"]["annotations"][0]["text"]) == f"cover {cover}"
        assert abs(chart["layout"]["shapes"][0]["x1"] - share(cover)) <= 1e-9 * share(cover)
        assert any(abs(x - share(cover)) <= 1e-9 * x or x > share(cover) for x in trace["x"])


# ------------------------------------------------------------------------------------------------- names
HOSTILE = ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<b>bold</b>&amp;<br>", "a,b\"c'd", "Ünïcode-\U0001d518\u2028x",
           "line\nbreak", "${x} %{y} {{z}}", "-->]]>", "x" * 300, "2025-10-10"]
BENIGN = [f"account{place}" for place in range(len(HOSTILE))]


def hand_made(folder: Path, names: list[str]) -> Path:
    """All accounts against each other in one market; the third is bankrupt, two are flagged. Names go to accounts, the
    venue, assets and instruments."""
    folder.mkdir()
    market, inverse, quote, coin, tiers = (names[k] + suffix for k, suffix in ((0, "-M"), (1, "-I"), (2, "-Q"), (9, ""), (4, "-T")))
    def table(name: str, rows: list[list[str]]) -> None:
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    (folder / "venue.toml").write_text(f"name = {json.dumps(names[0])}\nquote = {json.dumps(quote)}\n", encoding="utf-8")
    table("assets.csv", [["asset", "step"], [quote, "0.01"], [coin, "0.0001"]])
    table("instruments.csv", [["instrument", "kind", "base", "settle", "contract_size", "price_step", "size_step", "tier_table"],
                              [market, "linear", coin, quote, "1", "0.1", "0.001", tiers], [inverse, "inverse", coin, coin, "100", "0.1", "1", tiers]])
    table("tiers.csv", [["tier_table", "floor", "maintenance_rate", "initial_rate"], [tiers, "0", "0.01", "0.02"]])
    table("balances.csv", [["account", "asset", "amount"], *([name, quote, {0: "10.5", 2: "1", 3: "52"}.get(place, "5000")] for place, name in enumerate(names)),
                           [names[5], coin, "0.01"], [names[6], coin, "3"]])
    sizes = ["1", "2", "3", "5", "2", "-4", "-3", "-1", "-2", "-3"]
    table("positions.csv", [["account", "instrument", "size", "entry_price"], *([name, market, size, "100"] for name, size in zip(names, sizes)),
                            [names[5], inverse, "10", "120"], [names[6], inverse, "-10", "120"]])
    table("marks.csv", [["instrument", "mark"], [market, "90"], [inverse, "90"]])
    return folder


def hostile_names(program: Program, root: Path) -> None:
    """Names change the text, never the structure."""
    pages = []
    for label, names in (("hostile", HOSTILE), ("benign", BENIGN)):
        book = hand_made(root / label, names)
        program.ok("scan", book, "--report", root / f"{label}.html", "--out", root / f"{label}-out")
        pages.append(Page(root / f"{label}.html"))
    hostile, benign = pages
    needs_nothing(hostile)
    assert sorted(hostile.shape) == sorted(benign.shape), "a name became markup"
    assert hostile.charts.keys() == benign.charts.keys()
    assert HOSTILE[0] in hostile.title
    flagged = read(root / "hostile-out" / "flagged.csv")
    shown = [row["account"] for row in hostile.rows("flagged-table")]
    assert len(shown) >= 3 and shown == [row["account"] for row in flagged], (shown, flagged)
    names = {unescaped(label) for label in hostile.charts["demand-and-cover"]["data"][0]["y"]}
    assert names <= {HOSTILE[0] + "-M long", HOSTILE[0] + "-M short", HOSTILE[1] + "-I long", HOSTILE[1] + "-I short"} and names, names
    for name, chart in hostile.charts.items():  # No label has text that plotly would take for markup.
        assert not re.search(r"<(?!br>)", json.dumps(chart["data"]) + json.dumps(chart["layout"])), name
    assert hostile.charts["states"]["layout"]["yaxis"]["type"] == "category"
    assert hostile.charts["demand-and-cover"]["layout"]["yaxis"]["type"] == "category"


# ---------------------------------------------------------------------------------------------- the file
def same_bytes(program: Program, root: Path) -> None:
    """Threads and backend show only in the facts of the run."""
    book = venue(program, root, "small", "--accounts", "300", "--positions", "1200", "--instruments", "8", "--seed", "5", "--distressed-share", "0.1")
    pages = []
    for place, options in enumerate((("--threads", "1"), ("--threads", "7"), ("--backend", "emulated"), ("--ladder", "full"))):
        target = root / f"same-{place}.html"
        program.ok("scan", book, "--report", target, *options)
        pages.append(Page(target))
    assert pages[0].bytes != pages[1].bytes, "the facts of the run are not there"
    for page in pages[1:]:
        assert page.without_run() == pages[0].without_run()


def edge_books(program: Program, root: Path) -> None:
    """No flagged unit, one account, no position at all: a page all the same, without empty charts."""
    sound = venue(program, root, "sound", "--accounts", "50", "--positions", "200", "--instruments", "4", "--seed", "3", "--distressed-share", "0")
    one = venue(program, root, "one", "--accounts", "1", "--positions", "0", "--instruments", "2")
    multi = venue(program, root, "multi", "--accounts", "400", "--positions", "1600", "--collateral", "multi", "--distressed-share", "0.1", "--seed", "2")
    for book in (sound, one, multi):
        scan = Scanned(program, book, root / f"{book.name}-out")
        needs_nothing(scan.page)
        compare_bins(scan.page.charts["equity"]["data"], [(row["state"], Decimal(row["equity"])) for row in scan.units if row["asset"] == scan.summary["quote"]])
        if book != multi:
            assert scan.summary["states"]["bankrupt"] == 0 and {re.sub(r"-\d+$", "", name) for name in scan.page.charts} == {"states", "equity"} | ({"health-factor"} if book == sound else set())
            assert scan.page.tables["largest-deficits"] == [] and "None." in scan.page.text


def refusals(program: Program, root: Path) -> None:
    """A target that cannot be written is refused before the book is read; nothing is left anywhere."""
    book = venue(program, root, "small", "--accounts", "300", "--positions", "1200", "--instruments", "8", "--seed", "5", "--distressed-share", "0.1")
    place = root / "refused"
    place.mkdir()
    (place / "folder.html").mkdir()
    (place / "there.html").write_text("mine")
    (place / "pipe.html").symlink_to("/dev/null")
    for target, text in (("absent/page.html", "its folder does not exist"), ("folder.html", "is a folder"), ("there.html", "--force replaces it"),
                         ("page.csv", "must end in .html"), ("there.html/page.html", "not a folder"), ("pipe.html", "not a regular file"), (".html", "must end in .html")):
        for source in (book, root / "no such book"):  # The same words whether or not there is a book: it was not looked at.
            done = program.expect(2, "scan", source, "--report", place / target, "--out", place / "out")
            assert text in done.stderr and done.stdout == "", (target, done.stderr)
    done = program.expect(1, "scan", book, "--report", "/proc/page.html")
    assert "/proc/page.html" in done.stderr, done.stderr
    assert sorted(path.name for path in place.iterdir()) == ["folder.html", "pipe.html", "there.html"] and (place / "there.html").read_text() == "mine"
    program.ok("scan", book, "--report", place / "there.html", "--force")
    Page(place / "there.html")
    assert oct((place / "there.html").stat().st_mode & 0o777) == oct(0o666 & ~umask())
    program.expect(3, "scan", broken(root, book), "--report", place / "page.html", "--out", place / "out")
    assert sorted(path.name for path in place.iterdir()) == ["folder.html", "pipe.html", "there.html"]


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def broken(root: Path, book: Path) -> Path:
    """The book with a mark that is no number."""
    copy = root / "broken"
    copy.mkdir()
    for file in book.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    marks = (copy / "marks.csv").read_text().splitlines()
    marks[1] = marks[1].split(",")[0] + ",x" + "," * marks[1].count(",", marks[1].index(",") + 1)
    (copy / "marks.csv").write_text("\n".join(marks) + "\n")
    return copy


def within_out(program: Program, root: Path) -> None:
    """A page inside the folder of --out appears with it, or not at all."""
    book = venue(program, root, "small", "--accounts", "300", "--positions", "1200", "--instruments", "8", "--seed", "5", "--distressed-share", "0.1")
    out = root / "together"
    for words in ((), ("--force",)):
        program.ok("scan", book, "--out", f"{out}/", "--report", out / "page.html", *words)
        assert {path.name for path in out.iterdir()} == {"units.csv", "flagged.csv", "ladder.csv", "cover.csv", "markets.csv", "held.csv", "summary.json", "page.html"}
    before = (out / "page.html").read_bytes()
    program.expect(2, "scan", book, "--out", out, "--report", out / "page.html")
    program.expect(2, "scan", book, "--report", out / "deeper" / "page.html")
    assert (out / "page.html").read_bytes() == before


# -------------------------------------------------------------------------------------- replay, compare, stress
def crash(program: Program, root: Path) -> tuple[Path, Path, Path]:
    """A venue, the ticks of a crash, and the folder of its replay with a page."""
    book = root / "crash-venue"
    if not book.exists():
        program.ok("generate", "--accounts", "3000", "--positions", "12000", "--instruments", "16", "--seed", "4", "--distressed-share", "0.03", "--out", book)
        with (book / "venue.toml").open("a") as file:
            file.write("\n[market]\ndepth = 20000\n\n[fund.balance]\nQUSD = 500\n")
        marks = read(book / "marks.csv")
        with (root / "ticks.csv").open("w") as file:
            file.write("tick,instrument,mark,as_of\n")
            for tick, percent in enumerate((99, 92, 84, 80, 86), start=1):
                for row in marks:
                    step = Decimal(row["mark"].rpartition(".")[2] and "1").scaleb(-len(row["mark"].partition(".")[2]))
                    file.write(f"{tick * 10},{row['instrument']},{(Decimal(row['mark']) * percent / 100).quantize(step)},{row['as_of']}\n")
        program.ok("replay", book, "--ticks", root / "ticks.csv", "--out", root / "crash", "--report", root / "crash" / "page.html")
    return book, root / "ticks.csv", root / "crash"


def by_hover(trace: dict) -> dict[str, str]:
    """The hover text of each bar of a tick: the words of its second line but the last, which is the asset."""
    return {plain(hover).split("<br>")[0]: plain(hover).split("<br>")[1] for hover in trace["hovertext"]}


def replay_page(program: Program, root: Path) -> None:
    """Charts and tables of a replay are its written tables."""
    book, ticks_file, out = crash(program, root)
    page = Page(out / "page.html")
    needs_nothing(page)
    ticks, events, summary = read(out / "ticks.csv"), read(out / "events.csv"), json.loads((out / "summary.json").read_text())
    assert {re.sub(r"-\d+$", "", name) for name in page.charts} == {"states-by-tick", "marks", "fund", "closed-by-step", "losses-by-step", "totals-by-step", "taken"}, set(page.charts)

    counts = defaultdict(Counter)
    for row in ticks:
        for state in STATES:
            counts[row["tick"]][state] += int(row[state])
    for trace in page.charts["states-by-tick"]["data"]:
        state = trace["name"].replace(" ", "_")
        assert dict(zip(map(str, trace["x"]), trace["y"])) == {tick: of[state] for tick, of in counts.items()}, state
    own = {row["tick"]: row for row in ticks if row["asset"] == "QUSD"}
    columns = {"market": "market", "backstop": "backstop", "ADL": "adl", "demand": "demand", "insurance fund": "fund_paid",
               "ADL haircut": "adl_haircut", "socialised": "socialised", "unpaid at the end": "unpaid"}
    for chart in ("closed-by-step", "losses-by-step"):
        names = {trace["name"] for trace in page.charts[chart]["data"]}
        for trace in page.charts[chart]["data"]:
            column = columns[trace["name"]]
            assert by_hover(trace) == {f"tick {tick}": f"{trace['name']} {row[column]} QUSD" for tick, row in own.items()}, trace["name"]
            for value, row in zip(trace["y"], own.values()):
                assert abs(Decimal(value) - Decimal(row[column])) <= abs(Decimal(row[column])) / 10**12
        left_out = {name for name in columns if name not in names} - ({"insurance fund", "ADL haircut", "socialised", "unpaid at the end"} if chart[0] == "c" else {"market", "backstop", "ADL", "demand"})
        assert all(Decimal(row[columns[name]]) == 0 for name in left_out for row in own.values()), left_out
    assert {"ADL"} <= {trace["name"] for trace in page.charts["closed-by-step"]["data"]}
    assert [plain(hover).split("<br>")[1] for hover in page.charts["fund"]["data"][0]["hovertext"]] == [row["fund_balance"] + " QUSD" for row in own.values()]
    totals = page.charts["totals-by-step"]["data"][0]
    of_asset = summary["assets"]["QUSD"]
    expected = {"market": "market", "backstop": "backstop", "ADL": "adl", "insurance fund": "fund_paid", "ADL haircut": "adl_haircut", "socialised": "socialised",
                "unpaid at the end": "unpaid_last_tick"}
    assert {name: plain(hover) for name, hover in zip(totals["y"], totals["hovertext"])} == {name: f"{of_asset[key]} QUSD" for name, key in expected.items()}

    marks = defaultdict(list)
    for row in read(ticks_file):
        marks[row["instrument"]].append(row["mark"])
    assert len(page.charts["marks"]["data"]) == 6
    for trace in page.charts["marks"]["data"]:
        assert [Decimal(plain(hover).split()[-1]) for hover in trace["hovertext"]] == [Decimal(mark) for mark in marks[trace["name"]]]
        assert all(abs(Decimal(y) - 100 * Decimal(mark) / Decimal(marks[trace["name"]][0])) < Decimal("1e-9") for y, mark in zip(trace["y"], marks[trace["name"]]))

    for table, some in (("ticks-table", {"tick", "adl", "demand", "bankrupt", "deleveraged"}), ("ticks-losses", {"tick", "fund_balance", "adl_haircut"})):
        shown = page.rows(table)
        assert shown == [{key: row["winners" if key == "deleveraged" else key] for key in shown[0]} for row in own.values()] and some <= set(shown[0]), table
    sums = {row["asset"]: row for row in page.rows("conserved-money")}
    proof = summary["conservation"]["balances_less_costs"]
    assert all({key: sums[name][key] for key in ("opening", "closing")} == proof[name] for name in sums) and sums["QUSD"]["equal"] == "yes" and "holds" in page.text

    # Winners, from the events alone: the leg of a plan of ADL that is not the first.
    taken: dict[tuple, list] = {}
    for before, leg in zip(events, events[1:]):
        if leg["step"] == "adl" and before["plan"] == leg["plan"] and leg["size"]:
            side = "short" if Decimal(leg["size"]) > 0 else "long"
            of = taken.setdefault((leg["account"], leg["unit"], leg["instrument"], side), [Decimal(0), Decimal(0), 0, leg["tick"], leg["asset"]])
            of[0] += abs(Decimal(leg["size"]))
            of[1] += abs(Decimal(leg["amount"]) - Decimal(leg["cost"]))
            of[2] += 1
    final = {(row["account"], row["instrument"], "long" if Decimal(row["size"]) > 0 else "short"): abs(Decimal(row["size"])) for row in read(out / "final" / "positions.csv")}
    table = page.rows("largest-winners")
    assert len(table) == 25
    for row in table:
        size, value, fills, first, asset = taken[row["account"], row["unit"], row["instrument"], row["side"]]
        assert (Decimal(row["taken"]), Decimal(row["value"]), int(row["fills"]), row["first_tick"], asset) == (size, value, fills, first, "QUSD"), row
        assert Decimal(row["left"]) == final.get((row["account"], row["instrument"], row["side"]), 0)
    assert [Decimal(row["value"]) for row in table] == sorted((of[1] for of in taken.values() if of[4] == "QUSD"), reverse=True)[:25]
    by_side = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for (_, _, instrument, side), of in taken.items():
        if of[4] == "QUSD":
            by_side[instrument, side][0] += of[1]
            by_side[instrument, side][1] += of[0]
    most = max(by_side, key=lambda key: by_side[key][0])
    assert page.captions["taken"].startswith(f"{most[0]} {most[1]}: the ladder"), page.captions["taken"]
    gone, left = page.charts["taken"]["data"]
    assert sum(Decimal(plain(hover).split("<br>")[1].split()[1]) for hover in gone["hovertext"]) == by_side[most][1]
    assert sum(Decimal(plain(hover).split("<br>")[2].split()[1]) for hover in left["hovertext"]) == sum(
        (final.get((account, instrument, side), Decimal(0)) for account, _, instrument, side in taken if (instrument, side) == most), Decimal(0))


def replay_edges(program: Program, root: Path) -> None:
    """The same bytes on any threads; a page without events; the target is checked before the work."""
    book, ticks, out = crash(program, root)
    page = Page(out / "page.html")
    for threads in ("1", "7"):
        program.ok("replay", book, "--ticks", ticks, "--out", root / f"crash-{threads}", "--report", root / f"crash-{threads}.html", "--threads", threads)
        assert Page(root / f"crash-{threads}.html").without_run() == page.without_run()
    sound = venue(program, root, "sound", "--accounts", "50", "--positions", "200", "--instruments", "4", "--seed", "3", "--distressed-share", "0")
    row = read(sound / "marks.csv")[0]
    (root / "one.csv").write_text(f"tick,instrument,mark,as_of\n1,{row['instrument']},{row['mark']},{row['as_of']}\n")
    program.ok("replay", sound, "--ticks", root / "one.csv", "--out", root / "sound-replay", "--report", root / "sound-replay.html")
    quiet = Page(root / "sound-replay.html")
    needs_nothing(quiet)
    assert quiet.tables["largest-winners"] == [] and "taken" not in quiet.charts
    done = program.expect(2, "replay", root / "no such book", "--ticks", ticks, "--out", root / "x", "--report", root / "absent" / "page.html")
    assert "its folder does not exist" in done.stderr and not (root / "x").exists()


def compare_page(program: Program, root: Path) -> None:
    """Bars are the table `policies`."""
    book, _, _ = crash(program, root)
    out = root / "compared"
    program.ok("compare", book, "--shock", "-0.12", "--policies", "queue,pro_rata:equity,min_max", "--out", out, "--report", out / "page.html")
    page = Page(out / "page.html")
    needs_nothing(page)
    rows = {row["policy"]: row for row in read(out / "policies.csv") if row["asset"] == "QUSD"}
    assert list(rows) == ["queue", "pro_rata:equity", "min_max"]
    expected = {"removed": {"removed": "removed", "needed": "needed"}, "haircuts": {"worst": "worst", "mean": "mean"}, "gini": {"Gini": "gini"},
                "accounts": {"accounts": "accounts"}, "beyond": {"insurance fund": "fund_used", "socialised": "socialised", "unpaid": "unpaid"}}
    assert {re.sub(r"-\d+$", "", name) for name in page.charts} == set(expected)
    for chart, columns in expected.items():
        assert {trace["name"] for trace in page.charts[chart]["data"]} == {name for name, column in columns.items() if any(Decimal(row[column]) for row in rows.values())}
        for trace in page.charts[chart]["data"]:
            reported = {plain(hover).split("<br>")[0]: plain(hover).split("<br>")[1][len(trace["name"]) + 1:].removesuffix(" QUSD") for hover in trace["hovertext"]}
            assert reported == {policy: row[columns[trace["name"]]] for policy, row in rows.items()}, (chart, reported)
            assert all(abs(Decimal(x) - Decimal(rows[y][columns[trace["name"]]])) <= abs(Decimal(x)) / 10**9 for x, y in zip(trace["x"], trace["y"]))
    assert Decimal(rows["queue"]["removed"]) > 0
    shown = page.rows("policies-table")
    assert shown == [{key: row[key] for key in shown[0]} for row in rows.values()]
    program.ok("compare", book, "--shock", "-0.12", "--policies", "queue,pro_rata:equity,min_max", "--threads", "1", "--report", root / "compared.html")
    assert Page(root / "compared.html").without_run() == page.without_run()
    program.expect(2, "compare", root / "no such book", "--report", root / "absent" / "page.html")


def stress_page(program: Program, root: Path) -> None:
    """Cells are the table `stress`; the smallest adequate fund is the summary's."""
    book, _, _ = crash(program, root)
    out = root / "stressed"
    words = ("--shocks", "-0.02,-0.2,-0.5", "--funds", "0,100000,90000000")
    program.ok("stress", book, *words, "--out", out, "--report", out / "page.html")
    page = Page(out / "page.html")
    needs_nothing(page)
    rows = {(row["shock"], row["fund"]): row for row in read(out / "stress.csv") if row["asset"] == "QUSD"}
    assert len(rows) == 9 and any(Decimal(row["socialised"]) > 0 for row in rows.values())
    columns = {"needed": ("needed",), "used": ("fund_used",), "adl": ("adl",), "socialised": ("socialised", "unpaid"), "touched": ("accounts",)}
    filled = {chart for chart, names in columns.items() if any(Decimal(row[name]) for row in rows.values() for name in names)}
    assert {name for name in page.charts if not re.search(r"-\d+$", name)} == filled and len(filled) > 3
    for chart, names in columns.items():
        if chart not in filled:
            continue
        trace = page.charts[chart]["data"][0]
        for y, hovers, colours in zip(trace["y"], trace["hovertext"], trace["z"]):
            for x, hover, colour in zip(trace["x"], hovers, colours):
                exact = sum(Decimal(rows[y, x][name]) for name in names)
                assert Decimal(plain(hover).split("<br>")[2].split()[0]) == exact, (chart, hover)
                assert (colour == 0) == (exact <= 0)
    summary = json.loads((out / "summary.json").read_text())
    smallest = {one["shock"]: one["smallest_fund"]["QUSD"] for one in summary["adequacy"]}
    assert {row["shock"]: row["opening"] or None for row in page.rows("smallest-fund")} == smallest
    shown = page.rows("stress-table")
    assert shown == [{key: row[key] for key in shown[0]} for row in rows.values()]
    program.ok("stress", book, *words, "--threads", "1", "--report", root / "stressed.html")
    assert Page(root / "stressed.html").without_run() == page.without_run()
    program.expect(2, "stress", root / "no such book", "--report", root / "absent" / "page.html")


CHECKS = [self_contained, states, distributions, deficits, tables, ladders, hostile_names, same_bytes, edge_books, refusals, within_out,
          replay_page, replay_edges, compare_page, stress_page]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plimsoll", type=Path, required=True)
    program = Program(parser.parse_args().plimsoll)
    with tempfile.TemporaryDirectory() as folder:
        return run_checks(CHECKS, program, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
