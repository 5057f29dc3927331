"""RTP recognised by its headers is what decoding every packet finds, whatever the headers say."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from sipdiag.capture import capturefile, familiar, rtp
from sipdiag.capture.familiar import Familiar
from sipdiag.capture.payload import Accounting, Note, Payload
from sipdiag.capture.records import Records
from sipdiag.capture.rtp import FoundRtp
from sipdiag.media.stream import RtpStream
from sipdiag.media.streams import StreamTable
from tests.capture.build import START_NS, Packet, Result, eth, frame, ipv4, pcap, read_bytes, sip, udp
from tests.capture.build import rtp as voice
from tests.capture.test_peelers import ETHERNET, LINKS

SIP = udp(sip())
VOICE = udp(struct.pack(">BBHII", 0x80, 8, 1, 160, 7) + bytes(len(SIP) - 20), 10000, 20000)
WRAPPED = {name: (1, data.replace(SIP, VOICE)) for name, data in ETHERNET.items()}
WRAPPED |= {f"link type {name}": (link, data.replace(SIP, VOICE)) for name, (link, data) in LINKS.items()}

NEVER = frozenset(
    (
        "hop-by-hop, destination options",
        "atomic fragment",
        "AH",
        "ESP, not encrypted",
        "PPTP",
        "link type PPP",
        "link type PPP, short",
        "link type PPP, HDLC framing",
    )
)
"""Wrappings whose packets are decoded one by one."""


@dataclass(frozen=True)
class Outcome:
    """What a capture holds."""

    accounting: Accounting
    payloads: list[Payload]
    notes: list[Note]
    streams: list[RtpStream]


def outcome(result: Result) -> Outcome:
    table = StreamTable()
    for batch in result.batches:
        if batch.rtp is not None:
            table.add(batch.rtp)
    return Outcome(result.accounting, result.payloads, result.notes, table.streams)


@pytest.fixture
def recognised(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Many chunks of a small capture; how many packets were recognised in each."""
    monkeypatch.setattr(capturefile, "FIRST_CHUNK", 4096)
    monkeypatch.setattr(capturefile, "CHUNK", 8192)
    counts: list[int] = []
    streams = Familiar.streams

    def counted(self: Familiar, records: Records) -> tuple[FoundRtp | None, np.ndarray]:
        known, left = streams(self, records)
        counts.append(0 if known is None else len(known.rows))
        return known, left

    monkeypatch.setattr(Familiar, "streams", counted)
    return counts


def decoded_one_by_one(folder: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    with monkeypatch.context() as patch:
        patch.setattr(Familiar, "learn", lambda *_: None)
        return outcome(read_bytes(folder, content))


def damaged(packet: bytes) -> list[bytes | Packet]:
    """The packet with each byte of its headers changed, and cut everywhere."""
    headers = packet.index(VOICE) + 8 + 12 + 2
    changed: list[bytes | Packet] = []
    for place in range(headers):
        for bits in (0x01, 0x10, 0x40, 0x80, 0xFF):
            changed.append(packet[:place] + bytes((packet[place] ^ bits,)) + packet[place + 1 :])
    return changed + [Packet(packet[:size], START_NS, wire=len(packet)) for size in range(headers)]


@pytest.mark.parametrize("name", WRAPPED)
def test_every_byte_counts(
    tmp_path: Path, name: str, recognised: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    link, packet = WRAPPED[name]
    content = pcap([packet] * 40 + damaged(packet) + [packet] * 40, link=link)
    fast = outcome(read_bytes(tmp_path, content))
    assert (sum(recognised) > 0) is (name not in NEVER)
    assert fast == decoded_one_by_one(tmp_path, content, monkeypatch)


def test_many_wrappings_and_streams_at_once(
    tmp_path: Path, recognised: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    packets: list[bytes] = []
    for number in range(3000):
        ports = 10000 + number * 7 % 50, 20000 + number * 11 % 50
        name = list(ETHERNET)[number * 13 % 20]
        data = voice(number & 0xFFFF, ssrc=number % 3, kind=(8, 0x80 | 8, 101, 72)[number % 4])
        packets += [frame(data, *ports), WRAPPED[name][1]]
    packets[4000:4000] = [frame(sip()), eth(b"", 0x0806)]
    content = pcap(packets)
    fast = outcome(read_bytes(tmp_path, content))
    assert sum(recognised) > 2000
    assert fast == decoded_one_by_one(tmp_path, content, monkeypatch)


def test_more_streams_than_there_is_room_for(
    tmp_path: Path, recognised: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(familiar, "MOST_EXAMPLES", 50)
    monkeypatch.setattr(familiar, "SLOT_BITS", 6)
    monkeypatch.setattr(rtp, "MOST_STREAMS", 90)
    packets = [frame(voice(number), 10000 + 2 * (number // 20 % 100), 20000) for number in range(3000)]
    content = pcap(packets)
    fast = outcome(read_bytes(tmp_path, content))
    assert sum(recognised) > 0
    assert len(fast.streams) == 90
    assert sum(stream.packets for stream in fast.streams) == 2800
    assert fast == decoded_one_by_one(tmp_path, content, monkeypatch)


def test_other_layouts_than_there_is_room_for(
    tmp_path: Path, recognised: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(familiar, "MOST_LAYOUTS", 1)
    tagged = eth(struct.pack(">HH", 5, 0x0800) + ipv4(VOICE), 0x8100)
    content = pcap([frame(voice(1), 10000, 20000), tagged] * 100)
    fast = outcome(read_bytes(tmp_path, content))
    assert 0 < sum(recognised) < 100
    assert fast == decoded_one_by_one(tmp_path, content, monkeypatch)
