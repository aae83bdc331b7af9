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

    def test_starts_as_measured(self):
        """In place or from a file, each part with draws of its own."""
        tasks = [(0, 500, 4)] * 8
        measured = self.starts(tasks, group__pod_times="[10, 20, 30]",
                               max_concurrent_launches=0)
        self.assertEqual(set(measured), {10, 20, 30})
        (self.dir / "times.csv").write_text("seconds\n10\n20\n30\n")
        self.assertEqual(measured, self.starts(
            tasks, group__pod_times=self.dir / "times.csv",
            max_concurrent_launches=0))
        image = self.starts(tasks, group__image_times="[100, 200]",
                            group__pod_times="[10, 20, 30]",
                            max_concurrent_launches=0)
        self.assertEqual({start - start % 100 for start in image}, {100, 200})
        node = self.starts(tasks, group__node_times="[100, 200]",
                           group__w__node_times="[50]", group__pod_s=7,
                           max_concurrent_launches=0)
        self.assertEqual(set(node), {57})

    def test_starts_by_quantiles(self):
        """Half of them take 10 to 20 s, half 20 to 120 s, all alike."""
        starts = self.starts(
            [(0, 500, 4)] * 400, [("w", 4, 0, 400)],
            group__pod_times="[{share: 0, seconds: 10}, "
            "{share: 0.5, seconds: 20}, {share: 1, seconds: 120}]",
            max_concurrent_launches=0)
        self.assertTrue(all(10 <= start <= 120 for start in starts))
        self.assertAlmostEqual(sum(start <= 20 for start in starts), 200,
                               delta=40)
        self.assertAlmostEqual(sum(start <= 70 for start in starts), 300,
                               delta=40)
        self.assertEqual(set(self.starts(
            [(0, 500, 4)], group__pod_times="[{share: 0.9, seconds: 4}]")),
            {4})

    def test_lists_that_make_no_sense(self):
        for key, value, says in (
                ("group__pod_times", "[{share: 0.5, seconds: 2}, 3]",
                 "some have a share"),
                ("group__w__pod_times", "[{share: 0.5, seconds: 2}, "
                 "{share: 0.6, seconds: 1}]", "group.w: .*do not rise"),
                ("group__quota_steps", "[{at_s: 2, nodes: 2}, "
                 "{at_s: 2, nodes: 1}]", "times do not rise"),
                ("group__quota_steps", "[{at_s: 2}]", "nodes is missing"),
                ("losses", "[{at_s: 2, group: x}]", "no such worker group"),
                ("losses", "[{at_s: 2, group: headgroup}]",
                 "no such worker group")):
            with self.assertRaisesRegex(AssertionError, says):
                self.run_tasks([(0, 1, 1)], **{key: value})

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
        starts = self.starts(
            tasks, group__quota=1, stuck_timeout_s=1e6,
            allocate_timeout_s=1e6,
            group__quota_steps="[{at_s: 300, nodes: 2}, "
            "{at_s: 400, nodes: 2}, {at_s: 500, nodes: -1}]")
        self.assertEqual(sorted(starts), [60, 360, 560, 560])

    def test_quota_that_shrinks(self):
        """Nobody is thrown out; who goes is not replaced."""
        starts = self.starts(
            [(0, 1000, 4), (0, 1000, 4), (500, 100, 4)], [("w", 4, 0, 3)],
            stuck_timeout_s=1e6, allocate_timeout_s=1e6,
            group__quota_steps="[{at_s: 100, nodes: 1}]")
        self.assertEqual(starts, [60, 60, 1060])
        self.assertEqual(len(self.events("up")), 3)

    def test_a_quota_that_is_lifted_late(self):
        """The run waits for it, as the tasks do."""
        starts = self.starts([(0, 10, 4)], group__quota=0,
                             group__quota_steps="[{at_s: 90000, nodes: 1}]")
        self.assertGreaterEqual(starts[0], 90060)
        self.assertLess(starts[0], 92000)

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

    def test_given_losses(self):
        tasks = [(0, 1000, 4)] * 4
        groups = [("a", 4, 2, 2), ("b", 4, 2, 2)]
        summary, rows = self.run_tasks(
            tasks, groups, losses="[{at_s: 100, group: b}, "
            "{at_s: 200, node: 0, cause: crash}, {at_s: 300, node: 77}, "
            "{at_s: 400, count: 9}]")
        self.assertEqual(summary["lost"]["nodes"], 6)
        self.assertEqual(summary["lost"]["retries"], 6)
        stopped = [(e["at_s"], e["group"], e["node"])
                   for e in self.events("stopped")]
        self.assertEqual([(at, group) for at, group, _ in stopped[:2]],
                         [(100, "b"), (200, "a")])
        self.assertEqual(int(stopped[1][2]), 0)
        again = [e["at_s"] for e in self.events("submitted")][4:]
        self.assertEqual(again, [100, 214, 400, 400, 400, 400])

    def test_given_losses_do_not_move_each_other(self):
        def lost(*losses):
            self.run_tasks([(0, 9000, 4)] * 8, [("w", 4, 8, 8)],
                           losses=json.dumps(losses))
            return [(e["at_s"], e["node"]) for e in self.events("stopped")]
        first = {"at_s": 100, "count": 3}
        both = lost(first, {"at_s": 200, "count": 2})
        self.assertEqual(both[:3], lost(first)[:3])

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

    # ---- deletions

    def test_deletions_that_lag(self):
        """The pod is paid for, and counts, until it is gone."""
        tasks = [(0, 30, 4)]
        def gone(**settings):
            summary, _ = self.run_tasks(tasks, **settings)
            self.assertEqual(summary["terminations"], 1)
            return (self.events("stopped")[0]["at_s"],
                    self.events("gone")[0]["at_s"])
        stopped, at = gone()
        self.assertEqual(stopped, at)
        self.assertEqual(gone(delete_s=40), (stopped, at + 40))
        self.assertEqual(gone(delete_s=40, api_lag_s=2), (stopped, at + 42))

    def test_a_deleted_pod_is_in_the_quota_until_it_is_gone(self):
        tasks = [(0, 30, 4), (200, 30, 4)]
        starts = self.starts(tasks, group__quota=1, delete_s=300)
        self.assertEqual(starts[0], 60)
        gone = self.events("gone")[0]["at_s"]
        self.assertGreater(gone, 400)
        self.assertEqual(starts[1], gone + 60)

    # ---- a GCS that is late

    def test_a_late_gcs(self):
        """Launches and drains come as much later, in whole rounds, also when
        what is told is older than a round."""
        def when(lag_s, **more):
            start, = self.starts([(1, 30, 4)], gcs_lag_s=lag_s, **more)
            return start, self.events("stopped")[0]["at_s"]
        start, stopped = when(0)
        self.assertEqual((start, stopped), (65, 160))
        self.assertEqual(when(3), (65, 160))
        self.assertEqual(when(5), (70, 170))
        self.assertEqual(when(12.5), (75, 180))
        self.assertEqual(when(100), (165, 360))
        for observe in "exact", "gcs":
            self.assertEqual(when(12.5, observe=observe),
                             when(12.5, observe=observe, every_round="true"))

    def test_what_a_late_gcs_tells_is_not_so_any_more(self):
        """A node that was idle is busy when the drain comes: it stays."""
        self.assertEqual(self.starts([(0, 30, 4), (156, 60, 4)],
                                     [("w", 4, 0, 1)], gcs_lag_s=4),
                         [65, 156])
        self.assertEqual(self.events("stopped")[0]["at_s"], 285)

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

    def test_a_size_that_does_not_change(self):
        """There from the start and to the end, whatever the manifest says."""
        starts = self.starts([(1, 30, 4), (2, 30, 4), (3, 30, 4)],
                             [("w", 4, 1, 9)], group__w__size=2)
        self.assertEqual(starts, [1, 2, 31])
        self.assertEqual(self.events("stopped"), [])

    def test_unknown_settings_are_refused(self):
        for key, says in (("group__pric_per_h", "group.price_per_h"),
                          ("group__w__quotta", "group.w.quota"),
                          ("group__x__quota", "no such setting")):
            with self.assertRaisesRegex(AssertionError, says):
                self.run_tasks([(0, 1, 1)], **{key: 1})


if __name__ == "__main__":
    unittest.main()
