"""What is kept of RTP for a scrubbed capture: headers, sizes and times, and nothing that was said."""

from __future__ import annotations

import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.capture.payload import Batch, Endpoint, MediaDatagram
from sipdiag.media.kept import Kept
from tests.media.build import MS, A, B, Packet, rows, voice
from tests.media.test_rtcp import block, packet, seen, sender_report

ELSEWHERE = Endpoint("203.0.113.9", 4000)


def kept(*packets: Packet, control: tuple[MediaDatagram, ...] = ()) -> Kept:
    told = Kept()
    told.add(Batch((), rows(packets) if packets else None, control))
    return told


def test_headers_stay_and_speech_does_not() -> None:
    ((time_ns, src, dst, data),) = kept(voice(7, 140)).written()
    assert (time_ns, src, dst) == (140 * MS, A, B)
    assert struct.unpack("!BBHII", data[:12]) == (0x80, 0, 7, 7 * 160, 5)
    assert data[12:] == b"\xff" * 160


def test_what_was_audible_is_a_tone() -> None:
    ((*_, data),) = kept(voice(7, 140, sound=3)).written()
    assert len(set(data[12:])) > 2


def test_a_digit_is_any_digit() -> None:
    event = 5 << 24 | 0x8A << 16 | 1280
    ((*_, data),) = kept(Packet(1, 0, 0, identity=1, size=4, event=event)).written()
    assert data[12:] == struct.pack("!I", 0x8A << 16 | 1280)


def test_sizes_that_vary_are_two() -> None:
    """The sizes of a codec with a variable rate follow what is said."""
    sizes = [
        len(data) - 12
        for *_, data in kept(*(voice(seq, 20 * seq, size=60 + seq) for seq in range(5))).written()
    ]
    assert sizes == [60, 64, 64, 64, 64]


def test_ends_are_renamed() -> None:
    told = kept(voice(1, 20))
    told.renamed(lambda end: ELSEWHERE if end == A else end, str)
    assert [(src, dst) for _, src, dst, _ in told.written()] == [(ELSEWHERE, B)]


def test_of_rtcp_only_reports_stay() -> None:
    report = sender_report(7, 1, block(9, lost=3))
    name = packet(202, struct.pack("!IBB2s", 7, 1, 2, b"ab") + bytes(4), 1)
    ((*_, data),) = kept(control=(seen(1, A, B, report + name),)).written()
    assert data == report


@given(st.binary(max_size=120))
def test_anything_at_all(data: bytes) -> None:
    for *_, written in kept(control=(seen(1, A, B, data),)).written():
        assert len(written) <= len(data)


def test_a_payload_larger_than_a_packet_is_cut() -> None:
    assert [len(data) - 12 for *_, data in kept(voice(1, 20, size=1600)).written()] == [1500]


def test_packets_are_kept_up_to_half_a_million() -> None:
    told = Kept()
    many = rows([voice(1, 20)]).take(np.zeros(500_001, dtype=np.int64))
    told.add(Batch((), many, ()))
    assert (told.packets, told.left_out) == (500_000, 1)
