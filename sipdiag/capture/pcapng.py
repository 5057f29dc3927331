"""Walks the blocks of a pcapng file: several sections, each with its byte order and interfaces.

Packet blocks (enhanced, simple, and the obsolete one) become :class:`Records`; interface
descriptions set link type, time resolution and time offset; other blocks are stepped over once
their lengths were found sane.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt
from msgspec import Struct, field

from sipdiag.capture.annotations import OPTION_COMMENT, Annotations, options
from sipdiag.capture.damage import Damage, search
from sipdiag.capture.drops import Drops
from sipdiag.capture.interface import Interface
from sipdiag.capture.payload import Note
from sipdiag.capture.pcapng_blocks import (
    BYTE_ORDERS,
    ENHANCED_PACKET,
    INTERFACE,
    KNOWN_BLOCKS,
    LONGEST_BLOCK,
    MOST_INTERFACES,
    NAME_RESOLUTION,
    OLD_PACKET,
    OPTION_TSOFFSET,
    OPTION_TSRESOL,
    PACKET_BLOCKS,
    RUN,
    SECRETS,
    SECTION,
    SIMPLE_PACKET,
    STATISTICS,
    PacketBlocks,
)
from sipdiag.capture.records import Chunk, Ints, Mask, Records

Ticks = npt.NDArray[np.uint64]


class PcapngWalker(Struct):
    """State of the walk through one file."""

    damage: Damage
    order: str = "<"
    interfaces: list[Interface] = field(default_factory=list)
    """Of the current section."""
    earlier_interfaces: int = 0
    """Interfaces of the sections before."""
    frames: int = 0
    last_ns: int = 0
    bad_trailer_noted: bool = False
    annotations: Annotations = field(default_factory=Annotations)
    drops: Drops = field(default_factory=Drops)
    header: int = 0
    """The first section header is a block like the others."""

    @property
    def format(self) -> str:
        """Name for :class:`~sipdiag.capture.payload.FileInfo`."""
        return "pcapng"

    def walk(self, chunk: Chunk, begin: int, end: int, base: int, last: bool) -> tuple[list[Records], int]:
        """As :meth:`sipdiag.capture.pcap.PcapWalker.walk`."""
        found: list[Records] = []
        position = begin
        while True:
            if self.damage.lost_at is not None:
                position, resumed = self._resync(chunk, position, end, base, last)
                if not resumed:
                    break
            broken, position = self._section(chunk, position, end, base, found)
            if not broken and not (last and position < end):
                break
            if not broken and self._next(chunk, position + 4, end) is None:
                self.damage.cut_tail(base + position, end - position, self.frames + 1)
                break
            self.damage.lost_at = base + position
            position += 4
        if last:
            self.damage.finish()
            self.damage.notes += self.drops.notes(self.damage.file)
        return found, position

    def _section(
        self, chunk: Chunk, position: int, end: int, base: int, found: list[Records]
    ) -> tuple[bool, int]:
        """Walk blocks until the bytes end or a block is broken."""
        raw = chunk.raw
        head = struct.Struct(self.order + "II").unpack_from
        packets = PacketBlocks()
        before, same, worth = (0, 0), 0, RUN
        broken = False
        while position + 12 <= end:
            kind, length = head(raw, position)
            if kind == SECTION:
                order = BYTE_ORDERS.get(bytes(raw[position + 8 : position + 12]))
                if order is None:
                    broken = True
                    break
                self._flush(chunk, packets, found)
                packets = PacketBlocks()
                head = struct.Struct(order + "II").unpack_from
                kind, length = head(raw, position)
            if length < 12 or length & 3 or length > LONGEST_BLOCK:
                broken = True
                break
            if position + length > end:
                break
            if raw[position + 4 : position + 8] != raw[position + length - 4 : position + length]:
                if not self._sane(raw, position + length, end):
                    broken = True
                    break
                self._bad_trailer(base + position)
            if kind in PACKET_BLOCKS:
                packets.add(position, kind)
            else:
                if kind == SECTION:
                    self._begin_section(order or self.order)
                self._described(kind, raw[position + 8 : position + length - 4])
            position += length
            if (kind, length) != before:
                before, same = (kind, length), 0
                continue
            same += 1
            if same == worth and kind == ENHANCED_PACKET:
                # Voice packets are of one size: the rest of such a run is found in one go.
                run = self._run(chunk, position, end, kind, length)
                packets.add_run(position, length, run, kind)
                position += run * length
                same, worth = 0, RUN if run >= RUN else min(2 * worth, LONGEST_BLOCK)
        self._flush(chunk, packets, found)
        return broken, position

    def _run(self, chunk: Chunk, position: int, end: int, kind: int, length: int) -> int:
        """How many blocks of this kind and length follow one another."""
        word = chunk.le32 if self.order == "<" else chunk.be32
        last = max(position, end - length + 1)
        alike = word[position:last:length] == kind
        alike &= word[position + 4 : last + 4 : length] == length
        alike &= word[position + length - 4 : last + length - 4 : length] == length
        return len(alike) if alike.all() else int(np.argmin(alike))

    def _begin_section(self, order: str) -> None:
        self.order = order
        self.earlier_interfaces += len(self.interfaces)
        self.interfaces = []

    def _described(self, kind: int, block: memoryview) -> None:
        """A block that is no packet; the unknown ones are stepped over."""
        notes = self.annotations
        if kind == INTERFACE:
            body = bytes(block)
            notes.interface(self.earlier_interfaces + len(self.interfaces), body, self.order)
            self._interface(body)
        elif kind == SECTION:
            notes.section(bytes(block), self.order)
        elif kind == NAME_RESOLUTION:
            notes.resolution(bytes(block), self.order)
        elif kind == SECRETS:
            notes.secrets(bytes(block[:8]), self.order)
        elif kind == STATISTICS:
            loss = self.drops.statistics(
                bytes(block),
                self.order,
                self.interfaces,
                self.earlier_interfaces,
                self.damage.file,
                self.frames + 1,
            )
            if loss is not None:
                self.damage.losses.append(loss)

    def _interface(self, body: bytes) -> None:
        if len(body) < 8 or len(self.interfaces) >= MOST_INTERFACES:
            self.interfaces.append(Interface(link=-1, snap=0))
            return
        link, _, snap = struct.unpack_from(self.order + "HHI", body)
        resolution, offset_s = 6, 0
        for code, value in options(body, 8, self.order):
            if code == OPTION_TSRESOL and value:
                resolution = value[0]
            elif code == OPTION_TSOFFSET and len(value) == 8:
                (offset_s,) = struct.unpack(self.order + "q", value)
        self.interfaces.append(Interface(link, snap, resolution, offset_s))

    def _flush(self, chunk: Chunk, packets: PacketBlocks, found: list[Records]) -> None:
        """Turn the packet blocks met so far into columns."""
        at, kind = packets.columns()
        if not at.size:
            return
        word = chunk.le32 if self.order == "<" else chunk.be32
        short = chunk.le16 if self.order == "<" else chunk.be16
        room = word[at + 4].astype(np.int64) - 32
        number = np.where(kind == OLD_PACKET, short[at + 8], word[at + 8]).astype(np.int64)
        length = word[at + 20].astype(np.int64)
        wire = word[at + 24].astype(np.int64)
        ticks = (word[at + 12].astype(np.uint64) << np.uint64(32)) | word[at + 16].astype(np.uint64)
        start = at + 28
        simple = kind == SIMPLE_PACKET
        if simple.any():
            snap = self.interfaces[0].snap if self.interfaces else 0
            number[simple] = 0
            start[simple] = at[simple] + 12
            room[simple] += 16
            wire[simple] = word[at[simple] + 8]
            length[simple] = np.minimum(wire[simple], snap) if snap else wire[simple]
        length = np.clip(length, 0, np.maximum(room, 0))
        known = number < len(self.interfaces)
        time_ns = self._times(number, known, ticks, simple)
        links = np.array([interface.link for interface in self.interfaces] or [-1], dtype=np.int64)
        count = len(at)
        first = self.frames + 1
        self.frames += count
        self._comments(chunk, start + (length + 3 & ~3), at + room + 28, kind == ENHANCED_PACKET, first)
        found.append(
            Records(
                chunk=chunk,
                start=start,
                length=length,
                wire=wire,
                time_ns=time_ns,
                link=np.where(known, links[np.where(known, number, 0)], -1),
                point=np.where(known, number, 0) + self.earlier_interfaces,
                frame=np.arange(first, first + count, dtype=np.int64),
            )
        )

    def _comments(self, chunk: Chunk, options_at: Ints, end: Ints, enhanced: Mask, first: int) -> None:
        """Packet blocks whose first option is a comment, which is where programs write it."""
        short = chunk.le16 if self.order == "<" else chunk.be16
        rows = np.flatnonzero(enhanced & (options_at + 8 <= end))
        rows = rows[short[options_at[rows]] == OPTION_COMMENT]
        for row in rows.tolist():
            self.annotations.packet(first + row, bytes(chunk.raw[options_at[row] : end[row]]), self.order)

    def _times(self, number: Ints, known: Mask, ticks: Ticks, simple: Mask) -> Ints:
        """Times in nanoseconds; a simple packet block has none and takes that of the packet before."""
        time_ns = np.zeros(len(number), dtype=np.int64)
        for index in np.unique(number[known]):
            rows = number == index
            time_ns[rows] = self.interfaces[int(index)].time_ns(ticks[rows])
        without = simple | ~known
        if without.any():
            source = np.where(without, -1, np.arange(len(number)))
            source = np.maximum.accumulate(source)
            time_ns = np.where(source < 0, self.last_ns, time_ns[source])
        self.last_ns = int(time_ns[-1])
        return time_ns

    def _sane(self, raw: memoryview, position: int, end: int) -> bool:
        """Whether a block may stand here: the bytes end, or one of a known type and a possible length follows."""
        if position + 12 > end:
            return True
        kind, length = struct.unpack_from(self.order + "II", raw, position)
        return kind in KNOWN_BLOCKS and (
            kind == SECTION or (length >= 12 and not length & 3 and length <= LONGEST_BLOCK)
        )

    def _resync(self, chunk: Chunk, position: int, end: int, base: int, last: bool) -> tuple[int, bool]:
        """Look for the next plausible block; (where to go on, whether it was found)."""
        candidate = self._next(chunk, position, end)
        if candidate is not None:
            self.damage.resumed(base + candidate, self.frames + 1, self.last_ns)
            return candidate, True
        if last:
            self.damage.resumed(base + end, self.frames + 1, self.last_ns, ended=True)
            return end, False
        return max(position, end - LONGEST_BLOCK // 16), False

    def _next(self, chunk: Chunk, begin: int, end: int) -> int | None:
        """The first offset at which a block of a known type stands whose two lengths agree."""
        word = chunk.le32 if self.order == "<" else chunk.be32

        def whole(start: int, stop: int) -> int | None:
            candidates = np.flatnonzero(np.isin(word[start:stop], KNOWN_BLOCKS)) + start
            length = word[candidates + 4].astype(np.int64)
            fits = (length >= 12) & (length & 3 == 0) & (length <= end - candidates)
            fits[fits] = word[(candidates + length - 4)[fits]] == length[fits]
            return int(candidates[np.argmax(fits)]) if fits.any() else None

        return search(whole, begin, end - 11)

    def _bad_trailer(self, byte: int) -> None:
        if self.bad_trailer_noted:
            return
        self.bad_trailer_noted = True
        self.damage.notes.append(
            Note(
                "damaged-record",
                f"The block at byte {byte} ends in another length than it begins with; it was read all the same.",
                file=self.damage.file,
                byte=byte,
            )
        )
