#!/usr/bin/env python3
"""Each column of a replay's `markets` and `deleveraged`, recomputed from the other files.

    check_markets.py --plimsoll BIN [--seeds FIRST:LAST]

For each seed a small venue is generated and taken through a crash with fills beside it; half of what orders move stays in
the marks, so that a tick has several passes. Then, without asking the program:

* open interest: opening positions and the customers' legs of `events` up to the tick;
* volumes: the legs of a tick by step, each contract counted once;
* the feed's mark: the opening mark, or the last one of the ticks;
* the mark: that of the final book of a replay which ends with this tick;
* a row stands where something is held or was traded, and nowhere else;
* `deleveraged`: haircuts and winners by tick and asset are those of `ticks`, and accounts, worst and mean haircut over
  equity those that `compare` finds.
"""

import csv
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal, getcontext
from fractions import Fraction
from pathlib import Path

from crash_path import read, write_crash
from seeds import check_seeds

getcontext().prec = 60
SYSTEM = {"fund", "fees", "market", "backstop", "external"}
VOLUMES = {"update": "traded", "liquidate": "liquidated", "backstop": "backstop", "adl": "adl"}
TICKS = 5
RULES = """
[market]
depth = 20000
permanent = 0.5

[fund]
balance = { QUSD = 500 }

[backstop]
enabled = true
capacity = 3000
"""


def run(binary, *words):
    done = subprocess.run([binary, *map(str, words), "--quiet"], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{words}: exit {done.returncode}: {done.stderr}"


def write_fills(book, path):
    """The first account buys of two contracts, and sells some of the first again."""
    contracts = [row for row in read(book / "instruments.csv") if row["kind"] != "spot"]
    marks = {row["instrument"]: row["mark"] for row in read(book / "marks.csv")}
    name = min(row["account"] for row in read(book / "balances.csv"))
    with open(path, "w", encoding="utf-8") as file:
        file.write("tick,kind,account,instrument,side,size,price\n")
        for tick, item, lots in ((1, contracts[0], 3), (3, contracts[0], -2), (3, contracts[1], 1)):
            file.write(f"{tick},fill,{name},{item['instrument']},long,{lots * Decimal(item['size_step']):f},{marks[item['instrument']]}\n")


def up_to(path, last, out):
    """The rows of a file of ticks up to one of them."""
    rows = read(path)
    with open(out, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(row for row in rows if int(row["tick"]) <= last)


def expected(book, ticks, events, finals):
    """Rows of `markets`, by (tick, instrument); contracts and prices as fractions."""
    contracts = {row["instrument"]: row for row in read(book / "instruments.csv") if row["kind"] != "spot"}
    feed = {row["instrument"]: row["mark"] for row in read(book / "marks.csv")}
    held = defaultdict(Fraction)  # By instrument and side.
    for row in read(book / "positions.csv"):
        held[row["instrument"], "short" if row["size"].startswith("-") else "long"] += abs(Fraction(row["size"]))
    out = {}
    for tick in sorted({int(row["tick"]) for row in ticks}):
        feed.update({row["instrument"]: row["mark"] for row in ticks if int(row["tick"]) == tick})
        volumes = defaultdict(Fraction)
        for row in events:
            if int(row["tick"]) != tick or not row["instrument"]:
                continue
            size = Fraction(row["size"])
            if size > 0:
                volumes[row["instrument"], VOLUMES[row["step"]]] += size
            if row["account"] not in SYSTEM:
                held[row["instrument"], row["side"]] += size if row["side"] == "long" else -size
        for name, item in contracts.items():
            traded = {column: volumes[name, column] for column in VOLUMES.values()}
            sides = {f"open_{side}": held[name, side] for side in ("long", "short")}
            if any(traded.values()) or any(sides.values()):
                out[tick, name] = {"asset": item["settle"], "feed": Fraction(feed[name]), "mark": Fraction(finals[tick][name]),
                                   "open_interest": max(sides.values()), **sides, **traded}
    return out


def check_deleveraged(binary, folder, book):
    """Against `ticks`, and against what `compare` finds of the same path."""
    rows = read(folder / "whole" / "deleveraged.csv")
    sums, counts, ratios, givers = defaultdict(Fraction), defaultdict(int), defaultdict(list), defaultdict(set)
    for row in rows:
        key = row["tick"], row["asset"]
        sums[key] += Fraction(row["haircut"])
        counts[key] += 1
        haircut, equity = Fraction(row["haircut"]), Fraction(row["equity"])
        ratios[row["asset"]].append(haircut * 10**9 // equity if haircut > 0 else 0)
        givers[row["asset"]].add(row["account"])
    for row in read(folder / "whole" / "ticks.csv"):
        key = row["tick"], row["asset"]
        assert sums[key] == Fraction(row["adl_haircut"]), f"{key}: haircuts {sums[key]}, in ticks {row['adl_haircut']}"
        assert counts[key] == int(row["winners"]), f"{key}: {counts[key]} rows, in ticks {row['winners']} winners"
    run(binary, "compare", book, "--ticks", folder / "ticks.csv", "--updates", folder / "fills.csv", "--policies", "queue", "--out", folder / "compared")
    for row in read(folder / "compared" / "policies.csv"):
        found = ratios[row["asset"]]
        recomputed = (max(found, default=0) // 1000, (sum(found) // len(found) if found else 0) // 1000, len(givers[row["asset"]]), len(found))
        wanted = (int(Decimal(row["worst"]).scaleb(6)), int(Decimal(row["mean"]).scaleb(6)), int(row["accounts"]), int(row["deleveraged"]))
        assert recomputed == wanted, f"{row['asset']}: worst, mean, accounts, deleveraged {recomputed}, compare has {wanted}"
    return len(rows)


def check_seed(binary, seed, folder):
    """One venue, one crash. Returns what acted in it."""
    book, ticks, fills = folder / "book", folder / "ticks.csv", folder / "fills.csv"
    run(binary, "generate", "--accounts", 250, "--positions", 900, "--instruments", 4, "--seed", seed, "--out", book)
    with open(book / "venue.toml", "a", encoding="utf-8") as file:
        file.write(RULES)
    write_crash(book, ticks, TICKS)
    write_fills(book, fills)
    finals = {}
    for last in range(1, TICKS + 1):
        up_to(ticks, last, folder / "some.csv")
        up_to(fills, last, folder / "some_fills.csv")
        run(binary, "replay", book, "--ticks", folder / "some.csv", "--updates", folder / "some_fills.csv", "--out", folder / f"to{last}")
        finals[last] = {row["instrument"]: row["mark"] for row in read(folder / f"to{last}" / "final" / "marks.csv")}
    run(binary, "replay", book, "--ticks", ticks, "--updates", fills, "--out", folder / "whole")
    events = read(folder / "whole" / "events.csv")
    rows = read(folder / "whole" / "markets.csv")
    wanted = expected(book, read(ticks), events, finals)
    keys = [(int(row["tick"]), row["instrument"]) for row in rows]
    assert keys == sorted(wanted), f"rows {sorted(set(keys) ^ set(wanted))} stand on one side alone, or in another order"
    times = {row["tick"]: row["time"] for row in read(folder / "whole" / "ticks.csv")}
    for key, row in zip(keys, rows):
        assert row["time"] == times[row["tick"]], key
        for column, value in wanted[key].items():
            found = row[column] if column == "asset" else Fraction(row[column])
            assert found == value, f"{key}: {column} is {row[column]}, recomputed {value}"
    acted = {column for row in rows for column in VOLUMES.values() if Fraction(row[column])}
    acted |= {"moved"} if any(row["mark"] != row["feed"] for row in rows) else set()
    acted |= {"passes"} if any(int(row["passes"]) > 1 for row in read(folder / "whole" / "ticks.csv")) else set()
    return acted | ({"deleveraged"} if check_deleveraged(binary, folder, book) else set())


def main():
    """Checks every seed; exit 1 at the first that fails."""
    acted = check_seeds(check_seed, __doc__, range(3))
    missing = {*VOLUMES.values(), "moved", "passes", "deleveraged"} - acted
    if missing:
        print(f"never acted: {', '.join(sorted(missing))}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
