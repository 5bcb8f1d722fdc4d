#!/usr/bin/env python3
"""Private words: no comment, message, page or identifier has one. The words of ours that stay are in docs/glossary.md.

    python3 tests/tidy/check_words.py [--root FOLDER] [--count] [--list WORD]

C++, CUDA, Python, shell, CMake and TOML are read as comments, strings and identifiers, pages as text. An identifier is split at
its underscores; a phrase may run over the end of a line. Each breach is printed with file, line, the words found and the plain
words to use. `pending` is what remains of a word: that count may only fall. Exit 1 on a breach.
"""

from __future__ import annotations

import argparse
import fnmatch
import io
import re
import subprocess
import sys
import tokenize
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

CPP = {".hpp", ".h", ".c", ".cpp", ".cu", ".cuh"}
PAGES = {".md"}
HASHED = {".sh", ".cmake", ".toml"}
HASHED_NAMES = {"dev", "run", "CMakeLists.txt"}
# The history has the words of its day; this script has them all; the page of formats is made from the sources.
EXEMPT = {"CHANGELOG.md", "tests/tidy/check_words.py"}


@dataclass(frozen=True)
class Word:
    """A private word: its forms in prose and in identifiers, what to write instead, and what is allowed all the same."""

    name: str
    plain: str
    prose: str = ""  # A regular expression between word boundaries; a blank may be the end of a line.
    code: str = ""  # The same between the underscores of an identifier.
    folders: tuple[str, ...] = ()  # Files in which the word has its ordinary sense.
    known: tuple[str, ...] = ()  # Identifiers that keep it: names in records, and plain English.

    def allows(self, path: PurePosixPath) -> bool:
        return any(fnmatch.fnmatchcase(str(path), form) for form in self.folders)


# Ordinary English must not match: "understand", "outstanding", "reaches the threshold", "tells them apart", "stands for",
# "makes room", "room for", a room that is a folder, a home directory.
words = [
    Word("calm", "safe, or not flagged (of units); small moves (of marks)", r"calm(?:er|ly|s)?", r"calm(?:er)?",
         known=("engine_calm", "tick_calm")),  # Stages of the benches, by the names that records have.
    Word("restless", "liquidatable or bankrupt", r"restless", r"restless"),
    Word("spared", "ruled out by its radius", r"spare[ds]", r"spare[ds]"),
    Word("giants", "long units", r"giants|(?:a|the) giant(?! \w)", r"giants"),
    Word("anew", "again; from the start; new", r"anew", r"anew"),
    Word("lap", "the time of a stage", r"laps?", r"laps?"),
    Word("others now", "new; has changed", r"(?:is|are|was|were) (?:another|others) now"),
    Word("said", "reported; the verdict; the outcome",
         r"(?:is|are|was|were|be|been|being)(?: also| not| never| only| then| already)? said", r"said"),
    Word("told", "passed; notified; reported", r"told(?! apart| from)", r"told(?!_apart|_from)"),
    Word("stands twice", "is listed twice", r"stands twice|stand twice(?!; first in row)|stood twice"),
    Word("stands in", "takes over; replaces", r"(?:stand|stands|standing|stood) in for|stand-ins?", r"stands?_in"),
    Word("standing", "score inputs; ladder equity; a place in a list", r"(?:the|a|its|their|no|of) standings?", r"standings?"),
    Word("reach", "safety radius; range; candidates",
         r"(?:the|a|its|their|this|each|every|no|whose|within|of) reach(?:es)?(?! (?:the|a|an|its|it|them)\b)", r"^reach(?:_of|_ppm)?$"),
    Word("home", "to the host; the host",
         r"(?:comes?|coming|came|copy|copies|copied|copying|brought|brings?|sent|goes|went|to|back|at|way) home", r"home"),
    Word("room", "vacancy; capacity; scratch", r"(?:has|have|had|no|vacant) room(?! for)|rooms? of (?:the|a) (?:book|column|table|side)",
         r"room", folders=("tests/tidy/*", "tests/mutation/*", "tests/night/*", "tests/docs/*"), known=("make_room", "has_room_for")),
]
opening = Word("opening", 'a sentence that begins with its subject, or with "when" or "if"; a row is "it"')
prose_forms = [(one, re.compile(rf"(?<![\w-])(?:{one.prose})(?![\w-])", re.IGNORECASE)) for one in words if one.prose]
code_forms = [(one, re.compile(rf"(?<![a-z0-9])(?:{one.code})(?![a-z0-9])")) for one in words if one.code]

# How often a word is still in the tree: a count may only fall, and leaves the list at 0.
pending: dict[str, int] = {}


def tracked(root: Path) -> list[PurePosixPath]:
    """Files that git knows or would take, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, capture_output=True, check=True
    ).stdout.decode()
    paths = (PurePosixPath(name) for name in sorted(set(listed.split("\0"))) if name)
    return [path for path in paths if (root / path).is_file()]


CPP_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s"]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""", re.DOTALL
)
IDENTIFIER = re.compile(r"(?<![\w.$-])[A-Za-z_]\w*")
IN_PROSE = re.compile(r"(?<![\w.$-])[a-z]\w*_\w+|(?<=`)[a-z]\w*(?=`)")  # An identifier that a comment or a page names.
SENTENCE = re.compile(r"(?:^|(?<=[.!?]['\")`] )|(?<=[.!?] ))(What|Who|Whoever|Whom|Where|Wherever)\b.*?(?:([.!?])(?=['\")`]* |['\")`]*$)|$)")


@dataclass
class Block:
    """A paragraph of text without the marks of its comment, and the line in which each of its pieces begins."""

    pieces: list[tuple[int, str]]
    is_prose: bool = True  # A comment, docstring or page, so that its sentences can be told from fragments.

    def text(self) -> str:
        return " ".join(piece for _, piece in self.pieces)

    def line_at(self, offset: int) -> int:
        for line, piece in self.pieces:
            if offset <= len(piece):
                return line
            offset -= len(piece) + 1
        return self.pieces[-1][0]


@dataclass(frozen=True)
class Breach:
    path: PurePosixPath
    line: int
    word: Word
    found: str

    def text(self) -> str:
        return f"{self.path}:{self.line}: {self.found!r} is a private word ({self.word.name}); write: {self.word.plain}"


def paragraphs(first: int, lines: list[str], is_prose: bool = True) -> list[Block]:
    """Consecutive lines as blocks; a blank line, a heading, an item or a row of a table begins another."""
    out: list[Block] = []
    open_block = False
    for line, content in enumerate(lines, first):
        plain = content.strip()
        apart = plain.startswith("|") or re.match(r"#+ ", plain) is not None
        if not plain or plain.startswith("```"):
            open_block = False
            continue
        item = re.match(r"(?:[*+-]|\d+\.) +", plain)
        plain = plain[item.end():] if item else plain
        if open_block and not item and not apart:
            out[-1].pieces.append((line, plain))
        else:
            out.append(Block([(line, plain)], is_prose and not apart))
        open_block = not apart
    return out


def of_tokens(tokens: list[tuple[int, str, bool, bool]]) -> list[Block]:
    """Blocks of (line, token, is a comment, has its line for itself); comments of consecutive lines are one text."""
    out: list[Block] = []
    run: list[str] = []
    run_first = run_next = 0

    def close() -> None:
        nonlocal run
        out.extend(paragraphs(run_first, run))
        run = []

    for line, token, is_comment, alone in tokens:
        if is_comment and not token.startswith("/*"):
            bare = re.sub(r"^(?:///?[<!]?|#+!?) ?", "", token)
            if run and (line != run_next or not alone):
                close()
            if not run:
                run_first = line
            run.append(bare)
            run_next = line + 1
            continue
        close()
        inner = re.sub(r'^[A-Za-z]*(?:"""|\'\'\'|/\*+|"|\')(?:\w*\()?|(?:"""|\'\'\'|\*+/|"|\')$', "", token)
        is_doc = token.startswith(('"""', "/*"))
        out.extend(paragraphs(line, [re.sub(r"^\s*\* ", "", one) for one in inner.split("\n")], is_doc))
    close()
    return out


def read_cpp(text: str) -> tuple[list[Block], str]:
    """The texts of a C++ source, and its code with blanks where they were."""
    tokens, code, end = [], [], 0
    for found in CPP_TOKEN.finditer(text):
        before = text[text.rfind("\n", 0, found.start()) + 1:found.start()]
        token = found[0]
        code += [text[end:found.start()], re.sub(r"[^\n]", " ", token)]
        end = found.end()
        if not token.startswith("'"):
            tokens.append((text.count("\n", 0, found.start()) + 1, token, token.startswith(("//", "/*")), not before.strip()))
    return of_tokens(tokens), "".join([*code, text[end:]])


def read_python(text: str) -> tuple[list[Block], str]:
    """The texts of a Python script, and its code with blanks where they were."""
    tokens = []
    lines = text.split("\n")
    code = [list(line) for line in lines]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        if kind not in {"COMMENT", "STRING", "FSTRING_MIDDLE"}:
            continue
        (top, left), (bottom, right) = token.start, token.end
        for row in range(top, bottom + 1):
            start, stop = left if row == top else 0, right if row == bottom else len(code[row - 1])
            code[row - 1][start:stop] = " " * (stop - start)
        tokens.append((top, token.string, kind == "COMMENT", not lines[top - 1][:left].strip()))
    return of_tokens(tokens), "\n".join("".join(line) for line in code)


def read_hashed(text: str) -> tuple[list[Block], str]:
    """A script of a shell, CMake or TOML: comments are texts, every other line is one of its own and code as well."""
    tokens, code = [], []
    for number, line in enumerate(text.split("\n"), 1):
        mark = re.search(r"(?:^|\s)#.*", line)
        rest = line[:mark.start()] if mark else line
        code.append(rest)
        if rest.strip():
            tokens.append((number, rest.strip(), False, False))
        if mark:
            tokens.append((number, mark[0].strip(), True, not rest.strip()))
    return of_tokens(tokens), "\n".join(code)


def read(path: PurePosixPath, text: str) -> tuple[list[Block], str]:
    if path.suffix in CPP:
        return read_cpp(text)
    if path.suffix == ".py":
        return read_python(text)
    if path.suffix in HASHED or path.name in HASHED_NAMES:
        return read_hashed(text)
    return paragraphs(1, text.split("\n")), ""


def breaches_of_identifiers(path: PurePosixPath, line: int, identifiers: list[str]) -> list[Breach]:
    return [
        Breach(path, line, one, identifier)
        for identifier in identifiers
        for one, form in code_forms
        if form.search(identifier) and identifier not in one.known and not one.allows(path)
    ]


def breaches_of(path: PurePosixPath, text: str) -> list[Breach]:
    """Every private word of a file and of its name, by line."""
    blocks, code = read(path, text)
    out = breaches_of_identifiers(path, 1, re.findall(r"\w+", str(path)))
    for number, line in enumerate(code.split("\n"), 1):
        out += breaches_of_identifiers(path, number, IDENTIFIER.findall(line))
    for block in blocks:
        whole = block.text()
        for named in IN_PROSE.finditer(whole):
            out += breaches_of_identifiers(path, block.line_at(named.start()), [named[0]])
        for one, form in prose_forms:
            if not one.allows(path):
                out += [Breach(path, block.line_at(found.start()), one, found[0]) for found in form.finditer(whole)]
        if block.is_prose:
            out += [
                Breach(path, block.line_at(found.start()), opening, " ".join(found[0].split()[:5]))
                for found in SENTENCE.finditer(whole)
                if found[2] != "?"
            ]
    return sorted(out, key=lambda breach: breach.line)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--count", action="store_true", help="print how often each word is left")
    parser.add_argument("--list", metavar="WORD", help="print every place of one word; all: of each word")
    options = parser.parse_args()
    breaches: list[Breach] = []
    read_files = 0
    for path in tracked(options.root):
        if str(path) in EXEMPT or not (path.suffix in CPP | PAGES | HASHED | {".py"} or path.name in HASHED_NAMES):
            continue
        read_files += 1
        breaches += breaches_of(path, (options.root / path).read_text(encoding="utf-8"))
    left = Counter(breach.word.name for breach in breaches)
    if options.count:
        print("\n".join(f"{number:6d}  {name}" for name, number in left.most_common()))
        return 0
    beyond = {name for name, number in left.items() if number > pending.get(name, 0)}
    for breach in breaches:
        if breach.word.name in beyond or options.list in {breach.word.name, "all"}:
            print(breach.text())
    for name in sorted(beyond & set(pending)):
        print(f"{name}: {left[name]} places, and {pending[name]} are pending; that count may only fall")
    for name, most in pending.items():
        if left[name] < most:
            print(f"note: {name} is left in {left[name]} places; `pending` may fall from {most} to that")
    print(f"{read_files} files, {sum(left.values())} private words are left, {len(beyond)} words are beyond `pending`")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
