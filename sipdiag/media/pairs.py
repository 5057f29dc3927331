"""The same stream at two capture points: what was lost between them rather than before.

The streams stay two: what reached the nearer point fills no hole at the farther one.  Both number their packets alike,
so that a packet is missing between them if it is in a hole of the farther stream and in none of the nearer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence

from msgspec import Struct

from sipdiag.media.sequence import MOST_HOLES, Hole
from sipdiag.media.stream import RtpStream

CYCLE = 1 << 16
MOST_NAMED = 6
"""Holes that are cited."""


class StreamPair(Struct, frozen=True):
    """A stream at the point nearer to its sender, and the same farther on."""

    near: int
    """Its number among the streams."""
    far: int | None
    """None where nothing of it arrived."""
    points: tuple[int, int]
    """The capture points."""
    directed: bool = True
    """Whether it is known which is nearer; otherwise the order means nothing."""
    whole: bool = True
    """The farther point was capturing from the stream's begin to its end."""
    expected: int = 0
    """Packets that passed the nearer point while the farther was capturing."""
    lost: int = 0
    """Of them, how many did not reach the farther one."""
    unseen: int = 0
    """Packets that the farther point has and the nearer lacks: its capture is incomplete."""
    holes: tuple[Hole, ...] = ()
    """Where they are missing, the first of many."""


class Pairs:
    """The pairs by the streams that they are made of."""

    def __init__(self, pairs: Sequence[StreamPair] = ()) -> None:
        self._of: defaultdict[int, list[StreamPair]] = defaultdict(list)
        for pair in pairs:
            self._of[pair.near].append(pair)
            if pair.far is not None:
                self._of[pair.far].append(pair)

    def __bool__(self) -> bool:
        return bool(self._of)

    def of(self, number: int) -> Sequence[StreamPair]:
        """Those that a stream is part of."""
        return self._of.get(number, ())

    def again(self, number: int, others: Container[int]) -> bool:
        """Whether the stream is another sighting of one of ``others`` that better shows what its receiver got.

        That is the farther one if all of it was captured there, else the nearer.  Where nobody knows which is farther,
        the second of both gives way.
        """
        return any(
            pair.far in others
            if pair.near == number and pair.directed and pair.whole
            else pair.far == number and pair.near in others and not (pair.directed and pair.whole)
            for pair in self.of(number)
        )


def lost_between(
    near: RtpStream, far: RtpStream, numbers: tuple[int, int], points: tuple[int, int], span: tuple[int, int]
) -> StreamPair:
    """The packets of ``near`` missing in ``far``; ``span``: when the farther point was capturing, by the same clock."""
    shift = _shift(near, far)
    if shift is None:
        return StreamPair(*numbers, points, directed=False)
    near_holes = [(hole.first, hole.first + hole.count) for hole in near.holes]
    known = [(hole.first + shift, hole.first + shift + hole.count) for hole in far.holes]
    far_holes = list(known)
    begin, end = near.first_number, near.first_number + near.expected
    far_begin, far_end = far.first_number + shift, far.first_number + shift + far.expected
    if span[0] < near.first_ns and far_begin > begin:
        far_holes.insert(0, (begin, far_begin))
        far_begin = begin
    if span[1] > near.last_ns and far_end < end:
        far_holes.append((far_end, end))
        far_end = end
    begin, end = max(begin, far_begin), min(end, far_end)
    far_holes = _within(far_holes, begin, end)
    near_holes = _within(near_holes, begin, end)
    missing_near, missing_far = _size(near_holes), _size(far_holes)
    both = sum(_common(far_holes, near_holes))
    lost = missing_far - both
    if len(near.holes) >= MOST_HOLES or len(far.holes) >= MOST_HOLES:
        # Not all holes were kept: what is missing at both was lost before either.
        lost = max(lost, far.lost - near.lost)
    told = [
        hole
        for hole, common in zip(far.holes, _common(known, near_holes), strict=True)
        if common < hole.count
    ]
    return StreamPair(
        *numbers,
        points,
        whole=span[0] <= near.first_ns and near.last_ns <= span[1],
        expected=end - begin - missing_near,
        lost=lost,
        unseen=missing_near - both,
        holes=tuple(told[:MOST_NAMED]),
    )


def _shift(near: RtpStream, far: RtpStream) -> int | None:
    """The offset between the two numberings; None where a source restarted."""
    if near.restarts or far.restarts or near.expected < 2:
        return None
    pace = (near.last_ns - near.first_ns) / (near.expected - 1)
    if pace <= 0:
        return None
    later = (far.first_ns - near.first_ns) / pace
    apart = near.first_number + later - far.first_number
    return round(apart / CYCLE) * CYCLE


def _within(holes: Sequence[tuple[int, int]], begin: int, end: int) -> list[tuple[int, int]]:
    cut = ((max(first, begin), min(last, end)) for first, last in holes)
    return sorted((first, last) for first, last in cut if first < last)


def _size(holes: Sequence[tuple[int, int]]) -> int:
    return sum(last - first for first, last in holes)


def _common(some: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]) -> Iterator[int]:
    """How much of each is in the others; both are sorted, and do not overlap among themselves."""
    place = 0
    for first, last in some:
        while place and others[place - 1][1] > first:
            place -= 1
        total = 0
        while place < len(others) and others[place][0] < last:
            total += max(0, min(last, others[place][1]) - max(first, others[place][0]))
            place += 1
        yield total
