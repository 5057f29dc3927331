"""The table of peelers: which function takes off which header, until a transport is reached.

Tunnels are peeled here; links and network layers in modules of their own.  Every peeler takes
the table and the rows that are at its protocol, and works on all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sipdiag.capture import links, network
from sipdiag.capture.packets import (
    ERSPAN_II,
    ERSPAN_III,
    ETHER,
    ETHERNET,
    GENEVE,
    GTP_U,
    IP,
    IPV4,
    IPV6,
    LINK,
    PPP,
    RAW_IP,
    TOO_DEEP,
    UDP,
    VXLAN,
    Packets,
)
from sipdiag.capture.records import Ints, Mask

Peeler = Callable[[Packets, Ints], None]

DEEPEST = 32
"""Headers peeled off one packet; more is an attack, not a network."""

GRE_CHECKSUM, GRE_ROUTING, GRE_KEY, GRE_SEQUENCE, GRE_ACK = 0x8000, 0x4000, 0x2000, 0x1000, 0x0080
GRE_ERSPAN = 0x88BE


def gre(p: Packets, rows: Ints) -> None:
    """GRE (RFC 2784, 2890) and its version 1 for PPTP (RFC 2637)."""
    rows = p.holding(rows, 4)
    at = p.offset[rows]
    flags, kind = p.chunk.short(at), p.chunk.short(at + 2)
    words = 1 + (flags & (GRE_CHECKSUM | GRE_ROUTING) != 0) + (flags & GRE_KEY != 0)
    words = words + (flags & GRE_SEQUENCE != 0) + ((flags & 7 == 1) & (flags & GRE_ACK != 0))
    code = ETHER | kind
    # ERSPAN without a sequence number is its type I, which has no header of its own.
    code[(kind == GRE_ERSPAN) & (flags & GRE_SEQUENCE != 0)] = ERSPAN_II
    code[(kind == GRE_ERSPAN) & (flags & GRE_SEQUENCE == 0)] = ETHERNET
    code[kind == 0x22EB] = ERSPAN_III
    p.advance(rows, words << 2, code)


def erspan_ii(p: Packets, rows: Ints) -> None:
    """ERSPAN type II: 8 bytes."""
    p.advance(p.holding(rows, 8), 8, ETHERNET)


def erspan_iii(p: Packets, rows: Ints) -> None:
    """ERSPAN type III: 12 bytes, and 8 more with the O bit."""
    rows = p.holding(rows, 12)
    optional = p.chunk.byte(p.offset[rows] + 11) & 1
    p.advance(rows, 12 + (optional << 3), ETHERNET)


def ether_ip(p: Packets, rows: Ints) -> None:
    """EtherIP (RFC 3378)."""
    p.advance(p.holding(rows, 2), 2, ETHERNET)


def _or_plain(p: Packets, rows: Ints, size: int, is_tunnel: Callable[[Ints], Mask]) -> Ints:
    """The rows that hold such a tunnel header; the others are plain UDP after all."""
    p.next[rows] = UDP
    rows = rows[p.offset[rows] + size <= p.end[rows]]
    return rows[is_tunnel(p.offset[rows])]


def vxlan(p: Packets, rows: Ints) -> None:
    """VXLAN (RFC 7348)."""
    rows = _or_plain(p, rows, 8, lambda at: p.chunk.byte(at) & 0xF7 == 0)
    p.advance(rows, 8, ETHERNET)


def geneve(p: Packets, rows: Ints) -> None:
    """GENEVE (RFC 8926)."""
    rows = _or_plain(p, rows, 8, lambda at: p.chunk.byte(at) >> 6 == 0)
    at = p.offset[rows]
    kind = p.chunk.short(at + 2)
    code = np.where(kind == 0x6558, ETHERNET, ETHER | kind)
    p.advance(rows, 8 + ((p.chunk.byte(at) & 0x3F) << 2), code)


def gtp_u(p: Packets, rows: Ints) -> None:
    """GTP-U version 1 (3GPP TS 29.281), T-PDU messages only, with extension headers."""
    chunk = p.chunk
    rows = _or_plain(p, rows, 8, lambda at: (chunk.byte(at) & 0xF0 == 0x30) & (chunk.byte(at + 1) == 0xFF))
    at = p.offset[rows]
    flags = chunk.byte(at)
    optional = flags & 7 != 0
    p.advance(rows, np.where(optional, 12, 8), RAW_IP)
    extended = rows[(flags & 4 != 0) & (at + 12 <= p.end[rows])]
    kind = chunk.byte(p.offset[extended] - 1)
    for _ in range(DEEPEST):
        extended = extended[(kind != 0) & (p.offset[extended] < p.end[extended])]
        if not extended.size:
            break
        size = np.maximum(chunk.byte(p.offset[extended]), 1) << 2
        p.offset[extended] = np.minimum(p.offset[extended] + size, p.end[extended])
        kind = chunk.byte(p.offset[extended] - 1)


def authentication(p: Packets, rows: Ints) -> None:
    """Authentication header (RFC 4302)."""
    rows = p.holding(rows, 12)
    at = p.offset[rows]
    p.advance(rows, (p.chunk.byte(at + 1) + 2) << 2, IP | p.chunk.byte(at))


def esp_null(p: Packets, rows: Ints) -> None:
    """ESP (RFC 4303) with NULL encryption (RFC 2410); what is really encrypted stays ESP.

    The trailer is looked for in front of the usual lengths of the integrity check; it must name
    UDP or TCP, its padding must count 1, 2, 3…, and the transport header must fit.
    """
    for check in (12, 16, 0):
        rows = rows[p.next[rows] == IP | 50]
        rows = rows[(p.end[rows] - p.offset[rows] >= 8 + 8 + 2 + check) & (p.end[rows] == p.wire_end[rows])]
        trailer = p.end[rows] - check
        padding, following = p.chunk.byte(trailer - 2), p.chunk.byte(trailer - 1)
        inner_end = trailer - 2 - padding
        inner = p.offset[rows] + 8
        plain = (padding < 16) & (inner_end >= inner + 8)
        plain &= (padding == 0) | (p.chunk.byte(trailer - 3) == padding)
        is_udp = (following == 17) & (p.chunk.short(inner + 4) == inner_end - inner)
        offset_ok = (p.chunk.byte(inner + 12) >> 4 >= 5) & (p.chunk.byte(inner + 12) & 15 == 0)
        is_tcp = (following == 6) & offset_ok & (inner_end - inner >= 20)
        found = plain & (is_udp | is_tcp)
        p.end[rows[found]] = p.wire_end[rows[found]] = inner_end[found]
        p.advance(rows[found], 8, IP | following[found])


TABLE: dict[int, Peeler] = {
    ETHERNET: links.ethernet,
    LINK | 0: links.loopback,
    LINK | 108: links.loopback,
    LINK | 9: links.ppp,
    LINK | 50: links.ppp,
    LINK | 51: links.ppp_over_ethernet,
    LINK | 12: links.raw_ip,
    LINK | 14: links.raw_ip,
    LINK | 101: links.raw_ip,
    LINK | 113: links.cooked,
    LINK | 228: links.ipv4_only,
    LINK | 229: links.ipv6_only,
    LINK | 276: links.cooked_v2,
    ETHER | 0x8100: links.vlan,
    ETHER | 0x88A8: links.vlan,
    ETHER | 0x9100: links.vlan,
    ETHER | 0x9200: links.vlan,
    ETHER | 0x8847: links.mpls,
    ETHER | 0x8848: links.mpls,
    ETHER | 0x8864: links.pppoe,
    ETHER | 0x880B: links.ppp,
    ETHER | 0x6558: links.ethernet,
    PPP | 0x0021: links.ipv4_only,
    PPP | 0x0057: links.ipv6_only,
    RAW_IP: links.raw_ip,
    IPV4: network.ipv4,
    IPV6: network.ipv6,
    IP | 4: links.ipv4_only,
    IP | 41: links.ipv6_only,
    IP | 6: network.tcp,
    IP | 17: network.udp,
    IP | 132: network.sctp,
    IP | 0: network.extension,
    IP | 43: network.extension,
    IP | 60: network.extension,
    IP | 135: network.extension,
    IP | 139: network.extension,
    IP | 140: network.extension,
    IP | 44: network.fragment_6,
    IP | 47: gre,
    IP | 50: esp_null,
    IP | 51: authentication,
    IP | 97: ether_ip,
    ERSPAN_II: erspan_ii,
    ERSPAN_III: erspan_iii,
    GTP_U: gtp_u,
    VXLAN: vxlan,
    GENEVE: geneve,
}


def peel(p: Packets) -> None:
    """Take header after header off every packet, in place."""
    rows = np.arange(len(p.next), dtype=np.int64)
    for _ in range(DEEPEST):
        codes = p.next[rows]
        left: list[Ints] = []
        for code in np.unique(codes) if rows.size and (codes != codes[0]).any() else codes[:1]:
            peeler = TABLE.get(int(code))
            if peeler is None:
                continue
            here = rows[codes == code]
            p.trail.append((int(code), here, p.offset[here]))
            peeler(p, here)
            # ESP that stays ESP was looked at once; it must not come round again.
            left.append(here if peeler is not esp_null else here[p.next[here] != code])
        if not left:
            return
        rows = np.concatenate(left)
        past = p.offset[rows] > p.end[rows]
        if past.any():
            p.damaged(rows, past)
            rows = rows[~past]
    p.next[rows[np.isin(p.next[rows], list(TABLE))]] = TOO_DEEP
