#!/usr/bin/env python3
"""The exports of the shared library: the promised names, and no name of the libraries inside it.

    check_symbols.py --plimsoll COMMAND --library libplimsoll.so

A name that is not ours could take the place of the same name in a program that embeds the library, or be taken by it: Arrow,
oneTBB, fmt, Boost and OpenSSL are in many programs in other versions.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

# Mangled names of functions of the classes that include/plimsoll declares.
OURS = re.compile(r"^(plimsoll_[a-z0-9_]+|_ZNK?8plimsoll(7scanner|8executor|9book_view)(?!5state)[A-Za-z0-9].*|_ZN8plimsoll7versionEv)$")
PROMISED = ("_ZN8plimsoll7scanner4makeERKNS_15scanner_optionsE", "_ZN8plimsoll8executor4makeERNS_7scannerERKNS_16executor_optionsE",
            "_ZN8plimsoll7versionEv")


def output_of(*words: str | Path) -> str:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True).stdout


def exported(library: Path) -> dict[str, str]:
    """Names that a library defines for others, with the version that each bears."""
    found = {}
    for line in output_of("nm", "-D", "--defined-only", "--with-symbol-versions", library).splitlines():
        *_, kind, name = line.split()
        name, _, version = name.partition("@")
        if kind != "A":  # The version itself.
            found[name] = version.lstrip("@")
    return found


def needed(library: Path) -> dict[str, Path]:
    """The libraries that come with it, by name."""
    found = {}
    for line in output_of("ldd", library).splitlines():
        parts = line.split()
        if len(parts) > 2 and parts[1] == "=>" and parts[2].startswith("/"):
            found[parts[0]] = Path(parts[2])
    return found


def faults_of(library: Path) -> list[str]:
    names = exported(library)
    shown = output_of("readelf", "-d", library)
    match = re.search(r"SONAME.*\[(.*)\]", shown)
    soname = match[1] if match else ""
    faults = []
    if not re.fullmatch(r"libplimsoll\.so\.\d+\.\d+", soname):
        faults.append(f"the soname is {soname!r}")
    wanted = "PLIMSOLL_" + soname.removeprefix("libplimsoll.so.")
    for name, version in sorted(names.items()):
        if not OURS.match(name):
            faults.append(f"{name} is not ours")
        if version != wanted:
            faults.append(f"{name} has the version {version!r}, not {wanted}")
    faults += [f"{name} is promised and not there" for name in PROMISED if name not in names]
    for other, path in needed(library).items():
        both = names.keys() & exported(path).keys()
        faults += [f"{name} is exported by {other} as well" for name in sorted(both)]
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--library", type=Path, required=True)
    options = parser.parse_args()
    faults = faults_of(options.library)
    others = needed(options.library)
    assert any(name.startswith("libarrow") for name in others), f"Arrow is not among {sorted(others)}"
    # The check itself, on a library that is not ours.
    assert any("is not ours" in fault for fault in faults_of(next(path for name, path in others.items() if name.startswith("libfmt"))))
    for fault in faults[:40]:
        print(fault)
    print(f"{len(exported(options.library))} exported names, {len(faults)} faults, beside {len(others)} libraries")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
