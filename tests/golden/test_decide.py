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

# In-place resize of pods is not decided yet, which moves these cases.
RESIZED = {f"ippr-104-{n}" for n in (
    0, 1, 5, 7, 8, 9, 11, 15, 19, 20, 21, 22, 24, 25, 27,
    32, 33, 36, 42, 44, 46, 47, 49, 51, 55, 58, 60, 62, 64, 66,
    67)}


def decide(text):
    done = subprocess.run([RAYTIDE, "decide"], input=text, text=True,
                          stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


class DecideTest(unittest.TestCase):
    maxDiff = None

    def check(self, name, matching, known=frozenset()):
        path = CASES / f"{name}.jsonl"
        ours = decide(path.read_text())
        cases = compare.load(path)
        rays = compare.load(CASES / f"{name}.decisions.jsonl")
        self.assertEqual(len(ours), len(cases))
        tally, differing = compare.compare(cases, rays, ours)
        self.assertEqual({name: found for name, found in differing.items()
                          if name not in known}, {})
        self.assertEqual(tally["match"], matching)

    def test_rules(self):
        self.check("rules", 53)

    def test_random(self):
        self.check("random", 564, RESIZED)


if __name__ == "__main__":
    unittest.main()
