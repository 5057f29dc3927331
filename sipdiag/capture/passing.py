"""When TCP segments passed, as columns: the same segment at two capture points tells their clocks, encrypted or not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sipdiag.capture.columns import Addresses, flow_key, mixed
from sipdiag.capture.frames import Frames
from sipdiag.capture.numbering import Keyed, Numbers
from sipdiag.capture.packets import Packets
from sipdiag.capture.payload import TcpFlow, TcpRows
from sipdiag.capture.records import Ints

MOST_FLOWS = 20_000
"""Directions of connections told apart; segments of further ones tell nothing."""
_SYN = 2
_FLAGS = 13
"""Offset of the flags in the TCP header (RFC 9293 §3.1)."""
_EVENLY = 16


FlowNumbers = Numbers[TcpFlow]


def flow_numbers() -> FlowNumbers:
    """Numbers the directions of a run's connections."""
    return Numbers(MOST_FLOWS)


class Passing:
    """The segments of one lane."""

    def __init__(self, numbers: FlowNumbers, addresses: Addresses, file: int) -> None:
        """``file`` is the first one of the lane."""
        self._flows = numbers.flows
        self._numbers = Keyed(numbers)
        self._addresses = addresses
        self._file = file

    def of(self, p: Packets, rows: Ints, frames: Frames) -> TcpRows | None:
        """Those of these rows by which two points can be compared: acknowledgements are all alike."""
        size = p.wire_end[rows] - p.offset[rows]
        chosen = np.flatnonzero((size > 0) | (p.chunk.byte(p.transport[rows] + _FLAGS) & _SYN != 0))
        if not chosen.size:
            return None
        rows, size = rows[chosen], size[chosen].astype(np.uint64)
        sequence = p.chunk.be32[p.transport[rows] + 4].astype(np.uint64)
        segment: npt.NDArray[np.uint64] = (sequence << np.uint64(16) | size).view(np.uint64)
        spread = mixed(segment) >> np.uint64(64 - _EVENLY)
        segment = segment << np.uint64(_EVENLY) | spread
        flow = self._numbered(p, rows, frames.point[rows])
        return TcpRows(flow, segment.view(np.int64), frames.time_ns[rows], self._flows)

    def _numbered(self, p: Packets, rows: Ints, point: Ints) -> Ints:
        keys = (flow_key(p, rows).view(np.uint64) ^ mixed(point.astype(np.uint64))).view(np.int64)
        return self._numbers.of(keys, lambda place: self._flow(p, int(rows[place]), int(point[place])))[0]

    def _flow(self, p: Packets, row: int, point: int) -> TcpFlow:
        ends = self._addresses.ends(p.chunk, int(p.network[row]), int(p.transport[row]))
        return TcpFlow((self._file, point), *ends)
