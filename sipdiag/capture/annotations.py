"""What a pcapng file carries besides packets: interface names, comments, resolved names, TLS keys."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

from msgspec import Struct, field

from sipdiag.capture.payload import Note

COMMENT = "comment"
"""Code of the notes that quote a comment."""
OPTION_END, OPTION_COMMENT = 0, 1
OPTION_NAME = 2
"""``if_name`` of an interface description."""
TLS_KEY_LOG = 0x544C534B
"""Secrets type of a decryption secrets block; others are WireGuard's, ZigBee's and so on."""
MOST_COMMENTS = 20
LONGEST_COMMENT = 500
"""Characters."""
MOST_NAMES = 10_000
LONGEST_NAME = 255
_RECORD_SIZES = {1: (socket.AF_INET, 4), 2: (socket.AF_INET6, 16)}
"""Name resolution record type → address family and bytes of the address."""


class Annotations(Struct):
    """Of one file; bounded, whatever the file holds."""

    interfaces: dict[int, str] = field(default_factory=dict)
    """Name of an interface by its number, counted over the sections."""
    names: dict[str, str] = field(default_factory=dict)
    """Host name by address, as whoever captured resolved it."""
    comments: list[tuple[int | None, str]] = field(default_factory=list)
    """Frame (None: the file or an interface) and text."""
    keys: bool = False
    """Whether there are TLS secrets inside."""
    _unsaid: int = 0

    def interface(self, number: int, body: bytes, order: str) -> None:
        """An interface description block, without its header."""
        for code, value in options(body, 8, order):
            if code == OPTION_NAME and value:
                self.interfaces[number] = _text(value, LONGEST_NAME)
            elif code == OPTION_COMMENT:
                self._comment(None, value)

    def section(self, body: bytes, order: str) -> None:
        """A section header block, without its header."""
        for code, value in options(body, 16, order):
            if code == OPTION_COMMENT:
                self._comment(None, value)

    def packet(self, frame: int, body: bytes, order: str) -> None:
        """The options of a packet block."""
        for code, value in options(body, 0, order):
            if code == OPTION_COMMENT:
                self._comment(frame, value)

    def resolution(self, body: bytes, order: str) -> None:
        """A name resolution block: records of an address and its names."""
        for kind, value in options(body, 0, order):
            family, size = _RECORD_SIZES.get(kind, (None, 0))
            name = _text(value[size:].split(b"\0")[0], LONGEST_NAME)
            if family is None or not name or len(self.names) >= MOST_NAMES:
                continue
            self.names[socket.inet_ntop(family, value[:size])] = name

    def secrets(self, body: bytes, order: str) -> None:
        """A decryption secrets block."""
        if len(body) >= 8:
            self.keys |= struct.unpack_from(order + "I", body)[0] == TLS_KEY_LOG

    def _comment(self, frame: int | None, value: bytes) -> None:
        if len(self.comments) < MOST_COMMENTS:
            self.comments.append((frame, _text(value, LONGEST_COMMENT)))
        else:
            self._unsaid += 1

    def notes(self, file: int) -> list[Note]:
        """The comments as notes."""
        found = [
            Note(
                COMMENT,
                f"Comment {f'on frame {frame}' if frame else 'in the capture'}: {text}",
                file=file,
                frame=frame,
            )
            for frame, text in self.comments
            if text
        ]
        if self._unsaid:
            found.append(Note(COMMENT, f"The capture has {self._unsaid} more comments.", file=file))
        return found


def options(body: bytes, position: int, order: str) -> Iterator[tuple[int, bytes]]:
    """Code and value of each option (or name resolution record) from ``position`` on."""
    while position + 4 <= len(body):
        code, size = struct.unpack_from(order + "HH", body, position)
        value = body[position + 4 : position + 4 + size]
        if code == OPTION_END or len(value) < size:
            return
        yield code, value
        position += 4 + (size + 3 & ~3)


def _text(value: bytes, longest: int) -> str:
    """UTF-8 on one line."""
    return " ".join(value[: 4 * longest].decode("utf-8", "replace").replace("\0", " ").split())[:longest]
