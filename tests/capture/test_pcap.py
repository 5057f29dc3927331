"""Records of pcap files found in runs of equal length are those that a walk record by record finds."""

from __future__ import annotations

import struct
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from sipdiag.capture import pcap, pcapfile
from sipdiag.capture.capturefile import CaptureFile
from sipdiag.capture.payload import FileInfo

NEAR = [
    number + off
    for number in (1, pcap.RUN, pcap.PAYS, pcap.GLANCE, 5 * pcap.GLANCE)
    for off in (-1, 0, 1, 2)
    if number + off > 0
]
"""Lengths of runs around every number that decides how far is looked ahead."""


def records(data: bytes) -> list[tuple[int, int, bytes]]:
    """Time, frame and bytes of each record, as the reader finds them."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.pcap"
        path.write_bytes(data)
        found = []
        for chunk in CaptureFile(str(path), 0, FileInfo(path=str(path), format="")).records():
            for one in chunk.records:
                columns = (one.time_ns, one.frame, one.start, one.length)
                for time_ns, frame, start, length in zip(
                    *(column.tolist() for column in columns), strict=True
                ):
                    found.append((time_ns, frame, bytes(one.chunk.raw[start : start + length])))
        return found


@settings(max_examples=60, deadline=None)
@given(runs=st.lists(st.tuples(st.integers(40, 44), st.sampled_from(NEAR)), min_size=1, max_size=12))
def test_runs_of_equal_length(runs: list[tuple[int, int]]) -> None:
    lengths = [length for length, count in runs for _ in range(count)]
    packets = [struct.pack("<I", number) * 11 for number in range(len(lengths))]
    sent = [
        (number * 1_000, packet[:length])
        for number, (packet, length) in enumerate(zip(packets, lengths, strict=True))
    ]
    data = pcapfile.header(1) + b"".join(
        pcapfile.record(time_ns, len(packet), packet) for time_ns, packet in sent
    )
    assert records(data) == [(time_ns, frame, packet) for frame, (time_ns, packet) in enumerate(sent, 1)]


def test_a_run_that_the_end_of_the_file_cuts() -> None:
    for count in NEAR:
        data = pcapfile.header(1) + pcapfile.record(5, 60, bytes(60)) * count
        assert len(records(data[:-1])) == count - 1
        assert len(records(data)) == count
