"""Tests of the venues that are drawn for the waterfall oracle: the same seed gives the same bytes, every setting is
drawn, and a boundary family meets its claims, by the files alone.

    python3 -m unittest tests/oracle/test_venues.py
"""

from __future__ import annotations

import csv
import inspect
import subprocess
import sys
import tempfile
import tomllib
import unittest
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import book as book_file
import venue_families
import venue_families_owed
import venues
from decimals import PPM
from margin import Unit, evaluate, maintenance_ppm
from venue_draft import Venue

SEEDS = range(200)
KEYS = {
    "margin": ["margin_call_at"],
    "liquidation": ["fraction", "cooldown", "whole_below", "target_health", "liquidation_fee"],
    "market": ["depth", "depth_move", "half_life", "permanent"],
    "backstop": ["capacity", "below_health"],
    "fund": ["floor", "account_limit", "tick_limit", "drawdown_stop", "recovery"],
}
WORDS = {
    ("liquidation", "mode"): ["whole", "fraction", "tier_down", "target_health"],
    ("liquidation", "order"): ["instrument", "maintenance", "loss"],
    ("liquidation", "fee_to"): ["fees", "fund"],
    ("liquidation", "surplus_to"): ["fund", "account"],
    ("market", "impact"): ["none", "linear", "square_root"],
    ("backstop", "enabled"): ["true"],
    ("backstop", "takes_bankrupt"): ["false"],
    ("fund", "scope"): ["instrument"],
    ("adl", "enabled"): ["false"],
    ("adl", "score"): list(book_file.SCORES),
    ("adl", "policy"): [
        "queue", "pro_rata:size", "pro_rata:pnl", "pro_rata:notional", "pro_rata:equity", "capped", "risk_aware",
        "min_max",
    ],
    ("adl", "price"): ["mark"],
    ("socialise", "enabled"): ["false"],
    ("socialise", "by"): ["profit", "open_interest", "equity"],
}
KINDS = ["fill", "funding", "fee", "deposit", "withdraw", "transfer", "margin", "settle", "delist"]


def make(seed: int) -> Venue:
    """The venue of a seed; each is drawn once for all tests."""
    return drawn(seed)


drawn = cache(venues.make)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class Written:
    """A venue as read from its files: the claims are checked against it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rules = tomllib.loads((folder / "book" / "venue.toml").read_text("utf-8"), parse_float=Decimal)
        with (folder / "ticks.csv").open(encoding="utf-8", newline="") as file:
            self.ticks = list(csv.DictReader(file))
        self.digits = book_file.read(folder / "book").assets["USD"].digits

    def units(self, tick: int, **prices: int) -> list[Unit]:
        """The units at the marks of a tick, or with the market's mark at a given number of price steps."""
        book = book_file.read(self.folder / "book")
        for row in self.ticks:
            if int(row["tick"]) <= tick:
                item = book.instruments[row["instrument"]]
                book.marks[item.name].ticks = int(Fraction(row["mark"]) / item.price_step)
        for name, price in prices.items():
            book.marks[name].ticks = price
        return evaluate(book)

    def unit(self, account: str, tick: int, name: str | None = None, **prices: int) -> Unit:
        """The unit of an account that holds a position in the market, or the one of that name."""
        for unit in self.units(tick, **prices):
            if unit.account == account and (unit.name == name or (name is None and unit.holdings)):
                return unit
        raise AssertionError(f"no unit of {account}")

    def steps(self, section: str, key: str) -> int:
        """An amount of the rulebook in steps."""
        return int(Fraction(self.rules.get(section, {}).get(key, 0)) * 10**self.digits)

    def number(self, section: str, key: str) -> Fraction:
        return Fraction(self.rules[section][key])

    def fund(self) -> int:
        return self.steps_of(self.rules["fund"]["balance"]["USD"])

    def steps_of(self, amount) -> int:
        return int(Fraction(amount) * 10**self.digits)

    def owed(self, accounts: list[str], tick: int = 1) -> int:
        """The deficits of accounts in the market's asset."""
        return sum(unit.deficit for unit in self.units(tick) if unit.account in accounts and unit.asset == "USD")


def edge_of(written: Written, unit: Unit, edge: str) -> Fraction:
    """The margin equity at which a unit's state changes."""
    required = Fraction(unit.maintenance_ppm, PPM)
    call = Fraction(written.rules.get("margin", {}).get("margin_call_at", Decimal("1.25")))
    return {"zero": Fraction(0), "maintenance": required, "call": required * call}[edge]


def check_equity(written: Written, facts: dict) -> list[tuple]:
    unit = written.unit(facts["account"], facts["tick"], facts["unit"])
    pairs = [(unit.equity, facts["equity"])]
    if facts["edge"] != "clamped":
        pairs.append((unit.margin_equity, edge_of(written, unit, facts["edge"]) + facts["miss"]))
    return pairs


def check_moved(written: Written, facts: dict) -> list[tuple]:
    unit = written.unit(facts["account"], 1, M=facts["price"])
    return [(unit.margin_equity, edge_of(written, unit, facts["edge"]) + facts["miss"])]


def check_notional(written: Written, facts: dict) -> list[tuple]:
    (holding,) = written.unit(facts["account"], facts["tick"]).holdings
    floor = Fraction(holding.notional * facts["lots"], facts["of"]) + facts["miss"]
    return [(abs(holding.position.lots), facts["of"]), (floor, holding.position.instrument.bands[1].floor)]


def check_cooldown(written: Written, facts: dict) -> list[tuple]:
    ticks = {int(row["tick"]) for row in written.ticks}
    cooldown = written.number("liquidation", "cooldown")
    return [(1 + cooldown, facts["ends"]), (facts["ends"] in ticks, True), (max(1, facts["ends"] - 1) in ticks, True)]


def check_health(written: Written, facts: dict) -> list[tuple]:
    unit = written.unit(facts["account"], facts["tick"])
    at = written.number("backstop", "below_health") * unit.maintenance_ppm / PPM
    return [(unit.margin_equity, at + facts["miss"])]


def check_whole_below(written: Written, facts: dict) -> list[tuple]:
    (holding,) = written.unit(facts["account"], facts["tick"]).holdings
    lots = abs(holding.position.lots)
    kept = lots - (written.number("liquidation", "fraction") * lots).__ceil__()
    return [(written.steps("liquidation", "whole_below"), holding.notional * kept // lots + facts["miss"])]


def check_kept(written: Written, facts: dict) -> list[tuple]:
    (holding,) = written.unit(facts["account"], facts["tick"]).holdings
    kept = holding.notional * facts["lots"] // abs(holding.position.lots)
    return [(written.steps("liquidation", "whole_below"), kept + facts["miss"])]


def check_dust(written: Written, facts: dict) -> list[tuple]:
    dust = written.steps_of(written.rules["margin"]["dust"]["USD"])
    return [(dust, written.owed([facts["account"]]) + facts["miss"])]


def check_target(written: Written, facts: dict) -> list[tuple]:
    unit = written.unit(facts["account"], facts["tick"])
    (holding,) = unit.holdings
    kept = holding.notional * (facts["of"] - facts["closed"]) // facts["of"]
    required = Fraction(maintenance_ppm(holding.position.instrument.bands, kept), PPM)
    return [(unit.equity, required * written.number("liquidation", "target_health") + facts["miss"])]


def check_fee(written: Written, facts: dict) -> list[tuple]:
    unit = written.unit(facts["account"], facts["tick"])
    fee = written.number("liquidation", "liquidation_fee") * unit.holdings[0].notional
    return [(unit.equity, fee + facts["miss"])]


def check_apart(written: Written, facts: dict) -> list[tuple]:
    """The bankruptcy value is `each` price steps a lot from the mark."""
    (holding,) = written.unit(facts["account"], facts["tick"]).holdings
    now = holding.position.instrument
    price = next(Fraction(row["mark"]) for row in written.ticks if row["instrument"] == now.name)
    lot = Fraction(holding.notional, abs(holding.position.lots)) / (price / now.price_step)
    apart = holding.value - holding.bankruptcy_value
    return [(abs(holding.position.lots), facts["lots"]), (apart, lot * facts["each"] * facts["lots"] + facts["miss"])]


def check_depth(written: Written, facts: dict) -> list[tuple]:
    (holding,) = written.unit("L", 1).holdings
    depth = Fraction(holding.notional, facts["lots"]) * facts["depth_lots"]
    return [(abs(holding.position.lots), facts["lots"]), (written.steps("market", "depth"), depth)]


def check_capacity(written: Written, facts: dict) -> list[tuple]:
    values = []
    for number in range(facts["whole"] + 1):
        (holding,) = written.unit(f"L{number}", 1).holdings
        values.append((abs(holding.bankruptcy_value), abs(holding.position.lots)))
    value, lots = values[-1]
    taken = sum(value for value, _ in values[:-1]) + value * facts["part"] // lots
    return [(written.steps("backstop", "capacity"), taken + facts["miss"])]


def check_fund_floor(written: Written, facts: dict) -> list[tuple]:
    floor = written.steps("fund", "floor")
    return [(written.fund(), floor + written.owed(facts["accounts"]) + facts["miss"])]


def check_limit(written: Written, facts: dict) -> list[tuple]:
    return [(written.steps("fund", facts["key"]), facts["steps"] + facts["miss"])]


def check_owed(written: Written, facts: dict) -> list[tuple]:
    return [(written.owed(facts["accounts"], facts["tick"]), facts["steps"])]


def check_bearable(written: Written, facts: dict) -> list[tuple]:
    held = sum(unit.equity for unit in written.units(1) if unit.account in facts["accounts"])
    return [(facts["owed"], held + facts["miss"])]


def check_drawdown(written: Written, facts: dict) -> list[tuple]:
    peak = written.fund()
    threshold = peak * (1 - written.number("fund", "drawdown_stop"))
    return [(peak - written.owed(["D"]), threshold + facts["miss"])]


def check_recovery(written: Written, facts: dict) -> list[tuple]:
    peak = written.fund()
    gained = written.unit(facts["account"], facts["tick"]).equity
    return [(peak - written.owed(["D"]) + gained, peak * written.number("fund", "recovery") + facts["miss"])]


def check_shortfall(written: Written, facts: dict) -> list[tuple]:
    limit, floor = facts["limit"], written.steps("fund", "floor")
    paid = written.fund() - floor if limit == "balance" else written.steps("fund", limit)
    return [(paid, Fraction(written.owed(["L"]) * facts["part"], facts["of"]) + facts["miss"])]


def check_difference(written: Written, facts: dict) -> list[tuple]:
    paid = written.fund() - written.steps("fund", "floor")
    return [(paid, Fraction(written.owed(["L"]) * facts["part"], facts["of"]) + facts["miss"])]


def check_bears(written: Written, facts: dict) -> list[tuple]:
    lots = abs(written.unit("L", 1).holdings[0].position.lots)
    return [
        (written.owed(["L"]), facts["cost"] * lots),
        (written.unit(facts["account"], facts["tick"]).equity, facts["equity"]),
    ]


def check_pnl(written: Written, facts: dict) -> list[tuple]:
    return [(written.unit(facts["account"], facts["tick"]).pnl, facts["pnl"])]


CHECKS = {name.removeprefix("check_"): check for name, check in list(globals().items()) if name.startswith("check_")}


class Drawing(unittest.TestCase):
    """Tests of the drawn settings, which depend on the seed alone."""

    def test_the_same_seed_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for seed in (0, 1, 2, 3, 29):
                venues.make(seed).write(root / f"here{seed}")
                command = [sys.executable, "-X", "pycache_prefix=/nonexistent", venues.__file__]
                command += ["--seed", str(seed), "--out", str(root / f"there{seed}")]
                subprocess.run(command, check=True, env={"PYTHONHASHSEED": str(seed + 1)})
                self.assertEqual(bytes_of(root / f"here{seed}"), bytes_of(root / f"there{seed}"))
            self.assertNotEqual(bytes_of(root / "here0"), bytes_of(root / "here3"))

    def test_every_setting_is_drawn(self):
        settings = [make(seed).rules for seed in SEEDS]
        for section, keys in KEYS.items():
            for key in keys:
                values = {rules[section].get(key) for rules in settings} - {None}
                self.assertGreaterEqual(len(values), 2, f"{section}.{key}")
        for (section, key), words in WORDS.items():
            found = {rules[section].get(key, "").strip('"') for rules in settings}
            found |= {policy.partition(":0")[0] for policy in found}
            self.assertEqual(set(words) - found, set(), f"{section}.{key}")

    def test_every_update_is_drawn(self):
        rows = [row for seed in SEEDS for row in make(seed).updates]
        self.assertEqual(set(KINDS) - {row["kind"] for row in rows}, set())
        self.assertTrue(any(row["kind"] == "fill" and row.get("to") for row in rows))

    def test_books_of_every_shape_are_drawn(self):
        shapes: Counter = Counter()
        for seed in SEEDS:
            book = make(seed).book_at(0)
            held = Counter((it.account, it.instrument.name) for it in book.positions)
            sums: Counter = Counter()
            for it in book.positions:
                sums[it.instrument.name] += it.lots
                shapes["isolated"] += it.isolated_margin is not None
                shapes[it.instrument.kind] += 1
                shapes["tiers"] += len(it.instrument.bands) > 1
            shapes["hedged"] += max(held.values(), default=0) > 1
            shapes["multi"] += book.multi
            shapes["assets"] += len({it.instrument.settle for it in book.positions}) > 1
            shapes["zero-sum"] += not any(sums.values())
            shapes["not zero-sum"] += any(sums.values())
        wanted = ("isolated", "linear", "inverse", "tiers", "hedged", "multi", "assets", "zero-sum", "not zero-sum")
        for shape in wanted:
            self.assertGreaterEqual(shapes[shape], 3, shape)


class Boundaries(unittest.TestCase):
    """Families meet their claims."""

    def test_every_family_is_in_a_short_run(self):
        written = set()
        for module in (venue_families, venue_families_owed):
            for name, made in inspect.getmembers(module, inspect.isfunction):
                if made.__module__ == module.__name__ and list(inspect.signature(made).parameters) == ["venue"]:
                    written.add(name)
        self.assertGreater(len(written), 30)
        self.assertEqual(written - {make(seed).family for seed in range(60)}, set())

    def test_claims_hold_by_the_files(self):
        met: Counter = Counter()
        with tempfile.TemporaryDirectory() as folder:
            for seed in SEEDS:
                venue = make(seed)
                if not venue.claims:
                    continue
                venue.write(Path(folder) / str(seed))
                written = Written(Path(folder) / str(seed))
                for claim in venue.claims:
                    for found, reported in CHECKS[claim.kind](written, claim.facts):
                        self.assertEqual(found, reported, f"seed {seed}, {venue.family}: {claim}")
                    met[claim.kind, claim.facts.get("miss")] += 1
        for kind in {kind for kind, miss in met if miss is not None}:
            self.assertGreater(met[kind, 0], 0, f"{kind}: the threshold itself")
            self.assertGreater(sum(met[kind, miss] for miss in (-1, 1)), 0, f"{kind}: a step beside it")


if __name__ == "__main__":
    unittest.main()
