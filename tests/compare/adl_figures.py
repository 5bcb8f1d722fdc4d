"""The figures of a deleveraging, recomputed from the files of `scan` and `replay`: nothing here comes from `compare`.

A wave is one scan carried out; in a venue without a market a tick has one. Money is a Fraction of the asset, ratios are
whole parts of 10^9, rounded down.
"""

import json
import shutil
import sys
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "replay"))

from crash_path import read

ONE = 10**9


class Contracts:
    """The worth of an instrument's positions at a mark, rounded down to the value step as the venue does."""

    def __init__(self, book):
        assets = {row["asset"]: row for row in read(book / "assets.csv")}
        self.step = {name: Fraction(row["step"]) for name, row in assets.items()}
        self.rows = {row["instrument"]: row for row in read(book / "instruments.csv") if row["kind"] != "spot"}

    def settle(self, instrument):
        """Name of the asset that the instrument settles in."""
        return self.rows[instrument]["settle"]

    def value(self, instrument, size, mark):
        """Of a signed size at a mark."""
        row = self.rows[instrument]
        step = self.step[row["settle"]]
        each = Fraction(row["contract_size"])
        exact = Fraction(size) * each * Fraction(mark) if row["kind"] == "linear" else -Fraction(size) * each / Fraction(mark)
        return exact // step * step


def set_policy(book, policy):
    """Makes `policy` the policy of a book's rulebook."""
    path = book / "venue.toml"
    text = path.read_text(encoding="utf-8").replace('score = "pnl_leverage"', f'score = "pnl_leverage"\npolicy = "{policy}"')
    assert policy in text
    path.write_text(text, encoding="utf-8")


def set_marks(book, marks):
    """Writes new marks, as rows of `ticks`, into a book."""
    rows = read(book / "marks.csv")
    columns = list(rows[0])
    for row in rows:
        row.update({name: text for name, text in marks.get(row["instrument"], {}).items() if name in columns})
    lines = [",".join(columns)] + [",".join(row[name] for name in columns) for row in rows]
    (book / "marks.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


class Waves:
    """Sums over the waves of a replay."""

    def __init__(self, contracts):
        self.contracts = contracts
        self.removed = defaultdict(Fraction)
        self.needed = defaultdict(Fraction)
        self.ratios = defaultdict(list)
        self.candidates = defaultdict(int)
        self.accounts = defaultdict(set)
        self.given = defaultdict(lambda: [Fraction(0), 0, 0])  # Haircut, largest ratio, units, by (asset, account).

    def add(self, scan, marks, events):
        """One wave: the scan's folder, marks by instrument, the events of the tick."""
        equity = {(row["account"], row["unit"]): Fraction(row["equity"]) for row in read(scan / "units.csv")}
        state = {(row["account"], row["unit"]): (row["state"], row["held"]) for row in read(scan / "units.csv")}
        asked = set()
        for row in read(scan / "positions.csv"):
            if state[row["account"], row["unit"]] != ("bankrupt", "false"):
                continue
            instrument = row["instrument"]
            worth = Fraction(row["value"]) - Fraction(row["allotted"])
            short_most = self.contracts.value(instrument, row["size"], self.price_step(instrument))
            if row["side"] == "short" and self.contracts.rows[instrument]["kind"] == "linear":
                worth = min(worth, short_most)  # A bankruptcy value is that of one price step at least.
            self.needed[self.contracts.settle(instrument)] += worth - Fraction(row["value"])
            asked.add((instrument, "long" if row["side"] == "short" else "short"))
        on_ladders = {(row["account"], row["unit"], self.contracts.settle(row["instrument"]))
                      for row in read(scan / "ladder.csv") if (row["instrument"], row["side"]) in asked}
        for _, _, asset in on_ladders:
            self.candidates[asset] += 1
        haircuts = defaultdict(Fraction)
        pairs = defaultdict(list)
        for row in events:
            if row["step"] == "adl":
                pairs[row["plan"]].append(row)
        for loser, winner in pairs.values():
            instrument = loser["instrument"]
            closed = -Fraction(loser["size"])
            paid = Fraction(winner["cost"]) - Fraction(winner["amount"])
            haircut = paid - self.contracts.value(instrument, closed, marks[instrument])
            haircuts[winner["account"], winner["unit"], winner["asset"]] += haircut
            self.removed[winner["asset"]] += haircut
            self.accounts[winner["asset"]].add(winner["account"])
        for (account, unit, asset), haircut in haircuts.items():
            held = equity[account, unit]
            ratio = 0 if haircut <= 0 else haircut * ONE // held
            self.ratios[asset].append(ratio)
            given = self.given[asset, account]
            self.given[asset, account] = [given[0] + haircut, max(given[1], ratio), given[2] + 1]

    def price_step(self, instrument):
        """Smallest mark."""
        return Decimal(self.contracts.rows[instrument]["price_step"])

    def spread(self, assets):
        """worst, mean and Gini as `compare` prints them, and the counts, over some assets together."""
        ratios = sorted(ratio for asset in assets for ratio in self.ratios[asset])
        count = sum(self.candidates[asset] for asset in assets)
        accounts = set().union(*(self.accounts[asset] for asset in assets))
        worst = ratios[-1] if ratios else 0
        mean = sum(ratios) // len(ratios) if ratios else 0
        # Half of the mean absolute difference over the mean, pair by pair.
        everybody = [0] * (count - len(ratios)) + ratios
        apart = sum(abs(one - other) for place, one in enumerate(everybody) for other in everybody[:place])
        gini = apart * ONE // (count * sum(ratios)) if sum(ratios) else 0
        shown = {name: f"{parts // 1000 / 10**6:.6f}" for name, parts in (("worst", worst), ("mean", mean), ("gini", gini))}
        return {**shown, "accounts": len(accounts), "deleveraged": len(ratios), "candidates": count}


def replayed_figures(program, book, ticks, policy, folder):
    """Waves and last rows of a replay of `book` under `policy`, tick after tick through `final` and `scan`."""
    work = folder / ("replay-" + policy.replace(":", "-"))
    shutil.copytree(book, work)
    set_policy(work, policy)
    whole = folder / ("whole-" + policy.replace(":", "-"))
    program.ok("replay", work, "--ticks", ticks, "--out", whole)
    events = read(whole / "events.csv")
    waves = Waves(Contracts(book))
    rows = read(ticks)
    marks = {row["instrument"]: row["mark"] for row in read(book / "marks.csv")}
    for tick in sorted({int(row["tick"]) for row in rows}):
        changed = {row["instrument"]: row for row in rows if int(row["tick"]) == tick}
        marks.update({name: row["mark"] for name, row in changed.items()})
        set_marks(work, changed)
        scanned = folder / "scanned"
        program.ok("scan", work, "--out", scanned, "--positions", "--ladder", "full", "--force")
        waves.add(scanned, marks, [row for row in events if int(row["tick"]) == tick])
        # The book after this tick, for the next one's scan.
        upto = folder / "upto.csv"
        upto.write_text("".join(line for number, line in enumerate(ticks.read_text().splitlines(keepends=True))
                                if number == 0 or int(line.split(",")[0]) <= tick), encoding="utf-8")
        part = folder / "part"
        start = folder / "start"
        shutil.rmtree(start, ignore_errors=True)
        shutil.copytree(book, start)
        set_policy(start, policy)
        program.ok("replay", start, "--ticks", upto, "--out", part, "--force")
        shutil.rmtree(work)
        shutil.copytree(part / "final", work)
    summary = json.loads((whole / "summary.json").read_text(encoding="utf-8"))
    return waves, summary, read(whole / "ticks.csv"), len(events)
