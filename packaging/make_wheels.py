#!/usr/bin/env python3
"""Two wheels of the Python package: one that shares the Arrow of the pyarrow beside it, and one that stands alone.

    make_wheels.py --out FOLDER [--python INTERPRETER]... [--beside]

`pip wheel .` builds one for each interpreter (this one without `--python`), with the build's requirements as they are installed
there; auditwheel then carries along what a machine may lack. OUT/with_pyarrow gets wheels with oneTBB, fmt, Boost, xxHash and Highway inside,
bound to one major version of pyarrow; OUT/alone gets those with Arrow inside as well, for any pyarrow from 15 on. `--beside` downloads into
OUT/beside the wheels of other projects that ours are tried with. Needs auditwheel and patchelf (`./dev package` brings them).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BESIDE = ("pyarrow", "polars", "duckdb", "pandas", "numpy")
ANY_PYARROW = "Requires-Dist: pyarrow>=15"


def run(*words: object, **more: object) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: exit code {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def plain_environment(**more: str) -> dict[str, str]:
    """Without what would lead a build to another tree; the wheels' tools are found beside this interpreter."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CMAKE"))}
    return {**kept, "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}", **more}


def build(python: str, to: Path) -> Path:
    run(python, "-m", "pip", "wheel", ROOT, "--no-deps", "--no-build-isolation", "--no-input", "-w", to, env=plain_environment())
    (wheel,) = to.glob("plimsoll-*.whl")
    return wheel


def repair(wheel: Path, to: Path, arrow: Path, *options: str) -> Path:
    """The wheel as auditwheel repairs it, with a tag that says how old a system may be."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-repair-") as folder:
        run(sys.executable, "-m", "auditwheel", "repair", wheel, "--wheel-dir", folder, *options, env=plain_environment(LD_LIBRARY_PATH=str(arrow)))
        (made,) = Path(folder).glob("*.whl")
        to.mkdir(parents=True, exist_ok=True)
        return Path(shutil.move(made, to / made.name))


def free_of_one_pyarrow(wheel: Path) -> None:
    """A wheel with an Arrow of its own meets pyarrow through Arrow's C interface alone."""
    from auditwheel.wheeltools import InWheel

    with InWheel(wheel, wheel) as content:
        (metadata,) = Path(content).glob("*.dist-info/METADATA")
        text, count = re.subn(r"^Requires-Dist: pyarrow[^;\n]*$", ANY_PYARROW, metadata.read_text(encoding="utf-8"), flags=re.M)
        assert count == 1, f"{count} lines ask for pyarrow"
        metadata.write_text(text, encoding="utf-8")


def arrow_of(python: str) -> Path:
    return Path(run(python, "-c", "import pyarrow; print(pyarrow.get_library_dirs()[0])").strip())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("--beside", action="store_true")
    options = parser.parse_args()
    out = options.out.resolve()
    for part in ("with_pyarrow", "alone"):
        shutil.rmtree(out / part, ignore_errors=True)
    for python in options.python or [sys.executable]:
        with tempfile.TemporaryDirectory(prefix="plimsoll-wheel-") as folder:
            wheel = build(python, Path(folder))
            arrow = arrow_of(python)
            shared = repair(wheel, out / "with_pyarrow", arrow, "--exclude", "libarrow.so.*", "--exclude", "libparquet.so.*")
            alone = repair(wheel, out / "alone", arrow)
            free_of_one_pyarrow(alone)
            for made in (shared, alone):
                print(f"{made.relative_to(out)}: {made.stat().st_size:,} bytes", flush=True)
    if options.beside:
        import importlib.metadata

        pinned = [f"{name}=={importlib.metadata.version(name)}" for name in BESIDE]
        run(sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "-d", out / "beside", *pinned)
    return 0


if __name__ == "__main__":
    sys.exit(main())
