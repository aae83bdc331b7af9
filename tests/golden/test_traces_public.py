#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`raytide trace` on the public traces that $RAYTIDE_TRACES has, against numbers
that were taken from the files by other programs."""
import collections
import json
import os
import pathlib
import subprocess
import tempfile
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
# file: runs of no time, mean run time, last end
MORE = {
    "NASA-iPSC-1993-3.1-cln.swf.zip": (173, 764.887384, 7949022),
    "lublin_256.swf": (0, 4862.7667, None),
    "LCG.swf.gz": (521, None, None),
    "philly.csv": (0, 13135.931402, 9408754),
    "openb_pod_list_default.csv": (1, None, None),
    "alibaba_genai_lora_request_trace.csv": (30, 28.665660, None),
    "alibaba_disaggregated_DLRM_trace.csv": (15, None, 2677541),
    "Azure2021_200.csv": (8, None, None),
}
# How many jobs have so many processors or GPUs.
WIDTHS = {
    "NASA-iPSC-1993-3.1-cln.swf.zip":
        {1: 4935, 2: 1763, 4: 2683, 8: 1793, 16: 1780, 32: 3662, 64: 1203,
         128: 420},
    "LCG.swf.gz": {1: 188041},
    "philly.csv": {1: 76627, 2: 1818, 4: 1870, 8: 1643, 12: 7, 16: 199, 24: 7,
                   32: 67, 64: 6, 128: 3},
}
# file: nodes, CPUs, memory in GiB, GPUs, forms
NODES = {
    "openb_node_list_gpu_node.csv": (1213, 107018, 492020, 6212, 15),
    "openb_node_list_all_node.csv": (1523, 125514, 597684, 6212, 27),
    "alibaba_spot_node_info_df.csv": (4278, 632636, 0, 10412, 10),
}
GIB = 1 << 30


def trace(part, *args):
    return subprocess.run([RAYTIDE, "trace", part, *map(str, args)],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True).stdout.decode()


def info(name, *args):
    return json.loads(trace("info", "--json", pathlib.Path(TRACES) / name,
                            *args))


@unittest.skipUnless(TRACES, "RAYTIDE_TRACES is not set")
class PublicTraces(unittest.TestCase):
    def test_info(self):
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

    def test_more_of_info(self):
        for name, (zeros, mean, last_end) in MORE.items():
            with self.subTest(name):
                found = info(name)
                self.assertEqual(found["histogram"][0],
                                 {"to_s": 0, "jobs": zeros})
                if mean is not None:
                    self.assertAlmostEqual(found["run_s"]["mean"], mean, 4)
                if last_end is not None:
                    self.assertEqual(found["last_end_s"], last_end)
        for name, most in (("code", 67), ("conv", 16)):
            found = info(f"AzureLLMInferenceTrace_{name}.csv")
            self.assertEqual(found["submit_s"]["most_in_a_second"], most)

    def test_converted_and_cut(self):
        """What was converted is the same trace, and a window of it has the
        jobs that were submitted in it."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "native.jsonl"
            for name in KNOWN:
                with self.subTest(name):
                    self.check_converted(name, path)

    def check_converted(self, name, path):
        trace("convert", pathlib.Path(TRACES) / name, "--out", path)
        was, now = info(name), info(path)
        for one in was, now:
            for key in "format", "notes", "left_out", "processors", "nodes":
                one.pop(key)
        self.assertEqual(was, now)
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        if name in WIDTHS:
            widths = collections.Counter(row["bundles"][0].get("count", 1)
                                         for row in rows)
            self.assertEqual(widths, WIDTHS[name])
        first, span = was["submit_s"]["first"], was["submit_s"]["span"]
        start = round(first + span / 3, 3)
        end = round(first + span / 2, 3)
        cut = [json.loads(line) for line in
               trace("slice", path, "--from", start, "--to", end).splitlines()]
        inside = [row for row in rows if start <= row["submit_s"] < end]
        self.assertEqual([row["id"] for row in cut],
                         [row["id"] for row in inside])
        for row, of in zip(cut, inside):
            self.assertAlmostEqual(row["submit_s"], of["submit_s"] - start, 6)
            self.assertEqual(row["duration_s"], of["duration_s"])

    def test_openb(self):
        name = "openb_pod_list_default.csv"
        got = info(name)["resources"]["memory"]
        self.assertAlmostEqual(got["hours"] / GIB, 1730683.300, 3)
        found = info(name, "--set", "openb.run=scheduled")
        self.assertEqual((found["jobs"], found["left_out"]), (7255, 897))
        self.assertAlmostEqual(found["resources"]["GPU"]["hours"], 51470.674, 3)
        rows = [json.loads(line) for line in
                trace("convert", pathlib.Path(TRACES) / name).splitlines()]
        self.assertEqual(collections.Counter(row.get("priority", 0)
                                             for row in rows),
                         {2: 4647 + 7, 1: 100, 0: 3398})
        self.assertEqual(sum(0 < row["resources"].get("GPU", 0) < 1
                             for row in rows), 3078)

    def test_headers_and_notes(self):
        lublin = info("lublin_256.swf")
        self.assertEqual((lublin["processors"], lublin["nodes"]), (0, 256))
        nasa = info("NASA-iPSC-1993-3.1-cln.swf.zip")
        self.assertEqual((nasa["processors"], nasa["nodes"]), (128, 128))
        self.assertEqual(info("alibaba_disaggregated_DLRM_trace.csv")["notes"],
                         {"had no creation and began at 0": 7280,
                          "had no deletion and lived to the end": 8878})

    def test_clusters(self):
        for name, (nodes, cpus, memory, gpus, forms) in NODES.items():
            with self.subTest(name):
                text = trace("cluster", pathlib.Path(TRACES) / name)
                sums = collections.Counter()
                for group in text.split("  - groupName: ")[1:]:
                    count = self.number(group, "maxReplicas")
                    sums["nodes"] += count
                    sums["forms"] += 1
                    for key in "num-cpus", "num-gpus", "memory":
                        sums[key] += count * self.number(group, key)
                self.assertEqual(
                    (sums["nodes"], sums["num-cpus"], sums["memory"] // GIB,
                     sums["num-gpus"], sums["forms"]),
                    (nodes, cpus, memory, gpus, forms))

    @staticmethod
    def number(group, key):
        return sum(int(line.split(": ")[1].strip('"'))
                   for line in group.splitlines()
                   if line.strip().startswith(key + ":"))


if __name__ == "__main__":
    if not TRACES:
        print("skipped: RAYTIDE_TRACES is not set")
    unittest.main()
