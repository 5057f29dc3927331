"""RTP streams added up from columns."""

from __future__ import annotations

import numpy as np
import pytest

from sipdiag.capture.payload import Endpoint, RtpColumns
from sipdiag.media import streams
from sipdiag.media.streams import RtpStream, StreamTable

A, B = Endpoint("192.0.2.1", 10000), Endpoint("192.0.2.2", 20000)


def columns(rows: list[tuple[int, int, int, int]]) -> RtpColumns:
    """Rows of time, flow, SSRC and payload type."""
    time_ns, flow, ssrc, kind = zip(*rows, strict=True) if rows else ((), (), (), ())
    return RtpColumns(
        time_ns=np.array(time_ns, dtype=np.int64),
        flow=np.array(flow, dtype=np.int32),
        ssrc=np.array(ssrc, dtype=np.uint32),
        payload_type=np.array(kind, dtype=np.uint8),
        sequence=np.zeros(len(rows), dtype=np.uint16),
        flows=((A, B), (B, A)),
    )


def test_batches_are_added_up() -> None:
    table = StreamTable()
    table.add(columns([(30, 1, 0xFFFFFFFF, 8), (10, 0, 5, 8), (20, 0, 5, 8), (25, 0, 5, 101)]))
    table.add(columns([(50, 0, 5, 8), (5, 0, 5, 8)]))
    table.add(columns([]))
    assert table.streams == [
        RtpStream(B, A, 0xFFFFFFFF, 8, packets=1, first_ns=30, last_ns=30),
        RtpStream(A, B, 5, 8, packets=4, first_ns=5, last_ns=50),
        RtpStream(A, B, 5, 101, packets=1, first_ns=25, last_ns=25),
    ]
    assert table.streams[1].duration_s == pytest.approx(45e-9)


def test_the_number_of_streams_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_STREAMS", 2)
    table = StreamTable()
    table.add(columns([(1, 0, ssrc, 8) for ssrc in range(5)]))
    table.add(columns([(2, 0, 0, 8)]))
    assert [stream.packets for stream in table.streams] == [2, 1]
    assert table.left_out == 3
