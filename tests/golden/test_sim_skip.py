#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rounds in which nothing can change are skipped, and no byte of any result is
another than when all are held: random clusters, workloads and settings."""
import json
import pathlib
import random
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import workbench  # noqa: E402

RUNS = 60


def random_job(rnd, at, step):
    job = {"submit_s": at, "duration_s": rnd.choice([0, rnd.randrange(900)
                                                     * step]),
           "cpus": rnd.choice([0, 0.5, 1, 2, 4, 9]),
           "priority": rnd.choice([0, 0, 1])}
    if rnd.random() < 0.2:
        job.update(cpus=rnd.choice([1, 2]), bundles=rnd.randrange(1, 5),
                   strategy=rnd.choice(["PACK", "SPREAD", "STRICT_PACK",
                                        "STRICT_SPREAD"]))
    elif rnd.random() < 0.1:
        job["kind"] = "actor"
    return job


def random_run(rnd, folder):
    """The arguments of a run in which much time passes without anything."""
    step = rnd.choice([1, 0.1, 1 / 3, 7])
    jobs, now = [], 0
    for _ in range(rnd.randrange(1, 60)):
        now += rnd.choice([0, rnd.randrange(20), rnd.randrange(2000)]) * step
        jobs.append(random_job(rnd, now, step))
    trace = folder / "trace.jsonl"
    trace.write_text("".join(json.dumps(job) + "\n" for job in jobs))
    groups = []
    for i in range(rnd.randrange(1, 4)):
        low = rnd.randrange(3)
        groups.append(workbench.group(
            f"g{i}", rnd.choice([1, 2, 4, 8]), rnd.randrange(6), low,
            low + rnd.randrange(6), idleTimeoutSeconds=rnd.randrange(120)))
    args = ["--cluster", workbench.write_cluster(
                folder / "cluster.yaml", groups, idle_s=rnd.randrange(1, 100),
                head_cpus=rnd.choice([0, 2])),
            "--trace", trace, "--policy", rnd.choice(["ray", "first-fit"]), "--events",
            "--seed", rnd.randrange(100)]
    sets = {"interval_s": rnd.choice([5, 1, 0.7, 1 / 3]),
            "provisioning_s": rnd.choice([0, 12.5, 60, 400]),
            "provisioning_cv": rnd.choice([0, 0.5]),
            "drain_s": rnd.choice([0, 3.3]),
            "worker_start_s": rnd.choice([0, 0.5]),
            "cooldown_s": rnd.choice([-1, 0, 50]),
            "group.spot_per_h": rnd.choice([0, 0, 1]),
            "group.crash_per_h": rnd.choice([0, 0, 0.5]),
            "group.launch_failure": rnd.choice([0, 0, 0.3]),
            "group.g0.quota": rnd.choice([-1, -1, 2]),
            "group.g0.quota_steps": rnd.choice([
                "[]", "[{at_s: 500, nodes: 1}, {at_s: 777, nodes: -1}]"]),
            "group.pod_times": rnd.choice(["[]", "[]", "[5, 50, 500]"]),
            "losses": rnd.choice(["[]", "[{at_s: 300, count: 2}, "
                                  "{at_s: 800, node: 3, cause: crash}]"]),
            "priorities": rnd.choice(["false", "true"]),
            "delete_s": rnd.choice([0, 0, 42]),
            "gcs_lag_s": rnd.choice([0, 0, 0.3, 3, 33]),
            "observe": rnd.choice(["gcs", "exact"]),
            "placement": rnd.choice(["first-fit", "first-fit-strict", "spread",
                                     "ray-hybrid", "ray-leases"])}
    return args, sets


def files(folder):
    """What a run left, but for what a clock told."""
    found = {path.name: path.read_text() for path in folder.iterdir()
             if path.suffix != ".html"}
    found["summary.json"] = found["summary.json"].split('"wall_ms"')[0]
    return found


class Skip(unittest.TestCase):
    def test_no_byte_changes(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for seed in range(RUNS):
                args, sets = random_run(random.Random(seed), folder)
                results = []
                for every in "false", "true":
                    workbench.sim(*args, out=folder / every, **sets,
                                  every_round=every)
                    results.append(files(folder / every))
                self.assertEqual(results[0].keys(), results[1].keys())
                for file in results[0]:
                    self.assertEqual(results[0][file], results[1][file],
                                     f"seed {seed}: {file}")


if __name__ == "__main__":
    unittest.main()
