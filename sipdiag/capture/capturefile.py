"""One capture file: its records chunk by chunk, and what the lane finds in them.

A file is read in chunks of a few MiB into two buffers in turn, so that one is read while the digest
of the other is made; the part of a record that is cut by the end of a chunk moves to the front of the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.capture.annotations import Annotations
from sipdiag.capture.formats import Walker, begin
from sipdiag.capture.found import Found
from sipdiag.capture.inputs import Input, NoCaptureError
from sipdiag.capture.lane import Lane
from sipdiag.capture.linktypes import link_name
from sipdiag.capture.losses import Loss
from sipdiag.capture.payload import CaptureError, FileInfo, Note
from sipdiag.capture.records import PADDING, Chunk, Records

if TYPE_CHECKING:
    from sipdiag.capture.ahead import Ahead, ChunkResult

CHUNK = 4 * 1024 * 1024
"""Bytes read at a time."""
FIRST_CHUNK = 64 * 1024
"""Bytes read first: enough for the first record, and for the whole of a small capture."""
LARGEST_BUFFER = 32 * 1024 * 1024
"""Bytes; holds the longest record or block together with a chunk."""


class _Read(Struct, frozen=True):
    """What a chunk of a file gave."""

    records: list[Records]
    notes: list[Note]
    losses: list[Loss]


class CaptureFile(Struct):
    """One input file."""

    path: str
    index: int
    info: FileInfo
    size: int | None = None
    taken: int = 0
    compressed: bool = False
    """Known once it was opened."""
    ahead: Ahead | None = None
    """The process that reads it, if it is not this one."""

    def first_ns(self) -> int:
        """Time of the first packet; files without packets come first."""
        for chunk in self.records(peek=True):
            return int(chunk.records[0].time_ns[0]) if chunk.records else 0
        return 0

    def records(self, *, peek: bool = False) -> Iterator[_Read]:
        """The records of each chunk, with notes; only the first chunk if ``peek``."""
        source = Input(self.path)
        handed_on = False
        try:
            self.size = source.stored.size
            self.compressed = source.compression is not None
            try:
                walker = begin(source, self.index)
            except NoCaptureError as error:
                handed_on = self.size is None
                error.source = source if handed_on else None
                raise
            self._annotated(walker.annotations)
            yield from self._chunks(source, walker, peek)
            if not peek:
                source.drain()
        finally:
            if not handed_on:
                source.close()
            if not peek:
                self.info.sha256 = source.stored.sha256
                self.info.bytes = self.taken = source.stored.taken

    def _chunks(self, source: Input, walker: Walker, peek: bool) -> Iterator[_Read]:
        self.info.format = " ".join(filter(None, (source.compression, walker.format)))
        chunk = Chunk(bytearray(FIRST_CHUNK + PADDING))
        spare = chunk
        kept, base = 0, 0
        position = walker.header
        while True:
            room = len(chunk.raw) - PADDING - kept
            got = source.fill(chunk.raw[kept : kept + room])
            last = got < room
            end = kept + got
            records, position = walker.walk(chunk, position, end, base, last)
            self.taken = source.stored.taken
            notes, losses = walker.damage.taken()
            self.info.keys = walker.annotations.keys
            if last:
                notes += walker.annotations.notes(self.index)
            if last and source.trouble:
                notes.append(self._broken_stream(source.trouble, source.stored.taken, walker.frames))
            yield _Read(records, notes, losses)
            if last or peek:
                return
            kept = end - position
            chunk, spare = self._following(chunk, spare, kept), chunk
            chunk.raw[:kept] = spare.raw[position:end]
            base += position
            position = 0

    @staticmethod
    def _following(chunk: Chunk, spare: Chunk, kept: int) -> Chunk:
        """A buffer for the next bytes other than ``chunk``, which may still be hashed."""
        size = len(chunk.raw) - PADDING
        if size < CHUNK or kept > size // 2:
            size = min(max(CHUNK, 2 * kept), LARGEST_BUFFER)
        again = spare is not chunk and len(spare.raw) == size + PADDING
        return spare if again else Chunk(bytearray(size + PADDING))

    def _annotated(self, annotations: Annotations) -> None:
        """Let the description grow with what the walker finds."""
        self.info.interfaces = annotations.interfaces
        self.info.names = annotations.names

    def _broken_stream(self, trouble: str, byte: int, frames: int) -> Note:
        return Note(
            "truncated-file",
            f"Reading stopped after frame {frames}: {trouble}; everything before it was read.",
            file=self.index,
            byte=byte,
            frame=frames,
        )

    def runs(self, lane: Lane) -> Iterator[Found]:
        """What the lane finds in each chunk."""
        if self.ahead is not None:
            yield from self._fetched(lane, self.ahead)
            return
        for chunk in self.records():
            found = Found(notes=chunk.notes)
            lane.lost(chunk.losses)
            for run in chunk.records:
                self._describe(run)
                lane.decode(run, self.index, found)
            yield found

    def parts(self) -> Iterator[ChunkResult]:
        """The file as another process reads it."""
        from sipdiag.capture.ahead import ChunkResult
        from sipdiag.capture.sieve import Sieve

        sieve = Sieve()
        try:
            for chunk in self.records():
                for run in chunk.records:
                    self._describe(run)
                runs = [sieve.sift(run) for run in chunk.records]
                yield ChunkResult(self.taken, runs, chunk.notes, chunk.losses)
        except CaptureError as error:
            yield ChunkResult(self.taken, [], [], [], self.info, str(error))
        else:
            yield ChunkResult(self.taken, [], [], [], self.info)

    def _fetched(self, lane: Lane, ahead: Ahead) -> Iterator[Found]:
        """What the lane finds in what another process read."""
        from sipdiag.capture.sieve import Renumbered

        self.size = Path(self.path).stat().st_size
        streams = Renumbered(lane.numbers, lane.file, self.index)
        for part in ahead.parts():
            self.taken = part.taken
            if part.info is not None:
                for known in FileInfo.__struct_fields__:
                    setattr(self.info, known, getattr(part.info, known))
                if part.error is not None:
                    raise CaptureError(part.error)
                return
            found = Found(notes=part.notes)
            lane.lost(part.losses)
            for run in part.runs:
                lane.resume(run, streams.rows(run), self.index, found)
            yield found

    def _describe(self, run: Records) -> None:
        self.info.packets += len(run.start)
        links = {int(run.link[0])} if (run.link == run.link[0]).all() else set(run.link.tolist())
        for link in sorted(links):
            name = link_name(link)
            if name not in self.info.link_types:
                self.info.link_types.append(name)
