#!/usr/bin/env python3
"""The oracle: the required output of `plimsoll scan BOOK --out DIR --positions --format csv`.

Obvious, sequential, of unbounded precision, and written from docs/design.md alone.

    python3 tests/oracle/oracle.py BOOK --out DIR [--ladder full] [--as-of T]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from book import instant, read
from decimals import BadData
from scan import scan, write


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("book", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--ladder", choices=("cover", "full"), default="cover")
    parser.add_argument("--as-of", default=None)
    arguments = parser.parse_args()
    try:
        as_of = instant(arguments.as_of) if arguments.as_of else None
        files = scan(read(arguments.book), as_of, arguments.ladder == "full")
    except BadData as reason:
        print(f"refused: {reason}", file=sys.stderr)
        return 3
    write(files, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
