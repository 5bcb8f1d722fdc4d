#!/usr/bin/env python3
"""The program's description of its formats agrees with its input and output.

    python3 tests/formats/check_formats.py --plimsoll BIN

docs/formats.md is the output of `help --markdown`; every column and key is in help, the manual page and the page; each
table written has the columns that are described, in order; `init` writes a book; the recipes of docs/recipes.md write books
(a recipe whose tool is not installed is skipped, visibly).
"""

from __future__ import annotations

import argparse
import ast
import csv
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLIMSOLL = ""

BOOK = {
    "venue.toml": 'name = "small"\nquote = "USDT"\n',
    "assets.csv": "asset,step\nUSDT,0.000001\nBTC,0.00000001\n",
    "instruments.csv": "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n"
    "BTCUSDT,linear,BTC,USDT,1,0.1,0.001,T\n",
    "tiers.csv": "tier_table,floor,maintenance_rate,initial_rate\nT,0,0.004,0.01\n",
    "balances.csv": "account,asset,amount\nalice,USDT,1000.5\nbob,USDT,50000\n",
    "positions.csv": "account,instrument,size,entry_price\nalice,BTCUSDT,0.5,70000.1\nbob,BTCUSDT,-0.5,70000.1\n",
    "marks.csv": "instrument,mark\nBTCUSDT,61000.5\n",
}
TOPICS = ("tables", "venue.toml", "updates", "outputs")
OUTPUTS = {
    "scan": ["units", "flagged", "ladder", "cover", "positions", "markets", "held"],
    "replay": ["events", "ticks", "markets", "deleveraged", "feasibility", "held"],
    "compare": ["policies", "haircuts"],
    "stress": ["stress"],
}


def run(*words: str | Path, code: int = 0, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([PLIMSOLL, *map(str, words)], capture_output=True, text=True, timeout=120, check=False, cwd=folder)
    assert done.returncode == code, f"{words}: exit {done.returncode}: {done.stderr}"
    return done


def put(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def sections(page: str) -> dict[str, list[str]]:
    """The names in code of the first column, by heading of the third rank."""
    out: dict[str, list[str]] = {}
    heading = ""
    for line in page.splitlines():
        if line.startswith("### "):
            heading = line[4:]
            out[heading] = []
        elif found := re.match(r"\| `([^`]+)` \|", line):
            out[heading].append(found[1])
    return out


def check_page() -> None:
    """docs/formats.md is printed by the program."""
    page = run("help", "--markdown").stdout
    stored = (ROOT / "docs" / "formats.md").read_text()
    assert page == stored, "docs/formats.md is not the output of `plimsoll help --markdown`: print it again"


def check_help() -> None:
    """Every column and key of the page is in the help of its topic and in the manual page, isolated_margin with its sense."""
    page = sections(run("help", "--markdown").stdout)
    help_of = {topic: run("help", topic).stdout for topic in TOPICS}
    manual = run("help", "--man").stdout
    names = 0
    for heading, columns in page.items():
        for name in columns:
            assert any(f"\n  {name}\n" in text for text in help_of.values()), f"help does not name {heading}, {name}"
            assert f"\\fB{name}\\fR" in manual, f"the manual page does not name {heading}, {name}"
            names += 1
    assert names > 150, names
    assert "isolatedWallet" in help_of["tables"] and "without its unrealised profit" in " ".join(help_of["tables"].split())
    assert "did you mean tables?" in run("help", "tabels", code=2).stderr


def check_outputs(place: Path) -> None:
    """Each table has the columns that are described, in order."""
    page = sections(run("help", "--markdown").stdout)
    book = put(place / "book", BOOK)
    (place / "ticks.csv").write_text("tick,instrument,mark\n1,BTCUSDT,60000\n")
    run("scan", book, "--out", place / "scan", "--positions", "--ladder", "full")
    run("replay", book, "--ticks", place / "ticks.csv", "--out", place / "replay")
    run("compare", book, "--shock", "-0.1", "--policies", "queue", "--haircuts", "--out", place / "compare")
    run("stress", book, "--shocks", "-0.1", "--funds", "0", "--out", place / "stress")
    for command, tables in OUTPUTS.items():
        written = sorted(path.stem for path in (place / command).glob("*.csv"))
        assert written == sorted(tables), f"{command} writes {written}"
        for table in tables:
            with open(place / command / f"{table}.csv", newline="") as file:
                header = next(csv.reader(file))
            assert header == page[f"{command}: {table}"], f"{command}: {table} has {header}"


def check_init(place: Path) -> None:
    """An empty book is valid, has no notes, and has every key as a comment."""
    run("init", place / "new")
    done = run("validate", place / "new")
    assert "note:" not in done.stderr, done.stderr
    text = (place / "new" / "venue.toml").read_text()
    for heading, keys in sections(run("help", "--markdown").stdout).items():
        for key in keys if heading.startswith("[") else ():
            assert f"# {key.split('.')[-1]} = " in text, f"init leaves {heading} {key} out"
    run("init", place / "new", code=2)
    run("init", place / "new", "--force")
    assert all(len(line) <= 120 for line in text.splitlines())


def check_recipes(place: Path) -> None:
    """Each program of docs/recipes.md writes a book that is read, the same one."""
    text = (ROOT / "docs" / "recipes.md").read_text()
    ran = 0
    for heading, code in re.findall(r"^## (From [^\n]+)\n.*?```python\n(.*?)```", text, re.S | re.M):
        tools = [name for name in re.findall(r"^import (\w+)", code, re.M) if importlib.util.find_spec(name) is None]
        if tools:
            print(f"skipped: {heading}: {', '.join(tools)} is not installed")
            continue
        folder = place / heading.replace(" ", "-").replace("'", "")
        folder.mkdir()
        put(folder / "venue", {name: text for name, text in BOOK.items() if name.split(".")[0] not in ("balances", "positions", "marks")})
        subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, timeout=120)
        run("scan", "venue", "--out", "out", "--positions", folder=folder)
        with open(folder / "out" / "positions.csv", newline="") as file:
            rows = {row["account"]: row for row in csv.DictReader(file)}
        assert {name: row["size"] for name, row in rows.items()} == {"alice": "0.500", "bob": "-0.500"}, rows
        assert rows["alice"]["pnl"] == "500.200000", rows
        ran += 1
    assert ran >= 1, "no recipe ran"


# Both of them end up long against the house; alice goes bankrupt at 60000 and bob is called.
CRASH = BOOK | {
    "balances.csv": "account,asset,amount\nalice,USDT,4000\nbob,USDT,50000\ncat,USDT,300000\n",
    "positions.csv": "account,instrument,size,entry_price\nalice,BTCUSDT,0.5,70000.1\nbob,BTCUSDT,-0.2,70000.1\ncat,BTCUSDT,-0.3,69000.7\n",
}


def recipe(heading: str, place: int = 0) -> str | None:
    """A program below a heading of docs/recipes.md; none, with a report, if its tool is not installed."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", (ROOT / "docs" / "recipes.md").read_text(), re.S | re.M)
    assert section, f"docs/recipes.md has no {heading}"
    code = re.findall(r"```python\n(.*?)```", section[1], re.S)[place]
    missing = [name for name in re.findall(r"^import (\w+)", code, re.M) if importlib.util.find_spec(name) is None]
    if missing:
        print(f"skipped: {heading}: {', '.join(missing)} is not installed")
    return None if missing else code


def crashed(place: Path) -> None:
    """A scan and a replay in Parquet, below `out`."""
    put(place / "venue", CRASH)
    (place / "ticks.csv").write_text("tick,instrument,mark\n1,BTCUSDT,66000\n2,BTCUSDT,60000.5\n3,BTCUSDT,59000\n")
    run("scan", "venue", "--out", "scan", "--format", "parquet", folder=place)
    run("replay", "venue", "--ticks", "ticks.csv", "--out", "out", "--format", "parquet", folder=place)


def check_into_pandas(place: Path) -> None:
    """Sums by asset are exact."""
    code = recipe("Into pandas")
    if code is None:
        return
    crashed(place)
    (place / "out" / "units.parquet").write_bytes((place / "scan" / "units.parquet").read_bytes())
    done = subprocess.run([sys.executable, "-c", code], cwd=place, check=True, timeout=120, capture_output=True, text=True)
    # 354000 and profits that cancel but for the entries.
    assert f"{Decimal(354000) + Decimal('0.3') * (Decimal('69000.7') - Decimal('70000.1')):.6f}" in done.stdout, done.stdout


def answers(code: str, folder: Path) -> list[list[list[str]]]:
    """Rows of each query that the code prints."""
    shown = "def show(of):\n    print([list(map(str, one)) for one in of.fetchall()])\n\n"
    done = subprocess.run([sys.executable, "-c", shown + code.replace("print(", "show(")], cwd=folder, check=True, timeout=120, capture_output=True, text=True)
    return [ast.literal_eval(line) for line in done.stdout.splitlines()]


def check_questions(place: Path) -> None:
    """The queries agree with `ticks` in their sum, with the marks for each account, and with `compare`."""
    code = recipe("Questions to a replay")
    if code is None:
        return
    crashed(place)
    gave, markets, way = answers(code, place)
    import duckdb  # pylint: disable=import-outside-toplevel
    total = duckdb.sql(f"select sum(adl_haircut) from '{place}/out/ticks.parquet'").fetchall()[0][0]
    assert {one[1] for one in gave} == {"bob", "cat"} and sum(Decimal(one[2]) for one in gave) == total, (gave, total)
    assert float(gave[-1][3]) == 1 and abs(float(gave[0][3]) - float(Decimal(gave[0][2]) / total)) < 1e-12, gave
    # At 60000.5 alice has 4000 - 4999.8: bob and cat give 999.8 between them.
    assert abs(total - Decimal("999.8")) < Decimal("0.00001"), total
    at = {one[0]: one for one in markets}
    assert [Decimal(cell) for cell in at["2"][2:]] == [Decimal("60000.5"), Decimal("60000.5"), Decimal(at["1"][4]) - Decimal("0.5"), 0, 0, Decimal("0.5")], markets
    assert sum(Decimal(one[4]) for one in way) == -4000, way
    run("compare", "venue", "--ticks", "ticks.csv", "--policies", "queue,pro_rata:size", "--haircuts", "--format", "parquet", "--out", "compared", folder=place)
    policies = answers(recipe("Questions to a replay", 1), place)[0]
    assert [one[0] for one in policies] == ["pro_rata:size", "queue"] and Decimal(policies[1][3]) == total, (policies, total)


def check_metadata(place: Path) -> None:
    """Parquet and Arrow files describe their columns, in the words of the page; units of every column that has one."""
    if importlib.util.find_spec("pyarrow") is None:
        print("skipped: metadata: pyarrow is not installed")
        return
    import pyarrow as pa  # pylint: disable=import-outside-toplevel
    import pyarrow.parquet  # pylint: disable=import-outside-toplevel
    crashed(place)
    run("scan", "venue", "--out", "arrow", "--format", "arrow", folder=place)
    page = run("help", "--markdown").stdout
    for folder, command, form in (("scan", "scan", "parquet"), ("out", "replay", "parquet"), ("arrow", "scan", "arrow")):
        for path in (place / folder).glob(f"*.{form}"):
            schema = pa.parquet.read_schema(path) if form == "parquet" else pa.ipc.open_file(path).schema
            facts = {key.decode(): value.decode() for key, value in schema.metadata.items()}
            assert facts["plimsoll.command"] == command and facts["plimsoll.table"] == path.stem and facts["plimsoll.version"], facts
            rows = re.search(rf"^### {command}: {path.stem}\n(.*?)(?=^###|\Z)", page, re.S | re.M)[1]
            for column in schema.names:
                unit, meaning = (facts.get(f"{column}.{what}", "") for what in ("unit", "meaning"))
                assert f"| `{column}` |{' ' * bool(unit)}{unit} | {meaning} |" in rows, f"{path.name}, {column}: {unit!r} {meaning!r}\n{rows}"


def check_meanings(place: Path) -> None:
    """Words of the page that a table can contradict."""
    words = re.sub(r"\s+", " ", run("help", "outputs").stdout)
    put(place / "venue", CRASH | {"venue.toml": BOOK["venue.toml"] + "[fund.balance]\nUSDT = 300\n[market]\ndepth = 300000\n[backstop]\nenabled = true\ncapacity = 1000\n"})
    (place / "ticks.csv").write_text("tick,instrument,mark\n1,BTCUSDT,62500\n2,BTCUSDT,59000.5\n")
    (place / "updates.csv").write_text("tick,kind,account,instrument,asset,size,price,amount,fee,to,rate\n1,fill,cat,BTCUSDT,,0.1,62500,,1,bob,\n1,funding,,BTCUSDT,,,,,,,0.0001\n"
                                       "1,deposit,bob,,USDT,,,5,,,\n3,settle,,BTCUSDT,,,59000,,,,\n")
    run("replay", "venue", "--ticks", "ticks.csv", "--updates", "updates.csv", "--out", "out", folder=place)
    with open(place / "out" / "events.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    steps = re.search(r" step (.*?\.)", words)[1]
    causes = re.search(r" cause (Reason of the leg.*?\.) ", words)[1] + words[words.index(" cause Reason of the leg"):][:400]
    kinds = {"fill", "funding", "fee", "deposit", "withdraw", "transfer", "margin"}
    for row in rows:
        assert row["step"] in re.split(r"[ ,.]+", steps), f"step {row['step']} is not in {steps}"
        assert row["cause"] in causes or row["step"] == "update" and row["cause"] in kinds, f"cause {row['cause']} is not in {causes}"
    assert len({row["step"] for row in rows}) >= 3 and "settled" in {row["cause"] for row in rows}, {(row["step"], row["cause"]) for row in rows}
    run("scan", "venue", "--out", "scan", "--positions", folder=place)
    (place / "venue" / "marks.csv").write_text("instrument,mark\nBTCUSDT,60000.5\n")
    run("scan", "venue", "--out", "scan", "--positions", "--force", folder=place)
    tables = {}
    for name in ("positions", "units"):
        with open(place / "scan" / f"{name}.csv", newline="") as file:
            tables[name] = {row["account"]: row for row in csv.DictReader(file)}
    alice = tables["positions"]["alice"]
    assert tables["units"]["alice"]["state"] == "bankrupt" and alice["lights"] == "" and alice["score"] != "", alice
    assert "blank for flagged units" in words and "also given for flagged units, which are not on a ladder" in words
    assert tables["units"]["alice"]["free"].startswith("-") and "if it is below zero, the unit may not open positions" in words


def main() -> int:
    global PLIMSOLL
    parser = argparse.ArgumentParser()
    parser.add_argument("--plimsoll", required=True)
    PLIMSOLL = os.path.abspath(parser.parse_args().plimsoll)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for check in (check_page, check_help, check_outputs, check_init, check_recipes, check_into_pandas, check_questions, check_metadata,
                      check_meanings):
            place = Path(folder) / check.__name__
            place.mkdir()
            try:
                check(place) if check.__code__.co_argcount else check()
            except AssertionError as fault:
                print(f"{check.__name__}: {fault}")
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
