#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/policies.md is what scripts/proof makes of the figures, and what it does it
still can: on a small workload that is made up."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPERIMENTS = pathlib.Path("docs/experiments")

sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))
import proof_page  # noqa: E402


def prove(*args):
    done = subprocess.run([ROOT / "scripts/proof", *args], text=True,
                          stderr=subprocess.PIPE,
                          env=dict(os.environ, B=os.environ.get("B", "build")))
    if done.returncode:
        raise AssertionError(done.stderr)


class ProofTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        shutil.copytree(ROOT / EXPERIMENTS, self.top / EXPERIMENTS)
        self.page = self.top / "docs/policies.md"

    def test_the_page_is_made_of_the_figures(self):
        shutil.copy(ROOT / "docs/policies.md", self.page)
        prove("--write", "--top", self.top)
        for path in (self.page, *(self.top / EXPERIMENTS).glob("*.svg")):
            name = path.relative_to(self.top)
            self.assertEqual(path.read_text(), (ROOT / name).read_text(), name)

    def test_what_is_chosen_was_tried(self):
        figures = json.loads((ROOT / EXPERIMENTS / "figures.json").read_text())
        for name, found in figures.items():
            text = (ROOT / EXPERIMENTS / f"{name}.yaml").read_text()
            for preset, of in found["search"].items():
                for key, value in of["set"].items():
                    self.assertRegex(
                        text, rf"policy: {preset}\n.*\b{re.escape(key)}: "
                        rf"{re.escape(value)}[,}}]", (name, preset))

    def test_what_is_better(self):
        def word(cost, wait):
            return proof_page.verdict_of({"cost": cost, "wait_s.p95": wait})
        less, same = (-16, -17, -15), (0, -1, 1)
        self.assertEqual(word(same, (-20, -21, -19)), "beats")
        self.assertEqual(word(less, same), "beats")
        self.assertEqual(word((1, -1, 3), (-50, -60, -40)), "even")
        self.assertEqual(word(less, (1, -1, 3)), "even")
        self.assertIsNone(word((1, 0.5, 1.5), (-50, -60, -40)))
        self.assertIsNone(word(same, (-19, -20, -18)))
        self.assertIsNone(word((-14, -15, -13), same))

    def test_a_small_workload(self):
        (self.top / EXPERIMENTS / "figures.json").unlink()
        self.page.write_text("<!-- quick: here -->\n<!-- /quick -->\n")
        prove("--top", self.top, "quick")
        page = self.page.read_text()
        for policy in ("`ray`", "`responsive`", "`saver`", "`slo`",
                       "`nightly`", "static, 4"):
            self.assertRegex(page, rf"\n\| {policy} \| [\d.]+")
        self.assertIn("Means over 2 seeds", page)
        xml.parse(self.top / EXPERIMENTS / "quick.svg")
        chosen = (self.top / EXPERIMENTS / "quick.yaml").read_text()
        # Once more: nothing is run again, and nothing changes.
        prove("--top", self.top, "quick")
        self.assertEqual(self.page.read_text(), page)
        self.assertEqual((self.top / EXPERIMENTS / "quick.yaml").read_text(),
                         chosen)


if __name__ == "__main__":
    unittest.main()
