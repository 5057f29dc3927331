"""Takes the RTP out of the records of a file: what is left is little, and can be sent to another process.

Only what a packet tells by itself is looked at here.  Whatever depends on packets before it, TCP,
fragments, the order of time, is left to the lane, which sees the rest as if it had seen everything.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from sipdiag.capture import columns, packets
from sipdiag.capture.familiar import Familiar
from sipdiag.capture.packets import Packets
from sipdiag.capture.payload import RtpCounts, RtpIdentity
from sipdiag.capture.peelers import peel
from sipdiag.capture.records import PADDING, Chunk, Ints, Records
from sipdiag.capture.rtp import RtpStreams, StreamNumbers

Columns = tuple[Ints, Ints, Ints, Ints]
"""Of :class:`RtpCounts`: stream, packets, first and last time."""


class Packed(Struct, frozen=True):
    """Records with the bytes of their packets and nothing else; they can be pickled."""

    data: bytes
    columns: tuple[Ints, Ints, Ints, Ints, Ints, Ints]
    """Length, wire, time, link, point, frame of :class:`Records`."""

    @classmethod
    def of(cls, records: Records) -> Packed:
        """Copy the packets."""
        raw = records.chunk.raw
        ends = (records.start + records.length).tolist()
        data = b"".join(
            raw[start:end] for start, end in zip(records.start.tolist(), ends, strict=True)
        ) + bytes(PADDING)
        one = records
        return cls(data, (one.length, one.wire, one.time_ns, one.link, one.point, one.frame))

    def records(self) -> Records:
        """The records, over a chunk of their own."""
        length, wire, time_ns, link, point, frame = self.columns
        return Records(
            chunk=Chunk(self.data),
            start=np.cumsum(length) - length,
            length=length,
            wire=wire,
            time_ns=time_ns,
            link=link,
            point=point,
            frame=frame,
        )


class Sifted(Struct, frozen=True):
    """A run of records: its RTP by stream, and the rest."""

    seen: int
    """Records of the run."""
    first_ns: int
    last_ns: int
    met: Sequence[RtpIdentity]
    """Streams met for the first time, in that order; they are numbered over the whole file."""
    rtp: Sequence[Columns]
    rest: Packed


class Sieve:
    """Sifts the records of one file."""

    def __init__(self) -> None:
        self._numbers = StreamNumbers()
        self._streams = RtpStreams(self._numbers, columns.Addresses())
        self._familiar = Familiar()
        self._told = 0

    def sift(self, records: Records) -> Sifted:
        """Take the RTP out of these records."""
        rows, streams, left = self._familiar.streams(records)
        rtp = [self._columns(streams, records.time_ns[rows])] if rows.size else []
        rest = records.take(left)
        if left.size:
            media, streams = self._media(rest)
            if media.size:
                rtp.append(self._columns(streams, rest.time_ns[media]))
                others = np.ones(len(rest.start), dtype=bool)
                others[media] = False
                rest = rest.take(np.flatnonzero(others))
        met = self._numbers.identities[self._told :]
        self._told += len(met)
        first, last = int(records.time_ns.min()), int(records.time_ns.max())
        return Sifted(len(records.start), first, last, met, rtp, Packed.of(rest))

    def _media(self, records: Records) -> tuple[Ints, Ints]:
        """Rows that are RTP, and their streams; those of streams beyond the bound are left to the lane."""
        p = Packets.of(records)
        peel(p)
        rows = np.flatnonzero(p.next == packets.UDP)
        rows = rows[columns.rtp_kind(p, rows)[0]]
        streams, first = self._streams.of(p, rows)
        self._familiar.learn(records, p, rows[first], streams[first])
        numbered = streams >= 0
        return rows[numbered], streams[numbered]

    def _columns(self, streams: Ints, time_ns: Ints) -> Columns:
        counts = self._numbers.counted(streams, time_ns)
        return counts.stream, counts.packets, counts.first_ns, counts.last_ns


class Renumbered:
    """The streams of a sifted file, by their numbers in the run."""

    def __init__(self, numbers: StreamNumbers) -> None:
        self._numbers = numbers
        self._ours: list[int] = []

    def counts(self, sifted: Sifted) -> list[RtpCounts]:
        """What the sieve counted."""
        self._ours += map(self._numbers.of, sifted.met)
        ours = np.array(self._ours, dtype=np.int64) if sifted.rtp else np.zeros(0, dtype=np.int64)
        return [
            RtpCounts(ours[stream], packets, first_ns, last_ns, self._numbers.identities)
            for stream, packets, first_ns, last_ns in sifted.rtp
        ]
