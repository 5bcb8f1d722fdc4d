"""The insurance fund: the amount that it may still pay, its stop by drawdown, and its state (rulings 6 to 9)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from book import Book, name_order
from waterfall_rules import Rules


@dataclass
class Fund:
    """One pot per settlement asset or, with scope `instrument`, per instrument."""

    book: Book
    rules: Rules
    acts: Counter
    pots: dict[str, int] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    paid_for: dict[tuple[str, str], int] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.names():
            opening = self.rules.fund_balance.get(name, Fraction(0)) / self.step(name)
            self.pots[name] = opening.__floor__()
            self.peaks[name] = self.pots[name]

    def names(self) -> list[str]:
        """The pots, in the order of their names."""
        if self.rules.scope == "instrument":
            names = [name for name, item in self.book.instruments.items() if item.kind != "spot"]
        else:
            names = list(self.book.assets)
        return sorted(names, key=name_order)

    def asset(self, name: str) -> str:
        return self.book.instruments[name].settle if self.rules.scope == "instrument" else name

    def step(self, name: str) -> Fraction:
        return self.book.assets[self.asset(name)].step

    def name(self, asset: str, instrument: str) -> str:
        """The pot that an instrument's losses draw on."""
        return instrument if self.rules.scope == "instrument" else asset

    def steps(self, name: str, amount: Fraction) -> int:
        """An amount of the rulebook in whole steps of a pot's asset."""
        return (amount / self.step(name)).__floor__()

    def begin_tick(self) -> None:
        self.paid_for, self.paid = {}, {}

    def begin_pass(self) -> None:
        """Peak, stop and recovery are judged as a pass begins (ruling 6)."""
        if self.rules.drawdown_stop is None:
            return
        for name, balance in self.pots.items():
            self.peaks[name] = max(self.peaks[name], balance)
            peak = self.peaks[name]
            was = name in self.stopped
            if balance < (1 - self.rules.drawdown_stop) * peak:
                self.stopped.add(name)
            if balance >= self.rules.recovery * peak:
                self.stopped.discard(name)
            self.acts["fund stopped"] += name in self.stopped and not was
            self.acts["fund.recovery"] += was and name not in self.stopped

    def bounds(self, name: str, account: str) -> dict[str, int]:
        """The amount that each limit leaves, by its setting."""
        rules = self.rules
        left = {"fund.balance": self.pots[name]}
        if rules.floor:
            left["fund.floor"] = self.pots[name] - self.steps(name, rules.floor)
        if rules.account_limit is not None:
            left["fund.account_limit"] = self.steps(name, rules.account_limit) - self.paid_for.get((name, account), 0)
        if rules.tick_limit is not None:
            left["fund.tick_limit"] = self.steps(name, rules.tick_limit) - self.paid.get(name, 0)
        if name in self.stopped:
            left["fund.drawdown_stop"] = 0
        return left

    def may_pay(self, name: str, account: str) -> int:
        """The most that a pot pays for an account now."""
        return max(0, min(self.bounds(name, account).values()))

    def binding(self, name: str, account: str, wanted: int) -> None:
        """Counts the limit that keeps the pot from paying the requested amount."""
        left = self.bounds(name, account)
        least = min(left.values())
        if least < wanted:
            for setting, bound in left.items():
                if bound == least:
                    self.acts[setting] += 1

    def pay(self, name: str, account: str, amount: int) -> None:
        """Remembers a payment; the ledger's plan moves the money itself."""
        assert 0 <= amount <= self.may_pay(name, account)
        self.acts["fund.scope=instrument"] += amount > 0 and self.rules.scope == "instrument"
        self.pots[name] -= amount
        self.paid_for[name, account] = self.paid_for.get((name, account), 0) + amount
        self.paid[name] = self.paid.get(name, 0) + amount

    def receive(self, name: str, amount: int) -> None:
        self.pots[name] += amount
