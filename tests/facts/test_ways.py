"""Both directions of a leg's audio."""

from __future__ import annotations

import pytest

from tests.facts.streams import ENDED, Talk


@pytest.mark.parametrize(("longest_ms", "pauses"), [(150, False), (300, True)])
def test_who_sends_nothing_for_a_while_stops_in_silences(longest_ms: int, pauses: bool) -> None:
    talk = Talk()
    media = talk.media(talk.stream(to_caller=True, max_delta_ns=longest_ms * 1_000_000))
    assert media.way(to_caller=True).pauses is pauses


@pytest.mark.parametrize(("until_s", "missing"), [(0.8, True), (1.3, None)])
def test_what_ends_at_the_answer_was_early_media(until_s: float, missing: bool | None) -> None:
    talk = Talk()
    media = talk.media(talk.stream(to_caller=True, until_s=until_s), talk.stream(to_caller=False))
    assert media.missing is missing


BUNDLE = (
    "v=0\\r\\no=- 1 1 IN IP4 203.0.113.1\\r\\ns=-\\r\\nc=IN IP4 203.0.113.1\\r\\nt=0 0\\r\\n"
    "m=audio 4000 RTP/AVP 0 96 97\\r\\na=rtpmap:96 H264/90000\\r\\na=rtpmap:97 opus/48000/2\\r\\n"
)


@pytest.mark.parametrize(("payload_type", "audio"), [(0, 1), (96, 0), (97, 1)])
def test_video_beside_audio_at_one_port_is_known_by_its_clock(payload_type: int, audio: int) -> None:
    offered = f': {{body: "{BUNDLE}", content_type: application/sdp}}'
    talk = Talk(ENDED.replace("a INVITE", f"a INVITE{offered}"))
    media = talk.media(talk.stream(to_caller=True, payload_type=payload_type))
    assert len(media.audio) == audio
