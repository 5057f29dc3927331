"""Peelers of IPv4, IPv6 with its extension headers, UDP and TCP."""

from __future__ import annotations

import numpy as np

from sipdiag.capture.packets import (
    FRAGMENT_4,
    FRAGMENT_6,
    GENEVE,
    GTP_U,
    IP,
    SCTP,
    TCP,
    UDP,
    VXLAN,
    Packets,
)
from sipdiag.capture.records import Ints

UDP_TUNNELS: tuple[tuple[int, int], ...] = (
    (2152, GTP_U),
    (4789, VXLAN),
    (8472, VXLAN),
    (6081, GENEVE),
)
"""Destination ports of tunnels; a datagram that turns out not to be one stays UDP."""


def _bound(p: Packets, rows: Ints, wire_end: Ints) -> None:
    """The layer ends at ``wire_end`` on the wire (padding behind it is cut off)."""
    p.wire_end[rows] = wire_end
    p.end[rows] = np.minimum(p.end[rows], wire_end)


def ipv4(p: Packets, rows: Ints) -> None:
    """IPv4 (RFC 791); a fragment is left for the reassembly."""
    rows = p.holding(rows, 20)
    first = p.chunk.byte(p.offset[rows])
    rows = p.damaged(rows, (first >> 4 != 4) | (first & 15 < 5))
    at = p.offset[rows]
    header = (p.chunk.byte(at) & 15) << 2
    total = p.chunk.short(at + 2)
    # Zero is what a sniffer sees before segmentation offload: the packet ends where it ends.
    wire_end = np.where(total == 0, p.wire_end[rows], at + total)
    bad = (at + header > p.end[rows]) | (wire_end < at + header)
    rows = p.damaged(rows, bad)
    if bad.any():
        at, header, wire_end = at[~bad], header[~bad], wire_end[~bad]
    _bound(p, rows, wire_end)
    p.network[rows] = at
    fragment = p.chunk.short(at + 6) & 0x3FFF != 0
    p.advance(rows, header, IP | p.chunk.byte(at + 9))
    if fragment.any():
        p.next[rows[fragment]] = FRAGMENT_4


def ipv6(p: Packets, rows: Ints) -> None:
    """IPv6 (RFC 8200), its fixed header."""
    rows = p.holding(rows, 40)
    rows = p.damaged(rows, p.chunk.byte(p.offset[rows]) >> 4 != 6)
    at = p.offset[rows]
    size = p.chunk.short(at + 4)
    _bound(p, rows, np.where(size == 0, p.wire_end[rows], at + 40 + size))
    p.network[rows] = at
    p.advance(rows, 40, IP | p.chunk.byte(at + 6))


def extension(p: Packets, rows: Ints) -> None:
    """Hop-by-hop, routing, destination options, mobility, HIP, shim6: length in units of 8 bytes."""
    rows = p.holding(rows, 8)
    at = p.offset[rows]
    p.advance(rows, (p.chunk.byte(at + 1) + 1) << 3, IP | p.chunk.byte(at))


def fragment_6(p: Packets, rows: Ints) -> None:
    """IPv6 fragment header; an atomic fragment (RFC 6946) is no fragment."""
    rows = p.holding(rows, 8)
    at = p.offset[rows]
    atomic = p.chunk.short(at + 2) & 0xFFF9 == 0
    p.next[rows] = FRAGMENT_6
    whole = rows[atomic]
    p.advance(whole, 8, IP | p.chunk.byte(p.offset[whole]))


def udp(p: Packets, rows: Ints) -> None:
    """UDP (RFC 768)."""
    rows = p.holding(rows, 8)
    at = p.offset[rows]
    size = p.chunk.short(at + 4)
    wire_end = p.wire_end[rows]
    # A length below 8 is a jumbogram, or an offloaded datagram: the IP layer knows better.
    _bound(p, rows, np.where(size < 8, wire_end, np.minimum(wire_end, at + size)))
    p.transport[rows] = at
    p.advance(rows, 8, UDP)
    destination = p.chunk.short(at + 2)
    for port, tunnel in UDP_TUNNELS:
        inside = destination == port
        if inside.any():
            p.next[rows[inside]] = tunnel


def tcp(p: Packets, rows: Ints) -> None:
    """TCP (RFC 9293); leaves the offset at the payload."""
    rows = p.holding(rows, 20)
    at = p.offset[rows]
    header = p.chunk.byte(at + 12) >> 4 << 2
    bad = (header < 20) | (at + header > p.wire_end[rows])
    rows = p.damaged(rows, bad)
    if bad.any():
        at, header = at[~bad], header[~bad]
    p.transport[rows] = at
    p.advance(rows, header, TCP)
    p.offset[rows] = np.minimum(p.offset[rows], p.end[rows])


def sctp(p: Packets, rows: Ints) -> None:
    """SCTP common header (RFC 9260)."""
    rows = p.holding(rows, 12)
    p.transport[rows] = p.offset[rows]
    p.advance(rows, 12, SCTP)
