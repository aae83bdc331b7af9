# SPDX-License-Identifier: Apache-2.0
"""A client of the Kubernetes API."""
import http.client
import json
import ssl
import threading
import urllib.parse

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
YAML = "application/yaml"

AGENT = "raytide-tests"  # how the audit log names us

# What a call may raise when the server is away.
AWAY = (OSError, http.client.HTTPException)


class ApiError(Exception):
    """The server said no."""

    def __init__(self, status, body):
        super().__init__(f"HTTP {status}: {body[:500]}")
        self.status = status


class Api:
    """One identity at one server: a client certificate or a token.  Each
    thread has a connection of its own."""

    def __init__(self, host, port, ca, cert=None, key=None, token=None):
        self._server = host, port
        self._token = token
        self._tls = ssl.create_default_context(cafile=ca)
        if cert:
            self._tls.load_cert_chain(cert, key)
        self._local = threading.local()

    def get(self, path, **query):
        return self.call("GET", path, **query)

    def create(self, path, body, content_type="application/json"):
        return self.call("POST", path, body, content_type)

    def patch(self, path, body, content_type=MERGE):
        return self.call("PATCH", path, body, content_type)

    def delete(self, path, body=None):
        return self.call("DELETE", path, body)

    def call(self, method, path, body=None, content_type="application/json",
             **query):
        """The reply, parsed; ApiError when its status is above 299."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        if not isinstance(body, (bytes, type(None))):
            body = json.dumps(body).encode()
        status, text = self._ask(method, path, body, content_type)
        if status > 299:
            raise ApiError(status, text)
        return json.loads(text) if text.startswith(("{", "[")) else text

    def _ask(self, method, path, body, content_type):
        """Once more on a new connection when the kept one is dead."""
        headers = self._headers(content_type if body is not None else None)
        kept = getattr(self._local, "connection", None)
        try:
            self._local.connection = connection = kept or self._connect(60)
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        except AWAY:
            self._local.connection = None
            if not kept:
                raise
        return self._ask(method, path, body, content_type)

    def _connect(self, timeout):
        return http.client.HTTPSConnection(*self._server, context=self._tls,
                                           timeout=timeout)

    def _headers(self, content_type=None):
        headers = {"Accept": "application/json", "User-Agent": AGENT}
        if content_type:
            headers["Content-Type"] = content_type
        if self._token:
            headers["Authorization"] = "Bearer " + self._token
        return headers

    # ---- following -------------------------------------------------------
    def follow(self, path, stop, **query):
        """Yields (type, object) until `stop` is set: a list, then a watch,
        again when that ends.  Each list is one ("LISTED", items), and its
        items are not repeated."""
        while not stop.is_set():
            try:
                page = self.get(path, **query)
                yield "LISTED", page.get("items", [])
                yield from self._watch(
                    path, stop, page["metadata"]["resourceVersion"], query)
            except (ApiError, ValueError, *AWAY):
                stop.wait(0.5)

    def _watch(self, path, stop, version, query):
        query = {**query, "watch": "1", "resourceVersion": version,
                 "timeoutSeconds": "300"}
        connection = self._connect(310)
        try:
            connection.request("GET", path + "?" + urllib.parse.urlencode(
                query), headers=self._headers())
            reply = connection.getresponse()
            if reply.status > 299:
                raise ApiError(reply.status, reply.read().decode())
            while not stop.is_set():
                line = reply.readline()
                event = json.loads(line) if line else {"type": "ERROR"}
                if event["type"] == "ERROR":
                    return
                yield event["type"], event["object"]
        finally:
            connection.close()
