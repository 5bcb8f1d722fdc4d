"""Results of runs: tables, a summary, notes, and a page with charts that notebooks show."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa


@dataclass(repr=False)
class Result:
    """Result of a run. Its tables are also attributes: `result.flagged` is `result.tables["flagged"]`.

    Tables are `pyarrow.Table`: money is decimal128, exact, in the unit of its `asset`; sizes and prices are decimals in
    the units of the contract; a blank cell is null. Columns: docs/formats.md, or `plimsoll help outputs`. Can be
    pickled.
    """

    tables: Mapping[str, pa.Table]
    summary: dict[str, Any]  #: The content of summary.json; amounts are exact, as text.
    notes: list[str] = field(default_factory=list)  #: Notes that the figures must be read with.
    page: str | None = None  #: A complete HTML page with charts; None if `report=False`.

    def __getattr__(self, name: str) -> pa.Table:
        tables = self.__dict__.get("tables") or {}
        if name in tables:
            return tables[name]
        raise AttributeError(f"{type(self).__name__} has no {name}; tables: {', '.join(tables)}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.tables]

    def save_page(self, path: str | Path) -> Path:
        """Writes the page. Raises ValueError if there is none."""
        if self.page is None:
            raise ValueError("there is no page, because the result was made with report=False or from parts")
        Path(path).write_text(self.page, encoding="utf-8")
        return Path(path)

    def cards(self) -> list[tuple[str, str]]:
        """Label and figure of each card at the head of a notebook's cell."""
        wanted = ("venue", "rulebook", "accounts", "units", "positions", "ticks", "plans", "events", "path")
        return [(name, _figure(self.summary[name])) for name in wanted if name in self.summary]

    def __repr__(self) -> str:
        cards = ", ".join(f"{name} {figure}" for name, figure in self.cards())
        rows = ", ".join(f"{name} {table.num_rows:,}" for name, table in self.tables.items())
        return f"<plimsoll.{type(self).__name__}: {cards}{'; tables: ' + rows if rows else ''}>"

    def _repr_html_(self) -> str:
        """Cards, notes and, if there is a page, the page in a frame."""
        card = (
            '<div style="border:1px solid #8884;border-radius:6px;padding:.4em .8em"><div style="font-size:75%;opacity:.7">{}</div>'
            '<div style="font-weight:600">{}</div></div>'
        )
        cards = "".join(card.format(html.escape(name), html.escape(figure)) for name, figure in self.cards())
        parts = [f'<div style="display:flex;flex-wrap:wrap;gap:.5em">{cards}</div>']
        parts += [f'<p style="margin:.3em 0">{html.escape(note)}</p>' for note in self.notes]
        if self.page is not None:
            frame = 'style="width:100%;height:42em;border:1px solid #8884;border-radius:6px;margin-top:.5em"'
            parts.append(f'<iframe sandbox="allow-scripts allow-downloads" srcdoc="{html.escape(self.page)}" {frame}></iframe>')
        return "\n".join(parts)


class ScanResult(Result):
    """Result of `scan`. Tables: `units`, `flagged`, `positions`, `cover`, `ladder`, `markets`, `held`."""

    @property
    def digest(self) -> str:
        """Equal for equal states, on every backend and machine, and equal to `Tick.digest`."""
        return self.summary["digests"]["tick"]

    def cards(self) -> list[tuple[str, str]]:
        return super().cards() + [(name.replace("_", " "), _figure(count)) for name, count in self.summary["states"].items()]


@dataclass(repr=False)
class ReplayResult(Result):
    """Result of `replay`. Tables: `events` (a row per ledger leg), `ticks`, `markets`, `deleveraged`, `feasibility`, `held`;
    and the final book."""

    final: Any = None  #: The book after the last tick, a `Book` in memory.

    @property
    def conserved(self) -> bool:
        """True if the sums over all accounts equal those at the start, with deposits and withdrawals counted."""
        return bool(self.summary["conservation"]["holds"])


class Comparison(Result):
    """Result of `compare`. Tables: `policies`, a row per policy (or rulebook) and asset; with `haircuts=True` also `haircuts`."""

    def cards(self) -> list[tuple[str, str]]:
        return [*super().cards(), ("forks", _figure(len(self.summary["policies"])))]


class StressResult(Result):
    """Result of `stress`. Table: `stress`, a row per shock, fund and asset. `summary["adequacy"]`: the smallest adequate fund."""

    def cards(self) -> list[tuple[str, str]]:
        return [*super().cards(), ("cells", _figure(len(self.summary["cells"])))]


class Explanation(Result):
    """Result of `explain`. `summary["units"]`: balances, positions, bands and prices, term by term, amounts as text."""

    @property
    def units(self) -> list[dict[str, Any]]:
        """The account's units, each with all its terms."""
        return self.summary["units"]

    def cards(self) -> list[tuple[str, str]]:
        return [("account", self.summary["account"]), *super().cards()[:2]] + [(u["unit"], u["state"]) for u in self.units]

    def __str__(self) -> str:
        return json.dumps(self.summary, indent=2)


def _figure(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value):,}"
    return f"{value:,}" if isinstance(value, int) else str(value)
