"""Runs the README's first scan as it stands there, and holds what the README says against what comes out."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def first_scan():
    """The shell lines of the README's first book."""
    for block in (ROOT / "README.md").read_text(encoding="utf-8").split("```sh\n")[1:]:
        lines = block.split("```")[0]
        if lines.startswith("mkdir -p venue"):
            return lines
    raise SystemExit("the README has no first scan any more")


def crash():
    """The shell lines that take it through a crash."""
    return next(block.split("```")[0] for block in (ROOT / "README.md").read_text(encoding="utf-8").split("```sh\n")
                if block.startswith("cat > crash.csv"))


def main():
    """Exit 1, saying why, where README and program disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--sample", type=Path, required=True, help="the README's C++ sample, compiled")
    arguments = parser.parse_args()
    binary = arguments.plimsoll.resolve()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="plimsoll-readme-") as folder:
        script = first_scan().replace("build/plimsoll", str(binary))
        done = subprocess.run(["bash", "-ec", script], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"the README's first scan fails: {done.stderr}")
            return 1
        crashed = subprocess.run(["bash", "-ec", crash().replace("build/plimsoll", str(binary))], cwd=folder, capture_output=True,
                                 text=True, check=False)
        if crashed.returncode != 0 or not (Path(folder) / "stress.html").exists():
            print(f"the README's crash fails: {crashed.stderr}")
            return 1
        cover = (Path(folder) / "today" / "cover.csv").read_text(encoding="utf-8").splitlines()
        wanted = ["BTC-PERP,USDT,ann,cross:USDT,bob,cross:USDT,1.500,65500.0,98250.00",
                  "BTC-PERP,USDT,ann,cross:USDT,cat,cross:USDT,0.500,65500.0,32750.00"]
        if cover[1:] != wanted:
            print(f"the cover is not what the README says: {cover[1:]}")
            return 1
        shown = readme.split("explain` shows")[1].split("```")[1].strip("\n").splitlines()
        for line in shown:
            if line.strip() not in done.stdout:
                print(f"explain does not print the README's line: {line}")
                return 1
        sampled = subprocess.run([arguments.sample.resolve()], cwd=folder, capture_output=True, text=True, check=False)
        if sampled.returncode != 0 or not (Path(folder) / "kept" / "system.parquet").exists():
            print(f"the README's C++ sample fails: {sampled.stderr}")
            return 1
        (Path(folder) / "venue" / "assets.csv").write_text("asset,step\nBTC,\n", encoding="utf-8")
        refused = subprocess.run([binary, "validate", "venue"], cwd=folder, capture_output=True, text=True, check=False)
        message = 'instruments.csv, row 2, column settle: "USDT" is not in assets.csv'
        if refused.returncode != 3 or message not in refused.stderr or message not in readme:
            print(f"the refusal is not what the README shows: exit {refused.returncode}: {refused.stderr}")
            return 1
    print("the README's first scan, explanation and refusal are what the program does")
    return 0


if __name__ == "__main__":
    sys.exit(main())
