"""Writes the record of a GPU run: the machine, what was proved on it, and the figures of the benches.

Usage: record.py --gpu "NAME, CAPABILITY, DRIVER, MEMORY" --built FILE --reports DIR --out DIR. FILE says what the
programs were built from. The reports are GoogleTest's, of parity, of the engine and of the four sanitizer runs; bench*.json (one record a
stage; of the GPU, and of the same machine's CPU beside it); phases.jsonl (how long each part took); peers.json, where a peer
could be had. A GPU row that was skipped, or a peer of other digests, makes the run worthless, so it is refused. Standard
library only: GPU machines are bare.
"""

import argparse
import datetime
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

TOOLS = ("memcheck", "racecheck", "initcheck", "synccheck")


def counts_of(report):
    """Returns (tests that ran, GPU rows among them, names skipped) of a GoogleTest report."""
    cases = [case for case in xml.parse(report).iter("testcase") if case.get("status") == "run"]
    name = lambda case: f"{case.get('classname')}.{case.get('name')}"
    skipped = [name(case) for case in cases if case.find("skipped") is not None]
    failed = [name(case) for case in cases if case.find("failure") is not None]
    if failed:
        raise SystemExit(f"record: {report} has failures: {', '.join(failed)}")
    ran = [case for case in cases if case.find("skipped") is None]
    gpu_rows = sum(bool(re.search("cuda|gpu", name(case), re.IGNORECASE)) for case in ran)
    return len(ran), gpu_rows, skipped


def stages_of(reports):
    """Every stage of the run. A peer's digest must be that of the stage it answers for."""
    stages = [row for path in sorted(reports.glob("bench*.json")) for row in json.loads(path.read_text())]
    venue = lambda row: tuple(row.get(name) for name in ("accounts", "positions", "instruments", "seed", "shape", "backend"))
    digests = {(row["stage"], venue(row)): row["digest"] for row in stages}
    if len(digests) != len(stages):
        raise SystemExit("record: a stage is there twice for the same venue and backend.")
    for row in stages:
        ours = digests.get((row["stage"].removeprefix("thrust_"), venue(row)))
        if ours != row["digest"]:
            raise SystemExit(f"record: {row['stage']} answered {row['digest']}, ours {ours or 'did not run'}.")
    if not any(row["backend"] == "cuda" for row in stages):
        raise SystemExit("record: no stage ran on a GPU.")
    return stages


def text_of(record):
    """JSON with a stage a line, so that a thousand samples are not a thousand lines."""
    stages = ",\n  ".join(json.dumps(row) for row in record["stages"])
    return json.dumps(record | {"stages": []}, indent=1).replace('"stages": []', f'"stages": [\n  {stages}\n ]') + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gpu", required=True)
    parser.add_argument("--built", type=pathlib.Path, required=True)
    parser.add_argument("--reports", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()

    name, capability, driver, memory = (part.strip() for part in options.gpu.split(","))
    proofs = {}
    for stage in ("parity", "engine", *TOOLS):
        ran, gpu_rows, skipped = counts_of(options.reports / f"{stage}.xml")
        skipped_rows = [row for row in skipped if re.search("cuda|gpu", row, re.IGNORECASE)]
        if gpu_rows == 0 or skipped_rows:
            raise SystemExit(f"record: {stage} ran {gpu_rows} GPU rows and skipped {skipped_rows or 'none'}.")
        proofs[stage] = {"tests": ran, "gpu_rows": gpu_rows}

    phases, peers = options.reports / "phases.jsonl", options.reports / "peers.json"
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    record = {
        "written": now.isoformat(),
        "built": json.loads(options.built.read_text()),
        "device": {"name": name, "capability": capability, "driver": driver, "memory": memory},
        "proofs": proofs,
        "seconds": {row["phase"]: row["seconds"] for row in map(json.loads, phases.read_text().splitlines())},
        "peers": json.loads(peers.read_text()) if peers.exists() else None,
        "stages": stages_of(options.reports),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    path = options.out / f"{slug}-{now:%Y-%m-%d-%H%M}.json"
    path.write_text(text_of(record))
    print(path)


if __name__ == "__main__":
    sys.exit(main())
