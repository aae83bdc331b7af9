#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Placement groups that wait and that lose nodes, as Ray's GCS treats them: who
found no room is put off, a second at most; only lost bundles move."""
import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import workbench  # noqa: E402

SEEDS = 12


def gang(bundles, at=0, run=100, cpus=4, strategy="PACK"):
    return {"submit_s": at, "duration_s": run, "cpus": cpus,
            "bundles": bundles, "strategy": strategy}


def task(at=0, run=100, cpus=4):
    return {"submit_s": at, "duration_s": run, "cpus": cpus}


class Gangs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def run_jobs(self, jobs, low=2, high=2, seed=1, **settings):
        cluster = workbench.write_cluster(
            self.dir / "cluster.yaml", [workbench.group("w", 4, low, low, high)])
        trace = self.dir / "trace.jsonl"
        trace.write_text("".join(json.dumps(job) + "\n" for job in jobs))
        summary, rows = workbench.sim(
            "--cluster", cluster, "--trace", trace, "--seed", seed, "--events",
            out=self.dir / "out", **settings)
        return summary, [row["start_s"] and float(row["start_s"])
                         for row in rows], [row["node"] for row in rows]

    # ---- waiting

    def test_room_that_is_there_is_taken_at_once(self):
        self.assertEqual(self.run_jobs([gang(2, at=3.25)])[1], [3.25])

    def test_who_found_no_room_is_put_off(self):
        """The room comes at 10, the GCS looks within a second: at a part of it
        that the seed draws."""
        waits = set()
        for seed in range(SEEDS):
            starts = self.run_jobs([task(run=10), gang(2, at=1)],
                                   seed=seed)[1]
            self.assertTrue(10 <= starts[1] <= 11, starts)
            waits.add(starts[1])
        self.assertEqual(len(waits), SEEDS)
        self.assertLess(min(waits), 10.4)
        self.assertGreater(max(waits), 10.6)
        self.assertEqual(self.run_jobs([task(run=10), gang(2, at=1)],
                                       placement="first-fit")[1], [0, 10])

    def test_a_younger_group_takes_the_room(self):
        """It comes at the very instant; the older one is put off."""
        for seed in range(SEEDS):
            starts = self.run_jobs([gang(2, run=10), gang(2, at=1, run=10),
                                    gang(2, at=10, run=10)], seed=seed)[1]
            self.assertEqual((starts[0], starts[2]), (0, 10))
            self.assertTrue(20 <= starts[1] <= 21, starts)

    def test_the_first_tries_come_soon(self):
        """0.1 s, then half as much more each time: tries at 1, and when bundles
        are given back at 1.05 (not yet), 1.12 (room for it, and due)."""
        starts = [self.run_jobs([gang(1, run=1.05), gang(1, run=1.12),
                                 gang(1, at=1)], seed=seed)[1][2]
                  for seed in range(SEEDS)]
        self.assertTrue(all(1.05 <= start <= 1.12 for start in starts), starts)
        self.assertIn(1.12, starts)

    def test_what_fits_on_no_node_waits_for_one(self):
        for seed in range(3):
            self.assertEqual(self.run_jobs([gang(2)], low=0, high=4,
                                           seed=seed)[1], [60])

    # ---- lost nodes

    LOSS = '[{at_s: 50, node: 1}]'

    def test_only_lost_bundles_move(self):
        """The other node stays taken, and the run begins anew with the node
        that takes the place of the lost one."""
        for placement in "ray-hybrid", "first-fit", "spread":
            summary, starts, nodes = self.run_jobs(
                [gang(2, strategy="STRICT_SPREAD"), task(at=55)],
                losses=self.LOSS, placement=placement)
            self.assertEqual(starts, [110, 210], placement)
            self.assertEqual(sorted(nodes[0].split()), ["0", "2"], placement)
            self.assertEqual(summary["lost"]["retries"], 1)
            self.assertEqual(summary["launches"], 1)

    def test_a_spare_node_takes_the_lost_bundle(self):
        for strategy in "PACK", "SPREAD", "STRICT_SPREAD":
            jobs = [gang(2, strategy=strategy)]
            _, _, (nodes,) = self.run_jobs(jobs, low=3, high=3)
            kept, lost = nodes.split()
            _, starts, (nodes,) = self.run_jobs(
                jobs, low=3, high=3, losses='[{at_s: 50, node: %s}]' % lost)
            spare, = {"0", "1", "2"} - {kept, lost}
            self.assertEqual((starts, nodes), ([50], f"{kept} {spare}"))

    def test_a_loss_comes_first(self):
        """A group that waited before it gets the room after it."""
        for seed in range(SEEDS):
            starts = self.run_jobs(
                [gang(2, run=100), gang(1, at=1)], losses=self.LOSS,
                seed=seed)[1]
            self.assertTrue(110 <= starts[0] <= 111, starts)
            self.assertTrue(210 <= starts[1] <= 212, starts)

    def test_losses_while_it_waits(self):
        summary, starts, nodes = self.run_jobs(
            [gang(2)], losses='[{at_s: 50, node: 1}, {at_s: 70, node: 0}]')
        self.assertTrue(130 <= starts[0] <= 131, starts)
        self.assertEqual(sorted(nodes[0].split()), ["2", "3"])
        self.assertEqual(summary["lost"]["retries"], 1)
        self.assertEqual(summary["jobs"]["done"], 1)

    def test_a_crash_is_noticed_late(self):
        starts = self.run_jobs(
            [gang(2)], provisioning_s=1, crash_notice_s=14,
            losses='[{at_s: 50, node: 1, cause: crash}]')[1]
        self.assertEqual(starts, [64])

    def test_when_it_is_lost_for_good_nothing_stays_taken(self):
        summary, starts, nodes = self.run_jobs(
            [gang(2), task(at=1)], losses=self.LOSS, max_retries=0)
        self.assertEqual(starts, ["", 50])
        self.assertEqual(summary["lost"]["jobs"], 1)

    def test_nobody_launches_for_bundles_that_were_kept(self):
        """The controller sees what is missing, and a label where the rest
        is: the operator's new pod is enough."""
        for strategy in "PACK", "STRICT_SPREAD":
            summary, starts, _ = self.run_jobs(
                [gang(2, strategy=strategy)], low=0, high=4, losses=
                '[{at_s: 90, node: 1}]', provisioning_s=20, interval_s=1)
            self.assertTrue(110 <= starts[0] <= 111, starts)
            self.assertEqual(summary["launches"], 3)

    def test_no_round_is_missed(self):
        """What may be skipped with all this is the same."""
        for seed in range(SEEDS):
            results = []
            for every in "false", "true":
                self.run_jobs(
                    [gang(2), gang(3, at=2, strategy="SPREAD", cpus=2),
                     task(at=3, run=400), gang(2, at=40, run=900)] * 2,
                    low=1, high=4, seed=seed, every_round=every,
                    losses='[{at_s: 150, count: 2}, {at_s: 180}]')
                results.append((self.dir / "out/events.jsonl").read_text())
            self.assertEqual(*results)


if __name__ == "__main__":
    unittest.main()
