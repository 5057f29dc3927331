"""A call captured at two points: recognised, counted once, both points named."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipdiag.messages.read import read_messages
from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import analyze
from sipdiag.report import json as json_report
from tests.capture.build import (
    SECOND,
    START_NS,
    Packet,
    enhanced,
    frame,
    interface,
    pcap,
    section,
    tcp_frame,
)
from tests.capture.test_unreachable import error

SAMPLE = Path(__file__).parents[2] / "sample_pcaps" / "transfer" / "refer-completed.pcap"


def records(path: Path) -> Iterator[tuple[int, bytes]]:
    """Nanoseconds and bytes of each packet of a little-endian pcap file."""
    content = path.read_bytes()
    (magic,) = struct.unpack_from("<I", content)
    unit = 1 if magic == 0xA1B23C4D else 1000
    position = 24
    while position < len(content):
        seconds, part, size = struct.unpack_from("<III", content, position)
        yield seconds * SECOND + part * unit, content[position + 16 : position + 16 + size]
        position += 16 + size


CALL = list(records(SAMPLE))


def shifted(by_ns: int, *, jitter_ns: int = 0) -> bytes:
    packets = [
        Packet(data, time_ns + by_ns + number % 7 * jitter_ns) for number, (time_ns, data) in enumerate(CALL)
    ]
    return pcap(packets, nano=True)


def write(folder: Path, **contents: bytes) -> list[str]:
    paths = []
    for name, content in contents.items():
        path = folder / f"{name}.pcap"
        path.write_bytes(content)
        paths.append(str(path))
    return paths


def report(analysis: Analysis) -> dict[str, object]:
    capture: dict[str, object] = json.loads(json_report.render(analysis))["capture"]
    return capture


def facts(analysis: Analysis) -> list[tuple[str, list[str], list[tuple[str, int]]]]:
    return [
        (
            result.outcome,
            sorted(finding.rule for finding in result.findings),
            [
                (leg.leg.call_id, sum(one.captured.copy_of is None for one in leg.leg.messages))
                for leg in result.legs
            ],
        )
        for result in analysis.details
    ]


@pytest.mark.parametrize("offset_s", [0.0, 0.02, 3.25, -3.25, 700.0, -7200.0])
def test_the_same_call_in_two_files(tmp_path: Path, offset_s: float) -> None:
    alone, _ = analyze([str(SAMPLE)])
    offset = int(offset_s * SECOND)
    paths = write(tmp_path, carrier=shifted(0), platform=shifted(offset, jitter_ns=300_000))
    both, _ = analyze(paths)
    assert facts(both) == facts(alone)
    points = report(both)["points"]
    assert isinstance(points, list)
    first, second = points
    assert {first["name"], second["name"]} == {"carrier.pcap", "platform.pcap"}
    assert first["sip_messages"] == second["sip_messages"] == alone.sip_messages
    assert first["copies"] + second["copies"] == alone.sip_messages
    if abs(offset_s) > 1:
        assert abs(second["clock_s"]) == pytest.approx(abs(offset_s), abs=0.01)
    (note,) = (note for note in both.notes if note.code == "capture-points")
    assert "carrier.pcap" in note.text
    assert "platform.pcap" in note.text
    assert "clock" in note.text


def test_the_same_call_at_two_interfaces_of_a_file(tmp_path: Path) -> None:
    content = section() + interface(options=[(2, b"eth0")]) + interface(options=[(2, b"tun0")])
    for time_ns, data in CALL:
        content += enhanced(data, time_ns // 1000, 0) + enhanced(data, time_ns // 1000 + 80, 1)
    path = tmp_path / "both.pcapng"
    path.write_bytes(content)
    alone, _ = analyze([str(SAMPLE)])
    both, _ = analyze([str(path)])
    assert facts(both) == facts(alone)
    points = report(both)["points"]
    assert isinstance(points, list)
    assert [(point["interface"], point["copies"]) for point in points] == [
        ("eth0", 0),
        ("tun0", alone.sip_messages),
    ]
    assert any("interface tun0" in note.text for note in both.notes)


@pytest.mark.parametrize("cut", range(2, len(CALL), 5))
def test_a_ring_of_files_is_one_point(tmp_path: Path, cut: int) -> None:
    packets = [Packet(data, time_ns) for time_ns, data in CALL]
    rings = {
        "ring_00001_20260101": pcap(packets[:cut], nano=True),
        "ring_00002_20260102": pcap(packets[cut:], nano=True),
    }
    alone, _ = analyze([str(SAMPLE)])
    both, _ = analyze(list(reversed(write(tmp_path, **rings))))
    assert facts(both) == facts(alone)
    points = report(both)["points"]
    assert isinstance(points, list)
    (point,) = points
    assert len(point["files"]) == 2
    assert point["copies"] == 0
    assert not [note for note in both.notes if note.code == "capture-points"]


def test_retransmissions_in_the_next_file_of_a_ring_stay_retransmissions(tmp_path: Path) -> None:
    def options(number: int) -> bytes:
        return frame(
            b"OPTIONS sip:b@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%d\r\nFrom: <sip:a@x>;tag=1\r\n"
            b"To: <sip:b@x>\r\nCall-ID: %d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n" % (number, number)
        )

    first = [Packet(options(number), START_NS) for number in range(5)]
    again = [Packet(options(number), START_NS + SECOND // 2) for number in range(5)]
    reading = read_messages(write(tmp_path, a_1=pcap(first), a_2=pcap(again)))
    assert [captured.copy_of for captured in reading.messages] == [None] * 10
    assert [point.files for point in reading.points] == [(0, 1)]


def test_two_traces_that_share_nothing_are_two_points_with_their_own_clocks(tmp_path: Path) -> None:
    other = SAMPLE.with_name("refer-missing.pcap").read_bytes()
    both, _ = analyze(write(tmp_path, a=shifted(0), b=other))
    points = report(both)["points"]
    assert isinstance(points, list)
    assert [point["copies"] for point in points] == [0] * len(points)
    assert [point["clock_s"] for point in points] == [0.0, *[None] * (len(points) - 1)]
    (note,) = (note for note in both.notes if note.code == "capture-clock-unknown")
    assert "unknown" in note.text


def test_an_empty_capture_has_no_point(tmp_path: Path) -> None:
    both, _ = analyze(write(tmp_path, a=pcap([])))
    assert report(both)["points"] == []


def test_reports_of_the_network_have_the_time_of_the_first_point(tmp_path: Path) -> None:
    ahead = 700 * SECOND
    content = bytearray(shifted(ahead))
    last_ns, data = CALL[-1]
    content += pcap([Packet(error(data[14:]), last_ns + ahead + SECOND)], nano=True)[24:]
    reading = read_messages(write(tmp_path, a=shifted(0), b=bytes(content)))
    (report,) = reading.accounting.unreachable
    apart = report.time_ns - reading.messages[-1].time_ns
    assert abs(apart - SECOND) < SECOND // 10


def test_a_file_of_a_ring_without_messages_has_the_clock_of_its_ring(tmp_path: Path) -> None:
    ahead, cut = 700 * SECOND, len(CALL) // 2
    packets = [Packet(data, time_ns + ahead) for time_ns, data in CALL]
    quoted = error(CALL[0][1][14:])
    middle_ns = CALL[cut - 1][0]
    ring = {
        "b_1": pcap(packets[:cut], nano=True),
        "b_2": pcap([Packet(quoted, middle_ns + ahead + 1)], nano=True),
        "b_3": pcap(packets[cut:], nano=True),
    }
    paths = write(tmp_path, a=shifted(0), **ring)
    reading = read_messages(paths)
    assert [point.files for point in reading.points] == [(0,), (1, 2, 3)]
    (report,) = reading.accounting.unreachable
    assert abs(report.time_ns - middle_ns) < SECOND // 10
    analysis, _ = analyze(paths)
    assert [group.files for group in analysis.related] == [(0, 1, 2, 3)]


@pytest.mark.parametrize("order", [1, -1])
def test_a_connection_that_nobody_can_read_tells_the_clock(tmp_path: Path, order: int) -> None:
    """Neither point has a message of the other's: what both saw is TLS."""

    def call(number: int, ahead: int) -> list[Packet]:
        one = {b"@": b"%d@" % number, b"z9hG4bK": b"z9hG4bK%d" % number}
        packets = []
        for time_ns, data in CALL:
            text = data[42:]
            for old, new in one.items():
                text = text.replace(old, new)
            packets.append(
                Packet(frame(text, src=f"192.0.2.{number}", dst=f"192.0.2.{number + 1}"), time_ns + ahead)
            )
        return packets

    def tls(late: int) -> list[Packet]:
        """Ten milliseconds each way, there and back in turns; ``late`` and before the other."""
        packets, begin = [], CALL[0][0]
        for number in range(20):
            back = bool(number % 2)
            time_ns = begin + number * SECOND // 10 + (late if not back else -late)
            data = b"\x17\x03\x03\x00\x20" + bytes([number]) * 32
            packets.append(Packet(tcp_frame(data, 1 + 37 * (number // 2), reverse=back, port=5061), time_ns))
        return packets

    ahead = 40 * SECOND
    far = [Packet(one.data, one.time_ns + ahead) for one in tls(10_000_000)]
    captures = {
        "a": sorted([*call(1, 0), *tls(0)], key=lambda one: one.time_ns),
        "b": sorted([*call(11, ahead), *far], key=lambda one: one.time_ns),
    }
    paths = write(tmp_path, **{name: pcap(some, nano=True) for name, some in captures.items()})
    reading = read_messages(paths[::order])
    (point,) = (point for point in reading.points if point.beside is not None)
    assert point.clock is not None
    assert point.clock.error_ns is not None
    assert abs(abs(point.clock.ahead_ns) - ahead) <= point.clock.error_ns <= 11_000_000
    assert point.matched == 20
    analysis, _ = analyze(paths)
    assert len(analysis.related) == 1
