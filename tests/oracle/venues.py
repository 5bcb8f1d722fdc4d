#!/usr/bin/env python3
"""Small venues from a seed, each with a rulebook, ticks and updates, for comparing a replay with the waterfall oracle.

    python3 tests/oracle/venues.py --seed N --out DIR
    python3 tests/oracle/venues.py --survey 0:1000 --plimsoll build/plimsoll

Every third seed is a venue at large; the others meet one threshold of the waterfall exactly, or miss it by a step.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import venue_families
import venue_families_owed
import venue_survey
from venue_draft import Venue
from venue_market import draw_at_large
from venue_rules import somebody_bears
from venue_side import add_side

FAMILIES = [*venue_families.FAMILIES, *venue_families_owed.FAMILIES]


def make(seed: int) -> Venue:
    """The venue of a seed."""
    venue = Venue(seed, random=random.Random(seed))
    if seed % 3 == 0:
        draw_at_large(venue)
    else:
        venue.turn, number = divmod(seed - seed // 3 - 1, len(FAMILIES))
        family = FAMILIES[number]
        venue.family = family.__name__
        family(venue)
        if venue.chance(0.7):
            add_side(venue)
    somebody_bears(venue)
    return venue


def seed_range(text: str) -> range:
    """`A:B` as the seeds from A up to, not including, B; `A` as that seed alone."""
    first, _, last = text.partition(":")
    return range(int(first), int(last)) if last else range(int(first), int(first) + 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int, help="the seed to write")
    parser.add_argument("--out", type=Path, help="the folder that it is written to")
    parser.add_argument("--survey", type=seed_range, help="count what acts in a replay of these seeds, A:B")
    parser.add_argument("--plimsoll", type=Path, help="the program that replays them")
    parser.add_argument("--keep", type=Path, help="folder for the venues that it refuses")
    parser.add_argument("--jobs", type=int)
    arguments = parser.parse_args()
    if arguments.survey is not None and arguments.plimsoll:
        program = arguments.plimsoll.resolve()
        return venue_survey.survey(program, arguments.survey, make, arguments.keep, arguments.jobs)
    if arguments.seed is None or arguments.out is None:
        parser.error("--seed and --out, or --survey and --plimsoll")
    make(arguments.seed).write(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
