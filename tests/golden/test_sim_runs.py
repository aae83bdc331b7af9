#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small runs, file for file as they were when somebody last looked at them:
tests/golden/sim/runs.  `tests/golden/test_sim_runs.py write` writes them anew;
the difference is to be read before it is committed."""
import csv
import pathlib
import shlex
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import workbench  # noqa: E402

RUNS = sorted(path.parent for path in
              pathlib.Path(__file__).parent.glob("sim/runs/*/options"))
FILES = ("jobs.csv", "timeline.csv", "events.jsonl")


def measures(path):
    """A measure per line, those without a value left out."""
    with open(path, newline="") as f:
        row, = csv.DictReader(f)
    return "".join(f"{name} {value}\n" for name, value in row.items()
                   if value)


def run(folder):
    """{name of a file: what is in it}."""
    cluster = folder / "cluster.yaml"
    options = shlex.split((folder / "options").read_text())
    if cluster.exists():
        options += ["--cluster", cluster, "--events"]
    with tempfile.TemporaryDirectory() as out:
        done = workbench.call(*options, "--trace", folder / "trace.csv",
                              "--out", out)
        if done.returncode:
            raise AssertionError(done.stderr)
        out = pathlib.Path(out)
        found = {name: (out / name).read_text() for name in FILES
                 if (out / name).exists()}
        return {**found, "measures": measures(out / "summary.csv")}


class Runs(unittest.TestCase):
    maxDiff = None

    def test_as_they_were(self):
        self.assertGreaterEqual(len(RUNS), 7)
        for folder in RUNS:
            with self.subTest(folder.name):
                found = run(folder)
                for name, text in found.items():
                    self.assertEqual(text, (folder / "expected" / name)
                                     .read_text(), name)
                self.assertEqual({path.name for path in
                                  (folder / "expected").iterdir()},
                                 set(found))


if __name__ == "__main__":
    if sys.argv[1:] != ["write"]:
        unittest.main()
    for one in RUNS:
        (one / "expected").mkdir(exist_ok=True)
        for file, content in run(one).items():
            (one / "expected" / file).write_text(content)
