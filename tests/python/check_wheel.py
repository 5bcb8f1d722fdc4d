#!/usr/bin/env python3
"""`pip wheel .` and its wheel in an environment of its own, beside the libraries of the field.

    check_wheel.py [--wheel FILE]

The wheel is built by the interpreter that runs this, with the build's requirements as they are installed (`./dev night` brings them),
and installed into a new environment with the pyarrow, polars, duckdb, pandas and numpy of the same interpreter. There
docs/python.md's first program runs, `plimsoll` imported before and after the others.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BESIDE = ("pyarrow", "polars", "duckdb", "pandas", "numpy")
ORDERS = ["import plimsoll, pyarrow.parquet, polars, duckdb", "import duckdb, polars, pyarrow.parquet, plimsoll", "import polars, plimsoll"]
CHECK = """
import polars as pl
book = plimsoll.generate(accounts=200, positions=800, instruments=4, seed=3)
digest = plimsoll.scan(book).digest
assert plimsoll.Scanner(book).tick().digest == digest
assert pl.DataFrame(plimsoll.scan(book).units).height > 200
import pathlib; assert (pathlib.Path(plimsoll.__file__).parent / "_native.pyi").is_file()
maps = {line.split()[-1] for line in open("/proc/self/maps") if "libarrow.so" in line}
assert len(maps) == 1, maps
print(digest)
"""


def run(*words: object, **more: object) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        sys.exit(f"{words}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--wheel", type=Path)
    wheel = parser.parse_args().wheel
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CMAKE"))}
    with tempfile.TemporaryDirectory(prefix="plimsoll-wheel-") as folder:
        root = Path(folder)
        if wheel is None:
            run(sys.executable, "-m", "pip", "wheel", ROOT, "--no-deps", "--no-build-isolation", "-w", root / "made", env=environment)
            (wheel,) = (root / "made").glob("plimsoll-*.whl")
        names = zipfile.ZipFile(wheel).namelist()
        assert not [name for name in names if "libarrow" in name], "the wheel carries an Arrow of its own"
        venv.create(root / "clean", with_pip=True)
        python = root / "clean/bin/python"
        beside = [f"{name}=={importlib.metadata.version(name)}" for name in BESIDE]
        run(python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *beside, wheel.resolve(), env=environment)
        reported = {order: run(python, "-c", order + CHECK, cwd=root, env=environment).strip() for order in ORDERS}
        assert len(set(reported.values())) == 1, reported
        program = re.search(r"^```python\n(.*?)^```", (ROOT / "docs/python.md").read_text(encoding="utf-8"), re.S | re.M)[1]
        run(python, "-c", program, cwd=root, env=environment)
        assert (root / "crash.html").stat().st_size > 1_000_000
    print(f"{wheel.name}: {wheel.stat().st_size if wheel.exists() else 0:,} bytes, digest {reported.popitem()[1]} in {len(ORDERS)} orders of imports")
    return 0


if __name__ == "__main__":
    sys.exit(main())
