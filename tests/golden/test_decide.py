#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""raytide decide answers as Ray 2.60's scheduler did (tests/parity says how
its decisions were had): a case for each rule, and 600 random ones."""
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


if __name__ == "__main__":
    unittest.main()
