"""The output tables of `plimsoll scan` as text (docs/design.md section 7)."""

from __future__ import annotations

from datetime import datetime, timezone
from fractions import Fraction

from book import Book, Instrument, name_order
from decimals import PPM, ceil_div, fixed, on_step, shortest, whole
from digest import full_digest, hexadecimal, tick_digest
from margin import BANKRUPT, LIQUIDATABLE, STATES, Unit, shown_price
from rank import SIDES, Entry, Market

UNIT_COLUMNS = (
    "account", "unit", "asset", "equity", "equity_quote", "margin_equity", "maintenance", "initial", "free", "top_up", "health_factor",
    "state", "held",
)
LADDER_COLUMNS = ("instrument", "side", "rank", "account", "unit", "size", "score", "lights")
COVER_COLUMNS = (
    "instrument", "asset", "loser", "loser_unit", "winner", "winner_unit", "size", "price", "value",
)
POSITION_COLUMNS = (
    "account", "unit", "asset", "instrument", "side", "size", "value", "cost", "pnl", "notional", "maintenance",
    "initial", "allotted", "bankruptcy_price", "liquidation_price", "score", "lights",
)
MARKET_COLUMNS = (
    "instrument", "asset", "mark", "open_interest", "longs", "shorts", "demand_long", "demand_short", "cover_long",
    "cover_short", "deficit", "held",
)
HELD_COLUMNS = ("instrument", "mark", "as_of", "age", "limit", "why")


def field_text(text: str) -> str:
    """A field of RFC 4180 with minimal quoting."""
    if any(mark in text for mark in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def csv_text(columns: tuple[str, ...], rows: list[list[str]]) -> str:
    """A table as CSV: header first, LF after every row."""
    return "".join(",".join(field_text(text) for text in row) + "\n" for row in [list(columns), *rows])


def boolean(value: bool) -> str:
    return "true" if value else "false"


def price_text(item: Instrument, ticks: int | None) -> str:
    """A price at the digits of the price step; blank if there is none."""
    return "" if ticks is None else on_step(ticks, item.price_step, item.price_digits)


def size_text(item: Instrument, lots: int) -> str:
    """A size in contracts at the digits of the size step."""
    return on_step(lots, item.size_step, item.size_digits)


def health_text(unit: Unit) -> str:
    millionths = unit.health_millionths
    return "" if millionths is None else fixed(millionths, 6)


def worth_in_quote(book: Book, unit: Unit, held: set[str]) -> int | None:
    """Equity in steps of the quote, rounded down; None without a price."""
    price = shown_price(book, unit.asset, held)
    if price is None:
        return None
    return (unit.equity * book.assets[unit.asset].step * price / book.assets[book.quote].step).__floor__()


def quote_text(book: Book, unit: Unit, held: set[str]) -> str:
    worth = worth_in_quote(book, unit, held)
    return "" if worth is None else fixed(worth, book.assets[book.quote].digits)


def unit_row(book: Book, unit: Unit, held: set[str]) -> list[str]:
    digits = book.assets[unit.asset].digits
    money = [unit.margin_equity, unit.maintenance, unit.initial, unit.free]
    figures = [fixed(unit.equity, digits), quote_text(book, unit, held), *(fixed(amount, digits) for amount in money)]
    lacking = unit.maintenance - unit.margin_equity
    figures.append(fixed(lacking, digits) if lacking > 0 else "")
    return [unit.account, unit.name, unit.asset, *figures, health_text(unit), STATES[unit.state], boolean(unit.held)]


def units_csv(book: Book, units: list[Unit], held: set[str]) -> str:
    return csv_text(UNIT_COLUMNS, [unit_row(book, unit, held) for unit in units])


def flagged_csv(book: Book, units: list[Unit], held: set[str]) -> str:
    """Liquidatable and bankrupt units that are not held: bankrupt first, printed health factor
    (blank first, then up), account, unit."""

    def order(unit: Unit):
        health = unit.health_millionths
        return (-unit.state, health is not None, health or 0, name_order(unit.account), name_order(unit.name))

    flagged = [unit for unit in units if unit.state in (LIQUIDATABLE, BANKRUPT) and not unit.held]
    flagged = [unit for unit in flagged if not unit.is_dust]
    rows = [
        [*unit_row(book, unit, held), fixed(unit.deficit, book.assets[unit.asset].digits)]
        for unit in sorted(flagged, key=order)
    ]
    return csv_text((*UNIT_COLUMNS, "deficit"), rows)


def shown(ladder: list[Entry], market: Market, side: str, full: bool) -> int:
    """How many entries of a ladder are written: all, or the shortest prefix that holds every entry
    with a fill."""
    if full:
        return len(ladder)
    filled = {id(fill.winner) for fill in market.fills[side]}
    return max((place for place, entry in enumerate(ladder, 1) if id(entry) in filled), default=0)


def ladder_csv(book: Book, markets: dict[str, Market], full: bool) -> str:
    rows = []
    for name, market in markets.items():
        for side in SIDES:
            ladder = market.ladders[side]
            for place, entry in enumerate(ladder[: shown(ladder, market, side, full)], 1):
                holding, unit = entry.holding, entry.unit
                size = size_text(holding.position.instrument, entry.lots)
                score, lights = shortest(holding.score), str(holding.lights)
                rows.append([name, side, str(place), unit.account, unit.name, size, score, lights])
    return csv_text(LADDER_COLUMNS, rows)


def cover_csv(book: Book, markets: dict[str, Market]) -> str:
    """The fills by instrument, long losers first (their winners are short), then fill order."""
    rows = []
    for name, market in markets.items():
        item = book.instruments[name]
        for side in reversed(SIDES):
            for fill in market.fills[side]:
                loser, winner = fill.loser, fill.winner
                price = price_text(item, loser.holding.bankruptcy_ticks)
                names = [loser.unit.account, loser.unit.name, winner.unit.account, winner.unit.name]
                value = fixed(fill.value, book.assets[item.settle].digits)
                rows.append([name, item.settle, *names, size_text(item, fill.lots), price, value])
    return csv_text(COVER_COLUMNS, rows)


def positions_csv(book: Book, units: list[Unit]) -> str:
    rows = []
    for unit in units:
        digits = book.assets[unit.asset].digits
        for holding in unit.holdings:
            position, item = holding.position, holding.position.instrument
            money = [
                holding.value, position.cost, holding.pnl, holding.notional, holding.maintenance, holding.initial,
                holding.allotted,
            ]
            rows.append([
                unit.account, unit.name, unit.asset, item.name, position.side, size_text(item, position.lots),
                *(fixed(amount, digits) for amount in money),
                price_text(item, holding.bankruptcy_ticks), price_text(item, holding.liquidation_ticks),
                shortest(holding.score), "" if holding.lights is None else str(holding.lights),
            ])
    return csv_text(POSITION_COLUMNS, rows)


def markets_csv(book: Book, markets: dict[str, Market], held: set[str]) -> str:
    """Every instrument; spot has no positions, so its sizes are a plain 0 and its deficit is blank."""
    rows = []
    for name, market in markets.items():
        item = book.instruments[name]
        mark = price_text(item, book.marks[name].ticks if name in book.marks else None)
        found = {side: sum(fill.lots for fill in market.fills[side]) for side in SIDES}
        sizes = [market.demand["long"], market.demand["short"], found["long"], found["short"]]
        deficit = "" if item.kind == "spot" else fixed(market.deficit, book.assets[item.settle].digits)
        rows.append([
            name, item.settle, mark, size_text(item, max(market.long_lots, market.short_lots)), str(market.longs),
            str(market.shorts), *(size_text(item, lots) for lots in sizes), deficit, boolean(name in held),
        ])
    return csv_text(MARKET_COLUMNS, rows)


def seconds_text(seconds: Fraction) -> str:
    """Seconds as the shortest plain decimal; times have at most nine decimals."""
    text = fixed(whole(seconds, Fraction(1, 10**9), "seconds"), 9)
    return text.rstrip("0").rstrip(".")


def instant_text(seconds: Fraction) -> str:
    """An instant as RFC 3339 in UTC, its fraction as short as it can be."""
    full = seconds.__floor__()
    rest = seconds_text(seconds - full).partition(".")[2]
    return f"{datetime.fromtimestamp(full, timezone.utc):%Y-%m-%dT%H:%M:%S}{'.' + rest if rest else ''}Z"


def held_csv(book: Book, held: set[str], as_of: Fraction | None) -> str:
    """The held instruments, by name: their mark, its time, its age and why."""
    seen = [mark.as_of for mark in book.marks.values() if mark.as_of is not None]
    now = as_of if as_of is not None else max(seen, default=None)
    rows = []
    for name in sorted(held, key=name_order):
        mark = book.marks.get(name)
        price = price_text(book.instruments[name], mark.ticks if mark else None)
        old = mark is not None and mark.as_of is not None
        time = instant_text(mark.as_of) if old else ""
        why = "too old" if old else "no as_of" if mark else "no mark"
        age = seconds_text(now - mark.as_of) if old else ""
        rows.append([name, price, time, age, seconds_text(book.max_mark_age), why])
    return csv_text(HELD_COLUMNS, rows)


def asset_totals(book: Book, units: list[Unit], markets: dict[str, Market], held: set[str]) -> dict[str, dict]:
    """Sums over the units of each asset, held ones included; requirements are rounded once, up.
    `cover_value` and `uncovered` add up the fills and the parts that the clamp cut off."""
    totals = {}
    for asset in sorted({unit.asset for unit in units}, key=name_order):
        own = [unit for unit in units if unit.asset == asset]
        losing = [holding for unit in own if unit.state == BANKRUPT and not unit.held for holding in unit.holdings]
        fills = [
            fill.value
            for name, market in markets.items()
            if book.instruments[name].settle == asset
            for side in SIDES
            for fill in market.fills[side]
        ]
        money = {
            "equity": sum(unit.equity for unit in own),
            "margin_equity": sum(unit.margin_equity for unit in own),
            "maintenance": ceil_div(sum(unit.maintenance_ppm for unit in own), PPM),
            "initial": ceil_div(sum(holding.initial_ppm for unit in own for holding in unit.holdings), PPM),
            "deficit": sum(unit.deficit for unit in own),
            "cover_value": sum(fills),
            "uncovered": sum(holding.uncovered for holding in losing),
        }
        digits = book.assets[asset].digits
        totals[asset] = {"units": len(own), **{name: fixed(amount, digits) for name, amount in money.items()}}
        quoted = [worth_in_quote(book, unit, held) for unit in own]
        totals[asset]["equity_quote"] = None if None in quoted else fixed(sum(quoted), book.assets[book.quote].digits)
    return totals


def cover_counts(units: list[Unit], markets: dict[str, Market]) -> dict:
    """How many positions are to be covered, by how many, and which sides have too few lots."""
    sides = [(name, side, market) for name, market in markets.items() for side in SIDES]
    fills = [fill for _, side, market in sides for fill in market.fills[side]]
    return {
        "positions_bankrupt": sum(
            len(unit.holdings) for unit in units if unit.state == BANKRUPT and not unit.held
        ),
        "fills": len(fills),
        "winners": len({id(fill.winner) for fill in fills}),
        "short_of_winners": [
            f"{name}:{side}"
            for name, side, market in sides
            if sum(fill.lots for fill in market.fills[side]) < market.demand[side]
        ],
    }


def summary(book: Book, units: list[Unit], markets: dict[str, Market], held: set[str]) -> dict:
    """The parts of `summary.json` that follow from the book: counts by state, totals per asset, digests."""
    digests = {"tick": tick_digest(units, markets), "full": full_digest(units, markets)}
    return {
        "units": len(units),
        "positions": sum(len(unit.holdings) for unit in units),
        "instruments": len(book.instruments),
        "states": {
            state: sum(unit.state == number and not unit.is_dust for unit in units)
            for number, state in enumerate(STATES)
        },
        "dust": {
            "units": sum(unit.is_dust for unit in units),
            "first": [
                {"account": unit.account, "unit": unit.name, "deficit": fixed(unit.deficit, book.assets[unit.asset].digits)}
                for unit in sorted((one for one in units if one.is_dust), key=lambda one: (
                    name_order(one.account), name_order(one.name)
                ))
            ],
        },
        "held": {"units": sum(unit.held for unit in units), "instruments": len(held)},
        "assets": asset_totals(book, units, markets, held),
        "cover": cover_counts(units, markets),
        "digests": {name: hexadecimal(digest) for name, digest in digests.items()},
    }
