"""A direction of a connection whose messages are wrapped: in WebSocket frames, or in HEP packets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from sipdiag.capture import hep, websocket
from sipdiag.capture.payload import Payload
from sipdiag.capture.segment import StreamPiece
from sipdiag.position import Frame
from sipdiag.sip.grammar import is_start_line


class Wrong(Struct):
    """Wrong lengths that were met, over all connections."""

    too_long: int = 0
    """Messages left out."""
    lies: int = 0
    """Frames and packets that claim more bytes than they have."""


class Wrapped(Struct):
    """One direction.  Each message it gives stands for itself, like a datagram."""

    unwrapper: websocket.WebSocket | hep.HepStream
    wrong: Wrong
    frames: list[int] = field(default_factory=list)
    """Of the message that is not complete yet."""
    last: StreamPiece | None = None

    @classmethod
    def of(cls, begin: bytes, wrong: Wrong, *, hep_packets: bool) -> Wrapped:
        """The direction that begins with these bytes."""
        if hep_packets:
            return cls(hep.HepStream(), wrong)
        return cls(websocket.WebSocket(handshake=begin.startswith((b"GET ", b"HTTP/"))), wrong)

    def receive(self, piece: StreamPiece) -> Iterator[Payload]:
        """The messages that the next bytes complete; a hole before them ends the one that had begun."""
        if piece.lost_before:
            yield from self.finish()
        self.last = piece
        messages = self.unwrapper.receive(piece.data)
        self.frames += piece.segment.frames
        for message in messages:
            yield from self._payload(piece, message)
            self.frames[:] = piece.segment.frames

    def finish(self) -> Iterator[Payload]:
        """No more bytes follow: what there is of a message that had begun."""
        unwrapper, piece = self.unwrapper, self.last
        for message in unwrapper.finish() if piece is not None else ():
            assert piece is not None
            yield from self._payload(piece, message)
        self.frames.clear()
        self.wrong.lies += unwrapper.lies
        unwrapper.lies = 0
        if isinstance(unwrapper, websocket.WebSocket):
            self.wrong.too_long += unwrapper.skipped
            unwrapper.skipped = 0

    def _payload(self, piece: StreamPiece, message: bytes) -> Iterable[Payload]:
        """The message, if it is SIP; HEP says where it came from."""
        segment = piece.segment
        within = isinstance(self.unwrapper, hep.HepStream)
        packet = hep.parse(message) if within else None
        if packet is None and (within or not is_start_line(message)):
            return ()
        return (
            Payload(
                time_ns=segment.time_ns if packet is None or packet.time_ns is None else packet.time_ns,
                position=Frame.of(segment.file, tuple(self.frames)),
                src=packet.src if packet else segment.src,
                dst=packet.dst if packet else segment.dst,
                transport=packet.transport if packet else "WS",
                data=packet.data if packet else message,
                point=segment.point,
                correlation=packet.correlation if packet else None,
            ),
        )
