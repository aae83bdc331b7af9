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
        ({"a": 1}, {}, "node i-1: left out: .* its group is gone"),
    "more available than in total":
        ({}, {}, "node i-1: more is available .* than it has"),
    "a bundle with two placements":
        ({"a": 1}, {"gangs": [0]}, "left out"),
    "a spread label with another value":
        ({"a": 1}, {}, "group a"),
    "more than one constraint":
        ({"a": 2}, {"constraints": [1]}, "left out"),
}


def decide(text):
    done = subprocess.run([RAYTIDE, "decide"], input=text, text=True,
                          stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


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
        ours = decide(path.read_text())
        self.assertEqual([d["id"] for d in ours], list(SENSIBLE))
        for ray, our in zip(rays, ours):
            launch, infeasible, said = SENSIBLE[our["id"]]
            with self.subTest(our["id"]):
                self.assertRegex(ray["error"], "^ray: ")
                self.assertEqual(our["launch"], launch)
                self.assertEqual(our["terminate"], [])
                self.assertEqual({k: v for k, v in our["infeasible"].items()
                                  if v}, infeasible)
                self.assertRegex("\n".join(our["explain"]), said)


if __name__ == "__main__":
    unittest.main()
