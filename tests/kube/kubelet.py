# SPDX-License-Identifier: Apache-2.0
"""A kubelet: one node whose pods are real processes on this machine."""
import pathlib
import threading

from tests.kube import api, network
from tests.kube.container import now
from tests.kube.pod import Pod

NODE = "node"
CAPACITY = {"cpu": "64", "memory": "64Gi", "pods": "200",
            "nvidia.com/gpu": "64", "google.com/tpu": "64"}
NUMBERS = range(10, 250)  # of pods, the last part of their addresses


class Kubelet:
    """`images` maps a container's image to the PATH that its commands see.
    Probes come at least every `probe_cap_s`, pods are ended by force after
    `grace_cap_s` at most, to save the tests' time."""

    def __init__(self, client, folder, images, say, probe_cap_s=2.0,
                 grace_cap_s=5.0):
        self.api, self.say, self.images = client, say, images
        self.folder = pathlib.Path(folder) / "pods"
        self.probe_cap_s, self.grace_cap_s = probe_cap_s, grace_cap_s
        self._pods = {}   # uid -> Pod
        self._names = {}  # EndpointSlice -> {host name: address}
        self._free = list(NUMBERS)
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def start(self):
        self._register()
        for target in (self._follow_pods, self._follow_names):
            threading.Thread(target=target, daemon=True).start()

    def close(self):
        """Ends every pod at once."""
        self._stop.set()
        self.grace_cap_s = 0
        pods = list(self._pods.values())
        for pod in pods:
            pod.end(0)
        for pod in pods:
            pod.join(10)

    def find(self, namespace, name):
        with self._lock:
            return next(pod for pod in self._pods.values()
                        if (pod.namespace, pod.name) == (namespace, name))

    def _register(self):
        self.api.create("/api/v1/nodes", {"metadata": {
            "name": NODE, "labels": {"kubernetes.io/hostname": NODE}}})
        # New nodes are tainted; there is no controller to lift that.
        self.api.patch(f"/api/v1/nodes/{NODE}", {"spec": {"taints": None}})
        self.api.patch(f"/api/v1/nodes/{NODE}/status", {"status": {
            "capacity": CAPACITY, "allocatable": CAPACITY,
            "conditions": [{"type": "Ready", "status": "True",
                            "lastHeartbeatTime": now(),
                            "lastTransitionTime": now()}]}}, api.STRATEGIC)

    # ---- pods ------------------------------------------------------------
    def _follow_pods(self):
        for kind, found in self.api.follow(
                "/api/v1/pods", self._stop,
                fieldSelector=f"spec.nodeName={NODE}"):
            if kind == "LISTED":
                listed = {one["metadata"]["uid"] for one in found}
                for uid in set(self._pods) - listed:
                    self._end(uid, 0)
                for one in found:
                    self._see(one)
            elif kind == "DELETED":
                self._end(found["metadata"]["uid"], 0)
            else:
                self._see(found)

    def _see(self, obj):
        meta = obj["metadata"]
        known = meta["uid"] in self._pods
        if "deletionTimestamp" in meta:
            if known:
                self._end(meta["uid"], meta["deletionGracePeriodSeconds"])
            else:
                self._remove(meta)
        elif not known:
            with self._lock:
                pod = Pod(self, obj, self._free.pop(0))
                self._pods[meta["uid"]] = pod
            pod.start()

    def _end(self, uid, grace_s):
        pod = self._pods.get(uid)
        if pod:
            pod.end(grace_s)

    def forget(self, pod):
        """Called by a pod of which nothing is left."""
        self._remove(pod.object["metadata"])
        with self._lock:
            del self._pods[pod.uid]
            self._free.append(pod.number)

    def _remove(self, meta):
        """From the API; it may take a while to hear of it."""
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
        while not self._stop.is_set():
            try:
                self.api.delete(path, {"gracePeriodSeconds": 0,
                                       "preconditions": {"uid": meta["uid"]}})
                return
            except api.ApiError as error:
                if error.status in (404, 409):  # gone, or a namesake is there
                    return
            except api.AWAY:
                pass
            self._stop.wait(0.5)

    # ---- names -----------------------------------------------------------
    def _follow_names(self):
        """The host names of services, from the addresses behind them."""
        for kind, found in self.api.follow(
                "/apis/discovery.k8s.io/v1/endpointslices", self._stop):
            if kind == "LISTED":
                self._names = {}
            for one in found if kind == "LISTED" else [found]:
                gone = kind == "DELETED"
                self._names[one["metadata"]["uid"]] = {} if gone else (
                    _names_of(one))
            network.write_hosts({name: address
                                 for names in self._names.values()
                                 for name, address in names.items()})


def _names_of(endpoint_slice):
    meta = endpoint_slice["metadata"]
    service = f"{meta['labels']['kubernetes.io/service-name']}." \
              f"{meta['namespace']}.svc"
    return {name: address for endpoint in endpoint_slice["endpoints"] or []
            if endpoint["conditions"].get("ready")
            for address in endpoint["addresses"]
            for name in (service, f"{service}.cluster.local")}
