"""Whether the network lost a packet or the capture did.

A capturing machine loses packets of all streams alike, at the same moments; a network loses those of one
way.  So a hole is the capture's if most other streams of that moment have one too.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence

from sipdiag.media.sequence import Hole
from sipdiag.media.stream import RtpStream

NEAR_NS = 25_000_000
"""Holes this close together are simultaneous: streams tick at 20 ms."""
MOST_ASKED = 64
"""How many holes of a stream are checked."""
MOST_STREAMS = 2000
"""How many streams with losses are checked for the warning."""
EDGE_NS = 100_000_000
"""At its very ends a stream shows no hole."""


class Sniffer:
    """The holes of all streams of a capture point, by their time."""

    def __init__(self, streams: Sequence[RtpStream]) -> None:
        self._streams = streams
        self._holes: defaultdict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
        self._places: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        self._still: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        """Streams with a long hole, the first of many."""
        self._longest: dict[tuple[int, int], int] = {}
        for number, stream in enumerate(streams):
            self._places[stream.place].append(number)
            if stream.longest is not None and len(self._still[stream.place]) < MOST_STREAMS:
                self._still[stream.place].append(number)
            for hole in stream.holes:
                self._holes[stream.place].append((hole.after_ns, hole.before_ns, number))
                span = hole.after_ns - hole.before_ns
                self._longest[stream.place] = max(self._longest.get(stream.place, 0), span)
        for holes in self._holes.values():
            holes.sort()
        self._active: dict[tuple[int, int], tuple[list[int], list[int]]] = {}

    @property
    def losses(self) -> tuple[int, int]:
        """Packets that the capture itself lost, and of how many streams."""
        lossy = [number for number, stream in enumerate(self._streams) if stream.lost][:MOST_STREAMS]
        lost = [self._streams[number].lost for number in lossy if self.blamed(number)]
        return sum(lost), len(lost)

    def blamed(self, number: int) -> bool | None:
        """Whether most holes of a stream are shared by most others of their moments.

        None if nothing else was captured then to compare with.
        """
        stream = self._streams[number]
        holes = [hole for hole in stream.holes if hole.before_ns][:MOST_ASKED]
        answers = [answer for hole in holes if (answer := self._shared(number, hole)) is not None]
        if not answers:
            return None
        return 2 * sum(answers) >= len(answers)

    def stalled(self, number: int) -> bool | None:
        """Whether most other streams were silent too in a stream's longest hole."""
        stream = self._streams[number]
        longest = stream.longest
        if longest is None:
            return None
        begin_ns, end_ns = longest.before_ns, longest.before_ns + longest.ns
        others = self._others(number, stream.place, Hole(0, 0, begin_ns, end_ns, 0, 0))
        if others <= 0:
            return None
        silent = 0
        for other in self._still[stream.place]:
            gap = self._streams[other].longest
            if other != number and gap is not None:
                overlap = min(end_ns, gap.before_ns + gap.ns) - max(begin_ns, gap.before_ns)
                silent += 2 * overlap >= longest.ns
        return 2 * silent >= others

    def _shared(self, number: int, hole: Hole) -> bool | None:
        place = self._streams[number].place
        others = self._others(number, place, hole)
        if others <= 0:
            return None
        holes = self._holes[place]
        first = bisect_left(holes, (hole.before_ns - NEAR_NS, 0, 0))
        last = bisect_right(holes, (hole.after_ns + NEAR_NS + self._longest[place], 0, 0))
        with_holes = {
            other
            for _, before_ns, other in holes[first:last]
            if before_ns <= hole.after_ns + NEAR_NS and other != number
        }
        return 2 * len(with_holes) >= others

    def _others(self, number: int, place: tuple[int, int], hole: Hole) -> int:
        """How many other streams went on at that moment; one that began and ended within it does not count."""
        if place not in self._active:
            some = [self._streams[other] for other in self._places[place]]
            self._active[place] = sorted(one.first_ns for one in some), sorted(one.last_ns for one in some)
        begun, ended = self._active[place]
        begin_ns, end_ns = hole.before_ns - EDGE_NS, hole.after_ns + EDGE_NS
        own = self._streams[number]
        active = bisect_left(begun, begin_ns) - bisect_right(ended, end_ns)
        return active - (own.first_ns < begin_ns and own.last_ns > end_ns)
