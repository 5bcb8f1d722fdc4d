#!/usr/bin/env python3
"""Real auto-deleveraging of Hyperliquid, 2025-10-10, replayed: the events are the venue's fills, one by one.

    python3 tests/real/check_deleveraging.py --plimsoll build/plimsoll [--data DIR]

**Whole batches** (`queues_complete.csv`, six markets): the book of `queues.py` at the ADL price, at which no unit is
bankrupt, and one tick that takes the mark `mark_gap_abs` below it.

**MET's 13 batches in a row** (`queue_continuation_met.csv`): one replay of 13 ticks. The queue's scores are fixed over
all of them. At each tick `updates` bring in the batch's losers (a deposit and a fill against the market) and the mark
goes below the batch's ADL price by the one gap that is known for this market, the mean of wave 28 in `wave_coin_gap.csv`;
the marks themselves are not in the data. Only the data's facts on positions are used: an account closed in part at one
tick enters the next with its rest.

In 11 of the 12 transitions the partly closed winner leads the next batch, as fixed scores require. In one the venue
skipped it: `0x2ac48806` kept 3,623 of 8,429 contracts and was not deleveraged again. The data do not give the reason
(closed by itself, or outranked). So the continuation is replayed twice:

* unchanged: all fills are the venue's to the end of batch 11; in batches 12 and 13 `0x2ac48806` must give those 3,623
  first, and the queue continues behind it;
* with one more update, our assumption: before batch 12 it hands them to an account behind the queue. Then all 52 fills
  are the venue's.

Compared with no tolerance: loser, winner, size and price of every fill in the venue's order; the realised profit of
each winner's leg (trade value - released cost) with the chain's closed_pnl, whose binary64 is read as the decimal it
was printed from; the rest of every winner; the 11 of 12; and from the events alone that every plan sums to nothing and
that the opening book and the legs give the final book.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

from queues import Batch, Queue, loser_cash, loser_entry, make_book, read_queues
from realbook import Program, Tables, finest_step, main, plain, product, read_csv, require, write_csv

FOLDER = "hyperliquid-adl-20251010"
FILES = [f"{FOLDER}/{name}.csv" for name in ("queues_complete", "queue_continuation_met", "wave_coin_gap")]
FILLS = {"XPL": 71, "STBL": 26, "LINEA": 3, "LTC": 2, "WLFI": 2, "SKY": 2}
MET_FILLS, MET_BATCHES = 52, 13
PASSED_OVER, PASSED_OVER_LEFT, PASSED_OVER_AFTER = "0x2ac48806", Decimal(3623), 11
ELSEWHERE = "elsewhere"
SYSTEM = {"fund", "fees", "market", "backstop", "external"}
TICKS = ("tick", "instrument", "mark")
UPDATES = ("tick", "kind", "account", "instrument", "asset", "size", "price", "amount", "to")


@dataclass(frozen=True)
class Made:
    """One fill as the events show it."""

    tick: int
    loser: str
    winner: str
    size: Decimal
    price: Decimal
    profit: Decimal

    def __str__(self) -> str:
        return f"tick {self.tick}: {self.winner} for {self.loser}, {self.size} at {self.price}, profit {self.profit}"


def fills_made(events: list[dict[str, str]]) -> list[Made]:
    """The deleveraging plans: the loser's leg, then the winner's."""
    made = []
    legs = [row for row in events if row["step"] == "adl"]
    for loser, winner in zip(legs[::2], legs[1::2]):
        require(loser["plan"] == winner["plan"] and Decimal(loser["size"]) == -Decimal(winner["size"]) < 0,
                f"plan {loser['plan']}: not the two sides of one fill")
        require(loser["price"] == winner["price"], f"plan {loser['plan']}: two prices")
        made.append(Made(int(winner["tick"]), loser["account"], winner["account"], Decimal(winner["size"]),
                         Decimal(winner["price"]), Decimal(winner["amount"])))
    return made


def fills_wanted(queue: Queue) -> list[Made]:
    return [Made(tick, fill.loser, fill.winner, fill.size, batch.price, fill.profit)
            for tick, batch in enumerate(queue.batches, 1) for fill in batch.fills]


def compare(coin: str, made: list[Made], wanted: list[Made]) -> None:
    for number, (got, venue) in enumerate(zip(made, wanted), 1):
        require(got == venue, f"{coin} fill {number}: got {got}; the venue made {venue}")
    require(len(made) == len(wanted), f"{coin}: {len(made)} fills, the venue made {len(wanted)}")


def check_conservation(coin: str, opening: Tables, events: list[dict[str, str]], final: Tables) -> None:
    """Every plan sums to nothing, and opening + legs = final, for every account."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in events:
        if row["instrument"]:
            sums[row["plan"], "size"] += Decimal(row["size"])
        sums[row["plan"], "money"] += Decimal(row["amount"]) - Decimal(row["cost"] or 0)
    require(not any(sums.values()), f"{coin}: plans that do not sum to nothing: "
                                    f"{[key for key, total in sums.items() if total]}")

    def holdings(tables: Tables) -> dict[tuple[str, str], Decimal]:
        held: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for row in tables["balances"]:
            held[row["account"], "balance"] += Decimal(row["amount"])
        for row in tables["positions"]:
            size = Decimal(row["size"])
            held[row["account"], "size"] += size
            held[row["account"], "cost"] += (Decimal(row["entry_value"]) if row.get("entry_value")
                                             else product(size, Decimal(row["entry_price"])))
        return held

    held = holdings(opening)
    for row in events:
        if row["account"] not in SYSTEM:
            held[row["account"], "balance"] += Decimal(row["amount"])
            held[row["account"], "size"] += Decimal(row["size"] or 0)
            held[row["account"], "cost"] += Decimal(row["cost"] or 0)
    left = holdings(final)
    for key in set(held) | set(left):
        require(held[key] == left[key], f"{coin}: {key[1]} of {key[0]}: {held[key]} by the events, {left[key]} in final/")


def replay(program: Program, queue: Queue, folder: Path, opening_mark: Decimal, losers_of: Batch | None,
           marks: list[Decimal], updates: list[dict[str, str]]) -> Tables:
    """Writes the book and the feeds, replays them, and checks all that does not depend on the venue's fills."""
    book = make_book(queue, opening_mark, losers_of)
    path = book.write(folder / "book")
    ticks = write_csv(folder / "ticks.csv", TICKS, [
        {"tick": str(tick), "instrument": queue.coin, "mark": plain(mark)} for tick, mark in enumerate(marks, 1)])
    options: list[str | Path] = []
    if updates:
        options = ["--updates", write_csv(folder / "updates.csv", UPDATES, updates)]
    tables = program.replay(path, ticks, folder / "out", *options)
    steps = {row["step"] for row in tables["events"]}
    require(steps <= {"update", "cancel", "adl"}, f"{queue.coin}: these steps were taken: {steps}")
    final = {name: tables[f"final/{name}"] for name in ("balances", "positions")}
    check_conservation(queue.coin, book.rows, tables["events"], final)
    return tables


def left_in(queue: Queue, tables: Tables) -> dict[str, Decimal]:
    """Winner -> lots that it holds in the last book."""
    return {row["account"]: -Decimal(row["size"]) for row in tables["final/positions"] if row["account"] in queue.winners}


# --------------------------------------------------------------------------------------------- whole batches

def check_batch(program: Program, queue: Queue, folder: Path) -> None:
    """One market's only batch."""
    require(len(queue.batches) == 1, f"{queue.coin}: not one batch")
    batch = queue.batches[0]
    tables = replay(program, queue, folder, batch.price, batch, [batch.price - batch.gap], [])
    compare(queue.coin, fills_made(tables["events"]), fills_wanted(queue))
    require(left_in(queue, tables) == queue.left, f"{queue.coin}: winners are left with {left_in(queue, tables)}")
    require(list(queue.left) == [batch.fills[-1].winner], f"{queue.coin}: not only the last winner is closed in part")


# ------------------------------------------------------------------------------------------------------- MET

def mean_gap(rows: list[dict[str, str]], coin: str, step: Decimal) -> Decimal:
    """|mark - ADL price|, on the price step, of the one wave that the data have for this market."""
    gaps = [Decimal(row["gap_per_contract_usd"]) for row in rows if row["coin"] == coin]
    require(len(gaps) == 1, f"{coin} is in {len(gaps)} waves")
    return gaps[0].quantize(step, ROUND_DOWN)


def updates_of(queue: Queue) -> list[dict[str, str]]:
    """Each batch's losers at its tick, bankrupt at its ADL price."""
    rows = []
    for tick, batch in enumerate(queue.batches, 1):
        for loser, size in batch.losers.items():
            rows.append({"tick": str(tick), "kind": "deposit", "account": loser, "asset": "USDC",
                         "amount": plain(loser_cash(batch, size))})
            rows.append({"tick": str(tick), "kind": "fill", "account": loser, "instrument": queue.coin,
                         "size": plain(size), "price": plain(loser_entry(batch))})
    return rows


def handing_over(queue: Queue, name: str) -> dict[str, str]:
    """Our assumption on the winner that was skipped: gone from the queue before the next batch."""
    return {"tick": str(PASSED_OVER_AFTER + 1), "kind": "fill", "account": name, "instrument": queue.coin,
            "size": plain(PASSED_OVER_LEFT), "price": plain(queue.batches[PASSED_OVER_AFTER - 1].price), "to": ELSEWHERE}


def chained_transitions(queue: Queue, made: list[Made]) -> list[int]:
    """Batches whose partly closed last winner leads the next one, by the events."""
    left = {name: winner.size for name, winner in queue.winners.items()}
    first: dict[int, str] = {}
    last: dict[int, tuple[str, Decimal]] = {}
    for fill in made:
        left[fill.winner] -= fill.size
        first.setdefault(fill.tick, fill.winner)
        last[fill.tick] = (fill.winner, left[fill.winner])
    require(all(size > 0 for _, size in last.values()), f"{queue.coin}: a batch ends with a winner closed in full")
    return [tick for tick in range(1, len(queue.batches)) if last[tick][0] == first[tick + 1]]


def queue_on(queue: Queue, after: int, leader: str) -> list[Made]:
    """The fills after batch `after` if `leader` is not skipped: the same merge, a lot further up the queue."""
    wanted = [made for made in fills_wanted(queue) if made.tick <= after]
    places = list(queue.winners)
    left = {name: winner.size for name, winner in queue.winners.items()}
    for made in wanted:
        left[made.winner] -= made.size
    for tick, batch in enumerate(queue.batches[after:], after + 1):
        for loser, size in batch.losers.items():
            for name in places[places.index(leader):]:
                part = min(size, left[name])
                if part:
                    profit = product(part, queue.winners[name].entry - batch.price)
                    wanted.append(Made(tick, loser, name, part, batch.price, profit))
                left[name] -= part
                size -= part
    return wanted


def check_continuation(program: Program, queue: Queue, gaps: list[dict[str, str]], folder: Path) -> None:
    """13 batches as 13 ticks of one replay."""
    require((len(queue.fills), len(queue.batches)) == (MET_FILLS, MET_BATCHES), f"{queue.coin}: the rows have changed")
    passed_over = next(name for name in queue.winners if name.startswith(PASSED_OVER))
    wanted = fills_wanted(queue)
    require(queue.left == {passed_over: PASSED_OVER_LEFT, wanted[-1].winner: queue.left[wanted[-1].winner]},
            f"{queue.coin}: the venue left {queue.left}")
    gap = mean_gap(gaps, queue.coin, finest_step([batch.price for batch in queue.batches]))
    marks = [batch.price - gap for batch in queue.batches]
    updates = updates_of(queue)

    def run(name: str, rows: list[dict[str, str]]) -> tuple[Tables, list[Made]]:
        tables = replay(program, queue, folder / name, queue.batches[0].price, None, marks, rows)
        return tables, fills_made(tables["events"])

    every = list(range(1, MET_BATCHES))
    _, made = run("unchanged", updates)
    compare(queue.coin, made, queue_on(queue, PASSED_OVER_AFTER, passed_over))
    require(chained_transitions(queue, made) == every, f"{queue.coin}: fixed scores, and the queue does not go on")

    at = next(i for i, row in enumerate(updates) if int(row["tick"]) > PASSED_OVER_AFTER)
    tables, made = run("handed-over", updates[:at] + [handing_over(queue, passed_over)] + updates[at:])
    compare(queue.coin, made, wanted)
    chained = chained_transitions(queue, made)
    require(chained == [tick for tick in every if tick != PASSED_OVER_AFTER], f"{queue.coin}: chained are {chained}")
    left = left_in(queue, tables)
    require(left == {wanted[-1].winner: queue.left[wanted[-1].winner]}, f"{queue.coin}: winners are left with {left}")
    held = [Decimal(row["size"]) for row in tables["final/positions"] if row["account"] == ELSEWHERE]
    require(held == [-PASSED_OVER_LEFT], f"{ELSEWHERE} holds {held}")


def check(program: Program, paths: dict[str, Path], folder: Path) -> str:
    require(not program.is_oracle, "the oracle replays nothing")
    queues = read_queues(read_csv(paths["queues_complete.csv"]))
    require({queue.coin: len(queue.fills) for queue in queues} == FILLS, "the file's markets or rows have changed")
    for queue in queues:
        check_batch(program, queue, folder / queue.coin)
    (met,) = read_queues(read_csv(paths["queue_continuation_met.csv"]))
    check_continuation(program, met, read_csv(paths["wave_coin_gap.csv"]), folder / met.coin)
    return (f"{sum(FILLS.values())} fills of {len(FILLS)} batches and {MET_FILLS} of {MET_BATCHES} in a row as the venue "
            f"made them, closed profit to the last digit; the queue goes on in 11 of 12, {PASSED_OVER} was passed over")


if __name__ == "__main__":
    sys.exit(main(__doc__, FILES, check))
