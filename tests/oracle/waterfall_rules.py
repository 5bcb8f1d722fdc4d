"""The rulebook of a venue: `venue.toml`, the rulebook that it names, and the defaults.

Each key and its default is documented in `rulebooks/default.toml`; amounts become whole value steps of
their asset, rates become exact fractions.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

RULEBOOKS = Path(__file__).resolve().parents[2] / "host" / "venue" / "rulebooks"


@dataclass
class Rules:
    """Every key that the waterfall reads, with its default. Money is in whole units of the asset."""

    mode: str = "whole"
    fraction: Fraction | None = None
    cooldown: Fraction | None = None
    whole_below: Fraction | None = None
    target_health: Fraction | None = None
    order: str = "instrument"
    liquidation_fee: Fraction = Fraction(0)
    fee_to: str = "fees"
    surplus_to: str = "fund"
    impact: str = "linear"
    depth: dict[str, Fraction] = field(default_factory=dict)
    depth_move: Fraction = Fraction(1, 100)
    half_life: Fraction = Fraction(5)
    permanent: Fraction = Fraction(0)
    backstop: bool = False
    capacity: Fraction | None = None
    below_health: Fraction | None = None
    takes_bankrupt: bool = True
    scope: str = "asset"
    floor: Fraction = Fraction(0)
    account_limit: Fraction | None = None
    tick_limit: Fraction | None = None
    drawdown_stop: Fraction | None = None
    recovery: Fraction = Fraction(1)
    fund_balance: dict[str, Fraction] = field(default_factory=dict)
    adl: bool = True
    policy: str = "queue"
    policy_number: Fraction | None = None
    adl_price: str = "bankruptcy"
    socialise: bool = True
    socialise_by: str = "profit"


KEYS = {
    ("liquidation", "mode"): "mode",
    ("liquidation", "fraction"): "fraction",
    ("liquidation", "cooldown"): "cooldown",
    ("liquidation", "whole_below"): "whole_below",
    ("liquidation", "target_health"): "target_health",
    ("liquidation", "order"): "order",
    ("liquidation", "liquidation_fee"): "liquidation_fee",
    ("liquidation", "fee_to"): "fee_to",
    ("liquidation", "surplus_to"): "surplus_to",
    ("market", "impact"): "impact",
    ("market", "depth_move"): "depth_move",
    ("market", "half_life"): "half_life",
    ("market", "permanent"): "permanent",
    ("backstop", "enabled"): "backstop",
    ("backstop", "capacity"): "capacity",
    ("backstop", "below_health"): "below_health",
    ("backstop", "takes_bankrupt"): "takes_bankrupt",
    ("fund", "scope"): "scope",
    ("fund", "floor"): "floor",
    ("fund", "account_limit"): "account_limit",
    ("fund", "tick_limit"): "tick_limit",
    ("fund", "drawdown_stop"): "drawdown_stop",
    ("fund", "recovery"): "recovery",
    ("adl", "enabled"): "adl",
    ("adl", "price"): "adl_price",
    ("socialise", "enabled"): "socialise",
    ("socialise", "by"): "socialise_by",
}


def merged(below: dict, above: dict) -> dict:
    """`above` laid over `below`, table by table: its keys win."""
    result = dict(below)
    for key, value in above.items():
        inner = result.get(key)
        result[key] = merged(inner, value) if isinstance(value, dict) and isinstance(inner, dict) else value
    return result


def whole_venue(folder: Path) -> dict:
    """`venue.toml` with the rulebook that it names beneath it: a published one, or a file beside it."""
    venue = tomllib.loads((folder / "venue.toml").read_text("utf-8"), parse_float=Decimal)
    name = venue.pop("rulebook", None)
    if name is None:
        return venue
    beside = folder / f"{name}.toml"
    path = beside if beside.is_file() else RULEBOOKS / f"{name}.toml"
    return merged(tomllib.loads(path.read_text("utf-8"), parse_float=Decimal), venue)


def read_rules(venue: dict) -> Rules:
    """The rules of a parsed venue whose rulebook is merged already."""
    rules = Rules()
    for (table, key), name in KEYS.items():
        value = venue.get(table, {}).get(key)
        if value is None:
            continue
        if isinstance(value, (Decimal, int)) and not isinstance(value, bool):
            value = Fraction(value)
        setattr(rules, name, value)
    rules.fund_balance = {key: Fraction(value) for key, value in venue.get("fund", {}).get("balance", {}).items()}
    depth = venue.get("market", {}).get("depth", {})
    rules.depth = {key: Fraction(value) for key, value in (depth if isinstance(depth, dict) else {"": depth}).items()}
    policy, _, number = venue.get("adl", {}).get("policy", "queue").partition(":")
    if policy in ("capped", "risk_aware"):
        rules.policy, rules.policy_number = policy, Fraction(number)
    else:
        rules.policy = f"{policy}:{number}" if number else policy
    return rules
