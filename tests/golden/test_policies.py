#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each stage makes of a small cluster, with numbers worked out by hand:
policy files as users write them, through raytide decide."""
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


class PoliciesTest(unittest.TestCase):
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

    def test_schedule(self):
        policy = """
            policy:
            - schedule:
                windows:
                - {cron: "0 8 * * 1-5", tz: Europe/Berlin, for: 10h,
                   floor: {small: 3}}
                - {cron: "0 12 * * *", for: 1h, floor: {small: 2, large: 1}}
            - ray
            """
        # In Berlin it is 8 at 07:00 UTC in November.
        for now, launch in (("2026-11-20 06:59", {}),
                            ("2026-11-20 07:00", {"small": 3}),
                            ("2026-11-20 12:30", {"small": 3, "large": 1}),
                            ("2026-11-20 13:00", {"small": 3}),
                            ("2026-11-20 17:00", {}),
                            ("2026-11-21 08:00", {})):
            answer = self.decide(policy, snapshot(now=now))
            self.assertEqual(answer["launch"], launch, now)
        answer = self.decide(policy, snapshot(now="2026-11-20 07:00"))
        self.assertIn("schedule: 3 nodes: window 0 is open and wants at least "
                      "3 nodes", self.why(answer))
        # And nothing of the floor goes for being idle.
        idle = [node(i, "small", 4, 4, idle_ms=9 * MINUTE) for i in range(5)]
        answer = self.decide(policy, snapshot(idle, now="2026-11-20 08:00"))
        self.assertEqual(len(answer["terminate"]), 2)

    def test_headroom(self):
        cpus = "policy:\n- headroom: {cpus: 6}\n- %s\n"
        for packer in ("ray", "first-fit"):
            # 3 and 2 of small are free: one more CPU is wanted.
            case = snapshot([node(0, "small", 3, 4), node(1, "small", 2, 4)])
            answer = self.decide(cpus % packer, case)
            self.assertEqual(answer["launch"], {"small": 1}, packer)
            self.assertIn("room is kept for spares[0] (6 x {CPU: 1})",
                          self.why(answer))
            # Work goes first: 5 tasks fit, and then 6 CPUs are wanted.
            case = snapshot([node(0, "small", 3, 4), node(1, "small", 2, 4)],
                            [(5, {"CPU": 1})])
            answer = self.decide(cpus % packer, case)
            self.assertEqual(answer["launch"], {"small": 2}, packer)
            # Of three idle nodes two are kept free.
            case = snapshot([node(i, "small", 4, 4, idle_ms=9 * MINUTE)
                             for i in range(3)])
            answer = self.decide(cpus % packer, case)
            self.assertEqual(len(answer["terminate"]), 1, packer)

    def test_headroom_in_percent(self):
        policy = "policy: [{headroom: {percent: 50}}, ray]"
        busy = [node(i, "large", 0, 16) for i in range(2)]
        # 32 are in use, 16 are to be free: one large node.
        answer = self.decide(policy, snapshot(busy))
        self.assertEqual(answer["launch"], {"large": 1})
        self.assertEqual(self.decide(policy, snapshot())["launch"], {})

    def test_headroom_of_shapes(self):
        policy = """
            policy:
            - headroom: {shapes: [{resources: {CPU: 10}, count: 2}]}
            - ray
            """
        # 6 CPUs on each of three nodes are no room for 10.
        busy = [node(i, "large", 6, 16) for i in range(3)]
        answer = self.decide(policy, snapshot(busy))
        self.assertEqual(answer["launch"], {"large": 2})
        # Where nothing has it, nothing is kept.
        policy = "policy: [{headroom: {gpus: 1}}, ray]"
        self.assertEqual(self.decide(policy, snapshot())["launch"], {})


if __name__ == "__main__":
    unittest.main()
