#!/usr/bin/env python3
"""`./dev gpu` from end to end without a GPU: what it calls is made up, what it writes is checked.

    python3 tests/bench/check_gpu_run.py --plimsoll build/plimsoll

Stand-ins: nvidia-smi and compute-sanitizer on the path, a parity_test and an engine_test that write a report, and a `plimsoll` that runs the real
one on the CPU, at a thousandth of the size, and calls it a GPU.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cli.program import run_checks

ROOT = Path(__file__).resolve().parents[2]

NVIDIA_SMI = """#!/bin/sh
echo "Made-up GPU, 9.0, 999.1, 1000 MiB"
"""
SANITIZER = """#!/bin/sh
while [ "${1#--}" != "$1" ]; do
  case $1 in --tool|--error-exitcode|--launch-timeout|--padding|--leak-check) shift 2 ;; *) shift ;; esac
done
exec "$@"
"""
PARITY = """#!/bin/sh
for word in "$@"; do case $word in --gtest_output=xml:*) report=${word#--gtest_output=xml:} ;; esac; done
cat >"$report" <<XML
<testsuites><testsuite><testcase name="cpu" status="run" classname="parity"/>
<testcase name="cuda" status="run" classname="parity"></testcase></testsuite></testsuites>
XML
"""
# CuPy is there, and so are its figures.
PYTHON = """#!/bin/sh
[ "$1" != -c ] || exit 0
for word in "$@"; do case $word in */peers.json) report=$word ;; esac; done
echo '[{"what": "made up"}]' >"$report"
"""
PLIMSOLL = '''#!{python}
import json, subprocess, sys
words = sys.argv[1:]
if words[1] in ("compare", "crossover"):
    sys.exit(subprocess.call(["{plimsoll}", *words]))
def value(name):
    return words[words.index(name) + 1] if name in words else None
def set_value(name, text):
    if name in words:
        words[words.index(name) + 1] = text
    else:
        words.extend([name, text])
def thousandth(text):
    scale = {{"k": 1000, "M": 1000000}}[text[-1]]
    return str(int(text[:-1]) * scale // 1000)
if value("--sizes"):
    set_value("--sizes", ",".join(":".join(map(thousandth, pair.split(":"))) for pair in value("--sizes").split(",")))
else:
    words += ["--sizes", "2k:140k" if value("--shape") == "giant" else "1k:4k"]
backend, stages = value("--backend"), value("--stages").split(",")
set_value("--backend", "cpu"); set_value("--samples", "1"); words.append("--quiet")
set_value("--stages", ",".join(name for name in stages if not name.startswith("thrust_")))
code = subprocess.call(["{plimsoll}", *words], stdout=subprocess.DEVNULL)
rows = json.load(open(value("--json")))
for row in rows:
    row["backend"] = backend
peers = [row | {{"stage": "thrust_" + row["stage"]}} for row in rows if "thrust_" + row["stage"] in stages]
json.dump(rows + peers, open(value("--json"), "w"))
sys.exit(code)
'''


class Machine:
    """A clone with programs that are built, and a path with tools, on a machine that can install nothing."""

    def __init__(self, root: Path, program: Path):
        shutil.rmtree(root, ignore_errors=True)
        (root / "bench").mkdir(parents=True)
        shutil.copy(ROOT / "dev", root / "dev")
        for script in (ROOT / "bench").glob("*.py"):
            shutil.copy(script, root / "bench")
        files = {"tools/nvidia-smi": NVIDIA_SMI, "tools/compute-sanitizer": SANITIZER, "build/gpu/parity_test": PARITY, "build/gpu/engine_test": PARITY, ".venv/bin/python": PYTHON,
                 "build/gpu-release/plimsoll": PLIMSOLL.format(python=sys.executable, plimsoll=program)}
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)
        (root / "build/gpu/built.json").write_text('{"commit": "0", "changed_files": 0, "toolkit": "13.0"}')
        self.root = root

    def gpu(self) -> subprocess.CompletedProcess:
        env = os.environ | {"PLIMSOLL_PREBUILT": "1", "PATH": f"{self.root / 'tools'}:{os.environ['PATH']}"}
        return subprocess.run(["bash", "dev", "gpu"], cwd=self.root, env=env, capture_output=True, text=True, check=False)

    def records(self) -> list[Path]:
        return sorted((self.root / "bench/records").glob("*.json"))


def check_record(program: Path, root: Path) -> None:
    """One record with proofs, phases and every stage; beside it where the GPU wins; and the CPU recomputes it."""
    machine = Machine(root / "clone", program)
    done = machine.gpu()
    assert done.returncode == 0, done.stderr[-3000:]
    (path,) = machine.records()
    assert done.stdout.strip().endswith(f"bench/records/{path.name}"), done.stdout
    record = json.loads(path.read_text())
    assert record["device"] == {"name": "Made-up GPU", "capability": "9.0", "driver": "999.1", "memory": "1000 MiB"}
    assert set(record["proofs"]) == {"parity", "engine", "memcheck", "racecheck", "initcheck", "synccheck"}
    assert len(record["seconds"]) == 12 and all(seconds >= 0 for seconds in record["seconds"].values()), record["seconds"]
    assert record["peers"] == [{"what": "made up"}], record["peers"]
    stages = {(row["stage"], row["shape"], row["backend"]) for row in record["stages"]}
    for wanted in [(name, "zipf", "cuda") for name in ("upload", "tick_calm", "tick_1", "tick_3", "tick_gap", "thrust_sort")] + [
            ("margin", "uniform", "cuda"), ("margin", "giant", "cuda"), ("margin", "zipf", "cpu")]:
        assert wanted in stages, f"{wanted} is not in {sorted(stages)}"
    assert len(path.read_text().splitlines()) < 65 + len(record["stages"]), "a stage a line"
    table = path.with_suffix(".md").read_text()
    assert "| stage | 10 accounts" in table and "3,000 accounts, 12,000 positions | B wins |" in table and table in done.stdout, table
    assert "B: cuda" in table and table.count("| stage |") == 1, table
    checked = subprocess.run([sys.executable, str(ROOT / "tests/records/check_records.py"), "--plimsoll", str(program),
                              "--records", str(path.parent), "--positions-most", "0"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0 and path.name in checked.stdout, checked.stdout + checked.stderr
    path.write_text(path.read_text().replace(record["stages"][0]["digest"], "0123456789abcdef"))
    stale = subprocess.run(checked.args, capture_output=True, text=True, check=False)
    assert stale.returncode == 1 and "recorded 0123456789abcdef" in stale.stdout, stale.stdout


def check_refusals(program: Path, root: Path) -> None:
    """A skipped GPU row, a peer with another answer, a stage twice, no stage of a GPU, no GPU: no record."""
    clone = root / "clone"
    reports = clone / "build/gpu-run"
    bench = json.loads((reports / "bench.json").read_text())

    def refused(name: str, text: str, words: str) -> None:
        kept = (reports / name).read_text()
        (reports / name).write_text(text)
        done = subprocess.run([sys.executable, "bench/record.py", "--gpu", "Made-up GPU, 9.0, 999.1, 1000 MiB", "--built",
                               "build/gpu/built.json", "--reports", "build/gpu-run", "--out", "refused"],
                              cwd=clone, capture_output=True, text=True, check=False)
        (reports / name).write_text(kept)
        assert done.returncode == 1 and words in done.stderr, done.stderr
        assert not (clone / "refused").exists()

    refused("memcheck.xml", (reports / "memcheck.xml").read_text().replace("</testcase></", "<skipped/></testcase></"), "memcheck ran 0 GPU rows")
    wrong = [row | {"digest": "0" * 16} if row["stage"] == "thrust_lights" else row for row in bench]
    refused("bench.json", json.dumps(wrong), "thrust_lights answered 0000000000000000")
    refused("bench.json", json.dumps([row for row in bench if row["stage"] != "lights"]), "ours did not run")
    refused("bench.json", json.dumps(bench + bench[:1]), "twice")
    for path in reports.glob("bench*.json"):
        path.write_text(json.dumps([row | {"backend": "cpu", "seed": path.name} for row in json.loads(path.read_text())]))
    refused("phases.jsonl", (reports / "phases.jsonl").read_text(), "no stage ran on a GPU")

    machine = Machine(clone, program)
    (machine.root / "tools/nvidia-smi").write_text("#!/bin/sh\necho no devices were found >&2\nexit 6\n")
    done = machine.gpu()
    assert done.returncode == 1 and "no usable GPU here" in done.stderr and not machine.records(), done.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    program = parser.parse_args().plimsoll.resolve()
    with tempfile.TemporaryDirectory(prefix="plimsoll-gpu-run-") as folder:
        return run_checks([check_record, check_refusals], program, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
