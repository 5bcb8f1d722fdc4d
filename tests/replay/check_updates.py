#!/usr/bin/env python3
"""Updates of a replay against a model in whole numbers and fractions: opening book + updates = `final/`, byte for byte.

    python3 tests/replay/check_updates.py --plimsoll BIN [--seeds FIRST:LAST]

Worked cases first, each with its arithmetic; then random ones by seed: a small venue (linear, inverse and fractional
contracts, or one with several collaterals), cross and isolated positions on both sides, and 200 updates of every kind
over some twenty ticks, some of which only move marks and some only have updates. The waterfall has no market, no ADL
and a fund that may pay nothing, so that only updates move anything.

Compared: every file of `final/`; that each plan's legs sum to nothing (size per instrument, amount - cost per asset);
that what `events` give to fees, market and external is the model's; the same from Parquet and Arrow. Updates that the model refuses are replayed alone
after those before them: exit code 3, that row and column named, and no output.
"""

from __future__ import annotations

import argparse
import copy
import csv
import io
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal, getcontext
from fractions import Fraction
from pathlib import Path

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError:  # Parquet and Arrow are then left out, visibly.
    pa = pq = None

from crash_path import read
from update_model import LONG, QUOTE, SHORT, Instrument, Model, Position, Refused, Row

getcontext().prec = 60
UPDATES = 200
REFUSED_A_SEED = 4
RULES = """
[adl]
enabled = false

[socialise]
enabled = false

[fund]
floor = 1

[fund.balance]
QUSD = 1
"""
COLUMNS = ("tick", "kind", "account", "instrument", "asset", "size", "price", "amount", "fee", "to", "rate", "side", "margin_mode")
SYSTEM = ("fund", "fees", "market", "backstop", "external")


# -------------------------------------------------------------------------------------------------------- text

def scaled(number: int, digits: int) -> str:
    """A whole number of 10^-digits, at these digits."""
    return format(Decimal(number).scaleb(-digits), "f") if digits else str(number)


def plain(number: Fraction) -> str:
    """A fraction that is a decimal."""
    digits = 0
    while (number * 10**digits).denominator != 1:
        digits += 1
    return scaled(int(number * 10**digits), digits)


def balances_text(model: Model) -> str:
    def order(key: tuple[str, str]) -> tuple[bytes, bool, bytes]:
        account, asset = key  # In `multi` the unit's own asset is first.
        return account.encode(), model.multi and asset != QUOTE, asset.encode()

    rows = [f"{account},{asset},{scaled(model.balances[account, asset], model.digits[asset])}\n"
            for account, asset in sorted(model.balances, key=order)]
    return "account,asset,amount\n" + "".join(rows)


def positions_text(model: Model) -> str:
    def order(key: tuple[str, str, str]) -> tuple:
        account, instrument, side = key
        isolated = model.positions[key].margin is not None
        settle = model.instruments[instrument].settle
        unit = f"isolated:{instrument}:{side}" if isolated else "cross:" + (QUOTE if model.multi else settle)
        return account.encode(), isolated, unit.encode(), instrument.encode(), side == SHORT

    rows = []
    for key in sorted(model.positions, key=order):
        it, position = model.instruments[key[1]], model.positions[key]
        margin = "" if position.margin is None else scaled(position.margin, model.digits[it.settle])
        rows.append(f"{key[0]},{it.name},{scaled(position.lots, it.size_digits)},"
                    f"{scaled(position.cost, model.digits[it.settle])},{margin}\n")
    return "account,instrument,size,entry_value,isolated_margin\n" + "".join(rows)


def marks_text(model: Model) -> str:
    rows = [f"{name},{scaled(model.marks[name], model.instruments[name].price_digits)},\n"
            for name in sorted(model.instruments, key=str.encode)]
    return "instrument,mark,as_of\n" + "".join(rows)


def update_text(model: Model, row: Row) -> str:
    it = model.instruments.get(row.instrument)
    digits = model.digits[it.settle if it else row.asset]
    cells = {
        "tick": str(row.tick), "kind": row.kind, "account": row.account, "instrument": row.instrument,
        "asset": row.asset, "to": row.to, "side": row.side.upper() if row.tick % 2 else row.side, "margin_mode": row.mode,
        "size": "" if row.lots is None else scaled(row.lots, it.size_digits),
        "price": "" if row.price is None else plain(row.price),
        "amount": "" if row.amount is None else scaled(row.amount, digits),
        "fee": "" if row.fee is None else scaled(row.fee, digits),
        "rate": "" if row.rate is None else plain(row.rate),
    }
    return ",".join(cells[column] for column in COLUMNS) + "\n"


# -------------------------------------------------------------------------------------------------------- books

def book_texts(model: Model) -> dict[str, str]:
    """Every file of a book as written by the program, so that unchanged rows must be the same afterwards."""
    weights = {QUOTE: ("", "1.000000", "1.000000")}
    assets = "asset,step,price,asset_weight,liability_weight\n"
    for name in sorted(model.digits):
        price, have, owe = weights.get(name, ("12.5", "0.950000", "1.100000") if model.multi else ("", "1.000000", "1.000000"))
        assets += f"{name},{scaled(1, model.digits[name])},{price},{have},{owe}\n"
    instruments = "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n"
    tiers = "tier_table,floor,maintenance_rate,initial_rate\n"
    for name in sorted(model.instruments, key=str.encode):
        it = model.instruments[name]
        kind = "inverse" if it.inverse else "linear"
        base = it.settle if it.inverse else "COIN"
        instruments += (f"{name},{kind},{base},{it.settle},{plain(it.contract_size)},{scaled(1, it.price_digits)},"
                        f"{scaled(1, it.size_digits)},T-{name}\n")
        tiers += f"T-{name},{scaled(0, model.digits[it.settle])},0.010000,0.020000\n"
    collateral = "multi" if model.multi else "single"
    return {
        "venue.toml": f'name = "updates"\nquote = "{QUOTE}"\ncollateral = "{collateral}"\n{RULES}',
        "assets.csv": assets, "instruments.csv": instruments, "tiers.csv": tiers,
        "balances.csv": balances_text(model), "positions.csv": positions_text(model), "marks.csv": marks_text(model),
    }


SINGLE = (
    Instrument("ALFA", False, QUOTE, Fraction(1), 2, 3),
    Instrument("BETA-CUBE", False, QUOTE, Fraction(1, 8), 4, 0),
    Instrument("COIN-USD", True, "COIN", Fraction(100), 1, 0),
    Instrument("Coin-THIRDS", True, "COIN", Fraction(7), 3, 1),
)
NAMES = ("a", "a b", "B", "Zed", "zed", "\u00e9t\u00e9", "\u6d77", "fund-2", "0x1", "0x10")
NEWCOMERS = ("00", "new-1", "new-2", "\u00f1", "~last")


def make_model(rng: random.Random) -> Model:
    """A venue of its own for each seed; a quarter of them with several collaterals."""
    multi = rng.random() < 0.25
    instruments = {it.name: it for it in SINGLE if not multi or not it.inverse}
    model = Model(instruments, {QUOTE: rng.choice([6, 8]), "COIN": 8, "IDLE": 4}, multi)
    for it in instruments.values():
        model.marks[it.name] = rng.randrange(5_000, 2_000_000)
    for account in NAMES:
        for asset in [QUOTE] + [name for name in ("COIN", "IDLE") if rng.random() < 0.5]:
            model.balances[account, asset] = rng.randrange(10**12)
        for it in instruments.values():
            for side in (LONG, SHORT):
                if rng.random() < 0.5:
                    continue
                lots = rng.randrange(1, 10**rng.randrange(1, 6)) * (1 if side == LONG else -1)
                cost = round(it.worth(lots, Fraction(model.marks[it.name], 10**it.price_digits), model.digits[it.settle])
                             * Fraction(rng.randrange(900, 1100), 1000))
                isolated = rng.random() < 0.3
                model.positions[account, it.name, side] = Position(lots, cost, rng.randrange(10**13) if isolated else None)
                if not isolated:
                    model.open_balance(account, it.settle)
    return model


def random_row(rng: random.Random, model: Model, tick: int) -> Row:
    """Any kind of update; most of them can be, some cannot."""
    kind = rng.choices(("fill", "funding", "fee", "deposit", "withdraw", "transfer", "margin", "settle", "list", "delist"),
                       (50, 10, 8, 8, 8, 8, 16, 1, 2, 1))[0]
    row = Row(tick, kind)
    it = model.instruments[rng.choice(sorted(model.instruments))]
    account, other = (rng.choice(NAMES * 4 + NEWCOMERS) for _ in range(2))
    if kind in ("fee", "deposit", "withdraw", "transfer"):
        row.account, row.asset = account, rng.choice(sorted(model.digits))
        row.amount = rng.choice([0, 1, rng.randrange(10**6), rng.randrange(10**12)])
        row.to = other if kind == "transfer" else ""
        return row
    row.instrument = it.name
    mark = Fraction(model.marks[it.name], 10**it.price_digits)
    if kind == "fill":
        row.account = account
        held = [position for key, position in model.positions.items() if key[:2] == (account, it.name) and position.lots]
        exact = -rng.choice(held).lots if held and rng.random() < 0.3 else 0  # Closes a position to the lot.
        row.lots = exact or rng.choice([-1, 1]) * rng.randrange(1, 10**rng.randrange(1, 6))
        price = round(mark * Fraction(rng.randrange(950, 1050), 1000) * 10**it.price_digits)
        row.price = Fraction(max(1, price), 10**it.price_digits)
        if rng.random() < 0.3:
            row.price += Fraction(rng.randrange(1, 1000), 10**(it.price_digits + 3))  # Finer than the price step.
        row.to = other if rng.random() < 0.4 else ""
        both = all(model.held(account, it.name, side) for side in (LONG, SHORT))
        if rng.random() < (0.9 if both else 0.15):
            row.side = rng.choice([LONG, SHORT])
        if rng.random() < 0.15:
            row.mode = rng.choice(["cross", "isolated"])
        row.fee = rng.choice([None, 0, 1, -1, rng.randrange(10**9), -rng.randrange(10**6)])
    elif kind == "funding":
        row.rate = Fraction(rng.choice([-1, 1]) * rng.choice([0, 1, 5, 125, 33333]), 10**rng.randrange(3, 8))
    elif kind == "margin":
        isolated = [key for key, position in model.positions.items() if position.margin is not None and position.lots]
        key = rng.choice(isolated) if isolated and rng.random() < 0.9 else (account, it.name, LONG)
        row.account, row.instrument = key[0], key[1]
        row.lots = rng.choice([None, 1 if key[2] == LONG else -1])
        row.amount = rng.choice([1, -1]) * rng.choice([0, 1, rng.randrange(10**12)])
    elif kind == "settle":
        row.price = mark + Fraction(rng.randrange(1000), 10**(it.price_digits + 2))
    return row


# ----------------------------------------------------------------------------------------------------- running

class Failed(Exception):
    """The program and the model differ."""


def write_feeds(folder: Path, model: Model, ticks: list[tuple[int, str, int]], rows: list[Row]) -> list[str]:
    (folder / "ticks.csv").write_text("tick,instrument,mark\n" + "".join(
        f"{tick},{name},{scaled(mark, model.instruments[name].price_digits)}\n" for tick, name, mark in ticks), "utf-8")
    (folder / "updates.csv").write_text(",".join(COLUMNS) + "\n" + "".join(update_text(model, row) for row in rows), "utf-8")
    return ["--ticks", str(folder / "ticks.csv"), "--updates", str(folder / "updates.csv"), "--quiet"]


def write_book(folder: Path, texts: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def replay(binary: str, folder: Path, feeds: list[str], out: Path) -> subprocess.CompletedProcess:
    command = [binary, "replay", str(folder / "book"), *feeds, "--out", str(out), "--threads", "2"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def check_final(model: Model, final: Path) -> None:
    wanted = book_texts(model)
    found = {path.name: path.read_text("utf-8") for path in final.iterdir()}
    check_system(model, found.pop("system.csv", ""))
    if sorted(found) != sorted(wanted):
        raise Failed(f"final/ holds {sorted(found)}")
    for name, text in wanted.items():
        if found[name] != text:
            ours, theirs = text.splitlines(), found[name].splitlines()
            differ = [f"  by the model  {line}" for line in ours if line not in theirs]
            differ += [f"  in final/     {line}" for line in theirs if line not in ours]
            raise Failed(f"final/{name}:\n" + "\n".join(differ[:12] or ["  the order of the rows"]))


def check_system(model: Model, text: str) -> None:
    """The system accounts of `final/`: the money and the contracts of the model's, but for the fund's."""
    money: dict[tuple[str, str], int] = {}
    held: dict[str, tuple[int, int]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        if row["account"] == "fund":
            continue
        if row["instrument"]:
            it = model.instruments[row["instrument"]]
            digits = model.digits[it.settle]
            held[it.name] = (int(Decimal(row["size"]).scaleb(it.size_digits)), int(Decimal(row["entry_value"]).scaleb(digits)))
        else:
            money[row["account"], row["asset"]] = int(Decimal(row["amount"]).scaleb(model.digits[row["asset"]]))
    held_by_model = {name: tuple(both) for name, both in model.held_by_market.items()}
    for what, ours, theirs, none in (("money", model.system, money, 0), ("contracts", held_by_model, held, (0, 0))):
        for key in set(ours) | set(theirs):
            if ours.get(key, none) != theirs.get(key, none):
                raise Failed(f"final/system.csv: {key} has {theirs.get(key)} {what}, {ours.get(key)} by the model")


def check_events(model: Model, events: list[dict[str, str]]) -> None:
    sums: dict[tuple, Decimal] = defaultdict(Decimal)
    system: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    market: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for row in events:
        if row["step"] not in ("update", "cancel"):
            raise Failed(f"the waterfall acted: {row}")
        if row["instrument"]:
            sums[row["plan"], row["instrument"]] += Decimal(row["size"])
        sums[row["plan"], row["asset"]] += Decimal(row["amount"]) - Decimal(row["cost"] or 0)
        if row["account"] in SYSTEM:
            system[row["account"], row["asset"]] += Decimal(row["amount"])
            if row["instrument"]:
                market[row["instrument"], 0] += Decimal(row["size"])
                market[row["instrument"], 1] += Decimal(row["cost"])
    broken = [key for key, total in sums.items() if total]
    if broken:
        raise Failed(f"plans that do not sum to nothing: {broken[:5]}")
    for key in set(system) | set(model.system):
        wanted = Decimal(model.system.get(key, 0)).scaleb(-model.digits[key[1]])
        if system[key] != wanted:
            raise Failed(f"{key[0]} got {system[key]} {key[1]} by the events, {wanted} by the model")
    for name, (lots, cost) in model.held_by_market.items():
        it = model.instruments[name]
        found = market[name, 0].scaleb(it.size_digits), market[name, 1].scaleb(model.digits[it.settle])
        if found != (lots, cost):
            raise Failed(f"the market holds {found} of {name} by the events, {(lots, cost)} by the model")


def check_run(binary: str, folder: Path, opening: Model, model: Model, ticks: list, rows: list[Row]) -> None:
    """`model` is the result of the rows on `opening`."""
    write_book(folder / "book", book_texts(opening))
    feeds = write_feeds(folder, opening, ticks, rows)
    done = replay(binary, folder, feeds, folder / "out")
    if done.returncode != 0:
        raise Failed(f"exit {done.returncode}: {done.stderr.strip()}")
    check_final(model, folder / "out" / "final")
    check_events(model, read(folder / "out" / "events.csv"))


def check_formats(binary: str, folder: Path) -> None:
    """The same feeds as typed columns of Parquet and Arrow give the same events."""
    for name in ("ticks", "updates"):
        rows = read(folder / f"{name}.csv")
        columns = {}
        for column in rows[0]:
            cells = [row[column] or None for row in rows]
            if column == "tick":
                columns[column] = pa.array([int(cell) for cell in cells], pa.int64())
            elif column in ("size", "price", "amount", "fee", "rate", "mark"):
                columns[column] = pa.array([cell and Decimal(cell) for cell in cells], pa.decimal128(38, 9))
            else:
                columns[column] = pa.array(cells).dictionary_encode()
        table = pa.table(columns)
        pq.write_table(table, folder / f"{name}.parquet")
        with pa.ipc.new_file(str(folder / f"{name}.arrow"), table.schema) as writer:
            writer.write_table(table)
    for ending in ("parquet", "arrow"):
        feeds = ["--ticks", str(folder / f"ticks.{ending}"), "--updates", str(folder / f"updates.{ending}"), "--quiet"]
        done = replay(binary, folder, feeds, folder / ending)
        if done.returncode != 0:
            raise Failed(f"{ending}: exit {done.returncode}: {done.stderr.strip()}")
        if (folder / ending / "events.csv").read_bytes() != (folder / "out" / "events.csv").read_bytes():
            raise Failed(f"{ending}: other events than from CSV")


def check_refused(binary: str, folder: Path, opening: Model, ticks: list, rows: list[Row], fault: Refused) -> None:
    """The last row cannot be: it is named, and nothing is written."""
    folder.mkdir()
    (folder / "book").symlink_to(folder.parent / "book")
    feeds = write_feeds(folder, opening, ticks, rows)
    done = replay(binary, folder, feeds, folder / "out")
    column, reason = fault.args
    reported = f"updates.csv, row {len(rows) + 1}, column {column}: "
    if done.returncode != 3 or reported not in done.stderr or reason not in done.stderr:
        raise Failed(f"{rows[-1]} must be refused ({reported}... {reason}): exit {done.returncode}: {done.stderr.strip()}")
    if (folder / "out").exists() or sorted(path.name for path in folder.iterdir()) != ["book", "ticks.csv", "updates.csv"]:
        raise Failed(f"{rows[-1]} was refused, but left {sorted(folder.iterdir())}")


# ------------------------------------------------------------------------------------------------ worked cases

@dataclass(frozen=True)
class Case:
    """Rows as in the files. ALFA: 1, price step 0.01, size step 0.001, mark 100. BETA-CUBE: 1/8, 0.0001, 1, mark 8.
    COIN-USD: inverse, 100, 0.1, 1, mark 50000. QUSD has 6 digits, COIN 8. Updates: tick, kind, then `column=cell`."""

    name: str
    balances: str
    positions: str
    updates: str
    balances_after: str
    positions_after: str
    system: str = ""  # account, asset, amount
    ticks: str = ""
    rules: str = RULES


CASES = (
    Case("a fill opens an account; its price may be finer than the step, its fee is the balance's",
         "", "", "1 fill account=a instrument=ALFA size=2 price=100.005 fee=0.1",
         "a,QUSD,-0.100000", "a,ALFA,2.000,200.010000,", "fees,QUSD,0.1"),
    Case("half to even: 0.125 x 0.000012 = 1.5 steps are 2, 0.125 x 0.00002 = 2.5 steps are 2",
         "", "", "1 fill account=a instrument=BETA-CUBE size=1 price=0.000012\n"
                 "1 fill account=b instrument=BETA-CUBE size=-1 price=0.00002",
         "a,QUSD,0.000000\nb,QUSD,0.000000", "a,BETA-CUBE,1,0.000002,\nb,BETA-CUBE,-1,-0.000002,"),
    Case("a part releases sign x floor(|cost| x part / whole): 10 x 1/3 = 3.333333; 4 - 3.333333 is realised",
         "a,QUSD,0", "a,ALFA,-3,-10", "1 fill account=a instrument=ALFA size=1 price=4",
         "a,QUSD,-0.666667", "a,ALFA,-2.000,-6.666667,"),
    Case("through zero: 3 of 5 sold at 90 close, 270 - 300 is realised; 2 open at 180",
         "a,QUSD,100", "a,ALFA,3,300", "1 fill account=a instrument=ALFA size=-5 price=90",
         "a,QUSD,70.000000", "a,ALFA,-2.000,-180.000000,"),
    Case("with both sides held the fill names the one it acts on: 220 x 1.5/2 - 150 is realised, the long stays",
         "a,QUSD,0", "a,ALFA,1,99\na,ALFA,-2,-220", "1 fill account=a instrument=ALFA size=1.5 price=100 side=short",
         "a,QUSD,15.000000", "a,ALFA,1.000,99.000000,\na,ALFA,-0.500,-55.000000,"),
    Case("a sale with side short opens or adds to the short and leaves the long alone",
         "a,QUSD,5", "a,ALFA,1,99", "1 fill account=a instrument=ALFA size=-1 price=100 side=SHORT\n"
                                    "1 fill account=a instrument=ALFA size=-0.5 price=90 side=Long",
         "a,QUSD,0.500000", "a,ALFA,0.500,49.500000,\na,ALFA,-1.000,-100.000000,"),
    Case("what opens isolated has a margin of 0 until it is given some; the cross balance stays",
         "a,QUSD,50", "", "1 fill account=a instrument=ALFA size=1 price=100 margin_mode=Isolated fee=1\n"
                          "1 margin account=a instrument=ALFA side=long amount=7",
         "a,QUSD,42.000000", "a,ALFA,1.000,100.000000,7.000000", "fees,QUSD,1"),
    Case("settled at zero: a linear contract may be worth nothing",
         "a,QUSD,50\nb,QUSD,0", "a,ALFA,1,30\nb,ALFA,-1,-30", "1 settle instrument=ALFA price=0",
         "a,QUSD,20.000000\nb,QUSD,30.000000", ""),
    Case("the other leg may be an account; inverse: 10 x 100 / 50000 = 0.02 COIN, a long's value is negative",
         "", "", "1 fill account=a instrument=COIN-USD size=10 price=50000 to=b",
         "a,COIN,0.00000000\nb,COIN,0.00000000", "a,COIN-USD,10,-0.02000000,\nb,COIN-USD,-10,0.02000000,"),
    Case("inverse, closed at 40000: 0.02 were received, 0.025 COIN are paid back",
         "a,COIN,1", "a,COIN-USD,-10,0.02", "1 fill account=a instrument=COIN-USD size=10 price=40000",
         "a,COIN,1.00500000", ""),
    Case("funding: 1.5 steps paid are 2 each, 3 received are 3; the residue of 1 goes to fees",
         "a,QUSD,1\nb,QUSD,1\nc,QUSD,1", "a,ALFA,0.001,0.1\nb,ALFA,0.001,0.1\nc,ALFA,-0.002,-0.2",
         "1 funding instrument=ALFA rate=0.000015",
         "a,QUSD,0.999998\nb,QUSD,0.999998\nc,QUSD,1.000003",
         "a,ALFA,0.001,0.100000,\nb,ALFA,0.001,0.100000,\nc,ALFA,-0.002,-0.200000,", "fees,QUSD,0.000001"),
    Case("funding of an inverse contract: the long pays 0.0001 of 0.02 COIN; what nobody else holds goes to fees",
         "a,COIN,1", "a,COIN-USD,10,-0.02", "1 funding instrument=COIN-USD rate=0.0001",
         "a,COIN,0.99999800", "a,COIN-USD,10,-0.02000000,", "fees,COIN,0.000002"),
    Case("funding of an isolated position comes from its margin; a negative rate is the shorts'",
         "a,QUSD,1", "a,ALFA,-1,-100,5", "1 funding instrument=ALFA rate=-0.01",
         "a,QUSD,1.000000", "a,ALFA,-1.000,-100.000000,4.000000", "fees,QUSD,1"),
    Case("deposit, withdraw, fee, transfer; the receiver need not be there",
         "a,QUSD,10", "", "1 deposit account=b asset=QUSD amount=3\n1 withdraw account=a asset=QUSD amount=10\n"
                          "1 fee account=a asset=QUSD amount=0.5\n2 transfer account=b asset=QUSD amount=2.5 to=c",
         "a,QUSD,-0.500000\nb,QUSD,0.500000\nc,QUSD,2.500000", "", "external,QUSD,7\nfees,QUSD,0.5"),
    Case("margin in and out; both sides are isolated, so the size's sign tells which",
         "a,QUSD,10", "a,ALFA,1,100,5\na,ALFA,-1,-100,6",
         "1 margin account=a instrument=ALFA size=1 amount=4\n1 margin account=a instrument=ALFA size=-1 amount=-6",
         "a,QUSD,12.000000", "a,ALFA,1.000,100.000000,9.000000\na,ALFA,-1.000,-100.000000,0.000000"),
    Case("an isolated position that is closed brings its margin home: 5 + 110 - 100; reopened later it is cross",
         "a,QUSD,10", "a,ALFA,1,100,5",
         "1 fill account=a instrument=ALFA size=-1 price=110\n2 fill account=a instrument=ALFA size=1 price=90",
         "a,QUSD,25.000000", "a,ALFA,1.000,90.000000,"),
    Case("settled, and traded again in the same tick",
         "a,QUSD,0\nb,QUSD,0", "a,ALFA,1,100\nb,ALFA,-1,-90",
         "1 settle instrument=ALFA price=95.5\n1 fill account=a instrument=ALFA size=-2 price=96 to=b",
         "a,QUSD,-4.500000\nb,QUSD,-5.500000", "a,ALFA,-2.000,-192.000000,\nb,ALFA,2.000,192.000000,"),
    Case("delisted at the mark of 100, listed again",
         "a,QUSD,0", "a,ALFA,1,80", "1 delist instrument=ALFA\n3 list instrument=ALFA\n"
                                    "3 fill account=a instrument=ALFA size=0.001 price=70",
         "a,QUSD,20.000000", "a,ALFA,0.001,0.070000,"),
    Case("the backstop takes a long of equity -10 at 110, pays 1 % of 100, and is settled at 105",
         "b,QUSD,10", "b,ALFA,1,120", "2 funding instrument=ALFA rate=0.01\n3 settle instrument=ALFA price=105",
         "b,QUSD,0.000000", "", "backstop,QUSD,-6\nfees,QUSD,1", "1,ALFA,100.00\n", "\n[backstop]\nenabled = true\n"),
)


def case_row(text: str) -> str:
    tick, kind, *cells = text.split(" ")
    given = dict(cell.split("=") for cell in cells) | {"tick": tick, "kind": kind}
    return ",".join(given.pop(column, "") for column in COLUMNS) + ("" if not given else f"unknown {given}") + "\n"


def check_case(binary: str, case: Case, folder: Path) -> None:
    """The figures of a case, without the model."""
    texts = book_texts(Model({it.name: it for it in SINGLE[:3]}, {QUOTE: 6, "COIN": 8},
                             marks={"ALFA": 10000, "BETA-CUBE": 80000, "COIN-USD": 500000}))
    texts["venue.toml"] = texts["venue.toml"].replace(RULES, case.rules)
    after = dict(texts)
    for name, rows, rows_after in (("balances.csv", case.balances, case.balances_after),
                                   ("positions.csv", case.positions, case.positions_after)):
        lines = [line + "," * (texts[name].count(",") - line.count(",")) for line in rows.split("\n") if line]
        after[name] = texts[name] + "".join(line + "\n" for line in rows_after.split("\n") if line)
        texts[name] += "".join(line + "\n" for line in lines)
    write_book(folder / "book", texts)
    (folder / "ticks.csv").write_text("tick,instrument,mark\n" + case.ticks, "utf-8")
    rows = "".join(case_row(line) for line in case.updates.split("\n"))
    (folder / "updates.csv").write_text(",".join(COLUMNS) + "\n" + rows, "utf-8")
    feeds = ["--ticks", str(folder / "ticks.csv"), "--updates", str(folder / "updates.csv"), "--quiet"]
    done = replay(binary, folder, feeds, folder / "out")
    if done.returncode != 0:
        raise Failed(f"exit {done.returncode}: {done.stderr.strip()}")
    for name, text in after.items():
        found = (folder / "out" / "final" / name).read_text("utf-8")
        if found != text:
            raise Failed(f"final/{name}:\n{found}but by hand:\n{text}")
    system: Counter = Counter()
    for row in read(folder / "out" / "events.csv"):
        if row["account"] in SYSTEM:
            system[row["account"], row["asset"]] += Decimal(row["amount"])
    wanted = {tuple(line.split(",")[:2]): Decimal(line.split(",")[2]) for line in case.system.split("\n") if line}
    if {key: amount for key, amount in system.items() if amount} != wanted:
        raise Failed(f"the system's accounts got {dict(system)}, by hand {wanted}")


# ---------------------------------------------------------------------------------------------------- by seed

def check_seed(binary: str, seed: int, folder: Path, kinds: Counter) -> None:
    rng = random.Random(seed)
    model = make_model(rng)
    opening = copy.deepcopy(model)
    model.start()
    rows: list[Row] = []
    ticks: list[tuple[int, str, int]] = []
    refused: list[tuple[list[Row], Refused]] = []
    tick = 0
    while len(rows) < UPDATES:
        tick += rng.randrange(1, 4)
        for _ in range(rng.choice([0, 1, 5, 20, 40])):
            row = random_row(rng, model, tick)
            tried = copy.deepcopy(model)
            try:
                tried.apply(row)
            except Refused as fault:
                refused.append((rows + [row], fault))
                continue
            # A loss of an isolated position beyond its margin is a matter of the waterfall, which does not act here.
            if any(one.margin is not None and one.margin < 0 for one in tried.positions.values()):
                continue
            model = tried
            rows.append(row)
            kinds[row.kind] += 1
        for name in sorted(model.instruments):
            if rng.random() < 0.4:
                model.marks[name] = max(1, model.marks[name] * rng.randrange(900, 1110) // 1000)
                ticks.append((tick, name, model.marks[name]))
    check_run(binary, folder, opening, model, ticks, rows)
    for number, (part, fault) in enumerate(rng.sample(refused, min(REFUSED_A_SEED, len(refused)))):
        kinds["refused"] += 1
        check_refused(binary, folder / f"refused-{number}", opening, ticks, part, fault)


def main() -> int:
    """Checks the worked cases and every seed; exit 1 at the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", required=True)
    parser.add_argument("--seeds", default="0:30")
    arguments = parser.parse_args()
    first, last = map(int, arguments.seeds.split(":"))
    for case in CASES:
        with tempfile.TemporaryDirectory(prefix="plimsoll-updates-") as folder:
            try:
                check_case(arguments.plimsoll, case, Path(folder))
            except Failed as failure:
                print(f"{case.name}: {failure}")
                return 1
    kinds: Counter = Counter()
    for seed in range(first, last):
        with tempfile.TemporaryDirectory(prefix="plimsoll-updates-") as folder:
            try:
                check_seed(arguments.plimsoll, seed, Path(folder), kinds)
                if pa is not None and seed == first:
                    check_formats(arguments.plimsoll, Path(folder))
            except Failed as failure:
                print(f"seed {seed}: {failure}")
                return 1
    if pa is None:
        print("Parquet and Arrow left out: there is no pyarrow")
    print(f"{len(CASES)} worked cases; {last - first} books: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
