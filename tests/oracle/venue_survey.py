"""How often the steps of the waterfall act on the venues of a range of seeds, counted from a replay's own files.

It judges nothing: it shows whether the draw leaves a setting without work.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from venue_draft import Venue

MONEY_COLUMNS = ("fund_paid", "adl_haircut", "socialised", "unpaid")
STEPS = ("liquidate", "backstop", "insurance_fund", "adl", "socialise")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def replay(program: Path, folder: Path, out: Path) -> subprocess.CompletedProcess:
    """A replay of a venue's folder."""
    command = [program, "replay", folder / "book", "--ticks", folder / "ticks.csv", "--out", out, "--quiet"]
    if (folder / "updates.csv").exists():
        command += ["--updates", folder / "updates.csv"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def keys_of(venue: Venue) -> list[str]:
    """The settings of a venue: short texts as `section.key=value`, amounts as `section.key`."""
    found = []
    for section, values in venue.rules.items():
        for key, text in values.items():
            if section == "fund.balance":
                continue
            short = text.startswith('"') or text in ("true", "false")
            value = text.strip('"').partition(":")[0] if key == "policy" and ":0" in text else text.strip('"')
            found.append(f"{section}.{key}={value}" if short else f"{section}.{key}")
    return found


def survey_seed(program: Path, keep: Path | None, make, seed: int) -> tuple[Counter, str | None]:
    """The settings that acted for one seed, and the program's message if it refused the venue."""
    counts: Counter = Counter()
    venue = make(seed)
    with tempfile.TemporaryDirectory(prefix="plimsoll-venues-") as folder:
        root = Path(folder)
        venue.write(root)
        start = time.perf_counter()
        done = replay(program, root, root / "out")
        counts["milliseconds"] = int(1000 * (time.perf_counter() - start))
        if done.returncode != 0:
            if keep:
                shutil.copytree(root, keep / f"seed{seed}", dirs_exist_ok=True)
            return counts, f"seed {seed} ({venue.family}): exit {done.returncode}: {done.stderr.strip()[-300:]}"
        acted = set()
        for event in rows(root / "out" / "events.csv"):
            step = event["step"]
            acted.add(step)
            counts[f"step {step}: {event['cause']}"] += 1
        for tick in rows(root / "out" / "ticks.csv"):
            for column in MONEY_COLUMNS:
                if tick.get(column, "").strip("0."):
                    counts[f"ticks with {column}"] += 1
        counts["updates" if venue.updates else "no updates"] += 1
        for key in [*keys_of(venue), f"family {venue.family}"]:
            counts[f"{key}: drawn"] += 1
            for step in STEPS:
                counts[f"{key}: {step}"] += step in acted
    return counts, None


def survey(program: Path, seeds: range, make, keep: Path | None, jobs: int | None) -> int:
    """Prints the counts over the seeds; 1 if the program refused a venue."""
    total: Counter = Counter()
    refused = []
    with ProcessPoolExecutor(jobs or os.cpu_count()) as pool:
        for counts, problem in pool.map(partial(survey_seed, program, keep, make), seeds, chunksize=8):
            total += counts
            if problem:
                refused.append(problem)
    plain = sorted(key for key in total if key.startswith(("step ", "ticks ", "updates", "no updates")))
    for key in plain:
        print(f"{total[key]:8} {key}")
    print(f"{'drawn':>8}" + "".join(f"{step:>16}" for step in STEPS))
    for key in sorted(key.removesuffix(": drawn") for key in total if key.endswith(": drawn")):
        shown = "".join(f"{total[f'{key}: {step}']:>16}" for step in STEPS)
        print(f"{total[f'{key}: drawn']:8}{shown}  {key}")
    for problem in refused[:20]:
        print(problem)
    mean = total["milliseconds"] / max(1, len(seeds))
    print(f"{len(seeds)} venues, {len(refused)} refused, {mean:.0f} ms a replay")
    return 1 if refused else 0
