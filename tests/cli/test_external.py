#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Policies as processes: the examples run, and whatever else a process may do
holds the round, says why, and does no harm."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build")
RAYTIDE = BUILD / "raytide"
RAY_PYTHON = BUILD / "venv/bin/python"  # as make e2e and make parity leave it
RAYS_OWN = ROOT / "policies/examples/rays_own.py"
SAMPLE = ROOT / "traces/samples/photo-index"
SNAPSHOT = {"version": 1, "now_ms": 0,
            "config": {"node_types": [
                {"name": "head", "is_head": True},
                {"name": "w", "resources": {"CPU": 4}, "max_workers": 9}]},
            "nodes": [{"instance_id": "i-1", "type": "w", "ray_node_id": "01",
                       "status": "RAY_RUNNING", "total": {"CPU": 4},
                       "available": {}, "idle_ms": 200000}],
            "demand": {"tasks": [{"count": 9, "resources": {"CPU": 1}}]}}
ECHO = "import json,sys\nfor line in sys.stdin:\n  i=json.loads(line)['id']\n"


class ExternalTest(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.tmp = pathlib.Path(tmp.name)

    def policy(self, command, deadline="5s", before=""):
        (self.tmp / "my.yaml").write_text(
            f"policy: [{before} external: {{command: {json.dumps(command)}, "
            f"deadline: {deadline}}}]\n")
        return self.tmp / "my.yaml"

    def python(self, text, **more):
        (self.tmp / "p.py").write_text(text)
        return self.policy(f"exec {sys.executable} {self.tmp}/p.py", **more)

    def decide(self, policy, lines=1):
        done = subprocess.run([RAYTIDE, "decide", "--explain", "--policy",
                               policy], cwd=ROOT, text=True,
                              input=(json.dumps(SNAPSHOT) + "\n") * lines,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], \
            done.stderr

    def held(self, policy, why):
        answers, err = self.decide(policy)
        self.assertEqual(answers[0]["launch"], {})
        self.assertEqual(answers[0]["terminate"], [])
        self.assertIn("held: the policy's process gave no answer, or a wrong "
                      "one", json.dumps(answers[0]["explain"]))
        self.assertIn("external_policy", err)
        self.assertIn(why, err)

    def test_greedy(self):
        policy = self.policy("policies/examples/greedy.py")
        answers, err = self.decide(policy, lines=3)
        self.assertEqual(err, "")
        for answer in answers:
            self.assertEqual(answer["launch"], {"w": 3})
            self.assertEqual([node["instance_id"]
                              for node in answer["terminate"]], ["i-1"])

    def simulate(self, policy):
        done = subprocess.run(
            [RAYTIDE, "sim", "--json", "--policy", policy, "--cluster",
             SAMPLE / "cluster.yaml", "--trace", SAMPLE / "trace.jsonl"],
            cwd=ROOT, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads(done.stdout)
        return {key: value for key, value in result.items()
                if not key.endswith("_ms")}

    def test_greedy_in_the_simulator(self):
        policy = self.policy("policies/examples/greedy.py")
        self.assertEqual(self.simulate(policy)["jobs"],
                         self.simulate("ray")["jobs"])

    def test_spare_room_is_shown(self):
        text = ECHO + ("  n=len(json.loads(line)['demand']['tasks'])\n"
                       "  print(json.dumps({'id':i,'launch':{'w':n},"
                       "'infeasible':{'tasks':[{'index':1}]}}),flush=True)\n")
        answers, _ = self.decide(self.python(text,
                                             before="headroom: {cpus: 2},"))
        self.assertEqual(answers[0]["launch"], {"w": 2})
        self.assertEqual(answers[0]["infeasible"]["tasks"], [])

    def test_held(self):
        self.held(self.policy("exit 3"), "it has ended")
        self.held(self.policy("/no/such/program"), "it has ended")
        self.held(self.policy("sleep 60", deadline="100ms"),
                  "no answer in time")
        self.held(self.policy("read line; echo 'no JSON'; sleep 60"),
                  "not valid JSON")
        self.held(self.policy("read line; echo '[]'; sleep 60"),
                  "not an object")
        self.held(self.policy("read line; printf '{}\\n{}\\n'; sleep 60"),
                  "it answered more than a line")
        self.held(self.policy("read line; echo '{}'; sleep 60"),
                  "it answers nothing and was asked 1")
        # Without a newline it goes on for ever: the bound ends it.
        self.held(self.policy("read line; yes | tr -d '\\n'", deadline="60s"),
                  "more than 64 MiB in its answer")

    def test_wrong_answers(self):
        for answer, why in (
                ("'launch': {'x': 1}", "launch.x: no such type of nodes"),
                ("'launch': {'w': -1}", "launch.w: "),
                ("'launch': {'w': 1.5}", "launch.w: "),
                ("'launch': {'w': 1}, 'terminate': [{}]",
                 "terminate[0]: none: no such instance_id"),
                ("'terminate': [{'instance_id': 'i-9'}]", "i-9: no such"),
                ("'terminate': [{'instance_id': 'i-1', 'cause': 'X'}]",
                 "X: no such cause"),
                ("'infeasible': {'gangs': [0]}", "infeasible.gangs[0]: "),
                ("'error': 'I do not know'", "it says: I do not know")):
            text = ECHO + ("  print(json.dumps({'id': i, %s}), flush=True)\n"
                           % answer)
            self.held(self.python(text), why)

    def test_it_is_started_again(self):
        text = ("import os,sys\nif not os.path.exists(%r):\n"
                "  open(%r, 'w').close()\n  sys.exit(1)\n"
                % ((str(self.tmp / "been"),) * 2))
        text += ECHO + "  print(json.dumps({'id':i,'launch':{'w':1}}),flush=True)\n"
        process = subprocess.Popen(
            [RAYTIDE, "decide", "--policy", self.python(text)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        launched = []
        for pause in (0, 0, 1.1):
            time.sleep(pause)
            process.stdin.write(json.dumps(SNAPSHOT) + "\n")
            process.stdin.flush()
            launched.append(json.loads(process.stdout.readline())["launch"])
        process.stdin.close()
        self.assertEqual(process.wait(), 0)
        process.stdout.close()
        # It failed, was not started again at once, and then it was.
        self.assertEqual(launched, [{}, {}, {"w": 1}])

    def test_it_ends_with_us(self):
        text = ("import os\nopen(%r, 'w').write(str(os.getpid()))\n"
                % str(self.tmp / "pid"))
        text += ECHO + "  print(json.dumps({'id':i}),flush=True)\n"
        text += "import time\ntime.sleep(60)\n"
        self.decide(self.python(text))
        with self.assertRaises(ProcessLookupError):
            os.kill(int((self.tmp / "pid").read_text()), 0)

    def test_rays_own_scheduler(self):
        if not RAY_PYTHON.exists():
            self.skipTest(f"no Ray: {RAY_PYTHON} is not there")
        policy = self.policy(f"exec {RAY_PYTHON} {RAYS_OWN}", deadline="60s")
        self.assertEqual(self.simulate(policy), self.simulate("ray"))

    def test_rays_own_scheduler_without_ray(self):
        done = subprocess.run([sys.executable, "-S", RAYS_OWN], text=True,
                              stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn("rays_own.py: there is no Ray here", done.stderr)
        checked = subprocess.run(
            [RAYTIDE, "policy", "check", RAYS_OWN.with_suffix(".yaml")],
            text=True, stdout=subprocess.PIPE)
        self.assertIn("ok: external", checked.stdout)


if __name__ == "__main__":
    unittest.main()
