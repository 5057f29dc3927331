"""Packets printed as hexadecimal bytes, and what UDP or TCP carries in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from sipdiag.logs.records import Numbered
from sipdiag.sip.grammar import MAX_MESSAGE

_SNIFFED = re.compile(
    rb"(?:\[[^\]\n]{0,40}\][ \t]+)?(?:(?P<date>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9})|(?P<s>\d{1,8})(?P<f>\.\d{1,9}))"
    rb" (?:\S{1,64} (?:in|out) )?[0-9A-Fa-f][0-9A-Fa-f.:]{2,64} -> [0-9A-Fa-f][0-9A-Fa-f.:]{2,64}: "
)
"""What FortiGate's sniffer prints before a packet: the date, or the seconds since it was started."""


class Hexadecimal:
    """Packets as bytes: ``tcpdump -X``, ``-x``, ``-XX``, ``tshark -x``, FortiGate's ``diagnose sniffer packet``.

    What stands before a packet passes.
    """

    ROW = re.compile(
        rb"[ \t]*(?:0x)?([0-9a-f]{4,8}):?[ \t]{1,3}((?:(?:[0-9a-f]{2}){1,2} ){0,15}(?:[0-9a-f]{2}){1,2})(?:[ \t]|$)"
    )

    def __init__(self) -> None:
        self._packet = bytearray()
        self._number = 0
        self._time = b""
        """Of the packet, as FortiGate prints it."""

    def line(self, number: int, text: bytes) -> Iterator[Numbered]:
        row = self.ROW.match(text)
        if row is not None and int(row[1], 16) == len(self._packet) < MAX_MESSAGE:
            self._number = self._number if self._packet else number
            # The width is that of sixteen bytes; what follows is the same in letters.
            self._packet += bytes.fromhex(row[2].decode())[:16]
            return
        yield from self.end()
        if row is not None and int(row[1], 16) == 0:
            self._packet, self._number = bytearray(bytes.fromhex(row[2].decode())[:16]), number
            return
        if text.strip():
            self._time = _sniffed_at(text)
        yield number, text

    def end(self) -> Iterator[Numbered]:
        packet, self._packet = bytes(self._packet), bytearray()
        datagram = _transported(packet)
        if datagram is None:
            return
        ends, data = datagram
        if b"SIP/2.0" not in data:
            return
        time, self._time = self._time, b""
        for line in [
            (time + b" " + ends).strip(),
            *data.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n"),
        ]:
            yield self._number, line


def _sniffed_at(text: bytes) -> bytes:
    header = _SNIFFED.match(text)
    if header is None:
        return b""
    if header["date"] is not None:
        return header["date"]
    minutes, seconds = divmod(int(header["s"]), 60)
    return b"%02d:%02d:%02d%s" % (minutes // 60 % 24, minutes % 60, seconds, header["f"])


_NETWORK_AT = (0, 14, 16, 18, 20)
"""Bytes before the network layer: none; Ethernet; Linux cooked; Ethernet with a tag; Linux cooked, version 2."""


def _transported(packet: bytes) -> tuple[bytes, bytes] | None:
    """The ends of an IP packet and the bytes that UDP or TCP carries in it."""
    for at in _NETWORK_AT:
        found = _of_network(packet[at:])
        if found is not None:
            return found
    return None


def _of_network(ip: bytes) -> tuple[bytes, bytes] | None:
    if len(ip) < 28:
        return None
    if ip[0] >> 4 == 4:
        header, protocol, total = (ip[0] & 15) * 4, ip[9], int.from_bytes(ip[2:4], "big")
        hosts = ip[12:16], ip[16:20]
    elif ip[0] >> 4 == 6:
        header, protocol, total = 40, ip[6], 40 + int.from_bytes(ip[4:6], "big")
        hosts = ip[8:24], ip[24:40]
    else:
        return None
    above = ip[header:total]
    if (
        header < 20
        or not header < total <= len(ip) + MAX_MESSAGE
        or protocol not in (6, 17)
        or len(above) < 8
    ):
        return None
    data = above[8:] if protocol == 17 else above[(above[12] >> 4) * 4 :] if len(above) > 12 else b""
    name = b"UDP:" if protocol == 17 else b"TCP:"
    ends = [
        name
        + (b"[%s]:%d" if len(host) == 16 else b"%s:%d")
        % (str(ip_address(host)).encode(), int.from_bytes(port, "big"))
        for host, port in zip(hosts, (above[:2], above[2:4]), strict=True)
    ]
    return b" -> ".join(ends), data
