#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""raytide decide on the command line: a line for a line, wrong ones too."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"

GROUP = {"name": "a", "resources": {"CPU": 4}, "max_workers": 3}
TASKS = {"tasks": [{"count": 2, "resources": {"CPU": 3}}]}


def snapshot(**fields):
    return {"version": 1, "now_ms": 1700000000000,
            "config": {"node_types": [GROUP]}, "demand": TASKS, **fields}


def line(**fields):
    return json.dumps(snapshot(**fields)) + "\n"


def decide(text, *args):
    """(exit code, answers, stderr)"""
    done = subprocess.run([RAYTIDE, "decide", *args], input=text.encode(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    answers = [json.loads(a) for a in done.stdout.decode().splitlines()]
    return done.returncode, answers, done.stderr.decode()


class DecideTest(unittest.TestCase):
    def test_a_decision(self):
        code, (answer,), err = decide(line(id="one"))
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(answer, {
            "version": 1, "id": "one", "launch": {"a": 2}, "terminate": [],
            "infeasible": {"tasks": [], "gangs": [], "constraints": []},
            "cluster_resources": {"CPU": 8}})

    def test_an_explained_decision(self):
        code, (answer,), err = decide(
            line(demand={"tasks": [{"count": 2, "resources": {"CPU": 4}},
                                   {"resources": {"GPU": 8}}]}),
            "--explain")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(answer["explain"], [
            {"what": "launch", "type": "a", "count": 2, "why": [
                "ray: 2 nodes: no room on the nodes that are there for "
                "tasks[0] (2 x {CPU: 4})"], "codes": ["demand"]},
            {"what": "infeasible", "task": 1, "why": [
                "ray: 1 of tasks[1] (1 x {GPU: 8}) fit on no node that is "
                "there or may be launched",
                "because: GPU 8 asked, no group has any"],
             "codes": ["no-room", "lacks-name"]}])

    def test_wrong_lines_are_answered_in_their_place(self):
        text = (line(id="first") + "{\n" + "[]\n" + '{"id":"no version"}\n'
                + line(id=["of", {"any": "kind"}], config=7)
                + "  \n\n" + line(id="last", demand=None))
        code, answers, err = decide(text)
        self.assertEqual(code, 2)
        self.assertEqual([a.get("id") for a in answers],
                         ["first", None, None, "no version",
                          ["of", {"any": "kind"}], "last"])
        self.assertEqual(["error" in a for a in answers],
                         [False, True, True, True, True, False])
        self.assertEqual(answers[3]["error"], "version: is missing")
        self.assertEqual(answers[4]["error"],
                         "config: is a number, not an object")
        self.assertTrue(all(a["version"] == 1 for a in answers))
        self.assertEqual(err.count("\n"), 1)
        self.assertIn("4 of 6 lines", err)

    def test_bytes_that_are_no_text(self):
        for bad in (b"\0", b'{"version":1,"id":"\xff"}', b"[" * 10000):
            done = subprocess.run([RAYTIDE, "decide"],
                                  input=bad + b"\n" + line().encode(),
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, check=False)
            answers = list(map(json.loads, done.stdout.splitlines()))
            self.assertEqual(done.returncode, 2)
            self.assertEqual(["error" in a for a in answers], [True, False])

    def test_no_line_end_at_the_end(self):
        code, answers, _ = decide(line(id=1) + line(id=2.5).rstrip("\n"))
        self.assertEqual(code, 0)
        self.assertEqual([a["id"] for a in answers], [1, 2.5])

    def test_each_line_is_answered_at_once(self):
        with subprocess.Popen([RAYTIDE, "decide"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as child:
            for k in range(3):
                child.stdin.write(line(id=str(k)).encode())
                child.stdin.flush()
                answer = json.loads(child.stdout.readline())
                self.assertEqual(answer["id"], str(k))
            child.stdin.close()
            self.assertEqual(child.wait(), 0)

    def test_nothing_is_kept(self):
        config = {"pending_idle_timeout_s": 5, "node_types": [GROUP]}
        nodes = [{"instance_id": "i", "type": "a", "status": "QUEUED"}]
        old = {"pending_unneeded_since_ms": {"a": [1]}}
        text = line(config=config, nodes=nodes, demand=None, state=old)
        text += line(config=config, nodes=nodes, demand=None)
        _, answers, _ = decide(text)
        self.assertEqual([len(a["terminate"]) for a in answers], [1, 0])
        self.assertEqual(
            [a["state"]["pending_unneeded_since_ms"] for a in answers],
            [{}, {"a": [1700000000000]}])

    def test_time(self):
        plain, = decide(line())[1]
        timed, = decide(line(), "--time")[1]
        self.assertNotIn("decide_us", plain)
        self.assertIsInstance(timed["decide_us"], int)

    def test_policy_by_name_and_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "policy.yaml")
            path.write_text("policy: ray\nset:\n  ray.upscaling_speed: 2\n")
            for policy in ("ray", str(path)):
                code, answers, _ = decide(line(), "--policy", policy)
                self.assertEqual((code, answers[0]["launch"]), (0, {"a": 2}))

    def test_wrong_command_lines(self):
        for args, why in ((["--policy", "rayy"], "did you mean ray?"),
                          (["--policy", "no/such.yaml"], "no/such.yaml"),
                          (["--polciy", "ray"], "did you mean --policy?"),
                          (["file.jsonl"], "standard input")):
            code, answers, err = decide(line(), *args)
            self.assertEqual((code, answers, err.count("\n")), (2, [], 1), err)
            self.assertIn(why, err)


if __name__ == "__main__":
    unittest.main()
