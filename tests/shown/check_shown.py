#!/usr/bin/env python3
"""The output of the command for people: its texts on a terminal, its pages, its summaries and the tables that count
events, each recomputed.

    python3 tests/shown/check_shown.py --plimsoll build/plimsoll [--only NAME]

Each run writes its tables and its page and prints its text to a terminal. Texts and pages are recomputed from the tables, tables
and summaries from the opening book, the ticks and the events (`recount`).
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), *(str(Path(__file__).resolve().parents[1] / name) for name in ("cli", "compare", "replay"))]

import made
import texts
from check_compare import shock_marks
from command import Program, on_terminal, painted, without_colour
from explain_page import explain_page
from fork_pages import compare_page, stress_page
from program import run_checks
from recount import FLOWS, Recount, read, venue
from replay_page import replay_page
from scan_page import scan_page
from shown_page import Shown
from texts import STATES

POLICIES = ("queue", "pro_rata:equity", "min_max")
SHOCKS = ("-0.1", "-0.01", "0.05")
FUNDS = ("0", "800.5", "100000000")


class Runs:
    """Books by name, and the output of each command for them; each is made and run once."""

    def __init__(self, program: Program, root: Path):
        self.program, self.root = program, root
        self.reported: dict[str, str] = {}
        self.recounted: dict[str, Recount] = {}

    def book(self, name: str) -> Path:
        folder = self.root / name
        if not folder.exists():
            if name == "crash":
                made.crash_book(self.program, folder)
            elif name == "stale":
                made.stale_book(self.program, folder)
            elif name == "multi":
                self.program.ok("generate", "--accounts", "120", "--positions", "400", "--instruments", "5", "--seed", "8", "--distressed-share", "0.1",
                                "--collateral", "multi", "--shock", "-0.12", "--out", folder)
            else:
                getattr(made, f"{name}_book")(folder)
        return folder

    def ticks(self, name: str) -> Path:
        path = self.root / f"{name}-ticks.csv"
        if not path.exists():
            book = self.book(name)
            if name == "many":
                made.many_ticks(path)
            elif name == "crash":
                made.ticks_file(book, path, {10: 97, 20: 85, 35: 72, 36: 78}, but=(read(book / "marks.csv")[3]["instrument"],))
            elif name == "priced":
                path.write_text("tick,instrument,mark\n1,XP,97\n1,XI,99\n2,XP,78\n2,XI,80\n3,XP,79\n", encoding="utf-8")
            else:
                path.write_text(f"tick,instrument,mark\n5,XP,{ {'short': 80, 'stuck': 99}.get(name, 100)}\n", encoding="utf-8")
        return path

    def run(self, command: str, name: str) -> tuple[str, Path, Path]:
        """Text, book and output folder; the page lies in it."""
        out = self.root / f"{command}-{name}"
        if command + name not in self.reported:
            words: tuple = {"replay": ("--ticks", self.ticks(name)) if command == "replay" else (), "scan": ("--ladder", "full", "--positions"),
                            "compare": ("--policies", ",".join(POLICIES), *(("--ticks", self.ticks(name)) if name in ("crash", "short", "owing", "many") else ())),
                            "stress": ("--shocks", ",".join(SHOCKS), "--funds", ",".join(FUNDS))}[command]
            self.reported[command + name] = on_terminal(self.program, command, self.book(name), *words, "--out", out, "--report", out / "page.html")
        return self.reported[command + name], self.book(name), out


# ---------------------------------------------------------------------------------------------------- texts
def replay_texts(runs: Runs) -> None:
    """Several assets, none, unpaid debts, only a socialised loss, flagged in vain."""
    for name, ticks in (("crash", 4), ("short", 1), ("owing", 1), ("stuck", 1), ("alone", 1), ("many", 1302)):
        text, book, out = runs.run("replay", name)
        texts.replay_text(text, book, out, ticks)
    assert "   10 200 000 000 000 000   " in runs.run("replay", "short")[0] and "   900 000 000 000 000   " in runs.run("replay", "short")[0], "ADL, and what is unpaid"
    assert "Units were flagged, but" in runs.run("replay", "stuck")[0] and "  USD  " in runs.run("replay", "owing")[0]


def compare_texts(runs: Runs) -> None:
    for name, path in (("crash", "4 ticks"), ("short", "1 tick"), ("owing", "1 tick"), ("alone", "the book's own marks"), ("multi", "the book's own marks")):
        text, book, out = runs.run("compare", name)
        texts.compare_text(text, book, out, path)
    assert "   -900 000 000 000 000   " in runs.run("compare", "short")[0], "an undershoot is negative"


def stress_texts(runs: Runs) -> None:
    for name in ("crash", "short", "alone", "multi"):
        text, book, out = runs.run("stress", name)
        texts.stress_text(text, book, out, market=name == "crash")


def scan_texts(runs: Runs) -> None:
    for name in ("crash", "multi", "alone", "short", "stale", "wanting"):
        text, book, out = runs.run("scan", name)
        texts.scan_text(text, book, out)
        texts.validate_text(on_terminal(runs.program, "validate", book), book)


def colours(runs: Runs) -> None:
    """Colours change no word; red marks bad figures, green sufficient ones."""
    expected = {
        ("replay", "short"): [("1;31", "900 000 000 000 000")],
        ("compare", "short"): [("1;31", "900 000 000 000 000")] * len(POLICIES),
        ("scan", "short"): [("1;31", "1"), ("1;31", "bankrupt")],
    }
    for (command, name), wanted in expected.items():
        words = {"replay": ("--ticks", runs.ticks(name), "--out", runs.root / "coloured"), "compare": ("--ticks", runs.ticks(name), "--policies", ",".join(POLICIES)), "scan": ()}[command]
        text = on_terminal(runs.program, command, runs.book(name), *words, colour=True)
        timeless = lambda reported: [re.sub(r" in \d+\.\d s,", " in time,", line) for line in reported.split("\n") if not any(word in line for word in (" in all", "Times"))
                                 and not line.lstrip().startswith(("load", "prepare", "allot", "merge", "digest ", "margin", "compact", "scores", "lights", "sort", "cover ", "stage", *POLICIES))]
        assert timeless(without_colour(text)) == timeless(runs.run(command, name)[0]), f"{command}: a colour changed the words"
        notes = [note["note"] for note in texts.summary_of(runs.run(command, name)[2])["notes"]]
        yellow = [" ".join(reported.split()) for how, reported in painted(text) if how == "33"]
        assert yellow == notes, (command, yellow)  # Notes on the cases; no unit of these books is only liquidatable.
        found = [(how, reported) for how, reported in painted(text) if how not in ("1", "2", "33")]
        assert found == wanted, (command, found)
    text = on_terminal(runs.program, "stress", runs.book("crash"), "--shocks", "0.001", "--funds", "0,100000000", colour=True)
    assert [one for one in painted(text) if one[0] not in ("1", "2", "33")] == [("32", "enough")], text


# -------------------------------------------------------------------------------------------------- tables
def replayed(runs: Runs, name: str) -> Recount:
    if name not in runs.recounted:
        _, book, out = runs.run("replay", name)
        runs.recounted[name] = Recount(book, read(runs.ticks(name)), read(out / "events.csv"))
    return runs.recounted[name]


def ticks_from_events(runs: Runs) -> None:
    """Every column of `ticks`, `feasibility` and `deleveraged`."""
    acted: Counter = Counter()
    for name in ("crash", "short", "owing", "stuck", "alone", "priced"):
        out = runs.run("replay", name)[2]
        recounted = replayed(runs, name)
        rows = read(out / "ticks.csv")
        assert [(int(row["tick"]), row["asset"]) for row in rows] == [(tick, asset) for tick, of in recounted.ticks.items() for asset in sorted(of.states)], name
        for row in rows:
            of, asset = recounted.ticks[int(row["tick"])], row["asset"]
            for column in (*STATES, "held"):
                texts.equal(int(row[column]), of.states[asset][column], f"{name}, tick {row['tick']}, {asset}: {column}")
            for column in FLOWS:
                texts.equal(row[column], recounted.shown(asset, of.flows[asset][column]), f"{name}, tick {row['tick']}, {asset}: {column}")
                acted[column] += of.flows[asset][column] != 0
            texts.equal((int(row["winners"]), int(row["passes"])), (of.winners[asset], 1), f"{name}, tick {row['tick']}, {asset}: winners, passes")
            acted["winners"] += of.winners[asset] > 0
            acted["held"] += of.states[asset]["held"] > 0
            total, *parts = (float(row[column]) for column in ("seconds", "seconds_updates", "seconds_scan", "seconds_execute", "seconds_record"))
            assert min(parts) >= 0 and sum(parts) <= total * 1.001 + 1e-6, row
        asked = [{"tick": str(tick), "pass": "1", **{key: value if isinstance(value, str) else recounted.shown(row["asset"], value) if key in ("deficit", "winners_profit", "fund") else Decimal(value.numerator) / value.denominator
                                                     for key, value in row.items()}} for tick, of in recounted.ticks.items() for row in of.feasible]
        found = [{key: Decimal(value) if key in ("demand", "ladder", "left_over") else value for key, value in row.items()} for row in read(out / "feasibility.csv")]
        texts.equal(found, asked, f"{name}: feasibility")
        gave = [{"tick": str(tick), "pass": "1", **row} for tick, of in recounted.ticks.items() for row in of.deleveraged]
        texts.equal([{key: value for key, value in row.items() if key != "time"} for row in read(out / "deleveraged.csv")], gave, f"{name}: deleveraged")
        acted["deleveraged"] += len(gave)
    assert all(acted[column] for column in (*FLOWS, "winners", "held", "deleveraged")), f"never acted: {set(FLOWS) - set(acted.keys())} {acted}"


def final_books(runs: Runs) -> None:
    """Opening book and events give the final book and the summary's debts."""
    for name in ("crash", "short", "owing"):
        _, _, out = runs.run("replay", name)
        recounted = replayed(runs, name)
        final = venue.read(out / "final")
        size = lambda book: {(one.account, one.instrument.name, one.side, one.isolated_margin is None): (one.lots, one.cost, one.isolated_margin) for one in book.positions}
        texts.equal(size(final), size(recounted.book), f"{name}: positions")
        texts.equal({key: value for key, value in final.balances.items() if value}, {key: value for key, value in recounted.book.balances.items() if value}, f"{name}: balances")
        texts.equal({key: mark.ticks for key, mark in final.marks.items()}, {key: mark.ticks for key, mark in recounted.book.marks.items()}, f"{name}: marks")
        owed = {(one["account"], one["unit"]): Fraction(one["amount"]) for one in texts.summary_of(out)["debts"]}
        texts.equal(owed, {key: Fraction(amount, 10 ** recounted.book.assets[recounted.book.instruments[key[1].split(":")[1]].settle].digits) for key, amount in recounted.bare.items() if amount}, f"{name}: debts")


def fork_figures(recounted: Recount, asset: str) -> dict[str, str]:
    """The figures of `compare` and `stress` for a fork in one asset."""
    shown = lambda steps: recounted.shown(asset, steps)
    total = lambda flow: recounted.total(asset, flow)
    needed = sum(of.needed[asset] for of in recounted.ticks.values())
    borne = sum(total(flow) for flow in ("fund_paid", "adl_haircut", "socialised", "unpaid"))
    return {"removed": shown(total("adl_haircut")), "adl_needed": shown(needed), "overshoot": shown(total("adl_haircut") - needed), "borne": shown(borne),
            "fund_opening": shown(recounted.fund_opening[asset]), "fund_used": shown(total("fund_paid")), "fund_balance": shown(recounted.fund[asset]),
            **{flow: shown(total(flow)) for flow in ("adl", "adl_haircut", "market", "backstop", "socialised", "unpaid")},
            "adequate": "false" if any(total(flow) for flow in ("adl", "socialised", "unpaid")) else "true",
            **{key: str(value) for key, value in recounted.spread([asset]).items()}}


def policies_from_events(runs: Runs) -> None:
    """Every column of `policies` and the summary, from the events of a replay under each policy."""
    _, book, out = runs.run("compare", "crash")
    reported, rows = texts.summary_of(out), read(out / "policies.csv")
    assets = sorted({row["settle"] for row in read(book / "instruments.csv") if row["kind"] != "spot"})
    texts.equal([(row["policy"], row["asset"]) for row in rows], [(policy, asset) for policy in POLICIES for asset in assets], "rows of policies")
    ticks = runs.ticks("crash")
    accounts, positions = texts.sizes(book)
    texts.equal({key: reported[key] for key in ("venue", "rulebook", "accounts", "positions", "path")},
                {"venue": texts.toml_name(book), "rulebook": "default", "accounts": accounts, "positions": positions, "path": "4 ticks"}, "compare's summary")
    for policy, one in zip(POLICIES, reported["policies"], strict=True):
        work, replay = runs.root / f"policy-{policy.replace(':', '-')}", runs.root / f"policy-{policy.replace(':', '-')}-out"
        shutil.copytree(book, work)
        made.change(work, 'score = "pnl_leverage"', f'score = "pnl_leverage"\npolicy = "{policy}"')
        runs.program.ok("replay", work, "--ticks", ticks, "--out", replay)
        recounted = Recount(work, read(ticks), read(replay / "events.csv"))
        for row in (row for row in rows if row["policy"] == policy):
            figures = fork_figures(recounted, row["asset"])
            figures["needed"] = figures.pop("adl_needed")
            texts.equal(row, {"policy": policy, "rulebook": "default", "asset": row["asset"], **{key: figures[key] for key in row if key not in ("policy", "rulebook", "asset")}}, f"policies, {policy}, {row['asset']}")
            found = one["assets"][row["asset"]]
            texts.equal({key: str(value) for key, value in found.items()}, {key: value for key, value in row.items() if key not in ("policy", "rulebook", "asset")}, f"summary, {policy}, {row['asset']}")
        texts.equal(list(one["assets"]), assets, "assets of the summary")
        texts.equal({key: one[key] for key in ("policy", "rulebook", "overall", "conservation_holds", "ticks", "passes", "plans", "events")},
                    {"policy": policy, "rulebook": "default", "overall": recounted.spread(assets), "conservation_holds": True, "ticks": 4, "passes": 4, "plans": len(recounted.plans), "events": recounted.events}, f"summary, {policy}")
    run_facts(reported["run"], set(POLICIES))


def cells_from_events(runs: Runs) -> None:
    """Every column of `stress` and the summary, from the events of a replay with that fund at those marks."""
    _, book, out = runs.run("stress", "crash")
    reported, rows = texts.summary_of(out), read(out / "stress.csv")
    assets = sorted({row["settle"] for row in read(book / "instruments.csv") if row["kind"] != "spot"})
    texts.equal([(row["shock"], row["fund"], row["asset"]) for row in rows], [(shock, fund, asset) for shock in SHOCKS for fund in FUNDS for asset in assets], "rows of stress")
    accounts, positions = texts.sizes(book)
    texts.equal({key: reported[key] for key in ("venue", "rulebook", "accounts", "positions", "by_beta", "has_market")},
                {"venue": texts.toml_name(book), "rulebook": "default", "accounts": accounts, "positions": positions, "by_beta": False, "has_market": True}, "stress's summary")
    contracts = {row["instrument"] for row in read(book / "instruments.csv") if row["kind"] != "spot"}
    cells = iter(reported["cells"])
    for shock in SHOCKS:
        ticks = shock_marks(book, dict.fromkeys(contracts, Fraction(shock)), runs.root / f"shock{shock}.csv")
        for fund in FUNDS:
            cell = next(cells)
            work, replay = runs.root / f"cell{shock}{fund}", runs.root / f"cell{shock}{fund}-out"
            shutil.copytree(book, work)
            made.change(work, "QUSD = 700\nSYN01 = 0.05\n", "".join(f"{asset} = {fund}\n" for asset in assets))
            runs.program.ok("replay", work, "--ticks", ticks, "--out", replay)
            recounted = Recount(work, read(ticks), read(replay / "events.csv"))
            for row in (row for row in rows if (row["shock"], row["fund"]) == (shock, fund)):
                figures = fork_figures(recounted, row["asset"])
                figures["needed"] = figures.pop("borne")
                names = ("shock", "fund", "asset")
                texts.equal(row, {**{key: row[key] for key in names}, **{key: figures[key] for key in row if key not in names}}, f"stress, {shock}, {fund}, {row['asset']}")
                found = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in cell["assets"][row["asset"]].items()}
                texts.equal(found, {key: value for key, value in row.items() if key not in names}, f"summary, {shock}, {fund}, {row['asset']}")
            texts.equal({key: cell[key] for key in ("shock", "fund", "adequate", "accounts", "conservation_holds", "passes", "plans", "events")},
                        {"shock": shock, "fund": fund, "adequate": not any(recounted.total(asset, flow) for asset in assets for flow in ("adl", "socialised", "unpaid")),
                         "accounts": recounted.spread(assets)["accounts"], "conservation_holds": True, "passes": 1, "plans": len(recounted.plans), "events": recounted.events}, f"summary, {shock}, {fund}")
    enough = {(shock, asset): [row["fund_opening"] for row in rows if (row["shock"], row["asset"], row["adequate"]) == (shock, asset, "true")] for shock in SHOCKS for asset in assets}
    texts.equal(reported["adequacy"], [{"shock": shock, "smallest_fund": {asset: min(enough[shock, asset], key=Decimal, default=None) for asset in assets}} for shock in SHOCKS], "adequacy")
    run_facts(reported["run"], None)


def run_facts(run: dict, forks: set[str] | None) -> None:
    """Times of a run that add up."""
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", run["version"]) and run["threads"] > 0 and 0 < run["seconds_load_book"] <= run["seconds_total"], run
    each = run["seconds_per_fork"]
    if forks is None:
        assert 0 < each <= run["seconds_total"], run
    else:
        assert set(each) == forks and min(each.values()) > 0 and sum(each.values()) <= run["seconds_total"], run


def replay_summaries(runs: Runs) -> None:
    """Each field of a replay's summary."""
    for name in ("crash", "short", "owing", "stuck"):
        _, book, out = runs.run("replay", name)
        reported, recounted = texts.summary_of(out), replayed(runs, name)
        final_accounts = texts.sizes(book)[0]
        texts.equal({key: reported[key] for key in ("venue", "rulebook", "ticks", "plans", "events", "accounts", "positions")},
                    {"venue": texts.toml_name(book), "rulebook": "default", "ticks": len(recounted.ticks), "plans": len(recounted.plans), "events": recounted.events,
                     "accounts": final_accounts, "positions": len(recounted.book.positions)}, f"{name}: summary")
        known = sorted({asset for of in recounted.ticks.values() for asset in of.states})
        names = {"market": "market", "surplus": "surplus", "fees": "fees", "backstop": "backstop", "fund_paid": "fund_paid", "fund_balance": "fund_balance", "adl": "adl",
                 "adl_haircut": "adl_haircut", "socialised": "socialised", "unpaid_last_tick": "unpaid"}
        texts.equal(reported["assets"], {asset: {**{key: recounted.shown(asset, recounted.total(asset, flow)) for key, flow in names.items()},
                                             "winners": sum(of.winners[asset] for of in recounted.ticks.values())} for asset in known}, f"{name}: assets")
        opening, proof = venue.read(book), reported["conservation"]
        texts.equal(proof["holds"], True, "holds")
        texts.equal(list(proof["balances_less_costs"]), sorted(opening.assets, key=str.encode), "assets of the proof")
        for asset, of in proof["balances_less_costs"].items():
            own = [one for one in opening.positions if one.instrument.settle == asset]
            steps = sum(amount for (_, name_of), amount in opening.balances.items() if name_of == asset) + sum((one.isolated_margin or 0) - one.cost for one in own) + recounted.fund_opening[asset]
            texts.equal(of, dict.fromkeys(("opening", "closing"), recounted.shown(asset, steps)), f"{name}: {asset}")
        contracts = {item.name: sum(one.lots for one in opening.positions if one.instrument.name == item.name) * item.size_step for item in opening.instruments.values() if item.kind != "spot"}
        texts.equal({key: (Fraction(of["opening"]), Fraction(of["closing"])) for key, of in proof["contracts"].items()}, {key: (value, value) for key, value in contracts.items()}, f"{name}: contracts")
        run = reported["run"]
        assert abs(run["ticks_per_second"] * run["seconds_total"] - reported["ticks"]) < 1e-6 * reported["ticks"] and run["seconds_total"] > 0 and run["notes"] == [], run
        assert all(value >= 0 for value in run["seconds"].values()) and sum(value for key, value in run["seconds"].items() if not key.startswith("scan: ")) <= run["seconds_total"]


def scan_summaries(runs: Runs) -> None:
    """Fields of a scan's summary that the oracle of `scan` leaves out, and the counts again."""
    for name in ("crash", "multi", "short", "stale", "wanting"):
        _, book, out = runs.run("scan", name)
        reported = texts.summary_of(out)
        units, markets, cover, positions = (read(out / f"{table}.csv") for table in ("units", "markets", "cover", "positions"))
        accounts, count = texts.sizes(book)
        instruments = len(read(book / "instruments.csv"))
        bankrupt = {(row["account"], row["unit"]) for row in units if row["state"] == "bankrupt" and row["held"] == "false"}
        texts.equal({key: reported[key] for key in ("venue", "quote", "collateral", "accounts", "units", "positions", "instruments", "states", "held", "cover")}, {
            "venue": texts.toml_name(book), "quote": texts.quote_of(book), "collateral": "multi" if name == "multi" else "single", "accounts": accounts, "units": len(units),
            "positions": count, "instruments": instruments, "states": {state: sum(row["state"] == state for row in units) for state in STATES},
            "held": {"units": sum(row["held"] == "true" for row in units), "instruments": sum(row["held"] == "true" for row in markets),
                     "markets": [{"instrument": row["instrument"], "why": row["why"], **({"age": row["age"]} if row["age"] else {})} for row in read(out / "held.csv")]},
            "cover": {"positions_bankrupt": sum((row["account"], row["unit"]) in bankrupt for row in positions), "fills": len(cover),
                      "winners": len({(row["winner"], row["winner_unit"], row["instrument"]) for row in cover}),
                      "short_of_winners": [f"{row['instrument']}:{side}" for row in markets for side in ("long", "short") if Decimal(row[f"cover_{side}"]) < Decimal(row[f"demand_{side}"])]}},
            f"{name}: summary of the scan")
        run = reported["run"]
        assert run["backend"] == "cpu" and run["device"] and run["threads"] > 0 and run["events"] == [] and 0 < run["seconds_load_book"] <= run["seconds_total"], run
        assert abs(run["rows_per_second"] * run["seconds_total"] - len(units) - count) < 1e-6 * (len(units) + count), run
        assert all(stage["seconds"] >= 0 for stage in run["stages"]) and len({stage["stage"] for stage in run["stages"]}) == len(run["stages"]) >= 8


# --------------------------------------------------------------------------------------------------- pages
def replay_pages(runs: Runs) -> None:
    for name in ("crash", "many", "short", "owing", "priced"):
        replay_page(*runs.run("replay", name), runs.ticks(name))


def compare_pages(runs: Runs) -> None:
    for name in ("crash", "short", "multi"):
        compare_page(*runs.run("compare", name))
    assert Shown(runs.run("compare", "short")[2] / "page.html").tiles[0] == ("best of these", "none", "each leaves debts unpaid")


def stress_pages(runs: Runs) -> None:
    for name in ("crash", "short", "multi"):
        stress_page(*runs.run("stress", name))


def scan_pages(runs: Runs) -> None:
    assert all(word in runs.run("scan", "stale")[0] for word in ("\nAssets   6 of", "\nMarkets that need cover   6 of", "\nFlagged   6 of", "held among them"))
    assert " and 3 more" in runs.run("scan", "wanting")[0], runs.run("scan", "wanting")[0]
    for name in ("crash", "multi", "short", "stale", "wanting"):
        scan_page(*runs.run("scan", name))


def explain_texts(runs: Runs) -> None:
    """Accounts of every state and kind, held ones, and one in several assets."""
    seen = set()
    for name in ("crash", "multi", "short", "priced"):
        book = runs.book(name)
        units = read(runs.run("scan", name)[2] / "units.csv")
        accounts: dict[str, None] = {}
        for state in STATES:
            accounts.update(dict.fromkeys([row["account"] for row in units if row["state"] == state][:3]))
        for account in list(accounts) + [row["account"] for row in read(book / "positions.csv")][:1]:
            reported = json.loads(runs.program.ok("explain", book, account, "--format", "json").stdout)
            seen |= texts.explain_text(on_terminal(runs.program, "explain", book, account), reported)
    book = runs.book("crash")
    late = "2100-01-01T00:00:00Z"
    account = read(book / "positions.csv")[0]["account"]
    reported = json.loads(runs.program.ok("explain", book, account, "--format", "json", "--as-of", late).stdout)
    seen |= texts.explain_text(on_terminal(runs.program, "explain", book, account, "--as-of", late), reported)
    assert seen >= {*STATES, "linear", "inverse", "long", "short", "held", "several", "covered_by", "would_take_over"}, seen


def explain_pages(runs: Runs) -> None:
    """Accounts of every state, a loser and a winner of a cover among them."""
    seen = set()
    for name in ("crash", "multi", "short", "priced", "stale"):
        _, book, out = runs.run("scan", name)
        units, cover = read(out / "units.csv"), read(out / "cover.csv")
        accounts = [next((row["account"] for row in units if row["state"] == state), None) for state in STATES]
        accounts += [row[role] for row in cover[:1] for role in ("loser", "winner")]
        for account in dict.fromkeys(filter(None, accounts)):
            page = runs.root / f"{name}-{account}.html"
            runs.program.ok("explain", book, account, "--report", page)
            seen |= explain_page(page, account, book, out)
    assert seen >= {*STATES, "loses", "wins"}, seen


def without_contracts(runs: Runs) -> None:
    """Texts and pages of a book that lists no contract."""
    book = runs.book("bare")
    for command, words, reported in (("compare", ("--policies", "queue"), "1 policy, the book's own marks"), ("stress", ("--shocks", "XS=-0.5", "--funds", "0"), "1 shock x 1 fund, ")):
        page = runs.root / f"bare-{command}.html"
        text = on_terminal(runs.program, command, book, *words, "--report", page)
        assert reported in text and "2 accounts, 0 positions" in text and len(texts.blocks(text)) == 3 and "has no market" in text, text
        shown = Shown(page)
        assert not shown.charts and not shown.tiles and "money in" not in shown.facts and "lists no contract" in shown.page.bytes.decode(), command


CHECKS = [without_contracts, explain_texts, explain_pages, replay_pages, compare_pages, stress_pages, scan_pages, colours, ticks_from_events, final_books, policies_from_events, cells_from_events, replay_summaries, scan_summaries, replay_texts, compare_texts, stress_texts, scan_texts]


def main() -> int:
    """Exit 1, naming what failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plimsoll-shown-") as folder:
        checks = [check for check in CHECKS if arguments.only in (None, check.__name__)]
        return run_checks(checks, Runs(Program(arguments.plimsoll), Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
