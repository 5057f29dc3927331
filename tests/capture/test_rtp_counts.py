"""Packets of RTP are added up by stream, however far apart the numbers of the streams are."""

from __future__ import annotations

import numpy as np
import pytest

from sipdiag.capture.rtp import SPREAD, StreamNumbers


@pytest.mark.parametrize("apart", [1, SPREAD, 50_000])
def test_streams_near_and_far(apart: int) -> None:
    number = np.array([3, 3, 3 + apart, 3, 3 + apart], dtype=np.int64)
    time_ns = np.array([5, 4, 9, 6, 8], dtype=np.int64)
    found = StreamNumbers().counted(number, time_ns)
    assert found.stream.tolist() == [3, 3 + apart]
    assert found.packets.tolist() == [3, 2]
    assert found.first_ns.tolist() == [4, 8]
    assert found.last_ns.tolist() == [6, 9]
