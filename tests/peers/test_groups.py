#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Worker groups that are added, removed, renamed and moved while the sidecar
works: no patch meets the wrong one."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers.sidecar import HEAD, SidecarTest, worker_group  # noqa: E402

GROUPS = "/spec/workerGroupSpecs"


class GroupsTest(SidecarTest):
    def tearDown(self):
        """Each patch names the group that stands at its index."""
        for request in self.kube.requests("PATCH"):
            self.assertIn(request.status, (200, 422), request)
        self.assertNotIn(HEAD, [pod for pod, _ in self.ended])

    def set_groups(self, *groups):
        self.kube.edit([{"op": "replace", "path": GROUPS,
                         "value": list(groups)}])

    def busy(self):
        with self.gcs.lock:
            for node in self.gcs.nodes.values():
                node.available = {}

    def test_one_is_removed(self):
        """Its workers are no one's from then on: they are let be, busy or
        idle, and the others scale."""
        self.run_sidecar()
        self.ask(2)
        self.wait_workers("a", 2)
        self.set_groups(self.kube.group("b"))
        self.idle()
        self.ask(1, "other")
        self.wait_workers("b", 1)
        self.idle()
        self.wait_workers("b", 0)
        self.assertEqual(len(self.kube.pods_of("a")), 2)
        self.assertEqual(self.failures("patch"), [])

    def test_one_is_removed_with_a_launch_under_way(self):
        self.operator.hold("a")
        self.run_sidecar()
        self.ask(2)
        self.wait("pods", lambda: len(self.kube.pods_of("a")) == 2)
        b = self.kube.group("b")
        self.set_groups(b)
        for pod in self.kube.pods_of("a"):
            self.kube.remove_pod(pod)
        self.rounds(3)
        self.ask(1, "other")
        self.wait_workers("b", 1)
        self.assertEqual(self.replicas_patched(), [2, 1])

    def test_one_is_removed_and_comes_back(self):
        self.run_sidecar()
        self.ask(2)
        self.wait_workers("a", 2)
        a, b = self.kube.group("a"), self.kube.group("b")
        self.set_groups(b)
        self.rounds(3)
        self.set_groups(b, a)
        self.ask(3)
        self.wait_workers("a", 3)
        self.idle()
        self.wait_workers("a", 0)

    def test_one_is_renamed(self):
        """That is another group: what asks gets workers of that."""
        self.run_sidecar()
        self.ask(1)
        self.wait_workers("a", 1)
        self.busy()
        self.things["c"] = "thing"
        self.set_groups(worker_group("c", {"thing": 1}), self.kube.group("b"))
        self.ask(2)
        self.wait_workers("c", 2)
        self.assertEqual(len(self.kube.pods_of("a")), 1)
        self.assertEqual(self.replicas_patched(), [1, 2])

    def test_they_change_places(self):
        """While demand comes and goes."""
        self.run_sidecar()
        for count in (1, 2, 3):
            self.set_groups(self.kube.group("b"), self.kube.group("a"))
            self.ask(count)
            self.wait_workers("a", count)
            self.set_groups(self.kube.group("a"), self.kube.group("b"))
        self.idle()
        self.wait_workers("a", 0)
        self.assertEqual(self.kube.group("b")["replicas"], 0)

    def test_one_is_added(self):
        self.run_sidecar()
        self.things["c"] = "new"
        self.ask(1, "new")
        self.rounds(3)
        self.set_groups(self.kube.group("a"), self.kube.group("b"),
                        worker_group("c", {"new": 1}))
        self.wait_workers("c", 1)
        self.idle()
        self.wait_workers("c", 0)

    def test_none_is_left(self):
        self.run_sidecar()
        self.ask(1)
        self.wait_workers("a", 1)
        a = self.kube.group("a")
        self.set_groups()
        self.rounds(5)
        self.assertEqual(self.ended, [])
        self.set_groups(a)
        self.ask(2)
        self.wait_workers("a", 2)


if __name__ == "__main__":
    unittest.main()
