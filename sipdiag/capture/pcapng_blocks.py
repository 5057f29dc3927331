"""The block types of pcapng, and which packet blocks a run of bytes holds.

Numbers and layouts: draft-ietf-opsawg-pcapng, section 4.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct, field

from sipdiag.capture.records import Ints

SECTION = 0x0A0D0D0A
INTERFACE = 1
OLD_PACKET = 2
SIMPLE_PACKET = 3
NAME_RESOLUTION = 4
STATISTICS = 5
ENHANCED_PACKET = 6
SECRETS = 0x0A
PACKET_BLOCKS = frozenset((ENHANCED_PACKET, OLD_PACKET, SIMPLE_PACKET))

MAGIC = b"\x0a\x0d\x0d\x0a"
BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}

RUN = 16
"""After this many packet blocks of equal length it pays to look for a whole run at once."""
LONGEST_BLOCK = 16 * 1024 * 1024
"""Bytes; no packet block comes near, and a longer one is taken for damage."""
KNOWN_BLOCKS = (
    *(INTERFACE, OLD_PACKET, SIMPLE_PACKET, NAME_RESOLUTION),
    *(STATISTICS, ENHANCED_PACKET, SECRETS, SECTION),
)
"""Types that may follow damage: any other number is too likely to be chance."""
MOST_INTERFACES = 65536

OPTION_TSRESOL = 9
OPTION_TSOFFSET = 14


class PacketBlocks(Struct):
    """Offsets of packet blocks with their types, one by one and in runs."""

    _runs: list[Ints] = field(default_factory=list)
    _single: list[tuple[int, int]] = field(default_factory=list)

    def add(self, position: int, kind: int) -> None:
        """One block."""
        self._single.append((position, kind))

    def add_run(self, position: int, length: int, count: int, kind: int) -> None:
        """So many blocks of one length, one behind the other."""
        self._end_single()
        at = np.arange(position, position + count * length, length, dtype=np.int64)
        self._runs.append(np.stack((at, np.full(count, kind, dtype=np.int64))))

    def columns(self) -> tuple[Ints, Ints]:
        """Offset and type of each block."""
        self._end_single()
        at, kind = np.concatenate(self._runs, axis=1)
        return at, kind

    def _end_single(self) -> None:
        self._runs.append(np.array(self._single, dtype=np.int64).reshape(-1, 2).T)
        self._single = []
