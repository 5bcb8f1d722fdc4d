#!/usr/bin/env python3
"""A quarter of an hour on a GPU that counts: facts, proofs and benches, the most valuable first.

    python3 bench/gpu_run.py --programs FOLDER --out FOLDER [--budget SECONDS] [--variants] [--plan] [phase ...]

--programs holds parity_test, engine_test and plimsoll (`./dev gpu` and `./dev bundle` make such a folder); nothing is
built or installed here. --out gets two files:

    run.jsonl    a line for each event, written when it happens: phases, their output, each bench stage
    record.json  the results so far, renewed after each phase (bench/record.py makes it from run.jsonl)

Every phase has its own time limit, and none ends the run: the record reports a phase that fails, hangs or is missing,
and the next phase begins. A run that is cut off keeps everything up to that second. --budget bounds the whole run: a
phase that does not fit any more is left out. Exit code 0 if the record is complete, 1 if it is not. Standard
library only: GPU machines are bare.
"""

import argparse
import ctypes
import importlib.util
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import record

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = ("memcheck", "racecheck", "initcheck", "synccheck")
KERNELS = "scan_tiles|judge_tiles|judge_short|screen_tiles|score_tile|count_tile|light_tile"
LINES_KEPT_MAX = 4000  # Of a phase's output.
FACTS = "name,compute_cap,driver_version,memory.total,clocks.sm,clocks.max.sm,clocks.mem,power.limit,mig.mode.current"


class Phase:
    """One part of the run: commands one after the other under one limit of seconds."""

    def __init__(self, name, seconds, *commands, proof=False, needs=None, least=5):
        self.name, self.seconds, self.commands, self.proof = name, seconds, commands, proof
        self.needs = needs  # A reason why it cannot run here, or None.
        self.least = min(least, seconds)  # With less of the budget left than this it is not begun.


def tool(name):
    """A tool of the CUDA toolkit on this machine, or None."""
    for candidate in (shutil.which(name), f"/usr/local/cuda/bin/{name}", f"/opt/nvidia/nsight-compute/{name}"):
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    return None


def missing(*names):
    """Why a phase that needs these tools cannot run; None if they are there."""
    absent = [name for name in names if tool(name) is None]
    return f"there is no {absent[0]} here" if absent else None


def missing_modules(options, *names):
    """Why the peer cannot run on this Python; None if it can."""
    absent = [name for name in names if importlib.util.find_spec(name) is None]
    if options.backend != "cuda" or not (HERE / "compare_peers.py").is_file():
        return "it is not part of this run"
    return f"this Python has no {absent[0]}" if absent else None


def scaled(sizes, scale):
    """ "10M:40M" a thousand times smaller: rehearsals have no time for more."""
    units = {"k": 1000, "M": 1_000_000}
    number = lambda text: max(20, int(text[:-1]) * units[text[-1]] // scale)
    return ",".join(":".join(str(number(part)) for part in pair.split(":")) for pair in sizes.split(","))


def tests(options, program, chosen):
    """A GoogleTest program on the rows of the backend."""
    names = ":".join(f"*{name}*{options.backend}*" for name in chosen)
    return [options.programs / program, f"--gtest_filter={names}", "--gtest_color=no"]


def bench(options, sizes, stages, *more, backend=None, samples=10, keep=True):
    """Stages of the bench; each writes its line into run.jsonl as soon as it has its figures."""
    return [options.programs / "plimsoll", "bench", "--quiet", "--backend", backend or options.backend,
            "--sizes", scaled(sizes, options.scale), "--seconds", 1, "--samples", samples, "--energy", 0,
            "--stages", stages, "--json-lines", options.out / "run.jsonl" if keep else "/dev/null", *more]  # fmt: skip


def sanitizer(options, name):
    """Small tests that run every kernel: a tool slows them 10 to 100 times."""
    words = ["compute-sanitizer", "--tool", name, "--error-exitcode", "9", "--launch-timeout", "0"]
    if name == "memcheck":  # Reads past an allocation's edge must not hide in its neighbour.
        words += ["--padding", "256", "--leak-check", "full"]
    chosen = ["everybody_bankrupt", "many_markets_with_short", "long_rows_have", "radii_of_changed", "too_many_are_reported"]
    return [tool(words[0]) or words[0], *words[1:], *tests(options, "parity_test", chosen)]


def phases_of(options):
    """Every phase of a run, in its order: the most valuable come first. The seconds are those of an H200."""
    programs, cuda = options.programs, options.backend == "cuda"
    thrust = ["thrust_margin", "thrust_lights", "thrust_sort"] if cuda else []
    kernels = ["margin", "judge", "rebase", "compact", "scores", "lights", "cover", "sort", "upload"]
    ticks = ["screen", "engine_calm", "engine_0.2", "engine_3", "engine_full"]
    crossover = "margin,lights,screen,engine_calm"
    facts = [[programs / "plimsoll", "doctor", *([] if cuda else ["--backend", options.backend])],
             ["sh", "-c", f"ldd {programs}/plimsoll || true"]]  # fmt: skip
    if tool("nvidia-smi"):
        facts.insert(0, ["nvidia-smi", f"--query-gpu={FACTS}", "--format=csv,noheader"])
    ncu = [tool("ncu") or "ncu", "--clock-control", "none", "--csv", "--launch-skip", "20", "--launch-count", "40",
           "-k", f"regex:{KERNELS}"]  # fmt: skip
    for section in ("SpeedOfLight", "SchedulerStats", "WarpStateStats", "MemoryWorkloadAnalysis", "InstructionStats",
                    "Occupancy"):  # fmt: skip
        ncu += ["--section", section]
    ncu += bench(options, "1M:4M", "margin,rebase,lights,screen", samples=1, keep=False)  # Under a profiler no time counts.
    smoke = ["ten_thousand", "screened_is_full", "changed_in_place"]
    engine = [programs / "engine_test", f"--gtest_filter=*{options.backend}*-cuda_device_loss*", "--gtest_color=no"]
    lost = [programs / "engine_test", "--gtest_filter=cuda_device_loss.*", "--gtest_color=no"]
    peers = [sys.executable, HERE / "compare_peers.py", "--plimsoll", programs / "plimsoll", "--backend", "cuda",
             "--peers", "cupy", "--turns", "1"]  # fmt: skip
    result = [
        Phase("facts", 15, *facts),
        Phase("smoke", 25, tests(options, "parity_test", smoke), proof=True),
        Phase("bench_10M", 120, bench(options, "10M:40M", ",".join(kernels + ticks))),
        Phase("bench_1M", 50, bench(options, "1M:4M", ",".join([*kernels, *ticks, "engine_gap", "tick_gap", *thrust]))),
        Phase("parity", 50, tests(options, "parity_test", ["/"]), proof=True),
        Phase("counters", 50, ncu, needs=missing("ncu")),
        Phase("engine", 50, engine, proof=True),
        Phase("device_loss", 15, lost, proof=True, needs=None if cuda else "only a GPU can be lost this way"),
        *(Phase(name, 20, sanitizer(options, name), proof=True, needs=missing("compute-sanitizer")) for name in TOOLS),
        Phase("bench_small", 20, bench(options, "100k:400k,300k:1200k", crossover)),
        Phase("bench_cpu", 45, bench(options, "100k:400k,300k:1200k,1M:4M", crossover, backend="cpu")),
        Phase("peers", 40, peers, needs=missing_modules(options, "cupy", "duckdb", "numpy", "pyarrow")),
    ]  # fmt: skip
    if options.scale > 1:  # A rehearsal may share its machine.
        for phase in result:
            phase.seconds *= 5
    return [phase for phase in result if not options.phases or phase.name in options.phases]


def variant_phases(options):
    """The second command: the same stages under prepared variants of the launches. Its lines name the winner."""
    stages = "margin,judge,rebase,scores,screen"
    tried = bench(options, "10M:40M", stages, "--variants", "all")
    again = ["ten_thousand", "screened_is_full"]
    return [Phase("facts", 10, [options.programs / "plimsoll", "doctor"]),
            Phase("variants", 115, tried),
            Phase("smoke", 25, tests(options, "parity_test", again), proof=True)]  # fmt: skip


class Journal:
    """run.jsonl. Each line is one write at its end, so that the bench may add its own lines in between."""

    def __init__(self, folder):
        self.folder = folder
        self.begin = time.monotonic()
        self.handle = os.open(folder / "run.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def add(self, **line):
        os.write(self.handle, (json.dumps(line | {"at": round(time.monotonic() - self.begin, 1)}) + "\n").encode())

    def renew_record(self):
        """The record so far, never half of it: written aside and renamed."""
        made = record.record_of(record.lines_of(self.folder / "run.jsonl"))
        aside = self.folder / "record.json.part"
        aside.write_text(record.text_of(made), encoding="utf-8")
        os.replace(aside, self.folder / "record.json")
        return made


class Runner:
    """Runs phases one after the other; ends what hangs."""

    def __init__(self, journal, programs):
        self.journal, self.child = journal, None
        self.env = os.environ | {"PLIMSOLL_MILLION_TICKS": "3", "PLIMSOLL_TICKS": "3000", "PYTHONUNBUFFERED": "1"}
        if (programs / "lib").is_dir():
            self.env["LD_LIBRARY_PATH"] = f"{programs / 'lib'}:{self.env.get('LD_LIBRARY_PATH', '')}".rstrip(":")

    def run(self, phase, seconds):
        """(outcome, exit code, why): done, failed, cut off."""
        end = time.monotonic() + seconds
        for command in phase.commands:
            left = end - time.monotonic()
            outcome = self.run_command(phase.name, [str(word) for word in command], max(left, 0.1))
            if outcome[0] == "cut off":
                return *outcome[:2], f"it was not done after {seconds:.0f} s"
            if outcome[0] != "done":
                return outcome
        return "done", 0, ""

    def run_command(self, name, words, seconds):
        self.journal.add(phase=name, event="command", words=words)
        try:
            self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=self.env,
                                          stderr=subprocess.STDOUT, preexec_fn=die_with_parent)  # fmt: skip
        except OSError as reason:
            return "failed", None, f"{words[0]}: {reason.strerror}"
        code, late = None, False
        timer = time.monotonic() + seconds
        os.set_blocking(self.child.stdout.fileno(), False)
        rest, kept, last = b"", 0, ""
        while True:
            piece = self.child.stdout.read()
            if piece:
                *whole, rest = (rest + piece).split(b"\n")
                for line in whole:
                    last = line.decode(errors="replace").rstrip() or last
                    kept += 1
                    if kept <= LINES_KEPT_MAX:
                        self.journal.add(phase=name, text=line.decode(errors="replace").rstrip())
            elif (code := self.child.poll()) is not None:
                break
            elif late:  # Not even killed: it hangs in the driver, and is left behind.
                break
            elif time.monotonic() > timer:
                late = True
                self.end_child()
            else:
                time.sleep(0.02)
        if rest:
            last = rest.decode(errors="replace").rstrip()
            self.journal.add(phase=name, text=last)
        self.child = None
        if late:
            return "cut off", code, ""
        return ("done", 0, "") if code == 0 else ("failed", code, last[-300:])

    def end_child(self):
        """Ends the child and its own children: by SIGTERM, then by SIGKILL."""
        if self.child is None:
            return
        for number, patience in ((signal.SIGTERM, 1.5), (signal.SIGKILL, 10)):
            try:
                os.killpg(self.child.pid, number)
                self.child.wait(patience)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


RUN = os.getpid()


def die_with_parent():
    """Puts a child into a group of its own, and makes it end if the run is killed."""
    os.setsid()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != RUN:  # The run was killed before the request, so no signal will come any more.
        os._exit(1)


class Interrupted(Exception):
    """Called when the run is asked to stop."""


def interrupt(number, _frame):
    raise Interrupted(signal.Signals(number).name)


def say(text):
    print(text, flush=True)


def run_all(options, phases):
    journal = Journal(options.out)
    read = lambda path: json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    journal.add(event="run", backend=options.backend, budget=options.budget, scale=options.scale,
                built=read(options.programs / "built.json"), predicted=read(HERE / "predicted.json"),
                phases=[{"phase": phase.name, "seconds": phase.seconds, "proof": phase.proof} for phase in phases])
    journal.renew_record()
    runner = Runner(journal, options.programs)
    stop = None
    for phase in phases:
        left = options.budget - (time.monotonic() - journal.begin)
        begin = time.monotonic()
        if stop is not None or phase.needs or left < phase.least:
            outcome = ("left out", None, stop or phase.needs or f"{max(left, 0):.0f} s of the budget were left")
        else:
            seconds = min(phase.seconds, left, options.limit)
            say(f"{phase.name}: at most {seconds:.0f} s")
            journal.add(phase=phase.name, event="begin", seconds=round(seconds, 1))
            try:
                outcome = runner.run(phase, seconds)
            except Interrupted as cause:
                runner.end_child()
                stop = f"the run was ended by {cause}"
                outcome = ("cut off", None, stop)
        spent = time.monotonic() - begin
        journal.add(phase=phase.name, event="end", outcome=outcome[0], exit=outcome[1], why=outcome[2], seconds=round(spent, 1))
        say(f"{phase.name}: {outcome[0]}{': ' + outcome[2] if outcome[2] else ''} ({spent:.1f} s)")
        journal.renew_record()
    if stop is None:
        crossover(options, journal)
    return journal.renew_record()


def crossover(options, journal):
    """The size from which the device wins, if both have been measured."""
    rows = [row for row in record.lines_of(options.out / "run.jsonl") if "stage" in row and not row.get("variant")]
    halves = [[row for row in rows if (row["backend"] == "cpu") == cpu] for cpu in (True, False)]
    if not all(halves):
        return
    scratch = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"plimsoll-gpu-run-{os.getpid()}"
    scratch.mkdir(exist_ok=True)
    try:
        for name, half in zip(("cpu.json", "device.json"), halves):
            (scratch / name).write_text(json.dumps(half), encoding="utf-8")
        done = subprocess.run([options.programs / "plimsoll", "bench", "crossover", scratch / "cpu.json", scratch / "device.json"],
                              capture_output=True, text=True, timeout=20, check=False)
        journal.add(event="crossover", exit=done.returncode, text=done.stdout or done.stderr)
        say(done.stdout or done.stderr)
    except (OSError, subprocess.TimeoutExpired) as reason:
        journal.add(event="crossover", exit=None, text=str(reason))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def show_plan(options, phases):
    """Each phase's limit, and their sum."""
    for phase in phases:
        say(f"{phase.seconds:5} s  {phase.name}{' (proof)' if phase.proof else ''}{': ' + phase.needs if phase.needs else ''}")
    at_most = sum(phase.seconds for phase in phases if not phase.needs)
    say(f"{at_most:5} s  at most together; the budget is {options.budget} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("phases", nargs="*", metavar="phase", help="only these")
    parser.add_argument("--programs", type=pathlib.Path, default=HERE, help="parity_test, engine_test and plimsoll")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="for run.jsonl and record.json")
    parser.add_argument("--budget", type=int, help="seconds of the whole run: 480, or 150 with --variants")
    parser.add_argument("--limit", type=float, default=600, help="seconds that no phase may go beyond")
    parser.add_argument("--variants", action="store_true", help="the second command: prepared variants, and which won")
    parser.add_argument("--backend", choices=("cuda", "emulated"), default="cuda", help="emulated: a rehearsal")
    parser.add_argument("--scale", type=int, default=1, help="of a rehearsal: how many times smaller venues are")
    parser.add_argument("--plan", action="store_true", help="only print the phases and their limits")
    options = parser.parse_args()
    options.programs, options.out = options.programs.resolve(), options.out.resolve()
    options.budget = options.budget or (150 if options.variants else 480)
    phases = variant_phases(options) if options.variants else phases_of(options)
    unknown = set(options.phases) - {phase.name for phase in phases}
    if unknown:
        parser.error(f"there is no phase {', '.join(sorted(unknown))}")
    show_plan(options, phases)
    if options.plan:
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    for name in ("run.jsonl", "record.json", "record.json.part"):
        (options.out / name).unlink(missing_ok=True)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, interrupt)
    made = run_all(options, phases)
    say(record.summary_of(made))
    return 0 if made["complete"] else 1


if __name__ == "__main__":
    sys.exit(main())
