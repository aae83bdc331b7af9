#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What users of Ray's own sidecar report, and that it does not happen here:
docs/guide/reported.md has the list."""
import pathlib
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers import fake_gcs  # noqa: E402
from tests.peers.sidecar import HEAD, WAIT_S, SidecarTest  # noqa: E402

GROUP = "/spec/workerGroupSpecs/"
RSS_MAX_KB = 16 * 1024


class ReportedTest(SidecarTest):
    def set_group(self, index, path, value):
        self.kube.edit([{"op": "add", "path": f"{GROUP}{index}/{path}",
                         "value": value}])

    def workers(self):
        return [node for node in list(self.gcs.nodes.values())
                if node.name != HEAD]

    def add_workers(self, count):
        """Of group a, with work."""
        self.set_group(0, "maxReplicas", count + 1)
        self.set_group(0, "replicas", count)
        self.wait("workers", lambda: len(self.workers()) == count)
        for node in self.workers():
            node.available = {}

    # ---- too many nodes ----------------------------------------------
    def test_demand_counted_as_running_and_as_pending(self):
        """The GCS still lists a task while its node comes, and a while
        longer."""
        self.operator.hold()
        self.run_sidecar()
        self.ask()
        self.wait("pod", lambda: self.kube.pods_of("a"))
        self.rounds(5)
        self.operator.release()
        self.wait_workers("a", 1)
        self.rounds(5)
        self.assertEqual(self.replicas_patched(), [1])

    def test_a_cpu_task_in_a_gpu_group(self):
        """Not while another group has room."""
        self.set_group(0, "template/spec/containers/0/resources/limits",
                       {"cpu": "1", "memory": "1Gi", "nvidia.com/gpu": "1"})
        self.set_group(0, "rayStartParams", {})
        self.run_sidecar()
        self.ask(3, "CPU")
        self.wait_workers("b", 3)
        self.rounds(3)
        self.assertEqual(self.kube.group("a")["replicas"], 0)

    def test_idle_nodes_removed_before_a_placement_group_needs_them(self):
        """One is idle for long when the group comes, the other one takes a
        while."""
        self.run_sidecar()
        self.add_workers(1)
        self.operator.hold()
        self.gcs.gangs = [[{"thing": 1}, {"thing": 1}]]
        self.idle()
        self.workers()[0].available = {"thing": 1}
        self.wait("pod", lambda: len(self.kube.pods_of("a")) == 2)
        self.rounds(5)
        self.operator.release()
        self.wait_workers("a", 2)
        self.assertEqual(self.ended, [])
        self.assertEqual(self.replicas_patched(), [2])

    # ---- groups that fail --------------------------------------------
    def test_a_group_that_has_no_capacity(self):
        self.operator.hold("a")
        self.run_sidecar("--set", "allocate_timeout_s=0.5")
        self.ask(1, "CPU")
        self.wait("pod", lambda: self.kube.pods_of("a"))
        self.wait_workers("b", 1)
        self.rounds(3)
        self.assertEqual(self.kube.pods_of("a"), [])
        self.assertEqual(self.replicas_patched(), [1, 0, 1])

    def test_a_pod_that_crashes_at_its_start(self):
        """It is made anew again and again: one launch, which fails."""
        self.operator.hold("a")
        self.run_sidecar("--set", "stuck_timeout_s=1.5")
        self.ask(1, "CPU")
        crashes = 0
        while not self.kube.group("b")["replicas"]:
            self.wait("pod", lambda: self.kube.pods_of("a")
                      or self.kube.group("b")["replicas"])
            self.assertLess(crashes, 40, "no other group is tried")
            time.sleep(0.2)
            for pod in self.kube.pods_of("a"):
                self.kube.remove_pod(pod)
                self.kube.on_patch()  # the operator makes another one
                crashes += 1
        self.wait_workers("b", 1)
        self.assertGreater(crashes, 2)
        self.assertEqual(self.kube.group("a")["replicas"], 0)

    # ---- nodes that are killed ---------------------------------------
    def test_all_nodes_are_idle_after_a_restart_of_the_gcs(self):
        self.kube.edit([{"op": "replace", "value": 60, "path":
                         "/spec/workerGroupSpecs/0/idleTimeoutSeconds"}])
        self.run_sidecar()
        self.add_workers(2)
        self.rounds(2)
        self.gcs.fail("14", 5, "GetClusterResourceState")
        self.wait("end of the faults", lambda: not self.gcs.faults_left())
        for node in self.workers():  # so it says; they have work all the time
            node.status, node.idle_ms = fake_gcs.IDLE, 90000
        self.rounds(8)
        self.assertNotIn("DrainNode", self.gcs.calls)
        self.assertEqual(self.ended, [])

    def show_pods(self, pods):
        """In the next list, which comes at once."""
        with self.kube.lock:
            self.kube.watches()[-1].end()
            self.kube.add_pod("", "of-nobody", "none")  # after what was seen
            self.kube.compact()
            self.kube.pods = pods

    def test_an_empty_list_of_pods(self):
        self.run_sidecar()
        self.add_workers(2)
        self.rounds(2)
        pods = self.kube.pods
        self.show_pods({HEAD: pods[HEAD]})
        self.wait("doubt", lambda: any(
            "no pod of a worker is listed" in line
            for line in self.failures("hold")))
        self.idle()
        self.rounds(5)
        self.assertEqual(self.ended, [])
        self.assertEqual(self.kube.requests("PATCH"), [])
        self.show_pods(pods)
        self.wait_workers("a", 0)
        self.assertEqual(len(self.ended), 2)

    # ---- scaling that stops ------------------------------------------
    def test_a_lost_answer(self):
        self.run_sidecar()
        self.kube.fail("lost", 1, "PATCH")
        self.cycle()
        self.assertEqual(self.replicas_patched(), [1, 0])

    def test_too_many_requests(self):
        """While the API says so it is left alone."""
        self.run_sidecar()
        self.rounds(1)
        self.kube.fail("429", 2, retry_after=1)
        self.cycle()
        self.assertEqual(self.kube.faults_left(), 0)
        self.assertEqual(self.replicas_patched(), [1, 0])
        log = self.kube.log
        gaps = [after.time - refused.time
                for refused, after in zip(log, log[1:])
                if refused.status == "429"]
        self.assertEqual(len(gaps), 2)
        self.assertGreater(min(gaps), 1)

    def test_a_bad_row(self):
        """A group that is not understood, one that nobody knows, a node whose
        id cannot be, demand that no group has: the rest is scaled."""
        self.set_group(1, "rayStartParams", {"num-cpus": "many"})
        self.run_sidecar()
        self.ask(2)
        self.wait_workers("a", 2)
        with self.gcs.lock:
            self.gcs.add_node("nobody", "gone", {"CPU": 1})
            self.gcs.add_node("", "", {})
            bad, good = self.workers()[:2]
            bad.id = b"short"
        self.idle()
        self.gcs.demand = [(1, {"of-no-group": 1}), (0, {}), (7, {})]
        self.wait("one worker", lambda: self.kube.group("a")["replicas"] == 1)
        self.wait("its end", lambda: self.ended)
        self.assertEqual([pod for pod, _ in self.ended], [good.name])
        bad.id = good.id
        self.wait_workers("a", 0)

    def test_a_maximum_that_is_lowered(self):
        self.run_sidecar()
        self.ask(3)
        self.wait_workers("a", 3)
        self.ask(0)
        self.set_group(0, "maxReplicas", 1)
        self.wait_workers("a", 1)
        self.set_group(0, "maxReplicas", 0)
        self.wait_workers("a", 0)

    def test_pods_that_are_pending_when_the_demand_has_gone(self):
        self.operator.hold()
        self.run_sidecar("--set", "pending_idle_timeout_s=0.5")
        self.ask(2)
        self.wait("pods", lambda: len(self.kube.pods_of("a")) == 2)
        self.ask(0)
        self.wait("end", lambda: not self.kube.pods_of("a"))
        self.rounds(3)
        self.assertEqual(self.replicas_patched()[-1], 0)

    def test_the_last_worker(self):
        self.run_sidecar()
        self.cycle()
        self.assertEqual(len(self.ended), 1)

    # ---- costs -------------------------------------------------------
    def test_a_thousand_workers(self):
        """Demand becomes a patch within two seconds."""
        self.add_workers(1000)
        self.run_sidecar()
        self.rounds(2)
        self.ask()
        since = time.monotonic()
        self.wait("patch", self.replicas_patched)
        self.assertLess(time.monotonic() - since, 2)
        self.assertEqual(self.replicas_patched(), [1001])

    def test_memory_and_requests(self):
        """With a hundred workers."""
        self.add_workers(100)
        self.run_sidecar("--resync", "10", "--stale", "15")
        self.rounds(2)
        since = len(self.kube.log)
        self.rounds(20)
        self.assertLessEqual({request.method for request
                              in self.kube.log[since:]}, {"GET"})
        self.assertLess(len(self.kube.log) - since, 5)
        self.assertLess(self.sidecar.rss_kb(), RSS_MAX_KB)

    def test_sigterm(self):
        self.run_sidecar("--interval", "60")
        self.rounds(1)
        since = time.monotonic()
        self.sidecar.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.sidecar.process.wait(WAIT_S), 0)
        self.assertLess(time.monotonic() - since, 2)


if __name__ == "__main__":
    unittest.main()
