"""examples/crash_notebook.py runs, and its plots show what its tables say."""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import desk

SCRIPT = Path(__file__).resolve().parents[2] / "examples/crash_notebook.py"


def traces(page: Path) -> list[dict]:
    """The data of a page's one chart."""
    text = page.read_text(encoding="utf-8")
    begin = re.search(r"Plotly\.newPlot\(\s*\"[^\"]+\",\s*", text).end()
    return json.JSONDecoder().raw_decode(text, begin)[0]


class Notebook(unittest.TestCase):
    def test_it_makes_its_plots(self):
        try:
            import narwhals  # noqa: F401
            import plotly.graph_objects  # noqa: F401
        except ImportError as missing:
            self.skipTest(f"plotly's Python parts are not installed: {missing}")
        folder = desk.scratch()
        self.addCleanup(shutil.rmtree, folder)
        done = subprocess.run([sys.executable, SCRIPT, folder / "plots"], capture_output=True, text=True, check=False, timeout=300, cwd=folder,
                              env=dict(os.environ))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("4 plots", done.stdout)
        self.assertIn("money conserved: True", done.stdout)
        plots = {page.stem: traces(page) for page in (folder / "plots").glob("*.html")}
        self.assertEqual(set(plots), {"health", "who_pays", "deleveraged", "adequacy"})
        self.assertTrue((folder / "plots/plotly.min.js").is_file())

        (health,) = plots["health"]
        self.assertGreater(len(health["x"]), 1000)
        self.assertTrue(all(0 <= x <= 10 for x in health["x"]))
        paid = {one["name"]: one["y"] for one in plots["who_pays"]}
        self.assertEqual({len(y) for y in paid.values()}, {12})
        self.assertGreater(sum(paid["auto-deleveraging"]), 0)
        fund = paid["fund has left"]
        self.assertLess(fund[-1], 10_000)  # Of 200,000.
        self.assertGreater(sum(paid["insurance fund"]), 0)
        self.assertGreaterEqual(min(fund), 0)
        (legs,) = plots["deleveraged"]
        self.assertEqual(len(legs["x"]), 20)
        self.assertEqual(legs["y"], sorted(legs["y"], reverse=True))
        (needed,) = plots["adequacy"]
        self.assertEqual(len(needed["y"]), 5)
        self.assertEqual(needed["y"], sorted(needed["y"], reverse=True))  # Milder and milder shocks.
        self.assertGreater(needed["y"][0], 0)


if __name__ == "__main__":
    unittest.main()
