"""Closes a test run: names every skipped test, counts the GPU rows among them, repeats ctest's verdict.

Usage: summary.py REPORTS CTEST_LOG, where REPORTS holds the GoogleTest JSON reports of the run.
"""

import json
import pathlib
import re
import sys


def skipped_in(report):
    """Yields (name, reason) of each test that a GoogleTest report lists as skipped."""
    for suite in report.get("testsuites", []):
        for test in suite.get("testsuite", []):
            if test.get("result") == "SKIPPED":
                reasons = [entry.get("message", "") for entry in test.get("skipped", [])]
                # The first line of a message is "file:line"; the reason follows.
                text = " ".join(" ".join(reasons).split("\n")[1:]).strip()
                yield f"{test['classname']}.{test['name']}", text


def main(reports, log_path):
    ran = 0
    skipped = []
    for path in sorted(pathlib.Path(reports).glob("*.json")):
        report = json.loads(path.read_text())
        here = list(skipped_in(report))
        # `tests` counts the whole program; a shard runs a part of it, so count what has a result.
        ran += sum(
            test.get("result") == "COMPLETED" for suite in report["testsuites"] for test in suite["testsuite"]
        )
        skipped += here

    log = pathlib.Path(log_path).read_text(errors="replace")
    for name in re.findall(r"Test +#\d+: (\S+) \.*\*\*\*Skipped", log):
        skipped.append((name, "the script says so: ctest -V shows why"))

    gpu = [entry for entry in skipped if re.search(r"cuda|gpu", entry[0], re.IGNORECASE)]
    other = [entry for entry in skipped if entry not in gpu]

    print(f"\nGoogleTest: {ran} tests ran, {len(skipped)} skipped.")
    for name, reason in other:
        print(f"  SKIPPED {name}" + (f": {reason}" if reason else ""))
    if gpu:
        reason = next((reason for _, reason in gpu if reason), "no usable GPU")
        print(f"  SKIPPED {len(gpu)} GPU rows: {reason}")

    verdict = re.findall(r"^(?:\d+% tests passed.*|Total Test time.*|No tests were found.*)$", log, re.MULTILINE)
    print("\n".join(verdict), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
