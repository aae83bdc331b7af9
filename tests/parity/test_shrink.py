#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""shrink.py: what is left still fails and nothing can be spared."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.parity import gen, shrink  # noqa: E402


class ShrinkTest(unittest.TestCase):
    def test_what_matters_is_left(self):
        case = gen.Case(1, 1, "medium").snapshot("a")
        case["demand"]["tasks"].append({"count": 37, "resources": {"X": 7}})

        def fails(tried):
            tasks = tried.get("demand", {}).get("tasks", [])
            return any(t.get("count", 1) >= 5
                       and t.get("resources", {}).get("X") for t in tasks)

        self.assertEqual(
            shrink.shrink(case, fails),
            {"demand": {"tasks": [{"count": 5, "resources": {"X": 1}}]}})

    def test_what_cannot_be_made_smaller_stays(self):
        case = {"a": [1, 2], "b": {"c": 3}}
        same = dict(case)
        self.assertEqual(shrink.shrink(case, lambda c: c == same), case)


if __name__ == "__main__":
    unittest.main()
