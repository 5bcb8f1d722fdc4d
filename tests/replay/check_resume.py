"""A replay that is killed or interrupted goes on from its last whole tick, and ends with the same bytes.

    check_resume.py --plimsoll BIN

A venue with a rulebook of its own (cooldowns, a drawdown stop, a backstop, impact that stays) goes through a crash with
updates. It compares an undisturbed run with one that is killed (SIGKILL) again and again at random moments while
it keeps a checkpoint after every tick, and one that is interrupted (SIGINT) and resumed. Then the refusals:
a checkpoint of other inputs, a damaged one, a folder that holds one without --resume.
"""

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

from crash_path import read, write_crash
from program import heed_signals

VENUE = """
rulebook = "./own.toml"
"""
RULEBOOK = """
name = "own"
source = "written for this test"

[liquidation]
mode = "fraction"
fraction = 0.3
cooldown = 2
liquidation_fee = 0.001

[market]
depth = 8000
permanent = 0.3

[backstop]
enabled = true
capacity = 15000

[fund]
balance = { QUSD = 3000 }
drawdown_stop = 0.5
account_limit = 5

[socialise]
enabled = false
"""


def write_updates(book, path, ticks):
    """Deposits, fills, funding, the end of one instrument, and isolated positions sold so low that they leave a debt."""
    draw = random.Random(11)
    marks = {row["instrument"]: row["mark"] for row in read(book / "marks.csv")}
    instruments = [row for row in read(book / "instruments.csv") if row["kind"] == "linear"]
    accounts = [row["account"] for row in read(book / "balances.csv")][:400]
    with open(path, "w", encoding="utf-8") as file:
        file.write("tick,kind,account,instrument,asset,size,price,amount,fee,to,rate\n")
        for tick in range(1, ticks + 1):
            for _ in range(6):
                it = draw.choice(instruments[1:])
                size = f"{draw.choice(['', '-'])}{it['size_step']}"
                file.write(f"{tick},fill,{draw.choice(accounts)},{it['instrument']},,{size},{marks[it['instrument']]},,,,\n")
            if tick == 3:
                for row in [row for row in read(book / "positions.csv") if row["isolated_margin"] and row["size"][0] != "-"][:5]:
                    low = Decimal(marks[row["instrument"]]) / 10
                    file.write(f"{tick},fill,{row['account']},{row['instrument']},,-{row['size']},{low:f},,,,\n")
            file.write(f"{tick},deposit,new-{tick},,QUSD,,,{1000 + tick},,,\n")
            file.write(f"{tick},funding,,{instruments[1]['instrument']},,,,,,,0.0001\n")
        file.write(f"{ticks},delist,,{instruments[0]['instrument']},,,,,,,\n")


def files_of(out):
    """Every file of a result, without the fields that may differ between runs."""
    found = {}
    for path in sorted(out.rglob("*")):
        if not path.is_file():
            continue
        name = str(path.relative_to(out))
        if name == "summary.json":
            summary = json.loads(path.read_text(encoding="utf-8"))
            del summary["run"]
            found[name] = summary
        elif name == "ticks.csv":
            found[name] = [{key: cell for key, cell in row.items() if not key.startswith("seconds")} for row in read(path)]
        else:
            found[name] = path.read_bytes()
    return found


class Case:
    """One venue, its crash, and the command that replays it."""

    def __init__(self, binary, folder):
        self.book, self.ticks, self.updates = folder / "book", folder / "ticks.csv", folder / "updates.csv"
        self.folder, self.binary = folder, binary
        subprocess.run([binary, "generate", "--accounts", "3000", "--positions", "12000", "--instruments", "6", "--seed", "5",
                        "--out", str(self.book), "--format", "csv", "--quiet"], check=True, capture_output=True)
        toml = self.book / "venue.toml"
        toml.write_text(VENUE + toml.read_text(encoding="utf-8"), encoding="utf-8")
        (self.book / "own.toml").write_text(RULEBOOK, encoding="utf-8")
        write_crash(self.book, self.ticks, ticks=30)
        write_updates(self.book, self.updates, 30)

    def command(self, out, *options):
        return [self.binary, "replay", str(self.book), "--ticks", str(self.ticks), "--updates", str(self.updates),
                "--out", str(self.folder / out), "--quiet", *options]

    def run(self, out, *options):
        return subprocess.run(self.command(out, *options), capture_output=True, text=True, check=False, timeout=120)


def require(condition, text):
    """A failed condition ends the check with its text."""
    if not condition:
        raise AssertionError(text)


def check_killed(case, wanted, seconds):
    """Killed until it is through. Returns how often it came back to a checkpoint."""
    draw = random.Random(3)
    resumed = 0
    for attempt in range(200):
        before = (case.folder / "killed.resume" / "manifest.json").exists()
        with subprocess.Popen(case.command("killed", "--resume", "--checkpoint", "0"), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as child:
            try:
                _, reported = child.communicate(timeout=None if attempt > 60 else draw.uniform(0.2, 0.6) * seconds)
            except subprocess.TimeoutExpired:
                child.kill()
                child.communicate()
                resumed += before
                if (case.folder / "killed").exists():  # Killed after its result had appeared: then it is whole.
                    require(files_of(case.folder / "killed") == wanted, "a killed replay left another result")
                    shutil.rmtree(case.folder / "killed")
                continue
        require(child.returncode == 0, f"exit {child.returncode}: {reported}")
        resumed += before
        break
    require(files_of(case.folder / "killed") == wanted, "killed and resumed, the result differs")
    require(not (case.folder / "killed.resume").exists(), "the checkpoint was left behind")
    return resumed


def check_interrupted(case, wanted, seconds):
    """Interrupted once, refused in every way, then resumed."""
    for wait in (0.5, 0.4, 0.3, 0.6, 0.2, 0.7) * 5:
        with subprocess.Popen(case.command("stopped"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              preexec_fn=heed_signals) as child:
            time.sleep(wait * seconds)
            child.send_signal(signal.SIGINT)
            _, reported = child.communicate()
        if child.returncode == 130 and (case.folder / "stopped.resume" / "manifest.json").exists():
            break
        for leftover in ("stopped", "stopped.resume"):  # Too late, or before the first tick.
            shutil.rmtree(case.folder / leftover, ignore_errors=True)
    require("--resume continues from there" in reported, f"an interrupted replay reported: {reported}")
    require(not (case.folder / "stopped").exists(), "an interrupted replay left an output folder")
    kept = case.folder / "stopped.resume"

    refused = case.run("stopped")
    require(refused.returncode == 2 and "--resume continues it" in refused.stderr, f"without --resume: {refused}")
    ticks = case.ticks.read_text(encoding="utf-8")
    case.ticks.write_text(ticks.rsplit("\n", 2)[0] + "\n", encoding="utf-8")
    refused = case.run("stopped", "--resume")
    require(refused.returncode == 2 and "belongs to another book, other ticks" in refused.stderr, f"other ticks: {refused}")
    case.ticks.write_text(ticks, encoding="utf-8")
    files = sorted(path for path in kept.rglob("*") if path.is_file())
    require(len(files) > 12, f"only {len(files)} files are kept")
    for path in files:
        whole = path.read_bytes()
        half = len(whole) // 2
        path.write_bytes(whole[:half] + bytes([whole[half] ^ 0x10]) + whole[half + 1:])
        refused = case.run("stopped", "--resume")
        require(refused.returncode in (2, 3) and path.name in refused.stderr or path.name == "manifest.json" and refused.returncode != 0,
                f"{path.name} damaged: {refused}")
        require(not (case.folder / "stopped").exists(), f"{path.name} damaged, and yet there is a result")
        path.write_bytes(whole)

    done = case.run("stopped", "--resume")
    require(done.returncode == 0, f"--resume: {done}")
    require(files_of(case.folder / "stopped") == wanted, "interrupted and resumed, the result differs")
    require(not kept.exists(), "the checkpoint was left behind")


def main():
    """Runs the checks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        case = Case(arguments.plimsoll, Path(name))
        began = time.monotonic()
        whole = case.run("whole")
        seconds = time.monotonic() - began
        require(whole.returncode == 0, f"{whole}")
        wanted = files_of(case.folder / "whole")
        require("final/own.toml" in wanted, "the final book lacks its rulebook")
        steps = {row["step"] for row in read(case.folder / "whole" / "events.csv")}
        require(steps >= {"update", "liquidate", "backstop", "adl"},
                f"the crash is too tame for this test: {steps}")
        require(wanted["summary.json"]["debts"], "no isolated unit owes anything at the end")
        check_interrupted(case, wanted, seconds)
        resumed = check_killed(case, wanted, seconds)
        require(resumed >= 3, f"only {resumed} kills came back to a checkpoint")
    print(f"resume: interrupted once and killed until through ({resumed} times from a checkpoint), the same bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
