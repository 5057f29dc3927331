"""Reads captures of any kind, recognised by content, and yields what they hold batch by batch.

A file is read in chunks of a few MiB into two buffers in turn, so that one is read while the digest
of the other is made; the part of a record that is cut by the end of a chunk moves to the front of the next.  Several files are read side by
side as far as their times overlap, one after the other where they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from sipdiag.capture.annotations import Annotations
from sipdiag.capture.formats import Walker, begin
from sipdiag.capture.inputs import STDIN, Input, NoCaptureError
from sipdiag.capture.lane import Found, Lane
from sipdiag.capture.linktypes import link_name
from sipdiag.capture.losses import Loss
from sipdiag.capture.order import WINDOW_NS, TimeOrder
from sipdiag.capture.payload import Accounting, Batch, CaptureError, FileInfo, Note
from sipdiag.capture.records import PADDING, Chunk, Records
from sipdiag.capture.rtp import StreamNumbers

if TYPE_CHECKING:
    from sipdiag.capture.ahead import Ahead, Part, Readers

CHUNK = 4 * 1024 * 1024
"""Bytes read at a time."""
FIRST_CHUNK = 64 * 1024
"""Bytes read first: enough for the first record, and for the whole of a small capture."""
LARGEST_BUFFER = 32 * 1024 * 1024
"""Bytes; holds the longest record or block together with a chunk."""

LARGE = 64 * 1024 * 1024
"""Bytes of all files together from which on reading them in several processes is worth it."""

Progress = Callable[[int, int | None], None]
"""Called with the stored bytes read so far of all files, and how many there are (None: a pipe)."""
Trouble = Callable[[int, CaptureError], None]
"""Called with the index of a file that cannot be read, and why."""


def read(
    paths: Sequence[str],
    accounting: Accounting,
    files: list[FileInfo],
    *,
    on_progress: Progress | None = None,
    on_error: Trouble | None = None,
    jobs: int = 1,
) -> Iterator[Batch]:
    """Yield what the captures hold, payloads in the order of time.

    ``files`` gets an entry for each path, in the given order, filled while reading.  A file that
    cannot be read raises :class:`CaptureError`; with ``on_error`` it is reported there and the
    others are read.  Several large files are read in up to ``jobs`` processes, with the same result.

    :raises sipdiag.processes.WorkerLostError: one of the processes was killed.
    """
    report = on_error or _raise
    sources = [_Source(path, index, _info(files, path)) for index, path in enumerate(paths)]
    waiting = sorted(_starts(sources, report), key=lambda item: item[0])
    progress = _Progress(sources, on_progress)
    processes = _processes(sources, jobs) if jobs > 1 and _are_large(paths) else 1
    if processes < 2:
        yield from _merged(waiting, accounting, report, progress)
        return
    # Imported only where there is so much to read.
    from sipdiag.capture.ahead import Readers

    readers = Readers({source.index: source.parts for _, source in waiting}, processes)
    try:
        yield from _merged(waiting, accounting, report, progress, readers)
    finally:
        readers.end()


def _are_large(paths: Sequence[str]) -> bool:
    """Whether these are several files, large together, that can be read in any order."""
    files = [Path(path) for path in paths if path != STDIN]
    if len(paths) < 2 or len(files) < len(paths) or not all(map(Path.is_file, files)):
        return False
    return sum(file.stat().st_size for file in files) >= LARGE


def _processes(sources: Sequence[_Source], jobs: int) -> int:
    """How many processes keep so many cores busy: the digest of a plain file takes one of its own."""
    return jobs if all(source.compressed for source in sources) else jobs // 2


def read_one(path: str, index: int, accounting: Accounting, info: FileInfo) -> Iterator[Batch]:
    """Yield what one capture holds; ``index`` is its number in the payloads."""
    source = _Source(path, index, info)
    yield from _merged([(0, source)], accounting, _raise, _Progress([source], None))


def has_keys(path: str) -> bool:
    """Whether a capture begins with TLS keys; a pipe is not looked at, as it can be read only once."""
    if not Path(path).is_file():
        return False
    source = _Source(path, 0, FileInfo(path=path, format=""))
    try:
        for _ in source.records(peek=True):
            pass
    except CaptureError:
        return False
    return source.info.keys


def _info(files: list[FileInfo], path: str) -> FileInfo:
    info = FileInfo(path=path, format="")
    files.append(info)
    return info


def _raise(index: int, error: CaptureError) -> None:
    raise error


class _Read(NamedTuple):
    """What a chunk of a file gave."""

    records: list[Records]
    notes: list[Note]
    losses: list[Loss]


class _Source(Struct):
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
        """The records of each chunk, with what there is to note of it; only the first chunk if ``peek``."""
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
        """Room for the next bytes, other than ``chunk``, whose digest may still be in the making."""
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

    def parts(self) -> Iterator[Part]:
        """The file as another process reads it."""
        from sipdiag.capture.ahead import Part
        from sipdiag.capture.sieve import Sieve

        sieve = Sieve()
        try:
            for chunk in self.records():
                for run in chunk.records:
                    self._describe(run)
                runs = [sieve.sift(run) for run in chunk.records]
                yield Part(self.taken, runs, chunk.notes, chunk.losses)
        except CaptureError as error:
            yield Part(self.taken, [], [], [], self.info, str(error))
        else:
            yield Part(self.taken, [], [], [], self.info)

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


class _Progress:
    """Adds up over the files and tells the caller."""

    def __init__(self, sources: Sequence[_Source], tell: Progress | None) -> None:
        self._sources = sources
        self._tell = tell

    def step(self) -> None:
        if self._tell is None:
            return
        sizes = [source.size for source in self._sources]
        known = [size for size in sizes if size is not None]
        total = sum(known) if len(known) == len(sizes) else None
        self._tell(sum(source.taken for source in self._sources), total)


def _starts(sources: Sequence[_Source], report: Trouble) -> Iterator[tuple[int, _Source]]:
    """The readable sources, each with the time of its first packet; a pipe can be read only once."""
    for source in sources:
        if len(sources) == 1 or Path(source.path).is_fifo() or source.path == STDIN:
            yield 0, source
            continue
        try:
            yield source.first_ns(), source
        except CaptureError as error:
            report(source.index, error)


class _Open(Struct):
    """A source that is being read."""

    source: _Source
    runs: Iterator[Found]
    lane: Lane
    clock_ns: int


def _merged(
    waiting: list[tuple[int, _Source]],
    accounting: Accounting,
    report: Trouble,
    progress: _Progress,
    readers: Readers | None = None,
) -> Iterator[Batch]:
    """Read always on from the source that is furthest behind."""
    order = TimeOrder()
    active: list[_Open] = []
    idle: list[Lane] = []
    streams, rtp = count(), StreamNumbers()
    waiting = list(waiting)
    while active or waiting:
        behind = min(active, key=lambda item: item.clock_ns, default=None)
        if behind is None or (waiting and waiting[0][0] <= behind.clock_ns):
            first_ns, source = waiting.pop(0)
            # A file that begins after another one ended goes on with its streams: a rotated ring.
            lane = idle.pop() if idle else Lane(accounting, streams, rtp, source.index)
            if readers is not None:
                source.ahead = readers.open(source.index)
            behind = _Open(source, source.runs(lane), lane, first_ns)
            active.append(behind)
        found = _next(behind, report)
        if found is None:
            active.remove(behind)
            if readers is not None:
                readers.close(behind.source.index)
            idle.append(behind.lane)
            found = Found()
            if not active and not waiting:
                for lane in idle:
                    lane.finish(found)
        order.add(found.payloads)
        if found.latest_ns is not None:
            behind.clock_ns = max(behind.clock_ns, found.latest_ns - WINDOW_NS)
        clocks = [item.clock_ns for item in active] + [first_ns for first_ns, _ in waiting[:1]]
        progress.step()
        yield from _batches(order, found, min(clocks, default=None))


def _next(opened: _Open, report: Trouble) -> Found | None:
    try:
        return next(opened.runs, None)
    except CaptureError as error:
        report(opened.source.index, error)
        return None


def _batches(order: TimeOrder, found: Found, horizon_ns: int | None) -> Iterator[Batch]:
    payloads = order.release(horizon_ns)
    notes = found.notes
    late = order.note() if horizon_ns is None else None
    if late is not None:
        notes.append(late)
    rtp = found.rtp[0] if found.rtp else None
    yield Batch(tuple(payloads), rtp, tuple(found.rtcp), tuple(notes))
    for rtp in found.rtp[1:]:
        yield Batch((), rtp)
