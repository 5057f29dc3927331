"""SIP over WebSocket (RFC 7118): takes the messages out of one direction of a connection.

Frames (RFC 6455 §5.2) are unmasked and fragmented messages joined.  The direction may begin with
the HTTP handshake or, in a capture that started late, with a frame.

A frame may lie about its length.  Where the next frame with SIP begins within what a frame claims, the
frame ends there; where no frame can begin, the next one with SIP is looked for.  Each byte is looked at once.
"""

from __future__ import annotations

import re

from sipdiag.sip.grammar import is_start_line

LONGEST_MESSAGE = 256 * 1024
"""Bytes; a longer message is left out."""
LONGEST_HANDSHAKE = 16 * 1024
"""Bytes of HTTP header."""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
_LONGEST_CONTROL = 125
"""Bytes of the payload of a control frame (RFC 6455 §5.5)."""
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
        final, opcode = bool(data[0] & 0x80), data[0] & 15
        if opcode >= CLOSE and (short > _LONGEST_CONTROL or not final):
            return None
        extra = {126: 2, 127: 8}.get(short, 0)
        masked = data[1] & 0x80
        size = 2 + extra + (4 if masked else 0)
        if len(data) < size:
            return None
        length = int.from_bytes(data[2 : 2 + extra], "big") if extra else short
        mask = bytes(data[size - 4 : size]) if masked else b""
        return cls(final, opcode, mask, length, size)


_LONGEST_HEADER = 14
_DATA_FRAME = re.compile(rb"[\x01\x02\x81\x82]")
_BEGIN = re.compile(rb"SIP/2\.0 [1-6][0-9]{2}|[A-Z]{2,16} (?:sips?|tel|urn):")
_LONGEST_BEGIN = 24
_UNDECIDED = _LONGEST_HEADER + _LONGEST_BEGIN
"""Bytes at the end of what has come in which a frame may begin that cannot be told yet."""


def _next_frame(data: bytes | bytearray, begin: int, end: int) -> int | None:
    """Where within ``begin:end`` a frame begins whose message is SIP; None without one."""
    for found in _DATA_FRAME.finditer(data, begin, end):
        at = found.start()
        header = _Header.parse(data[at : at + _LONGEST_HEADER])
        if header is None or not 0 < header.length <= LONGEST_MESSAGE:
            continue
        start = at + header.size
        if _BEGIN.match(_unmasked(data[start : start + _LONGEST_BEGIN], header.mask)):
            return at
    return None


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
        self._astray = False
        """What comes next is no frame; the next one with SIP is looked for."""
        self._buffer = bytearray()
        self._searched = 0
        """How far in the buffer no frame begins within another."""
        self._message = bytearray()
        self._too_long = False
        self.skipped = 0
        """Messages left out because they are too long."""
        self.lies = 0
        """Frames whose length is wrong."""

    def receive(self, data: bytes) -> list[bytes]:
        """Take the next bytes of the stream; the messages they complete."""
        self._buffer += data
        if self._handshake and not self._past_handshake():
            return []
        return self._go_on(last=False)

    def _go_on(self, *, last: bool) -> list[bytes]:
        messages: list[bytes] = []
        position = 0
        while (taken := self._step(position, messages, last)) > 0:
            position += taken
            self._searched = max(self._searched, position)
        del self._buffer[:position]
        self._searched = max(0, self._searched - position)
        return messages

    def finish(self) -> list[bytes]:
        """No more bytes come, or bytes are missing here: the message that is not whole, if one has begun.

        The next bytes are taken to begin a frame.
        """
        messages = [] if self._handshake else self._go_on(last=True)
        header = _Header.parse(self._buffer[:_LONGEST_HEADER])
        if header is not None and header.opcode < CLOSE and not self._astray and not self._handshake:
            self._take(header, self._buffer[header.size :], messages, ends=True)
        elif self._message:
            messages.append(bytes(self._message))
        self._buffer.clear()
        self._message.clear()
        self._searched = 0
        self._handshake = self._astray = self._too_long = False
        return messages

    def _past_handshake(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n", self._searched)
        if end < 0:
            self._searched = max(0, len(self._buffer) - 3)
            if len(self._buffer) > LONGEST_HANDSHAKE:
                self._buffer.clear()
                self._searched = 0
            return False
        del self._buffer[: end + 4]
        self._searched = 0
        self._handshake = False
        return True

    def _step(self, position: int, messages: list[bytes], last: bool) -> int:
        """Go on at ``position``; bytes taken, 0 when more are needed; ``last``: no more come."""
        if self._astray:
            passed = self._seek(position)
            if self._astray or passed:
                return passed
        header = _Header.parse(self._buffer[position : position + _LONGEST_HEADER])
        have = len(self._buffer)
        if header is None:
            if have - position < _LONGEST_HEADER:
                return 0
            self._astray = True
            return 1
        start, end = position + header.size, position + header.size + header.length
        doubtful = self._doubtful(header, start)
        first = position + 1 if doubtful else start
        inner = _next_frame(self._buffer, max(first, self._searched), min(end, have))
        if inner is not None:
            self.lies += 1
            if inner > start and header.opcode < CLOSE:
                self._take(header, self._buffer[start:inner], messages, ends=True)
            return inner - position
        if end <= have < end + _UNDECIDED and not last and doubtful:
            self._searched = max(first, have - _UNDECIDED)
            return 0
        if header.opcode >= CLOSE:
            return end - position if end <= have else 0
        if end <= have:
            self._take(header, self._buffer[start:end], messages, ends=header.final)
            return end - position
        self._searched = max(first, have - _UNDECIDED)
        if have - start <= LONGEST_MESSAGE:
            return 0
        self.skipped += 1
        self._message.clear()
        self._astray = True
        return self._searched - position

    def _doubtful(self, header: _Header, start: int) -> bool:
        """What looks like this frame may be bytes before, and of, another one."""
        if (header.opcode == CONTINUATION and self._message) or not header.length:
            return False
        if header.opcode in (TEXT, BINARY):
            begin = self._buffer[start : start + min(header.length, _LONGEST_BEGIN)]
            return _BEGIN.match(_unmasked(begin, header.mask)) is None
        return True

    def _seek(self, position: int) -> int:
        """Pass over what is no frame."""
        have = len(self._buffer)
        found = _next_frame(self._buffer, max(position, self._searched), have)
        if found is None:
            return max(0, have - _UNDECIDED - position)
        self._astray = False
        return found - position

    def _take(self, header: _Header, data: bytearray, messages: list[bytes], *, ends: bool) -> None:
        if header.opcode != CONTINUATION:
            self._message.clear()
            self._too_long = False
        if len(self._message) + len(data) <= LONGEST_MESSAGE:
            self._message += _unmasked(data, header.mask)
        elif not self._too_long:
            self._too_long = True
            self.skipped += 1
        if ends:
            if not self._too_long:
                messages.append(bytes(self._message))
            self._message.clear()
