#!/usr/bin/env python3
"""The part of packaging/try_packages.py that runs as root in a fresh system: it installs, uses and removes packages and wheels.

The user `nobody` does all that users do. Every file is below /try.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

TRY = Path("/try")
HOME = Path("/tmp/user")
PACKAGES = TRY / "packages"
BEGUN = time.monotonic()
# Packages that are imported before and after it.
ORDERS = ["import plimsoll, pyarrow.parquet, polars, pandas, duckdb", "import duckdb, pandas, polars, pyarrow.parquet, plimsoll"]
CHECK = """
book = plimsoll.generate(accounts=200, positions=800, instruments=4, seed=3)
digest = plimsoll.scan(book).digest
assert plimsoll.Scanner(book).tick().digest == digest
import polars, pandas, duckdb
units = plimsoll.scan(book).units
assert polars.DataFrame(units).height == len(units.to_pandas()) == duckdb.sql("select count(*) from units").fetchall()[0][0] > 200
maps = sorted({line.split()[-1] for line in open("/proc/self/maps") if "libarrow" in line and "python" not in line.split("libarrow")[1]})
print(digest, *maps)
"""


def say(text: str) -> None:
    print(f"[{time.monotonic() - BEGUN:4.0f} s] {text}", flush=True)


def run(*words: object, user: bool = False, **more: object) -> str:
    """The output of a command that must succeed."""
    if user:
        more = {"user": "nobody", "group": "nogroup", "extra_groups": [], "cwd": HOME, "env": {"PATH": "/usr/bin:/bin", "HOME": str(HOME)}, **more}
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: exit code {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def install(*what: object) -> None:
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *what, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def package(name: str) -> Path:
    (found,) = PACKAGES.glob(f"{name}_*.deb")
    return found


def programs(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (TRY / page).read_text(encoding="utf-8"), re.S | re.M)


def left_over() -> list[str]:
    return sorted(str(path) for path in Path("/usr").rglob("*plimsoll*"))


def check_command() -> None:
    """The command, which brings the library and nothing that it does not need."""
    library = next(PACKAGES.glob("libplimsoll[0-9]*.deb"))
    install(library, package("plimsoll"))
    run("dpkg", "--verify", "plimsoll", library.name.split("_")[0])
    say(run("plimsoll", "--version", user=True).splitlines()[0])
    run("plimsoll", "generate", "--accounts", 2000, "--positions", 8000, "--instruments", 8, "--seed", 7, "--out", HOME / "generated", user=True)
    printed = run("plimsoll", "scan", HOME / "generated", "--out", HOME / "scan", "--report", HOME / "scan.html", user=True)
    assert '"digests"' in printed, printed[:300]
    assert (HOME / "scan.html").stat().st_size > 1_000_000
    for page in ("man/man1/plimsoll.1.gz", "bash-completion/completions/plimsoll", "doc/plimsoll/copyright"):
        assert Path("/usr/share", page).stat().st_size > 0, page
    found = [line.split()[2] for line in run("ldd", "/usr/bin/plimsoll").splitlines() if "libarrow" in line]
    assert found and all("/plimsoll/" in path for path in found), found
    say(f"command and library: {found[0]}")


def check_pages() -> None:
    """The manual page and the completion, as the system finds them by the command's name."""
    install("man-db", "bash-completion")
    shown = run("man", "plimsoll", user=True)
    assert "COMMON OPTIONS" in shown and "deleveraging" in shown, shown[:1000]
    load = "if declare -F _comp_load >/dev/null; then _comp_load plimsoll; else _completion_loader plimsoll; fi"
    complete = "complete -p plimsoll; COMP_WORDS=(plimsoll sc); COMP_CWORD=1; _plimsoll; echo ${COMPREPLY[@]}"
    found = run("bash", "-c", f"source /usr/share/bash-completion/bash_completion; {load}; {complete}", user=True)
    assert found == "complete -F _plimsoll plimsoll\nscan\n", found
    say("man plimsoll and completion: found")


def environment(folder: Path, *options: str) -> Path:
    run("python3", "-m", "venv", *options, folder, user=True)
    return folder / "bin/python"


def check_python(python: Path, what: str) -> None:
    """The pages' first programs, and every order of imports."""
    printed = {order: run(python, "-c", order + CHECK, user=True).split() for order in ORDERS}
    assert len({words[0] for words in printed.values()}) == 1, printed
    # README's program reads a folder of this name.
    save = "\nimport shutil\nshutil.rmtree('venue', ignore_errors=True)\nbook.save('venue')\n"
    run(python, "-c", programs("python.md", "python")[0] + save, user=True)
    run(python, "-c", programs("README.md", "python")[0], user=True)
    for page in ("crash.html", "python.html"):
        assert (HOME / page).stat().st_size > 1_000_000, page
        (HOME / page).unlink()
    for words in printed.values():
        say(f"{what}: digest {words[0]}, Arrow from {', '.join(words[1:])}")


def others() -> list[object]:
    return ["--no-index", "--quiet", "--find-links", TRY / "beside"]


def check_python_package() -> None:
    """The Debian package, with pyarrow from a wheel: Debian has no package of it."""
    install(package("python3-plimsoll"))
    run("dpkg", "--verify", "python3-plimsoll")
    alone = subprocess.run(["/usr/bin/python3", "-c", "import plimsoll"], capture_output=True, text=True, check=False, cwd="/")
    assert alone.returncode != 0 and "pip install" in alone.stderr and "pyarrow" in alone.stderr, alone.stderr
    python = environment(HOME / "with_debian", "--system-site-packages")
    run(python, "-m", "pip", "install", *others(), "pyarrow", "polars", "pandas", "duckdb", "numpy", user=True)
    check_python(python, "python3-plimsoll")


def check_wheels() -> None:
    """Each wheel by itself: no package of ours is there any more."""
    found = sorted((TRY / "wheels").glob("*/plimsoll-*.whl"))
    assert len(found) == 2, found
    for wheel in found:
        folder = wheel.parent.name
        python = environment(HOME / folder)
        run(python, "-m", "pip", "install", *others(), wheel, "polars", "pandas", "duckdb", "numpy", user=True)
        check_python(python, f"{folder}/{wheel.name}")


def check_development() -> None:
    """Headers and libraries: programs by pkg-config, a project by CMake."""
    install(next(PACKAGES.glob("libplimsoll[0-9]*.deb")), package("libplimsoll-dev"), "gcc", "g++", "pkg-config")
    flags = run("pkg-config", "--cflags", "--libs", "plimsoll").split()
    compilers = {"cpp": ["g++", "-std=c++20"], "c": ["gcc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{TRY}/consumer"]}
    for language, words in compilers.items():
        source = HOME / f"example.{language}"
        source.write_text(programs("embedding.md", language)[0], encoding="utf-8")
        run(*words, source, "-o", HOME / f"example_{language}", *flags, user=True)
        printed = run(HOME / f"example_{language}", user=True)
        assert printed.rstrip().endswith("conserved: 1"), printed
        say(f"{language} by pkg-config: {printed.splitlines()[-1]}")
    install("cmake", "make", "libtbb-dev", "libfmt-dev", "libxxhash-dev", "libhwy-dev")
    config = next(Path("/usr/lib").rglob("plimsollConfig.cmake")).read_text(encoding="utf-8")
    # To link the CUDA backend statically takes a CUDA toolkit, which no Debian package brings.
    names = ["shared_consumer", "c_consumer"]
    has_cuda = 'if("TRUE" STREQUAL "TRUE")' in config
    if not has_cuda:
        names += ["static_consumer", "static_c_consumer"]
    run("cmake", "-S", TRY / "consumer", "-B", HOME / "built", f"-DCONSUMER_STATIC={'OFF' if has_cuda else 'ON'}", user=True)
    run("cmake", "--build", HOME / "built", user=True)
    answers = {run(HOME / "built" / name, user=True) for name in names}
    assert len(answers) == 1, answers
    say(f"find_package: {', '.join(names)} say the same")


def main() -> int:
    HOME.mkdir()
    os.chmod(TRY, 0o755)
    run("chown", "nobody:nogroup", HOME)
    run("apt-get", "update", "-qq")
    installed = "command, library"
    check_command()
    check_pages()
    if list(PACKAGES.glob("python3-plimsoll_*.deb")):
        check_python_package()
        installed += ", Python"
    run("apt-get", "purge", "-y", "-qq", *[path.name.split("_")[0] for path in PACKAGES.glob("*.deb") if "dev" not in path.name])
    assert left_over() == [], left_over()
    say(f"packages ({installed}) went in and out again, nothing is left")
    if (TRY / "wheels").is_dir():
        check_wheels()
    check_development()
    return 0


if __name__ == "__main__":
    sys.exit(main())
