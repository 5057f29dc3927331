"""The TCP connections of extracted calls: what acknowledges their messages, and no holes where other calls' data was.

A connection between a carrier and a platform carries many calls.  Of some of them alone, its sequence numbers would
have holes, which read as loss.  So the data left out is taken out of the numbers too; what was really lost stays a hole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from sipdiag.capture.capturefile import CaptureFile
from sipdiag.capture.columns import Addresses, flow_key
from sipdiag.capture.packets import TCP, Packets
from sipdiag.capture.payload import Endpoint, FileInfo
from sipdiag.capture.peelers import peel
from sipdiag.capture.records import Ints, Mask

Ends = frozenset[Endpoint]
"""Both ends of a connection."""

_SEQUENCE, _ACKNOWLEDGES, _FLAGS, _CHECKSUM = 4, 8, 13, 16
"""Offsets in the TCP header (RFC 9293 §3.1)."""
_SYN, _ACK = 0x02, 0x10
_WRAP, _HALF = 1 << 32, 1 << 31


class Renumbered(NamedTuple):
    """A segment of which the header says something else in the extract."""

    header: int
    """Where its TCP header begins in the record."""
    sequence: int
    acknowledges: int

    def written(self, record: bytes) -> bytes:
        """The record with these numbers, its checksum as right or wrong as it was (RFC 1624)."""
        changed = bytearray(record)
        for place, value in ((_SEQUENCE, self.sequence), (_ACKNOWLEDGES, self.acknowledges)):
            changed[self.header + place : self.header + place + 4] = value.to_bytes(4, "big")
        begin, end = self.header + _SEQUENCE, self.header + _ACKNOWLEDGES + 4
        at = self.header + _CHECKSUM
        total = ~int.from_bytes(record[at : at + 2], "big") & 0xFFFF
        for place in range(begin, end, 2):
            total += ~int.from_bytes(record[place : place + 2], "big") & 0xFFFF
            total += int.from_bytes(changed[place : place + 2], "big")
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        changed[at : at + 2] = (~total & 0xFFFF).to_bytes(2, "big")
        return bytes(changed)


class _Segments(NamedTuple):
    """The segments of one connection, a row each, in the order of the file."""

    frame: Ints
    forward: Mask
    """Sent by the end that sent the first one."""
    header: Ints
    sequence: Ints
    acknowledges: Ints
    flags: Ints
    size: Ints
    """Bytes of data it had on the wire."""


def closed_up(path: str, wanted: Mapping[Ends, set[int]]) -> dict[int, Renumbered | None]:
    """The segments without data that belong to the wanted frames, and what is renumbered of all; None: as it is.

    :raises sipdiag.capture.payload.CaptureError: the file cannot be read.
    """
    found: dict[int, Renumbered | None] = {}
    for ends, segments in _connections(path, wanted).items():
        frames = np.array(sorted(wanted[ends]))
        chosen = np.isin(segments.frame, frames)
        bare = _between(segments, chosen)
        found.update(dict.fromkeys(segments.frame[bare].tolist()))
        # A segment put together from fragments is no row here, and its numbers cannot be changed.
        if int(chosen.sum()) == len(frames):
            found.update(_renumbered(segments, chosen, chosen | bare))
    return found


def _connections(path: str, wanted: Iterable[Ends]) -> dict[Ends, _Segments]:
    ends_of: dict[int, Ends | None] = {}
    first: dict[Ends, Endpoint] = {}
    rows: dict[Ends, list[tuple[int, ...]]] = {ends: [] for ends in wanted}
    addresses = Addresses()
    for chunk in CaptureFile(path, 0, FileInfo(path=path, format="")).records():
        for records in chunk.records:
            p = Packets.of(records)
            peel(p)
            tcp = np.flatnonzero(p.next == TCP)
            keys = flow_key(p, tcp, directed=False).tolist() if tcp.size else []
            for row, key in zip(tcp.tolist(), keys, strict=True):
                if key in ends_of and ends_of[key] is None:
                    continue
                src, dst = addresses.ends(p.chunk, int(p.network[row]), int(p.transport[row]))
                ends = ends_of.setdefault(key, known if (known := frozenset((src, dst))) in rows else None)
                if ends is None:
                    continue
                at = int(p.transport[row])
                rows[ends].append(
                    (
                        int(records.frame[row]),
                        src == first.setdefault(ends, src),
                        at - int(records.start[row]),
                        int(p.chunk.be32[at + _SEQUENCE]),
                        int(p.chunk.be32[at + _ACKNOWLEDGES]),
                        int(p.chunk.u8[at + _FLAGS]),
                        int(p.wire_end[row] - p.offset[row]),
                    )
                )
    return {ends: _columns(found) for ends, found in rows.items() if found}


def _columns(rows: list[tuple[int, ...]]) -> _Segments:
    frame, forward, *rest = np.array(rows, dtype=np.int64).T
    return _Segments(frame, forward.astype(bool), *rest)


def _between(segments: _Segments, chosen: Mask) -> Mask:
    """Segments without data from the first chosen one up to what follows the last, in either direction."""
    if not chosen.any():
        return chosen
    first, last = np.flatnonzero(chosen)[[0, -1]].tolist()
    place = np.arange(len(chosen))
    bare = (segments.size == 0) & (place > first)
    within: Mask = bare & (place < last)
    for forward in (True, False):
        after = np.flatnonzero(bare & (place > last) & (segments.forward == forward))
        within[after[:1]] = True
    return within


def _renumbered(segments: _Segments, chosen: Mask, kept: Mask) -> dict[int, Renumbered]:
    """Every use of the two ports by itself: a SYN begins the next."""
    opened = (segments.flags & (_SYN | _ACK)) == _SYN
    use = np.cumsum(opened & np.r_[True, np.diff(segments.sequence) != 0])
    found: dict[int, Renumbered] = {}
    for number in np.unique(use[kept]).tolist():
        of_use = use == number
        left_out = {
            forward: _LeftOut.of(segments, of_use & (segments.forward == forward), chosen)
            for forward in (True, False)
        }
        for row in np.flatnonzero(of_use & kept).tolist():
            own = bool(segments.forward[row])
            sequence, acknowledges = int(segments.sequence[row]), int(segments.acknowledges[row])
            closed = left_out[own].closed(sequence)
            answered = left_out[not own].closed(acknowledges) if segments.flags[row] & _ACK else acknowledges
            if (closed, answered) != (sequence, acknowledges):
                found[int(segments.frame[row])] = Renumbered(int(segments.header[row]), closed, answered)
    return found


class _LeftOut(NamedTuple):
    """The data of one direction that is not extracted, as spans of sequence numbers since ``base``."""

    base: int
    begin: Ints
    size: Ints

    @classmethod
    def of(cls, segments: _Segments, rows: Mask, chosen: Mask) -> _LeftOut:
        rows = rows & (segments.size > 0)
        base = int(segments.sequence[rows][0]) if rows.any() else 0
        begin = (segments.sequence[rows] - base + _HALF) % _WRAP - _HALF
        end = begin + segments.size[rows]
        edges = np.unique(np.r_[begin, end])
        extracted = _covered(edges, begin[chosen[rows]], end[chosen[rows]])
        others = _covered(edges, begin, end) & ~extracted
        return cls(base, edges[:-1][others], np.diff(edges)[others])

    def closed(self, number: int) -> int:
        """The sequence number without what was left out before it."""
        since = (number - self.base + _HALF) % _WRAP - _HALF
        return int((number - np.clip(since - self.begin, 0, self.size).sum()) % _WRAP)


def _covered(edges: Ints, begin: Ints, end: Ints) -> Mask:
    """Of each span between neighbouring edges, whether one of these covers it."""
    if len(edges) < 2:
        return np.zeros(0, dtype=bool)
    change = np.zeros(len(edges), dtype=np.int64)
    np.add.at(change, np.searchsorted(edges, begin), 1)
    np.add.at(change, np.searchsorted(edges, end), -1)
    covered: Mask = np.cumsum(change)[:-1] > 0
    return covered
