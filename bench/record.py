"""The record of a GPU run: the machine, the proofs that passed and those that did not, and the figures of the benches.

    python3 bench/record.py RUN.jsonl --out FOLDER

RUN.jsonl is the output of bench/gpu_run.py, complete or cut off at any byte. The record goes to FOLDER under the device's name
and the run's time; beside it, as Markdown, the size from which the device wins. Only measurements on the device,
without contradicting digests, become a record; it lists the missing parts. Standard library only.
"""

import argparse
import datetime
import json
import pathlib
import re
import sys

VENUE = ("accounts", "positions", "instruments", "seed", "shape")
TEST_LINE = re.compile(r"\[ +(OK|FAILED|SKIPPED) +\] (\S+?)(?:,| \(|$)")


def lines_of(path):
    """Every complete line; the rest of a line that was cut off is skipped."""
    lines = []
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict):
            lines.append(line)
    return lines


def test_counts(texts):
    """Tests that passed, failed and were skipped, by the program's own lines: also of one that was cut off."""
    names = {"OK": set(), "FAILED": set(), "SKIPPED": set()}
    for text in texts:
        if found := TEST_LINE.match(text):
            names[found[1]].add(found[2])
    return {"passed": len(names["OK"] - names["FAILED"]), "failed": sorted(names["FAILED"]),
            "skipped": sorted(names["SKIPPED"])}  # fmt: skip


def proof_of(phase, texts):
    """green: all of it ran and passed; red: something failed; else how far it came."""
    counts = test_counts(texts)
    outcome = phase["outcome"]
    if counts["failed"] or outcome == "failed":
        colour = "red"
    elif outcome != "done":
        colour = outcome
    elif counts["passed"] == 0:
        colour = "not run"
    else:
        colour = "green"
    return {"outcome": colour, **counts, "why": phase["why"]}


def device_of(lines):
    """The facts of the device from nvidia-smi, or its name in the benches."""
    texts = [line["text"] for line in lines if line.get("phase") == "facts" and "text" in line]
    parts = next((text.split(", ") for text in texts if re.match(r"[^,]+, \d+\.\d+, [\d.]+, \d+ MiB", text)), None)
    if parts:
        return {"name": parts[0], "capability": parts[1], "driver": parts[2], "memory": parts[3], "clocks": parts[4:]}
    names = [line["device"] for line in lines if "stage" in line and line.get("backend") != "cpu"]
    return {"name": names[0].split(",")[0] if names else "unknown"}


def contradictions_of(stages):
    """Digests of one task that differ: two backends, a peer and the stage that it answers for, two variants."""
    first, found = {}, []
    for row in stages:
        task = (row["stage"].removeprefix("thrust_"), *(row.get(name) for name in VENUE))
        known = first.setdefault(task, row)
        if known["digest"] != row["digest"]:
            found.append(f"{row['stage']} at {row['accounts']:,} accounts: {row['digest']} on {row['backend']}, "
                         f"{known['digest']} of {known['stage']} on {known['backend']}")  # fmt: skip
    return found


def record_of(lines):
    """The record of the lines so far."""
    run = next((line for line in lines if line.get("event") == "run"), {"phases": [], "backend": "?", "built": None})
    ends = {line["phase"]: line for line in lines if line.get("event") == "end"}
    begun = {line["phase"] for line in lines if line.get("event") == "begin"}
    texts = {}
    for line in lines:
        if "text" in line and "phase" in line:
            texts.setdefault(line["phase"], []).append(line["text"])
    phases, proofs, missing = {}, {}, []
    for planned in run["phases"]:
        name = planned["phase"]
        cut = "cut off" if name in begun else "not begun"
        end = ends.get(name, {"outcome": cut, "exit": None, "seconds": None, "why": "the run ended before it did"})
        phases[name] = {part: end[part] for part in ("outcome", "exit", "seconds", "why")}
        if planned["proof"]:
            proofs[name] = proof_of(end, texts.get(name, []))
            if proofs[name]["outcome"] != "green":
                missing.append(f"{name} is no proof: {proofs[name]['outcome']}{': ' + end['why'] if end['why'] else ''}")
        elif end["outcome"] != "done":
            missing.append(f"{name}: {end['outcome']}{': ' + end['why'] if end['why'] else ''}")
    stages = [with_prediction(line, run.get("predicted")) for line in lines if "stage" in line]
    contradictions = contradictions_of(stages)
    crossover = next((line["text"] for line in lines if line.get("event") == "crossover" and line["exit"] == 0), None)
    return {"written": datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0).isoformat(),
            "complete": bool(run["phases"]) and not missing and not contradictions, "missing": missing,
            "contradictions": contradictions, "built": run["built"], "backend": run["backend"],
            "device": device_of(lines), "proofs": proofs, "phases": phases, "crossover": crossover,
            "stages": stages}  # fmt: skip


def with_prediction(row, predicted):
    """The row, with the time that was predicted for it from counts before anything was measured."""
    if not predicted or row["backend"] != "cuda" or (row["accounts"], row["positions"]) != (predicted["accounts"], predicted["positions"]):
        return row
    one = predicted["stages"].get(row["stage"])
    return row | {"predicted_us": one["predicted_us"]} if one and row.get("shape") == "zipf" else row


def text_of(record):
    """JSON with a stage a line, so that a thousand samples are not a thousand lines."""
    stages = ",\n  ".join(json.dumps(row) for row in record["stages"])
    return json.dumps(record | {"stages": []}, indent=1).replace('"stages": []', f'"stages": [\n  {stages}\n ]') + "\n"


def winners_of(stages):
    """Lines that name the fastest variant of each stage on which variants were tried."""
    lines, tried = [], {}
    for row in stages:
        if "variant" in row and row.get("samples"):
            tried.setdefault((row["stage"], row["accounts"]), {})[row["variant"]] = row["median_us"]
    for (stage, accounts), medians in tried.items():
        best = min(medians, key=medians.get)
        plain = medians.get("plain")
        lines.append(f"{stage} at {accounts:,} accounts: {best} won with {medians[best]:.1f} us"
                     f"{f', plain has {plain:.1f} us' if plain else ''}")  # fmt: skip
    return lines


def summary_of(record):
    """The end of the run's output: the results and the missing parts."""
    lines = [f"{record['device']['name']}: {'complete' if record['complete'] else 'not complete'}"]
    lines += [f"  {name}: {proof['outcome']}, {proof['passed']} passed" for name, proof in record["proofs"].items()]
    for row in record["stages"]:
        if row.get("samples") and "variant" not in row:
            share = row["gb_per_s"] / row["copy_gb_per_s"] if row["copy_gb_per_s"] else 0
            forecast = f", predicted {row['predicted_us']} us" if "predicted_us" in row else ""
            lines.append(f"  {row['backend']:8} {row['accounts']:>11,} {row['stage']:14} {row['median_us']:12.1f} us "
                         f"{100 * share:5.1f} % of a copy{forecast}")  # fmt: skip
    lines += [f"  {line}" for line in winners_of(record["stages"])]
    lines += [f"  missing: {reason}" for reason in record["missing"]]
    lines += [f"  CONTRADICTION: {reason}" for reason in record["contradictions"]]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    record = record_of(lines_of(options.run))
    if record["contradictions"]:
        raise SystemExit("record: " + "; ".join(record["contradictions"]))
    if not any(row["backend"] == "cuda" for row in record["stages"]):
        raise SystemExit("record: no stage ran on a GPU.")
    options.out.mkdir(parents=True, exist_ok=True)
    slug = re.sub(r"[^a-z0-9]+", "-", record["device"]["name"].lower()).strip("-")
    path = options.out / f"{slug}-{record['written'][:16].replace('T', '-').replace(':', '')}.json"
    path.write_text(text_of(record), encoding="utf-8")
    if record["crossover"]:
        path.with_suffix(".md").write_text(record["crossover"], encoding="utf-8")
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
