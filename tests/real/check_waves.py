#!/usr/bin/env python3
"""The equity that the venue's ADL removed against the needed amount, 2025-10-10: the paper's sum, recomputed from its own rows.

    python3 tests/real/check_waves.py [--plimsoll build/plimsoll] [--data DIR]

`waves.csv` (code of arXiv 2512.01112) has a row for each of the 16 waves with a negative loser. Checked in exact
decimals, with the printed binary64 figures taken as exact:

* overshoot = removed - needed (`budget_prod_usd` - `budget_needed_usd`), wave by wave and in total. The column that
  states it was subtracted in binary64: the same subtraction of the same floats gives each figure bit by bit;
* both budgets over the losers' deficit are the file's `theta_*`, bit by bit, and the capped ones are min(1, theta);
* needed = the sum of `gap_usd_x_qty` in `wave_coin_gap.csv`, as far as this part of the data has the markets: never
  more than the wave's, equal to it if the wave has no other market, and each row gap x contracts.

The figures are in README.md beside this file, with the limits of these data. No program is run.
"""

from __future__ import annotations

import math
import sys
from decimal import Decimal
from pathlib import Path

from realbook import Program, main, product, read_csv, require

FOLDER = "hyperliquid-adl-20251010"
WAVES = 16
OVERSHOOT, REMOVED, NEEDED = Decimal("45028665.72"), Decimal("60108335.33"), Decimal("15079669.61")
ABOVE, BELOW = (10, Decimal("49405578.12")), (6, Decimal("-4376912.41"))
NEEDED_HERE = Decimal("10198337.18")
WHOLE_HERE = ["17", "28"]  # Waves all of whose markets are in this part.
ONE_DEFICIT, ONE_DEFICIT_IN = "10925707.159377944", 9
CENT, MICRO = Decimal("0.01"), Decimal("1E-6")
SPACINGS = 2  # Of binary64, between sums that were added up in another order, wave by wave and market by market.


def near(a: Decimal, b: Decimal) -> bool:
    return abs(a - b) <= SPACINGS * Decimal(math.ulp(float(max(abs(a), abs(b)))))


def check_overshoot(waves: list[dict[str, str]]) -> list[Decimal]:
    """Overshoot per wave, after comparing all figures of a row with the row's own budgets."""
    overshoots = []
    for row in waves:
        removed, needed, deficit = row["budget_prod_usd"], row["budget_needed_usd"], row["deficit_usd"]
        overshoots.append(Decimal(removed) - Decimal(needed))
        figures = {
            "overshoot_prod_minus_needed_usd": float(removed) - float(needed),
            "theta_prod": float(removed) / float(deficit),
            "theta_needed": float(needed) / float(deficit),
            "theta_prod_capped": min(1.0, float(removed) / float(deficit)),
            "theta_needed_capped": min(1.0, float(needed) / float(deficit)),
        }
        for column, wanted in figures.items():
            require(float(row[column]) == wanted, f"wave {row['wave']}: {column} {row[column]}, recomputed {wanted!r}")
        require(abs(overshoots[-1] - Decimal(row["overshoot_prod_minus_needed_usd"])) < MICRO,
                f"wave {row['wave']}: overshoot {overshoots[-1]} in exact decimals")
    return overshoots


def check_gaps(waves: list[dict[str, str]], gaps: list[dict[str, str]]) -> Decimal:
    """Sum of the gaps in this part of the data."""
    here = Decimal(0)
    whole = []
    for row in waves:
        part = [gap for gap in gaps if gap["wave"] == row["wave"]]
        needed, known = Decimal(row["budget_needed_usd"]), sum(Decimal(gap["gap_usd_x_qty"]) for gap in part)
        require(known <= needed or near(known, needed), f"wave {row['wave']}: gaps of {known}, needed {needed}")
        if near(known, needed):
            whole.append(row["wave"])
        here += known
    require(whole == WHOLE_HERE, f"whole in this part are the waves {whole}")
    for gap in gaps:
        worth = product(Decimal(gap["gap_per_contract_usd"]), Decimal(gap["qty_contracts"]))
        require(near(worth, Decimal(gap["gap_usd_x_qty"])), f"wave {gap['wave']} {gap['coin']}: gap x contracts {worth}")
    return here


def check(_: Program, paths: dict[str, Path], __: Path) -> str:
    waves = read_csv(paths["waves.csv"])
    require(len(waves) == WAVES, f"{len(waves)} waves")
    overshoots = check_overshoot(waves)
    above = [one for one in overshoots if one > 0]
    below = [one for one in overshoots if one <= 0]
    same_loser = sum(row["max_loss_usd"] == ONE_DEFICIT for row in waves)
    figures = (
        ("overshoot", sum(overshoots).quantize(CENT), OVERSHOOT),
        ("removed", sum(Decimal(row["budget_prod_usd"]) for row in waves).quantize(CENT), REMOVED),
        ("needed", sum(Decimal(row["budget_needed_usd"]) for row in waves).quantize(CENT), NEEDED),
        ("removed beyond need", (len(above), sum(above).quantize(CENT)), ABOVE),
        ("removed short of need", (len(below), sum(below).quantize(CENT)), BELOW),
        ("gaps in this part", check_gaps(waves, read_csv(paths["wave_coin_gap.csv"])).quantize(CENT), NEEDED_HERE),
        ("waves led by one deficit", same_loser, ONE_DEFICIT_IN),
    )
    for what, got, wanted in figures:
        require(got == wanted, f"{what}: {got}, not {wanted}")
    return f"{WAVES} waves: removed {REMOVED} - needed {NEEDED} = overshoot {OVERSHOOT}"


if __name__ == "__main__":
    sys.exit(main(__doc__, [f"{FOLDER}/waves.csv", f"{FOLDER}/wave_coin_gap.csv"], check))
