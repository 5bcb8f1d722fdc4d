"""The programs of docs/python.md run unchanged, and the first one is short."""

import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import desk

PAGE = Path(__file__).resolve().parents[2] / "docs/python.md"


class Page(unittest.TestCase):
    def setUp(self):
        self.folder = desk.scratch()
        self.addCleanup(shutil.rmtree, self.folder)
        self.programs = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.S | re.M)

    def run_program(self, number):
        program = self.folder / f"program_{number}.py"
        program.write_text(self.programs[number], encoding="utf-8")
        done = subprocess.run([sys.executable, program], cwd=self.folder, capture_output=True, text=True, check=False, timeout=300,
                              env={**os.environ, "POLARS_FMT_MAX_ROWS": "50"})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_there_are_four(self):
        self.assertEqual(len(self.programs), 4)
        self.assertLess(len(self.programs[0].splitlines()), 30)

    def test_a_crash(self):
        reported = self.run_program(0)
        self.assertIn("liquidat", reported)
        self.assertIn("plotly", (self.folder / "crash.html").read_text(encoding="utf-8"))

    def test_refusals(self):
        self.assertIn("venue", self.run_program(1))
        rows = [{**desk.ROWS["positions"][0], "size": "0.0001"}, desk.ROWS["positions"][1]]
        desk.book(positions=rows).save(self.folder / "venue")
        self.assertIn("positions.arrow 2 size 0.0001", self.run_program(1))

    def test_ticks(self):
        self.assertTrue(self.run_program(2).strip().endswith("True"))

    def test_dask(self):
        try:
            import distributed  # noqa: F401
        except ImportError:
            self.skipTest("dask.distributed is not installed")
        try:
            import pandas  # noqa: F401
        except ImportError:
            self.skipTest("pandas is not installed")
        self.assertIn("unpaid", self.run_program(3))


if __name__ == "__main__":
    unittest.main()
