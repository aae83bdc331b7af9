#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small Kubernetes API over HTTPS, in memory: one RayCluster and its pods.

It serves what the Role that KubeRay gives the autoscaler allows (RayCluster:
get and patch; pods: get, list, watch, patch and resize) and refuses the rest
with 403, as the API server would; tests may take rights away or add them
(`rights`).  Callers show the client certificate or the token,
else 401.  Every request is kept in `log`.  `fail()` makes the next requests go
wrong, `watches()` what is open; kuberay.Operator plays KubeRay's operator.

As a command it serves a RayCluster from a JSON file, prints the environment
that a sidecar needs as one JSON line, then every request as another.
"""
import argparse
import collections
import copy
import json
import pathlib
import signal
import ssl
import threading
import time

try:
    from . import certs, jsonpatch
    from .kube_wire import (FAULTS, TOKEN, ApiError, Request, Server, Watch,
                            event, has_labels)
except ImportError:  # run as a command
    import certs
    import jsonpatch
    from kube_wire import (FAULTS, TOKEN, ApiError, Request, Server, Watch,
                           event, has_labels)

Fault = collections.namedtuple("Fault", "kind method retry_after")
PAGE_PODS = 250  # at most, whatever limit is asked for
RIGHTS = ("get rayclusters", "patch rayclusters", "get pods", "list pods",
          "watch pods", "patch pods", "patch pods/resize")
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"


class FakeKube:
    """The objects, the log and the faults; serve() opens the door to them."""

    def __init__(self, cluster, on_patch=lambda: None, on_request=None):
        self.lock = threading.RLock()
        self.cluster = copy.deepcopy(cluster)
        self.name = cluster["metadata"]["name"]
        self.namespace = cluster["metadata"]["namespace"]
        self.pods = {}
        self.log = []
        self.on_patch = on_patch      # after a patch was answered
        self.on_request = on_request  # with each Request
        self.bookmark_s = 60          # between two bookmarks of a watch
        self.rights = set(RIGHTS)
        self.unknown = set()          # members of spec that no schema knows
        self.resources = {}           # of a pod's container, by group
        self.resizes_wait = False     # until finish_resize()
        self._version = 1000
        self._history = []            # (version, type, pod)
        self._compacted = self._version
        self._watches = []
        self._faults = collections.deque()
        self._server = None
        self.deleted = False
        self._touch(self.cluster)
        self.add_pod("headgroup", f"{self.name}-head-abcde", "head")

    # ---- the state, for tests and for the operator -----------------------
    def add_pod(self, group, name, node_type="worker", running=True):
        """A pod as KubeRay makes it."""
        labels = {"ray.io/cluster": self.name, "ray.io/group": group,
                  "ray.io/node-type": node_type, "ray.io/is-ray-node": "yes"}
        pod = {"apiVersion": "v1", "kind": "Pod",
               "metadata": {"name": name, "namespace": self.namespace,
                            "uid": f"uid-{name}", "labels": labels,
                            "creationTimestamp": _now()},
               "spec": {"containers": [{"name": "ray"}]}, "status": {}}
        if group in self.resources:
            pod["spec"]["containers"][0]["resources"] = copy.deepcopy(
                self.resources[group])
        pod["status"] = _status(pod, running)
        with self.lock:
            self.pods[name] = pod
            self._touch(pod)
            self._happened("ADDED", pod)
        return pod

    def set_running(self, name, running):
        self._change(name, lambda pod: pod.update(
            status=_status(pod, running)))

    def finish_resize(self, name):
        """The container gets what the pod's spec asks for."""
        def finish(pod):
            pod["status"]["containerStatuses"][0]["resources"] = copy.deepcopy(
                pod["spec"]["containers"][0]["resources"])
            pod["status"]["conditions"] = []
        self._change(name, finish)

    def hold_resize(self, name, kind, reason="", message=""):
        """It goes no further: PodResizePending or PodResizeInProgress."""
        self._change(name, lambda pod: pod["status"].update(conditions=[
            {"type": kind, "status": "True", "reason": reason,
             "message": message}]))

    def end_pod(self, name):
        """From now on the pod is being deleted; it is still listed."""
        self._change(name, lambda pod: pod["metadata"].update(
            deletionTimestamp=_now()))

    def remove_pod(self, name):
        with self.lock:
            pod = self.pods.pop(name)
            self._touch(pod)
            self._happened("DELETED", pod)

    def compact(self):
        """Who stands at an earlier version than this has to list again."""
        with self.lock:
            self._compacted = self._version
            self._history.clear()

    def watches(self):
        """Those that are open."""
        with self.lock:
            return list(self._watches)

    def pods_of(self, group):
        """The names of a group's pods that are not being deleted."""
        with self.lock:
            return [name for name, pod in self.pods.items()
                    if pod["metadata"]["labels"]["ray.io/group"] == group
                    and "deletionTimestamp" not in pod["metadata"]]

    def group(self, name):
        """A copy of a worker group's spec."""
        with self.lock:
            return copy.deepcopy(next(
                group for group in self.cluster["spec"]["workerGroupSpecs"]
                if group["groupName"] == name))

    def edit(self, operations):
        """A JSON patch by someone else: a user, a GitOps tool."""
        with self.lock:
            self._patch_cluster(operations)
        self.on_patch()

    def requests(self, method=None, since=0.0):
        """Those of that method, or all."""
        with self.lock:
            return [request for request in self.log if request.time >= since
                    and method in (None, request.method)]

    def fail(self, kind, count=1, method=None, retry_after=None):
        """The next `count` requests (of that method) go wrong; a status may
        come with a Retry-After."""
        if kind not in FAULTS:
            raise ValueError(f"{kind}: one of {', '.join(FAULTS)}")
        with self.lock:
            self._faults.extend([Fault(kind, method, retry_after)]
                                * count)

    def mend(self):
        """From now on nothing goes wrong."""
        with self.lock:
            self._faults.clear()

    def faults_left(self):
        with self.lock:
            return len(self._faults)

    # ---- for the server --------------------------------------------------
    def handle(self, call):
        """The Request as it is kept, the fault that it meets or None, the
        code of what was done (0: nothing), and the answer: an object or a
        Watch."""
        arrived = time.monotonic()
        with self.lock:
            fault = self._next_fault(call.method)
            code, answer = 0, None
            if fault is None or fault.kind == "lost":
                try:
                    if not call.known:
                        raise ApiError(401, "Unauthorized", "Unauthorized")
                    code, answer = 200, self._answer(call)
                except ApiError as error:
                    code, answer = error.code, error.status()
            request = Request(arrived, call.method, call.path, call.query,
                              call.body, fault.kind if fault else code)
            self.log.append(request)
        return request, fault, code, answer

    def version(self):
        return str(self._version)

    def close_watch(self, watch):
        with self.lock:
            self._watches.remove(watch)

    # ---- what requests do (with the lock held) ---------------------------
    def _touch(self, thing):
        self._version += 1
        thing["metadata"]["resourceVersion"] = str(self._version)

    def _next_fault(self, method):
        for fault in self._faults:
            if fault.method in (None, method):
                self._faults.remove(fault)
                return fault
        return None

    def _change(self, name, change):
        with self.lock:
            pod = self.pods[name] = copy.deepcopy(self.pods[name])
            change(pod)
            self._touch(pod)
            self._happened("MODIFIED", pod)

    def _happened(self, kind, pod):
        pod = copy.deepcopy(pod)
        self._history.append((self._version, kind, pod))
        for watch in self._watches:
            watch.offer(kind, pod)

    def _watch_pods(self, query):
        """A stream of what happens after resourceVersion."""
        since = query.get("resourceVersion", "")
        if not since.isdigit():
            raise ApiError(400, "BadRequest", "no resourceVersion")
        watch = Watch(_labels(query))
        if int(since) < self._compacted:
            watch.send(event("ERROR", ApiError(
                410, "Expired", f"too old resource version: {since} "
                f"({self._compacted})").status()))
            watch.end()
        for version, kind, pod in self._history:
            if version > int(since):
                watch.offer(kind, pod)
        self._watches.append(watch)
        return watch

    def _answer(self, call):
        """The object that a request gets; ApiError when it is refused."""
        method = call.command
        if call.path in ("/version", "/healthz"):
            return {"major": "1", "minor": "34"}
        base = f"/namespaces/{self.namespace}/"
        before, found, rest = call.path.partition(base)
        kind, _, name = rest.partition("/")
        door = (before, kind) if found else None
        if door == ("/apis/ray.io/v1", "rayclusters") and name:
            self._may(method, "rayclusters")
            return self._answer_cluster(call, name)
        if door != ("/api/v1", "pods"):
            raise ApiError(403, "Forbidden", f"{method} {call.path}")
        if not name:
            verb = "watch" if call.query.get("watch") else "list"
            self._may(verb if method == "GET" else method, "pods")
            return (self._watch_pods if verb == "watch" else
                    self._list_pods)(call.query)
        name, _, part = name.partition("/")
        self._may(method, f"pods/{part}" if part else "pods")
        return self._answer_pod(call, name, part)

    def _may(self, verb, resource):
        if f"{verb.lower()} {resource}" not in self.rights:
            raise ApiError(403, "Forbidden", f"cannot {verb} {resource}")

    def _answer_cluster(self, call, name):
        if name != self.name or self.deleted:
            raise ApiError(404, "NotFound",
                           f'rayclusters.ray.io "{name}" not found')
        if call.command == "PATCH":
            self._patch_cluster(call.body, call.content_type)
        elif call.command == "DELETE":
            self._delete_cluster(call.body or {})
        return copy.deepcopy(self.cluster)

    def _delete_cluster(self, options):
        """It stays as long as it has finalizers."""
        meta = self.cluster["metadata"]
        uid = options.get("preconditions", {}).get("uid", meta["uid"])
        if uid != meta["uid"]:
            raise ApiError(409, "Conflict", f"the UID is not {uid}")
        meta.setdefault("deletionTimestamp", _now())
        self._touch(self.cluster)
        self.deleted = not meta.get("finalizers")

    def _answer_pod(self, call, name, part):
        if name not in self.pods:
            raise ApiError(404, "NotFound", f'pods "{name}" not found')
        if call.command == "PATCH":
            new = _patched(self.pods[name], call.body, call.content_type)
            if part:  # of a resize, only that
                new = {**self.pods[name], "spec": new["spec"]}
            if new != self.pods[name]:
                self._change(name, lambda pod: pod.update(new))
                if part and self.resizes_wait:
                    self.hold_resize(name, "PodResizeInProgress")
                elif part:
                    self.finish_resize(name)
        return copy.deepcopy(self.pods[name])

    def _list_pods(self, query):
        """A page; the rest goes on after the name that `continue` is.  (The
        real one shows all pages as of the first.)"""
        after, _, version = query.get("continue", "").partition(" ")
        if version and int(version) < self._compacted:
            raise ApiError(410, "Expired", "the continue token is too old")
        limit = int(query.get("limit", 0)) or len(self.pods)
        limit = min(limit, PAGE_PODS)
        names = sorted(name for name, pod in self.pods.items()
                       if name > after and has_labels(pod, _labels(query)))
        version = version or str(self._version)
        meta = {"resourceVersion": version}
        if len(names) > limit:
            meta["continue"] = f"{names[limit - 1]} {version}"
        return {"kind": "PodList", "apiVersion": "v1", "metadata": meta,
                "items": [copy.deepcopy(self.pods[name])
                          for name in names[:limit]]}

    def _patch_cluster(self, patch, content_type=JSON_PATCH):
        new = _patched(self.cluster, patch, content_type)
        for member in self.unknown:
            new["spec"].pop(member, None)
        old_meta, meta = self.cluster["metadata"], new["metadata"]
        if meta.get("resourceVersion") != old_meta["resourceVersion"]:
            raise ApiError(409, "Conflict", "the object has been modified")
        _validate(new)
        if new == self.cluster:
            return
        if new["spec"] != self.cluster["spec"]:
            meta["generation"] = meta.get("generation", 1) + 1
        self.cluster = new
        self._touch(new)

    # ---- the door --------------------------------------------------------
    def serve(self, folder, port=0):
        """Serves on 127.0.0.1 from a thread.  Certificates and the token go
        into the folder, unless they are there; returns the environment that a
        sidecar needs."""
        folder = pathlib.Path(folder).resolve()
        if not (folder / "client.crt").exists():
            certs.make(folder)
        (folder / "token").write_text(TOKEN + "\n")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.crt", folder / "server.key")
        context.load_verify_locations(folder / "ca.crt")
        context.verify_mode = ssl.CERT_OPTIONAL
        self._server = Server(("127.0.0.1", port))
        self._server.kube = self
        # The handshake is left to the thread of the connection.
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True,
            do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, args=(0.05,),
                         daemon=True).start()
        at = str(self._server.server_port)
        return {"KUBERNETES_SERVICE_HOST": "127.0.0.1",
                "KUBERNETES_SERVICE_PORT": at,
                "KUBERNETES_SERVICE_PORT_HTTPS": at,
                "KUBERAY_CRD_VER": "v1",
                "RAY_KUBERAY_CA_CERT_PATH": str(folder / "ca.crt"),
                "RAY_KUBERAY_CLIENT_CERT_PATH": str(folder / "client.crt"),
                "RAY_KUBERAY_CLIENT_KEY_PATH": str(folder / "client.key")}

    def close(self):
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _status(pod, running):
    state = {"running": {}} if running else {
        "waiting": {"reason": "ContainerCreating"}}
    container = {"name": "ray", "ready": running, "state": state}
    resources = pod["spec"]["containers"][0].get("resources")
    if running and resources:
        container["resources"] = copy.deepcopy(resources)
    return {"phase": "Running" if running else "Pending",
            "podIP": "127.0.0.1", "containerStatuses": [container]}


def _patched(thing, patch, content_type):
    """A copy.  Both kinds of merge patch are one here (they differ in lists of
    objects), but custom resources do not know the strategic one."""
    merges = content_type == MERGE_PATCH or (
        content_type == STRATEGIC_PATCH and thing["kind"] == "Pod")
    if merges and isinstance(patch, dict):
        return _merged(thing, patch)
    if content_type != JSON_PATCH:
        raise ApiError(415, "UnsupportedMediaType", content_type)
    if not isinstance(patch, list):
        raise ApiError(400, "BadRequest", "a JSON patch is an array")
    try:
        return jsonpatch.apply(thing, patch)
    except jsonpatch.Refused as refused:
        raise ApiError(422, "Invalid", str(refused)) from refused
    except (KeyError, TypeError, AttributeError) as error:
        raise ApiError(400, "BadRequest", repr(error)) from error


def _merged(thing, patch):
    """RFC 7386."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    out = copy.deepcopy(thing) if isinstance(thing, dict) else {}
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = _merged(out.get(key), value)
    return out


def _labels(query):
    return [tuple(term.split("=", 1)) for term in
            query.get("labelSelector", "").split(",") if term]


def _validate(cluster):
    """The part of the CRD's schema that a sidecar could violate."""
    for index, group in enumerate(cluster["spec"]["workerGroupSpecs"]):
        path = f"spec.workerGroupSpecs[{index}]"
        if type(group.get("replicas", 0)) is not int:
            raise ApiError(422, "Invalid", f"{path}.replicas: not an integer")
        doomed = group.get("scaleStrategy", {}).get("workersToDelete", [])
        if not (isinstance(doomed, list)
                and all(isinstance(name, str) for name in doomed)):
            raise ApiError(422, "Invalid",
                           f"{path}.scaleStrategy.workersToDelete: no list "
                           "of strings")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cluster", help="a RayCluster as a JSON file")
    parser.add_argument("folder", help="where certificates and token go")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fail", action="append", default=[],
                        metavar="KIND[*N]", help="the next N requests fail: "
                        + ", ".join(FAULTS))
    options = parser.parse_args()
    kube = FakeKube(
        json.loads(pathlib.Path(options.cluster).read_text()),
        on_request=lambda request: print(json.dumps(request._asdict()),
                                         flush=True))
    for fault in options.fail:
        kind, _, count = fault.partition("*")
        kube.fail(kind, int(count or 1))
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    print(json.dumps(kube.serve(options.folder, options.port)), flush=True)
    signal.sigwait(ends)


if __name__ == "__main__":
    main()
