#!/usr/bin/env python3
"""Every citation exists: pages, their sections, links between pages, and files named by pages.

    python3 tests/tidy/check_citations.py [--root FOLDER]

Sources, scripts, rulebooks and pages are read. A page is cited as `docs/design.md section 3, "Tiers"`: the file must exist, a
heading must be numbered 3, and a heading below it must be called Tiers. In pages every relative link and its anchor must
exist, and every path between backticks that begins with a folder of the repository. Exit 1 after naming each breach.
"""

from __future__ import annotations

import argparse
import fnmatch
import re
import subprocess
import sys
import unicodedata
from pathlib import Path, PurePosixPath

READ = {".hpp", ".h", ".cpp", ".cu", ".cuh", ".py", ".sh", ".cmake", ".toml", ".md", ".in", ".txt", ".rules", ".yml", ".yaml"}
READ_NAMES = {"dev", "run"}
# Pages of the past, which no clone of this repository has.
GONE = re.compile(r"\b(DESIGN|DESIGN-2|PERFORMANCE|RELIABILITY|VENUES|EMULATOR|STYLE)(\.md\b|,? sections? \d)")
PAGE = re.compile(r"(?<![\w{}$*/.-])((?:\.\./|\./)*[A-Za-z0-9_][\w./-]*\.md)\b(?:#[\w-]+)?")
SECTION = re.compile(r",? sections? (\d+(?:(?:, | and | to |, and )\d+)*)(?:,? \"([^\"]+)\"(?: and \"([^\"]+)\")?)?")
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
TOP = ("include", "kernels", "host", "tests", "bench", "docs", "examples", "packaging", "python", ".github", ".ci")
PATH = re.compile(r"`((?:" + "|".join(re.escape(top) for top in TOP) + r")/[^`\s]*)`")
# A line break in a comment, with the opener of its next line.
BREAK = re.compile(r"\s*\n[ \t]*(?:///?<?|#|\*(?!\*)|--)?[ \t]*")


def tracked(root: Path) -> list[PurePosixPath]:
    """Files that git knows or would take, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, capture_output=True, check=True
    ).stdout.decode()
    paths = (PurePosixPath(name) for name in sorted(set(listed.split("\0"))) if name)
    return [path for path in paths if (root / path).is_file()]


def without_fences(text: str) -> str:
    """A page without its blocks of code: lines stay, so that numbers hold."""
    out, fenced = [], False
    for line in text.split("\n"):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            out.append("")
            continue
        out.append("" if fenced else line)
    return "\n".join(out)


class Page:
    """A page's headings: by number, and as anchors."""

    def __init__(self, text: str) -> None:
        self.sections: dict[int, set[str]] = {}
        self.anchors: set[str] = set()
        number = None
        for line in without_fences(text).split("\n"):
            found = re.match(r"(#+) +(.*?) *$", line)
            if not found:
                continue
            title = re.sub(r"[`*]", "", found[2])
            anchor = anchor_of(title)
            while anchor in self.anchors:
                anchor += "-1"
            self.anchors.add(anchor)
            if numbered := re.match(r"(\d+)\. (.*)", title):
                number = int(numbered[1])
                self.sections[number] = {numbered[2]}
            elif number is not None:
                self.sections[number].add(title)


def anchor_of(title: str) -> str:
    """The anchor that a heading gets."""
    plain = unicodedata.normalize("NFKD", title).lower()
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain).strip())


class Tree:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = tracked(root)
        self.names = {str(path) for path in self.files}
        self.folders = {str(parent) for path in self.files for parent in path.parents}
        self.pages: dict[str, Page] = {}

    def page(self, name: str) -> Page:
        if name not in self.pages:
            self.pages[name] = Page((self.root / name).read_text(encoding="utf-8"))
        return self.pages[name]

    def find_page(self, cited: str, of: PurePosixPath) -> str | None:
        """The page that a file means: from the root, from its own folder, or one of docs/."""
        beside = normal(of.parent / cited)
        for name in (beside, normal(PurePosixPath(cited)), normal(PurePosixPath("docs") / cited)):
            if name in self.names:
                return name
        named = [name for name in self.names if PurePosixPath(name).name == cited]  # A bare name: any page called so.
        return named[0] if named else None

    def has(self, pattern: str) -> bool:
        """Is there a file or folder like this? `a.*`, `a{b,c}.hpp` and `*` are patterns."""
        spelled = [pattern.rstrip("/")]
        if brace := re.match(r"^(.*)\{([^}]*)\}(.*)$", spelled[0]):
            spelled = [brace[1] + middle + brace[3] for middle in brace[2].split(",")]
        return all(
            one in self.names or one in self.folders
            or ("*" in one and any(fnmatch.fnmatchcase(name, one) for name in self.names | self.folders))
            or any(name.startswith(one + ".") for name in self.names)  # A stem: `host/execute/policy`.
            for one in spelled
        )


def normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def numbers_of(words: str) -> list[int]:
    """"3, 5 to 7" as numbers."""
    out = []
    for part in re.split(r", and |, | and ", words):
        first, _, last = part.partition(" to ")
        out += range(int(first), int(last or first) + 1)
    return out


def faults_of_citations(tree: Tree, path: PurePosixPath, text: str) -> list[str]:
    """Missing pages and sections that a text cites."""
    joined = BREAK.sub(" ", text)
    found = []
    for gone in GONE.finditer(joined):
        found.append(f"{path}: cites {gone[0].strip()!r}, which is not in the repository; the design is docs/design.md")
    for cited in PAGE.finditer(joined):
        if GONE.match(cited[1]) or "://" in joined[max(0, cited.start() - 60):cited.start()].rsplit(" ", 1)[-1]:
            continue
        name = tree.find_page(cited[1], path)
        if name is None:
            found.append(f"{path}: cites {cited[1]}, and there is no such page")
            continue
        section = SECTION.match(joined, cited.end())
        if not section:
            continue
        headings: set[str] = set()
        for number in numbers_of(section[1]):
            if number not in tree.page(name).sections:
                found.append(f"{path}: cites section {number} of {name}, which has no such section")
            headings |= tree.page(name).sections.get(number, set())
        for title in (section[2], section[3]):
            if title and headings and title not in headings:
                found.append(f'{path}: cites "{title}" in section {section[1]} of {name}; its headings are {sorted(headings)}')
    return found


def faults_of_links(tree: Tree, path: PurePosixPath, text: str) -> list[str]:
    """Dead links of a page, and missing paths between backticks."""
    plain = without_fences(text)
    found = []
    for link in LINK.finditer(plain):
        target, _, anchor = link[1].partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        name = normal(path.parent / target) if target else str(path)
        if name not in tree.names:
            found.append(f"{path}: links to {link[1]}, and there is no file {name}")
        elif not name.endswith(".md"):
            found.append(f"{path}: links to {name}: links lead to pages; name other files between backticks")
        elif anchor and anchor not in tree.page(name).anchors:
            found.append(f"{path}: links to #{anchor}, and {name} has no such heading")
    for named in PATH.finditer(plain):
        if not re.search(r"[A-Z]{3,}|[<>=$]|\.\.\.", named[1].replace("README", "").replace("NOTES", "").replace("CMakeLists", "")) \
                and not any(tree.has(one) for one in (named[1].split(":")[0], f"{path.parent}/{named[1].split(':')[0]}")):
            found.append(f"{path}: names `{named[1]}`, and there is no such file or folder")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    tree = Tree(parser.parse_args().root)
    faults, pages = [], 0
    for path in tree.files:
        if path == PurePosixPath("tests/tidy") / Path(__file__).name or path.suffix not in READ and path.name not in READ_NAMES:
            continue
        text = (tree.root / path).read_text(encoding="utf-8")
        # The history names pages that may be gone.
        if path.name == "CHANGELOG.md":
            continue
        faults += faults_of_citations(tree, path, text)
        if path.suffix == ".md":
            pages += 1
            faults += faults_of_links(tree, path, text)
    for fault in faults:
        print(fault)
    print(f"{pages} pages, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
