"""Each function beside the command of its name; progress, interruption, pages."""

import json
import pickle
import shutil
import signal
import subprocess
import sys
import unittest

import desk
import pyarrow as pa
import pyarrow.compute

import plimsoll
from plimsoll.book import read_table


class BesideTheCommand(unittest.TestCase):
    def setUp(self):
        self.folder = desk.scratch()
        self.addCleanup(shutil.rmtree, self.folder)
        self.book = desk.venue().save(self.folder / "book")
        self.ticks = desk.write_csv(desk.crash(desk.venue()), self.folder / "ticks.csv")

    def same(self, name, result, *words):
        """The command's tables and summary are those of the function, but for how long it took."""
        out = self.folder / name
        reported = json.loads(desk.command(name, self.book, *words, "--out", out, "--format", "arrow", "--quiet"))
        files = {path.stem: read_table(path) for path in out.iterdir() if path.suffix == ".arrow"}
        self.assertEqual(set(result.tables), set(files))
        for table, rows in files.items():
            timed = [column for column in rows.column_names if column.startswith("seconds")]
            self.assertEqual(result.tables[table].drop_columns(timed), rows.drop_columns(timed), table)
        self.assertTrue(any(rows.num_rows for rows in files.values()))
        for timed in ("run", "seconds", "seconds_total"):
            reported.pop(timed, None)
        self.assertEqual({key: result.summary[key] for key in reported}, reported)
        return out

    def test_scan(self):
        for book in (desk.venue(), self.book):
            result = plimsoll.scan(book, ladder="full")
            self.same("scan", result, "--positions", "--ladder", "full")
            shutil.rmtree(self.folder / "scan")
        self.assertEqual(result.digest, plimsoll.Scanner(self.book).tick().digest)
        self.assertGreater(result.flagged.num_rows, 0)

    def test_replay(self):
        result = plimsoll.replay(desk.venue(), desk.crash(desk.venue()))
        out = self.same("replay", result, "--ticks", self.ticks)
        self.assertTrue(result.conserved)
        self.assertGreater(result.events.num_rows, 100)
        self.assertEqual(plimsoll.scan(result.final, report=False).digest, plimsoll.scan(out / "final", report=False).digest)

    def test_replay_with_updates(self):
        account = desk.venue().tables["balances"]["account"][0].as_py()
        updates = [{"tick": 2, "kind": "deposit", "account": account, "asset": "QUSD", "amount": 7}]
        result = plimsoll.replay(self.book, self.ticks, updates=updates, report=False)
        self.same("replay", result, "--ticks", self.ticks, "--updates", desk.write_csv(updates, self.folder / "updates.csv"))
        self.assertIn("update", result.events["step"].to_pylist())

    def test_options_reach_the_command(self):
        options = plimsoll.Options(rulebook="okx", threads=1, backend="cpu", report=False)
        result = plimsoll.replay(self.book, self.ticks, options=options)
        self.assertEqual(result.summary["rulebook"], "okx")
        self.same("replay", result, "--ticks", self.ticks, "--rulebook", "okx")
        late = plimsoll.scan(self.book, as_of="2026-01-01T00:02:00Z", options=options)
        self.assertGreater(late.summary["held"]["units"], 0)
        self.same("scan", late, "--positions", "--as-of", "2026-01-01T00:02:00Z", "--rulebook", "okx")
        unit = result.events.filter(pyarrow.compute.not_equal(result.events["unit"], ""))["unit"][0].as_py()
        account = result.events.filter(pyarrow.compute.equal(result.events["unit"], unit))["account"][0].as_py()
        self.assertEqual([one["unit"] for one in plimsoll.explain(self.book, account, unit=unit, options=options).units], [unit])

    def test_compare(self):
        self.same("compare", plimsoll.compare(self.book, policies=["queue", "pro_rata:pnl"], shock=-0.2),
                  "--policies", "queue,pro_rata:pnl", "--shock=-0.2")

    def test_stress(self):
        one = desk.venue().tables["instruments"]["instrument"][0].as_py()
        self.same("stress", plimsoll.stress(self.book, shocks=[-0.2, {one: "-0.3"}], funds=[0, {"QUSD": 100000}]),
                  f"--shocks=-0.2;{one}=-0.3", "--funds=0;QUSD=100000")

    def test_explain(self):
        account = plimsoll.scan(self.book, report=False).flagged["account"][0].as_py()
        result = plimsoll.explain(self.book, account)
        self.assertEqual(result.summary, json.loads(desk.command("explain", self.book, account, "--format", "json", "--quiet")))
        with self.assertRaisesRegex(plimsoll.UsageError, "similar names"):
            plimsoll.explain(self.book, account + "x")

    def test_generate(self):
        made = plimsoll.generate(accounts=300, positions=900, instruments=4, seed=9, shock=-0.1, out=self.folder / "made", format="csv")
        desk.command("generate", "--accounts", 300, "--positions", 900, "--instruments", 4, "--seed", 9, "--shock=-0.1", "--out", self.folder / "want")
        for path in (self.folder / "want").iterdir():
            self.assertEqual((made.folder() / path.name).read_bytes(), path.read_bytes(), path.name)

    def test_import(self):
        export = self.folder / "export"
        export.mkdir()
        desk.write_csv([{"who": "ann", "side": "LONG", "qty": 2.0, "avg": 70000.0}, {"who": "bob", "side": "SHORT", "qty": 2.0, "avg": 69000.0}],
                       export / "held.csv")
        tables = ""
        for name in ("assets", "instruments", "tiers", "balances", "marks"):
            desk.write_csv(desk.ROWS[name], export / f"{name}.csv")
            columns = "".join(f'{column} = "{column}"\n' for column in desk.ROWS[name][0])
            tables += f'\n[[table]]\nto = "{name}"\nfrom = "{name}.csv"\n[table.columns]\n{columns}'
        (self.folder / "map.toml").write_text(
            'name = "own"\nquote = "USDT"\n\n[[table]]\nto = "positions"\nfrom = "held.csv"\n[table.columns]\naccount = "who"\n'
            'instrument = { text = "BTC-PERP" }\nsize = { from = "qty", negative = { column = "side", is = ["SHORT"] } }\n'
            'entry_price = "avg"\n' + tables)
        words = ["--map", self.folder / "map.toml", "--round", "half_even"]
        desk.command("import", export, *words, "--out", self.folder / "want", "--quiet")
        book = plimsoll.import_(export, mapping=self.folder / "map.toml", round="half_even")
        self.assertEqual(plimsoll.scan(book, report=False).digest, plimsoll.scan(self.folder / "want", report=False).digest)
        self.assertEqual(plimsoll.scan(book, report=False).digest, plimsoll.scan(desk.book(), report=False).digest)
        with self.assertRaisesRegex(plimsoll.UsageError, "presets"):
            plimsoll.import_(export)


class Progress(unittest.TestCase):
    def test_it_is_reported_in_order_on_this_thread(self):
        import threading

        heard = []
        plimsoll.replay(desk.venue(), desk.crash(desk.venue()), report=False,
                        progress=lambda *state: heard.append((threading.get_ident(), *state)))
        stages = [stage for _, stage, *_ in heard]
        self.assertIn("replaying", stages)
        self.assertTrue(stages[0].startswith("reading"), stages[0])
        self.assertEqual({thread for thread, *_ in heard}, {threading.get_ident()})
        last = [state for state in heard if state[1] == "replaying"][-1]
        self.assertEqual(last[2:], (1.0, 4, 4, "ticks"))

    def test_what_it_raises_ends_a_replay_which_goes_on_from_there(self):
        folder = desk.scratch()
        self.addCleanup(shutil.rmtree, folder)
        many = [{**row, "tick": round_ * 4 + row["tick"]} for round_ in range(30) for row in desk.crash(desk.venue())]

        class Enough(Exception):
            pass

        def stop(stage, *_):
            if stage == "replaying":
                raise Enough

        with self.assertRaises(Enough):
            plimsoll.replay(desk.venue(), many, out=folder / "out", report=False, progress=stop, checkpoint=0)
        self.assertTrue((folder / "out.resume").exists())
        self.assertFalse((folder / "out").exists())
        gone_on = plimsoll.replay(desk.venue(), many, out=folder / "out", report=False, resume=True)
        self.assertEqual(gone_on.events, plimsoll.replay(desk.venue(), many, report=False).events)

    def test_a_signal_ends_a_replay_after_its_tick(self):
        folder = desk.scratch()
        self.addCleanup(shutil.rmtree, folder)
        program = """
import sys, desk, plimsoll
many = [{**row, "tick": turn * 4 + row["tick"]} for turn in range(100) for row in desk.crash(desk.venue())]
say = lambda stage, *_: print(stage, flush=True)
plimsoll.replay(desk.venue(), many, out=sys.argv[1], report=False, progress=say, checkpoint=0)
"""
        with subprocess.Popen([sys.executable, "-c", program, folder / "out"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
            for line in run.stdout:
                if line == "replaying\n":
                    run.send_signal(signal.SIGINT)
                    break
            _, errors = run.communicate(timeout=120)
        self.assertIn("KeyboardInterrupt", errors)
        self.assertNotEqual(run.returncode, 0)
        self.assertTrue((folder / "out.resume").exists())
        self.assertFalse((folder / "out").exists())

    def test_nothing_is_printed(self):
        reported = subprocess.run([sys.executable, "-c", "import desk, plimsoll; plimsoll.replay(desk.book(), desk.FALLS)"],
                              capture_output=True, text=True, check=True)
        self.assertEqual((reported.stdout, reported.stderr), ("", ""))


class Pages(unittest.TestCase):
    def test_what_a_notebook_shows(self):
        book = desk.book()
        results = [plimsoll.scan(book), plimsoll.replay(book, desk.FALLS), plimsoll.compare(book, shock="-0.1"),
                   plimsoll.stress(book, shocks=[-0.1]), plimsoll.explain(book, "ann")]
        for one in results:
            shown = one._repr_html_()
            self.assertIn("srcdoc", shown)
            self.assertIn("desk", shown.split("srcdoc")[0])
            self.assertIn("plotly", one.page)
            self.assertIn(type(one).__name__, repr(one))
        small = plimsoll.scan(book, report=False)
        self.assertIsNone(small.page)
        self.assertLess(len(small._repr_html_()), 10_000)
        with self.assertRaises(ValueError):
            small.save_page("x.html")

    def test_names_in_it_are_text(self):
        rows = [{**row, "account": row["account"].replace("ann", "<img src=x>")} for row in desk.ROWS["balances"]]
        positions = [{**row, "account": row["account"].replace("ann", "<img src=x>")} for row in desk.ROWS["positions"]]
        book = desk.book(balances=rows, positions=positions)
        self.assertNotIn("<img", plimsoll.explain(book, "<img src=x>", report=False)._repr_html_())
        self.assertNotIn("<img", plimsoll.Scanner(book).tick({"BTC-PERP": 65000})._repr_html_())

    def test_results_pickle(self):
        result = plimsoll.replay(desk.book(), desk.FALLS)
        again = pickle.loads(pickle.dumps(result))
        self.assertEqual((again.events, again.summary, again.page), (result.events, result.summary, result.page))
        self.assertEqual(plimsoll.scan(again.final, report=False).digest, plimsoll.scan(result.final, report=False).digest)
        self.assertIsInstance(again.events, pa.Table)


if __name__ == "__main__":
    unittest.main()
