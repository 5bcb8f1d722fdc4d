#!/usr/bin/env python3
"""What the program says of its formats is what it reads and writes.

    python3 tests/formats/check_formats.py --plimsoll BIN

docs/formats.md is what `help --markdown` prints; every column and key stands in help, the manual page and the page; each
table written has the columns that are described, in order; `init` writes a book; the recipes of docs/recipes.md write books
(a recipe whose tool is not installed is skipped, visibly).
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
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
    "replay": ["events", "ticks", "feasibility", "held"],
    "compare": ["policies"],
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
    assert page == stored, "docs/formats.md is not what `plimsoll help --markdown` prints: print it anew"


def check_help() -> None:
    """Every column and key of the page stands in the help of its topic and in the manual page, isolated_margin with its sense."""
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
    run("compare", book, "--shock", "-0.1", "--policies", "queue", "--out", place / "compare")
    run("stress", book, "--shocks", "-0.1", "--funds", "0", "--out", place / "stress")
    for command, tables in OUTPUTS.items():
        written = sorted(path.stem for path in (place / command).glob("*.csv"))
        assert written == sorted(tables), f"{command} writes {written}"
        for table in tables:
            with open(place / command / f"{table}.csv", newline="") as file:
                header = next(csv.reader(file))
            assert header == page[f"{command}: {table}"], f"{command}: {table} has {header}"


def check_init(place: Path) -> None:
    """An empty book is one, says nothing, and holds every key as a comment."""
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


def main() -> int:
    global PLIMSOLL
    parser = argparse.ArgumentParser()
    parser.add_argument("--plimsoll", required=True)
    PLIMSOLL = os.path.abspath(parser.parse_args().plimsoll)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for check in (check_page, check_help, check_outputs, check_init, check_recipes):
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
