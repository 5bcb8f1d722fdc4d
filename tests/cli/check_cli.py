#!/usr/bin/env python3
"""The command as used by scripts and people: exit codes, streams, help, completion, interruption.

    python3 tests/cli/check_cli.py --plimsoll build/plimsoll
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from program import Program, folder_bytes, heed_signals, run_checks, wait_until_heeded

COMMANDS = ("scan", "explain", "validate", "convert", "generate", "doctor", "completion", "help")
SCAN_FILES = {"units.csv", "flagged.csv", "ladder.csv", "cover.csv", "markets.csv", "held.csv", "summary.json"}


def make_book(program: Program, folder: Path, *options: str) -> Path:
    """A small venue; made once per folder."""
    if not folder.exists():
        program.ok("generate", "--accounts", "300", "--positions", "1200", "--instruments", "8", "--seed", "5",
                   "--distressed-share", "0.1", "--out", folder, *options)
    return folder


def exit_codes(program: Program, root: Path) -> None:
    """Each code of docs/design.md section 8 that needs no device, with its cause on stderr and nothing on stdout."""
    book = make_book(program, root / "book")
    cases = [
        (2, (), "Usage"),
        (2, ("scna", book), "did you mean scan?"),
        (2, ("--quiet",), "must be a command"),
        (2, ("scan",), "scan needs BOOK"),
        (2, ("scan", root / "absent"), "absent"),
        (2, ("scan", book, "--formt", "csv"), "did you mean --format?"),
        (2, ("scan", book, "--as-of", "yesterday"), "yesterday"),
        (2, ("scan", book, "--config", root / "absent.toml"), "absent.toml"),
        (2, ("replay", book, "--ticks", root / "absent.csv", "--out", root / "one"), f"--ticks {root}/absent.csv: No such file"),
        (2, ("validate", book, "--updates", root / "absent.csv"), f"--updates {root}/absent.csv: No such file"),
        (2, ("stress", book, "--betas", root / "absent.csv"), f"--betas {root}/absent.csv: No such file"),
        (2, ("import", book, "--map", root / "absent.toml", "--out", root / "one"), f"--map {root}/absent.toml: No such file"),
        (2, ("explain", book, "acc-0000001"), "acc-00000010"),
        (2, ("explain", book, "acc-00000001", "--unit", "cross:XYZ"), "cross:QUSD"),
        (2, ("generate", "--positions", "1", "--out", root / "one"), "counterparty"),
        (2, ("completion", "tcsh"), "bash, zsh or fish"),
        (2, ("help", "scna"), "did you mean scan?"),
        (2, ("explain", book, "-x"), "write -- before a name that begins with a dash"),
        (2, ("scan", book, "--as-of", "1795000000"), "looks like epoch seconds; write it as 2026-11-18T11:06:40Z"),
        (2, ("stress", book, "--funds", "0,QUSD=500"), "separate sizes by semicolons where one names an asset"),
        (2, ("diff", root / "absent", book), "absent is not a folder"),
    ]
    for number, (text, wanted) in enumerate((('threads = "two"', ':1: threads "two" is not a whole number'),
                                             ('[scan]\nfail-on = ["held", "bankrupt"]', ":2: fail-on is not a text or number: write several values as one text"))):
        config = root / f"config-{number}.toml"
        config.write_text(text)
        cases.append((2, ("scan", book, "--config", config), str(config) + wanted))
    rules = root / "rules.toml"
    rules.write_text('name = "x"\nsource = "y"\nquote = "QUSD"\n')
    cases.append((3, ("scan", book, "--rulebook", rules), f"{rules}, row 3, column quote: belongs to the venue.toml of a book"))
    for code, words, text in cases:
        done = program.expect(code, *words)
        assert text in done.stderr, f"{words}: {text!r} is not in {done.stderr!r}"
        assert done.stdout == "", f"{words} wrote to stdout"
    assert not (root / "one").exists()
    marked = program.ok("scan", book, "--summary", "markdown").stdout.split("\n")
    inside = [line for before, line in zip(marked, marked[1:]) if before.startswith("|") and line and not line.startswith("|")]
    assert not inside, f"these lines would be rows of the table above them: {inside}"


def bad_data(program: Program, root: Path) -> None:
    """A refused book: every place on stderr, exit code 3, nothing written."""
    book = root / "bad"
    shutil.copytree(make_book(program, root / "book"), book)
    lines = (book / "positions.csv").read_text().splitlines()
    lines[1] = lines[1].replace("acc-", "acc-", 1).rsplit(",", 1)[0] + ",1e5"
    lines.append(lines[2])
    (book / "positions.csv").write_text("\n".join(lines) + "\n")
    for words in (("scan", book, "--out", root / "out"), ("validate", book), ("convert", book, "--out", root / "out"),
                  ("explain", book, "acc-00000001")):
        done = program.expect(3, *words)
        assert "positions.csv, row 2, column isolated_margin" in done.stderr and "is refused" in done.stderr, done.stderr
        assert done.stdout == "" and not (root / "out").exists()


def streams(program: Program, root: Path) -> None:
    """Data on stdout, everything else on stderr; --quiet leaves stderr empty."""
    book = make_book(program, root / "book")
    done = program.ok("scan", book)
    summary = json.loads(done.stdout)
    assert summary["positions"] == 1200 and summary["run"]["backend"]
    assert "backend" in done.stderr, "which backend, and why, is reported"
    done = program.ok("scan", book, "--out", root / "streams", "--quiet", "--backend", "cpu")
    assert done.stderr == "", done.stderr
    assert json.loads(done.stdout) == json.loads((root / "streams" / "summary.json").read_text())
    assert {file.name for file in (root / "streams").iterdir()} == SCAN_FILES
    assert json.loads(program.ok("validate", book).stdout)["accounts"] == 300
    assert json.loads(program.ok("doctor", "--format", "json").stdout)["host"]["cores"] >= 1
    full = subprocess.run([program.path, "--help"], stdout=open("/dev/full", "w"), stderr=subprocess.PIPE, check=False)
    assert full.returncode == 1 and b"stdout" in full.stderr


def device(program: Program, _root: Path) -> None:
    """doctor is 0 always, unless the device asked for is not usable."""
    assert "backend" in program.ok("doctor").stdout
    facts = json.loads(program.ok("doctor", "--format", "json").stdout)
    asked = program.run("doctor", "--backend", "cuda", "--format", "json")
    assert asked.returncode == (0 if facts["cuda"]["usable"] else 4)
    assert json.loads(asked.stdout)["backend"]["why"]


def device_of_scan(program: Program, root: Path) -> None:
    """scan --backend cuda without a device: exit code 4, and why."""
    facts = json.loads(program.ok("doctor", "--format", "json").stdout)
    done = program.run("scan", make_book(program, root / "book"), "--backend", "cuda", "--out", root / "cuda")
    if facts["cuda"]["usable"]:
        assert done.returncode == 0
    else:
        assert done.returncode == 4 and facts["cuda"]["why_not"] in done.stderr, done.stderr
        assert not (root / "cuda").exists()


def help_everywhere(program: Program, _root: Path) -> None:
    """Every command explains itself, with an example, on stdout."""
    assert all(name in program.ok("--help").stdout for name in COMMANDS)
    assert program.ok("--version").stdout.startswith("plimsoll ")
    for name in COMMANDS:
        text = program.ok(name, "--help").stdout
        assert "Example" in text and f"plimsoll {name}" in text, name
        assert text == program.ok("help", name).stdout
        assert max(map(len, text.splitlines())) <= 100, f"{name}: a line is too long"


def manual(program: Program, root: Path) -> None:
    """The manual page renders without a complaint, if there is a program to render it."""
    page = program.ok("help", "--man").stdout
    assert page.startswith(".TH PLIMSOLL 1")
    (root / "plimsoll.1").write_text(page)
    if shutil.which("groff"):
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", str(root / "plimsoll.1")], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0 and done.stderr == "", done.stderr
        assert all(name in done.stdout for name in COMMANDS)


def completion(program: Program, root: Path) -> None:
    """Completion scripts parse, and bash's completes."""
    for shell, check in (("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])):
        script = root / f"plimsoll.{shell}"
        script.write_text(program.ok("completion", shell).stdout)
        if shutil.which(check[0]):
            done = subprocess.run([*check, str(script)], capture_output=True, text=True, check=False)
            assert done.returncode == 0 and done.stderr == "", done.stderr

    def complete(*words: str) -> list[str]:
        quoted = " ".join(f"'{word}'" for word in words)
        code = (f"source {root}/plimsoll.bash; COMP_WORDS=(plimsoll {quoted}); COMP_CWORD={len(words)}; _plimsoll;"
                ' printf "%s\\n" "${COMPREPLY[@]}"')
        return subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert complete("sc") == ["scan"]
    assert complete("scan", "--format", "pa") == ["parquet"]
    assert "--positions" in complete("scan", "--p")
    assert complete("completion", "f") == ["fish"]


def on_terminal(program: Program, words: list[str], env: dict[str, str]) -> str:
    """The program's output on a terminal of 100 columns."""
    child, screen = pty.fork()
    if child == 0:
        for name in ("NO_COLOR", "TERM"):
            os.environ.pop(name, None)
        os.environ.update(env)
        os.execv(program.path, [str(program.path), *words])
    shown = b""
    while True:
        try:
            part = os.read(screen, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(screen)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, shown.decode()
    return shown.decode()


def terminal(program: Program, root: Path) -> None:
    """On a terminal: a summary for people, coloured unless NO_COLOR is set."""
    book = make_book(program, root / "book")
    coloured = on_terminal(program, ["scan", str(book)], {"TERM": "xterm"})
    assert "\033[1m" in coloured and "Flagged" in coloured and "digests" in coloured
    for env in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}, {}):
        plain = on_terminal(program, ["scan", str(book)], env)
        assert "\033[1m" not in plain and "\033[3" not in plain and "Flagged" in plain, env


def configuration(program: Program, root: Path) -> None:
    """--config gives defaults; the command line wins; unknown keys are refused."""
    book = make_book(program, root / "book")
    config = root / "plimsoll.toml"
    config.write_text('quiet = true\nbackend = "cpu"\n[scan]\nladder = "full"\npositions = true\n')
    done = program.ok("scan", book, "--config", config, "--out", root / "configured")
    assert done.stderr == "" and (root / "configured" / "positions.csv").exists()
    assert done.stdout != ""
    config.write_text("[scan]\nladdre = 'full'\n")
    assert "did you mean ladder?" in program.expect(2, "scan", book, "--config", config).stderr


def fail_on_bankrupt(program: Program, root: Path) -> None:
    """--fail-on bankrupt: 10 if a unit is bankrupt, 0 if none is; the tables are written in either case."""
    book = make_book(program, root / "book")
    program.expect(10, "scan", book, "--fail-on", "bankrupt", "--out", root / "failed")
    assert {file.name for file in (root / "failed").iterdir()} == SCAN_FILES
    sound = root / "sound"
    program.ok("generate", "--accounts", "50", "--positions", "200", "--instruments", "4", "--distressed-share", "0",
               "--out", sound)
    program.ok("scan", sound, "--fail-on", "bankrupt")
    with (sound / "balances.csv").open("a") as rows:
        rows.write("left a little,QUSD,-0.99\n")
    program.expect(10, "scan", sound, "--fail-on", "bankrupt")
    venue = (sound / "venue.toml").read_text()
    (sound / "venue.toml").write_text(venue.replace("[margin]\n", "[margin]\ndust = 1.00\n"))
    program.ok("scan", sound, "--fail-on", "bankrupt")


def force(program: Program, root: Path) -> None:
    """A folder that holds something is replaced only with --force, and never the book itself."""
    book = make_book(program, root / "book")
    out = root / "forced"
    program.ok("scan", book, "--out", out)
    (out / "mine.txt").write_text("keep")
    before = folder_bytes(out)
    for words in (("scan", book), ("convert", book), ("generate",)):
        assert "--force" in program.expect(2, *words, "--out", out).stderr
    assert folder_bytes(out) == before
    program.ok("scan", book, "--out", out, "--force")
    assert {file.name for file in out.iterdir()} == SCAN_FILES
    (root / "empty").mkdir()
    program.ok("scan", book, "--out", root / "empty")
    held = folder_bytes(book)
    for words in (("scan", book, "--out", book), ("scan", book, "--out", root), ("convert", book, "--out", book)):
        program.expect(2, *words, "--force")
    assert folder_bytes(book) == held
    (root / "file").write_text("")
    assert program.run("scan", book, "--out", root / "file", "--force").returncode in (1, 2)
    assert (root / "file").read_text() == ""


def interruption(program: Program, root: Path) -> None:
    """SIGINT and SIGTERM, whenever they come: exit code 130, and nothing beside or in place of the result."""
    folder = root / "interrupted"
    folder.mkdir()
    interrupted = 0
    for number, delay in ((signal.SIGINT, 0.05), (signal.SIGTERM, 0.2), (signal.SIGINT, 0.4), (signal.SIGTERM, 0.7),
                          (signal.SIGINT, 1.0)):
        words = ["generate", "--accounts", "300k", "--positions", "1200k", "--out", folder / "book"]
        with subprocess.Popen([program.path, *map(str, words)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              preexec_fn=heed_signals) as run:
            wait_until_heeded(run, number)
            time.sleep(delay)
            run.send_signal(number)
            reported = run.communicate(timeout=60)[1]
        if run.returncode == 0:  # A fast machine had finished.
            shutil.rmtree(folder / "book")
            continue
        interrupted += 1
        assert run.returncode == 130, run.returncode
        assert b"interrupted" in reported, reported
        assert list(folder.iterdir()) == [], [file.name for file in folder.iterdir()]
    assert interrupted > 0


def interruption_after_the_result(program: Program, root: Path) -> None:
    """A signal that comes when the result has its name: the command ends with its own exit code."""
    for attempt, number in enumerate((signal.SIGINT, signal.SIGTERM, signal.SIGINT)):
        book = root / f"whole_{attempt}"
        words = ["generate", "--accounts", "100k", "--positions", "400k", "--out", book]
        with subprocess.Popen([program.path, *map(str, words)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              preexec_fn=heed_signals) as run:
            while run.poll() is None and not book.exists():
                time.sleep(0.0002)
            run.send_signal(number)
            reported = run.communicate(timeout=60)[1]
        assert run.returncode == 0, (run.returncode, reported)
        program.ok("validate", book)
        shutil.rmtree(book)


CHECKS = [exit_codes, bad_data, streams, device, device_of_scan, help_everywhere, manual, completion, terminal,
          configuration, fail_on_bankrupt, force, interruption, interruption_after_the_result]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path, required=True)
    program = Program(parser.parse_args().plimsoll)
    with tempfile.TemporaryDirectory(prefix="plimsoll-cli-") as folder:
        return run_checks(CHECKS, program, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
