"""Peelers of link layers and of what lies between link and network: VLAN tags, MPLS, PPPoE, PPP."""

from __future__ import annotations

import numpy as np

from sipdiag.capture.packets import ETHER, ETHERNET, IPV4, IPV6, LLC, PPP, RAW_IP, Packets
from sipdiag.capture.records import Ints

LLC_SNAP = 0xAAAA_0300
IPV6_FAMILIES = (10, 24, 28, 30)
"""AF_INET6 of Linux, NetBSD/OpenBSD, FreeBSD and macOS."""


def ethertype(p: Packets, rows: Ints, place: int, size: int) -> None:
    """Step over ``size`` bytes; the ethertype of what follows is at ``place``.

    A number up to 1500 is the length of an 802.3 frame instead, of which only SNAP is peeled.
    """
    kind = p.chunk.short(p.offset[rows] + place)
    p.advance(rows, size, ETHER | kind)
    framed = kind <= 1500
    if framed.any():
        _snap(p, rows[framed])


def _snap(p: Packets, rows: Ints) -> None:
    p.next[rows] = LLC
    at = p.offset[rows]
    rows = rows[(at + 8 <= p.end[rows]) & (p.chunk.word(at) == LLC_SNAP)]
    p.advance(rows, 8, ETHER | p.chunk.short(p.offset[rows] + 6))


def ethernet(p: Packets, rows: Ints) -> None:
    """Ethernet II, or 802.3 with SNAP."""
    ethertype(p, p.holding(rows, 14), 12, 14)


def vlan(p: Packets, rows: Ints) -> None:
    """One 802.1Q or 802.1ad tag; stacked ones come round again."""
    ethertype(p, p.holding(rows, 4), 2, 4)


def cooked(p: Packets, rows: Ints) -> None:
    """Linux cooked capture v1 (LINKTYPE_LINUX_SLL)."""
    ethertype(p, p.holding(rows, 16), 14, 16)


def cooked_v2(p: Packets, rows: Ints) -> None:
    """Linux cooked capture v2 (LINKTYPE_LINUX_SLL2)."""
    ethertype(p, p.holding(rows, 20), 0, 20)


def raw_ip(p: Packets, rows: Ints) -> None:
    """IPv4 or IPv6, told by the version."""
    rows = p.holding(rows, 1)
    version = p.chunk.byte(p.offset[rows]) >> 4
    rows_ok = p.damaged(rows, (version != 4) & (version != 6))
    p.next[rows_ok] = np.where(p.chunk.byte(p.offset[rows_ok]) >> 4 == 4, IPV4, IPV6)


def ipv4_only(p: Packets, rows: Ints) -> None:
    """LINKTYPE_IPV4."""
    p.next[rows] = IPV4


def ipv6_only(p: Packets, rows: Ints) -> None:
    """LINKTYPE_IPV6."""
    p.next[rows] = IPV6


def loopback(p: Packets, rows: Ints) -> None:
    """BSD loopback: an address family in the byte order of the machine, or of the network."""
    rows = p.holding(rows, 4)
    family = p.chunk.word(p.offset[rows])
    swapped = family >= 1 << 16
    family[swapped] = family[swapped] >> 24
    code = np.where(np.isin(family, IPV6_FAMILIES), IPV6, IPV4)
    unknown = (family != 2) & (code != IPV6)
    p.advance(rows, 4, code)
    p.damaged(rows, unknown)


def mpls(p: Packets, rows: Ints) -> None:
    """One MPLS label (RFC 3032); below the last one IP, or Ethernet behind a control word (RFC 4448)."""
    rows = p.holding(rows, 5)
    at = p.offset[rows]
    bottom = p.chunk.byte(at + 2) & 1 == 1
    p.offset[rows] += 4
    rows = rows[bottom]
    nibble = p.chunk.byte(p.offset[rows]) >> 4
    ip = (nibble == 4) | (nibble == 6)
    p.next[rows[ip]] = RAW_IP
    wired = rows[nibble == 0]
    p.advance(wired, 4, ETHERNET)
    p.damaged(rows, ~ip & (nibble != 0))


def pppoe(p: Packets, rows: Ints) -> None:
    """PPPoE session (RFC 2516)."""
    rows = p.holding(rows, 8)
    at = p.offset[rows]
    p.wire_end[rows] = np.minimum(p.wire_end[rows], at + 6 + p.chunk.short(at + 4))
    p.end[rows] = np.minimum(p.end[rows], np.maximum(p.wire_end[rows], at + 8))
    p.advance(rows, 8, PPP | p.chunk.short(at + 6))


def ppp(p: Packets, rows: Ints) -> None:
    """PPP with or without address and control bytes; the protocol may be compressed to one byte."""
    rows = p.holding(rows, 4)
    framed = p.chunk.short(p.offset[rows]) == 0xFF03
    p.offset[rows[framed]] += 2
    rows = p.holding(rows, 2)
    at = p.offset[rows]
    compressed = p.chunk.byte(at) & 1 == 1
    number = np.where(compressed, p.chunk.byte(at), p.chunk.short(at))
    p.advance(rows, np.where(compressed, 1, 2), PPP | number)


def ppp_over_ethernet(p: Packets, rows: Ints) -> None:
    """LINKTYPE_PPP_ETHER: a PPPoE session without Ethernet header."""
    pppoe(p, rows)
