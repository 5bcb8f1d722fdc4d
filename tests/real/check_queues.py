#!/usr/bin/env python3
"""Six whole ADL queues of Hyperliquid, 2025-10-10: the cover is the venue's fills, one by one.

    python3 tests/real/check_queues.py --plimsoll build/plimsoll [--data DIR]

`queues_complete.csv` has the batches of XPL, STBL, LINEA, LTC, WLFI and SKY in the venue's row order. Each market
becomes a book:

* the venue's queue enters as `adl_score` under `score = "given"`: its winners in the order of their first fill, scores
  falling by one (published formulas do not reproduce the order from these data, as the data's README shows);
* a winner is the deleveraged user with the short position of its first row, its cash as balance and the entry price
  that the chain's own closedPnl implies;
* a loser is named by the prefix in the file, which keeps the venue's address order. Its size is the sum of its fills.
  The venue took it over at the batch's one ADL price, so that is made its bankruptcy price: it entered 5 % above and
  put up exactly the difference, equity at any mark p being size x (p - adl_price). The mark lies `mark_gap_abs` below;
* behind the queue stand three more shorts that the venue did not reach, the first at a score just below the last
  winner's, so that taking one fill too many would show.

Compared, with no tolerance: loser, winner, size, price and value of every fill in the venue's order; the ladder's
order; each winner's remaining lots; that the last winner is the only one closed in part.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from realbook import Book, CheckFailed, Program, finest_step, main, plain, product, read_csv, require

FILE = "hyperliquid-adl-20251010/queues_complete.csv"
FILLS = {"XPL": 71, "STBL": 26, "LINEA": 3, "LTC": 2, "WLFI": 2, "SKY": 2}
MICRO = Decimal("1E-6")
ENTRY_OVER_ADL_PRICE = Decimal("1.05")
BYSTANDERS = 3


@dataclass(frozen=True)
class Fill:
    """One fill of a batch as the venue made it."""

    loser: str
    winner: str
    size: Decimal


@dataclass
class Batch:
    """One market's batch: fills in the venue's order, and what it says of its winners."""

    coin: str
    price: Decimal
    mark: Decimal
    fills: list[Fill]
    shorts: dict[str, Decimal]   # winner -> size held before the batch, > 0; in queue order
    cash: dict[str, Decimal]
    entry: dict[str, Decimal]

    @property
    def losers(self) -> dict[str, Decimal]:
        """Loser -> lots, in the venue's order."""
        sizes: dict[str, Decimal] = {}
        for fill in self.fills:
            sizes[fill.loser] = sizes.get(fill.loser, Decimal(0)) + fill.size
        return sizes

    @property
    def taken(self) -> dict[str, Decimal]:
        """Winner -> lots closed."""
        sizes: dict[str, Decimal] = {}
        for fill in self.fills:
            sizes[fill.winner] = sizes.get(fill.winner, Decimal(0)) + fill.size
        return sizes


def read_batch(coin: str, rows: list[dict[str, str]]) -> Batch:
    """A batch, after making sure that the rows are what this check takes them for."""
    first = rows[0]
    batch = Batch(coin, Decimal(first["adl_price"]), Decimal(first["adl_price"]) - Decimal(first["mark_gap_abs"]),
                  [], {}, {}, {})
    left: dict[str, Decimal] = {}
    for number, row in enumerate(rows, 1):
        winner, size, before = row["user"], Decimal(row["adl_size"]), -Decimal(row["position_size_before"])
        require(int(row["seq"]) == number, f"{coin}: row {number} has seq {row['seq']}")
        require(Decimal(row["adl_price"]) == batch.price, f"{coin}: more than one ADL price")
        if winner not in batch.shorts:
            batch.shorts[winner] = left[winner] = before
            batch.cash[winner] = Decimal(row["cash_account_value"]).quantize(MICRO)
            batch.entry[winner] = Decimal(row["entry_price_implied"])
        require(left[winner] == before, f"{coin}: the position of {winner} does not chain at row {number}")
        left[winner] -= size
        batch.fills.append(Fill(row["liquidated_user_prefix"], winner, size))
    return batch


def make_book(batch: Batch) -> Book:
    book = Book("hyperliquid 2025-10-10", "USDC", score="given")
    book.add_asset("USDC")
    book.add_asset(batch.coin)
    book.add("tiers", tier_table="by-50", floor="0", maintenance_rate="0.01", max_leverage="50")
    sizes = [fill.size for fill in batch.fills] + list(batch.shorts.values())
    book.add_linear(batch.coin, batch.coin, finest_step([batch.price, batch.mark]), finest_step(sizes), "by-50",
                    batch.mark)

    def add(account: str, cash: Decimal, size: Decimal, entry: Decimal, score: Decimal | int) -> None:
        book.add("balances", account=account, asset="USDC", amount=cash)
        book.add("positions", account=account, instrument=batch.coin, size=size, entry_price=entry, adl_score=score)

    # Rows enter in reverse, so that neither order can come from the file.
    for number in reversed(range(BYSTANDERS)):
        score = Decimal("0.5") - number
        add(f"0x{number}-not-reached", Decimal(100), Decimal(-1000), batch.price, score)
    for place, (winner, size) in reversed(list(enumerate(batch.shorts.items()))):
        add(winner, batch.cash[winner], -size, batch.entry[winner], len(batch.shorts) - place)
    for loser, size in reversed(batch.losers.items()):
        entry = product(batch.price, ENTRY_OVER_ADL_PRICE)
        add(loser, product(size, entry - batch.price), size, entry, 10**6)
    return book


def check_batch(program: Program, batch: Batch, folder: Path) -> None:
    """One market's cover and ladder against the venue's fills."""
    coin = batch.coin
    tables = program.scan(make_book(batch).write(folder / coin / "book"), folder / coin / "out")
    states = {unit["account"]: unit["state"] for unit in tables["units"]}
    losers = batch.losers
    require(list(losers) == sorted(losers), f"{coin}: the venue's losers do not ascend")
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
    require([(row["side"], row["account"]) for row in ladder] == [("short", winner) for winner in batch.shorts],
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
    rows = read_csv(paths["queues_complete.csv"])
    by_coin: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_coin.setdefault(row["coin"], []).append(row)
    require({coin: len(part) for coin, part in by_coin.items()} == FILLS, "the file's markets or rows have changed")
    problems = []
    for coin, part in by_coin.items():
        try:
            check_batch(program, read_batch(coin, part), folder)
        except CheckFailed as failure:
            problems.append(str(failure))
    require(not problems, "\n".join(problems))
    return f"{len(rows)} fills of {len(by_coin)} markets as the venue made them, one partial winner in each, the last"


if __name__ == "__main__":
    sys.exit(main(__doc__, [FILE], check))
