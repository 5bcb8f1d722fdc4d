#!/usr/bin/env python3
"""Counts the lines and branches that the fast tests run, by gcovr, and fails below the thresholds.

Builds the preset `coverage`, runs its tests but for those that only repeat others at length, and writes
build/night/coverage-files.json (each file's counts) and build/night/uncovered.txt (each line and branch never taken).

A call in C++ may throw, and gcc counts each such edge as a branch of the line, as it does edges that its own cleanup
code makes. No test could take most of them, so gcovr leaves both kinds out here: --exclude-throw-branches and
--exclude-unreachable-branches. Lines of assert are left out as well, of which only one branch is ever taken, and the
branches of lines with PLIMSOLL_TRY: gcc counts twelve in each, eight of which hand an error on.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/coverage"
OUT = ROOT / "build/night"
# Folder -> the least share of its lines and of its branches, in percent; None is not judged.
LEAST = {"host": (95, None), "host/execute": (None, 95), "kernels/rules": (None, 95)}
# Long, or about speed, or about records of other machines: none of them runs code that the others leave out.
LEFT_OUT = r"^(cli\.million|replay\.scale|records|registers|bench\.peers|bench\.gpu_run|thrust|emulator)$"


def run(*command, **env):
    print("$", *command, flush=True)
    return subprocess.run([str(word) for word in command], cwd=ROOT, env={**os.environ, **env}, check=False).returncode


def merged_lines(file):
    """Line number -> (times run, times each branch was taken): a template's instances are counted as one."""
    merged = {}
    for line in file["lines"]:
        if line.get("gcovr/noncode") or line.get("gcovr/excluded"):
            continue
        branches = [one["count"] for one in line["branches"] if not one.get("gcovr/excluded")]
        count, taken = merged.get(line["line_number"], (0, []))
        longer, shorter = sorted((taken, branches), key=len, reverse=True)
        added = [a + b for a, b in zip(longer, shorter + [0] * len(longer))]
        merged[line["line_number"]] = (count + line["count"], added)
    return merged


def counts_of(file):
    """(lines, lines run, branches, branches taken, the rest) of one file of gcovr's report."""
    merged = merged_lines(file)
    missed = []
    for number, (count, branches) in sorted(merged.items()):
        if count == 0:
            missed.append(f"{number}")
        elif 0 in branches:
            missed.append(f"{number} ({branches.count(0)} of {len(branches)} branches)")
    every = [one for _, branches in merged.values() for one in branches]
    return len(merged), sum(count > 0 for count, _ in merged.values()), len(every), sum(one > 0 for one in every), missed


def percent(part, whole):
    return 100 * part / whole if whole else 100.0


def report():
    full = OUT / "gcovr.json"
    gcovr = pathlib.Path(sys.executable).with_name("gcovr")
    if run(
        gcovr, "--root", ROOT, "--filter", "host/", "--filter", "kernels/rules/", "--exclude-throw-branches",
        "--exclude-unreachable-branches", "--exclude-lines-by-pattern", r"\s*assert\(.*", "--exclude-noncode-lines",
        "--exclude-branches-by-pattern", r".*\bPLIMSOLL_TRY\(.*",
        "--gcov-ignore-parse-errors=all", "--merge-mode-functions=merge-use-line-min", "--json", full, BUILD,
    ) != 0:  # fmt: skip
        return False
    files = {file["file"]: counts_of(file) for file in json.loads(full.read_text())["files"]}
    rooms = {}
    for name, counts in files.items():
        parents = {str(parent) for parent in pathlib.PurePath(name).parents if str(parent) != "."}
        for room in parents & ({"host", "kernels/rules"} | {str(pathlib.PurePath(one).parent) for one in files}):
            sums = rooms.setdefault(room, [0, 0, 0, 0])
            rooms[room] = [a + b for a, b in zip(sums, counts[:4])]
    (OUT / "coverage-files.json").write_text(
        json.dumps({"rooms": rooms, "files": {name: counts[:4] for name, counts in files.items()}}, indent=1) + "\n"
    )
    with open(OUT / "uncovered.txt", "w", encoding="utf-8") as out:
        for name, counts in sorted(files.items()):
            if counts[4]:
                out.write(f"{name}: {', '.join(counts[4])}\n")
    good = True
    for room, (lines, covered, branches, taken) in sorted(rooms.items()):
        least_lines, least_branches = LEAST.get(room, (None, None))
        line_share, branch_share = percent(covered, lines), percent(taken, branches)
        low = (least_lines or 0) > line_share or (least_branches or 0) > branch_share
        good = good and not low
        print(f"{room:16} lines {covered:6} of {lines:6} {line_share:5.1f} %   "
              f"branches {taken:6} of {branches:6} {branch_share:5.1f} %{'   TOO LOW' if low else ''}")  # fmt: skip
    wanted = "; ".join(
        f"{room} {kind} {least} %" for room, both in LEAST.items() for kind, least in zip(("lines", "branches"), both) if least
    )
    print(f"{'Coverage reaches' if good else 'Coverage is below'} what is wanted: {wanted}")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", help="run only tests whose names match, and count on what earlier runs left")
    parser.add_argument("--report", action="store_true", help="run nothing: count what earlier runs left")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    if options.report:
        return 0 if report() else 1
    if run("cmake", "--preset", "coverage") or run("cmake", "--build", BUILD, "-j", options.jobs):
        return 1
    chosen = ["-R", options.only] if options.only else []
    if not options.only:
        for old in BUILD.rglob("*.gcda"):
            old.unlink()
    tests = run("ctest", "--test-dir", BUILD, "-j", options.jobs, "--output-on-failure", "-E", LEFT_OUT, *chosen)
    if tests != 0:
        print("Tests failed in the coverage build: what they reach is counted all the same.")
    good = report()
    return 0 if good and tests == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
