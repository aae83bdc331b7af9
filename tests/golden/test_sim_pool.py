#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""raytide sim --pool starts each job at the second at which the reference does:
small random cases, and the public traces where $RAYTIDE_TRACES says."""
import os
import pathlib
import random
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "sim"))
import pool_reference as reference  # noqa: E402
import workbench  # noqa: E402

TRACES = os.environ.get("RAYTIDE_TRACES")
RULES = {"fcfs": "fcfs", "easy": "easy", "easy0": "easy0",
         "first-fit": "firstfit"}
ESTIMATES = {"run": "run", "trace": "req", "x2": "x2"}
SWF = "{} {} -1 {} {} -1 -1 {} {} -1 1 1 1 -1 -1 -1 -1 -1\n"
RANDOM_RUNS = 12  # for each rule and each kind of estimate


def random_trace(seed):
    """Few processors, much at the same instant, and fields that are missing."""
    rnd = random.Random(seed)
    step = rnd.choice([1, 0.5, 0.1])
    now, lines = 0, ["; MaxProcs: 16\n"]
    for job in range(rnd.randrange(1, 150)):
        now += rnd.choice([0, 0, rnd.randrange(30)])
        run = round(rnd.choice([0, rnd.randrange(60)]) * step, 1)
        width = rnd.choice([rnd.randrange(-1, 5), rnd.randrange(1, 18)])
        lines.append(SWF.format(
            job + 1, round(now * step, 1), rnd.choice([run] * 20 + [-1]),
            width, rnd.choice([width, -1, 3]),
            rnd.choice([-1, 0, round(run * 3, 1), round(run / 2, 1)])))
    return "".join(lines)


class Pool(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def compare(self, trace, processors, rule, estimates):
        every = reference.read_jobs(str(trace), ESTIMATES[estimates])
        fit = [job for job in every
               if 0 < job[3] <= processors and job[2] >= 0]
        starts, _ = reference.simulate(fit, processors, RULES[rule])
        summary, rows = workbench.sim(
            "--pool", processors, "--scheduler", rule, "--estimates",
            estimates, "--trace", trace, out=self.dir / "out")
        title = f"{trace}, {processors} processors, {rule}, {estimates}"
        started = [row for row in rows if row["start_s"]]
        self.assertEqual(len(started), len(fit), title)
        for row, job, start in zip(started, fit, starts):
            self.assertEqual(
                (float(row["submit_s"]), float(row["start_s"]),
                 float(row["end_s"])), (job[1], start, start + job[2]),
                f"{title}: job {job[0]}")
        jobs = summary["jobs"]
        self.assertEqual(jobs["left_out"] + jobs["rejected"],
                         len(every) - len(fit), title)
        if fit:
            self.compare_figures(summary, fit, starts, processors, title)

    def compare_figures(self, summary, jobs, starts, processors, title):
        want = reference.metrics(jobs, starts, processors)
        for got, key in ((summary["wait_s"]["mean"], "wait_mean"),
                         (summary["wait_s"]["p95"], "wait_p95"),
                         (summary["wait_s"]["max"], "wait_max"),
                         (summary["bounded_slowdown"]["mean"], "bsld_mean"),
                         (summary["bounded_slowdown"]["p99"], "bsld_p99"),
                         (summary["makespan_s"], "makespan")):
            self.assertAlmostEqual(got, want[key], places=6,
                                   msg=f"{title}: {key}")

    def test_random_cases(self):
        for seed in range(RANDOM_RUNS):
            trace = self.dir / f"{seed}.swf"
            trace.write_text(random_trace(seed))
            for rule in RULES:
                for estimates in ESTIMATES:
                    self.compare(trace, 2 + seed % 15, rule, estimates)

    def every_rule(self, name, processors, estimates=ESTIMATES):
        for rule in RULES:
            for kind in estimates:
                self.compare(pathlib.Path(TRACES) / name, processors, rule,
                             kind)

    @unittest.skipUnless(TRACES, "RAYTIDE_TRACES is not set")
    def test_nasa(self):
        for processors in (64, 96, 128):
            self.every_rule("NASA-iPSC-1993-3.1-cln.swf.zip", processors)

    @unittest.skipUnless(TRACES, "RAYTIDE_TRACES is not set")
    def test_lublin(self):
        self.every_rule("lublin_256.swf", 256)

    @unittest.skipUnless(TRACES, "RAYTIDE_TRACES is not set")
    def test_lcg(self):
        """All jobs are one processor wide: estimates make no difference."""
        self.every_rule("LCG.swf.gz", 2600, ["trace"])

    @unittest.skipUnless(TRACES, "RAYTIDE_TRACES is not set")
    def test_philly(self):
        self.every_rule("philly.csv", 800)


if __name__ == "__main__":
    if not TRACES:
        print("skipped: RAYTIDE_TRACES is not set")
    unittest.main()
