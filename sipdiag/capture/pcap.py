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
from sipdiag.capture.damage import Damage, search
from sipdiag.capture.records import Chunk, Ints, Records, Words

GLOBAL_HEADER = 24
LONGEST_RECORD = 256 * 1024
"""Bytes; Wireshark's own limit for a packet.  A longer one is taken for damage."""
RUN = 4
"""After this many records of equal length a whole run is looked for at once."""
PAYS = 16
"""A run of fewer was not worth it: the next is looked for later."""
GLANCE = 128
"""Records of a run that are looked at first; then ever more."""
FEW = 8
"""Headers in a row that damaged bytes may look like."""
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
    damage: Damage
    frames: int = 0
    """Records met so far."""
    last_second: int | None = None
    last_ns: int = 0
    """Time of the last record."""
    annotations: Annotations = field(default_factory=Annotations)
    header: int = GLOBAL_HEADER

    @classmethod
    def begin(cls, header: bytes, file: int) -> PcapWalker:
        """Read the global header (24 bytes, recognised by its magic number)."""
        variant = VARIANTS[header[:4]]
        (network,) = struct.unpack_from(variant.order + "I", header, 20)
        # The upper bits tell of a frame check sequence, which nothing here needs.
        return cls(variant, network & 0x0FFF_FFFF, Damage(file, "record"))

    @property
    def format(self) -> str:
        """Name for :class:`~sipdiag.capture.payload.FileInfo`."""
        return "pcap (ns)" if self.variant.unit_ns == 1 else "pcap"

    def walk(self, chunk: Chunk, begin: int, end: int, base: int, last: bool) -> tuple[list[Records], int]:
        """Records that lie wholly within ``begin:end``; and the offset where the next walk starts.

        ``base`` is the place of the chunk in the file, for notes; ``last`` tells that no more
        bytes will come.
        """
        runs: list[Ints] = []
        position = begin
        while True:
            if self.damage.lost_at is not None:
                position, resumed = self._resync(chunk, position, end, base, last)
                if not resumed:
                    break
            offsets, position, broken = self._offsets(chunk, position, end)
            if not broken and not (last and position < end):
                runs.append(offsets)
                self._met(chunk, offsets)
                break
            kept, resume = self._trusted(chunk, offsets, position)
            if broken or (resume != position and self._goes_on(chunk, kept, end)):
                offsets, position = kept, resume
            liar = self._liar(chunk, offsets, position, end, last)
            if liar is not None:
                offsets, position = offsets[:-1], liar
            runs.append(offsets)
            self._met(chunk, offsets)
            if not broken and self._next(chunk, position + 1, end, last) is None:
                self.damage.cut_tail(base + position, end - position, self.frames + 1)
                break
            self.damage.lost_at = base + position
            position += 1
        if last:
            self.damage.finish()
        at = np.concatenate(runs) if runs else np.zeros(0, dtype=np.int64)
        return [self._columns(chunk, at)] if at.size else [], position

    def _met(self, chunk: Chunk, at: Ints) -> None:
        """Count further records."""
        if not at.size:
            return
        self.frames += len(at)
        seconds, fraction = struct.unpack_from(self.variant.order + "II", chunk.raw, int(at[-1]))
        self.last_second = seconds
        self.last_ns = seconds * 1_000_000_000 + fraction * self.variant.unit_ns

    def _trusted(self, chunk: Chunk, at: Ints, broken: int) -> tuple[Ints, int]:
        """The records before a break, without trailing ones whose times show that they are not records."""
        if not at.size:
            return at, broken
        seconds = self._words(chunk)[at].astype(np.int64)
        known = self.last_second if self.last_second is not None else int(seconds[0])
        far = np.abs(seconds - known) >= RESYNC_SECONDS
        none = len(at) if far.all() else int(np.argmin(far[::-1]))
        # A longer run is a clock that was set.
        if not 0 < none <= FEW:
            return at, broken
        return at[:-none], int(at[-none])

    def _goes_on(self, chunk: Chunk, kept: Ints, end: int) -> bool:
        """At the end of the file: later records match the time of trusted ones, so those in between are not records."""
        if not kept.size:
            return False
        before, trusted = self.last_second, int(kept[-1])
        self.last_second = int(self._words(chunk)[trusted])
        found = self._next(chunk, trusted + 1, end, last=True)
        self.last_second = before
        return found is not None

    def _liar(self, chunk: Chunk, at: Ints, broken: int, end: int, last: bool) -> int | None:
        """The last record, if it claims more bytes than its packet had, and covers others with them."""
        if not at.size:
            return None
        start = int(at[-1])
        length, wire = struct.unpack_from(self.variant.order + "II", chunk.raw, start + 8)
        following = self._next(chunk, start + 1, end, last) if length > wire else None
        return start if following is not None and following < broken else None

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
                run = _run(lengths[position + 8 : limit + 9 : stride], length, (end - position) // stride)
                runs.append(np.array(offsets, dtype=np.int64))
                runs.append(np.arange(position, position + run * stride, stride, dtype=np.int64))
                offsets.clear()
                position += run * stride
                same, worth = 0, RUN if run >= PAYS else min(2 * worth, LONGEST_RECORD)
        runs.append(np.array(offsets, dtype=np.int64))
        return np.concatenate(runs), position, broken

    def _words(self, chunk: Chunk) -> Words:
        return chunk.le32 if self.variant.order == "<" else chunk.be32

    def _columns(self, chunk: Chunk, at: Ints) -> Records:
        headers = chunk.heads(at, 16).view(self.variant.order + "u4").astype(np.int64)
        seconds, fraction, length, wire = headers.reshape(-1, 4).T
        count = len(at)
        first = self.frames - count + 1
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
        candidate = self._next(chunk, position, end, last)
        if candidate is not None:
            self.damage.resumed(base + candidate, self.frames + 1, self.last_ns)
            return candidate, True
        if last:
            self.damage.resumed(base + end, self.frames + 1, self.last_ns, ended=True)
            return end, False
        # A header may begin in the last bytes of this chunk.
        return max(position, end - self.variant.record_header - LONGEST_RECORD), False

    def _next(self, chunk: Chunk, begin: int, end: int, last: bool) -> int | None:
        """The first offset at which a plausible record stands with another one, or the end of the file, behind it."""
        header, word = self.variant.record_header, self._words(chunk)
        limit = end - header

        def chained(start: int, stop: int) -> int | None:
            candidates = np.flatnonzero(self._plausible(word, np.arange(start, stop))) + start
            following = candidates + header + word[candidates + 8].astype(np.int64)
            inside = following <= limit
            fits = inside & self._plausible(word, np.where(inside, following, start))
            fits |= (following == end) & last
            return int(candidates[np.argmax(fits)]) if fits.any() else None

        return search(chained, begin, limit + 1)

    def _plausible(self, word: Words, at: Ints) -> npt.NDArray[np.bool_]:
        """Which of these offsets look like a record header."""
        seconds = word[at].astype(np.int64)
        fraction, length, wire = word[at + 4], word[at + 8], word[at + 12]
        fits = (length <= LONGEST_RECORD) & (length > 0) & (wire >= length) & (wire <= 4 * LONGEST_RECORD)
        fits &= fraction < 1_000_000_000 // self.variant.unit_ns
        if self.last_second is not None:
            fits &= np.abs(seconds - self.last_second) < RESYNC_SECONDS
        return fits


def _run(lengths: Words, length: int, whole: int) -> int:
    """How many records of this length follow one another; ``whole``: as many as fit where all have it."""
    begin, width = 0, GLANCE
    while begin < len(lengths):
        differs = lengths[begin : begin + width] != length
        if differs.any():
            return begin + int(np.argmax(differs))
        begin += width
        width *= 4
    return max(0, whole)
