# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy on loopback that can be told to misbehave: it stands between the
sidecar and the GCS.  Calls of the sidecar are a connection each, so a fault
of one connection is a fault of one call."""
import collections
import contextlib
import socket
import threading

# What fail() can do to a connection.
#   refuse    closed before anything is read
#   hang      nothing comes back
#   garbage   some bytes that are no HTTP/2 come back
#   truncate  the reply ends after its first bytes
#   corrupt   some bytes of the reply are overwritten: it is still HTTP/2, but
#             what it brings is no protobuf any more
FAULTS = ("refuse", "hang", "garbage", "truncate", "corrupt")
GOOD_BYTES = 300  # of a reply: HTTP/2's headers and the first of the message
BAD_BYTES = 64    # longer than any text in it


class FaultyProxy:
    def __init__(self, host, port):
        self._target = (host, port)
        self._faults = collections.deque()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def fail(self, kind, count=1):
        """The next `count` connections go wrong."""
        if kind not in FAULTS:
            raise ValueError(f"{kind}: one of {', '.join(FAULTS)}")
        with self._lock:
            self._faults.extend([kind] * count)

    def faults_left(self):
        with self._lock:
            return len(self._faults)

    def close(self):
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with self._lock:
                    fault = self._faults.popleft() if self._faults else None
                threading.Thread(target=self._serve, args=(client, fault),
                                 daemon=True).start()

    def _serve(self, client, fault):
        with client, contextlib.suppress(OSError):
            if fault == "refuse":
                return
            if fault == "hang":
                while client.recv(65536):
                    pass
                return
            if fault == "garbage":
                client.recv(65536)
                client.sendall(b"\xff\0 no HTTP/2 at all\r\n\r\n" * 8)
                return
            with socket.create_connection(self._target) as server:
                threading.Thread(target=_copy, args=(client, server),
                                 daemon=True).start()
                _copy(server, client, fault)


def _copy(source, sink, fault=None):
    bad = range(GOOD_BYTES, GOOD_BYTES + BAD_BYTES)
    passed = 0
    with contextlib.suppress(OSError):
        while True:
            data = source.recv(65536)
            if not data:
                break
            if fault == "truncate" and passed + len(data) > GOOD_BYTES:
                sink.sendall(data[:GOOD_BYTES - passed])
                break
            if fault == "corrupt":
                data = bytes(0xff if at in bad else byte
                             for at, byte in enumerate(data, passed))
            passed += len(data)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
