"""Which files of an input belong together: parts of one capture, or captures of the same calls.

Unrelated files are separate inputs, each with a verdict of its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import PurePath

from msgspec import Struct, field

from sipdiag.capture.payload import FileInfo
from sipdiag.media.stream import RtpStream
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.table import column
from sipdiag.sip.head import glance_call_id

CONTIGUOUS_NS = 5_000_000_000
"""A file with a similar name that begins within this time after another ended is its next part."""
BESIDE_NS = 5_000_000_000
"""Media captured without signalling belongs to the signalling of the same time, give or take this much."""
_DUMPCAP = re.compile(r"_\d{5}_\d{14}(?=\.|$)")
"""What dumpcap and Wireshark add to the names of a ring."""
_TCPDUMP = re.compile(r"(?<=cap)\d+$")
"""What tcpdump -C adds."""
_NUMBERS = re.compile(r"[\d_:-]+")
"""What any other program may count or date its files with."""


class RelatedFiles(Struct, frozen=True):
    """Files that belong together."""

    files: tuple[int, ...]
    how: str
    """``one``: it is a single file; ``ring``: parts of one capture; ``calls``: they saw the same calls."""


class _Table(Struct):
    """The files found to belong together so far."""

    _of: dict[int, int] = field(default_factory=dict)
    same_calls: set[int] = field(default_factory=set)

    def first(self, file: int) -> int:
        while self._of.get(file, file) != file:
            file = self._of[file]
        return file

    def join(self, files: Iterable[int], *, calls: bool) -> None:
        """Join two files; ``calls``: because they saw the same calls."""
        found = sorted({self.first(file) for file in files})
        for file in found[1:]:
            self._of[file] = found[0]
        if calls and len(found) > 1:
            self.same_calls.update(found)

    def groups(self, files: Iterable[int]) -> list[RelatedFiles]:
        found: dict[int, list[int]] = defaultdict(list)
        for file in files:
            found[self.first(file)].append(file)
        return [
            RelatedFiles(
                tuple(group), "one" if len(group) < 2 else "calls" if self.same_calls & set(group) else "ring"
            )
            for group in found.values()
        ]


def related(
    files: Sequence[FileInfo],
    messages: Sequence[CapturedMessage],
    streams: Sequence[RtpStream],
    calls: Iterable[frozenset[int]],
    frames: Mapping[int, tuple[int, int]],
) -> tuple[RelatedFiles, ...]:
    """The groups of files, each in the given order; files that could not be read are in none.

    ``calls``: the files that each call was seen in, and those that saw the same packets; ``frames``: when the first
    and the last frame of each file were captured, by its own clock.
    """
    table = _Table()
    for seen in calls:
        table.join(seen, calls=True)
    by_id: dict[str, int] = {}
    for file, raw in zip(column(messages, "file"), column(messages, "raw"), strict=True):
        call_id = glance_call_id(raw)
        if call_id and by_id.setdefault(call_id, file) != file:
            table.join((by_id[call_id], file), calls=True)
    for stream in streams:
        table.join((stream.first_file, stream.last_file), calls=False)
    spans = _spans(messages, streams)
    _rings(table, files, {**spans, **frames})
    _media_alone(table, spans, {captured.file for captured in messages})
    read = [index for index, file in enumerate(files) if file.format]
    return tuple(table.groups(read))


def _spans(messages: Sequence[CapturedMessage], streams: Sequence[RtpStream]) -> dict[int, tuple[int, int]]:
    """The time span of each file, nanoseconds since the epoch."""
    spans: dict[int, tuple[int, int]] = {}
    stamps = zip(*(column(messages, name) for name in ("file", "time_ns", "timed")), strict=True)
    seen = [(file, time_ns, time_ns) for file, time_ns, timed in stamps if timed]
    seen += [(stream.first_file, stream.first_ns, stream.first_ns) for stream in streams]
    seen += [(stream.last_file, stream.last_ns, stream.last_ns) for stream in streams]
    for file, first, last in seen:
        known = spans.get(file, (first, last))
        spans[file] = min(known[0], first), max(known[1], last)
    return spans


def _rings(table: _Table, files: Sequence[FileInfo], spans: Mapping[int, tuple[int, int]]) -> None:
    # The first file of tcpdump has no number, that of dumpcap has.
    for pattern, enough in ((_DUMPCAP, all), (_TCPDUMP, any)):
        for members in _alike(files, pattern):
            if enough(pattern.search(files[n].path) for n in members):
                table.join(members, calls=False)
    for members in _alike(files, _NUMBERS):
        ordered = sorted((spans[n], n) for n in members if n in spans)
        for (before, one), (after, other) in pairwise(ordered):
            if 0 <= after[0] - before[1] <= CONTIGUOUS_NS:
                table.join((one, other), calls=False)


def _alike(files: Sequence[FileInfo], pattern: re.Pattern[str]) -> Iterable[list[int]]:
    """The files of one folder whose names are the same but for ``pattern``."""
    named: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, file in enumerate(files):
        path = PurePath(file.path)
        named[str(path.parent), pattern.sub("", path.name)].append(index)
    return named.values()


def _media_alone(table: _Table, spans: dict[int, tuple[int, int]], signalling: set[int]) -> None:
    for file, (first, last) in spans.items():
        if file in signalling:
            continue
        for other in sorted(signalling):
            if (
                other in spans
                and spans[other][0] - BESIDE_NS <= last
                and first <= spans[other][1] + BESIDE_NS
            ):
                table.join((file, other), calls=True)
