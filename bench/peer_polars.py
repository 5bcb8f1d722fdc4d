"""Polars' side of bench/compare_peers.py: the same tables, the same two questions, in expressions.

Polars takes its number of threads from the environment when it is imported, so it runs in a process of its own, one per
thread count. Run as a program it reads Parquet tables from FOLDER and answers lines of JSON: {"check": FOLDER} writes
the answers of every way there; {"what": "flags", "way": NAME} times one.

Polars gets the same inputs as DuckDB, and an advantage that it can use: factors and tiers by index instead of by join,
since ids are dense.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

PPM = 1_000_000


class Polars:
    """Polars in a process of its own."""

    name = "Polars"

    def __init__(self, folder: Path, call_ppm: int):
        self.folder, self.call_ppm = folder, call_ppm
        self.worker: subprocess.Popen | None = None
        self.set_threads(len(os.sched_getaffinity(0)))
        self.version = self.ask({})["version"]
        self.all_ways = self.ask({})["ways"]

    def ask(self, question: dict) -> dict:
        self.worker.stdin.write(json.dumps(question) + "\n")
        self.worker.stdin.flush()
        answer = self.worker.stdout.readline()
        if not answer:
            raise RuntimeError(f"peer_polars ended with exit code {self.worker.wait()}")
        return json.loads(answer)

    def ways(self, what: str) -> list[str]:
        return self.all_ways[what]

    def set_threads(self, threads: int) -> None:
        self.close()
        self.worker = subprocess.Popen(
            [sys.executable, __file__, str(self.folder), str(self.call_ppm)], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env=os.environ | {"POLARS_MAX_THREADS": str(threads)})

    def seconds(self, what: str, way: str) -> float:
        return self.ask({"what": what, "way": way})["seconds"]

    def check(self, db) -> None:
        """Every way gives our answers; they are compared in DuckDB."""
        import peer_duckdb
        for what, way, path in self.ask({"check": str(self.folder)})["answers"]:
            check = peer_duckdb.check_flags if what == "flags" else peer_duckdb.check_lights
            check(db, f"Polars, {way}", f"'{path}'")

    def close(self) -> None:
        if self.worker:
            self.worker.stdin.close()
            self.worker.wait()
            self.worker.stdout.close()
            self.worker = None


# -------------------------------------------------------------------------------------------- the worker

def serve(folder: Path, call_ppm: int) -> None:
    import polars as pl

    i64, i128, f64 = pl.Int64, pl.Int128, pl.Float64
    positions = pl.read_parquet(folder / "positions.parquet").sort("unit", maintain_order=True).with_columns(
        pl.col("instrument").cast(pl.UInt32), pl.col("unit").set_sorted())
    units = pl.read_parquet(folder / "units.parquet").sort("unit").with_columns(pl.col("unit").set_sorted())
    instruments = pl.read_parquet(folder / "instruments.parquet").sort("id")
    tiers = pl.read_parquet(folder / "tiers.parquet").sort("instrument", "place")
    most = tiers["place"].max() + 1

    def flat(column: str, beyond: int | None) -> pl.Series:
        """A column of the tiers, `most` places an instrument; `beyond` (or the last value) if it has fewer."""
        values: list[int] = []
        for own in tiers.group_by("instrument", maintain_order=True).agg(pl.col(column))[column].to_list():
            values += own + [own[-1] if beyond is None else beyond] * (most - len(own))
        return pl.Series(column, values, dtype=i64)

    floors, rates = flat("floor", 2**62 + 1), flat("rate", None)
    highs, lows = flat("amount_high", None), flat("amount_low", None)
    def at(values: pl.Series, place: pl.Expr) -> pl.Expr:
        return pl.lit(values).gather(place)

    def value_of(lots: pl.Expr, num: pl.Expr, den: pl.Expr) -> pl.Expr:
        """lots x num / den, rounded down: // rounds so."""
        return pl.when(den == 1).then(lots * num).otherwise((lots.cast(i128) * num // den).cast(i64))

    num, den = at(instruments["num"], pl.col("instrument")), at(instruments["den"], pl.col("instrument"))
    fractions = pl.Series(instruments["id"].filter(instruments["den"] != 1)).cast(pl.UInt32).to_list()
    whole, inverse = (positions.filter(pl.col("instrument").is_in(fractions) == has) for has in (False, True))

    def valued_together() -> pl.LazyFrame:
        return positions.lazy().with_columns(value=value_of(pl.col("lots"), num, den))

    def valued_apart() -> pl.LazyFrame:
        """128-bit work only for the few that need it."""
        return pl.concat([whole.lazy().with_columns(value=pl.col("lots") * num),
                          inverse.lazy().with_columns(value=(pl.col("lots").cast(i128) * num // den).cast(i64))])

    def by_index(valued: pl.LazyFrame) -> pl.LazyFrame:
        """Requirements with the tiers gathered by index."""
        base = pl.col("instrument") * most
        band = sum(((pl.col("value").abs() >= at(floors, base + k)).cast(pl.UInt32) for k in range(1, most)), pl.lit(0, pl.UInt32))
        return (valued.with_columns(place=base + band)
                .select("unit", "value",
                        high=(pl.col("value").abs() // PPM) * at(rates, pl.col("place")) - at(highs, pl.col("place")),
                        low=(pl.col("value").abs() % PPM) * at(rates, pl.col("place")) - at(lows, pl.col("place"))))

    def by_join() -> pl.LazyFrame:
        """The same with joins: instruments by id, bands by an asof join on the notional."""
        held = (positions.lazy()
                .join(instruments.lazy().select(pl.col("id").cast(pl.UInt32).alias("instrument"), "num", "den"), on="instrument")
                .select("unit", "instrument", value=value_of(pl.col("lots"), pl.col("num"), pl.col("den")))
                .with_columns(notional=pl.col("value").abs()).sort("notional"))
        bands = (tiers.lazy().with_columns(pl.col("instrument").cast(pl.UInt32), pl.col("rate").cast(i64))
                 .sort("floor").select("instrument", "floor", "rate", "amount_high", "amount_low"))
        return (held.join_asof(bands, left_on="notional", right_on="floor", by="instrument", check_sortedness=False)
                .select("unit", "value", high=pl.col("notional") // PPM * pl.col("rate") - pl.col("amount_high"),
                        low=pl.col("notional") % PPM * pl.col("rate") - pl.col("amount_low")))

    def states(per_position: pl.LazyFrame) -> pl.LazyFrame:
        sums = per_position.group_by("unit").agg(pl.col("value").sum(), pl.col("high").sum(), pl.col("low").sum())
        equity, mm = pl.col("equity").cast(i128), pl.col("mm")
        return (units.lazy().join(sums, on="unit", how="left")
                .select("unit", equity=pl.col("cash") + pl.col("value").fill_null(0),
                        mm=pl.col("high").fill_null(0).cast(i128) * PPM + pl.col("low").fill_null(0))
                .select("unit", "equity", state=pl.when(pl.col("equity") < 0).then(3).when(equity * PPM < mm).then(2)
                        .when(equity * (PPM * PPM) < mm * call_ppm).then(1).otherwise(0).cast(pl.Int8)))

    flags = {"tiers by index": lambda: states(by_index(valued_together())),
             "tiers by index, inverse apart": lambda: states(by_index(valued_apart())),
             "asof join": lambda: states(by_join())}
    steady = flags["tiers by index"]().sort("unit").collect()

    def entries() -> pl.LazyFrame:
        """Positions on a ladder with their score: each operation of doubles rounds, as ours do."""
        infinity = float("inf")
        cost, value = pl.col("cost"), pl.col("value")
        equity = at(steady["equity"], pl.col("unit"))
        r, l = pl.col("r"), pl.col("l")
        return (valued_apart().filter(at(steady["state"], pl.col("unit")) < 2)
                .with_columns(r=pl.when(cost == 0)
                              .then(pl.when(value > 0).then(infinity).when(value < 0).then(-infinity).otherwise(0.0))
                              .otherwise((value - cost).cast(f64) / cost.abs().cast(f64)),
                              l=pl.when(equity <= 0).then(infinity).otherwise(value.abs().cast(f64) / equity.cast(f64)))
                .select("unit", segment=pl.col("instrument") * 2 + (pl.col("lots") < 0).cast(pl.UInt32), lots=pl.col("lots").abs(),
                        score=pl.when((r == 0) | ((r < 0) & (l == infinity)) | ((r > 0) & (l == 0))).then(0.0)
                        .when(r > 0).then(r * l).when(l == 0).then(-infinity).otherwise(r / l) + 0.0))

    ahead, total = pl.col("lots").cum_sum() - pl.col("lots"), pl.col("lots").sum()

    def lights_by_window() -> pl.LazyFrame:
        order = ["segment", "score", "unit"]
        return (entries().sort(order, descending=[False, True, False])
                .select("unit", "segment", lights=(5 - 5 * ahead // total).over("segment")))

    def lights_by_group() -> pl.LazyFrame:
        order = {"by": ["score", "unit"], "descending": [True, False]}
        lots = pl.col("lots").sort_by(**order)
        lit = 5 - 5 * (lots.cum_sum() - lots) // lots.sum()
        return (entries().group_by("segment").agg(pl.col("unit").sort_by(**order), lights=lit).explode("unit", "lights")
                .select("unit", "segment", "lights"))

    lights = {"sort, running sum over segments": lights_by_window, "sorted within groups": lights_by_group}
    engines = ("in-memory", "streaming")
    wanted = {"flags": lambda frame: frame.filter(pl.col("state") >= 2).select("unit", "state"),
              "lights": lambda frame: frame.group_by("lights").len()}
    asked = {"flags": flags, "lights": lights}
    ways = {what: [f"{name}, {engine}" for name in asked[what] for engine in engines] for what in asked}

    for line in sys.stdin:
        question = json.loads(line)
        if "check" in question:
            answers = []
            for what, names in ways.items():
                for way in names:
                    name, engine = way.rsplit(", ", 1)
                    path = str(Path(question["check"]) / f"polars-{len(answers)}.parquet")
                    asked[what][name]().collect(engine=engine).write_parquet(path)
                    answers.append((what, way, path))
            reply: dict = {"answers": answers}
        elif "way" in question:
            name, engine = question["way"].rsplit(", ", 1)
            begin = time.perf_counter()
            wanted[question["what"]](asked[question["what"]][name]()).collect(engine=engine)
            reply = {"seconds": time.perf_counter() - begin}
        else:
            reply = {"version": pl.__version__, "ways": ways}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
