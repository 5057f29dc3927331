"""Reassembly against a simple reference: whatever the order, the overlaps and the holes."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from sipdiag.capture.payload import Endpoint
from sipdiag.capture.reassembly import Datagram, Fragment, Reassembly
from sipdiag.capture.segment import Segment
from sipdiag.capture.streams import Streams

HERE, THERE = Endpoint("192.0.2.1", 40000), Endpoint("192.0.2.2", 5060)
DATA = bytes(range(256)) * 2
PLACES = st.tuples(st.integers(0, 60), st.integers(1, 20))
FIRST = st.sampled_from([1, 2**32 - 30, 2**31 - 10])


def segment(first: int, at: int, data: bytes, number: int, flags: int = 16) -> Segment:
    return Segment(HERE, THERE, first + at & 0xFFFFFFFF, flags, data, 0, number, 0, (number + 1,), 0)


@given(FIRST, st.lists(PLACES, max_size=25))
def test_a_stream_is_what_came_of_it_with_the_holes_counted(
    first: int, places: list[tuple[int, int]]
) -> None:
    streams = Streams(count())
    pieces = streams.add(segment(first - 1, 0, b"", 0, flags=2), [])
    for number, (at, size) in enumerate(places, 1):
        pieces += streams.add(segment(first, at, DATA[at : at + size], number), [])
    pieces += streams.finish([])
    there = {byte for at, size in places for byte in range(at, at + size)}
    position = 0
    for piece in pieces:
        begin = position + piece.lost_before
        assert there.isdisjoint(range(position, begin))
        position = begin + len(piece.data)
        assert piece.data == DATA[begin:position]
        assert there.issuperset(range(begin, position))
    assert position == max(there, default=-1) + 1


def fragment(at: int, data: bytes, more: bool, number: int, ident: int = 1) -> Fragment:
    return Fragment(
        (b"addresses", 4, 17, ident, 0), 4, bytes(20), at, data, len(data), more, number, 0, (number + 1,), 1
    )


@given(st.lists(PLACES, max_size=25), st.integers(1, 80))
def test_a_datagram_is_whole_when_all_its_bytes_are_there(places: list[tuple[int, int]], total: int) -> None:
    reassembly = Reassembly({})
    inside = [(at, min(size, total - at)) for at, size in places if at < total]
    there: set[int] = set()
    ended = False
    given_before: set[tuple[int, int]] = set()
    for number, (at, size) in enumerate(inside):
        more = at + size < total
        whole: Datagram | None = reassembly.add(fragment(at, DATA[at : at + size], more, number), [])
        if (at, size) not in given_before:
            there.update(range(at, at + size))
            ended |= not more
        given_before.add((at, size))
        if ended and len(there) == total:
            assert whole is not None
            assert whole.packet[20:] == DATA[:total]
            assert whole.captured == number + 1
            return
        assert whole is None


def test_however_many_holes_and_however_small_the_pieces() -> None:
    """Every second byte of a long stream: each is handed on once, with what is missing before it."""
    streams = Streams(count())
    pieces = streams.add(segment(0, 0, b"", 0, flags=2), [])
    number = 20_000
    for at in range(number):
        pieces += streams.add(segment(1, 2 * at + 1, b"x", at + 1), [])
    pieces += streams.finish([])
    assert len(pieces) == number
    assert {piece.lost_before for piece in pieces} == {1}
