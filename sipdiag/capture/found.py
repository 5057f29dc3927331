"""What a lane finds in its records."""

from __future__ import annotations

from msgspec import Struct, field

from sipdiag.capture.order import Key
from sipdiag.capture.payload import MediaDatagram, Note, Payload, RtpRows, TcpRows

FRAMES_NAMED = 10
"""Up to this many packets cut by the snap length, their frames are named."""


class Found(Struct):
    """What one run of records gave."""

    payloads: list[tuple[Key, Payload]] = field(default_factory=list)
    rtp: list[RtpRows] = field(default_factory=list)
    rtcp: list[MediaDatagram] = field(default_factory=list)
    setup: list[MediaDatagram] = field(default_factory=list)
    voice: list[MediaDatagram] = field(default_factory=list)
    tcp: list[TcpRows] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    latest_ns: int | None = None


class CutShort:
    """SIP packets cut short by the snap length."""

    def __init__(self) -> None:
        self._first: list[tuple[int, int]] = []
        self._count = 0

    def add(self, payload: Payload) -> None:
        """One more."""
        self._count += 1
        if self._count <= FRAMES_NAMED:
            self._first.append((payload.file, payload.position.number))

    def note(self) -> Note | None:
        """A note about them; None if there are none."""
        if not self._count:
            return None
        file, frame = self._first[0]
        shown = ", ".join(str(number) for _, number in self._first)
        if self._count > len(self._first):
            shown += ", …"
        return Note(
            "snaplen",
            f"The snap length cut {self._count} SIP packets (frame {shown}): the ends of their messages are "
            f"missing. Capture whole packets: `tcpdump -s 0`.",
            file=file,
            frame=frame,
        )
