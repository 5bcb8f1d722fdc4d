"""Compares the output of `plimsoll replay` with the oracle's own replay: the first difference, and its context."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from book import name_order
from decimals import fixed
from tables import price_text, size_text
from waterfall_ledger import SYSTEM, Plan
from waterfall_tally import MONEY

COLUMNS = ("account", "unit", "instrument", "size", "cost", "asset", "amount", "price", "cause")


@dataclass
class Written:
    """A plan as written by the program."""

    tick: int
    plan: int
    step: str
    legs: list[tuple[str, ...]]


def read_events(path: Path) -> list[Written]:
    """The plans of `events.csv`, in file order."""
    plans: list[Written] = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            tick, number = int(row["tick"]), int(row["plan"])
            if not plans or (plans[-1].tick, plans[-1].plan) != (tick, number):
                plans.append(Written(tick, number, row["step"], []))
            plans[-1].legs.append(tuple(row[name] for name in COLUMNS))
    return plans


def text_of(replay, plan: Plan) -> list[tuple[str, ...]]:
    """The legs of an oracle's plan as the file's text."""
    rows = []
    for leg in plan.legs:
        item = replay.book.instruments.get(leg.instrument)
        digits = replay.book.assets[leg.asset].digits
        rows.append((
            leg.account, leg.unit, leg.instrument, size_text(item, leg.size) if item else "",
            fixed(leg.cost, digits) if item else "", leg.asset, fixed(leg.amount, digits),
            price_text(item, leg.price) if item else "", leg.cause,
        ))
    return rows


def is_nothing(leg: tuple[str, ...]) -> bool:
    """A leg of a system account that moves nothing."""
    return leg[0] in SYSTEM and not any(mark in "123456789" for mark in leg[3] + leg[4] + leg[6])


def merged(legs: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """A system account's money legs of one plan as one leg: fee and surplus may both go to the fund."""
    rest, sums = [], {}
    for leg in legs:
        if leg[0] in SYSTEM and not leg[2]:
            key = (*leg[:6], leg[8])
            digits = len(leg[6].partition(".")[2])
            sums[key] = (sums.get(key, (0, 0))[0] + int(leg[6].replace(".", "")), digits)
        else:
            rest.append(leg)
    return rest + [(*key[:6], fixed(*amount), "", key[6]) for key, amount in sums.items()]


def ordered(legs: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Legs without those that move nothing, in one order: the documents fix none within a plan."""
    kept = [leg for leg in merged(legs) if not is_nothing(leg)]
    return sorted(kept, key=lambda leg: [name_order(text) for text in leg])


def plan_difference(replay, written: list[Written]) -> str | None:
    """The first plan that differs, both versions of it."""
    for place in range(max(len(written), len(replay.plans))):
        own = replay.plans[place] if place < len(replay.plans) else None
        other = written[place] if place < len(written) else None
        want = (own.tick, own.step, ordered(text_of(replay, own))) if own else None
        have = (other.tick, other.step, ordered(other.legs)) if other else None
        if want != have:
            return f"plan {place + 1}\n{shown('oracle', want)}\n{shown('program', have)}"
    return None


def shown(who: str, plan: tuple | None) -> str:
    if plan is None:
        return f"  {who}: no plan"
    tick, step, legs = plan
    return "\n".join([f"  {who}: tick {tick}, {step}"] + ["    " + ",".join(leg) for leg in legs])


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def final_difference(replay, folder: Path) -> str | None:
    """The first balance, position or mark of the final book that differs."""
    book, ledger = replay.book, replay.ledger
    balances = {}
    positions = {}
    for (account, unit), money in ledger.money.items():
        if not unit.startswith("isolated:"):
            balances |= {(account, asset): fixed(amount, book.assets[asset].digits) for asset, amount in money.items()}
    for key, held in ledger.positions.items():
        for one in held:
            digits = book.assets[one.instrument.settle].digits
            isolated = key[1].startswith("isolated:")
            margin = fixed(ledger.money[key][one.instrument.settle], digits) if isolated else ""
            positions[one.account, one.instrument.name, one.side] = (
                size_text(one.instrument, one.lots), fixed(one.cost, digits), margin,
            )
    have = {(row["account"], row["asset"]): row["amount"] for row in read_rows(folder / "balances.csv")}
    found = difference("balance", {key: text for key, text in balances.items() if text.strip("-0.")},
                       {key: text for key, text in have.items() if text.strip("-0.")})
    held = {}
    for row in read_rows(folder / "positions.csv"):
        side = "short" if row["size"].startswith("-") else "long"
        held[row["account"], row["instrument"], side] = (row["size"], row["entry_value"], row["isolated_margin"])
    found = found or difference("position", positions, held)
    marks = {name: price_text(book.instruments[name], mark.ticks) for name, mark in book.marks.items()}
    return found or difference("mark", marks, {row["instrument"]: row["mark"] for row in read_rows(folder / "marks.csv")})


def difference(what: str, own: dict, other: dict) -> str | None:
    for key in sorted(own.keys() | other.keys()):
        if own.get(key) != other.get(key):
            return f"final {what} {key}: oracle {own.get(key)}, program {other.get(key)}"
    return None


def ticks_difference(replay, path: Path) -> str | None:
    """The first figure of `ticks.csv` that differs: states, money by step, the fund's balance, the unpaid amount."""
    for row in read_rows(path):
        own = replay.rows[int(row["tick"])].get(row["asset"])
        if own is None:
            return f"ticks: no row of {row['asset']} in tick {row['tick']}"
        digits = replay.book.assets[row["asset"]].digits
        for name, figure in own.items():
            text = fixed(figure, digits) if name in MONEY else str(figure)
            if row[name] != text:
                return f"ticks: tick {row['tick']}, {row['asset']}, {name}: oracle {text}, program {row[name]}"
    return None
