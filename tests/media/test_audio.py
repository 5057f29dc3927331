"""Audio made audible: payloads in their places, codecs, SRTP, WAV."""

from __future__ import annotations

import base64
import io
import math
import struct
import wave
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.capture.payload import MediaDatagram
from sipdiag.media.audio import clip, decoder, g711, wav
from sipdiag.media.audio.frames import RtpPacket, frames
from sipdiag.media.audio.payloads import pieces
from sipdiag.media.audio.srtp import Key, SrtpError, keys, plain
from sipdiag.media.audio.track import NARROW, WIDE, TrackFormat, channel, spoken
from sipdiag.sip.sdp import Codec
from tests.media.build import MS, A, B

PCMU = {0: 8000}
needs_av = pytest.mark.skipif(find_spec("av") is None, reason="PyAV is not installed (sipdiag[audio])")
needs_srtp = pytest.mark.skipif(
    find_spec("pylibsrtp") is None, reason="pylibsrtp is not installed (sipdiag[audio])"
)


def packet(
    seq: int, ms: float, payload: bytes = b"\x00" * 160, stamp: int | None = None, kind: int = 0
) -> RtpPacket:
    return RtpPacket(round(ms * MS), kind, seq, seq * 160 if stamp is None else stamp, payload)


def datagram(data: bytes, time_ns: int = 0) -> MediaDatagram:
    return MediaDatagram(time_ns, 1, 0, (0, 0), A, B, data)


def test_the_header_is_taken_off() -> None:
    head = struct.pack("!BBHII", 0xB1, 0x80, 7, 9, 5)
    extension = b"\x00" * 4 + struct.pack("!HH", 0xBEDE, 1) + b"\x10\xff\x00\x00"
    told = RtpPacket.of(datagram(head + extension + b"abc" + b"\x00\x02", 4))
    assert told == RtpPacket(4, 0, 7, 9, b"abc")


@pytest.mark.parametrize("data", [b"", b"\x80" * 11, b"\x40" * 20, struct.pack("!BBHII", 0x8F, 0, 1, 1, 1)])
def test_what_is_no_packet(data: bytes) -> None:
    assert RtpPacket.of(datagram(data)) is None


def test_timestamps_place_what_jitter_and_reordering_moved() -> None:
    told = list(frames([packet(1, 0), packet(3, 47), packet(2, 48), packet(2, 60)], PCMU))
    assert [one.at_ns for one in told] == [0, 20 * MS, 40 * MS]


def test_a_hole_stays_a_hole() -> None:
    told = list(frames([packet(1, 0), packet(26, 500)], PCMU))
    assert [one.at_ns for one in told] == [0, 500 * MS]


def test_a_source_that_began_anew_is_where_it_arrived() -> None:
    told = list(frames([packet(1, 0), packet(900, 3000, stamp=7)], PCMU))
    assert [one.at_ns for one in told] == [0, 3000 * MS]


def test_the_timestamp_wraps() -> None:
    told = list(frames([packet(1, 0, stamp=0xFFFFFFFF - 79), packet(2, 20, stamp=80)], PCMU))
    assert [one.at_ns for one in told] == [0, 20 * MS]


def test_g711_and_back() -> None:
    every = bytes(range(256))
    samples = g711.decode("pcmu", every)
    # There are two zeros.
    assert g711.encode(samples).replace(b"\x7f", b"\xff") == every.replace(b"\x7f", b"\xff")
    assert (samples.min(), samples.max()) == (-32124, 32124)
    assert g711.decode("pcma", b"\xd5\x55\xaa\x2a").tolist() == [8, -8, 32256, -32256]


@needs_av
def test_g711_is_what_ffmpeg_makes_of_it() -> None:
    import av

    for name, law in (("pcmu", "pcm_mulaw"), ("pcma", "pcm_alaw")):
        codec: Any = av.CodecContext.create(law, "r")
        codec.sample_rate, codec.layout = 8000, "mono"
        (frame,) = codec.decode(av.Packet(bytes(range(256))))
        assert frame.to_ndarray().reshape(-1).tolist() == g711.decode(name, bytes(range(256))).tolist()


def test_a_channel_is_silent_where_nothing_came() -> None:
    loud = np.full(160, 1000, dtype=np.int16)
    track = channel([(0, NARROW, loud), (40 * MS, NARROW, loud)], 0, 0.08, NARROW)
    assert track.reshape(4, 160).mean(axis=1).tolist() == [1000, 0, 1000, 0]


def test_what_lies_outside_is_left_out() -> None:
    loud = np.full(160, 1000, dtype=np.int16)
    assert channel([(-10 * MS, NARROW, loud), (90 * MS, NARROW, loud)], 0, 0.1, NARROW).sum() == 160 * 1000


def test_rates_are_brought_together() -> None:
    narrow = channel([(0, 8000, np.full(80, 500, dtype=np.int16))], 0, 0.01, WIDE)
    wide = channel([(0, 48000, np.full(480, 500, dtype=np.int16))], 0, 0.01, WIDE)
    assert narrow.tolist() == wide.tolist() == [500] * 160


def test_digits_and_comfort_noise_are_not_heard() -> None:
    formats = {
        0: TrackFormat(Codec(0, "pcmu", 8000)),
        13: TrackFormat(Codec(13, "cn", 8000)),
        101: TrackFormat(Codec(101, "telephone-event", 8000)),
    }
    heard, troubles = spoken(
        [packet(1, 0), packet(2, 20, b"\x40", kind=13), packet(3, 40, b"\1\2\3\4", kind=101)], formats
    )
    assert ([at for at, _, _ in heard], troubles) == ([0], [])


def test_what_cannot_be_decoded_is_said() -> None:
    formats = {97: TrackFormat(Codec(97, "speex", 8000))}
    heard, troubles = spoken([packet(1, 0, kind=97), packet(2, 20, kind=98)], formats)
    assert heard == []
    assert troubles == ["SPEEX cannot be decoded", "payload type 98 was never named"]


def test_g729_and_gsm_have_frames_of_one_size() -> None:
    assert [len(one) for one in pieces("g729", bytes(22), "")] == [10, 10]
    assert [len(one) for one in pieces("gsm", bytes(66), "")] == [33, 33]


def test_amr_frames() -> None:
    """12.2 kbit/s: 244 bits; aligned and not (RFC 4867) they are the same frame."""
    speech = int.from_bytes(bytes(range(31)), "big") >> 4
    aligned = bytes((0xF0, 7 << 3 | 4)) + (speech << 4).to_bytes(31, "big")
    bits = 0xF << 250 | (7 << 1 | 1) << 244 | speech
    packed = (bits << 2).to_bytes(32, "big")
    expected = [bytes((7 << 3 | 4,)) + (speech << 4).to_bytes(31, "big")]
    assert list(pieces("amr", aligned, "octet-align=1; mode-set=7")) == expected
    assert list(pieces("amr", packed, "")) == expected


@given(st.sampled_from(["amr", "amr-wb", "g729", "gsm", "opus"]), st.binary(max_size=100), st.booleans())
def test_any_payload_at_all(codec: str, payload: bytes, aligned: bool) -> None:
    for piece in pieces(codec, payload, "octet-align=1" if aligned else ""):
        assert len(piece) <= len(payload) + 1


def tone(rate: int, seconds: float = 0.5) -> np.ndarray:
    return (8000 * np.sin(2 * math.pi * 440 * np.arange(round(rate * seconds)) / rate)).astype(np.int16)


AMR_WB = base64.b64decode(
    "8BS5Uj0CA7wd0UKCQJ1LetSsRERERsTExuYcXERE3F1HQPAUzztT4x58WAEQR+AZW/oyr2ytxV/up+z37OHDl63izSjwFN9OfwD1"
    "vhgBAYxEx0t4MjTthPFHsRA8kTVqmGmnnwyI8BTfTn8D/fIYAQEARUFL+eIaTpCa2IFTIXXBgkl42xAz0PAU305x+i06GAEBCETF"
    "S3ydK6mLDiXrtpc/hlBaKySQf4jwFN9OfwD8AhgBAQBFQUv6UfSAEURVGq8d3TEMh10nC+yo8BTfTn9wjAIYAQEIRMVLfaCMI21X"
    "eI8igaWp9yt8lYFNUPAU305/gH4CGAEBAEVBS/44Mpi5u7KSO6M7oCEXmqS2qWDwFN9Of3CMAhgBAQhExUt85L2EQuS7WC/Jd8np"
    "nDVBaxTQ8BTfTn+AfgIYAQEARUFL/h4gqYmTqqOhMzE5AweRLwSxaPAU3057NM0SGAEBCETFS3khy6EtGRDbk3tZ1wsCMseoMnDw"
    "FN9Of4B+AhgBAQBFQUv+I5OLI6uzg6qjOyIDB6smpLpQ8BTfTn1SrIoYAQEIRMVLeucLFGo1cek36iu4vQhzpZhu0PAU305/APwC"
    "GAEBAEVBS/4Ca5ujqysbsyOrkQIWu48Uo1DwFN9OfVKsihgBAQhExUt5wZGXAaeg2mb762mrq4LBpT1A8BTfTn+AfgIYAQEARUFL"
    "/ieAqjIrsqsyuzG6CgehpiwyWA=="
)
"""Sixteen payloads of 34 bytes, octet-aligned: a tone of 5.2 kHz at 12.65 kbit/s, encoded by vo-amrwbenc 0.1.3."""


def in_bits(aligned: bytes) -> bytes:
    """The same payload in bandwidth-efficient form (RFC 4867 §4.3): 253 bits of speech."""
    speech = int.from_bytes(aligned[2:], "big") >> 3
    return ((0xF << 259 | (2 << 1 | 1) << 253 | speech) << 1).to_bytes(33, "big")


@needs_av
@pytest.mark.parametrize("settings", ["octet-align=1", ""])
def test_amr_wb_of_a_real_encoder_is_heard(settings: str) -> None:
    payloads = [AMR_WB[at : at + 34] for at in range(0, len(AMR_WB), 34)]
    if not settings:
        payloads = [in_bits(one) for one in payloads]
    packets = [
        packet(number, 20 * number, one, stamp=320 * number, kind=97) for number, one in enumerate(payloads)
    ]
    heard, troubles = spoken(packets, {97: TrackFormat(Codec(97, "amr-wb", WIDE), settings)})
    assert not troubles
    assert [rate for _, rate, _ in heard] == [WIDE] * 16
    sound = channel(heard, 0, 0.32, WIDE)[1600:4800]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert abs(int(np.argmax(spectrum)) * WIDE / len(sound) - 5200) < 20
    assert np.abs(sound).max() > 4000


@needs_av
def test_a_codec_through_its_decoder() -> None:
    import av

    encoder = av.CodecContext.create("g722", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 16000, "mono", "s16"
    frame = av.AudioFrame.from_ndarray(tone(16000).reshape(1, -1), "s16", "mono")
    frame.sample_rate = 16000
    encoded = b"".join(bytes(one) for one in encoder.encode(frame))
    payloads = [encoded[at : at + 160] for at in range(0, len(encoded) - 159, 160)]
    heard = decoder.decode("g722", [*payloads, b""])
    assert len(heard) == len(payloads) + 1
    assert [len(one) for one in heard[:-1]] == [320] * len(payloads)
    level = np.sqrt((np.concatenate(heard).astype(float) ** 2).mean())
    assert 4000 < level < 7000


@needs_av
def test_garbage_is_silent_and_ends_nothing() -> None:
    heard = decoder.decode("opus", [b"\xff" * 60, b"", b"\x00" * 3])
    assert len(heard) == 3


def test_a_decoder_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/program")
    with pytest.raises(decoder.DecoderError, match="gave up"):
        decoder.decode("opus", [b"a"])


def test_wav_files() -> None:
    left, right = np.array([1, 2, 3], dtype=np.int16), np.array([-1, -2, -3], dtype=np.int16)
    with wave.open(io.BytesIO(wav.pcm((left, right), 8000))) as told:
        assert (told.getnchannels(), told.getframerate(), told.getnframes()) == (2, 8000, 3)
        assert np.frombuffer(told.readframes(3), "<i2").tolist() == [1, -1, 2, -2, 3, -3]
    law = wav.ulaw((left, right), 8000)
    assert law[20:24] == struct.pack("<HH", 7, 2)
    assert len(law) % 2 == 0


def test_a_short_clip_is_ulaw() -> None:
    silent = np.zeros(8000, dtype=np.int16)
    kind, data = clip.encoded((silent, silent), 8000)
    assert (kind, data[:4]) == ("audio/wav", b"RIFF")


@needs_av
def test_a_clip_is_thinned_out_as_a_track_is() -> None:
    """Every second sample of a tone of 7 kHz would be one of 1 kHz."""
    whistle = (8000 * np.sin(2 * math.pi * 7000 * np.arange(WIDE) / WIDE)).astype(np.int16)
    _, data = clip.encoded((whistle, whistle), WIDE)
    track = channel([(0, WIDE, whistle)], 0, 1.0, NARROW)
    played = g711.decode("pcmu", data[-2 * NARROW :])[::2]
    assert np.abs(played).max() < 2500
    assert np.abs(played.astype(int) - track).max() < 100


def test_a_long_clip_is_opus() -> None:
    long = np.tile(tone(8000, 10), 30)
    kind, data = clip.encoded((long, long), 8000)
    assert (kind, data[:4]) == ("audio/ogg", b"OggS")
    assert len(data) * 4 // 3 <= clip.LARGEST


def test_what_is_too_large_for_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/program")
    long = np.zeros(8000 * 300, dtype=np.int16)
    with pytest.raises(clip.TooLargeError, match="too much for a page"):
        clip.encoded((long, long), 8000)


MATERIAL = bytes(range(30))
SDP = (
    b"v=0\r\nm=audio 1 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"
    + base64.b64encode(MATERIAL)
    + b"|2^20\r\n"
)


def test_keys_of_a_description() -> None:
    assert keys(SDP) == [Key("AES_CM_128_HMAC_SHA1_80", MATERIAL)]
    assert keys(b"a=crypto:1 X inline:====\r\n") == []


def protected() -> list[MediaDatagram]:
    import pylibsrtp

    policy = pylibsrtp.Policy(key=MATERIAL, ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
    session = pylibsrtp.Session(policy=policy)
    clear = [struct.pack("!BBHII", 0x80, 0, seq, 160 * seq, 5) + bytes([seq]) * 160 for seq in range(1, 9)]
    return [datagram(session.protect(one)) for one in clear]


@needs_srtp
def test_srtp_is_made_plain() -> None:
    told = plain(protected(), keys(SDP))
    assert [one.data[12:] for one in told] == [bytes([seq]) * 160 for seq in range(1, 9)]


@needs_srtp
@pytest.mark.parametrize(
    "some",
    [[], [Key("AES_CM_128_HMAC_SHA1_80", bytes(30))], [Key("X", b"")], [Key("AEAD_AES_128_GCM", b"1")]],
)
def test_srtp_without_the_right_key(some: list[Key]) -> None:
    with pytest.raises(SrtpError, match="no key"):
        plain(protected(), some)


@pytest.mark.parametrize(("late_ms", "at_ms"), [(800, 20), (1200, 1220)])
def test_what_comes_a_second_off_its_timestamp_is_where_it_arrived(late_ms: int, at_ms: int) -> None:
    told = list(frames([packet(1, 0), packet(2, 20 + late_ms)], PCMU))
    assert [one.at_ns for one in told] == [0, at_ms * MS]


@pytest.mark.parametrize(("kind", "told"), [(15, [b"\x7c"]), (14, [])])
def test_a_frame_without_data_is_one_and_a_reserved_kind_is_none(kind: int, told: list[bytes]) -> None:
    """RFC 4867 §4.3.2."""
    assert list(pieces("amr", bytes((0xF0, kind << 3 | 4)), "octet-align=1")) == told


def test_a_clip_of_three_minutes_fits_as_ulaw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/program")
    silent = np.zeros(8000 * 180, dtype=np.int16)
    assert clip.encoded((silent, silent), 8000)[0] == "audio/wav"
