#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ray-leases: what a real Ray 2.60 was seen to do that a model of the whole
cluster cannot show, and what may not happen however requests wander."""
import collections
import json
import pathlib
import random
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import workbench  # noqa: E402

SEEDS = 5
RANDOM_RUNS = 30


class Leases(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def run_tasks(self, tasks, groups, seed=1, head_cpus=0, **settings):
        """Tasks as (submit, duration, CPUs), groups as (CPUs, nodes that are
        always there) or whole ones."""
        cluster = workbench.write_cluster(
            self.dir / "cluster.yaml",
            [workbench.group(f"g{i}", g[0], g[1], g[1], g[1])
             if isinstance(g, tuple) else g for i, g in enumerate(groups)],
            head_cpus=head_cpus)
        settings.setdefault("placement", "ray-leases")
        summary, rows = workbench.sim(
            "--cluster", cluster, "--trace",
            workbench.write_tasks(self.dir / "tasks.csv", tasks), "--seed",
            seed, "--events", out=self.dir / "out", **settings)
        return summary, rows, [row["start_s"] and float(row["start_s"])
                               for row in rows]

    def test_from_submission_to_start(self):
        """4 ms on an idle cluster: to the head's raylet and to the node's."""
        for start in self.run_tasks([(0, 10, 1)] * 4, [(4, 4)])[2]:
            self.assertAlmostEqual(start, 0.004)

    def test_a_worker_is_kept_for_half_a_second(self):
        """The next task starts at once, until the lease is that old."""
        starts = self.run_tasks([(0, 0.1, 1)] * 12, [(1, 1)])[2]
        gaps = [round(b - a - 0.1, 6) for a, b in zip(starts, starts[1:])]
        self.assertEqual(gaps[:4], [0] * 4)
        self.assertEqual(gaps.count(0.002), 2)
        self.assertEqual(set(gaps), {0, 0.002})
        starts = self.run_tasks([(0, 1, 1)] * 3, [(1, 1)])[2]
        self.assertAlmostEqual(starts[1] - starts[0], 1.002)

    def test_where_tasks_go(self):
        """Half full one by one; the head when it is no worse."""
        for seed in range(SEEDS):
            rows = self.run_tasks([(0, 10, 1)] * 8, [(4, 8)], seed)[1]
            count = collections.Counter(row["node"] for row in rows)
            self.assertEqual(sorted(count.values()), [2, 2, 2, 2])
            rows = self.run_tasks([(0, 10, 1)] * 9, [(4, 3)], seed,
                                  head_cpus=4)[1]
            count = collections.Counter(row["node"] for row in rows)
            self.assertEqual((count["head"], sorted(count.values())),
                             (3, [2, 2, 2, 3]))

    def test_who_waits_at_a_node_piles_up_there(self):
        """40 tasks of 5 s on 8 nodes of 4: 32 start at once, 4 on each; the
        others wait where they were sent, which is not on all."""
        for seed in range(SEEDS):
            _, rows, starts = self.run_tasks([(0, 5, 1)] * 40, [(4, 8)], seed)
            self.assertEqual(sum(start < 0.1 for start in starts), 32)
            late = [row["node"] for row, start in zip(rows, starts)
                    if start > 0.1]
            self.assertTrue(all(5 <= start < 5.1 for start in starts
                                if start > 0.1), starts)
            self.assertTrue(2 <= len(set(late)) <= 8, late)

    def test_fair_share_leaves_cpus_idle(self):
        """A node of 4 CPUs, more asked for than it has: the small ones have
        no more than their part of what runs, the big ones no room."""
        starts = self.run_tasks([(0, 3, 1)] + [(1, 1, 4)] * 2 +
                                [(1.01, 1, 1)] * 4, [(4, 1)])[2]
        self.assertTrue(all(start >= 3 for start in starts[1:]), starts)

    def test_what_no_node_can_hold_waits_for_one(self):
        groups = [(1, 1), workbench.group("g1", 4, 0, 0, 2)]
        starts = self.run_tasks([(0, 5, 4)] * 2, groups)[2]
        for start in starts:
            self.assertAlmostEqual(start, 60.004)

    def test_lost_and_drained_nodes(self):
        """Whatever goes from under them, all tasks end, in order, and no node
        ever holds more than it has."""
        for seed in range(RANDOM_RUNS):
            rnd = random.Random(seed)
            tasks = sorted((rnd.randrange(300) / 4,
                            rnd.choice([0, 0.1, 3, 40]),
                            rnd.choice([0, 0.5, 1, 2, 4]))
                           for _ in range(rnd.randrange(1, 120)))
            losses = [{"at_s": rnd.randrange(100), "count": rnd.randrange(1, 4),
                       "cause": rnd.choice(["spot", "crash"])}
                      for _ in range(rnd.randrange(4))]
            high = rnd.randrange(2, 12)
            summary, rows, _ = self.run_tasks(
                tasks, [workbench.group("g0", 4, 2, 1, high,
                                        idleTimeoutSeconds=5)], seed,
                max_retries=1000, losses=json.dumps(losses),
                provisioning_s=3, drain_s=rnd.choice([0, 1]))
            self.assertEqual(summary["jobs"]["done"], len(tasks), seed)
            self.check_room(tasks, seed)

    def check_room(self, tasks, seed):
        used = collections.Counter()
        for line in (self.dir / "out/events.jsonl").read_text().splitlines():
            event = json.loads(line)
            if event["event"] not in ("started", "ended", "lost"):
                continue
            sign = 1 if event["event"] == "started" else -1
            node = event["node"]
            used[node] += sign * tasks[int(event["job"])][2]
            self.assertTrue(-1e-9 <= used[node] <= 4 + 1e-9, seed)


if __name__ == "__main__":
    unittest.main()
