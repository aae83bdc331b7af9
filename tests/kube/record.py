# SPDX-License-Identifier: Apache-2.0
"""What happens to RayClusters and pods, as the API tells it: the state now,
and every change with its time, also as lines of a file."""
import collections
import json
import threading
import time

CLUSTER, GROUP, TYPE = "ray.io/cluster", "ray.io/group", "ray.io/node-type"

Event = collections.namedtuple("Event", "time what about value")


def is_ready(pod):
    return any(condition["type"] == "Ready" and condition["status"] == "True"
               for condition in pod.get("status", {}).get("conditions") or [])


def is_ending(pod):
    return "deletionTimestamp" in pod["metadata"]


class Record:
    def __init__(self, client, path):
        self.events = []
        self._api = client
        self._file = open(path, "w", encoding="utf-8", buffering=1)
        self._clusters, self._pods = {}, {}  # uid -> object
        self._last = {}  # (what, about) -> value
        self._lock = threading.RLock()
        self._stop = threading.Event()

    def start(self):
        for path, known, note in (
                ("/apis/ray.io/v1/rayclusters", self._clusters,
                 self._note_cluster),
                ("/api/v1/pods", self._pods, self._note_pod)):
            threading.Thread(target=self._follow, args=(path, known, note),
                             daemon=True).start()

    def close(self):
        self._stop.set()
        self._file.close()

    def _follow(self, path, known, note):
        for kind, found in self._api.follow(path, self._stop):
            with self._lock:
                if kind == "LISTED":
                    uids = {one["metadata"]["uid"] for one in found}
                    for uid in set(known) - uids:
                        note(known.pop(uid), True)
                for one in found if kind == "LISTED" else [found]:
                    gone = kind == "DELETED"
                    known[one["metadata"]["uid"]] = one
                    if gone:
                        del known[one["metadata"]["uid"]]
                    note(one, gone)

    def note(self, what, about, value):
        """An event, unless nothing has changed."""
        with self._lock:
            if self._last.get((what, about)) == value or self._stop.is_set():
                return
            self._last[what, about] = value
            event = Event(time.time(), what, about, value)
            self.events.append(event)
            self._file.write(json.dumps(event._asdict()) + "\n")

    def _note_cluster(self, cluster, gone):
        name = cluster["metadata"]["name"]
        state = cluster.get("status", {}).get("state", "new")
        self.note("cluster", name, "gone" if gone else state)
        for group in cluster["spec"]["workerGroupSpecs"]:
            about = f"{name}/{group['groupName']}"
            self.note("replicas", about, group.get("replicas", 0))
            self.note("to delete", about, group.get(
                "scaleStrategy", {}).get("workersToDelete") or [])

    def _note_pod(self, pod, gone):
        state = ("gone" if gone else "ending" if is_ending(pod) else
                 "ready" if is_ready(pod) else pod["status"].get("phase"))
        self.note("pod", pod["metadata"]["name"], state)

    # ---- the state now ---------------------------------------------------
    def cluster(self, namespace, name):
        """The RayCluster; None: it is not there."""
        with self._lock:
            return next((one for one in self._clusters.values()
                         if one["metadata"]["name"] == name
                         and one["metadata"]["namespace"] == namespace), None)

    def pods(self, namespace, **labels):
        """With those values of labels, given as cluster=, group= or type=;
        also those that are ending."""
        keys = {"cluster": CLUSTER, "group": GROUP, "type": TYPE}
        wanted = {keys[key]: value for key, value in labels.items()
                  if value is not None}
        with self._lock:
            return [pod for pod in self._pods.values()
                    if pod["metadata"]["namespace"] == namespace and
                    wanted.items() <= pod["metadata"].get("labels", {}
                                                          ).items()]

    def since(self, start, what, about=None):
        """The events from that time on."""
        with self._lock:
            return [event for event in self.events if event.time >= start
                    and event.what == what and about in (None, event.about)]
