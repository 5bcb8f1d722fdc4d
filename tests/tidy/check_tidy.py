#!/usr/bin/env python3
"""Checks of the tree that a machine can make: names, lengths, includes between rooms, READMEs that name their files.

    python3 tests/tidy/check_tidy.py [--root FOLDER]

A room is a folder of sources. `room_order` lists the rooms from the bottom to the top: a file may include its own room and
rooms above it in that list, never one below. Exit 1 after naming every place that breaks a rule.
"""

from __future__ import annotations

import argparse
import fnmatch
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

SOURCE = {".hpp", ".h", ".c", ".cpp", ".cu", ".cuh"}
SCRIPT = {".py", ".sh", ".cmake"}
LINES_MAX = 600
COLUMNS_MAX = 120

# From the bottom to the top. Rooms in one line do not include each other.
room_order = [
    ["include/plimsoll"],
    ["kernels/rules"],
    ["host/text"],
    ["host/memory"],
    ["host/table"],
    ["host/venue"],
    ["host/book"],
    ["host/backend"],
    ["host/backend/cpu"],
    ["kernels/device"],
    ["kernels/scan"],
    ["kernels/rank", "kernels/screen"],
    ["kernels/resident"],
    ["kernels"],
    ["host/updates"],
    ["host/engine"],
    ["host/execute"],
    ["host/replay"],
    ["host/compare"],
    ["host/generate"],
    ["host/report/page"],
    ["host/report"],
    ["host/explain"],
    ["host/io"],
    ["host/import"],
    ["host/api"],
    ["host/api/c"],
    ["bench"],
    ["host/cli"],
    ["examples"],
    ["python"],
]
level_of = {room: level for level, rooms in enumerate(room_order) for room in rooms}

PLAIN_NAME = re.compile(r"^[a-z0-9]+(_[a-z0-9]+)*(\.[a-z0-9]+)*$")
# Names that tools or conventions prescribe.
KNOWN_NAMES = {
    "CMakeLists.txt", "CMakePresets.json", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "NOTES.md",
    "__init__.py", "dev", "run", "arguments", "ISSUE_TEMPLATE",
}


def tracked(root: Path) -> list[PurePosixPath]:
    """Files that git knows or would take, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, capture_output=True, check=True
    ).stdout.decode()
    paths = (PurePosixPath(name) for name in sorted(set(listed.split("\0"))) if name)
    return [path for path in paths if (root / path).is_file()]


def faults_of_names(files: list[PurePosixPath]) -> list[str]:
    found = []
    for path in files:
        for part in path.parts:
            if part.startswith(".") or part in KNOWN_NAMES or PLAIN_NAME.match(part):
                continue
            found.append(f"{path}: the name {part!r} is not in snake_case")
    return found


def faults_of_length(root: Path, files: list[PurePosixPath]) -> list[str]:
    found = []
    for path in files:
        if path.suffix not in SOURCE | SCRIPT and path.name != "dev":
            continue
        lines = (root / path).read_text(encoding="utf-8").split("\n")
        if path.name != "dev" and len(lines) - 1 > LINES_MAX:
            found.append(f"{path}: {len(lines) - 1} lines, at most {LINES_MAX}: split it by noun")
        if path.suffix in SOURCE:
            found += [
                f"{path}:{number}: {len(line)} columns, at most {COLUMNS_MAX}"
                for number, line in enumerate(lines, 1)
                if len(line) > COLUMNS_MAX
            ]
    return found


def room_of(path: PurePosixPath) -> str:
    return str(path.parent)


def faults_of_includes(root: Path, files: list[PurePosixPath]) -> list[str]:
    found = []
    include = re.compile(r'^\s*#\s*include\s+["<](plimsoll/[^">]+|(?:host|kernels|bench|python)/[^">]+)[">]')
    for path in files:
        if path.suffix not in SOURCE or path.parts[0] == "tests":
            continue
        here = room_of(path)
        if here not in level_of:
            found.append(f"{path}: the room {here} is not in room_order of {PurePosixPath(__file__).name}")
            continue
        for number, line in enumerate((root / path).read_text(encoding="utf-8").split("\n"), 1):
            match = include.match(line)
            if not match:
                continue
            target = match[1]
            there = room_of(PurePosixPath("include") / target if target.startswith("plimsoll/") else PurePosixPath(target))
            if there == here:
                continue
            if there not in level_of:
                found.append(f"{path}:{number}: includes {target} of a room that room_order does not list")
            elif level_of[there] >= level_of[here]:
                found.append(f"{path}:{number}: {here} may not include {there} ({target}); see room_order")
    return found


def is_named(path: PurePosixPath, words: set[str]) -> bool:
    """Is the file, or its stem, one of the README's words? Words may hold shell wildcards."""
    stem = path.name.split(".")[0]
    return any(fnmatch.fnmatch(path.name, word) or fnmatch.fnmatch(stem, word) for word in words)


def words_of(text: str) -> set[str]:
    """The words between backticks, with `a{b,c}.hpp` spelled out and endings such as `.*` taken off."""
    words = set()
    for quoted in re.findall(r"`([^`\n]+)`", text):
        for word in re.split(r"[\s,]+(?![^{]*})", quoted):
            brace = re.match(r"^(.*)\{([^}]*)\}(.*)$", word)
            for one in [brace[1] + middle + brace[3] for middle in brace[2].split(",")] if brace else [word]:
                one = one.strip("/").split("/")[-1]
                words.add(one)
                words.add(re.sub(r"\.(\*|hpp|cpp|cu)$", "", one))
    return words


def faults_of_readmes(root: Path, files: list[PurePosixPath]) -> list[str]:
    found = []
    rooms = {room_of(path) for path in files if path.suffix in SOURCE and path.parts[0] in {"host", "kernels", "bench", "python"}}
    for room in sorted(rooms):
        readme = PurePosixPath(room) / "README.md"
        page = root / readme
        if not page.is_file():
            parent = root / PurePosixPath(room).parent / "README.md"
            if room == "host/report/page" and parent.is_file():
                readme, page = PurePosixPath(room).parent / "README.md", parent
            else:
                found.append(f"{room}: has no README.md; each room has a short one: what it holds, what not, decisions")
                continue
        words = words_of(page.read_text(encoding="utf-8"))
        inside = [path for path in files if room_of(path) == room and path.suffix in SOURCE | {".py"}]
        found += [f"{readme}: does not name {path.name}" for path in inside if not is_named(path, words)]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--plimsoll", help="not used: every script of the tests takes it")
    root = parser.parse_args().root
    files = tracked(root)
    faults = (
        faults_of_names(files) + faults_of_length(root, files) + faults_of_includes(root, files) + faults_of_readmes(root, files)
    )
    for fault in faults:
        print(fault)
    print(f"{len(files)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
