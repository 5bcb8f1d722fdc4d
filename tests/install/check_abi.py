#!/usr/bin/env python3
"""The binary interface of plimsoll.h against the one of the last release, by libabigail.

    check_abi.py --plimsoll COMMAND --library libplimsoll.so [--write]

The header is compiled as a library of empty functions, whose types and functions `abidw` writes down; `abidiff` compares them with
packaging/abi/plimsoll.abi. Within a minor version functions, enumerators and fields at the end of sized structs may come; nothing else may
change. --write stores the present interface as that of the last release. Skipped (77) if libabigail is not installed.
"""

from __future__ import annotations

import argparse
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
HEADER = ROOT / "include/plimsoll/plimsoll.h"
DUMP = ROOT / "packaging/abi/plimsoll.abi"
DECLARED = re.compile(r"^(?:plimsoll_status|const char\*) (plimsoll_\w+)\([^;{}]*\);", re.M)
SIZED = re.compile(r"^typedef struct (plimsoll_\w+) \{\n  uint32_t struct_size;", re.M)

# Changes of the header: old text, new text, and whether an old program would notice.
PLANTED = (
    ("a field in the middle", "  uint64_t units;\n  uint64_t counts[4];", "  uint64_t units;\n  uint64_t extra;\n  uint64_t counts[4];", True),
    ("a field that is narrower", "  int64_t ticks;    /* In price steps. */", "  int32_t ticks;", True),
    ("a field less", "  uint64_t dust;\n", "", True),
    ("two fields exchanged", "  uint64_t plans;\n  uint64_t legs;", "  uint64_t legs;\n  uint64_t plans;", True),
    ("an array's element that grew", "  int64_t as_of_ns; /* UTC", "  int64_t index_ticks;\n  int64_t as_of_ns; /* UTC", True),
    ("an array's element that grew at its end", "nanoseconds since 1970, within 2^62, if has_time. */\n} plimsoll_mark;",
     "nanoseconds since 1970, within 2^62, if has_time. */\n  int64_t index_ticks;\n} plimsoll_mark;", True),
    ("a parameter less", "plimsoll_scanner_snapshot(plimsoll_scanner scanner, const char* folder)", "plimsoll_scanner_snapshot(plimsoll_scanner scanner)", True),
    ("a parameter of another type", "plimsoll_executor executor, int64_t tick", "plimsoll_executor executor, int32_t tick", True),
    ("a function less", "plimsoll_status plimsoll_view_close(plimsoll_view view);", "", True),
    ("a status renumbered", "PLIMSOLL_BUSY = 14", "PLIMSOLL_BUSY = 15", True),
    ("a kind put between others", "  PLIMSOLL_FEE = 2,", "  PLIMSOLL_REBATE = 2,\n  PLIMSOLL_FEE = 3,", True),
    ("a callback with another parameter", "void (*cancel)(void* context, plimsoll_order_id order);", "void (*cancel)(void* context, const plimsoll_order_id* order);", True),
    ("a function more", "plimsoll_status plimsoll_view_close(", "plimsoll_status plimsoll_view_count(uint64_t* out);\nplimsoll_status plimsoll_view_close(", False),
    ("a field at the end of a sized struct", "  int32_t reserved;\n} plimsoll_execution;",
     "  int32_t reserved;\n  struct ArrowArrayStream* orders;\n} plimsoll_execution;", False),
    ("a status at the end", "  PLIMSOLL_BUSY = 14", "  PLIMSOLL_BUSY = 14,\n  PLIMSOLL_LATER = 15", False),
)


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)


def constants_of(header: str) -> dict[str, str]:
    """Enumerators and macros: no function has their types, so that libabigail passes them over."""
    plain = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    found = dict(re.findall(r"\b(PLIMSOLL_\w+) = (-?\w+)", plain))
    return found | dict(re.findall(r"^#define (PLIMSOLL_(?!PLIMSOLL_H)\w+) (\S+)", plain, re.M))


def dump_of(header: str, work: Path) -> Path:
    """The interface of a header, as libabigail writes it."""
    shutil.rmtree(work, ignore_errors=True)
    (work / "plimsoll").mkdir(parents=True)
    (work / "plimsoll/plimsoll.h").write_text(header, encoding="utf-8")
    shutil.copy(HEADER.with_name("version.h"), work / "plimsoll")
    bodies = "\n".join(match[0].removesuffix(";") + " { return 0; }" for match in DECLARED.finditer(header))
    (work / "interface.c").write_text(f'#include "plimsoll/plimsoll.h"\n{bodies}\n', encoding="utf-8")
    library = work / "libinterface.so"
    made = run("cc", "-std=c99", "-g", "-shared", "-fPIC", "-I", work, work / "interface.c", "-o", library)
    assert made.returncode == 0, made.stderr
    out = work / "interface.abi"
    wrote = run("abidw", "--no-corpus-path", "--no-show-locs", "--no-comp-dir-path", "--out-file", out, library)
    assert wrote.returncode == 0, wrote.stderr
    text = out.read_text(encoding="utf-8")
    text = re.sub(r" path='[^']*'", " path='plimsoll.h'", text)
    constants = "\n".join(f"{name} {value}" for name, value in constants_of(header).items())
    out.write_text(f"{text}<!-- constants\n{constants}\n-->\n", encoding="utf-8")
    return out


def without_growth(now: Path, earlier: Path, sized: list[str]) -> None:
    """Removes new fields at the end of sized structs, because an old program's structs are shorter and carry their size."""
    sizes = {it.get("name"): int(it.get("size-in-bits")) for it in ElementTree.parse(earlier).iter("class-decl")}
    tree = ElementTree.parse(now)
    for it in tree.iter("class-decl"):
        size = sizes.get(it.get("name"), 0)
        if it.get("name") not in sized or int(it.get("size-in-bits")) <= size:
            continue
        for member in it.findall("data-member"):
            if int(member.get("layout-offset-in-bits")) >= size:
                it.remove(member)
        it.set("size-in-bits", str(size))
    tree.write(now, encoding="utf-8")


def faults_of(dump: Path, header: str, work: Path) -> list[str]:
    """The parts of `dump` that no longer hold for this header."""
    now = dump_of(header, work)
    without_growth(now, dump, SIZED.findall(header))
    done = run("abidiff", "--no-added-syms", dump, now)
    faults = [done.stdout.strip() or done.stderr.strip() or f"abidiff says {done.returncode}"] if done.returncode != 0 else []
    earlier = dump.read_text(encoding="utf-8").split("<!-- constants\n")[1].split("\n-->")[0]
    present = constants_of(header)
    faults += [f"{name} was {value} and is {present.get(name, 'gone')}" for name, value in map(str.split, earlier.splitlines())
               if present.get(name) != value]
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="the present interface becomes the last release's")
    options = parser.parse_args()
    if platform.machine() != "x86_64":
        print("the dump is that of x86-64")
        return 77
    if shutil.which("abidw") is None or shutil.which("abidiff") is None:
        print("abidw and abidiff (Debian's abigail-tools) are not installed")
        return 77
    header = HEADER.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="plimsoll-abi-") as folder:
        work = Path(folder) / "work"
        if options.write:
            shutil.copy(dump_of(header, work), DUMP)
            print(f"wrote {DUMP.relative_to(ROOT)}")
            return 0
        faults = faults_of(DUMP, header, work)
        declared = set(DECLARED.findall(header))
        exported = {line.split()[-1].split("@")[0] for line in run("nm", "-D", "--defined-only", options.library).stdout.splitlines()}
        exported = {name for name in exported if name.startswith("plimsoll_")}
        if declared != exported:
            faults.append(f"declared and exported differ: {sorted(declared ^ exported)}")
        # The check itself.
        for what, old, new, breaks in PLANTED:
            assert header.count(old) == 1, f"{what}: {header.count(old)} places to plant it at"
            found = faults_of(DUMP, header.replace(old, new), work)
            if bool(found) != breaks:
                faults.append(f"planted, {what}: " + ("was not noticed" if breaks else f"was taken for a break: {found}"))
    for fault in faults:
        print(fault)
    print(f"{len(declared)} functions, {len(PLANTED)} planted changes, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
