"""Puts payloads in the order of time, within a bounded window.

Interfaces of a file and files of a set are merged as far as their clocks allow.  What comes later
than the window keeps the place it has in its file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from operator import itemgetter

from sipdiag.capture.payload import Note, Payload

WINDOW_NS = 2_000_000_000
"""How far out of order a frame may be and still be sorted."""
MOST_WAITING = 100_000
"""Payloads held back at a time."""

Key = tuple[int, int, int]
"""Where a payload belongs: nanoseconds, file, frame."""
_PLACE = itemgetter(0)


def _time(waiting: tuple[Key, Payload]) -> int:
    return waiting[0][0]


class TimeOrder:
    """Holds payloads back until nothing earlier can come any more."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Key, Payload]] = []
        self._released_ns = -(1 << 63)
        self._late = 0
        self._first_late: Payload | None = None

    def add(self, payloads: Iterable[tuple[Key, Payload]]) -> None:
        """Take payloads with their places."""
        for key, payload in payloads:
            # A stream may have waited for missing bytes: that is no disorder of the file.
            if key[0] < self._released_ns and payload.stream is None:
                self._late += 1
                self._first_late = self._first_late or payload
            self._waiting.append((key, payload))

    def release(self, horizon_ns: int | None) -> list[Payload]:
        """Payloads up to the horizon (all if None), and those above the bound, in order."""
        # They arrive nearly in order, so sorting is faster than a heap.
        waiting = self._waiting
        waiting.sort(key=_PLACE)
        ready = len(waiting)
        if horizon_ns is not None:
            within = bisect_right(waiting, horizon_ns, key=_time)
            ready = max(within, len(waiting) - MOST_WAITING)
        if not ready:
            return []
        self._released_ns = max(self._released_ns, waiting[ready - 1][0][0])
        released = [payload for _, payload in waiting[:ready]]
        del waiting[:ready]
        return released

    def note(self) -> Note | None:
        """A warning when payloads came too late to be put in order."""
        if self._first_late is None:
            return None
        return Note(
            "time-order",
            f"{self._late} SIP packets lie more than {WINDOW_NS // 1_000_000_000} s behind packets before them "
            f"in the file; they were left in file order.",
            file=self._first_late.file,
            frame=self._first_late.position.number,
        )
