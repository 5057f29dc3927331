"""TCP segments, and the pieces of a stream that are made of them."""

from __future__ import annotations

from msgspec import Struct

from sipdiag.capture.payload import Endpoint

SYN, ACK = 2, 16
_HALF = 1 << 31
MASK = (1 << 32) - 1


class Segment(Struct, frozen=True):
    """One TCP segment of a connection that is followed."""

    src: Endpoint
    dst: Endpoint
    sequence: int
    flags: int
    data: bytes
    cut: int
    """Bytes of the segment that the snap length left out."""
    time_ns: int
    file: int
    frames: tuple[int, ...]
    point: int
    acknowledges: int = 0
    """Sequence number of the next byte expected of the other side."""

    @property
    def size(self) -> int:
        """Bytes of payload on the wire."""
        return len(self.data) + self.cut

    @property
    def ends(self) -> tuple[Endpoint, Endpoint]:
        """Who sent it, and to whom."""
        return self.src, self.dst


class StreamPiece(Struct, frozen=True):
    """The next bytes of a direction."""

    stream: int
    segment: Segment
    data: bytes
    cut: int
    """Bytes missing behind ``data``: snap length."""
    lost_before: int
    """Bytes missing before ``data``."""
    since_ns: int
    """Capture time of the segment before it in the order of the stream."""


def ahead(sequence: int, of: int) -> int:
    """How far a number of 32 bits lies ahead of another, modulo 2³²; negative when behind.  RTP's timestamps count so as well."""
    return (sequence - of + _HALF & MASK) - _HALF
