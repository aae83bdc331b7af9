#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every sample manifest is one that the simulator, and so the sidecar, reads."""
import json
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"
SAMPLES = sorted((ROOT / "manifests/samples").glob("*.yaml"))
TRACE = b"submit_s,duration_s,cpus\n" + 30 * b"0,10,4\n"


class Manifests(unittest.TestCase):
    def test_samples(self):
        self.assertTrue(SAMPLES)
        for sample in SAMPLES:
            done = subprocess.run(
                [RAYTIDE, "sim", "--cluster", sample, "--trace", "-",
                 "--json"], input=TRACE, capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, b""), sample)
            result = json.loads(done.stdout)
            self.assertEqual(result["jobs"]["accepted"], 30, sample)
            self.assertGreater(result["launches"], 0, sample)


if __name__ == "__main__":
    unittest.main()
