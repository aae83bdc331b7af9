#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/guide/compare.md, followed to the letter: its files are written, its
commands run, and the tables say what the guide says of them."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Guide(unittest.TestCase):
    def test_it_is_as_it_says(self):
        path = f"{BUILD}:{os.environ['PATH']}"
        tables = []
        with tempfile.TemporaryDirectory() as folder:
            for kind, text in FENCE.findall(
                    (ROOT / "docs/guide/compare.md").read_text()):
                if kind == "yaml":
                    name = text.split("\n", 1)[0].removeprefix("# ")
                    pathlib.Path(folder, name).write_text(text)
                elif kind == "sh":
                    done = subprocess.run(
                        ["sh", "-ec", text], cwd=folder, text=True,
                        env={**os.environ, "PATH": path},
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    tables.append(done.stdout)
                else:
                    told = text
            self.assertTrue(pathlib.Path(
                folder, "study.results/report.html").exists())
        got = tables[-1]
        # Figures move with what is simulated; form and verdict do not.
        plain = re.compile(r"[-+]?\d+(\.\d+)?")
        self.assertEqual(re.sub(r" +", " ", plain.sub("0", got)),
                         re.sub(r" +", " ", plain.sub("0", told)))
        rows = [re.split(r" {2,}", line) for line in got.splitlines()]
        for policy, waits, costs in (("spare", "-", "+"),
                                     ("patient", "+", "-")):
            row = [row for row in rows if row[2:3] == [policy]][1]
            self.assertEqual((row[3][0], row[5][0]), (waits, costs), row)
            for cell in (row[3], row[5]):  # beyond luck
                mean, half = re.findall(r"\d+(?:\.\d+)?", cell)
                self.assertGreater(float(mean), float(half), row)


if __name__ == "__main__":
    unittest.main()
