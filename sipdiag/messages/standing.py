"""Captures whose clock stands still: all messages bear one time, as some converters write it.

They are read as logs without times are: the order of the file stands, and how often each message was sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sipdiag.capture.payload import FileInfo, Note
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.table import MessageTable, column

if TYPE_CHECKING:
    from sipdiag.logs.clock import LogClock

_Messages = list[CapturedMessage] | MessageTable
FEWEST = 5
"""Messages; fewer may well have come within one tick of a coarse clock."""


def timed_by_count(messages: _Messages, files: Sequence[FileInfo]) -> tuple[_Messages, list[Note]]:
    """The messages, those of such captures without known times, and a note on each of these."""
    count: Counter[int] = Counter()
    stands: dict[int, int | None] = {}
    stamps = (column(messages, name) for name in ("file", "time_ns", "behind_ns", "timed"))
    for file, time_ns, behind_ns, timed in zip(*stamps, strict=True):
        count[file] += 1
        clock_ns = time_ns - behind_ns if timed else None
        if stands.setdefault(file, clock_ns) != clock_ns:
            stands[file] = None
    standing = {file for file, clock_ns in stands.items() if clock_ns is not None and count[file] >= FEWEST}
    if not standing:
        return messages, []
    from sipdiag.logs.clock import LogClock

    told: list[CapturedMessage] = []
    clocks = {file: LogClock(timed=False) for file in standing}
    for one in messages:
        clock = clocks.get(one.file)
        told.append(_by_count(one, clock) if clock is not None else one)
    notes = [Note("clock-stands", _TEXT.format(files[file].path), file=file) for file in sorted(standing)]
    return told, notes


_TEXT = (
    "All messages of {} bear the same time: durations are unknown, messages stand in the order of the file, and a "
    "timer has run out only where all its repeats were captured."
)


def _by_count(one: CapturedMessage, clock: LogClock) -> CapturedMessage:
    behind_ns = clock.at(None, one.message.raw, (one.src, one.dst))
    return replace(one, time_ns=one.clock_ns + behind_ns, behind_ns=behind_ns, timed=False, copy_of=None)
