#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What README.md shows is what the programs print (those that need no Ray)."""
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A command goes on after a backslash, and with a here-document to its end.
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*?<<'EOF'\n(?:.*\n)*?EOF|"
                     r"(?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def examples():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return [example for block in BLOCK.findall(text)
            for example in COMMAND.findall(block)]


class Readme(unittest.TestCase):
    def test_examples(self):
        ran = 0
        for command, shown in examples():
            if "--ray-address" in command:
                continue
            done = subprocess.run(
                ["sh", "-c", command], cwd=ROOT, text=True,
                env={**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}"},
                capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), command)
            self.assertTrue(shown)
            for line in shown.splitlines():
                self.assertIn(line, done.stdout.splitlines(), command)
            ran += 1
        self.assertEqual(ran, 2)


if __name__ == "__main__":
    unittest.main()
