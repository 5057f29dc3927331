"""Walks the records of a pcap file: both byte orders, micro- and nanoseconds, and the variant
with longer record headers.

The walk costs a few hundred nanoseconds a record: one length is read to reach the next one.
Everything else is gathered by numpy afterwards.  A record whose length is impossible makes the
walker look for the next place from which two plausible headers follow one another.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt
from msgspec import Struct, field

from sipdiag.capture.annotations import Annotations
from sipdiag.capture.losses import ANYBODY, Loss
from sipdiag.capture.payload import Note
from sipdiag.capture.records import Chunk, Ints, Records, Words

GLOBAL_HEADER = 24
LONGEST_RECORD = 256 * 1024
"""Bytes; Wireshark's own limit for a packet.  A longer one is taken for damage."""
RUN = 16
"""Records of equal length in a row from which on it is worth looking for more at once."""
RESYNC_SECONDS = 30 * 86400
"""A header found after damage must lie within this many seconds of the last good one."""


class Variant(Struct, frozen=True):
    """What the magic number says."""

    order: str
    """``<`` or ``>``."""
    unit_ns: int
    """Nanoseconds in one unit of the fraction of a second."""
    record_header: int
    """Bytes."""


VARIANTS: dict[bytes, Variant] = {
    b"\xd4\xc3\xb2\xa1": Variant("<", 1000, 16),
    b"\xa1\xb2\xc3\xd4": Variant(">", 1000, 16),
    b"\x4d\x3c\xb2\xa1": Variant("<", 1, 16),
    b"\xa1\xb2\x3c\x4d": Variant(">", 1, 16),
    b"\x34\xcd\xb2\xa1": Variant("<", 1000, 24),
    b"\xa1\xb2\xcd\x34": Variant(">", 1000, 24),
}


class PcapWalker(Struct):
    """State of the walk through one file."""

    variant: Variant
    link: int
    file: int
    frames: int = 0
    """Records met so far."""
    last_second: int | None = None
    last_ns: int = 0
    """Time of the last record."""
    lost_at: int | None = None
    """Byte of the file where the record structure broke, while no new start was found."""
    notes: list[Note] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    annotations: Annotations = field(default_factory=Annotations)
    header: int = GLOBAL_HEADER

    @classmethod
    def begin(cls, header: bytes, file: int) -> PcapWalker:
        """Read the global header (24 bytes, recognised by its magic number)."""
        variant = VARIANTS[header[:4]]
        (network,) = struct.unpack_from(variant.order + "I", header, 20)
        # The upper bits tell of a frame check sequence, which nothing here needs.
        return cls(variant, network & 0x0FFF_FFFF, file)

    @property
    def format(self) -> str:
        """Name for :class:`~sipdiag.capture.payload.FileInfo`."""
        return "pcap (ns)" if self.variant.unit_ns == 1 else "pcap"

    def walk(self, chunk: Chunk, begin: int, end: int, base: int, last: bool) -> tuple[list[Records], int]:
        """Records that lie wholly within ``begin:end``; and the offset where the next walk starts.

        ``base`` is the place of the chunk in the file, for notes; ``last`` tells that no more
        bytes will come.
        """
        found: list[Records] = []
        position = begin
        while True:
            if self.lost_at is not None:
                position, resumed = self._resync(chunk, position, end, base, last)
                if not resumed:
                    return found, position
            offsets, position, broken = self._offsets(chunk, position, end)
            if offsets.size:
                found.append(self._columns(chunk, offsets))
            if not broken:
                if last and position < end:
                    self._cut_tail(base + position, end - position)
                return found, position
            self.lost_at = base + position
            position += 1

    def _offsets(self, chunk: Chunk, position: int, end: int) -> tuple[Ints, int, bool]:
        """Offsets of whole record headers; where the walk stopped; whether it met an impossible one."""
        header = self.variant.record_header
        unpack = struct.Struct(self.variant.order + "I").unpack_from
        lengths = self._words(chunk)
        raw = chunk.raw
        runs: list[Ints] = []
        offsets: list[int] = []
        add = offsets.append
        broken = False
        limit = end - header
        before, same, worth = -1, 0, RUN
        while position <= limit:
            (length,) = unpack(raw, position + 8)
            if length > LONGEST_RECORD:
                broken = True
                break
            following = position + header + length
            if following > end:
                break
            add(position)
            position = following
            if length != before:
                before, same = length, 0
                continue
            same += 1
            if same == worth:
                # Voice packets are of one size: the rest of such a run is found in one go.
                stride = header + length
                differs = lengths[position + 8 : limit + 9 : stride] != length
                run = int(np.argmax(differs)) if differs.any() else max(0, (end - position) // stride)
                runs.append(np.array(offsets, dtype=np.int64))
                runs.append(np.arange(position, position + run * stride, stride, dtype=np.int64))
                offsets.clear()
                position += run * stride
                same, worth = 0, RUN if run >= RUN else min(2 * worth, LONGEST_RECORD)
        runs.append(np.array(offsets, dtype=np.int64))
        return np.concatenate(runs), position, broken

    def _words(self, chunk: Chunk) -> Words:
        return chunk.le32 if self.variant.order == "<" else chunk.be32

    def _columns(self, chunk: Chunk, at: Ints) -> Records:
        headers = chunk.heads(at, 16).view(self.variant.order + "u4").astype(np.int64)
        seconds, fraction, length, wire = headers.reshape(-1, 4).T
        count = len(at)
        first = self.frames + 1
        self.frames += count
        self.last_second = int(seconds[-1])
        self.last_ns = self.last_second * 1_000_000_000 + int(fraction[-1]) * self.variant.unit_ns
        return Records(
            chunk=chunk,
            start=at + self.variant.record_header,
            length=length,
            wire=wire,
            time_ns=seconds * 1_000_000_000 + fraction * self.variant.unit_ns,
            link=np.full(count, self.link, dtype=np.int64),
            point=np.zeros(count, dtype=np.int64),
            frame=np.arange(first, first + count, dtype=np.int64),
        )

    def _resync(self, chunk: Chunk, position: int, end: int, base: int, last: bool) -> tuple[int, bool]:
        """Look for the next plausible record; (where to go on, whether it was found)."""
        assert self.lost_at is not None
        header = self.variant.record_header
        word = self._words(chunk)
        limit = end - header
        if limit >= position:
            plausible = self._plausible(word, position, limit + 1)
            candidates = np.flatnonzero(plausible) + position
            following = candidates + header + word[candidates + 8].astype(np.int64)
            inside = following <= limit
            chained = inside & plausible[np.where(inside, following - position, 0)]
            chained |= (following == end) & last
            if chained.any():
                candidate = int(candidates[np.argmax(chained)])
                self._resumed(base + candidate)
                return candidate, True
        if last:
            self._resumed(base + end)
            return end, False
        # A header may begin in the last bytes of this chunk.
        return max(position, end - header - LONGEST_RECORD), False

    def _plausible(self, word: Words, begin: int, end: int) -> npt.NDArray[np.bool_]:
        """Which offsets of ``begin:end`` look like a record header."""
        seconds = word[begin:end].astype(np.int64)
        fraction = word[begin + 4 : end + 4]
        length = word[begin + 8 : end + 8]
        wire = word[begin + 12 : end + 12]
        fits = (length <= LONGEST_RECORD) & (length > 0) & (wire >= length) & (wire <= 4 * LONGEST_RECORD)
        fits &= fraction < 1_000_000_000 // self.variant.unit_ns
        if self.last_second is not None:
            fits &= np.abs(seconds - self.last_second) < RESYNC_SECONDS
        return fits

    def _resumed(self, byte: int) -> None:
        assert self.lost_at is not None
        self.losses.append(Loss("record", ANYBODY, self.last_ns, self.last_ns, self.file, self.frames + 1))
        skipped = byte - self.lost_at
        self.notes.append(
            Note(
                "damaged-record",
                f"The record at byte {self.lost_at} has an impossible length; "
                f"{skipped} bytes were skipped to the next plausible record.",
                file=self.file,
                byte=self.lost_at,
                frame=self.frames + 1,
            )
        )
        self.lost_at = None

    def _cut_tail(self, byte: int, left: int) -> None:
        self.notes.append(
            Note(
                "truncated-file",
                f"The file ends in the middle of a record at byte {byte} ({left} bytes are left of it); "
                f"everything before it was read.",
                file=self.file,
                byte=byte,
                frame=self.frames + 1,
            )
        )
