# SPDX-License-Identifier: Apache-2.0
"""Protobuf's wire format, as much of it as the fake GCS needs."""
import struct


def varint(number):
    out = bytearray()
    number &= (1 << 64) - 1
    while number >= 0x80:
        out.append(number & 0x7f | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def message(*fields):
    """Bytes of (number, value) pairs; by its type a value becomes a varint, a
    double, or text, bytes and messages (which are bytes)."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        elif isinstance(value, float):
            out += varint(number << 3 | 1) + struct.pack("<d", value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def parse(data):
    """{number: [value, ...]}; doubles stay 8 bytes."""
    fields, at = {}, 0

    def take_varint():
        nonlocal at
        number = shift = 0
        while True:
            byte = data[at]
            at += 1
            number |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return number

    while at < len(data):
        tag = take_varint()
        if tag & 7 == 0:
            value = take_varint()
        else:
            size = 8 if tag & 7 == 1 else take_varint()
            value, at = data[at:at + size], at + size
        fields.setdefault(tag >> 3, []).append(value)
    return fields
