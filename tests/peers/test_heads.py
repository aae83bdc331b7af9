#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Heads that are not there yet, that come back without a memory, that are old,
and that were started for autoscaler v1."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers import fake_gcs  # noqa: E402
from tests.peers.fake_gcs import REQUEST_KEY, V2_KEY  # noqa: E402
from tests.peers.sidecar import SidecarTest  # noqa: E402


class HeadTest(SidecarTest):
    def count(self, method):
        return self.gcs.calls.count(method)

    def request(self, *bundles):
        """As a driver that believes in v1 does."""
        self.gcs.store[REQUEST_KEY] = json.dumps(bundles)


class RestartTest(HeadTest):
    def test_what_it_was_told_is_told_again(self):
        self.run_sidecar()
        self.ask()
        self.wait_workers("a", 1)
        self.rounds(2)
        self.gcs.fail("refuse", 4)
        self.gcs.restart()
        self.wait("second configuration",
                  lambda: self.count("ReportClusterConfig") == 2)
        self.rounds(2)
        # The first version that this GCS takes is a low one.
        self.assertLess(self.gcs.report[2][0], 10)
        self.assertEqual(self.count("GetClusterStatus"), 2)
        self.assertEqual(self.replicas_patched(), [1])
        self.assertEqual(self.ended, [])

    def test_it_is_noticed_without_a_failure(self):
        self.run_sidecar()
        self.rounds(5)
        self.gcs.restart()
        self.wait("second configuration",
                  lambda: self.count("ReportClusterConfig") == 2)
        self.assertEqual(self.count("GetClusterStatus"), 2)
        self.assertEqual(self.logged("WARN"), [])

    def test_it_tells_nothing_twice_in_a_life(self):
        self.run_sidecar()
        self.rounds(10)
        for method in ("GetClusterStatus", "ReportClusterConfig"):
            self.assertEqual(self.count(method), 1, method)
        self.assertEqual(self.count("InternalKVGet"), 2)

    def test_a_head_that_is_not_there_yet(self):
        self.gcs.close()
        self.run_sidecar()
        self.wait("failure", lambda: self.logged("INFO waiting step=observe"))
        late = fake_gcs.FakeGcs(port=int(self.gcs.address.split(":")[1]))
        self.addCleanup(late.close)
        late.nodes = self.gcs.nodes
        self.gcs = late
        self.cycle()
        self.assertEqual(self.logged("WARN"), [], self.sidecar.lines)
        self.gcs.close()
        self.wait("failure", lambda: self.logged("WARN failed step=observe"))


class HostileTest(HeadTest):
    """Node ids that would abort a real GCS, if it were asked to end them.
    (That none was is looked at after each test.)"""

    IDS = (b"", b"x", b"y" * 27, b"z" * 29, b"n" * 56)

    def test_idle_ones(self):
        self.run_sidecar()
        for wrong in self.IDS:
            with self.subTest(wrong):
                self.ask(2)
                self.wait_workers("a", 2)
                good, bad = [node for node in self.gcs.nodes.values()
                             if node.group == "a"]
                bad.id = wrong
                self.idle()
                self.wait("end of the other", lambda: good.name not in
                          self.gcs.nodes)
                self.rounds(3)
                self.assertIn(bad.name, self.gcs.nodes)
                bad.id = b"g" * 28
                self.wait_workers("a", 0)

    def test_beyond_a_maximum(self):
        self.run_sidecar()
        self.ask(2)
        self.wait_workers("a", 2)
        nodes = [node for node in self.gcs.nodes.values()
                 if node.group == "a"]
        for node, wrong in zip(nodes, self.IDS[2:]):
            node.id = wrong
        self.ask(0)
        self.kube.edit([{"op": "replace", "value": 1,
                         "path": "/spec/workerGroupSpecs/0/maxReplicas"}])
        self.wait("refusal", lambda: self.failures("act"))
        self.rounds(5)
        self.assertNotIn("DrainNode", self.gcs.calls)


class OldTest(HeadTest):
    def test_a_call_that_it_does_not_know_is_made_once(self):
        """Ray 2.9 and ReportClusterConfig."""
        self.gcs.lacks = {"ReportClusterConfig"}
        self.run_sidecar()
        self.cycle()
        self.assertEqual(self.count("ReportClusterConfig"), 1)
        self.assertEqual(self.logged("WARN"), [])
        self.gcs.lacks = set()  # as the head of a newer Ray
        self.gcs.restart()
        self.wait("configuration",
                  lambda: self.count("ReportClusterConfig") == 2)


class V1Test(HeadTest):
    def make_gcs(self):
        return fake_gcs.FakeGcs(v2="0")

    def wait_v2(self):
        self.wait("announcement", lambda: self.gcs.store[V2_KEY] == "1")

    def test_v2_is_announced_in_each_life(self):
        self.run_sidecar()
        self.wait_v2()
        self.rounds(2)  # the state of this life was seen
        self.gcs.restart()
        self.wait_v2()
        self.rounds(2)
        self.gcs.v2 = None  # as when the key was lost
        self.gcs.restart()
        self.wait("announcement", lambda: self.gcs.store.get(V2_KEY) == "1")
        self.wait("lines", lambda: self.logged(
            "INFO announced") == ["INFO announced autoscaler=v2 was=0"] * 2
            + ["INFO announced autoscaler=v2 was=unknown"])

    def test_requests_by_the_old_way(self):
        self.run_sidecar()
        self.request({"thing": 1}, {"thing": 1})
        self.wait_workers("a", 2)
        self.idle()
        self.rounds(10)
        self.assertEqual(self.replicas_patched(), [2], "they are asked for")
        self.request()
        self.wait_workers("a", 0)
        self.assertEqual(self.logged("WARN"), [])

    def test_requests_outlive_the_sidecar(self):
        """The second one finds v2 announced already."""
        self.run_sidecar()
        self.request({"resources": {"thing": 1}, "label_selector": {}})
        self.wait_workers("a", 1)
        self.stop_sidecar()
        self.idle()
        self.run_sidecar()
        self.rounds(10)
        self.assertEqual(self.replicas_patched(), [1])
        self.request()
        self.wait_workers("a", 0)

    def test_the_state_goes_before(self):
        """Ray 2.9 to 2.52 leave a request in both places."""
        self.gcs.constraint = [(2, {"other": 1})]
        self.request({"thing": 1})
        self.run_sidecar()
        self.wait_workers("b", 2)
        self.rounds(3)
        self.assertEqual(self.replicas_patched(), [2])

    def test_a_request_that_is_not_understood(self):
        """What it would hold is not known, so nothing goes."""
        self.run_sidecar()
        self.request({"thing": 1})
        self.wait_workers("a", 1)
        self.gcs.store[REQUEST_KEY] = "[{"
        self.wait("failure", lambda: self.logged(
            "WARN failed step=observe error=\"request_resources: "))
        self.idle()
        self.request()
        self.wait_workers("a", 0)

    def test_keys_that_cannot_be_read(self):
        """No round without them."""
        for method in ("InternalKVGet", "InternalKVPut"):
            with self.subTest(method):
                self.gcs.restart()
                self.gcs.fail("14", 4, method)
                self.run_sidecar()
                self.wait("end of the faults",
                          lambda: not self.gcs.faults_left())
                self.wait_v2()
                self.cycle()
                self.assertEqual(len(self.logged(
                    f"WARN failed step=observe .*{method}: 14")), 1)
                self.stop_sidecar()


if __name__ == "__main__":
    unittest.main()
