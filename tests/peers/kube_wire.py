# SPDX-License-Identifier: Apache-2.0
"""How the fake Kubernetes API speaks: HTTPS, streams of events, and faults.

Server hands each request to its `kube` (fake_kube.FakeKube) and answers with
what that says; a fault is played here, on the connection.
"""
import collections
import json
import queue
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

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
# What comes over the wire, and whether who calls may.
Call = collections.namedtuple(
    "Call", "method command path query content_type body known")


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
        if has_labels(pod, self._wanted):
            self.send(event(kind, pod))

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


def has_labels(thing, wanted):
    labels = thing["metadata"]["labels"]
    return all(labels.get(key) == value for key, value in wanted)


def event(kind, thing):
    return json.dumps({"type": kind, "object": thing}).encode() + b"\n"


def _method(command, path, query):
    if command != "GET" or not path.endswith("/pods"):
        return command
    return "WATCH" if query.get("watch") else "LIST"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    kube = None
    refused = 0  # so many connections will be

    def __init__(self, address):
        super().__init__(address, _Handler)

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
        self._chunk(event("BOOKMARK", {
            "kind": "Pod", "apiVersion": "v1", "metadata": {
                "resourceVersion": kube.version(),
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
        content_type = self.headers.get("Content-Type", "")
        request, fault, code, answer = kube.handle(
            Call(method, self.command, url.path, query, content_type,
                 self._body(), self._authenticated()))
        if kube.on_request:
            kube.on_request(request)
        if fault:
            self._misbehave(fault)
        elif isinstance(answer, Watch):
            try:
                self._stream(answer, query)
            finally:
                kube.close_watch(answer)
        else:
            self._reply(code, answer)
        if self.command == "PATCH" and code == 200:
            kube.on_patch()

    do_GET = do_PATCH = do_POST = do_PUT = do_DELETE = _handle
