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
import queue
import signal
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

try:
    from . import certs, jsonpatch
except ImportError:  # run as a command
    import certs
    import jsonpatch

TOKEN = "a-token-for-tests"
HANG_S = 20  # the longest that a "hang" fault holds a request

# What fail() can do to a request.  "lost" is carried out and answered 500;
# "refuse" closes this connection unanswered, and the next one unread.
FAULTS = ("401", "403", "404", "409", "410", "422", "429", "500", "503",
          "garbage", "wrong", "empty", "truncated", "hang", "reset", "refuse",
          "lost")

# A method is GET or PATCH of one object, LIST or WATCH of many.
Request = collections.namedtuple("Request",
                                 "time method path query body status")
Fault = collections.namedtuple("Fault", "kind method retry_after")
PAGE_PODS = 250  # at most, whatever limit is asked for
RIGHTS = ("get rayclusters", "patch rayclusters", "get pods", "list pods",
          "watch pods", "patch pods", "patch pods/resize")
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"


class ApiError(Exception):
    def __init__(self, code, reason, message=""):
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message

    def status(self):
        return {"kind": "Status", "apiVersion": "v1", "status": "Failure",
                "message": self.message, "reason": self.reason,
                "code": self.code}


class Watch:
    """One stream of events.  Tests may put bytes of their own into it, and
    end(), reset() or silence() it."""

    def __init__(self, wanted):
        self._wanted = wanted
        self._lines = queue.Queue()

    def offer(self, kind, pod):
        if _has_labels(pod, self._wanted):
            self.send(_event(kind, pod))

    def send(self, data):
        self._lines.put(data)

    def end(self):
        self._lines.put("end")

    def reset(self):
        self._lines.put("reset")

    def silence(self):
        """It stays open, and nothing comes any more."""
        self._lines.put("silence")

    def next(self, seconds):
        """What comes next; None when nothing did."""
        try:
            return self._lines.get(timeout=max(0, seconds))
        except queue.Empty:
            return None


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
            watch.send(_event("ERROR", ApiError(
                410, "Expired", f"too old resource version: {since} "
                f"({self._compacted})").status()))
            watch.end()
        for version, kind, pod in self._history:
            if version > int(since):
                watch.offer(kind, pod)
        self._watches.append(watch)
        return watch

    def _answer(self, method, path, query, content_type, body):
        """The object that a request gets; ApiError when it is refused."""
        if path in ("/version", "/healthz"):
            return {"major": "1", "minor": "34"}
        base = f"/namespaces/{self.namespace}/"
        before, found, rest = path.partition(base)
        kind, _, name = rest.partition("/")
        door = (before, kind) if found else None
        if door == ("/apis/ray.io/v1", "rayclusters") and name:
            self._may(method, "rayclusters")
            return self._answer_cluster(method, name, content_type, body)
        if door != ("/api/v1", "pods"):
            raise ApiError(403, "Forbidden", f"{method} {path}")
        if not name:
            verb = "watch" if query.get("watch") else "list"
            self._may(verb if method == "GET" else method, "pods")
            return (self._watch_pods if verb == "watch" else
                    self._list_pods)(query)
        name, _, part = name.partition("/")
        self._may(method, f"pods/{part}" if part else "pods")
        return self._answer_pod(method, name, part, content_type, body)

    def _may(self, verb, resource):
        if f"{verb.lower()} {resource}" not in self.rights:
            raise ApiError(403, "Forbidden", f"cannot {verb} {resource}")

    def _answer_cluster(self, method, name, content_type, body):
        if name != self.name or self.deleted:
            raise ApiError(404, "NotFound",
                           f'rayclusters.ray.io "{name}" not found')
        if method == "PATCH":
            self._patch_cluster(body, content_type)
        elif method == "DELETE":
            self._delete_cluster(body or {})
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

    def _answer_pod(self, method, name, part, content_type, body):
        if name not in self.pods:
            raise ApiError(404, "NotFound", f'pods "{name}" not found')
        if method == "PATCH":
            new = _patched(self.pods[name], body, content_type)
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
                       if name > after and _has_labels(pod, _labels(query)))
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
        self._server = _Server(("127.0.0.1", port), _Handler)
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


def _has_labels(thing, wanted):
    labels = thing["metadata"]["labels"]
    return all(labels.get(key) == value for key, value in wanted)


def _event(kind, thing):
    return json.dumps({"type": kind, "object": thing}).encode() + b"\n"


def _method(command, path, query):
    if command != "GET" or not path.endswith("/pods"):
        return command
    return "WATCH" if query.get("watch") else "LIST"


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


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    kube = None
    refused = 0  # so many connections will be

    def verify_request(self, request, client_address):
        if not self.refused:
            return True
        self.refused -= 1
        return False

    def handle_error(self, request, client_address):
        pass  # a client that went away; what matters is in the log


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a reply is written in two parts

    def log_message(self, *_args):
        pass

    def _reply(self, code, thing, retry_after=None):
        data = json.dumps(thing).encode()
        self._send(code, data, len(data), retry_after)

    def _send(self, code, data, length, retry_after=None):
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        if code == 429 and retry_after is None:
            retry_after = 1
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def _authenticated(self):
        return (self.connection.getpeercert()
                or self.headers.get("Authorization") == f"Bearer {TOKEN}")

    def _body(self):
        length = int(self.headers.get("Content-Length") or 0)
        data = self.rfile.read(length)
        try:
            return json.loads(data) if data else None
        except ValueError:
            return data.decode(errors="replace")

    def _misbehave(self, fault):
        kind = "500" if fault.kind == "lost" else fault.kind
        if kind.isdigit():
            self._reply(int(kind), ApiError(
                int(kind), "Fault", "as the test asked").status(),
                fault.retry_after)
        elif kind == "garbage":
            self._send(200, b"<html>{]\0\xff", 10)
        elif kind == "wrong":
            self._reply(200, [{"items": "none"}, 7])
        elif kind == "empty":
            self._send(200, b"", 0)
        elif kind == "truncated":
            self._send(200, b'{"kind": "RayCluster", "spec": {"wor', 4000)
        elif kind == "hang":
            self.connection.settimeout(HANG_S)
            try:
                self.rfile.read(1)
            except OSError:
                pass
        elif kind == "refuse":
            self.server.refused += 1
        if kind in ("truncated", "hang", "reset", "refuse"):
            self.close_connection = True

    def _chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _bookmark(self):
        kube = self.server.kube
        self._chunk(_event("BOOKMARK", {
            "kind": "Pod", "apiVersion": "v1", "metadata": {
                "resourceVersion": str(kube._version),
                "creationTimestamp": None}}))

    def _stream(self, watch, query):
        """Events, until timeoutSeconds have gone or the watch is ended."""
        kube = self.server.kube
        end = time.monotonic() + int(query.get("timeoutSeconds", 1800))
        bookmark = time.monotonic() + kube.bookmark_s
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        silent = False
        item = watch.next(0)
        while item not in ("end", "reset") and time.monotonic() < end:
            if item == "silence":
                silent, end = True, end + HANG_S
            if item and not silent:
                self._chunk(item)
            elif not silent and time.monotonic() >= bookmark:
                self._bookmark()
                bookmark = time.monotonic() + kube.bookmark_s
            item = watch.next(min(end, max(bookmark, time.monotonic() + 0.01))
                              - time.monotonic())
        if item == "reset" or silent:
            self.close_connection = True
        else:
            self._chunk(b"")

    def _handle(self):
        kube = self.server.kube
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in
                 parse_qs(url.query).items()}
        method = _method(self.command, url.path, query)
        body, arrived = self._body(), time.monotonic()
        with kube.lock:
            fault = kube._next_fault(method)
            code, answer = 0, None
            if fault is None or fault.kind == "lost":
                try:
                    if not self._authenticated():
                        raise ApiError(401, "Unauthorized", "Unauthorized")
                    code, answer = 200, kube._answer(
                        self.command, url.path, query,
                        self.headers.get("Content-Type", ""), body)
                except ApiError as error:
                    code, answer = error.code, error.status()
            request = Request(arrived, method, url.path, query, body,
                              fault.kind if fault else code)
            kube.log.append(request)
        if kube.on_request:
            kube.on_request(request)
        if fault:
            self._misbehave(fault)
        elif isinstance(answer, Watch):
            try:
                self._stream(answer, query)
            finally:
                with kube.lock:
                    kube._watches.remove(answer)
        else:
            self._reply(code, answer)
        if self.command == "PATCH" and code == 200:
            kube.on_patch()

    do_GET = do_PATCH = do_POST = do_PUT = do_DELETE = _handle


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
