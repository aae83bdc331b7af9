#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A part of the fault sweep: some of each way to fail, at some of the calls of
each method.  `make sweep` has all of it."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers import fault_sweep  # noqa: E402

CALLS = {  # of which the faults are taken, about as many as there are
    "kube": {"GET": 3, "LIST": 1, "WATCH": 1, "PATCH": 8, "event": 16},
    "gcs": {"GetClusterResourceState": 7, "DrainNode": 4,
            "ReportAutoscalingState": 2},
}
STRIDE = 19  # prime to the ways to fail: all of them have their turn
JOBS = 4


class FaultSweepTest(unittest.TestCase):
    def test_some_of_all(self):
        chosen = list(fault_sweep.faults(CALLS))[::STRIDE]
        with tempfile.TemporaryDirectory() as folder:
            wrong, _ = fault_sweep.run(folder)
            self.assertIsNone(wrong)
            for fault, wrong in fault_sweep.sweep(folder, chosen, JOBS):
                with self.subTest(str(fault)):
                    self.assertIsNone(wrong)


if __name__ == "__main__":
    unittest.main()
