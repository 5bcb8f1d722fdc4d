"""Builds one mutant: the changed source alone is compiled, and the programs that judge it are linked again.

A build folder (the preset `mutation`: no optimisation, asserts on) holds everything else. Two facts make a mutant
cheap:

* A linker takes a member of a library only for symbols that nobody defined before. The mutant's object is first on the
  link line, so the object it replaces stays out.
* Without optimisation no inline function is expanded, each is a weak symbol of every object that uses it, and the
  linker keeps the first. A mutant of a header is thus compiled once, with -fkeep-inline-functions, and replaces its
  functions in all programs. Templates, constants and defaults of members do not go through symbols, but for the
  templates in INSTANCES: if the object did not change, or the programs did not notice, the sources that include the
  header are compiled again.

The tree is never written to, because a mutant is in a separate folder, which the compiler searches first.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import signal
import subprocess
import time

MEMORY = 8 << 30
# Templates of a header that need a symbol: the text that is compiled after the header's own.
INSTANCES = {
    "kernels/rules/liquidation.hpp": """#include <boost/multiprecision/cpp_int.hpp>
namespace plimsoll {
template price_ticks liquidation_price<int128>(const liquidation_input&, bool);
template price_ticks liquidation_price<boost::multiprecision::int512_t>(const liquidation_input&, bool);
}
""",
}
DEPENDENTS_MOST = 12  # Sources compiled again for one mutant of a header.


class Failed(Exception):
    """A compile or link step that returned non-zero."""


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(command, timeout, cwd=None, env=None, log=None):
    """(exit status, seconds); None for a command that had to be stopped, which all its children are too."""
    begin = time.monotonic()
    with open(log or os.devnull, "wb") as out:
        child = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=limited,
        )
        try:
            status = child.wait(timeout)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    return status, time.monotonic() - begin


class Builder:
    def __init__(self, root, build):
        self.root, self.build = pathlib.Path(root).resolve(), pathlib.Path(build).resolve()
        self.flags = {}  # Source, relative to the root -> its compile command less launcher, source and object.
        for entry in json.loads((self.build / "compile_commands.json").read_text()):
            source = os.path.relpath(entry["file"], self.root)
            words = shlex.split(entry["command"])
            compiler = next(i for i, word in enumerate(words) if "ccache" not in word)
            self.flags[source] = self.without_places(words[compiler:])
        self.objects = {}  # Source -> its objects' names on link lines: programs compile shared sources of tests again.
        self.includers = {}  # Header -> sources that include it.
        self.read_dependencies()
        self.links = {}
        self.inputs = {}
        self.gold = ["-fuse-ld=gold"] if shutil.which("ld.gold") else []

    @staticmethod
    def without_places(words):
        kept, skip = [], False
        for word in words:
            if skip:
                skip = False
            elif word in ("-o", "-c", "-MF", "-MT", "-MQ"):
                skip = True
            elif word not in ("-MD", "-Werror") and not word.startswith("-W"):
                kept.append(word)
        return kept + ["-w"]

    def read_dependencies(self):
        lines = subprocess.run(["ninja", "-C", self.build, "-t", "deps"], check=True, capture_output=True, text=True)
        target, source = None, None
        for line in lines.stdout.splitlines():
            if line and not line.startswith((" ", "ninja")):
                target, source = line.split(":")[0], None
            elif line.startswith("    ") and target:
                path = os.path.relpath(self.build / line.strip(), self.root)
                if source is None:
                    source = path
                    self.objects.setdefault(source, set()).add(target)
                elif not path.startswith(".."):
                    self.includers.setdefault(path, []).append(source)

    def compile(self, slot, file, text, source, output, extra=()):
        """Compiles `source` while `file` reads as `text`; the object's bytes do not depend on the slot."""
        overlay = slot / "overlay"
        shutil.rmtree(overlay, ignore_errors=True)
        (overlay / file).parent.mkdir(parents=True)
        (overlay / file).write_text(text, encoding="utf-8")
        place = overlay / source if source == file else self.root / source
        if source not in self.flags:  # A header by itself.
            place = slot / "carrier.cpp"
            place.write_text(f'#include "{source}"\n{INSTANCES.get(source, "")}', encoding="utf-8")
        flags = self.flags.get(source) or next(
            words for name, words in self.flags.items() if name.startswith("host/execute/")
        )
        command = [
            flags[0], "-iquote", overlay, "-iquote", (self.root / source).parent, *flags[1:],
            f"-fmacro-prefix-map={overlay}={self.root}", "-frandom-seed=0", *extra, "-c", place, "-o", output,
        ]  # fmt: skip
        status, _ = run(command, 300, cwd=self.build, log=slot / "compile.log")
        if status != 0:
            raise Failed("time to compile" if status is None else "compile")

    def defined(self, obj):
        """The symbols that other objects may use: its functions and objects, and the plain inline functions of our own
        namespace."""
        listing = subprocess.run(["nm", "-C", "--defined-only", obj], check=True, capture_output=True, text=True).stdout
        names = set()
        for line in listing.splitlines():
            _, kind, name = line.split(maxsplit=2) if line[0] != " " else ("", "", "")
            ours = kind in "WV" and name.startswith("plimsoll::") and "<" not in name.split("(")[0]
            if kind in "TDBR" or ours:
                names.add(name)
        return names

    def link_line(self, program):
        if program not in self.links:
            out = subprocess.run(
                ["ninja", "-C", self.build, "-t", "commands", program], check=True, capture_output=True, text=True
            ).stdout
            words = shlex.split(out.splitlines()[-1])
            words = [word for word in words if word not in (":", "&&")]
            self.links[program] = words
        return self.links[program]

    def members(self, program):
        """All objects of the program, the members of its libraries as well."""
        if program not in self.inputs:
            out = subprocess.run(
                ["ninja", "-C", self.build, "-t", "inputs", program], check=True, capture_output=True, text=True
            ).stdout
            self.inputs[program] = set(out.splitlines())
        return self.inputs[program]

    def link(self, slot, program, replaced):
        """Links a program with objects in place of others: {source: object}; a header's is before all others."""
        words, result, first = self.link_line(program), [], True
        by_name = {name: obj for source, obj in replaced.items() for name in self.objects.get(source, ())}
        # Not on the line: a header by itself, or a member of one of its libraries. Other objects are left out.
        front = [
            obj for source, obj in replaced.items()
            if source not in self.objects or self.objects[source] & (self.members(program) - set(words))
        ]  # fmt: skip
        output = slot / program
        skip = False
        for i, word in enumerate(words):
            if skip:
                skip = False
                continue
            if word == "-o":
                result += ["-o", str(output)]
                skip = True
            elif word.endswith(".o"):
                if first:
                    result += [str(obj) for obj in front]
                    first = False
                result.append(str(by_name.get(word, word)))
            else:
                result.append(word)
        status, _ = run([result[0], *self.gold, *result[1:]], 300, cwd=self.build, log=slot / "link.log")
        if status != 0:
            raise Failed("link")
        return output


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
