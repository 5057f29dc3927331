"""Whether the network lost packets, or the capture."""

from __future__ import annotations

import pytest

from sipdiag.media.sequence import Hole
from sipdiag.media.sniffer import Sniffer
from sipdiag.media.stream import RtpStream, Silence
from tests.media.build import A, B

SECOND = 1_000_000_000


def stream(*holes_at_s: float, seconds: float = 60, **more: object) -> RtpStream:
    holes = tuple(
        Hole(number, 6, round(at * SECOND), round((at + 0.14) * SECOND), 1, 0)
        for number, at in enumerate(holes_at_s)
    )
    told = RtpStream(A, B, 1, lost=6 * len(holes), holes=holes, last_ns=round(seconds * SECOND))
    for name, value in more.items():
        setattr(told, name, value)
    return told


@pytest.mark.parametrize(
    ("others", "blamed"),
    [
        ([], None),
        ([stream()], False),
        ([stream(5, 12, 30)], True),
        ([stream(6, 13, 31)], False),
        ([stream(5, 12, 30), stream(), stream()], False),
        ([stream(5, 12, 30), stream(5, 12, 30), stream()], True),
        ([stream(seconds=2)], None),
        ([stream(5, 12, 30, place=(1, 0))], None),
    ],
)
def test_holes_that_most_others_share_are_the_captures(others: list[RtpStream], blamed: bool | None) -> None:
    assert Sniffer([stream(5, 12, 30), *others]).blamed(0) is blamed


def test_the_capture_stood_still() -> None:
    still = Silence(400_000_000, 5 * SECOND, 0, 1)
    elsewhere = Silence(400_000_000, 9 * SECOND, 0, 1)
    assert Sniffer([stream(longest=still), stream(longest=still)]).stalled(0) is True
    assert Sniffer([stream(longest=still), stream(longest=elsewhere)]).stalled(0) is False
    assert Sniffer([stream(longest=still)]).stalled(0) is None
    assert Sniffer([stream()]).stalled(0) is None


def test_what_the_capture_lost() -> None:
    assert Sniffer([stream(5, 12), stream(5, 12)]).losses == (24, 2)
    assert Sniffer([stream(5, 12), stream()]).losses == (0, 0)


@pytest.mark.parametrize(("later_s", "blamed"), [(0.02, True), (0.03, False)])
def test_holes_within_a_packet_of_each_other_are_simultaneous(later_s: float, blamed: bool) -> None:
    """The hole at 5 s ends 140 ms later."""
    assert Sniffer([stream(5), stream(5.14 + later_s)]).blamed(0) is blamed


@pytest.mark.parametrize(("on_s", "blamed"), [(0.08, None), (0.12, False)])
def test_a_stream_that_ends_with_the_hole_tells_nothing_of_it(on_s: float, blamed: bool | None) -> None:
    assert Sniffer([stream(5), stream(seconds=5.14 + on_s)]).blamed(0) is blamed


def test_of_very_many_holes_the_first_64_are_asked() -> None:
    """20 of its own, 44 that all share, and many of its own."""
    own = [1 + number for number in range(164)]
    assert Sniffer([stream(*own, seconds=200), stream(*own[20:64], seconds=200)]).blamed(0) is True
