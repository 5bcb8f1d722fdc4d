"""Tests of the waterfall oracle: amounts worked by hand, reported cases rebuilt as small books, planted bugs.

    python3 -m unittest discover -s tests/oracle
"""

from __future__ import annotations

import sys
import tomllib
import unittest
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent))

import waterfall_adl
import waterfall_close
import waterfall_market
import waterfall_owed
import waterfall_policy
import waterfall_replay
from book import TABLES, build
from waterfall_compare import final_difference, ordered, plan_difference, read_events, text_of
from waterfall_market import halved, root_floor
from waterfall_min_max import smallest_worst
from waterfall_policy import Candidate, allocate, water_fill
from waterfall_replay import Replay
from waterfall_rules import read_rules
from waterfall_updates import Updates

COLUMNS = {
    "assets": "asset step price asset_weight liability_weight",
    "instruments": "instrument kind base settle contract_size price_step size_step tier_table",
    "tiers": "tier_table floor maintenance_rate initial_rate",
    "balances": "account asset amount",
    "positions": "account instrument size entry_price isolated_margin adl_score",
    "marks": "instrument mark",
}
LINEAR = "M linear USD USD 1 1 1 t"
TIER = "t 0 0.01 0.02"


def rows(table: str, text: str) -> list[dict[str, str]]:
    """Rows of a table, one in a line (or between semicolons), columns apart by blanks; `-` is an empty field."""
    names = COLUMNS[table].split()
    lines = [line.split() for line in text.replace(";", "\n").splitlines() if line.strip()]
    return [dict(zip(names, ["" if field == "-" else field for field in line])) for line in lines]


def venue(
    toml: str, *, balances: str = "", positions: str = "", marks: str = "M 100", instruments: str = LINEAR,
    tiers: str = TIER, assets: str = "USD 0.01",
) -> Replay:
    """A replay over a small book, before its first tick."""
    texts = {
        "assets": assets, "instruments": instruments, "tiers": tiers, "balances": balances, "positions": positions,
        "marks": marks,
    }
    parsed = tomllib.loads('name = "hand"\nquote = "USD"\n' + toml, parse_float=Decimal)
    book = build(parsed, {table: rows(table, texts[table]) for table in TABLES})
    return Replay(book, read_rules(parsed))


def steps(replay: Replay, *names: str) -> list[list[tuple[str, ...]]]:
    """The legs of the plans of some steps, as text."""
    return [ordered(text_of(replay, plan)) for plan in replay.plans if plan.step in names]


def sizes(replay: Replay, step: str) -> list[tuple[str, int]]:
    """(account, change of size) of a step's first legs: the accounts that are closed, and their lots."""
    return [(plan.legs[0].account, plan.legs[0].size) for plan in replay.plans if plan.step == step]


def equity(replay: Replay, account: str, unit: str = "cross:USD") -> int:
    return replay.ledger.unit((account, unit)).equity


class ReportedCases(unittest.TestCase):
    """Reported cases, worked by hand: the arithmetic is beside each figure."""

    def test_a_loser_goes_on_past_two_winners_who_can_bear_nothing(self):
        # L1 owes 30 at its bankruptcy price 70 against the mark 100: a lot costs 30. W2 has 21, W1 20, W5 5000.
        replay = venue(
            "[socialise]\nenabled = false",
            balances="L1 USD -30; W1 USD -480; W2 USD -479; W5 USD 4500",
            positions="L1 M -1 100 -; W1 M 10 50 -; W2 M 10 50 -; W5 M 10 50 -",
        )
        replay.tick(1, {"M": 100})
        self.assertEqual(steps(replay, "adl"), [[
            ("L1", "cross:USD", "M", "1", "100.00", "USD", "30.00", "70", "deleveraged"),
            ("W5", "cross:USD", "M", "-1", "-50.00", "USD", "20.00", "70", "deleveraged"),
        ]])
        self.assertEqual(replay.rows[1]["USD"]["unpaid"], 0)

    def test_a_cap_holds_over_a_whole_wave(self):
        # A lot costs 10; half of a profit of 40 is 20: two lots, and the other two find no winner.
        replay = venue(
            '[adl]\npolicy = "capped:0.5"\n[socialise]\nenabled = false',
            balances="L USD -40; W USD 1000", positions="L M -4 100 -; W M 4 90 -",
        )
        replay.tick(1, {"M": 100})
        self.assertEqual(sizes(replay, "adl"), [("L", 2)])
        self.assertEqual(replay.rows[1]["USD"]["adl_haircut"], 2000)
        self.assertEqual(replay.rows[1]["USD"]["unpaid"], 2000)

    def test_target_health_stops_where_the_target_is_met(self):
        # Equity 90 against 101. Two lots of M: fee 2 % of 200 = 4, requirement 80 + 1 = 81 <= 86. N stays.
        replay = venue(
            "[market]\ndepth = 1000000\n[liquidation]\nmode = \"target_health\"\ntarget_health = 1\n"
            'surplus_to = "account"\nliquidation_fee = 0.02',
            balances="L USD 90", positions="L M 10 100 -; L N 10 100 -", marks="M 100; N 100",
            instruments=LINEAR + "; N linear USD USD 1 1 1 u", tiers="t 0 0.1 0.2; u 0 0.001 0.2",
        )
        replay.tick(1, {"M": 100})
        self.assertEqual(sizes(replay, "liquidate"), [("L", -2)])
        self.assertEqual(equity(replay, "L"), 8600)

    def test_what_is_permanent_stays_until_the_feed_speaks(self):
        # 10000 of 20000 lots are sold: fifty slices of a hundredth of 1 %, down to 995000.
        replay = venue(
            "[market]\ndepth = 20000\npermanent = 1\nhalf_life = 0\n[adl]\nenabled = false\n"
            "[socialise]\nenabled = false\n[fund.balance]\nUSD = 1000000",
            balances="L0 USD -1", positions="L0 M 10000 1000000 -", marks="M 1000000; N 5",
            instruments="M linear USD USD 0.000001 1 1 t; N linear USD USD 1 1 1 t", tiers="t 0 0.000001 0.02",
        )
        replay.tick(1, {"M": 1_000_000})
        self.assertEqual(replay.book.marks["M"].ticks, 995_000)
        replay.tick(2, {"N": 6})
        self.assertEqual(replay.book.marks["M"].ticks, 995_000)
        replay.tick(3, {"M": 1_000_001})
        self.assertEqual(replay.book.marks["M"].ticks, 1_000_001)

    def test_half_is_back_after_a_half_life_whatever_rows_stand_between(self):
        # 5000 of 20020 lots are still consumed: 25 slices hold 5005, so 5 lots at 999000 x 0.9975 = 996502.5.
        for between in ([2, 3, 4, 5], []):
            replay = venue(
                "[market]\ndepth = 20000\nhalf_life = 5\n[adl]\nenabled = false\n[socialise]\nenabled = false\n"
                "[fund.balance]\nUSD = 1000000",
                balances="L0 USD -1; L1 USD 0.20", positions="L0 M 10000 1000000 -; L1 M 400 1000000 -",
                marks="M 1000000", instruments="M linear USD USD 0.000001 1 1 t", tiers="t 0 0.000001 0.02",
            )
            for tick in (1, *between):
                replay.tick(tick, {"M": 1_000_000}, Fraction(tick))
            replay.tick(6, {"M": 999_000}, Fraction(6))
            first = next(plan for plan in replay.plans if plan.tick == 6 and plan.step == "liquidate")
            self.assertEqual((first.legs[0].size, first.legs[0].price), (-5, 996_503))

    def test_the_fund_of_a_market_pays_for_what_its_settlement_leaves(self):
        # Settled at 1.5: ana 150 - 500 = -350, from WIF's 500.
        replay = venue(
            '[fund]\nscope = "instrument"\n[fund.balance]\nWIF = 500\nM = 100000',
            balances="ana USD 150; ben USD 900; eva USD 1000",
            positions="ana WIF 1000 2 -; ben WIF -700 2 -; eva WIF -300 2 -", marks="M 61000; WIF 2.0000",
            instruments=LINEAR + "; WIF linear USD USD 1 0.0001 1 t",
        )
        replay.now = 1
        Updates(replay).act([{"tick": "1", "kind": "settle", "instrument": "WIF", "price": "1.5"}])
        replay.tick(1, {"M": 61000})
        self.assertEqual(
            [equity(replay, name) for name in ("ana", "ben", "eva")], [0, 125_000, 115_000],
        )
        self.assertEqual(replay.fund.pots, {"M": 10_000_000, "WIF": 15_000})


class ByHand(unittest.TestCase):
    """Amounts of one step each."""

    def test_a_root_is_the_largest_whole_number(self):
        self.assertEqual([root_floor(Fraction(n), 3) for n in (0, 1, 7, 8, 26, 27)], [0, 1, 1, 2, 2, 3])

    def test_half_lives(self):
        # 2^(-2/5) = 0.757858: 10000 leave 7578. Whole half-lives are exact.
        self.assertEqual([halved(10_000, t, 5) for t in (0, 2, 5, 10)], [10_000, 7_578, 5_000, 2_500])
        self.assertEqual([halved(10_000, t, 0) for t in (0, 1)], [10_000, 0])

    def test_water_fills_the_caps_in_rising_order(self):
        # 90 by 1:1:1 would be 30 each; the first takes 10, the second 35 of the 80 left, the third 45.
        self.assertEqual(water_fill(90, [1, 1, 1], [10, 35, 100]), [10, 35, 45])
        self.assertEqual(water_fill(90, [1, 1, 1], [10, 40, 100]), [10, 40, 40])
        self.assertEqual(water_fill(90, [1, 0, 1], [10, 40, 20]), [10, 0, 20])

    def test_no_weight_anywhere_counts_one_each(self):
        winners = [Candidate(("a", ""), "M", "long", lots) for lots in (10, 17, 12, 3)]
        self.assertEqual(allocate("pro_rata:pnl", None, 9, Fraction(1), winners), [2, 2, 2, 3])

    def test_a_share_of_profit_caps_lots(self):
        # floor(0.5 x 41) = 20; a lot costs 10 of D / H = 4 / 40: 2 lots. After 15 of haircut: 0.
        winner = Candidate(("a", ""), "M", "long", 4, pnl=41, profit_before=41)
        self.assertEqual(allocate("capped", Fraction(1, 2), 4, Fraction(40), [winner]), [2])
        winner.haircuts = 15
        self.assertEqual(allocate("capped", Fraction(1, 2), 4, Fraction(40), [winner]), [0])

    def test_the_smallest_worst_ratio(self):
        # 5 lots, 10 a lot, over equities 100 and 400: 1 and 4, both at a tenth. With 2 lots of the second: 3 of the first.
        self.assertEqual(smallest_worst(5, 50, [9, 9], [100, 400], [0, 0]), Fraction(1, 10))
        self.assertEqual(smallest_worst(5, 50, [9, 2], [100, 400], [0, 0]), Fraction(3, 10))
        # A lot's 41.9 is reckoned as 42, nineteen as 797: 797 / 104386 is less than 84 / 10992.
        self.assertEqual(smallest_worst(20, 838, [100, 10], [104_386, 10_992], [0, 0]), Fraction(797, 104_386))

    def test_a_fraction_is_rounded_up_and_waits(self):
        # A fifth of 7 lots is 2; the cooldown of 2 ticks lets tick 2 pass, tick 3 closes the rest.
        replay = venue(
            '[market]\ndepth = 100000000\n[liquidation]\nmode = "fraction"\nfraction = 0.2\ncooldown = 2\n'
            'surplus_to = "account"',
            balances="L USD 1", positions="L M 7 100 -",
        )
        for tick in (1, 2, 3):
            replay.tick(tick, {"M": 100})
        self.assertEqual([(plan.tick, plan.legs[0].size) for plan in replay.plans if plan.step == "liquidate"],
                         [(1, -2), (3, -5)])
        self.assertEqual(replay.acts["liquidation.cooldown:waits"], 1)
        self.assertEqual(replay.acts["liquidation.cooldown:goes_on"], 1)

    def test_tier_down_ends_strictly_below_the_floor(self):
        # 1000 is in the band from 500: 5 lots are exactly at the floor, so 6 go.
        replay = venue(
            '[market]\ndepth = 100000000\n[liquidation]\nmode = "tier_down"\nsurplus_to = "account"',
            balances="L USD 1", positions="L M 10 100 -", tiers="t 0 0.01 0.02; t 500 0.1 0.2",
        )
        replay.tick(1, {"M": 100})
        self.assertEqual(sizes(replay, "liquidate"), [("L", -6)])

    def test_whole_below_is_strict(self):
        # A fifth of 7 lots is 2; 5 would remain, worth 500.
        for below, closed in (("500", -2), ("500.01", -7)):
            replay = venue(
                '[market]\ndepth = 100000000\n[liquidation]\nmode = "fraction"\nfraction = 0.2\ncooldown = 2\n'
                f'surplus_to = "account"\nwhole_below = {below}',
                balances="L USD 1", positions="L M 7 100 -",
            )
            replay.tick(1, {"M": 100})
            self.assertEqual(sizes(replay, "liquidate"), [("L", closed)])

    def test_fee_and_surplus(self):
        # Equity 5 of 1000 at the mark: the surplus is 5, the fee of 0.2 % is 2.
        replay = venue(
            '[market]\ndepth = 100000000000\n[liquidation]\nliquidation_fee = 0.002',
            balances="L USD 5", positions="L M 10 100 -",
        )
        replay.tick(1, {"M": 100})
        self.assertEqual(steps(replay, "liquidate"), [[
            ("L", "cross:USD", "M", "-10", "-1000.00", "USD", "-5.00", "100", "surplus"),
            ("fees", "", "", "", "", "USD", "2.00", "", "surplus"),
            ("fund", "", "", "", "", "USD", "3.00", "", "surplus"),
            ("market", "", "M", "10", "1000.00", "USD", "0.00", "100", "surplus"),
        ]])

    def test_the_backstop_takes_what_its_capacity_holds(self):
        # BV = 1000 + 50 = 1050 for 10 lots: 105 each. A capacity of 525 holds 5 of them exactly, 524 only 4.
        for capacity, lots in ((525, 5), (524, 4)):
            replay = venue(
                f"[backstop]\nenabled = true\ncapacity = {capacity}\n[adl]\nenabled = false",
                balances="L USD -50", positions="L M 10 100 -",
            )
            replay.tick(1, {"M": 100})
            self.assertEqual(sizes(replay, "backstop"), [("L", -lots)])

    def test_below_health_is_strict(self):
        for amount, taken in (("5", 0), ("4.99", 1)):
            replay = venue(
                "[backstop]\nenabled = true\nbelow_health = 0.5",
                balances=f"L USD {amount}", positions="L M 10 100 -",
            )
            replay.tick(1, {"M": 100})
            self.assertEqual(len(sizes(replay, "backstop")), taken)

    def test_what_the_fund_may_pay(self):
        rules = "[fund]\nfloor = 10\naccount_limit = 30\ntick_limit = 50\n[fund.balance]\nUSD = 100\n[socialise]\nenabled = false"
        replay = venue(rules, balances="A USD -40; B USD -40; C USD -40")
        paid = []
        for tick in (1, 2):
            replay.tick(tick, {})
            paid.append([equity(replay, name) for name in "ABC"])
        # Tick 1: 30 for A, 20 for B, then the tick's 50 are spent. Tick 2: C and B want 40 and 20; 90 - 50 = 40 are left
        # above the floor. By the order of flags: A 10, B 20, C 10.
        self.assertEqual(paid, [[-1000, -2000, -4000], [0, 0, -3000]])
        self.assertEqual(replay.fund.pots["USD"], 1000)

    def test_a_drawdown_stops_strictly_below_and_starts_at_the_share(self):
        replay = venue("[fund]\ndrawdown_stop = 0.3\nrecovery = 0.9\n[fund.balance]\nUSD = 100")
        fund = replay.fund
        for balance, stopped in ((7000, False), (6999, True), (8999, True), (9000, False)):
            fund.pots["USD"] = balance
            fund.begin_pass()
            self.assertEqual("USD" in fund.stopped, stopped, balance)

    def test_a_loss_is_shared_by_profit_with_equity_as_cap(self):
        # 90 owed. Profits 100 and 200 would pay 30 and 60, but the second has 50 in all: 40 and 50.
        replay = venue(
            "[adl]\nenabled = false",
            balances="D USD -90; P USD 1000; Q USD -150; R USD 1000",
            positions="P M 10 90 -; Q M 20 90 -; R M 10 110 -",
        )
        replay.tick(1, {"M": 100})
        self.assertEqual(steps(replay, "socialise"), [[
            ("D", "cross:USD", "", "", "", "USD", "90.00", "", "socialised"),
            ("P", "cross:USD", "", "", "", "USD", "-40.00", "", "socialised"),
            ("Q", "cross:USD", "", "", "", "USD", "-50.00", "", "socialised"),
        ]])

    def test_a_winner_gives_down_to_exactly_zero(self):
        # A lot costs 10; 30 of equity bear 3 lots exactly, 29.99 only 2.
        for amount, lots in (("30", 3), ("29.99", 2)):
            replay = venue(
                "[socialise]\nenabled = false",
                balances=f"L USD -40; W USD {amount}", positions="L M -4 100 -; W M 4 100 -", tiers="t 0 0.001 0.02",
            )
            replay.tick(1, {"M": 100})
            self.assertEqual(sizes(replay, "adl"), [("L", lots)])

    def test_at_the_mark_while_the_fund_can_pay(self):
        for balance, price in (("40", 100), ("39.99", 90)):
            replay = venue(
                f'[adl]\nprice = "mark"\n[fund.balance]\nUSD = {balance}',
                balances="L USD -40; W USD 1000", positions="L M -4 100 -; W M 4 100 -",
            )
            replay.tick(1, {"M": 100})
            plan = next(plan for plan in replay.plans if plan.step == "adl")
            self.assertEqual(plan.legs[0].price, price)
            self.assertEqual(len(plan.legs), 2 if price == 90 else 3)


class PlantedBugs(unittest.TestCase):
    """Each bug must change the result of some small venue, so that no rule goes untested."""

    def outcome(self) -> list:
        """The plans of a few venues in which most settings act."""
        found = []
        for make in VENUES:
            try:
                replay = make()
                found.append([(plan.tick, plan.step, text_of(replay, plan)) for plan in replay.plans])
            except AssertionError as reason:
                found.append(str(reason)[:20])
        return found

    def test_each_bug_is_seen(self):
        right = self.outcome()
        for target, name, wrong in BUGS:
            with self.subTest(bug=name), mock.patch.object(target, name, wrong):
                self.assertFalse(self.outcome() == right, "no venue sees it")


def thin_market() -> Replay:
    replay = venue(
        "[market]\ndepth = 2000\npermanent = 0.5\nhalf_life = 2\n[fund.balance]\nUSD = 500\n"
        '[liquidation]\norder = "loss"\nliquidation_fee = 0.01',
        balances="A USD 105; B USD -20; C USD 5000; D USD 9",
        positions="A M 12 1000 -; B M 20 1000 -; C M -40 1000 -; D M 8 1000 -", marks="M 1000",
    )
    for tick, mark in ((1, 1000), (2, 991), (4, 990)):
        replay.tick(tick, {"M": mark})
    return replay


def moved_marks() -> Replay:
    replay = venue(
        "[market]\ndepth = 20000\npermanent = 0.5\n[fund.balance]\nUSD = 1000000",
        balances="L0 USD -1; L1 USD 1.50", positions="L0 M 10000 1000000 -; L1 M 400 1000000 -",
        marks="M 1000000", instruments="M linear USD USD 0.000001 1 1 t", tiers="t 0 0.000001 0.02",
    )
    replay.tick(1, {"M": 1_000_000})
    return replay


def poor_winners() -> Replay:
    replay = venue(
        '[adl]\npolicy = "pro_rata:size"\n[socialise]\nby = "equity"',
        balances="L USD -31; W USD -479; X USD -950; Y USD -900; Z USD -20",
        positions="L M -3 100 -; W M 10 50 -; X M 10 5 -; Y M 10 9 -; L M 9 1 0; Z M -1 100 -",
    )
    replay.tick(1, {"M": 100})
    return replay


def targets() -> Replay:
    replay = venue(
        "[market]\ndepth = 1000000\n[liquidation]\nmode = \"target_health\"\ntarget_health = 1.25\n"
        'surplus_to = "account"\nliquidation_fee = 0.01',
        balances="L USD 90", positions="L M 10 100 -; L N 10 100 -", marks="M 100; N 100",
        instruments=LINEAR + "; N linear USD USD 1 1 1 u", tiers="t 0 0.1 0.2; u 0 0.001 0.2",
    )
    replay.tick(1, {"M": 100})
    return replay


def half_lives() -> Replay:
    replay = venue(
        "[market]\ndepth = 20000\nhalf_life = 5\n[fund.balance]\nUSD = 1000000",
        balances="L0 USD -1; L1 USD 0.20; D USD -70", positions="L0 M 10000 1000000 -; L1 M 400 1000000 -",
        marks="M 1000000", instruments="M linear USD USD 0.000001 1 1 t", tiers="t 0 0.000001 0.02",
    )
    replay.tick(1, {"M": 1_000_000})
    replay.tick(6, {"M": 999_000})
    return replay


VENUES = (half_lives, moved_marks, thin_market, poor_winners, targets)


def keeps_all(lots: int, elapsed: int, half_life: int) -> int:
    return lots


def parts_up(value: int, lots: int, before: int, taken: int) -> int:
    part = -(-abs(value) * (before + taken) // abs(lots)) + (-abs(value) * before // abs(lots))
    return part if value >= 0 else -part


BUGS = [
    (waterfall_market, "halved", keeps_all),
    (waterfall_market.Market, "mark_after", lambda self, item, last: last),
    (waterfall_market.Market, "lots_up_to", lambda self, depth, place: depth * place // 50),
    (waterfall_replay, "limit_ticks", lambda book, position, lots, worth: None),
    (waterfall_replay, "half_even", lambda value: value.__floor__() + 1),
    (waterfall_close.Closer, "in_order", lambda self, unit: list(reversed(unit.holdings))),
    (waterfall_close, "half_even", lambda value: 0),
    (waterfall_adl.Wave, "bearable", lambda self, loser, winner, lots: lots),
    (waterfall_adl.Wave, "shut_out", lambda self, loser, winner: loser.out.update(one.key for one in self.candidates)),
    (waterfall_owed, "water_fill", lambda total, weights, caps: [min(total, cap) for cap in caps]),
    (waterfall_owed, "weight", lambda replay, unit: 1),
    (waterfall_replay, "fund_pays", lambda replay, unit: None),
]


if __name__ == "__main__":
    unittest.main()
