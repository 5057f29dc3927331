"""Sequence numbers closed up over data that is left out: other calls' spans, wraps, repeats, real holes."""

from __future__ import annotations

import ipaddress
import struct
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.capture import pcapfile
from sipdiag.capture.connections import Ends, Renumbered, closed_up
from sipdiag.capture.payload import Endpoint

A, B = Endpoint("192.0.2.1", 5060), Endpoint("192.0.2.2", 40000)
ENDS: Ends = frozenset((A, B))
SYN, ACK = 0x02, 0x10
Sent = tuple[Endpoint, int, int, int, int]
"""Sender, sequence number, acknowledgement, flags, bytes of data."""


def checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(end: Endpoint) -> bytes:
    return ipaddress.ip_address(end.address).packed


def pseudo(src: Endpoint, dst: Endpoint, segment: bytes) -> bytes:
    return (
        packed(src) + packed(dst) + struct.pack("!HH", 6, len(segment)) + segment + b"\0" * (len(segment) % 2)
    )


def packet(sent: Sent) -> bytes:
    src, sequence, acknowledges, flags, size = sent
    dst = B if src == A else A
    fields = (src.port, dst.port, sequence % 2**32, acknowledges % 2**32, 0x50, flags, 1000)
    segment = struct.pack("!HHIIBBHHH", *fields, 0, 0) + b"x" * size
    segment = struct.pack("!HHIIBBHHH", *fields, checksum(pseudo(src, dst, segment)), 0) + b"x" * size
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0) + packed(src) + packed(dst)
    return bytes(12) + b"\x08\x00" + ip + segment


def capture(path: Path, segments: list[Sent]) -> str:
    numbers = count()
    records = [pcapfile.record(next(numbers), len(data), data) for data in map(packet, segments)]
    path.write_bytes(b"".join((pcapfile.header(1), *records)))
    return str(path)


def numbers(found: dict[int, Renumbered | None]) -> dict[int, tuple[int, int] | None]:
    return {frame: one and (one.sequence, one.acknowledges) for frame, one in sorted(found.items())}


def test_what_is_left_out_before_is_taken_off_both_numbers(tmp_path: Path) -> None:
    path = capture(
        tmp_path / "a.pcap",
        [
            (A, 100, 500, ACK, 10),
            (A, 110, 500, ACK, 40),  # another call
            (B, 500, 150, ACK, 0),
            (A, 150, 500, ACK, 10),
            (B, 500, 160, ACK, 0),
            (B, 500, 160, ACK, 0),
        ],
    )
    assert numbers(closed_up(path, {ENDS: {1, 4}})) == {3: (500, 110), 4: (110, 500), 5: (500, 120)}


def test_sent_again_or_overlapping_counts_once_and_what_is_wanted_stays(tmp_path: Path) -> None:
    path = capture(
        tmp_path / "a.pcap",
        [
            (A, 100, 0, ACK, 10),
            (A, 110, 0, ACK, 40),
            (A, 110, 0, ACK, 40),  # sent again
            (A, 105, 0, ACK, 10),  # half of it wanted
            (A, 150, 0, ACK, 10),
        ],
    )
    assert numbers(closed_up(path, {ENDS: {1, 5}})) == {5: (110, 0)}


def test_a_hole_stays_a_hole(tmp_path: Path) -> None:
    path = capture(tmp_path / "a.pcap", [(A, 100, 0, ACK, 10), (A, 130, 0, ACK, 10)])
    assert numbers(closed_up(path, {ENDS: {1, 2}})) == {}


def test_sequence_numbers_wrap(tmp_path: Path) -> None:
    top = 2**32 - 15
    path = capture(
        tmp_path / "a.pcap", [(A, top, 7, ACK, 10), (A, top + 10, 7, ACK, 10), (A, top + 20, 7, ACK, 10)]
    )
    assert numbers(closed_up(path, {ENDS: {1, 3}})) == {3: (2**32 - 5, 7)}


def test_each_use_of_the_ports_has_numbers_of_its_own(tmp_path: Path) -> None:
    path = capture(
        tmp_path / "a.pcap",
        [
            (A, 100, 0, SYN, 0),
            (A, 101, 9, ACK, 30),  # another call
            (A, 131, 9, ACK, 10),
            (A, 90, 0, SYN, 0),
            (A, 90, 0, SYN, 0),  # sent again: no third use
            (A, 91, 9, ACK, 10),
        ],
    )
    assert numbers(closed_up(path, {ENDS: {3, 6}})) == {3: (101, 9), 4: None, 5: None}


def test_of_other_connections_nothing_is_taken(tmp_path: Path) -> None:
    path = capture(tmp_path / "a.pcap", [(A, 100, 0, ACK, 10), (B, 0, 110, ACK, 0)])
    assert closed_up(path, {frozenset((A, Endpoint("192.0.2.9", 5060))): {1}}) == {}


@pytest.mark.parametrize("wrong", [0, 1])
@given(
    sequence=st.integers(0, 2**32 - 1),
    acknowledges=st.integers(0, 2**32 - 1),
    to=st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
)
def test_a_right_checksum_stays_right_and_a_wrong_one_wrong(
    wrong: int, sequence: int, acknowledges: int, to: tuple[int, int]
) -> None:
    record = bytearray(packet((A, sequence, acknowledges, ACK, 11)))
    record[34 + 16] ^= wrong
    changed = Renumbered(34, *to).written(bytes(record))
    segment = changed[34:]
    assert (segment[4:8], segment[8:12]) == (to[0].to_bytes(4, "big"), to[1].to_bytes(4, "big"))
    assert changed[:38] == record[:38]
    assert changed[46:50] == record[46:50]
    assert changed[52:] == record[52:]
    assert (checksum(pseudo(A, B, segment)) == 0) == (not wrong)
