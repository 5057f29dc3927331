"""HEP, the encapsulation of HOMER agents: versions 1 and 2, and version 3 with its chunks.

Only the addresses, times and correlation id inside count; the packet around them merely
shows where the agent sent its copy.
"""

from __future__ import annotations

import re
import socket
import struct

from msgspec import Struct

from sipdiag.capture.payload import Endpoint
from sipdiag.sip.grammar import is_start_line

MAGIC = b"HEP3"
_TRANSPORTS = {6: "TCP", 17: "UDP", 132: "SCTP"}
_FAMILIES = {2: (socket.AF_INET, 4), 10: (socket.AF_INET6, 16)}


class HepPacket(Struct, frozen=True):
    """What an agent copied."""

    src: Endpoint
    dst: Endpoint
    transport: str
    time_ns: int | None
    """Time the agent captured it; HEP 1 has none."""
    correlation: str | None
    data: bytes


def parse(data: bytes) -> HepPacket | None:
    """The packet, if it is HEP and carries SIP."""
    packet = _version_3(data) if data.startswith(MAGIC) else _version_1_2(data)
    if packet is None or not is_start_line(packet.data):
        return None
    return packet


def _version_3(data: bytes) -> HepPacket | None:
    if len(data) < 6:
        return None
    chunks: dict[int, bytes] = {}
    position = 6
    while position + 6 <= len(data):
        vendor, kind, size = struct.unpack_from(">HHH", data, position)
        if size < 6:
            break
        if vendor == 0:
            chunks[kind] = data[position + 6 : position + size]
        position += size
    body = chunks.get(15)
    if body is None:
        return None
    family = _number(chunks.get(1))
    source = _address(family, chunks.get(3) or chunks.get(5))
    destination = _address(family, chunks.get(4) or chunks.get(6))
    if source is None or destination is None:
        return None
    seconds = chunks.get(9)
    time_ns = None
    if seconds is not None:
        time_ns = _number(seconds) * 1_000_000_000 + _number(chunks.get(10)) * 1000
    correlation = chunks.get(17)
    return HepPacket(
        src=Endpoint(source, _number(chunks.get(7))),
        dst=Endpoint(destination, _number(chunks.get(8))),
        transport=_TRANSPORTS.get(_number(chunks.get(2)), "UDP"),
        time_ns=time_ns,
        correlation=correlation.decode("utf-8", "replace").strip("\0") or None if correlation else None,
        data=body,
    )


def _number(value: bytes | None) -> int:
    return int.from_bytes(value, "big") if value else 0


def _address(family: int, packed: bytes | None) -> str | None:
    name, size = _FAMILIES.get(family, (None, 0))
    if name is None or packed is None or len(packed) != size:
        return None
    return socket.inet_ntop(name, packed)


def _version_1_2(data: bytes) -> HepPacket | None:
    if len(data) < 16 or data[0] not in (1, 2) or data[2] not in _FAMILIES:
        return None
    name, size = _FAMILIES[data[2]]
    end = 8 + 2 * size
    if len(data) < end + 12:
        return None
    source_port, destination_port = struct.unpack_from(">HH", data, 4)
    time_ns = None
    if data[0] == 2:
        # The time follows in the byte order of the agent's machine, which is little-endian.
        seconds, micros = struct.unpack_from("<II", data, end)
        time_ns = seconds * 1_000_000_000 + micros % 1_000_000 * 1000
        end += 12
    return HepPacket(
        src=Endpoint(socket.inet_ntop(name, data[8 : 8 + size]), source_port),
        dst=Endpoint(socket.inet_ntop(name, data[8 + size : 8 + 2 * size]), destination_port),
        transport=_TRANSPORTS.get(data[3], "UDP"),
        time_ns=time_ns,
        correlation=None,
        data=data[end:],
    )


_BEGIN = re.compile(rb"HEP3..\0\0\0[\x01-\x20]\0.", re.DOTALL)
"""Magic, length, and the head of a first chunk: of no vendor, of a known type, and short."""
_LONGEST_BEGIN = 12


class HepStream:
    """HEP 3 over TCP: packets one after the other, each with its length.

    A packet ends where the next one begins, whatever length it claims.  Each byte is looked at once.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        """How far in the buffer no packet begins within another."""
        self.lies = 0
        """Packets whose length is wrong."""

    def receive(self, data: bytes) -> list[bytes]:
        """Take the next bytes of the stream; the whole packets among them."""
        self._buffer += data
        packets: list[bytes] = []
        position = 0
        while len(self._buffer) - position >= 6:
            if self._buffer[position : position + 4] != MAGIC:
                following = self._buffer.find(MAGIC, position)
                if following < 0:
                    position = len(self._buffer) - 3
                    break
                position = following
                continue
            end = position + max(6, int.from_bytes(self._buffer[position + 4 : position + 6], "big"))
            inner = _BEGIN.search(self._buffer, max(position + 6, self._searched), end)
            if inner is not None:
                self.lies += 1
                end = inner.start()
            elif end > len(self._buffer):
                self._searched = max(position + 6, len(self._buffer) - _LONGEST_BEGIN)
                break
            packets.append(bytes(self._buffer[position:end]))
            position = end
        del self._buffer[:position]
        self._searched = max(0, self._searched - position)
        return packets

    def finish(self) -> list[bytes]:
        """No more bytes come, or bytes are missing here: the packet that is not whole, if one has begun."""
        rest = [bytes(self._buffer)] if self._buffer.startswith(MAGIC) else []
        self._buffer.clear()
        self._searched = 0
        return rest
