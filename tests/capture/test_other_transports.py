"""HEP, SCTP, and what is SIP on UDP and what is not."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import pytest

from sipdiag.capture.payload import Endpoint, RtpIdentity
from tests.capture.build import (
    A6,
    B6,
    START_NS,
    A,
    B,
    eth,
    frame,
    ipv4,
    pcap,
    read_bytes,
    rtp,
    sip,
    tcp_frame,
)


def hep3(data: bytes, *, version: int = 4, correlation: bytes = b"") -> bytes:
    family, name = (2, socket.AF_INET) if version == 4 else (10, socket.AF_INET6)
    ends = ("203.0.113.1", "203.0.113.2") if version == 4 else (A6, B6)
    places = (3, 4) if version == 4 else (5, 6)
    chunks = [(1, bytes((family,))), (2, b"\x06")]
    chunks += [(place, socket.inet_pton(name, end)) for place, end in zip(places, ends, strict=True)]
    chunks += [
        (7, struct.pack(">H", 5070)),
        (8, struct.pack(">H", 5071)),
        (9, struct.pack(">I", 1_700_000_000)),
    ]
    chunks += [(10, struct.pack(">I", 250_000)), (11, b"\x01"), (17, correlation), (15, data)]
    body = b"".join(struct.pack(">HHH", 0, kind, 6 + len(value)) + value for kind, value in chunks if value)
    return b"HEP3" + struct.pack(">H", 6 + len(body)) + body


@pytest.mark.parametrize("version", [4, 6])
def test_hep_3(tmp_path: Path, version: int) -> None:
    data = hep3(sip(), version=version, correlation=b"abc@x")
    result = read_bytes(tmp_path, pcap([frame(data, 30000, 9060)]))
    (payload,) = result.payloads
    assert (payload.data, payload.transport, payload.correlation) == (sip(), "TCP", "abc@x")
    assert payload.src == (("203.0.113.1" if version == 4 else A6), 5070)
    assert payload.time_ns == START_NS + 250_000_000
    assert result.accounting.sip == 1


@pytest.mark.parametrize("first", [1, 2])
def test_hep_1_and_2(tmp_path: Path, first: int) -> None:
    head = struct.pack(">BBBBHH", first, 16, 2, 17, 5070, 5071) + socket.inet_aton(B) + socket.inet_aton(A)
    if first == 2:
        head += struct.pack("<IIHH", 1_700_000_000, 5, 1, 0)
    (payload,) = read_bytes(tmp_path, pcap([frame(head + sip(), 30000, 9060)])).payloads
    assert (payload.data, payload.src, payload.dst) == (sip(), (B, 5070), (A, 5071))
    assert payload.time_ns == START_NS + (5000 if first == 2 else 0)


def test_hep_over_tcp(tmp_path: Path) -> None:
    stream = hep3(sip("INVITE")) + hep3(b"no sip") + hep3(sip("BYE"))
    packets = [tcp_frame(stream[at : at + 100], 1 + at, port=9061) for at in range(0, len(stream), 100)]
    result = read_bytes(tmp_path, pcap(packets))
    assert result.data == [sip("INVITE"), sip("BYE")]
    assert result.payloads[0].position.numbers[-1] == -(-len(hep3(sip("INVITE"))) // 100)


@pytest.mark.parametrize("size", range(0, 110, 7))
def test_hep_cut_anywhere_is_survived(tmp_path: Path, size: int) -> None:
    assert read_bytes(tmp_path, pcap([frame(hep3(sip())[:size], 30000, 9060)])).accounting.seen == 1


def sctp(*chunks: bytes) -> bytes:
    return eth(ipv4(struct.pack(">HHII", 5060, 5060, 7, 0) + b"".join(chunks), 132))


def data_chunk(data: bytes, tsn: int, flags: int = 3) -> bytes:
    size = 16 + len(data)
    return struct.pack(">BBHIHHI", 0, flags, size, tsn & 0xFFFFFFFF, 0, 0, 0) + data + bytes(-size % 4)


def test_sctp_chunks(tmp_path: Path) -> None:
    sack = struct.pack(">BBH", 3, 0, 16) + bytes(12)
    packets = [sctp(sack, data_chunk(sip("INVITE"), 1), data_chunk(sip("ACK"), 2)), sctp(sack)]
    result = read_bytes(tmp_path, pcap(packets))
    assert result.data == [sip("INVITE"), sip("ACK")]
    assert {payload.transport for payload in result.payloads} == {"SCTP"}
    assert (result.accounting.sip, result.accounting.other) == (1, 1)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_sctp_fragments_in_any_order_over_the_wrap(tmp_path: Path, order: tuple[int, ...]) -> None:
    message = sip("INVITE", body=bytes(300))
    parts = [(message[:100], 2), (message[100:200], 0), (message[200:], 1)]
    packets = [sctp(data_chunk(parts[n][0], 0xFFFFFFFF + n, parts[n][1])) for n in order]
    (payload,) = read_bytes(tmp_path, pcap(packets)).payloads
    assert (payload.data, payload.position.numbers) == (message, (1, 2, 3))


def test_sip_on_any_port_and_behind_keep_alives(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, pcap([frame(sip(), 7, 53), frame(b"\r\n\r\n" + sip(), 1, 2)]))
    assert result.data == [sip(), b"\r\n\r\n" + sip()]


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"",
        b"\x00\x00\x00\x00",
        b"NOTIFY * HTTP/1.1\r\nHost: 239.255.255.250\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"OPTIONS rtsp://x RTSP/1.0\r\n\r\n",
        b"\x00\x01\x00\x08\x21\x12\xa4\x42" + bytes(20),
    ],
)
def test_what_is_no_sip(tmp_path: Path, data: bytes) -> None:
    result = read_bytes(tmp_path, pcap([frame(data)]))
    assert not result.payloads
    assert (result.accounting.other, result.accounting.rtp) == (1, 0)


def test_rtp_is_counted_by_stream(tmp_path: Path) -> None:
    control = struct.pack(">BBHI", 0x80, 200, 6, 7) + bytes(20)
    dns = b"\x80\x08" + bytes(30)
    packets = [frame(rtp(5), 10000, 20000), frame(rtp(6, 9, 101), 20000, 10000, B, A)]
    packets += [frame(control, 10001, 20001), frame(dns, 10000, 53), frame(rtp(7), 10000, 20000)]
    result = read_bytes(tmp_path, pcap(packets))
    (found,) = [batch.rtp for batch in result.batches if batch.rtp]
    there, back = Endpoint(A, 10000), Endpoint(B, 20000)
    assert list(found.identities) == [
        RtpIdentity((0, 0), there, back, 7, 8, dscp=0),
        RtpIdentity((0, 0), back, there, 9, 101, dscp=0),
    ]
    assert found.identity.tolist() == [0, 1, 0]
    assert found.time_ns.tolist() == [START_NS, START_NS + 10_000_000, START_NS + 40_000_000]
    assert found.frame.tolist() == [1, 2, 5]
    assert found.seq.tolist() == [5, 6, 7]
    (packet,) = [one for batch in result.batches for one in batch.rtcp]
    assert (packet.frame, packet.data) == (3, control)
    assert (result.accounting.rtp, result.accounting.other) == (4, 1)
