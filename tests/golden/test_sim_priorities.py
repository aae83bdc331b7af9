#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Priorities of a trace count when they are asked to: who has more comes first,
equals go by submission; nobody who runs is put off.  Held to a slow and plain
simulation on nodes that stay."""
import json
import pathlib
import random
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import workbench  # noqa: E402

RANDOM_RUNS = 60


def starts_of(tasks, cpus, nodes, strict):
    """tasks: (submit, run, CPUs, priority); each on the first node with room."""
    free = [cpus] * nodes
    starts, waiting, running = {}, [], []
    arrivals = sorted(range(len(tasks)), key=lambda i: tasks[i][0])
    while arrivals or running or waiting:
        times = [end for end, _, _ in running]
        if arrivals:
            times.append(tasks[arrivals[0]][0])
        if not times:
            break
        now = min(times)
        for end, node, i in [r for r in running if r[0] == now]:
            running.remove((end, node, i))
            free[node] += tasks[i][2]
        while arrivals and tasks[arrivals[0]][0] == now:
            waiting.append(arrivals.pop(0))
        waiting.sort(key=lambda i: -tasks[i][3])  # stable: then as they came
        left = []
        for i in waiting:
            node = next((n for n in range(nodes) if free[n] >= tasks[i][2]),
                        None)
            if node is None or (strict and left):
                left.append(i)
                continue
            free[node] -= tasks[i][2]
            starts[i] = now
            running.append((now + tasks[i][1], node, i))
        waiting = left
    return starts


class Priorities(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def starts(self, lines, cpus=4, nodes=1, **settings):
        trace = self.dir / "trace.jsonl"
        trace.write_text("".join(json.dumps(line) + "\n" for line in lines))
        cluster = workbench.write_cluster(
            self.dir / "cluster.yaml",
            [workbench.group("w", cpus, nodes, nodes, nodes)])
        settings.setdefault("placement", "first-fit")
        settings.setdefault("priorities", "true")
        _, rows = workbench.sim("--cluster", cluster, "--trace", trace,
                                out=self.dir / "out", **settings)
        return [float(row["start_s"]) for row in rows]

    def test_random_cases(self):
        for seed in range(RANDOM_RUNS):
            rnd = random.Random(seed)
            tasks = sorted(((rnd.randrange(40), rnd.randrange(1, 30),
                             rnd.randrange(1, 5), rnd.choice([0, 0, 2, -1]))
                            for _ in range(rnd.randrange(1, 80))),
                           key=lambda task: task[0])
            nodes = rnd.randrange(1, 5)
            lines = [dict(zip(("submit_s", "duration_s", "cpus", "priority"),
                              task)) for task in tasks]
            for placement in "first-fit", "first-fit-strict":
                want = starts_of(tasks, 4, nodes, "strict" in placement)
                self.assertEqual(
                    self.starts(lines, nodes=nodes, placement=placement),
                    [want[i] for i in range(len(tasks))],
                    f"seed {seed}, {placement}")

    def line(self, priority, **more):
        return {"submit_s": 0, "duration_s": 10, "cpus": 4,
                "priority": priority, **more}

    def test_each_placement_and_gangs(self):
        lines = [self.line(0), self.line(1), self.line(3), self.line(2)]
        gangs = [self.line(0), self.line(1, bundles=2, cpus=2),
                 self.line(3), self.line(2, bundles=1)]
        for placement in ("ray-hybrid", "first-fit", "first-fit-strict",
                          "spread"):
            self.assertEqual(self.starts(lines, placement=placement),
                             [30, 20, 0, 10], placement)
            if placement != "ray-hybrid":  # which puts gangs off
                self.assertEqual(self.starts(gangs, placement=placement),
                                 [30, 20, 0, 10], placement)

    def test_ray_has_none(self):
        lines = [self.line(0), self.line(1), self.line(3)]
        self.assertEqual(self.starts(lines, priorities="false"), [0, 10, 20])

    def test_nobody_is_put_off(self):
        lines = [self.line(0), self.line(9, submit_s=1)]
        self.assertEqual(self.starts(lines), [0, 10])


if __name__ == "__main__":
    unittest.main()
