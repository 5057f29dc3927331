"""Damaged and hostile files: nothing raises, every frame is accounted for."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sipdiag.capture.payload import Accounting, CaptureError
from sipdiag.capture.source import read
from tests.capture.build import (
    START_NS,
    enhanced,
    frame,
    interface,
    pcap,
    read_bytes,
    section,
    sip,
    tcp_frame,
)
from tests.capture.test_other_transports import hep3, sctp
from tests.capture.test_peelers import ETHERNET
from tests.capture.test_reassembly import BIG, fragments
from tests.capture.test_streams import MESSAGE, UPGRADE, hello, parts, ws

PACKETS = [
    *ETHERNET.values(),
    *(tcp_frame(data, 1 + at) for at, data in parts(MESSAGE, 200)),
    *(tcp_frame(data, 1 + at, port=8080) for at, data in parts(UPGRADE + ws(MESSAGE, mask=b"abcd"), 200)),
    *(bytes(12) + b"\x08\x00" + packet for packet in fragments(BIG)),
    tcp_frame(hello(b""), 1, port=5061),
    frame(hep3(sip()), 30000, 9060),
    tcp_frame(hep3(sip()), 1, port=9061),
    sctp(b"\x00\x03\x00\x20" + bytes(28)),
]
FILES = {
    "pcap": pcap(PACKETS),
    "pcapng": section()
    + interface()
    + b"".join(enhanced(data, START_NS // 1000 + n) for n, data in enumerate(PACKETS)),
}


def mutated(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randrange(1, 20)):
        place = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                del data[place : place + chance.randrange(1, 40)]
            case 2:
                data[place:place] = chance.randbytes(chance.randrange(1, 40))
            case _:
                data[place : place + 4] = chance.choice(
                    (b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\x00\x00\x00\x01")
                )
    return bytes(data)


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("seed", range(150))
def test_mutated_files(tmp_path: Path, kind: str, seed: int) -> None:
    content = mutated(FILES[kind], random.Random(seed))
    path = tmp_path / "mutated.cap"
    path.write_bytes(content)
    accounting = Accounting()
    try:
        list(read([str(path)], accounting, []))
    except CaptureError:
        return
    counted = accounting.sip + accounting.rtp + accounting.other + sum(accounting.undecoded.values())
    assert counted == accounting.seen


@pytest.mark.parametrize("seed", range(20))
def test_random_packets(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    packets = [chance.randbytes(chance.randrange(0, 120)) for _ in range(300)]
    assert (
        read_bytes(tmp_path, pcap(packets, link=chance.choice((0, 1, 9, 101, 108, 113, 276)))).accounting.seen
        == 300
    )


@pytest.mark.parametrize("kind", FILES)
def test_every_length_of_a_file(tmp_path: Path, kind: str) -> None:
    content = FILES[kind]
    whole = len(read_bytes(tmp_path, content).payloads)
    for size in range(40, len(content), 97):
        result = read_bytes(tmp_path, content[:size])
        assert len(result.payloads) <= whole
