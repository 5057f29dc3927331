"""The table the peelers work on: one row per packet, one column per property.

A packet's ``next`` says what begins at ``offset``; a peeler for that protocol moves ``offset``
past its header and sets ``next`` again, until no peeler knows the protocol.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct, field

from sipdiag.capture.records import Chunk, Ints, Mask, Records

# ``next`` is a protocol number together with the number space it comes from.
LINK = 0 << 32
"""LINKTYPE_ numbers."""
ETHER = 1 << 32
"""Ethertypes."""
IP = 2 << 32
"""IP protocol numbers."""
PPP = 3 << 32
"""PPP protocol numbers."""
TUNNEL = 4 << 32
"""Headers that no registry numbers: see the names below."""
LEAF = 5 << 32
"""Nothing is peeled any more: see the names below."""

GTP_U, VXLAN, GENEVE, ERSPAN_II, ERSPAN_III, RAW_IP = (TUNNEL | n for n in range(6))
UDP, TCP, SCTP, FRAGMENT_4, FRAGMENT_6, SHORT, DAMAGED, TOO_DEEP, LLC = (LEAF | n for n in range(9))

IPV4 = ETHER | 0x0800
IPV6 = ETHER | 0x86DD
ETHERNET = LINK | 1
LINKTYPE_RAW = 101
ICMP = {IP | 1: 4, IP | 58: 6}
"""ICMP and ICMPv6, with the IP version of each."""
NO_INTERFACE = LINK | 0xFFFF_FFFF
"""Of a pcapng packet whose interface was never described."""

_NAMES: dict[int, str] = {
    NO_INTERFACE: "packet without an interface description",
    ETHER | 0x0806: "ARP",
    ETHER | 0x8035: "RARP",
    ETHER | 0x888E: "EAPOL",
    ETHER | 0x88CC: "LLDP",
    IP | 1: "ICMP",
    IP | 2: "IGMP",
    IP | 50: "ESP",
    IP | 58: "ICMPv6",
    IP | 59: "IPv6 without payload",
    IP | 89: "OSPF",
    IP | 103: "PIM",
    IP | 112: "VRRP",
    LEAF | 5: "cut within a header",
    LEAF | 6: "damaged header",
    LEAF | 7: "too many layers",
    LEAF | 8: "802.3 LLC",
}

_SPACES: dict[int, str] = {
    LINK: "link type {}",
    ETHER: "ethertype 0x{:04x}",
    IP: "IP protocol {}",
    PPP: "PPP protocol 0x{:04x}",
}


def reason(code: int) -> str:
    """Why a packet that ended at ``code`` was not decoded, for the accounting."""
    name = _NAMES.get(code)
    if name is not None:
        return name
    space, number = code >> 32 << 32, code & 0xFFFF_FFFF
    return _SPACES.get(space, "protocol {}").format(number)


class Packets(Struct):
    """Columns over the records of a chunk, refined in place by the peelers."""

    chunk: Chunk
    next: Ints
    """What begins at ``offset``."""
    offset: Ints
    end: Ints
    """Where the captured bytes of the current layer end."""
    wire_end: Ints
    """Where the current layer would end had all its bytes been captured."""
    network: Ints
    """Offset of the innermost IP header; 0 when there is none."""
    transport: Ints
    """Offset of the transport header; 0 when there is none."""
    trail: list[tuple[int, Ints, Ints]] = field(default_factory=list)
    """The peeling, header after header: what was at which offset of which rows."""

    @classmethod
    def of(cls, records: Records) -> Packets:
        """A fresh table, nothing peeled yet."""
        end = records.start + records.length
        count = len(end)
        return cls(
            chunk=records.chunk,
            next=LINK | (records.link & 0xFFFF_FFFF),
            offset=records.start.copy(),
            end=end,
            wire_end=np.maximum(end, records.start + records.wire),
            network=np.zeros(count, dtype=np.int64),
            transport=np.zeros(count, dtype=np.int64),
        )

    def holding(self, rows: Ints, size: int) -> Ints:
        """The rows that have ``size`` more bytes; the others are marked as cut."""
        short = self.offset[rows] + size > self.end[rows]
        if not short.any():
            return rows
        self.next[rows[short]] = SHORT
        return rows[~short]

    def advance(self, rows: Ints, size: Ints | int, code: Ints | int) -> None:
        """Step over a header of ``size`` bytes; ``code`` is what follows."""
        self.offset[rows] += size
        self.next[rows] = code

    def damaged(self, rows: Ints, bad: Mask) -> Ints:
        """Mark the rows whose header is impossible; returns the other rows."""
        if not bad.any():
            return rows
        self.next[rows[bad]] = DAMAGED
        return rows[~bad]
