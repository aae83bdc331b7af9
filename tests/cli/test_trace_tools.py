#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""raytide trace info, convert, slice, generate and cluster on the command line:
what they write, and what they refuse."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"
SAMPLES = ROOT / "traces/samples/formats"


def call(*args, stdin=b""):
    """(exit code, stdout, stderr)"""
    done = subprocess.run([RAYTIDE, "trace", *map(str, args)], input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=120, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def rows(text):
    return [json.loads(line) for line in text.splitlines()]


class TraceTools(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.out = self.dir / "out"

    def write(self, text, name="trace.csv"):
        path = self.dir / name
        path.write_text(text)
        return path

    def good(self, *args, **more):
        code, out, err = call(*args, **more)
        self.assertEqual(code, 0, err)
        return out

    def info(self, *args):
        return json.loads(self.good("info", "--json", *args))

    def refused(self, says, *args, code=2):
        got, out, err = call(*args)
        self.assertEqual((got, out), (code, ""))
        self.assertRegex(err, r"\Araytide: [^\n]+\n\Z")
        self.assertIn(says, err)

    # ---- the parts

    def test_help(self):
        for part in ("info", "convert", "slice", "generate", "cluster",
                     "record"):
            text = self.good(part, "--help")
            self.assertIn(f"usage: raytide trace {part} ", text)
            self.assertIn("--", text)
        text = self.good("--help")
        self.assertIn("usage: raytide trace slice FILE", text)
        self.assertIn("--load-scale", text)

    def test_unknown_parts(self):
        self.refused("what to do is one of info, convert")
        self.refused("inof: not known", "inof")
        for part in ("info", "convert", "slice", "cluster"):
            self.refused("one file is needed", part)

    # ---- info

    def test_info_table(self):
        trace = self.write("submit_s,duration_s,memory\n0,10,1073741824\n"
                           "5,10,\n")
        text = self.good("info", trace)
        self.assertIn("jobs         2: 2 tasks\n", text)
        self.assertIn("submitted    within 5 s, from 0 s on; at most 1 in a "
                      "second\n", text)
        self.assertRegex(text, r"\nCPU +0\.005556 +2  5 s\n")
        self.assertRegex(text, r"\nmemory, GiB +0\.002778 +1  0 s\n")
        self.assertIn("p50   10 s\n", text)
        self.assertRegex(text, r"<= 10 s  #{40} 2\n")
        self.assertIn("          1 |#    #\n", text)
        trace = self.write("submit_s,duration_s,cpus\n"
                           "1234567.5,90061,1234.5\n9876543,60,0\n")
        text = self.good("info", trace)
        self.assertIn("within 8,641,975.5 s (100 d), from 1,234,567.5 s on",
                      text)
        self.assertRegex(text, r"\nCPU +30,883\.417917 +1,234\.5  0 s\n")
        self.assertIn("max   90,061 s (1 d 1 h)\n", text)
        self.assertIn("submissions, a column is 3 d\n", text)
        found = self.info(trace)["submissions"]
        self.assertEqual((found["column_s"], found["jobs"][0],
                          found["jobs"][-1], sum(found["jobs"])),
                         (131072 * 2, 1, 1, 2))

    def test_info_tells_what_was_left_out(self):
        swf = self.write("1 0 -1 {} 1 -1 -1 1 -1 -1 1 1 1 -1 -1 -1 -1 -1\n"
                         .format(5) +
                         "1 0 -1 -1 1 -1 -1 1 -1 -1 1 1 1 -1 -1 -1 -1 -1\n")
        code, out, err = call("info", "--json", swf)
        self.assertEqual(code, 0)
        found = json.loads(out)
        self.assertEqual(found["left_out"], 1)
        self.assertEqual(found["notes"],
                         {"had no run time": 1})
        self.assertEqual(err, f"raytide: note: {swf}: 1 row had no run time "
                              "and was left out\n")

    def test_settings_of_formats(self):
        swf = self.write("1 0 -1 9 4 -1 -1 4 -1 -1 1 1 1 -1 -1 -1 -1 -1\n")
        for width, kind in (("gang", "gangs"), ("task", "tasks")):
            found = self.info(swf, "--set", f"swf.width={width}")
            self.assertEqual(found["kinds"][kind], 1)
            self.assertEqual(found["resources"]["CPU"]["peak"], 4)
        self.refused("did you mean swf.width", "info", swf, "--set",
                     "swf.widht=task")
        self.refused("no such choice", "info", swf, "--set", "swf.width=tsk")

    # ---- convert

    def test_samples_of_all_formats(self):
        for path in sorted(SAMPLES.glob("*.[!m]*")):
            text = self.good("convert", path)
            self.assertEqual(text.splitlines(), [
                line for line in
                (path.parent / "native" / f"{path.stem}.jsonl").read_text()
                .splitlines()], path.name)
            again = self.good("convert", "-", stdin=text.encode())
            self.assertEqual(again, text, path.name)

    def test_each_format_has_a_sample_and_a_page(self):
        told = self.good("--help").partition("formats of traces:\n")[2]
        formats = [line.split()[0] for line in
                   told.partition("\n\n")[0].splitlines()]
        self.assertIn("swf", formats)
        self.assertEqual(sorted(path.stem for path in
                                (SAMPLES / "native").iterdir()), formats)
        for name in formats:
            pages = [ROOT / "docs/formats" / f"{page}.md"
                     for page in (name, f"{name}-trace")]
            self.assertTrue(any(page.exists() for page in pages), name)

    def test_convert_writes_whole_or_nothing(self):
        bad = self.write("submit_s,duration_s\n0,1\n1,x\n")
        self.refused("trace.csv:3: duration_s", "convert", bad, "--out",
                     self.out)
        self.assertFalse(self.out.exists())
        self.assertEqual(os.listdir(self.dir), ["trace.csv"])
        good = self.write("submit_s,duration_s\n0,1\n")
        self.assertEqual(self.good("convert", good, "--out", self.out), "")
        self.assertEqual(len(rows(self.out.read_text())), 1)
        self.refused("cannot be written", "convert", good, "--out",
                     self.dir / "no/such", code=3)

    def test_a_pipe_stays_a_pipe(self):
        trace = self.write("submit_s,duration_s\n0,1\n")
        os.mkfifo(self.out)
        reader = subprocess.Popen(["cat", self.out], stdout=subprocess.PIPE)
        self.good("convert", trace, "--out", self.out)
        read = reader.communicate(timeout=30)[0].decode()
        self.assertEqual(len(rows(read)), 1)
        self.assertTrue(self.out.is_fifo())

    # ---- slice

    def test_slice_a_window(self):
        trace = self.write("submit_s,duration_s,id\n" + "".join(
            f"{i},2,{i}\n" for i in range(100)))
        found = rows(self.good("slice", trace, "--from", 10, "--to", 20,
                               "--time-scale", 0.5, "--run-scale", 3))
        self.assertEqual([row["id"] for row in found],
                         [str(i) for i in range(10, 20)])
        self.assertEqual(found[0]["submit_s"], 0)
        self.assertEqual(found[9]["submit_s"], 4.5)
        self.assertEqual({row["duration_s"] for row in found}, {6})

    def test_slice_a_sample(self):
        trace = self.write("submit_s,duration_s,id\n" + "".join(
            f"{i},2,{i}\n" for i in range(10000)))
        tenth = self.good("slice", trace, "--load-scale", 0.1)
        ids = {row["id"] for row in rows(tenth)}
        self.assertTrue(900 < len(ids) < 1100)
        self.assertEqual(self.good("slice", trace, "--load-scale", 0.1), tenth)
        self.assertNotEqual(self.good("slice", trace, "--load-scale", 0.1,
                                      "--seed", 2), tenth)
        window = rows(self.good("slice", trace, "--load-scale", 0.1,
                                "--from", 5000))
        self.assertEqual({row["id"] for row in window},
                         {i for i in ids if int(i) >= 5000})
        more = rows(self.good("slice", trace, "--load-scale", 2.5))
        self.assertTrue(24700 < len(more) < 25300)
        self.refused("not between", "slice", trace, "--load-scale", -1)

    def slice(self, jobs, *args):
        """The rows of a slice of these jobs, and what was said about it."""
        trace = self.write("".join(json.dumps({"duration_s": 1, **job}) + "\n"
                                   for job in jobs), "jobs.jsonl")
        code, out, err = call("slice", trace, *args)
        self.assertEqual(code, 0, err)
        return rows(out), err

    def test_slice_strikes_off_what_is_not_kept(self):
        jobs = [{"submit_s": i, "id": f"j{i}",
                 "after": [f"j{k}" for k in range(max(0, i - 3), i)]}
                for i in range(10)]
        found, err = self.slice(jobs, "--from", 5, "--to", 8)
        self.assertEqual([row.get("after") for row in found],
                         [None, ["j5"], ["j5", "j6"]])
        self.assertIn("6 waits for a job that is not in the slice were taken "
                      "away\n", err)
        ids = set()
        for row in self.slice(jobs, "--load-scale", 0.5)[0]:
            self.assertLessEqual(set(row.get("after", [])), ids)
            ids.add(row["id"])
        self.assertTrue(0 < len(ids) < 10)
        found, err = self.slice(jobs)
        self.assertEqual((found[9]["after"], err), (["j6", "j7", "j8"], ""))

    def test_slice_of_jobs_that_wait_for_later_ones(self):
        jobs = [{"submit_s": 0, "id": "a", "after": ["b", "c", "d"]},
                {"submit_s": 0, "id": "x"},
                {"submit_s": 0, "id": "b"},
                {"submit_s": 1, "id": "c", "after": ["e"]},
                {"submit_s": 2, "id": "e"},
                {"submit_s": 3, "id": "d"}]
        found, err = self.slice(jobs, "--to", 3)
        self.assertEqual([row["id"] for row in found],
                         ["a", "x", "b", "c", "e"])
        self.assertEqual((found[0]["after"], found[3]["after"]),
                         (["b", "c"], ["e"]))
        self.assertIn("1 wait for a job that is not in the slice was taken "
                      "away\n", err)

    def test_slice_copies_wait_for_copies(self):
        jobs = [{"submit_s": 0, "id": "a"},
                {"submit_s": 1, "id": "b", "after": ["a"], "user": "u",
                 "preceding": "a", "think_s": 4}]
        found, err = self.slice(jobs, "--load-scale", 2, "--time-scale", 0.5)
        self.assertEqual([(row["id"], row.get("after"), row.get("preceding"),
                           row.get("think_s")) for row in found],
                         [("a", None, None, None), ("a~2", None, None, None),
                          ("b", ["a"], "a", 2), ("b~2", ["a~2"], "a~2", 2)])
        self.assertEqual(err, "")
        found, err = self.slice(jobs, "--from", 1)
        self.assertEqual(found, [{"submit_s": 0, "duration_s": 1, "id": "b",
                                  "resources": {"CPU": 1}, "user": "u"}])

    def test_slice_keeps_the_request_that_stands(self):
        def asked(submit_s, cpus):
            return {"submit_s": submit_s, "kind": "request", "bundles":
                    [{"resources": {"CPU": cpus}}]}
        jobs = [asked(0, 1), {"submit_s": 1}, asked(2, 2), {"submit_s": 5},
                asked(6, 3), asked(9, 4)]
        def standing(*args):
            return [(row["submit_s"], row["bundles"][0]["resources"]["CPU"])
                    for row in self.slice(jobs, *args)[0] if "kind" in row]
        self.assertEqual(standing("--from", 4, "--load-scale", 0),
                         [(0, 2), (2, 3), (5, 4)])
        self.assertEqual(standing("--from", 6, "--load-scale", 7),
                         [(0, 3), (3, 4)])

    # ---- generate

    def test_generate(self):
        for arrivals in ("poisson", "mmpp", "diurnal", "lublin"):
            args = ["generate", "--set", f"arrivals={arrivals}", "--set",
                    "jobs=500", "--set", "gang_share=0.2"]
            text = self.good(*args, "--seed", 7)
            self.assertEqual(len(rows(text)), 500)
            self.assertEqual(self.good(*args, "--seed", 7), text)
            self.assertNotEqual(self.good(*args, "--seed", 8), text)
            kinds = {row.get("kind", "task") for row in rows(text)}
            self.assertEqual(kinds, {"task", "gang"})
        self.refused("did you mean run_cv", "generate", "--set", "run_vc=2")
        self.refused("not understood", "generate", "x")

    # ---- cluster

    def test_cluster(self):
        nodes = self.write("sn,cpu_milli,memory_mib,gpu,model\n"
                           "a,8000,1024,1,T4\nb,8000,1024,1,T4\n"
                           "c,4500,2048,0,\n", "nodes.csv")
        manifest = self.dir / "cluster.yaml"
        self.good("cluster", nodes, "--out", manifest)
        text = manifest.read_text()
        self.assertIn('ray.io/accelerator-type: "T4"', text)
        self.assertIn("maxReplicas: 2\n", text)
        self.assertIn('num-cpus: "4"', text)
        trace = self.write("submit_s,duration_s,cpus,gpus,memory\n"
                           "0,5,8,1,1073741824\n0,5,8,1,1\n0,5,9,1,1\n")
        done = subprocess.run(
            [RAYTIDE, "sim", "--cluster", manifest, "--trace", trace,
             "--json"], stdout=subprocess.PIPE, check=True)
        jobs = json.loads(done.stdout)["jobs"]
        self.assertEqual((jobs["accepted"], jobs["rejected"]), (2, 1))
        self.refused("begins no known list of nodes", "cluster", trace)
        bad = self.write("sn,cpu_milli,memory_mib,gpu,model\na,x,1,1,T4\n")
        self.refused(":2: CPUs", "cluster", bad)


if __name__ == "__main__":
    unittest.main()
