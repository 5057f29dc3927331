"""Digits sent as events in RTP (RFC 4733): the packets of one digit share their timestamp.

Only session descriptions say which payload type carries events.  So every payload of four bytes with a
dynamic type is read as one, and sorted out later.
"""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from sipdiag.capture.payload import RtpRows

SYMBOLS = "0123456789*#ABCD"
"""By event number; 16 is a hook flash."""
FLASH = 16
MOST_DIGITS = 512
"""Digits of one source; further ones are not kept."""
MOST_SOURCES = 10_000
LONGEST_NS = 70_000_000_000
"""The longest event."""
_SEGMENT = 0xFFFF
"""Duration at which an event is split; it continues with a new timestamp (RFC 4733 §2.5.1.3)."""


class Digit(Struct):
    """One event as its packets show it."""

    event: int
    stamp: int
    """RTP timestamp, the same in all its packets."""
    first_ns: int
    last_ns: int
    file: int
    first_frame: int
    last_frame: int
    duration: int
    """In units of the timestamp, as the last packet says."""
    packets: int = 1
    ends: int = 0
    """Packets that say the event is over."""
    before: int = 0
    """Duration of the segments before."""

    @property
    def symbol(self) -> str:
        """``5``, ``#``, ``flash``; ``event 32`` for anything but a key."""
        if self.event < len(SYMBOLS):
            return SYMBOLS[self.event]
        return "flash" if self.event == FLASH else f"event {self.event}"


class Digits:
    """The events of all sources."""

    def __init__(self) -> None:
        self.of: defaultdict[int, list[Digit]] = defaultdict(list)
        """By the number of the identity that sent them, in the order of time."""

    def add(self, rows: RtpRows, row: int) -> None:
        """A payload that may be an event's."""
        number, payload = int(rows.identity[row]), int(rows.event[row])
        if number not in self.of and len(self.of) >= MOST_SOURCES:
            return
        told = self.of[number]
        event, ended, duration = payload >> 24, payload >> 23 & 1, payload & 0xFFFF
        stamp, time_ns, frame = int(rows.stamp[row]), int(rows.time_ns[row]), int(rows.frame[row])
        last = told[-1] if told else None
        if last is not None and last.event == event and time_ns - last.first_ns < LONGEST_NS:
            if _goes_on(last, stamp):
                last.before += last.duration
                last.stamp, last.duration = stamp, 0
            if last.stamp == stamp:
                last.last_ns, last.last_frame = time_ns, frame
                last.duration = max(last.duration, duration)
                last.packets += 1
                last.ends += ended
                return
        if len(told) < MOST_DIGITS:
            told.append(Digit(event, stamp, time_ns, time_ns, rows.file, frame, frame, duration, ends=ended))


def _goes_on(last: Digit, stamp: int) -> bool:
    """A segment that follows one cut for its length."""
    return not last.ends and last.duration == _SEGMENT and stamp == last.stamp + _SEGMENT & 0xFFFFFFFF
