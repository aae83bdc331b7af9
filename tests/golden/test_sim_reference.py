#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The simulator under the first-fit policy is the reference simulation, start
by start and node by node: the cases worked out on paper, random ones, and the
public traces where $RAYTIDE_TRACES says, written as a native CSV."""
import json
import os
import pathlib
import random
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import autoscale_reference as reference  # noqa: E402
import pool_reference  # noqa: E402
import workbench  # noqa: E402

TRACES = os.environ.get("RAYTIDE_TRACES")
HAND = sorted((pathlib.Path(__file__).parent / "sim/hand").glob("*.json"))
RANDOM_RUNS = 150
PLACEMENT = {"skip": "first-fit", "strict": "first-fit-strict"}


def random_case(seed):
    """Few tasks, close together, so that they meet at the same instants."""
    rnd = random.Random(seed)
    step = rnd.choice([1, 0.5, 0.1, 0.25, 1 / 3])
    tasks = sorted((rnd.randrange(0, 400) * step,
                    rnd.choice([0, rnd.randrange(0, 120) * step]),
                    rnd.choice([0, 0.5, 1, 1, 1, 2, 3, 4, 8]))
                   for _ in range(rnd.randrange(1, 120)))
    rnd.shuffle(tasks)
    tasks.sort(key=lambda task: task[0])
    low = rnd.randrange(0, 4)
    delay = rnd.choice([0, 5, 7, 30, 12.5])
    # With no delay and no patience the reference ends a node of tick 0 before
    # it has taken a task, at no other tick: a slip that is not copied.
    idle = rnd.choice([0, 5, 17, 60] if delay else [5, 17, 60])
    return {"C": rnd.choice([1, 2, 4, 8]), "min_nodes": low,
            "max_nodes": low + rnd.randrange(1, 12),
            "D": delay, "T": idle,
            "tick": rnd.choice([5, 1, 2.5, 0.7]),
            "fifo": rnd.choice(["skip", "strict"])}, tasks


class Reference(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def run_sim(self, c, tasks):
        manifest = workbench.write_cluster(
            self.dir / "cluster.yaml",
            [workbench.group("w", c["C"], c["min_nodes"], c["min_nodes"],
                             c["max_nodes"])], idle_s=c["T"])
        trace = workbench.write_tasks(self.dir / "tasks.csv", tasks)
        return workbench.sim(
            "--cluster", manifest, "--trace", trace, "--policy", "first-fit",
            out=self.dir / "out", interval_s=c["tick"], drain_s=0,
            provisioning_s=c["D"], max_concurrent_launches=0,
            placement=PLACEMENT[c["fifo"]])

    def compare(self, c, tasks, title):
        placed, nodes, rejected, *peaks = result = \
            reference.simulate(tasks, **c)
        summary, jobs = self.run_sim(c, tasks)
        for i, job in enumerate(jobs):
            want = ("", "", "") if i not in placed else (
                placed[i][0], placed[i][0] + tasks[i][1], placed[i][1])
            got = tuple(job[k] and float(job[k])
                        for k in ("start_s", "end_s", "node"))
            self.assertEqual(got, want, f"{title}: task {i}")
        self.assertEqual(summary["jobs"]["rejected"], len(rejected), title)
        if not placed:
            return
        want = reference.report(tasks, result, c["min_nodes"])
        got = {"tasks": summary["jobs"]["accepted"],
               "wait_mean": summary["wait_s"]["mean"],
               "wait_p50": summary["wait_s"]["p50"],
               "wait_p95": summary["wait_s"]["p95"],
               "wait_p99": summary["wait_s"]["p99"],
               "wait_max": summary["wait_s"]["max"],
               "end": summary["end_s"], "makespan": summary["makespan_s"],
               "node_seconds_up": summary["node_seconds"]["up"],
               "node_seconds_billed": summary["node_seconds"]["billed"],
               "launches": summary["launches"],
               "terminations": summary["terminations"],
               "peak_alive": summary["peak_nodes"]}
        for key, value in got.items():
            self.assertAlmostEqual(value, want[key], delta=1e-9,
                                   msg=f"{title}: {key}")

    def test_hand_cases(self):
        self.assertEqual(len(HAND), 6)
        for path in HAND:
            case = json.loads(path.read_text())
            tasks = [tuple(task) for task in case["tasks"]]
            summary, jobs = self.run_sim(case["cluster"], tasks)
            expect = case["expect"]
            self.assertEqual([float(j["start_s"]) if j["start_s"] else None
                              for j in jobs], expect["starts"], path.name)
            self.assertEqual([int(j["node"]) if j["node"] else None
                              for j in jobs], expect["nodes_of_tasks"],
                             path.name)
            self.assertEqual(summary["node_seconds"],
                             {"up": expect["node_seconds_up"],
                              "billed": expect["node_seconds_billed"]},
                             path.name)
            self.compare(case["cluster"], tasks, path.name)

    def test_random_cases(self):
        for seed in range(RANDOM_RUNS):
            self.compare(*random_case(seed), f"seed {seed}")

    @unittest.skipUnless(TRACES, "RAYTIDE_TRACES is not set")
    def test_public_traces(self):
        """The first so many jobs of each, on nodes that are as wide as the
        widest of most of them."""
        for name, jobs, cpus, nodes in (
                ("NASA-iPSC-1993-3.1-cln.swf.zip", 18239, 128, 4),
                ("lublin_256.swf", 1500, 128, 6),
                ("LCG.swf.gz", 20000, 16, 90),
                ("philly.csv", 6000, 8, 80)):
            tasks = [(job[1], job[2], job[3]) for job in
                     pool_reference.read_jobs(f"{TRACES}/{name}", "run")
                     if job[2] >= 0 and job[3] > 0][:jobs]
            for fifo in "skip", "strict":
                case = {"C": cpus, "min_nodes": 1, "max_nodes": nodes,
                        "D": 120, "T": 600, "tick": 60, "fifo": fifo}
                self.compare(case, tasks, f"{name}, {fifo}")


if __name__ == "__main__":
    if not TRACES:
        print("skipped: RAYTIDE_TRACES is not set")
    unittest.main()
