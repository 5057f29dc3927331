"""SIP over WebSocket (RFC 7118): takes the messages out of one direction of a connection.

Frames (RFC 6455 §5.2) are unmasked and fragmented messages joined.  The direction may begin with
the HTTP handshake or, in a capture that started late, with a frame.
"""

from __future__ import annotations

from sipdiag.sip.grammar import is_start_line

LONGEST_MESSAGE = 256 * 1024
"""Bytes; a longer message is skipped."""
LONGEST_HANDSHAKE = 16 * 1024
"""Bytes of HTTP header."""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
_OPCODES = frozenset((CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG))


def is_handshake(data: bytes) -> bool:
    """Whether a segment begins the HTTP upgrade, either side of it, to the subprotocol ``sip``."""
    if not data.startswith((b"GET ", b"HTTP/1.1 101")):
        return False
    for line in data[:LONGEST_HANDSHAKE].lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"sec-websocket-protocol":
            return b"sip" in (item.strip() for item in value.split(b","))
    return False


def begins_with_sip(data: bytes) -> bool:
    """Whether a segment begins with a WebSocket frame whose message is SIP."""
    head = _Header.parse(data)
    if head is None or head.opcode not in (TEXT, BINARY):
        return False
    start = head.size
    return is_start_line(_unmasked(data[start : start + min(head.length, 2048)], head.mask))


class _Header:
    """The header of a frame."""

    __slots__ = ("final", "length", "mask", "opcode", "size")

    def __init__(self, final: bool, opcode: int, mask: bytes, length: int, size: int) -> None:
        self.final = final
        self.opcode = opcode
        self.mask = mask
        self.length = length
        self.size = size

    @classmethod
    def parse(cls, data: bytes | bytearray) -> _Header | None:
        """The header; None when it is not whole, or is none."""
        if len(data) < 2 or data[0] & 0x70 or data[0] & 15 not in _OPCODES:
            return None
        short = data[1] & 0x7F
        extra = {126: 2, 127: 8}.get(short, 0)
        masked = data[1] & 0x80
        size = 2 + extra + (4 if masked else 0)
        if len(data) < size:
            return None
        length = int.from_bytes(data[2 : 2 + extra], "big") if extra else short
        mask = bytes(data[size - 4 : size]) if masked else b""
        return cls(bool(data[0] & 0x80), data[0] & 15, mask, length, size)


def _unmasked(data: bytes | bytearray, mask: bytes) -> bytes:
    if not mask:
        return bytes(data)
    size = len(data)
    whole = mask * (size // 4 + 1)
    return (int.from_bytes(data, "big") ^ int.from_bytes(whole[:size], "big")).to_bytes(size, "big")


class WebSocket:
    """One direction of a connection."""

    def __init__(self, *, handshake: bool) -> None:
        self._handshake = handshake
        self._buffer = bytearray()
        self._message = bytearray()
        self._skip = 0
        self._too_long = False
        self.skipped = 0
        """Messages left out because they are too long."""

    def receive(self, data: bytes) -> list[bytes]:
        """Take the next bytes of the stream; the messages they complete."""
        if self._skip:
            passed = min(self._skip, len(data))
            self._skip -= passed
            data = data[passed:]
        self._buffer += data
        if self._handshake and not self._past_handshake():
            return []
        messages: list[bytes] = []
        position = 0
        while (taken := self._frame(position, messages)) > 0:
            position += taken
        del self._buffer[:position]
        return messages

    def lost(self) -> None:
        """Bytes are missing here; the next ones are taken to begin a frame."""
        self._buffer.clear()
        self._message.clear()
        self._skip = 0
        self._handshake = False

    def _past_handshake(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > LONGEST_HANDSHAKE:
                self._buffer.clear()
            return False
        del self._buffer[: end + 4]
        self._handshake = False
        return True

    def _frame(self, position: int, messages: list[bytes]) -> int:
        """Take one frame at ``position``; bytes taken, 0 when it is not whole."""
        header = _Header.parse(self._buffer[position : position + 14])
        if header is None:
            if len(self._buffer) - position >= 14:
                # No frame can begin like this: wait for the next segment instead.
                self.lost()
            return 0
        if header.length > LONGEST_MESSAGE:
            self.skipped += 1
            self._skip = max(0, header.size + header.length - (len(self._buffer) - position))
            return len(self._buffer) - position
        end = position + header.size + header.length
        if end > len(self._buffer):
            return 0
        if header.opcode in (CONTINUATION, TEXT, BINARY):
            self._take(header, self._buffer[position + header.size : end], messages)
        return header.size + header.length

    def _take(self, header: _Header, data: bytearray, messages: list[bytes]) -> None:
        if header.opcode != CONTINUATION:
            self._message.clear()
            self._too_long = False
        if len(self._message) + len(data) <= LONGEST_MESSAGE:
            self._message += _unmasked(data, header.mask)
        elif not self._too_long:
            self._too_long = True
            self.skipped += 1
        if header.final:
            if not self._too_long:
                messages.append(bytes(self._message))
            self._message.clear()
