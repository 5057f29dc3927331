"""The RTP of a capture, counted by stream: packets never become Python objects, streams do so once."""

from __future__ import annotations

import numpy as np

from sipdiag.capture.columns import Addresses, flow_key, mixed
from sipdiag.capture.packets import Packets
from sipdiag.capture.payload import RtpCounts, RtpIdentity
from sipdiag.capture.records import Ints

MOST_STREAMS = 100_000
"""Streams told apart; packets of further ones are only counted."""
MOST_REMEMBERED = 4 * MOST_STREAMS
LEFT_OUT = -1
"""Number of the streams beyond the bound."""
SPREAD = 16
"""Numbers of streams a packet, up to which counting by number is the shorter way."""


class StreamNumbers:
    """Numbers the streams of a run, over all its lanes, in the order in which they are first met."""

    def __init__(self) -> None:
        self.identities: list[RtpIdentity] = []
        self._numbers: dict[RtpIdentity, int] = {}

    def of(self, identity: RtpIdentity) -> int:
        """Number of a stream; :data:`LEFT_OUT` for one too many."""
        number = self._numbers.get(identity)
        if number is None:
            if len(self.identities) >= MOST_STREAMS:
                return LEFT_OUT
            number = self._numbers[identity] = len(self.identities)
            self.identities.append(identity)
        return number

    def counted(self, number: Ints, time_ns: Ints) -> RtpCounts:
        """Packets of the streams with these numbers, captured at these times, added up."""
        lowest = int(number.min())
        if int(number.max()) - lowest > SPREAD * len(number):
            # Few packets of streams far apart: what is done must follow the packets, not the numbers.
            streams, local = np.unique(number, return_inverse=True)
        else:
            streams, local = None, number - lowest
        packets = np.bincount(local)
        first = np.full(len(packets), np.iinfo(np.int64).max)
        last = np.full(len(packets), np.iinfo(np.int64).min)
        np.minimum.at(first, local, time_ns)
        np.maximum.at(last, local, time_ns)
        there = np.flatnonzero(packets)
        return RtpCounts(
            stream=there + lowest if streams is None else streams,
            packets=packets[there],
            first_ns=first[there],
            last_ns=last[there],
            identities=self.identities,
        )


class RtpStreams:
    """Tells to which stream the RTP packets of one lane belong."""

    def __init__(self, numbers: StreamNumbers, addresses: Addresses) -> None:
        self._numbers = numbers
        self._addresses = addresses
        self._known: dict[int, int] = {}

    def of(self, p: Packets, rows: Ints) -> tuple[Ints, Ints]:
        """Number of the stream of each of these rows; and the places in ``rows`` where each stream is met first."""
        chunk, at = p.chunk, p.offset[rows]
        source = chunk.be32[at + 8].astype(np.uint64) << np.uint64(8)
        source |= (chunk.u8[at + 1] & np.uint8(0x7F)).astype(np.uint64)
        keys = (flow_key(p, rows).view(np.uint64) ^ mixed(source)).view(np.int64)
        distinct, first, which = np.unique(keys, return_index=True, return_inverse=True)
        numbers = np.empty(len(distinct), dtype=np.int64)
        for index in np.argsort(first).tolist():
            numbers[index] = self._number(int(distinct[index]), p, int(rows[first[index]]))
        return numbers[which], first

    def _number(self, key: int, p: Packets, row: int) -> int:
        number = self._known.get(key)
        if number is None:
            src, dst = self._addresses.ends(p.chunk, int(p.network[row]), int(p.transport[row]))
            at = int(p.offset[row])
            number = self._numbers.of((src, dst, int(p.chunk.be32[at + 8]), int(p.chunk.u8[at + 1]) & 0x7F))
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = number
        return number
