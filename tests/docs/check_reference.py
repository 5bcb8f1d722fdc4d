#!/usr/bin/env python3
"""docs/reference_c.md and docs/reference_python.md are what the header's comments and the package's docstrings say.

    check_reference.py [--plimsoll COMMAND] [--write]

--write makes both pages again. Otherwise they are compared with what would be written; and everything public must have words of its
own, for a page of bare names explains nothing.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEADER = ROOT / "include/plimsoll/plimsoll.h"
PACKAGE = ROOT / "python/plimsoll"
RENEW = "tests/docs/check_reference.py --write"
SECTION = re.compile(r"^/\* -{20,} (.*) \*/$")


# ------------------------------------------------------------------------------------------------------------------- C
def comment_text(lines: list[str]) -> str:
    """A block comment without its stars."""
    text = "\n".join(lines).strip().removeprefix("/*").removesuffix("*/")
    return "\n".join(re.sub(r"^ ?\* ?", "", line.strip("\n")).rstrip() for line in text.split("\n")).strip()


def declarations(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Comments and the declarations that they are for: those that follow one another without a blank line share one."""
    out: list[tuple[str, list[str]]] = []
    code, together = "", False
    i = 0
    while i < len(lines):
        line = lines[i]
        if not code and line.startswith("/*"):
            begin = i
            while "*/" not in lines[i]:
                i += 1
            out.append((comment_text(lines[begin : i + 1]), []))
            together = True
        elif not code and not line.strip():
            together = False
        else:
            if not code and not together:
                out.append(("", []))
            code += line + "\n"
            plain = re.sub(r"/\*.*?\*/", "", code, flags=re.S)
            if plain.startswith("#define") or (plain.rstrip().endswith(";") and plain.count("{") == plain.count("}")):
                out[-1][1].append(code.rstrip())
                code, together = "", True
        i += 1
    return out


def name_of(code: str) -> str:
    plain = re.sub(r"/\*.*?\*/", "", code, flags=re.S)
    for pattern in (r"^#define (\w+)", r"\b(plimsoll_\w+)\(", r"\}\s*(plimsoll_\w+);", r"^typedef .*\b(plimsoll_\w+);", r"^enum \{\s*(\w+)"):
        if found := re.search(pattern, plain, re.M):
            return found[1]
    raise SystemExit(f"what is this?\n{code}")


def c_page(header: str) -> tuple[str, list[str]]:
    """The page, and what has no words."""
    intro = comment_text(header[: header.index("#ifndef")].split("\n"))
    code, words = re.search(r"(?ms)^(    .*?)\n\n(?=\S)", intro), intro
    out = ["# The C interface", "", f"Made of the comments of `include/plimsoll/plimsoll.h` by `{RENEW}`. [embedding.md](embedding.md) is the guide.", ""]
    example = textwrap.dedent(code[1]) if code else ""
    head, rest = words.split(code[1]) if code else (words, "")
    out += [head.strip(), "", "```c", example, "```", "", rest.strip(), ""]
    lines = header[header.index('extern "C" {') :].split("\n")
    starts = [i for i, line in enumerate(lines) if SECTION.match(line)]
    mute = []
    for begin, end in zip(starts, [*starts[1:], len(lines)]):
        title = SECTION.match(lines[begin])[1]
        out += [f"## {title[0].upper()}{title[1:]}", ""]
        body = [line for line in lines[begin + 1 : end] if not line.startswith(("#ifdef", "#endif", "#ifndef")) and line != "}"]
        for comment, group in declarations(body):
            names = [name_of(one) for one in group]
            out += ["### " + ", ".join(f"`{name}`" for name in names), ""]
            if comment:
                out += [comment, ""]
            elif any("/*" not in one and "(" in one for one in group):
                mute += names
            out += ["```c", *group, "```", ""]
    return "\n".join(out).rstrip() + "\n", mute


# -------------------------------------------------------------------------------------------------------------- Python
def markdown_of(docstring: str) -> str:
    """Docstrings are plain text with indented examples: these become blocks."""
    out: list[str] = []
    inside = False
    for line in docstring.split("\n"):
        indented = line.startswith("    ")
        if indented and not inside:
            out += ["```python"] if not out or out[-1] == "" else ["", "```python"]
        if not indented and inside and line.strip():
            while out[-1] == "":
                out.pop()
            out += ["```", ""]
        inside = indented or (inside and not line.strip())
        out.append(line[4:] if indented else line)
    if inside:
        while out[-1] == "":
            out.pop()
        out.append("```")
    return "\n".join(out)


def signature(node: ast.FunctionDef, shown: str) -> str:
    arguments = ast.unparse(node.args)
    arguments = re.sub(r"^(self|cls)(, )?", "", arguments)
    gives = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    return f"{shown}({arguments}){gives}"


def fields_of(node: ast.ClassDef, source: list[str]) -> list[str]:
    """Public fields of a data class, with the words behind `#:`."""
    out = []
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and not one.target.id.startswith("_"):
            words = source[one.lineno - 1].partition("#:")[2].strip() or source[one.end_lineno - 1].partition("#:")[2].strip()
            kind = ast.unparse(one.annotation).strip("'\"").replace("|", "\\|")
            out.append(f"| `{one.target.id}` | `{kind}` | {words} |".replace("|  |", "| |"))
    return out


def class_page(node: ast.ClassDef, source: list[str], mute: list[str]) -> list[str]:
    bases = ", ".join(ast.unparse(base) for base in node.bases)
    made = next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
    out = [f"### `{node.name}`", ""]
    out += ["```text", signature(made, node.name) if made else f"class {node.name}({bases})" if bases else f"class {node.name}", "```", ""]
    docstring = ast.get_docstring(node)
    if docstring:
        out += [markdown_of(docstring), ""]
    else:
        mute.append(node.name)
    if fields := fields_of(node, source):
        out += ["| field | type | |", "|---|---|---|", *fields, ""]
    for one in node.body:
        if not isinstance(one, ast.FunctionDef) or one.name.startswith("_"):
            continue
        marks = {ast.unparse(mark).split("(")[0] for mark in one.decorator_list}
        if any(mark.endswith(".setter") for mark in marks):
            continue
        name = f"{node.name}.{one.name}"
        if bases and ast.get_docstring(one) is None:
            continue  # It says what its base's says.
        is_value = bool(marks & {"property", "cached_property", "functools.cached_property"})
        gives = f" -> {ast.unparse(one.returns)}" if one.returns is not None else ""
        out += [f"#### `{name}`", "", "```text", f"{name}{gives}" if is_value else signature(one, name), "```", ""]
        docstring = ast.get_docstring(one)
        if docstring:
            out += [markdown_of(docstring), ""]
        else:
            mute.append(name)
    return out


def python_page() -> tuple[str, list[str]]:
    entry = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    public = next(ast.literal_eval(one.value) for one in entry.body if isinstance(one, ast.Assign) and one.targets[0].id == "__all__")
    modules = {one.name: one.module for one in []}
    for one in entry.body:
        if isinstance(one, ast.ImportFrom) and one.module:
            modules |= {alias.name: one.module for alias in one.names}
    mute: list[str] = []
    out = ["# The Python package", "", f"Made of its docstrings by `{RENEW}`. [python.md](python.md) is the guide.", "", markdown_of(ast.get_docstring(entry)), ""]
    kinds: dict[str, list[str]] = {"Functions": [], "Classes": [], "Exceptions": []}
    for name in sorted(public):
        text = (PACKAGE / f"{modules[name]}.py").read_text(encoding="utf-8")
        node = next(one for one in ast.parse(text).body if isinstance(one, (ast.FunctionDef, ast.ClassDef)) and one.name == name)
        if isinstance(node, ast.FunctionDef):
            docstring = ast.get_docstring(node)
            if not docstring:
                mute.append(name)
            kinds["Functions"] += [f"### `{name}`", "", "```text", signature(node, name), "```", "", markdown_of(docstring or ""), ""]
        else:
            kinds["Exceptions" if name.endswith("Error") else "Classes"] += class_page(node, text.split("\n"), mute)
    for title, lines in kinds.items():
        out += [f"## {title}", "", *lines]
    return "\n".join(out).rstrip() + "\n", mute


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plimsoll", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    header = HEADER.read_text(encoding="utf-8")
    pages = {"reference_c.md": c_page(header), "reference_python.md": python_page()}
    faults = []
    for name, (text, mute) in pages.items():
        path = ROOT / "docs" / name
        faults += [f"{name}: {one} has no words of its own" for one in mute]
        if options.write:
            path.write_text(text, encoding="utf-8")
            continue
        stood = path.read_text(encoding="utf-8") if path.is_file() else ""
        if stood != text:
            difference = list(difflib.unified_diff(stood.split("\n"), text.split("\n"), f"docs/{name}", "what the sources say", lineterm="", n=1))
            faults.append("\n".join(difference[:30]) + f"\n{RENEW} writes it again")
    declared = set(re.findall(r"^(?:plimsoll_status|const char\*) (plimsoll_\w+)\(", header, re.M))
    headings = " ".join(re.findall(r"^### .*$", pages["reference_c.md"][0], re.M))
    shown = set(re.findall(r"`(plimsoll_\w+)`", headings))
    faults += [f"reference_c.md lacks {name}" for name in sorted(declared - shown)]
    for fault in faults:
        print(fault)
    print(f"{len(declared)} functions in C, {pages['reference_python.md'][0].count('#### ')} methods in Python, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
