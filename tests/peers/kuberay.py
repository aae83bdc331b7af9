# SPDX-License-Identifier: Apache-2.0
"""What KubeRay's operator does for a FakeKube: pods for replicas, no pods for
workersToDelete.  As the real one does under autoscaling, it never picks the
pods to delete by itself."""
import random
import string
import threading


class Operator:
    """`start(group, pod)` and `stop(pod)` make the pod real; they are called
    from the operator's own thread, one at a time.  While it holds all groups
    or some, new pods of these stay Pending and are not started."""

    def __init__(self, kube, start=lambda group, pod: None,
                 stop=lambda pod: None):
        self._kube, self._start, self._stop = kube, start, stop
        self._waiting = []  # (group, pod) that are Pending
        self._held = lambda group: False
        self._closed = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        kube.on_patch = self._wake.set
        self._thread.start()

    def hold(self, *groups):
        """Without names, all of them."""
        self._held = lambda group: not groups or group in groups

    def release(self):
        self._held = lambda group: False
        self._wake.set()

    def close(self):
        self._closed = True
        self._wake.set()
        self._thread.join(10)

    def _run(self):
        while not self._closed:
            self._reconcile()
            self._wake.wait()
            self._wake.clear()

    def _reconcile(self):
        with self._kube.lock:
            groups = list(self._kube.cluster["spec"]["workerGroupSpecs"])
        for group in groups:
            self._delete(group)
            self._create(group)
        for group, pod in list(self._waiting):
            if not self._held(group) and not self._closed:
                self._waiting.remove((group, pod))
                self._start(group, pod)
                self._kube.set_running(pod, True)

    def _delete(self, group):
        strategy = group.get("scaleStrategy") or {}
        for pod in strategy.get("workersToDelete") or []:
            if pod not in self._kube.pods_of(group["groupName"]):
                continue
            self._kube.end_pod(pod)
            item = (group["groupName"], pod)
            if item in self._waiting:
                self._waiting.remove(item)
            else:
                self._stop(pod)
            self._kube.remove_pod(pod)

    def _create(self, group):
        name = group["groupName"]
        wanted = group.get("replicas", 0) * group.get("numOfHosts", 1)
        for _ in range(wanted - len(self._kube.pods_of(name))):
            pod = self._new_name(name)
            self._kube.add_pod(name, pod, running=False)
            self._waiting.append((name, pod))

    def _new_name(self, group):
        """Of a thousand random ones two are often the same."""
        while True:
            suffix = "".join(random.choices(string.ascii_lowercase, k=5))
            pod = f"{self._kube.name}-{group}-worker-{suffix}"
            if pod not in self._kube.pods:
                return pod
