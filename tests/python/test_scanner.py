"""Scanner and Executor: ticks, updates, questions, views, threads, gateways."""

import pickle
import shutil
import threading
import time
import unittest
from decimal import Decimal

import desk
import numpy as np
import polars as pl
import pyarrow as pa

import plimsoll


class Ticks(unittest.TestCase):
    def test_marks_in_every_form(self):
        forms = [
            {"marks": {"BTC-PERP": "65000.0"}}, {"marks": {"BTC-PERP": 65000}}, {"marks": {"BTC-PERP": Decimal(65000)}},
            {"marks": {"BTC-PERP": 65000.0}}, {"marks": pa.table({"instrument": ["BTC-PERP"], "mark": ["65000"]})},
            {"marks": [{"instrument": "BTC-PERP", "mark": 65000}]}, {"ids": np.array([0]), "ticks": np.array([130_000])},
            {"ids": np.array([0, 7], np.uint32)[:1], "ticks": np.array([130_000, 1, 2])[::3]},
        ]  # fmt: skip
        digests = {plimsoll.Scanner(desk.book()).tick(**form).digest for form in forms}
        want = plimsoll.scan(desk.book(marks=[{"instrument": "BTC-PERP", "mark": 65000}]), report=False).digest
        self.assertEqual(digests, {want})

    def test_flagged_and_cover(self):
        tick = plimsoll.Scanner(desk.book()).tick({"BTC-PERP": 65000})
        self.assertEqual(tick.states, {"healthy": 1, "margin_call": 0, "liquidatable": 0, "bankrupt": 1})
        (row,) = tick.flagged.to_pylist()
        self.assertEqual((row["account"], row["unit"], row["state"], row["deficit"]), ("ann", "cross:USDT", "bankrupt", Decimal("1000.00")))
        (fill,) = tick.cover.to_pylist()
        self.assertEqual((fill["loser"], fill["winner"], fill["size"], fill["price"]), ("ann", "bob", Decimal(2), Decimal("65500.0")))
        self.assertEqual((tick.flagged_rows, tick.cover_rows), (1, 1))
        self.assertEqual(tick.totals["USDT"], {"balances": Decimal("69000.00"), "deficit": Decimal("1000.00")})
        self.assertIn("ann", tick._repr_html_())
        again = pickle.loads(pickle.dumps(tick))
        self.assertEqual((again.digest, again.flagged), (tick.digest, tick.flagged))

    def test_tables_outlive_the_next_tick(self):
        scan = plimsoll.Scanner(desk.book())
        first = scan.tick({"BTC-PERP": 65000})
        scan.tick({"BTC-PERP": 70000})
        del scan
        self.assertEqual(first.flagged["account"].to_pylist(), ["ann"])

    def test_tables_are_of_their_tick_whenever_they_are_asked_for(self):
        def book():
            return plimsoll.Scanner(desk.venue())

        def tables(tick):
            return tick.flagged, tick.cover, tick.demand, tick.totals

        base = np.array([one["mark_ticks"] for one in book().instruments])
        ids = np.arange(len(base), dtype=np.uint32)
        at = [base * part // 100 for part in (85, 95, 90, 80)]
        other = book()
        want = [tables(other.tick(ids=ids, ticks=ticks)) for ticks in at]
        self.assertGreater(want[0][1].num_rows, 0)
        self.assertGreater(want[0][2].num_rows, 0)
        # After other ticks; after the book has changed; after another book was loaded; after the scanner has ended.
        scan = book()
        first, second, third, fourth = (scan.tick(ids=ids, ticks=ticks) for ticks in at)
        self.assertEqual(tables(second), want[1])
        scan.apply([{"kind": "deposit", "account": "acc-00000001", "asset": "QUSD", "amount": 1}])
        self.assertEqual(tables(first), want[0])
        scan.load(desk.book())
        self.assertEqual(tables(third), want[2])
        del scan
        self.assertEqual(tables(fourth), want[3])
        # A run of an executor changes the book.
        scan = book()
        first = scan.tick(ids=ids, ticks=at[0])
        engine = plimsoll.Executor(scan)
        found, done = engine.run(ids=ids, ticks=at[0])
        later, _ = engine.run(ids=ids, ticks=at[3])
        self.assertGreater(done.plans, 0)
        self.assertEqual(tables(first), want[0])
        self.assertEqual(found.flagged, want[0][0])
        self.assertNotEqual(later.flagged, want[0][0])
        self.assertEqual(done.events.num_rows, done.legs)
        self.assertEqual(pickle.loads(pickle.dumps(done)).flows, done.flows)
        # One that is kept until the end, with its scanner gone before.
        kept = book().tick(ids=ids, ticks=at[2])
        self.assertEqual(pickle.loads(pickle.dumps(kept)).cover, want[2][1])

    def test_views_copy_no_name(self):
        names = [f"an-account-with-a-long-name-{number}" for number in range(300)]
        balances = [{"account": name, "asset": "USDT", "amount": 4000} for name in names] + [{"account": "winner", "asset": "USDT", "amount": 10**8}]
        positions = [{"account": name, "instrument": "BTC-PERP", "size": 1, "entry_price": 70000} for name in names]
        positions.append({"account": "winner", "instrument": "BTC-PERP", "size": -300, "entry_price": 70000})
        scan = plimsoll.Scanner(desk.book(balances=balances, positions=positions))
        ticks = [scan.tick({"BTC-PERP": mark}) for mark in (65000, 64000)]
        blocks = []
        for tick in ticks:
            for name in ("flagged", "cover"):
                views = pa.table(tick.views(name))
                copied = getattr(tick, name)
                self.assertEqual(views.to_pydict(), copied.to_pydict())
                self.assertEqual({str(field.type) for field in views.schema if field.name in ("account", "loser", "winner")}, {"string_view"})
                (chunk,) = views["account" if name == "flagged" else "loser"].chunks
                self.assertEqual(len(chunk.buffers()), 3)  # No blanks; the views; the scanner's names, and no text besides.
                blocks.append((chunk.buffers()[2].address, chunk.buffers()[2].size))
        self.assertEqual(len(set(blocks)), 1, "every table refers to the same names")
        self.assertEqual(pl.DataFrame(ticks[0].views("flagged")).to_dicts(), ticks[0].flagged.to_pylist())
        again = ticks[0].views("cover")
        del scan, ticks, tick
        self.assertEqual(pa.table(again), pa.table(again))
        self.assertEqual(pa.table(again)["loser"][0].as_py()[:10], "an-account")
        with self.assertRaisesRegex(plimsoll.UsageError, "demand"):
            plimsoll.Scanner(desk.book()).tick().views("demand")

    def test_demand_and_held_marks(self):
        book = desk.book()
        scan = plimsoll.Scanner(plimsoll.Book(book.venue.replace("[market]", "[margin]\nmax_mark_age = 60\n\n[market]"), **book.tables))
        tick = scan.tick(ids=np.array([0]), ticks=np.array([130_000]), times=np.array([10**18]))
        (row,) = tick.demand.to_pylist()
        self.assertEqual((row["instrument"], row["demand_short"], row["cover_short"]), ("BTC-PERP", Decimal(2), Decimal(2)))
        self.assertEqual((tick.held_instruments, tick.held_marks), (0, None))
        late = scan.tick(now_ns=10**18 + 61 * 10**9)
        scan.tick(ids=np.array([0]), ticks=np.array([130_000]), times=np.array([10**18 + 100 * 10**9]))
        (row,) = late.held_marks.to_pylist()
        self.assertEqual((row["instrument"], row["age"], row["limit"], row["why"]), ("BTC-PERP", Decimal(61), Decimal(60), "too old"))

    def test_times_and_age(self):
        book = desk.book()
        scan = plimsoll.Scanner(plimsoll.Book(book.venue.replace("[market]", "[margin]\nmax_mark_age = 60\n\n[market]"), **book.tables))
        at = {"ids": np.array([0]), "ticks": np.array([130_000]), "times": np.array([10**18])}
        self.assertEqual(scan.tick(**at).held, 0)
        self.assertEqual(scan.tick(now_ns=10**18 + 61 * 10**9).held, 2)

    def test_refused_marks(self):
        scan = plimsoll.Scanner(desk.book())
        before = scan.tick().digest
        with self.assertRaises(plimsoll.RefusedError) as caught:
            scan.tick({"BTC-PERP": "65000.3", "ETH": 3})
        self.assertEqual([(one.row, one.column, one.value) for one in caught.exception.refusals], [(2, "mark", "65000.3"), (3, "instrument", "ETH")])
        for wrong in ({"ids": [0], "ticks": [1, 2]}, {"ids": [0], "ticks": [1], "times": [1, 2]}):
            with self.assertRaises(plimsoll.UsageError):
                scan.tick(**wrong)
        with self.assertRaises(plimsoll.RefusedError):
            scan.tick(ids=[9], ticks=[1])
        self.assertEqual(scan.tick().digest, before)

    def test_instruments_and_assets(self):
        scan = plimsoll.Scanner(desk.book())
        (btc,) = scan.instruments
        self.assertEqual((btc["id"], btc["name"], btc["settle"], btc["price_step"], btc["mark_ticks"]), (0, "BTC-PERP", "USDT", "0.5", 136_000))
        self.assertEqual([one["name"] for one in scan.assets], ["USDT"])


class Updates(unittest.TestCase):
    def test_apply(self):
        scan = plimsoll.Scanner(desk.book())
        before = scan.state_digest
        done = scan.apply([{"kind": "deposit", "account": "ann", "asset": "USDT", "amount": 500},
                           {"kind": "fill", "account": "ann", "to": "bob", "instrument": "BTC-PERP", "size": "-1", "price": "68000"}])
        self.assertEqual(done, 2)
        self.assertNotEqual(scan.state_digest, before)
        self.assertEqual(scan.account("ann").positions["size"].to_pylist(), [Decimal(1)])

    def test_refused_rows_and_refused_updates(self):
        scan = plimsoll.Scanner(desk.book())
        before = scan.state_digest
        with self.assertRaises(plimsoll.RefusedError) as caught:
            scan.apply([{"kind": "deposit", "account": "ann", "asset": "USDT", "amount": "0.001"}])
        self.assertEqual([(one.row, one.column) for one in caught.exception.refusals], [(2, "amount")])
        self.assertEqual(scan.state_digest, before)
        with self.assertRaises(plimsoll.RefusedError) as caught:
            scan.apply([{"kind": "deposit", "account": "ann", "asset": "USDT", "amount": 1},
                        {"kind": "withdraw", "account": "zoe", "asset": "USDT", "amount": 1}])
        self.assertEqual(caught.exception.detail, 1)
        self.assertNotEqual(scan.state_digest, before)

    def test_questions(self):
        scan = plimsoll.Scanner(desk.book())
        scan.tick({"BTC-PERP": 68000})
        ann = scan.account("ann")
        self.assertEqual(ann.units["equity"].to_pylist(), [Decimal("5000.00")])
        after = scan.preview({"kind": "withdraw", "account": "ann", "asset": "USDT", "amount": 100})
        self.assertEqual(after.units["equity"].to_pylist(), [Decimal("4900.00")])
        self.assertEqual(scan.account("ann").units, ann.units)
        most = scan.largest_order("ann", "BTC-PERP", "long", 68000)
        self.assertGreater(most, 0)
        fill = {"kind": "fill", "account": "ann", "to": "bob", "instrument": "BTC-PERP", "price": 68000}
        self.assertGreaterEqual(scan.preview({**fill, "size": str(most)}).units["free"][0].as_py(), 0)
        self.assertLess(scan.preview({**fill, "size": str(most + Decimal("0.001"))}).units["free"][0].as_py(), 0)
        self.assertEqual(scan.account("bob", ladders=True).positions["ladder_place"].to_pylist(), [1])
        with self.assertRaisesRegex(plimsoll.UsageError, "zoe"):
            scan.account("zoe")

    def test_snapshot_and_revise(self):
        folder = desk.scratch()
        self.addCleanup(shutil.rmtree, folder)
        scan = plimsoll.Scanner(desk.book())
        saved = scan.snapshot(folder / "now")
        self.assertEqual(plimsoll.Scanner(saved).state_digest, scan.state_digest)
        more = desk.ROWS["instruments"] + [{**desk.ROWS["instruments"][0], "instrument": "ETH-PERP", "base": "ETH"}]
        desk.book(instruments=more).save(folder / "monday")
        self.assertEqual(scan.revise(folder / "monday"), {"instruments": 1, "assets": 0, "retiered": 0})
        self.assertEqual([one["name"] for one in scan.instruments], ["BTC-PERP", "ETH-PERP"])


class Threads(unittest.TestCase):
    def test_a_view_stays_while_the_scanner_goes_on(self):
        scan = plimsoll.Scanner(desk.book())
        view, want = scan.view(), scan.account("ann").units
        scan.apply([{"kind": "deposit", "account": "ann", "asset": "USDT", "amount": 1}])
        seen = []
        readers = [threading.Thread(target=lambda: seen.extend(view.account("ann").units == want for _ in range(50))) for _ in range(3)]
        for one in readers:
            one.start()
        for _ in range(50):
            scan.tick({"BTC-PERP": 66000})
        for one in readers:
            one.join()
        self.assertEqual(seen, [True] * 150)

    def test_calls_of_several_threads_wait_for_each_other(self):
        scan = plimsoll.Scanner(desk.venue())
        want, found = scan.tick().digest, []
        threads = [threading.Thread(target=lambda: found.extend(scan.tick().digest for _ in range(20))) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        self.assertEqual(found, [want] * 80)

    def test_other_threads_run_meanwhile(self):
        book = plimsoll.generate(accounts=20_000, positions=80_000, seed=3)
        counted, stop = [0], threading.Event()

        def count():
            while not stop.is_set():
                counted[0] += 1
                time.sleep(0.001)

        thread = threading.Thread(target=count)
        thread.start()
        begun, before = time.monotonic(), counted[0]
        scan = plimsoll.Scanner(book)
        seconds, turns = time.monotonic() - begun, counted[0] - before
        stop.set()
        thread.join()
        self.assertEqual(scan.tick().units > 20_000, True)
        self.assertGreater(turns, seconds * 1000 / 50, f"{turns} turns in {seconds:.3f} s: the interpreter was locked")


class Market(plimsoll.Gateway):
    """Fills half of an order at its limit, and ends it."""

    def __init__(self, scan=None):
        super().__init__()
        self.orders, self.scan, self.fails = [], scan, None

    def send(self, order):
        self.orders.append(order)
        if self.fails:
            raise self.fails
        if self.scan is not None:
            self.scan.tick()
        assert self.answer(order, 1, "fill", max(1, abs(order.lots) // 2), order.limit_ticks)
        assert self.answer(order, 2, "done")

    def cancel(self, order):
        raise AssertionError("nothing is left to cancel")


class Executors(unittest.TestCase):
    def test_the_books_own_market(self):
        scan = plimsoll.Scanner(desk.book())
        engine = plimsoll.Executor(scan)
        tick, done = engine.run({"BTC-PERP": 65000})
        self.assertEqual(tick.flagged["account"].to_pylist(), ["ann"])
        self.assertEqual(done.bankrupt, 1)
        self.assertEqual(done.events.num_rows, done.legs)
        cells = done.events.to_pydict()
        self.assertEqual(sum(cells["amount"]), sum(cost or 0 for cost in cells["cost"]))  # Balances less costs are unchanged.
        self.assertEqual(sum(size or 0 for size in cells["size"]), 0)
        self.assertTrue(engine.conserved)
        self.assertEqual(engine.balance("fund", "USDT"), done.flows["USDT"]["fund_balance"])
        again = pickle.loads(pickle.dumps(done))
        self.assertEqual((again.events, again.flows), (done.events, done.flows))

    def test_a_market_in_python(self):
        scan = plimsoll.Scanner(desk.book())
        market = Market()
        engine = plimsoll.Executor(scan, gateway=market)
        _, first = engine.run({"BTC-PERP": 65000})
        self.assertEqual(first.orders_sent, len(market.orders))
        self.assertGreater(len(market.orders), 0)
        self.assertEqual(market.orders[0].instrument, 0)
        self.assertLess(market.orders[0].lots, 0)
        for _ in range(3):
            engine.run()
        self.assertTrue(engine.conserved)

    def test_what_a_market_raises_is_raised(self):
        market = Market()
        engine = plimsoll.Executor(plimsoll.Scanner(desk.book()), gateway=market)
        market.fails = KeyError("the line is down")
        with self.assertRaisesRegex(KeyError, "the line is down"):
            engine.run({"BTC-PERP": 65000})
        market.fails = None
        engine.run()
        self.assertTrue(engine.conserved)

    def test_a_market_may_not_call_its_scanner(self):
        scan = plimsoll.Scanner(desk.book())
        engine = plimsoll.Executor(scan, gateway=Market(scan))
        with self.assertRaisesRegex(plimsoll.UsageError, "may not call"):
            engine.run({"BTC-PERP": 65000})

    def test_usage(self):
        scan = plimsoll.Scanner(desk.book())
        engine = plimsoll.Executor(scan, rulebook="okx")
        with self.assertRaises(plimsoll.UsageError):
            plimsoll.Executor(scan)
        with self.assertRaises(plimsoll.UsageError):
            plimsoll.Executor(plimsoll.Scanner(desk.book()), rulebook="nobody")
        scan.load(desk.book())
        with self.assertRaises(plimsoll.UsageError):
            engine.run()
        del engine
        plimsoll.Executor(scan)


if __name__ == "__main__":
    unittest.main()
