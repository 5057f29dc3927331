"""RTP streams added up from columns."""

from __future__ import annotations

import numpy as np
import pytest

from sipdiag.capture.payload import Endpoint, RtpCounts
from sipdiag.media.streams import RtpStream, StreamTable

A, B = Endpoint("192.0.2.1", 10000), Endpoint("192.0.2.2", 20000)


IDENTITIES = [(B, A, 0xFFFFFFFF, 8), (A, B, 5, 8), (A, B, 5, 101)]


def counts(rows: list[tuple[int, int, int, int]], met: int) -> RtpCounts:
    """Rows of stream, packets, first and last time; so many streams were met so far."""
    columns = zip(*rows, strict=True) if rows else ((),) * 4
    stream, packets, first, last = (np.array(column, dtype=np.int64) for column in columns)
    return RtpCounts(stream, packets, first, last, IDENTITIES[:met])


def test_batches_are_added_up() -> None:
    table = StreamTable()
    table.add(counts([(0, 1, 30, 30), (1, 2, 10, 20)], met=2))
    table.add(counts([(2, 1, 25, 25), (1, 2, 5, 50)], met=3))
    table.add(counts([], met=3))
    assert table.streams == [
        RtpStream(B, A, 0xFFFFFFFF, 8, packets=1, first_ns=30, last_ns=30),
        RtpStream(A, B, 5, 8, packets=4, first_ns=5, last_ns=50),
        RtpStream(A, B, 5, 101, packets=1, first_ns=25, last_ns=25),
    ]
    assert table.streams[1].duration_s == pytest.approx(45e-9)


def test_streams_beyond_the_bound_are_only_counted() -> None:
    table = StreamTable()
    table.add(counts([(-1, 3, 1, 2), (0, 1, 1, 1)], met=1))
    assert [stream.packets for stream in table.streams] == [1]
    assert table.left_out == 3
