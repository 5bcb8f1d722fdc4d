#!/usr/bin/env python3
"""81 seconds of Hyperliquid's node fill stream, folded into positions and read back from a book.

    python3 tests/real/check_fills.py --plimsoll build/plimsoll [--data DIR]

Every fill of `node_fills.jsonl.gz` states its account's position before it (`startPosition`). Spot fills are left out
(coins `@N` and `A/B`). Checked in exact decimals, before the program is asked:

* every trade (`tid`) has two sides of opposite sign, so the fills of a market sum to zero;
* every link of the 1,847 chains: startPosition + signed size = the next startPosition. The stream prints positions
  from binary64 with up to 17 digits (3135809.4000000001); 15 digits give back the original decimal,
  and the difference must be within one spacing of the float. Nothing else is rounded.

Then the final positions become a book: each market marked at its last price, each account entered at its first fill's
price, and against each market's net position (the file's accounts hold more against others than against each other)
one account `elsewhere` for all others, so that open interest is zero-sum. The program must accept it and
report every size, value and cost, and each market's open interest, as in the folded positions.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from realbook import Book, Program, binary64_decimal, finest_step, main, product, require

FILE = "hyperliquid-node-fills-20251027/node_fills.jsonl.gz"
FILLS, TRADES, CHAINS, LINKS = 7282, 3383, 1847, 4919
ELSEWHERE = "elsewhere"
MICRO = Decimal("1E-6")


@dataclass
class Position:
    """One account's position in one market, fill after fill."""

    size: Decimal
    entry: Decimal
    links: int = 0


@dataclass
class Stream:
    """The positions that the fills of the perpetuals give."""

    fills: int = 0
    positions: dict[tuple[str, str], Position] = field(default_factory=dict)  # (account, coin)
    last_price: dict[str, Decimal] = field(default_factory=dict)
    prices: dict[str, list[Decimal]] = field(default_factory=lambda: defaultdict(list))
    sizes: dict[str, list[Decimal]] = field(default_factory=lambda: defaultdict(list))
    trades: dict[tuple[str, int], list[tuple[str, Decimal]]] = field(default_factory=lambda: defaultdict(list))


def fold(path: Path) -> Stream:
    """Folds the file, checking every link on the way."""
    stream = Stream()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            for account, fill in json.loads(line)["events"]:
                stream.fills += 1
                coin = fill["coin"]
                if coin.startswith("@") or "/" in coin:
                    continue
                price, start = Decimal(fill["px"]), binary64_decimal(fill["startPosition"])
                size = Decimal(fill["sz"]) * (1 if fill["side"] == "B" else -1)
                position = stream.positions.get((account, coin))
                if position is None:
                    position = stream.positions[account, coin] = Position(start, price)
                else:
                    position.links += 1
                    require(position.size == start, f"{account} {coin} at {fill['time']}: folded to "
                                                    f"{position.size}, the stream says {start}")
                position.size += size
                stream.last_price[coin] = price
                stream.prices[coin].append(price)
                stream.sizes[coin] += [start, size]
                stream.trades[coin, fill["tid"]].append((account, size))
    return stream


def check_stream(stream: Stream) -> None:
    """The counts that the data's README states, and the two sides of every trade."""
    links = sum(position.links for position in stream.positions.values())
    counts = (stream.fills, len(stream.trades), len(stream.positions), links)
    require(counts == (FILLS, TRADES, CHAINS, LINKS), f"fills, trades, chains, links: {counts}")
    for (coin, trade), sides in stream.trades.items():
        require(len(sides) == 2 and sides[0][1] + sides[1][1] == 0, f"{coin} trade {trade} has the sides {sides}")


def make_book(stream: Stream) -> tuple[Book, dict[tuple[str, str], Decimal]]:
    """The book of the final positions, and those positions by (account, coin)."""
    book = Book("hyperliquid 2025-10-27", "USDC")
    book.add_asset("USDC")
    book.add("tiers", tier_table="by-20", floor="0", maintenance_rate="0.025", max_leverage="20")
    final = {key: position.size for key, position in stream.positions.items() if position.size}
    net: dict[str, Decimal] = defaultdict(Decimal)
    for (account, coin), size in final.items():
        net[coin] += size
        book.add("positions", account=account, instrument=coin, size=size,
                 entry_price=stream.positions[account, coin].entry)
    for coin, mark in stream.last_price.items():
        book.add_asset(coin)
        book.add_linear(coin, coin, finest_step(stream.prices[coin]), finest_step(stream.sizes[coin]), "by-20", mark)
        if net[coin]:
            final[ELSEWHERE, coin] = -net[coin]
            book.add("positions", account=ELSEWHERE, instrument=coin, size=-net[coin], entry_price=mark)
    for account in sorted({account for account, _ in final}):
        book.add("balances", account=account, asset="USDC", amount=MICRO)
    return book, final


def check(program: Program, paths: dict[str, Path], folder: Path) -> str:
    stream = fold(paths["node_fills.jsonl.gz"])
    check_stream(stream)
    book, final = make_book(stream)
    path = book.write(folder / "book")
    program.validate(path)
    tables = program.scan(path, folder / "out")
    lines = {(line["account"], line["instrument"]): line for line in tables["positions"]}
    require(set(lines) == set(final), f"positions reported: {len(lines)}, folded: {len(final)}")
    for (account, coin), size in final.items():
        line, where = lines[account, coin], f"{account} {coin}"
        entry = stream.last_price[coin] if account == ELSEWHERE else stream.positions[account, coin].entry
        require(Decimal(line["size"]) == size, f"{where}: size {line['size']}, folded {size}")
        require(line["side"] == ("long" if size > 0 else "short"), f"{where}: {line['side']}")
        for column, wanted in (("value", product(size, stream.last_price[coin])), ("cost", product(size, entry))):
            require(Decimal(line[column]) == wanted, f"{where}: {column} {line[column]}, not {wanted}")
    for market in tables["markets"]:
        held = [size for (_, coin), size in final.items() if coin == market["instrument"]]
        longs = sum(size for size in held if size > 0)
        require(sum(held) == 0 and Decimal(market["open_interest"]) == longs,
                f"{market['instrument']}: open interest {market['open_interest']}, folded {longs}")
    return (f"{LINKS} links of {CHAINS} chains unbroken, {TRADES} trades two-sided; "
            f"{len(final)} positions in {len(stream.last_price)} markets read back")


if __name__ == "__main__":
    sys.exit(main(__doc__, [FILE], check))
