#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""raytide policy: check, list, show; and that what it lists can be used."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"
PRESETS = sorted(path.stem for path in ROOT.glob("policies/presets/*.yaml"))
POLICIES = sorted(path.stem.replace("_", "-")
                  for path in [*ROOT.glob("policies/*.c"),
                               ROOT / "core/host/external.c"])


def run(*args):
    done = subprocess.run([RAYTIDE, *args], text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr


class PolicyTest(unittest.TestCase):
    def check(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "my.yaml")
            path.write_text(text)
            code, out, err = run("policy", "check", path)
        return code, (out + err).replace(folder + "/", "")

    def test_check(self):
        self.assertEqual(self.check("policy:\n- headroom: {cpus: 8}\n- ray\n"),
                         (0, "my.yaml: ok: headroom, ray\n"))
        self.assertEqual(
            self.check("policy:\n- headroom: {cpu: 8}\n- ray\n"),
            (2, "raytide: my.yaml:2:14: policy[0].headroom.cpu: no such "
                "parameter; did you mean cpus?\n"))
        self.assertEqual(
            self.check("policy: ray\nguards:\n  freeze:\n"
                       "  - {cron: 0 8 * * 1-8, for: 1h}\n"),
            (2, "raytide: my.yaml:4:6: guards.freeze[0].cron: 0 8 * * 1-8: "
                "1-8 is no day of the week of a cron\n"))
        # Settings of the controller and of the simulated world are known.
        code, _ = self.check("policy: ray\nset:\n  conserve_gpu: false\n"
                             "  provisioning_s: 30\n")
        self.assertEqual(code, 0)

    def test_each_wrong_file_is_told(self):
        code, out, err = run("policy", "check", "ray", "none.yaml", "sever",
                             *PRESETS)
        self.assertEqual(code, 2)
        self.assertEqual(len(out.splitlines()), 1 + len(PRESETS))
        self.assertEqual(len(err.splitlines()), 2)

    def test_list(self):
        code, out, _ = run("policy", "list")
        self.assertEqual(code, 0)
        parts = out.split("\n\n")
        names = [re.findall(r"^  (\S+) +\S", part, re.MULTILINE)
                 for part in parts]
        self.assertEqual(sorted(names[0]), POLICIES)
        self.assertEqual(sorted(names[1]), PRESETS)
        self.assertIn("limits", names[2])

    def test_show(self):
        for name in POLICIES + PRESETS + ["guards"]:
            code, out, _ = run("policy", "show", name)
            self.assertEqual(code, 0, name)
            self.assertIn(name, out)
        code, out, _ = run("policy", "show", "schedule")
        self.assertIn("  windows: list of {...}; needed\n", out)
        self.assertIn("      for: time, as 90s, 5m or 10h, from 60s to "
                      "604800s; needed\n", out)
        code, _, err = run("policy", "show", "sever")
        self.assertEqual(code, 2)
        self.assertIn("no such policy", err)

    def test_wrong_words(self):
        for args in ((), ("chek",), ("list", "x"), ("show",), ("check",)):
            self.assertEqual(run("policy", *args)[0], 2, args)


if __name__ == "__main__":
    unittest.main()
