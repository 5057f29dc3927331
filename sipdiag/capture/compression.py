"""Compressed captures: recognised by content, decompressed as a stream, bounded against bombs."""

from __future__ import annotations

import bz2
import importlib
import lzma
import zlib
from collections.abc import Callable
from typing import Any, Protocol, cast

from sipdiag.capture.payload import CaptureError

PIECE = 256 * 1024
"""Compressed bytes read at a time, and decompressed bytes produced at a time."""
MOST_RATIO = 250
"""A capture that grows by more than this factor …"""
FREE_BYTES = 1024 * 1024 * 1024
"""… beyond these bytes is taken for a decompression bomb: reading stops there."""


class Readable(Protocol):
    """What compressed bytes are read from."""

    def read(self, size: int) -> bytes:
        """Some bytes, at most ``size``; empty at the end."""


class Decompressor(Protocol):
    """The common interface of :mod:`bz2`, :mod:`lzma` and the zstd modules."""

    eof: bool
    needs_input: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """As in :class:`bz2.BZ2Decompressor`."""


class _Gzip:
    """:mod:`zlib` with the interface of the others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def _zstd() -> Decompressor:
    """A zstd decompressor: of the standard library from Python 3.14 on, of its backport before."""
    for name in ("compression.zstd", "backports.zstd"):
        try:
            module: Any = importlib.import_module(name)
        except ImportError:
            continue
        return cast(Decompressor, module.ZstdDecompressor())
    raise CaptureError(
        "is compressed with zstd, and no module for it is installed: "
        "`pip install backports.zstd`, or decompress it first with `zstd -d`"
    )


KINDS: tuple[tuple[bytes, str, Callable[[], Decompressor]], ...] = (
    (b"\x1f\x8b", "gzip", cast(Callable[[], Decompressor], _Gzip)),
    (b"\xfd7zXZ\x00", "xz", cast(Callable[[], Decompressor], lzma.LZMADecompressor)),
    (b"BZh", "bzip2", cast(Callable[[], Decompressor], bz2.BZ2Decompressor)),
    (b"\x28\xb5\x2f\xfd", "zstd", _zstd),
)
"""Magic number, name, decompressor."""

_BROKEN = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, RuntimeError)


def recognise(head: bytes) -> tuple[str, Callable[[], Decompressor]] | None:
    """Name and decompressor for a file that begins with these bytes."""
    for magic, name, make in KINDS:
        if head.startswith(magic):
            return name, make
    return None


class Decompressed:
    """The decompressed bytes of a file, with one ``read`` that never takes much memory."""

    def __init__(self, source: Readable, make: Callable[[], Decompressor]) -> None:
        self._source = source
        self._make = make
        self._inner = make()
        self._pending = b""
        self._taken = 0
        self._made = 0
        self.trouble: str | None = None
        """Why the stream ended early; None if it is whole."""

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes, at least one; empty at the end, or where the damage begins."""
        while self.trouble is None:
            if self._inner.eof and not self._next_member():
                return b""
            if self._inner.needs_input and not self._pending:
                self._pending = self._source.read(PIECE)
                self._taken += len(self._pending)
                if not self._pending:
                    self.trouble = "the compressed data end too early"
                    return b""
            data, self._pending = self._pending, b""
            try:
                made = self._inner.decompress(data, min(size, PIECE))
            except _BROKEN as error:
                self.trouble = f"the compressed data are damaged ({error})"
                return b""
            self._made += len(made)
            if self._made > FREE_BYTES + MOST_RATIO * self._taken:
                self.trouble = f"the data grow more than {MOST_RATIO}-fold: a decompression bomb"
                return b""
            if made:
                return made
        return b""

    def _next_member(self) -> bool:
        """Begin with the next compressed stream of the file, if one follows."""
        rest = self._inner.unused_data or self._source.read(PIECE)
        if not rest.lstrip(b"\x00"):
            return False
        self._pending = rest
        self._inner = self._make()
        return True
