"""Packets that the capturing machine dropped, as the statistics blocks of a pcapng file count them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct, field

from sipdiag.capture.annotations import options
from sipdiag.capture.interface import Interface
from sipdiag.capture.losses import ANYBODY, Loss
from sipdiag.capture.payload import Note

OPTION_DROPS = (5, 7)
"""``isb_ifdrop`` and ``isb_osdrop``: packets dropped so far by the interface, by the system."""
MOST_COUNTED = 65536
"""Interfaces whose drops are counted."""
ALWAYS_NS = 1 << 62


class Drops(Struct):
    """Of one file."""

    _dropped: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By interface: the count so far, and up to when."""

    def statistics(
        self, body: bytes, order: str, interfaces: Sequence[Interface], earlier: int, file: int, frame: int
    ) -> Loss | None:
        """What an interface statistics block adds; it counts since the capture began.

        ``interfaces`` are those of its section, ``earlier`` the number of those before; ``frame`` follows it.
        """
        if len(body) < 12:
            return None
        place, high, low = struct.unpack_from(order + "III", body)
        dropped = sum(
            struct.unpack(order + "Q", value)[0]
            for code, value in options(body, 12, order)
            if code in OPTION_DROPS and len(value) == 8
        )
        number = earlier + place
        before, since_ns = self._dropped.get(number, (0, 0))
        if dropped <= before or (number not in self._dropped and len(self._dropped) >= MOST_COUNTED):
            return None
        until_ns = ALWAYS_NS
        if place < len(interfaces):
            ticks = np.array([high << 32 | low], dtype=np.uint64)
            until_ns = int(interfaces[place].time_ns(ticks)[0]) or ALWAYS_NS
        self._dropped[number] = dropped, until_ns
        return Loss("drop", ANYBODY, since_ns, until_ns, file, frame)

    def notes(self, file: int) -> Iterator[Note]:
        """How many there were in all."""
        total = sum(dropped for dropped, _ in self._dropped.values())
        if total:
            text = (
                f"The machine that captured dropped {total:,} {'packet' if total == 1 else 'packets'}: messages may be missing. "
                "Capture with a larger buffer (`dumpcap -B 64`) and a filter for SIP."
            )
            yield Note("dropped-packets", text, file=file)
