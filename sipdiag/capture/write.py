"""Writes messages as a capture: Ethernet, IPv4 or IPv6, UDP or TCP, with lengths and checksums valid.

The packets are made anew around the messages.  A connection gets a handshake and sequence numbers
without holes; what was missing from a message is a hole in them again.
"""

from __future__ import annotations

import hashlib
import ipaddress
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sipdiag.capture.payload import Endpoint

_MAGIC_NS = 0xA1B23C4D
_SNAPLEN = 262_144
_ETHERNET = 1
_UDP, _TCP = 17, 6
_MOST_UDP = 65_507
"""Bytes of the largest datagram IPv4 can carry (RFC 768, RFC 791)."""
_SEGMENT = 1_400
_SYN, _ACK, _PSH_ACK = 0x02, 0x10, 0x18
_WINDOW = 64_240
_DISCARD = 9
"""Port whose datagrams mean nothing (RFC 863)."""
_NOBODY = Endpoint("240.0.0.1", _DISCARD)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message on one hop."""

    time_ns: int
    src: Endpoint
    dst: Endpoint
    stream: bool
    """Over TCP, or anything else that is a stream; else a datagram."""
    data: bytes
    missing: int = 0
    """Bytes of it that were not captured."""


def mark(time_ns: int) -> Sent:
    """An empty datagram that says no more than that the capture was running then."""
    return Sent(time_ns, _NOBODY, _NOBODY, False, b"")


def capture_of(messages: Iterable[Sent]) -> Iterator[bytes]:
    """A pcap file with nanosecond times, in pieces: its header, then a piece a packet."""
    yield struct.pack("<IHHiIII", _MAGIC_NS, 2, 4, 0, 0, _SNAPLEN, _ETHERNET)
    wire = _Wire()
    for sent in messages:
        seconds, fraction = divmod(sent.time_ns, 1_000_000_000)
        for packet in wire.packets(sent):
            yield struct.pack("<IIII", seconds & 0xFFFFFFFF, fraction, len(packet), len(packet)) + packet


@dataclass(slots=True)
class _Wire:
    """The connections so far: next sequence number by direction."""

    _next: dict[tuple[Endpoint, Endpoint], int] = field(default_factory=dict)
    _count: int = 0

    def packets(self, sent: Sent) -> Iterator[bytes]:
        """The packets that carry a message."""
        if not sent.stream:
            data = sent.data[:_MOST_UDP]
            header = struct.pack("!HHHH", sent.src.port, sent.dst.port, 8 + len(data), 0)
            yield self._packet(sent, _UDP, header + data, 6)
            return
        back = Sent(sent.time_ns, sent.dst, sent.src, True, b"")
        if (sent.src, sent.dst) not in self._next:
            yield self._segment(sent, _SYN, b"")
            yield self._segment(back, _SYN | _ACK, b"")
            yield self._segment(sent, _ACK, b"")
        for start in range(0, len(sent.data), _SEGMENT):
            yield self._segment(sent, _PSH_ACK, sent.data[start : start + _SEGMENT])
        self._next[sent.src, sent.dst] += sent.missing

    def _segment(self, sent: Sent, flags: int, data: bytes) -> bytes:
        way = (sent.src, sent.dst)
        sequence = self._next.setdefault(way, _first_sequence(sent.src, sent.dst))
        acknowledged = self._next.get((sent.dst, sent.src), 0) if flags & _ACK else 0
        self._next[way] = sequence + len(data) + (1 if flags & _SYN else 0)
        header = struct.pack(
            "!HHIIBBHHH",
            sent.src.port,
            sent.dst.port,
            sequence % 2**32,
            acknowledged % 2**32,
            5 << 4,
            flags,
            _WINDOW,
            0,
            0,
        )
        return self._packet(sent, _TCP, header + data, 16)

    def _packet(self, sent: Sent, protocol: int, segment: bytes, checksum_at: int) -> bytes:
        """Ethernet and IP around a segment whose checksum, at that offset, is still zero."""
        src, dst = _same_version(sent.src.address, sent.dst.address)
        ends = src.packed + dst.packed
        pseudo = ends + (
            struct.pack("!BBH", 0, protocol, len(segment))
            if src.version == 4
            else struct.pack("!IHBB", len(segment), 0, 0, protocol)
        )
        # A checksum of zero means that there is none (RFC 768).
        checksum = _checksum(pseudo + segment) or 0xFFFF
        segment = segment[:checksum_at] + struct.pack("!H", checksum) + segment[checksum_at + 2 :]
        link = _mac(dst.packed) + _mac(src.packed)
        if src.version == 6:
            return link + struct.pack("!HIHBB", 0x86DD, 6 << 28, len(segment), protocol, 64) + ends + segment
        self._count = (self._count + 1) % 0x10000
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), self._count, 0, 64, protocol, 0)
        header = header[:10] + struct.pack("!H", _checksum(header + ends)) + ends
        return link + struct.pack("!H", 0x0800) + header + segment


def _same_version(
    src: str, dst: str
) -> (
    tuple[ipaddress.IPv4Address, ipaddress.IPv4Address] | tuple[ipaddress.IPv6Address, ipaddress.IPv6Address]
):
    """Both addresses; what is none becomes the unspecified one, IPv4 beside IPv6 is mapped."""
    first, second = _address(src), _address(dst)
    if isinstance(first, ipaddress.IPv4Address) and isinstance(second, ipaddress.IPv4Address):
        return first, second
    return _mapped(first), _mapped(second)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ipaddress.IPv4Address(0)


def _mapped(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv6Address:
    if isinstance(address, ipaddress.IPv6Address):
        return address
    return ipaddress.IPv6Address(f"::ffff:{address}")


def _mac(address: bytes) -> bytes:
    """A locally administered MAC address."""
    return b"\x02" + hashlib.blake2b(address, digest_size=5).digest()


def _first_sequence(src: Endpoint, dst: Endpoint) -> int:
    digest = hashlib.blake2b(f"{src.address}:{src.port} {dst.address}:{dst.port}".encode(), digest_size=3)
    return int.from_bytes(digest.digest())


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
