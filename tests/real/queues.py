"""The real ADL queues of 2025-10-10 from the venue's rows, and the book before them.

Each market becomes a book:

* the venue's queue enters as `adl_score` under `score = "given"`: its winners in the order of their first fill, scores
  falling by one (published formulas do not reproduce the order from these data, as the data's README shows);
* a winner is the deleveraged user with the short position of its first row, its cash as balance and the entry price
  that the chain's own closedPnl implies;
* a loser is named by the prefix in the file, which keeps the venue's address order. Its size is the sum of its fills in
  a batch. The venue took it over at the batch's one ADL price, so that is made its bankruptcy price: it entered 5 % above
  and put up exactly the difference, equity at any mark p being size x (p - adl_price);
* behind the queue are three more shorts that the venue did not take, the first at a score just below the last
  winner's, so that taking one fill too many would show.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from realbook import Book, binary64_decimal, finest_step, product, require

MICRO = Decimal("1E-6")
ENTRY_OVER_ADL_PRICE = Decimal("1.05")
BYSTANDERS = 3
PROFIT_SPACINGS = 2  # closed_pnl is a binary64 that was added up: 474517.0314389999 means 474517.031439.
LOSER_SCORE = 10**6  # Losers are long, so it ranks them on the other ladder.


@dataclass(frozen=True)
class Fill:
    """One fill of a batch, as made by the venue; `profit` is the chain's closedPnl of the winner."""

    loser: str
    winner: str
    size: Decimal
    profit: Decimal


@dataclass
class Batch:
    """The fills of one moment, in the venue's order, all at one price. `gap`: the distance of the mark below, if it is
    known."""

    time: str
    price: Decimal
    gap: Decimal | None
    fills: list[Fill] = field(default_factory=list)

    @property
    def losers(self) -> dict[str, Decimal]:
        """Loser -> lots, in the venue's order."""
        return self._lots("loser")

    @property
    def taken(self) -> dict[str, Decimal]:
        """Winner -> lots closed, in the venue's order."""
        return self._lots("winner")

    def _lots(self, side: str) -> dict[str, Decimal]:
        sizes: dict[str, Decimal] = {}
        for fill in self.fills:
            name = getattr(fill, side)
            sizes[name] = sizes.get(name, Decimal(0)) + fill.size
        return sizes


@dataclass(frozen=True)
class Winner:
    """A deleveraged short before its first fill; `size` > 0."""

    size: Decimal
    cash: Decimal
    entry: Decimal


@dataclass
class Queue:
    """One market's batches in order, and its winners in the order in which the venue took them."""

    coin: str
    batches: list[Batch] = field(default_factory=list)
    winners: dict[str, Winner] = field(default_factory=dict)

    @property
    def fills(self) -> list[Fill]:
        return [fill for batch in self.batches for fill in batch.fills]

    @property
    def left(self) -> dict[str, Decimal]:
        """Winner -> lots that the venue left it, if any."""
        left = {name: winner.size for name, winner in self.winners.items()}
        for fill in self.fills:
            left[fill.winner] -= fill.size
        return {name: size for name, size in left.items() if size}


def read_queues(rows: list[dict[str, str]]) -> list[Queue]:
    """A queue for each market, after checking that the rows have the expected form."""
    by_coin: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_coin.setdefault(row["coin"], []).append(row)
    return [_read_queue(coin, part) for coin, part in by_coin.items()]


def _read_queue(coin: str, rows: list[dict[str, str]]) -> Queue:
    queue = Queue(coin)
    left: dict[str, Decimal] = {}
    for number, row in enumerate(rows, 1):
        where = f"{coin} row {number}"
        name, size, before = row["user"], Decimal(row["adl_size"]), -Decimal(row["position_size_before"])
        price, entry = Decimal(row["adl_price"]), Decimal(row["entry_price_implied"])
        require(int(row["seq"]) == number, f"{where} has seq {row['seq']}")
        if not queue.batches or queue.batches[-1].time != row["time_ms"]:
            gap = row.get("mark_gap_abs")
            queue.batches.append(Batch(row["time_ms"], price, None if gap is None else Decimal(gap)))
        batch = queue.batches[-1]
        require(price == batch.price, f"{where}: more than one ADL price in the batch")
        if name not in queue.winners:
            queue.winners[name] = Winner(before, Decimal(row["cash_account_value"]).quantize(MICRO), entry)
            left[name] = before
        require(left[name] == before, f"{where}: the position of {name} does not chain")
        require(queue.winners[name].entry == entry, f"{where}: the entry price of {name} changes")
        left[name] -= size
        profit = binary64_decimal(row["closed_pnl"], PROFIT_SPACINGS)
        batch.fills.append(Fill(row["liquidated_user_prefix"], name, size, profit))
    for batch in queue.batches:
        require(list(batch.losers) == sorted(batch.losers), f"{coin} at {batch.time}: the venue's losers do not ascend")
    return queue


def loser_entry(batch: Batch) -> Decimal:
    return product(batch.price, ENTRY_OVER_ADL_PRICE)


def loser_cash(batch: Batch, size: Decimal) -> Decimal:
    """The cash that makes the batch's price the bankruptcy price."""
    return product(size, loser_entry(batch) - batch.price)


def make_book(queue: Queue, mark: Decimal, losers_of: Batch | None = None) -> Book:
    """The queue, the shorts behind it and, on request, a batch's losers, at a mark."""
    book = Book("hyperliquid 2025-10-10", "USDC", score="given")
    book.add_asset("USDC")
    book.add_asset(queue.coin)
    book.add("tiers", tier_table="by-50", floor="0", maintenance_rate="0.01", max_leverage="50")
    sizes = [fill.size for fill in queue.fills] + [winner.size for winner in queue.winners.values()]
    prices = [mark] + [batch.price - (batch.gap or 0) for batch in queue.batches] + [batch.price for batch in queue.batches]
    book.add_linear(queue.coin, queue.coin, finest_step(prices), finest_step(sizes), "by-50", mark)

    def add(account: str, cash: Decimal, size: Decimal, entry: Decimal, score: Decimal | int) -> None:
        book.add("balances", account=account, asset="USDC", amount=cash)
        book.add("positions", account=account, instrument=queue.coin, size=size, entry_price=entry, adl_score=score)

    # Rows enter in reverse, so that neither order can come from the file.
    for number in reversed(range(BYSTANDERS)):
        score = Decimal("0.5") - number
        add(f"0x{number}-not-reached", Decimal(100), Decimal(-1000), queue.batches[0].price, score)
    for place, (name, winner) in reversed(list(enumerate(queue.winners.items()))):
        add(name, winner.cash, -winner.size, winner.entry, len(queue.winners) - place)
    if losers_of is not None:
        for loser, size in reversed(losers_of.losers.items()):
            add(loser, loser_cash(losers_of, size), size, loser_entry(losers_of), LOSER_SCORE)
    return book
