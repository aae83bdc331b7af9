#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`raytide trace info` of the public traces that $RAYTIDE_TRACES has, against
numbers that were taken from the files by other programs."""
import json
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"
TRACES = os.environ.get("RAYTIDE_TRACES")

# file: jobs, span of submissions, {resource: (hours, peak, at)},
# p50, p90, p99 and max of run times; None: not looked at.
KNOWN = {
    "NASA-iPSC-1993-3.1-cln.swf.zip":
        (18239, 7948936, {"CPU": (131732.781944, 176, 3010441)},
         (86, 1480, 10932, 62643)),
    "lublin_256.swf":
        (10000, 7706607, {"CPU": (581328.102222, 1968, 3686016 - 5094)},
         (137, 15577, 36138, 124707)),
    "LCG.swf.gz":
        (188041, 950392, {"CPU": (417369.655278, 3359, 754021)},
         (255, 15265, 172800, 172800)),
    "philly.csv":
        (82247, 9408690, {"GPU": (978078.472778, 1243, 4105977)},
         (1144, 11266, 254884, 4628226)),
    "openb_pod_list_default.csv":
        (8152, 12901761, {"CPU": (697963.572, 778.516, 12522200),
                          "GPU": (51600.473, 65.590, 12523614)},
         (540, 6574, 99719, 12537496)),
    "alibaba_genai_lora_request_trace.csv":
        (26823, 1989367, {"GPU": (213.583056, 22, 1755690)},
         (23, 53, 106, 567)),
    "alibaba_disaggregated_DLRM_trace.csv":
        (23871, 2676636, {"CPU": (265412021.68, 422420, 2631395),
                          "GPU": (2376473.87, 3414, 2223591)},
         (265699, 2677541, 2677541, 2677541)),
    "AzureLLMInferenceTrace_code.csv":
        (8819, 3435.948056, {"GPU": (3.303298, 85, None)},
         (0.9055, None, 8.073, None)),
    "AzureLLMInferenceTrace_conv.csv":
        (19366, 3501.721937, {"GPU": (35.625116, 64, None)},
         (4.1505, None, 18.2805, None)),
    "Azure2021_200.csv":
        (199, 1200.013307, {"CPU": (2.944214, 23, 300.015773 - 0.001491)},
         (1.634, 237.704, 358.411, 404.987)),
    "Azure2021_30.csv":
        (29, 122.5, {"CPU": (0.0725, 16, 122.5)}, (9, 9, 9, 9)),
}
GIB = 1 << 30


def info(name):
    done = subprocess.run(
        [RAYTIDE, "trace", "info", "--json", pathlib.Path(TRACES) / name],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return json.loads(done.stdout)


@unittest.skipUnless(TRACES, "RAYTIDE_TRACES is not set")
class PublicTraces(unittest.TestCase):
    def test_all(self):
        for name, (jobs, span, resources, runs) in KNOWN.items():
            with self.subTest(name):
                found = info(name)
                self.assertEqual(found["jobs"], jobs)
                self.assertEqual(found["left_out"], 0)
                self.assertAlmostEqual(found["submit_s"]["span"], span, 5)
                for resource, (hours, peak, at) in resources.items():
                    got = found["resources"][resource]
                    self.assertAlmostEqual(got["hours"] / hours, 1, 6)
                    self.assertAlmostEqual(got["peak"], peak, 6)
                    if at is not None:
                        self.assertAlmostEqual(got["peak_at_s"], at, 5)
                for key, value in zip(("p50", "p90", "p99", "max"), runs):
                    if value is not None:
                        self.assertAlmostEqual(found["run_s"][key], value, 6)

    def test_memory_of_openb(self):
        got = info("openb_pod_list_default.csv")["resources"]["memory"]
        self.assertAlmostEqual(got["hours"] / GIB, 1730683.300, 3)

    def test_headers_and_notes(self):
        lublin = info("lublin_256.swf")
        self.assertEqual((lublin["processors"], lublin["nodes"]), (0, 256))
        nasa = info("NASA-iPSC-1993-3.1-cln.swf.zip")
        self.assertEqual((nasa["processors"], nasa["nodes"]), (128, 128))
        self.assertEqual(info("alibaba_disaggregated_DLRM_trace.csv")["notes"],
                         {"had no creation and began at 0": 7280,
                          "had no deletion and lived to the end": 8878})


if __name__ == "__main__":
    if not TRACES:
        print("skipped: RAYTIDE_TRACES is not set")
    unittest.main()
