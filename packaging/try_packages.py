#!/usr/bin/env python3
"""Tries packages and wheels on a machine that has nothing else: a fresh system of this release, which mmdebstrap makes and throws away.

    try_packages.py --packages FOLDER [--wheels FOLDER] [--beside FOLDER]

`--packages` has the .deb files, `--wheels` our wheels in folders of their own, `--beside` the wheels of other projects that
they are tried with. packaging/in_clean_system.py then runs as root within the new system. Needs mmdebstrap, the package
registry, and rights: root that may mount, or user namespaces. Without rights it says so and exits 77.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def why_not() -> str | None:
    """The reason why this machine cannot make a fresh system; None if it can."""
    if shutil.which("mmdebstrap") is None:
        return "mmdebstrap is not installed"
    probe = ["unshare", "--mount", "true"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--map-auto", "--mount", "true"]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"{' '.join(probe)}: {done.stderr.strip()}"


def release() -> str:
    """The name of this machine's release: "bookworm"."""
    for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.split("=", 1)[1].strip('"')
    raise SystemExit("/etc/os-release names no release")


def material(options: argparse.Namespace, to: Path) -> None:
    """Everything that the new system gets, in one folder."""
    for name in ("packages", "wheels", "beside"):
        if (source := getattr(options, name)) is not None:
            # `./dev package` has the wheels of other projects within the folder of ours.
            left_out = {options.beside} if name != "beside" else set()
            shutil.copytree(source, to / name, ignore=lambda folder, names: [n for n in names if not keeps(Path(folder) / n) or Path(folder) / n in left_out])
    shutil.copy(HERE / "in_clean_system.py", to)
    shutil.copytree(ROOT / "tests/consumer", to / "consumer", ignore=shutil.ignore_patterns("*.py", "inside"))
    shutil.copy(ROOT / "examples/text_stream.h", to / "consumer")
    for page in ("README.md", "docs/python.md", "docs/embedding.md"):
        shutil.copy(ROOT / page, to)


def keeps(path: Path) -> bool:
    if path.is_dir():
        return not path.name.startswith("_")
    return path.suffix in {".deb", ".whl"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--beside", type=Path)
    options = parser.parse_args()
    if (fault := why_not()) is not None:
        print(f"SKIPPED: packages were not tried in a clean system: {fault}")
        return 77
    with tempfile.TemporaryDirectory(prefix="plimsoll-clean-") as folder:
        work = Path(folder)
        work.chmod(0o755)
        given = work / "try"
        given.mkdir()
        material(options, given)
        return subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=apt", "--format=null", "--include=python3-venv", "--skip=cleanup/apt",
             f"--customize-hook=copy-in {given} /", "--customize-hook=chroot \"$1\" python3 /try/in_clean_system.py", release(), "/dev/null"],
            check=False, stdin=subprocess.DEVNULL,
        ).returncode  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
