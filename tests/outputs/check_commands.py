#!/usr/bin/env python3
"""Commands with other rules, other inputs and other forms, and their messages.

    python3 tests/outputs/check_commands.py --plimsoll build/plimsoll
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "shown"))

from check_outputs import AT_NOON, NOON, VENUE, read, write_book
from command import on_terminal, people
from program import Program, run_checks
from shown_page import Shown

TICKS = f"tick,instrument,mark,as_of\n1,ETHUSDT,1980,{NOON}\n2,ETHUSDT,1970,{NOON}\n"


def versions_and_folders(program: Program, root: Path) -> None:
    """-V and `version`; folders in the place of files; parents of --out; the place of the result."""
    reported = program.ok("--version").stdout
    assert program.ok("-V").stdout == reported and program.ok("version").stdout == reported and reported.startswith("plimsoll ")
    book = write_book(root / "plain")
    for words in (("scan", book, "--config", root), ("scan", book, "--config", root / "none.toml")):
        done = program.expect(2, *words)
        assert "Invariant" not in done.stderr and str(root) in done.stderr, done.stderr
    if "bench" in program.ok("--help").stdout:
        assert "Invariant" not in program.expect(2, "bench", "compare", root, root).stderr
    done = program.ok("scan", book, "--out", root / "a" / "b" / "c", "--report", root / "a" / "b" / "c" / "page.html", "--positions")
    size = sum(path.stat().st_size for path in (root / "a" / "b" / "c").iterdir())
    words = f"{root}/a/b/c: 7 tables, {size / 1e6:.1f} MB; {root}/a/b/c/page.html"
    assert words in done.stderr, (words, done.stderr)
    program.expect(2, "scan", book, "--out", root / "made" / "and" / "gone", "--as-of", "yesterday")
    refused = root / "refused"
    write_book(refused)
    (refused / "marks.csv").write_text("instrument,mark\nBTCUSD,none\n")
    program.expect(3, "scan", refused, "--out", root / "made" / "and" / "gone")
    assert not (root / "made").exists()


def pipes(program: Program, root: Path) -> None:
    """A reader that stops early is not a failure."""
    book = write_book(root / "piped")
    read_end, write_end = os.pipe()
    os.close(read_end)
    for words in (("explain", book, "low"), ("scan", book), ("help", "--man")):
        done = subprocess.run([program.path, *map(str, words)], stdout=write_end, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 0 and "plimsoll:" not in done.stderr, (words, done.returncode, done.stderr)
    os.close(write_end)
    done = subprocess.run(["bash", "-o", "pipefail", "-c", f"'{program.path}' explain '{book}' low | head -1"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout.startswith("low"), done


def other_rulebooks(program: Program, root: Path) -> None:
    """--rulebook acts like the key in venue.toml; keys that the venue sets itself win."""
    own = "\n[market]\ndepth = 5000\n\n[fund.balance]\nUSDT = 20\n"
    plain = write_book(root / "rules-plain", venue=VENUE + own)
    ticks = root / "rules.csv"
    ticks.write_text(TICKS)
    rules = root / "mine.toml"
    rules.write_text('name = "mine"\nsource = "a test"\n\n[liquidation]\nliquidation_fee = 0.01\n')
    for name, key in (("binance", "binance"), ("hyperliquid", "hyperliquid"), (rules, "./mine.toml")):
        named = write_book(root / f"rules-{Path(name).stem}", venue=VENUE.replace("quote", f'rulebook = "{key}"\nquote') + own)
        (named / "mine.toml").write_text(rules.read_text())
        outs = []
        for book, words in ((plain, ("--rulebook", name)), (named, ())):
            outs.append(root / f"out-{len(outs)}-{Path(name).stem}")
            program.ok("replay", book, "--ticks", ticks, "--out", outs[-1], "--quiet", *words)
        for table in ("events.csv", "feasibility.csv"):
            assert (outs[0] / table).read_bytes() == (outs[1] / table).read_bytes(), (name, table)
        reported = [json.loads((out / "summary.json").read_text()) for out in outs]
        assert reported[0]["rulebook"] == reported[1]["rulebook"] == Path(name).stem
        assert reported[0]["assets"] == reported[1]["assets"]
        scans = [json.loads(program.ok("scan", book, *words).stdout)["digests"] for book, words in ((plain, ("--rulebook", name)), (named, ()))]
        assert scans[0] == scans[1]
    assert "there is no rulebook binnance; did you mean binance?" in program.expect(2, "scan", plain, "--rulebook", "binnance").stderr
    for command in ("explain", "validate", "stress"):
        assert "there is no rulebook none" in program.expect(2, command, plain, *(["low"] * (command == "explain")), "--rulebook", "none").stderr
    # A resumed replay asks for the same rulebook.
    compared = json.loads(program.ok("compare", plain, "--ticks", ticks, "--rulebooks", f"binance,hyperliquid,{rules}", "--out", root / "rules-compared", "--report",
                                     root / "rules.html").stdout)
    assert [one["rulebook"] for one in compared["policies"]] == ["binance", "hyperliquid", "mine"]
    for one in compared["policies"]:
        alone = json.loads((root / f"out-0-{one['rulebook']}" / "summary.json").read_text())
        assert one["events"] == alone["events"] and one["plans"] == alone["plans"], one["rulebook"]
        assert one["assets"]["USDT"]["unpaid"] == alone["assets"]["USDT"]["unpaid_last_tick"]
    assert {row["rulebook"] for row in read(root / "rules-compared" / "policies.csv")} == {"binance", "hyperliquid", "mine"}
    for words in (("--rulebooks", "okx,okx"), ("--rulebooks", "okx", "--policies", "queue"), ("--rulebooks", "okx", "--rulebook", "okx"), ("--rulebooks", "okx,")):
        program.expect(2, "compare", plain, *words)


def from_pipes(program: Program, root: Path) -> None:
    """Ticks and updates from stdin and other pipes: the same bytes as from a file, in every format that can be recognised."""
    book = write_book(root / "stdin")
    ticks = root / "stdin.csv"
    ticks.write_text(TICKS)
    program.ok("replay", book, "--ticks", ticks, "--out", root / "from-file", "--quiet")
    wanted = (root / "from-file" / "events.csv").read_bytes()
    for number, words in enumerate(("--ticks -", "--ticks /dev/stdin", "--ticks <(cat)")):
        done = subprocess.run(["bash", "-c", f"'{program.path}' replay '{book}' {words} --out '{root}/from-pipe-{number}' --quiet"], input=TICKS, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stderr)
        assert (root / f"from-pipe-{number}" / "events.csv").read_bytes() == wanted, words
    bad = subprocess.run([program.path, "replay", book, "--ticks", "-", "--out", root / "never"], input=TICKS + "1,ETHUSDT,1,\n", capture_output=True, text=True, check=False)
    assert bad.returncode == 3 and "stdin, row 4, column tick" in bad.stderr, bad.stderr
    assert "cannot both be stdin" in program.expect(2, "replay", book, "--ticks", "-", "--updates", "-", "--out", root / "never").stderr


def validated_inputs(program: Program, root: Path) -> None:
    """`validate` reads ticks and updates; files without rows and updates of missing ticks are reported."""
    book = write_book(root / "validated")
    ticks, updates, none = root / "v-ticks.csv", root / "v-updates.csv", root / "v-none.csv"
    ticks.write_text(TICKS)
    header = "tick,kind,account,instrument,asset,size,price,amount,to,rate,fee\n"
    updates.write_text(header + "1,deposit,low,,USDT,,,5,,,\n9,deposit,low,,USDT,,,5,,,\n")
    none.write_text("tick,instrument,mark\n")
    done = program.ok("validate", book, "--ticks", ticks, "--updates", updates)
    counts = json.loads(done.stdout)
    assert (counts["ticks"], counts["marks"], counts["updates"]) == (3, 2, 2), counts
    assert "v-updates.csv: 1 update is for a tick that v-ticks.csv lacks (first: tick 9, row 3)" in done.stderr, done.stderr
    replayed = program.ok("replay", book, "--ticks", ticks, "--updates", updates, "--out", root / "v-out")
    assert any("first: tick 9, row 3" in one["note"] for one in json.loads(replayed.stdout)["notes"])
    updates.write_text(header)
    assert "v-updates.csv: no row; nothing is updated" in program.ok("validate", book, "--ticks", ticks, "--updates", updates).stderr
    for command in (("replay", book, "--out", root / "never"), ("compare", book), ("validate", book)):
        done = program.expect(3, *command, "--ticks", none)
        assert "v-none.csv has a header and no row" in done.stderr and not (root / "never").exists(), done.stderr
    ticks.write_text(TICKS + "1,ETHUSDT,1,\n")
    assert "v-ticks.csv, row 4, column tick" in program.expect(3, "validate", book, "--ticks", ticks).stderr
    sound = write_book(root / "ageless", venue=VENUE.split("\n\n[margin]")[0] + "\n")
    done = program.ok("scan", sound, "--as-of", "2031-01-01T00:00:00Z")
    assert "--as-of does nothing" in done.stderr and "--as-of does nothing" in json.loads(done.stdout)["notes"][0]["note"]
    assert "--as-of does nothing" in program.ok("explain", sound, "low", "--as-of", "2031-01-01T00:00:00Z").stderr


def differences(program: Program, root: Path) -> None:
    """`diff`: units that came, went and changed, totals with their changes, and the exit code."""
    before, after = write_book(root / "before"), write_book(root / "after", {**AT_NOON, "ETHUSDT": ("2031.64", NOON)})
    (after / "balances.csv").write_text((after / "balances.csv").read_text().replace("coin,BTC,0.5\n", "coin,BTC,0.5\nnew,USDT,7.50\n"))
    (after / "positions.csv").write_text((after / "positions.csv").read_text().replace("sol,SOLUSDT,5,100\n", "new,SOLUSDT,5,100\n"))
    (after / "balances.csv").write_text((after / "balances.csv").read_text().replace("sol,USDT,100\n", ""))
    for form in ("csv", "parquet", "arrow"):
        for name, book in (("before", before), ("after", after)):
            program.ok("scan", book, "--out", root / f"{name}-{form}", "--format", form, "--quiet")
    found = {}
    for a, b in (("csv", "csv"), ("parquet", "arrow"), ("arrow", "csv")):
        found[a, b] = program.ok("diff", root / f"before-{a}", root / f"after-{b}").stdout
    assert len(set(found.values())) == 1, "formats differ"
    reported = json.loads(found["csv", "csv"])
    assert reported["counts"] == {"bankrupt to margin_call": 1, "healthy to none": 1, "none to liquidatable": 1}, reported["counts"]
    units = {one["account"]: one for one in reported["units"]}
    assert units["low"]["equity"] == ["-1", "40.64"] and units["new"]["state"] == [None, "liquidatable"] and units["sol"]["state"][1] is None, units
    sums = [{(asset, total): Decimal(str(value)) for asset, of in json.loads((root / f"{name}-csv" / "summary.json").read_text())["assets"].items() for total, value in of.items()
             if value is not None}
            for name in ("before", "after")]
    wanted = {key: sums[1][key] - sums[0][key] for key in sums[0] if sums[0][key] != sums[1][key]}
    assert {(one["asset"], one["total"]): Decimal(one["moved"]) for one in reported["totals"]} == wanted and wanted, reported["totals"]
    program.expect(10, "diff", root / "before-csv", root / "after-csv", "--fail-on", "change")
    same = program.ok("diff", root / "before-csv", root / "before-parquet", "--fail-on", "change", "--summary", "text").stdout
    assert same == "No difference: the same units in the same states, and the same totals.\n", same
    text = program.ok("diff", root / "before-csv", root / "after-csv", "--summary", "text").stdout
    assert "3 units appeared, disappeared or changed state" in text and "low       cross:USDT   bankrupt" in text, text
    for words, reason_given in (((before, after), "has no table units"), ((root / "before-csv", root / "nowhere"), "nowhere is not a folder")):
        assert reason_given in program.expect(2, "diff", *words).stderr
    (root / "before-arrow" / "summary.json").write_text("{}")
    assert "is not that of a scan" in program.expect(3, "diff", root / "before-arrow", root / "after-csv").stderr


def best_of_those_that_pay(program: Program, root: Path) -> None:
    """A policy that leaves debts unpaid is best in no column on the page of `compare`, even if it asks few accounts."""
    book = write_book(root / "crowned", venue=VENUE + "\n[socialise]\nenabled = false\n")
    program.ok("compare", book, "--policies", "queue,capped:0.001,pro_rata:size", "--out", root / "crowned-out", "--report", root / "crowned.html", "--quiet")
    rows = {row["policy"]: row for row in read(root / "crowned-out" / "policies.csv") if row["asset"] == "USDT"}
    assert Decimal(rows["capped:0.001"]["unpaid"]) == 1 and rows["capped:0.001"]["accounts"] == "0" and Decimal(rows["queue"]["unpaid"]) == 0, rows
    tiles = {label: (value, detail) for label, value, detail in Shown(root / "crowned.html").tiles}
    assert tiles["fewest accounts"] == ("1", "queue, pro_rata:size"), tiles
    assert tiles["least removed"] == ("1.00", "USDT, queue, pro_rata:size") and tiles["unpaid by capped:0.001"][0] == "1.00", tiles


def forms(program: Program, root: Path) -> None:
    """--summary; tables for people, turned if the screen is narrow."""
    book = write_book(root / "forms")
    assert json.loads(program.ok("scan", book, "--summary", "json").stdout)["venue"] == "desk"
    text = program.ok("scan", book, "--summary", "text").stdout
    assert text.startswith("desk   single collateral in USDT") and "\033" not in text
    marked = program.ok("scan", book, "--summary", "markdown").stdout
    assert "| asset | units | equity |" in marked and "|---|---:|---:|" in marked and "**Assets**" in marked, marked
    assert json.loads(on_terminal(program, "scan", book, "--summary", "json"))["venue"] == "desk"
    for words in (("compare", book, "--shock", "-0.1"), ("stress", book, "--shocks", "-0.1"), ("validate", book)):
        json.loads(program.ok(*words, "--summary", "json").stdout)
        assert program.ok(*words, "--summary", "markdown").stdout.count("|---") > 0, words
    for columns in (60, 80, 120):
        for words in (("scan", book), ("compare", book, "--shock", "-0.1"), ("stress", book, "--shocks", "-0.1"), ("explain", book, "rich")):
            for line in on_terminal(program, *words, columns=columns).split("\n"):
                head = any(word in line for word in ("venue ", " collateral", " s in all", "digests", "ladder of", "1.25 x"))
                assert len(line) <= columns or head, (columns, words[0], line)
    wide = on_terminal(program, "compare", book, "--shock", "-0.1", "--policies", "queue", columns=200)
    narrow = on_terminal(program, "compare", book, "--shock", "-0.1", "--policies", "queue", columns=60)
    titles = ["USDT", "removed", "overshoot", "worst"]
    assert any(line.split()[:4] == titles for line in wide.split("\n")) and "    removed" in narrow, wide
    assert not any(line.split()[:4] == titles for line in narrow.split("\n")), narrow
    for amount, shown in (("1234567.891", "1 234 567.89"), ("0.00001234", "0.00001234"), ("-12.345678", "-12.3457"), ("1000.005", "1 000"), ("0", "0"), ("-0.000000001", "0")):
        assert people(Decimal(amount)) == shown, (amount, people(Decimal(amount)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    arguments = parser.parse_args()
    if not arguments.plimsoll.is_file():
        print("SKIPPED: there is no program")
        return 77
    checks = [versions_and_folders, pipes, other_rulebooks, from_pipes, validated_inputs, differences, best_of_those_that_pay, forms]
    with tempfile.TemporaryDirectory(prefix="plimsoll-commands-") as root:
        return run_checks(checks, Program(arguments.plimsoll), Path(root))


if __name__ == "__main__":
    sys.exit(main())
