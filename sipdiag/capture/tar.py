"""The members of a tar archive (POSIX ustar and pax, GNU), read once from front to end.

No more is read than is asked for: extended headers are bounded, and nothing is skipped by seeking, so that
compressed archives are read the same way.
"""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.capture.inputs import Input

BLOCK = 512
MAGIC_AT = 257
MAGIC = b"ustar"
LARGEST_HEADER = 65_536
"""Bytes of an extended header."""
_PIECE = 1024 * 1024


class DamagedError(Exception):
    """The archive ends early, or its headers are impossible."""


class File:
    """The bytes of one member."""

    def __init__(self, source: Input, size: int) -> None:
        self._source, self.left = source, size

    def read(self, size: int) -> bytes:
        """Some of them; empty at the end."""
        room = bytearray(min(size, self.left))
        got = self._source.fill(memoryview(room))
        if got < len(room):
            raise DamagedError
        self.left -= got
        return bytes(room)


def members(source: Input) -> Iterator[tuple[str, File | None]]:
    """The name and bytes of every member except folders; None for bytes unless it is a plain file.

    :raises DamagedError: it ends early, or is damaged.
    """
    try:
        yield from _members(source)
    except ValueError:
        raise DamagedError from None


def _members(source: Input) -> Iterator[tuple[str, File | None]]:
    name: str | None = None
    size: int | None = None
    while (header := File(source, BLOCK).read(BLOCK)).strip(b"\0"):
        kind = header[156:157]
        own_size = _number(header[124:136])
        if kind in (b"L", b"x", b"g", b"K"):
            data = _header_of(source, own_size)
            if kind == b"L":
                name = data.rstrip(b"\0").decode("utf-8", "replace")
            elif kind == b"x":
                values = _pax(data)
                name = values.get("path", name)
                size = int(values["size"]) if "size" in values else size
            continue
        length = own_size if size is None else size
        file = File(source, length)
        own = _text(header[:100])
        prefix = _text(header[345:500]) if header[257:263] == b"ustar\0" else ""
        told = name or (f"{prefix}/{own}" if prefix else own)
        if kind in (b"0", b"\0", b"7") and not told.endswith("/"):
            yield told.removeprefix("./"), file
        elif kind != b"5" and kind != b"0":
            yield told, None
        _skip(source, file.left + -length % BLOCK)
        name = size = None


def _header_of(source: Input, size: int) -> bytes:
    """What an extended header says."""
    if size > LARGEST_HEADER:
        raise ValueError
    data = File(source, size).read(size)
    _skip(source, -size % BLOCK)
    return data


def _skip(source: Input, size: int) -> None:
    file = File(source, size)
    while file.left:
        file.read(_PIECE)


def _text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("utf-8", "replace")


def _number(data: bytes) -> int:
    if data[0] & 0x80:
        return int.from_bytes(data[1:], "big")
    return int(data.strip(b" \0") or b"0", 8)


def _pax(data: bytes) -> dict[str, str]:
    """``LENGTH KEY=VALUE`` records (POSIX pax)."""
    found, at = {}, 0
    while at < len(data):
        length = int(data[at : data.index(b" ", at)])
        if length < 5:
            raise ValueError
        key, _, value = data[at : at + length].partition(b" ")[2].rstrip(b"\n").partition(b"=")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        at += length
    return found
