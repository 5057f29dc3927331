"""TCP: order, holes, reuse, recognition; WebSocket, HEP and TLS on top of it."""

from __future__ import annotations

import itertools
import struct
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipdiag.capture import streams
from sipdiag.capture.payload import Endpoint, Note
from sipdiag.capture.segment import Segment
from sipdiag.capture.streams import FAR, Streams
from tests.capture.build import (
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
)

MESSAGE = sip("INVITE", body=b"v=0\r\n" * 100)
ISN = 0xFFFFFF00


def parts(data: bytes, size: int) -> list[tuple[int, bytes]]:
    return [(at, data[at : at + size]) for at in range(0, len(data), size)]


def only_stream(result: Result) -> bytes:
    (data,) = result.streams().values()
    return data


def test_sequence_numbers_wrap_around(tmp_path: Path) -> None:
    packets = [tcp_frame(b"", ISN, flags=2)]
    packets += [tcp_frame(data, ISN + 1 + at) for at, data in parts(MESSAGE, 100)]
    result = read_bytes(tmp_path, pcap(packets))
    assert only_stream(result) == MESSAGE
    assert [payload.position.numbers for payload in result.payloads] == [
        (n + 2,) for n in range(len(packets) - 1)
    ]
    assert (result.accounting.sip, result.accounting.other) == (len(packets) - 1, 1)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_out_of_order(tmp_path: Path, order: tuple[int, ...]) -> None:
    pieces = parts(MESSAGE, 250)[:3]
    packets = [tcp_frame(b"", ISN, flags=2)]
    packets += [tcp_frame(pieces[n][1], ISN + 1 + pieces[n][0]) for n in order]
    assert only_stream(read_bytes(tmp_path, pcap(packets))) == MESSAGE[:750]


def test_retransmissions_and_overlaps_give_nothing_twice(tmp_path: Path) -> None:
    spans = [
        (0, 100),
        (0, 100),
        (50, 200),
        (20, 60),
        (200, 300),
        (150, 400),
        (400, len(MESSAGE)),
        (0, len(MESSAGE)),
    ]
    packets = [tcp_frame(MESSAGE[begin:end], 1000 + begin) for begin, end in spans]
    result = read_bytes(tmp_path, pcap(packets))
    assert only_stream(result) == MESSAGE
    assert not result.notes
    assert len(result.payloads) == 5


def test_keep_alive_probes_give_nothing(tmp_path: Path) -> None:
    packets = [
        tcp_frame(MESSAGE, 1000),
        tcp_frame(b"\x00", 999 + len(MESSAGE)),
        tcp_frame(sip("BYE"), 1000 + len(MESSAGE)),
    ]
    assert only_stream(read_bytes(tmp_path, pcap(packets))) == MESSAGE + sip("BYE")


def test_a_hole_is_waited_for_and_then_told(tmp_path: Path) -> None:
    packets = timed([tcp_frame(sip("INVITE"), 1000)])
    behind = 1000 + len(sip("INVITE")) + 77
    packets += timed([tcp_frame(sip("BYE"), behind)], start_ns=START_NS + SECOND)
    packets += timed([tcp_frame(sip("ACK"), behind + len(sip("BYE")))], start_ns=START_NS + 10 * SECOND)
    result = read_bytes(tmp_path, pcap(packets))
    assert [(payload.data.split()[0], payload.lost_before) for payload in result.payloads] == [
        (b"INVITE", 0),
        (b"BYE", 77),
        (b"ACK", 0),
    ]
    (note,) = result.notes
    assert (note.code, note.frame) == ("tcp-gap", 2)
    assert "77 bytes" in note.text


def test_a_hole_at_the_end_is_told_too(tmp_path: Path) -> None:
    packets = [tcp_frame(sip("INVITE"), 1000), tcp_frame(sip("BYE"), 2000)]
    result = read_bytes(tmp_path, pcap(packets))
    assert [payload.lost_before for payload in result.payloads] == [0, 1000 - len(sip("INVITE"))]


def test_a_segment_cut_by_the_snap_length(tmp_path: Path) -> None:
    whole = tcp_frame(MESSAGE, 1000)
    packets = [
        Packet(whole[:200], START_NS, wire=len(whole)),
        Packet(tcp_frame(sip("BYE"), 1000 + len(MESSAGE)), START_NS),
    ]
    first, second = read_bytes(tmp_path, pcap(packets)).payloads
    assert first.cut == second.lost_before == len(whole) - 200
    assert second.data == sip("BYE")


def test_both_directions_are_streams_of_their_own(tmp_path: Path) -> None:
    reply = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"
    packets = [tcp_frame(MESSAGE, 1), tcp_frame(reply, 1, reverse=True)]
    result = read_bytes(tmp_path, pcap(packets))
    assert sorted(result.streams().values()) == [MESSAGE, reply]
    assert result.payloads[1].src == (B, 5060)


@pytest.mark.parametrize("first", [5_000_000, 900])
def test_ports_are_reused_after_a_syn(tmp_path: Path, first: int) -> None:
    packets = [tcp_frame(b"", 999, flags=2), tcp_frame(MESSAGE, 1000)]
    packets += [tcp_frame(b"", first - 1, flags=2), tcp_frame(sip("BYE"), first)]
    assert list(read_bytes(tmp_path, pcap(packets)).streams().values()) == [MESSAGE, sip("BYE")]


def test_ports_are_reused_without_a_syn(tmp_path: Path) -> None:
    packets = [tcp_frame(MESSAGE, 1 << 30), tcp_frame(sip("BYE"), (1 << 30) - 2 * FAR)]
    result = read_bytes(tmp_path, pcap(packets))
    assert list(result.streams().values()) == [MESSAGE, sip("BYE")]
    assert not result.notes


def test_a_repeated_syn_changes_nothing(tmp_path: Path) -> None:
    packets = [tcp_frame(MESSAGE[:100], 1000), tcp_frame(b"", 999, flags=2), tcp_frame(MESSAGE[100:], 1100)]
    assert only_stream(read_bytes(tmp_path, pcap(packets))) == MESSAGE


@pytest.mark.parametrize("port", [80, 33333])
def test_sip_on_any_port_from_its_first_start_line_on(tmp_path: Path, port: int) -> None:
    packets = [tcp_frame(data, 1 + at, port=port) for at, data in parts(MESSAGE, 100)]
    assert only_stream(read_bytes(tmp_path, pcap(packets))) == MESSAGE


def test_a_start_line_cut_over_segments_on_a_sip_port(tmp_path: Path) -> None:
    packets = [tcp_frame(data, 1 + at) for at, data in parts(MESSAGE, 9)]
    result = read_bytes(tmp_path, pcap(packets))
    assert only_stream(result) == MESSAGE
    assert result.accounting.sip == len(packets)


def test_keep_alives_before_the_first_message(tmp_path: Path) -> None:
    packets = [tcp_frame(b"\r\n\r\n", 1), tcp_frame(MESSAGE, 5)]
    assert only_stream(read_bytes(tmp_path, pcap(packets))).endswith(MESSAGE)


@pytest.mark.parametrize("port", [80, 5060])
def test_other_connections_yield_nothing(tmp_path: Path, port: int) -> None:
    request = b"GET /SIP/2.0 HTTP/1.1\r\nHost: example.com\r\n\r\n"
    answer = b"SIP/2.0 200 OK\r\nHTTP/1.1 200 OK\r\n\r\n" + bytes(100_000)[:1000]
    packets = [tcp_frame(request, 1, port=port)]
    if port == 80:
        packets.append(tcp_frame(answer, 1, reverse=True, port=80))
    result = read_bytes(
        tmp_path, pcap(packets + [tcp_frame(bytes(1400), 100 + 1400 * n, port=port) for n in range(100)])
    )
    assert not result.payloads
    assert result.accounting.sip == 0


def test_ipv6(tmp_path: Path) -> None:
    packets = [eth(ipv6(tcp(data, 1 + at), 6), 0x86DD) for at, data in parts(MESSAGE, 300)]
    assert only_stream(read_bytes(tmp_path, pcap(packets))) == MESSAGE


# WebSocket


def ws(data: bytes, *, mask: bytes = b"", opcode: int = 1, final: bool = True) -> bytes:
    size = len(data)
    head = bytes(((0x80 if final else 0) | opcode,))
    bit = 0x80 if mask else 0
    head += bytes((bit | size,)) if size < 126 else bytes((bit | 126,)) + struct.pack(">H", size)
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)) if mask else data
    return head + mask + masked


UPGRADE = b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: xmpp, sip\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: sip\r\n\r\n"


@pytest.mark.parametrize("size", [120, 200, 5000])
def test_websocket_after_the_handshake(tmp_path: Path, size: int) -> None:
    mask = b"\x11\x22\x33\x44"
    up = (
        UPGRADE
        + ws(MESSAGE, mask=mask)
        + ws(b"\r\n", mask=mask)
        + ws(b"", opcode=9)
        + ws(sip("BYE"), mask=mask)
    )
    down = SWITCHED + ws(sip("NOTIFY")[:20], opcode=2, final=False) + ws(sip("NOTIFY")[20:], opcode=0)
    packets = [tcp_frame(data, 1 + at, port=8080) for at, data in parts(up, size)]
    packets += [tcp_frame(data, 1 + at, port=8080, reverse=True) for at, data in parts(down, size)]
    result = read_bytes(tmp_path, pcap(packets))
    assert sorted(result.data) == sorted([MESSAGE, sip("BYE"), sip("NOTIFY")])
    assert {payload.transport for payload in result.payloads} == {"WS"}
    assert all(payload.stream is None for payload in result.payloads)


def test_websocket_from_the_middle(tmp_path: Path) -> None:
    packets = [
        tcp_frame(ws(MESSAGE, mask=b"abcd"), 1, port=8080),
        tcp_frame(ws(sip("BYE")), 1, port=8080, reverse=True),
    ]
    result = read_bytes(tmp_path, pcap(packets))
    assert result.data == [MESSAGE, sip("BYE")]


def test_websocket_behind_a_hole(tmp_path: Path) -> None:
    packets = [tcp_frame(ws(MESSAGE)[:100], 1, port=8080), tcp_frame(ws(sip("BYE")), 5000, port=8080)]
    result = read_bytes(tmp_path, pcap(packets))
    assert result.data == [MESSAGE[:96], sip("BYE")]
    assert result.accounting.losses.count == 1


# TLS


def hello(extensions: bytes) -> bytes:
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00"
    body += struct.pack(">H", len(extensions)) + extensions
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack(">H", len(handshake)) + handshake


def extension(kind: int, value: bytes) -> bytes:
    return struct.pack(">HH", kind, len(value)) + value


SNI = extension(0, struct.pack(">HBH", 18, 0, 15) + b"sip.example.com")
ALPN = extension(16, b"\x00\x06\x05sip/2")


@pytest.mark.parametrize(
    ("data", "port", "why"),
    [
        (b"\x17\x03\x03\x00\x20" + bytes(32), 5061, "port 5061"),
        (hello(SNI), 443, "server name sip.example.com"),
        (hello(ALPN), 4443, "ALPN sip"),
    ],
)
def test_sip_over_tls_is_told(tmp_path: Path, data: bytes, port: int, why: str) -> None:
    result = read_bytes(tmp_path, pcap([tcp_frame(data, 1, port=port)] * 2))
    assert result.accounting.encrypted == {((A, 40000), (B, port)): why}
    assert not result.payloads


def test_other_tls_is_not(tmp_path: Path) -> None:
    packets = [
        tcp_frame(hello(b""), 1, port=443),
        tcp_frame(b"\x17\x03\x03\x00\x20" + bytes(32), 500, port=443),
    ]
    packets += [tcp_frame(hello(SNI)[:size], 1, port=444) for size in range(1, 60)]
    assert not read_bytes(tmp_path, pcap(packets)).accounting.encrypted


# The ordering alone


def segment(sequence: int, data: bytes, time_ns: int = 0, flags: int = 16) -> Segment:
    return Segment(Endpoint(A, 1), Endpoint(B, 2), sequence & 0xFFFFFFFF, flags, data, 0, time_ns, 0, (1,), 0)


@settings(max_examples=200, deadline=None)
@given(
    data=st.binary(min_size=1, max_size=400),
    first=st.integers(0, (1 << 32) - 1),
    cuts=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 80)), max_size=12),
    seed=st.randoms(use_true_random=False),
)
def test_any_order_and_overlap_gives_the_bytes_once(
    data: bytes, first: int, cuts: list[tuple[int, int]], seed: Random
) -> None:
    spans = [(at, at + 40) for at in range(0, len(data), 40)] + [
        (at, at + size) for at, size in cuts if at < len(data)
    ]
    seed.shuffle(spans)
    table, notes = Streams(itertools.count()), list[Note]()
    table.add(segment(first - 1, b"", flags=2), notes)
    pieces = [
        piece for begin, end in spans for piece in table.add(segment(first + begin, data[begin:end]), notes)
    ]
    assert b"".join(piece.data for piece in pieces) == data
    assert not any(piece.lost_before for piece in pieces)
    assert not table.finish(notes)


def test_what_is_held_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_HELD", 1000)
    table, notes = Streams(itertools.count()), list[Note]()
    table.add(segment(0, b"x"), notes)
    pieces = [piece for n in range(20) for piece in table.add(segment(10 + 100 * n, bytes(100)), notes)]
    assert sum(len(piece.data) for piece in pieces) == 2000
    assert [piece.lost_before for piece in pieces if piece.lost_before] == [9]


def test_the_number_of_streams_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_CONNECTIONS", 5)
    table, notes = Streams(itertools.count()), list[Note]()
    for port in range(100):
        held = Segment(Endpoint(A, port), Endpoint(B, 2), 5, 16, b"abc", 0, 0, 0, (1,), 0)
        table.add(held, notes)
    assert len(table._directions) == 10


def test_tcp_within_fragments(tmp_path: Path) -> None:
    whole = tcp(MESSAGE, 1)
    packets = [eth(ipv4(whole[:400], 6, frag=0x2000)), eth(ipv4(whole[400:], 6, frag=50))]
    result = read_bytes(tmp_path, pcap(packets))
    assert only_stream(result) == MESSAGE
    assert result.payloads[0].position.numbers == (1, 2)
    assert result.accounting.sip == 2
