"""Interarrival jitter and lateness (RFC 3550 §6.4.1 and appendix A.8), of whole columns of packets.

Jitter is a running mean with gain 1/16.  Over a column it is a sum in which each difference counts less the
older it is, and that sum is built by doubling: after ten steps it holds all that can still be noticed.

A packet is *late* by how far its transit exceeds the least so far.  The least transit may rise by
:data:`DRIFT`, so that neither a sender's clock nor a new route makes every packet late for ever.  Lateness
is a walk with a floor at zero.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct, field

from sipdiag.media.columns import Floats, Groups, Ints, Mask, grown

GAIN = 16
DRIFT = 200
"""The least transit rises by one part in this many: 5 ms a second."""
JUMP_NS = 1_000_000_000
"""A larger difference is no delay: the timestamps restarted or stood still, so jitter restarts too."""
LATE_NS = (60_000_000, 200_000_000)
"""How long a small and a large jitter buffer wait."""
CALM_NS = LATE_NS[0] // 2
"""A packet no later than this ends a delay."""
LONGEST_DELAY_NS = 2_000_000_000
"""A delay that goes on for longer is none that a jitter buffer has to wait for."""
FEWEST = 10
"""Packets; of fewer, some may well have come at once."""
_NOTICED = 512
"""Packets after which a difference no longer shows in the mean: (15/16) ** 512 is 5e-15."""
_DECAY = (1 - 1 / GAIN) ** np.arange(_NOTICED + 1)

_INTEGERS = ("packets", "time_ns", "stamp", "late_ns", "late", "very_late", "least_step", "still")
_FRACTIONS = ("jitter", "total", "highest")


def _nanoseconds(groups: Groups, step: Ints, rate: Ints) -> Ints:
    """Timestamp units as time, ``rate`` by group; most clocks have a whole number of nanoseconds a tick."""
    first = int(rate[0])
    if 1_000_000_000 % first == 0 and (rate == first).all():
        return step * (1_000_000_000 // first)
    return step * 1_000_000_000 // np.repeat(rate, groups.size)


def _ints() -> Ints:
    return np.zeros(0, dtype=np.int64)


def _floats() -> Floats:
    return np.zeros(0, dtype=np.float64)


class Jitter(Struct):
    """State of the jitter of many sources, each with one payload type; times in nanoseconds."""

    packets: Ints = field(default_factory=_ints)
    time_ns: Ints = field(default_factory=_ints)
    """Of the last packet."""
    stamp: Ints = field(default_factory=_ints)
    jitter: Floats = field(default_factory=_floats)
    total: Floats = field(default_factory=_floats)
    """Sum of the jitter after each packet."""
    highest: Floats = field(default_factory=_floats)
    late_ns: Ints = field(default_factory=_ints)
    """What the last packet was late."""
    late: Ints = field(default_factory=_ints)
    """Packets later than the first of :data:`LATE_NS`."""
    very_late: Ints = field(default_factory=_ints)
    """… than the second."""
    _late_since: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """Of sources whose last packet was late: since when, how many were, and how many very much."""
    least_step: Ints = field(default_factory=_ints)
    """Smallest advance of the timestamp between two packets; 0 before there is one."""
    still: Ints = field(default_factory=_ints)
    """Packets that bear the time of the one before."""

    def grow(self, count: int) -> None:
        """Make room for so many sources."""
        for name in (*_INTEGERS, *_FRACTIONS):
            setattr(self, name, grown(getattr(self, name), count))

    def add(self, groups: Groups, time_ns: Ints, stamp: Ints, rate: Ints) -> None:
        """Packets sorted by source; ``rate`` is the clock of each in Hz."""
        key = groups.key
        elapsed = time_ns - groups.before(time_ns, self.time_ns[key])
        step = ((stamp - groups.before(stamp, self.stamp[key]) + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000
        begun = self.packets[key] > 0
        new = groups.start[~begun]
        elapsed[new] = step[new] = 0
        self.still[key] += groups.total((elapsed == 0).astype(np.int64))
        difference = elapsed - _nanoseconds(groups, step, rate)
        anew = np.abs(difference) > JUMP_NS
        difference[anew] = 0
        anew[new] = True
        self._mean(groups, difference, np.flatnonzero(anew))
        self._late(groups, time_ns, difference - elapsed // DRIFT, anew)
        self._steps(groups, step)
        self.packets[key] += groups.size
        self.time_ns[key] = time_ns[groups.last]
        self.stamp[key] = stamp[groups.last]

    def coarse(self, number: int) -> bool:
        """Most packets of a source bear the time of the one before: the clock of the capture is too coarse for jitter."""
        return bool(2 * self.still[number] > self.packets[number] > FEWEST)

    def _mean(self, groups: Groups, difference: Ints, anew: Ints) -> None:
        """The running mean; from the rows ``anew`` on it begins at zero."""
        key = groups.key
        since = np.zeros(len(difference), dtype=np.int64)
        since[groups.start] = groups.start
        since[anew] = anew
        since = np.arange(len(difference)) - np.maximum.accumulate(since)
        mean = np.abs(difference) / GAIN
        width, longest = 1, int(since.max())
        while width <= longest and width <= _NOTICED:
            older = mean[:-width] * _DECAY[width]
            older *= since[width:] >= width
            mean[width:] += older
            width *= 2
        carried = self.jitter[key]
        carrying = np.flatnonzero(carried)
        if carrying.size:
            self._carry(groups, carrying, carried, mean, anew)
        self.jitter[key] = mean[groups.last]
        self.total[key] += groups.total(mean)
        self.highest[key] = np.maximum(self.highest[key], groups.highest(mean))

    @staticmethod
    def _carry(groups: Groups, carrying: Ints, carried: Floats, mean: Floats, anew: Ints) -> None:
        """What was before these packets counts in the first of them, up to where the mean begins anew."""
        start = groups.start[carrying]
        following = np.searchsorted(anew, start)
        stop = np.append(anew, len(mean))[following]
        count = np.minimum(np.minimum(groups.size[carrying], stop - start), _NOTICED)
        within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        mean[np.repeat(start, count) + within] += np.repeat(carried[carrying], count) * _DECAY[within + 1]

    def _late(self, groups: Groups, time_ns: Ints, change: Ints, anew: Mask) -> None:
        key = groups.key
        np.clip(change, -JUMP_NS, JUMP_NS, out=change)
        change[anew] = 0
        # Each group, and each new beginning, falls below all before it.
        deep = np.int64(2 * JUMP_NS) * (int(groups.size.max()) + 1)
        walk = change.copy()
        falls = anew.copy()
        falls[groups.start] = True
        walk[falls] -= deep
        walk = np.cumsum(walk)
        floor = np.minimum.accumulate(walk)
        # Until the walk first falls below what it began with, it is above that.
        level = np.where(anew[groups.start], 0, self.late_ns[key])
        origin = walk[groups.start] - change[groups.start]
        begun = np.minimum(floor, np.repeat(origin - level, groups.size))
        if np.count_nonzero(falls) > len(key):
            beginnings = np.maximum.accumulate(np.where(falls, np.arange(len(walk)), 0))
            begun = np.where(beginnings == np.repeat(groups.start, groups.size), begun, floor)
        late = walk - begun
        self.late_ns[key] = late[groups.last]
        over = np.flatnonzero(late > LATE_NS[0])
        if over.size or self._late_since:
            self._count_late(groups, time_ns, late, over)

    def _count_late(self, groups: Groups, time_ns: Ints, late: Ints, over: Ints) -> None:
        """Count the late packets of each delay that ends: one that stays is a new route, or a pause of the source."""
        calm = np.flatnonzero(late <= CALM_NS)
        concerned = dict.fromkeys(groups.of[over].tolist())
        for source in self._late_since:
            group = int(np.searchsorted(groups.key, source))
            if group < len(groups.key) and groups.key[group] == source:
                concerned[group] = None
        for group in concerned:
            begin, end = groups.start[group], groups.start[group] + groups.size[group]
            some, quiet = (
                rows[np.searchsorted(rows, begin) : np.searchsorted(rows, end)] for rows in (over, calm)
            )
            self._delays(int(groups.key[group]), some, quiet, time_ns, late)

    def _delays(self, source: int, over: Ints, calm: Ints, time_ns: Ints, late: Ints) -> None:
        """Go through the late packets of a source, and those that were in time again."""
        ends = iter([*calm.tolist(), len(time_ns)])
        end = next(ends)
        for place in [*over.tolist(), len(time_ns)]:
            if end < place and source in self._late_since:
                self._ended(source, int(time_ns[end]))
            while end < place:
                end = next(ends)
            if place < len(time_ns):
                since, count, worse = self._late_since.get(source, (int(time_ns[place]), 0, 0))
                self._late_since[source] = since, count + 1, worse + bool(late[place] > LATE_NS[1])

    def _ended(self, source: int, now_ns: int) -> None:
        """A packet was in time again."""
        since, count, worse = self._late_since.pop(source)
        if now_ns - since <= LONGEST_DELAY_NS:
            self.late[source] += count
            self.very_late[source] += worse

    def _steps(self, groups: Groups, step: Ints) -> None:
        ahead = groups.lowest(np.where(step > 0, step, np.int64(1) << 40))
        known = self.least_step[groups.key]
        found = ahead < np.int64(1) << 40
        self.least_step[groups.key] = np.where(found & ((known == 0) | (ahead < known)), ahead, known)
