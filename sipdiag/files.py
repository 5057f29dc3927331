"""Files are written whole or not at all: under a temporary name in the same folder, flushed, then renamed.

Someone reading a report while it is rewritten sees the old one or the new one; a full disk, an interrupt
or an error on the way leaves what was there, and nothing beside it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_DEVICES = ("/dev/", "/proc/")
_OWNER_ONLY = 0o600
_ANYBODY = 0o666
"""As the umask allows."""


def write_file(
    path: Path, pieces: Iterable[str] | Iterable[bytes], *, private: bool = False, durable: bool = True
) -> None:
    """Write these pieces to a file, text as UTF-8; ``private``: readable by its owner only.

    Without ``durable`` a power failure may leave an empty file; it is far cheaper.

    A link stays a link; its target is written.  An existing file keeps its permissions.  What is
    no file (a pipe, a device, standard output by name) is written as it is.

    :raises OSError: it cannot be written; what was there still is.
    """
    state = _state(path)
    if _is_device(path, state):
        with path.open("wb") as device:
            device.writelines(map(_encoded, pieces))
        return
    if state is not None and not os.access(path, os.W_OK):
        raise PermissionError(13, os.strerror(13), str(path))
    place = Path(os.path.realpath(path))
    beside = place.with_name(f".sipdiag-{os.urandom(8).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(beside, flags, _OWNER_ONLY if private else _ANYBODY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if state is not None and not private:
                Path(beside).chmod(stat.S_IMODE(state.st_mode))
            file.writelines(map(_encoded, pieces))
            file.flush()
            if durable:
                os.fsync(file.fileno())
        Path(beside).replace(place)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def _state(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _is_device(path: Path, state: os.stat_result | None) -> bool:
    """Also a file that standard output leads to: whoever opened it expects the text in that very file."""
    if state is None:
        return False
    return not stat.S_ISREG(state.st_mode) or str(path.absolute()).startswith(_DEVICES)


def _encoded(piece: str | bytes) -> bytes:
    return piece if isinstance(piece, bytes) else piece.encode("utf-8", "replace")
