"""Ten thousand damaged captures, a thousand of them through scapy: nothing raises, every frame is counted.

Each is a small capture of everything the capture stage knows, changed in up to twenty places by a
seeded generator, read and framed into messages whose every field is asked for.  A failure names its seed.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from sipdiag.capture.engine import Choice
from sipdiag.capture.payload import CaptureError
from sipdiag.messages.read import read_messages
from sipdiag.sip.defects import find_defects
from tests.capture.build import START_NS, enhanced, frame, interface, pcap, section, sip, tcp_frame, udp
from tests.capture.build import ipv4 as ip
from tests.capture.test_annotations import commented, option, resolution
from tests.capture.test_other_transports import hep3, sctp
from tests.capture.test_peelers import ETHERNET, LINKS
from tests.capture.test_reassembly import BIG, fragments
from tests.capture.test_streams import ALPN, MESSAGE, UPGRADE, hello, parts, ws
from tests.capture.test_unreachable import REFUSAL, error, syn

CHUNKS, NATIVE, THROUGH_SCAPY = 20, 450, 50
"""Tests, and captures in each: 9,000 and 1,000 in all."""
MOST_MEMORY = 400 * 1024
"""KiB by which the process may grow over the captures of a test."""
WIFI = bytes.fromhex("0802") + bytes(22) + bytes.fromhex("aaaa030000000800")
RADIOTAP = bytes.fromhex("0000080000000000")

TUNNELS = list(ETHERNET.values())
STREAMS = [
    *(tcp_frame(data, 1 + at) for at, data in parts(MESSAGE, 300)),
    *(tcp_frame(data, 1 + at, port=8080) for at, data in parts(UPGRADE + ws(MESSAGE, mask=b"abcd"), 300)),
    *(bytes(12) + b"\x08\x00" + packet for packet in fragments(BIG)),
    tcp_frame(hello(ALPN), 1, port=5061),
    tcp_frame(b"\x15\x03\x03\x00\x02\x02\x30", 1, port=5061),
    frame(hep3(sip()), 30000, 9060),
    tcp_frame(hep3(sip()), 1, port=9061),
    sctp(b"\x00\x03\x00\x20" + bytes(28)),
    error(ip(udp(sip()))),
    syn(),
    REFUSAL,
]
WIRELESS = [WIFI + ip(udp(sip(call_id=str(number)))) for number in range(4)]


def ng(packets: list[bytes], order: str = "<", link: int = 1) -> bytes:
    names = resolution(option(1, bytes((192, 0, 2, 1)) + b"sbc\0", order), order=order)
    head = section(order) + interface(link, [(2, b"eth0"), (9, b"\x06")], order) + names
    blocks = [enhanced(data, START_NS // 1000 + number, order=order) for number, data in enumerate(packets)]
    return head + b"".join(blocks) + commented(packets[0], b"a comment", order)


def some(packets: list[bytes], chance: random.Random) -> list[bytes]:
    return chance.sample(packets, min(8, len(packets)))


def of_link(link: int, packet: bytes) -> bytes:
    return pcap([packet] * 3, link=link)


Make = Callable[[random.Random], bytes]
NATIVE_FILES: tuple[Make, ...] = (
    lambda chance: pcap(some(TUNNELS, chance)),
    lambda chance: pcap(some(TUNNELS, chance), order=">", nano=True),
    lambda chance: pcap(STREAMS),
    lambda chance: of_link(*chance.choice(list(LINKS.values()))),
    lambda chance: ng(some(TUNNELS, chance), chance.choice("<>")),
    lambda chance: ng(STREAMS, chance.choice("<>")),
    lambda chance: chance.choice((gzip.compress, bz2.compress, lzma.compress))(pcap(some(TUNNELS, chance))),
)
SCAPY_FILES: tuple[Make, ...] = (
    lambda chance: pcap(WIRELESS, link=105),
    lambda chance: pcap([RADIOTAP + packet for packet in WIRELESS], link=127),
    lambda chance: ng(WIRELESS, chance.choice("<>"), link=105),
)
WORDS = (b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\x00\x00\x00\x01", b"\x80\x00", b"\r\n\r\n")


def mutated(content: bytes, chance: random.Random, spare: int = 0) -> bytes:
    """Changed in some places; the first ``spare`` bytes stay, so that it is still worth reading."""
    data = bytearray(content)
    for _ in range(chance.randrange(1, 20)):
        place = chance.randrange(spare, max(len(data), spare + 1))
        match chance.randrange(6):
            case 0:
                data[place : place + 1] = bytes((chance.randrange(256),))
            case 1:
                del data[place : place + chance.randrange(1, 40)]
            case 2:
                data[place:place] = chance.randbytes(chance.randrange(1, 40))
            case 3:
                data[place:place] = data[place : place + chance.randrange(1, 400)]
            case 4 if chance.random() < 0.1:
                del data[place:]
            case _:
                word = chance.choice(WORDS)
                data[place : place + len(word)] = word
    return bytes(data)


def check(path: Path, content: bytes, seed: str) -> int:
    """Read it whatever it is; how many messages it holds."""
    path.write_bytes(content)
    print(seed)
    try:
        reading = read_messages([str(path)], choice=Choice("native"))
    except CaptureError:
        return 0
    account = reading.accounting
    counted = account.sip + account.rtp + account.other + sum(account.undecoded.values())
    assert counted == account.seen, seed
    assert min(account.sip, account.rtp, account.other, *account.undecoded.values(), 0) == 0, seed
    for captured in reading.messages:
        assert find_defects(captured.message) is not None, seed
    return len(reading.messages)


def memory() -> int:
    resource = pytest.importorskip("resource", reason="memory is not measured here")
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_mutated_captures(tmp_path: Path, chunk: int) -> None:
    before, found = memory(), 0
    for number in range(NATIVE):
        seed = f"{chunk}.{number}"
        chance = random.Random(seed)
        make = NATIVE_FILES[number % len(NATIVE_FILES)]
        found += check(tmp_path / "a.cap", mutated(make(chance), chance, spare=chance.choice((0, 24))), seed)
    assert memory() - before < MOST_MEMORY
    # Most of it can still be read, or the test would show nothing.
    assert found > NATIVE


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_mutated_captures_through_scapy(tmp_path: Path, chunk: int) -> None:
    before, found = memory(), 0
    for number in range(THROUGH_SCAPY):
        seed = f"scapy {chunk}.{number}"
        chance = random.Random(seed)
        make = SCAPY_FILES[number % len(SCAPY_FILES)]
        found += check(tmp_path / "a.cap", mutated(make(chance), chance, spare=24), seed)
    assert memory() - before < MOST_MEMORY
    assert found > THROUGH_SCAPY // 2


@pytest.mark.parametrize("make", [*NATIVE_FILES, *SCAPY_FILES])
def test_unchanged_captures_hold_messages(tmp_path: Path, make: Make) -> None:
    assert check(tmp_path / "a.cap", make(random.Random(1)), "unchanged") > 0
