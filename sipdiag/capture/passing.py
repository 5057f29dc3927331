"""When TCP segments passed, as columns: the same segment at two capture points tells their clocks, encrypted or not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sipdiag.capture.columns import Addresses, flow_key, mixed
from sipdiag.capture.frames import Frames
from sipdiag.capture.packets import Packets
from sipdiag.capture.payload import TcpFlow, TcpRows
from sipdiag.capture.records import Ints

MOST_FLOWS = 20_000
"""Directions of connections told apart; segments of further ones tell nothing."""
LEFT_OUT = -1
_SYN = 2
_FLAGS = 13
"""Offset of the flags in the TCP header (RFC 9293 §3.1)."""
_EVENLY = 16


class FlowNumbers:
    """Numbers the directions of a run's connections, over all its lanes."""

    def __init__(self) -> None:
        self.flows: list[TcpFlow] = []
        self._numbers: dict[TcpFlow, int] = {}

    def of(self, flow: TcpFlow) -> int:
        """Number of a direction; :data:`LEFT_OUT` for one too many."""
        number = self._numbers.get(flow)
        if number is None:
            if len(self.flows) >= MOST_FLOWS:
                return LEFT_OUT
            number = self._numbers[flow] = len(self.flows)
            self.flows.append(flow)
        return number


class Passing:
    """The segments of one lane."""

    def __init__(self, numbers: FlowNumbers, addresses: Addresses, file: int) -> None:
        """``file`` is the first one of the lane."""
        self._numbers = numbers
        self._addresses = addresses
        self._file = file
        self._known: dict[int, int] = {}

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
        return TcpRows(
            self._flows(p, rows, frames.point[rows]),
            segment.view(np.int64),
            frames.time_ns[rows],
            self._numbers.flows,
        )

    def _flows(self, p: Packets, rows: Ints, point: Ints) -> Ints:
        keys = (flow_key(p, rows).view(np.uint64) ^ mixed(point.astype(np.uint64))).view(np.int64)
        distinct, first, which = np.unique(keys, return_index=True, return_inverse=True)
        numbers = np.empty(len(distinct), dtype=np.int64)
        for index, place in enumerate(first.tolist()):
            key = int(distinct[index])
            if key not in self._known and len(self._known) < MOST_FLOWS:
                row = int(rows[place])
                ends = self._addresses.ends(p.chunk, int(p.network[row]), int(p.transport[row]))
                self._known[key] = self._numbers.of(TcpFlow((self._file, int(point[place])), *ends))
            numbers[index] = self._known.get(key, LEFT_OUT)
        return numbers[which]
