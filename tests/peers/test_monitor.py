#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pages of the sidecar: what they say, and that whoever reads them badly
does not slow it."""
import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers import fake_gcs, prometheus  # noqa: E402
from tests.peers.sidecar import HEAD, SidecarTest  # noqa: E402
from tests.peers.test_process import children  # noqa: E402

TIMEOUT_S = 10
ADDRESS = ("", "AutoscalerMetricsAddress")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Watched(SidecarTest):
    """A sidecar with a port of its own."""

    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.env["AUTOSCALER_METRIC_PORT"] = str(self.port)

    def get(self, path, method="GET"):
        """Status, type and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=TIMEOUT_S)
        with contextlib.closing(connection):
            connection.request(method, path)
            answer = connection.getresponse()
            return (answer.status, answer.getheader("Content-Type"),
                    answer.read().decode())

    def metrics(self):
        status, kind, text = self.get("/metrics")
        self.assertEqual((status, kind), (
            200, "text/plain; version=0.0.4; charset=utf-8"))
        return prometheus.Page(text)


class PageTest(Watched):
    def test_metrics(self):
        self.run_sidecar()
        self.rounds(1)
        self.ask()
        self.wait_workers("a", 1)
        self.rounds(3)
        page = self.metrics()
        self.assertEqual(page.sessions, {fake_gcs.SESSION})
        for key, value in (
                (("autoscaler_active_nodes", 'NodeType="a"'), 1),
                (("autoscaler_active_nodes", 'NodeType="b"'), 0),
                (("autoscaler_active_nodes", 'NodeType="headgroup"'), 1),
                (("autoscaler_pending_nodes", 'NodeType="a"'), 0),
                (("autoscaler_cluster_resources", 'resource="thing"'), 1),
                (("autoscaler_cluster_resources", 'resource="CPU"'), 1),
                (("autoscaler_pending_resources", 'resource="thing"'), 0),
                (("autoscaler_running_workers",), 1),
                (("autoscaler_started_nodes_total",), 1),
                (("autoscaler_stopped_nodes_total",), 0),
                (("raytide_restarts_total",), 0),
                (("raytide_build_info", 'version="0.1.0"'), 1)):
            self.assertEqual(page[key], value, key)
        self.idle()
        self.wait_workers("a", 0)
        self.rounds(2)
        page = self.metrics()
        self.assertEqual(page["autoscaler_stopped_nodes_total"], 1)
        self.assertEqual(page["autoscaler_running_workers"], 0)
        patches = len(self.kube.requests("PATCH"))
        self.assertEqual(page.get(
            "raytide_kube_requests_total", 'call="PATCH RayCluster"',
            'code="200"'), patches)
        self.assertEqual(page.get("raytide_gcs_calls_total", 'code="0"',
                                  'method="DrainNode"'), 1)
        self.assertGreater(page["raytide_rounds_total"],
                           page["raytide_repeated_rounds_total"])
        self.assertEqual(page["raytide_rounds_total"],
                         page["autoscaler_update_time_seconds_count"])

    def test_what_waits(self):
        self.operator.hold()
        self.run_sidecar()
        self.ask(2)
        self.wait("launch", lambda: self.kube.group("a")["replicas"] == 2)
        self.rounds(3)
        page = self.metrics()
        self.assertEqual(page["autoscaler_pending_nodes", 'NodeType="a"'], 2)
        self.assertEqual(
            page["autoscaler_pending_resources", 'resource="thing"'], 2)
        self.assertEqual(page["autoscaler_updating_nodes"], 2)
        self.assertEqual(page[
            "autoscaler_worker_create_node_time_seconds_count"], 2)
        self.assertEqual(page["autoscaler_successful_updates_total"], 0)
        self.operator.release()
        self.wait("both nodes", lambda: self.metrics()[
            "autoscaler_successful_updates_total"] == 2)
        page = self.metrics()
        self.assertEqual(page["autoscaler_updating_nodes"], 0)
        self.assertEqual(page[
            "autoscaler_worker_update_time_seconds_count"], 2)
        self.assertGreater(page[
            "autoscaler_worker_update_time_seconds_sum"], 0)

    def test_failures(self):
        self.run_sidecar()
        self.rounds(1)
        self.kube.fail("503", 2, "PATCH")
        self.ask()
        self.wait_workers("a", 1)
        self.gcs.fail("14", 3, "GetClusterResourceState")
        self.wait("end of the faults", lambda: not self.gcs.faults_left())
        self.rounds(2)
        page = self.metrics()
        self.assertEqual(page["autoscaler_failed_create_nodes_total"], 2)
        self.assertEqual(page["autoscaler_node_launch_exceptions_total"], 2)
        self.assertEqual(page["autoscaler_started_nodes_total"], 1)
        self.assertEqual(page["autoscaler_update_loop_exceptions_total"], 5)
        self.assertEqual(
            page["raytide_failed_steps_total", 'step="act"'], 2)
        self.assertEqual(
            page["raytide_failed_steps_total", 'step="observe"'], 3)
        self.assertEqual(page["raytide_kube_requests_total",
                              'call="PATCH RayCluster"', 'code="503"'], 2)
        self.assertEqual(page["raytide_gcs_calls_total", 'code="14"',
                              'method="GetClusterResourceState"'], 3)

    def test_holds(self):
        with self.gcs.lock:
            del self.gcs.nodes[HEAD]
        self.run_sidecar()
        self.rounds(3)
        page = self.metrics()
        self.assertGreater(
            page["raytide_holds_total", 'reason="guard-head"'], 1)

    def test_restarts(self):
        self.run_sidecar()
        self.rounds(1)
        os.kill(children(self.sidecar.process.pid)[0], signal.SIGSEGV)
        self.wait("start", lambda: self.logged("INFO started .*restarts=1"))
        self.rounds(1)
        self.assertEqual(self.metrics()["raytide_restarts_total"], 1)

    def test_health(self):
        self.run_sidecar()
        self.rounds(1)
        status, kind, text = self.get("/healthz")
        self.assertEqual((status, kind), (200, "text/plain; charset=utf-8"))
        self.assertRegex(text, r"^ok: the last round ended \d+ ms ago\n$")
        self.kube.fail("503", 1000, "GET")
        self.wait("failure", lambda: self.logged("WARN failed step=observe"))
        status, _, text = self.get("/healthz")
        self.assertEqual(status, 200, "it holds, as it should")
        self.assertRegex(text, r"\nfailing: observe: .* status 503")

    def test_explanation(self):
        self.gcs.fail("14", 5, "GetClusterResourceState")
        self.run_sidecar()
        self.wait("port", lambda: self.logged("WARN failed step=observe"))
        self.assertEqual(self.get("/explain"), (
            503, "application/json",
            '{"error":"nothing was decided yet"}\n'))
        self.ask()
        self.wait_workers("a", 1)
        with self.gcs.lock:
            self.gcs.demand = [(1, {"of-no-group": 1})]
        worker = next(node for node in self.gcs.nodes.values()
                      if node.name != HEAD)
        worker.status, worker.idle_ms = fake_gcs.IDLE, 10
        self.rounds(3)
        status, kind, text = self.get("/explain")
        self.assertEqual((status, kind), (200, "application/json"))
        told = json.loads(text)
        self.assertGreater(told["now_ms"], 1e12)
        what = {entry["what"]: entry for entry in told["explain"]}
        self.assertEqual(what["stay"]["pod"], worker.name)
        self.assertRegex(what["stay"]["why"][0], "^ray: idle for ")
        self.assertEqual(what["stay"]["codes"], ["stays-young"])
        self.assertIn("because: of-no-group 1 asked, no group has any",
                      what["infeasible"]["why"])

    def test_what_a_guard_holds_is_told_once(self):
        self.run_sidecar("--set",
                         "guards.freeze=[{cron: '* * * * *', for: 1h}]")
        self.ask()
        self.rounds(4)
        self.assertEqual(len(self.logged(
            "INFO held group=a why=\"held: freeze window 0 is open\" "
            "code=guard-freeze")), 1)
        self.assertEqual(self.replicas_patched(), [])

    def test_other_requests(self):
        self.run_sidecar()
        self.rounds(1)
        self.assertEqual(self.get("/")[0], 404)
        self.assertEqual(self.get("/metrics/../healthz")[0], 404)
        for method in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
            self.assertEqual(self.get("/metrics", method)[0], 405, method)


class PortTest(Watched):
    def announced(self):
        with self.gcs.lock:
            return self.gcs.store.get(ADDRESS)

    def test_the_gcs_is_told(self):
        self.run_sidecar()
        self.wait("address", self.announced)
        self.assertEqual(self.announced(), f"127.0.0.1:{self.port}")
        self.rounds(5)
        self.assertEqual(self.gcs.calls.count("InternalKVPut"), 1)

    def test_a_gcs_that_was_restarted(self):
        self.run_sidecar()
        self.wait("address", self.announced)
        self.gcs.restart()
        self.wait("address again", self.announced)
        self.gcs.restart()
        self.gcs.fail("refuse", 2, "GetClusterResourceState")
        self.gcs.fail("14", 2, "InternalKVPut")
        self.wait("address a third time", self.announced)
        self.assertEqual(len(self.logged("WARN failed step=announce")), 1)
        self.wait("recovery",
                  lambda: self.logged("INFO recovered step=announce"))

    def test_no_port(self):
        self.env["AUTOSCALER_METRIC_PORT"] = "0"
        self.run_sidecar()
        self.rounds(3)
        self.assertIsNone(self.announced())
        with self.assertRaises(ConnectionRefusedError):
            self.get("/metrics")
        child = children(self.sidecar.process.pid)[0]
        sockets = {os.readlink(f"/proc/{child}/fd/{fd}")
                   for fd in os.listdir(f"/proc/{child}/fd")}
        with open(f"/proc/{child}/net/tcp", encoding="ascii") as file:
            listening = {f"socket:[{line.split()[9]}]" for line in file
                         if line.split()[3] == "0A"}
        self.assertEqual(sockets & listening, set())

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", self.port)):
            self.run_sidecar()
            self.cycle()
            self.assertEqual(len(self.logged(
                rf'WARN failed step=listen error="port {self.port}: ')), 1)
            self.assertIsNone(self.announced())
        self.wait("recovery",
                  lambda: self.logged("INFO recovered step=listen"))
        self.wait("address", self.announced)
        self.metrics()


class BadClientTest(Watched):
    """Rounds go on as if they were not there."""

    def connect(self, text=b""):
        client = socket.create_connection(("127.0.0.1", self.port))
        self.addCleanup(client.close)
        client.sendall(text)
        return client

    def mean_round_s(self, rounds):
        before = self.metrics()
        self.rounds(rounds)
        after = self.metrics()
        name = "autoscaler_update_time_seconds_"
        return ((after[name + "sum"] - before[name + "sum"]) /
                (after[name + "count"] - before[name + "count"]))

    def test_clients_that_stay(self):
        """Forty that send nothing, half a request, a byte now and then, or do
        not read; they have gone after 5 s, and others are served again."""
        self.run_sidecar()
        self.rounds(1)
        alone = self.mean_round_s(10)
        crowd = [self.connect(text) for text in (
            b"", b"GET /metrics HTTP/1.1\r\nX: ", b"GET /metrics",
            b"GET /metrics HTTP/1.1\r\n\r\n" * 100) for _ in range(10)]
        self.cycle()
        self.rounds(5)
        gone = threading.Event()

        def trickle():
            while not gone.wait(0.2):
                with contextlib.suppress(OSError):
                    crowd[1].sendall(b"x")
        threading.Thread(target=trickle, daemon=True).start()
        self.addCleanup(gone.set)
        crowd[1].settimeout(TIMEOUT_S)
        with contextlib.suppress(ConnectionResetError):
            self.assertEqual(crowd[1].recv(1), b"")
        for client in crowd:
            client.close()
        busy = self.mean_round_s(10)
        self.assertLess(busy, alone + 0.05)

    def test_a_flood(self):
        self.run_sidecar()
        self.rounds(1)
        end = threading.Event()
        served = []

        def read():
            while not end.is_set():
                with contextlib.suppress(OSError, http.client.HTTPException):
                    served.append(self.get("/metrics")[0])
        readers = [threading.Thread(target=read, daemon=True)
                   for _ in range(4)]
        for reader in readers:
            reader.start()
        for _ in range(3):
            self.cycle()
        end.set()
        for reader in readers:
            reader.join()
        self.assertEqual(set(served), {200})
        self.assertEqual(self.logged("WARN"), [])
        self.assertLess(self.mean_round_s(10), 0.1)

    def test_half_open(self):
        """What is sent to one who has gone is lost, and nothing else is."""
        self.run_sidecar()
        self.rounds(1)
        for _ in range(20):
            client = self.connect(b"GET /explain HTTP/1.1\r\nHost: x\r\n\r\n")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                              b"\1\0\0\0\0\0\0\0")
            client.close()  # resets
        self.rounds(3)
        self.metrics()
        self.assertEqual(self.logged("WARN|ERROR"), [])


if __name__ == "__main__":
    unittest.main()
