#!/usr/bin/env python3
"""A note is on stderr, in the summary and on the page of every command; --quiet silences stderr alone.

    python3 tests/notes/check_notes.py --plimsoll BIN
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PLIMSOLL = ""
BOOK = {
    "venue.toml": 'name = "small"\nquote = "USDT"\n[fund.balance]\nUSDT = 5000\n',
    "assets.csv": "asset,step\nUSDT,0.000001\nBTC,0.00000001\n",
    "instruments.csv": "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n"
    "BTCUSDT,linear,BTC,USDT,1,0.1,0.001,T\n",
    "tiers.csv": "tier_table,floor,maintenance_rate,initial_rate\nT,0,0.004,0.01\n",
    "balances.csv": "account,asset,amount\nalice,USDT,1000.5\nBOB,USDT,50000\n",
    "positions.csv": "account,instrument,size,entry_price\nalice,BTCUSDT,0.5,70000.1\nbob,BTCUSDT,-0.75,70000.1\n",
    "marks.csv": "instrument,mark\nBTCUSDT,61000.54\n",
    "account.csv": "account\nalice\n",
}
# The expected notes, with their counts.
SAID = {
    "positions.csv: 1 account has cross positions and no row in balances.csv (first: bob, row 3)": 1,
    "accounts: BOB and bob differ only in case": 1,
    "positions.csv: 1 instrument does not sum to zero, as a whole venue's contracts do: BTCUSDT (longs 0.5, shorts 0.75)": 1,
    "account.csv is not read; if it is meant as the table accounts, name it accounts.csv": 1,
    "marks.csv: column mark: 1 number was finer than the step and rounded (half_even); the largest change is -0.04, in row 2": 1,
    "the rulebook has no market": 1,
}


def run(*words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([PLIMSOLL, *map(str, words)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, f"{words}: exit {done.returncode}: {done.stderr}"
    return done


def put(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def notes_of(summary: str) -> dict[str, int]:
    return {one["note"]: one["count"] for one in json.loads(summary)["notes"]}


def expect(where: str, notes: dict[str, int], stderr: str, reported: dict[str, int]) -> None:
    for text, count in reported.items():
        found = [note for note in notes if text in note]
        assert len(found) == 1, f"{where}: {text!r} is not in the summary once: {list(notes)}"
        assert notes[found[0]] == count, f"{where}: {found[0]} counts {notes[found[0]]}"
        assert stderr.count(found[0]) == 1, f"{where}: stderr does not say once {found[0]}: {stderr}"


def check_every_command(place: Path) -> None:
    book = put(place / "book", BOOK)
    ticks = place / "ticks.csv"
    ticks.write_text("tick,instrument,mark\n1,BTCUSDT,60000\n2,BTCUSDT,50000.01\n")
    updates = place / "updates.csv"
    updates.write_text("tick,kind,account,asset,amount\n1,deposit,alice,USDT,1\n3,deposit,alice,USDT,1\n4,deposit,alice,USDT,1\n")
    commands = {
        "scan": ["scan", book],
        "validate": ["validate", book],
        "replay": ["replay", book, "--ticks", ticks, "--updates", updates],
        "compare": ["compare", book, "--ticks", ticks, "--updates", updates, "--policies", "queue"],
        "stress": ["stress", book, "--shocks", "-0.1", "--funds", "0"],
    }
    for name, words in commands.items():
        reported = dict(SAID)
        if name in ("replay", "compare"):
            reported["updates.csv: 2 updates are for a tick that ticks.csv lacks (first: tick 3, row 3)"] = 2
            reported["ticks.csv: column mark: 1 number was finer than the step and rounded (half_even)"] = 1
        words = [*words, "--round", "half_even"]
        page = place / f"{name}.html"
        if name != "validate":
            words += ["--out", place / name, "--report", page]
        done = run(*words)
        expect(name, notes_of(done.stdout), done.stderr, reported)
        if name != "validate":
            assert notes_of((place / name / "summary.json").read_text()) == notes_of(done.stdout)
            html = page.read_text()
            head = html[: html.index("<nav>")]
            for text in reported:
                assert text.replace("'", "&#39;") in head, f"{name}'s page does not show {text!r}"
        silent = run(*words, "--quiet", *(["--force"] if name != "validate" else []))
        assert silent.stderr == "", f"{name} --quiet: {silent.stderr}"
        assert notes_of(silent.stdout) == notes_of(done.stdout), f"{name} --quiet leaves notes out of the summary"
    explained = run("explain", book, "alice", "--round", "half_even")
    assert "no row in balances.csv" in explained.stderr
    run("scan", book, code=3)  # Without rounding the mark is too fine.


def check_nothing_to_say(place: Path) -> None:
    book = put(place / "book", BOOK | {
        "venue.toml": 'name = "small"\nquote = "USDT"\n[market]\ndepth = 1000000\n',
        "positions.csv": BOOK["positions.csv"].replace("0.75", "0.5").replace("bob", "BOB"),
        "marks.csv": "instrument,mark\nBTCUSDT,61000.5\n",
    })
    (book / "account.csv").unlink()
    for words in (["scan", book], ["validate", book], ["stress", book, "--shocks", "-0.1", "--funds", "0"], ["compare", book]):
        done = run(*words)
        assert notes_of(done.stdout) == {} and "note:" not in done.stderr, done.stderr
    run("scan", book, "--report", place / "page.html")
    assert 'id="notes"' not in (place / "page.html").read_text().split("<nav>")[0].split("</style>")[1]


def check_inputs_that_say_nothing(place: Path) -> None:
    book = put(place / "book", BOOK | {"marks.csv": "instrument,mark\nBTCUSDT,61000.5\n"})
    ticks, updates = place / "ticks.csv", place / "updates.csv"
    ticks.write_text("tick,instrument,mark\n1,BTCUSDT,61000\n")
    updates.write_text("tick,kind\n")
    done = run("replay", book, "--ticks", ticks, "--updates", updates, "--out", place / "out")
    expect("updates without rows", notes_of(done.stdout), done.stderr, {"updates.csv: has no rows, so there are no updates": 1})
    updates.write_text("tick,kind,instrument,rate\n1,funding,BTCUSDT,-1\n1,funding,BTCUSDT,5\n1,funding,BTCUSDT,-1.0001\n")
    done = run("replay", book, "--ticks", ticks, "--updates", updates, "--out", place / "out", "--force")
    expect("rates", notes_of(done.stdout), done.stderr, {"updates.csv: 2 rates are beyond 1, more than the whole value in one payment, the first in row 3": 2})


def check_likely_mistakes(place: Path) -> None:
    """Input that is admitted, and is mostly a mistake of the export, is noted with its first row."""
    whole = BOOK | {"marks.csv": "instrument,mark\nBTCUSDT,61000.5\n"}
    cases = {
        "zero": ({"marks.csv": "instrument,mark\nBTCUSDT,0\n"}, "marks.csv: 1 mark is 0, the first in row 2, of BTCUSDT", 1),
        "free": ({"positions.csv": whole["positions.csv"].replace("70000.1", "0")}, "positions.csv: entry_price of 2 positions is 0, the first in row 2".replace("is 0", "are 0"), 2),
        "cost": ({"positions.csv": "account,instrument,size,entry_value\nalice,BTCUSDT,0.5,35000\nbob,BTCUSDT,-0.75,52500\n"},
                 "positions.csv: entry_value of 1 position has the sign of the other side, the first in row 3", 1),
        "percent": ({"tiers.csv": "tier_table,floor,maintenance_rate,initial_rate\nT,0,0.4,1\nT,50,0.5,2\n"}, "tiers.csv: rates of 1 row are above 1, more than the whole notional, the first in row 3", 1),
        "empty": ({"positions.csv": "account,instrument,size,entry_price\n"}, "positions.csv: has no rows, so no account holds a position", 1),
        "spreadsheet": ({"positions.csv": whole["positions.csv"].replace("bob", "1.23E+11").replace("alice", "4E+15")}, "accounts: 2 names read as a number that a spreadsheet has shortened (first: 1.23E+11)", 2),
    }
    for name, (files, text, count) in cases.items():
        done = run("scan", put(place / name, whole | files))
        expect(name, notes_of(done.stdout), done.stderr, {text: count})
    book = put(place / "book", whole)
    ticks, updates = place / "ticks.csv", place / "updates.csv"
    ticks.write_text("tick,instrument,mark\n1795000000123,BTCUSDT,61000\n1795000060123,BTCUSDT,0\n")
    updates.write_text("tick,kind,account,asset,amount,to\n1795000000123,deposit,alicce,USDT,5,\n1795000000123,transfer,alice,USDT,5,carol\n1795000060123,deposit,carol,USDT,5,\n")
    done = run("replay", book, "--ticks", ticks, "--updates", updates, "--out", place / "out")
    expect("ticks and updates", notes_of(done.stdout), done.stderr, {
        "ticks.csv: the numbers of the ticks look like times since 1970, and are not read as times": 1,
        "ticks.csv: 1 mark is 0, the first in row 3, of BTCUSDT": 1,
        "updates.csv: 2 accounts are not in the book before (first: alicce, row 2)": 2})
    ticks.write_text("tick,instrument,mark,as_of\n1795000000123,BTCUSDT,61000,2026-11-18T11:06:40Z\n1795000060123,BTCUSDT,61001,\n")
    done = run("replay", book, "--ticks", ticks, "--out", place / "out", "--force")
    assert "look like times" not in done.stderr, done.stderr


def check_resumed(place: Path) -> None:
    """Notes before an interruption are in the summary of the run that ends."""
    book = put(place / "book", BOOK | {"marks.csv": "instrument,mark\nBTCUSDT,61000.5\n"})
    ticks = place / "ticks.csv"
    ticks.write_text("tick,instrument,mark\n" + "".join(f"{tick},BTCUSDT,{60000 - tick}\n" for tick in range(1, 400)))
    words = ["replay", book, "--ticks", ticks, "--checkpoint", "0"]
    whole = notes_of(run(*words, "--out", place / "whole").stdout)
    child = subprocess.Popen([PLIMSOLL, *map(str, words), "--out", str(place / "stopped")], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    while child.poll() is None and not (place / "stopped.resume" / "manifest.json").exists():
        pass
    child.terminate()
    child.wait(60)
    if child.returncode == 0:
        print("skipped: the replay ended before it was stopped")
        return
    resumed = run(*words, "--out", place / "stopped", "--resume")
    assert notes_of(resumed.stdout) == whole, f"{notes_of(resumed.stdout)} is not {whole}"


def main() -> int:
    global PLIMSOLL
    parser = argparse.ArgumentParser()
    parser.add_argument("--plimsoll", required=True)
    PLIMSOLL = os.path.abspath(parser.parse_args().plimsoll)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for check in (check_every_command, check_nothing_to_say, check_inputs_that_say_nothing, check_likely_mistakes, check_resumed):
            try:
                check(Path(folder) / check.__name__)
            except AssertionError as fault:
                print(f"{check.__name__}: {fault}")
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
