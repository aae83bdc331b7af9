# SPDX-License-Identifier: Apache-2.0
"""The least of an HTTP/2 server that a gRPC client needs: requests with small
bodies.  Of their headers only :path and authorization are understood, which
suffices to know the method and who asks."""
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
FRAME_MAX = 16384
END_STREAM = ACK = 0x1
END_HEADERS = 0x4

# HPACK's Huffman code is canonical: the symbols of each length (in bits), in
# order, tell the code.  Letters, digits and the marks of a path are enough.
SYMBOLS = {5: "012aceiost", 6: " %-./3456789=A_bdfghlmnpru",
           7: ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz", 8: "&*,;XZ"}


def _huffman():
    table, code, last = {}, 0, 5
    for bits, symbols in SYMBOLS.items():
        code <<= bits - last
        last = bits
        for symbol in symbols:
            table[bits, code] = symbol
            code += 1
    return table


HUFFMAN = _huffman()


def _text(data, compressed):
    if not compressed:
        return data.decode()
    out, code, bits = "", 0, 0
    for byte in data:
        for shift in range(7, -1, -1):
            code, bits = code << 1 | byte >> shift & 1, bits + 1
            if (bits, code) in HUFFMAN:
                out += HUFFMAN[bits, code]
                code = bits = 0
    return out  # what is left over is padding


# Their places in HPACK's static table.  curl never puts them into the dynamic
# one, which so need not be kept.
KNOWN = {4: ":path", 5: ":path", 23: "authorization"}


class _Block:
    """A block of headers, read from the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def integer(self, bits):
        mask = (1 << bits) - 1
        number = self.data[self.at] & mask
        self.at += 1
        shift = 0
        while number >= mask:
            byte = self.data[self.at]
            self.at += 1
            number += (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                break
        return number

    def string(self):
        compressed = self.data[self.at] & 0x80
        size = self.integer(7)
        data = self.data[self.at:self.at + size]
        self.at += size
        return data, compressed

    def fields(self):
        """The known ones, {name: value}."""
        found = {}
        while self.at < len(self.data):
            first = self.data[self.at]
            if first & 0x80:
                self.integer(7)
            elif first & 0xe0 == 0x20:
                self.integer(5)
            else:
                name = self.integer(6 if first & 0x40 else 4)
                if name == 0:
                    self.string()
                value = self.string()
                if name in KNOWN:
                    found[KNOWN[name]] = _text(*value)
        return found


def _exactly(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError("closed in the middle")
        data += more
    return data


def frame(kind, flags, stream, payload=b""):
    return (struct.pack(">I", len(payload))[1:] + bytes((kind, flags))
            + struct.pack(">I", stream) + payload)


def data(stream, payload):
    """In frames of the size that every client takes."""
    return b"".join(frame(DATA, 0, stream, payload[at:at + FRAME_MAX])
                    for at in range(0, len(payload), FRAME_MAX))


def headers(stream, pairs, flags=0):
    """Literal headers; (":status", "200") is an entry of the static table."""
    block = b""
    for name, value in pairs:
        if (name, value) == (":status", "200"):
            block += b"\x88"
        elif name == ":status":
            block += b"\x08" + bytes((len(value),)) + value.encode()
        else:
            block += (b"\x00" + bytes((len(name),)) + name.encode()
                      + bytes((len(value),)) + value.encode())
    return frame(HEADERS, flags | END_HEADERS, stream, block)


def requests(connection):
    """(stream, headers, body) of each request, as they end."""
    if _exactly(connection, len(PREFACE)) != PREFACE:
        raise ConnectionError("not HTTP/2")
    connection.sendall(frame(SETTINGS, 0, 0))
    begun = {}  # stream -> (headers, body)
    while True:
        head = _exactly(connection, 9)
        size, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        stream = int.from_bytes(head[5:], "big")
        payload = _exactly(connection, size)
        if kind == SETTINGS and not flags & ACK:
            connection.sendall(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            connection.sendall(frame(PING, ACK, 0, payload))
        elif kind == HEADERS:
            padded, priority = flags & 0x8, flags & 0x20
            block = _Block(payload[bool(padded) + 5 * bool(priority):])
            begun[stream] = (block.fields(), bytearray())
        elif kind == DATA:
            begun[stream][1].extend(payload)
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            fields, body = begun.pop(stream)
            yield stream, fields, bytes(body)
