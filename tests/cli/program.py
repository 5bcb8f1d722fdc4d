"""The built command under test: runs it, and fails with its output."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path


def heed_signals() -> None:
    """For a child that is to be interrupted (`preexec_fn`): the caller of the tests may ignore SIGINT, and a child inherits that."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def wait_until_heeded(run: subprocess.Popen, number: int, seconds: float = 30) -> None:
    """Until a child handles a signal or waits for it: while it is still being loaded, the signal would just end it."""
    end = time.monotonic() + seconds
    while run.poll() is None and time.monotonic() < end:
        try:
            status = Path(f"/proc/{run.pid}/status").read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        masks = [line.split()[1] for line in status.splitlines() if line.startswith(("SigCgt:", "SigBlk:"))]
        if any(int(mask, 16) >> (number - 1) & 1 for mask in masks):
            return
        time.sleep(0.002)


class Program:
    """`plimsoll` at a path."""

    def __init__(self, path: Path):
        self.path = path.resolve()

    def run(self, *words: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None,
            timeout: float = 300) -> subprocess.CompletedProcess:
        """Runs it with captured streams."""
        environment = {**os.environ, **(env or {})}
        return subprocess.run([str(self.path), *map(str, words)], capture_output=True, text=True, env=environment,
                              cwd=cwd, timeout=timeout, check=False)

    def expect(self, code: int, *words: str | Path, **options) -> subprocess.CompletedProcess:
        """Runs it; anything but that exit code is a failure."""
        done = self.run(*words, **options)
        assert done.returncode == code, (
            f"plimsoll {' '.join(map(str, words))}: exit code {done.returncode}, not {code}\n{done.stderr[-2000:]}")
        return done

    def ok(self, *words: str | Path, **options) -> subprocess.CompletedProcess:
        """Runs it; it must succeed."""
        return self.expect(0, *words, **options)


def folder_bytes(folder: Path, skip: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Every file of a folder."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.name not in skip}


def run_checks(checks: list, *arguments) -> int:
    """Runs the checks one by one; names those that fail and the reason."""
    failures = 0
    for check in checks:
        try:
            check(*arguments)
        except AssertionError as failure:
            failures += 1
            print(f"FAILED {check.__name__}: {failure}")
    print(f"{len(checks)} checks, {failures} failed")
    return 1 if failures else 0
