"""Which way media flowed, by the ends that the SDP names."""

from __future__ import annotations

from sipdiag.capture.payload import Endpoint
from sipdiag.facts.legview import LegView
from sipdiag.facts.media import ENOUGH_PACKETS, Media
from sipdiag.media.stream import RtpStream
from tests.calls.dialogs import read

CALL = """
  - a INVITE
  - a 100
  - a 200 +2
  - a ACK
"""
ELSEWHERE = Endpoint("198.51.100.99", 40000)


def leg() -> tuple[LegView, Endpoint, Endpoint]:
    """A leg, and where its caller and its callee want their audio."""
    view = read(CALL).calls[0].legs[0]
    offer = view.leg.invites[0].first.message.sdp
    answer = view.leg.answer.message.sdp if view.leg.answer else None
    assert offer is not None
    assert answer is not None
    ends = [Endpoint(sdp.media[0].connection, sdp.media[0].port) for sdp in (offer, answer)]
    return view, ends[0], ends[1]


def stream(src: Endpoint, dst: Endpoint, packets: int = ENOUGH_PACKETS, last_ns: int = 2**62) -> RtpStream:
    return RtpStream(src, dst, 1, 0, packets, last_ns=last_ns)


def test_both_ways() -> None:
    view, caller, callee = leg()
    assert Media([stream(caller, callee), stream(callee, caller, 1)]).one_way(view) is False


def test_one_way() -> None:
    view, caller, callee = leg()
    assert Media([stream(callee, caller)]).one_way(view) is True


def test_early_media_has_one_direction_in_any_call() -> None:
    """Where the media went after the answer, the capture does not show."""
    view, caller, callee = leg()
    assert view.answer is not None
    early = stream(callee, caller, last_ns=view.answer.time_ns)
    assert Media([early]).one_way(view) is None
    assert Media([early, stream(caller, callee)]).one_way(view) is True
    assert Media([early, stream(caller, callee), stream(callee, caller)]).one_way(view) is False


def test_behind_a_nat_one_end_is_enough() -> None:
    view, _, callee = leg()
    assert Media([stream(ELSEWHERE, callee), stream(callee, ELSEWHERE)]).one_way(view) is False


def test_too_little_says_nothing() -> None:
    view, caller, callee = leg()
    assert Media([stream(caller, callee, ENOUGH_PACKETS - 1)]).one_way(view) is None
    assert Media([stream(ELSEWHERE, ELSEWHERE)]).one_way(view) is None
    assert Media([]).one_way(view) is None


RESUMED = (
    CALL
    + """
  - a carrier INVITE hold +10
  - a 200
  - a carrier ACK
  - a carrier INVITE resume +5
  - a 200
  - a carrier ACK
"""
)


def test_who_fell_silent_after_the_last_offer() -> None:
    view = read(RESUMED).calls[0].legs[0]
    final = view.refreshes[-1].final
    _, caller, callee = leg()
    assert final is not None

    def sent(src: Endpoint, dst: Endpoint, until_s: float) -> RtpStream:
        last_ns = final.time_ns + round(until_s * 1e9)
        return RtpStream(src, dst, 1, 0, ENOUGH_PACKETS, first_ns=0, last_ns=last_ns)

    def silent(caller_until_s: float, callee_until_s: float) -> bool | None:
        heard = [sent(caller, callee, caller_until_s), sent(callee, caller, callee_until_s)]
        return Media(heard).fell_silent(view)

    assert silent(30, -1) is False
    assert silent(-1, 30) is True
    assert silent(30, 2) is None
    assert silent(15, -1) is None
    assert Media([sent(caller, callee, 30)]).fell_silent(view) is None
