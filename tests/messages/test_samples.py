"""What is kept of the packets that passed a point: the same ones at another point, of RTP and of TCP."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sipdiag.capture import passing
from sipdiag.capture.payload import Accounting, Endpoint, FileInfo, RtpIdentity, RtpRows, TcpFlow
from sipdiag.capture.source import read
from sipdiag.messages import samples as kept
from sipdiag.messages.samples import RtpSamples, Shared, TcpSamples
from tests.capture.build import START_NS, Packet, frame, pcap, tcp_frame

A, B = Endpoint("192.0.2.1", 4000), Endpoint("198.51.100.2", 5000)
MS = 1_000_000


def rows(place: int, numbers: range, ahead_ms: int = 0) -> RtpRows:
    identities = [RtpIdentity((file, 0), A, B, 7, 0) for file in (0, 1)]
    seq = np.array([number & 0xFFFF for number in numbers], dtype=np.int64)
    time = np.array([(20 * number + ahead_ms) * MS for number in numbers], dtype=np.int64)
    zero = np.zeros(len(seq), dtype=np.int64)
    return RtpRows(
        identity=zero + place,
        time_ns=time,
        frame=zero,
        seq=seq,
        stamp=np.array([160 * number for number in numbers], dtype=np.int64),
        size=zero,
        checksum=zero,
        sound=zero.astype(np.int8),
        event=zero - 1,
        identities=identities,
        file=place,
    )


GROUPS = {(0, 0): 0, (1, 0): 1}


@pytest.mark.parametrize("count", [10, 5_000, 200_000])
def test_the_same_packets_are_kept_at_both_points(count: int) -> None:
    samples = RtpSamples()
    samples.add(rows(0, range(count)))
    samples.add(rows(1, range(count // 2, count), ahead_ms=300))
    (shared,) = samples.shared(GROUPS, 0, 1)
    assert set((shared.other_ns - shared.one_ns).tolist()) == {300 * MS}
    assert min(count // 2, 100) <= len(shared.one_ns)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_IN_ALL", 2_000)
    samples = RtpSamples()
    for begin in range(0, 60_000, 1_000):
        samples.add(rows(0, range(begin, begin + 1_000)))
        samples.add(rows(1, range(begin, begin + 1_000), ahead_ms=5))
        assert samples._held <= 2_000
    (shared,) = samples.shared(GROUPS, 0, 1)
    assert len(shared.one_ns) > 20


def test_a_packet_seen_twice_at_one_point_is_no_measure() -> None:
    samples = RtpSamples()
    samples.add(rows(0, range(10)))
    samples.add(rows(0, range(3), ahead_ms=900))
    samples.add(rows(1, range(10), ahead_ms=5))
    (shared,) = samples.shared(GROUPS, 0, 1)
    assert len(shared.one_ns) == 7


def segments(*sent: tuple[int, int, bytes], late_ms: int = 0) -> list[Packet]:
    """When, sequence number and content, of one direction."""
    return [Packet(tcp_frame(data, seq), START_NS + (at + late_ms) * MS) for at, seq, data in sent]


def shared_tcp(folder: Path, *captures: list[Packet]) -> list[Shared[TcpFlow]]:
    paths = []
    for number, packets in enumerate(captures):
        paths.append(str(folder / f"{'ab'[number]}.pcap"))
        Path(paths[-1]).write_bytes(pcap(packets, nano=True))
    samples, files = TcpSamples(), list[FileInfo]()
    for batch in read(paths, Accounting(), files):
        for rows_of_tcp in batch.tcp:
            samples.add(rows_of_tcp)
    return list(samples.shared(GROUPS, 0, 1))


SENT = [
    (0, 1000, b"\x16\x03\x01" + b"a" * 60),
    (40, 1063, b"b" * 30),
    (70, 1093, b"c" * 30),
    (90, 1123, b"d"),
]


def test_segments_of_any_connection_are_recognised(tmp_path: Path) -> None:
    (found,) = shared_tcp(tmp_path, segments(*SENT), segments(*SENT, late_ms=700))
    assert (found.other_ns - found.one_ns).tolist() == [700 * MS] * 4


def test_a_segment_that_was_sent_again_is_no_measure(tmp_path: Path) -> None:
    again = [*SENT, (250, 1063, b"b" * 30)]
    (found,) = shared_tcp(tmp_path, segments(*again), segments(*SENT[:1], *SENT[2:], *again[4:], late_ms=700))
    assert (found.other_ns - found.one_ns).tolist() == [700 * MS] * 3


def test_segments_that_were_cut_anew_are_others(tmp_path: Path) -> None:
    whole = [SENT[0], (70, 1063, b"b" * 30 + b"c" * 30), SENT[3]]
    (found,) = shared_tcp(tmp_path, segments(*SENT), segments(*whole, late_ms=5))
    assert len(found.one_ns) == 2


def test_another_connection_with_these_numbers_is_another(tmp_path: Path) -> None:
    other = [Packet(tcp_frame(data, seq, port=5062), START_NS + at * MS) for at, seq, data in SENT]
    assert not shared_tcp(tmp_path, segments(*SENT), other)


def test_acknowledgements_alone_are_all_alike(tmp_path: Path) -> None:
    alone = [(at, 1000, b"") for at in (0, 10, 20, 30)]
    assert not shared_tcp(tmp_path, segments(*alone), segments(*alone))


def test_of_one_file_no_segments_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([*segments(*SENT), Packet(frame(b"x"), START_NS)], nano=True))
    assert not any(batch.tcp for batch in read([str(path)], Accounting(), []))


def test_connections_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "MOST_FLOWS", 11)
    many = [
        Packet(tcp_frame(data, seq, port=5060 + port), START_NS + at * MS)
        for port in range(8)
        for at, seq, data in SENT
    ]
    assert len(shared_tcp(tmp_path, many, many)) == 3
