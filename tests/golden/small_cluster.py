# SPDX-License-Identifier: Apache-2.0
"""A head and two groups, small and large, and a policy file put to them: what
tests of stages share."""
import calendar
import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"
MINUTE = 60000


def moment(text):
    """ms of "2026-11-20 08:00", UTC."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M")) * 1000


def node(i, type_, free, total, **more):
    return dict({"instance_id": f"i-{i}", "pod": f"p-{i}", "type": type_,
                 "status": "RAY_RUNNING", "ray_node_id": f"{i:02x}",
                 "total": {"CPU": total}, "available": {"CPU": free}}, **more)


def snapshot(nodes=(), tasks=(), now="2026-11-20 12:00", gangs=(), **config):
    """A head without CPUs, groups of 4 and of 16 CPUs; a Friday at noon."""
    types = [{"name": "headgroup", "is_head": True, "resources": {"CPU": 0}},
             {"name": "small", "resources": {"CPU": 4}, "max_workers": 10},
             {"name": "large", "resources": {"CPU": 16}, "max_workers": 10}]
    return {"version": 1, "now_ms": moment(now),
            "config": {"max_workers": 20, "idle_timeout_s": 60,
                       "node_types": types, **config},
            "nodes": list(nodes),
            "demand": {"tasks": [{"count": n, "resources": shape}
                                 for n, shape in tasks],
                       "gangs": list(gangs)}}


class StageTest(unittest.TestCase):
    def decide(self, policy, case):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(policy)
            file.flush()
            done = subprocess.run(
                [RAYTIDE, "decide", "--policy", file.name, "--explain"],
                input=json.dumps(case), text=True, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return json.loads(done.stdout)

    def why(self, answer):
        return "\n".join(line for entry in answer["explain"]
                         for line in entry["why"])

    def ended(self, answer):
        return [entry["instance_id"] for entry in answer["terminate"]]
