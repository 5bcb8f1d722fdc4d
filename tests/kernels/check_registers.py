"""Registers, spills and shared memory of every kernel, as ptxas counts them, against kernels/registers.txt; and the
instructions of its parts, as nvdisasm shows them, against kernels/instructions.txt, with the times that follow from them
in bench/predicted.json.

Compiles the device's part of each kernel source again, with the build's own flags, `-Xptxas -v` and `-lineinfo`: a second
a file. No kernel may spill, and no pass over tiles may read its tables by generic loads; a changed count is shown, so
that a change of speed is noticed. Usage: check_registers.py --build FOLDER [--write]. Exits 77 if there is no nvcc, or
another one than the table's; without nvdisasm only registers are checked, with a message.
"""

import argparse
import concurrent.futures
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import predict
import sass

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "kernels" / "registers.txt"
INSTRUCTIONS = ROOT / "kernels" / "instructions.txt"
PREDICTED = ROOT / "bench" / "predicted.json"
ENTRY = re.compile(r"Compiling entry function '(\S+)' for '(\S+)'")
FRAME = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
USED = re.compile(r"Used (\d+) registers")
SHARED = re.compile(r"(\d+) bytes smem")


def commands(build):
    """Yields (source, command, folder) of each kernel source that nvcc compiles."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"])
        if source.suffix == ".cu" and "kernels" in source.parts:
            yield source.relative_to(ROOT).as_posix(), shlex.split(entry["command"]), entry["directory"]


def readable(mangled):
    """Names without their namespaces, which hold a hash of the source's path, and without their parameters."""
    names = subprocess.run(["c++filt"], input="\n".join(mangled), capture_output=True, text=True, check=True).stdout
    shown = []
    for name in names.splitlines():
        name = re.sub(r"\(anonymous namespace\)::|_GLOBAL__N__\w+::|plimsoll::cuda::|plimsoll::", "", name)
        name = re.sub(r"\((\w+)\)(\d+)", r"\1 \2", name)  # (scan_depth)0
        depth = 0
        for end, letter in enumerate(name):  # The parameters begin at the first "(" outside of <...>.
            depth += (letter == "<") - (letter == ">")
            if letter == "(" and depth == 0:
                name = name[:end]
                break
        shown.append(name.replace("void ", "", 1))
    return shown


def kernels_of(job):
    """The rows of one source: (source, kernel, registers, shared bytes, spilled bytes, its sass.Kernel or None)."""
    source, command, folder = job
    disassembler = sass.find_nvdisasm(ROOT)
    command[command.index("-c")] = "-cubin"
    command = [re.sub(r"code=\[compute_\d+,(sm_\d+)\]", r"code=\1", word) for word in command]
    with tempfile.TemporaryDirectory() as folder:
        command[command.index("-o") + 1] = folder + "/kernel.cubin"
        done = subprocess.run(command + ["-Xptxas", "-v", "-lineinfo"], cwd=folder, capture_output=True, text=True)
        counted = sass.kernels_in(folder + "/kernel.cubin", disassembler) if disassembler and done.returncode == 0 else {}
    if done.returncode != 0:
        sys.exit(f"{source} does not compile:\n{done.stderr}")
    rows, mangled = [], []
    for line in (done.stdout + done.stderr).splitlines():
        if found := ENTRY.search(line):
            mangled.append(found[1])
            rows.append([source, "", 0, 0, 0, counted.get(found[1])])
        elif (found := FRAME.search(line)) and rows:
            rows[-1][4] = sum(int(each) for each in found.groups())
        elif (found := USED.search(line)) and rows:
            rows[-1][2] = int(found[1])
            rows[-1][3] = int(SHARED.search(line)[1]) if SHARED.search(line) else 0
    for row, name in zip(rows, readable(mangled) if mangled else []):
        row[1] = name
    return sorted((tuple(row) for row in rows), key=lambda row: row[:5])


def release_of(command):
    """\"13.0.88 sm_90\": the compiler and the architecture that a count holds for."""
    nvcc = next(word for word in command if pathlib.Path(word).name.startswith("nvcc"))
    version = subprocess.run([nvcc, "--version"], capture_output=True, text=True, check=True).stdout
    architecture = re.search(r"sm_\d+", " ".join(command))
    return f"{re.search(r'V([0-9.]+)', version)[1]} {architecture[0] if architecture else 'sm_?'}"


def table_of(release, rows):
    """The table's text."""
    lines = [f"# ptxas {release}: kernel, registers, static shared memory (bytes), spills (bytes). See tests/kernels."]
    for source in sorted({row[0] for row in rows}):
        lines.append(f"\n{source}")
        lines += [f"  {name}  {registers}  {shared}  {spilled}" for at, name, registers, shared, spilled, _ in rows
                  if at == source]
    return "\n".join(lines) + "\n"


def instructions_of(release, rows):
    """The text of the table of instructions."""
    lines = [f"# ptxas {release}: instructions of each kernel as found in its code, of some kinds, and by what they are",
             "# for: the calls in the kernel's own body. A loop counts once, an unrolled one as often as it was. See tests/kernels."]
    for source in sorted({row[0] for row in rows}):
        lines.append(f"\n{source}")
        text = (ROOT / source).read_text().splitlines()
        for name, kernel in ((row[1], row[5]) for row in rows if row[0] == source):
            kinds = "".join(f", {count} {kind}" for kind in sass.KINDS if (count := kernel.kinds[kind]))
            lines.append(f"  {name}: {kernel.all}{kinds}")
            lines.append("    " + "; ".join(f"{part} {count}" for part, count in sass.parts_of(kernel, text) if count))
    return "\n".join(lines) + "\n"


def differs(path, text, write, how):
    """Reports whether the file has changed, or renews it."""
    if write:
        path.write_text(text)
        return False
    if path.is_file() and path.read_text() == text:
        return False
    print(f"{path.name} differs; what it would be now:\n{text}\nIf that is meant: {how}")
    return True


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", type=pathlib.Path, required=True)
    arguments.add_argument("--write", action="store_true")
    chosen = arguments.parse_args()
    jobs = [job for job in commands(chosen.build) if "device/" not in job[0]]
    if not jobs:
        print("Skipped: this build has no nvcc.")
        return 77
    release = release_of(jobs[0][1])
    if not chosen.write and not TABLE.read_text().startswith(f"# ptxas {release}:"):
        print(f"Skipped: this is ptxas {release}, and {TABLE.name} was counted by another.")
        return 77
    with concurrent.futures.ThreadPoolExecutor(2) as workers:
        rows = [row for of_source in workers.map(kernels_of, jobs) for row in of_source]
    how, faults = f"{sys.argv[0]} --build ... --write", 0
    faults += differs(TABLE, table_of(release, rows), chosen.write, how)
    for source, name, *_, spilled, _ in rows:
        if spilled != 0:
            print(f"{source}: {name} spills {spilled} bytes.")
            faults += 1
    if not all(row[5] for row in rows):
        print("There is no nvdisasm here (./dev build installs it): instructions are not counted.")
        return 1 if faults else 0
    faults += differs(INSTRUCTIONS, instructions_of(release, rows), chosen.write, how)
    for source, name, *_, kernel in rows:
        if "_tiles<" in name and name.endswith("true>") and kernel.kinds["generic"]:
            print(f"{source}: {name} reads its tables by {kernel.kinds['generic']} generic loads.")
            faults += 1
    parts = {row[1]: sass.parts_of(row[5], (ROOT / row[0]).read_text().splitlines()) for row in rows}
    faults += differs(PREDICTED, predict.text_of(parts), chosen.write, how)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
