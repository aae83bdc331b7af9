#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where jobs go and when: what Ray 2.60 was seen to do with the same tasks and
placement groups, small cases worked out by hand, and random workloads in which
no node may ever hold more than it has."""
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

PLACEMENTS = ("ray-hybrid", "ray-leases", "first-fit", "first-fit-strict", "spread")
STRATEGIES = ("PACK", "SPREAD", "STRICT_PACK", "STRICT_SPREAD")
SEEDS = 5
RANDOM_RUNS = 40


def task(cpus=1, at=0, run=100, **more):
    return {"submit_s": at, "duration_s": run, "cpus": cpus, **more}


def gang(bundles, strategy="PACK", at=0, run=100, **more):
    return {"submit_s": at, "duration_s": run, "strategy": strategy,
            "bundles": [{"resources": {"CPU": cpus}} for cpus in bundles],
            **more}


def bundle_nodes(row):
    """Of "3*2 5" the nodes 3, 3 and 5."""
    parts = [part.partition("*") for part in row["node"].split()]
    return [node for node, _, count in parts for _ in range(int(count or 1))]


class Jobs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def run_jobs(self, groups, jobs, head_cpus=0, seed=1, policy="first-fit",
                 **settings):
        """`groups`: of (CPUs, nodes that are always there) or whole ones."""
        cluster = workbench.write_cluster(
            self.dir / "cluster.yaml",
            [workbench.group(f"g{i}", g[0], g[1], g[1], g[1])
             if isinstance(g, tuple) else g for i, g in enumerate(groups)],
            head_cpus=head_cpus)
        trace = self.dir / "trace.jsonl"
        trace.write_text("".join(json.dumps(job) + "\n" for job in jobs))
        return workbench.sim("--cluster", cluster, "--trace", trace, "--seed",
                             seed, "--policy", policy, out=self.dir / "out",
                             **settings)

    def starts(self, *args, **more):
        return [row["start_s"] and float(row["start_s"])
                for row in self.run_jobs(*args, **more)[1]]

    def shares(self, *args, **more):
        """How many of the first instant's tasks each node got, most first."""
        rows = self.run_jobs(*args, **more)[1]
        count = collections.Counter(row["node"] for row in rows
                                    if row["start_s"] == "0")
        return sorted(count.values(), reverse=True), count

    # ---- tasks, as Ray was seen to place them

    def test_half_full_and_then_level(self):
        for seed in range(SEEDS):
            self.assertEqual(self.shares([(4, 8)], [task()] * 8, seed=seed)[0],
                             [2, 2, 2, 2])
            self.assertEqual(self.shares([(4, 8)], [task()] * 16,
                                         seed=seed)[0], [2] * 8)

    def test_the_head_is_preferred_to_equals(self):
        for seed in range(SEEDS):
            shares, nodes = self.shares([(4, 3)], [task()] * 9, head_cpus=4,
                                        seed=seed)
            self.assertEqual((shares, nodes["head"]), ([3, 2, 2, 2], 3))

    def test_one_of_the_first_fifth(self):
        jobs = [task(at=i * 10, run=1) for i in range(60)]
        _, rows = self.run_jobs([(4, 15)], jobs)
        self.assertEqual(len({row["node"] for row in rows}), 3)
        _, rows = self.run_jobs([(4, 8)], jobs)
        self.assertEqual(len({row["node"] for row in rows}), 1)

    def test_nodes_with_gpus_come_last(self):
        gpus = workbench.group("gpu", 4, 1, 1, 1)
        limits = gpus["template"]["spec"]["containers"][0]["resources"]["limits"]
        limits["nvidia.com/gpu"] = "1"
        for tasks, on_gpus in (16, 0), (18, 2), (20, 4):
            _, nodes = self.shares([(4, 3), gpus], [task()] * tasks,
                                   head_cpus=4)
            self.assertEqual(nodes["3"], on_gpus)

    def test_spread(self):
        self.assertEqual(self.shares([(4, 8)], [task()] * 16,
                                     placement="spread")[0], [2] * 8)

    def test_fair_share(self):
        """More is asked for than there is: of 1-CPU tasks as many may run as
        half of what runs, rounded down."""
        starts = self.starts([(4, 1)], [task(run=10), task(at=1, run=5),
                                        task(4, at=1, run=5)])
        self.assertEqual(starts[0], 0)
        self.assertGreaterEqual(starts[1], 10)
        self.assertEqual(self.starts([(4, 1)], [task(run=10), task(at=1)])[1], 1)

    # ---- placement groups

    def nodes_of(self, bundles, strategy, nodes=6, **more):
        """A node for each bundle."""
        _, rows = self.run_jobs([(4, nodes)], [gang(bundles, strategy)],
                                **more)
        return bundle_nodes(rows[0])

    def test_strategies(self):
        for seed in range(SEEDS):
            nodes = self.nodes_of([1] * 6, "PACK", seed=seed)
            self.assertEqual(sorted(collections.Counter(nodes).values()),
                             [2, 4])
            for strategy in "SPREAD", "STRICT_SPREAD":
                nodes = self.nodes_of([1] * 6, strategy, seed=seed)
                self.assertEqual(len(set(nodes)), 6)
            self.assertEqual(len(set(self.nodes_of([1] * 4, "STRICT_PACK",
                                                   seed=seed))), 1)
            self.assertEqual(len(set(self.nodes_of([1] * 8, "SPREAD",
                                                   seed=seed))), 6)

    def test_the_largest_bundle_first(self):
        nodes = self.nodes_of([1, 3, 2, 2], "PACK")
        self.assertEqual(len(set(nodes)), 2)

    def test_all_or_none(self):
        starts = self.starts([(4, 2)], [task(4, run=10), gang([3, 3], at=1),
                                        task(4, at=2, run=5)])
        self.assertEqual((starts[0], starts[2]), (0, 2))
        self.assertTrue(10 <= starts[1] <= 11)  # it is put off
        starts = self.starts([(4, 2)], [task(4, run=10), gang([3, 3], at=1),
                                        task(4, at=2, run=5)],
                             placement="first-fit-strict")
        self.assertEqual(starts, [0, 10, 110])

    def test_what_could_never_be(self):
        jobs = [gang([5]), gang([4] * 4), gang([1] * 4, "STRICT_SPREAD"),
                gang([3, 3], "STRICT_PACK"), gang([4] * 3)]
        summary, rows = self.run_jobs([(4, 3)], jobs)
        self.assertEqual(summary["jobs"]["rejected"], 4)
        self.assertEqual(rows[4]["start_s"], "0")

    def test_gangs_make_clusters_grow(self):
        for strategy, nodes in (("PACK", 2), ("STRICT_SPREAD", 4)):
            summary, rows = self.run_jobs(
                [workbench.group("w", 4, 0, 0, 8)],
                [gang([2] * 4, strategy)], policy="ray")
            self.assertEqual((rows[0]["start_s"], summary["peak_nodes"]),
                             ("60", nodes))

    # ---- what else there is

    def test_demand_is_seen_once_a_second(self):
        """The round at 0 cannot know, that at 5 must."""
        for seed in range(SEEDS):
            starts = self.starts([workbench.group("w", 4, 0, 0, 8)],
                                 [task(), task(4, at=4.001)], policy="ray",
                                 observe="gcs", seed=seed)
            self.assertEqual(starts[0], 65)
            self.assertIn(starts[1], (65, 70))

    def test_dependencies(self):
        starts = self.starts([(4, 1)], [
            task(id="a", run=10), task(id="b", at=1, run=20),
            task(id="c", at=2, run=1, after=["a", "b"]),
            task(id="d", at=50, after=["a"])])
        self.assertEqual(starts, [0, 1, 21, 50])

    def test_who_waits_for_an_id_waits_for_all_that_share_it(self):
        starts = self.starts([(4, 1)], [
            task(id="a", run=10, count=2), task(id="b", at=1, after=["a"]),
            task(id="a", at=2, run=20)])
        self.assertEqual(starts, [0, 0, 22, 2])

    def test_waits_that_never_end_are_refused(self):
        for says, jobs in (
                ("jsonl:2: waits for z, which is not in the trace",
                 [task(), task(after=["z"])]),
                ("jsonl:1: waits for a, and it, by way of others or not, for "
                 "itself", [task(id="a", after=["a"])]),
                ("jsonl:1: waits for b, and it, by way of others",
                 [task(id="a", preceding="b", think_s=1),
                  task(id="b", preceding="a", think_s=1)]),
                ("jsonl:2: waits for c, and it, by way of others",
                 [task(id="a"), task(id="b", after=["c"]),
                  task(id="c", after=["a", "b"])])):
            with self.assertRaisesRegex(AssertionError, says):
                self.run_jobs([(4, 1)], jobs, closed_loop="true")

    def test_closed_loop(self):
        jobs = [task(4, id="a", run=10), task(4, id="b", at=1, run=10),
                task(id="c", at=12, preceding="a", think_s=2),
                task(id="d", at=13, preceding="b", think_s=3)]
        self.assertEqual(self.starts([(4, 1)], jobs), [0, 10, 20, 20])
        summary, rows = self.run_jobs([(4, 1)], jobs, closed_loop="true")
        self.assertEqual([row["submit_s"] for row in rows],
                         ["0", "1", "12", "23"])
        self.assertEqual([row["start_s"] for row in rows],
                         ["0", "10", "20", "23"])
        self.assertEqual(summary["wait_s"]["max"], 9)

    def test_closed_loop_of_swf(self):
        """Fields 17 and 18: the second job comes 5 s after the first ended; the
        third one's user did not tell how long the thinking took."""
        row = "{} {} -1 10 1 -1 -1 1 -1 -1 1 7 1 -1 -1 -1 {} {}\n"
        trace = self.dir / "users.swf"
        trace.write_text("; Version: 2.2\n" + row.format(1, 0, -1, -1) +
                         row.format(2, 3, 1, 5) + row.format(3, 11, 2, -1))
        cluster = workbench.write_cluster(
            self.dir / "cluster.yaml", [workbench.group("w", 4, 1, 1, 1)],
            head_cpus=0)
        for closed, times in (("false", ["0", "3", "11"]),
                              ("true", ["0", "15", "11"])):
            _, rows = workbench.sim("--cluster", cluster, "--trace", trace,
                                    out=self.dir / "out", closed_loop=closed)
            self.assertEqual([row["start_s"] for row in rows], times)

    def test_requested_resources(self):
        jobs = [{"kind": "request", "submit_s": 0, "bundles": 3, "cpus": 4},
                {"kind": "request", "submit_s": 500, "bundles": 0},
                task(at=1000, run=1)]
        summary, rows = self.run_jobs([workbench.group("w", 4, 0, 0, 8)],
                                      jobs, policy="ray")
        self.assertEqual(summary["peak_nodes"], 3)
        self.assertEqual(summary["jobs"]["accepted"], 1)
        self.assertEqual(rows[2]["start_s"], "1060")

    def test_label_selectors(self):
        plain = workbench.group("plain", 4, 2, 2, 2)
        other = workbench.group("other", 4, 1, 1, 1, labels={"zone": "b"})
        jobs = [task(label_selector={"zone": "b"})] * 4 + \
               [task(label_selector={"zone": "!b"})] * 8 + \
               [task(label_selector={"zone": "c"})]
        for placement in PLACEMENTS:
            summary, rows = self.run_jobs([plain, other], jobs,
                                          placement=placement)
            self.assertEqual(summary["jobs"]["rejected"], 1)
            self.assertEqual({row["node"] for row in rows[:4]}, {"2"})
            self.assertEqual({row["node"] for row in rows[4:12]}, {"0", "1"})

    def test_actors(self):
        """They hold their CPUs for as long as they live, keep their node, and
        do not come back when it is lost, as the task beside them does."""
        jobs = [task(2, run=5000, kind="actor"), task(2, run=5000)]
        starts = self.starts([(4, 1)], [task(3, run=50, kind="actor"),
                                        task(2, at=1, run=1)])
        self.assertEqual(starts, [0, 50])
        summary, rows = self.run_jobs([workbench.group("w", 4, 0, 0, 2)], jobs,
                                      policy="ray")
        self.assertEqual(summary["launches"], 1)
        self.assertEqual({(row["start_s"], row["end_s"]) for row in rows},
                         {("60", "5060")})
        summary, rows = self.run_jobs([workbench.group("w", 4, 1, 1, 1)], jobs,
                                      losses="[{at_s: 100, group: w}]")
        self.assertEqual((summary["lost"]["nodes"], summary["lost"]["jobs"],
                          summary["jobs"]["done"]), (1, 1, 1))
        self.assertEqual(rows[0]["end_s"], "")
        self.assertGreater(float(rows[1]["start_s"]), 100)

    def test_priorities_of_a_trace(self):
        """Those of a format that has them: openb's classes of service."""
        header = ("name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,"
                  "pod_phase,creation_time,deletion_time,scheduled_time\n")
        trace = self.dir / "pods.csv"
        trace.write_text(header + "".join(
            f"{name},4000,0,0,0,,{qos},Running,{at},{at + 10},{at}\n"
            for name, qos, at in (("a", "BE", 0), ("b", "BE", 1),
                                  ("c", "Burstable", 2), ("d", "LS", 3))))
        cluster = workbench.write_cluster(
            self.dir / "cluster.yaml", [workbench.group("w", 4, 1, 1, 1)],
            head_cpus=0)
        for priorities, order in ("true", "adcb"), ("false", "abcd"):
            _, rows = workbench.sim("--cluster", cluster, "--trace", trace,
                                    out=self.dir / "out",
                                    priorities=priorities)
            rows.sort(key=lambda row: float(row["start_s"]))
            self.assertEqual("".join(row["job"] for row in rows), order)

    # ---- random workloads

    def check_gang(self, row, job):
        nodes = bundle_nodes(row)
        self.assertEqual(len(nodes), len(job["bundles"]))
        if job["strategy"] == "STRICT_SPREAD":
            self.assertEqual(len(set(nodes)), len(nodes))
        if job["strategy"] == "STRICT_PACK":
            self.assertEqual(len(set(nodes)), 1)

    def check_room(self, rows, jobs, cpus_of_node):
        """Ends before starts; bundles of a gang are equal here."""
        events = []
        for row, job in zip(rows, jobs):
            if not row["start_s"]:
                continue
            start, end = float(row["start_s"]), float(row["end_s"])
            nodes, cpus = [row["node"]], job.get("cpus")
            if "bundles" in job:
                self.check_gang(row, job)
                nodes = bundle_nodes(row)
                cpus = job["bundles"][0]["resources"]["CPU"]
            for node in nodes if end > start else []:
                events += [(start, 1, node, cpus), (end, 0, node, -cpus)]
        used = collections.Counter()
        for _, _, node, cpus in sorted(events):
            used[node] += cpus
            self.assertLessEqual(used[node], cpus_of_node)

    def test_random(self):
        for seed in range(RANDOM_RUNS):
            rnd = random.Random(seed)
            jobs = []
            for _ in range(rnd.randrange(1, 80)):
                at, run = rnd.randrange(300), rnd.choice([0, 1, 40, 200])
                if rnd.random() < 0.6:
                    jobs.append(task(rnd.choice([0.5, 1, 2, 4]), at, run))
                else:
                    jobs.append(gang([rnd.choice([1, 2, 4])] *
                                     rnd.randrange(1, 7),
                                     rnd.choice(STRATEGIES), at, run))
            jobs.sort(key=lambda job: job["submit_s"])
            summary, rows = self.run_jobs(
                [workbench.group("w", 4, 1, 0, rnd.randrange(1, 12))], jobs,
                policy="ray", seed=seed,
                placement=rnd.choice(PLACEMENTS))
            self.assertEqual(summary["jobs"]["unfinished"], 0, seed)
            self.check_room(rows, jobs, 4)


if __name__ == "__main__":
    unittest.main()
