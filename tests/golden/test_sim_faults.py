#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a cluster does to those who use it: slow starts, launches that fail,
quotas, nodes that are taken away or crash, and what it all costs."""
import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import workbench  # noqa: E402


class Faults(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def run_tasks(self, tasks, groups=(("w", 4, 0, 8),), **settings):
        """Tasks as (submit, duration, CPUs), groups as (name, CPUs, nodes at
        first and at least, nodes at most); first_fit__x sets first_fit.x."""
        cluster = workbench.write_cluster(
            self.dir / "cluster.yaml",
            [workbench.group(name, cpus, low, low, high)
             for name, cpus, low, high in groups])
        trace = workbench.write_tasks(self.dir / "tasks.csv", tasks)
        settings = {key.replace("__", "."): value
                    for key, value in settings.items()}
        settings.setdefault("placement", "first-fit")
        return workbench.sim("--cluster", cluster, "--trace", trace,
                             "--events", out=self.dir / "out", **settings)

    def events(self, kind):
        lines = (self.dir / "out/events.jsonl").read_text().splitlines()
        return [e for e in map(json.loads, lines) if e["event"] == kind]

    def starts(self, *args, **settings):
        return [row["start_s"] and float(row["start_s"])
                for row in self.run_tasks(*args, **settings)[1]]

    # ---- starts

    def test_the_parts_of_a_start(self):
        self.assertEqual(self.starts([(0, 10, 1)], group__node_s=100,
                                     group__image_s=20, api_lag_s=3), [183])
        self.assertEqual(self.starts([(0, 10, 1)], group__node_s=100,
                                     group__pod_s=7), [107])

    def test_a_group_of_its_own(self):
        groups = [("small", 1, 0, 8), ("large", 8, 0, 8)]
        self.assertEqual(self.starts([(0, 10, 1), (0, 10, 8)], groups,
                                     group__pod_s=50,
                                     group__large__pod_s=200), [50, 200])

    def test_draws_do_not_move_each_other(self):
        """The starts of nodes are the same, whatever else is drawn."""
        def ready(**more):
            self.run_tasks([(i, 500, 4) for i in range(8)], group__pod_s=60,
                           group__pod_cv=0.8, **more)
            return [e["at_s"] for e in self.events("up")][:9]
        plain = ready()
        self.assertEqual(len(set(plain)), 9)
        self.assertEqual(ready(group__price_per_h=3), plain)
        self.assertEqual(ready(group__spot_per_h=0.0001), plain)

    def test_launches_that_fail(self):
        summary, rows = self.run_tasks([(i, 10, 4) for i in range(8)],
                                       group__launch_failure=0.5)
        self.assertEqual(summary["jobs"]["done"], 8)
        self.assertGreater(summary["launches"], len(self.events("up")))
        summary, _ = self.run_tasks([(0, 10, 4)], group__launch_failure=1)
        self.assertEqual(summary["jobs"]["unfinished"], 1)
        self.assertEqual(len(self.events("up")), 1)  # the head

    def test_quota(self):
        tasks = [(0, 2000, 4)] * 4
        starts = self.starts(tasks, group__quota=2, stuck_timeout_s=1e6,
                             allocate_timeout_s=1e6)
        self.assertEqual(sorted(starts)[:2], [60, 60])
        self.assertGreaterEqual(sorted(starts)[2], 2060)
        starts = self.starts(tasks, group__quota=2, group__quota_until_s=300,
                             stuck_timeout_s=1e6, allocate_timeout_s=1e6)
        self.assertEqual(sorted(starts), [60, 60, 360, 360])

    # ---- losses

    def test_spot_nodes(self):
        summary, rows = self.run_tasks([(i, 300, 4) for i in range(40)],
                                       group__spot_per_h=3)
        lost = summary["lost"]
        self.assertGreater(lost["nodes"], 0)
        self.assertEqual(len(self.events("lost")),
                         lost["retries"] + lost["jobs"])
        self.assertEqual(summary["jobs"]["done"] + lost["jobs"], 40)
        for row in rows:
            if row["start_s"]:
                self.assertAlmostEqual(
                    float(row["end_s"]) - float(row["start_s"]), 300)

    def test_retries_have_an_end(self):
        summary, _ = self.run_tasks([(0, 1e5, 4)], group__spot_per_h=60,
                                    max_retries=2)
        self.assertEqual(summary["lost"]["retries"], 2)
        self.assertEqual(summary["lost"]["jobs"], 1)
        self.assertEqual(len(self.events("started")), 3)

    def test_a_crash_is_noticed_late(self):
        self.run_tasks([(0, 3000, 4)], group__crash_per_h=2, max_retries=50,
                       crash_notice_s=14)
        lost = [e["at_s"] for e in self.events("lost")]
        again = [e["at_s"] for e in self.events("submitted")][1:]
        self.assertGreater(len(lost), 0)
        for before, after in zip(lost, again):
            self.assertAlmostEqual(after - before, 14)

    # ---- cost

    def test_cost(self):
        tasks = [(0, 3540, 4)]  # launched at 0, up at 60, done at 3600
        self.assertEqual(self.run_tasks(tasks, group__price_per_h=2.5)[0]
                         ["cost"], 2.5)
        self.assertEqual(self.run_tasks(tasks, group__price_per_h=2.5,
                                        bill_head="true")[0]["cost"], 5)
        self.assertEqual(self.run_tasks([(0, 10, 4)], group__price_per_h=1,
                                        group__min_billing_s=7200)[0]["cost"],
                         2)

    def test_unknown_settings_are_refused(self):
        for key, says in (("group__pric_per_h", "group.price_per_h"),
                          ("group__w__quotta", "group.w.quota"),
                          ("group__x__quota", "no such setting")):
            with self.assertRaisesRegex(AssertionError, says):
                self.run_tasks([(0, 1, 1)], **{key: 1})


if __name__ == "__main__":
    unittest.main()
