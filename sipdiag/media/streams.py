"""RTP streams of a capture, added up from columns: memory grows with the streams, not the packets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from sipdiag.capture.payload import Endpoint, RtpCounts, RtpIdentity


class RtpStream(Struct):
    """Packets of one source, in one direction, with one payload type (RFC 3550 §3)."""

    src: Endpoint
    dst: Endpoint
    ssrc: int
    payload_type: int
    packets: int = 0
    first_ns: int = 0
    """Capture time of the first packet, nanoseconds since the epoch."""
    last_ns: int = 0
    """Capture time of the last packet, nanoseconds since the epoch."""

    @property
    def duration_s(self) -> float:
        """Seconds from the first packet to the last."""
        return (self.last_ns - self.first_ns) / 1e9


class StreamTable:
    """All RTP streams of a run so far."""

    def __init__(self) -> None:
        self._identities: Sequence[RtpIdentity] = ()
        self._packets = np.zeros(0, dtype=np.int64)
        self._first_ns = np.zeros(0, dtype=np.int64)
        self._last_ns = np.zeros(0, dtype=np.int64)
        self.left_out = 0
        """Packets of streams beyond the bound."""

    @property
    def streams(self) -> list[RtpStream]:
        """The streams in the order in which they were first met."""
        columns = (self._packets.tolist(), self._first_ns.tolist(), self._last_ns.tolist())
        return [
            RtpStream(*identity, packets=packets, first_ns=first_ns, last_ns=last_ns)
            for identity, packets, first_ns, last_ns in zip(self._identities, *columns, strict=False)
        ]

    def add(self, counts: RtpCounts) -> None:
        """Add the packets of a batch; all batches are of one run."""
        self._identities = counts.identities
        self._grow(len(counts.identities))
        named = counts.stream >= 0
        self.left_out += int(counts.packets[~named].sum())
        stream = counts.stream[named]
        self._packets[stream] += counts.packets[named]
        self._first_ns[stream] = np.minimum(self._first_ns[stream], counts.first_ns[named])
        self._last_ns[stream] = np.maximum(self._last_ns[stream], counts.last_ns[named])

    def _grow(self, count: int) -> None:
        room = len(self._packets)
        if count > room:
            # Room for as many again: a stream at a time would be quadratic.
            more = (0, 2 * count - room)
            self._packets = np.pad(self._packets, more)
            self._first_ns = np.pad(self._first_ns, more, constant_values=np.iinfo(np.int64).max)
            self._last_ns = np.pad(self._last_ns, more, constant_values=np.iinfo(np.int64).min)
