"""Plans of legs, and the accounts that they move (docs/design.md section 4: double entry)."""

from __future__ import annotations

from dataclasses import dataclass, field

from book import Book, Position, name_order
from margin import Unit, allot, hold, set_bankruptcy, set_equity, state_of

SYSTEM = ("fund", "fees", "market", "backstop", "external")


@dataclass
class Leg:
    """One line of a plan: the change of one account's position, its cost, and its money."""

    account: str
    unit: str
    instrument: str
    size: int
    cost: int
    asset: str
    amount: int
    price: int | None = None
    cause: str = ""
    side: str = ""


@dataclass
class Plan:
    """The movement of one step; over its legs sizes sum to zero, and so does amount - cost."""

    tick: int
    step: str
    legs: list[Leg]

    def check(self) -> None:
        sizes: dict[str, int] = {}
        money: dict[str, int] = {}
        for leg in self.legs:
            if leg.instrument:
                sizes[leg.instrument] = sizes.get(leg.instrument, 0) + leg.size
            if leg.asset:
                money[leg.asset] = money.get(leg.asset, 0) + leg.amount - leg.cost
        assert not any(sizes.values()) and not any(money.values()), f"unbalanced plan {self}"


@dataclass
class Account:
    """The holdings of a system account: money by asset and positions as (lots, cost) by instrument."""

    money: dict[str, int] = field(default_factory=dict)
    positions: dict[str, list[int]] = field(default_factory=dict)


def released(cost: int, lots: int, reduced: int) -> int:
    """The cost that reducing `reduced` of |lots| releases: sign x floor(|cost| x q / |s|)."""
    part = abs(cost) * reduced // abs(lots)
    return part if cost >= 0 else -part


def unit_key(unit: Unit) -> tuple[bytes, bytes]:
    """Units are ordered by account, then by the whole name."""
    return name_order(unit.account), name_order(unit.name)


class Ledger:
    """The customers' money and positions as risk units, and the system's own accounts."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.money: dict[tuple[str, str], dict[str, int]] = {}
        self.positions: dict[tuple[str, str], list[Position]] = {}
        self.system = {name: Account() for name in SYSTEM}
        for (account, asset), amount in book.balances.items():
            self.money.setdefault((account, self.cross(asset)), {})[asset] = amount
        for position in book.positions:
            key = self.key_of(position)
            self.positions.setdefault(key, []).append(position)
            if position.isolated_margin is not None:
                self.money[key] = {position.instrument.settle: position.isolated_margin}
            else:
                self.money.setdefault(key, {})

    def cross(self, asset: str) -> str:
        """The name of the cross unit that an asset's balance belongs to."""
        return f"cross:{self.book.quote if self.book.multi else asset}"

    def key_of(self, position: Position) -> tuple[str, str]:
        """(account, unit) of a position."""
        item = position.instrument
        if position.isolated_margin is None:
            return position.account, self.cross(item.settle)
        return position.account, f"isolated:{item.name}:{position.side}"

    def of(self, account: str, instrument: str, side: str) -> Position | None:
        """An account's position in an instrument, on one side."""
        for key, positions in self.positions.items():
            if key[0] != account:
                continue
            for position in positions:
                if position.instrument.name == instrument and position.side == side:
                    return position
        return None

    def fund(self, asset: str, instrument: str, scope: str) -> str:
        """The name under which the fund keeps the money that this instrument or asset draws on."""
        return instrument if scope == "instrument" and instrument else asset

    def post(self, plan: Plan) -> None:
        """Posts all legs of a plan, after checking that it balances."""
        plan.check()
        for leg in plan.legs:
            if leg.account in SYSTEM:
                self._post_system(leg)
            else:
                self._post_customer(leg)

    def _post_system(self, leg: Leg) -> None:
        account = self.system[leg.account]
        name = leg.unit or leg.asset
        account.money[name] = account.money.get(name, 0) + leg.amount
        if leg.size or leg.cost:
            held = account.positions.setdefault(leg.instrument, [0, 0])
            held[0] += leg.size
            held[1] += leg.cost

    def _post_customer(self, leg: Leg) -> None:
        key = (leg.account, leg.unit)
        if leg.asset:
            money = self.money.setdefault(key, {})
            money[leg.asset] = money.get(leg.asset, 0) + leg.amount
        if leg.size or leg.cost:
            self._post_position(key, leg)

    def _post_position(self, key: tuple[str, str], leg: Leg) -> None:
        """`leg.side` names the side that it changes."""
        positions = self.positions.setdefault(key, [])
        for position in positions:
            if position.instrument.name == leg.instrument and position.side == leg.side:
                position.lots += leg.size
                position.cost += leg.cost
                if position.lots == 0:
                    assert position.cost == 0, leg
                    positions.remove(position)
                return
        isolated = 0 if leg.unit.startswith("isolated:") else None
        item = self.book.instruments[leg.instrument]
        positions.append(Position(leg.account, item, leg.size, leg.cost, isolated, 0.0))

    def value(self, position: Position) -> int:
        """The worth of a position at the current mark."""
        return hold(self.book, position).value

    def units(self, as_of=None) -> list[Unit]:
        """Every unit judged at the current marks: figures, state, allotment and bankruptcy values."""
        found = []
        for key in set(self.money) | {key for key, held in self.positions.items() if held}:
            found.append(self.unit(key))
        return sorted(found, key=unit_key)

    def unit(self, key: tuple[str, str]) -> Unit:
        """One unit judged at the current marks."""
        account, name = key
        isolated = name.startswith("isolated:")
        positions = self.positions.get(key, [])
        money = dict(self.money.get(key, {}))
        if isolated:
            asset = self.book.instruments[name[len("isolated:") :].rpartition(":")[0]].settle
        else:
            asset = name[len("cross:") :]
        unit = Unit(account, name, asset, isolated, money.pop(asset, 0), money)
        unit.holdings = sorted(
            (hold(self.book, position) for position in positions),
            key=lambda holding: (name_order(holding.position.instrument.name), holding.position.lots < 0),
        )
        set_equity(self.book, unit)
        unit.state = state_of(self.book, unit)
        unit.dust_below = self.book.dust.get(asset, 0)
        allot(unit)
        for holding in unit.holdings:
            set_bankruptcy(unit, holding, self.book.assets[asset].step)
        return unit

    def sweep_isolated(self) -> list[tuple[str, str, str, int]]:
        """Isolated units that hold no position: their money is due to the account's cross unit; their debt stays.
        Returns (account, unit, asset, amount) of the money due."""
        due = []
        for key in sorted(self.money, key=lambda key: (name_order(key[0]), name_order(key[1]))):
            if not key[1].startswith("isolated:") or self.positions.get(key):
                continue
            ((asset, amount),) = self.money[key].items()
            if amount >= 0:
                due.append((*key, asset, amount))
        return due
