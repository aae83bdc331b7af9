#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `raytide sim --out` leaves in its folder: each file agrees with the
others, and all are there whole or not at all."""
import collections
import csv
import fcntl
import json
import math
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden/sim"))
import workbench  # noqa: E402

FILES = ["jobs.csv", "report.html", "summary.csv", "summary.json",
         "timeline.csv"]


def read_csv(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


class Results(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.out = self.dir / "out"
        self.cluster = workbench.write_cluster(
            self.dir / "cluster.yaml",
            [workbench.group("a", 4, 1, 0, 3),
             workbench.group('b,"', 8, 0, 0, 2)])
        draw = random.Random(5)
        self.trace = workbench.write_tasks(
            self.dir / "t.csv",
            sorted((draw.randrange(900), draw.randrange(1, 200),
                    draw.choice((1, 2, 4, 8))) for _ in range(80)) +
            [(900, 0, 1), (900, 1, 99)])

    def run_sim(self, *more):
        return workbench.call("--cluster", self.cluster, "--trace",
                              self.trace, "--out", self.out, *more)

    def files(self):
        return sorted(path.name for path in self.out.iterdir())

    # ---- what a signal leaves

    def stop(self, by):
        """Stops a run of some seconds in its midst."""
        trace = self.dir / "long.csv"
        trace.write_text("submit_s,duration_s\n" +
                         "".join(f"{i},3\n" for i in range(1000000)))
        with subprocess.Popen(
                [workbench.RAYTIDE, "sim", "--cluster", self.cluster,
                 "--trace", trace, "--out", self.out], stderr=subprocess.PIPE,
                stdout=subprocess.PIPE) as child:
            until = time.monotonic() + 30
            while time.monotonic() < until and not any(
                    path.stat().st_size for path in
                    self.dir.glob("*.new-*/timeline.csv")):
                time.sleep(.005)
            child.send_signal(by)
            child.communicate()
        self.assertEqual(child.returncode, -by)
        trace.unlink()
        self.assertFalse(self.out.exists())

    def test_what_a_signal_leaves(self):
        self.stop(signal.SIGINT)
        self.assertEqual(list(self.dir.glob("*.new-*")), [])

    def test_what_was_left_is_cleared(self):
        self.stop(signal.SIGKILL)
        left, = self.dir.glob("*.new-*")
        other = self.dir / "other.new-abcdef"  # of another folder
        used = self.dir / "out.new-abcdef"     # somebody is at work on it
        for folder in (other, used):
            folder.mkdir()
        held = os.open(used, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        self.assertEqual(self.run_sim().returncode, 0)
        os.close(held)
        self.assertFalse(left.exists())
        self.assertTrue(other.exists() and used.exists())

    # ---- what they say

    def test_what_became_of_each_task(self):
        self.assertEqual(self.run_sim(
            "--set", "group.crash_per_h=20", "--set", "max_retries=1"
        ).returncode, 0)
        jobs = read_csv(self.out / "jobs.csv")
        run = json.loads((self.out / "summary.json").read_text())
        fates = collections.Counter(job["fate"] for job in jobs)
        self.assertEqual(fates, {
            "done": run["jobs"]["done"], "rejected": run["jobs"]["rejected"],
            "lost": run["lost"]["jobs"]})
        self.assertGreater(min(fates.values()), 0)
        self.assertEqual(sum(int(job["retries"]) for job in jobs),
                         run["lost"]["retries"])
        for job in jobs:
            self.assertEqual(job["fate"] == "done", bool(job["end_s"]))

    def test_the_timeline_is_that_of_the_jobs(self):
        self.assertEqual(self.run_sim().returncode, 0)
        jobs = [{k: float(v) for k, v in job.items()
                 if k in ("submit_s", "start_s", "end_s", "cpus")}
                for job in read_csv(self.out / "jobs.csv") if job["start_s"]]
        rows = read_csv(self.out / "timeline.csv")
        times = [float(row["at_s"]) for row in rows]
        self.assertEqual(times, sorted(set(times)))
        self.assertTrue({job["end_s"] for job in jobs} <= set(times))
        for at, row in zip(times, rows):
            here = [job for job in jobs if job["submit_s"] <= at]
            runs = [job["cpus"] for job in here
                    if job["start_s"] <= at < job["end_s"]]
            waits = [job["cpus"] for job in here if at < job["start_s"]]
            self.assertEqual((int(row["waiting"]), int(row["running"])),
                             (len(waits), len(runs)), at)
            self.assertEqual((float(row["CPU.demand"]),
                              float(row["CPU.used"])),
                             (sum(waits) + sum(runs), sum(runs)), at)
            self.assertEqual(
                float(row["CPU.capacity"]),
                4 * (int(row["a.up"]) + int(row["a.draining"])) +
                8 * (int(row['b,".up']) + int(row['b,".draining'])), at)

    def test_the_timeline_adds_up_to_the_summary(self):
        self.assertEqual(self.run_sim().returncode, 0)
        run = json.loads((self.out / "summary.json").read_text())
        rows = read_csv(self.out / "timeline.csv")
        used = up = 0
        for row, after in zip(rows, rows[1:]):
            at, to = float(row["at_s"]), float(after["at_s"])
            if to > run["end_s"]:
                break
            used += float(row["CPU.used"]) * (to - at)
            up += float(row["CPU.capacity"]) * (to - at)
        self.assertAlmostEqual(run["cpu_hours"]["used"], used / 3600)
        self.assertAlmostEqual(run["utilisation"]["cpu"], used / up * 100)
        self.assertGreater(run["launches"], 2)

    def test_elasticity_by_hand(self):
        """Two CPUs are asked for from 0 to 40, and four are there from 10 on:
        a quarter of the time without any, then twice as many as needed.  Of
        seven intervals after the first, one sees the node come."""
        workbench.write_tasks(self.trace, [(0, 30, 2)])
        workbench.write_cluster(self.cluster,
                                [workbench.group("a", 4, 0, 0, 3)])
        self.assertEqual(self.run_sim("--set", "provisioning_s=10", "--set",
                                      "observe=exact").returncode, 0)
        found = json.loads((self.out / "summary.json").read_text())
        unstable = 100 / 7
        for name, want in (
                ("under_accuracy", 25), ("over_accuracy", 75),
                ("under_time_share", 25), ("over_time_share", 75),
                ("instability", unstable),
                ("deviation", (50**3 + 50**3 + unstable**3) ** (1 / 3))):
            self.assertAlmostEqual(found["elasticity"][name], want, places=9,
                                   msg=name)

    def test_elasticity_is_that_of_the_timeline(self):
        self.assertEqual(self.run_sim().returncode, 0)
        run = json.loads((self.out / "summary.json").read_text())
        levels = [(float(row["at_s"]), float(row["CPU.demand"]),
                   float(row["CPU.capacity"]))
                  for row in read_csv(self.out / "timeline.csv")]
        first = min(float(job["submit_s"])
                    for job in read_csv(self.out / "jobs.csv")
                    if job["start_s"])
        end = run["end_s"]

        def at(time):
            return next(level[1:] for level in reversed(levels)
                        if level[0] <= time)
        under = over = short = long = 0
        times = sorted({first, end, *(level[0] for level in levels
                                      if first < level[0] < end)})
        for time, after in zip(times, times[1:]):
            (demand, supply), span = at(time), after - time
            under += max(demand - supply, 0) / max(demand, 1) * span
            over += max(supply - demand, 0) / max(demand, 1) * span
            short += span * (demand > supply)
            long += span * (supply > demand)

        def sign(x):
            return (x > 0) - (x < 0)
        ticks = [5 * k for k in range(math.ceil(first / 5),
                                      math.ceil(end / 5))]
        seen = [at(tick) for tick in ticks]
        unstable = sum(sign(d1 - d0) != sign(s1 - s0)
                       for (d0, s0), (d1, s1) in zip(seen, seen[1:]))
        want = {
            "under_accuracy": under / (end - first) * 100,
            "over_accuracy": over / (end - first) * 100,
            "under_time_share": short / (end - first) * 100,
            "over_time_share": long / (end - first) * 100,
            "instability": unstable / (len(seen) - 1) * 100}
        want["deviation"] = (
            ((want["under_accuracy"] + want["over_accuracy"]) / 2) ** 3 +
            ((want["under_time_share"] + want["over_time_share"]) / 2) ** 3 +
            want["instability"] ** 3) ** (1 / 3)
        self.assertGreater(unstable, 5)
        for name, value in want.items():
            self.assertAlmostEqual(run["elasticity"][name], value, msg=name)

    def test_the_timeline_of_a_pool(self):
        done = workbench.call("--pool", 8, "--scheduler", "easy", "--trace",
                              self.trace, "--out", self.out)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        jobs = [{k: float(v) for k, v in job.items() 
                 if k not in ("node", "fate")}
                for job in read_csv(self.out / "jobs.csv") if job["start_s"]]
        rows = read_csv(self.out / "timeline.csv")
        self.assertEqual(list(rows[0])[3:], [
            f"processors.{what}" for what in ("demand", "used", "capacity")])
        self.assertGreater(len(rows), 100)
        for row in rows:
            at = float(row["at_s"])
            here = [job for job in jobs if job["submit_s"] <= at]
            self.assertEqual(
                (float(row["processors.demand"]),
                 float(row["processors.used"]), int(row["waiting"])),
                (sum(job["cpus"] for job in here if at < job["end_s"]),
                 sum(job["cpus"] for job in here
                     if job["start_s"] <= at < job["end_s"]),
                 sum(at < job["start_s"] for job in here)), at)

    def test_events(self):
        self.assertEqual(self.run_sim("--events").returncode, 0)
        events = [json.loads(line) for line in
                  (self.out / "events.jsonl").read_text().splitlines()]
        times = [event["at_s"] for event in events]
        self.assertEqual(times, sorted(times))
        run = json.loads((self.out / "summary.json").read_text())

        def count(what):
            return sum(event["event"] == what for event in events)
        self.assertEqual(count("submitted"), run["jobs"]["accepted"])
        self.assertEqual(count("rejected"), run["jobs"]["rejected"])
        self.assertEqual(count("starting"), run["launches"])
        self.assertEqual(count("gone"), run["terminations"])
        self.assertEqual(sum(event["launches"] for event in events
                             if event["event"] == "round"), run["launches"])
        self.assertEqual({event["group"] for event in events
                          if event["event"] == "up"},
                         {"headgroup", "a", 'b,"'})
        started = {event["job"]: (event["at_s"], event["node"])
                   for event in events if event["event"] == "started"}
        self.assertEqual(
            started, {job["job"]: (float(job["start_s"]), job["node"])
                      for job in read_csv(self.out / "jobs.csv")
                      if job["start_s"]})

    def test_summary_csv_is_the_json(self):
        self.assertEqual(self.run_sim().returncode, 0)
        run = workbench.flat(json.loads(
            (self.out / "summary.json").read_text()))
        row, = read_csv(self.out / "summary.csv")
        for name, value in row.items():
            self.assertEqual(value and float(value),
                             "" if run[name] is None else run[name], name)
        self.assertEqual({name for name in run if name not in row},
                         {name for name in run
                          if name.startswith(("wall_ms", "decision_ms"))})

    def test_same_bytes(self):
        def content():
            self.assertEqual(self.run_sim("--events").returncode, 0)
            return {name: (self.out / name).read_bytes()
                    for name in self.files()
                    if name not in ("summary.json", "report.html")}
        self.assertEqual(content(), content())

    def test_rounds_that_are_skipped_leave_no_trace(self):
        found = []
        for every in ("true", "false"):
            done = self.run_sim("--events", "--set", f"every_round={every}")
            self.assertEqual(done.returncode, 0)
            found.append([(self.out / name).read_text() for name in
                          ("events.jsonl", "timeline.csv", "summary.csv")])
        self.assertEqual(*found)

    # ---- whole or not at all

    def test_input_that_is_wrong_leaves_nothing(self):
        before = sorted(self.dir.iterdir())
        self.cluster.write_text("kind: RayCluster\n")
        self.assertEqual(self.run_sim().returncode, 2)
        self.assertEqual(sorted(self.dir.iterdir()), before)

    def test_no_folder_around(self):
        self.out = self.dir / "no" / "out"
        done = self.run_sim()
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot be made a directory", done.stderr)

    def test_a_folder_that_is_there_keeps_the_rest(self):
        self.out.mkdir()
        (self.out / "mine").write_text("mine")
        (self.out / "jobs.csv").write_text("old")
        self.assertEqual(self.run_sim().returncode, 0)
        self.assertEqual(self.files(), sorted([*FILES, "mine"]))
        self.assertNotEqual((self.out / "jobs.csv").read_text(), "old")

    def test_no_file_is_of_another_run(self):
        self.assertEqual(self.run_sim("--events").returncode, 0)
        self.assertIn("events.jsonl", self.files())
        self.assertEqual(self.run_sim().returncode, 0)
        self.assertEqual(self.files(), FILES)

    def test_all_change_or_none(self):
        (self.out / "summary.json").mkdir(parents=True)  # cannot be replaced
        (self.out / "jobs.csv").write_text("old")
        done = self.run_sim()
        self.assertEqual(done.returncode, 3)
        self.assertIn("summary.json: cannot be written", done.stderr)
        self.assertEqual((self.out / "jobs.csv").read_text(), "old")
        self.assertEqual(self.files(), ["jobs.csv", "summary.json"])

    def test_a_disk_that_is_full(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
        before = sorted(self.dir.iterdir())
        done = subprocess.run(
            [workbench.RAYTIDE, "sim", "--cluster", self.cluster, "--trace",
             self.trace, "--out", self.out], text=True, preexec_fn=limit,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("cannot be written: File too large", done.stderr)
        self.assertEqual(sorted(self.dir.iterdir()), before)

    def test_a_slash_at_the_end_and_the_umask(self):
        umask = os.umask(0o027)
        self.addCleanup(os.umask, umask)
        done = workbench.call("--cluster", self.cluster, "--trace",
                              self.trace, "--out", f"{self.out}/")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(self.out.stat().st_mode & 0o777, 0o750)

    def test_events_need_a_folder(self):
        done = workbench.call("--cluster", self.cluster, "--trace",
                              self.trace, "--events")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--out", done.stderr)


if __name__ == "__main__":
    unittest.main()
