"""CuPy's side of bench/compare_peers.py: the same tables as arrays on the GPU, the same two questions.

The array module is a parameter: NumPy has the same calls, so the answers are proven without a GPU.

There are no 128-bit integers here. Requirements are summed in whole steps and millionths, products are divided limb by limb;
`bounded` checks that this is exact for a book, and refuses others. Units' sums are differences of one running sum.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy
import pyarrow.parquet as parquet

import peer_duckdb

PPM = 1_000_000
LIMB = 1 << 20


def table(path: Path, order: list[str]) -> dict[str, numpy.ndarray]:
    """A table's columns, in the order of some of them."""
    read = parquet.read_table(path)
    columns = {name: read[name].to_numpy() for name in read.column_names if read[name].type != "string"}
    by = numpy.lexsort([columns[name] for name in reversed(order)])
    return {name: values[by] for name, values in columns.items()}


def bounded(condition: bool, what: str) -> None:
    if not condition:
        raise SystemExit(f"peer_cupy: {what} leave 64 bits on this book")


class Arrays:
    """The book in arrays of `xp`: cupy, or numpy in its place."""

    def __init__(self, folder: Path, call_ppm: int, xp):
        self.xp, self.folder, self.call_ppm = xp, folder, call_ppm
        self.name, self.version = {"cupy": "CuPy", "numpy": "NumPy"}[xp.__name__], xp.__version__
        self.load()
        self.states = None

    def load(self) -> None:
        xp, i64 = self.xp, numpy.int64
        positions = table(self.folder / "positions.parquet", ["unit", "instrument"])
        units = table(self.folder / "units.parquet", ["unit"])
        instruments = table(self.folder / "instruments.parquet", ["id"])
        tiers = table(self.folder / "tiers.parquet", ["instrument", "place"])
        self.most = int(tiers["place"].max()) + 1
        self.tiers = {}
        for name, beyond in (("floor", 2**62 + 1), ("rate", None), ("amount_high", None), ("amount_low", None)):
            flat = numpy.zeros(len(instruments["id"]) * self.most, i64)
            for i, own in enumerate(numpy.split(tiers[name], numpy.flatnonzero(tiers["place"][1:] == 0) + 1)):
                flat[i * self.most:(i + 1) * self.most] = own[-1] if beyond is None else beyond
                flat[i * self.most:i * self.most + len(own)] = own
            self.tiers[name] = xp.asarray(flat)
        ids, lots = positions["instrument"].astype(numpy.int32), positions["lots"].astype(i64)
        num, den = instruments["num"].astype(i64), instruments["den"].astype(i64)
        self.check_bounds(lots, ids, num, den, positions["cost"], int(tiers["rate"].max()))
        inverse = numpy.flatnonzero(den[ids] != 1)
        self.inverse = xp.asarray(inverse)
        self.inverse_ids = xp.asarray(ids[inverse])
        self.num, self.den = xp.asarray(num), xp.asarray(den)
        self.ids, self.lots, self.cost = xp.asarray(ids), xp.asarray(lots), xp.asarray(positions["cost"].astype(i64))
        self.unit = xp.asarray(positions["unit"].astype(numpy.int32))
        self.cash = xp.asarray(units["cash"].astype(i64))
        # The first position of each unit, and the end of the last.
        self.first = xp.asarray(numpy.searchsorted(positions["unit"], numpy.arange(len(units["unit"]) + 1)))
        self.segment = xp.asarray((ids * 2 + (lots < 0)).astype(numpy.int32))

    @staticmethod
    def check_bounds(lots, ids, num, den, cost, rate_most: int) -> None:
        largest = int(numpy.abs(lots).max())
        values = numpy.abs(lots.astype(float) * num[ids] / den[ids])
        bounded(float(values.sum()) * max(1, rate_most / PPM) < 2.0**62 and float(numpy.abs(cost).astype(float).sum()) < 2.0**62, "sums")
        fractions = den != 1
        if fractions.any():
            limb = int((numpy.abs(num[fractions]) // LIMB).max())
            bounded(largest * (limb + 1) < 2**62 and int(den[fractions].max()) * LIMB + largest * LIMB < 2**62, "inverse values")

    # ------------------------------------------------------------------------------------ the questions

    def values(self):
        """lots x num / den, rounded down; the few with a denominator in two limbs."""
        value = self.lots * self.num[self.ids]
        if len(self.inverse):
            lots, num, den = self.lots[self.inverse], self.num[self.inverse_ids], self.den[self.inverse_ids]
            high, low = num // LIMB, num % LIMB
            upper = lots * high
            value[self.inverse] = upper // den * LIMB + (upper % den * LIMB + lots * low) // den
        return value

    def sums(self, per_position):
        """Sums over each unit."""
        running = self.xp.zeros(len(per_position) + 1, numpy.int64)
        self.xp.cumsum(per_position, out=running[1:])
        return running[self.first[1:]] - running[self.first[:-1]]

    def flags(self):
        """(equity, state) of every unit."""
        xp, value = self.xp, self.values()
        notional = xp.abs(value)
        base = self.ids * self.most
        place = base.copy()
        for band in range(1, self.most):
            place += notional >= self.tiers["floor"][base + band]
        rate = self.tiers["rate"][place]
        high = self.sums(notional // PPM * rate - self.tiers["amount_high"][place])
        low = self.sums(notional % PPM * rate - self.tiers["amount_low"][place])
        equity = self.cash + self.sums(value)
        high, low = high + low // PPM, low % PPM
        lacks = (equity < high) | ((equity == high) & (low > 0))
        # call x MM / 10^6 as whole x 10^6 + rest + part / 10^6, against equity x 10^6.
        part = self.call_ppm * low
        rest = self.call_ppm * (high % PPM) + part // PPM
        whole = self.call_ppm * (high // PPM) + rest // PPM
        called = (equity < whole) | ((equity == whole) & ((rest % PPM > 0) | (part % PPM > 0)))
        state = xp.where(equity < 0, 3, xp.where(lacks, 2, xp.where(called, 1, 0))).astype(numpy.int8)
        return equity, state

    def lights(self):
        """(place of the position, lights) of every entry of a ladder."""
        xp = self.xp
        if self.states is None:
            self.states = self.flags()
        equity, state = self.states
        on = xp.flatnonzero(state[self.unit] < 2)
        value, cost, own = self.values()[on], self.cost[on], equity[self.unit[on]]
        with numpy.errstate(divide="ignore", invalid="ignore"):
            gain = xp.where(cost == 0, xp.sign(value) * xp.inf, (value - cost) / xp.abs(cost))
            gain = xp.where((cost == 0) & (value == 0), 0.0, gain)
            leverage = xp.where(own <= 0, xp.inf, xp.abs(value) / own)
            loss = xp.where(leverage == 0, -xp.inf, gain / leverage)
            score = xp.where(gain > 0, gain * leverage, loss)
        score = xp.where((gain == 0) | ((gain < 0) & (leverage == xp.inf)) | ((gain > 0) & (leverage == 0)), 0.0, score)
        # Positions are in the order of units, so two stable sorts give (segment, score falling, unit).
        order = xp.argsort(-score, kind="stable")
        order = order[xp.argsort(self.segment[on][order], kind="stable")]
        segment, lots = self.segment[on][order], xp.abs(self.lots[on][order])
        running = xp.zeros(len(lots) + 1, numpy.int64)
        xp.cumsum(lots, out=running[1:])
        bounds = xp.searchsorted(segment, xp.arange(2 * len(self.num) + 1, dtype=numpy.int32))
        begin, end = running[bounds[segment]], running[bounds[segment + 1]]
        return on[order], 5 - 5 * (running[:-1] - begin) // (end - begin)

    # ------------------------------------------------------------------------------------ as a peer

    def ways(self, what: str) -> list[str]:
        return {"flags": ["differences of a running sum"], "lights": ["two stable sorts"]}[what]

    def set_threads(self, threads: int) -> None:
        """It has none."""

    def wait(self) -> None:
        if self.name == "CuPy":
            self.xp.cuda.Device().synchronize()

    def seconds(self, what: str, _way: str) -> float:
        """One run; returns the flagged units, or the positions by lights."""
        self.wait()
        begin = time.perf_counter()
        if what == "flags":
            _, state = self.flags()
            flagged = self.xp.flatnonzero(state >= 2)
            self.host(flagged), self.host(state[flagged])
        else:
            self.host(self.xp.bincount(self.lights()[1], minlength=6))
        return time.perf_counter() - begin

    def host(self, array) -> numpy.ndarray:
        return array if self.name == "NumPy" else self.xp.asnumpy(array)

    def check(self, db) -> None:
        """Our answers, unit by unit and position by position; compared in DuckDB."""
        import pyarrow

        equity, state = self.flags()
        where, lights = self.lights()
        db.register("array_states", pyarrow.table({"unit": numpy.arange(len(self.cash), dtype=numpy.int32),
                                                   "equity": self.host(equity), "state": self.host(state)}))
        db.register("array_lights", pyarrow.table({"unit": self.host(self.unit[where]), "segment": self.host(self.segment[where]),
                                                   "lights": self.host(lights)}))
        peer_duckdb.check_flags(db, self.name, "array_states")
        peer_duckdb.check_lights(db, self.name, "array_lights")

    def close(self) -> None:
        """Nothing is held beyond arrays."""
