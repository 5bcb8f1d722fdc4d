#!/usr/bin/env python3
"""The pages of docs/ agree with the tree and the program.

    python3 tests/docs/check_docs.py --plimsoll build/plimsoll

Every `sh` block of a page runs, page by page in a folder of its own. docs/rulebooks.md names every key that the program
knows and shows what each shipped rulebook sets. Each figure of docs/performance.md, and each time of docs/embedding.md, is that of the record it names.
docs/architecture.md names every room, in an order in which none includes one below it. Pages and judges name every score.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PLIMSOLL = Path()
# Words of everyday English that the code uses in a sense of its own: each is defined. tests/tidy/check_words.py has those that
# it may not use.
PRIVATE = (
    "allotted", "candidate", "cash", "collateral", "dense", "entry", "excerpt", "feed", "gone", "group", "guarded", "judge", "kept",
    "lean", "machine", "move", "place", "poisoned", "prefix", "purpose", "pushed", "rebase", "record", "reference", "resident",
    "room", "safe", "score_inputs", "segment", "slot", "tally", "tile", "turn", "verdict", "way", "worth",
)


def table_after(text: str, mark: str) -> list[list[str]]:
    """The cells of the first table behind a text, without its two head lines."""
    assert mark in text, f"there is no {mark!r}"
    rows = []
    for line in text.split(mark, 1)[1].split("\n"):
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            break
    return rows[2:]


def check_examples(place: Path) -> None:
    """Each `sh` block of a page runs, in the order of the page."""
    (place / "bin").mkdir()
    (place / "bin" / "plimsoll").symlink_to(PLIMSOLL)
    environment = {**os.environ, "PATH": f"{place / 'bin'}:{os.environ['PATH']}"}
    ran = 0
    for page in [*sorted(DOCS.rglob("*.md")), ROOT / "CONTRIBUTING.md"]:
        blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)
        folder = place / "-".join(page.relative_to(ROOT).with_suffix("").parts)
        folder.mkdir()
        for block in blocks:
            done = subprocess.run(["bash", "-ec", block], cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
                                  check=False)
            assert done.returncode == 0, f"{page.name}: this fails with {done.returncode}:\n{block}\n{done.stderr}"
            ran += 1
    assert ran > 0, "no page has an example"
    print(f"{ran} examples ran")


def flat(section: dict, prefix: str = "") -> dict[str, str]:
    """Keys of a TOML text with their sections, values as the page writes them."""
    out: dict[str, str] = {}
    for key, value in section.items():
        if isinstance(value, dict):
            out.update(flat(value, f"{prefix}{key}."))
        else:
            out[prefix + key] = {"True": "true", "False": "false"}.get(str(value), str(value))
    return out


def check_rulebooks() -> None:
    """Every key, every shipped rulebook, every value that one of them sets."""
    page = (DOCS / "rulebooks.md").read_text(encoding="utf-8")
    printed = subprocess.run([PLIMSOLL, "help", "--markdown"], capture_output=True, text=True, check=True).stdout
    keys, heading = [], ""
    for line in printed.split("\n"):
        if line.startswith("### "):
            heading = line[4:]
        elif heading.startswith("[") and (found := re.match(r"\| `([^`]+)` \|", line)):
            keys.append(f"{heading.strip('[]')}.{found[1]}")
    assert len(keys) > 30, f"help --markdown has {len(keys)} keys in sections"
    named = set(re.findall(r"`([\w.]+)(?: = [^`]*)?`", page))
    missing = [key for key in keys if key not in named]
    assert not missing, f"rulebooks.md does not name {', '.join(missing)}"
    unknown = [name for name in named if name.split(".")[0] in {key.split(".")[0] for key in keys} and "." in name and name not in keys]
    assert not unknown, f"rulebooks.md names keys that there are not: {', '.join(sorted(unknown))}"

    books = {path.stem: flat(tomllib.loads(path.read_text(encoding="utf-8")))
             for path in sorted((ROOT / "host/venue/rulebooks").glob("*.toml"))}
    shown = {row[0]: dict(re.findall(r"`([\w.]+) = ([^`]*)`", row[1])) for row in table_after(page, "The first row has every key")}
    assert list(shown) == ["default", *sorted(set(books) - {"default"})], f"rulebooks.md shows {list(shown)}, shipped are {list(books)}"
    for name, book in books.items():
        assert f"\n### {name}\n" in page, f"rulebooks.md does not say what {name} stands for"
        wanted = {key: value for key, value in book.items() if key not in ("name", "source")
                  and (name == "default" or value != books["default"].get(key))}
        assert shown[name] == wanted, f"rulebooks.md: {name} sets {wanted}, shown is {shown[name]}"


def seconds_of(text: str) -> float:
    """"1.2 ms" in seconds."""
    number, _, unit = text.partition(" ")
    return float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1.0}[unit]


def same(shown: str, value: float, what: str) -> None:
    """Is the figure the record's, to the digits that it has?"""
    assert f"{seconds_of(shown):.3g}" == f"{value:.3g}", f"performance.md: {what} is {shown}, the record has {value:.4g} s"


def check_performance() -> None:
    """Each figure of a table is that of the record above it."""
    page = (DOCS / "performance.md").read_text(encoding="utf-8")
    records = re.findall(r"`(bench/records/[\w/]+\.json)`", page)
    assert len(records) >= 3, records
    figures = 0
    for name in records:
        record = json.loads((ROOT / name).read_text(encoding="utf-8"))
        rows = table_after(page, f"`{name}`")
        for row in rows:
            if isinstance(record, dict) and "ratio" in record:  # The whole command beside DuckDB's script.
                assert row[0] == str(record["threads"]) and row[3] == f"{record['ratio']:.1f}x", f"performance.md: {row}"
                same(row[1], record["plimsoll_s"], "the whole command")
                same(row[2], record["duckdb_s"], "the whole command, DuckDB")
            elif isinstance(record, dict):  # A crash: seconds by part.
                same(f"{row[1]} s", record["seconds"][row[0].strip("`")], row[0])
            elif "peers" in record[0]:
                one = next(one for one in record if one["what"] == row[0] and str(one["threads"]) == row[1])
                same(row[2], one["plimsoll_median_s"], row[0])
                for at, peer in ((3, "DuckDB"), (5, "Polars")):
                    same(row[at], one["peers"][peer]["median_s"], f"{row[0]}, {peer}")
                    assert row[at + 1] == f"{one['peers'][peer]['ratio']:.0f}x", f"performance.md: {row[0]}, {peer}: {row[at + 1]}"
            else:
                one = next(one for one in record if one["stage"] == row[0].strip("`"))
                same(row[2], one["median_us"] * 1e-6, row[0])
                share = f"{100 * one['gb_per_s'] / one['copy_gb_per_s']:.0f} %"
                assert row[3] in ("", share), f"performance.md: {row[0]} is {row[3]} of a copy, the record has {share}"
            figures += 1
    assert figures > 20, figures
    print(f"{figures} rows of figures are those of their records")


def check_embedding() -> None:
    """Each time that embedding.md gives of a call is that of the record."""
    page = (DOCS / "embedding.md").read_text(encoding="utf-8")
    record = json.loads((ROOT / "bench/records/cpu/bench_1m.json").read_text(encoding="utf-8"))
    rows = table_after(page, "`bench/records/cpu/bench_1m.json`")
    assert len(rows) >= 5, rows
    for row in rows:
        one = next(one for one in record if one["stage"] == row[2].strip("`"))
        same(row[1], one["median_us"] * 1e-6, row[2])
    of = f"{record[0]['accounts']:,} accounts, {record[0]['positions']:,} positions, {record[0]['instruments']} instruments"
    assert of in " ".join(page.split()), f"embedding.md: the record is of {of}"


def check_rooms() -> None:
    """Every room is in the table, and the table goes upward as check_tidy's order does."""
    spec = importlib.util.spec_from_file_location("check_tidy", ROOT / "tests/tidy/check_tidy.py")
    tidy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tidy)
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    shown: dict[str, int] = {}
    for line, row in enumerate(table_after(page, "## The rooms")):
        for room in re.findall(r"`([^`]+)`", row[0]):
            shown[room] = line
    rooms = set(tidy.level_of) - {"host/report/page"}  # A part of host/report.
    assert set(shown) == rooms, f"architecture.md lacks {sorted(rooms - set(shown))}, and has {sorted(set(shown) - rooms)} too many"
    for room, line in shown.items():
        for other, at in shown.items():
            upward = tidy.level_of[room] < tidy.level_of[other]
            assert not (upward and line > at), f"architecture.md: {room} is below {other}, which may include it"


def check_scores() -> None:
    """The table of scores in design.md, the oracle's list and a reader's formulas have every score of the product."""
    rows = re.findall(r'row\(\w+, "(\w+)"', (ROOT / "include/plimsoll/scores.hpp").read_text(encoding="utf-8"))
    assert len(rows) >= 8, rows
    table = "\n".join(row[0] for row in table_after((DOCS / "design.md").read_text(encoding="utf-8"), "### Scores"))
    listed = re.search(r"^SCORES = \((.*)\)$", (ROOT / "tests/oracle/book.py").read_text(encoding="utf-8"), re.M)[1]
    shown = (ROOT / "tests/shown/texts.py").read_text(encoding="utf-8")
    for word in rows:
        assert f"`{word}`" in table, f"design.md: the table of scores lacks {word}"
        assert f'"{word}"' in listed, f"tests/oracle/book.py: SCORES lacks {word}"
        assert shown.count(f'"{word}":') == 2, f"tests/shown/texts.py lacks the formula or the order of {word}"


def pages() -> dict[str, str]:
    """Every page of the repository but the history, by its path."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True,
                            text=True, check=True).stdout.split()
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in listed if name != "CHANGELOG.md" and (ROOT / name).is_file()}


def check_commands() -> None:
    """Commands that pages name are there, with the options that they are given; so are the tests that recipes name."""
    helps: dict[str, str] = {}
    calls = 0
    for name, text in pages().items():
        for call in re.findall(r"(?:`|^|\s)(?:build/)?plimsoll ([a-z]+(?: [^`\n]*)?)(?=`|$)", text, re.M):
            words = call.split()
            if words[0] not in helps:
                done = subprocess.run([PLIMSOLL, words[0], "--help"], capture_output=True, text=True, check=False)
                helps[words[0]] = done.stdout if done.returncode == 0 else ""
            if not helps[words[0]]:
                assert not any(word.startswith("-") for word in words), f"{name}: `plimsoll {call}`: there is no such command"
                continue  # A sentence that goes on behind the name.
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", call):
                assert re.search(rf"{option}(?![a-z-])", helps[words[0]]), f"{name}: `plimsoll {call}`: {words[0]} has no {option}"
            calls += 1
    known = re.findall(r"^\./dev ([a-z]+)", subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout, re.M)
    for name, text in pages().items():
        for command in re.findall(r"\./dev ([a-z]+)", text):
            assert command in known, f"{name}: ./dev {command} is none of {sorted(set(known))}"
    assert calls > 20, calls

    listed = (ROOT / "tests/CMakeLists.txt").read_text(encoding="utf-8")
    tests = set(re.findall(r"(?:plimsoll_test\(|plimsoll_script\(|add_test\(NAME )([\w.]+)", listed))
    named = 0
    for name in ("CONTRIBUTING.md", "docs/architecture.md"):
        for paragraph in re.findall(r"The first tests to fail:(.*?)\n\n", (ROOT / name).read_text(encoding="utf-8"), re.S):
            for word in re.findall(r"`([a-z][a-z_.]*)`", paragraph):
                if word in ("static_assert", "score_kind", "explain") or word.endswith(".csv"):
                    continue
                assert word in tests, f"{name}: names the test {word}, and tests/CMakeLists.txt has none"
                named += 1
    assert named > 20, named
    print(f"{calls} commands and {named} tests that pages name are there")


def check_blocks() -> None:
    """Each `toml` and `python` block of a page can be read."""
    for name, text in pages().items():
        for block in re.findall(r"^```toml\n(.*?)^```", text, re.S | re.M):
            try:
                tomllib.loads(block)
            except tomllib.TOMLDecodeError as fault:
                raise AssertionError(f"{name}: this is not TOML ({fault}):\n{block}") from fault
        for block in re.findall(r"^```python\n(.*?)^```", text, re.S | re.M):
            compile(block, name, "exec")


def check_glossary() -> None:
    """The code's own words are defined, each once, and a definition goes when its word does."""
    page = (DOCS / "glossary.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", page, re.S | re.M)
    words: dict[str, str] = {}
    for title, text in sections:
        for row in re.findall(r"^\| ([^|]+) \|", text, re.M)[1:]:
            for word in map(str.strip, row.split(",")):
                assert f"{title}: {word}" not in words, f"glossary.md defines {word!r} twice in {title!r}"
                words[f"{title}: {word}"] = re.sub(r" *\([^)]*\)", "", word)
    code = ""
    for room in ("include", "kernels", "host", "bench"):
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in {".hpp", ".cpp", ".cu"} and "build" not in path.parts:
                code += path.read_text(encoding="utf-8").lower() + "\n"
    defined = set(words.values())
    used = set(re.findall(r"[a-z]+", code))
    missing = [word for word in PRIVATE if word in used and word not in defined]
    assert not missing, f"glossary.md does not define {', '.join(missing)}, which the code uses in a sense of its own"
    gone = [word for key, word in words.items() if key.startswith("Words of the code")
            and not re.search(rf"(?<![a-z]){re.escape(word.lower()).replace(chr(92) + ' ', '[ _]')}(?![a-z])", code)]
    assert not gone, f"glossary.md defines {', '.join(gone)}, which the code does not use any more: take it out"
    print(f"{len(words)} words are defined")


def main() -> int:
    global PLIMSOLL
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    PLIMSOLL = parser.parse_args().plimsoll.resolve()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="plimsoll-docs-") as folder:
        for check in (check_examples, check_rulebooks, check_performance, check_embedding, check_rooms, check_scores, check_commands, check_blocks, check_glossary):
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
