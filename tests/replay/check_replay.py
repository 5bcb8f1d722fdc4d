"""Proves a replay from its files alone: the opening book, `events`, and the final book.

    check_replay.py --plimsoll BIN [--seeds FIRST:LAST]

For each seed a small venue is generated and taken through a crash. Then, without asking the program:

* the legs of every plan sum to nothing: sizes per instrument, amount - cost per asset;
* opening book + legs = final book, for every balance, margin, size and cost, to the last digit;
* every deleveraged account held the opposite side of that instrument, and the side did not flip;
* only accounts of the system go below the balance that the legs give;
* the events are the same bytes on 1, 2 and 7 threads, and on the emulated device.
"""

import csv
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal, getcontext
from pathlib import Path

from crash_path import read, write_crash
from seeds import check_seeds

getcontext().prec = 60
SYSTEM = {"fund", "fees", "market", "backstop", "external"}
RULES = """
[market]
depth = 50000

[fund]
balance = { QUSD = 2000 }

[backstop]
enabled = true
capacity = 30000
"""


def holdings(book):
    """Balance by (account, unit), size and cost by (account, unit, instrument, side)."""
    instruments = {row["instrument"]: row for row in read(book / "instruments.csv")}
    balance = defaultdict(Decimal)
    size = defaultdict(Decimal)
    cost = defaultdict(Decimal)
    for row in read(book / "balances.csv"):
        balance[row["account"], "cross:" + row["asset"]] += Decimal(row["amount"])
    for row in read(book / "positions.csv"):
        settle = instruments[row["instrument"]]["settle"]
        side = "short" if row["size"].startswith("-") else "long"
        isolated = row["isolated_margin"] != ""
        unit = f"isolated:{row['instrument']}:{side}" if isolated else "cross:" + settle
        if isolated:
            balance[row["account"], unit] += Decimal(row["isolated_margin"])
        size[row["account"], unit, row["instrument"], side] += Decimal(row["size"])
        cost[row["account"], unit, row["instrument"], side] += Decimal(row["entry_value"])
    return balance, size, cost


def closed_side(row):
    """Side of the position that a customer's leg reduces: without updates the waterfall opens none."""
    return "long" if row["size"].startswith("-") else "short"


def check_plans(events):
    """Every plan sums to nothing."""
    sizes = defaultdict(Decimal)
    money = defaultdict(Decimal)
    for row in events:
        if row["instrument"]:
            sizes[row["plan"], row["instrument"]] += Decimal(row["size"])
        money[row["plan"], row["asset"]] += Decimal(row["amount"]) - Decimal(row["cost"] or 0)
    for key, total in list(sizes.items()) + list(money.items()):
        assert total == 0, f"plan {key[0]}: {key[1]} sums to {total}"


def check_books(opening, events, final):
    """Opening + legs = final."""
    balance, size, cost = holdings(opening)
    for row in events:
        if row["account"] in SYSTEM:
            continue
        balance[row["account"], row["unit"]] += Decimal(row["amount"])
        if row["instrument"]:
            key = row["account"], row["unit"], row["instrument"], closed_side(row)
            before = size[key]
            size[key] += Decimal(row["size"])
            cost[key] += Decimal(row["cost"])
            assert abs(size[key]) <= abs(before) and before * size[key] >= 0, f"{key}: {before} became {size[key]}"
    for what, wanted, found in zip(("balance", "size", "cost"), (balance, size, cost), holdings(final)):
        for key in set(wanted) | set(found):
            assert wanted[key] == found[key], f"{what} of {key}: {wanted[key]} by the events, {found[key]} in the final book"


def check_who_pays(opening, events):
    """A deleveraged winner was on the other side of the loser."""
    _, size, _ = holdings(opening)
    pairs = defaultdict(list)
    for row in events:
        if row["step"] == "adl":
            pairs[row["plan"]].append(row)
    for plan, legs in pairs.items():
        assert len(legs) == 2 and legs[0]["account"] != legs[1]["account"], f"plan {plan} is no pair"
        held = [size[leg["account"], leg["unit"], leg["instrument"], closed_side(leg)] for leg in legs]
        assert held[0] * held[1] < 0, f"plan {plan}: {held[0]} against {held[1]}"


def run(binary, book, ticks, out, *options):
    """Replays, and returns the bytes of `events`."""
    command = [binary, "replay", str(book), "--ticks", str(ticks), "--out", str(out), "--quiet", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}: {done.stderr}"
    return (out / "events.csv").read_bytes()


def check_seed(binary, seed, folder):
    """One venue, one crash. Returns the steps that its waterfall took."""
    book = folder / "book"
    command = [binary, "generate", "--accounts", "300", "--positions", "1500", "--instruments", "5", "--seed", str(seed),
               "--out", str(book), "--format", "csv", "--quiet"]
    subprocess.run(command, check=True, capture_output=True)
    with open(book / "venue.toml", "a", encoding="utf-8") as file:
        file.write(RULES)
    ticks = folder / "ticks.csv"
    write_crash(book, ticks)
    first = run(binary, book, ticks, folder / "one", "--threads", "1")
    for name, options in (("two", ["--threads", "2"]), ("seven", ["--threads", "7"]), ("emulated", ["--backend", "emulated"])):
        assert run(binary, book, ticks, folder / name, *options) == first, f"the events on {name} differ"
    events = read(folder / "one" / "events.csv")
    check_plans(events)
    check_books(book, events, folder / "one" / "final")
    check_who_pays(book, events)
    return {row["step"] for row in events}


def main():
    """Checks every seed; exit 1 at the first that fails."""
    steps = check_seeds(check_seed, __doc__, range(6))
    assert {"cancel", "liquidate", "adl"} <= steps, f"these crashes never reached {steps}"
    print(f"every crash proven from its files; steps taken: {', '.join(sorted(steps))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
