"""Payload types and payload sizes of a direction."""

from __future__ import annotations

import pytest

from sipdiag.facts.formats import formats, sound
from sipdiag.media.stream import Format
from tests.facts.streams import ENDED, Talk


def told(*sent: Format) -> dict[str, object]:
    talk = Talk()
    media = talk.media(talk.stream(to_caller=True, formats=sent), talk.stream(to_caller=False))
    return dict(formats(media.way(to_caller=True)).facts)


@pytest.mark.parametrize(
    ("packets", "size", "alien"), [(8, 33, None), (12, 33, 3), (50, 4, None), (50, 6, 3)]
)
def test_a_payload_type_that_nobody_named_matters_where_it_carries_sound(
    packets: int, size: int, alien: int | None
) -> None:
    """A probe or a keep-alive carries none."""
    assert told(Format(3, packets, most_size=size)).get("alien_type") == alien


@pytest.mark.parametrize(("size", "odd"), [(200, None), (288, "PCMU")])
def test_a_payload_much_longer_than_its_timestamps_say_is_of_another_codec(
    size: int, odd: str | None
) -> None:
    assert told(Format(0, 50, least_size=size, most_size=size, step=160)).get("odd_codec") == odd


@pytest.mark.parametrize(("loud", "heard"), [(8, False), (12, True)])
def test_the_other_side_was_heard_in_some_packets(loud: int, heard: bool) -> None:
    talk = Talk()
    media = talk.media(
        talk.stream(to_caller=True, formats=(Format(0, 50, silent=50),)),
        talk.stream(to_caller=False, formats=(Format(0, 50, loud=loud),)),
    )
    assert sound(media.way(to_caller=True)).facts["other_heard"] is heard


def test_some_of_many_agreed_codecs_are_named() -> None:
    types = range(96, 106)
    codecs = "".join(f"a=rtpmap:{number} codec/8000\\r\\n" for number in types)
    described = (
        "v=0\\r\\no=- 1 1 IN IP4 203.0.113.1\\r\\ns=-\\r\\nc=IN IP4 203.0.113.1\\r\\nt=0 0\\r\\n"
        f"m=audio 4000 RTP/AVP {' '.join(map(str, types))}\\r\\n{codecs}"
    )
    talk = Talk(
        ENDED.replace("a INVITE", f'a INVITE: {{body: "{described}", content_type: application/sdp}}')
    )
    media = talk.media(talk.stream(to_caller=True, formats=(Format(96, 50),)))
    agreed = formats(media.way(to_caller=True)).facts["agreed"]
    assert len(str(agreed).split(", ")) == 8
