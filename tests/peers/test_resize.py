#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pods that are resized in place (ray.io/ippr of Ray 2.60)."""
import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers.sidecar import SidecarTest  # noqa: E402

GI = 1 << 30
NOTE = "ray.io/ippr-status"
FAULTS = ("409", "422", "500", "lost", "reset", "hang", "truncated", "garbage")
INFEASIBLE = 4  # in a report: infeasible_resource_requests
RESOURCES = {"requests": {"cpu": "500m", "memory": "1Gi"},
             "limits": {"cpu": "1", "memory": "2Gi"}}
LIMITS = {"max-cpu": "4", "max-memory": "8Gi", "resize-timeout": 300}
CONTAINER = "/spec/containers/0/resources/"
DEFERRED = ("Node didn't have enough resource: cpu, requested: 3500, "
            "used: 5000, capacity: 6500")


class ResizeTest(SidecarTest):
    def setUp(self):
        super().setUp()
        group = self.kube.cluster["spec"]["workerGroupSpecs"][0]
        group["template"]["spec"]["containers"][0]["resources"] = RESOURCES
        self.kube.resources["a"] = RESOURCES
        self.allow(LIMITS)

    def start(self, group, pod):
        self.gcs.add_node(pod, group, {
            "CPU": 1, "memory": 2 * GI, "thing" if group == "a" else "other":
            1})

    def allow(self, limits, group="a"):
        self.kube.edit([{"op": "add", "path": "/metadata/annotations",
                         "value": {"ray.io/ippr": json.dumps(
                             {"groups": {group: limits}})}}])

    def run_with_worker(self):
        """One that is too small for what is asked next."""
        self.run_sidecar("--set", "backoff_s=2")
        self.ask()
        self.wait_workers("a", 1)
        self.pod = self.kube.pods_of("a")[0]
        self.rounds(2)

    def ask_cpus(self, cpus, count=1):
        with self.gcs.lock:
            self.gcs.demand = [(1, {"thing": 1}), (count, {"CPU": cpus})]

    def patches(self, ending, pod=None):
        """(body, status) of a pod's."""
        return [(request.body, request.status)
                for request in self.kube.requests("PATCH")
                if request.path.endswith(f"/pods/{pod or self.pod}{ending}")]

    def asked(self):
        """The values of the last resize."""
        return {op["path"].removeprefix(CONTAINER): op["value"]
                for op in self.patches("/resize")[-1][0]}

    def note(self):
        return json.loads(self.kube.pods[self.pod]["metadata"].get(
            "annotations", {}).get(NOTE, "{}"))

    def wait_resize(self, count=1):
        self.wait("resize", lambda: len(self.patches("/resize")) >= count)
        self.wait("note", lambda: self.note().get("resizing-at"))

    def wait_failure(self, why):
        self.wait("failure that is noted", lambda: self.note().get(
            "last-failed-reason") == why)

    def wait_told(self, cpus, gib):
        self.wait("raylet that is told", lambda: self.gcs.resized[-1:] and {
            "CPU": cpus, "memory": gib * GI}.items() <= self.gcs.resized[
                -1][1].items())
        self.wait("end of the note", lambda: self.note() and
                  self.note()["resizing-at"] is None)


class LifeTest(ResizeTest):
    def test_a_pod_is_made_larger(self):
        self.kube.resizes_wait = True
        self.run_with_worker()
        self.ask_cpus(3)
        self.wait_resize()
        self.rounds(5)
        self.assertEqual(self.patches("/resize"), [([
            {"op": "replace", "path": CONTAINER + path, "value": value}
            for path, value in (
                ("limits/cpu", "4"), ("requests/cpu", "3500m"),
                ("limits/memory", str(8 * GI)),
                ("requests/memory", str(7 * GI)))], 200)])
        self.assertAlmostEqual(self.note()["resizing-at"], time.time(),
                               delta=10)
        self.assertEqual(self.gcs.resized, [])
        self.kube.finish_resize(self.pod)
        self.wait_told(4, 8)
        self.assertEqual(self.note(), {
            "raylet-id": self.gcs.nodes[self.pod].id.hex(),
            "resizing-at": None, "suggested-max-cpu": None,
            "suggested-max-memory": None, "last-failed-at": None,
            "last-failed-reason": None})
        self.rounds(5)
        self.assertEqual(len(self.gcs.resized), 1)
        self.assertEqual(len(self.patches("")), 2)
        self.assertEqual(self.replicas_patched(), [1])
        self.assertEqual(len(self.logged("INFO resize group=a pod=")), 1)
        self.assertEqual(len(self.logged("INFO resized group=a pod=")), 1)
        self.assertEqual(self.logged("WARN"), [])

    def test_its_machine_has_less_room(self):
        self.kube.resizes_wait = True
        self.run_with_worker()
        self.ask_cpus(2)
        self.wait_resize()
        self.kube.hold_resize(self.pod, "PodResizePending", "Deferred",
                              DEFERRED)
        self.wait_resize(2)
        # 1.5 requested CPUs have room, and 0.5 more may be used.
        self.assertEqual(self.asked(), {
            "limits/cpu": "2", "requests/cpu": "1500m",
            "limits/memory": str(8 * GI), "requests/memory": str(7 * GI)})
        self.kube.finish_resize(self.pod)
        self.wait_told(2, 8)
        self.assertEqual(self.note()["suggested-max-cpu"], 2)
        self.assertEqual(self.replicas_patched(), [1])

    def test_less_than_it_has(self):
        """Ray is told before the pod is made smaller."""
        self.run_with_worker()
        self.ask_cpus(3)
        self.wait_told(4, 8)
        self.kube.resizes_wait = True
        self.kube.hold_resize(self.pod, "PodResizePending", "Infeasible",
                              "Node didn't have enough capacity: memory, "
                              f"requested: {7 * GI}, capacity: {2 * GI}")
        self.wait_resize(2)
        self.assertEqual(self.gcs.resized[-1][1]["memory"], 3 * GI)
        self.assertEqual(self.asked()["limits/memory"], str(3 * GI))
        self.assertEqual(self.asked()["limits/cpu"], "4")

    def test_it_takes_too_long(self):
        self.allow({**LIMITS, "resize-timeout": 1})
        self.kube.resizes_wait = True
        self.run_with_worker()
        self.ask_cpus(1, count=2)
        self.wait_resize()
        self.wait_resize(2)
        self.assertEqual(self.asked()["limits/cpu"], "1")
        self.wait_failure("Pod resize timed out")
        self.kube.finish_resize(self.pod)
        self.wait_told(1, 2)
        # Never again: another one comes instead, in either group.
        self.wait("second worker", lambda: sum(
            self.kube.group(name)["replicas"] for name in "ab") == 2)
        self.rounds(10)
        self.assertEqual(len(self.patches("/resize")), 2)

    def test_it_fails(self):
        self.kube.resizes_wait = True
        self.run_with_worker()
        self.ask_cpus(3)
        self.wait_resize()
        self.kube.hold_resize(self.pod, "PodResizeInProgress", "Error",
                              "no luck")
        self.wait_resize(2)
        self.assertEqual(self.asked()["limits/cpu"], "1")
        self.wait_failure("no luck")
        self.wait("reason", lambda: self.logged(
            "INFO resize .* why=\"back to the size that it has"))

    def test_the_sidecar_is_started_again_in_between(self):
        self.kube.resizes_wait = True
        self.run_with_worker()
        self.ask_cpus(3)
        self.wait_resize()
        self.stop_sidecar()
        self.kube.finish_resize(self.pod)
        self.run_sidecar()
        self.wait_told(4, 8)
        self.assertEqual(len(self.patches("/resize")), 1)

    def test_the_note_was_lost(self):
        """The sidecar ended before it could write it."""
        self.kube.rights.remove("patch pods")
        self.run_with_worker()
        self.ask_cpus(3)
        self.wait("resize", lambda: self.patches("/resize"))
        self.stop_sidecar()
        self.kube.rights.add("patch pods")
        self.run_sidecar()
        self.wait_told(4, 8)

    def test_taken_back_live(self):
        self.run_with_worker()
        self.kube.edit([{"op": "remove", "path": "/metadata/annotations"}])
        self.rounds(10)
        self.ask_cpus(1, count=2)
        self.wait_workers("a", 2)
        self.assertEqual(self.patches("/resize"), [])


class FaultTest(ResizeTest):
    """Whatever becomes of one call, in the end the pod is as large as was
    asked, Ray knows it, and nothing else was done."""

    def check_end(self):
        self.wait_told(4, 8)
        self.assertEqual(self.asked()["limits/cpu"], "4")
        self.assertEqual(self.note()["last-failed-at"], None)
        self.assertEqual(self.gcs.nodes[self.pod].resources["CPU"], 4)
        self.assertEqual(self.replicas_patched()[-1], 1)

    def check_all(self, kinds, fail):
        self.kube.edit([{"op": "replace", "value": 1,
                         "path": f"/spec/workerGroupSpecs/{group}/maxReplicas"}
                        for group in (0, 1)])
        self.run_sidecar("--set", "backoff_s=0.1", "--set",
                         "backoff_max_s=0.1")
        for kind in kinds:
            with self.subTest(kind):
                self.ask()
                self.wait_workers("a", 1)
                self.pod = self.kube.pods_of("a")[0]
                self.gcs.resized.clear()
                fail(kind)
                self.ask_cpus(3)
                self.check_end()
                self.assertEqual(self.kube.faults_left(), 0)
                self.assertEqual(self.gcs.faults_left(), 0)
                self.idle()
                self.wait_workers("a", 0)
                self.wait("emptied list", lambda: not self.kube.group(
                    "a")["scaleStrategy"]["workersToDelete"])

    def fail_patch(self, number):
        """That patch of the pod, counted from 0: its size, the note, and the
        note's end."""
        def fail(kind):
            left = [number]

            def count(request):
                path = request.path.rpartition("/pods/")[2]
                if request.method == "PATCH" and path.startswith(self.pod):
                    left[0] -= 1
                    if left[0] == 0:
                        self.kube.fail(kind, method="PATCH")
            self.kube.on_request = count
            if number == 0:
                self.kube.fail(kind, method="PATCH")
        return fail

    def test_its_size(self):
        self.check_all(FAULTS, self.fail_patch(0))

    def test_the_note(self):
        self.check_all(FAULTS, self.fail_patch(1))

    def test_the_end_of_the_note(self):
        self.check_all(FAULTS, self.fail_patch(2))

    def test_what_ray_is_told(self):
        self.check_all(
            ("14", "garbage", "reset", "lost", "truncated", "hang"),
            lambda kind: self.gcs.fail(
                kind, method="ResizeRayletResourceInstances"))


class TroubleTest(ResizeTest):
    """What fails is said once, and demand is met in another way."""

    def check_held(self, what):
        self.wait("new worker", lambda: sum(
            self.kube.group(name)["replicas"] for name in "ab") > 1)
        self.wait("failure", lambda: self.failures("resize"))
        self.assertIn(what, self.failures("resize")[0])
        self.assertEqual(len(self.failures("resize")), 1)
        self.assertEqual(self.failures("act"), [])

    def test_no_right_to_resize(self):
        self.kube.rights.remove("patch pods/resize")
        self.run_with_worker()
        self.ask_cpus(1, count=2)
        self.check_held("status 403")
        self.rounds(15)
        self.assertLess(len(self.patches("/resize")), 4)
        self.assertEqual(self.note(), {})
        self.assertEqual(len(self.logged("WARN")), 1)
        self.idle()
        self.wait_workers("a", 0)

    def test_what_only_a_larger_pod_could_hold(self):
        """The GCS may cancel what it is told to be infeasible."""
        self.kube.rights.remove("patch pods/resize")
        self.run_with_worker()
        self.ask_cpus(3)
        self.wait("failure", lambda: self.failures("resize"))
        self.rounds(5)
        self.assertNotIn(INFEASIBLE, self.gcs.report)
        self.kube.rights.add("patch pods/resize")
        self.wait_told(4, 8)
        self.ask_cpus(5)  # that is more than the largest
        self.wait("report", lambda: INFEASIBLE in self.gcs.report)

    def test_no_right_to_note_it(self):
        self.kube.rights.remove("patch pods")
        self.run_with_worker()
        self.ask_cpus(3)
        self.wait("raylet that is told", lambda: self.gcs.resized)
        self.rounds(20)
        self.assertLess(len(self.gcs.resized), 3)
        self.assertEqual(len(self.failures("resize")), 1)

    def test_a_head_that_does_not_know_it(self):
        self.gcs.lacks = {"ResizeRayletResourceInstances"}
        self.run_with_worker()
        self.ask_cpus(1, count=2)
        self.check_held("UNIMPLEMENTED")

    def test_limits_that_mean_nothing(self):
        for limits in ({"max-cpu": "4"}, {**LIMITS, "max-memory": "lots"},
                       {**LIMITS, "resize-timeout": "soon"}, "none"):
            with self.subTest(limits):
                self.allow(limits)
                self.run_sidecar()
                self.wait("complaint", lambda: self.failures("read-groups"))
                self.assertIn("ray.io/ippr", self.failures("read-groups")[0])
                self.cycle()

    def test_a_template_without_requests(self):
        self.allow(LIMITS, "b")
        self.run_sidecar()
        self.wait("complaint", lambda: self.failures("read-groups"))
        self.assertIn("resizes need requests.cpu",
                      self.failures("read-groups")[0])
        self.ask(1, "other")
        self.wait_workers("b", 1)


if __name__ == "__main__":
    unittest.main()
