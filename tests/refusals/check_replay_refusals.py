#!/usr/bin/env python3
"""Bad input of a replay: exit code 3, the place named, nothing left behind (docs/design.md sections 7 and 8).

    python3 tests/refusals/check_replay_refusals.py --plimsoll BIN

A case breaks the rulebook, the ticks or the updates of a small replay in one place. Some can be seen while the files
are read, others only at their tick, after others were done: neither may leave an output folder, nor anything beside it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from check_refusals import BOOK, Checker, book

TICKS = "tick,instrument,mark\n"
UPDATES = "tick,kind,account,instrument,asset,size,price,amount,fee,to,rate\n"
GOOD_TICKS = TICKS + "1,BTCUSDT,61000.5\n2,BTCUSD,61000\n"
GOOD_UPDATES = UPDATES + "1,deposit,carol,,USDT,,,1000,,,\n3,fill,carol,BTCUSDT,,0.001,61000,,0.01,alice,\n"
LIMIT, LIMIT_LESS_1 = "2305843009213693.952", "2305843009213692.952"  # 2^61 lots of 0.001, and a contract less.

# Three more contracts: one of which a position of 2^61 lots is worth little, one without a mark, a spot price.
RICH = {
    "instruments_csv": BOOK["instruments.csv"] + "DUST,linear,BTC,USDT,0.000001,0.1,0.001,T\n"
    "NOMARK,linear,BTC,USDT,1,0.1,0.001,T\nBTCSPOT,spot,BTC,USDT,,0.1,,\n",
    "marks_csv": BOOK["marks.csv"] + "DUST,0.1\n",
    "positions_csv": "account,instrument,size,entry_price,isolated_margin\nalice,BTCUSDT,0.5,60000.1,\n"
    "bob,BTCUSD,-10,61000,\nalice,DUST,1,0.1,5\nalice,DUST,-1,0.1,5\nbob,BTCUSDT,1,60000,70\n",
    "balances_csv": BOOK["balances.csv"] + "bob,USDT,50000\n",
}

# name, rows of ticks, text that stderr must have.
OF_TICKS: list[tuple[str, str, str]] = [
    ("goes back", "2,BTCUSD,61000\n1,BTCUSD,61000\n", 'ticks.csv, row 3, column tick: "1" is below the tick of the row before, 2'),
    ("twice in a tick", "2,BTCUSD,61000\n2,BTCUSD,61000\n", 'row 3, column instrument: "BTCUSD" is listed twice in this tick'),
    ("not whole", "1.5,BTCUSD,61000\n", 'ticks.csv, row 2, column tick: "1.5" is not a whole number from 0'),
    ("negative", "-1,BTCUSD,61000\n", 'ticks.csv, row 2, column tick: "-1" is not a whole number from 0'),
    ("huge", f"{2**63},BTCUSD,61000\n", f'ticks.csv, row 2, column tick: "{2**63}" is not a whole number from 0'),
    ("blank", ",BTCUSD,61000\n", "ticks.csv, row 2, column tick: is blank"),
    ("no number", "one,BTCUSD,61000\n", 'ticks.csv, row 2, column tick: "one" is not a plain decimal'),
    ("instrument", "1,ETHUSD,61000\n", 'ticks.csv, row 2, column instrument: "ETHUSD" is not an instrument of this book'),
    ("off its step", "1,BTCUSD,61000.3\n", 'row 2, column mark: "61000.3" is not a multiple of the price step 0.5 of BTCUSD'),
    ("mark zero", "1,BTCUSD,0\n", 'ticks.csv, row 2, column mark: "0" must be above zero'),
    ("mark below zero", "1,BTCUSD,-1\n", 'ticks.csv, row 2, column mark: "-1" must be above zero'),
    ("linear below zero", "1,BTCUSDT,-1\n", 'row 2, column mark: "-1" must not be below zero: [margin] negative_marks'),
    ("mark blank", "1,BTCUSD,\n", "ticks.csv, row 2, column mark: is blank"),
    ("mark beyond", f"1,BTCUSD,{2**39}.5\n", "is more than 2^40 price steps of 0.5; set price_step of BTCUSD to 10 and round to it: --round half_even"),
    ("fields", "1,BTCUSD\n", "ticks.csv, row 2: has 2 fields"),
]

# name, rows of updates, column, other text that stderr must have; the last row is the bad one.
OF_UPDATES: list[tuple[str, str, str, str]] = [
    ("goes back", "2,list,,BTCUSD,,,,,,,\n1,list,,BTCUSD,,,,,,,", "tick", '"1" is below the tick of the row before, 2'),
    ("tick not whole", "0.5,list,,BTCUSD,,,,,,,", "tick", '"0.5" is not a whole number from 0'),
    ("kind", "1,gift,a,,USDT,,,1,,,", "kind", '"gift" must be fill, funding, fee,'),
    ("kind blank", "1,,a,,USDT,,,1,,,", "kind", "must be fill, funding, fee,"),
    ("instrument", "1,fill,a,ETHUSD,,1,1,,,,", "instrument", '"ETHUSD" is not an instrument of this book'),
    ("spot", "1,fill,a,BTCSPOT,,1,1,,,,", "instrument", '"BTCSPOT" is a spot instrument, which no account holds'),
    ("asset", "1,deposit,a,,ETH,,,1,,,", "asset", '"ETH" is not an asset of this book'),
    ("system account", "1,deposit,fund,,USDT,,,1,,,", "account", "\"fund\" is a system account"),
    ("to a system account", "1,transfer,alice,,USDT,,,1,,backstop,", "to", "\"backstop\" is a system account"),
    ("off the size step", "1,fill,a,BTCUSDT,,0.0005,1,,,,", "size", '"0.0005" is not a multiple of the size step 0.001'),
    ("size zero", "1,fill,a,BTCUSDT,,0,1,,,,", "size", '"0" is zero: leave the row out'),
    ("size beyond", f"1,fill,a,DUST,,{LIMIT[:-1]}3,0.1,,,,", "size", "of at most 2^61 lots"),
    ("price below zero", "1,fill,a,BTCUSDT,,1,-1,,,,", "price", '"-1" must not be below zero: [margin] negative_marks'),
    ("price zero of an inverse", "1,fill,a,BTCUSD,,1,0,,,,", "price", '"0" must be above zero'),
    ("settled at zero, inverse", "1,settle,,BTCUSD,,,0,,,,", "price", '"0" must be above zero'),
    ("both sides are held", "1,fill,alice,DUST,,1,0.1,,,,", "side", "is blank, but alice holds both sides of DUST"),
    ("amount below zero", "1,deposit,a,,USDT,,,-1,,,", "amount", '"-1" must not be below zero'),
    ("amount too fine", "1,deposit,a,,USDT,,,0.0000001,,,", "amount", '"0.0000001"'),
    ("amount beyond", f"1,deposit,a,,USDT,,,{2**62},,,", "amount", "is beyond 2^62 steps"),
    ("fee too fine", "1,fill,a,BTCUSDT,,1,1,,0.0000001,,", "fee", '"0.0000001"'),
    ("to itself", "1,fill,a,BTCUSDT,,1,1,,,a,", "to", '"a" is the same account'),
    ("transfer to itself", "1,transfer,alice,,USDT,,,1,,alice,", "to", '"alice" is the same account'),
    # Known only at the tick.
    ("fee of nobody", "1,fee,nobody,,USDT,,,1,,,", "account", '"nobody" has no balance in USDT'),
    ("withdrawal of nobody", "1,withdraw,nobody,,USDT,,,1,,,", "account", '"nobody" has no balance in USDT'),
    ("transfer of nobody", "1,transfer,nobody,,USDT,,,1,,alice,", "account", '"nobody" has no balance in USDT'),
    ("margin of nobody", "1,margin,nobody,DUST,,,,1,,,", "account", '"nobody" is not an account in this book'),
    ("withdrawal in another asset", "1,withdraw,alice,,BTC,,,1,,,", "account", '"alice" has no balance in BTC'),
    ("withdrawal before the deposit", "1,withdraw,new,,USDT,,,1,,,\n1,deposit,new,,USDT,,,1,,,", "account", '"new" has no'),
    ("withdrawal of too much", "1,withdraw,alice,,USDT,,,1000.500001,,,", "amount", "is more than the balance of 1000.500000 USDT"),
    ("transfer of too much", "1,transfer,alice,,USDT,,,1001,,bob,", "amount", "is more than the balance of 1000.500000 USDT"),
    ("margin of too much", "1,margin,bob,BTCUSDT,,,,50001,,,", "amount", "is more than the balance of 50000.000000 USDT"),
    ("margin out of too much", "1,margin,bob,BTCUSDT,,,,-70.5,,,", "amount", "is more than the isolated margin of 70.000000 USDT"),
    ("margin of a cross position", "1,margin,alice,BTCUSDT,,,,1,,,", "instrument", "is not held isolated by alice"),
    ("margin of either side", "1,margin,alice,DUST,,,,1,,,", "size", "must show by its sign which of the two"),
    ("margin of the other side", "1,margin,bob,BTCUSDT,,-1,,1,,,", "instrument", "is not held isolated by bob"),
    ("margin of what was closed", "1,settle,,BTCUSDT,,,60000,,,,\n1,margin,bob,BTCUSDT,,,,1,,,", "instrument", "is not held isolated"),
    ("delisted", "1,delist,,BTCUSDT,,,,,,,\n2,fill,a,BTCUSDT,,1,1,,,,", "instrument", '"BTCUSDT" is delisted'),
    ("delisted twice", "1,delist,,BTCUSDT,,,,,,,\n2,delist,,BTCUSDT,,,,,,,", "instrument", '"BTCUSDT" is delisted'),
    ("no mark", "1,fill,a,NOMARK,,1,1,,,,", "instrument", '"NOMARK" has no mark'),
    ("funding without a mark", "1,funding,,NOMARK,,,,,,,0.1", "instrument", '"NOMARK" has no mark to pay funding on'),
    ("trade beyond", "1,fill,a,BTCUSDT,,100000000,60000,,,,", "size", '"100000000.000" makes a position beyond the limits'),
    ("value beyond", "3,fill,a,BTCUSDT,,100000000,1,,,,", "size", '"100000000.000" makes a position beyond the limits'),
    ("position beyond", f"1,fill,a,DUST,,0.001,0.1,,,,\n1,fill,a,DUST,,{LIMIT},0.1,,,,", "size", "makes a position beyond the limits"),
    ("cost beyond", "1,fill,a,DUST,,1000000,4000000000000,,,,\n2,fill,a,DUST,,1000000,4000000000000,,,,", "size", "a cost would pass 2^62"),
    ("open interest beyond", f"1,fill,a,DUST,,{LIMIT},0.1,,,,", "size", "makes the open interest of its side more than 2^61 lots"),
    ("balance beyond", "1,deposit,a,,USDT,,,4000000000000,,,\n2,deposit,a,,USDT,,,4000000000000,,,", "amount", "would pass 2^62 steps"),
    ("funding beyond", f"1,funding,,BTCUSDT,,,,,,,{10**20}", "rate", "makes a payment beyond 2^62 steps"),
]

KINDS = {  # kind: required columns, and optional ones.
    "fill": ("account instrument size price", "fee to"),
    "funding": ("instrument rate", ""),
    "fee": ("account asset amount", ""),
    "deposit": ("account asset amount", ""),
    "withdraw": ("account asset amount", ""),
    "transfer": ("account asset amount to", ""),
    "margin": ("account instrument amount", "size"),
    "settle": ("instrument price", ""),
    "list": ("instrument", ""),
    "delist": ("instrument", ""),
}
CELLS = {"account": "alice", "instrument": "BTCUSDT", "asset": "USDT", "size": "1", "price": "60000", "amount": "1", "fee": "1",
         "to": "bob", "rate": "0.1"}

# name, lines added to venue.toml, text that stderr must have.
OF_RULES: list[tuple[str, str, str]] = [
    ("section", "[liquidaton]\n", "venue.toml, row 3, column liquidaton: is not a key"),
    ("key", "[fund]\nballance = 1\n", "venue.toml, row 4, column fund.ballance: "),
    ("word", '[liquidation]\nmode = "some"\n', 'venue.toml, row 4, column liquidation.mode: "some"'),
    ("policy", '[adl]\npolicy = "lottery"\n', 'venue.toml, row 4, column adl.policy: "lottery" is not valid: unknown ADL policy'),
    ("policy's part", '[adl]\npolicy = "pro_rata:luck"\n', "venue.toml, row 4, column adl.policy"),
    ("policy's cap", '[adl]\npolicy = "capped:2"\n', "venue.toml, row 4, column adl.policy"),
    ("fund's asset", "[fund.balance]\nETH = 1\n", "column fund.balance.ETH: \"1\" is in an asset that is not in assets"),
    ("fund's instrument", '[fund]\nscope = "instrument"\n[fund.balance]\nUSDT = 1\n', "is for an instrument that is not a contract"),
    ("fund below zero", "[fund.balance]\nUSDT = -1\n", "column fund.balance.USDT: \"-1\" must not be negative"),
    ("fund too fine", "[fund.balance]\nUSDT = 0.0000001\n", "is finer than the step of USDT"),
    ("floor below zero", "[fund]\nfloor = -5\n", 'venue.toml, row 4, column fund.floor: "-5" must not be negative'),
    ("floor above the fund", "[fund]\nfloor = 5\n[fund.balance]\nUSDT = 1\n", "contradicts another key: the floor is above the opening balance"),
    ("limit below zero", "[fund]\ntick_limit = -1\n", "column fund.tick_limit: \"-1\" must not be negative"),
    ("recovery", "[fund]\ndrawdown_stop = 0.3\nrecovery = 0.5\n", "contradicts another key: the fund would recover below the level"),
    ("recovery of nothing", "[fund]\nrecovery = 0.9\n", "has no effect; it is used only if fund.drawdown_stop is given"),
    ("backstop's capacity", "[backstop]\nenabled = false\ncapacity = 1\n", "has no effect; it is used only if backstop.enabled is true"),
    ("capacity below zero", "[backstop]\nenabled = true\ncapacity = -1\n", "column backstop.capacity: \"-1\" must not be negative"),
    ("policy of no ADL", '[adl]\nenabled = false\npolicy = "queue"\n', "has no effect; it is used only if adl.enabled is true"),
    ("by of no socialising", '[socialise]\nenabled = false\nby = "equity"\n', "has no effect; it is used only if socialise.enabled"),
    ("nobody bears it", "[adl]\nenabled = false\n[socialise]\nenabled = false\n", "contradicts another key: without ADL, socialised loss, a backstop"),
    ("fraction of the whole", '[liquidation]\nmode = "whole"\nfraction = 0.5\n', "has no effect; it is used only if liquidation.mode"),
    ("cooldown", '[liquidation]\nmode = "fraction"\ncooldown = 0\n', 'row 5, column liquidation.cooldown: "0" must be seconds from'),
    ("cooldown in ticks", '[liquidation]\nmode = "fraction"\ncooldown_ticks = 3\n',
     'column liquidation.cooldown_ticks: "3" is now named cooldown and counts seconds of as_of'),
    ("half-life in ticks", "[market]\nhalf_life_ticks = 3\n", "is now named half_life and counts seconds of as_of"),
    ("target without surplus", '[liquidation]\nmode = "target_health"\n', "contradicts another key: a unit reaches its target health only if"),
    ("depth of no market", '[market]\nimpact = "none"\ndepth = 1\n', "has no effect; it is used only if market.impact"),
    ("depth below zero", "[market]\ndepth = -1\n", 'column market.depth: "-1" must not be negative'),
]


class ReplayChecker(Checker):
    """Replays instead of scans."""

    def run_replay(self, files: dict[str, bytes], ticks: str | None, updates: str | None) -> tuple[Path, object]:
        place = self.put(files)
        arguments: list[str | Path] = ["replay", place / "book", "--out", place / "out", "--backend", "cpu", "--checkpoint", "0"]
        for name, text in (("ticks", ticks), ("updates", updates)):
            if text is not None:
                (place / f"{name}.csv").write_text(text, "utf-8")
                arguments += [f"--{name}", place / f"{name}.csv"]
        before = sorted(os.listdir(place))
        found = self.run(*arguments)
        left = sorted(name for name in os.listdir(place) if name not in before)
        return left, found

    def refused_replay(self, name: str, files: dict[str, bytes], ticks: str, updates: str | None, *reported: str) -> None:
        left, found = self.run_replay(files, ticks, updates)
        self.expect(name, found.returncode == 3 and all(text in found.stderr for text in reported), found)
        if left or found.stdout:
            self.failures.append(f"{name}: something was left behind: {left}, stdout: {found.stdout[:200]}")

    def accepted_replay(self, name: str, files: dict[str, bytes], ticks: str, updates: str | None) -> None:
        left, found = self.run_replay(files, ticks, updates)
        self.expect(name, found.returncode == 0 and left == ["out"], found)


def update_row(kind: str, columns: str) -> str:
    cells = {"tick": "1", "kind": kind} | {column: CELLS[column] for column in columns.split()}
    return ",".join(cells.get(column, "") for column in UPDATES.strip().split(",")) + "\n"


def check_columns(check: ReplayChecker) -> None:
    """Each kind: a column that it needs and lacks, and one that it has and may not have."""
    for kind, (needs, may) in KINDS.items():
        for column in needs.split():
            row = update_row(kind, " ".join(one for one in needs.split() if one != column))
            check.refused_replay(f"{kind} without {column}", book(**RICH), GOOD_TICKS, UPDATES + row,
                                 f"updates.csv, row 2, column {column}: is blank")
        for column in sorted(set(CELLS) - set(needs.split()) - set(may.split())):
            check.refused_replay(f"{kind} with {column}", book(**RICH), GOOD_TICKS, UPDATES + update_row(kind, f"{needs} {column}"),
                                 f"updates.csv, row 2, column {column}: \"{CELLS[column]}\" has no meaning for this kind")


def check_files(check: ReplayChecker) -> None:
    """Faults of a file as a whole, and of several places at once."""
    check.accepted_replay("the unbroken replay", book(), GOOD_TICKS, GOOD_UPDATES)
    check.accepted_replay("more contracts", book(**RICH), GOOD_TICKS, GOOD_UPDATES)
    check.accepted_replay("at the limit", book(**RICH), GOOD_TICKS, UPDATES + f"1,fill,a,DUST,,-{LIMIT_LESS_1},0.1,,,,\n")
    check.refused_replay("ticks without a column", book(), "tick,instrument\n", None, "ticks.csv, row 1, column mark: is missing")
    check.refused_replay("updates without a column", book(), GOOD_TICKS, "tick,account\n", "updates.csv, row 1, column kind: is missing")
    check.refused_replay("ticks empty", book(), "", None, "ticks.csv: is empty")
    check.refused_replay("several", book(), GOOD_TICKS + "1,BTCUSD,1\n1,BTCUSD,0.3\n", None, "row 4, column tick", "row 5, column tick")
    check.refused_replay("both files", book(), TICKS + "1,BTCUSD,0\n", UPDATES + "1,gift,,,,,,,,,\n", "ticks.csv, row 2", "updates.csv, row 2")


def check_middle(check: ReplayChecker) -> None:
    """At tick 17 of 20: results of earlier ticks must not be left."""
    ticks = TICKS + "".join(f"{tick},BTCUSDT,{61000 + tick}\n" for tick in range(1, 21))
    before = UPDATES + "".join(f"{tick},deposit,alice,,USDT,,,1,,,\n" for tick in range(1, 17))
    check.refused_replay("fill at tick 17", book(**RICH), ticks, before + f"17,fill,a,DUST,,{LIMIT},0.1,,,,\n",
                         'updates.csv, row 18, column size: "2305843009213693.952" makes the open interest', "the replay at tick 17 is refused")
    big = before + "16,fill,a,BTCUSDT,,70000000,61000,,,,\n"
    check.refused_replay("mark at tick 17", book(**RICH), ticks.replace("17,BTCUSDT,61017", "17,BTCUSDT,90000"), big,
                         'ticks.csv, row 18, column mark: "90000.0" values a position of 70000000.000 contracts beyond 2^62')


def main() -> int:
    """Every case; all failures are listed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plimsoll-refusals-") as folder:
        check = ReplayChecker(arguments.plimsoll, Path(folder))
        check_files(check)
        for name, rows, reported in OF_TICKS:
            check.refused_replay(f"ticks: {name}", book(), TICKS + rows, None, reported)
        for name, rows, column, reported in OF_UPDATES:
            last = 2 + rows.count("\n") - (name == "withdrawal before the deposit")
            check.refused_replay(f"updates: {name}", book(**RICH), GOOD_TICKS, UPDATES + rows + "\n",
                                 f"updates.csv, row {last}, column {column}: ", reported)
        check_columns(check)
        for name, lines, reported in OF_RULES:
            check.refused_replay(f"rules: {name}", book(venue_toml=BOOK["venue.toml"] + lines), GOOD_TICKS, None, reported)
        check_middle(check)
    for failure in check.failures:
        print(failure)
    print(f"{check.count} replays, {len(check.failures)} failures")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
