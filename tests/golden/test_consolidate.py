#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stage consolidate: who may go, what takes its work, within which budget;
worked out by hand, and simulated."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import workbench  # noqa: E402

from small_cluster import RAYTIDE, StageTest, node, snapshot  # noqa: E402

SMALL = workbench.group("small", 4, 0, 0, 9)
LARGE = workbench.group("large", 16, 0, 0, 9)


def idle(i, type_, total, seconds):
    return node(i, type_, total, total, idle_ms=1000 * seconds)


class DecisionsTest(StageTest):
    def consolidate(self, options, case, prices="small: 0.2, large: 1.6"):
        return self.decide(
            "policy: [{ray: {quirks: mend}}, {consolidate: {%s}}]\n"
            "prices: {%s}\n" % (options, prices), case)

    def causes(self, answer):
        return {entry["instance_id"]: entry["cause"]
                for entry in answer["terminate"]}

    def test_idle_nodes(self):
        # Ray would wait for a minute, this for 30 s.
        nodes = [node(0, "small", 1, 4), idle(1, "small", 4, 30),
                 idle(2, "large", 16, 30), idle(3, "large", 16, 29)]
        answer = self.consolidate("budget: 100", snapshot(nodes))
        self.assertEqual(self.causes(answer), {"i-1": "IDLE", "i-2": "IDLE"})
        # A tenth of four workers is one: the dearest.
        answer = self.consolidate("", snapshot(nodes))
        self.assertEqual(self.ended(answer), ["i-2"])
        self.assertIn("the other nodes hold its work and all that is asked "
                      "for; it costs 1.6 an hour", self.why(answer))
        # One is going already.
        nodes[3] = node(3, "large", 16, 16, ray_status="DRAINING")
        answer = self.consolidate("", snapshot(nodes))
        self.assertEqual(self.ended(answer), [])
        self.assertIn("1 nodes are going already, and the budget is 1",
                      self.why(answer))
        answer = self.consolidate("budget: 50, nodes: 2", snapshot(nodes))
        self.assertEqual(self.ended(answer), ["i-2"])

    def test_what_is_asked_for_keeps_its_nodes(self):
        nodes = [node(0, "small", 1, 4), idle(1, "small", 4, 50),
                 idle(2, "small", 4, 50)]
        options = "budget: 100, replace: false"
        # Room for 5 CPUs: 1 and 4.
        case = snapshot(nodes, [(5, {"CPU": 1})])
        self.assertEqual(len(self.ended(self.consolidate(options, case))), 1)
        case = snapshot(nodes)
        case["demand"]["constraints"] = [
            {"requests": [{"count": 3, "resources": {"CPU": 3}}]}]
        self.assertEqual(self.ended(self.consolidate(options, case)), [])
        case = snapshot(nodes)
        case["config"]["node_types"][1]["min_workers"] = 2
        self.assertEqual(len(self.ended(self.consolidate(options, case))), 1)
        spare = self.decide(
            "policy: [{headroom: {cpus: 6}}, ray, "
            "{consolidate: {budget: 100, replace: false}}]", snapshot(nodes))
        self.assertEqual(len(self.ended(spare)), 0)
        # Nothing is done while something comes.
        pending = dict(node(3, "large", 16, 16), status="REQUESTED")
        self.assertEqual(self.ended(self.consolidate(
            options, snapshot(nodes + [pending]))), [])

    def test_work_stays_unless_it_may_move(self):
        # One and two CPUs in use: together they fit on one.
        nodes = [node(0, "small", 3, 4), node(1, "small", 2, 4)]
        options = "after: 0s, budget: 100"
        self.assertEqual(self.ended(self.consolidate(
            options, snapshot(nodes))), [])
        options += ", move: true"
        answer = self.consolidate(options, snapshot(nodes))
        self.assertEqual(self.causes(answer), {"i-0": "CONSOLIDATE"})
        # Two and three do not; nor does what wants a node's own resource.
        nodes = [node(0, "small", 2, 4), node(1, "small", 1, 4)]
        answer = self.consolidate(options, snapshot(nodes))
        self.assertEqual(self.ended(answer), [])
        nodes = [node(0, "small", 3, 4), node(1, "small", 3, 4)]
        for one in nodes:
            name = "CPU_group_" + one["pod"]
            one["total"][name] = 1
        self.assertEqual(self.ended(self.consolidate(
            options, snapshot(nodes))), [])
        # The work of a group with labels stays among them.
        case = snapshot([node(0, "small", 3, 4), node(1, "large", 1, 16)])
        self.assertEqual(self.ended(self.consolidate(options, case, "")),
                         ["i-0"])
        case["config"]["node_types"][1]["labels"] = {"zone": "a"}
        self.assertEqual(self.ended(self.consolidate(options, case, "")), [])

    def test_dear_ones_are_replaced(self):
        # 4 CPUs on a large one for 1.6 fit on a small one for 0.2.
        options = "after: 0s, budget: 100, move: true"
        nodes = [node(0, "large", 12, 16)]
        answer = self.consolidate(options, snapshot(nodes))
        self.assertEqual((answer["launch"], self.ended(answer)),
                         ({"small": 1}, []))
        self.assertIn("1 nodes go when it is there: 1.4 an hour less",
                      self.why(answer))
        nodes.append(node(1, "small", 4, 4, idle_ms=1))
        self.assertEqual(self.causes(self.consolidate(
            options, snapshot(nodes))), {"i-0": "CONSOLIDATE"})
        # No gain, no price, not asked for, no room for both at a time.
        nodes[1] = node(1, "headgroup", 0, 0)
        for how, prices, config in (
                (options, "small: 1.59, large: 1.6", {}),
                (options, "large: 1.6", {}),
                (options + ", replace: false", "small: 0.2, large: 1.6", {}),
                (options, "small: 0.2, large: 1.6", {"max_workers": 1})):
            answer = self.consolidate(how, snapshot(nodes, **config), prices)
            self.assertEqual((answer["launch"], self.ended(answer)), ({}, []))
        # Spare room on a dear node that cheap ones could hold, too.
        answer = self.decide(
            "policy: [{headroom: {cpus: 6}}, ray, consolidate]\n"
            "prices: {small: 0.2, large: 1.6}",
            snapshot([idle(0, "large", 16, 50)]))
        self.assertEqual(answer["launch"], {"small": 2})


class SimulatedTest(unittest.TestCase):
    def simulate(self, stages, *sets):
        """On three nodes one CPU each is used for an hour, and three for a
        minute; Ray launches three more."""
        return self.run_tasks(
            [f"{i / 100},{60 if i % 4 else 3600},1" for i in range(12)],
            [SMALL], f"policy: [{stages}]\n", *sets)

    def run_tasks(self, rows, groups, policy, *sets):
        with tempfile.TemporaryDirectory() as folder:
            at = pathlib.Path(folder)
            workbench.write_cluster(at / "cluster.yaml", groups, idle_s=600)
            (at / "trace.csv").write_text(
                "\n".join(["submit_s,duration_s,cpus", *rows]) + "\n")
            (at / "policy.yaml").write_text(policy)
            done = subprocess.run(
                [RAYTIDE, "sim", "--json", "--cluster", at / "cluster.yaml",
                 "--trace", at / "trace.csv", "--policy", at / "policy.yaml",
                 "--set", "placement=first-fit", *sets], check=True,
                text=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)

    def test_long_work_is_put_together(self):
        stays = self.simulate("ray")
        moved = self.simulate("ray, {consolidate: {budget: 50, move: true}}")
        self.assertEqual(moved["jobs"]["done"], 12)
        self.assertEqual((stays["lost"]["retries"], moved["lost"]["retries"]),
                         (0, 2))
        self.assertLess(moved["node_seconds"]["up"],
                        0.4 * stays["node_seconds"]["up"])

    def test_idle_nodes_go_sooner(self):
        # Three nodes that nobody uses go after some 30 s, not 600.
        stays = self.simulate("ray")
        early = self.simulate("ray, {consolidate: {budget: 100}}")
        self.assertEqual(early["lost"]["retries"], 0)
        self.assertEqual(early["wait_s"], stays["wait_s"])
        saved = stays["node_seconds"]["up"] - early["node_seconds"]["up"]
        self.assertAlmostEqual(saved, 3 * 570, delta=3 * 10)

    def test_a_dear_node_is_replaced(self):
        # Three of 16 CPUs are used for two hours: a node of 4 comes for it,
        # though nobody else needs it for the two minutes that it takes, and
        # then the large one goes.
        rows = ["0,60,16", "0.1,7200,3", "0.2,60,13"]
        sets = ["provisioning_s=120", "group.small.price_per_h=1",
                "group.large.price_per_h=4"]
        policy = "policy: [%s]\nprices: {small: 1, large: 4}\n"
        stays, moved = (self.run_tasks(
            rows, [SMALL, LARGE], policy % stages,
            *(word for one in sets for word in ("--set", one)))
            for stages in ("ray", "ray, {consolidate: {move: true}}"))
        self.assertEqual(moved["jobs"]["done"], 3)
        self.assertEqual(moved["lost"]["retries"], 1)
        self.assertEqual(moved["launches"], stays["launches"] + 1)
        self.assertLess(moved["cost"], 0.4 * stays["cost"])


if __name__ == "__main__":
    unittest.main()
