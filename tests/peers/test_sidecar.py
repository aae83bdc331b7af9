#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sidecar between a fake GCS and a fake Kubernetes API: what it does when
all is well, and that it holds, says so once and goes on when they misbehave."""
import base64
import json
import pathlib
import re
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers import fake_gcs, fake_kube  # noqa: E402
from tests.peers.protobuf import message  # noqa: E402
from tests.peers.sidecar import (  # noqa: E402
    HEAD, WAIT_S, Sidecar, SidecarTest)

GREEDY = (pathlib.Path(__file__).resolve().parents[2]
          / "policies/examples/greedy.py")


class LifeTest(SidecarTest):
    """Nothing goes wrong."""

    def test_a_worker_comes_and_goes(self):
        self.run_sidecar()
        self.cycle()
        self.assertEqual(self.replicas_patched(), [1, 0])
        self.assertEqual([status for _, status in self.ended],
                         [fake_gcs.DEAD], "drained before it was deleted")
        up, down = [request.body for request in self.kube.requests("PATCH")
                    if any(op["op"] != "test" and op["path"].endswith(
                        "replicas") for op in request.body)]
        path = "/spec/workerGroupSpecs/0/"
        self.assertEqual(up, [
            {"op": "test", "path": "/metadata/generation", "value": 1},
            {"op": "test", "path": path + "groupName", "value": "a"},
            {"op": "test", "path": path + "replicas", "value": 0},
            {"op": "replace", "path": path + "replicas", "value": 1}])
        self.assertEqual(down[-1], {
            "op": "replace", "path": path + "scaleStrategy",
            "value": {"workersToDelete": [self.ended[0][0]]}})
        self.wait("line of log", lambda: self.logged("INFO delete group=a"))
        for event in ("launch group=a count=1 why=", "drained group=a pod=",
                      "delete group=a pod="):
            self.assertEqual(len(self.logged("INFO " + event)), 1, event)
        self.wait("emptied list", lambda: self.kube.group(
            "a")["scaleStrategy"] == {"workersToDelete": []})
        self.assertEqual(self.logged("WARN"), [])

    def test_a_process_decides(self):
        """One that fails holds its round, and is started again."""
        been = pathlib.Path(self.folder.name, "been")
        policy = pathlib.Path(self.folder.name, "policy.yaml")
        policy.write_text(json.dumps({"policy": [{"external": {"command": (
            f"test -e {been} || {{ touch {been}; exit 1; }}; exec "
            f"{sys.executable} {GREEDY}")}}]}))
        self.run_sidecar("--policy", str(policy))
        self.ask(12, "CPU")  # a node for each four
        self.wait_workers("a", 3)
        self.wait("line of log", lambda: self.logged(
            "WARN external_policy .*it has ended"))
        self.wait("launch", lambda: len(self.logged(
            "INFO launch group=a count=3 why=.* code=external")) == 1)

    def test_nothing_new_is_not_decided_again(self):
        """Time goes on, and the answers come to other memory."""
        self.run_sidecar("--log-level", "debug")
        self.ask()
        self.wait_workers("a", 1)
        self.rounds(3)
        self.wait("repeated rounds", lambda: len(
            self.logged("DEBUG round .* repeated=1")) >= 3)
        self.assertEqual(self.replicas_patched(), [1])
        self.ask(2)
        self.wait_workers("a", 2)

    def test_priority(self):
        """Of two groups that could hold it; edited live."""
        self.run_sidecar()
        for index, name in ((1, "b"), (0, "a")):
            for group in (0, 1):
                self.kube.edit([{
                    "op": "add", "value": 5 if group == index else 0,
                    "path": f"/spec/workerGroupSpecs/{group}/priority"}])
            self.rounds(5)
            self.ask(1, "CPU")
            self.wait_workers(name, 1)
            self.idle()
            self.wait_workers(name, 0)
        self.assertEqual(self.replicas_patched(), [1, 0, 1, 0])

    def test_a_node_that_has_work_again_stays(self):
        self.run_sidecar()
        self.ask()
        self.wait_workers("a", 1)
        self.ask(0)
        node = next(node for node in self.gcs.nodes.values()
                    if node.name != HEAD)
        node.idle_ms = 1500  # as the GCS said; the node knows better
        self.wait("refusal", lambda: self.logged("INFO drain-refused"))
        self.rounds(3)
        self.assertEqual(self.replicas_patched(), [1])

    def test_a_lowered_maximum_ends_busy_workers(self):
        self.run_sidecar()
        self.ask(2)
        self.wait_workers("a", 2)
        self.ask(0)
        self.kube.edit([{"op": "replace", "value": 1,
                         "path": "/spec/workerGroupSpecs/0/maxReplicas"}])
        self.wait_workers("a", 1)
        self.wait("reason", lambda: self.logged(
            "INFO delete group=a .*its maximum is 1"))

    def test_reports(self):
        self.operator.hold()
        self.run_sidecar()
        self.rounds(1)
        # It goes on from the version of the report that was there.
        self.assertGreater(self.gcs.report[2][0], self.gcs.version)
        self.assertEqual(self.gcs.calls.count("GetClusterStatus"), 1)
        self.wait("configuration", lambda: self.gcs.calls.count(
            "ReportClusterConfig") == 1)
        self.ask(2)
        self.wait("pending instances",
                  lambda: len(self.gcs.report.get(7, [])) == 2)
        # Of these only the last can never be: a placement group may yet come,
        # and so may a node.
        self.gcs.demand = [(1, {name: 1}) for name in (
            "CPU_group_0_71f2", "node:10.0.0.7", "thing", "of-no-group")]
        self.wait("infeasible task", lambda: 4 in self.gcs.report)
        self.assertEqual(self.gcs.report[4], [message((1, message(
            (1, "of-no-group"), (2, 1.0))))])
        self.ask(0)
        self.kube.edit([{"op": "replace", "value": 2,
                         "path": "/spec/workerGroupSpecs/1/maxReplicas"}])
        self.wait("new configuration", lambda: self.gcs.calls.count(
            "ReportClusterConfig") == 2)

    def test_a_token_that_changes(self):
        """The service account's files in place of a client certificate."""
        for name in ("CLIENT_CERT", "CLIENT_KEY", "CA_CERT"):
            del self.env[f"RAY_KUBERAY_{name}_PATH"]
        self.env["RAYTIDE_SERVICE_ACCOUNT"] = self.folder.name
        token = pathlib.Path(self.folder.name, "token")
        good = token.read_text()
        self.run_sidecar()
        self.rounds(2)
        for bad, pattern in (("another", "status 401"), ("", "bearer token"),
                             ("a\nb", "bearer token"), (None, "No such file")):
            with self.subTest(pattern):
                since = len(self.sidecar.lines)
                token.unlink() if bad is None else token.write_text(bad)
                self.wait("failure", lambda: any(re.search(
                    f"WARN failed step=observe .*{pattern}", line)
                    for line in self.sidecar.lines[since:]))
                token.write_text(good)
                self.wait("recovery", lambda: "INFO recovered step=observe"
                          in self.sidecar.lines[since:])

    def test_a_kubeconfig(self):
        """Outside a cluster: files, then the same as data, then a token."""
        at = "https://127.0.0.1:" + self.env["KUBERNETES_SERVICE_PORT_HTTPS"]

        def data(name):
            return base64.b64encode(pathlib.Path(
                self.folder.name, name).read_bytes()).decode()
        for cluster, user in (
                ({"certificate-authority": "ca.crt"},
                 {"client-certificate": "client.crt",
                  "client-key": "client.key"}),
                ({"certificate-authority-data": data("ca.crt")},
                 {"client-certificate-data": data("client.crt"),
                  "client-key-data": data("client.key")}),
                ({"certificate-authority": "ca.crt"},
                 {"token": fake_kube.TOKEN}),
                ({"certificate-authority": "ca.crt"}, {"tokenFile": "token"})):
            with self.subTest(user=list(user)):
                path = pathlib.Path(self.folder.name, "config")
                path.write_text(json.dumps({
                    "current-context": "it",
                    "contexts": [{"name": "it", "context": {
                        "cluster": "fake", "user": "me"}}],
                    "clusters": [{"name": "fake", "cluster": {
                        "server": at, **cluster}}],
                    "users": [{"name": "me", "user": user}]}))
                self.run_sidecar("--kubeconfig", str(path))
                self.cycle()
                self.stop_sidecar()

    def test_once(self):
        self.ask()
        self.run_sidecar("--once")
        self.assertEqual(self.sidecar.process.wait(WAIT_S), 0)
        self.assertEqual(self.replicas_patched(), [1])
        self.gcs.fail("wrong", 9, "GetClusterResourceState")
        again = Sidecar(self.env, "--once")
        self.assertEqual(again.process.wait(WAIT_S), 3)
        again.end()


class FaultTest(SidecarTest):
    """One sidecar lives through all of them; nobody starts it again."""

    READS = {  # what fails while it looks: what it says
        "401": "status 401", "403": "status 403", "404": "status 404",
        "429": "status 429", "500": "status 500", "503": "status 503",
        "garbage": "GET RayCluster", "wrong": "object",
        "empty": "GET RayCluster", "truncated": "https://",
        "hang": "no answer in 1000 ms", "reset": "https://"}
    STATES = {
        "refuse": "http://", "garbage": "http://", "hang": "no answer",
        "http-500": "HTTP status 500", "reset": "12 UNIMPLEMENTED",
        "no-status": "without a grpc-status", "no-message": "no message",
        "wrong": "no GetClusterResourceStateReply", "compressed": "compressed",
        "truncated": "1 of 300 bytes", "14": "14 UNAVAILABLE: as the test",
        "16": "16 UNAUTHENTICATED"}

    def held(self, step, pattern, fail, faults_left):
        """While it fails a demand waits; then it is met, and goes."""
        since, patches = len(self.sidecar.lines), len(self.replicas_patched())
        fail()
        self.ask()
        self.wait("end of the faults", lambda: not faults_left())
        self.wait("recovery", lambda: f"INFO recovered step={step}"
                  in self.sidecar.lines[since:])
        self.cycle()
        self.assertEqual(self.replicas_patched()[patches:], [1, 0])
        failures = self.failures(step, since)
        self.assertEqual(len(set(failures)), len(failures), failures)
        self.assertTrue(failures)
        for line in failures:
            self.assertRegex(line, pattern)
        return failures

    def test_reads_of_the_api(self):
        self.run_sidecar()
        self.rounds(1)
        for kind, pattern in self.READS.items():
            with self.subTest(kind):
                self.held("observe", pattern,
                          lambda: self.kube.fail(kind, 3, "GET"),
                          self.kube.faults_left)

    def test_the_state_of_the_gcs(self):
        self.run_sidecar()
        self.rounds(1)
        for kind, pattern in self.STATES.items():
            with self.subTest(kind):
                # A reset stream is tried five times in a round.
                count = 15 if kind == "reset" else 3
                failures = self.held(
                    "observe", pattern, lambda: self.gcs.fail(
                        kind, count, "GetClusterResourceState"),
                    self.gcs.faults_left)
                self.assertEqual(len(failures), 1)

    def test_a_reply_that_is_too_large(self):
        path = "/metadata/annotations"
        self.kube.edit([{"op": "add", "path": path,
                         "value": {"much": "x" * (9 << 20)}}])
        self.run_sidecar()
        self.wait("failure", lambda: self.failures("observe", 0))
        self.assertIn("larger than 8388608 bytes",
                      self.failures("observe", 0)[0])
        self.kube.edit([{"op": "remove", "path": path}])
        self.cycle()

    def test_both_at_once(self):
        self.run_sidecar()
        self.rounds(1)

        def fail():
            self.kube.fail("503", 3, "GET")
            self.gcs.fail("14", 5, "GetClusterResourceState")
        self.held("observe", "status 503|14 UNAVAILABLE", fail,
                  lambda: self.kube.faults_left() + self.gcs.faults_left())

    def test_patches(self):
        """Whether the patch was applied or not, there is one worker in the
        end."""
        self.run_sidecar()
        self.rounds(1)
        for kind in ("401", "403", "404", "409", "422", "429", "500", "503",
                     "truncated", "hang", "reset", "garbage"):
            with self.subTest(kind):
                self.held("act", "PATCH RayCluster",
                          lambda: self.kube.fail(kind, 3, "PATCH"),
                          self.kube.faults_left)

    def test_a_lost_answer(self):
        self.run_sidecar()
        self.rounds(1)
        self.kube.fail("lost", 1, "PATCH")
        self.cycle()
        self.assertEqual(self.replicas_patched(), [1, 0])
        self.assertEqual(len(self.logged("WARN patched")), 1)
        self.assertEqual(self.failures("act", 0), [])

    def test_an_edit_meanwhile(self):
        """A patch that is refused once is no warning, twice in a row it is."""
        self.run_sidecar()
        self.rounds(1)
        self.kube.fail("422", 1, "PATCH")
        self.cycle()
        conflict = "INFO conflict step=act .*; was it edited meanwhile"
        self.assertEqual(len(self.logged(conflict)), 1)
        self.assertEqual(self.failures("act", 0), [])
        self.kube.fail("422", 2, "PATCH")
        self.cycle()
        self.assertEqual(len(self.logged(conflict)), 2)
        self.assertEqual(len(self.failures("act", 0)), 1)

    def test_drains(self):
        self.run_sidecar()
        for kind in ("refuse", "garbage", "wrong", "14", "hang"):
            with self.subTest(kind):
                self.ask()
                self.wait_workers("a", 1)
                since = len(self.sidecar.lines)
                self.gcs.fail(kind, 2, "DrainNode")
                self.idle()
                self.wait_workers("a", 0)
                self.assertEqual(len(self.failures("act", since)), 1)
        self.assertEqual({status for _, status in self.ended},
                         {fake_gcs.DEAD})

    def test_no_drains_while_patches_fail(self):
        """What could not be deleted and not be replaced is kept."""
        self.run_sidecar()
        self.ask(2)
        self.wait_workers("a", 2)
        first, second = [node for node in self.gcs.nodes.values()
                         if node.name != HEAD]
        self.kube.fail("503", 1000, "PATCH")
        self.ask(0)
        first.idle_ms, first.status = 1500, fake_gcs.IDLE
        self.wait("failure", lambda: self.failures("act", 0))
        self.assertEqual(first.status, fake_gcs.DEAD)
        second.idle_ms, second.status = 1500, fake_gcs.IDLE
        self.rounds(5)
        self.assertEqual(second.status, fake_gcs.IDLE)
        self.kube.mend()
        self.wait_workers("a", 0)

    def test_the_report(self):
        self.run_sidecar()
        self.rounds(1)
        self.gcs.version = 1000  # somebody else's
        self.gcs.fail("14", 3, "ReportAutoscalingState")
        self.wait("end of the faults", lambda: not self.gcs.faults_left())
        self.rounds(2)
        self.assertEqual(len(self.failures("report", 0)), 1)
        self.assertEqual(len(self.logged("INFO recovered step=report")), 1)
        self.assertGreater(self.gcs.report[2][0], 1000)

    def test_peers_that_are_not_there(self):
        self.run_sidecar()
        self.rounds(1)
        self.gcs.close()
        self.wait("failure", lambda: self.failures("observe", 0))
        time.sleep(0.5)
        self.assertEqual(len(self.failures("observe", 0)), 1)
        self.kube.close()
        time.sleep(0.5)
        self.assertIsNone(self.sidecar.process.poll())
        self.assertEqual(self.replicas_patched(), [])

    def test_a_group_that_is_not_understood(self):
        """It is named once; the others are scaled."""
        path = "/spec/workerGroupSpecs/1/rayStartParams"
        self.kube.edit([{"op": "add", "path": path,
                         "value": {"num-cpus": "many"}}])
        self.run_sidecar()
        self.cycle()
        failures = self.failures("read-groups", 0)
        self.assertEqual(len(failures), 1)
        self.assertIn("num-cpus", failures[0])
        self.kube.edit([{"op": "add", "path": path, "value": {}}])
        self.wait("recovery", lambda: "INFO recovered step=read-groups"
                  in self.sidecar.lines)


if __name__ == "__main__":
    unittest.main()
