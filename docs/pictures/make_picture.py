#!/usr/bin/env python3
"""Makes the README's picture: the head of the page of a crash, as Chromium shows it.

    .venv/bin/python docs/pictures/make_picture.py --plimsoll build/plimsoll [--out docs/pictures/crash.png]

The page is a real one: a venue of 50,000 accounts, generated from a seed, with a market and an insurance fund, taken through twenty ticks
shaped like 10 October 2025. The picture has a palette of 256 colours, so that it stays small.
"""

from __future__ import annotations

import argparse
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "report")]

from browser import Browser, find_chromium

WIDTH = 1100
LAST = "losses-by-step"  # The chart whose row is the picture's last.
RULES = "\n[market]\ndepth = 1000000\n\n[fund.balance]\nQUSD = 200000\n"


def make_page(plimsoll: Path, folder: Path) -> Path:
    book, ticks, page = folder / "venue", folder / "crash.csv", folder / "crash.html"
    words = [["generate", "--accounts", "50000", "--positions", "200000", "--instruments", "64", "--seed", "7", "--format", "csv", "--out", "venue"],
             ["replay", "venue", "--ticks", "crash.csv", "--out", "crash", "--report", "crash.html"]]
    for command in words:
        subprocess.run([plimsoll.resolve(), *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        if not ticks.exists():
            with (book / "venue.toml").open("a", encoding="utf-8") as file:
                file.write(RULES)
            subprocess.run([sys.executable, ROOT / "tests" / "replay" / "crash_path.py", book, "--ticks", "20", "--out", ticks], check=True, stdout=subprocess.DEVNULL)
    return page


def pixels_of(png: bytes) -> np.ndarray:
    """Rows, columns and colours of an RGB or RGBA picture without interlace."""
    place, packed, width, height, channels = 8, b"", 0, 0, 3
    while place < len(png):
        size, kind = struct.unpack(">I4s", png[place:place + 8])
        body = png[place + 8:place + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
            assert depth == 8 and colour in (2, 6) and interlace == 0, body
            channels = 3 if colour == 2 else 4
        packed += body if kind == b"IDAT" else b""
        place += 12 + size
    raw, line = zlib.decompress(packed), width * channels
    above = bytearray(line)
    rows = []
    for y in range(height):
        begin = y * (line + 1)
        how, row = raw[begin], bytearray(raw[begin + 1:begin + 1 + line])
        for at in range(line) if how else ():
            left, up, corner = (row[at - channels] if at >= channels else 0), above[at], (above[at - channels] if at >= channels else 0)
            if how == 4:
                ways = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
                guess = left if ways[0] <= min(ways[1:]) else up if ways[1] <= ways[2] else corner
            else:
                guess = (0, left, up, (left + up) // 2)[how]
            row[at] = (row[at] + guess) & 255
        rows.append(row)
        above = row
    return np.frombuffer(b"".join(rows), np.uint8).reshape(height, width, channels)[:, :, :3]


def with_palette(pixels: np.ndarray) -> bytes:
    """As PNG in the 256 colours that stand for most pixels; every other pixel takes the nearest of them."""
    height, width, _ = pixels.shape
    colours, which, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    rough = np.unique(colours >> 4, axis=0, return_inverse=True)[1].ravel()  # Of shades that hardly differ, one is enough.
    order = np.argsort(-counts, kind="stable")
    chosen, taken = [], set()
    for place in order:
        if len(chosen) < 256 and (rough[place] not in taken or len(chosen) < 64):
            chosen.append(place)
            taken.add(rough[place])
    palette = colours[chosen]
    nearest = np.array([np.argmin(((palette.astype(int) - colour) ** 2).sum(axis=1)) for colour in colours.astype(int)], np.uint8)
    lines = nearest[which.ravel()].reshape(height, width)
    packed = zlib.compress(b"".join(b"\0" + line.tobytes() for line in lines), 9)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"PLTE", palette.tobytes()) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("crash.png"))
    arguments = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("no Chromium on this machine", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="plimsoll-picture-") as folder, Browser(chromium) as browser:
        browser.open(make_page(arguments.plimsoll, Path(folder)), WIDTH)
        end = browser.evaluate(f"""document.getElementById("{LAST}").getBoundingClientRect().bottom + scrollY + 14""")
        arguments.out.write_bytes(with_palette(pixels_of(browser.picture(width=WIDTH, height=round(end)))))
    print(f"{arguments.out}: {arguments.out.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
