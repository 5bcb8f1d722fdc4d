"""The page of an account, each value recomputed from the tables of a scan of the same book."""

from __future__ import annotations

import html
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

import texts
from recount import read
from shown_page import Shown, thin, tile_number
from texts import STATES, equal


def explain_page(page: Path, account: str, book: Path, out: Path) -> set[str]:
    """`out`: the tables of the scan, with positions and whole ladders. Returns the states and roles that were seen."""
    shown = Shown(page)
    units = [row for row in read(out / "units.csv") if row["account"] == account]
    units.sort(key=lambda row: (-STATES.index(row["state"]), not row["health_factor"], Decimal(row["health_factor"] or 0)))
    equal(shown.facts["units"], thin(str(len(units))), "units of the account")
    rows = shown.page.rows("units-table")
    columns = ("unit", "asset", "state", "equity", "margin_equity", "maintenance", "health_factor")
    words = lambda row: tuple(row[name].replace("_", " ") if name == "state" else row[name] for name in columns)
    equal(list(map(words, rows)), list(map(words, units)), "units")
    for row in rows if texts.summary_of(out)["collateral"] == "single" else ():
        equal(Decimal(row["balance"]) + Decimal(row["pnl"]), Decimal(row["equity"]), "balance and pnl make the equity")
    columns = ("unit", "asset", "initial", "free", "top_up")
    equal([tuple(row[name] for name in columns) for row in shown.page.rows("room-table")], [tuple(row[name] for name in columns) for row in units], "room")
    for row, unit in zip(shown.page.rows("room-table"), units):
        equal(Decimal(row["deficit"]), max(Decimal(0), -Decimal(unit["equity"])), "deficit")

    notes = [one["note"] for one in texts.summary_of(out)["notes"]]
    reported = html.unescape(shown.page.bytes.decode("utf-8").split("<nav>")[0].split("</style>")[1])
    assert all(note in reported for note in notes if note.split(":")[0] in ("positions.csv", "balances.csv", "marks.csv")), (notes, reported)

    worst = units[0]
    tiles = [("worst unit", worst["state"].replace("_", " ") + (", held" if worst["held"] == "true" else ""), worst["unit"]),
             ("its equity", tile_number(worst["equity"]), worst["asset"]), ("its maintenance", tile_number(worst["maintenance"]), worst["asset"])]
    if worst["health_factor"]:
        tiles.append(("its health factor", tile_number(worst["health_factor"]), "margin equity over maintenance"))
    if worst["state"] in STATES[2:] and worst["top_up"]:
        tiles.append(("its top-up", tile_number(worst["top_up"]), f"{worst['asset']}, to reach maintenance"))
    equal(shown.tiles, tiles, "cards")
    return positions(shown, account, units, book, out) | {row["state"] for row in units}


def positions(shown: Shown, account: str, units: list[dict[str, str]], book: Path, out: Path) -> set[str]:
    """The positions of each unit, their places on the ladders, and the winners that would take over each position."""
    marks = {row["instrument"]: row["mark"] for row in read(book / "marks.csv")}
    rank = {(row["account"], row["unit"], row["instrument"], row["side"]): row["rank"] for row in read(out / "ladder.csv")}
    cover, seen = read(out / "cover.csv"), set()
    for place, unit in enumerate(units[:20], 1):
        own = {(row["instrument"], row["side"]): row for row in read(out / "positions.csv") if (row["account"], row["unit"]) == (account, unit["unit"])}
        money, prices = (shown.page.rows(f"unit-{place}-{name}") for name in ("positions", "prices"))
        equal({(row["instrument"], row["side"]) for row in money}, set(own), "positions")
        for row, price in zip(money, prices, strict=True):
            key = row["instrument"], row["side"]
            equal((price["instrument"], price["side"]), key, "the same order")
            equal(tuple(row[name] for name in ("size", "value", "cost", "pnl", "maintenance", "initial")),
                  tuple(own[key][name] for name in ("size", "value", "cost", "pnl", "maintenance", "initial")), f"{key}: money")
            equal(row["mark"], marks[row["instrument"]], f"{key}: mark")
            equal(tuple(price[name] for name in ("bankruptcy_price", "liquidation_price", "score", "lights")),
                  tuple(own[key][name] for name in ("bankruptcy_price", "liquidation_price", "score", "lights")), f"{key}: prices")
            equal(price["place"], rank.get((account, unit["unit"], *key), ""), f"{key}: place on the ladder")
            if price["liquidation_price"] and Decimal(row["mark"]):
                way = 100 * (Decimal(price["liquidation_price"]) - Decimal(row["mark"])) / abs(Decimal(row["mark"]))
                equal(Decimal(price["distance_%"]), way.quantize(Decimal("0.01"), ROUND_DOWN), f"{key}: distance, towards zero")
        for role, table, side in (("loser", "loses", "winner"), ("winner", "wins", "loser")):
            wanted = sorted((row["instrument"], row[side], row[f"{side}_unit"], row["size"], row["price"], row["value"])
                            for row in cover if (row[role], row[f"{role}_unit"]) == (account, unit["unit"]))
            found = []
            for name, caption in shown.page.captions.items():
                if name.startswith(f"unit-{place}-") and name.endswith(f"-{table}"):
                    found += [(caption.strip().split(" ")[0], *(row[key] for key in ("account", "unit", "size", "price", "value"))) for row in shown.page.rows(name)]
            equal(sorted(found), wanted, f"{unit['unit']}: {table}")
            seen |= {table} if wanted else set()
    return seen
