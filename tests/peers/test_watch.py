#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the sidecar follows the Kubernetes API: the pods by LIST and WATCH, the
RayCluster by few GETs, and that it leaves the API alone when it is asked to."""
import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers.sidecar import SidecarTest  # noqa: E402


OTHER = "a-group-of-nobody"  # its pods are seen, and left alone


class WatchTest(SidecarTest):
    def count(self, method):
        return len(self.kube.requests(method))

    def start_watching(self, *options):
        """Returns the one open stream."""
        self.run_sidecar("--log-level", "debug", "--stale", "2", *options)
        return self.next_watch(None)

    def next_watch(self, last):
        """The stream that is open after that one."""
        self.wait("watch", lambda: self.kube.watches()
                  and self.kube.watches()[-1] is not last)
        return self.kube.watches()[-1]

    def wait_seen(self, count):
        """So many pods, in a round from now on."""
        since = len(self.sidecar.lines)
        self.wait(f"{count} pods", lambda: any(
            f" pods={count} " in line for line in self.sidecar.lines[since:]))

    # ---- all is well -----------------------------------------------------
    def test_events(self):
        """One LIST, then what happens comes by itself."""
        self.start_watching()
        self.wait_seen(1)
        self.kube.add_pod(OTHER, "demo-a-1", running=False)
        self.wait_seen(2)
        self.kube.set_running("demo-a-1", True)
        self.kube.add_pod("", "demo-redis-cleanup", "redis-cleanup")
        self.kube.add_pod(OTHER, "demo-b-1")
        self.wait_seen(3)
        self.kube.remove_pod("demo-a-1")
        self.wait_seen(2)
        self.assertEqual(self.count("LIST"), 1)
        self.assertEqual(self.logged("WARN"), [])

    def test_pages(self):
        for i in range(600):
            self.kube.add_pod(OTHER, f"demo-a-{i}")
        self.start_watching()
        self.wait_seen(601)
        self.assertEqual(self.count("LIST"), 3)
        first, *others = [request.query
                          for request in self.kube.requests("LIST")]
        self.assertNotIn("continue", first)
        self.assertEqual(len({query["continue"] for query in others}), 2)

    def test_few_calls(self):
        """The default pace, five times as fast: a minute in 12 seconds."""
        self.start_watching("--interval", "0.1", "--resync", "2",
                            "--stale", "3")
        self.rounds(5)
        before, reports = len(self.kube.log), self.gcs.calls.count(
            "ReportAutoscalingState")
        time.sleep(12)
        self.assertLess(len(self.kube.log) - before, 15)
        self.assertGreater(len(self.kube.log) - before, 4)
        self.assertGreater(self.gcs.calls.count("ReportAutoscalingState"),
                           reports + 80)

    def test_the_answer_of_a_patch_is_the_document(self):
        self.start_watching("--resync", "60")
        self.cycle()
        self.cycle()
        self.assertEqual(self.count("GET"), 1)
        self.assertEqual(self.replicas_patched(), [1, 0, 1, 0])

    def test_an_edit_in_between(self):
        """The patch is refused, and made again from what is there now."""
        self.start_watching("--resync", "60")
        self.rounds(2)
        self.kube.edit([{"op": "replace", "value": 2,
                         "path": "/spec/workerGroupSpecs/0/maxReplicas"}])
        self.ask(3)
        self.wait_workers("a", 2)
        self.assertEqual([request.status for request in self.kube.requests(
            "PATCH")], [422, 200])
        self.assertEqual(self.count("GET"), 2)

    # ---- the stream ends -------------------------------------------------
    def test_it_goes_on_from_where_it_stood(self):
        for end in ("end", "reset"):
            with self.subTest(end):
                watch = self.start_watching()
                self.kube.add_pod(OTHER, f"demo-a-{end}")
                self.rounds(2)
                version = self.kube.pods[f"demo-a-{end}"]["metadata"][
                    "resourceVersion"]
                self.kube.fail("503", 1, "WATCH")  # time for the next pod
                getattr(watch, end)()
                self.wait("faults", lambda: not self.kube.faults_left())
                self.kube.add_pod(OTHER, f"demo-a-{end}-2")
                self.next_watch(watch)
                self.wait_seen(len(self.kube.pods))
                self.assertEqual(self.count("LIST"), 1)
                self.assertEqual(self.kube.requests("WATCH")[-1].query[
                    "resourceVersion"], version)
                self.stop_sidecar()
                self.kube.log.clear()

    def test_half_an_event(self):
        watch = self.start_watching()
        watch.send(b'{"type": "ADDED", "object": {"meta')
        watch.reset()
        self.next_watch(watch)
        self.wait("answer", lambda: self.count("WATCH") > 1)
        self.assertEqual(self.count("LIST"), 1)

    def test_bookmarks(self):
        """A version that was only heard of is gone on from."""
        self.kube.bookmark_s = 0.1
        watch = self.start_watching()
        with self.kube.lock:
            self.kube._version += 1000
        time.sleep(0.5)
        self.kube.compact()
        watch.end()
        self.next_watch(watch)
        self.kube.add_pod(OTHER, "demo-a-1")
        self.wait_seen(2)
        self.assertEqual(self.count("LIST"), 1)

    def test_history_that_is_gone(self):
        """An ERROR event, or the answer itself, says 410."""
        watch = self.start_watching()
        self.rounds(1)
        self.kube.fail("hang", 1, "WATCH")  # none of the next is heard
        watch.reset()
        self.wait("fault", lambda: not self.kube.faults_left())
        self.kube.add_pod(OTHER, "demo-a-1")
        self.kube.remove_pod("demo-a-1")
        self.kube.add_pod(OTHER, "demo-a-2")
        self.kube.compact()
        watch = self.next_watch(watch)
        self.wait_seen(2)
        self.assertGreater(self.count("LIST"), 1)
        lists = self.count("LIST")
        self.kube.fail("410", 1, "WATCH")
        watch.end()
        self.next_watch(watch)
        self.wait("another LIST", lambda: self.count("LIST") > lists)
        self.cycle()

    def test_a_stream_without_a_byte(self):
        """Nobody ends it, nothing comes: it is given up, and what happened
        meanwhile is heard of."""
        watch = self.start_watching()
        self.rounds(1)
        watch.silence()
        self.kube.add_pod(OTHER, "demo-a-1")
        self.next_watch(watch)
        self.wait_seen(2)
        self.assertEqual(self.count("LIST"), 1)
        self.assertIn("no answer", self.failures("watch")[0])

    # ---- the stream is wrong ---------------------------------------------
    def test_events_that_are_not_understood(self):
        big = {"type": "ADDED", "object": {"metadata": {
            "name": "x" * (5 << 20), "resourceVersion": "9999"}}}
        bare = {"type": "ADDED", "object": {"metadata": {}}}
        wrong = {"kind": "Status", "code": 500, "message": "a storm"}
        watch = self.start_watching()
        self.rounds(1)
        for data, pattern in (
                (b"<html>\n", "WATCH pods: "),
                (b"[]\n", "WATCH pods: "),
                (json.dumps(bare).encode() + b"\n", "no resourceVersion"),
                (json.dumps({"type": "ERROR", "object": wrong}).encode()
                 + b"\n", "status 500: a storm"),
                (json.dumps(big).encode(), "larger than 4194304 bytes")):
            with self.subTest(pattern):
                lists, since = self.count("LIST"), len(self.sidecar.lines)
                watch.send(data)
                watch = self.next_watch(watch)
                self.wait("LIST", lambda: self.count("LIST") > lists)
                self.wait("failure", lambda: self.failures("watch", since))
                self.assertRegex(self.failures("watch", since)[0], pattern)
        self.assertEqual(self.failures("observe"), [])
        self.cycle()

    def test_a_stream_that_always_fails_is_left_alone(self):
        """Without a WATCH the pods are listed; both now and then."""
        self.kube.fail("403", 1000, "WATCH")
        self.run_sidecar()
        self.cycle()
        before = self.count("WATCH"), self.count("LIST")
        time.sleep(4)
        self.assertLess(self.count("WATCH") - before[0], 8)
        self.assertLess(self.count("LIST") - before[1], 6)
        self.assertGreater(self.count("LIST") - before[1], 1)
        self.assertEqual(len(self.failures("watch")), 1)
        self.assertIn("status 403", self.failures("watch")[0])
        self.assertEqual(self.failures("observe"), [])
        self.kube.mend()
        self.wait("recovery", lambda: self.logged(
            "INFO recovered step=watch"))

    def test_nothing_is_done_on_an_old_picture(self):
        watch = self.start_watching()
        self.rounds(1)
        self.kube.fail("503", 1000, "WATCH")
        self.kube.fail("503", 1000, "LIST")
        watch.reset()
        self.wait("failure", lambda: self.failures("observe"))
        self.ask()
        time.sleep(1)
        self.assertEqual(self.count("PATCH"), 0)
        self.assertEqual(len(self.failures("observe")), 1)
        self.kube.mend()
        self.cycle()

    # ---- the pace --------------------------------------------------------
    def test_retry_after(self):
        for method, kind in (("GET", "429"), ("PATCH", "429"),
                             ("WATCH", "503"), ("GET", "503")):
            with self.subTest(method + kind):
                watch = self.start_watching()
                self.rounds(1)
                self.kube.fail(kind, 1, method, retry_after=2)
                self.ask()
                if method == "WATCH":
                    watch.end()
                self.wait("fault", lambda: not self.kube.faults_left())
                asked = next(request.time for request in self.kube.requests(
                    method) if request.status == kind)
                self.wait_workers("a", 1)
                self.idle()
                self.wait_workers("a", 0)
                # What was under way may still come in.
                after = min(request.time for request in self.kube.requests(
                    since=asked + 0.3))
                self.assertGreater(after - asked, 1.9)
                self.kube.log.clear()
                self.stop_sidecar()

    def test_the_gcs_is_not_there_yet(self):
        """It is asked less and less often, and this is said once."""
        self.gcs.fail("14", 1000, "GetClusterResourceState")
        self.run_sidecar()
        self.wait("failure", lambda: self.failures("observe"))
        before = self.gcs.calls.count("GetClusterResourceState")
        time.sleep(4)
        self.assertLess(self.gcs.calls.count("GetClusterResourceState")
                        - before, 12)
        self.assertEqual(len(self.failures("observe")), 1)
        self.gcs.mend()
        self.cycle()


if __name__ == "__main__":
    unittest.main()
