"""Prints some columns of a CSV table, aligned, amounts without decimals.

    show_table.py FILE.csv --columns tick,bankrupt,adl [--asset QUSD]
"""

import argparse
import csv
from decimal import Decimal


def cut(cell):
    """An amount to its whole units, a ratio to six digits."""
    value = Decimal(cell)
    return cell[:8] if 0 < abs(value) < 1 else f"{int(value):,}"


def main():
    """Reads the arguments and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--columns", required=True)
    parser.add_argument("--asset")
    arguments = parser.parse_args()
    columns = arguments.columns.split(",")
    with open(arguments.file, newline="", encoding="utf-8") as file:
        rows = [[row[name] for name in columns] for row in csv.DictReader(file) if arguments.asset in (None, row.get("asset"))]
    table = [columns] + [[cell if name in ("policy", "tick") else cut(cell) for name, cell in zip(columns, row)] for row in rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(columns))]
    for row in table:
        print("  " + "  ".join(cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(zip(row, widths))))


if __name__ == "__main__":
    main()
