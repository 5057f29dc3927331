"""Digits: those without an end, and those sent twice."""

from __future__ import annotations

import time

import pytest

from sipdiag.facts.digits import _SIGNAL, digit_facts
from sipdiag.media.digits import Digit
from sipdiag.media.sequence import Hole
from sipdiag.media.stream import Format
from tests.facts.streams import UP, Talk

INFO = (
    '- a carrier INFO +5: {body: "Signal=5\\r\\nDuration=160\\r\\n", content_type: application/dtmf-relay}\n'
)
LADDER = f"{UP}  {INFO}  - a 200\n  - a carrier BYE +20\n  - a 200\n"


def facts(at_s: float, until_s: float, lost_s: float | None = None) -> dict[str, object]:
    """A digit as an RTP event of the caller, counted from the INFO, in a stream until then that lacks packets behind."""
    talk = Talk(LADDER)
    info = next(one for one in talk.view.later if one.method == "INFO")
    at_ns, until_ns = (info.time_ns + round(s * 1e9) for s in (at_s, until_s))
    digit = Digit(5, 0, at_ns, at_ns, 0, 1, 1, 160)
    form = Format(101, 50, least_size=4, most_size=4, digits=(digit,))
    holes = [
        Hole(9, 3, at_ns + round(s * 1e9), at_ns + round(s * 1e9) + 80_000_000, 9, 0)
        for s in (lost_s,)
        if s is not None
    ]
    stream = talk.stream(to_caller=False, formats=(form,), last_ns=until_ns, holes=tuple(holes))
    return digit_facts(talk.media(stream).way(to_caller=False)).facts


@pytest.mark.parametrize(("went_on_s", "endless"), [(0.15, 0), (0.3, 1)])
def test_a_digit_without_an_end_in_a_stream_that_goes_on(went_on_s: float, endless: int) -> None:
    assert facts(0, went_on_s)["digits_endless"] == endless


@pytest.mark.parametrize(("lost_s", "endless"), [(-0.08, 1), (-0.079, 0), (0.0, 0), (0.001, 1)])
def test_an_end_lost_on_the_way_is_not_the_senders_fault(lost_s: float, endless: int) -> None:
    """The packets right behind the digit are missing, and not some before or later."""
    assert facts(0, 1, lost_s)["digits_endless"] == endless


@pytest.mark.parametrize(("apart_s", "doubled"), [(-1.3, 0), (-0.8, 1), (0.8, 1), (1.3, 0)])
def test_a_digit_by_rtp_and_by_info_at_once_was_sent_twice(apart_s: float, doubled: int) -> None:
    assert facts(apart_s, apart_s + 1)["digits_doubled"] == doubled


def test_a_body_of_empty_lines_takes_no_time() -> None:
    start = time.process_time()
    assert _SIGNAL.search(b"\r\n" * 30_000) is None
    assert time.process_time() - start < 1
    assert _SIGNAL.search(b"\r\n\r\n \tSignal = 5\r\n")
