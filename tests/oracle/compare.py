"""Runs the program on a book and compares its files with those that the oracle expects."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Program:
    """The program under test and the options every run of it gets."""

    path: Path
    options: list[str] = field(default_factory=list)

    def scan(self, book: Path, out: Path, as_of: str | None, full_ladder: bool) -> str | None:
        """Runs a scan into `out`; returns the failure, or None."""
        command = [str(self.path), "scan", str(book), "--out", str(out), "--positions", "--format", "csv"]
        command += ["--ladder", "full"] if full_ladder else []
        command += ["--as-of", as_of] if as_of else []
        run = subprocess.run(command + self.options, capture_output=True, text=True, timeout=300, check=False)
        if run.returncode == 0:
            return None
        return f"exit {run.returncode}: {(run.stderr or run.stdout).strip()}"


def first_difference(expected: str, actual: str) -> str | None:
    """The first line that differs, both ways, or None if the texts are equal byte for byte."""
    if expected == actual:
        return None
    wanted, got = expected.split("\n"), actual.split("\n")
    header = wanted[0].split(",")
    for number in range(max(len(wanted), len(got))):
        want = wanted[number] if number < len(wanted) else "(no line)"
        have = got[number] if number < len(got) else "(no line)"
        if want == have:
            continue
        pairs = zip(header, want.split(","), have.split(","))
        columns = [name for name, one, other in pairs if one != other]
        return f"line {number + 1} ({', '.join(columns)})\n    expected {want}\n    actual   {have}"
    return None


def json_difference(expected: dict, actual: dict, path: str = "") -> str | None:
    """The first figure of `expected` that `actual` lacks or has a different value for; more in `actual` is fine."""
    for key, want in expected.items():
        have = actual.get(key)
        if isinstance(want, dict) and isinstance(have, dict):
            inner = json_difference(want, have, f"{path}{key}.")
            if inner:
                return inner
        elif want != have:
            return f"{path}{key}\n    expected {want}\n    actual   {have}"
    return None


def folder_difference(expected: dict[str, str], folder: Path) -> str | None:
    """The first difference between the expected files and a folder the program wrote."""
    for name, text in expected.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        actual = path.read_bytes().decode("utf-8", "backslashreplace")
        if name == "summary.json":
            found = json_difference(json.loads(text), json.loads(actual))
        else:
            found = first_difference(text, actual)
        if found:
            return f"{name} {found}"
    return None
