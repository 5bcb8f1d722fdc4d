"""Tests of the oracle itself: its parts against known figures, its scans against laws, and the
generated books against planted bugs, so that no rule of section 3 goes untried.

    python3 -m unittest discover -s tests/oracle
"""

from __future__ import annotations

import itertools
import math
import random
import struct
import sys
import unittest
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent))

import books
import digest
import liquidation
import margin
import rank
import tables
from book import MARK_TICKS_MAX, Band, exact_value, instant
from decimals import PPM, fixed, shortest
from margin import BANKRUPT, LIQUIDATABLE, evaluate, split
from scan import scan

SEEDS = range(60)


def read_seed(seed: int):
    draft = books.make(seed)
    return draft.read(), instant(draft.as_of) if draft.as_of else None


def scan_seed(seed: int, full: bool = True) -> dict[str, str]:
    return scan(*read_seed(seed), full)


class Numbers(unittest.TestCase):
    """Printing, splitting, tiers and hashes against figures worked by hand or published."""

    def test_fixed_prints_the_digits_of_the_step(self):
        self.assertEqual(
            [fixed(5, 2), fixed(-5, 2), fixed(0, 3), fixed(-1234, 0), fixed(120, 1)],
            ["0.05", "-0.05", "0.000", "-1234", "12.0"],
        )

    def test_shortest_reads_back_the_same(self):
        for text, score in [("1", 1.0), ("0.1", 0.1), ("100000000000000000000000", 1e23), ("0.00001", 1e-5)]:
            self.assertEqual(shortest(score), text)
        self.assertEqual([shortest(math.inf), shortest(-math.inf), shortest(0.0)], ["inf", "-inf", "0"])
        source = random.Random(1)
        for _ in range(2000):
            (score,) = struct.unpack("<d", struct.pack("<Q", source.getrandbits(64)))
            if math.isfinite(score):
                self.assertEqual(float(shortest(score)), score)
                self.assertNotIn("e", shortest(score))

    def test_instants(self):
        self.assertEqual(instant("1970-01-01T00:00:00.25Z"), Fraction(1, 4))
        self.assertEqual(instant("2025-03-01T13:00:00+01:00"), instant("2025-03-01T12:00:00Z"))
        self.assertEqual(instant("2025-03-01T11:30:00-00:30"), instant("2025-03-01T12:00:00Z"))

    def test_split_gives_every_unit_to_someone(self):
        for weights in itertools.product(range(4), repeat=4):
            for total in range(2 * sum(weights) + 3):
                parts = split(total, list(weights))
                self.assertEqual(sum(parts), total)
                if not any(weights):
                    self.assertLessEqual(max(parts) - min(parts), 1)
                    continue
                self.assertTrue(all(part == 0 for part, weight in zip(parts, weights) if weight == 0))
                if total <= sum(weights):
                    self.assertTrue(all(part <= weight for part, weight in zip(parts, weights)))

    def test_tiers_are_rate_times_notional_less_amount(self):
        bands = [Band(0, 5000, 10_000), Band(1000, 10_000, 20_000), Band(5000, 25_000, 50_000)]
        amounts = [0, 5000 * 1000, 5000 * 1000 + 15_000 * 5000]
        for notional in (0, 1, 999, 1000, 1001, 4999, 5000, 123_456):
            k = max(index for index, band in enumerate(bands) if band.floor <= notional)
            self.assertEqual(
                margin.maintenance_ppm(bands, notional), bands[k].maintenance_ppm * notional - amounts[k]
            )
        self.assertEqual(margin.initial_ppm(bands, 999), 999 * 10_000)
        self.assertEqual(margin.initial_ppm(bands, 1000), 1000 * 20_000)

    def test_xxh64_of_published_vectors(self):
        published = {
            b"": 0xEF46DB3751D8E999,
            b"a": 0xD24EC4F1A98C6E5B,
            b"abc": 0x44BC2CF5AD770999,
            b"Nobody inspects the spammish repetition": 0xFBCEA83C8A378BF1,
        }
        for data, value in published.items():
            self.assertEqual(digest.xxh64(data), value)

    def test_a_record_hash_tells_order_and_length(self):
        self.assertNotEqual(digest.record_hash([1, 2]), digest.record_hash([2, 1]))
        self.assertNotEqual(digest.record_hash([0]), digest.record_hash([0, 0]))
        self.assertEqual(digest.record_hash([-1]), digest.record_hash([(1 << 64) - 1]))


class Laws(unittest.TestCase):
    """Properties of every scan of any book."""

    def test_allotted_equity_adds_up_and_closing_at_it_leaves_zero(self):
        for seed in SEEDS:
            book, as_of = read_seed(seed)
            for unit in evaluate(book, as_of):
                if not unit.holdings:
                    continue
                self.assertEqual(sum(item.allotted for item in unit.holdings), unit.equity)
                if any(item.clamped for item in unit.holdings):
                    continue
                closed = sum(item.bankruptcy_value - item.value for item in unit.holdings)
                self.assertEqual(unit.equity + closed, 0)

    def test_who_pays(self):
        fills = 0
        for seed in SEEDS:
            book, as_of = read_seed(seed)
            markets = rank.rank(book, evaluate(book, as_of))
            for market in markets.values():
                for side in rank.SIDES:
                    losers: dict[int, int] = {}
                    winners: dict[int, int] = {}
                    for fill in market.fills[side]:
                        fills += 1
                        self.assertGreater(fill.lots, 0)
                        self.assertNotEqual(fill.loser.unit.account, fill.winner.unit.account)
                        self.assertEqual(fill.winner.holding.position.side, side)
                        self.assertNotEqual(fill.loser.holding.position.side, side)
                        self.assertEqual(fill.loser.unit.state, BANKRUPT)
                        self.assertLess(fill.winner.unit.state, LIQUIDATABLE)
                        self.assertFalse(fill.winner.unit.held or fill.loser.unit.held)
                        losers[id(fill.loser)] = losers.get(id(fill.loser), 0) + fill.lots
                        winners[id(fill.winner)] = winners.get(id(fill.winner), 0) + fill.lots
                        self.assertLessEqual(losers[id(fill.loser)], fill.loser.lots)
                        self.assertLessEqual(winners[id(fill.winner)], fill.winner.lots)
                    self.assertLessEqual(sum(losers.values()), market.demand[side])
        self.assertGreater(fills, 100)

    def test_the_value_of_a_loser_closed_in_full_is_its_bankruptcy_value(self):
        for seed in SEEDS:
            book, as_of = read_seed(seed)
            for market in rank.rank(book, evaluate(book, as_of)).values():
                for side in rank.SIDES:
                    by_loser = itertools.groupby(market.fills[side], key=lambda fill: id(fill.loser))
                    for _, group in by_loser:
                        found = list(group)
                        loser = found[0].loser
                        value, lots = sum(fill.value for fill in found), sum(fill.lots for fill in found)
                        self.assertEqual(value, abs(loser.holding.bankruptcy_value) * lots // loser.lots)

    def test_ladders_are_strictly_ordered_and_lights_fall(self):
        for seed in SEEDS:
            book, as_of = read_seed(seed)
            for market in rank.rank(book, evaluate(book, as_of)).values():
                for ladder in market.ladders.values():
                    keys = [(-entry.holding.score, entry.unit.account.encode()) for entry in ladder]
                    self.assertTrue(all(one < other for one, other in itertools.pairwise(keys)))
                    lights = [entry.holding.lights for entry in ladder]
                    self.assertEqual(lights, sorted(lights, reverse=True))
                    self.assertEqual(lights[:1], [5][: len(lights)])
                    self.assertTrue(all(1 <= light <= 5 for light in lights))

    def test_row_order_changes_nothing(self):
        for seed in range(20):
            draft = books.make(seed)
            as_of = instant(draft.as_of) if draft.as_of else None
            before = scan(draft.read(), as_of)
            for table in ("assets", "instruments", "balances", "positions", "marks"):
                draft.tables[table].reverse()
            self.assertEqual(scan(draft.read(), as_of), before)

    def test_the_cover_ladder_is_a_prefix_of_the_full_one(self):
        for seed in range(20):
            full = scan_seed(seed)["ladder.csv"].splitlines()
            self.assertLessEqual(set(scan_seed(seed, full=False)["ladder.csv"].splitlines()), set(full))


class LiquidationPrice(unittest.TestCase):
    """Against the definition, tick by tick, with sums written again."""

    @staticmethod
    def safe(book, unit, item, ticks: int) -> bool:
        own, required = Fraction(unit.own_balance), 0
        step = book.assets[unit.asset].step
        for holding in unit.holdings:
            position = holding.position
            value = Fraction(holding.value)
            if position.instrument.name == item.name:
                value = exact_value(item, position.lots, ticks * item.price_step, step)
            own += value - position.cost
            notional, bands = abs(value), position.instrument.bands
            edges = [band.floor for band in bands[1:]] + [math.inf]
            if bands.whole:
                counted = abs(position.lots) if bands.by_lots else notional
                required += notional * max(band.maintenance_ppm for band in bands if band.floor <= counted)
                continue
            for band, top in zip(bands, edges):
                required += band.maintenance_ppm * max(0, min(notional, top) - band.floor)
        equity = own * PPM
        if book.multi and not unit.isolated:
            asset = book.assets[unit.asset]
            equity = own * (asset.asset_weight_ppm if own > 0 else asset.liability_weight_ppm)
            for name, amount in unit.other_balances.items():
                if amount:
                    equity += margin.weighted(book, name, amount) * PPM
        return equity >= required

    def check_below(self, book, unit, item, found):
        """A unit that is below already: between its mark and the threshold nothing is safe, one tick on it is."""
        present = book.marks[item.name].ticks
        if self.safe(book, unit, item, present):
            self.assertEqual(found, present)
            return
        far = 40 if found is None else min(40, abs(found - present))
        least = -MARK_TICKS_MAX if item.below_zero else 1
        for ticks in range(max(least, present - far), min(MARK_TICKS_MAX, present + far) + 1):
            self.assertFalse(self.safe(book, unit, item, ticks))
        if found is None:
            self.assertFalse(self.safe(book, unit, item, least) or self.safe(book, unit, item, MARK_TICKS_MAX))
            return
        self.assertFalse(self.safe(book, unit, item, found))
        ways = [1, -1] if found == present else [1 if found > present else -1]
        self.assertTrue(any(self.safe(book, unit, item, found + way) for way in ways))

    def test_nearest_unsafe_tick(self):
        moved = far = 0
        for seed in range(40):
            book, as_of = read_seed(seed)
            for unit in evaluate(book, as_of):
                for holding in unit.holdings:
                    item = holding.position.instrument
                    present = book.marks[item.name].ticks
                    found = liquidation.liquidation_ticks(book, unit, holding)
                    if unit.state >= LIQUIDATABLE:
                        self.check_below(book, unit, item, found)
                        continue
                    least = -MARK_TICKS_MAX if item.below_zero else 1
                    near = range(max(least, present - 40), min(MARK_TICKS_MAX, present + 40) + 1)
                    unsafe = [ticks for ticks in near if not self.safe(book, unit, item, ticks)]
                    if unsafe:
                        moved += 1
                        self.assertEqual(found, min(unsafe, key=lambda ticks: (abs(ticks - present), ticks)))
                    elif found is None:
                        self.assertTrue(self.safe(book, unit, item, least))
                        self.assertTrue(self.safe(book, unit, item, MARK_TICKS_MAX))
                    else:
                        far += 1
                        self.assertGreater(abs(found - present), 40)
                        self.assertFalse(self.safe(book, unit, item, found))
                        self.assertTrue(self.safe(book, unit, item, found + (1 if found < present else -1)))
        self.assertGreater(moved, 50)
        self.assertGreater(far, 50)


class Scores(unittest.TestCase):
    """No combination of signs, zeros and infinities gives NaN (section 3, Scores)."""

    def test_all_combinations(self):
        for value, cost, equity, lots, kind in itertools.product(
            (-5, 0, 5), (-7, -5, 0, 5, 7), (-3, 0, 3), (-1, 1), ("linear", "inverse")
        ):
            item = mock.Mock(kind=kind, size_step_text="0.1")
            position = mock.Mock(instrument=item, lots=lots, cost=cost, given=-0.0)
            holding = margin.Holding(position, value, abs(value), 4 * PPM, 0)
            unit = margin.Unit("a", "cross:Q", "Q", False, equity, {}, [holding], equity, equity)
            for score in books.SCORES:
                for mark in (1, -1):
                    marks = defaultdict(lambda ticks=mark: mock.Mock(ticks=ticks))
                    book = mock.Mock(score=score, multi=False, assets={"Q": mock.Mock(digits=2)}, marks=marks)
                    found = rank.score_of(book, unit, holding)
                    self.assertFalse(math.isnan(found))
                    self.assertNotEqual(math.copysign(1, found), -1 if found == 0 else None)


def patched(place, name, bug):
    """A planted bug: `bug` gets the right function and returns a wrong one."""
    return mock.patch.object(place, name, bug(getattr(place, name)))


def ceil_value(_right):
    return lambda item, lots, price, step: exact_value(item, lots, price, step).__ceil__()


def no_equality(right):
    def state_of(book, unit):
        if unit.equity >= 0 and unit.maintenance_ppm and unit.margin_equity * PPM == unit.maintenance_ppm:
            return LIQUIDATABLE
        return right(book, unit)
    return state_of


def call_inclusive(right):
    def state_of(book, unit):
        at_call = unit.margin_equity * PPM * PPM == book.margin_call_ppm * unit.maintenance_ppm
        return 1 if at_call and unit.maintenance_ppm and right(book, unit) == 0 else right(book, unit)
    return state_of


def upside_down(right):
    return lambda book, asset, amount: right(book, asset, -amount)


def spread_evenly(right):
    return lambda total, weights: right(total, [1] * len(weights))


def own_account_taken(_right):
    def cover(losers, ladder):
        left, fills = [entry.lots for entry in ladder], []
        for loser in sorted(losers, key=lambda entry: entry.unit.account.encode()):
            wanted = loser.lots
            for index, winner in enumerate(ladder):
                lots = min(wanted, left[index])
                if lots:
                    left[index] -= lots
                    wanted -= lots
                    fills.append(rank.Fill(loser, winner, lots, 0))
        return fills
    return cover


def caseless(_right):
    return lambda name: name.casefold().encode("utf-8")


def utf16_order(_right):
    return lambda name: name.encode("utf-16-be")


def held_forgotten(_right):
    return lambda unit: unit.state < LIQUIDATABLE


def ages_equal_held(right):
    def held(book, as_of):
        if book.max_mark_age is None:
            return set()
        with mock.patch.object(book, "max_mark_age", book.max_mark_age - Fraction(1, 10**9)):
            return right(book, as_of)
    return held


def flat_tier(_right):
    def maintenance_ppm(bands, notional, _lots=0):
        return max(band.maintenance_ppm for band in bands if band.floor <= notional) * notional
    return maintenance_ppm


def notional_for_contracts(_right):
    def band_at(bands, notional, _lots):
        return max((band for band in bands if band.floor <= notional), key=lambda band: band.floor)
    return band_at


def positive_bankruptcy(right):
    def set_bankruptcy(unit, holding, step):
        item = holding.position.instrument
        with mock.patch.object(item, "below_zero", False):
            right(unit, holding, step)
    return set_bankruptcy


def exclusive_floor(_right):
    def initial_ppm(bands, notional, _lots=0):
        return max(band.initial_ppm for band in bands if band.floor < max(notional, 1)) * notional
    return initial_ppm


def never_clamped(right):
    def set_bankruptcy(unit, holding, step):
        right(unit, holding, step)
        holding.bankruptcy_value = holding.value - holding.allotted
    return set_bankruptcy


def score_without_zero_cost(right):
    return lambda holding: 0.0 if holding.position.cost == 0 else right(holding)


def lights_of_those_behind(right):
    def ladder_of(entries):
        ladder = right(entries)
        lots, ahead = sum(entry.lots for entry in ladder), 0
        for entry in ladder:
            ahead += entry.lots
            entry.holding.lights = max(1, 5 - 5 * ahead // lots)
        return ladder
    return ladder_of


def balance_with_pnl(right):
    return lambda book, unit: right(book, unit) + unit.pnl


def one_way_for_all(_right):
    def hyperliquid(_book, unit, holding):
        n, c = float(holding.notional), float(abs(holding.position.cost))
        return 0.0 if n == 0 or c == 0 else n / c * rank.leverage(unit, holding)
    return hyperliquid


def blank_last(_right):
    return lambda unit: "999999.000000" if unit.health_millionths is None else fixed(unit.health_millionths, 6)


BUGS = [
    (margin, "floor_value", ceil_value),
    (margin, "state_of", no_equality),
    (margin, "state_of", call_inclusive),
    (margin, "band_at", notional_for_contracts),
    (margin, "set_bankruptcy", positive_bankruptcy),
    (margin, "weight_ppm", upside_down),
    (margin, "split", spread_evenly),
    (margin, "maintenance_ppm", flat_tier),
    (margin, "held_instruments", ages_equal_held),
    (margin, "set_bankruptcy", never_clamped),
    (margin, "name_order", caseless),
    (margin, "name_order", utf16_order),
    (rank, "name_order", caseless),
    (rank, "name_order", utf16_order),
    (rank, "cover", own_account_taken),
    (rank, "may_be_listed", held_forgotten),
    (rank, "return_on_cost", score_without_zero_cost),
    (rank, "ladder_of", lights_of_those_behind),
    (rank, "binance_balance", balance_with_pnl),
    (rank, "hyperliquid", one_way_for_all),
    (tables, "name_order", caseless),
    (tables, "health_text", blank_last),
]


class PlantedBugs(unittest.TestCase):
    """Each wrong program is caught by some seed below 120: the books reach every rule."""

    def test_each_bug_shows(self):
        right: dict[int, dict[str, str]] = {}
        for place, name, bug in BUGS:
            with self.subTest(bug=bug.__name__, place=place.__name__):
                for seed in range(120):
                    if seed not in right:
                        right[seed] = scan_seed(seed)
                    book, as_of = read_seed(seed)
                    with patched(place, name, bug):
                        wrong = scan(book, as_of, True)
                    if wrong != right[seed]:
                        break
                else:
                    self.fail("no seed shows it")


if __name__ == "__main__":
    unittest.main()
