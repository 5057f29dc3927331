"""RTP streams of a capture, added up from columns: memory grows with the streams, not the packets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sipdiag.capture.payload import Endpoint, RtpColumns

MOST_STREAMS = 100_000
"""Streams kept; packets of further ones are only counted."""


@dataclass(slots=True)
class RtpStream:
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


Identity = tuple[Endpoint, Endpoint, int, int]


class StreamTable:
    """All RTP streams seen so far."""

    def __init__(self) -> None:
        self._streams: dict[Identity, RtpStream] = {}
        self.left_out = 0
        """Packets of streams beyond the bound."""

    @property
    def streams(self) -> list[RtpStream]:
        """The streams in the order in which they were first met."""
        return list(self._streams.values())

    def add(self, columns: RtpColumns) -> None:
        """Add the packets of a batch."""
        if not columns.time_ns.size:
            return
        identity = columns.flow.astype(np.int64) << 39
        identity |= columns.payload_type.astype(np.int64) << 32
        identity |= columns.ssrc.astype(np.int64)
        _, example, stream, counts = np.unique(
            identity, return_index=True, return_inverse=True, return_counts=True
        )
        first = np.full(len(counts), np.iinfo(np.int64).max)
        last = np.full(len(counts), np.iinfo(np.int64).min)
        np.minimum.at(first, stream, columns.time_ns)
        np.maximum.at(last, stream, columns.time_ns)
        for index in np.argsort(example).tolist():
            row = int(example[index])
            src, dst = columns.flows[int(columns.flow[row])]
            key = (src, dst, int(columns.ssrc[row]), int(columns.payload_type[row]))
            self._one(key, int(counts[index]), int(first[index]), int(last[index]))

    def _one(self, key: Identity, packets: int, first_ns: int, last_ns: int) -> None:
        stream = self._streams.get(key)
        if stream is None:
            if len(self._streams) >= MOST_STREAMS:
                self.left_out += packets
                return
            stream = self._streams[key] = RtpStream(*key, first_ns=first_ns, last_ns=last_ns)
        stream.packets += packets
        stream.first_ns = min(stream.first_ns, first_ns)
        stream.last_ns = max(stream.last_ns, last_ns)
