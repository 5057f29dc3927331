"""Chooses the TCP segments that matter and turns their bytes into payloads.

Whole columns of segments are looked at first; a segment becomes a Python object only if its
connection is known to carry SIP, begins to carry it in this batch, or uses a port where SIP is
expected.  Any other connection costs next to nothing.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator

import numpy as np
from msgspec import Struct, field

from sipdiag.capture import columns, hep, websocket
from sipdiag.capture.encrypted import Encrypted
from sipdiag.capture.frames import Frames
from sipdiag.capture.losses import ANYBODY, Loss
from sipdiag.capture.order import Key
from sipdiag.capture.packets import Packets
from sipdiag.capture.payload import Accounting, Endpoint, Note, Payload
from sipdiag.capture.records import Ints, Mask
from sipdiag.capture.segment import Segment, StreamPiece
from sipdiag.capture.streams import MOST_CONNECTIONS, Streams
from sipdiag.capture.wrapped import Wrapped, Wrong
from sipdiag.position import Frame
from sipdiag.sip.grammar import is_start_line

SIP_PORTS = (5060, 5062, 5070, 5080, 5090, 6060)
"""Ports whose connections are put in order even before anything in them looks like SIP."""
UNRECOGNISED = 16 * 1024
"""Bytes kept of a connection before anything in it looks like SIP."""
START = 4096
"""Bytes at the beginning of a direction in which a start line cut over segments is looked for."""
MOST_REUSED = 8
"""Directions remembered of a pair of ports."""

SIP, WEBSOCKET, HEP = "TCP", "WS", "HEP"
"""What a connection carries."""

_HTTP_REQUEST = re.compile(rb"[A-Z]{3,8} [^\r\n]{1,8192} HTTP/1\.[01]\r?\n")

Keyed = tuple[Key, Payload]


class _Stream(Struct):
    """What is known above TCP of one direction."""

    wrapped: Wrapped | None = None
    """Takes its messages out of frames or packets, where they are wrapped in some."""
    start: bytearray = field(default_factory=bytearray)
    last: Key = (-(1 << 63), 0, 0)


class _Connection(Struct):
    """Both directions; what is recognised in one holds for both."""

    carries: str | None = None
    streams: dict[int, _Stream] = field(default_factory=dict)
    waiting: list[StreamPiece] = field(default_factory=list)
    """Pieces that came before anything was recognised."""
    waiting_bytes: int = 0
    frames: int = 0
    """Frames of the pieces waiting, so far counted as other traffic."""

    def stream(self, number: int) -> _Stream:
        """One of the directions; of ports used again and again the latest ones are kept."""
        if number not in self.streams:
            if len(self.streams) >= MOST_REUSED:
                del self.streams[min(self.streams)]
            self.streams[number] = _Stream()
        return self.streams[number]


class Tcp:
    """The TCP connections of one lane."""

    def __init__(self, accounting: Accounting, addresses: columns.Addresses, numbers: Iterator[int]) -> None:
        self._accounting = accounting
        self._addresses = addresses
        self._streams = Streams(numbers, accounting.acknowledged)
        self._connections: OrderedDict[int, _Connection] = OrderedDict()
        self._owner: dict[tuple[Endpoint, Endpoint], int] = {}
        self._given_up = 0
        self._wrong = Wrong()
        self._encrypted = Encrypted(accounting, addresses)

    def take(self, p: Packets, rows: Ints, frames: Frames, notes: list[Note]) -> list[Keyed]:
        """Count the segments of these rows, and give the payloads that are in order now."""
        weight = frames.weight(rows)
        size = p.end[rows] - p.offset[rows]
        keys = columns.flow_key(p, rows, directed=False)
        self._encrypted.look(p, rows, keys, size)
        self._recognise(p, rows, keys, size)
        followed = np.isin(keys, np.fromiter(self._connections, dtype=np.int64, count=len(self._connections)))
        self._accounting.other += int(weight[~followed].sum())
        found: list[Keyed] = []
        for row, key in zip(rows[followed].tolist(), keys[followed].tolist(), strict=True):
            self._segment(p, row, key, frames, notes, found)
        return found

    def finish(self, notes: list[Note]) -> list[Keyed]:
        """No more segments will come."""
        found: list[Keyed] = []
        if self._given_up:
            notes.append(
                Note(
                    "bound",
                    f"More than {MOST_CONNECTIONS:,} TCP connections with SIP at a time: {self._given_up:,} were "
                    "given up, and messages cut over their segments may be missing.",
                )
            )
        for piece in self._streams.finish(notes):
            owner = self._owner.get(piece.segment.ends)
            connection = self._connections.get(owner) if owner is not None else None
            if connection is not None:
                self._piece(connection, piece, found)
        for connection in self._connections.values():
            for stream in connection.streams.values():
                if stream.wrapped is not None:
                    found += ((stream.last, payload) for payload in stream.wrapped.finish())
        notes += self._passed_bounds()
        return found

    def _passed_bounds(self) -> Iterator[Note]:
        if self._wrong.too_long:
            text = f"WebSocket messages longer than {websocket.LONGEST_MESSAGE:,} bytes: "
            yield Note("bound", f"{text}{self._wrong.too_long:,} were left out.")
        if self._wrong.lies:
            text = "WebSocket frames or HEP packets that claim more bytes than they have: "
            yield Note("wrong-length", f"{text}{self._wrong.lies:,}; each was read up to the next one.")
        yield from self._encrypted.notes()

    # Which connections

    def _recognise(self, p: Packets, rows: Ints, keys: Ints, size: Ints) -> None:
        """Follow the connections in which something like SIP begins."""
        at, end = p.offset[rows], p.end[rows]
        ports = np.isin(p.chunk.be16[p.transport[rows]], SIP_PORTS)
        ports |= np.isin(p.chunk.be16[p.transport[rows] + 2], SIP_PORTS)
        for key in np.unique(keys[ports & (size > 0)]).tolist():
            self._follow(key, None)
        text = columns.begins_like_sip(p.chunk, at, end)
        http: set[int] = set()
        for index in np.flatnonzero(text | self._framed(p, at, size)).tolist():
            data = bytes(p.chunk.raw[at[index] : end[index]])
            carries, key = _what(data), int(keys[index])
            if carries is None and _HTTP_REQUEST.match(data):
                http.add(key)
            # A web server may send a SIP status line to get past a filter.
            if carries is not None and not (carries == SIP and key in http):
                self._follow(key, carries)

    @staticmethod
    def _framed(p: Packets, at: Ints, size: Ints) -> Mask:
        """Segments that may begin with a WebSocket frame of data, or with HEP."""
        first = p.chunk.u8[np.where(size >= 6, at, 0)]
        framed: Mask = (size >= 6) & ((first == 0x81) | (first == 0x82) | (first == ord("H")))
        return framed

    def _follow(self, key: int, carries: str | None) -> None:
        connection = self._connections.get(key)
        if connection is None:
            connection = self._connections[key] = _Connection()
            if len(self._connections) > MOST_CONNECTIONS:
                self._connections.popitem(last=False)
                self._given_up += 1
                self._forget_owners()
        else:
            self._connections.move_to_end(key)
        connection.carries = connection.carries or carries

    def _forget_owners(self) -> None:
        """Drop the ends of connections given up, now and then."""
        if len(self._owner) > 4 * MOST_CONNECTIONS:
            known = self._connections
            self._owner = {ends: key for ends, key in self._owner.items() if key in known}

    # Segments

    def _segment(
        self, p: Packets, row: int, key: int, frames: Frames, notes: list[Note], found: list[Keyed]
    ) -> None:
        chunk, transport = p.chunk, int(p.transport[row])
        src, dst = self._addresses.ends(chunk, int(p.network[row]), transport)
        offset, end = int(p.offset[row]), int(p.end[row])
        segment = Segment(
            src=src,
            dst=dst,
            sequence=int(chunk.be32[transport + 4]),
            flags=int(chunk.u8[transport + 13]),
            data=bytes(chunk.raw[offset:end]),
            cut=int(p.wire_end[row]) - end,
            time_ns=int(frames.time_ns[row]),
            file=frames.file,
            frames=frames.of(row),
            point=int(frames.point[row]),
            acknowledges=int(chunk.be32[transport + 8]),
        )
        connection = self._connections[key]
        self._owner[src, dst] = key
        self._count(connection, segment, frames.weight_of(row))
        for piece in self._streams.add(segment, notes):
            owner = self._connections.get(self._owner.get(piece.segment.ends, key))
            if owner is not None:
                self._piece(owner, piece, found)

    def _count(self, connection: _Connection, segment: Segment, weight: int) -> None:
        if segment.data and connection.carries is not None:
            self._accounting.sip += weight
            return
        self._accounting.other += weight
        if segment.data:
            connection.frames += weight

    def _piece(self, connection: _Connection, piece: StreamPiece, found: list[Keyed]) -> None:
        stream = connection.stream(piece.stream)
        if connection.carries is None:
            self._wait(connection, stream, piece)
            if connection.carries is None:
                return
        if connection.waiting:
            waiting, connection.waiting = connection.waiting, []
            self._accounting.other -= connection.frames
            self._accounting.sip += connection.frames
            for earlier in waiting:
                if earlier is not piece:
                    self._hand_on(connection, earlier, found)
        self._hand_on(connection, piece, found)

    def _wait(self, connection: _Connection, stream: _Stream, piece: StreamPiece) -> None:
        """Keep the piece until something is recognised."""
        if len(stream.start) < START:
            stream.start += piece.data[:START]
            connection.carries = _what(bytes(stream.start))
        connection.waiting.append(piece)
        connection.waiting_bytes += len(piece.data)
        if connection.waiting_bytes > UNRECOGNISED and connection.carries is None:
            connection.waiting.clear()
            connection.waiting_bytes = connection.frames = 0

    # Payloads

    def _hand_on(self, connection: _Connection, piece: StreamPiece, found: list[Keyed]) -> None:
        stream = connection.stream(piece.stream)
        segment = piece.segment
        stream.last = max(stream.last, (segment.time_ns, segment.file, segment.frames[-1]))
        if piece.lost_before:
            self._accounting.losses.add(_hole(piece, connection.carries))
        if connection.carries == SIP:
            found.append((stream.last, _payload(piece)))
            return
        if stream.wrapped is None:
            stream.wrapped = Wrapped.of(piece.data, self._wrong, hep_packets=connection.carries == HEP)
        found += ((stream.last, payload) for payload in stream.wrapped.receive(piece))


def _what(data: bytes) -> str | None:
    """What a connection carries, judging by the start of a segment."""
    if is_start_line(data):
        return SIP
    if data.startswith(hep.MAGIC):
        return HEP
    if websocket.is_handshake(data) or websocket.begins_with_sip(data):
        return WEBSOCKET
    return None


def _hole(piece: StreamPiece, carries: str | None) -> Loss:
    """The loss of the bytes missing before a piece; a HEP agent's may concern any host."""
    segment = piece.segment
    anybody = carries == HEP
    return Loss(
        kind="stream",
        hosts=ANYBODY if anybody else frozenset((segment.src.address, segment.dst.address)),
        since_ns=min(piece.since_ns, segment.time_ns),
        until_ns=max(piece.since_ns, segment.time_ns),
        file=segment.file,
        frame=segment.frames[-1],
        transport=None if anybody else "TCP",
    )


def _payload(piece: StreamPiece) -> Payload:
    segment = piece.segment
    return Payload(
        time_ns=segment.time_ns,
        position=Frame.of(segment.file, segment.frames),
        src=segment.src,
        dst=segment.dst,
        transport="TCP",
        data=piece.data,
        stream=piece.stream,
        lost_before=piece.lost_before,
        cut=piece.cut,
        point=segment.point,
    )
