"""Writes messages as a capture: Ethernet, IPv4 or IPv6, UDP or TCP, with lengths and checksums valid.

The packets are made anew around the messages.  A connection gets a handshake and sequence numbers
without holes; what was missing from a message is a hole in them again.  Reports that something did not
get through (ICMP, refused or unanswered connections, TLS alerts) are made anew as well.
"""

from __future__ import annotations

import hashlib
import ipaddress
import struct
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from sipdiag.capture import pcapfile, tls
from sipdiag.capture.payload import Endpoint, Unreachable

_ETHERNET = 1
_UDP, _TCP = 17, 6
_MOST_UDP = 65_507
"""Bytes of the largest datagram IPv4 can carry (RFC 768, RFC 791)."""
_SEGMENT = 1_400
_SYN, _RST, _ACK, _PSH_ACK = 0x02, 0x04, 0x10, 0x18
_ICMP, _ICMP_6 = 1, 58
_QUOTED = 1_000
"""Bytes of a datagram that an error quotes at most (RFC 4443 §2.4 (c) allows 1,232 with the headers)."""
_ERRORS = {
    "network unreachable": (3, 0),
    "host unreachable": (3, 1),
    "protocol unreachable": (3, 2),
    "port unreachable": (3, 3),
    "packet too big": (3, 4),
    "administratively prohibited": (3, 13),
    "time exceeded": (11, 0),
}
"""Error → type and code of ICMP (RFC 792, RFC 1812 §5.2.7.1); whatever else is merely unreachable."""
_UNREACHABLE = (3, 15)
_ERRORS_6 = {
    "no route": (1, 0),
    "administratively prohibited": (1, 1),
    "address unreachable": (1, 3),
    "port unreachable": (1, 4),
    "time exceeded": (3, 0),
}
"""The same for IPv6 (RFC 4443 §3)."""
_UNREACHABLE_6 = (1, 2)
_WINDOW = 64_240
_DISCARD = 9
"""Port whose datagrams mean nothing (RFC 863)."""
_NOBODY = Endpoint("240.0.0.1", _DISCARD)


class WrittenMessage(Struct, frozen=True):
    """A message on one hop."""

    time_ns: int
    src: Endpoint
    dst: Endpoint
    stream: bool
    """Over TCP, or anything else that is a stream; else a datagram."""
    data: bytes
    missing: int = 0
    """Bytes of it that were not captured."""


class Failed(Struct, frozen=True):
    """A report that something did not get through."""

    report: Unreachable
    quoted: bytes = b""
    """What an ICMP error quotes of a datagram."""

    @property
    def time_ns(self) -> int:
        return self.report.time_ns


def mark(time_ns: int) -> WrittenMessage:
    """An empty datagram that says no more than that the capture was running then."""
    return WrittenMessage(time_ns, _NOBODY, _NOBODY, False, b"")


def capture_of(messages: Iterable[WrittenMessage | Failed]) -> Iterator[bytes]:
    """A pcap file with nanosecond times, in pieces: its header, then a piece a packet."""
    yield pcapfile.header(_ETHERNET)
    wire = _Wire()
    for sent in messages:
        packets = wire.packets(sent) if isinstance(sent, WrittenMessage) else wire.failure(sent)
        for packet in packets:
            yield pcapfile.record(sent.time_ns, len(packet), packet)


class _Wire(Struct):
    """The connections so far: next sequence number by direction."""

    _next: dict[tuple[Endpoint, Endpoint], int] = field(default_factory=dict)
    _count: int = 0
    _resets: int = 0

    def packets(self, sent: WrittenMessage) -> Iterator[bytes]:
        """The packets that carry a message."""
        if not sent.stream:
            data = sent.data[:_MOST_UDP]
            header = struct.pack("!HHHH", sent.src.port, sent.dst.port, 8 + len(data), 0)
            yield self._packet(sent, _UDP, header + data, 6)
            return
        back = WrittenMessage(sent.time_ns, sent.dst, sent.src, True, b"")
        if (sent.src, sent.dst) not in self._next:
            yield self._segment(sent, _SYN, b"")
            yield self._segment(back, _SYN | _ACK, b"")
            yield self._segment(sent, _ACK, b"")
        for start in range(0, len(sent.data), _SEGMENT):
            yield self._segment(sent, _PSH_ACK, sent.data[start : start + _SEGMENT])
        self._next[sent.src, sent.dst] += sent.missing

    def failure(self, failed: Failed) -> Iterator[bytes]:
        """The packets that say what the report says."""
        report = failed.report
        there = WrittenMessage(report.time_ns, report.src, report.dst, True, b"")
        back = WrittenMessage(report.time_ns, report.dst, report.src, True, b"")
        if report.kind == "icmp":
            yield self._error(failed)
        elif report.kind == "tls-alert":
            yield from self.packets(
                WrittenMessage(report.time_ns, report.src, report.dst, True, _alert(report.what))
            )
        elif (report.src, report.dst) in self._next:
            yield self._segment(there, _RST | _ACK, b"")
            self._resets += 1
            self._forget(report)
        else:
            for _ in range(report.tries):
                self._forget(report)
                yield self._segment(there, _SYN, b"")
            if report.kind == "reset":
                yield self._segment(back, _RST | _ACK, b"")
            self._forget(report)

    def _forget(self, report: Unreachable) -> None:
        self._next.pop((report.src, report.dst), None)
        self._next.pop((report.dst, report.src), None)

    def _error(self, failed: Failed) -> bytes:
        """An ICMP error of the reporter, about a packet of the report's source."""
        report = failed.report
        sent = WrittenMessage(report.time_ns, report.src, report.dst, False, failed.quoted[:_QUOTED])
        if report.transport == "UDP":
            packet = next(iter(self.packets(sent)))
        else:
            packet = self._packet(
                sent, _TCP, struct.pack("!HHI", report.src.port, report.dst.port, 0) + bytes(12), 16
            )
        packet = packet[14:]
        over_6 = packet[0] >> 4 == 6
        known = (
            _ERRORS_6.get(report.what, _UNREACHABLE_6) if over_6 else _ERRORS.get(report.what, _UNREACHABLE)
        )
        error = struct.pack("!BBHI", *known, 0, 0) + packet
        answer = WrittenMessage(report.time_ns, Endpoint(report.reporter, 0), report.src, False, b"")
        return self._packet(answer, _ICMP_6 if over_6 else _ICMP, error, 2)

    def _segment(self, sent: WrittenMessage, flags: int, data: bytes) -> bytes:
        way = (sent.src, sent.dst)
        # A connection that opens again must not look like the old one sent again.
        sequence = self._next.setdefault(way, _first_sequence(sent.src, sent.dst) + (self._resets << 26))
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

    def _packet(self, sent: WrittenMessage, protocol: int, segment: bytes, checksum_at: int) -> bytes:
        """Ethernet and IP around a segment whose checksum, at that offset, is still zero."""
        src, dst = _same_version(sent.src.address, sent.dst.address)
        ends = src.packed + dst.packed
        pseudo = ends + (
            struct.pack("!BBH", 0, protocol, len(segment))
            if src.version == 4
            else struct.pack("!IHBB", len(segment), 0, 0, protocol)
        )
        # A checksum of zero means that there is none (RFC 768).
        checksum = _checksum(segment if protocol == _ICMP else pseudo + segment) or 0xFFFF
        segment = segment[:checksum_at] + struct.pack("!H", checksum) + segment[checksum_at + 2 :]
        link = _mac(dst.packed) + _mac(src.packed)
        if src.version == 6:
            return link + struct.pack("!HIHBB", 0x86DD, 6 << 28, len(segment), protocol, 64) + ends + segment
        self._count = (self._count + 1) % 0x10000
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), self._count, 0, 64, protocol, 0)
        header = header[:10] + struct.pack("!H", _checksum(header + ends)) + ends
        return link + struct.pack("!H", 0x0800) + header + segment


def _alert(what: str) -> bytes:
    """A fatal TLS alert in a record of its own (RFC 8446 §6)."""
    codes = {name: code for code, name in tls.ALERTS.items()}
    return bytes((tls.ALERT, 3, 3, 0, 2, 2, codes.get(what.removeprefix("TLS alert: "), 80)))


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
