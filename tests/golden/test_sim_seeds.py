#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same seed gives the same bytes; another one changes what is random, and
nothing else; and whatever is drawn in one place, what is drawn in the others
stays: starts, failures, losses, orders and phases have streams of their own."""
import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import workbench  # noqa: E402

NODES = 24
PLAIN = {"observe": "exact", "placement": "first-fit"}
# All that can be random, at once.
RANDOM = {"observe": "gcs", "placement": "ray-hybrid", "group.node_cv": 0.5,
          "group.node_s": 20, "group.image_times": "[1, 2, 3, 30]",
          "group.pod_s": 30, "group.pod_cv": 0.4,
          "group.launch_failure": 0.2, "group.spot_per_h": 3,
          "group.crash_per_h": 2, "losses": "[{at_s: 200, count: 3}]",
          "stuck_timeout_s": 30, "allocate_timeout_s": 30}


class Seeds(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.cluster = workbench.write_cluster(
            self.dir / "cluster.yaml",
            [workbench.group("w", 4, 0, 0, 2 * NODES)])
        self.trace = self.dir / "trace.jsonl"
        jobs = [{"submit_s": 0, "duration_s": 900, "cpus": 4}
                for _ in range(NODES)]
        jobs += [{"submit_s": 40 + i, "duration_s": 30, "cpus": 1 + i % 2}
                 for i in range(30)]
        jobs += [{"submit_s": 100, "duration_s": 50, "bundles": 3}] * 4
        jobs.sort(key=lambda job: job["submit_s"])
        self.trace.write_text("".join(json.dumps(job) + "\n" for job in jobs))

    def run_seed(self, seed, **settings):
        """All files of a run, but for what a clock tells."""
        settings.setdefault("max_concurrent_launches", 0)
        workbench.sim("--cluster", self.cluster, "--trace", self.trace,
                      "--seed", seed, "--events", out=self.dir / "out",
                      **settings)
        out = self.dir / "out"
        return {name: (out / name).read_bytes() for name in
                ("jobs.csv", "timeline.csv", "events.jsonl", "summary.csv")}

    def first_nodes(self, seed=1, **settings):
        """Of the nodes of the first round {node: (up, lost)}, None where that
        did not happen."""
        self.run_seed(seed, **{**PLAIN, **settings})
        nodes = {}
        for line in (self.dir / "out/events.jsonl").read_text().splitlines():
            event = json.loads(line)
            if event["event"] not in ("up", "draining", "stopped") or \
                    event["node"] == "head" or int(event["node"]) >= NODES:
                continue
            node = nodes.setdefault(int(event["node"]), [None, None])
            if event["event"] == "up":
                node[0] = event["at_s"]
            elif node[1] is None:
                node[1] = event["event"] == "stopped" and event["at_s"]
        return nodes

    def test_the_same_seed(self):
        for seed in 1, 2**64 - 1:
            self.assertEqual(self.run_seed(seed, **RANDOM),
                             self.run_seed(seed, **RANDOM))

    def test_another_seed(self):
        runs = [self.run_seed(seed, **RANDOM) for seed in range(4)]
        for name in runs[0]:
            self.assertEqual(len({run[name] for run in runs}), 4, name)
        self.assertEqual(len({tuple(run.items()) for run in (
            self.run_seed(seed, **PLAIN) for seed in range(4))}), 1)

    def test_another_seed_changes_what_is_random_alone(self):
        """Starts are drawn; which node is which, and when it is launched, is
        not, nor is what does not wait for a start."""
        starts = {"group.pod_times": "[60, 70]"}
        runs = [self.run_seed(seed, **PLAIN, **starts) for seed in range(4)]
        events = [[json.loads(line) for line in
                   run["events.jsonl"].splitlines()] for run in runs]
        before = [[e for e in run if e["at_s"] < 40] for run in events]
        self.assertEqual(before, [before[0]] * 4)
        ups = [sorted((e["node"], e["at_s"]) for e in run
                      if e["event"] == "up" and e["at_s"] <= 70)
               for run in events]
        self.assertEqual(len(set(map(str, ups))), 4)

    # ---- no draw moves another

    def test_starts_stay(self):
        starts = {"group.pod_times": "[50, 60, 70]"}
        plain = {n: up for n, (up, _) in self.first_nodes(**starts).items()}
        self.assertEqual(set(plain.values()), {50, 60, 70})
        for more in ({"group.spot_per_h": 0.001}, {"group.crash_per_h": 0.001},
                     {"losses": "[{at_s: 80, count: 5}]"},
                     {"placement": "spread"}, {"placement": "ray-hybrid"},
                     {"group.price_per_h": 2}, {"drain_s": 3}):
            ups = {n: up for n, (up, _) in
                   self.first_nodes(**{**starts, **more}).items()}
            self.assertEqual(ups, plain, more)

    def test_parts_of_a_start_stay(self):
        plain = self.first_nodes(**{"group.pod_times": "[50, 60, 70]"})
        image = self.first_nodes(**{"group.pod_times": "[50, 60, 70]",
                                    "group.image_times": "[1, 2]"})
        both = self.first_nodes(**{"group.pod_times": "[50, 60, 70]",
                                   "group.image_times": "[1, 2]",
                                   "group.node_times": "[100, 200]"})
        for n, (up, _) in plain.items():
            self.assertIn(image[n][0] - up, (1, 2))
            self.assertIn(both[n][0] - image[n][0], (100, 200))
        self.assertEqual({image[n][0] - plain[n][0] for n in plain}, {1, 2})

    def test_starts_stay_where_some_fail(self):
        settings = {"group.pod_times": "[50, 60, 70]", "stuck_timeout_s": 1e5,
                    "allocate_timeout_s": 1e5}
        plain = self.first_nodes(**settings)
        failed = self.first_nodes(**settings, **{"group.launch_failure": 0.3})
        self.assertTrue(0 < len(failed) < len(plain))
        for n, (up, _) in failed.items():
            self.assertEqual(up, plain[n][0])
        more = self.first_nodes(**settings, **{"group.launch_failure": 0.6})
        self.assertLess(more.keys(), failed.keys())

    def test_losses_stay(self):
        """What is taken away goes at the same time, unless it crashes
        before."""
        def ends(**more):
            nodes = self.first_nodes(**{"group.pod_s": 50,
                                        "group.spot_per_h": 6, **more})
            return {n: lost for n, (_, lost) in nodes.items() if lost}
        plain = ends()
        self.assertGreater(len(plain), 5)
        other = ends(placement="ray-hybrid")
        for n in plain.keys() & other.keys():  # others were idle before
            self.assertEqual(other[n], plain[n])
        self.assertGreater(len(plain.keys() & other.keys()), 5)
        moved = 0
        for n, lost in ends(**{"group.crash_per_h": 4}).items():
            if n in plain:
                self.assertLessEqual(lost, plain[n])
                moved += lost < plain[n]
        self.assertTrue(0 < moved < len(plain))

    def test_orders_stay(self):
        """Where tasks go on nodes that stay is one draw, their starts others:
        none is moved by the phase at which the GCS is asked."""
        def where(**more):
            self.run_seed(5, **{"placement": "ray-hybrid", **more})
            with open(self.dir / "out/jobs.csv") as f:
                return [line.rsplit(",", 1)[1] for line in f]
        self.cluster = workbench.write_cluster(
            self.dir / "cluster.yaml",
            [workbench.group("w", 4, 40, 40, 40)])
        plain = where(observe="exact")
        self.assertEqual(where(observe="gcs"), plain)
        self.assertEqual(where(**{"group.pod_cv": 0.5}), plain)
        self.assertEqual(where(**{"group.crash_per_h": 1e-6}), plain)


if __name__ == "__main__":
    unittest.main()
