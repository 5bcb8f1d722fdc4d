"""A day continues after the last one: `final/` is a book that continues as if the run had not been cut.

    check_chain.py --plimsoll BIN

One replay runs through a crash. A second runs through its first ticks, and a third goes on from the second's `final/` with the
rest. The third must end with the same final book, byte for byte: balances, positions, isolated units that owe money and hold
nothing (`units`), and what the fund, fees, backstop and market hold (`system`). Its conservation sums must be those of the
whole run. Then the table `system` alone: rows that it may not have are refused, and it wins over `[fund.balance]`.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

from check_resume import write_updates
from crash_path import read, write_crash

RULEBOOK = """
name = "chain"
source = "written for this test"

[liquidation]
liquidation_fee = 0.001

[market]
depth = 8000
half_life = 0

[backstop]
enabled = true
capacity = 1000000000

[fund]
{fund}

[socialise]
enabled = false
"""


def require(holds, why):
    """Fails with a reason."""
    if not holds:
        raise SystemExit(f"check_chain: {why}")


class Chain:
    """A venue, the ticks and updates of two days, and runs over them."""

    def __init__(self, binary, folder, fund):
        self.binary, self.folder, self.book = binary, folder, folder / "book"
        subprocess.run([binary, "generate", "--accounts", "2000", "--positions", "8000", "--instruments", "4", "--seed", "5",
                        "--out", str(self.book), "--format", "csv", "--quiet"], check=True, capture_output=True)
        toml = self.book / "venue.toml"
        toml.write_text('rulebook = "./own.toml"\n' + toml.read_text(encoding="utf-8"), encoding="utf-8")
        (self.book / "own.toml").write_text(RULEBOOK.replace("{fund}", fund), encoding="utf-8")
        write_crash(self.book, folder / "ticks.csv", ticks=12)
        write_updates(self.book, folder / "updates.csv", ticks=12)
        for name in ("ticks", "updates"):
            lines = (folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()
            for part, of_part in (("a", lambda tick: tick <= 6), ("b", lambda tick: tick > 6)):
                kept = [lines[0]] + [line for line in lines[1:] if of_part(int(line.split(",")[0]))]
                (folder / f"{name}-{part}.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")

    def replay(self, book, out, part=""):
        """Runs one replay and returns its summary."""
        command = [self.binary, "replay", str(book), "--ticks", str(self.folder / f"ticks{part}.csv"), "--updates",
                   str(self.folder / f"updates{part}.csv"), "--out", str(self.folder / out), "--format", "csv", "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        require(done.returncode == 0, f"{out}: {done.stderr}")
        return json.loads((self.folder / out / "summary.json").read_text(encoding="utf-8"))


def check_chain(chain, wants):
    """Cut in two, the days end as the whole does."""
    whole = chain.replay(chain.book, "whole")
    chain.replay(chain.book, "first", "-a")
    second = chain.replay(chain.folder / "first" / "final", "second", "-b")
    final = chain.folder / "whole" / "final"
    names = sorted(path.name for path in final.iterdir())
    require({"units.csv", "system.csv"} <= set(names), f"the final book has {names}")
    for name in names:
        require((chain.folder / "second" / "final" / name).read_bytes() == (final / name).read_bytes(), f"final/{name} differs")
    require(whole["conservation"] == second["conservation"] or whole["conservation"]["after"] == second["conservation"]["after"],
            "the sums did not carry over")
    held = {(row["account"], bool(row["instrument"])) for row in read(final / "system.csv")}
    require(wants <= held, f"the crash is too tame for this test: system has {held}")
    require(read(chain.folder / "first" / "final" / "units.csv"), "no unit owed anything in between")


def check_refusals(chain):
    """Rows of `system` that cannot be are refused by row, and its fund wins over the rulebook's."""
    book = chain.folder / "refused"
    shutil.copytree(chain.book, book)
    head = "account,asset,amount,instrument,size,entry_value,unit\n"
    contract = read(book / "instruments.csv")[0]["instrument"]
    for row, column, reason in (
            ("insurance,QUSD,1,,,,", "account", "must be fund, fees, market, backstop or external"),
            ("fund,QUSD,-1,,,,", "amount", "must not be below zero"),
            ("fund,NONE,1,,,,", "asset", "is not in assets.csv"),
            ("fund,QUSD,1,,,," + contract, "unit", "must be blank"),
            ("fund,QUSD,,,,,", "amount", "is blank"),
            (f"fund,,,{contract},1,1,", "instrument", "belongs to an account without contracts"),
            (f"market,QUSD,1,{contract},1,1,", "asset", "must be given for money and blank for contracts"),
            (f"market,,,{contract},0.00000000000001,1,", "size", "is not a multiple of the size step"),
            ("market,,,NONE,1,1,", "instrument", "is not in instruments.csv"),
            ("fees,QUSD,0.00000000000000000001,,,,", "amount", "is finer than the step"),
            ("fees,QUSD,1,,,,\nfees,QUSD,2,,,,", "account", "has another row")):
        (book / "system.csv").write_text(head + row + "\n", encoding="utf-8")
        done = subprocess.run([chain.binary, "validate", str(book)], capture_output=True, text=True, check=False)
        wanted = f"system.csv, row {1 + len(row.splitlines())}, column {column}"
        require(done.returncode == 3 and wanted in done.stderr and reason in done.stderr, f"{row}: {done.stderr}")
    (book / "system.csv").write_text(head + "fund,QUSD,17.5,,,,\n", encoding="utf-8")
    (book / "system.csv").rename(chain.folder / "system.csv")
    shutil.copytree(chain.book, chain.folder / "own")
    shutil.copy(chain.folder / "system.csv", chain.folder / "own" / "system.csv")
    chain.replay(chain.folder / "own", "funded", "-a")
    first = next(row for row in read(chain.folder / "funded" / "ticks.csv") if row["asset"] == "QUSD")
    spent = sum(float(row["amount"]) for row in read(chain.folder / "funded" / "events.csv")
                if row["account"] == "fund" and row["tick"] == first["tick"] and row["asset"] == "QUSD")
    require(abs(float(first["fund_balance"]) - 17.5 - spent) < 1e-6, f"the fund opened otherwise: {first}")


def main():
    """Runs the checks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        chain = Chain(arguments.plimsoll, Path(name), "balance = { QUSD = 3000 }")
        check_chain(chain, {("fund", False), ("fees", False), ("market", True), ("backstop", True)})
        check_refusals(chain)
    print("chain: a crash cut in two ends with the same final book, and bad rows of `system` are refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
