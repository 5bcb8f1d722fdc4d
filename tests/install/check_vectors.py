#!/usr/bin/env python3
"""No instruction that only some processors have stands outside the functions that are chosen at run time.

    check_vectors.py --plimsoll COMMAND --archive libplimsoll_core.a

A function of a shared header that was compiled for AVX2 in one source could replace the same function of every other source when
the program is linked. It would then stop on a processor without AVX2, where nothing else needs it.
"""

from __future__ import annotations

import argparse
import platform
import re
import shutil
import subprocess
import sys

CHOSEN = re.compile(r"\bN_(AVX2|AVX3)::")
# Instructions with a VEX or EVEX prefix, and those of BMI2.
ONLY_SOME = re.compile(r"\t(v[a-z0-9]+\s.*%[xyz]mm|(mulx|shlx|shrx|sarx|rorx|pdep|pext|bzhi|andn)\b)")
HEADER = re.compile(r"^[0-9a-f]+ <(.*)>:$")


def functions_of(text: str) -> tuple[set[str], set[str]]:
    """Functions with such instructions: those that are chosen at run time, and others."""
    chosen, others, name = set(), set(), ""
    for line in text.splitlines():
        if header := HEADER.match(line):
            name = header.group(1)
        elif ONLY_SOME.search(line):
            (chosen if CHOSEN.search(name) else others).add(name)
    return chosen, others


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll")
    parser.add_argument("--march", default="")
    parser.add_argument("--archive", required=True)
    options = parser.parse_args()
    if platform.machine() != "x86_64" or options.march or not shutil.which("objdump"):
        print("skipped: needs x86-64, a build without -march, and objdump")
        return 77
    planted = "0 <plimsoll::magnitude(long)>:\n  0:\tvpaddq %ymm1,%ymm0,%ymm0\n  4:\tshlx   %rax,%rbx,%rcx\n"
    assert functions_of(planted) == (set(), {"plimsoll::magnitude(long)"}), "this script would not see one"
    done = subprocess.run(["objdump", "-dC", "--no-show-raw-insn", options.archive], capture_output=True, text=True, check=True)
    chosen, others = functions_of(done.stdout)
    for name in sorted(others):
        print(f"{name}: has instructions of AVX or BMI2 and is not chosen at run time")
    for space in ("N_AVX2", "N_AVX3"):
        if not any(space in name for name in chosen):
            print(f"no function is compiled for {space}")
            return 1
    print(f"{len(chosen)} functions are chosen at run time, {len(others)} others have their instructions")
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main())
