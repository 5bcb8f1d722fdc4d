"""Closes a test run: names every skipped test, counts the GPU rows among them, repeats ctest's verdict.

Usage: summary.py REPORTS DETAIL VERDICT, where REPORTS is the folder of GoogleTest's XML reports, DETAIL
ctest's full log (the output of passing tests too) and VERDICT ctest's output.
"""

import collections
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

GPU_ROW = re.compile(r"cuda|gpu", re.IGNORECASE)


def googletest_outcomes(folder):
    """Yields (name, skipped, reason) of each GoogleTest test that was chosen to run."""
    for path in sorted(pathlib.Path(folder).glob("*.xml")):
        for case in xml.parse(path).iter("testcase"):
            if case.get("status") != "run" or case.get("result") == "suppressed":
                continue  # Another shard's test, or a disabled one.
            note = case.find("skipped")
            # GoogleTest's message is "file:line", then the reason.
            reason = "" if note is None else " ".join(note.get("message", "").split("\n")[1:]).strip()
            yield f"{case.get('classname')}.{case.get('name')}", note is not None, reason


def script_skips(detail, verdict):
    """Yields (name, reason) of each script that skipped as a whole or in part, and of each skipped Python unit test."""
    whole = set()
    for name in re.findall(r"Test +#\d+: (\S+) \.*\*\*\*Skipped", verdict):
        # A script prints why as its last line.
        output = re.search(rf"Testing: {re.escape(name)}\n.*?Output:\n-+\n(.*?)\n?<end of output>", detail, re.DOTALL)
        lines = output.group(1).strip().splitlines() if output else []
        yield name, lines[-1] if lines else ""
        whole.add(name)
    # A script that continued reports the parts it left out in a separate line.
    script = r'Testing: (\S+)\n[^\n]*\nCommand: "[^"\n]*python[^\n]*\n.*?Output:\n-+\n(.*?)\n?<end of output>'
    for name, output in re.findall(script, detail, re.DOTALL):
        for reason in re.findall(r"^\s*skipped:? +(.*)$", output, re.IGNORECASE | re.MULTILINE) if name not in whole else []:
            yield name, reason
    # "test_b (oracle.test_x.T.test_b) ... skipped 'reason'"; a test with a docstring takes two lines.
    name = ""
    for line in detail.splitlines():
        named = re.match(r"\w+ \([\w.]+\)", line)
        name = named.group() if named else name
        skip = re.search(r" \.\.\. skipped (.*)$", line)
        if skip:
            yield name, skip.group(1).strip("'\"")


def main(reports, detail_path, verdict_path):
    detail, verdict = (
        pathlib.Path(path).read_text(errors="replace") if pathlib.Path(path).exists() else ""
        for path in (detail_path, verdict_path)
    )
    outcomes = list(googletest_outcomes(reports))
    skips = [(name, reason) for name, skipped, reason in outcomes if skipped]
    gpu_rows = collections.Counter(reason or "no reason given" for name, reason in skips if GPU_ROW.search(name))
    others = [entry for entry in skips if not GPU_ROW.search(entry[0])] + list(script_skips(detail, verdict))

    print(f"\nGoogleTest ran {len(outcomes) - len(skips)} tests.")
    for name, reason in others:
        print(f"SKIPPED {name}" + (f": {reason}" if reason else ""))
    for reason, count in gpu_rows.items():
        print(f"SKIPPED {count} GPU rows: {reason}")
    failed = r"\t +\d+ - .*\((?!Skipped).*\)"
    closing = rf"^(?:\d+% tests passed.*|The following tests FAILED:|{failed}|Total Test time.*|No tests were found.*)$"
    print("\n".join(re.findall(closing, verdict, re.MULTILINE)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:4])
