"""Sources of a fleet run: folders, patterns, single files and URLs, and the inputs they hold.

A folder is looked through with all below it for captures, text logs and archives of them; hidden files, the folders
``NAME.context`` and datasets are passed over.  At a URL names decide.  What is named itself is taken whatever it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from msgspec import Struct

from sipdiag.capture.folder import captures_in, matches
from sipdiag.capture.names import CAPTURE_SUFFIXES, folder_beside
from sipdiag.capture.payload import CaptureError
from sipdiag.fleet.fetch import ARCHIVE_SUFFIXES, filesystem, is_remote
from sipdiag.fleet.manifest import is_dataset
from sipdiag.fleet.ring import MOST_BYTES, MOST_FILES, followers, leaders

_PIECE = 1024 * 1024
_PATTERN = frozenset("*?[")


class Input(Struct, frozen=True):
    """One input: a file, an archive, or a file of a ring with those that follow it."""

    id: str
    """Digest of its first file: what the dataset knows it by."""
    name: str
    """Its file's name below the source."""
    paths: tuple[str, ...]
    """The file, and of a ring those that follow, as far as they may be looked at."""
    contents: tuple[str, ...]
    """Digests of the files."""
    first: bool
    """No file of the ring comes before it; true for a file of no ring."""
    size: int
    """Bytes."""


class _File(Struct, frozen=True):
    path: str
    name: str
    size: int
    mark: str = ""
    """Of a file on another machine, what tells its version: the digest stands for its content."""


def inputs_of(sources: Sequence[str], *, rings: bool = True) -> tuple[list[Input], list[str]]:
    """The inputs of all sources, each content once, by their names; and of each file that cannot be read, why.

    :raises CaptureError: a source does not exist.
    """
    files: dict[str, _File] = {}
    for source in sources:
        for file in _remote(source) if is_remote(source) else _local(source):
            files.setdefault(file.path, file)
    digests, unread = _digests(files.values())
    files = {path: file for path, file in files.items() if path in digests}
    following = followers(files) if rings else {}
    firsts = leaders(following)
    found: dict[str, Input] = {}
    for path, file in sorted(files.items(), key=lambda item: (item[1].name, item[0])):
        paths = _window(path, following, files)
        # A copy under another name has nothing new to say.
        found.setdefault(
            digests[path],
            Input(
                id=digests[path],
                name=file.name,
                paths=paths,
                contents=tuple(digests[one] for one in paths),
                first=path not in following or path in firsts,
                size=sum(files[one].size for one in paths),
            ),
        )
    return list(found.values()), unread


def _window(path: str, following: Mapping[str, str | None], files: Mapping[str, _File]) -> tuple[str, ...]:
    """A file and those that follow it in its ring."""
    window = [path]
    size = files[path].size
    while len(window) < MOST_FILES and (after := following.get(window[-1])) is not None:
        size += files[after].size
        if len(window) > 1 and size > MOST_BYTES:
            break
        window.append(after)
    return tuple(window)


def shard_of(inputs: Iterable[Input], index: int, count: int) -> list[Input]:
    """Those of shard ``index`` of ``count``, from 0: told by the digest, so that every machine agrees."""
    return [one for one in inputs if int(one.id[:15], 16) % count == index]


def beside(path: str) -> list[str]:
    """The digests of the files with configuration that belong to a capture."""
    folder = None if is_remote(path) else folder_beside(path)
    return [] if folder is None else contents_of(str(folder))


def contents_of(named: str) -> list[str]:
    """The digests of the files of ``FILE``, ``FOLDER`` or ``ROLE=FILE``."""
    path = Path(named)
    if not path.exists():
        path = Path(named.partition("=")[2])
    if path.is_file():
        return [_digest(path)]
    return [f"{file.relative_to(path)} {_digest(file)}" for file in sorted(path.rglob("*")) if file.is_file()]


def _local(source: str) -> Iterator[_File]:
    path = Path(source)
    if path.is_dir():
        for file in captures_in(path, most=None, passed_over=is_dataset):
            yield _File(str(file), file.relative_to(path).as_posix(), file.stat().st_size)
    elif path.is_file():
        yield _File(str(path), path.name, path.stat().st_size)
    else:
        found = matches(source)
        if not found:
            raise CaptureError(f"{source}: no such file or folder; check the name")
        for one in found:
            yield from _local(one)


def _is_named_so(name: str) -> bool:
    """``call.pcap``, ``call.pcap.gz``, ``ring.pcap12``, ``day.zip``; not ``notes.md`` nor ``.hidden.pcap``."""
    suffixes = [suffix.rstrip("0123456789") for suffix in PurePosixPath(name.lower()).suffixes]
    return not name.startswith(".") and (
        any(suffix in CAPTURE_SUFFIXES for suffix in suffixes) or name.lower().endswith(ARCHIVE_SUFFIXES)
    )


def _remote(url: str) -> Iterator[_File]:
    system, path = filesystem(url)
    protocol = url.split("://", 1)[0]
    try:
        if _PATTERN & set(path):
            found = system.glob(path, detail=True)
        else:
            found = system.find(path, detail=True)
    except OSError as error:
        raise CaptureError(f"{url}: {error}") from None
    if not found:
        raise CaptureError(f"{url}: nothing is there")
    for name, info in sorted(found.items()):
        if info.get("type") == "file" and (_is_named_so(PurePosixPath(name).name) or name == path):
            size = int(info.get("size") or 0)
            mark = str(info.get("ETag") or info.get("etag") or info.get("md5Hash") or info.get("mtime") or "")
            yield _File(
                f"{protocol}://{name.removeprefix('//')}",
                name.removeprefix(path).lstrip("/") or PurePosixPath(name).name,
                size,
                f"{size} {mark}",
            )


def _digests(files: Iterable[_File]) -> tuple[dict[str, str], list[str]]:
    found: dict[str, str] = {}
    unread: list[str] = []
    for file in files:
        try:
            found[file.path] = (
                hashlib.sha256(f"{file.path}\0{file.mark}".encode()).hexdigest()
                if file.mark
                else _digest(Path(file.path))
            )
        except OSError as error:
            unread.append(f"{file.path}: {error.strerror or error}")
    return found, unread


def _digest(path: Path) -> str:
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            sha.update(piece)
    return sha.hexdigest()
