"""Captures in a zip or tar archive: unpacked, within bounds, into a temporary folder and nowhere else.

An archive's author chooses the names and claimed sizes of its members.  Only plain files
are taken, under harmless names; bytes are counted while unpacking, whatever sizes are claimed.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct, field

from sipdiag.capture import tar
from sipdiag.capture.inputs import Input
from sipdiag.capture.payload import CaptureError

if TYPE_CHECKING:
    from zipfile import ZipInfo

T = TypeVar("T")
MOST_MEMBERS = 2_000
"""Files that are unpacked."""
MOST_BYTES = 8 * 1024 * 1024 * 1024
"""Bytes of all of them."""
MOST_RATIO = 250
"""An archive that grows by more than this factor …"""
FREE_BYTES = 256 * 1024 * 1024
"""… beyond these bytes is taken for a decompression bomb."""
MOST_DIRECTORY = 16 * 1024 * 1024
"""Bytes of a zip archive's list of members, which is read as a whole."""
_PIECE = 1024 * 1024
_DEEPEST = 16
_LONGEST_NAME = 4_096
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_END, _END_64_AT, _END_64 = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_END_SEARCHED = 66_000
"""Bytes at a zip archive's end within which its end record stands: 22, and a comment of 65,535."""
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}
)


class Unpacked(Struct):
    """What an archive held."""

    names: list[str] = field(default_factory=list)
    """Their names in the archive, below the folder they were unpacked into."""
    left_out: list[str] = field(default_factory=list)
    """Members that were not taken, each with the reason."""


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes:
        """Some bytes; empty at the end."""


class _Member(Struct, frozen=True):
    name: str
    data: _Readable | None
    """None where it is not taken …"""
    why_not: str = ""
    """… and why."""


def is_archive(path: str) -> bool:
    """Whether a file is a zip archive, or a tar archive, compressed or not; a pipe is not looked at."""
    if not Path(path).is_file():
        return False
    try:
        source = Input(path)
    except CaptureError:
        return False
    try:
        if source.head.startswith(_ZIP):
            return True
        # A capture is no archive: its first bytes say so, and nothing more need be decompressed.
        block = memoryview(bytearray(tar.BLOCK))
        return source.fill(block) == tar.BLOCK and bytes(block[tar.MAGIC_AT :]).startswith(tar.MAGIC)
    except CaptureError:
        return False
    finally:
        source.close()


def unpack(path: str, folder: Path) -> Unpacked:
    """Unpack the plain files of an archive into ``folder``, which is empty.

    :raises CaptureError: it is damaged, or unpacks to more than the bounds above.
    """
    try:
        return _unpacked(path, folder)
    except tar.DamagedError as error:
        why = f" ({error})" if str(error) else ""
        raise CaptureError(
            f"{path}: is a damaged archive{why}; copy it again, or give the files in it"
        ) from None


def _unpacked(path: str, folder: Path) -> Unpacked:
    found = Unpacked()
    budget = _Budget(path, Path(path).stat().st_size)
    known: set[str] = set()
    for member in _members(path):
        if member.data is None:
            found.left_out.append(f"{member.name!r} ({member.why_not})")
        elif (why := _unsafe(member.name)) is not None:
            found.left_out.append(f"{member.name!r} ({why})")
        elif (name := str(PurePosixPath(member.name))).lower() in known:
            found.left_out.append(f"{member.name!r} (a second file of that name)")
        else:
            known.add(name.lower())
            budget.file()
            _write(member.data, folder / name, budget, path)
            found.names.append(name)
        if len(found.left_out) > MOST_MEMBERS:
            raise CaptureError(f"{path}: has more than {MOST_MEMBERS:,} members that are no plain files")
    return found


class _Budget:
    """The remaining budget for unpacking."""

    def __init__(self, path: str, stored: int) -> None:
        self._path = path
        self._files, self._bytes = 0, 0
        self._most = min(MOST_BYTES, FREE_BYTES + MOST_RATIO * stored)

    def file(self) -> None:
        self._files += 1
        if self._files > MOST_MEMBERS:
            raise CaptureError(
                f"{self._path}: holds more than {MOST_MEMBERS:,} files; unpack it and give those you mean"
            )

    def take(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._most:
            raise CaptureError(
                f"{self._path}: unpacks to more than {self._most:,} bytes: a decompression bomb; "
                "unpack it yourself if you trust it"
            )


def _write(data: _Readable, target: Path, budget: _Budget, path: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            while piece := data.read(_PIECE):
                budget.take(len(piece))
                file.write(piece)
    except OSError as error:
        raise CaptureError(
            f"{path}: {target.name!r} cannot be unpacked into a temporary folder ({error.strerror})"
        ) from None


def _unsafe(name: str) -> str | None:
    """Why a member is not written under its name."""
    parts = PurePosixPath(name).parts
    if not parts or "\0" in name or len(name) > _LONGEST_NAME or len(parts) > _DEEPEST:
        return "not a name"
    if "\\" in name or PureWindowsPath(name).drive or name.startswith("/") or ".." in parts:
        return "leads outside the archive"
    for part in parts:
        stem = part.partition(".")[0].rstrip().lower()
        if (
            stem in _RESERVED
            or part != part.rstrip(". ")
            or any(sign in part for sign in '<>:"|?*')
            or not part.isprintable()
        ):
            return "a name that not every system can have"
        if len(part.encode("utf-8", "replace")) > 255:
            return "not a name"
    return None


def _members(path: str) -> Iterator[_Member]:
    with Path(path).open("rb") as stored:
        head = stored.read(4)
    yield from _of_zip(path) if head.startswith(_ZIP) else _of_tar(path)


def _of_tar(path: str) -> Iterator[_Member]:
    source = Input(path)
    try:
        for name, data in tar.members(source):
            yield _Member(name, data, "" if data is not None else "a link or device")
    finally:
        source.close()


class _ZipFile:
    """The bytes of one member of a zip archive."""

    def __init__(self, data: _Readable) -> None:
        self._data = data

    def read(self, size: int, /) -> bytes:
        """Some of them; empty at the end."""
        return _sound(lambda: self._data.read(size))


def _sound(step: Callable[[], T]) -> T:
    """The result of a step in a zip archive; every failure becomes one exception."""
    # Imported only for a zip archive.
    import zlib
    from zipfile import BadZipFile

    try:
        return step()
    except (
        BadZipFile,
        NotImplementedError,
        EOFError,
        RuntimeError,
        ValueError,
        OSError,
        zlib.error,
    ) as error:
        raise tar.DamagedError(str(error)) from None


def _of_zip(path: str) -> Iterator[_Member]:
    from zipfile import ZipFile

    if _directory_bytes(path) > MOST_DIRECTORY:
        raise CaptureError(f"{path}: lists far too many members; unpack it and give those you mean")
    with _sound(lambda: ZipFile(path)) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            why = _zip_why_not(info)
            if why is not None:
                yield _Member(info.filename, None, why)
                continue
            with _sound(partial(archive.open, info)) as data:
                yield _Member(info.filename, _ZipFile(data))


def _zip_why_not(info: ZipInfo) -> str | None:
    if info.flag_bits & 1:
        return "encrypted; unpack it with its password first"
    kind = stat.S_IFMT(info.external_attr >> 16)
    return "a link or device" if kind not in (0, stat.S_IFREG) else None


def _directory_bytes(path: str) -> int:
    """The size of a zip archive's list of members, as its end says."""
    with Path(path).open("rb") as stored:
        size = stored.seek(0, 2)
        stored.seek(max(0, size - _END_SEARCHED))
        tail = stored.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) < at + 22:
            return 0
        found = int.from_bytes(tail[at + 12 : at + 16], "little")
        if found != 0xFFFFFFFF:
            return found
        if tail[at - 20 : at - 16] != _END_64_AT:
            return 0
        stored.seek(int.from_bytes(tail[at - 12 : at - 4], "little"))
        record = stored.read(56)
    return int.from_bytes(record[40:48], "little") if record.startswith(_END_64) else 0
