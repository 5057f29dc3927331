"""What each side of a TCP connection acknowledged of the other's data (RFC 9293 §3.4).

An acknowledged request has arrived at the host: if nothing comes back, it is the program there that is
silent, not the network.  Acknowledged data is remembered by frame, since frames do not depend on clocks.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

MOST_KEPT = 20_000
"""Directions of connections remembered; beyond this nothing is claimed."""

FrameNumber = tuple[int, int]
"""File and frame."""
End = tuple[str, int]
"""Address and port."""
Ends = tuple[End, End]
"""Sender and receiver."""


class Acknowledged(Struct):
    """The frames of each direction that the other side acknowledged."""

    _spans: dict[Ends, dict[int, tuple[FrameNumber, FrameNumber]]] = field(default_factory=dict)
    """Ends → stream → its first frame, and the last frame up to which everything was acknowledged."""
    _kept: int = 0

    def note(self, ends: Ends, stream: int, since: FrameNumber, until: FrameNumber) -> None:
        """Everything that ``stream`` carried from one frame up to the other was acknowledged."""
        spans = self._spans.get(ends)
        if spans is None or stream not in spans:
            if self._kept >= MOST_KEPT:
                return
            self._kept += 1
            spans = self._spans.setdefault(ends, {})
        spans[stream] = since, until

    def covers(self, ends: Ends, frame: FrameNumber) -> bool:
        """Whether what the sender sent in this frame was acknowledged."""
        return any(since <= frame <= until for since, until in self._spans.get(ends, {}).values())

    def renamed(self, name: Callable[[End], End]) -> Acknowledged:
        """The same between ends whose addresses have changed."""
        return Acknowledged(
            {(name(src), name(dst)): spans for (src, dst), spans in self._spans.items()}, self._kept
        )
