"""Long silences within a stream: do the timestamps say that something was being sent?"""

from __future__ import annotations

import numpy as np

from sipdiag.capture.payload import RtpRows
from sipdiag.media.columns import Columns, Groups, Ints
from sipdiag.media.stream import Silence

HOLE_NS = 150_000_000
"""Shorter holes are not looked at one by one."""
TOGETHER_NS = 8_000_000
"""Packets this close together were held up: none is sent so soon after another."""


class Silences:
    """The longest hole of each stream."""

    def __init__(self) -> None:
        self.longest: dict[int, Silence] = {}
        """By the number of the stream."""
        self._doubtful: dict[int, Silence] = {}
        """Candidate holes; the next packet decides."""

    def look(
        self, rows: RtpRows, groups: Groups, state: Columns, step: Ints, elapsed: Ints, stamp: Ints
    ) -> None:
        """Look at long silences: whether the timestamps say that something was sent all the time.

        Where no packet is missing it was held up only if the next one comes together with it: a source that
        pauses, and does not count the pause in its timestamps, looks the same until then.
        """
        key = groups.key
        for stream, silence in list(self._doubtful.items()) if self._doubtful else ():
            group = int(np.searchsorted(key, stream))
            if group < len(key) and key[group] == stream:
                del self._doubtful[stream]
                if elapsed[groups.start[group]] <= TOGETHER_NS:
                    self._note(stream, silence)
        for place in np.flatnonzero(elapsed >= HOLE_NS).tolist():
            group = int(groups.of[place])
            advance, usual = _paces(groups, state, group, place, step, stamp)
            if step[place] <= 0 or not usual or advance & 0xFFFFFFFF != int(step[place]) * usual:
                continue
            stream, row, ns = int(key[group]), int(groups.order[place]), int(elapsed[place])
            silence = Silence(ns, int(rows.time_ns[row]) - ns, rows.file, int(rows.frame[row]))
            if step[place] > 1:
                self._note(stream, silence)
            elif place == groups.last[group]:
                self._doubtful[stream] = silence
            elif elapsed[place + 1] <= TOGETHER_NS:
                self._note(stream, silence)
        last = groups.last
        advances = stamp[last] - np.where(groups.size > 1, stamp[last - 1], state["stamp"][key])
        state["pace"][key] = np.where((step[last] == 1) & (advances > 0), advances, 0)

    def _note(self, stream: int, silence: Silence) -> None:
        known = self.longest.get(stream)
        if known is None or silence.ns > known.ns:
            self.longest[stream] = silence


def _paces(
    groups: Groups, state: Columns, group: int, place: int, step: Ints, stamp: Ints
) -> tuple[int, int]:
    """By how much the timestamp advances to a packet, and did from the one before its predecessor to that.

    The latter is 0 where these do not follow each other.
    """
    stream, start = int(groups.key[group]), int(groups.start[group])
    if place == start:
        return int(stamp[place]) - int(state["stamp"][stream]), int(state["pace"][stream])
    advance = int(stamp[place]) - int(stamp[place - 1])
    earlier = int(stamp[place - 2]) if place - 1 > start else int(state["stamp"][stream])
    usual = int(stamp[place - 1]) - earlier
    return advance, usual if usual > 0 and step[place - 1] == 1 else 0
