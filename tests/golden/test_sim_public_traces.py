#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Public traces, read where $RAYTIDE_TRACES says.  On one node that is always
there, first-fit-strict is first come first served, for which the numbers are
known; on nodes that come and go every start is checked for room."""
import collections
import os
import pathlib
import sys
import tempfile
import unittest
import zipfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import workbench  # noqa: E402

TRACES = os.environ.get("RAYTIDE_TRACES")
NASA = "NASA-iPSC-1993-3.1-cln.swf"
# The policy first-fit does not look at gangs.
ELASTIC = {"max_concurrent_launches": 0, "swf.width": "task"}


@unittest.skipUnless(TRACES, "RAYTIDE_TRACES is not set")
class PublicTraces(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def nasa(self):
        with zipfile.ZipFile(pathlib.Path(TRACES) / f"{NASA}.zip") as archive:
            return archive.extract(NASA, self.dir)

    def cluster(self, *args):
        return workbench.write_cluster(self.dir / "cluster.yaml",
                                       [workbench.group("w", *args)])

    def fcfs(self, processors):
        return workbench.sim(
            "--cluster", self.cluster(processors, 1, 1, 1), "--trace",
            self.nasa(), "--policy", "first-fit", out=self.dir / "out",
            placement="first-fit-strict")

    def test_nasa_first_come_first_served(self):
        run, jobs = self.fcfs(128)
        waits = [float(j["start_s"]) - float(j["submit_s"]) for j in jobs]
        self.assertEqual(len(jobs), 18239)
        self.assertEqual(sum(wait > 0 for wait in waits), 11)
        self.assertAlmostEqual(run["wait_s"]["mean"], 8.004660, places=6)
        self.assertEqual(run["makespan_s"], 7949022)

    def test_nasa_too_wide(self):
        run, _ = self.fcfs(64)
        self.assertEqual(run["jobs"]["rejected"], 420)

    def check_room(self, jobs, cpus_of_node):
        used = collections.Counter()
        events = []
        for job in jobs:
            start, end = float(job["start_s"]), float(job["end_s"])
            cpus = float(job["cpus"])
            self.assertGreaterEqual(start, float(job["submit_s"]))
            if end > start:
                events += [(start, 1, cpus, job["node"]),
                           (end, 0, -cpus, job["node"])]
        for _, _, cpus, node in sorted(events):
            used[node] += cpus
            self.assertTrue(0 <= used[node] <= cpus_of_node)

    def test_nasa_on_nodes_that_come_and_go(self):
        for policy in ("ray", "first-fit"):
            run, jobs = workbench.sim(
                "--cluster", self.cluster(128, 0, 0, 4), "--trace",
                self.nasa(), "--policy", policy,
                out=self.dir / "out", **ELASTIC)
            self.assertEqual(run["jobs"], {"accepted": 18239, "done": 18239,
                                           "rejected": 0,
                                           "unfinished": 0, "left_out": 0})
            self.assertGreater(run["launches"], 100)
            self.assertEqual(run["launches"], run["terminations"])
            self.assertLessEqual(run["peak_nodes"], 4)
            self.check_room(jobs, 128)

    def test_lublin(self):
        run, jobs = workbench.sim(
            "--cluster", self.cluster(256, 1, 1, 2), "--trace",
            pathlib.Path(TRACES) / "lublin_256.swf", "--policy", "first-fit",
            out=self.dir / "out", **ELASTIC)
        self.assertEqual(run["jobs"]["accepted"], 10000)
        self.assertEqual(run["jobs"]["unfinished"], 0)
        self.check_room(jobs, 256)


if __name__ == "__main__":
    if not TRACES:
        print("skipped: RAYTIDE_TRACES is not set")
    unittest.main()
