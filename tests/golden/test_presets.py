#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The presets do what their descriptions say, on bursts of short tasks and on
work that comes all the time: simulated, against ray."""
import functools
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import workbench  # noqa: E402

def bursts():
    """Every ten minutes 300 tasks of 10 to 30 s."""
    draw = random.Random(1)
    return sorted((600 * burst + draw.uniform(0, 5), draw.uniform(10, 30))
                  for burst in range(8) for _ in range(300))


def steady():
    """Tasks of a minute or so for four hours, now more and now less."""
    draw = random.Random(2)
    now, rows = 0, []
    while now < 4 * 3600:
        now += draw.expovariate(0.22 + 0.2 * math.sin(now / 3000))
        rows.append((now, draw.lognormvariate(3.5, 1)))
    return rows


def two_hours():
    """Twelve tasks of five minutes, every twenty minutes."""
    return [(1200 * i, 300) for i in range(6) for _ in range(12)]


@functools.cache
def simulate(load, policy, *sets):
    with tempfile.TemporaryDirectory() as folder:
        cluster = pathlib.Path(folder, "cluster.yaml")
        workbench.write_cluster(cluster, [
            workbench.group(name, 4, 0, 0, 200) for name in ("small", "dear")])
        trace = pathlib.Path(folder, "trace.csv")
        trace.write_text("submit_s,duration_s,cpus\n" + "".join(
            f"{at:.3f},{run:.3f},1\n" for at, run in load()))
        done = subprocess.run(
            [workbench.RAYTIDE, "sim", "--json", "--cluster", cluster,
             "--trace", trace, "--policy", policy,
             "--set", "provisioning_s=60",
             *(word for one in sets for word in ("--set", one))],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


def wait(result):
    return result["wait_s"]["p95"]


def cost(result):
    return result["node_seconds"]["billed"]


class PresetsTest(unittest.TestCase):
    def test_ray_is_ray(self):
        for load in (bursts, steady):
            one = simulate(load, "ray")
            other = simulate(load, "ray", "ray.quirks=keep")
            self.assertEqual(cost(one), cost(other))
            self.assertEqual(one["wait_s"], other["wait_s"])

    def test_responsive_waits_less(self):
        for load in (bursts, steady):
            ours, rays = simulate(load, "responsive"), simulate(load, "ray")
            self.assertLess(ours["wait_s"]["mean"], rays["wait_s"]["mean"])

    def test_saver_costs_less(self):
        for load, share in ((bursts, 0.5), (steady, 1)):
            ours, rays = simulate(load, "saver"), simulate(load, "ray")
            self.assertLess(cost(ours), share * cost(rays))
            self.assertLess(ours["wait_s"]["max"], 600)

    def test_slo_keeps_its_promise(self):
        for load, task in ((bursts, "20s"), (steady, "55s")):
            ours = simulate(load, "slo", f"queue-wait.task={task}")
            self.assertLess(wait(ours), 120)
            self.assertLess(cost(ours), cost(simulate(load, "ray")))

    def test_slo_when_it_is_told_wrong(self):
        """A tenth of how long tasks run: it notices by the backlog."""
        ours = simulate(steady, "slo", "queue-wait.task=5s")
        self.assertLess(wait(ours), 120)

    def test_slo_sees_how_long_nodes_take(self):
        """Three times as long as it is told: at the second burst it knows."""
        sets = ("provisioning_s=180", "queue-wait.wait=5m",
                "queue-wait.task=20s")
        told = simulate(bursts, "slo", *sets)
        seen = simulate(bursts, "slo", *sets, "queue-wait.learn=true")
        self.assertGreater(wait(told), 330)
        self.assertLess(wait(seen), 310)
        self.assertLess(cost(seen), 1.05 * cost(told))

    def test_nightly_is_warm_in_time(self):
        # The simulated clock begins at midnight UTC: the window is open, and
        # there is a node of each group though one would do.
        ours = simulate(bursts, "nightly", "queue-wait.wait=9h")
        self.assertEqual(ours["launches"], 2)


class FallBackTest(unittest.TestCase):
    def run_with(self, *sets):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as policy:
            policy.write("policy: [cost, ray]\nprices: {small: 1, dear: 9}\n")
            policy.flush()
            return simulate(two_hours, policy.name,
                            "group.small.price_per_h=1",
                            "group.dear.price_per_h=9",
                            "group.small.quota=0", "stuck_timeout_s=60",
                            *sets)

    def test_another_group_until_launches_work_again(self):
        never = self.run_with()
        later = self.run_with("group.small.quota_steps="
                              "[{at_s: 3600, nodes: 99}]")
        always = self.run_with("group.small.quota_steps="
                               "[{at_s: 0, nodes: 99}]")
        for result in (never, later, always):
            self.assertEqual(result["jobs"]["done"], 72)
        # Nobody waits for long, though cheap nodes are tried again now and
        # then: seldom, as launches fail one after the other.
        self.assertLess(never["wait_s"]["max"], 300)
        self.assertGreater(never["cost"], 5 * always["cost"])
        # It comes back to them in the second hour.
        self.assertLess(later["cost"], 0.75 * never["cost"])
        self.assertGreater(later["cost"], 0.5 * never["cost"])


if __name__ == "__main__":
    unittest.main()
