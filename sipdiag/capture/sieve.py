"""Takes the RTP out of a file's records; the little that is left can be sent to another process.

Only what a single packet reveals is used here.  Whatever depends on earlier packets, TCP,
fragments, the order of time, is left to the lane, which sees the rest as if it had seen everything.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from sipdiag.capture import columns, packets
from sipdiag.capture.familiar import Familiar
from sipdiag.capture.packets import Packets
from sipdiag.capture.payload import RtpIdentity, RtpRows
from sipdiag.capture.peelers import peel
from sipdiag.capture.records import PADDING, Chunk, Ints, Records
from sipdiag.capture.rtp import FoundRtp, RtpStreams, SourceNumbers, read_rows, source_numbers, together


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
    """Sources met for the first time, in that order; they are numbered over the whole file."""
    rtp: RtpRows | None
    """Without the identities."""
    rest: Packed


class Sieve:
    """Sifts the records of one file."""

    def __init__(self) -> None:
        self._numbers = source_numbers()
        self._streams = RtpStreams(self._numbers, columns.Addresses(), 0)
        self._familiar = Familiar()
        self._told = 0

    def sift(self, records: Records) -> Sifted:
        """Take the RTP out of these records."""
        known, left = self._familiar.streams(records)
        parts = [] if known is None else [self._rows(records, known)]
        rest = records.take(left)
        if left.size:
            new = self._media(rest)
            if new.rows.size:
                parts.append(self._rows(rest, new))
                others = np.ones(len(rest.start), dtype=bool)
                others[new.rows] = False
                rest = rest.take(np.flatnonzero(others))
        rtp = together(parts)
        met = self._numbers.flows[self._told :]
        self._told += len(met)
        first, last = int(records.time_ns.min()), int(records.time_ns.max())
        return Sifted(len(records.start), first, last, met, rtp[0] if rtp else None, Packed.of(rest))

    def _media(self, records: Records) -> FoundRtp:
        """What is RTP; that of sources beyond the bound is left to the lane."""
        p = Packets.of(records)
        peel(p)
        rows = np.flatnonzero(p.next == packets.UDP)
        rows = rows[columns.rtp_kind(p, rows)[0]]
        numbers, first = self._streams.of(p, rows, records.point[rows])
        self._familiar.learn(records, p, rows[first], numbers[first])
        return FoundRtp.decoded(p, rows, numbers).take(np.flatnonzero(numbers >= 0))

    def _rows(self, records: Records, found: FoundRtp) -> RtpRows:
        return read_rows(records.chunk, found, records.time_ns[found.rows], records.frame[found.rows], (), 0)


class Renumbered:
    """The sources of a sifted file, by their numbers in the run."""

    def __init__(self, numbers: SourceNumbers, first_file: int, file: int) -> None:
        """``first_file`` is that of the lane."""
        self._numbers = numbers
        self._first_file = first_file
        self._file = file
        self._ours: list[int] = []

    def rows(self, sifted: Sifted) -> RtpRows | None:
        """The RTP that the sieve took out."""
        for one in sifted.met:
            self._ours.append(self._numbers.of(one._replace(place=(self._first_file, one.place[1]))))
        if sifted.rtp is None:
            return None
        ours = np.array(self._ours, dtype=np.int64)
        return replace(
            sifted.rtp,
            identity=ours[sifted.rtp.identity],
            identities=self._numbers.flows,
            file=self._file,
        )
