"""TCP: the segments of the connections that carry SIP, put in order.

Each direction is a stream of its own.  Bytes are handed on once, in the order of their sequence
numbers (RFC 9293 §3.4); of bytes sent again the first copy counts.  A hole is waited for a while;
then the stream goes on after it, and the next bytes say how many are missing.

What waits behind holes lies in a heap by its place in the stream: a segment costs the logarithm of the
segments held, in whatever order they come and however many holes there are.

Which segments come here at all is decided by :mod:`sipdiag.capture.tcp` over whole columns.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from heapq import heappop, heappush

from msgspec import Struct, field

from sipdiag.capture.acknowledged import Acknowledged, FrameNumber
from sipdiag.capture.payload import Endpoint, Note, host_text
from sipdiag.capture.segment import ACK, MASK, SYN, Segment, StreamPiece, ahead

MOST_CONNECTIONS = 10_000
"""Connections followed at a time; the one unused for the longest time is given up first."""
MOST_HELD = 1024 * 1024
"""Bytes behind a hole, per direction, before the stream goes on without what is missing."""
MOST_SEGMENTS_HELD = 1024
"""Segments behind a hole, per direction."""
MOST_HELD_IN_ALL = 64 * 1024 * 1024
"""Bytes behind holes over all directions."""
WAIT_NS = 1_500_000_000
"""How long to wait for a hole to be filled, in capture time."""
FAR = 16 * 1024 * 1024
"""A sequence number further away than this belongs to another connection on the same ports."""
MOST_NOTES = 20


class Direction(Struct, eq=False):
    """One direction of a connection."""

    number: int
    """Unique within the lanes of a run; a reused pair of ports gets a new one."""
    first: int | None = None
    """Sequence number of the first byte handed on."""
    expected: int | None = None
    """Sequence number of the next byte to hand on."""
    place: int = 0
    """Where in the stream ``expected`` is: sequence numbers wrap around, places do not."""
    held: dict[int, Segment] = field(default_factory=dict)
    """Segments behind a hole, by their place in the stream."""
    order: list[int] = field(default_factory=list)
    """A heap of the places of those held."""
    held_bytes: int = 0
    waiting_since_ns: int = 0
    lost: int = 0
    """Bytes found missing since the last piece."""
    latest_ns: int | None = None
    """Capture time of the segment handed on last, or of the SYN."""
    since: FrameNumber | None = None
    """The first frame handed on."""
    latest: FrameNumber = (0, 0)
    """The one handed on last."""


class Streams:
    """The directions of the connections of one lane."""

    def __init__(self, numbers: Iterator[int], acknowledged: Acknowledged | None = None) -> None:
        """``acknowledged`` is told what arrived at the other side."""
        self._numbers = numbers
        self._acknowledged = acknowledged if acknowledged is not None else Acknowledged()
        self._directions: OrderedDict[tuple[Endpoint, Endpoint], Direction] = OrderedDict()
        self._waiting: OrderedDict[int, Direction] = OrderedDict()
        self._held = 0
        self._gaps = 0

    def add(self, segment: Segment, notes: list[Note]) -> list[StreamPiece]:
        """Take a segment; the bytes that are in order now."""
        pieces: list[StreamPiece] = []
        direction = self._direction(segment)
        if segment.flags & ACK:
            self._acknowledge(segment)
        if segment.flags & SYN:
            self._open(direction, segment)
        elif segment.size:
            self._receive(direction, segment, pieces)
            if direction.held_bytes > MOST_HELD or len(direction.held) > MOST_SEGMENTS_HELD:
                self._skip(direction, pieces, notes)
        self._expire(segment.time_ns, pieces, notes)
        return pieces

    def finish(self, notes: list[Note]) -> list[StreamPiece]:
        """No more segments will come: hand on what waits behind holes."""
        pieces: list[StreamPiece] = []
        while self._waiting:
            self._skip(next(iter(self._waiting.values())), pieces, notes)
        if self._gaps > MOST_NOTES:
            notes.append(
                Note(
                    "tcp-gap", f"{self._gaps} gaps in all in TCP streams; the first {MOST_NOTES} were named."
                )
            )
        return pieces

    def _direction(self, segment: Segment) -> Direction:
        key = (segment.src, segment.dst)
        direction = self._directions.get(key)
        if direction is None:
            direction = self._directions[key] = Direction(next(self._numbers))
            if len(self._directions) > 2 * MOST_CONNECTIONS:
                _, oldest = self._directions.popitem(last=False)
                self._release(oldest)
        else:
            self._directions.move_to_end(key)
        return direction

    def _open(self, direction: Direction, segment: Segment) -> None:
        """A SYN: the first byte has the number behind it; a known pair of ports may be reused."""
        first = segment.sequence + 1 & MASK
        if direction.expected is not None:
            if direction.first == first:
                return
            self._restart(direction)
            if not segment.flags & ACK:
                other = self._directions.get((segment.dst, segment.src))
                if other is not None:
                    self._restart(other)
        direction.first = direction.expected = first
        direction.latest_ns = segment.time_ns

    def _acknowledge(self, segment: Segment) -> None:
        """Whether the sender of this segment has all that was handed on of the other direction."""
        ends = segment.dst, segment.src
        sent = self._directions.get(ends)
        if sent is None or sent.expected is None or sent.since is None:
            return
        if 0 <= ahead(segment.acknowledges, sent.expected) <= FAR:
            self._acknowledged.note(ends, sent.number, sent.since, sent.latest)

    def _restart(self, direction: Direction) -> None:
        """The ports are used by a new connection."""
        self._release(direction)
        direction.number = next(self._numbers)
        direction.first = direction.expected = direction.latest_ns = direction.since = None
        direction.lost = 0

    def _release(self, direction: Direction) -> None:
        self._held -= direction.held_bytes
        direction.held.clear()
        direction.order.clear()
        direction.held_bytes = 0
        self._waiting.pop(direction.number, None)

    def _receive(self, direction: Direction, segment: Segment, pieces: list[StreamPiece]) -> None:
        if direction.expected is not None and abs(ahead(segment.sequence, direction.expected)) > FAR:
            self._restart(direction)
        if direction.expected is None:
            direction.first = direction.expected = segment.sequence
        distance = ahead(segment.sequence, direction.expected)
        if distance > 0:
            self._hold(direction, segment, direction.place + distance)
            return
        self._hand_on(direction, segment, -distance, pieces)
        self._drain(direction, pieces)

    def _hand_on(self, direction: Direction, segment: Segment, known: int, pieces: list[StreamPiece]) -> None:
        """Hand on the segment without its first ``known`` bytes, which came before."""
        if known >= segment.size:
            return
        assert direction.expected is not None
        data = segment.data[known:]
        cut = segment.cut - max(0, known - len(segment.data))
        if data:
            since_ns = segment.time_ns if direction.latest_ns is None else direction.latest_ns
            pieces.append(StreamPiece(direction.number, segment, data, cut, direction.lost, since_ns))
            direction.lost = 0
        direction.latest_ns = segment.time_ns
        direction.latest = segment.file, segment.frames[-1]
        direction.since = direction.since or direction.latest
        # What the snap length left out is missing for whatever follows.
        direction.lost += cut
        direction.expected = direction.expected + len(data) + cut & MASK
        direction.place += len(data) + cut

    def _hold(self, direction: Direction, segment: Segment, place: int) -> None:
        there = direction.held.get(place)
        if there is not None:
            if there.size >= segment.size:
                return
            self._held -= len(there.data)
            direction.held_bytes -= len(there.data)
        else:
            heappush(direction.order, place)
        if not direction.held:
            direction.waiting_since_ns = segment.time_ns
            self._waiting[direction.number] = direction
        direction.held[place] = segment
        direction.held_bytes += len(segment.data)
        self._held += len(segment.data)

    def _drain(self, direction: Direction, pieces: list[StreamPiece]) -> None:
        """Hand on held segments that are in order now."""
        if not direction.held:
            return
        while direction.order and direction.order[0] <= direction.place:
            place = heappop(direction.order)
            segment = direction.held.pop(place)
            direction.held_bytes -= len(segment.data)
            self._held -= len(segment.data)
            self._hand_on(direction, segment, direction.place - place, pieces)
        if not direction.held:
            self._waiting.pop(direction.number, None)

    def _expire(self, now_ns: int, pieces: list[StreamPiece], notes: list[Note]) -> None:
        """Give up on holes that stayed open too long or hold up too much."""
        while self._waiting:
            direction = next(iter(self._waiting.values()))
            if now_ns - direction.waiting_since_ns <= WAIT_NS and self._held <= MOST_HELD_IN_ALL:
                break
            self._skip(direction, pieces, notes)

    def _skip(self, direction: Direction, pieces: list[StreamPiece], notes: list[Note]) -> None:
        """Give up the first hole of a direction."""
        assert direction.expected is not None
        place = direction.order[0]
        following = direction.held[place]
        missing = place - direction.place
        direction.lost += missing
        direction.expected = following.sequence
        direction.place = place
        self._gaps += 1
        if self._gaps <= MOST_NOTES:
            notes.append(_gap(following, missing))
        self._drain(direction, pieces)
        if direction.held:
            # The next hole has been known since the bytes after it came.
            direction.waiting_since_ns = direction.held[direction.order[0]].time_ns
            self._waiting.move_to_end(direction.number)


def _gap(following: Segment, missing: int) -> Note:
    src, dst = following.src, following.dst
    return Note(
        "tcp-gap",
        f"{missing} bytes of the TCP stream {host_text(src)} → {host_text(dst)} were not captured "
        f"before frame {following.frames[-1]}; a SIP message there may be missing or incomplete.",
        file=following.file,
        frame=following.frames[-1],
    )
