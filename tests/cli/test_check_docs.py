#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check-docs must find each kind of mistake that it is there to find."""
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HELP = "#!/bin/sh\necho '  --policy NAME  which one'\n"


class CheckDocs(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.root = pathlib.Path(tmp.name)
        subprocess.run(["git", "init", "-q"], cwd=self.root, check=True)
        self.write("Makefile", "VERSION := 1\ndemo: x ## shows\n")
        self.write("cli/cmd_sim.c", "int sim_run(void);\n")
        self.write("docs/other.md", "# Two words\n")
        for program in ("raytide", "raytide-autoscaler"):
            self.write(f"build/{program}", HELP, 0o755)

    def write(self, name, text, mode=0o644):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)

    def check(self, text, name="README.md"):
        """What it says of one document."""
        self.write(name, text)
        subprocess.run(["git", "add", "."], cwd=self.root, check=True)
        env = {key: value for key, value in os.environ.items() if key != "B"}
        done = subprocess.run([ROOT / "scripts/check-docs", self.root],
                              text=True, capture_output=True, check=False,
                              env=env)
        self.assertEqual(done.returncode, 1 if done.stdout else 0, done)
        return done.stdout

    def test_what_is_right(self):
        for text in ["[a](docs/other.md) [b](docs/other.md#two-words)",
                     "[c](https://example.org/x) ![d](docs/other.md)",
                     "`make demo` and we make do", "`make demo CC=clang`",
                     "`raytide sim --policy ray --help`",
                     "```sh\nraytide sim --policy \\\n    --policy=x\n```",
                     "`raytide sim --policy x | other --option`",
                     "`raytide-autoscaler --policy x`", "`raytide foo`",
                     "`sim_run()` of `cli/cmd_sim.c`", "`cli/cmd_foo.c`"]:
            self.assertEqual(self.check(text), "", text)

    def test_what_is_wrong(self):
        for text, want in [
                ("[a](none.md)", "none.md: no such file"),
                ("[a](docs/other.md#three)", "#three: no such heading"),
                ("`make demos`", "make demos: no such target"),
                ("```sh\nmake demos\n```", "make demos: no such target"),
                ("`raytide simulate`", "raytide simulate: no such command"),
                ("`raytide sim --polcy x`", "no such option as --polcy"),
                ("```\nraytide sim \\\n  --seeds 1\n```", "as --seeds"),
                ("`raytide-autoscaler --x`", "no such option as --x"),
                ("`sim_runs()`", "sim_runs(): no such function"),
                ("`cli/cmd_x.c`", "cli/cmd_x.c: no such file"),
                ("see /" + "home/me/x", "a place on somebody's machine"),
                ("x\n" * 121, "121 lines, 120 are allowed")]:
            self.assertIn(want, self.check(text), text)

    def test_a_program_that_is_not_there(self):
        (self.root / "build/raytide").unlink()
        self.assertIn("raytide sim --help: failed",
                      self.check("`raytide sim --policy x`"))


if __name__ == "__main__":
    unittest.main()
