#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""raytide decide answers as Ray 2.60's scheduler did (tests/parity says how
its decisions were had): a case for each rule, and 600 random ones; and where
Ray gives up on the round, raytide leaves something out and says so."""
import json
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests.parity import compare  # noqa: E402

CASES = ROOT / "tests/golden/decide"
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"

# Where Ray raises: what is launched, what is infeasible, what is said of it.
SENSIBLE = {
    "a running node of a group that is gone":
        ({"a": 1}, {}, "stay i-1 ray: left out: .* its group is gone"),
    "more available than in total":
        ({}, {}, "stay i-1 ray: more is available .* than it has"),
    "a bundle with two placements":
        ({"a": 1}, {"gangs": [0]}, "infeasible 0 because: a bundle has more"),
    "a spread label with another value":
        ({"a": 1}, {}, "stay i-1 ray: not for gangs.* of its label x"),
    "more than one constraint":
        ({"a": 2}, {"constraints": [1]}, "infeasible 1 because: .* the first stands"),
}


def decide(text, *args):
    done = subprocess.run([RAYTIDE, "decide", *args], input=text, text=True,
                          stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


# What an entry of explain is about.
SUBJECTS = ("type", "instance_id", "task", "gang", "constraint")


def subjects(explain, *what):
    return [entry[key] for entry in explain for key in SUBJECTS
            if entry["what"] in what and key in entry]


def idle_and_kept(case, answer):
    ended = {node["instance_id"] for node in answer["terminate"]}
    return [node["instance_id"] for node in case.get("nodes", ())
            if node["status"] == "RAY_RUNNING" and node.get("idle_ms", 0) > 0
            and node.get("total") is not None
            and node.get("kind") != "head"
            and node["instance_id"] not in ended]


class DecideTest(unittest.TestCase):
    maxDiff = None

    def check(self, name, matching):
        path = CASES / f"{name}.jsonl"
        ours = decide(path.read_text())
        cases = compare.load(path)
        rays = compare.load(CASES / f"{name}.decisions.jsonl")
        self.assertEqual(len(ours), len(cases))
        tally, differing = compare.compare(cases, rays, ours)
        self.assertEqual(differing, {})
        self.assertEqual(tally["match"], matching)

    def test_rules(self):
        self.check("rules", 62)

    def test_random(self):
        self.check("random", 595)

    def test_where_ray_raises(self):
        path = CASES / "raises.jsonl"
        rays = compare.load(CASES / "raises.decisions.jsonl")
        ours = decide(path.read_text(), "--explain")
        self.assertEqual([d["id"] for d in ours], list(SENSIBLE))
        for ray, our in zip(rays, ours):
            launch, infeasible, said = SENSIBLE[our["id"]]
            with self.subTest(our["id"]):
                self.assertRegex(ray["error"], "^ray: ")
                self.assertEqual(our["launch"], launch)
                self.assertEqual(our["terminate"], [])
                self.assertEqual({k: v for k, v in our["infeasible"].items()
                                  if v}, infeasible)
                self.assertRegex("\n".join(
                    f"{entry['what']} {entry[key]} {why}"
                    for entry in our["explain"] for key in SUBJECTS
                    if key in entry for why in entry["why"]), said)

    def test_all_of_it_is_explained(self):
        """One entry for each type launched, node ended, idle node that stays,
        and entry of the demand without a place; the decision is the same."""
        text = (CASES / "random.jsonl").read_text()
        cases = [json.loads(line) for line in text.splitlines()]
        for case, plain, answer in zip(cases, decide(text),
                                       decide(text, "--explain")):
            explain = answer.pop("explain")
            self.assertEqual(answer, plain)
            with self.subTest(case["id"]):
                self.check_explained(case, answer, explain)

    def check_explained(self, case, answer, explain):
        self.assertEqual(
            subjects([e for e in explain if e.get("count")], "launch"),
            [t["name"] for t in case["config"]["node_types"]
             if t["name"] in answer["launch"]])
        self.assertEqual(subjects(explain, "terminate"),
                         [n["instance_id"] for n in answer["terminate"]])
        known = {t["name"] for t in case["config"]["node_types"]}
        types = {n["instance_id"]: n["type"] for n in case.get("nodes", ())}
        told = subjects(explain, "stay", "resize")
        for node in idle_and_kept(case, answer):
            if types[node] in known:
                self.assertEqual(told.count(node), 1, node)
        infeasible = answer["infeasible"]
        self.assertEqual(
            subjects(explain, "wait", "infeasible"),
            [t["index"] for t in infeasible["tasks"]]
            + infeasible["gangs"] + infeasible["constraints"])
        for entry in explain:
            if entry["what"] in ("wait", "infeasible"):
                self.assertRegex(entry["why"][-1], "^because: ")


if __name__ == "__main__":
    unittest.main()
