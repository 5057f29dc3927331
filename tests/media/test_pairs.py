"""The same stream at two points: what is missing between them, and what was missing before."""

from __future__ import annotations

import numpy as np
import pytest

from sipdiag.capture.payload import Endpoint, RtpIdentity, RtpRows
from sipdiag.media import samples as kept
from sipdiag.media.pairs import Pairs, StreamPair, lost_between
from sipdiag.media.samples import Samples
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


def rows(place: int, numbers: range, ahead_ms: int = 0) -> RtpRows:
    identities = [RtpIdentity((file, 0), A, B, 7, 0) for file in (0, 1)]
    seq = np.array([number & 0xFFFF for number in numbers], dtype=np.int64)
    time = np.array([(20 * number + ahead_ms) * MS for number in numbers], dtype=np.int64)
    zero = np.zeros(len(seq), dtype=np.int64)
    return RtpRows(
        identity=zero + place,
        time_ns=time,
        frame=zero,
        seq=seq,
        stamp=np.array([160 * number for number in numbers], dtype=np.int64),
        size=zero,
        checksum=zero,
        sound=zero.astype(np.int8),
        event=zero - 1,
        identities=identities,
        file=place,
    )


GROUPS = {(0, 0): 0, (1, 0): 1}


@pytest.mark.parametrize("count", [10, 5_000, 200_000])
def test_the_same_packets_are_kept_at_both_points(count: int) -> None:
    samples = Samples()
    samples.add(rows(0, range(count)))
    samples.add(rows(1, range(count // 2, count), ahead_ms=300))
    (shared,) = samples.shared(GROUPS, 0, 1)
    assert set((shared.other_ns - shared.one_ns).tolist()) == {300 * MS}
    assert min(count // 2, 100) <= len(shared.one_ns)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_IN_ALL", 2_000)
    samples = Samples()
    for begin in range(0, 60_000, 1_000):
        samples.add(rows(0, range(begin, begin + 1_000)))
        samples.add(rows(1, range(begin, begin + 1_000), ahead_ms=5))
        assert samples._held <= 2_000
    (shared,) = samples.shared(GROUPS, 0, 1)
    assert len(shared.one_ns) > 20


def test_a_packet_seen_twice_at_one_point_is_no_measure() -> None:
    samples = Samples()
    samples.add(rows(0, range(10)))
    samples.add(rows(0, range(3), ahead_ms=900))
    samples.add(rows(1, range(10), ahead_ms=5))
    (shared,) = samples.shared(GROUPS, 0, 1)
    assert len(shared.one_ns) == 7
