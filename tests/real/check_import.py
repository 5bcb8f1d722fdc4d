#!/usr/bin/env python3
"""Real input through `plimsoll import`: an account from the venue's API, and margin tables of two venues by maps.

    python3 tests/real/check_import.py --plimsoll build/plimsoll [--data DIR]

Hyperliquid: the preset, on the answers as they were captured. Account value and maintenance must be the venue's own
figures, to the last digit. Binance: 2,805 tiers of 349 symbols by a map, one position in each tier; maintenance must be
notional x rate less the venue's own amount. dYdX: 33 markets of the genesis, whose margins are parts per million of
parts per million in another file, by a join.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from realbook import CheckFailed, Program, main, read_csv, require

FILES = ("hyperliquid-account-fixture/account_20260925.json", "margin-tiers/binance_usdm_20241024.csv",
         "margin-tiers/dydx_v4_liquidity_tiers.csv", "margin-tiers/dydx_v4_perpetuals.csv")

BINANCE_MAP = """
name = "tiers"
quote = "USDT"

[[table]]
to = "tiers"
from = "binance_usdm*.csv"
[table.columns]
tier_table = "symbol"
floor = "min_notional"
maintenance_rate = "maintenance_margin_rate"
max_leverage = "max_leverage"
maintenance_amount = "maintenance_amount"

[[table]]
to = "instruments"
from = "binance_usdm*.csv"
first = ["instrument"]
[table.columns]
instrument = "symbol"
kind = { text = "linear" }
base = "symbol"
settle = "currency"
contract_size = { text = "1" }
price_step = { text = "1" }
size_step = { text = "1" }
tier_table = "symbol"

# A position in each tier: of its floor and a thousand more, in contracts of one unit of money.
[[table]]
to = "positions"
from = "binance_usdm*.csv"
[table.columns]
account = { from = "tier", prefix = "tier " }
instrument = "symbol"
size = { from = "min_notional", less = "thousand" }
entry_price = { text = "1" }

[[table]]
to = "balances"
from = "binance_usdm*.csv"
first = ["account", "asset"]
[table.columns]
account = { from = "tier", prefix = "tier " }
asset = "currency"
amount = { text = "0" }

[[table]]
to = "marks"
distinct = ["instruments.instrument"]
[table.columns]
instrument = "value"
mark = { text = "1" }

[[table]]
to = "assets"
distinct = ["instruments.settle"]
[table.columns]
asset = "value"
"""

DYDX_MAP = """
name = "genesis"
quote = "USDC"

[[table]]
to = "positions"
from = "dydx_v4_perpetuals.csv"
[table.columns]
account = "ticker"
instrument = "ticker"
size = { text = "2" }
entry_price = { text = "7" }

[[table]]
to = "balances"
from = "dydx_v4_perpetuals.csv"
[table.columns]
account = "ticker"
asset = { text = "USDC" }
amount = { text = "5" }

[[table]]
to = "instruments"
from = "dydx_v4_perpetuals.csv"
[table.columns]
instrument = "ticker"
kind = { text = "linear" }
base = "ticker"
settle = { text = "USDC" }
contract_size = { text = "1" }
price_step = { text = "1" }
size_step = { text = "1" }
tier_table = "ticker"

[[table]]
to = "tiers"
from = "dydx_v4_perpetuals.csv"
join = [{ from = "dydx_v4_liquidity_tiers.csv", on = "liquidity_tier", there = "id", as = "tier" }]
[table.columns]
tier_table = "ticker"
floor = { text = "0" }
initial_rate = { from = "tier.initial_margin_ppm", times = "0.000001" }
maintenance_rate = { from = "tier.initial_margin_ppm", times = "0.000000000001", by = "tier.maintenance_fraction_ppm" }

[[table]]
to = "marks"
distinct = ["instruments.instrument"]
[table.columns]
instrument = "value"
mark = { text = "1000" }

[[table]]
to = "assets"
constant = [{ asset = "USDC", step = "0.000001" }]
"""


def imported(program: Program, export: Path, book: Path, *options: str | Path) -> None:
    """The import must do without a refusal."""
    run = program.run("import", export, "--out", book, *options)
    require(run.returncode == 0, f"import {export.name}: {run.stderr}")


def check_account(program: Program, answers: dict, place: Path) -> str:
    """The preset gives the venue's own figures of the account."""
    export = place / "hyperliquid"
    export.mkdir()
    (export / "meta.json").write_text(json.dumps(answers["meta"]), "utf-8")
    state = answers["clearinghouseState"]
    (export / "clearinghouseState-me.json").write_text(json.dumps(state), "utf-8")
    imported(program, export, place / "hyperliquid-book", "--preset", "hyperliquid")
    (unit,) = program.scan(place / "hyperliquid-book", place / "hyperliquid-out")["units"]
    value, maintenance = state["marginSummary"]["accountValue"], state["crossMaintenanceMarginUsed"]
    require(Decimal(unit["equity"]) == Decimal(value), f"equity {unit['equity']}, the venue's {value}")
    require(Decimal(unit["maintenance"]) == Decimal(maintenance), f"maintenance {unit['maintenance']}, the venue's {maintenance}")
    return f"account value {value} and maintenance {maintenance}"


def check_binance(program: Program, tiers: Path, place: Path) -> str:
    """Maintenance of a position in each tier, by the venue's formula."""
    rows = read_csv(tiers)
    export = place / "binance"
    export.mkdir()
    lines = tiers.read_text("utf-8").splitlines()
    (export / tiers.name).write_text("\n".join([lines[0] + ",thousand", *(line + ",-1000" for line in lines[1:])]) + "\n", "utf-8")
    (place / "binance.toml").write_text(BINANCE_MAP, "utf-8")
    imported(program, export, place / "binance-book", "--map", place / "binance.toml")
    found = {(row["account"], row["instrument"]): row for row in program.scan(place / "binance-book", place / "binance-out")["positions"]}
    require(len(found) == len(rows), f"{len(found)} positions of {len(rows)} tiers")
    for row in rows:
        notional = Fraction(row["min_notional"]) + 1000
        wanted = notional * Fraction(row["maintenance_margin_rate"]) - Fraction(row["maintenance_amount"])
        got = Fraction(found[(f"tier {row['tier']}", row["symbol"])]["maintenance"])
        if got != wanted and notional < Fraction(row["max_notional"]):
            raise CheckFailed(f"{row['symbol']} at {notional}: maintenance {got}, the venue's {wanted}")
    return f"{len(rows)} tiers of Binance"


def check_dydx(program: Program, tiers: Path, markets: Path, place: Path) -> str:
    """Margins of each market, by its liquidity tier."""
    export = place / "dydx"
    export.mkdir()
    for file in (tiers, markets):
        (export / file.name).write_bytes(file.read_bytes())
    (place / "dydx.toml").write_text(DYDX_MAP, "utf-8")
    imported(program, export, place / "dydx-book", "--map", place / "dydx.toml")
    units = {row["account"]: row for row in program.scan(place / "dydx-book", place / "dydx-out")["units"]}
    by_id = {row["id"]: row for row in read_csv(tiers)}
    rows = read_csv(markets)
    for row in rows:
        tier = by_id[row["liquidity_tier"]]
        initial = 2000 * Fraction(tier["initial_margin_ppm"]) / 10**6
        wanted = (initial, initial * Fraction(tier["maintenance_fraction_ppm"]) / 10**6)
        unit = units[row["ticker"]]
        got = (Fraction(unit["initial"]), Fraction(unit["maintenance"]))
        require(got == wanted, f"{row['ticker']}: {got}, the venue's {wanted}")
    return f"{len(rows)} markets of dYdX"


def check(program: Program, paths: dict[str, Path], place: Path) -> str:
    account, tiers, liquidity, markets = (paths[Path(name).name] for name in FILES)
    reported = [check_account(program, json.loads(account.read_text("utf-8")), place), check_binance(program, tiers, place),
            check_dydx(program, liquidity, markets, place)]
    return "by import: " + ", ".join(reported) + " are the venues' own"


if __name__ == "__main__":
    sys.exit(main(__doc__, FILES, check))
