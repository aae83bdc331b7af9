#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Policies as shared objects: the example is built and run, and what was built
for another raytide, or is no policy, is refused in one line."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"
EXAMPLE = (ROOT / "policies/examples/linger.c").read_text()
CC = os.environ.get("CC", "gcc")
IDLE = [{"instance_id": f"i-{i}", "type": "w", "status": "RAY_RUNNING",
         "ray_node_id": f"0{i}", "total": {"CPU": 4}, "available": {"CPU": 4},
         "idle_ms": 999000} for i in range(5)]
SNAPSHOT = {"version": 1, "now_ms": 0, "nodes": IDLE,
            "config": {"idle_timeout_s": 60, "node_types": [
                {"name": "head", "is_head": True},
                {"name": "w", "resources": {"CPU": 4}, "max_workers": 9}]}}


class PluginTest(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.tmp = pathlib.Path(tmp.name)

    def build(self, text, name="linger.so"):
        (self.tmp / "p.c").write_text(text)
        return subprocess.run(
            [CC, "-std=c17", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
             "-I", ROOT / "include", "-o", self.tmp / name, self.tmp / "p.c"],
            stderr=subprocess.PIPE, text=True)

    def decide(self, policy):
        (self.tmp / "my.yaml").write_text(policy)
        done = subprocess.run([RAYTIDE, "decide", "--explain", "--policy",
                               "./my.yaml"], cwd=self.tmp,
                              input=json.dumps(SNAPSHOT), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done.returncode, done.stdout, done.stderr

    def refused(self, why, plugin="./linger.so"):
        code, _, err = self.decide(f"policy:\n- ray\n- plugin: {plugin}\n")
        self.assertEqual(code, 2)
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertIn("my.yaml:3:3: policy[1].plugin: ", err)
        self.assertIn(why, err)

    def test_the_example(self):
        self.assertEqual(self.build(EXAMPLE).returncode, 0)
        code, out, err = self.decide(
            "policy:\n- ray\n- {plugin: ./linger.so, params: {nodes: 2}}\n")
        self.assertEqual(code, 0, err)
        answer = json.loads(out)
        self.assertEqual(len(answer["terminate"]), 3)
        self.assertIn("linger: at least 2 nodes are wanted", out)
        self.assertEqual(self.decide("policy: ray\n")[1].count('"ray_node_id"'),
                         5)

    def test_in_the_simulator(self):
        self.assertEqual(self.build(EXAMPLE).returncode, 0)
        (self.tmp / "my.yaml").write_text(
            "policy: [ray, {plugin: ./linger.so}]\n")
        sample = ROOT / "traces/samples/photo-index"
        done = subprocess.run(
            [RAYTIDE, "sim", "--policy", "./my.yaml", "--json",
             "--set", "cooldown_s=600", "--cluster", sample / "cluster.yaml",
             "--trace", sample / "trace.jsonl"], cwd=self.tmp, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr)
        # Of three workers one stays.
        self.assertIn('"terminations":2', done.stdout)

    def test_its_parameters_are_checked(self):
        self.assertEqual(self.build(EXAMPLE).returncode, 0)
        code, _, err = self.decide(
            "policy: [ray, {plugin: ./linger.so, params: {node: 2}}]\n")
        self.assertEqual(code, 2)
        self.assertIn("policy[1].params.node: no such parameter; did you mean "
                      "nodes?", err)
        code, _, err = self.decide(
            "policy: [ray, {plugin: ./linger.so, parms: {nodes: 2}}]\n")
        self.assertIn("policy[1].parms: unknown key", err)
        # And its place is.
        code, _, err = self.decide("policy: [{plugin: ./linger.so}, ray]\n")
        self.assertIn("linger: it works on what another stage has packed", err)

    def test_refused(self):
        self.refused("cannot open shared object file")
        self.refused("a path is needed; as in ./linger.so", "linger.so")
        (self.tmp / "linger.so").write_text("no ELF")
        self.refused("file too short")
        self.build("int nothing;\n")
        self.refused("no policy in it; it must define `const struct "
                     "rt_policy_ops rt_policy`")
        self.build(EXAMPLE.replace("= RT_POLICY_ABI", "= 99"))
        self.refused("built for policies of ABI 99, these are of ABI 2; build "
                     "it anew")
        self.build(EXAMPLE.replace("sizeof(struct rt_policy_ops)", "64"))
        self.refused("has 64 bytes, not ")
        self.build(EXAMPLE.replace(".decide = linger_decide", ".decide = NULL")
                   .replace("static enum", "extern enum rt_status "
                            "linger_decide(const struct rt_ctx *, const struct "
                            "rt_snapshot *, struct rt_plan *, struct rt_error "
                            "*);\nenum"))
        self.refused("a policy needs a name, params and decide")

    def test_no_private_door(self):
        done = self.build('#include "core/model/plan.h"\n')
        self.assertNotEqual(done.returncode, 0)
        # Nor by name: the program shows none of its functions.
        self.build(EXAMPLE.replace(
            "rt_until(ctx, plan, INT64_MAX);",
            "void rt_plan_hold(struct rt_plan *, struct rt_why);\n"
            "rt_plan_hold(plan, RT_WHY(WANTED));"))
        self.refused("undefined symbol: rt_plan_hold")


if __name__ == "__main__":
    unittest.main()
