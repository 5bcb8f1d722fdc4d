"""Plain decimals, rounding and the printing of numbers (docs/design.md sections 3 and 7).

Every number of a book is read as an exact fraction and every figure is kept as a Python integer,
so nothing in the oracle can overflow or round by accident.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")
PPM = 1_000_000


class BadData(ValueError):
    """The book breaks a rule of section 7; the oracle reports only that, without a list."""


def parse(text: str, what: str = "number") -> Fraction:
    """The exact value of a plain decimal: no exponent, no plus sign, no inf or nan (section 7)."""
    if not PLAIN.match(text):
        raise BadData(f"{what}: '{text}' is not a plain decimal")
    return Fraction(text)


def decimals_seen(text: str) -> int:
    """How many decimals a plain decimal really uses; trailing zeros do not count."""
    return len(text.partition(".")[2].rstrip("0"))


def whole(value: Fraction, step: Fraction, what: str) -> int:
    """`value` as a whole number of steps; a number finer than its step is refused (section 7)."""
    count = value / step
    if count.denominator != 1:
        raise BadData(f"{what}: {value} is finer than its step {step}")
    return count.numerator


def ceil_div(numerator: int, denominator: int) -> int:
    """The quotient rounded up; used for requirements, which round up (section 3, Tiers)."""
    return -(-numerator // denominator)


def fixed(count: int, digits: int) -> str:
    """`count` x 10^-digits as a plain decimal with exactly `digits` decimals; never `-0`."""
    sign = "-" if count < 0 else ""
    text = str(abs(count)).rjust(digits + 1, "0")
    if digits == 0:
        return sign + text
    return f"{sign}{text[:-digits]}.{text[-digits:]}"


def on_step(count: int, step: Fraction, digits: int) -> str:
    """`count` steps printed at the step's own digits (prices, sizes)."""
    return fixed(whole(count * step, Fraction(1, 10**digits), "step"), digits)


def shortest(score: float) -> str:
    """The fewest significant digits that read back the same, then zeros; no exponent (section 7)."""
    if math.isinf(score):
        return "inf" if score > 0 else "-inf"
    mantissa, _, exponent = repr(score).partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    before, _, after = mantissa.lstrip("-").partition(".")
    if after == "0":
        after = ""
    point = len(before) + int(exponent or "0")
    figures = before + after
    if point <= 0:
        before, after = "0", "0" * -point + figures
    elif point >= len(figures):
        before, after = figures + "0" * (point - len(figures)), ""
    else:
        before, after = figures[:point], figures[point:]
    before = before.lstrip("0") or "0"
    return sign + before + ("." + after if after else "")
