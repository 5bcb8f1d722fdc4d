"""Books from the libraries of the field, refusals, pickling."""

import pickle
import shutil
import unittest
from decimal import Decimal

import desk
import pyarrow as pa

import plimsoll
from plimsoll.book import toml_of


class TablesIn(unittest.TestCase):
    def setUp(self):
        self.digest = plimsoll.scan(desk.book(), report=False).digest

    def same(self, **tables):
        book = desk.book(**tables)
        self.assertEqual(plimsoll.scan(book, report=False).digest, self.digest)
        self.assertEqual(plimsoll.Scanner(book).tick().digest, self.digest)

    def test_polars(self):
        import polars as pl

        self.same(positions=pl.DataFrame(desk.ROWS["positions"]), balances=pl.DataFrame(desk.ROWS["balances"]))

    def test_polars_decimals_and_categories(self):
        import polars as pl

        positions = pl.DataFrame(desk.ROWS["positions"]).with_columns(
            pl.col("size").cast(pl.Decimal(38, 3)), pl.col("instrument").cast(pl.Categorical)
        )
        self.same(positions=positions)

    def test_duckdb(self):
        import duckdb

        rows = duckdb.sql("select 'ann' account, 'USDT' asset, 9000.00::decimal(20,2) amount union all select 'bob', 'USDT', 60000")
        self.same(balances=rows)

    def test_pandas(self):
        try:
            import pandas as pd
        except ImportError:
            self.skipTest("pandas is not installed")
        self.same(positions=pd.DataFrame(desk.ROWS["positions"]), balances=pd.DataFrame(desk.ROWS["balances"]))

    def test_pyarrow_and_columns(self):
        self.same(positions=pa.Table.from_pylist(desk.ROWS["positions"]),
                  balances={"account": ["ann", "bob"], "asset": ["USDT", "USDT"], "amount": [Decimal("9000.00"), 60000]})

    def test_a_stream_that_can_be_read_once_is_kept(self):
        table = pa.Table.from_pylist(desk.ROWS["balances"])
        self.same(balances=pa.RecordBatchReader.from_batches(table.schema, table.to_batches()))

    def test_what_is_no_table(self):
        with self.assertRaisesRegex(TypeError, "balances is a int"):
            desk.book(balances=3)

    def test_tables_out_can_be_read_again(self):
        import duckdb
        import polars as pl

        flagged = plimsoll.Scanner(desk.book()).tick({"BTC-PERP": 65000}).flagged
        for _ in range(2):
            self.assertEqual(pl.DataFrame(flagged)["account"].to_list(), ["ann"])
            self.assertEqual(duckdb.sql("select account, deficit from flagged").fetchall(), [("ann", Decimal("1000.00"))])


class Refusals(unittest.TestCase):
    def wrong(self, call, **tables):
        with self.assertRaises(plimsoll.RefusedError) as caught:
            call(desk.book(**tables))
        return caught.exception

    def test_places(self):
        rows = [{"account": "ann", "instrument": "BTC-PERP", "size": "2.0005", "entry_price": 70000},
                {"account": "bob", "instrument": "ETH-PERP", "size": "-2", "entry_price": 69000}]
        for call in (plimsoll.scan, plimsoll.Scanner, plimsoll.Book.check):
            found = self.wrong(call, positions=rows)
            self.assertEqual([(one.row, one.column, one.value) for one in found.refusals],
                             [(2, "size", "2.0005"), (3, "instrument", "ETH-PERP")], call)
            self.assertIn("ETH-PERP", str(found))
            self.assertIsInstance(found, ValueError)
            again = pickle.loads(pickle.dumps(found))
            self.assertEqual((again.refusals, again.code, str(again)), (found.refusals, "bad_data", str(found)))

    def test_floats_are_refused_unless_rounded(self):
        rows = {"account": ["ann", "bob"], "asset": ["USDT", "USDT"], "amount": [9000.0, 60000.0]}
        self.assertIn("amount", {one.column for one in self.wrong(plimsoll.scan, balances=rows).refusals})
        digest = plimsoll.scan(desk.book(balances=rows), round="half_even", report=False).digest
        self.assertEqual(digest, plimsoll.scan(desk.book(), report=False).digest)

    def test_usage(self):
        with self.assertRaisesRegex(plimsoll.UsageError, "backend"):
            plimsoll.Scanner(desk.book(), backend="abacus")
        with self.assertRaisesRegex(plimsoll.UsageError, "no option thread;"):
            plimsoll.scan(desk.book(), thread=2)
        with self.assertRaisesRegex(plimsoll.UsageError, "prices"):
            plimsoll.scan(desk.book(prices=[{"a": 1}]))
        with self.assertRaises(plimsoll.FileError):
            plimsoll.scan("no/such/folder")


class Books(unittest.TestCase):
    def test_save_open_pickle(self):
        folder = desk.scratch()
        self.addCleanup(shutil.rmtree, folder)
        book = desk.book()
        want = plimsoll.scan(book, report=False).digest
        saved = plimsoll.Book.open(book.save(folder / "book"))
        for one in (saved, pickle.loads(pickle.dumps(book)), pickle.loads(pickle.dumps(saved)), plimsoll.Book(saved.venue, **saved.tables)):
            self.assertEqual(plimsoll.scan(one, report=False).digest, want)
        with self.assertRaises(plimsoll.UsageError):
            book.save(folder / "book")

    def test_a_made_book_travels_with_its_rows(self):
        book = plimsoll.generate(accounts=50, positions=100, instruments=4)
        want, folder, sent = plimsoll.scan(book, report=False).digest, book.folder(), pickle.dumps(book)
        self.assertEqual(plimsoll.Scanner(book).tick().digest, want)
        del book
        self.assertFalse(folder.exists())
        self.assertEqual(plimsoll.scan(pickle.loads(sent), report=False).digest, want)

    def test_check_counts(self):
        self.assertEqual(desk.book().check()["accounts"], 2)

    def test_temporary_folder_goes_with_the_book(self):
        book = desk.book()
        folder = book.folder()
        self.assertTrue((folder / "positions.arrow").exists())
        del book
        self.assertFalse(folder.exists())

    def test_toml(self):
        import tomllib

        values = {"name": 'a "b" \\ \n', "quote": "USDT", "margin": {"margin_call_at": 1.25, "x y": [1, True, "z"]}, "fund": {"balance": {"USDT": 5}}}
        self.assertEqual(tomllib.loads(toml_of(values)), values)

    def test_options_pickle(self):
        options = plimsoll.Options(threads=2, rulebook="okx", round="down")
        self.assertEqual(pickle.loads(pickle.dumps(options)), options)


if __name__ == "__main__":
    unittest.main()
