"""Payloads come in the order of time, over interfaces and files."""

from __future__ import annotations

from pathlib import Path

from tests.capture.build import (
    SECOND,
    START_NS,
    Packet,
    enhanced,
    frame,
    interface,
    pcap,
    read_bytes,
    section,
    sip,
    tcp_frame,
    timed,
)


def calls(first: int, count: int, start_s: int) -> bytes:
    packets = [frame(sip(call_id=str(first + number))) for number in range(count)]
    return pcap(timed(packets, SECOND, START_NS + start_s * SECOND))


def order(result_data: list[bytes]) -> list[int]:
    return [int(data.split(b"Call-ID: ")[1].split()[0]) for data in result_data]


def test_files_are_merged_by_time_and_keep_their_index(tmp_path: Path) -> None:
    late, early = calls(0, 5, start_s=100), calls(10, 5, start_s=0)
    result = read_bytes(tmp_path, late, early)
    assert order(result.data) == [10, 11, 12, 13, 14, 0, 1, 2, 3, 4]
    assert [payload.file for payload in result.payloads] == [1] * 5 + [0] * 5
    assert [payload.position.numbers[0] for payload in result.payloads] == [1, 2, 3, 4, 5] * 2


def test_overlapping_files_are_interleaved(tmp_path: Path) -> None:
    odd = pcap(timed([frame(sip(call_id=str(2 * n + 1))) for n in range(50)], 2 * SECOND, START_NS + SECOND))
    even = pcap(timed([frame(sip(call_id=str(2 * n))) for n in range(50)], 2 * SECOND, START_NS))
    result = read_bytes(tmp_path, odd, even)
    assert order(result.data) == list(range(100))
    assert not result.notes


def test_interfaces_of_a_file_are_put_in_order(tmp_path: Path) -> None:
    ticks = [0, 300_000, 100_000, 200_000]
    content = section() + interface() + interface()
    for number, tick in enumerate(ticks):
        content += enhanced(frame(sip(call_id=str(tick))), START_NS // 1000 + tick, number=number % 2)
    result = read_bytes(tmp_path, content)
    assert order(result.data) == sorted(ticks)


def test_what_comes_much_too_late_is_noted(tmp_path: Path) -> None:
    filler = [Packet(frame(sip(call_id="1")), START_NS + n * SECOND) for n in range(400)]
    late = Packet(frame(sip(call_id="2")), START_NS)
    result = read_bytes(tmp_path, pcap([*filler, late, *filler[-5:]]))
    assert len(result.payloads) == 406
    (note,) = [note for note in result.notes if note.code == "time-order"]
    assert note.frame == 401
    assert not any(note.code == "time-order" for note in read_bytes(tmp_path, pcap(filler)).notes)


def test_a_message_over_two_files_of_a_ring(tmp_path: Path) -> None:
    message = sip("INVITE", body=b"x" * 100)
    first = pcap([Packet(tcp_frame(message[:150], 1000), START_NS)])
    second = pcap([Packet(tcp_frame(message[150:], 1150), START_NS + SECOND)])
    result = read_bytes(tmp_path, first, second)
    assert list(result.streams().values()) == [message]
