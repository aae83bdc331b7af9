#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/guide/write-a-policy.md, followed to the letter: its commands are run,
its code is put in, on a copy of the tree with what is built already."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build")
GUIDE = ROOT / "docs/guide/write-a-policy.md"
FENCE = re.compile(r"^```(sh|c)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def copy_tree(to):
    files = subprocess.run(["git", "ls-files", "-z", "-co",
                            "--exclude-standard"],
                           cwd=ROOT, check=True, stdout=subprocess.PIPE)
    for name in filter(None, files.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    for part in ("obj", "lib", "gen"):
        shutil.copytree(BUILD / part, to / "build" / part)


class GuideTest(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.tree = pathlib.Path(tmp.name, "raytide")
        self.tree.mkdir()
        copy_tree(self.tree)

    def run_commands(self, text):
        env = {key: value for key, value in os.environ.items()
               if not key.startswith(("MAKE", "MFLAGS")) and key != "B"}
        done = subprocess.run(["sh", "-ec", text], cwd=self.tree, env=env,
                              text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def put_in(self, code):
        """A whole decide in the place of the old one, or a row of the struct.
        """
        path = self.tree / "policies/keep_warm.c"
        text = path.read_text()
        if "keep_warm_decide(" in code:
            text, n = re.subn(r"^static enum rt_status keep_warm_decide.*?^}\n",
                              lambda _: code, text, count=1,
                              flags=re.MULTILINE | re.DOTALL)
        else:
            text, n = re.subn(r"^\t\.decide", lambda m: code + m[0], text,
                              count=1, flags=re.MULTILINE)
        self.assertEqual(n, 1)
        path.write_text(text)

    def test_the_guide(self):
        said, results = "", []
        before_sharing = GUIDE.read_text().split("## 4.")[0]
        for kind, text in FENCE.findall(before_sharing):
            if kind == "c":
                self.put_in(text)
                continue
            out = self.run_commands(text)
            said += out
            results += re.findall(r"^terminations +(\d+)$", out,
                                  re.MULTILINE)
        self.assertIn("my.yaml: ok: keep-warm, ray", said)
        self.assertIn("nodes of each group that are kept", said)
        self.assertEqual(results, ["0", "2"], said)

    def test_names(self):
        for name in ("", "Foo", "1st", "a b", "a/b", "ray"):
            done = subprocess.run([ROOT / "scripts/new", "policy", name],
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 2, name)


if __name__ == "__main__":
    unittest.main()
