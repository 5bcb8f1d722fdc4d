"""Updates for a venue at large: every kind, none that a replay refuses.

The balance of an account at a tick depends on earlier plans of the executor. Updates that can fail for lack of money or
of a position therefore go to accounts that are never flagged or asked (`uninvolved`), or are in the first tick, before
anything is executed.
"""

from __future__ import annotations

from fractions import Fraction

from books import plain
from decimals import fixed
from book import Row
from venue_draft import Venue

RATES = ["0.0001", "-0.0001", "0.01", "-0.02", "0.000001", "0.05"]


class Updates:
    """Draws the updates of one venue."""

    def __init__(
        self, venue: Venue, accounts: list[str], names: list[str], uninvolved: list[str], assets: list[str]
    ) -> None:
        self.venue, self.accounts, self.names, self.uninvolved, self.assets = venue, accounts, names, uninvolved, assets
        self.pick, self.between, self.chance = venue.pick, venue.between, venue.chance
        held: dict[tuple[str, str], int] = {}
        for row in venue.draft.tables["positions"]:
            key = (row["account"], row["instrument"])
            held[key] = held.get(key, 0) + 1
        self.hedged = {key for key, count in held.items() if count > 1}
        self.touched = set(held)
        self.settled: set[str] = set()

    def draw(self) -> None:
        kinds = ["fill", "fill", "fill_to", "funding", "fee", "deposit", "withdraw", "transfer", "settle"]
        for number, (tick, _) in enumerate(self.venue.ticks):
            if number == 0 and self.venue.chance(0.5):
                self.margin(tick)
            for _ in range(self.pick([0, 1, 1, 2, 3])):
                getattr(self, self.pick(kinds))(tick)

    def money(self, asset: str, most: int) -> str:
        """Up to `most` whole units of an asset."""
        digits = self.venue.digits[asset]
        return fixed(self.between(1, most * 10**digits), digits)

    def traded(self) -> str | None:
        names = [name for name in self.names if name not in self.settled]
        return self.pick(names) if names else None

    def fill(self, tick: int, to: bool = False) -> None:
        name = self.traded()
        free = [account for account in self.accounts if (account, name) not in self.hedged]
        if name is None or len(free) < 2:
            return
        account, other = self.venue.random.sample(free, 2)
        if self.chance(0.3):
            account = self.pick([one for one in self.accounts if one != other])
        item = self.venue.row(name)
        lots = self.pick([1, -1]) * self.pick([1, 2, 3, 7, 20])
        price = self.venue.marks_at(tick)[name] * self.pick([98, 100, 100, 103]) / 100
        price = max(1, int(price / Fraction(item["price_step"]))) * Fraction(item["price_step"])
        row = {"account": account, "instrument": name, "size": plain(lots * Fraction(item["size_step"]))}
        if to:
            row["to"] = other
        self.tell_side(account, name, lots, row)
        self.touched |= {(account, name), (other, name)}
        self.venue.update(tick, "fill", price=plain(price), **row)

    def tell_side(self, account: str, name: str, lots: int, row: Row) -> None:
        """An account in hedge mode opens or adds on a side; a new position may be isolated."""
        if (account, name) not in self.hedged and not self.chance(0.25):
            return
        row["side"] = self.pick(["long", "LONG"] if lots > 0 else ["short", "Short"])
        if (account, name) not in self.touched and self.chance(0.5):
            row["margin_mode"] = self.pick(["isolated", "cross"])
        self.hedged.add((account, name))

    def fill_to(self, tick: int) -> None:
        self.fill(tick, to=True)

    def funding(self, tick: int) -> None:
        name = self.traded()
        if name:
            self.venue.update(tick, "funding", instrument=name, rate=self.pick(RATES))

    def fee(self, tick: int) -> None:
        """A fee of an account that has a row in `balances`, beyond what the balance holds too."""
        known = {*self.accounts, *self.uninvolved}
        rows = [row for row in self.venue.draft.tables["balances"] if row["account"] in known]
        if rows:
            row = self.pick(rows)
            amount = self.money(row["asset"], 40)
            self.venue.update(tick, "fee", account=row["account"], asset=row["asset"], amount=amount)

    def deposit(self, tick: int) -> None:
        asset = self.pick(self.assets)
        account = self.pick(self.accounts)
        self.venue.update(tick, "deposit", account=account, asset=asset, amount=self.money(asset, 300))

    def rich(self) -> tuple[str, str] | None:
        """An uninvolved account and the asset in which it is rich."""
        rows = [row for row in self.venue.draft.tables["balances"] if row["account"] in self.uninvolved]
        row = self.pick(rows) if rows else None
        return (row["account"], row["asset"]) if row else None

    def withdraw(self, tick: int) -> None:
        found = self.rich()
        if found:
            self.venue.update(tick, "withdraw", account=found[0], asset=found[1], amount=self.money(found[1], 60))

    def transfer(self, tick: int) -> None:
        found = self.rich()
        if found:
            account, asset = found
            to = self.pick(self.accounts)
            self.venue.update(tick, "transfer", account=account, asset=asset, amount=self.money(asset, 60), to=to)

    def margin(self, tick: int) -> None:
        """Money to or from an isolated unit, in the first tick: to it an amount that was deposited just before, since the own
        balance may be short; from it a part of its margin."""
        venue = self.venue
        rows = [
            row for row in venue.draft.tables["positions"]
            if "isolated_margin" in row and (row["account"], row["instrument"]) not in self.hedged
        ]
        if not rows:
            return
        row = self.pick(rows)
        asset, account, name = venue.row(row["instrument"])["settle"], row["account"], row["instrument"]
        has = int(Fraction(row["isolated_margin"]) * 10 ** venue.digits[asset])
        if has > 1 and venue.chance(0.4):
            venue.update(
                tick, "margin", account=account, instrument=name,
                amount=fixed(-self.between(1, has // 2), venue.digits[asset]),
            )
            return
        amount = self.money(asset, 100)
        if not any(
            (it["account"], it["asset"]) == (account, asset) and it["amount"].startswith("-")
            for it in venue.draft.tables["balances"]
        ):
            venue.update(tick, "deposit", account=account, asset=asset, amount=amount)
            venue.update(tick, "margin", account=account, instrument=name, amount=amount)

    def settle(self, tick: int) -> None:
        name = self.traded()
        if name is None or len(self.settled) + 1 >= len(self.names):
            return
        price = self.venue.marks_at(tick)[name]
        step = Fraction(self.venue.row(name)["price_step"])
        price = max(1, int(price * self.pick([80, 100, 120]) / 100 / step)) * step
        self.settled.add(name)
        self.venue.update(tick, "settle", instrument=name, price=plain(price))
