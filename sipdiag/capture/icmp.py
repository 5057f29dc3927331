"""ICMP errors (RFC 792, RFC 4443) that quote a packet: whose it was, and what SIP is visible in it."""

from __future__ import annotations

import re
import socket

from msgspec import Struct

from sipdiag.capture.payload import Endpoint

ERRORS_4 = {3: "unreachable", 11: "time exceeded"}
ERRORS_6 = {1: "unreachable", 3: "time exceeded"}
_PROHIBITED = "administratively prohibited"
_CODES_4 = {
    0: "network unreachable",
    1: "host unreachable",
    2: "protocol unreachable",
    3: "port unreachable",
    4: "packet too big",
    9: _PROHIBITED,
    10: _PROHIBITED,
    13: _PROHIBITED,
}
_CODES_6 = {0: "no route", 1: _PROHIBITED, 3: "address unreachable", 4: "port unreachable"}
_TIME_EXCEEDED = {4: 11, 6: 3}
REASSEMBLY = "fragment reassembly time exceeded"
"""Code 1 of time exceeded: some fragments of a packet came, and not all (RFC 792, RFC 4443 §3.3)."""
_TRANSPORTS = {6: "TCP", 17: "UDP", 132: "SCTP"}
_CALL_ID = re.compile(rb"\n(?:Call-ID|i)[ \t]*:[ \t]*([^\r\n]{1,255})[\r\n]", re.IGNORECASE)
_UDP_HEADER = 8


class Quoted(Struct, frozen=True):
    """The packet that an error is about."""

    what: str
    """The error in words: ``port unreachable``."""
    src: Endpoint
    dst: Endpoint
    transport: str
    data: bytes
    """What is quoted of a datagram's payload; empty for TCP."""

    @property
    def call_id(self) -> str | None:
        """Call-ID of the quoted SIP, when the quotation goes that far."""
        found = _CALL_ID.search(self.data)
        return found[1].decode("utf-8", "replace").strip() if found else None


def parse(error: bytes, version: int) -> Quoted | None:
    """The packet quoted by an ICMP message, which begins with its type; None when it quotes none."""
    if len(error) < 8:
        return None
    kind, code, packet = error[0], error[1], error[8:]
    if version == 4:
        what = _CODES_4.get(code, ERRORS_4[3]) if kind == 3 else ERRORS_4.get(kind)
    else:
        what = _CODES_6.get(code, ERRORS_6[1]) if kind == 1 else ERRORS_6.get(kind)
    if kind == _TIME_EXCEEDED[version] and code == 1:
        what = REASSEMBLY
    if what is None or not packet or packet[0] >> 4 not in (4, 6):
        return None
    return _quoted(what, packet)


def _quoted(what: str, packet: bytes) -> Quoted | None:
    if packet[0] >> 4 == 4:
        start, addresses, size, family = (packet[0] & 15) << 2, 12, 4, socket.AF_INET
    else:
        start, addresses, size, family = 40, 8, 16, socket.AF_INET6
    if len(packet) < start + 4 or start < 20:
        return None
    transport = _TRANSPORTS.get(packet[9] if size == 4 else packet[6])
    if transport is None:
        return None
    source = socket.inet_ntop(family, packet[addresses : addresses + size])
    destination = socket.inet_ntop(family, packet[addresses + size : addresses + 2 * size])
    return Quoted(
        what=what,
        src=Endpoint(source, int.from_bytes(packet[start : start + 2], "big")),
        dst=Endpoint(destination, int.from_bytes(packet[start + 2 : start + 4], "big")),
        transport=transport,
        data=packet[start + _UDP_HEADER :] if transport == "UDP" else b"",
    )
