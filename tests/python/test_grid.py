"""`map=`: the parts of a grid, run by any pool, give the whole."""

import concurrent.futures as futures
import multiprocessing
import os
import shutil
import signal
import time
import unittest

import desk

import plimsoll

SHOCKS, FUNDS = [-0.3, -0.2, -0.1, 0.1], [0, 100000]


def whole():
    return plimsoll.stress(desk.venue(), shocks=SHOCKS, funds=FUNDS, report=False)


def processes():
    return futures.ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


class Pools(unittest.TestCase):
    def same(self, parts, all_of_it, lists):
        self.assertEqual(parts.tables, all_of_it.tables)
        for name in lists:
            self.assertEqual(parts.summary[name], all_of_it.summary[name])
        self.assertEqual(parts.notes, all_of_it.notes)

    def test_stress_on_threads_and_processes(self):
        for pool in (futures.ThreadPoolExecutor(2), processes()):
            with pool:
                self.same(plimsoll.stress(desk.venue(), shocks=SHOCKS, funds=FUNDS, map=pool), whole(), ["adequacy", "cells"])

    def test_compare(self):
        with futures.ThreadPoolExecutor(2) as pool:
            self.same(plimsoll.compare(desk.venue(), shock=-0.2, haircuts=True, map=pool),
                      plimsoll.compare(desk.venue(), shock=-0.2, haircuts=True, report=False), ["policies"])
            rules = ["okx", "binance"]
            self.same(plimsoll.compare(desk.venue(), rulebooks=rules, shock=-0.2, map=pool),
                      plimsoll.compare(desk.venue(), rulebooks=rules, shock=-0.2, report=False), ["policies"])

    def test_default_shocks(self):
        with futures.ThreadPoolExecutor(2) as pool:
            self.same(plimsoll.stress(desk.book(), map=pool), plimsoll.stress(desk.book(), report=False), ["adequacy", "cells"])

    def test_replays(self):
        paths = {ticks: desk.crash(desk.venue(), ticks) for ticks in (1, 2, 4)}
        with processes() as pool:
            found = plimsoll.replays(desk.venue(), paths, map=pool, report=False)
        self.assertEqual(list(found), [1, 2, 4])
        for ticks, path in paths.items():
            self.assertEqual(found[ticks].events, plimsoll.replay(desk.venue(), path, report=False).events)

    def test_a_refusal_comes_back_from_a_worker(self):
        with processes() as pool, self.assertRaises(plimsoll.RefusedError) as caught:
            plimsoll.stress(desk.book(positions=[{**desk.ROWS["positions"][0], "size": "0.0001"}]), shocks=SHOCKS, map=pool)
        self.assertEqual([one.column for one in caught.exception.refusals], ["size"])

    def test_out_has_no_say(self):
        with futures.ThreadPoolExecutor(1) as pool, self.assertRaises(plimsoll.UsageError):
            plimsoll.stress(desk.book(), map=pool, out="x")


def killed_once(flag, function, arguments, named):
    """Kills its own worker the first time that it runs."""
    try:
        os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return function(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


class KillsOne:
    """A pool that makes the second of its tasks kill its worker."""

    def __init__(self, client, flag):
        self.client, self.flag, self.sent = client, flag, 0

    def submit(self, call, *task):
        self.sent += 1
        if self.sent == 2:
            return self.client.submit(killed_once, self.flag, *task)
        return self.client.submit(call, *task)


class Dask(unittest.TestCase):
    def setUp(self):
        try:
            import distributed
        except ImportError:
            self.skipTest("dask.distributed is not installed")
        self.folder = desk.scratch()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None,
                                           local_directory=str(self.folder))
        self.addCleanup(cluster.close)
        self.client = distributed.Client(cluster)
        self.addCleanup(self.client.close)

    def test_two_workers(self):
        for pool in (self.client, self.client.get_executor()):
            parts = plimsoll.stress(desk.venue(), shocks=SHOCKS, funds=FUNDS, map=pool)
            self.assertEqual(parts.tables, whole().tables)

    def test_a_killed_worker(self):
        flag = self.folder / "killed"
        parts = plimsoll.stress(desk.venue(), shocks=SHOCKS, funds=FUNDS, map=KillsOne(self.client, str(flag)))
        self.assertTrue(flag.exists())
        self.assertEqual(parts.tables, whole().tables)


if __name__ == "__main__":
    unittest.main()
