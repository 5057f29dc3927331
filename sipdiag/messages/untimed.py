"""Logs without times beside captures of the same messages: what both have gives the log its times."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence

from msgspec.structs import replace

from sipdiag.messages.captured import CapturedMessage, in_time
from sipdiag.messages.events import Event, event_of

FEWEST_SHARED = 3
"""Messages that a log must share with the other inputs before it takes their times …"""
SHARE = 0.3
"""… and which part of its own they must be at least."""
_TICK_NS = 1_000


def timed_by_others(messages: list[CapturedMessage]) -> list[CapturedMessage]:
    """The messages in the order of time, those of logs without times where the other inputs have them.

    A message that the others do not have stays without a time, behind the one before it in its log.
    """
    logs: dict[int, list[CapturedMessage]] = defaultdict(list)
    seen: dict[Event, deque[int]] = defaultdict(deque)
    for one in messages:
        if one.timed:
            seen[event_of(one.message)].append(one.time_ns)
        else:
            logs[one.file].append(one)
    if not logs or not seen:
        return messages
    placed = [one for one in messages if one.timed]
    for log in logs.values():
        placed += _placed(log, seen)
    return sorted(placed, key=in_time)


def _placed(log: Sequence[CapturedMessage], seen: dict[Event, deque[int]]) -> Sequence[CapturedMessage]:
    times = [queue.popleft() if (queue := seen.get(event_of(one.message))) else None for one in log]
    known = [time_ns for time_ns in times if time_ns is not None]
    if len(known) < max(FEWEST_SHARED, SHARE * len(log)):
        return log
    now = known[0] - _TICK_NS * len(log)
    placed = []
    for one, time_ns in zip(log, times, strict=True):
        now = now + _TICK_NS if time_ns is None else time_ns
        placed.append(replace(one, time_ns=now, timed=time_ns is not None))
    return placed
