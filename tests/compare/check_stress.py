"""`stress`: each cell against a replay with that fund at those marks; the smallest sufficient fund; the same bytes everywhere.

    check_stress.py --plimsoll BIN [--only NAME]
"""

import argparse
import json
import shutil
import signal
import sys
import tempfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "replay"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

from check_compare import interrupt, shock_marks, summary_of, venue
from crash_path import read
from program import Program, folder_bytes, run_checks

MARKET = """
[market]
depth = 200000
permanent = 0.3
"""
SHOCKS = ("-0.35", "-0.1", "0.2")
FUNDS = ("0", "2500.5", "1000000")


def funded(book, folder, toml):
    """A copy of a book with these lines on top of its rulebook."""
    shutil.copytree(book, folder)
    with open(folder / "venue.toml", "a", encoding="utf-8") as file:
        file.write(toml)
    return folder


def settlement_assets(book):
    """Assets that contracts settle in, by name."""
    return sorted({row["settle"] for row in read(book / "instruments.csv") if row["kind"] != "spot"})


def fund_lines(assets, amount):
    """A fund of the same size in each asset."""
    return "\n[fund.balance]\n" + "".join(f"{asset} = {amount}\n" for asset in assets)


def cells_are_replays(program, root):
    """A cell is the replay of one tick with that fund at those marks: every figure, every event."""
    book = venue(program, root / "cells", "--seed", "21", rules=MARKET)
    assets = settlement_assets(book)
    assert len(assets) > 1
    contracts = [row["instrument"] for row in read(book / "instruments.csv") if row["kind"] != "spot"]
    out = root / "cells-out"
    program.ok("stress", book, "--shocks", ",".join(SHOCKS), "--funds", ",".join(FUNDS), "--out", out)
    rows = {(row["shock"], row["fund"], row["asset"]): row for row in read(out / "stress.csv")}
    assert list(rows) == [(shock, fund, asset) for shock in SHOCKS for fund in FUNDS for asset in assets]
    cells = {(one["shock"], one["fund"]): one for one in summary_of(out)["cells"]}
    passes = []
    used = set()
    for shock in SHOCKS:
        ticks = shock_marks(book, {name: Fraction(shock) for name in contracts}, root / "cells.csv")
        for fund in FUNDS:
            with_fund = funded(book, root / f"cell{shock}-{fund}", fund_lines(assets, fund))
            replayed = root / f"replayed{shock}-{fund}"
            program.ok("replay", with_fund, "--ticks", ticks, "--out", replayed)
            flows = json.loads((replayed / "summary.json").read_text(encoding="utf-8"))["assets"]
            compared = json.loads(program.ok("compare", with_fund, "--ticks", ticks, "--policies", "queue").stdout)["policies"][0]
            cell = cells[shock, fund]
            for key in ("events", "events_digest", "passes", "plans"):
                assert cell[key] == compared[key], f"{shock}, {fund}: {key} {cell[key]}, not {compared[key]}"
            assert cell["events"] == len(read(replayed / "events.csv"))
            passes.append(cell["passes"])
            for asset in assets:
                row, wanted = rows[shock, fund, asset], flows[asset]
                for ours, theirs in (("fund_used", "fund_paid"), ("adl_haircut", "adl_haircut"), ("adl", "adl"), ("socialised", "socialised"),
                                     ("unpaid", "unpaid_last_tick"), ("fund_balance", "fund_balance"), ("market", "market")):
                    assert Fraction(row[ours]) == Fraction(wanted[theirs]), f"{shock}, {fund}, {asset}: {ours} {row[ours]}, not {wanted[theirs]}"
                assert Fraction(row["fund_opening"]) == Fraction(fund)
                borne = sum(Fraction(row[key]) for key in ("fund_used", "adl_haircut", "socialised", "unpaid"))
                assert Fraction(row["needed"]) == borne
                assert row["accounts"] == str(compared["assets"][asset]["accounts"])
                enough = all(Fraction(row[key]) == 0 for key in ("adl", "socialised", "unpaid"))
                assert row["adequate"] == ("true" if enough else "false"), row
                used.add((asset, row["adequate"]))
    assert max(passes) > 1, "impact never started another wave"
    assert any({(asset, "true"), (asset, "false")} <= used for asset in assets), used
    # The smallest fund that is enough, from the rows.
    for one in summary_of(out)["adequacy"]:
        for asset, reported in one["smallest_fund"].items():
            enough = [Decimal(fund) for fund in FUNDS if rows[one["shock"], fund, asset]["adequate"] == "true"]
            assert (None if reported is None else Decimal(reported)) == (min(enough) if enough else None), (one, asset)


def needed_is_the_deficit(program, root):
    """Without a market the needed amount is the deficit in the scan of the shocked book, for any fund."""
    book = venue(program, root / "deficit", "--seed", "22", share="0")
    contracts = [row["instrument"] for row in read(book / "instruments.csv") if row["kind"] != "spot"]
    out = root / "deficit-out"
    program.ok("stress", book, "--shocks", ",".join(SHOCKS), "--funds", ",".join(FUNDS), "--out", out)
    for shock in SHOCKS:
        moved = root / f"moved{shock}"
        shutil.copytree(book, moved)
        marks = {row["instrument"]: row["mark"] for row in read(shock_marks(book, {name: Fraction(shock) for name in contracts}, root / "moved.csv"))}
        lines = ["instrument,mark,as_of"] + [f"{row['instrument']},{marks.get(row['instrument'], row['mark'])},{row['as_of']}" for row in read(book / "marks.csv")]
        (moved / "marks.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        program.ok("scan", moved, "--out", root / f"scan{shock}")
        lacking = sum(Fraction(row["deficit"]) for row in read(root / f"scan{shock}" / "flagged.csv"))
        assert lacking > 0
        needed = {Fraction(row["needed"]) for row in read(out / "stress.csv") if row["shock"] == shock}
        assert needed == {lacking}, f"{shock}: {needed}, not {float(lacking)}"
    assert summary_of(out)["has_market"] is False


def same_bytes(program, root):
    """Threads and the emulated device change nothing."""
    book = venue(program, root / "same", "--seed", "23", rules=MARKET)
    first = None
    for number, options in enumerate((["--threads", "1"], ["--threads", "2"], ["--threads", "7"], ["--backend", "emulated"])):
        out = root / f"same-{number}"
        program.ok("stress", book, "--shocks", "-0.3,0.3", "--funds", "0,100000", "--out", out, *options)
        found = folder_bytes(out, ("summary.json",)), summary_of(out)
        assert first in (None, found), f"{options} gave something else"
        first = found


def grids(program, root):
    """Defaults, named shocks and funds, betas, and a fund per instrument."""
    book = venue(program, root / "grids", "--seed", "24", rules=MARKET)
    names = [row["instrument"] for row in read(book / "instruments.csv") if row["kind"] != "spot"]
    assets = settlement_assets(book)
    plain = json.loads(program.ok("stress", book, "--shocks", "-0.2").stdout)
    assert [one["fund"] for one in plain["cells"]] == ["0", *(f"worth 1{'0' * zeros}" for zeros in range(4, 9))]
    marks = {row["instrument"]: Decimal(row["mark"]) for row in read(book / "marks.csv")}
    coins = {row["settle"]: marks[row["instrument"]] for row in read(book / "instruments.csv") if row["kind"] == "inverse"}
    assert coins, "no market settles in a coin"
    for zeros, one in enumerate(plain["cells"][1:], 4):
        for asset, figures in one["assets"].items():
            worth = Decimal(figures["fund_opening"]) * coins.get(asset, Decimal(1))
            assert Decimal(10)**zeros / 10 < worth <= Decimal(10)**zeros, f"{asset}: {figures['fund_opening']} are worth {worth} of {10**zeros}"
    own = funded(book, root / "own", f"\n[fund.balance]\n{assets[0]} = 1000.01\n")
    done = json.loads(program.ok("stress", own).stdout)
    assert len({one["shock"] for one in done["cells"]}) == 10 and len(done["cells"]) == 60
    openings = [one["assets"][assets[0]]["fund_opening"] for one in done["cells"][:6]]
    assert [Decimal(text) for text in openings] == [Decimal("1000.01") * part for part in (0, Decimal("0.25"), Decimal("0.5"), 1, 2, 4)]
    # A named fund leaves the others at the rulebook's values; a named shock moves nothing else.
    named = json.loads(program.ok("stress", own, "--shocks", f"-0.2;{names[0]}=-0.3,{names[1]}=0.1", "--funds", f"0;{assets[1]}=7").stdout)
    assert [(one["shock"], one["fund"]) for one in named["cells"]] == [
        (shock, fund) for shock in ("-0.2", f"{names[0]}=-0.3,{names[1]}=0.1") for fund in ("0", f"{assets[1]}=7")]
    of = named["cells"][1]["assets"]
    assert Decimal(of[assets[1]]["fund_opening"]) == 7 and Decimal(of[assets[0]]["fund_opening"]) == Decimal("1000.01")
    betas = root / "grid-betas.csv"
    betas.write_text("instrument,beta\n" + "".join(f"{name},0.5\n" for name in names), encoding="utf-8")
    halved = json.loads(program.ok("stress", own, "--shocks", "-0.2", "--funds", "0", "--betas", betas).stdout)["cells"][0]
    small = json.loads(program.ok("stress", own, "--shocks", "-0.1", "--funds", "0").stdout)["cells"][0]
    assert halved["events_digest"] == small["events_digest"], "half of -0.2 is not -0.1"
    parts = funded(book, root / "parts", f"\n[fund]\nscope = \"instrument\"\n[fund.balance]\n{names[0]} = 10\n")
    cell = json.loads(program.ok("stress", parts, "--shocks", "-0.2", "--funds", "1000").stdout)["cells"][0]
    opened = sum(Decimal(one["fund_opening"]) for one in cell["assets"].values())
    assert opened == 1000 * len(names)


def refusals(program, root):
    """Contradictory options are refused by name, and nothing is written."""
    book = venue(program, root / "refused", "--seed", "25")
    assets = settlement_assets(book)
    cases = [
        (["--funds", "-1"], "below zero"),
        (["--funds", "0,x"], "plain decimal"),
        (["--funds", "0,0.00"], "repeats another size"),
        (["--funds", "0.000000001"], "finer than the step"),
        (["--funds", "99999999999999999999"], "beyond 2^62"),
        (["--funds", "NOBODY=1"], 'names "NOBODY"'),
        (["--funds", f"{assets[0]}=1,{assets[0]}=2"], "twice"),
        (["--funds", f"{assets[0]}=-1"], "below zero"),
        (["--funds", f"{assets[0]}=1,5"], "NAME=AMOUNT"),
        (["--shocks", "-0.1,-1"], "must be above -1"),
        (["--shocks", "-0.1,-0.1"], "exactly as another shock"),
        (["--shocks", "-0.1,,0.1"], "shock"),
        (["--shocks", "NOBODY=0.1"], 'names "NOBODY"'),
        (["--shocks", "0.1234567"], "six decimals"),
    ]
    for options, text in cases:
        done = program.expect(2, "stress", book, *options, "--out", root / "nothing")
        assert text in done.stderr, f"{options}: {text!r} is not in {done.stderr!r}"
        assert done.stdout == "" and not (root / "nothing").exists(), options


def interruption(program, root):
    """A signal leaves nothing, exit code 130."""
    book = root / "large"
    program.ok("generate", "--accounts", "50k", "--positions", "100k", "--instruments", "8", "--seed", "26", "--out", book, "-f", "parquet")
    folder = root / "interrupted"
    folder.mkdir()
    interrupt(program, ["stress", book, "--out", folder / "out"], folder, 0.5, signal.SIGTERM)


CHECKS = [cells_are_replays, needed_is_the_deficit, same_bytes, grids, refusals, interruption]


def main():
    """Exit 1, naming what failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plimsoll-stress-") as folder:
        checks = [check for check in CHECKS if arguments.only in (None, check.__name__)]
        return run_checks(checks, Program(arguments.plimsoll), Path(folder))


if __name__ == "__main__":
    sys.exit(main())
