#!/usr/bin/env python3
"""Reports of users, in other numbers and other forms than the reported cases.

    python3 tests/field/check_field.py --plimsoll BIN

Figures are worked by hand or in Python's fractions. The remedy of a refusal is followed to the letter, and must work.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

PLIMSOLL = ""
BOOK = {
    "venue.toml": 'name = "field"\nquote = "USDT"\n',
    "assets.csv": "asset,step\nUSDT,0.000001\nETH,0.00000001\n",
    "instruments.csv": "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\nETHUSDT,linear,ETH,USDT,1,0.01,0.001,T\n",
    "tiers.csv": "tier_table,floor,maintenance_rate,initial_rate\nT,0,0.01,0.02\n",
    "balances.csv": "account,asset,amount\nann,USDT,1000\nbob,USDT,90000\n",
    "positions.csv": "account,instrument,size,entry_price\nann,ETHUSDT,3.5,2000\nbob,ETHUSDT,-3.5,2000\n",
    "marks.csv": "instrument,mark\nETHUSDT,2100\n",
}


def run(*words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """One call, whose exit code is known."""
    done = subprocess.run([PLIMSOLL, *map(str, words)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, f"{words}: exit {done.returncode}: {done.stderr}"
    return done


def put(folder: Path, **changes: str) -> Path:
    """The book with some of its files replaced (`venue_toml` for venue.toml)."""
    folder.mkdir(parents=True)
    for name, text in (BOOK | {name.replace("_", "."): text for name, text in changes.items()}).items():
        (folder / name).write_text(text)
    return folder


def rows(folder: Path, table: str, **only: str) -> list[dict[str, str]]:
    """Of a table written, those with these cells."""
    with open(folder / f"{table}.csv", newline="") as file:
        return [row for row in csv.DictReader(file) if all(row[key] == value for key, value in only.items())]


def row(folder: Path, table: str, **only: str) -> dict[str, str]:
    """The only such row."""
    found = rows(folder, table, **only)
    assert len(found) == 1, f"{table} {only}: {found}"
    return found[0]


def follow(book: Path, reported: str, file: str, column: str) -> None:
    """`set COLUMN of NAME to STEP`, as a refusal advises, in the file that has the column."""
    advice = re.search(rf"set {column} of (\S+) to (\S+) and round to it: --round half_even", reported)
    assert advice, f"no advice in {reported}"
    table = [line.split(",") for line in (book / file).read_text().splitlines()]
    at = table[0].index(column.split(".")[-1])
    for line in table[1:]:
        if line[0] == advice[1]:
            line[at] = advice[2]
    (book / file).write_text("".join(",".join(line) + "\n" for line in table))


def check_long_marks(place: Path) -> None:
    """Marks with more digits than 2^40 steps hold: the advice once, by the option and by the book's own key."""
    for mark, step, kept in (("2104.56423954123456", "0.00000000000001", 8), ("45702.56423954", "0.00000001", 6), ("31702.56423954", "0.00000001", 7)):
        book = put(place / mark, marks_csv=f"instrument,mark\nETHUSDT,{mark}\n")
        (book / "instruments.csv").write_text(BOOK["instruments.csv"].replace("0.01,0.001", f"{step},0.001"))
        follow(book, run("scan", book, code=3).stderr, "instruments.csv", "price_step")
        value = Fraction(7, 2) * round(Fraction(mark) * 10**kept) / 10**kept
        for words, extra in (((), ["--round", "half_even"]), (('[import]\nround = "half_even"\n',), [])):
            (book / "venue.toml").write_text(BOOK["venue.toml"] + "".join(words))
            done = run("scan", book, "--out", place / "out", "--force", "--positions", *extra)
            found = Fraction(row(place / "out", "positions", account="ann")["value"])
            assert found == value * 10**6 // 1 / Fraction(10**6), f"{mark}: {found}"
            assert any("column mark: 1 number was finer than the step and rounded" in note["note"] for note in json.loads(done.stdout)["notes"])
        ticks = place / "ticks.csv"
        ticks.write_text(f"tick,instrument,mark\n1,ETHUSDT,{mark}9\n")
        run("replay", book, "--ticks", ticks, "--out", place / "replay", "--force")


def check_long_amounts(place: Path) -> None:
    """Amounts and sizes of eighteen decimals."""
    book = put(place / "amounts", balances_csv="account,asset,amount\nann,USDT,7654321.987654321987654321\nbob,USDT,90000\n")
    (book / "assets.csv").write_text(BOOK["assets.csv"].replace("0.000001", "0.000000000000000001"))
    follow(book, run("scan", book, code=3).stderr, "assets.csv", "assets.step")
    step = Fraction((book / "assets.csv").read_text().split("USDT,")[1].split()[0])
    for mode in ("half_even", "down"):
        run("scan", book, "--round", mode, "--out", place / "out", "--force")
        count = Fraction("7654321.987654321987654321") / step
        wallet = (round(count) if mode == "half_even" else count // 1) * step
        assert Fraction(row(place / "out", "units", account="ann")["equity"]) == wallet + Fraction(7, 2) * 100, mode
    sizes = BOOK["positions.csv"].replace("3.5", "3.512345678901234567")
    book = put(place / "sizes", positions_csv=sizes)
    assert '"3.512345678901234567" is not a multiple of the size step 0.001 of ETHUSDT; round to 3 decimals: --round half_even' in run("scan", book, code=3).stderr
    run("scan", book, "--round", "half_even", "--out", place / "out", "--force", "--positions")
    assert Fraction(row(place / "out", "positions", account="ann")["size"]) == Fraction("3.512")


def check_separators(place: Path) -> None:
    """Files that are parted otherwise: the header as it was found, the separator, nothing about rows."""
    for name, separator in (("semicolon", ";"), ("tab", "\t"), ("pipe", "|")):
        book = put(place / name, positions_csv=BOOK["positions.csv"].replace(",", separator))
        reported = run("scan", book, code=3).stderr
        shown = separator.join(("account", "instrument", "size", "entry_price"))
        assert f"the header reads {shown}" in reported or "the header reads" in reported and name == "tab", reported
        assert reported.count("\n") == 2 and "write it with commas" in reported, reported


def check_whole_rates(place: Path) -> None:
    """Rates of the whole position, in notional and in contracts; a rulebook of such a venue notes the difference if the
    book's tiers are by bands."""
    tiers = "tier_table,floor,maintenance_rate,initial_rate{0}\nT,0,0.01,0.02{1}\nT,{2},0.015,0.03{1}\nT,{3},0.04,0.08{1}\n"
    positions = "account,instrument,size,entry_price\nann,ETHUSDT,3.5,2000\nbob,ETHUSDT,-3.5,2000\ncat,ETHUSDT,0.5,2000\ndan,ETHUSDT,-0.5,2000\n"
    balances = "account,asset,amount\nann,USDT,-53\nbob,USDT,90000\ncat,USDT,100\ndan,USDT,100\n"

    def maintenance(book: Path) -> dict[str, Fraction]:
        run("scan", book, "--out", place / "out", "--force")
        return {one["account"]: Fraction(one["maintenance"]) for one in rows(place / "out", "units")}
    for name, text in (("notional", tiers.format(",applies_to", ",whole", 5000, 7400)),
                       ("contracts", tiers.format(",applies_to,floor_in", ",whole,contracts", "2.4", "3.6"))):
        found = maintenance(put(place / name, tiers_csv=text, positions_csv=positions, balances_csv=balances, venue_toml=BOOK["venue.toml"] + 'rulebook = "okx"\n'))
        assert found == {"ann": Fraction("110.25"), "bob": Fraction("110.25"), "cat": Fraction("10.5"), "dan": Fraction("10.5")}, found
        # 297 of equity; band by band 50 + 2350 x 1.5 % = 85.25.
        assert row(place / "out", "units", account="ann")["state"] == "healthy"
    text = tiers.format("", "", 5000, 7400)
    for rulebook, count in (("okx", 1), ("bitmex", 1), ("binance", 0)):
        book = put(place / rulebook, tiers_csv=text, positions_csv=positions, balances_csv=balances, venue_toml=BOOK["venue.toml"] + f'rulebook = "{rulebook}"\n')
        assert maintenance(book)["ann"] == Fraction("85.25"), rulebook
        reported = run("validate", book)
        note = f"the rates of {rulebook} hold for the whole position; those of 1 instrument here hold band by band (first: ETHUSDT)"
        assert reported.stderr.count(note) == count and reported.stdout.count(note) == count, reported.stderr
    plain = put(place / "plain", tiers_csv=text, positions_csv=positions, balances_csv=balances)
    ticks = place / "ticks.csv"
    ticks.write_text("tick,instrument,mark\n1,ETHUSDT,2050\n")
    reported = run("replay", plain, "--ticks", ticks, "--rulebook", "bitmex", "--out", place / "replayed")
    assert "the rates of bitmex hold for the whole position" in reported.stderr and "the rates of bitmex hold" in reported.stdout, reported.stderr
    assert "hold for the whole position" not in run("replay", plain, "--ticks", ticks, "--out", place / "replayed", "--force").stderr
    assert "hold for the whole position" not in run("validate", put(place / "one", venue_toml=BOOK["venue.toml"] + 'rulebook = "okx"\n')).stderr, "one band"


def check_hedge_fills(place: Path) -> None:
    """Fills of accounts that hold both sides, in an inverse contract with an isolated short."""
    book = put(place / "book", instruments_csv=BOOK["instruments.csv"] + "ETHUSD,inverse,ETH,ETH,10,0.05,1,T\n", marks_csv=BOOK["marks.csv"] + "ETHUSD,2000\n",
               balances_csv=BOOK["balances.csv"] + "hal,ETH,40\nmm,ETH,90\n",
               positions_csv="account,instrument,size,entry_price,isolated_margin\nhal,ETHUSD,400,2000,\nhal,ETHUSD,-300,2000,2.5\nmm,ETHUSD,-100,2000,\n")
    ticks, updates = place / "ticks.csv", place / "updates.csv"
    ticks.write_text("tick,instrument,mark\n1,ETHUSD,2000\n")
    head = "tick,kind,account,instrument,size,price,to,side\n"
    for side, size, wanted in (("short", "-50", {"400", "-350"}), ("short", "120", {"400", "-180"}), ("long", "-150", {"250", "-300"}), ("long", "7", {"407", "-300"})):
        updates.write_text(head + f"1,fill,hal,ETHUSD,{size},2000,mm,{side}\n")
        run("replay", book, "--ticks", ticks, "--updates", updates, "--out", place / "out", "--force")
        found = {one["size"].split(".")[0] for one in rows(place / "out" / "final", "positions", account="hal")}
        assert found == wanted, f"{side} {size}: {found}"
    for side, size, reported in (("", "-50", "both sides"), ("short", "301", "more than"), ("long", "-401", "more than")):
        updates.write_text(head + f"1,fill,hal,ETHUSD,{size},2000,mm,{side}\n")
        done = run("replay", book, "--ticks", ticks, "--updates", updates, "--out", place / "never", code=3)
        assert reported in done.stderr and "updates.csv, row 2" in done.stderr, done.stderr
    updates.write_text(head.replace("side", "positionSide") + "1,fill,hal,ETHUSD,-50,2000,mm,SHORT\n")
    assert "name it side" in run("replay", book, "--ticks", ticks, "--updates", updates, "--out", place / "never", code=3).stderr
    for name in ("takerSide", "orderSide", "m_side", "isBuyer", "BuyOrSell"):
        updates.write_text(f"tick,kind,account,instrument,{name},size,price\n1,fill,alice,BTCUSDT,SELL,0.1,61000\n")
        refused = run("replay", book, "--ticks", ticks, "--updates", updates, "--out", place / "never", code=3).stderr
        assert f"column {name}: changes the meaning of the rows" in refused and "write a sale with a size below zero" in refused, refused


def check_prices_below_zero(place: Path) -> None:
    """Power at -12.5 and a token that ends at nothing: linear values need no other formula."""
    book = put(place / "book", venue_toml=BOOK["venue.toml"] + "[margin]\nnegative_marks = true\n", marks_csv="instrument,mark\nETHUSDT,-12.5\n")
    run("scan", book, "--out", place / "out", "--positions")
    for account, equity in (("ann", 1000 + Fraction(7, 2) * (Fraction("-12.5") - 2000)), ("bob", 90000 - Fraction(7, 2) * (Fraction("-12.5") - 2000))):
        unit = row(place / "out", "units", account=account)
        assert Fraction(unit["equity"]) == equity and Fraction(unit["maintenance"]) == Fraction("0.4375"), unit
    ticks, updates = place / "ticks.csv", place / "updates.csv"
    ticks.write_text("tick,instrument,mark\n1,ETHUSDT,-0.01\n")
    for price, held, code in (("-40.25", True, 0), ("0", False, 0), ("-40.25", False, 3)):
        updates.write_text(f"tick,kind,instrument,price\n2,settle,ETHUSDT,{price}\n")
        source = book if held else put(place / f"plain{code}")
        ticks.write_text(f"tick,instrument,mark\n1,ETHUSDT,{'-0.01' if held else '0'}\n")
        done = run("replay", source, "--ticks", ticks, "--updates", updates, "--out", place / "replayed", "--force", code=code)
        if code == 0:
            sums = json.loads(done.stdout)
            assert sums["conservation"]["holds"] and not rows(place / "replayed" / "final", "positions"), "settled"
        else:
            assert "negative_marks = true" in done.stderr, done.stderr


def check_dust(place: Path) -> None:
    """No step acts on debts below the limit of their asset; steps act on one at the limit."""
    words = '[margin.dust]\nUSDT = 0.5\nETH = 0.00001\n'
    book = put(place / "book", venue_toml=BOOK["venue.toml"] + words, balances_csv=BOOK["balances.csv"] + "d1,USDT,-0.499999\nd2,ETH,-0.00000999\nd3,USDT,-0.5\nd4,ETH,-0.00001\n")
    done = run("scan", book, "--fail-on", "bankrupt", "--out", place / "out", code=10)
    assert {one["account"] for one in rows(place / "out", "flagged")} == {"d3", "d4"}, rows(place / "out", "flagged")
    assert json.loads(done.stdout)["dust"]["units"] == 2
    (book / "balances.csv").write_text(BOOK["balances.csv"] + "d1,USDT,-0.499999\nd2,ETH,-0.00000999\n")
    run("scan", book, "--fail-on", "bankrupt")
    (book / "venue.toml").write_text(BOOK["venue.toml"])
    done = run("scan", book, "--fail-on", "bankrupt", code=10)
    assert "2 bankrupt units hold no position and only owe (first: cross:USDT of d1, 0.499999 USDT): [margin] dust" in done.stderr, done.stderr
    assert any("[margin] dust" in one["note"] for one in json.loads(done.stdout)["notes"])


def check_remainders(place: Path) -> None:
    """A remainder below `whole_below` is not left, in the mode that cuts down a tier."""
    tiers = "tier_table,floor,maintenance_rate,initial_rate\nT,0,0.01,0.02\nT,500,0.05,0.1\n"
    ticks = place / "ticks.csv"
    place.mkdir(parents=True)
    ticks.write_text("tick,instrument,mark\n1,ETHUSDT,1760\n")
    for below, left in (("", 1), ("whole_below = 499.84\n", 1), ("whole_below = 499.85\n", 0)):
        # 3.5 at 1760: equity 160 < 0.01 x 500 + 0.05 x 5660. Down to below 500: 0.284 x 1760 = 499.84 stay.
        venue = BOOK["venue.toml"] + f'[liquidation]\nmode = "tier_down"\n{below}[market]\ndepth = 1000000000\n'
        book = put(place / f"book{below[14:-1]}", venue_toml=venue, tiers_csv=tiers)
        run("replay", book, "--ticks", ticks, "--out", place / "out", "--force")
        found = rows(place / "out" / "final", "positions", account="ann")
        assert len(found) == left and (not left or Fraction(found[0]["size"]) == Fraction("0.284")), f"{below}: {found}"


def check_impact(place: Path) -> None:
    """Half of a permanent move stays until the feed sends the mark; consumed depth recovers by time, with any number of
    rows."""
    venue = 'name = "hand"\nquote = "USD"\n[market]\ndepth = 20000\n{}[adl]\nenabled = false\n[socialise]\nenabled = false\n[fund.balance]\nUSD = 1000000\n'
    base = {"assets_csv": "asset,step\nUSD,0.01\n", "marks_csv": "instrument,mark\nM,1000000\nN,5\n", "tiers_csv": BOOK["tiers.csv"].replace("0.01,0.02", "0.000001,0.02"),
            "instruments_csv": BOOK["instruments.csv"].splitlines()[0] + "\nM,linear,USD,USD,0.000001,1,1,T\nN,linear,USD,USD,1,1,1,T\n"}
    sold = {"balances_csv": "account,asset,amount\nL0,USD,-1\n", "positions_csv": "account,instrument,size,entry_price\nL0,M,10000,1000000\n"}
    ticks = place / "ticks.csv"
    place.mkdir(parents=True)
    ticks.write_text("tick,instrument,mark\n1,M,1000000\n2,N,6\n3,N,7\n")
    # 10000 of the 20000 lots that a move of 1 % takes: down to 995000; half of it stays.
    for keeps, mark in (("0.5", 997500), ("1", 995000), ("0", 1000000)):
        book = put(place / f"keeps{keeps}", venue_toml=venue.format(f"permanent = {keeps}\nhalf_life = 0\n"), **base, **sold)
        run("replay", book, "--ticks", ticks, "--out", place / "out", "--force")
        assert Fraction(row(place / "out" / "final", "marks", instrument="M")["mark"]) == mark, keeps
    both = {"balances_csv": sold["balances_csv"] + "L1,USD,0.20\n", "positions_csv": sold["positions_csv"] + "L1,M,400,1000000\n"}
    book = put(place / "halves", venue_toml=venue.format("half_life = 5\n"), **base, **both)
    # Two half-lives on 2500 are left. At 999000 a slice is 200.2 lots: thirteen hold 2602, so the first 102 trade at 999000 x (1 - 0.0013).
    for between in ((), (4, 9)):
        ticks.write_text("tick,instrument,mark,as_of\n1,M,1000000,2026-01-01T00:00:00Z\n" +
                         "".join(f"{tick},M,1000000,2026-01-01T00:00:0{tick}Z\n" for tick in between) + "11,M,999000,2026-01-01T00:00:10Z\n")
        run("replay", book, "--ticks", ticks, "--out", place / "out", "--force")
        first = [one for one in rows(place / "out", "events", tick="11", step="liquidate", account="L1") if one["size"]][0]
        assert (first["size"], first["price"]) == ("-102", "997702"), f"{between}: {first}"
    for old, new in (("half_life_ticks = 9\n", "half_life"), ("half_life = 9\n[liquidation]\ncooldown_ticks = 4\n", "cooldown")):
        book = put(place / new, venue_toml=venue.format(old), **base, **both)
        assert f"is now named {new} and counts seconds of as_of" in run("validate", book, code=3).stderr


def main() -> int:
    """Runs the checks."""
    global PLIMSOLL
    parser = argparse.ArgumentParser()
    parser.add_argument("--plimsoll", required=True)
    PLIMSOLL = os.path.abspath(parser.parse_args().plimsoll)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for check in (check_long_marks, check_long_amounts, check_separators, check_whole_rates, check_hedge_fills, check_prices_below_zero, check_dust,
                      check_remainders, check_impact):
            try:
                check(Path(folder) / check.__name__)
            except AssertionError as fault:
                print(f"{check.__name__}: {fault}")
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
