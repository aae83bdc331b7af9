# SPDX-License-Identifier: Apache-2.0
"""The sidecar between a fake GCS and a fake Kubernetes API: what its tests are
made of."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from tests.peers import fake_gcs, fake_kube, kuberay

PROGRAM = os.path.abspath(
    os.path.join(os.environ.get("B", "build"), "raytide-autoscaler"))
HEAD = "demo-head-abcde"
WAIT_S = 20


def worker_group(name, resources):
    limits = {"cpu": "1", "memory": "1Gi"}
    return {"groupName": name, "replicas": 0, "minReplicas": 0,
            "maxReplicas": 3, "idleTimeoutSeconds": 1,
            "rayStartParams": {"resources": json.dumps(json.dumps(resources))},
            "scaleStrategy": {"workersToDelete": []},
            "template": {"spec": {"containers": [
                {"name": "ray", "resources": {"limits": limits}}]}}}


CLUSTER = {
    "apiVersion": "ray.io/v1", "kind": "RayCluster",
    "metadata": {"name": "demo", "namespace": "ns", "uid": "u",
                 "generation": 1},
    "spec": {"headGroupSpec": {"rayStartParams": {"num-cpus": "0"},
                               "template": {"spec": {"containers": [
                                   {"name": "ray"}]}}},
             "workerGroupSpecs": [worker_group("a", {"thing": 1}),
                                  worker_group("b", {"other": 1})]}}


class Sidecar:
    """The process, and the lines that it logs."""

    def __init__(self, env, *options, command=None, **popen):
        self.lines = []
        self.process = subprocess.Popen(
            command or
            [PROGRAM, "--cluster-name", "demo", "--cluster-namespace", "ns",
             "--interval", "0.1", "--timeout", "1", "--resync", "0.3",
             "--stale", "1", *options],
            env={"PATH": os.environ["PATH"], **env},
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            **popen)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line.split(" ", 1)[1].rstrip())

    def rss_kb(self):
        """Of the process that works."""
        pid = self.process.pid
        child = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
        status = pathlib.Path(f"/proc/{int(child)}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(WAIT_S)
        self._reader.join()
        self.process.stderr.close()
        return code


class SidecarTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.kube = fake_kube.FakeKube(CLUSTER)
        self.env = self.kube.serve(self.folder.name)
        self.addCleanup(self.kube.close)
        self.gcs = self.make_gcs()
        self.addCleanup(self.gcs.close)
        self.addCleanup(lambda: self.assertEqual(self.gcs.killed, []))
        self.env["RAYTIDE_GCS_ADDRESS"] = self.gcs.address
        # Where two runs would meet, and a Ray that runs here.
        self.env["AUTOSCALER_METRIC_PORT"] = "0"
        self.env["RAYTIDE_SESSION_DIR"] = "none"
        self.gcs.add_node(HEAD, "headgroup", {
            "memory": 1 << 30, fake_gcs.HEAD_MARK: 1})
        self.operator = kuberay.Operator(self.kube, self.start, self.stop)
        self.addCleanup(self.operator.close)
        self.sidecar = None
        self.things = {"a": "thing", "b": "other"}  # by group
        self.ended = []  # (pod, what Ray said of it when it was deleted)

    def make_gcs(self):
        return fake_gcs.FakeGcs()

    def start(self, group, pod):
        self.gcs.add_node(pod, group, {"CPU": 1, self.things[group]: 1})

    def stop(self, pod):
        with self.gcs.lock:
            self.ended.append((pod, self.gcs.nodes.pop(pod).status))

    # ---- what tests are made of ------------------------------------------
    def run_sidecar(self, *options):
        self.stop_sidecar()  # that of a subtest that failed
        self.sidecar = Sidecar(self.env, *options)
        self.addCleanup(self.stop_sidecar)

    def stop_sidecar(self):
        if self.sidecar:
            self.assertEqual(self.sidecar.end(), 0,
                             self.sidecar.lines[-20:])
            self.sidecar = None

    def wait(self, what, condition, seconds=WAIT_S):
        end = time.monotonic() + seconds
        while not condition():
            lines = self.sidecar.lines[-20:] if self.sidecar else "not begun"
            self.assertLess(time.monotonic(), end, f"no {what}; {lines}")
            if self.sidecar:
                self.assertIsNone(self.sidecar.process.poll(),
                                  f"it has ended; {lines}")
            time.sleep(0.01)

    def rounds(self, count):
        """That many more answered reports."""
        def reports():
            return self.gcs.calls.count("ReportAutoscalingState")
        end = reports() + count
        self.wait(f"{count} rounds", lambda: reports() >= end)

    def ask(self, count=1, resource="thing"):
        with self.gcs.lock:
            self.gcs.demand = [(count, {resource: 1})] if count else []

    def wait_workers(self, group, count):
        self.wait(f"{count} workers", lambda: self.kube.group(
            group)["replicas"] == count and sum(
            node.group == group
            for node in list(self.gcs.nodes.values())) == count)

    def idle(self):
        """All workers have nothing to do, for longer than the timeout."""
        with self.gcs.lock:
            self.gcs.demand = []
            for node in self.gcs.nodes.values():
                if node.name != HEAD:
                    node.status, node.idle_ms = fake_gcs.IDLE, 1500

    def cycle(self):
        """One worker comes and goes."""
        self.ask()
        self.wait_workers("a", 1)
        self.idle()
        self.wait_workers("a", 0)

    def replicas_patched(self):
        """The values that patches set, in order, those refused left out."""
        return [op["value"] for request in self.kube.requests("PATCH")
                if request.status in (200, "lost")
                and isinstance(request.body, list) for op in request.body
                if op["op"] != "test" and op["path"].endswith("/replicas")]

    def failures(self, step, since=0):
        """The lines that say so, from that line on."""
        return [line for line in self.sidecar.lines[since:]
                if line.startswith(f"WARN failed step={step} ")]

    def logged(self, pattern):
        return [line for line in self.sidecar.lines
                if re.match(pattern, line)]
