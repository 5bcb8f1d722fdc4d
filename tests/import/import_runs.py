"""Shared by the tests of imports: the program, exports in a folder, and a book's money in fractions."""

import csv
import json
import subprocess
from fractions import Fraction


def require(holds, why):
    """Fails with a reason."""
    if not holds:
        raise SystemExit(f"import: {why}")


class Runs:
    """The program, and a folder to work in."""

    def __init__(self, binary, folder):
        self.binary, self.folder = str(binary), folder

    def run(self, *arguments):
        """One call."""
        return subprocess.run([self.binary, *map(str, arguments)], capture_output=True, text=True, check=False)

    def export(self, name, files):
        """A folder of an export: JSON values, texts or bytes by file name."""
        out = self.folder / name
        out.mkdir()
        for file, content in files.items():
            if isinstance(content, bytes):
                (out / file).write_bytes(content)
            else:
                (out / file).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return out

    def units(self, book):
        """Rows of the table units, by account and unit, of a scan of the book."""
        out = self.folder / (book.name + "-scan")
        done = self.run("scan", book, "--out", out, "--quiet", "--force")
        require(done.returncode == 0, f"scan {book.name}: {done.stderr}")
        with open(out / "units.csv", newline="", encoding="utf-8") as file:
            return {(row["account"], row["unit"]): row for row in csv.DictReader(file)}

    def equities(self, book):
        """Equity by account and unit."""
        return {unit: Fraction(row["equity"]) for unit, row in self.units(book).items()}

    def imported(self, export, *arguments):
        """The book that an import makes."""
        book = self.folder / (export.name.replace(".", "-") + "-book")
        done = self.run("import", export, *arguments, "--out", book, "--force")
        require(done.returncode == 0, f"import {export.name}: {done.stderr}")
        return book, done.stderr


def down(value, step):
    """To whole steps, downwards."""
    return Fraction((Fraction(value) / Fraction(step)).__floor__()) * Fraction(step)


def up(value, step):
    """To whole steps, upwards."""
    return -down(-Fraction(value), step)


def profit(size, entry, mark, step, inverse=False):
    """Of a position in the base (of inverse contracts in the quote): value and cost are each whole steps, rounded down."""
    size, entry, mark = Fraction(size), Fraction(entry), Fraction(mark)
    value, cost = (-size / mark, -size / entry) if inverse else (size * mark, size * entry)
    return down(value, step) - down(cost, step)


def compare(found, wanted, what):
    """Both have the same units with the same figures."""
    wrong = {unit: (str(found.get(unit)), str(wanted.get(unit))) for unit in found.keys() | wanted.keys()
             if found.get(unit) != wanted.get(unit)}
    require(not wrong, f"{what}: {len(wrong)} of {len(wanted)} differ (found, wanted): {dict(list(wrong.items())[:5])}")
