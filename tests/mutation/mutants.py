"""Small bugs in a source, by the rules of universalmutator, and the list of those that change nothing.

A mutant is one changed line. universalmutator's rules are made for any language; mutants of a C++ comment, of an
include or of the inside of a text are left out here, and so is a changed assert: asserts judge, they are not judged.
"""

import contextlib
import dataclasses
import io
import pathlib
import random
import re

from universalmutator import mutator

RULES = ["universal.rules", "c_like.rules", "cpp.rules", str(pathlib.Path(__file__).with_name("cpp_lines.rules"))]
LEFT_ALONE = [
    r"^\s*#",
    r"^\s*//",
    r"^\s*(static_)?assert\s*\(",
    r"^\s*(namespace|using|template|friend)\b",
    r"^\s*(public|private|protected|default):",
    r"\[\[nodiscard\]\].*;\s*(//.*)?$",  # A declaration: its definition is another line.
]
TEXT = re.compile(r'"(\\.|[^"\\])*"')


@dataclasses.dataclass(frozen=True)
class Mutant:
    file: str
    line: int  # 1 is the first.
    nth: int  # The line's text occurs more than once in some files; 1 is the first.
    before: str
    after: str

    @property
    def key(self):
        return (self.file, self.nth, squeeze(self.before), squeeze(self.after))

    def apply(self, text):
        lines = text.splitlines(keepends=True)
        lines[self.line - 1] = self.after + "\n"
        return "".join(lines)


def squeeze(line):
    return " ".join(line.split())


def code_of(line):
    """The line without its trailing comment and without the content of texts."""
    return squeeze(TEXT.sub('""', line).split("//")[0])


def first_difference(before, after):
    shorter = min(len(before), len(after))
    return next((i for i in range(shorter) if before[i] != after[i]), shorter)


def can_compile(before, after):
    """Leaves out mutants that a C++ compiler would refuse anyway: clang-format's spaces tell a comparison from a bracket."""
    at = first_difference(before, after)
    if at >= len(before):
        return True
    here, left, right = before[at], before[at - 1 : at], before[at + 1 : at + 2]
    if any(before.count(a) - before.count(b) != after.count(a) - after.count(b) for a, b in ("()", "{}", "[]")):
        return False
    if re.search(r"[<>=!]==", after):
        return False
    if left in ("<", ">") and after[at] == "=" and before[at - 2 : at - 1] != " ":
        return False
    if before[at - 1 : at + 1] in ("++", "--") or before[at : at + 2] in ("++", "--"):
        return after[at : at + 2] in ("++", "--")
    if here.isdigit():
        number = re.match(r"\d+", before[at:]).group()
        twice = {"0": ("(0+1)", "(0-1)"), "1": ("(1-1)",)}.get(number, ())
        return not re.match(r"[\w']", left) and not after[at:].startswith(twice)
    if here in "<>":
        return left == " " and (right in " =" or right == here)
    if here in "*&":
        return left in " &" and right in " &="
    return True


def enclosing(lines, index):
    """The lines that enclose the line's block, by their indentation."""
    indent = len(lines[index]) - len(lines[index].lstrip())
    for line in reversed(lines[:index]):
        mine = len(line) - len(line.lstrip())
        if line.strip() and mine < indent:
            indent = mine
            yield line.strip()


def indent_of(line):
    return len(line) - len(line.lstrip())


def opener(lines, index):
    """The statement whose block the closing line ends."""
    indent = indent_of(lines[index])
    return next((line.strip() for line in reversed(lines[:index]) if line.strip() and indent_of(line) <= indent), "")


def ends_its_loop(lines, index):
    """Is this line the last that a loop's body runs, in whatever ifs it stands? A `continue` behind it changes nothing."""
    after, inside = index + 1, indent_of(lines[index])
    while after < len(lines):
        text = lines[after].strip()
        if text.startswith("}") and indent_of(lines[after]) < inside:
            inside = indent_of(lines[after])
            if text == "}" and re.match(r"(for|while|do)\b", opener(lines, after)):
                return True
            if text.startswith("} else"):  # The other branch is passed over.
                after += 1
                while indent_of(lines[after]) > inside or not lines[after].strip():
                    after += 1
                inside += 1
                continue
            if text != "}" or not re.match(r"(if|\} else)\b", opener(lines, after)):
                return False
        elif text:
            return False
        after += 1
    return False


def counts_up(before, after):
    """Does the line only count to a size, by `!=` in place of `<`? Counting from 0 by one, both end at the same number."""
    loop = r"\s*for \(\S+ (\w+) = 0; \1 {} (.*); \+\+\1\) \{{"
    one, other = re.match(loop.format("<"), before), re.match(loop.format("!="), after)
    return bool(one and other and one.groups() == other.groups() and "&&" not in one.group(2))


def whole(code):
    """Is this line of code one whole statement?"""
    return code.endswith(";") and all(code.count(a) == code.count(b) for a, b in ("()", "{}", "[]"))


def makes_sense(lines, index, after):
    before = lines[index].rstrip("\n")
    code = code_of(before)
    if re.search(r"(break|continue);$", after) and after.startswith(before):
        loops = r"(for|while|do)\b" if after.endswith("continue;") else r"(for|while|do|switch)\b"
        inside = any(re.match(loops, line) for line in enclosing(lines, index))
        if after.endswith("continue;") and not code.endswith("{") and ends_its_loop(lines, index):
            return False
        return inside and code.endswith((";", "{", "}")) and not re.match(r"(return|break|continue)\b", code)
    if after.strip().startswith("/*"):
        return whole(code) and not re.match(r"(const(expr)?|auto|return|using|break|friend)\b", code)
    return can_compile(before, after) and not counts_up(before, after)


def mutants_of(root, file):
    """Every mutant of one source, in the order of its lines."""
    lines = (root / file).read_text(encoding="utf-8").splitlines(keepends=True)
    with contextlib.redirect_stdout(io.StringIO()):
        found = mutator.mutants_regexp(lines, ruleFiles=RULES, ignorePatterns=LEFT_ALONE)
    seen, result = set(), []
    for number, changed, *_ in found:
        before, after = lines[number - 1].rstrip("\n"), changed.rstrip("\n")
        if "\n" in after:  # A rule adds a second line, `break;`. The lines below keep their numbers, which asserts print.
            first, second = after.split("\n", 1)
            after = f"{first.split('//')[0].rstrip()} {second.strip()}"
            if not after.startswith(before):
                before_code = before.split("//")[0].rstrip()
                after = before_code + " " + second.strip() if before_code else before
        if code_of(before) == code_of(after) or (number, code_of(after)) in seen:
            continue
        seen.add((number, code_of(after)))
        if not makes_sense(lines, number - 1, after):
            continue
        nth = sum(1 for line in lines[:number] if squeeze(line) == squeeze(before))
        result.append(Mutant(file, number, nth, before, after))
    return result


def in_sample_order(by_file, seed):
    """Mixes the mutants so that any beginning of the list holds the same share of every file's."""
    placed = []
    for file, mutants in sorted(by_file.items()):
        shuffled = list(mutants)
        random.Random(f"{seed} {file}").shuffle(shuffled)
        placed += [((i + 0.5) / len(shuffled), file, mutant) for i, mutant in enumerate(shuffled)]
    return [mutant for _, _, mutant in sorted(placed, key=lambda entry: entry[:2])]


class Equivalents:
    """The committed list of mutants that no test can tell from the program, each with its reason.

    An entry is a file (with `#2` for the second line of that text), the line's text after `-`, the mutant's
    after `+`, and the reason after `=`. Line numbers stay out, so that an entry survives edits elsewhere. Without a
    `+` the reason holds for every mutant of the line.
    """

    def __init__(self, path):
        self.reasons = {}
        self.used = set()
        file, nth, before, after = None, 1, None, None
        for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
            sign, text = line[:4].strip(), squeeze(line[4:])
            if not line.strip() or line.startswith("#"):
                continue
            if not line.startswith(" "):
                file, _, number = line.strip().partition("#")
                nth, before, after = int(number or 1), None, None
            elif sign == "-":
                before, after = text, None
            elif sign == "+":
                after = text
            elif sign == "=" and file and before:
                self.reasons[(file, nth, before, after)] = text
                after = None
            else:
                raise ValueError(f"{path}: neither a file nor an entry of it: {line}")

    def reason(self, mutant):
        for key in (mutant.key, mutant.key[:3] + (None,)):
            if key in self.reasons:
                self.used.add(key)
                return self.reasons[key]
        return None

    def stale(self, files):
        """Entries of these files that no mutant has any more; call it after `reason` was asked for every mutant."""
        return [key for key in self.reasons if key[0] in files and key not in self.used]


def entry_text(mutant):
    """The mutant as an entry of the list of equivalents, without its reason."""
    place = mutant.file if mutant.nth == 1 else f"{mutant.file}#{mutant.nth}"
    return f"{place}\n  - {squeeze(mutant.before)}\n  + {squeeze(mutant.after)}\n"
