"""The bytes of one input: a file or standard input, plain or compressed, and their digest."""

from __future__ import annotations

import hashlib
import stat
import sys
import threading
from pathlib import Path
from typing import BinaryIO, cast

from sipdiag.capture import compression
from sipdiag.capture.payload import CaptureError

HEAD = 32
"""Bytes that identify a file."""
LARGE_READ = 1024 * 1024
"""Bytes; the digest of a larger piece is made beside its decoding."""
STDIN = "-"


class StoredBytes:
    """The bytes as they are stored, counted and digested while they are read."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.taken = 0
        """Bytes read so far."""
        self.size: int | None = None
        """Bytes there are; None for a pipe."""
        self._digest = hashlib.sha256()
        self._hashing: threading.Thread | None = None
        self._file = self._open()

    def _open(self) -> BinaryIO:
        if self.path == STDIN:
            if sys.stdin is None:
                raise CaptureError("-: standard input is closed; pipe a capture into it, or give a file")
            return sys.stdin.buffer
        try:
            state = Path(self.path).stat()
            if stat.S_ISDIR(state.st_mode):
                raise CaptureError(
                    f"{self.path}: is a directory, and holds no capture and no log with SIP messages; give the files"
                )
            if stat.S_ISREG(state.st_mode):
                self.size = state.st_size
            return cast(BinaryIO, Path(self.path).open("rb", buffering=0))
        except FileNotFoundError:
            raise CaptureError(f"{self.path}: no such file; check the name") from None
        except PermissionError:
            raise CaptureError(
                f"{self.path}: no permission to read it; run as its owner or chmod it"
            ) from None
        except (OSError, ValueError) as error:
            raise CaptureError(f"{self.path}: cannot be opened: {error}") from None

    def readinto(self, view: memoryview) -> int:
        """Read some bytes into the view; 0 at the end.  Until the next are read they must stay there."""
        try:
            got = int(cast(int, self._file.readinto(view)))  # type: ignore[attr-defined]
        except OSError as error:
            raise CaptureError(f"{self.path}: cannot be read at byte {self.taken}: {error}") from None
        self.settle()
        self.taken += got
        if got >= LARGE_READ:
            self._hashing = threading.Thread(target=self._digest.update, args=(view[:got],))
            self._hashing.start()
        else:
            self._digest.update(view[:got])
        return got

    def read(self, size: int) -> bytes:
        """Read some bytes; empty at the end."""
        room = bytearray(size)
        got = self.readinto(memoryview(room))
        self.settle()
        return bytes(room[:got])

    def settle(self) -> None:
        """Wait for the digest of what was read last."""
        if self._hashing is not None:
            self._hashing.join()
            self._hashing = None

    @property
    def sha256(self) -> str:
        """Digest of the bytes read so far, hexadecimal."""
        self.settle()
        return self._digest.hexdigest()

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self.settle()
        if self.path != STDIN:
            self._file.close()


class _Rejoined:
    """A stored file whose first bytes were read already and come once more."""

    def __init__(self, head: bytes, rest: StoredBytes) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int) -> bytes:
        if self._head:
            head, self._head = self._head[:size], self._head[size:]
            return head
        return self._rest.read(size)


class Input:
    """The bytes of a capture, decompressed where they are compressed."""

    def __init__(self, path: str) -> None:
        self.stored = StoredBytes(path)
        try:
            head = _exactly(self.stored, HEAD)
            self.compression: str | None = None
            """``gzip``, ``xz``, …; None when plain."""
            self._decompressed: compression.Decompressed | None = None
            kind = compression.recognise(head)
            if kind is not None:
                self.compression, make = kind
                self._decompressed = compression.Decompressed(_Rejoined(head, self.stored), make)
                head = _exactly(self._decompressed, HEAD)
            self.head = head
            """The first bytes, fewer than :data:`HEAD` only if there are no more."""
            self._again = head
        except CaptureError as error:
            self.stored.close()
            text = str(error)
            raise CaptureError(text if text.startswith(path) else f"{path}: {text}") from None

    @property
    def trouble(self) -> str | None:
        """Why decompression stopped before its time."""
        return self._decompressed.trouble if self._decompressed else None

    def fill(self, view: memoryview) -> int:
        """Read as many bytes as fit, from the first byte on; fewer only at the end."""
        done = min(len(self._again), len(view))
        view[:done] = self._again[:done]
        self._again = self._again[done:]
        while done < len(view):
            got = self._more(view[done:])
            if not got:
                break
            done += got
        return done

    def _more(self, view: memoryview) -> int:
        if self._decompressed is None:
            return self.stored.readinto(view)
        made = self._decompressed.read(len(view))
        view[: len(made)] = made
        return len(made)

    def drain(self) -> None:
        """Read a regular file to its end, so that the digest covers all of it."""
        if self.stored.size is not None:
            while self.stored.read(LARGE_READ // 2):
                pass

    def close(self) -> None:
        """Close the file."""
        self.stored.close()


def _exactly(source: compression.Readable, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = source.read(size - len(parts))
        if not part:
            break
        parts += part
    return parts


class NoCaptureError(CaptureError):
    """The input is neither a capture nor a known format to convert: perhaps a text."""

    source: Input | None = None
    """Of a pipe, which can be read only once: what it is read from, at its first byte."""
