#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The fake Kubernetes API does what the real one was seen to do."""
import http.client
import json
import pathlib
import ssl
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers import fake_kube, kuberay  # noqa: E402

CLUSTER = {
    "apiVersion": "ray.io/v1", "kind": "RayCluster",
    "metadata": {"name": "demo", "namespace": "ns", "uid": "u",
                 "generation": 1},
    "spec": {"workerGroupSpecs": [
        {"groupName": "small", "replicas": 0, "maxReplicas": 5},
        {"groupName": "big", "replicas": 0, "maxReplicas": 5}]}}
RAYCLUSTER = "/apis/ray.io/v1/namespaces/ns/rayclusters/demo"
PODS = "/api/v1/namespaces/ns/pods"
REPLICAS = "/spec/workerGroupSpecs/0/replicas"
STRATEGY = "/spec/workerGroupSpecs/0/scaleStrategy"


def op(verb, path, value=None):
    return {"op": verb, "path": path, "value": value}


class FakeKubeTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.kube = fake_kube.FakeKube(CLUSTER)
        self.env = self.kube.serve(self.folder.name)
        self.context = ssl.create_default_context(
            cafile=self.env["RAY_KUBERAY_CA_CERT_PATH"])
        self.headers = {"Authorization": "Bearer " + fake_kube.TOKEN}

    def tearDown(self):
        self.kube.close()
        self.folder.cleanup()

    def call(self, method, path, body=None, headers=None, timeout=10):
        """(HTTP status, parsed reply)"""
        request = urllib.request.Request(
            "https://127.0.0.1:" + self.env["KUBERNETES_SERVICE_PORT_HTTPS"]
            + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json-patch+json",
                     **self.headers, **(headers or {})})
        try:
            with urllib.request.urlopen(request, context=self.context,
                                        timeout=timeout) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def patch(self, *operations):
        return self.call("PATCH", RAYCLUSTER, list(operations))

    def test_get(self):
        status, cluster = self.call("GET", RAYCLUSTER)
        self.assertEqual(status, 200)
        self.assertEqual(cluster["spec"], CLUSTER["spec"])
        status, pods = self.call("GET", PODS + "?labelSelector="
                                 "ray.io/cluster=demo")
        self.assertEqual(["demo-head-abcde"],
                         [pod["metadata"]["name"] for pod in pods["items"]])
        status, pods = self.call("GET", PODS + "?labelSelector="
                                 "ray.io/cluster=other")
        self.assertEqual(pods["items"], [])
        self.assertEqual(self.call("GET", PODS + "/demo-head-abcde")[0], 200)
        self.assertEqual(self.call("GET", PODS + "/none")[0], 404)
        self.assertEqual(self.call("GET", RAYCLUSTER + "x")[0], 404)

    def test_only_the_rights_of_the_role(self):
        self.assertEqual(self.call("DELETE", PODS + "/demo-head-abcde")[0],
                         403)
        self.assertEqual(self.call("DELETE", RAYCLUSTER)[0], 403)
        self.assertEqual(
            self.call("GET", RAYCLUSTER.replace("ns", "other", 1))[0], 403)

    def test_who_asks(self):
        bad = {"Authorization": "Bearer no"}
        self.assertEqual(self.call("GET", RAYCLUSTER, headers=bad)[0], 401)
        self.context.load_cert_chain(
            self.env["RAY_KUBERAY_CLIENT_CERT_PATH"],
            self.env["RAY_KUBERAY_CLIENT_KEY_PATH"])
        self.assertEqual(self.call("GET", RAYCLUSTER, headers=bad)[0], 200)

    def test_patch(self):
        status, cluster = self.patch(
            op("test", "/spec/workerGroupSpecs/0/groupName", "small"),
            op("replace", REPLICAS, 2),
            # The last member may be missing, other than in the RFC.
            op("replace", STRATEGY, {"workersToDelete": ["a"]}))
        self.assertEqual(status, 200)
        self.assertEqual(cluster["metadata"]["generation"], 2)
        self.assertEqual(self.kube.group("small"), {
            "groupName": "small", "replicas": 2, "maxReplicas": 5,
            "scaleStrategy": {"workersToDelete": ["a"]}})

    def test_patch_without_change(self):
        before = self.call("GET", RAYCLUSTER)[1]["metadata"]
        status, after = self.patch(op("replace", REPLICAS, 0))
        self.assertEqual((status, after["metadata"]), (200, before))

    def test_patches_refused(self):
        for status, *operations in (
                (422, op("test", REPLICAS, 1), op("replace", REPLICAS, 2)),
                (422, op("replace", "/spec/workerGroupSpecs/7/replicas", 2)),
                (422, op("replace", "/spec/none/replicas", 2)),
                (422, op("remove", STRATEGY)),
                (422, op("replace", REPLICAS, "two")),
                (422, op("replace", STRATEGY, {"workersToDelete": "a"})),
                (409, op("replace", "/metadata/resourceVersion", "1")),
                (400, {"path": REPLICAS})):
            with self.subTest(operations=operations):
                self.assertEqual(self.patch(*operations)[0], status)
        self.assertEqual(self.call("PATCH", RAYCLUSTER, {"spec": {}})[0], 400)
        self.assertEqual(self.call("PATCH", RAYCLUSTER, {}, headers={
            "Content-Type": fake_kube.STRATEGIC_PATCH})[0], 415)
        self.assertEqual(self.kube.group("small")["replicas"], 0)

    def merge(self, path, patch, kind=fake_kube.MERGE_PATCH):
        return self.call("PATCH", path, patch, headers={"Content-Type": kind})

    def test_merge_patch(self):
        self.kube.unknown = {"b"}
        meta = self.call("GET", RAYCLUSTER)[1]["metadata"]
        status, cluster = self.merge(RAYCLUSTER, {
            "metadata": {"resourceVersion": meta["resourceVersion"]},
            "spec": {"a": {"b": 1, "c": None}, "b": 2}})
        self.assertEqual(status, 200)
        self.assertEqual(cluster["spec"],
                         {**CLUSTER["spec"], "a": {"b": 1}})
        self.assertEqual(cluster["metadata"]["generation"], 2)
        self.assertEqual(self.merge(RAYCLUSTER, {
            "metadata": {"resourceVersion": meta["resourceVersion"]},
            "spec": {"a": 1}})[0], 409)

    def test_deletion_waits_for_finalizers(self):
        self.kube.rights.add("delete rayclusters")
        self.kube.edit([op("add", "/metadata/finalizers", ["mine"])])
        self.assertEqual(self.call("DELETE", RAYCLUSTER, {
            "preconditions": {"uid": "another"}})[0], 409)
        self.assertEqual(self.call("DELETE", RAYCLUSTER)[0], 200)
        self.assertIn("deletionTimestamp",
                      self.call("GET", RAYCLUSTER)[1]["metadata"])
        self.kube.edit([op("replace", "/metadata/finalizers", [])])
        self.assertEqual(self.call("DELETE", RAYCLUSTER)[0], 200)
        self.assertEqual(self.call("GET", RAYCLUSTER)[0], 404)

    def test_pods_are_patched(self):
        pod = PODS + "/demo-head-abcde"
        status, after = self.merge(pod, {"metadata": {"annotations": {
            "a": "1"}}}, fake_kube.STRATEGIC_PATCH)
        self.assertEqual((status, after["metadata"]["annotations"]),
                         (200, {"a": "1"}))
        self.kube.rights.remove("patch pods")
        self.assertEqual(self.merge(pod, {})[0], 403)

    def test_faults(self):
        for kind in ("500", "503", "429", "403"):
            self.kube.fail(kind)
            self.assertEqual(self.call("GET", RAYCLUSTER)[0], int(kind))
        for kind in ("garbage", "empty", "truncated", "reset"):
            self.kube.fail(kind)
            with self.assertRaises(
                    (ValueError, OSError, http.client.HTTPException)):
                self.call("GET", RAYCLUSTER)
        self.kube.fail("wrong")
        self.assertIsInstance(self.call("GET", RAYCLUSTER)[1], list)
        self.kube.fail("hang")
        with self.assertRaises(OSError):
            self.call("GET", RAYCLUSTER, timeout=0.2)
        self.kube.fail("500", count=2, method="PATCH")
        self.assertEqual(self.call("GET", RAYCLUSTER)[0], 200)
        self.assertEqual(self.patch(op("replace", REPLICAS, 1))[0], 500)
        self.assertEqual(self.patch(op("replace", REPLICAS, 1))[0], 500)
        self.assertEqual(self.kube.group("small")["replicas"], 0)
        self.kube.fail("lost", method="PATCH")
        self.assertEqual(self.patch(op("replace", REPLICAS, 1))[0], 500)
        self.assertEqual(self.kube.group("small")["replicas"], 1)
        self.assertEqual(self.kube.faults_left(), 0)

    def test_pages(self):
        for name in "dbca":
            self.kube.add_pod("small", name)
        seen, rest = [], ""
        while True:
            status, page = self.call("GET", PODS + "?limit=2" + rest)
            self.assertEqual(status, 200)
            seen.append([pod["metadata"]["name"] for pod in page["items"]])
            if "continue" not in page["metadata"]:
                break
            rest = "&continue=" + urllib.parse.quote(
                page["metadata"]["continue"])
        self.assertEqual(seen, [["a", "b"], ["c", "d"], ["demo-head-abcde"]])
        self.kube.compact()
        self.kube.add_pod("small", "e")
        self.kube.compact()
        self.assertEqual(self.call("GET", PODS + "?limit=2" + rest)[0], 410)

    def watch(self, version, seconds=30):
        request = urllib.request.Request(
            "https://127.0.0.1:" + self.env["KUBERNETES_SERVICE_PORT_HTTPS"]
            + f"{PODS}?watch=1&resourceVersion={version}&timeoutSeconds="
            f"{seconds}&labelSelector=ray.io/cluster=demo",
            headers=self.headers)
        return urllib.request.urlopen(request, context=self.context,
                                      timeout=10)

    def events(self, stream, count):
        """(type, name or code, version) of the next ones."""
        found = []
        for _ in range(count):
            event = json.loads(stream.readline())
            thing, meta = event["object"], event["object"].get("metadata", {})
            found.append((event["type"],
                          meta.get("name") or thing.get("code"),
                          meta.get("resourceVersion")))
        return found

    def test_watch(self):
        version = int(self.call("GET", PODS)[1]["metadata"][
            "resourceVersion"])
        self.kube.add_pod("small", "a", running=False)
        with self.watch(version) as stream:
            self.kube.set_running("a", True)
            self.kube.end_pod("a")
            self.kube.remove_pod("a")
            self.assertEqual(self.events(stream, 4), [
                (kind, "a", str(version + i)) for i, kind in enumerate(
                    ("ADDED", "MODIFIED", "MODIFIED", "DELETED"), 1)])
            self.assertEqual(len(self.kube.watches()), 1)
            self.kube.watches()[0].end()
            self.assertEqual(stream.read(), b"")
        self.wait(lambda: not self.kube.watches())
        self.assertEqual(self.kube.requests("WATCH")[0].query[
            "resourceVersion"], str(version))
        self.kube.compact()
        with self.watch(version) as stream:
            self.assertEqual(self.events(stream, 1), [("ERROR", 410, None)])
            self.assertEqual(stream.read(), b"")
        self.assertEqual(self.call("GET", PODS + "?watch=1")[0], 400)

    def test_watches_end(self):
        self.kube.bookmark_s = 0.3
        version = self.kube.pods["demo-head-abcde"]["metadata"][
            "resourceVersion"]
        began = time.monotonic()
        with self.watch(version, 1) as stream:
            self.assertEqual(self.events(stream, 1),
                             [("BOOKMARK", None, version)])
            stream.read()
        self.assertLess(abs(time.monotonic() - began - 1), 0.5)
        with self.watch(version) as stream:
            self.kube.watches()[0].send(b"half a ")
            self.kube.watches()[0].reset()
            with self.assertRaises(http.client.IncompleteRead):
                stream.read()

    def test_log(self):
        self.patch(op("replace", REPLICAS, 3))
        request, = self.kube.requests("PATCH")
        self.assertEqual((request.path, request.status), (RAYCLUSTER, 200))
        self.assertEqual(request.body, [op("replace", REPLICAS, 3)])

    def wait(self, condition):
        end = time.monotonic() + 10
        while not condition() and time.monotonic() < end:
            time.sleep(0.01)
        self.assertTrue(condition())

    def test_operator(self):
        started, stopped = [], []
        operator = kuberay.Operator(
            self.kube, lambda group, pod: started.append((group, pod)),
            stopped.append)
        operator.hold()
        self.patch(op("replace", REPLICAS, 2))
        self.wait(lambda: len(self.kube.pods_of("small")) == 2)
        first, second = self.kube.pods_of("small")
        self.assertEqual(self.kube.pods[first]["status"]["phase"], "Pending")
        self.assertEqual(started, [])
        self.patch(op("replace", REPLICAS, 1),  # a Pending one is cancelled
                   op("replace", STRATEGY, {"workersToDelete": [first]}))
        self.wait(lambda: self.kube.pods_of("small") == [second])
        operator.release()
        self.wait(lambda: started == [("small", second)])
        self.patch(op("replace", REPLICAS, 0),
                   op("replace", STRATEGY, {"workersToDelete": [second]}))
        self.wait(lambda: stopped == [second])
        self.wait(lambda: self.kube.pods_of("small") == [])
        operator.close()


if __name__ == "__main__":
    unittest.main()
