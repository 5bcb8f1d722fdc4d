#!/usr/bin/env python3
"""Small venues from a seed, each with a rulebook, ticks and updates, for comparing a replay with the waterfall oracle.

    python3 tests/oracle/venues.py --seed N --out DIR

Even seeds are venues at large; odd ones meet one threshold of the waterfall exactly, or miss it by a step.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import venue_families
import venue_families_owed
from venue_draft import Venue
from venue_market import draw_at_large

FAMILIES = [*venue_families.FAMILIES, *venue_families_owed.FAMILIES]


def make(seed: int) -> Venue:
    """The venue of a seed."""
    venue = Venue(seed, random=random.Random(seed))
    if seed % 2 == 0:
        draw_at_large(venue)
        return venue
    family = FAMILIES[seed // 2 % len(FAMILIES)]
    venue.family = family.__name__
    family(venue)
    return venue


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    make(arguments.seed).write(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
