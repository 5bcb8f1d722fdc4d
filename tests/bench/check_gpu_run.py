#!/usr/bin/env python3
"""`./dev gpu` rehearsed without a GPU: with the real programs on the emulated device, and with substitutes that fail.

    python3 tests/bench/check_gpu_run.py --plimsoll build/plimsoll [--only NAME,...]

The real parity_test and engine_test are those beside --plimsoll. Substitutes replace every program and tool, and fail,
hang, crash or answer wrongly when a check requires it. In each case the record must list the proofs, the measurements
and the missing parts.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cli.program import run_checks

ROOT = Path(__file__).resolve().parents[2]
RUN, RECORD = ROOT / "bench/gpu_run.py", ROOT / "bench/record.py"
sys.path.insert(0, str(ROOT / "bench"))
import gpu_run  # noqa: E402
import record  # noqa: E402

STAND_IN = '''#!{python} -IS
import json, os, signal, subprocess, sys, time, zlib
here = os.path.dirname(os.path.realpath(__file__))
name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
behave = json.load(open(os.path.join(here, "behave.json")))
reported = " ".join([name, *words])
mode = behave.get("mode") if behave.get("match") and behave["match"] in reported else None
def value(option):
    return words[words.index(option) + 1]
if mode == "ignores_sigterm":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if mode in ("hang", "ignores_sigterm"):
    print("waiting", flush=True)
    time.sleep(600)
if mode == "crash":
    os.kill(os.getpid(), signal.SIGSEGV)
if name == "nvidia-smi":
    print("Made-up GPU, 9.0, 999.1, 1000 MiB, 1980 MHz, 1980 MHz, 3201 MHz, 700.00 W, Disabled")
elif name == "plimsoll" and words[:2] == ["bench", "crossover"]:
    sys.exit(subprocess.call(["{plimsoll}", *words]))
elif name == "plimsoll" and words[0] == "bench":
    for size in value("--sizes").split(","):
        accounts, positions = map(int, size.split(":"))
        for stage in value("--stages").split(","):
            time.sleep(behave.get("pause", 0))
            task = stage.removeprefix("thrust_") + size
            wrong = mode == "differ" and stage == behave["stage"]
            line = {{"stage": stage, "accounts": accounts, "positions": positions, "instruments": 256, "seed": 1, "shape": "zipf",
                    "backend": value("--backend"), "device": "Made-up GPU, 1 GiB", "samples": 5, "median_us": 2.0, "p99_us": 3.0,
                    "max_us": 3.0, "min_us": 1.0, "bytes": 100, "gb_per_s": 1.0, "copy_gb_per_s": 2.0,
                    "sample_us": [1.0, 2.0, 2.0, 2.0, 3.0], "digest": "%016x" % (zlib.crc32(task.encode()) + wrong)}}
            with open(value("--json-lines"), "a") as out:
                out.write(json.dumps(line) + "\\n")
            if mode == "fail":
                print("a stage went wrong", flush=True)
                sys.exit(1)
elif name != "plimsoll":
    for test in ("one", "two"):
        time.sleep(behave.get("pause", 0))
        print(f"[       OK ] backends/suite.{{test}}/cuda (3 ms)", flush=True)
if mode == "skip":
    sys.exit(0)
if mode == "fail":
    print("[  FAILED  ] backends/suite.three/cuda, where GetParam() = cuda (3 ms)", flush=True)
    sys.exit(1)
'''

# A text that only this phase's command has.
MATCHES = {
    "facts": "doctor", "smoke": "ten_thousand", "bench_10M": "10000000:40000000", "bench_1M": "tick_gap",
    "parity": "*/*cuda*", "counters": "ncu", "engine": "-cuda_device_loss", "device_loss": "filter=cuda_device_loss",
    "memcheck": "--tool memcheck", "racecheck": "--tool racecheck", "initcheck": "--tool initcheck",
    "synccheck": "--tool synccheck", "bench_small": "cuda --sizes 100000:", "bench_cpu": "--backend cpu",
}  # fmt: skip
PROOFS = ["smoke", "parity", "engine", "device_loss", "memcheck", "racecheck", "initcheck", "synccheck"]
ALL_BUT_PEERS = list(MATCHES)


class Machine:
    """A folder of substitutes and an empty one for the results."""

    def __init__(self, root: Path, plimsoll: Path, **behave):
        shutil.rmtree(root, ignore_errors=True)
        self.programs, self.out = root / "programs", root / "out"
        self.programs.mkdir(parents=True)
        text = STAND_IN.format(python=sys.executable, plimsoll=plimsoll)
        for name in ("plimsoll", "parity_test", "engine_test", "nvidia-smi", "compute-sanitizer", "ncu"):
            (self.programs / name).write_text(text)
            (self.programs / name).chmod(0o755)
        (self.programs / "behave.json").write_text(json.dumps(behave))
        (self.programs / "built.json").write_text('{"commit": "0", "changed_files": 0, "toolkit": "13.0"}')

    def start(self, *words: str) -> subprocess.Popen:
        env = os.environ | {"PATH": f"{self.programs}:{os.environ['PATH']}"}
        return subprocess.Popen([sys.executable, str(RUN), "--programs", str(self.programs), "--out", str(self.out), *words,
                                 *ALL_BUT_PEERS], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, *words: str, code: int = 0) -> dict:
        run = self.start(*words)
        self.reported = run.communicate(timeout=240)[0]
        assert run.returncode == code, f"exit code {run.returncode}\n{self.reported[-3000:]}"
        return self.record()

    def record(self) -> dict:
        assert set(os.listdir(self.out)) == {"run.jsonl", "record.json"}, os.listdir(self.out)
        return json.loads((self.out / "record.json").read_text())


def check_complete(plimsoll: Path, root: Path) -> None:
    """All phases succeed: every proof green, every stage kept, the size from which the GPU wins beside it."""
    machine = Machine(root, plimsoll)
    made = machine.run()
    assert made["complete"] and not made["missing"] and not made["contradictions"], made["missing"]
    assert made["device"]["name"] == "Made-up GPU" and made["device"]["driver"] == "999.1", made["device"]
    assert list(made["proofs"]) == PROOFS and list(made["phases"]) == list(MATCHES), made["phases"]
    assert all(proof["outcome"] == "green" and proof["passed"] == 2 for proof in made["proofs"].values()), made["proofs"]
    assert "| stage |" in made["crossover"], made["crossover"]
    stages = {(row["stage"], row["accounts"], row["backend"]) for row in made["stages"]}
    for wanted in (("margin", 10_000_000, "cuda"), ("judge", 10_000_000, "cuda"), ("engine_full", 10_000_000, "cuda"),
                   ("engine_gap", 1_000_000, "cuda"), ("thrust_lights", 1_000_000, "cuda"), ("lights", 1_000_000, "cpu")):
        assert wanted in stages, f"{wanted} is not in {sorted(stages)}"
    predicted = {row["stage"]: row["predicted_us"] for row in made["stages"] if "predicted_us" in row}
    assert set(predicted) == {"margin", "judge", "rebase", "scores"} and ", predicted " in machine.reported, predicted
    limit = sum(phase.seconds for phase in gpu_run.phases_of(parsed(machine)) if phase.name in MATCHES)
    assert f"{limit:5} s  at most together" in machine.reported and limit < 600, machine.reported
    kept = root / "records"
    written = subprocess.run([sys.executable, str(RECORD), str(machine.out / "run.jsonl"), "--out", str(kept)],
                             capture_output=True, text=True, check=True).stdout.strip()
    assert json.loads(Path(written).read_text())["complete"] and Path(written).with_suffix(".md").is_file()
    assert Path(written).name.startswith("made-up-gpu-"), written


def parsed(machine: Machine) -> argparse.Namespace:
    return argparse.Namespace(programs=machine.programs, out=machine.out, backend="cuda", scale=1, phases=[])


def check_each_phase_fails_in_turn(plimsoll: Path, root: Path) -> None:
    """A phase fails, crashes or hangs: it is reported, every other one runs, and nothing else is lost."""
    for number, (name, match) in enumerate(MATCHES.items()):
        mode = ("fail", "crash", "hang")[number % 3]
        wanted = {"fail": "failed", "crash": "failed", "hang": "cut off"}[mode]
        if name == "facts":
            mode, wanted = "crash", "failed"
        made = Machine(root, plimsoll, match=match, mode=mode).run("--limit", "4", code=1)
        where = f"{name} {mode}: {json.dumps(made['phases'])}"
        assert not made["complete"] and made["phases"][name]["outcome"] == wanted, where
        others = {other: phase["outcome"] for other, phase in made["phases"].items() if other != name}
        assert set(others.values()) == {"done"}, where
        assert len(made["missing"]) == 1 and name in made["missing"][0], made["missing"]
        greens = [proof for proof, found in made["proofs"].items() if found["outcome"] == "green"]
        assert greens == [proof for proof in PROOFS if proof != name], made["proofs"]
        if mode == "fail" and name.startswith("bench"):  # Earlier measurements stay.
            kept = [row for row in made["stages"] if row["backend"] == ("cpu" if name == "bench_cpu" else "cuda")]
            assert kept and "a stage went wrong" in made["phases"][name]["why"], where


def check_tools_that_are_missing(plimsoll: Path, root: Path) -> None:
    """No sanitizer, no counters, no nvidia-smi: left out and reported; so is a missing test program."""
    machine = Machine(root, plimsoll)
    for name in ("compute-sanitizer", "ncu", "nvidia-smi", "engine_test"):
        (machine.programs / name).unlink()
    made = machine.run(code=1)
    for name in ("memcheck", "racecheck", "initcheck", "synccheck", "counters"):
        assert made["phases"][name]["outcome"] == "left out" and "there is no" in made["phases"][name]["why"], made["phases"]
    assert made["proofs"]["engine"]["outcome"] == "red" and made["proofs"]["parity"]["outcome"] == "green", made["proofs"]
    assert made["device"]["name"] == "Made-up GPU", "the benches know it as well"


def check_a_phase_that_ignores_sigterm(plimsoll: Path, root: Path) -> None:
    """One that does not heed SIGTERM is killed, and the budget holds."""
    begin = time.monotonic()
    made = Machine(root, plimsoll, match=MATCHES["smoke"], mode="ignores_sigterm").run("--limit", "3", "--budget", "60", code=1)
    assert made["phases"]["smoke"]["outcome"] == "cut off" and made["phases"]["bench_cpu"]["outcome"] == "done", made["phases"]
    assert made["phases"]["smoke"]["seconds"] < 8 and time.monotonic() - begin < 60


def check_a_budget_that_ends(plimsoll: Path, root: Path) -> None:
    """The first phase takes it all: the others are left out and named, and the run ends in time."""
    begin = time.monotonic()
    made = Machine(root, plimsoll, match=MATCHES["smoke"], mode="hang").run("--budget", "6", code=1)
    assert time.monotonic() - begin < 20
    assert made["phases"]["bench_10M"] == {"outcome": "left out", "exit": None, "seconds": 0.0,
                                           "why": made["phases"]["bench_10M"]["why"]}, made["phases"]  # fmt: skip
    assert "of the budget were left" in made["phases"]["parity"]["why"] and made["proofs"]["parity"]["outcome"] == "left out"


def check_nothing_is_proved_by_silence(plimsoll: Path, root: Path) -> None:
    """A test program that succeeds without a row of the GPU proves nothing."""
    machine = Machine(root, plimsoll)
    text = (machine.programs / "parity_test").read_text().replace("[       OK ]", "[  SKIPPED ]")
    (machine.programs / "parity_test").write_text(text)
    made = machine.run(code=1)
    assert made["proofs"]["parity"]["outcome"] == "not run" and made["proofs"]["engine"]["outcome"] == "green", made["proofs"]
    assert made["proofs"]["parity"]["skipped"] == ["backends/suite.one/cuda", "backends/suite.two/cuda"], made["proofs"]


def check_contradictions(plimsoll: Path, root: Path) -> None:
    """A CPU, or a peer, of another answer: the record reports it, and record.py refuses it."""
    for match, stage in ((MATCHES["bench_cpu"], "lights"), (MATCHES["bench_1M"], "thrust_sort")):
        machine = Machine(root, plimsoll, match=match, mode="differ", stage=stage)
        made = machine.run(code=1)
        assert made["contradictions"] and stage in made["contradictions"][0] and not made["complete"], made["contradictions"]
        refused = subprocess.run([sys.executable, str(RECORD), str(machine.out / "run.jsonl"), "--out", str(root / "no")],
                                 capture_output=True, text=True, check=False)
        assert refused.returncode == 1 and stage in refused.stderr and not (root / "no").exists(), refused.stderr


def check_killed_at_any_second(plimsoll: Path, root: Path) -> None:
    """Killed at a random moment: the written lines stay, a record is made of them, and no child lives on."""
    chance = random.Random(7)
    for _ in range(8):
        machine = Machine(root, plimsoll, pause=0.03)
        run = machine.start()
        time.sleep(chance.uniform(0.2, 4))
        run.kill()
        run.communicate()
        left = set(os.listdir(machine.out)) if machine.out.exists() else set()
        assert left <= {"run.jsonl", "record.json", "record.json.part"} and len(left) <= 3, left
        if "run.jsonl" not in left:
            continue
        lines = record.lines_of(machine.out / "run.jsonl")
        whole = [text for text in (machine.out / "run.jsonl").read_text().split("\n")[:-1] if text]
        assert len(lines) >= len(whole), "only the last line may be half a line"
        made = json.loads(record.text_of(record.record_of(lines)))
        assert made["complete"] is False and [row["stage"] for row in made["stages"]] == [line["stage"] for line in lines if "stage" in line]
        for name, phase in made["phases"].items():
            assert phase["outcome"] in ("done", "cut off", "not begun"), (name, phase)
        if "record.json" in left:
            earlier = json.loads((machine.out / "record.json").read_text())
            assert len(earlier["stages"]) <= len(made["stages"])
        time.sleep(0.2)
        assert not children_of(machine.programs), "a child outlived the run"


def children_of(programs: Path) -> list[str]:
    """Processes that run a substitute of this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace") if entry.name.isdigit() else ""
        except OSError:
            continue
        if str(programs) + "/" in words and "gpu_run.py" not in words:
            found.append(words)
    return found


def check_asked_to_stop(plimsoll: Path, root: Path) -> None:
    """SIGTERM ends the child, and the record lists the phases that were left out."""
    machine = Machine(root, plimsoll, match=MATCHES["bench_10M"], mode="hang")
    run = machine.start()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and "waiting" not in run_text(machine):
        time.sleep(0.05)
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=20)
    made = machine.record()
    assert run.returncode == 1 and made["phases"]["bench_10M"]["outcome"] == "cut off", made["phases"]
    assert made["phases"]["smoke"]["outcome"] == "done" and "SIGTERM" in made["phases"]["parity"]["why"], made["phases"]
    assert not children_of(machine.programs)


def run_text(machine: Machine) -> str:
    path = machine.out / "run.jsonl"
    return path.read_text() if path.exists() else ""


def check_variants(plimsoll: Path, root: Path) -> None:
    """The second command plans within its 150 seconds."""
    machine = Machine(root, plimsoll)
    options = parsed(machine)
    assert sum(phase.seconds for phase in gpu_run.variant_phases(options)) <= 150
    rows = [{"stage": "judge", "accounts": 1000, "samples": 5, "variant": name, "median_us": median}
            for name, median in (("plain", 5.0), ("blocks_3", 4.0), ("blocks_4", 6.0))]  # fmt: skip
    assert record.winners_of(rows) == ["judge at 1,000 accounts: blocks_3 won with 4.0 us, plain has 5.0 us"]


def check_rehearsal(plimsoll: Path, root: Path) -> None:
    """The real programs on the emulated device, small: the device's and the CPU's digests are the same."""
    programs, out = root / "real", root / "out"
    programs.mkdir(parents=True)
    for name in ("plimsoll", "parity_test", "engine_test"):
        (programs / name).symlink_to(plimsoll.parent / name)
    words = [sys.executable, str(RUN), "--programs", str(programs), "--out", str(out), "--backend", "emulated", "--scale", "50000", "--budget", "900"]
    done = subprocess.run([*words, "facts", "bench_1M", "bench_small", "bench_cpu", "device_loss"],
                          capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 1, done.stdout[-2000:]
    made = json.loads((out / "record.json").read_text())
    assert not made["contradictions"], made["contradictions"]
    assert made["missing"] == ["device_loss is no proof: left out: only a GPU can be lost this way"], made["missing"]
    assert {row["backend"] for row in made["stages"]} == {"emulated", "cpu"} and "B wins" in made["crossover"], made["crossover"]

    # A device that is lost at its n-th call: each phase meets it again, and the next one is not affected.
    for call in (100, 3000):
        done = subprocess.run([*words, "facts", "bench_1M", "bench_cpu"], env=os.environ | {"PLIMSOLL_EMULATED_FAULT": f"{call}:lost"},
                              capture_output=True, text=True, timeout=300, check=False)
        made = json.loads((out / "record.json").read_text())
        phases = {name: phase["outcome"] for name, phase in made["phases"].items()}
        assert done.returncode == 1 and phases["bench_cpu"] == "done" and phases["bench_1M"] == "failed", phases
        assert "cudaErrorIllegalAddress" in made["phases"]["bench_1M"]["why"], made["phases"]
        kept = [row["stage"] for row in made["stages"] if row["backend"] == "emulated"]
        assert bool(kept) == (call > 100), f"{call}: {kept}"


def check_no_gpu(plimsoll: Path, root: Path) -> None:
    """./dev gpu without a device: one sentence, and nothing is run."""
    tools = root / "tools"
    tools.mkdir(parents=True)
    (tools / "nvidia-smi").write_text("#!/bin/sh\necho no devices were found >&2\nexit 6\n")
    (tools / "nvidia-smi").chmod(0o755)
    env = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}", "PLIMSOLL_PREBUILT": "1"}
    done = subprocess.run(["bash", str(ROOT / "dev"), "gpu", "--out", str(root / "out")], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "no usable GPU here" in done.stderr and not (root / "out").exists(), done.stderr


def check_profiled_kernels_exist(_plimsoll: Path, _root: Path) -> None:
    """A profiler that filters by a name which no kernel has counts nothing, and says nothing of it."""
    kernels = set(re.findall(r"^  (\w+)<", (ROOT / "kernels/instructions.txt").read_text(), re.MULTILINE))
    missing = set(gpu_run.KERNELS.split("|")) - kernels
    assert not missing, f"no kernel is called {missing}"


def check_bundle(plimsoll: Path, root: Path) -> None:
    """./dev bundle packs the programs of a run and prints its size; unpacked, its programs run from the archive alone."""
    clone, there = root / "clone", root / "there"
    for name in ("gpu/parity_test", "gpu/engine_test", "gpu-release/plimsoll"):
        (clone / "build" / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / "build" / name).symlink_to(plimsoll.parent / Path(name).name)
    (clone / "build/gpu/built.json").write_text("{}")
    (clone / "bench").symlink_to(ROOT / "bench")
    shutil.copy(ROOT / "dev", clone)
    packed = subprocess.run(["bash", "dev", "bundle"], cwd=clone, env=os.environ | {"PLIMSOLL_PREBUILT": "1"},
                            capture_output=True, text=True, check=False)
    assert packed.returncode == 0 and "build/bundle.tar.gz: " in packed.stderr and " MiB" in packed.stderr, packed.stderr
    print(next(line for line in packed.stderr.splitlines() if " MiB" in line))
    there.mkdir()
    subprocess.run(["tar", "-C", str(there), "-xzf", str(clone / "build/bundle.tar.gz")], check=True)
    shutil.rmtree(clone)
    done = subprocess.run([sys.executable, "plimsoll-gpu/gpu_run.py", "--out", "out", "--backend", "emulated", "facts"], cwd=there, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


CHECKS = [check_complete, check_each_phase_fails_in_turn, check_tools_that_are_missing, check_a_phase_that_ignores_sigterm,
          check_a_budget_that_ends, check_nothing_is_proved_by_silence, check_contradictions, check_killed_at_any_second,
          check_asked_to_stop, check_variants, check_rehearsal, check_no_gpu, check_profiled_kernels_exist, check_bundle]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--only", default="", help="checks with these words in their names")
    options = parser.parse_args()
    chosen = [check for check in CHECKS if any(word in check.__name__ for word in options.only.split(","))]
    with tempfile.TemporaryDirectory(prefix="plimsoll-gpu-run-") as folder:
        alone = [lambda plimsoll, check=check: check(plimsoll, Path(folder) / check.__name__) for check in chosen]
        for run, check in zip(alone, chosen):
            run.__name__ = check.__name__
        return run_checks(alone, options.plimsoll.resolve())


if __name__ == "__main__":
    sys.exit(main())
