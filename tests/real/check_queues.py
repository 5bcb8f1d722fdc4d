#!/usr/bin/env python3
"""Six whole ADL queues of Hyperliquid, 2025-10-10: the cover is the venue's fills, one by one.

    python3 tests/real/check_queues.py --plimsoll build/plimsoll [--data DIR]

`queues_complete.csv` has the batches of XPL, STBL, LINEA, LTC, WLFI and SKY in the venue's row order; `queues.py` makes
a book from each. The mark lies `mark_gap_abs` below the ADL price.

Compared, with no tolerance: loser, winner, size, price and value of every fill in the venue's order; the ladder's
order; each winner's remaining lots; that the last winner is the only one closed in part.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

from queues import Queue, make_book, read_queues
from realbook import CheckFailed, Program, main, plain, product, read_csv, require

FILE = "hyperliquid-adl-20251010/queues_complete.csv"
FILLS = {"XPL": 71, "STBL": 26, "LINEA": 3, "LTC": 2, "WLFI": 2, "SKY": 2}


def check_queue(program: Program, queue: Queue, folder: Path) -> None:
    """One market's cover and ladder against the venue's fills."""
    coin = queue.coin
    require(len(queue.batches) == 1, f"{coin}: not one batch")
    batch = queue.batches[0]
    book = make_book(queue, batch.price - batch.gap, batch)
    tables = program.scan(book.write(folder / coin / "book"), folder / coin / "out")
    states = {unit["account"]: unit["state"] for unit in tables["units"]}
    losers = batch.losers
    require({name for name, state in states.items() if state == "bankrupt"} == set(losers),
            f"{coin}: bankrupt are {[name for name, state in states.items() if state == 'bankrupt']}")
    for position in tables["positions"]:
        if position["account"] in losers:
            require(Decimal(position["bankruptcy_price"]) == batch.price,
                    f"{coin}: {position['account']} is bankrupt at {position['bankruptcy_price']}, not {batch.price}")

    cover = tables["cover"]
    require(len(cover) == len(batch.fills), f"{coin}: {len(cover)} fills, the venue made {len(batch.fills)}")
    for number, (row, fill) in enumerate(zip(cover, batch.fills), 1):
        got = (row["loser"], row["winner"], Decimal(row["size"]), Decimal(row["price"]), Decimal(row["value"]))
        venue = (fill.loser, fill.winner, fill.size, batch.price, product(fill.size, batch.price))
        require(got == venue, f"{coin} fill {number}: got {'  '.join(map(str, got))}, "
                              f"the venue made {'  '.join(map(str, venue))}")

    ladder = tables["ladder"]
    require([(row["side"], row["account"]) for row in ladder] == [("short", winner) for winner in queue.winners],
            f"{coin}: the ladder is not the venue's queue")
    taken = batch.taken
    left = {row["account"]: Decimal(row["size"]) - taken[row["account"]] for row in ladder}
    require(all(left[winner] == 0 for winner in list(left)[:-1]), f"{coin}: a winner before the last keeps lots")
    require(left[ladder[-1]["account"]] > 0, f"{coin}: the last winner keeps nothing")
    total = sum(losers.values())
    market = tables["markets"][0]
    for column, wanted in (("demand_short", total), ("cover_short", total), ("demand_long", 0), ("cover_long", 0)):
        require(Decimal(market[column]) == wanted, f"{coin}: {column} {market[column]}, not {plain(wanted)}")


def check(program: Program, paths: dict[str, Path], folder: Path) -> str:
    queues = read_queues(read_csv(paths["queues_complete.csv"]))
    require({queue.coin: len(queue.fills) for queue in queues} == FILLS, "the file's markets or rows have changed")
    problems = []
    for queue in queues:
        try:
            check_queue(program, queue, folder)
        except CheckFailed as failure:
            problems.append(str(failure))
    require(not problems, "\n".join(problems))
    return (f"{sum(FILLS.values())} fills of {len(FILLS)} markets as the venue made them, one partial winner in each, "
            "the last")


if __name__ == "__main__":
    sys.exit(main(__doc__, [FILE], check))
