"""Names of the link types (LINKTYPE_ numbers) one meets; the others are shown by number."""

from __future__ import annotations

_NAMES: dict[int, str] = {
    0: "NULL/Loopback",
    1: "Ethernet",
    9: "PPP",
    12: "Raw IP",
    14: "Raw IP",
    50: "PPP in HDLC framing",
    51: "PPPoE",
    101: "Raw IP",
    105: "802.11",
    108: "OpenBSD loopback",
    113: "Linux cooked v1",
    127: "802.11 radiotap",
    228: "Raw IPv4",
    229: "Raw IPv6",
    276: "Linux cooked v2",
}


def link_name(link: int) -> str:
    """Name of a link type."""
    return _NAMES.get(link, f"link type {link}")
