"""Runs the built command as people do, on a terminal, and takes apart what it prints there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

from program import Program

COLOUR = re.compile(r"\033\[([0-9;]*)m")


def on_terminal(program: Program, *words: str | Path, colour: bool = False, columns: int = 400) -> str:
    """The output of the command on a terminal; it must succeed. Progress goes to another stream and is not in it."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    if not colour:
        environment["NO_COLOR"] = "1"
    with subprocess.Popen([program.path, *map(str, words)], stdin=subprocess.DEVNULL, stdout=its, stderr=subprocess.PIPE, env=environment) as run:
        os.close(its)
        reported = b""
        while True:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:  # Linux reports this when the other end is closed.
                break
            if not part:
                break
            reported += part
        os.close(ours)
        errors = run.stderr.read().decode()
    assert run.returncode == 0, f"plimsoll {' '.join(map(str, words))}: exit code {run.returncode}\n{errors}"
    return reported.decode().replace("\r\n", "\n")


def without_colour(text: str) -> str:
    return COLOUR.sub("", text)


def painted(text: str) -> list[tuple[str, str]]:
    """(code, words) of everything that has a colour."""
    return [(match[1], match[2]) for match in re.finditer(r"\033\[([0-9;]+)m(.*?)\033\[0m", text, re.DOTALL)]


def blocks(text: str) -> list[list[str]]:
    """Lines of a text, in groups that blank lines part."""
    return [group.split("\n") for group in re.split(r"\n\s*\n", text.strip("\n"))]


def table(lines: list[str], left: tuple[str, ...] = ()) -> tuple[list[str], list[list[str]]]:
    """Titles and rows of a printed table. Columns are parted by three blanks or more in every line. The first column and
    those in `left` are aligned on their left, all others on their right: another alignment fails."""
    width = max(map(len, lines))
    padded = [line.ljust(width) for line in lines]
    blank = [all(line[at] == " " for line in padded) for at in range(width)]
    columns, at = [], 0
    while at < width:
        if blank[at]:
            at += 1
            continue
        begin = at
        while at < width and not all(blank[at:at + 3]):
            at += 1
        columns.append((begin, at))
    titles = [padded[0][begin:end].strip() for begin, end in columns]
    for place, (begin, end) in enumerate(columns):
        for line in padded:
            cell = line[begin:end]
            if place == 0 or titles[place] in left:
                assert not cell.strip() or cell[0] != " ", f"{titles[place]!r} is not aligned on its left: {line!r}"
            else:
                assert not cell.strip() or cell.rstrip() == cell, f"{titles[place]!r} is not aligned on its right: {line!r}"
    return titles, [[line[begin:end].strip() for begin, end in columns] for line in padded[1:]]


def counted(count: int, one: str, many: str | None = None) -> str:
    """"1 tick", "1 234 ticks": as the terminal shows it."""
    return f"{spaced(count)} {one if count == 1 else many or one + 's'}"


def spaced(count: int) -> str:
    """12 345 678."""
    return f"{count:,}".replace(",", " ")


def trimmed(amount: Decimal) -> str:
    """Without trailing zeros after the point."""
    text = f"{amount:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def people(amount: Decimal) -> str:
    """An amount as people read it: digits by threes; two decimals from a thousand on, four from one on, else eight."""
    size = abs(amount)
    digits = min(max(0, -amount.as_tuple().exponent), 2 if size >= 1000 else 4 if size >= 1 else 8)
    rounded = size.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    whole, point, part = trimmed(rounded).partition(".")
    return ("-" if amount < 0 and rounded else "") + f"{int(whole):,}".replace(",", " ") + point + part
