"""Which way media flowed, by the ends that the SDP names."""

from __future__ import annotations

import gc
from weakref import ref

import pytest

from sipdiag.capture.payload import Endpoint
from sipdiag.facts.faxaudio import fax_audio
from sipdiag.facts.legview import LegView
from sipdiag.facts.media import Media
from sipdiag.facts.ways import TALK_PACKETS, LegMedia
from sipdiag.media.captured import CapturedMedia
from sipdiag.media.stream import RtpStream
from tests.calls.dialogs import SECOND, read
from tests.facts.streams import ends_of
from tests.facts.test_answers import body
from tests.media.test_rtcp import block, receiver_report, seen

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
    caller, callee = ends_of(view)
    return view, caller, callee


def stream(src: Endpoint, dst: Endpoint, packets: int = TALK_PACKETS, last_ns: int = 2**62) -> RtpStream:
    return RtpStream(src, dst, 1, 0, packets, last_ns=last_ns)


def media(view: LegView, *streams: RtpStream) -> LegMedia:
    return Media(CapturedMedia(streams)).of(view)


def test_both_ways() -> None:
    view, caller, callee = leg()
    told = media(view, stream(caller, callee), stream(callee, caller, 1))
    assert told.one_way is False
    assert told.missing is None


def test_one_way_and_whose() -> None:
    view, caller, callee = leg()
    assert media(view, stream(callee, caller)).missing is False
    assert media(view, stream(caller, callee)).missing is True
    assert media(view, stream(caller, callee)).one_way is True


def test_early_media_has_one_direction_in_any_call() -> None:
    """Where the media went after the answer, the capture does not show."""
    view, caller, callee = leg()
    assert view.answer is not None
    early = stream(callee, caller, last_ns=view.answer.time_ns)
    assert media(view, early).one_way is None
    assert media(view, early, stream(caller, callee)).one_way is True
    assert media(view, early, stream(caller, callee), stream(callee, caller)).one_way is False


def test_behind_a_nat_one_end_is_enough() -> None:
    view, _, callee = leg()
    assert media(view, stream(ELSEWHERE, callee), stream(callee, ELSEWHERE)).one_way is False


def test_too_little_says_nothing() -> None:
    view, caller, callee = leg()
    assert media(view, stream(caller, callee, TALK_PACKETS - 1)).one_way is None
    assert media(view, stream(ELSEWHERE, ELSEWHERE)).one_way is None
    assert media(view).one_way is None


def test_a_stream_of_another_time_is_another_calls() -> None:
    view, caller, callee = leg()
    before = stream(caller, callee, last_ns=view.leg.first_ns - 10_000_000_000)
    assert media(view, before).matched == []


def test_what_belongs_to_no_leg_is_left() -> None:
    view, caller, callee = leg()
    all_of_them = Media(CapturedMedia([stream(ELSEWHERE, ELSEWHERE), stream(caller, callee)]))
    all_of_them.of(view)
    assert all_of_them.used == {1}


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


@pytest.mark.parametrize(
    ("caller_until_s", "callee_until_s", "silent"),
    [(30, -1, False), (-1, 30, True), (30, 2, None), (15, -1, None)],
)
def test_who_fell_silent_after_the_last_offer(
    caller_until_s: float, callee_until_s: float, silent: bool | None
) -> None:
    view = read(RESUMED).calls[0].legs[0]
    final = view.refreshes[-1].final
    _, caller, callee = leg()
    assert final is not None
    moment_ns = final.time_ns

    def sent(src: Endpoint, dst: Endpoint, until_s: float) -> RtpStream:
        last_ns = moment_ns + round(until_s * 1e9)
        return RtpStream(src, dst, 1, 0, TALK_PACKETS, first_ns=0, last_ns=last_ns)

    told = media(view, sent(caller, callee, caller_until_s), sent(callee, caller, callee_until_s))
    assert told.fell_silent is silent


def test_hold_is_read_from_the_descriptions_in_force() -> None:
    view = read(RESUMED).calls[0].legs[0]
    told = media(view)
    held, resumed = (request.final for request in view.refreshes)
    assert held is not None
    assert resumed is not None
    assert told.sends(False, held.time_ns) is False
    assert told.sends(False, resumed.time_ns) is True


FAX = "v=0\\r\\no=- 1 1 IN IP4 203.0.113.1\\r\\ns=-\\r\\nc=IN IP4 203.0.113.1\\r\\nt=0 0\\r\\nm=image 4000 udptl t38\\r\\n"
TO_FAX = f"""
  - a carrier INVITE +5{body(FAX)}
  - a 200{body(FAX)}
  - a carrier ACK
"""


@pytest.mark.parametrize(
    ("then", "before_s", "after_s", "told_s"),
    [
        ("", 20, 12, 12),
        ("", 20, 1.9, None),  # In flight.
        ("", 0.4, 12, None),  # No more than a few packets.
        ("  - a carrier INVITE +11\n  - a 200\n  - a carrier ACK\n", 20, 30, None),  # Back to audio.
    ],
)
def test_audio_goes_on_after_both_had_agreed_on_a_fax(
    then: str, before_s: float, after_s: float, told_s: float | None
) -> None:
    _, caller, callee = leg()
    view = read(CALL + TO_FAX.replace("ACK", "ACK nosdp") + then).leg
    told = media(view)
    assert told.fax_ns is not None
    first_ns, last_ns = told.fax_ns - round(before_s * 1e9), told.fax_ns + round(after_s * 1e9)
    packets = round((before_s + after_s) * 50) if before_s > 1 else TALK_PACKETS - 1
    whole = RtpStream(caller, callee, 1, 0, packets, first_ns=first_ns, last_ns=last_ns, expected=packets)
    facts = fax_audio(media(view, whole).way(to_caller=False)).facts
    assert facts.get("fax_audio_s") == (pytest.approx(told_s) if told_s else None)


def test_a_fax_on_the_port_of_the_audio_makes_it_no_other_medium() -> None:
    _, caller, callee = leg()
    fax = FAX.replace("203.0.113.1", callee.address).replace("4000", str(callee.port))
    view = read(CALL + TO_FAX.replace(FAX, fax)).leg
    assert media(view, stream(caller, callee, 900)).audio


def test_a_call_is_a_fax_from_the_first_agreement_on() -> None:
    view = read(CALL + TO_FAX + TO_FAX).leg
    first = view.refreshes[0].final
    assert first is not None
    assert media(view).fax_ns == first.time_ns
    assert media(read(CALL + TO_FAX.replace(f"200{body(FAX)}", "200")).leg).fax_ns is None


@pytest.mark.parametrize(("reported", "by_capture"), [(40, False), (20, False), (19, True), (0, True)])
def test_a_receiver_that_lacks_as_many_packets_shows_who_lost_them(reported: int, by_capture: bool) -> None:
    view, caller, callee = leg()
    sent = stream(caller, callee, 960)
    sent.expected, sent.lost, sent.first_ns, sent.last_ns = 1000, 40, 0, 20 * SECOND
    captured = CapturedMedia([sent])
    for time_s, lost in ((5, 0), (20, reported)):
        told = receiver_report(9, block(sent.ssrc, lost=lost, highest=50 * time_s))
        captured.control.add(seen(time_s, callee, caller, told))
    assert Media(captured).of(view).capture_lost_of(0, sent) is by_capture


def test_pictures_are_no_audio() -> None:
    """By the port that was named for them."""
    both = "m=audio 4000 RTP/AVP 0\\r\\nm=video 4002 RTP/AVP 96\\r\\na=rtpmap:96 H264/90000\\r\\n"
    said = FAX.replace("m=image 4000 udptl t38\\r\\n", both)
    view = read(f"  - a INVITE{body(said)}\n  - a 200{body(said)}\n  - a ACK\n").leg
    own = Endpoint("203.0.113.1", 4000)
    found = media(view, stream(ELSEWHERE, own), stream(ELSEWHERE, own._replace(port=4002)))
    assert [one.stream.dst.port for one in found.matched] == [4000, 4002]
    assert [one.stream.dst.port for one in found.audio] == [4000]


def test_the_media_of_legs_that_nobody_asks_for_any_more_is_no_garbage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is gone at once: what has to be looked for costs time and memory."""
    monkeypatch.setattr("sipdiag.facts.media.MOST_KEPT", 1)
    (first, *_), (second, *_) = leg(), leg()
    kept = Media(CapturedMedia(()))
    asked = kept.of(first)
    assert asked.way(to_caller=True).back.back is asked.way(to_caller=True)
    gone = ref(asked)
    del asked
    gc.disable()
    try:
        kept.of(second)
        assert gone() is None
    finally:
        gc.enable()
