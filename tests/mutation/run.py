#!/usr/bin/env python3
"""Plants one small bug after another in a room, runs the fast tests on each, and prints how many they caught.

    tests/mutation/run.py --build build/mutation --room host/execute --budget 1800

The build folder is one of the preset `mutation`, built. Only mutants of headers need it; with `--optimised build` those
of sources are linked with an optimised build, in which the judges take a fraction of the time. A mutant that does not
compile, or whose object is another's, does not count. The score is killed / (killed + survived); a survivor whose
optimised object is the program's own, or that equivalents.txt lists with a reason, is no survivor. A mutant that hangs
is killed by its time limit.

Writes OUT/mutation-ROOM.json and OUT/survivors-ROOM.txt, whose form is that of equivalents.txt. Exits 1 if the score is
below the room's threshold or an entry of equivalents.txt fits no line any more.
"""

import argparse
import collections
import concurrent.futures
import fnmatch
import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import builder  # noqa: E402
import mutants  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
EQUIVALENTS = pathlib.Path(__file__).with_name("equivalents.txt")
# Fixed numbers make a run repeatable, and a failing property need not be shrunk.
PROPERTIES = "max_success=100 seed=1 noshrink=1"


class Tests:
    """A GoogleTest program, or a part of it."""

    def __init__(self, program, chosen="*", properties=PROPERTIES, **env):
        self.program, self.name, self.chosen = program, f"{program} {chosen}", chosen
        self.arguments = [f"--gtest_filter={chosen}", "--gtest_brief=1", "--gtest_fail_fast"]
        self.env = {"RC_PARAMS": properties, **env}

    def command(self, built):
        return [built, *self.arguments]

    def idle_patterns(self, built):
        """The patterns of the filter that no test of the program fits: the tests were renamed or have moved."""
        listing = subprocess.run([built, "--gtest_list_tests"], check=True, capture_output=True, text=True).stdout
        names, suite = [], ""
        for line in listing.splitlines():
            name = line.split("#")[0].strip()
            if line.startswith(" "):
                names.append(suite + name)
            elif name.endswith("."):
                suite = name
        patterns = [one for one in re.split("[:-]", self.chosen) if one]
        return [one for one in patterns if not fnmatch.filter(names, one)]


class Script:
    """A Python test that runs the command."""

    def __init__(self, script, *arguments):
        self.program, self.name = "plimsoll", " ".join([script, *arguments])
        self.script, self.arguments = script, arguments
        self.env = {"PYTHONPATH": str(ROOT / "tests"), "PYTHONDONTWRITEBYTECODE": "1"}

    def command(self, built):
        return [sys.executable, ROOT / "tests" / self.script, "--plimsoll", built, *self.arguments]

    def idle_patterns(self, _built):
        return []


RULES_LAWS = "rules_judges*:*value_law*:*tiers_law*:*margin_law*:*score_law*:*ladder_key_law*:*lights_law*:*divide_law*:*split_law*"
RULES_LAWS += ":*liquidation_law*:*bankruptcy_law*:*move_law*:*narrow_law*"
ENGINE = "tick_header*:random_venues/engine_law*:revision*:random*revision_law*:updates_law*:margin_return*-*cuda*"
# Every law but those of rules alone, of books, and of long crashes.
EXECUTOR_LAWS = f"*-{RULES_LAWS}:live_book*:select_law*:cover_law*:sort_law*:ladder_digit_law*:radius_law*:*crash_law*"
SCAN_ORACLE = Script("oracle/check_scan.py", "--seeds", "0:20", "--jobs", "1")
WATERFALL_ORACLE = "oracle/check_waterfall.py"  # A test run takes seeds 0:60.
# Room -> the share to reach, and its judges, the quickest and sharpest first.
ROOMS = {
    "kernels/rules": (95, [
        Tests("unit_test", "rules*"),
        Tests("law_test", RULES_LAWS),
        Tests("venue_test"),
        Script("golden/check_golden.py"),
        Script(WATERFALL_ORACLE, "--seeds", "0:20", "--jobs", "1"),
        SCAN_ORACLE,
        Tests("engine_test", "random_venues/engine_law*/seed_?", PLIMSOLL_TICKS="2000"),
    ]),
    "host/execute": (95, [
        Tests("unit_test", "half_life*:target_health*"),
        Tests("venue_test"),
        Tests("law_test", EXECUTOR_LAWS),
        Script(WATERFALL_ORACLE, "--seeds", "0:20", "--jobs", "1"),
        Script(WATERFALL_ORACLE, "--seeds", "20:60", "--jobs", "1"),
        Tests("law_test", "*crash_law*/0", PLIMSOLL_CRASHES="40"),
    ]),
    "host/updates": (90, [
        Tests("unit_test", "ledger*:scratch_table*"),
        Tests("venue_test"),
        Tests("engine_test", "updates_law*:margin_return*:tick_header*", PLIMSOLL_TICKS="2000"),
        Tests("io_test", "updates*:sides*:margin_modes*:admission*:event_rows*:replay_log_rows*"),
        Script("refusals/check_replay_refusals.py"),
        Script("replay/check_updates.py"),
        Script(WATERFALL_ORACLE, "--seeds", "0:60", "--jobs", "1"),
        Tests("law_test", "gateway_law*:settlement_law*:executor_law*"),
    ]),
    "host/book": (90, [
        Tests("unit_test", "*-*generate*"),
        Tests("venue_test"),
        Tests("io_test", "-io_load*:write_table*:repeated_rows*:parquet*"),
        Tests("law_test", "live_book*"),
        Script("golden/check_golden.py"),
        SCAN_ORACLE,
        Tests("engine_test", ENGINE, PLIMSOLL_TICKS="2000"),
    ]),
    "host/engine": (90, [
        Tests("unit_test", "cover*"),
        Tests("io_test", "admission*:first_venue*:scanner*:dust*"),
        Script("golden/check_golden.py"),
        SCAN_ORACLE,
        Tests("engine_test", ENGINE, PLIMSOLL_TICKS="2000"),
        Tests("law_test", "live_book*"),
        Script(WATERFALL_ORACLE, "--seeds", "0:20", "--jobs", "1"),
    ]),
}  # fmt: skip


class Room:
    def __init__(self, name, options):
        self.name, self.options = name, options
        self.least, self.judges = ROOMS[name]
        self.builders = {".hpp": builder.Builder(ROOT, options.build)}
        self.builders[".cpp"] = builder.Builder(ROOT, options.optimised) if options.optimised else self.builders[".hpp"]
        self.slots = queue.Queue()
        for number in range(options.jobs):
            slot = self.builders[".hpp"].build / "mutants" / f"{name.replace('/', '-')}-{number}"
            slot.mkdir(parents=True, exist_ok=True)
            self.slots.put(slot)
        self.lock = threading.Lock()
        self.originals = {}  # (source, flags) -> digest and symbols of the unchanged object.
        self.seen = set()
        self.limits = {}
        self.deadline = None
        self.results = []

    # ------------------------------------------------------------------------------------------- before the mutants
    def judge(self, judge, slot, built, limit):
        env = {**os.environ, **judge.env, "TMPDIR": str(slot)}
        status, seconds = builder.run(judge.command(built), limit, cwd=slot, env=env, log=slot / "judge.log")
        return status, seconds

    def prove_judges(self, order):
        """Every judge must have the tests that its filter names, and pass on the unchanged program; its seconds set the
        limit for mutants."""
        slot = self.slots.get()
        for using in {self.builder_of(mutant): None for mutant in order}:
            for judge in self.judges:
                if idle := judge.idle_patterns(using.build / judge.program):
                    raise SystemExit(f"mutation: no test of {judge.program} fits {', '.join(idle)}: mend the judges of {self.name}")
            for judge in self.judges:
                status, seconds = self.judge(judge, slot, using.build / judge.program, 600)
                if status != 0:
                    sys.stderr.write((slot / "judge.log").read_text(errors="replace")[-4000:])
                    raise SystemExit(f"mutation: `{judge.name}` fails on the unchanged program: status {status}")
                self.limits[using, judge] = 10 + 6 * seconds
                print(f"  {judge.name}: {seconds:.1f} s", flush=True)
        self.slots.put(slot)

    def builder_of(self, mutant):
        return self.builders[pathlib.PurePath(mutant.file).suffix]

    def choose(self):
        files = [os.path.relpath(path, ROOT) for path in sorted((ROOT / self.name).glob("*.[hc]pp"))]
        if self.options.file:
            files = [file for file in files if any(part in file for part in self.options.file)]
        by_file = {file: mutants.mutants_of(ROOT, file) for file in files}
        equivalents = mutants.Equivalents(EQUIVALENTS)
        listed = {one for many in by_file.values() for one in many if equivalents.reason(one)}
        self.stale = equivalents.stale(files)
        if self.options.equivalents:
            by_file = {file: [one for one in many if one in listed] for file, many in by_file.items()}
        else:
            by_file = {file: [one for one in many if one not in listed] for file, many in by_file.items()}
        if self.options.again:
            again = mutants.Equivalents(self.options.again)
            by_file = {file: [one for one in many if again.reason(one)] for file, many in by_file.items()}
        order = mutants.in_sample_order({file: many for file, many in by_file.items() if many}, self.options.seed)
        self.listed = len(listed)
        return order[: self.options.most] if self.options.most else order

    # ------------------------------------------------------------------------------------------------- one mutant
    def original(self, slot, file, source, extra):
        key = (source, extra)
        with self.lock:
            known = self.originals.get(key)
        if known is None:
            output = slot / "original.o"
            using = self.builders[pathlib.PurePath(file).suffix]
            using.compile(slot, file, (ROOT / file).read_text(encoding="utf-8"), source, output, extra)
            known = (builder.digest(output), using.defined(output))
            with self.lock:
                self.originals[key] = known
        return known

    def changed_object(self, slot, mutant, text, source, extra, name="mutant.o"):
        """The mutant's object, or None if it is the original's; Failed if a signature changed."""
        before, symbols = self.original(slot, mutant.file, source, extra)
        output = slot / name
        self.builder_of(mutant).compile(slot, mutant.file, text, source, output, extra)
        if builder.digest(output) == before:
            return None
        if not symbols <= self.builder_of(mutant).defined(output):
            raise builder.Failed("signature")
        return output

    def dependents(self, header):
        """Sources to compile again for parts without a symbol: those of the judges first, then the room's own."""
        programs = {judge.program.removesuffix("_test") for judge in self.judges}
        using = self.builders[".hpp"]
        sources = [one for one in using.includers.get(header, ()) if one in using.objects]
        tests = [one for one in sources if one.startswith(tuple(f"tests/{program}/" for program in programs))]
        host = [one for one in sources if one.startswith(("host/", "tests/support/")) and "/cli/" not in one]
        if self.name == "kernels/rules":
            tests = [one for one in tests if "rules_" in one or f"{pathlib.Path(header).stem}_law" in one]
        chosen = tests + (host if len(host) + len(tests) <= builder.DEPENDENTS_MOST else [])
        return chosen[: builder.DEPENDENTS_MOST]

    def killer(self, slot, using, replaced):
        """The judge that tells the mutant from the program, or None."""
        linked = {}
        for judge in self.judges:
            if judge.program not in linked:
                linked[judge.program] = using.link(slot, judge.program, replaced)
            status, _ = self.judge(judge, slot, linked[judge.program], self.limits[using, judge])
            if status != 0 and status != 77:
                return judge.name + (" (time limit)" if status is None else "")
        return None

    def outcome(self, slot, mutant):
        text = mutant.apply((ROOT / mutant.file).read_text(encoding="utf-8"))
        header = mutant.file.endswith(".hpp")
        using = self.builder_of(mutant)
        extra = ("-fkeep-inline-functions",) if header else ("-O1",)
        changed = self.changed_object(slot, mutant, text, mutant.file, extra)
        if changed is not None:
            mark = (mutant.file, builder.digest(changed))
            with self.lock:
                if mark in self.seen:
                    return "same", "another mutant's object"
                self.seen.add(mark)
            killer = self.killer(slot, using, {mutant.file: changed})
            if killer:
                return "killed", killer
        elif not header:
            return "same", "the program's object"
        if not header:
            if self.changed_object(slot, mutant, text, mutant.file, ("-O2",)) is None:
                return "same", "the program's object once optimised"
            return "survived", ""
        # Parts without a symbol: templates, constants, defaults of members.
        replaced = {} if changed is None else {mutant.file: changed}
        try:
            for number, source in enumerate(self.dependents(mutant.file)):
                obj = self.changed_object(slot, mutant, text, source, (), f"dependent{number}.o")
                if obj is not None:
                    replaced[source] = obj
        except builder.Failed as failure:
            if str(failure) == "compile" and changed is not None:
                return "killed", "a static_assert or a constant expression"
            raise
        if not replaced:
            return "same", "no object changed"
        killer = self.killer(slot, using, replaced)
        if killer:
            return "killed", killer
        if changed is not None and self.changed_object(slot, mutant, text, mutant.file, (*extra, "-O2")) is None:
            return "same", "the program's object once optimised"
        return "survived", ""

    def run_one(self, mutant):
        if self.deadline and time.monotonic() > self.deadline:
            return
        slot = self.slots.get()
        begin = time.monotonic()
        try:
            outcome, by = self.outcome(slot, mutant)
        except builder.Failed as failure:
            outcome, by = "invalid", str(failure)
        finally:
            self.slots.put(slot)
        with self.lock:
            self.results.append((mutant, outcome, by, time.monotonic() - begin))
            if outcome == "survived" or self.options.verbose:
                print(f"{outcome} {by} ({time.monotonic() - begin:.1f} s) {mutant.file}:{mutant.line}", flush=True)
                print(f"  - {mutant.before.strip()}\n  + {mutant.after.strip()}", flush=True)

    # --------------------------------------------------------------------------------------------------- all of them
    def run(self):
        print(f"Mutants of {self.name}", flush=True)
        order = self.choose()
        begin = time.monotonic()
        self.prove_judges(order)
        if self.options.budget:
            self.deadline = begin + self.options.budget
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            list(pool.map(self.run_one, order))
        return self.report(len(order), time.monotonic() - begin)

    def report(self, chosen, seconds):
        counts = collections.Counter(outcome for _, outcome, _, _ in self.results)
        judged = counts["killed"] + counts["survived"]
        score = 100 * counts["killed"] / judged if judged else 100.0
        late = sum(by == "time to compile" for _, _, by, _ in self.results)
        files = {}
        for mutant, outcome, _, _ in self.results:
            files.setdefault(mutant.file, collections.Counter())[outcome] += 1
        out = self.options.out
        out.mkdir(parents=True, exist_ok=True)
        name = self.name.replace("/", "-") + self.options.suffix
        survivors = sorted((one for one, outcome, _, _ in self.results if outcome == "survived"), key=lambda m: (m.file, m.line))
        (out / f"survivors-{name}.txt").write_text(
            "".join(mutants.entry_text(one) + f"  = line {one.line}\n" for one in survivors), encoding="utf-8"
        )
        report = {
            "room": self.name, "score": round(score, 2), "least": self.least, "seed": self.options.seed,
            "seconds": round(seconds), "mutants": chosen, "run": len(self.results), **counts,
            "listed_equivalents": self.listed, "stale_equivalents": [list(key) for key in self.stale],
            "killed_by": collections.Counter(by for _, outcome, by, _ in self.results if outcome == "killed"),
            "files": files,
            "survivors": [{"file": one.file, "line": one.line, "before": one.before, "after": one.after} for one in survivors],
        }  # fmt: skip
        (out / f"mutation-{name}.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        for file, count in sorted(files.items()):
            alive = count["survived"]
            print(f"  {file}: {count['killed']} of {count['killed'] + alive} killed")
        for key in self.stale:
            print(f"  equivalents.txt: no mutant fits this entry any more: {key[0]}: {key[2]} => {key[3]}")
        print(
            f"{self.name}: {counts['killed']} of {judged} mutants killed, {score:.1f} % (at least {self.least} % wanted); "
            f"{counts['invalid']} did not compile, {late} of them for want of time, {counts['same']} changed nothing, "
            f"{self.listed} are listed as equivalent; "
            f"{len(self.results)} of {chosen} run in {seconds:.0f} s",
            flush=True,
        )
        if self.options.equivalents:
            return not counts["killed"] and not self.stale
        return score >= self.least and not self.stale


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/mutation")
    parser.add_argument("--optimised", type=pathlib.Path, help="an optimised build folder, for mutants of sources")
    parser.add_argument("--room", action="append", choices=ROOMS, help="all rooms without it")
    parser.add_argument("--file", action="append", help="only files whose path has this in it")
    parser.add_argument("--budget", type=float, help="seconds for each room; the sample is a share of every file's mutants")
    parser.add_argument("--most", type=int, help="mutants for each room")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--again", type=pathlib.Path, help="only the mutants of this file of survivors")
    parser.add_argument("--equivalents", action="store_true", help="only listed equivalents, none of which may be killed")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/night")
    parser.add_argument("--suffix", default="", help="joined to the names of the output files")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


def main():
    options = arguments()
    if shutil.which("ninja") is None:
        raise SystemExit("mutation: ninja is missing; run it as `./dev night mutation`")
    good = [Room(name, options).run() for name in options.room or ROOMS]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
