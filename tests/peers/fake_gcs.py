# SPDX-License-Identifier: Apache-2.0
"""A small GCS: the calls of the sidecar, over gRPC, in memory.  `fail()` makes
the next calls go wrong."""
import collections
import contextlib
import pathlib
import socket
import ssl
import struct
import threading
import time

from . import http2
from .protobuf import message, parse

SERVICE = "/ray.rpc.autoscaler.AutoscalerStateService/"
STORE = "/ray.rpc.InternalKVGcsService/InternalKV"
JOBS = "/ray.rpc.JobInfoGcsService/GetAllJobInfo"
STOP_NODE = "/ray.rpc.NodeInfoGcsService/DrainNode"
RUNNING, DEAD, IDLE = 1, 2, 3
V2_KEY = ("__autoscaler", "__autoscaler_v2_enabled")
REQUEST_KEY = ("", "autoscaler_resource_request")

SLOW_S = 0.5
NO_SUCH_KEY = message((1, message((1, 17), (2, "Failed to find the key"))))
SESSION = "session_2026-11-20_23-50-57_123456_1"
HEAD_MARK = "node:__internal_head__"  # a resource that only the head has

# What fail() can do to a call, beside a gRPC status by its number.  "slow" is
# answered well, SLOW_S later; "lost" is carried out and not answered.
FAULTS = ("refuse", "garbage", "http-500", "reset", "no-status", "no-message",
          "wrong", "truncated", "compressed", "hang", "slow", "lost")
NOT_KNOWN = "InvalidAuthToken: Authentication token is missing or incorrect"
GREETING = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"

Fault = collections.namedtuple("Fault", "kind method")


class Node:
    def __init__(self, name, group, resources):
        self.id = name.encode().ljust(28, b".")[:28]
        self.name, self.group, self.resources = name, group, resources
        self.available = resources
        self.status, self.idle_ms = RUNNING, 0

    def encode(self):
        amounts = [] if self.status == DEAD else [
            (number, message((1, name), (2, float(amount))))
            for number, resources in ((4, self.available), (5, self.resources))
            for name, amount in resources.items()]
        return message((1, self.id), (2, self.name), (3, self.group), *amounts,
                       (8, self.status), (9, self.idle_ms),
                       (10, "127.0.0.1"))


class Job:
    """One that runs has not ended."""

    def __init__(self, namespace="anything", ended_ms=0):
        self.namespace, self.ended_ms = namespace, ended_ms

    def encode(self):
        return message((2, int(self.ended_ms > 0)),
                       (6, message((5, self.namespace))), (8, self.ended_ms))


def _counted(number, requests):
    """Fields of that number, each resources and how often."""
    return [(number, message((1, message(*[
        (1, message((1, name), (2, float(amount))))
        for name, amount in resources.items()])), (2, count)))
        for count, resources in requests]


def _server_context(folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    context.load_verify_locations(folder / "ca.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    return context


def _request(resources, apart=None):
    """Not beside others with that label."""
    amounts = [(1, message((1, name), (2, float(amount))))
               for name, amount in resources.items()]
    label = [(2, message((1, message((1, apart)))))] if apart else []
    return message(*amounts, *label)


class FakeGcs:
    """`nodes` by name, `demand` and `constraint` ([(count, resources)]) and
    `gangs` (a list of bundles each, to be spread) and `jobs` are for tests to
    edit, under `lock`; `calls` are the methods that were asked for, `store` has the values
    by (namespace, key), `killed` what a real GCS would have died of, `resized` what
    it was told of nodes' sizes.  `v2` is
    how the head was started: "1", "0" or None.

    With a token, callers without it are refused.  `tls` is a folder with
    certificates (certs.py): then callers must show one, too."""

    def __init__(self, token=None, tls=None, v2="1", port=0):
        self.token, self.v2 = token, v2
        self._tls = _server_context(pathlib.Path(tls)) if tls else None
        self.connections = 0
        self.lock = threading.RLock()
        self.nodes = {}
        self.demand = []
        self.gangs = []
        self.constraint = []
        self.jobs = []
        self.calls = []
        self.killed = []
        self.resized = []   # (node, its new resources)
        self.lacks = set()  # methods that an old GCS does not know
        self.report = {}   # the last ReportAutoscalingState, parsed
        self.restart()
        self.version = 41  # of a report by somebody before us
        self._faults = collections.deque()
        self._listener = socket.create_server(("127.0.0.1", port))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def add_node(self, name, group, resources):
        with self.lock:
            self.nodes[name] = Node(name, group, resources)

    def fail(self, kind, count=1, method=None):
        """The next `count` calls (of that method) go wrong."""
        if kind not in FAULTS and not kind.isdigit():
            raise ValueError(f"{kind}: a number or one of {FAULTS}")
        with self.lock:
            self._faults.extend([Fault(kind, method)] * count)

    def mend(self):
        """From now on nothing goes wrong."""
        with self.lock:
            self._faults.clear()

    def faults_left(self):
        with self.lock:
            return len(self._faults)

    def restart(self):
        """As a GCS does that keeps nothing; nodes register again."""
        with self.lock:
            self.store = {V2_KEY: self.v2} if self.v2 else {}
            self.version = 0
            self.state_version = 0  # of the state: it counts calls

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # ends accept(), too
        self._listener.close()

    # ---- the calls -------------------------------------------------------
    def _state(self):
        gangs = [(5, message(*[(1, _request(bundle, f"_PG_{number}"))
                               for bundle in bundles],
                             (2, f"{number:032x}:STRICT_SPREAD|PENDING")))
                 for number, bundles in enumerate(self.gangs)]
        self.state_version += 1
        constraint = _counted(1, self.constraint)
        return message((1, self.state_version), *[
            (3, node.encode()) for node in self.nodes.values()],
            *_counted(4, self.demand), *gangs,
            *([(6, message(*constraint))] if constraint else []), (7, SESSION))

    def _drain(self, node_id, reason=None, deadline_ms=0):
        """Without a reason it is unconditional."""
        if len(node_id) != 28 or reason not in (None, 1, 2) or (
                deadline_ms >> 63):
            self.killed.append((node_id, reason, deadline_ms))
        node = next((node for node in self.nodes.values()
                     if node.id == node_id), None)
        if node and node.status == RUNNING and reason:
            return message((2, "The node is no longer idle."))
        if node:
            node.status = DEAD
        return message((1, 1))

    def _resize(self, node_id, amounts):
        node = next(node for node in self.nodes.values()
                    if node.id == node_id)
        for amount in amounts:
            fields = parse(amount)
            node.resources[fields[1][0].decode()] = struct.unpack(
                "<d", fields[2][0])[0]
        self.resized.append((node.name, dict(node.resources)))
        return message(*[(1, message((1, name), (2, float(amount))))
                         for name, amount in node.resources.items()])

    def _answer_store(self, verb, body):
        fields = parse(body)
        space = 4 if verb == "Put" else 2
        key = (fields.get(space, [b""])[0].decode(), fields[1][0].decode())
        if verb == "Put":
            self.store[key] = fields.get(2, [b""])[0].decode()
            return message((1, b""), (2, 1))
        if verb == "Del":
            return message((2, int(self.store.pop(key, None) is not None)))
        if key not in self.store:
            return NO_SUCH_KEY
        return message((1, b""), (2, self.store[key]))

    def _answer(self, path, body):
        """The reply's bytes; None: unknown."""
        name = path.removeprefix(SERVICE)
        if name in self.lacks:
            return None
        if path.startswith(STORE):
            return self._answer_store(path.removeprefix(STORE), body)
        if name == "GetClusterResourceState":
            return message((1, self._state()))
        if name == "GetClusterStatus":
            return message((1, message((2, self.version))), (2, self._state()))
        if name == "DrainNode":
            fields = parse(body)
            return self._drain(fields.get(1, [b""])[0],
                               fields.get(2, [0])[0], fields.get(4, [0])[0])
        if path == JOBS:
            return message(*[(2, job.encode()) for job in self.jobs])
        if path == STOP_NODE:
            return self._drain(parse(parse(body)[1][0])[1][0])
        if name == "ResizeRayletResourceInstances":
            fields = parse(body)
            return self._resize(fields[1][0], fields[2])
        if name == "ReportAutoscalingState":
            self.report = parse(parse(body)[1][0])
            return b""
        return b"" if name == "ReportClusterConfig" else None

    # ---- the wire --------------------------------------------------------
    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,),
                                 daemon=True).start()

    def _next_fault(self, method):
        for fault in self._faults:
            if fault.method in (None, method):
                self._faults.remove(fault)
                return fault.kind
        return None

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection,
                                                   server_side=True)
            self.connections += 1
            with connection:
                for stream, fields, body in http2.requests(connection):
                    self._handle(connection, stream, fields, body)

    def _handle(self, connection, stream, fields, body):
        path = fields[":path"]
        method = path.rpartition("/")[2]
        known = self.token is None or (
            fields.get("authorization") == f"Bearer {self.token}")
        with self.lock:
            fault = self._next_fault(method)
            self.calls.append(method)
        if fault == "slow":
            time.sleep(SLOW_S)
            fault = None
        with self.lock:
            reply = self._answer(path, body[5:]) if (
                known and fault in (None, "lost")) else None
        if fault:
            self._misbehave(connection, stream, fault)
        elif not known:
            self._send(connection, stream, status="16", text=NOT_KNOWN)
        elif reply is None:
            self._send(connection, stream, status="12")
        else:
            self._send(connection, stream, reply)

    @staticmethod
    def _send(connection, stream, reply=None, status="0", length=None,
              flags=0, http_status="200", text=""):
        out = http2.headers(stream, [(":status", http_status), (
            "content-type", "application/grpc")])
        if reply is not None:
            prefix = struct.pack(
                ">BI", flags, len(reply) if length is None else length)
            out += http2.data(stream, prefix + reply)
        trailers = [("grpc-status", status)] if status else [("other", "1")]
        if text:
            trailers.append(("grpc-message", text))
        connection.sendall(out + http2.headers(stream, trailers,
                                               http2.END_STREAM))

    def _misbehave(self, connection, stream, kind):
        if kind.isdigit():
            self._send(connection, stream, status=kind,
                       text="as%20the test%0Aasked")
        elif kind == "garbage":
            connection.sendall(GREETING)
        elif kind == "http-500":
            self._send(connection, stream, b"", http_status="500")
        elif kind == "reset":
            connection.sendall(http2.frame(
                http2.RST_STREAM, 0, stream, struct.pack(">I", 8)))
        elif kind == "no-status":
            self._send(connection, stream, b"", status="")
        elif kind == "no-message":
            self._send(connection, stream)
        elif kind == "wrong":
            self._send(connection, stream, b"\x0a\xff\xff\xff\xff\x0f12")
        elif kind == "truncated":
            self._send(connection, stream, b"\x0a", length=300)
        elif kind == "compressed":
            self._send(connection, stream, b"\x0a", flags=1)
        elif kind in ("refuse", "lost"):
            connection.shutdown(socket.SHUT_RDWR)
