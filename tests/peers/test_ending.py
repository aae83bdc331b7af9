#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""idleTerminationOptions of Ray 2.60: a cluster that no driver uses is
suspended or deleted, and no other one ever is."""
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers.fake_gcs import Job  # noqa: E402
from tests.peers.sidecar import SidecarTest  # noqa: E402

FINALIZER = "ray.io/idle-termination-cleanup-finalizer"
TIMEOUT_S = 2  # the sidecar looks for drivers once a second


class EndingTest(SidecarTest):
    def want(self, **options):
        self.kube.edit([{"op": "add", "path": "/spec/idleTerminationOptions",
                         "value": options}])

    def suspended(self):
        return self.kube.cluster["spec"].get("idleSuspend") is True

    def looks(self):
        return self.gcs.calls.count("GetAllJobInfo")

    def wait_looks(self, count):
        end = self.looks() + count
        self.wait(f"{count} looks for drivers", lambda: self.looks() >= end)

    def set_jobs(self, *jobs):
        with self.gcs.lock:
            self.gcs.jobs = list(jobs)

    def writes(self):
        """All but those that scale."""
        return [(request.method, request.body, request.status)
                for request in self.kube.requests()
                if request.method == "DELETE" or request.method == "PATCH"
                and "idle" in str(request.body)]

    def time_to_suspend(self, since):
        self.wait("suspension", self.suspended)
        return time.monotonic() - since


class SuspendTest(EndingTest):
    def test_no_driver(self):
        self.want(timeoutSeconds=TIMEOUT_S)
        version = self.kube.cluster["metadata"]["resourceVersion"]
        self.run_sidecar()
        self.assertGreater(self.time_to_suspend(time.monotonic()),
                           TIMEOUT_S - 0.5)
        self.rounds(10)
        self.assertEqual(self.writes(), [("PATCH", {
            "metadata": {"resourceVersion": version},
            "spec": {"idleSuspend": True}}, 200)])
        self.assertEqual(len(self.logged("INFO cluster-suspended why=")), 1)
        self.assertEqual(self.logged("WARN"), [])

    def test_without_options_nobody_looks(self):
        self.run_sidecar()
        self.cycle()
        self.assertEqual(self.looks(), 0)
        self.want(policy="Suspend")  # and no time
        self.rounds(10)
        self.assertEqual(self.looks(), 0)
        self.assertEqual(self.writes(), [])

    def test_a_driver_keeps_it(self):
        self.set_jobs(Job("_ray_internal_dashboard"), Job("mine"))
        self.want(timeoutSeconds=1)
        self.run_sidecar()
        self.wait_looks(4)
        self.assertEqual(self.writes(), [])
        left = time.monotonic()
        self.set_jobs(Job("_ray_internal_dashboard"), Job("mine", 1))
        self.assertGreater(self.time_to_suspend(left), 0.9)

    def test_one_that_came_and_went_between_two_looks(self):
        self.want(timeoutSeconds=TIMEOUT_S)
        self.run_sidecar()
        for end in range(1, 5):
            self.wait_looks(1)
            self.set_jobs(Job("mine", end))
        self.assertEqual(self.writes(), [])
        self.wait("suspension", self.suspended)

    def test_work_without_a_driver_does_not_keep_it(self):
        """Detached actors."""
        self.ask()
        self.want(timeoutSeconds=TIMEOUT_S)
        self.run_sidecar()
        self.wait_workers("a", 1)
        self.wait("suspension", self.suspended)

    def test_edited_live(self):
        self.run_sidecar()
        self.rounds(2)
        self.want(timeoutSeconds=1000)
        self.wait_looks(2)
        self.kube.edit([{"op": "remove",
                         "path": "/spec/idleTerminationOptions"}])
        self.rounds(10)
        looks = self.looks()
        self.rounds(15)
        self.assertEqual(self.looks(), looks)
        began = time.monotonic()
        self.want(timeoutSeconds=TIMEOUT_S)  # from now, not from before
        self.assertGreater(self.time_to_suspend(began), TIMEOUT_S - 0.5)

    def test_an_edit_in_between_is_heard(self):
        """The write is for the document that was read."""
        self.want(timeoutSeconds=TIMEOUT_S)
        self.run_sidecar("--resync", "1000")
        self.wait_looks(1)
        self.kube.edit([{"op": "remove",
                         "path": "/spec/idleTerminationOptions"}])
        self.wait("refusal", lambda: self.writes())
        self.rounds(20)
        self.assertEqual([status for _, _, status in self.writes()], [409])
        self.assertFalse(self.suspended())


class DoubtTest(EndingTest):
    def test_a_gcs_that_does_not_tell(self):
        self.gcs.fail("13", 3, "GetAllJobInfo")
        self.want(timeoutSeconds=1)
        self.run_sidecar()
        self.wait("answer", lambda: self.gcs.faults_left() == 0)
        self.assertEqual(self.writes(), [])
        self.assertEqual(len(self.failures("end-cluster")), 1)
        self.wait("suspension", self.suspended)

    def test_a_gcs_that_has_forgotten_its_drivers(self):
        self.set_jobs(Job("mine"))
        self.want(timeoutSeconds=TIMEOUT_S)
        self.run_sidecar()
        self.wait_looks(3)
        self.set_jobs()
        self.wait_looks(2)
        self.gcs.restart()
        restarted = time.monotonic()
        self.assertGreater(self.time_to_suspend(restarted), TIMEOUT_S - 0.2)

    def test_a_head_that_was_replaced(self):
        self.env["RAY_HEAD_POD_NAME"] = "another"
        self.want(timeoutSeconds=1)
        self.run_sidecar()
        self.wait_looks(4)
        self.assertEqual(self.writes(), [])

    def test_options_that_mean_nothing(self):
        for options in ({"timeoutSeconds": 1, "policy": "Explode"},
                        {"timeoutSeconds": "soon"},
                        {"timeoutSeconds": -1}):
            with self.subTest(options):
                self.want(**options)
                self.run_sidecar()
                self.cycle()
                self.assertEqual(self.looks(), 0)
                self.assertEqual(len(self.failures("end-cluster")), 1)
                self.assertEqual(self.writes(), [])

    def test_a_kuberay_that_does_not_know_it(self):
        self.want(timeoutSeconds=1)
        self.kube.unknown = {"idleSuspend"}
        self.run_sidecar()
        self.wait("failure", lambda: self.failures("end-cluster"))
        self.cycle()
        self.rounds(20)
        self.assertIn("does not know it", self.failures("end-cluster")[0])
        self.assertEqual(len(self.logged("WARN")), 1)
        self.assertLess(len(self.writes()), 10)


class DeleteTest(EndingTest):
    def setUp(self):
        super().setUp()
        self.kube.rights.add("delete rayclusters")

    def finalizers(self):
        return self.kube.cluster["metadata"].get("finalizers", [])

    def deletions(self):
        return [status for method, _, status in self.writes()
                if method == "DELETE"]

    def test_no_driver(self):
        self.want(timeoutSeconds=TIMEOUT_S, policy="Delete")
        version = self.kube.cluster["metadata"]["resourceVersion"]
        self.run_sidecar()
        self.wait("deletion", lambda: self.deletions())
        self.rounds(10)
        self.assertEqual(self.writes(), [
            ("PATCH", [
                {"op": "test", "path": "/metadata/resourceVersion",
                 "value": version},
                {"op": "add", "path": "/metadata/finalizers",
                 "value": [FINALIZER]}], 200),
            ("DELETE", {"preconditions": {"uid": "u"}}, 200)])
        self.assertEqual(len(self.logged("INFO cluster-deleted why=")), 1)
        self.assertEqual(self.logged("WARN"), [])

    def test_finalizers_of_others_stay(self):
        self.kube.edit([{"op": "add", "path": "/metadata/finalizers",
                         "value": ["mine"]}])
        self.want(timeoutSeconds=1, policy="Delete")
        self.run_sidecar()
        self.wait("deletion", lambda: self.deletions())
        self.assertEqual(self.finalizers(), ["mine", FINALIZER])

    def test_its_answer_was_lost(self):
        self.want(timeoutSeconds=1, policy="Delete")
        self.kube.fail("lost", method="DELETE")
        self.run_sidecar()
        self.wait("deletion", lambda: self.deletions())
        self.rounds(20)
        self.assertEqual(self.deletions(), ["lost"])

    def test_no_right_to(self):
        self.kube.rights.remove("delete rayclusters")
        self.want(timeoutSeconds=1, policy="Delete")
        self.run_sidecar()
        self.wait("refusal", lambda: self.failures("end-cluster"))
        self.cycle()
        self.rounds(20)
        self.assertEqual(len(self.logged("WARN")), 1)
        self.assertEqual(set(self.deletions()), {403})
        self.assertEqual(self.finalizers(), [FINALIZER])
        self.kube.rights.add("delete rayclusters")
        self.wait("deletion", lambda: 200 in self.deletions())


if __name__ == "__main__":
    unittest.main()
