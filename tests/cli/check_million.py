"""A million accounts, four million positions: the same bytes on 1, 2 and 7 threads and on the emulated device."""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = [("1 thread", ["--threads", "1"]), ("2 threads", ["--threads", "2"]), ("7 threads", ["--threads", "7"]),
        ("the emulated device", ["--backend", "emulated"])]
TABLES = ["units.csv", "flagged.csv", "ladder.csv", "cover.csv", "markets.csv"]


def main():
    """Exit 1 at the first table or digest that differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plimsoll", required=True)
    binary = parser.parse_args().plimsoll
    with tempfile.TemporaryDirectory(prefix="plimsoll-million-") as folder:
        venue = Path(folder) / "venue"
        subprocess.run([binary, "generate", "--accounts", "1M", "--positions", "4M", "--instruments", "64", "--seed", "7",
                        "--out", venue, "--format", "parquet", "--quiet"], check=True, capture_output=True)
        wanted = None
        for name, options in RUNS:
            out = Path(folder) / "out"
            subprocess.run([binary, "scan", venue, "--out", out, "--force", "--quiet", *options], check=True, capture_output=True)
            summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
            del summary["run"]
            found = [json.dumps(summary)] + [(out / table).read_bytes() for table in TABLES]
            if wanted is None:
                wanted = found
            for what, one, other in zip(["summary.json"] + TABLES, wanted, found):
                if one != other:
                    print(f"{what} on {name} differs from that on {RUNS[0][0]}")
                    return 1
    print(f"{len(TABLES)} tables and the digests equal on " + ", ".join(name for name, _ in RUNS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
