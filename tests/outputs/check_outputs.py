#!/usr/bin/env python3
"""The tables and the texts of a run: the asset of a figure, the time of a tick, held markets and the reason.

    python3 tests/outputs/check_outputs.py --plimsoll build/plimsoll

Every expected figure is worked out here, from the book written below.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))

from program import Program, run_checks

VENUE = 'name = "desk"\nquote = "USDT"\n\n[margin]\nmax_mark_age = 90\n'
ASSETS = "asset,step\nUSDT,0.01\nBTC,0.00000001\nETH,0.01\nSOL,0.01\n"
INSTRUMENTS = """instrument,kind,base,settle,contract_size,price_step,size_step,tier_table
BTCUSD,inverse,BTC,BTC,100,0.5,1,flat
ETHUSDT,linear,ETH,USDT,0.1,0.01,1,flat
SOLUSDT,linear,SOL,USDT,1,0.01,1,flat
"""
TIERS = "tier_table,floor,maintenance_rate,initial_rate\nflat,0,0.02,0.04\n"
BALANCES = """account,asset,amount
coin,BTC,0.5
low,USDT,9
rich,USDT,5000
rich,BTC,1
sol,USDT,100
"""
# low is long 10 x 0.1 ETH from 2000: at 1990 its equity is 9 - 10 = -1.
POSITIONS = """account,instrument,size,entry_price
coin,BTCUSD,50,50000
low,ETHUSDT,10,2000
rich,BTCUSD,-50,50000
rich,ETHUSDT,-10,2000
rich,SOLUSDT,-5,100
sol,SOLUSDT,5,100
"""
NOON = "2026-03-01T12:00:00Z"
AT_NOON = {"BTCUSD": ("50000", NOON), "ETHUSDT": ("1990", NOON), "SOLUSDT": ("100", NOON)}


def write_book(folder: Path, marks: dict[str, tuple[str, str]] | None = None, venue: str = VENUE) -> Path:
    """The book above, with these marks."""
    folder.mkdir(parents=True)
    rows = "".join(f"{name},{mark},{time}\n" for name, (mark, time) in (marks or AT_NOON).items())
    for name, text in (("venue.toml", venue), ("assets.csv", ASSETS), ("instruments.csv", INSTRUMENTS), ("tiers.csv", TIERS),
                       ("balances.csv", BALANCES), ("positions.csv", POSITIONS), ("marks.csv", "instrument,mark,as_of\n" + rows)):
        (folder / name).write_text(text)
    return folder


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def whose_money(program: Program, root: Path) -> None:
    """`asset` after `unit` or `instrument`: sums by it are those of one money."""
    book = write_book(root / "money")
    program.ok("scan", book, "--out", root / "money-out", "--positions", "--quiet")
    out = root / "money-out"
    for table, before in (("units", "unit"), ("flagged", "unit"), ("positions", "unit"), ("cover", "instrument"), ("markets", "instrument")):
        header = (out / f"{table}.csv").read_text().splitlines()[0].split(",")
        assert header[header.index(before) + 1] == "asset", f"{table}: {header}"
    sums: dict[str, Decimal] = {}
    for row in read(out / "positions.csv"):
        sums[row["asset"]] = sums.get(row["asset"], Decimal(0)) + Decimal(row["pnl"])
    assert sums == {"BTC": 0, "USDT": 0}, sums
    assert [row["asset"] for row in read(out / "markets.csv")] == ["BTC", "USDT", "USDT"]
    assert {(row["account"], row["asset"]) for row in read(out / "units.csv")} >= {("coin", "BTC"), ("rich", "USDT"), ("rich", "BTC")}
    assert [row["asset"] for row in read(out / "cover.csv")] == ["USDT"]


def what_is_lacking(program: Program, root: Path) -> None:
    """`top_up` brings margin equity to maintenance, and is blank if nothing lacks; the liquidation price of a unit that
    is below."""
    book = write_book(root / "top-up")
    program.ok("scan", book, "--out", root / "top-up-out", "--positions", "--quiet")
    units = {row["account"]: row for row in read(root / "top-up-out" / "units.csv") if row["asset"] == "USDT"}
    # Notional 1990, 2 % of it 39.80; equity -1.00.
    assert units["low"]["top_up"] == "40.80" and units["rich"]["top_up"] == "", units
    assert read(root / "top-up-out" / "flagged.csv")[0]["top_up"] == "40.80"
    low = next(row for row in read(root / "top-up-out" / "positions.csv") if row["account"] == "low")
    # 9 + (p - 2000) < 0.02 p below 1991 / 0.98 = 2031.6326...
    assert low["liquidation_price"] == "2031.63", low
    # The price keeps its promise: a step on, with the top-up's arithmetic, nobody is below.
    for mark, state in (("2031.63", "liquidatable"), ("2031.64", "margin_call")):
        moved = write_book(root / f"at-{mark}", {**AT_NOON, "ETHUSDT": (mark, NOON)})
        program.ok("scan", moved, "--out", root / f"at-{mark}-out", "--quiet")
        found = next(row for row in read(root / f"at-{mark}-out" / "units.csv") if row["account"] == "low")
        assert found["state"] == state, found
    text = program.ok("explain", book, "low").stdout
    assert "2031.63" in text, text


def what_is_held(program: Program, root: Path) -> None:
    """The table, the texts and the exit code if marks are too old, have no time, or one clock is ahead."""
    late = "2026-03-01T13:30:00.25Z"
    book = write_book(root / "held", {"BTCUSD": ("50000", NOON), "ETHUSDT": ("1990", ""), "SOLUSDT": ("100", late)})
    out = root / "held-out"
    done = program.ok("scan", book, "--out", out)
    assert (out / "held.csv").read_text() == (
        "instrument,mark,as_of,age,limit,why\n"
        f"BTCUSD,50000.0,{NOON},5400.25,90,too old\n"
        "ETHUSDT,1990.00,,,90,no as_of\n"), (out / "held.csv").read_text()
    summary = json.loads((out / "summary.json").read_text())
    assert summary["held"]["instruments"] == 2 and [one["instrument"] for one in summary["held"]["markets"]] == ["BTCUSD", "ETHUSDT"]
    assert len(summary["notes"]) == 1 and "2 of 3 markets are held" in summary["notes"][0]["note"], summary["notes"]
    for word in ("2 of 3 markets are held", "BTCUSD", "5400.25 s old", "ETHUSDT", "no as_of"):
        assert word in done.stderr, f"{word!r} is not in {done.stderr!r}"
    assert program.ok("scan", book, "--quiet").stderr == ""
    # Two clocks agree and a third runs ahead: the note names the one.
    ahead = write_book(root / "ahead", {"BTCUSD": ("50000", NOON), "ETHUSDT": ("1990", NOON), "SOLUSDT": ("100", late)})
    note = json.loads(program.ok("scan", ahead).stdout)["notes"][-1]["note"]
    assert note.startswith("SOLUSDT: its mark is 5400.25 s newer than those of 2 other markets"), note
    assert len(json.loads(program.ok("scan", ahead, "--as-of", NOON).stdout)["notes"]) == 0


def what_a_script_watches(program: Program, root: Path) -> None:
    """--fail-on: each word of the list, and only what it names."""
    low = write_book(root / "watch")
    held = write_book(root / "watch-held", {**AT_NOON, "ETHUSDT": ("1990", "")})
    near = write_book(root / "watch-near", {**AT_NOON, "ETHUSDT": ("2031.64", NOON)})
    well = write_book(root / "watch-well", {**AT_NOON, "ETHUSDT": ("2600", NOON)})
    # A venue in which no account can take over low's position: rich's short is gone, and with it the zero sum.
    alone = write_book(root / "watch-alone")
    (alone / "positions.csv").write_text(POSITIONS.replace("rich,ETHUSDT,-10,2000\n", ""))
    for book, what, code in (
            (low, "bankrupt", 10), (low, "margin_call", 10), (low, "liquidatable", 10), (low, "held", 0), (low, "uncovered", 0),
            (held, "bankrupt,liquidatable,margin_call,uncovered", 0), (held, "bankrupt,held", 10), (near, "margin_call", 10),
            (near, "liquidatable,bankrupt,held,uncovered", 0), (well, "bankrupt,liquidatable,margin_call,held,uncovered", 0),
            (alone, "uncovered", 10)):
        program.expect(code, "scan", book, "--fail-on", what, "--quiet")
    refused = program.expect(2, "scan", low, "--fail-on", "bankrupt,broke").stderr
    assert '"bankrupt,broke" has "broke", which is not one of bankrupt, liquidatable' in refused, refused


def when_a_tick_was(program: Program, root: Path) -> None:
    """`time` in ticks and events; a mark without `as_of` is as fresh as its tick; a resumed replay gives the same."""
    book = write_book(root / "times")
    ticks = root / "times.csv"
    ticks.write_text("tick,instrument,mark,as_of\n"
                     "1,ETHUSDT,1980,\n"
                     "2,ETHUSDT,1970,2026-03-01T12:01:30Z\n2,SOLUSDT,99,\n"
                     "7,BTCUSD,49000,\n")
    program.ok("replay", book, "--ticks", ticks, "--out", root / "times-out", "--quiet")
    times = {row["tick"]: row["time"] for row in read(root / "times-out" / "ticks.csv")}
    assert times == {"1": "2026-03-01T12:00:01Z", "2": "2026-03-01T12:01:30Z", "7": "2026-03-01T12:01:31Z"}, times
    events = read(root / "times-out" / "events.csv")
    assert events and all(row["time"] == times[row["tick"]] for row in events)
    assert list(events[0])[:2] == ["tick", "time"]
    # Tick 7: ETHUSDT is 1 s old, SOLUSDT as well; BTCUSD was 90 s old in tick 2, which is not older than allowed.
    assert (root / "times-out" / "held.csv").read_text().count("\n") == 1
    marks = {row["instrument"]: row["as_of"] for row in read(root / "times-out" / "final" / "marks.csv")}
    assert marks == {"BTCUSD": times["7"], "ETHUSDT": times["2"], "SOLUSDT": times["2"]}, marks


def what_a_replay_holds(program: Program, root: Path) -> None:
    """A market that turns stale during the replay is named, and its units are not reported as unflagged."""
    book = write_book(root / "stale", venue=VENUE.replace("90", "30"))
    ticks = root / "stale.csv"
    ticks.write_text("tick,instrument,mark,as_of\n1,SOLUSDT,100,2026-03-01T12:00:31Z\n2,SOLUSDT,100,2026-03-01T12:00:40Z\n")
    out = root / "stale-out"
    done = program.ok("replay", book, "--ticks", ticks, "--out", out, "--report", root / "stale.html")
    assert (out / "held.csv").read_text() == (
        "tick,time,instrument,mark,as_of,age,limit,why\n"
        f"1,2026-03-01T12:00:31Z,BTCUSD,50000.0,{NOON},31,30,too old\n1,2026-03-01T12:00:31Z,ETHUSDT,1990.00,{NOON},31,30,too old\n"
        f"2,2026-03-01T12:00:40Z,BTCUSD,50000.0,{NOON},40,30,too old\n2,2026-03-01T12:00:40Z,ETHUSDT,1990.00,{NOON},40,30,too old\n")
    summary = json.loads(done.stdout)
    assert summary["held"]["ticks"] == 2 and summary["held"]["units"] == 4, summary["held"]
    page = (root / "stale.html").read_text()
    for reported in (done.stderr, json.dumps(summary["notes"]), page):
        assert "2 of 3 markets are held in 2 of 2 ticks" in reported, reported[:2000]
    done = program.ok("compare", book, "--ticks", ticks, "--policies", "queue")
    assert "2 of 3 markets are held" in done.stderr and "2 of 3 markets are held" in json.dumps(json.loads(done.stdout)["notes"])
    # In a shock a held market stays held.
    held = write_book(root / "stale-now", {**AT_NOON, "ETHUSDT": ("1990", "")})
    for words in (("compare", held, "--shock", "-0.1", "--policies", "queue"), ("stress", held, "--shocks", "-0.1", "--funds", "0")):
        done = program.ok(*words, "--report", root / f"{words[0]}-held.html")
        assert "1 of 3 markets is held" in done.stderr and "1 of 3 markets is held" in (root / f"{words[0]}-held.html").read_text(), done.stderr


def what_does_nothing(program: Program, root: Path) -> None:
    """An option that has no meaning in this call is refused; one from a configuration is for every call."""
    book = write_book(root / "idle")
    ticks = root / "idle.csv"
    ticks.write_text("tick,instrument,mark,as_of\n1,ETHUSDT,1980,\n")
    for words, reported in (
            (("scan", book, "--positions"), "--positions needs --out, because alone it does nothing"),
            (("scan", book, "--ladder", "full"), "--ladder needs --out or --report, because alone it does nothing"),
            (("scan", book, "--format", "parquet"), "--format needs --out, because alone it does nothing"),
            (("scan", book, "--force"), "--force needs --out or --report, because alone it does nothing"),
            (("compare", book, "-f", "arrow"), "--format needs --out, because alone it does nothing"),
            (("compare", book, "--updates", ticks), "--updates needs --ticks, because alone it does nothing"),
            (("compare", book, "--betas", ticks), "--betas needs --shock, because alone it does nothing"),
            (("stress", book, "--force"), "--force needs --out or --report, because alone it does nothing")):
        done = program.expect(2, *words)
        assert reported in done.stderr and done.stdout == "", done.stderr
    (root / "idle.toml").write_text('format = "parquet"\n[scan]\nladder = "full"\n')
    program.ok("scan", book, "--config", root / "idle.toml")
    program.ok("scan", book, "--report", root / "idle.html", "--force")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    arguments = parser.parse_args()
    if not arguments.plimsoll.is_file():
        print("SKIPPED: there is no program")
        return 77
    checks = [whose_money, what_is_lacking, what_is_held, what_a_script_watches, when_a_tick_was, what_a_replay_holds, what_does_nothing]
    with tempfile.TemporaryDirectory(prefix="plimsoll-outputs-") as root:
        return run_checks(checks, Program(arguments.plimsoll), Path(root))


if __name__ == "__main__":
    sys.exit(main())
