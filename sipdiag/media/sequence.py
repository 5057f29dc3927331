"""Sequence numbers of a stream, counted: what was expected, what is missing, what came twice or late.

The numbers that were received are an interval, from the lowest to the highest, without its *holes*.  A
packet above the highest may open a hole; one below fills a part of a hole, or is a duplicate.  A step
that neither loss nor reordering explains begins a new segment (RFC 3550 appendix A.1): a source that was
restarted lost nothing.  Loss is *expected minus distinct*, not minus received as in §6.4.1 there.
"""

from __future__ import annotations

from msgspec import Struct, field

MOST_MISORDER = 100
"""Packets; a number further behind than this, or this far ahead at once, belongs to a restarted source."""
FASTEST_NS = 5_000_000
"""No audio source sends more than one packet in this time: a larger step is not loss."""
MOST_HOLES = 256
"""Holes remembered of a stream; what is lost in further ones is counted."""
GOOD_BETWEEN = 16
"""Packets received between two losses that end a burst (Gmin of RFC 3611 §4.7.2)."""


class Hole(Struct):
    """Packets in a row that are missing."""

    first: int
    """Extended sequence number of the first of them."""
    count: int
    before_ns: int
    """When the packet before it was captured."""
    after_ns: int
    after_frame: int
    """The packet that showed that something is missing."""
    file: int


class Bursts(Struct):
    """Losses, split into bursts and isolated ones (RFC 3611 §4.7.2)."""

    bursts: int = 0
    burst_lost: int = 0
    burst_packets: int = 0
    gap_lost: int = 0
    runs: int = 0
    longest: int = 0
    """Packets of the longest run of losses."""
    _last: int | None = None
    _first: int = 0
    _held: int = 0

    def add(self, first: int, count: int) -> None:
        """Packets from ``first`` on are lost; called in the order of their numbers."""
        self.runs += 1
        self.longest = max(self.longest, count)
        if self._last is None or first - self._last - 1 >= GOOD_BETWEEN:
            self.end()
            self._first, self._held = first, 0
        self._held += count
        self._last = first + count - 1

    def end(self) -> None:
        """End the burst: no further loss is near."""
        if self._last is None:
            return
        if self._held == 1:
            self.gap_lost += 1
        elif self._held:
            self.bursts += 1
            self.burst_lost += self._held
            self.burst_packets += self._last - self._first + 1
        self._last, self._held = None, 0


class Segment(Struct):
    """Counts of a stream whose packets do not simply follow each other."""

    base: int
    """Lowest extended sequence number; that of the first packet sent may be lower than of the first captured."""
    high: int
    """Highest extended sequence number."""
    expected_before: int = 0
    """Packets of the segments before."""
    lost_before: int = 0
    """Packets missing in holes that nothing can fill any more."""
    reordered: int = 0
    duplicates: int = 0
    restarts: int = 0
    open: list[Hole] = field(default_factory=list)
    """Holes that a late packet may still fill, in order."""
    holes: list[Hole] = field(default_factory=list)
    """The others, the first :data:`MOST_HOLES`."""
    bursts: Bursts = field(default_factory=Bursts)

    @property
    def expected(self) -> int:
        """Packets sent, as far as the numbers tell."""
        return self.expected_before + self.high - self.base + 1

    @property
    def lost(self) -> int:
        """Packets missing."""
        return self.lost_before + sum(hole.count for hole in self.open)

    def extended(self, seq: int) -> int:
        """The extended number of a packet with these 16 bits: the nearest to the highest."""
        return self.high + ((seq - self.high + 0x8000) & 0xFFFF) - 0x8000

    def advance(self, first: int, count: int, hole: Hole | None) -> None:
        """``count`` packets in order from ``first`` on, which is above the highest."""
        if hole is not None:
            self.open.append(hole)
        self.high = first + count - 1
        if self.open:
            self._close(self.high - MOST_MISORDER)

    def late(self, number: int, frame: int) -> bool:
        """A packet not above the highest: whether it is new, or else a duplicate."""
        if number < self.base:
            self._open_below(number, frame)
            self.reordered += 1
            return True
        for place in range(len(self.open) - 1, -1, -1):
            hole = self.open[place]
            if hole.first <= number < hole.first + hole.count:
                self._fill(place, number)
                self.reordered += 1
                return True
        self.duplicates += 1
        return False

    def restart(self, seq: int) -> None:
        """The source restarted with this packet."""
        self.expected_before = self.expected
        self._close(self.high + 1)
        self.bursts.end()
        self.base = self.high = self.high + 0x20000 + ((seq - self.high) & 0xFFFF)
        self.restarts += 1

    def finish(self) -> None:
        """No packet will come."""
        self._close(self.high + 1)
        self.bursts.end()

    def _open_below(self, number: int, frame: int) -> None:
        """The first packet sent was not the first captured."""
        between = self.base - number - 1
        if between:
            self.open.insert(0, Hole(number + 1, between, 0, 0, frame, 0))
        self.base = number

    def _fill(self, place: int, number: int) -> None:
        hole = self.open[place]
        left, right = number - hole.first, hole.first + hole.count - number - 1
        parts = []
        if left:
            parts.append(Hole(hole.first, left, hole.before_ns, hole.after_ns, hole.after_frame, hole.file))
        if right:
            parts.append(Hole(number + 1, right, hole.before_ns, hole.after_ns, hole.after_frame, hole.file))
        self.open[place : place + 1] = parts

    def _close(self, below: int) -> None:
        """Nothing fills a hole any more that ends below this number."""
        done = 0
        for hole in self.open:
            if hole.first + hole.count > below:
                break
            done += 1
            self.lost_before += hole.count
            self.bursts.add(hole.first, hole.count)
            if len(self.holes) < MOST_HOLES:
                self.holes.append(hole)
        if done:
            del self.open[:done]
