"""When packets of RTP and segments of TCP passed: the same ones at every capture point, so that their clocks can be compared.

Kept are packets of whose number the lowest 16 bits have none of a mask; a source of many packets gets a wider one.  Two
points that keep different parts of a source still share the smaller one.  Memory is bounded by the number of packets kept.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import numpy as np
from msgspec import Struct, field

from sipdiag.capture.payload import RtpIdentity, RtpRows, TcpFlow, TcpRows
from sipdiag.media.columns import Ints, grown

MOST_OF_STREAM = 1024
"""Packets kept of a source; with more, every second is dropped."""
MOST_IN_ALL = 1_000_000
MOST_ALIKE = 64
"""Sources with one SSRC, or one pair of ends, that are compared."""
WIDEST = 0xFFFF

Place = tuple[int, int]
Source = TypeVar("Source", RtpIdentity, TcpFlow)


class Shared(Struct, Generic[Source], frozen=True):
    """Packets of one source that were seen at two places."""

    one: Source
    other: Source
    one_ns: Ints
    other_ns: Ints
    """By each place's own clock."""


class Samples(Generic[Source]):
    """Some packets of every source of a run."""

    def __init__(self) -> None:
        self._identities: Sequence[Source] = ()
        self._mask: Ints = np.zeros(0, dtype=np.int64)
        self._count: Ints = np.zeros(0, dtype=np.int64)
        self._least = 0
        self._rows: list[tuple[Ints, Ints, Ints]] = []
        self._held = 0
        self._sorted: tuple[Ints, Ints, Ints] | None = None
        """Sources, packets and times by source, once it was asked for."""

    @staticmethod
    @abstractmethod
    def _same(source: Source) -> Hashable:
        """What it has in common with itself at another point."""

    def keep(self, sources: Sequence[Source], which: Ints, packet: Ints, time_ns: Ints) -> None:
        """Some packets of a batch; all batches are of one run, and ``sources`` those met so far.

        ``which``: the source of each, negative for those beyond the bound; ``packet``: what no other packet of it has.
        """
        self._identities = sources
        count = len(sources)
        self._mask, self._count = grown(self._mask, count, self._least), grown(self._count, count)
        kept = np.flatnonzero((which >= 0) & ((packet & self._mask[which]) == 0))
        if not kept.size:
            return
        identity = which[kept]
        self._rows.append((identity, packet[kept], time_ns[kept].copy()))
        self._held += len(kept)
        self._count[:count] += np.bincount(identity, minlength=count)[:count]
        full = np.flatnonzero(self._count[:count] > MOST_OF_STREAM)
        self._mask[full] = np.minimum(2 * self._mask[full] + 1, WIDEST)
        self._count[full] //= 2
        if self._held > MOST_IN_ALL:
            self._thin()

    def _thin(self) -> None:
        """Drop what the current masks would not have kept; widen them all if that is not enough."""
        while True:
            identity, packet, time_ns = self._joined()
            kept = (packet & self._mask[identity]) == 0
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
        """Where they were captured, in the order in which that was met."""
        return list(dict.fromkeys(identity.place for identity in self._identities))

    def shared(self, group_of: Mapping[Place, int], one: int, other: int) -> Iterator[Shared[Source]]:
        """The sources seen at both of two groups of places."""
        for at_one, at_other in self._alike(group_of, one, other):
            fellows = [(self._identities[number], self._of(number)) for number in at_other]
            for number in at_one:
                packets, times_ns = self._of(number)
                for source, (its_packets, its_ns) in fellows:
                    both, mine, its = np.intersect1d(
                        packets, its_packets, assume_unique=True, return_indices=True
                    )
                    if len(both):
                        yield Shared(self._identities[number], source, times_ns[mine], its_ns[its])

    def _alike(
        self, group_of: Mapping[Place, int], one: int, other: int
    ) -> Iterator[tuple[list[int], list[int]]]:
        """The sources of the one group, and those of the other that may be the same."""
        by_source: defaultdict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for number, identity in enumerate(self._identities):
            group = group_of.get(identity.place)
            if group in (one, other):
                by_source[self._same(identity)][group == other].append(number)
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


class RtpSamples(Samples[RtpIdentity]):
    """Of RTP: a packet is its timestamp and its sequence number."""

    @staticmethod
    def _same(source: RtpIdentity) -> Hashable:
        return source.ssrc, source.payload_type

    def add(self, rows: RtpRows) -> None:
        """Keep some packets of a batch."""
        self.keep(rows.identities, rows.identity, (rows.stamp << 16) | rows.seq, rows.time_ns)


class TcpSamples(Samples[TcpFlow]):
    """Of TCP, whatever it carries: what was sent again has the same number, and is left out."""

    @staticmethod
    def _same(source: TcpFlow) -> Hashable:
        return source.src, source.dst

    def add(self, rows: TcpRows) -> None:
        """Keep some segments of a batch."""
        self.keep(rows.flows, rows.flow, rows.segment, rows.time_ns)


class Passed(Struct):
    """All of a run."""

    rtp: RtpSamples = field(default_factory=RtpSamples)
    tcp: TcpSamples = field(default_factory=TcpSamples)
