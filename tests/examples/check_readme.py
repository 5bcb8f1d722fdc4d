"""Runs each shell block of the README, and compares the README's text with the output."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def examples(readme):
    """The shell blocks of the README, in its order."""
    return [block.split("```")[0] for block in readme.split("```sh\n")[1:]]


def wrong_figures(readme):
    """The differences between the README's bars and its record."""
    record = json.loads((ROOT / "bench/records/cpu/peers_1m.json").read_text(encoding="utf-8"))
    run = next(row for row in record if row["what"] == "Margin and flags" and row["threads"] == 2)
    seconds = {name: peer["median_s"] for name, peer in run["peers"].items()} | {"Plimsoll": run["plimsoll_median_s"]}
    slowest = max(seconds.values())
    wanted = [f"margin and flags, {name:9}{round(time * 1000):5} ms  {'#' * max(1, round(40 * time / slowest))}"
              for name, time in sorted(seconds.items(), key=lambda row: -row[1])]
    return [line for line in wanted if line not in readme.splitlines()]


def main():
    """Exit 1, with the reason, if README and program disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--sample", type=Path, required=True, help="the README's C++ sample, compiled")
    arguments = parser.parse_args()
    binary = arguments.plimsoll.resolve()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="plimsoll-readme-") as folder:
        printed = []
        for block in examples(readme):
            done = subprocess.run(["bash", "-ec", block.replace("build/plimsoll", str(binary))], cwd=folder, capture_output=True,
                                  text=True, check=False)
            if done.returncode != 0:
                print(f"this block of the README fails: {block}{done.stderr}")
                return 1
            printed += done.stdout.splitlines()
        package = binary.parent / "python"
        if not package.exists():
            print("SKIPPED: the Python block: this build has no Python module")
        for block in readme.split("```python\n")[1:] if package.exists() else []:
            done = subprocess.run([sys.executable, "-c", block.split("```")[0]], cwd=folder, capture_output=True, text=True, check=False,
                                  env=os.environ | {"PYTHONPATH": str(package)})
            if done.returncode != 0:
                print(f"this block of the README fails: {block.split('```')[0]}{done.stderr}")
                return 1
        if len(examples(readme)) < 2 or not (Path(folder) / "stress.html").exists():
            print("the README has no scan or no crash any more")
            return 1
        if wrong := wrong_figures(readme):
            print(f"the README's figures are not those of the record, which says: {wrong}")
            return 1
        cover = (Path(folder) / "today" / "cover.csv").read_text(encoding="utf-8").splitlines()
        wanted = ["BTC-PERP,USDT,ann,cross:USDT,bob,cross:USDT,1.500,65500.0,98250.00",
                  "BTC-PERP,USDT,ann,cross:USDT,cat,cross:USDT,0.500,65500.0,32750.00"]
        if cover[1:] != wanted:
            print(f"the cover is not what the README says: {cover[1:]}")
            return 1
        shown = readme.split("explain` shows")[1].split("(`")[1].split("`)")[0]
        if shown not in {" ".join(line.split()) for line in printed}:
            print(f"explain does not print the README's line: {shown}")
            return 1
        sampled = subprocess.run([arguments.sample.resolve()], cwd=folder, capture_output=True, text=True, check=False)
        if sampled.returncode != 0 or not (Path(folder) / "kept" / "positions.parquet").exists():
            print(f"the README's C++ sample fails: {sampled.stderr}")
            return 1
        (Path(folder) / "venue" / "assets.csv").write_text("asset,step\nBTC,\n", encoding="utf-8")
        refused = subprocess.run([binary, "validate", "venue"], cwd=folder, capture_output=True, text=True, check=False)
        message = 'instruments.csv, row 2, column settle: "USDT" is not in assets.csv'
        if refused.returncode != 3 or message not in refused.stderr or message not in readme:
            print(f"the refusal is not what the README shows: exit {refused.returncode}: {refused.stderr}")
            return 1
    print("the README's examples, explanation, refusal and figures are what program and record say")
    return 0


if __name__ == "__main__":
    sys.exit(main())
