"""The same stream at two points: what is missing between them, and what was missing before."""

from __future__ import annotations

import pytest

from sipdiag.capture.payload import Endpoint
from sipdiag.media.pairs import Pairs, StreamPair, lost_between
from sipdiag.media.sequence import Hole
from sipdiag.media.stream import RtpStream

A, B = Endpoint("192.0.2.1", 4000), Endpoint("198.51.100.2", 5000)
MS = 1_000_000
WIDE = (-(10**15), 10**15)


def stream(first: int, count: int, holes: tuple[tuple[int, int], ...] = (), begin_ms: int = 0) -> RtpStream:
    """``count`` numbers from ``first`` on, every 20 ms, but those of the holes."""
    lost = sum(size for _, size in holes)
    return RtpStream(
        A,
        B,
        7,
        first_number=first,
        expected=count,
        packets=count - lost,
        lost=lost,
        first_ns=begin_ms * MS,
        last_ns=(begin_ms + 20 * (count - 1)) * MS,
        holes=tuple(Hole(number, size, 1, 2, 3, 0) for number, size in holes),
    )


def between(near: RtpStream, far: RtpStream, span: tuple[int, int] = WIDE) -> StreamPair:
    return lost_between(near, far, (0, 1), (0, 1), span)


def test_only_what_the_nearer_point_has_was_lost_between() -> None:
    near = stream(100, 1000, ((300, 10),))
    far = stream(100, 1000, ((300, 10), (500, 4), (900, 1)), begin_ms=15)
    pair = between(near, far)
    assert (pair.lost, pair.expected, pair.unseen) == (5, 990, 0)
    assert [hole.first for hole in pair.holes] == [500, 900]


def test_of_many_holes_the_first_six_are_cited() -> None:
    holes = tuple((100 + 10 * number, 1) for number in range(1, 20))
    pair = between(stream(100, 1000), stream(100, 1000, holes))
    assert (pair.lost, len(pair.holes)) == (19, 6)


def test_a_hole_of_the_nearer_capture_is_no_loss() -> None:
    pair = between(stream(100, 1000, ((300, 10),)), stream(100, 1000))
    assert (pair.lost, pair.unseen) == (0, 10)


def test_what_is_missing_at_the_ends_counts_where_the_farther_point_was_capturing() -> None:
    near, far = stream(0, 1000), stream(50, 900, begin_ms=1000)
    assert between(near, far).lost == 100
    assert between(near, far, (500 * MS, 10**15)).lost == 50
    late = between(near, far, (500 * MS, 15_000 * MS))
    assert (late.lost, late.whole) == (0, False)


def test_numbers_that_went_round_are_the_same() -> None:
    near = stream(65_000, 70_000)
    far = stream(10, 1000, ((30, 2),), begin_ms=(65_546 - 65_000) * 20 + 15)
    pair = between(near, far, (11_000 * MS, 20_000 * MS))
    assert pair.lost == 2


def test_a_source_that_began_anew_is_not_compared() -> None:
    near, far = stream(0, 100), stream(0, 100)
    far.restarts = 1
    assert not between(near, far).directed


@pytest.mark.parametrize(
    ("pair", "gone"),
    [
        (StreamPair(0, 1, (0, 1)), [0]),
        (StreamPair(0, 1, (0, 1), whole=False), [1]),
        (StreamPair(0, 1, (0, 1), directed=False), [1]),
        (StreamPair(0, None, (0, 1)), []),
    ],
)
def test_one_sighting_stands_for_a_stream(pair: StreamPair, gone: list[int]) -> None:
    pairs = Pairs((pair,))
    assert [number for number in (0, 1) if pairs.again(number, {0, 1})] == gone
    assert not pairs.again(0, {0})
