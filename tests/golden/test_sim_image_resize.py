#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The image-resize sample: its trace is what its generator writes, and clusters
of a fixed size take as long as the workload's authors saw."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import workbench  # noqa: E402

SAMPLE = workbench.TOP / "traces/samples/image-resize"
sys.path.insert(0, str(SAMPLE))
import generate  # noqa: E402

SEEN_S = {1: 300, 4: 80, 8: 45}  # by the number of cores


class ImageResize(unittest.TestCase):
    def test_the_generator_writes_the_trace(self):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / "generate.py"
            script.write_text((SAMPLE / "generate.py").read_text())
            subprocess.run([sys.executable, script], check=True)
            self.assertEqual((script.parent / "trace.csv").read_bytes(),
                             (SAMPLE / "trace.csv").read_bytes())

    def test_fixed_sizes(self):
        for cores, seen in SEEN_S.items():
            run = workbench.sim("--cluster",
                                SAMPLE / f"cluster-{cores}-cores.yaml",
                                "--trace", SAMPLE / "trace.csv",
                                **generate.COSTS)
            self.assertEqual(run["jobs"]["accepted"], 10000)
            self.assertEqual(run["launches"], 0)
            self.assertAlmostEqual(run["makespan_s"], seen, delta=seen / 10)

    def test_demo(self):
        done = subprocess.run([workbench.TOP / "scripts/demo"], text=True,
                              env={**os.environ,
                                   "B": str(workbench.RAYTIDE.parent)},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=True)
        self.assertEqual(done.stderr, "")  # no progress in a pipe
        self.assertEqual(len(re.findall(r"^ +\d+ +\d+ s +\d", done.stdout,
                                        re.MULTILINE)), 3)
        self.assertGreaterEqual(
            len(re.findall(r"^(?:ray|first-fit).* s( +[\d.]+){5}$",
                           done.stdout, re.MULTILINE)), 3)


if __name__ == "__main__":
    unittest.main()
