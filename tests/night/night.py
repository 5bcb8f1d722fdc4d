#!/usr/bin/env python3
"""The long proofs, one after the other: `./dev night` runs it, with the names of phases to run only those.

No phase ends the night: each one's output goes to build/night/NAME.log and its end to build/night/NAME.json, and the
closing table lists them all. Exits 1 if one failed.
"""

import argparse
import json
import os
import pathlib
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "build/night"
ROOMS = ["kernels/rules", "host/execute", "host/updates", "host/book", "host/engine"]
MUTATION_TARGETS = ["unit_test", "venue_test", "law_test", "engine_test", "io_test", "plimsoll"]


class Phase:
    def __init__(self, name, says, *commands, **env):
        self.name, self.says, self.commands, self.env = name, says, commands, env


def phases(options):
    """Every phase of a night, the sharpest first."""
    python, jobs = sys.executable, str(options.jobs)
    tests, command, sanitized = ROOT / "tests", ROOT / "build/plimsoll", ROOT / "build/asan-ubsan"
    build = ["cmake", "--build", ROOT / "build/mutation", "-j", jobs, "--target", *MUTATION_TARGETS]
    # A mutant's object replaces that of one source, so each source has its own object in both builds.
    optimised = ROOT / "build/optimised"
    mutate = [python, tests / "mutation/run.py", "--optimised", optimised, "--jobs", jobs,
              "--budget", str(options.budget), "--seed", str(options.seed)]
    scan = [python, tests / "oracle/check_scan.py", "--plimsoll", command, "--jobs", jobs]
    all_night = {"PLIMSOLL_MILLION_TICKS": "200", "PLIMSOLL_TICKS": "100000"}
    result = [
        Phase("waterfall", "the waterfall oracle over 1,000 venues and rulebooks",
              [python, tests / "oracle/check_waterfall.py", "--plimsoll", command, "--seeds", "0:1000", "--min-acts", "30"]),
        Phase("scan", "the scan oracle over 3,000 books", [*scan, "--seeds", "1000:4000", "--backend", "cpu"],
              [*scan, "--seeds", "4000:4300", "--backend", "emulated"]),
        Phase("laws", "every law on 20,000 cases", [ROOT / "build/law_test", "--gtest_brief=1"], RC_PARAMS="max_success=20000"),
        Phase("engine", "the tick engine: 100,000 random ticks, 200 of a million accounts",
              [ROOT / "build/engine_test", "--gtest_brief=1"], **all_night),
        Phase("moved", f"tables of 300 venues and ten rulebooks are those of {options.before or 'the day before'}",
              [python, tests / "night/nothing_moved.py", "--before", options.before or "yesterday", "--plimsoll", command,
               "--jobs", jobs]),
        Phase("acting", "an executor's tick after 1,000 fills costs at most 1.5 times the engine's after the same",
              [command, "generate", "--accounts", "1000000", "--positions", "4000000", "--instruments", "64", "--seed", "7",
               "--distressed-share", "0", "--format", "parquet", "--quiet", "--force", "--out", OUT / "acting-book"],
              [ROOT / "build/acting_cost", OUT / "acting-book", "1000000", "60", "1.5"]),
        Phase("parity", "every backend the same", [ROOT / "build/parity_test", "--gtest_brief=1"]),
        Phase("python", "the Python package on 200 venues; its wheels in environments of their own, under later Pythons too",
              [python, tests / "python/check_law.py", "--plimsoll", command, "--seeds", "0:200"],
              [python, tests / "python/check_load.py"], [python, tests / "python/check_tick.py", "--cpp", ROOT / "build/tick_cost"],
              [python, tests / "python/check_wheel.py", "--abi3"], PLIMSOLL_PACKAGE=str(ROOT / "build/python")),
        Phase("fuzz", "a million sequences of calls of the C interface under ASan and UBSan",
              ["cmake", "--preset", "asan-ubsan", "-DPLIMSOLL_BENCH=OFF"],
              ["cmake", "--build", sanitized, "-j", jobs, "--target", "fuzz_test"],
              [sanitized / "fuzz_test", "--cases", "1000000", "--seed", str(options.seed), "--jobs", jobs],
              # Short stacks of allocations: they cost more than the calls. `--one SEED` without this shows them in full.
              ASAN_OPTIONS="detect_stack_use_after_return=0:malloc_context_size=1", UBSAN_OPTIONS="print_stacktrace=1"),
        Phase("coverage", "lines and branches that the fast tests run", [python, tests / "night/coverage.py", "--jobs", jobs]),
        Phase("mutants", "the programs that mutants are linked with", ["cmake", "--preset", "mutation"], build,
              ["cmake", "-S", ROOT, "-B", optimised, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DPLIMSOLL_CUDA=OFF", "-DPLIMSOLL_BENCH=OFF"],
              ["cmake", "--build", optimised, "-j", jobs, "--target", *MUTATION_TARGETS]),
    ]  # fmt: skip
    result += [
        Phase(f"mutation-{room.replace('/', '-')}", f"small bugs planted in {room}", [*mutate, "--room", room])
        for room in ROOMS
    ]
    return result


def run(phase):
    """Runs the phase's commands up to the first that fails; (passed, seconds, the output's last line)."""
    begin, last, passed = time.monotonic(), "", True
    log = OUT / f"{phase.name}.log"
    with open(log, "w", encoding="utf-8") as out:
        for command in phase.commands:
            words = [str(word) for word in command]
            print(f"$ {shlex.join(words)}", file=out, flush=True)
            env = {**os.environ, "PYTHONPATH": str(ROOT / "tests"), "PYTHONDONTWRITEBYTECODE": "1", **phase.env}
            with subprocess.Popen(
                words, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, errors="replace",
            ) as child:  # fmt: skip
                for line in child.stdout:
                    out.write(line)
                    out.flush()
                    last = line.strip() or last
            if child.returncode != 0:
                passed = False
                break
    return passed, time.monotonic() - begin, last


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("phase", nargs="*", help="all of them without it; `mutation` stands for all that begin so")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--budget", type=int, default=2700, help="seconds of mutants for each room")
    parser.add_argument("--before", help="the commit that `moved` compares with; without it the last one of an earlier day")
    parser.add_argument("--seed", type=int, default=int(time.time()) // 86400, help="of the mutants' sample; the day's")
    options = parser.parse_args()
    known = phases(options)
    wanted = [
        one for one in known
        if not options.phase or one.name in options.phase
        or any(one.name.startswith(f"{word}-") for word in options.phase)
        or (one.name == "mutants" and any(word.startswith("mutation") for word in options.phase))
    ]  # fmt: skip
    if not wanted:
        parser.error(f"no such phase; there are {', '.join(one.name for one in known)} and mutation")
    OUT.mkdir(parents=True, exist_ok=True)
    ended = []
    for phase in wanted:
        print(f"{phase.name}: {phase.says}", flush=True)
        passed, seconds, last = run(phase)
        ended.append((phase, passed, seconds))
        print(f"  {last}" if passed else f"  FAILED: {last}\n  {OUT.relative_to(ROOT)}/{phase.name}.log has it all", flush=True)
        (OUT / f"{phase.name}.json").write_text(
            json.dumps({"phase": phase.name, "passed": passed, "seconds": round(seconds, 1), "last_line": last}) + "\n",
            encoding="utf-8",
        )
    width = max(len(phase.name) for phase in wanted)
    print(f"\n{'proof':{width}}  seconds  result")
    for phase, passed, seconds in ended:
        print(f"{phase.name:{width}}  {seconds:7.0f}  {'passed' if passed else 'FAILED'}")
    failed = sum(not passed for _, passed, _ in ended)
    print(f"{len(ended) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
