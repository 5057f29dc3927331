"""RTP for a scenario: G.711 silence, 50 packets a second (RFC 3550, RFC 3551)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import count

from sipdiag.scenario.tokens import Tokens

_PACKET_NS = 20_000_000
_SAMPLES = 160
_SILENCE = b"\xff" * _SAMPLES
_PCMU = 0
_BEHIND_THE_NEXT_NS = _PACKET_NS + 500_000
_LATE_NS = 150_000_000
"""Too late for any jitter buffer of a telephone."""


def stream(tokens: Tokens, seconds: float, *name: object) -> Iterator[tuple[int, bytes]]:
    """Offset (ns) and bytes of each packet of a stream; it always starts at the same sequence number."""
    source = tokens.number(1, 2**32 - 1, *name, "ssrc")
    first = tokens.number(1, 20000, *name, "sequence")
    clock = tokens.number(1, 2**31, *name, "timestamp")
    for index in range(round(seconds * 1e9) // _PACKET_NS):
        marker = 0x80 if index == 0 else 0
        head = struct.pack(
            "!BBHII", 0x80, _PCMU | marker, first + index & 0xFFFF, clock + index * _SAMPLES, source
        )
        yield index * _PACKET_NS, head + _SILENCE


def faults(
    tokens: Tokens, shares: Sequence[tuple[str, float]], *name: object
) -> Iterator[tuple[frozenset[str], int]]:
    """Flags and delay (ns) of each packet of a stream, without end; ``shares`` are percentages by fault."""
    for index in count():
        hit = {
            fault for fault, share in shares if tokens.number(1, 10_000, *name, fault, index) <= share * 100
        }
        delay = (_BEHIND_THE_NEXT_NS if "reorder" in hit else 0) + (_LATE_NS if "late" in hit else 0)
        yield frozenset(hit & {"lost", "copy"}), delay
