"""The slow lane: packets of link types the fast lane does not know, dissected by scapy.

scapy takes about half a second to load and 0.2 ms a packet, so it is imported only when such a
packet is met.
"""

from __future__ import annotations

import importlib
from typing import Any

from sipdiag.capture.payload import Note

MOST_PACKETS = 2_000_000
"""Packets handed to scapy in one run; the others are counted by their link type."""
_LAYERS = ("scapy.layers.l2", "scapy.layers.dot11", "scapy.layers.inet6", "scapy.layers.ppp")
"""Modules that register themselves for link types."""


class Dissector:
    """Finds the IP packet within the packets of any link type that scapy knows."""

    def __init__(self) -> None:
        self._classes: dict[int, Any] = {}
        self._left = MOST_PACKETS
        self._refused = 0

    def inner_ip(self, link: int, packet: bytes) -> bytes | None:
        """The bytes of the IP packet inside, from its header on; None when there is none."""
        cls = self._class(link)
        if cls is None:
            return None
        if self._left <= 0:
            self._refused += 1
            return None
        self._left -= 1
        try:
            layer = cls(packet)
        except Exception:  # scapy's dissectors raise anything on damaged packets
            return None
        return _inner(layer)

    def note(self) -> Note | None:
        """A warning when packets were left out."""
        if not self._refused:
            return None
        return Note(
            "bound",
            f"More than {MOST_PACKETS:,} packets of rare link types: {self._refused:,} were not looked into.",
        )

    def knows(self, link: int) -> bool:
        """Whether scapy has a class for this link type."""
        return self._class(link) is not None

    def _class(self, link: int) -> Any:
        if link not in self._classes:
            self._classes[link] = _load(link)
        return self._classes[link]


def _load(link: int) -> Any:
    """Scapy's class for a link type; None when it has none."""
    for name in _LAYERS:
        importlib.import_module(name)
    from scapy.config import conf

    return conf.l2types.num2layer.get(link)


def _inner(layer: Any) -> bytes | None:
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6

    while layer is not None and layer.name != "NoPayload":
        if isinstance(layer, IP | IPv6):
            return bytes(layer.original)
        layer = layer.payload
    return None
