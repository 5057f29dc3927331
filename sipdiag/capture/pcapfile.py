"""The bytes of a pcap file with nanosecond times, as it is written."""

from __future__ import annotations

import struct

SNAPLEN = 262_144
"""Bytes; the longest packet that readers have to expect."""
_MAGIC_NS = 0xA1B23C4D


def header(link: int) -> bytes:
    """The head of a file whose packets have this LINKTYPE_ number."""
    return struct.pack("<IHHiIII", _MAGIC_NS, 2, 4, 0, 0, SNAPLEN, link)


def record(time_ns: int, wire: int, data: bytes) -> bytes:
    """A packet that had so many bytes on the wire."""
    seconds, fraction = divmod(time_ns, 1_000_000_000)
    return struct.pack("<IIII", seconds & 0xFFFFFFFF, fraction, len(data), wire) + data
