#!/usr/bin/env python3
"""Pages as a browser shows them: nothing is cut, no label lies on another, tables sort, search and save, menus choose.

    python3 tests/report/check_in_browser.py --plimsoll build/plimsoll

Needs Chromium; exits 77 if there is none. --keep FOLDER leaves the pages there, with pictures of them and PDFs.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), *(str(Path(__file__).resolve().parents[1] / name) for name in ("cli", "shown"))]

import made
from browser import Browser, find_chromium
from page import Page
from program import Program, run_checks
from recount import read

WIDTHS = (1366, 768, 390)
FAULTS = """(() => {
  const out = [];
  const seen = text => text.textContent.trim() !== "" && text.getBoundingClientRect().width > 0;
  const name = element => element.tagName + "." + element.className + "#" + element.id;
  for (const element of document.querySelectorAll("main *")) {
    if (element.closest(".scroll") || element.closest("svg")) { continue; }
    if (element.getBoundingClientRect().right > innerWidth + 1) { out.push("beyond the page: " + name(element)); }
    if (element.closest(".tile") && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) { out.push("cut in a card: " + name(element)); }
  }
  if (document.documentElement.scrollWidth > innerWidth) { out.push("the page scrolls sideways"); }
  for (const figure of document.querySelectorAll("figure.chart:not([hidden])")) {
    const plot = figure.querySelector(".plot").getBoundingClientRect();
    const texts = Array.from(figure.querySelectorAll("svg.main-svg text")).filter(seen);
    const boxes = texts.map(text => text.getBoundingClientRect());
    for (let i = 0; i < boxes.length; ++i) {
      const one = boxes[i];
      if (one.left < plot.left - 1 || one.right > plot.right + 1 || one.top < plot.top - 1 || one.bottom > plot.bottom + 1) {
        out.push(figure.id + " cuts: " + texts[i].textContent);
      }
      for (let j = i + 1; j < boxes.length; ++j) {
        const other = boxes[j];
        if (one.left < other.right - 2 && other.left < one.right - 2 && one.top < other.bottom - 3 && other.top < one.bottom - 3) {
          out.push(figure.id + ": " + texts[i].textContent + " lies on " + texts[j].textContent);
        }
      }
    }
    if (!figure.querySelector(".xtick, .ytick")) { out.push(figure.id + " has no label on its axes"); }
  }
  for (const figure of document.querySelectorAll("figure.table:not([hidden])")) {
    for (const cell of figure.querySelectorAll("th, td")) {
      if (cell.scrollWidth > cell.clientWidth + 1) { out.push(figure.id + " cuts: " + cell.textContent); break; }
    }
    const box = figure.querySelector(".scroll");
    const says = getComputedStyle(figure.querySelector(".more") || figure).display !== "none";
    if (box && says !== (box.scrollWidth > box.clientWidth + 1)) { out.push(figure.id + " does not say that it scrolls, or says so and does not"); }
  }
  return out.slice(0, 12);
})()"""


class Pages:
    """Sample pages, each made once."""

    def __init__(self, program: Program, browser: Browser, root: Path, keep: Path | None):
        self.program, self.browser, self.root, self.keep = program, browser, root, keep
        self.pages: dict[str, Path] = {}
        program.ok("generate", "--accounts", "4000", "--positions", "15000", "--instruments", "500", "--seed", "6", "--distressed-share", "0.03",
                   "--isolated-share", "0.2", "--inverse-share", "0.1", "--out", root / "wide")
        made.crash_book(program, root / "crash")
        made.short_book(root / "short")
        made.bare_book(root / "bare")
        made.wanting_book(root / "wanting")
        minutes = made.ticks_file(root / "crash", root / "minutes.csv", {tick: 97 - tick // 3 + tick % 4 for tick in range(1, 61)})
        one = made.ticks_file(root / "crash", root / "one.csv", {7: 82})
        (root / "fall.csv").write_text("tick,instrument,mark\n1767225600000,XP,100\n1767225660000,XP,60\n", encoding="utf-8")
        for name in ("wide", "crash", "short", "bare", "wanting"):
            self.make(f"scan-{name}", "scan", root / name)
        for name, book, ticks in (("minutes", "crash", minutes), ("one", "crash", one), ("short", "short", root / "fall.csv")):
            self.make(f"replay-{name}", "replay", root / book, "--ticks", ticks, "--out", root / f"{name}-out")
        for name in ("crash", "short"):
            self.make(f"compare-{name}", "compare", root / name, "--shock", "-0.3")
            self.make(f"stress-{name}", "stress", root / name)
        self.make("explain-short", "explain", root / "short", "loser")
        self.make("explain-crash", "explain", root / "crash", read(root / "crash" / "positions.csv")[0]["account"])

    def make(self, name: str, *words: str | Path) -> None:
        self.pages[name] = self.root / f"{name}.html"
        self.program.ok(*words, "--report", self.pages[name])


def nothing_cut(pages: Pages) -> None:
    """At every width, in the light and in the dark, also after another width; the browser complains of nothing."""
    faults = []
    for name, page in pages.pages.items():
        pages.browser.open(page, WIDTHS[-1])
        for width in (WIDTHS[-1], *WIDTHS):
            pages.browser.show(width, dark=width == 768)
            end = time.monotonic() + 15
            while (found := pages.browser.evaluate(FAULTS)) and time.monotonic() < end:  # The page draws again a little later.
                time.sleep(0.2)
            faults += [f"{name} at {width}: {fault}" for fault in found]
            if pages.keep:
                height = pages.browser.evaluate("document.documentElement.scrollHeight")
                (pages.keep / f"{name}-{width}.png").write_bytes(pages.browser.picture(width=width, height=min(height, 6000)))
    assert not faults, "\n  ".join(["", *faults])
    assert not pages.browser.complaints, pages.browser.complaints


PRINTED = """window.addEventListener("beforeprint", () => {
  const charts = Array.from(document.querySelectorAll("figure.chart:not([hidden])"));
  window.printed = {
    widths: charts.map(chart => parseFloat(chart.querySelector(".main-svg").getAttribute("width"))),
    colours: Array.from(new Set(charts.flatMap(chart => Array.from(chart.querySelectorAll(".xtick text"), text => text.style.fill)))),
  };
})"""


def paper(pages: Pages) -> None:
    """As PDF: charts as wide as the paper, in the light colours even if the screen is dark; the dark ones return afterwards."""
    browser, light, dark = pages.browser, "rgb(23, 32, 43)", "rgb(228, 233, 239)"
    for name in ("scan-crash", "replay-minutes", "compare-crash", "stress-crash"):
        browser.open(pages.pages[name], 390, dark=True)
        browser.evaluate(PRINTED)
        sheet = browser.paper()
        printed = browser.evaluate("window.printed")
        assert sheet.startswith(b"%PDF") and printed["colours"] == [light], (name, printed)
        assert printed["widths"] and all(450 < width < 1040 for width in printed["widths"]), (name, printed)
        assert browser.evaluate("""document.querySelector(".xtick text").style.fill""") == dark, name
        if pages.keep:
            (pages.keep / f"{name}.pdf").write_bytes(sheet)


def column(browser: Browser, table: str, title: str) -> list[str]:
    """Cells of the rows that are shown."""
    return browser.evaluate(f"""(() => {{
      const table = document.querySelector("#{table} table");
      const place = Array.from(table.tHead.rows[0].cells).findIndex(head => head.textContent === "{title}");
      return Array.from(table.tBodies[0].rows).filter(row => !row.hidden).map(row => row.cells[place].textContent.replace(/\\u202f/g, ""));
    }})()""")


def click_title(browser: Browser, table: str, title: str) -> None:
    browser.evaluate(f"""Array.from(document.querySelectorAll("#{table} th")).find(head => head.textContent === "{title}").click()""")


def type_in(browser: Browser, field: str, text: str) -> None:
    browser.evaluate(f"""(() => {{ const field = document.querySelector("{field}"); field.value = "{text}"; field.dispatchEvent(new Event("input")); }})()""")


def sorting(pages: Pages) -> None:
    """A click on a title of numbers puts the largest first, another one the smallest; names rise first."""
    browser = pages.browser
    browser.open(pages.pages["scan-wide"], 1366)
    before = list(map(Decimal, column(browser, "flagged-table", "equity")))
    for order in (True, False):
        click_title(browser, "flagged-table", "equity")
        shown = list(map(Decimal, column(browser, "flagged-table", "equity")))
        assert shown == sorted(before, reverse=order) and shown != before, shown[:5]
    names = column(browser, "flagged-table", "account")
    click_title(browser, "flagged-table", "account")
    assert column(browser, "flagged-table", "account") == sorted(names)


def searching(pages: Pages) -> None:
    """The field of the page leaves the rows of an account in every table; a table's own field those of that table."""
    browser = pages.browser
    browser.open(pages.pages["scan-wide"], 1366)
    page = Page(pages.pages["scan-wide"])
    account = page.rows("flagged-table")[3]["account"]
    type_in(browser, ".find input", account.upper())
    left = column(browser, "flagged-table", "account")
    assert left and set(left) == {account}, left
    rows = sum(any(account.lower() in cell.lower() for cell in row) for table in page.tables.values() for row in table[1:])
    reported = browser.evaluate("""document.querySelector(".find span").textContent""")
    assert reported.startswith(f"{rows} row"), (reported, rows)
    type_in(browser, ".find input", "")
    type_in(browser, "#flagged-table .tools input", "isolated")
    assert column(browser, "flagged-table", "unit") == [row["unit"] for row in page.rows("flagged-table") if "isolated" in row["unit"]] != []
    assert len(column(browser, "cover", "loser")) == len(page.rows("cover"))


def saving(pages: Pages) -> None:
    """The button saves the rows that are shown, in their order, as CSV without the spaces of grouped digits."""
    browser = pages.browser
    browser.open(pages.pages["scan-wide"], 1366)
    click_title(browser, "flagged-table", "equity")
    type_in(browser, "#flagged-table .tools input", "isolated")
    folder = pages.root / "saved"
    folder.mkdir()
    browser.save_downloads(folder)
    browser.evaluate("""document.querySelector("#flagged-table .tools button").click()""")
    end = time.monotonic() + 20
    while not (folder / "flagged-table.csv").exists():
        assert time.monotonic() < end, "no file was saved"
        time.sleep(0.1)
    with (folder / "flagged-table.csv").open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert [row[head.index("equity")] for row in rows] == column(browser, "flagged-table", "equity")
    wanted = {tuple(row.values()) for row in Page(pages.pages["scan-wide"]).rows("flagged-table") if "isolated" in row["unit"]}
    assert {tuple(row) for row in rows} == wanted != set() and head == [name.replace("_", " ") for name in Page(pages.pages["scan-wide"]).tables["flagged-table"][0]]


def choosing(pages: Pages) -> None:
    """One asset at a time, the same in every section that has it."""
    browser = pages.browser
    browser.open(pages.pages["replay-minutes"], 1366)
    page = Page(pages.pages["replay-minutes"])
    figures = [value for tag, name, value in page.attributes if tag == "figure" and name == "data-choice"]
    assets = list(dict.fromkeys(figures))
    assert len(assets) > 1
    shown = """Array.from(document.querySelectorAll("figure[data-choice]:not([hidden])")).map(figure => figure.dataset.choice)"""
    assert set(browser.evaluate(shown)) == {assets[0]}
    browser.evaluate(f"""(() => {{ const menu = document.querySelector("#waterfall select"); menu.value = "{assets[1]}"; menu.dispatchEvent(new Event("change")); }})()""")
    found = browser.evaluate("""Array.from(document.querySelectorAll("#waterfall figure[data-choice]:not([hidden]), #ticks figure[data-choice]:not([hidden])")).map(figure => figure.dataset.choice)""")
    assert len(found) > 2 and set(found) == {assets[1]}, found
    assert not browser.evaluate(FAULTS), browser.evaluate(FAULTS)


CHECKS = [nothing_cut, paper, sorting, searching, saving, choosing]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("no Chromium on this machine: pages are not looked at")
        return 77
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="plimsoll-pages-") as folder, Browser(chromium) as browser:
        checks = [check for check in CHECKS if arguments.only in (None, check.__name__)]
        return run_checks(checks, Pages(Program(arguments.plimsoll), browser, Path(folder), arguments.keep))


if __name__ == "__main__":
    sys.exit(main())
