"""Runs a check of a replay on one seed after another: what the scripts of this folder share."""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))
from venues import seed_range  # noqa: E402


def check_seeds(check_seed, description, seeds):
    """The union of what `check_seed(binary, seed, folder)` returns over the seeds of the command line.

    Ends the program with exit code 1 at the first seed that fails.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plimsoll", required=True)
    parser.add_argument("--seeds", type=seed_range, default=seeds, help="A:B; default: %(default)s")
    arguments = parser.parse_args()
    seen = set()
    for seed in arguments.seeds:
        with tempfile.TemporaryDirectory(prefix="plimsoll-replay-") as folder:
            try:
                seen |= check_seed(arguments.plimsoll, seed, Path(folder))
            except AssertionError as failure:
                print(f"seed {seed}: {failure}")
                sys.exit(1)
    return seen
