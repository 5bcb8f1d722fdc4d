#!/usr/bin/env python3
"""A project outside the tree, built against an install of Plimsoll: by CMake, by pkg-config, and with the sources inside it.

    check_consumer.py --plimsoll COMMAND --build FOLDER [--part installed|inside|packages] [--full]

`installed` installs the build into a scratch folder, moves it (an install must not remember where it was made), and builds and
runs `tests/consumer` against it. `inside` configures `tests/consumer/inside`, which adds Plimsoll's sources as a subdirectory,
and compiles the consumer; with --full it builds and runs all of it, which takes as long as any build of Plimsoll. `packages` does as
`installed` with the Debian packages that lie in the build, unpacked into a scratch folder.
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
SOURCE = HERE.parent.parent
PROGRAMS = ("shared_consumer", "static_consumer", "c_consumer", "static_c_consumer")


def run(*words: str | Path, **options) -> str:
    """The output of a command, which must succeed."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{' '.join(map(str, words))}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without entries that point into a build tree or a virtual environment."""
    kept = {name: value for name, value in os.environ.items() if name not in {"LD_LIBRARY_PATH", "VIRTUAL_ENV", "PKG_CONFIG_PATH"}}
    return {**kept, **more}


def cached(build: Path, name: str) -> str:
    for line in (build / "CMakeCache.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}:"):
            return line.split("=", 1)[1]
    return ""


def compilers(build: Path) -> list[str]:
    found = cached(build, "CMAKE_CXX_COMPILER")
    return [f"-DCMAKE_CXX_COMPILER={found}"] if found else []


def check_installed(build: Path, work: Path) -> None:
    """Every way to use an install tree, in an environment without any other."""
    made = work / "made"
    run("cmake", "--install", build, "--prefix", made)
    prefix = work / "moved" / "here"
    prefix.parent.mkdir()
    made.rename(prefix)
    check_prefix(build, work, prefix, "plimsoll.1")


def check_packages(build: Path, work: Path) -> None:
    """The same of the packages that lie in the build."""
    packages = sorted(build.glob("*.deb"))
    assert len(packages) in (3, 4), f"there are {len(packages)} packages in {build}"  # With the Python module 4.
    for package in packages:
        run("dpkg-deb", "--extract", package, work / "root")
    for name in ("plimsoll", next((work / "root/usr/share/doc").glob("libplimsoll0*")).name, "libplimsoll-dev"):
        for page in ("copyright", "changelog.gz", "NEWS.gz"):
            assert (work / "root/usr/share/doc" / name / page).stat().st_size > 0, (name, page)
    check_prefix(build, work, work / "root/usr", "plimsoll.1.gz")


def check_prefix(build: Path, work: Path, prefix: Path, manual: str) -> None:
    """All files under a prefix, in an environment without any other."""
    for wanted in ("bin/plimsoll", f"share/man/man1/{manual}", "share/bash-completion/completions/plimsoll",
                   "share/zsh/site-functions/_plimsoll", "share/fish/vendor_completions.d/plimsoll.fish"):
        assert (prefix / wanted).stat().st_size > 0, wanted
    environment = clean_environment()
    reported = run(prefix / "bin/plimsoll", "--version", env=environment, cwd=work)
    assert reported.startswith("plimsoll "), reported
    for leaf in prefix.rglob("*"):
        if leaf.suffix in {".cmake", ".pc"}:
            text = leaf.read_text(encoding="utf-8")
            for path in (SOURCE, build, work):
                assert str(path) not in text, f"{leaf} names {path}"

    consumer = work / "consumer"
    shutil.copytree(HERE, consumer, ignore=shutil.ignore_patterns("*.py", "inside"))
    shutil.copy(SOURCE / "examples/text_stream.h", consumer)
    out = work / "by_cmake"
    run("cmake", "-G", "Ninja", "-S", consumer, "-B", out, f"-DCMAKE_PREFIX_PATH={prefix}", *compilers(build), env=environment)
    run("cmake", "--build", out, env=environment)
    answers = {run(out / name, env=environment, cwd=work) for name in PROGRAMS}
    assert len(answers) == 1, answers
    check_refusals(build, work, prefix, environment)
    check_pkg_config(build, work, prefix, answers.pop(), environment)


def check_refusals(build: Path, work: Path, prefix: Path, environment: dict[str, str]) -> None:
    """find_package refuses components that an install does not have, before the linker does."""
    project = work / "refused"
    project.mkdir()
    for claim, reported in (("0.1 REQUIRED COMPONENTS no_such", "no_such"), ("0.2 REQUIRED", "0.2"), ("9 REQUIRED", "9")):
        (project / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.22)\nproject(refused LANGUAGES CXX)\nfind_package(plimsoll {claim})\n", encoding="utf-8")
        done = subprocess.run(["cmake", "-G", "Ninja", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={prefix}", *compilers(build)],
                              capture_output=True, text=True, check=False, env=environment)
        assert done.returncode != 0 and reported in done.stderr, f"{claim}: {done.stderr}"


def check_pkg_config(build: Path, work: Path, prefix: Path, answer: str, environment: dict[str, str]) -> None:
    """By hand, as a Makefile would."""
    pkg_config = shutil.which("pkg-config") or shutil.which("pkgconf")
    if pkg_config is None:
        print("pkg-config is not installed: that way in was not tried")
        return
    files = next(prefix.rglob("plimsoll.pc")).parent
    environment = {**environment, "PKG_CONFIG_PATH": str(files)}
    flags = run(pkg_config, "--cflags", "--libs", "plimsoll", env=environment).split()
    libraries = files.parent
    compiler = cached(build, "CMAKE_CXX_COMPILER") or "c++"
    words_of = {"cpp": [compiler, "-std=c++20"], "c": ["cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]}

    def printed_by(source: Path) -> str:
        out = source.with_name("by_hand_" + source.name.replace(".", "_"))
        words = words_of[source.suffix.removeprefix(".")]
        run(*words, source, "-o", out, *flags, f"-Wl,-rpath,{libraries}", env=environment)
        return run(out, env=environment, cwd=work)

    for name in ("main.cpp", "main.c"):
        assert printed_by(work / "consumer" / name) == answer
    # The two programs of docs/embedding.md, unchanged.
    page = (SOURCE / "docs/embedding.md").read_text(encoding="utf-8")
    reported = {}
    for language in words_of:
        example = work / "consumer" / f"example.{language}"
        example.write_text(page.split(f"```{language}\n")[1].split("```")[0], encoding="utf-8")
        reported[language] = printed_by(example).splitlines()
        print(*reported[language], sep="\n")
    assert reported["cpp"][0] == "ann owes 100000 cents" and reported["c"][1].startswith("ann,cross:USDT,USDT,bankrupt,-1000.00"), reported
    assert reported["cpp"][-1] == reported["c"][-1] and reported["c"][-1].endswith("conserved: 1"), reported


def check_inside(build: Path, work: Path, full: bool) -> None:
    """Plimsoll's sources in another project."""
    out = work / "inside"
    arrow = cached(build, "PLIMSOLL_ARROW_WHEEL")
    run("cmake", "-G", "Ninja", "-S", HERE / "inside", "-B", out, f"-DPLIMSOLL_SOURCE={SOURCE}", *compilers(build),
        *([f"-DPLIMSOLL_ARROW_WHEEL={arrow}"] if arrow else []), env=clean_environment())
    tests = run("ctest", "--test-dir", out, "-N")
    assert "Total Tests: 1" in tests, tests
    run("cmake", "--build", out, "--target", "inside_object")
    if full:
        run("cmake", "--build", out)
        print(run(out / "inside_consumer"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--part", choices=["installed", "inside", "packages"])
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    build = options.build.resolve()
    if cached(build, "PLIMSOLL_SANITIZE"):
        print("a consumer without the sanitizers cannot load a library that has them")
        return 77
    with tempfile.TemporaryDirectory(prefix="plimsoll-consumer-") as scratch:
        work = Path(scratch).resolve()
        if options.part == "packages":
            check_packages(build, work)
        if options.part in {None, "installed"}:
            check_installed(build, work)
        if options.part in {None, "inside"}:
            check_inside(build, work, options.full)
    print("the consumers are built and say the same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
