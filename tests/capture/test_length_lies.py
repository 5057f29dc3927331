"""A length that lies costs what it covers, never the rest, whatever the layer."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sipdiag.capture.websocket import WebSocket
from sipdiag.messages.intake import Intake, messages
from tests.capture.build import (
    Result,
    enhanced,
    eth,
    frame,
    interface,
    ipv4,
    pcap,
    read_bytes,
    section,
    sip,
    tcp_frame,
    udp,
)
from tests.capture.test_other_transports import data_chunk, hep3
from tests.capture.test_other_transports import sctp as sctp_packet
from tests.capture.test_streams import UPGRADE, ws

COUNT = 7
MESSAGES = [sip("INVITE", str(number), body=b"x" * (40 * number)) for number in range(COUNT)]
LIES = (0, 1, 5, 13, 100, 1500, 5000, 70_000, 250_000, 15_000_000, 0x7FFFFFFF, 0xFFFFFFFF)


def call_ids(result: Result) -> list[str]:
    """Of all messages that can be told, in order."""
    return [
        line.split(b" ")[1].decode()
        for payload in result.payloads
        for line in payload.data.split(b"\r\n")
        if line.startswith(b"Call-ID: ") and line != b"Call-ID: "
    ]


def places(data: bytes) -> list[int]:
    """Where each message lies in a file."""
    return [data.index(message) for message in MESSAGES]


TICKS = 1_700_000_000_000_000
PCAP = pcap([frame(message) for message in MESSAGES])
PCAPNG = (
    section()
    + interface()
    + b"".join(enhanced(frame(message), TICKS + 10_000 * number) for number, message in enumerate(MESSAGES))
)
HEADERS = 14 + 20 + 8
"""Ethernet, IPv4, UDP."""


def liar(data: bytes, at: int, lie: int) -> bytes:
    return data[:at] + struct.pack("<I", lie & 0xFFFFFFFF) + data[at + 4 :]


def lost(result: Result) -> set[int]:
    return set(range(COUNT)) - set(map(int, call_ids(result)))


def covered(data: bytes, liar_at: int, end: int) -> set[int]:
    """The messages that a lie from ``liar_at`` to ``end`` claims bytes of."""
    return {
        number
        for number, at in enumerate(places(data))
        if at < end and at + len(MESSAGES[number]) + HEADERS + 40 > liar_at
    }


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("number", [0, 3, COUNT - 1])
def test_record_of_a_pcap(tmp_path: Path, number: int, lie: int) -> None:
    header = places(PCAP)[number] - HEADERS - 16
    result = read_bytes(tmp_path, liar(PCAP, header + 8, lie))
    # Beyond what a record may have, or what the file has, nothing but the record itself is given up.
    end = header + 16 + lie
    whole = lie <= 256 * 1024 and end <= len(PCAP)
    assert lost(result) <= (covered(PCAP, header, end) | {number} if whole else {number})


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("number", [0, 3, COUNT - 1])
def test_block_of_a_pcapng(tmp_path: Path, number: int, lie: int) -> None:
    header = places(PCAPNG)[number] - HEADERS - 28
    assert lost(read_bytes(tmp_path, liar(PCAPNG, header + 4, lie))) <= {number}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("at", [0, 28], ids=["section", "interface"])
def test_description_in_a_pcapng(tmp_path: Path, at: int, lie: int) -> None:
    result = read_bytes(tmp_path, liar(PCAPNG, at + 4, lie))
    if at == 0:
        assert not lost(result)
    else:
        # Without its description an interface's packets cannot be decoded; each of them is counted.
        assert len(result.payloads) + sum(result.accounting.undecoded.values()) == COUNT


def test_damage_is_named_and_counted_however_often(tmp_path: Path) -> None:
    record = PCAP[24:]
    result = read_bytes(tmp_path, PCAP + (b"\xff" * 40 + record) * 30)
    assert len(result.payloads) == 31 * COUNT
    assert len(result.notes) == 21
    assert "30 damaged records in all, for which 1200 bytes were skipped" in result.notes[-1].text
    assert result.accounting.losses.count == 30


# -- streams ---------------------------------------------------------------------------------------


def over_tcp(tmp_path: Path, pieces: list[bytes], port: int, size: int | None = None) -> Result:
    """The pieces as segments, or all of them in segments of ``size`` bytes."""
    data = b"".join(pieces)
    if size is not None:
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
    packets, sequence = [], 1
    for piece in pieces:
        packets.append(tcp_frame(piece, sequence, port=port))
        sequence += len(piece)
    return read_bytes(tmp_path, pcap(packets))


def ws_lie(data: bytes, claimed: int, mask: bytes) -> bytes:
    honest = ws(data, mask=mask)
    body = honest[-len(data) - len(mask) :]
    return b"\x81" + bytes((127 | (0x80 if mask else 0),)) + struct.pack(">Q", claimed) + body


@pytest.mark.parametrize("size", [None, 97, 1460])
@pytest.mark.parametrize("mask", [b"", b"\x81\x02\xfe\x03"])
@pytest.mark.parametrize("lie", [10, 100, 200, 1000, 5000, 200_000, 1 << 20, 1 << 62])
@pytest.mark.parametrize("number", [0, 3, COUNT - 1])
def test_frame_of_websocket(tmp_path: Path, number: int, lie: int, mask: bytes, size: int | None) -> None:
    frames = [UPGRADE] + [
        ws_lie(message, lie, mask) if at == number else ws(message, mask=mask)
        for at, message in enumerate(MESSAGES)
    ]
    result = over_tcp(tmp_path, frames, 8080, size)
    assert lost(result) <= {number}
    if lie > len(MESSAGES[number]):
        # Its message is there, too: it ends where the next frame begins.
        assert result.data == MESSAGES


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=8), st.integers(1, 30))
@example([b"\x88"], 1)  # a frame's header among the bytes of another's
@example([b"\x00"], 1)
@example([b"\x81"], 30)
def test_websocket_whatever_the_bytes_and_however_cut(junk: list[bytes], size: int) -> None:
    data = b"".join(piece + ws(message) for piece, message in zip(junk, MESSAGES, strict=False))
    whole, cut = WebSocket(handshake=False), WebSocket(handshake=False)
    expected = whole.receive(data) + whole.finish()
    found = [one for at in range(0, len(data), size) for one in cut.receive(data[at : at + size])]
    assert len(found + cut.finish()) >= 1
    assert {one[:20] for one in expected} >= {b"INVITE sip:b@example"}


@pytest.mark.parametrize("size", [None, 97, 1460])
@pytest.mark.parametrize("lie", [0, 6, 100, 2000, 65535])
@pytest.mark.parametrize("number", [0, 3, COUNT - 1])
def test_packet_of_hep(tmp_path: Path, number: int, lie: int, size: int | None) -> None:
    packets = [hep3(message) for message in MESSAGES]
    packets[number] = packets[number][:4] + struct.pack(">H", lie) + packets[number][6:]
    assert lost(over_tcp(tmp_path, packets, 9060, size)) <= {number}


@pytest.mark.parametrize("size", [None, 97, 1460])
@pytest.mark.parametrize("lie", [1, 39, 300, 60_000, 300_000, 10**17])
@pytest.mark.parametrize("number", [0, 3, COUNT - 1])
def test_content_length(tmp_path: Path, number: int, lie: int, size: int | None) -> None:
    true = 40 * number
    pieces = [
        message.replace(b"Content-Length: %d\r" % true, b"Content-Length: %d\r" % lie)
        if at == number
        else message
        for at, message in enumerate(MESSAGES)
    ]
    result = over_tcp(tmp_path, pieces, 5060, size)
    found = {int(one.message.call_id) for one in messages(result.payloads, Intake())}
    end = sum(map(len, pieces[: number + 1])) - true + lie
    behind = sum(map(len, pieces))
    swallowed: set[int] = set()
    if true < lie and end <= behind:
        starts = [sum(map(len, pieces[:at])) for at in range(COUNT)]
        swallowed = {at for at in range(number + 1, COUNT) if starts[at] < end}
    assert found >= set(range(COUNT)) - swallowed


# -- datagrams -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lie", [0, 7, 8, 60, 5000, 65535])
@pytest.mark.parametrize("layer", ["ip", "udp", "sctp", "hep", "hep chunk"])
def test_datagram(tmp_path: Path, layer: str, lie: int) -> None:
    packet: Callable[[bytes], bytes] = frame
    at = {
        "ip": 14 + 2,
        "udp": 14 + 20 + 4,
        "sctp": 14 + 20 + 12 + 2,
        "hep": HEADERS + 4,
        "hep chunk": HEADERS + 10,
    }
    if layer == "sctp":
        packet = lambda message: sctp_packet(data_chunk(message, 1))  # noqa: E731
    elif layer.startswith("hep"):
        packet = lambda message: eth(ipv4(udp(hep3(message), 9060, 9060)))  # noqa: E731
    packets = [packet(message) for message in MESSAGES]
    place = at[layer]
    packets[3] = packets[3][:place] + struct.pack(">H", lie) + packets[3][place + 2 :]
    result = read_bytes(tmp_path, pcap(packets))
    assert lost(result) <= {3}
    account = result.accounting
    assert account.sip + account.other + account.rtp + sum(account.undecoded.values()) == COUNT


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.integers(0, COUNT - 1), st.integers(0, 2**32 - 1))
@example(0, 665)  # ends within the header of another record
@example(0, 1711)
@example(5, 385)
def test_any_lie(tmp_path: Path, number: int, lie: int) -> None:
    for data, back, at in ((PCAP, 16, 8), (PCAPNG, 28, 4)):
        header = places(data)[number] - HEADERS - back
        result = read_bytes(tmp_path, liar(data, header + at, lie))
        end = header + 16 + lie
        rest = covered(data, header, end) if lie <= 256 * 1024 and end <= len(data) else set()
        assert lost(result) <= rest | {number}
