"""What the other side's TCP acknowledged has arrived there."""

from __future__ import annotations

import itertools

import pytest

from sipdiag.capture import acknowledged
from sipdiag.capture.acknowledged import Acknowledged
from sipdiag.capture.payload import Endpoint, Note
from sipdiag.capture.segment import ACK, SYN, Segment
from sipdiag.capture.streams import Streams

HERE, THERE = Endpoint("192.0.2.1", 40000), Endpoint("192.0.2.2", 5060)
THERE_TO_HERE = (THERE, HERE)
FIRST = (1 << 32) - 40


def heard(*segments: Segment) -> Acknowledged:
    known = Acknowledged()
    table, notes = Streams(itertools.count(), known), list[Note]()
    for segment in segments:
        table.add(segment, notes)
    return known


def sent(frame: int, at: int, size: int) -> Segment:
    return Segment(HERE, THERE, FIRST + at & 0xFFFFFFFF, ACK, b"x" * size, 0, frame, 0, (frame,), 0)


def back(frame: int, upto: int, flags: int = ACK) -> Segment:
    return Segment(
        THERE, HERE, 1, flags, b"", 0, frame, 0, (frame,), 0, acknowledges=FIRST + upto & 0xFFFFFFFF
    )


@pytest.mark.parametrize(
    ("upto", "flags", "arrived"),
    [(100, ACK, True), (99, ACK, False), (0, ACK, False), (100, 0, False), (101, ACK, True)],
)
def test_up_to_the_last_byte(upto: int, flags: int, arrived: bool) -> None:
    known = heard(sent(1, 0, 100), back(2, upto, flags))
    assert known.covers((HERE, THERE), (0, 1)) is arrived


def test_what_follows_is_not_covered_nor_the_other_direction() -> None:
    known = heard(sent(1, 0, 100), back(2, 100), sent(3, 100, 50), back(4, 100))
    assert known.covers((HERE, THERE), (0, 1))
    assert not known.covers((HERE, THERE), (0, 3))
    assert not known.covers(THERE_TO_HERE, (0, 1))


def test_a_later_acknowledgement_covers_all_before_it() -> None:
    known = heard(sent(1, 0, 100), sent(2, 100, 50), back(3, 150))
    assert known.covers((HERE, THERE), (0, 1))
    assert known.covers((HERE, THERE), (0, 2))


def test_a_new_connection_on_the_same_ports_says_nothing_of_the_old_one() -> None:
    def syn(frame: int, at: int) -> Segment:
        return Segment(HERE, THERE, at, SYN, b"", 0, frame, 0, (frame,), 0)

    def data(frame: int, at: int) -> Segment:
        return Segment(HERE, THERE, at, ACK, b"x" * 10, 0, frame, 0, (frame,), 0)

    answer = Segment(THERE, HERE, 1, ACK, b"", 0, 5, 0, (5,), 0, acknowledges=7011)
    known = heard(syn(1, 1000), data(2, 1001), syn(3, 7000), data(4, 7001), answer)
    assert not known.covers((HERE, THERE), (0, 2))
    assert known.covers((HERE, THERE), (0, 4))


def test_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acknowledged, "MOST_KEPT", 2)
    known = Acknowledged()
    for stream in range(5):
        known.note((HERE, THERE), stream, (0, stream), (0, stream))
    assert [known.covers((HERE, THERE), (0, frame)) for frame in range(5)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_renamed() -> None:
    known = Acknowledged()
    known.note((HERE, THERE), 0, (0, 1), (0, 4))
    renamed = known.renamed(lambda end: (end[0].replace("192.0.2", "198.51.100"), end[1]))
    assert renamed.covers((("198.51.100.1", 40000), ("198.51.100.2", 5060)), (0, 3))
    assert not renamed.covers((HERE, THERE), (0, 3))
