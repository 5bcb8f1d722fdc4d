"""The digests of a scan (docs/design.md section 7): sums mod 2^64 of a hash of each record."""

from __future__ import annotations

import struct

from margin import HEALTHY, Unit
from rank import SIDES, Market

MASK = (1 << 64) - 1
PRIME = (
    0x9E3779B185EBCA87,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)


def _rotate(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (64 - bits))) & MASK


def _round(lane: int, word: int) -> int:
    return _rotate((lane + word * PRIME[1]) & MASK, 31) * PRIME[0] & MASK


def xxh64(data: bytes, seed: int = 0) -> int:
    """XXH64 of a byte string, by its public specification."""
    at, size = 0, len(data)
    if size >= 32:
        lanes = [(seed + PRIME[0] + PRIME[1]) & MASK, (seed + PRIME[1]) & MASK, seed, (seed - PRIME[0]) & MASK]
        while at + 32 <= size:
            words = struct.unpack_from("<4Q", data, at)
            lanes = [_round(lane, word) for lane, word in zip(lanes, words)]
            at += 32
        h = sum(_rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            h = ((h ^ _round(0, lane)) * PRIME[0] + PRIME[3]) & MASK
    else:
        h = (seed + PRIME[4]) & MASK
    h = (h + size) & MASK
    while at + 8 <= size:
        (word,) = struct.unpack_from("<Q", data, at)
        h = (_rotate(h ^ _round(0, word), 27) * PRIME[0] + PRIME[3]) & MASK
        at += 8
    if at + 4 <= size:
        (word,) = struct.unpack_from("<I", data, at)
        h = (_rotate(h ^ (word * PRIME[0] & MASK), 23) * PRIME[1] + PRIME[2]) & MASK
        at += 4
    for byte in data[at:]:
        h = _rotate(h ^ (byte * PRIME[4] & MASK), 11) * PRIME[0] & MASK
    h = (h ^ (h >> 33)) * PRIME[1] & MASK
    h = (h ^ (h >> 29)) * PRIME[2] & MASK
    return h ^ (h >> 32)


def mix(x: int) -> int:
    """splitmix64's finaliser."""
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & MASK
    return x ^ (x >> 31)


def record_hash(words: list[int]) -> int:
    """The finaliser chained over the words of a record; negative words as two's complement."""
    h = 0x9E3779B97F4A7C15 * len(words) & MASK
    for word in words:
        h = mix(h ^ (word & MASK))
    return h


def _name(text: str) -> int:
    return xxh64(text.encode("utf-8"))


def _unit(unit: Unit) -> list[int]:
    return [_name(unit.account), _name(unit.name)]


def tick_digest(units: list[Unit], markets: dict[str, Market]) -> int:
    """State and deficit of every unit that is not healthy, and every cover fill."""
    total = 0
    for unit in units:
        if unit.state != HEALTHY:
            total += record_hash([1, *_unit(unit), unit.state, unit.deficit])
    for name, market in markets.items():
        for side in SIDES:
            for fill in market.fills[side]:
                words = [2, _name(name), *_unit(fill.loser.unit), *_unit(fill.winner.unit)]
                total += record_hash([*words, fill.lots, fill.value])
    return total & MASK


def full_digest(units: list[Unit], markets: dict[str, Market]) -> int:
    """Equity, margin equity, MM and state of every unit, and every entry of the whole ladders."""
    total = 0
    for unit in units:
        figures = [unit.equity, unit.margin_equity, unit.maintenance, unit.state]
        total += record_hash([3, *_unit(unit), *figures])
    for name, market in markets.items():
        for number, side in enumerate(SIDES):
            for entry in market.ladders[side]:
                (bits,) = struct.unpack("<Q", struct.pack("<d", entry.holding.score))
                words = [4, _name(name), *_unit(entry.unit), number, entry.lots, bits]
                total += record_hash([*words, entry.holding.lights])
    return total & MASK


def hexadecimal(digest: int) -> str:
    """16 lower-case hex digits, as `summary.json` prints a digest."""
    return f"{digest:016x}"
