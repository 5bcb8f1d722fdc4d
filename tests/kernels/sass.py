"""Instructions of kernels, counted in their machine code, from nvdisasm's output for a cubin compiled with -lineinfo.

An instruction counts for the statement of the kernel's own body that it was inlined into, so that a pass can be read part
by part: staging tables, valuing positions, adding up rows, judging. Counts are static: a loop's body counts once, an
unrolled one as often as it was copied. Code that a warp runs only if its lanes have diverged in front of a shuffle (behind
BRA.DIV) is left out of the parts.
"""

import collections
import pathlib
import re
import shutil
import subprocess

SECTION = re.compile(r"\.text\.(\S+):$")
LABEL = re.compile(r"(\.L_x_\d+):")
APART = re.compile(r"BRA\.DIV .*`\((\.L_x_\d+)\)")
JUMP = re.compile(r"\bBRA\b.*`\((\.L_x_\d+)\)")
PLACE = re.compile(r'\s*//## File "([^"]*)", line (\d+)')
INSTRUCTION = re.compile(r"\s*/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][\w.]*)\s*(.*)")
KINDS = {
    "generic": lambda name, _: name.split(".")[0] in ("LD", "ST", "ATOM"),  # Through 64-bit addresses of any memory.
    "local": lambda name, _: name.split(".")[0] in ("LDL", "STL"),
    "divisions": lambda name, rest: name.startswith("CALL") and "_div_" in rest or name.startswith("MUFU.RCP64H"),
    "double": lambda name, _: name.split(".")[0] in ("DADD", "DMUL", "DFMA", "DSETP"),
    "global": lambda name, _: name.split(".")[0] in ("LDG", "STG", "ATOMG", "RED"),
    "shared": lambda name, _: name.split(".")[0] in ("LDS", "STS", "ATOMS"),
    "barriers": lambda name, _: name.split(".")[0] == "BAR",
}  # fmt: skip


class Kernel:
    """One kernel's counts."""

    def __init__(self):
        self.all, self.kinds = 0, collections.Counter()
        self.lines = collections.Counter()  # By line of the kernel's own source,
        self.before = collections.Counter()  # and those of them that stand in front of the kernel's longest loop.
        self.labels, self.loop = {}, (0, 0)  # Addresses of labels; the longest loop's first and last instruction.

    def enter_loops(self, jump, lines):
        """Notes a jump back, if the loop is the longest so far: `lines` has the instructions' lines in order."""
        start, end = self.labels.get(jump, len(lines)), len(lines)
        if end - start > self.loop[1] - self.loop[0]:
            self.loop, self.before = (start, end), collections.Counter(line for line in lines[:start] if line is not None)


def kernels_in(cubin, nvdisasm):
    """Counts by mangled name."""
    text = subprocess.run([nvdisasm, "-c", "-gi", cubin], capture_output=True, text=True, check=True).stdout
    kernels, here, places, fresh, lines = {}, None, [], True, []
    apart, cold = set(APART.findall(text)), False
    for line in text.splitlines():
        if found := SECTION.match(line):
            here, places, cold, lines = kernels.setdefault(found[1], Kernel()), [], False, []
        elif here is None:
            continue
        elif found := LABEL.match(line):
            cold = cold or found[1] in apart
            here.labels[found[1]] = len(lines)
        elif found := PLACE.match(line):
            places = [int(found[2])] if fresh else [*places, int(found[2])]  # Inside out: the last is the kernel's own.
            fresh = False
        elif found := INSTRUCTION.match(line):
            fresh = True
            here.all += 1
            here.lines[places[-1] if places and not cold else 0] += not cold
            lines.append(None if cold else places[-1] if places else 0)
            if jump := JUMP.search(line):
                cold = False
                here.enter_loops(jump[1], lines)
            for kind, holds in KINDS.items():
                here.kinds[kind] += holds(found[1], found[2])
    return kernels


def part_of(source, line):
    """The name of the function that is called on that line of the source; blank if there is no notable call."""
    text = source[line - 1] if 0 < line <= len(source) else ""
    for name in re.findall(r"\b([a-z_]\w*)(?=[<(])", text):
        if name not in ("for", "if", "while", "min", "max", "sizeof", "static_cast", "constexpr", "__launch_bounds__"):
            return name
    return ""


def parts_of(kernel, source):
    """[(name, instructions)] of a kernel in the order of its source; what has no name is `rest`, or `once` where it
    stands in front of the longest loop."""
    parts, once = {}, 0
    for line in sorted(kernel.lines):
        name = part_of(source, line)
        parts[name or "rest"] = parts.get(name or "rest", 0) + kernel.lines[line]
        once += 0 if name else kernel.before[line]
    rest = parts.pop("rest", 0)
    return [*parts.items(), ("once", once), ("rest", rest - once)]


def find_nvdisasm(root):
    """The tool on the path or of the toolkit, else that of the wheels; None if there is none."""
    if named := shutil.which("nvdisasm"):
        return named
    for place in ["/usr/local/cuda/bin", *root.glob(".venv/lib/python3*/site-packages/nvidia/cu13/bin")]:
        if (pathlib.Path(place) / "nvdisasm").is_file():
            return pathlib.Path(place) / "nvdisasm"
    return None
