from __future__ import annotations

import pytest

from sipdiag.sip.grammar import MAX_MEDIA
from sipdiag.sip.sdp import Codec, parse_sdp

OFFER = (
    b"v=0\r\no=FreeSWITCH 1 2 IN IP4 192.0.2.1\r\ns=My Soft\r\nc=IN IP4 192.0.2.1/127\r\nt=0 0\r\na=sendonly\r\n"
    b"m=audio 4000/2 RTP/AVP 0 8 13 96 101\r\na=rtpmap:96 OPUS/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n"
    b"m=audio 5000 RTP/SAVP 8\r\nc=IN IP6 2001:db8::1\r\na=RecvOnly\r\n"
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n"
    b"m=image 0 udptl t38\r\n"
)


def test_session() -> None:
    sdp = parse_sdp(OFFER)
    assert (sdp.origin_user, sdp.origin_address, sdp.session_name) == ("FreeSWITCH", "192.0.2.1", "My Soft")
    assert (sdp.connection, sdp.direction) == ("192.0.2.1", "sendonly")


def test_media_over_session() -> None:
    plain, secure, fax = parse_sdp(OFFER).media
    assert (plain.kind, plain.port, plain.proto) == ("audio", 4000, "RTP/AVP")
    assert (plain.connection, plain.direction, plain.crypto) == ("192.0.2.1", "sendonly", False)
    assert (secure.connection, secure.direction, secure.crypto) == ("2001:db8::1", "recvonly", True)
    assert (fax.rejected, plain.rejected, fax.formats, fax.codecs) == (True, False, ("t38",), [])


def test_codecs_from_rtpmap_and_static_types() -> None:
    codecs = parse_sdp(OFFER).media[0].codecs
    assert codecs == [
        Codec(0, "pcmu", 8000),
        Codec(8, "pcma", 8000),
        Codec(13, "cn", 8000),
        Codec(96, "opus", 48000),
        Codec(101, "telephone-event", 8000),
    ]
    assert [c.payload_type for c in codecs if c.is_dtmf] == [101]
    assert [c.payload_type for c in codecs if c.is_comfort_noise] == [13]


@pytest.mark.parametrize("text", [b"a=crypto:1 x", b"a=fingerprint:sha-256 AA"])
def test_keys_of_the_session_count_for_its_media(text: bytes) -> None:
    assert parse_sdp(text + b"\nm=audio 1 RTP/AVP 0\n").media[0].crypto


def test_defaults_and_unknown_types() -> None:
    (media,) = parse_sdp(b"m=audio 4000 RTP/AVP 97").media
    assert (media.direction, media.connection, media.codecs) == ("sendrecv", "", [Codec(97, "", None)])


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"m=", b"m=audio", b"c=IN", b"o=", b"a=rtpmap:x", b"m=audio x RTP/AVP y 300\nc=\n"],
)
def test_broken_lines_do_no_harm(body: bytes) -> None:
    sdp = parse_sdp(body)
    assert all(media.port == 0 and media.codecs == [] for media in sdp.media)


def test_number_of_media_is_bounded() -> None:
    assert len(parse_sdp(b"m=audio 1 RTP/AVP 0\n" * (MAX_MEDIA + 5)).media) == MAX_MEDIA


@pytest.mark.parametrize(
    ("media", "holds"),
    [
        (b"m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n", True),
        (b"m=audio 4000 RTP/AVP 0\r\na=inactive\r\n", True),
        (b"m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", True),
        (b"m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n", False),
        (b"m=audio 4000 RTP/AVP 0\r\n", False),
        (b"m=audio 4000 RTP/AVP 0\r\nm=video 5000 RTP/AVP 96\r\na=sendonly\r\n", False),
        (b"m=audio 4000 RTP/AVP 0\r\na=sendonly\r\nm=audio 5000 RTP/AVP 0\r\n", False),
        (b"m=audio 0 RTP/AVP 0\r\na=sendonly\r\n", False),
        (b"m=audio 0 RTP/AVP 0\r\nm=audio 5000 RTP/AVP 0\r\na=sendonly\r\n", True),
        (b"", False),
    ],
)
def test_hold(media: bytes, holds: bool) -> None:
    assert parse_sdp(b"v=0\r\nc=IN IP4 192.0.2.1\r\n" + media).holds is holds
