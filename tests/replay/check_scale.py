"""A crash of a large venue: timed, the same bytes on any number of threads, and proven from its files by DuckDB.

    check_scale.py --plimsoll BIN [--accounts 100000] [--ticks 20] [--bars BARS.csv.gz] [--folder DIR] [--json FILE]

A seeded venue with four positions an account falls along `crash_path.py`'s path (with --bars: along real minutes, stretched
to the same depth), with the executor at work. The event log must be the same file on 2, 1 and 7 threads. Then SQL over the
two books and the events, in exact decimals and without asking the program, proves that

* the legs of every plan sum to nothing: sizes per instrument, amount - cost per asset;
* opening book + legs = final book, for every balance, margin, size and cost;
* no position grew or changed its side, and every deleveraged winner was opposite to its loser, in another account.

A tick takes ten passes over the book at most, on average.

Prints the process's time and memory, and seconds a tick by stage, on 2 threads; --json keeps them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import duckdb

from crash_path import depths_of_bars, write_crash

RULES = """
[market]
depth = {depth}

[backstop]
enabled = true
capacity = {depth}

[fund]
balance = {{ QUSD = {fund} }}
"""
PASSES_MAX = 10  # Of a tick, over all ticks: 200 for a crash of 20.
SYSTEM = "('fund', 'fees', 'market', 'backstop', 'external')"
QUERIES = {
    "a plan whose sizes do not sum to nothing":
        "SELECT plan, instrument, sum(size) AS off FROM events WHERE instrument <> '' GROUP BY ALL HAVING sum(size) <> 0",
    "a plan whose money does not sum to nothing":
        "SELECT plan, asset, sum(amount - coalesce(cost, 0)) AS off FROM events GROUP BY ALL HAVING sum(amount - coalesce(cost, 0)) <> 0",
    "a balance that opening book and events do not make":
        """SELECT account, unit, sum(amount) AS off FROM (
             SELECT account, unit, amount FROM opening_money UNION ALL
             SELECT account, unit, amount FROM customer_legs UNION ALL
             SELECT account, unit, -amount FROM final_money) GROUP BY ALL HAVING sum(amount) <> 0""",
    "a position that opening book and events do not make":
        """SELECT account, unit, instrument, side, sum(size) AS size_off, sum(cost) AS cost_off FROM (
             SELECT account, unit, instrument, side, size, cost FROM opening_held UNION ALL
             SELECT account, unit, instrument, side, size, cost FROM position_legs UNION ALL
             SELECT account, unit, instrument, side, -size, -cost FROM final_held)
           GROUP BY ALL HAVING sum(size) <> 0 OR sum(cost) <> 0""",
    "a position that grew or is new":
        """SELECT f.* FROM final_held f LEFT JOIN opening_held o USING (account, unit, instrument, side)
           WHERE o.size IS NULL OR abs(f.size) > abs(o.size)""",
    "a deleveraging that is no pair of opposite sides in two accounts":
        """SELECT plan, count(*) AS legs FROM (
             SELECT l.plan, l.account, o.side FROM position_legs l JOIN opening_held o USING (account, unit, instrument, side)
             WHERE l.step = 'adl') GROUP BY plan
           HAVING count(*) <> 2 OR count(DISTINCT account) <> 2 OR count(DISTINCT side) <> 2""",
}


def views(book, name):
    """SQL views of a book's money and positions, in units as `events` names them."""
    side = "CASE WHEN size < 0 THEN 'short' ELSE 'long' END"
    return f"""
        CREATE VIEW {name}_rows AS SELECT p.account, p.instrument, p.size, p.entry_value AS cost, p.isolated_margin, {side} AS side,
               CASE WHEN p.isolated_margin IS NULL THEN 'cross:' || i.settle ELSE 'isolated:' || p.instrument || ':' || {side} END AS unit
               FROM '{book}/positions.parquet' p JOIN '{book}/instruments.parquet' i USING (instrument);
        CREATE VIEW {name}_held AS SELECT account, unit, instrument, side, size, cost FROM {name}_rows;
        CREATE VIEW {name}_money AS SELECT account, 'cross:' || asset AS unit, amount FROM '{book}/balances.parquet' UNION ALL
               SELECT account, unit, isolated_margin FROM {name}_rows WHERE isolated_margin IS NOT NULL;"""


def prove(book, out, folder):
    """Runs every query; each must find nothing. Returns how many events and plans were looked at."""
    base = duckdb.connect(str(folder / "proof.duckdb"))
    base.execute(f"SET temp_directory = '{folder}/spill'; SET memory_limit = '6GB'; SET preserve_insertion_order = false")
    base.execute(f"CREATE VIEW events AS SELECT * REPLACE (coalesce(instrument, '') AS instrument) FROM '{out}/events.parquet'")
    base.execute(views(book, "opening") + views(out / "final", "final"))
    base.execute(f"""CREATE VIEW customer_legs AS SELECT * FROM events WHERE account NOT IN {SYSTEM};
        CREATE VIEW position_legs AS SELECT *, CASE WHEN size < 0 THEN 'long' ELSE 'short' END AS side
               FROM customer_legs WHERE instrument <> '' AND size <> 0""")
    for what, query in QUERIES.items():
        found = base.execute(query + " LIMIT 3").fetchall()
        assert not found, f"{what}: {found}"
    return base.execute("SELECT count(*), count(DISTINCT plan) FROM events").fetchone()


def passes_of(out):
    """Scans of all ticks: each tick judges until nothing new is flagged."""
    return int(duckdb.execute(f"SELECT sum(most) FROM (SELECT max(passes) AS most FROM '{out}/ticks.parquet' GROUP BY tick)").fetchone()[0])


def run(binary, *arguments):
    """Runs the program; its output, and what the process used."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as notes:
        child = subprocess.Popen([binary, *map(str, arguments)], stdout=output, stderr=notes)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        notes.seek(0)
        assert child.returncode == 0, f"{arguments}: exit {child.returncode}: {notes.read()}"
        output.seek(0)
        return output.read(), used


def main():
    """Makes the venue, crashes it, compares and proves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", required=True)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--ticks", type=int, default=20)
    parser.add_argument("--fall", type=Decimal, default=Decimal("0.25"))
    parser.add_argument("--bars", type=Path)
    parser.add_argument("--folder", type=Path, help="work here, and leave everything")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        book, ticks = folder / "book", folder / "ticks.csv"
        run(arguments.plimsoll, "generate", "--accounts", arguments.accounts, "--positions", 4 * arguments.accounts, "--instruments", 64,
            "--seed", 7, "--out", book, "--format", "parquet", "--quiet", "--force")
        with open(book / "venue.toml", "a", encoding="utf-8") as file:
            file.write(RULES.format(depth=2 * arguments.accounts, fund=arguments.accounts // 5))
        depths = depths_of_bars(arguments.bars, arguments.ticks) if arguments.bars else None
        write_crash(book, ticks, arguments.ticks, arguments.fall, depths)
        first, report, used = b"", {}, None
        for threads in (2, 1, 7):
            out = folder / f"threads-{threads}"
            reported, spent = run(arguments.plimsoll, "replay", book, "--ticks", ticks, "--out", out, "--format", "parquet", "--quiet",
                                  "--force", "--threads", threads)
            events = (out / "events.parquet").read_bytes()
            first, report, used = first or events, report or json.loads(reported), used or spent
            assert events == first, f"the events on {threads} threads differ"
        rows, plans = prove(book, folder / "threads-2", folder)
        passes = passes_of(folder / "threads-2")
    seconds = report["run"]["seconds"]
    states = {asset: flows for asset, flows in report["assets"].items() if Decimal(flows["adl"]) > 0}
    assert states, "nobody was deleveraged: the crash is too tame"
    assert report["conservation"]["holds"], "the program's own sums do not hold"
    assert passes <= PASSES_MAX * arguments.ticks, f"{passes} passes over {arguments.ticks} ticks"
    total, peak_mb = sum(seconds.values()), round(used.ru_maxrss * 1024 / 1e6)
    print(f"{arguments.accounts:,} accounts, {arguments.ticks} ticks on 2 threads: {total:.1f} s, {total / arguments.ticks * 1000:.0f} ms a tick, "
          f"{passes} passes, {plans:,} plans, {rows:,} legs; the same events on 1 and 7 threads; {len(QUERIES)} proofs hold")
    print(f"  with files {report['run']['seconds_total']:.1f} s, {used.ru_utime:.1f} s of user CPU, at most {peak_mb:,} MB of memory")
    for stage, spent in seconds.items():
        print(f"  {stage:16} {spent:8.2f} s {spent / arguments.ticks * 1000:8.1f} ms a tick")
    if arguments.json:
        arguments.json.write_text(json.dumps({"accounts": arguments.accounts, "ticks": arguments.ticks, "passes": passes, "plans": plans, "legs": rows,
                                              "seconds_total": report["run"]["seconds_total"], "user_s": used.ru_utime,
                                              "peak_mb": peak_mb, "seconds": seconds}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
