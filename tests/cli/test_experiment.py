#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""raytide sim EXPERIMENT.yaml: the same bytes on any number of cores, nothing
is run twice, intervals are right, and what is wrong is told by its place."""
import csv
import fcntl
import json
import os
import pathlib
import pty
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden/sim"))
import workbench  # noqa: E402

STUDY = """\
workloads:
  short: {trace: t.csv}
clusters:
  one: {manifest: c.yaml}
policies:
  ray: {policy: ray}
  fit: {policy: first-fit}
set: {provisioning_cv: 0.5}
parameters:
  provisioning_s: [10, 60]
seeds: [3, 1, 2]
"""
T_975_2 = 4.302652729911275  # Student's t, two degrees of freedom
TIMED = {"timing.csv"}


def read_csv(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


class Experiment(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.study = self.dir / "study.yaml"
        self.study.write_text(STUDY)
        self.out = self.dir / "study.results"
        workbench.write_cluster(self.dir / "c.yaml",
                                [workbench.group("w", 4, 0, 0, 4)])
        draw = random.Random(1)
        workbench.write_tasks(
            self.dir / "t.csv",
            sorted((draw.randrange(600), draw.randrange(1, 90), 1)
                   for _ in range(60)))

    def run_study(self, *more):
        done = workbench.call(self.study, *more)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def refuse(self, text, *says):
        self.study.write_text(text)
        before = sorted(self.dir.iterdir())
        done = workbench.call(self.study)
        self.assertEqual(done.returncode, 2, done.stderr)
        for said in says:
            self.assertIn(said, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertEqual(sorted(self.dir.iterdir()), before)

    def content(self, out):
        return {str(path.relative_to(out)): path.read_bytes()
                for path in sorted(out.rglob("*")) if path.is_file()
                and path.name not in TIMED
                and not (path.parent.parent.name == "runs" and path.name in
                         ("summary.json", "report.html"))}

    def runs(self):
        """When the last file of each finished run came."""
        return {path.parent.name: path.stat().st_mtime_ns
                for path in self.out.glob("runs/*/cell.json")
                if ".new-" not in path.parent.name}

    # ---- results

    def test_the_same_bytes_on_any_number_of_cores(self):
        found = []
        for workers in (1, 2, 7):
            out = self.dir / f"out{workers}"
            self.run_study("--workers", workers, "--out", out)
            found.append(self.content(out))
        self.assertEqual(len(found[0]), 12 * 4 + 4)
        self.assertEqual(found[0], found[1])
        self.assertEqual(found[0], found[2])

    def test_a_run_is_what_it_is_alone(self):
        self.run_study()
        for row in read_csv(self.out / "summary.csv"):
            alone = self.dir / "alone"
            done = workbench.call(
                "--cluster", self.dir / "c.yaml", "--trace",
                self.dir / "t.csv", "--policy",
                {"ray": "ray", "fit": "first-fit"}[row["policy"]],
                "--set", "provisioning_cv=0.5", "--set",
                f"provisioning_s={row['provisioning_s']}", "--seed",
                row["seed"], "--out", alone)
            self.assertEqual(done.returncode, 0, done.stderr)
            for name in ("jobs.csv", "timeline.csv", "summary.csv"):
                self.assertEqual(
                    (alone / name).read_bytes(),
                    (self.out / "runs" / row["run"] / name).read_bytes())
            one, = read_csv(alone / "summary.csv")
            self.assertEqual({name: row[name] for name in one}, one)

    def test_intervals(self):
        self.run_study()
        runs = read_csv(self.out / "summary.csv")
        intervals = read_csv(self.out / "intervals.csv")
        self.assertEqual([run["seed"] for run in runs[:3]], ["3", "1", "2"])
        for row in intervals:
            values = [float(run[row["measure"]]) for run in runs
                      if run[row["measure"]] and all(
                          run[key] == row[key] for key in
                          ("workload", "cluster", "policy",
                           "provisioning_s"))]
            self.assertEqual(int(row["n"]), len(values))
            if not values:
                self.assertEqual(row["mean"], "")
                continue
            half = T_975_2 * statistics.stdev(values) / 3 ** .5
            for got, want in (("mean", statistics.mean(values)),
                              ("low", statistics.mean(values) - half),
                              ("high", statistics.mean(values) + half)):
                self.close(row[got], want)
        self.assertGreater(max(float(row["high"]) - float(row["low"])
                               for row in intervals
                               if row["measure"] == "wait_s.mean"), 0)

    def test_what_a_policy_changes(self):
        self.study.write_text(STUDY.replace("fit: {policy: first-fit}",
                                            "spare: {policy: responsive}") +
                              "base: ray\nshow: [wait_s.mean]\n")
        table = self.run_study().splitlines()
        runs = {(run["policy"], run["provisioning_s"], run["seed"]): run
                for run in read_csv(self.out / "summary.csv")}
        rows = read_csv(self.out / "comparison.csv")
        self.assertEqual({row["policy"] for row in rows}, {"spare"})
        self.assertEqual(len(rows), len(read_csv(
            self.out / "intervals.csv")) / 2)
        percents = 0
        for row in rows:
            pairs = [[float(value) for value in pair] for pair in (
                [runs[policy, row["provisioning_s"], seed][row["measure"]]
                 for policy in ("ray", "spare")] for seed in "312")
                if all(pair)]
            self.assertEqual(int(row["n"]), len(pairs))
            wanted = [("base", [base for base, _ in pairs]),
                      ("mean", [own for _, own in pairs]),
                      ("difference", [own - base for base, own in pairs])]
            if pairs and all(base or not own for base, own in pairs):
                wanted.append(("percent", [
                    (own - base) / abs(base) * 100 if base else 0
                    for base, own in pairs]))
                percents += 1
            else:
                self.assertEqual(row["percent"], "")
            for name, values in wanted:
                if values:
                    self.close(row[name], statistics.mean(values))
            for name, values in wanted[2:]:
                if values:
                    half = T_975_2 * statistics.stdev(values) / 3 ** .5
                    low, high = (("low", "high") if name == "difference" else
                                 ("percent_low", "percent_high"))
                    self.close(row[low], statistics.mean(values) - half)
                    self.close(row[high], statistics.mean(values) + half)
        self.assertGreater(percents, 50)
        wait = next(row for row in rows if row["measure"] == "wait_s.mean")
        self.assertLess(float(wait["percent_high"]), 0)
        self.assertEqual(table[6], "more (+) or less (-) than under ray, "
                         "seed by seed:")
        self.assertRegex(table[8], r"^short +one +spare +10 +-\d.* ±.* %$")
        group = json.loads((self.out / "summary.json").read_text())["groups"]
        self.assertEqual(["compared" in g for g in group],
                         [False, False, True, True])
        self.assertEqual(str(group[2]["compared"]["wait_s.mean"]["percent"]),
                         wait["percent"])
        self.study.write_text(STUDY)
        self.run_study()
        self.assertFalse((self.out / "comparison.csv").exists())

    def close(self, got, want):
        self.assertAlmostEqual(float(got), want,
                               delta=1e-9 * max(1, abs(want)))

    def test_json_and_table(self):
        table = self.run_study().splitlines()
        self.assertIn("wait_s.mean", table[0])
        self.assertEqual(len(table), 1 + 4 + 2)
        summary = json.loads(self.run_study("--json"))
        self.assertEqual(summary,
                         json.loads((self.out / "summary.json").read_text()))
        self.assertEqual(len(summary["groups"]), 4)
        group = summary["groups"][0]
        self.assertEqual(group["parameters"], {"provisioning_s": "10"})
        self.assertEqual(len(group["runs"]), 3)
        self.assertEqual(group["measures"]["jobs.done"]["mean"], 60)

    def test_progress_is_shown_on_a_terminal(self):
        ours, its = pty.openpty()
        with subprocess.Popen([workbench.RAYTIDE, "sim", self.study],
                              stdout=subprocess.DEVNULL, stderr=its) as child:
            os.close(its)
            said = b""
            while True:
                try:
                    part = os.read(ours, 4096)
                except OSError:  # the other end is closed
                    break
                if not part:
                    break
                said += part
        os.close(ours)
        self.assertEqual(child.returncode, 0)
        lines = said.decode().split("\r\033[K")
        self.assertEqual((lines[0], lines[-1]), ("", ""))
        self.assertEqual(lines[1], f"[{'.' * 24}]   0 %, 0 of 12 runs")

    def test_a_pool_and_one_seed(self):
        self.study.write_text(
            "title: pools\nworkloads: {a: {trace: t.csv}}\nclusters:\n"
            "  small: {pool: 2, scheduler: easy}\n  big: {pool: 64}\n"
            "show: [wait_s.max]\n")
        table = self.run_study().splitlines()
        self.assertRegex(table[2], r"^a +big +- +0$")
        row = next(row for row in read_csv(self.out / "intervals.csv")
                   if row["measure"] == "wait_s.max")
        self.assertEqual((row["n"], row["low"], row["policy"]), ("1", "", ""))

    def test_the_sample(self):
        out = self.dir / "sample"
        done = workbench.call(
            workbench.TOP / "traces/samples/image-resize/experiment.yaml",
            "--out", out)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        rows = read_csv(out / "summary.csv")
        self.assertEqual(len(rows), 30)
        self.assertEqual({row["jobs.done"] for row in rows}, {"10000"})

    # ---- nothing is run twice

    def test_what_is_finished_is_not_run_again(self):
        table, runs = self.run_study(), self.runs()
        self.assertEqual(len(runs), 12)
        self.assertEqual(self.run_study(), table)
        self.assertEqual(self.runs(), runs)
        self.study.write_text(STUDY.replace("[3, 1, 2]", "[3, 1, 2, 4]"))
        self.run_study()
        self.assertEqual(len(self.runs()), 16)
        self.assertLessEqual(runs.items(), self.runs().items())

    def test_other_input_is_another_run(self):
        self.run_study()
        runs = self.runs()
        with open(self.dir / "t.csv", "a") as f:
            f.write("700,1,1\n")
        self.run_study()
        self.assertFalse(set(runs) & set(self.runs()) - set(runs))
        self.assertEqual(len(self.runs()), 24)

    def test_a_recording_in_several_files(self):
        """A folder is a workload by all that is in its files."""
        (self.dir / "t.csv").rename(self.dir / "t")
        folder = self.dir / "t.csv"
        folder.mkdir()
        used = {"ray_node_id": "5f", "total": {"CPU": 4}, "available": {}}
        def write(name, at_ms):
            rounds = [{"recording": 1},
                      {"now_ms": at_ms, "observation": {"ray_nodes": [used]}},
                      {"now_ms": at_ms + 9000, "observation": {"ray_nodes": []}}]
            (folder / name).write_text("".join(json.dumps(line) + "\n"
                                               for line in rounds))
        write("1.jsonl", 5000)
        self.run_study()
        self.assertEqual(len(self.runs()), 12)
        self.run_study()
        self.assertEqual(len(self.runs()), 12)
        write("2.jsonl", 50000)
        self.run_study()
        self.assertEqual(len(self.runs()), 24)

    def test_lists_and_the_tables_they_are_in(self):
        """Found beside the experiment; what is in them makes the run."""
        (self.dir / "times.csv").write_text("seconds\n20\n40\n")
        study = STUDY.replace("set: {provisioning_cv: 0.5}", """\
set:
  group.pod_times: times.csv
  group.w.quota_steps: [{at_s: 0, nodes: 2}, {at_s: 90, nodes: 3}]
""")
        self.study.write_text(study)
        self.run_study()
        runs = self.runs()
        peaks = {row["peak_nodes"] for row in read_csv(
            self.out / "summary.csv")}
        self.run_study()
        self.assertEqual(self.runs(), runs)
        self.assertEqual(len(peaks & {"2", "3", "4"}), len(peaks))
        (self.dir / "times.csv").write_text("seconds\n20\n60\n")
        self.run_study()
        self.assertEqual(len(self.runs()), 24)
        self.refuse(study.replace("times.csv", "none.csv"), "none.csv")
        self.refuse(study.replace("at_s: 90", "at_s: 0"), "do not rise")

    def test_another_plug_in_is_another_run(self):
        library = self.dir / "linger.so"
        for more, runs in (([], 12), (["-DOTHER"], 12), (["-O2"], 18)):
            subprocess.run(
                [os.environ.get("CC", "cc"), "-shared", "-fPIC", *more, "-I",
                 workbench.TOP / "include", "-o", library,
                 workbench.TOP / "policies/examples/linger.c"], check=True)
            (self.dir / "p.yaml").write_text(
                f"policy: [ray, {{plugin: {library}, params: {{nodes: 2}}}}]")
            self.study.write_text(STUDY.replace("first-fit", "p.yaml"))
            self.run_study()
            self.assertEqual(len(self.runs()), runs, more)

    def test_an_unfinished_run_is_run(self):
        self.run_study()
        content, runs = self.content(self.out), self.runs()
        first = sorted(runs)[0]
        (self.out / "runs" / first / "cell.json").unlink()
        left = self.out / "runs" / "0123456789abcdef.new-abcdef"
        left.mkdir()
        (left / "jobs.csv").write_text("half")
        self.run_study()
        self.assertEqual(self.content(self.out), content)
        self.assertEqual({run for run in runs
                          if self.runs()[run] != runs[run]}, {first})

    def test_it_is_stopped_and_goes_on(self):
        self.study.write_text(STUDY.replace("seeds: [3, 1, 2]", "seeds: 40"))
        with subprocess.Popen([workbench.RAYTIDE, "sim", self.study,
                               "--workers", "2"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as child:
            until = time.monotonic() + 30
            while len(self.runs()) < 3 and time.monotonic() < until:
                time.sleep(.002)
            child.kill()
        runs = self.runs()
        self.assertGreaterEqual(len(runs), 3)
        self.assertFalse((self.out / "summary.csv").exists())
        for _ in range(100):  # its children end with it
            done = workbench.call(self.study)
            if "another program" not in done.stderr:
                break
            time.sleep(.05)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(self.runs()), 160)
        self.assertLessEqual(runs.items(), self.runs().items())
        self.assertEqual([path for path in self.out.rglob("*.new-*")], [])

    def test_signals_leave_nothing_half_written(self):
        self.study.write_text(STUDY.replace("seeds: [3, 1, 2]", "seeds: 40"))
        for stop in (signal.SIGINT, signal.SIGTERM):
            with subprocess.Popen([workbench.RAYTIDE, "sim", self.study],
                                  stdout=subprocess.DEVNULL, text=True,
                                  stderr=subprocess.PIPE) as child:
                had = len(self.runs())
                until = time.monotonic() + 30
                while len(self.runs()) < had + 3 and \
                        time.monotonic() < until:
                    time.sleep(.002)
                child.send_signal(stop)
                said = child.stderr.read()
            self.assertEqual((child.returncode, said), (
                3, f"raytide: stopped: {signal.strsignal(stop)}; what is "
                   "finished will not be run again\n"))
            self.assertEqual(list(self.dir.rglob("*.new-*")), [])
            self.assertFalse((self.out / "summary.csv").exists())
        before = self.runs()
        self.assertGreater(len(before), 5)
        self.run_study()
        self.assertEqual(len(self.runs()), 160)
        self.assertLessEqual(before.items(), self.runs().items())

    def test_a_run_that_cannot_be_read_is_run_again(self):
        self.run_study()
        content, run = self.content(self.out), sorted(self.runs())[0]
        (self.out / "runs" / run / "summary.json").write_text('{"wait_s"')
        self.run_study()
        self.assertEqual(self.content(self.out), content)

    def test_one_program_at_a_time(self):
        (self.out / "runs").mkdir(parents=True)
        folder = os.open(self.out / "runs", os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        done = workbench.call(self.study)
        os.close(folder)
        self.assertEqual(done.returncode, 3)
        self.assertIn("another program is at work", done.stderr)

    # ---- what is wrong

    def test_a_run_that_fails(self):
        self.study.write_text(STUDY.replace(
            "  short: {trace: t.csv}",
            "  short: {trace: t.csv}\n  wrong: {trace: wrong.csv}"))
        (self.dir / "wrong.csv").write_text("submit_s,duration_s\n1,x\n")
        done = workbench.call(self.study, "--workers", "1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("wrong on one under ray, seed 3: ", done.stderr)
        self.assertIn("wrong.csv:2", done.stderr)
        self.assertEqual(len(self.runs()), 12)
        self.assertFalse((self.out / "summary.csv").exists())

    def test_keys(self):
        place = f"{self.study}:"
        self.refuse(STUDY.replace("  ray: {policy", "  ray: {polcy"), place,
                    ":6:", "policies.ray.polcy: no such key; did you mean "
                    "policy")
        self.refuse(STUDY.replace("seeds:", "seed:"), f"{place}11:1: ",
                    "did you mean seeds")
        self.refuse(STUDY.replace("workloads:\n  short: {trace: t.csv}\n", ""),
                    "workloads is missing")
        self.refuse(STUDY.replace("{trace: t.csv}", "{format: swf}"),
                    f"{place}2:", "trace is missing")
        self.refuse(STUDY.replace("{manifest: c.yaml}", "{pool: 4, "
                                  "manifest: c.yaml}"), f"{place}4:",
                    "one of the keys")
        self.refuse(STUDY.replace("{manifest: c.yaml}", "{scheduler: easy, "
                                  "manifest: c.yaml}"), "for a pool")
        self.refuse(STUDY.replace("  one:", "  a/b:"), f"{place}4:", "name")
        self.refuse("workloads: [1]\n", f"{place}1:1", "object")
        self.refuse(STUDY + "base: fitt\n", f"{place}12:1: base: fitt: no "
                    "name among the policies; did you mean fit")
        self.refuse(STUDY + "workloads: {}\n", "twice")

    def test_values(self):
        place = f"{self.study}:"
        self.refuse(STUDY.replace("[10, 60]", "10"), f"{place}10:")
        self.refuse(STUDY.replace("[10, 60]", "[]"), "no values")
        self.refuse(STUDY.replace("[10, 60]", "[10, 10]"),
                    f"{place}10:24: parameters.provisioning_s[1]: is there "
                    "twice")
        self.refuse(STUDY.replace("[3, 1, 2]", "[3, 1, 1]"),
                    f"{place}11:15: seeds[2]: is there twice")
        self.refuse(STUDY.replace("[3, 1, 2]", "0"), f"{place}11:")
        self.refuse(STUDY.replace("[3, 1, 2]", "[]"), "seeds")
        self.refuse(STUDY + "show: [wait_s.men]\n",
                    f"{place}12:", "did you mean wait_s.mean")
        self.refuse(STUDY + "confidence: 2\n", f"{place}12:")

    def test_settings_and_files(self):
        for was, now, place, says in (
                ("provisioning_cv", "provisioning_cvv", "8:7",
                 "provisioning_cvv: no such setting; did you mean "
                 "provisioning_cv? (short on one under ray)"),
                ("cv: 0.5", "cv: -1", "8:7", "-1: not between"),
                ("provisioning_s:", "interval:", "10:14", "did you mean "
                 "interval_s?"),
                ("60]", "x]", "10:24", "provisioning_s: x: not a number"),
                ("policy: ray", "policy: rya", "6:9", "rya: no such policy or "
                 "file (short on one under ray)"),
                ("{policy: ray}", "{policy: ray, set: {ray.spede: 1}}", "6:28",
                 "ray.spede: no such setting"),
                ("{trace: t.csv}", "{trace: t.csv, set: {swf.with: x}}",
                 "2:31", "did you mean swf.width?"),
                ("{trace: t.csv}", "{trace: t.csv, format: sfw}", "2:25",
                 "sfw: no such trace format"),
                ("manifest: c.yaml", "pool: 0", "4:9", "0: not a whole"),
                ("manifest: c.yaml", "pool: 4, scheduler: esy", "4:18",
                 "did you mean easy"),
                ("manifest: c.yaml", "pool: 4, estimates: 2", "4:18",
                 "2: not understood"),
                ("t.csv", "none.csv", "2:11", "none.csv: cannot be read"),
                ("c.yaml", "none.yaml", "4:9", "none.yaml: cannot be read"),
                ("policy: ray", "policy: no/p", "6:9", "no/p: cannot be")):
            with self.subTest(now):
                self.assertIn(was, STUDY)
                self.refuse(STUDY.replace(was, now, 1),
                            f": {self.study}:{place}: ", says)
        (self.dir / "p.yaml").write_text("policy: [ryy]\n")
        self.refuse(STUDY.replace("policy: ray", "policy: p.yaml"),
                    f"{self.study}:6:9: ", "p.yaml:1:", "ryy")
        (self.dir / "c.yaml").write_text("kind: Pod\n")
        self.refuse(STUDY, "c.yaml")
        self.refuse(STUDY.replace("seeds: [3, 1, 2]", "seeds: 10000").replace(
            "[10, 60]", str(list(range(1, 201)))), "more than")

    def test_the_command_line(self):
        for more in (["--seed", "1"], ["--set", "interval_s=1"],
                     ["--trace", "t.csv"], ["--policy", "ray"], ["--sort"],
                     ["--events"], ["--pool", "4"], ["other.yaml"],
                     ["--workers", "0"]):
            done = workbench.call(self.study, *more)
            self.assertEqual(done.returncode, 2, more)
        done = workbench.call("--workers", "2", "--trace",
                              self.dir / "t.csv", "--pool", "4")
        self.assertIn("--workers", done.stderr)


if __name__ == "__main__":
    unittest.main()
