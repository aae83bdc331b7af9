#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""raytide sim on the command line: what it takes, what it writes, and what it
says of input that is wrong."""
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden/sim"))
import workbench  # noqa: E402

MEASURE = re.compile(r'^(MEASURE|CLOCKED)\(\w+, "([\w.]+)"', re.MULTILINE)
MEASURES = MEASURE.findall((workbench.TOP / "sim/measures.def").read_text())
SWF = "1 0 -1 {} {} -1 -1 -1 -1 -1 1 1 1 -1 -1 -1 -1 -1\n"


class Sim(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.cluster = workbench.write_cluster(
            self.dir / "cluster.yaml", [workbench.group("w", 4, 0, 0, 3)])
        self.trace = workbench.write_tasks(self.dir / "tasks.csv",
                                           [(0, 10, 1), (1, 5, 4), (2, 1, 9)])
        self.out = self.dir / "out"

    def write(self, name, text):
        path = self.dir / name
        path.write_text(text)
        return path

    def args(self, **more):
        options = {"cluster": self.cluster, "trace": self.trace, **more}
        return [arg for key, value in options.items() if value is not None
                for arg in (f"--{key.replace('_', '-')}", value)] + \
            ["--set", "observe=exact", "--set", "placement=first-fit"]

    # ---- what it writes

    def test_json_and_files(self):
        done = workbench.call(*self.args(), "--json", "--out", self.out)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        summary = json.loads(done.stdout)
        self.assertEqual(list(workbench.flat(summary)),
                         [name for _, name in MEASURES])
        self.assertEqual(summary["jobs"], {"accepted": 2, "done": 2,
                                           "rejected": 1, "unfinished": 0,
                                           "left_out": 0})
        self.assertEqual((self.out / "summary.json").read_text(), done.stdout)
        self.assertEqual((self.out / "jobs.csv").read_text(),
                         "job,submit_s,start_s,end_s,cpus,node,fate,retries\n"
                         "0,0,60,70,1,0,done,0\n1,1,65,70,4,1,done,0\n"
                         "2,2,,,9,,rejected,0\n")

    def test_table(self):
        done = workbench.call(*self.args())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("accepted 2, done 2, rejected 1, unfinished 0",
                      done.stdout)
        self.assertIn("makespan_s        70\n", done.stdout)

    def test_table_has_no_exponents(self):
        trace = workbench.write_tasks(self.dir / "t.csv",
                                      [(60.00002, 999999.7, 1)])
        done = workbench.call(*self.args(trace=trace, policy="first-fit"),
                              "--set", "provisioning_s=0", "--set",
                              "interval_s=60.00004")
        self.assertIn("makespan_s        1000000\n", done.stdout)
        self.assertIn("wait_s            mean 0, p50 0,", done.stdout)

    def test_names_of_tasks(self):
        trace = self.write("t.csv", 'id,submit_s,duration_s\n"a,""b",0,1\nc,0,1\n')
        workbench.call(*self.args(trace=trace), "--out", self.out)
        with open(self.out / "jobs.csv", newline="") as f:
            self.assertEqual([row["job"] for row in csv.DictReader(f)],
                             ['a,"b', "c"])

    def test_names_with_line_ends(self):
        names = ["a\nb", "c\rd", "e"]
        trace = self.write("t.jsonl", "".join(
            json.dumps({"id": name, "submit_s": 0, "duration_s": 1}) + "\n"
            for name in names))
        workbench.call(*self.args(trace=trace), "--out", self.out)
        with open(self.out / "jobs.csv", newline="") as f:
            self.assertEqual([row["job"] for row in csv.DictReader(f)], names)

    def test_no_task_can_run(self):
        trace = workbench.write_tasks(self.dir / "t.csv", [(0, 1, 99)])
        run = workbench.sim(*self.args(trace=trace))
        self.assertEqual(run["jobs"]["rejected"], 1)
        self.assertIsNone(run["wait_s"]["mean"])
        self.assertIsNone(run["makespan_s"])
        self.assertEqual(run["node_seconds"], {"up": 0, "billed": 0})

    def test_tasks_that_never_start(self):
        cluster = workbench.write_cluster(
            self.dir / "none.yaml", [workbench.group("w", 4, 0, 0, 0)])
        for policy in ("ray", "first-fit"):
            run = workbench.sim(*self.args(cluster=cluster, policy=policy))
            self.assertEqual(run["jobs"], {"accepted": 2, "done": 0,
                                           "rejected": 1, "unfinished": 2,
                                           "left_out": 0})

    def test_same_seed_same_bytes(self):
        def run(seed):
            done = workbench.call(*self.args(), "--json", "--seed", seed,
                                  "--set", "provisioning_cv=0.4")
            return done.stdout[:done.stdout.index('"wall_ms"')]
        self.assertEqual(run(1), run(1))
        self.assertNotEqual(run(1), run(2))

    def test_a_full_disk_is_told(self):
        for args in (["--help"], ["--version"], ["sim", "--help"],
                     ["sim", *self.args()], ["sim", *self.args(), "--json"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([str(workbench.RAYTIDE),
                                       *map(str, args)], stdout=full,
                                      stderr=subprocess.PIPE, text=True)
            self.assertEqual((done.returncode, done.stderr),
                             (3, "raytide: standard output: "
                                 "No space left on device\n"))

    # ---- what it takes

    def test_the_head_runs_tasks(self):
        cluster = workbench.write_cluster(
            self.dir / "head.yaml", [workbench.group("w", 4, 0, 0, 3)],
            head_cpus=9)
        run, jobs = workbench.sim(*self.args(cluster=cluster), out=self.out)
        self.assertEqual([job["node"] for job in jobs], ["head"] * 2 + ["head"])
        self.assertEqual((run["peak_nodes"], run["node_seconds"]["up"]), (0, 0))

    def test_swf_and_formats(self):
        trace = self.write("t.swf", "; x\n" + SWF.format(10, 4)
                           + SWF.format(-1, 4))
        for form in (None, "swf"):
            run = workbench.sim(*self.args(trace=trace, trace_format=form))
            self.assertEqual(run["jobs"], {"accepted": 1, "done": 1, "rejected": 0,
                                           "unfinished": 0, "left_out": 1})

    def test_pool(self):
        run, jobs = workbench.sim("--pool", 4, "--trace", self.trace,
                                  out=self.out)
        self.assertEqual(run["jobs"], {"accepted": 2, "done": 2, "rejected": 1,
                                       "unfinished": 0, "left_out": 0})
        self.assertEqual([(job["start_s"], job["node"]) for job in jobs],
                         [("0", ""), ("10", ""), ("", "")])
        self.assertEqual((run["makespan_s"], run["node_seconds"]["up"]),
                         (15, None))
        self.assertEqual(run["utilisation"]["cpu"], 50)

    def test_standard_input(self):
        done = workbench.call(*self.args(trace="-"), "--json",
                              stdin=self.trace.read_text())
        self.assertEqual(json.loads(done.stdout)["jobs"]["accepted"], 2)

    def test_policy_file_and_settings(self):
        policy = self.write("p.yaml", "policy: ray\nset:\n  interval_s: 1\n"
                            "  provisioning_s: 20\n  ray.upscaling_speed: 1\n")
        _, jobs = workbench.sim(*self.args(policy=policy), out=self.out,
                                provisioning_s=30)  # the later word counts
        self.assertEqual(jobs[0]["start_s"], "30")

    def test_conservative_launches(self):
        trace = workbench.write_tasks(self.dir / "t.csv", [(0, 100, 4)] * 3)
        _, jobs = workbench.sim(*self.args(trace=trace), out=self.out,
                                **{"ray.upscaling_speed": 1})
        self.assertEqual([job["start_s"] for job in jobs], ["60", "65", "70"])

    def test_several_groups(self):
        small = workbench.group("small", 2, 0, 0, 1)
        large = workbench.group("large", 8, 0, 0, 1)
        cluster = workbench.write_cluster(self.dir / "two.yaml", [small, large])
        trace = workbench.write_tasks(self.dir / "t.csv",
                                      [(0, 10, 2), (0, 10, 8), (0, 10, 1)])
        run, jobs = workbench.sim(
            *self.args(cluster=cluster, trace=trace, policy="first-fit"),
            out=self.out, placement="first-fit")
        self.assertEqual([job["node"] for job in jobs], ["0", "1", "0"])
        self.assertEqual(run["launches"], 2)

    def test_unknown_columns_are_noted(self):
        trace = self.write("t.csv", "submit_s,duration_s,mem\n0,1,2\n")
        done = workbench.call(*self.args(trace=trace))
        self.assertEqual(done.returncode, 0)
        self.assertIn("mem", done.stderr)

    # ---- what it refuses

    def refuse(self, *args, says, stdin=None):
        done = workbench.call(*args, "--out", self.out, stdin=stdin)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Araytide: [^\n]+\n\Z")
        for text in [says] if isinstance(says, str) else says:
            self.assertIn(text, done.stderr)
        self.assertFalse(self.out.exists())

    def test_bad_options(self):
        self.refuse("--trace", self.trace, says="--cluster")
        self.refuse("--cluster", self.cluster, says="--trace")
        self.refuse(*self.args(), "--polcy", "ray", says="--policy")
        self.refuse(*self.args(), "extra", says="extra")
        self.refuse(*self.args(seed="x"), says="x")
        self.refuse(*self.args(seed="-1"), says="-1")

    def test_bad_pools(self):
        trace = ["--trace", self.trace]
        for args, says in (
                (["--pool", "0"], "--pool: 0"),
                (["--pool", "-4"], "--pool: -4"),
                (["--pool", "4.5"], "--pool: 4.5"),
                (["--pool", "99999999999999999999"], "--pool"),
                (["--pool", "4", "--scheduler", "esy"], ["esy", "easy"]),
                (["--pool", "4", "--estimates", "x0"], "--estimates: x0"),
                (["--pool", "4", "--estimates", "2"], "--estimates: 2"),
                (["--pool", "4", "--cluster", self.cluster], "--cluster"),
                (["--pool", "4", "--events"], "--events"),
                (["--cluster", self.cluster, "--scheduler", "easy"],
                 ["--scheduler", "--pool"]),
                (["--cluster", self.cluster, "--estimates", "run"],
                 ["--estimates", "--pool"])):
            self.refuse(*trace, *args, says=says)
        self.refuse("--pool", 4, says="--trace")
        waits = self.dir / "waits.csv"
        for after, loop in ("a", "false"), ("", "true"):
            waits.write_text("submit_s,duration_s,id,after,preceding,think_s\n"
                             f"0,1,a,,,\n0,1,b,{after},a,2\n")
            self.refuse("--pool", 4, "--trace", waits, "--set",
                        f"closed_loop={loop}", says=["waits.csv", "--cluster"])

    def test_bad_traces(self):
        self.refuse(*self.args(trace=self.dir / "no.csv"), says="no.csv")
        self.refuse(*self.args(trace=self.dir), says=str(self.dir))
        self.refuse(*self.args(trace_format="swff"), says=["swff", "swf"])
        for text, says in (
                ("", "no jobs"),
                ("submit_s,duration_s,cpus\n0,1,1\n0,x,1\n", ":3: duration_s"),
                ("submit_s,duration_s,cpus\n0,1\n", ":2: "),
                ("submit_s,cpus\n0,1\n", ":1: "),
                ('{"submit_s":0,"duration_s":1}\n{"submit_s":\n', ":2: "),
                ('{"submit_s":0,"duration_s":1,"cpus":"1"}\n', ":1: cpus"),
                (SWF.format(1, 1) + "1 2 3\n", ":2: "),
                ("\x00\n", ":1: "),
                ("garbage\n", ":1: ")):
            trace = self.write("bad", text)
            self.refuse(*self.args(trace=trace), says=["bad", says])

    def test_bad_manifests(self):
        self.refuse(*self.args(cluster=self.dir / "no.yaml"), says="no.yaml")
        good = json.loads(self.cluster.read_text())
        for change, says in (
                (lambda d: d.update(kind="Pod"), "kind"),
                (lambda d: d.pop("spec"), "spec"),
                (lambda d: d["spec"].pop("headGroupSpec"), "headGroupSpec"),
                (lambda d: d["spec"]["workerGroupSpecs"][0].update(
                    replicas="many"), "spec.workerGroupSpecs[0].replicas"),
                (lambda d: d["spec"]["workerGroupSpecs"][0].pop("groupName"),
                 "spec.workerGroupSpecs[0]")):
            doc = json.loads(json.dumps(good))
            change(doc)
            path = self.write("bad.yaml", json.dumps(doc))
            self.refuse(*self.args(cluster=path), says=["bad.yaml", says])
        path = self.write("bad.yaml", "a: 1\nb: [\n")
        self.refuse(*self.args(cluster=path), says="bad.yaml:")

    def test_bad_settings(self):
        for assignment, says in (
                ("intervall_s=5", "interval_s"),
                ("interval_s=fast", "fast"),
                ("interval_s=0", "interval_s"),
                ("interval_s=nan", "interval_s"),
                ("interval_s", "KEY=VALUE"),
                ("placement=first-fi", "first-fit"),
                ("placement=easy", "easy"),
                ("observe=exac", "exact"),
                ("ray.upscaling_sped=1", "ray.upscaling_speed"),
                ("max_concurrent_launches=-1", "max_concurrent_launches")):
            self.refuse(*self.args(), "--set", assignment, says=says)

    def test_bad_policies(self):
        self.refuse(*self.args(policy="rya"), says=["rya", "ray"])
        self.refuse(*self.args(policy="./no.yaml"), says="no.yaml")
        for text, says in (("policy: rya\n", "ray"),
                           ("set: {interval_s: 1}\n", "policy"),
                           ("policy: ray\nsett: {}\n", "sett"),
                           ("policy: ray\nset: {intervals: 1}\n",
                            "set.intervals"),
                           ("policy: [\n", ":")):
            path = self.write("policy.yaml", text)
            self.refuse(*self.args(policy=path), says=["policy.yaml", says])

    def test_a_place_that_cannot_be_written(self):
        self.out.write_text("a file")
        done = workbench.call(*self.args(), "--out", self.out)
        self.assertEqual(done.returncode, 2)
        self.assertIn("out", done.stderr)
        self.assertEqual(self.out.read_text(), "a file")


if __name__ == "__main__":
    unittest.main()
