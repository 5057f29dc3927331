"""RTCP: compounds read, reports joined to streams, differences and round trips."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sipdiag.capture.payload import Endpoint, MediaDatagram
from sipdiag.media.control import Control, Span
from sipdiag.media.rtcp import Metrics, parse
from sipdiag.media.stream import RtpStream

A, B = Endpoint("192.0.2.1", 4001), Endpoint("198.51.100.2", 5001)
SECOND = 1_000_000_000
HERE = (0, 0)


def block(
    ssrc: int, *, lost: int = 0, highest: int = 0, fraction: int = 0, last: int = 0, delay: int = 0
) -> bytes:
    cumulative = (lost & 0xFFFFFF).to_bytes(3, "big")
    return struct.pack("!IB3sIIII", ssrc, fraction, cumulative, highest, 80, last, delay)


def packet(kind: int, body: bytes, count: int = 0) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def sender_report(ssrc: int, ntp: int, *blocks: bytes) -> bytes:
    body = struct.pack("!IIIIII", ssrc, ntp >> 16, (ntp & 0xFFFF) << 16, 0, 0, 0) + b"".join(blocks)
    return packet(200, body, len(blocks))


def receiver_report(ssrc: int, *blocks: bytes) -> bytes:
    return packet(201, struct.pack("!I", ssrc) + b"".join(blocks), len(blocks))


def seen(time_s: float, src: Endpoint, dst: Endpoint, data: bytes) -> MediaDatagram:
    return MediaDatagram(round(time_s * SECOND), 1, 0, HERE, src, dst, data)


def stream(expected: int = 1000, seconds: float = 20) -> RtpStream:
    end_ns = round(seconds * SECOND)
    return RtpStream(A, B, 7, packets=expected, expected=expected, first_ns=0, last_ns=end_ns)


def test_a_compound() -> None:
    cname = packet(202, struct.pack("!IBB2s", 7, 1, 2, b"ab") + bytes(4), 1)
    goodbye = packet(203, struct.pack("!I", 7), 1)
    (told,) = parse(cname + goodbye + sender_report(7, 0x12345678, block(9, lost=-3)))
    assert (told.kind, told.ssrc) == (200, 7)
    assert told.ntp == 0x12345678
    assert (told.blocks[0].ssrc, told.blocks[0].lost) == (9, -3)


def test_metrics_that_the_far_end_claims() -> None:
    voip = struct.pack("!BBHI", 7, 0, 8, 9) + bytes([26, 13, 0, 0]) + bytes(4) + struct.pack("!HH", 80, 0)
    voip += bytes(4) + bytes([93, 127, 44, 127]) + bytes(8)
    (told,) = parse(packet(207, struct.pack("!I", 7) + voip))
    assert told.metrics == (Metrics(9, 26 / 256, 13 / 256, 80, 93, 4.4, None),)


@pytest.mark.parametrize(
    "data", [b"", b"\x80", b"\x80\xc8\xff\xff" + bytes(24), b"\x00\xc8\x00\x06" + bytes(24)]
)
def test_what_is_damaged_says_nothing(data: bytes) -> None:
    assert list(parse(data)) == []


@given(st.binary(max_size=200), st.integers(0, 31), st.sampled_from([200, 201, 202, 203, 204, 207]))
def test_anything_at_all(body: bytes, count: int, kind: int) -> None:
    control = Control()
    for data in (body, packet(kind, body[: len(body) // 4 * 4], count)):
        control.add(seen(1, B, A, data))


def test_loss_of_a_receiver_that_began_with_the_stream() -> None:
    control = Control()
    for time_s, lost in ((5, 10), (10, 20), (20, 40)):
        control.add(seen(time_s, B, A, receiver_report(9, block(7, lost=lost, highest=round(time_s * 50)))))
    told = control.of(HERE, 7, B.address)
    assert told is not None
    span = told.since(stream())
    assert span is not None
    assert (span.lost, span.expected, span.loss) == (40, 1000, 0.04)
    assert told.advances


def test_loss_of_a_receiver_that_began_before_the_capture_is_a_difference() -> None:
    control = Control()
    for time_s, lost in ((20, 5000), (40, 5010)):
        control.add(seen(time_s, B, A, receiver_report(9, block(7, lost=lost, highest=round(time_s * 50)))))
    told = control.of(HERE, 7, B.address)
    assert told is not None
    assert told.since(stream(2000, 40)) == Span(10, 1000)


def test_a_report_captured_twice_is_one() -> None:
    control = Control()
    for time_s in (5, 5.000_05):
        control.add(seen(time_s, B, A, receiver_report(9, block(7, highest=250))))
    told = control.of(HERE, 7, B.address)
    assert told is not None
    assert len(told.reports) == 1
    assert not told.advances


def test_round_trip_from_the_middle() -> None:
    """The receiver answers after half a second; 20 ms are the way there and back."""
    control = Control()
    control.add(seen(1.0, A, B, sender_report(7, 0xABCD0001)))
    control.add(seen(1.52, B, A, receiver_report(9, block(7, last=0xABCD0001, delay=32768))))
    told = control.of(HERE, 7, B.address)
    assert told is not None
    assert told.trip_ms == pytest.approx(20.0)


def test_a_report_from_elsewhere_counts_where_nobody_else_reports() -> None:
    control = Control()
    nat = Endpoint("203.0.113.9", 1024)
    control.add(seen(5, nat, A, receiver_report(9, block(7))))
    told = control.of(HERE, 7, B.address)
    assert told is not None
    assert told.reporter == nat
    assert control.of(HERE, 8, B.address) is None


def test_packets_arrive_that_were_not_captured() -> None:
    control = Control()
    for time_s in (5, 10):
        control.add(seen(time_s, B, A, receiver_report(9, block(7, highest=round(time_s * 50)))))
    assert control.receives({B.address}, set())
    assert not control.receives({B.address}, {7})
    assert not control.receives({A.address}, set())


@pytest.mark.parametrize(("first_s", "lost"), [(14, 510), (16, 10)])
def test_a_first_report_within_seconds_of_the_stream_counts_from_its_beginning(
    first_s: int, lost: int
) -> None:
    control = Control()
    for time_s, so_far in ((first_s, 500), (40, 510)):
        control.add(seen(time_s, B, A, receiver_report(9, block(7, lost=so_far, highest=50 * time_s))))
    told = control.of(HERE, 7, B.address)
    assert told is not None
    span = told.since(stream(9000, 40))
    assert span is not None
    assert span.lost == lost


@pytest.mark.parametrize(("first", "lost"), [(250, 260), (251, 10)])
def test_more_lost_than_was_captured_until_then_was_lost_before(first: int, lost: int) -> None:
    """A capture that begins in the middle of a call: 250 packets pass until the first report."""
    control = Control()
    for time_s, so_far in ((5, first), (20, first + 10)):
        control.add(seen(time_s, B, A, receiver_report(9, block(7, lost=so_far, highest=50 * time_s))))
    told = control.of(HERE, 7, B.address)
    assert told is not None
    span = told.since(stream(1000, 20))
    assert span is not None
    assert span.lost == lost


@pytest.mark.parametrize(("lost", "restarts", "known"), [(1000, 0, True), (1001, 0, False), (1000, 1, False)])
def test_a_count_that_cannot_be_of_these_packets_says_nothing(lost: int, restarts: int, known: bool) -> None:
    control = Control()
    for time_s, so_far in ((5, 0), (20, lost)):
        control.add(seen(time_s, B, A, receiver_report(9, block(7, lost=so_far, highest=50 * time_s))))
    told = control.of(HERE, 7, B.address)
    assert told is not None
    assert (told.since(replace(stream(1000, 20), restarts=restarts)) is not None) is known


@pytest.mark.parametrize(("seconds", "told_ms"), [(9, 9000.0), (11, None)])
def test_a_round_trip_takes_less_than_ten_seconds(seconds: int, told_ms: float | None) -> None:
    control = Control()
    control.add(seen(1, A, B, sender_report(7, 0xABCD0001)))
    control.add(seen(1 + seconds, B, A, receiver_report(9, block(7, last=0xABCD0001))))
    told = control.of(HERE, 7, B.address)
    assert told is not None
    assert told.trip_ms == told_ms


def test_what_is_kept_of_reports_is_bounded() -> None:
    """The first 255 on a stream and the last one; of senders the last sixteen reports; of sources 50,000."""
    control = Control()
    for number in range(300):
        control.add(seen(number, B, A, receiver_report(9, block(7, highest=number))))
    told = control.of(HERE, 7, B.address)
    assert told is not None
    assert (len(told.reports), told.reports[-1].block.highest) == (256, 299)
    for number in range(1, 18):
        control.add(seen(300, A, B, sender_report(8, number << 16)))
    for number in (1, 2):
        control.add(seen(300, B, A, receiver_report(9, block(8, last=number << 16, highest=number))))
        answered = control.of(HERE, 8, B.address)
        assert answered is not None
        assert (answered.trip_ms is None) is (number == 1)
    for first in range(100, 50_200, 31):
        control.add(seen(300, B, A, receiver_report(9, *(block(first + one) for one in range(31)))))
    assert len(control.reported) == 50_000
