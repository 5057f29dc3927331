"""From what was read to what is known of where it was captured: points, clocks, sightings, streams in common."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from sipdiag.capture.payload import Accounting, FileInfo
from sipdiag.media.captured import CapturedMedia
from sipdiag.media.pairs import Pairs
from sipdiag.media.stream import Right
from sipdiag.messages.capture_points import CapturePoint, described
from sipdiag.messages.captured import CapturedMessage, in_time
from sipdiag.messages.locate import locate
from sipdiag.messages.located import Located
from sipdiag.messages.samples import Passed
from sipdiag.messages.sightings import follow
from sipdiag.messages.stream_points import stream_pairs
from sipdiag.messages.table import MessageTable


def recognise(
    messages: list[CapturedMessage] | MessageTable,
    media: CapturedMedia,
    passed: Passed,
    accounting: Accounting,
    files: Sequence[FileInfo],
) -> tuple[list[CapturedMessage] | MessageTable, tuple[CapturePoint, ...]]:
    """The messages by the clock of the first point, and the points; ``media`` and ``accounting`` are put right in place."""
    located = locate(messages, files, passed)
    clocks = {file: clock.right for file, clock in located.clocks.items()}
    if clocks:
        accounting.losses = accounting.losses.put_right(clocks)
        accounting.unreachable = [
            replace(one, time_ns=clocks[one.file](one.time_ns)) if one.file in clocks else one
            for one in accounting.unreachable
        ]
        media.put_right(clocks)
        messages = sorted(
            (_moved(one, clocks[one.file]) if one.file in clocks else one for one in messages),
            key=in_time,
        )
    if len(located.groups) > 1:
        spans = _spans(located, accounting, messages)
        logs = {
            number: frozenset(own.address for log in written for own in log.own.values())
            for number, group in enumerate(located.groups)
            if (written := [log for file in group.files if (log := files[file].log) is not None])
        }
        messages = follow(messages, located, spans, accounting.losses, logs)
        media.pairs = Pairs(stream_pairs(media.streams, located, passed.rtp, spans))
    return messages, tuple(described(located, messages, files))


def _moved(one: CapturedMessage, right: Right) -> CapturedMessage:
    return replace(one, time_ns=right(one.time_ns))


def _spans(
    located: Located, accounting: Accounting, messages: Sequence[CapturedMessage]
) -> dict[int, tuple[int, int]]:
    """When each point was capturing, by the right time; a log was while it has messages."""
    spans: dict[int, tuple[int, int]] = {}
    for number, group in enumerate(located.groups):
        known = [accounting.spans[file] for file in group.files if file in accounting.spans]
        right = group.right.right
        if known:
            spans[number] = right(min(first for first, _ in known)), right(max(last for _, last in known))
    owner = located.of_place
    for one in messages:
        number = owner[one.file, one.point]
        if one.timed and one.file not in accounting.spans:
            first, last = spans.get(number, (one.time_ns, one.time_ns))
            spans[number] = min(first, one.time_ns), max(last, one.time_ns)
    return spans
