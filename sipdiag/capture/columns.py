"""The fast lane's choice among decoded packets: which datagrams may be SIP, which are RTP.

Everything here looks at whole columns.  Only what passes the cheap tests becomes a Python
object, elsewhere.
"""

from __future__ import annotations

import socket

import numpy as np
import numpy.typing as npt

from sipdiag.capture.packets import Packets
from sipdiag.capture.payload import Endpoint
from sipdiag.capture.records import Chunk, Ints, Mask

_TOKEN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~"
_MAY_BEGIN = np.zeros(256, dtype=bool)
_MAY_BEGIN[list(_TOKEN + b"\r\n")] = True
_MAY_FOLLOW = np.zeros(256, dtype=bool)
_MAY_FOLLOW[list(_TOKEN + b"\r\n /\t")] = True

SHORTEST_SIP = 12
"""Bytes; no start line is shorter."""
RTP_HEADER = 12
_STUN_COOKIE, _STUN_HEADER = 0x2112A442, 20
_DTLS_HEADER = 13
_MEDIA_PORT = np.ones(1 << 16, dtype=bool)
"""By port: whether RTP may come from it; the well-known ports of other protocols are left out."""
_MEDIA_PORT[:1024] = False
_MEDIA_PORT[[1900, 4500, 5353, 5355]] = False
_HEP_SIZE = np.zeros(256, dtype=bool)
"""By a byte: whether it is a header length of HEP 1 or 2."""
_HEP_SIZE[[16, 28, 40, 52]] = True


def begins_like_sip(chunk: Chunk, offset: Ints, end: Ints) -> Mask:
    """Whether the first bytes could be a token and what follows one; true for all SIP."""
    enough = end - offset >= SHORTEST_SIP
    found = enough & _MAY_BEGIN[chunk.u8[np.where(enough, offset, 0)]]
    rows = np.flatnonzero(found)
    for place in (1, 2, 3):
        rows = rows[_MAY_FOLLOW[chunk.u8[offset[rows] + place]]]
    found[:] = False
    found[rows] = True
    return found


def is_hep(chunk: Chunk, offset: Ints, end: Ints) -> Mask:
    """Whether the first bytes are those of HEP 3, or could be those of HEP 1 or 2."""
    enough = end - offset >= 28
    at = np.where(enough, offset, 0)
    version_3 = chunk.word(at) == 0x48455033
    first, size, family = chunk.byte(at), chunk.byte(at + 1), chunk.byte(at + 2)
    early = ((first == 1) | (first == 2)) & ((family == 2) | (family == 10))
    early &= _HEP_SIZE[size]
    found: Mask = enough & (version_3 | early)
    return found


def rtp_kind(p: Packets, rows: Ints) -> tuple[Mask, Mask]:
    """Which of these UDP rows are RTP, and which are RTCP (RFC 3550 §5.1 and §6, RFC 5761 §4)."""
    at, end = p.offset[rows], p.end[rows]
    chunk = p.chunk
    enough = end - at >= 8
    at = np.where(enough, at, 0)
    first, second = chunk.u8[at], chunk.u8[at + 1]
    media = enough & (first >> 6 == 2)
    source, destination = chunk.be16[p.transport[rows]], chunk.be16[p.transport[rows] + 2]
    chosen = np.flatnonzero(media)
    media[chosen] = _MEDIA_PORT[source[chosen]] & _MEDIA_PORT[destination[chosen]]
    control = media & (((second >= 200) & (second <= 213)) | (second == 192) | (second == 193))
    # A control packet's length, in words, fits into the datagram.
    chosen = np.flatnonzero(control)
    control[chosen] = ((chunk.short(at[chosen] + 2) + 1) << 2) <= p.wire_end[rows[chosen]] - at[chosen]
    kind = second & 0x7F
    csrc = (first & 15).astype(np.int64) << 2
    media &= ~control & (end - at >= RTP_HEADER + csrc)
    media &= (kind <= 34) | (kind >= 96)
    return media, control


def sets_media_up(p: Packets, rows: Ints) -> Mask:
    """Which of these UDP rows are STUN (RFC 8489), or handshake, cipher change and alert of DTLS (RFC 6347).

    On ports that carry media alone; the first byte tells both from RTP (RFC 7983).
    """
    at, end = p.offset[rows], p.end[rows]
    chunk = p.chunk
    enough = end - at >= _DTLS_HEADER
    at = np.where(enough, at, 0)
    ports = p.transport[rows]
    enough &= _MEDIA_PORT[chunk.be16[ports]] & _MEDIA_PORT[chunk.be16[ports + 2]]
    first = chunk.u8[at]
    stun = (first < 4) & (chunk.word(at + 4) == _STUN_COOKIE)
    stun &= chunk.short(at + 2) + _STUN_HEADER == p.wire_end[rows] - at
    version = chunk.short(at + 1)
    dtls = (first >= 20) & (first <= 22) & ((version == 0xFEFF) | (version == 0xFEFD))
    found: Mask = enough & (stun | dtls)
    return found


class Addresses:
    """Text of addresses found in packets, kept because a capture repeats few of them."""

    MOST = 65536

    def __init__(self) -> None:
        self._known: dict[bytes, str] = {}
        self._flows: dict[bytes, tuple[Endpoint, Endpoint]] = {}

    def text(self, packed: bytes) -> str:
        """Text of 4 or 16 bytes."""
        known = self._known.get(packed)
        if known is None:
            if len(self._known) >= self.MOST:
                self._known.clear()
            family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
            known = self._known[packed] = socket.inet_ntop(family, packed)
        return known

    def of(self, chunk: Chunk, network: int) -> tuple[str, str]:
        """Source and destination of the IP header at ``network``."""
        raw = chunk.raw
        if raw[network] >> 4 == 4:
            return (
                self.text(bytes(raw[network + 12 : network + 16])),
                self.text(bytes(raw[network + 16 : network + 20])),
            )
        return (
            self.text(bytes(raw[network + 8 : network + 24])),
            self.text(bytes(raw[network + 24 : network + 40])),
        )

    def ends(self, chunk: Chunk, network: int, transport: int) -> tuple[Endpoint, Endpoint]:
        """Both ends of the flow of a packet, by its IP and its UDP, TCP or SCTP header."""
        raw = chunk.raw
        first, last = (12, 20) if raw[network] >> 4 == 4 else (8, 40)
        key = bytes(raw[network + first : network + last]) + bytes(raw[transport : transport + 4])
        known = self._flows.get(key)
        if known is None:
            if len(self._flows) >= self.MOST:
                self._flows.clear()
            source, destination = self.of(chunk, network)
            known = self._flows[key] = (
                Endpoint(source, raw[transport] << 8 | raw[transport + 1]),
                Endpoint(destination, raw[transport + 2] << 8 | raw[transport + 3]),
            )
        return known


def flow_key(p: Packets, rows: Ints, *, directed: bool = True) -> Ints:
    """A 64-bit number for the addresses and ports of each row; both directions alike if not directed."""
    chunk = p.chunk
    network, transport = p.network[rows], p.transport[rows]
    version_6 = chunk.u8[network] >> 4 == 6
    source = np.where(version_6, 0, chunk.be32[network + 12]).astype(np.uint64)
    destination = np.where(version_6, 0, chunk.be32[network + 16]).astype(np.uint64)
    six = np.flatnonzero(version_6)
    for word in range(0, 16, 4):
        source[six] = mixed(source[six] ^ chunk.be32[network[six] + 8 + word].astype(np.uint64))
        destination[six] = mixed(destination[six] ^ chunk.be32[network[six] + 24 + word].astype(np.uint64))
    source = mixed(source << np.uint64(16) | chunk.be16[transport].astype(np.uint64))
    destination = mixed(destination << np.uint64(16) | chunk.be16[transport + 2].astype(np.uint64))
    if directed:
        return (source * np.uint64(3) ^ destination).view(np.int64)
    return (source + destination).view(np.int64)


def mixed(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Hashes in which every bit of ``value`` counts."""
    value = value * np.uint64(0x9E3779B97F4A7C15)
    return value ^ (value >> np.uint64(29))
