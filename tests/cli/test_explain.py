#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""raytide explain: what it says of a snapshot, and that what it says would be is
what raytide decide makes of a snapshot that is so."""
import copy
import json
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"


def node(i, type_, free, total, **more):
    return dict({"instance_id": f"i-{i}", "pod": f"p-{i}", "type": type_,
                 "status": "RAY_RUNNING", "ray_node_id": f"{i:02x}",
                 "total": {"CPU": total}, "available": {"CPU": free}}, **more)


def snapshot():
    """Of two groups at their maxima; one node has work, one is idle."""
    return {"version": 1, "now_ms": 1_700_000_000_000, "config": {
        "idle_timeout_s": 60, "node_types": [
            {"name": "head", "is_head": True, "resources": {"CPU": 0}},
            {"name": "small", "resources": {"CPU": 4}, "max_workers": 5},
            {"name": "large", "resources": {"CPU": 16}, "max_workers": 1}]},
        "nodes": [node(0, "head", 0, 0, kind="head"),
                  node(1, "small", 1, 4),
                  node(2, "small", 4, 4, idle_ms=31000)],
        "demand": {"tasks": [{"count": 30, "resources": {"CPU": 3}},
                             {"count": 1, "resources": {"CPU": 99}},
                             {"count": 2, "resources": {"CPU": 16}}],
                   "gangs": [{"details": "g", "bundles": [
                       {"resources": {"CPU": 16}} for _ in range(3)]}]}}


def run(words, *cases):
    return subprocess.run(
        [RAYTIDE, *words], text=True, stdout=subprocess.PIPE,
        input="\n".join(map(json.dumps, cases)), stderr=subprocess.PIPE)


def decide(case):
    return json.loads(run(["decide"], case).stdout)


class ExplainTest(unittest.TestCase):
    def ask(self, *words, case=None):
        done = run(["explain", "-", *words], case or snapshot())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def refused(self, *words):
        done = run(["explain", "-", *words], snapshot())
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        return done.stderr

    def test_why_three_and_not_five(self):
        said = self.ask("--group", "small")
        case = snapshot()
        self.assertEqual(decide(case)["launch"]["small"], 3)
        self.assertIn("group small: 3 nodes are launched, 2 are there or on "
                      "their way; its minimum is 0, its maximum 5\n"
                      "  ray: 3 nodes: no room on the nodes that are there for "
                      "tasks[0] (30 x {CPU: 3})\n", said)
        self.assertIn("tasks[0]: group small is at its maximum of 5", said)
        self.assertIn("tasks[2]: group small has CPU 4 of the 16 asked", said)
        case["config"]["node_types"][1]["max_workers"] = 4
        fewer = decide(case)
        self.assertIn("with one node of it fewer: small: 2 nodes launched, "
                      "not 3; %d of tasks[0] without a place, not 26"
                      % fewer["infeasible"]["tasks"][0]["count"], said)
        case["config"]["node_types"][1]["max_workers"] = 100
        more = decide(case)
        self.assertIn("were its maximum higher: small: %d nodes launched, "
                      "not 3" % more["launch"]["small"], said)

    def test_the_maximum_of_the_cluster(self):
        case = snapshot()
        case["config"]["max_workers"] = 3
        for group in case["config"]["node_types"][1:]:
            group["max_workers"] = 50
        del case["config"]["node_types"][2], case["demand"]["gangs"]
        said = self.ask("--group", "small", case=case)
        self.assertIn("group small: 1 nodes are launched", said)
        self.assertNotIn("were its maximum higher", said)
        more = copy.deepcopy(case)
        more["config"]["max_workers"] = 1000
        self.assertIn("were the maximum of the cluster higher: small: %d "
                      "nodes launched, not 1"
                      % decide(more)["launch"]["small"], said)
        case["demand"] = {}
        self.assertIn("no higher maximum would change anything",
                      self.ask("--group", "small", case=case))

    def test_why_a_node_is_kept(self):
        for name in ("i-2", "p-2", "02"):
            said = self.ask("--node", name)
            self.assertIn("node i-2 (p-2) of small: RAY_RUNNING, it stays\n"
                          "  ray: idle for 31000 ms, not longer than the "
                          "timeout of 60000 ms\n", said)
            self.assertIn("were it idle for more than 60000 ms: it would "
                          "stay\n  ray: idle for 60001 ms, and needed for "
                          "tasks[0] (30 x {CPU: 3})\n", said)
            self.assertIn("were it not there: small: 4 nodes launched, not 3",
                          said)
        self.assertIn("it has work: CPU 3 of 4 in use",
                      self.ask("--node", "i-1"))
        self.assertIn("it is the head, which never goes",
                      self.ask("--node", "i-0"))
        case = snapshot()
        case["demand"] = {}
        said = self.ask("--node", "i-2", case=case)
        self.assertIn("were it idle for more than 60000 ms: it would go", said)
        case["config"]["node_types"][1]["min_workers"] = 2
        said = self.ask("--node", "i-2", case=case)
        self.assertIn("kept for the minimum of 2 nodes of its group", said)

    def test_why_demand_is_infeasible(self):
        self.assertEqual(
            self.ask("--demand", "1"),
            "tasks[1] (1 x {CPU: 99}): finds no place, and never will\n"
            "  ray: 1 of tasks[1] (1 x {CPU: 99}) fit on no node that is there "
            "or may be launched\n"
            "  because: CPU 99 asked, the largest group has 16\n"
            "  group small has CPU 4 of the 99 asked\n"
            "  group large has CPU 16 of the 99 asked\n")
        said = self.ask("--demand", "gangs[0]")
        self.assertIn("gangs[0] (3 bundles): waits\n", said)
        self.assertIn("because: group large is at its maximum of 1\n", said)
        self.assertIn("gangs[0] with a place", said)
        case = snapshot()
        case["demand"]["gangs"][0]["bundles"] = [
            {"resources": {"CPU": cpus}} for cpus in (1, 8, 99)]
        said = self.ask("--demand", "gangs[0]", case=case)
        self.assertIn("  group small has CPU 4 of the 8 asked\n"
                      "  group large has CPU 16 of the 99 asked\n", said)
        case = snapshot()
        case["demand"]["tasks"] = case["demand"]["tasks"][:1]
        case["demand"]["tasks"][0]["count"] = 2
        said = self.ask("--demand", "tasks[0]", case=case)
        self.assertIn("tasks[0] (2 x {CPU: 3}): finds a place\n", said)
        case["demand"]["tasks"][0]["count"] = 8
        said = self.ask("--demand", "0", "--policy", "slo", case=case)
        self.assertIn("tasks[0] (8 x {CPU: 3}): is put off in part\n"
                      "  queue-wait: ", said)

    def test_json_has_the_same(self):
        words = ["--group", "small", "--node", "i-2", "--demand", "2"]
        told = json.loads(self.ask(*words, "--json"))
        self.assertEqual((told["version"], told["round"]), (1, 1))
        group, node_, demand = told["answers"]
        self.assertEqual((group["group"], node_["node"], demand["demand"]),
                         ("small", "i-2", "tasks[2]"))
        self.assertEqual(node_["said"][0], {
            "of": "ray", "code": "stays-young", "n": 31000, "limit": 60000,
            "text": "idle for 31000 ms, not longer than the timeout of 60000 "
                    "ms"})
        text = self.ask(*words)
        for answer in told["answers"]:
            for said in answer["said"]:
                self.assertIn(said["text"], text)

    def test_which_round(self):
        first, last = snapshot(), snapshot()
        last["demand"] = {}
        for words, launched in (([], 0), (["--round", "1"], 3),
                                (["--round=2"], 0)):
            done = run(["explain", "-", "--group", "small", *words],
                       first, last)
            self.assertIn(f"group small: {launched} nodes", done.stdout)

    def test_all_of_it(self):
        said = self.ask()
        for line in ("group small:", "group large:", "node i-2 (p-2)",
                     "tasks[0] (30", "tasks[1] (1", "tasks[2] (2", "gangs[0]"):
            self.assertIn("\n" + line, "\n" + said)

    def test_cases_of_all_kinds(self):
        """What it says is launched is what raytide decide launches."""
        path = ROOT / "tests/golden/decide/rules.jsonl"
        cases = path.read_text().splitlines()
        for number, case in enumerate(cases, 1):
            done = run(["explain", path, "--json", f"--round={number}"])
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            told = {answer["group"]: answer["text"]
                    for answer in json.loads(done.stdout)["answers"]
                    if "group" in answer}
            launch = decide(json.loads(case))["launch"]
            for group, text in told.items():
                self.assertIn(f"group {group}: {launch.get(group, 0)} nodes "
                              "are launched", text)
            self.assertLessEqual(set(launch), set(told))

    def test_errors(self):
        for words, why in (
                (["--round", "2"], "standard input: there are 1 rounds"),
                (["--round", "0"], "not a number from 1"),
                (["--group", "huge"], "--group: huge: no such group"),
                (["--node", "i-9"], "--node: i-9: no such node"),
                (["--demand", "3"], "--demand: 3: there are 3 of them"),
                (["--demand", "gangs[-1]"], "--demand: gangs[-1]: not a"),
                (["--policy", "rai"], "did you mean ray?")):
            self.assertIn(why, self.refused(*words))


if __name__ == "__main__":
    unittest.main()
