"""A book: the tables of docs/design.md section 7, read exactly into integers.

Sizes become whole lots (size steps), prices whole ticks (price steps), money whole value steps of
its asset and rates whole parts per million.
"""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from decimals import PPM, BadData, ceil_div, decimals_seen, parse, whole

TABLES = ("assets", "instruments", "tiers", "balances", "positions", "marks")
OPTIONAL_TABLES = ("units", "depths")
SYSTEM_ACCOUNTS = ("fund", "fees", "market", "backstop", "external")
SCORES = ("pnl_leverage", "binance", "hyperliquid", "pnl", "return", "leverage", "size", "given")
MARK_TICKS_MAX = 1 << 40

Row = dict[str, str]


@dataclass
class Asset:
    """A row of `assets`: money of it is a whole number of 10^-digits."""

    name: str
    digits: int
    price: Fraction | None
    asset_weight_ppm: int
    liability_weight_ppm: int

    @property
    def step(self) -> Fraction:
        return Fraction(1, 10**self.digits)


@dataclass
class Band:
    """One band of a tier table; the floor is in value steps of the settlement asset."""

    floor: int
    maintenance_ppm: int
    initial_ppm: int


class Bands(list):
    """A tier table as one instrument reads it. `whole`: the rate of the band holds for the whole position, else for the
    part in the band. `by_lots`: floors are lots of the instrument, else value steps of notional."""

    whole = False
    by_lots = False


@dataclass
class Instrument:
    """A row of `instruments`; spot carries only its name, base, settle and price step."""

    name: str
    kind: str
    base: str
    settle: str
    price_step: Fraction
    price_digits: int
    below_zero: bool = False
    contract_size: Fraction = Fraction(0)
    size_step: Fraction = Fraction(1)
    size_step_text: str = "1"
    size_digits: int = 0
    bands: Bands = field(default_factory=Bands)


@dataclass
class Mark:
    """A row of `marks`: whole price steps and the instant they were seen, in seconds."""

    ticks: int
    as_of: Fraction | None


@dataclass
class Position:
    """A row of `positions`: signed lots, the signed cost in value steps, its isolated margin or None."""

    account: str
    instrument: Instrument
    lots: int
    cost: int
    isolated_margin: int | None
    given: float | None

    @property
    def side(self) -> str:
        return "long" if self.lots > 0 else "short"


@dataclass
class Book:
    """The whole book, as the input of a scan."""

    quote: str
    multi: bool
    margin_call_ppm: int
    max_mark_age: Fraction | None
    score: str
    dust: dict[str, int]
    depths: dict[str, tuple[Fraction, Fraction | None]]
    assets: dict[str, Asset]
    instruments: dict[str, Instrument]
    marks: dict[str, Mark]
    balances: dict[tuple[str, str], int]
    positions: list[Position]
    bare: dict[tuple[str, str], int] = field(default_factory=dict)
    """Money or debt, by account and unit, of isolated units that hold no position (`units`)."""


def name_order(name: str) -> bytes:
    """Names are ordered bytewise as UTF-8 text, everywhere (section 2)."""
    return name.encode("utf-8")


def instant(text: str) -> Fraction:
    """Seconds since 1970 of an RFC 3339 instant, its fraction kept exactly (section 7)."""
    match = re.match(
        r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z", text
    )
    if match is None:
        raise BadData(f"as_of: '{text}' is not an RFC 3339 instant")
    day, clock, fraction, zone = match.groups()
    moment = datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
    seconds = Fraction(int(moment.timestamp())) + Fraction("0" + (fraction or ".0"))
    if zone not in "Zz":
        minutes = int(zone[1:3]) * 60 + int(zone[4:6])
        seconds -= (1 if zone[0] == "+" else -1) * minutes * 60
    return seconds


def exact_value(instrument: Instrument, lots: int, price: Fraction, step: Fraction) -> Fraction:
    """The unrounded worth of a position at a price, in value steps (section 3, Value)."""
    size = lots * instrument.size_step
    if instrument.kind == "inverse":
        return -size * instrument.contract_size / price / step
    return size * instrument.contract_size * price / step


def floor_value(instrument: Instrument, lots: int, price: Fraction, step: Fraction) -> int:
    """The worth of a position at a price: rounded down to the value step (section 3, Value)."""
    return exact_value(instrument, lots, price, step).__floor__()


def _optional(row: Row, column: str) -> str:
    return row.get(column) or ""


def _toml_number(value: object, what: str) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise BadData(f"{what}: '{value}' is not a number")
    return parse(value, what) if isinstance(value, str) else Fraction(value)


def default_digits(asset: str, tables: dict[str, list[Row]]) -> int:
    """A blank step is 10^-max(8, decimals seen in balances, isolated margins, entry values and
    tier floors) of that asset (section 3)."""
    settles = {row["instrument"]: row["settle"] for row in tables["instruments"]}
    used = {_optional(row, "tier_table") for row in tables["instruments"] if row["settle"] == asset}
    seen = [8]
    seen += [decimals_seen(row["amount"]) for row in tables["balances"] if row["asset"] == asset]
    for row in tables["positions"]:
        if settles.get(row["instrument"]) == asset:
            seen += [decimals_seen(_optional(row, column)) for column in ("isolated_margin", "entry_value")]
    for row in tables.get("units", []):
        if settles.get(row["unit"].split(":", 1)[1].rsplit(":", 1)[0]) == asset:
            seen.append(decimals_seen(row["balance"]))
    seen += [
        decimals_seen(row["floor"])
        for row in tables["tiers"]
        if row["tier_table"] in used - {""} and _optional(row, "floor_in") != "contracts"
    ]
    return max(seen)


def read_assets(tables: dict[str, list[Row]]) -> dict[str, Asset]:
    """The assets: their value step, fixed price in the quote and collateral weights."""
    assets = {}
    for row in tables["assets"]:
        name, step_text = row["asset"], _optional(row, "step")
        digits = decimals_seen(step_text) if step_text else default_digits(name, tables)
        if step_text and parse(step_text) != Fraction(1, 10**digits):
            raise BadData(f"assets.step: '{step_text}' is not a power of ten <= 1")
        price = _optional(row, "price")
        weights = [
            whole(parse(_optional(row, column) or "1"), Fraction(1, PPM), column)
            for column in ("asset_weight", "liability_weight")
        ]
        assets[name] = Asset(name, digits, parse(price) if price else None, *weights)
    return assets


def read_bands(table: str, rows: list[Row], step: Fraction, size_step: Fraction) -> Bands:
    """The bands of a tier table in file order; an initial rate finer than a ppm is rounded up and
    max_leverage L means the initial rate 1/L (sections 3 and 7). `applies_to` and `floor_in` are those of every
    row of the table; floors in contracts are whole lots, and need a rate of the whole position."""
    bands = Bands()
    own = [row for row in rows if row["tier_table"] == table]
    words = {(_optional(row, "applies_to") or "band", _optional(row, "floor_in") or "notional") for row in own}
    if len(words) > 1 or words - {("band", "notional"), ("whole", "notional"), ("whole", "contracts")}:
        raise BadData(f"tiers {table}: applies_to and floor_in")
    for applies_to, floor_in in words:
        bands.whole, bands.by_lots = applies_to == "whole", floor_in == "contracts"
    for row in own:
        if bands.whole and parse(_optional(row, "maintenance_amount") or "0") != 0:
            raise BadData(f"tiers {table}: a maintenance_amount where rates are those of the whole position")
        rate, leverage = _optional(row, "initial_rate"), _optional(row, "max_leverage")
        if bool(rate) == bool(leverage):
            raise BadData(f"tiers {table}: initial_rate or max_leverage, not both or neither")
        initial = parse(rate) if rate else 1 / parse(leverage)
        initial_ppm = ceil_div(initial.numerator * PPM, initial.denominator)
        maintenance_ppm = whole(parse(row["maintenance_rate"]), Fraction(1, PPM), "maintenance_rate")
        floor = whole(parse(row["floor"]), size_step if bands.by_lots else step, "floor")
        bands.append(Band(floor, maintenance_ppm, initial_ppm))
    if not bands or bands[0].floor != 0:
        raise BadData(f"tiers {table}: no band from 0")
    for lower, upper in zip(bands, bands[1:]):
        if upper.floor <= lower.floor or upper.maintenance_ppm < lower.maintenance_ppm:
            raise BadData(f"tiers {table}: floors rise, rates never fall")
        if upper.initial_ppm < lower.initial_ppm:
            raise BadData(f"tiers {table}: floors rise, rates never fall")
    if any(band.initial_ppm < band.maintenance_ppm for band in bands):
        raise BadData(f"tiers {table}: an initial rate below its maintenance rate")
    return bands


def read_instruments(
    tables: dict[str, list[Row]], assets: dict[str, Asset], negative_marks: bool
) -> dict[str, Instrument]:
    """The instruments; options wait for their own issue (section 5)."""
    instruments = {}
    for row in tables["instruments"]:
        kind, price_step = row["kind"], row["price_step"]
        if kind not in ("linear", "inverse", "spot"):
            raise BadData(f"instruments.kind: '{kind}' is not supported")
        item = Instrument(
            row["instrument"], kind, row["base"], row["settle"], parse(price_step), decimals_seen(price_step),
            below_zero=negative_marks and kind == "linear",
        )
        if kind != "spot":
            item.contract_size = parse(row["contract_size"])
            item.size_step_text = row["size_step"]
            item.size_step = parse(row["size_step"])
            item.size_digits = decimals_seen(row["size_step"])
            item.bands = read_bands(
                row["tier_table"], tables["tiers"], assets[item.settle].step, item.size_step
            )
        instruments[item.name] = item
    return instruments


def least_ticks(item: Instrument) -> int:
    """The lowest mark: linear contracts may be worth zero, and less if the venue allows it (second edition)."""
    if item.kind != "linear":
        return 1
    return -MARK_TICKS_MAX if item.below_zero else 0


def read_marks(tables: dict[str, list[Row]], instruments: dict[str, Instrument]) -> dict[str, Mark]:
    """The marks in whole price steps, up to 2^40 (section 3, Limits)."""
    marks = {}
    for row in tables["marks"]:
        item, as_of = instruments[row["instrument"]], _optional(row, "as_of")
        ticks = whole(parse(row["mark"]), item.price_step, f"mark of {item.name}")
        if not least_ticks(item) <= ticks <= MARK_TICKS_MAX:
            raise BadData(f"mark of {item.name}: outside the least to 2^40 price steps")
        marks[item.name] = Mark(ticks, instant(as_of) if as_of else None)
    return marks


def read_position(row: Row, book: Book) -> Position:
    """A position; its cost is `entry_value` as it is, or the floored value at the entry price."""
    item = book.instruments[row["instrument"]]
    if item.kind == "spot" or item.name not in book.marks or row["account"] in SYSTEM_ACCOUNTS:
        raise BadData(f"position of {row['account']} in {item.name}: spot, without a mark, or a system account")
    if book.multi and item.settle != book.quote:
        raise BadData(f"position of {row['account']} in {item.name}: does not settle in the quote")
    step = book.assets[item.settle].step
    lots = whole(parse(row["size"]), item.size_step, "size")
    side, mode = _optional(row, "side").lower(), _optional(row, "margin_mode").lower()
    if side not in ("", "long", "short") or mode not in ("", "cross", "isolated") or (side == "long" and lots < 0):
        raise BadData(f"position of {row['account']} in {item.name}: side or margin_mode")
    lots = -abs(lots) if side == "short" else lots
    price, value = _optional(row, "entry_price"), _optional(row, "entry_value")
    if lots == 0 or bool(price) == bool(value):
        raise BadData(f"position of {row['account']} in {item.name}: size 0, or entry_price and entry_value")
    cost = whole(parse(value), step, "entry_value") if value else floor_value(item, lots, parse(price), step)
    margin = _optional(row, "isolated_margin")
    isolated = whole(parse(margin), step, "isolated_margin") if margin else None
    if mode == "isolated":
        isolated = isolated or 0
    if mode == "cross":
        if isolated:
            raise BadData(f"position of {row['account']} in {item.name}: cross, with an isolated margin")
        isolated = None
    given = None
    if book.score == "given":
        parse(row["adl_score"], "adl_score")
        given = float(row["adl_score"])
    return Position(row["account"], item, lots, cost, isolated, given)


def read_dust(dust: object, quote: str, assets: dict[str, Asset]) -> dict[str, int]:
    """`[margin] dust` in steps by asset; one number is of the quote (second edition)."""
    if not isinstance(dust, dict):
        dust = {quote: dust}
    return {name: whole(_toml_number(amount, "dust"), assets[name].step, "dust") for name, amount in dust.items()}


def build(venue: dict, tables: dict[str, list[Row]]) -> Book:
    """The book of a parsed `venue.toml` and its tables."""
    margin, adl = venue.get("margin", {}), venue.get("adl", {})
    assets = read_assets(tables)
    instruments = read_instruments(tables, assets, margin.get("negative_marks", False))
    call_at = _toml_number(margin.get("margin_call_at", Decimal("1.25")), "margin_call_at")
    age = margin.get("max_mark_age")
    book = Book(
        quote=venue["quote"],
        multi=venue.get("collateral", "single") == "multi",
        margin_call_ppm=whole(call_at, Fraction(1, PPM), "margin_call_at"),
        max_mark_age=None if age is None else _toml_number(age, "max_mark_age"),
        score=adl.get("score", "pnl_leverage"),
        depths={
            row["instrument"]: (
                parse(row["depth"]), parse(row["half_life"]) if _optional(row, "half_life") else None
            )
            for row in tables.get("depths", [])
        },
        dust=read_dust(margin.get("dust", {}), venue["quote"], assets),
        assets=assets,
        instruments=instruments,
        marks=read_marks(tables, instruments),
        balances={
            (row["account"], row["asset"]): whole(parse(row["amount"]), assets[row["asset"]].step, "amount")
            for row in tables["balances"]
        },
        positions=[],
    )
    if book.score not in SCORES or book.quote not in assets or book.margin_call_ppm < PPM:
        raise BadData("venue.toml: score, quote or margin_call_at")
    book.positions = [read_position(row, book) for row in tables["positions"]]
    for row in tables.get("units", []):
        item = instruments[row["unit"].split(":", 1)[1].rsplit(":", 1)[0]]
        book.bare[row["account"], row["unit"]] = whole(parse(row["balance"]), assets[item.settle].step, "balance")
    keys = {(item.account, item.instrument.name, item.side) for item in book.positions}
    if len(keys) != len(book.positions) or len(book.balances) != len(tables["balances"]):
        raise BadData("positions or balances: a duplicate key")
    return book


def read_table(path: Path) -> list[Row]:
    """A CSV table as rows of text by column name; a BOM and CRLF are accepted (section 7)."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def read_tables(folder: Path) -> dict[str, list[Row]]:
    """The tables of a book in a folder of CSV files."""
    tables = {table: read_table(folder / f"{table}.csv") for table in TABLES}
    optional = {table: folder / f"{table}.csv" for table in OPTIONAL_TABLES}
    return tables | {table: read_table(path) for table, path in optional.items() if path.is_file()}


def read(folder: Path) -> Book:
    """The book in a folder of CSV files beside `venue.toml`."""
    venue = tomllib.loads((folder / "venue.toml").read_text("utf-8"), parse_float=Decimal)
    return build(venue, read_tables(folder))
