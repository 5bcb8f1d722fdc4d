"""`compare`: its figures of each policy, against `replay` and `scan`; the same bytes everywhere; a crash of 100,000 accounts.

    check_compare.py --plimsoll BIN [--only NAME]
"""

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from adl_figures import replayed_figures
from crash_path import read, write_crash
from program import Program, folder_bytes, heed_signals, run_checks

POLICIES = ["queue", "pro_rata:size", "pro_rata:pnl", "pro_rata:notional", "pro_rata:equity", "capped", "risk_aware", "min_max"]
MARKET = """
[market]
depth = 50000
permanent = 0.5

[fund]
balance = { QUSD = 2000 }

[backstop]
enabled = true
capacity = 30000
"""


def venue(program, folder, *options, share="0.3", rules=""):
    """A small CSV venue with a few contracts; `share` of the positions inverse."""
    if not folder.exists():
        program.ok("generate", "--accounts", "300", "--positions", "1500", "--instruments", "5", "--distressed-share", "0.05", "--inverse-share", share,
                   "--out", folder, *options)
        depth = re.search(r"depth = (\d+)\n", rules)
        with open(folder / "venue.toml", "a", encoding="utf-8") as file:
            file.write(rules.replace(depth[0], "") if depth else rules)
            if depth:  # The one number is of the quote alone.
                settles = {row["settle"] for row in read(folder / "instruments.csv") if row["kind"] != "spot"}
                file.write("\n[market.depth]\n" + "".join(f"{asset} = {depth[1]}\n" for asset in sorted(settles)))
    return folder


def summary_of(folder):
    """summary.json without the fields that may differ."""
    reported = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    reported.pop("run")
    return reported


def shock_marks(book, parts, path):
    """A path of one tick: each mark of `parts` moved, rounded down to its price step; at least one step."""
    steps = {row["instrument"]: Fraction(row["price_step"]) for row in read(book / "instruments.csv")}
    with open(path, "w", encoding="utf-8") as file:
        file.write("tick,instrument,mark,as_of\n")
        for row in read(book / "marks.csv"):
            name = row["instrument"]
            if not parts.get(name):
                continue
            moved = max(1, Fraction(row["mark"]) * (1 + parts[name]) // steps[name]) * steps[name]
            file.write(f"1,{name},{float(moved):.10f},{row['as_of']}\n")
    return path


def figures(program, root):
    """Every column of `policies`, `haircuts` and `overall`, for each policy, over a crash of three ticks, from events and scans."""
    touched = 0
    for seed in (3, 4):
        folder = root / f"figures-{seed}"
        folder.mkdir()
        book = venue(program, folder / "book", "--seed", str(seed))
        ticks = folder / "ticks.csv"
        write_crash(book, ticks, ticks=3)
        policies = POLICIES + ["capped:0.25"]
        out = folder / "compared"
        program.ok("compare", book, "--ticks", ticks, "--policies", ",".join(policies), "--haircuts", "--out", out)
        haircuts = read(out / "haircuts.csv")
        rows = {(row["policy"], row["asset"]): row for row in read(out / "policies.csv")}
        reported = {one["policy"]: one for one in summary_of(out)["policies"]}
        assert list(reported) == policies
        for policy in policies:
            waves, replayed, by_tick, events = replayed_figures(program, book, ticks, policy, folder)
            assert reported[policy]["events"] == events and reported[policy]["conservation_holds"]
            assert reported[policy]["overall"] == waves.spread([asset for name, asset in rows if name == policy]), policy
            gave = [(row["asset"], row["account"], Fraction(row["haircut"]), row["worst"], int(row["deleveraged"])) for row in haircuts if row["policy"] == policy]
            wanted = [(asset, account, haircut, f"{ratio // 1000 / 10**6:.6f}", units) for (asset, account), (haircut, ratio, units) in sorted(waves.given.items())]
            assert gave == wanted, f"seed {seed}, {policy}: haircuts by account"
            for (name, asset), row in rows.items():
                if name != policy:
                    continue
                for money, wanted in (("removed", waves.removed[asset]), ("needed", waves.needed[asset]),
                                      ("overshoot", waves.removed[asset] - waves.needed[asset])):
                    assert Fraction(row[money]) == wanted, f"seed {seed}, {policy}, {asset}: {money} {row[money]}, not {float(wanted)}"
                spread = {key: str(value) for key, value in waves.spread([asset]).items()}
                assert {key: row[key] for key in spread} == spread, f"seed {seed}, {policy}, {asset}: {row}, not {spread}"
                for ours, theirs in (("adl", "adl"), ("fund_used", "fund_paid"), ("socialised", "socialised"), ("unpaid", "unpaid_last_tick"),
                                     ("market", "market"), ("fund_balance", "fund_balance"), ("removed", "adl_haircut")):
                    assert Fraction(row[ours]) == Fraction(replayed["assets"][asset][theirs]), f"{policy}, {asset}: {ours}"
                touched += int(row["accounts"])
        del by_tick
    assert touched > 1000, touched


def same_bytes(program, root):
    """Threads and the emulated device change nothing, with a market that pushes marks."""
    book = venue(program, root / "same", "--seed", "8", rules=MARKET)
    ticks = root / "same.csv"
    write_crash(book, ticks, ticks=4)
    first = None
    for number, options in enumerate((["--threads", "1"], ["--threads", "2"], ["--threads", "7"], ["--backend", "emulated"])):
        out = root / f"same-{number}"
        program.ok("compare", book, "--ticks", ticks, "--haircuts", "--out", out, *options)
        found = folder_bytes(out, ("summary.json",)), summary_of(out)
        assert first in (None, found), f"{options} gave something else"
        first = found
    passes = [one["passes"] for one in first[1]["policies"]]
    assert min(passes) > 4, f"impact never started another wave: {passes}"
    # By size and by notional is nearly the same, within one instrument.
    assert len({one["events_digest"] for one in first[1]["policies"]}) >= len(POLICIES) - 2, "policies left the same events"


def formats(program, root):
    """Parquet and Arrow hold the same rows; without --out nothing but the summary is printed."""
    book = venue(program, root / "formats", "--seed", "9")
    done = program.ok("compare", book, "--shock", "-0.3")
    printed = json.loads(done.stdout)
    printed.pop("run")
    for form in ("csv", "parquet", "arrow"):
        out = root / f"formats-{form}"
        program.ok("compare", book, "--shock", "-0.3", "--out", out, "--format", form)
        assert {file.name for file in out.iterdir()} == {f"policies.{form}", "summary.json"}
        assert summary_of(out) == printed
    assert [one["policy"] for one in printed["policies"]] == POLICIES
    program.expect(2, "compare", book, "--out", root / "formats-csv")
    program.ok("compare", book, "--out", root / "formats-csv", "--force", "--policies", "queue")


def shocks(program, root):
    """A shock is the path of one tick at marks rounded down to the step; named, by beta, and as `generate` moves them."""
    book = venue(program, root / "shocks", "--seed", "10", "--collateral", "multi", share="0")
    contracts = {row["instrument"]: row["kind"] for row in read(book / "instruments.csv")}
    names = [name for name, kind in contracts.items() if kind != "spot"]
    spots = [name for name, kind in contracts.items() if kind == "spot"]
    assert spots
    betas = root / "betas.csv"
    betas.write_text(f"instrument,beta\n{names[0]},1.5\n{names[1]},-0.25\n{spots[0]},0.5\n", encoding="utf-8")
    by_beta = {name: Fraction(-1, 5) for name in names}
    by_beta.update({names[0]: Fraction(-3, 10), names[1]: Fraction(1, 20), spots[0]: Fraction(-1, 10)})
    named = {names[0]: Fraction(-3, 10), names[2]: Fraction(1, 10), spots[0]: Fraction(-1, 2)}
    cases = [(["--shock", "-0.2"], {name: Fraction(-1, 5) for name in names}),
             (["--shock", "0.123457"], {name: Fraction(123457, 10**6) for name in names}),
             (["--shock", "-0.999999"], {name: Fraction(-999999, 10**6) for name in names}),
             (["--shock", f"{names[0]}=-0.3,{names[2]}=0.1,{spots[0]}=-0.5"], named),
             (["--shock", "-0.2", "--betas", betas], by_beta)]
    digests = set()
    for number, (options, parts) in enumerate(cases):
        one = root / f"shock-{number}"
        other = root / f"path-{number}"
        program.ok("compare", book, *options, "--policies", "queue,min_max", "--out", one)
        program.ok("compare", book, "--ticks", shock_marks(book, parts, root / "shock.csv"), "--policies", "queue,min_max", "--out", other)
        found, wanted = summary_of(one), summary_of(other)
        assert found["policies"] == wanted["policies"], f"{options} is not the path of its marks"
        digests.add(found["policies"][0]["events_digest"])
    assert len(digests) == len(cases), "two shocks left the same events"
    options = ["--accounts", "300", "--positions", "1500", "--instruments", "5", "--seed", "10", "--inverse-share", "0"]
    plain, moved = root / "plain", root / "moved"
    program.ok("generate", *options, "--out", plain)
    program.ok("generate", *options, "--shock", "-0.2", "--out", moved)
    program.ok("compare", plain, "--shock", "-0.2", "--out", root / "of-plain")
    program.ok("compare", moved, "--out", root / "of-moved")
    assert summary_of(root / "of-plain")["policies"] == summary_of(root / "of-moved")["policies"], "generate --shock moves marks otherwise"


def refusals(program, root):
    """Contradictory options are refused by name, and nothing is written."""
    book = venue(program, root / "refused", "--seed", "11")
    name = next(row["instrument"] for row in read(book / "instruments.csv") if row["kind"] == "linear")
    lines = {"good": f"{name},1\n", "twice": f"{name},1\n{name},2\n", "unknown": "NOBODY,1\n", "fine": f"{name},0.1234567\n", "word": f"{name},much\n"}
    for key, text in lines.items():
        (root / f"{key}.csv").write_text("instrument,beta\n" + text, encoding="utf-8")
    ticks = root / "refused-ticks.csv"
    write_crash(book, ticks, ticks=1)
    cases = [
        (2, ["--policies", "queue,lottery"], "lottery"),
        (2, ["--policies", "capped:0"], "capped:0"),
        (2, ["--policies", "capped:1.5"], "at most 1"),
        (2, ["--policies", "capped:0.1234567"], "six decimals"),
        (2, ["--policies", "queue:0.5"], "queue:0.5"),
        (2, ["--policies", "queue,min_max,queue"], "queue is listed twice"),
        (2, ["--policies", "capped,capped:1.0"], "capped is listed twice"),
        (2, ["--policies", "queue,"], "unknown ADL policy"),
        (2, ["--shock", "-1"], "must be above -1"),
        (2, ["--shock", "10.000001"], "at most 10"),
        (2, ["--shock", "-0.1234567"], "six decimals"),
        (2, ["--shock", "-20%"], "plain decimal"),
        (2, ["--shock", "1e-1"], "plain decimal"),
        (2, ["--shock", f"{name}=-0.1,{name}=0.1"], f'names "{name}" twice'),
        (2, ["--shock", "NOBODY=-0.1"], 'names "NOBODY"'),
        (2, ["--shock", f"{name}=-0.1,-0.2"], "-0.2"),
        (2, ["--shock", f"{name}=-1"], "must be above -1"),
        (2, ["--shock", "-0.2", "--ticks", ticks], "two different paths"),
        (2, ["--updates", ticks], "--updates needs --ticks"),
        (2, ["--betas", root / "good.csv"], "--betas needs --shock"),
        (3, ["--shock", "-0.2", "--betas", root / "twice.csv"], "is listed twice"),
        (3, ["--shock", "-0.2", "--betas", root / "unknown.csv"], "NOBODY"),
        (3, ["--shock", "-0.2", "--betas", root / "fine.csv"], "six decimals"),
        (3, ["--shock", "-0.2", "--betas", root / "word.csv"], "much"),
        (2, ["--shock", "-0.2", "--betas", root / "absent.csv"], "absent.csv"),
    ]
    for code, options, text in cases:
        done = program.expect(code, "compare", book, *options, "--out", root / "nothing")
        assert text in done.stderr, f"{options}: {text!r} is not in {done.stderr!r}"
        assert done.stdout == "" and not (root / "nothing").exists(), options
    off = root / "refused-off"
    shutil.copytree(book, off)
    toml = (off / "venue.toml").read_text(encoding="utf-8").replace("[adl]", "[adl]\nenabled = false")
    (off / "venue.toml").write_text(toml, encoding="utf-8")
    assert "switched off" in program.expect(2, "compare", off).stderr


def interrupt(program, words, folder, delay, number):
    """Runs into `folder`, sends a signal `delay` seconds after work on it has begun, and finds nothing in it."""
    with subprocess.Popen([program.path, *map(str, words)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          preexec_fn=heed_signals) as run:
        until = time.monotonic() + 60
        while not list(folder.iterdir()) and run.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(delay)
        run.send_signal(number)
        run.communicate(timeout=60)
    assert run.returncode == 130, run.returncode
    assert list(folder.iterdir()) == []


def interruption(program, root):
    """A signal leaves nothing, exit code 130."""
    book = root / "large"
    program.ok("generate", "--accounts", "100k", "--positions", "200k", "--instruments", "8", "--seed", "12", "--out", book, "-f", "parquet")
    folder = root / "interrupted"
    folder.mkdir()
    for delay in (0, 0.8):
        interrupt(program, ["compare", book, "--shock", "-0.3", "--out", folder / "out"], folder, delay, signal.SIGINT)


def crash_of_100k(program, root):
    """min_max has the smallest worst haircut / equity, the queue touches the fewest accounts; money is conserved."""
    book = root / "crash"
    program.ok("generate", "--accounts", "100k", "--positions", "200k", "--instruments", "24", "--seed", "7", "--out", book, "-f", "parquet")
    reported = json.loads(program.ok("compare", book, "--shock", "-0.2").stdout)
    by_name = {one["policy"]: one for one in reported["policies"]}
    assert list(by_name) == POLICIES
    columns = ("removed", "overshoot", "worst", "mean", "gini", "accounts", "unpaid")
    print(f"{'QUSD':18}" + "".join(f"{name:>20}" for name in columns))
    page = (Path(__file__).resolve().parents[2] / "docs/crash.md").read_text(encoding="utf-8").replace("**", "").splitlines()
    for policy, one in by_name.items():
        money = one["assets"]["QUSD"]
        print(f"{policy:18}" + "".join(f"{money[name]:>20}" for name in columns))
        shown = [f"{int(Decimal(money[name])):,}" for name in ("removed", "overshoot")]
        shown += [str(money[name]) for name in ("worst", "mean", "gini")]
        row = f"| `{policy}` | {' | '.join(shown)} | {int(money['accounts']):,} |"
        assert row in page, f"docs/crash.md does not have this row: {row}"
        assert one["conservation_holds"], policy
    least = Fraction(by_name["min_max"]["overall"]["worst"])
    fewest = by_name["queue"]["overall"]["accounts"]
    assert fewest > 1000 and least > 0
    for policy, one in by_name.items():
        if policy != "min_max":
            assert least <= Fraction(one["overall"]["worst"]), f"{policy} has a smaller worst haircut than min_max: {one['overall']}"
            for asset, of in one["assets"].items():
                assert Fraction(by_name["min_max"]["assets"][asset]["worst"]) <= Fraction(of["worst"]), f"{policy}, {asset}"
        if policy != "queue":
            assert fewest < one["overall"]["accounts"], f"{policy} touches fewer accounts than the queue: {one['overall']}"


CHECKS = [figures, same_bytes, formats, shocks, refusals, interruption, crash_of_100k]


def main():
    """Exit 1, naming what failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plimsoll-compare-") as folder:
        checks = [check for check in CHECKS if arguments.only in (None, check.__name__)]
        return run_checks(checks, Program(arguments.plimsoll), Path(folder))


if __name__ == "__main__":
    sys.exit(main())
