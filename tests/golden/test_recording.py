#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sample recorded from a real Ray: it has what ran, and its replay on the
same cluster takes as long as the run did."""
import collections
import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import workbench  # noqa: E402

SAMPLE = workbench.TOP / "traces/samples/photo-index"
TRACE = SAMPLE / "trace.jsonl"
SEEN_S = 25.1
WORKER = workbench.container("ray-worker", 4, "4Gi")


class Recording(unittest.TestCase):
    def test_what_it_has(self):
        rows = [json.loads(line) for line in TRACE.read_text().splitlines()]
        self.assertEqual(
            collections.Counter((row["kind"], row["name"]) for row in rows),
            {("task", "decode"): 62, ("task", "learn"): 2,
             ("actor", "Indexer"): 3, ("gang", "learners"): 1})
        self.assertEqual(sum(row["id"].endswith("#1") for row in rows), 2)
        for row in rows:
            wanted = {("task", "decode"): {"CPU": 1},
                      ("task", "learn"): {},
                      ("actor", "Indexer"): {"CPU": 1, "memory": 200000000},
                      ("gang", "learners"): None}
            self.assertEqual(row.get("resources"),
                             wanted[row["kind"], row["name"]])
            if row["kind"] == "gang":
                self.assertEqual((row["bundles"], row["strategy"]),
                                 ([{"resources": {"CPU": 2}}] * 2, "SPREAD"))
            self.assertEqual("gang" in row,
                             row["name"] in ("learn", "learners"))

    def test_replay_on_the_same_cluster(self):
        run = workbench.sim("--cluster", SAMPLE / "cluster.yaml",
                            "--trace", TRACE)
        self.assertEqual((run["jobs"]["accepted"], run["jobs"]["unfinished"]),
                         (68, 0))
        self.assertEqual((run["launches"], run["peak_nodes"]), (0, 3))
        self.assertAlmostEqual(run["makespan_s"], SEEN_S, delta=SEEN_S / 10)

    def test_replay_from_nothing(self):
        """The controller starts the workers that the run needs."""
        with tempfile.TemporaryDirectory() as folder:
            cluster = workbench.write_cluster(
                pathlib.Path(folder) / "cluster.yaml",
                [workbench.group("workers", 4, 0, 0, 3, template=WORKER)])
            run = workbench.sim("--cluster", cluster, "--trace", TRACE,
                                interval_s=1, provisioning_s=5)
        self.assertEqual((run["jobs"]["accepted"], run["jobs"]["unfinished"]),
                         (68, 0))
        self.assertEqual((run["launches"], run["peak_nodes"]), (3, 3))


if __name__ == "__main__":
    unittest.main()
