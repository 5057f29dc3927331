"""When packets of RTP passed: the same ones at every capture point, so that their clocks can be compared.

Kept are packets whose sequence number has no bit of a mask; a stream of many packets gets a wider one.  Two points
that keep different parts of a stream still share the smaller one.  Memory is bounded by the number of packets kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct

from sipdiag.capture.payload import RtpIdentity, RtpRows
from sipdiag.media.columns import Ints, grown

MOST_OF_STREAM = 1024
"""Packets kept of a source; with more, every second is dropped."""
MOST_IN_ALL = 1_000_000
MOST_ALIKE = 64
"""Sources with one SSRC that are compared."""
WIDEST = 0xFFFF

Place = tuple[int, int]


class Shared(Struct, frozen=True):
    """Packets of one source that were seen at two places."""

    one: RtpIdentity
    other: RtpIdentity
    one_ns: Ints
    other_ns: Ints
    """By each place's own clock."""


class Samples:
    """Some packets of every source of a run."""

    def __init__(self) -> None:
        self._identities: Sequence[RtpIdentity] = ()
        self._mask: Ints = np.zeros(0, dtype=np.int64)
        self._count: Ints = np.zeros(0, dtype=np.int64)
        self._least = 0
        self._rows: list[tuple[Ints, Ints, Ints]] = []
        self._held = 0
        self._sorted: tuple[Ints, Ints, Ints] | None = None
        """Sources, packets and times by source, once it was asked for."""

    def add(self, rows: RtpRows) -> None:
        """Keep some packets of a batch; all batches are of one run."""
        self._identities = rows.identities
        count = len(rows.identities)
        self._mask, self._count = grown(self._mask, count, self._least), grown(self._count, count)
        kept = np.flatnonzero((rows.identity >= 0) & ((rows.seq & self._mask[rows.identity]) == 0))
        if not kept.size:
            return
        identity = rows.identity[kept]
        packet = (rows.stamp[kept] << 16) | rows.seq[kept]
        self._rows.append((identity, packet, rows.time_ns[kept].copy()))
        self._held += len(kept)
        self._count[:count] += np.bincount(identity, minlength=count)[:count]
        full = np.flatnonzero(self._count[:count] > MOST_OF_STREAM)
        self._mask[full] = np.minimum(2 * self._mask[full] + 1, WIDEST)
        self._count[full] //= 2
        if self._held > MOST_IN_ALL:
            self._thin()

    def _thin(self) -> None:
        """Drop what the masks of today would not have kept; widen them all if that is not enough."""
        while True:
            identity, packet, time_ns = self._joined()
            kept = (packet & 0xFFFF & self._mask[identity]) == 0
            self._rows = [(identity[kept], packet[kept], time_ns[kept])]
            self._held = int(kept.sum())
            if self._held <= MOST_IN_ALL // 2 or self._least == WIDEST:
                break
            self._least = min(2 * self._least + 1, WIDEST)
            self._mask = np.maximum(self._mask, self._least)
        self._count = np.bincount(self._rows[0][0], minlength=len(self._count)).astype(np.int64)

    def _joined(self) -> tuple[Ints, Ints, Ints]:
        if not self._rows:
            empty = np.zeros(0, dtype=np.int64)
            return empty, empty, empty
        identity, packet, time_ns = (np.concatenate(column) for column in zip(*self._rows, strict=True))
        return identity, packet, time_ns

    @property
    def places(self) -> list[Place]:
        """Where RTP was captured, in the order in which it was met."""
        return list(dict.fromkeys(identity.place for identity in self._identities))

    def shared(self, group_of: Mapping[Place, int], one: int, other: int) -> Iterator[Shared]:
        """The sources seen at both of two groups of places."""
        for at_one, at_other in self._alike(group_of, one, other):
            fellows = [(self._identities[number], *self._of(number)) for number in at_other]
            for number in at_one:
                packets, times_ns = self._of(number)
                for fellow, its_packets, its_ns in fellows:
                    both, mine, its = np.intersect1d(
                        packets, its_packets, assume_unique=True, return_indices=True
                    )
                    if len(both):
                        yield Shared(self._identities[number], fellow, times_ns[mine], its_ns[its])

    def _alike(
        self, group_of: Mapping[Place, int], one: int, other: int
    ) -> Iterator[tuple[list[int], list[int]]]:
        """By SSRC and payload type: the sources of the one group, and those of the other."""
        by_source: defaultdict[tuple[int, int], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for number, identity in enumerate(self._identities):
            group = group_of.get(identity.place)
            if group in (one, other):
                by_source[identity.ssrc, identity.payload_type][group == other].append(number)
        for mine, its in by_source.values():
            if mine and its:
                yield mine[:MOST_ALIKE], its[:MOST_ALIKE]

    def _of(self, number: int) -> tuple[Ints, Ints]:
        """Packets and times of a source, without those seen more than once."""
        if self._sorted is None:
            self._sorted = self._ordered()
        identity, packet, time_ns = self._sorted
        begin, end = np.searchsorted(identity, (number, number + 1))
        distinct, first, count = np.unique(packet[begin:end], return_index=True, return_counts=True)
        once = count == 1
        return distinct[once], time_ns[begin:end][first[once]]

    def _ordered(self) -> tuple[Ints, Ints, Ints]:
        identity, packet, time_ns = self._joined()
        self._rows = []
        order = np.argsort(identity, kind="stable")
        return identity[order], packet[order], time_ns[order]
