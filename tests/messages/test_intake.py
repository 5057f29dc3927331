from __future__ import annotations

from msgspec.structs import replace

from sipdiag.capture.payload import Endpoint, Payload
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.intake import COPY_WINDOW_NS, Intake, messages
from sipdiag.position import Frame

A, B, C = Endpoint("192.0.2.1", 5060), Endpoint("192.0.2.2", 5060), Endpoint("192.0.2.3", 5060)
OPTIONS = (
    b"OPTIONS sip:b@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\n"
    b"To: <sip:b@x>\r\nCall-ID: one\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)
OK = OPTIONS.replace(b"OPTIONS sip:b@192.0.2.2 SIP/2.0", b"SIP/2.0 200 OK")
MS = 1_000_000


def payload(
    data: bytes = OPTIONS,
    *,
    at: int = 0,
    frame: int = 1,
    stream: int | None = None,
    lost: int = 0,
    cut: int = 0,
) -> Payload:
    transport = "UDP" if stream is None else "TCP"
    return Payload(at, Frame(0, frame), A, B, transport, data, stream, lost, cut)


def take(*payloads: Payload) -> list[CapturedMessage]:
    return list(messages(payloads, Intake()))


def test_a_datagram_is_a_message() -> None:
    (one,) = take(payload(at=5, frame=9))
    assert one.message.raw == OPTIONS
    assert (one.time_ns, one.position) == (5, Frame(0, 9))
    assert (tuple(one.src), tuple(one.dst), one.transport) == (A, B, "UDP")
    assert one.copy_of is None
    assert not one.truncated


def test_two_messages_in_a_datagram() -> None:
    assert [one.message.start_line for one in take(payload(OPTIONS + OK))] == [
        "OPTIONS sip:b@192.0.2.2 SIP/2.0",
        "SIP/2.0 200 OK",
    ]


def test_keep_alives_are_nothing() -> None:
    assert not take(payload(b"\r\n\r\n"), payload(b"\0\0\0\0", at=1), payload(b"\r\n\r\n", stream=1))


def test_the_same_bytes_within_100_ms_are_a_copy() -> None:
    first, second = take(payload(), payload(at=COPY_WINDOW_NS, frame=2))
    assert second.copy_of is first
    assert second.message is first.message


def test_of_messages_at_one_time_the_order_stands() -> None:
    first, second, third = take(payload(at=MS), payload(OK, at=MS, frame=2), payload(at=2 * MS, frame=3))
    assert (first.time_ns, second.time_ns, third.time_ns) == (MS, MS + 1, 2 * MS)
    assert (first.clock_ns, second.clock_ns, third.known_ns) == (MS, MS, 2 * MS)


def test_copies_of_copies_name_the_first() -> None:
    first, second, third = take(payload(), payload(at=20 * MS, frame=2), payload(at=40 * MS, frame=3))
    assert second.copy_of is third.copy_of is first


def test_later_they_are_a_retransmission() -> None:
    _, second = take(payload(), payload(at=COPY_WINDOW_NS + 1, frame=2))
    assert second.copy_of is None


def test_a_retransmission_has_copies_of_its_own() -> None:
    first, copy, again, copied = take(
        payload(), payload(at=MS, frame=2), payload(at=500 * MS, frame=3), payload(at=501 * MS, frame=4)
    )
    assert (copy.copy_of, again.copy_of, copied.copy_of) == (first, None, again)


def test_on_another_hop_it_is_another_view() -> None:
    _, second = take(payload(), replace(payload(at=MS, frame=2), src=B, dst=C))
    assert second.copy_of is None


def test_a_copy_in_a_second_file_is_a_copy() -> None:
    """Two captures of one wire, given together."""
    first, second = take(payload(), replace(payload(at=MS), position=Frame(1, 1)))
    assert second.copy_of is first
    assert second.file == 1


def test_a_message_over_several_segments() -> None:
    one, two = take(
        payload(OPTIONS[:40], stream=1, frame=1),
        payload(OPTIONS[40:90], stream=1, frame=2, at=MS),
        payload(OPTIONS[90:] + OK[:10], stream=1, frame=3, at=2 * MS),
        payload(OK[10:], stream=1, frame=4, at=3 * MS),
    )
    assert (one.position, one.time_ns) == (Frame(0, 3, (1, 2)), 2 * MS)
    assert (two.position, two.time_ns) == (Frame(0, 4, (3,)), 3 * MS)


def test_the_frame_captured_last_completed_the_message() -> None:
    """Segments that were captured out of order come in the order of the stream."""
    (one,) = take(
        payload(OPTIONS[:40], stream=1, frame=2, at=2 * MS), payload(OPTIONS[40:], stream=1, frame=1, at=MS)
    )
    assert (one.position.number, one.time_ns) == (2, 2 * MS)


def test_streams_do_not_mix() -> None:
    found = take(
        payload(OPTIONS[:40], stream=1), payload(OK[:40], stream=2), payload(OPTIONS[40:], stream=1, at=MS)
    )
    assert [one.message.method for one in found if not one.truncated] == ["OPTIONS"]


def test_what_was_cut_is_marked() -> None:
    (cut,) = take(payload(OPTIONS[:100], cut=50))
    assert cut.truncated


def test_a_gap_in_a_stream_is_told_and_what_follows_is_read() -> None:
    intake = Intake()
    found = list(
        messages(
            [payload(OPTIONS[:60], stream=1), payload(OK, stream=1, frame=7, at=MS, lost=1000)],
            intake,
        )
    )
    assert found[-1].message.start_line == "SIP/2.0 200 OK"
    assert all(one.truncated for one in found[:-1])
    (note,) = intake.notes
    assert (note.code, note.frame) == ("tcp-gap", 7)
    assert "1000 bytes" in note.text


def test_what_the_end_of_the_capture_cut_off_is_kept() -> None:
    (one,) = take(payload(OPTIONS[:100], stream=1))
    assert one.truncated
    assert one.message.is_request


def test_memory_of_copies_is_bounded() -> None:
    intake = Intake()
    for number in range(500):
        data = OPTIONS.replace(b"Call-ID: one", b"Call-ID: %d" % number)
        list(intake.receive(payload(data, at=number * 10 * MS, frame=number + 1)))
    assert len(intake._recent) <= 22


def test_memory_of_a_stream_that_holds_no_sip_is_bounded() -> None:
    intake = Intake()
    list(intake.receive(payload(stream=1)))
    for number in range(500):
        assert not list(intake.receive(payload(b"x" * 1000, at=number * MS, frame=number + 2, stream=1)))
    assert len(intake._framers[1]._pieces) < 20


def test_pieces_of_one_frame_are_told_apart() -> None:
    first, second = take(
        payload(OPTIONS[:50], stream=1), payload(OPTIONS[50:] + OK[:50], stream=1), payload(OK[50:], stream=1)
    )
    assert (first.message.raw, second.message.raw) == (OPTIONS, OK)
    assert first.position == second.position == Frame(0, 1)
