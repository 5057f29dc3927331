"""Reads captures of any kind, recognised by content, and yields what they hold batch by batch.

Several files are read side by side as far as their times overlap, one after the other where they do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.capture.capturefile import CaptureFile
from sipdiag.capture.found import Found
from sipdiag.capture.inputs import STDIN
from sipdiag.capture.lane import Lane
from sipdiag.capture.names import ring_name
from sipdiag.capture.order import WINDOW_NS, TimeOrder
from sipdiag.capture.passing import flow_numbers
from sipdiag.capture.payload import Accounting, Batch, CaptureError, FileInfo
from sipdiag.capture.rtp import source_numbers

if TYPE_CHECKING:
    from sipdiag.capture.ahead import Readers

LARGE = 64 * 1024 * 1024
"""Bytes of all files together from which on reading them in several processes is worth it."""

Progress = Callable[[int, int | None], None]
"""Called with the stored bytes read so far of all files, and how many there are (None: a pipe)."""
Trouble = Callable[[int, CaptureError], None]
"""Called with the index of an unreadable file and the reason."""


def read(
    paths: Sequence[str],
    accounting: Accounting,
    files: list[FileInfo],
    *,
    on_progress: Progress | None = None,
    on_error: Trouble | None = None,
    jobs: int = 1,
    listen: frozenset[int] = frozenset(),
) -> Iterator[Batch]:
    """Yield what the captures hold, payloads in the order of time; RTP of the SSRCs ``listen`` as it is, too.

    ``files`` gets an entry for each path, in the given order, filled while reading.  A file that
    cannot be read raises :class:`CaptureError`; with ``on_error`` it is reported there and the
    others are read.  Several large files are read in up to ``jobs`` processes, with the same result.

    :raises sipdiag.processes.WorkerLostError: one of the processes was killed.
    """
    report = on_error or _raise
    sources = [CaptureFile(path, index, _info(files, path)) for index, path in enumerate(paths)]
    waiting = sorted(_starts(sources, report), key=lambda item: item[0])
    progress = _Progress(sources, on_progress)
    processes = _processes(sources, jobs) if jobs > 1 and _are_large(paths) else 1
    if processes < 2 or listen:
        yield from _merged(waiting, accounting, report, progress, listen=listen)
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


def _processes(sources: Sequence[CaptureFile], jobs: int) -> int:
    """How many processes keep this many cores busy: the digest of a plain file takes a core of its own."""
    return jobs if all(source.compressed for source in sources) else jobs // 2


def read_one(path: str, index: int, accounting: Accounting, info: FileInfo) -> Iterator[Batch]:
    """Yield what one capture holds; ``index`` is its number in the payloads."""
    source = CaptureFile(path, index, info)
    yield from _merged([(0, source)], accounting, _raise, _Progress([source], None))


def has_keys(path: str) -> bool:
    """Whether a capture begins with TLS keys; a pipe is not looked at, as it can be read only once."""
    if not Path(path).is_file():
        return False
    source = CaptureFile(path, 0, FileInfo(path=path, format=""))
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


class _Progress:
    """Adds up progress over the files and reports it."""

    def __init__(self, sources: Sequence[CaptureFile], tell: Progress | None) -> None:
        self._sources = sources
        self._tell = tell

    def step(self) -> None:
        if self._tell is None:
            return
        sizes = [source.size for source in self._sources]
        known = [size for size in sizes if size is not None]
        total = sum(known) if len(known) == len(sizes) else None
        self._tell(sum(source.taken for source in self._sources), total)


def _starts(sources: Sequence[CaptureFile], report: Trouble) -> Iterator[tuple[int, CaptureFile]]:
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

    source: CaptureFile
    runs: Iterator[Found]
    lane: Lane
    clock_ns: int


def _merged(
    waiting: list[tuple[int, CaptureFile]],
    accounting: Accounting,
    report: Trouble,
    progress: _Progress,
    readers: Readers | None = None,
    listen: frozenset[int] = frozenset(),
) -> Iterator[Batch]:
    """Always read on from the source that is furthest behind."""
    order = TimeOrder()
    active: list[_Open] = []
    idle: defaultdict[str, list[Lane]] = defaultdict(list)
    streams, rtp = count(), source_numbers()
    flows = flow_numbers() if len(waiting) > 1 else None
    waiting = list(waiting)
    while active or waiting:
        behind = min(active, key=lambda item: item.clock_ns, default=None)
        if behind is None or (waiting and waiting[0][0] <= behind.clock_ns):
            first_ns, source = waiting.pop(0)
            # A file that begins after another of its ring ended continues that one's streams.
            ring = idle.get(ring_name(source.path))
            lane = ring.pop() if ring else Lane(accounting, streams, rtp, source.index, listen, flows)
            if readers is not None:
                source.ahead = readers.open(source.index)
            behind = _Open(source, source.runs(lane), lane, first_ns)
            active.append(behind)
        found = _next(behind, report)
        if found is None:
            active.remove(behind)
            if readers is not None:
                readers.close(behind.source.index)
            idle[ring_name(behind.source.path)].append(behind.lane)
            found = Found()
            if not active and not waiting:
                for lane in (lane for lanes in idle.values() for lane in lanes):
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
    yield Batch(
        tuple(payloads),
        rtp,
        tuple(found.rtcp),
        tuple(found.setup),
        tuple(found.voice),
        tuple(found.tcp),
        tuple(notes),
    )
    for rtp in found.rtp[1:]:
        yield Batch((), rtp)
