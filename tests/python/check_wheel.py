#!/usr/bin/env python3
"""The wheels of packaging/make_wheels.py in environments of their own, beside the libraries of the field.

    check_wheel.py [--wheels FOLDER] [--abi3]

Without --wheels they are made first, by the interpreter that runs this. Each is installed into a new environment with pyarrow, polars,
duckdb, pandas and numpy in the versions that are here, and imported before and after them; the first programs of README.md and
docs/python.md run there. The wheel that stands alone meets a pyarrow of another major version as well. --abi3 makes a wheel with the
first Python of 3.12 or later that is on the machine, and tries it with every such Python; skipped visibly where there is none.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BESIDE = ("pyarrow", "polars", "duckdb", "pandas", "numpy")
ORDERS = [
    "import plimsoll, pyarrow.parquet, polars, pandas, duckdb", "import duckdb, pandas, polars, pyarrow.parquet, plimsoll", "import polars, plimsoll",
]  # fmt: skip
CHECK = """
import polars as pl
book = plimsoll.generate(accounts=200, positions=800, instruments=4, seed=3)
digest = plimsoll.scan(book).digest
assert plimsoll.Scanner(book).tick().digest == digest
assert pl.DataFrame(plimsoll.scan(book).units).height > 200
import pathlib; assert (pathlib.Path(plimsoll.__file__).parent / "_native.pyi").is_file()
print(digest, *sorted({line.split()[-1] for line in open("/proc/self/maps") if "/libarrow" in line and "libarrow_" not in line}))
"""


def run(*words: object, **more: object) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: exit code {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CMAKE"))}


def environment(python: str, to: Path, *packages: object) -> Path:
    run(python, "-m", "venv", to, env=plain_environment())
    made = to / "bin/python"
    run(made, "-m", "pip", "install", "--quiet", "--no-input", "--only-binary", ":all:", *packages, env=plain_environment())
    return made


def make(to: Path, *options: object) -> None:
    print(run(sys.executable, ROOT / "packaging/make_wheels.py", "--out", to, *options), end="", flush=True)


def programs() -> list[str]:
    """The first program of each page."""
    pages = [ROOT / "README.md", ROOT / "docs/python.md"]
    return [re.search(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)[1] for page in pages]


def check(wheel: Path, python: str, work: Path, pyarrow: str) -> str:
    """One wheel in a new environment; the digest that it finds."""
    alone = wheel.parent.name == "alone"
    names = zipfile.ZipFile(wheel).namelist()
    assert any("libarrow" in name for name in names) == alone, f"{wheel}: {[name for name in names if 'lib' in name]}"
    assert any("libtbb" in name for name in names), f"{wheel} has no oneTBB inside"
    others = [f"{name}=={importlib.metadata.version(name)}" for name in BESIDE[1:]]
    clean = environment(python, work / "clean", wheel.resolve(), pyarrow, *others)
    printed = {order: run(clean, "-c", order + CHECK, cwd=work, env=plain_environment()).split() for order in ORDERS}
    assert len({words[0] for words in printed.values()}) == 1, printed
    arrows = {len(words[1:]) for words in printed.values()}
    assert arrows == ({2} if alone else {1}), printed  # Its own, and that of pyarrow.
    readme, page = programs()
    run(clean, "-c", page + "\nbook.save('venue')\n", cwd=work, env=plain_environment())  # README's reads a folder of this name.
    run(clean, "-c", readme, cwd=work, env=plain_environment())
    for shown in ("crash.html", "python.html"):
        assert (work / shown).stat().st_size > 1_000_000, shown
    version = run(clean, "-c", "import sys, pyarrow; print(sys.version.split()[0], 'pyarrow', pyarrow.__version__)").strip()
    print(f"{wheel.parent.name}/{wheel.name}: Python {version}, digest {printed[ORDERS[0]][0]} in {len(ORDERS)} orders of imports", flush=True)
    return printed[ORDERS[0]][0]


def later_pythons() -> list[str]:
    """Of 3.12 and later, on the path or where pyenv puts them, one a minor version."""
    found: dict[int, str] = {}
    for minor in range(12, 20):
        kept = sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python3.{minor}"))
        for candidate in [*map(str, kept), shutil.which(f"python3.{minor}")]:
            if candidate and subprocess.run([candidate, "-c", "import venv, ensurepip"], capture_output=True, check=False).returncode == 0:
                found[minor] = candidate
                break
    return list(found.values())


def check_abi3(work: Path) -> set[str]:
    pythons = later_pythons()
    if not pythons:
        print("SKIPPED: there is no Python of 3.12 or later here, so that no abi3 wheel was made")
        return set()
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    builder = environment(pythons[0], work / "builder", *wanted, "ninja")
    make(work / "abi3", "--python", builder)
    digests = set()
    for number, python in enumerate(pythons):
        for wheel in sorted((work / "abi3").glob("*/*.whl")):
            assert "-cp312-abi3-" in wheel.name, wheel.name
            place = work / f"abi3_{number}_{wheel.parent.name}"
            place.mkdir()
            digests.add(check(wheel, python, place, f"pyarrow=={importlib.metadata.version('pyarrow')}"))
    return digests


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--abi3", action="store_true")
    options = parser.parse_args()
    here = importlib.metadata.version("pyarrow")
    with tempfile.TemporaryDirectory(prefix="plimsoll-wheel-") as folder:
        work = Path(folder)
        wheels = options.wheels
        if wheels is None:
            wheels = work / "made"
            make(wheels)
        digests, count = set(), 0
        for wheel in sorted(wheels.glob("*/plimsoll-*.whl")):
            for pyarrow in [f"pyarrow=={here}", *([f"pyarrow<{here.split('.')[0]}"] if wheel.parent.name == "alone" else [])]:
                place = work / f"tried_{count}"
                place.mkdir()
                digests.add(check(wheel, sys.executable, place, pyarrow))
                count += 1
        assert count >= 3, f"{count} wheels in {wheels}"
        if options.abi3:
            digests |= check_abi3(work)
        assert len(digests) == 1, digests
    return 0


if __name__ == "__main__":
    sys.exit(main())
