"""Captures whose clock stands still: all messages bear one time, as some converters write it.

They are read as logs without times are: the order of the file stands, and how often each message was sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sipdiag.capture.payload import FileInfo, Note
from sipdiag.messages.captured import CapturedMessage

if TYPE_CHECKING:
    from sipdiag.logs.clock import LogClock

FEWEST = 5
"""Messages; fewer may well have come within one tick of a coarse clock."""


def timed_by_count(
    messages: Sequence[CapturedMessage], files: Sequence[FileInfo]
) -> tuple[list[CapturedMessage], list[Note]]:
    """The messages, those of such captures without known times, and a note on each of these."""
    by_file: dict[int, list[CapturedMessage]] = defaultdict(list)
    for one in messages:
        by_file[one.file].append(one)
    standing = {
        file
        for file, some in by_file.items()
        if len(some) >= FEWEST and all(one.timed and one.clock_ns == some[0].clock_ns for one in some)
    }
    if not standing:
        return list(messages), []
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
