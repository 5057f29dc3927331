"""What the network says of SIP that did not get through."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from sipdiag.capture import unreachable
from sipdiag.capture.payload import Unreachable
from sipdiag.messages.read import read_messages
from tests.capture.build import (
    A6,
    B6,
    SECOND,
    START_NS,
    A,
    B,
    Packet,
    Result,
    eth,
    ipv4,
    ipv6,
    pcap,
    read_bytes,
    sip,
    tcp,
    tcp_frame,
    timed,
    udp,
)

ROUTER = "198.51.100.9"


def error(quoted: bytes, kind: int = 3, code: int = 3) -> bytes:
    return eth(ipv4(bytes((kind, code)) + bytes(6) + quoted, 1, src=ROUTER, dst=A))


def error_6(quoted: bytes, kind: int = 1, code: int = 4) -> bytes:
    return eth(ipv6(bytes((kind, code)) + bytes(6) + quoted, 58, src=B6, dst=A6), 0x86DD)


def reports(result: Result) -> list[Unreachable]:
    return result.accounting.unreachable


@pytest.mark.parametrize(
    ("kind", "code", "what"),
    [
        (3, 0, "network unreachable"),
        (3, 1, "host unreachable"),
        (3, 3, "port unreachable"),
        (3, 10, "administratively prohibited"),
        (3, 13, "administratively prohibited"),
        (3, 99, "unreachable"),
        (11, 0, "time exceeded"),
        (11, 1, "fragment reassembly time exceeded"),
    ],
)
def test_icmp_error_about_sip(tmp_path: Path, kind: int, code: int, what: str) -> None:
    result = read_bytes(tmp_path, pcap([error(ipv4(udp(sip(call_id="abc"), 5070, 5060)), kind, code)]))
    (report,) = reports(result)
    assert report == Unreachable(
        kind="icmp",
        what=what,
        reporter=ROUTER,
        src=report.src,
        dst=report.dst,
        transport="UDP",
        time_ns=START_NS,
        file=0,
        frame=1,
        call_id="abc",
    )
    assert (report.src, report.dst) == ((A, 5070), (B, 5060))
    assert not result.payloads
    assert result.accounting.undecoded == {"ICMP": 1}


def test_icmpv6(tmp_path: Path) -> None:
    (report,) = reports(read_bytes(tmp_path, pcap([error_6(ipv6(udp(sip(call_id="x"))))])))
    assert (report.what, report.reporter, report.src, report.call_id) == (
        "port unreachable",
        B6,
        (A6, 5060),
        "x",
    )


def test_sip_on_any_port_is_recognised_by_its_start_line(tmp_path: Path) -> None:
    packets = [error(ipv4(udp(sip(), 20001, 20002))), error(ipv4(udp(bytes(300), 20001, 20002)))]
    (report,) = reports(read_bytes(tmp_path, pcap(packets)))
    assert report.frame == 1


def test_a_quotation_of_eight_bytes_names_the_ports(tmp_path: Path) -> None:
    (report,) = reports(read_bytes(tmp_path, pcap([error(ipv4(udp(sip()))[:28])])))
    assert (report.dst, report.call_id) == ((B, 5060), None)
    (report,) = reports(read_bytes(tmp_path, pcap([error(ipv4(tcp(b"", 1), 6))])))
    assert (report.transport, report.dst) == ("TCP", (B, 5060))


@pytest.mark.parametrize("size", range(60))
def test_a_cut_error_says_what_it_can_or_nothing(tmp_path: Path, size: int) -> None:
    whole = error(ipv4(udp(sip())))
    result = read_bytes(tmp_path, pcap([Packet(whole[: 34 + size], START_NS, wire=len(whole))]))
    assert len(reports(result)) == (1 if size >= 32 else 0)


@pytest.mark.parametrize("kind", [0, 5, 8])
def test_other_icmp_is_no_report(tmp_path: Path, kind: int) -> None:
    assert not reports(read_bytes(tmp_path, pcap([error(ipv4(udp(sip())), kind)])))


def syn(seq: int = 1, *, port: int = 5060) -> bytes:
    return tcp_frame(b"", seq, flags=2, port=port)


SYN_ACK = tcp_frame(b"", 1, flags=0x12, reverse=True)
REFUSAL = tcp_frame(b"", 0, flags=0x14, reverse=True)


def test_a_connection_nobody_answers(tmp_path: Path) -> None:
    packets = timed([syn(), syn(), syn()], step_ns=SECOND)
    (report,) = reports(read_bytes(tmp_path, pcap(packets)))
    assert (report.kind, report.what, report.tries) == ("syn-unanswered", "no answer to SYN", 3)
    assert (report.src, report.dst, report.time_ns, report.frame) == ((A, 40000), (B, 5060), START_NS, 1)


def test_a_connection_that_is_refused(tmp_path: Path) -> None:
    (report,) = reports(read_bytes(tmp_path, pcap([syn(), syn(), REFUSAL])))
    assert (report.kind, report.what, report.reporter) == ("reset", "connection refused", B)
    assert (report.src, report.dst, report.frame, report.tries) == ((A, 40000), (B, 5060), 3, 2)


def test_a_connection_that_is_reset(tmp_path: Path) -> None:
    packets = [syn(), SYN_ACK, tcp_frame(sip(), 2), tcp_frame(b"", 2, flags=0x14, reverse=True)]
    (report,) = reports(read_bytes(tmp_path, pcap(packets)))
    assert (report.kind, report.what, report.src) == ("reset", "connection reset", (B, 5060))


@pytest.mark.parametrize(
    "packets",
    [
        [syn(), SYN_ACK],
        [syn(), tcp_frame(b"", 2, flags=0x10)],
        [syn(), SYN_ACK, tcp_frame(b"", 2, flags=0x11), tcp_frame(b"", 3, flags=0x14, reverse=True)],
        [REFUSAL],
        [syn(port=80), syn(port=80)],
    ],
    ids=["answered", "answer not captured", "reset after its end", "start not captured", "another port"],
)
def test_connections_there_is_nothing_to_say_of(tmp_path: Path, packets: list[bytes]) -> None:
    assert not reports(read_bytes(tmp_path, pcap(packets)))


@pytest.mark.parametrize(
    ("level", "alert", "what"),
    [(2, 48, "TLS alert: unknown CA"), (2, 40, "TLS alert: handshake failure"), (1, 0, None)],
)
def test_tls_alerts(tmp_path: Path, level: int, alert: int, what: str | None) -> None:
    record = b"\x15\x03\x03" + struct.pack(">HBB", 2, level, alert)
    found = reports(read_bytes(tmp_path, pcap([tcp_frame(record, 1, port=5061)])))
    assert [(report.kind, report.what, report.src) for report in found] == (
        [("tls-alert", what, (A, 40000))] if what else []
    )


def test_reports_are_bounded_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unreachable, "MOST_KEPT", 2)
    result = read_bytes(tmp_path, pcap([error(ipv4(udp(sip())))] * 5))
    assert len(result.accounting.unreachable) == 2
    assert [note.text for note in result.notes if note.code == "bound"] == [
        "The first 2 reports of peers that cannot be reached are used; 3 more are not."
    ]


def test_as_many_reports_as_are_kept_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unreachable, "MOST_KEPT", 5)
    result = read_bytes(tmp_path, pcap([error(ipv4(udp(sip())))] * 5))
    assert (len(result.accounting.unreachable), result.notes) == (5, [])


def test_connections_remembered_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unreachable, "MOST_OPENING", 3)
    packets = [eth(ipv4(tcp(b"", 1, 40000 + number, 5060, 2), 6)) for number in range(10)]
    assert len(reports(read_bytes(tmp_path, pcap(packets)))) == 3


def test_a_reading_has_them(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([error(ipv4(udp(sip())))]))
    assert len(read_messages([str(path)]).accounting.unreachable) == 1
