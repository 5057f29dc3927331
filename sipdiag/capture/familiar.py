"""RTP packets that look like one seen before, recognised by their header bytes without decoding them again.

The packets of a stream differ only in fields no decoder needs: lengths, counters, checksums, the
sequence number and the time stamp.  Once a packet of a stream was decoded, others whose remaining
header bytes are the same are of that stream, whatever tunnels it goes through.  This is exact: the
bytes that decided how the first packet was decoded are compared one by one, and every length must
reach past the RTP header.  Whatever is not recognised here is decoded as usual.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from sipdiag.capture.packets import (
    ERSPAN_II,
    ERSPAN_III,
    ETHER,
    ETHERNET,
    GENEVE,
    GTP_U,
    IP,
    IPV4,
    IPV6,
    LINK,
    PPP,
    RAW_IP,
    VXLAN,
    Packets,
)
from sipdiag.capture.records import PADDING, Ints, Mask, Records
from sipdiag.capture.rtp import FoundRtp

RTP_HEADER = 12
LONGEST = PADDING - 16
"""Bytes from the start of a packet to the end of its RTP header that are compared."""
MOST_LAYOUTS = 8
"""Ways of wrapping RTP that are recognised; a capture has one or two."""
MOST_EXAMPLES = 1 << 15
"""Streams recognised at a time in one layout; if there are more, the table starts over."""
SLOT_BITS = 17
MOST_LEARNT = 4096
"""Examples taken from one batch."""

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_FREE: dict[int, tuple[tuple[int, int], ...]] = {
    ETHERNET: ((0, 12),),
    LINK | 0: (),
    LINK | 108: (),
    LINK | 12: (),
    LINK | 14: (),
    LINK | 51: ((4, 6),),
    LINK | 101: (),
    LINK | 113: ((0, 14),),
    LINK | 228: (),
    LINK | 229: (),
    LINK | 276: ((2, 20),),
    ETHER | 0x8100: ((0, 2),),
    ETHER | 0x88A8: ((0, 2),),
    ETHER | 0x9100: ((0, 2),),
    ETHER | 0x9200: ((0, 2),),
    ETHER | 0x8847: ((3, 4),),
    ETHER | 0x8848: ((3, 4),),
    ETHER | 0x8864: ((4, 6),),
    ETHER | 0x6558: ((0, 12),),
    PPP | 0x0021: (),
    PPP | 0x0057: (),
    RAW_IP: (),
    IPV4: ((1, 6), (8, 9), (10, 12)),
    IPV6: ((4, 6), (7, 8)),
    IP | 4: (),
    IP | 41: (),
    IP | 17: ((4, 8),),
    IP | 47: ((4, LONGEST),),
    IP | 97: (),
    ERSPAN_II: ((0, 8),),
    ERSPAN_III: ((0, 11), (12, 20)),
    GTP_U: ((2, 11),),
    VXLAN: ((1, 8),),
    GENEVE: ((4, 8),),
}
"""Bytes of a header that no peeler looks at but for a length, by the peeler's code; RTP in any other is never recognised."""
_LENGTHS: dict[int, tuple[int, int]] = {
    IPV4: (2, 0),
    IPV6: (4, 40),
    IP | 17: (4, 0),
    ETHER | 0x8864: (4, 6),
    LINK | 51: (4, 6),
}
"""Where a header says how long it is with what follows (16 bits), and the bytes that number leaves out."""
_RTP_FREE = ((2, 8),)
_VERSION_AND_CSRC, _PAYLOAD_TYPE = 0xCF, 0x7F

Words = npt.NDArray[np.uint64]
Step = tuple[int, int]
"""A header: the code of its peeler, and its place from the start of the packet."""


class Layout(Struct, frozen=True):
    """How RTP is wrapped."""

    link: int
    """Link type, as a code of the table of packets."""
    size: int
    """Bytes from the start of the packet to the end of the RTP header."""
    masks: tuple[int, ...]
    """What is compared of every 8 bytes."""
    lengths: tuple[tuple[int, int], ...]
    """Place of each length, in units of two bytes, and its smallest value."""

    @classmethod
    def of(cls, steps: tuple[Step, ...], rtp: int) -> Layout | None:
        """The layout of a packet peeled in these steps, whose RTP begins at ``rtp``; None if it cannot be used."""
        size = rtp + RTP_HEADER
        if size > LONGEST or any(code not in _FREE or place & 1 for code, place in steps):
            return None
        mask = bytearray(b"\xff" * size + bytes(-size % 8))
        lengths = []
        for (code, place), (_, following) in zip(steps, (*steps[1:], (0, rtp)), strict=True):
            for begin, end in _FREE[code]:
                for byte in range(place + begin, min(place + end, following)):
                    mask[byte] = 0
            if code in _LENGTHS:
                at, left_out = _LENGTHS[code]
                lengths.append(((place + at) // 2, size - place - left_out))
        mask[rtp] = _VERSION_AND_CSRC
        mask[rtp + 1] = _PAYLOAD_TYPE
        for begin, end in _RTP_FREE:
            mask[rtp + begin : rtp + end] = bytes(end - begin)
        words = np.frombuffer(mask, dtype="<u8").tolist()
        return cls(steps[0][0], size, tuple(words), tuple(lengths))


class _Examples:
    """The headers seen in one layout, with their streams."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.hits = 0
        masks = self._masks()
        self.words: Words = np.zeros((len(masks), 256), dtype=np.uint64)
        """A row for each compared word, a column for each example."""
        # The first example equals no packet, and stands for an empty slot: it has what the masks leave out.
        self.words[:, 0] = [~mask & 0xFFFF_FFFF_FFFF_FFFF for _, mask in masks]
        self.stream: Ints = np.zeros(256, dtype=np.int64)
        self.point: Ints = np.zeros(256, dtype=np.int64)
        self.count = 1
        self.slots: npt.NDArray[np.int32] = np.zeros(1 << SLOT_BITS, dtype=np.int32)

    def _masks(self) -> list[tuple[int, int]]:
        return [(place, mask) for place, mask in enumerate(self.layout.masks) if mask]

    def of(self, records: Records) -> Ints:
        """Number of the stream of each of these records; -1 where not recognised."""
        words, fits = self._read(records)
        fits &= records.link == self.layout.link
        key = self._key(words, records.point)
        found = np.where(fits, self._told(_first(key), words, records.point), -1)
        left = np.flatnonzero(fits & (found < 0))
        if left.size:
            some = [word[left] for word in words]
            found[left] = self._told(_second(key[left]), some, records.point[left])
        self.hits += int(np.count_nonzero(found >= 0))
        return found

    def _told(self, slot: Ints, words: list[Words], point: Ints) -> Ints:
        """The stream of the example in each of these slots, where it equals what was read; else -1."""
        example = self.slots[slot].astype(np.int64)
        same = self.point[example] == point
        for known, seen in zip(self.words, words, strict=True):
            same &= known[example] == seen
        return np.where(same, self.stream[example], -1)

    def _read(self, records: Records) -> tuple[list[Words], Mask]:
        """The compared words of the packets; and whether their lengths suffice."""
        heads = records.chunk.heads(records.start, 8 * len(self.layout.masks))
        columns = heads.view("<u8").reshape(len(heads), -1)
        words = [columns[:, place] & np.uint64(mask) for place, mask in self._masks()]
        shorts = heads.view(">u2").reshape(len(heads), -1)
        fits = records.length >= self.layout.size
        for place, least in self.layout.lengths:
            fits &= shorts[:, place] >= least
        return words, fits

    @staticmethod
    def _key(words: list[Words], point: Ints) -> Words:
        """What tells in which two slots an example may stand."""
        key = (words[0] ^ point.view(np.uint64)) * _FACTOR
        for word in words[1:]:
            key += word
            key *= _FACTOR
        key ^= key >> np.uint64(32)
        return key * _FACTOR

    def learn(self, records: Records, streams: Ints) -> None:
        """Remember these records as examples of the streams with these numbers."""
        words, fits = self._read(records)
        chosen = np.flatnonzero(fits)
        if self.count + len(chosen) > MOST_EXAMPLES:
            self.count = 1
            self.slots[:] = 0
        self._grow(self.count + len(chosen))
        added = np.arange(self.count, self.count + len(chosen))
        self.count += len(chosen)
        for known, seen in zip(self.words, words, strict=True):
            known[added] = seen[chosen]
        self.stream[added] = streams[chosen]
        self.point[added] = records.point[chosen]
        key = self._key(words, records.point)[chosen]
        first, second = _first(key), _second(key)
        free = self.slots[first] == 0
        self.slots[first[free]] = added[free]
        self.slots[second[~free]] = added[~free]

    def _grow(self, count: int) -> None:
        room = len(self.stream)
        if count > room:
            more = max(count, 2 * room) - room
            self.words = np.pad(self.words, ((0, 0), (0, more)))
            self.stream = np.pad(self.stream, (0, more))
            self.point = np.pad(self.point, (0, more))


def _first(key: Words) -> Ints:
    """The slot in which an example stands, where that was free."""
    return (key >> np.uint64(64 - SLOT_BITS)).astype(np.int64)


def _second(key: Words) -> Ints:
    """The slot in which it stands otherwise."""
    return (key >> np.uint64(64 - 2 * SLOT_BITS)).astype(np.int64) & (1 << SLOT_BITS) - 1


class Familiar:
    """The headers of RTP that one lane has met."""

    def __init__(self) -> None:
        self._layouts: dict[tuple[Step, ...], _Examples | None] = {}
        self._used: list[_Examples] = []

    def streams(self, records: Records) -> tuple[FoundRtp | None, Ints]:
        """The RTP of streams met before, if there is any; and all other rows."""
        left = np.arange(len(records.start))
        known: FoundRtp | None = None
        for examples in self._used:
            some = records if len(left) == len(records.start) else records.take(left)
            number = examples.of(some)
            told = number >= 0
            rows = left[told]
            if rows.size:
                start = some.start[told]
                end = start + some.length[told]
                at = start + (examples.layout.size - RTP_HEADER)
                found = FoundRtp(rows, number[told], at, end)
                known = found if known is None else known.and_then(found)
                left = left[~told]
            if not left.size:
                break
        self._used.sort(key=lambda examples: -examples.hits)
        return known, left

    def learn(self, records: Records, p: Packets, rows: Ints, streams: Ints) -> None:
        """Remember the records in these rows, which were decoded into ``p`` and found to be RTP."""
        plain = (streams >= 0) & (p.chunk.u8[p.offset[rows]] & 15 == 0)
        rows, streams = rows[plain][:MOST_LEARNT], streams[plain][:MOST_LEARNT]
        alike: dict[tuple[Step, ...], list[int]] = defaultdict(list)
        for index, steps in enumerate(_steps(records, p, rows)):
            alike[steps].append(index)
        for steps, indices in alike.items():
            examples = self._examples(steps)
            if examples is not None:
                examples.learn(records.take(rows[indices]), streams[indices])

    def _examples(self, steps: tuple[Step, ...]) -> _Examples | None:
        if steps not in self._layouts and len(self._layouts) < 4 * MOST_LAYOUTS:
            layout = Layout.of(steps[:-1], steps[-1][1])
            usable = layout is not None and len(self._used) < MOST_LAYOUTS
            examples = self._layouts[steps] = _Examples(layout) if layout and usable else None
            if examples is not None:
                self._used.append(examples)
        return self._layouts.get(steps)


def _steps(records: Records, p: Packets, rows: Ints) -> list[tuple[Step, ...]]:
    """How each of these rows was peeled; the last step is where it ended."""
    steps: list[list[Step]] = [[] for _ in range(len(rows))]
    place = np.full(len(p.next), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    start = records.start
    for code, peeled, offset in p.trail:
        which = place[peeled]
        chosen = np.flatnonzero(which >= 0)
        places = offset[chosen] - start[peeled[chosen]]
        for index, at in zip(which[chosen].tolist(), places.tolist(), strict=True):
            steps[index].append((code, at))
    ends = (p.offset[rows] - start[rows]).tolist()
    return [(*taken, (0, end)) for taken, end in zip(steps, ends, strict=True)]
